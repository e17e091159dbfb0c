//! The batches that this platform offers: files written by people, signed at the start.

use std::{
    collections::BTreeMap,
    fmt::Display,
    fs, io,
    path::{Path, PathBuf},
};

use super::{Platform, PlatformError, demo_batch, keys::Keys, shelf};
use crate::{
    code::FeatureCode,
    contract::{Batch, sha256_hex},
    jws::{self, Purpose},
    plain_text,
};

/// A batch as it is served.
pub(super) struct Offered {
    pub batch: Batch,
    pub signed: Signed,
}

/// A signed document as it is served, and its `ETag`.
pub(super) struct Signed {
    pub token: String,
    pub etag: String,
}

impl Signed {
    pub fn new(token: String) -> Self {
        let etag = format!("\"{}\"", sha256_hex(token.as_bytes()));
        Self { token, etag }
    }
}

impl Platform {
    /// Signs a batch as this platform (`batch-manifest+jws`).
    pub fn sign_batch(&self, batch: &Batch) -> Result<String, PlatformError> {
        sign(batch, &self.keys)
    }

    /// Returns the batches as booths get them, by feature code.
    pub fn signed_batches(&self) -> impl Iterator<Item = (&FeatureCode, &str)> {
        let batches = self.batches.iter();
        batches.map(|(code, offered)| (code, offered.signed.token.as_str()))
    }

    /// Returns the batch that a feature code names: exactly, else the only one that differs in case
    /// alone.
    pub(super) fn batch(&self, code: &FeatureCode) -> Option<&Offered> {
        self.batches.get(code).or_else(|| {
            let mut alike = self.batches.iter().filter(|(known, _)| known.is_like(code));
            let (_, offered) = alike.next()?;
            alike.next().is_none().then_some(offered)
        })
    }
}

fn sign(batch: &Batch, keys: &Keys) -> Result<String, PlatformError> {
    Ok(jws::sign(Purpose::BatchManifest, keys.manifest(), batch)?)
}

/// Reads and signs every `*.json` of `folder`; a new folder gets the demonstration batch.
pub(super) fn open(
    folder: &Path,
    keys: &Keys,
) -> Result<BTreeMap<FeatureCode, Offered>, PlatformError> {
    if !folder.exists() {
        shelf::private_folder(folder)?;
        let demo = demo_batch();
        let file = format!("{}.json", demo.feature_code.as_str());
        shelf::write_durably(&folder.join(file), &serde_json::to_vec_pretty(&demo)?)?;
    }
    let mut batches = BTreeMap::new();
    for path in json_files(folder)? {
        let refused = |why: &dyn Display| PlatformError::Batch {
            file: path.file_name().unwrap_or_default().display().to_string(),
            why: why.to_string(),
        };
        let text = plain_text::decode(fs::read(&path)?).map_err(|why| refused(&why))?;
        let batch: Batch = serde_json::from_str(&text).map_err(|why| refused(&why))?;
        let signed = Signed::new(sign(&batch, keys)?);
        let offered = Offered { batch, signed };
        batches.insert(offered.batch.feature_code.clone(), offered);
    }
    Ok(batches)
}

fn json_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let paths: io::Result<Vec<PathBuf>> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect();
    let mut paths = paths?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain_text::tests::{notepad, utf16};

    #[test]
    fn a_batch_edited_on_windows_is_offered_and_another_encoding_is_named() {
        let folder = tempfile::tempdir().unwrap();
        drop(Platform::open(folder.path()).unwrap());
        let files = json_files(&folder.path().join("batches")).unwrap();
        let json = fs::read_to_string(&files[0]).unwrap();
        fs::write(&files[0], notepad(&json)).unwrap();
        assert!(Platform::open(folder.path()).is_ok());
        fs::write(&files[0], utf16(&json)).unwrap();
        let why = Platform::open(folder.path()).err().unwrap().to_string();
        assert!(why.contains("UTF-16"), "{why}");
    }
}
