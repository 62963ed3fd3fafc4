//! Cameras that speak HTTP: multipart MJPEG streams and single snapshots.
//!
//! Holds:
//! - a stream is kept warm and dropped unread; a snapshot is asked for only on a call;
//! - a password is sent in clear only where Basic is configured, whatever the camera offers;
//! - every wait has an end: connecting, the answer, each read;
//! - no redirect is followed, no proxy used, no connection reused;
//! - over https nothing is asked of a camera whose certificate nobody vouches for.
//!
//! Deliberately absent: HTTP/2, cookies, and a way to leave a certificate unchecked.

mod client;
mod login;
mod multipart;
mod quiet;
mod records;
mod stream;
#[cfg(test)]
mod tests;
mod url;

use std::sync::Arc;
use std::time::Duration;

use lineshot_tls::Trust;

pub use login::{Login, Password, Scheme};
pub use url::{CameraUrl, UrlError};

use crate::{Fault, Post, Source, Stream};
use client::{Client, Content};
use stream::{Snapshots, Warm};

/// How an HTTP camera gives frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One endless `multipart/x-mixed-replace` answer of JPEG parts.
    Stream,
    /// One JPEG for each request.
    Snapshot,
}

/// An HTTP camera.
#[derive(Debug)]
pub struct HttpSource {
    url: CameraUrl,
    mode: Mode,
    login: Option<Login>,
    trust: Trust,
    latency: Duration,
}

impl HttpSource {
    /// The camera at `url`. `latency` is the longest time from the begin of an exposure until the first
    /// byte of its picture reaches this PC; a snapshot may be as much older than the request for it. `trust` is
    /// for https.
    ///
    /// The process must have installed its TLS provider: the HTTP client is not built without one, even
    /// for http.
    pub fn new(
        url: CameraUrl,
        mode: Mode,
        login: Option<Login>,
        trust: Trust,
        latency: Duration,
    ) -> HttpSource {
        HttpSource { url, mode, login, trust, latency }
    }
}

impl Source for HttpSource {
    fn address(&self) -> String {
        self.url.to_string()
    }

    fn open<'a>(&'a mut self, post: &Arc<Post>) -> Result<Box<dyn Stream + 'a>, Fault> {
        let client = Client::new(&self.url, self.login.as_ref(), &self.trust, post)?;
        if self.mode == Mode::Snapshot {
            return Ok(Box::new(Snapshots::new(client, self.latency)));
        }
        let answer = client.until_closed(post, client.ask(post))?;
        let Content::Multipart { boundary } = answer.content else {
            return Err(Fault::answer(
                "a single picture; set the view's `mode` to \"snapshot\" or ask it for a stream",
            ));
        };
        post.connected();
        Ok(Box::new(Warm::new(client, answer.response, boundary.as_deref(), self.latency)))
    }
}
