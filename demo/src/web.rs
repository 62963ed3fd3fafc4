//! The demo's page in a browser, and the door of `cargo xtask demo <action>`.
//!
//! Holds:
//! - it listens on loopback alone, and answers only to its own names: a foreign site whose name leads here is
//!   refused;
//! - it is shown to who has the key that the demo's terminal printed, and an action needs it, too: other users
//!   of this machine and other sites have it not;
//! - of the store it shows pictures of trial albums and nothing else.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::{Form, Path as Named, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

use crate::act::{Action, Answer, perform};
use crate::hand::Running;
use crate::plant::BUCKET;
use crate::run::Demo;
use crate::{page, show};

const POLICY: &str = "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const STRANGER: &str = "This page is for whoever started the demo: open the address that its terminal printed, which \
                        ends in ?key=...\n";

/// What every answer needs.
#[derive(Clone)]
struct Desk {
    demo: Arc<Demo>,
    token: Arc<str>,
    port: u16,
}

impl Desk {
    /// Cookies are shared by all ports of a host.
    fn cookie(&self) -> String {
        format!("lineshot-demo-{}={}", self.port, self.token)
    }

    /// Whether it was asked for by a name that leads nowhere else: a foreign site's could be made to lead here.
    fn is_asked_for(&self, request: &Request) -> bool {
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let (name, port) = host.and_then(|host| host.split_once(':')).unwrap_or_default();
        ["127.0.0.1", "localhost"].contains(&name) && port.parse() == Ok(self.port)
    }

    /// Whether the browser has shown the key once. Everybody on this machine can reach the port.
    fn knows(&self, request: &Request) -> bool {
        let cookies =
            request.headers().get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let expected = self.cookie();
        cookies.flat_map(|value| value.split("; ")).any(|cookie| cookie == expected)
    }
}

/// Serves until the process ends. The page's address.
pub(crate) async fn serve(demo: &Arc<Demo>, folder: &Path) -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("looking for a port for the page")?;
    let address = listener.local_addr().context("asking for the page's port")?;
    let running = Running::new(address)?;
    running.write(folder)?;
    let desk = Desk { demo: Arc::clone(demo), token: running.token.as_str().into(), port: address.port() };
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router(desk)).await {
            tracing::error!("the demo's page ended: {error}");
        }
    });
    Ok(format!("http://{address}/?key={}", running.token))
}

fn router(desk: Desk) -> Router {
    Router::new()
        .route("/", get(async |State(desk): State<Desk>| Html(page::live(&desk.demo.show(), &desk.token))))
        .route(
            "/main",
            get(async |State(desk): State<Desk>| Html(page::main(&desk.demo.show(), &desk.token))),
        )
        .route("/page.css", get(async || ([(header::CONTENT_TYPE, "text/css")], page::CSS)))
        .route("/page.js", get(async || ([(header::CONTENT_TYPE, "text/javascript")], page::JS)))
        .route("/icon.svg", get(async || ([(header::CONTENT_TYPE, "image/svg+xml")], page::ICON)))
        .route("/albums/:album/:station/:picture", get(picture))
        .route("/do", post(act))
        .layer(from_fn_with_state(desk.clone(), guard))
        .with_state(desk)
}

/// Lets in only who knows the key, and sets what browsers must hold to.
async fn guard(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    if !desk.is_asked_for(&request) {
        let mend = format!("ask for http://127.0.0.1:{}/\n", desk.port);
        return (StatusCode::MISDIRECTED_REQUEST, mend).into_response();
    }
    if request.uri().query() == Some(&format!("key={}", desk.token)) {
        let cookie = format!("{}; Path=/; HttpOnly; SameSite=Strict", desk.cookie());
        return ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response();
    }
    // A form carries the token itself.
    if request.uri().path() != "/do" && !desk.knows(&request) {
        return (StatusCode::FORBIDDEN, STRANGER).into_response();
    }
    let mut answer = next.run(request).await;
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

async fn picture(
    State(desk): State<Desk>,
    Named((album, station, picture)): Named<(String, String, String)>,
) -> Response {
    let is_name = |part: &str| {
        !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
    };
    if ![&album, &station, &picture].into_iter().all(|part| is_name(part)) || !picture.ends_with(".jpg") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let key = format!("{}/{album}/{station}/{picture}", crate::albums::TRIALS);
    match desk.demo.store.lock().await.object(BUCKET, &key) {
        Ok(Some(jpeg)) => ([(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What a form or the terminal sends.
#[derive(Deserialize)]
struct Asked {
    token: String,
    action: String,
    #[serde(default)]
    order: String,
}

/// Does it. A browser is sent back to the page, where the answer will be; the terminal is told as it comes.
async fn act(State(desk): State<Desk>, headers: HeaderMap, Form(asked): Form<Asked>) -> Response {
    if asked.token != *desk.token {
        return (StatusCode::FORBIDDEN, "this form is of another run: load the page again\n").into_response();
    }
    let says = begin(&desk.demo, &asked);
    let is_terminal = headers.get(header::ACCEPT).is_some_and(|accept| accept == "text/plain");
    if is_terminal {
        let lines = ReceiverStream::new(says).map(|line| Ok::<_, std::io::Error>(line + "\n"));
        return Body::from_stream(lines).into_response();
    }
    let place =
        page::ACTIONS.into_iter().find(|name| *name == asked.action).map(page::anchor).unwrap_or_default();
    tokio::spawn(show_answer(Arc::clone(&desk.demo), asked.action, says));
    Redirect::to(&format!("/#{place}")).into_response()
}

/// Begins the action; the sentences of its answer come out one by one.
fn begin(demo: &Arc<Demo>, asked: &Asked) -> mpsc::Receiver<String> {
    let (to, says) = mpsc::channel(64);
    let (demo, action) = (Arc::clone(demo), Action::parse(&asked.action, &asked.order));
    tokio::spawn(async move {
        match action {
            Ok(action) => perform(&demo, action, Answer(&to)).await,
            Err(error) => {
                let _listens = to.send(format!("{error:#}.")).await;
            }
        }
    });
    says
}

async fn show_answer(demo: Arc<Demo>, action: String, mut says: mpsc::Receiver<String>) {
    let mut text = String::new();
    while let Some(line) = says.recv().await {
        text.push_str(&line);
        text.push('\n');
        let answer = show::Answer { action: action.clone(), says: text.trim_end().to_owned() };
        demo.floor.change(|known| known.last = Some(answer));
    }
}
