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
                    "Every car below is rendered; broker, agent, uploader and storage are the real programs."
                    @if !show.started.is_empty() { " Started at " time { (show.started) } "." }
                }
                @if show.ended { p.truth { "The demo has ended: this is what came of it." } }
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
                    div.finder { p { "The first picture is on its way." } }
                    figcaption { "Here you will see the newest picture." }
                }
            }
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
