//! What every case needs beside itself: the doors, and all that is known when the gate is asked.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use lineshot_domain::{
    AlbumId, Arrival, Belonging, Clock, Conditions, Mono, Order, Owner, Reason, StationId, StationState,
    StopState, Vehicle, Wall,
};
use lineshot_spool::{Front, OpenError, Standing};

use crate::alarms::Alarms;
use crate::bench::Bench;
use crate::clock::WatchedClock;
use crate::closings::Closings;
use crate::commissioned::Commissioned;
use crate::halt::Halt;
use crate::plc::{LinkProof, Wake};
use crate::releases::Releases;
use crate::seats::Seats;
use crate::sources::{Known, Sources};
use crate::station::Station;
use crate::stays::Stays;

/// The stations of this PC, as one reading of the configuration made them.
#[derive(Debug, Default)]
pub(crate) struct Stations {
    /// Those that work.
    pub(crate) ready: HashMap<StationId, Arc<Station>>,
    /// Those that stay closed, since their file is wrong or they could not be made ready.
    pub(crate) shut: Vec<StationId>,
}

/// The house as a case finds it.
pub(crate) struct House {
    /// The spool.
    pub(crate) front: Front,
    /// Who stands where.
    pub(crate) stays: Arc<Stays>,
    /// The machine's clocks.
    pub(crate) clock: Arc<dyn Clock>,
    /// What is known of the wall clock.
    pub(crate) watched: WatchedClock,
    /// What others say: line, orders, denials.
    pub(crate) sources: Sources,
    /// What forbade photographs for a moment.
    pub(crate) closings: Closings,
    /// All that the broker keeps for us has come since the start.
    pub(crate) complete: AtomicBool,
    /// Proves the broker link alive.
    pub(crate) link: LinkProof,
    /// Where a person may have a look at the cameras.
    pub(crate) bench: Bench,
    /// How many cases may be worked on at once.
    pub(crate) seats: Seats,
    /// What somebody has to mend.
    pub(crate) alarms: Alarms,
    /// What allows photographs at all.
    pub(crate) releases: Releases,
    /// What halts them.
    pub(crate) halt: Halt,
    /// Stations whose views somebody is drawing.
    pub(crate) commissioned: Commissioned,
    /// Held while the uploader is told: what is said last is what is so last.
    pub(crate) telling: Mutex<()>,
    /// The stations of this PC, exchanged as a whole when the configuration is read anew.
    pub(crate) stations: RwLock<Arc<Stations>>,
    /// When each station was last heard from.
    pub(crate) heard: Mutex<HashMap<StationId, (Mono, Wall)>>,
    /// Told when the outbox has something new.
    pub(crate) news: Wake,
}

impl fmt::Debug for House {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("House").field("stations", &self.stations().ready.keys()).finish_non_exhaustive()
    }
}

impl House {
    /// The stations of now. Whoever works on a case keeps the station with which it began.
    pub(crate) fn stations(&self) -> Arc<Stations> {
        self.stations.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The station of this id, if it works.
    pub(crate) fn station(&self, id: &StationId) -> Option<Arc<Station>> {
        self.stations().ready.get(id).cloned()
    }

    /// The station that a person names, if it works.
    ///
    /// # Errors
    /// For a person: which there are.
    pub(crate) fn named(&self, name: &str) -> Result<Arc<Station>, String> {
        let station = StationId::parse(name).ok().and_then(|id| self.station(&id));
        station.ok_or_else(|| {
            let stations = self.stations();
            let known: Vec<&str> = stations.ready.keys().map(StationId::as_str).collect();
            format!("there is no station {name:?} here; there are: {}", known.join(", "))
        })
    }

    /// The line said that a vehicle came.
    pub(crate) fn heard_from(&self, arrival: &Arrival) {
        if arrival.simulated {
            return;
        }
        let now = (self.clock.mono(), self.clock.wall());
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).insert(arrival.station.clone(), now);
    }

    /// When that was said last.
    pub(crate) fn last_heard(&self, station: &StationId) -> Option<(Mono, Wall)> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).get(station).copied()
    }

    /// What is known of orders and denials now.
    pub(crate) fn known(&self) -> Known {
        let current = self.link.is_current();
        if current {
            self.complete.store(true, Ordering::Relaxed);
        }
        self.sources.known(self.clock.wall(), current)
    }

    /// What is so now, whoever arrives.
    pub(crate) fn conditions<'a>(&self, station: &'a Station, known: &Known) -> Conditions<'a> {
        Conditions {
            now: self.clock.wall(),
            mono: self.clock.mono(),
            stop: self.halt.state(&self.front, self.clock.wall()),
            station: match station.is_tested() {
                _ if self.commissioned.is_on(&station.id) => StationState::Commissioned,
                true => StationState::Ready,
                false => StationState::Closed,
            },
            release: self.releases.state(&station.judgement, self.clock.wall()),
            ledger: self.front.ledger(),
            clock: self.watched.state(self.latest_picture()),
            line: self.sources.line(&station.id, self.clock.mono(), self.link.connection()),
            rules: &station.rules,
            blackout: self.front.blackout(),
            orders: known.orders_source,
            deny: known.deny_source,
        }
    }

    /// Tells the uploader what may not leave any more. Until it is known who was denied or cancelled,
    /// nothing does.
    ///
    /// # Errors
    /// [`OpenError`]: the uploader waits until it is told again.
    pub(crate) fn write_state(&self) -> Result<(), OpenError> {
        let _telling = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        let albums = |order: &Order| {
            let vehicle = order.vehicle();
            (self.front.album(&vehicle), self.front.albums(&vehicle))
        };
        let barred = self.sources.barred(self.clock.wall(), self.complete.load(Ordering::Relaxed), albums);
        self.front.write_state(&Standing {
            stopped: self.halt.state(&self.front, self.clock.wall()) == StopState::Stopped
                || barred.is_none(),
            denied: &barred.unwrap_or_default(),
            revoked: &self.releases.revoked(),
            closed: &self.commissioned.stations(),
            clock: self.watched.state(self.latest_picture()).is_trusted().is_ok(),
        })
    }

    /// Somebody stopped: what is under way ends without a picture, and the uploader is told at once.
    pub(crate) fn stopped(&self) {
        self.closings.closed(None, Reason::Stopped);
        if let Err(error) = self.write_state() {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the uploader is told with the next round"
            );
        }
    }

    /// When the last picture was sealed; if that cannot be read, no clock has passed it.
    fn latest_picture(&self) -> Wall {
        self.front.latest_picture().unwrap_or(Wall::from_unix_ms(i64::MAX))
    }

    /// Whose vehicle it is, by all that is known now. `before` is the album it was admitted to.
    pub(crate) fn belonging<'a>(
        &self,
        arrival: &Arrival,
        known: &'a Known,
        before: Option<&AlbumId>,
    ) -> Belonging<'a> {
        let owner = known.orders.as_ref().map(|orders| orders.owner(&arrival.vehicle));
        let vehicle = of_owner(arrival, owner);
        let changed = before.is_some_and(|before| *before != self.front.album(&vehicle));
        // By the event's numbers and by those that the directory has beside them.
        let mut named = self.front.albums(&vehicle);
        if let Some(Owner::Order(order)) = owner {
            named.extend(self.front.albums(&order.vehicle()));
        }
        let denied = named.iter().any(|album| known.denied.contains(album));
        Belonging { owner, changed, denied }
    }
}

/// The vehicle as its owner's: the album is the order's that the directory names.
pub(crate) fn of_owner(arrival: &Arrival, owner: Option<Owner<'_>>) -> Vehicle {
    let vehicle = arrival.vehicle.clone();
    match owner {
        Some(Owner::Order(order)) => vehicle.of_order(order.number.clone()),
        _ => vehicle,
    }
}
