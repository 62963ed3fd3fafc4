//! Anchors around a mask: what stands near it may have moved although the far wall did not, or seems not to have.
//!
//! How far away a thing stands cannot be told from one place. So a mask's guards are taken from each of its sides by
//! themselves, each from beside the mask only, and each side has its own say: those on a wall above a machine do not
//! outvote those on the machine.

use std::collections::BTreeMap;

use crate::fit::Pair;
use crate::ground::Spot;
use crate::reference::SIDE;

/// Guards lie no farther from their mask, in points to their middle.
const BESIDE: f64 = 60.0;
/// Nearer ones would reach below its cover.
const CLEAR: f64 = SIDE as f64 / 2.0;
/// Beside a mask that is smaller than a guard, their middles lie so near to the mask's, in points.
const LEVEL: f64 = 6.0;

/// How much farther than the tolerance a single anchor may seem to have gone, in pixels of a frame of 1080 lines: one alone
/// is measured less well than all together.
const ALONE: f64 = 2.0;
/// Two that went the same way differ by less, in the same pixels.
const TOGETHER: f64 = 4.0;

/// A side of a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Left,
    Right,
    Above,
    Below,
}

impl Side {
    pub(crate) const ALL: [Side; 4] = [Side::Left, Side::Right, Side::Above, Side::Below];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Side::Left => "left",
            Side::Right => "right",
            Side::Above => "above",
            Side::Below => "below",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Side> {
        Side::ALL.into_iter().find(|side| side.name() == name)
    }
}

/// What an anchor guards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Guarded {
    pub(crate) mask: String,
    pub(crate) side: Side,
}

/// Left, top, right, bottom: where the middles of a side's guards lie.
pub(crate) fn beside(mask: &[Spot], side: Side) -> (f64, f64, f64, f64) {
    let low = |of: fn(&Spot) -> f64| mask.iter().map(of).fold(f64::INFINITY, f64::min);
    let high = |of: fn(&Spot) -> f64| mask.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
    let (left, top, right, bottom) = (low(|it| it.0), low(|it| it.1), high(|it| it.0), high(|it| it.1));
    // A whole guard lies beside the mask where it is large enough.
    let along = |from: f64, to: f64| {
        let middle = f64::midpoint(from, to);
        ((from + CLEAR).min(middle - LEVEL), (to - CLEAR).max(middle + LEVEL))
    };
    let (xs, ys) = (along(left, right), along(top, bottom));
    match side {
        Side::Left => (left - BESIDE, ys.0, left - CLEAR, ys.1),
        Side::Right => (right + CLEAR, ys.0, right + BESIDE, ys.1),
        Side::Above => (xs.0, top - BESIDE, xs.1, top - CLEAR),
        Side::Below => (xs.0, bottom + CLEAR, xs.1, bottom + BESIDE),
    }
}

/// Whether a mask is guarded, by the sides that have guards and those that lie in the picture: from two opposite ones, or,
/// in a corner of the picture, from both that are there.
pub(crate) fn suffice(guarded: &[Side], room: &[Side]) -> bool {
    let opposite = |sides: &[Side]| {
        let both = |one, other| sides.contains(&one) && sides.contains(&other);
        both(Side::Left, Side::Right) || both(Side::Above, Side::Below)
    };
    if opposite(room) {
        opposite(guarded)
    } else {
        room.len() > 1 && room.iter().all(|side| guarded.contains(side))
    }
}

/// What the guards of all masks say together.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Guards<'a> {
    /// Of each side some were found, and most of them where they belong. A mask that is named as one with too few guards
    /// asks for none.
    Right,
    /// Two of this mask went the same way.
    Gone(&'a str),
    /// Of a side none was found, or one that seems to have gone by itself.
    Hidden,
}

impl<'a> Guards<'a> {
    /// From each guard and where it was found, if it was. `unguarded`: masks with too few of them.
    pub(crate) fn say(
        all: impl Iterator<Item = (&'a Guarded, Option<Pair>)>,
        unguarded: &[String],
        tolerance: f64,
    ) -> Guards<'a> {
        let mut sides: BTreeMap<&Guarded, (usize, Vec<Spot>)> = BTreeMap::new();
        for (guarded, pair) in all {
            let (right, gone) = sides.entry(guarded).or_default();
            let Some(Pair { from, to }) = pair else { continue };
            let way = (to.0 - from.0, to.1 - from.1);
            if way.0.hypot(way.1) <= tolerance + ALONE { *right += 1 } else { gone.push(way) }
        }
        let mut masks: BTreeMap<&str, Vec<Spot>> = BTreeMap::new();
        let mut all_right = true;
        for (guarded, (right, gone)) in sides {
            all_right &= right > gone.len() || unguarded.contains(&guarded.mask);
            if gone.len() >= right {
                masks.entry(&guarded.mask).or_default().extend(gone);
            }
        }
        let together = |ways: &[Spot]| {
            let pairs =
                ways.iter().enumerate().flat_map(|(at, one)| ways[at + 1..].iter().map(move |it| (one, it)));
            pairs.into_iter().any(|(one, other)| (one.0 - other.0).hypot(one.1 - other.1) < TOGETHER)
        };
        match masks.into_iter().find(|(_, ways)| together(ways)) {
            Some((mask, _)) => Guards::Gone(mask),
            None if all_right => Guards::Right,
            None => Guards::Hidden,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [Spot; 4] = [(100.0, 80.0), (160.0, 80.0), (160.0, 120.0), (100.0, 120.0)];

    #[test]
    fn each_side_lies_beside_the_mask_and_nowhere_else() {
        assert_eq!(beside(&SQUARE, Side::Left), (40.0, 92.0, 88.0, 108.0));
        assert_eq!(beside(&SQUARE, Side::Right), (172.0, 92.0, 220.0, 108.0));
        assert_eq!(beside(&SQUARE, Side::Above), (112.0, 20.0, 148.0, 68.0));
        assert_eq!(beside(&SQUARE, Side::Below), (112.0, 132.0, 148.0, 180.0));
        let small = [(50.0, 50.0), (54.0, 50.0), (52.0, 58.0)];
        assert_eq!(beside(&small, Side::Left), (-10.0, 48.0, 38.0, 60.0));
    }

    #[test]
    fn a_mask_needs_guards_on_two_opposite_sides_or_on_all_that_a_corner_has() {
        use Side::{Above, Below, Left, Right};
        for (guarded, room, expected) in [
            (&[Left, Right][..], &Side::ALL[..], true),
            (&[Above, Below], &Side::ALL, true),
            (&[Left, Above], &Side::ALL, false),
            (&[Above], &Side::ALL, false),
            (&[], &Side::ALL, false),
            (&[Right, Above], &[Right, Above, Below], false),
            (&[Below, Above], &[Right, Above, Below], true),
            (&[Right, Above], &[Right, Above], true),
            (&[Above], &[Above], false),
        ] {
            assert_eq!(suffice(guarded, room), expected, "{guarded:?} of {room:?}");
        }
    }

    #[test]
    fn each_side_has_its_own_say() {
        let guarded = |mask: &str, side| Guarded { mask: mask.to_owned(), side };
        let (above, below) = (guarded("robot", Side::Above), guarded("robot", Side::Below));
        let other = guarded("board", Side::Left);
        let way = |right: f64, down: f64| Some(Pair { from: (10.0, 10.0), to: (10.0 + right, 10.0 + down) });
        let (still, gone) = (way(0.5, 0.0), way(9.0, 1.0));
        for (name, all, said) in [
            ("all are right", vec![(&above, still), (&below, way(4.0, 4.0))], Guards::Right),
            ("none", Vec::new(), Guards::Right),
            (
                "one of a side is enough",
                vec![(&above, still), (&above, None), (&below, still)],
                Guards::Right,
            ),
            ("a side is hidden", vec![(&above, still), (&above, still), (&below, None)], Guards::Hidden),
            (
                "the wall does not outvote what is near",
                vec![(&above, still), (&above, still), (&below, gone), (&below, way(10.0, 0.0))],
                Guards::Gone("robot"),
            ),
            ("one alone may be mistaken", vec![(&above, still), (&below, gone)], Guards::Hidden),
            ("two that disagree, too", vec![(&above, gone), (&below, way(-9.0, 0.0))], Guards::Hidden),
            ("one against one", vec![(&above, gone), (&above, still), (&below, still)], Guards::Hidden),
            ("of two masks", vec![(&above, gone), (&other, gone)], Guards::Hidden),
        ] {
            assert_eq!(Guards::say(all.into_iter(), &[], 4.0), said, "{name}");
        }
        let few = ["robot".to_owned()];
        let hidden = [(&above, still), (&below, None)];
        assert_eq!(Guards::say(hidden.into_iter(), &few, 4.0), Guards::Right);
        let moved = [(&below, gone), (&below, gone)];
        assert_eq!(Guards::say(moved.into_iter(), &few, 4.0), Guards::Gone("robot"));
    }

    #[test]
    fn a_side_has_a_name() {
        for side in Side::ALL {
            assert_eq!(Side::named(side.name()), Some(side));
        }
        assert_eq!(Side::named("behind"), None);
    }
}
