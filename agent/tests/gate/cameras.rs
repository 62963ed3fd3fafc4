//! Cameras that answer rubbish: each case ends with its reason and without a picture, and the next one is taken.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::json;

use crate::plant::{Plant, Station, files, picture, told};

/// What a camera does on a connection, from the status line on; afterwards it hangs up.
type Answer = Box<dyn Fn(&mut TcpStream) + Send + Sync>;

/// A camera's answers by path, on loopback.
fn serve(answers: Vec<(&'static str, Answer)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answers: &'static [(&str, Answer)] = answers.leak();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                let asked = lines.next().unwrap_or_default();
                lines.find(String::is_empty);
                let path = asked.split(' ').nth(1).unwrap_or_default().trim_matches('/');
                if let Some((_, answer)) = answers.iter().find(|(name, _)| *name == path) {
                    answer(&mut stream);
                }
            });
        }
    });
    url
}

const STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n";

/// Whole answers, as they stand.
fn once(bytes: impl Into<Vec<u8>>) -> Answer {
    let bytes = bytes.into();
    Box::new(move |stream| {
        let _gone = stream.write_all(&bytes);
    })
}

/// A stream of this part until the client leaves.
fn parts(part: Vec<u8>) -> Answer {
    Box::new(move |stream| {
        let _gone = stream.write_all(STREAM.as_bytes());
        stream.set_read_timeout(Some(std::time::Duration::from_millis(40))).unwrap();
        while stream.write_all(&part).is_ok() {
            let heard = stream.read_exact(&mut [0]).map_err(|error| error.kind());
            if !matches!(heard, Err(std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)) {
                return;
            }
        }
    })
}

/// A part of a stream that says to be so long.
fn part_of(length: usize, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("--b\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body, b"\r\n"].concat()
}

/// A stream of pictures.
fn pictures(jpeg: &[u8]) -> Answer {
    parts(part_of(jpeg.len(), "image/jpeg", jpeg))
}

/// This in place of that, once.
fn patched(jpeg: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = jpeg.windows(from.len()).position(|window| window == from).unwrap();
    [&jpeg[..at], to, &jpeg[at + from.len()..]].concat()
}

/// A segment behind the first marker.
fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xFF, marker], &length, body, &jpeg[2..]].concat()
}

/// The frame header's kind, precision, height and width.
const HEADER: [u8; 9] = [0xFF, 0xC0, 0, 17, 8, 0, 240, 1, 64];

fn header(kind: u8, bits: u8, height: u16, width: u16) -> Vec<u8> {
    let [h, w] = [height, width].map(u16::to_be_bytes);
    patched(picture(), &HEADER, &[0xFF, kind, 0, 17, bits, h[0], h[1], w[0], w[1]])
}

fn exif(orientation: u8) -> Vec<u8> {
    [&b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation, 0, 0, 0, 0, 0, 0]]
        .concat()
}

fn html() -> Vec<u8> {
    let body = "<html><body>The camera is being updated.</body></html>";
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body.as_bytes()].concat()
}

/// Each with the reason that its case has to end for.
fn rubbish() -> Vec<(&'static str, &'static str, Answer)> {
    let good = picture();
    let half = good.len() / 2;
    let of = |body: &[u8]| pictures(body);
    let typed = |kind: &str, body: &[u8]| parts(part_of(body.len(), kind, body));
    let head = |text: &str| once(format!("HTTP/1.1 {text}\r\nContent-Length: 0\r\n\r\n"));
    let endless: Answer = Box::new(|stream| {
        let _gone = stream.write_all([STREAM, "--b\r\nContent-Type: image/jpeg\r\n\r\n"].concat().as_bytes());
        while stream.write_all(&[0x55; 65_536]).is_ok() {}
    });
    let no_header_end: Answer = Box::new(|stream| {
        let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X-More: and more\r\n").is_ok() {}
    });
    let silent: Answer = Box::new(|stream| {
        let _gone = stream.read_exact(&mut [0]);
    });
    let stops: Answer = Box::new(|stream| {
        let _gone = stream.write_all(STREAM.as_bytes());
        let _gone = stream.read_exact(&mut [0]);
    });
    vec![
        ("half", "camera_frame", of(&good[..half])),
        ("no-end", "camera_frame", of(&good[..good.len() - 2])),
        ("two-in-one", "camera_frame", of(&[good, good].concat())),
        ("more-behind", "camera_frame", of(&[good, &[0; 512]].concat())),
        ("end-in-the-middle", "camera_frame", of(&[&good[..half], &[0xFF, 0xD9], &good[half..]].concat())),
        ("nothing-inside", "camera_frame", of(&[0xFF, 0xD8, 0xFF, 0xD9])),
        ("too-long-a-length", "camera_frame", parts(part_of(good.len() + 40, "image/jpeg", good))),
        ("progressive", "camera_frame", of(&header(0xC2, 8, 240, 320))),
        ("arithmetic", "camera_frame", of(&header(0xC9, 8, 240, 320))),
        ("lossless", "camera_frame", of(&header(0xC3, 8, 240, 320))),
        ("twelve-bits", "camera_frame", of(&header(0xC0, 12, 240, 320))),
        ("turned", "camera_frame", of(&with_segment(good, 0xE1, &exif(6)))),
        ("mirrored", "camera_frame", of(&with_segment(good, 0xE1, &exif(2)))),
        ("broken-exif", "camera_frame", of(&with_segment(good, 0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff"))),
        ("long-segment", "camera_frame", of(&[&good[..2], &[0xFF, 0xE0, 0xFF, 0xFF], &good[2..]].concat())),
        ("higher", "camera_size", of(&header(0xC0, 8, 256, 320))),
        ("huge", "camera_size", of(&header(0xC0, 8, 8000, 8000))),
        ("turned-header", "camera_size", of(&header(0xC0, 8, 320, 240))),
        ("zero", "camera_frame", of(&header(0xC0, 8, 0, 320))),
        ("html", "camera_answer", once(html())),
        ("html-inside", "camera_answer", typed("image/jpeg", b"<html>busy</html>")),
        ("gif", "camera_answer", typed("image/gif", b"GIF89a\x01\0\x01\0\0\0\0;")),
        ("too-short-a-length", "camera_frame", parts(part_of(64, "image/jpeg", good))),
        ("endless", "camera_answer", endless),
        ("endless-head", "camera_answer", no_header_end),
        ("no-http", "camera_answer", once("220 camera ready\r\n")),
        ("gone", "camera_answer", head("404 Not Found")),
        ("oops", "camera_answer", head("500 Internal Server Error")),
        ("elsewhere", "camera_answer", head("302 Found\r\nLocation: http://127.0.0.1:9/")),
        (
            "one-picture",
            "camera_answer",
            once([&b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n"[..], good].concat()),
        ),
        ("denied", "camera_denied", head("401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"c\"")),
        ("silent", "camera_stalled", silent),
        ("stops", "camera_stalled", stops),
    ]
}

#[test]
fn a_camera_that_answers_rubbish_ends_in_its_reason_and_the_next_vehicle_is_photographed() {
    let rubbish = rubbish();
    let wanted: Vec<(&str, &str)> = rubbish.iter().map(|(name, reason, _)| (*name, *reason)).collect();
    // What a darkroom takes out of a frame is no reason to lose the picture.
    let secret = b"a comment of the camera";
    let thumbnail = [&exif(1)[..], secret, picture()].concat();
    let kept = [
        ("comment", with_segment(picture(), 0xFE, secret)),
        ("thumbnail", with_segment(picture(), 0xE1, &thumbnail)),
        ("maker", with_segment(picture(), 0xEC, secret)),
    ];
    let names: Vec<&str> = kept.iter().map(|(name, _)| *name).collect();
    let mut answers: Vec<(&str, Answer)> =
        rubbish.into_iter().map(|(name, _, answer)| (name, answer)).collect();
    answers.extend(kept.into_iter().map(|(name, jpeg)| (name, pictures(&jpeg))));
    let url = serve(answers);
    let all: Vec<&str> = wanted.iter().map(|(name, _)| *name).chain(names.iter().copied()).collect();
    let cameras: Vec<String> =
        all.iter().map(|name| format!("http = {{ url = \"{url}/{name}\" }}")).collect();
    let stations: Vec<Station<'_>> = (all.iter().zip(&cameras))
        .map(|(id, camera)| Station { id, camera, times: ["0ms", "6s"], ..Station::default() })
        .chain([Station::default()])
        .collect();
    let mut plant = Plant::running("", &stations);
    let arrivals: Vec<(&str, &str, String)> =
        wanted.iter().map(|(name, reason)| (*name, *reason, plant.arrive(name, json!({})))).collect();
    let mut wrong = Vec::new();
    for (name, reason, event) in arrivals {
        let word = told(&plant.word(name, &event));
        if word != format!("failed({reason})") {
            wrong.push(format!("{name}: {word}, not {reason}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let pictures = || {
        files(&plant.path("data")).into_iter().filter(|path| path.extension().is_some_and(|it| it == "jpg"))
    };
    assert_eq!(pictures().count(), 0);
    assert_eq!(plant.story("marriage", json!({})), "done");
    for name in names {
        assert_eq!(plant.story(name, json!({})), "done", "{name}");
    }
    for path in files(&plant.path("data")) {
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", path.display());
    }
    assert!(plant.stop().success());
}
