//! The record of a PC after some days, as `lineshot ledger` and `lineshot spool` show it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use lineshot_domain::{
    AgentName, Arrival, Claims, Clock, Ending, EventAge, EventId, Keep, Mono, Reason, SiteName, StationId,
    Vehicle, ViewId, Vin, Wall,
};
use lineshot_spool::{Admission, Admit, Front, Notice, NoticeKind, Place, Stamp};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::plant::{Plant, Station, vin};

/// Monday, 2026-11-23, 10:00 UTC.
const MONDAY: i64 = 1_795_428_000_000;
const HOUR: i64 = 3_600_000;

/// A clock that stands until it is set.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn mono(&self) -> Mono {
        Mono::from_start(Duration::from_millis((self.0.load(Ordering::SeqCst) - MONDAY).unsigned_abs()))
    }

    fn wall(&self) -> Wall {
        Wall::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

/// What each car of a day ends in, its two views alike.
const DAY: [Reason; 4] = [Reason::NoFrame, Reason::Window, Reason::VehicleClass, Reason::Departed];

/// Three days with a start each, four cars a day, two views a car; the parcels of the first day are answered for.
fn days() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let clock = Arc::new(Hand(AtomicI64::new(MONDAY)));
    for day in 0..3_i64 {
        clock.0.store(MONDAY + day * 24 * HOUR, Ordering::SeqCst);
        let stamp = Stamp {
            site: SiteName::parse("site").unwrap(),
            agent: AgentName::parse("pc-01").unwrap(),
            unreleased: true,
            clock: "unchecked",
        };
        let (front, _) = Front::open(root.path(), None, stamp, clock.clone()).unwrap();
        front.note(&Notice::new(NoticeKind::Started, None, "0.1.0")).unwrap();
        for (car, reason) in (0..).zip(DAY) {
            clock.0.fetch_add(HOUR, Ordering::SeqCst);
            come(&front, clock.wall(), day * 4 + car, reason);
        }
        if day == 0 {
            answer(root.path());
            assert_eq!(front.import_receipts().unwrap().len(), 6, "of one car nothing leaves");
        }
    }
    root
}

fn come(front: &Front, now: Wall, number: i64, reason: Reason) {
    let vin = Vin::parse(&vin(u32::try_from(number).unwrap())).unwrap();
    let arrival = Arrival {
        station: StationId::parse("marriage").unwrap(),
        vehicle: Vehicle::new(Some(vin), None, None).unwrap(),
        event: Some(EventId::parse(&format!("event-{number}")).unwrap()),
        time: None,
        claims: Claims::default(),
        sequence: None,
        simulated: false,
        age: EventAge::Expires(Duration::from_secs(1)),
        received_at: now,
        received: Mono::from_start(Duration::ZERO),
    };
    let place = Place {
        name: BTreeMap::new(),
        views: ["front", "rear"].map(|view| ViewId::parse(view).unwrap()).into(),
        dwell: None,
        ready: None,
        keep: Keep::First,
    };
    let admitted =
        front.admit(&arrival, &Admit { place: &place, owner: &arrival.vehicle, discreet: false }).unwrap();
    let Admission::New { cases, .. } = admitted else { panic!("it came before") };
    for mut case in cases {
        if reason == Reason::VehicleClass {
            case.hush();
        }
        let _ended = case.end(Ending::new(reason)).unwrap();
    }
}

/// The uploader's answers to all that waits.
fn answer(root: &Path) {
    for entry in std::fs::read_dir(root.join("ready")).unwrap() {
        let path = entry.unwrap().path();
        let case = path.file_name().unwrap().to_str().unwrap();
        let text = json!({ "schema": "lineshot/receipt/1", "case": case, "result": "delivered",
            "at": "2026-11-23T15:00:00Z", "revision": 1, "objects": [] });
        std::fs::write(root.join(format!("receipts/{case}.json")), text.to_string()).unwrap();
        std::fs::remove_dir_all(path).unwrap();
    }
}

fn agent(words: &[&str], root: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lineshot-agent")).args(words).arg("--data").arg(root).output().unwrap()
}

/// Its exit code and what it wrote.
fn said(words: &[&str], root: &Path) -> (Option<i32>, String) {
    let output = agent(words, root);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// The program that the contract prints, fed with an export.
fn foreign(export: &[u8]) -> Output {
    let contract =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/contract/README.md"));
    let contract = contract.unwrap();
    let ledger = contract.split("\n## The ledger\n").nth(1).unwrap();
    let program = ledger.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let mut python = Command::new("python3");
    python.args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut python = python.spawn().expect("python3 is one of the peers");
    // It may end before it has read all of it.
    let _broken_pipe = python.stdin.take().unwrap().write_all(export);
    python.wait_with_output().unwrap()
}

/// Changes the ledger behind the agent's back.
fn tamper(root: &Path, text: &str) {
    let book = Connection::open(root.join("agent/agent.db")).unwrap();
    book.execute_batch(&format!("DROP TRIGGER ledger_only_grows; DROP TRIGGER ledger_keeps_all; {text}"))
        .unwrap();
}

#[test]
fn an_untouched_ledger_verifies_by_us_and_by_the_program_that_the_contract_prints() {
    let root = days();
    let (code, verdict) = said(&["ledger", "verify"], root.path());
    // A start and eight outcomes each day, and six deliveries.
    assert!(code == Some(0) && verdict.starts_with("33 lines, and all of them fit together; "), "{verdict}");
    let export = agent(&["ledger", "export"], root.path());
    assert_eq!((export.status.code(), String::from_utf8(export.stderr).unwrap()), (Some(0), verdict.clone()));
    let lines: Vec<Value> = export
        .stdout
        .split_inclusive(|byte| *byte == b'\n')
        .map(|l| serde_json::from_slice(l).unwrap())
        .collect();
    assert!(lines.iter().zip(1..).all(|(line, number): (_, i64)| line["number"] == number));
    let foreign = foreign(&export.stdout);
    assert!(foreign.status.success(), "{}", String::from_utf8_lossy(&foreign.stderr));
    let last = verdict.trim_end().rsplit(' ').next().unwrap();
    assert_eq!(String::from_utf8(foreign.stdout).unwrap(), format!("33 {last}\n"));
}

#[test]
fn the_first_line_that_does_not_fit_is_named_by_every_reader() {
    for (what, text, at) in [
        ("a changed fact", "UPDATE ledger SET facts = replace(facts, 'window', 'winter') WHERE seq = 4", 4),
        ("another moment", "UPDATE ledger SET at = at + 1 WHERE seq = 1", 1),
        ("a line removed", "DELETE FROM ledger WHERE seq = 12", 12),
        ("the first removed", "DELETE FROM ledger WHERE seq = 1", 1),
        (
            "two exchanged",
            "UPDATE ledger SET seq = -seq WHERE seq IN (7, 8); UPDATE ledger SET seq = 15 + seq WHERE seq < 0",
            7,
        ),
        (
            "a line put in",
            "UPDATE ledger SET seq = -seq - 1 WHERE seq > 20; UPDATE ledger SET seq = -seq WHERE seq < 0;
             INSERT INTO ledger SELECT 21, at, kind, case_id, facts, before, hash FROM ledger WHERE seq = 20",
            21,
        ),
    ] {
        let root = days();
        tamper(root.path(), text);
        let told = format!("the chain breaks at line {at}: keep the disk as it is and call plant security\n");
        assert_eq!(said(&["ledger", "verify"], root.path()), (Some(3), told.clone()), "{what}");
        let (code, shown) = said(&["ledger", "show"], root.path());
        assert!(code == Some(3) && shown.ends_with(&told), "{what}: {shown}");
        assert_eq!(shown.lines().count(), 1 + usize::try_from(at - 1).unwrap().min(20), "{what}");
        let export = agent(&["ledger", "export"], root.path());
        assert_eq!(export.status.code(), Some(3), "{what}");
        assert_eq!(String::from_utf8(export.stderr).unwrap(), told, "{what}");
        assert_eq!(
            export.stdout.iter().filter(|byte| **byte == b'\n').count() + 1,
            usize::try_from(at).unwrap()
        );
        // Whoever has an export of before knows it by themselves.
        let whole = whole_export(root.path());
        let foreign = foreign(whole.as_bytes());
        let error = String::from_utf8(foreign.stderr).unwrap();
        let named = if what.ends_with("removed") { at + 1 } else { at };
        assert!(
            !foreign.status.success() && error.contains(&format!("AssertionError: {named}\n")),
            "{what}: {error}"
        );
    }
}

/// Every line as it stands in the book, whatever does not fit.
fn whole_export(root: &Path) -> String {
    let book = Connection::open(root.join("agent/agent.db")).unwrap();
    let mut lines =
        book.prepare("SELECT seq, at, kind, case_id, facts, before, hash FROM ledger ORDER BY seq").unwrap();
    let line = |row: &rusqlite::Row<'_>| {
        let text = |at| row.get::<_, String>(at).unwrap();
        Ok(json!({ "number": row.get::<_, i64>(0)?, "at": row.get::<_, i64>(1)?, "kind": text(2), "case": text(3),
            "facts": text(4), "before": text(5), "hash": text(6) })
        .to_string()
            + "\n")
    };
    lines.query_map([], line).unwrap().map(Result::unwrap).collect()
}

#[test]
fn all_lines_of_a_case_are_shown_or_the_last_ones() {
    let root = days();
    let (_, all) = said(&["ledger", "show", "--last", "100"], root.path());
    let delivered = all.lines().find(|line| line.contains("  delivery  ")).unwrap();
    let case = delivered.split_whitespace().nth(3).unwrap();
    let (code, shown) = said(&["ledger", "show", "--case", case], root.path());
    let wanted: Vec<&str> = all.lines().filter(|line| line.contains(case)).collect();
    assert_eq!((code, shown.lines().collect::<Vec<_>>()), (Some(0), wanted));
    let kinds: Vec<&str> = shown.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert_eq!(kinds, ["outcome", "delivery"]);
    assert!(shown.lines().all(|line| line.contains("  2026-11-23T1")), "{shown}");

    let (_, last) = said(&["ledger", "show", "--last", "5"], root.path());
    assert_eq!(last.lines().collect::<Vec<_>>(), all.lines().skip(28).collect::<Vec<_>>());
    assert_eq!(said(&["ledger", "show"], root.path()).1.lines().count(), 20);
    assert_eq!(
        said(&["ledger", "show", "--case", "0123456789abcdef"], root.path()),
        (Some(0), String::new())
    );
}

#[test]
fn cases_are_listed_newest_first_with_what_others_are_told() {
    let root = days();
    let (code, all) = said(&["spool", "list"], root.path());
    let lines: Vec<Vec<&str>> = all.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    assert!(code == Some(0) && lines.len() == 24, "{all}");
    assert!(lines.windows(2).all(|two| two[0][0] >= two[1][0]), "{all}");
    let became = |line: &Vec<&str>| [line[0], line[3], line[4], line[5]].map(str::to_owned);
    for (at, wanted) in [
        (0, ["2026-11-25T14:00:00.000Z", "rear", "missed(departed)", "waiting"]),
        (2, ["2026-11-25T13:00:00.000Z", "rear", "refused(not_permitted)", "-"]),
        (4, ["2026-11-25T12:00:00.000Z", "rear", "refused(window)", "waiting"]),
        (23, ["2026-11-23T11:00:00.000Z", "front", "missed(no_frame)", "delivered"]),
    ] {
        assert_eq!(became(&lines[at]), wanted, "{all}");
    }
    let (_, three) = said(&["spool", "list", "--limit", "3"], root.path());
    assert_eq!(three.lines().take(4).collect::<Vec<_>>(), all.lines().take(4).collect::<Vec<_>>());
    assert!(three.lines().nth(4).unwrap().contains("newest 3") && three.lines().count() == 5, "{three}");
    let [list, ledger] = [&["spool", "list"][..], &["ledger", "show", "--last", "99"]];
    for shown in [list, ledger].map(|words| said(words, root.path()).1) {
        assert!(!shown.contains("ZTS39"), "{shown}");
    }
}

#[test]
fn where_there_is_no_record_nothing_is_made_up() {
    let root = tempfile::tempdir().unwrap();
    for words in [&["ledger", "verify"][..], &["ledger", "show"], &["ledger", "export"], &["spool", "list"]] {
        let output = agent(words, root.path());
        assert!(output.status.code() == Some(1) && output.stdout.is_empty(), "{words:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("agent.db"), "{words:?}");
    }
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn the_spool_is_checked_beside_the_running_agent() {
    let mut plant = Plant::running("", &[Station::default()]);
    plant.until_ready("marriage", 0, None);
    for number in 1..=3 {
        assert_eq!(plant.story("marriage", json!({ "vin": vin(number) })), "done");
    }
    let data = plant.path("data");
    let (code, text) = said(&["spool", "check"], &data);
    assert!(code == Some(0) && text.ends_with(" and all of it fits together\n"), "{text}");
    assert!(text.contains("3 cases, ") && text.contains(" 3 parcels"), "{text}");
    assert!(!text.contains("FAIL"), "{text}");

    let mut parcels = std::fs::read_dir(data.join("ready")).unwrap().map(|entry| entry.unwrap().path());
    let [broken, lost] = [parcels.next().unwrap(), parcels.next().unwrap()];
    std::fs::remove_file(broken.join("full.jpg")).unwrap();
    std::fs::rename(&lost, plant.path("lost")).unwrap();
    let stray = data.join("ready/0123456789abcdef");
    std::fs::create_dir(&stray).unwrap();
    let (code, text) = said(&["spool", "check"], &data);
    assert!(code == Some(3) && text.ends_with(" parcels were looked at; 3 things do not fit\n"), "{text}");
    for (path, said) in [
        (&broken, "full.jpg is missing"),
        (&lost, "no receipt tells of it"),
        (&stray, "the book does not know this case"),
    ] {
        let line = text.lines().find(|line| line.starts_with(&format!("FAIL  {}: ", path.display())));
        let line = line.unwrap_or_else(|| panic!("{}: {text}", path.display()));
        assert!(line.contains(said) && line.contains("What to do: "), "{line}");
    }
    std::fs::remove_dir(stray).unwrap();
    std::fs::rename(plant.path("lost"), lost).unwrap();
    plant.stop();
    tamper(&data, "DELETE FROM ledger WHERE seq = 2");
    let (code, text) = said(&["spool", "check"], &data);
    assert!(code == Some(3) && text.contains("breaks at line 2"), "{text}");
}
