//! The kernel of the guest in which USB cameras are tried: the distribution's, unpacked and never installed.
//!
//! Holds:
//! - a folder under its final name has all of it: kernel, modules, and who needs whom;
//! - it takes no root, but where apt's own lists are missing or old.
//!
//! Deliberately absent: the machine that boots it. The tests in `tests/guest/` build that.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::house::{House, output, succeed};

/// Names the folder for the tests.
pub(crate) const FOLDER: &str = "LINESHOT_KERNEL";

/// Where it lies: not in the folder of the Python peers, which is emptied when their list changes.
pub(crate) fn folder(house: &House) -> PathBuf {
    house.cache().join("kernel")
}

/// Fetches what `package` leads to, if no kernel is there yet.
pub(crate) fn provide(house: &House, package: &str) -> Result<()> {
    let folder = folder(house);
    if folder.exists() {
        return Ok(());
    }
    if output(&mut house.command("sh", &["-c", "command -v apt-get && command -v dpkg"])).is_err() {
        bail!("{}", by_hand(&folder));
    }
    println!("unpacking {package}");
    let unfinished = house.cache().join("kernel.unfinished");
    if unpack(house, package, &unfinished).is_err() {
        renew_lists(house)?;
        unpack(house, package, &unfinished)?;
    }
    fs::rename(&unfinished, &folder).with_context(|| format!("renaming to {}", folder.display()))
}

/// What somebody has to do on a machine of another distribution.
fn by_hand(folder: &Path) -> String {
    format!(
        "the guest's kernel is a package of Debian's, and this machine has no apt-get and dpkg: install them, or \
         unpack a `linux-image` of Debian 12 into {0} and run `depmod -b {0} VERSION`",
        folder.display()
    )
}

fn renew_lists(house: &House) -> Result<()> {
    if output(&mut house.command("id", &["-u"]))?.trim() != "0" {
        bail!("apt cannot fetch the guest's kernel. Run `sudo apt-get update`, then this again");
    }
    succeed(&mut house.command("apt-get", &["update", "-o", "DPkg::Lock::Timeout=300"]))
}

fn unpack(house: &House, package: &str, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let told = output(&mut house.command("apt-cache", &["depends", package]))?;
    let versioned = depended_on(&told).with_context(|| format!("{package} leads to no package:\n{told}"))?;
    let place = folder.to_str().context("the cache folder's path is not UTF-8")?;
    // Where root downloads, apt would try to do it as a user who may not write here.
    let download = ["download", "-o", "APT::Sandbox::User=root", versioned];
    succeed(house.command("apt-get", &download).current_dir(folder))?;
    // One package was fetched into an empty folder; its file's name has the version in it.
    let extract = ["-c", "dpkg -x ./*.deb . && rm ./*.deb && depmod -b \"$0\" \"$(ls lib/modules)\"", place];
    succeed(house.command("sh", &extract).current_dir(folder))
}

/// The first package that `apt-cache depends` tells of.
fn depended_on(told: &str) -> Option<&str> {
    told.lines().find_map(|line| line.trim().strip_prefix("Depends: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_kernel_is_the_one_that_the_package_depends_on() {
        let told = "linux-image-amd64\n  Depends: linux-image-6.1.0-56-amd64\n  Suggests: other\n";
        assert_eq!(depended_on(told), Some("linux-image-6.1.0-56-amd64"));
        assert_eq!(depended_on("linux-image-amd64\n"), None);
    }
}
