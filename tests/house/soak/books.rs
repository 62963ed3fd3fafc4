//! What is found afterwards: the book, the bucket, what was published, and what is left in the rooms.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::line::Words;
use super::shop::Shop;
use crate::plant::Plant;

/// A row of the book.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) id: String,
    pub(super) event: String,
    pub(super) public: String,
    pub(super) album: String,
    pub(super) station: String,
    pub(super) outcome: String,
    pub(super) stage: String,
}

/// An object of the bucket.
#[derive(Clone, Debug)]
pub(super) enum Object {
    Record(Vec<u8>),
    Picture { bytes: u64, sha256: String },
}

/// All that is judged.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The events that the line sent.
    pub(super) sent: BTreeSet<String>,
    /// The final words that the PLCs heard.
    pub(super) words: Words,
    pub(super) cases: Vec<Case>,
    /// Case and outcome of each such line of the ledger.
    pub(super) outcomes: Vec<(String, String)>,
    /// Case and result of each such line of the ledger.
    pub(super) deliveries: Vec<(String, String)>,
    /// What was published: the outcome by the id of the publication.
    pub(super) published: BTreeMap<String, BTreeSet<String>>,
    pub(super) objects: BTreeMap<String, Object>,
    /// What lies where nothing should be left.
    pub(super) left: Vec<String>,
}

impl Found {
    pub(super) fn look(
        (plant, shop): (&Plant, &Shop),
        sent: BTreeSet<String>,
        words: Words,
        published: BTreeMap<String, BTreeSet<String>>,
    ) -> Found {
        let lines = |kind: &str, key: &str| {
            let lines = plant.ask(&format!(
                "SELECT case_id || ' ' || json_extract(facts, '$.{key}') FROM ledger WHERE kind = '{kind}'"
            ));
            let split = |line: &String| line.split_once(' ').map(|(case, told)| (case.into(), told.into()));
            lines.iter().map(|line| split(line).unwrap()).collect()
        };
        Found {
            sent,
            words,
            cases: cases(plant),
            outcomes: lines("outcome", "outcome"),
            deliveries: lines("delivery", "result"),
            published,
            objects: objects(&shop.bucket()),
            left: left(&plant.data()),
        }
    }
}

fn cases(plant: &Plant) -> Vec<Case> {
    let rows = plant.ask(
        "SELECT json_array(c.id, a.event, c.public_id, c.album, a.station, c.outcome, c.stage)
         FROM cases c JOIN arrivals a ON a.id = c.arrival ORDER BY c.rowid",
    );
    let case = |row: &String| {
        let [id, event, public, album, station, outcome, stage] = serde_json::from_str(row).unwrap();
        Case { id, event, public, album, station, outcome, stage }
    };
    rows.iter().map(case).collect()
}

fn objects(bucket: &Path) -> BTreeMap<String, Object> {
    files(bucket)
        .into_iter()
        .map(|name| {
            let body = fs::read(bucket.join(&name)).unwrap();
            let object = if name.ends_with(".json") {
                Object::Record(body)
            } else {
                Object::Picture { bytes: body.len() as u64, sha256: hex::encode(Sha256::digest(&body)) }
            };
            (name, object)
        })
        .collect()
}

fn left(data: &Path) -> Vec<String> {
    let rooms = ["agent/open", "ready", "receipts", "uploader/failed"];
    let mut left = Vec::new();
    for room in rooms {
        let names = fs::read_dir(data.join(room)).unwrap().map(|entry| entry.unwrap().file_name());
        left.extend(names.map(|name| format!("{room}/{}", name.to_string_lossy())));
    }
    left
}

/// All files below a folder, hidden ones too.
fn files(root: &Path) -> Vec<String> {
    let (mut files, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files
}

/// The outcomes that somebody heard, by the id of the publication.
pub(super) fn take(published: &mut BTreeMap<String, BTreeSet<String>>, payload: &[u8]) {
    let text: Value = serde_json::from_slice(payload).unwrap();
    let [id, outcome] = [&text["id"], &text["data"]["outcome"]].map(|it| it.as_str().unwrap().to_owned());
    published.entry(id).or_default().insert(outcome);
}
