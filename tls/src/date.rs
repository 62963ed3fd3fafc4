//! Until when certificates are valid.

use std::path::Path;

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use crate::file::{self, FileError};

/// A certificate's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// Whose it is (RFC 4514).
    pub subject: String,
    /// From when on it is valid.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// The certificates of a PEM file, in its order.
///
/// # Errors
/// [`FileError`].
pub fn dates(path: &Path) -> Result<Vec<Dated>, FileError> {
    dates_of(&file::certificates(path)?).ok_or_else(|| FileError::Certificates { path: path.to_owned() })
}

/// The same of certificates at hand; `None` if one of them cannot be read.
pub fn dates_of(certificates: &[CertificateDer<'_>]) -> Option<Vec<Dated>> {
    let dated = |der: &CertificateDer<'_>| {
        let certificate = Certificate::from_der(der).ok()?;
        let tbs = certificate.tbs_certificate();
        let at = |time: x509_cert::time::Time| {
            Timestamp::from_second(i64::try_from(time.to_unix_duration().as_secs()).ok()?).ok()
        };
        let validity = tbs.validity();
        Some(Dated {
            subject: tbs.subject().to_string(),
            from: at(validity.not_before)?,
            until: at(validity.not_after)?,
        })
    };
    certificates.iter().map(dated).collect()
}
