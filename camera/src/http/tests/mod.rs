//! HTTP cameras on loopback, behaving and misbehaving.

mod early_header;
mod login;
mod secret;
mod server;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lineshot_domain::{Clock, Reason};
use lineshot_tls::Trust;

use super::multipart::HEADER_LIMIT;
use super::{CameraUrl, HttpSource, Login, Mode};
use crate::testing::{GENEROUS, clock, jpeg, printed};
use crate::{Camera, CameraError, Post, Shot, Source};
use server::Server;

/// Enough for a camera on loopback to say what is wrong with it.
const SHORT: Duration = Duration::from_secs(1);
const LATENCY: Duration = Duration::from_millis(20);

fn http(server: &Server, path: &str, mode: Mode, login: Option<Login>) -> HttpSource {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = CameraUrl::parse(&format!("http://{}{path}", server.address)).unwrap();
    HttpSource::new(url, mode, login, Trust::default(), LATENCY)
}

fn camera(source: HttpSource) -> (Camera, Arc<dyn Clock>) {
    let clock = clock();
    (Camera::start("front".into(), Box::new(source), clock.clone()), clock)
}

fn ask(camera: &Camera, clock: &Arc<dyn Clock>, patience: Duration) -> Result<Shot, CameraError> {
    let now = clock.mono();
    camera.next_after(now, now.plus(patience))
}

/// Runs a table whose cases wait, each on its own thread.
fn all_at_once<C: Send>(cases: impl IntoIterator<Item = C>, test: impl Fn(C) + Sync) {
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| test(case));
        }
    });
}

fn streaming(server: &Server) -> (Camera, Arc<dyn Clock>) {
    camera(http(server, "/", Mode::Stream, None))
}

#[test]
fn a_stream_gives_frames_that_were_wholly_exposed_after_the_call_and_each_other() {
    let server = Server::start(|mut connection| {
        connection.begin();
        while connection.part(&jpeg(90_000)) && !connection.next_frame() {}
    });
    let (camera, clock) = streaming(&server);
    let mut from = clock.mono();
    for _ in 0..10 {
        let shot = camera.next_after(from, from.plus(GENEROUS)).unwrap();
        assert!(shot.exposure.earliest() >= from);
        assert!(shot.exposure.latest() <= clock.mono());
        assert!(shot.exposure.latest().since(shot.exposure.earliest()) >= LATENCY);
        assert_eq!(format!("{:?}", shot.frame), printed(90_000));
        from = shot.exposure.latest();
    }
    assert_eq!(server.requests(), 1, "the stream stays open");
}

#[test]
fn a_snapshot_is_asked_for_on_a_call_only_and_exposed_after_it() {
    let server = Server::start(|mut connection| {
        connection.answer("200 OK", "Content-Type: image/jpeg\r\n", &jpeg(4_000));
    });
    let (camera, clock) = camera(http(&server, "/", Mode::Snapshot, None));
    for asked in 1..4 {
        let from = clock.mono();
        let shot = camera.next_after(from, from.plus(GENEROUS)).unwrap();
        assert!(shot.exposure.earliest() >= from);
        assert_eq!(format!("{:?}", shot.frame), printed(4_000));
        assert_eq!(server.requests(), asked);
    }
}

/// Frames that lay in the socket while this process was held up are old, however late they are read.
#[test]
fn a_frame_that_waited_while_nobody_read_is_not_taken_for_a_new_one() {
    let (written, is_written) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let gate = Mutex::new((written, may_go_on));
    let server = Server::start(move |mut connection| {
        let gate = gate.lock().unwrap();
        connection.begin();
        connection.part(&jpeg(100));
        connection.part(&jpeg(101));
        gate.0.send(()).unwrap();
        gate.1.recv().unwrap();
        while connection.part(&jpeg(200)) && !connection.next_frame() {}
    });
    let post = Arc::new(Post::new("front".into(), clock()));
    let mut source = http(&server, "/", Mode::Stream, None);
    let mut stream = source.open(&post).unwrap();
    is_written.recv().unwrap();
    let from = post.now();
    // With the latency already over, only the reading itself could make the old frames look new.
    let later = from.plus(LATENCY * 2);
    post.wait_for_close(LATENCY * 10);
    go_on.send(()).unwrap();
    let shot = stream.shot(later, later.plus(GENEROUS), &post).unwrap().unwrap();
    assert_eq!(format!("{:?}", shot.frame), printed(200));
}

#[test]
fn a_picture_cut_short_costs_a_connection_and_not_the_picture() {
    let server = Server::start(|mut connection| {
        connection.begin();
        if connection.number == 0 {
            connection.write("--b\r\nContent-Length: 500\r\n\r\n");
            connection.write(&jpeg(500)[..250]);
            return;
        }
        while connection.part(&jpeg(500)) && !connection.next_frame() {}
    });
    let (camera, clock) = streaming(&server);
    let shot = ask(&camera, &clock, GENEROUS).unwrap();
    assert_eq!(format!("{:?}", shot.frame), printed(500));
}

#[test]
fn a_camera_that_appears_later_is_found() {
    let gone = Server::start(|_| ());
    let (address, source) = (gone.address, http(&gone, "/", Mode::Stream, None));
    drop(gone);
    let (camera, clock) = camera(source);
    let error = ask(&camera, &clock, SHORT).unwrap_err();
    assert_eq!(error.reason(), Reason::CameraUnreachable, "{error}");
    let _server = Server::start_at(address, |mut connection| {
        connection.begin();
        while connection.part(&jpeg(60)) && !connection.next_frame() {}
    });
    assert!(ask(&camera, &clock, GENEROUS).is_ok());
}

#[test]
fn a_stream_that_stalls_is_found_out_and_opened_again() {
    let flows = Arc::new(AtomicBool::new(true));
    let theirs = flows.clone();
    let server = Server::start(move |mut connection| {
        connection.begin();
        while theirs.load(Ordering::SeqCst) {
            if !connection.part(&jpeg(70)) || connection.next_frame() {
                return;
            }
        }
        connection.stall();
    });
    let (camera, clock) = streaming(&server);
    ask(&camera, &clock, GENEROUS).unwrap();
    flows.store(false, Ordering::SeqCst);
    let error = ask(&camera, &clock, SHORT * 5).unwrap_err();
    assert_eq!(error.reason(), Reason::CameraStalled, "{error}");
    flows.store(true, Ordering::SeqCst);
    assert!(ask(&camera, &clock, GENEROUS).is_ok());
}

#[test]
fn a_camera_that_never_answers_ends_in_time_and_can_be_dropped() {
    all_at_once([Mode::Stream, Mode::Snapshot], |mode| {
        let server = Server::start(|mut connection| connection.stall());
        let (camera, clock) = camera(http(&server, "/", mode, None));
        let error = ask(&camera, &clock, SHORT * 5).unwrap_err();
        assert_eq!(error.reason(), Reason::CameraStalled, "{error}");
    });
}

#[test]
fn what_is_no_picture_stream_is_an_answer_of_no_use() {
    type Answer = fn(&mut server::Connection);
    let cases: [(&str, Mode, Answer); 11] = [
        ("HTML", Mode::Stream, |it| it.answer("200 OK", "Content-Type: text/html\r\n", b"<html>")),
        ("HTML", Mode::Snapshot, |it| it.answer("200 OK", "Content-Type: text/html\r\n", b"<html>")),
        ("no type", Mode::Stream, |it| it.answer("200 OK", "", &jpeg(10))),
        ("404", Mode::Stream, |it| it.answer("404 Not Found", "", b"")),
        ("500", Mode::Snapshot, |it| it.answer("500 Oops", "", b"")),
        ("a snapshot", Mode::Stream, |it| it.answer("200 OK", "Content-Type: image/jpeg\r\n", &jpeg(10))),
        ("a stream", Mode::Snapshot, |it| it.begin()),
        ("not JPEG", Mode::Snapshot, |it| it.answer("200 OK", "Content-Type: image/jpeg\r\n", b"GIF89a")),
        ("no HTTP", Mode::Stream, |it| assert!(it.write("220 ftp ready\r\n\r\n"))),
        ("no JPEG inside", Mode::Stream, |it| {
            it.begin();
            while it.part(b"GIF89a") && !it.next_frame() {}
        }),
        ("an endless header", Mode::Stream, |it| {
            it.begin();
            it.write(vec![b'x'; HEADER_LIMIT + 1]);
            it.stall();
        }),
    ];
    all_at_once(cases, |(name, mode, answer)| {
        let server = Server::start(move |mut connection| answer(&mut connection));
        let (camera, clock) = camera(http(&server, "/", mode, None));
        let error = ask(&camera, &clock, SHORT).unwrap_err();
        assert_eq!(error.reason(), Reason::CameraAnswer, "{name}: {error}");
    });
}

#[test]
fn a_redirect_is_never_followed() {
    let elsewhere = Server::start(|mut connection| {
        connection.answer("200 OK", "Content-Type: image/jpeg\r\n", &jpeg(10));
    });
    let location = format!("Location: http://{}/\r\n", elsewhere.address);
    let server = Server::start(move |mut connection| connection.answer("302 Found", &location, b""));
    let (camera, clock) = camera(http(&server, "/", Mode::Snapshot, None));
    let error = ask(&camera, &clock, SHORT).unwrap_err();
    assert_eq!(error.reason(), Reason::CameraAnswer);
    assert!(error.to_string().contains("redirect"), "{error}");
    assert_eq!(elsewhere.requests(), 0);
}

#[test]
fn no_frame_is_given_that_may_have_been_exposed_too_early() {
    let server = Server::start(|mut connection| {
        connection.begin();
        while connection.part(&jpeg(80)) && !connection.next_frame() {}
    });
    let mut slow = http(&server, "/", Mode::Stream, None);
    slow.latency = GENEROUS / 2;
    let (camera, clock) = camera(slow);
    let error = ask(&camera, &clock, SHORT).unwrap_err();
    assert_eq!(error.reason(), Reason::NoFrame, "{error}");
}
