//! The power is cut after every single change of files and books, and what is started then must lose nothing, give
//! nothing twice, and have nothing left to do the second time.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lineshot_domain::{Delivery, Ending, LedgerState, Reason};
use rusqlite::Connection;

use crate::contract::ReceiptText;
use crate::disk::{self, Rooms};
use crate::front::tests::{NOW, StillClock, admit_to, arrival, open, permit, pictures, place};
use crate::model::{Disk, Loss, Process, copy, memory};
use crate::{Back, Case, Front, Place, Recovery, Standing, Taken};

/// What somebody was told: it must be so after whatever comes.
#[derive(Debug, Default)]
struct Told {
    /// Whoever installed it was told that the agent's key is pinned.
    pinned: bool,
    /// Events that were acknowledged to the PLC.
    admitted: BTreeSet<String>,
    /// Case to outcome.
    ended: BTreeMap<String, &'static str>,
    /// Case to the result that the uploader has for good.
    settled: BTreeMap<String, &'static str>,
    /// What the store has.
    stored: BTreeSet<String>,
}

const BOOK: &str = "agent/agent.db";
const WORDS: &str = "plc/words";

/// What the ledger keeps of a signed resume.
fn resumed(destroys: bool) -> serde_json::Value {
    serde_json::json!({ "notice": "resumed", "destroys": destroys })
}

fn back(root: &Path) -> Back {
    Back::open(root, &root.join("stop"), Arc::new(StillClock)).unwrap()
}

fn say(front: &Front) {
    front
        .write_state(&Standing {
            stopped: front.is_stopped(),
            denied: &[],
            revoked: &[],
            closed: &[],
            clock: true,
        })
        .unwrap();
}

/// Installs both daemons and starts them once.
fn install(root: &Path, told: &RefCell<Told>) {
    let (front, _) = open(root).unwrap();
    say(&front);
    Back::pin(root, false).unwrap();
    told.borrow_mut().pinned = true;
    drop(back(root));
}

/// A car comes whose PLC wants an answer.
fn enter(front: &Front, car: char, told: &RefCell<Told>) -> Option<Case> {
    let wants = Place { ready: Some(WORDS.to_owned()), ..place() };
    let cases = admit_to(front, &arrival(car, Some(&format!("e-{car}")), NOW), &wants);
    told.borrow_mut().admitted.insert(format!("e-{car}"));
    cases.and_then(|(mut cases, _)| cases.pop())
}

/// A car comes and is photographed.
fn seal(front: &Front, car: char, told: &RefCell<Told>) -> String {
    let case = enter(front, car, told).unwrap();
    let (id, permit) = (case.id().to_string(), permit(&case));
    let _ended = case.seal(permit, pictures()).unwrap();
    told.borrow_mut().ended.insert(id.clone(), "sealed");
    id
}

/// The agent is tried alone, then both daemons are installed; the store never takes the second car's picture.
fn first_day(root: &Path, told: &RefCell<Told>) {
    let (front, _) = open(root).unwrap();
    seal(&front, '1', told);
    drop(front);
    install(root, told);
    let (front, _) = open(root).unwrap();
    say(&front);
    let mut back = back(root);
    let never = seal(&front, '2', told);
    deliver(&mut back, told, Some(&never));
    front.import_receipts().unwrap();
}

/// A day of both daemons: pictures, refusals, a parcel that the store never takes, a stop that destroys what waits.
fn day(root: &Path, told: &RefCell<Told>) {
    let (front, _) = open(root).unwrap();
    say(&front);
    let mut back = back(root);
    seal(&front, '1', told);
    let never = seal(&front, '2', told);
    assert!(enter(&front, '1', told).is_none(), "its PLC says it once more");
    let refused = enter(&front, '3', told).unwrap();
    let id = refused.id().to_string();
    let _ended = refused.end(Ending::new(Reason::Window)).unwrap();
    told.borrow_mut().ended.insert(id, "refused");
    let open = enter(&front, '4', told).unwrap();
    front.hand_over().unwrap();
    deliver(&mut back, told, Some(&never));
    front.import_receipts().unwrap();

    seal(&front, '5', told);
    expire(&mut back, &seal(&front, '6', told), told);
    let stop = front.stop("person 1", "smoke").unwrap();
    say(&front);
    assert!(back.permission().is_err());
    assert!(front.lift(&stop.number, true, &resumed(true)).unwrap());
    say(&front);
    deliver(&mut back, told, None);
    front.import_receipts().unwrap();
    drop(open);
    front.interrupt_open().unwrap();
    deliver(&mut back, told, None);
    front.import_receipts().unwrap();
}

/// All that waits, as the uploader does it. `never`: what the store refuses for ever.
fn deliver(back: &mut Back, told: &RefCell<Told>, never: Option<&str>) {
    for case in back.waiting().unwrap() {
        let parcel = match back.take(&case).unwrap() {
            Taken::Parcel(parcel) => parcel,
            Taken::Broken(broken) => panic!("{case} is not whole: {}", broken.why()),
        };
        let id = case.to_string();
        let result = if back.permission().unwrap().for_case(parcel.facts()).is_err() {
            back.finish(parcel, Delivery::Stopped, None, Vec::new()).unwrap();
            "stopped"
        } else if never == Some(id.as_str()) {
            back.give_up(parcel.never(Reason::StoreRefused, "too large".to_owned()), None).unwrap();
            "undeliverable"
        } else {
            told.borrow_mut().stored.insert(id.clone());
            back.remember(&parcel).unwrap();
            back.finish(parcel, Delivery::Delivered, Some(1), Vec::new()).unwrap();
            "delivered"
        };
        told.borrow_mut().settled.insert(id, result);
    }
}

/// It waited too long for the store.
fn expire(back: &mut Back, id: &str, told: &RefCell<Told>) {
    let case = back.waiting().unwrap().into_iter().find(|case| case.as_str() == id).unwrap();
    let Taken::Parcel(parcel) = back.take(&case).unwrap() else { panic!("{case} is not whole") };
    back.expire(parcel).unwrap();
    told.borrow_mut().settled.insert(id.to_owned(), "expired");
}

/// What a start does, and both daemons then.
fn recovered(root: &Path, stored: &mut BTreeSet<String>) -> Recovery {
    let (front, recovery) = open(root).unwrap();
    assert_eq!(front.ledger(), LedgerState::Intact);
    // A stop survives; a person lifts it.
    if let Some(stop) = front.stops().unwrap().last() {
        assert!(front.lift(&stop.number, false, &resumed(false)).unwrap());
    }
    say(&front);
    let mut back = back(root);
    front.hand_over().unwrap();
    let told = RefCell::new(Told::default());
    deliver(&mut back, &told, None);
    front.import_receipts().unwrap();
    stored.extend(told.into_inner().stored);
    recovery
}

fn rows(root: &Path, question: &str) -> Vec<String> {
    let book = Connection::open(root.join(BOOK)).unwrap();
    let mut rows = book.prepare(question).unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Each case with all the outcomes and all the deliveries that the ledger has of it.
fn history(root: &Path) -> BTreeMap<String, (Vec<String>, Vec<String>)> {
    let mut all = BTreeMap::<_, (Vec<String>, Vec<String>)>::new();
    for id in rows(root, "SELECT id FROM cases") {
        let lines = |kind: &str, key: &str| {
            rows(
                root,
                &format!(
                    "SELECT json_extract(facts, '$.{key}') FROM ledger WHERE kind = '{kind}' AND case_id = '{id}'"
                ),
            )
        };
        all.insert(id.clone(), (lines("outcome", "outcome"), lines("delivery", "result")));
    }
    all
}

fn files(root: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for room in ["agent/open", "ready", "receipts", "uploader/failed"] {
        names.extend(disk::names(&root.join(room)).unwrap().iter().map(|name| format!("{room}/{name}")));
    }
    names
}

/// State is a place, also between two steps: what the agent handed over is whole in one of the rooms, and a receipt
/// is whole or is not there.
fn in_its_place(root: &Path, when: &str) {
    let rooms = Rooms::below(root);
    let is_in = |room: PathBuf, name: &str| room.join(name).exists();
    for id in rows(root, "SELECT id FROM cases WHERE stage = 'handed'") {
        assert!(
            is_in(rooms.ready(), &id)
                || is_in(rooms.failed(), &id)
                || is_in(rooms.receipts(), &format!("{id}.json")),
            "{when}: {id} is nowhere"
        );
    }
    for id in rows(root, "SELECT id FROM cases WHERE delivery = 'expired'") {
        let queue = Connection::open(root.join("uploader/uploader.db")).unwrap();
        let owed = "SELECT 1 FROM views NATURAL JOIN owed WHERE case_id = ?";
        assert!(
            queue.prepare(owed).unwrap().exists([&id]).unwrap(),
            "{when}: nobody tells the album of {id}"
        );
    }
    for id in rows(root, "SELECT id FROM cases WHERE delivery = 'undeliverable'") {
        assert!(is_in(rooms.failed(), &id), "{when}: {id}, which was never delivered, is not kept");
    }
    for name in disk::names(&rooms.receipts()).unwrap() {
        let bytes = disk::read_bounded(&rooms.receipts().join(&name), 65_536).unwrap();
        assert!(serde_json::from_slice::<ReceiptText>(&bytes).is_ok(), "{when}: {name} is not whole");
    }
}

/// The results that the uploader's queue holds, by case; none before its first start.
fn results(root: &Path) -> BTreeMap<String, String> {
    let Ok(queue) = Connection::open(root.join("uploader/uploader.db")) else { return BTreeMap::new() };
    if !queue.table_exists(None, "results").unwrap() {
        return BTreeMap::new();
    }
    let mut rows = queue.prepare("SELECT case_id, json_extract(receipt, '$.result') FROM results").unwrap();
    rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
}

fn judge(root: &Path, told: &Told, decided: &BTreeMap<String, String>, when: &str) {
    in_its_place(root, when);
    let mut stored = BTreeSet::new();
    recovered(root, &mut stored);
    for id in told.settled.keys() {
        assert!(!stored.contains(id), "{when}: {id} was settled and is delivered again");
    }
    let looked = crate::check(root, &StillClock).unwrap();
    assert!(looked.is_well(), "{when}: {:?}", looked.findings);
    stored.extend(told.stored.iter().cloned());
    let found = history(root);
    said_as_it_was(root, told, when);
    for (id, (outcomes, deliveries)) in &found {
        let [outcome] = outcomes.as_slice() else { panic!("{when}: {id} ended as {outcomes:?}") };
        if let Some(ended) = told.ended.get(id) {
            assert_eq!(outcome, ended, "{when}: {id}");
        }
        let [delivery] = deliveries.as_slice() else { panic!("{when}: {id} was delivered {deliveries:?}") };
        if let Some(decided) = decided.get(id) {
            assert_eq!(delivery, decided, "{when}: {id}, of which something else was decided");
        }
        if let Some(settled) = told.settled.get(id) {
            assert_eq!(delivery, settled, "{when}: {id}");
        }
        assert_eq!(
            stored.contains(id),
            delivery == "delivered",
            "{when}: {id} is {delivery}, and the store has {stored:?}"
        );
    }
    let left = files(root);
    let before = stored.clone();
    assert!(left.iter().all(|name| name.starts_with("uploader/failed/")), "{when}: {left:?}");
    assert_eq!(recovered(root, &mut stored), Recovery::default(), "{when}");
    assert_eq!(stored, before, "{when}: the second start delivered something");
    assert_eq!((history(root), files(root)), (found, left), "{when}: the second start changed something");
}

/// What the PLC, plant and plant security were told is what is in the book, no more and no less.
fn said_as_it_was(root: &Path, told: &Told, when: &str) {
    let none = |what: &str, question: &str| {
        let found = rows(root, question);
        assert!(found.is_empty(), "{when}: {what}: {found:?}");
    };
    none("arrivals without a case", "SELECT event FROM arrivals WHERE id NOT IN (SELECT arrival FROM cases)");
    none("cases without a salt", "SELECT id FROM cases WHERE id NOT IN (SELECT case_id FROM salts)");
    none(
        "resumes that lifted nothing",
        "SELECT facts FROM ledger WHERE kind = 'notice' AND json_extract(facts, '$.notice') = 'resumed'
         AND seq NOT IN (SELECT lifted FROM stops WHERE lifted IS NOT NULL)",
    );
    none(
        "destroyed without a resume that says so",
        "SELECT id FROM cases WHERE delivery = 'stopped' AND NOT EXISTS
         (SELECT 1 FROM ledger WHERE json_extract(facts, '$.destroys') = 1)",
    );
    let events = rows(root, "SELECT event FROM arrivals");
    for event in &told.admitted {
        assert!(events.contains(event), "{when}: {event} was acknowledged and is gone");
    }
    for event in events {
        let words = rows(
            root,
            &format!(
                "SELECT json_extract(CAST(payload AS TEXT), '$.word') FROM outbox WHERE topic = '{WORDS}'
                 AND json_extract(CAST(payload AS TEXT), '$.event') = '{event}' ORDER BY id"
            ),
        );
        let (first, last) = (words.first().map(String::as_str), words.last().map(String::as_str));
        assert!(first == Some("accepted") && last != first, "{when}: of {event} the PLC hears {words:?}");
    }
    let published = rows(root, "SELECT topic FROM outbox WHERE topic LIKE '%/outcome'").len();
    assert_eq!(published, rows(root, "SELECT id FROM cases").len(), "{when}: outcomes that are published");
}

const LOSSES: [Loss; 5] = [
    Loss { names: 0, contents: 0 },
    Loss { names: 0, contents: 500 },
    Loss { names: 950, contents: 0 },
    Loss { names: 1000, contents: 0 },
    Loss { names: 1000, contents: 1000 },
];

type Day = fn(&Path, &RefCell<Told>);

/// A day on a disk whose process crashes at this change, if it comes to that; whether it did.
fn crashed(day: Day, root: &Path, disk: &Disk, at: usize, told: &RefCell<Told>) -> bool {
    let process = Process::on(disk);
    process.end_after(at);
    let entered = process.enter();
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| day(root, told)));
    drop(entered);
    match done {
        Ok(()) => false,
        // After a refused commit the program may fail by itself, in its own words.
        Err(_) if process.is_over() => true,
        Err(other) => std::panic::resume_unwind(other),
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(memory()).unwrap()
}

/// Cuts the power after every change of a day that begins with what is in `start`, with every loss. `again`: what is
/// decided is the same each time. How many cuts there were.
fn cut_everywhere(start: &Path, day: Day, again: bool) -> usize {
    let (mut cuts, mut decided) = (0, BTreeMap::new());
    for at in 0.. {
        let (root, disk) = (folder(), Disk::default());
        copy(start, root.path()).unwrap();
        let told = RefCell::new(Told::default());
        let is_cut = crashed(day, root.path(), &disk, at, &told);
        for loss in LOSSES {
            let left = folder();
            disk.cut([start, root.path(), left.path()], loss).unwrap();
            let when = format!("cut after {at} changes, {loss:?}, the last {:?}", disk.last());
            if !again {
                decided.clear();
                if !told.borrow().pinned {
                    install(left.path(), &RefCell::default());
                }
            }
            decided.extend(results(left.path()));
            judge(left.path(), &told.borrow(), &decided, &when);
        }
        cuts += 1;
        if !is_cut {
            break;
        }
    }
    cuts
}

#[test]
fn a_cut_after_any_change_loses_nothing_and_gives_nothing_twice() {
    let start = folder();
    install(start.path(), &RefCell::default());
    let cuts = cut_everywhere(start.path(), day, true);
    assert!(cuts > 100, "{cuts} cuts: the door is not used any more");
}

#[test]
fn a_cut_after_any_change_of_the_first_day_leaves_what_can_be_installed_or_goes_on() {
    let cuts = cut_everywhere(folder().path(), first_day, false);
    assert!(cuts > 50, "{cuts} cuts: the door is not used any more");
}
