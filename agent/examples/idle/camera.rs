//! A network camera of 1920x1080 at 15 frames a second, on loopback: a rendered line, encoded beforehand.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use lineshot_domain::Wall;
use lineshot_hall::{Hall, Position, Renderer};

use crate::Outcome;

/// 15 frames a second.
const FRAME: Duration = Duration::from_micros(66_667);

/// Starts it; its address, and the mean size of its frames.
pub(crate) fn start() -> Outcome<(String, usize)> {
    let frames = Arc::new(frames()?);
    let mean = frames.iter().map(Vec::len).sum::<usize>() / frames.len();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let frames = frames.clone();
            thread::spawn(move || play(stream, &frames));
        }
    });
    Ok((url, mean))
}

/// Half a second of a line.
fn frames() -> Outcome<Vec<Vec<u8>>> {
    let mut renderer = Renderer::new(Hall::new(7, Duration::from_secs(12)), Position::new(1)?);
    let frame = |number: i64| renderer.jpeg(Wall::from_unix_ms(1_795_428_000_000 + number * 67), 85);
    Ok((0..8).map(frame).collect())
}

/// Until nobody listens any more.
fn play(mut stream: TcpStream, frames: &[Vec<u8>]) {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n";
    let (began, mut number) = (Instant::now(), 0_u32);
    let mut is_there = stream.write_all(head.as_bytes()).is_ok();
    while is_there {
        let jpeg = &frames[number as usize % frames.len()];
        let part = format!("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", jpeg.len());
        is_there = stream.write_all(&[part.as_bytes(), jpeg, b"\r\n"].concat()).is_ok();
        number += 1;
        thread::sleep((began + FRAME * number).saturating_duration_since(Instant::now()));
    }
}
