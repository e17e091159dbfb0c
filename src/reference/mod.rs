//! A small central platform that speaks the booths' contract: one folder, one SQLite file, its own keys.
//!
//! It is what demonstrations and tests deliver to, and shows what a platform in service has to do. Its storage is two seams,
//! bytes ([`shelf`]) and rows ([`rows`]). It signs a receipt only for a parcel that it opened, verified and made durable.

mod batch;
mod keys;
mod notes;
mod parcel;
mod people;
mod problem;
mod rows;
mod server;
mod shelf;
mod stick;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

pub use batch::demo_batch;
pub use keys::{RECIPIENT_FILE, add_receipt_key};
pub use notes::Said;
pub use parcel::{MEMBERS, Opened, Unopened, members};
pub use server::{Stop, Stopper, run, stop_pair};
pub use stick::Taken;

use crate::{
    capture::{AuditHead, CaptureId},
    code::FeatureCode,
    contract::{
        Batch, CaptureReceipt, EnrolmentTicket, Heartbeat, HeartbeatAnswer, KeyTrialReceipt, Order,
        StationAlarm, StationCommand, public_key, sha256_hex,
    },
    jws::{self, KeySet, Purpose},
    time::Wall,
};
use keys::Keys;
use parcel::Claim;
use people::People;
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
    #[error("{0} does not hold a key of its kind: put the true one back")]
    Key(String),
    #[error("the batch file {file} is not a batch: {why}")]
    Batch { file: String, why: String },
    #[error("the stick's list is not taken: {0}")]
    Export(&'static str),
    #[error("the operating system gives no randomness ({0})")]
    Randomness(getrandom::Error),
    #[error("a document could not be signed ({0})")]
    Sign(#[from] serde_json::Error),
    #[error("no capture {0} is stored here")]
    Unknown(CaptureId),
    #[error("the stored parcel {id} cannot be opened: {why}")]
    Damaged { id: CaptureId, why: Unopened },
}

impl PlatformError {
    fn key(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default();
        Self::Key(name.to_string_lossy().into_owned())
    }
}

/// The platform of one folder.
pub struct Platform {
    keys: Keys,
    key_document: String,
    shelf: Shelf,
    rows: Mutex<Rows>,
    batches: BTreeMap<FeatureCode, SignedBatchFile>,
    people: Mutex<People>,
    last_command: AtomicU64,
}

/// A batch as it is served.
struct SignedBatchFile {
    school: String,
    token: String,
    etag: String,
}

/// What came of one parcel.
enum Kept {
    /// The first time.
    New(String),
    /// The same bytes were here; the same receipt again.
    Again(String),
    /// Other bytes were here.
    OtherBytes,
    Unopened(Unopened),
    /// Its tombstone came before it: nothing of it is kept.
    Withdrawn,
}

impl Platform {
    /// Opens the platform in `folder`; makes its keys, rows and the demonstration batch at the first start.
    pub fn open(folder: &Path) -> Result<Self, PlatformError> {
        shelf::private_folder(folder)?;
        let keys = Keys::open(folder)?;
        let key_document = keys.document()?;
        let batches = batches(&folder.join("batches"), &keys)?;
        Ok(Self {
            shelf: Shelf::open(folder)?,
            rows: Mutex::new(Rows::open(&folder.join("platform.sqlite"))?),
            keys,
            key_document,
            batches,
            people: Mutex::default(),
            last_command: AtomicU64::default(),
        })
    }

    /// A fresh ticket for one booth, which will find the platform at `url`. Good for a day.
    pub fn ticket(&self, url: &str) -> Result<EnrolmentTicket, PlatformError> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(PlatformError::Randomness)?;
        let one_time_code = URL_SAFE_NO_PAD.encode(random);
        self.rows()
            .add_ticket(&sha256_hex(one_time_code.as_bytes()), server::now())?;
        Ok(EnrolmentTicket {
            platform: url.to_owned(),
            root_key: self.keys.root_text(),
            one_time_code,
            ca_pem: None,
        })
    }

    /// Signs a batch as this platform's own (`batch-manifest+jws`).
    pub fn sign_batch(&self, batch: &Batch) -> Result<String, PlatformError> {
        sign_batch(batch, &self.keys)
    }

    /// A command to one booth (`station-command+jws`), good for a day, to be shown to it as a code.
    pub fn command(&self, station: &str, order: Order) -> Result<String, PlatformError> {
        const DAY_MS: i64 = 86_400_000;
        let now = server::now();
        let command = StationCommand {
            station: station.to_owned(),
            number: self.next_command(now),
            expires: Wall::from_unix_ms(now.unix_ms() + DAY_MS),
            order,
        };
        Ok(jws::sign(
            Purpose::StationCommand,
            self.keys.command(),
            &command,
        )?)
    }

    /// Milliseconds since 1970 count up by themselves over restarts, and by one within the same millisecond.
    fn next_command(&self, now: Wall) -> u64 {
        let now = now.unix_ms().unsigned_abs();
        let last = self
            .last_command
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(now.max(last + 1))
            });
        last.map_or(now, |last| now.max(last + 1))
    }

    /// The batches as booths get them, by feature code.
    pub fn signed_batches(&self) -> impl Iterator<Item = (&FeatureCode, &str)> {
        let batches = self.batches.iter();
        batches.map(|(code, batch)| (code, batch.token.as_str()))
    }

    /// The batch that a feature code names: exactly, else the only one that differs in capitals alone.
    fn batch(&self, code: &FeatureCode) -> Option<&SignedBatchFile> {
        self.batches.get(code).or_else(|| {
            let mut alike = self.batches.iter().filter(|(known, _)| known.is_like(code));
            let (_, batch) = alike.next()?;
            alike.next().is_none().then_some(batch)
        })
    }

    /// The keys that verify this platform's receipts.
    pub fn receipt_keys(&self) -> KeySet {
        self.keys.receipt_keys()
    }

    /// Every stored capture, in the order in which they came.
    pub fn captures(&self) -> Result<Vec<CaptureId>, PlatformError> {
        Ok(self.rows().captures()?)
    }

    /// Opens and verifies a stored parcel again.
    pub fn open_parcel(&self, id: CaptureId) -> Result<Opened, PlatformError> {
        let row = self.rows().capture(id)?.ok_or(PlatformError::Unknown(id))?;
        let keys = self.station_keys(&row.station)?.unwrap_or_default();
        let claim = Claim {
            station: &row.station,
            keys: &keys,
            id,
            seq: row.seq,
        };
        parcel::open(&self.shelf.get(id)?, self.keys.identity(), &claim)
            .map_err(|why| PlatformError::Damaged { id, why })
    }

    /// Keeps a parcel: opens, verifies and stores it, and only then signs for it.
    fn keep(&self, claim: &Claim<'_>, bytes: &[u8], now: Wall) -> Result<Kept, PlatformError> {
        let sha256 = sha256_hex(bytes);
        if let Some(row) = self.rows().capture(claim.id)? {
            return self.kept_before(claim, &row, &sha256);
        }
        let opened = match parcel::open(bytes, self.keys.identity(), claim) {
            Ok(opened) => opened,
            Err(why) => return Ok(Kept::Unopened(why)),
        };
        // From here on one at a time: looked at again, because a twin may have come meanwhile.
        let rows = self.rows();
        if let Some(row) = rows.capture(claim.id)? {
            return self.kept_before(claim, &row, &sha256);
        }
        if rows.is_withdrawn(claim.id)? {
            return Ok(Kept::Withdrawn);
        }
        self.shelf.put(claim.id, bytes)?;
        let audit = opened.manifest.audit;
        let row = Stored {
            station: claim.station.to_owned(),
            seq: claim.seq,
            sha256,
            at: now,
            audit_lines: audit.as_ref().map(|head| head.lines),
        };
        suspect(&rows, claim, audit.as_ref(), now)?;
        rows.add_capture(claim.id, &row, bytes.len())?;
        drop(rows);
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

    /// The same row gives the same receipt, bit by bit.
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

    /// Takes a heartbeat: compares where the booth's audit log ends with what was heard before, and tells what is known.
    fn beat(
        &self,
        station: &str,
        beat: &Heartbeat,
        now: Wall,
    ) -> Result<HeartbeatAnswer, PlatformError> {
        let rows = self.rows();
        // Only with other heartbeats: a capture may overtake one, and its manifest with it.
        let before = rows.last_beat(station)?.map(|beat| beat.audit);
        let then_differs = match &beat.audit_then {
            Some(then) => rows.contradicts(station, then)?,
            None => false,
        };
        let is_shorter = before
            .as_ref()
            .is_some_and(|before| before.lines > beat.audit.lines);
        if is_shorter || then_differs || rows.contradicts(station, &beat.audit)? {
            rows.raise(station, StationAlarm::AuditAltered, now)?;
            rows.begin_heads_anew(station, &beat.audit, now)?;
        } else {
            rows.hear_head(station, &beat.audit, now)?;
        }
        rows.see_station(station, &serde_json::to_string(beat)?, now)?;
        Ok(HeartbeatAnswer {
            known_seq: rows.known_seq(station)?,
            at: now,
            audit: before,
            alarms: rows.alarms(station)?,
            keys_version: self.keys.version(),
        })
    }

    /// Opens a trial, and says so; `None` if it is not sealed to this platform.
    fn open_trial(
        &self,
        station: &str,
        sealed: &[u8],
        now: Wall,
    ) -> Result<Option<String>, PlatformError> {
        let Ok(random) = parcel::decrypt(sealed, self.keys.identity()) else {
            return Ok(None);
        };
        let receipt = KeyTrialReceipt {
            station: station.to_owned(),
            sha256: sha256_hex(&random),
            at: now,
        };
        let signed = jws::sign(Purpose::KeyTrial, self.keys.receipt(), &receipt)?;
        Ok(Some(signed))
    }

    /// What is wrong with a booth.
    pub fn alarms(&self, station: &str) -> Result<Vec<StationAlarm>, PlatformError> {
        Ok(self.rows().alarms(station)?)
    }

    /// Somebody looked into what is wrong with a booth.
    pub fn clear_alarms(&self, station: &str) -> Result<(), PlatformError> {
        Ok(self.rows().clear_alarms(station)?)
    }

    fn station_keys(&self, station: &str) -> Result<Option<KeySet>, PlatformError> {
        let key = self.rows().station_key(station)?;
        Ok(key.as_deref().and_then(public_key).map(KeySet::one))
    }

    /// A panic elsewhere cannot leave a transaction half done, so a poisoned lock is as good as any.
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Raises the alarms that a new capture gives cause for. It is stored all the same: whoever sits in it did nothing wrong.
fn suspect(
    rows: &Rows,
    claim: &Claim<'_>,
    audit: Option<&AuditHead>,
    now: Wall,
) -> Result<(), PlatformError> {
    let (station, seq) = (claim.station, claim.seq);
    if rows.has_number_twice(station, seq, claim.id)? {
        rows.raise(station, StationAlarm::SequenceForked, now)?;
    }
    let Some(head) = audit else { return Ok(()) };
    if rows.contradicts(station, head)? || rows.log_shrank(station, seq, head.lines)? {
        rows.raise(station, StationAlarm::AuditAltered, now)?;
    }
    Ok(rows.hear_head(station, head, now)?)
}

fn sign_batch(batch: &Batch, keys: &Keys) -> Result<String, PlatformError> {
    Ok(jws::sign(Purpose::BatchManifest, keys.manifest(), batch)?)
}

/// Reads and signs every `*.json` of `folder`; a new folder gets the demonstration batch.
fn batches(
    folder: &Path,
    keys: &Keys,
) -> Result<BTreeMap<FeatureCode, SignedBatchFile>, PlatformError> {
    if !folder.exists() {
        shelf::private_folder(folder)?;
        let demo = demo_batch();
        let file = format!("{}.json", demo.feature_code.as_str());
        shelf::write_durably(&folder.join(file), &serde_json::to_vec_pretty(&demo)?)?;
    }
    let mut batches = BTreeMap::new();
    for path in json_files(folder)? {
        let batch: Batch =
            serde_json::from_slice(&fs::read(&path)?).map_err(|why| PlatformError::Batch {
                file: path.file_name().unwrap_or_default().display().to_string(),
                why: why.to_string(),
            })?;
        let token = sign_batch(&batch, keys)?;
        let signed = SignedBatchFile {
            school: batch.school,
            etag: format!("\"{}\"", sha256_hex(token.as_bytes())),
            token,
        };
        batches.insert(batch.feature_code, signed);
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
