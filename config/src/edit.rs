//! Changes to a file that leave everything else in it as it was, comments and spaces included.

use toml_edit::{DocumentMut, Item, Table, Value};

/// Why a file cannot be changed so.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It is no TOML.
    #[error("the file is no TOML; `lineshot check` names the line")]
    Syntax(#[source] toml_edit::TomlError),
    /// On the way to the key stands something that has no keys.
    #[error("`{0}` leads to no key of the file; name keys as the file does, such as view.camera.http.url")]
    NoWay(String),
    /// `view` stands for the only one, and there are several.
    #[error("`{0}`: the file has several views, so it is not said which one is meant")]
    WhichView(String),
    /// The value there is no text or number.
    #[error("`{0}` is neither a text nor a number, so that it cannot be set from here")]
    NoText(String),
    /// A number is expected.
    #[error("`{key}` is a number, and {found:?} is none")]
    NoNumber {
        /// Which key.
        key: String,
        /// What it should be.
        found: String,
    },
}

/// A file under change.
#[derive(Clone, Debug)]
pub struct Edited(DocumentMut);

impl Edited {
    /// Reads it.
    ///
    /// # Errors
    /// [`EditError::Syntax`].
    pub fn read(text: &str) -> Result<Edited, EditError> {
        text.parse().map(Edited).map_err(EditError::Syntax)
    }

    /// Sets a text, or a number where one stands now. In the path `view` stands for the only view.
    ///
    /// # Errors
    /// [`EditError`]; nothing was changed.
    pub fn set(&mut self, path: &str, text: &str) -> Result<(), EditError> {
        let (item, last) = self.way(path)?;
        let value = match item.get(last).and_then(Item::as_value) {
            None if item.get(last).is_some() => return Err(EditError::NoText(path.to_owned())),
            None | Some(Value::String(_)) => Value::from(text),
            Some(Value::Integer(_)) => number::<i64>(path, text)?,
            Some(Value::Float(_)) => number::<f64>(path, text)?,
            Some(_) => return Err(EditError::NoText(path.to_owned())),
        };
        put(item, last, value);
        Ok(())
    }

    /// The text of a top-level key.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.0.get(key)?.as_str().map(str::to_owned)
    }

    /// Sets any value.
    pub(crate) fn replace(&mut self, path: &str, value: Value) -> Result<(), EditError> {
        let (item, last) = self.way(path)?;
        put(item, last, value);
        Ok(())
    }

    /// Removes a key with its comments, if it is there.
    pub(crate) fn remove(&mut self, path: &str) -> Result<(), EditError> {
        let (item, last) = self.way(path)?;
        if let Some(table) = item.as_table_like_mut() {
            table.remove(last);
        }
        Ok(())
    }

    /// Says this, whole lines, before a key, instead of what was said there.
    pub(crate) fn say_before(&mut self, path: &str, comment: &str) -> Result<(), EditError> {
        let (item, last) = self.way(path)?;
        if let Some(mut key) = item.as_table_like_mut().and_then(|table| table.key_mut(last)) {
            key.leaf_decor_mut().set_prefix(comment);
        }
        Ok(())
    }

    /// The table that has the path's last key, or could have it.
    fn way<'e, 'p>(&'e mut self, path: &'p str) -> Result<(&'e mut Item, &'p str), EditError> {
        let (way, last) = path.rsplit_once('.').map_or((None, path), |(way, last)| (Some(way), last));
        let mut item = self.0.as_item_mut();
        for name in way.into_iter().flat_map(|way| way.split('.')) {
            item = below(item, name, path)?;
        }
        match item.as_table_like() {
            Some(_) => Ok((item, last)),
            None => Err(EditError::NoWay(path.to_owned())),
        }
    }
}

impl std::fmt::Display for Edited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn number<T: std::str::FromStr + Into<Value>>(key: &str, text: &str) -> Result<Value, EditError> {
    let number = text.trim().parse::<T>();
    number.map(Into::into).map_err(|_| EditError::NoNumber { key: key.to_owned(), found: text.to_owned() })
}

fn below<'i>(item: &'i mut Item, name: &str, path: &str) -> Result<&'i mut Item, EditError> {
    if let Item::ArrayOfTables(_) = item {
        return Err(EditError::NoWay(path.to_owned()));
    }
    let table = item.as_table_like_mut().ok_or_else(|| EditError::NoWay(path.to_owned()))?;
    let inner = table.entry(name).or_insert_with(|| Item::Table(Table::new()));
    if let Item::ArrayOfTables(tables) = inner {
        if tables.len() != 1 {
            return Err(EditError::WhichView(path.to_owned()));
        }
        // Its only element, as an item of its own, so that the way goes on from there.
        return only(inner, path);
    }
    Ok(inner)
}

fn only<'i>(item: &'i mut Item, path: &str) -> Result<&'i mut Item, EditError> {
    item.get_mut(0).ok_or_else(|| EditError::NoWay(path.to_owned()))
}

/// What stands before and behind the value stays.
fn put(item: &mut Item, key: &str, mut value: Value) {
    let Some(table) = item.as_table_like_mut() else { return };
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(there) => {
            *value.decor_mut() = there.decor().clone();
            *there = value;
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARRIAGE: &str = include_str!("../examples/stations/marriage.toml");

    #[test]
    fn a_change_touches_its_value_and_nothing_else() {
        let mut edited = Edited::read(MARRIAGE).unwrap();
        assert_eq!(edited.to_string(), MARRIAGE);
        for (path, text) in [
            ("id", "door"),
            ("name.en", "Doors"),
            ("view.camera.http.url", "http://10.0.0.8/"),
            ("view.delay", "2s"),
        ] {
            edited.set(path, text).unwrap();
        }
        let changed = edited.to_string();
        let differ: Vec<_> = MARRIAGE.lines().zip(changed.lines()).filter(|(a, b)| a != b).collect();
        assert_eq!(MARRIAGE.lines().count(), changed.lines().count());
        assert_eq!(differ.len(), 4, "{differ:?}");
        assert!(changed.contains("id      = \"door\"                     # a-z, 0-9 and '-'"), "{changed}");
        assert!(
            changed.contains("camera  = { http = { url = \"http://10.0.0.8/\", mode = \"stream\" }, size")
        );
    }

    #[test]
    fn a_number_stays_a_number_and_a_new_key_finds_its_table() {
        let mut edited = Edited::read("[[view]]\ncamera = { line = { position = 1 } } # x\n").unwrap();
        edited.set("view.camera.line.position", "4").unwrap();
        edited.set("trigger.dwell", "90s").unwrap();
        let text = edited.to_string();
        assert!(
            text.contains("{ position = 4 } } # x") && text.contains("[trigger]\ndwell = \"90s\""),
            "{text}"
        );
        assert!(matches!(edited.set("view.camera.line.position", "x"), Err(EditError::NoNumber { .. })));
        assert!(matches!(edited.set("view.camera", "x"), Err(EditError::NoText(_))));
        assert!(matches!(edited.set("view.camera.line.position.x", "x"), Err(EditError::NoWay(_))));
        let mut two = Edited::read("[[view]]\n[[view]]\n").unwrap();
        assert!(matches!(two.set("view.delay", "1s"), Err(EditError::WhichView(_))));
    }
}
