//! Programs that must not compile. Each file of `tests/misuse/` names the compiler's error in its first line, and
//! must fail with that error alone, in itself; `control.rs` uses the same types rightly and compiles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::workspace;

/// The errors of a program: the compiler's codes, or the message where it has none.
fn errors(messages: &[Value], program: &str) -> BTreeSet<String> {
    let of = messages.iter().filter(|message| {
        let target = &message["target"];
        message["reason"] == "compiler-message" && target["kind"][0] == "example" && target["name"] == program
    });
    let errors = of.map(|message| &message["message"]).filter(|message| message["level"] == "error");
    let named = errors.filter_map(|error| match error["code"]["code"].as_str() {
        Some(code) => Some(code.to_owned()),
        // "aborting due to …" closes every failure.
        None => error["message"].as_str().filter(|text| !text.starts_with("aborting")).map(str::to_owned),
    });
    named.collect()
}

fn compiled(messages: &[Value], program: &str) -> bool {
    let is_it = |target: &Value| target["kind"][0] == "example" && target["name"] == program;
    messages.iter().any(|message| message["reason"] == "compiler-artifact" && is_it(&message["target"]))
}

/// The error each program announces; the control announces none.
fn announced() -> BTreeMap<String, Option<String>> {
    let mut programs = BTreeMap::new();
    for entry in fs::read_dir(workspace::root().join("tests/misuse")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let code = text.lines().next().and_then(|line| line.strip_prefix("//~ "));
        programs.insert(path.file_stem().unwrap().to_string_lossy().into_owned(), code.map(str::to_owned));
    }
    programs
}

#[test]
fn every_misuse_fails_to_compile_for_the_reason_it_announces() {
    let programs = announced();
    let mut arguments =
        vec!["build", "--workspace", "--features", "lineshot-scenarios/misuse", "--keep-going"];
    for program in programs.keys() {
        arguments.extend(["--example", program]);
    }
    let (messages, succeeded, said) = workspace::messages(&mut workspace::cargo(&arguments));
    assert!(!succeeded, "everything compiled");
    assert!(compiled(&messages, "control"), "the right way does not compile:\n{said}");
    let mut wrong = Vec::new();
    for (program, code) in programs {
        let (found, is_built) = (errors(&messages, &program), compiled(&messages, &program));
        if is_built != code.is_none() || found != code.clone().into_iter().collect() {
            wrong.push(format!("{program}.rs announces {code:?}, built: {is_built}, errors: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{said}", wrong.join("\n"));
}
