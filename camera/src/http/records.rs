//! When the first byte of a frame can have come in over TLS.
//!
//! Bytes come in records of at most 16 KiB, and a record can be read only once its last byte is there. Its first
//! bytes may have waited with us for a while, and so may those of the record before it, behind which they came.
//!
//! Holds: no byte of the record in which a position lies was here at [`Records::since`] that position. What could be
//! read two records earlier had not been announced then, and TCP keeps the order.

use std::collections::VecDeque;

use lineshot_domain::Mono;

/// Two records full of plain bytes (RFC 8446, 5.1).
const BACK: u64 = 2 * 16_384;

/// When the bytes of an answer were read.
#[derive(Debug)]
pub(super) struct Records {
    position: u64,
    /// Where what was read began, and after when it had arrived, as if the line were in the clear.
    read: VecDeque<(u64, Mono)>,
}

impl Records {
    /// For an answer to what was asked then.
    pub(super) fn new(asked: Mono) -> Records {
        Records { position: 0, read: VecDeque::from([(0, asked)]) }
    }

    /// So many bytes were read now, which had arrived after `since` if the line were in the clear.
    pub(super) fn since(&mut self, bytes: usize, since: Mono) -> Mono {
        if self.position > 0 {
            self.read.push_back((self.position, since));
        }
        let back = self.position.saturating_sub(BACK);
        self.position += u64::try_from(bytes).unwrap_or(u64::MAX / 2);
        while self.read.get(1).is_some_and(|(from, _)| *from <= back) {
            self.read.pop_front();
        }
        self.read.front().map_or(since, |(_, since)| *since)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(ms: u64) -> Mono {
        Mono::from_start(Duration::from_millis(ms))
    }

    #[test]
    fn a_byte_came_after_what_lies_two_records_before_it() {
        let mut records = Records::new(at(5));
        for (bytes, read, since) in [
            (10_000, 100, 5),
            (20_000, 101, 5),
            (10_000, 102, 5),
            // From 40,000 on: 7,232 lies in what was asked for.
            (10_000, 103, 5),
            // From 50,000 on: 17,232 lies in what was read at 101.
            (1, 104, 101),
            (20_000, 105, 101),
            // From 70,001 on: 37,233 lies in what was read at 102.
            (50_000, 106, 102),
            (10, 107, 106),
        ] {
            assert_eq!(records.since(bytes, at(read)), at(since), "{read}");
        }
        assert!(records.read.len() < 4);
    }
}
