//! How many more captures the disk takes.

use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rustix::fs::{FallocateFlags, fallocate};

/// Kept free for the system, the index and a day's uploads: below it no new visit starts.
pub const RESERVE_BYTES: u64 = 256 * 1024 * 1024;

/// The size assumed before the first parcel: a 1080p original, its portrait and the wrapping.
const FIRST_GUESS_BYTES: u64 = 1024 * 1024;

/// Its own, and one for an amendment.
const FILES_PER_CAPTURE: u64 = 2;

/// Free disk, in the unit that staff think in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    pub captures_left: u64,
    pub free_bytes: u64,
}

/// Asks the file system of `folder`; `mean_bytes` is the mean parcel so far.
pub(super) fn of(folder: &Path, mean_bytes: Option<u64>) -> io::Result<Space> {
    let disk = rustix::fs::statvfs(folder)?;
    let free_bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
    // Some file systems do not count their files and say 0 of 0.
    let free_files = if disk.f_files == 0 {
        u64::MAX
    } else {
        disk.f_favail
    };
    Ok(Space {
        captures_left: captures_left(free_bytes, free_files, mean_bytes),
        free_bytes,
    })
}

fn captures_left(free_bytes: u64, free_files: u64, mean_bytes: Option<u64>) -> u64 {
    let each = mean_bytes.unwrap_or(FIRST_GUESS_BYTES).max(1);
    (free_bytes.saturating_sub(RESERVE_BYTES) / each).min(free_files / FILES_PER_CAPTURE)
}

/// Room kept for a full disk: giving it up lets the index note a delivery, whose parcel then makes
/// room again.
pub(super) struct Ballast(PathBuf);

/// Enough for a receipt's row, its log and a checkpoint.
const BALLAST_BYTES: u64 = 1024 * 1024;

impl Ballast {
    pub fn new(folder: &Path) -> Self {
        Self(folder.join("ballast"))
    }

    /// Takes the room, if it is not taken. A disk that is full now gets another chance later.
    pub fn lay(&self) {
        if self.0.exists() {
            return;
        }
        let laid = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.0)
            .and_then(|file| Ok(fallocate(&file, FallocateFlags::empty(), 0, BALLAST_BYTES)?));
        if let Err(why) = laid {
            tracing::warn!("No room can be kept for a full disk: {why}");
            self.release();
        }
    }

    pub fn release(&self) {
        fs::remove_file(&self.0).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_is_counted_above_the_reserve() {
        assert_eq!(captures_left(RESERVE_BYTES, u64::MAX, None), 0);
        assert_eq!(captures_left(RESERVE_BYTES - 1, u64::MAX, Some(400_000)), 0);
        assert_eq!(
            captures_left(RESERVE_BYTES + 4_000_000, u64::MAX, Some(400_000)),
            10
        );
        assert_eq!(captures_left(u64::MAX, 7, Some(0)), 3);
    }
}
