//! One signed S3 request over a plain connection: how tests and the demo look into a store from outside.
//!
//! Signed with AWS Signature Version 4 ("Authenticating Requests (AWS Signature Version 4)", Amazon S3 API
//! Reference). Deliberately absent: the product's own client, so that what the one believes the other checks;
//! TLS, retries, redirects.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// Long enough for a store on a loaded machine; a store that hangs must fail a test, not hold it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who asks, and where.
#[derive(Clone, Debug)]
pub struct Account {
    /// As `http://host:port`.
    pub endpoint: String,
    /// The region that the store expects in signatures.
    pub region: String,
    /// The account's name.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
}

/// What the store said.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header, one line each.
    pub header: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Account {
    /// Asks with `method` for `target`: a path with its query, percent-encoded and the query's parts sorted, as in
    /// `/bucket?list-type=2&prefix=albums%2F`. Blocks.
    ///
    /// # Errors
    /// If the store cannot be reached, or does not answer as HTTP does.
    #[expect(clippy::disallowed_methods, reason = "a store refuses a request that was not signed now")]
    pub fn ask(&self, method: &str, target: &str, body: &[u8]) -> Result<Answer> {
        let date = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let authorization = self.signature(method, target, body, &date);
        self.send(method, target, body, &format!("authorization: {authorization}\r\nx-amz-date: {date}\r\n"))
    }

    /// The same without a signature, as a stranger would ask.
    ///
    /// # Errors
    /// As [`Account::ask`].
    pub fn ask_unsigned(&self, method: &str, target: &str, body: &[u8]) -> Result<Answer> {
        self.send(method, target, body, "")
    }

    fn host(&self) -> &str {
        self.endpoint.trim_start_matches("http://")
    }

    fn send(&self, method: &str, target: &str, body: &[u8], header: &str) -> Result<Answer> {
        let place = || format!("asking {} for {method} {target}", self.endpoint);
        let (hash, length, host) = (hex::encode(Sha256::digest(body)), body.len(), self.host());
        // HTTP/1.0: the answer ends with the connection, and comes in one piece.
        let head = format!(
            "{method} {target} HTTP/1.0\r\nhost: {host}\r\nx-amz-content-sha256: {hash}\r\n{header}content-length: {length}\r\n\r\n"
        );
        let mut socket = TcpStream::connect(host).with_context(place)?;
        socket.set_read_timeout(Some(PATIENCE)).with_context(place)?;
        socket.write_all(&[head.as_bytes(), body].concat()).with_context(place)?;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).with_context(place)?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.context("the store's answer has no end of its header").with_context(place)?;
        let header = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = header.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.context("the store's answer has no status").with_context(place)?;
        Ok(Answer { status, header, body: answer[end + 4..].to_vec() })
    }

    fn signature(&self, method: &str, target: &str, body: &[u8], date: &str) -> String {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        // A part without a value is signed as one with an empty value.
        let parts = query.split('&').filter(|part| !part.is_empty());
        let parts = parts.map(|part| if part.contains('=') { part.to_owned() } else { format!("{part}=") });
        let query = parts.collect::<Vec<_>>().join("&");
        let (hash, host) = (hex::encode(Sha256::digest(body)), self.host());
        let names = "host;x-amz-content-sha256;x-amz-date";
        let request = format!(
            "{method}\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{hash}\nx-amz-date:{date}\n\n{names}\n{hash}"
        );
        let (day, region, account) = (&date[..8], self.region.as_str(), self.access_key.as_str());
        let scope = format!("{day}/{region}/s3/aws4_request");
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex::encode(Sha256::digest(request)));
        let secret = format!("AWS4{}", self.secret_key).into_bytes();
        let key = [day, region, "s3", "aws4_request"].iter().fold(secret, |key, part| hmac(&key, part));
        let signature = hex::encode(hmac(&key, &text));
        format!("AWS4-HMAC-SHA256 Credential={account}/{scope}, SignedHeaders={names}, Signature={signature}")
    }
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
