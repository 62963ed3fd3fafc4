//! Whose car it is: VIN, order number, body number. Personal data, so nothing here prints in full.

use std::fmt;

/// What is wrong with a vehicle's identification. Never repeats the offending text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VehicleError {
    /// Not 17 characters long.
    #[error("a VIN has 17 characters, this one has {0}")]
    VinLength(usize),
    /// A character that ISO 3779 does not allow.
    #[error("character {0} of the VIN is not allowed (0-9 and A-Z without I, O and Q, ISO 3779)")]
    VinCharacter(usize),
    /// Not an order or body number.
    #[error(
        "an order or body number has 1 to 64 characters of A-Z, a-z, 0-9, '-', '_' and '.', and begins with a letter or digit"
    )]
    Number,
    /// Neither VIN nor order nor body number.
    #[error("the event names neither a VIN nor an order nor a body number")]
    Nobody,
}

/// A vehicle identification number (ISO 3779), upper case.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Vin(String);

impl Vin {
    /// Trims padding (blanks and NULs, as PLC strings have them) and accepts 17 characters of ISO 3779.
    ///
    /// # Errors
    /// [`VehicleError::VinLength`] or [`VehicleError::VinCharacter`].
    pub fn parse(text: &str) -> Result<Vin, VehicleError> {
        let text = trimmed(text);
        let count = text.chars().count();
        if count != 17 {
            return Err(VehicleError::VinLength(count));
        }
        let upper = text.to_ascii_uppercase();
        match upper.chars().position(|c| !c.is_ascii_alphanumeric() || matches!(c, 'I' | 'O' | 'Q')) {
            Some(at) => Err(VehicleError::VinCharacter(at + 1)),
            None => Ok(Vin(upper)),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// Trims padding and accepts 1 to 64 characters of `A-Z a-z 0-9 - _ .`, the first
            /// alphanumeric. Case is kept: `a1` and `A1` are two numbers.
            ///
            /// # Errors
            /// [`VehicleError::Number`].
            pub fn parse(text: &str) -> Result<$name, VehicleError> {
                let text = trimmed(text);
                let fits = (1..=64).contains(&text.len())
                    && text.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
                if !fits {
                    return Err(VehicleError::Number);
                }
                Ok($name(text.to_owned()))
            }

            pub(crate) fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

number!(
    /// The number of the customer's order: it names the album.
    OrderNumber
);
number!(
    /// The number of the body in the plant; names the album where no order is known.
    BodyNumber
);

impl fmt::Debug for Vin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vin(…)")
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\0' || c.is_ascii_whitespace())
}

/// What an event says about whose car it is: at least one of the three.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Vehicle {
    vin: Option<Vin>,
    order: Option<OrderNumber>,
    body: Option<BodyNumber>,
}

impl Vehicle {
    /// Joins what is known.
    ///
    /// # Errors
    /// [`VehicleError::Nobody`] if nothing is.
    pub fn new(
        vin: Option<Vin>,
        order: Option<OrderNumber>,
        body: Option<BodyNumber>,
    ) -> Result<Vehicle, VehicleError> {
        if vin.is_none() && order.is_none() && body.is_none() {
            return Err(VehicleError::Nobody);
        }
        Ok(Vehicle { vin, order, body })
    }

    /// Its VIN, if known.
    pub fn vin(&self) -> Option<&Vin> {
        self.vin.as_ref()
    }

    /// Its order's number, if known.
    pub fn order(&self) -> Option<&OrderNumber> {
        self.order.as_ref()
    }

    /// Its body's number, if known.
    pub fn body(&self) -> Option<&BodyNumber> {
        self.body.as_ref()
    }

    /// The same vehicle as one of `order`'s, whatever order it was said to be.
    #[must_use]
    pub fn of_order(self, order: OrderNumber) -> Vehicle {
        Vehicle { order: Some(order), ..self }
    }

    /// The album's name in the clear: the order number, else the body number, else the VIN.
    pub(crate) fn album_name(&self) -> (&'static [u8], &[u8]) {
        match (&self.order, &self.body, &self.vin) {
            (Some(order), _, _) => (b"order", order.as_bytes()),
            (None, Some(body), _) => (b"body", body.as_bytes()),
            (None, None, Some(vin)) => (b"vin", vin.as_bytes()),
            (None, None, None) => unreachable!("`Vehicle::new` asks for one of the three"),
        }
    }

    /// All three, in a fixed order, absent ones empty.
    pub(crate) fn parts(&self) -> [&[u8]; 3] {
        [
            self.vin.as_ref().map_or(&[], Vin::as_bytes),
            self.order.as_ref().map_or(&[], OrderNumber::as_bytes),
            self.body.as_ref().map_or(&[], BodyNumber::as_bytes),
        ]
    }

    /// Whether the two surely are different cars: some number that both have differs.
    pub fn surely_differs_from(&self, other: &Vehicle) -> bool {
        fn differ<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
            matches!((a, b), (Some(a), Some(b)) if a != b)
        }
        differ(self.vin.as_ref(), other.vin.as_ref())
            || differ(self.order.as_ref(), other.order.as_ref())
            || differ(self.body.as_ref(), other.body.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vin_has_17_allowed_characters() {
        for (text, want) in [
            ("WP0ZZZ99ZTS39000", VehicleError::VinLength(16)),
            ("WP0ZZZ99ZTS3900001", VehicleError::VinLength(18)),
            ("IP0ZZZ99ZTS390000", VehicleError::VinCharacter(1)),
            ("WP0ZZZ99ZTS39000O", VehicleError::VinCharacter(17)),
            ("WP0ZZZ99ZTS39/000", VehicleError::VinCharacter(14)),
        ] {
            assert_eq!(Vin::parse(text), Err(want), "{text}");
        }
    }

    #[test]
    fn padding_and_case_do_not_make_another_car() {
        let vin = Vin::parse("WP0ZZZ99ZTS390000").unwrap();
        assert_eq!(Vin::parse("  wp0zzz99zts390000\0\0\n").unwrap(), vin);
    }

    #[test]
    fn no_number_can_leave_its_folder() {
        for bad in ["", ".", "..", "-a", "a/b", "a\\b", "a b", "a\0b", &"9".repeat(65)] {
            assert!(OrderNumber::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn two_cars_surely_differ_exactly_if_a_number_that_both_have_does() {
        let car = |vin: Option<char>, order: Option<&str>, body: Option<&str>| {
            let vin = vin.map(|last| Vin::parse(&format!("WP0ZZZ99ZTS39000{last}")).unwrap());
            let order = order.map(|number| OrderNumber::parse(number).unwrap());
            Vehicle::new(vin, order, body.map(|number| BodyNumber::parse(number).unwrap())).unwrap()
        };
        for (one, other, differ) in [
            (car(Some('1'), None, None), car(Some('1'), None, None), false),
            (car(Some('1'), None, None), car(Some('2'), None, None), true),
            (car(Some('1'), None, None), car(None, Some("4711"), None), false),
            (car(Some('1'), Some("4711"), None), car(Some('1'), Some("4712"), None), true),
            (car(Some('1'), None, Some("B1")), car(Some('1'), None, Some("B2")), true),
            (car(None, Some("4711"), Some("B1")), car(None, Some("4711"), Some("B1")), false),
        ] {
            assert_eq!(one.surely_differs_from(&other), differ, "{one:?} {other:?}");
            assert_eq!(other.surely_differs_from(&one), differ);
        }
    }

    #[test]
    fn a_vehicle_has_the_numbers_it_was_made_of_and_the_album_of_the_first_of_them() {
        let vin = || Vin::parse("WP0ZZZ99ZTS390000").ok();
        let order = || OrderNumber::parse("4711").ok();
        let body = || BodyNumber::parse("B0815").ok();
        let (v, o, b) = (&b"WP0ZZZ99ZTS390000"[..], &b"4711"[..], &b"B0815"[..]);
        for (given, kind, name, parts) in [
            ((vin(), order(), body()), &b"order"[..], o, [v, o, b]),
            ((vin(), None, body()), &b"body"[..], b, [v, b"", b]),
            ((vin(), None, None), &b"vin"[..], v, [v, b"", b""]),
            ((None, order(), None), &b"order"[..], o, [b"", o, b""]),
        ] {
            let vehicle = Vehicle::new(given.0.clone(), given.1.clone(), given.2.clone()).unwrap();
            let numbers = (vehicle.vin(), vehicle.order(), vehicle.body());
            assert_eq!(numbers, (given.0.as_ref(), given.1.as_ref(), given.2.as_ref()));
            assert_eq!((vehicle.album_name(), vehicle.parts()), ((kind, name), parts));
        }
    }

    #[test]
    fn a_vehicle_of_another_order_keeps_its_other_numbers() {
        let [said, meant] = ["4711", "4712"].map(|number| OrderNumber::parse(number).unwrap());
        let body = BodyNumber::parse("B0815").unwrap();
        let vehicle = Vehicle::new(None, Some(said), Some(body.clone())).unwrap().of_order(meant.clone());
        assert_eq!((vehicle.vin(), vehicle.order(), vehicle.body()), (None, Some(&meant), Some(&body)));
    }

    #[test]
    fn nothing_prints_a_number_in_full() {
        let vehicle = Vehicle::new(
            Some(Vin::parse("WP0ZZZ99ZTS390000").unwrap()),
            Some(OrderNumber::parse("4711").unwrap()),
            Some(BodyNumber::parse("B0815").unwrap()),
        )
        .unwrap();
        let printed = format!("{vehicle:?}");
        assert_eq!(format!("{:?}", vehicle.vin().unwrap()), "Vin(…)");
        for secret in ["WP0", "4711", "0815"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
