//! The demo's page: a function from [`Show`] to HTML.
//!
//! Holds:
//! - what comes from outside is escaped: the templates do it unless told otherwise, and only [`CSS`] is told otherwise;
//! - no page asks another host for anything, and [`live`] has no style and no script of its own in its text;
//! - everything can be read and done without a script; [`JS`] only spares the visitor the reloading;
//! - [`still`] asks nobody for anything but its pictures, and works as a file.
//!
//! Deliberately absent: routes, headers, tokens' making and checking.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::show::Show;

/// The live page's style, at `/page.css`.
pub const CSS: &str = include_str!("page/page.css");

/// The live page's script, at `/page.js`.
pub const JS: &str = include_str!("page/page.js");

/// The live page's icon, at `/icon.svg`.
pub const ICON: &str = include_str!("page/icon.svg");

/// What the forms post to `/do` as `action`. `arrive`, `resend` and `explain` come with an `order`.
pub const ACTIONS: [&str; 9] = [
    "arrive",
    "resend",
    "cut-storage",
    "restore-storage",
    "cut-broker",
    "restore-broker",
    "kill-agent",
    "kill-uploader",
    "explain",
];

/// The whole page, at `/`. `token` comes back with every form as `token`.
pub fn live(show: &Show, token: &str) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                title { "lineshot" }
                link rel="stylesheet" href="/page.css";
                script src="/page.js" defer {}
            }
            body { (body(show, Some(token))) }
        }
    }
    .into_string()
}

/// The live page's `<main>` alone, at `/main`.
pub fn main(show: &Show, token: &str) -> String {
    body(show, Some(token)).into_string()
}

/// The page as a file: no forms, no script, the style within.
pub fn still(show: &Show) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { title { "lineshot" } style { (PreEscaped(CSS)) } }
            body { (body(show, None)) }
        }
    }
    .into_string()
}

fn body(show: &Show, token: Option<&str>) -> Markup {
    html! { main { (show.started) @if let Some(token) = token { input type="hidden" name="token" value=(token); } } }
}
