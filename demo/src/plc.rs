//! The plant's program: lets cars come down the rendered line, and says so on MQTT as a PLC would.
//!
//! Holds:
//! - a car is announced when it has come to rest and leaves when it begins to move, by the same plan that the
//!   cameras draw from;
//! - at one station one car comes after the other; who asks for a car waits for its turn.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use lineshot_domain::Wall;
use lineshot_hall::{Plan, Position, Visit, vin_of};
use serde_json::json;
use tokio::sync::Mutex;
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

/// What comes, and when there is room again.
#[derive(Debug)]
struct Coming {
    visits: Vec<Visit>,
    free: [Wall; STATIONS.len()],
    events: u32,
}

impl Plc {
    /// An empty line, drawn from the file `plan`.
    pub(crate) fn new(plan: PathBuf, floor: Arc<Floor>, mouth: Mouth) -> Result<Plc> {
        plant::write(&plan, Plan::default().to_string().as_bytes(), plant::PUBLIC)?;
        let coming = Coming { visits: Vec::new(), free: [floor.now(); STATIONS.len()], events: 0 };
        Ok(Plc { plan, floor, mouth, coming: Mutex::new(coming) })
    }

    /// Lets a car come to every station, as soon as there is room. The event ids of its arrivals.
    pub(crate) async fn bring(self: &Arc<Self>, order: u32) -> Result<Vec<String>> {
        let mut coming = self.coming.lock().await;
        let now = self.floor.now();
        coming.visits.retain(|visit| visit.leaves.plus(KEPT) > now);
        let visits = self.planned(&mut coming, order)?;
        coming.visits.extend(visits);
        let plan = Plan::new(coming.visits.clone()).context("planning a car's way")?;
        plant::write(&self.plan, plan.to_string().as_bytes(), plant::PUBLIC)?;
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
        for (station, free) in STATIONS.iter().zip(&mut coming.free) {
            let arrives = at.max(*free);
            let leaves = arrives.plus(stands(order, visits.len()));
            let position = Position::new(station.position).context("a station's place on the line")?;
            visits.push(Visit { order, position, arrives, leaves });
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
