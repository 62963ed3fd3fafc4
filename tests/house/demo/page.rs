//! The demo's page as its visitor sees it.

use serde_json::Value;

use crate::peers::Browser;

/// What a visitor reads of the cards: of each order its stations' tiles.
const CARDS: &str = r##"
const text = (node) => node ? node.textContent.replace(/\s+/g, " ").trim() : "";
return [...document.querySelectorAll("#orders > li")].map((card) => ({
    order: text(card.querySelector("h3")),
    tiles: [...card.querySelectorAll(".visit")].map((tile) => ({
        at: text(tile.querySelector("h4")),
        kind: [...tile.classList],
        says: text(tile),
        pictures: tile.querySelectorAll("img").length,
        link: tile.querySelector("a:has(> img)")?.href ?? null,
    })),
}));
"##;

/// Pictures are loaded when they come into sight: brings one after the other there, and tells which are not loaded.
const UNLOADED: &str = r#"
const blank = [...document.images].filter((image) => !(image.complete && image.naturalWidth > 0));
blank[0]?.scrollIntoView();
return blank.map((image) => image.src);
"#;

/// What has been asked for over the network.
const ASKED: &str = r#"
const kinds = ["navigation", "resource"];
return kinds.flatMap((kind) => performance.getEntriesByType(kind)).map((entry) => entry.name);
"#;

/// Keeps everything that the list of programs ever says.
const WATCH_PARTS: &str = r##"
performance.setResourceTimingBufferSize(1000000);
window.seen = [];
const note = () => seen.push(document.querySelector("#parts").textContent);
new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
note();
"##;

/// An order's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Card {
    pub(super) order: u32,
    pub(super) tiles: Vec<Tile>,
}

/// One station of it, or several that had the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tile {
    /// The stations' names.
    pub(super) at: String,
    kind: Vec<String>,
    pub(super) says: String,
    pub(super) pictures: u64,
    /// Where the picture leads.
    pub(super) link: Option<String>,
}

impl Tile {
    /// Such as `delivered`, `sealed`, `none` or `refused`.
    pub(super) fn is(&self, kind: &str) -> bool {
        self.kind.iter().any(|word| word == kind)
    }
}

impl Card {
    fn of(told: &Value) -> Card {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let tile = |told: &Value| Tile {
            at: text(&told["at"]),
            kind: told["kind"].as_array().unwrap().iter().map(text).collect(),
            says: text(&told["says"]),
            pictures: told["pictures"].as_u64().unwrap(),
            link: told["link"].as_str().map(str::to_owned),
        };
        Card {
            order: text(&told["order"]).rsplit(' ').next().unwrap().parse().unwrap(),
            tiles: told["tiles"].as_array().unwrap().iter().map(tile).collect(),
        }
    }

    /// Where its pictures lead, if it has one at every station.
    pub(super) fn album(&self) -> Option<Vec<String>> {
        let links: Vec<_> = self.tiles.iter().filter_map(|tile| tile.link.clone()).collect();
        (links.len() == 3 && self.tiles.iter().all(|tile| tile.is("delivered"))).then_some(links)
    }

    /// Whether it has this reason at every station, and no picture.
    pub(super) fn is_without_pictures_for(&self, reason: &str) -> bool {
        let stations: usize = self.tiles.iter().map(|tile| tile.at.matches(", ").count() + 1).sum();
        stations == 3
            && self.tiles.iter().all(|tile| {
                (tile.pictures, &tile.link) == (0, &None) && tile.is("none") && tile.says.contains(reason)
            })
    }
}

/// The cards on the page.
pub(super) fn cards(browser: &Browser) -> Vec<Card> {
    browser.read(CARDS).as_array().unwrap().iter().map(Card::of).collect()
}

/// The card of an order.
pub(super) fn card(browser: &Browser, order: u32) -> Option<Card> {
    cards(browser).into_iter().find(|card| card.order == order)
}

/// The pictures on the page that are not shown yet.
pub(super) fn unloaded(browser: &Browser) -> Vec<Value> {
    browser.read(UNLOADED).as_array().unwrap().clone()
}

/// The addresses that the page has asked. After [`watch_parts`] none is forgotten.
pub(super) fn asked(browser: &Browser) -> Vec<String> {
    browser.read(ASKED).as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// The text of an element; nothing if it is not there.
pub(super) fn text(browser: &Browser, selector: &str) -> String {
    let script = format!("return document.querySelector({})?.textContent ?? ''", Value::from(selector));
    browser.read(&script).as_str().unwrap().to_owned()
}

/// What one of the four programs is said to do, and whether it is shown as down.
pub(super) fn part(browser: &Browser, name: &str) -> (String, bool) {
    let script = format!(
        "const part = [...document.querySelectorAll('#parts li')].find((li) => li.querySelector('b').textContent === {});\n\
         return [part.querySelector('.says').textContent, part.classList.contains('down')];",
        Value::from(name)
    );
    let told = browser.read(&script);
    (told[0].as_str().unwrap().to_owned(), told[1].as_bool().unwrap())
}

/// How many pictures wait on disk.
pub(super) fn waiting(browser: &Browser) -> u32 {
    text(browser, "#parts .tray b").parse().unwrap()
}

/// From now on, keeps what the list of programs says, however briefly, and every address that is asked.
pub(super) fn watch_parts(browser: &Browser) {
    browser.read(WATCH_PARTS);
}

/// Whether the list of programs has said this at any moment since [`watch_parts`].
pub(super) fn has_said(browser: &Browser, words: &str) -> bool {
    browser.read(&format!("return seen.some((text) => text.includes({}))", Value::from(words))) == true
}
