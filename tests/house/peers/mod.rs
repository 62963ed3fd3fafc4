//! Foreign programs to talk to: a broker and the wire to it, a PLC, a strict S3 server, an HTTP camera, a clip, a
//! browser.
//!
//! Holds:
//! - every process is killed when its value is dropped;
//! - each listens on a loopback port of its own and writes in a folder of the test's;
//! - it is ready when its start returns: it said so, or was connected to. Nothing sleeps;
//! - a program that is not installed fails the test: `cargo xtask test` installs them all.
//!
//! ```ignore
//! let folder = tempfile::tempdir().unwrap();
//! let mut broker = Mosquitto::start(folder.path());
//! broker.publish("plc/marriage", r#"{"vin":"…"}"#, &["-V", "5"]);
//! broker.kill();
//! broker.restart(); // same port, same folder: the session is there again
//!
//! let camera = HttpCamera::start(clip_frames().to_vec());
//! let store = Juicefs::shared(); // waits while another test's is starting
//! ```

mod browser;
mod camera;
mod clip;
pub(crate) mod http;
mod juicefs;
mod mosquitto;
mod plc;
mod process;
mod relay;
mod tests;

pub(crate) use browser::Browser;
pub(crate) use camera::HttpCamera;
pub(crate) use clip::clip_frames;
pub(crate) use juicefs::Juicefs;
pub(crate) use mosquitto::Mosquitto;
pub(crate) use plc::Plc;
pub(crate) use process::Process;
pub(crate) use relay::Relay;

/// A program in the virtual environment that `cargo xtask test` makes.
pub(crate) fn installed(name: &str) -> std::path::PathBuf {
    let made = std::env::var_os("LINESHOT_PEERS").map(std::path::PathBuf::from);
    let home = || std::path::PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/lineshot/peers");
    made.unwrap_or_else(home).join("bin").join(name)
}
