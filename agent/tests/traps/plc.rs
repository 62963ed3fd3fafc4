//! A PLC that publishes as fast as the broker answers: MQTT 5 by hand, since a process for each message
//! takes longer than what is to be raced.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::broker::DEADLINE;

pub(crate) struct Plc(TcpStream);

impl Plc {
    pub(crate) fn connect(port: u16, client_id: &str) -> Plc {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut plc = Plc(stream);
        // Protocol name and version, clean start, no keep-alive, no properties.
        let mut body = b"\0\x04MQTT\x05\x02\0\0\0".to_vec();
        push(&mut body, client_id.as_bytes());
        plc.send(0x10, &body);
        assert_eq!(plc.receive()[..2], [0x20, 0], "CONNACK");
        plc
    }

    /// With QoS 1; returns when the broker has acknowledged it.
    pub(crate) fn publish(&mut self, topic: &str, payload: &str) {
        self.publish_as(0x32, topic, payload);
    }

    /// With QoS 1 and retained; returns when the broker has acknowledged it.
    pub(crate) fn store(&mut self, topic: &str, payload: &str) {
        self.publish_as(0x33, topic, payload);
    }

    fn publish_as(&mut self, kind: u8, topic: &str, payload: &str) {
        let mut body = Vec::new();
        push(&mut body, topic.as_bytes());
        // Packet id 1, no properties.
        body.extend_from_slice(&[0, 1, 0]);
        body.extend_from_slice(payload.as_bytes());
        self.send(kind, &body);
        assert_eq!(self.receive()[0], 0x40, "PUBACK");
    }

    fn send(&mut self, kind: u8, body: &[u8]) {
        let low = u8::try_from(body.len() % 0x80).unwrap() | 0x80;
        let high = u8::try_from(body.len() / 0x80).expect("two length bytes are enough here");
        assert!(high < 0x80);
        self.0.write_all(&[&[kind, low, high], body].concat()).unwrap();
    }

    /// The kind of the next packet, and its body.
    fn receive(&mut self) -> Vec<u8> {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).unwrap();
        let mut body = vec![0; usize::from(head[1])];
        self.0.read_exact(&mut body).unwrap();
        [&head[..1], &body].concat()
    }
}

fn push(body: &mut Vec<u8>, text: &[u8]) {
    body.extend_from_slice(&u16::try_from(text.len()).unwrap().to_be_bytes());
    body.extend_from_slice(text);
}
