//! The calendar on its way to a booth: published, fetched, kept over restarts, carried by stick.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use capture_station::{
    app::{
        librarian::Librarian,
        opening::{self, station_folder},
        sync,
    },
    calendar::Promise,
    config::{self, Config},
    contract::{CALENDAR_FILE, Published, Stage},
    platform::{Client, DocumentAnswer},
    reference::{KeyKind, Terms, revoke_key},
    station::Station,
    time::{Mono, Now, Trust},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    booth::{self, Served, client, id, identity_at, now},
    hall::{Hall, at},
    keys::move_to,
    platform::{deliver, receipt},
};

fn today() -> Now {
    Now {
        mono: Mono::default(),
        wall: now(),
        trust: Trust::Trusted,
    }
}

/// A made-up announcement of 2027, in which 春节 is longer than the regulation says.
fn draft() -> Value {
    json!({
        "years": [{
            "year": 2027,
            "source": "made up",
            "off": [
                { "name": "元旦", "from": "2027-01-01", "to": "2027-01-03" },
                { "name": "春节", "from": "2027-02-05", "to": "2027-02-14" }
            ],
            "make_up": ["2027-02-20"]
        }],
        "service": {
            "numbers": ["010-0000 0000"],
            "hours": { "zh": "每天 8:00–20:00", "en": "daily 8:00–20:00" }
        }
    })
}

/// Publishes by the command line; returns whether it was taken, and what was said.
fn publish(served: &Served, draft: &Value) -> (bool, String) {
    let file = served.folder.path().join("draft.json");
    fs::write(&file, draft.to_string()).unwrap();
    served.commanded(&["calendar", file.to_str().unwrap()])
}

fn restarted(served: Served) -> Served {
    Served::start_in(served.stop())
}

/// A booth with its identity on its disk.
struct Booth {
    data: TempDir,
}

impl Booth {
    fn enrolled_at(served: &Served) -> Self {
        let data = TempDir::new().unwrap();
        identity_at(served, &station_folder(data.path()));
        Self { data }
    }

    fn identity(&self) -> PathBuf {
        station_folder(self.data.path())
    }

    fn client(&self, served: &Served) -> Client {
        let station = Station::load(&self.identity()).unwrap();
        client(&served.url, station.id(), station.signing_key())
    }

    /// Returns what this booth shows dates by after a restart.
    fn started(&self) -> (Librarian, Published) {
        let station = Station::load(&self.identity()).unwrap();
        let mut librarian = Librarian::new(station.batches().clone(), None);
        let published = librarian.reread_calendar().unwrap_or_default();
        (librarian, published)
    }

    fn commanded(&self, words: &[&str], place: &Path) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_capture-station"))
            .arg("--data")
            .arg(self.data.path())
            .args(words)
            .arg(place)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }
}

/// Returns by when a photo of the day before 春节 is audited.
fn audit(published: &Published) -> Promise {
    let eve = "2027-02-04".parse().unwrap();
    published.calendar.audit_by(eve)
}

fn by_regulation() -> Promise {
    Promise {
        date: "2027-02-12".parse().unwrap(),
        estimate: true,
    }
}

fn announced() -> Promise {
    Promise {
        date: "2027-02-16".parse().unwrap(),
        estimate: false,
    }
}

#[test]
fn a_published_year_reaches_a_booth_and_its_dates_are_exact_after_a_restart_too() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    let (mut librarian, built_in) = booth.started();
    assert_eq!(audit(&built_in), by_regulation());
    librarian.refresh_calendar(&booth.client(&served), today());
    assert_eq!(librarian.reread_calendar(), None, "nothing was published");

    let (taken, said) = publish(&served, &draft());
    assert!(taken && said.contains("2026, 2027"), "{said}");
    let served = restarted(served);
    librarian.refresh_calendar(&booth.client(&served), today());
    let published = librarian.reread_calendar().unwrap();
    assert_eq!(audit(&published), announced());
    let service = published.service.as_ref().unwrap();
    assert_eq!(service.numbers, ["010-0000 0000"]);
    assert_eq!(librarian.reread_calendar(), None, "nothing changed");
    drop(served);
    assert_eq!(booth.started().1, published);
    assert_eq!(opening::published(&booth.identity()), published);
}

#[test]
fn the_platform_promises_by_what_it_published() {
    let served = Served::start();
    publish(&served, &draft());
    let eve = at("2027-02-04T02:00:00Z");
    let hall = Hall::open_in(served.stop(), Terms::default(), eve);
    let booth = booth::Booth::enrolled_at(&hall.served, 1);
    let parcel = booth.parcel(id(1), 1);
    receipt(&hall.served, &deliver(&booth, 1, 1, &parcel));
    let progress = hall.served.platform.progress(id(1)).unwrap().unwrap();
    assert_eq!(progress.stage, Stage::InAudit { by: announced() });
}

#[test]
fn the_calendar_comes_signed_and_only_when_it_changed() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    let ask = |served: &Served, etag: Option<&str>| booth.client(served).calendar(etag, now());
    assert_eq!(ask(&served, None), Ok(DocumentAnswer::Unknown));
    publish(&served, &draft());
    let served = restarted(served);
    let Ok(DocumentAnswer::Signed { token, etag }) = ask(&served, None) else {
        panic!("no calendar");
    };
    assert_eq!(served.platform.signed_calendar(), Some(token.as_str()));
    let again = ask(&served, etag.as_deref());
    assert_eq!(again, Ok(DocumentAnswer::Unchanged));
}

#[test]
fn the_kiosks_own_thread_fetches_the_calendar() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    publish(&served, &draft());
    let served = restarted(served);
    move_to(&served.url, &booth.identity());
    let mut config = Config::from_toml(config::DEFAULT, "default.toml").unwrap();
    config.set_data(booth.data.path().to_owned());
    sync::run(&config, |_ledger| true).unwrap();
    assert_eq!(audit(&booth.started().1), announced());
}

#[test]
fn a_platform_that_was_restored_does_not_take_the_newer_calendar_back() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    publish(&served, &draft());
    let older = fs::read(served.folder.path().join("calendar.json")).unwrap();
    let mut later = draft();
    later["years"][0]["off"][1]["to"] = "2027-02-11".into();
    publish(&served, &later);
    let served = restarted(served);
    let (mut librarian, _) = booth.started();
    librarian.refresh_calendar(&booth.client(&served), today());
    let held = librarian.reread_calendar().unwrap();
    assert_ne!(audit(&held), announced());

    let folder = served.stop();
    fs::write(folder.path().join("calendar.json"), older).unwrap();
    let served = Served::start_in(folder);
    librarian.refresh_calendar(&booth.client(&served), today());
    assert_eq!(librarian.reread_calendar(), None);
    assert_eq!(booth.started().1, held);
}

#[test]
fn a_calendar_under_a_revoked_key_is_fetched_again_under_the_new_one() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    publish(&served, &draft());
    let served = restarted(served);
    let (mut librarian, _) = booth.started();
    librarian.refresh_calendar(&booth.client(&served), today());
    assert!(librarian.reread_calendar().is_some());

    let manifest =
        |(kind, id, _): &(KeyKind, String, bool)| (*kind == KeyKind::Manifest).then(|| id.clone());
    let old = served.platform.announced_keys();
    let old = old.iter().find_map(manifest).unwrap();
    let folder = served.stop();
    revoke_key(folder.path(), KeyKind::Manifest, &old).unwrap();
    let served = Served::start_in(folder);
    let keys = served.platform.key_document();
    let station = Station::renew(&booth.identity(), keys).unwrap();
    librarian.renew(station.batches().clone());
    let without = librarian.reread_calendar().unwrap();
    assert_eq!(audit(&without), by_regulation());
    librarian.refresh_calendar(&booth.client(&served), today());
    assert_eq!(audit(&librarian.reread_calendar().unwrap()), announced());
}

#[test]
fn a_booth_that_is_never_online_has_the_calendar_from_a_stick() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    publish(&served, &draft());
    let served = restarted(served);
    let stick = TempDir::new().unwrap();
    let place = stick.path().to_str().unwrap();
    let (written, said) = served.commanded(&["--export-batches", place]);
    assert!(written && said.contains(CALENDAR_FILE), "{said}");
    let (imported, said) = booth.commanded(&["batch", "import"], stick.path());
    assert!(imported && said.contains("2026, 2027"), "{said}");
    assert!(said.contains("010-0000 0000"), "{said}");
    assert_eq!(audit(&booth.started().1), announced());

    // Another platform's has the same words and is not taken.
    let other = Served::start();
    publish(&other, &draft());
    let other = restarted(other);
    let foreign = other.platform.signed_calendar().unwrap();
    let file = stick.path().join(CALENDAR_FILE);
    fs::write(&file, foreign).unwrap();
    let (imported, said) = booth.commanded(&["batch", "import"], &file);
    assert!(!imported && said.contains("not signed by"), "{said}");
    assert_eq!(audit(&booth.started().1), announced());
}

#[test]
fn a_draft_that_cannot_be_is_refused_by_name_and_the_published_one_stays() {
    let served = Served::start();
    publish(&served, &draft());
    let stored = || fs::read(served.folder.path().join("calendar.json")).unwrap();
    let before = stored();
    let changed = |change: fn(&mut Value)| {
        let mut draft = draft();
        change(&mut draft);
        publish(&served, &draft)
    };
    for (change, named) in [
        (
            (|draft| draft["years"][0]["make_up"][0] = "2027-02-13".into()) as fn(&mut Value),
            "2027-02-13 is both",
        ),
        (
            |draft| draft["years"][0]["off"][0]["from"] = "2026-12-31".into(),
            "2026-12-31 under the year 2027",
        ),
        (
            |draft| draft["years"][0]["source"] = "x".repeat(60_000).into(),
            "48 KiB",
        ),
        (|draft| draft["year"] = 2027.into(), "unknown field"),
        (
            |draft| draft["service"]["numbers"][0] = "call us".into(),
            "cannot be dialled",
        ),
    ] {
        let (taken, said) = changed(change);
        assert!(!taken && said.contains(named), "{said}");
        assert_eq!(stored(), before);
    }
}
