//! Handshakes between two ends in memory, each with what can be wrong with it.

use std::sync::Arc;

use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConnection, ServerConfig, ServerConnection};

use crate::testing::{Authority, Valid};
use crate::{Fault, FileError, OwnFiles, Trust, authorities, dates, fault_of, file};

/// Shakes hands by the name `broker`. What the client finds wrong, or the server by its alert.
fn shake(trust: &Trust, shown: &OwnFiles, wants: Option<&Authority>) -> Option<Fault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match wants {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let roots = Arc::new(authorities(&authority.file).unwrap().0);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let shown = (file::certificates(&shown.certificate).unwrap(), file::key(&shown.key).unwrap());
    let server = builder.with_single_cert(shown.0, shown.1).unwrap();
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    let name = "broker".try_into().unwrap();
    let mut client = ClientConnection::new(trust.client().unwrap(), name).unwrap();
    for _ in 0..10 {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        server.read_tls(&mut wire.as_slice()).unwrap();
        let _alert_goes_back = server.process_new_packets();
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        client.read_tls(&mut wire.as_slice()).unwrap();
        if let Err(error) = client.process_new_packets() {
            return fault_of(&std::io::Error::other(error));
        }
    }
    assert!(!client.is_handshaking() && !server.is_handshaking());
    None
}

#[test]
fn whatever_is_wrong_with_a_certificate_has_its_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let [ca, other] = ["ca", "other"].map(|name| Authority::new(folder.path(), name));
    let trust = Trust { ca: Some(ca.file.clone()), own: None };
    let good = ca.issue("broker", &["broker", "127.0.0.1"], Valid::Now);
    assert_eq!(shake(&trust, &good, None), None);
    for (shown, part) in [
        (
            other.issue("stranger", &["broker"], Valid::Now),
            "no trusted authority vouches for its certificate",
        ),
        (ca.issue("old", &["broker"], Valid::NoMore), "has expired (2001-01-01 00:00 UTC): renew it"),
        (ca.issue("young", &["broker"], Valid::NotYet), "not valid yet (2099-01-01 00:00 UTC): is the clock"),
        (ca.issue("else", &["mes", "10.0.0.9"], Valid::Now), "is for mes, 10.0.0.9 and not for broker"),
    ] {
        let fault = shake(&trust, &shown, None).unwrap().to_string();
        assert!(fault.contains(part), "{fault}\nlacks\n{part}");
    }
}

#[test]
fn a_certificate_of_this_pc_is_shown_to_who_wants_one() {
    let folder = tempfile::tempdir().unwrap();
    let [ca, clients] = ["ca", "clients"].map(|name| Authority::new(folder.path(), name));
    let good = ca.issue("broker", &["broker"], Valid::Now);
    let with = |own: Option<OwnFiles>| Trust { ca: Some(ca.file.clone()), own };
    let own = clients.issue("pc", &["pc"], Valid::Now);
    assert_eq!(shake(&with(Some(own)), &good, Some(&clients)), None);
    assert_eq!(shake(&with(None), &good, Some(&clients)), Some(Fault::WantsOne));
    for own in [clients.issue("old", &["pc"], Valid::NoMore), ca.issue("foreign", &["pc"], Valid::Now)] {
        let fault = shake(&with(Some(own)), &good, Some(&clients)).unwrap();
        assert!(matches!(fault, Fault::RefusesOurs(_)), "{fault:?}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test's own files")]
fn a_file_that_cannot_be_used_says_so_and_shows_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Authority::new(folder.path(), "ca");
    let [one, two] = ["one", "two"].map(|name| ca.issue(name, &["pc"], Valid::Now));
    let broken = folder.path().join("broken.pem");
    std::fs::write(&broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let missing = folder.path().join("missing.pem");
    let with = |ca, own| Trust { ca: Some(ca), own }.client().unwrap_err();
    assert!(matches!(with(missing.clone(), None), FileError::Read { .. }));
    assert!(matches!(with(broken, None), FileError::Certificates { .. }));
    assert!(matches!(with(one.key.clone(), None), FileError::Certificates { .. }));
    let own = |certificate: &OwnFiles, key| OwnFiles { certificate: certificate.certificate.clone(), key };
    assert!(matches!(with(ca.file.clone(), Some(own(&one, missing))), FileError::Read { .. }));
    assert!(matches!(with(ca.file.clone(), Some(own(&one, ca.file.clone()))), FileError::Key { .. }));
    let pair = with(ca.file.clone(), Some(own(&one, two.key.clone())));
    assert!(pair.to_string().contains("two.key.pem is not the key of"), "{pair}");
}

#[test]
fn a_renewed_file_is_noticed_and_its_days_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Authority::new(folder.path(), "ca");
    let own = ca.issue("pc", &["pc"], Valid::Now);
    let trust = Trust { ca: Some(ca.file.clone()), own: Some(own.clone()) };
    let before = trust.edition();
    assert_eq!(before, trust.edition());
    ca.issue("pc", &["pc"], Valid::NoMore);
    assert_ne!(before, trust.edition());
    let [dated] = &dates(&own.certificate).unwrap()[..] else { panic!("one certificate") };
    assert_eq!((dated.subject.as_str(), dated.until.to_string().as_str()), ("CN=pc", "2001-01-01T00:00:00Z"));
    assert!(dates(&own.key).is_err());
}
