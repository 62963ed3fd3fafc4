//! What is plugged in, for a person: who each camera is, what it can do, and the line for a station's file.
//!
//! Holds: a camera is asked for what it can do, and never started; one that a program has open answers all the same.

use std::fmt;

use lineshot_domain::Size;

use super::identity::Attached;
use super::v4l;
use super::{Pixels, Rate, System};

/// A camera that is plugged in.
#[derive(Debug)]
pub struct Listed {
    attached: Attached,
    /// What it offers, or why it could not be asked.
    pub modes: Result<Vec<Mode>, String>,
    /// Another camera here has the same serial number.
    has_twin: bool,
}

/// A format and size, with the rates in which a camera offers them.
#[derive(Clone, Debug)]
pub struct Mode {
    /// How it writes its pixels.
    pub pixels: Pixels,
    /// The size of its frames.
    pub size: Size,
    /// The fastest first; empty where the camera takes any within a range.
    pub rates: Vec<Rate>,
}

/// All cameras that are plugged in, by their ports.
pub fn cameras(system: &System) -> Vec<Listed> {
    let mut attached = system.attached();
    attached.sort_by(|a, b| a.device.port.cmp(&b.device.port));
    let serials: Vec<Option<String>> = attached.iter().map(|it| it.device.serial.clone()).collect();
    let has_twin =
        |camera: &Attached| serials.iter().filter(|serial| **serial == camera.device.serial).count() > 1;
    let listed = |camera: Attached| {
        let modes = v4l::modes(system, &camera).map_err(|fault| fault.to_string());
        Listed { has_twin: has_twin(&camera), attached: camera, modes }
    };
    attached.into_iter().map(listed).collect()
}

impl Listed {
    /// For the view in a station's file. Where cameras share a serial number, or have none, the port alone is named.
    pub fn line(&self, mode: &Mode) -> String {
        let device = &self.attached.device;
        let serial = device.serial.as_ref().filter(|_| !self.has_twin);
        let serials = serial.map(|serial| format!(", serials = [{serial:?}]")).unwrap_or_default();
        let rate = mode.rates.first().map_or_else(|| "15".to_owned(), Rate::to_string);
        format!(
            "camera = {{ usb = {{ port = {:?}, model = {:?}{serials} }}, format = \"{}\", size = \"{}x{}\", fps = {rate} }}",
            device.port,
            device.model,
            mode.pixels,
            mode.size.width(),
            mode.size.height(),
        )
    }

    /// The mode that most stations want: the largest picture up to 1920 x 1080, compressed by the camera if it can, at
    /// 15 frames a second or the next that it has.
    pub fn usual(&self) -> Option<Mode> {
        const USUAL: f64 = 15.0;
        let modes = self.modes.as_ref().ok()?;
        let fits = |mode: &&Mode| mode.size.width() <= 1920 && mode.size.height() <= 1080;
        let area = |mode: &&Mode| u64::from(mode.size.width()) * u64::from(mode.size.height());
        let mut mode =
            modes.iter().filter(fits).max_by_key(|it| (area(it), it.pixels == Pixels::Mjpeg))?.clone();
        let distance = |rate: &Rate| (rate.fps() - USUAL).abs();
        mode.rates.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
        Some(mode)
    }
}

impl fmt::Display for Listed {
    /// `port 1-2.3, model 046d:085e, serial SN-0042: "HD Webcam" (video0)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.attached.device)?;
        if let Some(name) = &self.attached.device.name {
            write!(f, ": {name:?}")?;
        }
        write!(f, " ({})", self.attached.node)
    }
}

impl fmt::Display for Mode {
    /// `mjpeg 1920x1080 at 30, 15, 7.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}x{}", self.pixels, self.size.width(), self.size.height())?;
        let rates: Vec<String> = self.rates.iter().map(Rate::to_string).collect();
        if rates.is_empty() { Ok(()) } else { write!(f, " at {}", rates.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::identity::UsbDevice;
    use super::*;

    fn listed(serial: Option<&str>, has_twin: bool) -> Listed {
        let device = UsbDevice {
            port: "1-2.3".into(),
            model: "1209:0001".into(),
            serial: serial.map(str::to_owned),
            name: Some("A camera".into()),
        };
        let mode = |pixels, (width, height), rates: &[f64]| Mode {
            pixels,
            size: Size::new(width, height).unwrap(),
            rates: rates.iter().map(|fps| Rate::parse(*fps).unwrap()).collect(),
        };
        let modes = vec![
            mode(Pixels::Yuyv, (1920, 1080), &[5.0]),
            mode(Pixels::Mjpeg, (1920, 1080), &[30.0, 15.0, 7.5]),
            mode(Pixels::Mjpeg, (3840, 2160), &[15.0]),
            mode(Pixels::Mjpeg, (640, 480), &[30.0]),
        ];
        let attached = Attached { device, node: "video0".into(), number: (81, 0) };
        Listed { attached, modes: Ok(modes), has_twin }
    }

    #[test]
    fn the_line_names_the_camera_and_a_mode_that_it_has() {
        let camera = listed(Some("SN-0042"), false);
        assert_eq!(camera.to_string(), "port 1-2.3, model 1209:0001, serial SN-0042: \"A camera\" (video0)");
        let usual = camera.usual().unwrap();
        assert_eq!(
            camera.line(&usual),
            "camera = { usb = { port = \"1-2.3\", model = \"1209:0001\", serials = [\"SN-0042\"] }, \
             format = \"mjpeg\", size = \"1920x1080\", fps = 15 }"
        );
        assert_eq!(camera.modes.as_ref().unwrap()[1].to_string(), "mjpeg 1920x1080 at 30, 15, 7.5");
    }

    #[test]
    fn twins_and_the_nameless_are_told_apart_by_their_ports_alone() {
        for camera in [listed(Some("SAME"), true), listed(None, false)] {
            let line = camera.line(&camera.usual().unwrap());
            assert!(
                line.starts_with("camera = { usb = { port = \"1-2.3\", model = \"1209:0001\" }, "),
                "{line}"
            );
        }
    }

    #[test]
    fn a_camera_that_could_not_be_asked_has_no_usual_mode() {
        let mut camera = listed(None, false);
        camera.modes = Err("it is busy".into());
        assert!(camera.usual().is_none());
    }
}
