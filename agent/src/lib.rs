//! The line-side daemon: plc -> desk -> parcel.
//!
//! Holds:
//! - the story of a picture is one function, `desk::photograph`;
//! - an event is acknowledged only after it is durable;
//! - the network is the plant's alone: there are no storage credentials here and no code that could use
//!   them.
//!
//! Deliberately absent: object storage, any look at pixels, any writing below the data folder that does
//! not go through the spool.

mod admission;
mod alarms;
mod angle;
mod asking;
mod bench;
mod cameras;
mod clock;
mod closings;
pub mod command;
mod commissioned;
mod desk;
pub mod doctor;
mod door;
pub mod explain;
mod failure;
mod foundation;
mod halt;
mod house;
pub mod listen;
mod lookout;
mod outbox;
pub mod plc;
pub mod release;
mod releases;
mod reload;
mod rounds;
mod run;
mod seats;
pub mod setup;
pub mod simulate;
#[cfg(test)]
mod simulation;
pub mod site_key;
mod sources;
mod states;
mod station;
pub mod stays;
mod threads;
#[cfg(feature = "usb")]
mod usb;
pub mod why;

pub use asking::AskError;
pub use command::Whose;
pub use failure::Failure;
pub use run::{Start, run};
pub use station::source;
