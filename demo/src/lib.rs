//! The demo: the real daemons as child processes around an embedded broker, an embedded object store and a
//! rendered line, with a page that shows what becomes of every car. The tests use its store, too.
//!
//! Holds:
//! - broker, store and page listen on loopback alone, on free ports; the store keeps its port over an outage;
//! - whoever has the store's credentials has the rights its [`Rule`] gives, and everybody else none;
//! - what the store holds lies as plain files below its folder: `<folder>/<bucket>/<key>`;
//! - what the demo shows was told by the daemons or seen in the store.
//!
//! Deliberately absent: TLS, several accounts, any use outside the demo and the tests. It is in no package.

mod act;
mod albums;
mod ask;
mod broker;
mod daemon;
mod door;
mod ear;
mod floor;
mod halt;
mod hand;
mod knock;
mod leftovers;
pub mod page;
mod plant;
mod plc;
mod run;
mod script;
pub mod show;
mod still;
mod store;
mod table;
mod told;
mod view;
mod web;
mod webcam;

pub use ask::{Account, Answer};
pub use broker::Broker;
pub use door::Door;
pub use hand::ask;
pub use run::{Wanted, run};
pub use store::{Rule, Store};

#[cfg(test)]
mod tests;
