//! What the line says about itself, for each station that asks.
//!
//! Holds: a word that permits counts only if it was said live, on the connection that is up: the broker
//! stored a retained one nobody knows when, and what was said while the link was cut nobody heard. A word
//! that forbids, or cannot be read, always counts.

use std::collections::HashMap;

use lineshot_config::LineTopic;
use lineshot_domain::{LineState, Mono, Source, StationId};

use crate::plc;

/// The last word that a station can read.
#[derive(Clone, Copy, Debug)]
struct Word {
    at: Mono,
    /// By which connection to the broker it came.
    connection: u64,
    /// `None`: it could not be read.
    permits: Option<bool>,
}

/// What a message said to one station.
pub(crate) struct Said {
    pub(crate) station: StationId,
    /// `None`: it could not be read.
    pub(crate) permits: Option<bool>,
    /// The one before could not be read either.
    pub(crate) again: bool,
}

/// The stations that ask, and what they were told.
#[derive(Debug, Default)]
pub(crate) struct Line {
    asked: HashMap<StationId, LineTopic>,
    told: HashMap<StationId, Word>,
}

impl Line {
    /// Nothing was told yet.
    pub(crate) fn new(asked: HashMap<StationId, LineTopic>) -> Line {
        Line { asked, told: HashMap::new() }
    }

    /// Other stations ask, or for something else. What was told stays with those that ask for the same.
    pub(crate) fn renew(&mut self, asked: HashMap<StationId, LineTopic>) {
        self.told.retain(|station, _| asked.get(station) == self.asked.get(station));
        self.asked = asked;
    }

    /// Takes in a message; says what it said to each station that asks for its topic.
    pub(crate) fn hear(
        &mut self,
        topic: &str,
        payload: &[u8],
        retain: bool,
        (at, connection): (Mono, u64),
    ) -> Vec<Said> {
        let mut said = Vec::new();
        for (station, asked) in self.asked.iter().filter(|(_, asked)| asked.topic.as_str() == topic) {
            let field = asked.field.as_ref().map(|field| field.as_str());
            let permits = plc::state_word(field, payload).map(|word| asked.allowed.contains(&word));
            let again = self.told.get(station).is_some_and(|word| word.permits.is_none());
            said.push(Said { station: station.clone(), permits, again });
            if !retain || permits != Some(true) {
                self.told.insert(station.clone(), Word { at, connection, permits });
            }
        }
        said
    }

    /// What is known for a station now.
    pub(crate) fn state(&self, station: &StationId, now: Mono, connection: Option<u64>) -> LineState {
        let Some(asked) = self.asked.get(station) else {
            return LineState { source: Source::Unasked, permits: true };
        };
        let (source, permits) = match self.told.get(station) {
            None => (Source::Missing, false),
            Some(word) if word.permits == Some(true) && Some(word.connection) != connection => {
                (Source::Missing, false)
            }
            Some(Word { permits: None, .. }) => (Source::Broken, false),
            Some(Word { at, permits: Some(permits), .. }) => {
                (Source::Told { age: now.since(*at), max_age: asked.max_age }, *permits)
            }
        };
        LineState { source, permits }
    }
}
