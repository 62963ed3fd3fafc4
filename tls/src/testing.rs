//! Authorities and certificates for tests. Each is made anew; nothing of it is in a program.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use crate::OwnFiles;

/// An authority, with its certificate in a file.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
    /// Its certificate, PEM.
    pub file: PathBuf,
}

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Valid {
    /// From 2000 to 2100: whatever the clock says.
    Now,
    /// Until 2001.
    NoMore,
    /// From 2099 on.
    NotYet,
    /// For five days from now on.
    FiveDays,
}

impl Authority {
    /// A new one; `name` names its file in `folder`.
    ///
    /// # Panics
    /// If the folder cannot be written.
    pub fn new(folder: &Path, name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("no names cannot be wrong");
        params.distinguished_name.push(DnType::CommonName, format!("{name} of a test"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        date(&mut params, Valid::Now);
        let key = KeyPair::generate().expect("ring makes keys");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority signs itself");
        let file = folder.join(format!("{name}.pem"));
        put(&file, &issuer.pem());
        Authority { issuer, folder: folder.to_owned(), file }
    }

    /// A certificate for these hosts and this PC, with its key, in files of their own.
    ///
    /// # Panics
    /// If the folder cannot be written.
    pub fn issue(&self, name: &str, hosts: &[&str], valid: Valid) -> OwnFiles {
        let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(hosts).expect("hosts are names or addresses");
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        date(&mut params, valid);
        let key = KeyPair::generate().expect("ring makes keys");
        let certificate = params.signed_by(&key, &self.issuer).expect("an authority signs");
        let files = OwnFiles {
            certificate: self.folder.join(format!("{name}.crt.pem")),
            key: self.folder.join(format!("{name}.key.pem")),
        };
        put(&files.certificate, &certificate.pem());
        put(&files.key, &key.serialize_pem());
        files
    }
}

fn date(params: &mut CertificateParams, valid: Valid) {
    let year = |year| rcgen::date_time_ymd(year, 1, 1);
    let (from, until) = match valid {
        Valid::Now => (year(2000), year(2100)),
        Valid::NoMore => (year(2000), year(2001)),
        Valid::NotYet => (year(2099), year(2100)),
        Valid::FiveDays => (year(2000), year(1970) + now() + 5 * Duration::from_hours(24)),
    };
    (params.not_before, params.not_after) = (from, until);
}

#[expect(clippy::disallowed_methods, reason = "a test's certificate is dated by the machine's clock")]
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970")
}

#[expect(clippy::disallowed_methods, reason = "a test's own files")]
fn put(path: &Path, text: &str) {
    fs::write(path, text).expect("a test's folder can be written");
}
