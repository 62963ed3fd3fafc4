//! One person at one view, until they end it.
//!
//! Holds: before anything of the camera is shown, the permission is asked anew, and the agent says that the station is
//! closed and nobody has stopped photographs; a raw still is in the ledger before it is taken.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lineshot_config::{AgentSettings, CameraSetting, Station, View};
use lineshot_domain::Clock;
use lineshot_picture::Still;
use lineshot_proof::Proven;

use crate::darkroom::develop;
use crate::draft::{Camera, Draft, chosen};
use crate::edit::redrawn;
use crate::eye::{Blind, Eye};
use crate::lease::{Lease, LeaseError};
use crate::looker::{Looker, NoLook};
use crate::save::{self, Line, Prepared};
use crate::warnings::{Warning, warnings};

/// For how long a simulated arrival looks for frames at the most.
const LONGEST: Duration = Duration::from_secs(60);

/// What does not change while it goes on.
pub(crate) struct Session {
    pub(crate) place: Place,
    pub(crate) looker: Looker,
    pub(crate) clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
    over: tokio::sync::watch::Sender<bool>,
}

/// Which view, and where its file is.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) config: PathBuf,
    pub(crate) file: PathBuf,
    pub(crate) station: String,
    pub(crate) view: String,
    pub(crate) out: PathBuf,
}

struct Inner {
    lease: Lease,
    eye: Eye,
    /// The file as it was read, and what it says.
    text: String,
    before: Draft,
    /// The camera that is looked through.
    camera: Camera,
    stills: u32,
    arrivals: u32,
    pictures: Vec<Proven>,
}

/// Why something is not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum No {
    #[error("it is over: the station is open again")]
    Over,
    #[error(transparent)]
    Look(#[from] NoLook),
    #[error(transparent)]
    Lease(#[from] LeaseError),
    #[error(transparent)]
    Blind(#[from] Blind),
    #[error(transparent)]
    Dark(#[from] crate::darkroom::Dark),
    #[error(transparent)]
    Edit(#[from] crate::edit::EditError),
    #[error("{0}")]
    Settings(String),
    #[error(transparent)]
    Save(#[from] save::SaveError),
    #[error("look at the difference once more: it is not what was shown")]
    Unseen,
    #[error("every warning must be confirmed first")]
    Unconfirmed,
}

impl No {
    /// The error with its causes, in one line.
    pub(crate) fn told(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        text
    }
}

/// The view as it would be with a draft.
struct Supposed {
    text: String,
    station: Station,
    view: View,
}

/// What a simulated arrival gave.
pub(crate) struct Arrived {
    pub(crate) number: u32,
    pub(crate) waited: Duration,
    pub(crate) sizes: Vec<(u32, u32, usize, String)>,
}

/// What saving would change.
pub(crate) struct Difference {
    pub(crate) lines: Vec<Line>,
    pub(crate) version: String,
    pub(crate) is_same: bool,
    pub(crate) problem: Option<String>,
    pub(crate) warnings: Vec<Warning>,
}

impl Session {
    /// Closes the station, and reads its file.
    ///
    /// # Errors
    /// [`No`].
    pub(crate) fn begin(
        place: Place,
        looker: Looker,
        settings: &AgentSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Session, No> {
        let text = std::fs::read_to_string(&place.file)
            .map_err(|error| No::Settings(format!("{} cannot be read: {error}", place.file.display())))?;
        let (station, view) = chosen(settings, &place.station, Some(&place.view)).map_err(No::Settings)?;
        let before = Draft::of(station, view);
        let lease = Lease::begin(settings.socket.clone(), &place.station, looker.person())?;
        let eye = Eye::new(format!("{}/{}", place.station, place.view), clock.clone());
        let camera = before.camera.clone();
        let inner = Inner { lease, eye, text, before, camera, stills: 0, arrivals: 0, pictures: Vec::new() };
        let (over, _) = tokio::sync::watch::channel(false);
        Ok(Session { place, looker, clock, inner: Mutex::new(inner), over })
    }

    /// What the page begins with.
    pub(crate) fn told(&self) -> (Draft, Duration) {
        let inner = self.lock();
        (inner.before.clone(), inner.eye.left())
    }

    /// The settings of the station as its file says them now.
    pub(crate) fn station(&self) -> Result<(Station, View), No> {
        let inner = self.lock();
        let supposed = self.supposed(&inner, &inner.before)?;
        Ok((supposed.station, supposed.view))
    }

    /// A raw still. `now`: the moment as it stands across it.
    pub(crate) fn still(&self, now: &str) -> Result<Still, No> {
        let mut inner = self.lock();
        self.may_look(&mut inner)?;
        inner.eye.may_still()?;
        let source = self.source(&inner)?;
        inner.stills += 1;
        let Place { station, view, .. } = &self.place;
        let number = inner.stills;
        inner.lease.note(&format!("raw still {number} of view {view}"))?;
        let caption = format!("{}  {station}/{view}  {now}", self.looker.person());
        Ok(inner.eye.still(&source, &caption)?)
    }

    /// The frame that is drawn on, as it would be shown.
    pub(crate) fn covered(&self, draft: &Draft) -> Result<Vec<u8>, No> {
        let mut inner = self.lock();
        self.may_look(&mut inner)?;
        let supposed = self.supposed(&inner, draft)?;
        let frame = inner.eye.drawn_on(&source(&supposed.view))?;
        let pictures = develop(frame, &supposed.view, &[], self.looker.is_trial())?;
        Ok(pictures.first().map(|picture| picture.as_bytes().to_vec()).unwrap_or_default())
    }

    /// Looks at another camera, and says which size it delivers; from now on it is looked through.
    pub(crate) fn camera(&self, camera: Camera) -> Result<String, No> {
        let mut inner = self.lock();
        self.may_look(&mut inner)?;
        let before = std::mem::replace(&mut inner.camera, camera);
        let size = self.source(&inner).and_then(|source| Ok(inner.eye.size(&source)?));
        match size {
            Ok((width, height)) => {
                inner.camera.size = format!("{width}x{height}");
                Ok(inner.camera.size.clone())
            }
            Err(no) => {
                inner.camera = before;
                Err(no)
            }
        }
    }

    /// What a car that arrived now would give.
    pub(crate) fn arrival(&self, draft: &Draft) -> Result<Arrived, No> {
        let mut inner = self.lock();
        self.may_look(&mut inner)?;
        let supposed = self.supposed(&inner, draft)?;
        let arrived = self.clock.mono();
        let from = arrived.plus(supposed.view.delay);
        // Nobody at a page waits for ten minutes, and who ends it waits as long.
        let within = supposed.view.within.min(LONGEST);
        let (frame, exposed) = inner.eye.frame(&source(&supposed.view), from, within)?;
        let view = &supposed.view;
        inner.pictures = develop(frame, view, &view.sizes, self.looker.is_trial())?;
        inner.arrivals += 1;
        let of = |picture: &Proven| {
            let size = picture.size();
            (size.width(), size.height(), picture.as_bytes().len(), picture.sha256_hex())
        };
        let sizes = inner.pictures.iter().map(of).collect();
        Ok(Arrived { number: inner.arrivals, waited: exposed.since(arrived), sizes })
    }

    /// A picture of the latest simulated arrival.
    pub(crate) fn picture(&self, number: u32, index: usize) -> Option<Vec<u8>> {
        let inner = self.lock();
        let picture = inner.pictures.get(index).filter(|_| inner.arrivals == number);
        picture.map(|picture| picture.as_bytes().to_vec())
    }

    /// What saving would change, and what is to be looked at first.
    pub(crate) fn difference(&self, draft: &Draft) -> Result<Difference, No> {
        let mut inner = self.lock();
        self.compared(&mut inner, draft)
    }

    fn compared(&self, inner: &mut Inner, draft: &Draft) -> Result<Difference, No> {
        let new = redrawn(&inner.text, &self.place.view, &inner.before, draft)?;
        let lines = save::difference(&inner.text, &new);
        let (version, is_same) = (save::version(&new), new == inner.text);
        let (problem, warnings) = match self.supposed(inner, draft) {
            Ok(supposed) => {
                self.may_look(inner)?;
                let frame = inner.eye.drawn_on(&source(&supposed.view))?;
                let pictures = develop(frame, &supposed.view, &[], self.looker.is_trial())?;
                (None, warnings(&supposed.view, pictures.first()))
            }
            Err(No::Settings(problem)) => (Some(problem), Vec::new()),
            Err(no) => return Err(no),
        };
        Ok(Difference { lines, version, is_same, problem, warnings })
    }

    /// Saves what was shown as the difference, and prepares its release.
    pub(crate) fn save(
        &self,
        draft: &Draft,
        seen: &str,
        confirmed: &[String],
    ) -> Result<Result<Prepared, String>, No> {
        let mut inner = self.lock();
        let difference = self.compared(&mut inner, draft)?;
        if let Some(problem) = difference.problem {
            return Err(No::Settings(problem));
        }
        if difference.version != seen {
            return Err(No::Unseen);
        }
        let is_confirmed = |warning: &Warning| confirmed.iter().any(|code| code == warning.code);
        if !difference.warnings.iter().all(is_confirmed) {
            return Err(No::Unconfirmed);
        }
        let supposed = self.supposed(&inner, draft)?;
        save::save(&self.place.file, &inner.text, &supposed.text)?;
        let changed = if difference.is_same { "saved without a change" } else { "saved" };
        inner.before = Draft::of(&supposed.station, &supposed.view);
        inner.text = supposed.text;
        inner.lease.note(&format!("view {} {changed}, version {seen}", self.place.view))?;
        Ok(save::prepare(&self.place.config, &self.place.station, &self.place.out))
    }

    /// Everything raw is gone, and the station opens.
    pub(crate) fn end(&self) {
        self.over.send_replace(true);
        let mut inner = self.lock();
        inner.eye.close();
        inner.pictures.clear();
        inner.lease.end();
    }

    pub(crate) fn is_over(&self) -> bool {
        *self.over.borrow()
    }

    /// Returns when somebody has ended it.
    pub(crate) async fn until_over(&self) {
        let mut over = self.over.subscribe();
        let _sender_is_here = over.wait_for(|over| *over).await;
    }

    fn may_look(&self, inner: &mut Inner) -> Result<(), No> {
        if self.is_over() {
            return Err(No::Over);
        }
        self.looker.may_look(self.clock.wall())?;
        Ok(inner.lease.holds()?)
    }

    fn supposed(&self, inner: &Inner, draft: &Draft) -> Result<Supposed, No> {
        let Place { config, file, station, view, .. } = &self.place;
        let text = redrawn(&inner.text, view, &inner.before, draft)?;
        let planned = [(file.clone(), text.clone())];
        let settings = AgentSettings::supposed(config, &planned).map_err(|problems| {
            No::Settings(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        })?;
        let (station, view) = chosen(&settings, station, Some(view)).map_err(No::Settings)?;
        Ok(Supposed { text, station: station.clone(), view: view.clone() })
    }

    /// The camera alone: what was drawn for another frame is no reason not to look through it.
    fn source(&self, inner: &Inner) -> Result<(CameraSetting, Duration), No> {
        let camera = inner.camera.clone();
        let draft = Draft { camera, crop: None, sizes: Vec::new(), ..inner.before.clone() };
        Ok(source(&self.supposed(inner, &draft)?.view))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn source(view: &View) -> (CameraSetting, Duration) {
    (view.camera.clone(), view.latency)
}
