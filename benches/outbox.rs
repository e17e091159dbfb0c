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
    capture::{Capture, CaptureId},
    cli::drill,
    jws::KeySet,
    outbox::{Outbox, Sealing},
    time::{Mono, Now, Trust, Wall},
};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ed25519_dalek::SigningKey;

/// Portrait and original, bytes.
const SIZES: (usize, usize) = (38_000, 362_000);
const PARCEL_BYTES: usize = SIZES.0 + SIZES.1;

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
    drill::made_up(CaptureId::new(NOW.wall, random), SIZES, NOW).unwrap()
}

criterion_group! {
    name = outbox;
    config = Criterion::default().sample_size(20);
    targets = save, bare
}
criterion_main!(outbox);
