//! A release: what its signed manifest says of the files that a booth's program consists of.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::jws::{self, JwsError, KeySet, Purpose};

/// The file that is started; every release has it.
pub const PROGRAM: &str = "capture-station";
/// The folder of the model files in a release.
pub const MODELS: &str = "models";

/// The manifest's file, `release+jws`, in a folder that offers a release.
pub const MANIFEST: &str = "release.jws";
/// The folder of the release's files there, each named by its hash.
pub const FILES: &str = "files";

/// A manifest is a few kilobytes.
pub const MANIFEST_BYTES: usize = 64 * 1024;
/// Far more than the program has.
const MOST_FILES: usize = 64;
/// All files together.
pub const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// `major.minor.patch`, each up to 65,535. A later version is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version([u16; 3]);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version has the form 1.2.3")]
pub struct NoVersion;

impl Version {
    /// The version of this program.
    ///
    /// # Errors
    /// Never for a released program: Cargo.toml has the same form.
    pub fn of_this_program() -> Result<Self, NoVersion> {
        env!("CARGO_PKG_VERSION").parse()
    }
}

impl FromStr for Version {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let mut numbers = text.split('.').map(|number| {
            let plain = number.bytes().all(|byte| byte.is_ascii_digit());
            let padded = number.len() > 1 && number.starts_with('0');
            number.parse().ok().filter(|_| plain && !padded)
        });
        let mut next = || numbers.next().flatten().ok_or(NoVersion);
        let version = Self([next()?, next()?, next()?]);
        match numbers.next() {
            None => Ok(version),
            Some(_) => Err(NoVersion),
        }
    }
}

impl TryFrom<String> for Version {
    type Error = NoVersion;

    fn try_from(text: String) -> Result<Self, NoVersion> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([major, minor, patch]) = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// The payload of `release+jws`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub version: Version,
    /// The processor that it was built for, as Rust names it (`x86_64`, `aarch64`).
    pub arch: String,
    /// The step of the index's schema that its outbox needs. A program never reads an index that
    /// is ahead of it.
    pub index_schema: u32,
    /// The share of booths that take it, 0 to 100 %.
    pub share: u8,
    pub files: Vec<ReleaseFile>,
}

/// One file of a release. Carriers name it by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseFile {
    /// Below the release's folder: a name, or a folder's name and a name.
    pub path: String,
    pub bytes: u64,
    /// SHA-256, 64 hex digits in lower case.
    pub sha256: String,
}

/// Why a manifest is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    #[error("the release's manifest is not believed: {0}")]
    Unbelieved(#[from] JwsError),
    #[error("the release's manifest is longer than any valid one")]
    TooLong,
    #[error("the release lists no program")]
    NoProgram,
    #[error("the release lists more or larger files than any valid one")]
    TooLarge,
    #[error("the release lists a file that may not be in one: {0:?}")]
    Foreign(String),
}

impl Release {
    /// Verifies a manifest by the keys that may sign releases, and that what it lists can be a
    /// release.
    pub fn verify(token: &str, keys: &KeySet) -> Result<Self, ReleaseError> {
        if token.len() > MANIFEST_BYTES {
            return Err(ReleaseError::TooLong);
        }
        let release: Self = jws::verify(Purpose::Release, token, keys)?;
        release.check()?;
        Ok(release)
    }

    /// Checks that the files can be those of a release: known places, each once, bounded.
    pub fn check(&self) -> Result<(), ReleaseError> {
        if self.files.len() > MOST_FILES || self.bytes() > MOST_BYTES {
            return Err(ReleaseError::TooLarge);
        }
        let mut paths: Vec<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        paths.sort_unstable();
        let twice = paths.windows(2).find(|pair| pair.first() == pair.last());
        let foreign = self.files.iter().find(|file| !file.may_be_in_a_release());
        let foreign = foreign.map(|file| file.path.as_str());
        if let Some(path) = foreign.or_else(|| twice?.first().copied()) {
            return Err(ReleaseError::Foreign(path.to_owned()));
        }
        if paths.binary_search(&PROGRAM).is_err() {
            return Err(ReleaseError::NoProgram);
        }
        Ok(())
    }

    /// Returns the size of all files together.
    pub fn bytes(&self) -> u64 {
        self.files
            .iter()
            .fold(0, |sum, file| sum.saturating_add(file.bytes))
    }

    /// Returns whether it brings models of its own; else it uses the installed ones.
    pub fn has_models(&self) -> bool {
        self.files.iter().any(|file| file.path != PROGRAM)
    }

    /// Returns whether this booth is among those that take the release: the same booths for one
    /// version, others for the next, and a larger share has all booths of a smaller one.
    pub fn includes(&self, station: &str) -> bool {
        let drawn = Sha256::digest(format!("{} {station}", self.version));
        let number = drawn
            .iter()
            .take(4)
            .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        u64::from(number) * 100 < u64::from(self.share) << 32
    }
}

impl ReleaseFile {
    fn may_be_in_a_release(&self) -> bool {
        let hash = self.sha256.len() == 64
            && self
                .sha256
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let place = match self.path.split_once('/') {
            None => self.path == PROGRAM,
            Some((folder, name)) => folder == MODELS && is_plain_name(name),
        };
        hash && place
    }
}

/// Returns whether a name can neither leave its folder nor hide in it.
fn is_plain_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=64).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    fn release() -> Release {
        let file = |path: &str| ReleaseFile {
            path: path.to_owned(),
            bytes: 10,
            sha256: "0123456789abcdef".repeat(4),
        };
        Release {
            version: version("1.4.0"),
            arch: "x86_64".to_owned(),
            index_schema: 6,
            share: 100,
            files: vec![file(PROGRAM), file("models/face.tflite")],
        }
    }

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        assert!(version("0.10.0") > version("0.9.12"));
        assert!(version("1.0.0") > version("0.99.99"));
        assert_eq!(version("1.2.3").to_string(), "1.2.3");
        for wrong in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "1.2.x",
            "1.02.3",
            "1.2.70000",
            "1.2.+3",
            "v1.2.3",
        ] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong}");
        }
        Version::of_this_program().unwrap();
    }

    #[test]
    fn a_manifest_is_believed_by_its_key_and_purpose_alone() {
        let (key, other) = (
            SigningKey::from_bytes(&[7; 32]),
            SigningKey::from_bytes(&[8; 32]),
        );
        let keys = KeySet::one(key.verifying_key());
        let token = jws::sign(Purpose::Release, &key, &release()).unwrap();
        assert_eq!(Release::verify(&token, &keys).unwrap(), release());
        let by_another = jws::sign(Purpose::Release, &other, &release()).unwrap();
        assert_eq!(
            Release::verify(&by_another, &keys).unwrap_err(),
            ReleaseError::Unbelieved(JwsError::UnknownKey)
        );
        let as_a_batch = jws::sign(Purpose::BatchManifest, &key, &release()).unwrap();
        assert_eq!(
            Release::verify(&as_a_batch, &keys).unwrap_err(),
            ReleaseError::Unbelieved(JwsError::WrongPurpose)
        );
        let long = "a".repeat(MANIFEST_BYTES + 1);
        assert_eq!(
            Release::verify(&long, &keys).unwrap_err(),
            ReleaseError::TooLong
        );
    }

    #[test]
    fn no_file_leaves_the_releases_folder() {
        for path in [
            "../capture-station",
            "/capture-station",
            "models/../x",
            "models/.hidden",
            "models/a/b",
            "models/",
            "lib/evil.so",
            "start",
        ] {
            let mut wrong = release();
            wrong.files[1].path = path.to_owned();
            assert_eq!(
                wrong.check().unwrap_err(),
                ReleaseError::Foreign(path.to_owned())
            );
        }
        let mut twice = release();
        twice.files[1].path = PROGRAM.to_owned();
        assert_eq!(
            twice.check().unwrap_err(),
            ReleaseError::Foreign(PROGRAM.to_owned())
        );
        let mut named = release();
        named.files[0].sha256 = "../../etc/shadow".to_owned();
        assert!(matches!(named.check(), Err(ReleaseError::Foreign(_))));
    }

    #[test]
    fn a_release_has_a_program_and_bounds() {
        let mut none = release();
        none.files.remove(0);
        assert_eq!(none.check().unwrap_err(), ReleaseError::NoProgram);
        let mut large = release();
        large.files[0].bytes = u64::MAX;
        assert_eq!(large.check().unwrap_err(), ReleaseError::TooLarge);
    }

    #[test]
    fn a_share_grows_by_booths_and_draws_others_for_the_next_version() {
        let booths: Vec<String> = (0..1000).map(|number| format!("booth-{number}")).collect();
        let taken = |version_text: &str, share| {
            let release = Release {
                share,
                version: version(version_text),
                ..release()
            };
            let taken = booths.iter().filter(|booth| release.includes(booth));
            taken.cloned().collect::<Vec<String>>()
        };
        assert_eq!(taken("1.4.0", 0).len(), 0);
        assert_eq!(taken("1.4.0", 100).len(), 1000);
        let tenth = taken("1.4.0", 10);
        assert!((60..140).contains(&tenth.len()), "{}", tenth.len());
        let half = taken("1.4.0", 50);
        assert!(tenth.iter().all(|booth| half.contains(booth)));
        assert_ne!(taken("1.4.1", 10), tenth);
    }
}
