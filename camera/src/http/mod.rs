//! Cameras that speak HTTP: multipart MJPEG streams and single snapshots.
//!
//! Holds:
//! - which of both it is, the camera says by its content type; a stream is kept warm and dropped unread,
//!   a snapshot is asked for only on a call;
//! - every wait has an end: connecting, the answer, each read;
//! - no redirect is followed, no proxy used, no connection reused, no environment read.
//!
//! Deliberately absent: https (it comes with the choice of root certificates), HTTP/2, cookies.

mod client;
mod login;
mod multipart;
mod quiet;
mod stream;
#[cfg(test)]
mod tests;
mod url;

use std::sync::Arc;
use std::time::Duration;

pub use login::{Login, Password};
pub use url::{CameraUrl, UrlError};

use crate::{Fault, Post, Source, Stream};
use client::{Client, Kind};
use stream::{Snapshots, Warm};

/// An HTTP camera.
#[derive(Debug)]
pub struct HttpSource {
    url: CameraUrl,
    login: Option<Login>,
    latency: Duration,
}

impl HttpSource {
    /// The camera at `url`. `latency` is the longest time from the begin of an exposure until the first
    /// byte of its picture reaches this PC; a snapshot may be as much older than the request for it.
    pub fn new(url: CameraUrl, login: Option<Login>, latency: Duration) -> HttpSource {
        HttpSource { url, login, latency }
    }
}

impl Source for HttpSource {
    fn address(&self) -> String {
        self.url.to_string()
    }

    fn open<'a>(&'a mut self, post: &Arc<Post>) -> Result<Box<dyn Stream + 'a>, Fault> {
        let client = Client::new(&self.url, self.login.as_ref(), post)?;
        let answer = client.until_closed(post, client.ask(post))?;
        Ok(match answer.kind {
            Kind::Multipart { boundary } => {
                Box::new(Warm::new(client, answer.response, boundary.as_deref(), self.latency))
            }
            Kind::Jpeg => Box::new(Snapshots::new(client, self.latency)),
        })
    }
}
