//! An HTTP server that answers as a test says, and keeps what it took.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use lineshot_tls::OwnFiles;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What to say to one request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// 200 with the SHA-256 that was sent.
    Echo,
    /// 200 with the MD5 as ETag and no SHA-256.
    Md5,
    /// 200 with no proof.
    Bare,
    /// An S3 error.
    No(u16, &'static str),
    /// 307 to another host.
    Redirect,
    /// None: the connection ends.
    Silence,
}

type Script = Arc<dyn Fn(usize, &str) -> Answer + Send + Sync>;

/// A running server.
pub(crate) struct Answers {
    pub(crate) endpoint: String,
    taken: Arc<Mutex<Taken>>,
    server: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Taken {
    requests: Vec<String>,
    objects: BTreeMap<String, Vec<u8>>,
}

impl Answers {
    /// Asks `script` about each request: how many came before, and the key.
    pub(crate) async fn start(script: impl Fn(usize, &str) -> Answer + Send + Sync + 'static) -> Answers {
        Answers::listen(None, Arc::new(script)).await
    }

    /// Says yes to whoever believes this certificate.
    pub(crate) async fn secret(shown: &OwnFiles) -> Answers {
        let certificates =
            CertificateDer::pem_file_iter(&shown.certificate).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(&shown.key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = builder.with_no_client_auth().with_single_cert(certificates, key).unwrap();
        Answers::listen(Some(TlsAcceptor::from(Arc::new(config))), Arc::new(|_, _| Answer::Echo)).await
    }

    async fn listen(tls: Option<TlsAcceptor>, script: Script) -> Answers {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let endpoint = format!("{scheme}://{}", listener.local_addr().unwrap());
        let taken = Arc::new(Mutex::new(Taken::default()));
        let all = taken.clone();
        let server = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (script, all) = (script.clone(), all.clone());
                match tls.clone() {
                    None => drop(tokio::spawn(serve(socket, script, all))),
                    Some(tls) => drop(tokio::spawn(async move {
                        if let Ok(socket) = tls.accept(socket).await {
                            serve(socket, script, all).await;
                        }
                    })),
                }
            }
        });
        Answers { endpoint, taken, server }
    }

    /// The keys asked for, in order.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.taken.lock().unwrap().requests.clone()
    }

    /// What was answered with 200, by key.
    pub(crate) fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        self.taken.lock().unwrap().objects.clone()
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(mut socket: impl AsyncRead + AsyncWrite + Unpin, script: Script, taken: Arc<Mutex<Taken>>) {
    let Some((key, sha256, body)) = request(&mut socket).await else { return };
    let before = {
        let mut taken = taken.lock().unwrap();
        taken.requests.push(key.clone());
        taken.requests.len() - 1
    };
    let answer = script(before, &key);
    let md5 = hex::encode(<md5::Md5 as md5::Digest>::digest(&body));
    let (head, error) = match answer {
        Answer::Echo => (format!("200 OK\r\nx-amz-checksum-sha256: {sha256}"), String::new()),
        Answer::Md5 => (format!("200 OK\r\nETag: \"{md5}\""), String::new()),
        Answer::Bare => ("200 OK".to_owned(), String::new()),
        Answer::No(status, code) => {
            (format!("{status} No"), format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>"))
        }
        Answer::Redirect => ("307 Elsewhere\r\nLocation: http://127.0.0.1:1/".to_owned(), String::new()),
        Answer::Silence => return,
    };
    if matches!(answer, Answer::Echo | Answer::Md5) {
        taken.lock().unwrap().objects.insert(key, body);
    }
    let length = error.len();
    let text = format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{error}");
    let _ = socket.write_all(text.as_bytes()).await;
}

/// Key, SHA-256 header and body of one request.
async fn request(socket: &mut (impl AsyncRead + Unpin)) -> Option<(String, String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let length: usize = header("content-length").unwrap_or_default().parse().unwrap_or(0);
    while bytes.len() < end + length {
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let target = head.split_whitespace().nth(1)?.split('?').next()?;
    let key = target.strip_prefix("/photos")?.trim_start_matches('/').to_owned();
    Some((key, header("x-amz-checksum-sha256").unwrap_or_default(), bytes[end..].to_vec()))
}
