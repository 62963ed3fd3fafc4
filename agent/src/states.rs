//! From the message to what is known: line state, blackout, deny list, orders.
//!
//! Holds: a blackout is in the book before the broker may forget it; what cannot be read closes, and is
//! noted.

use lineshot_domain::{Blackout, Mono, Reason, Wall};
use lineshot_spool::{BookError, Notice, NoticeKind};
use serde::Deserialize;

use crate::house::House;
use crate::lookout::rfc3339;
use crate::plc::SourceKind;
use crate::sources::Said;

/// A blackout as it is declared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlackoutText {
    /// Its end, RFC 3339.
    until: String,
    /// Why, for people; kept nowhere.
    #[serde(rename = "reason")]
    _reason: Option<String>,
}

/// A longer one is a slip of the pen: it could not be taken back.
const LONGEST: i64 = 31 * 24 * 3_600_000;

/// Takes in one message.
///
/// # Errors
/// [`BookError`]: the book could not be written. The broker delivers the message again.
pub(crate) fn take_in(
    kind: SourceKind,
    topic: &str,
    payload: &[u8],
    retain: bool,
    (at, received, connection): (Wall, Mono, u64),
    house: &House,
) -> Result<(), BookError> {
    match kind {
        SourceKind::LineState => line(topic, payload, retain, (received, connection), house),
        SourceKind::Blackout => blackout(payload, at, house),
        SourceKind::Stop => stop(payload, retain, house),
        SourceKind::DenyList => noted(house.sources.hear_deny(payload, at), house),
        SourceKind::Orders => noted(house.sources.hear_order(topic, payload, at, connection), house),
    }
}

fn line(topic: &str, payload: &[u8], retain: bool, at: (Mono, u64), house: &House) -> Result<(), BookError> {
    for Said { station, permits, again } in house.sources.hear_line(topic, payload, retain, at) {
        match permits {
            Some(true) => {}
            Some(false) => house.closings.closed(Some(&station), Reason::LineState),
            None => house.closings.closed(Some(&station), Reason::LineBroken),
        }
        if permits.is_none() && !again {
            tracing::warn!(%station, topic, "the line's word about its state could not be read");
            let told = "the line's state could not be read";
            house.front.note(&Notice::new(NoticeKind::SourceBroken, Some(station), told))?;
        }
    }
    Ok(())
}

/// Whatever it says. What is under way ends without a picture, and the uploader is told at once.
fn stop(payload: &[u8], retain: bool, house: &House) -> Result<(), BookError> {
    house.halt.by_message(payload, retain, &house.front)?;
    house.stopped();
    Ok(())
}

fn noted(notice: Option<Notice>, house: &House) -> Result<(), BookError> {
    notice.map_or(Ok(()), |notice| house.front.note(&notice))
}

/// Nothing takes a blackout back; what clears a retained one at the broker says nothing.
fn blackout(payload: &[u8], at: Wall, house: &House) -> Result<(), BookError> {
    if payload.is_empty() {
        tracing::info!("an empty word about a blackout changes nothing: it ends by itself");
        return Ok(());
    }
    let Some(until) = end_of(payload).filter(|until| until.unix_ms() - at.unix_ms() <= LONGEST) else {
        house.closings.closed(None, Reason::BlackoutBroken);
        tracing::error!(
            "a word about a blackout could not be read, or ends more than 31 days ahead: nothing is photographed until one can; write {{\"until\": \"2026-11-23T14:00:00Z\"}}, with Z or an offset"
        );
        house.front.blackout_unreadable(true)?;
        let told = "a blackout could not be read, or has an end more than 31 days ahead";
        return house.front.note(&Notice::new(NoticeKind::SourceBroken, None, told));
    };
    let before = house.front.blackout();
    if until > at {
        house.closings.closed(None, Reason::Blackout);
    }
    // In this order: nothing is open between the two.
    let holds = house.front.declare_blackout(until)?;
    house.front.blackout_unreadable(false)?;
    // A retained word comes anew with every connection.
    if before == Blackout::Until(holds) {
        return Ok(());
    }
    let told = rfc3339(holds);
    tracing::warn!(until = %told, "a blackout was declared");
    house.front.note(&Notice::new(NoticeKind::BlackoutDeclared, None, format!("until {told}")))
}

fn end_of(payload: &[u8]) -> Option<Wall> {
    let text: BlackoutText = serde_json::from_slice(payload).ok()?;
    let until: jiff::Timestamp = text.until.trim().parse().ok()?;
    Some(Wall::from_unix_ms(until.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blackout_has_an_end_and_nothing_that_is_not_understood() {
        let noon = Some(Wall::from_unix_ms(1_795_431_600_000));
        assert_eq!(end_of(include_bytes!("../golden/blackout.json")), noon);
        for (text, end) in [
            (&br#"{"until":"2026-11-23T11:00:00Z"}"#[..], noon),
            (br#"{"until":"2026-11-23T11:00:00Z","reason":null}"#, noon),
            (br#"{"until":"2026-11-23T11:00:00"}"#, None),
            (br#"{"until":"2026-11-23T11:00:00Z","until":"2026-11-23T11:00:00Z"}"#, None),
            (br#"{"until":"2026-11-23T11:00:00Z","lift":true}"#, None),
            (br#"{"until":1795431600}"#, None),
            (br#"["2026-11-23T11:00:00Z"]"#, None),
            (b"2026-11-23T11:00:00Z", None),
        ] {
            assert_eq!(end_of(text), end, "{}", String::from_utf8_lossy(text));
        }
    }
}
