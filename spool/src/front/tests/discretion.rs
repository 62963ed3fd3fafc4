//! Nothing about a discreet case leaves, whatever it ends in.

use super::*;

fn discreet(front: &Front, last: char) -> Case {
    let arrival = arrival(last, Some("e-1"), NOW);
    let admit = Admit { place: &place(), owner: &arrival.vehicle, discreet: true };
    match front.admit(&arrival, &admit).unwrap() {
        Admission::New { mut cases, .. } => cases.pop().unwrap(),
        Admission::Repeated => panic!("it is new"),
    }
}

/// What is at rest on disk about the only case, beside the book.
fn left(root: &Path) -> usize {
    let count = |room: &str| fs::read_dir(root.join(room)).unwrap().count();
    assert_eq!(rows(root, "SELECT stage || coalesce(parcel, '') FROM cases"), ["receipted"]);
    count("ready") + count("agent/open")
}

#[test]
fn a_discreet_case_leaves_nothing_whatever_it_ends_in() {
    for reason in Reason::ALL {
        let root = tempfile::tempdir().unwrap();
        let (front, _) = open(root.path()).unwrap();
        end(discreet(&front, '1'), *reason);
        assert_eq!(left(root.path()), 0, "{}", reason.code());
    }
}

#[test]
fn a_discreet_case_leaves_nothing_when_it_is_ended_by_others() {
    type Ender = fn(Front, &Path);
    let enders: [Ender; 3] = [
        |front, root| {
            drop(front);
            drop(open(root).unwrap());
        },
        |front, _| assert_eq!(front.interrupt_open().unwrap(), 1),
        |front, _| assert_eq!(front.end_ownerless().unwrap(), 1),
    ];
    for ender in enders {
        let root = tempfile::tempdir().unwrap();
        let (front, _) = open(root.path()).unwrap();
        drop(discreet(&front, '1'));
        ender(front, root.path());
        assert_eq!(left(root.path()), 0);
    }
}

#[test]
fn a_case_that_is_hushed_stays_so_also_when_the_agent_dies_before_its_outcome() {
    for dies in [false, true] {
        let root = tempfile::tempdir().unwrap();
        let (front, _) = open(root.path()).unwrap();
        let mut case = admit(&front, &arrival('1', None, NOW)).unwrap();
        case.hush();
        if dies {
            drop((case, front));
            drop(open(root.path()).unwrap());
        } else {
            end(case, Reason::NoFrame);
        }
        assert_eq!(left(root.path()), 0);
    }
}

#[test]
fn a_picture_that_could_never_leave_is_not_sealed() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    seal(discreet(&front, '1'));
    assert_eq!(outcomes(root.path()), ["failed(internal)"]);
    assert_eq!(left(root.path()), 0);
}

#[test]
fn what_concerns_the_order_never_leaves_and_is_told_by_one_word() {
    for reason in [Reason::VehicleClass, Reason::Market, Reason::Consent, Reason::Denied] {
        let root = tempfile::tempdir().unwrap();
        let (front, _) = open(root.path()).unwrap();
        let place = Place { ready: Some("line1/photo".to_owned()), ..place() };
        let (cases, _) = admit_to(&front, &arrival('1', Some("e-1"), NOW), &place).unwrap();
        cases.into_iter().for_each(|case| end(case, reason));
        assert_eq!(left(root.path()), 0, "not discreet from the start, and yet");
        let code = format!("\"{}\"", reason.code());
        let told = rows(root.path(), "SELECT CAST(payload AS TEXT) FROM outbox");
        assert_eq!(told.iter().filter(|json| json.contains(r#""reason":"not_permitted""#)).count(), 2);
        assert!(told.len() == 3 && !told.iter().any(|json| json.contains(&code)), "{told:?}");
        let listed = list(root.path(), 9).unwrap();
        assert_eq!(listed[0].reason.as_deref(), Some("not_permitted"));
        let ledger = rows(root.path(), "SELECT facts FROM ledger WHERE kind = 'outcome'");
        assert!(ledger[0].contains(&code), "the ledger keeps the code");
        assert_eq!(rows(root.path(), "SELECT reason FROM cases"), [reason.code()]);
    }
}

#[test]
fn a_vehicle_photographed_before_leaves_no_second_word_in_the_album() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    end(admit(&front, &arrival('1', None, NOW)).unwrap(), Reason::Photographed);
    assert_eq!(left(root.path()), 0);
}
