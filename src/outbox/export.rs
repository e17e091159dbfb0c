//! Out of the booth by hand: what waits is copied to a stick, sealed as it is, and receipts come back the same way.
//!
//! Delivery is unchanged by an export: a capture may reach the platform twice, and is one there. Nothing on the stick can be read
//! without the platform's key.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::{
    Answer, Outbox, OutboxError, Sealing, Settled, desk,
    index::{Index, notes::NoteState},
    notes::{Amendments, NoteName},
    parcels::{Parcels, sync_folder, write_durably},
};
use crate::{
    booth::QueueState,
    contract::{
        CaptureReceipt, EXPORT_MANIFEST, ExportItem, ExportManifest, NoteReceipt, sha256_hex,
    },
    jws::{self, Purpose},
    time::Now,
};

/// What an export wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    pub folder: PathBuf,
    pub parcels: u64,
    pub notes: u64,
    pub bytes: u64,
    /// Files that could not be read here: the disk damaged them, or they were delivered meanwhile.
    pub skipped: u64,
}

/// What a receipt from a stick led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// It verified, and what it is for is done.
    Delivered,
    /// What it is for was done before.
    Known,
    /// It is not believed, or not about anything here; the reason is for staff.
    NotTaken(String),
}

/// Copies every sealed capture and note that still has to be brought into a new folder below `stick`; the kiosk may be running.
///
/// `progress` is told after each file: how many are written, and of how many.
pub fn export(
    folder: &Path,
    sealing: &Sealing,
    stick: &Path,
    now: Now,
    mut progress: impl FnMut(usize, usize),
) -> Result<Exported, OutboxError> {
    let waiting = waiting(&desk::index_beside(folder)?)?;
    let to = stick.join(format!(
        "capture-station-{}-{}",
        sealing.station(),
        now.wall.unix_ms()
    ));
    DirBuilder::new().mode(0o700).create(&to)?;
    let mut exported = Exported {
        folder: to.clone(),
        parcels: 0,
        notes: 0,
        bytes: 0,
        skipped: 0,
    };
    let mut items = vec![];
    let source = Source {
        parcels: Parcels::open(folder)?,
        amendments: Amendments::open(folder)?,
    };
    for (done, each) in waiting.iter().enumerate() {
        match source.copy(each, &to) {
            Ok(item) => {
                exported.bytes += item.bytes;
                exported.parcels += u64::from(item.note.is_none());
                exported.notes += u64::from(item.note.is_some());
                items.push(item);
            }
            Err(Uncopied::Here) => exported.skipped += 1,
            Err(Uncopied::Stick(why)) => return Err(why.into()),
        }
        progress(done + 1, waiting.len());
    }
    let manifest = ExportManifest {
        station: sealing.station().to_owned(),
        at: now.wall,
        items,
    };
    let token = sealing
        .sign(Purpose::ExportManifest, &manifest)
        .map_err(OutboxError::Seal)?;
    // Last: a stick that was pulled out early has no list.
    write_durably(&to.join(EXPORT_MANIFEST), token.as_bytes())?;
    sync_folder(&to)?;
    sync_folder(stick)?;
    Ok(exported)
}

/// One file that waits, and the hash that it should have.
struct Waiting {
    name: NoteName,
    /// None for the parcel itself.
    note: Option<u32>,
    sha256: String,
}

fn waiting(index: &Index) -> Result<Vec<Waiting>, OutboxError> {
    let parcels = index
        .rows()?
        .into_iter()
        .filter(|row| matches!(row.state, QueueState::Queued | QueueState::Quarantined(_)));
    let parcels = parcels.map(|row| Waiting {
        name: super::notes::consent_of(row.name),
        note: None,
        sha256: row.sha256,
    });
    let notes = index.notes()?.into_iter();
    let notes = notes.filter(|row| row.state == NoteState::Queued);
    let notes = notes.map(|row| Waiting {
        name: row.name,
        note: Some(row.name.number),
        sha256: row.sha256,
    });
    Ok(parcels.chain(notes).collect())
}

struct Source {
    parcels: Parcels,
    amendments: Amendments,
}

enum Uncopied {
    /// The file is gone or damaged on this side.
    Here,
    /// The stick does not take it.
    Stick(io::Error),
}

impl Source {
    /// Copies one file, and reads it back.
    fn copy(&self, each: &Waiting, to: &Path) -> Result<ExportItem, Uncopied> {
        let name = each.name;
        let bytes = match each.note {
            None => self.parcels.read(super::notes::parcel_of(name)),
            Some(_) => self.amendments.read_any(&self.parcels, name),
        };
        let bytes = bytes.map_err(|_gone| Uncopied::Here)?;
        if sha256_hex(&bytes) != each.sha256 {
            return Err(Uncopied::Here);
        }
        let file = match each.note {
            None => format!("{:06}-{}.age", name.seq, name.id),
            Some(number) => format!("{:06}-{}.note-{number}", name.seq, name.id),
        };
        let place = to.join(&file);
        write_durably(&place, &bytes).map_err(Uncopied::Stick)?;
        if fs::read(&place).map_err(Uncopied::Stick)? != bytes {
            let why = "what was written reads back as something else: try another stick";
            return Err(Uncopied::Stick(io::Error::other(why)));
        }
        Ok(ExportItem {
            file,
            id: name.id,
            seq: name.seq,
            note: each.note,
            bytes: bytes.len() as u64,
            sha256: each.sha256.clone(),
        })
    }
}

impl Outbox {
    /// Acts on a receipt that came on a stick (`capture-receipt+jws` or `note-receipt+jws`), exactly as on one from the line.
    pub fn import_receipt(&mut self, token: &str, now: Now) -> Result<Imported, OutboxError> {
        let token = token.trim();
        match Purpose::claimed(token) {
            Some(Purpose::CaptureReceipt) => self.import_capture_receipt(token, now),
            Some(Purpose::NoteReceipt) => self.import_note_receipt(token, now),
            Some(_) | None => Ok(not_taken("it is no receipt")),
        }
    }

    fn import_capture_receipt(&mut self, token: &str, now: Now) -> Result<Imported, OutboxError> {
        let said: CaptureReceipt =
            match jws::verify(Purpose::CaptureReceipt, token, &self.receipt_keys) {
                Ok(said) => said,
                Err(why) => return Ok(not_taken(&why.to_string())),
            };
        match self.index.row(said.id)?.map(|row| row.state) {
            None => return Ok(not_taken("no such capture is here")),
            Some(QueueState::Delivered | QueueState::Withdrawn) => return Ok(Imported::Known),
            Some(QueueState::Queued | QueueState::Quarantined(_)) => {}
        }
        let receipt = token.to_owned();
        let settled = self.settle(said.id, Answer::Stored { receipt }, now)?;
        Ok(imported(settled))
    }

    fn import_note_receipt(&mut self, token: &str, now: Now) -> Result<Imported, OutboxError> {
        let said: NoteReceipt = match jws::verify(Purpose::NoteReceipt, token, &self.receipt_keys) {
            Ok(said) => said,
            Err(why) => return Ok(not_taken(&why.to_string())),
        };
        let row = match self.index.note(said.id, said.number)? {
            None => return Ok(not_taken("no such note is here")),
            Some(row) if row.state == NoteState::Delivered => return Ok(Imported::Known),
            Some(row) => row,
        };
        let receipt = token.to_owned();
        let settled = self.settle_note(row.name, Answer::Stored { receipt }, now)?;
        Ok(imported(settled))
    }
}

fn imported(settled: Settled) -> Imported {
    match settled {
        Settled::Delivered => Imported::Delivered,
        Settled::Later { why, .. } => Imported::NotTaken(why),
        Settled::Parked => not_taken("the capture is kept aside"),
    }
}

fn not_taken(why: &str) -> Imported {
    Imported::NotTaken(why.to_owned())
}
