//! A card for each order: its pictures, and beside them what is missing and why.

use maud::{Markup, html};

use crate::show::{OrderCard, Outcome, Picture, Show, VisitCard, VisitState, Why};

pub(super) fn albums(show: &Show) -> Markup {
    html! {
        section.albums #albums aria-labelledby="albums-title" {
            h2 #albums-title { "The albums" }
            (tally(show))
            ol.orders #orders data-live data-list {
                @for order in &show.orders { (card(order)) }
            }
        }
    }
}

/// How many visits ended how.
fn tally(show: &Show) -> Markup {
    let visits = || show.orders.iter().flat_map(|order| &order.visits);
    let delivered = visits().filter(|visit| matches!(visit.state, VisitState::Delivered(_))).count();
    let none = visits().filter(|visit| matches!(visit.state, VisitState::NoPicture(_))).count();
    let open = visits().count() - delivered - none;
    html! {
        p.lead #tally data-live {
            @if open + delivered + none == 0 {
                "No car has come yet."
            } @else {
                b { (delivered) } @if delivered == 1 { " picture delivered. " } @else { " pictures delivered. " }
                b { (none) } @if none == 1 { " visit" } @else { " visits" } " without one, each with its reason. "
                @if open > 0 { b { (open) } " still open." } @else { "Every visit has ended." }
            }
        }
    }
}

fn card(order: &OrderCard) -> Markup {
    let id = format!("order-{}", order.number);
    html! {
        li.order #(id) data-list {
            (car(order, &id))
            div.visits #{ (id) "-visits" } data-list {
                @for (first, group) in groups(&order.visits) { (visits(order, &id, first, group)) }
            }
        }
    }
}

fn car(order: &OrderCard, id: &str) -> Markup {
    let [red, green, blue] = order.rgb;
    html! {
        div.car #{ (id) "-car" } {
            svg.chip viewBox="0 0 24 24" aria-hidden="true" {
                circle cx="12" cy="12" r="11" fill={ "rgb(" (red) "," (green) "," (blue) ")" } {}
            }
            h3 { "Order " (order.number) }
            p {
                span { (order.car) }
                span { "market " (order.market) }
                @if let Some(note) = &order.note { span.note { (note) } }
            }
            @if let Some(album) = order.album.as_ref().filter(|_| order.visits.iter().any(is_in_album)) { p.album { span { "Album" } " " code title=(album) { (album) } } }
        }
    }
}

/// Whether the album holds a picture or a record of it.
fn is_in_album(visit: &VisitCard) -> bool {
    match &visit.state {
        VisitState::Delivered(_) => true,
        VisitState::NoPicture(why) => why.told.is_some(),
        VisitState::Ahead | VisitState::Arrived | VisitState::Sealed => false,
    }
}

/// Neighbours without a picture for the very same reason are told together; each group with its first index.
fn groups(visits: &[VisitCard]) -> impl Iterator<Item = (usize, &[VisitCard])> {
    let alike = |one: &VisitCard, next: &VisitCard| {
        matches!(one.state, VisitState::NoPicture(_)) && one.state == next.state
    };
    visits.chunk_by(alike).scan(0, |first, group| {
        let this = *first;
        *first += group.len();
        Some((this, group))
    })
}

fn visits(order: &OrderCard, id: &str, first: usize, group: &[VisitCard]) -> Markup {
    let visit = &group[0];
    let id = format!("{id}-visit-{first}");
    // As tall as the picture that may come: nothing jumps when it does.
    let waiting = |class: &str, state: &str, more: &str| {
        html! {
            figure.visit.(class) #(id) {
                div.empty { p { (more) } }
                figcaption { (place(group)) p.state { (state) } (again(group)) }
            }
        }
    };
    match &visit.state {
        VisitState::Delivered(picture) => html! {
            figure.visit.delivered #(id) {
                a.finder href=(picture.full) { (image(order, visit, picture, "(min-width: 60rem) 26rem, 100vw")) }
                figcaption { (place(group)) p.state { "In the album. Taken " time { (picture.at) } } (again(group)) }
            }
        },
        VisitState::Ahead => waiting("ahead", "The car has not come here yet", ""),
        VisitState::Arrived => waiting("arrived", "The car stands here", "A picture, or a reason why not"),
        VisitState::Sealed => waiting("sealed", "Waits on disk for the storage", "Covered, proven, sealed"),
        VisitState::NoPicture(why) => html! {
            div.visit.none.(why.outcome.as_str()).wide-2[group.len() == 2].wide-3[group.len() > 2] #(id) {
                div.customer {
                    (place(group))
                    p.state { (headline(why.outcome)) }
                    p.more { (told(why)) }
                    (again(group))
                }
                (reason(why))
            }
        },
    }
}

/// Where it was, or would have been.
fn place(group: &[VisitCard]) -> Markup {
    html! {
        h4 {
            @for (index, visit) in group.iter().enumerate() { @if index > 0 { ", " } (visit.station) }
            @if let [VisitCard { event: Some(event), .. }] = group { " " code title="the event" { (event) } }
        }
    }
}

/// What the customer learns.
fn told(why: &Why) -> Markup {
    html! {
        @match &why.told {
            Some(told) => { "The customer\u{2019}s album says no more than " code { (told) } "." }
            None => "The customer\u{2019}s album says nothing at all.",
        }
    }
}

/// What the operator learns.
fn reason(why: &Why) -> Markup {
    html! {
        div.operator {
            p.label { "Only the operator sees this" }
            p { (spoken(&why.sentence)) " " code { (why.outcome.as_str()) "(" (why.code) ")" } }
            @if let Some(mend) = &why.mend { p.mend { b { "What to do: " } (spoken(mend)) } }
        }
    }
}

/// A sentence whose words in backticks are names.
fn spoken(sentence: &str) -> Markup {
    html! {
        @for (index, part) in sentence.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// In kind words: most of these are the product doing its duty.
fn headline(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Refused => "No picture, on purpose",
        Outcome::Withheld => "Kept back, to be safe",
        Outcome::Missed => "The moment had passed",
        Outcome::Failed => "A machine did not do its part",
        Outcome::Interrupted => "Interrupted in the middle",
        Outcome::Undeliverable => "It cannot be delivered",
    }
}

/// A repeated event makes no second picture.
fn again(group: &[VisitCard]) -> Markup {
    let times: u32 = group.iter().map(|visit| visit.sent_again).sum();
    html! {
        @if times > 0 {
            p.again {
                @if times == 1 { "The event was sent again" } @else { "The event was sent again " (times) " times" }
                ": answered again, nothing photographed again."
            }
        }
    }
}

/// The picture, in the size that the screen needs.
pub(super) fn image(order: &OrderCard, visit: &VisitCard, picture: &Picture, sizes: &str) -> Markup {
    let alt = format!(
        "{}, order {}, at {}; confidential areas are covered",
        order.car, order.number, visit.station
    );
    let set = format!("{} {}w, {} {}w", picture.small, picture.small_width, picture.full, picture.width);
    html! {
        img src=(picture.small) srcset=(set) sizes=(sizes) width=(picture.width) height=(picture.height)
            alt=(alt) loading="lazy";
    }
}
