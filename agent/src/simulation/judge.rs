//! What must be so after a day, by what happened in the plant alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use lineshot_domain::{AgentName, SiteKey, SiteName, Vehicle, Vin};
use lineshot_spool::{Chain, Front, Recovery, Stamp, ledger};
use rusqlite::Connection;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::day::Fault;
use super::hall::shown;
use super::plant;
use super::store::Mood;
use super::time::ProcessClock;
use super::world::World;
use crate::site_key;

/// A car that stands at least so long can be photographed: `delay`, a frame, and the time for its arrival to be told.
const LONG: Duration = Duration::from_secs(6);
/// After whatever broke is whole again, the house needs this long: a clock that was set is watched for a minute, a
/// broker is tried every 15 s, a word about the line comes every 10 s.
const RECOVERY: Duration = Duration::from_secs(95);

/// A case as the book has it at the end.
#[derive(Debug)]
struct Case {
    id: String,
    public: String,
    event: String,
    outcome: String,
    reason: Option<String>,
    delivery: Option<String>,
}

/// Says what is wrong, else what became of the day.
pub(super) fn judge(mut world: World) -> Result<String, String> {
    world.close();
    let data = world.machine.data();
    reopened(&world, &data)?;
    let looked =
        lineshot_spool::check(&data, &*ProcessClock::new(&world.time)).map_err(|error| error.to_string())?;
    if !looked.is_well() {
        return Err(format!("spool check finds {:?}", looked.findings));
    }
    let cases = cases(&data);
    let lines = lines(&data)?;
    outcomes(&cases, &lines)?;
    words(&world, &cases)?;
    events(&world, &cases)?;
    arrivals(&world, &cases)?;
    album(&world, &cases)?;
    good_pictures(&world, &cases)?;
    Ok(told(&cases))
}

fn told(cases: &[Case]) -> String {
    let mut counts = BTreeMap::<String, usize>::new();
    for case in cases {
        let reason = case.reason.as_deref().unwrap_or_default();
        *counts.entry(format!("{} {reason}", case.outcome)).or_default() += 1;
    }
    format!("{counts:?}")
}

/// A start after it finds nothing to do.
fn reopened(world: &World, data: &Path) -> Result<(), String> {
    let stamp = Stamp {
        site: SiteName::parse("site").unwrap(),
        agent: AgentName::parse("pc-01").unwrap(),
        unreleased: true,
        clock: "unchecked",
    };
    let clock = ProcessClock::new(&world.time);
    let (front, recovery) =
        Front::open(data, Some(key(data)), stamp, clock).map_err(|error| format!("{error:?}"))?;
    if recovery != Recovery::default() {
        return Err(format!("the last start had something to do: {recovery:?}"));
    }
    match front.ledger() {
        lineshot_domain::LedgerState::Intact => Ok(()),
        broken => Err(format!("the ledger is {broken:?}")),
    }
}

fn key(data: &Path) -> SiteKey {
    site_key::read(&data.parent().unwrap().join("config/site.key")).unwrap()
}

fn cases(data: &Path) -> Vec<Case> {
    let book = Connection::open(data.join("agent/agent.db")).unwrap();
    let mut rows = book
        .prepare(
            "SELECT c.id, c.public_id, a.event, c.outcome, c.reason, c.delivery
             FROM cases c JOIN arrivals a ON a.id = c.arrival ORDER BY c.rowid",
        )
        .unwrap();
    let case = |row: &rusqlite::Row<'_>| {
        Ok(Case {
            id: row.get(0)?,
            public: row.get(1)?,
            event: row.get(2)?,
            outcome: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
            reason: row.get(4)?,
            delivery: row.get(5)?,
        })
    };
    rows.query_map([], case).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Case and kind to what the ledger says of it.
fn lines(data: &Path) -> Result<BTreeMap<(String, String), Vec<Value>>, String> {
    let mut lines = BTreeMap::<_, Vec<Value>>::new();
    let chain = ledger(data, &mut |line| {
        let facts = serde_json::from_str(&line.facts).unwrap();
        lines.entry((line.case, line.kind)).or_default().push(facts);
    });
    match chain.unwrap() {
        Chain::Holds { .. } => Ok(lines),
        Chain::Breaks { at } => Err(format!("the ledger breaks at line {at}")),
    }
}

/// Each case has one outcome, and one result of its delivery.
fn outcomes(cases: &[Case], lines: &BTreeMap<(String, String), Vec<Value>>) -> Result<(), String> {
    for case in cases {
        let of = |kind: &str, key: &str| -> Vec<String> {
            let lines = lines.get(&(case.id.clone(), kind.to_owned())).into_iter().flatten();
            lines.map(|facts| facts[key].as_str().unwrap_or_default().to_owned()).collect()
        };
        if of("outcome", "outcome") != [case.outcome.clone()] {
            return Err(format!("{case:?}: the ledger says {:?}", of("outcome", "outcome")));
        }
        let delivered = of("delivery", "result");
        if delivered.len() > 1 || delivered.first() != case.delivery.as_ref() {
            return Err(format!("{case:?}: the ledger says of its delivery {delivered:?}"));
        }
        // The album keeps the picture that it has: there is nothing to deliver.
        let is_kept = case.reason.as_deref() == Some("already_photographed");
        if case.delivery.is_none() != is_kept {
            return Err(format!("{case:?} has no result, or one too many"));
        }
    }
    Ok(())
}

/// The PLC heard of each accepted event what the ledger says, and only that.
fn words(world: &World, cases: &[Case]) -> Result<(), String> {
    for case in cases {
        let said: BTreeSet<&str> =
            world.plc.words.get(&case.event).into_iter().flatten().map(String::as_str).collect();
        let word = match case.outcome.as_str() {
            "sealed" => "done",
            "interrupted" => "failed",
            other => other,
        };
        if said != BTreeSet::from(["accepted", word]) {
            return Err(format!("{case:?}: the PLC was told {said:?}"));
        }
    }
    match world.plc.words.keys().find(|event| !cases.iter().any(|case| case.event == **event)) {
        Some(event) => Err(format!("{event} was accepted and is in no book")),
        None => Ok(()),
    }
}

/// Whoever listens hears of each case once, by id.
fn events(world: &World, cases: &[Case]) -> Result<(), String> {
    let mut heard = BTreeMap::<String, BTreeSet<(String, String)>>::new();
    for (_, payload) in world.broker.lock().unwrap().heard.iter().filter(|(topic, _)| topic == plant::OUTCOME)
    {
        let event: Value = serde_json::from_slice(payload).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let data = &event["data"];
        heard.entry(text(&data["event"])).or_default().insert((text(&event["id"]), text(&data["outcome"])));
    }
    for case in cases {
        let said = heard.get(&case.event).into_iter().flatten().collect::<Vec<_>>();
        if said.len() != 1 || said[0].1 != case.outcome {
            return Err(format!("{case:?}: published as {said:?}"));
        }
    }
    Ok(())
}

/// No event is in the book twice, and none that the broker took and never forgot is missing.
fn arrivals(world: &World, cases: &[Case]) -> Result<(), String> {
    let mut found = BTreeMap::<&str, usize>::new();
    for case in cases {
        *found.entry(&case.event).or_default() += 1;
    }
    if let Some((event, times)) = found.iter().find(|(_, times)| **times > 1) {
        return Err(format!("{event} opened {times} cases"));
    }
    if world.faults.iter().any(|fault| matches!(fault, Fault::KillBroker(true, _))) {
        return Ok(());
    }
    for event in &world.plc.taken {
        let name = plant::event(*event);
        if !found.contains_key(name.as_str()) {
            return Err(format!("{name} was taken by the broker and is in no book"));
        }
    }
    Ok(())
}

/// Every picture in the store shows the car whose album it is in, and every record is true.
fn album(world: &World, cases: &[Case]) -> Result<(), String> {
    let key = key(&world.machine.data());
    let stored = world.stored.lock().unwrap();
    if !stored.leaked.is_empty() {
        return Err(format!("{:?} left although everything was stopped", stored.leaked));
    }
    let (mut named, mut told) = (BTreeSet::new(), BTreeSet::new());
    for (_, visit) in &world.visits {
        let vehicle = Vehicle::new(Some(Vin::parse(&plant::vin(visit.car)).unwrap()), None, None).unwrap();
        let folder = format!("unreleased/albums/{}", key.album(&vehicle));
        for (key, bytes) in stored.objects.iter().filter(|(key, _)| key.starts_with(&folder)) {
            if key.ends_with(".jpg") && shown(bytes) != Some(visit.car) {
                return Err(format!("the album of car {} shows {:?} ({key})", visit.car, shown(bytes)));
            }
            if key.ends_with(".json") {
                named.extend(record(&stored.objects, &folder, bytes)?);
                told.insert(plant::event(visit.event));
            }
        }
    }
    for case in cases {
        let pictures = || stored.objects.keys().filter(|key| key.ends_with(&format!("/{}.jpg", case.public)));
        let is_named = pictures().any(|key| named.contains(key));
        let is_sealed = case.outcome == "sealed";
        let delivery = case.delivery.as_deref().unwrap_or_default();
        if is_sealed && delivery == "delivered" && !is_named && !is_superseded(world, cases, case) {
            return Err(format!("{case:?}: no record names its picture"));
        }
        if !is_sealed && pictures().next().is_some() {
            return Err(format!("{case:?} has a picture in the store"));
        }
        if delivery == "expired" && is_named {
            return Err(format!("{case:?}: a record names a picture that was removed"));
        }
        if delivery == "expired" && !told.contains(&case.event) {
            return Err(format!("{case:?}: its album was not told that it has no picture"));
        }
        let may_fail = |is: fn(&Fault) -> bool| world.faults.iter().any(is);
        let allowed = match delivery {
            "delivered" | "" => true,
            "undeliverable" => is_sealed && may_fail(|it| matches!(it, Fault::Store(Mood::Picky, _))),
            "expired" => is_sealed && may_fail(|it| matches!(it, Fault::Store(..))),
            "stopped" => may_fail(|it| matches!(it, Fault::Stop(true, _))),
            _ => false,
        };
        if !allowed {
            return Err(format!("{case:?} was not delivered"));
        }
    }
    Ok(())
}

/// Whether an earlier visit of the same car gave the picture that counts.
fn is_superseded(world: &World, cases: &[Case], case: &Case) -> bool {
    let car = |case: &Case| {
        let of = |visit: &super::day::Visit| plant::event(visit.event) == case.event;
        world.visits.iter().find(|(_, visit)| of(visit)).map(|(_, visit)| visit.car)
    };
    cases.iter().any(|other| other.id != case.id && other.outcome == "sealed" && car(other) == car(case))
}

/// The objects that a record names, which are what it says.
fn record(
    objects: &BTreeMap<String, Vec<u8>>,
    folder: &str,
    record: &[u8],
) -> Result<BTreeSet<String>, String> {
    let record: Value = serde_json::from_slice(record).unwrap();
    let views = record["views"].as_array().unwrap();
    let mut named = BTreeSet::new();
    for picture in views.iter().flat_map(|view| view["pictures"].as_array().unwrap()) {
        let key = format!("{folder}/{}", picture["key"].as_str().unwrap());
        let bytes = objects.get(&key).ok_or_else(|| format!("a record names {key}, which is not there"))?;
        if picture["sha256"] != hex::encode(Sha256::digest(bytes)) {
            return Err(format!("a record tells another hash of {key}"));
        }
        named.insert(key);
    }
    Ok(named)
}

/// A car that stood long enough while nothing was wrong, and had no picture yet, has one.
fn good_pictures(world: &World, cases: &[Case]) -> Result<(), String> {
    let mut photographed = BTreeSet::new();
    for (at, visit) in &world.visits {
        let case = cases.iter().find(|case| case.event == plant::event(visit.event));
        let is_calm = world
            .disturbed
            .iter()
            .all(|(from, to)| *to + RECOVERY < *at || at.saturating_add(visit.stays.min(LONG * 3)) < *from);
        let is_sealed = case.is_some_and(|case| case.outcome == "sealed");
        if is_calm && visit.stays >= LONG && !photographed.contains(&visit.car) && !is_sealed {
            return Err(format!("{visit:?}, which came at {at:?}, has no picture: {case:?}"));
        }
        if is_sealed {
            photographed.insert(visit.car);
        }
    }
    Ok(())
}
