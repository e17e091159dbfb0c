//! The releases that this machine holds beside the packaged program: which one is started, and
//! whether it may stay.
//!
//! Root alone writes here. A release is offered in a folder that anybody may have filled, believed
//! by its signed manifest alone, and copied ([`Releases::stage`]). Before each start of the kiosk
//! [`Releases::pick`] chooses the program; a new release is on trial. When the kiosk reports that
//! it is ready, [`Releases::commit`] keeps it. If the kiosk has to be started a third time without
//! that, the release failed: it is refused, and the program before it comes back.

mod record;
mod staging;
#[cfg(test)]
mod tests;

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

pub use record::{Outcome, Record, Trial};
pub use staging::is_listed;

use crate::{
    contract::public_key,
    jws::KeySet,
    plain_text,
    release::{MODELS, PROGRAM, Release, ReleaseError, Version},
};

/// Where an installed machine holds its releases; elsewhere this folder is missing.
pub const FOLDER: &str = "/var/lib/capture-station-releases";
/// The public keys that may sign releases for an installed machine: one a line, as base64; `#`
/// begins a comment.
pub const KEYS: &str = "/etc/capture-station/release-keys";
/// A staged release's manifest, verified before it was written.
const VERIFIED: &str = "release.json";

/// Why a release is not staged, or nothing is known about the releases.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    #[error(transparent)]
    Release(#[from] ReleaseError),
    #[error("this machine has {running} already; {offered} is not newer")]
    NotNewer { offered: Version, running: Version },
    #[error("{0} was tried on this machine and failed; `--again` tries it once more")]
    Refused(Version),
    #[error("{0} is on trial: wait until it is kept or refused")]
    OnTrial(Version),
    #[error("the release was built for another processor ({0})")]
    Processor(String),
    #[error("the release reads captures up to schema {release}, and this booth's are of {booth}")]
    Schema { release: u32, booth: u32 },
    #[error("{0} is not the file that the release's manifest lists")]
    WrongFile(PathBuf),
    #[error("{place}: {cause}")]
    Disk { place: PathBuf, cause: io::Error },
    #[error("{0} is damaged: delete it, and stage a release or install a package again")]
    Record(PathBuf),
    #[error("{0} has a line that is not a public key")]
    Key(PathBuf),
    #[error("{0} lists no key, so this machine takes no releases")]
    NoKeys(PathBuf),
}

impl UpdateError {
    fn disk(place: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |cause| Self::Disk {
            place: place.to_owned(),
            cause,
        }
    }
}

/// Reads the keys that may sign releases.
pub fn keys_in(file: &Path) -> Result<KeySet, UpdateError> {
    let bytes = fs::read(file).map_err(UpdateError::disk(file))?;
    let text = plain_text::decode(bytes).map_err(|_not_text| UpdateError::Key(file.to_owned()))?;
    let mut keys = KeySet::default();
    let lines = text.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        keys.insert(public_key(line).ok_or_else(|| UpdateError::Key(file.to_owned()))?);
    }
    if keys.is_empty() {
        return Err(UpdateError::NoKeys(file.to_owned()));
    }
    Ok(keys)
}

/// The packaged program, which is always there to go back to.
#[derive(Clone, Debug)]
pub struct Packaged {
    pub version: Version,
    pub program: PathBuf,
    /// The schema of the index that it reads and writes.
    pub index_schema: u32,
}

/// What happens to a version that failed on this machine when it is offered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    StaysRefused,
    IsTriedAgain,
}

/// What is started next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picked {
    pub program: PathBuf,
    /// A release brings its own models.
    pub models: Option<PathBuf>,
    /// The release that has to prove itself by this start.
    pub trial: Option<Version>,
}

/// The folder of the releases.
pub struct Releases {
    folder: PathBuf,
}

impl Releases {
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Returns those of the machine that this program was installed on.
    pub fn installed() -> Self {
        Self::new(FOLDER.into())
    }

    /// Returns what is known about releases; the default if there never was one.
    pub fn record(&self) -> Result<Record, UpdateError> {
        Record::read(&self.folder)
    }

    /// Copies an offered release that one of `keys` signed, to be tried at the kiosk's next start.
    /// `failed` says what happens to a version that was tried before.
    pub fn stage(
        &self,
        offer: &Path,
        keys: &KeySet,
        packaged: &Packaged,
        failed: Failed,
    ) -> Result<Version, UpdateError> {
        let release = staging::manifest(offer, keys)?;
        let version = release.version;
        let _alone = self.alone()?;
        let mut record = self.record()?;
        if failed == Failed::IsTriedAgain {
            record.refused.retain(|refused| *refused != version);
        }
        self.check(&release, &record, packaged)?;
        match &record.trial {
            Some(trial) if trial.starts > 0 => return Err(UpdateError::OnTrial(trial.version)),
            Some(trial) if trial.version == version && self.is_whole(version) => {
                return Ok(version);
            }
            Some(_) | None => {}
        }

        staging::copy(offer, &self.folder, &release)?;
        record.trial = Some(Trial::of(version));
        record.write(&self.folder)?;
        self.tidy(&record);
        Ok(version)
    }

    fn check(
        &self,
        release: &Release,
        record: &Record,
        packaged: &Packaged,
    ) -> Result<(), UpdateError> {
        let offered = release.version;
        let kept = record.kept.unwrap_or(packaged.version);
        let running = kept.max(packaged.version);
        if offered <= running {
            return Err(UpdateError::NotNewer { offered, running });
        }
        if record.refused.contains(&offered) {
            return Err(UpdateError::Refused(offered));
        }
        if release.arch != std::env::consts::ARCH {
            return Err(UpdateError::Processor(release.arch.clone()));
        }
        let kept = record.kept.and_then(|kept| self.staged(kept));
        let kept = kept.map_or(0, |kept| kept.index_schema);
        let (release, booth) = (release.index_schema, kept.max(packaged.index_schema));
        if release < booth {
            return Err(UpdateError::Schema { release, booth });
        }
        Ok(())
    }

    /// Chooses what is started now, and notes durably if that is a trial. Whatever is wrong with
    /// the releases, there is a program to start; the error says what is wrong.
    pub fn pick(&self, packaged: &Packaged) -> (Picked, Option<UpdateError>) {
        let from_package = Picked::packaged(packaged);
        if !self.folder.exists() {
            return (from_package, None);
        }
        let held = self.alone().and_then(|alone| Ok((alone, self.record()?)));
        let (_alone, before) = match held {
            Ok(held) => held,
            Err(why) => return (from_package, Some(why)),
        };
        let mut record = before.clone();
        record.kept.take_if(|kept| *kept <= packaged.version);
        let trial = record.begin_trial(packaged.version, |version| self.is_whole(version));
        if record != before {
            // A trial that was not noted would never end, so it does not begin.
            if let Err(why) = record.write(&self.folder) {
                return (self.kept(packaged, &before), Some(why));
            }
            self.tidy(&record);
        }
        let picked = match trial {
            Some(_) => self.picked(packaged, trial, trial),
            None => self.kept(packaged, &record),
        };
        (picked, None)
    }

    fn kept(&self, packaged: &Packaged, record: &Record) -> Picked {
        let newer = record.kept.filter(|kept| *kept > packaged.version);
        let kept = newer.filter(|kept| self.staged(*kept).is_some());
        self.picked(packaged, kept, None)
    }

    /// Keeps the release that is on trial. Returns its version; `None` if none was started.
    pub fn commit(&self) -> Result<Option<Version>, UpdateError> {
        if !self.folder.exists() {
            return Ok(None);
        }
        let _alone = self.alone()?;
        let mut record = self.record()?;
        let kept = record.keep_trial();
        if kept.is_some() {
            record.write(&self.folder)?;
            self.tidy(&record);
        }
        Ok(kept)
    }

    fn picked(
        &self,
        packaged: &Packaged,
        version: Option<Version>,
        trial: Option<Version>,
    ) -> Picked {
        let Some(version) = version else {
            return Picked::packaged(packaged);
        };
        let place = self.place(version);
        Picked {
            program: place.join(PROGRAM),
            models: Some(place.join(MODELS)).filter(|models| models.is_dir()),
            trial,
        }
    }

    fn place(&self, version: Version) -> PathBuf {
        self.folder.join(version.to_string())
    }

    /// Returns what was verified of a staged release, if its files are there.
    fn staged(&self, version: Version) -> Option<Release> {
        let place = self.place(version);
        let verified = fs::read(place.join(VERIFIED)).ok()?;
        let release: Release = serde_json::from_slice(&verified).ok()?;
        let is_there = |path: &str, bytes: u64| {
            fs::metadata(place.join(path)).is_ok_and(|found| found.len() == bytes)
        };
        let mut files = release.files.iter();
        let whole = files.all(|file| is_there(&file.path, file.bytes));
        (whole && release.version == version).then_some(release)
    }

    fn is_whole(&self, version: Version) -> bool {
        let staged = self.staged(version);
        staged.is_some_and(|release| staging::is_whole(&self.place(version), &release))
    }

    /// Removes releases that the record no longer names. What cannot be removed only takes space.
    fn tidy(&self, record: &Record) {
        let trial = record.trial.as_ref().map(|trial| trial.version);
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let version = name.to_str().and_then(|name| name.parse().ok());
            if version.is_some() && version != trial && version != record.kept {
                drop(fs::remove_dir_all(entry.path()));
            }
        }
    }

    /// Waits until nobody else works on the releases.
    fn alone(&self) -> Result<File, UpdateError> {
        fs::create_dir_all(&self.folder)
            .and_then(|()| File::open(&self.folder))
            .and_then(|folder| folder.lock().map(|()| folder))
            .map_err(UpdateError::disk(&self.folder))
    }
}

impl Picked {
    fn packaged(packaged: &Packaged) -> Self {
        Self {
            program: packaged.program.clone(),
            models: None,
            trial: None,
        }
    }
}
