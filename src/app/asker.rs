//! The ask thread: short questions to the platform while a visit runs, and the heartbeat.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{librarian::Librarian, store::Request, wires::Wires};
use crate::{
    booth::Link,
    capture::CaptureId,
    code::{BatchCode, FeatureCode, PersonalCode, Tail},
    contract::{Heartbeat, ResolveRequest},
    platform::{Client, ResolveOutcome},
    session::{Event, ResolveAnswer},
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

/// Asks until the queue closes; between questions it tells the platform that the booth lives.
pub fn run(
    wires: &Wires,
    questions: &Receiver<Question>,
    store: &SyncSender<Request>,
    client: &Client,
    librarian: &mut Librarian,
) {
    let mut beats = 0_u32;
    beat(wires, store, client);
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

/// A heartbeat sets the clock's trust, and after an outage lets everything that waits go at once.
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
            wires.clock.compare(answer.at);
            let was_down = wires.link.newest().is_none_or(|link| *link != Link::Up);
            wires.link.put(Link::Up);
            let nudge = was_down.then_some(Request::Nudge);
            for request in [Some(Request::KnownSeq(answer.known_seq)), nudge] {
                if request.is_some_and(|request| store.send(request).is_err()) {
                    return;
                }
            }
        }
        Err(why) => {
            wires.clock.hold_over();
            wires.link.put(Link::Down(why));
        }
    }
}
