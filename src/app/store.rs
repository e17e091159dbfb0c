//! The outbox thread: the sole owner of parcels and index. Others ask by queue.

pub mod desk;
#[cfg(test)]
mod tests;

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender},
    },
    time::Duration,
};

use ed25519_dalek::SigningKey;

use super::{
    courier::{COURIERS, Shipment},
    pulse::Part,
    wires::{Ledger, Wires},
};
use crate::{
    booth::{VisitEnd, queue::QueueAsk},
    capture::{AuditHead, Capture, CaptureId, Contact},
    code::PersonalCode,
    contract::{AuditVerdict, CaptureStatement, PayOrder, PayState, StationAlarm, receipt_url},
    jws::{self, KeySet, Purpose},
    outbox::{Answer, Answered, Outbox, OutboxError, RECEIPTS_TOGETHER, Saved, Settled},
    session::{AskId, Event, Fee, Receipted, SaveFailed, SlipStep},
    station::Station,
    time::Mono,
};

/// What the outbox's owner is asked to do.
pub enum Request {
    Save(Box<Capture>),
    LookUpToday {
        ask: AskId,
        code: PersonalCode,
    },
    /// What comes after a capture was saved.
    FollowUp(FollowUp),
    /// Captures and notes that are due, for a courier.
    Due(SyncSender<Vec<Shipment>>),
    /// What a courier did not get to.
    Unsent(Vec<Shipment>),
    /// What came of bringing something.
    Settle(Vec<Answered>),
    /// A courier cannot read this parcel as it should be.
    Unread(CaptureId),
    /// A visit began (`None`) or ended without a photo.
    Count(Option<VisitEnd>),
    /// Where the platform says that the audit log ended.
    ToldHead(AuditHead),
    /// The platform's newer keys: for receipts, and the recipient.
    Keys(KeySet, String),
    /// Something that staff should read, without a person in it.
    Trouble(String),
    /// What the platform found wrong with this booth.
    Alarms(Vec<StationAlarm>),
    /// The link came up: everything is due now.
    Nudge,
    /// What the platform holds of this booth.
    PlatformHolds(PlatformHolds),
    /// Staff ask.
    Desk(desk::Ask),
}

impl Request {
    /// Has the keys used that `station` holds.
    pub fn keys_of(station: &Station) -> Self {
        Self::Keys(station.receipt_keys(), station.recipient().to_owned())
    }
}

/// What a heartbeat's answer says of the captures of this booth.
pub struct PlatformHolds {
    /// The largest number that the platform holds.
    pub known_seq: u64,
    /// It has lost what it gave its newest receipts for.
    pub has_lost: bool,
    /// How long deliveries are to be kept here.
    pub retention: Duration,
}

/// What comes after a capture was saved: from the sitter, or as the platform's word.
pub enum FollowUp {
    /// How the sitter of a saved capture may be told.
    Contact(CaptureId, Contact),
    /// The order that pays for a capture: the visit hears of it once its row is durable.
    Order { capture: CaptureId, order: PayOrder },
    /// The platform's word on an order.
    OrderState { number: String, state: PayState },
    /// What auditors decided.
    Verdicts(Vec<AuditVerdict>),
}

/// Without requests, how often staff's figures are refreshed.
const ROUND: Duration = Duration::from_secs(2);
/// After a change, how soon the figures follow.
const EYE: Duration = Duration::from_millis(250);
/// More than any screen shows at once.
const ROWS_FOR_STAFF: u32 = 24;
const ERRORS_FOR_STAFF: usize = 8;
/// Open orders that are asked about, the newest first.
const ORDERS_WATCHED: u32 = 200;

/// What came back from the platform and is not committed yet. Until it is, its parcels stay, so
/// that holding it back for a moment risks nothing, and many deliveries cost one commit.
#[derive(Default)]
struct Answers {
    held: Vec<Answered>,
    since: Mono,
}

/// How long an answer is held back for others; as many as [`RECEIPTS_TOGETHER`] are committed
/// together.
const LINGER: Duration = Duration::from_millis(100);

impl Answers {
    fn add(&mut self, answers: Vec<Answered>, now: Mono) {
        if self.held.is_empty() {
            self.since = now;
        }
        self.held.extend(answers);
    }

    /// How long nothing has to be done.
    const fn patience(&self) -> Duration {
        if self.held.is_empty() { ROUND } else { LINGER }
    }

    /// All of them, if it is time.
    fn ripe(&mut self, now: Mono) -> Vec<Answered> {
        let is_time = self.held.len() >= RECEIPTS_TOGETHER || now.since(self.since) >= LINGER;
        if is_time {
            std::mem::take(&mut self.held)
        } else {
            vec![]
        }
    }
}

/// The most that one courier has in hand.
const AT_ONCE: usize = 16;

/// The outbox, and who signs what its receipts say.
pub struct Store {
    outbox: Outbox,
    station: String,
    /// Its address, for the link of receipts.
    platform: String,
    key: SigningKey,
    errors: Vec<String>,
    /// The audit log's end at the length that the platform last named.
    audit_then: Option<AuditHead>,
    answers: Answers,
    /// The visit that waits for the end of its save: the disk refuses both to keep its capture and
    /// to undo it.
    undecided: Option<CaptureId>,
    /// The page of the queue that staff look at.
    ask: QueueAsk,
}

impl Store {
    /// What had to be put right when the outbox was opened stands first among the errors.
    pub fn new(outbox: Outbox, station: String, platform: String, key: SigningKey) -> Self {
        Self {
            errors: outbox.opening().in_words(),
            outbox,
            station,
            platform,
            key,
            audit_then: None,
            answers: Answers::default(),
            undecided: None,
            ask: QueueAsk::default(),
        }
    }

    /// Works through the requests until the queue closes.
    pub fn run(&mut self, wires: &Wires, requests: &Receiver<Request>) {
        self.publish(wires);
        let mut told = wires.clock.now().mono;
        let mut rest = ROUND;
        loop {
            let now = wires.clock.now().mono;
            wires.pulse.beat(Part::Database, now);
            match requests.recv_timeout(self.answers.patience().min(rest)) {
                Ok(request) => {
                    if !matches!(request, Request::Due(_)) {
                        rest = EYE;
                    }
                    self.answer(request, wires);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let now = wires.clock.now().mono;
            let ripe = self.answers.ripe(now);
            let is_settling = !ripe.is_empty();
            self.settle(ripe, wires);
            self.decide(wires);
            // Figures are for eyes: counting them after each delivery would cost more than
            // delivering.
            if now.since(told) >= rest || (is_settling && self.outbox.is_at_rest()) {
                self.publish(wires);
                told = now;
                rest = ROUND;
            }
        }
        let last = std::mem::take(&mut self.answers.held);
        self.settle(last, wires);
        self.publish(wires);
    }

    fn settle(&mut self, answers: Vec<Answered>, wires: &Wires) {
        if answers.is_empty() {
            return;
        }
        let now = wires.clock.now();
        for (_, settled) in self.outbox.hear(answers, now) {
            if let Some(Settled::Later { why, .. }) = self.or_note(settled, "settle a delivery") {
                // Its row names the parcel; a long queue without a link gives one line here.
                self.note(why);
            }
        }
        if self.outbox.next_due().is_some_and(|next| next <= now.mono) {
            // A note follows its parcel: who found nothing to carry a moment ago is called.
            wires.parcels.put(());
        }
    }

    fn answer(&mut self, request: Request, wires: &Wires) {
        let now = wires.clock.now();
        match request {
            Request::Save(capture) => {
                let visit = capture.facts.id;
                if let Some(result) = self.save(&capture, wires) {
                    wires.tell(Event::Saved { visit, result });
                }
                wires.parcels.put(());
            }
            Request::LookUpToday { ask, code } => {
                let earlier = self.outbox.captured_today(code.bytes(), now);
                let earlier = self.or_note(earlier, "look up today's captures").flatten();
                wires.tell(Event::Today { ask, earlier });
            }
            Request::FollowUp(follow_up) => self.follow_up(follow_up, wires),
            Request::Due(courier) => {
                // A courier that went home takes them next time: they are due again at the next
                // start.
                drop(courier.send(self.due(wires)));
            }
            Request::Unsent(shipments) => self.put_back(shipments),
            Request::Settle(answers) => self.answers.add(answers, now.mono),
            Request::Unread(id) => {
                let parcel = self.outbox.parcel(id, now);
                if self.or_note(parcel, "read a parcel").is_some() {
                    let why = "the parcel could not be read for a moment".to_owned();
                    // This machine's fault: it says nothing of the platform.
                    let settled = self
                        .outbox
                        .settle(id, Answer::Later { after: None, why }, now);
                    self.or_note(settled, "put off a parcel");
                }
            }
            Request::Count(end) => {
                let counted = self.outbox.count_visit(end, now);
                self.or_note(counted, "count a visit");
            }
            Request::ToldHead(told) => {
                let then = self.outbox.heed_told_head(&told, now);
                self.audit_then = self.or_note(then, "read the audit log").flatten();
            }
            Request::Keys(receipt_keys, recipient) => {
                let renewed = self.outbox.renew_keys(receipt_keys, &recipient);
                self.or_note(renewed, "use the platform's newer keys");
                // A receipt by a new key may have been refused just now.
                self.outbox.nudge(now);
            }
            Request::Trouble(trouble) => self.note(trouble),
            Request::Alarms(alarms) => {
                for alarm in alarms {
                    self.note(alarm.in_words().to_owned());
                }
            }
            Request::Nudge => {
                self.outbox.nudge(now);
                wires.parcels.put(());
            }
            Request::Desk(ask) => self.answer_desk(ask, wires),
            Request::PlatformHolds(holds) => self.heed(&holds, wires),
        }
    }

    fn heed(&mut self, holds: &PlatformHolds, wires: &Wires) {
        let now = wires.clock.now();
        let raised = self.outbox.heed_known_seq(holds.known_seq, now);
        self.or_note(raised, "continue the platform's numbers");
        let granted = self.outbox.heed_retention(holds.retention);
        self.or_note(granted, "keep deliveries as the platform asks");
        if holds.has_lost {
            let sent_again = self.outbox.heed_loss(now);
            self.or_note(sent_again, "send lost captures again");
            wires.parcels.put(());
        }
    }

    fn put_back(&mut self, shipments: Vec<Shipment>) {
        for shipment in shipments {
            match shipment {
                Shipment::Capture(located) => self.outbox.put_back(located.id),
                Shipment::Note(note) => self.outbox.put_back_note(note.name),
            }
        }
    }

    fn follow_up(&mut self, follow_up: FollowUp, wires: &Wires) {
        let now = wires.clock.now();
        match follow_up {
            FollowUp::Contact(capture, contact) => {
                let added = self.outbox.add_contact(capture, &contact, now);
                self.or_note(added, "keep a contact");
                wires.parcels.put(());
            }
            FollowUp::Order { capture, order } => {
                let noted = self.outbox.note_order(capture, &order, now);
                let order = self.or_note(noted, "note an order").map(|()| order);
                wires.tell(Event::Ordered { capture, order });
            }
            FollowUp::OrderState { number, state } => {
                let settled = self.outbox.settle_order(&number, state, now);
                if let Some(Some(capture)) = self.or_note(settled, "settle an order") {
                    tracing::info!(%capture, ?state, "the platform said this of an order");
                    wires.tell(Event::OrderSettled {
                        capture,
                        order: number,
                        state,
                    });
                }
                wires.parcels.put(());
            }
            FollowUp::Verdicts(verdicts) => {
                let kept = self.outbox.keep_verdicts(&verdicts);
                self.or_note(kept, "keep the auditors' decisions");
            }
        }
    }

    /// Whether the capture is saved, as soon as that is a fact: only then may anybody be told
    /// "done", or "not saved".
    fn save(&mut self, capture: &Capture, wires: &Wires) -> Option<Result<Receipted, SaveFailed>> {
        let visit = capture.facts.id;
        let saved = self.outbox.save(capture, wires.clock.now());
        let waits = matches!(saved, Err(OutboxError::Undecided(id)) if id == visit);
        let saved = self.or_note(saved, "save a capture");
        if waits {
            self.undecided = Some(visit);
            return None;
        }
        let receipted = saved.map(|saved| self.receipted(capture, &saved, wires));
        Some(receipted.ok_or(SaveFailed))
    }

    /// Undoes a save that failed, and tells its visit once nothing of it is left.
    fn decide(&mut self, wires: &Wires) {
        if let Some(visit) = self.undecided
            && self.outbox.decide().is_ok()
        {
            self.undecided = None;
            wires.tell(Event::Saved {
                visit,
                result: Err(SaveFailed),
            });
        }
    }

    /// Counts what was set aside for a capture that is saved, and signs what its receipt says.
    fn receipted(&mut self, capture: &Capture, saved: &Saved, wires: &Wires) -> Receipted {
        let now = wires.clock.now();
        let aside: Vec<_> = capture.facts.overrides.iter().map(|it| it.check).collect();
        let counted = self.outbox.count_set_aside(&aside, now);
        self.or_note(counted, "count what was set aside");
        let statement = CaptureStatement {
            station: self.station.clone(),
            id: saved.id,
            captured_at: capture.facts.captured_at,
        };
        tracing::info!(id = %saved.id, seq = saved.seq, bytes = saved.bytes, "capture saved");
        Receipted {
            visit: saved.id,
            // The capture is durable with or without a QR.
            link: jws::sign(Purpose::CaptureStatement, &self.key, &statement)
                .map(|statement| receipt_url(&self.platform, &statement))
                .unwrap_or_default(),
            saved_at: now.wall,
            fee: Fee::Nothing,
            slip: SlipStep::NotAsked,
        }
    }

    /// A courier's share of what waits: with several in hand it has something to bring while
    /// answers are committed.
    fn due(&mut self, wires: &Wires) -> Vec<Shipment> {
        let share = (self.outbox.waiting() / COURIERS).clamp(1, AT_ONCE);
        let mut shipments = vec![];
        while shipments.len() < share
            && let Some(shipment) = self.next_due(wires)
        {
            shipments.push(shipment);
        }
        shipments
    }

    /// Notes are small and wait for their parcels anyway: they go first.
    fn next_due(&mut self, wires: &Wires) -> Option<Shipment> {
        let now = wires.clock.now();
        if let Some(name) = self.outbox.due_note(now) {
            let note = self.outbox.read_note(name, now);
            return self.or_note(note, "read a note").map(Shipment::Note);
        }
        let id = self.outbox.due(now, 1).pop()?;
        let located = self.outbox.locate(id);
        self.or_note(located, "find a capture")
            .map(Shipment::Capture)
    }

    fn publish(&mut self, wires: &Wires) {
        let released = self.outbox.release_retained(wires.clock.now());
        self.or_note(released, "remove what was kept long enough");
        let counts = self.outbox.counts();
        let look = self
            .outbox
            .look(self.ask, ROWS_FOR_STAFF, wires.clock.now());
        let space = self.outbox.space();
        let oldest = self.outbox.oldest_undelivered();
        let notes = self.outbox.notes_queued();
        let last_seq = self.outbox.last_seq();
        let delivered_seq = self.outbox.delivered_seq();
        let delivered_note = self.outbox.delivered_note();
        let today = wires.clock.now().wall;
        let open_orders = self.outbox.open_orders(today, ORDERS_WATCHED);
        let payments = self.outbox.payments(today);
        let last_verdict = self.outbox.last_verdict();
        let audits = self.outbox.audit_tally(today);
        let ledger = Ledger {
            counts: self.or_note(counts, "count the queue").unwrap_or_default(),
            queue: self.or_note(look, "list the queue").unwrap_or_default(),
            captures_left: self
                .or_note(space, "measure the disk")
                .map(|space| space.captures_left),
            oldest_undelivered: self.or_note(oldest, "find the oldest capture").flatten(),
            errors: self.errors.clone(),
            notes_queued: self.or_note(notes, "count the notes").unwrap_or_default(),
            last_seq: self
                .or_note(last_seq, "read the last number")
                .unwrap_or_default(),
            delivered_seq: self
                .or_note(delivered_seq, "read the last receipt")
                .flatten(),
            delivered_note: self
                .or_note(delivered_note, "read a note's last receipt")
                .flatten(),
            audit: self.outbox.audit_head().clone(),
            audit_then: self.audit_then.clone(),
            open_orders: self
                .or_note(open_orders, "list the orders")
                .unwrap_or_default(),
            payments: self
                .or_note(payments, "count the payments")
                .unwrap_or_default(),
            last_verdict: self
                .or_note(last_verdict, "read the last decision")
                .unwrap_or_default(),
            audits: self
                .or_note(audits, "count the auditors' decisions")
                .unwrap_or_default(),
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
        self.errors.retain(|known| *known != error);
        self.errors.insert(0, error);
        self.errors.truncate(ERRORS_FOR_STAFF);
    }
}
