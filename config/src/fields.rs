//! `[trigger.fields]`: where a JSON event says what.

use crate::JsonPointer;
use crate::key::{Key, Keys, Table};
use crate::pointer::POINTER;
use crate::shape::{Nested, Text};

/// Where a JSON event says what. At least one of `vin`, `order` and `body` is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// The event's own id.
    pub event: Option<JsonPointer>,
    /// When it happened, written as the trigger's [`TimeFormat`](crate::TimeFormat) says.
    pub time: Option<JsonPointer>,
    /// The number that the PLC counts its events with.
    pub sequence: Option<JsonPointer>,
    /// The vehicle identification number.
    pub vin: Option<JsonPointer>,
    /// The number of the customer's order.
    pub order: Option<JsonPointer>,
    /// The number of the body in the plant.
    pub body: Option<JsonPointer>,
    /// Where the vehicle is sold.
    pub market: Option<JsonPointer>,
    /// What kind of vehicle it is.
    pub class: Option<JsonPointer>,
}

type Pointer = Key<Text<JsonPointer>>;

static EVENT: Pointer =
    Key::optional("event", POINTER, "The event's own id. It tells a repeated event from a new one.");
static TIME: Pointer = Key::optional("time", POINTER, "When it happened; needed with `age = \"time\"`.");
static SEQUENCE: Pointer =
    Key::optional("sequence", POINTER, "A number that the PLC counts up with every event. A gap is noted.");
static VIN: Pointer = Key::optional("vin", POINTER, "The vehicle identification number, 17 characters.");
static ORDER: Pointer = Key::optional(
    "order",
    POINTER,
    "The number of the customer's order. It names the album, if it is there.",
);
static BODY: Pointer = Key::optional("body", POINTER, "The number of the body in the plant.");
static MARKET: Pointer = Key::optional(
    "market",
    POINTER,
    "Where the vehicle is sold. With `[orders]` it can only narrow what that says.",
);
static CLASS: Pointer = Key::optional(
    "class",
    POINTER,
    "What kind of vehicle it is. With `[orders]` it can only narrow what that says.",
);

pub(crate) static KEYS: Keys = Keys {
    about: "Where a JSON event says what: JSON pointers. At least one of `vin`, `order` and `body` is needed.",
    keys: &[&EVENT, &TIME, &SEQUENCE, &VIN, &ORDER, &BODY, &MARKET, &CLASS],
    elsewhere: &[],
};

pub(crate) const FIELDS: Nested<Fields> = Nested { keys: &KEYS, read };

fn read(table: &Table<'_>) -> Option<Fields> {
    Some(Fields {
        event: table.read(&EVENT),
        time: table.read(&TIME),
        sequence: table.read(&SEQUENCE),
        vin: table.read(&VIN),
        order: table.read(&ORDER),
        body: table.read(&BODY),
        market: table.read(&MARKET),
        class: table.read(&CLASS),
    })
}

impl Fields {
    /// Whether the event can say which vehicle it is about.
    pub(crate) fn name_a_vehicle(&self) -> bool {
        self.vin.is_some() || self.order.is_some() || self.body.is_some()
    }
}
