//! `lineshot`: the operator's hand.
//!
//! Holds: every answer comes from `lineshot-agent` or `lineshot-uploader`, started with this terminal's
//! input and output; their exit code is passed on, the worse of two.
//!
//! Deliberately absent: any work of its own. It links neither daemon, reads no configuration and touches
//! no data, so it needs no rights that its user does not have.

mod args;
mod programs;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let errands = args::Cli::parse().errands();
    match programs::run(&errands) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("lineshot: {error:#}");
            ExitCode::FAILURE
        }
    }
}
