//! How long a camera may give nothing good before that is a fault.
//!
//! Holds: a frame that was looked into and refused is not made good by frames that nobody looked into; and as long as
//! nobody looks again, it is no fault.

use std::time::Duration;

use lineshot_domain::Mono;

use super::rate::Rate;
use super::truth::Refusal;
use crate::Fault;

/// As for other cameras: three frames at the slowest usable rate.
const LEAST: Duration = Duration::from_secs(3);

/// Refusals without a good frame in between.
#[derive(Debug)]
struct Run {
    since: Mono,
    frames: u64,
    last: Refusal,
}

/// What has come of a stream lately.
#[derive(Debug)]
pub(super) struct Patience {
    limit: Duration,
    /// When a frame came last that is good as far as its driver tells.
    good: Mono,
    /// When any frame came last.
    any: Mono,
    /// Refused for what their driver tells.
    told: Option<Run>,
    /// Looked into, and refused.
    looked: Option<Run>,
}

impl Patience {
    /// With a stream of this rate that is opened now.
    pub(super) fn new(rate: Rate, now: Mono) -> Patience {
        let limit = LEAST.max(Duration::from_secs_f64(3.0 / rate.fps()));
        Patience { limit, good: now, any: now, told: None, looked: None }
    }

    /// A frame came that nobody looked into.
    pub(super) fn passed(&mut self, now: Mono) {
        (self.good, self.any, self.told) = (now, now, None);
    }

    /// A frame was looked into, and is good.
    pub(super) fn given(&mut self) {
        self.looked = None;
    }

    /// A frame was refused for what its driver tells.
    ///
    /// # Errors
    /// As [`Patience::look`].
    pub(super) fn refused(&mut self, refusal: Refusal, now: Mono) -> Result<(), Fault> {
        self.any = now;
        Run::add(&mut self.told, refusal, now);
        self.look(now)
    }

    /// A frame was looked into, and refused.
    ///
    /// # Errors
    /// When that has gone on for too long.
    pub(super) fn looked_bad(&mut self, refusal: Refusal, now: Mono) -> Result<(), Fault> {
        let run = Run::add(&mut self.looked, refusal, now);
        if now.since(run.since) < self.limit { Ok(()) } else { Err(run.fault(now)) }
    }

    /// Whether it is over.
    ///
    /// # Errors
    /// [`Fault::Stalled`] if nothing came, else what is wrong with all that came.
    pub(super) fn look(&self, now: Mono) -> Result<(), Fault> {
        if now.since(self.good) < self.limit {
            return Ok(());
        }
        match &self.told {
            Some(run) if now.since(self.any) < self.limit => Err(run.fault(now)),
            _ => Err(Fault::Stalled { patience: now.since(self.any) }),
        }
    }
}

impl Run {
    fn add(run: &mut Option<Run>, last: Refusal, now: Mono) -> &Run {
        let (since, frames) = run.take().map_or((now, 0), |run| (run.since, run.frames));
        run.insert(Run { since, frames: frames + 1, last })
    }

    fn fault(&self, now: Mono) -> Fault {
        let Run { since, frames, last } = self;
        let what = format!(
            "{frames} frames were refused within {:.1?}, the last one because {last}",
            now.since(*since)
        );
        if last.is_frozen() { Fault::Frozen { what } } else { Fault::Damaged { what } }
    }
}

#[cfg(test)]
mod tests {
    use lineshot_domain::Reason;

    use super::*;

    fn at(ms: u64) -> Mono {
        Mono::from_start(Duration::from_secs(100) + Duration::from_millis(ms))
    }

    fn patience() -> Patience {
        Patience::new(Rate::parse(15.0).unwrap(), at(0))
    }

    fn reason(result: Result<(), Fault>) -> Option<Reason> {
        result.err().map(|fault| fault.reason())
    }

    #[test]
    fn a_stream_that_gives_nothing_is_stalled_and_one_frame_is_no_excuse() {
        assert_eq!(reason(patience().look(at(2_999))), None);
        assert_eq!(reason(patience().look(at(3_000))), Some(Reason::CameraStalled));
        let mut late = patience();
        late.passed(at(2_000));
        assert_eq!(reason(late.look(at(4_999))), None);
        assert_eq!(reason(late.look(at(5_000))), Some(Reason::CameraStalled));
        let mut damaged = patience();
        damaged.refused(Refusal::Damaged, at(10)).unwrap();
        assert_eq!(reason(damaged.look(at(3_010))), Some(Reason::CameraStalled));
    }

    #[test]
    fn a_slow_camera_is_given_the_time_of_three_frames() {
        let slow = Patience::new(Rate::parse(0.5).unwrap(), at(0));
        assert_eq!(reason(slow.look(at(5_999))), None);
        assert_eq!(reason(slow.look(at(6_000))), Some(Reason::CameraStalled));
    }

    #[test]
    fn refused_frames_are_no_fault_until_nothing_else_came_for_long() {
        let mut patience = patience();
        for ms in (0..2_900).step_by(100) {
            patience.refused(Refusal::Damaged, at(ms)).unwrap();
        }
        patience.passed(at(2_950));
        for ms in (3_000..5_900).step_by(100) {
            patience.refused(Refusal::SameCount, at(ms)).unwrap();
        }
        let fault = patience.refused(Refusal::SameCount, at(5_960)).unwrap_err();
        assert_eq!(fault.reason(), Reason::CameraFrozen);
        assert!(
            fault.to_string().contains("30 frames were refused within 3.0s, the last one because its number"),
            "{fault}"
        );
    }

    #[test]
    fn frames_that_nobody_looks_into_do_not_excuse_those_that_were_bad() {
        let mut patience = patience();
        patience.looked_bad(Refusal::SameBytes, at(0)).unwrap();
        for ms in (0..60_000).step_by(100) {
            patience.passed(at(ms));
            patience.look(at(ms)).unwrap();
        }
        assert_eq!(reason(patience.looked_bad(Refusal::SameBytes, at(60_000))), Some(Reason::CameraFrozen));
        patience.given();
        assert_eq!(reason(patience.looked_bad(Refusal::SameBytes, at(60_100))), None);
    }
}
