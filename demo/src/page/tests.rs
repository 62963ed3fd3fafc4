//! What the page promises, read from its text.

use super::{ACTIONS, CSS, ICON, JS, anchor, live, main, still};
use crate::show::{
    Answer, Entry, OrderCard, Outcome, Part, Parts, Picture, Show, VisitCard, VisitState, Why,
};

fn picture(at: &str) -> VisitState {
    let (small, full) = (format!("pictures/{at}-480.jpg"), format!("pictures/{at}.jpg"));
    VisitState::Delivered(Picture { small, small_width: 480, full, width: 1920, height: 1080, at: at.into() })
}

fn none(outcome: Outcome, code: &str, told: Option<&str>) -> VisitState {
    let sentence = format!("The sentence of {code}.");
    let mend = Some(format!("Shorten `{code}`."));
    VisitState::NoPicture(Why { outcome, code: code.into(), sentence, mend, told: told.map(Into::into) })
}

fn visits(states: impl IntoIterator<Item = VisitState>) -> Vec<VisitCard> {
    let stations = ["Body shop", "Marriage", "Final line"].into_iter().cycle();
    let card = |(station, state): (&str, _)| VisitCard {
        station: station.into(),
        state,
        sent_again: 0,
        event: None,
    };
    stations.zip(states).map(card).collect()
}

fn order(number: u32, states: impl IntoIterator<Item = VisitState>) -> OrderCard {
    let (car, market) = (format!("papaya coupe {number}"), "DE".to_owned());
    OrderCard { number, car, rgb: [232, 96, 14], market, visits: visits(states), ..OrderCard::default() }
}

/// A demo in the middle of things: every state and every outcome.
fn show() -> Show {
    let up = || Part { up: true, says: String::new() };
    let waiting = [VisitState::Ahead, VisitState::Arrived, VisitState::Sealed];
    let ends =
        Outcome::ALL.map(|outcome| none(outcome, &format!("why_{}", outcome.as_str()), Some("missed")));
    Show {
        started: "14:02".into(),
        orders: vec![order(1, [picture("14:03:01"), picture("14:03:20")]), order(2, waiting), order(3, ends)],
        parts: Parts { broker: up(), agent: up(), uploader: up(), storage: up() },
        waiting: 2,
        diary: vec![
            Entry { at: "14:03:20".into(), text: "The second thing.".into() },
            Entry { at: "14:03:01".into(), text: "The first thing.".into() },
        ],
        last: None,
        ended: false,
    }
}

/// The start tags of a page, each with its attributes.
fn tags(page: &str) -> Vec<&str> {
    let body = page.split("<style>").next().unwrap_or_default();
    let rest = page.split("</style>").nth(1).unwrap_or_default();
    let starts = |text: &'static str| move |part: &&str| !part.starts_with(text);
    [body, rest]
        .into_iter()
        .flat_map(|text| text.split('<').skip(1))
        .filter(starts("/"))
        .filter_map(|part| part.split('>').next())
        .collect()
}

/// The values of all attributes.
fn values(page: &str) -> Vec<&str> {
    tags(page).into_iter().flat_map(|tag| tag.split('"').skip(1).step_by(2)).collect()
}

#[test]
fn every_state_of_a_visit_is_told() {
    for words in [
        "The car has not come here yet",
        "The car stands here",
        "Covered, proven, sealed",
        "Taken <time>14:03:01</time>",
    ] {
        for page in [live(&show(), "t"), main(&show(), "t"), still(&show())] {
            assert!(page.contains(words), "{words}");
        }
    }
}

#[test]
fn every_outcome_is_told_in_kind_words_with_its_sentence_its_code_and_its_mend() {
    let page = live(&show(), "t");
    for (outcome, words) in [
        (Outcome::Refused, "No picture, on purpose"),
        (Outcome::Withheld, "Kept back, to be safe"),
        (Outcome::Missed, "The moment had passed"),
        (Outcome::Failed, "A machine did not do its part"),
        (Outcome::Interrupted, "Interrupted in the middle"),
        (Outcome::Undeliverable, "It cannot be delivered"),
    ] {
        let name = outcome.as_str();
        for text in [
            words.to_owned(),
            format!("The sentence of why_{name}."),
            format!("{name}(why_{name})"),
            format!("Shorten <code>why_{name}</code>."),
        ] {
            assert!(page.contains(&text), "{text}");
        }
        assert_eq!(Outcome::named(name), Some(outcome));
    }
    assert_eq!(Outcome::named("sealed"), None);
}

#[test]
fn what_the_customer_learns_is_told_apart_from_what_only_the_operator_learns() {
    let refused = none(Outcome::Refused, "market", None);
    let missed = none(Outcome::Missed, "departed", Some("missed"));
    for (state, album) in
        [(refused, "says nothing at all"), (missed, "says no more than <code>missed</code>")]
    {
        let page = live(&Show { orders: vec![order(1, [state])], ..show() }, "t");
        let (customer, operator) = page.split_once("Only the operator sees this").unwrap();
        assert!(customer.contains(album), "{album}");
        assert!(!customer.contains("The sentence of") && operator.contains("The sentence of"), "{album}");
    }
}

#[test]
fn an_album_is_named_once_something_lies_there() {
    for (state, is_named) in [
        (picture("14:03:01"), true),
        (none(Outcome::Missed, "departed", Some("missed")), true),
        (none(Outcome::Refused, "market", None), false),
        (VisitState::Sealed, false),
        (VisitState::Arrived, false),
    ] {
        let card = OrderCard { album: Some("albums/f4e5".into()), ..order(1, [state.clone()]) };
        let page = live(&Show { orders: vec![card], ..show() }, "t");
        assert_eq!(page.contains("albums/f4e5"), is_named, "{state:?}");
    }
}

#[test]
fn neighbours_without_a_picture_for_the_same_reason_are_told_together() {
    let refused = |code| none(Outcome::Refused, code, None);
    for (states, tiles) in [
        ([refused("market"), refused("market"), refused("market")], vec!["Body shop, Marriage, Final line"]),
        ([refused("market"), refused("class"), refused("class")], vec!["Body shop", "Marriage, Final line"]),
        (
            [refused("market"), VisitState::Arrived, refused("market")],
            vec!["Body shop", "Marriage", "Final line"],
        ),
        (
            [VisitState::Ahead, VisitState::Ahead, VisitState::Ahead],
            vec!["Body shop", "Marriage", "Final line"],
        ),
    ] {
        let page = live(&Show { orders: vec![order(1, states)], ..show() }, "t");
        let told: Vec<_> =
            page.split("<h4>").skip(1).map(|rest| rest.split("</h4>").next().unwrap()).collect();
        assert_eq!(told, tiles);
    }
}

#[test]
fn the_newest_picture_comes_first() {
    let page = live(&show(), "t");
    let first = page.split("<img src=\"").nth(1).unwrap();
    assert!(first.starts_with("pictures/14:03:20-480.jpg"), "{}", &first[..40]);
}

#[test]
fn what_comes_from_outside_is_escaped() {
    let evil = || "<b onclick=\"x\">'&".to_owned();
    let part = || Part { up: false, says: evil() };
    let why = Why {
        outcome: Outcome::Failed,
        code: evil(),
        sentence: evil(),
        mend: Some(evil()),
        told: Some(evil()),
    };
    let shown = Picture { small: evil(), small_width: 1, full: evil(), width: 2, height: 1, at: evil() };
    let cards = [VisitState::Delivered(shown), VisitState::NoPicture(why)].map(|state| VisitCard {
        station: evil(),
        state,
        sent_again: 2,
        event: Some(evil()),
    });
    let car = OrderCard {
        car: evil(),
        market: evil(),
        note: Some(evil()),
        album: Some(evil()),
        visits: cards.into(),
        ..order(1, [])
    };
    let show = Show {
        started: evil(),
        orders: vec![car],
        parts: Parts { broker: part(), agent: part(), uploader: part(), storage: part() },
        waiting: 1,
        diary: vec![Entry { at: evil(), text: evil() }],
        last: Some(Answer { action: "explain".into(), says: evil() }),
        ended: false,
    };
    for page in [live(&show, &evil()), main(&show, &evil()), still(&show)] {
        assert!(!page.contains("<b on") && !page.contains("onclick=\""), "{page}");
        assert!(page.matches("&lt;b onclick=&quot;x&quot;&gt;").count() >= 20, "{page}");
    }
}

#[test]
fn no_page_names_another_host() {
    for page in [live(&show(), "t"), still(&show())] {
        let values = values(&page);
        assert!(values.len() > 100);
        for value in values {
            assert!(!value.contains("//") && !value.contains("data:"), "{value}");
        }
    }
    for word in ["url(", "@import", "//"] {
        assert!(!CSS.contains(word), "{word}");
    }
    assert!(!JS.contains("http") && !ICON.contains("href"));
}

#[test]
fn the_live_page_has_no_style_and_no_script_in_its_text() {
    let page = live(&show(), "t");
    for tag in tags(&page) {
        let names = tag.split('"').step_by(2).skip(usize::from(!tag.contains('"')));
        for name in names.map(|part| part.rsplit(' ').next().unwrap_or_default()) {
            assert!(name != "style=" && !name.starts_with("on"), "{tag}");
        }
        assert!(!tag.starts_with("style") && !tag.starts_with("base"), "{tag}");
    }
    assert_eq!(
        page.matches("<script").count(),
        page.matches("<script src=\"/page.js\" defer></script>").count()
    );
}

#[test]
fn the_still_page_asks_for_nothing_but_its_pictures() {
    let show = Show { last: Some(Answer { action: "explain".into(), says: "The answer.".into() }), ..show() };
    let page = still(&show);
    for word in ["<form", "<input", "<button", "<script", "<link", "http-equiv", "The answer."] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(values(&page).iter().all(|value| !value.starts_with('/')));
    assert!(page.contains(CSS) && page.contains("cargo xtask demo cut-storage"));
}

#[test]
fn the_script_finds_the_same_main_in_the_page_and_alone() {
    assert!(live(&show(), "t").contains(&main(&show(), "t")));
}

#[test]
fn the_script_can_name_whatever_changes() {
    let page = live(&show(), "t");
    let tags = tags(&page);
    let mut ids: Vec<_> =
        tags.iter().filter_map(|tag| tag.split(" id=\"").nth(1)?.split('"').next()).collect();
    for tag in tags.iter().filter(|tag| tag.contains(" data-live") || tag.contains(" data-list")) {
        assert!(tag.contains(" id=\""), "{tag}");
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn what_the_diary_told_keeps_its_name_when_more_happens() {
    let before = show();
    let newest = Entry { at: "14:04:00".into(), text: "The third thing.".into() };
    let after = Show { diary: [vec![newest], before.diary.clone()].concat(), ..show() };
    for (page, names) in [(live(&before, "t"), 2), (live(&after, "t"), 3)] {
        assert!(page.contains("<li id=\"entry-1\"><time>14:03:01</time>"));
        assert_eq!(page.matches("<li id=\"entry-").count(), names);
    }
}

#[test]
fn every_action_has_a_form_with_the_token() {
    let running = show();
    let mut cut = show();
    (cut.parts.broker.up, cut.parts.storage.up) = (false, false);
    let pages = [live(&running, "the-token"), live(&cut, "the-token")];
    for action in ACTIONS {
        let of = |page: &String| page.contains(&format!("name=\"action\" value=\"{action}\""));
        let pages = pages.iter().filter(|page| of(page)).count();
        assert_eq!(
            pages,
            if action.contains("cut-") || action.contains("restore-") { 1 } else { 2 },
            "{action}"
        );
    }
    for page in pages {
        let forms = page.matches("<form ").count();
        assert_eq!(forms, 8);
        for part in
            ["method=\"post\" action=\"/do\"", "name=\"token\" value=\"the-token\"", "type=\"submit\""]
        {
            assert_eq!(page.matches(part).count(), forms, "{part}");
        }
        for command in
            ["arrive --order 7", "resend 3", "kill agent", "kill uploader", "nudge-camera", "explain 3"]
        {
            let line = format!("<code class=\"command\">cargo xtask demo {command}</code>");
            assert!(page.contains(&line), "{command}");
        }
    }
}

#[test]
fn every_action_leads_back_to_its_form_and_another_to_the_section() {
    let page = live(&show(), "t");
    for action in ACTIONS {
        assert!(page.contains(&format!("<form id=\"{}\"", anchor(action))), "{action}");
    }
    for action in ["", "door-storage", "cut-power", "a\nb"] {
        assert_eq!(anchor(action), "break", "{action}");
    }
    assert!(page.contains(" id=\"break\""));
}

#[test]
fn an_answer_stands_beside_its_button_even_when_that_has_turned() {
    for (action, storage_is_up, place) in [
        ("cut-storage", false, "door-storage"),
        ("restore-storage", true, "door-storage"),
        ("cut-broker", true, "door-broker"),
        ("kill-agent", true, "kill-agent"),
        ("explain", true, "explain"),
    ] {
        let mut show = show();
        show.parts.storage.up = storage_is_up;
        show.last = Some(Answer { action: action.into(), says: "Done <so>.".into() });
        let answer =
            format!("<output id=\"{place}-answer\" for=\"{place}\" data-live>Done &lt;so&gt;.</output>");
        assert!(live(&show, "t").contains(&answer), "{action}");
        assert_eq!(live(&show, "t").matches("Done &lt;so&gt;.").count(), 1, "{action}");
    }
}

#[test]
fn a_demo_that_has_ended_asks_no_more() {
    let page = live(&Show { ended: true, ..show() }, "t");
    for word in ["<form", "<script", "http-equiv", "runs"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(main(&Show { ended: true, ..show() }, "t").contains("data-ended"));
}
