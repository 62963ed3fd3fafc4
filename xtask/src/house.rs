//! Where things are, and how a program is started from there.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

/// The checkout, and the folder of the user that outlives it.
#[derive(Debug)]
pub(crate) struct House {
    root: PathBuf,
    cache: PathBuf,
    target: PathBuf,
}

impl House {
    pub(crate) fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").context("start it as `cargo xtask`")?;
        let root = Path::new(&manifest).parent().context("xtask/ has no folder above it")?.to_owned();
        let home = env::var_os("HOME").context("HOME is not set; set it to a folder you may write to")?;
        let cache = Path::new(&home).join(".cache/lineshot");
        fs::create_dir_all(&cache).with_context(|| format!("making {}", cache.display()))?;
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| cache.join("target"), PathBuf::from);
        let house = Self { target: root.join(target), root, cache };
        house.claim_target()?;
        Ok(house)
    }

    /// Cargo tells by path within the checkout and by time whether a crate is fresh: in a folder shared by
    /// checkouts, an older one would be given the crates of a newer one (seen). So where another checkout
    /// built last, every source of this one is new.
    fn claim_target(&self) -> Result<()> {
        let stamp = self.target.join("checkout");
        let here = self.root.to_str().context("the path of the checkout is not UTF-8")?;
        let last = fs::read_to_string(&stamp).ok();
        if last.as_deref() == Some(here) {
            return Ok(());
        }
        if last.is_some() {
            self.renew()?;
        }
        fs::create_dir_all(&self.target).with_context(|| format!("making {}", self.target.display()))?;
        write(&stamp, here)
    }

    /// Makes every source newer than what was built.
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo compares with the files' times, so theirs is the clock"
    )]
    fn renew(&self) -> Result<()> {
        let now = SystemTime::now();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
                let entry = entry.with_context(|| format!("reading {}", folder.display()))?;
                let (path, name) = (entry.path(), entry.file_name());
                // Links are not followed, and nothing hidden is a source.
                let kind = entry.file_type().with_context(|| format!("asking what {} is", path.display()))?;
                let is_source =
                    !name.as_encoded_bytes().starts_with(b".") && name != "target" && path != self.target;
                if kind.is_dir() && is_source {
                    folders.push(path);
                } else if kind.is_file() && is_source {
                    let file = File::options().append(true).open(&path);
                    let renewed = file.and_then(|file| file.set_modified(now));
                    renewed.with_context(|| format!("renewing the time of {}", path.display()))?;
                }
            }
        }
        Ok(())
    }

    /// The checkout.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo builds.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// What may be reused by every checkout of this user.
    pub(crate) fn cache(&self) -> &Path {
        &self.cache
    }

    /// A program that starts in the checkout, reads nothing and finds the system's own programs.
    pub(crate) fn command(&self, program: impl Into<OsString>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program.into());
        command.args(arguments).current_dir(&self.root).stdin(Stdio::null()).env("PATH", path_with_sbin());
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(is_of_the_outer_cargo) {
                command.env_remove(name);
            }
        }
        command
    }

    pub(crate) fn cargo_command(&self, arguments: &[&str]) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = self.command(cargo, arguments);
        command.env("CARGO_TARGET_DIR", &self.target);
        command
    }

    pub(crate) fn cargo(&self, arguments: &[&str]) -> Result<()> {
        succeed(&mut self.cargo_command(arguments))
    }
}

/// Build scripts (ring's, for one) name these as inputs, and would be run anew under an xtask that passed on
/// what `cargo run` told it about itself.
fn is_of_the_outer_cargo(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|start| name.starts_with(start))
}

/// A user's PATH often lacks the folders where the broker lies.
fn path_with_sbin() -> OsString {
    let mut path = env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/local/sbin:/usr/sbin:/sbin");
    path
}

/// Runs it with its output shown.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {}", spoken(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", spoken(command));
    }
    Ok(())
}

/// Runs it unseen and gives what it wrote.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("starting {}", spoken(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} ended with {}: {}", spoken(command), output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Writes a list or a stamp below the cache folder.
#[expect(clippy::disallowed_methods, reason = "a file in the cache folder, not a part of the product")]
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

fn spoken(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program()).chain(command.get_args()).collect();
    format!("`{}`", words.join(" ".as_ref()).to_string_lossy())
}
