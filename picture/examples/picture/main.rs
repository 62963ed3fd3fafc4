//! `cargo xtask bench picture`: what a picture costs, from the camera's JPEG to one that is covered and proven.
//!
//! In one run, one after the other and again: both ways of the darkroom without and with the proof, and what a user
//! would write instead with OpenCV, with libjpeg-turbo and with ffmpeg. Each figure is the thread's own CPU time. How
//! much memory one proven picture needs at its peak is asked of a process of its own.
#![expect(clippy::print_stdout, reason = "a bench speaks to the person who ran it")]
#![expect(
    clippy::disallowed_methods,
    reason = "a bench measures the machine's own time, in a folder of its own"
)]

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lineshot_domain::{Crop, Fraction, Mask, Point, Polygon, Scene, Show, Size};
use lineshot_picture::{Frame, Mark, Plan, develop};
use lineshot_proof::{Claim, prove};
use rustix::time::{ClockId, clock_gettime};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// In fractions: together a fifth of the frame.
const MASKS: [[(f64, f64); 4]; 4] = [
    [(0.05, 0.10), (0.30, 0.12), (0.28, 0.40), (0.06, 0.38)],
    [(0.55, 0.05), (0.75, 0.06), (0.74, 0.30), (0.56, 0.28)],
    [(0.80, 0.55), (0.97, 0.57), (0.95, 0.85), (0.82, 0.80)],
    [(0.35, 0.70), (0.50, 0.68), (0.52, 0.92), (0.36, 0.95)],
];
const SIZES: [(u32, u32, usize); 2] = [(1920, 1080, 40), (4000, 3000, 10)];

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).map(PathBuf::from).collect();
    let done = match arguments.as_slice() {
        [python, folder] => bench(python, folder),
        [once, way, width, height, jpeg] if once.as_os_str() == "once" => {
            once_alone(way, width, height, jpeg)
        }
        _ => Err("say it as `picture PYTHON FOLDER`; cargo xtask bench picture does".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("picture: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(python: &Path, folder: &Path) -> Outcome<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("peers.py"), include_str!("peers.py"))?;
    for (width, height, times) in SIZES {
        let size = Size::new(width, height)?;
        let jpeg = frame(size)?;
        println!("{width}x{height}, 4:2:0 at quality 90, {} KB, {times} times", jpeg.len() / 1000);
        measure(size, &jpeg, times, &mut Peers::start(python, folder, size, &jpeg)?)?;
        for (way, (name, _)) in ways(size)?.iter().enumerate() {
            let mut once = Command::new(std::env::current_exe()?);
            once.args(["once".to_owned(), way.to_string(), width.to_string(), height.to_string()]);
            let said = once.arg(folder.join("frame.jpg")).output()?;
            if !said.status.success() {
                return Err(String::from_utf8_lossy(&said.stderr).into());
            }
            println!(
                "  {name}, proven: {} of memory at the peak",
                String::from_utf8_lossy(&said.stdout).trim()
            );
        }
    }
    Ok(())
}

/// One proven picture in this process, which tells its own peak.
fn once_alone(way: &Path, width: &Path, height: &Path, jpeg: &Path) -> Outcome<()> {
    let number = |path: &Path| path.to_str().ok_or("no number")?.parse::<u32>().map_err(|_| "no number");
    let size = Size::new(number(width)?, number(height)?)?;
    let (scene, crop) = (scene(size)?, ways(size)?[number(way)? as usize].1);
    let plan = Plan::new(&scene, crop, &[], Mark::None)?;
    let picture = develop(Frame::mjpeg(fs::read(jpeg)?)?, &plan)?.pictures()?.remove(0);
    prove(picture.into_bytes(), &Claim::new(&scene, crop, crop.size())?)?;
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in status")?;
    let kilobytes: u32 = peak.trim().trim_end_matches(" kB").parse()?;
    println!("{} MB", kilobytes / 1024);
    Ok(())
}

/// What each way is called, and a crop that is made in it: one through a unit is made from pixels.
fn ways(size: Size) -> Outcome<[(&'static str, Crop); 2]> {
    Ok([
        ("ours, the camera's bits", Crop::whole(size)),
        ("ours, from pixels", Crop::pixels(size, 1, 0, size.width() - 1, size.height())?),
    ])
}

fn measure(size: Size, jpeg: &[u8], times: usize, peers: &mut Peers) -> Outcome<()> {
    let scene = scene(size)?;
    let ways = ways(size)?;
    let plans: Vec<Plan> =
        ways.iter().map(|(_, crop)| Plan::new(&scene, *crop, &[], Mark::None)).collect::<Result<_, _>>()?;
    let mut taken = vec![Vec::new(); 7];
    for _ in 0..times {
        for (at, (plan, (_, crop))) in plans.iter().zip(ways).enumerate() {
            let claim = Claim::new(&scene, crop, crop.size())?;
            let frame = Frame::mjpeg(jpeg.to_vec())?;
            let began = cpu();
            let picture = develop(frame, plan)?.pictures()?.remove(0);
            let made = cpu();
            prove(picture.into_bytes(), &claim)?;
            taken[2 * at].push(made - began);
            taken[2 * at + 1].push(cpu() - began);
        }
        for (peer, time) in taken[4..].iter_mut().zip(peers.once()?) {
            peer.push(time);
        }
    }
    let medians: Vec<f64> = taken.into_iter().map(median).collect();
    let names = ways.iter().flat_map(|(name, _)| [(*name).to_owned(), format!("{name}, proven")]);
    let names = names.chain(["OpenCV", "libjpeg-turbo", "ffmpeg"].map(str::to_owned));
    for (name, time) in names.zip(&medians) {
        println!(
            "  {name:<32} {time:7.1} ms   {:4.2} of OpenCV   {:4.2} of libjpeg-turbo",
            time / medians[4],
            time / medians[5]
        );
    }
    Ok(())
}

/// This thread's CPU time, in milliseconds.
fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn scene(size: Size) -> Outcome<Scene> {
    let mut masks = Vec::new();
    for corners in MASKS {
        let mut points = Vec::new();
        for (x, y) in corners {
            points.push(Point { x: Fraction::new(x)?, y: Fraction::new(y)? });
        }
        masks.push(Mask { name: "robot".to_owned(), polygon: Polygon::new(points)? });
    }
    Ok(Scene::new(size, Show::All, masks)?)
}

/// Shapes of all scales, and the noise of a sensor.
fn frame(size: Size) -> Outcome<Vec<u8>> {
    let (width, height) = (size.width(), size.height());
    let mut random = fastrand::Rng::with_seed(1);
    let mut rgb = Vec::with_capacity(width as usize * height as usize * 3);
    for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
        let (across, down) = (f64::from(x) / f64::from(height), f64::from(y) / f64::from(height));
        let waves =
            (across * 23.0 + (down * 9.0).sin() * 3.0).sin() + (down * 61.0 + across * 17.0).cos() * 0.5;
        let edge = if (across * 40.0).fract() < 0.1 || (down * 25.0).fract() < 0.08 { -60.0 } else { 0.0 };
        for (shade, colour) in [(110.0, 45.0), (120.0, 30.0), (105.0, 55.0)] {
            let noise = (random.f64() + random.f64() + random.f64() - 1.5) * 6.0;
            rgb.push((shade + colour * waves + edge + noise) as u8);
        }
    }
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, 90);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.encode(&rgb, u16::try_from(width)?, u16::try_from(height)?, ColorType::Rgb)?;
    Ok(jpeg)
}

/// The Python beside us.
struct Peers {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Peers {
    fn start(python: &Path, folder: &Path, size: Size, jpeg: &[u8]) -> Outcome<Peers> {
        let file = folder.join("frame.jpg");
        fs::write(&file, jpeg)?;
        let list = |corners: [(f64, f64); 4]| corners.map(|(x, y)| format!("[{x},{y}]")).join(",");
        let polygons = format!("[{}]", MASKS.map(|corners| format!("[{}]", list(corners))).join(","));
        let mut command = Command::new(python);
        command.arg(folder.join("peers.py")).arg(file);
        command.args([size.width().to_string(), size.height().to_string(), polygons]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let to = process.stdin.take().ok_or("no input")?;
        let from = BufReader::new(process.stdout.take().ok_or("no output")?);
        Ok(Peers { process, to, from })
    }

    /// One picture of each, in milliseconds of their thread's CPU time.
    fn once(&mut self) -> Outcome<[f64; 3]> {
        self.to.write_all(b"\n")?;
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        let times: Vec<f64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let [opencv, turbo, ffmpeg] = times[..] else {
            return Err("the peers said nothing; their errors stand above".into());
        };
        Ok([opencv / 1e6, turbo / 1e6, ffmpeg / 1e6])
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        let _already_gone = self.process.kill();
        let _status = self.process.wait();
    }
}
