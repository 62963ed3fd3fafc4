//! What the writer said before the power went: it must be so on the disk.

use std::collections::{BTreeMap, BTreeSet};

/// Lines of the writer, read.
#[derive(Clone, Debug, Default)]
pub(super) struct Promises {
    /// Cases whose arrivals were acknowledged.
    pub(super) admitted: BTreeSet<String>,
    /// Case and outcome.
    pub(super) ended: BTreeMap<String, String>,
    /// Cases whose pictures the store has.
    pub(super) stored: BTreeSet<String>,
    /// Case and result, as the uploader has it for good.
    pub(super) settled: BTreeMap<String, String>,
    /// Case and result, as the agent has it for good.
    pub(super) imported: BTreeMap<String, String>,
    /// Parcels that were not whole.
    pub(super) broken: Vec<String>,
}

impl Promises {
    pub(super) fn read(said: &str) -> Promises {
        let mut promises = Promises::default();
        said.lines().for_each(|line| promises.take(line));
        promises
    }

    /// One line. What the runner of tests says itself is none of these.
    pub(super) fn take(&mut self, line: &str) {
        let mut words = line.splitn(3, ' ');
        let (what, case) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().to_owned());
        let how = words.next().unwrap_or_default().to_owned();
        match what {
            "admitted" => _ = self.admitted.insert(case),
            "ended" => _ = self.ended.insert(case, how),
            "stored" => _ = self.stored.insert(case),
            "settled" => _ = self.settled.insert(case, how),
            "imported" => _ = self.imported.insert(case, how),
            "broken" => self.broken.push(line.to_owned()),
            _ => {}
        }
    }
}
