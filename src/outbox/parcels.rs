//! Parcels and consent records as files: written beside, made durable, renamed, and the folder made durable.
//!
//! A file without `.tmp` is whole. A parcel is renamed before its consent record, so a waiting consent record belongs to
//! an unfinished save exactly when its parcel is not there.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Step,
    disk::{Folder, WAITING, unlink, write_durably},
    passed,
    seal::Sealed,
};
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

/// The two folders `parcels/` and `consents/`.
pub(super) struct Parcels {
    parcels: Folder,
    consents: Folder,
}

impl Parcels {
    /// Creates the folders if they are not there, readable by this user only.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let opened = Self {
            parcels: Folder::make(&folder.join("parcels"))?,
            consents: Folder::make(&folder.join("consents"))?,
        };
        Folder::at(folder).sync()?;
        Ok(opened)
    }

    /// Those of a booth whose kiosk may be running, for reading only.
    pub fn beside(folder: &Path) -> Self {
        Self {
            parcels: Folder::at(&folder.join("parcels")),
            consents: Folder::at(&folder.join("consents")),
        }
    }

    /// Ends what a crash left half done: unfinished saves are dropped, finished ones get their consent record.
    pub fn tidy(&self) -> io::Result<()> {
        for name in waiting_files(&self.parcels)? {
            unlink(&self.parcels.join(name))?;
        }
        for name in waiting_files(&self.consents)? {
            let whole = name.trim_end_matches(WAITING);
            let waiting = self.consents.join(&name);
            if self.parcels.join(whole).exists() {
                fs::rename(waiting, self.consents.join(whole))?;
            } else {
                unlink(&waiting)?;
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

    /// Writes parcel and consent record beside their places, durably. After an error neither is
    /// there.
    pub fn stage(&self, name: ParcelName, sealed: &Sealed) -> io::Result<()> {
        let waiting = name.waiting_name();
        write_durably(&self.consents.join(&waiting), &sealed.consent)?;
        passed(Step::ConsentStaged);
        if let Err(why) = write_durably(&self.parcels.join(&waiting), &sealed.parcel) {
            // One that stays is dropped at the next start, for its parcel is not there.
            unlink(&self.consents.join(waiting)).unwrap_or_default();
            return Err(why);
        }
        passed(Step::ParcelStaged);
        Ok(())
    }

    /// Moves what [`Self::stage`] wrote to its place. After an error only [`Self::discard`] makes
    /// sure that nothing is left.
    pub fn publish(&self, name: ParcelName) -> io::Result<()> {
        let (waiting, place) = (name.waiting_name(), name.file_name());
        fs::rename(self.parcels.join(&waiting), self.parcels.join(&place))?;
        passed(Step::ParcelRenamed);
        self.parcels.sync()?;
        passed(Step::ParcelDurable);
        fs::rename(self.consents.join(&waiting), self.consents.join(&place))?;
        self.consents.sync()?;
        passed(Step::ConsentDurable);
        Ok(())
    }

    /// Removes durably what a save that failed has left. After an error it may still be there after
    /// a restart.
    pub fn discard(&self, name: ParcelName) -> io::Result<()> {
        for folder in [&self.parcels, &self.consents] {
            unlink(&folder.join(name.waiting_name()))?;
            unlink(&folder.join(name.file_name()))?;
            folder.sync()?;
        }
        Ok(())
    }

    pub fn read(&self, name: ParcelName) -> io::Result<Vec<u8>> {
        fs::read(self.path(name))
    }

    /// When the parcel was written, by the file system.
    pub fn written_at(&self, name: ParcelName) -> io::Result<Wall> {
        let modified = fs::metadata(self.path(name))?.modified()?;
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
        self.parcels.sync()
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
        self.parcels.sync()?;
        self.consents.sync()
    }
}

fn names(folder: &Folder) -> io::Result<Vec<ParcelName>> {
    let mut found: Vec<_> = folder
        .names()?
        .iter()
        .filter_map(|name| ParcelName::parse(name))
        .collect();
    found.sort_unstable();
    Ok(found)
}

fn waiting_files(folder: &Folder) -> io::Result<Vec<String>> {
    let names = folder.names()?.into_iter();
    Ok(names.filter(|name| name.ends_with(WAITING)).collect())
}
