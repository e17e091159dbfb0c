//! Notes: what is brought to the platform about a capture beside its parcel.
//!
//! Number 0 is the consent record, sealed with the capture and without a face; amendments follow,
//! numbered from 1: paid, moved to another batch, voided, withdrawn. Each is a file first and a row
//! after it, like a parcel, so that a lost index loses none. A capture's notes are brought after
//! its parcel, one by one, in the order of their numbers, and each is forgotten only against a
//! receipt that verifies.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    Act, Answer, LONGEST_WAIT, Outbox, OutboxError, ParcelName, RowLeft, Settled,
    delivery::{Good, Lie, Receipt, one_line, wait_for},
    disk::{Folder, WAITING, unlink, write_durably},
    index::notes::{NoteRow, NoteState},
    parcels::Parcels,
};
use crate::{
    booth::QueueState,
    capture::CaptureId,
    contract::{Amendment, CONSENT_NOTE, Change, NoteReceipt, Refusal, sha256_hex},
    jws::{self, KeySet, Purpose},
    time::{Mono, Now, Wall},
};

const MISSING: &str = "the note's file is missing";

/// Names one note. Sorts by capture, then by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoteName {
    pub id: CaptureId,
    /// 0 is the consent record.
    pub number: u32,
    /// The capture's.
    pub seq: u64,
}

/// One note as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    pub name: NoteName,
    pub bytes: Vec<u8>,
    /// Hex SHA-256 of `bytes`, just computed.
    pub sha256: String,
}

impl Note {
    /// `None` if the bytes do not have the hash that they should have.
    pub(super) fn checked(name: NoteName, bytes: Vec<u8>, expected: &str) -> Option<Self> {
        let sha256 = sha256_hex(&bytes);
        (sha256 == expected).then_some(Self {
            name,
            bytes,
            sha256,
        })
    }
}

/// The folder of amendments. Consent records lie with the parcels' files, where saving puts them.
pub(super) struct Amendments(Folder);

impl Amendments {
    pub fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self(Folder::make(&folder.join("amendments"))?))
    }

    /// Those of a booth whose kiosk may be running, for reading only.
    pub fn beside(folder: &Path) -> Self {
        Self(Folder::at(&folder.join("amendments")))
    }

    /// Drops what a crash left half written. Only for the outbox's one owner: it may be another's
    /// that is being written.
    pub fn tidy(&self) -> io::Result<()> {
        for name in self.0.names()? {
            if name.ends_with(WAITING) {
                unlink(&self.0.join(name))?;
            }
        }
        Ok(())
    }

    /// Writes an amendment that survives power loss once this is `Ok`.
    pub fn put(&self, name: NoteName, token: &str) -> io::Result<()> {
        let place = self.path(name);
        let waiting = place.with_added_extension(WAITING.trim_start_matches('.'));
        write_durably(&waiting, token.as_bytes())?;
        fs::rename(waiting, place)?;
        self.0.sync()
    }

    /// The bytes of any note: consent records lie with the parcels.
    pub fn read_any(&self, parcels: &Parcels, name: NoteName) -> io::Result<Vec<u8>> {
        if name.number == CONSENT_NOTE {
            parcels.read_consent(parcel_of(name))
        } else {
            fs::read(self.path(name))
        }
    }

    fn remove(&self, name: NoteName) -> io::Result<()> {
        unlink(&self.path(name))
    }

    /// Removes durably what an amendment that failed has left.
    fn discard(&self, name: NoteName) -> io::Result<()> {
        self.remove(name)?;
        self.0.sync()
    }

    fn list(&self) -> io::Result<Vec<NoteName>> {
        let mut found: Vec<NoteName> = self
            .0
            .names()?
            .iter()
            .filter_map(|name| parse(name))
            .collect();
        found.sort_unstable();
        Ok(found)
    }

    pub fn largest_seq(&self) -> io::Result<u64> {
        let largest = self.list()?.iter().map(|name| name.seq).max();
        Ok(largest.unwrap_or_default())
    }

    fn path(&self, name: NoteName) -> PathBuf {
        self.0.join(file_name(name))
    }
}

/// `000042-<id>.1.jws`.
fn file_name(name: NoteName) -> String {
    format!("{:06}-{}.{}.jws", name.seq, name.id, name.number)
}

/// `None` for any name that [`file_name`] would not have written.
fn parse(text: &str) -> Option<NoteName> {
    let (parcel, number) = text.strip_suffix(".jws")?.split_once('.')?;
    let ParcelName { seq, id } = ParcelName::parse(&format!("{parcel}.age"))?;
    let name = NoteName {
        id,
        number: number.parse().ok()?,
        seq,
    };
    (file_name(name) == text && name.number > CONSENT_NOTE).then_some(name)
}

impl Outbox {
    /// Signs what changed about a saved capture and makes it durable; once this is `Ok` it reaches
    /// the platform.
    ///
    /// A capture that is withdrawn before its upload is destroyed here at once; what travels is its
    /// tombstone.
    pub fn amend(&mut self, id: CaptureId, change: &Change, now: Now) -> Result<(), OutboxError> {
        let row = self.require(id)?;
        if row.state == QueueState::Withdrawn {
            // It was destroyed, and the platform is told: nothing more can be said of it.
            if *change != Change::Withdrawn {
                return Err(OutboxError::Withdrawn(id));
            }
            // The first time the disk may have refused what follows from it.
            self.parcels.destroy(row.name)?;
            self.schedule_note(id, now.mono);
            return Ok(());
        }
        let name = NoteName {
            id,
            number: self.index.last_note(id)? + 1,
            seq: row.name.seq,
        };
        let token = self.sign_amendment(name, change, now)?;
        let kept = self.keep_amendment(name, change, &token, now);
        // One that has its row stands, whatever did not follow from it yet.
        if let Err(why) = &kept
            && matches!(self.index.note(id, name.number), Ok(None))
        {
            if let Err(why) = self.undo_amendment(name, RowLeft::after(why)) {
                tracing::error!("An amendment that failed cannot be undone yet: {why}");
            }
        } else {
            self.note_change(name, change, now);
        }
        kept?;
        self.schedule_note(id, now.mono);
        Ok(())
    }

    fn keep_amendment(
        &mut self,
        name: NoteName,
        change: &Change,
        token: &str,
        now: Now,
    ) -> Result<(), OutboxError> {
        self.amendments.put(name, token)?;
        self.take_up(name, change, sha256_hex(token.as_bytes()), now.wall)
    }

    /// Whoever is told that an amendment failed must not find it done after the next start.
    fn undo_amendment(&mut self, name: NoteName, row: RowLeft) -> Result<(), OutboxError> {
        if row == RowLeft::Perhaps {
            self.index.settle_doubt()?;
        }
        Ok(self.amendments.discard(name)?)
    }

    pub(super) fn sign_amendment(
        &self,
        name: NoteName,
        change: &Change,
        now: Now,
    ) -> Result<String, OutboxError> {
        let amendment = Amendment {
            station: self.sealing.station().to_owned(),
            id: name.id,
            seq: name.seq,
            number: name.number,
            at: now.wall,
            change: change.clone(),
        };
        self.sealing
            .sign(Purpose::Amendment, &amendment)
            .map_err(OutboxError::Seal)
    }

    /// The rows of an amendment whose file is durable, and what follows from it.
    fn take_up(
        &mut self,
        name: NoteName,
        change: &Change,
        sha256: String,
        at: Wall,
    ) -> Result<(), OutboxError> {
        let undelivered = self
            .index
            .row(name.id)?
            .filter(|row| matches!(row.state, QueueState::Queued | QueueState::Quarantined(_)));
        match (change, undelivered) {
            (Change::Withdrawn, Some(row)) => {
                self.index.add_withdrawal(name, &sha256)?;
                self.schedule.drop(name.id);
                self.parcels.destroy(row.name)?;
            }
            (Change::Withdrawn, None) => {
                self.index.add_late_withdrawal(name, &sha256)?;
                self.parcels.destroy(parcel_of(name))?;
            }
            (Change::Paid(order), _) => {
                self.index.add_payment(name, &sha256, order, at)?;
            }
            (Change::MovedTo(_) | Change::Voided(_) | Change::Contact(_), _) => {
                self.index.add_notes(&[(name, sha256)])?;
            }
        }
        Ok(())
    }

    fn note_change(&mut self, NoteName { id, seq, .. }: NoteName, change: &Change, now: Now) {
        let act = match *change {
            Change::Withdrawn => Act::Withdrawn { seq, id },
            Change::Voided(cause) => Act::Voided { seq, id, cause },
            // These come from the platform's orders and batches, which keep their own log, or from
            // the sitter.
            Change::Paid(_) | Change::MovedTo(_) | Change::Contact(_) => return,
        };
        self.note(act, now.wall);
    }

    /// A note whose time has come; it is handed out once, until [`Self::settle_note`].
    pub fn due_note(&mut self, now: Now) -> Option<NoteName> {
        for id in std::mem::take(&mut self.unscheduled) {
            self.schedule_note(id, now.mono);
        }
        let admitted = self.gate.admits(1, now.mono);
        let name = self.note_schedule.take(now.mono, admitted).pop()?;
        self.gate.began(now.mono);
        Some(name)
    }

    /// The note's bytes. One that the disk has lost or damaged is named and set aside.
    pub fn read_note(&mut self, name: NoteName, now: Now) -> Result<Note, OutboxError> {
        let read = self.try_read_note(name, now);
        if read.is_err() {
            self.gate.not_sent(now.mono);
            self.note_schedule
                .put_back(name, now.mono.plus(LONGEST_WAIT));
        }
        read
    }

    fn try_read_note(&mut self, name: NoteName, now: Now) -> Result<Note, OutboxError> {
        let row = self.require_note(name)?;
        let why = match self.note_bytes(name) {
            Ok(bytes) => {
                if let Some(note) = Note::checked(name, bytes, &row.sha256) {
                    return Ok(note);
                }
                "the note's bytes no longer have their hash"
            }
            Err(why) if why.kind() == io::ErrorKind::NotFound => MISSING,
            Err(why) => return Err(why.into()),
        };
        self.end_note(name, NoteState::Damaged, why, now)?;
        Err(OutboxError::NoteDamaged {
            id: name.id,
            number: name.number,
        })
    }

    /// Acts on what came of bringing a note. Only a receipt that verifies, for this station, id,
    /// number and hash, removes it.
    pub fn settle_note(
        &mut self,
        name: NoteName,
        answer: Answer,
        now: Now,
    ) -> Result<Settled, OutboxError> {
        let settled = self
            .require_note(name)
            .and_then(|row| self.act_on_note(&row, answer, now));
        if settled.is_err() {
            self.note_schedule
                .put_back(name, now.mono.plus(LONGEST_WAIT));
        }
        settled
    }

    fn act_on_note(
        &mut self,
        row: &NoteRow,
        answer: Answer,
        now: Now,
    ) -> Result<Settled, OutboxError> {
        match answer {
            Answer::Stored { receipt } => match self.verify_note_receipt(row, &receipt) {
                Ok(stored_at) => {
                    let token = receipt;
                    self.deliver(&Good::Note(row.name, Receipt { token, stored_at }), now)
                }
                Err(lie) => self.note_later(row, None, &lie.to_string(), now),
            },
            Answer::Later { after, why } | Answer::Unserved { after, why } => {
                self.note_later(row, after, &why, now)
            }
            Answer::Parked(Refusal::OtherBytesUnderId) if may_be_renumbered(row.name) => {
                self.renumber(row.name, now)
            }
            Answer::Parked(refusal) => {
                let why = super::delivery::refusal_in_words(refusal);
                self.end_note(row.name, NoteState::Refused, why, now)?;
                let NoteName { id, number, .. } = row.name;
                self.note(Act::NoteRefused { id, number }, now.wall);
                Ok(Settled::Parked)
            }
        }
    }

    /// The platform holds another amendment under this number: an index that the disk has lost gave
    /// it before. What is said goes out again under the next number, and so does what was said
    /// after it, in its order.
    fn renumber(&mut self, refused: NoteName, now: Now) -> Result<Settled, OutboxError> {
        for name in self.index.queued_from(refused)? {
            let Some(signed) = self.own_amendment(name)? else {
                self.end_note(name, NoteState::Damaged, MISSING, now)?;
                continue;
            };
            let anew = NoteName {
                number: self.index.last_note(name.id)? + 1,
                ..name
            };
            let said = Now {
                wall: signed.at,
                ..now
            };
            let token = self.sign_amendment(anew, &signed.change, said)?;
            // The new one first: a crash in between says it twice, which changes nothing.
            self.amendments.put(anew, &token)?;
            let sha256 = sha256_hex(token.as_bytes());
            self.take_up(anew, &signed.change, sha256, signed.at)?;
            self.index.forget_note(name)?;
            self.amendments.remove(name)?;
            self.note_schedule.drop(name);
        }
        self.schedule_note(refused.id, now.mono);
        Ok(Settled::Later {
            wait: Duration::ZERO,
            why: "its number was given before: it goes out again under the next".to_owned(),
        })
    }

    /// An amendment that this booth signed, as its file says.
    fn own_amendment(&self, name: NoteName) -> Result<Option<Amendment>, OutboxError> {
        let bytes = match self.note_bytes(name) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let own = KeySet::one(self.sealing.verifying_key());
        let signed = str::from_utf8(&bytes)
            .ok()
            .and_then(|token| jws::verify::<Amendment>(Purpose::Amendment, token, &own).ok());
        Ok(signed.filter(|signed| (signed.id, signed.number) == (name.id, name.number)))
    }

    /// Returns when the platform stored the note, if its receipt is true.
    pub(super) fn verify_note_receipt(&self, row: &NoteRow, receipt: &str) -> Result<Wall, Lie> {
        let said: NoteReceipt = jws::verify(Purpose::NoteReceipt, receipt, &self.receipt_keys)?;
        if said.station != self.sealing.station() {
            return Err(Lie::Station);
        }
        if (said.id, said.number) != (row.name.id, row.name.number) {
            return Err(Lie::Id);
        }
        if said.hash != row.sha256 {
            return Err(Lie::Hash);
        }
        Ok(said.stored_at)
    }

    fn note_later(
        &mut self,
        row: &NoteRow,
        after: Option<Duration>,
        why: &str,
        now: Now,
    ) -> Result<Settled, OutboxError> {
        let why = one_line(why);
        let wait = wait_for(row.attempts, after)?;
        self.note_schedule
            .put(row.name, row.name.seq, now.mono.plus(wait));
        self.index.count_note_attempt(row.name, &why)?;
        Ok(Settled::Later { wait, why })
    }

    /// The note is set aside, and the next one of its capture may follow.
    fn end_note(
        &mut self,
        name: NoteName,
        state: NoteState,
        why: &str,
        now: Now,
    ) -> Result<(), OutboxError> {
        self.index.end_note(name, state, why)?;
        self.note_schedule.drop(name);
        self.schedule_note(name.id, now.mono);
        Ok(())
    }

    /// Lets the next note of capture `id` be brought, if its parcel is done. Should the index not
    /// answer now, it is asked again before the next note is handed out.
    pub(super) fn schedule_note(&mut self, id: CaptureId, at: Mono) {
        match self.index.next_note(id) {
            Ok(Some(name)) if !self.note_schedule.holds(name) => {
                self.note_schedule.put(name, name.seq, at);
            }
            Ok(_) => {}
            Err(why) => {
                tracing::warn!("The notes about {id} are looked for later: {why}");
                self.unscheduled.insert(id);
            }
        }
    }

    fn require_note(&self, name: NoteName) -> Result<NoteRow, OutboxError> {
        let row = self.index.note(name.id, name.number)?;
        row.ok_or(OutboxError::Unknown(name.id))
    }

    pub(super) fn note_bytes(&self, name: NoteName) -> io::Result<Vec<u8>> {
        self.amendments.read_any(&self.parcels, name)
    }

    /// The newest consent record stays for its number, which must never be given again should the
    /// index be lost.
    pub(super) fn forget_note(&self, name: NoteName) {
        let removed = match name.number {
            CONSENT_NOTE if self.is_newest(name) => Ok(()),
            CONSENT_NOTE => self.parcels.unlink_consent(parcel_of(name)),
            _ => self.amendments.remove(name),
        };
        if let Err(why) = removed {
            tracing::warn!("A delivered note stays until the next start: {why}");
        }
    }

    pub(super) fn is_newest(&self, name: NoteName) -> bool {
        self.index.sequence().is_ok_and(|s| s.last <= name.seq)
    }

    /// Makes rows and files of notes agree after a crash or a lost index, and lets what is due be
    /// brought at once.
    pub(super) fn reconcile_notes(&mut self) -> Result<(), OutboxError> {
        let mut rows: BTreeMap<NoteName, NoteRow> = self
            .index
            .notes()?
            .into_iter()
            .map(|row| (row.name, row))
            .collect();
        let retained = self.retained_notes()?;
        let consents = self.parcels.consents()?;
        let mut files: Vec<NoteName> = consents.into_iter().map(consent_of).collect();
        files.extend(self.amendments.list()?);
        for name in files {
            match rows.remove(&name) {
                Some(row) if row.state == NoteState::Delivered && !retained.contains(&name) => {
                    self.forget_note(name);
                }
                Some(_) => {}
                None => self.adopt_note(name)?,
            }
        }
        let missing = rows
            .into_values()
            .filter(|row| row.state == NoteState::Queued);
        for row in missing {
            self.index.end_note(row.name, NoteState::Damaged, MISSING)?;
        }
        for name in self.index.due_notes()? {
            self.note_schedule.put(name, name.seq, Mono::default());
        }
        Ok(())
    }

    /// A file without a row: its amendment is taken up if this booth signed it; anything else is
    /// left alone.
    fn adopt_note(&mut self, name: NoteName) -> Result<(), OutboxError> {
        let bytes = match self.note_bytes(name) {
            // The file of an earlier build holds the parcel alone.
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
            read => read?,
        };
        let sha256 = sha256_hex(&bytes);
        if name.number == CONSENT_NOTE {
            return Ok(self.index.add_notes(&[(name, sha256)])?);
        }
        if let Some(signed) = self.own_amendment(name)? {
            return self.take_up(name, &signed.change, sha256, signed.at);
        }
        tracing::error!("The amendment file {} is damaged", file_name(name));
        Ok(())
    }
}

/// No capture has so many amendments: who refuses beyond is not asked for ever.
const MOST_NUMBERS: u32 = 100;

const fn may_be_renumbered(name: NoteName) -> bool {
    name.number > CONSENT_NOTE && name.number < MOST_NUMBERS
}

pub(super) const fn consent_of(name: ParcelName) -> NoteName {
    NoteName {
        id: name.id,
        number: CONSENT_NOTE,
        seq: name.seq,
    }
}

pub(super) const fn parcel_of(name: NoteName) -> ParcelName {
    ParcelName {
        seq: name.seq,
        id: name.id,
    }
}
