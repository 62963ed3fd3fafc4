//! How long certificates are still valid.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use jiff::Timestamp;
use lineshot_tls::{Dated, Trust, dates, dates_of};
use rustls::ClientConnection;
use rustls::pki_types::ServerName;

use crate::{Finding, told};

/// Who shows a certificate answers within milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// As certificates are renewed: a month ahead there is time for paper, a week ahead there is none.
const SOON: i64 = 30;
const NOW: i64 = 7;

/// What is to be said of a certificate, `whose` such as "the broker's certificate".
pub fn certificate(whose: &str, dated: &Dated, now: Timestamp) -> Finding {
    const CHECK: &str = "certificates";
    let days = dated.until.duration_since(now).as_secs().div_euclid(24 * 3600);
    let until = dated.until.strftime("%F");
    let about = format!("{whose} ({})", dated.subject);
    if now < dated.from {
        let from = dated.from.strftime("%F %R");
        let mend = "look at the clock of this PC; if that is right, have the certificate issued anew";
        return Finding::failed(CHECK, format!("{about} is not valid before {from} UTC"), mend);
    }
    match days {
        ..0 => Finding::failed(CHECK, format!("{about} has expired on {until}"), "renew it"),
        0..NOW => {
            Finding::failed(CHECK, format!("{about} expires in {days} days, on {until}"), "renew it today")
        }
        NOW..SOON => {
            Finding::warning(CHECK, format!("{about} expires in {days} days, on {until}"), "renew it")
        }
        _ => Finding::ok(CHECK, format!("{about} is valid until {until}, {days} days")),
    }
}

/// What is to be said of the files by which `whom` is believed, and by which this PC shows who it is.
pub fn of_files(trust: &Trust, whom: &str, now: Timestamp) -> Vec<Finding> {
    let own = trust.own.iter().map(|own| (&own.certificate, "this PC's certificate for "));
    let ca = trust.ca.iter().map(|ca| (ca, "an authority for "));
    let told = |(path, whose): (&std::path::PathBuf, &str)| match dates(path) {
        Ok(dated) => dated.iter().map(|it| certificate(&format!("{whose}{whom}"), it, now)).collect(),
        Err(error) => {
            let text = told(&error);
            let (found, mend) = text.split_once(": ").unwrap_or((&text, ""));
            vec![Finding::failed("certificates", found, mend)]
        }
    };
    own.chain(ca).flat_map(told).collect()
}

/// What is to be said of the certificate that is shown there. One that is not believed is told of by whoever
/// connects as the daemon does.
pub fn of_peer((host, port): (&str, u16), trust: &Trust, whose: &str, now: Timestamp) -> Option<Finding> {
    let name = ServerName::try_from(host.to_owned()).ok()?;
    let address = (host, port).to_socket_addrs().ok()?.next()?;
    let mut tcp = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    tcp.set_read_timeout(Some(PATIENCE)).ok()?;
    tcp.set_write_timeout(Some(PATIENCE)).ok()?;
    let mut tls = ClientConnection::new(trust.client().ok()?, name).ok()?;
    while tls.is_handshaking() {
        tls.complete_io(&mut tcp).ok()?;
    }
    let shown = dates_of(tls.peer_certificates()?)?.into_iter().next()?;
    tls.send_close_notify();
    let _hung_up = tls.complete_io(&mut tcp).map(|_| ());
    let _hung_up = tcp.flush().and_then(|()| tcp.read(&mut [0]));
    Some(certificate(whose, &shown, now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn a_certificate_is_spoken_of_before_it_is_too_late() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let dated = Dated {
            subject: "CN=broker".to_owned(),
            from: at("2026-01-01T00:00:00Z"),
            until: at("2026-12-31T00:00:00Z"),
        };
        for (now, verdict, part) in [
            ("2025-12-31T23:59:59Z", Verdict::Failed, "is not valid before 2026-01-01 00:00 UTC"),
            ("2026-06-01T00:00:00Z", Verdict::Ok, "is valid until 2026-12-31, 213 days"),
            ("2026-12-01T00:00:01Z", Verdict::Warning, "expires in 29 days"),
            ("2026-12-24T00:00:01Z", Verdict::Failed, "expires in 6 days"),
            ("2026-12-30T12:00:00Z", Verdict::Failed, "expires in 0 days"),
            ("2026-12-31T00:00:01Z", Verdict::Failed, "has expired on 2026-12-31"),
        ] {
            let finding = certificate("the broker's certificate", &dated, at(now));
            assert!(finding.verdict == verdict && finding.found.contains(part), "{now}: {finding:?}");
        }
    }
}
