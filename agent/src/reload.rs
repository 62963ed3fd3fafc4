//! The configuration read anew while the agent runs.
//!
//! Holds:
//! - all of it holds from then on, or nothing of it: while any file is wrong, the earlier configuration stays;
//! - a case ends with the station with which it began;
//! - the line to the broker is interrupted only if its link or its topics are others now, and then, if that is
//!   soon, at a moment when no case waits for its proof;
//! - what cannot change while the agent runs is refused, and says so.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use lineshot_config::AgentSettings;
use lineshot_spool::{Notice, NoticeKind};
use tokio::sync::mpsc;

use crate::foundation;
use crate::house::{House, Stations};
use crate::plc::{Board, Link, Renewal, Topic};
use crate::station::Station;

/// A takt on most lines: how long a new connection waits for the cases under way, which it would cost their
/// proof.
const PATIENCE: Duration = Duration::from_secs(60);

/// What reads the configuration anew.
pub(crate) struct Reload {
    folder: PathBuf,
    house: Arc<House>,
    board: Board,
    renewals: mpsc::Sender<Renewal>,
    settings: AgentSettings,
    link: Link,
    topics: Vec<Topic>,
    /// Of the files of certificates.
    edition: Option<u64>,
}

impl Reload {
    /// For a house that was built by these settings.
    pub(crate) fn new(
        folder: PathBuf,
        settings: AgentSettings,
        link: Link,
        house: Arc<House>,
        board: Board,
        renewals: mpsc::Sender<Renewal>,
    ) -> Reload {
        let topics = foundation::topics(&settings, &house.stations());
        let edition = link.tls.as_ref().map(lineshot_tls::Trust::edition);
        Reload { folder, house, board, renewals, settings, link, topics, edition }
    }

    /// Reads it anew. What is wrong is said, noted and put up as an alarm; the earlier configuration then stays.
    pub(crate) fn reload(&mut self) {
        tracing::info!("the configuration is read anew");
        let done = self.exchange();
        let stations = self.house.stations();
        let is_there = |id: &_| stations.ready.contains_key(id) || stations.shut.contains(id);
        self.house.alarms.reloaded(done.is_ok(), is_there);
        let notice = match done {
            Ok(told) => {
                tracing::info!("the configuration holds from now on: {told}");
                Notice::new(NoticeKind::Reloaded, None, told)
            }
            Err(error) => {
                for line in format!("{error:#}").lines() {
                    tracing::error!("the configuration cannot be used, the earlier one still holds: {line}");
                }
                Notice::new(NoticeKind::ReloadRefused, None, "`lineshot check` says why")
            }
        };
        if let Err(error) = self.house.front.note(&notice) {
            tracing::error!(error = &error as &dyn std::error::Error, "a notice could not be written");
        }
    }

    fn exchange(&mut self) -> anyhow::Result<String> {
        let settings = AgentSettings::load(&self.folder)?;
        if let Some(problems) = settings.problems() {
            return Err(problems.into());
        }
        self.can_change(&settings)?;
        let before = self.house.stations();
        let stations = self.ready(&settings, &before)?;
        let judgements = stations.ready.values().map(|station| &station.judgement);
        self.house.releases.look(judgements, &self.house.front, &*self.house.clock, true);
        let told = differences(&before, &stations, &self.settings, &settings);
        let link =
            foundation::link(&settings).map_err(|failure| anyhow::anyhow!("{}", failure.told(false)))?;
        let edition = link.tls.as_ref().map(lineshot_tls::Trust::edition);
        let topics = foundation::topics(&settings, &stations);
        let switch = self.switch(&settings, stations);
        if (&link, &topics, edition) == (&self.link, &self.topics, self.edition) {
            switch();
        } else {
            let left = self.house.seats.wait_until_free(PATIENCE);
            if left > 0 {
                tracing::warn!(
                    cases = left,
                    "the line to the broker is renewed, which costs these their pictures"
                );
            }
            let renewal = Renewal::new(link.clone(), topics.clone(), switch)?;
            let taken = self.renewals.blocking_send(renewal);
            taken.map_err(|_| anyhow::anyhow!("the agent stops"))?;
        }
        (self.settings, self.link, self.topics, self.edition) = (settings, link, topics, edition);
        Ok(told)
    }

    /// Whether all that is other now can be, while the agent runs.
    fn can_change(&self, settings: &AgentSettings) -> anyhow::Result<()> {
        let (old, new) = (&self.settings, settings);
        for (key, is_same) in [
            ("name", old.name == new.name),
            ("site", old.site == new.site),
            ("site_key", old.site_key == new.site_key),
            ("data", old.data == new.data),
            ("clock", old.clock == new.clock),
            ("socket", old.socket == new.socket),
            ("log", old.log == new.log),
            ("broker.client_id", old.broker.client_id == new.broker.client_id),
        ] {
            if !is_same {
                bail!("`{key}` of agent.toml is another one now: restart the agent, or put it back");
            }
        }
        Ok(())
    }

    /// The new stations, each tested; cameras that stay the same go on.
    fn ready(&self, settings: &AgentSettings, before: &Stations) -> anyhow::Result<Stations> {
        let mut stations = Stations::default();
        for setting in &settings.stations {
            let known = before.ready.get(&setting.id).map(Arc::as_ref);
            let is_trial = self.house.releases.is_trial();
            let station = Station::ready((setting, settings), known, &self.house.clock, is_trial)
                .with_context(|| format!("station {} cannot be made ready", setting.id))?;
            if !station.is_tested() {
                bail!("station {}: the darkroom failed its self-test", setting.id);
            }
            stations.ready.insert(station.id.clone(), Arc::new(station));
        }
        Ok(stations)
    }

    /// The moment from which on the new stations and sources are asked.
    fn switch(&self, settings: &AgentSettings, stations: Stations) -> impl FnOnce() + Send + 'static {
        let (house, board) = (self.house.clone(), self.board.clone());
        let line = foundation::asked_lines(settings);
        let (orders, deny) = (settings.orders.clone(), settings.deny.clone());
        move || {
            let answers = |stations: &Stations| -> Vec<String> {
                stations.ready.values().filter_map(|station| station.place.ready.clone()).collect()
            };
            let still = answers(&stations);
            for topic in answers(&house.stations()).into_iter().filter(|topic| !still.contains(topic)) {
                // Nobody says any more whether that station is ready.
                board.set(&topic, Vec::new());
            }
            house.sources.renew(line, orders, deny);
            *house.stations.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(stations);
        }
    }
}

/// Which stations are new, gone or other, for people.
fn differences(before: &Stations, now: &Stations, old: &AgentSettings, new: &AgentSettings) -> String {
    let setting = |settings: &AgentSettings, id| settings.stations.iter().find(|it| it.id == id).cloned();
    let list = |name: &str, ids: Vec<&str>| match ids.as_slice() {
        [] => None,
        ids => Some(format!("{name} {}", ids.join(", "))),
    };
    let mut ids: Vec<_> = now.ready.keys().chain(before.ready.keys()).chain(&before.shut).collect();
    ids.sort();
    ids.dedup();
    let of = |is: &dyn Fn(bool, bool, &lineshot_domain::StationId) -> bool| -> Vec<&str> {
        let fits = |id: &&&lineshot_domain::StationId| {
            is(before.ready.contains_key(**id), now.ready.contains_key(**id), id)
        };
        ids.iter().filter(fits).map(|id| id.as_str()).collect()
    };
    let parts = [
        list("new:", of(&|was, is, _| !was && is)),
        list("gone:", of(&|was, is, _| was && !is)),
        list(
            "changed:",
            of(&|was, is, id| was && is && setting(old, id.clone()) != setting(new, id.clone())),
        ),
    ];
    match parts.into_iter().flatten().collect::<Vec<_>>().as_slice() {
        [] => "no station changed".to_owned(),
        parts => format!("stations {}", parts.join("; ")),
    }
}
