//! Batches on their way to a booth: fetched, kept while the platform is away, changed, revoked, and
//! commanded.

use std::{fs, path::Path, sync::Arc};

use capture_station::{
    app::librarian::Librarian,
    code::{BatchCode, FeatureCode},
    contract::{Batch, BatchTrouble, CommandTrouble, Order},
    platform::{self, Client},
    reference,
    session::Pinning,
    station::{PinVerdict, Pins, Station, new_key},
    time::{Mono, Now, Trust, Wall},
};
use tempfile::TempDir;

use crate::booth::{Served, client, enrol_request, now};

/// A booth with an identity on its disk.
struct Booth {
    folder: TempDir,
    station: Station,
    client: Client,
}

impl Booth {
    fn enrolled_at(served: &Served) -> Self {
        let folder = TempDir::new().unwrap();
        let key = new_key().unwrap();
        let ticket = served.platform.ticket(&served.url).unwrap();
        let request = enrol_request(&ticket.one_time_code, &key);
        let enrolled = platform::enrol(&ticket.platform, None, &request).unwrap();
        let station = Station::enrol(folder.path(), &ticket, "图书馆 1", &enrolled, &key).unwrap();
        Self {
            client: client(&served.url, station.id(), &key),
            station,
            folder,
        }
    }

    /// Returns it as after a restart.
    fn librarian(&self) -> Librarian {
        let station = Station::load(self.folder.path()).unwrap();
        let pinned = station.batches().pinned().unwrap();
        let told = pinned.map(|held| Arc::new(held.batch));
        Librarian::new(station.batches().clone(), told)
    }
}

const DAY_MS: i64 = 86_400_000;

fn today() -> Now {
    Now {
        mono: Mono::default(),
        wall: now(),
        trust: Trust::Trusted,
    }
}

fn code(text: &str) -> BatchCode {
    BatchCode::Feature(FeatureCode::parse(text).unwrap())
}

/// Changes the platform's batch in its folder; it serves the change after its next start.
fn change(platform: &Path, change: impl FnOnce(&mut Batch)) {
    let mut batch = reference::demo_batch();
    change(&mut batch);
    let file = platform.join("batches").join("D3PZ85.json");
    fs::write(file, serde_json::to_vec(&batch).unwrap()).unwrap();
}

/// Restarts the platform with a changed batch, and returns the booth's client for it.
fn restarted(served: Served, booth: &Booth, with: impl FnOnce(&mut Batch)) -> (Served, Client) {
    let folder = served.stop();
    change(folder.path(), with);
    let served = Served::start_in(folder);
    let client = client(&served.url, booth.station.id(), booth.station.signing_key());
    (served, client)
}

#[track_caller]
fn pinned(pinning: Option<Pinning>) -> Option<Arc<Batch>> {
    match pinning {
        Some(Pinning::Done(batch)) => batch,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_batch_once_fetched_serves_while_the_platform_is_away() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    let found = booth
        .librarian()
        .find(&booth.client, &code("d3pz85"), today());
    assert_eq!(*found.unwrap(), reference::demo_batch());
    let strange = booth
        .librarian()
        .find(&booth.client, &code("zzzzzz"), today());
    assert_eq!(strange.unwrap_err().trouble, BatchTrouble::Unknown);
    drop(served);
    let held = booth
        .librarian()
        .find(&booth.client, &code("D3PZ85"), today());
    assert_eq!(*held.unwrap(), reference::demo_batch());
    let strange = booth
        .librarian()
        .find(&booth.client, &code("zzzzzz"), today());
    assert_eq!(strange.unwrap_err().trouble, BatchTrouble::NotReachable);
}

#[test]
fn a_booth_that_is_never_online_serves_what_a_code_or_a_stick_brought() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    let token = served
        .platform
        .sign_batch(&reference::demo_batch())
        .unwrap();
    drop(served);
    let whole = BatchCode::Manifest(token);
    let found = booth.librarian().find(&booth.client, &whole, today());
    assert_eq!(*found.unwrap(), reference::demo_batch());
    let held = booth
        .librarian()
        .find(&booth.client, &code("D3PZ85"), today());
    assert!(held.is_ok());
    let other = Served::start();
    let strange = other.platform.sign_batch(&reference::demo_batch()).unwrap();
    let strange = BatchCode::Manifest(strange);
    let refusal = booth.librarian().find(&booth.client, &strange, today());
    assert_eq!(refusal.unwrap_err().trouble, BatchTrouble::Foreign);
}

#[test]
fn a_revoked_batch_reaches_the_booth_that_pinned_it_and_an_older_state_does_not_bring_it_back() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    let first = served
        .platform
        .sign_batch(&reference::demo_batch())
        .unwrap();
    let mut librarian = booth.librarian();
    let done = librarian.pin(&booth.client, &code("D3PZ85"), today());
    assert_eq!(
        pinned(Some(done)).as_deref(),
        Some(&reference::demo_batch())
    );
    assert!(
        librarian.refresh(&booth.client, today()).is_none(),
        "nothing is new"
    );
    let (_served, client) = restarted(served, &booth, |batch| {
        batch.serial = 2;
        batch.revoked = true;
    });
    let revoked = pinned(librarian.refresh(&client, today())).unwrap();
    assert_eq!(revoked.standing(today()), Err(BatchTrouble::Revoked));
    let older = librarian.find(&client, &BatchCode::Manifest(first), today());
    assert_eq!(older.unwrap_err().trouble, BatchTrouble::Older);
    // The same after a restart, and staff cannot pin it again.
    let mut librarian = booth.librarian();
    let again = librarian.pin(&client, &code("D3PZ85"), today());
    assert!(
        matches!(&again, Pinning::Refused(refusal) if refusal.trouble == BatchTrouble::Revoked),
        "{again:?}"
    );
}

#[test]
fn a_platform_that_goes_back_to_an_older_state_is_not_followed() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    let (served, client) = restarted(served, &booth, |batch| batch.serial = 5);
    let mut librarian = booth.librarian();
    librarian.pin(&client, &code("D3PZ85"), today());
    let (_served, client) = restarted(served, &booth, |batch| batch.serial = 4);
    assert!(librarian.refresh(&client, today()).is_none());
    let held = booth.station.batches().pinned().unwrap().unwrap();
    assert_eq!(held.batch.serial, 5);
}

#[test]
fn staff_pin_before_the_batch_opens_and_not_after_it_closed() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    let from_now = |days: i64| Wall::from_unix_ms(now().unix_ms() + days * DAY_MS);
    let (served, client) = restarted(served, &booth, |batch| {
        batch.serial = 2;
        batch.opens = from_now(1);
        batch.closes = from_now(3);
    });
    let mut librarian = booth.librarian();
    let early = librarian.pin(&client, &code("D3PZ85"), today());
    let batch = pinned(Some(early)).unwrap();
    assert_eq!(batch.standing(today()), Err(BatchTrouble::NotYetOpen));
    let (_served, client) = restarted(served, &booth, |batch| {
        batch.serial = 3;
        batch.closes = from_now(-1);
    });
    let late = librarian.pin(&client, &code("D3PZ85"), today());
    assert!(
        matches!(&late, Pinning::Refused(refusal) if refusal.trouble == BatchTrouble::Closed),
        "{late:?}"
    );
}

#[test]
fn a_batch_that_was_not_asked_for_long_is_known_to_be_old_by_a_checked_clock_only() {
    let batch = reference::demo_batch();
    let after = Now {
        wall: Wall::from_unix_ms(batch.known_through.unix_ms() + 1),
        ..today()
    };
    assert!(batch.is_stale(after) && batch.standing(after).is_ok());
    let unchecked = Now {
        trust: Trust::Unknown,
        ..after
    };
    assert!(!batch.is_stale(unchecked) && !batch.is_stale(today()));
}

#[test]
fn the_platform_commands_one_booth_to_pin_and_unpin() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    let mut librarian = booth.librarian();
    let order = |code: &str| Order::PinBatch(FeatureCode::parse(code).unwrap());
    let command = |station: &str, order| served.platform.command(station, order).unwrap();
    let pin = command(booth.station.id(), order("D3PZ85"));
    let stranger = command("another booth", order("D3PZ85"));
    let answer = librarian.obey(&booth.client, &stranger, today());
    assert!(matches!(
        answer,
        Pinning::CommandRefused(CommandTrouble::OtherBooth)
    ));
    // A command that leads nowhere is not used up.
    let nowhere = command(booth.station.id(), order("zzzzzz"));
    for _ in 0..2 {
        let answer = librarian.obey(&booth.client, &nowhere, today());
        assert!(
            matches!(&answer, Pinning::Refused(refusal) if refusal.trouble == BatchTrouble::Unknown),
            "{answer:?}"
        );
    }
    let done = librarian.obey(&booth.client, &pin, today());
    assert!(pinned(Some(done)).is_some());
    let again = booth.librarian().obey(&booth.client, &pin, today());
    assert!(matches!(
        again,
        Pinning::CommandRefused(CommandTrouble::Used)
    ));
    let unpin = command(booth.station.id(), Order::UnpinBatch);
    let done = librarian.obey(&booth.client, &unpin, today());
    assert_eq!(pinned(Some(done)), None);
}

#[test]
fn the_platform_ends_the_lock_outs_of_one_booth_s_operators_before_and_behind_the_pin() {
    const PIN: &str = "482915";
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    let folder = booth.station.batches().identity();
    Pins::set(folder, PIN).unwrap();
    let locked = |pin: &str| {
        let verdict = Pins::verify(folder, 1, pin, today().wall).unwrap();
        matches!(verdict, PinVerdict::Locked { .. })
    };
    let lock = || {
        for _ in 0..5 {
            locked("111222");
        }
        assert!(locked(PIN));
    };
    let mut librarian = booth.librarian();
    let command = |station: &str, order| served.platform.command(station, order).unwrap();
    let stranger = command("another booth", Order::EndLockouts);
    let unpin = command(booth.station.id(), Order::UnpinBatch);
    let end = command(booth.station.id(), Order::EndLockouts);

    lock();
    for (token, trouble) in [
        (stranger.as_str(), CommandTrouble::OtherBooth),
        (&unpin, CommandTrouble::BehindThePin),
        ("anything", CommandTrouble::Foreign),
    ] {
        assert_eq!(librarian.end_lockouts(token, today()), Err(trouble));
        assert!(locked(PIN));
    }
    assert_eq!(librarian.end_lockouts(&end, today()), Ok(()));
    assert!(!locked(PIN));

    lock();
    assert_eq!(
        librarian.end_lockouts(&end, today()),
        Err(CommandTrouble::Used)
    );
    let again = command(booth.station.id(), Order::EndLockouts);
    let done = librarian.obey(&booth.client, &again, today());
    assert!(matches!(done, Pinning::Done(_)), "{done:?}");
    assert!(!locked(PIN));
}

#[test]
fn what_the_command_line_pinned_is_told_to_the_window() {
    let served = Served::start();
    let booth = Booth::enrolled_at(&served);
    let mut librarian = booth.librarian();
    assert!(librarian.reread().is_none());
    let token = served
        .platform
        .sign_batch(&reference::demo_batch())
        .unwrap();
    booth.station.pin_batch(&token).unwrap();
    assert!(pinned(librarian.reread()).is_some());
    booth.station.batches().unpin().unwrap();
    assert_eq!(pinned(librarian.reread()), None);
}
