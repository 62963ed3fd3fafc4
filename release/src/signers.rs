//! `allowed_signers`: whose keys sign what (ssh-keygen(1), ALLOWED SIGNERS), as `ssh-keygen -Y verify` reads it.
//!
//! What is not supported is refused with its line, and then nobody's key counts: certificate authorities, patterns
//! in names, options but `namespaces`, `valid-after` and `valid-before`, keys but ed25519, ecdsa on P-256 and ed25519
//! on a security key. Narrower than OpenSSH in one place: `namespaces` must be there.

use lineshot_domain::Wall;
use ssh_key::{Algorithm, EcdsaCurve, PublicKey};

/// One person's key.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    /// The person, as the file calls them.
    pub(crate) principal: String,
    pub(crate) key: PublicKey,
    namespaces: Vec<String>,
    after: Option<Wall>,
    before: Option<Wall>,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} {what}")]
pub struct SignersError {
    line: usize,
    what: String,
}

impl Signer {
    /// Whether it may sign as this, now.
    pub(crate) fn may(&self, namespace: &str, now: Wall) -> bool {
        self.namespaces.iter().any(|it| it == namespace)
            && self.after.is_none_or(|after| after <= now)
            && self.before.is_none_or(|before| now < before)
    }
}

pub(crate) fn is_supported(algorithm: &Algorithm) -> bool {
    matches!(
        algorithm,
        Algorithm::Ed25519 | Algorithm::SkEd25519 | Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 }
    )
}

/// Reads the file.
pub(crate) fn signers(text: &str) -> Result<Vec<Signer>, SignersError> {
    let mut signers = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            let read = signer(line).map_err(|what| SignersError { line: index + 1, what })?;
            signers.extend(read);
        }
    }
    Ok(signers)
}

fn signer(line: &str) -> Result<Vec<Signer>, String> {
    let words = words(line)?;
    let [principals, rest @ ..] = words.as_slice() else { return Err("is empty".to_owned()) };
    let (options, rest) = match rest {
        [kind, key, ..] if is_kind(kind) => ("", [kind, key]),
        [options, kind, key, ..] if is_kind(kind) => (options.as_str(), [kind, key]),
        _ => return Err("has no key, or one of a kind that is not supported".to_owned()),
    };
    let key = PublicKey::from_openssh(&format!("{} {}", rest[0], rest[1]))
        .map_err(|_| "has a key that cannot be read".to_owned())?;
    if !is_supported(&key.algorithm()) {
        return Err(format!("has a key of the kind {}, which is not supported", key.algorithm()));
    }
    let (mut namespaces, mut after, mut before) = (Vec::new(), None, None);
    for option in split(options) {
        let (name, value) = option.split_once('=').unwrap_or((&option, ""));
        let value = value.trim_matches('"');
        match name.to_ascii_lowercase().as_str() {
            "namespaces" => namespaces = value.split(',').map(|name| name.trim().to_owned()).collect(),
            "valid-after" => after = Some(time(value)?),
            "valid-before" => before = Some(time(value)?),
            other => return Err(format!("has the option `{other}`, which is not supported")),
        }
    }
    if namespaces.is_empty()
        || namespaces.iter().any(|name| name.is_empty() || name.contains(['*', '?', '!']))
    {
        return Err(
            "names no namespaces: write namespaces=\"lineshot-release\" or whatever it is to sign".to_owned()
        );
    }
    principals
        .split(',')
        .map(|principal| {
            if principal.is_empty() || principal.contains(['*', '?', '!']) {
                return Err("has a pattern where a person's name is due".to_owned());
            }
            let principal = principal.to_owned();
            Ok(Signer { principal, key: key.clone(), namespaces: namespaces.clone(), after, before })
        })
        .collect()
}

fn is_kind(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-"].iter().any(|start| word.starts_with(start)) && !word.contains('=')
}

/// Words between blanks that are not within quotes.
fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => {
                is_quoted = !is_quoted;
                word.push(c);
            }
            ' ' | '\t' if !is_quoted => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            _ => word.push(c),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    if is_quoted { Err("has a quotation mark without its end".to_owned()) } else { Ok(words) }
}

/// Options between commas that are not within quotes.
fn split(options: &str) -> Vec<String> {
    let (mut parts, mut part, mut is_quoted) = (Vec::new(), String::new(), false);
    for c in options.chars() {
        is_quoted ^= c == '"';
        match c {
            ',' if !is_quoted => parts.push(std::mem::take(&mut part)),
            _ => part.push(c),
        }
    }
    parts.push(part);
    parts.retain(|part| !part.is_empty());
    parts
}

/// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, in UTC by the `Z` behind it.
fn time(text: &str) -> Result<Wall, String> {
    let wrong = || format!("has the time {text:?}; write it as 20261231Z or 20261231235959Z, in UTC");
    let digits = text.strip_suffix('Z').ok_or_else(wrong)?;
    if !digits.is_ascii() {
        return Err(wrong());
    }
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or("00");
    if ![8, 12, 14].contains(&digits.len()) {
        return Err(wrong());
    }
    let written = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    );
    let at: jiff::Timestamp = written.parse().map_err(|_| wrong())?;
    Ok(Wall::from_unix_ms(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    #[test]
    fn a_line_is_read_as_openssh_reads_it() {
        let text = format!(
            "# who may sign\n\nanna@plant namespaces=\"lineshot-release,lineshot-resume\" {KEY} Anna's\n\
             ben,carl valid-after=\"20261101Z\",valid-before=\"202611302200Z\",namespaces=lineshot-release {KEY}\n"
        );
        let read = signers(&text).unwrap();
        let at = |text: &str| {
            let at: jiff::Timestamp = text.parse().unwrap();
            Wall::from_unix_ms(at.as_millisecond())
        };
        let now = at("2026-11-25T00:00:00Z");
        let names: Vec<&str> = read.iter().map(|signer| signer.principal.as_str()).collect();
        assert_eq!(names, ["anna@plant", "ben", "carl"]);
        assert!(read[0].may("lineshot-resume", now) && !read[1].may("lineshot-resume", now));
        assert!(!read[0].may("file", now) && read[1].may("lineshot-release", now));
        for outside in ["2026-10-31T23:59:59Z", "2026-11-30T22:00:00Z"] {
            assert!(!read[1].may("lineshot-release", at(outside)), "{outside}");
        }
    }

    #[test]
    fn what_is_not_supported_is_refused_with_its_line() {
        for (line, part) in [
            (format!("anna {KEY}"), "names no namespaces"),
            (format!("anna namespaces=\"\" {KEY}"), "names no namespaces"),
            (format!("anna namespaces=\"*\" {KEY}"), "names no namespaces"),
            (format!("* namespaces=\"a\" {KEY}"), "a pattern"),
            (format!("anna cert-authority,namespaces=\"a\" {KEY}"), "the option `cert-authority`"),
            (format!("anna namespaces=\"a\",no-touch-required {KEY}"), "the option `no-touch-required`"),
            (format!("anna namespaces=\"a {KEY}"), "quotation mark"),
            (format!("anna namespaces=\"a\",valid-before=\"20261301Z\" {KEY}"), "the time"),
            (format!("anna namespaces=\"a\",valid-before=\"20261201\" {KEY}"), "in UTC"),
            ("anna namespaces=\"a\" ssh-ed25519 AAAA".to_owned(), "cannot be read"),
            ("anna namespaces=\"a\"".to_owned(), "no key"),
            ("anna namespaces=\"a\" ssh-dss AAAA".to_owned(), "cannot be read"),
        ] {
            let error = signers(&format!("# a comment\n{line}\n")).unwrap_err().to_string();
            assert!(error.starts_with("line 2 ") && error.contains(part), "{line}: {error}");
        }
    }
}
