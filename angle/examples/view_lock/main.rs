//! `cargo xtask bench view-lock`: what the view lock accepts and what it does not, and what it costs.
//!
//! A virtual camera looks at photographs of Debian's packages, and at the rendered line. Each of its frames goes the way
//! of a camera's: JPEG, darkroom, proof, plane, verdict. Nothing is tuned here, and the same numbers are drawn each time.
#![expect(clippy::print_stdout, reason = "a bench speaks to the person who ran it")]
#![expect(
    clippy::disallowed_methods,
    reason = "a bench measures the machine's own time, in a folder of its own"
)]

mod arrivals;
mod blur;
mod cost;
mod depths;
mod line;
mod nuisance;
mod passing;
mod photo;
mod plot;
mod report;
mod stills;
mod way;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::report::Report;
use crate::way::Way;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Photographs of the packages plasma-workspace-wallpapers and lomiri-wallpapers-16.04.
const PLASMA: [&str; 7] =
    ["EveningGlow", "ColdRipple", "Path", "BytheWater", "Grey", "ColorfulCups", "FallenLeaf"];
const LOMIRI: [&str; 7] = [
    "Dragonfly_by_Bolly",
    "life_by_Aitzol_Berasategi",
    "picosdeeuropa_by_Aitzol_Berasategi",
    "sunset_by_Aitzol_Berasategi",
    "friends_by_Aitzol_Berasategi",
    "aitzgorri_by_Aitzol_Berasategi",
    "Bridge_by_Sander_Klootwijk",
];

/// So many frames of each kind; the whole takes about twenty-five minutes of two cores.
const ROUNDS: usize = 2;

const INTRODUCTION: &str = "\
Measured on 2 cores, x86-64, by `cargo xtask bench view-lock`, which writes this file and its plot into the cache folder \
`bench-view-lock`; the same frames are drawn each time, only the times differ.

A virtual camera of 1920x1080 looks at photographs of Debian's packages `plasma-workspace-wallpapers` and \
`lomiri-wallpapers-16.04`. What stands between scene and picture has three levels, 0.5, 1 and 2: exposure and gamma, smooth \
gradients, hard shadows, cars over 3 to 50 % of the frame, blur of up to 2.4 px, noise, JPEG of quality 60 to 88. Every \
frame goes the real way: JPEG, darkroom, proof, plane, verdict. Each scene is enrolled with 12 still pictures of level 0.25. \
The tolerance is 4 px; lengths are pixels of a frame of 1080 lines, at the corner that went farthest.";

/// What is measured, in order.
const PARTS: &str = "abcde";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let done = match (arguments.next(), arguments.next()) {
        (Some(python), Some(folder)) => {
            let rounds = arguments.next().map_or(Ok(ROUNDS), |rounds| rounds.parse());
            let parts = arguments.next().unwrap_or_else(|| PARTS.to_owned());
            rounds
                .map_err(Into::into)
                .and_then(|rounds| bench(python.as_ref(), folder.as_ref(), rounds, &parts))
        }
        _ => Err("say it as `view_lock PYTHON FOLDER [ROUNDS [PARTS]]`; cargo xtask bench does".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("view_lock: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(python: &Path, folder: &Path, rounds: usize, parts: &str) -> Outcome<()> {
    fs::create_dir_all(folder)?;
    let began = way::cpu();
    let mut report = Report::default();
    report.says(&format!("# The view lock, measured\n\n{INTRODUCTION}"));
    let way = Way::new(&[])?;
    let scenes = stills::scenes(&way, &files(), &mut report)?;
    for part in parts.chars() {
        match part {
            'a' => {
                report.says("## Single frames");
                let drawing = stills::bench(&way, &scenes, rounds, &mut report)?;
                fs::write(folder.join("view-lock-bench.svg"), drawing)?;
                report.says("![Frames accepted, by how far a corner really went](view-lock-bench.svg)");
            }
            'b' => {
                report.says("## Arrivals");
                arrivals::bench(&way, &scenes, rounds, &mut report)?;
            }
            'c' => {
                report.says("## Two depths");
                depths::bench(&scenes, rounds, &mut report)?;
            }
            'd' => {
                report.says("## The camera `line`");
                line::bench(&mut report)?;
            }
            'e' => {
                report.says("## Cost");
                cost::bench(&way, &scenes, python, folder, &mut report)?;
            }
            _ => return Err(format!("there is no part {part}; these are: {PARTS}").into()),
        }
        fs::write(folder.join("view-lock-bench.md"), report.text())?;
    }
    println!("{:.0} s of CPU; written to {}", (way::cpu() - began) / 1000.0, folder.display());
    Ok(())
}

fn files() -> Vec<(String, PathBuf)> {
    let plasma = |name: &str| format!("/usr/share/wallpapers/{name}/contents/images/2560x1600.jpg").into();
    let lomiri = |name: &str| format!("/usr/share/backgrounds/{name}.jpg").into();
    let short = |name: &str| name.split("_by_").next().unwrap_or(name).to_owned();
    let all = PLASMA.iter().map(|name| ((*name).to_owned(), plasma(name)));
    all.chain(LOMIRI.iter().map(|name| (short(name), lomiri(name)))).collect()
}
