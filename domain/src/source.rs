//! How fresh something is that others have to tell again and again: line state, order directory, deny list.

use std::time::Duration;

use crate::{Ending, Reason};

/// What is known of such a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody asked for it.
    Unasked,
    /// It has said nothing, or cannot be reached.
    Missing,
    /// What it said last could not be read.
    Broken,
    /// It said something readable.
    Told {
        /// How long ago.
        age: Duration,
        /// How long that holds.
        max_age: Duration,
    },
}

/// The reasons for which one source closes a station.
pub(crate) struct Closing {
    pub(crate) missing: Reason,
    pub(crate) stale: Reason,
    pub(crate) broken: Reason,
}

impl Source {
    /// Whether it can be relied on now; what nobody asked for can.
    pub(crate) fn holds(&self, closing: &Closing) -> Result<(), Ending> {
        match self {
            Source::Unasked => Ok(()),
            Source::Missing => Err(Ending::new(closing.missing)),
            Source::Broken => Err(Ending::new(closing.broken)),
            Source::Told { age, max_age } if age > max_age => Err(Ending::new(closing.stale)),
            Source::Told { .. } => Ok(()),
        }
    }
}
