//! SIGKILL of either daemon at any moment: one outcome for every case, pictures for the sealed ones alone.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use lineshot_demo::{Rule, Store};

use crate::plant::Plant;

const KILLS: usize = 20;

/// Longer than a case is usually under way, from the event to the receipt.
const LONGEST: u64 = 900;

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
    let mut under_way = 0;
    for kill in 0..KILLS {
        plant.arrive_within("marriage", &vin(kill), 60);
        // Not a wait for anything: the moment of the fault.
        thread::park_timeout(Duration::from_millis(chance.u64(0..LONGEST)));
        if kill % 2 == 0 {
            plant.agent.as_mut().unwrap().kill();
        } else {
            plant.uploader.as_mut().unwrap().kill();
        }
        under_way += usize::from(!plant.ask("SELECT id FROM cases WHERE stage != 'receipted'").is_empty());
        if kill % 2 == 0 {
            plant.start_agent(&["--unreleased"]);
        } else {
            plant.start_uploader();
        }
    }
    plant.arrive_within("marriage", &vin(KILLS), 60);
    plant.until_settled(KILLS + 1);
    println!("{under_way} of {KILLS} kills found a case between admission and receipt");
    assert!(under_way >= KILLS / 2, "only {under_way} kills hit: choose the moments better");

    let cases = plant.ask("SELECT public_id || ' ' || outcome FROM cases ORDER BY rowid");
    assert_eq!(cases.len(), KILLS + 1, "every event opened exactly one case: {cases:?}");
    let vehicles: BTreeSet<_> = plant.ask("SELECT vehicle FROM arrivals").into_iter().collect();
    assert_eq!(vehicles.len(), KILLS + 1);
    let outcomes = plant.ask("SELECT case_id FROM ledger WHERE kind = 'outcome'");
    assert_eq!(outcomes.len(), KILLS + 1, "exactly one outcome each");
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
    assert_eq!(records, KILLS + 1, "every album has its record");
}
