//! Peers of the whole house; their own tests are there.
#![expect(dead_code, reason = "the house needs more of them")]

#[path = "../../house/peers/mosquitto.rs"]
mod mosquitto;
#[path = "../../house/peers/process.rs"]
mod process;

pub(crate) use mosquitto::{Ear, Mosquitto};
pub(crate) use process::{Process, free_port, listen};
