//! The demo: builds what it needs, and hands over to it.
//!
//! Deliberately absent: everything else. Broker, store, page and the answers to `arrive`, `cut-storage` … are
//! `lineshot-demo`'s, so that this program builds in seconds and says something at once.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::house::{House, succeed};
use crate::peers;
use crate::steps::minutes;

const PACKAGES: [&str; 4] = ["lineshot-agent", "lineshot-uploader", "lineshot", "lineshot-demo"];

const INTRODUCTION: &str = "\
lineshot demo: six cars come down a rendered line. The real agent and uploader photograph them, cover what is
confidential, and fill their albums; broker, storage and a page to watch are part of the demo. All of it stays on
this machine and below one folder.";

/// Builds and runs the demo, or does something to the one that runs.
pub(crate) fn run(house: &House, arguments: &[String]) -> Result<()> {
    if arguments.first().is_some_and(|first| !first.starts_with('-')) {
        return hand_over(house, arguments);
    }
    println!("{INTRODUCTION}\n");
    build(house, arguments.iter().any(|word| word == "--webcam"))?;
    hand_over(house, arguments)
}

/// The demo with `--once`, as a step of the checks.
pub(crate) fn once(house: &House) -> Result<()> {
    build(house, false)?;
    succeed(demo(house)?.arg("--once"))
}

#[expect(clippy::disallowed_methods, reason = "an errand tells its reader how long a step took")]
fn build(house: &House, with_webcam: bool) -> Result<()> {
    if !program(house).exists() {
        println!(
            "Building it from source: about 10 minutes on two cores the first time, seconds after that."
        );
    }
    let start = Instant::now();
    let mut words = vec!["build", "--locked"];
    words.extend(PACKAGES.iter().flat_map(|package| ["--package", package]));
    if with_webcam {
        peers::for_usb(house)?;
        words.extend(["--features", "lineshot-agent/usb-portable"]);
    }
    succeed(&mut house.cargo_command(&words))?;
    println!("Built in {}.\n", minutes(start.elapsed()));
    Ok(())
}

/// Becomes the demo: signals and the exit code are its own.
fn hand_over(house: &House, arguments: &[String]) -> Result<()> {
    if !program(house).exists() {
        bail!("no demo was built yet: start one in another terminal with `cargo xtask demo`");
    }
    let mut demo = match arguments.iter().any(|word| word.starts_with("--folder")) {
        true => house.command(program(house), &[]),
        false => demo(house)?,
    };
    Err(demo.args(arguments).exec()).context("starting the demo")
}

fn demo(house: &House) -> Result<Command> {
    let program = program(house);
    let folder = house.cache().join("demo");
    let folder = folder.to_str().context("the cache folder's path is not UTF-8")?;
    Ok(house.command(program, &["--folder", folder]))
}

fn program(house: &House) -> PathBuf {
    house.target().join("debug/lineshot-demo")
}
