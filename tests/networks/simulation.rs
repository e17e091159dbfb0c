//! The outbox, a model of the platform, and a network in between that loses, repeats, delays, reorders, cuts and forges. Time is
//! a number: hours of back-off pass at once.
//!
//! A schedule is one capture's way through the network: what befalls each of its attempts, drawn from the seed, together with the
//! restarts of either side that fall into it.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::Path,
    thread,
    time::Duration,
};

use capture_station::{
    app::courier::answer_of,
    booth::QueueState,
    capture::CaptureId,
    cli::drill::made_up,
    contract::{Amendment, CaptureReceipt, Change, Delivered, NoteReceipt, Problem, VoidCause},
    jws::{self, KeySet, Purpose},
    outbox::{Answer, Answered, LONGEST_RETENTION, Note, Outbox, Parcel, Sealing, Settled},
    platform::{Reply, delivery_of},
    sitter::Dice,
    time::{Mono, Now, Trust, Wall},
};
use ed25519_dalek::SigningKey;
use tempfile::TempDir;

/// Captures of one world; each is a schedule.
const CAPTURES: u64 = 1_000;
/// `make test-networks` plays them all, `make test` a fifth of them.
const WORLDS: u64 = 100;
/// Small ones: what is tried is the way, not the load.
const SIZES: (usize, usize) = (40, 60);
/// After so many attempts the network has mercy with a capture.
const MOST_FAULTS: u32 = 12;
const AT_ONCE: usize = 4;
/// A platform that is restored again and again would never hold everything.
const MOST_RESTORES: u64 = 3;

const STATION: &str = "booth";

fn booth_key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn receipt_key() -> SigningKey {
    SigningKey::from_bytes(&[2; 32])
}

fn stranger_key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

/// What befalls one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Arrives,
    /// Stored once, asked twice: the second answer comes back.
    Twice,
    RequestLost,
    AnswerLost,
    /// The booth gave up; the request reaches the platform later, perhaps after another attempt.
    RequestLate,
    /// Cut off on the way: the platform sees a body without its digest.
    Truncated,
    Status(u16),
    /// 429 or 503 that says when to come back.
    Busy(&'static str),
    /// A proxy's page, not the platform's word.
    ProxyRefuses(u16),
    /// A log-in page with 200.
    Portal,
    Redirect,
    /// The name of what TLS or the socket said.
    Unreachable(&'static str),
    /// The platform itself refuses for good, as it does with a damaged or foreign parcel.
    Refused(u16),
    Lie(Lie),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lie {
    OtherId,
    OtherHash,
    OtherSeq,
    OtherStation,
    StrangeKey,
    OtherPurpose,
    /// The receipt of another capture, word for word.
    Replayed,
}

const FATES: [Fate; 30] = [
    Fate::Twice,
    Fate::RequestLost,
    Fate::AnswerLost,
    Fate::RequestLate,
    Fate::Truncated,
    Fate::Status(400),
    Fate::Status(401),
    Fate::Status(403),
    Fate::Status(404),
    Fate::Status(408),
    Fate::Status(500),
    Fate::Status(502),
    Fate::Status(503),
    Fate::Busy("2"),
    Fate::Busy("999999999"),
    Fate::ProxyRefuses(409),
    Fate::ProxyRefuses(413),
    Fate::Portal,
    Fate::Redirect,
    Fate::Unreachable(
        "the platform's certificate is not signed by the authority that this booth trusts",
    ),
    Fate::Unreachable("the platform's certificate is out of date, or this booth's clock is wrong"),
    Fate::Unreachable("the platform did not answer in time"),
    Fate::Refused(422),
    Fate::Lie(Lie::OtherId),
    Fate::Lie(Lie::OtherHash),
    Fate::Lie(Lie::OtherSeq),
    Fate::Lie(Lie::OtherStation),
    Fate::Lie(Lie::StrangeKey),
    Fate::Lie(Lie::OtherPurpose),
    Fate::Lie(Lie::Replayed),
];

/// What the platform keeps: one row for each id.
#[derive(Clone, Default)]
struct Model {
    rows: BTreeMap<CaptureId, (String, u64)>,
    /// When each row and note came, counted through.
    stored: BTreeMap<(CaptureId, Option<u32>), i64>,
    clock: i64,
    /// The notes about each capture, as they came: number and hash.
    notes: BTreeMap<CaptureId, Vec<(u32, String)>>,
    withdrawn: BTreeSet<CaptureId>,
    /// The negative control: it signs, and forgets some of what it signed for.
    forgets: Option<Dice>,
}

impl Model {
    fn keep(&mut self, parcel: &Parcel) -> Reply {
        if self.withdrawn.contains(&parcel.id) {
            return problem(410);
        }
        let row = (parcel.sha256.clone(), parcel.seq);
        match self.rows.get(&parcel.id) {
            Some(kept) if *kept != row => return problem(409),
            Some(_) => {}
            None => {
                let forgotten = self.forgets.as_mut().is_some_and(|dice| dice.one_in(50));
                if !forgotten {
                    self.rows.insert(parcel.id, row);
                }
            }
        }
        let receipt = CaptureReceipt {
            stored_at: self.stored_at(parcel.id, None),
            ..receipt_of(parcel)
        };
        stored(&receipt, &receipt_key(), Purpose::CaptureReceipt)
    }

    /// Returns when this was stored first.
    fn stored_at(&mut self, id: CaptureId, note: Option<u32>) -> Wall {
        let next = self.clock + 1;
        let at = *self.stored.entry((id, note)).or_insert(next);
        self.clock = self.clock.max(at);
        Wall::from_unix_ms(at)
    }
}

/// What befalls one attempt to bring a note: the parcels' fates in brief, for what lies between is the same code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoteFate {
    Arrives,
    Twice,
    RequestLost,
    AnswerLost,
    Busy,
    OtherNumber,
    StrangeKey,
}

const NOTE_FATES: [NoteFate; 6] = [
    NoteFate::Twice,
    NoteFate::RequestLost,
    NoteFate::AnswerLost,
    NoteFate::Busy,
    NoteFate::OtherNumber,
    NoteFate::StrangeKey,
];

impl Model {
    fn keep_note(&mut self, note: &Note) -> Reply {
        let held = self.notes.entry(note.name.id).or_default();
        let row = (note.name.number, note.sha256.clone());
        match held.iter().find(|(number, _)| *number == row.0) {
            Some(known) if *known != row => return problem(409),
            Some(_) => {}
            None => held.push(row),
        }
        let token = str::from_utf8(&note.bytes).unwrap_or_default();
        let keys = KeySet::one(booth_key().verifying_key());
        let said = jws::verify::<Amendment>(Purpose::Amendment, token, &keys);
        if said.is_ok_and(|said| said.change == Change::Withdrawn) {
            self.withdrawn.insert(note.name.id);
            self.rows.remove(&note.name.id);
        }
        let receipt = NoteReceipt {
            stored_at: self.stored_at(note.name.id, Some(note.name.number)),
            ..note_receipt(note)
        };
        stored(&receipt, &receipt_key(), Purpose::NoteReceipt)
    }
}

fn note_receipt(note: &Note) -> NoteReceipt {
    NoteReceipt {
        station: STATION.to_owned(),
        id: note.name.id,
        number: note.name.number,
        hash: note.sha256.clone(),
        stored_at: Wall::EPOCH,
    }
}

fn receipt_of(parcel: &Parcel) -> CaptureReceipt {
    CaptureReceipt {
        station: STATION.to_owned(),
        id: parcel.id,
        hash: parcel.sha256.clone(),
        seq: parcel.seq,
        stored_at: Wall::EPOCH,
    }
}

fn stored(receipt: &impl serde::Serialize, key: &SigningKey, purpose: Purpose) -> Reply {
    let receipt = jws::sign(purpose, key, receipt).unwrap();
    reply(
        201,
        "application/json",
        None,
        serde_json::to_vec(&Delivered { receipt }).unwrap(),
    )
}

fn problem(status: u16) -> Reply {
    let body = Problem {
        title: "no".to_owned(),
        status,
        detail: String::new(),
    };
    reply(
        status,
        "application/problem+json",
        None,
        serde_json::to_vec(&body).unwrap(),
    )
}

fn reply(status: u16, media_type: &str, retry_after: Option<&str>, body: Vec<u8>) -> Reply {
    Reply {
        status,
        media_type: media_type.to_owned(),
        etag: None,
        retry_after: retry_after.map(str::to_owned),
        date: None,
        body,
    }
}

/// A booth's outbox, the platform and what is on its way between them.
struct World {
    dice: Dice,
    folder: TempDir,
    outbox: Outbox,
    platform: Model,
    now: Mono,
    /// Faults that befell each capture so far.
    faults: BTreeMap<CaptureId, u32>,
    /// Requests that the booth gave up and that still reach the platform.
    late: Vec<Parcel>,
    /// The last good receipt, for whoever replays it.
    seen: Option<CaptureReceipt>,
    confirmed: Vec<CaptureId>,
    /// How many amendments each capture got, and which ones were withdrawn.
    amended: BTreeMap<CaptureId, u32>,
    withdrawn: BTreeSet<CaptureId>,
    /// What the platform's last backup holds, in worlds where booths keep deliveries.
    backup: Option<Model>,
    attempts: u64,
    restarts: u64,
    restores: u64,
}

fn at(mono: Mono) -> Now {
    Now {
        mono,
        // A wall clock that says something else each second delays nothing.
        wall: Wall::from_unix_ms(
            1_780_000_000_000 + (mono.as_duration().as_millis() as i64 % 97) * 86_400_000,
        ),
        trust: Trust::Unknown,
    }
}

/// In memory, where there is room for it: what is tried is not the disk.
fn folder() -> TempDir {
    const ROOM: u64 = 1 << 30;
    let shm = Path::new("/dev/shm");
    let is_roomy = rustix::fs::statvfs(shm)
        .is_ok_and(|found| found.f_bavail.saturating_mul(found.f_frsize) > ROOM);
    let in_memory = is_roomy.then(|| TempDir::new_in(shm).ok()).flatten();
    in_memory.unwrap_or_else(|| TempDir::new().unwrap())
}

fn open(folder: &Path, now: Mono) -> Outbox {
    const NOBODY: &str = "age18yrm50k4x22ucmqe5vmhy7xjdcwtywdcvyef72mss67vsez2wd0srtpxgj";
    let sealing = Sealing::new(STATION.to_owned(), booth_key(), NOBODY, vec![]).unwrap();
    let keys = KeySet::one(receipt_key().verifying_key());
    Outbox::open(folder, sealing, keys, at(now)).unwrap()
}

impl World {
    fn new(seed: u64, platform: Model) -> Self {
        let folder = folder();
        Self {
            dice: Dice::new(seed),
            outbox: open(folder.path(), Mono::default()),
            folder,
            platform,
            now: Mono::default(),
            faults: BTreeMap::new(),
            late: vec![],
            seen: None,
            confirmed: vec![],
            amended: BTreeMap::new(),
            withdrawn: BTreeSet::new(),
            backup: None,
            attempts: 0,
            restarts: 0,
            restores: 0,
        }
    }

    /// A world whose platform makes backups, asks its booth to keep deliveries, and is restored now
    /// and then.
    fn with_backups(seed: u64) -> Self {
        let mut world = Self::new(seed, Model::default());
        world.outbox.heed_retention(LONGEST_RETENTION).unwrap();
        world.backup = Some(Model::default());
        world
    }

    /// The platform is restored from its last backup, and the next heartbeat shows what it lost.
    fn restore(&mut self) {
        let Some(backup) = self.backup.clone() else {
            return;
        };
        self.restores += 1;
        let clock = self.platform.clock;
        self.platform = backup;
        // Its clock goes on.
        self.platform.clock = clock;
        // A booth sends again once an hour.
        self.now = self.now.plus(Duration::from_hours(1));
        let knows_capture = self.outbox.delivered_seq().unwrap().is_none_or(|seq| {
            let mut rows = self.platform.rows.values();
            rows.any(|(_, known)| *known == seq)
        });
        let knows_note = self.outbox.delivered_note().unwrap().is_none_or(|note| {
            let about = self.platform.notes.get(&note.id);
            about.is_some_and(|notes| notes.iter().any(|(number, _)| *number == note.number))
        });
        if !knows_capture || !knows_note {
            self.outbox.heed_loss(at(self.now)).unwrap();
        }
    }

    fn live(&mut self) {
        let mut number = 0;
        while number < CAPTURES || self.is_owing() {
            if number < CAPTURES && self.dice.below(3) > 0 {
                self.confirm(number);
                number += 1;
            }
            if self.dice.one_in(20) {
                self.amend();
            }
            self.bring();
            self.bring_notes();
            if self.dice.one_in(400) {
                self.restart();
            }
            if self.dice.one_in(200) {
                self.staff_retry();
            }
            if self.backup.is_some() && self.dice.one_in(150) {
                self.backup = Some(self.platform.clone());
            }
            if self.restores < MOST_RESTORES && self.dice.one_in(400) {
                self.restore();
            }
            self.pass_time();
        }
        self.arrive_late();
        self.staff_retry_all();
    }

    fn is_owing(&self) -> bool {
        self.outbox.counts().unwrap().queued > 0 || self.outbox.notes_queued().unwrap() > 0
    }

    /// Something changes about one of the captures, delivered or not; some are withdrawn.
    fn amend(&mut self) {
        let which = self.dice.below(self.confirmed.len().max(1) as u64);
        let Some(&id) = self.confirmed.get(which as usize) else {
            return;
        };
        let change = if self.dice.one_in(2) {
            Change::Withdrawn
        } else {
            Change::Voided(VoidCause::Trial)
        };
        let was_destroyed = self.withdrawn.contains(&id);
        if self.outbox.amend(id, &change, at(self.now)).is_err() {
            assert!(was_destroyed, "{id} takes no {change:?}");
            return;
        }
        let destroyed_twice = was_destroyed && self.outbox.receipt(id).unwrap().is_none();
        if !destroyed_twice {
            *self.amended.entry(id).or_default() += 1;
        }
        if change == Change::Withdrawn {
            self.withdrawn.insert(id);
        }
    }

    fn bring_notes(&mut self) {
        for _ in 0..AT_ONCE {
            let Some(name) = self.outbox.due_note(at(self.now)) else {
                return;
            };
            let note = self.outbox.read_note(name, at(self.now)).unwrap();
            let fate = if self.dice.one_in(2) {
                NoteFate::Arrives
            } else {
                self.dice.pick(&NOTE_FATES).unwrap()
            };
            let answer = self.answer_note(&note, fate);
            self.attempts += 1;
            let arrived = matches!(fate, NoteFate::Arrives | NoteFate::Twice);
            let settled = self.hear(Answered::Note(name, answer));
            assert_eq!(settled == Settled::Delivered, arrived, "{fate:?}");
        }
    }

    fn answer_note(&mut self, note: &Note, fate: NoteFate) -> Answer {
        let mut receipt = note_receipt(note);
        let heard = match fate {
            NoteFate::Arrives => self.platform.keep_note(note),
            NoteFate::Twice => {
                self.platform.keep_note(note);
                self.platform.keep_note(note)
            }
            NoteFate::RequestLost => return unheard("the connection was reset"),
            NoteFate::AnswerLost => {
                self.platform.keep_note(note);
                return unheard("the answer broke off");
            }
            NoteFate::Busy => reply(429, "application/problem+json", Some("2"), vec![]),
            NoteFate::OtherNumber => {
                receipt.number += 1;
                stored(&receipt, &receipt_key(), Purpose::NoteReceipt)
            }
            NoteFate::StrangeKey => stored(&receipt, &stranger_key(), Purpose::NoteReceipt),
        };
        answer_of(delivery_of(&heard, at(self.now).wall))
    }

    fn confirm(&mut self, number: u64) {
        // An id's first bytes hold its version.
        let mut random = [0; 10];
        random
            .iter_mut()
            .skip(2)
            .zip(number.to_be_bytes())
            .for_each(|(to, from)| *to = from);
        let id = CaptureId::new(Wall::EPOCH, random);
        let capture = made_up(id, SIZES, at(self.now)).unwrap();
        self.outbox.save(&capture, at(self.now)).unwrap();
        self.confirmed.push(id);
    }

    /// Hands out what is due, and lets the answers come back in any order, or never.
    fn bring(&mut self) {
        let due = self.outbox.due(at(self.now), AT_ONCE);
        assert!(due.len() <= AT_ONCE);
        let mut answers = vec![];
        for id in due {
            let parcel = self.outbox.parcel(id, at(self.now)).unwrap();
            let fate = self.fate(id);
            answers.push((parcel.clone(), fate, self.answer(&parcel, fate)));
            self.attempts += 1;
        }
        while !answers.is_empty() {
            let next = self.dice.below(answers.len() as u64) as usize;
            let (parcel, fate, answer) = answers.swap_remove(next);
            if self.dice.one_in(500) {
                // The booth dies between the answer and its note of it.
                self.restart();
                return;
            }
            self.settle(&parcel, fate, answer);
        }
    }

    fn fate(&mut self, id: CaptureId) -> Fate {
        let faults = self.faults.entry(id).or_default();
        if *faults >= MOST_FAULTS || self.dice.one_in(4) {
            return Fate::Arrives;
        }
        *faults += 1;
        self.dice.pick(&FATES).unwrap()
    }

    /// What the booth hears of one attempt.
    fn answer(&mut self, parcel: &Parcel, fate: Fate) -> Answer {
        let heard = match fate {
            Fate::Arrives => self.platform.keep(parcel),
            Fate::Twice => {
                self.platform.keep(parcel);
                self.platform.keep(parcel)
            }
            Fate::RequestLost => return unheard("the connection was reset"),
            Fate::AnswerLost => {
                self.platform.keep(parcel);
                return unheard("the answer broke off");
            }
            Fate::RequestLate => {
                self.late.push(parcel.clone());
                return unheard("the platform did not answer in time");
            }
            Fate::Truncated => problem(400),
            Fate::Status(status) | Fate::Refused(status) => problem(status),
            Fate::Busy(when) => reply(429, "application/problem+json", Some(when), vec![]),
            Fate::ProxyRefuses(status) => reply(status, "text/html", None, b"<html>".to_vec()),
            Fate::Portal => reply(200, "text/html", None, b"<html>log in</html>".to_vec()),
            Fate::Redirect => reply(302, "text/html", None, vec![]),
            Fate::Unreachable(why) => return unheard(why),
            Fate::Lie(lie) => self.lie(parcel, lie),
        };
        answer_of(delivery_of(&heard, at(self.now).wall))
    }

    fn lie(&self, parcel: &Parcel, lie: Lie) -> Reply {
        let mut receipt = receipt_of(parcel);
        let (mut key, mut purpose) = (receipt_key(), Purpose::CaptureReceipt);
        match lie {
            Lie::OtherId => receipt.id = CaptureId::new(Wall::EPOCH, [0xee; 10]),
            Lie::OtherHash => receipt.hash = "0".repeat(64),
            Lie::OtherSeq => receipt.seq += 1,
            Lie::OtherStation => receipt.station.push('x'),
            Lie::StrangeKey => key = stranger_key(),
            Lie::OtherPurpose => purpose = Purpose::CaptureStatement,
            Lie::Replayed => match &self.seen {
                Some(other) if other.id != parcel.id => receipt = other.clone(),
                Some(_) | None => receipt.seq += 1,
            },
        }
        stored(&receipt, &key, purpose)
    }

    fn hear(&mut self, answered: Answered) -> Settled {
        let mut settled = self.outbox.hear(vec![answered], at(self.now));
        settled.remove(0).1.unwrap()
    }

    fn settle(&mut self, parcel: &Parcel, fate: Fate, answer: Answer) {
        let answered = Answered::Parcel(parcel.id, answer);
        let settled = self.hear(answered);
        let name = format!("parcels/{:06}-{}.age", parcel.seq, parcel.id);
        let is_here = self.folder.path().join(name).exists();
        match fate {
            Fate::Arrives | Fate::Twice => {
                assert_eq!(settled, Settled::Delivered, "{fate:?}");
                assert_eq!(
                    is_here,
                    self.backup.is_some() && !self.withdrawn.contains(&parcel.id)
                );
                self.seen = Some(receipt_of(parcel));
            }
            Fate::Refused(_) => assert_eq!((settled, is_here), (Settled::Parked, true)),
            _ => {
                assert!(
                    matches!(settled, Settled::Later { .. }),
                    "{fate:?}: {settled:?}"
                );
                assert!(is_here, "{fate:?} removed the parcel");
            }
        }
    }

    /// As after a power cut of the booth: nothing in memory survives, requests under way may still arrive.
    fn restart(&mut self) {
        self.restarts += 1;
        let folder = self.folder.path().to_owned();
        // The old one lets go of its lock first.
        let aside = TempDir::new().unwrap();
        drop(std::mem::replace(
            &mut self.outbox,
            open(aside.path(), self.now),
        ));
        self.outbox = open(&folder, self.now);
    }

    fn arrive_late(&mut self) {
        for parcel in std::mem::take(&mut self.late) {
            self.platform.keep(&parcel);
        }
    }

    fn quarantined(&self) -> Vec<CaptureId> {
        let rows = self.outbox.queue(u32::MAX).unwrap();
        let parked = rows
            .iter()
            .filter(|row| matches!(row.state, QueueState::Quarantined(_)));
        parked.map(|row| row.id).collect()
    }

    /// Staff look at what was refused, and send it again.
    fn staff_retry(&mut self) {
        for id in self.quarantined() {
            self.outbox.retry(id, at(self.now)).unwrap();
        }
    }

    /// At the end of the day everything that was refused is sent once more, over a network that has become good.
    fn staff_retry_all(&mut self) {
        for id in self.quarantined() {
            self.faults.insert(id, MOST_FAULTS);
        }
        self.staff_retry();
        while self.is_owing() {
            self.bring();
            self.bring_notes();
            self.pass_time();
        }
    }

    /// To the next moment in which something is due; a late request may come first.
    fn pass_time(&mut self) {
        if self.dice.one_in(5) {
            self.arrive_late();
        }
        let next = self.outbox.next_due().unwrap_or(self.now);
        let step = Duration::from_millis(self.dice.below(2_000));
        self.now = next.max(self.now.plus(step));
    }

    /// What must be true at the end; the first thing that is not.
    fn verdict(&self) -> Result<(), String> {
        let counts = self.outbox.counts().map_err(|why| why.to_string())?;
        let is_closed = counts.delivered + counts.withdrawn == CAPTURES;
        if !counts.balances() || counts.confirmed != CAPTURES || !is_closed {
            return Err(format!("the balance does not close: {counts:?}"));
        }
        let expected = CAPTURES - self.withdrawn.len() as u64;
        if self.platform.rows.len() as u64 != expected || self.platform.withdrawn != self.withdrawn
        {
            let held = self.platform.rows.len();
            return Err(format!("the platform holds {held} of {expected}"));
        }
        self.notes_verdict()?;
        let mut numbers: Vec<u64> = self.platform.rows.values().map(|(_, seq)| *seq).collect();
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.len() as u64 != expected {
            return Err("two captures share a number".to_owned());
        }
        for id in self
            .confirmed
            .iter()
            .filter(|id| !self.withdrawn.contains(id))
        {
            let receipt = self.outbox.receipt(*id).map_err(|why| why.to_string())?;
            let keys = KeySet::one(receipt_key().verifying_key());
            let receipt: CaptureReceipt = receipt
                .and_then(|token| jws::verify(Purpose::CaptureReceipt, &token, &keys).ok())
                .ok_or_else(|| format!("{id} is gone without a receipt"))?;
            if self.platform.rows.get(id) != Some(&(receipt.hash, receipt.seq)) {
                return Err(format!("{id} is not what its receipt says"));
            }
        }
        Ok(())
    }
}

impl World {
    /// Each consent record and amendment came once, and in the order of its number.
    fn notes_verdict(&self) -> Result<(), String> {
        for id in &self.confirmed {
            let amended = self.amended.get(id).copied().unwrap_or_default();
            let held = self.platform.notes.get(id).map_or(&[][..], Vec::as_slice);
            let numbers: Vec<u32> = held.iter().map(|(number, _)| *number).collect();
            let expected: Vec<u32> = (0..=amended).collect();
            if numbers != expected {
                return Err(format!("of {id} came the notes {numbers:?}"));
            }
        }
        Ok(())
    }
}

/// What these worlds went through together.
#[derive(Clone, Copy, Default)]
struct Lived {
    schedules: u64,
    attempts: u64,
    restarts: u64,
    restores: u64,
}

fn live(seeds: impl Iterator<Item = u64>) -> Lived {
    let mut lived = Lived::default();
    for seed in seeds {
        // Every fifth platform is restored now and then.
        let mut world = if seed % 5 > 0 {
            World::new(seed, Model::default())
        } else {
            World::with_backups(seed)
        };
        world.live();
        if let Err(why) = world.verdict() {
            panic!("seed {seed}: {why}");
        }
        lived.schedules += CAPTURES;
        lived.attempts += world.attempts;
        lived.restarts += world.restarts;
        lived.restores += world.restores;
    }
    lived
}

#[test]
fn no_schedule_loses_doubles_or_purges_a_capture() {
    println!("{}", play(0..WORLDS / 5));
}

#[test]
#[ignore = "make test-networks: the other eighty thousand schedules, minutes"]
fn no_schedule_of_the_many_loses_doubles_or_purges_a_capture() {
    println!("{}", play(WORLDS / 5..WORLDS));
}

/// Lives these worlds through; what there was, in a sentence.
fn play(seeds: Range<u64>) -> String {
    let worlds = seeds.end - seeds.start;
    // Two at a time, as there are cores on the smallest machine.
    let half = seeds.start + worlds / 2;
    let second = thread::spawn(move || live(half..seeds.end));
    let first = live(seeds.start..half);
    let second = second.join().unwrap();
    let schedules = first.schedules + second.schedules;
    let attempts = first.attempts + second.attempts;
    let restarts = first.restarts + second.restarts;
    let restores = first.restores + second.restores;
    assert_eq!(schedules, worlds * CAPTURES);
    assert!(attempts > 3 * schedules && restarts > worlds && restores > worlds / 10);
    format!(
        "{schedules} schedules, {attempts} attempts, {restarts} restarts of the booth, {restores} restores of the platform: none lost, doubled or purged"
    )
}

/// The negative control: a platform that signs for what it does not keep is found out.
#[test]
fn a_platform_that_signs_and_forgets_is_caught() {
    let platform = Model {
        forgets: Some(Dice::new(5)),
        ..Model::default()
    };
    let mut world = World::new(1, platform);
    world.live();
    let why = world.verdict().unwrap_err();
    assert!(why.contains("the platform holds"), "{why}");
}

fn unheard(why: &str) -> Answer {
    Answer::Unserved {
        after: None,
        why: why.to_owned(),
    }
}
