//! The wall between the daemons, with two doors: [`Front`] (agent) puts cases in, [`Back`] (uploader)
//! takes parcels out. The only room that writes below the data folder.
//!
//! Holds, whatever dies in between:
//! - an arrival and its cases are durable before anybody is told so;
//! - a case has at most one outcome; the transaction is the commit, what follows on disk is redo;
//! - a directory in `ready/` is complete and never changes again;
//! - a [`Parcel`] exists only after its signature, its hashes and its second proof;
//! - a parcel is removed only after its receipt is durable: delete last.
//!
//! Deliberately absent: network, async, configuration, any decision about permission, and a VIN or an
//! order number in the clear.

mod back;
mod check;
pub mod contract;
#[cfg(test)]
mod crash;
mod database;
mod disk;
mod front;
mod keys;
#[cfg(any(test, feature = "model"))]
pub mod model;
mod thumbhash;
mod trial;

pub use back::*;
pub use check::{Checked, Counted, Finding, What, check};
pub use disk::{DiskError, Rooms, Waker, Watch};
pub use front::*;
pub use keys::{AgentKey, AlbumKey, KeyError, PARCEL_LABEL, PinnedKey, STATE_LABEL};
pub use trial::{DiskTrial, RoomTrial, Whose, try_disk, try_rooms, user_name, user_of};
