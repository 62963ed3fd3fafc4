//! The product's programs can be built and started.

use std::process::{Command, Stdio};

use crate::workspace::program;

#[test]
fn every_program_of_the_product_starts_and_explains_itself() {
    for name in ["lineshot-agent", "lineshot-uploader", "lineshot-commission", "lineshot"] {
        let said = Command::new(program(name)).arg("--help").stdin(Stdio::null()).output().unwrap();
        assert!(said.status.success() && !said.stdout.is_empty(), "{name}: {said:?}");
    }
}
