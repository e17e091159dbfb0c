//! Copies an offered release into a folder of its own. The offer may lie in a folder that others
//! write: each file is hashed while it is copied, so what was hashed is what is kept.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{UpdateError, VERIFIED};
use crate::{
    contract::hex,
    jws::KeySet,
    release::{FILES, MANIFEST, MANIFEST_BYTES, MODELS, PROGRAM, Release, ReleaseFile},
};

/// A release that is not whole yet.
const PARTIAL: &str = ".partial";

/// Reads and verifies the manifest of an offer.
pub(super) fn manifest(offer: &Path, keys: &KeySet) -> Result<Release, UpdateError> {
    let place = offer.join(MANIFEST);
    let mut token = String::new();
    let most = MANIFEST_BYTES as u64 + 1;
    open_offered(&place)
        .and_then(|file| file.take(most).read_to_string(&mut token))
        .map_err(UpdateError::disk(&place))?;
    Ok(Release::verify(token.trim_end(), keys)?)
}

/// Copies the files of `release` from `offer` into a folder named by its version, which appears
/// only when it is whole and durable. After an error nothing of it is left.
pub(super) fn copy(offer: &Path, releases: &Path, release: &Release) -> Result<(), UpdateError> {
    let partial = releases.join(PARTIAL);
    let place = releases.join(release.version.to_string());
    remove(&partial)?;
    remove(&place)?;
    let copied = copy_into(&partial, offer, release).and_then(|()| {
        fs::rename(&partial, &place)
            .and_then(|()| File::open(releases)?.sync_all())
            .map_err(UpdateError::disk(&place))
    });
    if copied.is_err() {
        // It would take the space that captures need.
        drop(remove(&partial));
    }
    copied
}

fn copy_into(partial: &Path, offer: &Path, release: &Release) -> Result<(), UpdateError> {
    make_folder(partial)?;
    let models = Some(partial.join(MODELS)).filter(|_| release.has_models());
    if let Some(models) = &models {
        make_folder(models)?;
    }
    for file in &release.files {
        copy_file(offer, partial, file)?;
    }
    let finish = || {
        let mut file = File::create(partial.join(VERIFIED))?;
        file.set_permissions(Permissions::from_mode(0o644))?;
        file.write_all(&serde_json::to_vec(release)?)?;
        file.sync_all()?;
        for folder in models.as_deref().into_iter().chain([partial]) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    finish().map_err(UpdateError::disk(partial))
}

fn copy_file(offer: &Path, into: &Path, file: &ReleaseFile) -> Result<(), UpdateError> {
    let from = offer.join(FILES).join(&file.sha256);
    let mode = if file.path == PROGRAM { 0o755 } else { 0o644 };
    let copy = || {
        let mut source = open_offered(&from)?;
        let mut copied = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(into.join(&file.path))?;
        copied.set_permissions(Permissions::from_mode(mode))?;
        let hash = copy_hashing(&mut source, &mut copied, file.bytes)?;
        copied.sync_all()?;
        Ok(hash)
    };
    if copy().map_err(UpdateError::disk(&from))? == file.sha256 {
        Ok(())
    } else {
        Err(UpdateError::WrongFile(from))
    }
}

/// Returns whether each file of a staged release still has its hash.
pub(super) fn is_whole(place: &Path, release: &Release) -> bool {
    let mut files = release.files.iter();
    files.all(|file| is_listed(&place.join(&file.path), file))
}

/// Returns whether what lies at `place` is exactly the listed file. Reads it piece by piece.
pub fn is_listed(place: &Path, file: &ReleaseFile) -> bool {
    let hash = File::open(place)
        .and_then(|mut source| copy_hashing(&mut source, &mut io::sink(), file.bytes));
    hash.is_ok_and(|hash| hash == file.sha256)
}

/// Copies at most one byte more than there should be, and returns the hash of what was copied.
fn copy_hashing(source: &mut impl Read, copy: &mut impl Write, bytes: u64) -> io::Result<String> {
    let mut hashing = Hashing {
        copy,
        hash: Sha256::new(),
    };
    io::copy(&mut source.take(bytes + 1), &mut hashing)?;
    Ok(hex(&hashing.hash.finalize()))
}

/// Hashes what passes through it.
struct Hashing<'a, W> {
    copy: &'a mut W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.copy.write_all(bytes)?;
        self.hash.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.copy.flush()
    }
}

/// Opens a file of an offer. A link could lead elsewhere, and opening a pipe would wait for ever.
fn open_offered(place: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(place)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("this is not a file"))
    }
}

fn remove(folder: &Path) -> Result<(), UpdateError> {
    match fs::remove_dir_all(folder) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(UpdateError::disk(folder)(why)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Makes a folder that everybody may read, whatever the umask.
fn make_folder(folder: &Path) -> Result<(), UpdateError> {
    fs::create_dir(folder)
        .and_then(|()| fs::set_permissions(folder, Permissions::from_mode(0o755)))
        .map_err(UpdateError::disk(folder))
}
