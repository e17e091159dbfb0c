//! This booth's identity: who it is, whom it trusts, which commands it obeyed, and who may open its
//! staff page.
//!
//! One folder, for the booth's user alone:
//!
//! | file | what |
//! |---|---|
//! | `station.json` | id, name, platform, its CA, its root key, the key document as received |
//! | `station.key` | the booth's Ed25519 secret, made here and never sent; or a systemd credential of that name, and no file |
//! | `batches/*.json` | the batches that this booth holds, each as signed |
//! | `calendar.jws` | what the platform published about days off and its service line |
//! | `pinned.json` | which of them every visit belongs to |
//! | `command.json` | the last command of the platform that was obeyed |
//! | `staff.json` | the operators, the Argon2id hashes of their PINs, and the lock-out |
//! | `settings.json` | what an operator changed about sound, language and type |
//! | `check.json` | when the booth was last commissioned or checked |
//! | `plate.png` | the picture of the empty booth |
//! | `time.json` | the platform's last date |
//! | `ticket.jws` | the ticket of a first start whose fingerprint was compared; gone once the booth is enrolled |
//! | `trial.json` | when the platform last opened what the booth sealed for a trial |
//!
//! `station.json` is written last: a booth without it is not enrolled. Nothing read from here is
//! trusted before its signature is verified under the root key that somebody compared at enrolment.

pub mod batches;
mod calendar;
mod files;
mod pin;
mod stick;

use std::{
    env, fmt, io,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{SECRET_KEY_LENGTH, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    contract::{self, Batch, Enrolled, EnrolmentTicket, KeyDocument, KeyDocumentError},
    jws::{KeySet, Purpose},
    session::settings::Settings,
    time::Wall,
};
use batches::{Batches, NotKept};
pub use calendar::CalendarNotKept;
pub use pin::{PinRefusal, PinVerdict, Pins, RosterRefusal};
pub use stick::documents_at;

/// The booth's identity; its presence means that the booth is enrolled.
pub const IDENTITY_FILE: &str = "station.json";
/// The booth's secret key.
pub const KEY_FILE: &str = "station.key";
/// The operators and their PINs.
pub const STAFF_FILE: &str = "staff.json";

/// An enrolled booth, its keys verified.
pub struct Station {
    identity: Identity,
    key: SigningKey,
    key_place: KeyPlace,
    keys: KeyDocument,
    receipt_keys: KeySet,
    batches: Batches,
}

/// Where the booth's secret key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// A file that only the booth's user can read.
    File,
    /// Passed in by the service manager, which stores it encrypted.
    Credential,
}

/// `station.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    station: String,
    name: String,
    platform: String,
    ca_pem: Option<String>,
    /// Base64 of the platform root's 32 bytes, as the ticket gave it.
    root_key: String,
    /// `key-document+jws`.
    keys: String,
}

/// Why a booth's identity cannot be used; each variant says which file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StationError {
    #[error("this booth is not enrolled: run `capture-station enrol TICKET_FILE`")]
    NotEnrolled,
    #[error(
        "this booth is enrolled already: move {folder} away before enrolling it again, and keep it while parcels wait"
    )]
    AlreadyEnrolled { folder: String },
    #[error("{file} cannot be read ({cause}): check its owner and the disk")]
    Unreadable { file: String, cause: io::Error },
    #[error("{file} cannot be written ({cause}): check the folder's owner and the disk")]
    Unwritable { file: String, cause: io::Error },
    #[error(
        "{file} can be read by other users (mode {mode:o}): run `chmod 600` on it, and enrol again if others had access"
    )]
    TooOpen { file: String, mode: u32 },
    #[error("{file} is damaged: restore it from this booth's backup, or enrol again")]
    Damaged { file: String },
    #[error("{file} is missing: restore it from this booth's backup, or enrol again")]
    Missing { file: String },
    #[error("{file} cannot be trusted: {why}; enrol again with a ticket from the platform")]
    Untrusted { file: String, why: KeyDocumentError },
    #[error("the ticket's root key is not a key: ask the platform for a new ticket")]
    TicketRoot,
    #[error(
        "the platform's answer cannot be trusted: {0}; nothing was kept, ask the platform for a new ticket"
    )]
    AnswerUntrusted(KeyDocumentError),
    #[error("{0}; the booth keeps using the platform's keys that it has")]
    KeysNotTaken(KeyDocumentError),
    #[error("the platform's answer names no station; nothing was kept")]
    AnswerEmpty,
    #[error(
        "the pinned batch is missing or does not verify ({file}): import it again, or pin another"
    )]
    PinnedUnusable { file: String },
    #[error("the PIN was refused: {0}")]
    Pin(#[from] PinRefusal),
    #[error("the operators were not changed: {0}")]
    Roster(#[from] RosterRefusal),
    #[error("no PIN is set yet: enrol this booth first")]
    NoStaff,
    #[error("the operating system gives no random numbers ({0})")]
    NoRandomness(getrandom::Error),
    #[error("the PIN's hash cannot be computed: is the memory full?")]
    NoHash,
}

impl StationError {
    fn unreadable(file: &Path, cause: io::Error) -> Self {
        Self::Unreadable {
            file: file.display().to_string(),
            cause,
        }
    }

    fn unwritable(file: &Path, cause: io::Error) -> Self {
        Self::Unwritable {
            file: file.display().to_string(),
            cause,
        }
    }

    fn damaged(folder: &Path, name: &str) -> Self {
        Self::Damaged {
            file: folder.join(name).display().to_string(),
        }
    }
}

/// Returns the platform's last date of an earlier run, if it was stored and can be read.
pub fn last_good_time(folder: &Path) -> Option<Wall> {
    read_date(folder, TIME_FILE)
}

/// Stores the platform's date for the next start.
pub fn keep_good_time(folder: &Path, date: Wall) -> Result<(), StationError> {
    write_date(folder, TIME_FILE, date)
}

/// Returns when the platform last opened what this booth sealed for a trial, if it ever did.
pub fn last_key_trial(folder: &Path) -> Option<Wall> {
    read_date(folder, TRIAL_FILE)
}

/// Records that the platform opened a trial.
pub fn keep_key_trial(folder: &Path, at: Wall) -> Result<(), StationError> {
    write_date(folder, TRIAL_FILE, at)
}

/// Returns the operator's settings, if there are any.
pub fn settings(folder: &Path) -> Result<Option<Settings>, StationError> {
    let Some(json) = files::read(folder, SETTINGS_FILE)? else {
        return Ok(None);
    };
    let damaged = |_may_quote| StationError::damaged(folder, SETTINGS_FILE);
    serde_json::from_slice(&json).map(Some).map_err(damaged)
}

/// Stores them for the next start.
pub fn keep_settings(folder: &Path, settings: &Settings) -> Result<(), StationError> {
    let json = serde_json::to_vec_pretty(settings)
        .map_err(|_cannot| StationError::damaged(folder, SETTINGS_FILE))?;
    files::write(folder, SETTINGS_FILE, &json)
}

/// Returns when the commissioning or its short check was last completed.
pub fn last_check(folder: &Path) -> Option<Wall> {
    read_date(folder, CHECK_FILE)
}

pub fn keep_check(folder: &Path, at: Wall) -> Result<(), StationError> {
    write_date(folder, CHECK_FILE, at)
}

/// Returns the picture of the empty booth, as a PNG.
pub fn plate(folder: &Path) -> Result<Option<Vec<u8>>, StationError> {
    files::read_picture(folder, PLATE_FILE)
}

/// Returns whether there is a picture of the empty booth.
pub fn has_plate(folder: &Path) -> bool {
    folder.join(PLATE_FILE).exists()
}

pub fn keep_plate(folder: &Path, png: &[u8]) -> Result<(), StationError> {
    files::write(folder, PLATE_FILE, png)
}

/// Removes the picture of the empty booth: one from another camera or with other settings is of no
/// use.
pub fn forget_plate(folder: &Path) -> Result<(), StationError> {
    files::remove(folder, PLATE_FILE)
}

/// Returns the `enrolment-ticket+jws` that was compared in a first start, if one waits to be used.
pub fn compared_ticket(folder: &Path) -> Result<Option<String>, StationError> {
    let Some(bytes) = files::read_secret(folder, TICKET_FILE)? else {
        return Ok(None);
    };
    let damaged = |_not_utf8| StationError::damaged(folder, TICKET_FILE);
    let text = std::str::from_utf8(&bytes).map_err(damaged)?;
    Ok(Some(text.to_owned()))
}

/// Stores a ticket that was compared, until it is used.
pub fn keep_compared_ticket(folder: &Path, token: &str) -> Result<(), StationError> {
    Station::may_enrol(folder)?;
    files::write(folder, TICKET_FILE, token.as_bytes())
}

pub fn forget_compared_ticket(folder: &Path) -> Result<(), StationError> {
    files::remove(folder, TICKET_FILE)
}

const TICKET_FILE: &str = "ticket.jws";
const SETTINGS_FILE: &str = "settings.json";
const CHECK_FILE: &str = "check.json";
const PLATE_FILE: &str = "plate.png";
const TIME_FILE: &str = "time.json";
const TRIAL_FILE: &str = "trial.json";

fn read_date(folder: &Path, name: &str) -> Option<Wall> {
    let json = files::read(folder, name).ok().flatten()?;
    serde_json::from_slice(&json).ok()
}

fn write_date(folder: &Path, name: &str, date: Wall) -> Result<(), StationError> {
    files::write(folder, name, format!("\"{}\"\n", date.0).as_bytes())
}

impl Station {
    /// Opens the identity in `folder` and verifies its key document under its root key.
    pub fn load(folder: &Path) -> Result<Self, StationError> {
        let json = files::read(folder, IDENTITY_FILE)?.ok_or(StationError::NotEnrolled)?;
        let damaged = || StationError::damaged(folder, IDENTITY_FILE);
        let identity: Identity = serde_json::from_slice(&json).map_err(|_may_quote| damaged())?;
        let root = contract::public_key(&identity.root_key).ok_or_else(damaged)?;
        let untrusted = |why| StationError::Untrusted {
            file: folder.join(IDENTITY_FILE).display().to_string(),
            why,
        };
        let keys = KeyDocument::verify(&identity.keys, &root).map_err(untrusted)?;
        let credentials = env::var_os(CREDENTIALS).map(PathBuf::from);
        let (key, key_place) = read_key(folder, credentials.as_deref())?;
        Ok(Self {
            key,
            key_place,
            receipt_keys: keys.receipt_keys().map_err(untrusted)?,
            batches: Batches::new(
                folder.to_owned(),
                identity.station.clone(),
                keys.manifest_keys().map_err(untrusted)?,
                keys.command_keys().map_err(untrusted)?,
            ),
            identity,
            keys,
        })
    }

    /// Stores the result of an enrolment after verifying it under the ticket's root. `key` is the
    /// one whose public half was enrolled.
    pub fn enrol(
        folder: &Path,
        ticket: &EnrolmentTicket,
        name: &str,
        enrolled: &Enrolled,
        key: &SigningKey,
    ) -> Result<Self, StationError> {
        Self::may_enrol(folder)?;
        let root = ticket.root().ok_or(StationError::TicketRoot)?;
        KeyDocument::verify(&enrolled.keys, &root).map_err(StationError::AnswerUntrusted)?;
        if enrolled.station.is_empty() {
            return Err(StationError::AnswerEmpty);
        }
        let identity = Identity {
            station: enrolled.station.clone(),
            name: name.to_owned(),
            platform: ticket.platform.clone(),
            ca_pem: ticket.ca_pem.clone(),
            root_key: ticket.root_key.clone(),
            keys: enrolled.keys.clone(),
        };
        let json = serde_json::to_vec_pretty(&identity)
            .map_err(|_cannot| StationError::damaged(folder, IDENTITY_FILE))?;
        write_key(folder, key)?;
        files::write(folder, IDENTITY_FILE, &json)?;
        Self::load(folder)
    }

    /// Returns the key with which this machine asks to be enrolled. It is made once and stored
    /// before the request, so that the same one asks again after a lost answer.
    pub fn key_to_enrol(folder: &Path) -> Result<SigningKey, StationError> {
        Self::may_enrol(folder)?;
        if let Some(text) = files::read_secret(folder, KEY_FILE)? {
            return key_of(&text, folder);
        }
        let key = new_key()?;
        write_key(folder, &key)?;
        Ok(key)
    }

    /// Creates the folder and checks whether a booth may be enrolled into it; called before a
    /// one-time code is spent.
    pub fn may_enrol(folder: &Path) -> Result<(), StationError> {
        files::make_folder(folder)?;
        if files::read(folder, IDENTITY_FILE)?.is_some() {
            return Err(StationError::AlreadyEnrolled {
                folder: folder.display().to_string(),
            });
        }
        Ok(())
    }

    /// Accepts a key document of the platform (`key-document+jws`) that is newer than the stored
    /// one, if the root that was compared at enrolment signed it. Returns the booth with its new
    /// keys.
    pub fn renew(folder: &Path, keys: &str) -> Result<Self, StationError> {
        // The kiosk and a command may both bring one: each compares it with what the other wrote.
        let _alone = files::alone(folder)?;
        let held = Self::load(folder)?;
        let damaged = || StationError::damaged(folder, IDENTITY_FILE);
        let root = contract::public_key(&held.identity.root_key).ok_or_else(damaged)?;
        let keys = keys.trim();
        let offered = KeyDocument::verify(keys, &root).map_err(StationError::KeysNotTaken)?;
        if offered.version <= held.keys.version {
            return Ok(held);
        }
        let identity = Identity {
            keys: keys.to_owned(),
            ..held.identity
        };
        let json = serde_json::to_vec_pretty(&identity).map_err(|_cannot| damaged())?;
        files::write(folder, IDENTITY_FILE, &json)?;
        Self::load(folder)
    }

    /// Accepts the newest of the key documents at `place`, a file or folder on a stick, as
    /// [`Self::renew`] does.
    pub fn renew_from(folder: &Path, place: &Path) -> Result<Self, StationError> {
        let documents = documents_at(place, Purpose::KeyDocument)?;
        let mut station = Self::load(folder)?;
        for (_, keys) in documents {
            station = Self::renew(folder, &keys)?;
        }
        Ok(station)
    }

    /// Returns the version of the platform's key document that this booth holds.
    pub const fn keys_version(&self) -> u64 {
        self.keys.version
    }

    /// Returns the platform's name for this booth.
    pub fn id(&self) -> &str {
        &self.identity.station
    }

    /// Returns people's name for this booth.
    pub fn name(&self) -> &str {
        &self.identity.name
    }

    pub fn platform_url(&self) -> &str {
        &self.identity.platform
    }

    /// Returns the only CA to trust; `None` for public roots.
    pub fn ca_pem(&self) -> Option<&str> {
        self.identity.ca_pem.as_deref()
    }

    pub const fn key_place(&self) -> KeyPlace {
        self.key_place
    }

    pub const fn signing_key(&self) -> &SigningKey {
        &self.key
    }

    /// Returns the age recipient that parcels are sealed to.
    pub fn recipient(&self) -> &str {
        &self.keys.recipient
    }

    pub fn receipt_keys(&self) -> KeySet {
        self.receipt_keys.clone()
    }

    /// Returns the batches that this booth may serve.
    pub const fn batches(&self) -> &Batches {
        &self.batches
    }

    /// Stores a batch as the platform signed it, and pins it. One that does not verify leaves the
    /// pinned one in place.
    pub fn pin_batch(&self, token: &str) -> Result<Batch, NotKept> {
        let batch = self.batches.keep(token, None)?;
        self.batches.pin(&batch.feature_code)?;
        Ok(batch)
    }
}

impl fmt::Debug for Station {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Station")
            .field("id", &self.identity.station)
            .finish_non_exhaustive()
    }
}

/// Creates a secret key for a booth, from the operating system's randomness.
pub fn new_key() -> Result<SigningKey, StationError> {
    let mut secret = Zeroizing::new([0; SECRET_KEY_LENGTH]);
    getrandom::fill(secret.as_mut_slice()).map_err(StationError::NoRandomness)?;
    Ok(SigningKey::from_bytes(&secret))
}

/// Creates a secret key in `file`, which must not exist yet. Returns its public half.
pub fn create_key(file: &Path) -> Result<VerifyingKey, StationError> {
    let (folder, name) = parts_of(file)?;
    if file.exists() {
        let cause = io::ErrorKind::AlreadyExists.into();
        return Err(StationError::unwritable(file, cause));
    }
    let key = new_key()?;
    write_key_as(folder, name, &key)?;
    Ok(key.verifying_key())
}

/// Reads a secret key from `file`, which only its owner may read.
pub fn key_in(file: &Path) -> Result<SigningKey, StationError> {
    let (folder, name) = parts_of(file)?;
    let text = files::read_secret(folder, name)?.ok_or_else(|| StationError::Missing {
        file: file.display().to_string(),
    })?;
    key_of(&text, folder)
}

fn parts_of(file: &Path) -> Result<(&Path, &str), StationError> {
    let name = file.file_name().and_then(|name| name.to_str());
    let folder = file.parent().map(|folder| {
        if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        }
    });
    folder.zip(name).ok_or_else(|| {
        let cause = io::ErrorKind::InvalidFilename.into();
        StationError::unreadable(file, cause)
    })
}

/// Writes base64 of the secret's 32 bytes and a line end.
fn write_key(folder: &Path, key: &SigningKey) -> Result<(), StationError> {
    write_key_as(folder, KEY_FILE, key)
}

fn write_key_as(folder: &Path, name: &str, key: &SigningKey) -> Result<(), StationError> {
    let secret = Zeroizing::new(key.to_bytes());
    let mut text = Zeroizing::new(String::with_capacity(64));
    STANDARD.encode_string(secret.as_slice(), &mut text);
    text.push('\n');
    files::write(folder, name, text.as_bytes())
}

/// systemd's variable for the folder of a service's credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Reads the key. A credential takes precedence over a file, which should be gone then.
fn read_key(
    folder: &Path,
    credentials: Option<&Path>,
) -> Result<(SigningKey, KeyPlace), StationError> {
    if let Some(credentials) = credentials
        && let Some(text) = files::read_credential(credentials, KEY_FILE)?
    {
        return Ok((key_of(&text, credentials)?, KeyPlace::Credential));
    }
    let text = files::read_secret(folder, KEY_FILE)?.ok_or_else(|| StationError::Missing {
        file: folder.join(KEY_FILE).display().to_string(),
    })?;
    Ok((key_of(&text, folder)?, KeyPlace::File))
}

fn key_of(text: &[u8], folder: &Path) -> Result<SigningKey, StationError> {
    let damaged = || StationError::damaged(folder, KEY_FILE);
    let mut secret = Zeroizing::new([0; SECRET_KEY_LENGTH]);
    let length = STANDARD
        .decode_slice(text.trim_ascii(), secret.as_mut_slice())
        .map_err(|_quotes_a_byte| damaged())?;
    if length != SECRET_KEY_LENGTH {
        return Err(damaged());
    }
    Ok(SigningKey::from_bytes(&secret))
}

#[cfg(test)]
mod tests;
