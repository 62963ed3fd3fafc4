//! The page's own files, in two languages, built in.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::{HeaderMap, header};

const PAGE: &str = include_str!("page/page.html");
const ENGLISH: &str = include_str!("page/en.json");
const GERMAN: &str = include_str!("page/de.json");

const SCRIPT: &str = "text/javascript";

/// Path, kind and text of what the page loads.
pub(crate) const ASSETS: &[(&str, &str, &str)] = &[
    ("/page.css", "text/css", include_str!("page/page.css")),
    ("/icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
    ("/api.js", SCRIPT, include_str!("page/api.js")),
    ("/arrival.js", SCRIPT, include_str!("page/arrival.js")),
    ("/camera.js", SCRIPT, include_str!("page/camera.js")),
    ("/draw.js", SCRIPT, include_str!("page/draw.js")),
    ("/hand.js", SCRIPT, include_str!("page/hand.js")),
    ("/keys.js", SCRIPT, include_str!("page/keys.js")),
    ("/list.js", SCRIPT, include_str!("page/list.js")),
    ("/page.js", SCRIPT, include_str!("page/page.js")),
    ("/pictures.js", SCRIPT, include_str!("page/pictures.js")),
    ("/save.js", SCRIPT, include_str!("page/save.js")),
    ("/shapes.js", SCRIPT, include_str!("page/shapes.js")),
    ("/texts.js", SCRIPT, include_str!("page/texts.js")),
    ("/timing.js", SCRIPT, include_str!("page/timing.js")),
    ("/week.js", SCRIPT, include_str!("page/week.js")),
    ("/windows.js", SCRIPT, include_str!("page/windows.js")),
    ("/zoom.js", SCRIPT, include_str!("page/zoom.js")),
];

/// Whether a path leads to the page's own files alone, which tell nothing of a station.
pub(crate) fn is_open(path: &str) -> bool {
    ["/", "/texts.json", "/favicon.ico"].contains(&path) || ASSETS.iter().any(|(asset, _, _)| *asset == path)
}

/// What the browser reads best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

type Texts = BTreeMap<String, String>;

impl Language {
    /// The first of `Accept-Language` that is spoken here (RFC 9110, 12.5.4; browsers list the best first).
    pub(crate) fn of(headers: &HeaderMap) -> Language {
        let asked =
            headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let spoken = |part: &str| {
            let part = part.trim().to_ascii_lowercase();
            match (part.starts_with("de"), part.starts_with("en")) {
                (true, _) => Some(Language::German),
                (_, true) => Some(Language::English),
                _ => None,
            }
        };
        asked.split(',').find_map(spoken).unwrap_or(Language::English)
    }

    /// All texts as JSON.
    pub(crate) fn texts(self) -> &'static str {
        match self {
            Language::English => ENGLISH,
            Language::German => GERMAN,
        }
    }

    /// One text; its key if there is none.
    pub(crate) fn text(self, key: &str) -> String {
        self.all().get(key).cloned().unwrap_or_else(|| key.to_owned())
    }

    fn all(self) -> &'static Texts {
        static BOTH: OnceLock<(Texts, Texts)> = OnceLock::new();
        let read = |text| serde_json::from_str(text).expect("built in, and read by a test");
        let (english, german) = BOTH.get_or_init(|| (read(ENGLISH), read(GERMAN)));
        match self {
            Language::English => english,
            Language::German => german,
        }
    }

    /// The page with its texts.
    pub(crate) fn page(self) -> String {
        let mut page = String::new();
        let mut rest = PAGE;
        while let Some((before, key, after)) = next(rest) {
            page.push_str(before);
            page.push_str(&escaped(&match key {
                "lang" => match self {
                    Language::English => "en".to_owned(),
                    Language::German => "de".to_owned(),
                },
                key => self.text(key),
            }));
            rest = after;
        }
        page + rest
    }
}

/// What stands before the next `{{key}}`, the key, and what comes after.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (key, after) = rest.split_once("}}")?;
    Some((before, key.trim(), after))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_texts_and_every_one_that_is_asked_for() {
        let keys = |language: Language| language.all().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(Language::English), keys(Language::German));
        for language in [Language::English, Language::German] {
            let page = language.page();
            assert!(!page.contains("{{"), "{page}");
            for code in
                ["nearly_open", "mask_at_border", "code_readable", "letters", "people_or_cars", "no_guard"]
            {
                assert!(language.all().contains_key(&format!("warning-{code}")), "{code}");
            }
            assert!(language.all().contains_key("proof-sentence"));
            let mut rest = PAGE;
            while let Some((_, key, after)) = next(rest) {
                assert!(key == "lang" || language.all().contains_key(key), "{key}");
                rest = after;
            }
        }
    }

    #[test]
    fn the_browser_says_which_language() {
        for (asked, spoken) in [
            ("de-DE,de;q=0.9,en;q=0.8", Language::German),
            ("fr, en-GB;q=0.8, de;q=0.7", Language::English),
            ("fr", Language::English),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, asked.parse().unwrap());
            assert_eq!(Language::of(&headers), spoken, "{asked}");
        }
    }
}
