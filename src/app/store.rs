//! The outbox thread: the sole owner of parcels and index. Others ask by queue.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender},
    },
    time::Duration,
};

use ed25519_dalek::SigningKey;

use super::wires::{Ledger, Wires};
use crate::{
    capture::{Capture, CaptureId},
    code::PersonalCode,
    contract::CaptureStatement,
    jws::{self, Purpose},
    outbox::{Answer, Outbox, OutboxError, Parcel, Settled},
    session::{Event, Receipted, SaveFailed},
};

/// What the outbox's owner is asked to do.
pub enum Request {
    Save(Box<Capture>),
    LookUpToday {
        visit: CaptureId,
        code: PersonalCode,
    },
    /// One parcel that is due, for a courier.
    Due(SyncSender<Option<Parcel>>),
    Settle {
        id: CaptureId,
        answer: Answer,
    },
    /// The link came up: everything is due now.
    Nudge,
    /// The largest number that the platform holds of this booth.
    KnownSeq(u64),
}

/// Without requests, how often staff's figures are refreshed.
const ROUND: Duration = Duration::from_secs(2);
const ROWS_FOR_STAFF: u32 = 50;
const ERRORS_FOR_STAFF: usize = 8;

/// The outbox, and who signs what its receipts say.
pub struct Store {
    pub outbox: Outbox,
    pub station: String,
    pub key: SigningKey,
    pub errors: Vec<String>,
}

impl Store {
    /// Works through the requests until the queue closes.
    pub fn run(&mut self, wires: &Wires, requests: &Receiver<Request>) {
        self.publish(wires);
        loop {
            wires
                .pulse
                .beat(super::pulse::Part::Database, wires.clock.now().mono);
            match requests.recv_timeout(ROUND) {
                Ok(request) => {
                    let is_look = matches!(request, Request::Due(_));
                    self.answer(request, wires);
                    if is_look {
                        continue;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.publish(wires);
        }
    }

    fn answer(&mut self, request: Request, wires: &Wires) {
        let now = wires.clock.now();
        match request {
            Request::Save(capture) => {
                let result = self.save(&capture, wires);
                wires.tell(Event::Saved {
                    visit: capture.facts.id,
                    result,
                });
                wires.parcels.put(());
            }
            Request::LookUpToday { visit, code } => {
                let earlier = self.outbox.captured_today(code.bytes(), now);
                let earlier = self.or_note(earlier, "look up today's captures").flatten();
                wires.tell(Event::Today { visit, earlier });
            }
            Request::Due(courier) => {
                let parcel = self.due(wires);
                // A courier that went home takes its parcel next time: it is due again after its time.
                drop(courier.send(parcel));
            }
            Request::Settle { id, answer } => {
                let settled = self.outbox.settle(id, answer, now);
                if let Some(Settled::Later { why, .. }) = self.or_note(settled, "settle a delivery")
                {
                    self.note(format!("{id}: {why}"));
                }
            }
            Request::Nudge => {
                self.outbox.nudge(now);
                wires.parcels.put(());
            }
            Request::KnownSeq(seq) => {
                let heeded = self.outbox.heed_known_seq(seq, now);
                self.or_note(heeded, "continue the platform's numbers");
            }
        }
    }

    /// Only after this is `Ok` may anybody be told "done".
    fn save(&mut self, capture: &Capture, wires: &Wires) -> Result<Receipted, SaveFailed> {
        let now = wires.clock.now();
        let saved = self.outbox.save(capture, now);
        let saved = self.or_note(saved, "save a capture").ok_or(SaveFailed)?;
        let statement = CaptureStatement {
            station: self.station.clone(),
            id: saved.id,
            captured_at: capture.facts.captured_at,
        };
        tracing::info!(id = %saved.id, seq = saved.seq, bytes = saved.bytes, "capture saved");
        Ok(Receipted {
            visit: saved.id,
            // The capture is durable with or without a QR.
            statement: jws::sign(Purpose::CaptureStatement, &self.key, &statement)
                .unwrap_or_default(),
            saved_at: now.wall,
        })
    }

    fn due(&mut self, wires: &Wires) -> Option<Parcel> {
        let now = wires.clock.now();
        let id = self.outbox.due(now, 1).pop()?;
        let parcel = self.outbox.parcel(id, now);
        self.or_note(parcel, "read a parcel")
    }

    fn publish(&mut self, wires: &Wires) {
        let counts = self.outbox.counts();
        let rows = self.outbox.queue(ROWS_FOR_STAFF);
        let space = self.outbox.space();
        let oldest = self.outbox.oldest_undelivered();
        let ledger = Ledger {
            counts: self.or_note(counts, "count the queue").unwrap_or_default(),
            rows: self.or_note(rows, "list the queue").unwrap_or_default(),
            captures_left: self
                .or_note(space, "measure the disk")
                .map(|space| space.captures_left),
            oldest_undelivered: self.or_note(oldest, "find the oldest capture").flatten(),
            errors: self.errors.clone(),
        };
        wires.ledger.put_shared(Arc::new(ledger));
    }

    fn or_note<T>(&mut self, result: Result<T, OutboxError>, what: &str) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                tracing::error!(%error, "cannot {what}");
                self.note(error.to_string());
                None
            }
        }
    }

    /// Keeps the last few different errors, newest first.
    fn note(&mut self, error: String) {
        if self.errors.first() != Some(&error) {
            self.errors.insert(0, error);
            self.errors.truncate(ERRORS_FOR_STAFF);
        }
    }
}
