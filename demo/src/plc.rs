//! The plant's program: lets cars come down the rendered line, and says so on MQTT as a PLC would.
//!
//! Holds:
//! - a car is announced when it has come to rest and leaves when it begins to move, by the same plan that the
//!   cameras draw from;
//! - at one station one car comes after the other; who asks for a car waits for its turn;
//! - a camera that was knocked stays so, whatever comes, until it is put straight.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use lineshot_domain::Wall;
use lineshot_hall::{Nudge, Plan, Position, Visit, vin_of};
use serde_json::json;
use tokio::time::sleep;

use crate::ear::Mouth;
use crate::floor::{Arrival, Floor};
use crate::plant;
use crate::script::{STATIONS, stands};

/// What a plan still says of cars that are gone.
const KEPT: Duration = Duration::from_secs(60);

/// From the moment a car is asked for until it comes into the picture at the first station.
const NOTICE: Duration = Duration::from_millis(100);

/// The plant's program.
#[derive(Debug)]
pub(crate) struct Plc {
    plan: PathBuf,
    floor: Arc<Floor>,
    mouth: Mouth,
    coming: Mutex<Coming>,
}

/// What comes, when there is room again, and which cameras were knocked.
#[derive(Debug)]
struct Coming {
    visits: Vec<Visit>,
    free: [Wall; STATIONS.len()],
    nudges: [Option<Nudge>; STATIONS.len()],
    events: u32,
}

impl Coming {
    fn plan(&self) -> Result<Plan> {
        let mut plan = Plan::new(self.visits.clone()).context("planning a car's way")?;
        for (station, nudge) in self.nudges.into_iter().enumerate() {
            if let Some(nudge) = nudge {
                plan = plan.nudged(position(station)?, nudge);
            }
        }
        Ok(plan)
    }
}

fn position(station: usize) -> Result<Position> {
    Position::new(STATIONS[station].position).context("a station's place on the line")
}

impl Plc {
    /// An empty line, drawn from the file `plan`.
    pub(crate) fn new(plan: PathBuf, floor: Arc<Floor>, mouth: Mouth) -> Result<Plc> {
        let (free, nudges) = ([floor.now(); STATIONS.len()], [None; STATIONS.len()]);
        let coming = Coming { visits: Vec::new(), free, nudges, events: 0 };
        let plc = Plc { plan, floor, mouth, coming: Mutex::new(coming) };
        plc.write(&plc.coming())?;
        Ok(plc)
    }

    fn coming(&self) -> MutexGuard<'_, Coming> {
        // What is half planned is planned anew with the next car.
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, coming: &Coming) -> Result<()> {
        plant::write(&self.plan, coming.plan()?.to_string().as_bytes(), plant::PUBLIC)
    }

    /// From now on the camera of the station with this index stands so, or right.
    pub(crate) fn nudge(&self, station: usize, nudge: Option<Nudge>) -> Result<()> {
        let mut coming = self.coming();
        coming.nudges[station] = nudge;
        self.write(&coming)
    }

    /// Returns when the cars that are on their way now have left the station with this index.
    pub(crate) async fn until_free(&self, station: usize) {
        let free = self.coming().free[station];
        self.wait_until(free).await;
    }

    /// Lets a car come to every station, as soon as there is room. The event ids of its arrivals.
    pub(crate) fn bring(self: &Arc<Self>, order: u32) -> Result<Vec<String>> {
        let mut coming = self.coming();
        let now = self.floor.now();
        coming.visits.retain(|visit| visit.leaves.plus(KEPT) > now);
        let visits = self.planned(&mut coming, order)?;
        coming.visits.extend(visits);
        self.write(&coming)?;
        self.floor.expect(order);
        let mut events = Vec::new();
        for (station, visit) in visits.into_iter().enumerate() {
            coming.events += 1;
            let event = format!("e-{}", coming.events);
            events.push(event.clone());
            tokio::spawn(Arc::clone(self).attend(visit, station, event));
        }
        Ok(events)
    }

    fn planned(&self, coming: &mut Coming, order: u32) -> Result<[Visit; STATIONS.len()]> {
        let mut at = self.floor.now().plus(NOTICE + Visit::DRIVES_IN);
        let mut visits = Vec::new();
        for (station, free) in coming.free.iter_mut().enumerate() {
            let arrives = at.max(*free);
            let leaves = arrives.plus(stands(order, station));
            visits.push(Visit { order, position: position(station)?, arrives, leaves });
            *free = leaves.plus(Visit::GAP);
            at = leaves.plus(Visit::DRIVES_OUT + Visit::DRIVES_IN);
        }
        visits.try_into().ok().context("one visit for each station")
    }

    /// Says that the car has come, and that it goes.
    async fn attend(self: Arc<Self>, visit: Visit, station: usize, event: String) {
        if let Err(error) = self.announce(visit, station, event).await {
            tracing::error!("the demo's plant: {error:#}");
        }
    }

    async fn announce(&self, visit: Visit, station: usize, event: String) -> Result<()> {
        let Visit { order, arrives, leaves, .. } = visit;
        self.wait_until(arrives).await;
        let time = Timestamp::from_millisecond(arrives.unix_ms()).context("a moment of this century")?;
        let vehicle = json!({ "vin": vin_of(order) });
        let payload = json!({ "id": event, "time": format!("{time:.3}"), "order": order.to_string(), "vehicle": vehicle });
        let topic = |what: &str| format!("line/{}/{what}", STATIONS[station].id);
        let arrival = Arrival { event, topic: topic("arrival"), payload: payload.to_string() };
        self.floor.arrived(order, station, arrival.clone());
        self.mouth.say(&arrival.topic, &arrival.payload).await?;
        self.wait_until(leaves).await;
        self.mouth.say(&topic("departure"), "{}").await
    }

    async fn wait_until(&self, moment: Wall) {
        sleep(moment.since(self.floor.now())).await;
    }

    /// Publishes the newest arrival of an order once more, the same bytes. Its event id.
    pub(crate) async fn resend(&self, order: u32) -> Result<String> {
        let newest = self
            .floor
            .known()
            .cars
            .get(&order)
            .and_then(|visits| visits.iter().rev().find_map(|visit| visit.arrival.clone()));
        let Some(Arrival { event, topic, payload }) = newest else {
            bail!("order {order} has not come to any station yet: let it come with `arrive --order {order}`");
        };
        self.floor.sent_again(&event);
        self.mouth.say(&topic, &payload).await?;
        Ok(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_knocked_camera_stays_so_when_a_car_comes_and_until_it_is_put_straight() {
        let nudge = Nudge::new(140, -60, 400, 0).unwrap();
        let (free, nudges) = ([Wall::from_unix_ms(0); STATIONS.len()], [Some(nudge), None, None]);
        let mut coming = Coming { visits: Vec::new(), free, nudges, events: 0 };
        let visit = Visit {
            order: 7,
            position: position(1).unwrap(),
            arrives: Wall::from_unix_ms(1_000),
            leaves: Wall::from_unix_ms(5_000),
        };
        let line = format!("nudge {} {nudge}\n", STATIONS[0].position);
        for visits in [Vec::new(), vec![visit]] {
            coming.visits = visits;
            assert_eq!(coming.plan().unwrap().to_string().matches(&line).count(), 1);
        }
        coming.nudges = [None; STATIONS.len()];
        let plan = coming.plan().unwrap().to_string();
        assert!(plan.contains("7 1 1000 5000") && !plan.contains("nudge"), "{plan}");
    }
}
