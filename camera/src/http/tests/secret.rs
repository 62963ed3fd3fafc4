//! Cameras that show a certificate.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::channel;

use lineshot_domain::Reason;
use lineshot_tls::testing::{Authority, Valid};
use lineshot_tls::{OwnFiles, Trust};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

use super::server::next_frame;
use super::{CameraUrl, HttpSource, LATENCY, Mode, SHORT, ask, camera};
use crate::testing::{GENEROUS, clock, jpeg, printed};
use crate::{Post, Source};

fn shown(files: &OwnFiles) -> Arc<ServerConfig> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificates =
        CertificateDer::pem_file_iter(&files.certificate).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(&files.key).unwrap();
    Arc::new(ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key).unwrap())
}

/// A connection over TLS, its request read. What is said is first made into records, then sent.
struct Secret {
    tls: ServerConnection,
    tcp: TcpStream,
}

impl Secret {
    fn records(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.tls.writer().write_all(bytes).unwrap();
        let mut records = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut records).unwrap();
        }
        records
    }

    /// False if the client has hung up.
    fn send(&mut self, records: &[u8]) -> bool {
        self.tcp.write_all(records).is_ok()
    }

    fn say(&mut self, bytes: &[u8]) -> bool {
        let records = self.records(bytes);
        self.send(&records)
    }

    fn begin(&mut self) {
        self.say(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n");
    }
}

fn part(body: &[u8]) -> Vec<u8> {
    [format!("--b\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body, b"\r\n"].concat()
}

/// Listens for ever; each connection that shakes hands is given to `serve`.
fn listen(config: Arc<ServerConfig>, serve: impl Fn(Secret) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for tcp in listener.incoming().map_while(Result::ok) {
            let mut tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            tls.set_buffer_limit(None);
            let mut tcp = tcp;
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let Ok((read, _)) = tls.complete_io(&mut tcp) else { break };
                let mut more = Vec::new();
                let _no_more_yet = tls.reader().read_to_end(&mut more);
                if read == 0 && more.is_empty() {
                    break;
                }
                request.extend(more);
            }
            if request.starts_with(b"GET ") {
                serve(Secret { tls, tcp });
            }
        }
    });
    address
}

fn source(host: &str, port: u16, ca: Option<PathBuf>) -> HttpSource {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = CameraUrl::parse(&format!("https://{host}:{port}/stream")).unwrap();
    HttpSource::new(url, Mode::Stream, None, Trust { ca, own: None }, LATENCY)
}

#[test]
fn a_camera_with_a_certificate_gives_frames() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Authority::new(folder.path(), "ca");
    let config = shown(&ca.issue("camera", &["127.0.0.1"], Valid::Now));
    let address = listen(config, |mut connection| {
        connection.begin();
        while connection.say(&part(&jpeg(90_000))) && !next_frame(&mut connection.tcp) {}
    });
    let (camera, clock) = camera(source("127.0.0.1", address.port(), Some(ca.file)));
    let from = clock.mono();
    let shot = ask(&camera, &clock, GENEROUS).unwrap();
    assert_eq!(format!("{:?}", shot.frame), printed(90_000));
    assert!(shot.exposure.earliest() >= from);
}

#[test]
fn what_is_wrong_with_a_cameras_certificate_is_said_with_its_mend() {
    let folder = tempfile::tempdir().unwrap();
    let [ca, other] = ["ca", "other"].map(|name| Authority::new(folder.path(), name));
    let missing = folder.path().join("missing.pem");
    let good = ca.issue("camera", &["127.0.0.1"], Valid::Now);
    for (files, trusted, part) in [
        (
            &other.issue("foreign", &["127.0.0.1"], Valid::Now),
            &ca.file,
            "name the one that signed it as `ca`",
        ),
        (&ca.issue("old", &["127.0.0.1"], Valid::NoMore), &ca.file, "has expired (2001-01-01 00:00 UTC)"),
        (
            &ca.issue("young", &["127.0.0.1"], Valid::NotYet),
            &ca.file,
            "is not valid yet (2099-01-01 00:00 UTC)",
        ),
        (&ca.issue("else", &["gate.plant"], Valid::Now), &ca.file, "is for gate.plant and not for 127.0.0.1"),
        (&good, &missing, "this PC cannot look at its certificate"),
    ] {
        let address = listen(shown(files), |mut connection| connection.begin());
        let (camera, clock) = camera(source("127.0.0.1", address.port(), Some(trusted.clone())));
        let error = ask(&camera, &clock, SHORT).unwrap_err();
        assert!(error.to_string().contains(part), "{error}\nlacks\n{part}");
        assert_eq!(error.reason(), Reason::CameraCertificate);
    }
    let plain = super::Server::start(|mut connection| connection.begin());
    let (camera, clock) = camera(source("127.0.0.1", plain.address.port(), Some(ca.file.clone())));
    let error = ask(&camera, &clock, SHORT).unwrap_err();
    assert!(error.to_string().contains("it does not speak TLS"), "{error}");
}

/// The record with a picture's first byte is here, all but its last byte, before the picture is asked for: it was
/// taken before, too, and the next one has to be given.
#[test]
fn a_picture_that_waited_in_half_a_record_is_none_of_after() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Authority::new(folder.path(), "ca");
    let config = shown(&ca.issue("camera", &["127.0.0.1"], Valid::Now));
    let ((half, is_half_there), (ask, asked)) = (channel(), channel::<()>());
    let gate = std::sync::Mutex::new((half, asked));
    let address = listen(config, move |mut connection| {
        let gate = gate.lock().unwrap();
        connection.begin();
        connection.say(&part(&jpeg(50_000)));
        let records = connection.records(&part(&jpeg(10_000)));
        let (most, last) = records.split_at(records.len() - 1);
        connection.send(most);
        gate.0.send(()).unwrap();
        gate.1.recv().unwrap();
        connection.send(last);
        while connection.say(&part(&jpeg(20_000))) && !next_frame(&mut connection.tcp) {}
    });
    let clock = clock();
    let post = Arc::new(Post::new("front".into(), clock));
    let mut source = source("127.0.0.1", address.port(), Some(ca.file));
    let from = post.now();
    let mut stream = source.open(&post).unwrap();
    let first = stream.shot(from.minus(SHORT), post.now().plus(GENEROUS), &post).unwrap().unwrap();
    assert_eq!(format!("{:?}", first.frame), printed(50_000));
    is_half_there.recv().unwrap();
    // Lie down a few times with the half of a record read: as if the line were in the clear, all was quiet.
    let nothing = stream.shot(post.now(), post.now().plus(LATENCY * 10), &post).unwrap();
    assert!(nothing.is_none());
    let from = post.now();
    ask.send(()).unwrap();
    let shot = stream.shot(from.minus(LATENCY), post.now().plus(GENEROUS), &post).unwrap().unwrap();
    assert_eq!(format!("{:?}", shot.frame), printed(20_000));
}
