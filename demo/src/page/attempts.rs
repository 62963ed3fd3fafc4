//! "Now try to break it": what a visitor can do to the running programs.

use maud::{Markup, html};

use crate::show::{Answer, Show};

/// What the forms post to `/do` as `action`. `arrive`, `resend` and `explain` come with an `order`.
pub const ACTIONS: [&str; 10] = [
    "arrive",
    "resend",
    "cut-storage",
    "restore-storage",
    "cut-broker",
    "restore-broker",
    "kill-agent",
    "kill-uploader",
    "nudge-camera",
    "explain",
];

/// The order that `arrive` brings unless the visitor names another: the demo's own are 1 to 6.
const NEXT_ORDER: &str = "7";

/// The order in the commands for the terminal, chosen beforehand in the forms.
const EXAMPLE: u32 = 3;

/// One thing to try.
struct Attempt<'a> {
    /// Names form, button and answer; stays when the button turns from cut to restore.
    id: &'a str,
    action: &'a str,
    title: &'a str,
    /// What should happen.
    promise: &'a str,
    button: &'a str,
    /// The same for the terminal, after `cargo xtask demo`.
    command: &'a str,
    order: Order,
}

/// How an attempt names an order.
enum Order {
    /// It needs none.
    None,
    /// Any number.
    Any,
    /// One of those that came.
    Known,
}

pub(super) fn attempts(show: &Show, token: Option<&str>) -> Markup {
    html! {
        section.attempts #break aria-labelledby="break-title" {
            h2 #break-title { "Now try to break it" }
            @if token.is_some() {
                p.lead {
                    "Press a button, or type the line below it into a terminal. What you kill is a real program; what you cut is a real connection."
                }
            } @else {
                p.lead {
                    "This page is a record, and has no buttons. Start the demo with " code { "cargo xtask demo" }
                    ", and press them there, or type these lines into a second terminal."
                }
            }
            div.grid {
                @for attempt in sending().iter().chain(&doors(show)).chain(&killing()).chain(&knocking()).chain(&asking()) {
                    article.attempt { (card(show, token, attempt)) }
                }
            }
        }
    }
}

fn sending() -> [Attempt<'static>; 2] {
    [
        Attempt {
            id: "arrive",
            action: "arrive",
            title: "Let one more car come",
            promise: "It is photographed at every station on its way, unless something forbids it.",
            button: "Let it come",
            command: "arrive --order 7",
            order: Order::Any,
        },
        Attempt {
            id: "resend",
            action: "resend",
            title: "Send an event again",
            promise: "The line is told the same answer again. Nothing is photographed twice.",
            button: "Send again",
            command: "resend 3",
            order: Order::Known,
        },
    ]
}

/// What can be cut, and restored once it is.
fn doors(show: &Show) -> [Attempt<'static>; 2] {
    let storage = Attempt {
        id: "door-storage",
        action: "cut-storage",
        title: "Cut the storage",
        promise: "Pictures go on being taken, and wait on disk until it is back. None is lost.",
        button: "Cut the storage",
        command: "cut-storage",
        order: Order::None,
    };
    let broker = Attempt {
        id: "door-broker",
        action: "cut-broker",
        title: "Cut the broker",
        promise: "The agent hears nothing and guesses nothing: what it cannot prove, it does not show.",
        button: "Cut the broker",
        command: "cut-broker",
        order: Order::None,
    };
    [
        if show.parts.storage.up {
            storage
        } else {
            Attempt {
                action: "restore-storage",
                title: "Give the storage back",
                promise: "Everything that waited is delivered, and nothing twice.",
                button: "Restore the storage",
                command: "restore-storage",
                ..storage
            }
        },
        if show.parts.broker.up {
            broker
        } else {
            Attempt {
                action: "restore-broker",
                title: "Give the broker back",
                promise: "The agent hears what it missed. What is too old by then is not photographed.",
                button: "Restore the broker",
                command: "restore-broker",
                ..broker
            }
        },
    ]
}

fn killing() -> [Attempt<'static>; 2] {
    [
        Attempt {
            id: "kill-agent",
            action: "kill-agent",
            title: "Kill the agent",
            promise: "It starts again. A case that was open ends as interrupted; sealed pictures stay.",
            button: "Kill the agent",
            command: "kill agent",
            order: Order::None,
        },
        Attempt {
            id: "kill-uploader",
            action: "kill-uploader",
            title: "Kill the uploader",
            promise: "It starts again and goes on where it was: every picture arrives, whole.",
            button: "Kill the uploader",
            command: "kill uploader",
            order: Order::None,
        },
    ]
}

fn knocking() -> [Attempt<'static>; 1] {
    [Attempt {
        id: "nudge-camera",
        action: "nudge-camera",
        title: "Knock a camera",
        promise: "It shows what nobody released, so there is no picture until it is put straight again.",
        button: "Knock it",
        command: "nudge-camera",
        order: Order::None,
    }]
}

fn asking() -> [Attempt<'static>; 1] {
    [Attempt {
        id: "explain",
        action: "explain",
        title: "Ask why",
        promise: "The ledger says what became of an order, for which reason, and what to do.",
        button: "Explain",
        command: "explain 3",
        order: Order::Known,
    }]
}

fn card(show: &Show, token: Option<&str>, attempt: &Attempt) -> Markup {
    let what = html! { h3 { (attempt.title) } p { (attempt.promise) } };
    let command = html! { code.command { "cargo xtask demo " (attempt.command) } };
    let Some(token) = token else { return html! { div.lines { (what) (command) } } };
    // Without a field nothing typed can get lost, and the button may turn from cut to restore.
    let live = matches!(attempt.order, Order::None);
    html! {
        form #{ (attempt.id) "-form" } method="post" action="/do" data-live[live] {
            (what)
            input type="hidden" name="token" value=(token);
            input type="hidden" name="action" value=(attempt.action);
            div.press { (order(show, attempt)) button #(attempt.id) type="submit" { (attempt.button) } }
            (command)
        }
        output #{ (attempt.id) "-answer" } for=(attempt.id) data-live {
            @if let Some(answer) = answer(show, attempt) { (answer.says) }
        }
    }
}

/// The answer to what the visitor did, if it was this.
fn answer<'a>(show: &'a Show, attempt: &Attempt) -> Option<&'a Answer> {
    show.last.as_ref().filter(|answer| place(&answer.action) == attempt.id)
}

/// Which attempt an action belongs to, whichever way its button points now.
fn place(action: &str) -> &str {
    match action {
        "cut-storage" | "restore-storage" => "door-storage",
        "cut-broker" | "restore-broker" => "door-broker",
        action => action,
    }
}

/// Where on the page the answer to an action will stand, for an address such as `/#explain-form`.
pub fn anchor(action: &str) -> String {
    if ACTIONS.contains(&action) { format!("{}-form", place(action)) } else { "break".to_owned() }
}

fn order(show: &Show, attempt: &Attempt) -> Markup {
    let id = format!("{}-order", attempt.id);
    html! {
        @match attempt.order {
            Order::None => {}
            Order::Any => label {
                "Order "
                input #(id) name="order" type="number" inputmode="numeric" min="1" max="9999" required
                    value=(NEXT_ORDER);
            },
            Order::Known => label {
                "Order "
                select #(id) name="order" required data-live data-list {
                    @for card in &show.orders {
                        option #{ (id) "-" (card.number) } value=(card.number) selected[card.number == EXAMPLE] {
                            (card.number)
                        }
                    }
                }
            },
        }
    }
}
