//! The ask thread: short questions to the platform while a visit runs, and the heartbeat.

use std::{
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{courier::broken_by, librarian::Librarian, store::Request, wires::Wires};
use crate::{
    booth::Link,
    capture::CaptureId,
    code::{BatchCode, FeatureCode, PersonalCode, Tail},
    contract::{Heartbeat, ResolveRequest},
    platform::{Client, ResolveOutcome},
    session::{Event, ResolveAnswer},
    station,
    time::Wall,
};

/// What this thread is asked.
pub enum Question {
    Who(Who),
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
}

/// Who code and tail belong to.
pub struct Who {
    pub visit: CaptureId,
    pub feature_code: FeatureCode,
    pub code: PersonalCode,
    pub tail: Tail,
}

const BEAT: Duration = Duration::from_secs(30);
/// The platform is asked for a newer state of the pinned batch at every so many beats.
const BEATS_A_REFRESH: u32 = 20;
/// How far the date that is kept for the next start may lag behind.
const TIME_EVERY: Duration = Duration::from_mins(10);

/// Asks until the queue closes; between questions it tells the platform that the booth lives.
pub fn run(
    wires: &Wires,
    questions: &Receiver<Question>,
    store: &SyncSender<Request>,
    client: &Client,
    librarian: &mut Librarian,
    station: &Path,
) {
    let mut beats = 0_u32;
    let mut kept = None;
    beat(wires, store, client);
    keep_time(wires, station, &mut kept);
    loop {
        let change = if beats.is_multiple_of(BEATS_A_REFRESH) {
            librarian.refresh(client, wires.clock.now())
        } else {
            librarian.reread()
        };
        if let Some(change) = change {
            wires.tell(Event::Pinned(change));
        }
        loop {
            match questions.recv_timeout(BEAT) {
                Ok(question) => answer(wires, client, librarian, question),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        beats = beats.wrapping_add(1);
        beat(wires, store, client);
        keep_time(wires, station, &mut kept);
    }
}

fn answer(wires: &Wires, client: &Client, librarian: &mut Librarian, question: Question) {
    let now = wires.clock.now();
    let pinning = match question {
        Question::Who(who) => return ask(wires, client, who),
        Question::Batch { visit, batch } => {
            let found = librarian.find(client, &batch, now);
            return wires.tell(Event::BatchFound { visit, found });
        }
        Question::Pin(batch) => librarian.pin(client, &batch, now),
        Question::Unpin => librarian.unpin(),
        Question::Obey(command) => librarian.obey(client, &command, now),
    };
    wires.tell(Event::Pinned(pinning));
}

fn ask(wires: &Wires, client: &Client, question: Who) {
    let request = ResolveRequest {
        feature_code: question.feature_code,
        code: STANDARD.encode(question.code.bytes()),
        tail: question.tail.normalised.clone(),
    };
    let answer = match client.resolve(&request, wires.clock.now().wall) {
        ResolveOutcome::Known(person) => ResolveAnswer::Known(person),
        ResolveOutcome::DoesNotMatch => ResolveAnswer::DoesNotMatch,
        ResolveOutcome::NoAnswer => ResolveAnswer::NoAnswer,
    };
    wires.tell(Event::Resolved {
        visit: question.visit,
        answer,
    });
}

/// Writes the platform's word on the date down, now and then, for a start without the platform.
fn keep_time(wires: &Wires, station: &Path, kept: &mut Option<Wall>) {
    let Some(good) = wires.clock.last_good() else {
        return;
    };
    if kept.is_some_and(|kept| good < kept.plus(TIME_EVERY) && kept <= good) {
        return;
    }
    match station::keep_good_time(station, good) {
        Ok(()) => *kept = Some(good),
        Err(why) => tracing::warn!(%why, "the date is not kept for the next start"),
    }
}

/// A heartbeat sets the clock, and after an outage lets everything that waits go at once.
fn beat(wires: &Wires, store: &SyncSender<Request>, client: &Client) {
    let ledger = wires.ledger.newest().unwrap_or_default();
    let heartbeat = Heartbeat {
        queued: ledger.counts.queued,
        quarantined: ledger.counts.quarantined,
        last_seq: ledger.rows.iter().map(|row| row.seq).max().unwrap_or(0),
        software: env!("CARGO_PKG_VERSION").to_owned(),
    };
    match client.heartbeat(&heartbeat, wires.clock.now().wall) {
        Ok(answer) => {
            wires.clock.heard(answer.at);
            let was_down = wires.link.newest().is_none_or(|link| *link != Link::Up);
            wires.link.put(Link::Up);
            let nudge = was_down.then_some(Request::Nudge);
            for request in [Some(Request::KnownSeq(answer.known_seq)), nudge] {
                if request.is_some_and(|request| store.send(request).is_err()) {
                    return;
                }
            }
        }
        Err(trouble) => wires.link.put(broken_by(Some(&trouble))),
    }
}
