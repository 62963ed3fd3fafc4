//! Which glibc a program needs: the newest version among those that its symbols ask for.

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result};

use crate::house::{House, output};

/// A version of glibc.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Glibc {
    major: u32,
    minor: u32,
}

impl fmt::Display for Glibc {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

/// Asks the program's own table of symbols.
pub(super) fn of(house: &House, program: &Path) -> Result<Glibc> {
    let place = program.to_str().context("the path of the target folder is not UTF-8")?;
    let symbols = output(&mut house.command("aarch64-linux-gnu-objdump", &["-T", place]))?;
    newest(&symbols).with_context(|| format!("{place} asks for no version of glibc"))
}

fn newest(symbols: &str) -> Option<Glibc> {
    symbols.split("(GLIBC_").skip(1).filter_map(|rest| version(rest.split_once(')')?.0)).max()
}

/// Such as `2.34`; some have a third number, which no release of glibc since 2.17 has.
fn version(text: &str) -> Option<Glibc> {
    let mut numbers = text.split('.').map(str::parse);
    Some(Glibc { major: numbers.next()?.ok()?, minor: numbers.next()?.ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_counts_as_a_number_and_not_as_a_text() {
        let symbols = "\
0000000000000000      DF *UND*\t0000000000000000 (GLIBC_2.9)   pipe2
0000000000000000      DF *UND*\t0000000000000000 (GLIBC_2.34)  __libc_start_main
0000000000000000      DF *UND*\t0000000000000000 (GLIBC_2.17)  memcpy
0000000000000000  w   DF *UND*\t0000000000000000 (GCC_4.3.0)   __gcc_personality_v0
0000000000000000      DF *UND*\t0000000000000000 (GLIBC_PRIVATE)  one
";
        assert_eq!(newest(symbols).unwrap().to_string(), "2.34");
        assert_eq!(newest(""), None);
    }
}
