//! What sysfs says of the cameras that are plugged in.
//!
//! Holds: nothing is opened, nothing is asked of a device. What vanishes while it is read was not there.
//!
//! Deliberately absent: metadata nodes (a UVC camera has one beside each node for pictures), and whatever is not
//! plugged in by USB.

use std::fs;
use std::path::{Path, PathBuf};

use super::identity::{Attached, UsbDevice};

/// Where the system tells of its devices; made-up ones are for tests.
#[derive(Clone, Debug)]
pub struct System {
    /// `/sys`.
    pub sysfs: PathBuf,
    /// `/dev`.
    pub dev: PathBuf,
}

impl Default for System {
    fn default() -> System {
        System { sysfs: "/sys".into(), dev: "/dev".into() }
    }
}

impl System {
    /// All that may be cameras, by the number of their nodes.
    pub(super) fn attached(&self) -> Vec<Attached> {
        let entries = fs::read_dir(self.sysfs.join("class/video4linux")).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut attached: Vec<Attached> = names.filter_map(|name| self.node(&name)).collect();
        attached.sort_by_key(|camera| camera.number);
        attached
    }

    /// What sysfs says of one node now, if it is one for pictures.
    pub(super) fn node(&self, name: &str) -> Option<Attached> {
        let folder = self.sysfs.join("class/video4linux").join(name);
        // The first node of a function; a second one tells of the first one's pictures.
        if !name.starts_with("video") || text(&folder, "index")? != "0" {
            return None;
        }
        let number = text(&folder, "dev")?;
        let (major, minor) = number.split_once(':')?;
        let number = (major.parse().ok()?, minor.parse().ok()?);
        let interface = fs::canonicalize(folder.join("device")).ok()?;
        let device = interface.ancestors().find(|folder| folder.join("idVendor").exists())?;
        Some(Attached { device: device_in(device)?, node: name.to_owned(), number })
    }

    /// Whatever is plugged in at this port.
    pub(super) fn at_port(&self, port: &str) -> Option<UsbDevice> {
        device_in(&fs::canonicalize(self.sysfs.join("bus/usb/devices").join(port)).ok()?)
    }

    /// The node's path.
    pub(super) fn path(&self, attached: &Attached) -> PathBuf {
        self.dev.join(&attached.node)
    }
}

fn device_in(folder: &Path) -> Option<UsbDevice> {
    Some(UsbDevice {
        port: folder.file_name()?.to_str()?.to_owned(),
        model: format!("{}:{}", text(folder, "idVendor")?, text(folder, "idProduct")?).to_ascii_lowercase(),
        serial: text(folder, "serial"),
        name: text(folder, "product"),
    })
}

/// What an attribute says, if it says anything.
fn text(folder: &Path, attribute: &str) -> Option<String> {
    let bytes = fs::read(folder.join(attribute)).ok()?;
    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
    (!text.is_empty()).then_some(text)
}
