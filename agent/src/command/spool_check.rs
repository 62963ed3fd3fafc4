//! `lineshot spool check`: what the look at the data folder found, in words.

use std::fmt::Write as _;
use std::mem::{Discriminant, discriminant};
use std::path::Path;

use anyhow::Context as _;
use lineshot_domain::Clock;
use lineshot_spool::{Checked, Finding, What, check, user_of};

use crate::failure::Failure;

/// Of one kind so many are shown: a disk that lost a folder lost all that was in it.
const MOST_OF_A_KIND: usize = 20;

const HANDS_OFF: &str = "keep the disk as it is and call plant security";
const BACKUP: &str = "stop both daemons, keep the file, and start with a backup of the whole data folder";
const TMPFILES: &str =
    "apply systemd/lineshot.tmpfiles (`systemd-tmpfiles --create`), or on trial set it by hand";

/// What was found and what to do, and whether all of it fits.
///
/// # Errors
/// A data folder that is not there, or an agent's room that this user may not enter.
pub fn spool_check(data: &Path, clock: &dyn Clock) -> Result<(String, bool), Failure> {
    if !data.is_dir() {
        return Err(Failure::Configuration(anyhow::anyhow!(super::no_data_folder(data))));
    }
    let checked = check(data, clock).context(
        "the agent's room cannot be looked into: start the agent once, and ask as its user or as root",
    )?;
    Ok((told(&checked), checked.is_well()))
}

fn told(checked: &Checked) -> String {
    let mut text = String::new();
    let (faults, hints): (Vec<_>, Vec<_>) = checked.findings.iter().partition(|it| it.what.is_fault());
    for (word, findings) in [("FAIL", &faults), ("hint", &hints)] {
        let mut shown: Vec<(Discriminant<What>, usize)> = Vec::new();
        for finding in findings {
            let kind = discriminant(&finding.what);
            let at = shown.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
                shown.push((kind, 0));
                shown.len() - 1
            });
            shown[at].1 += 1;
            if shown[at].1 <= MOST_OF_A_KIND {
                let _ = writeln!(text, "{word}  {}", line(finding));
            }
        }
        let left_out: usize = shown.iter().map(|(_, count)| count.saturating_sub(MOST_OF_A_KIND)).sum();
        if left_out > 0 {
            let _ = writeln!(text, "{word}  … and {left_out} more of the same kinds");
        }
    }
    let counted = &checked.counted;
    let looked = format!(
        "{} cases, {} lines of the ledger and {} parcels were looked at",
        counted.cases, counted.lines, counted.parcels
    );
    let _ = match faults.len() {
        0 => writeln!(text, "{looked}, and all of it fits together"),
        1 => writeln!(text, "{looked}; one thing does not fit"),
        many => writeln!(text, "{looked}; {many} things do not fit"),
    };
    text
}

fn line(finding: &Finding) -> String {
    let (found, mend) = words(&finding.what);
    let mend = if mend.is_empty() { String::new() } else { format!(". What to do: {mend}") };
    format!("{}: {found}{mend}", finding.path.display())
}

/// What it is, and what to do about it.
fn words(what: &What) -> (String, String) {
    match what {
        What::NoBook
        | What::Unreadable(_)
        | What::Newer { .. }
        | What::Older
        | What::Damaged(_)
        | What::StrangeRow => of_a_database(what),
        What::ChainBroken(_)
        | What::Shortened { .. }
        | What::Stops
        | What::Outcomes { .. }
        | What::Deliveries { .. }
        | What::Contradicts { .. }
        | What::NoRow { .. } => (of_the_ledger(what), HANDS_OFF.to_owned()),
        What::NoRoom { .. } | What::Mode { .. } | What::Owner { .. } | What::Closed(_) => of_a_room(what),
        What::Key(_)
        | What::PublicKey
        | What::OtherPin
        | What::NotPinned
        | What::Pin(_)
        | What::State(_)
        | What::OldState(_)
        | What::StateAhead { .. } => of_trust(what),
        _ => of_a_file(what),
    }
}

fn of_a_database(what: &What) -> (String, String) {
    match what {
        What::NoBook => (
            "there is no book, so nothing can be said of any case".to_owned(),
            "if the agent was ever started here, keep the disk as it is and start with a backup".to_owned(),
        ),
        What::Unreadable(why) => (
            format!("it cannot be read ({why})"),
            format!("if the disk is full, read-only or another user's, mend that; else {BACKUP}"),
        ),
        What::Newer { found, known } => (
            format!("it has schema version {found}, and this program knows {known}"),
            "ask the `lineshot` that was installed with the daemons".to_owned(),
        ),
        What::Older => (
            "it is an earlier version's and was not looked into".to_owned(),
            "start the daemon once and ask again".to_owned(),
        ),
        What::Damaged(why) => (format!("its pages do not fit together ({why})"), BACKUP.to_owned()),
        _ => ("it holds a row that the uploader never wrote".to_owned(), BACKUP.to_owned()),
    }
}

fn of_the_ledger(what: &What) -> String {
    match what {
        What::ChainBroken(at) => format!("the chain of the ledger breaks at line {at}"),
        What::Shortened { last, seen } => {
            format!("the ledger ends with line {last}, and an earlier start has seen line {seen}")
        }
        What::Stops => "the table of stops is not what the ledger tells of stops".to_owned(),
        What::Outcomes { case, found, wanted } => {
            format!("case {case} has {found} outcomes in the ledger and should have {wanted}")
        }
        What::Deliveries { case, found, wanted } => {
            format!("case {case} has {found} deliveries in the ledger and should have {wanted}")
        }
        What::Contradicts { case } => {
            format!("the row of case {case} says something else than its line in the ledger")
        }
        What::NoRow { case } => format!("the ledger tells of case {case}, which has no row any more"),
        _ => String::new(),
    }
}

fn of_a_room(what: &What) -> (String, String) {
    let name = |id: u32| user_of(id).unwrap_or_else(|| format!("user {id}"));
    match what {
        What::NoRoom { is_made: true } => {
            ("it is not there yet; a daemon makes it at its next start".to_owned(), String::new())
        }
        What::NoRoom { is_made: false } => (
            "it is not there, and what was in it is gone".to_owned(),
            "keep the disk as it is; what was lost is named here case by case".to_owned(),
        ),
        What::Mode { found, wanted } => {
            (format!("it has mode {found:04o} and not {wanted:04o}"), TMPFILES.to_owned())
        }
        What::Owner { found, wanted } => {
            (format!("it belongs to {} and not to {}", name(*found), name(*wanted)), TMPFILES.to_owned())
        }
        What::Closed(owner) => (
            "what is in it was not looked at".to_owned(),
            format!("ask as root; else only {} may look there", name(*owner)),
        ),
        _ => (String::new(), String::new()),
    }
}

fn of_trust(what: &What) -> (String, String) {
    let (found, mend) = match what {
        What::Key(why) => (
            format!("the agent's key cannot be used ({why})"),
            "restore it, or remove it and pin the new one with `lineshot pin --replace`",
        ),
        What::PublicKey => (
            "it is not the public half of the agent's key".to_owned(),
            "restart the agent, it writes it anew",
        ),
        What::OtherPin => (
            "the uploader trusts another agent's key, and delivers nothing of this one".to_owned(),
            "if the agent was really installed anew, run `lineshot pin --replace`; else call plant security",
        ),
        What::NotPinned => {
            ("the uploader trusts no agent yet".to_owned(), "run `lineshot pin` and start the uploader")
        }
        What::Pin(why) => {
            (format!("the pinned key cannot be read ({why})"), "remove it and run `lineshot pin`")
        }
        What::State(why) => (
            format!("the uploader cannot believe it: {why}"),
            "restart the agent, it writes it anew; if it comes again, call plant security",
        ),
        What::OldState(why) => (why.clone(), "start it; until then the uploader waits"),
        What::StateAhead { found, known } => {
            let found = format!("it has number {found}, and the book knows of {known}: the book is older");
            return (found, format!("somebody put an older book back; {HANDS_OFF}"));
        }
        _ => (String::new(), ""),
    };
    (found, mend.to_owned())
}

fn of_a_file(what: &What) -> (String, String) {
    let (found, mend) = match what {
        What::Lost { case } => (
            format!(
                "the parcel of case {case} is neither here nor in agent/open, and no receipt tells of it"
            ),
            "the disk lost it, or somebody took it away: keep the disk as it is and look for it in the backups",
        ),
        What::UnknownParcel => (
            "the book does not know this case".to_owned(),
            "somebody put it here, or an older book back; stop the uploader and call plant security",
        ),
        What::EarlyParcel => (
            "the book says that this case is still open".to_owned(),
            "somebody put an older book back; stop the uploader and call plant security",
        ),
        What::SettledParcel => (
            "this case was answered for, and the uploader would deliver it again".to_owned(),
            "somebody put it back: move it out of the data folder",
        ),
        What::AnsweredParcel => (
            "this case was answered for; the uploader is about to remove the parcel".to_owned(),
            "if it is still here in a minute, see whether the uploader runs, and ask again as root",
        ),
        What::BrokenParcel(why) => (
            format!("the parcel is not as it was signed: {why}"),
            "the uploader will keep it in uploader/failed; look for the picture in the backups and test the disk",
        ),
        What::Stranger => {
            ("it is no parcel; no daemon touches it".to_owned(), "see whose it is, and move it away")
        }
        What::NoReceipt => {
            ("it is no receipt; no daemon touches it".to_owned(), "see whose it is, and move it away")
        }
        What::BrokenReceipt => (
            "it is no receipt that the agent can read; it is left here".to_owned(),
            "keep it, and see in the uploader's log what became of this case",
        ),
        What::UnknownReceipt => (
            "it is the receipt of a case that the book does not have, or has as still open".to_owned(),
            "somebody put it here, or an older book back; call plant security",
        ),
        What::Leftover => ("no case needs it any more; the agent's next start removes it".to_owned(), ""),
        What::Unfinished => {
            ("its writer died before it was done; the next writing replaces it".to_owned(), "")
        }
        What::Failed => (
            "the store never took it, or it was not as it was signed; it is kept".to_owned(),
            "see why in the uploader's log or with `lineshot ledger show --case`, and take it away when it is settled",
        ),
        _ => (String::new(), ""),
    };
    (found, mend.to_owned())
}
