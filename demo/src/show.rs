//! What the demo's page shows: plain data, filled by whoever watches the programs, read by [`crate::page`].
//!
//! Holds:
//! - every visit is in exactly one [`VisitState`], and a visit without a picture says why: there is no "unknown";
//! - texts are as a person reads them and are not escaped: that is the page's part.
//!
//! Deliberately absent: clocks, MQTT, files, HTML.

/// Everything on the page at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Show {
    /// When the demo was started, such as `14:02`.
    pub started: String,
    /// One card each, in this order.
    pub orders: Vec<OrderCard>,
    /// The four programs that work together.
    pub parts: Parts,
    /// How many proven pictures lie on this PC's disk and wait for the storage.
    pub waiting: usize,
    /// What happened, the newest first.
    pub diary: Vec<Entry>,
    /// The answer to what the visitor did last.
    pub last: Option<Answer>,
    /// Whether nothing will change any more: the page no longer asks.
    pub ended: bool,
}

/// The programs that a picture passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Between the line and the agent.
    pub broker: Part,
    /// `lineshot-agent`.
    pub agent: Part,
    /// `lineshot-uploader`.
    pub uploader: Part,
    /// Where the albums are.
    pub storage: Part,
}

/// One program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Whether it answers. Of broker and storage this also chooses which button is shown: cut or restore.
    pub up: bool,
    /// In a few words, such as `cut by you` or `killed, starts again in 2 s`.
    pub says: String,
}

/// One car of the demo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderCard {
    /// As the visitor names it to `resend` and `explain`; it is on the car's roof.
    pub number: u32,
    /// Paint and shape, such as `papaya coupe`.
    pub car: String,
    /// The paint.
    pub rgb: [u8; 3],
    /// Where the customer lives, such as `US`.
    pub market: String,
    /// What is special about it, such as `prototype`.
    pub note: Option<String>,
    /// The folder of its album in the bucket. It is shown once something lies there.
    pub album: Option<String>,
    /// One for each station, in the order of the line.
    pub visits: Vec<VisitCard>,
}

/// One car at one station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitCard {
    /// The station's name for people, such as `Body shop`.
    pub station: String,
    /// What became of it so far.
    pub state: VisitState,
    /// How often the same event was sent again.
    pub sent_again: u32,
    /// The arrival's event id.
    pub event: Option<String>,
}

/// What became of a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitState {
    /// The car has not come here yet.
    Ahead,
    /// The car stands here and its case is open.
    Arrived,
    /// The picture is proven and lies on this PC's disk, for the storage.
    Sealed,
    /// The picture is in the album.
    Delivered(Picture),
    /// There is no picture, and that is final.
    NoPicture(Why),
}

/// A picture in the album.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Where the small size is, relative to the page.
    pub small: String,
    /// The small size's width in pixels.
    pub small_width: u32,
    /// Where the full size is, relative to the page.
    pub full: String,
    /// The full size's width in pixels.
    pub width: u32,
    /// The full size's height in pixels.
    pub height: u32,
    /// When it was taken, such as `14:03:22`.
    pub at: String,
}

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// What the case ended in.
    pub outcome: Outcome,
    /// The reason's code, such as `market`.
    pub code: String,
    /// What happened, for a person.
    pub sentence: String,
    /// What to do about it.
    pub mend: Option<String>,
    /// The state in the station record, such as `not_permitted`; nothing if no record may leave the PC.
    pub told: Option<String>,
}

/// What a case without a picture ended in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was not permitted.
    Refused,
    /// A picture was taken, and something about it could not be proven.
    Withheld,
    /// The right moment passed.
    Missed,
    /// A machine did not do its part.
    Failed,
    /// The agent was stopped in the middle.
    Interrupted,
    /// A sealed picture can never be delivered.
    Undeliverable,
}

impl Outcome {
    /// Every outcome there is.
    pub const ALL: [Outcome; 6] = [
        Outcome::Refused,
        Outcome::Withheld,
        Outcome::Missed,
        Outcome::Failed,
        Outcome::Interrupted,
        Outcome::Undeliverable,
    ];

    /// The written form, as in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Refused => "refused",
            Outcome::Withheld => "withheld",
            Outcome::Missed => "missed",
            Outcome::Failed => "failed",
            Outcome::Interrupted => "interrupted",
            Outcome::Undeliverable => "undeliverable",
        }
    }

    /// Reads the written form.
    pub fn named(name: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }
}

/// A line of the diary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, such as `14:03:22`.
    pub at: String,
    /// What happened, in one sentence.
    pub text: String,
}

/// What the visitor's last action led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// One of [`crate::page::ACTIONS`]: the answer stands beside its button.
    pub action: String,
    /// What happened; may have several lines.
    pub says: String,
}
