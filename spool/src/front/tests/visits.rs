//! What earlier arrivals say about a new one, and what their parcels say to the uploader.

use lineshot_domain::{Caption, Claims, LocalDate, OrderNumber};
use proptest::prelude::*;

use super::*;

fn photographed(front: &Front, case: &Case) -> bool {
    front.photographed(case.album(), &case.arrival().station, case.view(), case.id()).unwrap()
}

fn parcel(root: &Path, case: &str) -> ParcelText {
    serde_json::from_slice(&fs::read(root.join("ready").join(case).join("parcel.json")).unwrap()).unwrap()
}

#[test]
fn an_earlier_visit_counts_until_its_delivery_is_known_to_have_failed() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let first = admit(&front, &arrival('1', Some("e-1"), NOW)).unwrap();
    let id = first.id().to_string();
    assert!(!photographed(&front, &first), "itself does not count");
    let second = admit(&front, &arrival('1', Some("e-2"), NOW)).unwrap();
    assert!(!photographed(&front, &second), "the first is not sealed yet");
    seal(first);
    assert!(photographed(&front, &second));
    let book = Connection::open(root.path().join("agent/agent.db")).unwrap();
    for (delivery, counts) in
        [("delivered", true), ("undeliverable", false), ("expired", false), ("stopped", false)]
    {
        book.execute("UPDATE cases SET delivery = ? WHERE id = ?", [delivery, &id]).unwrap();
        assert_eq!(photographed(&front, &second), counts, "{delivery}");
    }
    end(second, Reason::Departed);
}

#[test]
fn only_the_same_album_station_view_and_kind_count() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    seal(admit(&front, &arrival('1', Some("e-1"), NOW)).unwrap());
    let asked = |change: fn(&mut Arrival), view: &str| {
        let mut arrival = arrival('1', Some("e-2"), NOW);
        change(&mut arrival);
        let place = Place { views: vec![ViewId::parse(view).unwrap()], ..place() };
        let (mut cases, _) = admit_to(&front, &arrival, &place).unwrap();
        let case = cases.pop().unwrap();
        let answer = photographed(&front, &case);
        end(case, Reason::Departed);
        answer
    };
    assert!(asked(|_| (), "front"));
    assert!(!asked(|_| (), "rear"));
    assert!(!asked(|a| a.simulated = true, "front-2"));
    assert!(!asked(|a| (a.simulated, a.time) = (true, Some(Wall::from_unix_ms(1))), "front"));
    assert!(!asked(|a| a.station = StationId::parse("paint").unwrap(), "front"));
    assert!(!asked(|a| a.vehicle = arrival('2', None, NOW).vehicle, "front"));
    drop(front);
    let released = Stamp { unreleased: false, ..stamp() };
    let (front, _) = Front::open(root.path(), None, released, Arc::new(StillClock)).unwrap();
    let case = admit(&front, &arrival('1', Some("e-9"), NOW)).unwrap();
    assert!(!photographed(&front, &case), "a trial's picture is not the customer's");
    end(case, Reason::Departed);
}

#[test]
fn the_album_is_the_owners_and_the_pseudonym_the_arrivals() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let arrival = arrival('1', None, NOW);
    let owner = arrival.vehicle.clone().of_order(OrderNumber::parse("4711").unwrap());
    let admit_as =
        |owner: &Vehicle| front.admit(&arrival, &Admit { place: &place(), owner, discreet: false });
    let Admission::New { cases, .. } = admit_as(&owner).unwrap() else { panic!("it is new") };
    let by_order = Vehicle::new(None, Some(OrderNumber::parse("4711").unwrap()), None).unwrap();
    assert_eq!(cases[0].album(), &front.album(&by_order));
    assert_eq!(front.albums(&owner), [front.album(&by_order), front.album(&arrival.vehicle)]);
    let id = cases[0].id().to_string();
    cases.into_iter().for_each(seal);
    assert_eq!(parcel(root.path(), &id).album, front.album(&by_order).to_string());
    // The directory names another order by now: it is the same vehicle, and the same event.
    assert!(matches!(admit_as(&arrival.vehicle).unwrap(), Admission::Repeated));
}

#[test]
fn a_parcel_says_which_visit_counts_and_who_may_follow_the_journey() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    for (number, keep, market, simulated) in
        [(1, Keep::First, None, false), (2, Keep::Last, Some("US"), true), (3, Keep::All, Some("DE"), false)]
    {
        let event = format!("e-{number}");
        let claims = Claims { market: market.map(|m| Market::parse(m).unwrap()), ..Claims::default() };
        let arrival = Arrival { claims, simulated, ..arrival('1', Some(&event), NOW) };
        let (mut cases, _) = admit_to(&front, &arrival, &Place { keep, ..place() }).unwrap();
        let case = cases.pop().unwrap();
        let id = case.id().to_string();
        seal(case);
        let told = parcel(root.path(), &id);
        let want = (keep.as_str(), market == Some("US"), simulated);
        assert_eq!((told.keep.as_str(), told.journey, told.simulated), want);
    }
}

#[test]
fn a_parcel_names_the_release_that_its_picture_was_taken_under_and_what_the_picture_says() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    for (last, release) in [('1', Some("r-7".to_owned())), ('2', None)] {
        let case = admit(&front, &arrival(last, None, NOW)).unwrap();
        let (id, permit) = (case.id().to_string(), permit(&case));
        let caption = release.clone().map(|release| Caption {
            station: StationId::parse("marriage").unwrap(),
            view: ViewId::parse("front").unwrap(),
            date: LocalDate::parse("2026-11-26").unwrap(),
            release: Some(release),
            masks: "0123456789abcdef".to_owned(),
            program: "lineshot 1.2.3".to_owned(),
            simulated: false,
        });
        let pictures = Pictures { release: release.clone(), caption, ..pictures() };
        let Ok(_ended) = case.seal(permit, pictures) else { panic!("sealing failed") };
        let told = parcel(root.path(), &id);
        let caption = told.caption.map(|caption| (caption.date, caption.program));
        let want = release.is_some().then(|| ("2026-11-26".to_owned(), "lineshot 1.2.3".to_owned()));
        assert_eq!((told.release, caption), (release, want));
    }
}

#[test]
fn the_open_cases_and_those_without_an_answer_are_counted() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let [one, two, three] = ['1', '2', '3'].map(|last| admit(&front, &arrival(last, None, NOW)).unwrap());
    let id = one.id().to_string();
    assert_eq!(front.counts().unwrap(), (3, 0));
    seal(one);
    assert_eq!(front.counts().unwrap(), (2, 1));
    end(two, Reason::Departed);
    assert_eq!(front.counts().unwrap(), (1, 2));
    write_receipt(root.path(), &id);
    front.import_receipts().unwrap();
    end(three, Reason::Photographed);
    assert_eq!(front.counts().unwrap(), (0, 1), "of one that was photographed before nothing leaves");
}

#[test]
fn a_case_interrupted_by_a_restart_is_the_kind_of_visit_that_it_was() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let simulated = Arrival { simulated: true, ..arrival('1', Some("e-1"), NOW) };
    let (cases, _) = admit_to(&front, &simulated, &Place { keep: Keep::All, ..place() }).unwrap();
    let id = cases[0].id().to_string();
    drop((cases, front));
    drop(open(root.path()).unwrap());
    let told = parcel(root.path(), &id);
    assert_eq!((told.keep.as_str(), told.journey, told.simulated), ("all", false, true));
}

#[test]
fn a_real_vehicle_is_no_repetition_of_a_simulated_one() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let real = arrival('1', None, NOW + 1);
    end(admit(&front, &Arrival { simulated: true, ..arrival('1', None, NOW) }).unwrap(), Reason::Departed);
    end(admit(&front, &real).expect("it is a real one"), Reason::Departed);
    assert!(admit(&front, &real).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// A model: the last eight of the same station and kind, the newest first.
    #[test]
    fn the_arrivals_before_are_the_last_of_the_station_and_kind(
        arrivals in proptest::collection::vec((any::<bool>(), any::<bool>(), any::<Option<u64>>()), 1..24),
        restart in 0_usize..24,
    ) {
        let root = tempfile::tempdir().unwrap();
        let mut front = Some(open(root.path()).unwrap().0);
        let mut seen: Vec<(bool, bool, Before)> = Vec::new();
        for (at, (paint, simulated, sequence)) in arrivals.into_iter().enumerate() {
            if at == restart {
                front = None;
                front.replace(open(root.path()).unwrap().0);
            }
            let received = NOW + i64::try_from(at).unwrap();
            let arrival = Arrival {
                station: StationId::parse(if paint { "paint" } else { "marriage" }).unwrap(),
                simulated,
                sequence,
                ..arrival('1', Some(&format!("e-{at}")), received)
            };
            let (cases, before) = admit_to(front.as_ref().unwrap(), &arrival, &place()).unwrap();
            let same = seen.iter().rev().filter(|seen| (seen.0, seen.1) == (paint, simulated));
            let want: Vec<Before> = same.map(|seen| seen.2).take(lineshot_domain::SEQUENCE_MEMORY).collect();
            prop_assert_eq!(before, want);
            seen.push((paint, simulated, Before { sequence, received: arrival.received_at }));
            cases.into_iter().for_each(|case| end(case, Reason::Departed));
        }
    }
}
