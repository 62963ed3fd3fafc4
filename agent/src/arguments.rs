//! What can be said to `lineshot-agent` on its command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(version, about = "Photographs vehicles at the stations of this line PC")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Listen to the line and photograph, until SIGTERM
    Run {
        #[command(flatten)]
        place: Place,
        /// Take trial pictures without a release: marked, and kept apart under `unreleased/`
        #[arg(long)]
        unreleased: bool,
    },
    /// Check the configuration
    Check {
        #[command(flatten)]
        place: Place,
    },
    /// Look at the spool
    #[command(subcommand)]
    Spool(Spool),
    /// Say where an order's album is
    Album {
        #[command(flatten)]
        whose: Number,
        #[command(flatten)]
        place: Place,
        /// The site key's file, if not the configured one
        #[arg(long)]
        site_key: Option<PathBuf>,
    },
    /// The key that all PCs of the site share
    #[command(subcommand)]
    SiteKey(KeyCommand),
}

#[derive(Subcommand)]
pub(crate) enum Spool {
    /// List the newest cases and what became of them
    List {
        #[command(flatten)]
        place: Place,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
}

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Make the site's first key; never replaces one
    New {
        /// Where to
        #[arg(default_value = "/etc/lineshot/site.key")]
        file: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct Place {
    /// The configuration's folder
    #[arg(long, default_value = "/etc/lineshot")]
    pub(crate) config: PathBuf,
    /// The data folder, if not the configured one
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Number {
    /// The order number
    #[arg(long)]
    pub(crate) order: Option<String>,
    /// The body number
    #[arg(long)]
    pub(crate) body: Option<String>,
    /// The vehicle identification number
    #[arg(long)]
    pub(crate) vin: Option<String>,
}
