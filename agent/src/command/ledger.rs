//! `lineshot ledger`: the record as it stands in the agent's book, and whether all of it fits together.

use std::collections::VecDeque;
use std::io::Write;
use std::path::Path;

use lineshot_spool::{Chain, LedgerLine};
use serde::Serialize;

use crate::Failure;
use crate::lookout::rfc3339;

/// A line for other programs, as docs/contract/README.md says.
#[derive(Serialize)]
struct Exported<'a> {
    number: i64,
    /// Unix milliseconds, as it is hashed.
    at: i64,
    kind: &'a str,
    case: &'a str,
    facts: &'a str,
    before: &'a str,
    hash: &'a str,
}

/// Whether all of it fits together, in words; and whether it does.
///
/// # Errors
/// A book that cannot be read.
pub fn verify(data: &Path) -> Result<(String, bool), Failure> {
    let chain = read(data, &mut |_| ())?;
    Ok(told(&chain))
}

/// The last lines, or all of one case.
///
/// # Errors
/// A book that cannot be read.
pub fn show(data: &Path, last: usize, case: Option<&str>) -> Result<(String, bool), Failure> {
    let mut kept = VecDeque::new();
    let chain = read(data, &mut |line| {
        if case.is_none_or(|case| case == line.case) {
            kept.push_back(line);
            if case.is_none() && kept.len() > last {
                kept.pop_front();
            }
        }
    })?;
    let line = |line: &LedgerLine| {
        format!(
            "{:>8}  {}  {:8}  {:16}  {}\n",
            line.number,
            rfc3339(line.at),
            line.kind,
            line.case,
            line.facts
        )
    };
    let mut text: String = kept.iter().map(line).collect();
    let (verdict, holds) = told(&chain);
    if !holds {
        text.push_str(&verdict);
    }
    Ok((text, holds))
}

/// Every line as JSON, one object a line. Says whether they fit together.
///
/// # Errors
/// A book that cannot be read, an output that cannot be written.
pub fn export(data: &Path, to: &mut dyn Write) -> Result<(String, bool), Failure> {
    let mut written = Ok(());
    let chain = read(data, &mut |line| {
        let LedgerLine { number, at, kind, case, facts, before, hash } = &line;
        let exported = Exported { number: *number, at: at.unix_ms(), kind, case, facts, before, hash };
        if written.is_ok() {
            let text = serde_json::to_string(&exported).expect("plain data is JSON");
            written = writeln!(to, "{text}");
        }
    })?;
    written.map_err(|error| Failure::Other(error.into()))?;
    Ok(told(&chain))
}

fn read(data: &Path, each: &mut dyn FnMut(LedgerLine)) -> Result<Chain, Failure> {
    lineshot_spool::ledger(data, each).map_err(|error| Failure::Other(error.into()))
}

fn told(chain: &Chain) -> (String, bool) {
    match chain {
        Chain::Holds { lines, last } => {
            (format!("{lines} lines, and all of them fit together; the last is {last}\n"), true)
        }
        Chain::Breaks { at } => (
            format!("the chain breaks at line {at}: keep the disk as it is and call plant security\n"),
            false,
        ),
    }
}
