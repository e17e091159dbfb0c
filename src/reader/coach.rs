//! What would help a code that is not read: measured where it is or should be, and given as one
//! piece of advice.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernels; every index is bounded by the region's size"
)]

use std::time::Duration;

use super::{
    luma::{Luma, Region},
    protocol::Code,
};
use crate::{code::Advice, geometry::Point, time::Mono};

/// What is visible of a code that was made out, readable or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures {
    /// Grey level that nine in ten pixels stay below: the paper.
    pub paper: f32,
    /// Share of the place that is overexposed, 0 to 1.
    pub burnt: f32,
    /// Width of the edges in pixels; `None` without edges.
    pub edge_px: Option<f32>,
    /// `None` where its version is unknown.
    pub module_px: Option<f32>,
    /// How far it moved since the last frame, in pixels.
    pub moved_px: f32,
    /// How near its corners are to the frame's border, in pixels; negative outside.
    pub inside_px: f32,
}

/// Returns the first thing that is wrong; what is easiest to correct comes first.
pub fn advice(measures: &Measures) -> Option<Advice> {
    const DARK: f32 = 55.0;
    const BURNT: f32 = 0.12;
    const LEAST_MODULE_PX: f32 = 2.0;
    const MOST_MOVED_PX: f32 = 9.0;
    const WIDE_EDGE_PX: f32 = 5.0;
    const WIDE_EDGE_MODULES: f32 = 1.6;
    let module_px = measures.module_px;
    let widest = module_px.map_or(WIDE_EDGE_PX, |px| {
        (px * WIDE_EDGE_MODULES).min(WIDE_EDGE_PX)
    });
    if measures.inside_px < 0.0 {
        Some(Advice::PartlyOutside)
    } else if measures.paper < DARK {
        Some(Advice::TooDark)
    } else if measures.burnt > BURNT {
        Some(Advice::TooBright)
    } else if module_px.is_some_and(|px| px < LEAST_MODULE_PX) {
        Some(Advice::TooSmall)
    } else if measures.moved_px > MOST_MOVED_PX {
        Some(Advice::Moving)
    } else if measures.edge_px.is_some_and(|edge| edge > widest) {
        Some(Advice::Blurred)
    } else {
        None
    }
}

/// Gives one advice at a time, once it has held for a moment: a phone that is being raised is not
/// corrected.
#[derive(Debug, Default)]
pub struct Patience {
    waiting: Option<(Advice, Mono)>,
    told: Option<Advice>,
}

impl Patience {
    const MOMENT: Duration = Duration::from_millis(700);

    /// Takes this frame's `advice`, `None` where nothing is visible or all is well. Returns what to
    /// say now, if it is new.
    pub fn see(&mut self, advice: Option<Advice>, now: Mono) -> Option<Advice> {
        let advice = advice?;
        let since = match self.waiting {
            Some((waiting, since)) if waiting == advice => since,
            _ => now,
        };
        self.waiting = Some((advice, since));
        let is_new = self.told != Some(advice) && now.since(since) >= Self::MOMENT;
        is_new.then(|| {
            self.told = Some(advice);
            advice
        })
    }
}

/// Measures `code`; `before` is a code of the previous frame.
pub fn measure(picture: &Luma, code: &Code, before: Option<&Code>) -> Measures {
    let place = picture.region_of(&code.corners);
    let (paper, burnt) = light(picture, place);
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let border = |p: &Point| p.x.min(p.y).min(width - p.x).min(height - p.y);
    Measures {
        paper,
        burnt,
        edge_px: edge_px(picture, place),
        module_px: code.module_px(),
        moved_px: before.map_or(0.0, |before| before.center().distance(code.center())),
        inside_px: code
            .corners
            .iter()
            .map(border)
            .fold(f32::INFINITY, f32::min),
    }
}

fn rows(picture: &Luma, place: Region) -> impl Iterator<Item = &[u8]> {
    (place.y..place.y + place.height).map(move |y| {
        let start = y * picture.width() + place.x;
        &picture.bytes()[start..start + place.width]
    })
}

/// Returns the paper's grey, and the share that is overexposed.
fn light(picture: &Luma, place: Region) -> (f32, f32) {
    const WHITE: usize = 252;
    let mut counts = [0_u32; 256];
    for grey in rows(picture, place).flatten() {
        counts[usize::from(*grey)] += 1;
    }
    let all: u32 = counts.iter().sum();
    let mut below = 0;
    let paper = counts.iter().position(|count| {
        below += count;
        below * 10 >= all * 9
    });
    let burnt: u32 = counts[WHITE..].iter().sum();
    (paper.unwrap_or(0) as f32, burnt as f32 / all.max(1) as f32)
}

/// Returns the median, over runs of sixteen pixels that hold an edge, of its height over its
/// steepest step of one pixel.
fn edge_px(picture: &Luma, place: Region) -> Option<f32> {
    const RUN: usize = 16;
    const EDGE: u8 = 40;
    const FEWEST: usize = 12;
    let mut widths: Vec<f32> = rows(picture, place)
        .step_by(4)
        .flat_map(|row| row.chunks_exact(RUN))
        .filter_map(|run| {
            let (low, high) = (run.iter().min()?, run.iter().max()?);
            let steepest = run.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max()?;
            (high - low >= EDGE).then(|| f32::from(high - low) / f32::from(steepest.max(1)))
        })
        .collect();
    if widths.len() < FEWEST {
        return None;
    }
    let middle = widths.len() / 2;
    Some(*widths.select_nth_unstable_by(middle, f32::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::protocol::{Flaw, Pass};

    const GOOD: Measures = Measures {
        paper: 200.0,
        burnt: 0.0,
        edge_px: Some(2.0),
        module_px: Some(4.0),
        moved_px: 1.0,
        inside_px: 100.0,
    };

    fn with(change: impl Fn(&mut Measures)) -> Measures {
        let mut measures = GOOD;
        change(&mut measures);
        measures
    }

    #[test]
    fn an_advice_that_holds_for_a_moment_is_told_once() {
        let ms = |ms| Mono::from_start(Duration::from_millis(ms));
        let mut patience = Patience::default();
        assert_eq!(patience.see(Some(Advice::TooSmall), ms(0)), None);
        assert_eq!(patience.see(Some(Advice::Moving), ms(400)), None);
        assert_eq!(patience.see(None, ms(500)), None);
        assert_eq!(patience.see(Some(Advice::Moving), ms(1_000)), None);
        let told = Some(Advice::Moving);
        assert_eq!(patience.see(told, ms(1_100)), told);
        assert_eq!(patience.see(told, ms(1_900)), None);
        assert_eq!(patience.see(Some(Advice::TooDark), ms(2_000)), None);
        assert_eq!(
            patience.see(Some(Advice::TooDark), ms(2_700)),
            Some(Advice::TooDark)
        );
    }

    #[test]
    fn one_thing_amiss_gives_its_advice() {
        let table = [
            (GOOD, None),
            (
                Measures {
                    paper: 30.0,
                    ..GOOD
                },
                Some(Advice::TooDark),
            ),
            (Measures { burnt: 0.3, ..GOOD }, Some(Advice::TooBright)),
            (with(|f| f.module_px = Some(1.6)), Some(Advice::TooSmall)),
            (with(|f| f.moved_px = 20.0), Some(Advice::Moving)),
            (with(|f| f.inside_px = -4.0), Some(Advice::PartlyOutside)),
            (
                Measures {
                    edge_px: Some(7.0),
                    ..GOOD
                },
                Some(Advice::Blurred),
            ),
            // A small code's edges must be finer than a large one's.
            (
                Measures {
                    edge_px: Some(4.0),
                    ..with(|f| f.module_px = Some(2.2))
                },
                Some(Advice::Blurred),
            ),
        ];
        for (measures, expected) in table {
            assert_eq!(advice(&measures), expected, "{measures:?}");
        }
    }

    #[test]
    fn of_several_things_the_easiest_to_put_right_comes_first() {
        let mut all = Measures {
            paper: 20.0,
            burnt: 0.5,
            edge_px: Some(12.0),
            module_px: Some(1.0),
            moved_px: 50.0,
            inside_px: -1.0,
        };
        let mut told = Vec::new();
        while let Some(advice) = advice(&all) {
            told.push(advice);
            match advice {
                Advice::PartlyOutside => all.inside_px = 9.0,
                Advice::TooDark => all.paper = 200.0,
                Advice::TooBright => all.burnt = 0.0,
                Advice::TooSmall => all.module_px = Some(3.0),
                Advice::Moving => all.moved_px = 0.0,
                Advice::Blurred => all.edge_px = None,
                Advice::ScannedInPart => panic!("no camera sees a scanner's keys"),
            }
        }
        let order = [
            Advice::PartlyOutside,
            Advice::TooDark,
            Advice::TooBright,
            Advice::TooSmall,
            Advice::Moving,
            Advice::Blurred,
        ];
        assert_eq!(told, order);
    }

    /// Draws stripes of `width` px, each edge a ramp of `ramp` px.
    fn stripes(width: f32, ramp: f32) -> Luma {
        let bytes = (0..640 * 480)
            .map(|i| {
                let phase = ((i % 640) as f32 % (2.0 * width) - width).abs() - width / 2.0;
                (128.0 + (phase / ramp).clamp(-0.5, 0.5) * 160.0) as u8
            })
            .collect();
        Luma::new(640, 480, bytes).unwrap()
    }

    /// Returns a symbol of version 1, 42 px wide.
    fn code_at(x: f32, y: f32) -> Code {
        Code {
            bytes: vec![],
            corners: [(x, y), (x + 42.0, y), (x + 42.0, y + 42.0), (x, y + 42.0)]
                .map(|(x, y)| Point::new(x, y)),
            flaw: Some(Flaw::Unreadable),
            pass: Pass::Grid,
            version: 1,
            spare: 0.0,
        }
    }

    #[test]
    fn light_and_edges_are_measured_where_the_code_is() {
        let seen = |picture: &Luma| measure(picture, &code_at(200.0, 200.0), None);
        let (sharp, soft) = (seen(&stripes(16.0, 1.0)), seen(&stripes(16.0, 8.0)));
        assert!(
            (sharp.paper - 208.0).abs() < 2.0 && sharp.burnt == 0.0,
            "{sharp:?}"
        );
        assert!(
            sharp.edge_px.unwrap() < 2.5 && soft.edge_px.unwrap() > 4.5,
            "{sharp:?} {soft:?}"
        );
        let wall = seen(&Luma::new(640, 480, vec![255; 640 * 480]).unwrap());
        assert_eq!((wall.edge_px, wall.burnt), (None, 1.0));
    }

    #[test]
    fn a_code_that_was_made_out_tells_its_size_place_and_movement() {
        let picture = stripes(16.0, 1.0);
        let seen = measure(&picture, &code_at(-3.0, 100.0), Some(&code_at(9.0, 100.0)));
        assert_eq!(
            (seen.inside_px, seen.moved_px, seen.module_px),
            (-3.0, 12.0, Some(2.0))
        );
    }
}
