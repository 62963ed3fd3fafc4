//! The camera as it is looked through here: few frames, and for a while.
//!
//! Holds: for half an hour from the start a frame is taken for drawing or for a simulated arrival, at most one in five
//! seconds; the one that is kept for drawing is wiped with the next, and when the half hour is over. Else a frame is taken
//! only to be covered as the file said when this began. Whoever waits for a frame stops waiting when it is over.

use std::sync::Arc;
use std::time::Duration;

use lineshot_camera::Camera;
use lineshot_config::CameraSetting;
use lineshot_domain::{Clock, Mono};
use lineshot_picture::{Frame, Negative, Still};
use tokio::sync::watch;

/// Between two stills.
const PAUSE: Duration = Duration::from_secs(5);
/// For how long there are stills.
const STILLS: Duration = Duration::from_secs(30 * 60);
/// Between two frames that are covered as the file says.
const COVERED: Duration = Duration::from_secs(2);
/// So often it is looked whether it is over.
const SLICE: Duration = Duration::from_millis(500);
/// A camera that gives frames does so within its own patience; one that is just being opened needs longer.
const PATIENCE: Duration = Duration::from_secs(12);

/// What a camera is opened by.
type Source = (CameraSetting, Duration);

pub(crate) struct Eye {
    name: String,
    clock: Arc<dyn Clock>,
    began: Mono,
    camera: Option<(Source, Camera)>,
    negative: Option<Negative>,
    last: Option<Mono>,
    covered: Option<Mono>,
    over: watch::Receiver<bool>,
}

/// Why nothing is seen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Blind {
    #[error("one still in five seconds: wait {0} s")]
    TooSoon(u64),
    #[error("one covered picture in two seconds: wait a moment")]
    Wait,
    #[error("take a still first: what shows more than the file did when this began is seen on a still alone")]
    NoStill,
    #[error("it is over")]
    Ended,
    #[error("the half hour for raw stills is over: covered pictures are still shown; for more begin anew")]
    Over,
    #[error("the camera cannot be opened: {0}")]
    Open(String),
    #[error("{0}")]
    Camera(String),
    #[error("the frame cannot be used")]
    Still(#[from] lineshot_picture::StillError),
}

impl Eye {
    pub(crate) fn new(name: String, clock: Arc<dyn Clock>, over: watch::Receiver<bool>) -> Eye {
        let began = clock.mono();
        Eye { name, clock, began, camera: None, negative: None, last: None, covered: None, over }
    }

    /// How long there are still stills.
    pub(crate) fn left(&self) -> Duration {
        STILLS.saturating_sub(self.clock.mono().since(self.began))
    }

    /// From when on a frame may be taken for an arrival that looks from `from` on; it is taken then.
    ///
    /// # Errors
    /// [`Blind::Over`].
    pub(crate) fn may_arrive(&mut self, from: Mono) -> Result<Mono, Blind> {
        self.is_in_time()?;
        let from = self.last.map_or(from, |last| from.max(last.plus(PAUSE)));
        self.last = Some(from);
        Ok(from)
    }

    /// Whether a frame may be taken to be covered as the file said.
    ///
    /// # Errors
    /// [`Blind::Wait`].
    pub(crate) fn may_cover(&mut self) -> Result<(), Blind> {
        let now = self.clock.mono();
        if self.covered.is_some_and(|last| now.since(last) < COVERED) {
            return Err(Blind::Wait);
        }
        self.covered = Some(now);
        Ok(())
    }

    /// The frame that is drawn on.
    pub(crate) fn drawn_on(&mut self) -> Option<Frame> {
        self.wipe_in_time();
        self.negative.as_ref().map(Negative::frame)
    }

    fn is_in_time(&mut self) -> Result<(), Blind> {
        self.wipe_in_time();
        if self.left().is_zero() { Err(Blind::Over) } else { Ok(()) }
    }

    /// Called all the time.
    pub(crate) fn wipe_in_time(&mut self) {
        if self.left().is_zero() {
            self.negative = None;
        }
    }

    /// What was taken is not kept.
    pub(crate) fn wipe(&mut self) {
        self.negative = None;
    }

    /// Whether a still may be taken now.
    ///
    /// # Errors
    /// [`Blind::Over`], [`Blind::TooSoon`].
    pub(crate) fn may_still(&mut self) -> Result<(), Blind> {
        self.is_in_time()?;
        let now = self.clock.mono();
        let wait = self.last.map_or(Duration::ZERO, |last| PAUSE.saturating_sub(now.since(last)));
        if !wait.is_zero() {
            return Err(Blind::TooSoon(wait.as_millis().div_ceil(1000) as u64));
        }
        self.last = Some(now);
        Ok(())
    }

    /// A new still, with this across it; its frame is kept for drawing.
    ///
    /// # Errors
    /// [`Blind`].
    pub(crate) fn still(&mut self, source: &Source, caption: &str) -> Result<Still, Blind> {
        self.negative = None;
        let negative = Negative::of(self.new_frame(source)?);
        let still = negative.still(caption)?;
        self.negative = Some(negative);
        Ok(still)
    }

    /// A frame of now.
    ///
    /// # Errors
    /// [`Blind`].
    pub(crate) fn new_frame(&mut self, source: &Source) -> Result<Frame, Blind> {
        let now = self.clock.mono();
        Ok(self.frame(source, now, PATIENCE)?.0)
    }

    /// The first frame exposed from then on, and when it was.
    ///
    /// # Errors
    /// [`Blind`].
    pub(crate) fn frame(
        &mut self,
        source: &Source,
        from: Mono,
        within: Duration,
    ) -> Result<(Frame, Mono), Blind> {
        self.open(source)?;
        let until = from.plus(within);
        loop {
            if *self.over.borrow() {
                return Err(Blind::Ended);
            }
            let slice = self.clock.mono().max(from).plus(SLICE).min(until);
            match self.open(source)?.next_after(from, slice) {
                Ok(shot) => return Ok((shot.frame, shot.exposure.earliest())),
                Err(_) if slice < until => {}
                Err(error) => {
                    let cause = std::error::Error::source(&error).map(|cause| format!(" ({cause})"));
                    let (fault, mend) = (error.fault(), error.reason().mend());
                    return Err(Blind::Camera(format!("{fault}{}. {mend}", cause.unwrap_or_default())));
                }
            }
        }
    }

    /// The size of what a camera delivers.
    ///
    /// # Errors
    /// [`Blind`].
    pub(crate) fn size(&mut self, source: &Source) -> Result<(u32, u32), Blind> {
        self.negative = None;
        let size = Negative::of(self.new_frame(source)?).size()?;
        Ok((size.width(), size.height()))
    }

    /// Everything raw is gone.
    pub(crate) fn close(&mut self) {
        self.negative = None;
        self.camera = None;
    }

    fn open(&mut self, source: &Source) -> Result<&Camera, Blind> {
        let is_open = self.camera.as_ref().is_some_and(|(open, _)| open == source);
        if !is_open {
            self.close();
            let opened = lineshot_agent::source(&source.0, source.1)
                .map_err(|error| Blind::Open(format!("{error:#}")))?;
            let camera = Camera::start(self.name.clone(), opened, self.clock.clone());
            camera.keep(true);
            self.camera = Some((source.clone(), camera));
        }
        let (_, camera) = self.camera.as_ref().expect("it was opened just now, or before");
        Ok(camera)
    }
}
