//! `lineshot-agent doctor`: a healthy system passes, and each check fails when what it looks at is broken.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use lineshot_tls::testing::{Authority, Valid};
use serde_json::{Value, json};

use crate::broker::{Broker, PASSWORD, RIGHTS};
use crate::officer::Officer;
use crate::plant::{Plant, Station};

/// At a broker that lets this PC do what it must, and no more.
fn guarded(valid: Valid) -> Plant {
    let broker = Broker::guarded(valid);
    let ca = broker.path("ca.pem");
    let more = format!("user = \"pc\"\npassword_file = \"FOLDER/password\"\nca = {ca:?}\n");
    let plant = Plant::built_at(broker, "{ trust = \"unchecked\" }", &more, &[Station::default()]);
    plant.write("password", PASSWORD);
    plant
}

/// What a visit found, and whether all of it is well.
struct Found {
    all: Vec<Value>,
    is_well: bool,
}

fn visit(plant: &Plant) -> Found {
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_lineshot-agent"));
    let output = doctor.args(["doctor", "--json", "--config"]).arg(plant.path("etc")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let all = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    Found { all, is_well: output.status.success() }
}

impl Found {
    /// Whether one line says this; in the last one whatever is in the mend counts, too.
    fn says(&self, check: &str, verdict: &str, part: &str) -> bool {
        self.all.iter().any(|line| {
            let text = format!("{}. {}", line["found"].as_str().unwrap(), line["mend"].as_str().unwrap());
            line["check"] == check && line["verdict"] == verdict && text.contains(part)
        })
    }

    fn assert(&self, check: &str, verdict: &str, part: &str) {
        assert!(self.says(check, verdict, part), "{check} {verdict} {part}\n{:#?}", self.all);
    }
}

#[test]
fn a_healthy_system_passes_and_nothing_of_the_visit_stays() {
    let mut plant = guarded(Valid::Now);
    plant.start();
    assert_eq!(plant.story("marriage", json!({})), "done");
    let found = visit(&plant);
    assert!(found.is_well, "{:#?}", found.all);
    for (check, part) in [
        ("configuration", "nothing is wrong; stations: 1"),
        ("broker", "connected to 127.0.0.1:"),
        ("broker", "as lineshot-site-pc-01-doctor"),
        ("broker", "it grants all topics"),
        ("broker", "this PC may say how it is, on lineshot/site/pc-01/#"),
        ("broker", "this PC may not write where others do"),
        ("agent", "it listens to the line"),
        ("certificates", "the broker's certificate (CN=broker) is valid until 2100-01-01"),
        ("certificates", "an authority for the broker"),
        ("cameras", "marriage/front: frames of 320x240; the first came after"),
        ("proof", "marriage/front: noise is covered and proven, and uncovered noise is refused"),
        ("disk", "is durable after"),
    ] {
        let is_said = ["ok", "warning"].into_iter().any(|verdict| found.says(check, verdict, part));
        assert!(is_said, "{check}: {part}\n{:#?}", found.all);
    }
    let looks = plant.notices("bench");
    assert!(looks.len() == 1 && looks[0].contains("by user "), "{looks:?}");
    assert_eq!(plant.broker.stored("lineshot/site/pc-01/doctor"), None);
    assert_eq!(plant.ask("SELECT count(*) || '' FROM cases"), ["1"]);
    assert_eq!(plant.story("marriage", json!({})), "done", "the agent's own connection is not disturbed");
    assert!(plant.stop().success());
}

#[test]
fn an_event_of_the_doctors_own_is_no_event_and_a_notice() {
    let plant = Plant::running("", &[Station::default()]);
    plant.until_ready("marriage", 0, None);
    let found = visit(&plant);
    assert!(!found.is_well);
    found.assert(
        "broker",
        "failed",
        "this PC may write where others do: line/marriage/arrival, lineshot/site/",
    );
    found.assert("broker", "warning", "the line is in the clear");
    plant.until("the empty message is noticed", || !plant.notices("malformed").is_empty());
    assert_eq!(plant.ask("SELECT count(*) || '' FROM cases"), ["0"]);
    assert_eq!(plant.story("marriage", json!({})), "done");
}

#[test]
fn each_check_fails_when_what_it_looks_at_is_broken_and_says_what_to_do() {
    let plant = guarded(Valid::Now);
    let agent = std::fs::read_to_string(plant.path("etc/agent.toml")).unwrap();
    let station = std::fs::read_to_string(plant.path("etc/stations/marriage.toml")).unwrap();
    let mode = |name: &str, mode| {
        std::fs::set_permissions(plant.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let change = |name: &str, text: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        plant.write(name, &text.replace(from, to));
    };
    std::fs::create_dir(plant.path("data/agent")).unwrap();
    let ca = plant.broker.path("ca.pem");
    let other = Authority::new(&plant.path(""), "other");
    type Break<'a> = Box<dyn Fn() + 'a>;
    let breaks: [(Break<'_>, &str, &str); 14] = [
        (
            Box::new(|| {
                change("etc/stations/marriage.toml", &station, "max_age = \"20s\"", "max_age = \"20\"")
            }),
            "configuration",
            "`trigger.max_age`: found \"20\"",
        ),
        (Box::new(|| plant.write("etc/agent.toml", "version = 1\nnmae = 1\n")), "configuration", "`nmae`"),
        (Box::new(|| plant.remove("etc/stations/marriage.toml")), "configuration", "lineshot init"),
        (Box::new(|| mode("etc/site.key", 0o644)), "user", "may be read by everybody"),
        (Box::new(|| mode("data/agent", 0o755)), "rooms", "has mode 0755 and not 0700"),
        (
            Box::new(|| {
                change("etc/agent.toml", &agent, "\"unchecked\"", "{ file = \"/nowhere\", max_age = \"1h\" }")
            }),
            "clock",
            "time service runs",
        ),
        (Box::new(|| plant.write("password", "guessed")), "broker", "user or password"),
        (
            Box::new(|| change("etc/agent.toml", &agent, ca.to_str().unwrap(), other.file.to_str().unwrap())),
            "broker",
            "name the one that signed it as `ca`",
        ),
        (
            Box::new(|| plant.broker.grant(&RIGHTS.replace("readwrite", "write"))),
            "broker",
            "what this PC says of itself does not come back to it",
        ),
        (
            Box::new(|| plant.broker.grant(&RIGHTS.replace("readwrite", "read"))),
            "broker",
            "this PC may not say how it is",
        ),
        (
            Box::new(|| plant.broker.grant(&format!("{RIGHTS}topic readwrite #\n"))),
            "broker",
            "and nothing else",
        ),
        (Box::new(|| plant.remove("picture.jpg")), "cameras", "marriage/front"),
        (
            Box::new(|| change("etc/stations/marriage.toml", &station, "320x240", "640x480")),
            "cameras",
            "marriage/front",
        ),
        (
            Box::new(|| std::fs::remove_dir_all(plant.path("data")).unwrap()),
            "disk",
            "make room on the disk, or give the folder",
        ),
    ];
    for (break_it, check, part) in &breaks {
        break_it();
        let found = visit(&plant);
        assert!(!found.is_well, "{check} {part}");
        found.assert(check, "failed", part);
        plant.write("etc/agent.toml", &agent);
        plant.write("etc/stations/marriage.toml", &station);
        plant.write("password", PASSWORD);
        plant.broker.grant(RIGHTS);
        plant.picture();
        mode("etc/site.key", 0o600);
        if plant.path("data").exists() {
            mode("data/agent", 0o700);
        }
    }
}

#[test]
fn a_certificate_that_ends_this_week_fails_before_it_does() {
    let plant = guarded(Valid::FiveDays);
    let found = visit(&plant);
    assert!(!found.is_well);
    found.assert("certificates", "failed", "the broker's certificate (CN=broker) expires in");
    found.assert("certificates", "failed", "renew it today");
    found.assert("agent", "warning", "nothing is known of it at the broker");
}

#[test]
fn nobody_looks_through_a_camera_all_the_time_nor_without_a_release() {
    let mut plant = guarded(Valid::Now);
    plant.start();
    plant.until_ready("marriage", 0, None);
    visit(&plant).assert("cameras", "ok", "marriage/front");
    visit(&plant).assert("cameras", "skipped", "the agent lets nobody look: somebody looked a moment ago");
    assert_eq!(plant.notices("bench").len(), 1);
    assert!(plant.stop().success());
    let officer = Officer::of(&plant);
    plant.start_with(&[]);
    plant.until_ready("marriage", 0, Some("stopped"));
    officer.resume(&plant, "deliver");
    plant.until_ready("marriage", 0, Some("unreleased"));
    visit(&plant).assert("cameras", "skipped", "without a release the cameras stay closed");
    assert_eq!(plant.notices("bench").len(), 1);
}
