//! The demo's page: a function from [`Show`] to HTML.
//!
//! Holds:
//! - what comes from outside is escaped: the templates do it unless told otherwise, and only this crate's own
//!   [`CSS`] and [`ICON`] are told otherwise;
//! - no page asks another host for anything, and [`live`] has no style and no script of its own in its text;
//! - everything can be read and done without a script: [`JS`] only spares the visitor the reloading;
//! - [`still`] asks for nothing but its pictures, and works as a file.
//!
//! Deliberately absent: routes, headers, the making and checking of tokens.

mod albums;
mod attempts;
mod hero;
mod parts;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::show::Show;

pub use attempts::{ACTIONS, anchor};

/// The live page's style, at `/page.css`.
pub const CSS: &str = include_str!("page/page.css");

/// The live page's script, at `/page.js`.
pub const JS: &str = include_str!("page/page.js");

/// The live page's icon, at `/icon.svg`.
pub const ICON: &str = include_str!("page/icon.svg");

/// What an SVG in a file must say and one in a page need not.
const NAMESPACE: &str = " xmlns=\"http://www.w3.org/2000/svg\"";

/// The whole page, at `/`. `token` comes back with every form, as the field `token`.
pub fn live(show: &Show, token: &str) -> String {
    let links = html! {
        link rel="icon" type="image/svg+xml" href="/icon.svg";
        link rel="stylesheet" href="/page.css";
        @if !show.ended {
            script src="/page.js" defer {}
            // With its address: a page that was come to by `/#…` would only be scrolled.
            noscript { meta http-equiv="refresh" content="2; url=/"; }
        }
    };
    document(links, content(show, Some(token)))
}

/// The live page's `<main>` alone, at `/main`.
pub fn main(show: &Show, token: &str) -> String {
    content(show, Some(token)).into_string()
}

/// The page as a file that stays: no forms, no script, the style within.
pub fn still(show: &Show) -> String {
    let show = Show { ended: true, ..show.clone() };
    document(html! { style { (PreEscaped(CSS)) } }, content(&show, None))
}

fn document(links: Markup, main: Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "lineshot: the demo" }
                (links)
            }
            body {
                a.skip href="#main" { "To the content" }
                (masthead())
                (main)
                (footer())
            }
        }
    }
    .into_string()
}

fn masthead() -> Markup {
    html! {
        header.masthead {
            p.brand { (PreEscaped(ICON.replace(NAMESPACE, ""))) "lineshot" }
            nav aria-label="This page" {
                a href="#albums" { "Albums" }
                a href="#break" { "Break it" }
                a href="#diary" { "Diary" }
                a href="#on" { "Go on" }
            }
        }
    }
}

/// Everything that changes. Without a token there is nothing to press.
fn content(show: &Show, token: Option<&str>) -> Markup {
    let token = token.filter(|_| !show.ended);
    html! {
        main #main tabindex="-1" data-ended[show.ended] {
            p.gone role="status" { "The demo does not answer any more. This is what was seen last." }
            (hero::hero(show))
            (parts::parts(show))
            (albums::albums(show))
            div.breaking {
                (attempts::attempts(show, token))
                (diary(show))
            }
        }
    }
}

fn diary(show: &Show) -> Markup {
    html! {
        section.diary #diary aria-labelledby="diary-title" {
            h2 #diary-title { "Diary" }
            p.lead { "What the programs said, the newest first." }
            // Numbered from the oldest, so that the script adds what is new and touches nothing else.
            ol #entries tabindex="0" role="log" aria-live="polite" aria-labelledby="diary-title"
                data-live data-list {
                @for (index, entry) in show.diary.iter().enumerate() {
                    li #{ "entry-" (show.diary.len() - index) } { time { (entry.at) } " " span { (entry.text) } }
                }
            }
            p.quiet #quiet data-live hidden[!show.diary.is_empty()] { "Nothing has happened yet." }
        }
    }
}

fn footer() -> Markup {
    html! {
        footer #on {
            h2 { "Go on with your own" }
            ul.steps {
                li { b { "Your broker." } " One topic that says when a car has come to a station." }
                li { b { "Your camera." } " One permitted angle, and polygons around what is confidential." }
                li { b { "Your bucket." } " Any S3-compatible storage, and the right to put objects there. No other." }
            }
            p {
                "Start from " code { "config/examples/" } "; \u{201c}Your own broker, camera and bucket\u{201d} in " code { "README.md" }
                " leads there step by step. " code { "docs/promises.md" }
                " says what is promised, what holds it, and how far it reaches."
            }
        }
    }
}

#[cfg(test)]
mod tests;
