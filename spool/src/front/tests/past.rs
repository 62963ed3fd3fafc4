//! Who asks in the agent's own room learns what became of a vehicle, and the true reason.

use lineshot_domain::{BodyNumber, OrderNumber};

use super::*;

fn key(byte: u8) -> SiteKey {
    SiteKey::parse(&SiteKey::file_text(&[byte; 32])).unwrap()
}

fn open_with(root: &Path, byte: u8) -> Front {
    Front::open(root, Some(key(byte)), stamp(), Arc::new(StillClock)).unwrap().0
}

fn numbers(vin: Option<char>, order: Option<&str>, body: Option<&str>) -> Vehicle {
    Vehicle::new(
        vin.map(|last| Vin::parse(&format!("WP0ZZZ99ZTS39000{last}")).unwrap()),
        order.map(|order| OrderNumber::parse(order).unwrap()),
        body.map(|body| BodyNumber::parse(body).unwrap()),
    )
    .unwrap()
}

/// The case of this vehicle at this station, in the album of `owner`.
fn comes(front: &Front, (event, station): (&str, &str), vehicle: Vehicle, owner: &Vehicle) -> Case {
    let station = StationId::parse(station).unwrap();
    let arrival = Arrival { station, vehicle, ..arrival('0', Some(event), NOW) };
    let admit = Admit { place: &place(), owner, discreet: true };
    match front.admit(&arrival, &admit).unwrap() {
        Admission::New { mut cases, .. } => cases.pop().unwrap(),
        Admission::Repeated => panic!("it is new"),
    }
}

/// The events of the cases that are found.
fn events(root: &Path, sought: &Sought<'_>) -> String {
    past(root, sought).unwrap().into_iter().filter_map(|case| case.event).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_vehicle_is_found_by_the_number_of_its_album_and_by_one_that_was_told_alone() {
    let root = tempfile::tempdir().unwrap();
    let front = open_with(root.path(), 1);
    let order = |number| numbers(None, Some(number), None);
    for (event, vehicle, owner) in [
        ("all", numbers(Some('1'), Some("1"), Some("b")), numbers(Some('1'), Some("1"), Some("b"))),
        ("both", numbers(Some('1'), None, Some("b")), numbers(Some('1'), None, Some("b"))),
        // Whose they are, the order directory said.
        ("vin", numbers(Some('1'), None, None), numbers(Some('1'), Some("1"), None)),
        ("body", numbers(None, None, Some("b")), numbers(None, Some("2"), Some("b"))),
        ("other", order("3"), order("3")),
    ] {
        end(comes(&front, (event, "marriage"), vehicle, &owner), Reason::Departed);
    }
    for (vehicle, found) in [
        (order("1"), "all vin"),
        (order("2"), "body"),
        (numbers(None, None, Some("b")), "both body"),
        (numbers(Some('1'), None, None), "vin"),
        (order("4"), ""),
        (numbers(Some('2'), None, None), ""),
    ] {
        assert_eq!(events(root.path(), &Sought::Vehicle(&vehicle, &[key(1)])), found, "{vehicle:?}");
    }
}

#[test]
fn cases_of_an_earlier_key_are_found_with_it_and_the_newest_come_last() {
    let root = tempfile::tempdir().unwrap();
    let vehicle = numbers(None, Some("1"), None);
    for (event, byte) in [("first", 1), ("second", 2), ("third", 1)] {
        let front = open_with(root.path(), byte);
        end(comes(&front, (event, "marriage"), vehicle.clone(), &vehicle), Reason::Departed);
    }
    for (keys, found) in
        [(vec![2, 1], "first second third"), (vec![2], "second"), (vec![3], ""), (vec![], "")]
    {
        let keys: Vec<SiteKey> = keys.into_iter().map(key).collect();
        assert_eq!(events(root.path(), &Sought::Vehicle(&vehicle, &keys)), found);
    }
}

#[test]
fn an_event_is_found_at_every_station_beside_the_running_agent() {
    let root = tempfile::tempdir().unwrap();
    let front = open_with(root.path(), 1);
    let vehicle = numbers(None, Some("1"), None);
    let mut held = Vec::new();
    for (event, station) in [("e-1", "wheels"), ("e-1", "marriage"), ("e-2", "paint"), ("e-1", "paint")] {
        held.push(comes(&front, (event, station), vehicle.clone(), &vehicle));
    }
    let event = EventId::parse("e-1").unwrap();
    let found = past(root.path(), &Sought::Event(&event)).unwrap();
    let stations: Vec<&str> = found.iter().map(|case| case.station.as_str()).collect();
    assert_eq!(stations, ["wheels", "marriage", "paint"]);
    assert!(found.iter().all(|case| case.outcome.is_none() && case.delivery.is_none()), "they are open");
    let never = EventId::parse("e-3").unwrap();
    assert!(past(root.path(), &Sought::Event(&never)).unwrap().is_empty());
    held.into_iter().for_each(|case| end(case, Reason::Departed));
}

#[test]
fn the_reason_is_the_ledgers_own() {
    for reason in [Reason::VehicleClass, Reason::Market, Reason::Consent, Reason::Denied] {
        let root = tempfile::tempdir().unwrap();
        let front = open_with(root.path(), 1);
        let vehicle = numbers(None, Some("1"), None);
        end(comes(&front, ("e-1", "marriage"), vehicle.clone(), &vehicle), reason);
        let case = past(root.path(), &Sought::Vehicle(&vehicle, &[key(1)])).unwrap().remove(0);
        assert_eq!((case.outcome.as_deref(), case.reason.as_deref()), (Some("refused"), Some(reason.code())));
        assert!(case.discreet && case.unreleased && !case.simulated && case.delivery.is_none());
    }
}

#[test]
fn a_picture_waits_until_the_uploader_said_what_became_of_it_and_why() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', Some("e-1"), NOW)).unwrap();
    let id = case.id().to_string();
    seal(case);
    let event = EventId::parse("e-1").unwrap();
    let said = || {
        let case = past(root.path(), &Sought::Event(&event)).unwrap().remove(0);
        (case.outcome.unwrap(), case.reason, case.delivery.unwrap(), case.undelivered)
    };
    let word = str::to_owned;
    assert_eq!(said(), (word("sealed"), None, word("waiting"), None));
    let receipt = root.path().join("receipts").join(format!("{id}.json"));
    let text = serde_json::json!({ "schema": RECEIPT_SCHEMA, "case": id, "result": "undeliverable",
        "reason": "store_refused", "at": "2026-01-01T00:00:00Z", "objects": [] });
    fs::write(receipt, text.to_string()).unwrap();
    assert_eq!(front.import_receipts().unwrap().len(), 1);
    assert_eq!(said(), (word("sealed"), None, word("undeliverable"), Some(word("store_refused"))));
}

#[test]
fn a_book_that_is_not_there_is_not_made() {
    let root = tempfile::tempdir().unwrap();
    let event = EventId::parse("e-1").unwrap();
    assert!(matches!(past(root.path(), &Sought::Event(&event)), Err(BookError::Open { .. })));
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}
