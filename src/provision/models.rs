//! Where the pinned model files are.

use std::{env, fs, path::PathBuf};

use anyhow::{Context as _, anyhow};

use crate::analysis::{Analyser, Model, Models};

/// Names the one folder to search, instead of the usual ones.
pub const FOLDER: &str = "CAPTURE_STATION_MODELS";

/// Reads the model files, checks them against their pinned hashes and prepares the networks.
pub fn analyser() -> anyhow::Result<Analyser> {
    Analyser::new(&models()?).context("the models cannot be used: run `make setup`")
}

/// Reads the model files; [`Analyser::new`] checks their hashes.
pub fn models() -> anyhow::Result<Models> {
    let folders = folders();
    Models::load(|name| {
        let found = folders
            .iter()
            .find_map(|folder| fs::read(folder.join(name)).ok());
        found.ok_or_else(|| {
            anyhow!(
                "the model file {name} is missing: run `make setup`, or name its folder in {FOLDER}"
            )
        })
    })
}

/// Returns the folder of the model files, if all of them are there and are the pinned ones.
pub fn found() -> anyhow::Result<PathBuf> {
    analyser()?;
    let holds_first = |folder: &PathBuf| folder.join(Model::ALL[0].file_name()).exists();
    folders()
        .into_iter()
        .find(holds_first)
        .ok_or_else(|| anyhow!("the model files are missing: run `make setup`"))
}

/// Returns the named folder alone; else the user's, then the machine's.
fn folders() -> Vec<PathBuf> {
    if let Some(named) = env::var_os(FOLDER) {
        return vec![named.into()];
    }
    let data = env::var_os("XDG_DATA_HOME").map(PathBuf::from).or_else(|| {
        let home = PathBuf::from(env::var_os("HOME")?);
        Some(home.join(".local/share"))
    });
    data.into_iter()
        .chain(["/usr/local/share".into(), "/usr/share".into()])
        .map(|data| data.join("capture-station/models"))
        .collect()
}
