//! `lineshot simulate arrival`: asks the running agent, by its door, to treat a made-up arrival as a real one.
//!
//! Holds:
//! - one question a connection: a JSON line `lineshot/ask/1`, answered by lines of text until `done`;
//! - nothing is waited for without end, and no line is longer than 64 KiB;
//! - the vehicle's numbers go through the door and nowhere else: no message names them.
//!
//! Deliberately absent: any check of the numbers and any decision. Both are the agent's.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The value of `schema` in the version written here.
const SCHEMA: &str = "lineshot/ask/1";

/// A case may wait for its frames, its proof and the end of the stay before there is anything to say.
const PATIENCE: Duration = Duration::from_secs(120);

/// Far more than a line of text for a person has.
const LONGEST_LINE: u64 = 64 * 1024;

/// What arrives, as it was typed.
#[derive(Clone, Default, Serialize)]
pub struct MadeUp {
    /// The station's id.
    pub station: String,
    /// The VIN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vin: Option<String>,
    /// The order number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The body number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The market that the event claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// The class that the event claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
}

#[derive(Serialize)]
struct Ask<'a> {
    schema: &'static str,
    simulate: &'a MadeUp,
}

/// One line of the agent's.
#[derive(Deserialize)]
struct Line {
    text: Option<String>,
    #[serde(default)]
    done: bool,
    error: Option<String>,
}

/// Why nothing, or not all, was simulated.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
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

/// Tells the agent at `socket` that this vehicle came; shows what it answers as it comes.
///
/// # Errors
/// [`SimulateError`]; what was shown until then holds.
pub fn arrival(socket: &Path, vehicle: &MadeUp, shown: &mut dyn Write) -> Result<(), SimulateError> {
    let broken = |error| SimulateError::Broken(socket.to_owned(), error);
    let stream = UnixStream::connect(socket).map_err(|error| unopened(socket, error))?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(broken)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(broken)?;
    let ask = Ask { schema: SCHEMA, simulate: vehicle };
    let mut question = serde_json::to_vec(&ask).expect("plain data is JSON");
    question.push(b'\n');
    // One that says no may hang up before it has read all: its answer counts.
    let asked = (&stream).write_all(&question).and_then(|()| stream.shutdown(Shutdown::Write));
    let mut answer = BufReader::new(&stream);
    loop {
        let line = match next_line(&mut answer) {
            Ok(Some(line)) => line,
            Ok(None) => return Err(asked.err().map_or(SimulateError::HungUp(socket.to_owned()), broken)),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Err(SimulateError::Strange(socket.to_owned()));
            }
            Err(error) => return Err(broken(error)),
        };
        match line {
            Line { error: Some(error), .. } => return Err(SimulateError::Refused(error)),
            Line { text: Some(text), .. } => {
                writeln!(shown, "{text}").and_then(|()| shown.flush()).map_err(SimulateError::Show)?;
            }
            Line { done: true, .. } => return Ok(()),
            Line { .. } => return Err(SimulateError::Strange(socket.to_owned())),
        }
    }
}

fn unopened(socket: &Path, error: io::Error) -> SimulateError {
    match error.kind() {
        ErrorKind::PermissionDenied => SimulateError::Denied(socket.to_owned(), error),
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => SimulateError::Closed(socket.to_owned(), error),
        _ => SimulateError::Broken(socket.to_owned(), error),
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
    use std::io::BufRead;
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    /// What an agent that answers with `script` was asked, what was shown, and how it ended.
    fn asked(vehicle: &MadeUp, script: &'static str) -> (String, String, Result<(), SimulateError>) {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("agent.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let agent = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut question = String::new();
            BufReader::new(&stream).read_line(&mut question).unwrap();
            (&stream).write_all(script.as_bytes()).unwrap();
            question
        });
        let mut shown = Vec::new();
        let end = arrival(&socket, vehicle, &mut shown);
        (agent.join().unwrap(), String::from_utf8(shown).unwrap(), end)
    }

    fn of_an_order() -> MadeUp {
        MadeUp { station: "marriage".into(), order: Some("4711".into()), ..MadeUp::default() }
    }

    #[test]
    fn the_agent_is_asked_in_one_line_and_what_it_says_is_shown() {
        let script = "{\"text\":\"front: sealed\"}\n{\"text\":\"rear: missed(departed)\"}\n{\"done\":true}\n";
        let (question, shown, end) = asked(&of_an_order(), script);
        assert_eq!(
            question,
            "{\"schema\":\"lineshot/ask/1\",\"simulate\":{\"station\":\"marriage\",\"order\":\"4711\"}}\n"
        );
        assert_eq!(shown, "front: sealed\nrear: missed(departed)\n");
        end.unwrap();
    }

    #[test]
    fn all_that_was_typed_goes_through_the_door() {
        let all = || Some("A-1".to_owned());
        let vehicle = MadeUp {
            station: "marriage".into(),
            vin: all(),
            order: all(),
            body: all(),
            market: all(),
            class: all(),
        };
        let (question, ..) = asked(&vehicle, "{\"done\":true}\n");
        let question: serde_json::Value = serde_json::from_str(&question).unwrap();
        for key in ["vin", "order", "body", "market", "class"] {
            assert_eq!(question["simulate"][key], "A-1", "{key}");
        }
    }

    #[test]
    fn whatever_is_not_done_is_an_error_that_says_what_to_do() {
        for (script, want) in [
            ("{\"error\":\"the agent runs without --unreleased\"}\n", "the agent runs without --unreleased"),
            ("{\"text\":\"front: open\"}\n", "hung up before it was done"),
            ("", "hung up before it was done"),
            ("hello\n", "another version"),
            ("{}\n", "another version"),
            ("{\"done\":true}", "another version"),
        ] {
            let said = asked(&of_an_order(), script).2.unwrap_err().to_string();
            assert!(said.contains(want), "{script}: {said}");
            assert!(!said.contains("4711"), "{said}");
        }
    }

    #[test]
    fn a_line_without_end_is_not_read_to_its_end() {
        let mut endless = BufReader::new(io::repeat(b' '));
        assert_eq!(next_line(&mut endless).err().unwrap().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn an_agent_that_does_not_run_is_asked_after() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("agent.sock");
        let left_behind = folder.path().join("old.sock");
        drop(UnixListener::bind(&left_behind).unwrap());
        for socket in [nowhere, left_behind] {
            let said = arrival(&socket, &of_an_order(), &mut Vec::new()).unwrap_err().to_string();
            assert!(said.contains("is lineshot-agent running?"), "{said}");
        }
        let denied = unopened(Path::new("/run/x"), ErrorKind::PermissionDenied.into()).to_string();
        assert!(denied.contains("ask to be added to the group lineshot"), "{denied}");
    }
}
