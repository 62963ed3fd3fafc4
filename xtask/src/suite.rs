//! All tests of the workspace, and what they skipped.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, Result};

use crate::house::{House, succeed};
use crate::peers;

/// Names the file to which a test that has to skip writes a line: its name, a colon, the reason.
const SKIPPED: &str = "LINESHOT_SKIPPED_TESTS";

/// Runs `cargo test --workspace` and tells at the end what was skipped.
pub(crate) fn run(house: &House) -> Result<()> {
    let list = house.cache().join(format!("skipped-{}.txt", std::process::id()));
    let mut test = house.cargo_command(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    test.env(SKIPPED, &list).envs(peers::places(house));
    let result = succeed(&mut test);
    println!("\n{}", told(&taken(&list)?));
    result
}

/// Reads the list and removes it. No list: nothing was skipped.
fn taken(list: &Path) -> Result<String> {
    let text = match fs::read_to_string(list) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        other => other.with_context(|| format!("reading {}", list.display()))?,
    };
    fs::remove_file(list).with_context(|| format!("removing {}", list.display()))?;
    Ok(text)
}

fn told(list: &str) -> String {
    let mut tests: Vec<&str> = list.lines().collect();
    tests.sort_unstable();
    match tests.len() {
        0 => "skipped tests: none".to_owned(),
        count => format!("skipped tests: {count}\n  {}", tests.join("\n  ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_tests_are_counted_and_named() {
        assert_eq!(told(""), "skipped tests: none");
        assert_eq!(told("b: no root\na: no root\n"), "skipped tests: 2\n  a: no root\n  b: no root");
    }
}
