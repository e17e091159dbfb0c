//! Naming a batch: the visitor's first step where no batch is pinned, and the page on which staff
//! pin one.

use std::sync::Arc;

use super::{
    BatchEntry, BatchSaid, Batching, Chime, ConsentProgress, Consenting, DeskTouch, Effect, Errand,
    Session, State, Stop, inquiry::inquiry_of,
};
use crate::{
    capture::CaptureId,
    code::{self, BatchCode, Meaning},
    contract::{Batch, BatchRefusal, CommandTrouble},
    time::Now,
};

/// The result of an attempt to change the pinned batch.
#[derive(Debug)]
pub enum Pinning {
    /// The batch pinned from now on.
    Done(Option<Arc<Batch>>),
    Refused(BatchRefusal),
    CommandRefused(CommandTrouble),
}

impl Session {
    /// Begins a visit: with the consent of the pinned batch, else with the question for the batch.
    /// The batch's dates are checked once, here: a visit that began in time counts.
    pub(super) fn start(&mut self, visit: CaptureId, now: Now) -> Vec<Effect> {
        if let Some(batch) = self.batch_to_retake(now) {
            return self.wipe(consent_to(visit, batch), now);
        }
        if !matches!(self.state, State::Idle | State::Receipt(_)) {
            return vec![];
        }
        match self.pinned.clone() {
            None => {
                let (errand, entry) = (Errand::Photo, BatchEntry::default());
                self.wipe(
                    State::Batch(Batching {
                        visit,
                        errand,
                        entry,
                    }),
                    now,
                )
            }
            Some(batch) => match batch.standing(now) {
                Ok(()) => self.wipe(consent_to(visit, batch), now),
                Err(trouble) => {
                    let refusal = BatchRefusal::of(trouble, &batch);
                    self.wipe(State::Stopped(Stop::Batch(refusal)), now)
                }
            },
        }
    }

    /// Takes a code shown by a visitor who has to name the batch.
    pub(super) fn batch_scanned(&mut self, bytes: &[u8]) -> Vec<Effect> {
        let State::Batch(Batching { visit, entry, .. }) = &mut self.state else {
            return vec![];
        };
        if entry.said == BatchSaid::Asking {
            return vec![];
        }
        let Meaning::Batch(batch) = code::meaning(bytes) else {
            entry.refuse(BatchSaid::NotABatch);
            return vec![Effect::Chime(Chime::Refused)];
        };
        entry.said = BatchSaid::Asking;
        let visit = *visit;
        vec![
            Effect::Chime(Chime::Accepted),
            Effect::FindBatch { visit, batch },
        ]
    }

    /// Takes a code shown by staff who pin a batch: the school's code or a platform command.
    pub(super) fn desk_scanned(&mut self, bytes: &[u8]) -> Vec<Effect> {
        let Some(entry) = self.state.desk_entry_mut() else {
            return vec![];
        };
        if entry.said == BatchSaid::Asking {
            return vec![];
        }
        let effect = match code::meaning(bytes) {
            Meaning::Batch(batch) => Effect::PinBatch(batch),
            Meaning::Command(command) => Effect::Obey(command),
            Meaning::Personal(_)
            | Meaning::Ticket
            | Meaning::Receipt
            | Meaning::Statement(_)
            | Meaning::Foreign(_) => {
                entry.refuse(BatchSaid::NotABatch);
                return vec![Effect::Chime(Chime::Refused)];
            }
        };
        entry.said = BatchSaid::Asking;
        vec![Effect::Chime(Chime::Accepted), effect]
    }

    /// Takes one key of the feature code where it is typed.
    pub(super) fn batch_key(&mut self, key: char) -> Vec<Effect> {
        match &mut self.state {
            State::Batch(Batching { visit, entry, .. }) => {
                let visit = *visit;
                let found = entry.key(key).map(BatchCode::Feature);
                found.map_or_else(Vec::new, |batch| vec![Effect::FindBatch { visit, batch }])
            }
            state => {
                let entry = state.desk_entry_mut();
                let found = entry.and_then(|entry| entry.key(key));
                let found = found.map(BatchCode::Feature);
                found.map_or_else(Vec::new, |batch| vec![Effect::PinBatch(batch)])
            }
        }
    }

    /// Takes the result of looking up the batch that the visitor named.
    pub(super) fn batch_found(
        &mut self,
        of: CaptureId,
        found: Result<Arc<Batch>, BatchRefusal>,
        now: Now,
    ) -> Vec<Effect> {
        let State::Batch(Batching {
            visit,
            errand,
            entry,
        }) = &mut self.state
        else {
            return vec![];
        };
        if *visit != of {
            return vec![];
        }
        let errand = *errand;
        // A photo can be looked up long after its batch has ended.
        let usable = found.and_then(|batch| match (errand, batch.standing(now)) {
            (Errand::Progress, _) | (Errand::Photo, Ok(())) => Ok(batch),
            (Errand::Photo, Err(trouble)) => Err(BatchRefusal::of(trouble, &batch)),
        });
        match usable {
            Ok(batch) => {
                let next = match errand {
                    Errand::Photo => consent_to(of, batch),
                    Errand::Progress => State::Progress(inquiry_of(of, batch)),
                };
                self.enter(next, now);
                vec![]
            }
            Err(refusal) => {
                entry.refuse(BatchSaid::Refused(refusal));
                vec![Effect::Chime(Chime::Refused)]
            }
        }
    }

    /// Takes the new pinned batch, or its absence, or the failed attempt. A visit under way keeps
    /// its own batch.
    pub(super) fn pinned(&mut self, pinning: Pinning, now: Now) -> Vec<Effect> {
        let said = match pinning {
            Pinning::Done(batch) => {
                self.pinned = batch;
                if self.state.desk_entry().is_none() {
                    return vec![];
                }
                let mut effects = self.desk(DeskTouch::Home, now);
                effects.push(Effect::Chime(Chime::Accepted));
                return effects;
            }
            Pinning::Refused(refusal) => BatchSaid::Refused(refusal),
            Pinning::CommandRefused(trouble) => BatchSaid::CommandRefused(trouble),
        };
        if let Some(entry) = self.state.desk_entry_mut() {
            entry.refuse(said);
            return vec![Effect::Chime(Chime::Refused)];
        }
        vec![]
    }

    pub(super) fn unpin(&mut self) -> Vec<Effect> {
        match self.state.desk_entry_mut() {
            Some(entry) if entry.said != BatchSaid::Asking => {
                entry.said = BatchSaid::Asking;
                vec![Effect::Unpin]
            }
            Some(_) | None => vec![],
        }
    }
}

const fn consent_to(visit: CaptureId, batch: Arc<Batch>) -> State {
    State::Consent(Consenting {
        visit,
        batch,
        progress: ConsentProgress::Nothing,
        reading_full_text: false,
    })
}
