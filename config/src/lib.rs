//! TOML to checked settings, for both daemons.
//!
//! Holds:
//! - what is here was checked: ranges, shapes, and that the values fit each other;
//! - an unknown key is an error; a key of the design whose feature this version lacks is an error of
//!   its own that says so, so that nobody believes in a lock or a search for people that is not there;
//! - a bad station file closes its station alone; nothing of a station comes from the environment.
//!
//! Deliberately absent: secrets (settings name the files they are in), any look at the network, the
//! store, cameras or whether a named file exists, and any writing.

mod absent;
mod agent;
mod camera;
mod clock;
mod daemon;
mod environment;
mod error;
mod fields;
mod frame;
mod http_url;
mod layers;
mod line_topic;
mod permit;
mod pointer;
mod section;
mod sources;
mod station;
mod stations;
mod text;
mod topic;
mod trigger;
mod uploader;
mod view;

#[cfg(test)]
mod tests;

pub use agent::{AgentSettings, Broker};
pub use camera::{AuthScheme, CameraLogin, CameraSetting, HttpMode, LineCars};
pub use clock::ClockTrust;
pub use error::ConfigError;
pub use fields::Fields;
pub use http_url::HttpUrl;
pub use line_topic::LineTopic;
pub use pointer::JsonPointer;
pub use sources::{Deny, Orders, OrdersFrom};
pub use station::Station;
pub use stations::BrokenStation;
pub use topic::{Topic, TopicFilter};
pub use trigger::{AgeProof, Format, TimeFormat, Trigger};
pub use uploader::{Store, UploaderSettings};
pub use view::View;
