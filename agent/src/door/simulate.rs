//! An arrival that a person makes up: treated as a real one, marked on everything that comes of it, and only on trial.

use std::io;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use lineshot_domain::{
    Arrival, BodyNumber, Claims, EventAge, Market, OrderNumber, StationId, Vehicle, VehicleClass, Vin,
};
use lineshot_spool::{Notice, NoticeKind};
use serde::Deserialize;

use super::Answer;
use crate::admission;
use crate::house::House;

/// A simulated vehicle's views end within `delay` + `within`, at most minutes.
const ANSWER: Duration = Duration::from_secs(90);

/// An arrival that a person makes up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Simulate {
    station: String,
    vin: Option<String>,
    order: Option<String>,
    body: Option<String>,
    market: Option<String>,
    class: Option<String>,
}

/// What comes of it is marked, and told until the last view has ended.
pub(super) fn simulate(
    vehicle: Simulate,
    uid: u32,
    house: &Arc<House>,
    say: &mut impl FnMut(&Answer) -> io::Result<()>,
) -> io::Result<Result<(), String>> {
    if !house.releases.is_trial() {
        return Ok(Err("only an agent on trial (--unreleased) simulates arrivals: a simulated vehicle's \
                       pictures would show whoever really stands there"
            .into()));
    }
    let (told, outcomes) = mpsc::channel();
    let views = match open(vehicle, uid, house, &told) {
        Ok(views) => views,
        Err(error) => return Ok(Err(error)),
    };
    drop(told);
    say(&Answer::Text(format!("the simulated arrival opened {views} case(s)")))?;
    while let Ok((view, reason)) = outcomes.recv_timeout(ANSWER) {
        let ended = reason.map(lineshot_domain::Ending::new);
        let text = match ended {
            None => format!("view {view}: sealed"),
            Some(ending) => {
                let reason = ending.reason();
                format!(
                    "view {view}: {}({}). {}",
                    ending.outcome().as_str(),
                    reason.told(),
                    reason.sentence()
                )
            }
        };
        say(&Answer::Text(text))?;
    }
    Ok(Ok(()))
}

/// Opens the cases; says how many.
fn open(ask: Simulate, uid: u32, house: &Arc<House>, told: &admission::Told) -> Result<usize, String> {
    let station = house.named(&ask.station)?;
    let arrival = made_up(ask, station.id.clone(), house)?;
    let notice = Notice::new(NoticeKind::Simulated, Some(station.id.clone()), format!("by user {uid}"));
    house.front.note(&notice).map_err(|error| error.to_string())?;
    let word = house.stays.heard(&station.id, arrival.received);
    let connection = house.link.connection().unwrap_or(0);
    admission::admit(&arrival, (word, connection), &station, house, Some(told))
        .map_err(|error| error.to_string())?;
    Ok(station.views.len())
}

fn made_up(ask: Simulate, station: StationId, house: &House) -> Result<Arrival, String> {
    fn read<T, E: std::fmt::Display>(
        text: Option<String>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, String> {
        text.map(|text| parse(&text)).transpose().map_err(|error| error.to_string())
    }
    let vehicle = Vehicle::new(
        read(ask.vin, Vin::parse)?,
        read(ask.order, OrderNumber::parse)?,
        read(ask.body, BodyNumber::parse)?,
    )
    .map_err(|error| error.to_string())?;
    let claims =
        Claims { market: read(ask.market, Market::parse)?, class: read(ask.class, VehicleClass::parse)? };
    let (now, received) = (house.clock.wall(), house.clock.mono());
    Ok(Arrival {
        station,
        vehicle,
        event: None,
        // A time of its own: asked twice, it is two arrivals.
        time: Some(now),
        claims,
        sequence: None,
        simulated: true,
        age: EventAge::At(now),
        received_at: now,
        received,
    })
}
