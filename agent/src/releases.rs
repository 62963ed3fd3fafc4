//! What allows each station to be photographed: the flag for trials, or what plant security signed.
//!
//! Holds: a station is judged by the very settings that it runs with; what was found before is never believed for longer
//! than it is valid; nothing in the configuration or the environment says where the signatures are.

use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use lineshot_config as config;
use lineshot_domain::{AgentName, Clock, Mono, Reason, ReleaseState, SiteName, StationId, Wall};
use lineshot_picture::REVISION;
use lineshot_release::{Host, Judged, Look, Me, Root, Settings, Void};
use lineshot_spool::{Front, Notice, NoticeKind};

const FOLDERS: [&str; 2] = ["/etc/lineshot/releases", "/etc/lineshot/trust"];

/// Nothing changed in the folders, but the list of what is revoked may have grown too old.
const AGAIN: Duration = Duration::from_secs(60);

/// How many days ahead somebody is told that a release ends.
const AHEAD: [u64; 3] = [30, 7, 1];
pub(crate) const DAY: Duration = Duration::from_hours(24);

/// Who allows photographs on this PC.
pub(crate) enum Releases {
    /// A person started the agent with `--unreleased`.
    Trial,
    /// Only what is signed.
    Signed(Box<Signed>),
}

/// Where signatures are looked for, and when that was done last.
pub(crate) struct Signed {
    root: Root,
    /// `Err`: this machine has no name, so nothing can be for it.
    me: Result<Me, String>,
    last: Mutex<Option<(u64, Mono)>>,
    revoked: Mutex<Vec<String>>,
    /// All that somebody still runs by, cases under way included.
    known: Mutex<Vec<Weak<Judgement>>>,
}

/// What a station runs by, and what was found for it.
#[derive(Debug)]
pub(crate) struct Judgement {
    station: config::Station,
    settings: Settings,
    found: RwLock<Option<Judged>>,
}

impl Judgement {
    /// Of a station that nobody has looked at yet.
    pub(crate) fn pending(station: &config::Station, agent: &config::AgentSettings) -> Judgement {
        Judgement { station: station.clone(), settings: Settings::of(agent), found: RwLock::default() }
    }

    fn found(&self) -> Option<Judged> {
        self.found.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The release that holds now.
    pub(crate) fn release(&self, now: Wall) -> Option<String> {
        self.found()?.ok().filter(|valid| now < valid.expires).map(|valid| valid.release)
    }
}

/// This PC as a release names it.
pub(crate) fn me(root: &Root, site: &SiteName, agent: &AgentName) -> Result<Me, String> {
    let host = Host::of_machine(root)
        .map_err(|error| format!("this machine has no name that a release could be for: {error}"))?;
    Ok(Me { site: site.clone(), agent: agent.clone(), host, darkroom: REVISION })
}

/// What is signed, for who is not the running agent: the highest serial ever seen stands in its book, and is not asked.
pub(crate) fn from_outside(settings: &config::AgentSettings, now: Wall) -> Look {
    let root = Root::of_machine();
    Look::at(&root, &me(&root, &settings.site, &settings.name), now)
}

impl Releases {
    pub(crate) fn new(is_trial: bool, site: &SiteName, agent: &AgentName) -> Releases {
        if is_trial {
            return Releases::Trial;
        }
        let root = Root::of_machine();
        let me = me(&root, site, agent);
        Releases::Signed(Box::new(Signed {
            root,
            me,
            last: Mutex::default(),
            revoked: Mutex::default(),
            known: Mutex::default(),
        }))
    }

    pub(crate) fn is_trial(&self) -> bool {
        matches!(self, Releases::Trial)
    }

    /// What allows this station to be photographed now.
    pub(crate) fn state(&self, judgement: &Judgement, now: Wall) -> ReleaseState {
        if self.is_trial() {
            return ReleaseState::Trial;
        }
        match judgement.found() {
            None => ReleaseState::Absent,
            Some(Ok(valid)) if now < valid.expires => ReleaseState::Released,
            Some(Ok(_)) => ReleaseState::Void(Reason::ReleaseExpired),
            Some(Err(Void { reason: Reason::Unreleased, .. })) => ReleaseState::Absent,
            Some(Err(void)) => ReleaseState::Void(void.reason),
        }
    }

    /// Releases under which nothing may leave any more.
    pub(crate) fn revoked(&self) -> Vec<String> {
        match self {
            Releases::Trial => Vec::new(),
            Releases::Signed(signed) => signed.revoked.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Looks again, if there may be something to see, and judges these stations and all that are still in use.
    pub(crate) fn look<'a>(
        &self,
        stations: impl Iterator<Item = &'a Arc<Judgement>>,
        front: &Front,
        clock: &dyn Clock,
        is_new: bool,
    ) {
        let Releases::Signed(signed) = self else { return };
        let (now, mono) = (clock.wall(), clock.mono());
        let edition = signed.root.edition(&FOLDERS);
        // Held throughout: who looks meanwhile waits for what this look finds.
        let mut last = signed.last.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_new && last.is_some_and(|(before, at)| before == edition && mono.since(at) < AGAIN) {
            return;
        }
        *last = Some((edition, mono));
        let look = Look::at(&signed.root, &signed.me, now);
        *signed.revoked.lock().unwrap_or_else(PoisonError::into_inner) = look.revoked();
        let mut known = signed.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|judgement| judgement.strong_count() > 0);
        for judgement in stations.map(Arc::downgrade) {
            if !known.iter().any(|other| other.ptr_eq(&judgement)) {
                known.push(judgement);
            }
        }
        for judgement in known.iter().filter_map(Weak::upgrade) {
            let judged = judged(&look, &judgement, front);
            tell(&judgement, &judged, front, now);
            *judgement.found.write().unwrap_or_else(PoisonError::into_inner) = Some(judged);
        }
    }
}

/// The serial is kept before anything is believed.
fn judged(look: &Look, judgement: &Judgement, front: &Front) -> Judged {
    let id = &judgement.station.id;
    let broken = |error: &dyn std::error::Error| Void {
        reason: Reason::ReleaseTrust,
        why: format!("which release was seen last cannot be read or kept: {error}"),
        serial: None,
    };
    let seen = front.serial(id).map_err(|error| broken(&error))?;
    let judged = look.judge(&judgement.station, &judgement.settings, seen);
    let serial = match &judged {
        Ok(valid) => Some(valid.serial),
        Err(void) => void.serial,
    };
    if let Some(serial) = serial.filter(|serial| *serial > seen) {
        front.saw_serial(id, serial).map_err(|error| broken(&error))?;
    }
    judged
}

/// What is other than before goes into log and ledger.
fn tell(judgement: &Judgement, judged: &Judged, front: &Front, now: Wall) {
    let id: &StationId = &judgement.station.id;
    if judgement.found().as_ref() == Some(judged) {
        return;
    }
    let notice = match judged {
        Ok(valid) => {
            let days = valid.expires.since(now).as_secs() / DAY.as_secs();
            let mut text = format!(
                "released until {} by {} (serial {}, release {})",
                day(valid.expires),
                valid.signers.join(" and "),
                valid.serial,
                &valid.release[..16]
            );
            if !valid.narrower.is_empty() {
                text.push_str(&format!("; runs narrower than it was signed: {}", valid.narrower.join("; ")));
            }
            tracing::info!(station = %id, days, "{text}");
            Notice::new(NoticeKind::Released, Some(id.clone()), text)
        }
        Err(void) => {
            tracing::error!(station = %id, reason = void.reason.code(), "nothing is released: {}", void.why);
            Notice::new(
                NoticeKind::ReleaseVoid,
                Some(id.clone()),
                format!("{}: {}", void.reason.code(), void.why),
            )
        }
    };
    if let Err(error) = front.note(&notice) {
        tracing::error!(error = &error as &dyn std::error::Error, "a notice could not be written");
    }
}

fn day(at: Wall) -> String {
    let at = jiff::Timestamp::from_millisecond(at.unix_ms()).unwrap_or_default();
    at.strftime("%Y-%m-%d").to_string()
}

/// Of the days ahead of its end at which somebody is told, the least that has begun.
pub(crate) fn ends_within(judgement: &Judgement, now: Wall) -> Option<u64> {
    let valid = judgement.found()?.ok()?;
    let left = valid.expires.since(now);
    AHEAD.into_iter().rev().find(|days| left <= DAY * u32::try_from(*days).unwrap_or(u32::MAX))
}
