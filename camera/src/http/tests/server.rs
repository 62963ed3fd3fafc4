//! A camera of a few lines on loopback: one thread a connection, what it does is a closure.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What a frame's time is at the cameras of these tests.
const FRAME: Duration = Duration::from_millis(30);

/// A connection whose request was read.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    /// The value of the `Authorization` header.
    pub(super) authorization: Option<String>,
    /// Which request of the camera this is, from 0.
    pub(super) number: usize,
}

impl Connection {
    /// Writes; false if the client has hung up.
    pub(super) fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// An answer with a body of known length.
    pub(super) fn answer(&mut self, status: &str, headers: &str, body: &[u8]) {
        let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
        self.write(head);
        self.write(body);
    }

    /// The head of a stream.
    pub(super) fn begin(&mut self) {
        self.write("HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n");
    }

    /// A part of a stream.
    pub(super) fn part(&mut self, body: &[u8]) -> bool {
        let head = format!("--b\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", body.len());
        self.write([head.as_bytes(), body, b"\r\n"].concat())
    }

    /// Waits a frame's time; true if the client has hung up meanwhile.
    pub(super) fn next_frame(&mut self) -> bool {
        next_frame(&mut self.stream)
    }

    /// Says nothing more until the client hangs up.
    pub(super) fn stall(&mut self) {
        self.stream.set_read_timeout(None).unwrap();
        let _ = self.stream.read_exact(&mut [0]);
    }
}

/// Waits a frame's time; true if the client has said something meanwhile, or hung up. A camera without a pause would
/// always be ahead of a slow reader, which could then prove of no frame that it is new.
pub(super) fn next_frame(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(FRAME)).unwrap();
    let heard = stream.read_exact(&mut [0]).map_err(|error| error.kind());
    !matches!(heard, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut))
}

/// A listening camera; dropping it hangs up on everybody.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    requests: Arc<AtomicUsize>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(camera: impl Fn(Connection) + Send + Sync + 'static) -> Server {
        Server::start_at("127.0.0.1:0".parse().unwrap(), camera)
    }

    pub(super) fn start_at(
        address: SocketAddr,
        camera: impl Fn(Connection) + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind(address).unwrap();
        let (requests, open, ends) = (Arc::default(), Arc::default(), Arc::default());
        let mut server = Server {
            address: listener.local_addr().unwrap(),
            requests: Arc::clone(&requests),
            open: Arc::clone(&open),
            ends: Arc::clone(&ends),
            thread: None,
        };
        let camera = Arc::new(camera);
        server.thread = Some(std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                open.lock().unwrap().push(stream.try_clone().unwrap());
                let (camera, requests) = (camera.clone(), requests.clone());
                std::thread::spawn(move || {
                    let ours = stream.try_clone().unwrap();
                    if let Some(connection) = accept(stream, &requests) {
                        camera(connection);
                    }
                    let _ = ours.shutdown(Shutdown::Both);
                });
            }
        }));
        server
    }

    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        self.thread.take().unwrap().join().unwrap();
        for stream in self.open.lock().unwrap().iter() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn accept(stream: TcpStream, requests: &AtomicUsize) -> Option<Connection> {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut authorization = None;
    loop {
        let line = lines.next()?.ok()?;
        if line.is_empty() {
            let number = requests.fetch_add(1, Ordering::SeqCst);
            return Some(Connection { stream, authorization, number });
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("authorization")
        {
            authorization = Some(value.trim().to_owned());
        }
    }
}
