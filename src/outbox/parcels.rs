//! Captures as files: written beside their place, renamed, made durable, and their folder made
//! durable.
//!
//! `parcels/` holds a file for each capture whose parcel is here; its consent record stands in the
//! same file (`container.rs`). Once the parcel is delivered or withdrawn it is cut off, and the
//! file moves to `consents/`. A file in its place may still be torn by a power cut until it is
//! synced: whoever finds one without a row looks at its hashes.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{
    Step, container,
    disk::{Folder, WAITING, unlink, write_new},
    passed,
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

/// The two folders.
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

    /// Drops what a crash left beside its place.
    pub fn tidy(&self) -> io::Result<()> {
        for folder in [&self.parcels, &self.consents] {
            for name in folder.names()? {
                if name.ends_with(WAITING) {
                    unlink(&folder.join(name))?;
                }
            }
            folder.sync()?;
        }
        Ok(())
    }

    /// Every file that may hold a parcel, by number.
    pub fn list(&self) -> io::Result<Vec<ParcelName>> {
        names(&self.parcels)
    }

    /// The largest number that any parcel or consent record carries; the latter stay when parcels
    /// go.
    pub fn largest_seq(&self) -> io::Result<u64> {
        let all = [names(&self.parcels)?, names(&self.consents)?];
        Ok(all
            .iter()
            .flatten()
            .map(|name| name.seq)
            .max()
            .unwrap_or_default())
    }

    /// Writes the file of a capture beside its place, not yet durably. After an error it is not
    /// there.
    pub fn stage(&self, name: ParcelName, file: &[u8]) -> io::Result<File> {
        let staged = write_new(&self.parcels.join(name.waiting_name()), file)?;
        passed(Step::CaptureStaged);
        Ok(staged)
    }

    /// Moves what [`Self::stage`] wrote to its place, durably. One sync serves for the file's bytes
    /// and its name in a file system with a journal; the folder's own sync is cheap after it. After
    /// an error only [`Self::discard`] makes sure that nothing is left.
    pub fn publish(&self, name: ParcelName, staged: &File) -> io::Result<()> {
        fs::rename(self.parcels.join(name.waiting_name()), self.path(name))?;
        passed(Step::CaptureRenamed);
        staged.sync_all()?;
        passed(Step::CaptureSynced);
        self.parcels.sync()?;
        passed(Step::CaptureDurable);
        Ok(())
    }

    /// Removes durably what a save that failed has left. After an error it may still be there after
    /// a restart.
    pub fn discard(&self, name: ParcelName) -> io::Result<()> {
        unlink(&self.parcels.join(name.waiting_name()))?;
        self.unlink(name)?;
        self.parcels.sync()
    }

    /// Reads a parcel. One that is delivered or withdrawn is [`io::ErrorKind::NotFound`].
    pub fn read(&self, name: ParcelName) -> io::Result<Vec<u8>> {
        Ok(container::read(&self.path(name))?.parcel)
    }

    /// Reads the whole file of a capture.
    pub fn read_file(&self, name: ParcelName) -> io::Result<Vec<u8>> {
        fs::read(self.path(name))
    }

    /// Writes the same `file` again, durably.
    pub fn write_again(&self, name: ParcelName, file: &[u8]) -> io::Result<()> {
        container::write_again(&self.path(name), file)
    }

    /// When the parcel was written, by the file system.
    pub fn written_at(&self, name: ParcelName) -> io::Result<Wall> {
        let modified = fs::metadata(self.path(name))?.modified()?;
        Ok(jiff::Timestamp::try_from(modified).map_or(Wall::EPOCH, Wall))
    }

    pub fn path(&self, name: ParcelName) -> PathBuf {
        self.parcels.join(name.file_name())
    }

    /// Removes the file of a capture, not yet durably. One that is gone already is fine.
    pub fn unlink(&self, name: ParcelName) -> io::Result<()> {
        unlink(&self.path(name))
    }

    /// Removes a parcel, not yet durably; its consent record stays. One that is gone already is
    /// fine.
    pub fn forget(&self, name: ParcelName) -> io::Result<()> {
        self.leave_consent(name, |_file| Ok(()))
    }

    /// Removes a parcel durably; its consent record stays. One that is gone already is fine.
    pub fn destroy(&self, name: ParcelName) -> io::Result<()> {
        self.leave_consent(name, File::sync_all)?;
        self.parcels.sync()?;
        self.consents.sync()
    }

    fn leave_consent(
        &self,
        name: ParcelName,
        finish: impl FnOnce(&File) -> io::Result<()>,
    ) -> io::Result<()> {
        let path = self.path(name);
        match container::cut(&path) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(why) => Err(why),
            // An earlier build wrote the consent record into a file of its own.
            Ok(None) => unlink(&path),
            Ok(Some(file)) => {
                finish(&file)?;
                fs::rename(path, self.consent_path(name))
            }
        }
    }

    /// Every file that may hold a consent record, by number.
    pub fn consents(&self) -> io::Result<Vec<ParcelName>> {
        let mut all = names(&self.consents)?;
        all.extend(names(&self.parcels)?);
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    pub fn read_consent(&self, name: ParcelName) -> io::Result<Vec<u8>> {
        let alone = self.consent_path(name);
        match container::read_consent(&alone) {
            Ok(Some(consent)) => Ok(consent),
            Ok(None) => fs::read(alone),
            Err(why) if why.kind() == io::ErrorKind::NotFound => {
                let beside = container::read_consent(&self.path(name))?;
                beside.ok_or(why)
            }
            Err(why) => Err(why),
        }
    }

    /// Removes a consent record whose parcel is gone, not yet durably. One that is gone already is
    /// fine.
    pub fn unlink_consent(&self, name: ParcelName) -> io::Result<()> {
        unlink(&self.consent_path(name))
    }

    fn consent_path(&self, name: ParcelName) -> PathBuf {
        self.consents.join(name.file_name())
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
