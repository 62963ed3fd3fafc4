//! From the settings to the standing house: stations, sources, topics and the link to the broker.

use std::collections::HashMap;
use std::fs;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, RwLock};

use anyhow::Context as _;
use lineshot_config::{AgentSettings, LineTopic, OrdersFrom};
use lineshot_domain::{Clock, StationId};
use lineshot_spool::{BookError, Front};
use lineshot_tls::{OwnFiles, Trust};

use crate::alarms::Alarms;
use crate::bench::Bench;
use crate::clock::WatchedClock;
use crate::closings::Closings;
use crate::commissioned::Commissioned;
use crate::failure::Failure;
use crate::halt::Halt;
use crate::house::{House, Stations};
use crate::plc::{About, Board, Kind, Link, LinkProof, Secret, SourceKind, Topic, Wake, own_topic};
use crate::releases::Releases;
use crate::run::Start;
use crate::seats::Seats;
use crate::sources::Sources;
use crate::station::Station;
use crate::stays::Stays;

/// The house with its stations' cameras running.
///
/// # Errors
/// [`BookError`]: what halts this PC cannot be read.
pub(crate) fn house(
    start: &Start,
    settings: &AgentSettings,
    board: &Board,
    front: Front,
    clock: Arc<dyn Clock>,
) -> Result<House, BookError> {
    let (site, name) = (&settings.site, &settings.name);
    let releases = Releases::new(start.unreleased, site, name);
    let stations = stations(settings, &clock, releases.is_trial());
    releases.look(stations.ready.values().map(|station| &station.judgement), &front, &*clock, true);
    let halt = Halt::new(&start.config, (site, name), &front)?;
    halt.look(&front, &*clock);
    Ok(House {
        front,
        stays: Arc::new(Stays::default()),
        watched: WatchedClock::new(clock.clone(), settings.clock.clone()),
        halt,
        commissioned: Commissioned::default(),
        telling: Mutex::default(),
        sources: Sources::new(asked_lines(settings), settings.orders.clone(), settings.deny.clone()),
        closings: Closings::default(),
        complete: AtomicBool::new(false),
        link: LinkProof::default(),
        bench: Bench::default(),
        seats: Seats::default(),
        alarms: Alarms::new(board.clone(), own_topic(&settings.site, &settings.name, "alarm/")),
        releases,
        stations: RwLock::new(Arc::new(stations)),
        heard: Mutex::default(),
        news: Wake::default(),
        clock,
    })
}

/// Which stations ask for the line's state, and where.
pub(crate) fn asked_lines(settings: &AgentSettings) -> HashMap<StationId, LineTopic> {
    let stations = settings.stations.iter();
    stations.filter_map(|station| Some((station.id.clone(), station.line.clone()?))).collect()
}

/// A station whose file is wrong, or that cannot be made ready, stays closed; the others work.
fn stations(settings: &AgentSettings, clock: &Arc<dyn Clock>, is_trial: bool) -> Stations {
    let shut = settings.broken.iter().filter_map(|broken| broken.id.clone()).collect();
    let mut stations = Stations { ready: HashMap::new(), shut };
    for broken in &settings.broken {
        for problem in broken.problems.iter() {
            tracing::error!(file = %broken.file.display(), "this station stays closed: {problem}");
        }
    }
    for setting in &settings.stations {
        match Station::ready((setting, settings), None, clock, is_trial) {
            Ok(station) => {
                stations.ready.insert(station.id.clone(), Arc::new(station));
            }
            Err(error) => {
                tracing::error!(station = %setting.id, "this station stays closed: {error:#}");
                stations.shut.push(setting.id.clone());
            }
        }
    }
    stations
}

/// All that is listened to.
pub(crate) fn topics(settings: &AgentSettings, stations: &Stations) -> Vec<Topic> {
    topics_of(settings, |id| stations.ready.contains_key(id))
}

/// The same for stations that are ready as `is_ready` says.
pub(crate) fn topics_of(settings: &AgentSettings, is_ready: impl Fn(&StationId) -> bool) -> Vec<Topic> {
    let stay = |name: &lineshot_config::Topic, station: &lineshot_config::Station, kind| Topic {
        name: name.as_str().to_owned(),
        about: About::Stay { station: station.id.clone(), kind },
    };
    let source = |name: &str, kind| Topic { name: name.to_owned(), about: About::Source(kind) };
    let own = |name: &str| own_topic(&settings.site, &settings.name, name);
    let mut topics =
        vec![source(&own("blackout"), SourceKind::Blackout), source(&own("stop"), SourceKind::Stop)];
    for setting in settings.stations.iter().filter(|setting| is_ready(&setting.id)) {
        topics.push(stay(&setting.trigger.topic, setting, Kind::Arrival));
        topics.extend(setting.trigger.leave.as_ref().map(|leave| stay(leave, setting, Kind::Departure)));
    }
    let lines = settings.stations.iter().filter_map(|station| station.line.as_ref());
    topics.extend(lines.map(|line| source(line.topic.as_str(), SourceKind::LineState)));
    if let Some(OrdersFrom::Topic(filter)) = settings.orders.as_ref().map(|orders| &orders.from) {
        topics.push(source(filter.as_str(), SourceKind::Orders));
    }
    if let Some(topic) = settings.deny.as_ref().and_then(|deny| deny.topic.as_ref()) {
        topics.push(source(topic.as_str(), SourceKind::DenyList));
    }
    topics
}

/// How the broker is reached.
///
/// # Errors
/// A password that cannot be read.
pub(crate) fn link(settings: &AgentSettings) -> Result<Link, Failure> {
    let broker = &settings.broker;
    let password = match &broker.password_file {
        Some(path) => fs::read_to_string(path)
            .with_context(|| format!("the broker's password {} cannot be read", path.display()))
            .map_err(Failure::Configuration)?,
        None => String::new(),
    };
    Ok(Link {
        host: broker.host.clone(),
        port: broker.port,
        tls: broker.tls.as_ref().map(trust),
        site: settings.site.clone(),
        agent: settings.name.clone(),
        client_id: broker.client_id.clone(),
        user: broker.user.clone().map(|user| (user, Secret::new(password.trim_end().to_owned()))),
        session_expiry: broker.session_expiry,
        keep_alive: broker.keep_alive,
        receive_maximum: broker.receive_maximum,
    })
}

pub(crate) fn trust(tls: &lineshot_config::Tls) -> Trust {
    let own =
        tls.own.as_ref().map(|own| OwnFiles { certificate: own.certificate.clone(), key: own.key.clone() });
    Trust { ca: tls.ca.clone(), own }
}
