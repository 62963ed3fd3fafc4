//! What can be read in a view's pictures, for who holds the test card before its camera: numbers and words, no picture.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use lineshot_codes::{Card, Code, Plane, Row};
use lineshot_domain::{Mono, Show};
use serde::{Deserialize, Serialize};

use super::Answer;
use super::snapshot::{Asked, at_the_bench, refusal};
use crate::bench;
use crate::house::House;
use crate::station::{Station, View};

/// A card is held still for so long, and so long passes until the next look.
const LOOK: Duration = Duration::from_secs(3);

/// Codes that are told, and characters of each.
const MOST: usize = 20;
const LONGEST: usize = 100;

/// Pictures in which letters are read.
const LETTERS: u32 = 3;

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// `station/view`.
    pub(crate) view: String,
    /// What is covered, by name.
    pub(crate) masks: Vec<String>,
    /// Whether all outside of the masks is shown.
    pub(crate) shows_all: bool,
    /// What pictures call what is covered in them.
    pub(crate) cover: String,
    /// How many pictures were looked at.
    pub(crate) pictures: u32,
    /// What the codes say that were read in any of them.
    pub(crate) codes: Vec<String>,
    /// The card's rows of letters, as far as they could be read at best; empty where the card was not found.
    pub(crate) rows: Vec<Row>,
}

/// By the bench permit: never when stopped, and each time on record.
pub(super) fn card(
    asked: &Asked,
    uid: u32,
    house: &House,
    say: &mut impl FnMut(&Answer) -> io::Result<()>,
) -> io::Result<Result<(), String>> {
    let looked = at_the_bench(asked, "test card before", uid, house, |station, view| {
        look(station, view, house, house.clock.mono().plus(LOOK))
    });
    match looked {
        Ok(seen) => say(&Answer::Card(seen)).map(Ok),
        Err(no) => Ok(Err(no)),
    }
}

fn look(station: &Station, view: &View, house: &House, until: Mono) -> Result<Seen, String> {
    let (mut pictures, mut codes, mut rows) = (0, BTreeSet::new(), Vec::new());
    while pictures == 0 || house.clock.mono() < until {
        let picture = bench::picture(view, house.clock.mono()).map_err(refusal)?;
        let plane = Plane::of(&picture).map_err(|error| error.to_string())?;
        let found = plane.codes();
        if pictures < LETTERS {
            rows = better(rows, Card::rows(&plane, &found).unwrap_or_default());
        }
        codes.extend(found.into_iter().map(|code: Code| plain(&code.text)));
        pictures += 1;
    }
    Ok(Seen {
        view: format!("{}/{}", station.id, view.id),
        masks: view.scene.masks().iter().map(|mask| mask.name.clone()).collect(),
        shows_all: matches!(view.scene.show(), Show::All),
        cover: view.masks.clone(),
        pictures,
        codes: codes.into_iter().take(MOST).collect(),
        rows,
    })
}

/// Of two readings of the card the one with more letters.
fn better(one: Vec<Row>, other: Vec<Row>) -> Vec<Row> {
    let read = |rows: &[Row]| rows.iter().map(|row| row.read).sum::<u32>();
    if read(&other) > read(&one) || one.is_empty() { other } else { one }
}

/// A code may hold anything.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}
