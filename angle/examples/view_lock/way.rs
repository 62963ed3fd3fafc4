//! The way of a frame: darkroom, proof, plane, verdict; each as it is shipped.

use lineshot_angle::{Enrolled, Enrolment, Ground, Lock, Plane, Verdict};
use lineshot_domain::{Crop, Fraction, Mask, Point, Polygon, Scene, Show, Size};
use lineshot_picture::{Frame, Mark, Plan, develop};
use lineshot_proof::{Claim, prove};
use rustix::time::{ClockId, clock_gettime};

use crate::Outcome;
use crate::nuisance;
use crate::photo::{HEIGHT, Photo, WIDTH};

/// In pixels; the widest that there is, and what a station has unless it says otherwise.
pub(crate) const TOLERANCE: f64 = 4.0;
/// A picture of a camera that moved by so much must never be accepted: the tolerance, and 3 of what is covered beyond it.
pub(crate) const NEVER: f64 = TOLERANCE + 3.0;

/// Still pictures to enrol with, and the level of what stands before them.
const ENROL: (usize, f64) = (12, 0.25);

/// One view of 1080p.
pub(crate) struct Way {
    scene: Scene,
    crop: Crop,
    plan: Plan,
    ground: Ground,
}

/// A verdict and what it cost, in milliseconds of this thread.
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    pub(crate) plane: f64,
    pub(crate) judge: f64,
}

impl Way {
    /// Everything is shown but these masks, whose corners are fractions of the frame.
    pub(crate) fn new(masks: &[(&str, Vec<(f64, f64)>)]) -> Outcome<Way> {
        let frame = Size::new(WIDTH as u32, HEIGHT as u32)?;
        let mut all = Vec::new();
        for (name, corners) in masks {
            let point = |&(x, y): &(f64, f64)| -> Outcome<Point> {
                Ok(Point { x: Fraction::new(x)?, y: Fraction::new(y)? })
            };
            let corners = corners.iter().map(point).collect::<Outcome<Vec<Point>>>()?;
            all.push(Mask { name: (*name).to_owned(), polygon: Polygon::new(corners)? });
        }
        let scene = Scene::new(frame, Show::All, all)?;
        let crop = Crop::whole(frame);
        let plan = Plan::new(&scene, crop, &[], Mark::None)?;
        let ground = Ground::new(&scene, crop, None);
        Ok(Way { scene, crop, plan, ground })
    }

    /// A frame's plane, and what it cost once the picture was proven.
    pub(crate) fn plane(&self, jpeg: Vec<u8>) -> Outcome<(Plane, f64)> {
        let picture = develop(Frame::mjpeg(jpeg)?, &self.plan)?.pictures()?.remove(0);
        let claim = Claim::new(&self.scene, self.crop, self.crop.size())?;
        let proven = prove(picture.into_bytes(), &claim)?;
        let began = cpu();
        let plane = Plane::of(&proven, &self.ground)?.ok_or("the picture has another size")?;
        Ok((plane, cpu() - began))
    }

    pub(crate) fn judge(&self, lock: &Lock, jpeg: Vec<u8>) -> Outcome<Judged> {
        let (plane, cost) = self.plane(jpeg)?;
        let began = cpu();
        let verdict = lock.judge(&plane);
        Ok(Judged { verdict, plane: cost, judge: cpu() - began })
    }

    /// Enrols with these frames; the inner result is the enrolment's own.
    pub(crate) fn enrol(
        &self,
        frames: impl Iterator<Item = Outcome<Vec<u8>>>,
    ) -> Outcome<Result<Enrolled, lineshot_angle::EnrolError>> {
        let mut enrolment = Enrolment::new(self.ground.clone());
        for frame in frames {
            enrolment.add(self.plane(frame?)?.0);
        }
        Ok(enrolment.finish("bench/scene", "day", "2026-11-26T10:00:00Z"))
    }

    /// Enrols with still pictures of a scene.
    pub(crate) fn enrol_scene(
        &self,
        scene: &Photo,
        random: &mut fastrand::Rng,
    ) -> Outcome<Result<Enrolled, lineshot_angle::EnrolError>> {
        self.enrol((0..ENROL.0).map(|_| nuisance::still(scene, ENROL.1, None, random)))
    }

    pub(crate) fn lock(&self, enrolled: Enrolled) -> Outcome<Lock> {
        Ok(Lock::new(enrolled.references, self.ground.clone(), TOLERANCE)?)
    }
}

/// In one letter.
pub(crate) fn kind(verdict: &Verdict) -> Kind {
    match verdict {
        Verdict::Same(_) => Kind::Same,
        Verdict::Moved(_) => Kind::Moved,
        Verdict::Unverifiable(_) => Kind::Unverifiable,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Same,
    Moved,
    Unverifiable,
}

/// This thread's CPU time, in milliseconds.
pub(crate) fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}
