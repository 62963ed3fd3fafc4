//! `lineshot why`: what a code means, from the one table of reasons.
//!
//! Holds: every code that the ledger, a log, a topic or `spool list` can show is explained, alone or as it
//! is written there, such as `refused(window)`.
//!
//! Deliberately absent: any look at this PC, its configuration or its cases.

use lineshot_domain::{Class, Reason};

use crate::alarms::{RELOAD, SILENCE, sentences};

/// What a reason is told as outside the ledger if it would say what kind of order it is.
const NOT_PERMITTED: &str = "not_permitted";

/// Something that has a row in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A reason.
    Reason(Reason),
    /// What stands for several reasons outside the ledger.
    NotPermitted,
    /// An alarm that is no reason.
    Alarm(&'static str),
}

/// Nothing is called so.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such code; {}`lineshot why` shows all of them", meant(.nearest))]
pub struct UnknownCode {
    nearest: Vec<&'static str>,
}

fn meant(nearest: &[&'static str]) -> String {
    match nearest {
        [] => String::new(),
        some => format!("did you mean {}? ", some.join(" or ")),
    }
}

impl Code {
    /// Accepts a code alone (`window`) or with what it ended in (`refused(window)`).
    ///
    /// # Errors
    /// [`UnknownCode`], with the codes that look most like it.
    pub fn parse(text: &str) -> Result<Code, UnknownCode> {
        let text = text.trim();
        let within = text.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
        let code = within.unwrap_or(text).to_ascii_lowercase();
        match code.as_str() {
            NOT_PERMITTED => Ok(Code::NotPermitted),
            SILENCE => Ok(Code::Alarm(SILENCE)),
            RELOAD => Ok(Code::Alarm(RELOAD)),
            code => match Reason::from_code(code) {
                Some(reason) => Ok(Code::Reason(reason)),
                None => Err(UnknownCode { nearest: nearest(code) }),
            },
        }
    }
}

/// The row of a code.
pub fn row(code: Code) -> String {
    match code {
        Code::Reason(reason) => reason_row(reason),
        Code::NotPermitted => not_permitted_row(),
        Code::Alarm(code) => alarm_row(code),
    }
}

/// The whole table, one line a code, by what it ends in.
pub fn table() -> String {
    let all = [
        Class::Refused,
        Class::Missed,
        Class::Withheld,
        Class::Failed,
        Class::Interrupted,
        Class::Undeliverable,
    ];
    let mut text = String::new();
    for class in all {
        text.push_str(&format!("{}: {}\n", word(class), meaning(class)));
        for reason in Reason::ALL.iter().filter(|reason| reason.class() == class) {
            text.push_str(&format!("  {:20}{}\n", reason.code(), reason.sentence()));
        }
        text.push('\n');
    }
    text.push_str("No reasons, but codes that can be seen:\n");
    text.push_str(&format!("  {NOT_PERMITTED:20}What is told outside the ledger of {}.\n", discreet("and")));
    for code in [SILENCE, RELOAD] {
        text.push_str(&format!("  {code:20}An alarm: {}\n", sentences(code).0));
    }
    text.push('\n');
    text.push_str("`lineshot why CODE` says what to do about one, and what the album is told.\n");
    text
}

fn reason_row(reason: Reason) -> String {
    let album = match reason.record_state() {
        Some(state) => format!("{} (in the station record).", state.as_str()),
        None if reason.concerns_the_order() => "nothing: nothing about the order leaves this PC.".to_owned(),
        None => "nothing new: the earlier picture stands.".to_owned(),
    };
    let outside = match reason.told() {
        told if told == reason.code() => format!("{told}."),
        told => {
            format!("{told}, as of {}: nobody learns from it what kind of order it is.", discreet("and"))
        }
    };
    format!(
        "{}({})\n{}\n\nWhat to do: {}\nWhat it ends in: {}: {}\nThe album is told: {album}\nTold outside the ledger: {outside}\n",
        word(reason.class()),
        reason.code(),
        reason.sentence(),
        reason.mend(),
        word(reason.class()),
        meaning(reason.class()),
    )
}

fn not_permitted_row() -> String {
    format!(
        "{NOT_PERMITTED}\nWhat is permitted to this vehicle's order does not include photographs.\n\n\
         It stands for {}. On the broker, in logs and in `spool list` they all read alike, so that nobody \
         learns there what kind of order it is; the ledger alone knows which it was.\n\
         What to do: Nothing; if it should be otherwise, look at `permit.classes`, `permit.markets`, the order \
         directory and the deny list.\n\
         The album is told: nothing: nothing about the order leaves this PC.\n\
         In a station record the same word is the state of a view that was refused for another reason.\n",
        discreet("or"),
    )
}

fn alarm_row(code: &str) -> String {
    let (text, mend) = sentences(code);
    format!(
        "{code} (an alarm, no reason: it ends no case)\n{text}\n\nWhat to do: {mend}\nThe album is told: nothing.\n",
    )
}

/// The reasons that are told as `not_permitted`.
fn discreet(last: &str) -> String {
    let codes: Vec<&str> =
        Reason::ALL.iter().filter(|reason| reason.told() == NOT_PERMITTED).map(|r| r.code()).collect();
    match codes.split_last() {
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
        None => String::new(),
    }
}

/// The word before the bracket.
fn word(class: Class) -> &'static str {
    match class {
        Class::Refused => "refused",
        Class::Withheld => "withheld",
        Class::Missed => "missed",
        Class::Failed => "failed",
        Class::Interrupted => "interrupted",
        Class::Undeliverable => "undeliverable",
    }
}

fn meaning(class: Class) -> &'static str {
    match class {
        Class::Refused => "it was not permitted, and no picture was taken.",
        Class::Withheld => "nothing is shown, since something about it could not be proven.",
        Class::Missed => "it was permitted, but the right moment passed.",
        Class::Failed => "a machine did not do its part.",
        Class::Interrupted => "the agent was stopped or died in the middle.",
        Class::Undeliverable => "there is a picture, but it can never be delivered.",
    }
}

/// At most three codes that look like what was typed, the likeliest first.
fn nearest(typed: &str) -> Vec<&'static str> {
    /// More changes than these make another word.
    const SLIPS: usize = 3;
    let codes = Reason::ALL.iter().map(|reason| reason.code()).chain([NOT_PERMITTED, SILENCE, RELOAD]);
    let mut near: Vec<(usize, &'static str)> = codes
        .map(|code| match typed.len() >= SLIPS && code.contains(typed) {
            true => (1, code),
            false => (changes(typed, code), code),
        })
        .filter(|(changes, code)| *changes <= SLIPS && changes * 2 < code.len())
        .collect();
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, code)| code).collect()
}

/// How many letters must be added, taken away or exchanged to get from one word to the other (the
/// distance of Levenshtein, by the table of Wagner and Fischer, a row at a time).
fn changes(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (taken, letter) in from.chars().enumerate() {
        let mut before = taken;
        row[0] = taken + 1;
        for (at, other) in to.iter().enumerate() {
            let exchanged = before + usize::from(letter != *other);
            before = row[at + 1];
            row[at + 1] = exchanged.min(before + 1).min(row[at] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_explained_with_its_sentence_and_its_mend() {
        let table = table();
        for reason in Reason::ALL {
            for text in [reason.code().to_owned(), format!("{}({})", word(reason.class()), reason.code())] {
                assert_eq!(Code::parse(&text), Ok(Code::Reason(*reason)), "{text}");
            }
            let row = row(Code::Reason(*reason));
            assert!(row.contains(reason.sentence()) && row.contains(reason.mend()), "{row}");
            let line = format!("  {:20}{}", reason.code(), reason.sentence());
            assert_eq!(table.lines().filter(|have| *have == line).count(), 1, "{line}");
        }
    }

    #[test]
    fn the_row_says_what_the_album_and_others_are_told() {
        let row = |code: &str| row(Code::parse(code).unwrap());
        for (code, album, outside) in [
            ("window", "The album is told: not_permitted", "outside the ledger: window.\n"),
            ("sequence", "The album is told: withheld", "outside the ledger: sequence.\n"),
            ("market", "nothing about the order leaves", "outside the ledger: not_permitted, as of class"),
            ("order_unknown", "nothing about the order leaves", "outside the ledger: order_unknown.\n"),
            ("already_photographed", "the earlier picture stands", "ledger: already_photographed.\n"),
        ] {
            let row = row(code);
            assert!(row.contains(album) && row.contains(outside), "{row}");
        }
    }

    #[test]
    fn what_stands_for_four_reasons_names_them() {
        for text in ["not_permitted", "refused(not_permitted)", " NOT_PERMITTED "] {
            let row = row(Code::parse(text).unwrap());
            assert!(row.contains("It stands for class, market, consent or denied."), "{row}");
        }
    }

    #[test]
    fn an_alarm_that_is_no_reason_has_its_row() {
        let row = row(Code::parse("silence").unwrap());
        assert!(row.contains("`expect_every`") && row.contains("Look whether the line stands"), "{row}");
    }

    #[test]
    fn a_slip_of_the_pen_is_answered_with_the_nearest_codes() {
        for (typed, want) in [
            ("windwo", "did you mean window?"),
            ("refused(windows)", "did you mean window?"),
            ("Camera_stal", "did you mean camera_stalled or camera_size? `lineshot why`"),
            ("blackout_brken", "did you mean blackout_broken?"),
            ("orders_", "did you mean orders_broken or orders_missing or orders_stale?"),
        ] {
            let said = Code::parse(typed).unwrap_err().to_string();
            assert!(said.contains(want), "{typed}: {said}");
        }
        for typed in ["", "x", "(", "gasoline", "refused()"] {
            let said = Code::parse(typed).unwrap_err().to_string();
            assert_eq!(said, "there is no such code; `lineshot why` shows all of them", "{typed}");
        }
    }
}
