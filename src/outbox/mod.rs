//! The outbox: from the confirmed picture to the platform's verified receipt, nothing is lost and
//! nothing is readable.
//!
//! A capture is sealed in memory (`seal.rs`), written as one file (`container.rs`, `parcels.rs`)
//! and noted in the index; only then is it saved. The writing order is: the file beside its place;
//! rename it; sync it; sync its folder; one index transaction. After a crash between any two of
//! these, [`Outbox::open`] finds either nothing or the whole capture. A save that fails is undone
//! durably before the screen says so. A parcel is removed only after its delivery, shown by a
//! receipt that verifies, is committed in the index; later where the platform asks for it
//! (`retained.rs`).

mod audit;
mod container;
mod delivery;
mod desk;
mod disk;
mod duty;
mod export;
mod gate;
mod index;
mod notes;
mod opening;
mod orders;
mod parcels;
mod retained;
mod schedule;
mod seal;
mod space;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod notes_tests;
#[cfg(test)]
mod orders_tests;
#[cfg(test)]
mod sheets_tests;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod crash_points;

use std::{
    collections::BTreeSet,
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub use audit::{Act, Altered, Audit, verify as verify_audit};
pub use delivery::{Answer, Answered, Load, Located, Parcel, Settled};
pub use desk::{day_sheets, look, retry_offline};
pub use export::{Exported, Imported, RECEIPTS_TOGETHER, export};
pub use notes::{Note, NoteName};
pub use opening::Opening;
pub use orders::OrderRow;
pub use parcels::ParcelName;
pub use retained::LONGEST_RETENTION;
pub use schedule::{LONGEST_RETRY_AFTER, LONGEST_WAIT, backoff};
pub use seal::{SUITE, Sealing, Trial};
pub use space::{RESERVE_BYTES, Space};

use crate::{
    booth::{Quarantine, QueueCounts, QueueRow, QueueState},
    capture::{AuditHead, Capture, CaptureId},
    contract::NoteRef,
    jws::KeySet,
    time::{Mono, Now, Wall},
};
use gate::Gate;
use index::{Index, IndexError, Row};
use notes::Amendments;
use parcels::Parcels;
use schedule::Schedule;
use seal::Number;
use space::Ballast;

/// The index's file name.
pub const INDEX_FILE: &str = "index.sqlite";
/// The schema of the index that this program reads and writes.
pub const SCHEMA: u32 = index::SCHEMA;
/// A copy of the index, on which a release on trial rehearses.
const REHEARSED: &str = "index.rehearsed.sqlite";
/// The audit log's file name.
pub const AUDIT_FILE: &str = "audit.jsonl";
const LOCK_FILE: &str = "lock";

/// The platform may tell of at most this many numbers that the booth does not know.
const LARGEST_LEAP: u64 = 1_000_000;

#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    #[error("the disk is full: free some space, nothing that was saved is lost")]
    DiskFull,
    #[error(
        "the stick is full: take a larger one, or delete what is on it; nothing of this export was left there"
    )]
    StickFull,
    #[error(
        "the stick is write-protected: move its switch, or take another one; nothing was written"
    )]
    StickReadOnly,
    #[error("the stick cannot be written ({0}): try another one")]
    Stick(#[source] io::Error),
    #[error("another kiosk is using this outbox: stop it first")]
    InUse,
    #[error(
        "the index {INDEX_FILE} was written by a newer program (its schema is {found}, this program knows {known}): update this one"
    )]
    NewerIndex { found: u32, known: u32 },
    #[error("there is no outbox here yet: the kiosk makes it at its first start")]
    NoOutbox,
    #[error("the platform's recipient key is not an age X25519 recipient: enrol this booth again")]
    Recipient,
    #[error("no capture {0} is in this outbox")]
    Unknown(CaptureId),
    #[error("capture {0} is not in quarantine")]
    NotInQuarantine(CaptureId),
    #[error("parcel {seq} of capture {id} was damaged by the disk and is kept aside")]
    Damaged { seq: u64, id: CaptureId },
    #[error("note {number} about capture {id} was lost or damaged by the disk")]
    NoteDamaged { id: CaptureId, number: u32 },
    #[error("whether capture {0} is saved is not known yet: the disk refuses what would undo it")]
    Undecided(CaptureId),
    #[error("capture {0} was withdrawn and destroyed: nothing about it can change any more")]
    Withdrawn(CaptureId),
    #[error("the capture could not be sealed ({0})")]
    Seal(#[source] io::Error),
    #[error("the operating system gives no randomness ({0})")]
    Randomness(getrandom::Error),
    #[error("the index cannot be used ({0})")]
    Index(String),
    #[error("{0}")]
    IndexInDoubt(String),
    #[error("files of the outbox cannot be used ({0})")]
    Io(#[source] io::Error),
}

impl From<io::Error> for OutboxError {
    fn from(why: io::Error) -> Self {
        if matches!(
            why.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        ) {
            return Self::DiskFull;
        }
        Self::Io(why)
    }
}

/// Rehearses on a copy what opening `folder` would do to an index of an earlier schema. Returns
/// whether there is anything to do; nothing is changed.
pub fn rehearse(folder: &Path) -> Result<bool, OutboxError> {
    let copy = folder.join(REHEARSED);
    Ok(index::rehearse(&folder.join(INDEX_FILE), &copy)?)
}

impl From<IndexError> for OutboxError {
    fn from(why: IndexError) -> Self {
        match why {
            IndexError::Newer { found, known } => Self::NewerIndex { found, known },
            IndexError::DiskFull => Self::DiskFull,
            IndexError::Create(why) => why.into(),
            IndexError::InDoubt(_) => Self::IndexInDoubt(why.to_string()),
            IndexError::Damaged(_) | IndexError::Sqlite(_) => Self::Index(why.to_string()),
        }
    }
}

/// A capture that survives power loss from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    pub id: CaptureId,
    pub seq: u64,
    pub bytes: u64,
    /// Hex SHA-256 of the parcel.
    pub sha256: String,
}

/// The steps of saving and settling between which the power may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    CaptureStaged,
    CaptureRenamed,
    CaptureSynced,
    CaptureDurable,
    Indexed,
    DeliveryIndexed,
    ParcelRemoved,
}

/// Where a test cuts the power.
#[cfg(test)]
use tests::passed;
#[cfg(not(test))]
const fn passed(_step: Step) {}

/// A save that failed.
#[derive(Clone, Copy, Debug)]
struct Undecided {
    name: ParcelName,
    row: RowLeft,
}

/// Whether a row that the index refused may come back after a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RowLeft {
    No,
    Perhaps,
}

impl RowLeft {
    fn after(why: &OutboxError) -> Self {
        if matches!(why, OutboxError::IndexInDoubt(_)) {
            Self::Perhaps
        } else {
            Self::No
        }
    }
}

/// The one owner of a booth's outbox folder.
pub struct Outbox {
    folder: PathBuf,
    sealing: Sealing,
    receipt_keys: KeySet,
    parcels: Parcels,
    ballast: Ballast,
    index: Index,
    schedule: Schedule<CaptureId>,
    gate: Gate,
    amendments: Amendments,
    note_schedule: Schedule<NoteName>,
    /// Captures whose next note could not be looked for.
    unscheduled: BTreeSet<CaptureId>,
    audit: Audit,
    /// The operator whose PIN was typed last: visits and acts of staff are theirs.
    on_duty: Option<u32>,
    /// How long deliveries are kept; usually not at all.
    retention: Duration,
    /// When everything kept was queued again last.
    sent_again_at: Option<Mono>,
    /// The capture whose save failed and is not undone yet: nobody may be told of it.
    undecided: Option<Undecided>,
    opening: Opening,
    /// Held as long as this outbox is open.
    _lock: File,
}

impl Outbox {
    /// Opens the outbox in `folder`, making it if it is new, and ends what a crash left half done
    /// ([`Self::opening`] tells).
    ///
    /// `receipt_keys` are the platform's keys for capture receipts.
    pub fn open(
        folder: &Path,
        sealing: Sealing,
        receipt_keys: KeySet,
        now: Now,
    ) -> Result<Self, OutboxError> {
        let mut outbox = opening::open(folder, sealing, receipt_keys, now)?;
        outbox.reconcile(now)?;
        outbox.reconcile_notes()?;
        outbox.index.end_visits()?;
        Ok(outbox)
    }

    /// What had to be put right when the outbox was opened.
    pub const fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Seals `capture` and makes it durable. When this returns `Ok`, and not before, the student
    /// may be told "done".
    ///
    /// The same capture again is one parcel: the first one's facts come back. After an error
    /// nothing of it is left, also after power loss: another picture may be offered under its id.
    /// [`OutboxError::Undecided`] alone says neither: it may be saved.
    pub fn save(&mut self, capture: &Capture, now: Now) -> Result<Saved, OutboxError> {
        self.decide()?;
        let id = capture.facts.id;
        if let Some(row) = self.index.row(id)? {
            return saved_before(&row);
        }
        let hmac = self.hmac_of_today(capture.code.bytes(), now)?;
        let sequence = self.index.sequence()?;
        let name = ParcelName {
            seq: sequence.last + 1,
            id,
        };
        let number = Number {
            seq: name.seq,
            gap_before: sequence.gap_before_next,
        };
        let sealed = self.sealing.seal(capture, number, self.audit.head())?;
        let row = Row {
            name,
            state: QueueState::Queued,
            bytes: sealed.bytes,
            sha256: sealed.sha256.clone(),
            suite: SUITE.to_owned(),
            confirmed_at: now.wall,
            attempts: 0,
            last_error: None,
        };
        let saved = saved_before(&row)?;
        let staged = self.parcels.stage(name, &sealed.file)?;
        if let Err(why) = self.keep(&row, &staged, &sealed.consent_sha256, &hmac) {
            let row = RowLeft::after(&why);
            self.undecided = Some(Undecided { name, row });
            self.decide()?;
            return Err(why);
        }
        self.schedule.put(id, name.seq, now.mono);
        passed(Step::Indexed);
        Ok(saved)
    }

    /// Gives a staged file its name, and the capture its row.
    fn keep(
        &mut self,
        row: &Row,
        staged: &File,
        consent_sha256: &str,
        hmac: &[u8; 32],
    ) -> Result<(), OutboxError> {
        self.parcels.publish(row.name, staged)?;
        let operator = self.on_duty.unwrap_or_default();
        Ok(self.index.add(row, consent_sha256, hmac, operator)?)
    }

    /// Undoes a save that failed. Once this is `Ok` the capture is not saved, and its person may be
    /// told so.
    pub fn decide(&mut self) -> Result<(), OutboxError> {
        let Some(undecided) = self.undecided else {
            return Ok(());
        };
        if let Err(why) = self.undo(undecided) {
            tracing::error!("A save that failed cannot be undone yet: {why}");
            return Err(OutboxError::Undecided(undecided.name.id));
        }
        self.undecided = None;
        Ok(())
    }

    /// The row first: a parcel without one is whole, a row without its parcel is not.
    fn undo(&mut self, undecided: Undecided) -> Result<(), OutboxError> {
        if undecided.row == RowLeft::Perhaps {
            self.index.settle_doubt()?;
        }
        Ok(self.parcels.discard(undecided.name)?)
    }

    /// Up to `limit` rows for staff: what is not done, oldest first, then what is, newest first.
    pub fn queue(&self, limit: u32) -> Result<Vec<QueueRow>, OutboxError> {
        Ok(self
            .index
            .queue(limit)?
            .into_iter()
            .map(Row::for_staff)
            .collect())
    }

    pub fn counts(&self) -> Result<QueueCounts, OutboxError> {
        Ok(self.index.counts()?)
    }

    /// The number of the last capture; 0 before the first.
    pub fn last_seq(&self) -> Result<u64, OutboxError> {
        Ok(self.index.sequence()?.last)
    }

    /// Returns the number of the capture that the platform stored last, by its receipts, if it gave
    /// any since the booth was enrolled last: a platform that does not know it has lost what came
    /// since a backup.
    pub fn delivered_seq(&self) -> Result<Option<u64>, OutboxError> {
        let last = self.index.last_delivered()?;
        let own = last.filter(|(row, receipt)| self.verify_receipt(row, receipt).is_ok());
        Ok(own.map(|(row, _)| row.name.seq))
    }

    /// The same of notes.
    pub fn delivered_note(&self) -> Result<Option<NoteRef>, OutboxError> {
        let last = self.index.last_note_delivered()?;
        let own = last.filter(|(row, receipt)| self.verify_note_receipt(row, receipt).is_ok());
        Ok(own.map(|(row, _)| NoteRef {
            id: row.name.id,
            number: row.name.number,
        }))
    }

    /// When the oldest capture that is not at the platform yet was confirmed.
    pub fn oldest_undelivered(&self) -> Result<Option<Wall>, OutboxError> {
        Ok(self.index.oldest_undelivered()?)
    }

    /// The platform's receipt of a delivered capture.
    pub fn receipt(&self, id: CaptureId) -> Result<Option<String>, OutboxError> {
        Ok(self.index.receipt(id)?)
    }

    /// Free disk, counted in captures above the reserve.
    pub fn space(&self) -> Result<Space, OutboxError> {
        Ok(space::of(&self.folder, self.index.mean_bytes()?)?)
    }

    /// The capture that was saved here today with the same 采集码.
    pub fn captured_today(
        &mut self,
        code: &[u8],
        now: Now,
    ) -> Result<Option<CaptureId>, OutboxError> {
        let hmac = self.hmac_of_today(code, now)?;
        Ok(self.index.captured_today(&hmac)?)
    }

    /// The platform holds numbers up to `known_seq` of this booth: if that is more than the booth
    /// knows, it goes on after them, with a marked gap. A number beyond reason is not believed.
    pub fn heed_known_seq(&mut self, known_seq: u64, now: Now) -> Result<(), OutboxError> {
        let last = self.index.sequence()?.last;
        if known_seq > last && known_seq - last <= LARGEST_LEAP {
            self.index.leap_to(known_seq)?;
            self.note(
                Act::SequenceRaised {
                    last_seq: known_seq,
                },
                now.wall,
            );
        }
        Ok(())
    }

    /// How many consent records and amendments still have to be brought.
    pub fn notes_queued(&self) -> Result<u64, OutboxError> {
        Ok(self.index.notes_queued()?)
    }

    /// Whether nothing waits to be brought, and nothing is on its way.
    pub fn is_at_rest(&self) -> bool {
        self.schedule.is_at_rest() && self.note_schedule.is_at_rest() && self.unscheduled.is_empty()
    }

    /// Where the audit log ends.
    pub const fn audit_head(&self) -> &AuditHead {
        self.audit.head()
    }

    /// The platform was told earlier that the audit log ended at `told`. Gives where the log ended
    /// at that length; if that is something else, the log was altered, and a line says so.
    pub fn heed_told_head(
        &mut self,
        told: &AuditHead,
        now: Now,
    ) -> Result<Option<AuditHead>, OutboxError> {
        let then = self.audit.head_at(told.lines)?;
        if then.as_ref() != Some(told) {
            tracing::error!("The audit log is not the one that the platform was told of");
            let told_lines = told.lines;
            self.note(Act::LogRolledBack { told_lines }, now.wall);
        }
        Ok(then)
    }

    /// The platform has newer keys: receipts are verified with these, and what is sealed from now
    /// on is for this recipient. One that is no recipient changes nothing but the former.
    pub fn renew_keys(&mut self, receipt_keys: KeySet, recipient: &str) -> Result<(), OutboxError> {
        self.receipt_keys = receipt_keys;
        self.sealing.renew(recipient)
    }

    /// Adds an act of the staff or the system to the audit log.
    pub fn note(&mut self, act: Act, at: Wall) {
        // A log that cannot be written must not stop captures from being kept.
        let by = self.on_duty.filter(|_| act.is_of_staff());
        if let Err(why) = self.audit.append(act, by, at) {
            tracing::error!("The audit log cannot be written: {why}");
        }
    }

    fn require(&self, id: CaptureId) -> Result<Row, OutboxError> {
        self.index.row(id)?.ok_or(OutboxError::Unknown(id))
    }

    /// Tells a code again for the rest of the day, and to nobody after it.
    fn hmac_of_today(&mut self, code: &[u8], now: Now) -> Result<[u8; 32], OutboxError> {
        let day = now.wall.china_date().to_string();
        let key = if let Some(key) = self.index.day_key(&day)? {
            key
        } else {
            let key = randomness()?;
            self.index.begin_day(&day, &key)?;
            opening::forget_damaged_indexes(&self.folder, now.wall)?;
            key
        };
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(code);
        Ok(mac.finalize().into_bytes().into())
    }
}

fn saved_before(row: &Row) -> Result<Saved, OutboxError> {
    let ParcelName { seq, id } = row.name;
    if row.state == QueueState::Quarantined(Quarantine::Damaged) {
        return Err(OutboxError::Damaged { seq, id });
    }
    Ok(Saved {
        id,
        seq,
        bytes: row.bytes,
        sha256: row.sha256.clone(),
    })
}

fn randomness<const N: usize>() -> Result<[u8; N], OutboxError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(OutboxError::Randomness)?;
    Ok(bytes)
}
