//! The file that says which cars stand on a planned line.
//!
//! Deliberately absent: watching for changes, and patience with a half-written file. Who changes the plan
//! writes a new file beside it and renames that.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use lineshot_hall::{Hall, Plan};

use crate::Fault;

/// Where a line's plan is, and how its cars look.
#[derive(Debug)]
pub(super) struct PlanFile {
    pub(super) seed: u64,
    pub(super) path: PathBuf,
}

impl PlanFile {
    /// The line as the file now says.
    pub(super) fn hall(&self) -> Result<Hall, Fault> {
        let path = self.path.display();
        let bytes = self.read().map_err(|error| Fault::Unreachable {
            what: format!("the plan {path} cannot be read; is the path right, and may the agent read it?"),
            cause: Some(error.into()),
        })?;
        if bytes.len() > Plan::MOST_BYTES {
            let most = Plan::MOST_BYTES;
            return Err(Fault::answer(format!(
                "the plan {path} has more than {most} bytes; leave out visits that are long over"
            )));
        }
        // What is no text is no visit either, and its line is named.
        let plan = Plan::parse(&String::from_utf8_lossy(&bytes)).map_err(|error| Fault::Answer {
            what: format!("{path} is no plan"),
            cause: Some(error.into()),
        })?;
        Ok(Hall::planned(self.seed, plan))
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(&self.path)?.take(Plan::MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
