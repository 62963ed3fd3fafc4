//! Starts, until somebody connects.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;

/// Far above what any start takes.
const PATIENCE: Duration = Duration::from_secs(120);
/// After it is ready, what it begins then may still need memory.
const SETTLED: Duration = Duration::from_secs(2);

/// What is started, and where it connects to when it is ready.
pub(crate) struct Subject<'a> {
    pub(crate) name: &'static str,
    pub(crate) start: &'a dyn Fn() -> Command,
    pub(crate) before: &'a dyn Fn() -> Outcome<()>,
    pub(crate) port: &'a TcpListener,
}

/// Seconds, the fastest first; and the most memory of all its starts.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) cold: Vec<f64>,
    pub(crate) warm: Vec<f64>,
    pub(crate) peak_kib: u64,
}

/// In turn, so that what else the machine does in the meantime is everybody's.
pub(crate) fn all(subjects: &[Subject<'_>], times: usize, cold: bool, logs: &Path) -> Outcome<Vec<Measured>> {
    let nothing = |subject: &Subject<'_>| Measured {
        name: subject.name,
        cold: Vec::new(),
        warm: Vec::new(),
        peak_kib: 0,
    };
    let mut measured: Vec<Measured> = subjects.iter().map(nothing).collect();
    for _ in 0..times {
        for (subject, measured) in subjects.iter().zip(&mut measured) {
            for is_cold in [true, false] {
                if is_cold && !cold {
                    continue;
                }
                let (took, peak) = one(subject, is_cold, logs)?;
                let times = if is_cold { &mut measured.cold } else { &mut measured.warm };
                times.push(took.as_secs_f64());
                measured.peak_kib = measured.peak_kib.max(peak);
            }
        }
    }
    for it in &mut measured {
        it.cold.sort_by(f64::total_cmp);
        it.warm.sort_by(f64::total_cmp);
    }
    Ok(measured)
}

fn one(subject: &Subject<'_>, is_cold: bool, logs: &Path) -> Outcome<(Duration, u64)> {
    (subject.before)()?;
    if is_cold {
        drop_caches()?;
    }
    let log = logs.join("log");
    let mut command = (subject.start)();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?).env_remove("RUST_LOG");
    let began = Instant::now();
    let mut child = command.spawn()?;
    let ready = wait(subject.port, &mut child, began);
    let took = began.elapsed();
    let peak = ready.and_then(|connection| {
        std::thread::sleep(SETTLED);
        let peak = peak_kib(child.id());
        drop(connection);
        peak
    });
    let _already_gone = child.kill();
    child.wait()?;
    peak.map(|peak| (took, peak)).map_err(|error| {
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        format!("{}: {error}; it said:\n{said}", subject.name).into()
    })
}

fn wait(port: &TcpListener, child: &mut Child, began: Instant) -> Outcome<std::net::TcpStream> {
    port.set_nonblocking(true)?;
    loop {
        match port.accept() {
            Ok((connection, _)) => return Ok(connection),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(status) = child.try_wait()? {
            return Err(format!("it ended with {status}").into());
        }
        if began.elapsed() > PATIENCE {
            return Err("it never got ready".into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn peak_kib(id: u32) -> Outcome<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.split_whitespace().next().ok_or("no VmHWM")?.parse()?)
}

const CACHES: &str = "/proc/sys/vm/drop_caches";

/// Whether this is root, on a machine of its own.
pub(crate) fn can_drop_caches() -> bool {
    File::options().write(true).open(CACHES).is_ok()
}

fn drop_caches() -> Outcome<()> {
    rustix::fs::sync();
    Ok(std::fs::write(CACHES, "3")?)
}
