//! What the host can choose to be streamed, and how it is agreed on: video probe and commit, USB video class 1.1,
//! section 4.3.1.1.

/// Width and height, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) width: u16,
    pub(crate) height: u16,
}

impl Size {
    /// Bytes that no frame exceeds, in either format.
    pub(crate) fn largest_frame(self) -> u32 {
        u32::from(self.width) * u32::from(self.height) * 2
    }
}

/// Whatever it has, in the order of their numbers from 1.
pub(crate) const SIZES: [Size; 3] =
    [Size { width: 640, height: 480 }, Size { width: 320, height: 240 }, Size { width: 1280, height: 720 }];

/// Between two frames, in units of 100 ns: 30, 29.97, 15 and 5 a second.
pub(crate) const INTERVALS: [u32; 4] = [333_333, 333_667, 666_666, 2_000_000];

/// Bytes of the longest part of a frame that is sent at once, with its header.
pub(crate) const PART: u32 = 16_384;

/// How a frame is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Mjpeg,
    Yuyv,
}

impl Format {
    /// By which host and camera call it.
    pub(crate) fn number(self) -> u8 {
        match self {
            Format::Mjpeg => 1,
            Format::Yuyv => 2,
        }
    }
}

/// What is streamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) format: Format,
    size: u8,
    /// Between two frames, in units of 100 ns.
    pub(crate) interval: u32,
}

impl Default for Choice {
    fn default() -> Choice {
        Choice { format: Format::Mjpeg, size: 1, interval: INTERVALS[0] }
    }
}

impl Choice {
    /// What the camera has that is nearest to what the host wrote, which may be cut short.
    pub(crate) fn nearest(wanted: &[u8]) -> Choice {
        let byte = |at: usize| wanted.get(at).copied().unwrap_or_default();
        let format = if byte(2) == Format::Yuyv.number() { Format::Yuyv } else { Format::Mjpeg };
        let asked = u32::from_le_bytes([byte(4), byte(5), byte(6), byte(7)]);
        let size = byte(3).clamp(1, SIZES.len().to_le_bytes()[0]);
        let interval = INTERVALS.into_iter().min_by_key(|interval| interval.abs_diff(asked));
        Choice { format, size, interval: interval.unwrap_or(INTERVALS[0]) }
    }

    pub(crate) fn size(self) -> Size {
        SIZES[usize::from(self.size) - 1]
    }

    /// The same as the camera writes it.
    pub(crate) fn written(self) -> [u8; 34] {
        let mut bytes = [0; 34];
        let mut put = |at: usize, number: u32| bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        put(4, self.interval);
        put(18, self.size().largest_frame());
        put(22, PART);
        put(26, 48_000_000);
        // Frames are told apart, and where one ends is said.
        bytes[30..34].copy_from_slice(&[3, 1, 1, 1]);
        (bytes[2], bytes[3]) = (self.format.number(), self.size);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_gets_what_is_nearest_to_its_wish() {
        let mut wish = [0; 26];
        (wish[2], wish[3]) = (2, 9);
        wish[4..8].copy_from_slice(&700_000_u32.to_le_bytes());
        let choice = Choice::nearest(&wish);
        assert_eq!((choice.format, choice.interval), (Format::Yuyv, 666_666));
        assert_eq!(choice.size(), SIZES[2]);
        assert_eq!(Choice::nearest(&choice.written()), choice);
    }
}
