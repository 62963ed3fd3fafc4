//! Pseudonyms under the site key: case, public id, album, vehicle.
//!
//! All are HMAC-SHA256 (RFC 2104, FIPS 180-4) under the site key over a label and parts joined by NUL
//! bytes; no part can hold a NUL, so no two lists of parts give the same message. Without the key none
//! of them can be traced back to a car by trying all numbers, and every PC of a site, holding the same
//! key, gives an order the same album.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{Arrival, Vehicle, ViewId};

/// An identifier that is not the right number of lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0} lower-case hexadecimal digits")]
pub struct IdError(usize);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $digits:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Reads the written form back.
            ///
            /// # Errors
            /// [`IdError`] unless it is exactly the number of lower-case hexadecimal digits.
            pub fn parse(text: &str) -> Result<$name, IdError> {
                let digits = text.len() == $digits
                    && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                if digits { Ok($name(text.to_owned())) } else { Err(IdError($digits)) }
            }

            /// The written form.
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

id!(
    /// One arrival × view: 16 hexadecimal digits. The same event always gives the same case.
    CaseId, 16
);
id!(
    /// What a case is called outside the plant: 16 hexadecimal digits.
    PublicId, 16
);
id!(
    /// All that exists for an order: 32 hexadecimal digits (128 bits).
    AlbumId, 32
);
id!(
    /// A vehicle, recognisable to who holds the site key alone: 64 hexadecimal digits.
    Pseudonym, 64
);

/// What is wrong with a site key's file. Never repeats what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a site key is one line: `{SITE_KEY_LABEL}`, a blank, and 64 hexadecimal digits")]
pub struct SiteKeyError;

const SITE_KEY_LABEL: &str = "lineshot-site-key-1";

/// The secret that all PCs of a site share. Wiped when dropped; cannot be printed, copied or read out.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SiteKey([u8; 32]);

impl fmt::Debug for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SiteKey(…)")
    }
}

impl SiteKey {
    /// The contents of a key file for these 32 random bytes.
    pub fn file_text(random: &[u8; 32]) -> Zeroizing<String> {
        let mut text = String::with_capacity(SITE_KEY_LABEL.len() + 66);
        text.push_str(SITE_KEY_LABEL);
        text.push(' ');
        push_hex(&mut text, random);
        text.push('\n');
        Zeroizing::new(text)
    }

    /// Reads the contents of a key file.
    ///
    /// # Errors
    /// [`SiteKeyError`] if it is anything else.
    pub fn parse(text: &str) -> Result<SiteKey, SiteKeyError> {
        let digits = text
            .trim_end()
            .strip_prefix(SITE_KEY_LABEL)
            .and_then(|rest| rest.strip_prefix(' '))
            .filter(|digits| digits.len() == 64 && digits.is_ascii())
            .ok_or(SiteKeyError)?;
        let mut key = SiteKey([0; 32]);
        for (byte, pair) in key.0.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| SiteKeyError)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| SiteKeyError)?;
        }
        Ok(key)
    }

    /// The case that `arrival` opens for `view`.
    ///
    /// `occurrence` tells two stays of the same vehicle at the same station apart when the event has
    /// neither id nor time: the book's wall-clock milliseconds of the first receipt. It is ignored
    /// otherwise, so that a redelivery gives the same case.
    pub fn case(&self, arrival: &Arrival, view: &ViewId, occurrence: i64) -> CaseId {
        let [vin, order, body] = arrival.vehicle.parts();
        let event = arrival.event.as_ref().map_or("", |event| event.as_str());
        let time = arrival.time.map(|time| time.unix_ms().to_string()).unwrap_or_default();
        let occurrence = if arrival.event.is_none() && arrival.time.is_none() {
            occurrence.to_string()
        } else {
            String::new()
        };
        let parts: [&[u8]; 8] = [
            arrival.station.as_str().as_bytes(),
            view.as_str().as_bytes(),
            event.as_bytes(),
            time.as_bytes(),
            vin,
            order,
            body,
            occurrence.as_bytes(),
        ];
        CaseId(self.hex("lineshot/case/1", &parts, 8))
    }

    /// What `case` is called outside the plant.
    pub fn public(&self, case: &CaseId) -> PublicId {
        PublicId(self.hex("lineshot/public/1", &[case.as_str().as_bytes()], 8))
    }

    /// The album of the vehicle's order, else of its body number, else of its VIN.
    pub fn album(&self, vehicle: &Vehicle) -> AlbumId {
        let (kind, name) = vehicle.album_name();
        AlbumId(self.hex("lineshot/album/1", &[kind, name], 16))
    }

    /// The albums of each of the vehicle's numbers alone: by any of them it can be on a deny list.
    pub fn albums(&self, vehicle: &Vehicle) -> Vec<AlbumId> {
        let alone = |vin, order, body| Vehicle::new(vin, order, body).ok();
        let numbers = [
            alone(None, vehicle.order().cloned(), None),
            alone(None, None, vehicle.body().cloned()),
            alone(vehicle.vin().cloned(), None, None),
        ];
        numbers.iter().flatten().map(|number| self.album(number)).collect()
    }

    /// The vehicle's pseudonym for the book and the ledger.
    pub fn vehicle(&self, vehicle: &Vehicle) -> Pseudonym {
        Pseudonym(self.hex("lineshot/vehicle/1", &vehicle.parts(), 32))
    }

    fn hex(&self, label: &str, parts: &[&[u8]], bytes: usize) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(label.as_bytes());
        for part in parts {
            mac.update(b"\0");
            mac.update(part);
        }
        let mut text = String::with_capacity(bytes * 2);
        push_hex(&mut text, &mac.finalize().into_bytes()[..bytes]);
        text
    }
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).expect("a nibble is a digit"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Claims, EventAge, EventId, Mono, OrderNumber, StationId, Vin, Wall};

    fn key() -> SiteKey {
        SiteKey::parse(&SiteKey::file_text(&std::array::from_fn(|i| i as u8))).unwrap()
    }

    fn vehicle(vin: Option<&str>, order: Option<&str>) -> Vehicle {
        Vehicle::new(
            vin.map(|vin| Vin::parse(vin).unwrap()),
            order.map(|order| OrderNumber::parse(order).unwrap()),
            None,
        )
        .unwrap()
    }

    fn arrival(event: Option<&str>, time: Option<i64>) -> Arrival {
        Arrival {
            station: StationId::parse("marriage").unwrap(),
            vehicle: vehicle(Some("WP0ZZZ99ZTS390000"), Some("4711")),
            event: event.map(|event| EventId::parse(event).unwrap()),
            time: time.map(Wall::from_unix_ms),
            claims: Claims::default(),
            sequence: None,
            simulated: false,
            age: EventAge::Unproven,
            received_at: Wall::from_unix_ms(1_790_000_000_000),
            received: Mono::from_start(Duration::ZERO),
        }
    }

    /// The frozen contract: these values may never change. Recomputed with Python's `hmac` in
    /// `docs/contract/`.
    #[test]
    fn identities_are_a_contract() {
        let (key, view) = (key(), ViewId::parse("front").unwrap());
        let case = key.case(&arrival(Some("e-1"), Some(1_790_000_000_000)), &view, 7);
        let golden = [
            case.as_str().to_owned(),
            key.public(&case).to_string(),
            key.case(&arrival(None, None), &view, 7).to_string(),
            key.album(&vehicle(Some("WP0ZZZ99ZTS390000"), Some("4711"))).to_string(),
            key.album(&vehicle(Some("WP0ZZZ99ZTS390000"), None)).to_string(),
            key.vehicle(&vehicle(Some("WP0ZZZ99ZTS390000"), None)).to_string(),
        ];
        let want: Vec<&str> = include_str!("../golden/identities.txt").lines().collect();
        assert_eq!(golden.as_slice(), want);
    }

    #[test]
    fn a_redelivered_event_is_the_same_case_and_a_second_stay_is_another() {
        let (key, view) = (key(), ViewId::parse("front").unwrap());
        let again = |event, time, occurrence| key.case(&arrival(event, time), &view, occurrence);
        assert_eq!(again(Some("e-1"), None, 1), again(Some("e-1"), None, 2));
        assert_ne!(again(Some("e-1"), None, 1), again(Some("e-2"), None, 1));
        assert_ne!(again(None, None, 1), again(None, None, 2));
    }

    #[test]
    fn a_broken_key_file_is_refused_without_repeating_it() {
        for bad in ["", "lineshot-site-key-1", "lineshot-site-key-1 00ff", "lineshot-site-key-1 zz"] {
            assert_eq!(SiteKey::parse(bad).err(), Some(SiteKeyError), "{bad}");
        }
        assert_eq!(format!("{:?}", key()), "SiteKey(…)");
    }
}
