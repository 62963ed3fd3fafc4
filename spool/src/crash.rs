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
use crate::front::tests::{NOW, StillClock, admit, arrival, open, permit, pictures};
use crate::model::{Disk, Loss, Process, copy, memory};
use crate::{Back, Front, Recovery, Standing, Taken};

/// What somebody was told: it must be so after whatever comes.
#[derive(Debug, Default)]
struct Told {
    /// Acknowledged to the PLC.
    admitted: BTreeSet<String>,
    /// Case to outcome.
    ended: BTreeMap<String, &'static str>,
    /// Case to the result that the uploader has for good.
    settled: BTreeMap<String, &'static str>,
    /// What the store has.
    stored: BTreeSet<String>,
}

const BOOK: &str = "agent/agent.db";

fn back(root: &Path) -> Back {
    Back::open(root, &root.join("stop"), Arc::new(StillClock)).unwrap()
}

fn say(front: &Front) {
    front
        .write_state(&Standing { stopped: front.is_stopped(), denied: &[], revoked: &[], closed: &[] })
        .unwrap();
}

/// A machine on which both daemons have run once.
fn begun(root: &Path) {
    let (front, _) = open(root).unwrap();
    say(&front);
    Back::pin(root, false).unwrap();
    drop(back(root));
}

/// A day of both daemons: pictures, refusals, a parcel that the store never takes, a stop that destroys what waits.
fn day(root: &Path, told: &RefCell<Told>) {
    let (front, _) = open(root).unwrap();
    say(&front);
    let mut back = back(root);
    let enter = |car: char| {
        let case = admit(&front, &arrival(car, Some(&format!("e-{car}")), NOW)).unwrap();
        told.borrow_mut().admitted.insert(case.id().to_string());
        case
    };
    let seal = |car: char| {
        let case = enter(car);
        let (id, permit) = (case.id().to_string(), permit(&case));
        let _ended = case.seal(permit, pictures()).unwrap();
        told.borrow_mut().ended.insert(id.clone(), "sealed");
        id
    };
    seal('1');
    let never = seal('2');
    let refused = enter('3');
    let id = refused.id().to_string();
    let _ended = refused.end(Ending::new(Reason::Window)).unwrap();
    told.borrow_mut().ended.insert(id, "refused");
    let open = enter('4');
    front.hand_over().unwrap();
    deliver(&mut back, told, Some(&never));
    front.import_receipts().unwrap();

    seal('5');
    let stop = front.stop("person 1", "smoke").unwrap();
    say(&front);
    assert!(back.permission().is_err());
    assert!(front.lift(&stop.number, true, &serde_json::json!({ "notice": "resumed" })).unwrap());
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

/// What a start does, and both daemons then.
fn recovered(root: &Path, stored: &mut BTreeSet<String>) -> Recovery {
    let (front, recovery) = open(root).unwrap();
    assert_eq!(front.ledger(), LedgerState::Intact);
    // A stop survives; a person lifts it.
    if let Some(stop) = front.stops().unwrap().last() {
        assert!(front.lift(&stop.number, false, &serde_json::json!({ "notice": "resumed" })).unwrap());
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
    for name in disk::names(&rooms.receipts()).unwrap() {
        let bytes = disk::read_bounded(&rooms.receipts().join(&name), 65_536).unwrap();
        assert!(serde_json::from_slice::<ReceiptText>(&bytes).is_ok(), "{when}: {name} is not whole");
    }
}

/// The results that the uploader's queue holds, by case.
fn results(root: &Path) -> BTreeMap<String, String> {
    let queue = Connection::open(root.join("uploader/uploader.db")).unwrap();
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
    for id in &told.admitted {
        assert!(found.contains_key(id), "{when}: {id} was acknowledged and is gone");
    }
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

const LOSSES: [Loss; 5] = [
    Loss { names: 0, contents: 0 },
    Loss { names: 0, contents: 500 },
    Loss { names: 950, contents: 0 },
    Loss { names: 1000, contents: 0 },
    Loss { names: 1000, contents: 1000 },
];

/// A day on a disk whose process crashes at this change, if it comes to that; whether it did.
fn crashed(root: &Path, disk: &Disk, at: usize, told: &RefCell<Told>) -> bool {
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

#[test]
fn a_cut_after_any_change_loses_nothing_and_gives_nothing_twice() {
    let start = folder();
    begun(start.path());
    // The day is the same each time: what was decided in it once is decided.
    let (mut cuts, mut decided) = (0, BTreeMap::new());
    for at in 0.. {
        let (root, disk) = (folder(), Disk::default());
        copy(start.path(), root.path()).unwrap();
        let told = RefCell::new(Told::default());
        let is_cut = crashed(root.path(), &disk, at, &told);
        for loss in LOSSES {
            let left = folder();
            disk.cut([start.path(), root.path(), left.path()], loss).unwrap();
            let when = format!("cut after {at} changes, {loss:?}, the last {:?}", disk.last());
            decided.extend(results(left.path()));
            judge(left.path(), &told.borrow(), &decided, &when);
        }
        cuts += 1;
        if !is_cut {
            break;
        }
    }
    assert!(cuts > 100, "{cuts} cuts: the door is not used any more");
}
