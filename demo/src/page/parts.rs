//! The four programs in the order in which a picture passes them, and what waits between them.

use maud::{Markup, html};

use crate::show::{Part, Show};

pub(super) fn parts(show: &Show) -> Markup {
    let parts = &show.parts;
    html! {
        section.parts #parts aria-label="The programs" data-live {
            ol {
                (part("Broker", "says that a car has come", &parts.broker, show.ended))
                (part("Agent", "decides, photographs, covers, proves", &parts.agent, show.ended))
                (tray(show.waiting))
                (part("Uploader", "proves again, delivers", &parts.uploader, show.ended))
                (part("Storage", "keeps the albums", &parts.storage, show.ended))
            }
        }
    }
}

/// Of a demo that has ended nobody asks what runs.
fn part(name: &str, does: &str, part: &Part, ended: bool) -> Markup {
    let says = match (part.says.as_str(), part.up) {
        ("", true) => "runs",
        ("", false) => "does not answer",
        (says, _) => says,
    };
    html! {
        li.down[!part.up && !ended] {
            b { (name) }
            span.does { (does) }
            @if !ended { span.says { i aria-hidden="true" {} (says) } }
        }
    }
}

fn tray(waiting: usize) -> Markup {
    html! {
        li.tray.full[waiting > 0] {
            b { (waiting) }
            span.does { @if waiting == 1 { "picture waits on disk" } @else { "pictures wait on disk" } }
        }
    }
}
