//! `lineshot simulate`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::programs::{Errand, Program};

#[derive(Debug, Subcommand)]
pub(super) enum Simulate {
    /// Say that a vehicle has arrived, and what becomes of it
    ///
    /// The gate decides as always, and a picture is marked as simulated everywhere. Only while the agent
    /// runs with --unreleased, and only for users of the group lineshot. Exit code 0: every view has its
    /// outcome, whatever it is.
    Arrival(Arrival),
}

#[derive(Debug, Args)]
pub(super) struct Arrival {
    /// The station's id
    #[arg(long, value_name = "STATION")]
    station: String,
    #[command(flatten)]
    vehicle: Vehicle,
    /// The market that the event claims
    #[arg(long, value_name = "MARKET")]
    market: Option<String>,
    /// The class that the event claims
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,
    /// The configuration folder, which names the agent's door [default: /etc/lineshot]
    #[arg(long, value_name = "DIR")]
    config: Option<PathBuf>,
    /// The agent's door, if not the configuration's
    #[arg(long, value_name = "SOCKET")]
    socket: Option<PathBuf>,
}

/// A VIN, an order (both may be named), or a body.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Vehicle {
    /// Its VIN
    #[arg(long, value_name = "VIN")]
    vin: Option<String>,
    /// Its order's number, alone or beside the VIN
    #[arg(long, value_name = "NUMBER")]
    order: Option<String>,
    /// Its body's number, alone
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["vin", "order"])]
    body: Option<String>,
}

impl Arrival {
    pub(super) fn errand(self) -> Errand {
        let Vehicle { vin, order, body } = self.vehicle;
        Errand::new(Program::Agent, &["simulate", "arrival"])
            .flag("--station", Some(self.station))
            .flag("--vin", vin)
            .flag("--order", order)
            .flag("--body", body)
            .flag("--market", self.market)
            .flag("--class", self.class)
            .flag("--config", self.config)
            .flag("--socket", self.socket)
    }
}
