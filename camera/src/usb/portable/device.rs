//! A camera as nokhwa opens it.
//!
//! The library names cameras by the number of their node alone. So sysfs is read again after opening, and then the
//! camera asked once more: as long as it answers, nobody else can have been given its number.

use lineshot_domain::Size;
use nokhwa::Camera;
use nokhwa::utils::{
    CameraFormat, CameraIndex, ControlValueDescription, ControlValueSetter, FrameFormat, KnownCameraControl,
    RequestedFormat, RequestedFormatType,
};

use crate::usb::controls::{self, Knobs, Range};
use crate::usb::identity::Attached;
use crate::usb::layout::Layout;
use crate::usb::v4l::Node;
use crate::usb::{Pixels, Rate, System, UsbSetting};
use crate::{Fault, Post};

/// What has to be known to open a camera on the library's thread.
pub(super) struct Opening {
    setting: UsbSetting,
    system: System,
    chosen: Attached,
    layout: Layout,
    format: CameraFormat,
    /// Sets a rate that the library cannot.
    fraction: Option<Node>,
}

impl Opening {
    /// Sets what the library cannot, where V4L2 is there for it: the library opens no camera whose rate is no whole
    /// number, whatever it is to be set to.
    ///
    /// # Errors
    /// What the camera or the library cannot do.
    pub(super) fn prepare(
        setting: &UsbSetting,
        system: &System,
        chosen: &Attached,
        post: &Post,
    ) -> Result<Opening, Fault> {
        let pixels = format(setting.pixels)?;
        let node = Node::open(system, chosen, post)?;
        let layout = post.ask_driver("setting its format", || node.set_format(setting))?;
        let listed = node.rates(setting.pixels, setting.size);
        let whole = [setting.rate].into_iter().chain(listed).find_map(|rate| Some((rate, whole(rate)?)));
        let (rate, fps) = whole.ok_or_else(|| {
            setting_fault("it has no rate of whole frames a second, without which nokhwa opens no camera")
        })?;
        post.ask_driver("setting its rate", || node.set_rate(&UsbSetting { rate, ..setting.clone() }))?;
        // Its hold on the camera, with what was set.
        drop(node);
        let fraction = if rate.is(setting.rate) { None } else { Some(Node::open(system, chosen, post)?) };
        Ok(Opening {
            setting: setting.clone(),
            system: system.clone(),
            chosen: chosen.clone(),
            layout: layout.with_older_bytes_behind(),
            format: camera_format(setting.size, pixels, fps),
            fraction,
        })
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// Opens the camera, sets it up and starts its stream. For the library's thread: it may block.
    ///
    /// # Errors
    /// [`Fault::Identity`] if it is another camera by now; what the camera or the library cannot do.
    pub(super) fn open(self) -> Result<Camera, Fault> {
        let number = self.chosen.node.trim_start_matches("video").parse();
        let number = number.map_err(|_| Fault::unreachable(format!("{} has no number", self.chosen.node)))?;
        let pixels = [self.format.format()];
        let exact = RequestedFormat::with_formats(RequestedFormatType::Exact(self.format), &pixels);
        let mut camera =
            Camera::new(CameraIndex::Index(number), exact).map_err(|error| fault("opening", error))?;
        let now = self.system.node(&self.chosen.node);
        let found = camera.refresh_camera_format().map_err(|error| fault("asking", error))?;
        if now.as_ref() != Some(&self.chosen) {
            let now = now.map_or("nothing that is known".into(), |now| now.device.to_string());
            let what = format!("while {} was opened, it became the node of {now}", self.chosen.node);
            return Err(Fault::Identity { what });
        }
        if found != self.format {
            return Err(Fault::Size { what: format!("asked for {}, it gives {found}", self.format) });
        }
        if let Some(node) = self.fraction {
            node.set_rate(&self.setting)?;
        }
        self.setting.controls.apply(&mut camera)?;
        camera.open_stream().map_err(|error| fault("starting", error))?;
        Ok(camera)
    }
}

fn format(pixels: Pixels) -> Result<FrameFormat, Fault> {
    match pixels {
        Pixels::Mjpeg => Ok(FrameFormat::MJPEG),
        Pixels::Yuyv => Ok(FrameFormat::YUYV),
        Pixels::Nv12 => Ok(FrameFormat::NV12),
        // It looks for a code, GRAY, that no driver has.
        Pixels::Grey => {
            Err(setting_fault("nokhwa finds no grey frames; choose another format, or `backend` v4l"))
        }
    }
}

/// The rate in whole frames a second, if it is one.
fn whole(rate: Rate) -> Option<u32> {
    let (frames, seconds) = rate.fraction();
    (seconds == 1).then_some(frames)
}

fn camera_format(size: Size, pixels: FrameFormat, fps: u32) -> CameraFormat {
    CameraFormat::new_from(size.width(), size.height(), pixels, fps)
}

fn setting_fault(what: &str) -> Fault {
    Fault::Setting { what: what.to_owned() }
}

/// What to say of an error of the library, which are words alone.
pub(super) fn fault(doing: &str, error: nokhwa::NokhwaError) -> Fault {
    let what = format!("{doing} it through nokhwa failed; was it unplugged, or does another program use it?");
    Fault::Unreachable { what, cause: Some(error.into()) }
}

/// The library's name of a control; it has its own for some.
fn name(id: u32) -> KnownCameraControl {
    match id {
        controls::GAIN_ID => KnownCameraControl::Gain,
        controls::WHITE_ID => KnownCameraControl::WhiteBalance,
        other => KnownCameraControl::Other(other.into()),
    }
}

impl Knobs for Camera {
    fn range(&self, id: u32) -> Option<Range> {
        match self.camera_control(name(id)).ok()?.description() {
            ControlValueDescription::IntegerRange { min, max, step, .. } => {
                Some(Range { least: *min, most: *max, step: step.unsigned_abs() })
            }
            ControlValueDescription::Boolean { .. } => Some(Range { least: 0, most: 1, step: 1 }),
            _ => None,
        }
    }

    fn set(&mut self, id: u32, value: i64) -> Result<(), String> {
        let control = self.camera_control(name(id)).map_err(|error| error.to_string())?;
        let value = match control.description() {
            ControlValueDescription::Boolean { .. } => ControlValueSetter::Boolean(value != 0),
            _ => ControlValueSetter::Integer(value),
        };
        self.set_camera_control(name(id), value).map_err(|error| error.to_string())
    }

    fn get(&self, id: u32) -> Result<i64, String> {
        match self.camera_control(name(id)).map_err(|error| error.to_string())?.value() {
            ControlValueSetter::Integer(value) => Ok(value),
            ControlValueSetter::Boolean(value) => Ok(value.into()),
            _ => Err("it is no number".into()),
        }
    }
}
