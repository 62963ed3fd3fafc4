//! How long to leave the store alone after it failed, and how often to say so.

use std::time::Duration;

/// The first wait.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest: who mended the store sees pictures come within half a minute.
const LONGEST: Duration = Duration::from_secs(30);
/// A lasting trouble is told again after this many times: with the longest wait, every 50 minutes.
const TELL_AGAIN: u32 = 100;

/// The recent history of the way to the store.
#[derive(Debug, Default)]
pub(crate) struct Link {
    failures: u32,
    kind: Option<&'static str>,
    times: u32,
}

impl Link {
    /// After one more failure: how long to wait. `random` is from 0 to 1.
    pub(crate) fn failed(&mut self, random: f64) -> Duration {
        let full = SHORTEST.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        full / 2 + full.mul_f64(random.clamp(0.0, 1.0) / 2.0)
    }

    /// Whether the last that was tried failed.
    pub(crate) fn is_down(&self) -> bool {
        self.failures > 0
    }

    /// Something worked. Whether it had not before.
    pub(crate) fn works(&mut self) -> bool {
        let was_down = self.failures > 0 || self.kind.is_some();
        *self = Link::default();
        was_down
    }

    /// Whether a trouble of this kind is worth a line in the log now.
    pub(crate) fn is_news(&mut self, kind: &'static str) -> bool {
        if self.kind == Some(kind) {
            self.times += 1;
        } else {
            (self.kind, self.times) = (Some(kind), 0);
        }
        self.times.is_multiple_of(TELL_AGAIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute_and_begin_anew_after_a_success() {
        let mut link = Link::default();
        let waits: Vec<u64> = (0..7).map(|_| link.failed(1.0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(link.failed(0.0), LONGEST / 2);
        assert!(link.is_down() && link.works());
        assert!(!link.is_down() && !link.works());
        assert_eq!(link.failed(1.0), SHORTEST);
    }

    #[test]
    fn a_lasting_trouble_does_not_flood_the_log() {
        let mut link = Link::default();
        let told = (0..250).filter(|_| link.is_news("offline")).count();
        assert_eq!(told, 3);
        assert!(link.is_news("denied") && link.is_news("offline"));
        link.works();
        assert!(link.is_news("offline"));
    }
}
