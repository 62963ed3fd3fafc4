//! Whether a disk after a power cut holds what was promised before it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use lineshot_domain::LedgerState;
use lineshot_spool::{Chain, Recovery, ledger};
use serde_json::Value;

use super::promises::Promises;
use super::{world, writer};

/// What was promised, what a start had to redo, and what is wrong.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) admitted: usize,
    ended: usize,
    pub(super) settled: usize,
    imported: usize,
    redone: Recovery,
    pub(super) faults: Vec<String>,
}

impl Verdict {
    pub(super) fn add(&mut self, other: Verdict) {
        self.admitted += other.admitted;
        self.ended += other.ended;
        self.settled += other.settled;
        self.imported += other.imported;
        self.redone.interrupted += other.redone.interrupted;
        self.redone.handed += other.redone.handed;
        self.redone.receipts += other.redone.receipts;
        self.redone.swept += other.redone.swept;
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { admitted, ended, settled, imported, redone, .. } = self;
        let Recovery { interrupted, handed, receipts, swept } = redone;
        write!(
            f,
            "promised: {admitted} arrivals, {ended} outcomes, {settled} results, {imported} of them imported; \
             at the start after it: {interrupted} interrupted, {handed} handed over, {receipts} receipts \
             imported, {swept} swept"
        )
    }
}

/// What the ledger has of a case: outcomes and results.
type History = BTreeMap<String, (Vec<String>, Vec<String>)>;

/// Reads the disk as it is, starts both sides on it twice, and compares with what was said.
pub(super) fn judge(root: &Path, mut promises: Promises) -> Verdict {
    let mut faults = Vec::new();
    let (before, _) = history(root, &mut faults);
    for (case, result) in &promises.imported {
        let found = before.get(case).map(|(_, results)| results.clone()).unwrap_or_default();
        if found != [result.clone()] {
            faults.push(format!("{case}: {result} was imported, and the ledger has {found:?}"));
        }
    }
    let mut verdict = Verdict {
        admitted: promises.admitted.len(),
        ended: promises.ended.len(),
        settled: promises.settled.len(),
        imported: promises.imported.len(),
        ..Verdict::default()
    };
    let told = &mut |line: String| promises.take(&line);
    match start(root, told) {
        Ok(redone) => verdict.redone = redone,
        Err(fault) => faults.push(fault),
    }
    let (found, chain) = history(root, &mut faults);
    compare(&found, &promises, &mut faults);
    let left = left(root);
    let strange = left.iter().filter(|name| !name.starts_with("uploader/failed/"));
    faults.extend(strange.map(|name| format!("{name} was left behind")));

    let stored = promises.stored.len();
    let told = &mut |line: String| faults.push(format!("the second start did something: {line}"));
    let again = start(root, told);
    if again != Ok(Recovery::default()) || promises.stored.len() != stored {
        faults.push(format!("the second start did something: {again:?}"));
    }
    if (history(root, &mut faults), super::verdict::left(root)) != ((found, chain), left) {
        faults.push("the second start changed something".to_owned());
    }
    verdict.faults = faults;
    verdict
}

/// What both daemons do at a start, and until nothing waits any more.
fn start(root: &Path, told: &mut dyn FnMut(String)) -> Result<Recovery, String> {
    let (front, redone) = world::front(root).map_err(|error| format!("the agent does not start: {error}"))?;
    if front.ledger() != LedgerState::Intact {
        return Err("the agent finds its ledger broken".to_owned());
    }
    world::say(&front);
    let mut back = world::back(root);
    front.hand_over().map_err(|error| format!("nothing can be handed over: {error}"))?;
    writer::settle(&mut back, false, told);
    front.import_receipts().map_err(|error| format!("receipts cannot be imported: {error}"))?;
    Ok(redone)
}

fn history(root: &Path, faults: &mut Vec<String>) -> (History, Option<Chain>) {
    let mut history = History::new();
    let chain = ledger(root, &mut |line| {
        let facts: Value = serde_json::from_str(&line.facts).unwrap();
        let told = |key: &str| facts[key].as_str().unwrap_or_default().to_owned();
        let (outcomes, results) = history.entry(line.case).or_default();
        match line.kind.as_str() {
            "outcome" => outcomes.push(told("outcome")),
            "delivery" => results.push(told("result")),
            _ => {}
        }
    });
    match chain {
        Ok(chain @ Chain::Holds { .. }) => (history, Some(chain)),
        broken => {
            faults.push(format!("the ledger does not verify: {broken:?}"));
            (history, None)
        }
    }
}

fn compare(found: &History, promises: &Promises, faults: &mut Vec<String>) {
    for case in promises.admitted.iter().chain(promises.ended.keys()).chain(promises.settled.keys()) {
        if !found.contains_key(case) {
            faults.push(format!("{case} was acknowledged and is lost"));
        }
    }
    for (case, (outcomes, results)) in found {
        // Notices belong to no case.
        if case.is_empty() {
            continue;
        }
        let ([outcome], [result]) = (outcomes.as_slice(), results.as_slice()) else {
            faults.push(format!("{case} ended as {outcomes:?} and was delivered {results:?}"));
            continue;
        };
        if promises.ended.get(case).is_some_and(|promised| promised != outcome) {
            faults.push(format!("{case} is {outcome}, and was promised as {:?}", promises.ended[case]));
        }
        if promises.settled.get(case).is_some_and(|promised| promised != result) {
            faults.push(format!("{case} is {result}, and was promised as {:?}", promises.settled[case]));
        }
        if promises.stored.contains(case) != (result == "delivered") {
            faults.push(format!("{case} is {result}, and the store has it: {}", result != "delivered"));
        }
    }
    faults.extend(promises.broken.iter().cloned());
}

fn left(root: &Path) -> Vec<String> {
    let mut left = Vec::new();
    for room in ["agent/open", "ready", "receipts", "uploader/failed"] {
        let names = fs::read_dir(root.join(room)).unwrap().map(|entry| entry.unwrap().file_name());
        left.extend(names.map(|name| format!("{room}/{}", name.to_string_lossy())));
    }
    left.sort();
    left
}
