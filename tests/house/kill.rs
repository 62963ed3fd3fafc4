//! SIGKILL of either daemon at any moment: one outcome for every case, pictures for the sealed ones alone.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use lineshot_demo::{Rule, Store};

use crate::plant::Plant;

/// At least so many kills, and at least half as many between admission and receipt.
const KILLS: usize = 20;

/// A machine on which this many do not hit is no place for this test.
const MOST_KILLS: usize = 100;

/// Milliseconds: about as long as a case is under way, from the event to the receipt.
const LONGEST: u64 = 600;

/// A vehicle for each kill.
fn vin(number: usize) -> String {
    format!("WP0ZZZ99ZTS3{number:05}")
}

#[test]
fn whichever_daemon_is_killed_whenever_every_case_has_one_outcome() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = runtime.block_on(Store::start(folder.path(), Rule::PutOnly)).unwrap();
    store.bucket("kills").unwrap();
    let mut plant = Plant::running(&store.account(), "kills");

    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut chance = fastrand::Rng::with_seed(seed);
    let (mut kills, mut under_way) = (0, 0);
    while kills < KILLS || under_way < KILLS / 2 {
        let kill = kills;
        kills += 1;
        assert!(kills <= MOST_KILLS, "only {under_way} of {MOST_KILLS} kills hit: choose the moments better");
        plant.arrive_within("marriage", &vin(kill), 60);
        // Not a wait for anything: the moment of the fault.
        thread::park_timeout(Duration::from_millis(chance.u64(0..LONGEST)));
        if kill % 2 == 0 {
            plant.agent.as_mut().unwrap().kill();
        } else {
            plant.uploader.as_mut().unwrap().kill();
        }
        // Of this very event, not of one that an earlier kill left behind.
        let stages = plant.ask("SELECT stage FROM cases ORDER BY rowid DESC");
        under_way += usize::from(stages.len() == kills && stages[0] != "receipted");
        if kill % 2 == 0 {
            plant.start_agent(&["--unreleased"]);
        } else {
            plant.start_uploader();
        }
    }
    plant.arrive_within("marriage", &vin(kills), 60);
    plant.until_settled(kills + 1);
    println!("{under_way} of {kills} kills found a case between admission and receipt");

    let cases = plant.ask("SELECT public_id || ' ' || outcome FROM cases ORDER BY rowid");
    assert_eq!(cases.len(), kills + 1, "every event opened exactly one case: {cases:?}");
    let vehicles: BTreeSet<_> = plant.ask("SELECT vehicle FROM arrivals").into_iter().collect();
    assert_eq!(vehicles.len(), kills + 1);
    let outcomes = plant.ask("SELECT case_id FROM ledger WHERE kind = 'outcome'");
    assert_eq!(outcomes.len(), kills + 1, "exactly one outcome each");
    let deliveries = plant.ask("SELECT case_id FROM ledger WHERE kind = 'delivery'");
    assert_eq!(deliveries.len(), deliveries.iter().collect::<BTreeSet<_>>().len(), "one result each");

    let keys = store.keys("kills").unwrap();
    for case in &cases {
        let (id, outcome) = case.split_once(' ').unwrap();
        let pictures = keys.iter().filter(|key| key.contains(id)).count();
        let wanted = if outcome == "sealed" { 2 } else { 0 };
        assert_eq!(pictures, wanted, "{case}: full size and thumbnail if sealed, else nothing");
    }
    assert!(cases.last().unwrap().ends_with("sealed"), "the last one was left in peace: {cases:?}");
    let records = keys.iter().filter(|key| key.ends_with("/marriage.json")).count();
    assert_eq!(records, kills + 1, "every album has its record");
}
