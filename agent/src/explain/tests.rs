use std::path::Path;
use std::time::Duration;

use lineshot_config::{Problem, Problems};
use lineshot_domain::{LocalDate, Market, VehicleClass, Zone};

use super::*;

/// A week with clocks set is asked about in each; 10:00 in Berlin on a Monday.
const MONDAY: &str = "2026-11-23T10:00";
const PLAIN: &str = "";
const WEEKDAYS: &str = r#"windows = [{ days = "mon-fri", from = "06:00", to = "14:30" }]"#;

/// What is in the settings of the only station, `marriage`, in Berlin.
struct Plant {
    settings: AgentSettings,
    folder: tempfile::TempDir,
}

impl Plant {
    /// With this `[permit]`, and without a directory: events say market and class.
    fn with(permit: &str) -> Plant {
        Plant::of(permit, "")
    }

    #[expect(clippy::disallowed_methods, reason = "a test's own folder needs no fsync")]
    fn of(permit: &str, agent: &str) -> Plant {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
        std::fs::create_dir(folder.path().join("stations")).unwrap();
        put(
            "agent.toml",
            format!(
                "version = 1\nname = \"a\"\nsite = \"s\"\nclock = {{ trust = \"unchecked\" }}\n\
                 broker = {{ url = \"mqtt://b\" }}\n{agent}"
            ),
        );
        let view = |id: &str, delay: &str| {
            format!(
                "[[view]]\nid = \"{id}\"\ncamera = {{ file = {{ path = \"/clip\", fps = 5 }}, size = \"1280x720\" }}\n\
                 delay = \"{delay}\"\nwithin = \"10s\"\nshow = \"all\"\n"
            )
        };
        let station = format!(
            "version = 1\nid = \"marriage\"\nname = {{ en = \"Marriage\" }}\ntimezone = \"Europe/Berlin\"\n\
             [trigger]\ntopic = \"t/arrival\"\nformat = \"json\"\nage = \"expiry\"\nmax_age = \"5s\"\ndwell = \"60s\"\n\
             [trigger.fields]\nvin = \"/vin\"\nmarket = \"/market\"\nclass = \"/class\"\n\
             [permit]\n{permit}\n{}{}",
            view("front", "1s"),
            view("rear", "30s"),
        );
        put("stations/marriage.toml", station);
        let settings = AgentSettings::load(folder.path()).unwrap();
        assert!(settings.broken.is_empty(), "{:?}", settings.broken);
        Plant { settings, folder }
    }

    fn ask(&self, at: &str, market: Option<&str>, class: Option<&str>) -> Result<Answer, QuestionError> {
        let kind = Claims {
            market: market.map(|market| Market::parse(market).unwrap()),
            class: class.map(|class| VehicleClass::parse(class).unwrap()),
        };
        let question = Question { station: "marriage".to_owned(), at: at.to_owned(), kind };
        answer(&self.settings, &question, Wall::from_unix_ms(1_790_000_000_000))
    }

    /// The answer about a vehicle of which nothing is known.
    fn at(&self, at: &str) -> Answer {
        self.ask(at, None, None).unwrap()
    }

    /// The lines of the week.
    fn week(&self, at: &str) -> Vec<String> {
        let text = self.at(at).text;
        let lines: Vec<String> =
            text.lines().skip_while(|line| !line.starts_with("The week")).map(str::to_owned).collect();
        assert_eq!(lines.len(), 8, "{text}");
        lines
    }
}

/// All of these are in the answer.
fn assert_says(answer: &Answer, parts: &[&str]) {
    for part in parts {
        assert!(answer.text.contains(part), "{part:?} is not in:\n{}", answer.text);
    }
}

#[test]
fn a_plain_yes_and_a_plain_no_read_like_this() {
    let plant = Plant::with(WEEKDAYS);
    let yes = plant.at(MONDAY);
    assert!(yes.yes);
    assert_eq!(
        yes.text,
        "Yes: a vehicle that arrives at marriage on Mon 2026-11-23 10:00 (+01:00) would be photographed.\n\
         The hours that permit photographs end on Mon 2026-11-23 14:30 (+01:00).\n\
         This supposes that nobody has stopped photographs, the agent runs with --unreleased, the ledger is \
         intact, the clock is right, the event comes fresh and contradicts no other, there is no blackout, and \
         the vehicle was not photographed here before.\n\n\
         The week in Europe/Berlin:\n\
         \u{20}\u{20}Mon 2026-11-23  06:00-14:30             <- asked: 10:00\n\
         \u{20}\u{20}Tue 2026-11-24  06:00-14:30\n\
         \u{20}\u{20}Wed 2026-11-25  06:00-14:30\n\
         \u{20}\u{20}Thu 2026-11-26  06:00-14:30\n\
         \u{20}\u{20}Fri 2026-11-27  06:00-14:30\n\
         \u{20}\u{20}Sat 2026-11-28  -\n\
         \u{20}\u{20}Sun 2026-11-29  -\n"
    );
    let no = plant.at("2026-11-28T10:00");
    assert!(!no.yes);
    assert!(
        no.text.starts_with(
            "No: a vehicle that arrives at marriage on Sat 2026-11-28 10:00 (+01:00) would not be photographed: \
             refused(window).\n\
             It is outside the hours in which photographs are permitted.\n\
             What to do: Nothing; `permit.windows` names the hours.\n\
             The next hours that permit photographs begin on Mon 2026-11-30 06:00 (+01:00).\n\
             This supposes that nobody"
        ),
        "{}",
        no.text
    );
}

#[test]
fn the_moment_is_read_in_the_stations_zone_or_with_its_offset() {
    let plant = Plant::with(WEEKDAYS);
    for (at, shown) in [
        ("2026-11-24T05:59", "Tue 2026-11-24 05:59 (+01:00)"),
        ("2026-11-24 05:59:30", "Tue 2026-11-24 05:59:30 (+01:00)"),
        ("2026-11-24T05:59+01:00", "Tue 2026-11-24 05:59 (+01:00)"),
        ("2026-11-24T04:59:30Z", "Tue 2026-11-24 05:59:30 (+01:00)"),
        ("2026-07-01T10:00-07:00", "Wed 2026-07-01 19:00 (+02:00)"),
        ("now", "Mon 2026-09-21 16:13:20 (+02:00)"),
        // Once with each offset; the bare time would be two moments.
        ("2026-10-25T02:30+02:00", "Sun 2026-10-25 02:30 (+02:00)"),
        ("2026-10-25T02:30+01:00", "Sun 2026-10-25 02:30 (+01:00)"),
    ] {
        assert_says(&plant.at(at), &[&format!("at marriage on {shown} ")]);
    }
}

#[test]
fn what_is_no_moment_is_answered_with_how_to_write_one() {
    let plant = Plant::with(PLAIN);
    for (at, want) in [
        ("tomorrow", "write local time of the station as in 2026-11-24T05:59"),
        ("2026-11-24", "is no time"),
        ("10:00", "is no time"),
        ("2026-11-31T10:00", "is no time"),
        ("2026-11-24T10:00[Asia/Tokyo]", "is no time"),
        (
            "2027-03-28T02:30",
            "no clock in Europe/Berlin shows 2027-03-28T02:30:00: on that day it is skipped",
        ),
        ("2026-10-25T02:30", "write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"),
    ] {
        let error = anyhow::Error::from(plant.ask(at, None, None).unwrap_err());
        assert!(format!("{error:#}").contains(want), "{at}: {error:#}");
    }
}

#[test]
fn the_edges_of_a_window_are_those_of_the_gate() {
    let plant = Plant::with(WEEKDAYS);
    for (at, yes) in [
        ("2026-11-24T05:59:59", false),
        ("2026-11-24T06:00", true),
        ("2026-11-24T14:29", true),
        ("2026-11-24T14:30", false),
    ] {
        assert_eq!(plant.at(at).yes, yes, "{at}");
    }
}

#[test]
fn a_window_that_closes_before_a_views_delay_is_over_leaves_the_other_view() {
    let plant = Plant::with(WEEKDAYS);
    let some = plant.at("2026-11-23T14:29:45");
    assert!(some.yes);
    assert_says(
        &some,
        &[
            "Yes, but only front: a vehicle",
            "other views: refused(window).",
            "It is still open, but only until Mon 2026-11-23 14:30 (+01:00), before the view's `delay` is over.",
        ],
    );
    assert!(!plant.at("2026-11-23T14:29:59").yes, "both delays end after the window");
}

#[test]
fn a_window_over_midnight_is_cut_where_the_days_meet() {
    let plant = Plant::with(r#"windows = [{ days = "sat", from = "22:00", to = "02:00" }]"#);
    let week = plant.week("2026-11-21T23:00");
    assert_eq!(week[1], "  Sat 2026-11-21  22:00-24:00             <- asked: 23:00");
    assert_eq!(week[2], "  Sun 2026-11-22  00:00-02:00");
    let night = plant.at("2026-11-22T01:59");
    assert_says(&night, &["Yes: ", "end on Sun 2026-11-22 02:00 (+01:00)"]);
    assert!(!plant.at("2026-11-22T02:00").yes);
}

#[test]
fn a_week_in_which_clocks_are_set_says_so() {
    let plant = Plant::with(r#"windows = [{ days = "daily", from = "01:30", to = "02:30" }]"#);
    let spring = plant.week("2027-03-24T12:00");
    assert_eq!(spring[5], "  Sun 2027-03-28  01:30-03:00             clocks go from 02:00 to 03:00");
    assert_eq!(spring[4], "  Sat 2027-03-27  01:30-02:30");
    let autumn = plant.week("2026-10-25T00:30");
    assert_eq!(
        autumn[1],
        "  Sun 2026-10-25  01:30-02:30(+02:00), 02:00(+01:00)-02:30(+01:00)  <- asked: 00:30; clocks go back from 03:00 to 02:00"
    );
    assert_eq!(autumn[2], "  Mon 2026-10-26  01:30-02:30");
    for (at, yes) in [
        ("2026-10-25T02:15+02:00", true),
        ("2026-10-25T02:45+02:00", false),
        ("2026-10-25T02:15+01:00", true),
        ("2027-03-28T03:00", false),
    ] {
        assert_eq!(plant.at(at).yes, yes, "{at}");
    }
}

#[test]
fn a_zone_whose_clocks_are_set_at_midnight_has_its_change_on_the_new_day() {
    let local = Local::of(&Zone::parse("Asia/Beirut").unwrap());
    let changes = local.changes(LocalDate::parse("2027-03-25").unwrap(), 7);
    let changes: Vec<String> =
        changes.iter().map(|change| format!("{} {} {}", change.day, change.from, change.to)).collect();
    assert_eq!(changes, ["2027-03-28 00:00 01:00"]);
}

#[test]
fn a_closed_period_is_named_and_shown() {
    let plant = Plant::with(&format!("{WEEKDAYS}\nclosed = [\"2026-12-24/2027-01-03\"]"));
    let closed = plant.at("2026-12-24T10:00");
    assert_says(
        &closed,
        &[
            "refused(closed)",
            "The period is 2026-12-24/2027-01-03.",
            "begin on Mon 2027-01-04 06:00 (+01:00).",
            "\n  Thu 2026-12-24  closed (2026-12-24/2027-01-03)  <- asked: 10:00\n  Fri 2026-12-25  closed",
        ],
    );
    assert_says(&plant.at("2026-12-23T10:00"), &["Yes: ", "Thu 2026-12-24  closed"]);
}

#[test]
fn a_station_without_hours_is_always_open() {
    let plant = Plant::with(PLAIN);
    assert_says(
        &plant.at("2026-11-22T03:00"),
        &["Yes: ", "No window or closed period ends this within 400 days.", "Sun 2026-11-22  00:00-24:00  "],
    );
}

const MARKETS: &str =
    r#"markets = { photos = ["US", { market = "GB", from = "2027-01-01" }], journey = ["US"] }"#;

#[test]
fn markets_that_would_do_are_named_with_their_days() {
    let plant = Plant::with(MARKETS);
    for (at, market, want) in [
        (MONDAY, Some("us"), "Yes: a vehicle for market US that arrives"),
        (MONDAY, Some("GB"), "refused(market)"),
        ("2026-12-31T23:59", Some("GB"), "refused(market)"),
        ("2027-01-01T00:00", Some("GB"), "Yes: a vehicle for market GB that arrives"),
        (MONDAY, None, "refused(market)"),
        (MONDAY, None, "would do on that day: US. On other days: GB (from 2027-01-01)."),
        ("2027-01-01T00:00", Some("FR"), "would do on that day: US, GB.\n"),
    ] {
        assert_says(&plant.ask(at, market, None).unwrap(), &[want]);
    }
    let journey = |market| plant.ask("2027-01-01T12:00", Some(market), None).unwrap().text;
    assert!(journey("US").contains("The customer may also follow the car's journey."));
    assert!(!journey("GB").contains("journey"));
}

#[test]
fn classes_that_would_do_are_named() {
    let plant = Plant::with(r#"classes = ["serial", "press"]"#);
    assert_says(&plant.ask(MONDAY, None, Some("Serial")).unwrap(), &["Yes: a vehicle of class serial that"]);
    for class in [None, Some("prototype")] {
        let no = plant.ask(MONDAY, None, class).unwrap();
        assert!(!no.yes);
        assert_says(&no, &["refused(class)", "With --class one of these would do: serial, press."]);
    }
}

#[test]
fn what_others_would_have_to_say_is_supposed_aloud() {
    let sources = "orders = { file = \"/orders.csv\", max_age = \"1d\" }\n\
                   deny = { file = \"/deny.txt\", max_age = \"1d\" }\n";
    let permit = "line = { topic = \"line/state\", allowed = [\"AUTO\", \"SLOW\"], max_age = \"60s\" }\nkeep = \"all\"";
    let plant = Plant::of(&format!("{permit}\n{MARKETS}"), sources);
    let yes = plant.ask(MONDAY, Some("US"), None).unwrap();
    assert!(yes.yes);
    assert_says(
        &yes,
        &[
            "the line has just said AUTO or SLOW",
            "the order directory is fresh and knows the order, the customer has agreed",
            "the deny list is fresh and does not name the vehicle.",
        ],
    );
    assert!(!yes.text.contains("photographed here before"), "{}", yes.text);
    assert_says(&plant.at(MONDAY), &["refused(market)"]);
}

#[test]
fn a_station_that_is_broken_or_not_there_is_said_to_be() {
    let mut plant = Plant::with(PLAIN);
    let station = plant.settings.stations.pop().unwrap();
    let error = plant.ask(MONDAY, None, None).unwrap_err().to_string();
    assert_eq!(error, "this PC has no station \"marriage\"; it has none: put one into stations/<id>.toml");
    plant.settings.broken.push(BrokenStation {
        id: Some(station.id),
        file: "/c/stations/marriage.toml".into(),
        problems: Problems::of(vec![Problem::of_file(
            Path::new("/c/stations/marriage.toml"),
            "it has no view",
            "write one [[view]] for each camera angle",
        )])
        .unwrap(),
    });
    let closed = plant.at(MONDAY);
    assert!(!closed.yes);
    assert_says(
        &closed,
        &[
            "No: refused(config) for every vehicle at marriage.",
            "marriage.toml: it has no view; write one",
            "What",
        ],
    );
    let question = Question { station: "paint".to_owned(), at: "now".to_owned(), kind: Claims::default() };
    let error = answer(&plant.settings, &question, Wall::from_unix_ms(0)).unwrap_err().to_string();
    assert_eq!(error, "this PC has no station \"paint\"; it has marriage");
}

#[test]
fn nothing_is_open_that_the_calendar_calls_closed() {
    let plant = Plant::with(&format!("{WEEKDAYS}\nclosed = [\"2026-11-25\"]"));
    let station = &plant.settings.stations[0];
    let start = 1_795_000_000_000;
    for step in 0..2_000 {
        let at = Wall::from_unix_ms(start).plus(Duration::from_mins(7) * step);
        let open = matches!(station.rules.calendar.at(at), CalendarState::Open { until: Some(until) }
            if until.since(at) > Duration::from_secs(1));
        assert_eq!(would(&plant.settings, station, at, &Claims::default()).yes, open, "{at:?}");
    }
}

#[test]
fn a_stop_file_is_told_of_beside_the_answer() {
    let plant = Plant::with(PLAIN);
    let question = Question { station: "marriage".into(), at: MONDAY.into(), kind: Claims::default() };
    let told =
        || explain(plant.folder.path(), &question, &lineshot_clock::MachineClock::start()).unwrap().text;
    assert!(!told().contains("Now nothing is photographed"));
    std::fs::File::create(plant.folder.path().join(STOP)).unwrap();
    assert!(told().contains("Now nothing is photographed"), "{}", told());
}
