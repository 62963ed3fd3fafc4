//! The control endpoint: who the camera is, and what it is to stream.

use std::io;

use crate::camera::State;
use crate::descriptors::{self, CONFIGURATION, DEVICE, STREAMING, STRING};
use crate::stream::Choice;
use crate::usbip::{self, Transfer};

/// What the host says and asks between plugging in and unplugging.
pub(crate) struct Control {
    serial: String,
    /// What was last talked about; what is streamed is what was last agreed on.
    probed: Choice,
}

/// What the camera has to say to a request.
enum Answer {
    Bytes(Vec<u8>),
    Understood,
    Unknown,
}

impl Control {
    pub(crate) fn new(serial: String) -> Control {
        Control { serial, probed: Choice::default() }
    }

    /// Answers a control transfer.
    ///
    /// # Errors
    /// When the host has hung up.
    pub(crate) fn answer(&mut self, transfer: &Transfer, state: &mut State) -> io::Result<()> {
        match self.understand(transfer, state) {
            Answer::Bytes(mut bytes) => {
                bytes.truncate(transfer.length as usize);
                usbip::give(&mut state.host, transfer.seq, &bytes)
            }
            Answer::Understood => usbip::take(&mut state.host, transfer.seq, transfer.length),
            Answer::Unknown => usbip::stall(&mut state.host, transfer.seq),
        }
    }

    /// Requests by type and code: USB 2.0, section 9.4; video class 1.1, section 4.
    fn understand(&mut self, transfer: &Transfer, state: &mut State) -> Answer {
        let [kind, code, low, high, index, ..] = transfer.setup;
        let is_streaming = index == STREAMING;
        match (kind, code) {
            (0x80, 6) => self.description(high, low),
            // Status: bus powered, nothing halted.
            (0x80..=0x82, 0) => Answer::Bytes(vec![0, 0]),
            // The configuration, the setting of an interface.
            (0x80, 8) => Answer::Bytes(vec![1]),
            (0x81, 10) => Answer::Bytes(vec![0]),
            // The end of a halt, which the kernel asks for when a stream ends.
            (0x02, 1) => {
                state.turns += 1;
                Answer::Understood
            }
            (0x00..=0x02, _) => Answer::Understood,
            (0x21, 1) if is_streaming => {
                self.probed = Choice::nearest(&transfer.data);
                // Selector 1 probes, 2 commits.
                if high == 2 {
                    state.choice = self.probed;
                    state.turns += 1;
                }
                Answer::Understood
            }
            (0xa1, 0x85) if is_streaming => {
                Answer::Bytes(self.probed.written().len().to_le_bytes()[..2].to_vec())
            }
            // It can be read and written.
            (0xa1, 0x86) if is_streaming => Answer::Bytes(vec![3]),
            (0xa1, 0x81..=0x87) if is_streaming => Answer::Bytes(self.probed.written().to_vec()),
            // Why the last request was not understood: the control is not known.
            (0xa1, 0x81) => Answer::Bytes(vec![6]),
            _ => Answer::Unknown,
        }
    }

    fn description(&self, kind: u8, number: u8) -> Answer {
        Answer::Bytes(match kind {
            DEVICE => descriptors::device(),
            CONFIGURATION => descriptors::configuration(),
            STRING => descriptors::string(number, &self.serial),
            _ => return Answer::Unknown,
        })
    }
}
