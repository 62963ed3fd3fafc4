//! What outlives a run: blackout, the latest picture, the state file, the outbox.

use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::contract::{LARGEST_STATE, StateText};

fn at(ms: i64) -> Wall {
    Wall::from_unix_ms(NOW + ms)
}

#[test]
fn a_blackout_lasts_until_its_own_end_whatever_is_said_or_dies() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    assert_eq!(front.blackout(), Blackout::None);
    assert_eq!(front.declare_blackout(at(5_000)).unwrap(), at(5_000));
    assert_eq!(front.declare_blackout(at(1_000)).unwrap(), at(5_000), "nothing shortens it");
    drop(front);
    let (front, _) = open(root.path()).unwrap();
    assert_eq!(front.blackout(), Blackout::Until(at(5_000)));
    assert_eq!(front.declare_blackout(at(9_000)).unwrap(), at(9_000));
    assert_eq!(front.blackout(), Blackout::Until(at(9_000)));
}

#[test]
fn a_word_about_a_blackout_that_could_not_be_read_closes_also_after_a_restart() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    front.declare_blackout(at(5_000)).unwrap();
    front.blackout_unreadable(true).unwrap();
    assert_eq!(front.blackout(), Blackout::Broken);
    drop(front);
    let (front, _) = open(root.path()).unwrap();
    assert_eq!(front.blackout(), Blackout::Broken);
    front.blackout_unreadable(false).unwrap();
    assert_eq!(front.blackout(), Blackout::Until(at(5_000)));
    drop(front);
    assert_eq!(open(root.path()).unwrap().0.blackout(), Blackout::Until(at(5_000)));
}

#[test]
fn a_book_that_cannot_be_written_does_not_open_what_a_blackout_closed() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let book = Connection::open(root.path().join("agent/agent.db")).unwrap();
    book.execute_batch("DROP TABLE numbers").unwrap();
    assert!(front.declare_blackout(at(5_000)).is_err());
    assert_eq!(front.blackout(), Blackout::Until(at(5_000)));
    assert!(front.blackout_unreadable(true).is_err() && front.blackout_unreadable(false).is_err());
    assert_eq!(front.blackout(), Blackout::Broken);
}

/// A wall clock that a test sets.
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn mono(&self) -> Mono {
        StillClock.mono()
    }

    fn wall(&self) -> Wall {
        Wall::from_unix_ms(self.0.load(Ordering::Relaxed))
    }
}

#[test]
fn the_latest_picture_holds_the_clock_and_no_notice_by_a_clock_that_was_wrong_does() {
    let root = tempfile::tempdir().unwrap();
    let clock = Arc::new(SetClock(AtomicI64::new(NOW)));
    let (front, _) = Front::open(root.path(), None, stamp(), clock.clone()).unwrap();
    clock.0.store(NOW + 7_200_000, Ordering::Relaxed);
    front.note(&Notice::new(NoticeKind::Started, None, "x")).unwrap();
    assert_eq!(front.latest_picture().unwrap(), Wall::from_unix_ms(0));
    for (last, now, latest) in [('1', NOW, NOW), ('2', NOW - 9_000, NOW), ('3', NOW + 9_000, NOW + 9_000)] {
        clock.0.store(now, Ordering::Relaxed);
        let arrival = arrival(last, None, NOW);
        admit_to(&front, &arrival, &place()).unwrap().0.into_iter().for_each(seal);
        assert_eq!(front.latest_picture().unwrap(), Wall::from_unix_ms(latest));
    }
    drop(front);
    let (front, _) = Front::open(root.path(), None, stamp(), clock).unwrap();
    assert_eq!(front.latest_picture().unwrap(), at(9_000));
}

fn state(root: &Path) -> StateText {
    let signed = fs::read_to_string(root.join("state/state.signed")).unwrap();
    assert!(signed.len() as u64 <= LARGEST_STATE);
    let (signature, json) = signed.split_once('\n').unwrap();
    let public = fs::read_to_string(root.join("state/agent.pub")).unwrap();
    PinnedKey::parse(&public).unwrap().verify(keys::STATE_LABEL, json.as_bytes(), signature).unwrap();
    serde_json::from_str(json).unwrap()
}

#[test]
fn the_state_says_what_holds_and_stops_all_if_it_cannot_hold_all_denied_albums() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let albums: Vec<_> =
        (0..120_000).map(|i| lineshot_domain::AlbumId::parse(&format!("{i:032x}")).unwrap()).collect();
    for (stopped, denied, all) in
        [(false, 0, true), (true, 2, true), (false, 100_000, true), (false, 120_000, false)]
    {
        front
            .write_state(&Standing {
                stopped,
                denied: &albums[..denied],
                revoked: &[],
                closed: &[],
                clock: true,
            })
            .unwrap();
        let state = state(root.path());
        assert_eq!((state.stopped, state.denied.len()), if all { (stopped, denied) } else { (true, 0) });
    }
    assert_eq!(state(root.path()).number, 4);
}

#[test]
fn what_the_broker_never_takes_makes_room_and_the_ledger_says_so() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let book = Connection::open(root.path().join("agent/agent.db")).unwrap();
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
                INSERT INTO outbox (topic, payload) SELECT 't', x'00' FROM n";
    book.execute_batch(fill).unwrap();
    let waiting = || rows(root.path(), "SELECT CAST(count(*) AS TEXT) FROM outbox");
    let noticed = || rows(root.path(), "SELECT facts FROM ledger WHERE facts LIKE '%outbox_full%'").len();
    end(admit(&front, &arrival('1', Some("e-1"), NOW)).unwrap(), Reason::Departed);
    assert_eq!((waiting(), noticed()), (vec!["100000".to_owned()], 0));
    for event in ["e-2", "e-3"] {
        end(admit(&front, &arrival('1', Some(event), NOW)).unwrap(), Reason::Departed);
        assert_eq!(noticed(), 1, "once for a thousand");
    }
    assert_eq!(waiting(), ["99002"]);
    assert_eq!(front.next_publication().unwrap().map(|row| row.id), Some(1_001), "the oldest went");
    drop(front);
    assert_eq!(open(root.path()).unwrap().0.ledger(), LedgerState::Intact);
}

#[test]
fn notices_are_named_as_the_ledger_has_them() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    use NoticeKind as N;
    for kind in [
        N::SequenceGap,
        N::SourceBroken,
        N::SourceMended,
        N::BlackoutDeclared,
        N::ClockStepped,
        N::Stopped,
        N::Going,
        N::Simulated,
        N::OrdersRead,
    ] {
        front.note(&Notice::new(kind, None, "x")).unwrap();
    }
    let named = rows(root.path(), "SELECT json_extract(facts, '$.notice') FROM ledger ORDER BY seq");
    assert_eq!(
        named,
        [
            "sequence_gap",
            "source_broken",
            "source_mended",
            "blackout_declared",
            "clock_stepped",
            "stopped",
            "going",
            "simulated",
            "orders_read"
        ]
    );
}

#[test]
fn what_a_resume_destroyed_is_recalled_until_the_uploader_has_answered() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', None, NOW)).unwrap();
    let id = case.id().to_string();
    seal(case);
    let stop = front.stop("file", "x").unwrap();
    let recalled = || {
        front
            .write_state(&Standing { stopped: false, denied: &[], revoked: &[], closed: &[], clock: true })
            .unwrap();
        state(root.path()).recalled
    };
    assert!(recalled().is_empty());
    assert!(front.lift(&stop.number, true, &serde_json::json!({ "notice": "resumed" })).unwrap());
    assert_eq!(recalled(), rows(root.path(), "SELECT public_id FROM cases"));
    write_receipt(root.path(), &id);
    assert_eq!(front.import_receipts().unwrap().len(), 1);
    assert!(recalled().is_empty());
}

#[test]
fn a_notice_that_could_not_be_written_is_told_by_the_next_of_its_kind() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let book = Connection::open(root.path().join("agent/agent.db")).unwrap();
    book.execute_batch("CREATE TRIGGER full BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'full'); END")
        .unwrap();
    let notice = Notice::new(NoticeKind::Malformed, None, "rubbish");
    assert!(front.note(&notice).is_err());
    book.execute_batch("DROP TRIGGER full").unwrap();
    front.note(&notice).unwrap();
    assert_eq!(rows(root.path(), "SELECT facts FROM ledger WHERE facts LIKE '%malformed%'").len(), 1);
}
