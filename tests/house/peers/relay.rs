//! A wire to the broker that can be cut, while the broker lives and hears everybody else.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A wire on a port of its own. Cut when it is dropped.
pub(crate) struct Relay {
    port: u16,
    wire: Arc<Wire>,
}

struct Wire {
    broker: u16,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_cut: bool,
    is_gone: bool,
    ends: Vec<TcpStream>,
}

impl Relay {
    /// A whole wire to this port.
    pub(crate) fn start(broker: u16) -> Relay {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let wire = Arc::new(Wire { broker, state: Mutex::default() });
        let theirs = Arc::clone(&wire);
        thread::spawn(move || {
            for client in listener.incoming() {
                if theirs.state.lock().unwrap().is_gone {
                    return;
                }
                // A broker that is away ends this connection alone.
                let _carried = client.and_then(|client| theirs.carry(client));
            }
        });
        Relay { port, wire }
    }

    /// Where it begins.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Both ends see the connection end, and a new one ends at once.
    pub(crate) fn cut(&self) {
        self.wire.state.lock().unwrap().cut();
    }

    /// The end of [`Relay::cut`].
    pub(crate) fn mend(&self) {
        self.wire.state.lock().unwrap().is_cut = false;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let mut state = self.wire.state.lock().unwrap();
        state.cut();
        state.is_gone = true;
        drop(state);
        // Wakes the listener, which then sees that it is gone.
        let _woken = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl State {
    fn cut(&mut self) {
        self.is_cut = true;
        for end in self.ends.drain(..) {
            // Fails only if it has ended already.
            let _ended = end.shutdown(Shutdown::Both);
        }
    }
}

impl Wire {
    fn carry(&self, client: TcpStream) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        if state.is_cut {
            return Ok(());
        }
        let server = TcpStream::connect(("127.0.0.1", self.broker))?;
        for end in [&client, &server] {
            end.set_nodelay(true)?;
            state.ends.push(end.try_clone()?);
        }
        let (to_client, to_server) = (client.try_clone()?, server.try_clone()?);
        thread::spawn(move || pump(client, to_server));
        thread::spawn(move || pump(server, to_client));
        Ok(())
    }
}

/// Until either end is gone, and then both are.
fn pump(mut from: TcpStream, mut to: TcpStream) {
    let _carried = io::copy(&mut from, &mut to);
    for end in [from, to] {
        let _ended = end.shutdown(Shutdown::Both);
    }
}
