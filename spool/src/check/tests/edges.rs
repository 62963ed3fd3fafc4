//! What is a fault, and what only looks like one.

use super::*;

#[test]
fn what_mends_itself_or_a_person_was_told_of_is_no_fault() {
    let case = || "0123456789abcdef".to_owned();
    for (what, is_fault) in [
        (What::Lost { case: case() }, true),
        (What::Contradicts { case: case() }, true),
        (What::ChainBroken(1), true),
        (What::Stops, true),
        (What::NoRoom { is_made: false }, true),
        (What::NoRoom { is_made: true }, false),
        (What::Older, false),
        (What::Leftover, false),
        (What::Failed, false),
    ] {
        assert_eq!(what.is_fault(), is_fault, "{what:?}");
        let checked =
            Checked { counted: Counted::default(), findings: vec![Finding { path: PathBuf::new(), what }] };
        assert_eq!(checked.is_well(), !is_fault);
    }
}

#[test]
fn every_parcel_is_counted_whosever_it_is() {
    let day = Day::new();
    for (name, parcels) in [("0123456789abcdef", 3), ("0123456789abcdee", 4)] {
        fs::create_dir(day.path(&format!("ready/{name}"))).unwrap();
        assert_eq!(check(day.root.path(), &StillClock).unwrap().counted.parcels, parcels);
    }
}

#[test]
fn what_is_left_where_a_parcel_was_made_says_nothing_of_the_parcel() {
    let day = Day::new();
    let left = format!("agent/open/{}", day.waits);
    fs::create_dir(day.path(&left)).unwrap();
    assert_eq!(day.found(), [(left, What::Leftover)]);
}

#[test]
fn a_receipt_that_cannot_be_read_is_no_receipt_that_has_gone() {
    let day = Day::new();
    let folder = format!("receipts/{}.json", day.delivered);
    fs::create_dir(day.path(&folder)).unwrap();
    assert_eq!(day.found(), [(folder, What::BrokenReceipt)]);
}

#[test]
fn a_ledger_that_ends_where_it_was_last_seen_is_whole() {
    let day = Day::new();
    day.book("INSERT OR REPLACE INTO numbers SELECT 'ledger_checkpoint', max(seq) FROM ledger");
    assert_eq!(day.found(), []);
}

#[test]
fn a_room_that_cannot_be_looked_at_is_not_taken_for_none() {
    let day = Day::new();
    fs::remove_dir(day.path("requests")).unwrap();
    std::os::unix::fs::symlink("requests", day.path("requests")).unwrap();
    let found = day.found();
    assert!(
        matches!(&found[..], [(room, What::Unreadable(_))] if room == "requests"),
        "it points to itself: {found:?}"
    );
}

#[test]
fn a_file_is_unfinished_only_by_its_name_and_after_a_minute() {
    let day = Day::new();
    for (name, age, unfinished) in [
        ("0123.json.new", 0, false),
        ("0123.json.new", 60_000, false),
        ("0123.json.new", 61_000, true),
        ("notes", 61_000, false),
    ] {
        let path = format!("uploader/{name}");
        fs::write(day.path(&path), "{").unwrap();
        let written = std::time::UNIX_EPOCH + Duration::from_millis((NOW - age).unsigned_abs());
        fs::File::options().append(true).open(day.path(&path)).unwrap().set_modified(written).unwrap();
        let found: Vec<What> = day.found().into_iter().map(|(_, what)| what).collect();
        assert_eq!(found == [What::Unfinished], unfinished, "{name} {age}: {found:?}");
        fs::remove_file(day.path(&path)).unwrap();
    }
}

#[test]
fn an_agent_that_has_said_nothing_yet_is_well_and_one_that_speaks_from_the_future_is_not() {
    let day = Day::new();
    let early = check(day.root.path(), &At(NOW - 60_001)).unwrap();
    let future = |what: &What| matches!(what, What::State(why) if why.contains("future"));
    assert!(!early.is_well() && early.findings.iter().any(|it| future(&it.what)), "{:?}", early.findings);
    fs::remove_file(day.path("state/state.signed")).unwrap();
    day.book("UPDATE numbers SET value = 0 WHERE name = 'state'");
    assert_eq!(day.found(), []);
}

#[test]
fn a_row_that_the_uploader_never_wrote_is_found_in_each_of_its_tables() {
    let day = Day::new();
    for (row, away) in [
        ("INSERT INTO queue (case_id) VALUES ('x')", "DELETE FROM queue WHERE case_id = 'x'"),
        ("INSERT INTO results VALUES ('x', '{}', 0)", "DELETE FROM results"),
    ] {
        day.change("uploader/uploader.db", row);
        assert_eq!(day.found(), [("uploader/uploader.db".to_owned(), What::StrangeRow)], "{row}");
        day.change("uploader/uploader.db", away);
        assert_eq!(day.found(), []);
    }
}
