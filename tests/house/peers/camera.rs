//! A camera on the network: MJPEG over HTTP and single stills, in a loop, as long as anybody looks.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// Between two frames of the stream: ten a second.
const INTERVAL: Duration = Duration::from_millis(100);

const BOUNDARY: &str = "lineshot-test-camera";

/// A camera that serves `/stream` (`multipart/x-mixed-replace`) and `/still.jpg`, until it is dropped. Every stream
/// and every still goes on in the loop of frames where the last one left off.
pub(crate) struct HttpCamera {
    address: SocketAddr,
    scene: Arc<Scene>,
}

#[derive(Default)]
struct Scene {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    frames: Vec<Vec<u8>>,
    next: usize,
    served: u64,
    /// Of `Authorization`, if it asks for one.
    expected: Option<String>,
    is_stalled: bool,
    is_gone: bool,
}

impl HttpCamera {
    /// Starts a camera that everybody may look through.
    pub(crate) fn start(frames: Vec<Vec<u8>>) -> HttpCamera {
        assert!(!frames.is_empty(), "a camera shows something");
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let scene = Arc::new(Scene::default());
        scene.lock().frames = frames;
        let theirs = Arc::clone(&scene);
        thread::spawn(move || {
            for connection in listener.incoming() {
                if theirs.lock().is_gone {
                    return;
                }
                let scene = Arc::clone(&theirs);
                // A visitor who leaves ends his own thread alone.
                thread::spawn(move || connection.and_then(|socket| scene.serve(&socket)));
            }
        });
        HttpCamera { address, scene }
    }

    /// From now on it asks for Basic credentials (RFC 7617), given in base64 as `user:password` would be.
    pub(crate) fn require(&self, base64: &str) {
        self.scene.lock().expected = Some(format!("Basic {base64}"));
    }

    /// The stream's address.
    pub(crate) fn stream_url(&self) -> String {
        format!("http://{}/stream", self.address)
    }

    /// The still's address.
    pub(crate) fn still_url(&self) -> String {
        format!("http://{}/still.jpg", self.address)
    }

    /// Shows other frames from now on.
    pub(crate) fn show(&self, frames: Vec<Vec<u8>>) {
        assert!(!frames.is_empty(), "a camera shows something");
        let mut state = self.scene.lock();
        (state.frames, state.next) = (frames, 0);
    }

    /// Connections stay open, and nothing comes.
    pub(crate) fn stall(&self) {
        self.scene.lock().is_stalled = true;
    }

    /// The end of [`HttpCamera::stall`].
    pub(crate) fn go_on(&self) {
        self.scene.lock().is_stalled = false;
        self.scene.changed.notify_all();
    }

    /// Frames sent so far, streamed or still.
    pub(crate) fn served(&self) -> u64 {
        self.scene.lock().served
    }
}

impl Drop for HttpCamera {
    fn drop(&mut self) {
        self.scene.lock().is_gone = true;
        self.scene.changed.notify_all();
        // Wakes the listener, which then sees that it is gone.
        let _woken = TcpStream::connect(self.address);
    }
}

impl Scene {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn serve(&self, mut socket: &TcpStream) -> std::io::Result<()> {
        let (path, authorization) = asked(socket)?;
        let expected = self.lock().expected.clone();
        if expected.is_some() && authorization != expected {
            let refusal = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"camera\"\r\n";
            return socket
                .write_all(format!("{refusal}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes());
        }
        match path.as_str() {
            "/still.jpg" => {
                let Some(frame) = self.frame() else { return Ok(()) };
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n",
                    frame.len()
                );
                socket.write_all(&[head.as_bytes(), b"Connection: close\r\n\r\n", &frame].concat())
            }
            "/stream" => self.stream(socket),
            _ => {
                socket.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            }
        }
    }

    fn stream(&self, mut socket: &TcpStream) -> std::io::Result<()> {
        let head =
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: multipart/x-mixed-replace; boundary=";
        socket.write_all(format!("{head}{BOUNDARY}\r\n\r\n").as_bytes())?;
        while let Some(frame) = self.frame() {
            let part = format!(
                "--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n",
                frame.len()
            );
            socket.write_all(&[part.as_bytes(), &frame, b"\r\n"].concat())?;
            let state = self.lock();
            // The pace of the camera, cut short when it goes.
            let _paced = self.changed.wait_timeout_while(state, INTERVAL, |state| !state.is_gone).unwrap();
        }
        Ok(())
    }

    /// The next frame, when it does not stall; none when the camera is gone.
    fn frame(&self) -> Option<Vec<u8>> {
        let mut state =
            self.changed.wait_while(self.lock(), |state| state.is_stalled && !state.is_gone).unwrap();
        if state.is_gone {
            return None;
        }
        let frame = state.frames[state.next].clone();
        state.next = (state.next + 1) % state.frames.len();
        state.served += 1;
        Some(frame)
    }
}

/// The path that is asked for and the `Authorization`, if there is one.
fn asked(socket: &TcpStream) -> std::io::Result<(String, Option<String>)> {
    let mut lines = BufReader::new(socket).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let mut authorization = None;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("authorization")
        {
            authorization = Some(value.trim().to_owned());
        }
    }
    let target = request.split(' ').nth(1).unwrap_or_default();
    Ok((target.split('?').next().unwrap_or_default().to_owned(), authorization))
}
