//! Real servers, real signals: daemons, broker and store are killed again and again while cars come, and afterwards
//! bucket, ledger and what was published agree about every single one.
//!
//! Holds:
//! - every event is repeated by its PLC until it is accepted, as a PLC must do it;
//! - a number says which kills there are, and when: a failed run is run again with `LINESHOT_TEST_SEED`;
//! - the judge is tried on what it would have to find before it is believed.
//!
//! How many arrivals and kills there are is asked of the environment: `cargo xtask soak --arrivals 2000 --kills 500`.

mod books;
mod judge;
mod kills;
mod line;
mod outage;
mod shop;

use std::env;
use std::path::PathBuf;
use std::process::Command;

/// A number that the environment may give.
pub(crate) fn number(name: &str, otherwise: usize) -> usize {
    env::var(name).map_or(otherwise, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name} must be a number, and is `{text}`"))
    })
}

/// What chance is drawn from, printed so that it can be drawn again.
#[expect(clippy::print_stdout, reason = "who sees a test fail must be able to run it again")]
pub(crate) fn seed() -> u64 {
    let seed = env::var("LINESHOT_TEST_SEED")
        .map_or_else(|_| fastrand::u64(..), |text| text.parse().expect("LINESHOT_TEST_SEED is a number"));
    println!("LINESHOT_TEST_SEED={seed}");
    seed
}

/// This program of tests once more, as a process of its own that does nothing but what `test` does where `name` is
/// set.
pub(crate) fn another(test: &str, name: &str, value: PathBuf) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads", "1"]).env(name, value);
    command
}
