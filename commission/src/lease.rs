//! The agent's hold on the station: closed as long as this connection stays.
//!
//! Holds: without the agent's word that the station is closed, and that the ledger has it, nobody looks.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

/// A line in the book is a matter of milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// Of an answer, in bytes.
const LONGEST: u64 = 4096;

/// A station that is closed for us.
pub(crate) struct Lease {
    socket: PathBuf,
    station: String,
    person: String,
    stream: Option<BufReader<UnixStream>>,
}

/// Why nobody looks.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LeaseError {
    #[error(
        "the agent does not answer at {path}: is lineshot-agent running, and is this user in the group lineshot?"
    )]
    Closed { path: PathBuf, source: io::Error },
    #[error("the agent says no: {0}")]
    Refused(String),
    #[error("what the agent says cannot be understood: install agent and lineshot-commission of one version")]
    Strange,
}

#[derive(Deserialize)]
struct Answer {
    text: Option<String>,
    error: Option<String>,
}

impl Lease {
    /// Closes the station.
    ///
    /// # Errors
    /// [`LeaseError`].
    pub(crate) fn begin(socket: PathBuf, station: &str, person: &str) -> Result<Lease, LeaseError> {
        let mut lease =
            Lease { socket, station: station.to_owned(), person: person.to_owned(), stream: None };
        lease.open()?;
        Ok(lease)
    }

    /// Writes this into the ledger. After the agent was started anew the station is closed anew first.
    ///
    /// # Errors
    /// [`LeaseError`]: it is not there.
    pub(crate) fn note(&mut self, text: &str) -> Result<(), LeaseError> {
        let question = serde_json::json!({ "note": text });
        match self.ask(&question) {
            Err(LeaseError::Closed { .. }) => {
                self.open()?;
                self.ask(&question)
            }
            noted => noted,
        }
    }

    /// Whether the station is closed at this moment, and nobody has stopped photographs.
    ///
    /// # Errors
    /// [`LeaseError`].
    pub(crate) fn holds(&mut self) -> Result<(), LeaseError> {
        self.note("")
    }

    /// The station opens again.
    pub(crate) fn end(&mut self) {
        self.stream = None;
    }

    fn open(&mut self) -> Result<(), LeaseError> {
        let closed = |source| LeaseError::Closed { path: self.socket.clone(), source };
        let stream = UnixStream::connect(&self.socket).map_err(closed)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(closed)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(closed)?;
        self.stream = Some(BufReader::new(stream));
        let asked = serde_json::json!({ "station": self.station, "person": self.person });
        self.ask(&serde_json::json!({ "schema": "lineshot/ask/1", "commission": asked }))
    }

    fn ask(&mut self, question: &serde_json::Value) -> Result<(), LeaseError> {
        let answered = match &mut self.stream {
            None => Err(io::ErrorKind::NotConnected.into()),
            Some(stream) => talk(stream, question),
        };
        match answered {
            Ok(Answer { error: Some(error), .. }) => {
                self.stream = None;
                Err(LeaseError::Refused(error))
            }
            Ok(Answer { text: Some(_), .. }) => Ok(()),
            Ok(_) => Err(LeaseError::Strange),
            Err(source) => {
                self.stream = None;
                Err(LeaseError::Closed { path: self.socket.clone(), source })
            }
        }
    }
}

fn talk(stream: &mut BufReader<UnixStream>, question: &serde_json::Value) -> io::Result<Answer> {
    stream.get_mut().write_all(format!("{question}\n").as_bytes())?;
    let mut line = Vec::new();
    stream.take(LONGEST).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    serde_json::from_slice(&line).map_err(|_| io::ErrorKind::InvalidData.into())
}
