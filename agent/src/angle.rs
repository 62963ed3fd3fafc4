//! A view's angle: each picture is judged before it counts, and what is found is remembered from vehicle to vehicle.
//!
//! Holds: a view with a lock takes no picture but of the enrolled angle; one whose references are missing, or are not those
//! that its file names, takes none.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lineshot_angle::{Drift, Ground, Lock, Plane, References, Seen, Track, Trend, Verdict};
use lineshot_config as config;
use lineshot_domain::{Reason, StationId};
use lineshot_picture::Plan;
use lineshot_proof::Proven;
use sha2::{Digest as _, Sha256};

/// Why a view's angle cannot be checked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AngleError {
    /// `lineshot enrol` was not run.
    #[error(
        "the view was never enrolled: run `lineshot enrol`, which writes `lock.references` into the station's file"
    )]
    Unenrolled,
    /// The file is not there, or may not be read.
    #[error("{path} cannot be read: copy it again, or enrol the view anew")]
    Unread {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another file than was enrolled.
    #[error("{0} is not the file that `lock.references` names: copy it again, or enrol the view anew")]
    Other(PathBuf),
    /// What it says cannot be used.
    #[error("{path} cannot be used")]
    Useless {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: lineshot_angle::ReferenceError,
    },
    /// The tolerance cannot be used.
    #[error("the view's `lock` cannot be used")]
    Lock(#[source] lineshot_angle::LockError),
}

/// A view's angle.
#[derive(Debug)]
pub(crate) struct Angle {
    /// What it was made of: as long as that stays, so does what is known of the camera.
    setting: config::Lock,
    ground: Ground,
    lock: Result<Lock, AngleError>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    track: Track,
    trend: Trend,
}

/// The file of a view's references.
pub(crate) fn file(folder: &Path, station: &StationId, view: &config::View) -> PathBuf {
    folder.join("references").join(station.as_str()).join(format!("{}.toml", view.id))
}

impl Angle {
    /// Of a view whose pictures `plan` makes, by its references below the configuration's folder.
    pub(crate) fn of(
        setting: &config::Lock,
        (folder, station, view): (&Path, &StationId, &config::View),
        plan: &Plan,
    ) -> Angle {
        let ground = ground(view, plan);
        let name = format!("{station}/{}", view.id);
        let lock = read(setting, &file(folder, station, view), &name, &ground);
        Angle { setting: setting.clone(), ground, lock, known: Mutex::default() }
    }

    /// The same angle after the configuration was read anew, if nothing about it changed.
    pub(crate) fn keeps(&self, other: &Angle) -> bool {
        self.setting == other.setting && self.ground == other.ground && other.lock.is_ok()
    }

    /// Why it cannot be checked.
    pub(crate) fn fault(&self) -> Option<&AngleError> {
        self.lock.as_ref().err()
    }

    /// How it is checked, for who signs.
    pub(crate) fn told(&self) -> String {
        let lock = match &self.lock {
            Ok(lock) => lock,
            Err(fault) => return format!("cannot be checked, so that the view takes no picture: {fault}"),
        };
        let references = lock.references();
        let names: Vec<&str> = references.names().collect();
        let mut told =
            format!("checked, within {} px of 1080 lines, against: {}", lock.tolerance(), names.join(", "));
        for mask in references.unguarded() {
            told.push_str(&format!(
                "; WARNING: too little around the mask {mask:?} is watched, so that a camera that is moved aside may go \
                 unnoticed there"
            ));
        }
        told
    }

    /// What it is checked by.
    pub(crate) fn lock(&self) -> Option<&Lock> {
        self.lock.as_ref().ok()
    }

    /// What a picture says of the angle, without a word on whether it counts.
    ///
    /// # Errors
    /// [`Reason`]: it cannot be judged.
    pub(crate) fn judge(&self, picture: &Proven) -> Result<Verdict, Reason> {
        let lock = self.lock.as_ref().map_err(|_| Reason::ViewUnenrolled)?;
        let plane = Plane::of(picture, lock.ground()).map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a proven picture could not be looked at"
            );
            Reason::Picture
        })?;
        plane.map(|plane| lock.judge(&plane)).ok_or(Reason::Picture)
    }

    /// Whether the picture may be used, by what was seen of the angle before and now.
    ///
    /// # Errors
    /// [`Reason`]: it may not.
    pub(crate) fn admits(&self, picture: &Proven) -> Result<(), Reason> {
        let verdict = self.judge(picture)?;
        tracing::debug!(seen = verdict.seen().in_words(), "the angle was judged");
        let mut known = self.known();
        if known.track.take(&verdict) {
            known.trend.take(verdict.seen());
            return Ok(());
        }
        Err(if known.track.moved().is_some() { Reason::ViewMoved } else { Reason::ViewUnverifiable })
    }

    /// A picture that nobody uses says where the camera points, too.
    pub(crate) fn notice(&self, verdict: &Verdict) {
        self.known().track.take(verdict);
    }

    /// What was seen of a camera that was moved.
    pub(crate) fn moved(&self) -> Option<Seen> {
        self.known().track.moved().cloned()
    }

    /// What gets worse.
    pub(crate) fn drift(&self) -> Option<Drift> {
        self.known().trend.drift(self.lock.as_ref().ok()?.tolerance())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A view's pictures as their angle is compared.
pub(crate) fn ground(view: &config::View, plan: &Plan) -> Ground {
    Ground::new(&view.scene, view.crop, plan.band())
}

fn read(setting: &config::Lock, path: &Path, name: &str, ground: &Ground) -> Result<Lock, AngleError> {
    let Some(hash) = &setting.references else { return Err(AngleError::Unenrolled) };
    let unread = |source| AngleError::Unread { path: path.to_owned(), source };
    let bytes = fs::read(path).map_err(unread)?;
    if hex::encode(Sha256::digest(&bytes)) != *hash {
        return Err(AngleError::Other(path.to_owned()));
    }
    let useless = |source| AngleError::Useless { path: path.to_owned(), source };
    let references = References::read(&String::from_utf8_lossy(&bytes), name, ground).map_err(useless)?;
    Lock::new(references, ground.clone(), setting.tolerance).map_err(AngleError::Lock)
}

/// For people: what gets worse, and what to do.
pub(crate) fn sentence(drift: Drift) -> &'static str {
    match drift {
        Drift::Shift => {
            "the camera drifts away from its angle: fasten it, and put it straight with `lineshot aim`"
        }
        Drift::Focus => "its pictures get less sharp: clean the lens, look at its focus",
        Drift::Recognition => {
            "less and less of the scene is recognised: clean the lens, look at the light and at what was put in the way"
        }
    }
}
