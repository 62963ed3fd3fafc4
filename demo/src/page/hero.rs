//! The first thing a newcomer sees: what this is, and the newest picture.

use maud::{Markup, html};

use super::albums;
use crate::show::{OrderCard, Picture, Show, VisitCard, VisitState};

pub(super) fn hero(show: &Show) -> Markup {
    html! {
        section.hero aria-labelledby="hero-title" {
            div.words {
                h1 #hero-title { "The customer sees the car. " span { "Nobody sees the rest." } }
                p.lead {
                    "lineshot photographs each car while it is being built, covers everything confidential before "
                    "anyone can see it, and delivers the picture to the customer\u{2019}s album."
                }
                p.truth {
                    "Agent and uploader are the real programs. Cars, broker and storage stand in for a plant\u{2019}s; every picture below is of a rendered car."
                    @if !show.started.is_empty() { " Started at " time { (show.started) } "." }
                    @if show.ended { " The demo has ended: this is what came of it." }
                }
            }
            (newest(show))
        }
    }
}

fn newest(show: &Show) -> Markup {
    let pictures = show.orders.iter().flat_map(|order| {
        order.visits.iter().filter_map(move |visit| match &visit.state {
            VisitState::Delivered(picture) => Some((order, visit, picture)),
            _ => None,
        })
    });
    html! {
        figure.newest #newest data-live {
            @match pictures.max_by(|one, other| one.2.at.cmp(&other.2.at)) {
                Some((order, visit, picture)) => (framed(order, visit, picture)),
                None => {
                    div.finder { (finder()) }
                    figcaption { span { b { "The first picture is on its way" } " Here you will see the newest one." } }
                }
            }
        }
    }
}

/// What a finder shows before the first picture: a car in outline, and what is covered.
fn finder() -> Markup {
    html! {
        svg viewBox="0 0 320 180" aria-hidden="true" fill="none" stroke-width="2" stroke-linecap="round" {
            path fill="#4a545b" d="M30 30h104v38H30zM222 26h98v84h-66l-32-38z" {}
            path stroke="#6b7880" d="M0 124l320 30M0 96l320 22" {}
            path stroke="#e9eef1" stroke-linejoin="round"
                d="M84 126c-4-14-4-24 2-28l30-6c12-16 24-26 44-26 28 0 44 8 58 26l18 6c6 4 6 16 2 28z" {}
            path stroke="#e9eef1" d="M122 94c8-10 18-18 36-18v18zM166 76c18 0 30 6 40 18h-40z" {}
            path fill="#1c2429" stroke="#e9eef1" d="M98 126a14 14 0 1 0 28 0a14 14 0 1 0-28 0zM196 126a14 14 0 1 0 28 0a14 14 0 1 0-28 0z" {}
            path stroke="#8fd3e8" d="M12 30V12h18M290 12h18v18M308 150v18h-18M30 168H12v-18" {}
        }
    }
}

fn framed(order: &OrderCard, visit: &VisitCard, picture: &Picture) -> Markup {
    html! {
        div.finder { (albums::image(order, visit, picture, "(min-width: 60rem) 40rem, 100vw")) }
        figcaption {
            span { b { "Newest picture" } " Order " (order.number) ", " (visit.station) ", " time { (picture.at) } }
            span.key { i.grey {} "Covered before anyone could see it" }
            span.key { i.band {} "A trial: kept apart, never for customers" }
        }
    }
}
