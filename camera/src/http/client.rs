//! One camera's HTTP client on the camera's own thread: a request, its answer, its bytes.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use lineshot_domain::Mono;
use lineshot_tls::{Trust, fault_of, fault_of_handshake};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Response, StatusCode};
use tokio::runtime::{Builder, Runtime};
use tokio::select;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::login::{Credentials, Login};
use super::multipart::is_jpeg;
use super::quiet::Quiet;
use super::records::Records;
use super::url::CameraUrl;
use crate::{Fault, Post};

/// A camera on the plant network connects within milliseconds; a lost SYN is sent again after one second.
const CONNECT: Duration = Duration::from_secs(2);
/// Without a byte for so long the camera is stalled: three frames at the slowest usable rate.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);
/// How often the arrival of bytes is bounded anew while a frame is awaited.
const TICK: Duration = Duration::from_millis(20);

/// What the camera's content type says it sends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    Multipart { boundary: Option<String> },
    Jpeg,
}

/// A camera's answer, read up to its headers.
pub(super) struct Answer {
    pub(super) content: Content,
    pub(super) response: Response,
    /// When the request that was answered was sent, or a moment before.
    pub(super) asked: Mono,
}

/// Bytes of an answer, and between which moments they arrived.
pub(super) struct Arrived<B> {
    pub(super) bytes: B,
    pub(super) since: Mono,
    pub(super) until: Mono,
}

pub(super) struct Client<'a> {
    url: &'a CameraUrl,
    login: Option<&'a Login>,
    http: reqwest::Client,
    quiet: Quiet,
    /// Of the answer being read, over https.
    records: RefCell<Option<Records>>,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl<'a> Client<'a> {
    pub(super) fn new(
        url: &'a CameraUrl,
        login: Option<&'a Login>,
        trust: &Trust,
        post: &Arc<Post>,
    ) -> Result<Client<'a>, Fault> {
        let quiet = Quiet::new(post.now());
        let (lies_down, clock) = (quiet.clone(), post.clone());
        let runtime = Builder::new_current_thread()
            .enable_all()
            .on_thread_park(move || lies_down.lies_down(clock.now()))
            .build()
            .map_err(|error| unreachable("this PC has no room for another connection", error))?;
        let mut http = reqwest::Client::builder();
        if url.is_secret() {
            let client = trust.client().map_err(|error| Fault::Untrusted {
                what: "this PC cannot look at its certificate".into(),
                cause: Some(error.into()),
            })?;
            http = http.tls_backend_preconfigured((*client).clone());
        }
        let http = http
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .http1_only()
            .http1_ignore_invalid_headers_in_responses(true)
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| unreachable("the HTTP client could not be built", error))?;
        Ok(Client { url, login, http, quiet, records: RefCell::default(), runtime: Some(runtime) })
    }

    /// Runs `work` until it is done or the post is closed.
    pub(super) fn until_closed<T>(
        &self,
        post: &Post,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        self.block_on(async {
            select! {
                biased;
                () = post.closed() => Err(Fault::unreachable("it was being closed")),
                done = work => done,
            }
        })
    }

    pub(super) fn block_on<F: Future>(&self, work: F) -> F::Output {
        self.runtime.as_ref().expect("the runtime lives as long as the client").block_on(work)
    }

    /// Asks the camera, with credentials if it wants some.
    pub(super) async fn ask(&self, post: &Post) -> Result<Answer, Fault> {
        let (response, asked) = self.send(None, post).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return self.accept(response, asked);
        }
        let Some(login) = self.login else {
            return Err(denied("it wants a user name and a password, and none is configured"));
        };
        let credentials = login.answer(response.headers(), &self.url.path_and_query());
        let Some(credentials) = credentials else {
            return Err(denied(&format!("it offers no {} login", login.scheme())));
        };
        drop(response);
        let (response, asked) = self.send(Some((login, credentials)), post).await?;
        self.accept(response, asked)
    }

    fn accept(&self, response: Response, asked: Mono) -> Result<Answer, Fault> {
        *self.records.borrow_mut() = self.url.is_secret().then(|| Records::new(asked));
        accept(response, asked)
    }

    async fn send(
        &self,
        credentials: Option<(&Login, Credentials)>,
        post: &Post,
    ) -> Result<(Response, Mono), Fault> {
        let request = self.http.get(self.url.url().clone());
        let request = match credentials {
            None => request,
            Some((login, Credentials::Basic)) => request.basic_auth(login.user(), Some(login.password())),
            Some((_, Credentials::Digest(answer))) => {
                let mut header = HeaderValue::from_str(&answer)
                    .map_err(|_| denied("the user name has characters that HTTP cannot carry"))?;
                header.set_sensitive(true);
                request.header(AUTHORIZATION, header)
            }
        };
        let asked = post.now();
        match timeout(PATIENCE, request.send()).await {
            Ok(Ok(response)) => Ok((response, asked)),
            Ok(Err(error)) => Err(self.failed(error)),
            Err(_) => Err(Fault::Stalled { patience: PATIENCE }),
        }
    }

    /// A request that failed.
    fn failed(&self, error: reqwest::Error) -> Fault {
        // The URL's query may hold a password.
        let error = error.without_url();
        let fault = match self.url.is_secret() && error.is_connect() {
            true => fault_of_handshake(&error),
            false => fault_of(&error),
        };
        fault.map_or_else(|| failed(error), |fault| Fault::Untrusted { what: fault.to_string(), cause: None })
    }

    /// The next bytes of an answer, never empty; `None` at its end. May be dropped at any time, nothing
    /// is lost.
    ///
    /// While it waits for what somebody wants (`closely`) the runtime is woken again and again, so that the bounds
    /// are narrow. A camera that only stays warm costs no such waking.
    pub(super) async fn bytes(
        &self,
        response: &mut Response,
        post: &Post,
        closely: bool,
    ) -> Result<Option<Arrived<impl AsRef<[u8]> + use<>>>, Fault> {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let arrival = async {
            loop {
                select! {
                    biased;
                    bytes = response.chunk() => match bytes {
                        Ok(Some(empty)) if empty.is_empty() => {}
                        other => break other,
                    },
                    _ = tick.tick(), if closely => {}
                }
            }
        };
        match timeout(PATIENCE, arrival).await {
            Ok(Ok(bytes)) => {
                let (since, until) = (self.quiet.since(), post.now());
                Ok(bytes.map(|bytes| {
                    let mut records = self.records.borrow_mut();
                    let since = records.as_mut().map_or(since, |records| records.since(bytes.len(), since));
                    Arrived { bytes, since, until }
                }))
            }
            Ok(Err(error)) => Err(self.failed(error)),
            Err(_) => Err(Fault::Stalled { patience: PATIENCE }),
        }
    }
}

impl Drop for Client<'_> {
    /// Without waiting for a name that is still being looked up.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn accept(response: Response, asked: Mono) -> Result<Answer, Fault> {
    let status = response.status();
    match status {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            return Err(denied(&format!("status {}", status.as_u16())));
        }
        status if status.is_redirection() => {
            let what = format!("a redirect (status {}), which is never followed", status.as_u16());
            return Err(Fault::answer(what));
        }
        status => return Err(Fault::answer(format!("status {}", status.as_u16()))),
    }
    let content_type = response.headers().get(CONTENT_TYPE);
    let content_type = String::from_utf8_lossy(content_type.map_or(b"", HeaderValue::as_bytes));
    match content(&content_type) {
        Some(content) => Ok(Answer { content, response, asked }),
        None => {
            let shown: String = content_type.chars().take(60).collect();
            Err(Fault::answer(format!("content of type {shown:?}")))
        }
    }
}

/// What a `Content-Type` means; `None` if it is nothing that a camera should send.
fn content(content_type: &str) -> Option<Content> {
    if is_jpeg(content_type) {
        return Some(Content::Jpeg);
    }
    let mut parameters = content_type.split(';').map(str::trim);
    let essence = parameters.next().unwrap_or_default();
    let multipart = ["multipart/x-mixed-replace", "multipart/mixed"];
    if !multipart.iter().any(|name| essence.eq_ignore_ascii_case(name)) {
        return None;
    }
    let boundary = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_boundary = name.trim().eq_ignore_ascii_case("boundary");
        is_boundary.then(|| value.trim().trim_matches('"').to_owned())
    });
    Some(Content::Multipart { boundary })
}

fn failed(error: reqwest::Error) -> Fault {
    if error.is_connect() {
        unreachable("connecting failed", error)
    } else if is_parse(&error) {
        Fault::Answer { what: "something that is not HTTP".into(), cause: Some(error.into()) }
    } else {
        unreachable("the connection broke", error)
    }
}

/// Whether the answer could not be read as HTTP. The library under reqwest knows; it says so in words only.
fn is_parse(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let words = error.to_string();
        if words.starts_with("invalid HTTP") || words.starts_with("message head is too large") {
            return true;
        }
        cause = error.source();
    }
    false
}

fn unreachable(what: &str, cause: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::Unreachable { what: what.into(), cause: Some(cause.into()) }
}

fn denied(what: &str) -> Fault {
    Fault::Denied { what: what.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_is_a_stream_a_snapshot_or_nothing() {
        let multipart =
            |boundary: Option<&str>| Some(Content::Multipart { boundary: boundary.map(str::to_owned) });
        for (text, want) in [
            ("multipart/x-mixed-replace;boundary=ffmpeg", multipart(Some("ffmpeg"))),
            ("multipart/x-mixed-replace; boundary=--myboundary", multipart(Some("--myboundary"))),
            ("Multipart/X-Mixed-Replace; charset=x; Boundary=\"a b\"", multipart(Some("a b"))),
            ("multipart/x-mixed-replace", multipart(None)),
            ("image/jpeg", Some(Content::Jpeg)),
            ("image/JPG; charset=binary", Some(Content::Jpeg)),
            ("text/html", None),
            ("image/png", None),
            ("", None),
        ] {
            assert_eq!(content(text), want, "{text}");
        }
    }
}
