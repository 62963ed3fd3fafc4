//! One picture against what was enrolled: SAME, MOVED or UNVERIFIABLE.

use crate::correlation::{Patch, REACH};
use crate::field::Field;
use crate::fit::{Fit, Pair};
use crate::ground::Ground;
use crate::guards::Guards;
use crate::plane::Plane;
use crate::reference::{Anchor, Reference, References, SIDE};

/// An anchor is found where it correlates at least so well, and so much better than elsewhere.
const SCORE: f64 = 0.5;
const AHEAD: f64 = 0.05;

/// So many anchors agree at least, and this part of all.
const LEAST: usize = 5;
const PART: f64 = 0.2;

/// From afar a movement is measured less well: what seems to be less than this above the tolerance says nothing.
const COARSE: f64 = 8.0;

/// At half the scale: how far anchors are searched for by who puts a camera straight, in points of that scale.
const FAR: usize = 40;
const HALF: usize = SIDE / 2;

/// What a picture says of the angle.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It is the permitted one.
    Same(Seen),
    /// The camera was moved.
    Moved(Seen),
    /// Too little was recognised: something stands in front, it is too dark, or the angle is another one.
    Unverifiable(Seen),
}

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The movement that the anchors agree on; `None` where they do not.
    pub fit: Option<Fit>,
    /// The mask whose guards moved, although the rest did not.
    pub aside: Option<String>,
    /// So many anchors were recognised...
    pub found: u32,
    /// ...of so many.
    pub of: u32,
    /// How sharp it is, against what was enrolled; 1 is as sharp, `None` unknown.
    pub sharpness: Option<f64>,
}

/// Why nothing can be judged.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a tolerance of {0} px is none: from 1 to 4")]
pub struct LockError(f64);

/// What a view's pictures are judged by.
#[derive(Debug)]
pub struct Lock {
    ground: Ground,
    references: References,
    /// In pixels of a frame of 1080 lines.
    tolerance: f64,
}

impl Lock {
    /// `tolerance`: how far a corner of the picture may have gone, 1 to 4 pixels of a frame of 1080 lines; what is covered
    /// reaches 4 farther than it must.
    ///
    /// # Errors
    /// [`LockError`]: a tolerance beyond that.
    pub fn new(references: References, ground: Ground, tolerance: f64) -> Result<Lock, LockError> {
        if !(1.0..=4.0).contains(&tolerance) {
            return Err(LockError(tolerance));
        }
        Ok(Lock { ground, references, tolerance })
    }

    /// What its pictures are.
    pub fn ground(&self) -> &Ground {
        &self.ground
    }

    /// What it compares with.
    pub fn references(&self) -> &References {
        &self.references
    }

    /// In pixels of a frame of 1080 lines.
    pub fn tolerance(&self) -> f64 {
        self.tolerance
    }

    /// Judges a picture: SAME if it looks like any reference.
    pub fn judge(&self, plane: &Plane) -> Verdict {
        let field = Field::of(plane, &self.ground);
        let mut best =
            Verdict::Unverifiable(Seen { fit: None, aside: None, found: 0, of: 0, sharpness: None });
        for reference in &self.references.all {
            let verdict = self.by(reference, &field, plane);
            if matches!(verdict, Verdict::Same(_)) {
                return verdict;
            }
            if verdict.rank() > best.rank() {
                best = verdict;
            }
        }
        let Verdict::Unverifiable(seen) = best else { return best };
        match self.far_of(&field).filter(|fit| fit.corner > self.tolerance + COARSE) {
            Some(fit) if seen.fit.is_none() => Verdict::Moved(Seen { fit: Some(fit), ..seen }),
            _ => Verdict::Unverifiable(seen),
        }
    }

    fn by(&self, reference: &Reference, field: &Field, plane: &Plane) -> Verdict {
        let anchors = &reference.anchors;
        let all: Vec<(&Anchor, Option<Pair>)> =
            anchors.iter().map(|anchor| (anchor, self.find(anchor, field))).collect();
        let pairs: Vec<Pair> = all.iter().filter_map(|(_, pair)| *pair).collect();
        let found = all.iter().filter(|(_, pair)| pair.is_some()).map(|(anchor, _)| *anchor);
        let seen = |fit, aside| Seen {
            fit,
            aside,
            found: u32::try_from(pairs.len()).unwrap_or(u32::MAX),
            of: u32::try_from(anchors.len()).unwrap_or(u32::MAX),
            sharpness: sharpness(found.clone(), plane, &self.ground),
        };
        let Some(fit) = Fit::of(&pairs, least(anchors), 1.0, &self.ground) else {
            return Verdict::Unverifiable(seen(None, None));
        };
        if fit.corner > self.tolerance {
            return Verdict::Moved(seen(Some(fit), None));
        }
        let guards = all.iter().filter_map(|(anchor, pair)| Some((anchor.guards.as_ref()?, *pair)));
        match Guards::say(guards, &reference.unguarded, self.tolerance) {
            Guards::Right => Verdict::Same(seen(Some(fit), None)),
            Guards::Gone(mask) => Verdict::Moved(seen(Some(fit), Some(mask.to_owned()))),
            Guards::Hidden => Verdict::Unverifiable(seen(Some(fit), None)),
        }
    }

    /// Where an anchor is, if it can be told.
    fn find(&self, anchor: &Anchor, field: &Field) -> Option<Pair> {
        let found = anchor.patch.search(field, anchor.at, REACH)?;
        if found.score < SCORE || found.score - found.rival < AHEAD {
            return None;
        }
        let half = SIDE as f64 / 2.0;
        let from = (anchor.at.0 as f64 + half, anchor.at.1 as f64 + half);
        let to = (from.0 + found.right, from.1 + found.down);
        Some(Pair { from: self.ground.centred(from), to: self.ground.centred(to) })
    }

    /// How far the camera is from where it belongs, as far as that can be told from afar: for who puts it straight. It
    /// never says that a picture is right.
    pub fn far(&self, plane: &Plane) -> Option<Fit> {
        self.far_of(&Field::of(plane, &self.ground))
    }

    fn far_of(&self, field: &Field) -> Option<Fit> {
        let field = field.halved();
        let fits = self.references.all.iter().filter_map(|reference| {
            let pairs: Vec<Pair> =
                reference.anchors.iter().filter_map(|anchor| self.find_far(anchor, &field)).collect();
            Fit::of(&pairs, least(&reference.anchors), 2.0, &self.ground)
        });
        fits.max_by_key(|fit| fit.anchors)
    }

    fn find_far(&self, anchor: &Anchor, field: &Field) -> Option<Pair> {
        let values: Vec<i16> = anchor.patch.values().collect();
        let small: Patch<HALF> = Patch::cut(&Field::from_values(values, SIDE, SIDE).halved(), (0, 0))?;
        let at = (anchor.at.0 / 2, anchor.at.1 / 2);
        let found = small.search(field, at, FAR).filter(|found| found.score >= SCORE + AHEAD)?;
        let half = HALF as f64 / 2.0;
        // Its place may lie between two points of this scale.
        let from = (anchor.at.0 as f64 / 2.0 + half, anchor.at.1 as f64 / 2.0 + half);
        let to = (at.0 as f64 + half + found.right, at.1 as f64 + half + found.down);
        let whole = |(x, y): (f64, f64)| self.ground.centred((x * 2.0, y * 2.0));
        Some(Pair { from: whole(from), to: whole(to) })
    }
}

impl Verdict {
    /// What was seen.
    pub fn seen(&self) -> &Seen {
        match self {
            Verdict::Same(seen) | Verdict::Moved(seen) | Verdict::Unverifiable(seen) => seen,
        }
    }

    /// Of two the one that says more.
    fn rank(&self) -> (u8, u32) {
        let kind = match self {
            Verdict::Unverifiable(_) => 0,
            Verdict::Moved(_) => 1,
            Verdict::Same(_) => 2,
        };
        (kind, self.seen().found)
    }
}

/// So many anchors have to agree.
fn least(anchors: &[Anchor]) -> usize {
    LEAST.max((PART * anchors.len() as f64).ceil() as usize)
}

/// How much neighbouring pixels differ in a patch, beside how much its points do: haze and light change both alike.
pub(crate) fn detail((left, top): (usize, usize), plane: &Plane, ground: &Ground) -> Option<f64> {
    let points = (top..top + SIDE).flat_map(|y| (left..left + SIDE).map(move |x| y * ground.width + x));
    let (mut fine, mut sum, mut square, mut count) = (0.0, 0.0, 0.0, 0.0);
    for at in points {
        let bright = f64::from(plane.bright[at]);
        fine += f64::from(plane.detail[at]) / 8.0;
        sum += bright;
        square += bright * bright;
        count += 1.0;
    }
    let spread = (square / count - (sum / count).powi(2)).max(0.0).sqrt();
    (spread > 1.0).then(|| fine / count / spread)
}

/// The middle of what the found anchors say.
fn sharpness<'a>(anchors: impl Iterator<Item = &'a Anchor>, plane: &Plane, ground: &Ground) -> Option<f64> {
    let one =
        |anchor: &Anchor| Some(detail(anchor.at, plane, ground)? / anchor.detail).filter(|it| it.is_finite());
    let mut all: Vec<f64> = anchors.filter_map(one).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{HEIGHT, Knock, Place, WIDTH, lock, plane, scene};

    /// Pixels of the tests' pictures in one of a frame of 1080 lines.
    const SMALLER: f64 = HEIGHT as f64 / 1080.0;

    fn judged(knock: Knock) -> Verdict {
        let (place, scene) = (Place::new(1), scene(&[]));
        lock(&place, &scene).judge(&plane(place.seen(knock), &scene))
    }

    #[test]
    fn a_camera_that_stands_still_is_the_same_and_one_that_moved_is_not() {
        assert!(matches!(judged(Knock::default()), Verdict::Same(_)));
        assert!(matches!(judged(Knock { right: 1.0, ..Knock::default() }), Verdict::Same(_)));
        for moved in [
            Knock { right: 7.0 * SMALLER, ..Knock::default() },
            Knock { down: -20.0 * SMALLER, ..Knock::default() },
            Knock { turn: 0.5, ..Knock::default() },
            Knock { zoom: -0.01, ..Knock::default() },
            Knock { right: 150.0 * SMALLER, ..Knock::default() },
        ] {
            let verdict = judged(moved);
            assert!(matches!(verdict, Verdict::Moved(_)), "{verdict:?}");
        }
    }

    #[test]
    fn it_is_told_by_how_much_a_camera_moved() {
        let near = |is: f64, should: f64, by: f64| assert!((is - should).abs() < by, "{is}, not {should}");
        let fit = judged(Knock { right: 10.0, down: -6.0, turn: 0.8, zoom: 0.012 }).seen().fit.unwrap();
        near(fit.right, 10.0 / SMALLER, 0.7);
        near(fit.down, -6.0 / SMALLER, 0.7);
        near(fit.turn, 0.8, 0.05);
        near(fit.zoom, 0.012, 0.001);
    }

    #[test]
    fn far_away_it_is_told_which_way_and_never_that_it_is_right() {
        let (place, scene) = (Place::new(1), scene(&[]));
        let lock = lock(&place, &scene);
        let knock = Knock { right: -100.0, down: 40.0, ..Knock::default() };
        let fit = lock.far(&plane(place.seen(knock), &scene)).unwrap();
        assert!(
            (fit.right * SMALLER + 100.0).abs() < 4.0 && (fit.down * SMALLER - 40.0).abs() < 4.0,
            "{fit:?}"
        );
    }

    #[test]
    fn another_place_a_mirrored_one_and_a_dark_one_are_never_the_same() {
        let (place, scene) = (Place::new(1), scene(&[]));
        let lock = lock(&place, &scene);
        let mut mirrored = place.seen(Knock::default());
        mirrored.chunks_exact_mut(WIDTH as usize).for_each(<[u8]>::reverse);
        for (what, bright) in [
            ("other", Place::new(2).seen(Knock::default())),
            ("mirrored", mirrored),
            ("dark", vec![3; (WIDTH * HEIGHT) as usize]),
        ] {
            let verdict = lock.judge(&plane(bright, &scene));
            assert!(matches!(verdict, Verdict::Unverifiable(_)), "{what}: {verdict:?}");
        }
    }

    #[test]
    fn half_of_it_hidden_is_still_the_same_and_nearly_all_of_it_is_unverifiable() {
        let (place, scene) = (Place::new(1), scene(&[]));
        let lock = lock(&place, &scene);
        let hidden = |part: f64| {
            let mut bright = place.seen(Knock::default());
            let rows = (f64::from(HEIGHT) * part) as usize;
            bright[..rows * WIDTH as usize].fill(90);
            lock.judge(&plane(bright, &scene))
        };
        assert!(matches!(hidden(0.5), Verdict::Same(_)), "{:?}", hidden(0.5));
        assert!(matches!(hidden(0.95), Verdict::Unverifiable(_)), "{:?}", hidden(0.95));
    }

    #[test]
    fn light_and_contrast_change_nothing() {
        let (place, scene) = (Place::new(1), scene(&[]));
        let lock = lock(&place, &scene);
        for (gain, lift) in [(0.4, 0.0), (0.5, 120.0), (1.1, 0.0)] {
            let dim = |value: u8| (f64::from(value) * gain + lift).clamp(0.0, 255.0) as u8;
            let bright = place.seen(Knock::default()).into_iter().map(dim).collect();
            let verdict = lock.judge(&plane(bright, &scene));
            assert!(matches!(verdict, Verdict::Same(_)), "{gain}, {lift}: {verdict:?}");
        }
    }

    #[test]
    fn a_cover_says_nothing_about_a_camera() {
        // All but the right edge is covered by six masks, which never move; the place behind them does.
        let place = Place::new(3);
        let masks: Vec<[f64; 4]> =
            (0..6).map(|at| f64::from(at) * 0.15).map(|left| [left + 0.02, 0.3, left + 0.08, 0.7]).collect();
        let scene = scene(&masks);
        let lock = lock(&place, &scene);
        let verdict = lock.judge(&plane(place.seen(Knock { right: 12.0, ..Knock::default() }), &scene));
        assert!(matches!(verdict, Verdict::Moved(_)), "{verdict:?}");
        let verdict = lock.judge(&plane(vec![200; (WIDTH * HEIGHT) as usize], &scene));
        assert!(matches!(verdict, Verdict::Unverifiable(_)), "{verdict:?}");
    }

    #[test]
    fn what_moved_beside_a_mask_alone_is_seen_by_its_guards() {
        let (far, near) = (Place::new(1), Place::new(9));
        let scene = scene(&[[0.40, 0.45, 0.55, 0.65]]);
        // Once the mask lies in the midst of what is near, once its upper edge is that of what is near.
        for top in [0.28, 0.44] {
            let both = |knock: Knock| {
                let mut bright = far.seen(Knock::default());
                let beside = near.seen(knock);
                for y in (f64::from(HEIGHT) * top) as usize..(f64::from(HEIGHT) * 0.85) as usize {
                    let columns = (f64::from(WIDTH) * 0.28) as usize..(f64::from(WIDTH) * 0.68) as usize;
                    let row = y * WIDTH as usize;
                    bright[row + columns.start..row + columns.end]
                        .copy_from_slice(&beside[row + columns.start..row + columns.end]);
                }
                plane(bright, &scene)
            };
            let mut enrolment = crate::Enrolment::new(crate::testing::ground(&scene));
            for _ in 0..8 {
                enrolment.add(both(Knock::default()));
            }
            let enrolled = enrolment.finish("marriage/front", "day", "").unwrap();
            assert!(enrolled.references.unguarded().is_empty() && enrolled.guards > 1);
            let lock = Lock::new(enrolled.references, crate::testing::ground(&scene), 4.0).unwrap();
            assert!(matches!(lock.judge(&both(Knock::default())), Verdict::Same(_)));
            let verdict = lock.judge(&both(Knock { right: 9.0, ..Knock::default() }));
            let Verdict::Moved(seen) = &verdict else { panic!("{verdict:?}") };
            assert_eq!(seen.aside.as_deref(), Some("mask 0"));
        }
    }

    #[test]
    fn a_tolerance_beyond_what_covers_allow_is_none() {
        let (place, scene) = (Place::new(1), scene(&[]));
        for (tolerance, fits) in [(0.9, false), (1.0, true), (4.0, true), (4.1, false), (f64::NAN, false)] {
            let references = crate::testing::enrolled(&place, &scene).unwrap().references;
            assert_eq!(
                Lock::new(references, crate::testing::ground(&scene), tolerance).is_ok(),
                fits,
                "{tolerance}"
            );
        }
    }
}
