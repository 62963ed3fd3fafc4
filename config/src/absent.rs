//! Keys that are known and yet refused: not built yet, in the wrong place, or secrets.
//!
//! Holds: who writes `people = "search"` is told that nobody is looked for, instead of believing it or
//! looking for a typo. Checked on the parsed file, before anything else is read from it.

use toml::{Table, Value};

use crate::ConfigError;
use crate::layers::Kind;
use crate::section::label;

/// What a key's value must be for the row to apply.
enum When {
    /// Anything.
    Present,
    /// This word.
    Is(&'static str),
    /// A text that begins so.
    Begins(&'static str),
}
use When::{Begins, Is, Present};

/// A key of the design, when it is refused, what this version cannot do, and what to do instead.
struct Row(&'static [Kind], &'static str, When, &'static str, &'static str);

const AGENT: &[Kind] = &[Kind::Agent];
const STATION: &[Kind] = &[Kind::Line, Kind::Station];

const REMOVE: &str = "remove it";

/// Longer paths first: the first row that applies speaks.
const NOT_YET: &[Row] = &[
    Row(
        AGENT,
        "broker.url",
        Begins("mqtts:"),
        "cannot speak TLS to the broker yet",
        "use mqtt:// on a network of its own",
    ),
    Row(
        STATION,
        "trigger.format",
        Is("sparkplug-b"),
        "cannot read Sparkplug B yet",
        "send \"json\" or \"text\"",
    ),
    Row(STATION, "expect", Present, "cannot test a configuration against expectations yet", REMOVE),
    Row(STATION, "view[].camera.usb", Present, "has no USB cameras yet", "use an http camera or a file"),
    Row(
        STATION,
        "view[].camera.rtsp",
        Present,
        "has no RTSP cameras yet",
        "use the camera's HTTP stream or snapshot",
    ),
    Row(STATION, "view[].camera.gige", Present, "has no GigE cameras yet", "use an http camera or a file"),
    Row(
        STATION,
        "view[].camera.http.url",
        Begins("https:"),
        "cannot check a camera's certificate yet",
        "use http:// on a network of the cameras' own",
    ),
    Row(
        STATION,
        "view[].camera.format",
        Present,
        "cannot choose a camera's format yet",
        "remove it and set the format in the camera",
    ),
    Row(
        STATION,
        "view[].camera.fps",
        Present,
        "cannot choose a camera's frame rate yet",
        "remove it and set the rate in the camera",
    ),
    Row(
        STATION,
        "view[].format",
        Present,
        "cannot choose a camera's format yet",
        "remove it and set the format in the camera",
    ),
    Row(
        STATION,
        "view[].fps",
        Present,
        "cannot choose a camera's frame rate yet",
        "remove it and set the rate in the camera",
    ),
    Row(
        STATION,
        "view[].people",
        Is("search"),
        "cannot find people yet",
        "write \"ignore\", and only where nobody works in what is shown",
    ),
    Row(
        STATION,
        "view[].people",
        Is("cover"),
        "cannot find people yet",
        "write \"ignore\", and only where nobody works in what is shown",
    ),
    Row(
        STATION,
        "view[].people",
        Is("withhold"),
        "cannot find people yet",
        "write \"ignore\", and only where nobody works in what is shown",
    ),
    Row(
        STATION,
        "view[].lock",
        Present,
        "cannot check the camera's angle yet",
        "remove it, and look after the angle yourself",
    ),
    Row(STATION, "view[].turn", Present, "cannot turn pictures yet", "remove it and turn the camera"),
];

/// A key in a file or table where it does not belong, and where it does.
const MISPLACED: &[(Kind, &str, &str)] = &[
    (Kind::Line, "id", "each station has its own: move it to stations/<id>.toml"),
    (Kind::Line, "name", "each station has its own: move it to stations/<id>.toml"),
    (Kind::Line, "view", "each station has its own: move it to stations/<id>.toml"),
    (Kind::Station, "view[].size", "move it into `camera`"),
    (Kind::Station, "view[].camera.latency", "move it out of `camera`, beside it"),
    (Kind::Station, "view[].camera.http.latency", "move it out of `camera`, beside it"),
];

/// Keys whose value would be a secret, and what names its file instead.
const SECRETS: &[(&str, &str)] = &[
    ("password", "password_file"),
    ("secret_access_key", "credentials"),
    ("access_key_id", "credentials"),
    ("session_token", "credentials"),
];

/// Where only a table can stand; serde would also take a list of its values in order.
const TABLES: &[&str] = &[
    "clock",
    "broker",
    "orders",
    "deny",
    "store",
    "trigger",
    "trigger.fields",
    "permit",
    "permit.windows[]",
    "permit.markets",
    "permit.line",
    "view[]",
    "view[].camera",
    "view[].camera.http",
    "view[].camera.file",
    "view[].camera.line",
    "view[].mask[]",
];

/// Looks for all of these in one file; `file` names the file that has the key.
pub(crate) fn check(kind: Kind, table: &Table, file: impl Fn(&str) -> String) -> Result<(), ConfigError> {
    secrets(&Value::Table(table.clone()), "", &file)?;
    for Row(kinds, path, when, lacks, mend) in NOT_YET {
        if kinds.contains(&kind)
            && let Some((key, _)) = find(table, path).into_iter().find(|(_, value)| when.applies(value))
        {
            return Err(ConfigError::NotYet { file: file(&key), key, lacks, mend });
        }
    }
    let wrong = |key: String, found: &str, expected: &str, mend: &str| {
        let [found, expected, mend] = [found, expected, mend].map(str::to_owned);
        Err(ConfigError::Value { file: file(&key), key, found, expected, mend })
    };
    for (place, path, mend) in MISPLACED {
        if *place == kind
            && let Some((key, _)) = find(table, path).into_iter().next()
        {
            return wrong(key, "this key", "it elsewhere", mend);
        }
    }
    for path in TABLES {
        if let Some((key, value)) = find(table, path).into_iter().find(|(_, value)| !value.is_table()) {
            return wrong(key, value.type_str(), "a table", "write it as `[table]` or `{ key = value }`");
        }
    }
    Ok(())
}

impl When {
    fn applies(&self, value: &Value) -> bool {
        match self {
            Present => true,
            Is(word) => value.as_str() == Some(word),
            Begins(start) => {
                value.as_str().is_some_and(|text| text.trim().to_ascii_lowercase().starts_with(start))
            }
        }
    }
}

fn secrets(value: &Value, at: &str, file: &impl Fn(&str) -> String) -> Result<(), ConfigError> {
    match value {
        Value::Table(table) => {
            for (name, value) in table {
                let key = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                if let Some((_, instead)) = SECRETS.iter().find(|(secret, _)| secret == name) {
                    return Err(ConfigError::Value {
                        file: file(&key),
                        key,
                        found: "a secret".to_owned(),
                        expected: "none in the configuration".to_owned(),
                        mend: format!(
                            "write it to a file that only the daemon can read, and name that file as `{instead}`"
                        ),
                    });
                }
                secrets(value, &key, file)?;
            }
            Ok(())
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .try_for_each(|(i, value)| secrets(value, &format!("{at}[{}]", label(value, i)), file)),
        _ => Ok(()),
    }
}

/// All values at a path; `[]` stands for every element of a list.
fn find<'t>(table: &'t Table, path: &str) -> Vec<(String, &'t Value)> {
    let mut found: Vec<(String, &Value)> = Vec::new();
    for (depth, segment) in path.split('.').enumerate() {
        let (name, each) = match segment.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (segment, false),
        };
        found = if depth == 0 {
            table.get(name).map(|value| (name.to_owned(), value)).into_iter().collect()
        } else {
            let below = |(key, value): (String, &'t Value)| Some((format!("{key}.{name}"), value.get(name)?));
            found.into_iter().filter_map(below).collect()
        };
        if each {
            let elements = |(key, value): (String, &'t Value)| {
                let list = value.as_array().map_or(&[][..], Vec::as_slice);
                list.iter().enumerate().map(move |(i, v)| (format!("{key}[{}]", label(v, i)), v))
            };
            found = found.into_iter().flat_map(elements).collect();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table with only this path in it.
    fn with(path: &str, value: Value) -> Table {
        let mut inner = value;
        for segment in path.rsplit('.') {
            let (name, each) = segment.strip_suffix("[]").map_or((segment, false), |name| (name, true));
            let value = if each { Value::Array(vec![inner]) } else { inner };
            inner = Value::Table(Table::from_iter([(name.to_owned(), value)]));
        }
        inner.as_table().unwrap().clone()
    }

    fn said(kind: Kind, table: &Table) -> String {
        check(kind, table, |_| "the file".to_owned()).unwrap_err().to_string()
    }

    #[test]
    fn every_key_that_is_not_built_yet_says_so_by_name() {
        for Row(kinds, path, when, lacks, mend) in NOT_YET {
            let value = match when {
                Present => Value::Boolean(true),
                Is(word) | Begins(word) => Value::String((*word).to_owned()),
            };
            for kind in *kinds {
                let said = said(*kind, &with(path, value.clone()));
                for part in ["the file", &path.replace("[]", "[1]"), "part of the design", lacks, mend] {
                    assert!(said.contains(part), "{said}\nlacks {part:?}");
                }
            }
        }
    }

    #[test]
    fn what_works_today_is_not_refused() {
        for (kind, path, word) in [
            (Kind::Agent, "clock.trust", "kernel"),
            (Kind::Agent, "broker.url", "mqtt://broker"),
            (Kind::Station, "trigger.format", "text"),
            (Kind::Station, "view[].people", "ignore"),
        ] {
            let table = with(path, Value::String(word.to_owned()));
            assert!(check(kind, &table, str::to_owned).is_ok(), "{path}");
        }
    }

    #[test]
    fn a_secret_is_refused_wherever_it_stands_and_never_repeated() {
        for path in ["broker.password", "view[].camera.http.password", "store.secret_access_key", "password"]
        {
            let said = said(Kind::Station, &with(path, Value::String("hunter2".to_owned())));
            assert!(said.contains("that only the daemon can read"), "{said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn a_list_is_not_taken_for_a_table() {
        let list = Value::Array(vec![Value::String("mqtt://broker".to_owned())]);
        assert!(said(Kind::Agent, &with("broker", list)).contains("expected a table"));
    }
}
