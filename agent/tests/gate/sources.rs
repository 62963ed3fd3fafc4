//! Whatever the gate relies on and that is missing, too old or broken closes the station, says why, and
//! opens it again when it is mended.

use std::time::Duration;

use serde_json::json;

use crate::officer::Officer;
use crate::plant::{BLACKOUT, Plant, Station, ago, vin};

const HOUR: Duration = Duration::from_secs(3600);
const HEADING: &str = "order,vin,body,market,class,consent,state,at\n";
const ALBUM: &str = "0123456789abcdef0123456789abcdef";

fn line(topic: &str, max_age: &str) -> String {
    format!(
        "[permit]\nline = {{ topic = \"{topic}\", field = \"/mode\", allowed = [\"AUTO\"], max_age = \"{max_age}\" }}"
    )
}

fn orders() -> String {
    let all: String = (1..100).map(|n| format!("47{n:04},{},,,,yes,,\n", vin(n))).collect();
    format!("{HEADING}{all}")
}

fn deny(seconds_ago: i64) -> String {
    format!("lineshot-deny-1 {}\n{ALBUM}\n", ago(seconds_ago))
}

/// A change of the world, and what the station says after it.
type Step<'a> = (&'a str, &'a dyn Fn(), Option<&'a str>);

/// The PLC's `ready`, the word about a vehicle that comes then, and the book say the same after each step.
fn each_is_told(plant: &Plant, station: &str, steps: &[Step<'_>]) {
    for (step, change, reason) in steps {
        let from = plant.witness.heard();
        change();
        plant.until_ready(station, from, *reason);
        let Some(reason) = reason else { continue };
        let want = format!("refused({reason})");
        assert_eq!(plant.story(station, json!({ "vin": vin(1) })), want, "{step}");
        assert_eq!(plant.latest(), want, "{step}");
    }
}

#[test]
fn a_source_in_a_file_that_is_missing_too_old_or_broken_closes_until_it_is_mended() {
    let more = "[orders]\nfile = \"FOLDER/orders.csv\"\nmax_age = \"1h\"\n\
                [deny]\nfile = \"FOLDER/deny.txt\"\nmax_age = \"1h\"\n";
    let clock = "{ trust = { file = \"FOLDER/clock\", max_age = \"1h\" } }";
    let permit = line("line/state", "1h");
    let mut plant = Plant::built(clock, more, &[Station { permit: &permit, ..Station::default() }]);
    let officer = Officer::of(&plant);
    plant.broker.publish("line/state", br#"{"mode":"AUTO"}"#, &["-r"]);
    plant.start();
    let say = |payload: &str| plant.broker.publish("line/state", payload.as_bytes(), &["-r"]);
    let write = |name: &str, text: &str| plant.write(name, text);
    plant.until_ready("marriage", 0, Some("clock_untrusted"));
    each_is_told(
        &plant,
        "marriage",
        &[
            ("only a retained word of the line", &|| write("clock", ""), Some("line_missing")),
            ("the line says it again", &|| say(r#"{"mode":"AUTO"}"#), Some("orders_missing")),
            (
                "a broken line",
                &|| write("orders.csv", &format!("{HEADING}4711,,,,,yes,,\n")),
                Some("orders_broken"),
            ),
            ("an old file", &|| plant.write_of("orders.csv", &orders(), 2 * HOUR), Some("orders_stale")),
            ("a new file", &|| write("orders.csv", &orders()), Some("deny_missing")),
            ("a list issued too long ago", &|| write("deny.txt", &deny(7_200)), Some("deny_stale")),
            ("a list of today", &|| write("deny.txt", &deny(60)), None),
            ("an older list put back", &|| write("deny.txt", &deny(600)), Some("deny_broken")),
            ("the same list again", &|| write("deny.txt", &deny(30)), None),
            (
                "a line that is no album",
                &|| write("deny.txt", "lineshot-deny-1 2026\n4711"),
                Some("deny_broken"),
            ),
            ("the list is gone", &|| plant.remove("deny.txt"), Some("deny_missing")),
            ("it is back", &|| write("deny.txt", &deny(20)), None),
            ("the file is gone", &|| plant.remove("orders.csv"), Some("orders_missing")),
            ("it is back", &|| write("orders.csv", &orders()), None),
            ("another state", &|| say(r#"{"mode":"MANUAL"}"#), Some("line_state")),
            ("no JSON", &|| say("AUTO"), Some("line_broken")),
            ("the field is gone", &|| say("{}"), Some("line_broken")),
            ("running again", &|| say(r#"{"mode":"AUTO"}"#), None),
            (
                "the clock was kept long ago",
                &|| plant.write_of("clock", "", 2 * HOUR),
                Some("clock_untrusted"),
            ),
            ("touched again", &|| write("clock", ""), None),
            ("nobody keeps the clock", &|| plant.remove("clock"), Some("clock_untrusted")),
            ("touched again", &|| write("clock", ""), None),
            ("stopped", &|| write("etc/stop", ""), Some("stopped")),
        ],
    );
    let state = || std::fs::read_to_string(plant.path("data/state/state.signed")).unwrap();
    plant.until("the uploader is told of the stop", || state().contains("\"stopped\":true"));
    assert_eq!((plant.notices("stopped").len(), plant.notices("going").len()), (1, 0));
    let from = plant.witness.heard();
    plant.remove("etc/stop");
    officer.resume(&plant, "deliver");
    plant.until_ready("marriage", from, None);
    plant.until("the uploader goes on", || state().contains("\"stopped\":false"));
    assert_eq!(plant.notices("going").len(), 1);
    assert_eq!(plant.story("marriage", json!({})), "done");
    assert_eq!(plant.latest(), "sealed");
}

fn order(number: u32, at: &str, more: &str) -> String {
    let vin = vin(number);
    format!(r#"{{"order":"47{number:04}","vin":"{vin}","consent":true,"at":"{at}"{more}}}"#)
}

#[test]
fn a_source_on_a_topic_that_is_missing_too_old_or_broken_closes_until_it_is_mended() {
    let more = "[orders]\ntopic = \"plant/orders/+\"\nmax_age = \"10m\"\n\
                [deny]\ntopic = \"plant/deny\"\nmax_age = \"1h\"\n";
    let plant = Plant::running(more, &[Station::default()]);
    let tell = |topic: &str, payload: &str| {
        plant.broker.publish(&format!("plant/{topic}"), payload.as_bytes(), &["-r"]);
    };
    plant.until_ready("marriage", 0, Some("orders_missing"));
    each_is_told(
        &plant,
        "marriage",
        &[
            ("an old order", &|| tell("orders/1", &order(1, &ago(1_200), "")), Some("orders_stale")),
            ("a new order", &|| tell("orders/1", &order(1, &ago(0), "")), Some("deny_missing")),
            ("a list", &|| tell("deny", &deny(60)), None),
            ("no list", &|| tell("deny", "nobody"), Some("deny_broken")),
            ("a list again", &|| tell("deny", &deny(30)), None),
            ("the list is taken back", &|| tell("deny", ""), Some("deny_broken")),
            ("a list again", &|| tell("deny", &deny(20)), None),
            ("no order", &|| tell("orders/3", "{"), Some("orders_broken")),
        ],
    );
    tell("orders/1", &order(1, &ago(0), ""));
    let one = json!({ "vin": vin(1) });
    assert_eq!(plant.story("marriage", one), "refused(orders_broken)", "another topic mends nothing");
    let from = plant.witness.heard();
    tell("orders/3", &order(90, &ago(0), ""));
    plant.until_ready("marriage", from, None);
    let known = json!({ "vin": vin(90) });
    assert_eq!(plant.story("marriage", known.clone()), "done");
    // Cancelled, and then what was true before comes late.
    tell("orders/3", &order(90, &ago(0), r#","state":"cancelled""#));
    tell("orders/3", &order(90, &ago(60), ""));
    assert_eq!(plant.story("marriage", known), "refused(order_cancelled)");
    assert_eq!(plant.latest(), "refused(order_cancelled)");
}

#[test]
fn the_lines_word_permits_no_longer_than_max_age_and_one_that_waited_at_the_broker_permits_nothing() {
    let permit = line("line/state", "2s");
    let mut plant = Plant::running("", &[Station { permit: &permit, ..Station::default() }]);
    let auto = || plant.broker.publish("line/state", br#"{"mode":"AUTO"}"#, &[]);
    plant.until_ready("marriage", 0, Some("line_missing"));
    let from = plant.witness.heard();
    auto();
    plant.until_ready("marriage", from, None);
    plant.until_ready("marriage", from, Some("line_stale"));
    assert_eq!(plant.story("marriage", json!({})), "refused(line_stale)");
    plant.stop();
    // This broker keeps also what was sent with QoS 0 for who is away.
    let auto = || plant.broker.publish("line/state", br#"{"mode":"AUTO"}"#, &[]);
    auto();
    plant.broker.publish("line/state", br#"{"mode":"AUTO"}"#, &["-q", "0"]);
    let from = plant.witness.heard();
    plant.start();
    plant.until_ready("marriage", from, Some("line_missing"));
    assert_eq!(plant.story("marriage", json!({})), "refused(line_missing)");
    let ready = plant.witness.since(from).into_iter().filter(|m| m.json()["ready"] == true);
    assert_eq!(ready.count(), 0, "an old word is not taken for a new one");
}

#[test]
fn a_blackout_lasts_until_its_own_end_whatever_is_said_or_dies_before() {
    let mut plant = Plant::running("", &[Station::default()]);
    plant.until_ready("marriage", 0, None);
    let until = |seconds: i64| format!(r#"{{"until":"{}","reason":"visitors"}}"#, ago(-seconds));
    let declare = |plant: &Plant, text: &str, retained: bool| {
        let options: &[&str] = if retained { &["-r"] } else { &[] };
        plant.broker.publish(BLACKOUT, text.as_bytes(), options);
    };
    each_is_told(
        &plant,
        "marriage",
        &[
            ("no JSON", &|| declare(&plant, "tomorrow", true), Some("blackout_broken")),
            ("a readable one that is over", &|| declare(&plant, &until(-60), false), None),
            ("two years", &|| declare(&plant, &until(2 * 366 * 86_400), false), Some("blackout_broken")),
            ("two seconds", &|| declare(&plant, &until(2), false), Some("blackout")),
        ],
    );
    let from = plant.witness.heard();
    plant.until_ready("marriage", from.saturating_sub(2), None);
    each_is_told(
        &plant,
        "marriage",
        &[("an hour", &|| declare(&plant, &until(3600), true), Some("blackout"))],
    );
    declare(&plant, &until(1), true);
    declare(&plant, "", true);
    assert_eq!(plant.story("marriage", json!({})), "refused(blackout)", "nothing lifts it");
    plant.kill();
    let from = plant.witness.heard();
    plant.start();
    plant.until_ready("marriage", from, Some("blackout"));
    assert_eq!(plant.story("marriage", json!({})), "refused(blackout)", "no restart lifts it");
}

#[test]
fn a_clock_that_the_kernel_keeps_is_trusted_exactly_as_the_kernel_says() {
    let said = lineshot_clock::kernel().unwrap();
    let trusted = said.synchronised && said.max_error <= Duration::from_secs(2);
    let mut plant = Plant::built("{ trust = \"kernel\" }", "", &[Station::default()]);
    plant.start();
    plant.until_ready("marriage", 0, (!trusted).then_some("clock_untrusted"));
    let want = if trusted { "done" } else { "refused(clock_untrusted)" };
    assert_eq!(plant.story("marriage", json!({})), want);
}
