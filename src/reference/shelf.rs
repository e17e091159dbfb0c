//! The platform's bytes: small secrets of its own, and parcels as they came, each durable before it counts.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::capture::CaptureId;

/// Makes a folder for this user only.
pub(super) fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Writes a file that survives power loss: beside its place, synced, renamed, its folder synced. Mode 0600.
pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let waiting = path.with_added_extension("tmp");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&waiting)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&waiting, path)?;
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// The folder of sealed parcels, by capture. One writer at a time.
pub(super) struct Shelf(PathBuf);

impl Shelf {
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        private_folder(&folder)?;
        Ok(Self(folder))
    }

    pub fn put(&self, id: CaptureId, parcel: &[u8]) -> io::Result<()> {
        write_durably(&self.path(id), parcel)
    }

    pub fn get(&self, id: CaptureId) -> io::Result<Vec<u8>> {
        fs::read(self.path(id))
    }

    fn path(&self, id: CaptureId) -> PathBuf {
        self.0.join(format!("{id}.age"))
    }
}
