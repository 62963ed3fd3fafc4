//! `lineshot snapshot`: one covered, proven picture of a view, from the running agent into a file.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::Serialize;

use super::{AskedView, settings};
use crate::asking::{SCHEMA, Said, ask};
use crate::failure::Failure;

/// Of which view, and where to.
#[derive(Clone, Debug, Args)]
pub struct SnapshotOf {
    /// The station, or STATION/VIEW where it has several
    #[arg(value_name = "STATION[/VIEW]")]
    view: String,
    /// The file to write; one that is there is replaced
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The configuration's folder
    #[arg(long, default_value = "/etc/lineshot")]
    config: PathBuf,
}

#[derive(Serialize)]
struct Ask<'a> {
    schema: &'static str,
    snapshot: AskedView<'a>,
}

/// Asks the agent, writes what came, and says what it is.
///
/// # Errors
/// [`Failure`]; without a whole picture no file is written.
pub fn snapshot(asked: &SnapshotOf, shown: &mut dyn Write) -> Result<(), Failure> {
    let question = Ask { schema: SCHEMA, snapshot: AskedView::named(&asked.view) };
    let (mut picture, mut told) = (Vec::new(), String::new());
    let came = ask(&settings(&asked.config)?.socket, &question, &mut |said| {
        match said {
            Said::Part(part) => picture.extend(part),
            Said::Text(text) => told = text,
            Said::Look(_) | Said::Card(_) | Said::Aim(_) => {}
        }
        Ok(())
    });
    came.map_err(|error| Failure::Other(error.into()))?;
    if picture.is_empty() {
        return Err(Failure::Other(anyhow!(
            "the agent gave no picture: is it of another version than this program?"
        )));
    }
    #[expect(clippy::disallowed_methods, reason = "a file of who asked, below no room of ours")]
    let written = fs::write(&asked.out, &picture);
    written.with_context(|| format!("{} could not be written", asked.out.display()))?;
    writeln!(shown, "{}: {told}", asked.out.display()).context("the answer could not be shown")?;
    Ok(())
}
