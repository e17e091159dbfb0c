//! The batches that this booth holds, as the platform signed them, and the one that staff pinned.
//!
//! Each is a file of its own under its feature code, so that a booth that is never online can serve
//! what a USB stick brought. A batch is verified whenever it is read, and never replaced by an
//! older version of itself.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{StationError, files};
use crate::{
    code::FeatureCode,
    contract::{Batch, BatchTrouble, CommandTrouble, StationCommand},
    jws::{self, KeySet, Purpose},
    time::Now,
};

/// The folder of held batches, below the identity's.
pub const BATCHES_FOLDER: &str = "batches";
/// Says which of them is pinned.
pub const PINNED_FILE: &str = "pinned.json";
/// Holds the number of the last obeyed command.
const COMMAND_FILE: &str = "command.json";
const SUFFIX: &str = ".json";

/// Why a batch is not stored.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    #[error("it is not signed by this booth's platform, or is not a batch ({0})")]
    Foreign(jws::JwsError),
    #[error("it is another batch, {}", .0.as_str())]
    Other(FeatureCode),
    #[error("it is older (serial {offered}) than the one that this booth holds (serial {held})")]
    Older { offered: u64, held: u64 },
    #[error(transparent)]
    Station(#[from] StationError),
}

impl NotKept {
    /// Returns what a person at the booth is shown.
    pub const fn trouble(&self) -> BatchTrouble {
        match self {
            Self::Foreign(_) | Self::Other(_) => BatchTrouble::Foreign,
            Self::Older { .. } => BatchTrouble::Older,
            Self::Station(_) => BatchTrouble::NotKept,
        }
    }
}

/// A stored batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    pub batch: Batch,
    /// Lets the platform decide whether it has a newer one.
    pub etag: Option<String>,
}

/// One stored file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Leaf {
    manifest: String,
    etag: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pinned {
    feature_code: FeatureCode,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Obeyed {
    number: u64,
}

/// The folder of one identity's batches and the keys that sign them.
#[derive(Clone, Debug)]
pub struct Batches {
    pub(super) identity: PathBuf,
    station: String,
    pub(super) manifest_keys: KeySet,
    command_keys: KeySet,
}

impl Batches {
    pub(super) const fn new(
        identity: PathBuf,
        station: String,
        manifest_keys: KeySet,
        command_keys: KeySet,
    ) -> Self {
        Self {
            identity,
            station,
            manifest_keys,
            command_keys,
        }
    }

    /// Returns the folder of the booth's identity.
    pub fn identity(&self) -> &Path {
        &self.identity
    }

    /// Verifies a batch as the platform signed it.
    fn verify(&self, token: &str) -> Result<Batch, NotKept> {
        jws::verify(Purpose::BatchManifest, token.trim(), &self.manifest_keys)
            .map_err(NotKept::Foreign)
    }

    /// Stores a batch, unless a newer version of it is stored.
    pub fn keep(&self, token: &str, etag: Option<String>) -> Result<Batch, NotKept> {
        self.keep_verified(self.verify(token)?, token, etag)
    }

    /// Stores the platform's answer to a question for `code`, if it is that batch.
    pub fn take(
        &self,
        code: &FeatureCode,
        token: &str,
        etag: Option<String>,
    ) -> Result<Batch, NotKept> {
        let batch = self.verify(token)?;
        if !batch.feature_code.is_like(code) {
            return Err(NotKept::Other(batch.feature_code));
        }
        self.keep_verified(batch, token, etag)
    }

    fn keep_verified(
        &self,
        batch: Batch,
        token: &str,
        etag: Option<String>,
    ) -> Result<Batch, NotKept> {
        if let Some(held) = self.exactly(&batch.feature_code)?
            && held.batch.serial > batch.serial
        {
            return Err(NotKept::Older {
                offered: batch.serial,
                held: held.batch.serial,
            });
        }
        let leaf = Leaf {
            manifest: token.trim().to_owned(),
            etag,
        };
        files::make_folder(&self.folder())?;
        write_json(&self.folder(), &file_name(&batch.feature_code), &leaf)?;
        Ok(batch)
    }

    /// Finds the batch that `code` names: exactly, else the only one that differs in case alone.
    pub fn find(&self, code: &FeatureCode) -> Result<Option<Held>, StationError> {
        if let Some(held) = self.exactly(code)? {
            return Ok(Some(held));
        }
        let mut alike = self.all()?;
        alike.retain(|held| held.batch.feature_code.is_like(code));
        Ok(if alike.len() == 1 { alike.pop() } else { None })
    }

    /// Returns all that verify, by feature code. One that does not is no longer a batch of this
    /// booth's platform.
    pub fn all(&self) -> Result<Vec<Held>, StationError> {
        let folder = self.folder();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            Err(cause) => return Err(StationError::unreadable(&folder, cause)),
        };
        let mut held = vec![];
        for entry in entries {
            let entry = entry.map_err(|cause| StationError::unreadable(&folder, cause))?;
            let name = entry.file_name();
            let code = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
            if let Some(code) = code.and_then(FeatureCode::parse) {
                held.extend(self.exactly(&code)?);
            }
        }
        held.sort_by(|a, b| a.batch.feature_code.cmp(&b.batch.feature_code));
        Ok(held)
    }

    /// Returns the batch of exactly this feature code, if it is here and verifies.
    pub fn exactly(&self, code: &FeatureCode) -> Result<Option<Held>, StationError> {
        let folder = self.folder();
        let name = file_name(code);
        let Some(bytes) = files::read(&folder, &name)? else {
            return Ok(None);
        };
        let held = serde_json::from_slice::<Leaf>(&bytes)
            .ok()
            .and_then(|leaf| {
                let batch = self.verify(&leaf.manifest).ok()?;
                Some(Held {
                    batch,
                    etag: leaf.etag,
                })
            });
        if held.is_none() {
            tracing::warn!(file = %folder.join(&name).display(), "a held batch does not verify and is not used");
        }
        Ok(held)
    }

    /// Returns the pinned batch; `None` if no batch is pinned.
    pub fn pinned(&self) -> Result<Option<Held>, StationError> {
        let Some(code) = self.pinned_code()? else {
            return Ok(None);
        };
        let held = self.exactly(&code)?;
        held.map(Some).ok_or_else(|| StationError::PinnedUnusable {
            file: self.folder().join(file_name(&code)).display().to_string(),
        })
    }

    /// Returns which batch is pinned, whether or not its stored file verifies.
    pub fn pinned_code(&self) -> Result<Option<FeatureCode>, StationError> {
        let Some(bytes) = files::read(&self.identity, PINNED_FILE)? else {
            return Ok(None);
        };
        let damaged = |_unhelpful| StationError::damaged(&self.identity, PINNED_FILE);
        let pinned: Pinned = serde_json::from_slice(&bytes).map_err(damaged)?;
        Ok(Some(pinned.feature_code))
    }

    /// Pins a stored batch, so that every visit belongs to it.
    pub fn pin(&self, feature_code: &FeatureCode) -> Result<(), StationError> {
        let pinned = Pinned {
            feature_code: feature_code.clone(),
        };
        write_json(&self.identity, PINNED_FILE, &pinned)
    }

    /// Unpins, so that every visitor names the batch from now on.
    pub fn unpin(&self) -> Result<(), StationError> {
        files::remove(&self.identity, PINNED_FILE)
    }

    /// Verifies a command of the platform that this booth has to obey now.
    pub fn command(&self, token: &str, now: Now) -> Result<StationCommand, CommandTrouble> {
        let command: StationCommand =
            jws::verify(Purpose::StationCommand, token.trim(), &self.command_keys)
                .map_err(|_whatever| CommandTrouble::Foreign)?;
        // If the last number cannot be read nothing is obeyed: the command might be an old one.
        let last = self
            .obeyed()
            .map_err(|_reported_elsewhere| CommandTrouble::Used)?;
        command.is_due(&self.station, last, now)?;
        Ok(command)
    }

    /// Records that a command was obeyed, so that it is not obeyed again.
    pub fn note_obeyed(&self, command: &StationCommand) -> Result<(), StationError> {
        let number = command.number;
        write_json(&self.identity, COMMAND_FILE, &Obeyed { number })
    }

    fn obeyed(&self) -> Result<Option<u64>, StationError> {
        let Some(bytes) = files::read(&self.identity, COMMAND_FILE)? else {
            return Ok(None);
        };
        let obeyed: Obeyed = serde_json::from_slice(&bytes)
            .map_err(|_unhelpful| StationError::damaged(&self.identity, COMMAND_FILE))?;
        Ok(Some(obeyed.number))
    }

    fn folder(&self) -> PathBuf {
        self.identity.join(BATCHES_FOLDER)
    }
}

fn file_name(code: &FeatureCode) -> String {
    format!("{}{SUFFIX}", code.as_str())
}

fn write_json(folder: &Path, name: &str, value: &impl Serialize) -> Result<(), StationError> {
    let json = serde_json::to_vec(value).map_err(|_cannot| StationError::damaged(folder, name))?;
    files::write(folder, name, &json)
}
