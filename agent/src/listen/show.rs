//! What a person may see of a message: enough to recognise it, no VIN, order or body number in full, nothing that
//! plays with the terminal.

use serde_json::Value;

use super::guess::{Field, leaves};
use crate::plc::Overheard;

/// Characters of a message that are shown.
const SHOWN: usize = 2000;

/// One line for a message.
pub(super) fn line(message: &Overheard) -> String {
    let kept = if message.is_retained { "  (retained)" } else { "" };
    format!("{}{kept}  {}", plain(&message.topic), payload(&message.payload))
}

fn payload(payload: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(payload) else {
        return format!("({} bytes that are no UTF-8 text)", payload.len());
    };
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    match serde_json::from_str(text) {
        Ok(json @ (Value::Object(_) | Value::Array(_))) => plain(&discreet(json).to_string()),
        _ => plain(text),
    }
}

/// The same document without whose car it is.
fn discreet(mut json: Value) -> Value {
    for leaf in leaves(&json) {
        let is_number = [Field::Order, Field::Body].into_iter().any(|field| field.score(&leaf) > 0);
        if is_number && let Some(value) = json.pointer_mut(&leaf.pointer()) {
            *value = Value::from(shortened(&leaf.text));
        }
    }
    json
}

/// An order or body number as it may be shown.
pub(super) fn shortened(number: &str) -> String {
    let count = number.chars().count();
    let mut characters = number.chars();
    if count < 6 {
        return "…".to_owned();
    }
    let head: String = characters.by_ref().take(2).collect();
    let tail: String = characters.skip(count - 4).collect();
    format!("{head}…{tail}")
}

/// Text with whatever could be a VIN shortened, and nothing in it but what can be seen.
pub(super) fn plain(text: &str) -> String {
    let mut shown = String::new();
    let mut run = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == SHOWN {
            end(&mut shown, &mut run);
            shown.push_str(" …");
            return shown;
        }
        if is_of_vin(c) {
            run.push(c);
            continue;
        }
        end(&mut shown, &mut run);
        match is_unseen(c) {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
    }
    end(&mut shown, &mut run);
    shown
}

/// Ends a run of characters that a VIN may have.
fn end(shown: &mut String, run: &mut String) {
    match run.len() {
        0..17 => shown.push_str(run),
        length => shown.push_str(&format!("{}…{}", &run[..3], &run[length - 4..])),
    }
    run.clear();
}

/// ISO 3779, in either case.
fn is_of_vin(c: char) -> bool {
    c.is_ascii_alphanumeric() && !matches!(c.to_ascii_uppercase(), 'I' | 'O' | 'Q')
}

/// Control characters, and those that are not seen or turn the text around (Unicode TR 36).
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(payload: &[u8]) -> String {
        let message = Overheard {
            topic: "line/a\u{1b}[2J".to_owned(),
            payload: payload.to_vec(),
            is_retained: true,
            expiry: None,
        };
        let line = line(&message);
        line.strip_prefix("line/a\\u{1b}[2J  (retained)  ").unwrap().to_owned()
    }

    #[test]
    fn no_number_of_a_car_is_shown_in_full() {
        for (payload, want) in [
            ("WP0ZZZ99ZTS392124", "WP0…2124"),
            ("  wp0zzz99zts392124\0", "  wp0…2124\\u{0}"),
            ("a WP0ZZZ99ZTS392124WP0ZZZ99ZTS392125 b", "a WP0…2125 b"),
            ("\"WP0ZZZ99ZTS392124\"", "\"WP0…2124\""),
            (r#"{"vin":"\u0057P0ZZZ99ZTS392124"}"#, r#"{"vin":"WP0…2124"}"#),
            (
                r#"{"order":{"number":"AB-1234567","market":"US"}}"#,
                r#"{"order":{"market":"US","number":"AB…67"}}"#,
            ),
            (r#"{"orderNo":4711}"#, r#"{"orderNo":"…"}"#),
            (r#"[{"body":"B1234567"}]"#, r#"[{"body":"B1…67"}]"#),
            ("", "(empty)"),
            ("{\"a\":", "{\"a\":"),
        ] {
            assert_eq!(shown(payload.as_bytes()), want, "{payload}");
        }
        assert_eq!(shown(&[0xff, 0, 1]), "(3 bytes that are no UTF-8 text)");
    }

    #[test]
    fn nothing_plays_with_the_terminal_and_nothing_floods_it() {
        assert_eq!(shown("a\u{1b}[31m\u{9b}\u{202e}\nb".as_bytes()), r"a\u{1b}[31m\u{9b}\u{202e}\u{a}b");
        let flood = shown("- ".repeat(500_000).as_bytes());
        assert_eq!((flood.chars().count(), flood.ends_with(" …")), (SHOWN + 2, true));
        assert!(shown("Ä".repeat(30).as_bytes()).starts_with("ÄÄÄ"));
    }
}
