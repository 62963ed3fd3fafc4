//! This PC, as either daemon's user sees it: user, rooms, disk.

use std::path::Path;
use std::time::Duration;

use lineshot_spool::{DiskTrial, RoomTrial, Rooms, Whose, try_rooms, user_name};

use crate::Finding;

/// A disk that takes longer holds the line up.
const SLOW: Duration = Duration::from_millis(100);

/// Whether the check sees what the daemon would: its user is called so once it is installed.
pub fn user(installed: &str) -> Finding {
    const CHECK: &str = "user";
    match user_name() {
        Some(name) if name == installed => {
            Finding::ok(CHECK, format!("checked as {name}, the daemon's own user"))
        }
        name => {
            let name = name.unwrap_or_else(|| "a user without a name".to_owned());
            let found = format!("checked as {name}, not as {installed}: what that user may do was not seen");
            Finding::warning(CHECK, found, "once installed, run `lineshot doctor` as root")
        }
    }
}

/// Owners and modes of the rooms below the data folder.
pub fn rooms(data: &Path, whose: Whose) -> Vec<Finding> {
    const CHECK: &str = "rooms";
    let told = |trial| match trial {
        RoomTrial::Fine(found) => Finding::ok(CHECK, found),
        RoomTrial::NotYet => {
            Finding::skipped(CHECK, "not all are there yet: each is made at the first start")
        }
        RoomTrial::Trial(found) => {
            Finding::warning(CHECK, found, "fine for a trial; installed, the two daemons are two users")
        }
        RoomTrial::Wrong(found, mend) => Finding::failed(CHECK, found, mend),
    };
    if !data.is_dir() {
        let found = format!("the data folder {} does not exist", data.display());
        return vec![Finding::failed(
            CHECK,
            found,
            "make it, or correct `data`: it is the same in agent.toml and uploader.toml",
        )];
    }
    let mut found: Vec<Finding> = try_rooms(&Rooms::below(data), whose).into_iter().map(told).collect();
    // Of those that are not there yet one line is enough.
    found.dedup();
    found
}

/// How long it takes until something written lasts.
pub fn durable(trial: &DiskTrial) -> Finding {
    const CHECK: &str = "disk";
    let found = format!("a file of 300 KB is durable after {} ms", trial.durable.as_millis());
    match trial.durable < SLOW {
        true => Finding::ok(CHECK, found),
        false => {
            Finding::warning(CHECK, found, "use a disk of this PC's own that is not busy with something else")
        }
    }
}
