//! What the line says about itself, for each station that asks.
//!
//! Deliberately absent: belief in a retained word. The broker stored it, nobody knows when; the line has
//! to say it again.

use std::collections::HashMap;

use lineshot_config::LineTopic;
use lineshot_domain::{LineState, Mono, Source, StationId};

use crate::plc;

/// The last word that a station can read.
#[derive(Clone, Copy, Debug)]
struct Word {
    at: Mono,
    /// `None`: it could not be read.
    permits: Option<bool>,
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

    /// Takes in a message; says for which stations it could not be read although the one before could.
    pub(crate) fn hear(&mut self, topic: &str, payload: &[u8], retain: bool, at: Mono) -> Vec<StationId> {
        let mut unreadable = Vec::new();
        for (station, asked) in self.asked.iter().filter(|(_, asked)| asked.topic.as_str() == topic) {
            let field = asked.field.as_ref().map(|field| field.as_str());
            let permits = plc::state_word(field, payload).map(|word| asked.allowed.contains(&word));
            let was_read = self.told.get(station).is_none_or(|word| word.permits.is_some());
            if permits.is_none() && was_read {
                unreadable.push(station.clone());
            }
            if !retain {
                self.told.insert(station.clone(), Word { at, permits });
            }
        }
        unreadable
    }

    /// What is known for a station now.
    pub(crate) fn state(&self, station: &StationId, now: Mono) -> LineState {
        let Some(asked) = self.asked.get(station) else {
            return LineState { source: Source::Unasked, permits: true };
        };
        let (source, permits) = match self.told.get(station) {
            None => (Source::Missing, false),
            Some(Word { permits: None, .. }) => (Source::Broken, false),
            Some(Word { at, permits: Some(permits) }) => {
                (Source::Told { age: now.since(*at), max_age: asked.max_age }, *permits)
            }
        };
        LineState { source, permits }
    }
}
