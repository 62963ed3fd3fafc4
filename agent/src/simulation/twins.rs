//! Two days that differ only in what is covered leave the same behind: ledger, words, events, records, pictures, and each
//! line of the log.
//!
//! Each day has a process of its own, since a log is a process's. What is drawn by chance in each is left out: salts and
//! the numbers that follow from them, pulses, signatures, and when the uploader tried again. Cars come and nothing
//! fails, so that nothing but the pictures could be the cause of a difference.

use std::fmt::Write as _;
use std::process::Command;

use serde_json::Value;

use super::day::{What, day};
use super::hall::{self, Secret};
use super::number;
use super::world::World;

const DAYS: u64 = 3;
const SEED: &str = "LINESHOT_TEST_SEED";
const COUNT: &str = "LINESHOT_TWIN_DAYS";
/// What is painted into the frames: below the cover by a number, or beside it.
const SECRET: &str = "LINESHOT_TEST_SECRET";

#[test]
fn what_is_covered_changes_no_record_no_word_and_no_line_of_the_log() {
    let first = number(SEED).unwrap_or_else(|| fastrand::u64(..1 << 40));
    for seed in first..first + number(COUNT).unwrap_or(DAYS) {
        let [one, other] = ["below 1", "below 2"].map(|secret| lived(seed, secret));
        let pictures = one.iter().filter(|line| line.starts_with("picture ")).count();
        assert!(pictures > 0 && one.len() > 5 * pictures, "line-day {seed} left too little: {one:#?}");
        let differ = one.iter().zip(&other).find(|(one, other)| one != other);
        assert_eq!(differ, None, "line-day {seed}");
        assert_eq!(one.len(), other.len(), "line-day {seed}");
    }
    // A test of the test: what is shown does differ.
    assert_ne!(lived(first, "below 1"), lived(first, "beside 1"), "line-day {first}");
}

/// What a process tells that lived this day, line by line, in whatever order.
fn lived(seed: u64, secret: &str) -> Vec<String> {
    let twin = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "simulation::twins::a_twin_lives", "--nocapture", "--test-threads=1"])
        .env(SEED, seed.to_string())
        .env(SECRET, secret)
        .output()
        .unwrap();
    let told = String::from_utf8(twin.stdout).unwrap();
    assert!(twin.status.success(), "line-day {seed}: {told}{}", String::from_utf8_lossy(&twin.stderr));
    let told = told.split_once("= the end").expect("a twin tells to its end").0;
    let mut lines: Vec<String> = told.lines().map(without_the_revision).collect();
    lines.sort();
    lines
}

/// The uploader's lines end with it.
fn without_the_revision(line: &str) -> String {
    line.split(" revision=").next().unwrap_or_default().to_owned()
}

#[test]
#[ignore = "started by the test above, in a process of its own"]
fn a_twin_lives() {
    let secret = std::env::var(SECRET).unwrap();
    let (place, seed) = secret.split_once(' ').unwrap();
    let seed = seed.parse().unwrap();
    hall::hide(if place == "below" { Secret::Below(seed) } else { Secret::Beside(seed) });
    let log = tracing_subscriber::fmt().without_time().with_ansi(false);
    log.with_max_level(tracing::Level::TRACE).with_writer(std::io::stdout).init();
    let seed = number(SEED).expect("the test above says which day");
    let mut visits = day(seed);
    visits.retain(|entry| matches!(entry.what, What::Visit(_)));
    let mut world = World::begin(seed, &visits);
    world.live();
    world.close();
    println!("{}= the end", left(&world));
}

/// All that stays of a day.
fn left(world: &World) -> String {
    let mut text = String::new();
    lineshot_spool::ledger(&world.machine.data(), &mut |line| {
        let mut facts: Value = serde_json::from_str(&line.facts).unwrap();
        forget(&mut facts);
        // When a picture was taken is the agent's to choose; when it was delivered follows from chance.
        let at = (line.kind == "outcome").then_some(line.at);
        let _infallible = writeln!(text, "ledger {} {at:?} {facts}", line.kind);
    })
    .unwrap();
    for (topic, payload) in &world.broker.lock().unwrap().heard {
        // How many pictures wait for the store is the uploader's doing.
        if !topic.ends_with("/pulse") && !topic.ends_with("/health") {
            let _infallible = writeln!(text, "heard {topic} {}", String::from_utf8_lossy(payload));
        }
    }
    for (event, words) in &world.plc.words {
        let _infallible = writeln!(text, "words {event} {words:?}");
    }
    for (key, bytes) in &world.stored.lock().unwrap().objects {
        match serde_json::from_slice::<Value>(bytes) {
            Ok(mut record) => {
                forget(&mut record);
                let _infallible = writeln!(text, "record {key} {record}");
            }
            Err(_) => {
                let _infallible = writeln!(text, "picture {key} {}", hex::encode(bytes));
            }
        }
    }
    text
}

/// What is drawn by chance, as the salt of a vehicle's pseudonym in the ledger, and what follows from when the uploader
/// came to it.
fn forget(facts: &mut Value) {
    match facts {
        Value::Object(fields) => {
            for (name, value) in fields {
                if ["vehicle", "signature", "revision", "updated"].contains(&name.as_str()) {
                    *value = Value::Null;
                }
                forget(value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(forget),
        _ => {}
    }
}
