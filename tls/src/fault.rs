//! What is wrong between two who speak TLS: a sentence with its mend.

use std::error::Error;
use std::io;

use jiff::Timestamp;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError};

/// Why no line could be made secret, seen from the client. `Display` goes on after "its certificate" or "it".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No authority vouches for it.
    #[error(
        "no trusted authority vouches for its certificate: name the one that signed it as `ca` (a PEM file), or let it show \
         the intermediate certificates, too"
    )]
    UnknownIssuer,
    /// Its time is over.
    #[error("its certificate has expired{0}: renew it there")]
    Expired(String),
    /// Its time has not come, or this clock is wrong.
    #[error("its certificate is not valid yet{0}: is the clock of this PC right? Else have it issued anew")]
    NotYet(String),
    /// It is somebody else's.
    #[error(
        "its certificate is for {presented} and not for {expected}: use that name, or have it issued for this one"
    )]
    OtherName {
        /// The name by which it was asked for.
        expected: String,
        /// The names that it is for.
        presented: String,
    },
    /// Something else about it.
    #[error("its certificate cannot be believed ({0}): have it issued anew")]
    Bad(String),
    /// It wants a certificate of ours, and there is none.
    #[error("it wants a certificate of this PC: name `certificate` and `private_key`")]
    WantsOne,
    /// It has looked at ours.
    #[error(
        "it refuses the certificate of this PC ({0}): is it issued by an authority that it trusts, and still valid?"
    )]
    RefusesOurs(String),
    /// Something else speaks there.
    #[error("it does not speak TLS: is that the port for it?")]
    NoTls,
    /// Both speak TLS, and have no version or cipher in common.
    #[error("it speaks no TLS that is secure enough ({0}): let it offer TLS 1.2 or 1.3")]
    OldTls(String),
    /// Anything else.
    #[error("the line could not be made secret ({0})")]
    Other(String),
}

/// What of an error, or of what caused it, is TLS's.
pub fn fault_of(error: &(dyn Error + 'static)) -> Option<Fault> {
    find(error, &|error| error.downcast_ref::<rustls::Error>().map(Fault::of))
}

/// The same of a handshake, which whoever speaks no TLS ends by hanging up.
pub fn fault_of_handshake(error: &(dyn Error + 'static)) -> Option<Fault> {
    let hung_up = |error: &(dyn Error + 'static)| {
        let kind = error.downcast_ref::<io::Error>()?.kind();
        matches!(kind, io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset).then_some(Fault::NoTls)
    };
    fault_of(error).or_else(|| find(error, &hung_up))
}

fn find<T>(error: &(dyn Error + 'static), is: &impl Fn(&(dyn Error + 'static)) -> Option<T>) -> Option<T> {
    let mut next = Some(error);
    while let Some(error) = next {
        // An error of the system may hold another one that is not its source.
        let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(found) = is(error).or_else(|| held.and_then(|held| find(held, is))) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

impl Fault {
    fn of(error: &rustls::Error) -> Fault {
        match error {
            rustls::Error::InvalidCertificate(certificate) => Fault::of_certificate(certificate),
            rustls::Error::AlertReceived(alert) => Fault::of_alert(*alert),
            rustls::Error::InvalidMessage(_) => Fault::NoTls,
            rustls::Error::PeerIncompatible(why) => Fault::OldTls(format!("{why:?}")),
            other => Fault::Other(other.to_string()),
        }
    }

    fn of_certificate(error: &CertificateError) -> Fault {
        use CertificateError::{
            Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
            NotValidYetContext, UnknownIssuer,
        };
        match error {
            UnknownIssuer => Fault::UnknownIssuer,
            Expired => Fault::Expired(String::new()),
            ExpiredContext { not_after, .. } => Fault::Expired(on(*not_after)),
            NotValidYet => Fault::NotYet(String::new()),
            NotValidYetContext { not_before, .. } => Fault::NotYet(on(*not_before)),
            NotValidForName => {
                let (expected, presented) =
                    ("the name it was asked for by".to_owned(), "another name".to_owned());
                Fault::OtherName { expected, presented }
            }
            NotValidForNameContext { expected, presented } => {
                Fault::OtherName { expected: named(expected), presented: listed(presented) }
            }
            other => Fault::Bad(format!("{other:?}")),
        }
    }

    fn of_alert(alert: AlertDescription) -> Fault {
        match alert {
            AlertDescription::CertificateRequired => Fault::WantsOne,
            // Before TLS 1.3 there was no word of its own for a missing certificate.
            AlertDescription::HandshakeFailure => Fault::Other(
                "it ended the handshake: it may want a certificate of this PC, or another version of TLS"
                    .to_owned(),
            ),
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied => Fault::RefusesOurs(format!("{alert:?}")),
            AlertDescription::ProtocolVersion | AlertDescription::InsufficientSecurity => {
                Fault::OldTls(format!("{alert:?}"))
            }
            other => Fault::Other(format!("{other:?}")),
        }
    }
}

/// ` on 2026-11-23`, or nothing for a time beyond the calendar.
fn on(at: UnixTime) -> String {
    let day = i64::try_from(at.as_secs()).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    day.map(|at| format!(" ({} UTC)", at.strftime("%F %R"))).unwrap_or_default()
}

fn named(name: &ServerName<'_>) -> String {
    name.to_str().into_owned()
}

/// `DnsName("broker")` and `IpAddress(10.0.0.9)`, as rustls gives them.
fn listed(names: &[String]) -> String {
    let plain = |name: &String| {
        let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
        inner.trim_matches('"').to_owned()
    };
    match names.iter().map(plain).collect::<Vec<_>>().as_slice() {
        [] => "no name".to_owned(),
        names => names.join(", "),
    }
}
