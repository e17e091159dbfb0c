//! Parcels and consent records as files: written beside, made durable, renamed, and the folder made durable.
//!
//! A file without `.tmp` is whole. A parcel is renamed before its consent record, so a waiting consent record belongs to
//! an unfinished save exactly when its parcel is not there.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{Step, passed, seal::Sealed};
use crate::{capture::CaptureId, time::Wall};

/// A parcel's number and id, as its file name carries them: `000042-<id>.age`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ParcelName {
    pub seq: u64,
    pub id: CaptureId,
}

/// The largest number a file name is believed to carry.
const LARGEST_SEQ: u64 = 1_000_000_000_000;

impl ParcelName {
    pub fn file_name(self) -> String {
        format!("{:06}-{}.age", self.seq, self.id)
    }

    fn waiting_name(self) -> String {
        format!("{}{WAITING}", self.file_name())
    }

    /// `None` for any name that [`Self::file_name`] would not have written.
    pub(super) fn parse(file_name: &str) -> Option<Self> {
        let (seq, id) = file_name.strip_suffix(".age")?.split_once('-')?;
        let name = Self {
            seq: seq.parse().ok()?,
            id: CaptureId::parse(id)?,
        };
        (name.file_name() == file_name && (1..=LARGEST_SEQ).contains(&name.seq)).then_some(name)
    }
}

/// Ends the name of a file that is not whole yet.
pub(super) const WAITING: &str = ".tmp";

/// The two folders `parcels/` and `consents/`.
pub(super) struct Parcels {
    parcels: PathBuf,
    consents: PathBuf,
}

impl Parcels {
    /// Creates the folders if they are not there, readable by this user only.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let opened = Self {
            parcels: folder.join("parcels"),
            consents: folder.join("consents"),
        };
        for each in [&opened.parcels, &opened.consents] {
            DirBuilder::new().recursive(true).mode(0o700).create(each)?;
        }
        sync_folder(folder)?;
        Ok(opened)
    }

    /// Ends what a crash left half done: unfinished saves are dropped, finished ones get their consent record.
    pub fn tidy(&self) -> io::Result<()> {
        for name in waiting_files(&self.parcels)? {
            fs::remove_file(self.parcels.join(name))?;
        }
        for name in waiting_files(&self.consents)? {
            let whole = name.trim_end_matches(WAITING);
            let waiting = self.consents.join(&name);
            if self.parcels.join(whole).exists() {
                fs::rename(waiting, self.consents.join(whole))?;
            } else {
                fs::remove_file(waiting)?;
            }
        }
        self.sync()
    }

    /// Every whole parcel, by number.
    pub fn list(&self) -> io::Result<Vec<ParcelName>> {
        names(&self.parcels)
    }

    /// The largest number that any parcel or consent record carries; the latter stay when parcels go.
    pub fn largest_seq(&self) -> io::Result<u64> {
        let all = [names(&self.parcels)?, names(&self.consents)?];
        Ok(all
            .iter()
            .flatten()
            .map(|name| name.seq)
            .max()
            .unwrap_or_default())
    }

    /// Writes parcel and consent record beside their places, durably.
    pub fn stage(&self, name: ParcelName, sealed: &Sealed) -> io::Result<()> {
        write_durably(&self.consents.join(name.waiting_name()), &sealed.consent)?;
        passed(Step::ConsentStaged);
        write_durably(&self.parcels.join(name.waiting_name()), &sealed.parcel)?;
        passed(Step::ParcelStaged);
        Ok(())
    }

    /// Moves what [`Self::stage`] wrote to its place. From the first rename on the capture is kept, but nobody may be told
    /// before this is `Ok`; after an error it may be called again and goes on where it stopped.
    pub fn publish(&self, name: ParcelName) -> io::Result<()> {
        rename_waiting(&self.parcels, name)?;
        passed(Step::ParcelRenamed);
        sync_folder(&self.parcels)?;
        passed(Step::ParcelDurable);
        rename_waiting(&self.consents, name)?;
        sync_folder(&self.consents)?;
        passed(Step::ConsentDurable);
        Ok(())
    }

    /// Drops what [`Self::stage`] wrote, as far as possible; [`Self::tidy`] does the rest.
    pub fn unstage(&self, name: ParcelName) {
        for folder in [&self.parcels, &self.consents] {
            fs::remove_file(folder.join(name.waiting_name())).unwrap_or_default();
        }
    }

    pub fn exists(&self, name: ParcelName) -> bool {
        self.parcels.join(name.file_name()).exists()
    }

    pub fn read(&self, name: ParcelName) -> io::Result<Vec<u8>> {
        fs::read(self.parcels.join(name.file_name()))
    }

    /// When the parcel was written, by the file system.
    pub fn written_at(&self, name: ParcelName) -> io::Result<Wall> {
        let modified = fs::metadata(self.parcels.join(name.file_name()))?.modified()?;
        Ok(jiff::Timestamp::try_from(modified).map_or(Wall::EPOCH, Wall))
    }

    pub fn path(&self, name: ParcelName) -> PathBuf {
        self.parcels.join(name.file_name())
    }

    /// Removes a parcel, not yet durably. One that is gone already is fine.
    pub fn unlink(&self, name: ParcelName) -> io::Result<()> {
        unlink(&self.path(name))
    }

    /// Removes a parcel durably; its consent record stays. One that is gone already is fine.
    pub fn remove(&self, name: ParcelName) -> io::Result<()> {
        self.unlink(name)?;
        sync_folder(&self.parcels)
    }

    /// Every consent record, by number.
    pub fn consents(&self) -> io::Result<Vec<ParcelName>> {
        names(&self.consents)
    }

    pub fn read_consent(&self, name: ParcelName) -> io::Result<Vec<u8>> {
        fs::read(self.consents.join(name.file_name()))
    }

    /// Removes a consent record, not yet durably. One that is gone already is fine.
    pub fn unlink_consent(&self, name: ParcelName) -> io::Result<()> {
        unlink(&self.consents.join(name.file_name()))
    }

    fn sync(&self) -> io::Result<()> {
        sync_folder(&self.parcels)?;
        sync_folder(&self.consents)
    }
}

/// Removes a file. One that is gone already is fine.
pub(super) fn unlink(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Makes the names in `folder` durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Moves a file to its place, or finds it there.
fn rename_waiting(folder: &Path, name: ParcelName) -> io::Result<()> {
    let place = folder.join(name.file_name());
    match fs::rename(folder.join(name.waiting_name()), &place) {
        Err(why) if why.kind() == io::ErrorKind::NotFound && place.exists() => Ok(()),
        done => done,
    }
}

fn names(folder: &Path) -> io::Result<Vec<ParcelName>> {
    let mut found: Vec<_> = file_names(folder)?
        .iter()
        .filter_map(|name| ParcelName::parse(name))
        .collect();
    found.sort_unstable();
    Ok(found)
}

fn waiting_files(folder: &Path) -> io::Result<Vec<String>> {
    Ok(file_names(folder)?
        .into_iter()
        .filter(|name| name.ends_with(WAITING))
        .collect())
}

pub(super) fn file_names(folder: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}
