//! What others read of the agent, and what it reads of others, is as docs/contract says.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use crate::plant::{BLACKOUT, HEALTH, Plant, Station, ago};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Which of the documents fit their schema, by the reference implementation in Python.
fn fit(documents: &[(&str, Value)]) -> Vec<bool> {
    let program = "import json, sys; from jsonschema import Draft202012Validator as V\n\
                   for schema, text in json.load(open(sys.argv[1])):\n\
                   \x20   schema = json.load(open(f'{sys.argv[2]}/docs/contract/{schema}.schema.json'))\n\
                   \x20   V.check_schema(schema)\n\
                   \x20   print(V(schema).is_valid(text))";
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("documents.json");
    std::fs::write(&list, json!(documents).to_string()).unwrap();
    let output = Command::new("python3").args(["-c", program]).arg(&list).arg(ROOT).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| line == "True").collect()
}

const GOLDEN: [(&str, &str); 8] = [
    ("ready", "ready.json"),
    ("ready", "ready-closed.json"),
    ("alarm", "alarm.json"),
    ("health", "health.json"),
    ("cameras", "cameras.json"),
    ("blackout", "blackout.json"),
    ("order", "order.json"),
    ("explained", "explained.json"),
];

#[test]
fn the_golden_files_fit_their_schemas_and_a_spoilt_or_longer_one_does_not() {
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for (schema, file) in GOLDEN {
        let text = std::fs::read_to_string(format!("{ROOT}/agent/golden/{file}")).unwrap();
        let whole: Value = serde_json::from_str(&text).unwrap();
        for key in whole.as_object().unwrap().keys() {
            let mut spoilt = whole.clone();
            spoilt[key] = json!([[1.5]]);
            wrong.push((schema, spoilt));
        }
        let mut longer = whole.clone();
        longer["more"] = json!(1);
        wrong.push((schema, longer));
        right.push((schema, whole));
    }
    assert!(fit(&right).into_iter().all(|fits| fits), "{right:?}");
    let fitting = fit(&wrong);
    let fitting: Vec<&(&str, Value)> =
        wrong.iter().zip(fitting).filter(|(_, f)| *f).map(|(w, _)| w).collect();
    assert!(fitting.is_empty(), "{fitting:?}");
}

#[test]
fn what_an_agent_publishes_and_takes_fits_the_published_schemas() {
    let more = "[orders]\ntopic = \"plant/orders/+\"\nmax_age = \"1h\"";
    let plant = Plant::running(more, &[Station::default()]);
    plant.until_ready("marriage", 0, Some("orders_missing"));
    let order = json!({ "order": "4711", "vin": crate::plant::vin(1), "consent": true, "at": ago(1) });
    plant.broker.publish("plant/orders/1", order.to_string().as_bytes(), &[]);
    plant.until_ready("marriage", 0, None);
    assert_eq!(plant.story("marriage", json!({})), "done");
    let blackout = json!({ "until": ago(-600), "reason": "visitors" });
    plant.broker.publish(BLACKOUT, blackout.to_string().as_bytes(), &[]);
    plant.until_ready("marriage", 0, Some("blackout"));
    let mut documents = vec![("order", order), ("blackout", blackout)];
    for message in plant.witness.since(0) {
        let schema = match message.topic.as_str() {
            HEALTH => "health",
            "lineshot/site/pc-01/outcome" => "outcome-event",
            topic if topic.starts_with("lineshot/site/pc-01/alarm/") => "alarm",
            "line/marriage/photo" if message.payload.contains("lineshot/word/1") => "word",
            "line/marriage/photo" => "ready",
            _ => continue,
        };
        if !message.payload.is_empty() {
            documents.push((schema, message.json()));
        }
    }
    let kinds: BTreeSet<&str> = documents.iter().map(|(schema, _)| *schema).collect();
    assert_eq!(kinds.len(), 7, "{kinds:?}");
    let fitting = fit(&documents);
    let wrong: Vec<_> = documents.iter().zip(fitting).filter(|(_, fits)| !fits).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn what_check_and_doctor_print_fits_the_published_schemas() {
    let plant = Plant::built("{ trust = \"unchecked\" }", "", &[Station::default()]);
    let lines = |schema: &'static str, words: &[&str]| -> Vec<(&str, Value)> {
        let mut program = Command::new(env!("CARGO_BIN_EXE_lineshot-agent"));
        let output = program.args(words).arg("--config").arg(plant.path("etc")).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| (schema, serde_json::from_str(line).unwrap())).collect()
    };
    let found = lines("finding", &["doctor", "--json"]);
    plant.write("etc/agent.toml", "version = 1\nnmae = \"x\"\n");
    let problems = lines("problem", &["check", "--json"]);
    assert!(found.len() > 10 && problems.len() > 2, "{found:?} {problems:?}");
    let documents = [found, problems].concat();
    let wrong: Vec<_> = documents.iter().zip(fit(&documents)).filter(|(_, fits)| !fits).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let longer = documents.iter().map(|(schema, line)| {
        let mut line = line.clone();
        line["more"] = json!(1);
        (*schema, line)
    });
    assert!(fit(&longer.collect::<Vec<_>>()).into_iter().all(|fits| !fits));
}
