//! How long to leave a camera alone before it is opened again.

use std::time::Duration;

use crate::Fault;

/// The first pause: long enough for a camera to close the old connection.
const FIRST: Duration = Duration::from_millis(250);
/// The longest pause: a camera that comes back is found again within a takt or two.
const LONGEST: Duration = Duration::from_secs(15);
/// What even a waiting call does not shorten, so that a dead camera is asked about once a second.
const BOUND: Duration = Duration::from_secs(1);

/// A pause in two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pause {
    /// Only closing cuts this short.
    pub(crate) firm: Duration,
    /// A call cuts this short, too.
    pub(crate) soft: Duration,
}

/// The pause after `failures` (from 0) attempts in a row without a frame; `jitter` is a random number of
/// 0..=1, so that cameras behind one switch do not come back in step.
///
/// Refused credentials wait the longest, call or not: many cameras lock an account after a few attempts.
pub(crate) fn pause(failures: u32, fault: &Fault, jitter: f64) -> Pause {
    let grown = FIRST.saturating_mul(2u32.saturating_pow(failures)).min(LONGEST);
    let jittered = |pause: Duration| pause.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0));
    if matches!(fault, Fault::Denied { .. }) {
        return Pause { firm: jittered(LONGEST), soft: Duration::ZERO };
    }
    let whole = jittered(grown);
    let firm = whole.min(BOUND);
    Pause { firm, soft: whole - firm }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pause_doubles_up_to_its_limit_and_a_call_cuts_all_but_a_second() {
        let lost = Fault::unreachable("gone");
        let [ms, s] = [Duration::from_millis, Duration::from_secs];
        for (failures, firm, soft) in [
            (0, ms(250), ms(0)),
            (1, ms(500), ms(0)),
            (2, s(1), ms(0)),
            (3, s(1), s(1)),
            (6, s(1), s(14)),
            (u32::MAX, s(1), s(14)),
        ] {
            assert_eq!(pause(failures, &lost, 1.0), Pause { firm, soft }, "{failures}");
        }
    }

    #[test]
    fn refused_credentials_are_not_tried_again_because_somebody_calls() {
        let denied = Fault::Denied { what: "status 401".into() };
        assert!(pause(0, &denied, 0.0).firm >= LONGEST / 2);
    }

    proptest! {
        #[test]
        fn a_camera_is_never_hammered(failures: u32, jitter in 0.0..=1.0f64) {
            let pause = pause(failures, &Fault::NoFrame, jitter);
            prop_assert!(pause.firm >= FIRST / 2);
            prop_assert!(pause.firm + pause.soft <= LONGEST);
        }
    }
}
