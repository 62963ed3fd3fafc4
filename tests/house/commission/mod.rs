//! Commissioning: the page of `lineshot-commission` in a browser, whom it refuses, and what it leaves behind.

mod draw;
mod guard;
mod hands;
mod nowhere;
mod officer;
mod pen;
mod points;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use serde_json::Value;

use crate::peers::http::{Answer, ask};
use crate::peers::{Browser, Process};
use crate::plant::Plant;
use crate::workspace::program;

/// A running `lineshot-commission draw`.
struct Drawing {
    process: Process,
    /// With its one-time key.
    invitation: String,
    /// `127.0.0.1:port`
    address: String,
}

/// The headers of a browser that was let in.
struct Pass {
    cookie: String,
    page: String,
}

/// How it is started: on trial, or by the permission in this file.
enum Right<'a> {
    Trial,
    Signed(&'a Path),
}

fn command(plant: &Plant, machine: &Path, station: &str, right: &Right<'_>) -> Command {
    let mut command = Command::new(program("lineshot-commission"));
    command.arg("--config").arg(plant.config()).args(["draw", station]).arg("--out").arg(plant.folder.path());
    match right {
        Right::Trial => command.args(["--unreleased", "--person", "Whoever Draws"]),
        Right::Signed(file) => command.arg("--permission").arg(file),
    };
    command.env("LINESHOT_TEST_ROOT", machine);
    command
}

impl Drawing {
    fn start(plant: &Plant, machine: &Path, station: &str, right: &Right<'_>) -> Drawing {
        let process = Process::start(&mut command(plant, machine, station, right));
        let line = process.wait_for("http://127.0.0.1:");
        let invitation = line.split_whitespace().last().unwrap().to_owned();
        let address = invitation.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        Drawing { process, invitation, address }
    }

    /// What whoever opens the invitation now has then.
    fn enter(&self) -> Pass {
        let (_, path) = self.invitation.split_once(&self.address).unwrap();
        let answer = ask(&self.address, "GET", path, &[], "").unwrap();
        assert_eq!(answer.status, 303, "{answer:?}");
        let cookie = answer.header("Set-Cookie").unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        let secret = answer.header("Location").unwrap().strip_prefix("/#").unwrap();
        Pass {
            cookie: format!("Cookie: {}", cookie.split(';').next().unwrap()),
            page: format!("X-Lineshot-Page: {secret}"),
        }
    }

    fn get(&self, pass: &Pass, path: &str) -> Answer {
        ask(&self.address, "GET", path, &[&pass.cookie, &pass.page], "").unwrap()
    }

    fn post(&self, pass: &Pass, path: &str, body: &Value) -> Answer {
        let origin = format!("Origin: http://{}", self.address);
        let headers = [&*pass.cookie, &pass.page, "Content-Type: application/json", &origin];
        ask(&self.address, "POST", path, &headers, &body.to_string()).unwrap()
    }

    /// How it ended by itself.
    fn ended(mut self) -> ExitStatus {
        self.process.wait()
    }
}

/// The draft that a page begins with.
fn draft(station: &Value) -> Value {
    let keys = ["show", "masks", "crop", "sizes", "windows", "delay_ms", "within_ms", "dwell_ms", "camera"];
    keys.into_iter()
        .map(|key| (key.to_owned(), station[key].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn machine(plant: &Plant) -> PathBuf {
    plant.folder.path().join("machine")
}

/// A browser that has opened the page.
fn visitor(drawing: &Drawing) -> Browser {
    let browser = Browser::start();
    browser.open(&drawing.invitation);
    browser
}

/// A part of the page as it is now, for the guide: written only where `cargo xtask guide` asks for it.
fn guide(browser: &Browser, name: &str, part: &str) {
    if let Some(folder) = std::env::var_os("LINESHOT_GUIDE_PICTURES") {
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), browser.screenshot(part)).unwrap();
    }
}
