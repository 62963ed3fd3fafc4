//! `lineshot explain`.

use std::path::PathBuf;

use clap::Args;

use crate::programs::{Errand, Program};

#[derive(Debug, Args)]
pub(super) struct Explain {
    #[command(flatten)]
    about: About,
    /// With --would: local time of the station, such as 2026-11-24T05:59, a time with an offset, or now
    #[arg(long, value_name = "TIME", conflicts_with = "past")]
    at: Option<String>,
    /// With --would: the market that the order directory (without one: the event) would name
    #[arg(long, value_name = "MARKET", conflicts_with = "past")]
    market: Option<String>,
    /// With --would: the class that the order directory (without one: the event) would name
    #[arg(long, value_name = "CLASS", conflicts_with = "past")]
    class: Option<String>,
    /// The configuration folder [default: /etc/lineshot]
    #[arg(long, value_name = "DIR")]
    config: Option<PathBuf>,
    /// The data folder, if not the configuration's
    #[arg(long, value_name = "DIR", conflicts_with = "would")]
    data: Option<PathBuf>,
    /// Answer with JSON, as docs/contract/explained.schema.json says
    #[arg(long, conflicts_with = "would")]
    json: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct About {
    /// The future: a vehicle that arrives at this station
    #[arg(long, value_name = "STATION", requires = "at")]
    would: Option<String>,
    /// The past: the arrivals of this order
    #[arg(long, group = "past", value_name = "NUMBER")]
    order: Option<String>,
    /// The past: the arrivals of this body, where no order was known
    #[arg(long, group = "past", value_name = "NUMBER")]
    body: Option<String>,
    /// The past: the arrivals of this VIN, where neither was known
    #[arg(long, group = "past", value_name = "VIN")]
    vin: Option<String>,
    /// The past: the arrival whose event had this id
    #[arg(long, group = "past", value_name = "ID")]
    event: Option<String>,
}

impl Explain {
    pub(super) fn errand(self) -> Errand {
        let About { would, order, body, vin, event } = self.about;
        Errand::new(Program::Agent, &["explain"])
            .flag("--would", would)
            .flag("--order", order)
            .flag("--body", body)
            .flag("--vin", vin)
            .flag("--event", event)
            .flag("--at", self.at)
            .flag("--market", self.market)
            .flag("--class", self.class)
            .flag("--config", self.config)
            .flag("--data", self.data)
            .word("--json", self.json)
    }
}
