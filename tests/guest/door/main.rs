//! The guest's door to the tests: who connects says one line, and a shell runs it. What follows on the connection is
//! its input, what it writes comes back, and the last line tells how it ended.
//!
//! Deliberately absent: any protection. The guest's network reaches the tests alone.
#![expect(clippy::print_stdout, reason = "the console is where the tests hear that the guest is ready")]

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::thread;

/// Where it listens; the tests know it, too.
const PORT: u16 = 7000;

fn main() -> io::Result<()> {
    let door = TcpListener::bind(("0.0.0.0", PORT))?;
    println!("guest: the door is open");
    for visitor in door.incoming() {
        let visitor = visitor?;
        // A visitor who is gone ends his own thread alone.
        thread::spawn(move || serve(visitor));
    }
    Ok(())
}

fn serve(mut visitor: TcpStream) -> io::Result<()> {
    let line = first_line(&mut visitor)?;
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &line]).stdin(end(&visitor)?).stdout(end(&visitor)?).stderr(end(&visitor)?);
    let status = shell.spawn()?.wait()?;
    // On a line of its own, wherever the program's last one ended.
    write!(visitor, "\nended with {}\n", status.code().unwrap_or(-1))
}

fn end(visitor: &TcpStream) -> io::Result<Stdio> {
    Ok(OwnedFd::from(visitor.try_clone()?).into())
}

/// Byte by byte: what follows is the shell's.
fn first_line(visitor: &mut TcpStream) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while visitor.read(&mut byte)? == 1 && byte != *b"\n" {
        line.extend(byte);
    }
    String::from_utf8(line).map_err(io::Error::other)
}
