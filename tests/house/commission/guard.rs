//! Whom the page refuses, and when nobody may look.

use std::fs;

use serde_json::{Value, json};

use super::officer::Officer;
use super::{Drawing, Pass, Right, command, draft, machine};
use crate::peers::http::ask;
use crate::plant::Plant;

fn plant() -> Plant {
    let mut plant = Plant::without_a_store();
    plant.start_agent(&["--unreleased"]);
    plant
}

/// What it says when it does not even start.
fn refusal(plant: &Plant, station: &str, right: &Right<'_>) -> String {
    let said = command(plant, &machine(plant), station, right).output().unwrap();
    assert!(!said.status.success(), "{said:?}");
    String::from_utf8(said.stderr).unwrap()
}

#[test]
fn only_the_browser_that_had_the_key_first_may_ask_and_only_from_the_page_itself() {
    let plant = plant();
    let drawing = Drawing::start(&plant, &machine(&plant), "marriage", &Right::Trial);
    let (address, port) = (&drawing.address, drawing.address.rsplit(':').next().unwrap());
    // Nobody, and who guesses.
    for path in ["/", "/station.json", "/?key=0", "/texts.json", "/page.js", "/?key="] {
        assert_eq!(ask(address, "GET", path, &[], "").unwrap().status, 403, "{path}");
    }
    let pass = drawing.enter();
    // The key opened once.
    let again = drawing.invitation.split_once(address.as_str()).unwrap().1;
    assert_eq!(ask(address, "GET", again, &[], "").unwrap().status, 403);
    let page = drawing.get(&pass, "/");
    assert_eq!(page.status, 200);
    for (name, value) in [
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    ] {
        assert_eq!(page.header(name), Some(value));
    }
    assert!(page.header("Content-Security-Policy").unwrap().starts_with("default-src 'none'"));
    // Names that somebody made lead here.
    let own = pass.cookie.clone();
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        "127.0.0.1".to_owned(),
    ] {
        let answer = ask(address, "GET", "/station.json", &[&format!("Host: {host}"), &own], "").unwrap();
        assert_eq!(answer.status, 421, "{host}");
    }
    // Another site's script, with our cookie.
    let origin = format!("Origin: http://{address}");
    let json = "Content-Type: application/json";
    let page = pass.page.clone();
    for headers in [
        vec![&*own, &*page, "Origin: http://evil.example", json],
        vec![&*own, &*page, "Origin: null", json],
        vec![&*own, &*page, json],
        vec![&*own, &*page, &*origin, "Content-Type: text/plain"],
        vec![&*own, &*page, &*origin, json, "Sec-Fetch-Site: cross-site"],
        vec![&*page, &*origin, json],
        vec!["Cookie: lineshot-commission=0", &*page, &*origin, json],
        // Who has the cookie alone: another server of this machine.
        vec![&*own, &*origin, json],
        vec![&*own, "X-Lineshot-Page: 0", &*origin, json],
    ] {
        for path in ["/still", "/covered", "/save", "/end"] {
            let answer = ask(address, "POST", path, &headers, "{}").unwrap();
            assert_eq!(answer.status, 403, "{path} {headers:?}");
        }
    }
    // Nor are the station and its pictures shown to who has the cookie alone.
    for path in ["/station.json", "/picture/1-0.jpg"] {
        assert_eq!(ask(address, "GET", path, &[&own], "").unwrap().status, 403, "{path}");
    }
    assert_eq!(drawing.get(&pass, "/still").status, 405);
    assert_eq!(drawing.post(&pass, "/covered", &json!({})).status, 400);
    for path in ["/picture/1-0.jpg", "/picture/../station.json", "/../../etc/passwd"] {
        assert_eq!(drawing.get(&pass, path).status, 404, "{path}");
    }
}

#[test]
fn stills_are_small_few_named_and_on_record_and_the_station_is_closed_meanwhile() {
    let plant = plant();
    let drawing = Drawing::start(&plant, &machine(&plant), "marriage", &Right::Trial);
    let pass = drawing.enter();
    let stills = || {
        let text = "SELECT facts FROM ledger WHERE json_extract(facts, '$.notice') = 'commissioning'";
        plant.ask(text).into_iter().filter(|facts| facts.contains("raw still")).count()
    };
    let still = drawing.post(&pass, "/still", &json!({}));
    assert_eq!((still.status, still.header("Content-Type")), (200, Some("image/jpeg")), "{}", still.text());
    assert_eq!(still.header("Cache-Control"), Some("no-store"));
    let picture = image::load_from_memory(&still.body).unwrap();
    assert!(picture.width() <= 960 && stills() == 1);
    let soon = drawing.post(&pass, "/still", &json!({}));
    assert_eq!(soon.status, 429, "{}", soon.text());
    let wait: u32 = soon.header("Retry-After").unwrap().parse().unwrap();
    assert!((1..=5).contains(&wait) && stills() == 1);
    // A car comes: no picture of it, and another station is as open as before.
    plant.arrive("marriage", "WP0ZZZ99ZTS392001");
    plant.until(|| plant.outcomes() == ["refused(commissioning)"]);
    // Covered pictures may be asked for as often as somebody draws.
    let station: Value = serde_json::from_slice(&drawing.get(&pass, "/station.json").body).unwrap();
    assert_eq!(station["person"], "Whoever Draws");
    for _ in 0..3 {
        let covered = drawing.post(&pass, "/covered", &draft(&station));
        assert_eq!((covered.status, covered.header("Content-Type")), (200, Some("image/jpeg")));
    }
    // What shows more than the file did has the name across it, and is no larger than a still where all is shown.
    let mut wider = draft(&station);
    wider["show"] = json!("all");
    wider["masks"] = json!([]);
    let shown = drawing.post(&pass, "/covered", &wider);
    assert!(shown.status == 200 && image::load_from_memory(&shown.body).unwrap().width() <= 960);
    assert!(has_caption(&shown.body) && !has_caption(&covered(&drawing, &pass, &station)));
    let mut other = draft(&station);
    other["camera"]["address"] = json!("http://127.0.0.1:9/other");
    assert!(drawing.post(&pass, "/covered", &other).text().contains("first look through this camera"));
    // A second one at the same station is refused.
    assert!(
        refusal(&plant, "marriage", &Right::Trial)
            .contains("somebody is setting up the station marriage already")
    );
    // Somebody stops: nobody looks any more.
    assert!(plant.hand(&["stop"]).status.success());
    let stopped = drawing.post(&pass, "/covered", &draft(&station));
    assert!(
        stopped.status == 503 && stopped.text().contains("photographs are stopped"),
        "{}",
        stopped.text()
    );
    assert_eq!(drawing.post(&pass, "/end", &json!({})).status, 200);
    assert!(drawing.ended().success());
}

fn covered(drawing: &Drawing, pass: &Pass, station: &Value) -> Vec<u8> {
    let covered = drawing.post(pass, "/covered", &draft(station));
    assert_eq!(covered.status, 200, "{}", covered.text());
    covered.body
}

/// Whether a line of half-transparent black with half-transparent white in it lies across the picture.
fn has_caption(jpeg: &[u8]) -> bool {
    let picture = image::load_from_memory(jpeg).unwrap().to_luma8();
    let (width, height) = picture.dimensions();
    let is_light = |x: u32, y: u32| picture.get_pixel(x, y).0[0] > 140;
    let lights = |top: u32| (0..width * 8).filter(|at| is_light(at % width, top + at / width)).count();
    // The still's four lines, an eighth of the height from the border and a quarter from each other.
    (0..4).all(|line| lights((2 * line + 1) * height / 8) > width as usize / 3)
}

#[test]
fn nobody_sees_a_frame_that_is_not_in_the_ledger() {
    let plant = plant();
    let drawing = Drawing::start(&plant, &machine(&plant), "marriage", &Right::Trial);
    let pass = drawing.enter();
    let noted =
        |what: &str| plant.ask("SELECT facts FROM ledger").into_iter().filter(|it| it.contains(what)).count();
    let station: Value = serde_json::from_slice(&drawing.get(&pass, "/station.json").body).unwrap();
    let mut wider = draft(&station);
    wider["show"] = json!("all");
    for _ in 0..2 {
        let blind = drawing.post(&pass, "/covered", &wider);
        assert!(blind.status == 409 && blind.text().contains("take a still first"), "{}", blind.text());
    }
    covered(&drawing, &pass, &station);
    assert_eq!(noted("covered picture of view front"), 1);
    assert_eq!(drawing.post(&pass, "/covered", &draft(&station)).status, 429);
    let arrived = drawing.post(&pass, "/arrival", &wider);
    let arrived: Value = serde_json::from_slice(&arrived.body).unwrap();
    let picture = drawing.get(&pass, arrived["pictures"][0]["url"].as_str().unwrap());
    assert!(has_caption(&picture.body));
    assert_eq!((noted("simulated arrival"), noted("raw still")), (1, 0));
}

#[test]
fn a_dead_program_and_an_ended_one_open_the_station_and_a_new_agent_closes_it_again() {
    let mut plant = plant();
    let mut drawing = Drawing::start(&plant, &machine(&plant), "marriage", &Right::Trial);
    plant.arrive("marriage", "WP0ZZZ99ZTS392001");
    plant.until(|| plant.outcomes() == ["refused(commissioning)"]);
    drawing.process.kill();
    plant.until(|| plant.ask("SELECT facts FROM ledger").iter().any(|facts| facts.contains("over")));
    plant.arrive("marriage", "WP0ZZZ99ZTS392002");
    plant.until(|| plant.outcomes().last().is_some_and(|outcome| outcome == "sealed"));
    let drawing = Drawing::start(&plant, &machine(&plant), "marriage", &Right::Trial);
    let pass = drawing.enter();
    plant.agent.take().unwrap().kill();
    let station: Value = serde_json::from_slice(&drawing.get(&pass, "/station.json").body).unwrap();
    let covered = drawing.post(&pass, "/covered", &draft(&station));
    assert!(
        covered.status == 503 && covered.text().contains("is lineshot-agent running"),
        "{}",
        covered.text()
    );
    // Nobody touches the page: the program closes the station again by itself.
    let begun = |plant: &Plant| {
        plant.ask("SELECT facts FROM ledger").iter().filter(|it| it.contains("begun by")).count()
    };
    let before = begun(&plant);
    plant.start_agent(&["--unreleased"]);
    plant.until(|| begun(&plant) > before);
    plant.arrive("marriage", "WP0ZZZ99ZTS392003");
    plant.until(|| plant.outcomes().last().is_some_and(|outcome| outcome == "refused(commissioning)"));
}

#[test]
fn where_something_is_released_nobody_looks_without_a_permission_that_is_signed_for_this_very_thing() {
    let plant = plant();
    let officer = Officer::of(&plant);
    fs::write(machine(&plant).join("etc/lineshot/releases/any.toml"), "whatever it is").unwrap();
    assert!(refusal(&plant, "marriage", &Right::Trial).contains("nobody looks without a permission"));
    let line = |key: &'static str, value: &'static str| {
        move |text: String| -> String {
            let is_it = |it: &str| it.split('=').next().is_some_and(|name| name.trim() == key);
            text.lines()
                .map(|it| if is_it(it) { format!("{key} = {value}\n") } else { format!("{it}\n") })
                .collect()
        }
    };
    let same = |text: String| text;
    for (what, change) in [
        ("no time such as", line("expires", "\"tomorrow\"")),
        ("expired", line("expires", "\"2020-01-01T00:00:00Z\"")),
        ("more than 8 hours", line("expires", "\"2090-01-01T00:00:00Z\"")),
        ("is for station paint", line("station", "\"paint\"")),
        ("host 0000000000000000", line("host", "\"0000000000000000\"")),
        ("pc-02", line("agent", "\"pc-02\"")),
        ("no name", line("person", "\"\"")),
        ("not understood", line("person", "4")),
        ("not of the format", line("format", "\"lineshot-resume-1\"")),
    ] {
        let file = officer.permission(&plant, "marriage", change);
        let said = refusal(&plant, "marriage", &Right::Signed(&file));
        let is_told = said.contains(what) || ["no time such as", "expired"].contains(&what);
        assert!(is_told && said.contains("does not count"), "{what}: {said}");
    }
    let file = officer.permission(&plant, "marriage", same);
    officer.sign(&file, "lineshot-release");
    assert!(refusal(&plant, "marriage", &Right::Signed(&file)).contains("signed as"));
    officer.sign(&file, "lineshot-commission");
    officer.trust("lineshot-release");
    assert!(refusal(&plant, "marriage", &Right::Signed(&file)).contains("may not sign lineshot-commission"));
    officer.trust("lineshot-commission");
    fs::write(&file, fs::read_to_string(&file).unwrap() + "\n").unwrap();
    assert!(refusal(&plant, "marriage", &Right::Signed(&file)).contains("was not made of these bytes"));
    // As it should be; and then it is taken back while somebody looks.
    let file = officer.permission(&plant, "marriage", same);
    let drawing = Drawing::start(&plant, &machine(&plant), "marriage", &Right::Signed(&file));
    let pass = drawing.enter();
    assert_eq!(drawing.post(&pass, "/still", &json!({})).status, 200);
    officer.trust("lineshot-release");
    assert!(drawing.ended().success(), "it ends by itself");
}
