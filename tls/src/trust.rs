//! Whose certificates are believed, and which one is shown.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::sync::Arc;

use rustls::ClientConfig;

use crate::file::{self, FileError};

/// Whose certificates are believed, and which one is shown to who asks for one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// PEM file of the authorities that are believed instead of the system's.
    pub ca: Option<PathBuf>,
    /// The certificate that is shown.
    pub own: Option<OwnFiles>,
}

/// A certificate and its key, both PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFiles {
    /// The certificate, then the intermediate ones.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Trust {
    /// What a new connection starts from, by what the files hold now.
    ///
    /// # Errors
    /// [`FileError`] for a file that cannot be used.
    pub fn client(&self) -> Result<Arc<ClientConfig>, FileError> {
        let roots = match &self.ca {
            Some(path) => file::authorities(path)?.0,
            None => file::of_the_system()?,
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has the cipher suites of both versions");
        let builder = builder.with_root_certificates(roots);
        let client = match &self.own {
            None => builder.with_no_client_auth(),
            Some(OwnFiles { certificate, key }) => {
                let shown = (file::certificates(certificate)?, file::key(key)?);
                let pair = || FileError::Pair { certificate: certificate.clone(), key: key.clone() };
                builder.with_client_auth_cert(shown.0, shown.1).map_err(|_| pair())?
            }
        };
        Ok(Arc::new(client))
    }

    /// Stands for what the files hold now, as far as they can be read: it differs once one was renewed.
    pub fn edition(&self) -> u64 {
        let own = self.own.iter().flat_map(|own| [&own.certificate, &own.key]);
        let mut hasher = DefaultHasher::new();
        for path in self.ca.iter().chain(own) {
            std::fs::read(path).unwrap_or_default().hash(&mut hasher);
        }
        hasher.finish()
    }
}
