//! What became of an order and why, asked on the line PC beside the running agent.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::plant::{Plant, Station, ago, vin};

/// `explain` of the past.
fn explain(plant: &Plant, asked: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lineshot-agent"));
    command.arg("explain").args(asked).arg("--config").arg(plant.path("etc")).output().unwrap()
}

/// The cases for a program. `known` is what the exit code says.
fn cases(plant: &Plant, asked: [&str; 2], known: bool) -> Vec<Value> {
    let output = explain(plant, &[asked[0], asked[1], "--json"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(if known { 0 } else { 3 }), "{asked:?}: {said}");
    let answer: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(answer["schema"], "lineshot/explained/1");
    answer["cases"].as_array().unwrap().clone()
}

/// `outcome(reason)` of each, or `open`.
fn became(cases: &[Value]) -> Vec<String> {
    let one = |case: &Value| match (case["outcome"].as_str(), case["reason"].as_str()) {
        (None, _) => "open".to_owned(),
        (Some(outcome), None) => outcome.to_owned(),
        (Some(outcome), Some(reason)) => format!("{outcome}({reason})"),
    };
    cases.iter().map(one).collect()
}

/// A directory of orders 1 to 5, each with its VIN, and two stations: at `paint` a car has to wait.
fn plant() -> Plant {
    let more = "[orders]\ntopic = \"plant/orders/+\"\nmax_age = \"1h\"\n";
    let permit = "[permit]\nclasses = [\"serial\"]\nmarkets = { photos = [\"US\"] }";
    let marriage = Station { permit, ..Station::default() };
    let paint = Station { id: "paint", permit, times: ["60s", "10s"], ..Station::default() };
    let plant = Plant::running(more, &[marriage, paint]);
    for (number, market, class) in
        [(1, "US", "serial"), (2, "CN", "serial"), (3, "US", "prototype"), (4, "US", "serial")]
    {
        let order = json!({ "order": format!("AB-{number}"), "vin": vin(number), "consent": true,
            "market": market, "class": class, "at": ago(0) });
        plant.broker.publish(&format!("plant/orders/AB-{number}"), order.to_string().as_bytes(), &["-r"]);
    }
    plant.until_ready("marriage", 0, None);
    plant.until_ready("paint", 0, None);
    plant
}

#[test]
fn whoever_asks_in_this_house_learns_what_became_of_an_order_and_why() {
    let plant = plant();
    // By the order, by the VIN that the directory knows, and by an order that it contradicts.
    let told = |number: u32, car: Value| {
        assert!(
            ["done", "refused(not_permitted)", "refused(order_conflict)"]
                .contains(&plant.story("marriage", car).as_str()),
            "{number}"
        );
    };
    told(1, json!({ "vin": vin(1) }));
    told(2, json!({ "vin": vin(2) }));
    told(3, json!({ "vin": null, "order": "AB-3" }));
    told(5, json!({ "vin": vin(1), "order": "AB-5" }));
    let event = plant.arrive("paint", json!({ "vin": vin(4), "order": "AB-4" }));
    plant
        .witness
        .wait("it is admitted", 0, |m| m.topic == "line/paint/photo" && m.json()["word"] == "accepted");
    assert_eq!(became(&cases(&plant, ["--order", "AB-4"], true)), ["open"]);
    plant.broker.publish("line/paint/departure", b"{}", &[]);
    assert_eq!(plant.word("paint", &event)["word"], "missed");

    let vin_1 = vin(1);
    for (asked, want) in [
        (["--order", "AB-1"], ["sealed"]),
        (["--vin", &vin_1], ["sealed"]),
        (["--order", "AB-2"], ["refused(market)"]),
        (["--order", "AB-3"], ["refused(class)"]),
        (["--order", "AB-4"], ["missed(departed)"]),
        (["--order", "AB-5"], ["refused(order_conflict)"]),
        (["--event", "event-2"], ["refused(market)"]),
    ] {
        assert_eq!(became(&cases(&plant, asked, true)), want, "{asked:?}");
    }
    let sealed = cases(&plant, ["--order", "AB-1"], true).remove(0);
    let place = json!([sealed["event"], sealed["station"], sealed["view"], sealed["delivery"]]);
    assert_eq!(place, json!(["event-1", "marriage", "front", "waiting"]));
    assert_eq!(json!([sealed["simulated"], sealed["unreleased"]]), json!([false, true]));

    for number in [["--order", "AB-6"], ["--body", "AB-1"], ["--vin", "WP0ZZZ99ZTS399999"], ["--event", "e"]]
    {
        assert!(cases(&plant, number, false).is_empty());
        let output = explain(&plant, &number);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.code() == Some(3) && said.starts_with("No: "), "{said}");
        assert!(!said.contains(number[1]) || number[1] == "e", "{said}");
    }
}

#[test]
fn a_car_that_came_twice_has_both_visits_the_newest_last_and_is_found_without_the_agent() {
    let mut plant = Plant::running("", &[Station::default()]);
    plant.until_ready("marriage", 0, None);
    let car = json!({ "vin": vin(7), "order": "7" });
    assert_eq!(plant.story("marriage", car.clone()), "done");
    assert_eq!(plant.story("marriage", car), "refused(already_photographed)");
    plant.stop();
    assert_eq!(became(&cases(&plant, ["--order", "7"], true)), ["sealed", "refused(already_photographed)"]);
    let said = String::from_utf8(explain(&plant, &["--order", "7"]).stdout).unwrap();
    let first = said.lines().next().unwrap();
    assert!(first.ends_with("UTC  marriage, front, event event-1, unreleased: sealed"), "{said}");
    assert!(!said.contains(&vin(7)), "{said}");
}

#[test]
fn trials_before_the_site_had_its_key_are_found_afterwards() {
    let mut plant = Plant::built("{ trust = \"unchecked\" }", "", &[Station::default()]);
    let key = std::fs::read(plant.path("etc/site.key")).unwrap();
    plant.remove("etc/site.key");
    plant.start();
    plant.until_ready("marriage", 0, None);
    assert_eq!(plant.story("marriage", json!({ "order": "8" })), "done");
    assert_eq!(became(&cases(&plant, ["--order", "8"], true)), ["sealed"]);
    plant.stop();
    let file = plant.path("etc/site.key");
    std::fs::write(&file, key).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    plant.start();
    assert_eq!(plant.story("marriage", json!({ "order": "8" })), "done");
    assert_eq!(became(&cases(&plant, ["--order", "8"], true)), ["sealed", "sealed"]);
}
