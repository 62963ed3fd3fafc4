//! The daemons for aarch64, by the cross compiler of the distribution.

use std::path::Path;

use anyhow::{Result, bail};

use crate::house::{House, output, succeed};

const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER: &str = "aarch64-linux-gnu-gcc";

/// Builds them, or says what to install first.
pub(crate) fn build(house: &House) -> Result<()> {
    let mut missing = Vec::new();
    // Asked to read a header of the target's: the compiler comes without them.
    let reads_a_header = ["-E", "-include", "stdint.h", "-x", "c", "/dev/null"];
    if output(&mut house.command(LINKER, &reads_a_header)).is_err() {
        missing.push("apt-get install --no-install-recommends gcc-aarch64-linux-gnu libc6-dev-arm64-cross");
    }
    let sysroot = output(&mut house.command("rustc", &["--print", "sysroot"]))?;
    if !Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").exists() {
        // Where the download is blocked, rustup waits without an end.
        missing.push("timeout 120 rustup target add aarch64-unknown-linux-gnu");
    }
    if !missing.is_empty() {
        bail!("first install what it needs:\n  {}", missing.join("\n  "));
    }
    let what = ["-p", "lineshot-agent", "-p", "lineshot-uploader", "-p", "lineshot"];
    let how = ["build", "--locked", "--release", "--target", TARGET];
    let mut cargo = house.cargo_command(&[how.as_slice(), what.as_slice()].concat());
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER);
    succeed(cargo.env("CC_aarch64_unknown_linux_gnu", LINKER))
}
