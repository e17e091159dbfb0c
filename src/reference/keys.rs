//! The platform's own keys, made at its first start and kept in files that only its user can read.
//!
//! A platform in service keeps its root key off the machine that answers booths; this one is small and keeps all together.

use std::{
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
    jws::{self, KeySet, Purpose},
};

/// The file that `age -d -i` takes.
pub const RECIPIENT_FILE: &str = "recipient-identity.txt";

pub(super) struct Keys {
    root: SigningKey,
    /// Oldest first: the last one signs, the others still verify what they signed.
    receipts: Vec<SigningKey>,
    manifest: SigningKey,
    command: SigningKey,
    recipient: Identity,
}

impl Keys {
    /// Reads the keys in `folder`, and makes those that are missing.
    pub fn open(folder: &Path) -> Result<Self, PlatformError> {
        Ok(Self {
            root: signing_key(&folder.join("root.key"))?,
            receipts: receipt_keys(folder)?,
            manifest: signing_key(&folder.join("manifest.key"))?,
            command: signing_key(&folder.join("command.key"))?,
            recipient: identity(&folder.join(RECIPIENT_FILE))?,
        })
    }

    /// Base64 of the root's public key.
    pub fn root_text(&self) -> String {
        public_key_text(&self.root.verifying_key())
    }

    /// The `key-document+jws`.
    pub fn document(&self) -> Result<String, PlatformError> {
        let document = KeyDocument {
            version: self.version(),
            recipient: self.recipient().to_string(),
            receipt_keys: self
                .receipts
                .iter()
                .map(|key| public_key_text(&key.verifying_key()))
                .collect(),
            manifest_keys: vec![public_key_text(&self.manifest.verifying_key())],
            command_keys: vec![public_key_text(&self.command.verifying_key())],
        };
        Ok(jws::sign(Purpose::KeyDocument, &self.root, &document)?)
    }

    /// Of the key document: counts up with every new receipt key.
    pub const fn version(&self) -> u64 {
        self.receipts.len() as u64
    }

    /// The receipt key in use.
    pub fn receipt(&self) -> &SigningKey {
        self.receipts.last().unwrap_or(&self.root)
    }

    pub const fn manifest(&self) -> &SigningKey {
        &self.manifest
    }

    pub const fn command(&self) -> &SigningKey {
        &self.command
    }

    pub const fn identity(&self) -> &Identity {
        &self.recipient
    }

    pub fn recipient(&self) -> Recipient {
        self.recipient.to_public()
    }

    pub fn receipt_keys(&self) -> KeySet {
        let mut keys = KeySet::default();
        for key in &self.receipts {
            keys.insert(key.verifying_key());
        }
        keys
    }
}

/// Makes one more receipt key in `folder`; it signs from the next start on, and booths learn of it by their heartbeat.
pub fn add_receipt_key(folder: &Path) -> Result<(), PlatformError> {
    let made = receipt_keys(folder)?.len();
    signing_key(&receipt_key_path(folder, made)).map(drop)
}

fn receipt_keys(folder: &Path) -> Result<Vec<SigningKey>, PlatformError> {
    let mut keys = vec![signing_key(&receipt_key_path(folder, 0))?];
    while receipt_key_path(folder, keys.len()).exists() {
        keys.push(signing_key(&receipt_key_path(folder, keys.len()))?);
    }
    Ok(keys)
}

fn receipt_key_path(folder: &Path, nth: usize) -> PathBuf {
    folder.join(match nth {
        0 => "receipt.key".to_owned(),
        later => format!("receipt-{}.key", later + 1),
    })
}

/// A file with base64 of 32 bytes, made if it is missing.
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

/// A file as `age-keygen` writes it, made if it is missing.
fn identity(path: &Path) -> Result<Identity, PlatformError> {
    if let Some(text) = read(path)? {
        return text
            .lines()
            .find(|line| !line.starts_with('#') && !line.trim().is_empty())
            .and_then(|line| line.trim().parse().ok())
            .ok_or_else(|| PlatformError::key(path));
    }
    let identity = Identity::generate();
    let secret = identity.to_string();
    let text = Zeroizing::new(format!(
        "# public key: {}\n{}\n",
        identity.to_public(),
        secret.expose_secret()
    ));
    write_durably(path, text.as_bytes())?;
    Ok(identity)
}

fn read(path: &Path) -> io::Result<Option<Zeroizing<String>>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(why),
    }
}
