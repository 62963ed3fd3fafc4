//! The control: a writer that says so before it is so. If nothing of it is lost, a power cut proves nothing here.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::writer::place;

/// What that process does.
pub(super) const TEST: &str = "power::control::it_writes_and_never_syncs";

/// What it says when there is enough to be lost.
pub(super) const ENOUGH: &str = "kept 00199";

const MOST: usize = 400;

/// A picture's length.
const LENGTH: usize = 100_000;

/// What was said to be kept, and how much of that is not there.
#[derive(Debug, Default)]
pub(super) struct Lost {
    said: usize,
    pub(super) files_lost: usize,
    pub(super) rows_lost: usize,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Lost { said, files_lost, rows_lost } = self;
        write!(f, "of {said} that were never synced, {files_lost} files and {rows_lost} rows are lost")
    }
}

/// No test of its own: what a cut of the power ends, where it is asked for.
#[test]
fn it_writes_and_never_syncs() {
    let Some(root) = place() else { return };
    let book = open(&root);
    fs::create_dir(root.join("files")).unwrap();
    for number in 0..MOST {
        let name = format!("{number:05}");
        // As the spool does it: written under one name, renamed to another.
        fs::write(root.join("unfinished"), vec![7; LENGTH]).unwrap();
        fs::rename(root.join("unfinished"), root.join("files").join(&name)).unwrap();
        book.execute("INSERT INTO kept VALUES (?)", [&name]).unwrap();
        println!("kept {name}");
    }
    std::thread::park();
}

fn open(root: &Path) -> Connection {
    let book = Connection::open(root.join("book.db")).unwrap();
    book.pragma_update(None, "journal_mode", "WAL").unwrap();
    book.execute_batch("CREATE TABLE IF NOT EXISTS kept (name TEXT)").unwrap();
    book.pragma_update(None, "synchronous", "OFF").unwrap();
    book
}

/// What is there of it after the cut.
pub(super) fn count(root: &Path, said: &str) -> Lost {
    let book = open(root);
    let mut rows = book.prepare("SELECT name FROM kept").unwrap();
    let rows: BTreeSet<String> = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut lost = Lost::default();
    for name in said.lines().filter_map(|line| line.strip_prefix("kept ")) {
        lost.said += 1;
        let is_whole = fs::read(root.join("files").join(name)).is_ok_and(|found| found == vec![7; LENGTH]);
        lost.files_lost += usize::from(!is_whole);
        lost.rows_lost += usize::from(!rows.contains(name));
    }
    lost
}
