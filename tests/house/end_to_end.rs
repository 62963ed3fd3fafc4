//! One picture, from a real event to a foreign store, and what comes instead of one.

use std::process::Command;

use serde_json::Value;

use crate::peers::{Juicefs, clip_frames, installed};
use crate::plant::{Plant, SITE_KEY};
use crate::workspace::{self, program};

const VIN: &str = "WP0ZZZ99ZTS390000";
/// The album of [`VIN`] under the plant's site key, by Python's `hmac`; see domain/golden/identities.txt.
const ALBUM: &str = include_str!("../../domain/golden/identities.txt");

fn album_of_the_vin() -> &'static str {
    ALBUM.lines().nth(4).unwrap()
}

/// The station record in the bucket, of the one album that is there.
fn record(plant: &Plant, station: &str) -> Value {
    let keys = plant.keys();
    let ending = format!("/{station}.json");
    let records: Vec<_> = keys.iter().filter(|key| key.ends_with(&ending)).collect();
    let [key] = records.as_slice() else { panic!("one record was expected: {keys:?}") };
    serde_json::from_slice(&plant.object(key)).unwrap()
}

#[test]
fn a_bare_vin_becomes_pictures_and_a_record_in_a_foreign_store() {
    let store = Juicefs::shared();
    store.bucket("bare-vin");
    let mut plant = Plant::running(store.account(), "bare-vin");
    let ear = plant.broker.listen("lineshot/#");
    for _ in 0..3 {
        plant.arrive("marriage", VIN);
    }
    let told = ear.wait_for("lineshot/site/pc-01/outcome {");
    assert!(told.contains(r#""outcome":"sealed""#) && !told.contains(VIN), "{told}");
    plant.until_settled(1);
    assert_eq!(plant.outcomes(), ["sealed"], "three times the same event is one case");

    let record = record(&plant, "marriage");
    let view = &record["views"][0];
    assert_eq!(view["state"], "delivered");
    assert_eq!(view["unreleased"], true);
    let folder = format!("line1/unreleased/albums/{}", album_of_the_vin());
    let id = view["id"].as_str().unwrap();
    let mut keys = plant.keys();
    keys.sort();
    assert_eq!(
        keys,
        [
            format!("{folder}/marriage.json"),
            format!("{folder}/marriage/{id}-480.jpg"),
            format!("{folder}/marriage/{id}.jpg"),
        ]
    );
    let said = plant.hand(&["album", "--vin", VIN]);
    assert!(String::from_utf8_lossy(&said.stdout).contains(album_of_the_vin()), "{said:?}");
    let list = String::from_utf8(plant.hand(&["spool", "list"]).stdout).unwrap();
    assert!(list.contains("sealed") && list.contains("delivered"), "{list}");
    for daemon in [plant.agent.as_mut(), plant.uploader.as_mut()] {
        let daemon = daemon.unwrap();
        assert!(!daemon.said().contains("ZTS390"), "a VIN was logged");
        assert_eq!(daemon.stop().code(), Some(0), "SIGTERM ends with 0");
    }
}

#[test]
fn the_delivered_picture_opens_shows_the_scene_and_hides_what_is_covered() {
    let store = Juicefs::shared();
    store.bucket("picture");
    let plant = Plant::running(store.account(), "picture");
    plant.arrive("marriage", VIN);
    plant.until_settled(1);
    let keys = plant.keys();
    let pictures: Vec<_> = keys.iter().filter(|key| key.ends_with(".jpg")).collect();
    assert_eq!(pictures.len(), 2);
    for key in pictures {
        let path = plant.folder.path().join("delivered.jpg");
        std::fs::write(&path, plant.object(key)).unwrap();
        let measured = Command::new(installed("python3"))
            .arg(workspace::root().join("tests/measure_cover.py"))
            .arg(&path)
            .output()
            .unwrap();
        assert!(measured.status.success(), "{}", String::from_utf8_lossy(&measured.stdout));
        let told = exiftool(&path);
        for (group, _) in told.as_object().unwrap() {
            let ours = ["SourceFile", "ExifTool", "File", "JFIF", "XMP", "Composite"];
            assert!(ours.contains(&group.as_str()), "{key} has {group} metadata: {told}");
        }
        assert!(told["File"].get("Comment").is_none(), "{told}");
        let xmp = &told["XMP"];
        assert_eq!((&xmp["Station"], &xmp["View"]), (&"marriage".into(), &"front".into()), "{told}");
        assert_eq!((&xmp["ColorSpace"], &xmp["Unreleased"]), (&"sRGB".into(), &true.into()), "{told}");
        let says: Vec<&String> = xmp.as_object().unwrap().keys().collect();
        assert_eq!(says.len(), 7, "{says:?}");
    }
    // The control: the camera's own frames do carry something of their maker.
    let raw = plant.folder.path().join("raw.jpg");
    std::fs::write(&raw, &clip_frames()[0]).unwrap();
    assert!(exiftool(&raw)["File"].get("Comment").is_some());
}

fn exiftool(path: &std::path::Path) -> Value {
    let output = Command::new("exiftool").args(["-json", "-g"]).arg(path).output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    told[0].clone()
}

#[test]
fn a_json_event_fills_the_album_of_its_order_and_python_can_read_it() {
    let store = Juicefs::shared();
    store.bucket("json-event");
    let plant = Plant::running(store.account(), "json-event");
    let now = Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%S.%3NZ"]).output().unwrap();
    let now = String::from_utf8(now.stdout).unwrap();
    let event =
        format!(r#"{{"id":"e-1","timestamp":"{}","vehicle":{{"vin":"{VIN}"}},"order":4711}}"#, now.trim());
    for _ in 0..3 {
        plant.broker.publish("line/paint/arrival", &event, &[]);
    }
    plant.until_settled(1);
    assert_eq!(plant.outcomes(), ["sealed"]);

    let mirror = plant.folder.path().join("mirror");
    for key in plant.keys() {
        let path = mirror.join(&key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, plant.object(&key)).unwrap();
    }
    let key = plant.folder.path().join("portal.key");
    std::fs::write(&key, SITE_KEY).unwrap();
    let read = Command::new("python3")
        .arg(workspace::root().join("docs/contract/read_album.py"))
        .arg(&key)
        .arg("4711")
        .arg(&mirror)
        .arg("line1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&read.stdout);
    assert!(read.status.success(), "{read:?}");
    assert!(told.contains("paint") && told.contains("delivered") && told.contains("768"), "{told}");
}

#[test]
fn what_is_not_permitted_or_comes_too_late_leaves_its_reason_and_no_picture() {
    let store = Juicefs::shared();
    store.bucket("reasons");
    let mut plant = Plant::built(store.account(), "reasons");
    plant.station("marriage", "format = \"text\"\nage = \"expiry\"", "5s");
    plant.start_agent(&["--unreleased"]);
    plant.pin();
    plant.start_uploader();

    plant.broker.publish("line/marriage/arrival", "WP0ZZZ99ZTS390001", &[]);
    plant.arrive("marriage", "WP0ZZZ99ZTS390002");
    plant.broker.publish("line/marriage/departure", "", &[]);
    plant.until(|| plant.outcomes().len() == 2);
    plant.arrive("marriage", "WP0ZZZ99ZTS390003");
    plant.arrive("marriage", "no vehicle at all");
    let old = r#"{"id":"e-1","timestamp":"2020-01-01T00:00:00Z","vehicle":{"vin":"WP0ZZZ99ZTS390004"}}"#;
    plant.broker.publish("line/paint/arrival", old, &[]);
    let future = r#"{"id":"e-2","timestamp":"2090-01-01T00:00:00Z","vehicle":{"vin":"WP0ZZZ99ZTS390005"}}"#;
    plant.broker.publish("line/paint/arrival", future, &[]);
    plant.until_settled(5);
    assert_eq!(
        plant.outcomes(),
        [
            "refused(event_ageless)",
            "missed(departed)",
            "missed(superseded)",
            "missed(stale)",
            "refused(event_future)",
        ]
    );
    let keys = plant.keys();
    assert!(keys.iter().all(|key| key.ends_with(".json")), "{keys:?}");
    assert_eq!(keys.len(), 5, "each album is told: {keys:?}");
    let malformed = plant.ask("SELECT facts FROM ledger WHERE facts LIKE '%malformed%'");
    assert_eq!(malformed.len(), 1, "{malformed:?}");
}

#[test]
fn a_retained_event_is_never_photographed() {
    let store = Juicefs::shared();
    store.bucket("retained");
    let mut plant = Plant::built(store.account(), "retained");
    let retained = ["-r", "-V", "5", "-D", "publish", "message-expiry-interval", "60"];
    plant.broker.publish("line/marriage/arrival", "WP0ZZZ99ZTS390001", &retained);
    plant.start_agent(&["--unreleased"]);
    plant.pin();
    plant.start_uploader();
    plant.arrive("marriage", "WP0ZZZ99ZTS390002");
    plant.until_settled(1);
    assert_eq!(plant.outcomes(), ["sealed"]);
}

#[test]
fn without_a_release_every_car_is_refused_and_without_a_site_key_nothing_starts() {
    let store = Juicefs::shared();
    store.bucket("unreleased");
    let mut plant = Plant::built(store.account(), "unreleased");
    plant.start_agent(&[]);
    plant.pin();
    plant.start_uploader();
    plant.arrive("marriage", VIN);
    // A book that is new cannot know of a stop, and so it is one.
    plant.until(|| plant.outcomes() == ["refused(stopped)"]);
    assert!(plant.keys().is_empty(), "nothing leaves while all is stopped");

    plant.agent.as_mut().unwrap().stop();
    std::fs::remove_file(plant.config().join("site.key")).unwrap();
    let run = Command::new(program("lineshot-agent")).args(["run", "--config"]).arg(plant.config()).output();
    let run = run.unwrap();
    assert_eq!(run.status.code(), Some(64));
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(told.contains("site-key new") && told.contains("--unreleased"), "{told}");
}
