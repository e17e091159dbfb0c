//! The delivery threads: each takes one parcel or note at a time to the platform and brings its answer back.

use std::{
    sync::mpsc::{SyncSender, sync_channel},
    time::Duration,
};

use super::{store::Request, wires::Wires};
use crate::{
    booth::Link,
    contract::Outcome,
    outbox::{Answer, Answered, Located, Note},
    platform::{Client, Delivery, Trouble},
};

/// Couriers at work at once.
pub const COURIERS: usize = 4;

/// Longest rest of a courier that nobody calls.
const REST: Duration = Duration::from_secs(1);

/// What one courier carries.
pub enum Shipment {
    Parcel(Located),
    Note(Note),
}

/// Delivers what is due until told to stop.
pub fn run(wires: &Wires, store: &SyncSender<Request>, client: &Client) {
    let mut seen = 0;
    while !wires.stopped() {
        match next_shipment(store) {
            Some(shipment) => {
                let brought = match shipment {
                    Shipment::Parcel(located) => bring_parcel(wires, client, &located),
                    Shipment::Note(note) => bring_note(wires, client, &note),
                };
                if store.send(brought).is_err() {
                    return;
                }
            }
            None => drop(wires.parcels.wait_newer(&mut seen, REST)),
        }
    }
}

fn next_shipment(store: &SyncSender<Request>) -> Option<Shipment> {
    let (answer, shipment) = sync_channel(1);
    store.send(Request::Due(answer)).ok()?;
    shipment.recv().ok()?
}

fn bring_parcel(wires: &Wires, client: &Client, located: &Located) -> Request {
    let Some(parcel) = located.read() else {
        return Request::Unread(located.id);
    };
    let now = wires.clock.now().wall;
    let delivery = client.deliver(parcel.id, parcel.seq, parcel.bytes, &parcel.sha256, now);
    Request::Settle(Answered::Parcel(parcel.id, heard(wires, delivery)))
}

fn bring_note(wires: &Wires, client: &Client, note: &Note) -> Request {
    let now = wires.clock.now().wall;
    let name = (note.name.id, note.name.seq, note.name.number);
    let delivery = client.deliver_note(name, note.bytes.clone(), &note.sha256, now);
    Request::Settle(Answered::Note(note.name, heard(wires, delivery)))
}

fn heard(wires: &Wires, delivery: Delivery) -> Answer {
    wires.link.put(match &delivery.outcome {
        Outcome::Stored | Outcome::Parked(_) => Link::Up,
        Outcome::Later { .. } => broken_by(delivery.trouble.as_ref()),
    });
    answer_of(delivery)
}

/// A link without an answer, as staff see it.
pub fn broken_by(trouble: Option<&Trouble>) -> Link {
    match trouble {
        Some(Trouble::Date) => Link::WrongDate,
        Some(Trouble::Line(why) | Trouble::One(why)) => Link::Down(why.clone()),
        None => Link::Down(String::new()),
    }
}

/// What a delivery means to the outbox.
pub fn answer_of(delivery: Delivery) -> Answer {
    let Delivery {
        outcome,
        receipt,
        trouble,
    } = delivery;
    let concerns_one = matches!(trouble, Some(Trouble::One(_)));
    let why = trouble
        .map(|trouble| trouble.to_string())
        .unwrap_or_default();
    match (outcome, receipt) {
        (Outcome::Stored, Some(receipt)) => Answer::Stored { receipt },
        (Outcome::Parked(refusal), _) => Answer::Parked(refusal),
        (Outcome::Later { after }, _) if concerns_one => Answer::Later { after, why },
        (Outcome::Later { after }, _) => Answer::Unserved { after, why },
        (Outcome::Stored, None) => Answer::Later { after: None, why },
    }
}
