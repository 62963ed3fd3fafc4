//! `lineshot aim` and `lineshot enrol`: a camera is put straight, and its angle is kept, without anybody seeing a picture.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use lineshot_config::{AgentSettings, Edited};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{AskedView, settings};
use crate::asking::{SCHEMA, Said, ask};
use crate::door::Aimed;
use crate::failure::Failure;

/// Which camera.
#[derive(Clone, Debug, Args)]
pub struct Aim {
    /// The station, or STATION/VIEW where it has several
    #[arg(value_name = "STATION[/VIEW]")]
    view: String,
    /// No tone
    #[arg(long)]
    quiet: bool,
    /// The configuration's folder
    #[arg(long, default_value = "/etc/lineshot")]
    config: PathBuf,
}

/// Which view, how long, and what it is called.
#[derive(Clone, Debug, Args)]
pub struct Enrol {
    /// The station, or STATION/VIEW where it has several
    #[arg(value_name = "STATION[/VIEW]")]
    view: String,
    /// How long to watch, 10 to 900 s: while vehicles come and go
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(10..=900))]
    seconds: u32,
    /// What it looks like now; one of the same name is replaced
    #[arg(long, default_value = "day")]
    name: String,
    /// Keep what was enrolled before, beside it: each of them counts
    #[arg(long)]
    keep: bool,
    /// The configuration's folder
    #[arg(long, default_value = "/etc/lineshot")]
    config: PathBuf,
}

#[derive(Serialize)]
struct AskAim<'a> {
    schema: &'static str,
    aim: AskedView<'a>,
}

#[derive(Serialize)]
struct AskEnrol<'a> {
    schema: &'static str,
    enrol: AskedEnrolment<'a>,
}

#[derive(Serialize)]
struct AskedEnrolment<'a> {
    #[serde(flatten)]
    view: AskedView<'a>,
    seconds: u32,
    name: &'a str,
    keep: bool,
}

/// Says which way to turn the camera, several times a second, until it stands right.
///
/// # Errors
/// [`Failure`]; among others if it does not stand right after a quarter of an hour.
pub fn aim(asked: &Aim, shown: &mut dyn Write) -> Result<(), Failure> {
    let question = AskAim { schema: SCHEMA, aim: AskedView::named(&asked.view) };
    let mut right = false;
    let came = ask(&settings(&asked.config)?.socket, &question, &mut |said| {
        match said {
            Said::Aim(aimed) => {
                right = aimed.right;
                let tone = if !asked.quiet && aimed.verdict == "same" { "\u{7}" } else { "" };
                writeln!(shown, "{}{tone}", line(&aimed))?;
            }
            Said::Text(text) => writeln!(shown, "{text}")?,
            Said::Look(_) | Said::Card(_) | Said::Part(_) => {}
        }
        shown.flush()
    });
    came.map_err(|error| Failure::Other(error.into()))?;
    if !right {
        return Err(Failure::Other(anyhow!("the camera does not stand right yet: begin anew")));
    }
    writeln!(shown, "The camera stands right: fasten it.").context("the answer could not be shown")?;
    Ok(())
}

/// Which way to turn the camera: what is seen too far to the right asks for a turn to the right.
fn line(aimed: &Aimed) -> String {
    let [found, of] = aimed.found;
    let Some([right, down, turn, zoom, corner]) = aimed.fit else {
        return format!("?  not recognised ({}); bring it about to where it was", aimed.words);
    };
    let arrow = |value: f64, positive: char, negative: char| match value {
        value if value >= 0.5 => positive,
        value if value <= -0.5 => negative,
        _ => '·',
    };
    let verdict = match aimed.verdict.as_str() {
        "same" => "SAME ",
        _ => "     ",
    };
    format!(
        "{verdict} {} {:5.1} px  {} {:5.1} px  {} {:5.2}°  {} {:4.1} %   corner {corner:5.1} px, {found} of {of} anchors",
        arrow(right, '→', '←'),
        right.abs(),
        arrow(down, '↓', '↑'),
        down.abs(),
        arrow(turn * 10.0, '↻', '↺'),
        turn.abs(),
        arrow(zoom * 500.0, '−', '+'),
        zoom.abs() * 100.0,
    )
}

/// Has the view watched, writes what was found below the configuration's folder, and names it in the station's file.
///
/// # Errors
/// [`Failure`]; a scene that cannot be verified says why, and nothing is written.
pub fn enrol(asked: &Enrol, shown: &mut dyn Write) -> Result<(), Failure> {
    let agent = settings(&asked.config)?;
    let view = AskedView::named(&asked.view);
    let place = Place::of(&agent, &asked.config, view)?;
    let question = AskEnrol {
        schema: SCHEMA,
        enrol: AskedEnrolment { view, seconds: asked.seconds, name: &asked.name, keep: asked.keep },
    };
    let mut text = Vec::new();
    let came = ask(&agent.socket, &question, &mut |said| {
        match said {
            Said::Text(line) => writeln!(shown, "{line}")?,
            Said::Part(part) => text.extend(part),
            Said::Look(_) | Said::Card(_) | Said::Aim(_) => {}
        }
        shown.flush()
    });
    came.map_err(|error| Failure::Other(error.into()))?;
    if text.is_empty() {
        return Err(Failure::Other(anyhow!(
            "the agent gave nothing: is it of another version than this program?"
        )));
    }
    let hash = hex::encode(Sha256::digest(&text));
    place.write(&text)?;
    let named = place.name(&hash)?;
    let told = match named {
        true => format!("{}: `lock.references` names it", place.station.display()),
        false => format!(
            "write this into the view of {}:\n    lock = {{ references = \"{hash}\" }}",
            place.station.display()
        ),
    };
    writeln!(
        shown,
        "written: {}\n{told}\nIt counts from the next reload on: systemctl reload lineshot-agent\nA released station needs a new \
         signature for it: lineshot release prepare",
        place.references.display()
    )
    .context("the answer could not be shown")?;
    Ok(())
}

/// The files of a view's references.
struct Place {
    references: PathBuf,
    station: PathBuf,
    /// Whether the station has this view alone, so that its key can be found by a program.
    is_only: bool,
}

impl Place {
    fn of(agent: &AgentSettings, folder: &Path, asked: AskedView<'_>) -> Result<Place, Failure> {
        let station = agent.stations.iter().find(|station| station.id.as_str() == asked.station);
        let station =
            station.ok_or_else(|| Failure::Other(anyhow!("there is no station {:?}", asked.station)))?;
        let view = match asked.view {
            Some(name) => station.views.iter().find(|view| view.id.as_str() == name),
            None => station.views.first().filter(|_| station.views.len() == 1),
        };
        let view = view.ok_or_else(|| {
            Failure::Other(anyhow!("name one of the views of station {}, as {}/VIEW", station.id, station.id))
        })?;
        Ok(Place {
            references: crate::angle::file(folder, &station.id, view),
            station: folder.join("stations").join(format!("{}.toml", station.id)),
            is_only: station.views.len() == 1,
        })
    }

    fn write(&self, text: &[u8]) -> Result<(), Failure> {
        if let Some(folder) = self.references.parent() {
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        replace(&self.references, text)
    }

    /// Names it in the station's file, if that can be done by a program.
    fn name(&self, hash: &str) -> Result<bool, Failure> {
        if !self.is_only {
            return Ok(false);
        }
        let path = &self.station;
        let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let mut edited = Edited::read(&text).context("the station's file cannot be changed")?;
        edited.set("view.lock.references", hash).context("the station's file cannot be changed")?;
        replace(path, edited.to_string().as_bytes())?;
        Ok(true)
    }
}

/// The whole file or the one before.
fn replace(path: &Path, text: &[u8]) -> Result<(), Failure> {
    let new = path.with_extension("toml.new");
    #[expect(clippy::disallowed_methods, reason = "a file of the configuration, below no room of ours")]
    let written = fs::write(&new, text).and_then(|()| fs::rename(&new, path));
    Ok(written.with_context(|| format!("{} cannot be written: run this as who may", path.display()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_says_which_way_to_turn_the_camera() {
        let aimed = |fit| Aimed {
            verdict: "moved".to_owned(),
            fit,
            found: [20, 32],
            words: "of 32 anchors 20 were recognised".to_owned(),
            right: false,
        };
        let told = line(&aimed(Some([11.6, -3.2, -0.42, 0.013, 16.2])));
        for part in ["→  11.6 px", "↑   3.2 px", "↺  0.42°", "−  1.3 %", "corner  16.2 px, 20 of 32"]
        {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(line(&aimed(None)).contains("not recognised"));
    }
}
