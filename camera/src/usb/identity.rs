//! Which camera is meant, and which of those attached it is.
//!
//! Holds: one camera is chosen, or none: never a likely one. A camera is known by the port it is plugged into, by its
//! model and by its serial number; the number of a device node tells nothing.
//!
//! Deliberately absent: reading sysfs (see `sysfs`), and remembering what was there before.

use std::fmt;

use crate::Fault;

/// What a camera is known by. At least a port or a serial number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbIdentity {
    port: Option<String>,
    model: Option<String>,
    serials: Vec<String>,
}

/// Why something names no camera.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// A model alone does not tell two cameras apart.
    #[error("a USB camera is named by its `port`, its `serials` or both")]
    Nothing,
    /// Not as the kernel writes a port.
    #[error("\"{0}\" is no USB port; a port is written as the kernel does, such as 1-2.3")]
    Port(String),
    /// Not as `lsusb` writes a model.
    #[error("\"{0}\" is no USB model; a model is vendor and product in hexadecimal, such as 046d:085c")]
    Model(String),
    /// Empty, or with characters that cannot be typed.
    #[error("\"{0}\" is no serial number")]
    Serial(String),
}

impl UsbIdentity {
    /// The camera at `port`, of `model`, with one of `serials`: whatever is given has to fit. Several serials may be
    /// named, so that a spare can be plugged in at night.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn new(
        port: Option<String>,
        model: Option<String>,
        serials: Vec<String>,
    ) -> Result<UsbIdentity, IdentityError> {
        if port.is_none() && serials.is_empty() {
            return Err(IdentityError::Nothing);
        }
        if let Some(port) = port.as_ref().filter(|port| !is_port(port)) {
            return Err(IdentityError::Port(port.clone()));
        }
        let model = model.map(|model| model.to_ascii_lowercase());
        if let Some(model) = model.as_ref().filter(|model| !is_model(model)) {
            return Err(IdentityError::Model(model.clone()));
        }
        let is_text = |serial: &String| !serial.trim().is_empty() && !serial.contains(char::is_control);
        if let Some(serial) = serials.iter().find(|serial| !is_text(serial)) {
            return Err(IdentityError::Serial(serial.clone()));
        }
        let serials = serials.iter().map(|serial| serial.trim().to_owned()).collect();
        Ok(UsbIdentity { port, model, serials })
    }

    fn fits(&self, device: &UsbDevice) -> bool {
        self.fits_port(device) && self.fits_model(device) && self.fits_serial(device)
    }

    fn fits_port(&self, device: &UsbDevice) -> bool {
        self.port.as_ref().is_none_or(|port| *port == device.port)
    }

    fn fits_model(&self, device: &UsbDevice) -> bool {
        self.model.as_ref().is_none_or(|model| *model == device.model)
    }

    fn fits_serial(&self, device: &UsbDevice) -> bool {
        self.serials.is_empty() || device.serial.as_ref().is_some_and(|serial| self.serials.contains(serial))
    }

    /// Whether somebody who looks for this camera would take the device for it: it is at the port, or it has the
    /// serial number.
    fn resembles(&self, device: &UsbDevice) -> bool {
        (self.port.is_some() && self.fits_port(device))
            || (!self.serials.is_empty() && self.fits_serial(device))
    }

    /// The port, if one is named.
    pub(super) fn port(&self) -> Option<&str> {
        self.port.as_deref()
    }
}

impl fmt::Display for UsbIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port.as_ref().map(|port| format!("port {port}"));
        let model = self.model.as_ref().map(|model| format!("model {model}"));
        let serial = (!self.serials.is_empty()).then(|| format!("serial {}", self.serials.join(" or ")));
        let parts: Vec<String> = [port, model, serial].into_iter().flatten().collect();
        f.write_str(&parts.join(", "))
    }
}

/// As the kernel names USB devices: bus, then the ports of the hubs on the way. 1-2.3
fn is_port(text: &str) -> bool {
    let is_number = |number: &str| {
        !number.is_empty() && number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    text.split_once('-').is_some_and(|(bus, ports)| is_number(bus) && ports.split('.').all(is_number))
}

fn is_model(text: &str) -> bool {
    let is_hex = |id: &str| id.len() == 4 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split_once(':').is_some_and(|(vendor, product)| is_hex(vendor) && is_hex(product))
}

/// Something that is plugged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UsbDevice {
    pub(super) port: String,
    /// `vvvv:pppp`, lower case.
    pub(super) model: String,
    pub(super) serial: Option<String>,
    /// What it calls itself.
    pub(super) name: Option<String>,
}

impl fmt::Display for UsbDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.serial {
            Some(serial) => write!(f, "port {}, model {}, serial {serial}", self.port, self.model),
            None => write!(f, "port {}, model {}, without a serial", self.port, self.model),
        }
    }
}

/// A device with a node that may give pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attached {
    pub(super) device: UsbDevice,
    /// The node's name, such as `video0`.
    pub(super) node: String,
    /// The node's device number, major and minor.
    pub(super) number: (u32, u32),
}

/// The one camera that is meant. `at_port` is whatever is plugged in at the named port.
///
/// # Errors
/// [`Fault::Identity`] where none or more than one fits although something resembles it; [`Fault::Unreachable`] where
/// nothing does.
pub(super) fn choose<'a>(
    wanted: &UsbIdentity,
    attached: &'a [Attached],
    at_port: Option<&UsbDevice>,
) -> Result<&'a Attached, Fault> {
    let fitting: Vec<&Attached> = attached.iter().filter(|camera| wanted.fits(&camera.device)).collect();
    if let [one] = fitting[..] {
        return Ok(one);
    }
    if !fitting.is_empty() {
        let nodes = fitting.iter().map(|camera| format!("{} at {}", camera.node, camera.device));
        let what = format!(
            "{} fit {wanted}: {}; name the `port`, too, or plug one of them off",
            fitting.len(),
            list(nodes)
        );
        return Err(Fault::Identity { what });
    }
    if let Some(device) = at_port.filter(|device| wanted.fits(device)) {
        return Err(Fault::unreachable(format!(
            "{device} is plugged in, but the kernel has no camera there; is the module uvcvideo loaded?"
        )));
    }
    let mut similar: Vec<&UsbDevice> = attached.iter().map(|camera| &camera.device).collect();
    similar.retain(|device| wanted.resembles(device));
    similar.extend(at_port.filter(|device| !similar.iter().any(|it| it.port == device.port)));
    if !similar.is_empty() {
        let what = format!("wanted is {wanted}, but found is {}", list(similar.iter()));
        return Err(Fault::Identity { what });
    }
    let others = attached.iter().map(|camera| &camera.device);
    let others = if attached.is_empty() { "no USB camera is".into() } else { list(others) };
    Err(Fault::unreachable(format!("{wanted} is not plugged in; plugged in: {others}")))
}

fn list(items: impl Iterator<Item = impl fmt::Display>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
