//! What a station permits: windows, closed days, markets, classes, the line's state, which visit counts.

use lineshot_domain::{CalendarState, Keep, LocalDate, Market, Rules, VehicleClass, Wall};

use super::*;

/// A station with this `[permit]` in its own file, and a market and a class in its events.
fn permitting(permit: &str) -> Folder {
    let folder = Folder::shipped();
    let more = "[trigger.fields]\nmarket = \"/m\"\nclass = \"/c\"\n";
    folder.put("stations/marriage.toml", format!("{MARRIAGE}\n{more}[permit]\n{permit}\n"));
    folder
}

fn rules(permit: &str) -> Rules {
    permitting(permit).station().unwrap().rules
}

fn market(name: &str) -> Market {
    Market::parse(name).unwrap()
}

#[test]
fn without_a_permit_nothing_is_asked() {
    let folder = Folder::shipped();
    let station =
        folder.put("line.toml", swapped(LINE, "timezone = \"Europe/Berlin\"", "")).station().unwrap();
    let rules = station.rules;
    assert_eq!(rules.calendar.zone().as_str(), "Etc/UTC");
    assert_eq!(rules.calendar.at(Wall::from_unix_ms(0)), CalendarState::Open { until: None });
    assert_eq!((rules.photos, rules.classes, rules.keep), (None, None, Keep::First));
    assert!(rules.journey.is_empty() && station.line.is_none());
}

#[test]
fn windows_and_closed_days_are_read_as_written() {
    let rules = rules(
        "windows = [{ days = \"mon-fri\", from = \"06:00\", to = \"14:30\" }, { days = \"sat\", from = \"22:00\", to = \"02:00\" }]\n\
         closed = [\"2026-12-24/2027-01-06\", \"2027-05-01\"]",
    );
    let calendar = rules.calendar;
    assert_eq!(calendar.zone().as_str(), "Europe/Berlin");
    let windows: Vec<String> = calendar.windows().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(windows, ["mon-fri 06:00-14:30", "sat 22:00-02:00"]);
    let closed: Vec<String> = calendar.closed().iter().map(ToString::to_string).collect();
    assert_eq!(closed, ["2026-12-24/2027-01-06", "2027-05-01"]);
}

#[test]
fn markets_have_services_and_dates() {
    let rules = rules(
        "markets = { photos = [\"us\", { market = \"GB\", from = \"2027-01-01\", until = \"2027-12-31\" }], journey = [\"US\"] }",
    );
    let photos = rules.photos.unwrap();
    let day = |text| LocalDate::parse(text).unwrap();
    for (name, today, admitted) in [
        ("US", "2026-11-23", true),
        ("GB", "2026-12-31", false),
        ("GB", "2027-01-01", true),
        ("GB", "2027-12-31", true),
        ("GB", "2028-01-01", false),
        ("DE", "2027-06-01", false),
    ] {
        let admits = photos.iter().any(|rule| rule.admits(&market(name), day(today)));
        assert_eq!(admits, admitted, "{name} {today}");
    }
    assert_eq!(rules.journey.len(), 1);
    assert_eq!(rules.journey[0].market, market("US"));
}

#[test]
fn classes_line_and_keep_are_read_as_written() {
    for (word, keep) in [("first", Keep::First), ("last", Keep::Last), ("all", Keep::All)] {
        let permit = format!(
            "keep = \"{word}\"\nclasses = [\"serial\"]\n\
             line = {{ topic = \"plant/{{station}}/state\", field = \"/mode\", allowed = [\"AUTO\", \"RUN\"], max_age = \"60s\" }}"
        );
        let station = permitting(&permit).station().unwrap();
        assert_eq!(station.rules.keep, keep);
        assert_eq!(station.rules.classes.unwrap(), [VehicleClass::parse("serial").unwrap()]);
        let line = station.line.unwrap();
        assert_eq!(line.topic.as_str(), "plant/marriage/state");
        assert_eq!(line.field.unwrap().as_str(), "/mode");
        assert_eq!(
            (line.allowed, line.max_age),
            (vec!["AUTO".into(), "RUN".into()], Duration::from_secs(60))
        );
    }
}

#[test]
fn a_stations_list_replaces_the_lines_and_its_other_keys_stay() {
    let line = format!(
        "{LINE}\n[permit]\nwindows = [{{ days = \"sun\", from = \"06:00\", to = \"07:00\" }}, {{ days = \"sat\", from = \"06:00\", to = \"07:00\" }}]\n\
         closed = [\"2026-12-24\"]\nkeep = \"all\"\nmarkets = {{ photos = [\"US\", \"DE\"], journey = [\"US\"] }}\n"
    );
    let own = "windows = [{ days = \"mon\", from = \"06:00\", to = \"07:00\" }]\nclosed = []\nmarkets = { photos = [\"CH\"] }";
    let rules = permitting(own).put("line.toml", line).station().unwrap().rules;
    let windows: Vec<String> = rules.calendar.windows().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(windows, ["mon 06:00-07:00"]);
    assert!(rules.calendar.closed().is_empty());
    assert_eq!(rules.keep, Keep::All);
    let photos: Vec<Market> = rules.photos.unwrap().into_iter().map(|rule| rule.market).collect();
    assert_eq!(photos, [market("CH")]);
    assert_eq!(rules.journey[0].market, market("US"));
}

#[test]
fn what_is_local_needs_a_time_zone() {
    for permit in [
        "windows = [{ days = \"mon\", from = \"06:00\", to = \"07:00\" }]",
        "closed = [\"2026-12-24\"]",
        "markets = { photos = [{ market = \"US\", until = \"2027-01-01\" }] }",
    ] {
        let folder = permitting(permit);
        let line = swapped(LINE, "timezone = \"Europe/Berlin\"", "");
        let problems = folder.put("line.toml", line).station().unwrap_err();
        for part in ["found nothing", "Europe/Berlin", "add this key"] {
            says(&problems, "marriage.toml", "timezone", part);
        }
    }
}

#[test]
fn each_mistake_in_a_permit_names_file_key_and_mend() {
    let window = |rest: &str| format!("windows = [{{ {rest} }}]");
    let line =
        |rest: &str| format!("line = {{ topic = \"s\", allowed = [\"AUTO\"], max_age = \"60s\", {rest} }}");
    for (permit, key, mend) in [
        ("windows = []".to_owned(), "permit.windows", "keep a station closed, rename its file"),
        (window("days = \"mo-fr\", from = \"06:00\", to = \"07:00\""), "permit.windows[1].days", "mon-fri"),
        (
            window("days = \"mon\", from = \"6:00\", to = \"07:00\""),
            "permit.windows[1].from",
            "two digits each",
        ),
        (
            window("days = \"mon\", from = \"06:00\", to = \"24:01\""),
            "permit.windows[1].to",
            "two digits each",
        ),
        (window("days = \"mon\", from = \"06:00\", to = \"06:00\""), "permit.windows[1]", "for whole days"),
        (window("days = \"mon\", from = \"24:00\", to = \"06:00\""), "permit.windows[1]", "before 24:00"),
        (window("days = \"mon\", from = \"06:00\""), "permit.windows[1].to", "add this key"),
        (
            window("day = \"mon\", from = \"06:00\", to = \"07:00\""),
            "permit.windows[1].day",
            "correct its spelling",
        ),
        ("windows = [\"mon\"]".to_owned(), "permit.windows[1]", "a table"),
        ("closed = [\"2026-12-24\", \"2026-02-30\"]".to_owned(), "permit.closed[2]", "the earlier first"),
        ("closed = [\"2027-01-06/2026-12-24\"]".to_owned(), "permit.closed[1]", "the earlier first"),
        ("markets = {}".to_owned(), "permit.markets.photos", "on top of them"),
        ("markets = { journey = [\"US\"] }".to_owned(), "permit.markets.photos", "on top of them"),
        ("markets = { photos = [] }".to_owned(), "permit.markets.photos", "remove `markets`"),
        ("markets = { fotos = [] }".to_owned(), "permit.markets.fotos", "correct its spelling"),
        ("markets = [\"US\"]".to_owned(), "permit.markets", "a table"),
        ("markets = { photos = [\"U\"] }".to_owned(), "permit.markets.photos[1]", "write it as in \"US\""),
        ("markets = { photos = [true] }".to_owned(), "permit.markets.photos[1]", "correct the value"),
        (
            "markets = { photos = [\"US\"], journey = [{ market = \"GB\", form = \"2027-01-01\" }] }"
                .to_owned(),
            "permit.markets.journey[1].form",
            "correct its spelling",
        ),
        (
            "markets = { photos = [{ market = \"GB\", from = \"2027-1-1\" }] }".to_owned(),
            "permit.markets.photos[1].from",
            "\"2027-01-01\"",
        ),
        (
            "markets = { photos = [{ market = \"GB\", from = \"2027-01-02\", until = \"2027-01-01\" }] }"
                .to_owned(),
            "permit.markets.photos[1].until",
            "the earlier day first",
        ),
        (
            "markets = { photos = [[\"GB\", \"2027-01-01\"]] }".to_owned(),
            "permit.markets.photos[1]",
            "correct the value",
        ),
        ("markets = { photos = \"US\" }".to_owned(), "permit.markets.photos", "in [brackets]"),
        ("closed = \"2026-12-24\"".to_owned(), "permit.closed", "in [brackets]"),
        ("classes = \"serial\"".to_owned(), "permit.classes", "in [brackets]"),
        (window("").replace(['[', ']'], ""), "permit.windows", "in [brackets]"),
        ("classes = []".to_owned(), "permit.classes", "all classes are photographed"),
        ("classes = [\"no class\"]".to_owned(), "permit.classes[1]", "write it as in \"serial\""),
        ("keep = \"best\"".to_owned(), "permit.keep", "write one of them"),
        ("line = {}".to_owned(), "permit.line.topic", "add this key"),
        (
            line("allowed = []").replace("allowed = [\"AUTO\"], ", ""),
            "permit.line.allowed",
            "name at least one",
        ),
        (
            line("allowed = [\" A\"]").replace("allowed = [\"AUTO\"], ", ""),
            "permit.line.allowed[1]",
            "without padding",
        ),
        (line("field = \"mode\""), "permit.line.field", "RFC 6901"),
        (line("").replace("60s", "25h"), "permit.line.max_age", "\"1s\" to \"1d\""),
        (line("").replace("\"s\"", "\"s/#\""), "permit.line.topic", "without wildcards"),
        ("window = []".to_owned(), "permit.window", "correct its spelling"),
    ] {
        says(&permitting(&permit).station().unwrap_err(), "marriage.toml", key, mend);
    }
}

#[test]
fn markets_and_classes_need_somebody_who_knows_them() {
    let markets = ("markets = { photos = [\"US\"] }", "permit.markets", "market");
    let classes = ("classes = [\"serial\"]", "permit.classes", "class");
    for (permit, key, field) in [markets, classes] {
        let own = |fields: &str| format!("{MARRIAGE}\n[permit]\n{permit}\n[trigger.fields]\n{fields}\n");
        let folder = Folder::shipped();
        let said = folder.put("stations/marriage.toml", own("")).station().unwrap_err().to_string();
        for part in [format!("`{key}`"), "[orders] in agent.toml".into(), format!("`trigger.fields.{field}`")]
        {
            assert!(said.contains(&part), "{said}");
        }
        folder.put("stations/marriage.toml", own(&format!("{field} = \"/x\"")));
        assert!(folder.station().is_ok(), "the event says it");
        folder.put("stations/marriage.toml", own(""));
        folder.put("agent.d/orders.toml", "[orders]\nfile = \"/etc/lineshot/orders.csv\"\nmax_age = \"1d\"");
        assert!(folder.station().is_ok(), "the directory says it");
    }
}

#[test]
fn each_new_mistake_in_a_trigger_names_key_and_mend() {
    for (more, key, mend) in [
        ("ready = \"zuffenhausen/911/line1/marriage/arrival\"", "trigger.ready", "a topic of its own"),
        ("ready = \"zuffenhausen/911/line1/marriage/departure\"", "trigger.ready", "a topic of its own"),
        ("ready = \"a/+\"", "trigger.ready", "without wildcards"),
        ("expect_every = \"9s\"", "trigger.expect_every", "\"10s\" to \"1d\""),
        ("shortest = \"500ms\"", "trigger.shortest", "\"1s\" to \"1h\""),
        ("shortest = \"30s\"\nexpect_every = \"30s\"", "trigger.expect_every", "more than `shortest`"),
        ("time_format = \"unix\"", "trigger.time_format", "\"unix-ms\""),
        ("fields.sequence = \"count\"", "trigger.fields.sequence", "RFC 6901"),
    ] {
        let own = format!("{MARRIAGE}\n[trigger]\n{more}\n");
        let problems = Folder::shipped().put("stations/marriage.toml", own).station().unwrap_err();
        says(&problems, "marriage.toml", key, mend);
    }
    let line = swapped(&swapped(LINE, "\"time\"", "\"expiry\""), "time    = \"/timestamp\"", "");
    let line = swapped(&line, "age     =", "time_format = \"unix-ms\"\nage =");
    let said = Folder::shipped().put("line.toml", line).station().unwrap_err().to_string();
    assert!(said.contains("`trigger.time_format`") && said.contains("`fields.time`"), "{said}");
}
