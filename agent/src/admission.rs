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
use std::sync::mpsc::Sender;
use std::time::Duration;

use lineshot_config as config;
use lineshot_domain::{Arrival, Ending, Mono, Reason, Sequence, Vehicle, ViewId, Wall, is_discreet};
use lineshot_spool::{Admission, Admit, BookError, Case, Ended, Notice, NoticeKind, WriteError};

use crate::desk::{self, Desk, Visit};
use crate::house::{self, House};
use crate::plc::{self, AgeMode, Event, EventError, Heard, Kind, Subject};
use crate::states;
use crate::station::Station;
use crate::stays::Unsettled;
use crate::threads;

/// Who is told what became of a view: with a picture (`None`), or why not.
pub(crate) type Told = Sender<(ViewId, Option<Reason>)>;

/// What was heard, one message after the other.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    /// The connection on which something could not be recorded.
    failed: Option<u64>,
}

impl Intake {
    /// Takes in one message. What follows one that could not be recorded waits with it: the broker delivers them
    /// again in their order, on the next connection.
    pub(crate) fn take(&mut self, message: Heard, house: &Arc<House>) {
        let connection = message.connection;
        if self.failed == Some(connection) {
            return;
        }
        if let Err(error) = take_in(message, house) {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "an event could not be recorded; the broker keeps it"
            );
            self.failed = Some(connection);
        }
    }
}

/// Takes in one message; `Err` means that it is not acknowledged.
///
/// # Errors
/// [`BookError`]: the book could not be written. The broker delivers the message again.
fn take_in(heard: Heard, house: &Arc<House>) -> Result<(), BookError> {
    let message = Message {
        payload: heard.payload,
        expiry: heard.expiry,
        at: (heard.received_at, heard.received),
        connection: heard.connection,
    };
    match heard.subject {
        Subject::Source(kind) => {
            let at = (heard.received_at, heard.received, heard.connection);
            states::take_in(kind, &heard.topic, &message.payload, heard.retain, at, house)?;
        }
        Subject::Stay { station, kind, word } => match (house.station(&station), kind) {
            // Only this PC's stations are subscribed to; the broker's session may remember one of yesterday.
            (None, _) => word.nothing(),
            (Some(station), _) if heard.retain => {
                word.nothing();
                note(house, NoticeKind::Retained, &station, "a retained message tells of the past")?;
            }
            (Some(station), Kind::Arrival) => arrival(&message, word, &station, house)?,
            (Some(station), Kind::Departure) => departure(&message, word, &station, house)?,
        },
    }
    heard.ack.done();
    Ok(())
}

struct Message {
    payload: Vec<u8>,
    expiry: Option<Duration>,
    at: (Wall, Mono),
    connection: u64,
}

fn arrival(
    heard: &Message,
    word: Unsettled,
    station: &Arc<Station>,
    house: &Arc<House>,
) -> Result<(), BookError> {
    let event = match plc::parse(&station.format, &heard.payload) {
        Ok(event) => event,
        Err(error) => {
            word.arrived(None);
            return malformed(house, station, &error);
        }
    };
    admit(&arrived(heard, station, event), (word, heard.connection), station, house, None)
}

/// Opens the arrival's cases and has each worked on. `told` hears what became of them.
///
/// # Errors
/// [`BookError`]: the book could not be written; nothing was opened.
pub(crate) fn admit(
    arrival: &Arrival,
    (word, connection): (Unsettled, u64),
    station: &Arc<Station>,
    house: &Arc<House>,
    told: Option<&Told>,
) -> Result<(), BookError> {
    let known = house.known();
    let belonging = house.belonging(arrival, &known, None);
    let admit = Admit {
        place: &station.place,
        owner: &house::of_owner(arrival, belonging.owner),
        discreet: is_discreet(&house.conditions(station, &known), arrival, &belonging),
    };
    match house.front.admit(arrival, &admit) {
        Ok(Admission::New { cases, before }) => {
            house.news.wake();
            let stay = word.arrived(Some(&arrival.vehicle));
            let sequence =
                Sequence::judge(&before, arrival.sequence, arrival.received_at, station.trigger.shortest);
            for case in cases {
                to_the_desk(case, Visit { stay, connection, sequence }, station, house, told.cloned());
            }
            house.heard_from(arrival);
            match sequence {
                Sequence::Doubled => {
                    tracing::warn!(station = %station.id, "the arrival's sequence number was sent before, for another arrival");
                    Ok(())
                }
                Sequence::TooSoon => {
                    tracing::warn!(station = %station.id, "the arrival came sooner after the one before than `shortest` allows");
                    Ok(())
                }
                Sequence::Gap(missing) => note(
                    house,
                    NoticeKind::SequenceGap,
                    station,
                    &format!("{missing} numbers are missing before this arrival"),
                ),
                Sequence::Follows => Ok(()),
            }
        }
        Ok(Admission::Repeated) => {
            tracing::info!(station = %station.id, "an event came again: its cases exist, and the PLC is told once more");
            word.repeated(&arrival.vehicle);
            house.heard_from(arrival);
            house.news.wake();
            Ok(())
        }
        // Not admitted, but a vehicle did come: the dropped word ends the stay before it.
        Err(error) => Err(error),
    }
}

fn departure(heard: &Message, word: Unsettled, station: &Station, house: &House) -> Result<(), BookError> {
    let (vehicle, error): (Option<Vehicle>, Option<EventError>) =
        match plc::parse_departure(&station.format, &heard.payload) {
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

/// Each case has a thread of its own: it waits for cars and cameras, and ends. One that is refused already
/// ends here; so does one too many.
fn to_the_desk(mut case: Case, visit: Visit, station: &Arc<Station>, house: &Arc<House>, told: Option<Told>) {
    let span = tracing::info_span!("case", case = %case.id(), station = %case.arrival().station, view = %case.view());
    let entered = span.enter();
    let watch = house.link.watch(visit.connection);
    let desk = Desk::of(&case, visit, &watch, station, house);
    if let Some(no) = desk.refuses_at_once(&mut case) {
        return ended(case.end(no), &desk, told.as_ref());
    }
    let Some(seat) = house.seats.take() else {
        return ended(case.end(Ending::new(Reason::Overrun)), &desk, told.as_ref());
    };
    drop(entered);
    let (id, station, theirs) = (case.id().clone(), station.clone(), house.clone());
    let work = move || {
        let _entered = span.enter();
        let desk = Desk::of(&case, visit, &watch, &station, &theirs);
        ended(desk::photograph(case, desk), &desk, told.as_ref());
        drop(seat);
    };
    if let Err(error) = threads::begin(format!("case {id}"), work) {
        tracing::error!(case = %id, %error, "no thread for this case; the next round ends it as failed");
    }
}

fn ended(outcome: Result<Ended, WriteError>, desk: &Desk<'_>, told: Option<&Told>) {
    match outcome {
        Ok(ended) => {
            desk.house.alarms.ended(&desk.station.id, &desk.view.id, ended.reason());
            if let Some(told) = told {
                // Who asked may be gone; the outcome is recorded all the same.
                let _ = told.send((desk.view.id.clone(), ended.reason()));
            }
        }
        Err(WriteError::EndedBefore { .. }) => tracing::info!("the agent stops: the case is interrupted"),
        Err(error) => tracing::error!(
            error = &error as &dyn std::error::Error,
            "the outcome is not recorded; the next round ends the case as failed"
        ),
    }
    desk.house.news.wake();
}

fn malformed(house: &House, station: &Station, error: &EventError) -> Result<(), BookError> {
    tracing::warn!(station = %station.id, error = error as &dyn std::error::Error, "a message could not be read");
    note(house, NoticeKind::Malformed, station, &error.to_string())
}

fn note(house: &House, kind: NoticeKind, station: &Station, detail: &str) -> Result<(), BookError> {
    house.front.note(&Notice::new(kind, Some(station.id.clone()), detail))
}
