//! The cameras, through the running agent; without one, opened by its own code.

use std::sync::Arc;

use lineshot_config::AgentSettings;
use lineshot_doctor::Finding;
use lineshot_domain::Clock;
use serde::Serialize;

use crate::asking::{AskError, SCHEMA, Said, ask};
use crate::bench::{self, Look};
use crate::station::Station;

const CHECK: &str = "cameras";

/// What the looks gave, or why there were none.
pub(super) enum Looks {
    Taken(Vec<Look>),
    Refused(String),
    Unready(Vec<Finding>, Vec<Look>),
}

#[derive(Serialize)]
struct Question {
    schema: &'static str,
    cameras: Nothing,
}

#[derive(Serialize)]
struct Nothing {}

pub(super) fn looks(settings: &AgentSettings, clock: &Arc<dyn Clock>) -> Looks {
    let mut looks = Vec::new();
    let question = Question { schema: SCHEMA, cameras: Nothing {} };
    let asked = ask(&settings.socket, &question, &mut |said| {
        if let Said::Look(look) = said {
            looks.push(look);
        }
        Ok(())
    });
    match asked {
        Ok(()) => Looks::Taken(looks),
        Err(AskError::Closed(..)) => by_ourselves(settings, clock),
        Err(error) => Looks::Refused(error.to_string()),
    }
}

/// Nobody runs who has the cameras open.
fn by_ourselves(settings: &AgentSettings, clock: &Arc<dyn Clock>) -> Looks {
    let (mut unready, mut looks) = (Vec::new(), Vec::new());
    for setting in &settings.stations {
        match Station::ready((setting, settings), None, clock, false) {
            Ok(station) => {
                looks.extend(station.views.iter().map(|view| bench::look(&station, view, &**clock)));
            }
            Err(error) => {
                let found = format!("{}: {error:#}", setting.id);
                unready.push(Finding::failed(CHECK, found, "mend what it names in the station's file"));
            }
        }
    }
    Looks::Unready(unready, looks)
}

impl Looks {
    /// The size of all pictures of one car, as far as it was seen.
    pub(super) fn bytes(&self) -> Option<u64> {
        let looks = match self {
            Looks::Taken(looks) | Looks::Unready(_, looks) => looks,
            Looks::Refused(_) => return None,
        };
        let seen: Vec<u64> = looks.iter().filter(|look| look.works).map(|look| look.bytes).collect();
        (!seen.is_empty()).then(|| seen.iter().sum())
    }
}

pub(super) fn cameras(looks: &Looks) -> Vec<Finding> {
    let tell = |look: &Look| {
        let found = format!("{}: {}", look.view, look.found);
        match look.works {
            true => Finding::ok(CHECK, found),
            false => Finding::failed(CHECK, found, look.mend.clone()),
        }
    };
    match looks {
        Looks::Taken(looks) => looks.iter().map(tell).collect(),
        Looks::Unready(unready, looks) => unready.iter().cloned().chain(looks.iter().map(tell)).collect(),
        Looks::Refused(why) => vec![Finding::skipped(CHECK, format!("the agent lets nobody look: {why}"))],
    }
}
