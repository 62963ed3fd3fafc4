//! The whole house: its walls, its types, its units, and what it does with real peers.
//!
//! Holds: loopback only; nothing sleeps to synchronise; every process is killed with the test that started it.
#![expect(clippy::unwrap_used, reason = "a test fails where its world does")]
#![expect(clippy::disallowed_methods, reason = "a test writes without fsync in a folder of its own")]

mod canary;
mod commission;
mod contract;
mod demo;
mod end_to_end;
mod gate;
mod handover;
mod kill;
mod lengths;
mod mask_test;
mod misuse;
mod peers;
mod plant;
mod power;
mod programs;
mod soak;
mod units;
mod verify;
mod view_lock;
mod walls;
mod workspace;

use std::fs::OpenOptions;
use std::io::Write;

/// Skips a test aloud: `cargo xtask test` names it at the end. Only missing root or user namespaces are a reason; a
/// missing peer is a failure.
fn skip(test: &str, reason: &str) {
    eprintln!("skipped: {test}: {reason}");
    if let Some(list) = std::env::var_os("LINESHOT_SKIPPED_TESTS") {
        let mut list = OpenOptions::new().create(true).append(true).open(list).unwrap();
        writeln!(list, "{test}: {reason}").unwrap();
    }
}
