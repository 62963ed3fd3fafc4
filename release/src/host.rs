//! Which machine this is, and who runs there.

use lineshot_domain::{AgentName, SiteName};
use sha2::{Digest as _, Sha256};

use crate::file::{FileError, Root};

/// A machine, as a release names it: 16 hex characters made from its `/etc/machine-id`, which is itself not to be
/// told (machine-id(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host(String);

impl Host {
    /// This machine.
    ///
    /// # Errors
    /// [`FileError`] if it has no machine id that only root could have written.
    pub fn of_machine(root: &Root) -> Result<Host, FileError> {
        let id = root.read("/etc/machine-id", 64)?;
        let id: Vec<u8> = id.into_iter().filter(u8::is_ascii_hexdigit).collect();
        if id.len() != 32 {
            return Err(FileError::Kind(root.shown("/etc/machine-id")));
        }
        Ok(Host(hex::encode(&Sha256::digest([b"lineshot-host-1\0", id.as_slice()].concat())[..8])))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who asks whether something is released: it must have been released for exactly them.
#[derive(Clone, Debug)]
pub struct Me {
    /// The site.
    pub site: SiteName,
    /// The agent.
    pub agent: AgentName,
    /// The machine.
    pub host: Host,
    /// The revision of the darkroom that is built in.
    pub darkroom: u32,
}
