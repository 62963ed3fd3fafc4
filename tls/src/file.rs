//! PEM files of certificates and keys.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Some hundred authorities; no key is as long.
const LARGEST: u64 = 1024 * 1024;

/// Why a file of certificates or keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It could not be read.
    #[error("reading {path} failed: put the file there for this program's user to read, or correct the path")]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is too long for what it should be.
    #[error("{path} has more than 1 MiB: it is no file of certificates")]
    Large {
        /// Which one.
        path: PathBuf,
    },
    /// It holds no certificates, or damaged ones.
    #[error("{path} holds no certificate that can be read: it must be PEM, with -----BEGIN CERTIFICATE-----")]
    Certificates {
        /// Which one.
        path: PathBuf,
    },
    /// It holds no key, or one that needs a password.
    #[error("{path} holds no private key that can be read: it must be PEM, and not protected by a password")]
    Key {
        /// Which one.
        path: PathBuf,
    },
    /// Certificate and key are not a pair.
    #[error("{key} is not the key of {certificate}: put the two files of one certificate there")]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// This system trusts nobody.
    #[error(
        "this system has no trusted authorities: install ca-certificates, or name the authorities as `ca`"
    )]
    NoSystem,
}

fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    let count = read.map_err(|source| FileError::Read { path: path.to_owned(), source })?;
    match u64::try_from(count) {
        Ok(0..=LARGEST) => Ok(bytes),
        _ => Err(FileError::Large { path: path.to_owned() }),
    }
}

/// All certificates of a file; at least one.
pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, FileError> {
    let unusable = || FileError::Certificates { path: path.to_owned() };
    let pem = read(path)?;
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|_| unusable())?;
    if found.is_empty() { Err(unusable()) } else { Ok(found) }
}

/// The private key of a file.
pub(crate) fn key(path: &Path) -> Result<PrivateKeyDer<'static>, FileError> {
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|_| FileError::Key { path: path.to_owned() })
}

/// The authorities in a PEM file, and its very bytes for libraries that read them again.
///
/// # Errors
/// [`FileError`] also if one of the certificates cannot be an authority's.
pub fn authorities(path: &Path) -> Result<(RootCertStore, Vec<u8>), FileError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|_| FileError::Certificates { path: path.to_owned() })?;
    }
    Ok((roots, read(path)?))
}

/// The authorities that this system trusts.
pub(crate) fn of_the_system() -> Result<RootCertStore, FileError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() { Err(FileError::NoSystem) } else { Ok(roots) }
}
