//! The check of the dependencies, without a network: licences, sources, bans, advisories.
//!
//! The advisory database lies in the repository as plain files. cargo-deny wants it as a fetched git
//! repository under a name of its own making, so it gets one, in the cache folder, made once per state of
//! the files.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::house::{House, output, succeed, write};

/// What cargo-deny calls its copy of the database whose address `deny.toml` names.
const NAME: &str = "advisory-db-3157b0e258782691";

/// Each is checked by itself: cargo then asks for the crates of that one alone, and these are there.
const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

pub(crate) fn check(house: &House) -> Result<()> {
    let place = house.cache().join("advisory-dbs");
    provide(house, &place)?;
    for target in TARGETS {
        let mut fetch = house.cargo_command(&["fetch", "--locked", "--target", target]);
        succeed(&mut fetch)?;
        let mut deny = house.cargo_command(&["deny", "--offline", "--locked", "--target", target, "check"]);
        succeed(deny.env("LINESHOT_ADVISORIES", &place))?;
    }
    Ok(())
}

/// The database as cargo-deny wants to find it.
fn provide(house: &House, place: &Path) -> Result<()> {
    let copy = place.join(NAME);
    let fetched = copy.join(".git/FETCH_HEAD");
    let here = ["-c", "safe.directory=*", "rev-parse", "HEAD:advisory-db"];
    let wanted = output(&mut house.command("git", &here))?;
    if !fs::read_to_string(&fetched).is_ok_and(|text| text == wanted) {
        renew(house, &copy)?;
    }
    // Last, so that a copy that broke off is made again; each time, because cargo-deny refuses a database
    // whose last fetch is older than three months, and this one is as new as the repository it came with.
    write(&fetched, &wanted)
}

fn renew(house: &House, copy: &Path) -> Result<()> {
    if copy.exists() {
        fs::remove_dir_all(copy).with_context(|| format!("removing {}", copy.display()))?;
    }
    fs::create_dir_all(copy).with_context(|| format!("making {}", copy.display()))?;
    let folder = copy.to_str().context("the cache folder's path is not UTF-8")?;
    succeed(&mut house.command("cp", &["-R", "advisory-db/.", folder]))?;
    let git = |arguments: &[&str]| output(house.command("git", arguments).current_dir(copy));
    git(&["init", "--quiet", "--initial-branch=main"])?;
    git(&["add", "--all", "--force"])?;
    let nobody =
        ["-c", "user.name=lineshot", "-c", "user.email=lineshot@localhost", "-c", "commit.gpgsign=false"];
    git(&[nobody.as_slice(), &["commit", "--quiet", "--message=copy"]].concat())?;
    Ok(())
}
