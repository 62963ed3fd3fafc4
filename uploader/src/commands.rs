//! The commands that a person runs, beside `run`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lineshot_config::UploaderSettings;
use lineshot_spool::Back;
use lineshot_uploader::{Credentials, CredentialsError, Failure, MachineClock, Signer, Store, doctor, log};

use crate::arguments::Arguments;
use crate::failed;

pub(crate) fn examine(config: &Path, json: bool, credentials_from_input: bool) -> ExitCode {
    let given = credentials_from_input.then(|| Credentials::handed(std::io::stdin()));
    match doctor::walk(config, json, given, &MachineClock::start(), &mut std::io::stdout()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => failed(failure),
    }
}

pub(crate) fn check(config: &Path, json: bool, effective: bool) -> Result<String, Failure> {
    let settings = match UploaderSettings::load(config) {
        Err(problems) if json => {
            let _ = std::io::stdout().write_all(problems.json().as_bytes());
            return Err(problems.into());
        }
        settings => settings?,
    };
    if effective {
        return Ok(format!("# What holds for the uploader.\n{}", UploaderSettings::effective(config)));
    }
    log::filter(&settings.log)?;
    let said = match Credentials::load(settings.store.credentials.as_deref()) {
        Ok(credentials) => {
            Store::connect(&settings.store, &credentials).map(|_| "settings, credentials: fine")?
        }
        // A systemd credential can be seen by the running unit alone.
        Err(CredentialsError::Nowhere) => {
            "settings are fine; no credentials can be seen from here, the unit brings its own"
        }
        Err(error) => return Err(error.into()),
    };
    Ok(format!("uploader: {said}\n"))
}

pub(crate) fn album_key(arguments: &Arguments) -> Result<String, Failure> {
    let key = Back::album_key_in(&data(arguments)?)?;
    Ok(format!("{}\n", Signer::new(&key).public_line()))
}

pub(crate) fn pin(arguments: &Arguments, replace: bool) -> Result<String, Failure> {
    let data = data(arguments)?;
    Back::pin(&data, replace)?;
    Ok(format!("pinned: the uploader believes the agent of {}\n", data.display()))
}

fn data(arguments: &Arguments) -> Result<PathBuf, Failure> {
    let configured = || UploaderSettings::load(&arguments.config).map(|settings| settings.data);
    Ok(arguments.data.clone().map_or_else(configured, Ok)?)
}
