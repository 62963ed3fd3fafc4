//! `check`: reads all that the configuration names on this PC, as the agent would.
//!
//! Deliberately absent: broker, cameras and store. Nobody is contacted.

use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use jiff::SignedDuration;
use lineshot_config::{
    AgentSettings, CameraSetting, ClockTrust, Deny, Orders, OrdersFrom, Problem, Problems, Station,
};
use lineshot_domain::{Clock, DenyList, VehicleClass, Wall, Window};

use super::settings;
use crate::explain::{self, dated};
use crate::failure::Failure;
use crate::sources::orders;

/// What is good is a line to read.
type Found = Result<String, Box<Problem>>;

/// `check`: names all that is wrong with the folder, or says what would be photographed, and when; or every
/// value that holds.
///
/// # Errors
/// [`Failure::Problems`] if any file is wrong, or an expectation does not hold.
pub fn check(config: &Path, clock: &dyn Clock, effective: bool) -> Result<String, Failure> {
    let settings = settings(config)?;
    let now = clock.wall();
    let mut lines = vec![
        format!("agent {} of site {}", settings.name, settings.site),
        format!("clock: {}", clock_trust(&settings.clock)),
    ];
    lines.extend(
        [orders_line(settings.orders.as_ref(), now), deny_line(settings.deny.as_ref(), now)]
            .into_iter()
            .flatten(),
    );
    lines.extend(settings.stations.iter().flat_map(station_lines));
    if settings.stations.is_empty() && settings.broken.is_empty() {
        lines.push("no station: put one into stations/<id>.toml".to_owned());
    }
    match Problems::of(wrong(&settings, now)) {
        Some(problems) => Err(problems.into()),
        None if effective => Ok(all_that_holds(&settings, config)),
        None => Ok(lines.join("\n") + "\n"),
    }
}

/// All that is wrong with what was read and with what it names on this PC, and every expectation that does not
/// hold.
pub(crate) fn wrong(settings: &AgentSettings, now: Wall) -> Vec<Problem> {
    let mut wrong: Vec<Problem> = settings.problems().iter().flat_map(Problems::iter).cloned().collect();
    wrong.extend(missing(settings));
    let lists = [orders_line(settings.orders.as_ref(), now), deny_line(settings.deny.as_ref(), now)];
    wrong.extend(lists.into_iter().filter_map(Result::err).map(|problem| *problem));
    wrong.extend(settings.stations.iter().flat_map(|station| explain::disappointed(settings, station, now)));
    wrong
}

fn all_that_holds(settings: &AgentSettings, config: &Path) -> String {
    let mut text = format!("# What holds for the agent.\n{}", settings.effective(config));
    for station in &settings.stations {
        text.push_str(&format!("\n# What holds for station {}.\n{}", station.id, station.effective(config)));
    }
    text
}

fn station_lines(station: &Station) -> [String; 2] {
    let views: Vec<&str> = station.views.iter().map(|view| view.id.as_str()).collect();
    let rules = &station.rules;
    let list = |items: Vec<String>, none: &str| match items.is_empty() {
        true => none.to_owned(),
        false => items.join(", "),
    };
    let windows = rules.calendar.windows().unwrap_or_default().iter().map(hours).collect();
    let closed = rules.calendar.closed().iter().map(ToString::to_string).collect();
    let markets = rules.photos.iter().flatten().map(dated).collect();
    let journey = rules.journey.iter().map(dated).collect();
    let classes = rules.classes.iter().flatten().map(VehicleClass::as_str).map(str::to_owned).collect();
    let line = station.line.as_ref().map_or("not asked".to_owned(), |line| {
        let states = line.allowed.join(" or ");
        format!("{states} on {}, at most {} old", line.topic, spoken(line.max_age))
    });
    let expected = match station.expect.len() {
        0 => String::new(),
        1 => "; 1 expectation holds".to_owned(),
        count => format!("; {count} expectations hold"),
    };
    [
        format!(
            "station {}: views {}; topic {}{expected}",
            station.id,
            views.join(", "),
            station.trigger.topic
        ),
        format!(
            "  zone {}; windows: {}; closed: {}; markets: {}; journey: {}; classes: {}; keep {}; line state: {line}",
            rules.calendar.zone(),
            list(windows, "at all times"),
            list(closed, "never"),
            list(markets, "all"),
            list(journey, "none"),
            list(classes, "all"),
            rules.keep.as_str(),
        ),
    ]
}

/// A window's hours. Those through midnight are said in full: they may have been written the wrong way round.
fn hours(window: &Window) -> String {
    let (from, to) = (window.from().minute(), window.to().minute());
    if from < to {
        return window.to_string();
    }
    let length = 24 * 60 - from + to;
    format!(
        "{window} through midnight ({} h {:02} min; if that is not meant, exchange `from` and `to`)",
        length / 60,
        length % 60
    )
}

fn clock_trust(clock: &ClockTrust) -> String {
    match clock {
        ClockTrust::Kernel => "trusted while the kernel says that it is synchronised".to_owned(),
        ClockTrust::File { path, max_age } => {
            format!("trusted while {} was touched within {}", path.display(), spoken(*max_age))
        }
        ClockTrust::Unchecked => "not checked, which is for trials alone".to_owned(),
    }
}

fn orders_line(orders: Option<&Orders>, now: Wall) -> Found {
    let Some(orders) = orders else { return Ok("orders: no directory is asked".to_owned()) };
    let path = match &orders.from {
        OrdersFrom::Topic(filter) => {
            let max_age = spoken(orders.max_age);
            return Ok(format!("orders: from topic {}, at most {max_age} old", filter.as_str()));
        }
        OrdersFrom::File(path) => path,
    };
    let (bytes, written) = read("orders", path)?;
    let directory = orders::of_file(&bytes, written, now).map_err(|error| {
        let found = format!("{:#}", anyhow::Error::from(error));
        Box::new(Problem::of_file(path, found, "it is `file` of [orders]"))
    })?;
    let age = age(now.since(written), orders.max_age);
    Ok(format!("orders: {} in {}, written {age}", directory.len(), path.display()))
}

fn deny_line(deny: Option<&Deny>, now: Wall) -> Found {
    let Some(deny) = deny else { return Ok("deny list: none is asked".to_owned()) };
    let mut from = Vec::new();
    if let Some(path) = &deny.file {
        let (bytes, _) = read("deny", path)?;
        let wrong = |problem: String| Box::new(Problem::of_file(path, problem, "it is `file` of [deny]"));
        let text = std::str::from_utf8(&bytes).map_err(|_| wrong("it is no UTF-8 text".to_owned()))?;
        let list = DenyList::parse(text).map_err(|error| wrong(error.to_string()))?;
        let age = age(now.since(list.issued()), deny.max_age);
        from.push(format!("{} albums in {}, issued {age}", list.albums().len(), path.display()));
    }
    if let Some(topic) = &deny.topic {
        from.push(format!("from topic {topic}, at most {} old", spoken(deny.max_age)));
    }
    Ok(format!("deny list: {}", from.join("; ")))
}

/// A file and when it was written.
fn read(table: &str, path: &Path) -> Result<(Vec<u8>, Wall), Box<Problem>> {
    let both = || Ok((std::fs::read(path)?, std::fs::metadata(path)?.modified()?));
    let (bytes, written) = both().map_err(|error: std::io::Error| {
        let mend = format!("put it there, or correct `file` of [{table}]");
        Box::new(Problem::of_file(path, format!("it cannot be read: {error}"), mend))
    })?;
    let since = written.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok((bytes, Wall::from_unix_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))))
}

/// How long ago something was told, and whether that still holds.
fn age(age: Duration, max_age: Duration) -> String {
    let (ago, limit) = (spoken(Duration::from_secs(age.as_secs())), spoken(max_age));
    match age > max_age {
        true => format!("{ago} ago: TOO OLD, the limit is {limit}"),
        false => format!("{ago} ago, the limit is {limit}"),
    }
}

/// `5m`, `1h 30m`.
fn spoken(duration: Duration) -> String {
    SignedDuration::try_from(duration).map(|duration| format!("{duration:#}")).unwrap_or_default()
}

/// Files and folders that the settings name and that this user cannot read.
fn missing(settings: &AgentSettings) -> Vec<Problem> {
    let mut wrong = Vec::new();
    if !settings.data.is_dir() {
        let found = "the data folder does not exist";
        wrong.push(Problem::of_file(&settings.data, found, "make it, or correct `data` in agent.toml"));
    }
    for (path, what) in named_files(settings) {
        if let Err(error) = std::fs::read(&path) {
            let mend = format!("put {what} there for the agent to read, or correct the path");
            wrong.push(Problem::of_file(&path, format!("it cannot be read: {error}"), mend));
        }
    }
    wrong
}

/// Files with passwords and certificates, and what each holds.
fn named_files(settings: &AgentSettings) -> Vec<(PathBuf, String)> {
    let broker = &settings.broker;
    let mut files = Vec::new();
    let mut name = |path: Option<&PathBuf>, what: &str| {
        files.extend(path.map(|path| (path.clone(), what.to_owned())));
    };
    name(broker.password_file.as_ref(), "the broker's password alone");
    if let Some(tls) = &broker.tls {
        name(tls.ca.as_ref(), "the broker's authorities, as PEM,");
        name(tls.own.as_ref().map(|own| &own.certificate), "this PC's certificate for the broker, as PEM,");
        name(
            tls.own.as_ref().map(|own| &own.key),
            "the key of this PC's certificate for the broker, as PEM,",
        );
    }
    for station in &settings.stations {
        for view in &station.views {
            let CameraSetting::Http { login, ca, .. } = &view.camera else { continue };
            let camera = format!("of the camera of {}/{}", station.id, view.id);
            name(login.as_ref().map(|login| &login.password_file), &format!("the password {camera} alone"));
            name(ca.as_ref(), &format!("the authorities {camera}, as PEM,"));
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use lineshot_domain::Mono;

    use super::*;

    /// 2026-11-23T10:00:00Z, whatever the files say.
    struct Monday;

    impl Clock for Monday {
        fn mono(&self) -> Mono {
            Mono::from_start(Duration::ZERO)
        }

        fn wall(&self) -> Wall {
            Wall::from_unix_ms(1_795_428_000_000)
        }
    }

    struct Pc(tempfile::TempDir);

    impl Pc {
        /// A station with rules, and a directory and a deny list that say this.
        fn with(orders: &str, deny: &str) -> Pc {
            let pc = Pc(tempfile::tempdir().unwrap());
            std::fs::create_dir(pc.0.path().join("stations")).unwrap();
            let here = pc.0.path().display();
            pc.put(
                "agent.toml",
                &format!(
                    "version = 1\nname = \"a\"\nsite = \"s\"\nclock = {{ trust = \"kernel\" }}\n\
                     data = \"{here}\"\nbroker = {{ url = \"mqtt://b\" }}\n\
                     orders = {{ file = \"{here}/orders.csv\", max_age = \"1d\" }}\n\
                     deny = {{ file = \"{here}/deny.txt\", topic = \"deny\", max_age = \"7d\" }}\n"
                ),
            );
            pc.put(
                "stations/marriage.toml",
                "version = 1\nid = \"marriage\"\nname = { en = \"Marriage\" }\ntimezone = \"Europe/Berlin\"\n\
                 [trigger]\ntopic = \"t\"\nformat = \"text\"\nage = \"expiry\"\nmax_age = \"5s\"\ndwell = \"60s\"\n\
                 [permit]\nwindows = [{ days = \"mon-fri\", from = \"06:00\", to = \"14:30\" }]\n\
                 closed = [\"2026-12-24/2027-01-06\"]\n\
                 markets = { photos = [\"US\", { market = \"GB\", from = \"2027-01-01\" }], journey = [\"US\"] }\n\
                 classes = [\"serial\"]\n\
                 line = { topic = \"state\", allowed = [\"AUTO\"], max_age = \"90s\" }\n\
                 [[view]]\nid = \"front\"\ncamera = { file = { path = \"/clip\", fps = 5 }, size = \"1280x720\" }\n\
                 delay = \"1s\"\nwithin = \"10s\"\nshow = \"all\"\n",
            );
            pc.put("orders.csv", orders);
            pc.put("deny.txt", deny);
            pc
        }

        #[expect(clippy::disallowed_methods, reason = "a test's own folder needs no fsync")]
        fn put(&self, name: &str, text: &str) {
            std::fs::write(self.0.path().join(name), text).unwrap();
        }

        fn check(&self) -> Result<String, String> {
            check(self.0.path(), &Monday, false).map_err(|failure| failure.told(false))
        }
    }

    const ORDERS: &str = "order,vin,consent,at\n4711,WP0ZZZ99ZTS390000,yes,2026-11-23T09:00:00Z\n";
    const DENY: &str = "lineshot-deny-1 2026-11-23T09:00:00Z\n00112233445566778899aabbccddeeff\n";

    #[test]
    fn all_that_permits_is_said() {
        let said = Pc::with(ORDERS, DENY).check().unwrap();
        for part in [
            "clock: trusted while the kernel",
            "orders: 1 in /",
            "deny list: 1 albums in /",
            "issued 1h ago, the limit is 168h; from topic deny",
            "zone Europe/Berlin; windows: mon-fri 06:00-14:30; closed: 2026-12-24/2027-01-06; \
             markets: US, GB (from 2027-01-01); journey: US; classes: serial; keep first; \
             line state: AUTO on state, at most 1m 30s old\n",
        ] {
            assert!(said.contains(part), "{part:?} is not in:\n{said}");
        }
        assert!(!said.contains("4711") && !said.contains("WP0"), "{said}");
    }

    #[test]
    fn hours_through_midnight_may_be_a_mistake_and_are_said_in_full() {
        let pc = Pc::with(ORDERS, DENY);
        let path = pc.0.path().join("stations/marriage.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let reversed = text.replace("from = \"06:00\", to = \"14:30\"", "from = \"14:30\", to = \"06:00\"");
        pc.put("stations/marriage.toml", &reversed);
        let said = pc.check().unwrap();
        let part = "mon-fri 14:30-06:00 through midnight (15 h 30 min; if that is not meant, exchange `from` and `to`);";
        assert!(said.contains(part), "{said}");
    }

    #[test]
    fn a_list_that_is_missing_or_wrong_is_named_with_its_line() {
        for (orders, deny, want) in [
            (
                "order,vin,consent,at\n1,,yes,2026-11-23T09:00:00Z\n",
                DENY,
                "line 2: correct it: the order has neither",
            ),
            (ORDERS, "lineshot-deny-1\n", "the first line must be"),
            (ORDERS, "lineshot-deny-1 2026-11-23T09:00:00Z\nfoo\n", "line 2 is no album"),
        ] {
            let said = Pc::with(orders, deny).check().unwrap_err();
            assert!(said.contains(want), "{said}");
        }
        let pc = Pc::with(ORDERS, DENY);
        std::fs::remove_file(pc.0.path().join("orders.csv")).unwrap();
        assert!(pc.check().unwrap_err().contains("put it there, or correct `file` of [orders]"));
    }

    #[test]
    fn a_list_that_is_too_old_is_no_mistake_of_the_configuration_but_said() {
        let said = Pc::with(ORDERS, "lineshot-deny-1 2026-11-01T09:00:00Z\n").check().unwrap();
        assert!(said.contains("issued 529h ago: TOO OLD, the limit is 168h"), "{said}");
    }
}
