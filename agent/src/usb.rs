//! USB cameras as the station's file names them.

use std::time::Duration;

use anyhow::Context as _;
use lineshot_camera::usb::{Backend, Controls, Pixels, PowerLine, Rate, UsbIdentity, UsbSetting, UsbSource};
use lineshot_config as config;
use lineshot_domain::Size;

/// The camera, not opened yet.
///
/// # Errors
/// What the configuration allows and the camera's room does not.
pub(crate) fn source(
    camera: &config::UsbCamera,
    (pixels, size, fps): (config::UsbPixels, Size, f64),
    latency: Duration,
) -> anyhow::Result<UsbSource> {
    let port = camera.port.as_ref().map(|port| port.as_str().to_owned());
    let model = camera.model.as_ref().map(|model| model.as_str().to_owned());
    Ok(UsbSource::new(UsbSetting {
        identity: UsbIdentity::new(port, model, camera.serials.clone())?,
        pixels: match pixels {
            config::UsbPixels::Mjpeg => Pixels::Mjpeg,
            config::UsbPixels::Yuyv => Pixels::Yuyv,
            config::UsbPixels::Nv12 => Pixels::Nv12,
            config::UsbPixels::Grey => Pixels::Grey,
        },
        size,
        rate: Rate::parse(fps)?,
        controls: controls(&camera.controls)?,
        latency,
        backend: backend(camera.backend)?,
    }))
}

fn controls(fixed: &config::UsbControls) -> anyhow::Result<Controls> {
    let units = |value: Option<i64>| value.map(u16::try_from).transpose().context("a control beyond 65535");
    Ok(Controls {
        exposure: fixed.exposure_ms.map(|ms| Duration::from_secs_f64(ms / 1000.0)),
        gain: units(fixed.gain)?,
        focus: units(fixed.focus)?,
        white_balance: units(fixed.white_balance)?,
        power_line: fixed.power_line.map(|power_line| match power_line {
            config::PowerLine::Off => PowerLine::Off,
            config::PowerLine::Hz50 => PowerLine::Hz50,
            config::PowerLine::Hz60 => PowerLine::Hz60,
            config::PowerLine::Auto => PowerLine::Auto,
        }),
    })
}

fn backend(backend: config::UsbBackend) -> anyhow::Result<Backend> {
    match backend {
        config::UsbBackend::V4l => Ok(Backend::V4l),
        #[cfg(feature = "usb-portable")]
        config::UsbBackend::Nokhwa => Ok(Backend::Nokhwa),
        #[cfg(not(feature = "usb-portable"))]
        config::UsbBackend::Nokhwa => anyhow::bail!(
            "this program was built without nokhwa: build it with the feature `usb-portable`, or remove `backend`"
        ),
    }
}
