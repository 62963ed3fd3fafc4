//! Permission, asked again before every PUT: `state/state.signed`, the agent's latest word.
//!
//! Bad news is the default: no word, an old word, a word that goes back, is not signed or cannot be
//! kept in mind means that nothing leaves.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lineshot_domain::{Clock, StationId, Wall};
use rusqlite::params;

use super::{Back, CaseFacts, QueueError, StartError};
use crate::contract::{LARGEST_STATE, STATE_SCHEMA, StateText, parse_rfc3339, rfc3339};
use crate::disk::{self, DiskError, Rooms};
use crate::keys::{KeyError, PinnedKey, STATE_LABEL};

/// The agent renews its word several times a minute; two clocks of one PC do not differ.
const OLDEST: Duration = Duration::from_secs(60);

/// Why nothing may leave at the moment.
#[derive(Debug, thiserror::Error)]
pub enum Hold {
    /// The agent has said nothing yet.
    #[error("the agent has not written {path} yet; is lineshot-agent running?")]
    Silent {
        /// The state file.
        path: PathBuf,
    },
    /// It could not be read.
    #[error("the agent's state cannot be read; is this user in the group lineshot?")]
    Unread(#[source] DiskError),
    /// Not the pinned agent's.
    #[error(
        "the state in {path} is not signed by the pinned agent; if the agent was installed anew, run `lineshot pin --replace`"
    )]
    Unsigned {
        /// The state file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// Signed, but not of the schema known here.
    #[error(
        "the state in {path} is of a schema that this uploader does not know; install agent and uploader of one version"
    )]
    Unknown {
        /// The state file.
        path: PathBuf,
    },
    /// A number lower than one seen before.
    #[error(
        "the state has number {found}, but {seen} was seen before; was an old state or an old agent.db put back?"
    )]
    WentBack {
        /// The number in the file.
        found: u64,
        /// The highest seen.
        seen: u64,
    },
    /// Written too long ago.
    #[error("the agent's last word is from {at}, more than a minute ago; is lineshot-agent running?")]
    Old {
        /// RFC 3339.
        at: String,
    },
    /// Written in the future.
    #[error("the agent's last word is from {at}, in the future; has the clock of this PC been set back?")]
    Future {
        /// RFC 3339.
        at: String,
    },
    /// A person stopped all.
    #[error("everything is stopped; pictures wait until a person lifts the stop")]
    Stopped,
    /// The number could not be kept in mind.
    #[error("the state's number cannot be kept in mind")]
    Forgetful(#[source] QueueError),
}

/// Why this one case may never leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// Its album is denied.
    #[error("nothing may be added to its album")]
    Denied,
    /// Its public id was recalled.
    #[error("it was recalled")]
    Recalled,
    /// Its release was revoked.
    #[error("its release was revoked")]
    Revoked,
}

/// The agent's word of this moment: something may leave, though not for every case.
#[derive(Debug)]
#[must_use = "ask it about the case that is to leave"]
pub struct Permission(StateText);

impl Permission {
    /// Whether pictures of this station wait: somebody is drawing its views.
    pub fn is_closed(&self, station: &StationId) -> bool {
        self.0.closed.iter().any(|closed| closed == station.as_str())
    }

    /// Whether pictures of any station wait so.
    pub fn closes_any(&self) -> bool {
        !self.0.closed.is_empty()
    }

    /// Whether the agent trusts the clock, so that something may be too old by it.
    pub fn trusts_clock(&self) -> bool {
        self.0.clock
    }

    /// Whether something about this case may leave now.
    ///
    /// # Errors
    /// [`Stopped`]: it never may.
    pub fn for_case(self, facts: &CaseFacts) -> Result<Leave, Stopped> {
        let state = self.0;
        let named = |list: &[String], name: &str| list.iter().any(|entry| entry == name);
        if named(&state.denied, facts.album.as_str()) {
            return Err(Stopped::Denied);
        }
        if named(&state.recalled, facts.id.as_str()) {
            return Err(Stopped::Recalled);
        }
        if facts.release.as_deref().is_some_and(|release| named(&state.revoked, release)) {
            return Err(Stopped::Revoked);
        }
        Ok(Leave(()))
    }
}

/// The permission for one PUT, used up by it. It does not tie the PUT to its case: who asks, sends.
#[derive(Debug)]
#[must_use = "it is for one PUT, now"]
pub struct Leave(());

impl Back {
    /// What the agent says at this moment.
    ///
    /// # Errors
    /// [`Hold`] says why nothing may leave, and what to do.
    pub fn permission(&self) -> Result<Permission, Hold> {
        // Asked here, too: an agent that were not itself any more could sign that nobody has stopped.
        if !is_surely_absent(&self.stop) {
            return Err(Hold::Stopped);
        }
        let (state, at) = read(&self.rooms, &self.pin)?;
        self.keep_number(state.number)?;
        holds(&state, at, self.clock.wall())?;
        Ok(Permission(state))
    }

    /// Never believes a lower number again; each pinned key counts for itself.
    fn keep_number(&self, found: u64) -> Result<(), Hold> {
        let pin = self.pin.text();
        let number = i64::try_from(found).unwrap_or(i64::MAX);
        let seen: i64 = self
            .queue
            .query_row("SELECT coalesce(max(number), 0) FROM states WHERE pin = ?", [&pin], |row| row.get(0))
            .map_err(QueueError::doing("reading the state's number"))
            .map_err(Hold::Forgetful)?;
        if number < seen {
            return Err(Hold::WentBack { found, seen: seen.unsigned_abs() });
        }
        if number > seen {
            self.queue
                .execute("INSERT OR REPLACE INTO states (pin, number) VALUES (?, ?)", params![pin, number])
                .map_err(QueueError::doing("keeping the state's number"))
                .map_err(Hold::Forgetful)?;
        }
        Ok(())
    }
}

fn is_surely_absent(stop: &Path) -> bool {
    stop.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// What the agent says at this moment, for who only looks: whether it may be older than a word before is not
/// asked.
///
/// # Errors
/// [`StartError`] without a pinned key. Inside: why nothing may leave.
pub fn look_at_state(root: &Path, clock: &dyn Clock) -> Result<Result<(), Hold>, StartError> {
    let rooms = Rooms::below(root);
    let pin = super::pin::read(&rooms)?;
    Ok(read(&rooms, &pin).and_then(|(state, at)| holds(&state, at, clock.wall())))
}

/// The agent's last word and when it was said, whether or not that is long ago.
pub(crate) fn read(rooms: &Rooms, pin: &PinnedKey) -> Result<(StateText, Wall), Hold> {
    let path = rooms.state().join("state.signed");
    let state = read_signed(&path, pin)?;
    match parse_rfc3339(&state.at).filter(|_| state.schema == STATE_SCHEMA) {
        Some(at) => Ok((state, at)),
        None => Err(Hold::Unknown { path }),
    }
}

/// Whether that lets anything leave now.
pub(crate) fn holds(state: &StateText, at: Wall, now: Wall) -> Result<(), Hold> {
    if now.since(at) > OLDEST {
        return Err(Hold::Old { at: rfc3339(at) });
    }
    if at.since(now) > OLDEST {
        return Err(Hold::Future { at: rfc3339(at) });
    }
    if state.stopped { Err(Hold::Stopped) } else { Ok(()) }
}

fn read_signed(path: &Path, pin: &PinnedKey) -> Result<StateText, Hold> {
    let bytes = match disk::read_bounded(path, LARGEST_STATE) {
        Err(DiskError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return Err(Hold::Silent { path: path.to_owned() });
        }
        read => read.map_err(Hold::Unread)?,
    };
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (signature, json) = (&bytes[..line], bytes.get(line + 1..).unwrap_or_default());
    pin.verify(STATE_LABEL, json, &String::from_utf8_lossy(signature))
        .map_err(|source| Hold::Unsigned { path: path.to_owned(), source })?;
    serde_json::from_slice(json).map_err(|_| Hold::Unknown { path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, facts_alone};
    use super::*;
    use crate::keys::AgentKey;

    fn hold(back: &Back) -> String {
        back.permission().unwrap_err().to_string()
    }

    #[test]
    fn a_fresh_signed_word_lets_pictures_leave() {
        let world = World::new();
        assert!(world.back().permission().is_ok());
    }

    #[test]
    fn a_file_stops_whatever_the_agent_signs() {
        let world = World::new();
        let back = world.back();
        std::os::unix::fs::symlink("nowhere", world.stop()).unwrap();
        assert!(hold(&back).contains("stopped"));
        std::fs::remove_file(world.stop()).unwrap();
        assert!(back.permission().is_ok());
    }

    #[test]
    fn an_old_word_and_one_from_the_future_hold_everything() {
        let world = World::new();
        let back = world.back();
        for (later, held) in [(0, None), (60_000, None), (60_001, Some("minute ago"))] {
            world.hand.set(super::super::testing::NOW + later);
            assert_eq!(back.permission().is_err(), held.is_some(), "{later}");
            if let Some(held) = held {
                assert!(hold(&back).contains(held));
            }
        }
        let ahead = |ms| world.clock().wall().plus(Duration::from_millis(ms));
        world.say(|state| state.at = rfc3339(ahead(60_000)));
        assert!(back.permission().is_ok());
        world.say(|state| state.at = rfc3339(ahead(60_001)));
        assert!(hold(&back).contains("future"));
    }

    #[test]
    fn a_lower_number_is_never_believed_again_also_after_a_restart() {
        let world = World::new();
        let old = world.read("state/state.signed");
        world.say(|_| ());
        let back = world.back();
        assert!(back.permission().is_ok());
        assert!(back.permission().is_ok(), "the same number again");
        world.write("state/state.signed", &old);
        assert!(matches!(back.permission(), Err(Hold::WentBack { found: 1, seen: 2 })));
        drop(back);
        assert!(matches!(world.back().permission(), Err(Hold::WentBack { .. })));
    }

    #[test]
    fn only_the_pinned_agent_is_believed_to_the_last_byte() {
        let world = World::new();
        let back = world.back();
        let good = world.read("state/state.signed");
        for at in (0..good.len()).step_by(7).chain([good.len() - 1]) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            world.write("state/state.signed", &bad);
            assert!(matches!(back.permission(), Err(Hold::Unsigned { .. })), "byte {at}");
        }
        let json = good.split(|b| *b == b'\n').nth(1).unwrap().to_vec();
        let stranger = AgentKey::generate().unwrap().sign(STATE_LABEL, &json);
        world.write("state/state.signed", &[stranger.as_bytes(), b"\n", &json].concat());
        assert!(matches!(back.permission(), Err(Hold::Unsigned { .. })));
    }

    #[test]
    fn no_word_another_schema_or_a_stop_hold_everything() {
        let world = World::new();
        let back = world.back();
        world.say(|state| state.stopped = true);
        assert!(hold(&back).contains("stopped"));
        world.say(|state| state.schema = "lineshot/state/2".to_owned());
        assert!(hold(&back).contains("schema"));
        let state = world.root().join("state/state.signed");
        std::fs::remove_file(&state).unwrap();
        assert!(hold(&back).contains("lineshot-agent"));
        std::fs::create_dir(&state).unwrap();
        assert!(matches!(back.permission(), Err(Hold::Unread(_))), "something is there");
    }

    #[test]
    fn what_is_denied_recalled_or_revoked_never_leaves() {
        let world = World::new();
        let back = world.back();
        let mut text = facts_alone(1, "missed", Some("no_frame"));
        text.release = Some("r-7".to_owned());
        let facts = CaseFacts::read(&text).unwrap();
        let said = |say: &dyn Fn(&mut StateText)| {
            world.say(say);
            back.permission().unwrap().for_case(&facts).map(drop).err()
        };
        assert_eq!(said(&|_| ()), None);
        assert_eq!(said(&|state| state.denied = vec![text.album.clone()]), Some(Stopped::Denied));
        assert_eq!(said(&|state| state.recalled = vec![text.id.clone()]), Some(Stopped::Recalled));
        assert_eq!(said(&|state| state.revoked = vec!["r-7".to_owned()]), Some(Stopped::Revoked));
        assert_eq!(said(&|state| state.denied = vec!["ff".repeat(16)]), None);
    }

    #[test]
    fn the_word_says_which_stations_are_closed_and_whether_the_clock_is_trusted() {
        let world = World::new();
        let back = world.back();
        let words: [(&[&str], bool); 3] =
            [(&[], true), (&["marriage"], false), (&["paint", "marriage"], true)];
        for (closed, clock) in words {
            world.say(|state| {
                state.closed = closed.iter().map(|id| (*id).to_owned()).collect();
                state.clock = clock;
            });
            let permission = back.permission().unwrap();
            for id in ["marriage", "paint", "trim"] {
                let station = StationId::parse(id).unwrap();
                assert_eq!(permission.is_closed(&station), closed.contains(&id), "{id} of {closed:?}");
            }
            assert_eq!((permission.closes_any(), permission.trusts_clock()), (!closed.is_empty(), clock));
        }
    }

    #[test]
    fn who_only_looks_hears_what_holds_and_not_that_a_word_went_back() {
        let world = World::new();
        let looked = || look_at_state(world.root(), &*world.clock()).unwrap();
        let old = world.read("state/state.signed");
        assert!(looked().is_ok());
        world.say(|state| state.stopped = true);
        assert!(matches!(looked(), Err(Hold::Stopped)));
        assert!(matches!(world.back().permission(), Err(Hold::Stopped)), "its number is kept in mind");
        world.write("state/state.signed", &old);
        assert!(looked().is_ok());
    }
}
