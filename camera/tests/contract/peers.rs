//! Cameras that a test makes for itself.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use jpeg_encoder::{ColorType, Encoder};
use lineshot_camera::{CameraUrl, FileSource, HttpSource, Mode, Source};
use lineshot_domain::Size;
use lineshot_tls::Trust;

use crate::checks::{Promise, keeps};

const PERIOD: Duration = Duration::from_millis(40);

fn promise(width: u32, height: u32) -> Promise {
    Promise { size: Size::new(width, height).unwrap(), printed: "Frame(MJPEG" }
}

/// A picture that is another for each number.
fn picture(number: usize) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let grey = vec![(number * 16) as u8; 64 * 48];
    Encoder::new(&mut jpeg, 85).encode(&grey, 64, 48, ColorType::Luma).unwrap();
    jpeg
}

#[test]
#[expect(clippy::disallowed_methods, reason = "pictures made for a test")]
fn a_folder_of_pictures_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..4 {
        std::fs::write(folder.path().join(format!("{number}.jpg")), picture(number)).unwrap();
    }
    keeps(&promise(64, 48), || Box::new(FileSource::new(folder.path().into(), PERIOD)));
}

#[cfg(feature = "line")]
#[test]
fn a_rendered_line_keeps_the_contract() {
    use lineshot_camera::LineSource;
    use lineshot_hall::{Hall, Position};

    let hall = Hall::new(7, Duration::from_secs(12));
    let position = Position::new(1).unwrap();
    keeps(&promise(1920, 1080), || Box::new(LineSource::new(hall.clone(), position)));
}

/// Answers each connection with what `answer` writes, on a thread of its own, until it hangs up.
fn serve(answer: fn(&mut TcpStream) -> std::io::Result<()>) -> CameraUrl {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = CameraUrl::parse(&format!("http://{}/camera", listener.local_addr().unwrap())).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut stream = stream;
                let request = BufReader::new(stream.try_clone().unwrap());
                let head = request.lines().map_while(Result::ok).take_while(|line| !line.is_empty());
                head.for_each(drop);
                // Until whoever asked hangs up.
                drop(answer(&mut stream));
            });
        }
    });
    url
}

fn over_http(mode: Mode, answer: fn(&mut TcpStream) -> std::io::Result<()>) {
    drop(rustls::crypto::ring::default_provider().install_default());
    let url = serve(answer);
    let trust = Trust { ca: None, own: None };
    let latency = Duration::from_millis(200);
    let source =
        || -> Box<dyn Source> { Box::new(HttpSource::new(url.clone(), mode, None, trust.clone(), latency)) };
    keeps(&promise(64, 48), source);
}

#[test]
fn a_camera_that_streams_over_http_keeps_the_contract() {
    over_http(Mode::Stream, |stream| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n";
        stream.write_all(head.as_bytes())?;
        // The rate of the camera: a timer that nothing wakes.
        let (_keep, timer) = std::sync::mpsc::channel::<()>();
        for number in 0.. {
            let jpeg = picture(number % 4);
            let part =
                format!("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", jpeg.len());
            stream.write_all(&[part.as_bytes(), &jpeg, b"\r\n"].concat())?;
            let _ = timer.recv_timeout(PERIOD);
        }
        Ok(())
    });
}

#[test]
fn a_camera_that_gives_snapshots_over_http_keeps_the_contract() {
    over_http(Mode::Snapshot, |stream| {
        let jpeg = picture(1);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            jpeg.len()
        );
        stream.write_all(&[head.as_bytes(), &jpeg].concat())
    });
}
