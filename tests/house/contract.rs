//! The schemas in `docs/contract/` describe what is written: golden files and a real record fit them, spoilt ones do not.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::peers::installed;
use crate::workspace::root;

/// Whether the JSON at `document` fits the schema, by the reference implementation in Python.
fn fits(schema: &str, document: &Path) -> bool {
    let program = "import json, sys; from jsonschema import Draft202012Validator as V; \
                   schema = json.load(open(sys.argv[1])); V.check_schema(schema); \
                   errors = [e.message for e in V(schema).iter_errors(json.load(open(sys.argv[2])))]; \
                   print(errors); sys.exit(1 if errors else 0)";
    let output = Command::new(installed("python3"))
        .args(["-c", program])
        .arg(root().join(schema))
        .arg(document)
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    output.status.success()
}

#[test]
fn the_golden_files_fit_the_published_schemas_and_a_spoilt_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    for (schema, golden) in [
        ("parcel", "spool/golden/parcel.json"),
        ("parcel", "spool/golden/parcel-of-facts.json"),
        ("parcel", "spool/golden/parcel-of-a-visit.json"),
        ("receipt", "spool/golden/receipt.json"),
        ("word", "spool/golden/word.json"),
        ("word", "spool/golden/word-accepted.json"),
        ("outcome-event", "spool/golden/outcome-event.json"),
        ("station-record", "uploader/golden/station-record.json"),
        ("station-record", "uploader/golden/station-record-visits.json"),
    ] {
        let schema = &format!("docs/contract/{schema}.schema.json");
        assert!(fits(schema, &root().join(golden)), "{golden}");
        let text = fs::read_to_string(root().join(golden)).unwrap();
        let whole: Value = serde_json::from_str(&text).unwrap();
        for key in whole.as_object().unwrap().keys() {
            let mut spoilt = whole.clone();
            spoilt[key] = Value::from(vec![vec![1.5]]);
            let path = folder.path().join("spoilt.json");
            fs::write(&path, spoilt.to_string()).unwrap();
            assert!(!fits(schema, &path), "{golden}: anything goes for `{key}`");
        }
    }
}

/// A TOML file as JSON.
fn as_json(toml: &Path, json: &Path) {
    let program =
        "import json, sys, tomllib; json.dump(tomllib.load(open(sys.argv[1], 'rb')), open(sys.argv[2], 'w'))";
    let status =
        Command::new(installed("python3")).args(["-c", program]).arg(toml).arg(json).status().unwrap();
    assert!(status.success(), "{}", toml.display());
}

#[test]
fn the_shipped_configuration_fits_its_schemas_and_a_spoilt_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.json");
    for (schema, file) in [
        ("agent", "agent.toml"),
        ("uploader", "uploader.toml"),
        ("line", "line.toml"),
        ("station", "stations/marriage.toml"),
        ("station", "rehearsal.toml"),
    ] {
        let schema = &format!("config/examples/schema/{schema}.json");
        as_json(&root().join("config/examples").join(file), &path);
        assert!(fits(schema, &path), "{file}");
        let whole: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for key in whole.as_object().unwrap().keys() {
            let mut spoilt = whole.clone();
            spoilt[key] = Value::from(vec![vec![1.5]]);
            fs::write(&path, spoilt.to_string()).unwrap();
            assert!(!fits(schema, &path), "{file}: anything goes for `{key}`");
        }
        let mut more = whole;
        more["colour"] = Value::from("red");
        fs::write(&path, more.to_string()).unwrap();
        assert!(!fits(schema, &path), "{file}: an unknown key goes");
    }
}
