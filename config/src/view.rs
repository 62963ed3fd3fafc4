//! One `[[view]]` of a station: a permitted camera angle.

use std::ops::RangeInclusive;
use std::time::Duration;

use ::config::Value;
use lineshot_domain::{Crop, Scene, ViewId};
use serde::Deserialize;

use crate::camera::RawCamera;
use crate::frame::{self, RawMask};
use crate::section::{Number, Section, quoted};
use crate::{CameraSetting, ConfigError};

/// One permitted camera angle at a station.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Its id, unique at the station.
    pub id: ViewId,
    /// Where its frames come from.
    pub camera: CameraSetting,
    /// What is shown and covered, for frames of one size.
    pub scene: Scene,
    /// The part of the frame that becomes the picture.
    pub crop: Crop,
    /// Widths of the smaller pictures, each less than the crop's, ascending.
    pub sizes: Vec<u32>,
    /// From the arrival to the first frame that may be used, at most 60 s.
    pub delay: Duration,
    /// How long frames are looked for after that, 100 ms to 10 min.
    pub within: Duration,
    /// How long before its first byte arrives a frame may have been exposed, at most 10 s and less
    /// than `within`; zero for a file and a rendered line.
    pub latency: Duration,
}

/// A view as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct RawView {
    id: String,
    camera: RawCamera,
    show: Option<Value>,
    #[serde(default)]
    mask: Vec<RawMask>,
    crop: Option<Vec<Number>>,
    sizes: Option<Vec<Number>>,
    delay: String,
    within: String,
    latency: Option<String>,
    people: Option<String>,
}

const DELAY: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(60);
const WITHIN: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_mins(10);
const LATENCY: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(10);

/// Wide enough for a list of pictures on a phone.
const DEFAULT_WIDTH: u32 = 480;
/// Narrower than this a cover's margin would be most of the picture.
const LEAST_WIDTH: u32 = 64;

impl RawView {
    /// Checks the view, which must find its frames while a vehicle surely stays: `sure` after the receipt,
    /// which is `dwell` less `max_age`, for the event may have been so long on its way.
    pub(crate) fn checked(self, section: &Section<'_>, sure: Option<Duration>) -> Result<View, ConfigError> {
        let id = ViewId::parse(&self.id).map_err(|_| {
            section.wrong("id", quoted(&self.id), "1 to 32 characters of a-z, 0-9 and '-'", "correct it")
        })?;
        if let Some(other) = self.people.as_deref().filter(|word| *word != "ignore") {
            return Err(section.wrong("people", quoted(other), "\"ignore\"", "write it or remove the key"));
        }
        let (camera, size) = self.camera.checked(&section.under("camera"))?;
        let (delay, within, latency) = self.times(section, &camera, sure)?;
        let numbered =
            |(i, mask): (usize, &RawMask)| mask.checked(&section.under(&format!("mask[{}]", i + 1)));
        let masks = self.mask.iter().enumerate().map(numbered).collect::<Result<_, _>>()?;
        let shown = self.show.ok_or_else(|| section.missing("show", "\"all\" or a list of polygons"))?;
        let shown = frame::show(section, shown)?;
        let scene =
            Scene::new(size, shown, masks).map_err(|error| frame::geometry(section, "show", error))?;
        let crop = match self.crop {
            None => Crop::whole(size),
            Some(edges) => frame::crop(section, size, &edges)?,
        };
        let sizes = widths(section, self.sizes.as_deref(), crop.size().width())?;
        Ok(View { id, camera, scene, crop, sizes, delay, within, latency })
    }

    fn times(
        &self,
        section: &Section<'_>,
        camera: &CameraSetting,
        sure: Option<Duration>,
    ) -> Result<(Duration, Duration, Duration), ConfigError> {
        let delay = section.duration("delay", &self.delay, DELAY)?;
        let within = section.duration("within", &self.within, WITHIN)?;
        let latency = match (camera, self.latency.as_deref()) {
            (CameraSetting::Http { .. }, Some(text)) => section.duration("latency", text, LATENCY)?,
            (CameraSetting::Http { .. }, None) => {
                let mend = "measure how old a frame can be when its first byte arrives, and write the most";
                return Err(section.wrong("latency", "nothing", "a duration from \"0s\" to \"10s\"", mend));
            }
            (CameraSetting::File { .. } | CameraSetting::Line { .. }, None) => Duration::ZERO,
            (CameraSetting::File { .. }, Some(text)) => {
                return Err(section.wrong("latency", quoted(text), "none for a file", "remove it"));
            }
            (CameraSetting::Line { .. }, Some(text)) => {
                let expected = "none for a rendered line, whose exposure is measured";
                return Err(section.wrong("latency", quoted(text), expected, "remove it"));
            }
        };
        if sure.is_some_and(|sure| sure <= delay + latency) {
            let mend = "shorten `delay`, `latency` or the trigger's `max_age`, or lengthen its `dwell` if vehicles \
                        do stay longer";
            let expected = "`max_age`, `delay` and `latency` together shorter than `dwell`";
            return Err(section.wrong("delay", quoted(&self.delay), expected, mend));
        }
        if latency >= within {
            let mend = "lengthen `within`: a frame's whole possible exposure must lie in it";
            return Err(section.wrong("within", quoted(&self.within), "more than `latency`", mend));
        }
        Ok((delay, within, latency))
    }
}

/// The widths of smaller pictures: as written, else [`DEFAULT_WIDTH`] where it is smaller.
fn widths(section: &Section<'_>, raw: Option<&[Number]>, full: u32) -> Result<Vec<u32>, ConfigError> {
    let Some(raw) = raw else {
        return Ok(if DEFAULT_WIDTH < full { vec![DEFAULT_WIDTH] } else { Vec::new() });
    };
    let mut widths = Vec::with_capacity(raw.len());
    for number in raw {
        let width = match *number {
            Number::Whole(width) => u32::try_from(width).ok(),
            Number::Broken(_) => None,
        };
        let fits = width.filter(|width| (LEAST_WIDTH..full).contains(width) && !widths.contains(width));
        widths.push(fits.ok_or_else(|| {
            let expected =
                format!("different whole widths from {LEAST_WIDTH} to {} pixels", full.saturating_sub(1));
            section.wrong(
                "sizes",
                number.value().to_string(),
                expected,
                "the picture itself is always there; list smaller ones",
            )
        })?);
    }
    widths.sort_unstable();
    Ok(widths)
}
