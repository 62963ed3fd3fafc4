//! Whose turn it is, how the camera is turned back, and what may be left unsaid.

use super::*;
use crate::floor::Visit;
use crate::show::{Outcome, Why};

#[test]
fn a_car_that_was_not_photographed_comes_first_then_another_and_never_one_without_permission() {
    let mut known = Known::default();
    assert_eq!((next(&known, None), next(&known, Some(1))), (Some(1), Some(3)));
    let mut was = |order, state| {
        known.cars.entry(order).or_default()[STATION] = Visit { state, ..Visit::default() };
        next(&known, None)
    };
    for (order, then) in [(1, 3), (3, 5), (5, 6), (6, 7), (8, 7)] {
        assert_eq!(was(order, VisitState::Sealed), Some(then));
    }
    let why = Why {
        outcome: Outcome::Withheld,
        code: "view_moved".into(),
        sentence: String::new(),
        mend: None,
        told: None,
    };
    assert_eq!(was(7, VisitState::NoPicture(why)), Some(7));
    assert_eq!(was(11, VisitState::Arrived), Some(7));
    assert_eq!(next(&known, Some(7)), Some(12));
    known.cars.entry(12).or_default();
    // It comes again rather than one that was photographed.
    assert_eq!(next(&known, Some(7)), Some(7));
    known.cars.entry(7).or_default()[STATION].state = VisitState::Sealed;
    assert_eq!(next(&known, None), Some(1));
}

#[test]
fn the_camera_is_turned_back_until_nothing_is_left_of_the_blow() {
    let steps: Vec<_> = LEFT.map(|left| rest(left).unwrap()).into();
    let (last, before) = steps.split_last().unwrap();
    assert!(last.is_none() && before.iter().all(Option::is_some));
    assert_eq!(rest(100).unwrap(), Some(Nudge::new(140, -60, 400, 0).unwrap()));
}

#[test]
fn of_what_aim_says_the_arrows_alone_may_be_left_out() {
    for (line, is) in [
        ("      →  11.6 px  ↑   3.2 px  ↺  0.42°  ·  0.0 %   corner  16.2 px, 22 of 34 anchors", true),
        ("?  not recognised (of 34 anchors 2 were recognised); bring it about to where it was", true),
        ("The camera stands right: fasten it.", false),
    ] {
        assert_eq!(is_arrow(line), is, "{line}");
    }
}
