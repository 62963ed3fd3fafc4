//! A browser without a window: Chromium, told what to do by chromedriver (WebDriver, JSON over HTTP on loopback).
//!
//! Holds: each has an empty profile of its own; no host but 127.0.0.1 has an address for it; it ends with its value.

use std::process::Command;

use base64::Engine as _;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Process;
use super::http::ask;

/// How often an element is looked for again that the page has just replaced.
const TRIES: u32 = 20;

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A running browser with one page.
pub(crate) struct Browser {
    address: String,
    session: String,
    process: Pid,
    // In this order: the driver ends its browser, and the browser writes to its profile until its end.
    _driver: Process,
    profile: TempDir,
}

impl Browser {
    /// As most visitors have it.
    pub(crate) fn start() -> Browser {
        Browser::with(&json!({}))
    }

    /// With JavaScript switched off for every page.
    pub(crate) fn without_scripts() -> Browser {
        Browser::with(&json!({ "profile.managed_default_content_settings.javascript": 2 }))
    }

    fn with(preferences: &Value) -> Browser {
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver");
        let driver = Process::start(driver.arg("--port=0").env("HOME", profile.path()));
        let ready = driver.wait_for("started successfully on port");
        let port = ready.trim_end_matches('.').rsplit(' ').next().unwrap().to_owned();
        let address = format!("127.0.0.1:{port}");
        let options = json!({ "args": arguments(&profile), "prefs": preferences });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": options } } });
        let begun = call(&address, "POST", "/session", &wanted).unwrap_or_else(|error| {
            panic!("the browser does not start: {error}; the driver said:\n{}", driver.said())
        });
        let session = begun["sessionId"].as_str().unwrap().to_owned();
        let process = &begun["capabilities"]["goog:processID"];
        let process = Pid::from_raw(process.as_i64().unwrap().try_into().unwrap()).unwrap();
        Browser { address, session, process, _driver: driver, profile }
    }

    /// Chromium itself.
    pub(crate) fn process(&self) -> Pid {
        self.process
    }

    /// The folder of all that it writes.
    pub(crate) fn profile(&self) -> &std::path::Path {
        self.profile.path()
    }

    /// Opens a page, and returns when it is loaded.
    pub(crate) fn open(&self, url: &str) {
        self.tell("url", &json!({ "url": url }));
    }

    /// Runs the body of a function in the page, and gives what it returns.
    pub(crate) fn read(&self, script: &str) -> Value {
        self.tell("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Clicks on an element, as a hand would: nothing may lie over it in the middle of the page.
    pub(crate) fn press(&self, selector: &str) {
        self.touch(selector, "click", &json!({}));
    }

    /// Types into a field, in place of what stood there.
    pub(crate) fn fill(&self, selector: &str, text: &str) {
        self.touch(selector, "clear", &json!({}));
        self.touch(selector, "value", &json!({ "text": text }));
    }

    /// Moves, presses and types as hands do (WebDriver, "Actions"): one list of input sources.
    pub(crate) fn act(&self, sources: &Value) {
        self.tell("actions", &json!({ "actions": sources }));
    }

    /// Tells the browser itself something (Chrome DevTools Protocol).
    pub(crate) fn set(&self, command: &str, with: &Value) {
        self.tell("goog/cdp/execute", &json!({ "cmd": command, "params": with }));
    }

    /// What it shows of an element, as PNG.
    pub(crate) fn screenshot(&self, selector: &str) -> Vec<u8> {
        self.read(&format!("document.querySelector({selector:?}).scrollIntoView()"));
        let found = self.tell("element", &json!({ "using": "css selector", "value": selector }));
        let element = found[ELEMENT].as_str().unwrap();
        let path = format!("/session/{}/element/{element}/screenshot", self.session);
        let told = call(&self.address, "GET", &path, &json!({})).unwrap();
        base64::engine::general_purpose::STANDARD.decode(told.as_str().unwrap()).unwrap()
    }

    fn touch(&self, selector: &str, how: &str, with: &Value) {
        let mut last = String::new();
        // A hand scrolls until nothing lies over it, such as the list that stays at the page's top.
        let scroll = format!("document.querySelector({selector:?}).scrollIntoView({{ block: \"center\" }})");
        for _ in 0..TRIES {
            let _sought_next = self.try_tell("execute/sync", &json!({ "script": scroll, "args": [] }));
            let search = json!({ "using": "css selector", "value": selector });
            let touched = self.try_tell("element", &search).and_then(|found| {
                let element = found[ELEMENT].as_str().unwrap();
                self.try_tell(&format!("element/{element}/{how}"), with)
            });
            match touched {
                Ok(_) => return,
                // The page is renewed while it is used.
                Err(error) => last = error,
            }
        }
        panic!("{how} `{selector}`: {last}");
    }

    fn tell(&self, command: &str, with: &Value) -> Value {
        self.try_tell(command, with).unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    fn try_tell(&self, command: &str, with: &Value) -> Result<Value, String> {
        call(&self.address, "POST", &format!("/session/{}/{command}", self.session), with)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let ended = call(&self.address, "DELETE", &format!("/session/{}", self.session), &json!({}));
        if ended.is_err() {
            // The driver has ended, or hangs: what it started goes on without it.
            let _ended_already = kill_process(self.process, Signal::KILL);
        }
    }
}

fn arguments(profile: &TempDir) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        // What scrolls smoothly is not where it was when the click comes.
        "--force-prefers-reduced-motion",
        "--no-first-run",
        "--no-proxy-server",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--window-size=1400,1000",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("--user-data-dir={}", profile.path().join("profile").display()));
    arguments
}

/// What WebDriver gives, or its error in words.
fn call(address: &str, method: &str, path: &str, with: &Value) -> Result<Value, String> {
    let body = if ["DELETE", "GET"].contains(&method) { String::new() } else { with.to_string() };
    let answer = ask(address, method, path, &["Content-Type: application/json"], &body);
    let answer = answer.map_err(|error| error.to_string())?;
    let mut told: Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
    match answer.status {
        200 => Ok(told["value"].take()),
        _ => Err(format!("{}: {}", told["value"]["error"], told["value"]["message"])),
    }
}
