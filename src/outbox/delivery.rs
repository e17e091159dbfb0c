//! Delivery, as the outbox sees it: what is due, its bytes, and what an answer means for it.

use std::{io, time::Duration};

use super::{
    Act, LONGEST_RETRY_AFTER, LONGEST_WAIT, Outbox, OutboxError, ParcelName, Step, backoff,
    index::{IndexError, Row},
    passed, randomness,
};
use crate::{
    booth::{Quarantine, QueueState},
    capture::CaptureId,
    contract::{CaptureReceipt, Refusal, sha256_hex},
    jws::{self, JwsError, Purpose},
    time::{Mono, Now},
};

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

/// What came of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The platform says that it stored the parcel, and this is its word (JWS), not verified yet.
    Stored { receipt: String },
    /// Not now; `why` is for staff and holds no person.
    Later {
        after: Option<Duration>,
        why: String,
    },
    /// Never, as it is.
    Parked(Refusal),
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
    /// Up to `limit` captures whose time has come, those longest due first. Each is handed out once, until [`Self::settle`].
    pub fn due(&mut self, now: Now, limit: usize) -> Vec<CaptureId> {
        self.schedule.take(now.mono, limit)
    }

    /// When the next parcel or note will be due, if any waits.
    pub fn next_due(&self) -> Option<Mono> {
        [self.schedule.next(), self.note_schedule.next()]
            .into_iter()
            .flatten()
            .min()
    }

    /// The link came back: everything that waits is due now.
    pub fn nudge(&mut self, now: Now) {
        self.schedule.nudge(now.mono);
        self.note_schedule.nudge(now.mono);
    }

    /// The parcel's bytes, looked at again. One that the disk has damaged goes to quarantine and is named; one that cannot be
    /// read now is due again later.
    ///
    /// After an error the capture is not handed out any more: there is nothing to settle.
    pub fn parcel(&mut self, id: CaptureId, now: Now) -> Result<Parcel, OutboxError> {
        let parcel = self.read_parcel(id, now);
        if parcel.is_err() {
            self.schedule.put_back(id, now.mono.plus(LONGEST_WAIT));
        }
        parcel
    }

    /// Acts on what came of a delivery. Only a receipt that verifies, for this station, id, hash and number, removes the parcel.
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
            // The index did not take it: the parcel stays, and the platform will answer the same again.
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
                let sha256 = sha256_hex(&bytes);
                if sha256 == row.sha256 {
                    return Ok(Parcel {
                        id,
                        seq,
                        bytes,
                        sha256,
                    });
                }
                "the parcel's bytes no longer have their hash"
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
                Ok(()) => self.deliver(row, &receipt, now),
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
            (QueueState::Queued, Answer::Later { after, why }) => self.later(row, after, &why, now),
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

    fn verify_receipt(&self, row: &Row, receipt: &str) -> Result<(), Lie> {
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
        Ok(())
    }

    /// The index first: after a crash between the two the parcel is removed at the next start.
    fn deliver(&mut self, row: &Row, receipt: &str, now: Now) -> Result<Settled, OutboxError> {
        match self.index.set_delivered(row.name.id, receipt, now.wall) {
            Err(IndexError::DiskFull) => {
                self.ballast.release();
                self.index.set_delivered(row.name.id, receipt, now.wall)?;
            }
            other => other?,
        }
        self.schedule.drop(row.name.id);
        passed(Step::DeliveryIndexed);
        if let Err(why) = self.parcels.remove(row.name) {
            tracing::warn!(
                "Delivered parcel {} stays until the next start: {why}",
                row.name.seq
            );
        }
        passed(Step::ParcelRemoved);
        self.ballast.lay();
        self.schedule_notes(Some(row.name.id), now.mono)?;
        Ok(Settled::Delivered)
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
        Refusal::OtherBytesUnderId => "the platform holds other bytes under this id",
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
