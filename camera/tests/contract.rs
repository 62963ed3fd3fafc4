//! What every camera owes to whoever asks it for frames, whatever it is and whatever reads it.
//!
//! `http`, `file` and `line` bring their own peers and always run. A USB camera is tried where the environment names
//! one, in a guest with a real driver: see `contract/device.rs`.

#[path = "contract/checks.rs"]
mod checks;
#[cfg(all(feature = "usb", target_os = "linux"))]
#[path = "contract/device.rs"]
mod device;
#[path = "contract/peers.rs"]
mod peers;
