//! The log: to stderr, for the journal.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::Failure;

/// `RUST_LOG`, else what is configured.
///
/// # Errors
/// [`Failure::Log`] if it is no filter.
pub fn filter(configured: &str) -> Result<EnvFilter, Failure> {
    let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| configured.to_owned());
    EnvFilter::try_new(&filter).map_err(|source| Failure::Log { filter, source })
}

/// Writes from now on; once a process.
///
/// # Errors
/// [`Failure::Log`].
pub fn to_stderr(configured: &str) -> Result<(), Failure> {
    let terminal = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter(configured)?);
    log.with_writer(std::io::stderr).with_ansi(terminal).init();
    Ok(())
}
