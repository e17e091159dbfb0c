//! What a platform publishes for all its booths: the days off of the years that are announced, and
//! whom a student calls.

use serde::{Deserialize, Serialize};

use super::limit;
use crate::{
    calendar::{Calendar, CalendarError, Year},
    jws::{self, JwsError, KeySet, Purpose},
    lang::Lang,
    time::Wall,
};

/// One publication as the platform signs it (`calendar+jws`), by a key for batches. It replaces the
/// one before as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarDocument {
    /// A booth never goes back to one that was issued earlier.
    pub issued: Wall,
    pub years: Vec<Year>,
    /// Absent where booths go on showing the line that they were built with.
    #[serde(default)]
    pub service: Option<ServiceLine>,
}

/// Whom a student calls, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceLine {
    /// One or two telephone numbers.
    pub numbers: Vec<String>,
    pub hours: ServiceHours,
}

/// The same hours in words, in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceHours {
    pub zh: String,
    pub en: String,
}

/// What was published, ready for use: years and a service line in place of those compiled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// `None` before the first publication.
    pub issued: Option<Wall>,
    pub calendar: Calendar,
    pub service: Option<ServiceLine>,
}

/// Why a publication is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarRefusal {
    #[error("the calendar is larger than {} KiB", limit::CALENDAR_BYTES / 1024)]
    TooLarge,
    #[error("the calendar is not signed by this booth's platform ({0})")]
    Foreign(#[from] JwsError),
    #[error(transparent)]
    Days(#[from] CalendarError),
    #[error("the calendar's service line {0}")]
    Service(&'static str),
}

impl Default for Published {
    fn default() -> Self {
        Self {
            issued: None,
            calendar: Calendar::shipped().clone(),
            service: None,
        }
    }
}

impl Published {
    /// Reads a publication that one of `keys` signed, and checks everything in it.
    pub fn verify(token: &str, keys: &KeySet) -> Result<Self, CalendarRefusal> {
        let token = token.trim();
        if token.len() > limit::CALENDAR_BYTES {
            return Err(CalendarRefusal::TooLarge);
        }
        let payload = jws::verify_bytes(Purpose::Calendar, token, keys)?;
        let document: CalendarDocument =
            serde_json::from_slice(&payload).map_err(CalendarError::from)?;
        let calendar = Calendar::shipped().with(&document.years)?;
        if let Some(service) = &document.service {
            service.check().map_err(CalendarRefusal::Service)?;
        }
        Ok(Self {
            issued: Some(document.issued),
            calendar,
            service: document.service,
        })
    }

    /// Returns the years whose days off are announced, for a line of text.
    pub fn announced_years(&self) -> String {
        let years: Vec<String> = self
            .calendar
            .announced()
            .map(|year| year.to_string())
            .collect();
        years.join(", ")
    }
}

/// What fits on the screens in large type.
const MOST_NUMBERS: usize = 2;
const LONGEST_NUMBER: usize = 20;
const LONGEST_HOURS: usize = 40;

impl ServiceLine {
    /// Returns the numbers on a line.
    pub fn numbers(&self) -> String {
        self.numbers.join(" · ")
    }

    /// Returns numbers and hours for a reader of `lang`: the hours in Chinese where there is no
    /// translation.
    pub fn in_words(&self, lang: Lang) -> String {
        let numbers = self.numbers();
        match lang.of_documents() {
            Lang::En => format!("{numbers}, {}", self.hours.en),
            Lang::Zh | Lang::Third(_) => format!("{numbers}，{}", self.hours.zh),
        }
    }

    fn check(&self) -> Result<(), &'static str> {
        if !(1..=MOST_NUMBERS).contains(&self.numbers.len()) {
            return Err("has no number, or more than two");
        }
        let is_number = |text: &String| {
            text.len() <= LONGEST_NUMBER
                && text.contains(|c: char| c.is_ascii_digit())
                && text
                    .chars()
                    .all(|c| c.is_ascii_digit() || "+-() ".contains(c))
        };
        if !self.numbers.iter().all(is_number) {
            return Err("has a number that cannot be dialled");
        }
        let is_line = |text: &str| {
            !text.trim().is_empty()
                && text.chars().count() <= LONGEST_HOURS
                && !text.contains(char::is_control)
        };
        if !is_line(&self.hours.zh) || !is_line(&self.hours.en) {
            return Err("has hours that are empty, on several lines or longer than 40 characters");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ed25519_dalek::SigningKey;
    use jiff::civil::date;

    use super::*;
    use crate::calendar::Festival;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn document() -> CalendarDocument {
        CalendarDocument {
            issued: Wall::from_unix_ms(1_796_000_000_000),
            years: vec![Year {
                year: 2027,
                source: "made up".to_owned(),
                off: vec![Festival {
                    name: "元旦".to_owned(),
                    from: date(2027, 1, 1),
                    to: date(2027, 1, 3),
                }],
                make_up: BTreeSet::new(),
            }],
            service: Some(ServiceLine {
                numbers: vec!["010-0000 0000".to_owned()],
                hours: ServiceHours {
                    zh: "每天 8:00–20:00".to_owned(),
                    en: "daily 8:00–20:00".to_owned(),
                },
            }),
        }
    }

    fn read(document: &impl Serialize) -> Result<Published, CalendarRefusal> {
        let token = jws::sign(Purpose::Calendar, &key(), document).unwrap();
        Published::verify(&token, &KeySet::one(key().verifying_key()))
    }

    #[test]
    fn a_publication_brings_its_years_and_its_service_line() {
        let document = document();
        let published = read(&document).unwrap();
        assert_eq!(published.issued, Some(document.issued));
        assert_eq!(published.service, document.service);
        let years: Vec<i16> = published.calendar.announced().collect();
        assert_eq!(years, [2026, 2027]);
        assert!(!Published::default().calendar.knows(date(2027, 1, 4)));
    }

    #[test]
    fn another_key_or_purpose_is_no_publication() {
        let token = jws::sign(Purpose::Calendar, &key(), &document()).unwrap();
        let strange = SigningKey::from_bytes(&[8; 32]).verifying_key();
        let error = Published::verify(&token, &KeySet::one(strange)).unwrap_err();
        assert_eq!(error, CalendarRefusal::Foreign(JwsError::UnknownKey));
        let batch = jws::sign(Purpose::BatchManifest, &key(), &document()).unwrap();
        let keys = KeySet::one(key().verifying_key());
        let error = Published::verify(&batch, &keys).unwrap_err();
        assert_eq!(error, CalendarRefusal::Foreign(JwsError::WrongPurpose));
    }

    #[test]
    fn what_is_too_large_or_contradicts_itself_is_refused_by_name() {
        let refused = |change: fn(&mut CalendarDocument)| {
            let mut document = document();
            change(&mut document);
            read(&document).unwrap_err().to_string()
        };
        for (why, named) in [
            (
                refused(|document| {
                    document.years[0].source = "x".repeat(limit::CALENDAR_BYTES);
                }),
                "48 KiB",
            ),
            (
                refused(|document| document.years[0].make_up = [date(2027, 1, 2)].into()),
                "2027-01-02 is both",
            ),
            (
                refused(|document| document.years[0].make_up = [date(2026, 12, 26)].into()),
                "2026-12-26 under the year 2027",
            ),
        ] {
            assert!(why.contains(named), "{why}");
        }
        let unknown = serde_json::json!({ "issued": "2026-11-30T00:00:00Z", "year": [] });
        let why = read(&unknown).unwrap_err().to_string();
        assert!(
            why.contains("not a calendar") && why.contains("year"),
            "{why}"
        );
    }

    #[test]
    fn a_service_line_has_numbers_that_can_be_dialled_and_hours_in_a_line() {
        let changes: [fn(&mut ServiceLine); 7] = [
            |line| line.numbers.clear(),
            |line| line.numbers = vec!["1".to_owned(); 3],
            |line| line.numbers.push("call us".to_owned()),
            |line| line.numbers.push("+".to_owned()),
            |line| line.hours.zh.clear(),
            |line| line.hours.en = "9:00\n17:00".to_owned(),
            |line| line.hours.en = "daily ".repeat(11),
        ];
        for change in changes {
            let mut document = document();
            document.service.as_mut().map(change).unwrap();
            let error = read(&document).unwrap_err();
            assert!(matches!(error, CalendarRefusal::Service(_)), "{error}");
        }
    }
}
