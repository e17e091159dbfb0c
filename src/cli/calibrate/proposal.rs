//! Limits proposed from measured values, and the refusals they cause.

use serde_json::Value;

use super::{
    groups::Group,
    labels::Labels,
    limits::{self, ADJUSTABLE, Adjustable},
};
use crate::{
    checks::{Check, Force, Limit},
    profile::{CheckId, Profile},
};

/// Fewer values prove nothing: a check that refuses none of nineteen people may still refuse one in
/// seven of all people.
pub const FEWEST: usize = 20;

/// The share of acceptable people that a limit may refuse.
pub const MOST_REFUSED: f32 = 0.03;

/// One judged picture.
pub struct Person {
    /// The picture's file.
    pub name: String,
    pub labels: Labels,
    pub checks: Vec<Check>,
}

/// One check over all pictures.
pub struct Row {
    pub id: CheckId,
    pub force: Force,
    /// As measured, where it was.
    pub values: Vec<f32>,
    /// The present limit.
    pub today: Limit,
    pub refused: usize,
    pub proposed: Proposed,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Proposed {
    /// The limit is fixed by the standard.
    Fixed,
    /// Too few pictures were measured.
    TooFew,
    /// The present limit refuses few enough.
    Same,
    Looser {
        limit: Limit,
        refused: usize,
    },
    /// The loosest limit that is proposed, which still refuses too many.
    AtBound {
        limit: Limit,
        refused: usize,
    },
}

impl Proposed {
    const fn limit(self) -> Option<Limit> {
        match self {
            Self::Looser { limit, .. } | Self::AtBound { limit, .. } => Some(limit),
            Self::Fixed | Self::TooFew | Self::Same => None,
        }
    }
}

/// The whole result.
pub struct Calibration {
    pub people: Vec<Person>,
    pub rows: Vec<Row>,
    today: Value,
    proposed: Value,
}

/// Which of the two profiles.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    Today,
    Proposed,
}

impl Calibration {
    pub fn new(people: Vec<Person>, profile: &Profile) -> anyhow::Result<Self> {
        let today: Value = serde_json::from_str(&serde_json::to_string(profile)?)?;
        let rows: Vec<Row> = CheckId::ALL
            .into_iter()
            .filter_map(|id| row(id, &people, &today))
            .collect();
        let mut proposed = today.clone();
        for row in &rows {
            if let (Some(adjustable), Some(limit)) = (limits::of(row.id), row.proposed.limit()) {
                adjustable.put(limit, &mut proposed);
            }
        }
        Ok(Self {
            people,
            rows,
            today,
            proposed,
        })
    }

    /// Returns the present profile with the proposed limits.
    pub fn profile(&self) -> serde_json::Result<Profile> {
        Profile::from_json(&self.proposed.to_string())
    }

    /// Returns the adjustable checks of the person by which a picture is refused; framing, backdrop
    /// and file are ignored.
    pub fn refusals(&self, person: &Person, rules: Rules) -> Vec<CheckId> {
        let profile = match rules {
            Rules::Today => &self.today,
            Rules::Proposed => &self.proposed,
        };
        let refuses = |adjustable: &&Adjustable| {
            let check = person.checks.iter().find(|it| it.id == adjustable.id);
            check.is_some_and(|check| {
                let reading = check.value.map(|value| adjustable.reading(value));
                let limit = adjustable.limit(profile);
                check.force == Force::Required && !reading.is_some_and(|it| limit.allows(it))
            })
        };
        let of_person = ADJUSTABLE.iter().filter(|it| !it.id.is_of_backdrop());
        let refusing = of_person.filter(refuses);
        refusing.map(|adjustable| adjustable.id).collect()
    }

    /// Counts the people whom no limit refuses.
    pub fn accepted(&self, people: &[&Person], rules: Rules) -> usize {
        let accepted = people
            .iter()
            .filter(|person| self.refusals(person, rules).is_empty());
        accepted.count()
    }

    pub fn all(&self) -> Vec<&Person> {
        self.people.iter().collect()
    }

    pub fn of_group(&self, group: &Group) -> Vec<&Person> {
        let members = self.people.iter().filter(|it| (group.holds)(&it.labels));
        members.collect()
    }
}

/// Returns the largest share of all people that a check may refuse although it refused none of
/// `measured`, at 95 % confidence.
pub fn unseen(measured: usize) -> f32 {
    const DOUBT: f32 = 0.05;
    1.0 - DOUBT.powf(1.0 / measured.max(1) as f32)
}

/// Returns the row of a check; `None` if no picture had it.
fn row(id: CheckId, people: &[Person], today: &Value) -> Option<Row> {
    let checks: Vec<&Check> = people
        .iter()
        .filter_map(|person| person.checks.iter().find(|check| check.id == id))
        .collect();
    let first = checks.first()?;
    let values: Vec<f32> = checks.iter().filter_map(|check| check.value).collect();
    let failed = |limit: Limit| values.iter().filter(|it| !limit.allows(**it)).count();
    let (today, refused, proposed) = match limits::of(id) {
        None => (first.limit, failed(first.limit), Proposed::Fixed),
        Some(adjustable) => {
            let readings: Vec<f32> = values.iter().map(|it| adjustable.reading(*it)).collect();
            let limit = adjustable.limit(today);
            let refused = refused_by(limit, &readings);
            (
                limit,
                refused,
                propose(&readings, limit, adjustable.loosest()),
            )
        }
    };
    Some(Row {
        id,
        force: first.force,
        values,
        today,
        refused,
        proposed,
    })
}

fn refused_by(limit: Limit, readings: &[f32]) -> usize {
    readings.iter().filter(|it| !limit.allows(**it)).count()
}

/// Returns the present limit if it refuses few enough, else the nearest one that does, rounded
/// outwards to two digits and never beyond `loosest`.
fn propose(readings: &[f32], today: Limit, loosest: Limit) -> Proposed {
    if readings.len() < FEWEST {
        return Proposed::TooFew;
    }
    let may = (readings.len() as f32 * MOST_REFUSED) as usize;
    let mut outside: Vec<f32> = readings.to_vec();
    outside.retain(|reading| !today.allows(*reading));
    if outside.len() <= may {
        return Proposed::Same;
    }
    outside.sort_by(|a, b| beyond(today, *b).total_cmp(&beyond(today, *a)));
    let wanted = outside.into_iter().skip(may).fold(today, widened);
    let limit = Limit {
        min: bounded(wanted.min, [loosest.min, today.min], f32::max),
        max: bounded(wanted.max, [loosest.max, today.max], f32::min),
    };
    let refused = refused_by(limit, readings);
    if refused > may {
        Proposed::AtBound { limit, refused }
    } else {
        Proposed::Looser { limit, refused }
    }
}

/// Limits `end` to the bound; a present end that is already beyond the bound stays there.
fn bounded(end: Option<f32>, bounds: [Option<f32>; 2], pick: fn(f32, f32) -> f32) -> Option<f32> {
    let [bound, today] = bounds;
    let end = end?;
    Some(if today == Some(end) {
        end
    } else {
        let nearest = bound.map_or(end, |bound| pick(end, bound));
        // Never tighter than the present limit.
        match today {
            Some(today) if pick(nearest, today) == nearest => today,
            Some(_) | None => nearest,
        }
    })
}

/// Returns how far a reading lies outside.
fn beyond(limit: Limit, reading: f32) -> f32 {
    let below = limit.min.map_or(0.0, |min| min - reading);
    let above = limit.max.map_or(0.0, |max| reading - max);
    below.max(above)
}

/// Returns the limit widened to allow `reading`, too.
fn widened(limit: Limit, reading: f32) -> Limit {
    Limit {
        min: limit.min.map(|min| {
            if reading < min {
                rounded(reading, -1.0)
            } else {
                min
            }
        }),
        max: limit.max.map(|max| {
            if reading > max {
                rounded(reading, 1.0)
            } else {
                max
            }
        }),
    }
}

/// Rounds to two digits, and never to the wrong side of `reading`. `towards`: 1 rounds up, -1 down.
fn rounded(reading: f32, towards: f64) -> f32 {
    if reading == 0.0 {
        return 0.0;
    }
    let exact = f64::from(reading);
    let step = 10_f64.powi(exact.abs().log10().floor() as i32 - 1);
    // A reading with two digits stays as it is.
    let steps = exact / step * towards;
    let steps = (steps - 1e-4).ceil() * towards;
    let near = (steps * step) as f32;
    if (f64::from(near) - exact) * towards < 0.0 {
        ((steps + towards) * step) as f32
    } else {
        near
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::{checks::Unit, cli::calibrate::labels::tests::row as labels};

    /// Returns people with these `values` of one check, and a mouth that is always closed.
    pub fn people(id: CheckId, values: impl IntoIterator<Item = f32>) -> Vec<Person> {
        let limit = Limit::at_most(1.0);
        let person = |(n, value): (usize, f32)| Person {
            name: format!("{n}.jpg"),
            labels: labels(
                "id,sex",
                &format!("{n},{}", if n % 2 == 0 { "m" } else { "f" }),
            ),
            checks: vec![
                Check::new(CheckId::Dpi, Some(300.0), Limit::exactly(300.0), Unit::Dpi),
                Check::new(CheckId::MouthClosed, Some(0.0), limit, Unit::Ratio),
                Check::new(id, Some(value), limit, Unit::Ratio),
            ],
        };
        values.into_iter().enumerate().map(person).collect()
    }

    fn calibrated(id: CheckId, values: impl IntoIterator<Item = f32>) -> Calibration {
        Calibration::new(people(id, values), &Profile::standard_99()).unwrap()
    }

    fn proposed(calibration: &Calibration, id: CheckId) -> Proposed {
        let row = calibration.rows.iter().find(|row| row.id == id);
        row.unwrap().proposed
    }

    /// Returns 0.01, 0.02, … to 1.
    fn hundred() -> impl Iterator<Item = f32> {
        (1..=100_u8).map(|n| f32::from(n) / 100.0)
    }

    #[test]
    fn a_limit_that_refuses_few_stays_and_another_one_spares_all_but_three_in_a_hundred() {
        let standard = Profile::standard_99().limits;
        let few = hundred().map(|share| standard.shine_max * (0.02 + share));
        let calibration = calibrated(CheckId::Shine, few);
        assert_eq!(proposed(&calibration, CheckId::Shine), Proposed::Same);
        let many = hundred().map(|share| standard.shine_max * (0.25 + share));
        let calibration = calibrated(CheckId::Shine, many);
        let Proposed::Looser { limit, refused } = proposed(&calibration, CheckId::Shine) else {
            panic!("{:?}", proposed(&calibration, CheckId::Shine));
        };
        assert!(
            limit.max.unwrap() > standard.shine_max && refused <= 3,
            "{limit:?}"
        );
        assert!(refused >= 1, "no looser than needed: {limit:?}");
        let all = calibration.all();
        assert_eq!(calibration.accepted(&all, Rules::Today), 75);
        assert_eq!(calibration.accepted(&all, Rules::Proposed), 100 - refused);
    }

    #[test]
    fn no_proposal_goes_beyond_its_bound() {
        let calibration = calibrated(CheckId::Roll, (0..40_u8).map(f32::from));
        let Proposed::AtBound { limit, refused } = proposed(&calibration, CheckId::Roll) else {
            panic!("{:?}", proposed(&calibration, CheckId::Roll));
        };
        assert_eq!((limit, refused), (Limit::at_most(8.0), 31));
        let mut loose = Profile::standard_99();
        loose.pose.roll_deg = 12.0;
        let people = people(CheckId::Roll, (0..40_u8).map(f32::from));
        let kept = Calibration::new(people, &loose).unwrap();
        assert_eq!(kept.profile().unwrap(), loose, "nothing becomes stricter");
    }

    #[test]
    fn a_wall_refuses_nobody() {
        let calibration = calibrated(CheckId::Rim, [200.0; 40]);
        let rim = calibration.rows.iter().find(|row| row.id == CheckId::Rim);
        assert_eq!(rim.unwrap().refused, 40);
        let all = calibration.all();
        assert_eq!(calibration.accepted(&all, Rules::Today), 40);
    }

    #[test]
    fn a_turn_to_either_side_and_both_ends_of_a_band_count() {
        let yaw = (0..40_u8).map(|n| if n % 2 == 0 { 12.4 } else { -11.0 });
        let calibration = calibrated(CheckId::Yaw, yaw);
        assert_eq!(calibration.profile().unwrap().pose.yaw_deg, 13.0);
        let luma = (0..40_u8).map(|n| if n < 10 { 71.3 } else { 238.2 });
        let profile = calibrated(CheckId::FaceBrightness, luma).profile().unwrap();
        let luma = profile.limits.face_luma;
        assert_eq!((luma.min, luma.max), (71.0, 240.0));
    }

    #[test]
    fn too_few_values_propose_nothing() {
        let calibration = calibrated(CheckId::Shine, [0.9; FEWEST - 1]);
        assert_eq!(proposed(&calibration, CheckId::Shine), Proposed::TooFew);
        assert_eq!(proposed(&calibration, CheckId::Dpi), Proposed::Fixed);
        assert_eq!(calibration.profile().unwrap(), Profile::standard_99());
        assert!((0.13..0.15).contains(&unseen(FEWEST)));
    }

    #[test]
    fn rounding_never_refuses_what_it_was_made_for() {
        for n in 1..2000_u16 {
            let reading = f32::from(n) * 0.0173;
            assert!(rounded(reading, 1.0) >= reading && rounded(reading, -1.0) <= reading);
            assert!(rounded(reading, 1.0) <= reading * 1.11, "{reading}");
        }
        assert_eq!((rounded(0.3, 1.0), rounded(12.4, 1.0)), (0.3, 13.0));
        assert_eq!((rounded(-0.013, 1.0), rounded(0.0, 1.0)), (-0.013, 0.0));
    }
}
