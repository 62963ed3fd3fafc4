//! The bench: a person looks whether the cameras work. Through the running agent, which alone opens them.
//!
//! Holds: what comes of it is numbers, or one picture for who asked; a frame that is looked at is covered and proven like
//! any other, and goes nowhere else. Nobody looks when photographs are stopped, or where there may be none at all.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lineshot_angle::Verdict;
use lineshot_domain::{Clock, Mono, Reason, ReleaseState, StopState};
use lineshot_proof::Proven;
use serde::{Deserialize, Serialize};

use crate::desk;
use crate::house::House;
use crate::station::{Station, View};

/// A person looks, reads, and looks again; a program that asks all the time is none.
const PAUSE: Duration = Duration::from_secs(3);

/// A camera that gives frames does so within its own patience; one that is just being opened needs longer.
const PATIENCE: Duration = Duration::from_secs(8);

/// What a look at a camera gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Look {
    /// `station/view`.
    pub(crate) view: String,
    /// Whether it works.
    pub(crate) works: bool,
    /// What was found, without a full stop.
    pub(crate) found: String,
    /// What to do, if it does not work.
    pub(crate) mend: String,
    /// Size of a car's pictures, in bytes; 0 if there were none.
    pub(crate) bytes: u64,
}

/// Who looked last.
#[derive(Debug, Default)]
pub(crate) struct Bench(Mutex<Option<Mono>>);

impl Bench {
    /// Whether somebody may look through the cameras of these stations now; else why not.
    pub(crate) fn permit<'a>(
        &self,
        house: &House,
        stations: impl IntoIterator<Item = &'a Station>,
    ) -> Result<(), String> {
        if house.halt.state(&house.front, house.clock.wall()) == StopState::Stopped {
            return Err("photographs are stopped: nobody looks through a camera until they go on".to_owned());
        }
        let now = house.clock.wall();
        let is_allowed = |station: &Station| {
            let state = house.releases.state(&station.judgement, now);
            matches!(state, ReleaseState::Trial | ReleaseState::Released)
        };
        if !stations.into_iter().all(is_allowed) {
            return Err(
                "without a release the cameras stay closed; on trial start the agent with --unreleased"
                    .to_owned(),
            );
        }
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = house.clock.mono();
        if last.is_some_and(|last| now.since(last) < PAUSE) {
            return Err("somebody looked a moment ago: wait some seconds".to_owned());
        }
        *last = Some(now);
        Ok(())
    }
}

/// Takes two frames, one after the other, and covers and proves the first.
pub(crate) fn look(station: &Station, view: &View, clock: &dyn Clock) -> Look {
    let name = format!("{}/{}", station.id, view.id);
    match frames(view, clock) {
        Ok((found, bytes)) => Look { view: name, works: true, found, mend: String::new(), bytes },
        Err((found, reason)) => {
            Look { view: name, works: false, found, mend: reason.mend().to_owned(), bytes: 0 }
        }
    }
}

/// A picture as customers would get it, exposed after this moment, covered and proven.
pub(crate) fn picture(view: &View, from: Mono) -> Result<Proven, Reason> {
    let shot = view.camera.next_after(from, from.plus(PATIENCE)).map_err(|error| error.reason())?;
    desk::develop(shot.frame, view, None)?.into_iter().next().ok_or(Reason::Picture)
}

/// What is said of the angle; nothing where it is not checked.
fn angle(view: &View, proven: &[Proven]) -> Result<String, (String, Reason)> {
    let Some((angle, picture)) = view.angle.as_ref().zip(proven.first()) else { return Ok(String::new()) };
    match angle.judge(picture) {
        Ok(Verdict::Same(_)) => Ok("; the angle is right".to_owned()),
        Ok(Verdict::Moved(seen)) => Err((seen.in_words(), Reason::ViewMoved)),
        // Something may stand before it just now.
        Ok(Verdict::Unverifiable(seen)) => Ok(format!("; the angle cannot be told now: {}", seen.in_words())),
        Err(reason) => Err((reason.sentence().to_owned(), reason)),
    }
}

fn frames(view: &View, clock: &dyn Clock) -> Result<(String, u64), (String, Reason)> {
    let asked = clock.mono();
    let next = |from: Mono| {
        let shot = view.camera.next_after(from, clock.mono().plus(PATIENCE));
        shot.map_err(|error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(" ({cause})"));
            (format!("{}{}", error.fault(), cause.unwrap_or_default()), error.reason())
        })
    };
    let first = next(asked)?;
    let (came, exposed) = (clock.mono(), first.exposure);
    let proven =
        desk::develop(first.frame, view, None).map_err(|reason| (reason.sentence().to_owned(), reason))?;
    let proved = clock.mono();
    let angle = angle(view, &proven)?;
    let second = next(exposed.latest())?;
    let millis = |duration: Duration| duration.as_millis();
    let bytes = proven.iter().map(|picture| picture.as_bytes().len() as u64).sum();
    let size = view.scene.frame();
    let found = format!(
        "frames of {}x{}; the first came after {} ms, the next was taken {} ms after it; covered and proven in {} ms, {} KB{angle}",
        size.width(),
        size.height(),
        millis(came.since(asked)),
        millis(second.exposure.latest().since(exposed.latest())),
        millis(proved.since(came)),
        bytes / 1000,
    );
    Ok((found, bytes))
}
