//! `lineshot release prepare`: the document to be signed, and the sheet beside it.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::Args;
use lineshot_config as config;
use lineshot_domain::{Clock, Wall};
use lineshot_proof::{Motion, Proven};
use lineshot_release::{Prepared, Root};

use super::sheet::{Sheet, Shown};
use super::{chosen, sheet};
use crate::bench;
use crate::command::settings;
use crate::failure::Failure;
use crate::releases::me;
use crate::station::{Station, View};

/// What is to be released, and for how long.
#[derive(Clone, Debug, Args)]
pub struct Prepare {
    /// The stations; none: all
    #[arg(value_name = "STATION")]
    stations: Vec<String>,
    /// For how many days it counts
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=180))]
    days: u32,
    /// Its serial, higher than every one before [default: the time of day, such as 20261125221500]
    #[arg(long)]
    serial: Option<u64>,
    /// What the pictures are classified as
    #[arg(long, default_value = "internal")]
    classification: String,
    /// For how many days pictures are to be kept
    #[arg(long, default_value_t = 365)]
    retention: u32,
    /// Watch each view for so many minutes first, and show on the sheet what moved
    #[arg(long, value_name = "MINUTES", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=120))]
    observe: u64,
    /// Where to write
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// The configuration's folder
    #[arg(long, default_value = "/etc/lineshot")]
    config: PathBuf,
}

/// Writes the document and its sheet; says what comes next.
///
/// # Errors
/// A configuration that cannot be released, a machine without a name, a file that is there already.
pub fn prepare(asked: &Prepare, clock: &Arc<dyn Clock>) -> Result<String, Failure> {
    let agent = settings(&asked.config)?;
    let stations = chosen(&agent, &asked.stations)?;
    let root = Root::of_machine();
    let me = me(&root, &agent.site, &agent.name).map_err(|why| Failure::Other(anyhow!(why)))?;
    let now = clock.wall();
    let serial = asked.serial.unwrap_or_else(|| serial_of(now));
    let prepared = Prepared {
        serial,
        from: now,
        valid: Duration::from_hours(24 * u64::from(asked.days)),
        classification: asked.classification.clone(),
        retention_days: asked.retention,
    };
    let text = lineshot_release::prepare(&agent, &asked.config, &stations, &me, &prepared)
        .context("what holds cannot be written as a release")?;
    let shown = agent
        .stations
        .iter()
        .filter(|station| stations.contains(&station.id))
        .flat_map(|station| shown(station, &agent, clock, Duration::from_secs(60 * asked.observe)))
        .collect();
    let name = format!("release-{serial}");
    let (document, page) = (asked.out.join(format!("{name}.toml")), asked.out.join(format!("{name}.html")));
    let sheet = Sheet { name: &name, text: &text, me: &me, asked: &prepared, agent: &agent, shown };
    write(&document, text.as_bytes())?;
    write(&page, sheet::html(&sheet).as_bytes())?;
    let document = document.display();
    Ok(format!(
        "{document} is to be signed, {page} shows what by.\n\
         Look at the sheet, read the document, then, where the key is:\n\
         \x20 ssh-keygen -Y sign -n {namespace} -f KEY {name}.toml\n\
         and as root on this PC, where its signature comes from {name}.toml.sig (of a second person: \
         {name}.toml.2.sig):\n\
         \x20 install -o root -m 0644 {name}.toml {name}.toml*.sig /etc/lineshot/releases/\n\
         \x20 lineshot release verify\n",
        page = page.display(),
        namespace = lineshot_release::RELEASE,
    ))
}

/// Such as 20261125221500, in UTC: it grows, and a person sees how old it is.
fn serial_of(now: Wall) -> u64 {
    let at = jiff::Timestamp::from_millisecond(now.unix_ms()).unwrap_or_default();
    at.strftime("%Y%m%d%H%M%S").to_string().parse().unwrap_or_default()
}

/// Between two looks at a view.
const LOOK: Duration = Duration::from_secs(1);

/// Each view with a picture as customers would get it, covered and proven, and what moved; or why there is none.
fn shown(
    setting: &config::Station,
    agent: &config::AgentSettings,
    clock: &Arc<dyn Clock>,
    observe: Duration,
) -> Vec<Shown> {
    let station = Station::ready((setting, agent), None, clock, false);
    let of = |view: &config::View| {
        let seen = match &station {
            Ok(station) => match station.view(&view.id) {
                Some(view) => watch(view, &**clock, observe),
                None => Err("The view is not there.".to_owned()),
            },
            Err(error) => Err(format!("{error:#}")),
        };
        let ready = station.as_ref().ok().and_then(|station| station.view(&view.id));
        let angle = ready.map_or_else(String::new, |view| match &view.angle {
            None => "NOBODY CHECKS IT: a camera that is moved goes on taking pictures".to_owned(),
            Some(angle) => angle.told(),
        });
        Shown { station: setting.clone(), view: view.clone(), seen, angle }
    };
    setting.views.iter().map(of).collect()
}

/// A picture now, and one a second as long as is to be watched; a second without one is passed over.
fn watch(view: &View, clock: &dyn Clock, observe: Duration) -> Result<(Proven, Motion), String> {
    let began = clock.mono();
    let first = bench::picture(view, began).map_err(|reason| reason.sentence().to_owned())?;
    let mut motion = Motion::from(&first).map_err(|error| error.to_string())?;
    let mut at = began.plus(LOOK);
    while at.since(began) < observe {
        if let Ok(picture) = bench::picture(view, at) {
            motion.add(&picture).map_err(|error| error.to_string())?;
        }
        at = at.plus(LOOK).max(clock.mono());
    }
    Ok((first, motion))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(bytes))
        .with_context(|| format!("writing {} failed; is it there already?", path.display()))
        .map_err(Failure::Other)
}
