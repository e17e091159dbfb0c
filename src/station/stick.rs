//! Signed documents of the platform on a stick.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{StationError, files};
use crate::{
    contract::SignedBatch,
    jws::Purpose,
    plain_text::{self, NotUtf8},
};

/// Returns the documents of one purpose in a file or folder: bare JWS, or the platform's answers
/// that hold a batch.
pub fn documents_at(
    place: &Path,
    purpose: Purpose,
) -> Result<Vec<(PathBuf, String)>, StationError> {
    let unreadable = |cause| StationError::unreadable(place, cause);
    let mut paths = if fs::metadata(place).map_err(unreadable)?.is_dir() {
        let entries: io::Result<Vec<PathBuf>> = fs::read_dir(place)
            .map_err(unreadable)?
            .map(|entry| Ok(entry?.path()))
            .collect();
        entries.map_err(unreadable)?
    } else {
        vec![place.to_owned()]
    };
    paths.retain(|path| path.is_file());
    paths.sort();
    let (mut found, mut foreign) = (vec![], None);
    for path in paths {
        let text = match plain_text::decode(files::read_path(&path)?) {
            Ok(text) => text,
            // Sticks hold pictures and programs too, which are no documents.
            Err(NotUtf8::Unknown) => continue,
            Err(why @ (NotUtf8::Utf16 | NotUtf8::Gbk)) => {
                foreign = Some(StationError::unreadable(&path, why.into()));
                continue;
            }
        };
        let token = serde_json::from_str::<SignedBatch>(&text)
            .map_or_else(|_bare| text.trim().to_owned(), |answer| answer.manifest);
        if Purpose::claimed(&token) == Some(purpose) {
            found.push((path, token));
        }
    }
    match foreign {
        Some(why) if found.is_empty() => Err(why),
        Some(_) | None => Ok(found),
    }
}
