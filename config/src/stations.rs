//! The folder `stations/`: a bad file closes its station alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lineshot_domain::StationId;

use crate::layers::{Kind, Layer, toml_files};
use crate::sources::Sources;
use crate::station::{LINE, line_defaults, station};
use crate::{ConfigError, Station};

/// A station that stays closed because of its file.
#[derive(Debug)]
pub struct BrokenStation {
    /// The file's name, if it can be a station's id.
    pub id: Option<StationId>,
    /// Where the file is.
    pub file: PathBuf,
    /// What is wrong with it.
    pub error: ConfigError,
}

/// What a file turned out to be, and the id that it claims.
struct Read {
    file: PathBuf,
    claims: Option<String>,
    station: Result<Station, ConfigError>,
}

/// Reads all stations of a configuration folder: the sound ones and the others.
pub(crate) fn stations(
    dir: &Path,
    sources: Sources<'_>,
) -> Result<(Vec<Station>, Vec<BrokenStation>), ConfigError> {
    let line = line_defaults(&dir.join("line.toml"))?;
    let mut all: Vec<Read> = toml_files(&dir.join("stations"))?
        .into_iter()
        .map(|file| read(file, line.as_ref(), sources))
        .collect();
    refuse_shared(&mut all, "give each station an id of its own", |read| {
        read.claims.iter().map(|id| ("id", id.clone())).collect()
    });
    let mend = "a topic belongs to one station: write `{station}` in it where line.toml sets it";
    refuse_shared(&mut all, mend, topics);
    let (mut sound, mut broken) = (Vec::new(), Vec::new());
    for Read { file, station, .. } in all {
        match station {
            Ok(station) => sound.push(station),
            Err(error) => {
                let stem = file.file_stem().and_then(|stem| stem.to_str());
                let id = stem.and_then(|stem| StationId::parse(stem).ok());
                broken.push(BrokenStation { id, file, error });
            }
        }
    }
    Ok((sound, broken))
}

fn read(file: PathBuf, line: Option<&Layer>, sources: Sources<'_>) -> Read {
    match Layer::main(Kind::Station, &file) {
        Ok(layer) => {
            let claims = layer.word("id").map(str::to_owned);
            Read { station: station(&file, line, layer, sources), claims, file }
        }
        Err(error) => Read { file, claims: None, station: Err(error) },
    }
}

fn topics(read: &Read) -> Vec<(&'static str, String)> {
    let topics = read.station.iter().flat_map(Station::topics);
    topics.map(|(key, topic)| (key, topic.to_string())).collect()
}

/// Closes all stations that share what each must have alone, which is all but the line's state.
fn refuse_shared(all: &mut [Read], mend: &str, of: impl Fn(&Read) -> Vec<(&'static str, String)>) {
    let mut holders: BTreeMap<String, Vec<(usize, &str)>> = BTreeMap::new();
    for (index, read) in all.iter().enumerate() {
        for (key, value) in of(read) {
            holders.entry(value).or_default().push((index, key));
        }
    }
    let shared = |holders: &[(usize, &str)]| holders.len() > 1 && holders.iter().any(|(_, key)| *key != LINE);
    for (value, holders) in holders.into_iter().filter(|(_, holders)| shared(holders)) {
        let file = |index: usize| all[index].file.display().to_string();
        let files: Vec<String> = holders.iter().map(|(index, _)| file(*index)).collect();
        for (index, key) in holders {
            if all[index].station.is_err() {
                continue;
            }
            let own = all[index].file.display().to_string();
            let others: Vec<&str> = files.iter().filter(|file| **file != own).map(String::as_str).collect();
            all[index].station = Err(ConfigError::Value {
                key: key.to_owned(),
                found: format!("{value:?} also in {}", others.join(", ")),
                expected: "it in one file only".to_owned(),
                mend: mend.to_owned(),
                file: own,
            });
        }
    }
}
