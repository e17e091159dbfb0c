//! How many more captures the disk takes.

use std::{io, path::Path};

/// Kept free for the system, the index and a day's uploads: below it no new visit starts.
pub const RESERVE_BYTES: u64 = 256 * 1024 * 1024;

/// The size assumed before the first parcel: a 1080p original, its portrait and the wrapping.
const FIRST_GUESS_BYTES: u64 = 1024 * 1024;

/// Parcel and consent record.
const FILES_PER_CAPTURE: u64 = 2;

/// Free disk, in the unit that staff think in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    pub captures_left: u64,
    pub free_bytes: u64,
}

impl Space {
    /// No new visit may start; uploads go on.
    pub const fn below_reserve(&self) -> bool {
        self.captures_left == 0
    }
}

/// Asks the file system of `folder`; `mean_bytes` is the mean parcel so far.
pub(super) fn of(folder: &Path, mean_bytes: Option<u64>) -> io::Result<Space> {
    let disk = rustix::fs::statvfs(folder)?;
    let free_bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
    // Some file systems do not count their files and say 0 of 0.
    let free_files = if disk.f_files == 0 { u64::MAX } else { disk.f_favail };
    Ok(Space { captures_left: captures_left(free_bytes, free_files, mean_bytes), free_bytes })
}

fn captures_left(free_bytes: u64, free_files: u64, mean_bytes: Option<u64>) -> u64 {
    let each = mean_bytes.unwrap_or(FIRST_GUESS_BYTES).max(1);
    (free_bytes.saturating_sub(RESERVE_BYTES) / each).min(free_files / FILES_PER_CAPTURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_is_counted_above_the_reserve() {
        assert_eq!(captures_left(RESERVE_BYTES, u64::MAX, None), 0);
        assert_eq!(captures_left(RESERVE_BYTES - 1, u64::MAX, Some(400_000)), 0);
        assert_eq!(captures_left(RESERVE_BYTES + 4_000_000, u64::MAX, Some(400_000)), 10);
        assert_eq!(captures_left(u64::MAX, 7, Some(0)), 3);
    }
}
