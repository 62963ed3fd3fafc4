//! What is said to the guest, and what comes back: one connection to its door for each program.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::peers::listen;

/// Longer than anything takes in a guest that is emulated on a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// How the door tells that a program has ended, on a line of its own.
const END: &str = "\nended with ";

/// The guest's door, by its port on this machine.
#[derive(Clone, Copy)]
pub(crate) struct Door(pub(crate) u16);

impl Door {
    /// Has a shell of the guest run a line, with this as its input, and gives what it wrote and the number that it
    /// ended with.
    pub(crate) fn ask(self, line: &str, input: &[u8]) -> io::Result<(Vec<u8>, i32)> {
        let mut socket = self.open(line)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.write_all(input)?;
        socket.shutdown(Shutdown::Write)?;
        let mut said = Vec::new();
        socket.read_to_end(&mut said)?;
        let end = said.windows(END.len()).rposition(|part| part == END.as_bytes());
        let broke_off = || io::Error::new(io::ErrorKind::UnexpectedEof, String::from_utf8_lossy(&said));
        let end = end.ok_or_else(broke_off)?;
        let number = String::from_utf8_lossy(&said[end + END.len()..]).trim().parse();
        said.truncate(end);
        Ok((said, number.map_err(io::Error::other)?))
    }

    /// Has a shell of the guest become this program.
    pub(crate) fn start(self, line: &str) -> Remote {
        let socket = self.open(&format!("echo $$; exec {line}")).unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (sender, lines) = channel();
        listen(socket.try_clone().unwrap(), sender, Arc::clone(&said));
        let mut program = Remote { door: self, line: line.to_owned(), id: 0, socket, lines, said };
        program.id = program.next("the number of its process").parse().unwrap();
        program
    }

    /// Has a shell of the guest run a line, whose input and output the connection is.
    pub(crate) fn open(self, line: &str) -> io::Result<TcpStream> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.0))?;
        writeln!(socket, "{line}")?;
        Ok(socket)
    }
}

/// A program in the guest. It is killed when this is dropped.
pub(crate) struct Remote {
    door: Door,
    line: String,
    /// Of its process.
    id: u32,
    socket: TcpStream,
    lines: Receiver<String>,
    said: Arc<Mutex<String>>,
}

impl Remote {
    /// Says a line to it.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.socket, "{line}").unwrap();
    }

    /// The next line that was not waited for.
    pub(crate) fn next(&self, wanted: &str) -> String {
        self.wait_until(wanted, |_| true)
    }

    /// Waits for a line that contains `text`, among those not yet waited for, and gives it.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |line| line.contains(text))
    }

    fn wait_until(&self, wanted: &str, is_it: impl Fn(&str) -> bool) -> String {
        // By the clock: a program may never be silent and never say it.
        let end = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) if is_it(&line) => return line,
                Ok(_) => {}
                Err(_) => panic!("`{}` never said {wanted}, but:\n{}", self.line, self.said()),
            }
        }
    }

    /// All it has said so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // Until it is gone. A guest that does not answer is gone itself, or the next case will tell.
        let _killed =
            self.door.ask(&format!("while kill -9 {} 2>/dev/null; do usleep 10000; done", self.id), &[]);
        // Fails only if the guest has hung up already.
        let _ended = self.socket.shutdown(Shutdown::Both);
    }
}
