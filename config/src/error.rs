//! What is wrong with the configuration: file, key, found, expected, and what to do.

use std::io;
use std::path::PathBuf;

/// The first problem found in a file. Never shows a value that may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file or folder could not be read.
    #[error("reading {path} failed; it must exist and be readable (and a file be UTF-8 text)")]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not TOML.
    #[error("{file}, line {line}, column {column}: not TOML: {problem}; mend this line")]
    Syntax {
        /// Which file.
        file: String,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// What the parser said, without the line itself.
        problem: String,
    },
    /// A key is unknown, missing, or has a value that cannot be.
    #[error("{file}: `{key}`: found {found}, expected {expected}; {mend}")]
    Value {
        /// The file (or environment variable) it is or should be in.
        file: String,
        /// Dotted path; views are written `view[<id>]`.
        key: String,
        /// What is there.
        found: String,
        /// What could be there.
        expected: String,
        /// What to do.
        mend: String,
    },
    /// A key of the design whose feature this version does not have.
    #[error("{file}: `{key}` is part of the design, but this version {lacks}: {mend}")]
    NotYet {
        /// The file it is in.
        file: String,
        /// Dotted path; views are written `view[<id>]`.
        key: String,
        /// What this version cannot do.
        lacks: &'static str,
        /// What to do.
        mend: &'static str,
    },
}
