//! Only what plant security signed is photographed, or less of it.

use std::fs;

use serde_json::json;

use crate::officer::{Officer, hand, said};
use crate::plant::{Plant, Station, files};

const CLOCK: &str = "{ trust = { file = \"FOLDER/clock\", max_age = \"1h\" } }";

/// A machine that is ready for releases, its agent not started.
pub(crate) fn plant() -> (Plant, Officer) {
    let plant = Plant::built(CLOCK, "", &[Station::default()]);
    plant.write("clock", "");
    let officer = Officer::of(&plant);
    (plant, officer)
}

/// The same, running, its first stop lifted.
pub(crate) fn running() -> (Plant, Officer) {
    let (mut plant, officer) = plant();
    plant.start_with(&[]);
    plant.until_ready("marriage", 0, Some("stopped"));
    officer.resume(&plant, "deliver");
    (plant, officer)
}

pub(crate) fn station(plant: &Plant) -> String {
    fs::read_to_string(plant.path("etc/stations/marriage.toml")).unwrap()
}

#[test]
fn a_station_runs_as_it_was_signed_or_narrower_and_nothing_wider() {
    let (mut plant, officer) = running();
    plant.until_ready("marriage", 0, Some("unreleased"));
    assert_eq!(plant.story("marriage", json!({})), "refused(unreleased)");
    officer.release(&plant, 7, &["anna"], |text| text);
    let from = plant.witness.heard();
    plant.until_ready("marriage", from.saturating_sub(3), None);
    assert_eq!(plant.story("marriage", json!({})), "done");
    let parcels = files(&plant.path("data/ready")).into_iter().filter(|path| path.ends_with("parcel.json"));
    let parcel = parcels
        .map(|path| serde_json::from_slice::<serde_json::Value>(&fs::read(path).unwrap()).unwrap())
        .find(|parcel| parcel["outcome"] == "sealed")
        .unwrap();
    assert_eq!(parcel["unreleased"], false);
    assert_eq!(parcel["release"].as_str().unwrap().len(), 64);
    let released = plant.notices("released");
    assert!(released.last().unwrap().contains("by anna (serial 7"), "{released:?}");

    // One point of a mask, a thousandth inwards.
    let signed = station(&plant);
    let from = plant.witness.heard();
    plant.write("etc/stations/marriage.toml", &signed.replace("[[0.4,0.3]", "[[0.401,0.301]"));
    plant.reload("the configuration holds from now on");
    plant.until_ready("marriage", from, Some("release_settings"));
    let void = plant.notices("release_void");
    assert!(
        void.last().unwrap().contains("view[front].mask") && void.last().unwrap().contains("robot"),
        "{void:?}"
    );
    assert_eq!(plant.story("marriage", json!({})), "refused(release_settings)");
    let diff = hand(&plant, &["release", "diff"]);
    assert_eq!(diff.status.code(), Some(3));
    assert!(said(&diff).contains("wider: `view[front].mask \"robot\"`"), "{}", said(&diff));

    // A mask more.
    let more = "\n[[view.mask]]\nname = \"door\"\npolygon = [[0.7,0.7],[0.8,0.7],[0.8,0.8]]\n";
    let from = plant.witness.heard();
    plant.write("etc/stations/marriage.toml", &format!("{signed}{more}"));
    plant.reload("the configuration holds from now on");
    plant.until_ready("marriage", from, None);
    assert_eq!(plant.story("marriage", json!({})), "done");
    assert!(
        plant.notices("released").last().unwrap().contains("runs narrower"),
        "{:?}",
        plant.notices("released")
    );
    let diff = hand(&plant, &["release", "diff"]);
    assert!(
        diff.status.success() && said(&diff).contains("narrower: `view[front].mask \"door\"`"),
        "{}",
        said(&diff)
    );

    // An older serial, also after a restart.
    let from = plant.witness.heard();
    officer.release(&plant, 6, &["anna"], |text| text);
    plant.until_ready("marriage", from, Some("release_rollback"));
    plant.stop();
    plant.start_with(&[]);
    assert_eq!(plant.story("marriage", json!({})), "refused(release_rollback)");
    let from = plant.witness.heard();
    officer.release(&plant, 8, &["anna"], |text| text);
    plant.until_ready("marriage", from, None);
    // Without a restart it is noticed that it is gone.
    let from = plant.witness.heard();
    officer.clear();
    plant.until_ready("marriage", from, Some("unreleased"));
    assert!(plant.stop().success());
}

#[test]
fn a_stop_is_lifted_by_a_signed_word_that_names_it_and_by_nothing_else() {
    let (mut plant, officer) = running();
    officer.release(&plant, 7, &["anna"], |text| text);
    plant.until_ready("marriage", 0, None);
    officer.key("ben", "ed25519");
    let from = plant.witness.heard();
    let stop = hand(&plant, &["stop", "--reason", "smoke"]);
    assert!(said(&stop).starts_with("stopped: "), "{stop:?}");
    plant.until_ready("marriage", from, Some("stopped"));
    assert_eq!(plant.story("marriage", json!({})), "refused(stopped)");
    let path = plant.path("data/state/state.signed");
    let state = || fs::read_to_string(&path).unwrap();
    plant.until("the uploader is told", || state().contains("\"stopped\":true"));
    let number = officer.stopped(&plant);
    let text = said(&hand(&plant, &["resume", &number, "--parcels", "deliver"]));
    let line = |key: &str, value: &str| -> String {
        let is_it = |it: &str| it.split('=').next().is_some_and(|name| name.trim() == key);
        text.lines()
            .map(|it| if is_it(it) { format!("{key} = {value}\n") } else { format!("{it}\n") })
            .collect()
    };
    let (seq, hash) = number.split_once('-').unwrap();
    let older = format!("\"{}-{hash}\"", seq.parse::<u64>().unwrap() - 1);
    for (name, text, key, namespace) in [
        ("stranger", text.clone(), "ben", "lineshot-resume"),
        ("as-a-release", text.clone(), "anna", "lineshot-release"),
        ("other-host", line("host", "\"0000000000000000\""), "anna", "lineshot-resume"),
        ("other-agent", line("agent", "\"pc-02\""), "anna", "lineshot-resume"),
        ("expired", line("expires", "\"2020-01-01T00:00:00Z\""), "anna", "lineshot-resume"),
        ("other-stop", line("stop", &older), "anna", "lineshot-resume"),
        ("only-the-line", line("stop", &format!("\"{seq}\"")), "anna", "lineshot-resume"),
        ("no-number", line("stop", "\"\""), "anna", "lineshot-resume"),
        ("no-form", "hello".to_owned(), "anna", "lineshot-resume"),
    ] {
        let known = plant.log.text().matches("a request lifts nothing").count();
        officer.request(&plant, name, &text, key, namespace);
        plant.until(name, || plant.log.text().matches("a request lifts nothing").count() > known);
        assert_eq!(officer.stopped(&plant), number, "{name}");
    }
    // Changed after it was signed.
    let request = plant.path("data/requests/stranger.toml");
    let known = plant.log.text().matches("a request lifts nothing").count();
    fs::write(&request, format!("{text}\n")).unwrap();
    plant.until("a changed one", || plant.log.text().matches("a request lifts nothing").count() > known);
    // Restarts, reloads and an empty word at the broker lift nothing.
    plant.reload("the configuration holds from now on");
    plant.kill();
    plant.start_with(&[]);
    plant.broker.publish("lineshot/site/pc-01/stop", b"", &[]);
    assert_eq!(plant.story("marriage", json!({})), "refused(stopped)");
    plant.until("the word is a stop", || said(&hand(&plant, &["stop", "--show"])).lines().count() == 2);
    officer.resume(&plant, "deliver");
    let from = plant.witness.heard();
    plant.until_ready("marriage", from.saturating_sub(10), None);
    assert_eq!(plant.story("marriage", json!({})), "done");
    // What lifted it lies there still, and lifts nothing more.
    let from = plant.witness.heard();
    plant.write("etc/stop", "");
    plant.until_ready("marriage", from, Some("stopped"));
    plant.remove("etc/stop");
    plant.kill();
    plant.start_with(&[]);
    assert_eq!(plant.story("marriage", json!({})), "refused(stopped)", "a removed file lifts nothing");
    officer.resume(&plant, "destroy");
    plant.until("the uploader is told what is destroyed", || state().contains("\"recalled\":[\""));
    assert!(plant.stop().success());
}

#[test]
fn a_pause_is_the_operators_own_and_survives_a_restart() {
    let (mut plant, officer) = running();
    officer.release(&plant, 7, &["anna"], |text| text);
    plant.until_ready("marriage", 0, None);
    let from = plant.witness.heard();
    assert!(said(&hand(&plant, &["pause", "--for", "5"])).starts_with("paused until "));
    plant.until_ready("marriage", from, Some("paused"));
    plant.kill();
    plant.start_with(&[]);
    assert_eq!(plant.story("marriage", json!({})), "refused(paused)");
    let from = plant.witness.heard();
    assert!(hand(&plant, &["pause", "--end"]).status.success());
    plant.until_ready("marriage", from, None);
    assert_eq!(plant.story("marriage", json!({})), "done");
    assert!(!hand(&plant, &["pause", "--for", "721"]).status.success(), "a shift is the most");
}

#[test]
fn a_book_that_is_gone_or_put_back_starts_stopped() {
    let (mut plant, officer) = running();
    officer.release(&plant, 7, &["anna"], |text| text);
    plant.until_ready("marriage", 0, None);
    let first = fs::read_dir(plant.path("data/requests")).unwrap().count();
    assert_eq!(first, 2, "the request that lifted the first stop, and its signature");
    plant.stop();
    let book = plant.path("data/agent/agent.db");
    let copy = fs::read(&book).unwrap();
    plant.start_with(&[]);
    assert_eq!(plant.story("marriage", json!({})), "done");
    plant.stop();
    let put = |bytes: Option<&[u8]>| {
        for end in ["", "-wal", "-shm"] {
            let _none = fs::remove_file(plant.path(&format!("data/agent/agent.db{end}")));
        }
        if let Some(bytes) = bytes {
            fs::write(&book, bytes).unwrap();
        }
    };
    put(Some(&copy));
    plant.start_with(&[]);
    assert_eq!(plant.story("marriage", json!({})), "refused(stopped)");
    officer.resume(&plant, "deliver");
    plant.stop();
    for end in ["", "-wal", "-shm"] {
        let _none = fs::remove_file(plant.path(&format!("data/agent/agent.db{end}")));
    }
    plant.start_with(&[]);
    assert_eq!(
        plant.story("marriage", json!({})),
        "refused(stopped)",
        "old requests lift nothing in a new ledger"
    );
}

#[test]
fn that_a_release_ends_is_said_thirty_seven_and_one_day_ahead() {
    let (mut plant, officer) = running();
    let alarm = "lineshot/site/pc-01/alarm/release_ends";
    let up =
        |from| plant.witness.wait("the alarm", from, |m| m.topic == alarm && m.payload.contains("marriage"));
    for (serial, hours, days) in [(7, 29 * 24, 30), (8, 6 * 24, 7), (9, 23, 1)] {
        let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours);
        officer.release(&plant, serial, &["anna"], |text| {
            let line = text.lines().find(|line| line.starts_with("expires = ")).unwrap().to_owned();
            text.replace(&line, &format!("expires = \"{expires:.0}\""))
        });
        let said = format!("its release ends within {days} day(s)");
        plant.until(&said, || plant.log.text().contains(&said));
        up(0);
    }
    let from = plant.witness.heard();
    officer.release(&plant, 10, &["anna"], |text| text);
    plant.witness.wait("the alarm is over", from, |m| m.topic == alarm && m.payload.is_empty());
    assert_eq!(plant.broker.stored(alarm), None);
    assert!(plant.stop().success());
}
