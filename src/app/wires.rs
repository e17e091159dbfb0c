//! What the threads share: slots that are overwritten, queues that are bounded, and one signal.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
    mpsc::{Receiver, SyncSender, sync_channel},
};

use super::{clock::Clock, pace::Pace, pulse::Pulse};
use crate::{
    booth::{
        AuditTally, CameraState, CommissionedPart, Link, Payments, PrinterState, QueueCounts,
        queue::QueueLook,
    },
    camera::{self, Cue, Need, Tally},
    capture::AuditHead,
    contract::{Batch, NoteRef, Published},
    frame::Frame,
    guidance::Sight,
    latest::Latest,
    outbox::OrderRow,
    reader::Wanted,
    session::{Event, Looking, desk::Stick, settings::Settings},
    time::Wall,
};

/// Facts for the visit are few. A full queue means that the ui is not running, and then waiting is
/// right.
pub(super) const EVENTS: usize = 64;

/// Slots and signals. Pictures are overwritten, facts are queued.
pub struct Wires {
    pub frames: Latest<Frame>,
    pub sights: Latest<Sight>,
    pub camera: Latest<CameraState>,
    pub camera_tally: Latest<Tally>,
    pub cue: Latest<Cue>,
    /// How to open the camera; with the flag its thread is asked to reopen it.
    pub camera_settings: Latest<camera::Settings>,
    pub camera_anew: AtomicBool,
    /// What the visit's step needs from the camera.
    pub need: Latest<Need>,
    pub codes_wanted: Wanted,
    pub looking: Latest<Looking>,
    /// The batch whose rules apply now.
    pub rules: Latest<Batch>,
    /// What the platform published.
    pub published: Latest<Published>,
    pub ledger: Latest<Ledger>,
    pub link: Latest<Link>,
    /// What the slip printer said last; empty without one.
    pub printer: Latest<PrinterState>,
    /// Mounted sticks.
    pub sticks: Latest<Vec<Stick>>,
    /// When staff last completed a check of this booth.
    pub checked: Latest<Wall>,
    /// Which parts of the commissioning are done.
    pub commissioned: Latest<Vec<CommissionedPart>>,
    /// What an operator may change.
    pub settings: Latest<Settings>,
    /// Signalled when a parcel may be due.
    pub parcels: Latest<()>,
    /// How long the last analyses took.
    pub pace: Pace,
    pub pulse: Pulse,
    pub stop: AtomicBool,
    /// Whether a staged release waits for a start of the kiosk.
    pub release_waits: AtomicBool,
    pub clock: Clock,
    events: SyncSender<Event>,
    window: OnceLock<egui::Context>,
}

/// The outbox as staff see it, published by its owner.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub counts: QueueCounts,
    /// The page of the queue that staff look at.
    pub queue: QueueLook,
    pub captures_left: Option<u64>,
    pub oldest_undelivered: Option<Wall>,
    pub errors: Vec<String>,
    /// Consent records and amendments still to be delivered.
    pub notes_queued: u64,
    pub last_seq: u64,
    /// The number of the capture that the platform stored last.
    pub delivered_seq: Option<u64>,
    /// The note that the platform stored last.
    pub delivered_note: Option<NoteRef>,
    /// Where the audit log ends, and where it ended at the length that the platform last named.
    pub audit: AuditHead,
    pub audit_then: Option<AuditHead>,
    /// Orders whose state at the platform may still change, newest first.
    pub open_orders: Vec<OrderRow>,
    pub payments: Payments,
    /// The number of the newest audit decision stored here.
    pub last_verdict: u64,
    pub audits: AuditTally,
}

impl Ledger {
    /// Returns how many captures and notes are still to be delivered.
    pub const fn waiting(&self) -> u64 {
        self.counts.queued + self.notes_queued
    }
}

impl Wires {
    pub fn new() -> (Arc<Self>, Receiver<Event>) {
        let (events, inbox) = sync_channel(EVENTS);
        let wires = Self {
            frames: Latest::default(),
            sights: Latest::default(),
            camera: Latest::default(),
            camera_tally: Latest::default(),
            camera_settings: Latest::default(),
            camera_anew: AtomicBool::new(false),
            cue: Latest::default(),
            need: Latest::default(),
            codes_wanted: Wanted::default(),
            looking: Latest::default(),
            rules: Latest::default(),
            published: Latest::default(),
            ledger: Latest::default(),
            link: Latest::default(),
            printer: Latest::default(),
            sticks: Latest::default(),
            checked: Latest::default(),
            commissioned: Latest::default(),
            settings: Latest::default(),
            parcels: Latest::default(),
            pace: Pace::default(),
            pulse: Pulse::default(),
            stop: AtomicBool::new(false),
            release_waits: AtomicBool::new(false),
            clock: Clock::default(),
            events,
            window: OnceLock::new(),
        };
        (Arc::new(wires), inbox)
    }

    /// Hands the visit a fact and wakes the window. A closed queue means that the kiosk is shutting
    /// down.
    pub fn tell(&self, event: Event) {
        if self.events.send(event).is_ok() {
            self.wake();
        }
    }

    pub fn show_in(&self, window: egui::Context) {
        drop(self.window.set(window));
    }

    /// Requests one new picture soon, at half the cost of `request_repaint`, which draws two.
    pub fn wake(&self) {
        if let Some(window) = self.window.get() {
            window.request_repaint_after(std::time::Duration::from_millis(1));
        }
    }

    /// Ends the program; the window notices at once.
    pub fn end(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.wake();
    }

    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub fn looks_for(&self, what: Looking) -> bool {
        self.looking
            .newest()
            .is_some_and(|looking| *looking == what)
    }
}
