//! The one sentence that a sitter reads. A verdict may change with every frame; a sentence stays
//! long enough to be read.

use std::time::Duration;

use super::{Advice, Sight, Stage, Verdict};
use crate::time::Mono;

/// How long one sentence stays up to be read.
pub const READ: Duration = Duration::from_millis(1_500);
/// How long something else has to be seen without a break before it is said: noise of a frame or
/// two, or a blink, changes nothing.
pub const SETTLED: Duration = Duration::from_millis(400);
/// The same for light and backdrop, which do not come and go: a person walking in or turning away
/// is no reason to call staff.
pub const BOOTH_SETTLED: Duration = Duration::from_secs(2);
/// After this long in vain a request is put another way.
pub const STUCK: Duration = Duration::from_secs(8);

/// What is shown to the sitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Good,
    Advice(Advice),
}

impl From<&Verdict> for Told {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Good(_) => Self::Good,
            Verdict::Advice(advice) => Self::Advice(*advice),
        }
    }
}

impl Told {
    const fn stage(self) -> Option<Stage> {
        match self {
            Self::Good => None,
            Self::Advice(advice) => Some(advice.stage()),
        }
    }

    fn is_for_staff(self) -> bool {
        self.stage() == Some(Stage::Booth)
    }

    /// Returns whether the frame still asks for the same, first or among other things. A sentence
    /// about the seat stands for what could not be done without moving it.
    fn is_true_of(self, sight: &Sight) -> bool {
        match self {
            Self::Good => matches!(sight.verdict, Verdict::Good(_)),
            Self::Advice(advice) => Advice::ALL.into_iter().any(|asked| {
                (asked == advice || asked.when_stuck() == Some(advice)) && sight.asks_for(asked)
            }),
        }
    }

    /// Returns whether `other` says the same.
    fn covers(self, other: Self) -> bool {
        match (self, other) {
            (Self::Advice(told), Self::Advice(asked)) => {
                told == asked || asked.when_stuck() == Some(told)
            }
            (Self::Good, Self::Good) => true,
            (Self::Good, Self::Advice(_)) | (Self::Advice(_), Self::Good) => false,
        }
    }
}

/// The sentence being shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saying {
    pub told: Told,
    since: Mono,
    /// When it was last true.
    true_at: Mono,
    /// Since when something else has come first without a break.
    other_since: Option<Mono>,
    /// Since when something of an earlier stage has come first without a break.
    blocked_since: Option<Mono>,
}

impl Saying {
    const fn begin(told: Told, now: Mono) -> Self {
        Self {
            told,
            since: now,
            true_at: now,
            other_since: None,
            blocked_since: None,
        }
    }

    /// Returns the sentence after one more frame. What is right is shown right at once. Another
    /// sentence comes when this one is fulfilled, when something more blocking is there, or when
    /// this one has been up long enough to be read.
    #[must_use]
    pub fn next(before: Option<Self>, sight: &Sight, now: Mono) -> Self {
        let first = Told::from(&sight.verdict);
        let Some(mut saying) = before else {
            let greeting = Told::Advice(Advice::Look);
            return Self::begin(
                if first.is_for_staff() {
                    greeting
                } else {
                    first
                },
                now,
            );
        };
        if first == Told::Good && saying.told != Told::Good {
            return Self::begin(first, now);
        }
        if saying.told.is_true_of(sight) {
            saying.true_at = now;
        }
        saying.note(first, now);
        let settled = if first.is_for_staff() {
            BOOTH_SETTLED
        } else {
            SETTLED
        };
        if saying.gives_way(settled, now) {
            return Self::begin(first, now);
        }
        saying.when_stuck(now)
    }

    fn note(&mut self, first: Told, now: Mono) {
        let kept = |since: &mut Option<Mono>, holds: Option<()>| {
            *since = holds.map(|()| since.unwrap_or(now));
        };
        let other = (!self.told.covers(first)).then_some(());
        let blocks = other.filter(|()| first.stage() < self.told.stage());
        kept(&mut self.other_since, other);
        kept(&mut self.blocked_since, blocks);
    }

    /// Returns whether another sentence, seen for `wait`, replaces this one.
    fn gives_way(&self, wait: Duration, now: Mono) -> bool {
        let settled = |since: Option<Mono>| since.is_some_and(|since| now.since(since) >= wait);
        let fulfilled = now.since(self.true_at) >= wait;
        let read = now.since(self.since) >= READ;
        fulfilled || settled(self.blocked_since) || (read && settled(self.other_since))
    }

    fn when_stuck(self, now: Mono) -> Self {
        match self.told {
            Told::Advice(advice) if now.since(self.since) >= STUCK => advice
                .when_stuck()
                .map_or(self, |seat| Self::begin(Told::Advice(seat), now)),
            Told::Advice(_) | Told::Good => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use image::RgbImage;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        analysis::Analysis,
        geometry::Point,
        guidance::Good,
        layout::{Crop, Placed},
        portrait::still,
    };

    const FRAME: Duration = Duration::from_millis(100);

    fn sight(asks: &[Advice]) -> Sight {
        let good = Good {
            crop: Crop {
                origin_in_frame: Point::new(0.0, 0.0),
                scale: 1.0,
            },
            placed: Placed {
                crown_px: 80.0,
                eye_px: 250.0,
                chin_px: 420.0,
                face_width_px: 212.0,
                center_offset_px: 0.0,
            },
            margin: 0.5,
        };
        let first = asks.first();
        Sight {
            track: Some(1),
            verdict: first.map_or(Verdict::Good(good), |first| Verdict::Advice(*first)),
            asks: asks.to_vec(),
            right: vec![],
            analysis: Arc::new(Analysis::empty(Arc::new(still(RgbImage::new(4, 3))))),
        }
    }

    /// Returns what is shown after each frame, at a frame every 100 ms.
    fn told(frames: &[&[Advice]]) -> Vec<Told> {
        let mut saying = None;
        let mut now = Mono::default();
        frames
            .iter()
            .map(|asks| {
                now = now.plus(FRAME);
                let next = Saying::next(saying, &sight(asks), now);
                saying = Some(next);
                next.told
            })
            .collect()
    }

    /// Returns the frames with which the sentence changed.
    fn changes(told: &[Told]) -> Vec<usize> {
        let pairs = told.windows(2).enumerate();
        pairs
            .filter_map(|(i, pair)| (pair[0] != pair[1]).then_some(i + 1))
            .collect()
    }

    const CHIN: &[Advice] = &[Advice::ChinUp, Advice::OpenEyes];
    const EYES: &[Advice] = &[Advice::OpenEyes];

    #[test]
    fn two_advices_that_alternate_with_every_frame_are_one_sentence() {
        let frames: Vec<&[Advice]> = (0..60)
            .map(|i| if i % 2 == 0 { CHIN } else { EYES })
            .collect();
        assert_eq!(changes(&told(&frames)), [0; 0], "chin first");
        let mut other = frames.clone();
        other.remove(0);
        assert_eq!(changes(&told(&other)), [0; 0], "eyes first");
    }

    #[test]
    fn a_sentence_that_stays_true_is_read_before_another_of_its_stage_is_said() {
        let (tilt, both): (&[Advice], &[Advice]) =
            (&[Advice::ChinUp], &[Advice::TiltLeft, Advice::ChinUp]);
        let frames = [vec![tilt], vec![both; 40]].concat();
        let told = told(&frames);
        assert_eq!(changes(&told), [15], "after 1.5 s");
        assert_eq!(told[15], Told::Advice(Advice::TiltLeft));
    }

    #[test]
    fn what_is_fulfilled_is_not_said_any_longer() {
        let frames = [vec![CHIN; 3], vec![EYES; 10]].concat();
        assert_eq!(changes(&told(&frames)), [6], "0.4 s after it was last true");
    }

    #[test]
    fn a_passing_face_is_nothing_and_a_bystander_is_told_soon() {
        let crowd: &[Advice] = &[Advice::SeveralFaces];
        let passing = [vec![CHIN; 3], vec![crowd; 2], vec![CHIN; 20]].concat();
        assert_eq!(changes(&told(&passing)), [0; 0]);
        let staying = [vec![CHIN; 3], vec![crowd; 20]].concat();
        let told = told(&staying);
        assert_eq!(changes(&told), [6]);
        assert_eq!(told[6], Told::Advice(Advice::SeveralFaces));
    }

    #[test]
    fn staff_are_called_for_what_stays_and_not_for_who_walks_in() {
        let (nobody, wall): (&[Advice], &[Advice]) = (&[Advice::NoFace], &[Advice::Clutter]);
        let entering = [
            vec![wall; 8],
            vec![nobody; 5],
            vec![wall; 15],
            vec![CHIN; 5],
        ]
        .concat();
        assert!(!told(&entering).contains(&Told::Advice(Advice::Clutter)));
        let staying = [vec![nobody; 3], vec![wall; 30]].concat();
        let told = told(&staying);
        assert_eq!(
            changes(&told),
            [22],
            "2 s after the seat was last plainly empty"
        );
        assert_eq!(told[22], Told::Advice(Advice::Clutter));
    }

    #[test]
    fn what_is_right_turns_right_at_once_and_a_blink_does_not_take_it_back() {
        let good: &[Advice] = &[];
        let frames = [vec![CHIN; 2], vec![good; 5], vec![EYES; 2], vec![good; 5]].concat();
        let told = told(&frames);
        assert_eq!(changes(&told), [2]);
        assert_eq!(told[2], Told::Good);
    }

    #[test]
    fn a_pitch_that_cannot_be_reached_is_a_matter_of_the_seat_until_it_is_reached() {
        let high: &[Advice] = &[Advice::ChinDown];
        let frames = [vec![high; 120], vec![EYES; 10]].concat();
        let told = told(&frames);
        assert_eq!(changes(&told), [80, 123]);
        assert_eq!(told[80], Told::Advice(Advice::LowerSeat));
        assert_eq!(told[123], Told::Advice(Advice::OpenEyes));
    }

    proptest! {
        #[test]
        fn no_order_of_verdicts_makes_sentences_flicker(
            frames in prop::collection::vec(prop::collection::vec(0..Advice::ALL.len(), 0..3), 1..200)
        ) {
            let asks: Vec<Vec<Advice>> = frames
                .iter()
                .map(|asks| asks.iter().map(|i| Advice::ALL[*i]).collect())
                .collect();
            let frames: Vec<&[Advice]> = asks.iter().map(Vec::as_slice).collect();
            let told = told(&frames);
            let least = (SETTLED.as_millis() / FRAME.as_millis()) as usize;
            let mut before = 0;
            for at in changes(&told) {
                if told[at] == Told::Good {
                    prop_assert!(frames[at].is_empty());
                } else {
                    prop_assert!(at - before >= least, "{} to {}: {:?}", before, at, told[at]);
                }
                before = at;
            }
            for (asks, told) in frames.iter().zip(&told) {
                prop_assert!(!asks.is_empty() || *told == Told::Good, "right at once");
            }
        }
    }
}
