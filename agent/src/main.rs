//! `lineshot-agent`: the line-side daemon, and the commands that need its rooms.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

mod arguments;
mod obey;

use arguments::Cli;
use clap::Parser as _;

fn main() -> ExitCode {
    // Raw frames are in this process's memory: no core dump, and no other process of this user looks in.
    if rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable).is_err() {
        let _ = writeln!(std::io::stderr(), "lineshot-agent: the kernel would not forbid core dumps");
    }
    rustls::crypto::ring::default_provider().install_default().expect("nothing else installs a TLS provider");
    obey::obey(Cli::parse().command).unwrap_or_else(|failure| {
        let told = failure.told(std::io::stderr().is_terminal());
        let _ = std::io::stderr().write_all(told.as_bytes());
        failure.code()
    })
}
