//! The kernel's USB/IP protocol, from the side of the device: `Documentation/usb/usbip_protocol.rst` of Linux.
//!
//! Deliberately absent: isochronous transfers, and everything that comes before a device is attached.

use std::io::{self, Read, Write};

const SUBMIT: u32 = 1;
const UNLINK: u32 = 2;
const RET_SUBMIT: u32 = 3;
const RET_UNLINK: u32 = 4;

/// Bytes of a header, whatever it heads.
const HEADER: usize = 48;

/// `-EPIPE`: the device does not understand, and its endpoint stalls.
const STALL: i32 = -32;
/// `-ECONNRESET`: the transfer was taken back before it was answered.
const TAKEN_BACK: i32 = -104;

/// What the host wants.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// A transfer to or from an endpoint.
    Submit(Transfer),
    /// The end of a transfer that is not answered yet.
    Unlink { seq: u32, transfer: u32 },
}

/// A transfer that the host submitted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub(crate) seq: u32,
    pub(crate) endpoint: u32,
    pub(crate) to_host: bool,
    /// Bytes that the host sends, or has room for.
    pub(crate) length: u32,
    /// The setup packet of a control transfer.
    pub(crate) setup: [u8; 8],
    /// What the host sends.
    pub(crate) data: Vec<u8>,
}

/// The next request.
///
/// # Errors
/// When the host has hung up, or says what is no request.
pub(crate) fn read(host: &mut impl Read) -> io::Result<Request> {
    let mut header = [0; HEADER];
    host.read_exact(&mut header)?;
    let word = |number: usize| u32::from_be_bytes(std::array::from_fn(|byte| header[number * 4 + byte]));
    let seq = word(1);
    match word(0) {
        UNLINK => Ok(Request::Unlink { seq, transfer: word(5) }),
        SUBMIT => {
            let (to_host, length) = (word(3) == 1, word(6));
            let mut data = vec![0; if to_host { 0 } else { length as usize }];
            host.read_exact(&mut data)?;
            let setup = std::array::from_fn(|byte| header[40 + byte]);
            Ok(Request::Submit(Transfer { seq, endpoint: word(4), to_host, length, setup, data }))
        }
        other => Err(io::Error::new(io::ErrorKind::InvalidData, format!("request {other} is unknown"))),
    }
}

/// Answers a transfer to the host with these bytes, which fit into its room.
pub(crate) fn give(host: &mut impl Write, seq: u32, data: &[u8]) -> io::Result<()> {
    let length = u32::try_from(data.len()).map_err(io::Error::other)?;
    answer(host, RET_SUBMIT, seq, 0, length, data)
}

/// Answers a transfer from the host: all of it is taken.
pub(crate) fn take(host: &mut impl Write, seq: u32, length: u32) -> io::Result<()> {
    answer(host, RET_SUBMIT, seq, 0, length, &[])
}

/// Answers a transfer that makes no sense to the device.
pub(crate) fn stall(host: &mut impl Write, seq: u32) -> io::Result<()> {
    answer(host, RET_SUBMIT, seq, STALL, 0, &[])
}

/// Answers an unlink; `was_open` if the transfer had not been answered.
pub(crate) fn unlinked(host: &mut impl Write, seq: u32, was_open: bool) -> io::Result<()> {
    answer(host, RET_UNLINK, seq, if was_open { TAKEN_BACK } else { 0 }, 0, &[])
}

fn answer(
    host: &mut impl Write,
    command: u32,
    seq: u32,
    status: i32,
    length: u32,
    data: &[u8],
) -> io::Result<()> {
    let mut message = Vec::with_capacity(HEADER + data.len());
    for word in [command, seq, 0, 0, 0, status.cast_unsigned(), length, 0, 0, 0, 0, 0] {
        message.extend(word.to_be_bytes());
    }
    message.extend(data);
    host.write_all(&message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(words: [u32; 10], rest: &[u8]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).chain(rest.iter().copied()).collect()
    }

    #[test]
    fn a_transfer_brings_its_setup_and_what_the_host_sends() {
        let setup = [0x21, 1, 0, 1, 1, 0, 2, 0];
        let bytes = message([SUBMIT, 7, 0, 0, 0, 0, 2, 0, 0, 0], &[setup.as_slice(), &[0xaa, 0xbb]].concat());
        let wanted =
            Transfer { seq: 7, endpoint: 0, to_host: false, length: 2, setup, data: vec![0xaa, 0xbb] };
        assert_eq!(read(&mut bytes.as_slice()).unwrap(), Request::Submit(wanted));
    }

    #[test]
    fn what_the_host_takes_back_is_named_by_its_own_number() {
        let bytes = message([UNLINK, 8, 0, 0, 0, 5, 0, 0, 0, 0], &[0; 8]);
        assert_eq!(read(&mut bytes.as_slice()).unwrap(), Request::Unlink { seq: 8, transfer: 5 });
    }

    #[test]
    fn nonsense_and_half_a_message_are_no_request() {
        assert!(read(&mut message([9, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[0; 8]).as_slice()).is_err());
        assert!(read(&mut [0, 0, 0, 1].as_slice()).is_err());
    }

    #[test]
    fn an_answer_is_a_header_and_what_is_given() {
        let mut said = Vec::new();
        give(&mut said, 7, b"xyz").unwrap();
        assert_eq!(said, message([RET_SUBMIT, 7, 0, 0, 0, 0, 3, 0, 0, 0], b"\0\0\0\0\0\0\0\0xyz"));
    }
}
