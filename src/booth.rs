//! What staff see: the booth's health, the queue, and why the booth is out of service.

pub mod day;
pub mod duty;
pub mod light;
pub mod queue;
pub mod seat;

use serde::Serialize;

use crate::{
    capture::CaptureId,
    contract::{Batch, BatchRefusal, BatchTrouble, Refusal, RejectReason},
    guidance::Advice,
    lang::{Lang, Text},
    time::{ClockFault, Now, Trust, Wall},
};

/// One look at the booth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    pub camera: CameraState,
    /// Free disk space, counted in captures above the reserve.
    pub captures_left: Option<u64>,
    pub time_trust: Trust,
    pub clock: Option<ClockFault>,
    pub link: Link,
    pub queue: QueueCounts,
    /// When the oldest undelivered capture was confirmed.
    pub oldest_undelivered: Option<Wall>,
    pub station: String,
    /// The pinned batch, and whether its rules are out of date.
    pub batch: Option<PinnedBatch>,
    /// The last few errors, newest first, without personal data.
    pub last_errors: Vec<String>,
    /// When staff last completed the commissioning or its short check.
    pub checked: Option<Wall>,
    /// Which parts of the commissioning the disk shows as done.
    pub commissioned: Vec<CommissionedPart>,
    /// What is wrong with light or backdrop, as the last pictures showed.
    pub site: Option<Advice>,
    /// What auditors decided about this booth's photos within the last days.
    pub audits: AuditTally,
    /// When staff were called last, until they have come.
    pub called: Option<Wall>,
    /// The slip printer, if there is one and it was looked at.
    pub printer: Option<PrinterState>,
}

/// A part of the commissioning whose result is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommissionedPart {
    /// Exposure, focus or white balance of the camera are locked.
    Camera,
    /// There is a picture of the empty booth.
    Plate,
}

/// The batch that every visit belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedBatch {
    pub name: String,
    /// What staff should know before the first visitor finds out.
    pub concern: Option<BatchConcern>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchConcern {
    /// No visit can start.
    Unusable(BatchTrouble),
    /// The platform vouched for its rules only until this time: go online, or import a newer
    /// manifest.
    KnownThrough(Wall),
    /// It ends in N days, and M captures are not at the platform yet: go online, or carry them
    /// there on a stick.
    Undelivered { days: i64, captures: u64 },
}

/// How long before a batch ends undelivered captures raise an alarm: platforms rest over weekends
/// and holidays, and a stick has to be carried.
const ALARM_DAYS: i64 = 3;

/// Returns the warning about captures that are not at the platform when their batch is about to
/// end. A clock that was never checked also raises it: a false alarm loses nothing.
fn deadline(batch: &Batch, undelivered: u64, now: Now) -> Option<BatchConcern> {
    const DAY_MS: i64 = 86_400_000;
    let days = (batch.closes.unix_ms() - now.wall.unix_ms()).div_euclid(DAY_MS);
    (undelivered > 0 && days <= ALARM_DAYS).then_some(BatchConcern::Undelivered {
        days: days.max(0),
        captures: undelivered,
    })
}

impl PinnedBatch {
    /// Judges the pinned batch while `undelivered` captures are not at the platform yet.
    pub fn of(batch: &Batch, undelivered: u64, now: Now) -> Self {
        let stale = batch
            .is_stale(now)
            .then_some(BatchConcern::KnownThrough(batch.known_through));
        Self {
            name: batch.name.clone(),
            concern: deadline(batch, undelivered, now).or_else(|| {
                let unusable = batch.standing(now).err().map(BatchConcern::Unusable);
                unusable.or(stale)
            }),
        }
    }
}

/// Camera states that a person would recognise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CameraState {
    /// No camera is plugged in.
    #[default]
    Absent,
    Opening,
    Streaming,
    /// It is there, but sends nothing.
    Stalled,
    /// A camera is plugged in that is not the booth's own; its name is for staff, who may accept
    /// it.
    Another(String),
    /// It cannot be used; the reason is for staff.
    Refused(String),
}

/// The slip printer, as it answered last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrinterState {
    /// Also a printer that answers no questions, while it takes what is sent.
    Ready,
    NoPaper,
    CoverOpen,
    /// It cannot be reached or has a fault; the reason is for staff.
    Fault(String),
}

/// The connection to the platform, as the last delivery or heartbeat saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Link {
    #[default]
    Unknown,
    Up,
    /// The reason, for staff.
    Down(String),
    /// The platform is there, but its certificate is not valid on this booth's date: probably a
    /// wrong clock.
    WrongDate,
}

/// P2's equation: confirmed = delivered + queued + quarantined + withdrawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QueueCounts {
    pub confirmed: u64,
    pub delivered: u64,
    pub queued: u64,
    pub quarantined: u64,
    pub withdrawn: u64,
}

impl QueueCounts {
    /// Returns how many captures are not at the platform yet, for whatever reason.
    pub const fn undelivered(&self) -> u64 {
        self.queued + self.quarantined
    }

    pub const fn balances(&self) -> bool {
        self.confirmed == self.delivered + self.queued + self.quarantined + self.withdrawn
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitEnd {
    Confirmed,
    Abandoned,
}

/// One day's visits: started = confirmed + abandoned, or the day does not close.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DayBalance {
    /// The date in China, `2026-06-01`.
    pub day: String,
    pub started: u64,
    pub confirmed: u64,
    pub abandoned: u64,
}

impl DayBalance {
    pub const fn balances(&self) -> bool {
        self.started == self.confirmed + self.abandoned
    }
}

/// What became of the orders that a booth showed on one day, counted in captures: asked = paid +
/// open + refunded + closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Payments {
    pub asked: u64,
    pub paid: u64,
    /// Shown and not paid so far: a person who walked away may still pay.
    pub open: u64,
    /// Refunded and not paid again.
    pub refunded: u64,
    /// Expired unpaid.
    pub closed: u64,
    /// Paid by more than one order; the platform refunds the second one.
    pub twice: u64,
    /// The amount paid, in fen.
    pub paid_fen: u64,
}

impl Payments {
    pub const fn balances(&self) -> bool {
        self.asked == self.accounted()
    }

    pub const fn accounted(&self) -> u64 {
        self.paid + self.open + self.refunded + self.closed
    }
}

/// What auditors decided recently about this booth's captures: many rejections for one reason are
/// the booth's own fault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditTally {
    pub accepted: u64,
    pub rejected: u64,
    /// How often each reason was given, most frequent first.
    pub reasons: Vec<(RejectReason, u64)>,
}

/// One capture in the queue, as staff see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueueRow {
    pub seq: u64,
    pub id: CaptureId,
    pub bytes: u64,
    pub confirmed_at: Wall,
    pub state: QueueState,
    pub attempts: u32,
    /// The error of the last attempt, in words for staff.
    pub last_error: Option<String>,
    /// Seconds to the next try, if one is scheduled.
    pub next_try_s: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    Queued,
    Delivered,
    Quarantined(Quarantine),
    Withdrawn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quarantine {
    Refused(Refusal),
    /// The disk damaged the parcel: its hash no longer fits.
    Damaged,
}

/// Why no visit can start: one sentence for the visitor and one for staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The configuration cannot be used; names file, line and key.
    Config(String),
    Models(String),
    /// There is no platform, key or identity yet.
    NotEnrolled,
    Camera,
    /// A camera is there, but is not the booth's own or cannot be used; the text says what is
    /// wrong, for staff.
    WrongCamera(String),
    DiskFull,
    Outbox(String),
    /// The clock shows a time before this program was built or before the last good one: it must be
    /// this or later.
    Clock(Wall),
    /// The pinned batch cannot be used now.
    Batch(BatchRefusal),
    /// A release on trial waits to be kept.
    Updating,
}

/// What visitors read while the booth is closed.
pub mod words {
    crate::lang::catalogue! {
        CONFIG = "设备配置有误，请联系工作人员。", "This booth is not set up correctly. Please call staff.";
        MODELS = "设备文件缺失，请联系工作人员。", "Files of this booth are missing. Please call staff.";
        NOT_ENROLLED = "设备尚未登记，请联系工作人员。", "This booth is not enrolled yet. Please call staff.";
        CAMERA = "相机正在恢复，请稍候片刻。", "The camera is coming back. Please wait a moment.";
        WRONG_CAMERA = "相机需要工作人员处理。", "The camera needs the staff.";
        DISK_FULL = "存储空间不足，请使用其他设备或联系工作人员。", "Storage is full. Please use another booth or call staff.";
        OUTBOX = "照片暂时无法保存，请联系工作人员。", "Photos cannot be saved right now. Please call staff.";
        CLOCK = "设备时间不正确，请联系工作人员。", "This booth's clock is wrong. Please call staff.";
        UPDATING = "正在更新，一分钟内恢复。", "Being updated. Back within a minute.";
        BATCH = "本机的拍摄批次现在不能使用。", "This booth's batch cannot be used now.";
    }
}

impl Fault {
    /// Returns what a visitor reads.
    pub const fn sentence(&self) -> Text {
        match self {
            Self::Config(_) => words::CONFIG,
            Self::Models(_) => words::MODELS,
            Self::NotEnrolled => words::NOT_ENROLLED,
            Self::Camera => words::CAMERA,
            Self::WrongCamera(_) => words::WRONG_CAMERA,
            Self::DiskFull => words::DISK_FULL,
            Self::Outbox(_) => words::OUTBOX,
            Self::Clock(_) => words::CLOCK,
            Self::Batch(_) => words::BATCH,
            Self::Updating => words::UPDATING,
        }
    }

    /// Returns whether the booth notices by itself that the fault is over; else staff restart it.
    pub const fn passes_by_itself(&self) -> bool {
        match self {
            Self::Camera
            | Self::WrongCamera(_)
            | Self::DiskFull
            | Self::Clock(_)
            | Self::Batch(_)
            | Self::Updating => true,
            Self::Config(_) | Self::Models(_) | Self::NotEnrolled | Self::Outbox(_) => false,
        }
    }

    /// Returns the cause in one English sentence, for a terminal.
    pub fn cause(&self) -> String {
        match self {
            Self::Config(detail)
            | Self::Models(detail)
            | Self::Outbox(detail)
            | Self::WrongCamera(detail) => detail.clone(),
            Self::NotEnrolled
            | Self::Camera
            | Self::DiskFull
            | Self::Clock(_)
            | Self::Batch(_)
            | Self::Updating => self.sentence().get(Lang::En).to_owned(),
        }
    }

    /// Returns what staff need beside it: the exact cause, without personal data.
    pub fn detail(&self) -> &str {
        match self {
            Self::Config(detail)
            | Self::Models(detail)
            | Self::Outbox(detail)
            | Self::WrongCamera(detail) => detail,
            Self::NotEnrolled
            | Self::Camera
            | Self::DiskFull
            | Self::Clock(_)
            | Self::Batch(_)
            | Self::Updating => "",
        }
    }
}
