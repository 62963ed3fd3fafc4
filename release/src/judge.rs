//! Which release holds for a station, and why none does.

use std::time::Duration;

use lineshot_config::{CameraSetting, Station};
use lineshot_domain::{Reason, StationId, Wall};
use toml::Table;

use crate::compare::{Differences, compare};
use crate::document::{LONGEST, Release};
use crate::file::Root;
use crate::host::Me;
use crate::prepare::Settings;
use crate::trust::Trust;

const FOLDER: &str = "/etc/lineshot/releases";
/// Of one signature.
const SIGNATURE: usize = 16 * 1024;
/// How long pictures of a release that was replaced may still be delivered.
const GRACE: Duration = Duration::from_hours(7 * 24);
/// Nobody keeps more; what is more is a mistake or an attack.
const MOST: usize = 200;

/// A station may be photographed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Valid {
    /// SHA-256 of the release, in hex.
    pub release: String,
    /// Its serial: none lower is ever believed again for this station.
    pub serial: u64,
    /// Until when.
    pub expires: Wall,
    /// Who signed it.
    pub signers: Vec<String>,
    /// What runs narrower than it was signed.
    pub narrower: Vec<String>,
}

/// A station may not be photographed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Void {
    /// Why, for the table.
    pub reason: Reason,
    /// Why, for a person: file, setting, mend.
    pub why: String,
    /// The serial of a release that was verified all the same: none lower is ever believed again.
    pub serial: Option<u64>,
}

/// What was found for a station.
pub type Judged = Result<Valid, Void>;

/// A file of the folder whose signatures count.
struct Signed {
    name: String,
    release: Release,
    signers: Vec<String>,
}

/// What lies in the trusted folders, as it was looked at once.
pub struct Look {
    me: Result<Me, Void>,
    trust: Result<Trust, Void>,
    signed: Vec<Signed>,
    wrong: Vec<Void>,
    is_empty: bool,
    now: Wall,
}

impl std::fmt::Debug for Look {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Look")
            .field("signed", &self.signed.len())
            .field("wrong", &self.wrong)
            .finish_non_exhaustive()
    }
}

impl Look {
    /// Looks now. `me`: who asks, or why this machine cannot be told from others.
    pub fn at(root: &Root, me: &Result<Me, String>, now: Wall) -> Look {
        let void = |reason, why: String| Void { reason, why, serial: None };
        let me = me.clone().map_err(|why| void(Reason::ReleaseHost, why));
        let trust = Trust::read(root, now).map_err(|error| void(Reason::ReleaseTrust, chain(&error)));
        let found = match &trust {
            Ok(trust) => all(root, trust, now),
            Err(_) => Ok((Vec::new(), Vec::new())),
        };
        let (signed, wrong) = found.unwrap_or_else(|why| (Vec::new(), vec![void(Reason::ReleaseTrust, why)]));
        let is_empty = is_nothing_released(root);
        Look { me, trust, signed, wrong, is_empty, now }
    }

    /// Judges a station that runs by these settings. `seen`: the highest serial ever verified for it.
    ///
    /// # Errors
    /// [`Void`]: nothing is released.
    pub fn judge(&self, station: &Station, settings: &Settings, seen: u64) -> Judged {
        if self.is_empty {
            return Err(unreleased(&station.id));
        }
        let me = self.me.as_ref().map_err(Clone::clone)?;
        let trust = self.trust.as_ref().map_err(Clone::clone)?;
        of_station(&self.signed, &self.wrong, (me, trust), (station, settings), seen, self.now)
    }

    /// The newest signed release of this station for this PC, whether or not it holds.
    pub fn signed(&self, station: &StationId) -> Option<(&str, &Station)> {
        let newest = newest(&self.signed, self.me.as_ref().ok()?, station)?;
        let as_signed = newest.release.stations.iter().find(|other| other.id == *station)?;
        Some((&newest.name, as_signed))
    }

    /// Releases that count no more.
    pub fn revoked(&self) -> Vec<String> {
        self.trust.as_ref().map(|trust| trust.revoked_releases()).unwrap_or_default()
    }
}

/// There is no release at all.
fn unreleased(station: &StationId) -> Void {
    Void {
        reason: Reason::Unreleased,
        why: format!("no file of {FOLDER} releases the station {station}"),
        serial: None,
    }
}

/// Whether there is none for any station.
pub fn is_nothing_released(root: &Root) -> bool {
    root.names(FOLDER).is_ok_and(|names| names.is_empty())
}

fn newest<'a>(signed: &'a [Signed], me: &Me, station: &StationId) -> Option<&'a Signed> {
    let is_mine = |it: &&Signed| {
        let header = &it.release.header;
        [header.site.as_str(), &header.agent, &header.host]
            == [me.site.as_str(), me.agent.as_str(), me.host.as_str()]
    };
    let here = |it: &&Signed| it.release.stations.iter().any(|other| other.id == *station);
    signed.iter().filter(here).filter(is_mine).max_by_key(|it| it.release.header.serial)
}

fn of_station(
    signed: &[Signed],
    wrong: &[Void],
    (me, trust): (&Me, &Trust),
    (station, settings): (&Station, &Settings),
    seen: u64,
    now: Wall,
) -> Judged {
    let here = |it: &&Signed| it.release.stations.iter().any(|other| other.id == station.id);
    let named: Vec<&Signed> = signed.iter().filter(here).collect();
    let Some(newest) = newest(signed, me, &station.id) else {
        return Err(match (named.first(), wrong.first()) {
            (Some(other), _) => Void {
                reason: Reason::ReleaseHost,
                why: format!(
                    "{} is for {}/{} on host {}, and this is {}/{} on host {}",
                    other.name,
                    other.release.header.site,
                    other.release.header.agent,
                    other.release.header.host,
                    me.site,
                    me.agent,
                    me.host.as_str()
                ),
                serial: None,
            },
            (None, Some(wrong)) => wrong.clone(),
            (None, None) => unreleased(&station.id),
        });
    };
    let (name, release) = (&newest.name, &newest.release);
    let serial = release.header.serial;
    let no = |reason, why: String| Err(Void { reason, why: format!("{name}: {why}"), serial: Some(serial) });
    if trust.has_revoked(&release.id) {
        return no(Reason::ReleaseRevoked, "it is revoked".to_owned());
    }
    if serial < seen {
        return no(
            Reason::ReleaseRollback,
            format!("its serial is {serial}, and {seen} was seen before: sign a new one"),
        );
    }
    if release.header.darkroom != me.darkroom {
        return no(
            Reason::ReleaseDarkroom,
            format!(
                "it was signed for revision {} of the darkroom, and this is revision {}: prepare a new one and look at its \
                 sheet",
                release.header.darkroom, me.darkroom
            ),
        );
    }
    if now < release.not_before {
        return no(Reason::ReleaseEarly, "it does not count yet: look at its `not_before`".to_owned());
    }
    if release.expires <= now {
        return no(Reason::ReleaseExpired, "it is no longer valid: prepare a new one".to_owned());
    }
    let as_signed = release.stations.iter().find(|other| other.id == station.id).unwrap_or(station);
    let Differences { wider, narrower } = compare(as_signed, station);
    let mut wider: Vec<String> = wider.iter().map(|it| format!("`{}` {}", it.key, it.what)).collect();
    let mut narrower: Vec<String> = narrower.iter().map(|it| format!("`{}` {}", it.key, it.what)).collect();
    if settings.is_for_trials {
        wider.push("`clock` is \"unchecked\", which is for trials alone".to_owned());
    }
    if station.views.iter().any(|view| matches!(view.camera, CameraSetting::Line { .. })) {
        wider.push("`camera` is a rendered line, which is for trials alone".to_owned());
    }
    for (key, ruling) in of_agent(&release.header.settings, &settings.table) {
        if ruling {
            narrower.push(format!("`{key}` asks more"))
        } else {
            wider.push(format!("`{key}` is not as it was signed"))
        }
    }
    if !wider.is_empty() {
        return no(Reason::ReleaseSettings, wider.join("; "));
    }
    Ok(Valid {
        release: release.id.clone(),
        serial,
        expires: release.expires,
        signers: newest.signers.clone(),
        narrower,
    })
}

/// Settings of the agent that differ, and whether they surely narrow: a deny list besides does. An order directory
/// does not: it speaks for events that say too little.
fn of_agent(signed: &Table, running: &Table) -> Vec<(String, bool)> {
    let keys: std::collections::BTreeSet<&String> = signed.keys().chain(running.keys()).collect();
    let differs = |key: &&&String| signed.get(key.as_str()) != running.get(key.as_str());
    let narrows = |key: &str| key == "deny" && !signed.contains_key(key);
    keys.iter().filter(differs).map(|key| ((*key).clone(), narrows(key))).collect()
}

/// Releases whose signatures count, and why the others do not.
fn all(root: &Root, trust: &Trust, now: Wall) -> Result<(Vec<Signed>, Vec<Void>), String> {
    let names = root.names(FOLDER).map_err(|error| chain(&error))?;
    if names.len() > MOST {
        return Err(format!("{FOLDER} has more than {MOST} files: remove the old ones"));
    }
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    for name in names.iter().filter(|name| name.ends_with(".toml")) {
        match one(root, trust, name, &names, now) {
            Ok(signed) => good.push(signed),
            Err((reason, why)) => {
                wrong.push(Void { reason, why: format!("{FOLDER}/{name}: {why}"), serial: None })
            }
        }
    }
    Ok((good, wrong))
}

fn one(
    root: &Root,
    trust: &Trust,
    name: &str,
    names: &[String],
    now: Wall,
) -> Result<Signed, (Reason, String)> {
    let unread = |error: &dyn std::error::Error| (Reason::ReleaseUnreadable, chain(error));
    let bytes = root.read(&format!("{FOLDER}/{name}"), LONGEST).map_err(|error| unread(&error))?;
    let mut signatures = Vec::new();
    for other in names.iter().filter(|other| other.starts_with(name) && other.ends_with(".sig")) {
        signatures.push(root.read(&format!("{FOLDER}/{other}"), SIGNATURE).map_err(|error| unread(&error))?);
    }
    let signers = trust.released(&bytes, &signatures, now).map_err(|why| (Reason::ReleaseSignature, why))?;
    let release = Release::read(&bytes).map_err(|error| unread(&error))?;
    Ok(Signed { name: format!("{FOLDER}/{name}"), release, signers })
}

/// The station as it was signed in the release that a parcel names, for who trusts no parcel: valid when the picture was
/// taken, and not revoked since.
///
/// # Errors
/// Why nothing under this release may leave, for a person.
pub fn of_parcel(
    root: &Root,
    id: &str,
    station: &StationId,
    taken: Wall,
    now: Wall,
) -> Result<(Station, Release), String> {
    let trust = Trust::read(root, now).map_err(|error| chain(&error))?;
    let (signed, _) = all(root, &trust, now)?;
    let Some(Signed { name, release, .. }) = signed.iter().find(|it| it.release.id == id) else {
        return Err(format!(
            "no signed file of {FOLDER} is the release {id}: keep releases until their pictures are delivered"
        ));
    };
    if trust.has_revoked(id) {
        return Err(format!("{name} is revoked"));
    }
    if taken < release.not_before || release.expires <= taken {
        return Err(format!("{name} did not count when the picture was taken"));
    }
    let who = |release: &Release| {
        let header = &release.header;
        (header.site.clone(), header.agent.clone(), header.host.clone())
    };
    let is_newer = |it: &&Signed| {
        let (other, counts) = (&it.release, it.release.not_before);
        other.header.serial > release.header.serial
            && who(other) == who(release)
            && other.stations.iter().any(|it| it.id == *station)
            // When it was taken is the agent's word: some days later nothing is taken by the older one any more.
            && (counts <= taken || counts.plus(GRACE) <= now)
    };
    if let Some(newer) = signed.iter().find(is_newer) {
        return Err(format!("{} had taken the place of {name} when the picture was taken", newer.name));
    }
    let as_signed = release.stations.iter().find(|other| other.id == *station).cloned();
    as_signed
        .map(|station| (station, release.clone()))
        .ok_or_else(|| format!("{name} does not name the station {station}"))
}

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
