//! Working days in China: every promise with a date is counted here.
//!
//! Weekends are not enough: festivals take weekdays away and make-up days give weekend days back.
//! Both are listed in a data file of our own (`assets/calendar/cn.json`), with its source and the
//! last day that is officially known. Beyond that day an answer is an estimate (预计).

use std::{collections::BTreeSet, sync::LazyLock};

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// The calendar as shipped.
pub const EMBEDDED: &str = include_str!("../assets/calendar/cn.json");

/// Festivals and make-up days, as officially announced or, past `known_through`, as computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    known_from: Date,
    known_through: Date,
    off: BTreeSet<Date>,
    make_up: BTreeSet<Date>,
}

/// A date promised to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    pub date: Date,
    /// The count crossed days that are not officially announced: show 预计.
    pub estimate: bool,
}

/// Why a calendar file is refused.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    #[error("this is not a calendar file: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("the calendar's {0} ends before it begins or is longer than a month")]
    Range(String),
    #[error("{0} is both a day off and a make-up day in the calendar")]
    Contradiction(Date),
}

impl Calendar {
    /// Returns the calendar compiled in.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "a test parses the compiled-in file"
    )]
    pub fn embedded() -> Self {
        Self::from_json(EMBEDDED).expect("assets/calendar/cn.json")
    }

    /// Returns the same, parsed once.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Calendar> = LazyLock::new(Calendar::embedded);
        &SHIPPED
    }

    /// Returns by when a photo that arrived on `date` is audited: within one day, at most two.
    /// Auditors work Monday to Friday, so a make-up Saturday does not count.
    pub fn audit_by(&self, date: Date) -> Promise {
        self.add_weekdays(date, 2)
    }

    /// Returns by when photos are passed on: seven 工作日 after their batch's last day.
    pub fn upload_by(&self, last_day: Date) -> Promise {
        self.add_working_days(last_day, 7)
    }

    /// Reads a calendar file; unknown keys are refused.
    pub fn from_json(json: &str) -> Result<Self, CalendarError> {
        let raw: Raw = serde_json::from_str(json)?;
        let mut off = BTreeSet::new();
        for festival in raw.off {
            off.extend(festival.days()?);
        }
        if let Some(&day) = off.intersection(&raw.make_up).next() {
            return Err(CalendarError::Contradiction(day));
        }
        Ok(Self {
            known_from: raw.known_from,
            known_through: raw.known_through,
            off,
            make_up: raw.make_up,
        })
    }

    /// Returns the `n`th 工作日 after `date` (which itself does not count): make-up days count,
    /// festivals do not.
    pub fn add_working_days(&self, date: Date, n: u16) -> Promise {
        self.add(date, n, |day| self.is_working_day(day))
    }

    /// Returns the `n`th 周一至周五 after `date` that is not a day off; make-up Saturdays and Sundays do
    /// not count.
    pub fn add_weekdays(&self, date: Date, n: u16) -> Promise {
        self.add(date, n, |day| self.is_weekday(day))
    }

    /// Returns whether people work on this day (工作日).
    pub fn is_working_day(&self, day: Date) -> bool {
        self.make_up.contains(&day) || self.is_weekday(day)
    }

    /// Returns whether it is Monday to Friday and not a day off.
    pub fn is_weekday(&self, day: Date) -> bool {
        !is_weekend(day) && !self.off.contains(&day)
    }

    /// Returns whether the official notice covers `day`.
    pub fn knows(&self, day: Date) -> bool {
        (self.known_from..=self.known_through).contains(&day)
    }

    fn add(&self, date: Date, n: u16, counts: impl Fn(Date) -> bool) -> Promise {
        let mut promise = Promise {
            date,
            estimate: !self.knows(date),
        };
        let mut left = n;
        while left > 0 {
            // jiff's calendar ends with the year 9999: no later promise can be made.
            let Ok(day) = promise.date.tomorrow() else {
                break;
            };
            promise.date = day;
            promise.estimate |= !self.knows(day);
            left -= u16::from(counts(day));
        }
        promise
    }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The file's structure.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(rename = "source")]
    _source: String,
    known_from: Date,
    known_through: Date,
    off: Vec<Festival>,
    make_up: BTreeSet<Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Festival {
    name: String,
    from: Date,
    to: Date,
}

const LONGEST_FESTIVAL_DAYS: usize = 31;

impl Festival {
    fn days(self) -> Result<Vec<Date>, CalendarError> {
        let days: Vec<Date> = self
            .from
            .series(jiff::Span::new().days(1))
            .take_while(|day| *day <= self.to)
            .take(LONGEST_FESTIVAL_DAYS + 1)
            .collect();
        if days.is_empty() || days.len() > LONGEST_FESTIVAL_DAYS {
            return Err(CalendarError::Range(self.name));
        }
        Ok(days)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn working_days_skip_festivals_and_count_make_up_days() {
        let calendar = Calendar::embedded();
        // (from, n, 工作日, 周一至周五)
        let table = [
            // An ordinary week.
            (date(2026, 6, 8), 0, date(2026, 6, 8), date(2026, 6, 8)),
            (date(2026, 6, 8), 2, date(2026, 6, 10), date(2026, 6, 10)),
            (date(2026, 6, 12), 1, date(2026, 6, 15), date(2026, 6, 15)),
            // Taken on a Saturday.
            (date(2026, 6, 13), 1, date(2026, 6, 15), date(2026, 6, 15)),
            // 端午: Friday off.
            (date(2026, 6, 18), 1, date(2026, 6, 22), date(2026, 6, 22)),
            // 元旦 with the make-up Sunday.
            (date(2026, 1, 2), 1, date(2026, 1, 4), date(2026, 1, 5)),
            // Before 春节: Saturday 02-14 is worked, then nine days off, and 02-28 again.
            (date(2026, 2, 13), 1, date(2026, 2, 14), date(2026, 2, 24)),
            (date(2026, 2, 13), 2, date(2026, 2, 24), date(2026, 2, 25)),
            (date(2026, 2, 27), 1, date(2026, 2, 28), date(2026, 3, 2)),
            // 劳动 and its make-up Saturday.
            (date(2026, 4, 30), 4, date(2026, 5, 9), date(2026, 5, 11)),
            // 中秋 and 国庆 with make-up days on both sides.
            (date(2026, 9, 18), 1, date(2026, 9, 20), date(2026, 9, 21)),
            (date(2026, 9, 30), 3, date(2026, 10, 10), date(2026, 10, 12)),
        ];
        for (from, n, working, weekday) in table {
            let certain = |date| Promise {
                date,
                estimate: false,
            };
            assert_eq!(
                calendar.add_working_days(from, n),
                certain(working),
                "{from} + {n}"
            );
            assert_eq!(
                calendar.add_weekdays(from, n),
                certain(weekday),
                "{from} + {n}"
            );
        }
    }

    #[test]
    fn a_count_that_leaves_the_known_days_is_an_estimate() {
        let calendar = Calendar::embedded();
        let last = calendar.add_working_days(date(2026, 12, 30), 1);
        assert_eq!((last.date, last.estimate), (date(2026, 12, 31), false));
        let across = calendar.add_working_days(date(2026, 12, 31), 1);
        assert_eq!((across.date, across.estimate), (date(2027, 1, 4), true));
        // A clock that was never set.
        assert!(calendar.add_working_days(date(2020, 1, 1), 1).estimate);
        assert!(calendar.add_working_days(date(2025, 12, 30), 9).estimate);
        // Dates end here, and so does the count.
        let end = calendar.add_working_days(Date::MAX, 3);
        assert_eq!((end.date, end.estimate), (Date::MAX, true));
    }

    #[test]
    fn each_statutory_day_of_the_computed_year_takes_a_weekday() {
        let calendar = Calendar::embedded();
        let days = calendar.off.iter().filter(|day| day.year() == 2027);
        assert_eq!(days.filter(|day| !is_weekend(**day)).count(), 13);
        // 劳动 falls on a weekend: Monday and Tuesday stand in for it.
        let after = calendar.add_working_days(date(2027, 4, 30), 1);
        assert_eq!((after.date, after.estimate), (date(2027, 5, 5), true));
        let official = calendar.off.iter().filter(|day| day.year() == 2026);
        assert_eq!(official.count(), 33);
    }

    #[test]
    fn every_make_up_day_is_a_weekend_day() {
        let calendar = Calendar::embedded();
        assert_eq!(calendar.make_up.len(), 6);
        assert!(calendar.make_up.iter().all(|day| is_weekend(*day)));
    }

    #[test]
    fn a_calendar_that_contradicts_itself_is_refused() {
        let twice = EMBEDDED.replace("\"2026-01-04\"", "\"2026-01-03\"");
        let error = Calendar::from_json(&twice).unwrap_err().to_string();
        assert!(error.contains("2026-01-03"), "{error}");
        let backwards = EMBEDDED.replace("\"to\": \"2026-06-21\"", "\"to\": \"2026-06-01\"");
        let error = Calendar::from_json(&backwards).unwrap_err().to_string();
        assert!(error.contains("端午"), "{error}");
        let unknown = EMBEDDED.replace("\"off\"", "\"holiday\"");
        assert!(Calendar::from_json(&unknown).is_err());
    }
}
