//! Out of the booth by hand: what waits is copied to a stick, sealed as it is, and receipts come
//! back the same way.
//!
//! Delivery is unchanged by an export: a capture may reach the platform twice, and is one there.
//! Nothing on the stick can be read without the platform's key.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::{
    Answer, Answered, Outbox, OutboxError, Sealing, Settled, desk,
    disk::{sync_folder, write_durably},
    index::{Index, notes::NoteState},
    notes::{Amendments, NoteName},
    parcels::Parcels,
};
use crate::{
    booth::QueueState,
    contract::{
        CaptureReceipt, EXPORT_MANIFEST, ExportItem, ExportManifest, NoteReceipt, sha256_hex,
    },
    jws::{self, Purpose},
    time::Now,
};

/// Receipts that are taken in one commit: few enough that a visit does not wait.
pub const RECEIPTS_TOGETHER: usize = 64;

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

/// Copies every sealed capture and note that still has to be brought into a new folder below
/// `stick`; the kiosk may be running. A stick that does not take all of it is left without any of
/// it.
///
/// `progress` is told after each file: how many are written, and of how many.
pub fn export(
    folder: &Path,
    sealing: &Sealing,
    stick: &Path,
    now: Now,
    progress: impl FnMut(usize, usize),
) -> Result<Exported, OutboxError> {
    let export = Export {
        waiting: waiting(&desk::index_beside(folder)?)?,
        source: Source {
            parcels: Parcels::beside(folder),
            amendments: Amendments::beside(folder),
        },
        sealing,
        now,
    };
    export.onto(stick, &BY_HAND, progress)
}

/// What writes to the stick. Tests write by one that fails as sticks do.
struct Hand {
    make_folder: fn(&Path) -> io::Result<()>,
    write: fn(&Path, &[u8]) -> io::Result<()>,
}

const BY_HAND: Hand = Hand {
    make_folder: |path| DirBuilder::new().mode(0o700).create(path),
    write: write_durably,
};

/// What is to be brought, and by whom.
struct Export<'a> {
    waiting: Vec<Waiting>,
    source: Source,
    sealing: &'a Sealing,
    now: Now,
}

impl Export<'_> {
    fn onto(
        &self,
        stick: &Path,
        hand: &Hand,
        progress: impl FnMut(usize, usize),
    ) -> Result<Exported, OutboxError> {
        let (station, at) = (self.sealing.station(), self.now.wall.unix_ms());
        let to = stick.join(format!("capture-station-{station}-{at}"));
        (hand.make_folder)(&to).map_err(of_stick)?;
        let filled = self.fill(&to, hand, progress).and_then(|exported| {
            sync_folder(stick).map_err(of_stick)?;
            Ok(exported)
        });
        if filled.is_err() {
            // A stick that was pulled out keeps its part; without its list nobody takes it for an
            // export.
            drop(fs::remove_dir_all(&to));
        }
        filled
    }

    /// Copies file after file, and the signed list of them last: a stick that was pulled out early
    /// has none.
    fn fill(
        &self,
        to: &Path,
        hand: &Hand,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Exported, OutboxError> {
        let mut exported = Exported {
            folder: to.to_owned(),
            parcels: 0,
            notes: 0,
            bytes: 0,
            skipped: 0,
        };
        let mut items = vec![];
        for (done, each) in self.waiting.iter().enumerate() {
            match self.source.copy(each, to, hand) {
                Ok(item) => {
                    exported.bytes += item.bytes;
                    exported.parcels += u64::from(item.note.is_none());
                    exported.notes += u64::from(item.note.is_some());
                    items.push(item);
                }
                Err(Uncopied::Here) => exported.skipped += 1,
                Err(Uncopied::Stick(why)) => return Err(of_stick(why)),
            }
            progress(done + 1, self.waiting.len());
        }
        let manifest = ExportManifest {
            station: self.sealing.station().to_owned(),
            at: self.now.wall,
            items,
        };
        let token = self
            .sealing
            .sign(Purpose::ExportManifest, &manifest)
            .map_err(OutboxError::Seal)?;
        (hand.write)(&to.join(EXPORT_MANIFEST), token.as_bytes()).map_err(of_stick)?;
        sync_folder(to).map_err(of_stick)?;
        Ok(exported)
    }
}

/// What is wrong with a stick: not with the booth's own disk, of which [`OutboxError::from`]
/// speaks.
fn of_stick(why: io::Error) -> OutboxError {
    let kind = why.kind();
    if matches!(
        kind,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    ) {
        OutboxError::StickFull
    } else if kind == io::ErrorKind::ReadOnlyFilesystem {
        OutboxError::StickReadOnly
    } else {
        OutboxError::Stick(why)
    }
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
    fn copy(&self, each: &Waiting, to: &Path, hand: &Hand) -> Result<ExportItem, Uncopied> {
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
        (hand.write)(&place, &bytes).map_err(Uncopied::Stick)?;
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
    /// Acts on receipts that came on a stick (`capture-receipt+jws` or `note-receipt+jws`), exactly
    /// as on those from the line; the good ones cost one commit together. What each led to, in the
    /// same order.
    pub fn import_receipts(
        &mut self,
        tokens: &[impl AsRef<str>],
        now: Now,
    ) -> Vec<Result<Imported, OutboxError>> {
        let mut led_to = vec![];
        let mut waiting = Together::default();
        for token in tokens.iter().map(|token| token.as_ref().trim()) {
            let mut claim = self.claim(token);
            if let Ok(Claim::Waits(answered)) = &claim
                && waiting.holds_one_about_the_same(answered)
            {
                // The second word on something is judged by what the first one led to.
                self.settle_imported(&mut waiting, &mut led_to, now);
                claim = self.claim(token);
            }
            led_to.push(match claim {
                Ok(Claim::Waits(answered)) => {
                    waiting.add(answered, led_to.len());
                    None
                }
                Ok(Claim::Settled(imported)) => Some(Ok(imported)),
                Err(why) => Some(Err(why)),
            });
        }
        self.settle_imported(&mut waiting, &mut led_to, now);
        led_to.into_iter().flatten().collect()
    }

    fn settle_imported(
        &mut self,
        waiting: &mut Together,
        led_to: &mut [Option<Result<Imported, OutboxError>>],
        now: Now,
    ) {
        let Together { answers, places } = std::mem::take(waiting);
        let settled = self.settle_all(answers, now);
        for (place, (_, settled)) in places.into_iter().zip(settled) {
            if let Some(result) = led_to.get_mut(place) {
                *result = Some(settled.map(imported));
            }
        }
    }

    fn claim(&self, token: &str) -> Result<Claim, OutboxError> {
        match Purpose::claimed(token) {
            Some(Purpose::CaptureReceipt) => self.claim_capture(token),
            Some(Purpose::NoteReceipt) => self.claim_note(token),
            Some(_) | None => Ok(Claim::Settled(not_taken("it is no receipt"))),
        }
    }

    fn claim_capture(&self, token: &str) -> Result<Claim, OutboxError> {
        let said: CaptureReceipt =
            match jws::verify(Purpose::CaptureReceipt, token, &self.receipt_keys) {
                Ok(said) => said,
                Err(why) => return Ok(Claim::Settled(not_taken(&why.to_string()))),
            };
        Ok(match self.index.row(said.id)?.map(|row| row.state) {
            None => Claim::Settled(not_taken("no such capture is here")),
            Some(QueueState::Delivered | QueueState::Withdrawn) => Claim::Settled(Imported::Known),
            Some(QueueState::Queued | QueueState::Quarantined(_)) => {
                let receipt = token.to_owned();
                Claim::Waits(Answered::Parcel(said.id, Answer::Stored { receipt }))
            }
        })
    }

    fn claim_note(&self, token: &str) -> Result<Claim, OutboxError> {
        let said: NoteReceipt = match jws::verify(Purpose::NoteReceipt, token, &self.receipt_keys) {
            Ok(said) => said,
            Err(why) => return Ok(Claim::Settled(not_taken(&why.to_string()))),
        };
        Ok(match self.index.note(said.id, said.number)? {
            None => Claim::Settled(not_taken("no such note is here")),
            Some(row) if row.state == NoteState::Delivered => Claim::Settled(Imported::Known),
            Some(row) => {
                let receipt = token.to_owned();
                Claim::Waits(Answered::Note(row.name, Answer::Stored { receipt }))
            }
        })
    }
}

/// Receipts that are settled together, each with its place among the lines.
#[derive(Default)]
struct Together {
    answers: Vec<Answered>,
    places: Vec<usize>,
}

impl Together {
    fn add(&mut self, answered: Answered, place: usize) {
        self.answers.push(answered);
        self.places.push(place);
    }

    fn holds_one_about_the_same(&self, answered: &Answered) -> bool {
        self.answers
            .iter()
            .any(|other| other.is_about_the_same(answered))
    }
}

/// What a receipt from a stick is for.
enum Claim {
    Waits(Answered),
    Settled(Imported),
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

#[cfg(test)]
mod tests {
    use super::{super::AUDIT_FILE, *};
    use crate::outbox::tests::{
        capture, id, now, open, parcel_files, platform_signs, receipt_for, recipient, sealing,
    };

    const NO_SPACE: i32 = 28;
    const READ_ONLY: i32 = 30;
    const INPUT_OUTPUT: i32 = 5;

    /// An outbox with two captures, and an empty stick.
    struct Booth {
        home: tempfile::TempDir,
        stick: tempfile::TempDir,
    }

    impl Booth {
        fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            let mut outbox = open(home.path());
            for n in [1, 2] {
                outbox.save(&capture(n), now(u64::from(n))).unwrap();
            }
            Self {
                home,
                stick: tempfile::tempdir().unwrap(),
            }
        }

        fn export(&self, hand: &Hand) -> Result<Exported, OutboxError> {
            let folder = self.home.path();
            let sealing = sealing(&recipient());
            let export = Export {
                waiting: waiting(&desk::index_beside(folder)?)?,
                source: Source {
                    parcels: Parcels::beside(folder),
                    amendments: Amendments::beside(folder),
                },
                sealing: &sealing,
                now: now(9),
            };
            export.onto(self.stick.path(), hand, |_, _| {})
        }

        fn on_the_stick(&self) -> usize {
            fs::read_dir(self.stick.path()).unwrap().count()
        }
    }

    /// Leaves the half of it that fits, as a full disk does.
    fn half(path: &Path, bytes: &[u8], error: i32) -> io::Result<()> {
        fs::write(path, bytes.get(..bytes.len() / 2).unwrap())?;
        Err(io::Error::from_raw_os_error(error))
    }

    fn name(path: &Path) -> &str {
        path.file_name().unwrap().to_str().unwrap()
    }

    #[test]
    fn a_stick_that_is_too_small_is_named_and_left_without_a_half_copy() {
        let full_at_the_second = Hand {
            write: |path, bytes| {
                if name(path).starts_with("000002") {
                    half(path, bytes, NO_SPACE)
                } else {
                    write_durably(path, bytes)
                }
            },
            ..BY_HAND
        };
        let full_at_the_list = Hand {
            write: |path, bytes| {
                if name(path) == EXPORT_MANIFEST {
                    half(path, bytes, NO_SPACE)
                } else {
                    write_durably(path, bytes)
                }
            },
            ..BY_HAND
        };
        let booth = Booth::new();
        for hand in [full_at_the_second, full_at_the_list] {
            let why = booth.export(&hand).unwrap_err();
            assert!(matches!(why, OutboxError::StickFull), "{why}");
            assert!(why.to_string().contains("stick"), "{why}");
            assert_eq!(booth.on_the_stick(), 0);
        }
        assert_eq!(
            parcel_files(booth.home.path()).len(),
            2,
            "the booth keeps all"
        );
        let exported = booth.export(&BY_HAND).unwrap();
        assert_eq!((exported.parcels, booth.on_the_stick()), (2, 1));
    }

    #[test]
    fn a_write_protected_stick_is_named() {
        let read_only = Hand {
            make_folder: |_| Err(io::Error::from_raw_os_error(READ_ONLY)),
            ..BY_HAND
        };
        let booth = Booth::new();
        let why = booth.export(&read_only).unwrap_err();
        assert!(matches!(why, OutboxError::StickReadOnly), "{why}");
    }

    #[test]
    fn a_stick_that_fails_is_no_fault_of_the_booth_and_nothing_older_on_it_is_removed() {
        let broken = Hand {
            write: |path, bytes| half(path, bytes, INPUT_OUTPUT),
            ..BY_HAND
        };
        let booth = Booth::new();
        let why = booth.export(&broken).unwrap_err();
        assert!(matches!(why, OutboxError::Stick(_)), "{why}");
        assert_eq!(booth.on_the_stick(), 0);
        let first = booth.export(&BY_HAND).unwrap();
        // The same second: the folder is there already.
        let why = booth.export(&BY_HAND).unwrap_err();
        assert!(matches!(why, OutboxError::Stick(_)), "{why}");
        assert!(first.folder.join(EXPORT_MANIFEST).exists());
    }

    #[test]
    fn receipts_of_one_stick_are_taken_together_and_answered_each_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        let saved: Vec<_> = (1..=4)
            .map(|n| outbox.save(&capture(n), now(n.into())).unwrap())
            .collect();
        let receipt = |nth: usize| receipt_for(saved.get(nth).unwrap());
        let token = |receipt| platform_signs(Purpose::CaptureReceipt, &receipt);
        let lie = |receipt| CaptureReceipt {
            hash: "00".repeat(32),
            ..receipt
        };
        let again = |receipt| CaptureReceipt {
            stored_at: now(77).wall,
            ..receipt
        };
        let strange = CaptureReceipt {
            id: id(9),
            ..receipt(0)
        };
        let lines = [
            token(receipt(0)),
            "no receipt".to_owned(),
            token(receipt(2)),
            token(again(receipt(2))),
            token(strange),
            token(lie(receipt(3))),
            token(receipt(3)),
        ];
        let led_to: Vec<_> = outbox
            .import_receipts(&lines, now(9))
            .into_iter()
            .map(|imported| match imported.unwrap() {
                Imported::Delivered => 'd',
                Imported::Known => 'k',
                Imported::NotTaken(_) => 'n',
            })
            .collect();
        assert_eq!(led_to, ['d', 'n', 'd', 'k', 'n', 'n', 'd']);
        assert_eq!(outbox.counts().unwrap().queued, 1);
        let log = fs::read_to_string(folder.path().join(AUDIT_FILE)).unwrap();
        assert!(log.contains("receipt_refused"), "{log}");
    }
}
