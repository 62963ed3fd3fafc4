//! What is wrong with the configuration: where, what was found, what was expected, and what to do.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::place::{Document, Place};
use crate::render;

/// One thing that has to be mended. Never shows a value that may be a secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Where it is; for what is missing, where it should be.
    pub place: Place,
    /// Dotted path, list elements counted from 1, views by their id; `None` if it is no key's.
    pub key: Option<String>,
    /// What is there, in words.
    pub found: String,
    /// What could be there.
    pub expected: Option<String>,
    /// The name that was probably meant.
    pub nearest: Option<String>,
    /// What to do.
    pub mend: String,
}

impl Problem {
    /// Something about a file as a whole, such as one that the settings name and that cannot be read.
    pub fn of_file(path: &Path, found: impl Into<String>, mend: impl Into<String>) -> Problem {
        let document = Document { name: path.display().to_string(), text: String::new() };
        Problem {
            place: Place::whole(&Arc::new(document)),
            key: None,
            found: found.into(),
            expected: None,
            nearest: None,
            mend: mend.into(),
        }
    }

    /// What is wrong, in one sentence without the place.
    pub fn sentence(&self) -> String {
        let mut text = match &self.key {
            Some(key) => format!("`{key}`: found {}", self.found),
            None => self.found.clone(),
        };
        if let Some(expected) = &self.expected {
            text.push_str(&format!(", expected {expected}"));
        }
        text
    }

    /// What to do, the probable name first.
    pub fn advice(&self) -> String {
        match &self.nearest {
            Some(nearest) => format!("did you mean `{nearest}`? Else {}", self.mend),
            None => self.mend.clone(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.sentence(), self.advice())
    }
}

/// A problem as JSON; the form is a contract (`docs/contract/problem.schema.json`).
#[derive(Serialize)]
struct ProblemText<'a> {
    schema: &'static str,
    file: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    text: Option<String>,
    key: Option<&'a str>,
    found: &'a str,
    expected: Option<&'a str>,
    nearest: Option<&'a str>,
    mend: &'a str,
}

/// All that is wrong, in the order of the files; at least one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `None` if there is none. What was found several times is kept once: what `line.toml` says is read with
    /// every station.
    pub fn of(all: Vec<Problem>) -> Option<Problems> {
        let mut kept: Vec<Problem> = Vec::new();
        for problem in all {
            if !kept.contains(&problem) {
                kept.push(problem);
            }
        }
        (!kept.is_empty()).then_some(Problems(kept))
    }

    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// As compilers show them, several lines each.
    pub fn rendered(&self, colours: bool) -> String {
        self.0.iter().map(|problem| render::rendered(problem, colours)).collect()
    }

    /// The same, and how many there are.
    pub fn report(&self, program: &str, colours: bool) -> String {
        let are = match self.0.len() {
            1 => "is 1 problem".to_owned(),
            count => format!("are {count} problems"),
        };
        format!("{}{program}: there {are} with the configuration\n", self.rendered(colours))
    }

    /// One JSON object a line.
    pub fn json(&self) -> String {
        let text = |problem: &Problem| {
            let position = problem.place.position();
            let text = ProblemText {
                schema: "lineshot/problem/1",
                file: problem.place.file(),
                line: position.map(|(line, _)| line),
                column: position.map(|(_, column)| column),
                text: problem.place.line(),
                key: problem.key.as_deref(),
                found: &problem.found,
                expected: problem.expected.as_deref(),
                nearest: problem.nearest.as_deref(),
                mend: &problem.mend,
            };
            serde_json::to_string(&text).expect("plain data is JSON") + "\n"
        };
        self.0.iter().map(text).collect()
    }

    /// These and more.
    #[must_use]
    pub fn and(self, more: Option<Problems>) -> Problems {
        let all = self.0.iter().cloned().chain(more.into_iter().flat_map(|more| more.0)).collect();
        Problems::of(all).unwrap_or(self)
    }
}

impl fmt::Display for Problems {
    /// One line each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let end = if index + 1 < self.0.len() { "\n" } else { "" };
            write!(f, "{problem}{end}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
