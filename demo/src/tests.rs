//! What the store promises, asked over a plain connection.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Rule, Store};

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// An `Authorization` header: AWS Signature Version 4 over host, body hash and date.
fn signature(store: &Store, secret: &str, method: &str, path: &str, body: &str, date: &str) -> String {
    let host = store.endpoint().replace("http://", "");
    let hash = hex::encode(Sha256::digest(body));
    let names = "host;x-amz-content-sha256;x-amz-date";
    let request = format!(
        "{method}\n{path}\n\nhost:{host}\nx-amz-content-sha256:{hash}\nx-amz-date:{date}\n\n{names}\n{hash}"
    );
    let day = &date[..8];
    let scope = format!("{day}/{}/s3/aws4_request", Store::REGION);
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex::encode(Sha256::digest(request)));
    let key = [day, Store::REGION, "s3", "aws4_request"]
        .iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| hmac(&key, part));
    let account = Store::ACCESS_KEY;
    let signature = hex::encode(hmac(&key, &text));
    format!("AWS4-HMAC-SHA256 Credential={account}/{scope}, SignedHeaders={names}, Signature={signature}")
}

/// The store's status for one request; `None` if it does not listen.
#[expect(clippy::disallowed_methods, reason = "the store refuses a request that was not signed now")]
async fn ask(store: &Store, secret: Option<&str>, method: &str, path: &str, body: &str) -> Option<u16> {
    let host = store.endpoint().replace("http://", "");
    let mut socket = TcpStream::connect(&host).await.ok()?;
    let date = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let authorization = secret.map_or(String::new(), |secret| {
        format!("authorization: {}\r\n", signature(store, secret, method, path, body, &date))
    });
    let (hash, length) = (hex::encode(Sha256::digest(body)), body.len());
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nx-amz-date: {date}\r\nx-amz-content-sha256: {hash}\r\n\
         {authorization}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    Some(answer.split(' ').nth(1).unwrap().parse().unwrap())
}

const SECRET: Option<&str> = Some(Store::SECRET_KEY);

#[tokio::test]
async fn a_store_for_putting_only_denies_everything_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::start(folder.path(), Rule::PutOnly).await.unwrap();
    store.bucket("photos").unwrap();
    assert_eq!(ask(&store, SECRET, "PUT", "/photos/a/1.txt", "one").await, Some(200));
    for method in ["GET", "HEAD", "DELETE"] {
        assert_eq!(ask(&store, SECRET, method, "/photos/a/1.txt", "").await, Some(403), "{method}");
    }
    assert_eq!(ask(&store, SECRET, "GET", "/photos", "").await, Some(403));
    assert_eq!(store.object("photos", "a/1.txt").unwrap().unwrap(), b"one");
    assert_eq!(store.object("photos", "a/2.txt").unwrap(), None);
    assert_eq!(store.keys("photos").unwrap(), ["a/1.txt"]);
    let asked = store.requests();
    assert_eq!((asked["PutObject"], asked["GetObject"], asked["HeadObject"]), (1, 1, 1));
}

#[tokio::test]
async fn an_open_store_gives_back_what_was_put() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::start(folder.path(), Rule::All).await.unwrap();
    store.bucket("photos").unwrap();
    assert_eq!(ask(&store, SECRET, "PUT", "/photos/1.txt", "one").await, Some(200));
    assert_eq!(ask(&store, SECRET, "GET", "/photos/1.txt", "").await, Some(200));
    assert_eq!(ask(&store, SECRET, "GET", "/photos/2.txt", "").await, Some(404));
}

#[tokio::test]
async fn nobody_gets_in_without_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::start(folder.path(), Rule::All).await.unwrap();
    store.bucket("photos").unwrap();
    assert_eq!(ask(&store, None, "PUT", "/photos/1.txt", "one").await, Some(403));
    assert_eq!(ask(&store, Some("wrong"), "PUT", "/photos/1.txt", "one").await, Some(403));
    assert_eq!(store.keys("photos").unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn after_an_outage_the_store_is_back_on_its_port_with_all_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::start(folder.path(), Rule::PutOnly).await.unwrap();
    store.bucket("photos").unwrap();
    assert_eq!(ask(&store, SECRET, "PUT", "/photos/1.txt", "one").await, Some(200));
    let endpoint = store.endpoint();
    store.stop().await;
    assert_eq!(ask(&store, SECRET, "PUT", "/photos/2.txt", "two").await, None);
    store.resume().await.unwrap();
    assert_eq!(store.endpoint(), endpoint);
    assert_eq!(ask(&store, SECRET, "PUT", "/photos/2.txt", "two").await, Some(200));
    assert_eq!(store.keys("photos").unwrap(), ["1.txt", "2.txt"]);
}
