//! The shapes that values have: texts, words, durations, numbers, lists, tables.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use ::config::ValueKind;
use serde_json::{Value as Json, json};

use crate::key::{Keys, Shape, Table};
use crate::nearest::nearest;
use crate::text::{duration, spoken};
use crate::tree::{At, quoted};

/// The text that stands here.
pub(crate) fn text<'a>(at: &At<'a>, expected: &str) -> Option<&'a str> {
    match at.kind() {
        Some(ValueKind::String(text)) => Some(text),
        _ => at.not(expected, "write a text in double quotes"),
    }
}

/// A text of some form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<T: 'static> {
    /// Reads it, or says what is wrong with it.
    pub(crate) read: fn(&At<'_>, &str) -> Option<T>,
    pub(crate) words: &'static str,
    /// A regular expression that every readable text fits (ECMA-262); empty for none.
    pub(crate) pattern: &'static str,
}

impl<T> Shape for Text<T> {
    type Value = T;

    fn read(&self, at: &At<'_>) -> Option<T> {
        (self.read)(at, text(at, self.words)?)
    }

    fn schema(&self) -> Json {
        match self.pattern {
            "" => json!({ "type": "string" }),
            pattern => json!({ "type": "string", "pattern": pattern }),
        }
    }

    fn words(&self) -> String {
        self.words.to_owned()
    }
}

/// One of some words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<T: 'static> {
    pub(crate) words: &'static [(&'static str, T)],
    /// Words of the design: what this version cannot do, and what to write instead.
    pub(crate) later: &'static [(&'static str, &'static str, &'static str)],
}

impl<T: Copy> Shape for Word<T> {
    type Value = T;

    fn read(&self, at: &At<'_>) -> Option<T> {
        let word = text(at, &self.words())?;
        if let Some((_, value)) = self.words.iter().find(|(known, _)| *known == word) {
            return Some(*value);
        }
        if let Some((_, lacks, mend)) = self.later.iter().find(|(known, ..)| *known == word) {
            let found = format!("{}, a word of the design, but this version {lacks}", quoted(word));
            return at.wrong(found, self.words(), *mend);
        }
        at.meant(nearest(word, self.words.iter().map(|(known, _)| *known)), self.words(), "write one of them")
    }

    fn schema(&self) -> Json {
        json!({ "enum": self.words.iter().map(|(word, _)| word).collect::<Vec<_>>() })
    }

    fn words(&self) -> String {
        let quoted: Vec<String> = self.words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        one_of(&quoted)
    }
}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn one_of(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// A duration within a range.
#[derive(Clone, Debug)]
pub(crate) struct Span(pub(crate) RangeInclusive<Duration>);

impl Shape for Span {
    type Value = Duration;

    fn read(&self, at: &At<'_>) -> Option<Duration> {
        let mend =
            "write whole numbers with ms, s, m, h or d in double quotes, such as \"1500ms\" or \"1h 30m\"";
        let found = match at.kind() {
            Some(ValueKind::String(text)) => duration(text).filter(|value| self.0.contains(value)),
            _ => None,
        };
        found.or_else(|| at.not(self.words(), mend))
    }

    fn schema(&self) -> Json {
        json!({ "type": "string", "pattern": r"^\s*([0-9]+(ms|s|m|h|d)\s*)+$" })
    }

    fn words(&self) -> String {
        let [least, most] = [*self.0.start(), *self.0.end()].map(spoken);
        format!("a duration from \"{least}\" to \"{most}\"")
    }
}

/// A whole number within a range. The environment has it as a text.
#[derive(Clone, Debug)]
pub(crate) struct Whole(pub(crate) RangeInclusive<i64>);

impl Shape for Whole {
    type Value = i64;

    fn read(&self, at: &At<'_>) -> Option<i64> {
        let number = match at.kind() {
            Some(ValueKind::I64(number)) => Some(*number),
            Some(ValueKind::String(text)) if at.is_of_environment() => text.parse().ok(),
            _ => None,
        };
        number.filter(|number| self.0.contains(number)).or_else(|| at.not(self.words(), "correct the value"))
    }

    fn schema(&self) -> Json {
        json!({ "type": "integer", "minimum": self.0.start(), "maximum": self.0.end() })
    }

    fn words(&self) -> String {
        match *self.0.end() {
            i64::MAX => format!("a whole number from {}", self.0.start()),
            most => format!("a whole number from {} to {most}", self.0.start()),
        }
    }
}

/// The number that stands here, whole or not.
pub(crate) fn number(at: &At<'_>) -> Option<f64> {
    match at.kind() {
        Some(ValueKind::I64(number)) => Some(*number as f64),
        Some(ValueKind::Float(number)) => Some(*number),
        Some(ValueKind::String(text)) if at.is_of_environment() => text.parse().ok(),
        _ => None,
    }
}

/// A number within a range, whole or not.
#[derive(Clone, Debug)]
pub(crate) struct Number(pub(crate) RangeInclusive<f64>, pub(crate) &'static str);

impl Shape for Number {
    type Value = f64;

    fn read(&self, at: &At<'_>) -> Option<f64> {
        number(at)
            .filter(|number| self.0.contains(number))
            .or_else(|| at.not(self.words(), "correct the value"))
    }

    fn schema(&self) -> Json {
        json!({ "type": "number", "minimum": self.0.start(), "maximum": self.0.end() })
    }

    fn words(&self) -> String {
        format!("{} to {} {}", self.0.start(), self.0.end(), self.1)
    }
}

/// True or false.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag;

impl Shape for Flag {
    type Value = bool;

    fn read(&self, at: &At<'_>) -> Option<bool> {
        match at.kind() {
            Some(ValueKind::Boolean(flag)) => Some(*flag),
            Some(ValueKind::String(text)) if at.is_of_environment() => {
                text.parse().ok().or_else(|| at.not(self.words(), "write one of them"))
            }
            _ => at.not(self.words(), "write it without quotes"),
        }
    }

    fn schema(&self) -> Json {
        json!({ "type": "boolean" })
    }

    fn words(&self) -> String {
        "true or false".to_owned()
    }
}

/// An absolute path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FilePath;

impl Shape for FilePath {
    type Value = PathBuf;

    fn read(&self, at: &At<'_>) -> Option<PathBuf> {
        match text(at, "an absolute path")? {
            path if path.starts_with('/') && !path.contains('\0') => Some(PathBuf::from(path)),
            _ => at.not("an absolute path", "begin it with a slash"),
        }
    }

    fn schema(&self) -> Json {
        json!({ "type": "string", "pattern": "^/" })
    }

    fn words(&self) -> String {
        "an absolute path".to_owned()
    }
}

/// A table.
pub(crate) struct Nested<T: 'static> {
    pub(crate) keys: &'static Keys,
    pub(crate) read: fn(&Table<'_>) -> Option<T>,
}

impl<T> Shape for Nested<T> {
    type Value = T;

    fn read(&self, at: &At<'_>) -> Option<T> {
        (self.read)(&Table::of(at, self.keys)?)
    }

    fn schema(&self) -> Json {
        self.keys.schema()
    }

    fn words(&self) -> String {
        "a table".to_owned()
    }

    fn keys(&self) -> Option<&'static Keys> {
        Some(self.keys)
    }
}

/// A list of things of one shape.
#[derive(Clone, Debug)]
pub(crate) struct List<S> {
    pub(crate) of: S,
    pub(crate) count: RangeInclusive<usize>,
    pub(crate) words: &'static str,
    /// What to do if there are too few or too many.
    pub(crate) mend: &'static str,
}

impl<S: Shape> Shape for List<S> {
    type Value = Vec<S::Value>;

    /// Every element is read, so that all that is wrong is said.
    fn read(&self, at: &At<'_>) -> Option<Vec<S::Value>> {
        let Some(list) = at.list() else { return at.not(self.words, "write a list in [brackets]") };
        let count = list.len();
        let read: Vec<Option<S::Value>> = list.iter().map(|element| self.of.read(element)).collect();
        if !self.count.contains(&count) {
            let found = if count == 0 { "an empty list".to_owned() } else { format!("{count} of them") };
            return at.wrong(found, self.words, self.mend);
        }
        read.into_iter().collect()
    }

    fn schema(&self) -> Json {
        let (least, most) = (self.count.start(), self.count.end());
        let mut schema = json!({ "type": "array", "items": self.of.schema(), "minItems": least });
        if *most < usize::MAX {
            schema["maxItems"] = json!(most);
        }
        schema
    }

    fn words(&self) -> String {
        self.words.to_owned()
    }

    fn keys(&self) -> Option<&'static Keys> {
        self.of.keys()
    }
}

/// What no other shape can say.
pub(crate) struct Own<T: 'static> {
    pub(crate) read: fn(&At<'_>) -> Option<T>,
    pub(crate) schema: fn() -> Json,
    pub(crate) words: &'static str,
}

impl<T> Shape for Own<T> {
    type Value = T;

    fn read(&self, at: &At<'_>) -> Option<T> {
        (self.read)(at)
    }

    fn schema(&self) -> Json {
        (self.schema)()
    }

    fn words(&self) -> String {
        self.words.to_owned()
    }
}
