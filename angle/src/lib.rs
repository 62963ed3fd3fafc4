//! The view lock: whether a camera still looks along the permitted angle.
//!
//! Enrolment ([`Enrolment`]) watches a view for some minutes and keeps small patches of what never moved: anchors. A
//! picture is judged ([`Lock::judge`]) by where it shows them: each is searched for around its place by normalised
//! cross-correlation, and the similarity (shift, turn, zoom) that most of them agree on says how far the corner of the
//! picture moved that moved most.
//!
//! Holds:
//! - it looks at proven pictures alone, so it knows nothing of what is covered, and what it keeps shows no more than a
//!   picture that was delivered;
//! - covers, and the band of pictures on trial, stand still whatever the camera does: no anchor lies on them, and they
//!   say nothing when one is searched for;
//! - what cannot be found is no proof of the right angle: a verdict is SAME only where enough anchors, spread over the
//!   picture, were found where they belong, and, on each side of a mask that has guards there, one guard at least. Masks
//!   that are named as unguarded are excepted.
//!
//! Its limits: a photograph held before the lens, or a stream that is played again, looks right. What stands at another
//! depth than the anchors is known to have moved only where guards were found near a mask.
//!
//! Deliberately absent: files, clocks, cameras, any word on whether a vehicle may be photographed.

mod correlation;
mod enrol;
mod field;
mod fit;
mod ground;
mod guards;
mod judge;
mod places;
mod plane;
mod reference;
#[cfg(test)]
mod testing;
mod track;
mod words;

pub use enrol::{EnrolError, Enrolled, Enrolment};
pub use fit::Fit;
pub use ground::Ground;
pub use judge::{Lock, LockError, Seen, Verdict};
pub use plane::Plane;
pub use reference::{ReferenceError, References};
pub use track::{Drift, Track, Trend};
