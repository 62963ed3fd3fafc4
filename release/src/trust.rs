//! `/etc/lineshot/trust/`: whose signatures count, how many are needed, and what is revoked.

use std::collections::BTreeSet;
use std::time::Duration;

use lineshot_domain::Wall;
use serde::Deserialize;

use crate::file::{FileError, Root};
use crate::revoked::{self, Revoked};
use crate::signature::{SignatureError, Signed, verify};
use crate::signers::{Signer, SignersError, signers};

const SIGNERS: &str = "/etc/lineshot/trust/allowed_signers";
const POLICY: &str = "/etc/lineshot/trust/policy.toml";
const REVOKED: &str = "/etc/lineshot/trust/revoked";
/// A thousand people.
const LONGEST: usize = 256 * 1024;
const DAY: Duration = Duration::from_hours(24);

/// Why nobody's signature counts at the moment.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A file is not trusted.
    #[error("the trust folder cannot be used")]
    File(#[from] FileError),
    /// Not text.
    #[error("{0} is no UTF-8 text: restore it")]
    Text(&'static str),
    /// A line of `allowed_signers`.
    #[error("{SIGNERS}: {0}; correct it")]
    Signers(#[from] SignersError),
    /// The policy.
    #[error("{POLICY} is not understood: correct it")]
    Policy(#[source] Box<toml::de::Error>),
    /// A number of signatures that is none.
    #[error("{POLICY}: `signatures` is 1 or 2")]
    Count,
    /// A line of the list of what is revoked.
    #[error("{REVOKED}: line {0} is not understood; correct it: until then nothing is released")]
    Revoked(usize),
    /// There has to be a fresh list.
    #[error("{REVOKED} is {0}, and the policy wants one that is younger: issue it anew")]
    Stale(&'static str),
}

/// Whose signatures count, and for what.
#[derive(Debug)]
pub struct Trust {
    signers: Vec<Signer>,
    policy: Policy,
    revoked: Revoked,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Policy {
    version: u32,
    release: Needed,
    resume: Needed,
    commission: Needed,
    revoked: Option<Freshness>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Needed {
    signatures: usize,
}

impl Default for Needed {
    fn default() -> Needed {
        Needed { signatures: 1 }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Freshness {
    max_age_days: u32,
}

impl Trust {
    /// Reads the folder.
    ///
    /// # Errors
    /// [`TrustError`]: then nothing is believed.
    pub fn read(root: &Root, now: Wall) -> Result<Trust, TrustError> {
        let signers = signers(&text(root, SIGNERS)?)?;
        let policy: Policy = match text(root, POLICY) {
            Ok(text) => toml::from_str(&text).map_err(|error| TrustError::Policy(Box::new(error)))?,
            Err(TrustError::File(error)) if error.is_absent() => Policy::default(),
            Err(error) => return Err(error),
        };
        let all = [&policy.release, &policy.resume, &policy.commission];
        if all.iter().any(|needed| !(1..=2).contains(&needed.signatures)) {
            return Err(TrustError::Count);
        }
        let revoked = match text(root, REVOKED) {
            Ok(text) => revoked::read(&text).map_err(TrustError::Revoked)?,
            Err(TrustError::File(error)) if error.is_absent() => Revoked::default(),
            Err(error) => return Err(error),
        };
        if let Some(Freshness { max_age_days }) = &policy.revoked {
            let at = revoked.at.ok_or(TrustError::Stale("missing"))?;
            if now.since(at) > DAY * *max_age_days {
                return Err(TrustError::Stale("too old"));
            }
            if at.since(now) > DAY {
                return Err(TrustError::Stale("of the future"));
            }
        }
        Ok(Trust { signers, policy, revoked })
    }

    /// Whether a release of this hash counts no more.
    pub(crate) fn has_revoked(&self, release: &str) -> bool {
        self.revoked.releases.contains(release)
    }

    pub(crate) fn revoked_releases(&self) -> Vec<String> {
        self.revoked.releases.iter().cloned().collect()
    }

    /// Who signed these bytes as a release, if that is enough.
    pub(crate) fn released(
        &self,
        bytes: &[u8],
        signatures: &[Vec<u8>],
        now: Wall,
    ) -> Result<Vec<String>, String> {
        self.signed(crate::RELEASE, self.policy.release.signatures, bytes, signatures, now)
    }

    /// Who signed these bytes as a resume, if that is enough.
    pub(crate) fn resumed(
        &self,
        bytes: &[u8],
        signatures: &[Vec<u8>],
        now: Wall,
    ) -> Result<Vec<String>, String> {
        self.signed(crate::RESUME, self.policy.resume.signatures, bytes, signatures, now)
    }

    /// Who signed these bytes as a permission to commission, if that is enough.
    pub(crate) fn commissioned(
        &self,
        bytes: &[u8],
        signatures: &[Vec<u8>],
        now: Wall,
    ) -> Result<Vec<String>, String> {
        self.signed(crate::COMMISSION, self.policy.commission.signatures, bytes, signatures, now)
    }

    fn signed(
        &self,
        namespace: &str,
        needed: usize,
        bytes: &[u8],
        signatures: &[Vec<u8>],
        now: Wall,
    ) -> Result<Vec<String>, String> {
        let mut good: Vec<Signed> = Vec::new();
        let mut wrong: Vec<SignatureError> = Vec::new();
        for signature in signatures {
            match verify(&self.signers, &self.revoked.keys, namespace, bytes, signature, now) {
                Ok(signed) => good.push(signed),
                Err(error) => wrong.push(error),
            }
        }
        // Two people with two keys: neither one key under two names, nor two keys of one person.
        let principals: BTreeSet<&str> = good.iter().map(|signed| signed.principal.as_str()).collect();
        let keys: BTreeSet<&str> = good.iter().map(|signed| signed.fingerprint.as_str()).collect();
        let found = principals.len().min(keys.len());
        if found >= needed {
            return Ok(principals.into_iter().map(str::to_owned).collect());
        }
        let why = wrong.first().map(|error| format!("; of another: {error}")).unwrap_or_default();
        Err(match (found, needed) {
            (0, 1) if wrong.is_empty() => {
                format!("it is not signed: put its signature (`ssh-keygen -Y sign -n {namespace}`) beside it")
            }
            (0, 1) => wrong.first().map(ToString::to_string).unwrap_or_default(),
            _ => format!("{needed} people with keys of their own must sign it, and {found} did{why}"),
        })
    }
}

fn text(root: &Root, path: &'static str) -> Result<String, TrustError> {
    String::from_utf8(root.read(path, LONGEST)?).map_err(|_| TrustError::Text(path))
}
