//! The folder `stations/`: a bad file closes its station alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lineshot_domain::StationId;

use crate::files::Files;
use crate::layers::Layer;
use crate::place::Place;
use crate::problem::Problem;
use crate::sources::Sources;
use crate::station::{LINE, line_defaults, station, tree};
use crate::tree::Tree;
use crate::{CameraSetting, Problems, Station};

/// A station that stays closed because of its file.
#[derive(Debug)]
pub struct BrokenStation {
    /// The file's name, if it can be a station's id.
    pub id: Option<StationId>,
    /// Where the file is.
    pub file: PathBuf,
    /// All that is wrong with it.
    pub problems: Problems,
}

/// The sound stations and the others.
pub(crate) struct Stations {
    pub(crate) sound: Vec<Station>,
    pub(crate) broken: Vec<BrokenStation>,
}

/// What a file turned out to be, and the id that it claims.
struct Read {
    file: PathBuf,
    claims: Option<String>,
    tree: Tree,
    station: Option<Station>,
}

/// Reads all stations of a configuration folder. Without `sources` nobody knows what they have in common.
///
/// # Errors
/// All problems of `line.toml`, and then those of the stations as well.
pub(crate) fn stations(
    files: &Files,
    dir: &Path,
    sources: Option<Sources<'_>>,
) -> Result<Stations, Problems> {
    let (line, wrong) = line_defaults(files, &dir.join("line.toml"));
    let own = files.toml_below(&dir.join("stations"));
    let own = own.map_err(|layer| Problems::of(layer.problems).expect("it could not be read"))?;
    let all: Vec<Read> = own.into_iter().map(|file| read(files, file, line.as_ref(), sources)).collect();
    refuse_shared(&all, "give each station an id of its own", |read| {
        read.claims.iter().map(|id| ("id", id.clone())).collect()
    });
    let mend = "a topic belongs to one station: write `{station}` in it where line.toml sets it";
    refuse_shared(&all, mend, topics);
    refuse_shared(&all, "give each station a camera of its own: one camera sees one station", cameras);
    let mut found = Stations { sound: Vec::new(), broken: Vec::new() };
    for Read { file, tree, station, .. } in all {
        match tree.end(station) {
            Ok(station) => found.sound.push(station),
            Err(problems) => {
                let stem = file.file_stem().and_then(|stem| stem.to_str());
                let id = stem.and_then(|stem| StationId::parse(stem).ok());
                found.broken.push(BrokenStation { id, file, problems });
            }
        }
    }
    match wrong {
        None => Ok(found),
        Some(problems) => Err(found.broken.into_iter().fold(problems, |all, it| all.and(Some(it.problems)))),
    }
}

fn read(files: &Files, file: PathBuf, line: Option<&Layer>, sources: Option<Sources<'_>>) -> Read {
    let layer = Layer::main(files, &file);
    let claims = layer.word("id").map(str::to_owned);
    let tree = tree(&file, line, layer);
    let station = if tree.is_torn() { None } else { station(&file, &tree, sources) };
    Read { station, claims, tree, file }
}

fn topics(read: &Read) -> Vec<(&'static str, String)> {
    let topics = read.station.iter().flat_map(Station::topics);
    topics.map(|(key, topic)| (key, topic.to_string())).collect()
}

/// Who looks through another station's camera photographs another customer's car.
fn cameras(read: &Read) -> Vec<(&'static str, String)> {
    let views = read.station.iter().flat_map(|station| &station.views);
    let names = views.flat_map(|view| match &view.camera {
        CameraSetting::Http { url, .. } => vec![url.as_str().to_owned()],
        CameraSetting::Usb { camera, .. } => camera.names(),
        CameraSetting::File { .. } | CameraSetting::Line { .. } => Vec::new(),
    });
    names.collect::<BTreeSet<_>>().into_iter().map(|name| ("view", name)).collect()
}

/// Closes all stations that share what each must have alone, which is all but the line's state.
fn refuse_shared(all: &[Read], mend: &str, of: impl Fn(&Read) -> Vec<(&'static str, String)>) {
    let mut holders: BTreeMap<String, Vec<(usize, &str)>> = BTreeMap::new();
    for (index, read) in all.iter().enumerate() {
        for (key, value) in of(read) {
            holders.entry(value).or_default().push((index, key));
        }
    }
    let shared = |holders: &[(usize, &str)]| holders.len() > 1 && holders.iter().any(|(_, key)| *key != LINE);
    for (value, holders) in holders.into_iter().filter(|(_, holders)| shared(holders)) {
        let file = |index: usize| all[index].file.display().to_string();
        for (index, key) in &holders {
            let own = file(*index);
            let others: Vec<String> =
                holders.iter().map(|(index, _)| file(*index)).filter(|file| *file != own).collect();
            let tree = &all[*index].tree;
            tree.add(Problem {
                place: place(tree, key),
                key: Some((*key).to_owned()),
                found: format!("{value:?} also in {}", others.join(", ")),
                expected: Some("it in one file only".to_owned()),
                nearest: None,
                mend: mend.to_owned(),
            });
        }
    }
}

/// Where a key stands that the station has.
fn place(tree: &Tree, path: &str) -> Place {
    let mut at = tree.root();
    for name in path.split('.') {
        match at.get(name) {
            Some(below) => at = below,
            None => break,
        }
    }
    at.place()
}
