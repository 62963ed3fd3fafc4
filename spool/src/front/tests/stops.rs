//! A stop is lifted by what names it, and by nothing else.

use super::*;

fn facts() -> serde_json::Value {
    serde_json::json!({ "notice": "resumed" })
}

#[test]
fn a_stop_holds_until_a_resume_names_it() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    assert!(!front.is_stopped());
    let first = front.stop("person 1000", "smoke").unwrap();
    assert_eq!(front.stop("person 1000", "again").unwrap(), first, "the same door adds nothing");
    let second = front.stop("file", "it is there").unwrap();
    assert_ne!(first.number, second.number);
    drop(front);
    let (front, _) = open(root.path()).unwrap();
    assert!(front.is_stopped());
    assert_eq!(front.stops().unwrap(), [first.clone(), second.clone()]);
    let (seq, hash) = first.number.split_once('-').unwrap();
    for other in
        ["1-0000000000000000", seq, hash, &format!("{seq}-"), &format!("{seq}-{}", hash.to_uppercase())]
    {
        assert!(!front.lift(other, false, &facts()).unwrap(), "{other}");
    }
    assert!(front.lift(&first.number, false, &facts()).unwrap());
    assert!(front.is_stopped(), "the later one holds");
    assert!(!front.lift(&first.number, false, &facts()).unwrap(), "nothing is lifted twice");
    assert!(front.lift(&second.number, false, &facts()).unwrap() && !front.is_stopped());
    let third = front.stop("file", "it is there again").unwrap();
    assert_ne!(third.number, second.number);
    assert!(
        !front.lift(&second.number, false, &facts()).unwrap() && front.is_stopped(),
        "what was signed before"
    );
    drop(front);
    assert!(open(root.path()).unwrap().0.is_stopped());
}

#[test]
fn a_book_that_is_new_or_was_put_back_or_lost_a_stop_is_strange() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    assert!(front.is_strange().unwrap().contains("new to released operation"));
    drop(front);
    let (front, _) = open(root.path()).unwrap();
    assert!(front.is_strange().is_some(), "a trial settles nothing");
    front.settle().unwrap();
    front
        .write_state(&Standing { stopped: false, denied: &[], revoked: &[], closed: &[], clock: true })
        .unwrap();
    drop(front);
    let book = root.path().join("agent/agent.db");
    let copy = root.path().join("copy.db");
    fs::copy(&book, &copy).unwrap();
    let (front, _) = open(root.path()).unwrap();
    assert_eq!(front.is_strange(), None);
    front.stop("file", "x").unwrap();
    front
        .write_state(&Standing { stopped: true, denied: &[], revoked: &[], closed: &[], clock: true })
        .unwrap();
    drop(front);
    let stopped = root.path().join("stopped.db");
    fs::copy(&book, &stopped).unwrap();
    for (put_back, part) in [(&copy, Some("put back")), (&stopped, None)] {
        for wal in ["agent/agent.db-wal", "agent/agent.db-shm"] {
            let _ = fs::remove_file(root.path().join(wal));
        }
        fs::copy(put_back, &book).unwrap();
        let (front, _) = open(root.path()).unwrap();
        assert_eq!(
            front.is_strange().map(|why| part.is_some_and(|part| why.contains(part))),
            part.map(|_| true)
        );
    }
    Connection::open(&book).unwrap().execute_batch("UPDATE stops SET lifted = 1").unwrap();
    assert!(open(root.path()).unwrap().0.is_strange().unwrap().contains("other stops"), "lifted by hand");
    Connection::open(&book).unwrap().execute_batch("DELETE FROM stops").unwrap();
    assert!(open(root.path()).unwrap().0.is_strange().unwrap().contains("other stops"));
    fs::remove_file(root.path().join("state/state.signed")).unwrap();
    assert!(open(root.path()).unwrap().0.is_strange().is_some());
}

#[test]
fn a_stop_that_cannot_be_recorded_holds_for_this_run() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    Connection::open(root.path().join("agent/agent.db")).unwrap().execute_batch("DROP TABLE stops").unwrap();
    assert!(front.stop("file", "x").is_err() && front.is_stopped());
}

#[test]
fn a_stop_that_was_not_recorded_is_lifted_by_no_other_ones_resume() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let recorded = front.stop("file", "x").unwrap();
    let book = Connection::open(root.path().join("agent/agent.db")).unwrap();
    book.execute_batch("CREATE TRIGGER full BEFORE INSERT ON stops BEGIN SELECT RAISE(ABORT, 'full'); END")
        .unwrap();
    assert!(front.stop("broker", "x").is_err());
    assert!(front.lift(&recorded.number, false, &facts()).unwrap() && front.is_stopped());
    assert!(front.record_stops().is_err() && front.stops().unwrap().is_empty());
    book.execute_batch("DROP TRIGGER full").unwrap();
    front.record_stops().unwrap();
    let later = front.stops().unwrap();
    assert!(matches!(later.as_slice(), [stop] if stop.door == "broker"), "it has a number now: {later:?}");
    assert!(front.lift(&later[0].number, false, &facts()).unwrap() && !front.is_stopped());
    front.record_stops().unwrap();
    assert!(!front.is_stopped(), "recorded once");
}

#[test]
fn a_state_that_is_gone_is_strange_only_if_the_book_wrote_one() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    front.settle().unwrap();
    drop(front);
    let (front, _) = open(root.path()).unwrap();
    assert_eq!(front.is_strange(), None);
    front
        .write_state(&Standing { stopped: false, denied: &[], revoked: &[], closed: &[], clock: true })
        .unwrap();
    drop(front);
    assert_eq!(open(root.path()).unwrap().0.is_strange(), None);
    fs::remove_file(root.path().join("state/state.signed")).unwrap();
    assert!(open(root.path()).unwrap().0.is_strange().unwrap().contains("gone"));
}

#[test]
fn each_user_has_a_pause_of_their_own_that_outlives_a_restart() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    assert_eq!(front.paused().unwrap(), []);
    let at = |ms| Wall::from_unix_ms(NOW + ms);
    for (user, until) in [(1000, 1), (0, 2), (1000, 3)] {
        front.pause(user, at(until)).unwrap();
    }
    drop(front);
    let mut paused = open(root.path()).unwrap().0.paused().unwrap();
    paused.sort();
    assert_eq!(paused, [(0, at(2)), (1000, at(3))]);
}

#[test]
fn serials_only_grow() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let station = StationId::parse("marriage").unwrap();
    assert_eq!(front.serial(&station).unwrap(), 0);
    for (serial, want) in [(7, 7), (3, 7), (9, 9)] {
        front.saw_serial(&station, serial).unwrap();
        assert_eq!(front.serial(&station).unwrap(), want);
    }
}

/// Something that happens without a signature, or with one that names a stop.
#[derive(Clone, Debug)]
enum Event {
    Stop(usize),
    Restart,
    /// A signed resume of one of the stops so far, or of none.
    Lift(usize),
    State,
}

fn event() -> impl proptest::strategy::Strategy<Value = Event> {
    use proptest::prelude::*;
    prop_oneof![
        3 => (0_usize..3).prop_map(Event::Stop),
        2 => Just(Event::Restart),
        2 => (0_usize..6).prop_map(Event::Lift),
        1 => Just(Event::State),
    ]
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
    /// The model: doors that hold, each with its number; a resume of the latest that it names, and of those before.
    #[test]
    fn nothing_but_a_resume_that_names_it_ever_lifts_a_stop(events in proptest::collection::vec(event(), 1..24)) {
        let root = tempfile::tempdir().unwrap();
        let mut front = open(root.path()).unwrap().0;
        let (mut holding, mut ever): (Vec<Stop>, Vec<Stop>) = (Vec::new(), Vec::new());
        for event in events {
            match event {
                Event::Stop(door) => {
                    let door = ["file", "broker", "person 7"][door];
                    let stop = front.stop(door, "x").unwrap();
                    match holding.iter().find(|other| other.door == door) {
                        Some(other) => proptest::prop_assert_eq!(&stop, other),
                        None => {
                            holding.push(stop.clone());
                            ever.push(stop);
                        }
                    }
                }
                Event::Restart => {
                    drop(front);
                    front = open(root.path()).unwrap().0;
                }
                Event::Lift(which) => {
                    let number = ever.get(which).map_or("1-0000000000000000".to_owned(), |stop| stop.number.clone());
                    let named = holding.iter().position(|stop| stop.number == number);
                    proptest::prop_assert_eq!(front.lift(&number, false, &facts()).unwrap(), named.is_some());
                    if let Some(at) = named {
                        holding.drain(..=at);
                    }
                }
                Event::State => {
                    let stopped = front.is_stopped();
                    front.write_state(&Standing { stopped, denied: &[], revoked: &[], closed: &[], clock: true }).unwrap();
                }
            }
            proptest::prop_assert_eq!(front.is_stopped(), !holding.is_empty());
            proptest::prop_assert_eq!(front.stops().unwrap(), holding.clone());
        }
    }
}
