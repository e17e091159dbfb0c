//! Replaced keys: each kind, at the platform and at a booth that learns of it.

use std::{fs, path::Path, sync::Arc};

use capture_station::{
    app::{
        asker::key_trial,
        librarian::Librarian,
        opening::{open_outbox, outbox_folder, sealing, station_folder},
        sync,
    },
    capture::{AuditHead, CaptureId},
    cli::drill::made_up,
    code::FeatureCode,
    config::{self, Config},
    contract::{CommandTrouble, KEYS_FILE, Order, Outcome, RECEIPTS_FILE, sha256_hex},
    jws::{self, Purpose},
    outbox::{Imported, Outbox, export},
    platform::{Client, Delivery},
    reference::{self, KeyKind, add_key, revoke_key},
    session::Pinning,
    station::{self, Station},
    time::{Mono, Now, Trust},
};
use tempfile::TempDir;

use crate::booth::{self, Served, client, heartbeat, id, identity_at, now};

/// A booth with its identity on its disk.
struct Booth {
    home: TempDir,
    station: Station,
}

impl Booth {
    fn enrolled_at(served: &Served) -> Self {
        let home = TempDir::new().unwrap();
        let station = identity_at(served, home.path());
        Self { home, station }
    }

    fn client(&self, served: &Served) -> Client {
        client(&served.url, self.station.id(), self.station.signing_key())
    }

    /// Learns of newer keys with the heartbeat and fetches them, as the kiosk does.
    fn hears(&mut self, served: &Served) {
        let client = self.client(served);
        let answer = client.heartbeat(&heartbeat(AuditHead::default()), now());
        let version = answer.unwrap().keys_version;
        assert!(version > self.station.keys_version());
        self.station = Station::renew(self.home.path(), &client.keys().unwrap()).unwrap();
        assert_eq!(self.station.keys_version(), version);
    }

    /// Returns a parcel under the keys that this booth holds.
    fn parcel(&self, served: &Served, n: u8) -> Vec<u8> {
        let sealing = booth::Booth {
            station: self.station.id().to_owned(),
            key: self.station.signing_key().clone(),
            recipient: self.station.recipient().to_owned(),
            client: self.client(served),
        };
        sealing.parcel(id(n), n.into())
    }

    fn bring(&self, served: &Served, n: u8, parcel: &[u8]) -> Delivery {
        let hash = sha256_hex(parcel);
        self.client(served)
            .deliver(id(n), n.into(), parcel.to_vec(), &hash, now())
    }

    fn believes(&self, receipt: &str) -> bool {
        let keys = self.station.receipt_keys();
        jws::verify_bytes(Purpose::CaptureReceipt, receipt, &keys).is_ok()
    }
}

/// Restarts the platform after a change in its folder.
fn restarted(served: Served, change: impl FnOnce(&Path)) -> Served {
    let folder = served.stop();
    change(folder.path());
    Served::start_in(folder)
}

fn with_one_more(served: Served, kind: KeyKind) -> Served {
    restarted(served, |folder| {
        add_key(folder, kind).unwrap();
    })
}

fn without(served: Served, kind: KeyKind, id: &str) -> Served {
    restarted(served, |folder| revoke_key(folder, kind, id).unwrap())
}

/// Returns the id of the key that signed `token`.
fn signer(token: &str) -> String {
    jws::claimed_key(token).unwrap()
}

fn today() -> Now {
    Now {
        mono: Mono::default(),
        wall: now(),
        trust: Trust::Trusted,
    }
}

#[test]
fn receipts_by_a_new_key_and_by_the_old_one_are_believed_until_the_old_one_is_revoked() {
    let served = Served::start();
    let mut booth = Booth::enrolled_at(&served);
    let receipt = |booth: &Booth, served: &Served, n| {
        let parcel = booth.parcel(served, n);
        booth.bring(served, n, &parcel).receipt.unwrap()
    };
    let by_old = receipt(&booth, &served, 1);
    let served = with_one_more(served, KeyKind::Receipt);
    let by_new = receipt(&booth, &served, 2);
    assert_ne!(signer(&by_new), signer(&by_old));
    assert!(!booth.believes(&by_new), "it has not heard of the key yet");
    booth.hears(&served);
    assert!(booth.believes(&by_new) && booth.believes(&by_old));
    let served = without(served, KeyKind::Receipt, &signer(&by_old));
    booth.hears(&served);
    assert!(booth.believes(&by_new) && !booth.believes(&by_old));
}

#[test]
fn a_batch_by_an_old_key_serves_until_the_key_is_revoked_and_then_comes_again_by_itself() {
    let served = Served::start();
    let mut booth = Booth::enrolled_at(&served);
    let batch = reference::demo_batch();
    let by_old = served.platform.sign_batch(&batch).unwrap();
    booth.station.pin_batch(&by_old).unwrap();

    let served = with_one_more(served, KeyKind::Manifest);
    let by_new = served.platform.sign_batch(&batch).unwrap();
    assert_ne!(signer(&by_new), signer(&by_old));
    booth.hears(&served);
    let held = booth.station.batches().pinned().unwrap().unwrap();
    let mut librarian = Librarian::new(booth.station.batches().clone(), Some(Arc::new(held.batch)));

    let served = without(served, KeyKind::Manifest, &signer(&by_old));
    booth.hears(&served);
    assert!(booth.station.batches().pinned().is_err());
    librarian.renew(booth.station.batches().clone());
    // The window had the same batch all along; a booth that starts now has none until it comes.
    assert!(librarian.refresh(&booth.client(&served), today()).is_none());
    let held = booth.station.batches().pinned().unwrap().unwrap();
    assert_eq!(held.batch, batch);
    booth.station.pin_batch(&by_old).unwrap_err();
    let mut started = Librarian::new(booth.station.batches().clone(), None);
    let told = started.refresh(&booth.client(&served), today());
    assert!(matches!(told, Some(Pinning::Done(Some(told))) if *told == batch));
}

#[test]
fn a_command_by_an_old_key_is_obeyed_until_the_key_is_revoked() {
    let served = Served::start();
    let mut booth = Booth::enrolled_at(&served);
    let code = FeatureCode::parse("D3PZ85").unwrap();
    let command = |served: &Served, booth: &Booth| {
        let order = Order::PinBatch(code.clone());
        served.platform.command(booth.station.id(), order).unwrap()
    };
    let read = |booth: &Booth, token: &str| booth.station.batches().command(token, today());
    let by_old = command(&served, &booth);
    let served = with_one_more(served, KeyKind::Command);
    let by_new = command(&served, &booth);
    assert_ne!(signer(&by_new), signer(&by_old));
    assert_eq!(read(&booth, &by_new), Err(CommandTrouble::Foreign));
    booth.hears(&served);
    assert!(read(&booth, &by_new).is_ok() && read(&booth, &by_old).is_ok());
    let served = without(served, KeyKind::Command, &signer(&by_old));
    booth.hears(&served);
    assert!(read(&booth, &by_new).is_ok());
    assert_eq!(read(&booth, &by_old), Err(CommandTrouble::Foreign));
}

#[test]
fn a_parcel_that_waited_under_an_old_recipient_is_opened_and_new_ones_are_sealed_to_the_new() {
    let served = Served::start();
    let mut booth = Booth::enrolled_at(&served);
    let stored = booth.parcel(&served, 1);
    assert_eq!(booth.bring(&served, 1, &stored).outcome, Outcome::Stored);
    let waiting = booth.parcel(&served, 2);
    let old = booth.station.recipient().to_owned();

    let served = without(served, KeyKind::Recipient, &old);
    booth.hears(&served);
    assert_ne!(booth.station.recipient(), old);
    let new = booth.parcel(&served, 3);
    for (n, parcel) in [(2, &waiting), (3, &new)] {
        let brought = booth.bring(&served, n, parcel);
        assert_eq!(brought.outcome, Outcome::Stored, "{}", brought.reason());
    }
    for n in 1..=3 {
        served.platform.open_parcel(id(n)).unwrap();
    }
    key_trial(booth.home.path(), &booth.client(&served), now()).unwrap();
}

#[test]
fn an_older_document_never_comes_back_and_a_strangers_is_never_taken() {
    let served = Served::start();
    let mut booth = Booth::enrolled_at(&served);
    let first = served.platform.key_document().to_owned();
    let served = with_one_more(served, KeyKind::Receipt);
    booth.hears(&served);
    let version = booth.station.keys_version();
    let same = Station::renew(booth.home.path(), &first).unwrap();
    assert_eq!(same.keys_version(), version);
    let stranger = Served::start();
    assert!(Station::renew(booth.home.path(), stranger.platform.key_document()).is_err());
    let kept = Station::load(booth.home.path()).unwrap();
    assert_eq!(kept.keys_version(), version);
}

#[test]
fn a_booth_that_is_never_online_has_the_newer_keys_from_the_stick_with_the_receipts() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    let outbox_folder = booth.home.path().join("outbox");
    let mut outbox = open_outbox(&booth.station, &outbox_folder, today()).unwrap();
    let capture = CaptureId::new(now(), [1; 10]);
    let capture = made_up(capture, (4_000, 9_000), today()).unwrap();
    outbox.save(&capture, today()).unwrap();
    let stick = TempDir::new().unwrap();
    let sealing = sealing(&booth.station).unwrap();
    let exported = export(
        &outbox_folder,
        &sealing,
        stick.path(),
        today(),
        |_done, _of| {},
    );
    let folder = exported.unwrap().folder;

    let served = with_one_more(served, KeyKind::Receipt);
    served.platform.take_export(&folder).unwrap();
    let receipts = fs::read_to_string(folder.join(RECEIPTS_FILE)).unwrap();
    let import = |outbox: &mut Outbox| {
        let mut lines = receipts.lines();
        lines.all(|line| {
            let imported = outbox.import_receipts(&[line], today());
            matches!(imported.as_slice(), [Ok(Imported::Delivered)])
        })
    };
    assert!(
        !import(&mut outbox),
        "the booth does not know the new key yet"
    );
    let station = Station::renew_from(booth.home.path(), &folder.join(KEYS_FILE)).unwrap();
    outbox
        .renew_keys(station.receipt_keys(), station.recipient())
        .unwrap();
    assert!(import(&mut outbox));
    assert_eq!(outbox.counts().unwrap().delivered, 1);
}

#[test]
fn a_booth_whose_queue_and_batch_wait_under_revoked_keys_goes_on_by_itself() {
    let served = Served::start();
    let data = TempDir::new().unwrap();
    let identity = station_folder(data.path());
    let station = identity_at(&served, &identity);
    let batch = reference::demo_batch();
    let token = served.platform.sign_batch(&batch).unwrap();
    station.pin_batch(&token).unwrap();
    let mut outbox = open_outbox(&station, &outbox_folder(data.path()), today()).unwrap();
    let capture = made_up(id(1), (4_000, 9_000), today()).unwrap();
    outbox.save(&capture, today()).unwrap();
    drop(outbox);

    let old = served.platform.announced_keys();
    let served = restarted(served, |folder| {
        for (kind, id, _) in &old {
            revoke_key(folder, *kind, id).unwrap();
        }
    });
    // Its batch does not verify after the start; it learns of the other keys with its heartbeat.
    Station::renew(&identity, served.platform.key_document()).unwrap();
    let served = with_one_more(served, KeyKind::Receipt);
    move_to(&served.url, &identity);
    let mut config = Config::from_toml(config::DEFAULT, "default.toml").unwrap();
    config.set_data(data.path().to_owned());
    let mut looks = 0;
    let ledger = sync::run(&config, |_ledger| {
        looks += 1;
        looks < 3_000
    });
    assert_eq!(ledger.unwrap().waiting(), 0);
    served.platform.open_parcel(id(1)).unwrap();
    let held = Station::load(&identity).unwrap().batches().pinned();
    assert_eq!(held.unwrap().unwrap().batch, batch);
}

/// Points the booth to its platform at another address, as a test's platform has another port after
/// a restart.
pub fn move_to(url: &str, identity: &Path) {
    let file = identity.join(station::IDENTITY_FILE);
    let mut said: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    said.as_object_mut()
        .unwrap()
        .insert("platform".to_owned(), url.into());
    fs::write(&file, said.to_string()).unwrap();
}
