//! The deny list as it comes: a file, a retained topic, or both. What either names is denied.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use lineshot_config::Deny;
use lineshot_domain::{AlbumId, CLOCK_SKEW, DenyList, Source, Wall};
use lineshot_spool::{Notice, NoticeKind};

use super::file::Look;

/// One list and how it is.
#[derive(Default)]
struct List {
    /// The last one that could be read: what it names stays denied.
    last: Option<DenyList>,
    /// What came last could not be read.
    broken: bool,
    /// The file is not there.
    missing: bool,
}

/// All lists that are configured.
pub(super) struct DenyLists {
    file: Option<List>,
    topic: Option<List>,
    max_age: Duration,
    /// What any of them names, joined whenever one changes: every vehicle asks.
    denied: Arc<HashSet<AlbumId>>,
}

impl DenyLists {
    pub(super) fn new(deny: Option<&Deny>) -> DenyLists {
        DenyLists {
            file: deny.and_then(|deny| deny.file.as_ref()).map(|_| List::default()),
            topic: deny.and_then(|deny| deny.topic.as_ref()).map(|_| List::default()),
            max_age: deny.map_or(Duration::ZERO, |deny| deny.max_age),
            denied: Arc::default(),
        }
    }

    /// All that is denied, and the worst that can be said of the lists.
    pub(super) fn known(&self, now: Wall) -> (Arc<HashSet<AlbumId>>, Source) {
        let mut worst = Source::Unasked;
        for list in self.lists() {
            let source = list.source(now, self.max_age);
            worst = match (worst, source) {
                (Source::Missing | Source::Broken, _) => worst,
                (Source::Told { age: a, .. }, Source::Told { age: b, .. }) if a >= b => worst,
                _ => source,
            };
        }
        (self.denied.clone(), worst)
    }

    fn lists(&self) -> impl Iterator<Item = &List> {
        self.file.iter().chain(&self.topic)
    }

    fn join(&mut self) {
        let named = self.lists().filter_map(|list| list.last.as_ref());
        self.denied = Arc::new(named.flat_map(|list| list.albums().iter().cloned()).collect());
    }

    pub(super) fn hear(&mut self, payload: &[u8], now: Wall) -> Option<Notice> {
        let notice = self.topic.as_mut()?.take(payload, now, "topic");
        self.join();
        notice
    }

    /// What a look at the file found.
    pub(super) fn look(&mut self, found: Look, now: Wall) -> Option<Notice> {
        let list = self.file.as_mut()?;
        match found {
            Look::Same => None,
            Look::New(bytes, _) => {
                let notice = list.take(&bytes, now, "file");
                self.join();
                notice
            }
            Look::Missing(error) => {
                list.missing = true;
                tracing::error!(%error, "the deny list cannot be read: is `deny.file` there, and readable?");
                Some(Notice::new(NoticeKind::SourceBroken, None, "deny list: the file cannot be read"))
            }
        }
    }
}

fn takes_off(last: &DenyList, list: &DenyList) -> bool {
    last.issued() == list.issued() && !last.albums().is_subset(list.albums())
}

impl List {
    fn take(&mut self, bytes: &[u8], now: Wall, from: &'static str) -> Option<Notice> {
        let was_unknown = std::mem::take(&mut self.missing) || self.broken;
        let said = match std::str::from_utf8(bytes).map(DenyList::parse) {
            Ok(Ok(list)) if list.issued().since(now) > CLOCK_SKEW => "it was issued in the future".to_owned(),
            // An older list, put back or repeated, takes nobody off.
            Ok(Ok(list)) if self.last.as_ref().is_some_and(|last| last.issued() > list.issued()) => {
                "an older list than the one known came".to_owned()
            }
            Ok(Ok(list)) if self.last.as_ref().is_some_and(|last| takes_off(last, &list)) => {
                "an album was taken off without a new time of issue".to_owned()
            }
            Ok(Ok(list)) => {
                tracing::info!(from, albums = list.albums().len(), "the deny list was read");
                self.last = Some(list);
                self.broken = false;
                let mended = || Notice::new(NoticeKind::SourceMended, None, "deny list");
                return was_unknown.then(mended);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it is no UTF-8 text".to_owned(),
        };
        self.broken = true;
        tracing::error!(from, said, "the deny list is not believed");
        Some(Notice::new(NoticeKind::SourceBroken, None, format!("deny list: {said}")))
    }

    fn source(&self, now: Wall, max_age: Duration) -> Source {
        match &self.last {
            _ if self.missing => Source::Missing,
            _ if self.broken => Source::Broken,
            None => Source::Missing,
            Some(list) => Source::Told { age: now.since(list.issued()), max_age },
        }
    }
}
