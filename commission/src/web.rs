//! The page's questions and their answers.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as Named, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use lineshot_domain::Wall;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::draft::{Camera, Draft};
use crate::eye::Blind;
use crate::guard::{Guard, guard};
use crate::page::{ASSETS, Language};
use crate::session::{No, Session};
use crate::warnings::Warning;

/// What is said when a question is none.
const UNREAD: &str = "the page and this program are of different versions: load the page again";

type Shared = State<Arc<Session>>;

pub(crate) fn router(session: Arc<Session>, guarded: Guard) -> Router {
    let mut router = Router::new()
        .route("/", get(page))
        .route("/texts.json", get(texts))
        .route("/station.json", get(station))
        .route("/still", post(still))
        .route("/covered", post(covered))
        .route("/camera", post(camera))
        .route("/arrival", post(arrival))
        .route("/picture/:name", get(picture))
        .route("/difference", post(difference))
        .route("/save", post(save))
        .route("/end", post(end))
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT));
    for (path, kind, text) in ASSETS {
        router = router.route(path, get(async move || ([(header::CONTENT_TYPE, *kind)], *text)));
    }
    router.layer(from_fn_with_state(guarded, guard)).with_state(session)
}

async fn page(headers: HeaderMap) -> Html<String> {
    Html(Language::of(&headers).page())
}

async fn texts(headers: HeaderMap) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], Language::of(&headers).texts()).into_response()
}

async fn station(State(session): Shared) -> Response {
    told(
        apart(session, |session| {
            let (station, view) = session.station()?;
            let (draft, left) = session.told();
            let mut value = serde_json::to_value(&draft).expect("plain data is JSON");
            let frame = view.scene.frame();
            let millis = |duration: std::time::Duration| duration.as_millis() as u64;
            let name = station.name.get("en").or_else(|| station.name.values().next());
            let more = json!({
                "station": session.place.station, "view": session.place.view, "name": name,
                "person": session.looker.person(), "trial": session.looker.is_trial(),
                "timezone": station.rules.calendar.zone().as_str(),
                "frame": { "width": frame.width(), "height": frame.height() },
                "latency_ms": millis(view.latency), "max_age_ms": millis(station.trigger.max_age),
                "stills_end": rfc3339(session.clock.wall().plus(left)),
                "is_raw_allowed": !left.is_zero() && !session.is_over(),
            });
            for (key, more) in more.as_object().into_iter().flatten() {
                value[key] = more.clone();
            }
            Ok(value)
        })
        .await,
    )
}

async fn still(State(session): Shared) -> Response {
    let taken = apart(session, Session::still).await;
    match taken {
        Ok(still) => jpeg(still),
        Err(no) => refused(&no),
    }
}

async fn covered(State(session): Shared, body: Bytes) -> Response {
    let Some(draft) = read::<Draft>(&body).map(Draft::exact) else { return unread() };
    let made = apart(session, move |session| session.covered(&draft)).await;
    made.map_or_else(|no| refused(&no), jpeg)
}

#[derive(Deserialize)]
struct Chosen {
    camera: Camera,
}

async fn camera(State(session): Shared, body: Bytes) -> Response {
    let Some(Chosen { camera }) = read(&body) else { return unread() };
    told(apart(session, |session| Ok(json!({ "size": session.camera(camera)? }))).await)
}

async fn arrival(State(session): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let language = Language::of(&headers);
    let Some(draft) = read::<Draft>(&body).map(Draft::exact) else { return unread() };
    let arrived = apart(session, move |session| session.arrival(&draft)).await;
    told(match arrived {
        Ok(arrived) => {
            let picture = |(index, (width, height, bytes, sha256)): (usize, &(u32, u32, usize, String))| {
                json!({
                    "url": format!("/picture/{}-{index}.jpg", arrived.number),
                    "label": if index == 0 { "full".to_owned() } else { width.to_string() },
                    "width": width, "height": height, "bytes": bytes, "sha256": sha256,
                })
            };
            let pictures: Vec<Value> = arrived.sizes.iter().enumerate().map(picture).collect();
            let waited = u64::try_from(arrived.waited.as_millis()).unwrap_or(u64::MAX);
            Ok(
                json!({ "reason": null, "waited_ms": waited, "pictures": pictures, "proof": language.text("proof-sentence") }),
            )
        }
        // No picture is an answer, too: it is what would become of the car.
        Err(No::Blind(Blind::Camera(text))) => {
            Ok(json!({ "reason": { "code": "", "text": text, "mend": "" }, "pictures": [] }))
        }
        Err(No::Dark(dark)) => {
            Ok(json!({ "reason": { "code": "", "text": No::Dark(dark).told(), "mend": "" }, "pictures": [] }))
        }
        Err(no) => Err(no),
    })
}

async fn picture(State(session): Shared, Named(name): Named<String>) -> Response {
    let numbers = name.strip_suffix(".jpg").and_then(|name| name.split_once('-'));
    let numbers = numbers.and_then(|(number, index)| Some((number.parse().ok()?, index.parse().ok()?)));
    match numbers.and_then(|(number, index)| session.picture(number, index)) {
        Some(shown) => jpeg(shown),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn difference(State(session): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let language = Language::of(&headers);
    let Some(draft) = read::<Draft>(&body).map(Draft::exact) else { return unread() };
    told(
        apart(session, move |session| {
            let found = session.difference(&draft)?;
            let warning = |warning: &Warning| {
                let text =
                    language.text(&format!("warning-{}", warning.code)).replace("{name}", &warning.name);
                json!({ "code": warning.code, "text": text })
            };
            let warnings: Vec<Value> = found.warnings.iter().map(warning).collect();
            let problems: Vec<&str> = found.problem.iter().flat_map(|text| text.lines()).collect();
            Ok(json!({
                "is_same": found.is_same, "version": found.version, "file": session.place.file,
                "lines": found.lines, "problems": problems, "warnings": warnings,
            }))
        })
        .await,
    )
}

#[derive(Deserialize)]
struct Saving {
    draft: Draft,
    version: String,
    confirmed: Vec<String>,
}

async fn save(State(session): Shared, body: Bytes) -> Response {
    let Some(Saving { draft, version, confirmed }) = read(&body) else { return unread() };
    told(
        apart(session, move |session| {
            let prepared = session.save(&draft.exact(), &version, &confirmed)?;
            let (release, error) = match prepared {
                Ok(release) => (Some(release), None),
                Err(error) => (None, Some(error)),
            };
            Ok(json!({
                "file": session.place.file, "reload": "sudo systemctl reload lineshot-agent",
                "release": release, "release_error": error,
            }))
        })
        .await,
    )
}

async fn end(State(session): Shared) -> Response {
    told(
        apart(session, |session| {
            session.end();
            Ok(json!({ "ended": true }))
        })
        .await,
    )
}

/// Cameras, files and the agent are waited for beside the server's own thread.
async fn apart<T: Send + 'static>(
    session: Arc<Session>,
    work: impl FnOnce(&Session) -> Result<T, No> + Send + 'static,
) -> Result<T, No> {
    let done = tokio::task::spawn_blocking(move || work(&session)).await;
    done.unwrap_or_else(|_| Err(No::Settings("a fault of the program: begin anew".to_owned())))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_slice(body).ok()
}

fn unread() -> Response {
    answer(StatusCode::BAD_REQUEST, UNREAD)
}

/// Without a copy: what is sent is wiped when it has been.
fn jpeg(picture: impl AsRef<[u8]> + Send + 'static) -> Response {
    ([(header::CONTENT_TYPE, "image/jpeg")], Bytes::from_owner(picture)).into_response()
}

fn told(said: Result<Value, No>) -> Response {
    match said {
        Ok(value) => ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response(),
        Err(no) => refused(&no),
    }
}

fn refused(no: &No) -> Response {
    let status = match no {
        No::Over | No::Blind(Blind::Over | Blind::Ended) => StatusCode::GONE,
        No::Look(_) => StatusCode::FORBIDDEN,
        No::Lease(_) => StatusCode::SERVICE_UNAVAILABLE,
        No::Blind(Blind::TooSoon(_) | Blind::Wait) => StatusCode::TOO_MANY_REQUESTS,
        No::Save(_) | No::Unseen | No::Unconfirmed | No::Camera | No::Blind(Blind::NoStill) => {
            StatusCode::CONFLICT
        }
        No::Blind(_) => StatusCode::BAD_GATEWAY,
        No::Dark(_) | No::Edit(_) | No::Settings(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let mut answer = answer(status, &no.told());
    if let No::Blind(Blind::TooSoon(seconds)) = no {
        answer.headers_mut().insert(header::RETRY_AFTER, (*seconds).into());
    }
    answer
}

fn answer(status: StatusCode, error: &str) -> Response {
    let text = json!({ "error": error }).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn rfc3339(at: Wall) -> String {
    let at = jiff::Timestamp::from_millisecond(at.unix_ms()).unwrap_or_default();
    format!("{at:.0}")
}
