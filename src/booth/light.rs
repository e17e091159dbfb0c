//! The one light on the staff's home page: whether the booth can open now, and everything that
//! speaks against it.

use super::{AuditTally, BatchConcern, CameraState, Health, Link, PrinterState};
use crate::{
    contract::{BatchTrouble, RejectReason},
    guidance::Advice,
    time::{ClockFault, Now, Trust, Wall},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Light {
    Open,
    /// Visits continue, and somebody should do something.
    Degraded,
    /// No visit can start.
    Closed,
}

/// What speaks against opening, the most important first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    Camera(CameraState),
    DiskFull,
    ClockBehind,
    BatchUnusable(BatchTrouble),
    /// A student called staff.
    Called(Wall),
    /// Captures are missing from the day's balance.
    Unbalanced,
    /// Light or backdrop were wrong in a sitter's picture.
    Site(Advice),
    /// Auditors rejected N photos for a reason that is the booth's own fault.
    Rejections {
        reason: RejectReason,
        photos: u64,
    },
    /// There is room for N captures.
    FewCaptures(u64),
    DiskUnknown,
    Clock(ClockFault),
    /// The date was never checked.
    DateUnchecked,
    NeverCommissioned,
    /// The last check of camera, light and picture is N days old.
    CheckDue {
        days: i64,
    },
    /// N captures are kept aside: refused by the platform, or damaged here.
    KeptAside(u64),
    BatchEnds {
        days: i64,
        captures: u64,
    },
    BatchOld(Wall),
    /// The oldest capture has waited for N hours.
    Waiting {
        hours: i64,
    },
    /// The platform is there, but its certificate is not valid on this date.
    LinkClock,
    Offline,
    /// No slips are printed.
    Printer(PrinterState),
}

/// What the light on the home page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    pub light: Light,
    pub reasons: Vec<Reason>,
}

/// Staff should act while there is still room for this many captures.
pub const FEW_CAPTURES: u64 = 100;
/// A capture that waits longer than this is reported.
const LONG_WAIT_HOURS: i64 = 24;
/// How long a check of the booth remains valid.
const CHECK_HOURS: i64 = 24;
const HOUR_MS: i64 = 3_600_000;

impl Reason {
    pub const fn light(&self) -> Light {
        match self {
            Self::Camera(
                CameraState::Absent
                | CameraState::Streaming
                | CameraState::Stalled
                | CameraState::Another(_)
                | CameraState::Refused(_),
            )
            | Self::DiskFull
            | Self::ClockBehind
            | Self::BatchUnusable(_) => Light::Closed,
            Self::Camera(CameraState::Opening)
            | Self::Called(_)
            | Self::Unbalanced
            | Self::Site(_)
            | Self::Rejections { .. }
            | Self::FewCaptures(_)
            | Self::DiskUnknown
            | Self::Clock(_)
            | Self::DateUnchecked
            | Self::NeverCommissioned
            | Self::CheckDue { .. }
            | Self::KeptAside(_)
            | Self::BatchEnds { .. }
            | Self::BatchOld(_)
            | Self::Waiting { .. }
            | Self::LinkClock
            | Self::Offline
            | Self::Printer(_) => Light::Degraded,
        }
    }
}

/// Judges from one look at the booth whether it can open.
pub fn outlook(health: &Health, now: Now) -> Outlook {
    let hours_since = |at: Wall| (now.wall.unix_ms() - at.unix_ms()).div_euclid(HOUR_MS);
    let mut reasons: Vec<Reason> = [
        health.called.map(Reason::Called),
        camera(&health.camera),
        disk(health.captures_left),
        clock(health),
        health
            .batch
            .as_ref()
            .and_then(|batch| batch.concern)
            .map(concern),
        (!health.queue.balances()).then_some(Reason::Unbalanced),
        health.site.map(Reason::Site),
        rejections(&health.audits),
        check(health.checked, hours_since),
        (health.queue.quarantined > 0).then_some(Reason::KeptAside(health.queue.quarantined)),
        health
            .oldest_undelivered
            .map(hours_since)
            .filter(|hours| *hours >= LONG_WAIT_HOURS)
            .map(|hours| Reason::Waiting { hours }),
        link(&health.link),
        health.printer.as_ref().and_then(printer),
    ]
    .into_iter()
    .flatten()
    .collect();
    // The sort is stable: equals keep the order above.
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.light()));
    Outlook {
        light: reasons.first().map_or(Light::Open, Reason::light),
        reasons,
    }
}

/// Fewer rejections for one reason may be chance.
const MANY_REJECTIONS: u64 = 3;

/// Returns the most frequent reason for rejections that is the booth's own fault, if it was given
/// often enough.
fn rejections(audits: &AuditTally) -> Option<Reason> {
    let mut reasons = audits.reasons.iter();
    let (reason, photos) = reasons.find(|(reason, _)| reason.is_the_booths())?;
    (*photos >= MANY_REJECTIONS).then_some(Reason::Rejections {
        reason: *reason,
        photos: *photos,
    })
}

fn camera(state: &CameraState) -> Option<Reason> {
    (*state != CameraState::Streaming).then(|| Reason::Camera(state.clone()))
}

const fn disk(captures_left: Option<u64>) -> Option<Reason> {
    match captures_left {
        None => Some(Reason::DiskUnknown),
        Some(0) => Some(Reason::DiskFull),
        Some(few @ 1..=FEW_CAPTURES) => Some(Reason::FewCaptures(few)),
        Some(_) => None,
    }
}

fn clock(health: &Health) -> Option<Reason> {
    match health.clock {
        Some(ClockFault::Behind) => Some(Reason::ClockBehind),
        Some(fault @ (ClockFault::Apart | ClockFault::LongUnchecked)) => Some(Reason::Clock(fault)),
        None => (health.time_trust == Trust::Unknown).then_some(Reason::DateUnchecked),
    }
}

const fn concern(concern: BatchConcern) -> Reason {
    match concern {
        BatchConcern::Unusable(trouble) => Reason::BatchUnusable(trouble),
        BatchConcern::Undelivered { days, captures } => Reason::BatchEnds { days, captures },
        BatchConcern::KnownThrough(until) => Reason::BatchOld(until),
    }
}

fn check(checked: Option<Wall>, hours_since: impl Fn(Wall) -> i64) -> Option<Reason> {
    const HOURS_A_DAY: i64 = 24;
    let Some(checked) = checked else {
        return Some(Reason::NeverCommissioned);
    };
    let hours = hours_since(checked);
    (hours >= CHECK_HOURS).then_some(Reason::CheckDue {
        days: hours / HOURS_A_DAY,
    })
}

fn printer(state: &PrinterState) -> Option<Reason> {
    (*state != PrinterState::Ready).then(|| Reason::Printer(state.clone()))
}

const fn link(link: &Link) -> Option<Reason> {
    match link {
        Link::Unknown | Link::Up => None,
        Link::Down(_) => Some(Reason::Offline),
        Link::WrongDate => Some(Reason::LinkClock),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        booth::{PinnedBatch, QueueCounts},
        time::Mono,
    };

    const NOW_MS: i64 = 1_805_680_800_000;

    fn now() -> Now {
        Now {
            mono: Mono::default(),
            wall: Wall::from_unix_ms(NOW_MS),
            trust: Trust::Trusted,
        }
    }

    fn ago(hours: i64) -> Wall {
        Wall::from_unix_ms(NOW_MS - hours * HOUR_MS)
    }

    /// Returns the light of a healthy booth after `change`.
    fn seen(change: impl FnOnce(&mut Health)) -> (Light, Vec<Reason>) {
        let mut health = Health {
            camera: CameraState::Streaming,
            captures_left: Some(5_000),
            time_trust: Trust::Trusted,
            link: Link::Up,
            checked: Some(ago(2)),
            oldest_undelivered: Some(ago(1)),
            ..Health::default()
        };
        change(&mut health);
        let Outlook { light, reasons } = outlook(&health, now());
        (light, reasons)
    }

    fn is_closed_by(reason: Reason, change: impl FnOnce(&mut Health)) {
        assert_eq!(seen(change), (Light::Closed, vec![reason]));
    }

    fn is_degraded_by(reason: Reason, change: impl FnOnce(&mut Health)) {
        assert_eq!(seen(change), (Light::Degraded, vec![reason]));
    }

    #[test]
    fn a_booth_without_a_fault_is_open() {
        assert_eq!(seen(|_| ()), (Light::Open, vec![]));
        let unknown = seen(|health| health.link = Link::Unknown);
        assert_eq!(unknown.0, Light::Open, "nothing was tried yet");
    }

    #[test]
    fn without_camera_disk_clock_or_batch_no_visit_can_start() {
        for camera in [CameraState::Absent, CameraState::Stalled] {
            is_closed_by(Reason::Camera(camera.clone()), |h| h.camera = camera);
        }
        is_closed_by(Reason::DiskFull, |h| h.captures_left = Some(0));
        is_closed_by(Reason::ClockBehind, |h| h.clock = Some(ClockFault::Behind));
        is_closed_by(Reason::BatchUnusable(BatchTrouble::Closed), |h| {
            h.batch = Some(PinnedBatch {
                name: "2027".to_owned(),
                concern: Some(BatchConcern::Unusable(BatchTrouble::Closed)),
            });
        });
    }

    #[test]
    fn what_somebody_should_do_only_degrades_the_booth() {
        let opening = CameraState::Opening;
        is_degraded_by(Reason::Camera(opening.clone()), |h| h.camera = opening);
        is_degraded_by(Reason::FewCaptures(100), |h| h.captures_left = Some(100));
        is_degraded_by(Reason::DiskUnknown, |h| h.captures_left = None);
        let apart = ClockFault::Apart;
        is_degraded_by(Reason::Clock(apart), |h| h.clock = Some(apart));
        is_degraded_by(Reason::DateUnchecked, |h| h.time_trust = Trust::Unknown);
        is_degraded_by(Reason::NeverCommissioned, |h| h.checked = None);
        is_degraded_by(Reason::CheckDue { days: 1 }, |h| h.checked = Some(ago(24)));
        is_degraded_by(Reason::Waiting { hours: 30 }, |h| {
            h.oldest_undelivered = Some(ago(30));
        });
        is_degraded_by(Reason::Offline, |h| h.link = Link::Down(String::new()));
        is_degraded_by(Reason::LinkClock, |h| h.link = Link::WrongDate);
        let empty = PrinterState::NoPaper;
        is_degraded_by(Reason::Printer(empty.clone()), |h| h.printer = Some(empty));
        let tally = |reason, photos| AuditTally {
            rejected: photos,
            reasons: vec![(RejectReason::Teeth, 9), (reason, photos)],
            ..AuditTally::default()
        };
        let shadows = Reason::Rejections {
            reason: RejectReason::Shadow,
            photos: 3,
        };
        is_degraded_by(shadows, |h| h.audits = tally(RejectReason::Shadow, 3));
        for chance in [
            tally(RejectReason::Shadow, 2),
            tally(RejectReason::Clothes, 5),
        ] {
            assert_eq!(seen(|h| h.audits = chance).0, Light::Open);
        }
        is_degraded_by(Reason::Called(ago(0)), |h| h.called = Some(ago(0)));
        let lamps = Advice::LampsOut;
        is_degraded_by(Reason::Site(lamps), |h| h.site = Some(lamps));
    }

    #[test]
    fn what_closes_the_booth_stands_before_what_only_degrades_it() {
        let (light, reasons) = seen(|health| {
            health.link = Link::Down("timed out".to_owned());
            health.queue = QueueCounts {
                confirmed: 3,
                quarantined: 1,
                ..QueueCounts::default()
            };
            health.clock = Some(ClockFault::Behind);
        });
        assert_eq!(light, Light::Closed);
        let expected = [
            Reason::ClockBehind,
            Reason::Unbalanced,
            Reason::KeptAside(1),
            Reason::Offline,
        ];
        assert_eq!(reasons, expected);
    }
}
