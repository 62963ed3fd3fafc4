//! Whole folders: the shipped examples, layers, mistakes, broken stations.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use lineshot_domain::{Show, StationId};
use proptest::prelude::*;

use crate::files::Files;
use crate::*;

mod described;
mod gate;
mod lock;
mod rendered;
mod said;
mod sources;
mod topics;
mod usb;

const AGENT: &str = include_str!("../examples/agent.toml");
const UPLOADER: &str = include_str!("../examples/uploader.toml");
const LINE: &str = include_str!("../examples/line.toml");
const MARRIAGE: &str = include_str!("../examples/stations/marriage.toml");

const REHEARSAL: &str = include_str!("../examples/rehearsal.toml");

/// Where the example's frames come from, without their size.
const SOURCE: &str = r#"http = { url = "http://10.0.0.7/axis-cgi/mjpg/video.cgi", mode = "stream" }"#;

/// The example as a station of this name, with a camera of its own.
fn another(id: &str) -> String {
    let own = swapped(MARRIAGE, "\"marriage\"", &format!("{id:?}"));
    swapped(&own, "http://10.0.0.7/", &format!("http://{id}.cameras/"))
}

/// A configuration folder, at first with the shipped examples.
struct Folder(tempfile::TempDir);

impl Folder {
    fn shipped() -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        folder.put("agent.toml", AGENT);
        folder.put("uploader.toml", UPLOADER);
        folder.put("line.toml", LINE);
        folder.put("stations/marriage.toml", MARRIAGE);
        folder
    }

    #[expect(clippy::disallowed_methods, reason = "a test's own folder needs no fsync")]
    fn put(&self, name: &str, content: impl AsRef<[u8]>) -> &Folder {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// A second sound station.
    fn put_station(&self, id: &str) -> &Folder {
        self.put(&format!("stations/{id}.toml"), another(id))
    }

    fn agent(&self) -> Result<AgentSettings, Problems> {
        self.agent_in(&[])
    }

    fn agent_in(&self, variables: &[(&str, &str)]) -> Result<AgentSettings, Problems> {
        AgentSettings::load_with(&Files::default(), self.0.path(), os(variables))
    }

    fn uploader_in(&self, variables: &[(&str, &str)]) -> Result<UploaderSettings, Problems> {
        UploaderSettings::load_with(&Files::default(), self.0.path(), os(variables))
    }

    /// The only station, or what is wrong with it or with the rest.
    fn station(&self) -> Result<Station, Problems> {
        let mut agent = self.agent()?;
        match agent.broken.pop() {
            Some(broken) => Err(broken.problems),
            None => Ok(agent.stations.pop().unwrap()),
        }
    }
}

#[test]
fn the_rehearsal_stands_in_for_the_station_with_a_camera() {
    let station = Folder::shipped().put("stations/marriage.toml", REHEARSAL).station().unwrap();
    assert!(matches!(station.views[0].camera, CameraSetting::Line { .. }));
    assert_eq!(station.views[0].scene.masks().len(), 3);
}

fn os(variables: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    variables.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// Exactly one place outside of the comments changed; anything else is the test's mistake.
fn swapped(text: &str, from: &str, to: &str) -> String {
    let text = bare(text);
    assert_eq!(text.matches(from).count(), 1, "{from:?} is not there once");
    text.replace(from, to)
}

/// The text without the lines that are comments.
fn bare(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect()
}

fn ids(stations: &[Station]) -> Vec<&str> {
    stations.iter().map(|station| station.id.as_str()).collect()
}

#[test]
fn the_shipped_examples_load_as_a_whole() {
    let examples = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples"));
    let agent = AgentSettings::load_with(&Files::default(), examples, os(&[])).unwrap();
    assert!(agent.broken.is_empty(), "{:?}", agent.broken);
    assert_eq!(ids(&agent.stations), ["marriage"]);
    assert_eq!(agent.broker.host, "broker.line1");
    assert_eq!(agent.broker.client_id, "lineshot-zuffenhausen-line1-marriage");
    let station = &agent.stations[0];
    assert_eq!(station.trigger.topic.as_str(), "zuffenhausen/911/line1/marriage/arrival");
    assert_eq!(station.trigger.dwell, Some(Duration::from_secs(60)));
    let view = &station.views[0];
    assert_eq!((view.scene.frame().width(), view.scene.frame().height()), (1920, 1080));
    assert!(matches!(view.scene.show(), Show::Within(polygons) if polygons.len() == 1));
    assert_eq!(view.scene.masks()[0].name, "robot controller");
    assert_eq!((view.crop.left(), view.crop.top()), (96, 108));
    assert_eq!((view.crop.size().width(), view.crop.size().height()), (1728, 918));
    assert_eq!(view.sizes, [480, 960]);
    let uploader = UploaderSettings::load_with(&Files::default(), examples, os(&[])).unwrap();
    assert_eq!(
        (uploader.store.bucket.as_str(), uploader.store.prefix.as_str()),
        ("behind-the-scenes", "line1")
    );
    assert!(!uploader.store.endpoint.is_plaintext());
}

#[test]
fn what_is_left_out_has_the_documented_default() {
    let folder = Folder::shipped();
    let short = "version = 1\nname = \"pc\"\nsite = \"works\"\nclock = { trust = \"unchecked\" }\nbroker.url = \"mqtt://[::1]\"\n";
    folder.put("agent.toml", short);
    let agent = folder.agent().unwrap();
    assert_eq!(agent.site_key, Path::new("/etc/lineshot/site.key"));
    assert_eq!(agent.data, Path::new("/var/lib/lineshot"));
    assert_eq!(agent.log, "info");
    let broker = agent.broker;
    assert_eq!((broker.host.as_str(), broker.port, broker.receive_maximum), ("::1", 1883, 16));
    assert_eq!(broker.client_id, "lineshot-works-pc");
    assert_eq!([broker.session_expiry, broker.keep_alive].map(|d| d.as_secs()), [604_800, 10]);
    let station = swapped(MARRIAGE, SOURCE, "file = { path = \"/clip\" }");
    let station = without(&without(&without(&station, "latency"), "sizes"), "crop ");
    let view = folder.put("stations/marriage.toml", station).station().unwrap().views.remove(0);
    assert_eq!(view.camera, CameraSetting::File { path: "/clip".into(), fps: 5.0 });
    assert_eq!((view.latency, view.sizes, view.crop.size()), (Duration::ZERO, vec![480], view.scene.frame()));
}

/// The text without the line that begins so.
fn without(text: &str, begins: &str) -> String {
    let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with(begins)).collect();
    assert_eq!(kept.len() + 1, text.lines().count(), "{begins:?} does not begin one line");
    kept.join("\n")
}

#[test]
fn the_default_size_is_left_out_where_the_picture_is_no_wider() {
    let narrow = swapped(&without(&without(MARRIAGE, "sizes"), "crop "), "1920x1080", "480x320");
    assert!(
        Folder::shipped().put("stations/marriage.toml", narrow).station().unwrap().views[0].sizes.is_empty()
    );
}

#[test]
fn later_layers_win_key_by_key() {
    let folder = Folder::shipped();
    folder.put("agent.d/20-b.toml", "broker.keep_alive = \"20s\"\nlog = \"warn\"");
    folder.put("agent.d/10-a.toml", "broker.keep_alive = \"15s\"\nbroker.receive_maximum = 8");
    folder.put("agent.d/30-c.toml.bak", "this is not read");
    let agent = folder
        .agent_in(&[
            ("LINESHOT__BROKER__RECEIVE_MAXIMUM", "4"),
            ("LINESHOT__DATA", "/data"),
            ("HOME", "/root"),
        ])
        .unwrap();
    assert_eq!(agent.broker.keep_alive, Duration::from_secs(20));
    assert_eq!(agent.broker.receive_maximum, 4);
    assert_eq!((agent.log.as_str(), agent.data.as_path()), ("warn", Path::new("/data")));
    assert_eq!(agent.broker.host, "broker.line1");
}

#[test]
fn one_environment_serves_both_daemons_and_no_station() {
    let folder = Folder::shipped();
    let both = [("LINESHOT__STORE__BUCKET", "trial"), ("LINESHOT__SITE", "works")];
    assert_eq!(folder.agent_in(&both).unwrap().site.as_str(), "works");
    assert_eq!(folder.uploader_in(&both).unwrap().store.bucket, "trial");
    for name in ["LINESHOT__TRIGGER__MAX_AGE", "LINESHOT__STATIONS__MARRIAGE", "LINESHOT__VIEW"] {
        let said = folder.agent_in(&[(name, "1h")]).unwrap_err().to_string();
        assert!(said.contains("unknown key") && said.contains(name), "{said}");
    }
}

#[test]
fn a_message_about_a_layered_value_names_the_layer_it_came_from() {
    let folder = Folder::shipped();
    folder.put("agent.d/10-a.toml", "broker.keep_alive = \"1s\"");
    says(&folder.agent().unwrap_err(), "agent.d/10-a.toml", "broker.keep_alive", ":1:21: ");
    let problems = folder.agent_in(&[("LINESHOT__BROKER__KEEP_ALIVE", "1h")]).unwrap_err();
    says(
        &problems,
        "environment variable LINESHOT__BROKER__KEEP_ALIVE",
        "broker.keep_alive",
        "\"5s\" to \"2m\"",
    );
    let said = folder.agent_in(&[("LINESHOT__BROKER__PASSWORD", "hunter2")]).unwrap_err().to_string();
    assert!(said.contains("`password_file`") && !said.contains("hunter2"), "{said}");
}

#[test]
fn a_station_wins_over_the_line_key_by_key() {
    let own = format!(
        "{MARRIAGE}\n[trigger]\ndwell = \"90s\"\nleave = \"door/left\"\n[trigger.fields]\nvin = \"/v\"\n"
    );
    let trigger = Folder::shipped().put("stations/marriage.toml", own).station().unwrap().trigger;
    assert_eq!((trigger.dwell, trigger.max_age), (Some(Duration::from_secs(90)), Duration::from_secs(5)));
    assert_eq!(trigger.leave.unwrap().as_str(), "door/left");
    let Format::Json(fields) = trigger.format else { panic!("the line says JSON") };
    assert_eq!(fields.vin.unwrap().as_str(), "/v");
    assert_eq!(fields.order.unwrap().as_str(), "/order/number");
}

#[test]
fn a_station_needs_no_line() {
    let folder = Folder::shipped();
    std::fs::remove_file(folder.0.path().join("line.toml")).unwrap();
    let own =
        "[trigger]\ntopic = \"t\"\nformat = \"text\"\nage = \"expiry\"\nmax_age = \"5s\"\ndwell = \"60s\"\n";
    let trigger =
        folder.put("stations/marriage.toml", format!("{MARRIAGE}\n{own}")).station().unwrap().trigger;
    assert_eq!((trigger.format, trigger.age, trigger.leave), (Format::Text, AgeProof::Expiry, None));
}

#[test]
fn a_bad_station_file_closes_that_station_alone() {
    let folder = Folder::shipped();
    folder
        .put_station("door")
        .put("stations/glass.toml", "version = 1\nid = ")
        .put("stations/Roof.toml", [0xff]);
    let agent = folder.agent().unwrap();
    assert_eq!(ids(&agent.stations), ["door", "marriage"]);
    let broken: Vec<_> =
        agent.broken.iter().map(|b| (b.id.as_ref().map(StationId::as_str), b.problems.to_string())).collect();
    assert!(broken[0].0.is_none() && broken[0].1.contains("it cannot be read"), "{broken:?}");
    assert!(broken[1].0 == Some("glass") && broken[1].1.contains("glass.toml:2:"), "{broken:?}");
    assert_eq!(broken.len(), 2);
}

#[test]
fn two_files_with_one_id_are_both_closed() {
    let folder = Folder::shipped();
    folder.put_station("door").put("stations/copy.toml", MARRIAGE);
    let agent = folder.agent().unwrap();
    assert_eq!(ids(&agent.stations), ["door"]);
    says(&agent.broken[0].problems, "copy.toml", "id", "rename the file");
    says(&agent.broken[1].problems, "marriage.toml", "id", "copy.toml");
}

#[test]
fn two_stations_with_one_topic_are_both_closed() {
    let folder = Folder::shipped();
    folder.put("line.toml", swapped(LINE, "{station}/departure", "departure")).put_station("door");
    let agent = folder.agent().unwrap();
    assert!(agent.stations.is_empty());
    for broken in agent.broken {
        let said = broken.problems.to_string();
        assert!(said.contains("zuffenhausen/911/line1/departure") && said.contains("{station}"), "{said}");
    }
}

#[test]
fn a_bad_line_is_an_error_for_all() {
    for (from, to, key) in [
        ("max_age = \"5s\"", "max_age = \"5\"", "trigger.max_age"),
        ("event   = ", "evnt = ", "trigger.fields.evnt"),
        ("Europe/Berlin", "Europe/Zuffenhausen", "timezone"),
        ("Europe/Berlin\"", "Europe/Berlin\"\npermit.keep = \"best\"", "permit.keep"),
        ("version = 1", "version = 1\nid = \"marriage\"", "id"),
        ("version = 1", "version = 1\nname = { en = \"x\" }", "name"),
        ("version = 1", "", "version"),
    ] {
        let folder = Folder::shipped();
        let problems = folder.put("line.toml", swapped(LINE, from, to)).agent().unwrap_err();
        says(&problems, "line.toml", key, "");
    }
}

/// Whether one of them is this key's, in this file, and says this.
fn says(problems: &Problems, file: &str, key: &str, part: &str) {
    let is = |problem: &&Problem| problem.key.as_deref() == Some(key) && problem.place.file().ends_with(file);
    let said = problems.iter().find(is).unwrap_or_else(|| panic!("nothing about {key} in\n{problems}"));
    assert!(said.to_string().contains(part), "{said}\nlacks\n{part}");
    assert!(problems.iter().all(|problem| !problem.to_string().contains('\n')), "{problems}");
}

/// Mistakes in a file: what is replaced, by what, the key that the message names, and a part of what it says.
type Mistakes<'a> = &'a [(&'a str, &'a str, &'a str, &'a str)];

fn each_is_named(file: &str, text: &str, mistakes: Mistakes<'_>, load: impl Fn(&Folder) -> Option<Problems>) {
    for (from, to, key, mend) in mistakes {
        let folder = Folder::shipped();
        folder.put(file, swapped(text, from, to));
        let problems = load(&folder).unwrap_or_else(|| panic!("{to:?} was accepted"));
        says(&problems, file, key, mend);
        assert!(
            !problems.rendered(false).contains("hunter2") && !problems.json().contains("hunter2"),
            "{problems}"
        );
    }
}

#[test]
fn each_mistake_in_the_agents_file_names_file_key_and_mend() {
    let mistakes: Mistakes<'_> = &[
        ("version  = 1", "version = 2", "version", "write `version = 1`"),
        ("version  = 1", "", "version", "write `version = 1`"),
        ("version  = 1", "version = 1\nnmae = 1", "nmae", "correct its spelling or remove it"),
        ("version  = 1", "version = 1\n\"a[999999999]\" = 1", "a[999999999]", "correct its spelling"),
        ("version  = 1", "version = 1\n\"broker.url\" = 1", "broker.url", "correct its spelling"),
        ("name     = \"line1-marriage\"", "", "name", "add this key"),
        ("\"line1-marriage\"", "\"Line 1\"", "name", "1 to 32 characters"),
        ("\"zuffenhausen\"  ", "[]", "site", "expected"),
        ("\"/etc/lineshot/site.key\"", "\"site.key\"", "site_key", "an absolute path"),
        ("\"info\"  ", "\" \"", "log", "a filter"),
        ("clock    = { trust = \"kernel\" }", "", "clock", "trust = \"kernel\""),
        ("mqtt://broker.line1:1883", "tcp://broker.line1:1883", "broker.url", "expected mqtt://"),
        ("mqtt://broker.line1:1883", "mqtt://", "broker.url", "expected mqtt://"),
        ("mqtt://broker.line1:1883", "broker.line1", "broker.url", "expected mqtt://"),
        ("mqtt://broker.line1:1883", "mqtt://a:b@broker", "broker.url", "password_file"),
        ("mqtt://broker.line1:1883", "mqtt://broker/x", "broker.url", "remove what follows"),
        ("session_expiry  = \"7d\"", "session_expiry = \"1y\"", "broker.session_expiry", "\"1m\" to \"30d\""),
        ("keep_alive      = \"10s\"", "keep_alive = \"4s\"", "broker.keep_alive", "\"5s\" to \"2m\""),
        ("keep_alive      = \"10s\"", "keep_alive = 10", "broker.keep_alive", "with ms, s, m, h or d"),
        ("receive_maximum = 16", "receive_maximum = 0", "broker.receive_maximum", "1 to 64"),
        ("receive_maximum = 16", "receive_maximum = -1", "broker.receive_maximum", "1 to 64"),
        ("receive_maximum = 16", "recieve_maximum = 16", "broker.recieve_maximum", "`receive_maximum`"),
        ("receive_maximum = 16", "password = \"hunter2\"", "broker.password", "`password_file`"),
        ("receive_maximum = 16", "password_file = \"/x\"", "broker.user", "add this key"),
    ];
    each_is_named("agent.toml", AGENT, mistakes, |folder| folder.agent().err());
}

#[test]
fn each_mistake_in_the_uploaders_file_names_file_key_and_mend() {
    let mistakes: Mistakes<'_> = &[
        ("https://s3.example.com", "s3.example.com", "store.endpoint", "http:// or https://"),
        ("https://s3.example.com", "https://a:b@s3.example.com", "store.endpoint", "without credentials"),
        ("https://s3.example.com", "https://s3.example.com/?x", "store.endpoint", "remove what follows"),
        ("\"eu-central-1\"", "\"\"", "store.region", "ask the store's operator"),
        ("\"behind-the-scenes\"", "\"Behind\"", "store.bucket", "3 to 63 characters"),
        ("prefix        = \"line1\"", "prefix = \"/line1\"", "store.prefix", "no slash at either end"),
        ("prefix        = \"line1\"", "prefix = \"a/../b\"", "store.prefix", "`..`"),
        ("prefix        = \"line1\"", "prefix = \"a//b\"", "store.prefix", "no empty"),
        ("path_style    = true", "path_style = \"perhaps\"", "store.path_style", "true or false"),
        (
            "path_style    = true",
            "secret_access_key = \"hunter2\"",
            "store.secret_access_key",
            "`credentials`",
        ),
        ("path_style    = true", "ca = \"ca.pem\"", "store.ca", "begin it with a slash"),
    ];
    each_is_named("uploader.toml", UPLOADER, mistakes, |folder| folder.uploader_in(&[]).err());
}

#[test]
fn each_mistake_in_a_stations_file_names_file_key_and_mend() {
    let mask = "polygon = [[0.10, 0.20], [0.30, 0.20], [0.30, 0.55], [0.10, 0.55]]";
    let no_source = format!("{SOURCE}, ");
    let mistakes: Mistakes<'_> = &[
        ("id      = \"marriage\"", "id = \"hochzeit\"", "id", "rename the file"),
        ("id      = \"marriage\"", "id = \"Marriage\"", "id", "1 to 32 characters"),
        ("en = ", "english = ", "name", "two letters"),
        ("\"Hochzeit\"", "\" \"", "name.de", "what customers shall read"),
        ("id      = \"front\"", "", "view[1].id", "add this key"),
        ("id      = \"front\"", "id = \"Front\"", "view[1].id", "1 to 32 characters"),
        ("people  = \"ignore\"", "poeple = \"ignore\"", "view[front].poeple", "correct its spelling"),
        ("people  = \"ignore\"", "people = \"search\"", "view[front].people", "cannot find people yet"),
        ("people  = \"ignore\"", "people = \"none\"", "view[front].people", "write one of them"),
        (
            "{ url = \"http://10.0.0.7/axis-cgi/mjpg/video.cgi\", mode = \"stream\" }",
            "{}",
            "view[front].camera.http.url",
            "add this key",
        ),
        ("{ http = {", "{ file = { path = \"/clip\" }, http = {", "view[front].camera", "exactly one"),
        (
            "http://10.0.0.7/axis-cgi/mjpg/video.cgi",
            "http://a:hunter2@10.0.0.7/",
            "view[front].camera.http.url",
            "`password_file`",
        ),
        (
            "http://10.0.0.7/axis-cgi/mjpg/video.cgi",
            "http://10.0.0.7/?PWD=hunter2",
            "view[front].camera.http.url",
            "credentials",
        ),
        (
            "http://10.0.0.7/axis-cgi/mjpg/video.cgi",
            "ftp://10.0.0.7/",
            "view[front].camera.http.url",
            "correct the scheme",
        ),
        ("mode = \"stream\" }", "mode = \"video\" }", "view[front].camera.http.mode", "\"snapshot\""),
        ("mode = \"stream\" }", "user = \"x\" }", "view[front].camera.http.auth", "give all three"),
        (
            "mode = \"stream\" }",
            "auth = \"basic\", user = \"x\" }",
            "view[front].camera.http.password_file",
            "give all three",
        ),
        ("mode = \"stream\" }", "fps = 5 }", "view[front].camera.http.fps", "correct its spelling"),
        (SOURCE, "rtsp = {}", "view[front].camera.rtsp", "no RTSP cameras yet"),
        ("{ http = {", "{ htpp = {", "view[front].camera.htpp", "correct its spelling"),
        (&no_source, "", "view[front].camera", "found none"),
        (SOURCE, "file = { path = \"/clip\" }", "view[front].latency", "remove it"),
        (SOURCE, "file = { path = \"/clip\", fps = 61 }", "view[front].camera.file.fps", "0.1 to 60"),
        (SOURCE, "file = { path = \"/clip\", fps = true }", "view[front].camera.file.fps", "0.1 to 60"),
        (SOURCE, "file = { path = \"clip\" }", "view[front].camera.file.path", "begin it with a slash"),
        (", size = \"1920x1080\" }", " }", "view[front].camera.size", "add this key"),
        ("\"1920x1080\"", "\"1080p\"", "view[front].camera.size", "such as \"1920x1080\""),
        ("\"1920x1080\"", "\"8x8\"", "view[front].camera.size", "16 to 16384"),
        (", size = \"1920x1080\" }", " }\nsize = \"1920x1080\"", "view[front].size", "move it into `camera`"),
        ("size = \"1920x1080\" }", "latency = \"1s\" }", "view[front].camera.latency", "out of `camera`"),
        ("latency = \"500ms\"", "latency = \"11s\"", "view[front].latency", "\"0s\" to \"10s\""),
        ("latency = \"500ms\"", "", "view[front].latency", "measure"),
        ("delay   = \"1500ms\"", "delay = \"-1s\"", "view[front].delay", "\"0s\" to \"1m\""),
        ("delay   = \"1500ms\"", "delay = \"60s\"", "view[front].delay", "shorter than `dwell`"),
        ("within  = \"20s\"", "within = \"400ms\"", "view[front].within", "more than `latency`"),
        ("within  = \"20s\"", "within = \"11m\"", "view[front].within", "\"100ms\" to \"10m\""),
        (
            "show    = [ [[0.05, 0.10], [0.95, 0.10], [0.95, 0.95], [0.05, 0.95]] ]",
            "",
            "view[front].show",
            "\"all\"",
        ),
        (
            "show    = [ [[0.05, 0.10], [0.95, 0.10], [0.95, 0.95], [0.05, 0.95]] ]",
            "show = []",
            "view[front].show",
            "nothing would be seen",
        ),
        (
            "show    = [ [[0.05, 0.10], [0.95, 0.10], [0.95, 0.95], [0.05, 0.95]] ]",
            "show = \"everything\"",
            "view[front].show",
            "\"all\" or a list",
        ),
        (
            "[[0.05, 0.10], [0.95, 0.10], [0.95, 0.95], [0.05, 0.95]]",
            "[[0.05, 0.10], [0.95, 0.95], [0.95, 0.10], [0.05, 0.95]]",
            "view[front].show[1]",
            "in order around",
        ),
        (mask, "polygon = [[0.1, 0.2], [0.3, 0.2]]", "view[front].mask[1].polygon", "3 to 256 corners"),
        (
            mask,
            "polygon = [[0.1, 0.2], [0.3, 0.2], [0.3, 55]]",
            "view[front].mask[1].polygon[3][2]",
            "divide pixels",
        ),
        (
            mask,
            "polygon = [[0.1, 0.2], [0.3, 0.2], [0.3, 0.5, 0.5]]",
            "view[front].mask[1].polygon[3]",
            "a corner of 3 numbers",
        ),
        (
            mask,
            "polygon = [[0.1, 0.2], [0.3, 0.2], [0.3, nan]]",
            "view[front].mask[1].polygon[3][2]",
            "from 0 to 1",
        ),
        (
            mask,
            "polygon = [[0.1, 0.2], [0.3, 0.2], [0.3, true]]",
            "view[front].mask[1].polygon[3][2]",
            "a fraction",
        ),
        (mask, "", "view[front].mask[1].polygon", "add this key"),
        ("name    = \"robot controller\"", "name = \"\"", "view[front].mask[1].name", "say what it hides"),
        (
            "crop    = [0.05, 0.10, 0.95, 0.95]",
            "crop = [0.05, 0.10, 0.95]",
            "view[front].crop",
            "give four fractions",
        ),
        (
            "crop    = [0.05, 0.10, 0.95, 0.95]",
            "crop = [0.95, 0.10, 0.05, 0.95]",
            "view[front].crop",
            "swap them",
        ),
        (
            "crop    = [0.05, 0.10, 0.95, 0.95]",
            "crop = [0.5, 0.10, 0.505, 0.95]",
            "view[front].crop",
            "widen the crop",
        ),
        ("sizes   = [480, 960]", "sizes = [480, 480]", "view[front].sizes", "different whole widths"),
        ("sizes   = [480, 960]", "sizes = [63]", "view[front].sizes[1]", "from 64"),
        ("sizes   = [480, 960]", "sizes = [1728]", "view[front].sizes", "from 64 to 1727"),
        ("sizes   = [480, 960]", "sizes = [480.5]", "view[front].sizes[1]", "a whole number"),
    ];
    each_is_named("stations/marriage.toml", MARRIAGE, mistakes, |folder| folder.station().err());
}

#[test]
fn each_mistake_in_a_trigger_names_file_key_and_mend() {
    let line = bare(LINE);
    let fields = &line[line.find("[trigger.fields]").unwrap()..];
    let topic = "\"zuffenhausen/911/line1/{station}/arrival\"";
    let mistakes: Mistakes<'_> = &[
        (topic, "\"line1/+/arrival\"", "trigger.topic", "without wildcards"),
        (topic, "\"line1/#\"", "trigger.topic", "without wildcards"),
        (topic, "\"line1/{statoin}\"", "trigger.topic", "no other placeholder"),
        (topic, "\"$share/a/b\"", "trigger.topic", "belong to the broker"),
        (topic, "\"\"", "trigger.topic", "1 to 256 bytes"),
        ("\"json\"", "\"xml\"", "trigger.format", "\"json\" or \"text\""),
        ("\"json\"", "\"sparkplug-b\"", "trigger.format", "cannot read Sparkplug B yet"),
        ("age     = \"time\"", "age = \"none\"", "trigger.age", "\"time\" or \"expiry\""),
        ("max_age = \"5s\"", "max_age = \"2h\"", "trigger.max_age", "\"100ms\" to \"1h\""),
        ("dwell   = \"60s\"", "dwell = \"25h\"", "trigger.dwell", "\"1s\" to \"1d\""),
        ("\"/order/number\"", "\"order/number\"", "trigger.fields.order", "RFC 6901"),
        ("\"/order/number\"", "\"/order~2number\"", "trigger.fields.order", "`~0` a tilde"),
        ("\"/order/number\"", "\"\"", "trigger.fields.order", "RFC 6901"),
    ];
    each_is_named("line.toml", LINE, mistakes, |folder| folder.agent().err());
    let together: Mistakes<'_> = &[
        (topic, "\"zuffenhausen/911/line1/{station}/departure\"", "trigger.leave", "a topic of their own"),
        (fields, "", "trigger.fields", "at least one of vin, order and body"),
        (fields, "[trigger.fields]\ntime = \"/t\"", "trigger.fields", "at least one of vin, order and body"),
        (fields, "[trigger.fields]\nvin = \"/v\"", "trigger.age", "\"expiry\""),
        ("\"json\"", "\"text\"", "trigger.fields", "remove the table"),
        ("max_age = \"5s\"", "", "trigger.max_age", "add this key"),
    ];
    for (from, to, key, mend) in together {
        let folder = Folder::shipped();
        says(&folder.put("line.toml", swapped(LINE, from, to)).station().unwrap_err(), "", key, mend);
    }
}

/// The list is written out once more, so that a row lost from the table is noticed.
#[test]
fn no_key_of_the_design_is_taken_for_a_typo_or_believed() {
    let view = "people  = \"ignore\"";
    let station: Vec<(String, &str)> = [("trigger.format", "[trigger]\nformat = \"sparkplug-b\"")]
        .map(|(key, more)| (format!("{MARRIAGE}\n{more}\n"), key))
        .into_iter()
        .chain(
            [
                ("view[front].turn", view, "turn = 90"),
                ("view[front].format", view, "format = \"mjpeg\""),
                ("view[front].fps", view, "fps = 15"),
                ("view[front].people", view, "people = \"search\""),
                ("view[front].people", view, "people = \"cover\""),
                ("view[front].people", view, "people = \"withhold\""),
                ("view[front].camera.rtsp", SOURCE, "rtsp = {}"),
                ("view[front].camera.gige", SOURCE, "gige = {}"),
            ]
            .map(|(key, from, to)| (swapped(MARRIAGE, from, to), key)),
        )
        .collect();
    for (text, key) in station {
        let problems = Folder::shipped().put("stations/marriage.toml", text).station().unwrap_err();
        says(&problems, "marriage.toml", key, "of the design, but this version");
    }
}

#[test]
fn a_stay_without_an_end_is_refused() {
    let line = without(&without(LINE, "leave"), "dwell");
    let said = Folder::shipped().put("line.toml", line).station().unwrap_err().to_string();
    assert!(said.contains("`trigger.dwell`") && said.contains("name the topic of departures"), "{said}");
}

#[test]
fn the_number_of_views_is_bounded_and_their_ids_differ() {
    let view = &MARRIAGE[MARRIAGE.find("\n[[view]]").unwrap()..];
    let head = &MARRIAGE[..MARRIAGE.find("\n[[view]]").unwrap()];
    let numbered =
        |n: usize| (0..n).map(|i| swapped(view, "\"front\"", &format!("\"v{i}\""))).collect::<String>();
    for (views, part) in [
        (String::new(), Some("found nothing, expected 1 to 8 views")),
        (numbered(8), None),
        (numbered(9), Some("found 9 of them, expected 1 to 8 views")),
        (format!("{view}{view}"), Some("rename one of them")),
    ] {
        let station = Folder::shipped().put("stations/marriage.toml", format!("{head}{views}")).station();
        match part {
            None => assert_eq!(station.unwrap().views.len(), 8),
            Some(part) => assert!(station.unwrap_err().to_string().contains(part), "{part}"),
        }
    }
}

#[test]
fn http_to_another_host_is_said_to_be_plain() {
    for (url, plain) in [
        ("http://s3.example.com", true),
        ("http://127.0.0.1:9000", false),
        ("http://[::1]:9000", false),
        ("http://localhost:9000", false),
        ("http://localhost.example.com", true),
        ("https://s3.example.com", false),
    ] {
        let settings = Folder::shipped().uploader_in(&[("LINESHOT__STORE__ENDPOINT", url)]).unwrap();
        assert_eq!(settings.store.endpoint.is_plaintext(), plain, "{url}");
    }
}

#[test]
fn nothing_prints_the_query_of_a_url() {
    let station = swapped(MARRIAGE, "video.cgi", "video.cgi?key=4711");
    let station = Folder::shipped().put("stations/marriage.toml", station).station().unwrap();
    assert!(!format!("{station:?}").contains("4711"));
    let CameraSetting::Http { url, .. } = &station.views[0].camera else { panic!("an http camera") };
    assert!(url.as_str().ends_with("?key=4711"));
}

const FILES: [(&str, &str); 4] = [
    ("agent.toml", AGENT),
    ("line.toml", LINE),
    ("stations/marriage.toml", MARRIAGE),
    ("uploader.toml", UPLOADER),
];

fn load_both(folder: &Folder) {
    for error in [folder.agent().err(), folder.uploader_in(&[]).err()].into_iter().flatten() {
        assert!(!error.to_string().is_empty());
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(file in 0usize..4, bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let folder = Folder::shipped();
        load_both(folder.put(FILES[file].0, bytes));
    }

    #[test]
    fn a_damaged_file_never_panics(
        file in 0usize..4, from in 0usize..4_000, length in 0usize..40, filler in "[\\[\\]{}=\"'.,#\n0-9a-z~-]{0,12}",
    ) {
        let (name, text) = FILES[file];
        let code: String = text.lines().map(|l| l.split(" #").next().unwrap_or(l).to_owned() + "\n").collect();
        let mut bytes = code.into_bytes();
        let from = from % bytes.len();
        let to = (from + length).min(bytes.len());
        bytes.splice(from..to, filler.bytes());
        let folder = Folder::shipped();
        load_both(folder.put(name, bytes));
    }
}
