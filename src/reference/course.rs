//! A capture's course at the platform, and the dates promised on it. Pure: dates in, stages out.

use jiff::civil::Date;

use crate::{
    calendar::Calendar,
    contract::{Confirmation, RejectReason, Stage},
    time::{CHINA, Wall},
};

/// After passing, the standard photo is ready within two 工作日.
const STANDARD_WORKING_DAYS: u16 = 2;
/// No source gives a number: a student who reads messages at weekends needs a week of working days,
/// and it never delays an upload that has seven after the batch.
const CONFIRM_WORKING_DAYS: u16 = 5;

pub(super) fn in_audit(calendar: &Calendar, now: Wall) -> Stage {
    Stage::InAudit {
        by: calendar.audit_by(now.china_date()),
    }
}

pub(super) fn passed(calendar: &Calendar, now: Wall) -> Stage {
    Stage::Passed {
        standard_by: calendar.add_working_days(now.china_date(), STANDARD_WORKING_DAYS),
    }
}

/// Returns the stage after a rejection; `closes` is the end of the batch, until which a photo can
/// be taken again.
pub(super) const fn rejected(reasons: Vec<RejectReason>, closes: Option<Wall>) -> Stage {
    Stage::Rejected {
        reasons,
        retake_until: closes,
    }
}

/// Returns the stage that waits for confirmation; its deadline is the end of its day in China.
pub(super) fn to_confirm(calendar: &Calendar, now: Wall) -> Stage {
    let last_day = calendar.add_working_days(now.china_date(), CONFIRM_WORKING_DAYS);
    Stage::ToConfirm {
        by: end_of(last_day.date),
    }
}

/// Returns the stage after a confirmation; one that comes after the batch has ended counts from its
/// own day.
pub(super) fn confirmed(
    calendar: &Calendar,
    how: Confirmation,
    closes: Option<Wall>,
    now: Wall,
) -> Stage {
    let from = closes.map_or(now, |closes| closes.last_moment().max(now));
    Stage::Confirmed {
        how,
        upload_by: calendar.upload_by(from.china_date()),
    }
}

/// Returns the same stage for a capture that moved to a batch with another end.
pub(super) fn in_batch(
    calendar: &Calendar,
    stage: Stage,
    closes: Option<Wall>,
    now: Wall,
) -> Stage {
    match stage {
        Stage::Rejected { reasons, .. } => rejected(reasons, closes),
        Stage::Confirmed { how, .. } => confirmed(calendar, how, closes, now),
        Stage::AwaitingPayment
        | Stage::InAudit { .. }
        | Stage::Passed { .. }
        | Stage::ToConfirm { .. }
        | Stage::Uploaded { .. }
        | Stage::Replaced
        | Stage::Voided
        | Stage::Withdrawn => stage,
    }
}

/// Returns until when the captures of a batch that ends at `closes` are kept: the end of the last
/// day on which they may be passed on.
pub(super) fn kept_until(calendar: &Calendar, closes: Wall) -> Wall {
    let last_day = closes.last_moment().china_date();
    end_of(calendar.upload_by(last_day).date)
}

/// Returns midnight in China at the end of `day`; the largest timestamp for the last day of the
/// calendar.
fn end_of(day: Date) -> Wall {
    let midnight = day.tomorrow().map(|next| next.at(0, 0, 0, 0));
    let midnight = midnight.and_then(|midnight| CHINA.to_timestamp(midnight));
    Wall(midnight.unwrap_or(jiff::Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::calendar::Promise;

    fn at(text: &str) -> Wall {
        Wall(text.parse().unwrap())
    }

    fn promised(stage: &Stage) -> Promise {
        match stage {
            Stage::InAudit { by: promise }
            | Stage::Passed {
                standard_by: promise,
            }
            | Stage::Confirmed {
                upload_by: promise, ..
            } => *promise,
            Stage::AwaitingPayment
            | Stage::Rejected { .. }
            | Stage::ToConfirm { .. }
            | Stage::Uploaded { .. }
            | Stage::Replaced
            | Stage::Voided
            | Stage::Withdrawn => panic!("{stage:?} promises no day"),
        }
    }

    #[test]
    fn promises_count_over_festivals_each_by_its_own_days() {
        let calendar = Calendar::embedded();
        // (when, audited by, standard photo by): 10-01 to 10-07 are off; Saturday 10-10 is a
        // working day, but not for auditors.
        let table = [
            ("2026-06-08T02:00:00Z", date(2026, 6, 10), date(2026, 6, 10)),
            ("2026-09-30T02:00:00Z", date(2026, 10, 9), date(2026, 10, 9)),
            (
                "2026-10-08T02:00:00Z",
                date(2026, 10, 12),
                date(2026, 10, 10),
            ),
            ("2026-02-13T02:00:00Z", date(2026, 2, 25), date(2026, 2, 24)),
            // Half past midnight in China is the next day there.
            ("2026-06-08T16:30:00Z", date(2026, 6, 11), date(2026, 6, 11)),
        ];
        for (when, audit, standard) in table {
            let (by_audit, by_standard) = (
                promised(&in_audit(&calendar, at(when))),
                promised(&passed(&calendar, at(when))),
            );
            assert_eq!((by_audit.date, by_audit.estimate), (audit, false), "{when}");
            assert_eq!(
                (by_standard.date, by_standard.estimate),
                (standard, false),
                "{when}"
            );
        }
    }

    #[test]
    fn a_promise_into_a_year_that_nobody_has_announced_is_an_estimate() {
        let calendar = Calendar::embedded();
        let new_year = at("2026-12-31T02:00:00Z");
        assert!(promised(&in_audit(&calendar, new_year)).estimate);
        assert!(promised(&passed(&calendar, new_year)).estimate);
        let before = at("2026-12-25T02:00:00Z");
        assert!(!promised(&in_audit(&calendar, before)).estimate);
    }

    #[test]
    fn a_confirmation_waits_to_the_end_of_the_fifth_working_day() {
        let calendar = Calendar::embedded();
        // Thursday before 国庆: 09-25 to 09-27 off, 09-28 to 09-30 worked, then 10-08 and 10-09.
        let stage = to_confirm(&calendar, at("2026-09-24T02:00:00Z"));
        let by = at("2026-10-09T16:00:00Z");
        assert_eq!(stage, Stage::ToConfirm { by });
        assert_eq!(end_of(Date::MAX).0, jiff::Timestamp::MAX);
    }

    #[test]
    fn an_upload_counts_from_the_end_of_the_batch_or_from_a_later_confirmation() {
        let calendar = Calendar::embedded();
        let end = at("2026-06-12T16:00:00Z");
        let closes = Some(end);
        let by = |now| {
            promised(&confirmed(
                &calendar,
                Confirmation::ByStudent,
                closes,
                at(now),
            ))
        };
        // The batch ends with Friday 06-12; 06-19 is off.
        assert_eq!(by("2026-06-01T02:00:00Z").date, date(2026, 6, 24));
        assert_eq!(by("2026-06-22T02:00:00Z").date, date(2026, 7, 1));
        let kept = kept_until(&calendar, end);
        assert_eq!(kept, at("2026-06-24T16:00:00Z"), "with the last upload");
        let open = confirmed(
            &calendar,
            Confirmation::ByDeadline,
            None,
            at("2026-06-22T02:00:00Z"),
        );
        assert_eq!(promised(&open).date, date(2026, 7, 1));
    }
}
