//! A door in a connection's way: it passes everything on until it is shut, and then nothing.
//!
//! Holds: while it is shut its port refuses and what went through it has ended; opened again it has the same
//! port. Nothing of what it passes is read or kept.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A door on loopback. It needs the tokio runtime it was opened on, and is shut when dropped.
#[derive(Debug)]
pub struct Door {
    outside: SocketAddr,
    inside: SocketAddr,
    server: Option<JoinHandle<()>>,
}

impl Door {
    /// Opens a door to `inside` on a free port.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn open(inside: SocketAddr) -> Result<Door> {
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let outside = listener.local_addr().context("asking for the door's port")?;
        let server = Some(tokio::spawn(serve(listener, inside)));
        Ok(Door { outside, inside, server })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.outside
    }

    /// Whether it lets anything through.
    pub fn is_open(&self) -> bool {
        self.server.is_some()
    }

    /// Shuts it: connections end at once, in the middle of whatever they did.
    pub async fn shut(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort();
            // Ends by being aborted: the port is free when it has.
            let _aborted = server.await;
        }
    }

    /// Opens it again, on the same port. If it is open, this changes nothing.
    ///
    /// # Errors
    /// If another program took the port meanwhile.
    pub async fn reopen(&mut self) -> Result<()> {
        if self.server.is_none() {
            let listener = listen(self.outside).await?;
            self.server = Some(tokio::spawn(serve(listener, self.inside)));
        }
        Ok(())
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))
}

/// Serves until it is aborted. The connections belong to its set, and end with it.
async fn serve(listener: TcpListener, inside: SocketAddr) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((outer, _)) => {
                connections.spawn(pass(outer, inside));
            }
            Err(error) => tracing::warn!("the door cannot take a connection: {error}"),
        }
    }
}

/// Passes on both ways until either side ends, in good order or not: the other sees it end, too.
async fn pass(mut outer: TcpStream, inside: SocketAddr) {
    if let Ok(mut inner) = TcpStream::connect(inside).await {
        let _ended = copy_bidirectional(&mut outer, &mut inner).await;
    }
}
