//! The platform's bytes: small secrets of its own, and parcels as received, each durable before it
//! counts.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::notes::NoteName;
use crate::capture::CaptureId;

/// Creates a folder for this user only.
pub(super) fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Writes a file that survives power loss: a temporary file, synced and renamed, its folder synced.
/// Mode 0600.
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

/// The folders of sealed parcels and of notes about them, by capture. One writer at a time.
pub(super) struct Shelf {
    parcels: PathBuf,
    notes: PathBuf,
}

impl Shelf {
    /// Opens `parcels` and `notes` below `folder`.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let shelf = Self {
            parcels: folder.join("parcels"),
            notes: folder.join("notes"),
        };
        private_folder(&shelf.parcels)?;
        private_folder(&shelf.notes)?;
        Ok(shelf)
    }

    pub fn put(&self, id: CaptureId, parcel: &[u8]) -> io::Result<()> {
        write_durably(&self.path(id), parcel)
    }

    pub fn get(&self, id: CaptureId) -> io::Result<Vec<u8>> {
        fs::read(self.path(id))
    }

    /// Destroys a parcel. A missing one is fine.
    pub fn remove(&self, id: CaptureId) -> io::Result<()> {
        remove(&self.path(id))?;
        File::open(&self.parcels)?.sync_all()
    }

    /// Destroys a note. A missing one is fine.
    pub fn remove_note(&self, name: NoteName<'_>) -> io::Result<()> {
        remove(&self.note_path(name))?;
        remove(&self.old_note_path(name))?;
        File::open(&self.notes)?.sync_all()
    }

    pub fn put_note(&self, name: NoteName<'_>, note: &[u8]) -> io::Result<()> {
        write_durably(&self.note_path(name), note)
    }

    pub fn get_note(&self, name: NoteName<'_>) -> io::Result<Vec<u8>> {
        match fs::read(self.note_path(name)) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => fs::read(self.old_note_path(name)),
            read => read,
        }
    }

    fn path(&self, id: CaptureId) -> PathBuf {
        self.parcels.join(format!("{id}.age"))
    }

    fn note_path(&self, name: NoteName<'_>) -> PathBuf {
        let NoteName {
            id,
            station,
            number,
        } = name;
        self.notes.join(format!("{id}.{number}.{station}"))
    }

    /// Returns where notes were kept before each booth had its own folder.
    fn old_note_path(&self, NoteName { id, number, .. }: NoteName<'_>) -> PathBuf {
        self.notes.join(format!("{id}.{number}"))
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
        Ok(()) | Err(_) => Ok(()),
    }
}
