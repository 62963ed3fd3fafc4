//! A camera of this machine in place of the first rendered one: what `lineshot cameras` offers, through nokhwa.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run::program;

/// The `camera` of a view, for the first camera that is plugged in.
///
/// # Errors
/// There is none, or the agent was built without such cameras.
pub(crate) fn first() -> Result<String> {
    let agent = program("lineshot-agent")?;
    let said = Command::new(&agent)
        .arg("cameras")
        .output()
        .with_context(|| format!("{} could not be asked for cameras", agent.display()))?;
    if !said.status.success() {
        bail!("the agent told no cameras: {}", String::from_utf8_lossy(&said.stderr).trim());
    }
    through_nokhwa(&String::from_utf8_lossy(&said.stdout)).context(
        "no USB camera that can be used is plugged into this machine: `lineshot cameras` shows what is",
    )
}

fn through_nokhwa(said: &str) -> Option<String> {
    const CAMERA: &str = "camera = { usb = {";
    let line = said.lines().map(str::trim).find(|line| line.starts_with(CAMERA))?;
    Some(line.replacen(CAMERA, "camera = { usb = { backend = \"nokhwa\",", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_camera_that_is_told_is_taken_through_nokhwa() {
        let said = "port 1-2, model 1209:0001, without a serial (video0)\n    mjpeg 640x480 at 30\n  for the view in the \
                    station's file:\n    camera = { usb = { port = \"1-2\" }, format = \"mjpeg\", size = \"640x480\", fps = 30 }\n";
        let wanted = "camera = { usb = { backend = \"nokhwa\", port = \"1-2\" }, format = \"mjpeg\", size = \"640x480\", fps = 30 }";
        assert_eq!(through_nokhwa(said).as_deref(), Some(wanted));
        assert_eq!(through_nokhwa("no USB camera is plugged in\n"), None);
    }
}
