//! The foreign programs the tests talk to: `tests/peers.toml` names them, here they are installed.
//!
//! Holds:
//! - what is there already is left alone, and then nothing is asked of any network;
//! - what is missing and cannot be installed fails the step, with the command that would mend it.
//!
//! Deliberately absent: addresses. Each package manager knows where it is told to look.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use crate::house::{House, output, succeed, write};
use crate::kernel;

/// Names the folder of the Python peers for the tests.
const FOLDER: &str = "LINESHOT_PEERS";

/// The virtual environment of the Python peers.
fn folder(house: &House) -> PathBuf {
    house.cache().join("peers")
}

/// What the tests need.
pub(crate) fn for_tests(house: &House) -> Result<()> {
    let peers = read(house)?;
    apt(house, &peers, |_| true)?;
    pip(house, &peers)?;
    // Of the architecture that the guest tests are for; elsewhere they skip.
    if cfg!(target_arch = "x86_64") {
        let kernel = peers.get("kernel").context("tests/peers.toml has no [kernel]")?;
        kernel::provide(house, text(kernel, "package")?)?;
    }
    Ok(())
}

/// Where the tests find what is no program on the path.
pub(crate) fn places(house: &House) -> [(&'static str, PathBuf); 2] {
    [(FOLDER, folder(house)), (kernel::FOLDER, kernel::folder(house))]
}

/// What a build with USB cameras needs beside a C compiler.
pub(crate) fn for_usb(house: &House) -> Result<()> {
    let peers = read(house)?;
    apt(house, &peers, |package| ["libclang-dev", "clang"].contains(&package))
}

/// What the benches measure beside us; the Python that has it.
pub(crate) fn for_benches(house: &House) -> Result<PathBuf> {
    let peers = read(house)?;
    apt(house, &peers, |_| true)?;
    let beside = peers.get("bench").and_then(Value::as_table).context("tests/peers.toml has no [bench]")?;
    apt(house, beside, |_| true)?;
    let folder = house.cache().join("bench-peers");
    environment(house, &folder, &requirements(&peers, "bench")?)?;
    Ok(folder.join("bin/python"))
}

/// What `cargo xtask ci` needs beside.
pub(crate) fn for_ci(house: &House) -> Result<()> {
    for entry in entries(&read(house)?, "cargo")? {
        let (package, version) = (text(entry, "package")?, text(entry, "version")?);
        let subcommand = package.trim_start_matches("cargo-");
        let there = output(&mut house.cargo_command(&[subcommand, "--version"]));
        if there.is_ok_and(|said| said.trim().ends_with(version)) {
            continue;
        }
        let mut install = house.cargo_command(&["install", package, "--version", version, "--locked"]);
        // In a folder of its own that cargo removes: the tests' folder is not for foreign programs.
        succeed(install.env_remove("CARGO_TARGET_DIR"))?;
    }
    Ok(())
}

/// Sees to it that those packages of the list that are wanted are there.
fn apt(house: &House, peers: &Table, is_wanted: impl Fn(&str) -> bool) -> Result<()> {
    let mut missing = Vec::new();
    for entry in entries(peers, "apt")? {
        let package = text(entry, "package")?;
        if is_wanted(package) && output(&mut house.command("sh", &["-c", text(entry, "check")?])).is_err() {
            missing.push(package);
        }
    }
    install(house, &missing)
}

/// Installs packages of the distribution, which are missing; none: nothing is done.
pub(crate) fn install(house: &House, missing: &[&str]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let mut install = vec!["install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"];
    install.extend(missing);
    if output(&mut house.command("id", &["-u"]))?.trim() != "0" {
        bail!("missing: {}. Run `sudo apt-get {}`", missing.join(", "), install.join(" "));
    }
    println!("installing {}", missing.join(", "));
    succeed(&mut house.command("apt-get", &["update", "-o", "DPkg::Lock::Timeout=300"]))?;
    succeed(house.command("apt-get", &install).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn pip(house: &House, peers: &Table) -> Result<()> {
    environment(house, &folder(house), &requirements(peers, "pip")?)
}

/// A virtual environment with just these packages.
fn environment(house: &House, folder: &Path, wanted: &str) -> Result<()> {
    let python = folder.join("bin/python");
    let installed = folder.join("requirements.txt");
    let runs = output(&mut house.command(&python, &["-c", ""])).is_ok();
    if runs && fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    let place = folder.to_str().context("the cache folder's path is not UTF-8")?;
    succeed(&mut house.command("python3", &["-m", "venv", "--clear", place]))?;
    // Under its final name only when all of it is there: what broke off is begun again.
    let unfinished = folder.join("requirements.unfinished.txt");
    write(&unfinished, wanted)?;
    let list = unfinished.to_str().context("the cache folder's path is not UTF-8")?;
    let pip = ["-m", "pip", "install", "--no-input", "--quiet", "--disable-pip-version-check"];
    let exactly = ["--require-hashes", "--only-binary=:all:", "-r", list];
    succeed(&mut house.command(&python, &[pip.as_slice(), exactly.as_slice()].concat()))?;
    fs::rename(&unfinished, &installed).with_context(|| format!("renaming to {}", installed.display()))
}

fn requirements(peers: &Table, of: &str) -> Result<String> {
    let list = peers.get(of).and_then(|pip| pip.get("requirements")).and_then(Value::as_array);
    let mut text = String::new();
    for line in list.with_context(|| format!("tests/peers.toml has no `requirements` under [{of}]"))? {
        text += line.as_str().context("a pip requirement in tests/peers.toml is not a string")?;
        text += "\n";
    }
    Ok(text)
}

fn read(house: &House) -> Result<Table> {
    let path = house.root().join("tests/peers.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    text.parse().with_context(|| format!("understanding {}", path.display()))
}

fn entries<'a>(peers: &'a Table, kind: &str) -> Result<&'a [Value]> {
    let list = peers.get(kind).and_then(Value::as_array);
    Ok(list.with_context(|| format!("tests/peers.toml has no [[{kind}]]"))?)
}

fn text<'a>(entry: &'a Value, key: &str) -> Result<&'a str> {
    let value = entry.get(key).and_then(Value::as_str);
    value.with_context(|| format!("an entry of tests/peers.toml has no `{key}`: {entry}"))
}
