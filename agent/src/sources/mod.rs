//! What others say and the gate relies on: line state, order directory, deny list, blackout, stop.
//!
//! Holds: what is missing, too old or unreadable is known as such, never as "nothing against it"; what
//! was last known to be denied stays denied while the list cannot be read.
//!
//! Deliberately absent: any decision. The gate judges what is told here.

mod deny;
mod file;
mod line;
pub(crate) mod orders;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lineshot_config::{Deny, LineTopic, Orders, OrdersFrom};
use lineshot_domain::{AlbumId, Directory, LineState, Mono, OrderNumber, Source, StationId, StopState, Wall};
use lineshot_spool::{Notice, NoticeKind};

use deny::DenyLists;
use file::{Look, Watched};
use line::Line;
use orders::Told;

/// What is known of orders and denials at one moment.
pub(crate) struct Known {
    /// The order directory, if one is configured.
    pub(crate) orders: Option<Arc<Directory>>,
    /// How fresh it is.
    pub(crate) orders_source: Source,
    /// How fresh the deny list is.
    pub(crate) deny_source: Source,
    /// The albums it names.
    pub(crate) denied: HashSet<AlbumId>,
}

/// All sources of this PC.
pub(crate) struct Sources {
    stop: PathBuf,
    inner: Mutex<Inner>,
}

struct Inner {
    line: Line,
    orders: OrdersState,
    deny: DenyLists,
}

/// Where the order directory comes from, and how it is.
enum OrdersState {
    Unasked,
    File { file: Watched, read: Read, max_age: Duration },
    Topic { told: Told, max_age: Duration },
}

/// What the file last gave.
enum Read {
    Missing,
    Broken,
    Good(Arc<Directory>, Wall),
}

impl Sources {
    /// `stop` is the file whose mere presence stops photographs.
    pub(crate) fn new(
        stop: PathBuf,
        line: HashMap<StationId, LineTopic>,
        orders: Option<Orders>,
        deny: Option<Deny>,
    ) -> Sources {
        let orders = match orders {
            None => OrdersState::Unasked,
            Some(Orders { from: OrdersFrom::File(path), max_age }) => {
                OrdersState::File { file: Watched::new(path), read: Read::Missing, max_age }
            }
            Some(Orders { from: OrdersFrom::Topic(_), max_age }) => {
                OrdersState::Topic { told: Told::default(), max_age }
            }
        };
        let inner = Inner { line: Line::new(line), orders, deny: DenyLists::new(deny) };
        Sources { stop, inner: Mutex::new(inner) }
    }

    /// Whether the stop file is there; whether nobody can tell counts as there.
    pub(crate) fn stop(&self) -> StopState {
        match self.stop.try_exists() {
            Ok(false) => StopState::Going,
            Ok(true) | Err(_) => StopState::Stopped,
        }
    }

    /// What the line says to a station.
    pub(crate) fn line(&self, station: &StationId, now: Mono) -> LineState {
        self.lock().line.state(station, now)
    }

    /// What is known of orders and denials.
    pub(crate) fn known(&self, now: Wall) -> Known {
        let inner = self.lock();
        let (orders, orders_source) = inner.orders.known(now);
        let (denied, deny_source) = inner.deny.known(now);
        Known { orders, orders_source, deny_source, denied }
    }

    /// Albums to which nothing may be added any more: denied ones, and those of cancelled orders by
    /// `album`. `None` until the configured sources have told anything.
    pub(crate) fn barred(&self, now: Wall, album: impl Fn(&OrderNumber) -> AlbumId) -> Option<Vec<AlbumId>> {
        let known = self.known(now);
        if known.orders_source == Source::Missing || known.deny_source == Source::Missing {
            return None;
        }
        let mut barred: Vec<AlbumId> = known.denied.into_iter().collect();
        barred.extend(known.orders.iter().flat_map(|orders| orders.cancelled()).map(album));
        barred.sort_unstable();
        barred.dedup();
        Some(barred)
    }

    /// A word about the line's state. Says for which stations it could not be read.
    pub(crate) fn hear_line(&self, topic: &str, payload: &[u8], retain: bool, at: Mono) -> Vec<StationId> {
        self.lock().line.hear(topic, payload, retain, at)
    }

    /// A word about an order.
    pub(crate) fn hear_order(&self, topic: &str, payload: &[u8], now: Wall) -> Option<Notice> {
        let mut inner = self.lock();
        let OrdersState::Topic { told, .. } = &mut inner.orders else { return None };
        let error = told.hear(topic, payload, now).err()?;
        let problem: &(dyn std::error::Error + 'static) = &error;
        tracing::error!(error = problem, topic, "the order directory is not believed until this is mended");
        Some(Notice::new(NoticeKind::SourceBroken, None, format!("orders: {error}")))
    }

    /// A deny list.
    pub(crate) fn hear_deny(&self, payload: &[u8], now: Wall) -> Option<Notice> {
        self.lock().deny.hear(payload, now)
    }

    /// Looks at the files, reads what changed, and tells what is to be noted.
    pub(crate) fn look(&self, now: Wall) -> Vec<Notice> {
        let mut inner = self.lock();
        let orders = inner.orders.look(now);
        let deny = inner.deny.look(now);
        orders.into_iter().chain(deny).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OrdersState {
    fn known(&self, now: Wall) -> (Option<Arc<Directory>>, Source) {
        let told = |at: Wall, max_age: Duration| Source::Told { age: now.since(at), max_age };
        match self {
            OrdersState::Unasked => (None, Source::Unasked),
            OrdersState::File { read: Read::Missing, .. } => (Some(Arc::default()), Source::Missing),
            OrdersState::File { read: Read::Broken, .. } => (Some(Arc::default()), Source::Broken),
            OrdersState::File { read: Read::Good(directory, written), max_age, .. } => {
                (Some(directory.clone()), told(*written, *max_age))
            }
            OrdersState::Topic { told: heard, .. } if heard.is_spoilt() => {
                (Some(heard.directory.clone()), Source::Broken)
            }
            OrdersState::Topic { told: heard, max_age } => {
                let source = heard.directory.newest().map_or(Source::Missing, |at| told(at, *max_age));
                (Some(heard.directory.clone()), source)
            }
        }
    }

    fn look(&mut self, now: Wall) -> Option<Notice> {
        let OrdersState::File { file, read, .. } = self else { return None };
        let path = file.path().display().to_string();
        match file.look() {
            Look::Same => None,
            Look::Missing(error) => {
                *read = Read::Missing;
                tracing::error!(path, %error, "the order directory cannot be read");
                Some(Notice::new(NoticeKind::SourceBroken, None, "orders: the file cannot be read"))
            }
            Look::New(bytes, written) => match orders::of_file(&bytes, written, now) {
                Ok(directory) => {
                    tracing::info!(path, orders = directory.len(), "the order directory was read");
                    let told = format!("{} orders", directory.len());
                    *read = Read::Good(Arc::new(directory), written);
                    Some(Notice::new(NoticeKind::OrdersRead, None, told))
                }
                Err(error) => {
                    *read = Read::Broken;
                    let problem: &(dyn std::error::Error + 'static) = &error;
                    tracing::error!(error = problem, path, "the order directory is not believed");
                    Some(Notice::new(NoticeKind::SourceBroken, None, format!("orders: {error}")))
                }
            },
        }
    }
}

#[cfg(test)]
mod tests;
