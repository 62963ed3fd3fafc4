//! The configuration of the simulated plant, and the words of its PLC.

#![expect(clippy::disallowed_methods, reason = "a test may write a file without fsync")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use lineshot_domain::Wall;
use serde_json::json;

pub(crate) const ARRIVAL: &str = "line/marriage/arrival";
pub(crate) const DEPARTURE: &str = "line/marriage/departure";
pub(crate) const PHOTO: &str = "line/marriage/photo";
pub(crate) const STATE: &str = "line/state";
pub(crate) const STOP: &str = "lineshot/site/pc-01/stop";
pub(crate) const OUTCOME: &str = "lineshot/site/pc-01/outcome";

/// How long a picture may wait for the store.
pub(crate) const EXPIRE_AFTER: Duration = Duration::from_secs(150);

const SITE_KEY: &str =
    "lineshot-site-key-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

/// Writes the files below `config`; the data folder is `data`.
pub(crate) fn configure(config: &Path, data: &Path) {
    fs::create_dir_all(config.join("stations")).unwrap();
    let key = config.join("site.key");
    fs::write(&key, SITE_KEY).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let socket = config.join("agent.sock");
    let agent = format!(
        "version = 1\nname = \"pc-01\"\nsite = \"site\"\nsite_key = {key:?}\ndata = {data:?}\n\
         clock = {{ trust = \"unchecked\" }}\nsocket = {socket:?}\n[broker]\nurl = \"mqtt://127.0.0.1:1883\"\n"
    );
    fs::write(config.join("agent.toml"), agent).unwrap();
    let station = format!(
        "version = 1\nid = \"marriage\"\nname = {{ en = \"The marriage\" }}\ntimezone = \"Etc/UTC\"\n\
         [trigger]\ntopic = {ARRIVAL:?}\nleave = {DEPARTURE:?}\nready = {PHOTO:?}\nformat = \"json\"\n\
         age = \"time\"\nmax_age = \"5s\"\ndwell = \"60s\"\n\
         [trigger.fields]\nevent = \"/id\"\ntime = \"/at\"\nvin = \"/vin\"\n\
         [permit]\nline = {{ topic = {STATE:?}, field = \"/mode\", allowed = [\"AUTO\"], max_age = \"60s\" }}\n\
         [[view]]\nid = \"front\"\ncamera = {{ file = {{ path = \"/nowhere\", fps = 10 }}, size = \"320x240\" }}\n\
         delay = \"1s\"\nwithin = \"8s\"\npeople = \"ignore\"\nshow = \"all\"\n\
         [[view.mask]]\nname = \"robot\"\npolygon = [[0.1,0.1],[0.3,0.1],[0.3,0.4]]\n"
    );
    fs::write(config.join("stations/marriage.toml"), station).unwrap();
}

/// The number on the car.
pub(crate) fn vin(car: usize) -> String {
    format!("WP0ZZZ99ZTS3{car:05}")
}

/// What the PLC calls an event.
pub(crate) fn event(number: usize) -> String {
    format!("event-{number}")
}

/// A car came.
pub(crate) fn arrival(number: usize, car: usize, at: Wall) -> Vec<u8> {
    let at = Timestamp::from_millisecond(at.unix_ms()).unwrap().to_string();
    json!({ "id": event(number), "at": at, "vin": vin(car) }).to_string().into_bytes()
}

/// It left.
pub(crate) fn departure(car: usize) -> Vec<u8> {
    json!({ "vin": vin(car) }).to_string().into_bytes()
}

/// How the line runs.
pub(crate) fn state(is_automatic: bool) -> Vec<u8> {
    json!({ "mode": if is_automatic { "AUTO" } else { "MANUAL" } }).to_string().into_bytes()
}
