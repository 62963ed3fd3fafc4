//! A commented start: the shipped examples with a site's own answers in them.
//!
//! Holds: what nobody answered stays as the example has it, but for what is shown: nothing of a scene that nobody
//! has seen is shown beyond a small square.

use std::path::{Path, PathBuf};

use toml_edit::{Array, InlineTable, Value};

use crate::edit::{EditError, Edited};
use crate::{File, schema};

const AGENT: &str = include_str!("../examples/agent.toml");
const UPLOADER: &str = include_str!("../examples/uploader.toml");
const LINE: &str = include_str!("../examples/line.toml");
const STATION: &str = include_str!("../examples/stations/marriage.toml");

/// Where packages put the configuration.
const USUAL: &str = "/etc/lineshot";

/// What a site says of itself. All are texts as they will stand in the files; whether they can be used is seen when
/// the files are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// This PC.
    pub name: String,
    /// Its site.
    pub site: String,
    /// What the clock on the wall shows, such as `Europe/Berlin`.
    pub timezone: String,
    /// The broker's address.
    pub broker: String,
    /// The broker's user; empty: none.
    pub user: String,
    /// Where arrivals are told.
    pub topic: String,
    /// Where departures are told; empty: nowhere.
    pub leave: String,
    /// `json` or `text`.
    pub format: String,
    /// The first station's id.
    pub station: String,
    /// What customers read of it.
    pub title: String,
    /// The address of its camera, or `line` for a rendered one.
    pub camera: String,
    /// The size of its frames, such as `1920x1080`; a rendered one has its own.
    pub size: String,
    /// The storage's address.
    pub endpoint: String,
    /// The storage's region.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// The data folder.
    pub data: String,
}

/// The files of a configuration folder that begins so.
///
/// # Errors
/// [`EditError`]: the examples and this program do not belong together.
pub fn start(folder: &Path, answers: &Answers) -> Result<Vec<(PathBuf, String)>, EditError> {
    // A file of this folder, whatever was answered: what is no id is refused when the file is read.
    let station = format!("stations/{}.toml", answers.station.replace(['/', '\0'], "-"));
    let mut files = vec![
        ("agent.toml".to_owned(), agent(folder, answers)?),
        ("uploader.toml".to_owned(), uploader(answers)?),
        ("line.toml".to_owned(), line(answers)?),
        (station, first_station(answers)?),
    ];
    files.extend(File::ALL.map(|file| (format!("schema/{}.json", file.as_str()), schema(file))));
    let moved = |text: String| text.replace(&format!("# {USUAL}/"), &format!("# {}/", folder.display()));
    Ok(files.into_iter().map(|(name, text)| (folder.join(name), moved(text))).collect())
}

fn agent(folder: &Path, answers: &Answers) -> Result<String, EditError> {
    let here = |name: &str| folder.join(name).display().to_string();
    let mut agent = Edited::read(AGENT)?;
    agent.set("name", &answers.name)?;
    agent.set("site", &answers.site)?;
    agent.set("site_key", &here("site.key"))?;
    agent.set("data", &answers.data)?;
    agent.set("broker.url", &answers.broker)?;
    if !answers.user.is_empty() {
        agent.set("broker.user", &answers.user)?;
        agent.set("broker.password_file", &here("broker.password"))?;
    }
    Ok(agent.to_string())
}

fn uploader(answers: &Answers) -> Result<String, EditError> {
    let mut uploader = Edited::read(UPLOADER)?;
    uploader.set("data", &answers.data)?;
    uploader.set("store.endpoint", &answers.endpoint)?;
    uploader.set("store.region", &answers.region)?;
    uploader.set("store.bucket", &answers.bucket)?;
    // The same on every PC of the site: an album is one folder.
    uploader.set("store.prefix", &answers.site)?;
    Ok(uploader.to_string())
}

fn line(answers: &Answers) -> Result<String, EditError> {
    let mut line = Edited::read(LINE)?;
    line.set("timezone", &answers.timezone)?;
    line.set("trigger.topic", &answers.topic)?;
    line.set("trigger.format", &answers.format)?;
    if answers.leave.is_empty() {
        line.remove("trigger.leave")?;
    } else {
        line.set("trigger.leave", &answers.leave)?;
    }
    if answers.format == "text" {
        line.set("trigger.age", "expiry")?;
        line.remove("trigger.fields")?;
    }
    Ok(line.to_string())
}

fn first_station(answers: &Answers) -> Result<String, EditError> {
    let mut station = Edited::read(STATION)?;
    station.set("id", &answers.station)?;
    station.replace("name", Value::InlineTable(InlineTable::from_iter([("en", answers.title.as_str())])))?;
    if answers.camera == "line" {
        station.replace("view.camera", rendered())?;
        station.remove("view.latency")?;
    } else {
        station.set("view.camera.http.url", &answers.camera)?;
        station.set("view.camera.size", &answers.size)?;
    }
    station.replace("view.show", Value::Array(small_square()))?;
    station.say_before("view.show", SHOW)?;
    for key in ["view.crop", "view.sizes", "view.mask"] {
        station.remove(key)?;
    }
    Ok(renamed(&station, "marriage", &answers.station))
}

/// The file's comments name it.
fn renamed(station: &Edited, former: &str, id: &str) -> String {
    station.to_string().replace(&format!("stations/{former}.toml"), &format!("stations/{id}.toml"))
}

const SHOW: &str = "# Until you draw what may be seen, this small square in the middle is all that is shown.\n\
                    # Polygons in fractions of the frame, from the left and from the top.\n";

fn small_square() -> Array {
    let corner = |x: f64, y: f64| Array::from_iter([x, y]);
    let corners = [corner(0.45, 0.45), corner(0.55, 0.45), corner(0.55, 0.55), corner(0.45, 0.55)];
    Array::from_iter([Array::from_iter(corners)])
}

/// Always of one size.
fn rendered() -> Value {
    let mut line = InlineTable::new();
    line.insert("seed", 7.into());
    line.insert("position", 1.into());
    line.insert("takt", "60s".into());
    let mut camera = InlineTable::new();
    camera.insert("line", line.into());
    camera.insert("size", "1920x1080".into());
    Value::InlineTable(camera)
}

/// Another station's file: a copy of `like` with an id of its own and these values, by dotted keys.
///
/// # Errors
/// [`EditError`]: `like` is no TOML, or a key leads nowhere in it.
pub fn another_station(like: &str, id: &str, values: &[(String, String)]) -> Result<String, EditError> {
    let mut station = Edited::read(like)?;
    let former = station.text("id").unwrap_or_default();
    station.set("id", id)?;
    // A name in a language that nobody gives would be the other station's.
    station.replace("name", Value::InlineTable(InlineTable::new()))?;
    for (key, text) in values {
        station.set(key, text)?;
    }
    if !values.iter().any(|(key, _)| key.starts_with("name.")) {
        station.set("name.en", &spoken(id))?;
    }
    Ok(renamed(&station, &former, id))
}

/// `door-left` as a person would write it.
fn spoken(id: &str) -> String {
    let mut words = id.replace('-', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AgentSettings, UploaderSettings};

    fn answers() -> Answers {
        let text = str::to_owned;
        Answers {
            name: text("line2-doors"),
            site: text("leipzig"),
            timezone: text("Europe/Berlin"),
            broker: text("mqtts://broker.leipzig:8883"),
            user: text("lineshot"),
            topic: text("leipzig/{station}/arrival"),
            leave: text(""),
            format: text("json"),
            station: text("doors-off"),
            title: text("The doors come off"),
            camera: text("http://10.1.0.4/mjpg/video.mjpg"),
            size: text("1280x720"),
            endpoint: text("https://s3.leipzig"),
            region: text("eu-central-1"),
            bucket: text("photos"),
            data: text("/srv/lineshot"),
        }
    }

    fn begun(answers: &Answers) -> AgentSettings {
        let folder = tempfile::tempdir().unwrap();
        let files = start(folder.path(), answers).unwrap();
        UploaderSettings::foreseen(folder.path(), &files).unwrap();
        AgentSettings::foreseen(folder.path(), &files).unwrap()
    }

    #[test]
    fn a_start_can_be_used_as_it_is_whatever_was_answered() {
        for (key, value) in [
            ("", ""),
            ("user", ""),
            ("leave", "leipzig/{station}/departure"),
            ("format", "text"),
            ("camera", "line"),
        ] {
            let mut answers = answers();
            match key {
                "user" => answers.user = value.to_owned(),
                "leave" => answers.leave = value.to_owned(),
                "format" => answers.format = value.to_owned(),
                "camera" => answers.camera = value.to_owned(),
                _ => {}
            }
            let settings = begun(&answers);
            assert_eq!(settings.stations[0].id.as_str(), "doors-off");
            assert_eq!(settings.stations[0].trigger.leave.is_some(), key == "leave");
        }
    }

    #[test]
    fn a_start_is_commented_and_shows_nothing_but_a_small_square() {
        let folder = Path::new("/srv/etc");
        let files = start(folder, &answers()).unwrap();
        let text = |name: &str| files.iter().find(|(path, _)| *path == folder.join(name)).unwrap().1.as_str();
        let station = text("stations/doors-off.toml");
        for part in [
            "#:schema ../schema/station.json\n",
            "id      = \"doors-off\"",
            "name    = { en = \"The doors come off\" }",
            "camera  = { http = { url = \"http://10.1.0.4/mjpg/video.mjpg\", mode = \"stream\" }, size = \"1280x720\" }",
            "show    = [[[0.45, 0.45], [0.55, 0.45], [0.55, 0.55], [0.45, 0.55]]]",
            "# Until you draw what may be seen, this small square",
        ] {
            assert!(station.contains(part), "{part}\n{station}");
        }
        for part in ["marriage", "crop    =", "sizes   =", "[[view.mask]]", "Hochzeit", "robot"] {
            assert!(!station.contains(part), "{part}\n{station}");
        }
        assert!(text("agent.toml").contains("password_file = \"/srv/etc/broker.password\""));
        assert!(text("line.toml").lines().count() > 40 && text("schema/agent.json").starts_with('{'));
    }

    #[test]
    fn another_station_has_a_name_of_its_own() {
        let values = [("view.camera.http.url".to_owned(), "http://10.0.0.9/".to_owned())];
        let text = another_station(STATION, "door-left", &values).unwrap();
        assert!(text.contains("name    = { en = \"Door left\" }    # what customers read"), "{text}");
        assert!(text.contains("url = \"http://10.0.0.9/\"") && text.contains("id      = \"door-left\""));
        assert!(text.contains("stations/door-left.toml: one") && !text.contains("marriage"), "{text}");
        let values = [("name.de".to_owned(), "Links".to_owned()), ("name.en".to_owned(), "Left".to_owned())];
        let text = another_station(STATION, "door-left", &values).unwrap();
        assert!(text.contains("{ de = \"Links\", en = \"Left\" }"), "{text}");
    }
}
