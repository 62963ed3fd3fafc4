//! A visitor with a browser: sees the six orders, and then presses every button.

use std::io::ErrorKind;
use std::net::TcpListener;

use super::page::{Tile, asked, card, cards, has_said, part, text, unloaded, waiting, watch_parts};
use super::{Running, roof};
use crate::peers::Browser;

/// What must be on the page of the first six orders: of each order and station the reason, or none for a picture.
const PLAYED: [(u32, &[Option<&str>]); 6] = [
    (1, &[None, None, None]),
    (2, &[Some("refused(market)")]),
    (3, &[None, None, None]),
    (4, &[Some("refused(class)")]),
    (5, &[None, Some("missed(departed)"), None]),
    (6, &[None, None, None]),
];

struct Visitor {
    demo: Running,
    browser: Browser,
}

impl Visitor {
    fn until<T>(&self, what: &str, so: impl Fn(&Browser) -> Option<T>) -> T {
        self.demo.until(what, || so(&self.browser))
    }

    fn until_true(&self, what: &str, so: impl Fn(&Browser) -> bool) {
        self.until(what, |browser| so(browser).then_some(()));
    }

    /// Presses the button with this name, and waits until the answer beside it says so.
    fn press(&self, button: &str, answer: &str) -> String {
        self.browser.press(&format!("#{button}"));
        self.until(&format!("{button}: {answer}"), |browser| {
            let says = text(browser, &format!("#{button}-answer"));
            says.contains(answer).then_some(says)
        })
    }

    /// Lets a car come.
    fn arrive(&self, order: u32) {
        self.browser.fill("#arrive-order", &order.to_string());
        self.press("arrive", &format!("Order {order} comes to 3 stations"));
    }

    /// Chooses an order of those that came.
    fn choose(&self, attempt: &str, order: u32) {
        self.browser.press(&format!("#{attempt}-order option[value=\"{order}\"]"));
    }

    /// The links to an order's three pictures, once they are there: each shows the order's own car.
    fn album(&self, order: u32) -> Vec<String> {
        let links = self.until(&format!("three pictures of order {order}"), |browser| {
            card(browser, order).and_then(|card| card.album())
        });
        for link in &links {
            self.shows(link, order);
        }
        links
    }

    fn shows(&self, link: &str, order: u32) {
        let path = link.strip_prefix(&self.demo.origin()).unwrap_or_else(|| panic!("a foreign link: {link}"));
        let picture = self.demo.get(path);
        assert_eq!((picture.status, picture.header("Content-Type")), (200, Some("image/jpeg")), "{link}");
        assert_eq!(roof(&picture.body), Some(order), "{link} stands in the card of order {order}");
    }

    fn until_all_pictures_are_shown(&self) {
        self.until_true("every picture is shown", |browser| unloaded(browser).is_empty());
    }
}

#[test]
fn a_visitor_sees_every_order_with_its_pictures_or_its_reason_and_breaks_what_there_is_to_break() {
    let demo = Running::start();
    let browser = Browser::start();
    browser.open(&demo.invitation());
    watch_parts(&browser);
    let visitor = Visitor { demo, browser };
    visitor.demo.until_played();

    sees_the_six_orders(&visitor);
    lets_cars_come(&visitor);
    sends_an_event_again(&visitor);
    cuts_the_storage(&visitor);
    cuts_the_broker(&visitor);
    kills_the_daemons(&visitor);
    asks_why(&visitor);
    finds_that_no_other_host_was_asked(&visitor);
    goes_on_without_scripts(&visitor);
}

fn sees_the_six_orders(visitor: &Visitor) {
    visitor.until_true("every visit has ended", |browser| {
        text(browser, "#tally").ends_with("Every visit has ended.")
    });
    let cards = cards(&visitor.browser);
    assert_eq!(cards.iter().map(|card| card.order).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    for (card, (order, expected)) in cards.iter().zip(PLAYED) {
        assert_eq!(card.tiles.len(), expected.len(), "{card:?}");
        for (tile, reason) in card.tiles.iter().zip(expected) {
            match (reason, &tile.link) {
                (None, Some(link)) => {
                    assert!(tile.is("delivered") && tile.pictures == 1, "{tile:?}");
                    visitor.shows(link, order);
                }
                (Some(reason), None) => {
                    assert!(tile.is("none") && tile.pictures == 0 && tile.says.contains(reason), "{tile:?}");
                }
                _ => panic!("order {order}: {tile:?} instead of {reason:?}"),
            }
        }
    }
    for (order, tile, station, sentence) in [
        (2, 0, "Body shop, Marriage, Final line", "There are no photographs in the vehicle's market."),
        (4, 0, "Body shop, Marriage, Final line", "Vehicles of this class are not photographed."),
        (5, 1, "Marriage", "The vehicle left before a frame was taken."),
    ] {
        let tile = &cards[order - 1].tiles[tile];
        assert!(tile.at.starts_with(station) && tile.says.contains(sentence), "{tile:?}");
    }
    visitor.until_all_pictures_are_shown();
}

fn lets_cars_come(visitor: &Visitor) {
    visitor.arrive(7);
    visitor.album(7);
    visitor.arrive(99);
    visitor.until_true("order 99 is refused", |browser| {
        card(browser, 99).is_some_and(|card| card.is_without_pictures_for("refused(order_unknown)"))
    });
    visitor.until_all_pictures_are_shown();
}

fn sends_an_event_again(visitor: &Visitor) {
    let (pictures, objects) = (visitor.album(3), visitor.demo.objects());
    visitor.choose("resend", 3);
    visitor.press("resend", "the event still has 1 case.");
    visitor.until_true("the card says that it was sent again", |browser| {
        card(browser, 3).is_some_and(|card| card.tiles[2].says.contains("The event was sent again"))
    });
    assert_eq!((visitor.album(3), visitor.demo.objects()), (pictures, objects));
}

fn cuts_the_storage(visitor: &Visitor) {
    visitor.press("door-storage", "The storage is cut.");
    visitor.until_true("the storage is shown as cut", |browser| {
        part(browser, "Storage") == ("cut by you".to_owned(), true)
    });
    visitor.arrive(8);
    visitor.until_true("three pictures of order 8 wait", |browser| {
        let is_waiting = |tile: &Tile| tile.is("sealed") && tile.says.contains("Waits");
        let card = card(browser, 8);
        card.is_some_and(|card| card.tiles.iter().all(is_waiting)) && waiting(browser) == 3
    });
    visitor.press("door-storage", "All of them are in their albums now.");
    visitor.album(8);
    visitor.until_true("nothing waits, the storage is back", |browser| {
        waiting(browser) == 0 && !part(browser, "Storage").1
    });
    visitor.until_all_pictures_are_shown();
}

fn cuts_the_broker(visitor: &Visitor) {
    visitor.press("door-broker", "The agent is cut off");
    visitor.until_true("the agent is shown without the broker", |browser| {
        part(browser, "Agent") == ("runs, without the broker".to_owned(), true)
            && part(browser, "Broker") == ("cut by you".to_owned(), true)
    });
    visitor.press("door-broker", "The agent is connected again.");
    visitor.until_true("the agent is shown at work", |browser| {
        part(browser, "Agent") == ("photographs".to_owned(), false) && !part(browser, "Broker").1
    });
}

fn kills_the_daemons(visitor: &Visitor) {
    for (button, part_is, answer, does) in [
        ("kill-agent", "Agent", "It listens to the line again.", "photographs; started 2 times"),
        ("kill-uploader", "Uploader", "The uploader was started again", "delivers; started 2 times"),
    ] {
        let before = visitor.demo.daemons();
        // The list is watched for each anew.
        watch_parts(&visitor.browser);
        assert!(!has_said(&visitor.browser, "killed, starts again"));
        visitor.press(button, answer);
        visitor.until_true("it was shown as killed, and then at work", |browser| {
            has_said(browser, "killed, starts again") && part(browser, part_is) == (does.to_owned(), false)
        });
        let after = visitor.demo.daemons();
        let names =
            |daemons: &[(String, _)]| daemons.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&after), names(&before));
        assert_eq!(after.iter().filter(|daemon| !before.contains(daemon)).count(), 1, "{before:?} {after:?}");
    }
    // They work as before.
    visitor.arrive(11);
    visitor.album(11);
}

fn asks_why(visitor: &Visitor) {
    visitor.choose("explain", 2);
    let answer = visitor.press("explain", "refused(market)");
    assert_eq!(answer.matches("refused(market)").count(), 3, "{answer}");
}

fn finds_that_no_other_host_was_asked(visitor: &Visitor) {
    let asked = asked(&visitor.browser);
    let own = format!("{}/", visitor.demo.origin());
    assert!(asked.len() > 30 && asked.iter().any(|name| name.ends_with("/main")), "{asked:?}");
    for name in asked {
        assert!(name.starts_with(&own), "{name}");
    }
    let page = visitor.demo.get("/");
    let policy = page.header("Content-Security-Policy").unwrap_or_default().to_owned();
    assert!(
        policy.starts_with("default-src 'none'; ") && !policy.contains(concat!("un", "safe")),
        "{policy}"
    );
    assert!(!policy.contains('*') && !policy.contains("http"), "{policy}");
    // The browser holds to it: not even the page itself could.
    let stranger = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = stranger.local_addr().unwrap();
    let asks = format!(
        "return fetch('http://{address}/', {{ mode: 'no-cors' }}).then(() => 'asked', () => 'refused')"
    );
    assert_eq!(visitor.browser.read(&asks), "refused");
    stranger.set_nonblocking(true).unwrap();
    assert_eq!(stranger.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

/// The same page in a browser that runs no scripts: it renews itself, and its forms work.
fn goes_on_without_scripts(visitor: &Visitor) {
    let plain = Browser::without_scripts();
    plain.open(&visitor.demo.invitation());
    let is_renewed =
        plain.read("return document.querySelectorAll('noscript meta[http-equiv=refresh]').length");
    assert_eq!(is_renewed, 1, "scripts are not off");
    assert_eq!(cards(&plain), cards(&visitor.browser));
    visitor.demo.until("every picture is shown", || unloaded(&plain).is_empty().then_some(()));

    // Nothing is chosen or typed: it would be lost when the page renews itself.
    plain.press("#explain");
    visitor.demo.until("the explanation of order 3", || {
        let answer = text(&plain, "#explain-answer");
        (answer.matches("delivered").count() >= 3).then_some(())
    });
    plain.press("#kill-uploader");
    visitor.demo.until("the uploader is back", || {
        (part(&plain, "Uploader") == ("delivers; started 3 times".to_owned(), false)).then_some(())
    });
    assert!(!asked(&plain).iter().any(|name| name.ends_with("/main")));
}
