//! An open camera that is kept warm: one story for every library that reads it.
//!
//! Holds: frames pass unread until one is asked for; one is given only after another that is not the same and would have
//! fitted as well, so that what a camera shows that stands still since before is not taken for now; the closing is heeded
//! within [`TICK`].

use std::fmt;
use std::hash::{DefaultHasher, Hasher};
use std::time::Duration;

use lineshot_domain::{Exposure, Mono};
use lineshot_picture::Frame;

use super::UsbSetting;
use super::layout::Layout;
use super::patience::Patience;
use super::truth::{Judge, Refusal, Told};
use crate::{Fault, Post, Shot, Stream};

/// The longest wait for a frame before it is looked whether somebody calls or closes. A wait in the kernel cannot be
/// woken by the post; an eventfd beside the device could, but the library does not lend its descriptor safely. It
/// costs nothing: at usual rates a frame comes first, and whoever calls has to wait for the next one anyway.
const TICK: Duration = Duration::from_millis(100);

/// Where frames come from, one after the other.
pub(super) trait Feed {
    /// The next frame; `None` if there is none within `at_most`. Its bytes go back when the next one is asked for.
    ///
    /// # Errors
    /// What is wrong with the camera.
    fn next(&mut self, at_most: Duration, post: &Post) -> Result<Option<Arrived<'_>>, Fault>;
}

/// A frame in its driver's buffer.
pub(super) struct Arrived<'a> {
    pub(super) told: Told,
    /// As many as the driver says it has filled.
    pub(super) bytes: &'a [u8],
}

/// What is remembered of a camera over its openings: one that stands still does so after it was opened anew, too.
#[derive(Default)]
pub(super) struct Seen {
    /// The bytes that were looked into last, and since when they can have been exposed.
    last: Option<(u64, Mono)>,
    /// What was looked into was refused for so long that it was a fault, and nothing was good since.
    is_suspect: bool,
}

/// What the bytes of a frame are beside those that were looked into before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// Others, and those were exposed when it was asked for them, too: it is seen that time goes on.
    Moved,
    /// The same.
    Same,
    /// The first that were exposed when it was asked for them: they may be all that comes since long ago.
    First,
}

impl Seen {
    /// Remembers these bytes, exposed since `earliest`, for which it was asked from `from` on.
    fn look(&mut self, bytes: &[u8], earliest: Mono, from: Mono) -> Look {
        let mut hasher = DefaultHasher::new();
        hasher.write(bytes);
        let hash = hasher.finish();
        match self.last.replace((hash, earliest)) {
            Some((before, _)) if before == hash => Look::Same,
            Some((_, before)) if before >= from => Look::Moved,
            _ => Look::First,
        }
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seen(..)")
    }
}

/// An open camera.
pub(super) struct Warm<'a, F> {
    feed: F,
    watch: Watch<'a>,
}

/// What is known of the stream so far.
struct Watch<'a> {
    layout: Layout,
    judge: Judge,
    patience: Patience,
    seen: &'a mut Seen,
}

impl<'a, F: Feed> Warm<'a, F> {
    /// A feed that was just opened with this setting.
    pub(super) fn new(
        feed: F,
        layout: Layout,
        setting: &UsbSetting,
        seen: &'a mut Seen,
        now: Mono,
    ) -> Warm<'a, F> {
        let (judge, patience) = (Judge::new(setting.latency), Patience::new(setting.rate, now));
        Warm { feed, watch: Watch { layout, judge, patience, seen } }
    }
}

impl<F: Feed> Stream for Warm<'_, F> {
    fn idle(&mut self, post: &Post) -> Result<(), Fault> {
        while !post.is_disturbed() {
            if let Some(arrived) = self.feed.next(TICK, post)? {
                if self.watch.exposure(&arrived, post)?.is_some() {
                    self.watch.passed(post);
                }
            } else {
                self.watch.patience.look(post.now())?;
            }
        }
        Ok(())
    }

    fn shot(&mut self, from: Mono, until: Mono, post: &Post) -> Result<Option<Shot>, Fault> {
        loop {
            let left = until.since(post.now());
            if left.is_zero() || post.is_closed() {
                return Ok(None);
            }
            let Some(arrived) = self.feed.next(TICK.min(left), post)? else {
                self.watch.patience.look(post.now())?;
                continue;
            };
            let Some(exposure) = self.watch.exposure(&arrived, post)? else { continue };
            let earliest = exposure.earliest();
            if earliest < from {
                self.watch.passed(post);
                continue;
            }
            if let Some(frame) = self.watch.frame(arrived.bytes, earliest, from, post)? {
                return Ok(Some(Shot { frame, exposure }));
            }
        }
    }
}

impl Watch<'_> {
    /// The exposure of a frame that is good as far as its driver tells.
    fn exposure(&mut self, arrived: &Arrived<'_>, post: &Post) -> Result<Option<Exposure>, Fault> {
        let verdict = self.judge.judge(&arrived.told);
        post.dropped(verdict.lost.into());
        let whole = |exposure| self.layout.check_length(arrived.bytes.len()).map(|()| exposure);
        let now = post.now();
        match verdict.outcome.and_then(whole) {
            Ok(exposure) => {
                self.patience.passed(now);
                Ok(Some(exposure))
            }
            Err(Refusal::First) => {
                self.patience.passed(now);
                Ok(None)
            }
            Err(refusal) => {
                post.dropped(1);
                self.patience.refused(refusal, now)?;
                Ok(None)
            }
        }
    }

    /// Tells of a frame that nobody gets. As long as those that somebody wanted were of no use, others prove nothing.
    fn passed(&self, post: &Post) {
        if !self.seen.is_suspect {
            post.frame_passed();
        }
    }

    /// The frame in these bytes, exposed since `earliest`, for which it was asked from `from` on: if it is whole and
    /// another than the one before.
    fn frame(
        &mut self,
        bytes: &[u8],
        earliest: Mono,
        from: Mono,
        post: &Post,
    ) -> Result<Option<Frame>, Fault> {
        let looked = self.layout.whole(bytes).map(|whole| (whole, self.seen.look(whole, earliest, from)));
        let frame = match looked {
            Ok((_, Look::First)) => {
                self.passed(post);
                return Ok(None);
            }
            Ok((_, Look::Same)) => Err(Refusal::SameBytes),
            Ok((whole, Look::Moved)) => self.layout.frame(whole),
            Err(refusal) => Err(refusal),
        };
        match frame {
            Ok(frame) => {
                self.patience.given();
                self.seen.is_suspect = false;
                Ok(Some(frame))
            }
            Err(refusal) => {
                post.dropped(1);
                let patient = self.patience.looked_bad(refusal, post.now());
                self.seen.is_suspect |= patient.is_err();
                patient.map(|()| None)
            }
        }
    }
}

#[cfg(test)]
mod tests;
