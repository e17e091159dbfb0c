//! What happened to the releases of this machine: one small file, replaced as a whole.

use std::{
    fmt,
    fs::{self, File, Permissions},
    io::{ErrorKind, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::UpdateError;
use crate::release::Version;

const RECORD: &str = "record.json";
const BESIDE: &str = "record.json.tmp";
/// The first start may have lost its power or its camera, which is not the release's fault.
const MOST_STARTS: u8 = 2;
/// How many refused versions are remembered.
const REMEMBERED: usize = 16;

/// The state of this machine's releases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The release that is started; `None` for the packaged program.
    pub kept: Option<Version>,
    pub trial: Option<Trial>,
    /// Releases that failed here and are not tried again, oldest first.
    pub refused: Vec<Version>,
    /// How the last trial ended.
    pub last: Option<Outcome>,
}

/// A release that has not proved itself yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    pub version: Version,
    /// How often it was started.
    pub starts: u8,
}

/// How a trial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Kept(Version),
    /// It did not report that it was ready, so the program before it came back.
    WentBack(Version),
    /// Its files were no longer those that were staged.
    Damaged(Version),
}

/// For staff and IT.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept(version) => write!(f, "{version} was kept"),
            Self::WentBack(version) => write!(
                f,
                "{version} did not become ready, and the program before it came back"
            ),
            Self::Damaged(version) => {
                write!(f, "{version} was damaged on the disk, and was not started")
            }
        }
    }
}

impl Trial {
    pub(super) const fn of(version: Version) -> Self {
        Self { version, starts: 0 }
    }
}

impl Record {
    /// Returns whether a staged release waits for a start of the kiosk's service.
    pub fn waits(&self) -> bool {
        self.trial.as_ref().is_some_and(|trial| trial.starts == 0)
    }

    /// Reads the record of a folder; the default if there is none.
    pub(super) fn read(folder: &Path) -> Result<Self, UpdateError> {
        let place = folder.join(RECORD);
        match fs::read(&place) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|_unhelpful| UpdateError::Record(place))
            }
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(why) => Err(UpdateError::disk(&place)(why)),
        }
    }

    /// Replaces the record durably: a power cut leaves the old one or the new one.
    pub(super) fn write(&self, folder: &Path) -> Result<(), UpdateError> {
        let (place, beside) = (folder.join(RECORD), folder.join(BESIDE));
        let write = || {
            let mut file = File::create(&beside)?;
            // The kiosk's user reads it, whatever the umask of the service that writes it.
            file.set_permissions(Permissions::from_mode(0o644))?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.sync_all()?;
            fs::rename(&beside, &place)?;
            File::open(folder)?.sync_all()
        };
        write().map_err(UpdateError::disk(&place))
    }

    /// Decides about the trial at a start of the kiosk. Returns the release that goes on trial by
    /// this start.
    pub(super) fn begin_trial(
        &mut self,
        packaged: Version,
        is_whole: impl FnOnce(Version) -> bool,
    ) -> Option<Version> {
        let mut trial = self.trial.take()?;
        let version = trial.version;
        if version <= packaged {
            return None;
        }
        if trial.starts >= MOST_STARTS {
            self.refuse(version, Outcome::WentBack(version));
            return None;
        }
        if !is_whole(version) {
            self.refuse(version, Outcome::Damaged(version));
            return None;
        }
        trial.starts += 1;
        self.trial = Some(trial);
        Some(version)
    }

    /// Keeps the release that was started on trial.
    pub(super) fn keep_trial(&mut self) -> Option<Version> {
        let version = self.trial.take_if(|trial| trial.starts > 0)?.version;
        self.kept = Some(version);
        self.last = Some(Outcome::Kept(version));
        Some(version)
    }

    fn refuse(&mut self, version: Version, outcome: Outcome) {
        self.refused.push(version);
        let beyond = self.refused.len().saturating_sub(REMEMBERED);
        self.refused.drain(..beyond);
        self.last = Some(outcome);
    }
}
