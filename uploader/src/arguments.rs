//! What can be said to `lineshot-uploader` on its command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Delivers lineshot's pictures to object storage.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// The configuration folder.
    #[arg(long, value_name = "DIR", default_value = "/etc/lineshot", global = true)]
    pub(crate) config: PathBuf,
    /// The data folder, instead of the configured one.
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) data: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Deliver until stopped.
    Run,
    /// Check settings and credentials; nothing is sent.
    Check {
        /// Say what is wrong as JSON, one object a line, on standard output.
        #[arg(long)]
        json: bool,
        /// Show every value that holds, defaults included, and where it comes from.
        #[arg(long, conflicts_with = "json")]
        effective: bool,
    },
    /// Walk the uploader's true path and say what has to be mended; exit code 1: something has to be.
    Doctor {
        /// Say it as JSON, one object a line.
        #[arg(long)]
        json: bool,
        /// The store's credentials come on standard input.
        #[arg(long)]
        credentials_from_input: bool,
    },
    /// Show the public key by which this PC's albums are signed, for the `allowed_signers` of who verifies them.
    AlbumKey,
    /// Believe the key that this PC's agent has written.
    Pin {
        /// Believe it although another one was believed before.
        #[arg(long)]
        replace: bool,
    },
}
