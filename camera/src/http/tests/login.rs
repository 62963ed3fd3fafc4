//! Digest and Basic, right and wrong, against a server that checks them by its own arithmetic.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lineshot_domain::Reason;
use md5::{Digest as _, Md5};

use super::server::{Connection, Server};
use super::{SHORT, all_at_once, ask, camera, http};
use crate::testing::{GENEROUS, jpeg, printed};
use crate::{Login, Mode, Password, Scheme};

const CHALLENGE: &str = r#"Digest realm="cam", nonce="7f3a", qop="auth", algorithm=MD5"#;

fn login(scheme: Scheme, password: &str) -> Option<Login> {
    Some(Login::new(scheme, "root".into(), Password::new(password.into())))
}

fn md5(text: &str) -> String {
    hex::encode(Md5::digest(text))
}

/// RFC 7616, 3.4.1, for the user `root` with the password `s3cret`.
fn is_right_digest(authorization: &str) -> bool {
    let Some(fields) = authorization.strip_prefix("Digest ") else { return false };
    let field = |name: &str| {
        let found = fields.split(',').find_map(|it| it.trim().strip_prefix(name)?.strip_prefix('='));
        found.unwrap_or_default().trim_matches('"')
    };
    let secret = md5("root:cam:s3cret");
    let asked = md5(&format!("GET:{}", field("uri")));
    let (nc, cnonce) = (field("nc"), field("cnonce"));
    let right = md5(&format!("{secret}:7f3a:{nc}:{cnonce}:auth:{asked}"));
    field("uri") == "/video.cgi?fps=10" && field("username") == "root" && field("response") == right
}

fn is_right_basic(authorization: &str) -> bool {
    authorization == format!("Basic {}", BASE64_STANDARD.encode("root:s3cret"))
}

/// A camera that offers what it is told to and lets in who answers rightly.
fn guarded(challenges: &'static str, mode: Mode) -> Server {
    Server::start(move |mut connection: Connection| {
        let authorization = connection.authorization.clone().unwrap_or_default();
        if !is_right_digest(&authorization) && !is_right_basic(&authorization) {
            let headers: String =
                challenges.split('|').map(|it| format!("WWW-Authenticate: {it}\r\n")).collect();
            connection.answer("401 Unauthorized", &headers, b"<html>");
        } else if mode == Mode::Snapshot {
            connection.answer("200 OK", "Content-Type: image/jpeg\r\n", &jpeg(50));
        } else {
            connection.begin();
            while connection.part(&jpeg(50)) && !connection.next_frame() {}
        }
    })
}

#[test]
fn the_right_password_opens_streams_and_snapshots() {
    let both = "Basic realm=\"cam\"|Digest realm=\"cam\", nonce=\"7f3a\", qop=\"auth\"";
    for (challenges, scheme) in [
        (CHALLENGE, Scheme::Digest),
        (both, Scheme::Digest),
        (both, Scheme::Basic),
        ("Basic realm=\"cam\"", Scheme::Basic),
    ] {
        for mode in [Mode::Stream, Mode::Snapshot] {
            let server = guarded(challenges, mode);
            let source = http(&server, "/video.cgi?fps=10", mode, login(scheme, "s3cret"));
            let (camera, clock) = camera(source);
            let shot = ask(&camera, &clock, GENEROUS).unwrap();
            assert_eq!(format!("{:?}", shot.frame), printed(50), "{scheme} {mode:?}");
        }
    }
}

#[test]
fn wrong_and_missing_passwords_are_denied_and_not_repeated_in_the_message() {
    let cases = [
        (CHALLENGE, Some((Scheme::Digest, "wr0ng"))),
        ("Basic realm=\"cam\"", Some((Scheme::Basic, "wr0ng"))),
        (CHALLENGE, None),
        ("Bearer", Some((Scheme::Digest, "s3cret"))),
    ];
    let modes = [Mode::Stream, Mode::Snapshot];
    let cases = modes.into_iter().flat_map(|mode| cases.map(|case| (case, mode)));
    all_at_once(cases, |((challenges, who), mode)| {
        let server = guarded(challenges, mode);
        let who = who.and_then(|(scheme, password)| login(scheme, password));
        let (camera, clock) = camera(http(&server, "/video.cgi?pwd=s3cret", mode, who));
        let error = ask(&camera, &clock, SHORT).unwrap_err();
        assert_eq!(error.reason(), Reason::CameraDenied, "{error}");
        let printed = format!("{error} {error:?} {camera:?}");
        for secret in ["root", "wr0ng", "s3cret"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    });
}

#[test]
fn who_offers_only_basic_does_not_hear_a_password_meant_for_digest() {
    let server = Server::start(|mut connection| {
        assert_eq!(connection.authorization, None);
        connection.answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"cam\"\r\n", b"");
    });
    let (camera, clock) = camera(http(&server, "/", Mode::Stream, login(Scheme::Digest, "s3cret")));
    let error = ask(&camera, &clock, SHORT).unwrap_err();
    assert_eq!(error.reason(), Reason::CameraDenied);
    assert!(error.to_string().contains("offers no Digest login"), "{error}");
    assert_eq!(server.requests(), 1, "only the question without credentials was sent");
}
