//! A node, opened, made sure of, and set up.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use lineshot_domain::Size;
use rustix::fs::{major, minor};
use v4l::capability::Flags;
use v4l::control::{self, Value};
use v4l::format::FieldOrder;
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Device, Format, FourCC, Fraction};

use crate::usb::controls::{Knobs, Range};
use crate::usb::identity::Attached;
use crate::usb::layout::Layout;
use crate::usb::rate::Rate;
use crate::usb::sysfs::System;
use crate::usb::{Mode, Pixels, UsbSetting};
use crate::{Fault, Post};

const ENODEV: i32 = 19;
const EACCES: i32 = 13;
const EPERM: i32 = 1;
const EBUSY: i32 = 16;
const ENOSPC: i32 = 28;

/// An open node that is the chosen camera's.
pub(in crate::usb) struct Node {
    device: Device,
    path: PathBuf,
    /// The driver's name.
    pub(super) driver: String,
}

impl Node {
    /// Opens the chosen camera's node and looks whether it is still that camera's.
    ///
    /// # Errors
    /// [`Fault::Identity`] if it is not, [`Fault::Unreachable`] if it cannot be opened.
    pub(in crate::usb) fn open(system: &System, chosen: &Attached, post: &Post) -> Result<Node, Fault> {
        let path = system.path(chosen);
        let device = post.ask_driver("opening it", || Device::with_path(&path));
        let device = device.map_err(|error| fault("opening", &path, error))?;
        let opened = opened_number(&device).map_err(|error| fault("looking at", &path, error))?;
        let now = system.node(&chosen.node);
        // Asked last: as long as this node answers, nobody else can have been given its number, so what sysfs told of
        // the number just now was told of what is open here.
        let node = Node { device, path, driver: String::new() };
        let capabilities = post.ask_driver("telling what it can", || {
            node.ask("asking the capabilities of", |it| it.query_caps())
        })?;
        if opened != chosen.number || now.as_ref() != Some(chosen) {
            let now = now.map_or("nothing that is known".into(), |now| now.device.to_string());
            let what = format!("while {} was opened, it became the node of {now}", node.path.display());
            return Err(Fault::Identity { what });
        }
        if !capabilities.capabilities.contains(Flags::VIDEO_CAPTURE | Flags::STREAMING) {
            let what = format!("{} of {} gives no pictures", node.path.display(), chosen.device);
            return Err(Fault::Identity { what });
        }
        Ok(Node { driver: capabilities.driver, ..node })
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// What to say of an error of the driver.
    pub(super) fn fault(&self, doing: &str, error: io::Error) -> Fault {
        fault(doing, &self.path, error)
    }

    /// Asks the library for something that it may unwrap: names that are no UTF-8, a colour space that it does not
    /// know.
    fn ask<T>(&self, doing: &str, ask: impl FnOnce(&Device) -> io::Result<T>) -> Result<T, Fault> {
        catch_unwind(AssertUnwindSafe(|| ask(&self.device)))
            .unwrap_or_else(|_| Err(io::Error::other("the driver says something that is not understood")))
            .map_err(|error| self.fault(doing, error))
    }

    /// Sets format and size, and reads them back.
    ///
    /// # Errors
    /// [`Fault::Size`] if the driver gives another.
    pub(in crate::usb) fn set_format(&self, setting: &UsbSetting) -> Result<Layout, Fault> {
        let (pixels, size) = (setting.pixels, setting.size);
        let code = code(pixels);
        let wanted = Format::new(size.width(), size.height(), code);
        let found = self.ask("setting the format of", |it| it.set_format(&wanted))?;
        if (found.width, found.height, found.fourcc) != (size.width(), size.height(), code) {
            let what = format!(
                "asked for {}x{} {pixels}, it gives {}x{} {}; of {pixels} it has {}",
                size.width(),
                size.height(),
                found.width,
                found.height,
                String::from_utf8_lossy(&found.fourcc.repr).to_lowercase(),
                self.sizes(pixels)
            );
            return Err(Fault::Size { what });
        }
        if !matches!(found.field_order, FieldOrder::Any | FieldOrder::Progressive) {
            let what = format!("its frames are {}, not progressive", found.field_order);
            return Err(Fault::Setting { what });
        }
        Layout::new(pixels, size, found.stride as usize).ok_or_else(|| Fault::Size {
            what: format!(
                "rows of {} bytes do not hold {pixels} of {}x{}",
                found.stride,
                size.width(),
                size.height()
            ),
        })
    }

    /// The sizes in which a format is offered.
    fn sizes(&self, pixels: Pixels) -> String {
        let sizes =
            self.ask("asking the sizes of", |it| it.enum_framesizes(code(pixels))).unwrap_or_default();
        let sizes: Vec<String> = sizes
            .iter()
            .map(|size| match &size.size {
                FrameSizeEnum::Discrete(size) => size.to_string(),
                FrameSizeEnum::Stepwise(sizes) => sizes.to_string(),
            })
            .collect();
        if sizes.is_empty() { "nothing".into() } else { sizes.join(", ") }
    }

    /// The rates in which a format and size are offered, where they are listed one by one.
    pub(in crate::usb) fn rates(&self, pixels: Pixels, size: Size) -> Vec<Rate> {
        let intervals = self.ask("asking the rates of", |it| {
            it.enum_frameintervals(code(pixels), size.width(), size.height())
        });
        let discrete = intervals.unwrap_or_default().into_iter().filter_map(|it| match it.interval {
            FrameIntervalEnum::Discrete(interval) => rate(interval),
            FrameIntervalEnum::Stepwise(_) => None,
        });
        discrete.collect()
    }

    /// Sets the rate, and reads it back.
    ///
    /// # Errors
    /// [`Fault::Setting`] if it is none of those listed, or stays at another.
    pub(in crate::usb) fn set_rate(&self, setting: &UsbSetting) -> Result<(), Fault> {
        let wanted = setting.rate;
        let listed = self.rates(setting.pixels, setting.size);
        let offered = || listed.iter().map(Rate::to_string).collect::<Vec<_>>().join(", ");
        let exact = match listed.iter().find(|rate| wanted.is(**rate)) {
            Some(rate) => *rate,
            None if listed.is_empty() => wanted,
            None => {
                let what =
                    format!("{wanted} frames a second are not offered at this size; it has {}", offered());
                return Err(Fault::Setting { what });
            }
        };
        let (frames, seconds) = exact.fraction();
        let found = self.ask("setting the rate of", |it| {
            it.set_params(&Parameters::new(Fraction::new(seconds, frames)))
        })?;
        match rate(found.interval) {
            Some(found) if wanted.is(found) => Ok(()),
            found => {
                let found = found.map_or("an unknown rate".into(), |rate| rate.to_string());
                let what = format!(
                    "{wanted} frames a second were asked for, it stays at {found}; it has {}",
                    offered()
                );
                Err(Fault::Setting { what })
            }
        }
    }
}

/// What a camera offers, of what this program can use. It is opened, and never started.
///
/// # Errors
/// It cannot be opened or asked.
pub(in crate::usb) fn modes(system: &System, attached: &Attached) -> Result<Vec<Mode>, Fault> {
    let path = system.path(attached);
    let device = Device::with_path(&path).map_err(|error| fault("opening", &path, error))?;
    let node = Node { device, path, driver: String::new() };
    let mut modes = Vec::new();
    for pixels in [Pixels::Mjpeg, Pixels::Yuyv, Pixels::Nv12, Pixels::Grey] {
        let sizes =
            node.ask("asking the sizes of", |it| it.enum_framesizes(code(pixels))).unwrap_or_default();
        for size in sizes {
            // A range of sizes is no list; whoever has such a camera knows which one he wants.
            let FrameSizeEnum::Discrete(size) = size.size else { continue };
            let Ok(size) = Size::new(size.width, size.height) else { continue };
            let mut rates = node.rates(pixels, size);
            rates.sort_by(|a, b| b.fps().total_cmp(&a.fps()));
            modes.push(Mode { pixels, size, rates });
        }
    }
    Ok(modes)
}

/// The number of the device that a descriptor was opened for. The node's own would be that of a later one.
fn opened_number(device: &Device) -> io::Result<(u32, u32)> {
    let number = fs::metadata(format!("/proc/self/fd/{}", device.handle().fd()))?.rdev();
    Ok((major(number), minor(number)))
}

/// As V4L2 codes it (linux/videodev2.h).
fn code(pixels: Pixels) -> FourCC {
    FourCC::new(match pixels {
        Pixels::Mjpeg => b"MJPG",
        Pixels::Yuyv => b"YUYV",
        Pixels::Nv12 => b"NV12",
        Pixels::Grey => b"GREY",
    })
}

fn rate(interval: Fraction) -> Option<Rate> {
    Rate::new(interval.denominator, interval.numerator).ok()
}

/// What to say of an error of a driver.
fn fault(doing: &str, path: &Path, error: io::Error) -> Fault {
    let mend = match error.raw_os_error() {
        Some(ENODEV) => "it was unplugged",
        Some(EBUSY) => "another program uses it; `fuser -v` with this path names it",
        Some(EACCES | EPERM) => "the agent may not open it; its user has to be in the node's group, video",
        Some(ENOSPC) => {
            "its USB bus is full; plug it into another controller, or choose a smaller size or rate"
        }
        _ => "plug it in anew if it stays so",
    };
    Fault::Unreachable {
        what: format!("{doing} {} failed: {mend}", path.display()),
        cause: Some(error.into()),
    }
}

impl Knobs for &Node {
    fn range(&self, id: u32) -> Option<Range> {
        let controls = self.ask("asking the controls of", |it| it.query_controls()).unwrap_or_default();
        let usable = |it: &control::Description| it.id == id && !it.flags.contains(control::Flags::DISABLED);
        let found = controls.into_iter().find(usable)?;
        Some(Range { least: found.minimum, most: found.maximum, step: found.step })
    }

    fn set(&mut self, id: u32, value: i64) -> Result<(), String> {
        let set = self.device.set_control(control::Control { id, value: Value::Integer(value) });
        set.map_err(|error| error.to_string())
    }

    fn get(&self, id: u32) -> Result<i64, String> {
        match self.ask("reading a control of", |it| it.control(id)) {
            Ok(control::Control { value: Value::Integer(value), .. }) => Ok(value),
            Ok(control::Control { value: Value::Boolean(value), .. }) => Ok(value.into()),
            Ok(_) => Err("it is no number".into()),
            Err(fault) => Err(fault.to_string()),
        }
    }
}
