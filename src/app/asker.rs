//! The thread that asks the platform: short questions while a visit runs, and the heartbeat.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender},
    },
    time::Duration,
};

use anyhow::bail;
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    cashier::Cashier,
    courier::broken_by,
    librarian::Librarian,
    store::{FollowUp, PlatformHolds, Request},
    wires::{Ledger, Wires},
};
use crate::{
    booth::Link,
    camera::still::decode_picture,
    capture::CaptureId,
    code::BatchCode,
    contract::{Heartbeat, KeyTrialReceipt, OrderRequest, PersonRequest},
    jws::{self, Purpose},
    outbox::Trial,
    platform::{Client, ProgressOutcome, ReceiptOutcome, ResolveOutcome},
    session::{
        AskId, Asked, Event, Person, ProgressAnswer, ResolveAnswer, StandardPhoto, desk::News,
    },
    station::{self, Station},
    time::{Mono, Wall},
};

/// A question to this thread.
pub enum Question {
    /// Whom code and tail belong to.
    Who {
        ask: AskId,
        person: Person,
    },
    /// The batch that a visitor named.
    Batch {
        visit: CaptureId,
        batch: BatchCode,
    },
    /// The batch that staff pin.
    Pin(BatchCode),
    Unpin,
    /// A `station-command+jws`.
    Obey(String),
    /// A `station-command+jws` that was shown before the PIN or found on a stick.
    EndLockouts(String),
    /// The order that pays for a capture.
    Order {
        capture: CaptureId,
        person: Person,
    },
    /// How far a photo has come.
    Progress {
        ask: AskId,
        asked: Asked,
    },
    /// The sitter's confirmation of a standard photo.
    Confirm {
        ask: AskId,
        id: CaptureId,
        person: Person,
    },
}

const BEAT: Duration = Duration::from_secs(30);
/// How often new orders are looked for.
const LOOK: Duration = Duration::from_secs(2);
/// A newer state of the pinned batch and of the calendar is asked for once in this many beats.
const BEATS_A_REFRESH: u32 = 20;
/// How far the date kept for the next start may lag behind.
const TIME_EVERY: Duration = Duration::from_mins(10);
const TRIAL_EVERY: Duration = Duration::from_hours(24);

/// What the platform client needs to know about its booth.
pub struct AskerParts {
    pub librarian: Librarian,
    /// The folder of the booth's identity.
    pub station: PathBuf,
    /// Version of the platform's key document in use.
    pub keys_version: u64,
}

/// The platform client of this thread.
pub struct Asker {
    parts: AskerParts,
    store: SyncSender<Request>,
    client: Arc<Client>,
    /// The date last kept for the next start.
    kept: Option<Wall>,
    cashier: Cashier,
    /// Whether the last heartbeat was answered. The link alone does not show it: a delivery that
    /// comes through first also sets it to "up".
    heard: bool,
    /// A random number of this start: a copy of this disk has another.
    run: Option<String>,
    /// When the platform last passed the trial of its keys; a failed trial is repeated at the next
    /// beat.
    tried: Option<Mono>,
}

impl Asker {
    pub fn new(parts: AskerParts, store: SyncSender<Request>, client: Arc<Client>) -> Self {
        Self {
            parts,
            store,
            client,
            kept: None,
            cashier: Cashier::default(),
            heard: false,
            run: getrandom::u64().ok().map(|random| format!("{random:016x}")),
            tried: None,
        }
    }

    /// Answers questions until the queue closes; between them it reports to the platform that the
    /// booth is alive.
    pub fn run(&mut self, wires: &Wires, questions: &Receiver<Question>) {
        let mut beats = 0_u32;
        drop(wires.ledger.wait_newer(&mut 0, BEAT));
        loop {
            let has_new_keys = self.beat(wires);
            let now = wires.clock.now();
            // A batch signed by a key that is revoked now has to be fetched again.
            let change = if has_new_keys || beats.is_multiple_of(BEATS_A_REFRESH) {
                self.parts.librarian.refresh(&self.client, now)
            } else {
                self.parts.librarian.reread()
            };
            if let Some(change) = change {
                wires.tell(Event::Pinned(change));
            }
            // Without an answer to the heartbeat there will be none to this, and questions wait.
            if self.heard && (has_new_keys || beats.is_multiple_of(BEATS_A_REFRESH)) {
                self.parts.librarian.refresh_calendar(&self.client, now);
            }
            if let Some(published) = self.parts.librarian.reread_calendar() {
                tracing::info!("the calendar and the service line have changed");
                wires.published.put(published);
                wires.wake();
            }
            if !self.answer_for_a_beat(wires, questions) {
                return;
            }
            beats = beats.wrapping_add(1);
        }
    }

    /// Answers questions, and asks about orders between them, until the next heartbeat. Returns
    /// whether the queue is still open.
    fn answer_for_a_beat(&mut self, wires: &Wires, questions: &Receiver<Question>) -> bool {
        let end = wires.clock.now().mono.plus(BEAT);
        loop {
            let now = wires.clock.now().mono;
            if now >= end {
                return true;
            }
            // A new order shows up in the ledger, of which this thread is not notified.
            let rest = end.since(now).min(LOOK);
            let rest = self
                .cashier
                .next()
                .map_or(rest, |next| rest.min(next.since(now)));
            match questions.recv_timeout(rest) {
                Ok(question) => self.answer(wires, question),
                Err(RecvTimeoutError::Timeout) => {
                    self.cashier.ask(wires, &self.store, &self.client);
                }
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    /// Sends a heartbeat, which sets the clock and, after an outage, releases everything that waits
    /// at once. Returns whether it put newer keys of the platform to use.
    fn beat(&mut self, wires: &Wires) -> bool {
        // Without the outbox's own answer a heartbeat would say that its log is empty.
        let Some(ledger) = wires.ledger.newest() else {
            return false;
        };
        let beat = heartbeat(&ledger, self.run.clone());
        let answer = match self.client.heartbeat(&beat, wires.clock.now().wall) {
            Ok(answer) => answer,
            Err(trouble) => {
                self.heard = false;
                wires.link.put(broken_by(Some(&trouble)));
                return self.use_newest_keys();
            }
        };
        wires.clock.heard(answer.at);
        self.keep_time(wires);
        // The outbox notices by itself what fails between two heartbeats that are answered.
        let was_down = !std::mem::replace(&mut self.heard, true);
        wires.link.put(Link::Up);
        self.fetch_keys(answer.keys_version);
        // Before the nudge: deliveries made then may be answered with a new key.
        let has_new_keys = self.use_newest_keys();
        let requests = [
            Some(Request::PlatformHolds(PlatformHolds {
                known_seq: answer.known_seq,
                has_lost: answer.has_lost,
                retention: Duration::from_secs(answer.retain_s),
            })),
            answer.audit.map(Request::ToldHead),
            Some(Request::Alarms(answer.alarms)),
            was_down.then_some(Request::Nudge),
        ];
        for request in requests.into_iter().flatten() {
            if self.store.send(request).is_err() {
                return has_new_keys;
            }
        }
        // After the newer keys: the answer may be signed with them.
        self.try_keys(wires);
        self.fetch_verdicts(wires);
        has_new_keys
    }

    /// Fetches the platform's newer keys; they are accepted only under the root that was compared
    /// at enrolment.
    fn fetch_keys(&self, version: u64) {
        if version <= self.parts.keys_version {
            return;
        }
        let keys = match self.client.keys() {
            Ok(keys) => keys,
            Err(why) => return tracing::warn!(%why, "the platform's newer keys cannot be fetched"),
        };
        if let Err(why) = Station::renew(&self.parts.station, &keys) {
            tracing::error!(%why, "the platform's newer keys were refused");
        }
    }

    /// Puts the keys that this booth holds to use if they are newer than those in use, whether a
    /// heartbeat or a stick brought them.
    fn use_newest_keys(&mut self) -> bool {
        let station = match Station::load(&self.parts.station) {
            Ok(station) => station,
            Err(why) => {
                tracing::error!(%why, "the platform's keys cannot be read");
                return false;
            }
        };
        if station.keys_version() <= self.parts.keys_version {
            return false;
        }
        self.parts.keys_version = station.keys_version();
        self.parts.librarian.renew(station.batches().clone());
        // A closed queue means that the kiosk is shutting down.
        drop(self.store.send(Request::keys_of(&station)));
        true
    }

    /// Has the platform open, once a day, something that was sealed as a capture is, before photos
    /// depend on it.
    fn try_keys(&mut self, wires: &Wires) {
        let now = wires.clock.now();
        if self
            .tried
            .is_some_and(|tried| now.mono.since(tried) < TRIAL_EVERY)
        {
            return;
        }
        match key_trial(&self.parts.station, &self.client, now.wall) {
            Ok(()) => {
                self.tried = Some(now.mono);
                tracing::info!("the platform proved that it can open this booth's captures");
            }
            Err(why) => {
                tracing::error!(%why, "the key trial failed");
                let trouble = format!(
                    "the platform could not prove that it can open this booth's captures: {why:#}"
                );
                // A closed queue means that the kiosk is shutting down.
                drop(self.store.send(Request::Trouble(trouble)));
            }
        }
    }

    /// Stores the platform's date now and then, for a start without the platform.
    fn keep_time(&mut self, wires: &Wires) {
        let Some(good) = wires.clock.last_good() else {
            return;
        };
        let is_near = |kept: Wall| (kept..kept.plus(TIME_EVERY)).contains(&good);
        if self.kept.is_some_and(is_near) {
            return;
        }
        match station::keep_good_time(&self.parts.station, good) {
            Ok(()) => self.kept = Some(good),
            Err(why) => tracing::warn!(%why, "the date could not be saved for the next start"),
        }
    }

    fn answer(&mut self, wires: &Wires, question: Question) {
        let now = wires.clock.now();
        let (client, librarian) = (&self.client, &mut self.parts.librarian);
        let pinning = match question {
            Question::Who { ask, person } => {
                let answer = resolve(client, &person, now.wall);
                return wires.tell(Event::Resolved { ask, answer });
            }
            Question::Batch { visit, batch } => {
                let found = librarian.find(client, &batch, now);
                return wires.tell(Event::BatchFound { visit, found });
            }
            Question::Order { capture, person } => return self.order(wires, capture, &person),
            Question::Progress { ask, asked } => {
                let answer = progress(client, &asked, now.wall);
                return wires.tell(Event::Progress { ask, answer });
            }
            Question::Confirm { ask, id, person } => {
                let answer = client.confirm(id, &person_request(&person), now.wall);
                let answer = of_person(answer);
                return wires.tell(Event::Progress { ask, answer });
            }
            Question::Pin(batch) => librarian.pin(client, &batch, now),
            Question::Unpin => librarian.unpin(),
            Question::Obey(command) => librarian.obey(client, &command, now),
            Question::EndLockouts(command) => {
                let ended = librarian.end_lockouts(&command, now);
                return wires.tell(Event::News(News::Lockouts(ended)));
            }
        };
        wires.tell(Event::Pinned(pinning));
    }

    /// Asks for an order; the visit receives it from the outbox once its row is durable.
    fn order(&self, wires: &Wires, capture: CaptureId, person: &Person) {
        let request = OrderRequest {
            person: person_request(person),
            capture,
        };
        match self.client.order(&request, wires.clock.now().wall) {
            // A closed queue means that the kiosk is shutting down.
            Ok(order) => drop(
                self.store
                    .send(Request::FollowUp(FollowUp::Order { capture, order })),
            ),
            Err(why) => {
                tracing::warn!(%capture, %why, "the platform gave no order");
                let order = None;
                wires.tell(Event::Ordered { capture, order });
            }
        }
    }

    /// Fetches what auditors decided since the last time.
    fn fetch_verdicts(&self, wires: &Wires) {
        let Some(ledger) = wires.ledger.newest() else {
            return;
        };
        match self
            .client
            .verdicts(ledger.last_verdict, wires.clock.now().wall)
        {
            Ok(page) if !page.verdicts.is_empty() => {
                drop(
                    self.store
                        .send(Request::FollowUp(FollowUp::Verdicts(page.verdicts))),
                );
            }
            Ok(_) => {}
            Err(why) => tracing::warn!(%why, "the auditors' decisions cannot be fetched"),
        }
    }
}

fn person_request(person: &Person) -> PersonRequest {
    PersonRequest {
        feature_code: person.batch.feature_code.clone(),
        code: STANDARD.encode(person.code.bytes()),
        tail: person.tail.normalised.clone(),
    }
}

fn progress(client: &Client, asked: &Asked, now: Wall) -> ProgressAnswer {
    match asked {
        Asked::Person { person, .. } => of_person(client.progress(&person_request(person), now)),
        Asked::Receipt(statement) => match client.receipt_progress(statement) {
            ReceiptOutcome::Arrived(progress) => ProgressAnswer::OfReceipt(Some(progress)),
            ReceiptOutcome::NotArrived => ProgressAnswer::OfReceipt(None),
            ReceiptOutcome::Foreign => ProgressAnswer::ForeignReceipt,
            ReceiptOutcome::NoAnswer => ProgressAnswer::NoAnswer,
        },
    }
}

fn of_person(outcome: ProgressOutcome) -> ProgressAnswer {
    match outcome {
        ProgressOutcome::Known(mut found) => {
            let standard = found
                .standard
                .take()
                .and_then(|photo| standard_photo(&photo));
            ProgressAnswer::Known { found, standard }
        }
        ProgressOutcome::DoesNotMatch => ProgressAnswer::DoesNotMatch,
        ProgressOutcome::TooManyTries(wait) => ProgressAnswer::Wait(wait),
        ProgressOutcome::NoAnswer => ProgressAnswer::NoAnswer,
    }
}

/// Decodes the platform's standard photo; `None` if it is not a picture. The visit then asks the
/// student to look at it on the phone.
fn standard_photo(base64: &str) -> Option<StandardPhoto> {
    let decoded = STANDARD.decode(base64).ok().map(decode_picture);
    let photo = decoded.and_then(Result::ok);
    if photo.is_none() {
        tracing::warn!("the platform's standard photo is not a picture");
    }
    Some(StandardPhoto(photo?.rgb))
}

/// Seals something empty, lets the platform open it, and believes only its signed answer.
pub fn key_trial(folder: &Path, client: &Client, now: Wall) -> anyhow::Result<()> {
    let station = Station::load(folder)?;
    let trial = Trial::new(station.recipient())?;
    let token = client.try_keys(&trial.sealed, now)?;
    let said: KeyTrialReceipt = jws::verify(Purpose::KeyTrial, &token, &station.receipt_keys())?;
    if said.station != station.id() || said.sha256 != trial.sha256 {
        bail!("the platform's answer is about another booth or trial");
    }
    station::keep_key_trial(folder, now)?;
    Ok(())
}

fn heartbeat(ledger: &Ledger, run: Option<String>) -> Heartbeat {
    Heartbeat {
        queued: ledger.counts.queued,
        quarantined: ledger.counts.quarantined,
        notes_queued: ledger.notes_queued,
        last_seq: ledger.last_seq,
        delivered_seq: ledger.delivered_seq,
        delivered_note: ledger.delivered_note,
        software: env!("CARGO_PKG_VERSION").to_owned(),
        run,
        audit: ledger.audit.clone(),
        audit_then: ledger.audit_then.clone(),
    }
}

fn resolve(client: &Client, person: &Person, now: Wall) -> ResolveAnswer {
    match client.resolve(&person_request(person), now) {
        ResolveOutcome::Known(person) => ResolveAnswer::Known(person),
        ResolveOutcome::DoesNotMatch => ResolveAnswer::DoesNotMatch,
        ResolveOutcome::NoAnswer => ResolveAnswer::NoAnswer,
    }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    #[test]
    fn a_standard_photo_is_a_picture_or_nothing() {
        let mut jpeg = std::io::Cursor::new(Vec::new());
        RgbImage::from_pixel(48, 64, image::Rgb([100, 197, 255]))
            .write_to(&mut jpeg, image::ImageFormat::Jpeg)
            .unwrap();
        let jpeg = jpeg.into_inner();
        let shown = standard_photo(&STANDARD.encode(&jpeg)).unwrap();
        assert_eq!(shown.0.dimensions(), (48, 64));
        for hostile in [&jpeg[..jpeg.len() / 2], b"GIF89a", b""] {
            assert!(standard_photo(&STANDARD.encode(hostile)).is_none());
        }
        assert!(standard_photo("no base64!").is_none());
    }
}
