//! Notes as the platform keeps them: consent records and amendments, each verified before it is
//! stored and acknowledged.

use age::x25519::Identity;

use super::{
    Platform, PlatformError,
    keys::Generations,
    parcel::{self, Claim, Unopened, decrypt},
    rows::{Rows, notes::StoredNote},
};
use crate::{
    capture::{CaptureId, ConsentRecord},
    contract::{Amendment, CONSENT_NOTE, Change, NoteReceipt, sha256_hex},
    jws::{self, KeySet, Purpose},
    time::Wall,
};

/// The claimed signer of a note, and its claimed subject.
pub(super) struct NoteClaim<'a> {
    pub station: &'a str,
    pub keys: &'a KeySet,
    pub id: CaptureId,
    pub seq: u64,
    pub number: u32,
}

impl<'a> NoteClaim<'a> {
    const fn name(&self) -> NoteName<'a> {
        NoteName {
            id: self.id,
            station: self.station,
            number: self.number,
        }
    }
}

/// Identifies one note: a booth's `number`th about the capture `id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoteName<'a> {
    pub id: CaptureId,
    pub station: &'a str,
    pub number: u32,
}

/// The result of taking one note.
pub(super) enum KeptNote {
    New(String),
    /// The same bytes were stored already; this is the same receipt.
    Again(String),
    OtherBytes,
    NotTaken(Unopened),
}

/// The content of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Consent(Box<ConsentRecord>),
    Amendment(Amendment),
}

impl Said {
    fn is_withdrawal(&self) -> bool {
        matches!(self, Self::Amendment(amendment) if amendment.change == Change::Withdrawn)
    }
}

impl Platform {
    /// Takes a note: verifies and stores it, does what it says, and only then signs a receipt.
    pub(super) fn keep_note(
        &self,
        claim: &NoteClaim<'_>,
        bytes: &[u8],
        now: Wall,
    ) -> Result<KeptNote, PlatformError> {
        let sha256 = sha256_hex(bytes);
        let said = match read(bytes, self.keys.identities(), claim) {
            Ok(said) => said,
            Err(why) => return Ok(KeptNote::NotTaken(why)),
        };
        // One at a time, as a duplicate may come meanwhile.
        let rows = self.rows();
        let stored = rows.capture(claim.id)?;
        if let Some(stored) = &stored
            && stored.station != claim.station
        {
            return Ok(KeptNote::NotTaken(Unopened::OtherBooths));
        }
        if let Some(known) = rows.note(claim.name())? {
            if known.sha256 != sha256 {
                return Ok(KeptNote::OtherBytes);
            }
            drop(rows);
            // The first attempt may have ended before this.
            self.follow(claim.station, &said, now)?;
            return Ok(KeptNote::Again(self.note_receipt(claim, known)?));
        }
        // For a capture that is gone contacts are no longer kept, and nobody asks for the rest.
        let is_gone = stored.is_some_and(|stored| stored.erased_at.is_some())
            || rows.withdrawn_at(claim.id, claim.station)?.is_some();
        let is_kept = !is_gone || claim.number == CONSENT_NOTE || said.is_withdrawal();
        if is_kept {
            self.shelf.put_note(claim.name(), bytes)?;
        }
        if said.is_withdrawal() {
            // Recorded first, so that bytes that come later are destroyed too.
            rows.withdraw(claim.id, claim.station, now)?;
            self.destroy(&rows, claim)?;
            let of = (claim.id, claim.station);
            self.erase_amendments(&rows, of, Some(claim.number), now)?;
        }
        let note = StoredNote { sha256, at: now };
        rows.add_note(claim.name(), &note)?;
        if !is_kept {
            rows.note_erased(claim.name(), now)?;
        }
        drop(rows);
        self.follow(claim.station, &said, now)?;
        Ok(KeptNote::New(self.note_receipt(claim, note)?))
    }

    /// Destroys the parcel of a withdrawn capture. One without a row was left by a crash, or is
    /// being stored by another program: it is destroyed only if the same booth sealed it.
    fn destroy(&self, rows: &Rows, claim: &NoteClaim<'_>) -> Result<(), PlatformError> {
        let is_known = rows.capture(claim.id)?.is_some();
        let own = Claim {
            station: claim.station,
            keys: claim.keys,
            id: claim.id,
            seq: claim.seq,
        };
        let is_own = || {
            let bytes = self.shelf.get(claim.id);
            bytes.is_ok_and(|bytes| parcel::open(&bytes, self.keys.identities(), &own).is_ok())
        };
        if is_known || is_own() {
            self.shelf.remove(claim.id)?;
        }
        Ok(())
    }

    fn note_receipt(
        &self,
        claim: &NoteClaim<'_>,
        note: StoredNote,
    ) -> Result<String, PlatformError> {
        let receipt = NoteReceipt {
            station: claim.station.to_owned(),
            id: claim.id,
            number: claim.number,
            hash: note.sha256,
            stored_at: note.at,
        };
        Ok(jws::sign(
            Purpose::NoteReceipt,
            self.keys.receipt(),
            &receipt,
        )?)
    }

    /// Returns the notes about a capture by number, read and verified again. Notes of another booth
    /// than the one that took the capture are ignored.
    pub fn notes(&self, id: CaptureId) -> Result<Vec<Said>, PlatformError> {
        let names = self.rows().notes_about(id)?;
        names
            .iter()
            .map(|(station, number)| {
                self.read_note(NoteName {
                    id,
                    station,
                    number: *number,
                })
            })
            .collect()
    }

    fn read_note(&self, name: NoteName<'_>) -> Result<Said, PlatformError> {
        let NoteName { id, station, .. } = name;
        let keys = self.station_keys(station)?.unwrap_or_default();
        let bytes = self.shelf.get_note(name)?;
        verified(&bytes, self.keys.identities(), station, &keys)
            .map_err(|why| PlatformError::Damaged { id, why })
    }

    /// Returns whether a capture's tombstone came from the booth that took it.
    pub fn is_withdrawn(&self, id: CaptureId) -> Result<bool, PlatformError> {
        let stored = self.rows().capture(id)?;
        Ok(match stored {
            Some(stored) => self.rows().withdrawn_at(id, &stored.station)?.is_some(),
            None => self.rows().has_tombstone(id)?,
        })
    }
}

/// Reads a note and compares it with what the request says about it.
fn read(
    bytes: &[u8],
    identities: &Generations<Identity>,
    claim: &NoteClaim<'_>,
) -> Result<Said, Unopened> {
    let sealed = claim.number == CONSENT_NOTE;
    let said = verified(bytes, identities, claim.station, claim.keys)?;
    let (id, is_consent) = match &said {
        Said::Consent(record) => (record.id, true),
        Said::Amendment(amendment) => {
            if amendment.number != claim.number {
                return Err(Unopened::Other("number"));
            }
            if amendment.seq != claim.seq {
                return Err(Unopened::Other("capture number"));
            }
            (amendment.id, false)
        }
    };
    if id != claim.id {
        return Err(Unopened::Other("capture"));
    }
    if is_consent == sealed {
        Ok(said)
    } else {
        Err(Unopened::Other("kind"))
    }
}

/// Verifies a sealed consent record, or an amendment in plain, signed by `station` and naming it.
fn verified(
    bytes: &[u8],
    identities: &Generations<Identity>,
    station: &str,
    keys: &KeySet,
) -> Result<Said, Unopened> {
    let (said, by) = if bytes.starts_with(b"age-encryption.org/") {
        let token = decrypt(bytes, identities)?;
        let token = str::from_utf8(&token).map_err(|_unhelpful| Unopened::BadSignature)?;
        let record: ConsentRecord = jws::verify(Purpose::ConsentRecord, token, keys)
            .map_err(|_unhelpful| Unopened::BadSignature)?;
        let by = record.station.clone();
        (Said::Consent(Box::new(record)), by)
    } else {
        let token = str::from_utf8(bytes).map_err(|_unhelpful| Unopened::BadSignature)?;
        let amendment: Amendment = jws::verify(Purpose::Amendment, token, keys)
            .map_err(|_unhelpful| Unopened::BadSignature)?;
        let by = amendment.station.clone();
        (Said::Amendment(amendment), by)
    };
    if by == station {
        Ok(said)
    } else {
        Err(Unopened::Other("station"))
    }
}
