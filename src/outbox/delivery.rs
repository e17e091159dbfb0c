//! Delivery, as the outbox sees it: what is due, its bytes, and what an answer means for it.

use std::{io, path::PathBuf, time::Duration};

use super::{
    Act, LONGEST_RETRY_AFTER, LONGEST_WAIT, Note, NoteName, Outbox, OutboxError, ParcelName, Step,
    backoff,
    container::{self, Parts},
    gate::Gate,
    index::{IndexError, Row, notes::NoteState},
    notes::consent_of,
    passed, randomness,
};
use crate::{
    booth::{Quarantine, QueueState},
    capture::CaptureId,
    contract::{CONSENT_NOTE, CaptureReceipt, Refusal, sha256_hex},
    jws::{self, JwsError, Purpose},
    time::{Mono, Now, Wall},
};

/// Why a parcel is kept aside that the disk has damaged.
pub(super) const DAMAGED: &str = "the parcel's bytes no longer have their hash";

/// The longest reason kept beside a parcel, characters.
const LONGEST_REASON: usize = 200;

/// One parcel as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Parcel {
    pub id: CaptureId,
    pub seq: u64,
    pub bytes: Vec<u8>,
    /// Hex SHA-256 of `bytes`, just computed.
    pub sha256: String,
}

impl Parcel {
    /// None if the bytes do not have the hash that they should have.
    fn checked(id: CaptureId, seq: u64, bytes: Vec<u8>, expected: &str) -> Option<Self> {
        let sha256 = sha256_hex(&bytes);
        (sha256 == expected).then_some(Self {
            id,
            seq,
            bytes,
            sha256,
        })
    }
}

/// What came of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The platform says that it stored the parcel, and this is its word (JWS), not verified yet.
    Stored { receipt: String },
    /// Not this one, not now; `why` is for staff and holds no person.
    Later {
        after: Option<Duration>,
        why: String,
    },
    /// Nobody is served now: no answer, or one that says so. Otherwise as [`Self::Later`].
    Unserved {
        after: Option<Duration>,
        why: String,
    },
    /// Never, as it is.
    Parked(Refusal),
}

/// An answer, and what it is to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    Parcel(CaptureId, Answer),
    Note(NoteName, Answer),
}

impl Answered {
    /// Whether both answer for one parcel, or for one note.
    pub(super) fn is_about_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Parcel(one, _), Self::Parcel(other, _)) => one == other,
            (Self::Note(one, _), Self::Note(other, _)) => one == other,
            (Self::Parcel(..), Self::Note(..)) | (Self::Note(..), Self::Parcel(..)) => false,
        }
    }

    const fn id(&self) -> CaptureId {
        match self {
            Self::Parcel(id, _) => *id,
            Self::Note(name, _) => name.id,
        }
    }

    pub const fn answer(&self) -> &Answer {
        match self {
            Self::Parcel(_, answer) | Self::Note(_, answer) => answer,
        }
    }
}

/// A receipt that verifies, for what still waits.
pub(super) enum Good {
    Parcel(ParcelName, Receipt),
    Note(NoteName, Receipt),
}

/// A receipt that was verified, and when the platform stored what it is for.
pub(super) struct Receipt {
    pub token: String,
    pub stored_at: Wall,
}

/// A capture's place, and the hashes that its parts must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    pub id: CaptureId,
    seq: u64,
    path: PathBuf,
    sha256: String,
    /// Of the consent record, as long as it still has to be brought.
    consent_sha256: Option<String>,
}

/// What a courier carries of a capture.
#[derive(Clone, PartialEq, Eq)]
pub struct Load {
    pub parcel: Parcel,
    /// It follows once the parcel is stored; `None` if it is brought by itself.
    pub consent: Option<Note>,
}

impl Located {
    /// The parcel and its consent record, if the parcel's bytes are there and as they should be.
    pub fn read(&self) -> Option<Load> {
        let Parts { consent, parcel } = container::read(&self.path).ok()?;
        Some(Load {
            parcel: Parcel::checked(self.id, self.seq, parcel, &self.sha256)?,
            consent: consent.and_then(|bytes| self.consent(bytes)),
        })
    }

    fn consent(&self, bytes: Vec<u8>) -> Option<Note> {
        let name = consent_of(ParcelName {
            seq: self.seq,
            id: self.id,
        });
        Note::checked(name, bytes, self.consent_sha256.as_ref()?)
    }
}

/// What an answer led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The receipt verified; the parcel is gone.
    Delivered,
    /// It is brought again after `wait`.
    Later { wait: Duration, why: String },
    /// It is kept aside, for staff.
    Parked,
}

impl Outbox {
    /// Up to `limit` captures whose time has come, those longest due first. Each is handed out
    /// once, until [`Self::settle`]. While the platform does not answer it is one at a time, and
    /// seldom.
    pub fn due(&mut self, now: Now, limit: usize) -> Vec<CaptureId> {
        let taken = self
            .schedule
            .take(now.mono, self.gate.admits(limit, now.mono));
        if !taken.is_empty() {
            self.gate.began(now.mono);
        }
        taken
    }

    /// How many captures and notes wait, due or not.
    pub fn waiting(&self) -> usize {
        self.schedule.waiting() + self.note_schedule.waiting()
    }

    /// A capture that was handed out was not sent after all: it is the next one again.
    pub fn put_back(&mut self, id: CaptureId) {
        self.schedule.put_back(id, Mono::default());
    }

    /// The same of a note.
    pub fn put_back_note(&mut self, name: NoteName) {
        self.note_schedule.put_back(name, Mono::default());
    }

    /// When the next parcel or note will be due, if any waits.
    pub fn next_due(&self) -> Option<Mono> {
        [self.schedule.next(), self.note_schedule.next()]
            .into_iter()
            .flatten()
            .min()
            .map(|due| self.gate.earliest(due))
    }

    /// The link came back: everything that waits is due now.
    pub fn nudge(&mut self, now: Now) {
        self.gate = Gate::default();
        self.schedule.nudge(now.mono);
        self.note_schedule.nudge(now.mono);
    }

    /// The parcel's bytes, looked at again. One that the disk has damaged goes to quarantine and is
    /// named; one that cannot be read now is due again later.
    ///
    /// After an error the capture is not handed out any more: there is nothing to settle.
    pub fn parcel(&mut self, id: CaptureId, now: Now) -> Result<Parcel, OutboxError> {
        let parcel = self.read_parcel(id, now);
        if parcel.is_err() {
            self.gate.not_sent(now.mono);
            self.schedule.put_back(id, now.mono.plus(LONGEST_WAIT));
        }
        parcel
    }

    /// Where a capture lies, for a courier that reads it without holding up the outbox. One that it
    /// cannot read as it should be is asked for by [`Self::parcel`], which finds out why.
    pub fn locate(&self, id: CaptureId) -> Result<Located, OutboxError> {
        let row = self.require(id)?;
        let consent = self.index.note(id, CONSENT_NOTE)?;
        let waits = consent.filter(|note| note.state == NoteState::Queued);
        Ok(Located {
            id,
            seq: row.name.seq,
            path: self.parcels.path(row.name),
            sha256: row.sha256,
            consent_sha256: waits.map(|note| note.sha256),
        })
    }

    /// Acts on several answers at once: those that are good cost one commit together. What each led
    /// to, in the same order.
    pub fn settle_all(
        &mut self,
        answers: Vec<Answered>,
        now: Now,
    ) -> Vec<(CaptureId, Result<Settled, OutboxError>)> {
        let judged: Vec<(Option<Good>, Answered)> = answers
            .into_iter()
            .map(|answered| (self.good(&answered), answered))
            .collect();
        let good: Vec<&Good> = judged
            .iter()
            .filter_map(|(good, _)| good.as_ref())
            .collect();
        let is_committed = !good.is_empty() && self.index.deliver(&good, now.wall).is_ok();
        let settled = judged.into_iter().map(|(good, answered)| {
            let id = answered.id();
            let result = match (answered, good) {
                (_, Some(good)) if is_committed => {
                    self.clear_away(&good, now);
                    Ok(Settled::Delivered)
                }
                (Answered::Parcel(id, answer), _) => self.settle(id, answer, now),
                (Answered::Note(name, answer), _) => self.settle_note(name, answer, now),
            };
            (id, result)
        });
        settled.collect()
    }

    /// Acts on answers that couriers brought, as [`Self::settle_all`] does, and on what they say of
    /// the platform: while it serves nobody one delivery at a time is handed out, and everything
    /// that waits is due once it answers again.
    pub fn hear(
        &mut self,
        answers: Vec<Answered>,
        now: Now,
    ) -> Vec<(CaptureId, Result<Settled, OutboxError>)> {
        let mut is_back = false;
        for answered in &answers {
            match answered.answer() {
                Answer::Unserved { after, .. } => {
                    // Without randomness the wait is the longest.
                    let random = randomness().map_or(u64::MAX, u64::from_ne_bytes);
                    self.gate.failed(*after, random, now.mono);
                }
                Answer::Stored { .. } | Answer::Later { .. } | Answer::Parked(_) => {
                    is_back |= self.gate.answered();
                }
            }
        }
        let settled = self.settle_all(answers, now);
        if is_back {
            self.nudge(now);
        }
        settled
    }

    /// An answer that may be acted upon at once: its receipt verifies, and what it is for still
    /// waits.
    fn good(&self, answered: &Answered) -> Option<Good> {
        match answered {
            Answered::Parcel(id, Answer::Stored { receipt }) => {
                let row = self.index.row(*id).ok().flatten()?;
                let waits = matches!(row.state, QueueState::Queued | QueueState::Quarantined(_));
                let stored_at = self.verify_receipt(&row, receipt).ok().filter(|_| waits)?;
                let token = receipt.clone();
                Some(Good::Parcel(row.name, Receipt { token, stored_at }))
            }
            Answered::Note(name, Answer::Stored { receipt }) => {
                let row = self.index.note(name.id, name.number).ok().flatten()?;
                let stored_at = self.verify_note_receipt(&row, receipt).ok()?;
                let token = receipt.clone();
                Some(Good::Note(*name, Receipt { token, stored_at }))
            }
            Answered::Parcel(..) | Answered::Note(..) => None,
        }
    }

    /// The index first: after a crash between the two what was delivered is removed at the next
    /// start.
    pub(super) fn deliver(&mut self, good: &Good, now: Now) -> Result<Settled, OutboxError> {
        match self.index.deliver(&[good], now.wall) {
            Err(IndexError::DiskFull) => {
                self.ballast.release();
                self.index.deliver(&[good], now.wall)?;
            }
            other => other?,
        }
        self.clear_away(good, now);
        Ok(Settled::Delivered)
    }

    /// Removes what is committed as delivered, and lets the next note of its capture follow.
    fn clear_away(&mut self, good: &Good, now: Now) {
        let id = match good {
            Good::Parcel(name, _) => {
                self.forget_parcel(*name);
                name.id
            }
            Good::Note(name, _) => {
                self.note_schedule.drop(*name);
                if self.retention.is_zero() {
                    self.forget_note(*name);
                }
                name.id
            }
        };
        self.ballast.lay();
        self.schedule_note(id, now.mono);
    }

    /// Acts on what came of a delivery. Only a receipt that verifies, for this station, id, hash
    /// and number, removes the parcel.
    pub fn settle(
        &mut self,
        id: CaptureId,
        answer: Answer,
        now: Now,
    ) -> Result<Settled, OutboxError> {
        let settled = self
            .require(id)
            .and_then(|row| self.act_on(&row, answer, now));
        if settled.is_err() {
            // The index did not take it: the parcel stays, and the platform will answer the same
            // again.
            self.schedule.put_back(id, now.mono.plus(LONGEST_WAIT));
        }
        settled
    }

    /// Puts a quarantined capture back into the queue.
    pub fn retry(&mut self, id: CaptureId, now: Now) -> Result<(), OutboxError> {
        let row = self.require(id)?;
        if !matches!(row.state, QueueState::Quarantined(_)) {
            return Err(OutboxError::NotInQuarantine(id));
        }
        self.index.set_state(&[id], QueueState::Queued, None)?;
        self.schedule.put(id, row.name.seq, now.mono);
        self.note(
            Act::RetryAsked {
                seq: row.name.seq,
                id,
            },
            now.wall,
        );
        Ok(())
    }

    fn read_parcel(&mut self, id: CaptureId, now: Now) -> Result<Parcel, OutboxError> {
        let row = self.require(id)?;
        let seq = row.name.seq;
        let why = match self.parcels.read(row.name) {
            Ok(bytes) => {
                if let Some(parcel) = Parcel::checked(id, seq, bytes, &row.sha256) {
                    return Ok(parcel);
                }
                DAMAGED
            }
            Err(why) if why.kind() == io::ErrorKind::NotFound => "the parcel's file is missing",
            Err(why) => {
                self.later(&row, None, "the parcel's file cannot be read", now)?;
                return Err(why.into());
            }
        };
        self.quarantine(&row, Quarantine::Damaged, why, now)?;
        Err(OutboxError::Damaged { seq, id })
    }

    fn act_on(&mut self, row: &Row, answer: Answer, now: Now) -> Result<Settled, OutboxError> {
        match (row.state, answer) {
            (QueueState::Delivered | QueueState::Withdrawn, _) => Ok(Settled::Delivered),
            (_, Answer::Stored { receipt }) => match self.verify_receipt(row, &receipt) {
                Ok(stored_at) => {
                    let token = receipt;
                    self.deliver(&Good::Parcel(row.name, Receipt { token, stored_at }), now)
                }
                Err(lie) => {
                    self.note(
                        Act::ReceiptRefused {
                            seq: row.name.seq,
                            id: row.name.id,
                        },
                        now.wall,
                    );
                    self.later(row, None, &lie.to_string(), now)
                }
            },
            (QueueState::Quarantined(_), _) => Ok(Settled::Parked),
            (
                QueueState::Queued,
                Answer::Later { after, why } | Answer::Unserved { after, why },
            ) => self.later(row, after, &why, now),
            (QueueState::Queued, Answer::Parked(refusal)) => {
                self.quarantine(
                    row,
                    Quarantine::Refused(refusal),
                    refusal_in_words(refusal),
                    now,
                )?;
                Ok(Settled::Parked)
            }
        }
    }

    /// Returns when the platform stored the parcel, if its receipt is true.
    pub(super) fn verify_receipt(&self, row: &Row, receipt: &str) -> Result<Wall, Lie> {
        let said: CaptureReceipt =
            jws::verify(Purpose::CaptureReceipt, receipt, &self.receipt_keys)?;
        if said.station != self.sealing.station() {
            return Err(Lie::Station);
        }
        if said.id != row.name.id {
            return Err(Lie::Id);
        }
        if said.hash != row.sha256 {
            return Err(Lie::Hash);
        }
        if said.seq != row.name.seq {
            return Err(Lie::Seq);
        }
        Ok(said.stored_at)
    }

    /// Removes a parcel whose delivery is committed, unless the platform asks for it to be kept.
    fn forget_parcel(&mut self, name: ParcelName) {
        self.schedule.drop(name.id);
        passed(Step::DeliveryIndexed);
        if self.retention.is_zero() {
            self.remove_parcel(name);
        }
        passed(Step::ParcelRemoved);
    }

    /// Whether a consent record still has to be kept when its parcel goes.
    pub(super) fn keeps_consent(&self, name: NoteName) -> bool {
        let note = self.index.note(name.id, name.number);
        let is_delivered = matches!(note, Ok(Some(row)) if row.state == NoteState::Delivered);
        !is_delivered || self.is_newest(name)
    }

    fn later(
        &mut self,
        row: &Row,
        after: Option<Duration>,
        why: &str,
        now: Now,
    ) -> Result<Settled, OutboxError> {
        let why = one_line(why);
        let wait = wait_for(row.attempts, after)?;
        if row.state == QueueState::Queued {
            self.schedule
                .put(row.name.id, row.name.seq, now.mono.plus(wait));
        }
        self.index.count_attempt(row.name.id, &why)?;
        Ok(Settled::Later { wait, why })
    }

    fn quarantine(
        &mut self,
        row: &Row,
        cause: Quarantine,
        why: &str,
        now: Now,
    ) -> Result<(), OutboxError> {
        let ParcelName { seq, id } = row.name;
        self.index
            .set_state(&[id], QueueState::Quarantined(cause), Some(why))?;
        self.schedule.drop(id);
        let act = match cause {
            Quarantine::Damaged => Act::ParcelDamaged { seq, id },
            Quarantine::Refused(_) => Act::ParcelRefused { seq, id },
        };
        self.note(act, now.wall);
        Ok(())
    }
}

/// How long until the next attempt, after so many and what the platform asked for.
pub(super) fn wait_for(attempts: u32, after: Option<Duration>) -> Result<Duration, OutboxError> {
    let random = u64::from_ne_bytes(randomness()?);
    Ok(backoff(attempts, random).max(after.unwrap_or_default().min(LONGEST_RETRY_AFTER)))
}

/// Why a receipt is not believed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lie {
    #[error("the platform's receipt is not believed: {0}")]
    Signature(#[from] JwsError),
    #[error("the platform's receipt names another station")]
    Station,
    #[error("the platform's receipt names another capture")]
    Id,
    #[error("the platform's receipt names other bytes")]
    Hash,
    #[error("the platform's receipt names another number")]
    Seq,
}

pub(super) const fn refusal_in_words(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::OtherBytesUnderId => {
            "the platform holds other bytes, or a withdrawal, under this id"
        }
        Refusal::TooLarge => "the platform does not take a parcel this large",
        Refusal::NotOpened => "the platform could not open or verify the parcel",
    }
}

/// What a stranger said, fit for a list: printable, one line, bounded.
pub(super) fn one_line(why: &str) -> String {
    why.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST_REASON)
        .collect()
}
