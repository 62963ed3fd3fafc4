//! What every camera owes to whoever asks it for frames, whatever it is and whatever reads it.
//!
//! `http`, `file` and `line` bring their own peers and always run. A USB camera is tried where the environment names
//! one, in a guest with a real driver: see `contract/device.rs`.

#[cfg(test)]
#[path = "contract/checks.rs"]
mod checks;
#[cfg(test)]
#[cfg(all(feature = "usb", target_os = "linux"))]
#[path = "contract/device.rs"]
mod device;
#[cfg(test)]
#[path = "contract/peers.rs"]
mod peers;
