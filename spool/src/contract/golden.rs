//! The contracts, byte for byte. What is read here today is read for ever.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::*;

fn frozen<T: DeserializeOwned + Serialize>(golden: &str) {
    let text: T = serde_json::from_str(golden).unwrap();
    assert_eq!(serde_json::to_string_pretty(&text).unwrap(), golden.trim_end());

    let mut later: Value = serde_json::from_str(golden).unwrap();
    later["a_later_field"] = Value::from(1);
    let read: T = serde_json::from_value(later).expect("a reader ignores what it does not know");
    assert_eq!(serde_json::to_string_pretty(&read).unwrap(), golden.trim_end());
}

#[test]
fn the_parcel_is_frozen() {
    frozen::<ParcelText>(include_str!("../../golden/parcel.json"));
    frozen::<ParcelText>(include_str!("../../golden/parcel-of-facts.json"));
    frozen::<ParcelText>(include_str!("../../golden/parcel-of-a-visit.json"));
    frozen::<ParcelText>(include_str!("../../golden/parcel-with-a-caption.json"));
}

#[test]
fn the_words_to_the_plc_are_frozen() {
    frozen::<WordText>(include_str!("../../golden/word.json"));
    frozen::<WordText>(include_str!("../../golden/word-accepted.json"));
}

#[test]
fn a_parcel_of_the_first_agents_keeps_the_first_visit() {
    let old: ParcelText = serde_json::from_str(include_str!("../../golden/parcel.json")).unwrap();
    assert_eq!((old.keep.as_str(), old.journey), ("first", false));
}

#[test]
fn the_receipt_is_frozen() {
    frozen::<ReceiptText>(include_str!("../../golden/receipt.json"));
}

#[test]
fn the_state_is_frozen() {
    frozen::<StateText>(include_str!("../../golden/state.json"));
}

#[test]
fn the_outcome_event_is_frozen() {
    frozen::<OutcomeEvent>(include_str!("../../golden/outcome-event.json"));
}

#[test]
fn the_cover_of_the_golden_parcel_reads_back() {
    let parcel: ParcelText = serde_json::from_str(include_str!("../../golden/parcel.json")).unwrap();
    let cover = parcel.cover.unwrap();
    let (scene, crop) = cover.read().unwrap();
    assert_eq!(CoverText::of(&scene, &crop), cover);
    assert_eq!((scene.masks().len(), crop.size().width()), (1, 640));
    assert_eq!(cover.id(), "588bd83d33ae938a", "pictures that say this are in albums");
}

/// The published table is the program's own.
#[test]
fn the_readers_of_the_contracts_know_every_reason() {
    use lineshot_domain::{Reason, RecordState};
    let readme = include_str!("../../../docs/contract/README.md");
    for reason in Reason::ALL {
        let class = format!("{:?}", reason.class()).to_lowercase();
        let state = reason
            .record_state()
            .map_or("–".to_owned(), |state: RecordState| format!("`{}`", state.as_str()));
        let line = format!("| `{}` | {class} | {state} | {} |\n", reason.code(), reason.sentence());
        assert!(readme.contains(&line), "docs/contract/README.md lacks: {line}");
    }
}
