//! Delivery without a window: the outbox's owner, its couriers and the heartbeat, and nothing else.

use std::{
    sync::{Arc, atomic::Ordering, mpsc::sync_channel},
    time::Duration,
};

use super::{
    opening,
    store::Store,
    threads::Crew,
    wires::{Ledger, Wires},
};
use crate::{booth::Fault, config::Config, platform::Client};

/// How often `go_on` is asked at least.
const LOOK: Duration = Duration::from_millis(100);

/// Delivers what waits at this booth until nothing does, or `go_on` says no; it is asked with the
/// newest figures, which are given back at the end.
pub fn run(config: &Config, go_on: impl FnMut(&Ledger) -> bool) -> Result<Arc<Ledger>, Fault> {
    // Nobody is here to be told of batches.
    let (wires, _) = Wires::new();
    let (_, _, opened) = opening::open_delivery(config, &wires.clock)?;
    let mut crew = Crew::new(&wires);
    let store = crew.deliver(opened.store, &opened.client);
    let (questions, inbox) = sync_channel(1);
    crew.ask(opened.asker, store.clone(), opened.client, inbox);
    let ledger = wait(&wires, go_on);
    drop((store, questions));
    crew.join();
    Ok(wires.ledger.newest().unwrap_or(ledger))
}

/// The same for an outbox that is open already, without a heartbeat.
pub fn until_empty(store: Store, client: &Arc<Client>) -> Arc<Ledger> {
    let (wires, _) = Wires::new();
    let mut crew = Crew::new(&wires);
    let requests = crew.deliver(store, client);
    let ledger = wait(&wires, |_ledger| true);
    drop(requests);
    crew.join();
    wires.ledger.newest().unwrap_or(ledger)
}

/// Until nothing waits, or `go_on` says no; the threads are told to stop.
fn wait(wires: &Wires, mut go_on: impl FnMut(&Ledger) -> bool) -> Arc<Ledger> {
    let mut seen = 0;
    let ledger = loop {
        drop(wires.ledger.wait_newer(&mut seen, LOOK));
        let Some(ledger) = wires.ledger.newest() else {
            continue;
        };
        if ledger.waiting() == 0 || !go_on(&ledger) {
            break ledger;
        }
    };
    wires.stop.store(true, Ordering::Relaxed);
    // Who rests is called, to go home.
    wires.parcels.put(());
    ledger
}
