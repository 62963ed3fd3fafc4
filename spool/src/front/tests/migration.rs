//! A book of the first agent is taken over by today's.

use super::*;

#[test]
fn a_book_of_the_first_version_goes_on_where_it_was() {
    let root = tempfile::tempdir().unwrap();
    drop(open(root.path()).unwrap());
    for file in ["agent.db", "agent.db-wal", "agent.db-shm"] {
        let _ = fs::remove_file(root.path().join("agent").join(file));
    }
    let book = Connection::open(root.path().join("agent/agent.db")).unwrap();
    book.execute_batch(include_str!("../../../golden/book-1.sql")).unwrap();
    drop(book);

    let (front, recovery) = open(root.path()).unwrap();
    assert_eq!((front.ledger(), recovery.interrupted, recovery.handed), (LedgerState::Intact, 1, 0));
    assert_eq!(outcomes(root.path()), ["sealed", "interrupted(restart)"]);
    assert_eq!(front.latest_picture().unwrap(), Wall::from_unix_ms(NOW - 80_000));
    let facts = fs::read(root.path().join("ready/00000000000000bb/parcel.json")).unwrap();
    let facts: ParcelText = serde_json::from_slice(&facts).unwrap();
    assert_eq!((facts.album, facts.keep.as_str(), facts.simulated), ("b0".repeat(16), "first", false));
    assert_eq!(front.next_publication().unwrap().map(|row| row.id), Some(7), "what waited still waits");

    let (cases, before) = admit_to(&front, &arrival('1', Some("e-3"), NOW), &place()).unwrap();
    let received: Vec<i64> = before.iter().map(|before| before.received.unix_ms()).collect();
    assert_eq!(received, [NOW - 60_000, NOW - 90_000]);
    cases.into_iter().for_each(seal);
    drop(front);
    assert_eq!(open(root.path()).unwrap().0.ledger(), LedgerState::Intact);
    assert_eq!(rows(root.path(), "SELECT CAST(user_version AS TEXT) FROM pragma_user_version"), ["3"]);
}

#[test]
fn a_migrated_book_has_the_tables_of_a_new_one() {
    let tables = |root: &Path| rows(root, "SELECT type || name || tbl_name FROM sqlite_schema ORDER BY 1");
    let (new, old) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(open(new.path()).unwrap());
    fs::create_dir(old.path().join("agent")).unwrap();
    let book = Connection::open(old.path().join("agent/agent.db")).unwrap();
    book.execute_batch(include_str!("../../../golden/book-1.sql")).unwrap();
    drop(book);
    drop(book::open(&old.path().join("agent/agent.db")).unwrap());
    assert_eq!(tables(new.path()), tables(old.path()));
}

#[test]
fn a_book_of_a_later_version_is_refused_and_left_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    drop(open(root.path()).unwrap());
    let path = root.path().join("agent/agent.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 4).unwrap();
    assert!(matches!(open(root.path()), Err(OpenError::Book(BookError::Version { found: 4, .. }))));
    assert_eq!(rows(root.path(), "SELECT CAST(user_version AS TEXT) FROM pragma_user_version"), ["4"]);
}
