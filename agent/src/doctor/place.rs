//! This PC: the user, the rooms, the clock, the disk, and what the unit must be able to reach.

use std::sync::Arc;

use lineshot_config::{AgentSettings, CameraSetting, ClockTrust};
use lineshot_doctor::{Finding, Reached, told};
use lineshot_domain::{Clock, ClockKeeper, Wall};
use lineshot_spool::{DiskTrial, Rooms, Whose, try_disk};

use super::split;
use crate::clock::WatchedClock;
use crate::site_key;

/// The user of the installed unit.
const USER: &str = "lineshot-agent";

pub(super) fn user(settings: &AgentSettings) -> Vec<Finding> {
    const CHECK: &str = "user";
    let key = match site_key::read(&settings.site_key) {
        Ok(_) => Finding::ok(CHECK, format!("the site key {} can be read", settings.site_key.display())),
        Err(error @ site_key::KeyFileError::Absent(_)) => {
            let (found, mend) = split(&error.to_string());
            Finding::warning(CHECK, found, mend)
        }
        Err(error) => Finding::failed(CHECK, told(&error), "give it to root:lineshot-agent with mode 0640"),
    };
    vec![lineshot_doctor::user(USER), key]
}

pub(super) fn rooms(settings: &AgentSettings) -> Vec<Finding> {
    lineshot_doctor::rooms(&settings.data, Whose::Agent)
}

pub(super) fn clock(settings: &AgentSettings, clock: &Arc<dyn Clock>) -> Finding {
    const CHECK: &str = "clock";
    let watched = WatchedClock::new(clock.clone(), settings.clock.clone());
    match watched.state(Wall::from_unix_ms(0)).keeper {
        ClockKeeper::Synchronised => Finding::ok(CHECK, "it is synchronised"),
        ClockKeeper::Unchecked => {
            let mend = "name \"kernel\" or a file as `clock.trust` before pictures are released";
            Finding::warning(CHECK, "nobody checks it, and every record says so", mend)
        }
        ClockKeeper::Unsynchronised => {
            let mend = match settings.clock {
                ClockTrust::File { .. } => {
                    "look whether the time service runs and touches the file of `clock.trust`"
                }
                _ => "start a time service (systemd-timesyncd or chrony) that reaches its server",
            };
            Finding::failed(CHECK, "it is not synchronised, so that no picture is taken", mend)
        }
        ClockKeeper::Unreadable => {
            let mend = "let the unit read the clock (no ProtectClock=), or name another `clock.trust`";
            Finding::failed(CHECK, "whether it is right cannot be read", mend)
        }
    }
}

const CHECK: &str = "disk";

/// Below this a long weekend without storage does not fit.
const WEEKEND: u64 = 72;
/// Below this not even a shift does.
const SHIFT: u64 = 8;
/// What one car's pictures have if no camera could be asked.
const GUESS: u64 = 1_500_000;

pub(super) fn disk(settings: &AgentSettings, bytes: Option<u64>, clock: &dyn Clock) -> Vec<Finding> {
    let rooms = Rooms::below(&settings.data);
    let room = if rooms.agent().exists() { rooms.agent() } else { settings.data.clone() };
    let trial = match try_disk(&room, clock) {
        Ok(trial) => trial,
        Err(error) => {
            let mend = "make room on the disk, or give the folder to the daemon's user";
            return vec![Finding::failed(CHECK, told(&error), mend)];
        }
    };
    let views = settings.stations.iter().map(|station| station.views.len()).sum();
    vec![lineshot_doctor::durable(&trial), room_for(&trial, views, bytes)]
}

/// How long pictures could wait here, at a car a minute at every station.
fn room_for(trial: &DiskTrial, views: usize, bytes: Option<u64>) -> Finding {
    let a_minute = bytes.unwrap_or(GUESS * views.max(1) as u64).max(1);
    let hours = trial.free / (a_minute * 60);
    let sure = if bytes.is_some() { "" } else { ", guessed" };
    let found = format!(
        "{} GB and {} files are free: {hours} hours of takt without storage, at a car a minute{sure}",
        trial.free / 1_000_000_000,
        trial.files,
    );
    let mend = "make room, or give the data folder a larger disk";
    match hours {
        _ if trial.is_low => Finding::failed(CHECK, format!("{found}; no picture is taken now"), mend),
        WEEKEND.. => Finding::ok(CHECK, found),
        SHIFT..WEEKEND => Finding::warning(CHECK, found, mend),
        _ => Finding::failed(CHECK, found, mend),
    }
}

/// All that the unit must be able to reach.
pub(super) fn reached(settings: &AgentSettings) -> Vec<Reached> {
    let broker = (settings.broker.host.clone(), settings.broker.port);
    let cameras = settings.stations.iter().flat_map(|station| {
        station.views.iter().filter_map(move |view| match &view.camera {
            CameraSetting::Http { url, .. } => {
                let (host, port) = url.host_and_port()?;
                Some(Reached { what: format!("the camera of {}/{}", station.id, view.id), host, port })
            }
            _ => None,
        })
    });
    std::iter::once(Reached { what: "the broker".to_owned(), host: broker.0, port: broker.1 })
        .chain(cameras)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use lineshot_doctor::Verdict;

    use super::*;

    #[test]
    fn a_disk_has_room_for_a_weekend_for_a_shift_or_too_little() {
        for (gigabytes, bytes, is_low, verdict, part) in [
            (
                20,
                Some(1_000_000),
                false,
                Verdict::Ok,
                ": 333 hours of takt without storage, at a car a minute",
            ),
            (2, Some(1_000_000), false, Verdict::Warning, ": 33 hours"),
            (1, Some(3_000_000), false, Verdict::Failed, ": 5 hours"),
            (20, None, false, Verdict::Ok, ": 111 hours of takt without storage, at a car a minute, guessed"),
            (20, Some(1_000_000), true, Verdict::Failed, "no picture is taken now"),
        ] {
            let free = gigabytes * 1_000_000_000;
            let trial = DiskTrial { durable: Duration::ZERO, free, files: 1000, is_low };
            let finding = room_for(&trial, 2, bytes);
            assert!(finding.verdict == verdict && finding.found.contains(part), "{finding:?}");
        }
    }
}
