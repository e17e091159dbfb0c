//! The identity's files: private, and replaced as a whole or not at all.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use zeroize::Zeroizing;

use super::StationError;

/// Far more than a key, a PIN's hash or a batch with its texts needs.
const LARGEST_FILE_BYTES: u64 = 1024 * 1024;

/// Enough for a lossless picture of the largest camera.
const LARGEST_PICTURE_BYTES: u64 = 64 * 1024 * 1024;

/// Permission bits of group and others.
const OTHERS: u32 = 0o077;

/// Creates `folder` for this user alone.
pub fn make_folder(folder: &Path) -> Result<(), StationError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|cause| StationError::unwritable(folder, cause))
}

/// Waits until nobody else reads and then writes in `folder`, and keeps them out until the returned
/// lock is dropped.
pub fn alone(folder: &Path) -> Result<File, StationError> {
    File::open(folder)
        .and_then(|opened| opened.lock().map(|()| opened))
        .map_err(|cause| StationError::unwritable(folder, cause))
}

/// Replaces `folder/name` by `bytes`: writes a temporary file, syncs it, renames it and syncs the
/// folder.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), StationError> {
    let file = folder.join(name);
    let beside = folder.join(format!("{name}.tmp"));
    write_beside(&beside, bytes)
        .and_then(|()| fs::rename(&beside, &file))
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(|cause| StationError::unwritable(&file, cause))
}

fn write_beside(beside: &Path, bytes: &[u8]) -> io::Result<()> {
    // A leftover file may have other permissions: never write a secret into it.
    match fs::remove_file(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(beside)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Reads `folder/name`; `None` if there is no such file.
pub fn read(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, StationError> {
    let file = folder.join(name);
    let Some(opened) = open(&file)? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    contents(&file, opened, LARGEST_FILE_BYTES, &mut bytes)?;
    Ok(Some(bytes))
}

/// Reads a picture; `None` if there is no such file.
pub fn read_picture(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, StationError> {
    let file = folder.join(name);
    let Some(opened) = open(&file)? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    contents(&file, opened, LARGEST_PICTURE_BYTES, &mut bytes)?;
    Ok(Some(bytes))
}

/// Reads a secret, and refuses one that others may read. The bytes are overwritten when dropped.
pub fn read_secret(folder: &Path, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StationError> {
    let file = folder.join(name);
    let Some(opened) = open(&file)? else {
        return Ok(None);
    };
    let mode = opened
        .metadata()
        .map_err(|cause| StationError::unreadable(&file, cause))?
        .permissions()
        .mode();
    if mode & OTHERS != 0 {
        return Err(StationError::TooOpen {
            file: file.display().to_string(),
            mode: mode & 0o777,
        });
    }
    secret_contents(&file, opened).map(Some)
}

/// Reads a secret that the service manager put into a folder of its own, which it protects from
/// everybody else whatever the file's mode says (an access list of one user shows as a group's
/// permission).
pub fn read_credential(
    folder: &Path,
    name: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, StationError> {
    let file = folder.join(name);
    let opened = open(&file)?;
    opened
        .map(|opened| secret_contents(&file, opened))
        .transpose()
}

/// Reads the secret into a buffer for the whole file: growing would leave copies behind.
fn secret_contents(file: &Path, opened: File) -> Result<Zeroizing<Vec<u8>>, StationError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(8192));
    contents(file, opened, LARGEST_FILE_BYTES, &mut bytes)?;
    Ok(bytes)
}

/// Reads a file named by the caller, which must exist.
pub fn read_path(file: &Path) -> Result<Vec<u8>, StationError> {
    let opened = File::open(file).map_err(|cause| StationError::unreadable(file, cause))?;
    let mut bytes = Vec::new();
    contents(file, opened, LARGEST_FILE_BYTES, &mut bytes)?;
    Ok(bytes)
}

/// Removes `folder/name` durably; a missing file is fine.
pub fn remove(folder: &Path, name: &str) -> Result<(), StationError> {
    let file = folder.join(name);
    match fs::remove_file(&file) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(|cause| StationError::unwritable(&file, cause)),
    }
}

fn open(file: &Path) -> Result<Option<File>, StationError> {
    match File::open(file) {
        Ok(opened) => Ok(Some(opened)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(StationError::unreadable(file, cause)),
    }
}

fn contents(
    file: &Path,
    opened: File,
    most_bytes: u64,
    bytes: &mut Vec<u8>,
) -> Result<(), StationError> {
    opened
        .take(most_bytes)
        .read_to_end(bytes)
        .map_err(|cause| StationError::unreadable(file, cause))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_private_and_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.tmp"), "left over and readable").unwrap();
        write(folder.path(), "a", b"first").unwrap();
        write(folder.path(), "a", b"second").unwrap();
        assert_eq!(
            read(folder.path(), "a").unwrap().as_deref(),
            Some(b"second".as_slice())
        );
        let mode = fs::metadata(folder.path().join("a"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!folder.path().join("a.tmp").exists());
        assert_eq!(read(folder.path(), "b").unwrap(), None);
    }

    #[test]
    fn a_secret_that_others_may_read_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "station.key", b"secret").unwrap();
        let file = folder.path().join("station.key");
        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            let error = read_secret(folder.path(), "station.key").unwrap_err();
            let words = error.to_string();
            assert!(
                words.contains("station.key") && words.contains("chmod 600"),
                "{words}"
            );
        }
        fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
        let secret = read_secret(folder.path(), "station.key").unwrap().unwrap();
        assert_eq!(secret.as_slice(), b"secret");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("taken"), "").unwrap();
        let words = make_folder(&folder.path().join("taken/station"))
            .unwrap_err()
            .to_string();
        assert!(words.contains("taken/station"), "{words}");
    }
}
