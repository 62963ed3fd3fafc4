//! The two kinds of HTTP camera: a stream that is kept warm, and snapshots on request.
//!
//! Holds: an exposure begins no earlier than the latency before its picture's first byte, and ends no later
//! than its last byte arrived; header, and even tables, may come before it.

use std::time::Duration;

use lineshot_domain::{Exposure, Mono};
use lineshot_picture::Frame;
use reqwest::Response;
use tokio::select;
use tokio::time::sleep;
use zeroize::Zeroizing;

use super::client::{Arrived, Client, Content};
use super::multipart::{Event, PART_LIMIT, Parts, append};
use crate::{Fault, Post, Shot, Stream};

/// An open multipart stream.
pub(super) struct Warm<'a> {
    client: Client<'a>,
    reader: Reader,
}

struct Reader {
    response: Response,
    latency: Duration,
    parts: Parts,
    /// The exposure of the part that is being kept.
    kept: Option<Exposure>,
}

impl<'a> Warm<'a> {
    pub(super) fn new(
        client: Client<'a>,
        response: Response,
        boundary: Option<&str>,
        latency: Duration,
    ) -> Warm<'a> {
        let reader = Reader { response, latency, parts: Parts::new(boundary), kept: None };
        Warm { client, reader }
    }
}

impl Stream for Warm<'_> {
    fn idle(&mut self, post: &Post) -> Result<(), Fault> {
        self.client.block_on(async {
            select! {
                biased;
                () = post.called() => Ok(()),
                shot = self.reader.read(&self.client, None, post) => shot.map(drop),
            }
        })
    }

    fn shot(&mut self, from: Mono, until: Mono, post: &Post) -> Result<Option<Shot>, Fault> {
        let left = until.since(post.now());
        self.client.block_on(async {
            select! {
                biased;
                () = post.closed() => Ok(None),
                () = sleep(left) => Ok(None),
                shot = self.reader.read(&self.client, Some(from), post) => shot.map(Some),
            }
        })
    }
}

impl Reader {
    /// Reads until there is a shot exposed at or after `from`; for ever if nothing is wanted. May be
    /// dropped at any time: the next reading goes on where it was.
    async fn read(&mut self, client: &Client<'_>, from: Option<Mono>, post: &Post) -> Result<Shot, Fault> {
        self.parts.forget();
        self.kept = None;
        loop {
            let arrived = client.bytes(&mut self.response, post, from.is_some()).await?;
            let Some(arrived) = arrived else {
                return Err(Fault::unreachable("it ended the stream"));
            };
            if let Some(shot) = self.eat(&arrived, from, post)? {
                return Ok(shot);
            }
        }
    }

    /// Eats all the bytes. Once there is a shot, a part that begins after it is not kept.
    fn eat(
        &mut self,
        arrived: &Arrived<impl AsRef<[u8]>>,
        from: Option<Mono>,
        post: &Post,
    ) -> Result<Option<Shot>, Fault> {
        let mut bytes = arrived.bytes.as_ref();
        let mut shot = None;
        while !bytes.is_empty() {
            let (eaten, event) = self
                .parts
                .eat(bytes)
                .map_err(|error| Fault::Answer { what: error.to_string(), cause: None })?;
            bytes = &bytes[eaten..];
            match event {
                Event::Hungry => {}
                Event::Begins => {
                    // The body's first byte is among the bytes that just arrived, whenever its header did.
                    let exposure = Exposure::between(arrived.since.minus(self.latency), arrived.until);
                    if shot.is_none() && from.is_some_and(|from| exposure.earliest() >= from) {
                        self.parts.keep();
                        self.kept = Some(exposure);
                    }
                }
                Event::Ends(body) => match (body, self.kept.take()) {
                    (Some(body), Some(begun)) => {
                        // A camera may send the picture's first tables before it exposes, none sends its
                        // last bytes before.
                        let exposure = Exposure::between(begun.earliest(), arrived.until);
                        shot = Some(Shot { frame: frame(body)?, exposure });
                    }
                    _ => post.frame_passed(),
                },
            }
        }
        Ok(shot)
    }
}

/// A camera that gives one picture a request.
pub(super) struct Snapshots<'a> {
    client: Client<'a>,
    latency: Duration,
}

impl<'a> Snapshots<'a> {
    pub(super) fn new(client: Client<'a>, latency: Duration) -> Snapshots<'a> {
        Snapshots { client, latency }
    }

    async fn snapshot(&self, post: &Post) -> Result<Shot, Fault> {
        let mut answer = self.client.ask(post).await?;
        if answer.content != Content::Jpeg {
            return Err(Fault::answer(
                "a stream; set the view's `mode` to \"stream\" or ask it for a snapshot",
            ));
        }
        post.connected();
        let mut body = Zeroizing::new(Vec::new());
        let mut last_byte = None;
        while let Some(arrived) = self.client.bytes(&mut answer.response, post, true).await? {
            last_byte = Some(arrived.until);
            append(&mut body, arrived.bytes.as_ref());
            if body.len() > PART_LIMIT {
                return Err(Fault::answer(format!("a picture of more than {PART_LIMIT} bytes")));
            }
        }
        let last_byte = last_byte.unwrap_or_else(|| post.now());
        // Some cameras answer with the frame they took last, so the request proves a bound only with the
        // latency; and some send headers and tables before they take it, so only the last byte ends it.
        let exposure = Exposure::between(answer.asked.minus(self.latency), last_byte);
        Ok(Shot { frame: frame(std::mem::take(&mut *body))?, exposure })
    }
}

impl Stream for Snapshots<'_> {
    fn idle(&mut self, post: &Post) -> Result<(), Fault> {
        post.wait_for_call(None);
        Ok(())
    }

    fn shot(&mut self, from: Mono, until: Mono, post: &Post) -> Result<Option<Shot>, Fault> {
        let ask_at = from.plus(self.latency).min(until);
        post.wait_for_close(ask_at.since(post.now()));
        let left = until.since(post.now());
        if left.is_zero() || post.is_closed() {
            return Ok(None);
        }
        self.client.block_on(async {
            select! {
                biased;
                () = post.closed() => Ok(None),
                () = sleep(left) => Ok(None),
                shot = self.snapshot(post) => shot.map(Some),
            }
        })
    }
}

fn frame(bytes: Vec<u8>) -> Result<Frame, Fault> {
    Frame::mjpeg(bytes)
        .map_err(|error| Fault::Answer { what: "a broken picture".into(), cause: Some(error.into()) })
}
