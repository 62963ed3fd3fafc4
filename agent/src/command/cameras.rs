//! `lineshot cameras`: what is plugged into this PC, and the line of each for a station's file.

#[cfg(feature = "usb")]
use std::fmt::Write as _;

use crate::failure::Failure;

/// As a person reads it.
///
/// # Errors
/// This program was built without USB cameras.
#[cfg(feature = "usb")]
pub fn cameras() -> Result<String, Failure> {
    let cameras = lineshot_camera::usb::cameras(&lineshot_camera::usb::System::default());
    let mut text = String::new();
    for camera in &cameras {
        let _infallible = writeln!(text, "{camera}");
        match &camera.modes {
            Err(why) => {
                let _infallible = writeln!(text, "    what it can do is not known: {why}");
            }
            Ok(modes) if modes.is_empty() => text.push_str("    it has no format that can be used\n"),
            Ok(modes) => {
                for mode in modes {
                    let _infallible = writeln!(text, "    {mode}");
                }
            }
        }
        if let Some(usual) = camera.usual() {
            let _infallible =
                writeln!(text, "  for the view in the station's file:\n    {}", camera.line(&usual));
        }
    }
    if cameras.is_empty() {
        text.push_str("no USB camera is plugged in, or the kernel has no driver for it (uvcvideo)\n");
    }
    Ok(text)
}

/// As a person reads it.
///
/// # Errors
/// This program was built without USB cameras.
#[cfg(not(feature = "usb"))]
pub fn cameras() -> Result<String, Failure> {
    Err(Failure::Other(anyhow::anyhow!(crate::station::NO_USB)))
}
