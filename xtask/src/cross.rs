//! The programs for aarch64, by the cross compiler of the distribution, tried by an emulator.
//!
//! Holds:
//! - `cross.toml` is the one list of packages, for this errand and for `cross build`;
//! - a build is called good only when its programs have run: the cameras' tests, both daemons, their check of
//!   the example configuration;
//! - what is missing and cannot be had is said with the command that would mend it.
//!
//! Deliberately absent: cameras on USB (an emulator of programs has none), and the CI: this takes too long.

mod compiler;
mod floor;
mod packages;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::house::{House, succeed};
use crate::steps::Steps;

const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER: &str = "aarch64-linux-gnu-gcc";
const EMULATOR: &str = "qemu-aarch64-static";
/// Headers and libraries of the target, as the distribution's cross compiler has them.
const SYSROOT: &str = "/usr/aarch64-linux-gnu";
const PROGRAMS: [&str; 3] = ["lineshot-agent", "lineshot-uploader", "lineshot"];

/// Builds and tries them, or says what to install first.
pub(crate) fn build(house: &House) -> Result<()> {
    packages::provide(house)?;
    let cross = Cross { house, compiler: compiler::find(house)? };
    let mut steps = Steps::default();
    steps.take("cameras", || cross.test_cameras());
    steps.take("programs", || {
        cross.build_programs()?;
        cross.try_programs()
    });
    steps.close()
}

/// All that a build for the target needs.
struct Cross<'a> {
    house: &'a House,
    /// Instead of the one that cargo would take.
    compiler: Option<PathBuf>,
}

impl Cross<'_> {
    /// Without the camera `line`, which draws for minutes under an emulator and asks nothing of a machine.
    fn test_cameras(&self) -> Result<()> {
        let what = ["-p", "lineshot-camera", "--no-default-features", "--features", "http,file,usb"];
        // Not the examples in comments: rustdoc may be of another version than the compiler.
        succeed(self.cargo("test", &what).arg("--tests"))
    }

    fn build_programs(&self) -> Result<()> {
        let mut what = vec!["--release", "--features", "lineshot-agent/usb"];
        what.extend(PROGRAMS.iter().flat_map(|program| ["-p", program]));
        succeed(&mut self.cargo("build", &what))
    }

    fn try_programs(&self) -> Result<()> {
        for name in PROGRAMS {
            succeed(&mut self.emulated(name, &["--version"])?)?;
        }
        // As `lineshot check` starts them; the emulator cannot start one program from another.
        for daemon in ["lineshot-agent", "lineshot-uploader"] {
            let mut check = self.emulated(daemon, &["check", "--config", "config/examples"])?;
            // The example's own data folder is there where lineshot is installed.
            succeed(check.env("LINESHOT__DATA", self.folder()))?;
        }
        let floors = PROGRAMS.map(|name| floor::of(self.house, &self.program(name)));
        let floor = floors.into_iter().collect::<Result<Vec<_>>>()?.into_iter().max();
        let floor = floor.context("no program was built")?;
        println!("{} needs glibc {floor} or newer", self.folder().display());
        Ok(())
    }

    fn cargo(&self, errand: &str, what: &[&str]) -> Command {
        let how = [errand, "--locked", "--target", TARGET];
        let mut cargo = self.house.cargo_command(&[how.as_slice(), what].concat());
        cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER);
        cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", format!("{EMULATOR} -L {SYSROOT}"));
        cargo.env("CC_aarch64_unknown_linux_gnu", LINKER);
        // v4l's build script reads the kernel's headers by libclang, which would else look for this machine's.
        cargo.env("BINDGEN_EXTRA_CLANG_ARGS_aarch64_unknown_linux_gnu", format!("--sysroot={SYSROOT}"));
        if let Some(compiler) = &self.compiler {
            cargo.env("RUSTC", compiler);
        }
        cargo
    }

    fn emulated(&self, program: &str, arguments: &[&str]) -> Result<Command> {
        let program = self.program(program);
        let program = program.to_str().context("the path of the target folder is not UTF-8")?;
        let words = [&["-L", SYSROOT, program], arguments].concat();
        Ok(self.house.command(EMULATOR, &words))
    }

    fn program(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    fn folder(&self) -> PathBuf {
        self.house.target().join(TARGET).join("release")
    }
}
