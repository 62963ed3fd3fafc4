//! `lineshot init`: a commented start from a few questions or flags.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use lineshot_config::{Answers, Problems, start};

use super::{SetupError, foresee, write};
use crate::failure::Failure;

/// What can be said beforehand. What is left out is asked for at a terminal; elsewhere its default counts.
#[derive(Clone, Debug, Default, Args)]
pub struct Init {
    /// The folder to begin in
    #[arg(default_value = "/etc/lineshot", value_name = "DIR")]
    pub folder: PathBuf,
    /// The site, the same on all its PCs: a-z, 0-9 and '-'
    #[arg(long)]
    pub site: Option<String>,
    /// This PC, unique on its site
    #[arg(long)]
    pub name: Option<String>,
    /// What the clock on the wall shows, such as Europe/Berlin
    #[arg(long)]
    pub timezone: Option<String>,
    /// The plant's MQTT broker, such as mqtts://broker:8883
    #[arg(long, value_name = "URL")]
    pub broker: Option<String>,
    /// This PC's user there; its password goes into the file broker.password
    #[arg(long)]
    pub user: Option<String>,
    /// Where arrivals are told; {station} stands for a station's id
    #[arg(long)]
    pub topic: Option<String>,
    /// Where departures are told
    #[arg(long, value_name = "TOPIC")]
    pub leave: Option<String>,
    /// What an event is: json, or text for a bare VIN
    #[arg(long)]
    pub format: Option<String>,
    /// The first station's id
    #[arg(long, value_name = "ID")]
    pub station: Option<String>,
    /// What customers read of it
    #[arg(long)]
    pub title: Option<String>,
    /// The address of its camera, or `line` for a rendered one
    #[arg(long, value_name = "URL")]
    pub camera: Option<String>,
    /// The size of its frames
    #[arg(long, value_name = "WIDTHxHEIGHT")]
    pub size: Option<String>,
    /// The S3-compatible storage
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Its region
    #[arg(long)]
    pub region: Option<String>,
    /// The bucket; it must exist
    #[arg(long)]
    pub bucket: Option<String>,
    /// The data folder
    #[arg(long, value_name = "DIR")]
    pub data: Option<String>,
}

/// One question.
struct Question {
    flag: &'static str,
    asks: &'static str,
    given: fn(&Init) -> &Option<String>,
    slot: fn(&mut Answers) -> &mut String,
    /// Without one, somebody has to say it.
    default: fn(&Answers) -> Option<String>,
}

macro_rules! question {
    ($field:ident, $asks:literal, $default:expr) => {
        Question {
            flag: concat!("--", stringify!($field)),
            asks: $asks,
            given: |init| &init.$field,
            slot: |answers| &mut answers.$field,
            default: $default,
        }
    };
}

fn text(default: &str) -> Option<String> {
    Some(default.to_owned())
}

const QUESTIONS: [Question; 16] = [
    question!(site, "The site, the same on all its PCs (a-z, 0-9 and '-')", |_| None),
    question!(name, "This PC, unique on its site", |_| Some(host_name())),
    question!(timezone, "What the clock on the wall shows", |_| zone(Path::new("/etc"))),
    question!(broker, "The plant's MQTT broker (mqtts://host:8883, or mqtt:// without TLS)", |_| {
        text("mqtt://localhost:1883")
    }),
    question!(user, "This PC's user at the broker (empty: none)", |_| text("")),
    question!(topic, "Where arrivals are told ({station} stands for a station's id)", |known| {
        Some(format!("{}/{{station}}/arrival", known.site))
    }),
    question!(leave, "Where departures are told (empty: nowhere)", |_| text("")),
    question!(format, "What an event is: json, or text for a bare VIN", |_| text("json")),
    question!(station, "The first station's id (a-z, 0-9 and '-')", |_| text("station-1")),
    question!(title, "What customers read of it", |_| text("The first station")),
    question!(camera, "Its camera's address (http://…), or `line` for a rendered line", |_| text("line")),
    question!(size, "The size of the camera's frames", |_| text("1920x1080")),
    question!(endpoint, "The S3-compatible storage (https://…)", |_| None),
    question!(region, "Its region", |_| text("us-east-1")),
    question!(bucket, "The bucket; it must exist", |_| text("behind-the-scenes")),
    question!(data, "The data folder, for pictures that wait", |_| text("/var/lib/lineshot")),
];

/// Writes the files; says what comes next. `terminal`: who answers there, and where he is asked.
///
/// # Errors
/// [`SetupError`]; [`Failure::Problems`] if what was said cannot be used. Nothing is written then.
pub fn init(said: &Init, terminal: Option<(&mut dyn BufRead, &mut dyn Write)>) -> Result<String, Failure> {
    let folder = std::path::absolute(&said.folder)
        .map_err(|source| SetupError::Write { path: said.folder.clone(), source })?;
    let there = ["agent.toml", "uploader.toml", "line.toml"].map(|name| folder.join(name));
    if let Some(path) = there.into_iter().find(|path| path.exists()) {
        return Err(SetupError::There(path).into());
    }
    let answers = match terminal {
        Some((input, output)) => asked(&folder, said, input, output)?,
        None => unasked(said)?,
    };
    let files = files(&folder, &answers)?;
    foresee(&folder, &files)?;
    write(&files)?;
    Ok(next_steps(&folder, &answers))
}

fn files(folder: &Path, answers: &Answers) -> Result<Vec<(PathBuf, String)>, SetupError> {
    start(folder, answers)
        .map_err(|source| SetupError::Edit { about: "the shipped example".to_owned(), source })
}

/// What stands in until it is said, and can be used.
fn nobody() -> Answers {
    let mut answers = Answers::default();
    for question in &QUESTIONS {
        *(question.slot)(&mut answers) = (question.default)(&answers).unwrap_or_default();
    }
    "site".clone_into(&mut answers.site);
    "Etc/UTC".clone_into(&mut answers.timezone);
    "https://s3.invalid".clone_into(&mut answers.endpoint);
    answers
}

fn unasked(said: &Init) -> Result<Answers, SetupError> {
    let mut answers = nobody();
    let mut missing = Vec::new();
    for question in &QUESTIONS {
        match (question.given)(said).clone().or_else(|| (question.default)(&answers)) {
            Some(answer) => *(question.slot)(&mut answers) = answer,
            None => missing.push(question.flag),
        }
    }
    if missing.is_empty() { Ok(answers) } else { Err(SetupError::Unanswered(missing.join(", "))) }
}

/// Asks what was not said. Whatever cannot be used is asked again at once.
fn asked(
    folder: &Path,
    said: &Init,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> Result<Answers, Failure> {
    let gone = |source| SetupError::Read {
        path: PathBuf::from("the terminal"),
        mend: "nothing was written; start anew",
        source,
    };
    let mut answers = nobody();
    for question in &QUESTIONS {
        if let Some(answer) = (question.given)(said) {
            answer.clone_into((question.slot)(&mut answers));
            continue;
        }
        let default = (question.default)(&answers);
        loop {
            let shown = default.as_ref().map(|default| format!(" [{default}]")).unwrap_or_default();
            write!(output, "{}{shown}: ", question.asks).and_then(|()| output.flush()).map_err(gone)?;
            let mut line = String::new();
            if input.read_line(&mut line).map_err(gone)? == 0 {
                return Err(gone(io::ErrorKind::UnexpectedEof.into()).into());
            }
            let answer = match (line.trim(), &default) {
                ("", Some(default)) => default.clone(),
                ("", None) => continue,
                (answer, _) => answer.to_owned(),
            };
            *(question.slot)(&mut answers) = answer;
            match foresee(folder, &files(folder, &answers)?) {
                Ok(_) => break,
                Err(problems) => writeln!(output, "  {}", wrong(&problems)).map_err(gone)?,
            }
        }
    }
    Ok(answers)
}

/// The first problem without its place: there is no file yet.
fn wrong(problems: &Problems) -> String {
    let first = problems.iter().next();
    first.map(|problem| format!("{}; {}", problem.sentence(), problem.advice())).unwrap_or_default()
}

/// As an id: what may not stand there becomes `-`.
fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_lowercase();
    let plain = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    let id: String = plain.take(32).collect();
    if id.is_empty() { "line-1".to_owned() } else { id }
}

/// The zone that this PC is set to.
fn zone(etc: &Path) -> Option<String> {
    let named = fs::read_to_string(etc.join("timezone")).ok().map(|text| text.trim().to_owned());
    let linked = || {
        let link = fs::read_link(etc.join("localtime")).ok()?;
        Some(link.to_str()?.split_once("zoneinfo/")?.1.to_owned())
    };
    named.filter(|zone| !zone.is_empty()).or_else(linked)
}

fn next_steps(folder: &Path, answers: &Answers) -> String {
    let at = folder.display();
    let password = match answers.user.as_str() {
        "" => String::new(),
        user => format!("  write {user}'s password into {at}/broker.password, and `chmod 0640` it\n"),
    };
    format!(
        "{at} has the settings of {} at {}, with a comment on every key. Next:\n\
         {password}\
         \x20 lineshot listen '{}/#' --config {at}\n\
         \x20                                   what the line says, and how [trigger.fields] of line.toml may read\n\
         \x20 lineshot site-key new {at}/site.key\n\
         \x20                                   once for the whole site; the other PCs get a copy\n\
         \x20 lineshot check {at}\n\
         \x20 lineshot doctor --config {at}\n\
         Then start both daemons, on trial with `lineshot-agent run --unreleased --config {at}`.\n",
        answers.name,
        answers.site,
        answers.topic.split('/').next().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use lineshot_config::AgentSettings;

    use super::*;

    fn said(folder: &Path) -> Init {
        Init {
            folder: folder.join("etc"),
            site: text("leipzig"),
            name: text("line2-doors"),
            timezone: text("Europe/Berlin"),
            endpoint: text("https://s3.leipzig"),
            ..Init::default()
        }
    }

    #[test]
    fn flags_are_enough_and_what_is_there_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let next = init(&said(folder.path()), None).unwrap();
        assert!(next.contains("lineshot listen 'leipzig/#'"), "{next}");
        let settings = AgentSettings::load(&folder.path().join("etc")).unwrap();
        assert_eq!((settings.site.as_str(), settings.stations.len()), ("leipzig", 1));
        let refused = init(&said(folder.path()), None).unwrap_err().told(false);
        assert!(refused.contains("agent.toml is there already, and is never replaced"), "{refused}");
    }

    #[test]
    fn whoever_is_not_asked_is_told_what_is_missing_or_wrong_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let bare = Init { site: None, endpoint: None, ..said(folder.path()) };
        let refused = init(&bare, None).unwrap_err().told(false);
        assert!(refused.contains("to be asked: --site, --endpoint"), "{refused}");
        let wrong = Init { timezone: text("Europe/Berln"), bucket: text("No"), ..said(folder.path()) };
        let refused = init(&wrong, None).unwrap_err().told(false);
        assert!(refused.contains("Europe/Berlin") && refused.contains("`store.bucket`"), "{refused}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn whoever_is_asked_may_take_the_default_and_is_asked_again_where_he_errs() {
        let folder = tempfile::tempdir().unwrap();
        let few = Init { timezone: None, ..said(folder.path()) };
        let typed = "Europe/Berln\nEurope/Berlin\n\n\n\n\n\nwelding\n\nhttp://10.0.0.5/\n1280x720\n\n\n\n";
        let (mut input, mut output) = (typed.as_bytes(), Vec::new());
        init(&few, Some((&mut input, &mut output))).unwrap();
        let output = String::from_utf8(output).unwrap();
        assert!(output.contains("The plant's MQTT broker") && !output.contains("The site,"), "{output}");
        assert_eq!(output.matches("What the clock on the wall shows").count(), 2, "{output}");
        let settings = AgentSettings::load(&folder.path().join("etc")).unwrap();
        assert_eq!(settings.stations[0].id.as_str(), "welding");
        let short = Init { folder: folder.path().join("other"), ..few };
        let refused = init(&short, Some((&mut &b"Europe/Berlin\n"[..], &mut Vec::new()))).unwrap_err();
        assert!(refused.told(false).contains("nothing was written; start anew"));
        assert!(!short.folder.exists());
    }

    #[test]
    fn the_zone_is_that_of_this_pc() {
        let etc = tempfile::tempdir().unwrap();
        assert_eq!(zone(etc.path()), None);
        std::os::unix::fs::symlink("/usr/share/zoneinfo/Asia/Tokyo", etc.path().join("localtime")).unwrap();
        assert_eq!(zone(etc.path()), text("Asia/Tokyo"));
    }
}
