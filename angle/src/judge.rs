//! One picture against what was enrolled: SAME, MOVED or UNVERIFIABLE.

use std::collections::BTreeMap;

use crate::correlation::{Patch, REACH};
use crate::field::Field;
use crate::fit::{Fit, Pair};
use crate::ground::Ground;
use crate::plane::Plane;
use crate::reference::{Anchor, Reference, References, SIDE};

/// An anchor is found where it correlates at least so well, and so much better than elsewhere.
const SCORE: f64 = 0.5;
const AHEAD: f64 = 0.05;

/// So many anchors agree at least, and this part of all.
const LEAST: usize = 5;
const PART: f64 = 0.2;

/// How much farther than the tolerance a single anchor may seem to have gone, in pixels of a frame of 1080 lines: one alone
/// is measured less well than all together.
const ALONE: f64 = 2.0;

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
        best
    }

    fn by(&self, reference: &Reference, field: &Field, plane: &Plane) -> Verdict {
        let anchors = &reference.anchors;
        let found: Vec<(&Anchor, Pair)> =
            anchors.iter().filter_map(|anchor| Some((anchor, self.find(anchor, field)?))).collect();
        let pairs: Vec<Pair> = found.iter().map(|(_, pair)| *pair).collect();
        let seen = |fit, aside| Seen {
            fit,
            aside,
            found: u32::try_from(found.len()).unwrap_or(u32::MAX),
            of: u32::try_from(anchors.len()).unwrap_or(u32::MAX),
            sharpness: sharpness(found.iter().map(|(anchor, _)| *anchor), plane, &self.ground),
        };
        let Some(fit) = Fit::of(&pairs, least(anchors), 1.0, &self.ground) else {
            return Verdict::Unverifiable(seen(None, None));
        };
        if fit.corner > self.tolerance {
            return Verdict::Moved(seen(Some(fit), None));
        }
        match self.guards(anchors, &found) {
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

    /// What the anchors near each mask say by themselves.
    fn guards<'a>(&self, anchors: &'a [Anchor], found: &[(&'a Anchor, Pair)]) -> Guards<'a> {
        let mut masks: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for mask in anchors.iter().filter_map(|anchor| anchor.guards.as_deref()) {
            masks.entry(mask).or_default();
        }
        for (anchor, pair) in found {
            let Some(mask) = anchor.guards.as_deref() else { continue };
            let (right, gone) = masks.entry(mask).or_default();
            let way = (pair.to.0 - pair.from.0).hypot(pair.to.1 - pair.from.1);
            *(if way <= self.tolerance + ALONE { right } else { gone }) += 1;
        }
        let gone = masks.iter().find(|(_, (right, gone))| *gone > 1 && gone > right);
        if let Some((mask, _)) = gone {
            return Guards::Gone(mask);
        }
        if masks.values().all(|(right, gone)| right > gone) { Guards::Right } else { Guards::Hidden }
    }

    /// How far the camera is from where it belongs, as far as that can be told from afar: for who puts it straight. It
    /// never says that a picture is right.
    pub fn far(&self, plane: &Plane) -> Option<Fit> {
        let field = Field::of(plane, &self.ground).halved();
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

enum Guards<'a> {
    Right,
    /// Most of this mask's guards went elsewhere.
    Gone(&'a str),
    /// Of a mask's guards none could be recognised, or as many are right as are not.
    Hidden,
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
