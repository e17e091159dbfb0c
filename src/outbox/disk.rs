//! Writing that survives power loss: files, and the names of files in their folders.
//!
//! The kernel reports once that a sync lost something, and calls what is left clean at the next
//! one. So a failed sync is never repeated: a file is written again from its first byte, and a
//! folder is changed again before its sync is believed.

use std::{
    cell::Cell,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Ends the name of a file that is not whole yet.
pub(super) const WAITING: &str = ".tmp";

/// A folder whose names can be made durable.
pub(super) struct Folder {
    path: PathBuf,
    /// Whether the last sync failed, or is not known of: an earlier run may have seen one fail.
    is_doubtful: Cell<bool>,
}

impl Folder {
    pub fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            is_doubtful: Cell::new(true),
        }
    }

    /// Makes the folder if it is not there, readable by this user only.
    pub fn make(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        Ok(Self::at(path))
    }

    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// The names of all its files.
    pub fn names(&self) -> io::Result<Vec<String>> {
        fs::read_dir(&self.path)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    /// Makes its names durable.
    pub fn sync(&self) -> io::Result<()> {
        if self.is_doubtful.replace(true) {
            self.change()?;
        }
        sync_folder(&self.path)?;
        self.is_doubtful.set(false);
        Ok(())
    }

    /// Gives the next sync something to write: a name that comes and goes.
    fn change(&self) -> io::Result<()> {
        let passing = self.join(format!("sync{WAITING}"));
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&passing)?;
        unlink(&passing)
    }
}

/// Makes the names in a folder durable that this run has made itself, and throws away if this
/// fails.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Writes a file whose bytes survive power loss once this is `Ok`; its name does not yet. After an
/// error there is no file.
pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let synced = write_new(path, bytes)?.sync_all();
    if synced.is_err() {
        unlink(path).unwrap_or_default();
    }
    synced
}

/// Writes a file, not yet durably. After an error there is no file.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(bytes).map(|()| file));
    if written.is_err() {
        // What the disk refuses to remove is written again from its first byte, or dropped at the
        // next start.
        unlink(path).unwrap_or_default();
    }
    written
}

/// Removes a file, not yet durably. One that is gone already is fine.
pub(super) fn unlink(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
        Ok(()) | Err(_) => Ok(()),
    }
}
