//! The `camera` of a view: where its frames come from, and their one size.

use std::path::PathBuf;
use std::time::Duration;

use lineshot_domain::Size;

use crate::HttpUrl;
use crate::frame::SIZE;
use crate::http_url::URL;
use crate::key::{Elsewhere, Key, Keys, Table};
use crate::shape::{FilePath, Nested, Number, Span, Text, Whole, Word};
use crate::usb::{USB, UsbCamera, UsbPixels};

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
        /// PEM file of the authorities that may vouch for it, instead of the system's.
        ca: Option<PathBuf>,
    },
    /// A camera that is plugged into this PC.
    Usb {
        /// Which, and how it is set.
        camera: UsbCamera,
        /// How it writes its pixels.
        pixels: UsbPixels,
        /// The size that it is set to.
        size: Size,
        /// Frames per second, 0.1 to 240.
        fps: f64,
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

static HTTP_URL: Key<Text<HttpUrl>> = Key::needed(
    "url",
    URL,
    "The camera's MJPEG stream, or its snapshot. With https:// the camera shows a certificate.",
);
static MODE: Key<Word<HttpMode>> = Key::default(
    "mode",
    Word { words: &[("stream", HttpMode::Stream), ("snapshot", HttpMode::Snapshot)], later: &[] },
    "\"stream\"",
    "One endless answer of JPEG parts, or one JPEG for each request.",
);
static AUTH: Key<Word<AuthScheme>> = Key::optional(
    "auth",
    Word { words: &[("digest", AuthScheme::Digest), ("basic", AuthScheme::Basic)], later: &[] },
    "How the camera asks for a password. It is never guessed, for Basic sends the password itself.",
);
static USER: Key<Text<String>> = Key::optional(
    "user",
    Text { read: |_, text| Some(text.to_owned()), words: "a text", pattern: "" },
    "User name, beside `auth` and `password_file`.",
);
static PASSWORD_FILE: Key<FilePath> =
    Key::optional("password_file", FilePath, "The file that holds the camera's password alone.");
static CA: Key<FilePath> = Key::optional(
    "ca",
    FilePath,
    "PEM file of the authorities that may vouch for the camera, instead of the system's. Only with https://.",
);
static HTTP_KEYS: Keys = Keys {
    about: "A network camera.",
    keys: &[&HTTP_URL, &MODE, &AUTH, &USER, &PASSWORD_FILE, &CA],
    elsewhere: &[Elsewhere::Misplaced("latency", "move it out of `camera`, beside it")],
};

static FILE_PATH: Key<FilePath> = Key::needed("path", FilePath, "The clip, or the folder of JPEGs.");
static FPS: Key<Number> =
    Key::default("fps", Number(0.1..=60.0, "frames per second"), "5", "How fast it is played.");
static FILE_KEYS: Keys = Keys {
    about: "A recorded clip or folder of JPEGs, for trials without a camera.",
    keys: &[&FILE_PATH, &FPS],
    elsewhere: &[],
};

/// Positions of a rendered line.
static POSITION: Key<Whole> = Key::needed("position", Whole(0..=15), "Where on the line the camera stands.");
static SEED: Key<Whole> =
    Key::needed("seed", Whole(0..=i64::MAX), "Which line: the same seed shows the same cars.");
static TAKT: Key<Span> = Key::optional(
    "takt",
    Span(Duration::from_secs(4)..=Duration::from_mins(10)),
    "Cars without an end, one in this time. Exactly one of `takt` and `plan`.",
);
static PLAN: Key<FilePath> =
    Key::optional("plan", FilePath, "Just the cars that this file says, read anew for each frame.");
static LINE_KEYS: Keys = Keys {
    about: "A rendered production line, for demonstrations and rehearsals; it shows no car.",
    keys: &[&SEED, &POSITION, &TAKT, &PLAN],
    elsewhere: &[],
};

static HTTP: Key<Nested<CameraSetting>> =
    Key::optional("http", Nested { keys: &HTTP_KEYS, read: http }, "A network camera.");
static FILE: Key<Nested<CameraSetting>> = Key::optional(
    "file",
    Nested { keys: &FILE_KEYS, read: file },
    "A recorded clip or folder of JPEGs, for trials without a camera.",
);
static LINE: Key<Nested<CameraSetting>> = Key::optional(
    "line",
    Nested { keys: &LINE_KEYS, read: line },
    "A rendered production line, for demonstrations.",
);
static USB_KEY: Key<Nested<UsbCamera>> = Key::optional("usb", USB, "A camera that is plugged into this PC.");
static FORMAT: Key<Word<UsbPixels>> = Key::optional(
    "format",
    Word {
        words: &[
            ("mjpeg", UsbPixels::Mjpeg),
            ("yuyv", UsbPixels::Yuyv),
            ("nv12", UsbPixels::Nv12),
            ("grey", UsbPixels::Grey),
        ],
        later: &[],
    },
    "How it writes its pixels. Beside `usb`, and only there.",
);
static RATE: Key<Number> = Key::optional(
    "fps",
    Number(0.1..=240.0, "frames per second"),
    "One of the rates that it lists for this format and size; 29.97 stands for 30000/1001. Beside `usb`, and only there.",
);
static FRAME_SIZE: Key<Text<Size>> =
    Key::needed("size", SIZE, "Exactly the size that the source delivers; any other frame is refused.");

static KEYS: Keys = Keys {
    about: "Where a view's frames come from: exactly one of `usb`, `http`, `file` and `line`.",
    keys: &[&USB_KEY, &HTTP, &FILE, &LINE, &FORMAT, &RATE, &FRAME_SIZE],
    elsewhere: &[
        Elsewhere::NotYet("rtsp", "has no RTSP cameras yet", "use the camera's HTTP stream or snapshot"),
        Elsewhere::NotYet("gige", "has no GigE cameras yet", "use a usb or http camera, or a file"),
        Elsewhere::Misplaced("latency", "move it out of `camera`, beside it"),
    ],
};

/// The source and the size of every frame from it.
pub(crate) const CAMERA: Nested<(CameraSetting, Size)> = Nested { keys: &KEYS, read };

/// The width and height that lines are rendered in.
const RENDERED: (u32, u32) = (1920, 1080);

const SOURCES: &str = "exactly one of `usb`, `http`, `file` and `line`";

fn read(table: &Table<'_>) -> Option<(CameraSetting, Size)> {
    let (http, file, line) = (table.read(&HTTP), table.read(&FILE), table.read(&LINE));
    let size = table.read(&FRAME_SIZE);
    let usb = usb(table, size);
    let named = [&HTTP, &FILE, &LINE].into_iter().filter(|key| table.has(key)).count()
        + usize::from(table.has(&USB_KEY));
    let is_later = KEYS.elsewhere[..2].iter().any(|row| table.at.has(row.name()));
    match named {
        1 => {}
        // What it names is said to come later.
        0 if is_later => return None,
        0 => return table.at.wrong("none", SOURCES, "name one source"),
        _ => return table.at.wrong("more than one", SOURCES, "name one source"),
    }
    let source = http.or(file).or(line).or(usb);
    if table.has(&LINE)
        && let Some(size) = size
        && (size.width(), size.height()) != RENDERED
    {
        let found = format!("\"{}x{}\"", size.width(), size.height());
        return table.wrong(&FRAME_SIZE, found, "\"1920x1080\" for a rendered line", "write it so");
    }
    Some((source?, size?))
}

/// A camera that is set by this PC, with format and rate; of all others these belong to the camera itself.
fn usb(table: &Table<'_>, size: Option<Size>) -> Option<CameraSetting> {
    let (camera, pixels, fps) = (table.read(&USB_KEY), table.read(&FORMAT), table.read(&RATE));
    let of_its_own = [(FORMAT.name, table.has(&FORMAT)), (RATE.name, table.has(&RATE))];
    for (name, has) in of_its_own {
        let _said: Option<()> = match (table.has(&USB_KEY), has) {
            (true, false) => {
                let mend = "copy the line that `lineshot cameras` prints";
                table.at.wrong_at(name, "nothing", "it beside `usb`", mend)
            }
            (false, true) => {
                let mend = "remove it and set it in the camera";
                table.at.get(name)?.not("it beside `usb` alone", mend)
            }
            _ => None,
        };
    }
    Some(CameraSetting::Usb { camera: camera?, pixels: pixels?, size: size?, fps: fps? })
}

fn line(table: &Table<'_>) -> Option<CameraSetting> {
    const CARS: &str = "exactly one of `takt` and `plan`";
    let (seed, position) = (table.read(&SEED), table.read(&POSITION));
    let (takt, plan) = (table.read(&TAKT), table.read(&PLAN));
    let cars = match (table.has(&TAKT), table.has(&PLAN)) {
        (true, false) => takt.map(LineCars::Takt),
        (false, true) => plan.map(LineCars::Plan),
        (false, false) => {
            let mend = "add `takt` for cars without an end, or `plan` for those that a file says";
            table.at.wrong("neither", CARS, mend)
        }
        (true, true) => table.at.wrong("both", CARS, "remove `plan` for cars without an end, or else `takt`"),
    };
    let (seed, position) = (u64::try_from(seed?).ok()?, u8::try_from(position?).ok()?);
    Some(CameraSetting::Line { seed, position, cars: cars? })
}

fn file(table: &Table<'_>) -> Option<CameraSetting> {
    let (path, fps) = (table.read(&FILE_PATH), table.read(&FPS));
    Some(CameraSetting::File { path: path?, fps: fps? })
}

fn http(table: &Table<'_>) -> Option<CameraSetting> {
    let (url, mode, ca) = (table.read(&HTTP_URL), table.read(&MODE), table.read(&CA));
    let login = login(table);
    let url = url?;
    if table.has(&CA) && !url.is_https() {
        return table.wrong(
            &CA,
            "it beside http://",
            "it with https:// alone",
            "write https:// or remove it",
        );
    }
    Some(CameraSetting::Http { url, mode: mode?, login: login?, ca })
}

/// All three keys or none: a scheme is never guessed.
fn login(table: &Table<'_>) -> Option<Option<CameraLogin>> {
    let (scheme, user, password_file) = (table.read(&AUTH), table.read(&USER), table.read(&PASSWORD_FILE));
    let has = [table.has(&AUTH), table.has(&USER), table.has(&PASSWORD_FILE)];
    if has == [false; 3] {
        return Some(None);
    }
    for (name, has) in [AUTH.name, USER.name, PASSWORD_FILE.name].into_iter().zip(has) {
        if !has {
            let mend = "give all three, or none for a camera that asks for no password";
            let expected = "`auth`, `user` and `password_file` together";
            let _said: Option<()> = table.at.wrong_at(name, "nothing", expected, mend);
        }
    }
    Some(Some(CameraLogin { scheme: scheme?, user: user?, password_file: password_file? }))
}
