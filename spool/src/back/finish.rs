//! The end of a parcel: result, receipt, removal, in this order.
//!
//! The committed result is the promise; receipt and removal are redo. Doing any step twice changes
//! nothing, and the parcel goes last.

use std::path::{Path, PathBuf};

use lineshot_domain::{CaseId, Delivery, Reason};
use rusqlite::{Connection, TransactionBehavior, params};

use super::{Back, BackError, Broken, Parcel, QueueError, RecordId};
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

    /// Settles a picture that waited too long: it goes away, and its record is owed the news.
    ///
    /// # Errors
    /// As [`Back::finish`].
    pub fn expire(&mut self, parcel: Parcel) -> Result<(), BackError> {
        let facts = parcel.facts().clone();
        drop(parcel);
        let receipt = self.receipt_of(&facts.case, Delivery::Expired, None, Vec::new());
        let doing = QueueError::doing;
        let change = self
            .queue
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(doing("expiring a parcel"))?;
        let settled = keep_first(&change, &facts.case, &receipt, false);
        let settled = settled.map_err(doing("expiring a parcel"))?;
        // Another result may have been committed before: then that one stands, and tells the record.
        if settled.receipt == receipt {
            super::records::remember_in(&change, &facts, Some(Reason::TooOld))?;
            super::records::owe(&change, &RecordId::of(&facts)).map_err(doing("expiring a parcel"))?;
        }
        change.commit().map_err(doing("expiring a parcel"))?;
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
        let receipt = self.receipt_of(&case, delivery, revision, objects);
        let keep = matches!(delivery, Delivery::Undeliverable(_));
        keep_first(&self.queue, &case, &receipt, keep).map_err(QueueError::doing("committing a result"))
    }

    fn receipt_of(
        &self,
        case: &CaseId,
        delivery: Delivery,
        revision: Option<u64>,
        objects: Vec<ObjectText>,
    ) -> String {
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
        json
    }

    fn write_receipt(&self, settled: &Settled) -> Result<(), DiskError> {
        let path = self.rooms.receipts().join(format!("{}.json", settled.case));
        disk::replace(&self.rooms.uploader(), &path, settled.receipt.as_bytes(), 0o660)
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

/// A case has one result: the first stands.
fn keep_first(queue: &Connection, case: &CaseId, receipt: &str, keep: bool) -> rusqlite::Result<Settled> {
    queue.execute(
        "INSERT OR IGNORE INTO results (case_id, receipt, keep) VALUES (?, ?, ?)",
        params![case.as_str(), receipt, keep],
    )?;
    let row =
        |row: &rusqlite::Row<'_>| Ok(Settled { case: case.clone(), receipt: row.get(0)?, keep: row.get(1)? });
    queue.query_row("SELECT receipt, keep FROM results WHERE case_id = ?", [case.as_str()], row)
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

#[cfg(test)]
mod tests {
    use super::super::Taken;
    use super::super::testing::{World, jpeg, sealed};
    use super::*;

    /// A world with one parcel, taken.
    fn taken(world: &World, back: &mut Back) -> Parcel {
        let picture = jpeg(48);
        let case = world.hand_over(&sealed(1, &picture), &[("full.jpg", &picture)]);
        assert_eq!(back.waiting().unwrap(), std::slice::from_ref(&case));
        match back.take(&case).unwrap() {
            Taken::Parcel(parcel) => parcel,
            Taken::Broken(broken) => panic!("{}", broken.why()),
        }
    }

    const CASE: &str = "0000000000000001";

    fn object() -> ObjectText {
        ObjectText { key: "albums/a/marriage/b.jpg".to_owned(), bytes: 7, sha256: "cd".repeat(32) }
    }

    fn receipt(world: &World) -> ReceiptText {
        serde_json::from_slice(&world.read(&format!("receipts/{CASE}.json"))).unwrap()
    }

    #[test]
    fn a_delivered_parcel_leaves_a_receipt_and_nothing_else() {
        let world = World::new();
        let mut back = world.back();
        let parcel = taken(&world, &mut back);
        back.finish(parcel, Delivery::Delivered, Some(3), vec![object()]).unwrap();
        let receipt = receipt(&world);
        assert_eq!((receipt.result.as_str(), receipt.revision), ("delivered", Some(3)));
        assert_eq!(receipt.objects, [object()]);
        assert!(!world.has(&format!("ready/{CASE}")) && !world.has(&format!("uploader/failed/{CASE}")));
        assert!(back.waiting().unwrap().is_empty() && back.settled().unwrap().is_empty());
    }

    #[test]
    fn an_undeliverable_parcel_is_kept_and_nothing_kept_is_overwritten() {
        let world = World::new();
        let mut back = world.back();
        for kept in ["", ".2", ".3"].map(|more| format!("uploader/failed/{CASE}{more}")) {
            let parcel = taken(&world, &mut back);
            let never = Delivery::Undeliverable(Reason::StoreRefused);
            back.finish(parcel, never, None, Vec::new()).unwrap();
            assert!(world.has(&format!("{kept}/full.jpg")));
            assert!(!world.has(&format!("ready/{CASE}")));
            assert_eq!(receipt(&world).reason.as_deref(), Some("store_refused"));
        }
    }

    #[test]
    fn what_waited_too_long_goes_and_its_record_is_owed() {
        let world = World::new();
        let mut back = world.back();
        let parcel = taken(&world, &mut back);
        let id = RecordId::of(parcel.facts());
        back.expire(parcel).unwrap();
        assert_eq!((receipt(&world).result.as_str(), receipt(&world).reason), ("expired", None));
        assert!(!world.has(&format!("ready/{CASE}")) && !world.has(&format!("uploader/failed/{CASE}")));
        drop(back);
        let mut back = world.back();
        assert_eq!(back.owed().unwrap(), std::slice::from_ref(&id));
        let record = back.next_record(&id).unwrap().unwrap();
        assert_eq!((record.views[0].reason, record.views[0].pictures.len()), (Some(Reason::TooOld), 0));
        back.no_longer_owed(&id).unwrap();
        assert!(back.owed().unwrap().is_empty());
    }

    #[test]
    fn what_was_settled_before_does_not_expire() {
        let world = World::new();
        let mut back = world.back();
        let case = taken(&world, &mut back).facts().case.clone();
        let _promised = back.commit_result(case, Delivery::Delivered, Some(1), vec![object()]).unwrap();
        let Taken::Parcel(again) = back.take(&CaseId::parse(CASE).unwrap()).unwrap() else {
            panic!("it is whole")
        };
        back.expire(again).unwrap();
        assert_eq!(receipt(&world).result, "delivered");
        assert!(back.owed().unwrap().is_empty());
    }

    /// Dies after each step, with the parcel to be removed and to be kept.
    #[test]
    fn whatever_dies_in_between_a_committed_result_is_carried_out() {
        for (delivery, keep) in
            [(Delivery::Delivered, false), (Delivery::Undeliverable(Reason::ParcelProof), true)]
        {
            for steps in 0..=3 {
                let world = World::new();
                let mut back = world.back();
                let case = taken(&world, &mut back).facts().case.clone();
                let settled = back.commit_result(case, delivery, Some(1), vec![object()]).unwrap();
                if steps > 0 {
                    back.write_receipt(&settled).unwrap();
                }
                if steps > 1 {
                    back.dispose(&settled).unwrap();
                }
                if steps > 2 {
                    back.forget(&settled).unwrap();
                }
                drop(back);

                let mut back = world.back();
                assert_eq!(receipt(&world).result, delivery.as_str(), "after step {steps}");
                assert!(!world.has(&format!("ready/{CASE}")), "after step {steps}");
                assert_eq!(world.has(&format!("uploader/failed/{CASE}/full.jpg")), keep);
                assert!(!world.has(&format!("uploader/failed/{CASE}.2")), "moved once");
                assert!(back.waiting().unwrap().is_empty(), "nothing waits after step {steps}");
            }
        }
    }

    #[test]
    fn a_half_removed_parcel_is_removed_not_judged() {
        let world = World::new();
        let mut back = world.back();
        let case = taken(&world, &mut back).facts().case.clone();
        let settled = back.commit_result(case, Delivery::Delivered, Some(1), Vec::new()).unwrap();
        back.write_receipt(&settled).unwrap();
        std::fs::remove_file(world.root().join(format!("ready/{CASE}/parcel.json"))).unwrap();
        drop(back);
        world.back();
        assert!(!world.has(&format!("ready/{CASE}")));
        assert_eq!(receipt(&world).result, "delivered");
    }

    #[test]
    fn before_the_commit_the_parcel_still_waits() {
        let world = World::new();
        let mut back = world.back();
        let case = taken(&world, &mut back).facts().case.clone();
        drop(back);
        assert_eq!(world.back().waiting().unwrap(), [case]);
    }

    #[test]
    fn the_first_result_stands() {
        let world = World::new();
        let mut back = world.back();
        let case = taken(&world, &mut back).facts().case.clone();
        let _promised = back.commit_result(case, Delivery::Delivered, Some(1), vec![object()]).unwrap();
        let again = match back.take(&CaseId::parse(CASE).unwrap()).unwrap() {
            Taken::Parcel(parcel) => parcel,
            Taken::Broken(broken) => panic!("{}", broken.why()),
        };
        back.finish(again, Delivery::Stopped, None, Vec::new()).unwrap();
        assert_eq!(receipt(&world).result, "delivered");
    }

    #[test]
    fn one_receipt_that_cannot_be_written_does_not_hold_the_others() {
        let world = World::new();
        let mut back = world.back();
        let case = |text| CaseId::parse(text).unwrap();
        let (stuck, free) = (case(CASE), case("0000000000000002"));
        // A folder in the receipt's place: rename fails.
        std::fs::create_dir_all(world.root().join(format!("receipts/{stuck}.json/in-the-way"))).unwrap();
        for case in [stuck.clone(), free.clone()] {
            let _promised = back.commit_result(case, Delivery::Delivered, Some(1), Vec::new()).unwrap();
        }
        assert!(back.redo().is_err());
        assert!(world.has(&format!("receipts/{free}.json")));
        std::fs::remove_dir_all(world.root().join(format!("receipts/{stuck}.json"))).unwrap();
        back.redo().unwrap();
        assert_eq!(receipt(&world).result, "delivered");
    }
}
