//! TOML to checked settings, for both daemons.
//!
//! Holds:
//! - what is here was checked: ranges, shapes, and that the values fit each other;
//! - all that is wrong is said at once, each with its place, what was found and expected, and what to do;
//! - an unknown key is an error; a key of the design whose feature this version lacks is an error of
//!   its own that says so, so that nobody believes in a lock or a search for people that is not there;
//! - a bad station file closes its station alone; nothing of a station comes from the environment;
//! - reader, JSON Schema and reference page come from the same keys.
//!
//! Deliberately absent: secrets (settings name the files they are in), any look at the network, the
//! store, cameras or whether a named file exists, and any writing.

mod agent;
mod broker;
mod camera;
mod clock;
mod daemon;
mod describe;
mod edit;
mod effective;
mod environment;
mod expect;
mod fields;
mod files;
mod frame;
mod http_url;
mod key;
mod layers;
mod line_topic;
mod lock;
mod nearest;
mod permit;
mod place;
mod pointer;
mod problem;
mod released;
mod render;
mod shape;
mod sources;
mod start;
mod station;
mod stations;
mod text;
mod topic;
mod tree;
mod trigger;
mod uploader;
mod usb;
mod view;

#[cfg(test)]
mod tests;

/// The file beside `agent.toml` whose presence stops photographs and deliveries.
pub const STOP: &str = "stop";

pub use agent::AgentSettings;
pub use broker::{Broker, OwnCertificate, Tls};
pub use camera::{AuthScheme, CameraLogin, CameraSetting, HttpMode, LineCars};
pub use clock::ClockTrust;
pub use describe::{File, reference, schema};
pub use edit::{EditError, Edited};
pub use expect::Expectation;
pub use fields::Fields;
pub use http_url::HttpUrl;
pub use line_topic::LineTopic;
pub use lock::Lock;
pub use nearest::nearest;
pub use place::Place;
pub use pointer::JsonPointer;
pub use problem::{Problem, Problems};
pub use sources::{Deny, Orders, OrdersFrom};
pub use start::{Answers, another_station, start};
pub use station::Station;
pub use stations::BrokenStation;
pub use topic::{Topic, TopicFilter};
pub use trigger::{AgeProof, Format, TimeFormat, Trigger};
pub use uploader::{Store, UploaderSettings};
pub use usb::{PowerLine, UsbBackend, UsbCamera, UsbControls, UsbModel, UsbPixels, UsbPort};
pub use view::View;
