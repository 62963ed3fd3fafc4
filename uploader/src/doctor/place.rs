//! This PC, as the uploader's user sees it: the rooms, the agent's word, the disk.

use lineshot_config::UploaderSettings;
use lineshot_doctor::{Finding, Reached, durable, rooms, told, user};
use lineshot_domain::Clock;
use lineshot_spool::{Hold, Rooms, Whose, look_at_state, try_disk};

use super::split;

/// The user of the installed unit.
const USER: &str = "lineshot-uploader";

pub(super) fn place(settings: &UploaderSettings, clock: &dyn Clock) -> Vec<Finding> {
    let mut found = vec![user(USER)];
    found.extend(rooms(&settings.data, Whose::Uploader));
    found.extend([agent(settings, clock), disk(settings, clock)]);
    found
}

/// All that the unit must be able to reach.
pub(super) fn reached(settings: &UploaderSettings) -> Vec<Reached> {
    let at = settings.store.endpoint.host_and_port();
    at.map(|(host, port)| Reached { what: "the store".to_owned(), host, port }).into_iter().collect()
}

/// Whether the agent is believed, and says that something may leave.
fn agent(settings: &UploaderSettings, clock: &dyn Clock) -> Finding {
    match look_at_state(&settings.data, clock) {
        Err(error) => {
            let (found, mend) = split(&told(&error));
            Finding::failed("pin", found, mend)
        }
        Ok(Ok(())) => Finding::ok("agent", "it is believed, and says that pictures may leave"),
        Ok(Err(Hold::Stopped)) => {
            let mend = "ask who stopped them, and whether the deny list and the orders can be read (the agent's log)";
            Finding::warning("agent", "it says that nothing may leave now", mend)
        }
        Ok(Err(hold)) => {
            let (found, mend) = split(&told(&hold));
            Finding::failed("agent", found, mend)
        }
    }
}

fn disk(settings: &UploaderSettings, clock: &dyn Clock) -> Finding {
    const CHECK: &str = "disk";
    let rooms = Rooms::below(&settings.data);
    if !rooms.uploader().exists() {
        return Finding::skipped(CHECK, "the uploader's room is not there yet");
    }
    match try_disk(&rooms.uploader(), clock) {
        Err(error) => {
            Finding::failed(CHECK, told(&error), "make room on the disk, or give the folder to this user")
        }
        Ok(trial) => durable(&trial),
    }
}
