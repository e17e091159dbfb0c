//! How long a student waits between "confirm" and the receipt: one save, beside the bare durable sequence that it must contain.
//!
//! Both write to the temporary folder; set `TMPDIR` to a folder on the kiosk's own disk to measure that disk.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot set up has nothing to say"
)]

use std::{
    fs::{self, File},
    hint::black_box,
    io::Write,
    path::Path,
    time::Duration,
};

use capture_station::{
    capture::{
        BackgroundUse, BatchRef, Capture, CaptureId, Consent, Facts, Original, PaymentState,
        SourceFormat,
    },
    code::{self, FeatureCode, Meaning, PersonalCode, Tail, TailRule},
    frame::Turn,
    geometry::Point,
    jws::KeySet,
    lang::Lang,
    layout::{Crop, Placed},
    outbox::{Outbox, Sealing},
    profile::Document,
    time::{Mono, Now, Trust, Wall},
};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ed25519_dalek::SigningKey;

const PORTRAIT_BYTES: usize = 38_000;
const ORIGINAL_BYTES: usize = 362_000;
const PARCEL_BYTES: usize = PORTRAIT_BYTES + ORIGINAL_BYTES;

const NOW: Now = Now {
    mono: Mono::from_start(Duration::from_secs(1)),
    wall: Wall::EPOCH,
    trust: Trust::Trusted,
};

fn save(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let recipient = age::x25519::Identity::generate().to_public().to_string();
    let key = SigningKey::from_bytes(&[7; 32]);
    let sealing = Sealing::new("bench".to_owned(), key, &recipient, Vec::new()).unwrap();
    let mut outbox = Outbox::open(folder.path(), sealing, KeySet::default(), NOW).unwrap();
    let mut n = 0_u64;
    c.bench_function("save a 400 KB capture", |b| {
        b.iter_batched(
            || {
                n += 1;
                capture(n)
            },
            |capture| black_box(outbox.save(&capture, NOW).unwrap()),
            BatchSize::PerIteration,
        );
    });
}

fn bare(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let db = rusqlite::Connection::open(folder.path().join("bare.sqlite")).unwrap();
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_row| Ok(()))
        .unwrap();
    db.pragma_update(None, "synchronous", "FULL").unwrap();
    db.execute_batch("CREATE TABLE row (n INTEGER PRIMARY KEY, sha256 TEXT)")
        .unwrap();
    let bytes = vec![0x5a; PARCEL_BYTES];
    let mut n = 0_u64;
    c.bench_function(
        "bare: write 400 KB, sync, rename, sync folder, commit",
        |b| {
            b.iter(|| {
                n += 1;
                write_durably(folder.path(), n, &bytes);
                db.execute(
                    "INSERT INTO row (n, sha256) VALUES (?1, ?2)",
                    (n as i64, "0"),
                )
                .unwrap();
            });
        },
    );
}

fn write_durably(folder: &Path, n: u64, bytes: &[u8]) {
    let (waiting, whole) = (folder.join(format!("{n}.tmp")), folder.join(n.to_string()));
    let mut file = File::create(&waiting).unwrap();
    file.write_all(bytes).unwrap();
    file.sync_all().unwrap();
    fs::rename(waiting, whole).unwrap();
    File::open(folder).unwrap().sync_all().unwrap();
}

fn capture(n: u64) -> Capture {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    Capture {
        facts: facts(CaptureId::new(NOW.wall, random)),
        code: personal(&n.to_be_bytes().repeat(20)),
        tail: Tail::parse("002X", TailRule::AsPrinted).unwrap(),
        portrait: vec![0x5a; PORTRAIT_BYTES],
        original: Original {
            jpeg: vec![0xa5; ORIGINAL_BYTES],
            source: SourceFormat::CameraJpeg,
            turn: Turn::None,
        },
    }
}

fn personal(bytes: &[u8]) -> PersonalCode {
    match code::meaning(bytes) {
        Meaning::Personal(code) => Some(code),
        Meaning::Batch(_)
        | Meaning::Command(_)
        | Meaning::Ticket
        | Meaning::Receipt
        | Meaning::Foreign(_) => None,
    }
    .unwrap()
}

fn facts(id: CaptureId) -> Facts {
    Facts {
        id,
        batch: BatchRef {
            feature_code: FeatureCode::parse("D3PZ85").unwrap(),
            serial: 1,
            known_through: Wall::EPOCH,
            profile: Document {
                id: "standard-99".to_owned(),
                version: "1".to_owned(),
            },
        },
        consent: Consent {
            text_version: "1".to_owned(),
            text_sha256: "00".repeat(32),
            lang: Lang::Zh,
            terms_read_at: NOW.wall,
            face_agreed_at: NOW.wall,
            sending_agreed_at: NOW.wall,
        },
        payment: PaymentState::NotRequired,
        captured_at: NOW.wall,
        time_trust: Trust::Trusted,
        crop: Crop {
            origin_in_frame: Point::new(0.0, 0.0),
            scale: 1.0,
        },
        geometry: Placed {
            crown_px: 80.0,
            eye_px: 250.0,
            chin_px: 430.0,
            face_width_px: 212.0,
            center_offset_px: 0.0,
        },
        background: BackgroundUse::Kept,
        quality: Vec::new(),
        overrides: Vec::new(),
        camera: "bench".to_owned(),
        supersedes: None,
    }
}

criterion_group! {
    name = outbox;
    config = Criterion::default().sample_size(20);
    targets = save, bare
}
criterion_main!(outbox);
