//! The `camera` of a view: where its frames come from, and their one size.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use lineshot_domain::Size;
use serde::Deserialize;

use crate::frame;
use crate::section::{Number, Section, quoted};
use crate::{ConfigError, HttpUrl};

/// How an HTTP camera gives frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMode {
    /// One endless `multipart/x-mixed-replace` answer of JPEG parts.
    Stream,
    /// One JPEG for each request.
    Snapshot,
}

/// How an HTTP camera asks for a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthScheme {
    /// RFC 7616: the password does not cross the network.
    Digest,
    /// RFC 7617: the password does, in the clear unless the URL is https.
    Basic,
}

/// What an HTTP camera wants to know before it gives frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraLogin {
    /// How it asks.
    pub scheme: AuthScheme,
    /// User name.
    pub user: String,
    /// The file that holds the password.
    pub password_file: PathBuf,
}

/// Where a view's frames come from.
#[derive(Clone, Debug, PartialEq)]
pub enum CameraSetting {
    /// A network camera.
    Http {
        /// The stream or the snapshot.
        url: HttpUrl,
        /// Which of the two.
        mode: HttpMode,
        /// If the camera asks for one.
        login: Option<CameraLogin>,
    },
    /// A recorded clip or folder of JPEGs, for trials without a camera.
    File {
        /// The file or folder, absolute.
        path: PathBuf,
        /// Frames per second, 0.1 to 60.
        fps: f64,
    },
    /// A rendered production line, for demonstrations and rehearsals; it shows no car.
    Line {
        /// Which line: the same seed shows the same cars.
        seed: u64,
        /// Where on it the camera stands, 0 to 15.
        position: u8,
        /// Which cars come there.
        cars: LineCars,
    },
}

/// Which cars come on a rendered line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineCars {
    /// One after the other without an end, one every 4 s to 10 min.
    Takt(Duration),
    /// Those that this file says, absolute, read anew for each frame.
    Plan(PathBuf),
}

/// `camera` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct RawCamera {
    http: Option<RawHttp>,
    file: Option<RawFile>,
    line: Option<RawLine>,
    size: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawHttp {
    url: String,
    mode: Option<String>,
    auth: Option<String>,
    user: Option<String>,
    password_file: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawFile {
    path: String,
    fps: Option<Number>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawLine {
    seed: Number,
    position: Number,
    takt: Option<String>,
    plan: Option<String>,
}

/// Positions of a rendered line.
const POSITIONS: u8 = 16;
const TAKT: RangeInclusive<Duration> = Duration::from_secs(4)..=Duration::from_mins(10);
/// The width and height that lines are rendered in.
const RENDERED: (u32, u32) = (1920, 1080);

const DEFAULT_FPS: f64 = 5.0;

impl RawCamera {
    /// The source and the size of every frame from it.
    pub(crate) fn checked(&self, section: &Section<'_>) -> Result<(CameraSetting, Size), ConfigError> {
        let source = match (&self.http, &self.file, &self.line) {
            (Some(http), None, None) => http.checked(&section.under("http"))?,
            (None, Some(file), None) => file.checked(&section.under("file"))?,
            (None, None, Some(line)) => line.checked(&section.under("line"))?,
            (None, None, None) => return Err(section.wrong("", "none", SOURCES, "name one source")),
            _ => return Err(section.wrong("", "more than one", SOURCES, "name one source")),
        };
        let size = frame::size(section, &self.size)?;
        let rendered = matches!(source, CameraSetting::Line { .. });
        if rendered && (size.width(), size.height()) != RENDERED {
            let expected = "\"1920x1080\" for a rendered line";
            return Err(section.wrong("size", quoted(&self.size), expected, "write it so"));
        }
        Ok((source, size))
    }
}

const SOURCES: &str = "exactly one of `http`, `file` and `line`";

const CARS: &str = "exactly one of `takt` and `plan`";

impl RawLine {
    fn checked(&self, section: &Section<'_>) -> Result<CameraSetting, ConfigError> {
        let whole = |key: &str, number: Number, expected: &str| {
            match number {
                Number::Whole(whole) => u64::try_from(whole).ok(),
                Number::Broken(_) => None,
            }
            .ok_or_else(|| section.wrong(key, number.value().to_string(), expected, "correct the value"))
        };
        let positions = format!("a whole number from 0 to {}", POSITIONS - 1);
        let position = whole("position", self.position, &positions)?;
        let position = u8::try_from(position).ok().filter(|position| *position < POSITIONS);
        Ok(CameraSetting::Line {
            seed: whole("seed", self.seed, "a whole number from 0")?,
            position: position.ok_or_else(|| {
                section.wrong("position", self.position.value().to_string(), positions, "correct the value")
            })?,
            cars: self.cars(section)?,
        })
    }

    fn cars(&self, section: &Section<'_>) -> Result<LineCars, ConfigError> {
        match (&self.takt, &self.plan) {
            (Some(takt), None) => Ok(LineCars::Takt(section.duration("takt", takt, TAKT)?)),
            (None, Some(plan)) => Ok(LineCars::Plan(section.path("plan", plan)?)),
            (None, None) => {
                let mend = "add `takt` for cars without an end, or `plan` for those that a file says";
                Err(section.wrong("", "neither", CARS, mend))
            }
            (Some(_), Some(_)) => {
                Err(section.wrong("", "both", CARS, "remove `plan` for cars without an end, or else `takt`"))
            }
        }
    }
}

impl RawFile {
    fn checked(&self, section: &Section<'_>) -> Result<CameraSetting, ConfigError> {
        let path = section.path("path", &self.path)?;
        let fps = self.fps.as_ref().map_or(DEFAULT_FPS, Number::value);
        if !(0.1..=60.0).contains(&fps) {
            return Err(section.wrong(
                "fps",
                fps.to_string(),
                "0.1 to 60 frames per second",
                "correct the value",
            ));
        }
        Ok(CameraSetting::File { path, fps })
    }
}

impl RawHttp {
    fn checked(&self, section: &Section<'_>) -> Result<CameraSetting, ConfigError> {
        let mode = match self.mode.as_deref() {
            None | Some("stream") => HttpMode::Stream,
            Some("snapshot") => HttpMode::Snapshot,
            Some(other) => {
                return Err(section.wrong(
                    "mode",
                    quoted(other),
                    "\"stream\" or \"snapshot\"",
                    "write one of them",
                ));
            }
        };
        let url = HttpUrl::parse(section, "url", &self.url)?;
        Ok(CameraSetting::Http { url, mode, login: self.login(section)? })
    }

    /// All three keys or none: a scheme is never guessed, for Basic sends the password itself.
    fn login(&self, section: &Section<'_>) -> Result<Option<CameraLogin>, ConfigError> {
        let together = |key: &str| {
            let mend = "give all three, or none for a camera that asks for no password";
            section.wrong(key, "nothing", "`auth`, `user` and `password_file` together", mend)
        };
        if self.auth.is_none() && self.user.is_none() && self.password_file.is_none() {
            return Ok(None);
        }
        let scheme = match self.auth.as_deref() {
            Some("digest") => AuthScheme::Digest,
            Some("basic") => AuthScheme::Basic,
            Some(other) => {
                return Err(section.wrong(
                    "auth",
                    quoted(other),
                    "\"digest\" or \"basic\"",
                    "write one of them",
                ));
            }
            None => return Err(together("auth")),
        };
        let user = self.user.clone().ok_or_else(|| together("user"))?;
        let password_file = self.password_file.as_deref().ok_or_else(|| together("password_file"))?;
        let password_file = section.path("password_file", password_file)?;
        Ok(Some(CameraLogin { scheme, user, password_file }))
    }
}
