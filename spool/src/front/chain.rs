//! The whole ledger, read from outside: never writes, works beside the agent.

use std::path::Path;

use lineshot_domain::Wall;
use rusqlite::Connection;

use super::BookError;
use super::ledger::{GENESIS, hash};
use super::listing::read_only;

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// From 1.
    pub number: i64,
    /// When it was written.
    pub at: Wall,
    /// `outcome`, `delivery` or `notice`.
    pub kind: String,
    /// The case; empty for a notice.
    pub case: String,
    /// JSON.
    pub facts: String,
    /// Hash of the line before, in hex.
    pub before: String,
    /// Its own, in hex: SHA-256 over number, time, kind, case, `before` and facts (docs/contract/README.md).
    pub hash: String,
}

/// Whether all lines fit together from the first on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    /// They do.
    Holds {
        /// How many there are, which is the number of the last.
        lines: i64,
        /// The hash of the last: who knows it can see later that nothing before it was changed.
        last: String,
    },
    /// Somebody or something changed the record.
    Breaks {
        /// The first line that does not fit.
        at: i64,
    },
}

/// Reads every line of the book below `root`, the oldest first, until one does not fit.
///
/// # Errors
/// [`BookError`] if there is no book or it cannot be read.
pub fn ledger(root: &Path, each: &mut dyn FnMut(LedgerLine)) -> Result<Chain, BookError> {
    walk(&read_only(root)?, each).map_err(BookError::doing("reading the ledger"))
}

/// The same of a book that is open, as it is within its transaction.
pub(crate) fn walk(book: &Connection, each: &mut dyn FnMut(LedgerLine)) -> rusqlite::Result<Chain> {
    let mut lines =
        book.prepare("SELECT seq, at, kind, case_id, facts, before, hash FROM ledger ORDER BY seq")?;
    let mut rows = lines.query([])?;
    let (mut lines, mut last) = (0, GENESIS.to_owned());
    while let Some(row) = rows.next()? {
        let (number, at): (i64, i64) = (row.get(0)?, row.get(1)?);
        let [kind, case, facts, before, found] =
            [row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get::<_, String>(6)?];
        let fits =
            number == lines + 1 && before == last && hash(number, at, &kind, &case, &facts, &before) == found;
        if !fits {
            return Ok(Chain::Breaks { at: lines + 1 });
        }
        (lines, last) = (number, found.clone());
        each(LedgerLine { number, at: Wall::from_unix_ms(at), kind, case, facts, before, hash: found });
    }
    Ok(Chain::Holds { lines, last })
}

#[cfg(test)]
mod tests {
    use super::super::tests::open;
    use super::super::{Notice, NoticeKind};
    use super::*;

    #[test]
    fn every_line_is_read_and_the_first_that_was_changed_is_named() {
        let root = tempfile::tempdir().unwrap();
        let (front, _) = open(root.path()).unwrap();
        for kind in [NoticeKind::Started, NoticeKind::Stopped, NoticeKind::Going] {
            front.note(&Notice::new(kind, None, "x")).unwrap();
        }
        let mut lines = Vec::new();
        let chain = ledger(root.path(), &mut |line| lines.push(line)).unwrap();
        let last = lines.last().unwrap().hash.clone();
        assert_eq!(chain, Chain::Holds { lines: 3, last });
        assert!(lines[1].facts.contains("\"stopped\"") && lines[1].before == lines[0].hash);
        drop(front);
        let change = |text: &str| {
            let book = rusqlite::Connection::open(root.path().join("agent/agent.db")).unwrap();
            book.execute_batch(&format!(
                "DROP TRIGGER IF EXISTS ledger_only_grows; DROP TRIGGER IF EXISTS ledger_keeps_all; {text}"
            ))
            .unwrap();
        };
        for (text, at) in [
            ("UPDATE ledger SET facts = replace(facts, 'x', 'y') WHERE seq = 3", 3),
            ("UPDATE ledger SET at = at + 1 WHERE seq = 2", 2),
            ("DELETE FROM ledger WHERE seq = 1", 1),
        ] {
            change(text);
            let mut read = 0;
            assert_eq!(ledger(root.path(), &mut |_| read += 1).unwrap(), Chain::Breaks { at });
            assert_eq!(read, at - 1);
        }
    }
}
