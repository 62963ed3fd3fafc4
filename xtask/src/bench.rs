//! The benches: each builds what it measures as it is shipped, and hands over to a program of its own.
//!
//! Deliberately absent: the measuring itself, so that this program builds in seconds.

use anyhow::{Result, bail};

use crate::house::{House, succeed};
use crate::peers;

/// A bench by its name, and what it measures.
struct Bench {
    name: &'static str,
    what: &'static str,
    run: fn(&House) -> Result<()>,
}

const ALL: [Bench; 4] = [
    Bench {
        name: "restart",
        what: "how long both daemons take until they are ready with 100,000 parcels waiting, beside a folder of JSON files",
        run: restart,
    },
    Bench {
        name: "idle",
        what: "what it costs to keep one camera warm, and eight, beside a loop of OpenCV that reads each frame",
        run: idle,
    },
    Bench {
        name: "picture",
        what: "what a picture costs, both ways, without and with the proof, beside OpenCV, libjpeg-turbo and ffmpeg",
        run: picture,
    },
    Bench {
        name: "view-lock",
        what: "which pictures the view lock accepts when a camera stands still or was moved, and what it costs, beside OpenCV",
        run: view_lock,
    },
];

/// Runs the bench that is named.
pub(crate) fn run(house: &House, arguments: &[String]) -> Result<()> {
    let names: Vec<String> = ALL.iter().map(|bench| format!("{}: {}", bench.name, bench.what)).collect();
    match arguments {
        [name] => match ALL.iter().find(|bench| bench.name == name) {
            Some(bench) => (bench.run)(house),
            None => bail!("there is no bench `{name}`; these are there:\n{}", names.join("\n")),
        },
        _ => bail!("say one of these, as `cargo xtask bench NAME`:\n{}", names.join("\n")),
    }
}

fn restart(house: &House) -> Result<()> {
    // The daemons without the bench, so that it adds no feature to what is measured.
    for what in [
        &["--package", "lineshot-agent", "--package", "lineshot-uploader"][..],
        &["--package", "lineshot-spool", "--example", "restart"],
    ] {
        let mut words = vec!["build", "--release", "--locked"];
        words.extend(what);
        succeed(&mut house.cargo_command(&words))?;
    }
    let release = house.target().join("release");
    let mut restart = house.command(release.join("examples/restart"), &[]);
    succeed(restart.arg(release).arg(house.cache().join("bench")))
}

fn idle(house: &House) -> Result<()> {
    let python = peers::for_benches(house)?;
    for what in [&["--package", "lineshot-agent"][..], &["--package", "lineshot-agent", "--example", "idle"]]
    {
        let mut words = vec!["build", "--release", "--locked"];
        words.extend(what);
        succeed(&mut house.cargo_command(&words))?;
    }
    let release = house.target().join("release");
    let mut idle = house.command(release.join("examples/idle"), &[]);
    succeed(idle.arg(release).arg(python).arg(house.cache().join("bench-idle")))
}

fn picture(house: &House) -> Result<()> {
    let python = peers::for_benches(house)?;
    succeed(&mut house.cargo_command(&[
        "build",
        "--release",
        "--locked",
        "--package",
        "lineshot-picture",
        "--example",
        "picture",
    ]))?;
    let mut picture = house.command(house.target().join("release/examples/picture"), &[]);
    succeed(picture.arg(python).arg(house.cache().join("bench-picture")))
}

fn view_lock(house: &House) -> Result<()> {
    let python = peers::for_benches(house)?;
    succeed(&mut house.cargo_command(&[
        "build",
        "--release",
        "--locked",
        "--package",
        "lineshot-angle",
        "--example",
        "view_lock",
    ]))?;
    let mut view_lock = house.command(house.target().join("release/examples/view_lock"), &[]);
    succeed(view_lock.arg(python).arg(house.cache().join("bench-view-lock")))
}
