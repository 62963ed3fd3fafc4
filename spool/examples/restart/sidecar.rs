//! The same as `sidecar.py`, in the product's language: all parcels are read, then the first one is sent.

use std::fs;
use std::io::Read as _;
use std::net::TcpStream;
use std::time::SystemTime;

use serde_json::Value;

use crate::Outcome;

/// `sidecar FOLDER PORT`.
pub(crate) fn run(arguments: &[String]) -> Outcome<()> {
    let [ready, port] = arguments else { return Err("say it as `sidecar FOLDER PORT`".into()) };
    let mut queue: Vec<(SystemTime, String, Value)> = Vec::new();
    for entry in fs::read_dir(ready)? {
        let entry = entry?;
        let facts = serde_json::from_slice(&fs::read(entry.path().join("parcel.json"))?)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        queue.push((entry.metadata()?.modified()?, name, facts));
    }
    queue.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    let _answer = TcpStream::connect(("127.0.0.1", port.parse()?))?.read(&mut [0]);
    drop(queue);
    Ok(())
}
