//! `cargo xtask bench restart`: how long both daemons take until they are ready, with 100,000 parcels waiting.
//!
//! Ready is the uploader when it connects to the store for its first parcel, the agent when it connects to the broker;
//! this program listens in the place of both. Beside them, in the same run, what a user would write instead: a folder
//! for each parcel with a JSON file in it, read when the program starts.
//!
//! Each run ends by SIGKILL, so that the next one begins as after a power cut.
#![expect(clippy::print_stdout, reason = "a bench speaks to the person who ran it")]
#![expect(
    clippy::disallowed_methods,
    reason = "a bench measures the machine's own time, in a folder of its own"
)]

mod fill;
mod house;
mod measure;
mod sidecar;

use std::error::Error;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use house::House;
use measure::{Measured, Subject};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The script that a user would write.
const SCRIPT: &str = include_str!("sidecar.py");

struct Asked {
    programs: PathBuf,
    folder: PathBuf,
    parcels: u64,
    times: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.split_first() {
        Some((word, rest)) if word == "sidecar" => sidecar::run(rest),
        _ => asked(&arguments).and_then(|asked| run(&asked)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("restart: {error}");
            ExitCode::FAILURE
        }
    }
}

fn asked(arguments: &[String]) -> Outcome<Asked> {
    let [programs, folder, more @ ..] = arguments else {
        return Err(
            "say it as `restart PROGRAMS FOLDER [PARCELS [TIMES]]`; cargo xtask bench restart does".into()
        );
    };
    let number = |at: usize, default: u64| more.get(at).map_or(Ok(default), |text| text.parse());
    let (parcels, times) = (number(0, 100_000)?, usize::try_from(number(1, 5)?)?);
    Ok(Asked { programs: programs.into(), folder: folder.into(), parcels, times })
}

fn run(asked: &Asked) -> Outcome<()> {
    let Asked { programs, folder, parcels, times } = asked;
    let house = House::new(folder)?;
    println!("filling {} with {parcels} parcels …", folder.display());
    fill::fill(&house, *parcels)?;
    let taken = fill::take_some(&house, *parcels)?;
    println!("the uploader's own door took {taken} of them, from first to last, as whole and proven");
    check(programs, &house)?;

    let data = house.data();
    let own = std::env::current_exe()?;
    let uploader = || {
        let mut command = Command::new(programs.join("lineshot-uploader"));
        command.arg("run").arg("--config").arg(house.config());
        command
    };
    let agent = || {
        let mut command = Command::new(programs.join("lineshot-agent"));
        command.args(["run", "--unreleased", "--config"]).arg(house.config());
        command
    };
    let in_rust = || {
        let mut command = Command::new(&own);
        command.arg("sidecar").arg(data.join("ready")).arg(house.store_port().to_string());
        command
    };
    let in_python = || {
        let mut command = Command::new("python3");
        command.args(["-c", SCRIPT]).arg(data.join("ready")).arg(house.store_port().to_string());
        command
    };
    let nothing = || Ok(());
    let subjects = [
        Subject { name: "lineshot-uploader", start: &uploader, before: &|| house.say(), port: &house.store },
        Subject {
            name: "lineshot-uploader, an empty queue",
            start: &uploader,
            before: &|| house.say().and_then(|()| house.forget_queue()),
            port: &house.store,
        },
        Subject { name: "lineshot-agent", start: &agent, before: &nothing, port: &house.broker },
        Subject {
            name: "lineshot-agent, all lines unseen",
            start: &agent,
            before: &|| house.forget_checkpoint(),
            port: &house.broker,
        },
        Subject { name: "JSON files, in Rust", start: &in_rust, before: &nothing, port: &house.store },
        Subject { name: "JSON files, in Python", start: &in_python, before: &nothing, port: &house.store },
    ];
    let cold = measure::can_drop_caches();
    let measured = measure::all(&subjects, *times, cold, folder)?;
    println!("{}", table(&measured, *parcels, *times, cold));
    // Hundreds of thousands of files; after a failure they stay, to be looked at.
    Ok(std::fs::remove_dir_all(folder)?)
}

/// The product's own look at what was filled in.
fn check(programs: &std::path::Path, house: &House) -> Outcome<()> {
    let began = std::time::Instant::now();
    let mut command = Command::new(programs.join("lineshot-agent"));
    let output = command.args(["spool", "check", "--data"]).arg(house.data()).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    print!("{said}");
    if !output.status.success() {
        return Err(format!("spool check ended with {}", output.status).into());
    }
    println!("spool check took {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

fn table(measured: &[Measured], parcels: u64, times: usize, cold: bool) -> String {
    let mut text = format!(
        "\nready with {parcels} parcels waiting: middle of {times} starts (slowest); peak memory is VmHWM\n\
         {:36} {:>20} {:>20} {:>12}\n",
        "", "cold", "warm", "peak"
    );
    let seconds = |times: &[f64]| match times {
        [] => "-".to_owned(),
        times => format!("{:.2} s ({:.2} s)", times[times.len() / 2], times[times.len() - 1]),
    };
    for it in measured {
        let peak = it.peak_kib as f64 / 1024.0;
        text.push_str(&format!(
            "{:36} {:>20} {:>20} {peak:>8.0} MiB\n",
            it.name,
            seconds(&it.cold),
            seconds(&it.warm)
        ));
    }
    if !cold {
        text.push_str("cold was left out: only root may empty the kernel's caches\n");
    }
    text
}
