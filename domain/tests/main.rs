//! The gate judged from outside: by a table of situations, by a slow oracle for the calendar, and by
//! a model of who owns which car. All were written from the design, not from the gate's code.
#![expect(clippy::unwrap_used, reason = "this whole crate is tests")]

mod ownership;
mod situations;
mod summer_time;
