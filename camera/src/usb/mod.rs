//! USB cameras: known by port, model and serial number, read through V4L2 (feature `usb`) or nokhwa (`usb-portable`).
//!
//! Holds:
//! - the camera that is opened is the one that is named, or none: another is never taken instead, and after opening it
//!   is looked again whether it still is that one;
//! - a frame that is given is whole, has the format and the size that were asked for, is newer than the one before,
//!   and its exposure is bounded by what the kernel or else the view's signed latency proves;
//! - format, size, rate and controls are read back, and what differs is a fault;
//! - buffers that nobody asked for go back to the driver unread;
//! - every wait for a frame ends within a moment of the closing.
//!
//! Deliberately absent: sound, decoding, any other way to name a camera (numbers of nodes change with the order of
//! plugging in), and what a driver does within a call: one that hangs is told by [`Post::ask_driver`].

mod controls;
mod identity;
mod kernel_time;
mod layout;
mod listing;
#[cfg(feature = "usb-portable")]
mod mjpeg;
mod patience;
#[cfg(feature = "usb-portable")]
mod portable;
mod rate;
mod sysfs;
mod truth;
mod v4l;
mod warm;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lineshot_domain::Size;

pub use self::controls::{Controls, PowerLine};
pub use self::identity::{IdentityError, UsbIdentity};
pub use self::listing::{Listed, Mode, cameras};
pub use self::rate::{Rate, RateError};
pub use self::sysfs::System;
use self::warm::{Seen, Warm};
use crate::{Fault, Post, Source, Stream};

/// How a camera is to deliver its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pixels {
    /// Compressed by the camera, frame by frame.
    Mjpeg,
    /// 4:2:2, packed.
    Yuyv,
    /// 4:2:0, a plane of brightness and one of colour.
    Nv12,
    /// One byte of brightness.
    Grey,
}

impl fmt::Display for Pixels {
    /// As settings name them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Pixels::Mjpeg => "mjpeg",
            Pixels::Yuyv => "yuyv",
            Pixels::Nv12 => "nv12",
            Pixels::Grey => "grey",
        })
    }
}

/// By which library a camera is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// V4L2 itself, through the crate `v4l`: the kernel's time, count and flags of each frame.
    V4l,
    /// nokhwa: without counting lost frames and without telling damaged ones.
    #[cfg(feature = "usb-portable")]
    Nokhwa,
}

/// What is wanted of a USB camera.
#[derive(Clone, Debug)]
pub struct UsbSetting {
    /// Which camera it is.
    pub identity: UsbIdentity,
    /// How it delivers its pixels.
    pub pixels: Pixels,
    /// The size of its frames.
    pub size: Size,
    /// Its frames a second.
    pub rate: Rate,
    /// What is set on it.
    pub controls: Controls,
    /// The longest time from the begin of an exposure until its frame reaches this PC.
    pub latency: Duration,
    /// By which library it is read.
    pub backend: Backend,
}

/// A USB camera.
#[derive(Debug)]
pub struct UsbSource {
    setting: UsbSetting,
    system: System,
    seen: Seen,
    #[cfg(feature = "usb-portable")]
    threads: portable::Threads,
}

impl UsbSource {
    /// The camera that is named, wherever the system has put it.
    pub fn new(setting: UsbSetting) -> UsbSource {
        UsbSource::under(setting, System::default())
    }

    /// The same with another place where the system tells of its devices: for tests.
    pub fn under(setting: UsbSetting, system: System) -> UsbSource {
        UsbSource {
            setting,
            system,
            seen: Seen::default(),
            #[cfg(feature = "usb-portable")]
            threads: portable::Threads::default(),
        }
    }
}

impl Source for UsbSource {
    fn address(&self) -> String {
        format!("usb {}", self.setting.identity)
    }

    fn open<'a>(&'a mut self, post: &Arc<Post>) -> Result<Box<dyn Stream + 'a>, Fault> {
        let attached = self.system.attached();
        let at_port = self.setting.identity.port().and_then(|port| self.system.at_port(port));
        let chosen = identity::choose(&self.setting.identity, &attached, at_port.as_ref());
        // What comes instead, or comes back, has no past.
        let chosen = chosen.inspect_err(|_| self.seen = Seen::default())?;
        match self.setting.backend {
            #[cfg(feature = "usb-portable")]
            Backend::Nokhwa => {
                let threads = &mut self.threads;
                let feed = portable::Feed::open(&self.setting, &self.system, chosen, threads, post)?;
                let layout = feed.layout();
                Ok(Box::new(Warm::new(feed, layout, &self.setting, &mut self.seen, post.now())))
            }
            Backend::V4l => {
                let feed = v4l::Feed::open(&self.setting, &self.system, chosen, post)?;
                let layout = feed.layout();
                Ok(Box::new(Warm::new(feed, layout, &self.setting, &mut self.seen, post.now())))
            }
        }
    }
}
