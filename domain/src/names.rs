//! Names of things: stations, views, agents, sites, events. Parsed once, safe in paths, keys and topics.

use std::fmt;

/// What is wrong with a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not `[a-z0-9-]{1,32}`.
    #[error("{what} {found:?} must be 1 to 32 characters of a-z, 0-9 and '-'")]
    Charset {
        /// Which name.
        what: &'static str,
        /// What was found, shortened.
        found: String,
    },
    /// An event id that is empty, longer than 128 bytes or has control characters.
    #[error("the event id must be 1 to 128 bytes without control characters")]
    EventId,
    /// Not a market.
    #[error("a market is 2 to 8 letters or digits, such as US or GB")]
    Market,
    /// Not a vehicle class.
    #[error("a vehicle class is 1 to 32 characters of a-z, 0-9, '-' and '_', such as serial")]
    Class,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Accepts 1 to 32 characters of `a-z`, `0-9` and `-`.
            ///
            /// # Errors
            /// [`NameError::Charset`] for anything else.
            pub fn parse(text: &str) -> Result<$name, NameError> {
                let fits = (1..=32).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
                if !fits {
                    return Err(NameError::Charset { what: $what, found: text.chars().take(40).collect() });
                }
                Ok($name(text.to_owned()))
            }

            /// The name as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A place on the line, such as `marriage`.
    StationId, "station id"
);
name!(
    /// One permitted camera angle at a station, such as `front`.
    ViewId, "view id"
);
name!(
    /// The line PC's name, unique on its site.
    AgentName, "agent name"
);
name!(
    /// The site's name, such as `zuffenhausen`.
    SiteName, "site name"
);

/// The identifier that the PLC or MES gave an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventId(String);

impl EventId {
    /// Accepts 1 to 128 bytes without control characters.
    ///
    /// # Errors
    /// [`NameError::EventId`] for anything else.
    pub fn parse(text: &str) -> Result<EventId, NameError> {
        if !(1..=128).contains(&text.len()) || text.chars().any(char::is_control) {
            return Err(NameError::EventId);
        }
        Ok(EventId(text.to_owned()))
    }

    /// The identifier as sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a car is sold, such as `US`: what a service is offered by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Market(String);

impl Market {
    /// Trims padding and accepts 2 to 8 letters or digits, in any case.
    ///
    /// # Errors
    /// [`NameError::Market`] for anything else.
    pub fn parse(text: &str) -> Result<Market, NameError> {
        let text = text.trim_matches(|c: char| c == '\0' || c.is_ascii_whitespace());
        let fits = (2..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if fits { Ok(Market(text.to_ascii_uppercase())) } else { Err(NameError::Market) }
    }

    /// In upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What kind of vehicle it is, such as `serial` or `prototype`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VehicleClass(String);

impl VehicleClass {
    /// Trims padding and accepts 1 to 32 characters of `a-z`, `0-9`, `-` and `_`, in any case.
    ///
    /// # Errors
    /// [`NameError::Class`] for anything else.
    pub fn parse(text: &str) -> Result<VehicleClass, NameError> {
        let text = text.trim_matches(|c: char| c == '\0' || c.is_ascii_whitespace());
        let fits = (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if fits { Ok(VehicleClass(text.to_ascii_lowercase())) } else { Err(NameError::Class) }
    }

    /// In lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_paths_and_keys() {
        for bad in ["", "Marriage", "a/b", "..", "a b", "ü", "a\0", &"x".repeat(33)] {
            assert!(StationId::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["marriage", "st-07", "0"] {
            assert_eq!(StationId::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn markets_and_classes_are_read_in_any_case_and_refused_whole() {
        assert_eq!(Market::parse(" us\0").unwrap().as_str(), "US");
        assert_eq!(VehicleClass::parse("Pre-Series_2\n").unwrap().as_str(), "pre-series_2");
        for bad in ["", "U", "U S", "U-S", "ABCDEFGHI"] {
            assert!(Market::parse(bad).is_err(), "{bad:?}");
        }
        for bad in ["", "a b", "a/b", "ü", &"x".repeat(33)] {
            assert!(VehicleClass::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn event_ids_are_bounded() {
        assert!(EventId::parse("").is_err());
        assert!(EventId::parse("a\nb").is_err());
        assert!(EventId::parse(&"x".repeat(129)).is_err());
        assert_eq!(EventId::parse("urn:1/2 ü").unwrap().as_str(), "urn:1/2 ü");
    }
}
