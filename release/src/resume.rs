//! A signed resume: it lifts one stop, of one ledger, on one machine.

use lineshot_domain::Wall;
use serde::Deserialize;

use crate::file::Root;
use crate::host::Me;
use crate::judge::chain;
use crate::trust::Trust;

const FORMAT: &str = "lineshot-resume-1";

/// What becomes of the pictures that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Parcels {
    /// They are delivered.
    Deliver,
    /// They never are.
    Destroy,
}

/// What a resume says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    format: String,
    site: String,
    agent: String,
    host: String,
    /// The number of the stop, as `lineshot stop` prints it: line of the ledger, and the beginning of its hash.
    pub stop: String,
    /// What becomes of the pictures that wait.
    pub parcels: Parcels,
    expires: String,
}

/// Why a resume lifts nothing.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// Not TOML, or not of this form.
    #[error("it is not understood: prepare it with `lineshot resume`")]
    Form(#[source] Box<toml::de::Error>),
    /// Not text, or of another form.
    #[error("it is not of the format {FORMAT}: prepare it with `lineshot resume`")]
    Format,
    /// For somebody else.
    #[error("it is for {0}, which is not this PC: prepare it here")]
    Elsewhere(String),
    /// Too late.
    #[error("it expired: prepare and sign a new one")]
    Expired,
}

impl Resume {
    /// Verifies the signatures of these bytes, and reads them. Gives who signed.
    ///
    /// # Errors
    /// Why it lifts nothing, for a person.
    pub fn verified(
        root: &Root,
        bytes: &[u8],
        signatures: &[Vec<u8>],
        me: &Me,
        now: Wall,
    ) -> Result<(Resume, Vec<String>), String> {
        let trust = Trust::read(root, now).map_err(|error| chain(&error))?;
        let signers = trust.resumed(bytes, signatures, now)?;
        let resume = Resume::read(bytes, me, now).map_err(|error| chain(&error))?;
        Ok((resume, signers))
    }

    fn read(bytes: &[u8], me: &Me, now: Wall) -> Result<Resume, ResumeError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ResumeError::Format)?;
        let resume: Resume = toml::from_str(text).map_err(|error| ResumeError::Form(Box::new(error)))?;
        if resume.format != FORMAT {
            return Err(ResumeError::Format);
        }
        let mine = [me.site.as_str(), me.agent.as_str(), me.host.as_str()];
        if [resume.site.as_str(), &resume.agent, &resume.host] != mine {
            return Err(ResumeError::Elsewhere(format!(
                "{}/{} ({})",
                resume.site, resume.agent, resume.host
            )));
        }
        let expires: jiff::Timestamp = resume.expires.parse().map_err(|_| ResumeError::Format)?;
        if Wall::from_unix_ms(expires.as_millisecond()) <= now {
            return Err(ResumeError::Expired);
        }
        Ok(resume)
    }

    /// The text to be signed.
    pub fn prepared(me: &Me, stop: &str, parcels: Parcels, expires: &str) -> String {
        let word = match parcels {
            Parcels::Deliver => "deliver",
            Parcels::Destroy => "destroy",
        };
        format!(
            "# Lifts one stop of photographs, on one machine. Sign it with\n\
             #   ssh-keygen -Y sign -n {} -f KEY THIS_FILE\n\
             # and put it with its signature into the folder `requests` of that machine's data folder.\n\
             format  = \"{FORMAT}\"\n\
             site    = \"{}\"\nagent   = \"{}\"\nhost    = \"{}\"\n\
             stop    = \"{stop}\"\n\
             parcels = \"{word}\"   # what becomes of pictures that wait: deliver | destroy\n\
             expires = \"{expires}\"\n",
            crate::RESUME,
            me.site,
            me.agent,
            me.host.as_str(),
        )
    }
}
