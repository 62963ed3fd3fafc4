//! A signed permission to look at raw stills of one station, to draw its views: for one person, on one machine, for at
//! most a shift.

use std::time::Duration;

use lineshot_domain::{StationId, Wall};
use serde::Deserialize;

use crate::file::Root;
use crate::host::Me;
use crate::judge::chain;
use crate::trust::Trust;

const FORMAT: &str = "lineshot-commission-1";
const LONGEST: Duration = Duration::from_hours(8);
/// Of a name, in characters: it stands across every still.
const NAME: usize = 40;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: String,
    site: String,
    agent: String,
    host: String,
    station: String,
    person: String,
    not_before: String,
    expires: String,
}

/// What was permitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Who may look.
    pub person: String,
    /// Until when.
    pub expires: Wall,
    /// Who signed it.
    pub signers: Vec<String>,
}

/// What a permission is wanted for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Whose views.
    pub station: StationId,
    /// Who looks.
    pub person: String,
    /// From when on.
    pub from: Wall,
    /// For how long, at most 8 hours.
    pub length: Duration,
}

/// Why a permission permits nothing.
#[derive(Debug, thiserror::Error)]
pub enum PermissionError {
    /// Not TOML, or not of this form.
    #[error("it is not understood: prepare it with `lineshot-commission permission`")]
    Form(#[source] Box<toml::de::Error>),
    /// Not text, or of another form.
    #[error("it is not of the format {FORMAT}: prepare it with `lineshot-commission permission`")]
    Format,
    /// For somebody else.
    #[error("it is for {0}: prepare it here, for this station")]
    Elsewhere(String),
    /// A name that is none.
    #[error("its `person` is no name of 1 to {NAME} characters")]
    Name,
    /// For too long.
    #[error("it is for more than 8 hours, or for none: prepare it anew")]
    Length,
    /// Not yet.
    #[error("it does not count yet: look at its `not_before`, and at the clock")]
    Early,
    /// Too late.
    #[error("it expired: prepare and sign a new one")]
    Expired,
}

impl Permission {
    /// Verifies the signatures of these bytes, and reads them.
    ///
    /// # Errors
    /// Why nobody may look, for a person.
    pub fn verified(
        root: &Root,
        bytes: &[u8],
        signatures: &[Vec<u8>],
        (me, station): (&Me, &StationId),
        now: Wall,
    ) -> Result<Permission, String> {
        let trust = Trust::read(root, now).map_err(|error| chain(&error))?;
        let signers = trust.commissioned(bytes, signatures, now)?;
        read(bytes, (me, station), signers, now).map_err(|error| chain(&error))
    }

    /// The text to be signed.
    ///
    /// # Errors
    /// [`PermissionError`] if it could not be used.
    pub fn prepared(me: &Me, wanted: &Wanted) -> Result<String, PermissionError> {
        let time = |at: Wall| jiff::Timestamp::from_millisecond(at.unix_ms()).unwrap_or_default();
        let text = format!(
            "# One person may look at raw stills of one station, to draw its views. Sign it with\n\
             #   ssh-keygen -Y sign -n {} -f KEY THIS_FILE\n\
             format     = \"{FORMAT}\"\n\
             site       = \"{}\"\nagent      = \"{}\"\nhost       = \"{}\"\n\
             station    = \"{}\"\n\
             person     = {}   # who looks; their name stands across every still\n\
             not_before = \"{:.0}\"\n\
             expires    = \"{:.0}\"\n",
            crate::COMMISSION,
            me.site,
            me.agent,
            me.host.as_str(),
            wanted.station,
            toml::Value::from(wanted.person.as_str()),
            time(wanted.from),
            time(wanted.from.plus(wanted.length)),
        );
        read(text.as_bytes(), (me, &wanted.station), Vec::new(), wanted.from)?;
        Ok(text)
    }

    /// Whether a name can stand across a still.
    ///
    /// # Errors
    /// [`PermissionError::Name`].
    pub fn name(text: &str) -> Result<String, PermissionError> {
        let text = text.trim();
        let is_name = !text.is_empty() && text.chars().count() <= NAME && !text.chars().any(char::is_control);
        if is_name { Ok(text.to_owned()) } else { Err(PermissionError::Name) }
    }
}

fn read(
    bytes: &[u8],
    (me, station): (&Me, &StationId),
    signers: Vec<String>,
    now: Wall,
) -> Result<Permission, PermissionError> {
    let text = std::str::from_utf8(bytes).map_err(|_| PermissionError::Format)?;
    let written: Written = toml::from_str(text).map_err(|error| PermissionError::Form(Box::new(error)))?;
    if written.format != FORMAT {
        return Err(PermissionError::Format);
    }
    let Written { site, agent, host, station: of, person, not_before, expires, .. } = &written;
    if [site, agent, host, of] != [me.site.as_str(), me.agent.as_str(), me.host.as_str(), station.as_str()] {
        return Err(PermissionError::Elsewhere(format!("station {of} of {site}/{agent} (host {host})")));
    }
    let at = |text: &str| -> Result<Wall, PermissionError> {
        let at: jiff::Timestamp = text.parse().map_err(|_| PermissionError::Format)?;
        Ok(Wall::from_unix_ms(at.as_millisecond()))
    };
    let (from, until) = (at(not_before)?, at(expires)?);
    if until <= from || until.since(from) > LONGEST {
        return Err(PermissionError::Length);
    }
    // Times are written in whole seconds.
    if now.plus(Duration::from_secs(1)) < from {
        return Err(PermissionError::Early);
    }
    if until <= now {
        return Err(PermissionError::Expired);
    }
    Ok(Permission { person: Permission::name(person)?, expires: until, signers })
}
