//! One person at one view, until they end it.
//!
//! Holds: before and after anything is taken from the camera, the permission is asked anew, and the agent says that the
//! station is closed and nobody has stopped photographs; each frame that is shown, raw or covered, is in the ledger before
//! it is taken. What shows more than was signed (or, before the first release, than the file did when this began) has the
//! person's name across it, and is no larger than a still if nearly all is shown.

mod saving;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lineshot_config::{AgentSettings, CameraSetting, Station, View};
use lineshot_domain::Clock;
use lineshot_picture::{Still, WIDEST};
use lineshot_release::compare;

use crate::darkroom::{Picture, develop};
use crate::draft::{Camera, Draft, chosen};
use crate::edit::redrawn;
use crate::eye::{Blind, Eye};
use crate::lease::{Lease, LeaseError};
use crate::looker::{Looker, NoLook};
use crate::save;
use crate::warnings::is_nearly_open;

/// For how long a simulated arrival looks for frames at the most.
const LONGEST: Duration = Duration::from_secs(60);

/// What does not change while it goes on.
pub(crate) struct Session {
    pub(crate) place: Place,
    pub(crate) looker: Looker,
    pub(crate) clock: Arc<dyn Clock>,
    /// What may be shown as it is.
    baseline: Station,
    lease: Mutex<Lease>,
    inner: Mutex<Inner>,
    /// Of the latest simulated arrival: its number, and what is shown of it.
    pictures: Mutex<(u32, Vec<Shown>)>,
    over: tokio::sync::watch::Sender<bool>,
}

/// A picture on its way to the page.
#[derive(Clone)]
pub(crate) enum Shown {
    /// As it would be delivered.
    Whole(Arc<[u8]>),
    /// With the person's name across it.
    Captioned(Arc<Still>),
}

impl AsRef<[u8]> for Shown {
    fn as_ref(&self) -> &[u8] {
        match self {
            Shown::Whole(bytes) => bytes,
            Shown::Captioned(still) => (**still).as_ref(),
        }
    }
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
    eye: Eye,
    /// The file as it was read, and what it says.
    text: String,
    before: Draft,
    /// The camera that is looked through.
    camera: Camera,
    stills: u32,
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
    #[error("first look through this camera: `Use this camera`")]
    Camera,
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
        let (over, is_over) = tokio::sync::watch::channel(false);
        let eye = Eye::new(format!("{}/{}", place.station, place.view), clock.clone(), is_over);
        let camera = before.camera.clone();
        let baseline = looker.signed(clock.wall()).unwrap_or_else(|| station.clone());
        let inner = Mutex::new(Inner { eye, text, before, camera, stills: 0 });
        let (lease, pictures) = (Mutex::new(lease), Mutex::default());
        Ok(Session { place, looker, clock, baseline, lease, inner, pictures, over })
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

    /// A raw still.
    pub(crate) fn still(&self) -> Result<Still, No> {
        let mut inner = self.lock();
        self.may_look()?;
        inner.eye.may_still()?;
        let source = self.source(&inner)?;
        inner.stills += 1;
        self.note(&format!("raw still {} of view {}", inner.stills, self.place.view))?;
        let still = inner.eye.still(&source, &self.caption())?;
        if let Err(no) = self.may_look() {
            inner.eye.wipe();
            return Err(no);
        }
        Ok(still)
    }

    /// The frame that is drawn on, as it would be shown; without one, one of now, if no more than before is shown of it.
    pub(crate) fn covered(&self, draft: &Draft) -> Result<Shown, No> {
        let mut inner = self.lock();
        self.may_look()?;
        let supposed = self.looked_through(&inner, draft)?;
        let is_known = self.is_known(&supposed);
        let frame = match inner.eye.drawn_on() {
            Some(frame) => frame,
            None if is_known => {
                inner.eye.may_cover()?;
                self.note(&format!("covered picture of view {}", self.place.view))?;
                inner.eye.new_frame(&source(&supposed.view))?
            }
            None => return Err(Blind::NoStill.into()),
        };
        let pictures = develop(frame, &supposed.view, &[], self.looker.is_trial())?;
        self.may_look()?;
        let first = pictures.first().ok_or(No::Over)?;
        self.shown(first, &supposed, is_known)
    }

    /// Looks at another camera, and says which size it delivers; from now on it is looked through.
    pub(crate) fn camera(&self, camera: Camera) -> Result<String, No> {
        let mut inner = self.lock();
        self.may_look()?;
        let (kind, address) = (&camera.kind, &camera.address);
        self.note(&format!("looks through {kind} {address}"))?;
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
        self.may_look()?;
        let supposed = self.looked_through(&inner, draft)?;
        let is_known = self.is_known(&supposed);
        let arrived = self.clock.mono();
        let from = inner.eye.may_arrive(arrived.plus(supposed.view.delay))?;
        self.note(&format!("simulated arrival at view {}", self.place.view))?;
        // Nobody at a page waits for ten minutes.
        let within = supposed.view.within.min(LONGEST);
        let (frame, exposed) = inner.eye.frame(&source(&supposed.view), from, within)?;
        let pictures = develop(frame, &supposed.view, &supposed.view.sizes, self.looker.is_trial())?;
        self.may_look()?;
        let mut shown = Vec::new();
        for picture in &pictures {
            shown.push(self.shown(picture, &supposed, is_known)?);
        }
        let of = |picture: &Picture| {
            let (size, proven) = (picture.proven.size(), &picture.proven);
            (size.width(), size.height(), proven.as_bytes().len(), proven.sha256_hex())
        };
        let sizes = pictures.iter().map(of).collect();
        let mut latest = locked(&self.pictures);
        *latest = (latest.0 + 1, shown);
        Ok(Arrived { number: latest.0, waited: exposed.since(arrived), sizes })
    }

    /// A picture of the latest simulated arrival.
    pub(crate) fn picture(&self, number: u32, index: usize) -> Option<Shown> {
        let latest = locked(&self.pictures);
        latest.1.get(index).filter(|_| latest.0 == number && !self.is_over()).cloned()
    }

    /// Everything raw is gone, and the station opens. Who waits for the camera stops waiting first.
    pub(crate) fn end(&self) {
        self.over.send_replace(true);
        locked(&self.pictures).1.clear();
        self.lock().eye.close();
        locked(&self.lease).end();
    }

    pub(crate) fn is_over(&self) -> bool {
        *self.over.borrow()
    }

    /// Returns when somebody has ended it.
    pub(crate) async fn until_over(&self) {
        let mut over = self.over.subscribe();
        let _sender_is_here = over.wait_for(|over| *over).await;
    }

    /// Called every second: after a restart of the agent the station is closed again, and nothing is kept too long. Says
    /// whether they still may look.
    pub(crate) fn beat(&self) -> bool {
        if let Ok(mut inner) = self.inner.try_lock() {
            inner.eye.wipe_in_time();
        }
        let _agent_may_be_away = locked(&self.lease).holds();
        self.looker.may_look(self.clock.wall()).is_ok()
    }

    fn may_look(&self) -> Result<(), No> {
        if self.is_over() {
            return Err(No::Over);
        }
        self.looker.may_look(self.clock.wall())?;
        Ok(locked(&self.lease).holds()?)
    }

    fn note(&self, text: &str) -> Result<(), No> {
        Ok(locked(&self.lease).note(text)?)
    }

    fn caption(&self) -> String {
        let now = jiff::Timestamp::from_millisecond(self.clock.wall().unix_ms()).unwrap_or_default();
        format!("{}  {}/{}  {now:.0}", self.looker.person(), self.place.station, self.place.view)
    }

    /// Whether nothing of the view is shown that was not before.
    fn is_known(&self, supposed: &Supposed) -> bool {
        compare(&self.baseline, &supposed.station).wider.iter().all(|wider| !wider.key.starts_with("view"))
    }

    fn shown(&self, picture: &Picture, supposed: &Supposed, is_known: bool) -> Result<Shown, No> {
        if is_known {
            return Ok(Shown::Whole(picture.proven.as_bytes().into()));
        }
        let widest = if is_nearly_open(&supposed.view) { WIDEST } else { picture.masked.size().width() };
        let still = picture.masked.captioned(widest, &self.caption()).map_err(Blind::Still)?;
        Ok(Shown::Captioned(Arc::new(still)))
    }

    /// The view of a draft whose camera is the one that is looked through.
    fn looked_through(&self, inner: &Inner, draft: &Draft) -> Result<Supposed, No> {
        if draft.camera != inner.camera {
            return Err(No::Camera);
        }
        self.supposed(inner, draft)
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
        locked(&self.inner)
    }
}

/// Whoever panicked with it left nothing half done that another could not go on from.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn source(view: &View) -> (CameraSetting, Duration) {
    (view.camera.clone(), view.latency)
}
