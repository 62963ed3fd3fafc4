//! When a moment of the kernel's monotonic clock was by this process's own.
//!
//! Holds: both clocks are read for each moment, so nothing is assumed about how they differ; what the reading itself
//! leaves open is part of the answer.

use std::time::Duration;

use lineshot_domain::Mono;
use rustix::time::{ClockId, clock_gettime};

use super::truth::Moment;
use crate::Post;

/// What a driver cuts off a moment: V4L2 tells it in microseconds.
const CUT: Duration = Duration::from_micros(1);

/// Both clocks, read one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    before: Mono,
    /// By CLOCK_MONOTONIC, between the other two.
    kernel: Duration,
    after: Mono,
}

impl Reading {
    /// Reads both.
    pub(super) fn now(post: &Post) -> Reading {
        let before = post.now();
        let kernel = Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or(Duration::ZERO);
        Reading { before, kernel, after: post.now() }
    }

    /// When the kernel's clock said this.
    pub(super) fn moment(&self, told: Duration) -> Moment {
        let latest = told.saturating_add(CUT);
        Moment { earliest: self.shift(self.before, told), latest: self.shift(self.after, latest) }
    }

    fn shift(&self, own: Mono, told: Duration) -> Mono {
        if told <= self.kernel { own.minus(self.kernel - told) } else { own.plus(told - self.kernel) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::clock;

    proptest! {
        /// Own clock = kernel's clock + offset, and time passes between the readings.
        #[test]
        fn the_true_moment_lies_within_what_is_said(
            offset in 0_u64..10_000_000_000, kernel in 0_u64..10_000_000_000, before in 0_u64..1_000_000,
            after in 0_u64..1_000_000, told in 0_u64..20_000_000_000,
        ) {
            let nanos = Duration::from_nanos;
            let own = |kernel: u64| Mono::from_start(nanos(1_000_000_000_000 + offset + kernel));
            let reading =
                Reading { before: own(kernel).minus(nanos(before)), kernel: nanos(kernel), after: own(kernel + after) };
            let cut = nanos(told / 1000 * 1000);
            let moment = reading.moment(cut);
            prop_assert!(moment.earliest <= own(told) && own(told) <= moment.latest);
            let width = moment.latest.since(moment.earliest);
            prop_assert_eq!(width, nanos(before + after) + CUT);
        }
    }

    #[test]
    fn what_the_kernel_says_now_is_now() {
        let clock = clock();
        let post = Post::new("front".into(), clock.clone());
        let reading = Reading::now(&post);
        let moment = reading.moment(reading.kernel);
        assert!(moment.earliest <= clock.mono() && moment.latest >= reading.before);
    }
}
