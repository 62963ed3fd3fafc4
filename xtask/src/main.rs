//! lineshot's errands: `cargo xtask demo`, `test`, `ci`, `soak`, `bench`, `guide`, `cross`.
//!
//! Holds:
//! - it builds in seconds: std, anyhow and toml;
//! - every cargo it starts builds in one folder of the user, so that fresh clones reuse dependencies;
//! - what a test skipped is counted and named at the end.
//!
//! Deliberately absent: anything a user needs. The product is built by `cargo build`.
#![expect(clippy::print_stdout, reason = "an errand speaks to the person who ran it")]

mod bench;
mod cross;
mod demo;
mod deny;
mod house;
mod kernel;
mod peers;
mod soak;
mod steps;
mod suite;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::house::House;
use crate::steps::Steps;

const ERRANDS: &str = "\
cargo xtask demo    build lineshot and watch it at work (--once: end after the table; --webcam: with a USB camera; arrive --order 7,
                    resend 3, cut-storage, kill agent …: try to break the running demo)
cargo xtask test    install what the tests need, then run all tests
cargo xtask ci      format, clippy, docs, dependencies, then the same tests
cargo xtask soak    kill daemons, broker and store again and again (--arrivals 2000 --kills 500), or cut the
                    power (--power-cuts 200): the same tests, as often as you say
cargo xtask bench   measure side by side with what a user would take instead: bench restart
cargo xtask guide   draw the pictures of docs/operator/ anew, by the browser tests
cargo xtask cross   build the programs for aarch64, and try them under an emulator (docs/cross.md)";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let Some((errand, rest)) = arguments.split_first() else {
        println!("{ERRANDS}");
        return Ok(());
    };
    if let Some(extra) = rest.first().filter(|_| !["demo", "soak", "bench"].contains(&errand.as_str())) {
        bail!("`{extra}` is not understood; only `demo`, `soak` and `bench` take arguments\n{ERRANDS}");
    }
    let house = House::find()?;
    match errand.as_str() {
        "demo" => demo::run(&house, rest),
        "test" => test(&house),
        "ci" => ci(&house),
        "soak" => soak::run(&house, rest),
        "bench" => bench::run(&house, rest),
        "guide" => guide(&house),
        "cross" => cross::build(&house),
        other => bail!("there is no errand `{other}`\n{ERRANDS}"),
    }
}

fn test(house: &House) -> Result<()> {
    let mut steps = Steps::default();
    steps.take("peers", || peers::for_tests(house));
    steps.take("tests", || suite::run(house));
    steps.close()
}

/// The same tests that try the page take the pictures.
fn guide(house: &House) -> Result<()> {
    peers::for_tests(house)?;
    let mut tests =
        house.cargo_command(&["test", "-p", "lineshot-scenarios", "--test", "house", "--locked", "--"]);
    tests.args(["commission::draw", "commission::hands"]);
    house::succeed(tests.env("LINESHOT_GUIDE_PICTURES", house.root().join("docs/operator")))
}

fn ci(house: &House) -> Result<()> {
    let mut steps = Steps::default();
    steps.take("peers", || peers::for_tests(house));
    steps.take("format", || house.cargo(&["fmt", "--all", "--check"]));
    steps.take("clippy", || {
        house.cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
    });
    steps.take("docs", || {
        let with = ["--features", "lineshot-agent/usb"];
        let doc = ["doc", "--workspace", "--no-deps", "--locked"];
        let mut doc = house.cargo_command(&[doc.as_slice(), &with].concat());
        house::succeed(doc.env("RUSTDOCFLAGS", "-D warnings"))
    });
    steps.take("cargo-deny", || peers::for_ci(house));
    steps.take("dependencies", || deny::check(house));
    steps.take("demo", || demo::once(house));
    steps.take("tests", || suite::run(house));
    steps.close()
}
