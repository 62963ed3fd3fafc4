//! Where a key or a value stands: in a line of a file, or in a variable of the environment.
//!
//! Holds: a line that is shown never shows what may be a secret.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Keys whose value would be a secret, and what names its file instead.
pub(crate) const SECRETS: [(&str, &str); 6] = [
    ("password", "password_file"),
    ("passphrase", "password_file"),
    ("secret", "credentials"),
    ("secret_access_key", "credentials"),
    ("access_key_id", "credentials"),
    ("session_token", "credentials"),
];

/// A text that settings were read from.
#[derive(Debug)]
pub(crate) struct Document {
    /// The file's path, or which variable of the environment it is.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A place in a text.
#[derive(Clone)]
pub struct Place {
    document: Arc<Document>,
    /// In bytes; `None`: the text as a whole.
    span: Option<Range<usize>>,
}

impl Place {
    pub(crate) fn whole(document: &Arc<Document>) -> Place {
        Place { document: Arc::clone(document), span: None }
    }

    /// What has no text, a variable of the environment, has no lines.
    pub(crate) fn at(document: &Arc<Document>, span: Range<usize>) -> Place {
        if document.text.is_empty() {
            return Place::whole(document);
        }
        let end = span.end.min(document.text.len());
        let start = span.start.min(end);
        Place { document: Arc::clone(document), span: Some(start..end) }
    }

    /// The file's path, or which variable of the environment it is.
    pub fn file(&self) -> &str {
        &self.document.name
    }

    /// Line and column, both from 1, the column in characters.
    pub fn position(&self) -> Option<(usize, usize)> {
        let start = self.span.as_ref()?.start;
        let before = self.document.text.get(..start)?;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Some((before.matches('\n').count() + 1, column))
    }

    /// The line, with what may be a secret in it struck out.
    pub fn line(&self) -> Option<String> {
        let (line, _) = self.position()?;
        self.shown().lines().nth(line - 1).map(str::to_owned)
    }

    pub(crate) fn span(&self) -> Option<Range<usize>> {
        self.span.clone()
    }

    /// The whole text, each byte of what may be a secret struck out.
    pub(crate) fn shown(&self) -> String {
        self.document.text.split_inclusive('\n').map(struck).collect()
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position() {
            Some((line, column)) => write!(f, "{}:{line}:{column}", self.file()),
            None => f.write_str(self.file()),
        }
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        Arc::ptr_eq(&self.document, &other.document) && self.span == other.span
    }
}

/// The line with as many bytes. The text may be no TOML at all, so it is looked at as text: what follows a key
/// whose value would be a secret, and what stands before the `@` of a URL, or behind its `?`.
fn struck(line: &str) -> String {
    let mut bytes = line.trim_end_matches(['\n', '\r']).as_bytes().to_vec();
    let lower = line.to_ascii_lowercase();
    for (key, _) in SECRETS {
        for (at, _) in lower.match_indices(key) {
            let after = &lower[at + key.len()..];
            let gap = after.len() - after.trim_start_matches([' ', '\t', '"', '\'']).len();
            if after[gap..].starts_with('=') {
                strike(&mut bytes, at + key.len() + gap + 1);
            }
        }
    }
    for (at, _) in lower.match_indices("://") {
        let rest = &line[at + 3..];
        let url = rest.find(['"', '\'', ' ', '\t']).map_or(rest, |end| &rest[..end]).trim_end();
        if let Some(user) = url.rfind('@') {
            bytes[at + 3..at + 3 + user].fill(b'*');
        }
        if let Some(query) = url.find('?') {
            bytes[at + 3 + query + 1..at + 3 + url.len()].fill(b'*');
        }
    }
    let kept = bytes.len();
    // Only whole characters were filled, or nothing: a text stays a text.
    String::from_utf8_lossy(&bytes).into_owned() + &line[kept..]
}

fn strike(bytes: &mut [u8], from: usize) {
    for byte in &mut bytes[from..] {
        if *byte != b' ' && *byte != b'\t' {
            *byte = b'*';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_struck_out_byte_by_byte() {
        for (line, shown) in [
            ("password = \"hunter2\"\n", "password = *********\n"),
            ("\"password\"=\"hunter2\" # x", "\"password\"=********* * *"),
            ("x = { password = \"ü\" }", "x = { password = **** *"),
            ("password_file = \"/etc/p\"", "password_file = \"/etc/p\""),
            ("url = \"mqtt://me:pw@broker/x\", y = 1", "url = \"mqtt://*****@broker/x\", y = 1"),
            ("url = \"http://cam/a?pwd=1&b=2\"", "url = \"http://cam/a?*********\""),
            ("access_key_id = 'AKIA'\r\n", "access_key_id = ******\r\n"),
            ("not toml://", "not toml://"),
        ] {
            assert_eq!(struck(line), shown);
            assert_eq!(struck(line).len(), line.len());
        }
    }

    #[test]
    fn a_place_is_counted_in_lines_and_characters_from_one() {
        let document = Arc::new(Document { name: "a.toml".to_owned(), text: "a = 1\nü = 22\n".to_owned() });
        let place = Place::at(&document, 11..13);
        assert_eq!((place.position(), place.line().as_deref()), (Some((2, 5)), Some("ü = 22")));
        assert_eq!(place.to_string(), "a.toml:2:5");
        assert_eq!(Place::at(&document, 90..95).position(), Some((3, 1)));
        assert_eq!(Place::whole(&document).to_string(), "a.toml");
    }
}
