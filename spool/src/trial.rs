//! Trying the rooms and the disk, for `lineshot doctor`: what is written is removed.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use lineshot_domain::Clock;

use crate::disk::{self, DiskError, HEADROOM, Rooms};

/// Which daemon asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The agent.
    Agent,
    /// The uploader.
    Uploader,
}

/// What came of looking at a room: a sentence, and its mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomTrial {
    /// As it should be.
    Fine(String),
    /// It is not there: it is made at the first start.
    NotYet,
    /// As it may be on trial.
    Trial(String),
    /// To be mended, and how.
    Wrong(String, String),
}

/// A room by its daemon: path, mode, whether the daemon that asks owns it.
struct Room {
    path: std::path::PathBuf,
    mode: u32,
    owner: Whose,
}

/// Looks at owners and modes of all rooms, as the daemon's user.
pub fn try_rooms(rooms: &Rooms, whose: Whose) -> Vec<RoomTrial> {
    let all = [
        Room { path: rooms.agent(), mode: 0o700, owner: Whose::Agent },
        Room { path: rooms.ready(), mode: 0o2770, owner: Whose::Agent },
        Room { path: rooms.receipts(), mode: 0o2770, owner: Whose::Uploader },
        Room { path: rooms.state(), mode: 0o2750, owner: Whose::Agent },
        Room { path: rooms.uploader(), mode: 0o700, owner: Whose::Uploader },
    ];
    let mut found: Vec<RoomTrial> = all.iter().map(|room| try_room(room, whose)).collect();
    found.retain(|trial| !matches!(trial, RoomTrial::Fine(said) if said.is_empty()));
    if found.is_empty() {
        found.push(RoomTrial::Fine(
            "owners and modes are right, and the other daemon's room is closed".to_owned(),
        ));
    }
    found
}

fn try_room(room: &Room, whose: Whose) -> RoomTrial {
    let path = room.path.display();
    let mend =
        "apply systemd/lineshot.tmpfiles (`systemd-tmpfiles --create`), or on trial remove the data folder"
            .to_owned();
    let about = match fs::metadata(&room.path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return RoomTrial::NotYet;
        }
        Err(error) => return RoomTrial::Wrong(format!("{path} cannot be looked at ({error})"), mend),
    };
    let mode = about.mode() & 0o7777;
    if mode != room.mode {
        return RoomTrial::Wrong(format!("{path} has mode {mode:04o} and not {:04o}", room.mode), mend);
    }
    let is_ours = about.uid() == rustix::process::geteuid().as_raw();
    let private = room.mode == 0o700;
    match (whose == room.owner, is_ours) {
        (true, false) => RoomTrial::Wrong(format!("{path} belongs to user {}", about.uid()), mend),
        (false, true) if private => {
            RoomTrial::Trial(format!("{path} belongs to the same user as the other daemon's rooms"))
        }
        (false, false) if private && fs::read_dir(&room.path).is_ok() => {
            RoomTrial::Wrong(format!("{path} can be entered, and is the other daemon's alone"), mend)
        }
        _ => RoomTrial::Fine(String::new()),
    }
}

/// What the disk can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskTrial {
    /// Until a file of 300 KB with its name is durable: the middle of five.
    pub durable: Duration,
    /// Free for this user, in bytes.
    pub free: u64,
    /// How many files more.
    pub files: u64,
    /// So little is free that no picture is taken.
    pub is_low: bool,
}

/// Writes five files durably into the room and removes them.
///
/// # Errors
/// [`DiskError`].
pub fn try_disk(room: &Path, clock: &dyn Clock) -> Result<DiskTrial, DiskError> {
    let path = room.join("doctor.trial");
    let body = vec![0x5a; 300_000];
    let mut times = Vec::new();
    for _ in 0..5 {
        let began = clock.mono();
        let made = disk::write_new(&path, &body, 0o600).and_then(|()| disk::sync_dir(room));
        times.push(clock.mono().since(began));
        let removed =
            fs::remove_file(&path).map_err(|source| DiskError::Remove { path: path.clone(), source });
        made.and(removed)?;
    }
    times.sort();
    let left = disk::left(room)?;
    Ok(DiskTrial { durable: times[2], free: left.bytes, files: left.files, is_low: left.bytes < HEADROOM })
}

/// The name of this process's user, by the system's table of users.
pub fn user_name() -> Option<String> {
    user_of(rustix::process::geteuid().as_raw())
}

/// The name of the user with this id, by the same table.
pub fn user_of(id: u32) -> Option<String> {
    let id = id.to_string();
    let table = fs::read_to_string("/etc/passwd").ok()?;
    table.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use lineshot_domain::{Mono, Wall};

    use super::*;

    struct Still;

    impl Clock for Still {
        fn mono(&self) -> Mono {
            Mono::from_start(Duration::ZERO)
        }

        fn wall(&self) -> Wall {
            Wall::from_unix_ms(0)
        }
    }

    #[test]
    fn a_room_of_another_mode_or_that_is_not_there_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let rooms = Rooms::below(folder.path());
        let all = try_rooms(&rooms, Whose::Agent);
        assert!(all.len() == 5 && all.iter().all(|it| *it == RoomTrial::NotYet), "{all:?}");
        for (path, mode) in [
            (rooms.agent(), 0o700),
            (rooms.ready(), 0o2770),
            (rooms.receipts(), 0o2770),
            (rooms.state(), 0o2750),
            (rooms.uploader(), 0o700),
        ] {
            disk::make_room(&path, mode).unwrap();
        }
        // One user for both, as on trial.
        let all = try_rooms(&rooms, Whose::Agent);
        assert!(matches!(all.as_slice(), [RoomTrial::Trial(said)] if said.contains("uploader")), "{all:?}");
        fs::set_permissions(rooms.agent(), fs::Permissions::from_mode(0o750)).unwrap();
        let all = try_rooms(&rooms, Whose::Agent);
        assert!(
            matches!(&all[0], RoomTrial::Wrong(said, _) if said.contains("0750 and not 0700")),
            "{all:?}"
        );
    }

    #[test]
    fn the_disk_is_tried_and_nothing_stays() {
        let folder = tempfile::tempdir().unwrap();
        let trial = try_disk(folder.path(), &Still).unwrap();
        assert!(trial.free > 0 && trial.durable == Duration::ZERO);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let nowhere = folder.path().join("nowhere");
        assert!(matches!(
            try_disk(&nowhere, &Still),
            Err(DiskError::Write { .. } | DiskError::Remove { .. })
        ));
    }
}
