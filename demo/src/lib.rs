//! The embedded object store of the demo and the tests, and a way to look into any store from outside.
//!
//! Holds:
//! - the store listens on loopback alone, on a free port that it keeps over an outage;
//! - whoever has its credentials has the rights its [`Rule`] gives, and everybody else none;
//! - what it stores lies as plain files below its folder: `<folder>/<bucket>/<key>`.
//!
//! Deliberately absent: TLS, several accounts, any use outside the demo and the tests. It is in no package.

mod ask;
pub mod page;
pub mod show;
mod store;

pub use ask::{Account, Answer};
pub use store::{Rule, Store};

#[cfg(test)]
mod tests;
