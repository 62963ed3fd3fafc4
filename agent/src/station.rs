//! A station made ready: its cameras running, its covers computed, its darkroom tested.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use lineshot_angle::Ground;
use lineshot_camera::{
    Camera, CameraError, CameraUrl, FileSource, Health, HttpSource, LineSource, Login, Mode, Password,
    Scheme, Shot, Source,
};
use lineshot_config as config;
use lineshot_domain::{
    Arrival, Caption, Clock, Crop, Mono, Reason, Rules, Scene, StationId, Stay, ViewId, Wall,
};
use lineshot_hall::{Hall, Position};
use lineshot_picture::{DevelopError, Frame, Mark, Plan};
use lineshot_proof::Proven;
use lineshot_spool::Place;
use lineshot_spool::contract::CoverText;
use lineshot_tls::Trust;

use crate::angle::{self, Angle};
use crate::desk;
use crate::plc::{self, Format};
use crate::releases::Judgement;

/// A station of this PC.
#[derive(Debug)]
pub(crate) struct Station {
    /// Its id.
    pub(crate) id: StationId,
    /// What says that a vehicle came or left.
    pub(crate) trigger: config::Trigger,
    /// What its messages look like.
    pub(crate) format: Format,
    /// When and for whom.
    pub(crate) rules: Rules,
    /// What cases are opened for.
    pub(crate) place: Place,
    /// Its camera angles.
    pub(crate) views: Vec<View>,
    /// Whether it may be photographed at all.
    pub(crate) judgement: Arc<Judgement>,
}

/// One camera angle, ready for frames.
#[derive(Debug)]
pub(crate) struct View {
    /// Its id.
    pub(crate) id: ViewId,
    /// Where frames come from.
    pub(crate) camera: Arc<dyn Eye>,
    /// The camera's setting and latency: as long as they stay, so does the camera.
    source: (config::CameraSetting, Duration),
    /// What is shown and covered.
    pub(crate) scene: Scene,
    /// The part of the frame that becomes the picture.
    pub(crate) crop: Crop,
    /// Covers, sizes and mark, computed.
    pub(crate) plan: Plan,
    /// What its pictures call what is covered in them.
    pub(crate) masks: String,
    /// Whether pictures may go out in which a code can be read.
    allows_codes: bool,
    /// How its angle is checked; `None`: it is not.
    pub(crate) angle: Option<Arc<Angle>>,
    /// What its angle is compared by, also while it is not checked.
    pub(crate) ground: Ground,
    /// Whether a noise frame went through darkroom and proof.
    pub(crate) tested: bool,
    delay: Duration,
    within: Duration,
    /// From the receipt: an event may be `max_age` old by then, and the vehicle be there as long.
    dwell: Option<Duration>,
}

impl Station {
    /// Starts the cameras and tests the darkroom of every view. A camera of the station `before` goes on if its
    /// setting is the same.
    ///
    /// # Errors
    /// A plan that cannot be computed or a camera's password that cannot be read.
    pub(crate) fn ready(
        (setting, agent): (&config::Station, &config::AgentSettings),
        before: Option<&Station>,
        clock: &Arc<dyn Clock>,
        is_trial: bool,
    ) -> anyhow::Result<Station> {
        let mark = if is_trial { Mark::Unreleased } else { Mark::None };
        let trigger = setting.trigger.clone();
        let views = setting
            .views
            .iter()
            .map(|view| View::ready((setting, &agent.folder), view, before, (clock, mark)))
            .collect::<anyhow::Result<Vec<View>>>()?;
        let place = Place {
            name: setting.name.clone(),
            views: views.iter().map(|view| view.id.clone()).collect(),
            dwell: trigger.dwell,
            ready: trigger.ready.as_ref().map(|topic| topic.as_str().to_owned()),
            keep: setting.rules.keep,
        };
        let (format, rules) = (format(&trigger), setting.rules.clone());
        let judgement = Arc::new(Judgement::pending(setting, agent));
        Ok(Station { id: setting.id.clone(), trigger, format, rules, place, views, judgement })
    }

    /// Whether a noise frame went through darkroom and proof of every view.
    pub(crate) fn is_tested(&self) -> bool {
        self.views.iter().all(|view| view.tested)
    }

    /// What a picture of a view says of itself.
    pub(crate) fn caption(
        &self,
        view: &View,
        taken: Wall,
        release: Option<String>,
        simulated: bool,
    ) -> Caption {
        Caption {
            station: self.id.clone(),
            view: view.id.clone(),
            date: self.rules.calendar.zone().date(taken),
            release,
            masks: view.masks.clone(),
            program: concat!("lineshot ", env!("CARGO_PKG_VERSION")).to_owned(),
            simulated,
        }
    }

    /// The view of this id.
    pub(crate) fn view(&self, id: &ViewId) -> Option<&View> {
        self.views.iter().find(|view| view.id == *id)
    }
}

impl View {
    fn ready(
        (station, folder): (&config::Station, &Path),
        view: &config::View,
        before: Option<&Station>,
        (clock, mark): (&Arc<dyn Clock>, Mark),
    ) -> anyhow::Result<View> {
        let name = format!("{}/{}", station.id, view.id);
        let plan = Plan::new(&view.scene, view.crop, &view.sizes, mark)
            .with_context(|| format!("the covers of view {name} cannot be computed"))?;
        let setting = (view.camera.clone(), view.latency);
        let open = before.and_then(|station| station.view(&view.id)).filter(|view| view.source == setting);
        let angle = view.lock.as_ref().map(|lock| {
            let angle = Angle::of(lock, (folder, &station.id, view), &plan);
            let known = open.and_then(|view| view.angle.clone()).filter(|known| known.keeps(&angle));
            known.unwrap_or_else(|| Arc::new(angle))
        });
        if let Some(fault) = angle.as_ref().and_then(|angle| angle.fault()) {
            let error = fault as &dyn std::error::Error;
            tracing::error!(view = name, error, "its angle cannot be checked, so it takes no picture");
        }
        let camera = match open {
            Some(view) => view.camera.clone(),
            None => eye(&name, view, clock)?,
        };
        let mut ready = View {
            id: view.id.clone(),
            camera,
            source: setting,
            scene: view.scene.clone(),
            crop: view.crop,
            angle,
            ground: angle::ground(view, &plan),
            plan,
            masks: CoverText::of(&view.scene, &view.crop).id(),
            allows_codes: view.allows_codes,
            tested: false,
            delay: view.delay,
            within: view.within,
            dwell: station.trigger.dwell.map(|dwell| dwell.saturating_sub(station.trigger.max_age)),
        };
        ready.tested = ready.stands_the_test(&name);
        Ok(ready)
    }

    /// When the arrived vehicle surely stands before this camera.
    pub(crate) fn stay(&self, arrival: &Arrival) -> Stay {
        Stay::new(arrival.received, self.delay, self.within, self.dwell)
    }

    /// The pictures, if they may be shown: of the permitted angle, and without a code that can be read.
    ///
    /// # Errors
    /// [`Reason`]: they may not.
    pub(crate) fn admits(&self, pictures: Vec<Proven>) -> Result<Vec<Proven>, Reason> {
        self.is_right(&pictures)?;
        if self.is_mute(&pictures) { Ok(pictures) } else { Err(Reason::CodeReadable) }
    }

    /// Whether nothing can be read in these pictures that must not be.
    fn is_mute(&self, pictures: &[Proven]) -> bool {
        // What cannot be decoded is not known to be mute.
        self.allows_codes
            || pictures.iter().all(|picture| matches!(lineshot_codes::is_readable(picture), Ok(false)))
    }

    /// Whether the camera looks along the permitted angle, where that is checked.
    ///
    /// # Errors
    /// [`Reason`]: it does not, or it cannot be told.
    fn is_right(&self, pictures: &[Proven]) -> Result<(), Reason> {
        let Some(angle) = &self.angle else { return Ok(()) };
        angle.admits(pictures.first().ok_or(Reason::Picture)?)
    }

    /// What a frame that cannot be developed says about the camera.
    pub(crate) fn reason(&self, error: &DevelopError) -> Reason {
        match error {
            DevelopError::Size { .. } => Reason::CameraSize,
            _ => Reason::CameraFrame,
        }
    }

    /// Noise, as pixels and as a camera compresses it, through darkroom and proof: a view that cannot cover noise takes
    /// no picture.
    fn stands_the_test(&self, name: &str) -> bool {
        let size = self.scene.frame();
        let failed = [Frame::noise(size, 1), Frame::compressed_noise(size, 1)]
            .into_iter()
            .find_map(|noise| desk::develop(noise, self, None).err());
        if let Some(reason) = failed {
            tracing::error!(
                view = name,
                reason = reason.code(),
                "the darkroom failed its self-test; this view stays closed"
            );
        }
        failed.is_none()
    }
}

/// What gives frames: a camera, or what stands for one.
pub(crate) trait Eye: std::fmt::Debug + Send + Sync {
    /// As [`Camera::next_after`].
    ///
    /// # Errors
    /// What is known of the camera.
    fn next_after(&self, from: Mono, until: Mono) -> Result<Shot, CameraError>;

    /// As [`Camera::keep`].
    fn keep(&self, warm: bool);

    /// As [`Camera::health`].
    fn health(&self) -> Health;
}

impl Eye for Camera {
    fn next_after(&self, from: Mono, until: Mono) -> Result<Shot, CameraError> {
        Camera::next_after(self, from, until)
    }

    fn keep(&self, warm: bool) {
        Camera::keep(self, warm);
    }

    fn health(&self) -> Health {
        Camera::health(self)
    }
}

/// What is to be said where there are none.
#[cfg(not(feature = "usb"))]
pub(crate) const NO_USB: &str =
    "this program was built without USB cameras: build it with the feature `usb`, or take the packaged one";

/// The running camera of a view.
fn eye(name: &str, view: &config::View, clock: &Arc<dyn Clock>) -> anyhow::Result<Arc<dyn Eye>> {
    #[cfg(test)]
    if let Some(eye) = crate::simulation::eye(name) {
        return Ok(eye);
    }
    let source = source(&view.camera, view.latency)
        .with_context(|| format!("the camera of view {name} cannot be used"))?;
    Ok(Arc::new(Camera::start(name.to_owned(), source, clock.clone())))
}

fn format(trigger: &config::Trigger) -> Format {
    match &trigger.format {
        config::Format::Text => Format::Text,
        config::Format::Json(fields) => {
            let pointer = |p: &Option<config::JsonPointer>| p.as_ref().map(|p| p.as_str().to_owned());
            Format::Json {
                fields: plc::Fields {
                    event: pointer(&fields.event),
                    time: pointer(&fields.time),
                    vin: pointer(&fields.vin),
                    order: pointer(&fields.order),
                    body: pointer(&fields.body),
                    market: pointer(&fields.market),
                    class: pointer(&fields.class),
                    sequence: pointer(&fields.sequence),
                    time_format: match trigger.time_format {
                        config::TimeFormat::Rfc3339 => plc::TimeFormat::Rfc3339,
                        config::TimeFormat::UnixMs => plc::TimeFormat::UnixMs,
                    },
                },
            }
        }
    }
}

/// What a camera's setting names, not opened yet.
///
/// # Errors
/// A password that cannot be read, or an address or position that is none.
pub fn source(setting: &config::CameraSetting, latency: Duration) -> anyhow::Result<Box<dyn Source>> {
    Ok(match setting {
        config::CameraSetting::Http { url, mode, login, ca } => {
            let mode = match mode {
                config::HttpMode::Stream => Mode::Stream,
                config::HttpMode::Snapshot => Mode::Snapshot,
            };
            let login = login.as_ref().map(credentials).transpose()?;
            let trust = Trust { ca: ca.clone(), own: None };
            Box::new(HttpSource::new(CameraUrl::parse(url.as_str())?, mode, login, trust, latency))
        }
        #[cfg(feature = "usb")]
        config::CameraSetting::Usb { camera, pixels, size, fps } => {
            Box::new(crate::usb::source(camera, (*pixels, *size, *fps), latency)?)
        }
        #[cfg(not(feature = "usb"))]
        config::CameraSetting::Usb { .. } => anyhow::bail!(NO_USB),
        config::CameraSetting::File { path, fps } => {
            Box::new(FileSource::new(path.clone(), Duration::from_secs_f64(1.0 / fps)))
        }
        config::CameraSetting::Line { seed, position, cars } => {
            let position = Position::new(*position)?;
            Box::new(match cars {
                config::LineCars::Takt(takt) => LineSource::new(Hall::new(*seed, *takt), position),
                config::LineCars::Plan(path) => LineSource::planned(*seed, path.clone(), position),
            })
        }
    })
}

fn credentials(login: &config::CameraLogin) -> anyhow::Result<Login> {
    let scheme = match login.scheme {
        config::AuthScheme::Digest => Scheme::Digest,
        config::AuthScheme::Basic => Scheme::Basic,
    };
    let path = &login.password_file;
    let password = fs::read_to_string(path)
        .with_context(|| format!("the camera's password {} cannot be read", path.display()))?;
    Ok(Login::new(scheme, login.user.clone(), Password::new(password.trim_end().to_owned())))
}
