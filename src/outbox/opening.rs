//! Opening an outbox: one owner, an index that can be trusted, and files and rows that agree.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    time::Duration,
};

use rustix::fs::{FlockOperation, flock};

use super::{
    AUDIT_FILE, Act, Audit, INDEX_FILE, LOCK_FILE, Outbox, OutboxError, SUITE, Sealing,
    container::{Content, Part},
    delivery::DAMAGED,
    disk::Folder,
    gate::Gate,
    index::{Absence, Found, Index, IndexError, Row},
    notes::Amendments,
    parcels::{ParcelName, Parcels},
    schedule::Schedule,
    space::Ballast,
};
use crate::{
    booth::{Quarantine, QueueState},
    capture::CaptureId,
    jws::KeySet,
    time::{Mono, Now, Wall},
};

/// What had to be put right when the outbox was opened. All empty after a quiet night.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// The index was damaged or missing and was made anew from the parcels; why, for staff.
    pub rebuilt: Option<String>,
    /// Parcels without a row: a crash came between file and index. They are queued now.
    pub adopted: Vec<ParcelName>,
    /// Rows without a parcel: the disk lost the file. They are in quarantine now.
    pub missing: Vec<ParcelName>,
    /// Parcels that do not have the hash in their header, found while the index was made again.
    /// They are in quarantine now.
    pub damaged: Vec<ParcelName>,
    /// Parcels of delivered captures: a crash came before their removal. They are gone now.
    pub purged: Vec<ParcelName>,
    /// A second parcel of one capture: left alone.
    pub strange: Vec<ParcelName>,
}

impl Opening {
    /// One sentence for staff for each thing that was put right.
    pub fn in_words(&self) -> Vec<String> {
        let many = |parcels: &[ParcelName], what: &str| {
            (!parcels.is_empty()).then(|| format!("{} {what}", parcels.len()))
        };
        [
            self.rebuilt
                .as_ref()
                .map(|why| format!("the index was made anew from the parcels: {why}")),
            many(
                &self.adopted,
                "captures were found without a row after a crash and are queued",
            ),
            many(
                &self.missing,
                "captures lost their parcel file to the disk and are in quarantine",
            ),
            many(
                &self.damaged,
                "captures were damaged by the disk and are in quarantine",
            ),
            many(
                &self.strange,
                "second parcels of one capture were left alone",
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Locks the folder and opens what is in it; rows and files are not compared yet.
pub(super) fn open(
    folder: &Path,
    sealing: Sealing,
    receipt_keys: KeySet,
    now: Now,
) -> Result<Outbox, OutboxError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let lock = lock(folder)?;
    // Opening takes a little space itself.
    let ballast = Ballast::new(folder);
    ballast.release();
    let parcels = Parcels::open(folder)?;
    parcels.tidy()?;
    let amendments = Amendments::open(folder)?;
    amendments.tidy()?;
    // Whoever has a log has been in use; an index must have been there too.
    let absence = if parcels.largest_seq()? > 0 || folder.join(AUDIT_FILE).exists() {
        Absence::Lost
    } else {
        Absence::First
    };
    let (index, rebuilt) = open_index(folder, absence, now)?;
    let retention = Duration::from_secs(index.retention_s()?);
    let audit = Audit::open(&folder.join(AUDIT_FILE), now.wall)?;
    ballast.lay();
    Ok(Outbox {
        folder: folder.to_owned(),
        sealing,
        receipt_keys,
        parcels,
        ballast,
        index,
        schedule: Schedule::default(),
        gate: Gate::default(),
        amendments,
        note_schedule: Schedule::default(),
        unscheduled: BTreeSet::new(),
        audit,
        on_duty: None,
        retention,
        sent_again_at: None,
        undecided: None,
        opening: Opening {
            rebuilt,
            ..Opening::default()
        },
        _lock: lock,
    })
}

/// Takes the folder for one process; the lock goes with the file.
pub(super) fn lock(folder: &Path) -> Result<File, OutboxError> {
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(folder.join(LOCK_FILE))?;
    // A child that a predecessor was just starting holds its files until it runs a program of its
    // own: a matter of moments.
    for _ in 0..LOCK_TRIES {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK) => std::thread::park_timeout(LOCK_PAUSE),
            Err(why) => return Err(io::Error::from(why).into()),
        }
    }
    Err(OutboxError::InUse)
}

/// How often, and how far apart, a lock that is held is tried again: half a second in all.
const LOCK_TRIES: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Removes the copies of damaged indexes that other days left: each holds the key of its day.
pub(super) fn forget_damaged_indexes(folder: &Path, now: Wall) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let set_aside_at = name
            .strip_prefix(ASIDE)
            .and_then(|rest| rest.split_once('.'))
            .and_then(|(ms, _)| ms.parse().ok())
            .map(Wall::from_unix_ms);
        if set_aside_at.is_some_and(|at| at.china_date() != now.china_date()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Begins the name of an index that was set aside: `index.damaged-<ms>.sqlite`.
const ASIDE: &str = "index.damaged-";

/// Opens the index, or sets a damaged one aside and begins a new one; with it, why that was needed.
fn open_index(
    folder: &Path,
    absence: Absence,
    now: Now,
) -> Result<(Index, Option<String>), OutboxError> {
    let path = folder.join(INDEX_FILE);
    let opened = Index::open(&path, absence).and_then(|(index, found)| {
        // Every row must be readable, or the index is not worth keeping.
        index.rows()?;
        Ok((index, found))
    });
    match opened {
        Ok((index, found)) => {
            Folder::at(folder).sync()?;
            let lost = (found, absence) == (Found::Nothing, Absence::Lost);
            Ok((index, lost.then(|| "the index was missing".to_owned())))
        }
        Err(IndexError::Damaged(why)) => {
            set_aside(folder, now)?;
            let (index, _) = Index::open(&path, Absence::Lost)?;
            Folder::at(folder).sync()?;
            Ok((index, Some(why)))
        }
        Err(why) => Err(why.into()),
    }
}

fn set_aside(folder: &Path, now: Now) -> io::Result<()> {
    let aside = format!("{ASIDE}{}.sqlite", now.wall.unix_ms());
    for end in ["", "-wal", "-shm"] {
        match fs::rename(
            folder.join(format!("{INDEX_FILE}{end}")),
            folder.join(format!("{aside}{end}")),
        ) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            Ok(()) | Err(_) => {}
        }
    }
    Folder::at(folder).sync()
}

impl Outbox {
    /// Makes rows and files agree after a crash or a lost index, and lets everything queued be
    /// brought at once.
    pub(super) fn reconcile(&mut self, now: Now) -> Result<(), OutboxError> {
        let mut rows: BTreeMap<CaptureId, Row> = self
            .index
            .rows()?
            .into_iter()
            .map(|row| (row.name.id, row))
            .collect();
        let retained = self.retained()?;
        let mut without_row: BTreeMap<CaptureId, ParcelName> = BTreeMap::new();
        for name in self.parcels.list()? {
            match rows.remove(&name.id) {
                Some(row) if row.name != name => self.opening.strange.push(name),
                Some(_) if retained.contains(&name.id) => {}
                Some(row) => self.agree(&row)?,
                None if without_row.contains_key(&name.id) => self.opening.strange.push(name),
                None => {
                    without_row.insert(name.id, name);
                }
            }
        }
        self.adopt(without_row.into_values().collect())?;
        let largest = self.parcels.largest_seq()?;
        self.index
            .raise_sequence(largest.max(self.amendments.largest_seq()?))?;
        self.miss(rows.into_values())?;
        for row in self.index.rows()? {
            if row.state == QueueState::Queued {
                self.schedule
                    .put(row.name.id, row.name.seq, Mono::default());
            }
        }
        self.note_opening(now)
    }

    /// Gives rows to files that have none.
    fn adopt(&mut self, names: Vec<ParcelName>) -> Result<(), OutboxError> {
        let newest = names.iter().max().copied();
        let (mut adopted, mut damaged) = (vec![], vec![]);
        for name in names {
            let file = self.parcels.read_file(name)?;
            match (Content::of(&file), &self.opening.rebuilt) {
                (Content::Capture(parcel), _) => {
                    adopted.push(self.row_from_file(name, parcel, QueueState::Queued)?);
                    if newest == Some(name) {
                        // Its save may have ended before its sync.
                        self.parcels.write_again(name, &file)?;
                    }
                }
                (Content::ConsentAlone, _) => self.parcels.destroy(name)?,
                // Every saved capture has its row: this one's save was not done.
                (Content::Broken(_), None) => self.parcels.unlink(name)?,
                (Content::Broken(parcel), Some(_)) => {
                    let state = QueueState::Quarantined(Quarantine::Damaged);
                    damaged.push(self.row_from_file(name, parcel, state)?);
                }
            }
        }
        let names = |rows: &[Row]| -> Vec<ParcelName> { rows.iter().map(|row| row.name).collect() };
        (self.opening.adopted, self.opening.damaged) = (names(&adopted), names(&damaged));
        adopted.append(&mut damaged);
        self.index.adopt(&adopted)?;
        Ok(())
    }

    /// A parcel with its row: one that is delivered or withdrawn should be gone.
    fn agree(&mut self, row: &Row) -> io::Result<()> {
        if matches!(row.state, QueueState::Delivered | QueueState::Withdrawn) {
            self.parcels.destroy(row.name)?;
            self.opening.purged.push(row.name);
        }
        Ok(())
    }

    /// Rows without a parcel: fine for what is done, damage for what still has to be brought.
    fn miss(&mut self, rows: impl Iterator<Item = Row>) -> Result<(), OutboxError> {
        let missing: Vec<ParcelName> = rows
            .filter(|row| row.state == QueueState::Queued)
            .map(|row| row.name)
            .collect();
        let ids: Vec<CaptureId> = missing.iter().map(|name| name.id).collect();
        let state = QueueState::Quarantined(Quarantine::Damaged);
        self.index
            .set_state(&ids, state, Some("the parcel's file is missing"))?;
        self.opening.missing = missing;
        Ok(())
    }

    /// What a file says about its parcel. When it was written stands for when it was confirmed.
    fn row_from_file(&self, name: ParcelName, parcel: Part, state: QueueState) -> io::Result<Row> {
        let is_damaged = state != QueueState::Queued;
        Ok(Row {
            name,
            state,
            bytes: parcel.bytes,
            sha256: parcel.sha256,
            suite: SUITE.to_owned(),
            confirmed_at: self.parcels.written_at(name)?,
            attempts: 0,
            last_error: is_damaged.then(|| DAMAGED.to_owned()),
        })
    }

    fn note_opening(&mut self, now: Now) -> Result<(), OutboxError> {
        let opening = self.opening.clone();
        if let Some(why) = &opening.rebuilt {
            tracing::error!("The index was rebuilt from the parcels: {why}");
            let last_seq = self.last_seq()?;
            let parcels = opening.adopted.len() as u64;
            self.note(Act::IndexRebuilt { parcels, last_seq }, now.wall);
        } else {
            for ParcelName { seq, id } in opening.adopted {
                self.note(Act::ParcelAdopted { seq, id }, now.wall);
            }
        }
        for ParcelName { seq, id } in [opening.missing, opening.damaged].concat() {
            tracing::error!("Parcel {seq} of capture {id} was lost or damaged by the disk");
            self.note(Act::ParcelDamaged { seq, id }, now.wall);
        }
        Ok(())
    }
}
