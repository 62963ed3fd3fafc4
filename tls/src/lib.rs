//! Certificates: whom to believe, what to show, and what is wrong with either, in a sentence with its mend.
//!
//! Holds:
//! - files are read anew for every connection, so that a renewed certificate needs no restart;
//! - nothing is believed that no authority vouches for: there is no way to leave the check out;
//! - no error shows a key.
//!
//! Deliberately absent: sockets, and any decision about what to do when a certificate is wrong.

mod date;
mod fault;
mod file;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod tests;
mod trust;

pub use date::{Dated, dates, dates_of};
pub use fault::{Fault, fault_of, fault_of_handshake};
pub use file::{FileError, authorities};
pub use trust::{OwnFiles, Trust};
