//! The gate of a real agent at a real broker: what closes it, what it tells the PLC and the operator, and
//! what it tells nobody.
//!
//! Holds: loopback only; nothing sleeps, tests wait for what the broker, the agent's log or the book shows;
//! every process is killed with the test that started it.
#![expect(clippy::unwrap_used, reason = "a test fails where its world does")]
#![expect(clippy::disallowed_methods, reason = "a test has a folder and a clock of its own")]

mod alarms;
mod between;
mod broker;
mod cameras;
mod contract;
mod discretion;
mod doctor;
mod door;
mod freshness;
mod handshake;
mod lines;
mod listen;
mod looks;
mod officer;
mod past;
mod plant;
mod record;
mod release;
mod reload;
mod rubbish;
mod sources;
mod verdicts;
mod widening;
