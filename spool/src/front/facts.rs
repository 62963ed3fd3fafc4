//! The facts of one ended case, as book, ledger, outbox and parcel tell them.

use std::collections::BTreeMap;

use lineshot_domain::{AlbumId, CaseId, Ending, Keep, Outcome, PublicId, Reason, StationId, ViewId, Wall};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::admit::append_outcome;
use super::{BookError, Front, outbox, words};
use crate::contract::{AgentText, EventData, OutcomeEvent, PARCEL_SCHEMA, ParcelText, StationText, rfc3339};

/// What is committed when a case ends.
pub(crate) struct CaseFacts {
    parcel: ParcelText,
    event: Option<String>,
    ending: Option<Ending>,
    discreet: bool,
    at: Wall,
}

impl CaseFacts {
    /// `ending` is `None` for a sealed case; of a `discreet` one nothing leaves.
    pub(crate) fn new(
        mut parcel: ParcelText,
        event: Option<String>,
        ending: Option<Ending>,
        discreet: bool,
        at: Wall,
    ) -> CaseFacts {
        let outcome = ending.map_or(Outcome::Sealed, Ending::outcome);
        outcome.as_str().clone_into(&mut parcel.outcome);
        parcel.reason = ending.map(|ending| ending.reason().code().to_owned());
        CaseFacts { parcel, event, ending, discreet, at }
    }

    /// Why there is no picture; `None` for a sealed case.
    pub(crate) fn reason(&self) -> Option<Reason> {
        self.ending.map(Ending::reason)
    }

    pub(crate) fn parcel(&self) -> &ParcelText {
        &self.parcel
    }

    /// `parcel.json`, byte for byte.
    pub(crate) fn json(&self) -> String {
        let mut json = serde_json::to_string_pretty(&self.parcel).expect("plain data is JSON");
        json.push('\n');
        json
    }

    /// Whether the album is to learn of it.
    fn leaves(&self) -> bool {
        !self.discreet && self.ending.is_none_or(|ending| ending.reason().record_state().is_some())
    }

    /// Why there is no picture, for everybody but the ledger.
    pub(crate) fn told(&self) -> Option<&'static str> {
        self.reason().map(Reason::told)
    }

    fn ledger_facts(&self) -> serde_json::Value {
        let parcel = &self.parcel;
        serde_json::json!({
            "station": parcel.station.id,
            "view": parcel.view,
            "outcome": parcel.outcome,
            "reason": parcel.reason,
            "unreleased": parcel.unreleased,
            "simulated": parcel.simulated,
            "clock": parcel.clock,
            "pictures": parcel.pictures.iter().map(|p| p.sha256.as_str()).collect::<Vec<_>>(),
        })
    }

    fn outcome_event(&self, source: &str) -> OutcomeEvent {
        let parcel = &self.parcel;
        OutcomeEvent {
            specversion: "1.0".to_owned(),
            id: format!("{}/{}", parcel.id, parcel.outcome),
            source: source.to_owned(),
            kind: "lineshot.outcome.1".to_owned(),
            time: rfc3339(self.at),
            datacontenttype: "application/json".to_owned(),
            data: EventData {
                station: parcel.station.id.clone(),
                view: parcel.view.clone(),
                outcome: parcel.outcome.clone(),
                reason: self.told().map(str::to_owned),
                event: self.event.clone(),
                unreleased: parcel.unreleased,
                simulated: parcel.simulated,
            },
        }
    }
}

impl Front {
    /// What all parcels of this agent say alike, of a real arrival whose first visit counts.
    pub(crate) fn parcel_of_facts(
        &self,
        case: &CaseId,
        (public, album): (&PublicId, &AlbumId),
        (station, name): (&StationId, &BTreeMap<String, String>),
        view: &ViewId,
        arrived: Wall,
    ) -> ParcelText {
        let stamp = &self.0.stamp;
        ParcelText {
            schema: PARCEL_SCHEMA.to_owned(),
            case: case.to_string(),
            id: public.to_string(),
            album: album.to_string(),
            station: StationText { id: station.to_string(), name: name.clone() },
            view: view.to_string(),
            agent: AgentText { site: stamp.site.to_string(), name: stamp.agent.to_string() },
            outcome: String::new(),
            reason: None,
            arrived: rfc3339(arrived),
            taken: None,
            unreleased: stamp.unreleased,
            simulated: false,
            keep: Keep::First.as_str().to_owned(),
            journey: false,
            clock: stamp.clock.to_owned(),
            release: None,
            pictures: Vec::new(),
            cover: None,
            caption: None,
        }
    }

    /// Outcome, ledger line and publications in one transaction. `false`: the case had ended before.
    pub(crate) fn commit_outcome(&self, facts: &CaseFacts) -> Result<bool, BookError> {
        let mut book = self.0.book();
        self.commit(&mut book, facts).map_err(BookError::doing("recording an outcome"))
    }

    fn commit(&self, book: &mut Connection, facts: &CaseFacts) -> rusqlite::Result<bool> {
        let parcel = &facts.parcel;
        let change = book.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let stage = if facts.leaves() { "ended" } else { "receipted" };
        let alone = (facts.ending.is_some() && facts.leaves()).then(|| facts.json());
        let arrival: Option<i64> = change
            .query_row(
                "UPDATE cases SET stage = ?, outcome = ?, reason = ?, ended = ?, parcel = ?, discreet = ?
                 WHERE id = ? AND stage = 'open' RETURNING arrival",
                params![
                    stage,
                    parcel.outcome,
                    parcel.reason,
                    facts.at.unix_ms(),
                    alone,
                    facts.discreet,
                    parcel.case
                ],
                |row| row.get(0),
            )
            .optional()?;
        let Some(arrival) = arrival else { return Ok(false) };
        append_outcome(&change, facts.at, &parcel.case, facts.ledger_facts())?;
        let source = format!("lineshot/{}/{}", self.0.stamp.site, self.0.stamp.agent);
        let event = serde_json::to_vec(&facts.outcome_event(&source)).expect("plain data is JSON");
        outbox::post(&change, facts.at, &format!("{source}/outcome"), &event)?;
        words::ended(&change, facts.at, arrival)?;
        change.commit()?;
        Ok(true)
    }
}
