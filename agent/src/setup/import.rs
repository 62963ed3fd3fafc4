//! `lineshot stations import`: a station for each line of a list.
//!
//! The list is CSV (RFC 4180) as spreadsheets write it, with commas or semicolons. Its heading names the keys of a
//! station's file, with dots; `id` is needed, `like` names the station that a line's file is copied from. An empty
//! field leaves what stands in that file.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use lineshot_config::another_station;

use super::station::{file, template};
use super::{SetupError, foresee, write};
use crate::failure::Failure;

/// A plant of thousands of stations stays below, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What is imported.
#[derive(Clone, Debug, Args)]
pub struct Import {
    /// The list, CSV in UTF-8
    #[arg(value_name = "FILE")]
    pub list: PathBuf,
    /// The station whose file is copied where a line's column `like` does not name one
    #[arg(long, value_name = "OTHER")]
    pub like: Option<String>,
    /// The configuration folder
    #[arg(long, default_value = "/etc/lineshot", value_name = "DIR")]
    pub config: PathBuf,
}

/// Writes a file for each line, or none; says how many.
///
/// # Errors
/// [`SetupError`]; [`Failure::Problems`] of the folder as it would be. Nothing is written then.
pub fn import(import: &Import) -> Result<String, Failure> {
    let text = read(&import.list)?;
    let rows = rows(&text).map_err(SetupError::List)?;
    let (mut files, mut wrong, mut ids) = (Vec::new(), Vec::new(), BTreeSet::new());
    for row in &rows {
        let made = if ids.insert(row.id.clone()) {
            made(import, row)
        } else {
            Err(format!("the id {} stands there twice", row.id))
        };
        match made {
            Ok(made) => files.push(made),
            Err(why) => wrong.push(format!("  line {}: {why}", row.line)),
        }
    }
    if !wrong.is_empty() {
        return Err(SetupError::List(wrong.join("\n")).into());
    }
    foresee(&import.config, &files)?;
    write(&files)?;
    Ok(format!(
        "{} stations: draw what their views may show, then `lineshot check {}`\n",
        files.len(),
        import.config.display()
    ))
}

fn read(path: &Path) -> Result<String, SetupError> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
    let read = read.and_then(|bytes| match u64::try_from(bytes) {
        Ok(0..=LARGEST) => Ok(text),
        _ => Err(io::Error::other("it has more than 4 MiB")),
    });
    read.map_err(|source| SetupError::Read {
        path: path.to_owned(),
        mend: "save the list as \"CSV UTF-8\"",
        source,
    })
}

/// A line of the list.
struct Row {
    line: u64,
    id: String,
    like: Option<String>,
    values: Vec<(String, String)>,
}

fn rows(text: &str) -> Result<Vec<Row>, String> {
    // Spreadsheets begin with a byte order mark, and separate by what the country does not use in numbers.
    let text = text.trim_start_matches('\u{feff}');
    let heading = text.lines().next().unwrap_or_default();
    let separator = if heading.contains(';') && !heading.contains(',') { b';' } else { b',' };
    let mut list =
        csv::ReaderBuilder::new().delimiter(separator).trim(csv::Trim::All).from_reader(text.as_bytes());
    let keys: Vec<String> = list.headers().map_err(|error| told(&error))?.iter().map(str::to_owned).collect();
    let mut seen = BTreeSet::new();
    if let Some(twice) = keys.iter().find(|key| !seen.insert(key.as_str())) {
        return Err(format!("  line 1: the column `{twice}` stands there twice"));
    }
    if !keys.iter().any(|key| key == "id") {
        let mend = "it names the columns: id, like, name.en, view.camera.http.url …";
        return Err(format!("  line 1: the heading has no column `id`; {mend}"));
    }
    let mut rows = Vec::new();
    for record in list.records() {
        let record = record.map_err(|error| told(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let mut row = Row { line, id: String::new(), like: None, values: Vec::new() };
        for (key, text) in keys.iter().zip(&record) {
            match key.as_str() {
                "id" => text.clone_into(&mut row.id),
                _ if text.is_empty() => {}
                "like" => row.like = Some(text.to_owned()),
                key => row.values.push((key.to_owned(), text.to_owned())),
            }
        }
        rows.push(row);
    }
    if rows.is_empty() { Err("  it has no line but the heading".to_owned()) } else { Ok(rows) }
}

fn told(error: &csv::Error) -> String {
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!(
                "  line {line}: it has {len} fields and the heading {expected_len}; put texts with a separator in \"double quotes\""
            )
        }
        _ => format!("  line {line}: it cannot be read"),
    }
}

fn made(import: &Import, row: &Row) -> Result<(PathBuf, String), String> {
    let like = row.like.as_ref().or(import.like.as_ref());
    let like =
        like.ok_or("say which station it is like: in a column `like`, or for all lines with --like")?;
    if row.id.is_empty() {
        return Err("it has no id".to_owned());
    }
    let path = file(&import.config, &row.id).map_err(|error| error.to_string())?;
    if path.exists() {
        return Err(SetupError::There(path).to_string());
    }
    let like = template(&import.config, like).map_err(|error| error.to_string())?;
    another_station(&like, &row.id, &row.values).map(|text| (path, text)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use lineshot_config::AgentSettings;

    use super::super::{Add, Init, add, init};
    use super::*;

    /// A configuration with one station, and a place for lists.
    struct Pc(tempfile::TempDir);

    impl Pc {
        fn begun() -> Pc {
            let pc = Pc(tempfile::tempdir().unwrap());
            let said = Init {
                folder: pc.etc(),
                site: Some("leipzig".to_owned()),
                timezone: Some("Europe/Berlin".to_owned()),
                endpoint: Some("https://s3.leipzig".to_owned()),
                station: Some("marriage".to_owned()),
                camera: Some("http://10.0.0.1/video".to_owned()),
                ..Init::default()
            };
            init(&said, None).unwrap();
            pc
        }

        fn etc(&self) -> PathBuf {
            self.0.path().join("etc")
        }

        #[expect(clippy::disallowed_methods, reason = "a test's own file")]
        fn import(&self, text: &str, like: Option<&str>) -> Result<String, String> {
            let list = self.0.path().join("line.csv");
            fs::write(&list, text).unwrap();
            let asked = Import { list, like: like.map(str::to_owned), config: self.etc() };
            import(&asked).map_err(|failure| failure.told(false))
        }

        fn stations(&self) -> usize {
            fs::read_dir(self.etc().join("stations")).unwrap().count()
        }
    }

    /// Lines that somebody wrote: neither empty nor a comment.
    fn written(text: &str) -> usize {
        text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')).count()
    }

    #[test]
    fn forty_stations_need_at_most_120_lines_written_by_hand() {
        let pc = Pc::begun();
        let mut list = "id,name.en,view.camera.http.url,view.delay\n".to_owned();
        for number in 2..=40 {
            list.push_str(&format!("s{number},Station {number},http://10.0.0.{number}/video,{number}00ms\n"));
        }
        let mut lines = written(&list);
        for name in ["agent.toml", "uploader.toml", "line.toml", "stations/marriage.toml"] {
            lines += written(&fs::read_to_string(pc.etc().join(name)).unwrap());
        }
        assert!(lines <= 120, "{lines}");
        let said = pc.import(&list, Some("marriage")).unwrap();
        assert!(said.starts_with("39 stations"), "{said}");
        let settings = AgentSettings::load(&pc.etc()).unwrap();
        assert!(settings.stations.len() == 40 && settings.broken.is_empty());
        let last = settings.stations.iter().find(|station| station.id.as_str() == "s40").unwrap();
        assert_eq!(last.trigger.topic.as_str(), "leipzig/s40/arrival");
        assert_eq!(last.views[0].delay.as_millis(), 4000);
    }

    #[test]
    fn a_list_from_a_spreadsheet_of_any_country_is_read() {
        let pc = Pc::begun();
        let list = "\u{feff}id;like;name.de;view.camera.http.url\r\n\
                    tuer;marriage;\"Die Tür; links\";http://10.0.0.2/\r\n";
        pc.import(list, None).unwrap();
        let text = fs::read_to_string(pc.etc().join("stations/tuer.toml")).unwrap();
        assert!(text.contains("name    = { de = \"Die Tür; links\" }"), "{text}");
    }

    #[test]
    fn a_list_with_a_mistake_writes_nothing_and_every_mistake_is_named() {
        let pc = Pc::begun();
        for (list, like, parts) in [
            ("name.en\nx\n", None, ["line 1: the heading has no column `id`", ""]),
            ("id,id\na,b\n", None, ["line 1: the column `id` stands there twice", ""]),
            ("id\n", None, ["no line but the heading", ""]),
            ("id,name.en\na,b,c\n", None, ["line 2: it has 3 fields and the heading 2", ""]),
            ("id\na\n", None, ["line 2: say which station it is like", "--like"]),
            ("id\nmarriage\n", Some("marriage"), ["line 2: ", "marriage.toml is there already"]),
            ("id\n../x\n,\n", Some("marriage"), ["line 3: it has 2 fields", ""]),
            (
                "id,view.delay\n../x,1s\n,2s\n",
                Some("marriage"),
                ["line 2: \"../x\" is no", "line 3: it has no id"],
            ),
            ("id,view.dlay.x.y\na,1\n", Some("marriage"), ["stations/a.toml:", "did you mean `delay`"]),
            ("id,view.delay\na,1\nb,2x\n", Some("marriage"), ["stations/a.toml:", "stations/b.toml:"]),
            ("id\na\nb\n", Some("marriage"), ["a camera of its own", "stations/b.toml"]),
            ("id,view.show\na,all\n", Some("marriage"), ["line 2: `view.show` is neither a text nor a", ""]),
            ("id\na\na\n", Some("marriage"), ["line 3: the id a stands there twice", ""]),
            ("id\na\n", Some("nobody"), ["nobody.toml cannot be read", "name a station that has a file"]),
        ] {
            let refused = pc.import(list, like).unwrap_err();
            for part in parts {
                assert!(refused.contains(part), "{list:?} lacks {part}\n{refused}");
            }
            assert_eq!(pc.stations(), 1, "{list:?}");
        }
    }

    #[test]
    fn one_station_is_added_by_the_same_rules() {
        let pc = Pc::begun();
        let new = |id: &str, values: &[(&str, &str)]| {
            let values = values.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
            add(&Add { id: id.to_owned(), like: "marriage".to_owned(), values, config: pc.etc() })
                .map_err(|failure| failure.told(false))
        };
        let camera = ("view.camera.http.url", "http://10.0.0.2/video");
        let refused = new("door", &[]).unwrap_err();
        assert!(refused.contains("give each station a camera of its own"), "{refused}");
        let refused = new("../door", &[camera]).unwrap_err();
        assert!(refused.contains("\"../door\" is no station's id"), "{refused}");
        let refused = new("door", &[camera, ("view.delay", "1500")]).unwrap_err();
        assert!(refused.contains("write whole numbers with ms, s, m, h or d"), "{refused}");
        assert_eq!(pc.stations(), 1);
        let said = new("door", &[camera, ("view.delay", "2s")]).unwrap();
        assert!(said.contains("stations/door.toml is like marriage"), "{said}");
        assert_eq!(AgentSettings::load(&pc.etc()).unwrap().stations.len(), 2);
        let refused = new("door", &[camera]).unwrap_err();
        assert!(refused.contains("is there already"), "{refused}");
    }
}
