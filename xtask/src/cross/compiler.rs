//! A compiler with the target's standard library: the one of this machine, or else Debian's.
//!
//! Holds:
//! - the system stays as it is: Debian's compiler is unpacked in the cache folder, by apt's own checks of what
//!   it fetches, and has its name there only when it is whole;
//! - compiler and library come from one place, because rustc refuses a library of another version.

use std::env::consts::ARCH;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};

use super::TARGET;
use crate::house::{House, output, succeed, write};

/// For a library of 30 MB. Where the download is blocked, rustup waits without an end.
const PATIENCE: &str = "180";

/// Debian's newest rustc for its stable releases, which its browsers are built with.
const PACKAGE: &str = "rustc-web";

/// What cargo takes as `RUSTC`; none: what it takes anyway.
pub(super) fn find(house: &House) -> Result<Option<PathBuf>> {
    if has_library(house, "rustc") {
        return Ok(None);
    }
    let folder = house.cache().join("debian-rustc");
    let debians = folder.join("rustc");
    if has_library(house, &debians) {
        return Ok(Some(debians));
    }
    println!("asking rustup for {TARGET}, for {PATIENCE} s at most");
    let why = match succeed(&mut house.command("timeout", &[PATIENCE, "rustup", "target", "add", TARGET])) {
        Ok(()) if has_library(house, "rustc") => return Ok(None),
        Ok(()) => anyhow!("`rustc` is not the compiler to which rustup adds"),
        Err(why) => why,
    };
    if !is_debian() {
        bail!(
            "the standard library for {TARGET} is missing ({why:#}), and only Debian has a compiler to take \
             instead; run `rustup target add {TARGET}` where the network lets it, or use `cross build`"
        );
    }
    println!("{why:#}; taking Debian's compiler");
    let taken = Apt { house, folder: house.cache().join("debian-rustc.unfinished") }.take(&folder);
    taken.with_context(|| {
        format!(
            "Debian's compiler could not be taken; run `rustup target add {TARGET}`, or use `cross build`"
        )
    })?;
    Ok(Some(debians))
}

fn has_library(house: &House, rustc: impl AsRef<Path>) -> bool {
    let ask = ["--print", "target-libdir", "--target", TARGET];
    let folder = output(&mut house.command(rustc.as_ref(), &ask));
    folder.is_ok_and(|folder| Path::new(folder.trim()).exists())
}

fn is_debian() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| line == "ID=debian"))
}

/// apt with lists of its own, of this machine's architecture and the target's, so that both are of one state.
struct Apt<'a> {
    house: &'a House,
    folder: PathBuf,
}

impl Apt<'_> {
    /// Unpacks the compiler into this folder.
    fn take(&self, finished: &Path) -> Result<()> {
        for old in [finished, &self.folder] {
            if old.exists() {
                fs::remove_dir_all(old).with_context(|| format!("removing {}", old.display()))?;
            }
        }
        for part in ["apt/lists/partial", "apt/archives/partial", "apt/packages"] {
            let part = self.folder.join(part);
            fs::create_dir_all(&part).with_context(|| format!("making {}", part.display()))?;
        }
        succeed(&mut self.command("apt-get", &["update"]))?;
        self.unpack()?;
        self.wrap()?;
        let apt = self.folder.join("apt");
        fs::remove_dir_all(&apt).with_context(|| format!("removing {}", apt.display()))?;
        fs::rename(&self.folder, finished).with_context(|| format!("renaming to {}", finished.display()))?;
        succeed(&mut self.house.command(finished.join("rustc"), &["--version"]))
    }

    fn unpack(&self) -> Result<()> {
        let all = output(&mut self.command("apt-cache", &["depends", "--recurse", "--important", PACKAGE]))?;
        let mut packages = own(&all);
        let library = format!("{LIBRARY}:arm64");
        packages.push(&library);
        let words = [&["download"], packages.as_slice()].concat();
        succeed(&mut self.command("apt-get", &words))?;
        let packages = self.folder.join("apt/packages");
        let folder = self.folder.to_str().context("the cache folder's path is not UTF-8")?;
        for package in fs::read_dir(&packages).with_context(|| format!("reading {}", packages.display()))? {
            let path = package.with_context(|| format!("reading {}", packages.display()))?.path();
            let path = path.to_str().context("the name of a package is not UTF-8")?;
            succeed(&mut self.house.command("dpkg-deb", &["--extract", path, folder]))?;
        }
        Ok(())
    }

    /// The compiler looks for its libraries where the system has them.
    fn wrap(&self) -> Result<()> {
        let path = self.folder.join("rustc");
        let libraries = format!("LD_LIBRARY_PATH=\"$here/usr/lib/{ARCH}-linux-gnu\"");
        write(
            &path,
            &format!("#!/bin/sh\nhere=${{0%/*}}\n{libraries} exec \"$here/usr/bin/rustc\" \"$@\"\n"),
        )?;
        fs::set_permissions(&path, Permissions::from_mode(0o755))
            .with_context(|| format!("making {} a program", path.display()))
    }

    fn command(&self, program: &str, words: &[&str]) -> Command {
        let apt = self.folder.join("apt");
        let mut command = self.house.command(program, &[]);
        for (option, value) in [("Dir::State::Lists", apt.join("lists")), ("Dir::Cache", apt.clone())] {
            command.arg("-o").arg(format!("{option}={}", value.display()));
        }
        // Root's apt would else fetch as a user who may not write here.
        command.args(["-o", "APT::Sandbox::User=root", "-o", "APT::Architectures::=arm64"]);
        command.args(words).current_dir(apt.join("packages"));
        command
    }
}

/// The standard library, of which the target's is needed beside this machine's: build scripts run here.
const LIBRARY: &str = "libstd-rust-web-dev";

/// Of all that the compiler depends on, what a system without it lacks: the rest is a C compiler's, too.
fn own(depended_on: &str) -> Vec<&str> {
    let is_own =
        |name: &&str| ["rustc-web", "libstd-rust-web", "libllvm"].iter().any(|own| name.starts_with(own));
    depended_on.lines().filter(is_own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_packages_that_the_compiler_depends_on_its_own_are_fetched() {
        let said = "\
rustc-web
  Depends: libc6
  Depends: libstd-rust-web-dev
libc6
  Depends: libgcc-s1
libstd-rust-web-dev
  Depends: libstd-rust-web-1.96
libstd-rust-web-1.96
  Depends: libllvm22
libllvm22
<libc-dev>
gcc
";
        let all = ["rustc-web", LIBRARY, "libstd-rust-web-1.96", "libllvm22"];
        assert_eq!(own(said), all);
    }
}
