//! The end of a parcel: result, receipt, removal, in this order.
//!
//! The committed result is the promise; receipt and removal are redo. Doing any step twice changes
//! nothing, and the parcel goes last.

use std::path::{Path, PathBuf};

use lineshot_domain::{CaseId, Delivery, Reason};
use rusqlite::params;

use super::{Back, BackError, Broken, Parcel, QueueError};
use crate::contract::{ObjectText, RECEIPT_SCHEMA, ReceiptText, rfc3339};
use crate::disk::{self, DiskError};

/// A committed result that is not yet carried out.
#[derive(Debug)]
struct Settled {
    case: CaseId,
    receipt: String,
    keep: bool,
}

impl Back {
    /// Settles a parcel for ever: `objects` are what is in the store, `revision` is the record's that
    /// tells of it.
    ///
    /// # Errors
    /// [`BackError`]. If the result was committed, [`Back::redo`] does the rest; if not, the parcel
    /// still waits.
    pub fn finish(
        &mut self,
        parcel: Parcel,
        delivery: Delivery,
        revision: Option<u64>,
        objects: Vec<ObjectText>,
    ) -> Result<(), BackError> {
        let case = parcel.facts().case.clone();
        self.settle(case, delivery, revision, objects)
    }

    /// Settles what can never be delivered: it goes to `uploader/failed/`.
    ///
    /// # Errors
    /// As [`Back::finish`].
    pub fn give_up(&mut self, broken: Broken, revision: Option<u64>) -> Result<(), BackError> {
        let delivery = Delivery::Undeliverable(broken.reason());
        self.settle(broken.case().clone(), delivery, revision, Vec::new())
    }

    /// Carries out what was committed and not finished, each on its own.
    ///
    /// # Errors
    /// The first [`BackError`]; the others were tried all the same.
    pub fn redo(&mut self) -> Result<(), BackError> {
        let mut first = Ok(());
        for settled in self.settled()? {
            let done = self.carry_out(&settled);
            first = first.and(done);
        }
        first
    }

    fn settle(
        &mut self,
        case: CaseId,
        delivery: Delivery,
        revision: Option<u64>,
        objects: Vec<ObjectText>,
    ) -> Result<(), BackError> {
        let settled = self.commit_result(case, delivery, revision, objects)?;
        self.carry_out(&settled)
    }

    fn carry_out(&mut self, settled: &Settled) -> Result<(), BackError> {
        self.write_receipt(settled)?;
        self.dispose(settled)?;
        Ok(self.forget(settled)?)
    }

    fn commit_result(
        &mut self,
        case: CaseId,
        delivery: Delivery,
        revision: Option<u64>,
        objects: Vec<ObjectText>,
    ) -> Result<Settled, QueueError> {
        let reason = match delivery {
            Delivery::Undeliverable(reason) => Some(reason),
            Delivery::Delivered | Delivery::Expired | Delivery::Stopped => None,
        };
        let receipt = ReceiptText {
            schema: RECEIPT_SCHEMA.to_owned(),
            case: case.to_string(),
            result: delivery.as_str().to_owned(),
            reason: reason.map(Reason::code).map(str::to_owned),
            at: rfc3339(self.clock.wall()),
            revision,
            objects,
        };
        let mut json = serde_json::to_string_pretty(&receipt).expect("plain data is JSON");
        json.push('\n');
        let settled = Settled { case, receipt: json, keep: reason.is_some() };
        self.queue
            .execute(
                "INSERT OR IGNORE INTO results (case_id, receipt, keep) VALUES (?, ?, ?)",
                params![settled.case.as_str(), settled.receipt, settled.keep],
            )
            .map_err(QueueError::doing("committing a result"))?;
        Ok(settled)
    }

    fn write_receipt(&self, settled: &Settled) -> Result<(), DiskError> {
        let path = self.rooms.receipts().join(format!("{}.json", settled.case));
        disk::replace(&path, settled.receipt.as_bytes(), 0o660)
    }

    fn dispose(&self, settled: &Settled) -> Result<(), DiskError> {
        let parcel = self.rooms.ready().join(settled.case.as_str());
        if parcel.symlink_metadata().is_err() {
            return Ok(());
        }
        if settled.keep {
            return disk::move_durably(&parcel, &free_name(&self.rooms.failed(), &settled.case));
        }
        disk::remove(&parcel)?;
        disk::sync_dir(&self.rooms.ready())
    }

    fn forget(&mut self, settled: &Settled) -> Result<(), QueueError> {
        let forget = |queue: &mut rusqlite::Connection| {
            let change = queue.transaction()?;
            change.execute("DELETE FROM results WHERE case_id = ?", [settled.case.as_str()])?;
            change.execute("DELETE FROM queue WHERE case_id = ?", [settled.case.as_str()])?;
            change.commit()
        };
        forget(&mut self.queue).map_err(QueueError::doing("forgetting a settled parcel"))
    }

    fn settled(&self) -> Result<Vec<Settled>, QueueError> {
        let read = || -> rusqlite::Result<Vec<(String, String, bool)>> {
            let mut rows = self.queue.prepare_cached("SELECT case_id, receipt, keep FROM results")?;
            rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
        };
        let rows = read().map_err(QueueError::doing("reading results"))?;
        rows.into_iter()
            .map(|(case, receipt, keep)| {
                let case = CaseId::parse(&case).map_err(|_| QueueError::Row { table: "results" })?;
                Ok(Settled { case, receipt, keep })
            })
            .collect()
    }
}

/// `<case>`, or `<case>.2` and so on when a person had it tried again: nothing kept is overwritten.
fn free_name(failed: &Path, case: &CaseId) -> PathBuf {
    let mut path = failed.join(case.as_str());
    let mut number = 2;
    while path.symlink_metadata().is_ok() {
        path = failed.join(format!("{case}.{number}"));
        number += 1;
    }
    path
}
