//! USB cameras through nokhwa: a second library for what V4L2 itself is not available for.
//!
//! Holds, although the library does not help:
//! - it waits for a frame without an end, so it does so on a thread of its own. One that does not come back is left
//!   behind, and as long as it lives the camera is not opened anew;
//! - it does not tell how far a buffer was filled, so a JPEG is cut at its end, and the exposure of a frame is said to
//!   begin with that of the frame which the same buffer held before: where a frame is short, older pixels lie behind;
//! - it tells a time by the wall clock, made from the kernel's; where that clock was set meanwhile, or no time is told,
//!   the signed latency bounds the exposure alone.
//!
//! Deliberately absent: what the library hides. Lost frames are not counted, damaged ones not refused.

mod device;
mod reader;

use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use lineshot_domain::Mono;

use self::reader::{Read, Reader};
use super::identity::Attached;
use super::layout::Layout;
use super::truth::{Moment, Stamp, Told};
use super::warm::{self, Arrived};
use super::{System, UsbSetting};
use crate::{Fault, Post};

/// So long the library's thread has to let a camera go: what it does with the next frame, and that takes no longer at
/// the rates in use.
const FAREWELL: Duration = Duration::from_secs(1);

/// Buffers that the library asks of a driver.
const BUFFERS: usize = 4;

/// Whether a thread of the library still lives, kept over openings of the same camera.
#[derive(Debug)]
pub(super) struct Threads {
    /// Its thread holds another of it as long as it lives.
    token: Arc<()>,
    left_at: Mono,
}

impl Default for Threads {
    fn default() -> Threads {
        Threads { token: Arc::new(()), left_at: Mono::from_start(Duration::ZERO) }
    }
}

/// A camera that the library's thread reads.
pub(super) struct Feed<'a> {
    reader: Reader,
    threads: &'a mut Threads,
    post: Arc<Post>,
    layout: Layout,
    /// What was read last.
    read: Option<Read>,
    /// The newest frames, the last one at the end: when their bytes may have begun to come.
    begins: Vec<Mono>,
}

impl<'a> Feed<'a> {
    /// Opens the chosen camera on a thread of its own, and starts its stream.
    ///
    /// # Errors
    /// What is wrong with the camera; [`Fault::Hangs`] as long as an earlier thread has not come back.
    pub(super) fn open(
        setting: &UsbSetting,
        system: &System,
        chosen: &Attached,
        threads: &'a mut Threads,
        post: &Arc<Post>,
    ) -> Result<Feed<'a>, Fault> {
        if Arc::strong_count(&threads.token) > 1 {
            let waited = post.now().since(threads.left_at);
            return Err(Fault::Hangs { what: "waiting for its last frame", waited });
        }
        threads.left_at = post.now();
        let opening = device::Opening::prepare(setting, system, chosen, post)?;
        let layout = opening.layout();
        let reader = Reader::start(opening, threads.token.clone(), post)?;
        post.connected();
        let (read, begins) = (None, Vec::with_capacity(BUFFERS + 2));
        Ok(Feed { reader, threads, post: post.clone(), layout, read, begins })
    }

    /// How its frames lie in their buffers.
    pub(super) fn layout(&self) -> Layout {
        self.layout
    }
}

impl warm::Feed for Feed<'_> {
    fn next(&mut self, at_most: Duration, _post: &Post) -> Result<Option<Arrived<'_>>, Fault> {
        let read = match self.reader.reads.recv_timeout(at_most) {
            Ok(read) => self.read.insert(read?),
            Err(RecvTimeoutError::Timeout) => return Ok(None),
            Err(RecvTimeoutError::Disconnected) => return Err(Fault::unreachable(reader::DIED)),
        };
        let earliest = earliest(&mut self.begins, read);
        let stamp = read.at.map_or(Stamp::Unknown, |at| Stamp::Reached(Moment { earliest, ..at }));
        let told = Told {
            stamp,
            driver_time: None,
            sequence: None,
            is_damaged: false,
            since: earliest,
            until: read.until,
        };
        Ok(Some(Arrived { told, bytes: read.buffer.buffer() }))
    }
}

/// When the bytes in this frame's buffer may have begun to come: with those of the frame that it held before.
fn earliest(begins: &mut Vec<Mono>, read: &Read) -> Mono {
    let own = read.at.map_or(read.since, |at| at.earliest);
    begins.push(own);
    if begins.len() > BUFFERS + 1 {
        begins.remove(0);
    }
    begins.iter().copied().min().unwrap_or(own)
}

impl Drop for Feed<'_> {
    fn drop(&mut self) {
        self.threads.left_at = self.post.now();
        if !self.post.ask_driver("letting it go", || self.reader.stop(FAREWELL)) {
            tracing::warn!("a thread of nokhwa waits for a frame that does not come and is left behind");
        }
    }
}
