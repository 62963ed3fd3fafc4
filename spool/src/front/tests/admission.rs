//! What an admission leaves behind, and what its cases say of themselves.

use std::collections::BTreeSet;

use super::*;

#[test]
fn an_admission_that_is_not_committed_leaves_nobody_at_work_on_it() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let in_hand = admit(&front, &arrival('1', None, NOW)).unwrap();
    let book = Connection::open(root.path().join("agent/agent.db")).unwrap();
    // A foreign key that only the commit looks at.
    book.execute_batch(
        "CREATE TABLE later (arrival INTEGER REFERENCES arrivals (id) DEFERRABLE INITIALLY DEFERRED);
         CREATE TRIGGER full AFTER INSERT ON arrivals BEGIN INSERT INTO later VALUES (-1); END",
    )
    .unwrap();
    let second = arrival('2', None, NOW);
    let admission = Admit { place: &place(), owner: &second.vehicle, discreet: false };
    assert!(front.admit(&second, &admission).is_err());
    assert_eq!(*front.0.at_work(), HashSet::from([in_hand.id().to_string()]));
    book.execute_batch("DROP TRIGGER full").unwrap();
    end(admit(&front, &second).expect("it was never admitted"), Reason::Departed);
    end(in_hand, Reason::Departed);
}

#[test]
fn an_event_with_an_id_or_a_time_repeats_none_that_had_neither() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let timed = Arrival { time: Some(Wall::from_unix_ms(NOW)), ..arrival('1', None, NOW + 2) };
    for event in [arrival('1', None, NOW), arrival('1', Some("e-1"), NOW + 1), timed] {
        end(admit(&front, &event).expect("it is new"), Reason::Departed);
    }
}

#[test]
fn the_ledger_has_a_vehicle_as_the_salted_hash_of_its_pseudonym() {
    use sha2::Digest as _;
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    for event in ["e-1", "e-2"] {
        end(admit(&front, &arrival('1', Some(event), NOW)).unwrap(), Reason::Departed);
    }
    let told = rows(
        root.path(),
        "SELECT hex(s.salt) || ' ' || a.vehicle || ' ' || json_extract(l.facts, '$.vehicle')
         FROM ledger l JOIN cases c ON c.id = l.case_id JOIN arrivals a ON a.id = c.arrival
         JOIN salts s ON s.case_id = c.id",
    );
    let hashes: BTreeSet<&str> = told
        .iter()
        .map(|line| {
            let parts: Vec<&str> = line.split(' ').collect();
            let [salt, pseudonym, hash] = parts[..] else { panic!("{line}") };
            let salted = sha2::Sha256::new().chain_update(hex::decode(salt).unwrap()).chain_update(pseudonym);
            assert_eq!(hash, hex::encode(salted.finalize()));
            hash
        })
        .collect();
    assert_eq!(hashes.len(), 2, "nobody sees that it was the same vehicle");
}

#[test]
fn a_case_says_whether_it_is_discreet_and_its_end_why_there_is_no_picture() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let [mut hushed, sealed] = ['1', '2'].map(|last| admit(&front, &arrival(last, None, NOW)).unwrap());
    hushed.hush();
    assert_eq!((hushed.is_discreet(), sealed.is_discreet()), (true, false));
    let ended = hushed.end(Ending::new(Reason::NoFrame)).unwrap();
    assert_eq!(ended.reason(), Some(Reason::NoFrame));
    let permit = permit(&sealed);
    assert_eq!(sealed.seal(permit, pictures()).unwrap().reason(), None);
}

#[test]
fn a_round_says_how_many_parcels_are_left_to_hand_over() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let in_the_way = ['1', '2'].map(|last| {
        let case = admit(&front, &arrival(last, None, NOW)).unwrap();
        let path = root.path().join("ready").join(case.id().as_str());
        fs::write(&path, "in the way").unwrap();
        seal(case);
        path
    });
    assert_eq!(front.hand_over().unwrap(), 2);
    for (path, left) in in_the_way.iter().zip([1, 0]) {
        fs::remove_file(path).unwrap();
        assert_eq!(front.hand_over().unwrap(), left);
    }
}
