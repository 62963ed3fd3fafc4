//! What the peers promise to the tests that use them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread;

use lineshot_demo::Account;
use rustix::process::Pid;

use super::{Browser, HttpCamera, Juicefs, Mosquitto, Process, clip_frames};

#[test]
fn a_process_is_waited_for_by_what_it_says_and_ends() {
    let mut process =
        Process::start(Command::new("sh").args(["-c", "echo one; echo two >&2; exec sleep 1000"]));
    process.wait_for("one");
    process.kill();
    let mut process = Process::start(Command::new("sh").args(["-c", "echo three; exit 3"]));
    assert_eq!(process.wait().code(), Some(3));
    assert_eq!(process.said(), "three\n");
}

#[test]
fn a_dropped_process_is_gone() {
    let process = Process::start(Command::new("sh").args(["-c", "exec sleep 1000"]));
    let id = process.id();
    drop(process);
    let gone = Pid::from_raw(i32::try_from(id).unwrap()).map(rustix::process::test_kill_process);
    assert!(gone.unwrap().is_err());
}

#[test]
fn a_killed_broker_remembers_what_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let mut broker = Mosquitto::start(folder.path());
    // It says that it saves before it does: when it says so again, the first is on disk.
    for payload in ["kept", "later"] {
        broker.publish(&format!("plc/{payload}"), payload, &["-r"]);
        broker.wait_for("Saving in-memory database");
    }
    broker.kill();
    broker.restart();
    broker.listen("plc/#").wait_for("plc/kept kept");
}

#[test]
fn a_broker_with_a_password_refuses_strangers() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Mosquitto::start_with_password(folder.path(), "plc", "secret");
    broker.publish("plc/state", "known", &[]);
    let port = broker.port().to_string();
    let stranger =
        Command::new("mosquitto_pub").args(["-h", "127.0.0.1", "-p", &port, "-t", "a", "-m", "b"]).output();
    assert!(!stranger.unwrap().status.success());
}

#[test]
fn the_strict_store_takes_what_is_signed_and_nothing_else() {
    let store = Juicefs::shared();
    store.bucket("strict");
    let account = store.account();
    let put = |account: &Account, body: &[u8]| account.ask("PUT", "/strict/a/1.txt", body).unwrap().status;
    assert_eq!(put(account, b"one"), 200);
    assert_eq!(put(&Account { secret_key: "wrong".to_owned(), ..account.clone() }, b"two"), 403);
    assert_eq!(account.ask_unsigned("GET", "/strict/a/1.txt", b"").unwrap().status, 403);
    assert_eq!(account.ask("GET", "/strict/a/1.txt", b"").unwrap().body, b"one");
    let list = account.ask("GET", "/strict?list-type=2&prefix=a%2F", b"").unwrap();
    assert!(String::from_utf8_lossy(&list.body).contains("<Key>a/1.txt</Key>"));
}

#[test]
fn the_clip_gives_frames_that_a_camera_could_have_sent() {
    let frames = clip_frames();
    assert!(frames.len() > 50, "{}", frames.len());
    let first = image::load_from_memory(&frames[0]).unwrap();
    assert_eq!((first.width(), first.height()), (768, 432));
    assert_ne!(frames[0], frames[1]);
}

fn ask(url: &str, header: &str, bytes: usize) -> Vec<u8> {
    let (host, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut socket = TcpStream::connect(host).unwrap();
    socket.write_all(format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n{header}\r\n").as_bytes()).unwrap();
    let mut answer = Vec::new();
    socket.take(bytes as u64).read_to_end(&mut answer).unwrap();
    answer
}

#[test]
fn a_camera_streams_its_frames_in_a_loop_and_gives_stills() {
    let camera = HttpCamera::start(vec![b"first".to_vec(), b"second".to_vec()]);
    let stream = String::from_utf8(ask(&camera.stream_url(), "", 380)).unwrap();
    let order: Vec<_> = stream.lines().filter(|line| ["first", "second"].contains(line)).collect();
    assert_eq!(order[..3], ["first", "second", "first"]);
    assert!(camera.served() >= 3);
    camera.show(vec![b"other".to_vec()]);
    assert!(ask(&camera.still_url(), "", 1000).ends_with(b"\r\n\r\nother"));
}

#[test]
fn a_camera_with_a_password_shows_strangers_nothing() {
    let camera = HttpCamera::start(vec![b"frame".to_vec()]);
    camera.require("b3BlcmF0b3I6c2VjcmV0");
    assert!(ask(&camera.still_url(), "", 1000).starts_with(b"HTTP/1.1 401"));
    let known = "Authorization: Basic b3BlcmF0b3I6c2VjcmV0\r\n";
    assert!(ask(&camera.still_url(), known, 1000).ends_with(b"frame"));
    assert_eq!(camera.served(), 1);
}

#[test]
fn a_stalled_camera_holds_its_visitors_until_it_goes_on() {
    let camera = HttpCamera::start(vec![b"frame".to_vec()]);
    camera.stall();
    let url = camera.still_url();
    let visitor = thread::spawn(move || ask(&url, "", 1000));
    assert_eq!(camera.served(), 0);
    camera.go_on();
    assert!(visitor.join().unwrap().ends_with(b"frame"));
}

#[test]
fn a_frozen_broker_takes_nothing_until_it_thaws_and_a_stopped_one_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut broker = Mosquitto::start(folder.path());
    let heard = broker.listen("plc/#");
    broker.freeze();
    thread::scope(|scope| {
        let publisher = scope.spawn(|| broker.publish("plc/state", "late", &[]));
        broker.thaw();
        publisher.join().unwrap();
    });
    heard.wait_for("plc/state late");
    broker.stop();
    broker.restart();
    broker.publish("plc/state", "again", &[]);
    broker.wait_for("PUBLISH");
    assert!(broker.said().contains("plc/state"));
}

#[test]
fn a_browser_shows_what_it_is_told_to_and_is_gone_when_it_is_dropped() {
    for (browser, runs) in [(Browser::start(), true), (Browser::without_scripts(), false)] {
        browser.open("data:text/html,<title>before</title><script>document.title = 'after'</script>");
        assert_eq!(browser.read("return document.title"), if runs { "after" } else { "before" });
        let process = browser.process();
        rustix::process::test_kill_process(process).unwrap();
        drop(browser);
        assert!(rustix::process::test_kill_process(process).is_err());
    }
}
