use proptest::prelude::*;

use super::*;

const MS: fn(u64) -> Duration = Duration::from_millis;

fn at(ms: u64) -> Mono {
    Mono::from_start(Duration::from_secs(100) + MS(ms))
}

fn moment(ms: u64) -> Moment {
    Moment { earliest: at(ms), latest: at(ms).plus(Duration::from_micros(3)) }
}

/// Began at this millisecond, came 20 later.
fn frame(sequence: u32, began: u64) -> Told {
    let stamp = Stamp::Began(moment(began));
    let (since, until) = (at(began + 10), at(began + 20));
    Told { stamp, driver_time: Some(MS(began)), sequence: Some(sequence), is_damaged: false, since, until }
}

/// A judge of a stream in which the frame before had this number and time.
fn judge_after(sequence: u32, began: u64) -> Judge {
    Judge { latency: MS(80), first: 0, sequence: Some(sequence), driver_time: Some(MS(began)) }
}

#[test]
fn an_exposure_is_as_wide_as_what_is_not_known_of_it() {
    for (stamp, earliest, latest) in [
        (Stamp::Began(moment(500)), at(500), at(620)),
        (Stamp::Reached(moment(500)), at(420), at(620)),
        (Stamp::Ended(moment(500)), at(420), moment(500).latest),
        (Stamp::Unknown, at(520), at(620)),
    ] {
        let told = Told { stamp, since: at(600), until: at(620), ..frame(7, 500) };
        let exposure = told.exposure(MS(80));
        assert_eq!((exposure.earliest(), exposure.latest()), (earliest, latest), "{stamp:?}");
    }
}

#[test]
fn what_cannot_be_believed_is_refused() {
    let good = frame(8, 133);
    let verdict = |told: &Told| judge_after(7, 100).judge(told).outcome.err();
    assert_eq!(verdict(&good), None);
    for (told, refusal) in [
        (Told { is_damaged: true, ..good }, Refusal::Damaged),
        (Told { sequence: Some(7), ..good }, Refusal::SameCount),
        (Told { sequence: Some(6), ..good }, Refusal::Backwards),
        (Told { driver_time: Some(MS(100)), ..good }, Refusal::Backwards),
        (Told { driver_time: Some(MS(20)), ..good }, Refusal::Backwards),
        (Told { stamp: Stamp::Began(moment(154)), ..good }, Refusal::Future),
        (Told { stamp: Stamp::Ended(moment(200)), ..good }, Refusal::Future),
    ] {
        assert_eq!(verdict(&told), Some(refusal), "{told:?}");
    }
    let uncounted = Told { sequence: None, stamp: Stamp::Unknown, driver_time: None, ..good };
    assert_eq!(verdict(&uncounted), None);
}

#[test]
fn the_first_frames_are_refused_and_the_next_is_given() {
    let mut judge = Judge::new(MS(80));
    for n in 0..FIRST {
        assert_eq!(judge.judge(&frame(n, 33 * u64::from(n))).outcome, Err(Refusal::First));
    }
    assert!(judge.judge(&frame(FIRST, 33 * u64::from(FIRST))).outcome.is_ok());
}

#[test]
fn one_frame_from_the_future_does_not_make_the_next_ones_old() {
    let mut judge = judge_after(7, 100);
    assert_eq!(judge.judge(&Told { until: at(140), ..frame(8, 9_000) }).outcome, Err(Refusal::Future));
    assert!(judge.judge(&frame(9, 166)).outcome.is_ok());
}

#[test]
fn lost_frames_are_counted_over_the_end_of_the_drivers_count_too() {
    for (before, now, lost) in
        [(7, 8, 0), (7, 11, 3), (u32::MAX, 0, 0), (u32::MAX - 1, 2, 3), (7, 7, 0), (7, 6, 0)]
    {
        assert_eq!(judge_after(before, 100).judge(&frame(now, 133)).lost, lost, "{before} {now}");
    }
}

prop_compose! {
    fn stamps()(kind in 0..4, ms in 0_u64..2_000, width in 0_u64..5) -> Stamp {
        let moment = Moment { earliest: at(ms), latest: at(ms + width) };
        match kind {
            0 => Stamp::Began(moment),
            1 => Stamp::Reached(moment),
            2 => Stamp::Ended(moment),
            _ => Stamp::Unknown,
        }
    }
}

prop_compose! {
    fn frames()(stamp in stamps(), sequence: u8, counted: bool, is_damaged in prop::bool::weighted(0.1),
        since in 0_u64..2_000, waited in 0_u64..100, time in prop::option::of(0_u64..2_000)) -> Told {
        let sequence = counted.then_some(u32::from(sequence));
        let driver_time = time.map(MS);
        Told { stamp, driver_time, sequence, is_damaged, since: at(since), until: at(since + waited) }
    }
}

proptest! {
    /// Whatever drivers tell, in whatever order.
    #[test]
    fn a_frame_that_is_given_goes_on_in_count_and_time_and_its_exposure_is_over(
        told in prop::collection::vec(frames(), 1..40), latency in 0_u64..300,
    ) {
        let mut judge = Judge::new(MS(latency));
        let mut before: Option<Told> = None;
        for (n, told) in told.iter().enumerate() {
            let Ok(exposure) = judge.judge(told).outcome else { continue };
            prop_assert!(n >= FIRST as usize);
            prop_assert!(!told.is_damaged);
            prop_assert!(exposure.latest() <= told.until);
            if let Some(earliest) = told.stamp.earliest() {
                prop_assert!(exposure.earliest() <= earliest);
                prop_assert!(earliest <= told.until);
            } else {
                prop_assert!(exposure.earliest() <= told.since);
            }
            if let Some(before) = before {
                if let (Some(before), Some(now)) = (before.driver_time, told.driver_time) {
                    prop_assert!(now > before);
                }
                if let (Some(before), Some(now)) = (before.sequence, told.sequence) {
                    prop_assert!(now != before);
                }
            }
            before = Some(*told);
        }
    }

    /// A true stream is never refused, however badly the clocks can be compared.
    #[test]
    fn a_stream_that_goes_on_is_given_after_its_first_frames(
        steps in prop::collection::vec((1_u32..4, 20_u64..200), 4..30), start: u32,
    ) {
        let mut judge = Judge::new(MS(80));
        let (mut sequence, mut ms) = (start, 0);
        for (n, (step, later)) in (0..).zip(steps) {
            (sequence, ms) = (sequence.wrapping_add(step), ms + later);
            let verdict = judge.judge(&frame(sequence, ms));
            prop_assert_eq!(verdict.outcome.is_ok(), n >= FIRST);
            prop_assert_eq!(verdict.lost, if n == 0 { 0 } else { step - 1 });
        }
    }
}
