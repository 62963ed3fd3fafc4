//! Asking the running agent by its door.
//!
//! Holds:
//! - one question a connection: a JSON line `lineshot/ask/1`, answered by lines until `done`;
//! - nothing is waited for without end, and no line is longer than 64 KiB.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::bench::Look;
use crate::door::{Aimed, Seen};

/// The value of `schema` in the version written here.
pub(crate) const SCHEMA: &str = "lineshot/ask/1";

/// A case may wait for its frames, its proof and the end of the stay before there is anything to say.
const PATIENCE: Duration = Duration::from_secs(120);

/// Far more than a line of text for a person has.
const LONGEST_LINE: u64 = 64 * 1024;

/// One line of the agent's.
#[derive(Deserialize)]
struct Line {
    text: Option<String>,
    look: Option<Look>,
    card: Option<Seen>,
    aim: Option<Aimed>,
    part: Option<String>,
    #[serde(default)]
    done: bool,
    error: Option<String>,
}

/// What the agent says, line by line.
pub(crate) enum Said {
    /// For a person.
    Text(String),
    /// What a look at a camera gave.
    Look(Look),
    /// What was read of a test card.
    Card(Seen),
    /// Where a camera points.
    Aim(Aimed),
    /// Bytes of a picture, one part after the other.
    Part(Vec<u8>),
}

/// Why nothing, or not all, was answered.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody opens.
    #[error(
        "nobody answers at {0}: is lineshot-agent running? The key `socket` of agent.toml says where its door is"
    )]
    Closed(PathBuf, #[source] io::Error),
    /// The user may not.
    #[error("this user may not use the door {0}: ask to be added to the group lineshot, then log in anew")]
    Denied(PathBuf, #[source] io::Error),
    /// The connection broke or stayed silent.
    #[error("speaking with the agent at {0} failed or took longer than 120 s; look at its log")]
    Broken(PathBuf, #[source] io::Error),
    /// It hung up in the middle.
    #[error("the agent at {0} hung up before it was done: was it stopped? Look at its log")]
    HungUp(PathBuf),
    /// It said something that this version does not understand.
    #[error("what the agent at {0} says cannot be understood: is it of another version than this program?")]
    Strange(PathBuf),
    /// It said no.
    #[error("{0}")]
    Refused(String),
    /// This terminal takes no more.
    #[error("the answer could not be shown")]
    Show(#[source] io::Error),
}

/// Asks the agent at `socket`; `heard` is given what it answers, as it comes.
///
/// # Errors
/// [`AskError`]; what was heard until then holds.
pub(crate) fn ask(
    socket: &Path,
    question: &impl Serialize,
    heard: &mut dyn FnMut(Said) -> io::Result<()>,
) -> Result<(), AskError> {
    let broken = |error| AskError::Broken(socket.to_owned(), error);
    let stream = UnixStream::connect(socket).map_err(|error| unopened(socket, error))?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(broken)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(broken)?;
    let mut question = serde_json::to_vec(question).expect("plain data is JSON");
    question.push(b'\n');
    // One that says no may hang up before it has read all: its answer counts.
    let asked = (&stream).write_all(&question).and_then(|()| stream.shutdown(Shutdown::Write));
    let mut answer = BufReader::new(&stream);
    loop {
        let line = match next_line(&mut answer) {
            Ok(Some(line)) => line,
            Ok(None) => return Err(asked.err().map_or(AskError::HungUp(socket.to_owned()), broken)),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Err(AskError::Strange(socket.to_owned()));
            }
            Err(error) => return Err(broken(error)),
        };
        match line {
            Line { error: Some(error), .. } => return Err(AskError::Refused(error)),
            Line { text: Some(text), .. } => heard(Said::Text(text)).map_err(AskError::Show)?,
            Line { look: Some(look), .. } => heard(Said::Look(look)).map_err(AskError::Show)?,
            Line { card: Some(seen), .. } => heard(Said::Card(seen)).map_err(AskError::Show)?,
            Line { aim: Some(aimed), .. } => heard(Said::Aim(aimed)).map_err(AskError::Show)?,
            Line { part: Some(part), .. } => {
                let strange = |_| AskError::Strange(socket.to_owned());
                let part = STANDARD.decode(part).map_err(strange)?;
                heard(Said::Part(part)).map_err(AskError::Show)?
            }
            Line { done: true, .. } => return Ok(()),
            Line { .. } => return Err(AskError::Strange(socket.to_owned())),
        }
    }
}

fn unopened(socket: &Path, error: io::Error) -> AskError {
    match error.kind() {
        ErrorKind::PermissionDenied => AskError::Denied(socket.to_owned(), error),
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => AskError::Closed(socket.to_owned(), error),
        _ => AskError::Broken(socket.to_owned(), error),
    }
}

/// The next line; none if the agent hung up. What is too long, cut off or no JSON is invalid data.
fn next_line(answer: &mut impl io::BufRead) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    if answer.take(LONGEST_LINE).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.last() != Some(&b'\n') {
        return Err(ErrorKind::InvalidData.into());
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|_| ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_end_is_not_read_to_its_end() {
        let mut endless = BufReader::new(io::repeat(b' '));
        assert_eq!(next_line(&mut endless).err().unwrap().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn who_may_not_use_the_door_is_told_how_to() {
        let denied = unopened(Path::new("/run/x"), ErrorKind::PermissionDenied.into()).to_string();
        assert!(denied.contains("ask to be added to the group lineshot"), "{denied}");
    }
}
