//! What several pictures together say of a camera: that it was moved, and that it is getting worse.

use crate::judge::{Seen, Verdict};

/// Of so many verdicts...
const WINDOW: usize = 3;
/// ...so many decide.
const MOST: usize = 2;

/// Whether a view's camera stands where it belongs, by its last pictures that could be verified.
///
/// It was moved once two of three pictures say so, and no picture counts until two of three look right again: one that
/// looks right by chance, among many of a camera that was moved, gives no picture.
#[derive(Clone, Debug, Default)]
pub struct Track {
    /// Whether each was SAME, the newest last.
    last: Vec<bool>,
    /// What was seen when it was last found to have moved.
    moved: Option<Seen>,
}

impl Track {
    /// Takes in what a picture says; says whether that picture may be used.
    pub fn take(&mut self, verdict: &Verdict) -> bool {
        let is_same = match verdict {
            Verdict::Unverifiable(_) => return false,
            Verdict::Same(_) => true,
            Verdict::Moved(_) => false,
        };
        if self.last.len() == WINDOW {
            self.last.remove(0);
        }
        self.last.push(is_same);
        let agree = self.last.iter().filter(|same| **same == is_same).count() >= MOST;
        match (is_same, &self.moved) {
            (false, None) if agree => self.moved = Some(verdict.seen().clone()),
            (false, Some(_)) => self.moved = Some(verdict.seen().clone()),
            (true, Some(_)) if agree => {
                self.moved = None;
                self.last.clear();
            }
            _ => {}
        }
        is_same && self.moved.is_none()
    }

    /// What was seen of a camera that was moved.
    pub fn moved(&self) -> Option<&Seen> {
        self.moved.as_ref()
    }
}

/// How much of the past still counts with each new picture.
const PAST: f64 = 0.9;
/// So many pictures say nothing yet.
const FEW: u32 = 10;

/// How a view's pictures change over many vehicles.
#[derive(Clone, Debug, Default)]
pub struct Trend {
    pictures: u32,
    corner: f64,
    sharpness: f64,
    found: f64,
}

/// What gets worse, before pictures do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drift {
    /// The camera turns or slides slowly.
    Shift,
    /// What is seen gets less sharp: focus, dirt on the lens.
    Focus,
    /// Less and less is recognised: dirt, light, or things that were put in the way.
    Recognition,
}

impl Trend {
    /// A picture that was used.
    pub fn take(&mut self, seen: &Seen) {
        let Some(fit) = seen.fit else { return };
        let found = f64::from(seen.found) / f64::from(seen.of.max(1));
        let now = [fit.corner, seen.sharpness.unwrap_or(1.0), found];
        let past = if self.pictures == 0 { 0.0 } else { PAST };
        let mixed = |before: f64, now: f64| past * before + (1.0 - past) * now;
        self.corner = mixed(self.corner, now[0]);
        self.sharpness = mixed(self.sharpness, now[1]);
        self.found = mixed(self.found, now[2]);
        self.pictures = self.pictures.saturating_add(1);
    }

    /// What somebody should look at. `tolerance`: as the lock's.
    pub fn drift(&self, tolerance: f64) -> Option<Drift> {
        match self {
            Trend { pictures, .. } if *pictures < FEW => None,
            Trend { corner, .. } if *corner > 0.7 * tolerance => Some(Drift::Shift),
            Trend { sharpness, .. } if *sharpness < 0.6 => Some(Drift::Focus),
            Trend { found, .. } if *found < 0.4 => Some(Drift::Recognition),
            _ => None,
        }
    }
}
