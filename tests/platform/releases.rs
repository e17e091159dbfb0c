//! A release on its way: from who makes the program, by the platform, to a booth that may only
//! offer it to its machine.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use capture_station::{
    app::{
        updater::Updater,
        wires::{Ledger, Wires},
    },
    camera::{Audience, Need},
    contract::{limit, sha256_hex},
    jws::{self, KeySet, Purpose},
    release::{FILES, MANIFEST, PROGRAM, Release, ReleaseFile, Version},
    updates::{Failed, Packaged, Record, Releases},
};
use ed25519_dalek::SigningKey;
use tempfile::TempDir;

use crate::{
    booth::{Booth, Served},
    hall::{MONDAY, at},
};

/// The program of a release: two parts and a bit.
fn program() -> Vec<u8> {
    let bytes = 0..2 * limit::PART_BYTES + 100;
    bytes.map(|number| (number % 251) as u8).collect()
}

fn maker() -> SigningKey {
    SigningKey::from_bytes(&[77; 32])
}

fn release() -> Release {
    Release {
        version: "9.9.9".parse().unwrap(),
        arch: std::env::consts::ARCH.to_owned(),
        index_schema: 1000,
        share: 100,
        files: vec![ReleaseFile {
            path: PROGRAM.to_owned(),
            bytes: program().len() as u64,
            sha256: sha256_hex(&program()),
        }],
    }
}

/// A booth at its platform, and a folder of its own.
struct World {
    served: Served,
    updater: Updater,
    wires: Arc<Wires>,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let served = Served::start();
        let booth = Booth::enrolled_at(&served, 1);
        let folder = tempfile::tempdir().unwrap();
        let (wires, _) = Wires::new();
        wires.clock.heard(at(MONDAY));
        wires.need.put(Need {
            audience: Audience::Nobody,
            ..Need::default()
        });
        wires.ledger.put(Ledger::default());
        Self {
            updater: Updater {
                client: Arc::new(booth.client),
                station: booth.station,
                releases: Releases::new(folder.path().join("releases")),
                keys: KeySet::one(maker().verifying_key()),
                offer: folder.path().join("offer"),
            },
            served,
            wires,
            folder,
        }
    }

    /// Puts a release where the platform serves it from.
    fn publish(&self, release: &Release, program: &[u8]) {
        let folder = self.served.folder.path().join("release");
        fs::create_dir_all(folder.join(FILES)).unwrap();
        let token = jws::sign(Purpose::Release, &maker(), release).unwrap();
        fs::write(folder.join(MANIFEST), token).unwrap();
        fs::write(
            folder.join(FILES).join(sha256_hex(&self::program())),
            program,
        )
        .unwrap();
    }

    fn fetch(&self) -> anyhow::Result<()> {
        self.updater.fetch(&self.wires, &Record::default())
    }

    fn offered(&self) -> PathBuf {
        self.updater.offer.join(FILES).join(sha256_hex(&program()))
    }

    /// What the machine's service makes of the offer.
    fn stage(&self) -> Result<Version, capture_station::updates::UpdateError> {
        let packaged = Packaged {
            version: "0.1.0".parse().unwrap(),
            program: "/usr/bin/capture-station".into(),
            index_schema: 1,
        };
        let keys = &self.updater.keys;
        let releases = &self.updater.releases;
        releases.stage(&self.updater.offer, keys, &packaged, Failed::StaysRefused)
    }
}

#[test]
fn a_release_reaches_the_machine_of_a_booth() {
    let world = World::new();
    world.fetch().unwrap();
    assert!(!world.updater.offer.exists(), "there is none yet");

    world.publish(&release(), &program());
    world.fetch().unwrap();
    assert_eq!(fs::read(world.offered()).unwrap(), program());
    assert!(world.updater.offer.join("ready").exists());
    assert_eq!(world.stage().unwrap(), release().version);
}

#[test]
fn a_fetch_that_broke_off_goes_on_where_it_was() {
    let world = World::new();
    world.publish(&release(), &program());
    let partial = world.offered().with_extension("partial");
    fs::create_dir_all(partial.parent().unwrap()).unwrap();
    let begun = &program()[..limit::PART_BYTES + 7];
    fs::write(&partial, begun).unwrap();
    world.fetch().unwrap();
    assert_eq!(fs::read(world.offered()).unwrap(), program());
    assert!(!partial.exists());

    fs::remove_file(world.offered()).unwrap();
    fs::write(&partial, b"not the beginning of it").unwrap();
    let why = world.fetch().unwrap_err().to_string();
    assert!(why.contains("not the one that its manifest lists"), "{why}");
    world.fetch().unwrap();
    assert_eq!(fs::read(world.offered()).unwrap(), program());
}

#[test]
fn what_the_platform_alters_is_not_offered() {
    let world = World::new();
    let mut altered = program();
    altered[5] ^= 1;
    world.publish(&release(), &altered);
    world.fetch().unwrap_err();
    world.publish(&release(), &program()[1..]);
    world.fetch().unwrap_err();

    let manifest = world.served.folder.path().join("release").join(MANIFEST);
    let own = SigningKey::from_bytes(&[78; 32]);
    let token = jws::sign(Purpose::Release, &own, &release()).unwrap();
    fs::write(manifest, token).unwrap();
    let why = world.fetch().unwrap_err().to_string();
    assert!(why.contains("not believed"), "{why}");
    assert!(!Path::new(&world.updater.offer).join("ready").exists());
}

#[test]
fn nothing_is_fetched_while_somebody_is_at_the_booth_or_captures_wait() {
    let world = World::new();
    world.publish(&release(), &program());
    world.wires.need.put(Need::default());
    world.fetch().unwrap();
    assert!(!world.offered().exists());
    assert!(!world.updater.offer.join("ready").exists());
    drop(world.folder);
}

#[test]
fn only_a_files_hash_is_a_file() {
    let world = World::new();
    world.publish(&release(), &program());
    let client = &world.updater.client;
    for name in ["..%2Frelease.jws", "release.jws", "a".repeat(64).as_str()] {
        assert!(client.release_part(name, 0, at(MONDAY)).is_err(), "{name}");
    }
    let hash = sha256_hex(&program());
    let end = program().len() as u64;
    for (from, length) in [(0, limit::PART_BYTES), (end - 3, 3), (end, 0), (end + 9, 0)] {
        let part = client.release_part(&hash, from, at(MONDAY)).unwrap();
        assert_eq!(part.len(), length, "{from}");
    }
}
