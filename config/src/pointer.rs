//! JSON pointers to the fields of an event.

use crate::ConfigError;
use crate::section::{Section, quoted};

/// Where in a JSON document a value is (RFC 6901).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JsonPointer(String);

impl JsonPointer {
    pub(crate) fn parse(section: &Section<'_>, key: &str, text: &str) -> Result<JsonPointer, ConfigError> {
        let escapes = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        if text.starts_with('/') && escapes {
            return Ok(JsonPointer(text.to_owned()));
        }
        let mend = "write the names on the way to the value, each after a slash; `~1` is a slash in a name, `~0` a tilde";
        Err(section.wrong(key, quoted(text), "a JSON pointer such as \"/vehicle/vin\" (RFC 6901)", mend))
    }

    /// The pointer as written, valid for `serde_json::Value::pointer`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
