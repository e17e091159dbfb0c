//! A platform whose clock the test controls, with a batch of its own; people with codes, and their
//! captures at a booth.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use capture_station::{
    capture::CaptureId,
    contract::{Amendment, Change, OrderRequest, Outcome, PersonRequest, sha256_hex},
    jws::{self, Purpose},
    profile::PaymentPolicy,
    reference::{self, Terms},
    time::Wall,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::booth::{Booth, ORIGINAL, PORTRAIT, Served, manifest};

pub fn at(text: &str) -> Wall {
    Wall(text.parse().unwrap())
}

/// A Monday without a festival nearby.
pub const MONDAY: &str = "2026-06-08T02:00:00Z";

pub struct Hall {
    pub served: Served,
    clock: Arc<AtomicI64>,
}

impl Hall {
    /// Opens on [`MONDAY`] with the demonstration's batch under this policy, 25 yuan per photo,
    /// closing at the end of 2026-06-30.
    pub fn open(policy: PaymentPolicy) -> Self {
        Self::open_with(policy, Terms::default())
    }

    pub fn open_with(policy: PaymentPolicy, terms: Terms) -> Self {
        let folder = TempDir::new().unwrap();
        let batches = folder.path().join("batches");
        std::fs::create_dir_all(&batches).unwrap();
        let mut batch = reference::demo_batch();
        batch.fee_fen = 2500;
        batch.profile.payment = policy;
        batch.closes = at("2026-06-30T16:00:00Z");
        let json = serde_json::to_vec(&batch).unwrap();
        std::fs::write(batches.join("D3PZ85.json"), json).unwrap();
        Self::open_in(folder, terms, at(MONDAY))
    }

    pub fn open_in(folder: TempDir, mut terms: Terms, now: Wall) -> Self {
        let clock = Arc::new(AtomicI64::new(now.unix_ms()));
        let read = Arc::clone(&clock);
        terms.clock = Arc::new(move || Wall::from_unix_ms(read.load(Ordering::Relaxed)));
        Self {
            served: Served::start_with(folder, terms),
            clock,
        }
    }

    pub fn now(&self) -> Wall {
        Wall::from_unix_ms(self.clock.load(Ordering::Relaxed))
    }

    pub fn set(&self, now: Wall) {
        self.clock.store(now.unix_ms(), Ordering::Relaxed);
    }

    pub fn restart(self) -> Self {
        let now = self.now();
        Self::open_in(self.served.stop(), Terms::default(), now)
    }
}

/// Somebody with a code and a tail.
#[derive(Clone, Copy)]
pub struct Person {
    pub code: &'static str,
    pub tail: &'static str,
}

pub const ANNA: Person = Person {
    code: "a code that belongs to somebody",
    tail: "1234",
};
pub const BERT: Person = Person {
    code: "a code of somebody else",
    tail: "002X",
};

impl Person {
    pub fn asks(self) -> PersonRequest {
        PersonRequest {
            feature_code: reference::demo_batch().feature_code,
            code: STANDARD.encode(self.code),
            tail: self.tail.to_owned(),
        }
    }

    pub fn orders(self, capture: CaptureId) -> OrderRequest {
        OrderRequest {
            person: self.asks(),
            capture,
        }
    }
}

/// The other facts of a capture's manifest.
#[derive(Clone, Copy)]
pub struct Shot {
    pub payment: &'static str,
    pub at: &'static str,
    pub supersedes: Option<CaptureId>,
}

pub const PREPAID: Shot = Shot {
    payment: "prepaid",
    at: MONDAY,
    supersedes: None,
};
pub const PENDING: Shot = Shot {
    payment: "pending",
    ..PREPAID
};

impl Booth {
    /// Delivers the `seq`th capture of this booth.
    pub fn brings(&self, hall: &Hall, (id, seq): (CaptureId, u64), who: Person, shot: Shot) {
        let mut json: Value = serde_json::from_slice(&manifest(&self.station, id, seq)).unwrap();
        let facts = json.get_mut("facts").unwrap();
        *facts.get_mut("payment").unwrap() = json!(shot.payment);
        *facts.get_mut("captured_at").unwrap() = json!(shot.at);
        *facts.get_mut("supersedes").unwrap() = json!(shot.supersedes);
        *json.get_mut("code").unwrap() = json!(STANDARD.encode(who.code));
        *json.get_mut("tail").unwrap() =
            json!({ "raw": who.tail, "normalised": who.tail, "rule": "as_printed" });
        let json = serde_json::to_vec(&json).unwrap();
        let parcel = self.seal(&[
            ("manifest.json", &json),
            ("manifest.jws", self.sign(&json).as_bytes()),
            ("portrait.jpg", PORTRAIT),
            ("original.jpg", ORIGINAL),
        ]);
        let hash = sha256_hex(&parcel);
        let delivery = self.client.deliver(id, seq, parcel, &hash, hall.now());
        assert_eq!(delivery.outcome, Outcome::Stored, "{}", delivery.reason());
    }

    /// Amends the `seq`th capture of this booth.
    pub fn amends(&self, hall: &Hall, (id, seq): (CaptureId, u64), number: u32, change: Change) {
        let amendment = Amendment {
            station: self.station.clone(),
            id,
            seq,
            number,
            at: hall.now(),
            change,
        };
        let bytes = jws::sign(Purpose::Amendment, &self.key, &amendment)
            .unwrap()
            .into_bytes();
        let hash = sha256_hex(&bytes);
        let name = (id, seq, number);
        let delivery = self.client.deliver_note(name, bytes, &hash, hall.now());
        assert_eq!(delivery.outcome, Outcome::Stored, "{}", delivery.reason());
    }
}
