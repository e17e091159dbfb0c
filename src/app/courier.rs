//! The delivery threads: each takes one parcel at a time to the platform and brings its answer back.

use std::{
    sync::mpsc::{SyncSender, sync_channel},
    time::Duration,
};

use super::{store::Request, wires::Wires};
use crate::{
    booth::Link,
    contract::Outcome,
    outbox::{Answer, Parcel},
    platform::{Client, Delivery},
};

/// Couriers at work at once.
pub const COURIERS: usize = 4;

/// Longest rest of a courier that nobody calls.
const REST: Duration = Duration::from_secs(1);

/// Delivers what is due until told to stop.
pub fn run(wires: &Wires, store: &SyncSender<Request>, client: &Client) {
    let mut seen = 0;
    while !wires.stopped() {
        match next_parcel(store) {
            Some(parcel) => {
                let id = parcel.id;
                let answer = deliver(wires, client, &parcel);
                if store.send(Request::Settle { id, answer }).is_err() {
                    return;
                }
            }
            None => drop(wires.parcels.wait_newer(&mut seen, REST)),
        }
    }
}

fn next_parcel(store: &SyncSender<Request>) -> Option<Parcel> {
    let (answer, parcel) = sync_channel(1);
    store.send(Request::Due(answer)).ok()?;
    parcel.recv().ok()?
}

fn deliver(wires: &Wires, client: &Client, parcel: &Parcel) -> Answer {
    let now = wires.clock.now().wall;
    let delivery = client.deliver(parcel.id, parcel.seq, &parcel.bytes, &parcel.sha256, now);
    let answer = answer_of(delivery);
    wires.link.put(match &answer {
        Answer::Stored { .. } | Answer::Parked(_) => Link::Up,
        Answer::Later { why, .. } => Link::Down(why.clone()),
    });
    answer
}

/// What a delivery means to the outbox.
pub fn answer_of(delivery: Delivery) -> Answer {
    let Delivery {
        outcome,
        receipt,
        reason,
    } = delivery;
    match (outcome, receipt) {
        (Outcome::Stored, Some(receipt)) => Answer::Stored { receipt },
        (Outcome::Parked(refusal), _) => Answer::Parked(refusal),
        (Outcome::Later { after }, _) => Answer::Later { after, why: reason },
        (Outcome::Stored, None) => Answer::Later {
            after: None,
            why: reason,
        },
    }
}
