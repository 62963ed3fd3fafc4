//! The uploader against stores of many tempers: an S3 server that allows PutObject alone, and a scripted
//! one that says no.

#![allow(missing_docs)]

mod answers;
mod delivery;
mod house;
mod program;
mod refusals;
