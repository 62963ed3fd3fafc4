//! What a process says, line by line, as the clock that tests wait for.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use jiff::Timestamp;

/// Nothing here takes this long on a loaded machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(90);

/// A line, and when it was read.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) at: Timestamp,
    pub(crate) text: String,
}

/// All lines so far. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<(Mutex<Vec<Line>>, Condvar)>);

impl Lines {
    /// Reads on as long as the process writes.
    pub(crate) fn follow(&self, output: impl Read + Send + 'static) {
        let lines = self.clone();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut bytes = Vec::new();
            while output.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
                let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                bytes.clear();
                lines.0.0.lock().unwrap().push(Line { at: Timestamp::now(), text });
                lines.0.1.notify_all();
            }
        });
    }

    pub(crate) fn len(&self) -> usize {
        self.0.0.lock().unwrap().len()
    }

    pub(crate) fn all(&self) -> Vec<Line> {
        self.0.0.lock().unwrap().clone()
    }

    /// Everything said, as one text.
    pub(crate) fn text(&self) -> String {
        self.all().into_iter().map(|line| line.text + "\n").collect()
    }

    /// The first line from number `from` on for which `is_it` gives something.
    pub(crate) fn wait<T>(&self, what: &str, from: usize, is_it: impl Fn(&Line) -> Option<T>) -> T {
        let (lines, changed) = &*self.0;
        let find = |lines: &Vec<Line>| lines.iter().skip(from).find_map(&is_it);
        let waited = changed.wait_timeout_while(lines.lock().unwrap(), DEADLINE, |l| find(l).is_none());
        let lines = waited.unwrap().0;
        let found = find(&lines);
        found.unwrap_or_else(|| {
            let last = lines.len().saturating_sub(25);
            let last: Vec<String> = lines[last..].iter().map(|line| line.text.clone()).collect();
            // What unwinds reads the lines once more.
            drop(lines);
            panic!("never happened: {what}; the last lines:\n{}", last.join("\n"))
        })
    }

    /// Returns when there is more than `known` lines, or after a moment.
    pub(crate) fn wait_for_more_than(&self, known: usize) {
        let (lines, changed) = &*self.0;
        let moment = Duration::from_millis(250);
        drop(changed.wait_timeout_while(lines.lock().unwrap(), moment, |lines| lines.len() <= known));
    }
}
