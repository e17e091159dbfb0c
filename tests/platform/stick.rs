//! Captures carried to the platform on a stick, and receipts carried back.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use capture_station::{
    app::opening::{open_outbox, sealing},
    booth::QueueState,
    capture::CaptureId,
    cli::drill::made_up,
    contract::{Change, EXPORT_MANIFEST, RECEIPTS_FILE},
    outbox::{Exported, Imported, Outbox, OutboxError, export},
    platform,
    station::Station,
    time::{Mono, Now, Trust, Wall},
};

use crate::booth::{Served, identity_at};

fn now() -> Now {
    Now {
        mono: Mono::from_start(Duration::from_secs(1)),
        wall: Wall::from_unix_ms(1_780_000_000_000),
        trust: Trust::Unknown,
    }
}

/// A booth with an outbox, like the kiosk's.
struct Carried {
    home: tempfile::TempDir,
    station: Station,
    outbox: Outbox,
}

impl Carried {
    fn enrolled_at(served: &Served) -> Self {
        let home = tempfile::tempdir().unwrap();
        let station = identity_at(served, &home.path().join("station"));
        let outbox = open_outbox(&station, &home.path().join("outbox"), now());
        Self {
            outbox: outbox.unwrap(),
            station,
            home,
        }
    }

    fn save(&mut self, n: u8) -> CaptureId {
        let id = CaptureId::new(Wall::from_unix_ms(1_780_000_000_000), [n; 10]);
        let capture = made_up(id, (4_000, 9_000), now()).unwrap();
        self.outbox.save(&capture, now()).unwrap();
        id
    }

    fn export(&self) -> Result<(Exported, PathBuf), OutboxError> {
        let stick = self.home.path().join("stick");
        fs::create_dir_all(&stick).unwrap();
        let outbox = self.home.path().join("outbox");
        let mut told = vec![];
        let sealing = sealing(&self.station).unwrap();
        let exported = export(&outbox, &sealing, &stick, now(), |done, of| {
            told.push((done, of));
        })?;
        let files = (exported.parcels + exported.notes + exported.skipped) as usize;
        assert_eq!(told.last(), Some(&(files, files)));
        let folder = exported.folder.clone();
        Ok((exported, folder))
    }

    fn import(&mut self, folder: &Path) -> Vec<Imported> {
        let receipts = fs::read_to_string(folder.join(RECEIPTS_FILE)).unwrap();
        let lines: Vec<_> = receipts.lines().collect();
        let imported = self.outbox.import_receipts(&lines, now()).into_iter();
        imported.map(Result::unwrap).collect()
    }
}

#[test]
fn captures_go_out_by_stick_and_receipts_come_back() {
    let served = Served::start();
    let mut booth = Carried::enrolled_at(&served);
    booth.save(1);
    booth.save(2);
    let third = booth.save(3);
    booth
        .outbox
        .amend(third, &Change::Withdrawn, now())
        .unwrap();
    let (exported, folder) = booth.export().unwrap();
    // Three consent records and a tombstone.
    assert_eq!(
        (exported.parcels, exported.notes, exported.skipped),
        (2, 4, 0)
    );
    assert_eq!(booth.outbox.counts().unwrap().queued, 2, "delivery goes on");

    let taken = served.platform.take_export(&folder).unwrap();
    assert_eq!((taken.stored, taken.known, taken.refused.len()), (6, 0, 0));
    let again = served.platform.take_export(&folder).unwrap();
    assert_eq!((again.stored, again.known), (0, 6));
    assert_eq!(served.platform.captures().unwrap().len(), 2);
    assert!(served.platform.is_withdrawn(third).unwrap());

    assert_eq!(booth.import(&folder), vec![Imported::Delivered; 6]);
    assert_eq!(booth.import(&folder), vec![Imported::Known; 6]);
    let counts = booth.outbox.counts().unwrap();
    assert_eq!((counts.delivered, counts.withdrawn), (2, 1));
    assert!(counts.balances());
    assert_eq!(booth.outbox.notes_queued().unwrap(), 0);
}

#[test]
fn a_stick_holds_nothing_that_can_be_read_and_one_that_was_altered_is_refused_by_file() {
    let served = Served::start();
    let mut booth = Carried::enrolled_at(&served);
    let first = booth.save(1);
    booth.save(2);
    let (_, folder) = booth.export().unwrap();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let is_sealed = bytes.starts_with(b"age-encryption.org/");
        assert!(is_sealed || path.ends_with(EXPORT_MANIFEST), "{path:?}");
    }
    fs::write(folder.join(format!("000001-{first}.age")), b"torn").unwrap();
    let taken = served.platform.take_export(&folder).unwrap();
    assert_eq!((taken.stored, taken.refused.len()), (3, 1));
    let delivered = booth.import(&folder);
    assert_eq!(delivered, vec![Imported::Delivered; 3]);
    let rows = booth.outbox.queue(9).unwrap();
    let left = rows.iter().find(|row| row.id == first).unwrap();
    assert_eq!(
        left.state,
        QueueState::Queued,
        "without its receipt it stays"
    );

    let manifest = fs::read_to_string(folder.join(EXPORT_MANIFEST)).unwrap();
    fs::write(folder.join(EXPORT_MANIFEST), manifest.replace('.', ".A")).unwrap();
    assert!(served.platform.take_export(&folder).is_err());
    let stranger = Served::start();
    fs::write(folder.join(EXPORT_MANIFEST), manifest).unwrap();
    assert!(stranger.platform.take_export(&folder).is_err());
}

#[test]
fn receipts_that_lie_are_not_taken_from_a_stick_either() {
    let served = Served::start();
    let mut booth = Carried::enrolled_at(&served);
    booth.save(1);
    let (_, folder) = booth.export().unwrap();
    let mut other = Carried::enrolled_at(&served);
    other.save(2);
    let (_, other_folder) = other.export().unwrap();
    served.platform.take_export(&other_folder).unwrap();
    let strangers = fs::read_to_string(other_folder.join(RECEIPTS_FILE)).unwrap();
    let manifest = fs::read_to_string(folder.join(EXPORT_MANIFEST)).unwrap();
    let lies = strangers
        .lines()
        .map(str::to_owned)
        .chain([manifest, "no token".to_owned()]);
    for lie in lies {
        let imported = booth.outbox.import_receipts(&[lie], now());
        assert!(
            matches!(imported.as_slice(), [Ok(Imported::NotTaken(_))]),
            "{imported:?}"
        );
    }
    assert_eq!(booth.outbox.counts().unwrap().queued, 1);
}

#[test]
fn a_capture_that_the_disk_damaged_is_left_out_and_counted() {
    let served = Served::start();
    let mut booth = Carried::enrolled_at(&served);
    let id = booth.save(1);
    booth.save(2);
    let parcel = format!("outbox/parcels/000001-{id}.age");
    fs::write(booth.home.path().join(parcel), b"torn").unwrap();
    let (exported, _) = booth.export().unwrap();
    // Its consent record stood in the same file.
    assert_eq!((exported.parcels, exported.skipped), (1, 2));
}

#[test]
fn a_capped_line_brings_the_same_bytes() {
    let served = Served::start();
    let mut booth = Carried::enrolled_at(&served);
    let id = booth.save(1);
    let settings = platform::Settings {
        bytes_per_s: Some(1_000_000),
        ..platform::Settings::new(served.url.clone(), None)
    };
    let key = booth.station.signing_key().clone();
    let client = platform::Client::new(settings, booth.station.id().to_owned(), key).unwrap();
    let parcel = booth.outbox.parcel(id, now()).unwrap();
    let brought = client.deliver(
        id,
        parcel.seq,
        parcel.bytes.clone(),
        &parcel.sha256,
        now().wall,
    );
    assert!(brought.receipt.is_some(), "{}", brought.reason());
}
