//! `lock` of a view: how its angle is checked.

use crate::key::{Key, Keys, Table};
use crate::shape::{Nested, Text};

/// How a view's angle is checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Lock {
    /// How far a corner of the picture may have gone, 1 to 4 pixels of a frame of 1080 lines.
    pub tolerance: f64,
    /// SHA-256 of the file that enrolment wrote, in hex; `None`: the view was not enrolled yet.
    pub references: Option<String>,
}

const PIXELS: &str = "\"1px\" to \"4px\"";
static TOLERANCE: Key<Text<f64>> = Key::default(
    "tolerance",
    Text {
        read: |at, text| {
            let number = text.strip_suffix("px").and_then(|number| number.parse::<f64>().ok());
            let mend = "covers reach 4 pixels farther than they must: write so many or less";
            number.filter(|number| (1.0..=4.0).contains(number)).or_else(|| at.not(PIXELS, mend))
        },
        words: PIXELS,
        pattern: r"^[1-4](\.[0-9]+)?px$",
    },
    "\"4px\"",
    "How far the corner of the picture that moved most may have moved, in pixels of a frame of 1080 lines.",
);
const HASH: &str = "64 hexadecimal digits, as `lineshot enrol` writes them";
static REFERENCES: Key<Text<String>> = Key::optional(
    "references",
    Text {
        read: |at, text| {
            let is_hash =
                text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if is_hash { Some(text.to_owned()) } else { at.not(HASH, "enrol the view with `lineshot enrol`") }
        },
        words: HASH,
        pattern: "^[0-9a-f]{64}$",
    },
    "What the angle is compared with: the SHA-256 of `references/<station>/<view>.toml`. `lineshot enrol` writes it; without \
     it the view takes no picture.",
);

static KEYS: Keys = Keys {
    about: "Only pictures of the enrolled angle: a camera that was moved takes none.",
    keys: &[&TOLERANCE, &REFERENCES],
    elsewhere: &[],
};

pub(crate) const LOCK: Nested<Lock> = Nested { keys: &KEYS, read };

fn read(table: &Table<'_>) -> Option<Lock> {
    let (tolerance, references) = (table.read(&TOLERANCE), table.read(&REFERENCES));
    if table.has(&REFERENCES) && references.is_none() {
        return None;
    }
    Some(Lock { tolerance: tolerance?, references })
}
