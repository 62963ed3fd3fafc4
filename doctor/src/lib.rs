//! What `lineshot doctor` finds, for both daemons: a line a check, each with its mend.
//!
//! Holds: a check that could not be made is told as such, never as one that went well.
//!
//! Deliberately absent: the checks. Each daemon makes its own, by its own code and as its own user.

mod dates;
mod place;
mod units;

use std::io::{self, Write};

use serde::Serialize;

pub use dates::{certificate, of_files, of_peer};
pub use place::{durable, rooms, user};
pub use units::{Reached, unit};

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is as it should be.
    Ok,
    /// It could not be made, and need not be here.
    Skipped,
    /// It works, and will not for ever, or not as well as it could.
    Warning,
    /// Pictures are lost, or more is allowed than should be, until somebody mends it.
    Failed,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Skipped => "skip",
            Verdict::Warning => "warn",
            Verdict::Failed => "FAIL",
        }
    }
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was checked: a word that stays the same.
    pub check: &'static str,
    /// What came of it.
    pub verdict: Verdict,
    /// What was found, in a sentence without a full stop.
    pub found: String,
    /// What to do; empty if there is nothing.
    pub mend: String,
}

impl Finding {
    /// As it should be.
    pub fn ok(check: &'static str, found: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Ok, found: found.into(), mend: String::new() }
    }

    /// Not made here, and why.
    pub fn skipped(check: &'static str, found: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Skipped, found: found.into(), mend: String::new() }
    }

    /// To be looked after.
    pub fn warning(check: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Warning, found: found.into(), mend: mend.into() }
    }

    /// To be mended.
    pub fn failed(check: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Failed, found: found.into(), mend: mend.into() }
    }
}

/// A finding as JSON; the form is a contract (`docs/contract/finding.schema.json`).
#[derive(Serialize)]
struct FindingText<'a> {
    schema: &'static str,
    program: &'a str,
    check: &'static str,
    verdict: Verdict,
    found: &'a str,
    mend: &'a str,
}

/// An error and its causes, in one line.
pub fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}

/// Tells findings as they come, and keeps the worst.
pub struct Report<'w> {
    program: &'static str,
    json: bool,
    shown: &'w mut dyn Write,
    worst: Verdict,
    has_begun: bool,
}

impl<'w> Report<'w> {
    /// Of this program, as lines for people or as JSON.
    pub fn new(program: &'static str, json: bool, shown: &'w mut dyn Write) -> Report<'w> {
        Report { program, json, shown, worst: Verdict::Ok, has_begun: false }
    }

    /// Tells one.
    ///
    /// # Errors
    /// If it cannot be shown.
    pub fn tell(&mut self, finding: &Finding) -> io::Result<()> {
        self.worst = self.worst.max(finding.verdict);
        if !self.json && !std::mem::replace(&mut self.has_begun, true) {
            writeln!(self.shown, "{}", self.program)?;
        }
        let Finding { check, verdict, found, mend } = finding;
        let line = if self.json {
            let (schema, program) = ("lineshot/finding/1", self.program);
            let text = FindingText { schema, program, check, verdict: *verdict, found, mend };
            serde_json::to_string(&text).expect("plain data is JSON")
        } else {
            let mend = if mend.is_empty() { String::new() } else { format!(". What to do: {mend}") };
            format!("{:4}  {check}: {found}{mend}", verdict.word())
        };
        writeln!(self.shown, "{line}")?;
        self.shown.flush()
    }

    /// Tells all of them.
    ///
    /// # Errors
    /// If one cannot be shown.
    pub fn tell_all(&mut self, findings: impl IntoIterator<Item = Finding>) -> io::Result<()> {
        findings.into_iter().try_for_each(|finding| self.tell(&finding))
    }

    /// The worst that was told.
    pub fn worst(&self) -> Verdict {
        self.worst
    }
}

impl std::fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report")
            .field("program", &self.program)
            .field("worst", &self.worst)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: bool) -> (String, Verdict) {
        let mut shown = Vec::new();
        let mut report = Report::new("lineshot-agent", json, &mut shown);
        let findings = [
            Finding::ok("disk", "12 ms for a durable file"),
            Finding::warning("certificates", "it expires in 6 days", "renew it"),
            Finding::skipped("units", "there is no systemd here"),
        ];
        report.tell_all(findings).unwrap();
        let worst = report.worst();
        (String::from_utf8(shown).unwrap(), worst)
    }

    #[test]
    fn a_finding_is_a_line_with_its_mend_and_the_worst_counts() {
        let (text, worst) = told(false);
        assert_eq!(worst, Verdict::Warning);
        assert_eq!(
            text,
            "lineshot-agent\n\
             ok    disk: 12 ms for a durable file\n\
             warn  certificates: it expires in 6 days. What to do: renew it\n\
             skip  units: there is no systemd here\n"
        );
    }

    #[test]
    fn as_json_it_says_the_same() {
        let text = told(true).0;
        let second: serde_json::Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
        let want = serde_json::json!({
            "schema": "lineshot/finding/1", "program": "lineshot-agent", "check": "certificates",
            "verdict": "warning", "found": "it expires in 6 days", "mend": "renew it"
        });
        assert_eq!(second, want);
    }
}
