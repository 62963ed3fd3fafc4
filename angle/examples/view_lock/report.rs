//! What is printed, and written as Markdown: the same words.

use std::fmt::Display;

/// Paragraphs and tables.
#[derive(Default)]
pub(crate) struct Report {
    text: String,
}

impl Report {
    pub(crate) fn says(&mut self, words: &str) {
        println!("{words}\n");
        self.text += words;
        self.text += "\n\n";
    }

    pub(crate) fn table(&mut self, heads: &[&str], rows: &[Vec<String>]) {
        let mut lines =
            vec![format!("| {} |", heads.join(" | ")), format!("|{}", "---|".repeat(heads.len()))];
        lines.extend(rows.iter().map(|row| format!("| {} |", row.join(" | "))));
        self.says(&lines.join("\n"));
    }

    pub(crate) fn text(&self) -> String {
        format!("{}\n", self.text.trim_end())
    }
}

/// `some` of `all`, and the share.
pub(crate) fn share(some: usize, all: usize) -> String {
    if all == 0 {
        "–".to_owned()
    } else {
        format!("{some} of {all} ({:.1} %)", some as f64 * 100.0 / all as f64)
    }
}

/// A row from what can be told.
#[macro_export]
macro_rules! row {
    ($($cell:expr),* $(,)?) => { vec![$($cell.to_string()),*] };
}

/// Values in order, of which parts can be asked.
pub(crate) struct Sorted(Vec<f64>);

impl Sorted {
    pub(crate) fn new(mut values: Vec<f64>) -> Sorted {
        values.sort_by(f64::total_cmp);
        Sorted(values)
    }

    /// The value that `part` of all are not above.
    pub(crate) fn at(&self, part: f64) -> f64 {
        let at = (part * self.0.len() as f64).ceil() as usize;
        self.0.get(at.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }

    /// Middle, tenth largest of a hundred, largest of a hundred.
    pub(crate) fn three(&self) -> String {
        format!("{:.2} / {:.2} / {:.2}", self.at(0.5), self.at(0.9), self.at(0.99))
    }
}

/// Words with commas between them, or a dash.
pub(crate) fn list<T: Display>(words: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    if words.is_empty() { "–".to_owned() } else { words.join(", ") }
}
