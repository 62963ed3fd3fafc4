//! JSON pointers to the fields of an event.

use crate::shape::Text;

/// Where in a JSON document a value is (RFC 6901).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JsonPointer(String);

pub(crate) const POINTER: Text<JsonPointer> = Text {
    read: |at, text| {
        let escapes = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        if text.starts_with('/') && escapes {
            return Some(JsonPointer(text.to_owned()));
        }
        let mend = "write the names on the way to the value, each after a slash; `~1` is a slash in a name, `~0` a tilde";
        at.not("a JSON pointer such as \"/vehicle/vin\" (RFC 6901)", mend)
    },
    words: "a JSON pointer (RFC 6901), such as \"/vehicle/vin\"",
    pattern: "^/([^~]|~[01])*$",
};

impl JsonPointer {
    /// The pointer as written, valid for `serde_json::Value::pointer`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
