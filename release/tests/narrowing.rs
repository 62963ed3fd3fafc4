//! What is called narrower shows nothing that was not signed: looked at point by point and minute by minute.
#![expect(clippy::unwrap_used, reason = "a test fails where its world does")]

use lineshot_config::Station;
use lineshot_domain::{Calendar, CalendarState, Point, Polygon, Scene, Show, Wall};
use lineshot_release::compare;
use proptest::prelude::*;

/// A station as it may be written.
#[derive(Clone, Debug)]
struct Written {
    show: Option<Vec<[f64; 4]>>,
    masks: Vec<[f64; 4]>,
    windows: Option<Vec<(usize, u32, u32)>>,
    markets: Option<Vec<usize>>,
    max_age: u32,
    dwell: u32,
    delay: u32,
    within: u32,
}

const DAYS: [&str; 4] = ["mon-fri", "sat", "fri-mon", "daily"];
const MARKETS: [&str; 4] = ["US", "DE", "GB", "JP"];

fn rectangle() -> impl Strategy<Value = [f64; 4]> {
    // On a coarse grid, so that borders meet often.
    (0_u8..8, 0_u8..8, 1_u8..5, 1_u8..5).prop_map(|(x, y, w, h)| {
        let at = |value: u8| f64::from(value.min(12)) / 12.0;
        [at(x), at(y), at(x + w), at(y + h)]
    })
}

fn written() -> impl Strategy<Value = Written> {
    let window = (0..DAYS.len(), 0_u32..6, 0_u32..6).prop_map(|(days, from, to)| (days, from * 4, to * 4));
    let windows =
        prop::collection::vec(window.prop_filter("a window has a length", |(_, from, to)| from != to), 1..3);
    (
        prop::option::weighted(0.8, prop::collection::vec(rectangle(), 1..3)),
        prop::collection::vec(rectangle(), 0..3),
        prop::option::of(windows),
        prop::option::of(prop::collection::vec(0..MARKETS.len(), 1..4)),
        (1_u32..4, 60_u32..63, 0_u32..3, 1_u32..4),
    )
        .prop_map(|(show, masks, windows, markets, (max_age, dwell, delay, within))| Written {
            show,
            masks,
            windows,
            markets: markets.map(|mut all| {
                all.sort_unstable();
                all.dedup();
                all
            }),
            max_age,
            dwell,
            delay,
            within,
        })
}

/// One that differs from another in a few places: two that have nothing in common are never narrower.
fn pair() -> impl Strategy<Value = (Written, Written)> {
    (written(), written(), prop::collection::vec(any::<bool>(), 8)).prop_map(|(signed, other, takes)| {
        let mut running = signed.clone();
        if takes[0] {
            running.show = other.show;
        }
        if takes[1] {
            running.masks.extend(other.masks);
        } else if takes[2] {
            running.masks.pop();
        }
        if takes[3] {
            running.windows = other.windows;
        }
        if takes[4] {
            running.markets = other.markets;
        }
        if takes[5] {
            (running.max_age, running.dwell) = (other.max_age, other.dwell);
        }
        if takes[6] {
            (running.delay, running.within) = (other.delay, other.within);
        }
        (signed, running)
    })
}

fn station(written: &Written) -> Station {
    let corners = |[l, t, r, b]: &[f64; 4]| format!("[[{l},{t}],[{r},{t}],[{r},{b}],[{l},{b}]]");
    let show = match &written.show {
        None => "\"all\"".to_owned(),
        Some(all) => format!("[{}]", all.iter().map(corners).collect::<Vec<_>>().join(",")),
    };
    let masks: String = (written.masks.iter().enumerate())
        .map(|(at, mask)| format!("[[view.mask]]\nname = \"m{at}\"\npolygon = {}\n", corners(mask)))
        .collect();
    let mut permit = String::new();
    if let Some(windows) = &written.windows {
        let one = |(days, from, to): &(usize, u32, u32)| {
            format!("{{ days = {:?}, from = \"{from:02}:00\", to = \"{to:02}:00\" }}", DAYS[*days])
        };
        let all: Vec<String> = windows.iter().map(one).collect();
        permit.push_str(&format!("windows = [{}]\n", all.join(",")));
    }
    if let Some(markets) = &written.markets {
        let all: Vec<String> = markets.iter().map(|at| format!("{:?}", MARKETS[*at])).collect();
        permit.push_str(&format!("markets = {{ photos = [{}] }}\n", all.join(",")));
    }
    let text = format!(
        "version = 1\nid = \"s\"\nname = {{ en = \"S\" }}\ntimezone = \"Europe/Berlin\"\n\
         [trigger]\ntopic = \"t\"\nformat = \"json\"\nage = \"time\"\nmax_age = \"{}s\"\ndwell = \"{}s\"\n\
         [trigger.fields]\ntime = \"/t\"\nvin = \"/v\"\nmarket = \"/m\"\n[permit]\n{permit}\
         [[view]]\nid = \"front\"\ncamera = {{ file = {{ path = \"/clip\", fps = 5 }}, size = \"640x480\" }}\n\
         delay = \"{}s\"\nwithin = \"{}s\"\nshow = {show}\n{masks}",
        written.max_age, written.dwell, written.delay, written.within,
    );
    Station::released(&text).unwrap()
}

/// Whether a point in the middle of a cell of a grid finer than the rectangles' may be seen.
fn is_seen(scene: &Scene, x: u32, y: u32) -> bool {
    let (x, y) = ((f64::from(x) + 0.5) / 24.0, (f64::from(y) + 0.5) / 24.0);
    let has = |polygon: &Polygon| {
        let xs = polygon.corners().iter().map(|corner: &Point| corner.x.value());
        let ys = polygon.corners().iter().map(|corner: &Point| corner.y.value());
        let within = |at: f64, all: Vec<f64>| {
            all.iter().copied().fold(f64::MAX, f64::min) < at
                && at < all.iter().copied().fold(f64::MIN, f64::max)
        };
        within(x, xs.collect()) && within(y, ys.collect())
    };
    let is_shown = match scene.show() {
        Show::All => true,
        Show::Within(polygons) => polygons.iter().any(has),
    };
    is_shown && !scene.masks().iter().any(|mask| has(&mask.polygon))
}

fn is_open(calendar: &Calendar, hour: i64) -> bool {
    let at = Wall::from_unix_ms(1_795_428_000_000 + hour * 3_600_000 + 60_000);
    matches!(calendar.at(at), CalendarState::Open { .. })
}

/// A station whose view has this `lock`.
fn locked(lock: &str) -> Station {
    let text = "version = 1\nid = \"s\"\nname = { en = \"S\" }\n\
         [trigger]\ntopic = \"t\"\nformat = \"text\"\nage = \"expiry\"\nmax_age = \"5s\"\ndwell = \"60s\"\n\
         [[view]]\nid = \"front\"\ncamera = { file = { path = \"/clip\", fps = 5 }, size = \"640x480\" }\n\
         delay = \"1s\"\nwithin = \"20s\"\nshow = \"all\"\n";
    Station::released(&format!("{text}{lock}")).unwrap()
}

#[test]
fn an_angle_that_was_signed_is_checked_as_strictly_and_against_the_same() {
    let (one, other) = ("1".repeat(64), "2".repeat(64));
    let lock = |px: u8, references: &str| {
        format!("lock = {{ tolerance = \"{px}px\", references = \"{references}\" }}\n")
    };
    for (signed, running, wider, narrower) in [
        (String::new(), lock(4, &one), 0, 1),
        (lock(4, &one), String::new(), 1, 0),
        (lock(4, &one), lock(4, &one), 0, 0),
        (lock(4, &one), lock(2, &one), 0, 1),
        (lock(2, &one), lock(4, &one), 1, 0),
        (lock(4, &one), lock(4, &other), 1, 0),
        (lock(4, &one), "lock = { tolerance = \"4px\" }\n".to_owned(), 1, 0),
        ("lock = {}\n".to_owned(), lock(4, &one), 1, 0),
    ] {
        let found = compare(&locked(&signed), &locked(&running));
        assert_eq!((found.wider.len(), found.narrower.len()), (wider, narrower), "{signed}{running}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn nothing_that_was_not_signed_is_seen_and_at_no_other_time((signed, running) in pair()) {
        let (was, is) = (station(&signed), station(&running));
        let differences = compare(&was, &is);
        prop_assert!(compare(&was, &was).wider.is_empty() && compare(&was, &was).narrower.is_empty());
        if !differences.wider.is_empty() {
            return Ok(());
        }
        for (x, y) in (0..24).flat_map(|y| (0..24).map(move |x| (x, y))) {
            prop_assert!(!is_seen(&is.views[0].scene, x, y) || is_seen(&was.views[0].scene, x, y), "{x} {y}");
        }
        // Two weeks, with no change of the clock among them.
        for hour in 0..14 * 24 {
            prop_assert!(!is_open(&is.rules.calendar, hour) || is_open(&was.rules.calendar, hour), "{hour}");
        }
        for market in MARKETS {
            let has = |station: &Station| {
                station.rules.photos.as_ref().is_none_or(|all| all.iter().any(|rule| rule.market.as_str() == market))
            };
            prop_assert!(!has(&is) || has(&was), "{market}");
        }
        prop_assert!(is.trigger.max_age <= was.trigger.max_age && is.trigger.dwell <= was.trigger.dwell);
        let span = |station: &Station| {
            let view = &station.views[0];
            (view.delay, view.delay + view.within)
        };
        prop_assert!(span(&was).0 <= span(&is).0 && span(&is).1 <= span(&was).1);
    }
}
