//! `lineshot doctor`, the uploader's part: walks its true path, by its own code and as its own user.
//!
//! Holds: one marked object is put, under the same key each time; nothing else stays.

mod bucket;
mod place;

use std::io::{self, Write};
use std::path::Path;

use lineshot_config::{Problem, UploaderSettings};
use lineshot_doctor::{Finding, Report, Verdict, told, unit};
use lineshot_domain::Clock;

use crate::{Credentials, CredentialsError, Failure};

/// Walks it. Whether nothing has to be mended. `handed`: credentials that did not come by the configuration.
///
/// # Errors
/// What is found cannot be shown.
pub fn walk(
    config: &Path,
    json: bool,
    handed: Option<Result<Credentials, CredentialsError>>,
    clock: &dyn Clock,
    shown: &mut dyn Write,
) -> Result<bool, Failure> {
    let mut report = Report::new("lineshot-uploader", json, shown);
    tell(config, handed, clock, &mut report).map_err(Failure::Shown)?;
    Ok(report.worst() < Verdict::Failed)
}

fn tell(
    config: &Path,
    handed: Option<Result<Credentials, CredentialsError>>,
    clock: &dyn Clock,
    report: &mut Report<'_>,
) -> io::Result<()> {
    let settings = match UploaderSettings::load(config) {
        Ok(settings) => settings,
        Err(problems) => return report.tell_all(problems.iter().map(mistake)),
    };
    report.tell(&Finding::ok("configuration", "nothing is wrong"))?;
    report.tell_all(place::place(&settings, clock))?;
    let credentials = match (&settings.store.credentials, handed) {
        (None, Some(handed)) => handed,
        (named, _) => Credentials::load(named.as_deref()),
    };
    report.tell_all(store(&settings, credentials, clock))?;
    report.tell(&unit("lineshot-uploader", &place::reached(&settings)))
}

fn mistake(problem: &Problem) -> Finding {
    Finding::failed("configuration", problem.to_string(), "`lineshot check` shows the line")
}

fn store(
    settings: &UploaderSettings,
    credentials: Result<Credentials, CredentialsError>,
    clock: &dyn Clock,
) -> Vec<Finding> {
    const CHECK: &str = "credentials";
    match credentials {
        Ok(credentials) => {
            let mut found = vec![Finding::ok(CHECK, "the store's keys can be read")];
            found.extend(bucket::bucket(&settings.store, &credentials, clock));
            found
        }
        Err(CredentialsError::Nowhere) => {
            let mend = "run `lineshot doctor` as root: it hands them over as the unit does";
            vec![Finding::skipped(
                CHECK,
                format!("none can be seen from here, the unit brings its own: {mend}"),
            )]
        }
        Err(error) => {
            let (found, mend) = split(&told(&error));
            vec![Finding::failed(CHECK, found, mend)]
        }
    }
}

/// A sentence with its mend behind a semicolon, as this program's errors have it.
fn split(sentence: &str) -> (String, String) {
    let (found, mend) =
        sentence.split_once("; ").or_else(|| sentence.split_once(": ")).unwrap_or((sentence, ""));
    (found.to_owned(), mend.to_owned())
}
