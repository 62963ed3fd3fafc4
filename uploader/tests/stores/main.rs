//! The uploader against stores of many tempers: an S3 server that allows PutObject alone, and a scripted
//! one that says no.

#![expect(clippy::unwrap_used, reason = "tests, and what only they use")]

mod answers;
mod delivery;
mod doctor;
mod expiry;
mod house;
mod program;
mod refusals;
mod released;
mod secret;
