//! A broker that comes back with a queue of three hours.

use std::collections::BTreeMap;
use std::time::Duration;

use lineshot_domain::Wall;
use lineshot_hall::Stand;

use super::line::{LinePlant, LineStation, arrival, event_of};

const TAKT: Duration = Duration::from_secs(10);
const QUEUED: usize = 200;
const HOURS: i64 = 3;

/// A car stands for at least 6.5 s of this takt, so whatever is photographed within `dwell` of an event that is believed
/// is the car that the event was about, however late the event comes.
const TRIGGER: &str = "max_age = \"4s\"\ndwell = \"6500ms\"";

const STATIONS: [LineStation; 3] = [
    LineStation { id: "first", position: 1, trigger: TRIGGER, delay: "100ms", within: "2s" },
    LineStation { id: "second", position: 2, trigger: TRIGGER, delay: "100ms", within: "2s" },
    LineStation { id: "third", position: 3, trigger: TRIGGER, delay: "100ms", within: "2s" },
];

/// A machine that cannot start an agent within four seconds in so many tries is no place for this test.
const TRIES: usize = 4;

/// Cars of the last three hours at all stations, the oldest first, without those who may still stand there.
fn past(line: &LinePlant, wanted: usize) -> Vec<(usize, Stand)> {
    let now = line.now();
    let from = Wall::from_unix_ms(now.unix_ms() - HOURS * 3_600_000);
    let until = Wall::from_unix_ms(now.unix_ms() - 60_000);
    let mut cars: Vec<_> = (0..STATIONS.len())
        .flat_map(|at| line.hall.stands(STATIONS[at].position(), from, until).map(move |car| (at, car)))
        .collect();
    cars.sort_by_key(|(_, car)| car.arrives);
    let all = cars.len();
    (0..wanted).map(|number| cars[number * all / wanted]).collect()
}

/// Returns when a car stands at every station, with these cars.
fn all_stand(line: &LinePlant) -> Vec<Stand> {
    let _begins = line.next_car(&STATIONS[0]);
    let now = line.now();
    let next =
        |station: &LineStation| line.hall.stands(station.position(), now, now.plus(TAKT)).next().unwrap();
    let cars: Vec<_> = STATIONS.iter().map(next).collect();
    cars.iter().for_each(|car| line.until(car.arrives));
    cars
}

/// The agent is away, the PLC tells of three hours, the broker is restarted, and everything comes at once. Gives how
/// each event ended, and the cars that stood there.
fn come_back(line: &mut LinePlant, round: usize) -> Vec<String> {
    line.plant.agent.as_mut().unwrap().stop();
    let old = past(line, QUEUED - STATIONS.len());
    for (number, (at, car)) in old.iter().enumerate() {
        let topic = format!("line/{}/arrival", STATIONS[*at].id);
        // Each round is another story of the same cars.
        let event =
            arrival(*car, car.arrives).replace(&event_of(*car), &format!("{}r{round}", event_of(*car)));
        match number % 20 {
            0 => line.plc.tell_for_ever(&topic, &event),
            _ => line.plc.tell(&topic, &event),
        }
    }
    let cars = all_stand(line);
    for (station, car) in STATIONS.iter().zip(&cars) {
        line.tell_arrival(station, *car);
    }
    line.plc.until_taken();
    line.plant.broker.stop();
    line.plant.broker.restart();
    line.plant.start_agent(&["--unreleased"]);
    STATIONS.iter().zip(&cars).map(|(station, car)| line.outcome(station, *car)).collect()
}

#[test]
fn two_hundred_events_of_three_hours_and_retained_ones_give_no_picture_of_another_car() {
    let mut line = LinePlant::built(TAKT, &STATIONS);
    // Of cars that stood here yesterday, and fresh by their own time: what is stored says nothing about now.
    for station in &STATIONS {
        let yesterday = Wall::from_unix_ms(line.now().unix_ms() - 86_400_000);
        let car = line.hall.stands(station.position(), yesterday, line.now()).next().unwrap();
        line.plc.tell_for_ever(&format!("line/{}/arrival", station.id), &arrival(car, line.now()));
        line.plc.tell_for_ever(&format!("line/{}/departure", station.id), &arrival(car, line.now()));
    }
    line.plc.until_taken();
    line.plant.start_agent(&["--unreleased"]);
    let (mut rounds, mut sealed) = (0, 0);
    while sealed == 0 {
        rounds += 1;
        assert!(rounds <= TRIES, "no fresh event was ever in time: {:?}", line.plant.outcomes());
        let fresh = come_back(&mut line, rounds);
        println!("round {rounds}: the fresh ones ended as {fresh:?}");
        // The last is a machine that draws its three cameras too slowly.
        let late = ["missed(stale)", "missed(dwell)", "failed(camera_stalled)"];
        let may = |outcome: &String| outcome == "sealed" || late.contains(&outcome.as_str());
        assert!(fresh.iter().all(may), "{fresh:?}");
        sealed += fresh.iter().filter(|outcome| *outcome == "sealed").count();
    }
    line.plant.until(|| line.plant.outcomes().len() == rounds * QUEUED);
    line.plant.until(|| !line.plant.outcomes().contains(&"open".to_owned()));

    let mut counts = BTreeMap::new();
    line.plant.outcomes().into_iter().for_each(|outcome| *counts.entry(outcome).or_insert(0) += 1);
    println!("{counts:?}");
    let stale = counts["missed(stale)"];
    assert!(stale >= rounds * (QUEUED - STATIONS.len()), "every old event is stale: {counts:?}");
    let outcomes = line.plant.ask("SELECT case_id FROM ledger WHERE kind = 'outcome'");
    let distinct: std::collections::BTreeSet<_> = outcomes.iter().collect();
    assert_eq!((outcomes.len(), distinct.len()), (rounds * QUEUED, rounds * QUEUED), "one outcome each");
    assert_eq!(line.assert_every_picture_shows_its_car(), sealed);
}
