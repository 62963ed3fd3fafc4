//! `cargo xtask bench idle`: what it costs to keep cameras warm until a vehicle comes.
//!
//! In one run, beside each other: the agent with one camera, the agent with eight, and what a user would write instead,
//! a loop of OpenCV that reads each frame so that the newest is at hand. All read the same camera of this program,
//! 1920x1080 at 15 frames a second, over HTTP.
#![expect(clippy::print_stdout, reason = "a bench speaks to the person who ran it")]
#![expect(
    clippy::disallowed_methods,
    reason = "a bench measures the machine's own time, in a folder of its own"
)]

mod camera;

use std::error::Error;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Everything has connected and settled by then.
const SETTLED: Duration = Duration::from_secs(8);
const MEASURED: Duration = Duration::from_secs(40);
/// Linux counts the time of processes in hundredths of a second (`getconf CLK_TCK`).
const TICKS: f64 = 100.0;
const SITE_KEY: &str =
    "lineshot-site-key-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

/// A process, ended with its bench.
struct Subject {
    name: &'static str,
    cameras: u32,
    process: Child,
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _already_gone = self.process.kill();
        let _status = self.process.wait();
    }
}

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).map(PathBuf::from).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("idle: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[PathBuf]) -> Outcome<()> {
    let [programs, python, folder] = arguments else {
        return Err("say it as `idle PROGRAMS PYTHON FOLDER`; cargo xtask bench idle does".into());
    };
    let _gone = fs::remove_dir_all(folder);
    fs::create_dir_all(folder)?;
    let (url, bytes) = camera::start()?;
    println!("a camera of 1920x1080 at 15 frames a second, {} KB each, over HTTP", bytes / 1000);
    let (broker, _mosquitto) = broker()?;
    let script = folder.join("opencv.py");
    fs::write(&script, include_str!("opencv.py"))?;
    let mut opencv = Command::new(python);
    opencv.arg(&script).arg(&url);
    let mut subjects = vec![
        Subject { name: "OpenCV, one camera", cameras: 1, process: quiet(&mut opencv)? },
        agent(programs, folder, ("the agent, one camera", 1), (&url, broker))?,
        agent(programs, folder, ("the agent, eight cameras", 8), (&url, broker))?,
    ];
    thread::sleep(SETTLED);
    let (began, before) = (Instant::now(), times(&mut subjects)?);
    thread::sleep(MEASURED);
    let (after, took) = (times(&mut subjects)?, began.elapsed().as_secs_f64());
    for ((subject, before), after) in subjects.iter().zip(before).zip(after) {
        let cpu = (after - before) / took * 100.0;
        let (now, most) = memory(&subject.process)?;
        let each = cpu / f64::from(subject.cameras);
        println!(
            "{:<26} {cpu:6.2} % of a core ({each:5.2} % a camera), {now:4} MB, at most {most:4} MB",
            subject.name
        );
    }
    Ok(())
}

fn quiet(command: &mut Command) -> Outcome<Child> {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet
        .spawn()
        .map_err(|error| format!("{} cannot be started: {error}", quiet.get_program().display()).into())
}

/// A mosquitto of its own, and its port.
fn broker() -> Outcome<(u16, Subject)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut mosquitto = Command::new("mosquitto");
    mosquitto.args(["-p", &port.to_string()]).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let broker = Subject { name: "mosquitto", cameras: 0, process: quiet(&mut mosquitto)? };
    for _ in 0..100 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok((port, broker));
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err("mosquitto does not answer".into())
}

/// An agent on trial whose stations are open at all times, a camera each.
fn agent(
    programs: &Path,
    folder: &Path,
    (name, cameras): (&'static str, u32),
    (url, broker): (&str, u16),
) -> Outcome<Subject> {
    let own = folder.join(format!("agent-{cameras}"));
    fs::create_dir_all(own.join("stations"))?;
    fs::create_dir(own.join("data"))?;
    let key = own.join("site.key");
    fs::write(&key, SITE_KEY)?;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
    fs::write(
        own.join("agent.toml"),
        format!(
            "version = 1\nname = \"pc-{cameras}\"\nsite = \"site\"\nsite_key = {key:?}\ndata = {:?}\n\
             clock = {{ trust = \"unchecked\" }}\nsocket = {:?}\n[broker]\nurl = \"mqtt://127.0.0.1:{broker}\"\n",
            own.join("data"),
            own.join("agent.sock"),
        ),
    )?;
    for number in 1..=cameras {
        fs::write(
            own.join(format!("stations/s{number}.toml")),
            format!(
                "version = 1\nid = \"s{number}\"\nname = {{ en = \"Station {number}\" }}\ntimezone = \"Etc/UTC\"\n\
                 [trigger]\ntopic = \"line/s{number}/arrival\"\nformat = \"text\"\nage = \"expiry\"\nmax_age = \"20s\"\n\
                 dwell = \"60s\"\n[[view]]\nid = \"front\"\n\
                 camera = {{ http = {{ url = \"{url}/{number}\" }}, size = \"1920x1080\" }}\nlatency = \"300ms\"\n\
                 delay = \"0ms\"\nwithin = \"10s\"\npeople = \"ignore\"\nshow = \"all\"\n"
            ),
        )?;
    }
    let mut command = Command::new(programs.join("lineshot-agent"));
    // As the packaged unit has it.
    command.args(["run", "--unreleased", "--config"]).arg(&own).env("MALLOC_ARENA_MAX", "1");
    Ok(Subject { name, cameras, process: quiet(&mut command)? })
}

/// Seconds of processor time of each, all of whom have to live.
fn times(subjects: &mut [Subject]) -> Outcome<Vec<f64>> {
    let time = |subject: &mut Subject| {
        if let Some(status) = subject.process.try_wait()? {
            return Err(format!("{} has ended: {status}", subject.name).into());
        }
        let stat = fs::read_to_string(format!("/proc/{}/stat", subject.process.id()))?;
        // proc(5): utime and stime are the 12th and 13th after the name, which may have blanks.
        let (_, fields) = stat.rsplit_once(')').ok_or("a strange /proc/PID/stat")?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        Ok(ticks / TICKS)
    };
    subjects.iter_mut().map(time).collect()
}

/// Resident memory now and at most, in MB.
fn memory(process: &Child) -> Outcome<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id()))?;
    let field = |name: &str| -> Outcome<u64> {
        let line =
            status.lines().find_map(|line| line.strip_prefix(name)).ok_or("a strange /proc/PID/status")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}
