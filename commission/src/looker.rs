//! Who may look: by a signed permission, or before this PC has its first release.
//!
//! Holds: it is asked anew before each still, with the trusted files as they are then; where there is a release, nobody
//! looks without a permission.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use lineshot_config::{AgentSettings, Station};
use lineshot_domain::{Clock, StationId, Wall};
use lineshot_release::{Host, Look, Me, Permission, Root, is_nothing_released};

/// Of a permission or a signature, in bytes.
const LONGEST: u64 = 16 * 1024;

/// Who looks, and by what right.
pub(crate) struct Looker {
    person: String,
    root: Root,
    station: StationId,
    right: Right,
}

enum Right {
    /// The permission's bytes, its signatures, and whom it must be for.
    Signed { bytes: Vec<u8>, signatures: Vec<Vec<u8>>, me: Box<Me> },
    /// There is nothing released yet.
    Trial,
}

/// Why nobody may look.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoLook {
    #[error(transparent)]
    Name(#[from] lineshot_release::PermissionError),
    #[error("the permission {path} cannot be read; its signature must lie beside it as {path}.sig")]
    Read { path: PathBuf, source: io::Error },
    #[error("this machine has no name that a permission could be for")]
    Nameless(#[source] lineshot_release::FileError),
    #[error("the permission does not count: {0}")]
    Unsigned(String),
    #[error(
        "this PC has releases, so nobody looks without a permission: `lineshot-commission permission` writes one to be signed"
    )]
    Released,
}

impl Looker {
    /// By the permission in this file.
    ///
    /// # Errors
    /// [`NoLook`].
    pub(crate) fn permitted(
        file: &Path,
        agent: &AgentSettings,
        station: &StationId,
        clock: &dyn Clock,
    ) -> Result<Looker, NoLook> {
        let root = Root::of_machine();
        let me = Box::new(me(&root, agent)?);
        let read = |path: PathBuf| read(&path).map_err(|source| NoLook::Read { path, source });
        let bytes = read(file.to_owned())?;
        let mut signatures = vec![read(PathBuf::from(format!("{}.sig", file.display())))?];
        // Of a second person, where the policy wants two.
        signatures.extend(read(PathBuf::from(format!("{}.2.sig", file.display()))).ok());
        let right = Right::Signed { bytes, signatures, me };
        let mut looker = Looker { person: String::new(), root, station: station.clone(), right };
        if let Some(permission) = looker.asked(clock.wall())? {
            looker.person = permission.person;
        }
        Ok(looker)
    }

    /// On trial.
    ///
    /// # Errors
    /// [`NoLook`].
    pub(crate) fn on_trial(person: &str, station: &StationId, clock: &dyn Clock) -> Result<Looker, NoLook> {
        let person = Permission::name(person)?;
        let looker =
            Looker { person, root: Root::of_machine(), station: station.clone(), right: Right::Trial };
        looker.asked(clock.wall())?;
        Ok(looker)
    }

    pub(crate) fn person(&self) -> &str {
        &self.person
    }

    pub(crate) fn is_trial(&self) -> bool {
        matches!(self.right, Right::Trial)
    }

    /// The station as the newest release for this PC has it.
    pub(crate) fn signed(&self, now: Wall) -> Option<Station> {
        let Right::Signed { me, .. } = &self.right else { return None };
        let look = Look::at(&self.root, &Ok((**me).clone()), now);
        look.signed(&self.station).map(|(_, station)| station.clone())
    }

    /// Whether they still may.
    ///
    /// # Errors
    /// [`NoLook`].
    pub(crate) fn may_look(&self, now: Wall) -> Result<(), NoLook> {
        self.asked(now).map(|_| ())
    }

    fn asked(&self, now: Wall) -> Result<Option<Permission>, NoLook> {
        match &self.right {
            Right::Trial if is_nothing_released(&self.root) => Ok(None),
            Right::Trial => Err(NoLook::Released),
            Right::Signed { bytes, signatures, me } => {
                let permission =
                    Permission::verified(&self.root, bytes, signatures, (me, &self.station), now);
                Ok(Some(permission.map_err(NoLook::Unsigned)?))
            }
        }
    }
}

/// This PC, as a permission names it.
///
/// # Errors
/// [`NoLook::Nameless`].
pub(crate) fn me(root: &Root, agent: &AgentSettings) -> Result<Me, NoLook> {
    let host = Host::of_machine(root).map_err(NoLook::Nameless)?;
    let (site, name) = (agent.site.clone(), agent.name.clone());
    Ok(Me { site, agent: name, host, darkroom: lineshot_picture::REVISION })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}
