//! What a reader can hold in the head, and what is nowhere in the house.

use std::collections::BTreeMap;
use std::fs;

use crate::workspace;

/// Lines of a file before its tests.
const FILE: usize = 400;
/// Lines of a daemon's `main.rs`.
const MAIN: usize = 100;
/// Lines of the desk's story.
const STORY: usize = 60;

const MAINS: [&str; 4] =
    ["agent/src/main.rs", "uploader/src/main.rs", "commission/src/main.rs", "cli/src/main.rs"];

fn rust_files() -> BTreeMap<String, String> {
    let names = workspace::tracked().into_iter().filter(|name| name.ends_with(".rs"));
    let files: BTreeMap<_, _> = names.map(|name| (name.clone(), text(&name))).collect();
    assert!(files.len() > 20, "git lists hardly any source: {:?}", files.keys());
    files
}

fn text(name: &str) -> String {
    let bytes = fs::read(workspace::root().join(name)).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn lines_before_the_tests(text: &str) -> usize {
    text.lines().take_while(|line| line.trim() != "#[cfg(test)]").count()
}

/// Whether the module above declares the file as one of tests.
fn is_all_tests(name: &str, files: &BTreeMap<String, String>) -> bool {
    let Some((folder, file)) = name.rsplit_once('/') else { return false };
    // Tests of another room may use their helpers.
    let declared = ["", "pub(crate) "]
        .map(|open| format!("#[cfg(test)]\n{open}mod {};\n", file.trim_end_matches(".rs")));
    let above = ["/lib.rs", "/main.rs", "/mod.rs", ".rs"].map(|end| format!("{folder}{end}"));
    above.iter().filter_map(|name| files.get(name)).any(|text| declared.iter().any(|it| text.contains(it)))
}

/// Lines from a function's head to its closing brace; formatted code closes at the column it began at.
fn lines_of_function(text: &str, name: &str) -> Option<usize> {
    let head = format!("fn {name}(");
    let from = text.lines().position(|line| line.contains(&head))?;
    text.lines().skip(from).position(|line| line == "}").map(|last| last + 1)
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let files = rust_files();
    for (name, text) in files.iter().filter(|(name, _)| !is_all_tests(name, &files)) {
        let lines = lines_before_the_tests(text);
        assert!(lines <= FILE, "{name} has {lines} lines before its tests, more than {FILE}");
    }
}

#[test]
fn a_file_of_tests_is_known_by_who_declares_it() {
    let text = |text: &str| text.to_owned();
    let files =
        [("a/src/lib.rs", text("#[cfg(test)]\nmod tests;\nmod tested;\n")), ("a/src/tests.rs", text(""))];
    let files = files.map(|(name, text)| (name.to_owned(), text)).into();
    assert!(is_all_tests("a/src/tests.rs", &files));
    assert!(!is_all_tests("a/src/tested.rs", &files));
}

#[test]
fn the_daemons_begin_in_a_hundred_lines() {
    for name in MAINS {
        let lines = lines_before_the_tests(&text(name));
        assert!(lines <= MAIN, "{name} has {lines} lines, more than {MAIN}");
    }
}

#[test]
fn the_story_of_the_desk_is_one_function() {
    let lines = lines_of_function(&text("agent/src/desk.rs"), "photograph").expect("the desk photographs");
    assert!(lines <= STORY, "`photograph` has {lines} lines, more than {STORY}");
}

#[test]
fn a_function_is_measured_to_its_own_end() {
    let text = "fn a() {\n    b();\n}\nfn story(x: u8) {\n    if x {\n    }\n}\n";
    assert_eq!(lines_of_function(text, "story"), Some(4));
    assert_eq!(lines_of_function(text, "other"), None);
}

/// The code of a line, without its comment. Strings that hold `//` are cut short, which hides nothing looked for.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or(line)
}

/// Where this word stands in the code of a file: the numbers of its lines.
fn lines_with(text: &str, word: &str) -> Vec<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '!';
    let has = |line: &str| code(line).split(|c| !is_part(c)).any(|part| part == word);
    text.lines().enumerate().filter(|(_, line)| has(line)).map(|(number, _)| number + 1).collect()
}

/// The one call past the compiler's checks: see docs/decisions/0008.
const CALL: &str = "clock/src/kernel.rs";

#[test]
fn nothing_is_unsafe_but_one_call_and_nothing_is_left_to_do() {
    // Put together here, so that this file does not find itself.
    let unchecked = concat!("un", "safe");
    for (name, text) in rust_files() {
        let found = lines_with(&text, unchecked);
        assert!(found.len() <= usize::from(name == CALL), "{name}: {unchecked} in lines {found:?}");
        for word in [concat!("to", "do!"), concat!("un", "implemented!")] {
            assert_eq!(lines_with(&text, word), Vec::<usize>::new(), "{name}: {word}");
        }
    }
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let places = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    for name in workspace::tracked() {
        let text = text(&name);
        let found = places.iter().find(|place| text.contains(**place));
        assert_eq!(found, None, "{name} names a folder of one machine");
    }
}
