//! What is needed to reach the broker, checked before the first connection.
//!
//! Here too: the numbers that keep the client library from losing messages, each with its reason.

use std::fmt;
use std::net::Ipv6Addr;
use std::time::Duration;

use lineshot_domain::{AgentName, SiteName};
use lineshot_tls::{FileError, Trust};
use rumqttc::v5::MqttOptions;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnectProperties, LastWill};
use rumqttc::{NetworkOptions, TlsConfiguration, Transport};

/// Room for requests to the client library: an acknowledgement for each message handed over, of which
/// there are never more than the receive maximum, and a few requests of our own.
pub(super) const REQUESTS: usize = 1024;

/// Largest packet the broker may send us, in bytes, announced to it: it then drops a larger message
/// instead of sending it again for ever. Much larger than any event, because mosquitto 2.0.11 counts
/// every message it drops as in flight: after a receive maximum of them a session is deaf for good
/// (measured). What comes is cut to what is read, one message at a time.
const MAX_PACKET: u32 = 4 * 1024 * 1024;

/// Packet ids of our own requests, used in turn: an outbox row, a pulse, some values of the board, a
/// subscription. The library's default, 65535, costs 10 MB.
const OWN_PACKET_IDS: u16 = 64;

/// Time for name look-up, TCP and CONNACK together, in seconds.
const CONNECT_SECONDS: u64 = 10;

/// What the topic `connection` says, retained: an operator's first look.
pub(super) const ONLINE: &str = "ONLINE";
pub(super) const OFFLINE: &str = "OFFLINE";
const BROKEN: &str = "CONNECTIONBROKEN";

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: String) -> Secret {
        Secret(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How the broker is reached, and the session it keeps for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Name or address.
    pub host: String,
    /// TCP port, usually 1883, or 8883 with TLS.
    pub port: u16,
    /// How the line is kept secret; `None`: in the clear.
    pub tls: Option<Trust>,
    /// The plant, which our own topics begin with.
    pub site: SiteName,
    /// This PC, which our own topics go on with.
    pub agent: AgentName,
    /// Names the session: unique at the broker, the same after every restart.
    pub client_id: String,
    /// User and password.
    pub user: Option<(String, Secret)>,
    /// How long the broker keeps session and queue while we are away; at least a second, and for ever
    /// from 2^32 - 1 seconds on.
    pub session_expiry: Duration,
    /// How often an idle connection is probed, 5 seconds to 18 hours. A dead one is noticed after twice
    /// as long.
    pub keep_alive: Duration,
    /// How many unacknowledged messages the broker may send, 1 to 64.
    pub receive_maximum: u16,
}

/// What is wrong with a link or its topics.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// No broker.
    #[error("the broker's host is empty: name the host of the MQTT broker")]
    Host,
    /// No session can be kept for a client without a name.
    #[error("the client id must be 1 to 128 bytes: the broker keeps the session under it")]
    ClientId,
    /// The session would end with the connection.
    #[error("a session expiry below one second loses what arrives while the link is down: use days")]
    SessionExpiry,
    /// Outside what client and protocol can do.
    #[error("the keep-alive must be 5 s to 18 h")]
    KeepAlive,
    /// Outside what the acknowledgements' queue is made for.
    #[error("the receive maximum must be 1 to 64, not {0}")]
    ReceiveMaximum(u16),
    /// Nobody can publish there.
    #[error(
        "topic {0:?} cannot be listened to: 1 to 65535 bytes without NUL, \
         and only the orders' may have '+' or '#', each in a level of its own"
    )]
    Topic(String),
    /// A message there would mean two things.
    #[error("topic {0:?} is used twice: give each station, event and state a topic of its own")]
    Twice(String),
}

impl Link {
    pub(super) fn check(&self) -> Result<(), LinkError> {
        if self.host.is_empty() {
            return Err(LinkError::Host);
        }
        if !(1..=128).contains(&self.client_id.len()) {
            return Err(LinkError::ClientId);
        }
        if self.session_expiry < Duration::from_secs(1) {
            return Err(LinkError::SessionExpiry);
        }
        if !(5..=18 * 3600).contains(&self.keep_alive.as_secs()) {
            return Err(LinkError::KeepAlive);
        }
        if !(1..=64).contains(&self.receive_maximum) {
            return Err(LinkError::ReceiveMaximum(self.receive_maximum));
        }
        Ok(())
    }

    /// The own topic of this name.
    pub(super) fn own(&self, name: &str) -> String {
        own_topic(&self.site, &self.agent, name)
    }

    /// What a new connection starts from, by what the files of certificates hold now. Must not be printed: the
    /// library's `Debug` shows the password.
    ///
    /// # Errors
    /// [`FileError`] of a file of certificates.
    pub(super) fn options(&self) -> Result<MqttOptions, FileError> {
        let mut options = self.options_without_will()?;
        options.set_last_will(LastWill::new(self.own("connection"), BROKEN, QoS::AtLeastOnce, true, None));
        Ok(options)
    }

    /// The same for who says nothing about this PC when it is gone.
    ///
    /// # Errors
    /// [`FileError`] of a file of certificates.
    pub(super) fn options_without_will(&self) -> Result<MqttOptions, FileError> {
        let mut session = ConnectProperties::new();
        let expiry = self.session_expiry.as_secs();
        session.session_expiry_interval = Some(u32::try_from(expiry).unwrap_or(u32::MAX));
        session.receive_maximum = Some(self.receive_maximum);
        session.max_packet_size = Some(MAX_PACKET);
        let host = match self.host.parse::<Ipv6Addr>() {
            Ok(address) => format!("[{address}]"),
            Err(_) => self.host.clone(),
        };
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        let mut options = MqttOptions::new(&self.client_id, host, self.port);
        options
            .set_keep_alive(self.keep_alive)
            .set_clean_start(false)
            .set_manual_acks(true)
            .set_connection_timeout(CONNECT_SECONDS)
            .set_outgoing_inflight_upper_limit(OWN_PACKET_IDS)
            .set_network_options(network)
            .set_connect_properties(session);
        if let Some((user, Secret(password))) = &self.user {
            options.set_credentials(user, password);
        }
        if let Some(trust) = &self.tls {
            options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(trust.client()?)));
        }
        Ok(options)
    }
}

/// Our own topic of this name: `lineshot/<site>/<agent>/<name>`.
pub fn own_topic(site: &SiteName, agent: &AgentName, name: &str) -> String {
    format!("lineshot/{}/{}/{name}", site.as_str(), agent.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link {
        Link {
            host: "127.0.0.1".into(),
            port: 1883,
            tls: None,
            site: SiteName::parse("plant").unwrap(),
            agent: AgentName::parse("line1").unwrap(),
            client_id: "lineshot-line1".into(),
            user: Some(("agent".into(), Secret::new("hunter2".into()))),
            session_expiry: Duration::from_secs(86_400),
            keep_alive: Duration::from_secs(10),
            receive_maximum: 16,
        }
    }

    #[test]
    fn a_link_that_would_lose_messages_or_panic_is_refused() {
        let seconds = Duration::from_secs;
        for (link, want) in [
            (Link { host: String::new(), ..link() }, LinkError::Host),
            (Link { client_id: String::new(), ..link() }, LinkError::ClientId),
            (Link { session_expiry: Duration::from_millis(999), ..link() }, LinkError::SessionExpiry),
            (Link { keep_alive: Duration::from_millis(4_999), ..link() }, LinkError::KeepAlive),
            (Link { keep_alive: seconds(70_000), ..link() }, LinkError::KeepAlive),
            (Link { receive_maximum: 0, ..link() }, LinkError::ReceiveMaximum(0)),
            (Link { receive_maximum: 65, ..link() }, LinkError::ReceiveMaximum(65)),
        ] {
            assert_eq!(link.check(), Err(want));
        }
        assert_eq!(link().check(), Ok(()));
    }

    #[test]
    fn the_session_outlives_the_connection_even_if_asked_for_a_century_and_more() {
        let century = Link { session_expiry: Duration::from_secs(1 << 40), ..link() };
        assert_eq!(century.options().unwrap().session_expiry_interval(), Some(u32::MAX));
        assert!(!century.options().unwrap().clean_start());
    }

    #[test]
    fn a_password_is_never_printed() {
        assert!(!format!("{:?}", link()).contains("hunter2"));
    }
}
