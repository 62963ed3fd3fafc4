//! From the message to the open case: understood once, durable before the broker may forget it.
//!
//! Holds:
//! - a message is acknowledged only after its arrival and cases are in the book, or after a notice
//!   says why there is none;
//! - if the book refuses, nothing is acknowledged and the broker delivers again;
//! - what was heard about a station is settled with the stays exactly once.
//!
//! Deliberately absent: any decision about permission.

use std::sync::Arc;
use std::time::Duration;

use lineshot_config as config;
use lineshot_domain::{Arrival, Mono, Vehicle, Wall};
use lineshot_spool::{Admission, BookError, Case, Notice, NoticeKind, WriteError};

use crate::desk;
use crate::house::House;
use crate::plc::{self, AgeMode, Event, EventError, Format, Heard, Kind, Subject};
use crate::station::Station;
use crate::stays::{StayNumber, Unsettled};

/// Takes in one message; `Err` means that it is not acknowledged.
///
/// # Errors
/// [`BookError`]: the book could not be written. The broker delivers the message again.
pub(crate) fn take_in(heard: Heard, house: &Arc<House>) -> Result<(), BookError> {
    let message =
        Message { payload: heard.payload, expiry: heard.expiry, at: (heard.received_at, heard.received) };
    let Subject::Stay { station, kind, word } = heard.subject else {
        unreachable!("only stations are subscribed to")
    };
    match (house.stations.get(&station), kind) {
        // Only this PC's stations are subscribed to; the broker's session may remember one of yesterday.
        (None, _) => word.nothing(),
        (Some(station), _) if heard.retain => {
            word.nothing();
            note(house, NoticeKind::Retained, station, "a retained message tells of the past")?;
        }
        (Some(station), Kind::Arrival) => arrival(&message, word, station, house)?,
        (Some(station), Kind::Departure) => departure(&message, word, station, house)?,
    }
    heard.ack.done();
    Ok(())
}

struct Message {
    payload: Vec<u8>,
    expiry: Option<Duration>,
    at: (Wall, Mono),
}

fn arrival(heard: &Message, word: Unsettled, station: &Station, house: &Arc<House>) -> Result<(), BookError> {
    let event = match plc::parse(&format(&station.trigger), &heard.payload) {
        Ok(event) => event,
        Err(error) => {
            word.arrived(None);
            return malformed(house, station, &error);
        }
    };
    let arrival = arrived(heard, station, event);
    match house.front.admit(&arrival, &station.place) {
        Ok(Admission::New(cases)) => {
            let stay = word.arrived(Some(&arrival.vehicle));
            for case in cases {
                to_the_desk(case, stay, house);
            }
            Ok(())
        }
        Ok(Admission::Repeated) => {
            word.repeated(&arrival.vehicle);
            Ok(())
        }
        // Not admitted, but a vehicle did come: the dropped word ends the stay before it.
        Err(error) => Err(error),
    }
}

fn departure(heard: &Message, word: Unsettled, station: &Station, house: &House) -> Result<(), BookError> {
    let (vehicle, error): (Option<Vehicle>, Option<EventError>) =
        match plc::parse_departure(&format(&station.trigger), &heard.payload) {
            Ok(vehicle) => (vehicle, None),
            Err(error) => (None, Some(error)),
        };
    word.departed(vehicle.as_ref());
    error.map_or(Ok(()), |error| malformed(house, station, &error))
}

fn arrived(heard: &Message, station: &Station, event: Event) -> Arrival {
    let mode = match station.trigger.age {
        config::AgeProof::Time => AgeMode::Time,
        config::AgeProof::Expiry => AgeMode::Expiry,
    };
    Arrival {
        station: station.id.clone(),
        claims: event.claims,
        sequence: event.sequence,
        simulated: false,
        age: plc::age(mode, event.time, heard.expiry),
        vehicle: event.vehicle,
        event: event.event,
        time: event.time,
        received_at: heard.at.0,
        received: heard.at.1,
    }
}

/// Each case has a thread of its own: it waits for cars and cameras, and ends.
fn to_the_desk(case: Case, stay: StayNumber, house: &Arc<House>) {
    let (id, theirs) = (case.id().clone(), house.clone());
    let work = move || {
        let span = tracing::info_span!("case", case = %case.id(), station = %case.arrival().station, view = %case.view());
        let _entered = span.enter();
        let Some(view) = theirs.stations.get(&case.arrival().station).and_then(|s| s.view(case.view()))
        else {
            unreachable!("cases are opened for views of this configuration")
        };
        match desk::photograph(case, stay, view, &theirs) {
            Ok(_ended) => {}
            Err(WriteError::EndedBefore { .. }) => tracing::info!("the agent stops: the case is interrupted"),
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the outcome is not recorded; the next round ends the case as failed"
            ),
        }
        theirs.news.wake();
    };
    if let Err(error) = std::thread::Builder::new().name(format!("case {id}")).spawn(work) {
        tracing::error!(case = %id, %error, "no thread for this case; the next round ends it as failed");
    }
}

fn malformed(house: &House, station: &Station, error: &EventError) -> Result<(), BookError> {
    tracing::warn!(station = %station.id, error = error as &dyn std::error::Error, "a message could not be read");
    note(house, NoticeKind::Malformed, station, &error.to_string())
}

fn note(house: &House, kind: NoticeKind, station: &Station, detail: &str) -> Result<(), BookError> {
    house.front.note(&Notice::new(kind, Some(station.id.clone()), detail))
}

fn format(trigger: &config::Trigger) -> Format {
    match &trigger.format {
        config::Format::Text => Format::Text,
        config::Format::Json(fields) => {
            let pointer = |p: &Option<config::JsonPointer>| p.as_ref().map(|p| p.as_str().to_owned());
            Format::Json {
                fields: plc::Fields {
                    event: pointer(&fields.event),
                    time: pointer(&fields.time),
                    vin: pointer(&fields.vin),
                    order: pointer(&fields.order),
                    body: pointer(&fields.body),
                    market: pointer(&fields.market),
                    class: pointer(&fields.class),
                    sequence: pointer(&fields.sequence),
                    time_format: match trigger.time_format {
                        config::TimeFormat::Rfc3339 => plc::TimeFormat::Rfc3339,
                        config::TimeFormat::UnixMs => plc::TimeFormat::UnixMs,
                    },
                },
            }
        }
    }
}
