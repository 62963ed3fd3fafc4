//! What both daemons' files have in common.

use crate::ConfigError;
use crate::section::{Section, quoted};

/// The data folder unless the file names another.
pub(crate) const DATA: &str = "/var/lib/lineshot";

/// The log's filter; `info` unless the file says otherwise.
pub(crate) fn log_filter(root: &Section<'_>, text: Option<String>) -> Result<String, ConfigError> {
    let filter = text.unwrap_or_else(|| "info".to_owned());
    if filter.trim().is_empty() || filter.chars().any(char::is_control) {
        return Err(root.wrong("log", quoted(&filter), "a filter such as \"info\"", "correct it"));
    }
    Ok(filter)
}
