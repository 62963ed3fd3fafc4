//! One `[[view]]` of a station: a permitted camera angle.

use std::time::Duration;

use lineshot_domain::{Crop, Fill, Mask, Scene, Show, Size, ViewId};

use crate::camera::CAMERA;
use crate::frame::{CROP, Edges, MASKS, SHOW, geometry};
use crate::key::{Elsewhere, Key, Keys, Table};
use crate::lock::{LOCK, Lock};
use crate::shape::{List, Nested, Own, Span, Text, Whole, Word};
use crate::text::spoken;
use crate::{CameraSetting, Trigger};

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
    /// Whether pictures may go out in which a machine-readable code can be read.
    pub allows_codes: bool,
    /// How its angle is checked; `None`: it is not.
    pub lock: Option<Lock>,
}

/// Wide enough for a list of pictures on a phone.
const DEFAULT_WIDTH: u32 = 480;
/// Narrower than this a cover's margin would be most of the picture.
const LEAST_WIDTH: i64 = 64;

const ID_WORDS: &str = "1 to 32 characters of a-z, 0-9 and '-'";
static ID: Key<Text<ViewId>> = Key::needed(
    "id",
    Text {
        read: |at, text| ViewId::parse(text).ok().or_else(|| at.not(ID_WORDS, "correct it")),
        words: ID_WORDS,
        pattern: "^[a-z0-9-]{1,32}$",
    },
    "The view's id, unique at the station.",
);
static CAMERA_KEY: Key<Nested<(CameraSetting, Size)>> =
    Key::needed("camera", CAMERA, "Where its frames come from, and their size.");
static LATENCY: Key<Span> = Key::optional(
    "latency",
    Span(Duration::ZERO..=Duration::from_secs(10)),
    "How old a frame can be when its first byte arrives: measure, and write the most. Needed for an http camera; of a usb \
     camera the longest time from the begin of an exposure until the kernel notes its frame, without it that of four \
     frames; for no other.",
);
static DELAY: Key<Span> = Key::needed(
    "delay",
    Span(Duration::ZERO..=Duration::from_secs(60)),
    "From the arrival to the first frame that may be used.",
);
static WITHIN: Key<Span> = Key::needed(
    "within",
    Span(Duration::from_millis(100)..=Duration::from_mins(10)),
    "How long frames are looked for after that.",
);
static PEOPLE: Key<Word<()>> = Key::default(
    "people",
    Word {
        words: &[("ignore", ())],
        later: &[
            ("search", NO_PEOPLE, IGNORE),
            ("cover", NO_PEOPLE, IGNORE),
            ("withhold", NO_PEOPLE, IGNORE),
        ],
    },
    "\"ignore\"",
    "Nobody looks for people: show only where nobody works.",
);
const NO_PEOPLE: &str = "cannot find people yet";
const IGNORE: &str = "write \"ignore\", and only where nobody works in what is shown";
static CODES: Key<Word<bool>> = Key::default(
    "codes",
    Word { words: &[("withhold", false), ("allow", true)], later: &[] },
    "\"withhold\"",
    "A picture in which a QR code can be read is withheld, or allowed.",
);
const COLOUR: &str = "a colour such as \"#606060\"";
static FILL: Key<Text<Fill>> = Key::default(
    "fill",
    Text {
        read: |at, text| {
            Fill::parse(text).ok().or_else(|| at.not(COLOUR, "write # and six hexadecimal digits"))
        },
        words: COLOUR,
        pattern: "^#[0-9a-fA-F]{6}$",
    },
    "\"#606060\"",
    "The colour of what is covered: red, green and blue.",
);
static SHOW_KEY: Key<Own<Show>> = Key::needed(
    "show",
    SHOW,
    "What may be seen: polygons in fractions of the frame, from the left and from the top. What is not shown on purpose \
     is covered. \"all\" shows everything, in words.",
);
static CROP_KEY: Key<Own<Edges>> = Key::optional(
    "crop",
    CROP,
    "The part of the frame that becomes the picture; without it the whole frame.",
);
static SIZES: Key<List<Whole>> = Key::optional(
    "sizes",
    List {
        of: Whole(LEAST_WIDTH..=16_384),
        count: 0..=usize::MAX,
        words: "different whole widths from 64 pixels on",
        mend: "list them in brackets",
    },
    "Widths of smaller pictures, each less than the cropped picture's. Without it 480, where that is less.",
);
static LOCK_KEY: Key<Nested<Lock>> = Key::optional(
    "lock",
    LOCK,
    "How the angle is checked. Without it nobody notices a camera that was moved, and the sheet of a release says so.",
);
static MASK: Key<List<Nested<Mask>>> =
    Key::default("mask", MASKS, "[]", "What is covered inside the shown area; as many as needed.");

static KEYS: Keys = Keys {
    about: "One permitted camera angle. What is not shown on purpose is covered.",
    keys: &[
        &ID,
        &CAMERA_KEY,
        &LATENCY,
        &DELAY,
        &WITHIN,
        &PEOPLE,
        &CODES,
        &SHOW_KEY,
        &CROP_KEY,
        &SIZES,
        &FILL,
        &LOCK_KEY,
        &MASK,
    ],
    elsewhere: &[
        Elsewhere::NotYet("turn", "cannot turn pictures yet", "remove it and turn the camera"),
        Elsewhere::NotYet(
            "format",
            "cannot choose a camera's format yet",
            "remove it and set the format in the camera",
        ),
        Elsewhere::NotYet(
            "fps",
            "cannot choose a camera's frame rate yet",
            "remove it and set the rate in the camera",
        ),
        Elsewhere::Misplaced("size", "move it into `camera`"),
    ],
};

pub(crate) const VIEW: Nested<View> = Nested { keys: &KEYS, read };

fn read(table: &Table<'_>) -> Option<View> {
    let (id, camera) = (table.read(&ID), table.read(&CAMERA_KEY));
    let times = times(table, camera.as_ref().map(|(camera, _)| camera));
    let (people, allows_codes) = (table.read(&PEOPLE), table.read(&CODES));
    let (show, masks) = (table.read(&SHOW_KEY), table.read(&MASK));
    let (edges, sizes, fill) = (table.read(&CROP_KEY), table.read(&SIZES), table.read(&FILL));
    let lock = table.read(&LOCK_KEY);
    let (camera, size) = camera?;
    let scene = show.zip(masks).and_then(|(show, masks)| {
        let shown = table.at.get(SHOW_KEY.name).unwrap_or_else(|| table.at.clone());
        Scene::new(size, show, masks).map_or_else(|error| geometry(&shown, error), Some)
    });
    let crop = match edges {
        Some(edges) => edges.of(size, table.at.get(CROP_KEY.name).as_ref()),
        None if table.has(&CROP_KEY) => None,
        None => Some(Crop::whole(size)),
    };
    let sizes = widths(table, sizes, crop?.size().width());
    let (delay, within, latency) = times?;
    people?;
    if table.has(&LOCK_KEY) && lock.is_none() {
        return None;
    }
    let (id, scene, crop, sizes, allows_codes) = (id?, scene?.filled(fill?), crop?, sizes?, allows_codes?);
    Some(View { id, camera, scene, crop, sizes, delay, within, latency, allows_codes, lock })
}

/// A camera exposes, reads out, compresses and sends one frame after the other: so many frame times lie between the
/// begin of an exposure and the moment that the kernel notes for it.
const PIPELINE: f64 = 4.0;

fn times(table: &Table<'_>, camera: Option<&CameraSetting>) -> Option<(Duration, Duration, Duration)> {
    let (delay, within, latency) = (table.read(&DELAY), table.read(&WITHIN), table.read(&LATENCY));
    let latency = match (camera?, table.has(&LATENCY)) {
        (CameraSetting::Http { .. } | CameraSetting::Usb { .. }, true) => latency?,
        (CameraSetting::Usb { fps, .. }, false) => Duration::from_secs_f64(PIPELINE / fps),
        (CameraSetting::Http { .. }, false) => {
            let mend = "measure how old a frame can be when its first byte arrives, and write the most";
            return table.wrong(&LATENCY, "nothing", "a duration from \"0s\" to \"10s\"", mend);
        }
        (CameraSetting::File { .. } | CameraSetting::Line { .. }, false) => Duration::ZERO,
        (CameraSetting::File { .. }, true) => {
            return table.at.get(LATENCY.name)?.not("none for a file", "remove it");
        }
        (CameraSetting::Line { .. }, true) => {
            let expected = "none for a rendered line, whose exposure is measured";
            return table.at.get(LATENCY.name)?.not(expected, "remove it");
        }
    };
    let (delay, within) = (delay?, within?);
    if latency >= within {
        let mend = "lengthen `within`: a frame's whole possible exposure must lie in it";
        return table.wrong(&WITHIN, format!("\"{}\"", spoken(within)), "more than `latency`", mend);
    }
    Some((delay, within, latency))
}

impl View {
    /// Whether it finds its frames while a vehicle surely stays: `dwell` less `max_age` after the receipt, for the
    /// event may have been so long on its way.
    pub(crate) fn fits(&self, trigger: &Trigger, table: &Table<'_>) -> Option<()> {
        let sure = trigger.dwell.map(|dwell| dwell.saturating_sub(trigger.max_age));
        if sure.is_some_and(|sure| sure <= self.delay + self.latency) {
            let mend = "shorten `delay`, `latency` or the trigger's `max_age`, or lengthen its `dwell` if vehicles \
                        do stay longer";
            let expected = "`max_age`, `delay` and `latency` together shorter than `dwell`";
            return table.wrong(&DELAY, format!("\"{}\"", spoken(self.delay)), expected, mend);
        }
        Some(())
    }
}

/// The widths of smaller pictures: as written, else [`DEFAULT_WIDTH`] where it is smaller.
fn widths(table: &Table<'_>, written: Option<Vec<i64>>, full: u32) -> Option<Vec<u32>> {
    if !table.has(&SIZES) {
        return Some(if DEFAULT_WIDTH < full { vec![DEFAULT_WIDTH] } else { Vec::new() });
    }
    let mut widths = Vec::new();
    for width in written? {
        let fits = u32::try_from(width).ok().filter(|width| *width < full && !widths.contains(width));
        let Some(width) = fits else {
            let expected =
                format!("different whole widths from {LEAST_WIDTH} to {} pixels", full.saturating_sub(1));
            let mend = "the picture itself is always there; list smaller ones";
            return table.wrong(&SIZES, width.to_string(), expected, mend);
        };
        widths.push(width);
    }
    widths.sort_unstable();
    Some(widths)
}
