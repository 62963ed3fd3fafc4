//! What the agent is told by others: clock, orders, deny list; and the examples of what they are told.

use lineshot_domain::{BodyNumber, DenyList, Keep, Market, OrderNumber, VehicleClass, Vin};

use super::*;

/// An agent whose `agent.toml` has this besides.
fn with(more: &str) -> Result<AgentSettings, Problems> {
    Folder::shipped().put("agent.toml", format!("{AGENT}\n{more}\n")).agent()
}

/// An agent whose clock is trusted so.
fn trusting(trust: &str) -> Result<ClockTrust, Problems> {
    let agent = swapped(AGENT, "trust = \"kernel\"", &format!("trust = {trust}"));
    Folder::shipped().put("agent.toml", agent).agent().map(|agent| agent.clock)
}

fn each_says<T: std::fmt::Debug>(
    read: impl Fn(&str) -> Result<T, Problems>,
    mistakes: &[(&str, &str, &str)],
) {
    for (text, key, mend) in mistakes {
        says(&read(text).unwrap_err(), "agent.toml", key, mend);
    }
}

#[test]
fn the_clock_is_trusted_by_the_kernel_a_file_or_nobody() {
    let file = ClockTrust::File { path: "/run/synchronised".into(), max_age: Duration::from_secs(300) };
    assert_eq!(trusting("\"kernel\"").unwrap(), ClockTrust::Kernel);
    assert_eq!(trusting("\"unchecked\"").unwrap(), ClockTrust::Unchecked);
    assert_eq!(trusting("{ file = \"/run/synchronised\", max_age = \"5m\" }").unwrap(), file);
    each_says(
        trusting,
        &[
            ("\"yes\"", "clock.trust", "write one of them"),
            ("true", "clock.trust", "write one of them"),
            ("[]", "clock.trust", "write one of them"),
            ("{}", "clock.trust.file", "add this key"),
            ("{ file = \"/x\" }", "clock.trust.max_age", "add this key"),
            ("{ file = \"x\", max_age = \"5m\" }", "clock.trust.file", "begin it with a slash"),
            ("{ file = \"/x\", max_age = \"9s\" }", "clock.trust.max_age", "\"10s\" to \"1d\""),
            ("{ file = \"/x\", max_age = \"25h\" }", "clock.trust.max_age", "\"10s\" to \"1d\""),
            ("{ path = \"/x\", max_age = \"5m\" }", "clock.trust.path", "correct its spelling"),
        ],
    );
}

#[test]
fn orders_come_from_a_file_or_a_topic() {
    assert_eq!(with("").unwrap().orders, None);
    let max_age = Duration::from_secs(86_400);
    let orders = with("[orders]\nfile = \"/o.csv\"\nmax_age = \"1d\"").unwrap().orders.unwrap();
    assert_eq!(orders, Orders { from: OrdersFrom::File("/o.csv".into()), max_age });
    for filter in ["plant/orders/+", "plant/orders/#", "plant/orders", "plant/+/orders/+"] {
        let orders =
            with(&format!("[orders]\ntopic = \"{filter}\"\nmax_age = \"1d\"")).unwrap().orders.unwrap();
        assert!(matches!(orders.from, OrdersFrom::Topic(topic) if topic.as_str() == filter));
    }
    each_says(
        with,
        &[
            ("[orders]\nmax_age = \"1d\"", "orders", "found neither"),
            ("[orders]\nfile = \"/o\"\ntopic = \"o\"\nmax_age = \"1d\"", "orders", "found both"),
            ("[orders]\nfile = \"/o\"", "orders.max_age", "add this key"),
            ("[orders]\nfile = \"/o\"\nmax_age = \"59s\"", "orders.max_age", "\"1m\" to \"90d\""),
            ("[orders]\nfile = \"/o\"\nmax_age = \"91d\"", "orders.max_age", "\"1m\" to \"90d\""),
            ("[orders]\nfile = \"o\"\nmax_age = \"1d\"", "orders.file", "begin it with a slash"),
            ("[orders]\nflie = \"/o\"\nmax_age = \"1d\"", "orders.flie", "correct its spelling"),
            ("[orders]\ntopic = \"o+\"\nmax_age = \"1d\"", "orders.topic", "`+` for any one level"),
            ("[orders]\ntopic = \"o/#/x\"\nmax_age = \"1d\"", "orders.topic", "`#` alone in the last"),
            ("[orders]\ntopic = \"\"\nmax_age = \"1d\"", "orders.topic", "1 to 256 bytes"),
            ("[orders]\ntopic = \"$share/g/o\"\nmax_age = \"1d\"", "orders.topic", "belong to the broker"),
            ("[orders]\ntopic = \"o/{station}\"\nmax_age = \"1d\"", "orders.topic", "no placeholder"),
            ("[orders]\ntopic = \"lineshot/orders\"\nmax_age = \"1d\"", "orders.topic", "lineshot itself"),
            ("[orders]\ntopic = \"+/orders\"\nmax_age = \"1d\"", "orders.topic", "plant's own first level"),
            ("[orders]\ntopic = \"#\"\nmax_age = \"1d\"", "orders.topic", "plant's own first level"),
        ],
    );
}

#[test]
fn a_deny_list_comes_from_a_file_a_topic_or_both() {
    assert_eq!(with("").unwrap().deny, None);
    let deny = with("[deny]\nfile = \"/d\"\ntopic = \"plant/deny\"\nmax_age = \"7d\"").unwrap().deny.unwrap();
    assert_eq!(deny.file.as_deref(), Some(Path::new("/d")));
    assert_eq!(deny.topic.unwrap().as_str(), "plant/deny");
    assert_eq!(deny.max_age, Duration::from_secs(7 * 86_400));
    assert_eq!(with("[deny]\nfile = \"/d\"\nmax_age = \"7d\"").unwrap().deny.unwrap().topic, None);
    assert_eq!(with("[deny]\ntopic = \"d\"\nmax_age = \"7d\"").unwrap().deny.unwrap().file, None);
    let orders = "[orders]\ntopic = \"plant/+\"\nmax_age = \"1d\"\n";
    each_says(
        with,
        &[
            ("[deny]\nmax_age = \"7d\"", "deny", "name a source"),
            ("[deny]\nfile = \"/d\"", "deny.max_age", "add this key"),
            ("[deny]\nfile = \"/d\"\nmax_age = \"1s\"", "deny.max_age", "\"1m\" to \"90d\""),
            ("[deny]\ntopic = \"d/+\"\nmax_age = \"7d\"", "deny.topic", "without wildcards"),
            ("[deny]\ntopic = \"lineshot/site/pc/deny\"\nmax_age = \"7d\"", "deny.topic", "lineshot itself"),
            (
                &format!("{orders}[deny]\ntopic = \"plant/deny\"\nmax_age = \"7d\""),
                "deny.topic",
                "`orders.topic`",
            ),
        ],
    );
}

#[test]
fn the_socket_has_a_default_and_fits_its_address() {
    let folder = Folder::shipped();
    let socket = |path: &str| folder.agent_in(&[("LINESHOT__SOCKET", path)]);
    assert_eq!(folder.agent().unwrap().socket, Path::new("/run/lineshot/agent.sock"));
    let longest = format!("/{}", "x".repeat(106));
    assert_eq!(socket(&longest).unwrap().socket, Path::new(&longest));
    for bad in ["agent.sock", &format!("{longest}x")] {
        says(&socket(bad).unwrap_err(), "LINESHOT__SOCKET", "socket", "");
    }
}

#[test]
fn the_environment_reaches_the_agents_sources_and_leaves_the_uploader_alone() {
    let folder = Folder::shipped();
    let variables = [
        ("LINESHOT__ORDERS__FILE", "/o.csv"),
        ("LINESHOT__ORDERS__MAX_AGE", "2d"),
        ("LINESHOT__DENY__FILE", "/d.txt"),
        ("LINESHOT__DENY__MAX_AGE", "2d"),
        ("LINESHOT__SOCKET", "/run/s"),
    ];
    let agent = folder.agent_in(&variables).unwrap();
    assert!(agent.orders.is_some() && agent.deny.is_some());
    assert!(folder.uploader_in(&variables).is_ok());
}

/// The text with the comment signs of these lines removed.
fn uncommented(text: &str, lines: &[&str]) -> String {
    let mut text = text.to_owned();
    for line in lines {
        let comment = format!("\n# {line}");
        assert_eq!(text.matches(&comment).count(), 1, "{comment:?} is not there once");
        text = text.replace(&comment, &format!("\n{line}"));
    }
    text
}

#[test]
fn every_optional_key_of_the_examples_works_as_it_stands_there() {
    let folder = Folder::shipped();
    let agent =
        uncommented(AGENT, &["socket =", "[orders]", "file    = \"/etc/lineshot/orders.csv\"", "[deny]"]);
    let agent =
        uncommented(&agent, &["file    = \"/etc/lineshot/deny.txt\"", "topic   = \"plant/photo/deny\""]);
    let agent = uncommented(&agent, &["max_age = \"24h\"", "max_age = \"7d\""]);
    folder.put("agent.toml", &agent);
    let line =
        uncommented(LINE, &["ready =", "time_format  =", "expect_every =", "shortest     =", "[permit]"]);
    let line = uncommented(
        &line,
        &["market   =", "class    =", "sequence =", "windows =", "closed  =", "markets ="],
    );
    folder.put("line.toml", uncommented(&line, &["classes =", "line    =", "keep    ="]));
    let loaded = folder.agent().unwrap();
    assert!(loaded.broken.is_empty(), "{:?}", loaded.broken);
    assert!(
        loaded.orders.is_some()
            && loaded.deny.is_some_and(|deny| deny.file.is_some() && deny.topic.is_some())
    );
    let station = &loaded.stations[0];
    assert_eq!(station.trigger.ready.as_ref().unwrap().as_str(), "zuffenhausen/911/line1/marriage/photo");
    assert_eq!(station.trigger.expect_every, Some(Duration::from_secs(600)));
    assert_eq!(station.trigger.shortest, Some(Duration::from_secs(20)));
    assert_eq!(station.trigger.time_format, TimeFormat::Rfc3339);
    let Format::Json(fields) = &station.trigger.format else { panic!("the line says JSON") };
    assert!(fields.market.is_some() && fields.class.is_some() && fields.sequence.is_some());
    assert_eq!(station.rules.calendar.windows().unwrap().len(), 2);
    assert_eq!(station.rules.photos.as_ref().unwrap().len(), 3);
    assert_eq!(station.rules.keep, Keep::First);
    assert_eq!(station.line.as_ref().unwrap().allowed, ["AUTO"]);

    let own = ["timezone =", "[trigger]", "dwell =", "[permit]", "windows =", "closed  ="];
    folder.put("stations/marriage.toml", uncommented(MARRIAGE, &own));
    let station = folder.station().unwrap();
    assert_eq!(station.rules.calendar.zone().as_str(), "Europe/London");
    assert!(station.rules.calendar.closed().is_empty());

    let topic = agent.replace("\nfile    = \"/etc/lineshot/orders.csv\"", "");
    folder.put("agent.toml", uncommented(&topic, &["topic   = \"plant/orders/+\""]));
    assert!(folder.station().is_ok());
    for camera in ["camera  = { file =", "camera  = { line ="] {
        let own = without(&without(&uncommented(MARRIAGE, &[camera]), "camera  = { http"), "latency");
        folder.put("stations/marriage.toml", own);
        let error = folder.station().map(|_| ());
        assert!(error.is_ok(), "{camera}: {error:?}");
    }
}

#[test]
fn the_shipped_lists_are_what_the_agent_reads() {
    let deny = DenyList::parse(include_str!("../../examples/deny.txt")).unwrap();
    assert_eq!(deny.albums().len(), 1);
    let mut lines = include_str!("../../examples/orders.csv").lines();
    assert_eq!(lines.next(), Some("order,vin,body,market,class,consent,state,at"));
    let mut states = Vec::new();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let [order, vin, body, market, class, consent, state, _at] = fields[..] else { panic!("{line}") };
        assert!(OrderNumber::parse(order).is_ok(), "{line}");
        assert!(vin.is_empty() || Vin::parse(vin).is_ok(), "{line}");
        assert!(body.is_empty() || BodyNumber::parse(body).is_ok(), "{line}");
        assert!(market.is_empty() || Market::parse(market).is_ok(), "{line}");
        assert!(class.is_empty() || VehicleClass::parse(class).is_ok(), "{line}");
        assert!(["yes", "no"].contains(&consent), "{line}");
        states.push(state);
    }
    assert_eq!(states, ["active", "active", "", "cancelled"]);
}
