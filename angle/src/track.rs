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
            (false, None) if agree => {
                self.moved = Some(verdict.seen().clone());
                self.last.clear();
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fit;

    fn seen(corner: f64, sharpness: f64, found: u32) -> Seen {
        let fit = Fit { right: corner, down: 0.0, turn: 0.0, zoom: 0.0, corner, anchors: found };
        Seen { fit: Some(fit), aside: None, found, of: 32, sharpness: Some(sharpness) }
    }

    fn told(verdicts: &str) -> String {
        let mut track = Track::default();
        let one = |letter: char| match letter {
            's' => Verdict::Same(seen(0.3, 1.0, 30)),
            'm' => Verdict::Moved(seen(12.0, 1.0, 30)),
            _ => Verdict::Unverifiable(seen(0.0, 1.0, 2)),
        };
        verdicts.chars().map(|letter| if track.take(&one(letter)) { 'x' } else { '.' }).collect()
    }

    #[test]
    fn two_of_three_say_that_a_camera_moved_and_two_of_three_that_it_is_back() {
        for (verdicts, counts) in [
            ("s", "x"),
            ("ms", ".x"),
            ("mms", "..."),
            ("msm", ".x."),
            ("msms", ".x.."),
            ("mmss", "...x"),
            ("mmsmss", "....xx"),
            ("mussu", "..xx."),
            ("mumus", "....."),
            ("mmssms", "...x.x"),
            ("uuu", "..."),
        ] {
            assert_eq!(told(verdicts), counts, "{verdicts}");
        }
    }

    #[test]
    fn what_gets_worse_is_said_before_pictures_are_lost_and_not_by_one_picture() {
        let after = |count: u32, seen: &Seen| {
            let mut trend = Trend::default();
            (0..count).for_each(|_| trend.take(seen));
            trend.drift(4.0)
        };
        assert_eq!(after(100, &seen(1.0, 1.0, 30)), None);
        assert_eq!(after(9, &seen(3.5, 1.0, 30)), None);
        assert_eq!(after(10, &seen(3.5, 1.0, 30)), Some(Drift::Shift));
        assert_eq!(after(10, &seen(1.0, 0.5, 30)), Some(Drift::Focus));
        assert_eq!(after(10, &seen(1.0, 1.0, 9)), Some(Drift::Recognition));
        let mut trend = Trend::default();
        (0..50).for_each(|_| trend.take(&seen(0.5, 1.0, 30)));
        trend.take(&seen(3.9, 0.2, 6));
        assert_eq!(trend.drift(4.0), None);
    }
}
