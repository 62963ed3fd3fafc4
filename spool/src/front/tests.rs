#![expect(clippy::disallowed_methods, reason = "a test may write a file without fsync")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lineshot_domain::{
    AgentName, Arrival, Before, Belonging, Blackout, Calendar, Claims, Clock, ClockKeeper, ClockState,
    Conditions, Crop, Ending, EventAge, EventId, Facts, Fill, Keep, LedgerState, LineState, Market,
    MarketRule, Mono, Permit, Reason, ReleaseState, Rules, Scene, Sequence, Show, SiteName, Size, Source,
    StationId, StationState, Stay, StopState, Vehicle, ViewId, Vin, Wall, Zone, decide,
};
use lineshot_proof::{Claim, Proven};
use rusqlite::Connection;

mod admission;
mod answers;
mod discretion;
mod migration;
mod past;
mod standing;
mod stops;
mod visits;
mod words;

use super::*;
use crate::contract::{OutcomeEvent, ParcelText, RECEIPT_SCHEMA};
use crate::{PinnedKey, keys};

pub(crate) const NOW: i64 = 1_790_000_000_000;

pub(crate) struct StillClock;

impl Clock for StillClock {
    fn mono(&self) -> Mono {
        Mono::from_start(Duration::from_secs(100))
    }

    fn wall(&self) -> Wall {
        Wall::from_unix_ms(NOW)
    }
}

fn stamp() -> Stamp {
    Stamp {
        site: SiteName::parse("site").unwrap(),
        agent: AgentName::parse("pc-01").unwrap(),
        unreleased: true,
        clock: "unchecked",
    }
}

pub(crate) fn open(root: &Path) -> Result<(Front, Recovery), OpenError> {
    Front::open(root, None, stamp(), Arc::new(StillClock))
}

pub(crate) fn arrival(last: char, event: Option<&str>, received: i64) -> Arrival {
    let vin = Vin::parse(&format!("WP0ZZZ99ZTS39000{last}")).unwrap();
    Arrival {
        station: StationId::parse("marriage").unwrap(),
        vehicle: Vehicle::new(Some(vin), None, None).unwrap(),
        event: event.map(|event| EventId::parse(event).unwrap()),
        time: None,
        claims: Claims::default(),
        sequence: None,
        simulated: false,
        age: EventAge::Expires(Duration::from_secs(1)),
        received_at: Wall::from_unix_ms(received),
        received: Mono::from_start(Duration::from_secs(100)),
    }
}

pub(crate) fn place() -> Place {
    Place {
        name: BTreeMap::from([("en".to_owned(), "Marriage".to_owned())]),
        views: vec![ViewId::parse("front").unwrap()],
        dwell: Some(Duration::from_secs(60)),
        ready: None,
        keep: Keep::First,
    }
}

pub(crate) fn admit_to(front: &Front, arrival: &Arrival, place: &Place) -> Option<(Vec<Case>, Vec<Before>)> {
    match front.admit(arrival, &Admit { place, owner: &arrival.vehicle, discreet: false }).unwrap() {
        Admission::New { cases, before } => Some((cases, before)),
        Admission::Repeated => None,
    }
}

pub(crate) fn admit(front: &Front, arrival: &Arrival) -> Option<Case> {
    admit_to(front, arrival, &place()).and_then(|(mut cases, _)| cases.pop())
}

fn end(case: Case, reason: Reason) {
    let Ok(_ended) = case.end(Ending::new(reason)) else { panic!("ending failed") };
}

fn seal(case: Case) {
    let permit = permit(&case);
    let Ok(_ended) = case.seal(permit, pictures()) else { panic!("sealing failed") };
}

/// All is well, and the market `US` may follow the journey.
pub(crate) fn permit(case: &Case) -> Permit {
    let second = Duration::from_secs(1);
    let rules = Rules {
        calendar: Calendar::always(Zone::parse("Etc/UTC").unwrap()),
        photos: None,
        journey: vec![MarketRule { market: Market::parse("US").unwrap(), from: None, until: None }],
        classes: None,
        keep: Keep::First,
    };
    decide(&Facts {
        case: case.id(),
        arrival: case.arrival(),
        conditions: Conditions {
            now: case.arrival().received_at,
            mono: case.arrival().received,
            stop: StopState::Going,
            station: StationState::Ready,
            release: ReleaseState::Trial,
            ledger: LedgerState::Intact,
            clock: ClockState { keeper: ClockKeeper::Unchecked, steady: true, behind: Duration::ZERO },
            line: LineState { source: Source::Unasked, permits: true },
            rules: &rules,
            blackout: Blackout::None,
            orders: Source::Unasked,
            deny: Source::Unasked,
        },
        max_age: second,
        belonging: Belonging { owner: None, changed: false, denied: false },
        photographed: false,
        sequence: Sequence::Follows,
        stay: Stay::new(case.arrival().received, second, second, None),
    })
    .unwrap()
}

/// One grey picture of a scene that hides nothing.
pub(crate) fn pictures() -> Pictures {
    let size = Size::new(64, 48).unwrap();
    let scene = Scene::new(size, Show::All, Vec::new()).unwrap();
    let crop = Crop::whole(size);
    let grey = [Fill::GREY.ycc()[0]; 64 * 48 * 3];
    let mut jpeg = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 90);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
    encoder.encode(&grey, 64, 48, jpeg_encoder::ColorType::Rgb).unwrap();
    let proven: Proven = lineshot_proof::prove(jpeg, &Claim::new(&scene, crop, size).unwrap()).unwrap();
    let at = Wall::from_unix_ms(NOW);
    Pictures { proven: vec![proven], scene, crop, from: at, to: at, release: None, caption: None }
}

fn rows(root: &Path, question: &str) -> Vec<String> {
    let book = Connection::open(root.join("agent/agent.db")).unwrap();
    let mut rows = book.prepare(question).unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn outcomes(root: &Path) -> Vec<String> {
    rows(root, "SELECT outcome || coalesce('(' || reason || ')', '') FROM cases WHERE outcome IS NOT NULL")
}

#[test]
fn a_sealed_case_is_a_signed_parcel_whose_hashes_fit() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', Some("e-1"), NOW)).unwrap();
    let (id, permit) = (case.id().clone(), permit(&case));
    let Ok(_ended) = case.seal(permit, pictures()) else { panic!("sealing failed") };

    let parcel = root.path().join("ready").join(id.as_str());
    let json = fs::read(parcel.join("parcel.json")).unwrap();
    let public = fs::read_to_string(root.path().join("state/agent.pub")).unwrap();
    let signature = fs::read_to_string(parcel.join("parcel.sig")).unwrap();
    PinnedKey::parse(&public).unwrap().verify(keys::PARCEL_LABEL, &json, &signature).unwrap();
    let facts: ParcelText = serde_json::from_slice(&json).unwrap();
    assert_eq!((facts.outcome.as_str(), facts.case.as_str()), ("sealed", id.as_str()));
    use sha2::Digest as _;
    let picture = fs::read(parcel.join(&facts.pictures[0].file)).unwrap();
    assert_eq!(hex::encode(sha2::Sha256::digest(&picture)), facts.pictures[0].sha256);
    assert_eq!(outcomes(root.path()), ["sealed"]);
    assert!(!root.path().join("agent/open").join(id.as_str()).exists());
}

#[test]
fn the_same_event_three_times_is_one_case() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    for event in [Some("e-1"), None] {
        let arrival = arrival('1', event, NOW);
        let first = admit(&front, &arrival).expect("a new event opens a case");
        assert!(admit(&front, &arrival).is_none());
        let Ok(_ended) = first.end(Ending::new(Reason::Stale)) else { panic!("ending failed") };
        assert!(admit(&front, &arrival).is_none());
    }
    assert_eq!(outcomes(root.path()).len(), 2);
}

#[test]
fn a_vehicle_that_comes_again_after_its_dwell_is_a_new_case() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    for (received, opens) in [(NOW, true), (NOW + 59_999, false), (NOW + 60_000, true), (NOW + 1, false)] {
        let case = admit(&front, &arrival('1', None, received));
        assert_eq!(case.is_some(), opens, "{received}");
        if let Some(case) = case {
            let Ok(_ended) = case.end(Ending::new(Reason::Stale)) else { panic!("ending failed") };
        }
    }
}

#[test]
fn an_event_id_that_comes_again_with_another_car_is_a_new_case_and_a_notice() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let cases = [admit(&front, &arrival('1', Some("7"), NOW)), admit(&front, &arrival('2', Some("7"), NOW))];
    for case in cases {
        let Ok(_ended) = case.unwrap().end(Ending::new(Reason::Stale)) else { panic!("ending failed") };
    }
    let notices = rows(root.path(), "SELECT facts FROM ledger WHERE kind = 'notice'");
    assert!(notices.iter().any(|facts| facts.contains("event_id_reused")), "{notices:?}");
}

#[test]
fn a_case_that_was_open_when_the_agent_died_is_interrupted_once() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', None, NOW)).unwrap();
    let open_folder = root.path().join("agent/open").join(case.id().as_str());
    fs::create_dir(&open_folder).unwrap();
    let id = case.id().to_string();
    drop((case, front));

    let (front, recovery) = open(root.path()).unwrap();
    assert_eq!((recovery.interrupted, recovery.swept), (1, 1));
    assert_eq!(outcomes(root.path()), ["interrupted(restart)"]);
    assert!(root.path().join("ready").join(&id).join("parcel.sig").exists());
    assert!(!open_folder.exists());
    drop(front);
    assert_eq!(open(root.path()).unwrap().1, Recovery::default());
}

#[test]
fn what_a_committed_line_promises_is_handed_over_by_the_next_start() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', None, NOW)).unwrap();
    let (id, permit) = (case.id().to_string(), permit(&case));
    // The rename fails, as it would if the agent died before it.
    fs::write(root.path().join("ready").join(&id), "in the way").unwrap();
    let Ok(_ended) = case.seal(permit, pictures()) else { panic!("sealing failed") };
    assert_eq!(rows(root.path(), "SELECT stage FROM cases"), ["ended"]);
    drop(front);
    fs::remove_file(root.path().join("ready").join(&id)).unwrap();

    let (_front, recovery) = open(root.path()).unwrap();
    assert_eq!(recovery.handed, 1);
    assert!(root.path().join("ready").join(&id).join("full.jpg").exists());
    assert_eq!(outcomes(root.path()), ["sealed"]);
}

#[test]
fn a_promised_parcel_that_is_nowhere_stops_the_agent() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', None, NOW)).unwrap();
    let (id, permit) = (case.id().to_string(), permit(&case));
    fs::write(root.path().join("ready").join(&id), "in the way").unwrap();
    let Ok(_ended) = case.seal(permit, pictures()) else { panic!("sealing failed") };
    drop(front);
    fs::remove_file(root.path().join("ready").join(&id)).unwrap();
    fs::remove_dir_all(root.path().join("agent/open").join(&id)).unwrap();
    assert!(matches!(open(root.path()), Err(OpenError::Lost { case }) if case == id));
}

#[test]
fn a_picture_that_cannot_be_written_fails_and_is_recorded() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', None, NOW)).unwrap();
    let permit = permit(&case);
    fs::remove_dir(root.path().join("agent/open")).unwrap();
    let Ok(_ended) = case.seal(permit, pictures()) else { panic!("sealing failed") };
    assert_eq!(outcomes(root.path()), ["failed(spool_write)"]);
}

#[test]
fn a_permit_of_another_case_seals_nothing() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let [one, two] = ['1', '2'].map(|last| admit(&front, &arrival(last, None, NOW)).unwrap());
    let Ok(_ended) = one.seal(permit(&two), pictures()) else { panic!("sealing failed") };
    let Ok(_ended) = two.end(Ending::new(Reason::Stale)) else { panic!("ending failed") };
    assert_eq!(outcomes(root.path()), ["failed(internal)", "missed(stale)"]);
}

#[test]
fn one_folder_has_one_agent() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    assert!(matches!(open(root.path()), Err(OpenError::Running(_))));
    drop(front);
    assert!(open(root.path()).is_ok());
}

#[test]
fn a_case_that_was_dropped_open_fails_on_the_next_round_and_one_in_hand_does_not() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    drop(admit(&front, &arrival('1', None, NOW)));
    let in_hand = admit(&front, &arrival('2', None, NOW)).unwrap();
    assert_eq!(front.end_ownerless().unwrap(), 1);
    assert_eq!(outcomes(root.path()), ["failed(internal)"]);
    let Ok(_ended) = in_hand.end(Ending::new(Reason::Stale)) else { panic!("ending failed") };
    assert_eq!(front.end_ownerless().unwrap(), 0);
}

#[test]
fn a_removed_ledger_line_is_found_also_at_the_checkpoint() {
    let root = tempfile::tempdir().unwrap();
    for last in ['1', '2', '3'] {
        let (front, _) = open(root.path()).unwrap();
        let case = admit(&front, &arrival(last, None, NOW)).unwrap();
        let Ok(_ended) = case.end(Ending::new(Reason::Stale)) else { panic!("ending failed") };
    }
    let book = Connection::open(root.path().join("agent/agent.db")).unwrap();
    book.execute_batch("DROP TRIGGER ledger_keeps_all").unwrap();
    let checkpoint: i64 = book
        .query_row("SELECT value FROM numbers WHERE name = 'ledger_checkpoint'", [], |r| r.get(0))
        .unwrap();
    assert_eq!(book.execute("DELETE FROM ledger WHERE seq = ?", [checkpoint]).unwrap(), 1);
    drop(book);
    assert_eq!(open(root.path()).unwrap().0.ledger(), LedgerState::Broken);
}

#[test]
fn a_case_interrupted_by_a_start_of_another_kind_stays_what_it_was() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', None, NOW)).unwrap();
    let id = case.id().to_string();
    drop((case, front));
    let stamp = Stamp { unreleased: false, ..stamp() };
    let (_front, _) = Front::open(root.path(), None, stamp, Arc::new(StillClock)).unwrap();
    let facts = fs::read(root.path().join("ready").join(id).join("parcel.json")).unwrap();
    let facts: ParcelText = serde_json::from_slice(&facts).unwrap();
    assert!(facts.unreleased, "a trial's case never reaches a customer's album");
}

#[test]
fn a_case_that_was_interrupted_at_the_stop_cannot_be_sealed_any_more() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', None, NOW)).unwrap();
    let (id, permit) = (case.id().to_string(), permit(&case));
    assert_eq!(front.interrupt_open().unwrap(), 1);
    assert!(matches!(case.seal(permit, pictures()), Err(WriteError::EndedBefore { .. })));
    let ready = root.path().join("ready").join(&id);
    let mut names: Vec<_> = fs::read_dir(&ready)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["parcel.json", "parcel.sig"], "facts alone");
    drop(front);
    assert_eq!(open(root.path()).unwrap().1.swept, 1);
}

fn write_receipt(root: &Path, case: &str) {
    let text = format!(
        r#"{{"schema":"{RECEIPT_SCHEMA}","case":"{case}","result":"delivered","at":"2026-01-01T00:00:00Z","later":1}}"#
    );
    fs::write(root.join("receipts").join(format!("{case}.json")), text).unwrap();
}

#[test]
fn a_receipt_is_imported_once_however_often_it_comes() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', None, NOW)).unwrap();
    let (id, permit) = (case.id().to_string(), permit(&case));
    let Ok(_ended) = case.seal(permit, pictures()) else { panic!("sealing failed") };
    for _ in 0..2 {
        write_receipt(root.path(), &id);
        assert_eq!(front.import_receipts().unwrap().len(), 1);
        assert!(!root.path().join("receipts").join(format!("{id}.json")).exists());
    }
    assert_eq!(rows(root.path(), "SELECT kind FROM ledger WHERE kind = 'delivery'").len(), 1);
    assert_eq!(rows(root.path(), "SELECT delivery FROM cases"), ["delivered"]);
}

#[test]
fn a_receipt_for_an_unknown_or_open_case_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', None, NOW)).unwrap();
    for id in ["0123456789abcdef", case.id().as_str()] {
        write_receipt(root.path(), id);
    }
    fs::write(root.path().join("receipts/garbage.json"), "{").unwrap();
    assert_eq!(front.import_receipts().unwrap(), []);
    assert_eq!(fs::read_dir(root.path().join("receipts")).unwrap().count(), 3);
    let Ok(_ended) = case.end(Ending::new(Reason::Stale)) else { panic!("ending failed") };
}

#[test]
fn a_changed_ledger_line_is_found_at_the_next_start() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', None, NOW)).unwrap();
    let Ok(_ended) = case.end(Ending::new(Reason::Stale)) else { panic!("ending failed") };
    drop(front);
    let book = Connection::open(root.path().join("agent/agent.db")).unwrap();
    assert!(book.execute("UPDATE ledger SET facts = replace(facts, 'missed', 'sealed')", []).is_err());
    assert!(book.execute("DELETE FROM ledger", []).is_err());
    book.execute_batch("DROP TRIGGER ledger_only_grows").unwrap();
    book.execute("UPDATE ledger SET facts = replace(facts, 'missed', 'sealed')", []).unwrap();
    drop(book);
    let (front, _) = open(root.path()).unwrap();
    assert_eq!(front.ledger(), LedgerState::Broken);
}

#[test]
fn an_untouched_ledger_verifies_at_every_start() {
    let root = tempfile::tempdir().unwrap();
    for last in ['1', '2', '3'] {
        let (front, _) = open(root.path()).unwrap();
        assert_eq!(front.ledger(), LedgerState::Intact);
        let case = admit(&front, &arrival(last, None, NOW)).unwrap();
        let Ok(_ended) = case.end(Ending::new(Reason::Stale)) else { panic!("ending failed") };
    }
}

#[test]
fn a_flood_of_notices_makes_one_line_and_a_count() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let before = rows(root.path(), "SELECT kind FROM ledger").len();
    for _ in 0..1_000 {
        front.note(&Notice::new(NoticeKind::Malformed, None, "rubbish")).unwrap();
    }
    assert_eq!(rows(root.path(), "SELECT kind FROM ledger").len(), before + 1);
}

#[test]
fn every_outcome_waits_in_the_outbox_until_it_was_published() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', Some("e-9"), NOW)).unwrap();
    let Ok(_ended) = case.end(Ending::new(Reason::Departed)) else { panic!("ending failed") };
    let row = front.next_publication().unwrap().expect("an outcome is published");
    assert_eq!(row.topic, "lineshot/site/pc-01/outcome");
    let event: OutcomeEvent = serde_json::from_slice(&row.payload).unwrap();
    assert_eq!(event.data.reason.as_deref(), Some("departed"));
    assert_eq!(event.data.event.as_deref(), Some("e-9"));
    drop(front);
    let (front, _) = open(root.path()).unwrap();
    assert_eq!(front.next_publication().unwrap().as_ref(), Some(&row));
    front.published(row.id).unwrap();
    assert_eq!(front.next_publication().unwrap(), None);
}

#[test]
fn nothing_at_rest_holds_a_vin_in_the_clear() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', None, NOW)).unwrap();
    let permit = permit(&case);
    let Ok(_ended) = case.seal(permit, pictures()) else { panic!("sealing failed") };
    drop(front);
    let mut folders = vec![root.path().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files += 1;
                let bytes = fs::read(&path).unwrap();
                assert!(!bytes.windows(6).any(|w| w == b"ZTS390"), "{}", path.display());
            }
        }
    }
    assert!(files >= 6, "{files} files were looked at");
}
