//! `[permit.line]`: the topic on which the line says in which state it is.

use std::time::Duration;

use lineshot_domain::StationId;

use crate::key::{Key, Keys, Table};
use crate::pointer::POINTER;
use crate::shape::{List, Nested, Span, Text};
use crate::topic::{PATTERN, Pattern};
use crate::{JsonPointer, Topic};

/// Where the line says in which state it is, and which states permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineTopic {
    /// Several stations may name the same, each with its own field and states.
    pub topic: Topic,
    /// Where in a JSON document the state is; without it the whole text is the state.
    pub field: Option<JsonPointer>,
    /// The states that permit, at least one, each a single line of at most 64 characters without
    /// padding.
    pub allowed: Vec<String>,
    /// How old the last word may be, 1 s to 24 h.
    pub max_age: Duration,
}

/// The same before the station's id is known.
pub(crate) struct Written {
    topic: Pattern,
    field: Option<JsonPointer>,
    allowed: Vec<String>,
    max_age: Duration,
}

const STATES: &str = "the states that permit, such as [\"AUTO\"]";
const STATE: &str = "1 to 64 characters in one line, without padding";

static TOPIC: Key<Text<Pattern>> =
    Key::needed("topic", PATTERN, "Where the line says in which state it is; several stations may name one.");
static FIELD: Key<Text<JsonPointer>> = Key::optional(
    "field",
    POINTER,
    "Where in a JSON document the state is; without it the whole text is the state.",
);
static ALLOWED: Key<List<Text<String>>> = Key::needed(
    "allowed",
    List {
        of: Text {
            read: |at, state| {
                let fits = (1..=64).contains(&state.chars().count())
                    && state.trim() == state
                    && !state.chars().any(char::is_control);
                if fits { Some(state.to_owned()) } else { at.not(STATE, "write it as the line sends it") }
            },
            words: STATE,
            pattern: "^\\S(.{0,62}\\S)?$",
        },
        count: 1..=usize::MAX,
        words: STATES,
        mend: "name at least one, or remove `line` if the line's state does not matter",
    },
    "The states that permit.",
);
static MAX_AGE: Key<Span> = Key::needed(
    "max_age",
    Span(Duration::from_secs(1)..=Duration::from_hours(24)),
    "The line must say it again within this time: an older word permits nothing, nor does a retained one, of which \
     nobody knows how old it is.",
);

static KEYS: Keys = Keys {
    about: "What the line says about itself.",
    keys: &[&TOPIC, &FIELD, &ALLOWED, &MAX_AGE],
    elsewhere: &[],
};

pub(crate) const LINE: Nested<Written> = Nested { keys: &KEYS, read };

fn read(table: &Table<'_>) -> Option<Written> {
    let (topic, field) = (table.read(&TOPIC), table.read(&FIELD));
    let (allowed, max_age) = (table.read(&ALLOWED), table.read(&MAX_AGE));
    Some(Written { topic: topic?, field, allowed: allowed?, max_age: max_age? })
}

impl Written {
    /// As this station listens to it.
    pub(crate) fn of(self, station: &StationId) -> LineTopic {
        let Written { topic, field, allowed, max_age } = self;
        LineTopic { topic: topic.of(station), field, allowed, max_age }
    }
}
