//! Working days in China: every promise with a date is counted here.
//!
//! Weekends are not enough: festivals take weekdays away and make-up days give weekend days back.
//! Both are listed by year: in a data file of our own (`assets/calendar/cn.json`), and in what a
//! platform publishes later (`contract::Published`). An answer that rests on a year that nobody
//! announced is an estimate (预计).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// The calendar as shipped.
pub const EMBEDDED: &str = include_str!("../assets/calendar/cn.json");

/// Festivals and make-up days of the years that are listed somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeMap<i16, Days>,
}

/// One year as the State Council announces it: every day of it that is off although it is not a
/// weekend, or is worked although it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Year {
    pub year: i16,
    /// The notice that announces it, for people who check the list.
    pub source: String,
    pub off: Vec<Festival>,
    /// Saturdays and Sundays on which people work.
    pub make_up: BTreeSet<Date>,
}

/// Days off in a row, the first and the last included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Festival {
    pub name: String,
    pub from: Date,
    pub to: Date,
}

/// A date promised to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    pub date: Date,
    /// The count crossed days that are not officially announced: show 预计.
    pub estimate: bool,
}

/// Why a calendar is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    #[error("this is not a calendar: {0}")]
    Malformed(String),
    #[error("the calendar lists the year {0} twice")]
    Twice(i16),
    #[error("the calendar lists no day off in {0}")]
    Empty(i16),
    #[error("the calendar's {0} ends before it begins or is longer than a month")]
    Range(String),
    #[error("the calendar lists {day} under the year {year}")]
    OtherYear { day: Date, year: i16 },
    #[error("{0} is both a day off and a make-up day in the calendar")]
    Contradiction(Date),
    #[error("{0} is a make-up day in the calendar, but not a Saturday or Sunday")]
    NotWeekend(Date),
}

impl From<serde_json::Error> for CalendarError {
    fn from(why: serde_json::Error) -> Self {
        Self::Malformed(why.to_string())
    }
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
        let years = days_of(&raw.computed, Basis::Computed)?;
        let computed = Self { years };
        computed.with(&raw.announced)
    }

    /// Returns this calendar with other years announced, whatever it listed for those before.
    pub fn with(&self, announced: &[Year]) -> Result<Self, CalendarError> {
        let mut years = self.years.clone();
        years.extend(days_of(announced, Basis::Announced)?);
        Ok(Self { years })
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
        self.year_of(day)
            .is_some_and(|year| year.make_up.contains(&day))
            || self.is_weekday(day)
    }

    /// Returns whether it is Monday to Friday and not a day off.
    pub fn is_weekday(&self, day: Date) -> bool {
        !is_weekend(day)
            && !self
                .year_of(day)
                .is_some_and(|year| year.off.contains(&day))
    }

    /// Returns whether an official notice covers `day`.
    pub fn knows(&self, day: Date) -> bool {
        self.year_of(day)
            .is_some_and(|year| year.basis == Basis::Announced)
    }

    /// Returns the years that are officially announced, in order.
    pub fn announced(&self) -> impl Iterator<Item = i16> {
        let years = self.years.iter();
        years.filter_map(|(year, days)| (days.basis == Basis::Announced).then_some(*year))
    }

    fn year_of(&self, day: Date) -> Option<&Days> {
        self.years.get(&day.year())
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
    announced: Vec<Year>,
    /// By the regulation alone, which leaves open what the notice decides.
    computed: Vec<Year>,
}

/// What a year's list rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Basis {
    Announced,
    Computed,
}

/// One listed year, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Days {
    basis: Basis,
    off: BTreeSet<Date>,
    make_up: BTreeSet<Date>,
}

fn days_of(listed: &[Year], basis: Basis) -> Result<BTreeMap<i16, Days>, CalendarError> {
    let mut years = BTreeMap::new();
    for year in listed {
        if years.insert(year.year, year.days(basis)?).is_some() {
            return Err(CalendarError::Twice(year.year));
        }
    }
    Ok(years)
}

impl Year {
    fn days(&self, basis: Basis) -> Result<Days, CalendarError> {
        let mut off = BTreeSet::new();
        for festival in &self.off {
            off.extend(festival.days()?);
        }
        let make_up = self.make_up.clone();
        if off.is_empty() {
            return Err(CalendarError::Empty(self.year));
        }
        let mut listed = off.union(&make_up);
        if let Some(&day) = listed.find(|day| day.year() != self.year) {
            let year = self.year;
            return Err(CalendarError::OtherYear { day, year });
        }
        if let Some(&day) = off.intersection(&make_up).next() {
            return Err(CalendarError::Contradiction(day));
        }
        if let Some(&day) = make_up.iter().find(|day| !is_weekend(**day)) {
            return Err(CalendarError::NotWeekend(day));
        }
        Ok(Days {
            basis,
            off,
            make_up,
        })
    }
}

const LONGEST_FESTIVAL_DAYS: usize = 31;

impl Festival {
    fn days(&self) -> Result<Vec<Date>, CalendarError> {
        let days: Vec<Date> = self
            .from
            .series(jiff::Span::new().days(1))
            .take_while(|day| *day <= self.to)
            .take(LONGEST_FESTIVAL_DAYS + 1)
            .collect();
        if days.is_empty() || days.len() > LONGEST_FESTIVAL_DAYS {
            return Err(CalendarError::Range(self.name.clone()));
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
        let days = calendar.years[&2027].off.iter();
        assert_eq!(days.filter(|day| !is_weekend(**day)).count(), 13);
        // 劳动 falls on a weekend: Monday and Tuesday stand in for it.
        let after = calendar.add_working_days(date(2027, 4, 30), 1);
        assert_eq!((after.date, after.estimate), (date(2027, 5, 5), true));
        let official = &calendar.years[&2026];
        assert_eq!((official.off.len(), official.make_up.len()), (33, 6));
        assert_eq!(calendar.announced().collect::<Vec<_>>(), [2026]);
    }

    /// A made-up announcement of 2027: the regulation's days, 春节 longer, one Saturday worked.
    fn announced() -> Year {
        let festival = |name: &str, from, to| Festival {
            name: name.to_owned(),
            from,
            to,
        };
        Year {
            year: 2027,
            source: "made up".to_owned(),
            off: vec![
                festival("元旦", date(2027, 1, 1), date(2027, 1, 3)),
                festival("春节", date(2027, 2, 5), date(2027, 2, 12)),
            ],
            make_up: BTreeSet::from([date(2027, 2, 20)]),
        }
    }

    #[test]
    fn an_announced_year_takes_the_place_of_the_computed_one_and_leaves_the_others() {
        let shipped = Calendar::embedded();
        let calendar = shipped.with(&[announced()]).unwrap();
        let certain = |date| Promise {
            date,
            estimate: false,
        };
        let before = shipped.add_working_days(date(2027, 2, 4), 1);
        assert_eq!((before.date, before.estimate), (date(2027, 2, 11), true));
        let after = calendar.add_working_days(date(2027, 2, 4), 1);
        assert_eq!(after, certain(date(2027, 2, 15)));
        let saturday = calendar.add_working_days(date(2027, 2, 19), 1);
        assert_eq!(saturday, certain(date(2027, 2, 20)));
        // 劳动 was computed before, and this announcement lists none.
        assert!(calendar.is_weekday(date(2027, 5, 4)));
        let across = calendar.add_working_days(date(2026, 12, 31), 1);
        assert_eq!(across, certain(date(2027, 1, 4)));
        assert!(calendar.add_working_days(date(2027, 12, 31), 1).estimate);
        let sixth = date(2026, 6, 18);
        assert_eq!(calendar.audit_by(sixth), shipped.audit_by(sixth));
    }

    #[test]
    fn a_year_that_cannot_be_is_refused_by_name() {
        let with = |years: &[Year]| Calendar::embedded().with(years).unwrap_err();
        let refused = |change: fn(&mut Year)| {
            let mut year = announced();
            change(&mut year);
            with(&[year])
        };
        let day = date(2028, 1, 1);
        for (error, expected) in [
            (
                with(&[announced(), announced()]),
                CalendarError::Twice(2027),
            ),
            (refused(|year| year.off.clear()), CalendarError::Empty(2027)),
            (
                refused(|year| year.off[1].to = date(2027, 2, 4)),
                CalendarError::Range("春节".to_owned()),
            ),
            (
                refused(|year| year.off[1].to = date(2027, 3, 30)),
                CalendarError::Range("春节".to_owned()),
            ),
            (
                refused(|year| year.make_up = [date(2028, 1, 1)].into()),
                CalendarError::OtherYear { day, year: 2027 },
            ),
            (
                refused(|year| year.make_up = [date(2027, 2, 6)].into()),
                CalendarError::Contradiction(date(2027, 2, 6)),
            ),
            (
                refused(|year| year.make_up = [date(2027, 2, 15)].into()),
                CalendarError::NotWeekend(date(2027, 2, 15)),
            ),
        ] {
            assert_eq!(error, expected);
        }
        let crossing = refused(|year| year.off[0].from = date(2026, 12, 31));
        assert!(crossing.to_string().contains("2026-12-31"), "{crossing}");
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
