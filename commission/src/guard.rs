//! Who may ask: the browser that showed the one-time key, on this machine, from this very page.
//!
//! Holds: a foreign name that leads here (DNS rebinding) is refused by its Host; a foreign page by its Origin, even if
//! the browser sends our cookie along; the key opens once; every answer says that it is never to be kept. Cookies are
//! shared by all ports of a host, so that another server of this machine could collect one: who asks for anything but
//! the page's own files needs a second secret, which only the page at this port has (its place in the browser's session
//! storage belongs to the port).

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, anyhow};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};

use crate::page::is_open;

const POLICY: &str = "default-src 'none'; img-src 'self' blob:; style-src 'self'; script-src 'self'; \
                      connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

const STRANGER: &str = "This page is for whoever started lineshot-commission: open the address that its terminal printed. It \
                        opens once; for another browser start it anew.\n";

/// The header in which the page shows its secret.
const PAGE: &str = "x-lineshot-page";

/// The key on its way to the browser, and what the browser has of it then.
#[derive(Clone)]
pub(crate) struct Guard {
    key: Arc<Mutex<Option<String>>>,
    cookie: Arc<str>,
    secret: Arc<str>,
    port: u16,
}

impl Guard {
    /// # Errors
    /// A system without chance.
    pub(crate) fn new(port: u16) -> Result<Guard> {
        let secret = || {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes)
                .map_err(|error| anyhow!("the system gives no random numbers: {error}"))?;
            anyhow::Ok(hex::encode(bytes))
        };
        let cookie = format!("lineshot-commission-{port}={}", secret()?);
        Ok(Guard {
            key: Arc::new(Mutex::new(Some(secret()?))),
            cookie: cookie.into(),
            secret: secret()?.into(),
            port,
        })
    }

    /// What the terminal shows.
    pub(crate) fn address(&self) -> String {
        let key = self.key.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default();
        format!("http://127.0.0.1:{}/?key={key}", self.port)
    }

    fn take(&self, query: Option<&str>) -> bool {
        let mut key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = key.as_ref().is_some_and(|key| query == Some(&format!("key={key}")));
        if is_it {
            *key = None;
        }
        is_it
    }

    fn is_own_host(&self, host: &str) -> bool {
        ["127.0.0.1", "localhost"].iter().any(|name| host == format!("{name}:{}", self.port))
    }

    fn knows(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies.flat_map(|value| value.split("; ")).any(|cookie| cookie == &*self.cookie)
    }

    fn refuses(&self, request: &Request) -> Option<(StatusCode, String)> {
        let text = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let host = text(header::HOST).unwrap_or_default();
        if !self.is_own_host(host) {
            return Some((
                StatusCode::MISDIRECTED_REQUEST,
                format!("ask for http://127.0.0.1:{}/\n", self.port),
            ));
        }
        let own = format!("http://{host}");
        let is_foreign = text(header::ORIGIN).is_some_and(|origin| origin != own);
        let site = text(header::HeaderName::from_static("sec-fetch-site")).unwrap_or("same-origin");
        if is_foreign || !["same-origin", "none"].contains(&site) {
            return Some((StatusCode::FORBIDDEN, "another site may not ask here\n".to_owned()));
        }
        let is_page = text(header::HeaderName::from_static(PAGE)) == Some(&*self.secret);
        if request.method() == Method::POST || !is_open(request.uri().path()) {
            let is_json = text(header::CONTENT_TYPE) == Some("application/json");
            let is_sound = request.method() != Method::POST || text(header::ORIGIN).is_some() && is_json;
            if !is_sound || !is_page {
                return Some((StatusCode::FORBIDDEN, "only this page's own script may ask so\n".to_owned()));
            }
        }
        None
    }
}

/// Lets in only who may ask, and sets what browsers must hold to.
pub(crate) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let answer = match guard.refuses(&request) {
        Some(no) => no.into_response(),
        None if request.uri().path() == "/" && guard.take(request.uri().query()) => {
            let cookie = format!("{}; Path=/; HttpOnly; SameSite=Strict", guard.cookie);
            // What stands behind # is seen by the page alone: no server and no log ever has it.
            ([(header::SET_COOKIE, cookie)], Redirect::to(&format!("/#{}", guard.secret))).into_response()
        }
        None if !guard.knows(request.headers()) => (StatusCode::FORBIDDEN, STRANGER).into_response(),
        None => next.run(request).await,
    };
    shut(answer)
}

fn shut(mut answer: Response) -> Response {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}
