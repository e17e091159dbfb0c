//! Sticks that somebody plugged in and the system mounted. The kiosk mounts nothing itself.

use std::path::{Path, PathBuf};

use crate::session::desk::Stick;

/// Lists this process's mounts.
const MOUNTS: &str = "/proc/self/mountinfo";

/// A mount below one of the folders where sticks appear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    pub number: u32,
    pub place: PathBuf,
}

/// Returns what is mounted below `folders`.
pub fn mounted(folders: &[PathBuf]) -> Vec<Mounted> {
    let told = std::fs::read_to_string(MOUNTS).unwrap_or_default();
    below(folders, &told)
}

/// Describes a stick for staff; `None` if its free space can no longer be read.
pub fn describe(mounted: &Mounted) -> Option<Stick> {
    let disk = rustix::fs::statvfs(&mounted.place).ok()?;
    let name = mounted.place.file_name().unwrap_or_default();
    Some(Stick {
        number: mounted.number,
        name: name.to_string_lossy().into_owned(),
        free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
    })
}

/// Parses mounts as in proc(5): number, parent, device, root, and mount point, with special
/// characters in octal.
fn below(folders: &[PathBuf], told: &str) -> Vec<Mounted> {
    let mounts = told.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let number = fields.next()?.parse().ok()?;
        let place = PathBuf::from(unescaped(fields.nth(3)?));
        Some(Mounted { number, place })
    });
    let is_stick = |place: &Path| folders.iter().any(|folder| place.starts_with(folder));
    mounts.filter(|mounted| is_stick(&mounted.place)).collect()
}

/// Decodes octal escapes: `\040` is a space.
fn unescaped(point: &str) -> String {
    let mut parts = point.split('\\');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.split_at_checked(3) {
            Some((octal, rest)) if let Ok(byte) = u8::from_str_radix(octal, 8) => {
                bytes.push(byte);
                bytes.extend(rest.as_bytes());
            }
            _ => bytes.extend(part.as_bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_mounted_below_the_folders_is_a_stick() {
        let told = "\
            22 27 0:20 / /proc rw,nosuid - proc proc rw\n\
            27 1 254:1 / / rw - ext4 /dev/vda1 rw\n\
            91 27 8:17 / /media/booth/NO\\040NAME rw,nosuid - vfat /dev/sdb1 rw\n\
            92 27 8:33 / /run/media/booth/学校 rw - exfat /dev/sdc1 rw\n\
            93 27 8:33 / /mediastore rw - ext4 /dev/sdd1 rw\n\
            half a line\n";
        let folders = [PathBuf::from("/media"), PathBuf::from("/run/media")];
        let found = below(&folders, told);
        let names: Vec<_> = found
            .iter()
            .map(|mounted| (mounted.number, mounted.place.to_str().unwrap()))
            .collect();
        assert_eq!(
            names,
            [(91, "/media/booth/NO NAME"), (92, "/run/media/booth/学校")]
        );
    }
}
