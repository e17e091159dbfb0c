//! The delivery threads: each takes one capture or note at a time to the platform and brings its
//! answer back.

use std::{
    sync::mpsc::{SyncSender, sync_channel},
    time::Duration,
};

use super::{store::Request, wires::Wires};
use crate::{
    booth::Link,
    contract::Outcome,
    outbox::{Answer, Answered, Load, Located, Note},
    platform::{Client, Delivery, Trouble},
};

/// Couriers at work at once.
pub const COURIERS: usize = 4;

/// Longest rest of a courier that nobody calls.
const REST: Duration = Duration::from_secs(1);

/// What one courier carries.
pub enum Shipment {
    /// A capture: its parcel, then its consent record.
    Capture(Located),
    Note(Note),
}

impl Shipment {
    fn bring(self, wires: &Wires, client: &Client) -> Request {
        match self {
            Self::Capture(located) => bring_capture(wires, client, &located),
            Self::Note(note) => Request::Settle(vec![bring_note(wires, client, note)]),
        }
    }
}

/// Delivers what is due until told to stop.
pub fn run(wires: &Wires, store: &SyncSender<Request>, client: &Client) {
    let mut seen = 0;
    while !wires.stopped() {
        let shipments = due(store);
        if shipments.is_empty() {
            drop(wires.parcels.wait_newer(&mut seen, REST));
        } else if bring_all(shipments, wires, store, client).is_none() {
            return;
        }
    }
}

fn due(store: &SyncSender<Request>) -> Vec<Shipment> {
    let (answer, shipments) = sync_channel(1);
    let asked = store.send(Request::Due(answer));
    asked.map_or_else(|_closed| vec![], |()| shipments.recv().unwrap_or_default())
}

/// Brings one after the other. What is left when the platform serves nobody goes back unsent.
/// `None` once the store is gone.
fn bring_all(
    shipments: Vec<Shipment>,
    wires: &Wires,
    store: &SyncSender<Request>,
    client: &Client,
) -> Option<()> {
    let mut left = shipments.into_iter();
    while let Some(shipment) = left.next() {
        let brought = shipment.bring(wires, client);
        let goes_on = is_served(&brought) && !wires.stopped();
        store.send(brought).ok()?;
        if !goes_on {
            return store.send(Request::Unsent(left.collect())).ok();
        }
    }
    Some(())
}

fn is_served(brought: &Request) -> bool {
    let Request::Settle(answers) = brought else {
        return true;
    };
    answers
        .iter()
        .all(|answered| !matches!(answered.answer(), Answer::Unserved { .. }))
}

/// Brings a parcel and, once the platform has stored it, its consent record, so that both are
/// settled together.
fn bring_capture(wires: &Wires, client: &Client, located: &Located) -> Request {
    let Some(Load { parcel, consent }) = located.read() else {
        return Request::Unread(located.id);
    };
    let now = wires.clock.now().wall;
    let delivery = client.deliver(parcel.id, parcel.seq, parcel.bytes, &parcel.sha256, now);
    let answer = heard(wires, delivery);
    let consent = consent.filter(|_| matches!(answer, Answer::Stored { .. }));
    let mut answers = vec![Answered::Parcel(parcel.id, answer)];
    // One that is not stored is due by itself as soon as its parcel is settled.
    answers.extend(
        consent
            .map(|note| bring_note(wires, client, note))
            .filter(|brought| matches!(brought, Answered::Note(_, Answer::Stored { .. }))),
    );
    Request::Settle(answers)
}

fn bring_note(wires: &Wires, client: &Client, note: Note) -> Answered {
    let now = wires.clock.now().wall;
    let name = (note.name.id, note.name.seq, note.name.number);
    let delivery = client.deliver_note(name, note.bytes, &note.sha256, now);
    Answered::Note(note.name, heard(wires, delivery))
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
        Some(Trouble::Stranger(why)) => Link::Down((*why).to_owned()),
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
