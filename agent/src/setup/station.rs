//! `lineshot station add`: another station like one that is there.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use lineshot_config::another_station;
use lineshot_domain::StationId;

use super::{SetupError, foresee, write};
use crate::failure::Failure;

/// What the new station is.
#[derive(Clone, Debug, Args)]
pub struct Add {
    /// Its id: a-z, 0-9 and '-'
    #[arg(value_name = "ID")]
    pub id: String,
    /// The station whose file is copied
    #[arg(long, value_name = "OTHER")]
    pub like: String,
    /// What differs, such as view.camera.http.url=http://10.0.0.8/video or name.en='The doors'
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    pub values: Vec<(String, String)>,
    /// The configuration folder
    #[arg(long, default_value = "/etc/lineshot", value_name = "DIR")]
    pub config: PathBuf,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE, such as view.delay=2s".to_owned()),
    }
}

/// Writes its file; says so.
///
/// # Errors
/// [`SetupError`]; [`Failure::Problems`] of the folder as it would be. Nothing is written then.
pub fn add(add: &Add) -> Result<String, Failure> {
    let like = template(&add.config, &add.like)?;
    let text = another_station(&like, &add.id, &add.values)
        .map_err(|source| SetupError::Edit { about: format!("station {}", add.id), source })?;
    let path = file(&add.config, &add.id)?;
    if path.exists() {
        return Err(SetupError::There(path).into());
    }
    let files = [(path, text)];
    foresee(&add.config, &files)?;
    write(&files)?;
    Ok(format!(
        "{} is like {}: draw what its views may show, then `lineshot check {}`\n",
        files[0].0.display(),
        add.like,
        add.config.display()
    ))
}

pub(super) fn file(config: &Path, id: &str) -> Result<PathBuf, SetupError> {
    let id = StationId::parse(id).map_err(|_| SetupError::Id(id.to_owned()))?;
    Ok(config.join("stations").join(format!("{id}.toml")))
}

/// The file of the station that others are to be like.
pub(super) fn template(config: &Path, id: &str) -> Result<String, SetupError> {
    let path = file(config, id)?;
    fs::read_to_string(&path).map_err(|source| SetupError::Read {
        path,
        mend: "name a station that has a file, such as `marriage` for stations/marriage.toml",
        source,
    })
}
