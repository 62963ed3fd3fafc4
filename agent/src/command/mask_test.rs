//! `lineshot mask-test`: a printed card is held where pictures are covered, and where they are not; what the pictures
//! show of it becomes a certificate.
//!
//! Holds: this program never sees a picture. The agent says what it could read in its covered, proven ones.
//!
//! Its limit: that the card was really held in a covered area is the word of who held it; no picture shows it.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use lineshot_codes::{CARD, Card, Row};
use lineshot_domain::Clock;
use lineshot_spool::user_name;
use serde::Serialize;

use super::{AskedView, settings};
use crate::asking::{SCHEMA, Said, ask};
use crate::door::Seen;
use crate::failure::Failure;
use crate::lookout::rfc3339;

/// Of which view, and where to; or the card itself.
#[derive(Clone, Debug, Args)]
pub struct MaskTest {
    /// The station, or STATION/VIEW where it has several
    #[arg(value_name = "STATION[/VIEW]", required_unless_present = "card")]
    view: Option<String>,
    /// The folder for the certificate
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Write the card to print, a drawing (SVG), and end
    #[arg(long, value_name = "FILE", conflicts_with = "view")]
    card: Option<PathBuf>,
    /// The configuration's folder
    #[arg(long, default_value = "/etc/lineshot")]
    config: PathBuf,
}

#[derive(Serialize)]
struct Ask<'a> {
    schema: &'static str,
    card: AskedView<'a>,
}

/// What was found, with its schema `lineshot/mask-test/1`.
#[derive(Serialize)]
struct Certificate {
    schema: &'static str,
    card: &'static str,
    view: String,
    /// What pictures of the view call what is covered in them.
    masks: String,
    at: String,
    by: String,
    program: &'static str,
    passed: bool,
    open: Open,
    covered: Vec<Covered>,
}

#[derive(Serialize)]
struct Open {
    pictures: u32,
    codes: Vec<String>,
    /// None: not even the largest row.
    smallest_letters: Option<Row>,
}

#[derive(Serialize)]
struct Covered {
    area: String,
    pictures: u32,
    codes: Vec<String>,
}

/// Asks for the card in each place, and writes what was seen, also if a code was seen where none may be. What cannot be
/// looked at gives no certificate.
///
/// # Errors
/// [`Failure`]; among others if a code could be read where it must not, or none where one must.
pub fn mask_test(
    asked: &MaskTest,
    clock: &dyn Clock,
    answers: &mut dyn BufRead,
    shown: &mut dyn Write,
) -> Result<(), Failure> {
    if let Some(file) = &asked.card {
        write(file, &Card::svg())?;
        say(shown, &format!("{}: print it at 100 %, on white paper\n", file.display()))?;
        return Ok(());
    }
    let question = Ask { schema: SCHEMA, card: AskedView::named(asked.view.as_deref().unwrap_or_default()) };
    let socket = settings(&asked.config)?.socket;
    let mut held = |place: &str| {
        say(shown, &format!("Hold the card {place}, facing the camera and still; then press Enter. "))?;
        if answers.read_line(&mut String::new()).context("nobody answered")? == 0 {
            return Err(Failure::Other(anyhow!(
                "nobody pressed Enter: the test is broken off, without a certificate"
            )));
        }
        let seen = look(&socket, &question)?;
        let read = if seen.codes.is_empty() { "nothing".to_owned() } else { seen.codes.join(", ") };
        say(shown, &format!("{} pictures; read: {read}\n", seen.pictures))?;
        Ok::<Seen, Failure>(seen)
    };
    let open = held("in the middle of what is shown")?;
    let mut covered = Vec::new();
    let areas = open.masks.iter().map(|mask| (mask.clone(), format!("where the mask {mask:?} is")));
    let around = (!open.shows_all).then(|| ("around".to_owned(), "beside what is shown".to_owned()));
    for (area, place) in areas.chain(around) {
        let seen = held(&place)?;
        if seen.cover != open.cover {
            return Err(Failure::Other(anyhow!("the masks were changed during the test: begin anew")));
        }
        covered.push(Covered { area, pictures: seen.pictures, codes: seen.codes });
    }
    let smallest_letters = open.rows.iter().copied().take_while(Row::is_legible).last();
    let passed = open.codes.iter().any(|code| code.starts_with("LINESHOT:"))
        && covered.iter().all(|area| area.codes.is_empty());
    let certificate = Certificate {
        schema: "lineshot/mask-test/1",
        card: CARD,
        view: open.view,
        masks: open.cover,
        at: rfc3339(clock.wall()),
        by: user_name().unwrap_or_else(|| "a user without a name".to_owned()),
        program: concat!("lineshot ", env!("CARGO_PKG_VERSION")),
        passed,
        open: Open { pictures: open.pictures, codes: open.codes, smallest_letters },
        covered,
    };
    let text = certificate.text();
    // No certificate takes another's place.
    let moment = certificate.at[..19].replace(':', "");
    let file = format!("mask-test-{}-{moment}", certificate.view.replace('/', "_"));
    let json = serde_json::to_string_pretty(&certificate).expect("plain data is JSON") + "\n";
    write(&asked.out.join(format!("{file}.json")), &json)?;
    write(&asked.out.join(format!("{file}.txt")), &text)?;
    say(shown, &format!("\n{text}\nwritten: {}.txt and .json\n", asked.out.join(&file).display()))?;
    if passed { Ok(()) } else { Err(Failure::Other(anyhow!("the test failed: the certificate says where"))) }
}

impl Certificate {
    fn text(&self) -> String {
        let mut text = String::new();
        let Certificate { card, view, masks, at, by, program, open, .. } = self;
        let verdict = if self.passed { "PASSED" } else { "FAILED" };
        let _infallible = writeln!(text, "Mask test of {view}: {verdict}");
        let _infallible = writeln!(text, "{at}, by {by}, with {program} and {card}; masks {masks}\n");
        let codes = |codes: &[String]| if codes.is_empty() { "no code".to_owned() } else { codes.join(", ") };
        let _infallible = writeln!(text, "open: {} pictures, {} was read", open.pictures, codes(&open.codes));
        let _infallible = match &open.smallest_letters {
            Some(row) => writeln!(
                text,
                "open: the smallest letters that could be read are {} mm high, {:.1} pixels",
                row.millimetres, row.pixels
            ),
            None => writeln!(text, "open: no row of letters could be read"),
        };
        for Covered { area, pictures, codes: found } in &self.covered {
            let verdict = if found.is_empty() { "covered" } else { "NOT COVERED" };
            let _infallible =
                writeln!(text, "{verdict}: {area:?}, {pictures} pictures, {} was read", codes(found));
        }
        text.push_str("\nThat the card was held there is the word of who held it.\n");
        text
    }
}

fn look(socket: &Path, question: &Ask<'_>) -> Result<Seen, Failure> {
    let mut seen = None;
    let came = ask(socket, question, &mut |said| {
        if let Said::Card(card) = said {
            seen = Some(card);
        }
        Ok(())
    });
    came.map_err(|error| Failure::Other(error.into()))?;
    seen.ok_or_else(|| {
        Failure::Other(anyhow!("the agent looked at nothing: is it of another version than this program?"))
    })
}

fn say(shown: &mut dyn Write, text: &str) -> Result<(), Failure> {
    let said = shown.write_all(text.as_bytes()).and_then(|()| shown.flush());
    Ok(said.context("the answer could not be shown")?)
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    #[expect(clippy::disallowed_methods, reason = "a file of who asked, below no room of ours")]
    let written = fs::write(file, text);
    Ok(written.with_context(|| format!("{} could not be written", file.display()))?)
}
