//! The line to the broker over TLS: it works, and what is wrong with a certificate is said with its mend.

use lineshot_agent::plc::Renewal;
use lineshot_tls::testing::{Authority, Valid};
use lineshot_tls::{OwnFiles, Trust};
use tempfile::TempDir;

use crate::agent::{ARRIVAL, SUBSCRIPTIONS, Setup, text_of};
use crate::broker::{Broker, in_time};
use crate::log::Log;
use crate::{CONNACK, SUBACK};

/// Two authorities, one for brokers and one for PCs, and who knows none of them.
struct Plant {
    folder: TempDir,
    brokers: Authority,
    pcs: Authority,
}

impl Plant {
    fn new() -> Plant {
        let folder = tempfile::tempdir().unwrap();
        let [brokers, pcs] = ["brokers", "pcs"].map(|name| Authority::new(folder.path(), name));
        Plant { folder, brokers, pcs }
    }

    fn trust(&self, own: Option<OwnFiles>) -> Option<Trust> {
        Some(Trust { ca: Some(self.brokers.file.clone()), own })
    }

    /// mosquitto, showing this certificate.
    async fn broker(&self, shown: &OwnFiles, more: &str) -> Broker {
        let OwnFiles { certificate, key } = shown;
        let settings = format!(
            "allow_anonymous true\ncertfile {}\nkeyfile {}\n{more}",
            certificate.display(),
            key.display()
        );
        Broker::start(&settings).await
    }

    /// The same for whoever shows a certificate of a PC.
    async fn strict_broker(&self) -> Broker {
        let shown = self.brokers.issue("broker", &["127.0.0.1"], Valid::Now);
        let pcs = self.pcs.file.display();
        self.broker(&shown, &format!("cafile {pcs}\nrequire_certificate true")).await
    }
}

#[tokio::test]
async fn a_broker_with_a_certificate_hears_and_is_heard_by_a_pc_with_one() {
    let plant = Plant::new();
    let broker = plant.strict_broker().await;
    let own = plant.pcs.issue("pc", &["pc"], Valid::Now);
    let mut agent = Setup { tls: plant.trust(Some(own.clone())), ..Setup::new(broker.port) }.start();
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    let files = [&plant.brokers.file, &own.certificate, &own.key].map(|path| path.to_str().unwrap());
    broker.publish(ARRIVAL, b"in secret", &["--cafile", files[0], "--cert", files[1], "--key", files[2]]);
    agent.hear_unacknowledged(&["in secret"]).await.remove(0).ack.done();
    agent.wait_until_current().await;
}

#[tokio::test]
async fn what_is_wrong_with_the_brokers_certificate_is_said_with_its_mend() {
    let plant = Plant::new();
    let stranger = Authority::new(plant.folder.path(), "stranger");
    for (shown, said) in [
        (stranger.issue("foreign", &["127.0.0.1"], Valid::Now), "name the one that signed it as `ca`"),
        (
            plant.brokers.issue("old", &["127.0.0.1"], Valid::NoMore),
            "has expired (2001-01-01 00:00 UTC): renew it",
        ),
        (plant.brokers.issue("young", &["127.0.0.1"], Valid::NotYet), "is the clock of this PC right?"),
        (plant.brokers.issue("else", &["mes.plant"], Valid::Now), "is for mes.plant and not for 127.0.0.1"),
    ] {
        let log = Log::listen();
        let broker = plant.broker(&shown, "").await;
        let _agent = Setup { tls: plant.trust(None), ..Setup::new(broker.port) }.start();
        log.wait(said).await;
    }
}

#[tokio::test]
async fn what_the_broker_finds_wrong_with_ours_is_said_with_its_mend() {
    let plant = Plant::new();
    let broker = plant.strict_broker().await;
    for (own, said) in [
        (None, "it wants a certificate of this PC: name `certificate` and `private_key`"),
        (
            Some(plant.pcs.issue("old", &["pc"], Valid::NoMore)),
            "it refuses the certificate of this PC (CertificateExpired)",
        ),
        (
            Some(plant.brokers.issue("foreign", &["pc"], Valid::Now)),
            "it refuses the certificate of this PC (UnknownCA)",
        ),
    ] {
        let log = Log::listen();
        let _agent = Setup { tls: plant.trust(own), ..Setup::new(broker.port) }.start();
        log.wait(said).await;
    }
}

#[tokio::test]
async fn a_port_of_the_other_kind_is_said_to_be_that() {
    let plant = Plant::new();
    let plain = Broker::open().await;
    let log = Log::listen();
    let _agent = Setup { tls: plant.trust(None), ..Setup::new(plain.port) }.start();
    log.wait("it does not speak TLS: is that the port for it?").await;
    let shown = plant.brokers.issue("broker", &["127.0.0.1"], Valid::Now);
    let secret = plant.broker(&shown, "").await;
    let log = Log::listen();
    let _agent = Setup::new(secret.port).start();
    log.wait("or one for TLS alone (then write mqtts://)").await;
}

#[tokio::test]
async fn a_file_that_is_missing_is_named_and_read_once_it_is_there() {
    let plant = Plant::new();
    let shown = plant.brokers.issue("broker", &["127.0.0.1"], Valid::Now);
    let broker = plant.broker(&shown, "").await;
    let moved = plant.folder.path().join("elsewhere.pem");
    std::fs::rename(&plant.brokers.file, &moved).unwrap();
    let log = Log::listen();
    let _agent = Setup { tls: plant.trust(None), ..Setup::new(broker.port) }.start();
    log.wait("brokers.pem failed: put the file there").await;
    std::fs::rename(&moved, &plant.brokers.file).unwrap();
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_on_a_new_connection_and_no_message_is_lost() {
    let plant = Plant::new();
    let broker = plant.strict_broker().await;
    let own = plant.pcs.issue("pc", &["pc"], Valid::Now);
    let setup = Setup { tls: plant.trust(Some(own.clone())), ..Setup::new(broker.port) };
    let (link, topics) = (setup.link(), setup.topics());
    let mut agent = setup.start();
    broker.log.wait(SUBSCRIPTIONS, SUBACK).await;
    let files =
        [&plant.brokers.file, &own.certificate, &own.key].map(|path| path.to_str().unwrap().to_owned());
    let flags = ["--cafile", &files[0], "--cert", &files[1], "--key", &files[2]];
    let mut unacknowledged = Vec::new();
    for round in 0..4 {
        plant.pcs.issue("pc", &["pc"], Valid::Now);
        let texts: Vec<String> = (0..4).map(|number| format!("{round}-{number}")).collect();
        broker.publish(ARRIVAL, texts[0].as_bytes(), &flags);
        broker.publish(ARRIVAL, texts[1].as_bytes(), &flags);
        // The first is in the consumer's hands, and not acknowledged, when the connection is exchanged.
        unacknowledged.push(agent.hear().await);
        let (done, switched) = tokio::sync::oneshot::channel();
        let renewal = Renewal::new(link.clone(), topics.clone(), move || done.send(()).unwrap()).unwrap();
        agent.renewals.send(renewal).await.unwrap();
        in_time("the switch between two connections", switched).await.unwrap();
        broker.publish(ARRIVAL, texts[2].as_bytes(), &flags);
        broker.publish(ARRIVAL, texts[3].as_bytes(), &flags);
        let mut heard = Vec::new();
        while !texts.iter().all(|text| heard.contains(text)) {
            let message = agent.hear().await;
            heard.push(text_of(&message));
            message.ack.done();
        }
        broker.log.wait((round + 2) * SUBSCRIPTIONS, SUBACK).await;
    }
    assert_eq!(broker.log.count(CONNACK), 5);
    agent.wait_until_current().await;
}
