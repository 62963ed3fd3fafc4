//! One cell of the table: `key=value` pairs, each read at least once.

use std::{cell::RefCell, collections::BTreeSet, time::Duration};

use lineshot_domain::Wall;

pub(crate) struct Given {
    pairs: Vec<(&'static str, &'static str)>,
    used: RefCell<BTreeSet<&'static str>>,
}

impl Given {
    pub(crate) fn parse(cell: &'static str) -> Given {
        let pairs = cell.split_whitespace();
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or_else(|| panic!("{pair:?}"))).collect();
        Given { pairs, used: RefCell::default() }
    }

    /// All values of a key, in the order written.
    pub(crate) fn all(&self, key: &str) -> Vec<&'static str> {
        let found = self.pairs.iter().filter(|(name, _)| *name == key);
        found
            .map(|(name, value)| {
                self.used.borrow_mut().insert(name);
                *value
            })
            .collect()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'static str> {
        let all = self.all(key);
        assert!(all.len() < 2, "{key} is given twice");
        all.first().copied()
    }

    /// The value, or that of the normal day.
    pub(crate) fn or(&self, key: &str, normal: &'static str) -> &'static str {
        self.get(key).unwrap_or(normal)
    }

    pub(crate) fn is(&self, key: &str, value: &str) -> bool {
        match self.get(key) {
            None => false,
            Some(found) => {
                assert_eq!(found, value, "{key} can be this alone");
                true
            }
        }
    }

    pub(crate) fn duration(&self, key: &str, normal: &'static str) -> Duration {
        let ms = milliseconds(self.or(key, normal));
        Duration::from_millis(u64::try_from(ms).unwrap_or_else(|_| panic!("{key} is negative")))
    }

    /// Panics at a key that nobody asked for.
    pub(crate) fn check_all_used(&self) {
        for (key, _) in &self.pairs {
            assert!(self.used.borrow().contains(key), "{key:?} means nothing here");
        }
    }
}

/// `-5.001s`, `24h`: milliseconds.
pub(crate) fn milliseconds(text: &str) -> i64 {
    let (number, unit) = text.split_at(text.len() - 1);
    let unit = match unit {
        "s" => 1_000.0,
        "h" => 3_600_000.0,
        _ => panic!("{text:?} ends neither in s nor in h"),
    };
    let number: f64 = number.parse().unwrap_or_else(|_| panic!("{text:?}"));
    (number * unit).round() as i64
}

/// `2026-11-23T10:00:00+01:00`.
pub(crate) fn wall(text: &str) -> Wall {
    let at: jiff::Timestamp = text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"));
    Wall::from_unix_ms(at.as_millisecond())
}
