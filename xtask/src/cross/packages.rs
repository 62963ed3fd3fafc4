//! The packages for a cross build, as `cross.toml` lists them.
//!
//! Deliberately absent: a second list, and distributions without apt: for those there is `cross build`.

use std::fs;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use super::TARGET;
use crate::house::{House, output};
use crate::peers;

/// Sees to it that all of them are installed.
pub(super) fn provide(house: &House) -> Result<()> {
    let path = house.root().join("cross.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let wanted = listed(&text)?;
    if output(&mut house.command("dpkg-query", &["--version"])).is_err() {
        bail!("this needs Debian or Ubuntu; elsewhere use `cross build`, whose settings are in cross.toml");
    }
    let missing: Vec<&str> =
        wanted.iter().map(String::as_str).filter(|package| !is_there(house, package)).collect();
    peers::install(house, &missing)
}

fn is_there(house: &House, package: &str) -> bool {
    let ask = ["--show", "--showformat=${db:Status-Status}", package];
    output(&mut house.command("dpkg-query", &ask)).is_ok_and(|status| status == "installed")
}

/// What the lines `apt-get install` of the target's `pre-build` name.
fn listed(text: &str) -> Result<Vec<String>> {
    let table: Table = text.parse().context("understanding cross.toml")?;
    let target = table.get("target").and_then(|targets| targets.get(TARGET));
    let lines = target.and_then(|target| target.get("pre-build")).and_then(Value::as_array);
    let lines = lines.with_context(|| format!("cross.toml has no `pre-build` under [target.{TARGET}]"))?;
    let mut packages = Vec::new();
    for line in lines {
        let line = line.as_str().context("a line of `pre-build` in cross.toml is not a string")?;
        if let Some(rest) = line.strip_prefix("apt-get install ") {
            packages.extend(rest.split_whitespace().filter(|word| !word.starts_with('-')).map(str::to_owned));
        }
    }
    if packages.is_empty() {
        bail!("no line of `pre-build` in cross.toml begins with `apt-get install`");
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cross::{EMULATOR, LINKER, SYSROOT};

    #[test]
    fn the_errand_and_cross_build_need_one_list_of_packages() {
        let packages = listed(include_str!("../../../cross.toml")).unwrap();
        // What this errand uses, and the package that brings it.
        for (used, package) in [
            (LINKER, "gcc-aarch64-linux-gnu"),
            (SYSROOT, "libc6-dev-arm64-cross"),
            ("libclang.so, for v4l", "libclang-dev"),
            (EMULATOR, "qemu-user-static"),
        ] {
            assert!(packages.iter().any(|listed| listed == package), "{package}, which brings {used}");
        }
        assert_eq!(packages.len(), 4, "nothing that is not used is listed: {packages:?}");
    }

    #[test]
    fn only_what_is_installed_counts_of_a_target() {
        let text = "[target.aarch64-unknown-linux-gnu]\npre-build = [\"apt-get update\", \
                    \"apt-get install -y one two\", \"apt-get install three\"]";
        assert_eq!(listed(text).unwrap(), ["one", "two", "three"]);
    }

    #[test]
    fn a_list_that_cannot_be_read_is_an_error_and_not_an_empty_list() {
        for text in [
            "",
            "[target.aarch64-unknown-linux-gnu]",
            "[target.aarch64-unknown-linux-gnu]\npre-build = [\"apt-get update\"]",
            "[target.aarch64-unknown-linux-gnu]\npre-build = [7]",
            "[target.x86_64-unknown-linux-gnu]\npre-build = [\"apt-get install one\"]",
        ] {
            assert!(listed(text).is_err(), "{text}");
        }
    }
}
