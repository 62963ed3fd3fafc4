//! What keeps us from the broker: a sentence with its mend, and how long to wait before the next try.
//!
//! Classified by the errors that rumqttc 0.25.1 gives against a real broker. Never repeats a packet's
//! contents.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use lineshot_tls::{Fault, FileError, fault_of, fault_of_handshake};
use rumqttc::v5::mqttbytes::Error as PacketError;
use rumqttc::v5::mqttbytes::v5::{ConnectReturnCode as Code, DisconnectReasonCode};
use rumqttc::v5::{ConnectionError, StateError};

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    #[error("the broker's name cannot be resolved: check host and DNS")]
    Unresolved,
    #[error("nothing listens there: is the broker running, and are host and port right?")]
    Closed,
    #[error("the broker cannot be reached ({0}): check network, address and firewall")]
    Unreachable(io::ErrorKind),
    #[error("nothing answers within 10 s: check network, address and firewall")]
    NoAnswer,
    #[error("the broker refuses user or password: check both, here and at the broker")]
    Unauthorised,
    #[error("the broker refuses the client id: allow it at the broker, or choose another")]
    ClientId,
    #[error("another client uses the same client id: give each line PC one of its own")]
    TakenOver,
    #[error("the broker does not speak MQTT 5: use one that does, such as mosquitto 2")]
    Version,
    #[error(
        "the broker keeps no retained messages, or takes none with QoS 1: allow both \
         (mosquitto: retain_available, max_qos)"
    )]
    Poor,
    #[error("the broker refuses the connection ({0:?}): look into its log")]
    Refused(Code),
    #[error("the broker ended the connection ({0:?}): look into its log")]
    Ended(DisconnectReasonCode),
    #[error(
        "the connection broke: broker or network went away, or this is no MQTT port, or one for TLS alone \
         (then write mqtts://)"
    )]
    Broken,
    #[error("{0}")]
    Tls(Fault),
    #[error("a certificate cannot be used: {0}")]
    Certificate(String),
    #[error("the broker no longer answers: it hangs, or the network drops packets")]
    Silent,
    #[error(
        "the broker sends a packet larger than it was told to: set its own limit, and find who publishes it"
    )]
    TooLarge,
    #[error("the broker breaks the protocol ({0}): look into its log")]
    Protocol(String),
    #[error(
        "the broker sends more than it was told to and than there is room for; connecting anew, nothing is lost"
    )]
    Overrun,
    #[error(
        "the broker sends our pulses back no more, so nothing is proven and arrivals may be held back; \
         connecting anew (if that does not help: allow this user to read its `pulse` topic; if it recurs: \
         look for messages of more than 4 MB on the subscribed topics)"
    )]
    Deaf,
    #[error(
        "a message could not be recorded or acknowledged; connecting anew, so that it is delivered again"
    )]
    Unacknowledged,
}

impl Trouble {
    pub(super) fn of(error: &ConnectionError) -> Trouble {
        // After a handshake the library has the packet's error for it, which it does not call the source.
        let fault = match error {
            ConnectionError::MqttState(StateError::Deserialization(packet)) => fault_of(packet),
            other => fault_of(other),
        };
        if let Some(fault) = fault {
            return Trouble::Tls(fault);
        }
        match error {
            ConnectionError::Tls(error) => {
                let fault = fault_of_handshake(error);
                Trouble::Tls(fault.unwrap_or_else(|| Fault::Other(error.to_string())))
            }
            ConnectionError::Io(error) => Trouble::of_connecting(error),
            ConnectionError::Timeout(_) => Trouble::NoAnswer,
            ConnectionError::ConnectionRefused(code) => Trouble::of_refusal(*code),
            ConnectionError::MqttState(error) => Trouble::of_state(error),
            ConnectionError::NotConnAck(_) => Trouble::Protocol("no CONNACK".into()),
            other => Trouble::Protocol(other.to_string()),
        }
    }

    /// A file of certificates; `Display` of it leaves out its cause.
    pub(super) fn of_file(error: &FileError) -> Trouble {
        let cause = error.source().map(|cause| format!(" ({cause})"));
        Trouble::Certificate(format!("{error}{}", cause.unwrap_or_default()))
    }

    fn of_connecting(error: &io::Error) -> Trouble {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Trouble::Closed,
            io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => Trouble::Broken,
            // The standard library gives the resolver's errors no kind of their own.
            _ if error.to_string().contains("lookup address") => Trouble::Unresolved,
            kind => Trouble::Unreachable(kind),
        }
    }

    fn of_refusal(code: Code) -> Trouble {
        match code {
            Code::BadUserNamePassword | Code::NotAuthorized | Code::BadAuthenticationMethod => {
                Trouble::Unauthorised
            }
            Code::BadClientId | Code::ClientIdentifierNotValid => Trouble::ClientId,
            Code::RefusedProtocolVersion | Code::UnsupportedProtocolVersion => Trouble::Version,
            Code::RetainNotSupported | Code::QoSNotSupported => Trouble::Poor,
            other => Trouble::Refused(other),
        }
    }

    fn of_state(error: &StateError) -> Trouble {
        match error {
            StateError::Io(_)
            | StateError::ConnectionAborted
            | StateError::Deserialization(PacketError::Io(_)) => Trouble::Broken,
            StateError::AwaitPingResp => Trouble::Silent,
            StateError::IncomingPacketTooLarge { .. }
            | StateError::Deserialization(PacketError::PayloadSizeLimitExceeded { .. }) => Trouble::TooLarge,
            StateError::ConnFail { reason } => Trouble::of_refusal(*reason),
            StateError::ServerDisconnect { reason_code: DisconnectReasonCode::SessionTakenOver, .. } => {
                Trouble::TakenOver
            }
            StateError::ServerDisconnect { reason_code, .. } => Trouble::Ended(*reason_code),
            other => Trouble::Protocol(other.to_string()),
        }
    }

    /// Whether only a person can mend it, so that trying often does nothing but fill the broker's log.
    fn is_for_a_person(&self) -> bool {
        use Trouble::{Certificate, ClientId, Poor, TakenOver, Tls, TooLarge, Unauthorised, Version};
        matches!(
            self,
            Unauthorised | ClientId | TakenOver | Version | Poor | TooLarge | Tls(_) | Certificate(_)
        )
    }
}

/// How often it was tried in vain, and what was said about it.
#[derive(Debug, Default)]
pub(super) struct Retry {
    tries: u32,
    said: Option<Trouble>,
}

impl Retry {
    /// The pause before the next try: 0.5 to 15 s, or 5 to 30 s where a person is needed, its upper end
    /// doubling from try to try. `roll`, from 0 to 1, spreads the PCs of a line over it.
    pub(super) fn pause(&mut self, trouble: &Trouble, roll: f64) -> Duration {
        let (least, most) = if trouble.is_for_a_person() { (5.0, 30.0) } else { (0.5, 15.0) };
        self.tries = self.tries.saturating_add(1);
        let upper = (least * 2f64.powi(self.tries.min(16).cast_signed())).min(most);
        Duration::from_secs_f64(least + roll.clamp(0.0, 1.0) * (upper - least))
    }

    /// Whether `trouble` is other than the one last said; it then counts as said.
    pub(super) fn is_news(&mut self, trouble: &Trouble) -> bool {
        let news = self.said.as_ref() != Some(trouble);
        self.said = Some(trouble.clone());
        news
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_known_error_has_its_sentence() {
        let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
        let dns = io::Error::other("failed to lookup address information: Name or service not known");
        let cases: [(ConnectionError, Trouble); 10] = [
            (ConnectionError::Io(io::ErrorKind::ConnectionRefused.into()), Trouble::Closed),
            (
                ConnectionError::Io(io::ErrorKind::HostUnreachable.into()),
                Trouble::Unreachable(io::ErrorKind::HostUnreachable),
            ),
            (ConnectionError::Io(dns), Trouble::Unresolved),
            (ConnectionError::ConnectionRefused(Code::NotAuthorized), Trouble::Unauthorised),
            (ConnectionError::ConnectionRefused(Code::ServerBusy), Trouble::Refused(Code::ServerBusy)),
            (StateError::ConnectionAborted.into(), Trouble::Broken),
            (StateError::Deserialization(PacketError::Io(reset())).into(), Trouble::Broken),
            (StateError::AwaitPingResp.into(), Trouble::Silent),
            (
                StateError::Deserialization(PacketError::PayloadSizeLimitExceeded {
                    pkt_size: 200_000,
                    max: 65_536,
                })
                .into(),
                Trouble::TooLarge,
            ),
            (
                StateError::ServerDisconnect {
                    reason_code: DisconnectReasonCode::SessionTakenOver,
                    reason_string: None,
                }
                .into(),
                Trouble::TakenOver,
            ),
        ];
        for (error, want) in cases {
            assert_eq!(Trouble::of(&error), want);
        }
    }

    #[test]
    fn a_trouble_is_said_once_until_it_changes() {
        let mut retry = Retry::default();
        let news = [Trouble::Closed, Trouble::Closed, Trouble::Broken, Trouble::Closed];
        assert_eq!(news.map(|trouble| retry.is_news(&trouble)), [true, false, true, true]);
    }

    proptest! {
        #[test]
        fn a_pause_keeps_to_its_bounds_however_long_it_lasts(rolls in prop::collection::vec(0f64..=1.0, 1..100)) {
            for (trouble, least, most) in [(Trouble::Closed, 0.5, 15.0), (Trouble::Unauthorised, 5.0, 30.0)] {
                let mut retry = Retry::default();
                for roll in &rolls {
                    let pause = retry.pause(&trouble, *roll).as_secs_f64();
                    prop_assert!((least..=most).contains(&pause), "{pause}");
                }
            }
        }
    }

    #[test]
    fn the_first_try_comes_soon_and_later_ones_do_not() {
        let mut retry = Retry::default();
        assert_eq!(retry.pause(&Trouble::Closed, 1.0), Duration::from_secs(1));
        assert_eq!((0..10).map(|_| retry.pause(&Trouble::Closed, 1.0)).max(), Some(Duration::from_secs(15)));
    }
}
