//! What can be said to `lineshot-commission` on its command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Draw what may be seen at a station, and see what will be shown.
#[derive(Parser)]
#[command(name = "lineshot-commission", version, about)]
pub(crate) struct Arguments {
    /// The configuration's folder.
    #[arg(long, value_name = "DIR", default_value = "/etc/lineshot", global = true)]
    pub(crate) config: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Open the page for one view of a station; the station is closed until it ends.
    Draw(Draw),
    /// Write a permission to look at a station, for the signer.
    Permission(Wanted),
}

#[derive(Args)]
pub(crate) struct Draw {
    /// The station, with /VIEW where it has several
    #[arg(value_name = "STATION[/VIEW]")]
    pub(crate) station: String,
    /// The signed permission; its signature lies beside it as FILE.sig
    #[arg(long, value_name = "FILE", required_unless_present = "unreleased", conflicts_with = "unreleased")]
    pub(crate) permission: Option<PathBuf>,
    /// Look without a permission: only before this PC has its first release
    #[arg(long, requires = "person")]
    pub(crate) unreleased: bool,
    /// Who looks: the name stands across every still (a permission names its own)
    #[arg(long, value_name = "NAME", conflicts_with = "permission")]
    pub(crate) person: Option<String>,
    /// Where the release to be signed is written
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,
    /// The port on loopback; 0: any that is free
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
}

#[derive(Args)]
pub(crate) struct Wanted {
    /// The station
    pub(crate) station: String,
    /// Who is to look
    #[arg(long, value_name = "NAME")]
    pub(crate) person: String,
    /// For how long
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=8))]
    pub(crate) hours: u64,
}
