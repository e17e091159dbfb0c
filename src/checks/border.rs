//! A frame or a bar along a picture's edges: an addition, which the standard forbids.
//!
//! A wall that reaches the edge is no bar. A bar is a run of lines of one colour that begins at the
//! edge and ends in one straight sharp step. The step must be there at both ends of the line: a
//! head, a hat or clothes of the bar's colour can hide it in the middle, and only a bar makes it at
//! the ends. A bar at the bottom is not found where clothes of its colour reach both corners.

use std::ops::Range;

use image::{Rgb, RgbImage};

use super::{Check, Limit, Unit};
use crate::{
    geometry::{Point, Rect},
    profile::CheckId,
};

/// Returns the width of the widest bar in px; 0 without a bar.
pub fn of(picture: &RgbImage) -> Check {
    let bars = Edge::ALL.into_iter().map(|edge| {
        let width = View { picture, edge }.bar();
        (width, edge)
    });
    let widest = bars.max_by_key(|(width, _)| *width);
    let (width, place) = widest.map_or((0, None), |(width, edge)| {
        (width, (width > 0).then(|| edge.strip(width, picture)))
    });
    Check::new(
        CheckId::Border,
        Some(width as f32),
        Limit::at_most(0.0),
        Unit::Px,
    )
    .at(place)
}

#[derive(Clone, Copy)]
enum Edge {
    Top,
    Bottom,
    Left,
    Right,
}

impl Edge {
    const ALL: [Self; 4] = [Self::Top, Self::Bottom, Self::Left, Self::Right];

    /// Returns the outermost `width` px of the picture.
    fn strip(self, width: u32, picture: &RgbImage) -> Rect {
        let [right, bottom, width] = [picture.width(), picture.height(), width].map(|px| px as f32);
        let (left, top, right, bottom) = match self {
            Self::Top => (0.0, 0.0, right, width),
            Self::Bottom => (0.0, bottom - width, right, bottom),
            Self::Left => (0.0, 0.0, width, bottom),
            Self::Right => (right - width, 0.0, right, bottom),
        };
        Rect::new(Point::new(left, top), Point::new(right, bottom))
    }
}

type Colour = [u8; 3];

/// The picture seen from one edge: lines run along it and are counted from it. The lines of a side
/// begin at its top.
#[derive(Clone, Copy)]
struct View<'a> {
    picture: &'a RgbImage,
    edge: Edge,
}

/// How much of a bar's line has its colour: JPEG and dust spoil a pixel here and there.
const NEARLY_ALL: f32 = 0.98;
/// The length of either end of a line, as a share of it, and how much of an end has to step.
/// Shoulders that reach both corners would need a slope below 3 degrees to do the same.
const END: f32 = 0.12;
const MOST_OF_AN_END: f32 = 0.75;
/// The smallest step, in levels: a white bar on the standard's light grey makes 15, JPEG at quality
/// 60 less than 8.
const LEAST_STEP: u8 = 10;
/// The colour of a bar varies by less than this part of the step where it ends: JPEG rings beside
/// strong steps.
const WAVER: u8 = 3;
/// How far it may vary where clothes of its own colour hide the step, in levels.
const LEAST_WAVER: u8 = 6;
/// How far JPEG at quality 60 moves the colour of a narrow bar, in levels.
const BLUR: u8 = 24;

impl View<'_> {
    fn at(self, along: u32, depth: u32) -> Colour {
        let (width, height) = self.picture.dimensions();
        let (x, y) = match self.edge {
            Edge::Top => (along, depth),
            Edge::Bottom => (along, height.saturating_sub(1 + depth)),
            Edge::Left => (depth, along),
            Edge::Right => (width.saturating_sub(1 + depth), along),
        };
        let pixel = self.picture.get_pixel_checked(x, y);
        pixel.map_or([0; 3], |Rgb(colour)| *colour)
    }

    /// Returns the number of pixels of a line, and the number of lines.
    fn size(self) -> (u32, u32) {
        let (width, height) = self.picture.dimensions();
        match self.edge {
            Edge::Top | Edge::Bottom => (width, height),
            Edge::Left | Edge::Right => (height, width),
        }
    }

    /// Returns the width of the bar along this edge in px; 0 without one.
    fn bar(self) -> u32 {
        let (length, lines) = self.size();
        let colour = self.colour();
        let inside = self.without_crossing_bars(colour);
        let mut waver = vec![0; length as usize];
        let mut bar = 0;
        for width in 1..=lines / 4 {
            let outer = self.apart(colour, width - 1);
            let steps = self.apart(colour, width + 1);
            for (waver, apart) in waver.iter_mut().zip(outer) {
                *waver = apart.max(*waver);
            }
            if share_of(waver.clone(), NEARLY_ALL) > u8::MAX / WAVER {
                break;
            }
            if is_one_colour(&waver, &steps) && self.ends_step(&steps, &inside) {
                bar = width;
            }
        }
        bar
    }

    /// Returns how far each pixel of a line is from the colour.
    fn apart(self, colour: Colour, depth: u32) -> Vec<u8> {
        let (length, _) = self.size();
        (0..length)
            .map(|along| apart(self.at(along, depth), colour))
            .collect()
    }

    /// Returns whether the step is there at both ends of the line. On a side it has to be at the
    /// upper end and along the upper half: clothes may hide the lower one.
    fn ends_step(self, steps: &[u8], inside: &Range<usize>) -> bool {
        let length = inside.len();
        let end = ((length as f32 * END) as usize).max(1);
        let parts = match self.edge {
            Edge::Top | Edge::Bottom => [
                inside.start..inside.start + end,
                inside.end.saturating_sub(end)..inside.end,
            ],
            Edge::Left | Edge::Right => [
                inside.start..inside.start + length / 2,
                inside.start..inside.start + end,
            ],
        };
        parts.into_iter().all(|part| {
            let step = share_of(
                steps.get(part).unwrap_or_default().to_vec(),
                1.0 - MOST_OF_AN_END,
            );
            step >= LEAST_STEP
        })
    }

    /// Returns the colour of the outermost line: its median, channel by channel.
    fn colour(self) -> Colour {
        let (length, _) = self.size();
        [0, 1, 2].map(|channel: usize| {
            let levels = (0..length).filter_map(|along| self.at(along, 0).get(channel).copied());
            share_of(levels.collect(), 0.5)
        })
    }

    /// Returns the part of a line between the bars of a frame, which have the same colour and cross
    /// the line at its ends.
    fn without_crossing_bars(self, colour: Colour) -> Range<usize> {
        let (length, _) = self.size();
        let crosses = |along: &u32| self.is_all(colour, *along);
        let most = length / 4;
        let start = (0..most).take_while(crosses).count();
        let end = (length - most..length).rev().take_while(crosses).count();
        // A plain wall beside the sitter looks the same without being a bar: then a whole quarter
        // has the colour.
        let [start, end] = [start, end].map(|bar| if bar < most as usize { bar } else { 0 });
        start..length as usize - end
    }

    /// Returns whether everything across the lines at this place has the colour.
    fn is_all(self, colour: Colour, along: u32) -> bool {
        let (_, lines) = self.size();
        let other = (0..lines).filter(|depth| apart(self.at(along, *depth), colour) > BLUR);
        let allowed = (lines as f32 * (1.0 - NEARLY_ALL)) as usize;
        other.take(allowed + 1).count() <= allowed
    }
}

/// Returns whether nearly all of the lines outside the step have one colour, measured by the step
/// there.
fn is_one_colour(waver: &[u8], steps: &[u8]) -> bool {
    let other = waver.iter().zip(steps).filter(|(waver, step)| {
        let allowed = if **step < LEAST_STEP {
            LEAST_WAVER
        } else {
            **step / WAVER
        };
        **waver > allowed
    });
    other.count() as f32 <= waver.len() as f32 * (1.0 - NEARLY_ALL)
}

/// Returns the largest difference among the three channels.
fn apart(a: Colour, b: Colour) -> u8 {
    let channels = a.into_iter().zip(b).map(|(a, b)| a.abs_diff(b));
    channels.max().unwrap_or_default()
}

/// Returns the value that this share of the values does not exceed.
fn share_of(mut values: Vec<u8>, share: f32) -> u8 {
    let at = (values.len().saturating_sub(1) as f32 * share) as usize;
    if at >= values.len() {
        return 0;
    }
    *values.select_nth_unstable(at).1
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLUE: [u8; 3] = [100, 197, 255];
    const WHITE: [u8; 3] = [255; 3];
    const GREY: [u8; 3] = [240; 3];
    const BLACK: [u8; 3] = [0; 3];
    const SKIN: [u8; 3] = [205, 160, 140];

    /// Draws head and shoulders before a wall that darkens a little downwards, which is how this
    /// check sees a portrait.
    fn portrait(wall: [u8; 3], clothes: [u8; 3]) -> RgbImage {
        RgbImage::from_fn(480, 640, |x, y| {
            let (across, down) = (x as f32 - 240.0, y as f32 - 240.0);
            let shade = (y / 160 + (x * 7 + y * 13) % 3) as u8;
            let shoulders = 500.0 + (across.abs() - 60.0).max(0.0) * 0.35;
            let ellipse = |a: f32, b: f32| (across / a).powi(2) + (down / b).powi(2) < 1.0;
            let colour = if y as f32 > shoulders {
                clothes
            } else if ellipse(95.0, 125.0) {
                SKIN
            } else if ellipse(118.0, 165.0) && down < 40.0 {
                [28, 22, 20]
            } else {
                wall
            };
            Rgb(colour.map(|level| level.saturating_sub(shade)))
        })
    }

    /// Draws lines of another colour over the picture's edges: top, right, bottom, left.
    fn framed(mut picture: RgbImage, colour: [u8; 3], bars: [u32; 4]) -> RgbImage {
        let (width, height) = picture.dimensions();
        let [top, right, bottom, left] = bars;
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            if y < top || y >= height - bottom || x < left || x >= width - right {
                *pixel = Rgb(colour);
            }
        }
        picture
    }

    fn compressed(picture: &RgbImage, quality: u8) -> RgbImage {
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality)
            .encode_image(picture)
            .unwrap();
        image::load_from_memory(&bytes).unwrap().into_rgb8()
    }

    #[test]
    fn a_portrait_on_a_wall_has_no_border() {
        for wall in [BLUE, WHITE, GREY] {
            for clothes in [BLACK, [40, 50, 90], [235; 3], WHITE] {
                for quality in [60, 90] {
                    let picture = compressed(&portrait(wall, clothes), quality);
                    let check = of(&picture);
                    let value = check.value;
                    assert!(check.pass, "{wall:?} {clothes:?} {quality}: {value:?}");
                }
            }
        }
    }

    #[test]
    fn a_bar_of_any_width_on_any_side_is_found() {
        let sides = [
            [1, 0, 0, 0],
            [0, 1, 0, 0],
            [0, 0, 1, 0],
            [0, 0, 0, 1],
            [1; 4],
        ];
        for (wall, bar) in [(BLUE, BLACK), (WHITE, BLACK), (GREY, WHITE)] {
            for px in [1, 3, 16] {
                for side in sides {
                    let bars = side.map(|side| side * px);
                    let framed = framed(portrait(wall, [40, 50, 90]), bar, bars);
                    let check = of(&compressed(&framed, 80));
                    let width = check.value.unwrap();
                    let off = (width - px as f32).abs();
                    assert!(off <= 1.0, "{wall:?} {bar:?} {bars:?}: {width}");
                    assert!(!check.pass && check.place.is_some());
                }
            }
        }
    }

    #[test]
    fn clothes_of_the_bars_colour_do_not_hide_it() {
        for (clothes, bar) in [(BLACK, BLACK), (WHITE, WHITE)] {
            for bars in [[12, 0, 0, 0], [0, 12, 0, 0], [12; 4]] {
                let framed = framed(portrait(BLUE, clothes), bar, bars);
                assert!(!of(&compressed(&framed, 80)).pass, "{bar:?} {bars:?}");
            }
        }
    }

    #[test]
    fn a_hat_with_a_flat_top_and_clothes_all_across_are_no_border() {
        let mut picture = portrait(WHITE, BLACK);
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            if (90..390).contains(&x) && (60..75).contains(&y) {
                *pixel = Rgb(BLACK);
            }
        }
        let check = of(&compressed(&picture, 80));
        assert!(check.pass, "{:?}", check.value);
    }

    #[test]
    fn the_smallest_pictures_do_not_panic() {
        for (width, height) in [(0, 0), (1, 1), (3, 1), (1, 3), (16, 16)] {
            assert_eq!(of(&RgbImage::new(width, height)).value, Some(0.0));
        }
    }
}
