#![expect(clippy::disallowed_methods, reason = "a test may write a file without fsync")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lineshot_domain::{Clock, Delivery, Ending, Mono, Reason, Wall};
use rusqlite::Connection;

mod edges;

use super::*;
use crate::front::tests::{NOW, StillClock, admit, arrival, open, permit, pictures};
use crate::{Back, Front, Standing, Taken};

/// A data folder after a day: one case delivered, one that the store never took, one that waits, one refused, one that
/// is worked on.
struct Day {
    root: tempfile::TempDir,
    front: Front,
    back: Back,
    delivered: String,
    waits: String,
    refused: String,
}

fn seal(front: &Front, car: char) -> String {
    let case = admit(front, &arrival(car, Some(&format!("e-{car}")), NOW)).unwrap();
    let (id, permit) = (case.id().to_string(), permit(&case));
    let _ended = case.seal(permit, pictures()).unwrap();
    id
}

fn deliver(back: &mut Back, never: &str) {
    for case in back.waiting().unwrap() {
        let Taken::Parcel(parcel) = back.take(&case).unwrap() else { panic!("{case} is broken") };
        if case.as_str() == never {
            back.give_up(parcel.never(Reason::StoreRefused, "too large".to_owned()), None).unwrap();
        } else {
            back.finish(parcel, Delivery::Delivered, Some(1), Vec::new()).unwrap();
        }
    }
}

fn say(front: &Front) {
    front
        .write_state(&Standing { stopped: false, denied: &[], revoked: &[], closed: &[], clock: true })
        .unwrap();
}

impl Day {
    fn new() -> Day {
        let root = tempfile::tempdir().unwrap();
        let (front, _) = open(root.path()).unwrap();
        say(&front);
        Back::pin(root.path(), false).unwrap();
        let mut back = Back::open(root.path(), &root.path().join("stop"), Arc::new(StillClock)).unwrap();
        let delivered = seal(&front, '1');
        let never = seal(&front, '2');
        deliver(&mut back, &never);
        front.import_receipts().unwrap();
        let waits = seal(&front, '3');
        let case = admit(&front, &arrival('4', Some("e-4"), NOW)).unwrap();
        let refused = case.id().to_string();
        let _ended = case.end(Ending::new(Reason::Window)).unwrap();
        // Dropped open, as one is whose thread works on it.
        drop(admit(&front, &arrival('5', Some("e-5"), NOW)));
        back.waiting().unwrap();
        Day { root, front, back, delivered, waits, refused }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// All that is found but what a person was to look at before.
    fn found(&self) -> Vec<(String, What)> {
        let checked = check(self.root.path(), &StillClock).unwrap();
        assert_eq!(checked.is_well(), !checked.findings.iter().any(|it| it.what.is_fault()));
        let findings = checked.findings.into_iter().filter(|it| it.what != What::Failed);
        let inside = |path: &Path| path.strip_prefix(self.root.path()).unwrap().display().to_string();
        findings.map(|it| (inside(&it.path), it.what)).collect()
    }

    /// Changes a book behind everybody's back.
    fn change(&self, book: &str, text: &str) {
        let book = Connection::open(self.path(book)).unwrap();
        let unlocked = "DROP TRIGGER IF EXISTS ledger_only_grows; DROP TRIGGER IF EXISTS ledger_keeps_all;";
        book.execute_batch(&format!("{unlocked}{text}")).unwrap();
    }

    fn book(&self, text: &str) {
        self.change("agent/agent.db", text);
    }
}

#[test]
fn a_healthy_day_shows_only_what_a_person_was_to_look_at() {
    let day = Day::new();
    let checked = check(day.root.path(), &StillClock).unwrap();
    let whats: Vec<&What> = checked.findings.iter().map(|it| &it.what).collect();
    assert!(checked.is_well() && whats == [&What::Failed], "{whats:?}");
    assert!(checked.counted.cases == 5 && checked.counted.parcels == 2 && checked.counted.lines >= 6);
    // Nor after both have ended and begun again.
    let Day { root, front, back, .. } = day;
    drop((front, back));
    assert!(check(root.path(), &StillClock).unwrap().is_well());
    drop(open(root.path()).unwrap());
    assert!(check(root.path(), &StillClock).unwrap().is_well());
}

#[test]
fn it_changes_nothing_but_what_reading_a_database_needs() {
    let day = Day::new();
    let all = |day: &Day| {
        let mut folders = vec![day.root.path().to_owned()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let about = fs::symlink_metadata(&path).unwrap();
                if about.is_dir() {
                    folders.push(path.clone());
                }
                let is_shared_memory = path.extension().is_some_and(|end| end == "db-shm");
                files.extend((!is_shared_memory).then(|| (path, about.modified().unwrap(), about.len())));
            }
        }
        files.sort();
        files
    };
    let before = all(&day);
    day.found();
    assert_eq!(before, all(&day));
}

#[test]
fn a_book_that_contradicts_its_ledger_is_named_case_by_case() {
    let day = Day::new();
    let (delivered, refused) = (day.delivered.clone(), day.refused.clone());
    let number = |question: &str| -> i64 {
        let book = Connection::open(day.path("agent/agent.db")).unwrap();
        book.query_row(question, [], |row| row.get(0)).unwrap()
    };
    let last = number("SELECT max(seq) FROM ledger");
    let its_line = format!("kind = 'delivery' AND case_id = '{delivered}'");
    let its_number = number(&format!("SELECT seq FROM ledger WHERE {its_line}"));
    let case = |case: &str| case.to_owned();
    let row = |id: &str| format!("WHERE id = '{id}'");
    for (text, mended, wanted) in [
        (
            format!("UPDATE cases SET outcome = 'failed' {}", row(&refused)),
            format!("UPDATE cases SET outcome = 'refused' {}", row(&refused)),
            vec![What::Contradicts { case: case(&refused) }],
        ),
        (
            format!("UPDATE cases SET delivery = 'stopped' {}", row(&delivered)),
            format!("UPDATE cases SET delivery = 'delivered' {}", row(&delivered)),
            vec![What::Contradicts { case: case(&delivered) }],
        ),
        (
            format!("UPDATE ledger SET kind = 'notice' WHERE {its_line}"),
            format!("UPDATE ledger SET kind = 'delivery' WHERE seq = {its_number}"),
            vec![
                What::ChainBroken(its_number),
                What::Deliveries { case: case(&delivered), found: 0, wanted: 1 },
            ],
        ),
        (
            format!(
                "PRAGMA foreign_keys = 0; CREATE TABLE kept AS SELECT * FROM cases {0}; DELETE FROM cases {0}",
                row(&delivered)
            ),
            "INSERT INTO cases SELECT * FROM kept; DROP TABLE kept".to_owned(),
            vec![What::NoRow { case: case(&delivered) }],
        ),
        (
            "UPDATE ledger SET facts = replace(facts, 'sealed', 'sealeD') WHERE seq = 1".to_owned(),
            "UPDATE ledger SET facts = replace(facts, 'sealeD', 'sealed') WHERE seq = 1".to_owned(),
            vec![What::ChainBroken(1), What::Contradicts { case: case(&delivered) }],
        ),
        (
            format!("UPDATE numbers SET value = {} WHERE name = 'ledger_checkpoint'", last + 1),
            "UPDATE numbers SET value = 0 WHERE name = 'ledger_checkpoint'".to_owned(),
            vec![What::Shortened { last, seen: last + 1 }],
        ),
        (
            "INSERT INTO stops VALUES (1, 'ab', 'file', NULL)".to_owned(),
            "DELETE FROM stops".to_owned(),
            vec![What::Stops],
        ),
    ] {
        day.book(&text);
        let found: Vec<What> = day.found().into_iter().map(|(_, what)| what).collect();
        assert_eq!(found, wanted, "{text}");
        day.book(&mended);
        assert_eq!(day.found(), [], "{mended}");
    }
    // Last, since nothing puts a line back between others.
    day.book(&format!("DELETE FROM ledger WHERE kind = 'outcome' AND case_id = '{refused}'"));
    let found = day.found();
    assert!(
        found.iter().any(
            |(_, what)| matches!(what, What::Outcomes { case, found: 0, wanted: 1 } if *case == refused)
        ),
        "{found:?}"
    );
}

#[test]
fn each_thing_on_disk_that_does_not_fit_is_named_with_its_path() {
    let day = Day::new();
    let (waits, delivered) = (&day.waits, &day.delivered);
    let ready = |name: &str| format!("ready/{name}");
    let aside = day.path("aside");
    let put = |path: &str, bytes: &[u8]| fs::write(day.path(path), bytes).unwrap();
    let expect = |path: String, what: What| assert_eq!(day.found(), [(path, what)]);

    let (picture, parcel) = (day.path(&format!("ready/{waits}/full.jpg")), day.path(&ready(waits)));
    let whole = fs::read(&picture).unwrap();
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    let hash = "full.jpg has not the length and SHA-256 that were signed".to_owned();
    fs::write(&picture, flipped).unwrap();
    expect(ready(waits), What::BrokenParcel(hash));
    fs::remove_file(&picture).unwrap();
    expect(ready(waits), What::BrokenParcel("full.jpg is missing".to_owned()));
    fs::write(&picture, whole).unwrap();

    let facts = day.path(&format!("ready/{waits}/parcel.json"));
    let text = fs::read_to_string(&facts).unwrap();
    fs::write(&facts, text.replace("marriage", "paintshop")).unwrap();
    assert!(matches!(&day.found()[..], [(_, What::BrokenParcel(why))] if why.contains("signature")));
    fs::write(&facts, text).unwrap();

    fs::rename(&parcel, &aside).unwrap();
    expect(ready(waits), What::Lost { case: waits.clone() });
    let unknown = "0123456789abcdef";
    fs::rename(&aside, &parcel).unwrap();
    fs::create_dir(day.path(&ready(unknown))).unwrap();
    expect(ready(unknown), What::UnknownParcel);
    fs::rename(day.path(&ready(unknown)), day.path(&ready(delivered))).unwrap();
    expect(ready(delivered), What::SettledParcel);
    day.change("uploader/uploader.db", &format!("INSERT INTO results VALUES ('{delivered}', '{{}}', 0)"));
    assert_eq!(day.found(), [], "the uploader is about to remove it");
    day.change("uploader/uploader.db", "DELETE FROM results");
    fs::remove_dir(day.path(&ready(delivered))).unwrap();

    let open: String = Connection::open(day.path("agent/agent.db"))
        .unwrap()
        .query_row("SELECT id FROM cases WHERE stage = 'open'", [], |row| row.get(0))
        .unwrap();
    fs::create_dir(day.path(&ready(&open))).unwrap();
    expect(ready(&open), What::EarlyParcel);
    fs::remove_dir(day.path(&ready(&open))).unwrap();
    fs::create_dir(day.path("ready/lost+found")).unwrap();
    expect(ready("lost+found"), What::Stranger);
    fs::remove_dir(day.path("ready/lost+found")).unwrap();

    for (name, text, what) in [
        ("garbage.json", "{".to_owned(), What::BrokenReceipt),
        ("notes.txt", String::new(), What::NoReceipt),
        ("0123456789abcdef.json", receipt("0123456789abcdef"), What::UnknownReceipt),
        (&format!("{open}.json"), receipt(&open), What::UnknownReceipt),
    ] {
        let path = format!("receipts/{name}");
        put(&path, text.as_bytes());
        expect(path.clone(), what);
        fs::remove_file(day.path(&path)).unwrap();
    }
    put(&format!("receipts/{delivered}.json"), receipt(delivered).as_bytes());
    assert_eq!(day.found(), [], "it is imported once more, and removed");
    fs::remove_file(day.path(&format!("receipts/{delivered}.json"))).unwrap();

    for (path, what) in [
        (format!("agent/open/{delivered}"), Some(What::Leftover)),
        ("agent/open/rubbish".to_owned(), Some(What::Leftover)),
        (format!("agent/open/{open}"), None),
    ] {
        fs::create_dir(day.path(&path)).unwrap();
        assert_eq!(day.found(), what.map(|what| (path.clone(), what)).into_iter().collect::<Vec<_>>());
        fs::remove_dir(day.path(&path)).unwrap();
    }
}

fn receipt(case: &str) -> String {
    let schema = crate::contract::RECEIPT_SCHEMA;
    format!(
        r#"{{"schema":"{schema}","case":"{case}","result":"delivered","at":"2026-01-01T00:00:00Z","objects":[]}}"#
    )
}

#[test]
fn a_sealed_case_whose_hand_over_failed_is_looked_for_where_it_is_made() {
    let day = Day::new();
    let case = admit(&day.front, &arrival('6', Some("e-6"), NOW)).unwrap();
    let (id, permit) = (case.id().to_string(), permit(&case));
    let in_the_way = day.path(&format!("ready/{id}"));
    fs::write(&in_the_way, "in the way").unwrap();
    let _ended = case.seal(permit, pictures()).unwrap();
    fs::remove_file(&in_the_way).unwrap();
    assert_eq!(day.found(), []);
    let made = day.path(&format!("agent/open/{id}"));
    fs::remove_file(made.join("full.jpg")).unwrap();
    let missing = What::BrokenParcel("full.jpg is missing".to_owned());
    assert_eq!(day.found(), [(format!("agent/open/{id}"), missing)]);
    fs::remove_dir_all(made).unwrap();
    assert_eq!(day.found(), [(format!("ready/{id}"), What::Lost { case: id })]);
}

#[test]
fn rooms_keys_and_the_agents_word_are_looked_at() {
    let day = Day::new();
    let mode =
        |path: &str, mode| fs::set_permissions(day.path(path), fs::Permissions::from_mode(mode)).unwrap();
    let one = |path: &str, what: What| assert_eq!(day.found(), [(path.to_owned(), what)]);
    mode("state", 0o2755);
    one("state", What::Mode { found: 0o2755, wanted: 0o2750 });
    mode("state", 0o2750);
    fs::remove_dir(day.path("requests")).unwrap();
    one("requests", What::NoRoom { is_made: true });
    disk::make_room(&day.path("requests"), 0o2750).unwrap();

    let left = day.path("uploader/0123.json.new");
    fs::write(&left, "{").unwrap();
    let since = std::time::UNIX_EPOCH + Duration::from_millis((NOW - 61_000).unsigned_abs());
    fs::File::options().append(true).open(&left).unwrap().set_modified(since).unwrap();
    one("uploader/0123.json.new", What::Unfinished);
    fs::remove_file(left).unwrap();

    let other = crate::AgentKey::generate().unwrap();
    for (path, what) in [("state/agent.pub", What::PublicKey), ("uploader/agent.pub", What::OtherPin)] {
        let kept = fs::read(day.path(path)).unwrap();
        fs::write(day.path(path), other.public_text()).unwrap();
        one(path, what);
        fs::write(day.path(path), kept).unwrap();
    }
    let pin = fs::read(day.path("uploader/agent.pub")).unwrap();
    fs::remove_file(day.path("uploader/agent.pub")).unwrap();
    one("uploader/agent.pub", What::NotPinned);
    fs::write(day.path("uploader/agent.pub"), pin).unwrap();

    let word = fs::read(day.path("state/state.signed")).unwrap();
    let mut changed = word.clone();
    changed[200] ^= 1;
    fs::write(day.path("state/state.signed"), changed).unwrap();
    assert!(matches!(&day.found()[..], [(_, What::State(why))] if why.contains("signed")));
    fs::remove_file(day.path("state/state.signed")).unwrap();
    assert!(matches!(&day.found()[..], [(_, What::State(_))]));
    fs::write(day.path("state/state.signed"), word).unwrap();
    day.book("UPDATE numbers SET value = 0 WHERE name = 'state'");
    one("state/state.signed", What::StateAhead { found: 1, known: 0 });
    day.book("UPDATE numbers SET value = 1 WHERE name = 'state'");
    let later = check(day.root.path(), &At(NOW + 61_000)).unwrap();
    assert!(later.is_well() && later.findings.iter().any(|it| matches!(it.what, What::OldState(_))));

    let key = fs::read(day.path("agent/agent.key")).unwrap();
    fs::write(day.path("agent/agent.key"), "no key").unwrap();
    assert!(matches!(&day.found()[..], [(_, What::Key(_))]));
    fs::write(day.path("agent/agent.key"), key).unwrap();
    assert_eq!(day.found(), []);
}

#[test]
fn a_book_that_cannot_be_read_is_named_and_one_that_is_gone_too() {
    let Day { root, front, back, .. } = Day::new();
    drop((front, back));
    let found = || check(root.path(), &StillClock).unwrap().findings.pop().unwrap().what;
    let path = root.path().join("agent/agent.db");
    let version = |version: i64| {
        Connection::open(&path).unwrap().pragma_update(None, "user_version", version).unwrap();
    };
    version(9);
    assert_eq!(found(), What::Newer { found: 9, known: 3 });
    version(1);
    assert_eq!(found(), What::Older);
    version(3);
    fs::write(&path, [7; 8192]).unwrap();
    assert!(matches!(found(), What::Unreadable(_)));
    fs::remove_file(&path).unwrap();
    assert_eq!(found(), What::NoBook);
    assert!(check(&root.path().join("nowhere"), &StillClock).is_err());
}

#[test]
fn a_busy_house_shows_no_fault_however_often_it_is_looked_at() {
    let Day { root, front, mut back, .. } = Day::new();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (done, path) = (&done, root.path());
        let looks = scope.spawn(move || {
            let mut looks = 0;
            while !done.load(Ordering::Relaxed) || looks < 3 {
                let checked = check(path, &StillClock).unwrap();
                assert!(checked.is_well(), "{:?}", checked.findings);
                looks += 1;
            }
        });
        let imports = front.clone();
        scope.spawn(move || {
            while !done.load(Ordering::Relaxed) {
                imports.import_receipts().unwrap();
                say(&imports);
            }
        });
        scope.spawn(move || {
            while !done.load(Ordering::Relaxed) {
                deliver(&mut back, "");
            }
        });
        for car in 0..60 {
            let arrival = arrival(['6', '7', '8'][car % 3], Some(&format!("busy-{car}")), NOW);
            let case = admit(&front, &arrival).unwrap();
            let permit = permit(&case);
            let _ended = case.seal(permit, pictures()).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        looks.join().unwrap();
    });
}

/// A clock that stands at this moment.
struct At(i64);

impl Clock for At {
    fn mono(&self) -> Mono {
        Mono::from_start(Duration::ZERO)
    }

    fn wall(&self) -> Wall {
        Wall::from_unix_ms(self.0)
    }
}
