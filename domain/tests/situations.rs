//! `situations.csv`: what is so, and what the gate must answer.

pub(crate) mod given;
pub(crate) mod scene;

use std::collections::BTreeMap;

use lineshot_domain::{Class, Reason};

use given::Given;
use scene::Scene;

const TABLE: &str = include_str!("situations.csv");

struct Row {
    line: usize,
    situation: &'static str,
    given: Given,
    answer: &'static str,
}

fn rows() -> Vec<Row> {
    let lines = TABLE.lines().zip(1..);
    lines
        .filter(|(text, _)| !text.is_empty() && !text.starts_with('#'))
        .map(|(text, line)| {
            let cells: Vec<_> = text.split(';').collect();
            let [situation, given, answer] = cells[..] else { panic!("line {line} has not three cells") };
            Row { line, situation, given: Given::parse(given), answer }
        })
        .collect()
}

#[test]
fn the_gate_answers_every_situation_as_the_table_says() {
    let mut differ = Vec::new();
    for row in rows() {
        let scene = Scene::new(row.given);
        let found = scene.answer(row.answer);
        scene.check_all_used();
        if found != row.answer {
            differ.push(format!(
                "line {}: {}\n    table: {}\n    gate:  {found}\n",
                row.line, row.situation, row.answer
            ));
        }
    }
    assert!(differ.is_empty(), "{} rows differ:\n{}", differ.len(), differ.concat());
}

/// All that the gate can say: these two are said of finished pictures.
fn is_the_gates(reason: Reason) -> bool {
    matches!(reason.class(), Class::Refused | Class::Withheld | Class::Missed)
        && !matches!(
            reason,
            Reason::Proof | Reason::CodeReadable | Reason::ViewMoved | Reason::ViewUnverifiable
        )
}

#[test]
fn the_table_has_every_reason_of_the_gate_twice() {
    let rows = rows();
    assert!(rows.len() >= 200, "{} rows", rows.len());
    let mut counts: BTreeMap<&str, usize> =
        Reason::ALL.iter().filter(|reason| is_the_gates(**reason)).map(|reason| (reason.code(), 0)).collect();
    assert!(counts.len() >= 39, "{counts:?}");
    for row in &rows {
        let ending = row.answer.split(", ").next().unwrap_or_default();
        let Some((class, code)) = ending.strip_suffix(')').and_then(|ending| ending.split_once('(')) else {
            assert!(matches!(ending, "permit" | "admitted"), "line {}: {ending}?", row.line);
            continue;
        };
        let reason = Reason::from_code(code).unwrap_or_else(|| panic!("line {}: {code}?", row.line));
        assert_eq!(format!("{:?}", reason.class()).to_lowercase(), class, "line {}", row.line);
        *counts.get_mut(code).unwrap_or_else(|| panic!("line {}: not the gate's", row.line)) += 1;
    }
    let rare: Vec<_> = counts.iter().filter(|(_, count)| **count < 2).collect();
    assert!(rare.is_empty(), "less than twice: {rare:?}");
}

#[test]
fn no_situation_is_told_twice() {
    let mut seen = BTreeMap::new();
    for (text, line) in TABLE.lines().zip(1..).filter(|(text, _)| text.contains(';')) {
        let (_, told) = text.split_once(';').unwrap_or_default();
        if let Some(before) = seen.insert(told, line) {
            panic!("lines {before} and {line} are the same situation");
        }
    }
}
