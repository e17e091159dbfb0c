//! A platform that is restored from an older backup: it notices what it lost, and gets again what
//! its booths keep.

use std::{path::PathBuf, process::Command, time::Duration};

use capture_station::{
    app::{
        opening::{client, open_outbox, outbox_folder, station_folder},
        sync,
    },
    booth::QueueState,
    capture::{AuditHead, CaptureId},
    cli::drill::made_up,
    config::{self, Config},
    contract::{Change, StationAlarm},
    outbox::Outbox,
    reference::Terms,
    station::Station,
    time::{Mono, Now, Trust},
};
use tempfile::TempDir;

use crate::{
    booth::{Booth, Served, heartbeat, id, identity_at, now},
    keys::move_to,
    platform::{deliver, receipt},
};

/// Copies the folder of a platform that is stopped.
fn backup(folder: &TempDir) -> TempDir {
    let copy = TempDir::new().unwrap();
    let copied = Command::new("cp")
        .arg("-a")
        .arg(folder.path().join("."))
        .arg(copy.path())
        .status();
    assert!(copied.unwrap().success());
    copy
}

#[test]
fn a_platform_restored_from_an_older_backup_notices_what_it_lost() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served, 1);
    receipt(&served, &deliver(&booth, 1, 1, &booth.parcel(id(1), 1)));
    let folder = served.stop();
    let backup = backup(&folder);
    let served = Served::start_in(folder);
    let booth = booth.at(&served);
    receipt(&served, &deliver(&booth, 2, 2, &booth.parcel(id(2), 2)));
    let mut beat = heartbeat(AuditHead::default());
    beat.delivered_seq = Some(2);
    let alarms = |booth: &Booth| booth.client.heartbeat(&beat, now()).unwrap().alarms;
    assert_eq!(alarms(&booth), []);
    drop(served);

    let served = Served::start_in(backup);
    let booth = booth.at(&served);
    assert_eq!(alarms(&booth), [StationAlarm::CapturesMissing]);
    let (is_fine, said) = served.commanded(&["alarms", "list", &booth.station]);
    assert!(is_fine && said.contains("captures"), "{said}");
}

/// A platform whose backups are a day apart at most.
fn serve(folder: TempDir) -> Served {
    let terms = Terms {
        booths_retain: Duration::from_hours(24),
        ..Terms::default()
    };
    Served::start_with(folder, terms)
}

fn at(s: u64) -> Now {
    Now {
        mono: Mono::from_start(Duration::from_secs(s)),
        wall: now(),
        trust: Trust::Trusted,
    }
}

/// A booth with an outbox, like the kiosk's.
struct Kiosk {
    data: TempDir,
    identity: PathBuf,
}

impl Kiosk {
    fn enrolled_at(served: &Served) -> Self {
        let data = TempDir::new().unwrap();
        let identity = station_folder(data.path());
        identity_at(served, &identity);
        Self { data, identity }
    }

    fn outbox(&self) -> Outbox {
        let station = Station::load(&self.identity).unwrap();
        open_outbox(&station, &outbox_folder(self.data.path()), at(1)).unwrap()
    }

    fn save(&self, n: u8) {
        let capture = made_up(id(n), (4_000, 9_000), at(1)).unwrap();
        self.outbox().save(&capture, at(1)).unwrap();
    }

    /// Exchanges a heartbeat, and does what follows from its answer; how many captures and notes
    /// are sent again.
    fn beat(&self) -> usize {
        let mut outbox = self.outbox();
        let client = client(&Station::load(&self.identity).unwrap(), None).unwrap();
        let mut beat = heartbeat(AuditHead::default());
        beat.delivered_seq = outbox.delivered_seq().unwrap();
        beat.delivered_note = outbox.delivered_note().unwrap();
        let answer = client.heartbeat(&beat, now()).unwrap();
        outbox
            .heed_retention(Duration::from_secs(answer.retain_s))
            .unwrap();
        if answer.has_lost {
            outbox.heed_loss(at(2)).unwrap()
        } else {
            0
        }
    }

    /// Delivers whatever waits.
    fn deliver(&self) {
        let mut config = Config::from_toml(config::DEFAULT, "default.toml").unwrap();
        config.set_data(self.data.path().to_owned());
        let mut looks = 0;
        let ledger = sync::run(&config, |_ledger| {
            looks += 1;
            looks < 3_000
        });
        assert_eq!(ledger.unwrap().waiting(), 0);
    }

    fn state(&self, id: CaptureId) -> QueueState {
        let rows = self.outbox().queue(9).unwrap();
        rows.iter().find(|row| row.id == id).unwrap().state
    }
}

/// Makes a backup of a platform, which then serves again.
fn backed_up(served: Served, kiosk: &Kiosk) -> (Served, TempDir) {
    let folder = served.stop();
    let backup = backup(&folder);
    let served = serve(folder);
    move_to(&served.url, &kiosk.identity);
    (served, backup)
}

#[test]
fn what_a_restored_platform_lost_comes_again_from_its_booths() {
    let served = serve(TempDir::new().unwrap());
    let kiosk = Kiosk::enrolled_at(&served);
    assert_eq!(kiosk.beat(), 0);
    kiosk.save(1);
    kiosk.deliver();
    let (served, backup) = backed_up(served, &kiosk);
    kiosk.save(2);
    let payment = Change::Paid("order-7".to_owned());
    kiosk.outbox().amend(id(2), &payment, at(1)).unwrap();
    kiosk.deliver();
    assert_eq!(kiosk.beat(), 0, "nothing is missing");
    drop(served);

    let served = serve(backup);
    move_to(&served.url, &kiosk.identity);
    assert!(served.platform.open_parcel(id(2)).is_err());
    // Both captures, their consent records and the payment.
    assert_eq!(kiosk.beat(), 5);
    assert_eq!(kiosk.state(id(2)), QueueState::Queued);
    kiosk.deliver();
    for n in 1..=2 {
        served.platform.open_parcel(id(n)).unwrap();
        assert_eq!(kiosk.state(id(n)), QueueState::Delivered);
    }
    assert_eq!(served.platform.captures().unwrap().len(), 2);
    assert_eq!(served.platform.notes(id(2)).unwrap().len(), 2);
    assert_eq!(kiosk.beat(), 0);
}

#[test]
fn a_loss_shows_in_the_newest_receipt_and_not_in_the_largest_number() {
    let served = serve(TempDir::new().unwrap());
    let kiosk = Kiosk::enrolled_at(&served);
    kiosk.beat();
    kiosk.save(1);
    kiosk.save(2);
    kiosk.deliver();
    let (served, backup) = backed_up(served, &kiosk);
    // What came after the backup: a withdrawal alone.
    kiosk
        .outbox()
        .amend(id(1), &Change::Withdrawn, at(1))
        .unwrap();
    kiosk.deliver();
    assert!(served.platform.is_withdrawn(id(1)).unwrap());
    drop(served);

    let served = serve(backup);
    move_to(&served.url, &kiosk.identity);
    assert!(served.platform.open_parcel(id(1)).is_ok(), "it is back");
    // The second capture; the consent records of both, and the tombstone.
    assert_eq!(kiosk.beat(), 4);
    kiosk.deliver();
    assert!(served.platform.is_withdrawn(id(1)).unwrap());
    assert!(served.platform.open_parcel(id(1)).is_err());
    assert!(served.platform.open_parcel(id(2)).is_ok());
}
