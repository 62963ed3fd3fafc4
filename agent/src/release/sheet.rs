//! The sheet beside a release: what the signer looks at. One page of HTML that asks nobody for anything.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lineshot_config as config;
use lineshot_domain::Show;
use lineshot_proof::{Motion, Proven};
use lineshot_release::{Me, Prepared};
use maud::{DOCTYPE, Markup, html};
use sha2::{Digest as _, Sha256};

use crate::lookout::rfc3339;

const STYLE: &str = "body{font:14px/1.4 system-ui,sans-serif;margin:2em auto;max-width:60em;color:#111}\
    h1{font-size:1.5em}h2{font-size:1.2em;margin-top:2em;break-after:avoid}img,svg{max-width:100%;border:1px solid #888}\
    table{border-collapse:collapse;width:100%}td,th{border:1px solid #bbb;padding:.3em .5em;text-align:left;\
    vertical-align:top}code{font-size:.9em;word-break:break-all}.sign{height:4em}section{break-inside:avoid}\
    ul.check{list-style:none;padding:0}ul.check li::before{content:'\\2610\\00a0'}";

/// What to look for in the picture, whatever it shows.
const CHECKS: [&str; 8] = [
    "No neighbouring car, nor a part of one, can be seen.",
    "No paper, label, screen or whiteboard can be read.",
    "No reflection (paint, glass, floor) shows what is covered or what lies behind the camera.",
    "No person works, stands or walks in what is shown.",
    "No code (QR, bar code) can be read in what is shown.",
    "What is confidential stays below its cover when it moves: robots, doors, hoists, trolleys.",
    "Nothing is in the shown area that is confidential at other hours or with other cars.",
    "The camera is mounted so that nobody turns it by accident.",
];

/// Less is noise, and the flicker of lamps.
const MOVED: u8 = 12;

/// A view as customers would see it.
pub(super) struct Shown {
    pub(super) station: config::Station,
    pub(super) view: config::View,
    /// A picture, and what moved in it; or why there is none.
    pub(super) seen: Result<(Proven, Motion), String>,
    /// How its angle is checked.
    pub(super) angle: String,
}

pub(super) struct Sheet<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) me: &'a Me,
    pub(super) asked: &'a Prepared,
    pub(super) agent: &'a config::AgentSettings,
    pub(super) shown: Vec<Shown>,
}

pub(super) fn html(sheet: &Sheet<'_>) -> String {
    let until = sheet.asked.from.plus(sheet.asked.valid);
    let hash = hex::encode(Sha256::digest(sheet.text.as_bytes()));
    let rows = [
        ("Site, agent", format!("{}, {}", sheet.me.site, sheet.me.agent)),
        ("Machine", sheet.me.host.as_str().to_owned()),
        ("Serial", sheet.asked.serial.to_string()),
        ("From, until", format!("{}, {}", rfc3339(sheet.asked.from), rfc3339(until))),
        ("Classification", sheet.asked.classification.clone()),
        ("Kept for", format!("{} days", sheet.asked.retention_days)),
        ("Darkroom", format!("revision {}", sheet.me.darkroom)),
        ("Broker", format!("{}:{}", sheet.agent.broker.host, sheet.agent.broker.port)),
        ("SHA-256 of the document", hash),
    ];
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!("default-src 'none'; img-src data:; style-src 'sha256-{style}'");
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                title { "lineshot " (sheet.name) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                h1 { "What is to be released: " (sheet.name) }
                p { "Each picture below is what customers would get: covered and proven by the darkroom that will make "
                    "them. What is grey is covered. Whoever signs the document of this name releases this, and nothing that "
                    "shows more." }
                table { @for (key, value) in rows { tr { th { (key) } td { (value) } } } }
                @for shown in &sheet.shown { (view(shown)) }
                h2 { "Signatures" }
                p { "Sign the document, not this sheet: " code { "ssh-keygen -Y sign -n " (lineshot_release::RELEASE)
                    " -f KEY " (sheet.name) ".toml" } }
                table { tr { th { "Name" } th { "Date" } th { "For the record" } }
                    @for _ in 0..2 { tr { td.sign {} td {} td {} } } }
            }
        }
    };
    page.into_string()
}

fn view(shown: &Shown) -> Markup {
    let Shown { station, view, seen, angle } = shown;
    html! {
        section {
            h2 { (station.id) " / " (view.id) }
            @match seen {
                Ok((picture, motion)) => {
                    img alt="The covered picture" src=(source(picture));
                    @if motion.pictures() > 1 { (moved(picture, motion)) }
                    @else { p { "Nobody watched what moves here: prepare it again with --observe, for some takts." } }
                }
                Err(why) => p { strong { "There is no picture: " (why) " Do not sign before you have seen one." } }
            }
            table { @for (key, value) in settings(station, view, angle) { tr { th { (key) } td { (value) } } } }
            ul.check { @for check in CHECKS { li { (check) } } }
        }
    }
}

fn source(picture: &Proven) -> String {
    format!("data:image/jpeg;base64,{}", STANDARD.encode(picture.as_bytes()))
}

/// The picture again, and red upon it what moved: the more, the redder.
fn moved(picture: &Proven, motion: &Motion) -> Markup {
    let (width, height) = (picture.size().width(), picture.size().height());
    html! {
        p { "What moved within " (motion.pictures()) " pictures, a second apart: cars and their light should be red, and "
            "nothing that is confidential." }
        svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label="What moved" {
            image href=(source(picture)) width=(width) height=(height) {}
            @for (x, y, side, by) in motion.cells().filter(|(.., by)| *by >= MOVED) {
                rect x=(x) y=(y) width=(side) height=(side) fill="#d00"
                    fill-opacity=(format!("{:.2}", f32::from(by.min(128)) / 160.0)) {}
            }
        }
    }
}

/// What a person asks first.
fn settings(station: &config::Station, view: &config::View, angle: &str) -> Vec<(&'static str, String)> {
    let rules = &station.rules;
    let list =
        |items: Vec<String>, none: &str| if items.is_empty() { none.to_owned() } else { items.join(", ") };
    let windows = rules.calendar.windows().map(|all| all.iter().map(ToString::to_string).collect());
    let markets =
        rules.photos.as_ref().map(|all| all.iter().map(|rule| rule.market.as_str().to_owned()).collect());
    let classes =
        rules.classes.as_ref().map(|all| all.iter().map(|class| class.as_str().to_owned()).collect());
    let show = match view.scene.show() {
        Show::All => "EVERYTHING but the masks".to_owned(),
        Show::Within(polygons) => format!("{} area(s)", polygons.len()),
    };
    let masks = view.scene.masks().iter().map(|mask| mask.name.clone()).collect();
    let size = view.scene.frame();
    let seconds = |duration: std::time::Duration| format!("{} s", duration.as_secs_f64());
    vec![
        ("Shown", show),
        ("Masks", list(masks, "none")),
        ("Frame", format!("{}x{}", size.width(), size.height())),
        ("Angle", angle.to_owned()),
        ("Arrivals", station.trigger.topic.as_str().to_owned()),
        ("When", windows.map_or("at all times".to_owned(), |all| list(all, "never"))),
        ("Closed", list(rules.calendar.closed().iter().map(ToString::to_string).collect(), "never")),
        ("Zone", rules.calendar.zone().to_string()),
        ("Markets", markets.map_or("all".to_owned(), |all| list(all, "none"))),
        ("Classes", classes.map_or("all".to_owned(), |all| list(all, "none"))),
        ("Taken", format!("{} after the arrival, within {}", seconds(view.delay), seconds(view.within))),
    ]
}
