//! One question over HTTP to somebody on loopback, and the whole answer: for whoever needs to choose every byte.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longer than anybody here takes to answer on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The status line and the headers, as they came.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.into_iter().find_map(|(found, value)| found.eq_ignore_ascii_case(name).then_some(value.trim()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Asks `address` (`127.0.0.1:80`). `headers` are whole lines; without a `Host:` among them it is the address.
pub(crate) fn ask(
    address: &str,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &str,
) -> io::Result<Answer> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut question = format!("{method} {path} HTTP/1.1\r\n");
    if !headers.iter().any(|header| header.starts_with("Host:")) {
        question += &format!("Host: {address}\r\n");
    }
    for header in headers {
        question += &format!("{header}\r\n");
    }
    question += &format!("Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    socket.write_all(question.as_bytes())?;
    answer(&mut BufReader::new(socket))
}

fn answer(socket: &mut impl BufRead) -> io::Result<Answer> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if socket.read_line(&mut head)? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("broke off after: {head}")));
        }
    }
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, head.clone()))?;
    let mut answer = Answer { status, head, body: Vec::new() };
    match answer.header("Content-Length").and_then(|length| length.parse().ok()) {
        Some(length) => {
            answer.body.resize(length, 0);
            socket.read_exact(&mut answer.body)?;
        }
        None => {
            socket.read_to_end(&mut answer.body)?;
        }
    }
    Ok(answer)
}
