//! A small central platform that implements the booths' contract: one folder, one SQLite file, its
//! own keys.
//!
//! Demonstrations and tests deliver to it, and it shows what a production platform has to do. Its
//! storage has two seams, bytes ([`shelf`]) and rows ([`rows`]). It signs a receipt only for a
//! parcel that it opened, verified and made durable.

mod audit;
mod batch;
mod batches;
mod booths;
mod calendar;
mod course;
mod keys;
mod notes;
mod orders;
mod pages;
mod parcel;
mod people;
mod problem;
mod progress;
mod rates;
mod retention;
mod roster;
mod rows;
mod server;
mod shelf;
mod stick;
mod terms;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError, atomic::AtomicU64},
};

pub use batch::demo_batch;
pub use booths::Booth;
pub use keys::{KeyKind, RECIPIENT_FILE, add_key, revoke_key};
pub use notes::Said;
pub use parcel::{MEMBERS, Opened, Unopened, members};
pub use people::take_people;
pub use progress::ByReceipt;
pub use retention::Retained;
pub use server::{Stop, Stopper, run, stop_pair};
pub use stick::Taken;
pub use terms::{Crowd, Pace, Terms};

use crate::{
    calendar::Calendar,
    capture::CaptureId,
    code::FeatureCode,
    contract::{CaptureReceipt, sha256_hex},
    jws::{self, KeySet, Purpose},
    time::Wall,
};
use batches::{Offered, Signed};
use booths::suspect;
use keys::Keys;
use parcel::Claim;
use people::{People, Tries};
use rates::{Places, Rates};
use roster::Roster;
use rows::{Rows, Stored};
use shelf::Shelf;

#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    #[error("the platform's folder cannot be used ({0})")]
    Io(#[from] io::Error),
    #[error("the platform's rows cannot be used ({0})")]
    Rows(#[from] rusqlite::Error),
    #[error(
        "the platform's rows were written by a newer program (schema {found}, this program knows {known}): update this one"
    )]
    NewerRows { found: u32, known: u32 },
    #[error("{0} does not hold a key of its kind: restore the right one")]
    Key(String),
    #[error("no {0} key {1} is announced")]
    NoSuchKey(&'static str, String),
    #[error("the batch file {file} is not a batch: {why}")]
    Batch { file: String, why: String },
    #[error("the calendar was refused: {0}")]
    Calendar(String),
    #[error("the list of people was refused, line {0}: {1}")]
    People(usize, &'static str),
    #[error("the stick's list was refused: {0}")]
    Export(&'static str),
    #[error("the operating system gives no randomness ({0})")]
    Randomness(getrandom::Error),
    #[error("a document could not be signed ({0})")]
    Sign(#[from] serde_json::Error),
    #[error("no booth {0} is enrolled here")]
    NoBooth(String),
    #[error("no capture {0} is stored here")]
    Unknown(CaptureId),
    #[error("the stored parcel {id} cannot be opened: {why}")]
    Damaged { id: CaptureId, why: Unopened },
    #[error("capture {id} cannot take this step from its present stage: {stands}")]
    NotFrom { id: CaptureId, stands: &'static str },
    #[error("a rejection needs at least one reason")]
    NoReason,
}

impl PlatformError {
    fn key(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default();
        Self::Key(name.to_string_lossy().into_owned())
    }
}

/// The platform of one folder.
pub struct Platform {
    terms: Terms,
    /// Where a release for booths is put.
    releases: PathBuf,
    /// Its address for people and booths; empty until it is known.
    url: OnceLock<String>,
    /// Anybody who holds it may audit.
    audit_secret: String,
    /// Anybody who holds it may revoke booths.
    booths_secret: String,
    calendar: Calendar,
    publication: Option<Signed>,
    keys: Keys,
    shelf: Shelf,
    rows: Mutex<Rows>,
    roster: Roster,
    batches: BTreeMap<FeatureCode, Offered>,
    people: People,
    tries: Mutex<Tries>,
    rates: Mutex<Rates>,
    /// Open connections, by address.
    connections: Places,
    /// Booths that are delivering something large.
    deliveries: Places,
    last_command: AtomicU64,
}

/// The result of taking one parcel.
enum Kept {
    /// The first time.
    New(String),
    /// The same bytes were stored already; this is the same receipt.
    Again(String),
    /// Other bytes are stored.
    OtherBytes,
    Unopened(Unopened),
    /// Its tombstone came first, so nothing of it is kept.
    Withdrawn,
}

impl Platform {
    /// Opens the platform in `folder` with the usual terms.
    pub fn open(folder: &Path) -> Result<Self, PlatformError> {
        Self::open_with(folder, Terms::default())
    }

    /// Opens the platform in `folder`; at the first start creates its keys, rows and the
    /// demonstration batch. Other processes may have it open too.
    pub fn open_with(folder: &Path, terms: Terms) -> Result<Self, PlatformError> {
        shelf::private_folder(folder)?;
        let keys = Keys::open(folder, (terms.clock)())?;
        let rows = folder.join("platform.sqlite");
        let (publication, published) = calendar::open(folder, &keys)?;
        let platform = Self {
            releases: folder.join("release"),
            url: terms.url.clone().map(OnceLock::from).unwrap_or_default(),
            audit_secret: booths::secret()?,
            booths_secret: booths::secret()?,
            calendar: published.calendar,
            publication,
            shelf: Shelf::open(folder)?,
            rows: Mutex::new(Rows::open(&rows)?),
            roster: Roster::open(&rows)?,
            batches: batches::open(&folder.join("batches"), &keys)?,
            keys,
            people: People::open(folder)?,
            tries: Mutex::default(),
            rates: Mutex::new(Rates::new(terms.pace)),
            connections: Places::new(terms.connections),
            deliveries: Places::new(terms.deliveries),
            last_command: AtomicU64::default(),
            terms,
        };
        platform.keep_batch_ends()?;
        platform.begin_missing()?;
        Ok(platform)
    }

    /// Returns the page where booths are revoked, for a platform at `url`. Its address is the key
    /// to it.
    pub fn booths_url(&self, url: &str) -> String {
        format!(
            "{}/booths/{}",
            url.trim_end_matches('/'),
            self.booths_secret
        )
    }

    /// Returns the page for auditors, for a platform at `url`. Its address is the key to it.
    pub fn audit_url(&self, url: &str) -> String {
        format!("{}/audit/{}", url.trim_end_matches('/'), self.audit_secret)
    }

    fn url(&self) -> &str {
        let url = self.url.get().map(String::as_str);
        url.unwrap_or_default().trim_end_matches('/')
    }

    /// Returns the time by the platform's own clock.
    pub fn now(&self) -> Wall {
        (self.terms.clock)()
    }

    /// Returns the keys that verify this platform's receipts.
    pub fn receipt_keys(&self) -> KeySet {
        self.keys.receipt_keys()
    }

    /// Returns the `key-document+jws` for booths.
    pub fn key_document(&self) -> &str {
        self.keys.document()
    }

    /// Returns the keys that it names: kind, id, and whether it is the one in use.
    pub fn announced_keys(&self) -> Vec<(KeyKind, String, bool)> {
        self.keys.list()
    }

    /// Returns every stored capture, in order of arrival.
    pub fn captures(&self) -> Result<Vec<CaptureId>, PlatformError> {
        Ok(self.rows().captures()?)
    }

    /// Opens and verifies a stored parcel again.
    pub fn open_parcel(&self, id: CaptureId) -> Result<Opened, PlatformError> {
        let row = self.rows().capture(id)?;
        let row = row.ok_or(PlatformError::Unknown(id))?;
        if row.erased_at.is_some() {
            return Err(PlatformError::Unknown(id));
        }
        let keys = self.station_keys(&row.station)?.unwrap_or_default();
        let claim = Claim {
            station: &row.station,
            keys: &keys,
            id,
            seq: row.seq,
        };
        parcel::open(&self.shelf.get(id)?, self.keys.identities(), &claim)
            .map_err(|why| PlatformError::Damaged { id, why })
    }

    /// Stores a parcel: opens, verifies and stores it, and only then signs a receipt.
    fn keep(&self, claim: &Claim<'_>, bytes: &[u8], now: Wall) -> Result<Kept, PlatformError> {
        let sha256 = sha256_hex(bytes);
        if let Some(row) = self.rows().capture(claim.id)? {
            return self.kept_before(claim, &row, &sha256);
        }
        let opened = match parcel::open(bytes, self.keys.identities(), claim) {
            Ok(opened) => opened,
            Err(why) => return Ok(Kept::Unopened(why)),
        };
        let begun = self.begun(&opened.manifest, now);
        // One at a time from here on. Checked again, because a duplicate may have come meanwhile.
        let mut rows = self.rows();
        if let Some(row) = rows.capture(claim.id)? {
            return self.kept_before(claim, &row, &sha256);
        }
        if rows.withdrawn_at(claim.id, claim.station)?.is_some() {
            return Ok(Kept::Withdrawn);
        }
        self.shelf.put(claim.id, bytes)?;
        let audit = opened.manifest.audit.as_ref();
        let row = Stored {
            station: claim.station.to_owned(),
            seq: claim.seq,
            sha256,
            at: now,
            audit_lines: audit.map(|head| head.lines),
            erased_at: None,
        };
        suspect(&rows, claim, audit, now)?;
        rows.add_capture(claim.id, &row, bytes.len(), &begun)?;
        drop(rows);
        self.follow_notes(claim.id)?;
        Ok(Kept::New(self.receipt(claim.id, row)?))
    }

    fn kept_before(
        &self,
        claim: &Claim<'_>,
        row: &Stored,
        sha256: &str,
    ) -> Result<Kept, PlatformError> {
        if row.sha256 != sha256 || row.station != claim.station || row.seq != claim.seq {
            return Ok(Kept::OtherBytes);
        }
        Ok(Kept::Again(self.receipt(claim.id, row.clone())?))
    }

    /// Signs a receipt; the same row gives the same receipt, bit by bit.
    fn receipt(&self, id: CaptureId, row: Stored) -> Result<String, PlatformError> {
        let receipt = CaptureReceipt {
            station: row.station,
            id,
            hash: row.sha256,
            seq: row.seq,
            stored_at: row.at,
        };
        Ok(jws::sign(
            Purpose::CaptureReceipt,
            self.keys.receipt(),
            &receipt,
        )?)
    }

    /// Locks the rows. A panic elsewhere cannot leave a transaction half done, so a poisoned lock
    /// is usable.
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tries(&self) -> MutexGuard<'_, Tries> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rates(&self) -> MutexGuard<'_, Rates> {
        self.rates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
