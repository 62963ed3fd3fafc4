//! The guest: Debian's kernel with its camera drivers, emulated by qemu, on a network that reaches the tests' own broker
//! and store and nothing else.
//!
//! Holds:
//! - one runs at a time, and one case at a time has it. It is started by the first case and lives as long as any has
//!   it or waits for it, for it takes a while to start;
//! - whatever it does is waited for, and never longer than [`remote::PATIENCE`];
//! - it switches itself off when the tests are gone, however they went.
//!
//! Deliberately absent: hardware acceleration. Where it is there, it does not always run this kernel.

mod initramfs;
mod remote;

use std::net::TcpStream;
use std::ops::Deref;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use lineshot_demo::{Rule, Store};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use self::initramfs::{Disk, Kernel};
use self::remote::Door;
pub(crate) use self::remote::Remote;
use crate::peers::{Mosquitto, Process, free_port};
use crate::workspace::{built, program};

/// Where the guest finds broker and store.
pub(crate) const BROKER: &str = "10.0.2.100:1883";
pub(crate) const STORE: &str = "10.0.2.100:9000";

/// Megabytes of memory: the disk is in there, too.
const MEMORY: &str = "1024";

/// A running guest.
pub(crate) struct Guest {
    door: Door,
    machine: Process,
    /// Switches the guest off when its input ends.
    _lifeline: TcpStream,
    pub(crate) broker: Mosquitto,
    pub(crate) store: Store,
    _runtime: Runtime,
    // After those who write there.
    _folder: TempDir,
}

/// The guest while one case has it.
pub(crate) struct Alone {
    guest: Arc<Guest>,
    _turn: MutexGuard<'static, ()>,
}

impl Deref for Alone {
    type Target = Guest;

    fn deref(&self) -> &Guest {
        &self.guest
    }
}

impl Guest {
    /// The one guest, when it is this case's turn.
    pub(crate) fn alone() -> Alone {
        static ONE: Mutex<Weak<Guest>> = Mutex::new(Weak::new());
        static TURN: Mutex<()> = Mutex::new(());
        // A start that panicked left nothing behind, and neither did a case that panicked in its turn.
        let mut one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let guest = one.upgrade().unwrap_or_else(|| Arc::new(Guest::start()));
        *one = Arc::downgrade(&guest);
        drop(one);
        Alone { guest, _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    fn start() -> Guest {
        let folder = tempfile::tempdir().unwrap();
        let kernel = Kernel::unpacked();
        let disk = Disk::new(folder.path().join("disk"), &kernel);
        disk.put_program("guest-door", Path::new(env!("CARGO_BIN_EXE_guest-door")));
        disk.put_program("uvc-cameras", Path::new(env!("CARGO_BIN_EXE_uvc-cameras")));
        disk.put_program("v4l2-ctl", Path::new("/usr/bin/v4l2-ctl"));
        for name in ["lineshot-agent", "lineshot-uploader", "lineshot"] {
            disk.put_program(name, &program(name));
        }
        // The cameras' own tests, for those that need a driver.
        disk.put_program("contract", &built(&["--test", "contract"])["contract"]);
        let runtime = Runtime::new().unwrap();
        let broker = Mosquitto::start(folder.path());
        let store = runtime.block_on(Store::start(&folder.path().join("store"), Rule::PutOnly)).unwrap();
        let door = Door(free_port());
        let address = store.endpoint();
        let stores_port = address.rsplit_once(':').unwrap().1;
        let machine = boot(&kernel, &disk.packed(), door, broker.port(), stores_port);
        machine.wait_for("guest: the door is open");
        let lifeline = door.open("cat; poweroff -f").unwrap();
        Guest { _lifeline: lifeline, door, machine, broker, store, _runtime: runtime, _folder: folder }
    }

    /// Has a shell of the guest run a line, which has to succeed, and gives what it said.
    pub(crate) fn run(&self, line: &str) -> String {
        String::from_utf8(self.bytes(line, &[])).unwrap().trim_end().to_owned()
    }

    /// The same where it says no text, or reads what it is told.
    pub(crate) fn bytes(&self, line: &str, input: &[u8]) -> Vec<u8> {
        let (said, ended) = self.door.ask(line, input).unwrap_or_else(|error| {
            panic!("`{line}`: {error}\n{}", self.state());
        });
        assert_eq!(ended, 0, "`{line}` said:\n{}\n{}", String::from_utf8_lossy(&said), self.state());
        said
    }

    /// Waits until a shell of the guest finds it true.
    pub(crate) fn until(&self, condition: &str) {
        self.run(&format!("until {condition}; do usleep 50000; done"));
    }

    /// Has a shell of the guest become this program.
    pub(crate) fn start_program(&self, line: &str) -> Remote {
        self.door.start(line)
    }

    /// What its kernel has to say.
    pub(crate) fn state(&self) -> String {
        format!("the guest's console:\n{}", self.machine.said())
    }
}

/// Guest addresses of this network reach the ports of this machine that are named here, by a process for each
/// connection, and nothing else.
fn boot(kernel: &Kernel, disk: &Path, door: Door, broker: u16, store: &str) -> Process {
    let network = [
        "user,id=net,restrict=on".to_owned(),
        format!("hostfwd=tcp:127.0.0.1:{}-:7000", door.0),
        format!("guestfwd=tcp:{BROKER}-cmd:/bin/busybox nc 127.0.0.1 {broker}"),
        format!("guestfwd=tcp:{STORE}-cmd:/bin/busybox nc 127.0.0.1 {store}"),
    ];
    let mut qemu = Command::new("qemu-system-x86_64");
    qemu.args(["-nodefaults", "-no-user-config", "-no-reboot", "-machine", "q35", "-cpu", "max"]);
    qemu.args(["-accel", "tcg,thread=multi", "-smp", "2", "-m", MEMORY]);
    qemu.arg("-kernel").arg(kernel.image()).arg("-initrd").arg(disk);
    qemu.args(["-append", "console=ttyS0 quiet panic=-1 tsc=reliable mitigations=off"]);
    qemu.args(["-display", "none", "-serial", "stdio", "-device", "virtio-net-pci,netdev=net"]);
    Process::start(qemu.arg("-netdev").arg(network.join(",")))
}
