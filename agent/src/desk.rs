//! The story of a picture: one case in, one recorded outcome out.
//!
//! Holds: the return type is the proof that an outcome was recorded; every way out of the story goes
//! through the case, which is taken away by it.
//!
//! Deliberately absent: MQTT, storage, file names, and any look at pixels.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use lineshot_domain::{Clock, Ending, Exposure, Permit, Reason, Stay, Wall, decide};
use lineshot_proof::{Claim, Proven};
use lineshot_spool::{Case, Ended, Pictures, WriteError};

use crate::house::House;
use crate::station::View;
use crate::stays::StayNumber;

/// How long a camera is asked before it is looked whether the vehicle is still there: longer than a camera
/// needs to be called stalled.
const LOOK: Duration = Duration::from_secs(5);

/// Decide, wait for the right frame, develop it, prove it, seal it. Blocks until the case has ended.
///
/// # Errors
/// [`WriteError`]: the outcome could not be recorded; the next round ends the case as failed.
pub(crate) fn photograph(
    case: Case,
    stay: StayNumber,
    view: &View,
    house: &House,
) -> Result<Ended, WriteError> {
    if let Err(no) = ask(&case, stay, view, house) {
        return case.end(no);
    }
    let arrival = case.arrival();
    house.stays.wait_until(&arrival.station, stay, view.stay(arrival).opens(), &*house.clock);
    let permit = match ask(&case, stay, view, house) {
        Ok(permit) => permit,
        Err(no) => return case.end(no),
    };
    let (proven, exposure) = match first_good(&permit, &case, stay, view, house) {
        Ok(good) => good,
        Err(no) => return case.end(no),
    };
    let ended = house.stays.end_of(&case.arrival().station, stay, &*house.clock);
    if let Err(no) = permit.admits(&exposure, ended, Some(house.clock.mono())) {
        return case.end(no);
    }
    let pictures = Pictures {
        proven,
        scene: view.scene.clone(),
        crop: view.crop,
        from: on_the_wall(exposure.earliest(), &*house.clock),
        to: on_the_wall(exposure.latest(), &*house.clock),
    };
    case.seal(permit, pictures)
}

/// The gate, asked with everything that is known now.
fn ask(case: &Case, stay: StayNumber, view: &View, house: &House) -> Result<Permit, Ending> {
    let arrival = case.arrival();
    let ended = house.stays.end_of(&arrival.station, stay, &*house.clock);
    let stay: Stay = view.stay(arrival).ended_by(ended);
    decide(&house.facts(case, view, stay))
}

/// The first frame that can be developed and proven. A damaged frame costs time, not the picture; a
/// panic costs the picture, not the daemon.
fn first_good(
    permit: &Permit,
    case: &Case,
    stay: StayNumber,
    view: &View,
    house: &House,
) -> Result<(Vec<Proven>, Exposure), Ending> {
    let look = || {
        let (mut from, until) = (permit.stay().opens(), permit.stay().closes());
        let mut damaged = None;
        loop {
            let pause = house.clock.mono().plus(LOOK).min(until);
            match view.camera.next_after(from, pause) {
                Ok(shot) => {
                    from = shot.exposure.latest();
                    match develop(shot.frame, view) {
                        Ok(proven) => return Ok((proven, shot.exposure)),
                        Err(Reason::CameraFrame) => damaged = Some(Reason::CameraFrame),
                        Err(reason) => return Err(Ending::new(reason)),
                    }
                }
                Err(error) if pause >= until => {
                    let reason = damaged.unwrap_or(error.reason());
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        reason = reason.code(),
                        "no frame"
                    );
                    return Err(Ending::new(reason));
                }
                Err(_) => {
                    let ended = house.stays.end_of(&case.arrival().station, stay, &*house.clock);
                    permit.stay().ended_by(ended).still_open()?;
                }
            }
        }
    };
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| Err(Ending::new(Reason::Internal)))
}

/// Covers, encodes and proves; what is not proven in every size is no picture.
pub(crate) fn develop(frame: lineshot_picture::Frame, view: &View) -> Result<Vec<Proven>, Reason> {
    let masked = lineshot_picture::develop(frame, &view.plan).map_err(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "the frame cannot be used");
        view.reason(&error)
    })?;
    let pictures = masked.pictures(&view.plan).map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "the picture could not be made");
        Reason::Picture
    })?;
    let refuted = |error: &(dyn std::error::Error + 'static)| {
        tracing::error!(error, "the proof does not find the picture covered");
        Reason::Proof
    };
    let prove = |picture: lineshot_picture::MaskedJpeg| {
        let claim = Claim::new(&view.scene, view.crop, picture.size()).map_err(|error| refuted(&error))?;
        lineshot_proof::prove(picture.into_bytes(), &claim).map_err(|error| refuted(&error))
    };
    pictures.into_iter().map(prove).collect()
}

/// The wall clock at a moment that has just been, for people to read.
fn on_the_wall(moment: lineshot_domain::Mono, clock: &dyn Clock) -> Wall {
    let ago = clock.mono().since(moment);
    Wall::from_unix_ms(clock.wall().unix_ms() - i64::try_from(ago.as_millis()).unwrap_or(0))
}
