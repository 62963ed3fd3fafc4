//! `lineshot simulate arrival`: asks the running agent, by its door, to treat a made-up arrival as a real one.
//!
//! Holds: the vehicle's numbers go through the door and nowhere else: no message names them.
//!
//! Deliberately absent: any check of the numbers and any decision. Both are the agent's.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use crate::asking::{AskError, SCHEMA, Said, ask};

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

/// Tells the agent at `socket` that this vehicle came; shows what it answers as it comes.
///
/// # Errors
/// [`AskError`]; what was shown until then holds.
pub fn arrival(socket: &Path, vehicle: &MadeUp, shown: &mut dyn Write) -> Result<(), AskError> {
    ask(socket, &Ask { schema: SCHEMA, simulate: vehicle }, &mut |said| match said {
        Said::Text(text) => writeln!(shown, "{text}").and_then(|()| shown.flush()),
        Said::Look(_) | Said::Card(_) | Said::Aim(_) | Said::Part(_) => Ok(()),
    })
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    /// What an agent that answers with `script` was asked, what was shown, and how it ended.
    fn asked(vehicle: &MadeUp, script: &'static str) -> (String, String, Result<(), AskError>) {
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
    fn an_agent_that_does_not_run_is_asked_after() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("agent.sock");
        let left_behind = folder.path().join("old.sock");
        drop(UnixListener::bind(&left_behind).unwrap());
        for socket in [nowhere, left_behind] {
            let said = arrival(&socket, &of_an_order(), &mut Vec::new()).unwrap_err().to_string();
            assert!(said.contains("is lineshot-agent running?"), "{said}");
        }
    }
}
