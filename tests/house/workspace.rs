//! The checkout the tests were built from, and cargo in it.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The checkout.
pub(crate) fn root() -> PathBuf {
    // Asked for at run time: a folder of built programs may be shared by checkouts.
    let manifest = env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells its tests where they are");
    let is_root = |folder: &&Path| folder.join("Cargo.lock").exists();
    Path::new(&manifest).ancestors().find(is_root).unwrap().to_owned()
}

/// The files under version control, as paths from the root.
pub(crate) fn tracked() -> Vec<String> {
    let mut git = Command::new("git");
    git.args(["-c", "safe.directory=*", "ls-files", "-z", "--", ":!advisory-db"]).current_dir(root());
    let output = git.output().expect("git is one of the peers");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).expect("file names are UTF-8");
    // What is removed but not yet committed is still listed.
    names.split_terminator('\0').filter(|name| root().join(name).exists()).map(str::to_owned).collect()
}

/// Cargo, offline, building where this test was built: nothing is built anew.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments).args(["--offline", "--locked"]).current_dir(root()).stdin(Stdio::null());
    // What cargo told this test about itself would be news to some build scripts (ring's), which then run again.
    for (name, _) in env::vars_os() {
        let outer = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];
        if outer.iter().any(|start| name.to_string_lossy().starts_with(start)) {
            cargo.env_remove(&name);
        }
    }
    // <target>/debug/deps/house-…
    let target = env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    cargo.env("CARGO_TARGET_DIR", target);
    cargo
}

/// Cargo's messages, one JSON object a line, and whether it succeeded.
pub(crate) fn messages(cargo: &mut Command) -> (Vec<Value>, bool, String) {
    let output = cargo.arg("--message-format=json").output().expect("cargo starts");
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let messages = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    (messages, output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A program of the product (`lineshot-agent`, `lineshot-uploader`, `lineshot`), built from this checkout.
pub(crate) fn program(name: &str) -> PathBuf {
    static BUILT: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    let programs = BUILT.get_or_init(|| built(&["--bins", "--test", "house"]));
    programs.get(name).unwrap_or_else(|| panic!("there is no program `{name}`: {programs:?}")).clone()
}

/// What cargo was told to build of the workspace, by its name.
///
/// `cargo test` builds nothing of another package than the tested one: this does, with the features and dependencies
/// of the tests, so that nothing else is built anew. With a test selected, cargo resolves features as `cargo test` does.
pub(crate) fn built(selected: &[&str]) -> BTreeMap<String, PathBuf> {
    let (messages, succeeded, said) = messages(&mut cargo(&[&["build", "--workspace"], selected].concat()));
    assert!(succeeded, "the programs cannot be built:\n{said}");
    let named = |message: &Value| {
        let name = message["target"]["name"].as_str()?.to_owned();
        Some((name, PathBuf::from(message["executable"].as_str()?)))
    };
    messages.iter().filter_map(named).collect()
}
