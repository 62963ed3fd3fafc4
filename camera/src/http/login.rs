//! User name and password, and the answers to a camera's challenge.

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

/// How a camera is told the password. It is never guessed: a camera, or who poses as one, could ask for
/// Basic to hear it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RFC 7616: the password does not cross the network.
    Digest,
    /// RFC 7617: the password does, in clear.
    Basic,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Who asks.
pub struct Login {
    scheme: Scheme,
    user: String,
    password: Password,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({}, ..)", self.scheme)
    }
}

/// What to send along, in answer to a challenge.
pub(super) enum Credentials {
    /// The value of the `Authorization` header.
    Digest(String),
    /// User name and password themselves.
    Basic,
}

impl Login {
    /// A user with a password.
    pub fn new(scheme: Scheme, user: String, password: Password) -> Login {
        Login { scheme, user, password }
    }

    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(super) fn user(&self) -> &str {
        &self.user
    }

    pub(super) fn password(&self) -> &str {
        &self.password.0
    }

    /// Answers the challenges in the headers of a 401 to a GET of `path`; `None` if the scheme is not
    /// offered, or in no form that is known (Digest with MD5, SHA-256, SHA-512-256).
    pub(super) fn answer(&self, headers: &HeaderMap, path: &str) -> Option<Credentials> {
        let mut challenges = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|it| it.to_str().ok());
        match self.scheme {
            Scheme::Basic => {
                challenges.any(|it| parameters(it, "basic").is_some()).then_some(Credentials::Basic)
            }
            Scheme::Digest => challenges.filter_map(|it| parameters(it, "digest")).find_map(|challenge| {
                let context = AuthContext::new(self.user(), self.password(), path);
                let answer = digest_auth::parse(challenge).ok()?.respond(&context).ok()?;
                Some(Credentials::Digest(answer.to_header_string()))
            }),
        }
    }
}

/// What follows the name of a scheme, at the start of a header of one or more challenges or after a comma.
fn parameters<'a>(challenges: &'a str, scheme: &str) -> Option<&'a str> {
    let lower = challenges.to_ascii_lowercase();
    lower.match_indices(scheme).find_map(|(at, _)| {
        let before = lower[..at].trim_end();
        let starts = before.is_empty() || before.ends_with(',');
        let after = at + scheme.len();
        let ends = lower[after..].chars().next().is_none_or(char::is_whitespace);
        (starts && ends).then(|| &challenges[after..])
    })
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    const DIGEST: &str = r#"Digest realm="cam", nonce="abc", qop="auth", algorithm=MD5"#;
    const BASIC: &str = r#"Basic realm="digest""#;

    fn answers(scheme: Scheme, challenges: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for challenge in challenges {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_str(challenge).unwrap());
        }
        let login = Login::new(scheme, "u".into(), Password::new("p".into()));
        match login.answer(&headers, "/x") {
            Some(Credentials::Digest(_)) => scheme == Scheme::Digest,
            Some(Credentials::Basic) => scheme == Scheme::Basic,
            None => false,
        }
    }

    #[test]
    fn only_the_configured_scheme_is_answered_wherever_it_is_offered() {
        for (challenges, digest, basic) in [
            (&[DIGEST][..], true, false),
            (&[BASIC], false, true),
            (&[BASIC, DIGEST], true, true),
            (&[DIGEST, BASIC], true, true),
            (&[r#"Basic realm="cam", digest realm="cam", nonce="abc""#], true, true),
            (&[r#"Digest realm="cam", nonce="abc", algorithm=UNKNOWN"#, DIGEST], true, false),
            (&[r#"Digest realm="cam", nonce="abc", algorithm=SHA-256, qop="auth""#], true, false),
            (&["BASIC"], false, true),
            (&["Bearer", "Basics", "Digests x"], false, false),
            (&["", "\"", "Digest", "Digest =", "Digest realm=\"\\"], false, false),
            (&[], false, false),
        ] {
            assert_eq!(answers(Scheme::Digest, challenges), digest, "{challenges:?}");
            assert_eq!(answers(Scheme::Basic, challenges), basic, "{challenges:?}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let login = Login::new(Scheme::Digest, "root".into(), Password::new("s3cret".into()));
        assert_eq!(format!("{login:?} {:?}", login.password), "Login(Digest, ..) Password(..)");
    }
}
