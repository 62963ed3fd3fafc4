//! What every camera owes to whoever asks it for frames, whatever it is and whatever reads it.
//!
//! `http` and `file` bring their own peers and always run, and so does `line` where it is built in. A USB camera is
//! tried where the environment names one, in a guest with a real driver: see `contract/device.rs`.

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
