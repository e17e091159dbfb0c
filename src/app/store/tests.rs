use std::{fs, path::Path, sync::mpsc::sync_channel};

use super::*;
use crate::{
    cli::drill::made_up,
    contract::CaptureReceipt,
    outbox::{ParcelName, Sealing},
    time::Wall,
};

const NOBODY: &str = "age18yrm50k4x22ucmqe5vmhy7xjdcwtywdcvyef72mss67vsez2wd0srtpxgj";

fn store(folder: &Path, wires: &Wires) -> Store {
    let key = SigningKey::from_bytes(&[7; 32]);
    let station = "booth-7".to_owned();
    let sealing = Sealing::new(station.clone(), key.clone(), NOBODY, vec![]).unwrap();
    let keys = KeySet::one(key.verifying_key());
    let outbox = Outbox::open(folder, sealing, keys, wires.clock.now()).unwrap();
    Store::new(outbox, station, String::new(), key)
}

#[test]
fn a_visit_is_told_that_it_is_not_saved_only_once_nothing_of_it_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let (wires, inbox) = Wires::new();
    let mut store = store(folder.path(), &wires);
    let id = CaptureId::new(wires.clock.now().wall, [1; 10]);
    let capture = made_up(id, (500, 900), wires.clock.now()).unwrap();
    // What lies in the parcel's place can neither be replaced nor removed.
    let parcel = ParcelName { seq: 1, id }.file_name();
    let in_its_place = folder.path().join("parcels").join(parcel);
    fs::create_dir(&in_its_place).unwrap();

    store.answer(Request::Save(Box::new(capture.clone())), &wires);
    store.decide(&wires);
    assert!(inbox.try_recv().is_err(), "neither saved nor not saved");

    fs::remove_dir(&in_its_place).unwrap();
    store.decide(&wires);
    let told = inbox.try_recv().unwrap();
    assert!(matches!(told, Event::Saved { visit, result: Err(SaveFailed) } if visit == id));
    store.decide(&wires);
    assert!(inbox.try_recv().is_err(), "told once");

    store.answer(Request::Save(Box::new(capture)), &wires);
    let told = inbox.try_recv().unwrap();
    assert!(matches!(told, Event::Saved { visit, result: Ok(_) } if visit == id));
}

#[test]
fn what_the_platform_lost_is_called_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let (wires, _inbox) = Wires::new();
    let mut store = store(folder.path(), &wires);
    let holds = |has_lost| {
        Request::PlatformHolds(PlatformHolds {
            known_seq: 0,
            has_lost,
            retention: Duration::from_hours(1),
        })
    };
    store.answer(holds(false), &wires);
    let now = wires.clock.now();
    let id = CaptureId::new(now.wall, [1; 10]);
    let capture = made_up(id, (500, 900), now).unwrap();
    let saved = store.outbox.save(&capture, now).unwrap();
    let said = CaptureReceipt {
        station: "booth-7".to_owned(),
        id,
        hash: saved.sha256,
        seq: saved.seq,
        stored_at: now.wall,
    };
    let key = SigningKey::from_bytes(&[7; 32]);
    let receipt = jws::sign(Purpose::CaptureReceipt, &key, &said).unwrap();
    let answer = Answer::Stored { receipt };
    store.outbox.settle(id, answer, now).unwrap();
    let queued = |store: &Store| store.outbox.counts().unwrap().queued;
    store.answer(holds(false), &wires);
    assert_eq!(queued(&store), 0);
    store.answer(holds(true), &wires);
    assert_eq!(queued(&store), 1);
}

#[test]
fn a_courier_gets_its_share_and_what_it_did_not_get_to_is_the_next_again() {
    let folder = tempfile::tempdir().unwrap();
    let (wires, _inbox) = Wires::new();
    let mut store = store(folder.path(), &wires);
    let id = |n: u8| CaptureId::new(Wall::EPOCH, [n; 10]);
    for n in 1..=9 {
        let now = wires.clock.now();
        let capture = made_up(id(n), (500, 900), now).unwrap();
        store.outbox.save(&capture, now).unwrap();
    }
    let due = |store: &mut Store| {
        let (courier, shipments) = sync_channel(1);
        store.answer(Request::Due(courier), &wires);
        shipments.recv().unwrap()
    };
    let ids = |shipments: &[Shipment]| -> Vec<CaptureId> {
        let captures = shipments.iter().filter_map(|shipment| match shipment {
            Shipment::Capture(located) => Some(located.id),
            Shipment::Note(_) => None,
        });
        captures.collect()
    };
    let first = due(&mut store);
    assert_eq!(ids(&first), [id(1), id(2)]);
    assert_eq!(
        ids(&due(&mut store)),
        [id(3)],
        "a short queue is for all couriers"
    );
    store.answer(Request::Unsent(first), &wires);
    assert_eq!(ids(&due(&mut store)), [id(1), id(2)]);
}
