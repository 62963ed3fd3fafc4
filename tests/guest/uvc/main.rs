//! USB cameras that are not there: the kernel's virtual host controller (`vhci_hcd`) takes them for real ones, and so
//! does its driver `uvcvideo`.
//!
//! Holds:
//! - it says one line for each that it reads: `ok`, a number, or what is wrong;
//! - every camera is unplugged when the process ends.
//!
//! ```text
//! plug 1-2 SN-0042 red 6  into port 2 of the bus; in its pictures everything is red, and car number 6 is there
//! show 1-2 7              car number 7 stands before it
//! behave 1-2 frozen       good, frozen, cut or stalled
//! streams 1-2             says how often something was streamed from it
//! unplug 1-2
//! ```
#![expect(clippy::print_stdout, reason = "it answers who speaks to it")]

mod camera;
mod control;
mod descriptors;
mod film;
mod scene;
mod stream;
mod usbip;

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use crate::camera::{Behaviour, Camera};
use crate::scene::Scene;

/// The virtual host controller is the only one, so its high-speed ports are those of bus 1.
const BUS: &str = "1-";

fn main() -> io::Result<()> {
    let mut cameras = BTreeMap::new();
    // Somebody may want no more than one thing: it is said with the program's name.
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if !words.is_empty() {
        obey(&mut cameras, &words).map_err(io::Error::other)?;
    }
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        match obey(&mut cameras, &words) {
            Ok(answer) => println!("{answer}"),
            Err(what) => println!("error: {line}: {what}"),
        }
    }
    Ok(())
}

fn obey(cameras: &mut BTreeMap<String, Camera>, words: &[&str]) -> Result<String, String> {
    match *words {
        ["plug", port, serial, colour, car] => {
            let number = port.strip_prefix(BUS).and_then(|number| number.parse::<u8>().ok());
            let number = number.filter(|number| (1..=8).contains(number)).ok_or("ports are 1-1 to 1-8")?;
            let scene = Scene { colour: self::colour(colour)?, car: number_of(car)? };
            let camera = Camera::plug(number - 1, serial.to_owned(), scene);
            cameras.insert(port.to_owned(), camera.map_err(|error| error.to_string())?);
        }
        ["unplug", port] => drop(cameras.remove(port).ok_or("nothing is plugged in there")?),
        ["show", port, car] => camera(cameras, port)?.show(number_of(car)?),
        ["streams", port] => return Ok(camera(cameras, port)?.streams().to_string()),
        ["behave", port, how] => camera(cameras, port)?.behave(behaviour(how)?),
        _ => return Err("this is not understood".to_owned()),
    }
    Ok("ok".to_owned())
}

fn number_of(car: &str) -> Result<u8, &'static str> {
    car.parse().map_err(|_| "a car is a number up to 255")
}

fn camera<'a>(cameras: &'a BTreeMap<String, Camera>, port: &str) -> Result<&'a Camera, &'static str> {
    cameras.get(port).ok_or("nothing is plugged in there")
}

fn colour(name: &str) -> Result<[u8; 3], &'static str> {
    match name {
        "red" => Ok([200, 30, 30]),
        "green" => Ok([30, 200, 30]),
        "blue" => Ok([30, 30, 200]),
        _ => Err("a camera is red, green or blue"),
    }
}

fn behaviour(name: &str) -> Result<Behaviour, &'static str> {
    match name {
        "good" => Ok(Behaviour::Good),
        "frozen" => Ok(Behaviour::Frozen),
        "cut" => Ok(Behaviour::Cut),
        "stalled" => Ok(Behaviour::Stalled),
        _ => Err("a camera is good, frozen, cut or stalled"),
    }
}
