//! Cameras that write the header of a part long before they expose its picture.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use lineshot_domain::{Clock, Mono, Wall};

use super::server::{Connection, Server};
use super::{LATENCY, Mode, SHORT, all_at_once, http};
use crate::testing::{GENEROUS, clock, jpeg, printed};
use crate::{Post, Source};

/// A part's header up to its body, with and without a length.
const HEADERS: [&str; 2] = ["--b\r\nContent-Length: 101\r\n\r\n", "--b\r\nContent-Type: image/jpeg\r\n\r\n"];

/// Counts who asks. A client that waits for bytes asks each time it lies down, having read all there is.
struct Counting(Arc<dyn Clock>, AtomicUsize);

impl Clock for Counting {
    fn mono(&self) -> Mono {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.mono()
    }

    fn wall(&self) -> Wall {
        self.0.wall()
    }
}

impl Counting {
    /// Waits until the client has surely read what was written; true if it has hung up meanwhile.
    fn has_been_read(&self, connection: &mut Connection) -> bool {
        let enough = self.1.load(Ordering::SeqCst) + 10;
        while self.1.load(Ordering::SeqCst) < enough {
            if connection.next_frame() {
                return true;
            }
        }
        false
    }
}

/// A camera that writes `first`, which ends with a header. The picture of 101 bytes is exposed and sent when
/// the header has been read and, after the moment `asked`, the latency is over and the client has read
/// again; the moment is told to `exposed`. At last there are pictures of 200 bytes.
fn early(first: Vec<u8>, clock: Arc<Counting>, asked: Receiver<Mono>, exposed: Sender<Mono>) -> Server {
    let gate = Mutex::new((asked, exposed));
    Server::start(move |mut connection| {
        let gate = gate.lock().unwrap();
        connection.begin();
        connection.write(&first);
        let fits = gate.0.recv().unwrap().plus(LATENCY);
        while clock.0.mono() < fits {
            if connection.next_frame() {
                return;
            }
        }
        if clock.has_been_read(&mut connection) {
            return;
        }
        gate.1.send(clock.0.mono()).unwrap();
        connection.write([jpeg(101).as_slice(), b"\r\n"].concat());
        while connection.part(&jpeg(200)) && !connection.next_frame() {}
    })
}

/// Asks for the picture of 101 bytes, before its header or between header and body.
fn ask_early(header: &str, is_between: bool) {
    let counting = Arc::new(Counting(clock(), AtomicUsize::new(0)));
    let ((ask, asked), (expose, exposed)) = (channel(), channel());
    let before = [b"--b\r\nContent-Length: 100\r\n\r\n".as_slice(), &jpeg(100), b"\r\n"].concat();
    let first = [if is_between { before } else { Vec::new() }, header.into()].concat();
    let server = early(first, counting.clone(), asked, expose);
    let post = Arc::new(Post::new("front".into(), counting));
    let mut from = post.now().minus(SHORT);
    let mut source = http(&server, "/", Mode::Stream, None);
    let mut stream = source.open(&post).unwrap();
    let mut next = |from: Mono| stream.shot(from, post.now().plus(GENEROUS), &post).unwrap().unwrap();
    if is_between {
        // It comes together with the header.
        assert_eq!(format!("{:?}", next(from).frame), printed(100));
        from = post.now();
    }
    ask.send(from).unwrap();
    let shot = next(from);
    assert_eq!(format!("{:?}", shot.frame), printed(101), "{header:?}");
    assert!(shot.exposure.earliest() >= from, "{header:?}");
    assert!(shot.exposure.latest() >= exposed.recv().unwrap(), "{header:?}");
}

#[test]
fn a_frame_asked_for_before_its_header_may_be_exposed_until_its_body_comes() {
    all_at_once(HEADERS, |header| ask_early(header, false));
}

#[test]
fn a_frame_asked_for_between_its_header_and_its_body_is_given() {
    all_at_once(HEADERS, |header| ask_early(header, true));
}
