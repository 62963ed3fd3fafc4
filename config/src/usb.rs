//! The `usb` of a camera: which of those that are plugged in, and how it is set.
//!
//! Holds: a camera is named by where it is plugged in and by what it says it is, never by its number, which the next
//! start may give to another.

use std::fmt;

use crate::key::{Key, Keys, Table};
use crate::shape::{List, Nested, Number, Text, Whole, Word};

/// Where a camera is plugged in, as the kernel counts it: bus, and the port of each hub on the way, such as `1-2.3`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsbPort(String);

/// Vendor and product of a camera, four hexadecimal digits each, such as `046d:085e`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbModel(String);

impl UsbPort {
    /// As the kernel writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Option<UsbPort> {
        let (bus, ports) = text.split_once('-')?;
        let is_number = |part: &str| {
            !part.is_empty() && !part.starts_with('0') && part.bytes().all(|it| it.is_ascii_digit())
        };
        (text.len() <= 32 && is_number(bus) && ports.split('.').all(is_number))
            .then(|| UsbPort(text.to_owned()))
    }
}

impl fmt::Display for UsbPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl UsbModel {
    /// As `lsusb` writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Option<UsbModel> {
        let (vendor, product) = text.split_once(':')?;
        let is_id =
            |part: &str| part.len() == 4 && part.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
        (is_id(vendor) && is_id(product)).then(|| UsbModel(text.to_owned()))
    }
}

/// By which library frames are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsbBackend {
    /// Video4Linux, which tells when and which frame it was.
    V4l,
    /// `nokhwa`, as a second library.
    Nokhwa,
}

/// How a camera writes its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsbPixels {
    /// A JPEG each.
    Mjpeg,
    /// 4:2:2, packed.
    Yuyv,
    /// 4:2:0, in two planes.
    Nv12,
    /// Brightness alone.
    Grey,
}

/// What lights flicker with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerLine {
    /// Nothing is done against flicker.
    Off,
    /// 50 Hz.
    Hz50,
    /// 60 Hz.
    Hz60,
    /// The camera finds out.
    Auto,
}

/// What of a camera is fixed; all else is left as the camera has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsbControls {
    /// Milliseconds, 0.1 to 1000.
    pub exposure_ms: Option<f64>,
    /// In the camera's own units.
    pub gain: Option<i64>,
    /// In the camera's own units.
    pub focus: Option<i64>,
    /// Kelvin.
    pub white_balance: Option<i64>,
    /// Against flicker.
    pub power_line: Option<PowerLine>,
}

/// A camera of this PC.
#[derive(Clone, Debug, PartialEq)]
pub struct UsbCamera {
    /// Where it is plugged in, if that is told; port or serial is.
    pub port: Option<UsbPort>,
    /// What it is.
    pub model: Option<UsbModel>,
    /// Any of these, if some are told: the spare has its own.
    pub serials: Vec<String>,
    /// By which library.
    pub backend: UsbBackend,
    /// What is fixed.
    pub controls: UsbControls,
}

impl UsbCamera {
    /// What no other view may name: the port, or else each serial number. Twins with one serial number have ports.
    pub(crate) fn names(&self) -> Vec<String> {
        match &self.port {
            Some(port) => vec![format!("the USB port {port}")],
            None => self.serials.iter().map(|serial| format!("the USB camera {serial}")).collect(),
        }
    }
}

static PORT: Key<Text<UsbPort>> = Key::optional(
    "port",
    Text {
        read: |at, text| {
            UsbPort::parse(text).or_else(|| at.not(PORTS, "`lineshot cameras` prints it for each camera"))
        },
        words: PORTS,
        pattern: r"^[1-9][0-9]*-[1-9][0-9]*(\.[1-9][0-9]*)*$",
    },
    "Where it is plugged in. A camera in another port is not this one.",
);
const PORTS: &str = "a port as the kernel counts it, such as \"1-2.3\"";
static MODEL: Key<Text<UsbModel>> = Key::optional(
    "model",
    Text {
        read: |at, text| {
            UsbModel::parse(text).or_else(|| at.not(MODELS, "`lineshot cameras` prints it for each camera"))
        },
        words: MODELS,
        pattern: "^[0-9a-f]{4}:[0-9a-f]{4}$",
    },
    "What it is. A camera of another vendor or product is not this one.",
);
const MODELS: &str = "vendor:product in small hexadecimal digits, such as \"046d:085e\"";
static SERIALS: Key<List<Text<String>>> = Key::default(
    "serials",
    List {
        of: Text {
            read: |at, text| {
                let is_written =
                    !text.is_empty() && text.len() <= 128 && text.chars().all(|it| !it.is_control());
                is_written
                    .then(|| text.to_owned())
                    .or_else(|| at.not(SERIAL, "copy it from `lineshot cameras`"))
            },
            words: SERIAL,
            pattern: "",
        },
        count: 0..=16,
        words: "up to 16 serial numbers",
        mend: "name the camera and its spares",
    },
    "[]",
    "Its serial number, and those of its spares: any of them is this camera. Empty: the port alone says which it is.",
);
const SERIAL: &str = "a serial number as the camera tells it";
static BACKEND: Key<Word<UsbBackend>> = Key::default(
    "backend",
    Word { words: &[("v4l", UsbBackend::V4l), ("nokhwa", UsbBackend::Nokhwa)], later: &[] },
    "\"v4l\"",
    "By which library frames are taken: \"nokhwa\", in programs built with it, cannot tell lost and damaged \
     frames.",
);
static EXPOSURE: Key<Number> = Key::optional(
    "exposure_ms",
    Number(0.1..=1000.0, "milliseconds"),
    "How long a frame is exposed; without it the camera decides.",
);
static GAIN: Key<Whole> =
    Key::optional("gain", Whole(0..=65_535), "In the camera's own units; without it the camera decides.");
static FOCUS: Key<Whole> = Key::optional(
    "focus",
    Whole(0..=65_535),
    "In the camera's own units; without it the camera keeps or finds it.",
);
static WHITE_BALANCE: Key<Whole> =
    Key::optional("white_balance", Whole(1_000..=20_000), "Kelvin; without it the camera decides.");
static POWER_LINE: Key<Word<PowerLine>> = Key::optional(
    "power_line",
    Word {
        words: &[
            ("50Hz", PowerLine::Hz50),
            ("60Hz", PowerLine::Hz60),
            ("auto", PowerLine::Auto),
            ("off", PowerLine::Off),
        ],
        later: &[],
    },
    "What the lights flicker with; without it the camera keeps what it has.",
);
static KEYS: Keys = Keys {
    about: "A camera that is plugged into this PC; `lineshot cameras` prints the line to paste.",
    keys: &[&PORT, &MODEL, &SERIALS, &BACKEND, &EXPOSURE, &GAIN, &FOCUS, &WHITE_BALANCE, &POWER_LINE],
    elsewhere: &[],
};

pub(crate) const USB: Nested<UsbCamera> = Nested { keys: &KEYS, read };

fn read(table: &Table<'_>) -> Option<UsbCamera> {
    let (port, model, serials) = (table.read(&PORT), table.read(&MODEL), table.read(&SERIALS));
    let backend = table.read(&BACKEND);
    let exposure_ms = table.read(&EXPOSURE);
    let (gain, focus) = (table.read(&GAIN), table.read(&FOCUS));
    let (white_balance, power_line) = (table.read(&WHITE_BALANCE), table.read(&POWER_LINE));
    // What stands there and cannot be read has been said, and must not pass for what was left out.
    let is_read = [
        (table.has(&PORT), port.is_some()),
        (table.has(&MODEL), model.is_some()),
        (table.has(&EXPOSURE), exposure_ms.is_some()),
        (table.has(&GAIN), gain.is_some()),
        (table.has(&FOCUS), focus.is_some()),
        (table.has(&WHITE_BALANCE), white_balance.is_some()),
        (table.has(&POWER_LINE), power_line.is_some()),
    ];
    let (serials, backend) = (serials?, backend?);
    if is_read.iter().any(|(is_there, is_read)| is_there != is_read) {
        return None;
    }
    if port.is_none() && serials.is_empty() {
        let mend = "copy the line that `lineshot cameras` prints";
        return table.at.wrong("neither", "`port`, `serials` or both", mend);
    }
    let controls = UsbControls { exposure_ms, gain, focus, white_balance, power_line };
    Some(UsbCamera { port, model, serials, backend, controls })
}
