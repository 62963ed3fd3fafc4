//! One camera in one port: plugged in by the kernel's own virtual host controller, unplugged when it is dropped.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::control::Control;
use crate::film;
use crate::scene::Scene;
use crate::stream::Choice;
use crate::usbip::{self, Request};

/// Where the controller is told of a device: port, socket, number, speed (`drivers/usb/usbip/vhci_sysfs.c` of Linux).
const ATTACH: &str = "/sys/devices/platform/vhci_hcd.0/attach";
/// USB 2.0.
const HIGH_SPEED: u8 = 3;

/// How the camera behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// As it should.
    Good,
    /// Sends the same frame again and again.
    Frozen,
    /// Sends the first half of each frame, as if that were all of it.
    Cut,
    /// Sends nothing.
    Stalled,
}

/// A camera that is plugged in.
pub(crate) struct Camera {
    wire: Arc<Wire>,
    plug: TcpStream,
}

/// What the threads of a camera share.
pub(crate) struct Wire {
    state: Mutex<State>,
    pub(crate) changed: Condvar,
}

pub(crate) struct State {
    /// Answers go out under the lock: one that followed the end of its own transfer would end the connection.
    pub(crate) host: TcpStream,
    /// Where the host waits for video: the transfers' numbers, and the bytes that each has room for.
    pub(crate) waiting: VecDeque<(u32, u32)>,
    pub(crate) choice: Choice,
    /// Counts the beginnings and ends of the stream: a frame of an earlier one is not sent on.
    pub(crate) turns: u64,
    /// Counts the streams from which at least a frame was sent.
    pub(crate) streams: u64,
    pub(crate) scene: Scene,
    pub(crate) behaviour: Behaviour,
    pub(crate) is_gone: bool,
}

impl Wire {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A thread that panicked has ended the process' use of this camera; the host will be told by silence.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and wakes who waits for it.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }
}

impl Camera {
    /// Plugs a camera into this port of the controller, counted from 0.
    ///
    /// # Errors
    /// If the port is taken, or there is no controller.
    pub(crate) fn plug(port: u8, serial: String, scene: Scene) -> io::Result<Camera> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let kernels = TcpStream::connect(listener.local_addr()?)?;
        let (plug, _) = listener.accept()?;
        for end in [&plug, &kernels] {
            end.set_nodelay(true)?;
        }
        let state = State {
            host: plug.try_clone()?,
            waiting: VecDeque::new(),
            choice: Choice::default(),
            turns: 0,
            streams: 0,
            scene,
            behaviour: Behaviour::Good,
            is_gone: false,
        };
        let wire = Arc::new(Wire { state: Mutex::new(state), changed: Condvar::new() });
        let (theirs, host) = (Arc::clone(&wire), plug.try_clone()?);
        thread::spawn(move || serve(&theirs, host, Control::new(serial)));
        let theirs = Arc::clone(&wire);
        thread::spawn(move || film::run(&theirs));
        let camera = Camera { wire, plug };
        // The kernel keeps its end, by a reference of its own.
        let device = 0x1_0000 + u32::from(port);
        #[expect(clippy::disallowed_methods, reason = "a word to the kernel, not a file")]
        fs::write(ATTACH, format!("{port} {} {device} {HIGH_SPEED}", kernels.as_raw_fd()))?;
        Ok(camera)
    }

    /// Another car stands before it from now on.
    pub(crate) fn show(&self, car: u8) {
        self.wire.change(|state| state.scene.car = car);
    }

    /// How often the host has had something streamed.
    pub(crate) fn streams(&self) -> u64 {
        self.wire.lock().streams
    }

    pub(crate) fn behave(&self, behaviour: Behaviour) {
        self.wire.change(|state| state.behaviour = behaviour);
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.wire.change(|state| state.is_gone = true);
        // Fails only if the host has hung up already.
        let _hung_up = self.plug.shutdown(Shutdown::Both);
    }
}

/// Answers the host until it hangs up.
fn serve(wire: &Wire, mut host: TcpStream, mut control: Control) {
    while let Ok(request) = usbip::read(&mut host) {
        let answered = wire.change(|state| match request {
            Request::Unlink { seq, transfer } => {
                let before = state.waiting.len();
                state.waiting.retain(|(waiting, _)| *waiting != transfer);
                usbip::unlinked(&mut state.host, seq, state.waiting.len() < before)
            }
            Request::Submit(transfer) if transfer.endpoint != 0 => {
                state.waiting.push_back((transfer.seq, transfer.length));
                Ok(())
            }
            Request::Submit(transfer) => control.answer(&transfer, state),
        });
        if answered.is_err() {
            break;
        }
    }
    wire.change(|state| state.is_gone = true);
}
