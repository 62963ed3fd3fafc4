use std::io::Write as _;

use lineshot_domain::{BodyNumber, OrderNumber, Owner, Vehicle, Vin};

use std::path::PathBuf;

use super::*;

const NOW: i64 = 1_795_428_000_000; // 2026-11-23T10:00:00Z
const VIN: &str = "WP0ZZZ99ZTS390001";

fn now() -> Wall {
    Wall::from_unix_ms(NOW)
}

fn vehicle(vin: &str) -> Vehicle {
    Vehicle::new(Some(Vin::parse(vin).unwrap()), None, None).unwrap()
}

fn of_file(text: &str) -> Result<Directory, orders::OrdersError> {
    orders::of_file(text.as_bytes(), now(), now())
}

#[test]
fn a_line_of_the_file_is_an_order_and_one_wrong_line_spoils_it() {
    let heading = "order,vin,body,market,class,consent,state,at\n";
    let good = format!("{heading}4711,{VIN},B1,US,serial,yes,active,2026-11-01T00:00:00Z\n4712,,B2,,,no,,\n");
    let directory = of_file(&good).unwrap();
    let Owner::Order(order) = directory.owner(&vehicle(VIN)) else { panic!("{directory:?}") };
    assert_eq!(order.number, OrderNumber::parse("4711").unwrap());
    assert!(order.consent && order.market.is_some());
    let body = Vehicle::new(None, None, Some(BodyNumber::parse("B2").unwrap())).unwrap();
    let Owner::Order(order) = directory.owner(&body) else { panic!("{directory:?}") };
    assert!(!order.consent && order.at == now(), "as old as the file");
    for (wrong, want) in [
        ("4711,,,US,serial,yes,,\n", "line 2"),
        (",WP0ZZZ99ZTS390001,,,,yes,,\n", "line 2"),
        ("4711,WP0ZZZ99ZTS39000,,,,yes,,\n", "line 2"),
        ("4711,,B1,,,maybe,,\n", "line 2"),
        ("4711,,B1,,,,,\n", "line 2"),
        ("4711,,B1,,,yes,gone,\n", "line 2"),
        ("4711,,B1,,,yes,,2026-11-23T10:00:03Z\n", "line 2"),
        ("4711,,B1,yes\n", "line 2"),
        ("4711,,B1,,,1,,\n", "line 2"),
    ] {
        let said = of_file(&format!("{heading}{wrong}")).unwrap_err().to_string();
        assert!(said.contains(want) && !said.contains("4711"), "{wrong}: {said}");
    }
    for wrong in ["order,4711,consent\n", "order,order,consent\n4711,4711,yes\n", "4711,B1,yes\n"] {
        let said = of_file(wrong).unwrap_err().to_string();
        assert!(said.contains("heading") && !said.contains("4711,"), "{wrong}: {said}");
    }
}

#[test]
fn a_message_that_cannot_be_read_spoils_the_directory_until_one_on_its_topic_can() {
    let mut told = Told::default();
    let order = |consent: &str| {
        format!(r#"{{"order":"4711","vin":"{VIN}","consent":{consent},"at":"2026-11-23T09:00:00Z"}}"#)
    };
    told.hear("orders/1", order("true").as_bytes(), now()).unwrap();
    assert!(matches!(told.directory.owner(&vehicle(VIN)), Owner::Order(_)));
    assert!(told.hear("orders/2", b"{", now()).is_err());
    assert!(told.is_spoilt());
    told.hear("orders/1", order("true").as_bytes(), now()).unwrap();
    assert!(told.is_spoilt(), "the other topic is not mended");
    assert!(!told.by(7).is_spoilt(), "a new connection tells what still spoils it");
    assert!(told.by(7).hear("orders/2", b"{", now()).is_err());
    assert!(told.by(7).is_spoilt());
    told.hear("orders/2", b"", now()).unwrap();
    assert!(!told.is_spoilt());
    assert!(told.hear("orders/1", br#"{"order":"1","body":"B","consent":true}"#, now()).is_err(), "no `at`");
}

#[test]
fn an_order_is_read_as_its_contract_says() {
    let mut told = Told::default();
    told.hear("orders/1", include_bytes!("../../golden/order.json"), now()).unwrap();
    let Owner::Order(order) = told.directory.owner(&vehicle("WP0ZZZ99ZTS390000")) else { panic!() };
    assert!(order.consent && order.market.is_some() && order.class.is_some() && order.body.is_some());
}

/// An error and all that it stems from, as the log prints it.
fn printed(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(|error| format!("{error}; ")).collect()
}

#[test]
fn no_error_repeats_a_number_that_it_found() {
    let mut said: Vec<String> = [
        format!("\"{VIN}\""),
        format!(r#"{{"order":4711,"vin":"{VIN}","consent":true}}"#),
        format!(r#"{{"{VIN}":1}}"#),
        format!(r#"{{"order":"4711","vin":"{VIN}x","consent":true,"at":"{VIN}"}}"#),
        format!(r#"{{"order":"4711","order":"4711","vin":"{VIN}"}}"#),
        format!(r#"{{"order":"4711","vin":"{VIN}","consent":"{VIN}"}}"#),
        format!(r#"{{"order":"4711","vin":"{VIN}","consent":true,"market":"{VIN}{VIN}"}}"#),
    ]
    .iter()
    .map(|text| printed(&Told::default().hear("t", text.as_bytes(), now()).unwrap_err()))
    .collect();
    let files = ["order,{VIN}\n", "order,vin,consent\n4711,{VIN}\n", "order,vin,consent\n{VIN},4711,{VIN}\n"];
    said.extend(files.iter().map(|text| printed(&of_file(&text.replace("{VIN}", VIN)).unwrap_err())));
    for said in said {
        assert!(!said.contains("WP0") && !said.contains("4711"), "{said}");
    }
}

#[test]
fn more_broken_topics_than_are_remembered_close_for_good_and_say_so() {
    let mut told = Told::default();
    for topic in 0..1_000 {
        told.hear(&format!("orders/{topic}"), b"{", now()).unwrap_err();
    }
    for topic in 0..1_000 {
        told.hear(&format!("orders/{topic}"), b"", now()).unwrap();
    }
    assert!(!told.is_spoilt());
    for topic in 0..=1_000 {
        told.hear(&format!("orders/{topic}"), b"{", now()).unwrap_err();
    }
    for topic in 0..=1_000 {
        let said = told.hear(&format!("orders/{topic}"), b"", now()).unwrap_err().to_string();
        assert!(said.contains("restart"), "{said}");
    }
    assert!(told.is_spoilt());
}

#[test]
fn a_file_that_is_just_being_written_is_read_once_it_is_quiet() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), "orders.csv", "order,body,consent\n4711,B1,yes\n");
    let sources = sources(Some(path.clone()), None);
    let orders = |later: u64| {
        let now = now().plus(Duration::from_millis(later));
        let _notices = sources.look(now);
        sources.known(now, true).orders.unwrap().len()
    };
    assert_eq!(orders(0), 1);
    written_ago(folder.path(), "orders.csv", "order,body,consent\n", Duration::ZERO);
    assert_eq!((orders(0), orders(499)), (1, 1), "half of it");
    assert_eq!(orders(500), 0);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(orders(600), 0);
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU).unwrap();
    assert_eq!(orders(700), 0, "a pipe keeps nobody waiting");
}

#[test]
fn nothing_leaves_while_a_source_cannot_be_read_since_it_may_have_been_the_word_that_counts() {
    let folder = tempfile::tempdir().unwrap();
    let id = |digit: char| AlbumId::parse(&digit.to_string().repeat(32)).unwrap();
    let album = |_: &Order| (id('1'), vec![id('1'), id('2')]);
    let good = "order,body,consent\n4711,B1,yes\n";
    let list = "lineshot-deny-1 2026-11-23T09:59:00Z\n";
    for (orders, deny, leaves) in [(good, list, true), ("nothing", list, false), (good, "nothing", false)] {
        let orders = written(folder.path(), "orders.csv", orders);
        let deny = written(folder.path(), "deny.txt", deny);
        let sources = sources(Some(orders), Some(deny));
        let _notices = sources.look(now());
        assert_eq!(sources.barred(now(), true, album).is_some(), leaves);
    }
}

fn written(folder: &std::path::Path, name: &str, text: &str) -> PathBuf {
    written_ago(folder, name, text, Duration::from_secs(1))
}

fn written_ago(folder: &std::path::Path, name: &str, text: &str, ago: Duration) -> PathBuf {
    let path = folder.join(name);
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + Duration::from_millis(NOW.unsigned_abs()) - ago).unwrap();
    path
}

fn sources(orders: Option<PathBuf>, deny: Option<PathBuf>) -> Sources {
    let hour = Duration::from_secs(3600);
    Sources::new(
        HashMap::new(),
        orders.map(|path| Orders { from: OrdersFrom::File(path), max_age: hour }),
        deny.map(|path| Deny { file: Some(path), topic: None, max_age: hour }),
    )
}

#[test]
fn a_file_is_missing_then_read_then_broken_then_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    let sources = sources(Some(path), None);
    let known = || {
        let _notices = sources.look(now());
        let known = sources.known(now(), true);
        (known.orders_source, known.orders.unwrap().len())
    };
    assert_eq!(known(), (Source::Missing, 0));
    let told = Source::Told { age: Duration::from_secs(1), max_age: Duration::from_secs(3600) };
    written(folder.path(), "orders.csv", "order,body,consent\n4711,B1,yes\n");
    assert_eq!(known(), (told, 1));
    assert_eq!(known(), (told, 1), "unchanged");
    written(folder.path(), "orders.csv", "order,body,consent\n4711,B1,perhaps\n");
    assert_eq!(known(), (Source::Broken, 0));
    written(folder.path(), "orders.csv", "order,body,consent\n4711,B1,yes\n4712,B2,yes\n");
    assert_eq!(known(), (told, 2));
    let later = sources.known(Wall::from_unix_ms(NOW + 3_600_001), true).orders_source;
    assert_eq!(
        later,
        Source::Told { age: Duration::from_millis(3_601_001), max_age: Duration::from_secs(3600) }
    );
}

#[test]
fn who_was_denied_stays_denied_while_the_list_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let album = "0123456789abcdef0123456789abcdef";
    let path =
        written(folder.path(), "deny.txt", &format!("lineshot-deny-1 2026-11-23T09:59:00Z\n{album}\n"));
    let sources = sources(None, Some(path));
    let barred = || {
        let _notices = sources.look(now());
        let known = sources.known(now(), true);
        (known.deny_source, known.denied.len())
    };
    let minute = Source::Told { age: Duration::from_secs(60), max_age: Duration::from_secs(3600) };
    assert_eq!(barred(), (minute, 1));
    written(folder.path(), "deny.txt", "lineshot-deny-1 2026-11-23T09:59:30Z\nnobody\n");
    assert_eq!(barred(), (Source::Broken, 1));
    written(folder.path(), "deny.txt", "lineshot-deny-1 2026-11-23T09:00:00Z\n");
    assert_eq!(barred(), (Source::Broken, 1), "an older list takes nobody off");
    written(folder.path(), "deny.txt", "lineshot-deny-1 2026-11-23T09:59:00Z\n");
    assert_eq!(barred(), (Source::Broken, 1), "nor does a list of the same time");
    written(folder.path(), "deny.txt", &format!("lineshot-deny-1 2026-11-23T09:59:00Z\n{album}\n# again\n"));
    assert_eq!(barred(), (minute, 1));
    std::fs::remove_file(folder.path().join("deny.txt")).unwrap();
    assert_eq!(barred(), (Source::Missing, 1));
}

#[test]
fn nothing_may_leave_before_it_is_known_who_was_denied_and_what_was_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let id = |digit: char| AlbumId::parse(&digit.to_string().repeat(32)).unwrap();
    let album = |_: &Order| (id('1'), vec![id('1'), id('2')]);
    let sources = sources(Some(folder.path().join("orders.csv")), None);
    assert_eq!(sources.barred(now(), true, album), None);
    written(
        folder.path(),
        "orders.csv",
        "order,body,consent,state\n4711,B1,yes,cancelled\n4712,B2,yes,active\n",
    );
    let _notices = sources.look(now());
    assert_eq!(sources.barred(now(), true, album).unwrap().len(), 1);
}
