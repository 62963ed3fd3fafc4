//! Schemas, reference page and effective values: they say what the reader reads.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::*;
use crate::key::{Keys, Left, value_of};
use crate::tree::{Origin, Tree};

/// What stands in the repository: made anew with LINESHOT_WRITE=1.
#[expect(clippy::disallowed_methods, reason = "a person asked for the file to be written anew")]
fn stands_there(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    if std::env::var_os("LINESHOT_WRITE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == text,
        "{name} is not what the keys say: LINESHOT_WRITE=1 cargo test -p lineshot-config described"
    );
}

#[test]
fn schemas_and_reference_page_are_those_of_the_keys() {
    for file in File::ALL {
        stands_there(&format!("config/examples/schema/{}.json", file.as_str()), &schema(file));
    }
    stands_there("docs/configuration.md", &reference());
}

#[test]
fn the_examples_name_their_schemas() {
    for (name, text) in FILES {
        let stem = name.rsplit('/').next().unwrap().trim_end_matches(".toml");
        let (folder, stem) = if name.contains('/') { ("../schema", "station") } else { ("schema", stem) };
        assert!(text.starts_with(&format!("#:schema {folder}/{stem}.json\n")), "{name}");
    }
}

fn each_key(keys: &'static Keys, at: &str, look: &mut impl FnMut(&str, &'static dyn crate::key::Described)) {
    for key in keys.keys {
        let path = if at.is_empty() { key.name().to_owned() } else { format!("{at}.{}", key.name()) };
        look(&path, *key);
        if let Some(inner) = key.keys() {
            each_key(inner, &path, look);
        }
    }
}

#[test]
fn every_default_can_be_read_and_every_key_is_described_once() {
    for file in File::ALL {
        let mut seen = BTreeSet::new();
        each_key(file.keys(), "", &mut |path, key| {
            assert!(seen.insert(path.to_owned()), "{path} twice");
            assert!(key.about().ends_with(['.', '?']) && key.about().len() > 5, "{path}: {}", key.about());
            if let Left::Default(toml) = key.left() {
                let tree = Tree::new(Path::new("x"), Vec::new(), ::config::Map::new());
                let value = value_of(toml);
                assert!(key.reads(&tree.root().standing_in(key.name(), &value)), "{path} = {toml}");
                assert!(tree.is_sound(), "{path} = {toml}");
            }
        });
        assert!(seen.len() > 5);
    }
}

/// Every key that a schema names, with its path.
fn of_schema(schema: &Json, at: &str, keys: &mut BTreeSet<String>) {
    let inner = if schema["type"] == "array" { &schema["items"] } else { schema };
    for (name, below) in inner["properties"].as_object().into_iter().flatten() {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        keys.insert(path.clone());
        of_schema(below, &path, keys);
    }
}

/// What the reader asks for is noted by giving each key a value that nothing accepts.
#[test]
fn reader_and_schema_have_the_same_keys() {
    for file in [File::Agent, File::Uploader, File::Station] {
        let mut of_the_schema = BTreeSet::new();
        of_schema(&serde_json::from_str(&schema(file)).unwrap(), "", &mut of_the_schema);
        let mut of_the_keys = BTreeSet::new();
        each_key(file.keys(), "", &mut |path, _| {
            of_the_keys.insert(path.to_owned());
        });
        assert_eq!(of_the_schema, of_the_keys);
        let spoilt = spoilt(file.keys());
        let folder = Folder::shipped();
        std::fs::remove_file(folder.0.path().join("line.toml")).unwrap();
        let problems = match file {
            File::Agent => folder.put("agent.toml", spoilt).agent().unwrap_err(),
            File::Uploader => folder.put("uploader.toml", spoilt).uploader_in(&[]).unwrap_err(),
            _ => folder.put("stations/marriage.toml", spoilt).station().unwrap_err(),
        };
        let complained: BTreeSet<String> =
            problems.iter().filter_map(|it| it.key.clone()).map(|key| without_numbers(&key)).collect();
        for key in &of_the_keys {
            let below = format!("{key}.");
            let is_table = of_the_keys.iter().any(|other| other.starts_with(&below));
            assert!(is_table || complained.contains(key), "nobody reads {key} of {file:?}:\n{problems}");
        }
    }
}

/// A file in which every key has a value that it cannot have.
fn spoilt(keys: &'static Keys) -> String {
    fn table(keys: &'static Keys) -> String {
        let entries = keys.keys.iter().map(|key| match key.keys() {
            Some(inner) if key.schema()["type"] == "array" => format!("{} = [{}]", key.name(), table(inner)),
            Some(inner) => format!("{} = {}", key.name(), table(inner)),
            None => format!("{} = 1979-05-27", key.name()),
        });
        format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
    }
    let whole = table(keys);
    let inner = whole.strip_prefix("{ ").unwrap().strip_suffix(" }").unwrap();
    // Only commas between top-level keys.
    let (mut depth, mut text) = (0, String::new());
    for c in inner.chars() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            _ => {}
        }
        text.push(if c == ',' && depth == 0 { '\n' } else { c });
    }
    text
}

fn without_numbers(key: &str) -> String {
    key.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest)).collect()
}

#[test]
fn a_place_travels_as_an_origin_and_comes_back() {
    let origin = Origin { key: 3..9, value: 12..40 };
    assert_eq!(Origin::read(&origin.written()), Some(origin));
    assert_eq!(Origin::read("the environment"), None);
}

#[test]
fn what_is_effective_names_every_value_and_where_it_comes_from() {
    let folder = Folder::shipped();
    let dir = folder.0.path();
    let agent = folder.agent().unwrap();
    let text = agent.effective(dir).replace(&dir.display().to_string(), "");
    for part in [
        "socket = \"/run/lineshot/agent.sock\"  # by default\n",
        "client_id = \"lineshot-zuffenhausen-line1-marriage\"  # by default\n",
        "keep_alive = \"10s\"  # /agent.toml:",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let station = agent.stations[0].effective(dir).replace(&dir.display().to_string(), "");
    for part in [
        "timezone = \"Europe/Berlin\"  # /line.toml:",
        "[trigger.fields]\n",
        "people = \"ignore\"  # /stations/marriage.toml:",
        "[[view.mask]]\n",
        "sizes = [480, 960]  # /stations/marriage.toml:",
    ] {
        assert!(station.contains(part), "{part} is not in\n{station}");
    }
    // It is a configuration itself, and the same one.
    let again = Folder::shipped();
    std::fs::remove_file(again.0.path().join("line.toml")).unwrap();
    let again = again.put("stations/marriage.toml", &station).station().unwrap();
    assert_eq!(again, agent.stations[0]);
}
