//! What a camera's angle is, for who puts it straight or enrols it: numbers and words, no picture.

use std::io;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lineshot_angle::{Enrolment, Fit, Plane, Verdict};
use lineshot_domain::{Mono, StopState};
use serde::{Deserialize, Serialize};

use super::Answer;
use super::snapshot::{Asked, PART, at_the_bench, refusal};
use crate::bench;
use crate::house::House;
use crate::lookout::rfc3339;
use crate::station::View;

/// A person turns a camera and sees at once what it did.
const GLANCE: Duration = Duration::from_millis(200);

/// The longest that somebody may look without asking anew.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// So many right pictures in a row end the aiming.
const RIGHT: u32 = 5;

/// So many pictures an enrolment looks at, and no more than so often.
const PICTURES: u32 = 240;
const OFTEN: Duration = Duration::from_millis(250);

/// How often it is said that something still goes on.
const WORD: Duration = Duration::from_secs(10);

/// What an enrolment is to watch.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Enrol {
    station: String,
    view: Option<String>,
    /// How long, in seconds: 10 to 900.
    seconds: u32,
    /// What it looks like now, such as `day`.
    name: String,
    /// Whether what was enrolled before stays, beside it.
    keep: bool,
}

/// Where a camera points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Aimed {
    /// `same`, `moved` or `unverifiable`.
    pub(crate) verdict: String,
    /// By how many pixels of a frame of 1080 lines what is seen is too far to the right and down, how far it is turned
    /// clockwise in degrees, how much too large it is in parts, how far the farthest corner is; none if that is unknown.
    pub(crate) fit: Option<[f64; 5]>,
    /// Anchors that were recognised, and how many there are.
    pub(crate) found: [u32; 2],
    /// In words.
    pub(crate) words: String,
    /// Whether it is over: the camera stands right.
    pub(crate) right: bool,
}

/// By the bench permit: until the camera stands right, for a quarter of an hour at most, never when stopped.
pub(super) fn aim(
    asked: &Asked,
    uid: u32,
    house: &House,
    say: &mut impl FnMut(&Answer) -> io::Result<()>,
) -> io::Result<Result<(), String>> {
    let mut heard = Ok(());
    let done = at_the_bench(asked, "aim", uid, house, |_, view| {
        let angle = view.angle.as_ref().ok_or(
            "the view has no `lock`, so that nobody knows where it should point: run `lineshot enrol` first",
        )?;
        let lock = angle.lock().ok_or_else(|| {
            let fault = angle.fault().map(ToString::to_string).unwrap_or_default();
            format!("there is nothing to compare with: {fault}")
        })?;
        let until = house.clock.mono().plus(LONGEST);
        let mut right = 0;
        while house.clock.mono() < until && right < RIGHT {
            let begun = house.clock.mono();
            go_on(house)?;
            let picture = bench::picture(view, begun).map_err(refusal)?;
            let plane = Plane::of(&picture, lock.ground()).map_err(|error| error.to_string())?;
            let plane = plane.ok_or("its pictures have another size than was enrolled: enrol it anew")?;
            let verdict = lock.judge(&plane);
            angle.notice(&verdict);
            right = if matches!(verdict, Verdict::Same(_)) { right + 1 } else { 0 };
            let afar = verdict.seen().fit.or_else(|| lock.far(&plane));
            heard = say(&Answer::Aim(aimed(&verdict, afar, right == RIGHT)));
            if heard.is_err() {
                // Whoever looked went away.
                break;
            }
            wait(house, begun.plus(GLANCE));
        }
        Ok(())
    });
    heard.map(|()| done)
}

fn aimed(verdict: &Verdict, fit: Option<Fit>, right: bool) -> Aimed {
    let seen = verdict.seen();
    let word = match verdict {
        Verdict::Same(_) => "same",
        Verdict::Moved(_) => "moved",
        Verdict::Unverifiable(_) => "unverifiable",
    };
    let words = match fit {
        Some(fit) => lineshot_angle::Seen { fit: Some(fit), ..seen.clone() }.in_words(),
        None => seen.in_words(),
    };
    Aimed {
        verdict: word.to_owned(),
        fit: fit.map(|fit| [fit.right, fit.down, fit.turn, fit.zoom, fit.corner]),
        found: [seen.found, seen.of],
        words,
        right,
    }
}

/// By the bench permit: watches the view for some minutes, and gives what never moved, as the text of its file.
pub(super) fn enrol(
    asked: &Enrol,
    uid: u32,
    house: &House,
    say: &mut impl FnMut(&Answer) -> io::Result<()>,
) -> io::Result<Result<(), String>> {
    if !(10..=900).contains(&asked.seconds) {
        return Ok(Err(
            "an enrolment takes 10 to 900 seconds: five minutes of the moving line are good".into()
        ));
    }
    let of = Asked { station: asked.station.clone(), view: asked.view.clone() };
    let mut heard = Ok(());
    let done = at_the_bench(&of, "enrol", uid, house, |station, view| {
        let name = format!("{}/{}", station.id, view.id);
        let enrolment = watch(view, Duration::from_secs(u64::from(asked.seconds)), house, &mut |seen| {
            heard = say(&Answer::Text(format!("{name}: {seen} pictures seen")));
            heard.is_ok()
        })?;
        let at = rfc3339(house.clock.wall());
        let enrolled =
            enrolment.finish(&name, &asked.name, &at).map_err(|error| format!("{name}: {error}"))?;
        let new = enrolled.references;
        let all = match view.angle.as_ref().filter(|_| asked.keep).and_then(|angle| angle.lock()) {
            Some(lock) => lock.references().clone().with(new).map_err(|error| error.to_string())?,
            None if asked.keep => {
                return Err(format!("{name} has no references that could be kept: leave out --keep"));
            }
            None => new,
        };
        let mut told =
            vec![format!("{name}: {} anchors, {} of them beside masks", enrolled.anchors, enrolled.guards)];
        for mask in all.unguarded() {
            told.push(format!(
                "WARNING: too little around the mask {mask:?} can be watched: a camera that is moved aside, so that only what \
                 is near changes there, may not be noticed"
            ));
        }
        if !enrolled.anything_moved {
            told.push(
                "WARNING: nothing moved while it was watched: enrol it while vehicles come and go, so that no anchor lies on \
                 one"
                .to_owned(),
            );
        }
        Ok((told, all.text()))
    });
    let (told, text) = match (heard, done) {
        (Err(error), _) => return Err(error),
        (Ok(()), Err(no)) => return Ok(Err(no)),
        (Ok(()), Ok(found)) => found,
    };
    for line in told {
        say(&Answer::Text(line))?;
    }
    for part in text.as_bytes().chunks(PART) {
        say(&Answer::Part(STANDARD.encode(part)))?;
    }
    Ok(Ok(()))
}

/// Looks at a view for so long. `word` is told from time to time how many pictures were seen; it may end all.
fn watch(
    view: &View,
    length: Duration,
    house: &House,
    word: &mut dyn FnMut(usize) -> bool,
) -> Result<Enrolment, String> {
    let between = (length / PICTURES).max(OFTEN);
    let mut enrolment = Enrolment::new(view.ground.clone());
    let (begun, mut said) = (house.clock.mono(), house.clock.mono());
    let mut at = begun;
    while at.since(begun) < length {
        go_on(house)?;
        // A picture that fails is one fewer.
        if let Ok(picture) = bench::picture(view, at)
            && let Some(plane) = Plane::of(&picture, &view.ground).map_err(|error| error.to_string())?
        {
            enrolment.add(plane);
        }
        if house.clock.mono().since(said) >= WORD {
            said = house.clock.mono();
            if !word(enrolment.pictures()) {
                return Err("whoever asked went away".to_owned());
            }
        }
        at = at.plus(between).max(house.clock.mono());
        wait(house, at);
    }
    Ok(enrolment)
}

/// Nobody looks through a camera once photographs are stopped.
fn go_on(house: &House) -> Result<(), String> {
    match house.halt.state(&house.front, house.clock.wall()) {
        StopState::Stopped => Err("photographs were stopped: nobody looks any more".to_owned()),
        _ => Ok(()),
    }
}

fn wait(house: &House, until: Mono) {
    let left = until.since(house.clock.mono());
    if !left.is_zero() {
        std::thread::park_timeout(left);
    }
}
