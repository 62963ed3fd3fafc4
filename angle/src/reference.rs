//! What a view was enrolled with, and its written form: TOML, one file a view.
//!
//! ```toml
//! format = "lineshot-references-1"
//! view   = "marriage/front"
//! frame  = [1920, 1080]
//! crop   = [0, 0, 1920, 1080]        # left, top, width, height, in pixels
//!
//! [[reference]]
//! name      = "day"
//! at        = "2026-11-26T10:00:00Z"
//! pictures  = 240                    # that were watched
//! unguarded = ["robot controller"]   # masks around which too little could be watched
//!
//! [[reference.anchor]]
//! x      = 120                       # the patch's left column and upper line, in points
//! y      = 64
//! detail = 0.31                      # how sharp it was
//! guards = "whiteboard"              # left out where it guards no mask
//! side   = "left"                    # of that mask: left, right, above, below
//! patch  = "…"                       # 24 x 24 signed bytes in base64
//! ```

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::correlation::Patch;
use crate::ground::Ground;
use crate::guards::{Guarded, Side};

/// Points on each side of an anchor's patch.
pub(crate) const SIDE: usize = 24;

const FORMAT: &str = "lineshot-references-1";
/// Day, night and what else a place looks like.
const MOST_REFERENCES: usize = 8;
/// Of one reference, guards included.
const MOST_ANCHORS: usize = 64;
/// Of a name, in characters.
const NAME: usize = 40;

/// A patch of the scene that does not move.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Anchor {
    /// Its upper left corner, in points.
    pub(crate) at: (usize, usize),
    pub(crate) patch: Patch<SIDE>,
    /// How much neighbouring pixels differed in it, beside how much its points did.
    pub(crate) detail: f64,
    /// The mask that it lies beside.
    pub(crate) guards: Option<Guarded>,
}

/// How a view looked when it was enrolled once.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) at: String,
    pub(crate) pictures: u32,
    pub(crate) unguarded: Vec<String>,
    pub(crate) anchors: Vec<Anchor>,
}

/// All that a view may look like.
#[derive(Clone, Debug, PartialEq)]
pub struct References {
    view: String,
    frame: (u32, u32),
    crop: (u32, u32, u32, u32),
    pub(crate) all: Vec<Reference>,
}

/// Why references cannot be used. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// Not TOML, or not of this form.
    #[error("they are not understood: enrol the view anew")]
    Form(#[source] Box<toml::de::Error>),
    /// Of another form.
    #[error("they are of the format {0:?}, not {FORMAT}: enrol the view anew")]
    Format(String),
    /// Of another view.
    #[error("they are of the view {found:?}, not {expected:?}: enrol this one")]
    View {
        /// Which one was wanted.
        expected: String,
        /// Whose they are.
        found: String,
    },
    /// The picture had another size or place.
    #[error("frame or crop have changed since they were made: enrol the view anew")]
    Ground,
    /// None, too many, or without a name of their own.
    #[error(
        "they are none, more than {MOST_REFERENCES}, or not each of a name of its own: enrol the view anew"
    )]
    Names,
    /// An anchor that is none.
    #[error("anchor {number} of {name:?} is none: enrol the view anew")]
    Anchor {
        /// Whose anchor.
        name: String,
        /// Which, from 1.
        number: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: String,
    view: String,
    frame: (u32, u32),
    crop: (u32, u32, u32, u32),
    reference: Vec<WrittenReference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenReference {
    name: String,
    at: String,
    pictures: u32,
    unguarded: Vec<String>,
    anchor: Vec<WrittenAnchor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAnchor {
    x: usize,
    y: usize,
    detail: f64,
    guards: Option<String>,
    side: Option<String>,
    patch: String,
}

impl References {
    /// Reads what [`References::text`] writes, for the view that is called `view` (`station/view`).
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn read(text: &str, view: &str, ground: &Ground) -> Result<References, ReferenceError> {
        let written: Written = toml::from_str(text).map_err(|error| ReferenceError::Form(Box::new(error)))?;
        if written.format != FORMAT {
            return Err(ReferenceError::Format(written.format.chars().take(NAME).collect()));
        }
        if written.view != view {
            let found = written.view.chars().take(2 * NAME).collect();
            return Err(ReferenceError::View { expected: view.to_owned(), found });
        }
        if (written.frame, written.crop) != (ground.frame, ground.crop) {
            return Err(ReferenceError::Ground);
        }
        let mut all: Vec<Reference> = Vec::new();
        for reference in written.reference {
            let is_new = all.iter().all(|other| other.name != reference.name);
            if !is_new || all.len() == MOST_REFERENCES || !is_name(&reference.name) {
                return Err(ReferenceError::Names);
            }
            all.push(read(reference, ground)?);
        }
        if all.is_empty() {
            return Err(ReferenceError::Names);
        }
        Ok(References { view: written.view, frame: written.frame, crop: written.crop, all })
    }

    /// With one reference.
    pub(crate) fn new(view: &str, ground: &Ground, one: Reference) -> References {
        References { view: view.to_owned(), frame: ground.frame, crop: ground.crop, all: vec![one] }
    }

    /// These, and the others' own beside them: one of the same name takes the place of the one before.
    ///
    /// # Errors
    /// [`ReferenceError`] if they belong to another picture or become too many.
    pub fn with(mut self, newer: References) -> Result<References, ReferenceError> {
        if (&self.view, self.frame, self.crop) != (&newer.view, newer.frame, newer.crop) {
            return Err(ReferenceError::Ground);
        }
        for reference in newer.all {
            self.all.retain(|other| other.name != reference.name);
            self.all.push(reference);
        }
        if self.all.len() > MOST_REFERENCES {
            return Err(ReferenceError::Names);
        }
        Ok(self)
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|reference| reference.name.as_str())
    }

    /// Masks around which one of them watches too little: what moves there alone may not be noticed.
    pub fn unguarded(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.all.iter().flat_map(|reference| reference.unguarded.iter().map(String::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Their written form; the same references give the same text.
    pub fn text(&self) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let (left, top, width, height) = self.crop;
        let mut text = format!(
            "# How the view looked when it was enrolled. A release names this file by its hash: change nothing.\n\
             format = \"{FORMAT}\"\nview   = {}\nframe  = [{}, {}]\ncrop   = [{left}, {top}, {width}, {height}]\n",
            quoted(&self.view),
            self.frame.0,
            self.frame.1,
        );
        for reference in &self.all {
            let unguarded: Vec<String> = reference.unguarded.iter().map(|name| quoted(name)).collect();
            let _infallible = write!(
                text,
                "\n[[reference]]\nname      = {}\nat        = {}\npictures  = {}\nunguarded = [{}]\n",
                quoted(&reference.name),
                quoted(&reference.at),
                reference.pictures,
                unguarded.join(", "),
            );
            for Anchor { at, patch, detail, guards } in &reference.anchors {
                let bytes: Vec<u8> = patch.values().map(|value| value as i8 as u8).collect();
                let guards = guards.as_ref().map(|Guarded { mask, side }| {
                    format!("guards = {}\nside   = \"{}\"\n", quoted(mask), side.name())
                });
                let guards = guards.unwrap_or_default();
                let _infallible = write!(
                    text,
                    "\n[[reference.anchor]]\nx      = {}\ny      = {}\ndetail = {detail:.4}\n{guards}patch  = \"{}\"\n",
                    at.0,
                    at.1,
                    STANDARD.encode(bytes),
                );
            }
        }
        text
    }
}

/// Whether a reference may be called so.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control)
}

fn read(written: WrittenReference, ground: &Ground) -> Result<Reference, ReferenceError> {
    let WrittenReference { name, at, pictures, unguarded, anchor: anchors } = written;
    let wrong = |number: usize| ReferenceError::Anchor { name: name.clone(), number };
    if anchors.len() > MOST_ANCHORS {
        return Err(wrong(MOST_ANCHORS + 1));
    }
    let read = |anchor: WrittenAnchor| {
        let WrittenAnchor { x, y, detail, guards, side, patch } = anchor;
        let guards = match (guards, side) {
            (None, None) => None,
            (mask, side) => Some(Guarded { mask: mask?, side: Side::named(&side?)? }),
        };
        let fits = |at: usize, most: usize| at.checked_add(SIDE).is_some_and(|end| end <= most);
        let bytes = STANDARD.decode(patch).ok()?;
        let values: Vec<i16> = bytes.into_iter().map(|byte| i16::from(byte as i8)).collect();
        let patch = Patch::new(&values)?;
        let is_sound = fits(x, ground.width) && fits(y, ground.height) && detail.is_finite() && detail >= 0.0;
        is_sound.then_some(Anchor { at: (x, y), patch, detail, guards })
    };
    let anchors = anchors
        .into_iter()
        .enumerate()
        .map(|(at, anchor)| read(anchor).ok_or_else(|| wrong(at + 1)))
        .collect::<Result<_, _>>()?;
    Ok(Reference { name, at, pictures, unguarded, anchors })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Place, enrolled, ground, scene};

    fn references(seed: u64) -> References {
        enrolled(&Place::new(seed), &scene(&[[0.30, 0.30, 0.60, 0.60]])).unwrap().references
    }

    #[test]
    fn what_is_written_is_read_back_and_nothing_else_is() {
        let own = ground(&scene(&[[0.30, 0.30, 0.60, 0.60]]));
        let references = references(1);
        let text = references.text();
        let read = |text: &str| References::read(text, "marriage/front", &own);
        assert_eq!(read(&text).unwrap().text(), text);
        assert_eq!(text, self::references(1).text());
        for (from, to) in [
            ("lineshot-references-1", "lineshot-references-2"),
            ("[960, 544]", "[960, 540]"),
            ("marriage/front", "marriage/rear"),
            ("name      = \"day\"", "name      = \"\""),
            ("x      = ", "x      = 9"),
            ("x      = ", "x      = -"),
            ("detail = ", "detail = nan # "),
            ("patch  = \"", "patch  = \"A"),
            ("side   = ", "# "),
            ("guards = ", "# "),
            ("side   = \"", "side   = \"be"),
            ("pictures  = 8", "pictures  = 8\ncar = 1"),
        ] {
            assert!(text.contains(from), "{from}");
            assert!(read(&text.replacen(from, to, 1)).is_err(), "{from} {to}");
        }
    }

    #[test]
    fn day_and_night_stand_beside_each_other_and_a_new_day_takes_the_olds_place() {
        let mut night = references(2);
        night.all[0].name = "night".to_owned();
        let both = references(1).with(night).unwrap();
        assert_eq!(both.names().collect::<Vec<_>>(), ["day", "night"]);
        let newer = both.with(references(3)).unwrap();
        assert_eq!(newer.names().collect::<Vec<_>>(), ["night", "day"]);
        let elsewhere = enrolled(&Place::new(1), &scene(&[])).unwrap().references;
        assert!(newer.clone().with(elsewhere).is_ok(), "masks may change");
        let mut other = references(1);
        other.crop.2 -= 8;
        assert!(matches!(newer.with(other), Err(ReferenceError::Ground)));
    }
}
