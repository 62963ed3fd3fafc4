//! What others say and the gate relies on: line state, order directory, deny list, blackout, stop.
//!
//! Holds: what is missing, too old or unreadable is known as such, never as "nothing against it"; what
//! was last known to be denied stays denied while the list cannot be read; a file that takes its time
//! delays no vehicle.
//!
//! Deliberately absent: any decision. The gate judges what is told here.

mod deny;
mod file;
mod line;
pub(crate) mod orders;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lineshot_config::{Deny, LineTopic, Orders, OrdersFrom};
use lineshot_domain::{AlbumId, Directory, LineState, Mono, Order, Source, StationId, Wall};
use lineshot_spool::{Notice, NoticeKind};

use deny::DenyLists;
use file::{Look, Watched};
use line::Line;
pub(crate) use line::Said;
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
    pub(crate) denied: Arc<HashSet<AlbumId>>,
}

/// All sources of this PC.
pub(crate) struct Sources {
    /// Held while a file is read.
    files: Mutex<Files>,
    inner: Mutex<Inner>,
}

struct Files {
    orders: Option<Watched>,
    deny: Option<Watched>,
    settings: (Option<Orders>, Option<Deny>),
}

struct Inner {
    line: Line,
    orders: OrdersState,
    deny: DenyLists,
}

/// Where the order directory comes from, and how it is.
enum OrdersState {
    Unasked,
    File { read: Read, max_age: Duration },
    Topic { filter: String, told: Told, max_age: Duration },
}

/// What the file last gave.
enum Read {
    Missing,
    Broken,
    Good(Arc<Directory>, Wall),
}

impl Sources {
    /// Nothing was told yet.
    pub(crate) fn new(
        line: HashMap<StationId, LineTopic>,
        orders: Option<Orders>,
        deny: Option<Deny>,
    ) -> Sources {
        let (lists, list) = deny_lists(deny.as_ref());
        let (directory, csv) = directory(orders.as_ref());
        let files = Files { orders: csv, deny: list, settings: (orders, deny) };
        let inner = Inner { line: Line::new(line), orders: directory, deny: lists };
        Sources { files: Mutex::new(files), inner: Mutex::new(inner) }
    }

    /// Others are asked from now on. What was told stays where the same are asked; else nothing is known until
    /// they tell.
    pub(crate) fn renew(
        &self,
        line: HashMap<StationId, LineTopic>,
        orders: Option<Orders>,
        deny: Option<Deny>,
    ) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let mut inner = self.lock();
        inner.line.renew(line);
        if files.settings.0 != orders {
            (inner.orders, files.orders) = directory(orders.as_ref());
        }
        if files.settings.1 != deny {
            (inner.deny, files.deny) = deny_lists(deny.as_ref());
        }
        files.settings = (orders, deny);
    }

    /// What the line says to a station.
    pub(crate) fn line(&self, station: &StationId, now: Mono, connection: Option<u64>) -> LineState {
        self.lock().line.state(station, now, connection)
    }

    /// What is known of orders and denials. `current`: all that the broker keeps for us has come.
    pub(crate) fn known(&self, now: Wall, current: bool) -> Known {
        let inner = self.lock();
        let (orders, orders_source) = inner.orders.known(now, current);
        let (denied, deny_source) = inner.deny.known(now);
        Known { orders, orders_source, deny_source, denied }
    }

    /// Albums to which nothing may be added any more: denied ones, and those of orders that are cancelled or
    /// have a denied number. `albums` says to which album an order's pictures go, and by which it can be denied. `None` while a configured source has told nothing, or what cannot be read: it may have been
    /// the one word that counts.
    ///
    /// `complete`: all that the broker keeps for us has come at least once; what is barred stays barred while
    /// it is away.
    pub(crate) fn barred(
        &self,
        now: Wall,
        complete: bool,
        albums: impl Fn(&Order) -> (AlbumId, Vec<AlbumId>),
    ) -> Option<Vec<AlbumId>> {
        let known = self.known(now, complete);
        let untold = |source| matches!(source, Source::Missing | Source::Broken);
        if untold(known.orders_source) || untold(known.deny_source) {
            return None;
        }
        let mut barred: Vec<AlbumId> = known.denied.iter().cloned().collect();
        for order in known.orders.iter().flat_map(|orders| orders.orders()) {
            // Reckoning the albums of a whole plant takes a while: only where somebody is denied at all.
            if order.cancelled || !known.denied.is_empty() {
                let (album, named) = albums(order);
                if order.cancelled || named.iter().any(|album| known.denied.contains(album)) {
                    barred.push(album);
                }
            }
        }
        barred.sort_unstable();
        barred.dedup();
        Some(barred)
    }

    /// A word about the line's state, and by which connection it came when. Says what it said to whom.
    pub(crate) fn hear_line(&self, topic: &str, payload: &[u8], retain: bool, at: (Mono, u64)) -> Vec<Said> {
        self.lock().line.hear(topic, payload, retain, at)
    }

    /// A word about an order. Its topic may name the order, and is not printed.
    pub(crate) fn hear_order(
        &self,
        topic: &str,
        payload: &[u8],
        now: Wall,
        connection: u64,
    ) -> Option<Notice> {
        let mut inner = self.lock();
        let OrdersState::Topic { filter, told, .. } = &mut inner.orders else { return None };
        let was_spoilt = told.is_spoilt();
        let Err(error) = told.by(connection).hear(topic, payload, now) else {
            let mended = was_spoilt && !told.is_spoilt();
            return mended.then(|| Notice::new(NoticeKind::SourceMended, None, "orders"));
        };
        let problem: &(dyn std::error::Error + 'static) = &error;
        tracing::error!(
            error = problem,
            filter,
            "a word about an order cannot be read: the directory is not believed until one on its topic can"
        );
        Some(Notice::new(NoticeKind::SourceBroken, None, format!("orders: {error}")))
    }

    /// A deny list.
    pub(crate) fn hear_deny(&self, payload: &[u8], now: Wall) -> Option<Notice> {
        self.lock().deny.hear(payload, now)
    }

    /// Looks at the files, reads what changed, and tells what is to be noted.
    pub(crate) fn look(&self, now: Wall) -> Vec<Notice> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let orders = files.orders.as_mut().and_then(|file| read_orders(file.look(now), now));
        let deny = files.deny.as_mut().map(|file| file.look(now));
        let mut inner = self.lock();
        let denied = deny.and_then(|found| inner.deny.look(found, now));
        let ordered = orders.map(|(found, notice)| {
            if let OrdersState::File { read, .. } = &mut inner.orders {
                *read = found;
            }
            notice
        });
        ordered.into_iter().chain(denied).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OrdersState {
    fn known(&self, now: Wall, current: bool) -> (Option<Arc<Directory>>, Source) {
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
            // Some of the orders are no directory: the missing one may be the vehicle's new order.
            OrdersState::Topic { told: heard, .. } if !current => {
                (Some(heard.directory.clone()), Source::Missing)
            }
            OrdersState::Topic { told: heard, max_age, .. } => {
                let source = heard.directory.newest().map_or(Source::Missing, |at| told(at, *max_age));
                (Some(heard.directory.clone()), source)
            }
        }
    }
}

/// An order directory of which nothing is known yet, and its file.
fn directory(orders: Option<&Orders>) -> (OrdersState, Option<Watched>) {
    let Some(Orders { from, max_age }) = orders else { return (OrdersState::Unasked, None) };
    match from {
        OrdersFrom::File(path) => {
            let state = OrdersState::File { read: Read::Missing, max_age: *max_age };
            (state, Some(Watched::new(path.clone())))
        }
        OrdersFrom::Topic(filter) => {
            let (filter, told) = (filter.as_str().to_owned(), Told::default());
            (OrdersState::Topic { filter, told, max_age: *max_age }, None)
        }
    }
}

/// Deny lists of which nothing is known yet, and their file.
fn deny_lists(deny: Option<&Deny>) -> (DenyLists, Option<Watched>) {
    let file = deny.and_then(|deny| deny.file.clone());
    (DenyLists::new(deny), file.map(Watched::new))
}

/// What a look at the order directory's file found, and what is to be noted of it.
fn read_orders(found: Look, now: Wall) -> Option<(Read, Notice)> {
    match found {
        Look::Same => None,
        Look::Missing(error) => {
            tracing::error!(%error, "the order directory cannot be read: is `orders.file` there, and readable?");
            let told = "orders: the file cannot be read";
            Some((Read::Missing, Notice::new(NoticeKind::SourceBroken, None, told)))
        }
        Look::New(bytes, written) => match orders::of_file(&bytes, written, now) {
            Ok(directory) => {
                tracing::info!(orders = directory.len(), "the order directory was read");
                let told = format!("{} orders", directory.len());
                let notice = Notice::new(NoticeKind::OrdersRead, None, told);
                Some((Read::Good(Arc::new(directory), written), notice))
            }
            Err(error) => {
                let problem: &(dyn std::error::Error + 'static) = &error;
                tracing::error!(error = problem, "the order directory is not believed");
                Some((Read::Broken, Notice::new(NoticeKind::SourceBroken, None, format!("orders: {error}"))))
            }
        },
    }
}

#[cfg(test)]
mod tests;
