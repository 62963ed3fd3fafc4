//! What nobody is told: whose car it is, and what kind of order forbade its picture.

use serde_json::json;

use crate::plant::{BLACKOUT, Plant, Station, ago, files, vin};

/// What must be nowhere: the beginnings of all VINs, orders and bodies used here.
const NUMBERS: [&str; 3] = ["WP0ZZZ99", "AB4711", "BODY08"];

#[test]
fn nothing_shows_a_number_or_what_the_order_forbids_and_the_ledger_has_the_reason() {
    let more = "[orders]\ntopic = \"plant/orders/+\"\nmax_age = \"1h\"\n\
                [deny]\nfile = \"FOLDER/deny.txt\"\nmax_age = \"1h\"\n";
    let permit = "[permit]\nclasses = [\"serial\"]\nmarkets = { photos = [\"US\"] }";
    let mut plant =
        Plant::built("{ trust = \"unchecked\" }", more, &[Station { permit, ..Station::default() }]);
    let denied = plant.album("--order", "AB4711-5");
    plant.write("deny.txt", &format!("lineshot-deny-1 {}\n{denied}\n", ago(60)));
    plant.start();
    let mut wanted = Vec::new();
    for (number, market, class, consent, reason) in [
        (1, "US", "serial", true, None),
        (2, "CN", "serial", true, Some("market")),
        (3, "US", "prototype", true, Some("class")),
        (4, "US", "serial", false, Some("consent")),
        (5, "US", "serial", true, Some("denied")),
    ] {
        let order = json!({ "order": format!("AB4711-{number}"), "vin": vin(number), "consent": consent,
            "body": format!("BODY08-{number}"), "market": market, "class": class, "at": ago(0) });
        let from = plant.witness.heard();
        let topic = format!("plant/orders/AB4711-{number}");
        plant.broker.publish(&topic, order.to_string().as_bytes(), &["-r"]);
        if number == 1 {
            plant.until_ready("marriage", from, None);
        }
        let car = json!({ "vin": vin(number), "body": format!("BODY08-{number}") });
        let want = reason.map_or("done", |_| "refused(not_permitted)");
        assert_eq!(plant.story("marriage", car), want, "{reason:?}");
        wanted.push(reason.unwrap_or("none").to_owned());
    }
    let question = "SELECT coalesce(json_extract(facts, '$.reason'), 'none') FROM ledger \
                    WHERE kind = 'outcome' ORDER BY seq";
    assert_eq!(plant.ask(question), wanted, "the ledger knows why");

    // All that could tempt somebody to repeat what he was told.
    let number = format!("\"{}\"", vin(6));
    let integer = format!(r#"{{"order":47110815,"vin":"{}"}}"#, vin(6));
    for wrong in [number.as_str(), &integer, "{\"AB4711-6\":1}"] {
        let from = plant.witness.heard();
        plant.broker.publish("plant/orders/AB4711-6", wrong.as_bytes(), &[]);
        plant.until_ready("marriage", from, Some("orders_broken"));
        plant.broker.publish("plant/orders/AB4711-6", b"", &[]);
        plant.until_ready("marriage", from, None);
        plant.broker.publish("line/marriage/arrival", wrong.as_bytes(), &[]);
        plant.broker.publish("line/marriage/departure", wrong.as_bytes(), &[]);
    }
    plant.arrive("marriage", json!({ "vin": format!("{}xx", vin(7)) }));
    plant.arrive("marriage", json!({ "vin": vin(7), "at": vin(7) }));
    plant.broker.publish(BLACKOUT, number.as_bytes(), &[]);
    plant.until_ready("marriage", 0, Some("blackout_broken"));
    let from = plant.witness.heard();
    plant.write("deny.txt", &format!("lineshot-deny-1 {}\nAB4711-5\n{}\n", ago(30), vin(5)));
    plant.broker.publish(BLACKOUT, format!("{{\"until\":\"{}\"}}", ago(60)).as_bytes(), &[]);
    plant.until_ready("marriage", from, Some("deny_broken"));

    let own = |topic: &str| topic.ends_with("/photo") || topic.starts_with("lineshot/") && topic != BLACKOUT;
    let published = plant.witness.since(0).into_iter().filter(|message| own(&message.topic));
    let published: String = published.map(|m| format!("{} {}\n", m.topic, m.payload)).collect();
    assert!(published.contains("not_permitted"));
    plant.stop();
    let log = plant.log.text();
    assert!(log.contains("listening to the line"));
    for place in [&published, &log] {
        for number in NUMBERS {
            let line = place.lines().find(|line| line.contains(number));
            assert!(line.is_none(), "{number} in {line:?}");
        }
        for code in ["market", "class", "consent", "denied"] {
            for told in [format!("reason=\"{code}\""), format!("\"reason\":\"{code}\""), format!("({code})")]
            {
                assert!(!place.contains(&told), "{told}");
            }
        }
    }
    for file in files(&plant.path("data")) {
        let bytes = std::fs::read(&file).unwrap();
        for number in NUMBERS {
            let found = bytes.windows(number.len()).any(|part| part == number.as_bytes());
            assert!(!found, "{number} in {}", file.display());
        }
    }
}
