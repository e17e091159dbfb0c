//! The platform's own keys, in files that only its user can read, and the document that announces
//! them to booths.
//!
//! | file | what |
//! |---|---|
//! | `root.key` | signs the key document and enrolment tickets; it never changes |
//! | `receipt.key`, `receipt-2.key`, ... | the newest signs; the others still verify, until they are revoked |
//! | `manifest.key`, `command.key`, ... | the same |
//! | `recipient-identity.txt` | every identity ever announced for sealing, the newest last; opens parcels with `age -d -i` |
//! | `key-document.jws` | the document as last served |
//!
//! A platform in service keeps its root key off the machine that answers booths; this one is small
//! and keeps everything together.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use age::{
    secrecy::ExposeSecret,
    x25519::{Identity, Recipient},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

use super::{PlatformError, shelf::write_durably};
use crate::{
    contract::{KeyDocument, public_key_text},
    jws::{self, KeySet, Purpose, key_id},
    time::Wall,
};

/// The file that `age -d -i` takes.
pub const RECIPIENT_FILE: &str = "recipient-identity.txt";
const DOCUMENT_FILE: &str = "key-document.jws";

/// The purpose of a replaceable key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Signs receipts.
    Receipt,
    /// Signs batches.
    Manifest,
    /// Signs commands to booths.
    Command,
    /// Booths seal to it. An earlier one is no longer announced, but kept: parcels in a queue or in
    /// storage are sealed to it.
    Recipient,
}

impl KeyKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Manifest => "manifest",
            Self::Command => "command",
            Self::Recipient => "recipient",
        }
    }
}

/// The keys of one kind. The newest is in use; what was signed by or sealed to an earlier one
/// remains valid.
pub(super) struct Generations<K> {
    earlier: Vec<K>,
    newest: K,
}

impl<K> Generations<K> {
    /// Collects the existing keys, oldest first; `first` makes one where there is no key yet.
    fn new(
        mut keys: Vec<K>,
        first: impl FnOnce() -> Result<K, PlatformError>,
    ) -> Result<Self, PlatformError> {
        let newest = keys.pop().map_or_else(first, Ok)?;
        Ok(Self {
            earlier: keys,
            newest,
        })
    }

    /// Iterates, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &K> {
        self.earlier.iter().chain([&self.newest])
    }
}

impl Generations<SigningKey> {
    fn texts(&self) -> Vec<String> {
        self.iter()
            .map(|key| public_key_text(&key.verifying_key()))
            .collect()
    }
}

pub(super) struct Keys {
    root: SigningKey,
    receipts: Generations<SigningKey>,
    manifests: Generations<SigningKey>,
    commands: Generations<SigningKey>,
    recipients: Generations<Identity>,
    document: String,
    version: u64,
}

impl Keys {
    /// Reads the keys in `folder`, and creates the missing ones. If they differ from those in the
    /// last document a new one, dated `now`, is made.
    pub fn open(folder: &Path, now: Wall) -> Result<Self, PlatformError> {
        let mut keys = Self {
            root: signing_key(&folder.join("root.key"))?,
            receipts: signing_keys(folder, KeyKind::Receipt)?,
            manifests: signing_keys(folder, KeyKind::Manifest)?,
            commands: signing_keys(folder, KeyKind::Command)?,
            recipients: identities(folder)?,
            document: String::new(),
            version: 0,
        };
        (keys.version, keys.document) = keys.publish(folder, now)?;
        Ok(keys)
    }

    /// Returns version and token: of the last document while it names exactly these keys, else of a
    /// new one.
    ///
    /// A version only increases. It is the time in seconds, so that it increases even where the
    /// folder was restored from a backup without the last document.
    fn publish(&self, folder: &Path, now: Wall) -> Result<(u64, String), PlatformError> {
        let file = folder.join(DOCUMENT_FILE);
        let last = read(&file)?.map(|token| token.trim().to_owned());
        let last = last.and_then(|token| {
            let said = KeyDocument::verify(&token, &self.root.verifying_key()).ok()?;
            Some((said, token))
        });
        let at_least = match last {
            Some((said, token)) if said == self.announced(said.version) => {
                return Ok((said.version, token));
            }
            Some((said, _)) => said.version + 1,
            None => 1,
        };
        let version = u64::try_from(now.unix_ms() / 1000)
            .unwrap_or(0)
            .max(at_least);
        let token = jws::sign(Purpose::KeyDocument, &self.root, &self.announced(version))?;
        write_durably(&file, format!("{token}\n").as_bytes())?;
        Ok((version, token))
    }

    fn announced(&self, version: u64) -> KeyDocument {
        KeyDocument {
            version,
            recipient: self.recipient().to_string(),
            receipt_keys: self.receipts.texts(),
            manifest_keys: self.manifests.texts(),
            command_keys: self.commands.texts(),
        }
    }

    pub const fn root(&self) -> &SigningKey {
        &self.root
    }

    /// Returns the `key-document+jws`.
    pub fn document(&self) -> &str {
        &self.document
    }

    /// Returns the key document's version.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Returns the receipt key in use.
    pub const fn receipt(&self) -> &SigningKey {
        &self.receipts.newest
    }

    pub const fn manifest(&self) -> &SigningKey {
        &self.manifests.newest
    }

    pub const fn command(&self) -> &SigningKey {
        &self.commands.newest
    }

    /// Returns the identities that open whatever was ever sealed to this platform.
    pub const fn identities(&self) -> &Generations<Identity> {
        &self.recipients
    }

    pub fn recipient(&self) -> Recipient {
        self.recipients.newest.to_public()
    }

    pub fn receipt_keys(&self) -> KeySet {
        let mut keys = KeySet::default();
        for key in self.receipts.iter() {
            keys.insert(key.verifying_key());
        }
        keys
    }

    /// Returns the keys that the document names: kind, id, and whether it is the one in use.
    pub fn list(&self) -> Vec<(KeyKind, String, bool)> {
        let signing = [
            (KeyKind::Receipt, &self.receipts),
            (KeyKind::Manifest, &self.manifests),
            (KeyKind::Command, &self.commands),
        ];
        let mut all = vec![(KeyKind::Recipient, self.recipient().to_string(), true)];
        for (kind, keys) in signing {
            let earlier = keys.earlier.iter().map(|key| (kind, id(key), false));
            all.extend(earlier.chain([(kind, id(&keys.newest), true)]));
        }
        all
    }
}

/// Creates one more key of `kind` in `folder`, and returns its id. It is in use from the next start
/// on; booths learn of it with their heartbeat.
pub fn add_key(folder: &Path, kind: KeyKind) -> Result<String, PlatformError> {
    if kind == KeyKind::Recipient {
        return add_identity(folder).map(|identity| identity.to_public().to_string());
    }
    let newest = numbered(folder, kind)?
        .last_key_value()
        .map_or(0, |(number, _)| *number);
    signing_key(&key_path(folder, kind, newest + 1)).map(|key| id(&key))
}

/// Takes the key `revoked` of `kind` out of the document, from the next start on. A key in use gets
/// a successor first.
pub fn revoke_key(folder: &Path, kind: KeyKind, revoked: &str) -> Result<(), PlatformError> {
    let unknown = || PlatformError::NoSuchKey(kind.name(), revoked.to_owned());
    if kind == KeyKind::Recipient {
        let announced = identities(folder)?.newest.to_public().to_string();
        return if announced == revoked {
            add_identity(folder).map(drop)
        } else {
            Err(unknown())
        };
    }
    let files = numbered(folder, kind)?;
    let newest = files.last_key_value().map(|(number, _)| *number);
    for (number, file) in files {
        if id(&signing_key(&file)?) == revoked {
            if Some(number) == newest {
                add_key(folder, kind)?;
            }
            fs::remove_file(&file)?;
            return Ok(fs::File::open(folder)?.sync_all()?);
        }
    }
    Err(unknown())
}

fn id(key: &SigningKey) -> String {
    key_id(&key.verifying_key())
}

fn signing_keys(folder: &Path, kind: KeyKind) -> Result<Generations<SigningKey>, PlatformError> {
    let files = numbered(folder, kind)?;
    let keys: Result<Vec<_>, _> = files.values().map(|file| signing_key(file)).collect();
    Generations::new(keys?, || signing_key(&key_path(folder, kind, 1)))
}

/// Returns the files of `kind` by number. Numbers increase, so the largest is the newest.
fn numbered(folder: &Path, kind: KeyKind) -> io::Result<BTreeMap<u32, PathBuf>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let stem = name.and_then(|name| name.strip_prefix(kind.name())?.strip_suffix(".key"));
        let number = stem.and_then(|stem| match stem {
            "" => Some(1),
            later => later.strip_prefix('-')?.parse().ok(),
        });
        if let Some(number) = number {
            files.insert(number, path);
        }
    }
    Ok(files)
}

fn key_path(folder: &Path, kind: KeyKind, number: u32) -> PathBuf {
    let kind = kind.name();
    folder.join(match number {
        1 => format!("{kind}.key"),
        later => format!("{kind}-{later}.key"),
    })
}

/// Reads a file with base64 of 32 bytes; creates a missing one.
fn signing_key(path: &Path) -> Result<SigningKey, PlatformError> {
    if let Some(text) = read(path)? {
        let bytes = STANDARD.decode(text.trim()).map(Zeroizing::new);
        let seed = bytes
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
        let seed = Zeroizing::new(seed.ok_or_else(|| PlatformError::key(path))?);
        return Ok(SigningKey::from_bytes(&seed));
    }
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(PlatformError::Randomness)?;
    let text = Zeroizing::new(format!("{}\n", STANDARD.encode(*seed)));
    write_durably(path, text.as_bytes())?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Reads the identities from their file; creates the first if there is none.
fn identities(folder: &Path) -> Result<Generations<Identity>, PlatformError> {
    let path = folder.join(RECIPIENT_FILE);
    let text = read(&path)?.unwrap_or_default();
    let lines = text.lines().map(str::trim);
    let identities: Result<Vec<Identity>, _> = lines
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            line.parse()
                .map_err(|_unhelpful: &str| PlatformError::key(&path))
        })
        .collect();
    Generations::new(identities?, || add_identity(folder))
}

/// Creates an identity and writes it like `age-keygen`, below the existing ones.
fn add_identity(folder: &Path) -> Result<Identity, PlatformError> {
    let path = folder.join(RECIPIENT_FILE);
    let earlier = read(&path)?.unwrap_or_default();
    let identity = Identity::generate();
    let secret = identity.to_string();
    let text = Zeroizing::new(format!(
        "{}# public key: {}\n{}\n",
        *earlier,
        identity.to_public(),
        secret.expose_secret()
    ));
    write_durably(&path, text.as_bytes())?;
    Ok(identity)
}

fn read(path: &Path) -> io::Result<Option<Zeroizing<String>>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the keys of `folder` for a platform that starts at `second`.
    fn at(folder: &Path, second: i64) -> Keys {
        Keys::open(folder, Wall::from_unix_ms(second * 1000)).unwrap()
    }

    const SIGNING: [KeyKind; 3] = [KeyKind::Receipt, KeyKind::Manifest, KeyKind::Command];

    fn ids(keys: &Keys, of: KeyKind) -> Vec<String> {
        let all = keys.list().into_iter();
        all.filter(|(kind, ..)| *kind == of)
            .map(|(_, id, _)| id)
            .collect()
    }

    #[test]
    fn the_version_rises_with_every_change_and_only_then() {
        let folder = tempfile::tempdir().unwrap();
        let first = at(folder.path(), 500);
        let same = at(folder.path(), 900);
        assert_eq!(
            (same.version(), same.document()),
            (first.version(), first.document())
        );
        let mut last = first.version();
        for kind in [
            KeyKind::Receipt,
            KeyKind::Manifest,
            KeyKind::Command,
            KeyKind::Recipient,
        ] {
            // Even while the clock stands still or is wrong.
            for second in [500, 7] {
                add_key(folder.path(), kind).unwrap();
                let version = at(folder.path(), second).version();
                assert!(version > last, "{kind:?}: {version} after {last}");
                last = version;
            }
        }
    }

    #[test]
    fn a_removed_key_never_lowers_the_version() {
        let folder = tempfile::tempdir().unwrap();
        add_key(folder.path(), KeyKind::Receipt).unwrap();
        add_key(folder.path(), KeyKind::Receipt).unwrap();
        let with_two = at(folder.path(), 500).version();
        fs::remove_file(folder.path().join("receipt-2.key")).unwrap();
        let with_one = at(folder.path(), 500).version();
        assert!(with_one > with_two, "{with_one} after {with_two}");
    }

    #[test]
    fn a_folder_that_was_restored_goes_on_with_a_version_that_no_booth_has_seen() {
        let folder = tempfile::tempdir().unwrap();
        drop(at(folder.path(), 500));
        let backup = fs::read(folder.path().join(DOCUMENT_FILE)).unwrap();
        for second in [600, 700, 800] {
            add_key(folder.path(), KeyKind::Command).unwrap();
            drop(at(folder.path(), second));
        }
        let seen = at(folder.path(), 800).version();
        fs::write(folder.path().join(DOCUMENT_FILE), backup).unwrap();
        assert!(at(folder.path(), 900).version() > seen);
    }

    #[test]
    fn a_new_signing_key_is_announced_beside_the_old_one_and_a_revoked_one_no_more() {
        for kind in SIGNING {
            let folder = tempfile::tempdir().unwrap();
            let old = ids(&at(folder.path(), 1), kind);
            let new = add_key(folder.path(), kind).unwrap();
            let both = at(folder.path(), 2);
            assert_eq!(ids(&both, kind), [old[0].clone(), new.clone()]);
            assert!(
                both.list().contains(&(kind, new.clone(), true)),
                "the new one is in use"
            );
            revoke_key(folder.path(), kind, &old[0]).unwrap();
            assert_eq!(ids(&at(folder.path(), 3), kind), std::slice::from_ref(&new));
            // The one in use can be revoked, too: a successor takes its place, under a new number.
            revoke_key(folder.path(), kind, &new).unwrap();
            let left = ids(&at(folder.path(), 4), kind);
            assert_eq!(left.len(), 1);
            assert!(left[0] != new && left[0] != old[0]);
            let gone = revoke_key(folder.path(), kind, &new).unwrap_err();
            assert!(matches!(gone, PlatformError::NoSuchKey(..)), "{gone}");
        }
    }

    #[test]
    fn an_old_recipient_is_announced_no_more_and_still_opens() {
        let folder = tempfile::tempdir().unwrap();
        let old = at(folder.path(), 1).recipient();
        revoke_key(folder.path(), KeyKind::Recipient, &old.to_string()).unwrap();
        let keys = at(folder.path(), 2);
        assert_ne!(keys.recipient().to_string(), old.to_string());
        for recipient in [old, keys.recipient()] {
            let sealed = age::encrypt(&recipient, b"photo").unwrap();
            let opened = super::super::parcel::decrypt(&sealed, keys.identities());
            assert_eq!(opened.unwrap().as_slice(), b"photo");
        }
    }
}
