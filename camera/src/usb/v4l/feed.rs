//! Frames from the driver's buffers.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use lineshot_domain::Mono;
use v4l::buffer::{Flags, Metadata, Type};
use v4l::io::mmap::Stream;
use v4l::io::traits::{CaptureStream, Stream as _};

use super::device::Node;
use crate::usb::UsbSetting;
use crate::usb::identity::Attached;
use crate::usb::kernel_time::Reading;
use crate::usb::layout::Layout;
use crate::usb::sysfs::System;
use crate::usb::truth::{Stamp, Told};
use crate::usb::warm::{self, Arrived};
use crate::{Fault, Post};

/// One is in hand, one is being filled, and two are spare for a thread that is held up for two frames.
const BUFFERS: u32 = 4;
/// More than any driver makes of that.
const MOST: usize = 32;
/// For the library's own wait: a frame is there already when it is asked.
const NO_WAIT: Duration = Duration::from_secs(1);
/// There is a frame to be had (poll(2)).
const POLLIN: i16 = 1;
const EINVAL: i32 = 22;
const ENODEV: i32 = 19;

/// The driver that all USB video class cameras have.
const UVC: &str = "uvcvideo";

/// A stream that is running.
pub(in crate::usb) struct Feed {
    stream: Running,
    node: Node,
    layout: Layout,
    post: Arc<Post>,
    /// Nothing was to be had then.
    empty_at: Mono,
}

impl Feed {
    /// Opens the chosen camera, sets it up and starts its stream.
    ///
    /// # Errors
    /// What is wrong with the camera.
    pub(in crate::usb) fn open(
        setting: &UsbSetting,
        system: &System,
        chosen: &Attached,
        post: &Arc<Post>,
    ) -> Result<Feed, Fault> {
        let node = Node::open(system, chosen, post)?;
        let layout = post.ask_driver("setting its format", || node.set_format(setting))?;
        post.ask_driver("setting its rate", || node.set_rate(setting))?;
        post.ask_driver("setting its controls", || setting.controls.apply(&mut &node))?;
        let empty_at = post.now();
        let stream = post
            .ask_driver("starting its stream", || Running::start(&node))
            .map_err(|error| node.fault("starting the stream of", error))?;
        post.connected();
        Ok(Feed { stream, node, layout, post: post.clone(), empty_at })
    }

    /// How its frames lie in their buffers.
    pub(in crate::usb) fn layout(&self) -> Layout {
        self.layout
    }

    /// Whether there is a frame, or an error, to be had within this time.
    fn is_ready(&self, within: Duration) -> Result<bool, Fault> {
        let ms = i32::try_from(within.as_millis()).unwrap_or(i32::MAX);
        match self.node.device().handle().poll(POLLIN, ms) {
            Ok(ready) => Ok(ready > 0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            Err(error) => Err(self.node.fault("waiting for a frame of", error)),
        }
    }
}

impl warm::Feed for Feed {
    fn next(&mut self, at_most: Duration, post: &Post) -> Result<Option<Arrived<'_>>, Fault> {
        let asked = post.now();
        if !self.is_ready(Duration::ZERO)? {
            self.empty_at = asked;
            if !self.is_ready(at_most)? {
                return Ok(None);
            }
        }
        let (node, stream) = (&self.node, self.stream.get());
        let taken = self.post.ask_driver("giving a frame", || CaptureStream::next(stream));
        let (buffer, metadata) = taken.map_err(|error| node.fault("taking a frame of", error))?;
        let told = told(metadata, &node.driver, self.empty_at, post);
        let used = (metadata.bytesused as usize).min(buffer.len());
        Ok(Some(Arrived { told, bytes: &buffer[..used] }))
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let post = self.post.clone();
        post.ask_driver("stopping its stream", || self.stream.stop());
    }
}

/// What the driver tells of a frame that was just taken.
fn told(metadata: &Metadata, driver: &str, since: Mono, post: &Post) -> Told {
    let driver_time = kernel_time(metadata);
    let stamp = driver_time.map_or(Stamp::Unknown, |time| {
        let moment = Reading::now(post).moment(time);
        match u32::from(metadata.flags & Flags::TSTAMP_SRC_MASK) {
            // It says so of the moment at which the first bytes came in (uvc_video_decode_start() in
            // drivers/media/usb/uvc/uvc_video.c), by when all may have been exposed long ago.
            _ if driver == UVC => Stamp::Reached(moment),
            source if source == u32::from(Flags::TSTAMP_SRC_SOE) => Stamp::Began(moment),
            _ => Stamp::Ended(moment),
        }
    });
    let is_damaged = metadata.flags.contains(Flags::ERROR);
    Told { stamp, driver_time, sequence: Some(metadata.sequence), is_damaged, since, until: post.now() }
}

/// The frame's time by CLOCK_MONOTONIC, if that is what the driver tells.
fn kernel_time(metadata: &Metadata) -> Option<Duration> {
    if metadata.flags & Flags::TIMESTAMP_MASK != Flags::TIMESTAMP_MONOTONIC {
        return None;
    }
    let seconds = u64::try_from(metadata.timestamp.sec).ok()?;
    let micros = u64::try_from(metadata.timestamp.usec).ok()?;
    let time = Duration::from_secs(seconds).saturating_add(Duration::from_micros(micros));
    (!time.is_zero()).then_some(time)
}

/// A stream of the library that is stopped before it is dropped, whatever happens.
struct Running(Option<Stream<'static>>);

impl Running {
    fn start(node: &Node) -> io::Result<Running> {
        let stream = Stream::with_buffers(node.device(), Type::VideoCapture, BUFFERS)?;
        let mut running = Running(Some(stream));
        let stream = running.get();
        stream.set_timeout(NO_WAIT);
        // All but the first, which counts as the one in hand: so each frame, the first as well, is awaited by
        // `is_ready` and then taken by `next`, which gives back the one in hand.
        for index in 1..MOST {
            match CaptureStream::queue(stream, index) {
                Err(error) if index > 1 && error.raw_os_error() == Some(EINVAL) => break,
                queued => queued?,
            }
        }
        stream.start()?;
        Ok(running)
    }

    fn get(&mut self) -> &mut Stream<'static> {
        self.0.as_mut().expect("a stream is there until it is dropped")
    }

    /// Stops and drops it. The library panics where a stream does not stop, and once more where its buffers are not
    /// given back, which would end the process; such a stream is left as it is.
    #[expect(clippy::mem_forget, reason = "dropped, it would panic")]
    fn stop(&mut self) {
        let Some(mut stream) = self.0.take() else { return };
        match stream.stop() {
            Err(error) if error.raw_os_error() != Some(ENODEV) => {
                tracing::error!(%error, "a camera's stream does not stop; its driver's buffers stay until the end");
                std::mem::forget(stream);
            }
            Ok(()) | Err(_) => {
                let dropped = catch_unwind(AssertUnwindSafe(|| drop(stream)));
                if dropped.is_err() {
                    tracing::error!("a camera's buffers could not be given back to its driver");
                }
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}
