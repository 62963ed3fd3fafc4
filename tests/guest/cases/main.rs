//! USB cameras on the kernel's own drivers: the agent itself runs in a guest, with cameras that can be plugged in,
//! unplugged, exchanged and broken; what it makes of them reaches a broker and a store outside.
//!
//! Holds: loopback only; nothing sleeps to synchronise; one guest for all cases, and every process ends with the tests.
#![expect(clippy::unwrap_used, reason = "a test fails where its world does")]
#![expect(clippy::disallowed_methods, reason = "a test writes without fsync in a folder of its own")]
// The guest runs the programs that were built here, and the peers that make it are of this architecture.
#![cfg(target_arch = "x86_64")]

mod bus;
mod contract;
mod drivers;
mod faults;
mod identity;
mod listing;
mod machine;
mod ordinary;
mod peers;
mod plant;
mod plugs;
mod raw;
mod sight;
#[expect(dead_code, reason = "the house needs more of it")]
#[path = "../../house/workspace.rs"]
mod workspace;
