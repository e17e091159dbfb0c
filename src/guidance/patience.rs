//! No advice lasts for ever: a sitter with only one thing wrong is not kept at a booth that goes on
//! asking for it.
//!
//! People differ in what they can do with their heads, and a measurement can be off by a constant
//! for one of them. After six seconds with at most one thing wrong by the profile's own limits, the
//! guide asks for no more than the final check will. After twelve, the booth takes the best picture
//! it can crop; then the final check and the sitter decide.

use std::{sync::Arc, time::Duration};

use super::{Advice, Judged, Sight, Verdict, good, level::Level, see, strictness_after};
use crate::{analysis::Analysis, checks::Strictness, profile::Profile, time::Mono};

/// After this long the guide's inner limits are replaced by the profile's own.
const LENIENT: Duration = Duration::from_secs(6);
/// After this long the picture is taken.
const TAKEN: Duration = Duration::from_secs(12);

/// Judges the frames of one sitting in order.
#[derive(Default)]
pub struct Guide {
    previous: Option<Verdict>,
    wish: Option<Wish>,
    level: Level,
}

/// The one request that keeps a sitter from being good.
#[derive(Clone, Copy)]
struct Wish {
    /// What the profile's own limits ask for; `None` while only the guide's inner limits ask for
    /// more.
    advice: Option<Advice>,
    track: u32,
    since: Mono,
}

impl Guide {
    /// Returns the verdict of the previous frame.
    pub const fn previous(&self) -> Option<&Verdict> {
        self.previous.as_ref()
    }

    /// Judges the next frame.
    pub fn see(&mut self, analysis: &Arc<Analysis>, profile: &Profile) -> Sight {
        let now = analysis.frame.at;
        let previous = self.previous.as_ref();
        let waited = |wish: Wish| now.since(wish.since);
        let strictness = match self.wish.map(waited) {
            Some(waited) if waited >= LENIENT => Strictness::Lenient,
            Some(_) | None => strictness_after(previous),
        };
        let mut sight = see(strictness, analysis, profile, previous, &mut self.level);
        let is_settled = strictness == Strictness::Lenient || sight.asks.is_empty();
        let outer = if is_settled || sight.track.is_none() {
            sight.asks.clone()
        } else {
            Judged::new(analysis, profile, Strictness::Lenient).asks(analysis, profile)
        };
        self.wish = carried(self.wish, &sight, &outer, now);
        if self.wish.is_some_and(|wish| waited(wish) >= TAKEN) {
            take(&mut sight, profile);
        }
        self.previous = Some(sight.verdict.clone());
        sight
    }
}

/// Returns the wish after one more frame, for which the profile's own limits ask `outer`. It ends
/// when they ask for something else or for two things at once, or when somebody else sits there.
/// While it is fulfilled it stays, or the relaxed limits would tighten again.
fn carried(wish: Option<Wish>, sight: &Sight, outer: &[Advice], now: Mono) -> Option<Wish> {
    let track = sight.track?;
    let wish = wish.filter(|wish| wish.track == track);
    let begun = |advice| Wish {
        advice,
        track,
        since: now,
    };
    match (wish, outer) {
        (_, [_, _, ..]) => None,
        (None, _) if sight.asks.is_empty() => None,
        (None, _) => Some(begun(outer.first().copied())),
        (Some(wish), []) => Some(wish),
        (Some(wish), [one]) if wish.advice.is_none_or(|advice| advice == *one) => Some(Wish {
            advice: Some(*one),
            ..wish
        }),
        (Some(_), [one]) => Some(begun(Some(*one))),
    }
}

/// Calls a frame with only one thing wrong good, if it can be cropped and shows one person alone.
fn take(sight: &mut Sight, profile: &Profile) {
    let can_be_taken = sight.analysis.mask_is_own() && !sight.asks_for(Advice::SeveralFaces);
    let judged = Judged::new(&sight.analysis, profile, Strictness::Lenient);
    if can_be_taken && judged.solved.is_ok() {
        sight.verdict = good(&judged);
    }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;
    use crate::portrait::still;

    fn asking(asks: &[Advice], track: Option<u32>) -> Sight {
        let frame = Arc::new(still(RgbImage::new(4, 3)));
        Sight {
            track,
            verdict: Verdict::Advice(Advice::Look),
            asks: asks.to_vec(),
            right: vec![],
            analysis: Arc::new(Analysis::empty(frame)),
        }
    }

    /// Returns when the wish began, in ms, after a frame that asks the same by either limits.
    fn after(wish: Option<Wish>, asks: &[Advice], track: Option<u32>, ms: u64) -> Option<u64> {
        let now = Mono::default().plus(Duration::from_millis(ms));
        carried(wish, &asking(asks, track), asks, now)
            .map(|wish| wish.since.since(Mono::default()).as_millis() as u64)
    }

    #[test]
    fn one_wish_ages_until_another_is_asked_or_somebody_else_sits_there() {
        let asks = [Advice::ChinUp];
        let wish = carried(None, &asking(&asks, Some(1)), &asks, Mono::default());
        assert_eq!(after(wish, &[Advice::ChinUp], Some(1), 5_000), Some(0));
        assert_eq!(after(wish, &[], Some(1), 5_000), Some(0), "fulfilled");
        assert_eq!(after(wish, &[Advice::Light], Some(1), 5_000), Some(5_000));
        let both = [Advice::ChinUp, Advice::Light];
        assert_eq!(after(wish, &both, Some(1), 5_000), None);
        assert_eq!(after(wish, &[Advice::ChinUp], Some(2), 5_000), Some(5_000));
        assert_eq!(after(wish, &[Advice::NoFace], None, 5_000), None);
    }

    #[test]
    fn two_things_that_only_the_inner_limits_ask_age_too() {
        let both = asking(&[Advice::TurnLeft, Advice::LookHere], Some(1));
        let wish = carried(None, &both, &[], Mono::default());
        let later = Mono::default().plus(LENIENT);
        let wish = carried(wish, &both, &[], later).unwrap();
        assert_eq!((wish.since, wish.advice), (Mono::default(), None));
        let one = carried(Some(wish), &both, &[Advice::LookHere], later).unwrap();
        assert_eq!(
            (one.since, one.advice),
            (Mono::default(), Some(Advice::LookHere))
        );
    }

    /// A sitter whose lips stay parted, judged for fourteen seconds.
    #[cfg(feature = "sitter")]
    #[test]
    fn lips_that_stay_parted_are_taken_after_twelve_seconds_and_not_before() {
        use crate::{
            analysis::{Analyser, Want, tests::models},
            frame::Frame,
            geometry::Size,
            sitter::{Person, Pose, Scene, render},
        };
        let size = Size::new(1280, 720);
        let pose = Pose {
            mouth: 0.5,
            ..Pose::good(size)
        };
        let rendered = render(&Person::from_seed(3), &pose, &Scene::default(), size);
        let mut analyser = Analyser::new(&models()).unwrap();
        let mut guide = Guide::default();
        let profile = Profile::standard_99();
        let good_from = (0..30).find(|half: &u64| {
            let frame = Frame {
                number: half + 1,
                at: Mono::default().plus(Duration::from_millis(half * 500)),
                ..still(rendered.rgb.clone())
            };
            let analysis = Arc::new(analyser.analyse(Arc::new(frame), Want::Judge));
            matches!(guide.see(&analysis, &profile).verdict, Verdict::Good(_))
        });
        assert_eq!(good_from.map(|half| half / 2), Some(12));
    }
}
