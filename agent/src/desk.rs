//! The story of a picture: one case in, one recorded outcome out.
//!
//! Holds: the return type is the proof that an outcome was recorded; every way out of the story goes
//! through the case, which is taken away by it.
//!
//! Deliberately absent: MQTT, storage, file names, and any look at pixels.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use lineshot_domain::{
    Caption, Clock, Ending, Exposure, Facts, Keep, Mono, Permit, Reason, Sequence, StayEnd, Wall, decide,
    is_discreet,
};
use lineshot_proof::{Claim, Proven};
use lineshot_spool::{Case, Ended, Pictures, WriteError};

use crate::house::House;
use crate::plc::Watch;
use crate::station::{Station, View};
use crate::stays::StayNumber;

/// How long a camera is asked before it is looked whether the vehicle is still there: longer than a camera
/// needs to be called stalled.
const LOOK: Duration = Duration::from_secs(5);

/// Between two looks at frames that could not be used: soon enough to catch every gap, and no burden for the PC.
const GLANCE: Duration = Duration::from_millis(100);

/// How long the broker may take to answer: a plant's broker does within milliseconds, and one that needs
/// longer would let pictures pile up.
const PATIENCE: Duration = Duration::from_secs(5);

/// One vehicle's visit, as the line told of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visit {
    /// Its stay.
    pub(crate) stay: StayNumber,
    /// The connection to the broker by which its arrival was heard.
    pub(crate) connection: u64,
    /// What the arrivals before say about it.
    pub(crate) sequence: Sequence,
}

/// Where a case is worked on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) visit: Visit,
    /// The line to the broker, since the arrival.
    pub(crate) watch: &'a Watch,
    pub(crate) station: &'a Station,
    pub(crate) view: &'a View,
    pub(crate) house: &'a House,
}

/// A frame that was covered and proven.
struct Taken {
    proven: Vec<Proven>,
    caption: Caption,
    exposure: Exposure,
    /// When the broker link was proven alive after the exposure.
    alive: Option<Mono>,
}

/// Wait, decide, take the right frame, develop it, prove it, decide again, seal it. Blocks until the case has
/// ended. What could be refused at the arrival was ([`Desk::refuses_at_once`]).
///
/// # Errors
/// [`WriteError`]: the outcome could not be recorded; the next round ends the case as failed.
pub(crate) fn photograph(mut case: Case, desk: Desk<'_>) -> Result<Ended, WriteError> {
    let Desk { visit, station, view, house, .. } = desk;
    let opens = view.stay(case.arrival()).opens();
    house.stays.wait_until(&station.id, visit.stay, opens, &*house.clock);
    let mark = house.closings.mark();
    let permit = match desk.ask(&mut case, desk.ended()) {
        Ok(permit) => permit,
        Err(no) => return case.end(no),
    };
    let taken = match desk.first_good(&permit, case.arrival().simulated) {
        Ok(taken) => taken,
        Err(no) => return case.end(no),
    };
    // What was said meanwhile counts; what ended the stay is judged by the exposure alone.
    if let Some(reason) = house.closings.since(mark, &station.id) {
        return case.end(Ending::new(reason));
    }
    let permit = match desk.ask(&mut case, None) {
        Ok(permit) => permit,
        Err(no) => return case.end(no),
    };
    if let Err(no) = permit.admits(&taken.exposure, desk.ended(), taken.alive) {
        return case.end(no);
    }
    // The picture names the release that it was taken under.
    if station.judgement.release(house.clock.wall()) != taken.caption.release {
        return case.end(Ending::new(Reason::ReleaseExpired));
    }
    let pictures = Pictures {
        proven: taken.proven,
        scene: view.scene.clone(),
        crop: view.crop,
        from: on_the_wall(taken.exposure.earliest(), &*house.clock),
        to: on_the_wall(taken.exposure.latest(), &*house.clock),
        release: taken.caption.release.clone(),
        caption: Some(taken.caption),
    };
    case.seal(permit, pictures)
}

impl<'a> Desk<'a> {
    /// The desk of this case, which was opened for this station as it was then.
    pub(crate) fn of(
        case: &Case,
        visit: Visit,
        watch: &'a Watch,
        station: &'a Station,
        house: &'a House,
    ) -> Desk<'a> {
        let view = station.view(case.view()).expect("cases are opened for views of their station");
        Desk { visit, watch, station, view, house }
    }

    /// What is refused by what is known already needs nobody to wait for it.
    pub(crate) fn refuses_at_once(&self, case: &mut Case) -> Option<Ending> {
        self.ask(case, None).err()
    }

    /// What is known to have ended the stay.
    fn ended(&self) -> Option<StayEnd> {
        self.house.stays.end_of(&self.station.id, self.visit.stay)
    }

    /// The gate, asked with everything that is known now.
    fn ask(&self, case: &mut Case, ended: Option<StayEnd>) -> Result<Permit, Ending> {
        let house = self.house;
        let known = house.known();
        let conditions = house.conditions(self.station, &known);
        let mut belonging = house.belonging(case.arrival(), &known, Some(case.album()));
        if is_discreet(&conditions, case.arrival(), &belonging) {
            case.hush();
        } else {
            // What nobody knew at the arrival is learned too late for this visit.
            belonging.changed = case.is_discreet();
        }
        decide(&Facts {
            case: case.id(),
            arrival: case.arrival(),
            conditions,
            max_age: self.station.trigger.max_age,
            belonging,
            photographed: self.photographed(case)?,
            sequence: self.visit.sequence,
            stay: self.view.stay(case.arrival()).ended_by(ended),
        })
    }

    /// Whether an earlier visit gave the picture that counts.
    fn photographed(&self, case: &Case) -> Result<bool, Ending> {
        if self.station.rules.keep != Keep::First {
            return Ok(false);
        }
        let front = &self.house.front;
        let before = front.photographed(case.album(), &self.station.id, &self.view.id, case.id());
        before.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "nobody knows what was taken before");
            Ending::new(Reason::Internal)
        })
    }

    /// The first frame that can be developed and proven, of the permitted angle, and in which no code can be read. Another
    /// one costs time, not the picture; a panic costs the picture, not the daemon.
    fn first_good(&self, permit: &Permit, simulated: bool) -> Result<Taken, Ending> {
        let look = || self.look(permit, simulated);
        catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| Err(Ending::new(Reason::Internal)))
    }

    fn look(&self, permit: &Permit, simulated: bool) -> Result<Taken, Ending> {
        let (house, view) = (self.house, self.view);
        let (mut from, until) = (permit.stay().opens(), permit.stay().closes());
        let mut useless = None;
        loop {
            let pause = house.clock.mono().plus(LOOK).min(until);
            match view.camera.next_after(from, pause) {
                Ok(shot) => {
                    from = shot.exposure.latest();
                    let taken = on_the_wall(shot.exposure.earliest(), &*house.clock);
                    let release = self.station.judgement.release(house.clock.wall());
                    let caption = self.station.caption(view, taken, release, simulated);
                    match develop(shot.frame, view, Some(&caption)).and_then(|proven| view.admits(proven)) {
                        Ok(proven) => {
                            // What is heard until the answer may have happened before the exposure.
                            let alive = house.link.prove(self.visit.connection);
                            // Held up since the arrival, others' words may have been, too, and longer.
                            let alive = alive.wait(PATIENCE).filter(|_| self.watch.is_unbroken());
                            return Ok(Taken { proven, caption, exposure: shot.exposure, alive });
                        }
                        Err(reason) if costs_time(reason) => {
                            useless = Some(reason);
                            from = from.max(house.clock.mono().plus(GLANCE).min(until));
                            permit.stay().ended_by(self.ended()).still_open()?;
                        }
                        Err(reason) => return Err(Ending::new(reason)),
                    }
                }
                Err(error) if pause >= until => {
                    if let Some(reason) = useless {
                        tracing::warn!(reason = reason.code(), "no frame could be used");
                        return Err(Ending::new(reason));
                    }
                    tracing::warn!(error = &error as &dyn std::error::Error, "no frame");
                    return Err(Ending::new(error.reason()));
                }
                Err(_) => permit.stay().ended_by(self.ended()).still_open()?,
            }
        }
    }
}

/// Whether the next frame may be better: damage, something in front, a shake.
fn costs_time(reason: Reason) -> bool {
    use Reason as R;
    matches!(reason, R::CameraFrame | R::CodeReadable | R::ViewMoved | R::ViewUnverifiable)
}

/// Covers, encodes and proves; what is not proven in every size is no picture.
pub(crate) fn develop(
    frame: lineshot_picture::Frame,
    view: &View,
    caption: Option<&Caption>,
) -> Result<Vec<Proven>, Reason> {
    let masked = lineshot_picture::develop(frame, &view.plan).map_err(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "the frame cannot be used");
        view.reason(&error)
    })?;
    let pictures = masked.captioned(caption).pictures().map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "the picture could not be made");
        Reason::Picture
    })?;
    let refuted = |error: &(dyn std::error::Error + 'static)| {
        tracing::error!(error, "the proof does not find the picture covered");
        Reason::Proof
    };
    let prove = |picture: lineshot_picture::MaskedJpeg| {
        let claim = Claim::new(&view.scene, view.crop, picture.size()).map_err(|error| refuted(&error))?;
        lineshot_proof::prove(picture.into_bytes(), &claim.captioned(caption))
            .map_err(|error| refuted(&error))
    };
    pictures.into_iter().map(prove).collect()
}

/// The wall clock at a moment that has just been, for people to read.
fn on_the_wall(moment: Mono, clock: &dyn Clock) -> Wall {
    let ago = clock.mono().since(moment);
    Wall::from_unix_ms(clock.wall().unix_ms() - i64::try_from(ago.as_millis()).unwrap_or(0))
}
