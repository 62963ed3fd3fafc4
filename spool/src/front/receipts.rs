//! The uploader's answers, imported in one transaction each; importing twice changes nothing.

use std::path::Path;

use lineshot_domain::{CaseId, Reason};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{BookError, Front, OpenError, ledger};
use crate::contract::{RECEIPT_SCHEMA, ReceiptText};
use crate::disk;

/// A receipt is a few hundred bytes for each object, and a parcel has a handful of objects.
pub(crate) const LARGEST: u64 = 64 * 1024;

/// What a receipt told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The case.
    pub case: CaseId,
    /// `delivered`, `undeliverable`, `expired` or `stopped`.
    pub result: String,
    /// Why it was not delivered.
    pub reason: Option<Reason>,
}

impl Front {
    /// Imports and removes every receipt that is there.
    ///
    /// A file that is no receipt of ours, or cannot be read, stays where it is: somebody should look at it.
    ///
    /// # Errors
    /// [`OpenError`] if book or disk refuse; what was imported before stays imported.
    pub fn import_receipts(&self) -> Result<Vec<Imported>, OpenError> {
        let folder = self.rooms().receipts();
        let mut imported = Vec::new();
        for name in disk::names(&folder)? {
            let path = folder.join(&name);
            if !name.ends_with(".json") {
                continue; // still being written
            }
            match self.import(&path, &name) {
                Ok(Some(receipt)) => imported.push(receipt),
                Err(OpenError::Disk(error)) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "a receipt is tried again");
                }
                Err(error) => return Err(error),
                Ok(None) => {
                    tracing::warn!(file = %path.display(), "this is no receipt of this agent's; it is left where it is")
                }
            }
        }
        Ok(imported)
    }

    fn import(&self, path: &Path, name: &str) -> Result<Option<Imported>, OpenError> {
        let bytes = disk::read_bounded(path, LARGEST)?;
        let Some((case, receipt)) = read(&bytes, name) else { return Ok(None) };
        let known = {
            let mut book = self.0.book();
            commit(&mut book, self.0.clock.wall(), &receipt)
                .map_err(BookError::doing("importing a receipt"))?
        };
        if !known {
            return Ok(None);
        }
        disk::remove(path)?;
        let reason = receipt.reason.as_deref().and_then(Reason::from_code);
        Ok(Some(Imported { case, result: receipt.result, reason }))
    }
}

/// A receipt by its file's name and contents; `None` if it is none.
pub(crate) fn read(bytes: &[u8], name: &str) -> Option<(CaseId, ReceiptText)> {
    let receipt: ReceiptText = serde_json::from_slice(bytes).ok()?;
    let case = CaseId::parse(&receipt.case).ok()?;
    let result_known =
        ["delivered", "undeliverable", "expired", "stopped"].contains(&receipt.result.as_str());
    let fits = receipt.schema == RECEIPT_SCHEMA && name == format!("{case}.json") && result_known;
    fits.then_some((case, receipt))
}

/// `false`: the book has no such case that could have been delivered.
fn commit(book: &mut Connection, at: lineshot_domain::Wall, receipt: &ReceiptText) -> rusqlite::Result<bool> {
    let change = book.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let stage: Option<String> = change
        .query_row("SELECT stage FROM cases WHERE id = ?", [&receipt.case], |row| row.get(0))
        .optional()?;
    match stage.as_deref() {
        Some("ended" | "handed") => {}
        Some("receipted") => return Ok(true),
        _ => return Ok(false),
    }
    let facts = serde_json::json!({
        "result": receipt.result,
        "reason": receipt.reason,
        "revision": receipt.revision,
        "objects": receipt.objects.iter().map(|o| o.sha256.as_str()).collect::<Vec<_>>(),
    });
    ledger::append(&change, at, "delivery", &receipt.case, &facts.to_string())?;
    change.execute(
        "UPDATE cases SET stage = 'receipted', parcel = NULL, delivery = ? WHERE id = ?",
        params![receipt.result, receipt.case],
    )?;
    change.commit()?;
    Ok(true)
}
