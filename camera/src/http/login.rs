//! User name and password, and the answers to a camera's challenge: Digest (RFC 7616), else Basic
//! (RFC 7617).

use std::fmt;

use digest_auth::AuthContext;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use zeroize::Zeroizing;

/// A password that cannot be printed and is wiped when dropped.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes the password over.
    pub fn new(password: String) -> Password {
        Password(Zeroizing::new(password))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// Who asks.
pub struct Login {
    user: String,
    password: Password,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(..)")
    }
}

/// What to send along, in answer to a challenge.
pub(super) enum Answer {
    /// The value of the `Authorization` header.
    Digest(String),
    /// User name and password themselves.
    Basic,
}

impl Login {
    /// A user with a password.
    pub fn new(user: String, password: Password) -> Login {
        Login { user, password }
    }

    pub(super) fn user(&self) -> &str {
        &self.user
    }

    pub(super) fn password(&self) -> &str {
        &self.password.0
    }

    /// Answers the challenge in the headers of a 401 to a GET of `path`: the first Digest that can be
    /// answered, whatever is offered beside it, so that the password is sent in clear only to cameras that
    /// know no better. `None` if nothing can be answered.
    pub(super) fn answer(&self, headers: &HeaderMap, path: &str) -> Option<Answer> {
        let challenges = || headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|it| it.to_str().ok());
        let digest = challenges().filter_map(digest_of).find_map(|challenge| {
            let context = AuthContext::new(self.user(), self.password(), path);
            Some(digest_auth::parse(challenge).ok()?.respond(&context).ok()?.to_header_string())
        });
        if digest.is_some() {
            return digest.map(Answer::Digest);
        }
        let offers_digest = challenges().any(|challenge| digest_of(challenge).is_some());
        let offers_basic = challenges().any(|challenge| find_scheme(challenge, "basic").is_some());
        (offers_basic && !offers_digest).then_some(Answer::Basic)
    }
}

/// What follows the word "Digest" in a header of one or more challenges.
fn digest_of(challenges: &str) -> Option<&str> {
    find_scheme(challenges, "digest").map(|at| &challenges[at..])
}

/// Where the parameters of a scheme begin, at the start of the header or after a comma.
fn find_scheme(challenges: &str, scheme: &str) -> Option<usize> {
    let lower = challenges.to_ascii_lowercase();
    lower.match_indices(scheme).find_map(|(at, _)| {
        let before = lower[..at].trim_end();
        let starts = before.is_empty() || before.ends_with(',');
        let after = at + scheme.len();
        let ends = lower[after..].chars().next().is_none_or(char::is_whitespace);
        (starts && ends).then_some(after)
    })
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    const DIGEST: &str = r#"Digest realm="cam", nonce="abc", qop="auth", algorithm=MD5"#;

    fn answer(challenges: &[&str]) -> &'static str {
        let mut headers = HeaderMap::new();
        for challenge in challenges {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_str(challenge).unwrap());
        }
        let login = Login::new("u".into(), Password::new("p".into()));
        match login.answer(&headers, "/x") {
            Some(Answer::Digest(_)) => "digest",
            Some(Answer::Basic) => "basic",
            None => "none",
        }
    }

    #[test]
    fn digest_is_answered_wherever_it_stands_and_basic_only_where_there_is_no_digest() {
        for (challenges, want) in [
            (&[DIGEST][..], "digest"),
            (&[r#"Basic realm="cam""#, DIGEST], "digest"),
            (&[DIGEST, r#"Basic realm="cam""#], "digest"),
            (&[r#"Basic realm="cam", digest realm="cam", nonce="abc""#], "digest"),
            (&[r#"Digest realm="cam", nonce="abc", algorithm=SHA-512, qop="auth""#, DIGEST], "digest"),
            (&[r#"BASIC realm="digest""#], "basic"),
            (&["Basic"], "basic"),
            (&[r#"Digest realm="cam", algorithm=UNKNOWN"#, r#"Basic realm="cam""#], "none"),
            (&["Bearer"], "none"),
            (&["", "\"", "Digest", "Digest =", "Digest realm=\"\\"], "none"),
            (&[], "none"),
        ] {
            assert_eq!(answer(challenges), want, "{challenges:?}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let login = Login::new("root".into(), Password::new("s3cret".into()));
        assert_eq!(format!("{login:?} {:?}", login.password), "Login(..) Password(..)");
    }
}
