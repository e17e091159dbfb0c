//! A date stamp: small warm characters in a row, low in a corner.
//!
//! Cameras write the date in saturated orange or red into a lower corner. Its characters are thin,
//! of one height and colour, and stand on one line. Things may lie between them, such as a badge
//! that the stamp crosses. White watermarks are not looked for: too much that people wear looks
//! like them.

use image::{Rgb, RgbImage};

use super::{Check, Limit, Unit};
use crate::{
    analysis::sampling::luma,
    geometry::{Point, Rect},
    profile::CheckId,
};

/// The lowest part of the picture, as a share of its height, in which stamps are looked for.
const LOWEST: f32 = 0.14;
/// A stroke is narrower than this share of the picture's shorter side.
const STROKE: f32 = 1.0 / 90.0;
/// How much brighter or warmer than its surroundings a stroke is, in levels.
const STANDS_OUT: f32 = 14.0;
/// JPEG blurs chroma, so warmth counts for less.
const WARMTH: f32 = 0.6;
/// Red minus blue, in levels; fair hair and skin have less.
const WARM: f32 = 85.0;
const BRIGHT: f32 = 150.0;
/// Green over red; yellow has more.
const GREENEST: f32 = 0.82;
/// Height of a character, in px and as a share of the picture's height.
const LOWEST_CHARACTER: u32 = 5;
const HIGHEST_CHARACTER: f32 = 1.0 / 18.0;
/// The share of a character's box that its strokes cover.
const COVERED: std::ops::RangeInclusive<f32> = 0.2..=0.85;
/// How far apart two neighbours are at most, and how much they differ in height and baseline, in
/// heights.
const GAP: f32 = 4.0;
const UNEVEN: f32 = 0.15;
/// How much their colours differ at most, in levels.
const SAME_COLOUR: f32 = 70.0;
/// A row is not longer than this share of the picture's width, and lies on one side of its middle.
const LONGEST: f32 = 0.45;
const SIDE: f32 = 0.55;

/// Counts the characters in the longest such row.
pub fn of(picture: &RgbImage, most: f32) -> Check {
    let row = Strip::of(picture).longest_row();
    Check::new(
        CheckId::DateStamp,
        Some(row.map_or(0.0, |row| row.characters as f32)),
        Limit::at_most(most),
        Unit::Count,
    )
    .at(row.map(|row| row.place))
}

/// The lowest part of a picture.
struct Strip<'p> {
    picture: &'p RgbImage,
    top: u32,
}

#[derive(Clone, Copy)]
struct Row {
    characters: u32,
    place: Rect,
}

/// One connected stroke, or a few that touch, in px of the picture.
#[derive(Clone, Copy)]
struct Mark {
    left: u32,
    top: u32,
    right: u32,
    bottom: u32,
    pixels: u32,
    /// Sum over its pixels.
    color: [f32; 3],
}

impl<'p> Strip<'p> {
    fn of(picture: &'p RgbImage) -> Self {
        let height = picture.height();
        let top = height - (height as f32 * LOWEST) as u32;
        Self { picture, top }
    }

    fn longest_row(&self) -> Option<Row> {
        let mut marks = self.marks();
        marks.sort_by_key(|mark| (mark.left, mark.top));
        let mut rows: Vec<Row> = Vec::with_capacity(marks.len());
        for (at, mark) in marks.iter().enumerate() {
            let alone = Row {
                characters: mark.characters(),
                place: mark.place(),
            };
            let before = marks.iter().zip(&rows).take(at);
            let row = before
                .filter(|(other, _)| mark.follows(other))
                .map(|(_, row)| Row {
                    characters: row.characters + alone.characters,
                    place: row.place.around(&alone.place),
                })
                .fold(alone, |best, row| {
                    if row.characters > best.characters {
                        row
                    } else {
                        best
                    }
                });
            rows.push(row);
        }
        rows.into_iter()
            .max_by_key(|row| row.characters)
            .filter(|row| self.is_in_a_corner(&row.place))
    }

    fn is_in_a_corner(&self, place: &Rect) -> bool {
        let width = self.picture.width() as f32;
        place.width() < LONGEST * width
            && (place.max.x < SIDE * width || place.min.x > (1.0 - SIDE) * width)
    }

    /// Returns everything that has the size and colour of characters.
    fn marks(&self) -> Vec<Mark> {
        let highest = self.picture.height() as f32 * HIGHEST_CHARACTER;
        let mut marks = connected(&self.strokes(), self.picture, self.top);
        marks.retain(|mark| {
            let (width, height) = (mark.width(), mark.height());
            let covered = mark.pixels as f32 / (width * height) as f32;
            height >= LOWEST_CHARACTER
                && height as f32 <= highest
                && width <= 5 * height
                && COVERED.contains(&covered)
        });
        marks
    }

    /// Returns for each pixel, row by row, whether it belongs to a thin warm stroke.
    fn strokes(&self) -> Vec<bool> {
        let (width, height) = self.picture.dimensions();
        let pixels = || {
            let rows = self.picture.rows().skip(self.top as usize);
            rows.flatten().map(|Rgb(color)| color.map(f32::from))
        };
        let side = ((width.min(height) as f32 * STROKE).round() as usize).max(5);
        let width = width as usize;
        let brightness: Vec<f32> = pixels().map(luma).collect();
        let warmth: Vec<f32> = pixels().map(|[r, _, b]| r - b).collect();
        let brighter = over_opened(&brightness, width, side / 2);
        let warmer = over_opened(&warmth, width, side / 2);
        let stands_out = brighter.iter().zip(&warmer);
        stands_out
            .zip(pixels())
            .map(|((brighter, warmer), [r, g, b])| {
                brighter.max(warmer * WARMTH) > STANDS_OUT
                    && r > BRIGHT
                    && r - b > WARM
                    && g < r * GREENEST
            })
            .collect()
    }
}

impl Mark {
    const fn width(&self) -> u32 {
        self.right - self.left
    }

    const fn height(&self) -> u32 {
        self.bottom - self.top
    }

    /// Returns how many characters a mark of this width would be.
    fn characters(&self) -> u32 {
        /// Usual width of a character, in heights.
        const WIDE: f32 = 0.75;
        ((self.width() as f32 / (WIDE * self.height() as f32)).round() as u32).max(1)
    }

    fn place(&self) -> Rect {
        let corner = |x: u32, y: u32| Point::new(x as f32, y as f32);
        Rect::new(corner(self.left, self.top), corner(self.right, self.bottom))
    }

    fn add(&mut self, x: u32, y: u32, picture: &RgbImage) {
        self.left = self.left.min(x);
        self.top = self.top.min(y);
        self.right = self.right.max(x + 1);
        self.bottom = self.bottom.max(y + 1);
        self.pixels += 1;
        if let Some(Rgb(color)) = picture.get_pixel_checked(x, y) {
            for (sum, level) in self.color.iter_mut().zip(color) {
                *sum += f32::from(*level);
            }
        }
    }

    /// Returns whether this may be the character after `other`.
    fn follows(&self, other: &Self) -> bool {
        let height = self.height().max(other.height()) as f32;
        let uneven = (UNEVEN * height).max(1.1);
        let gap = self.left as f32 - other.right as f32;
        let mean = |mark: &Self| mark.color.map(|sum| sum / mark.pixels.max(1) as f32);
        let apart = mean(self)
            .into_iter()
            .zip(mean(other))
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        (self.bottom.abs_diff(other.bottom) as f32) <= uneven
            && (self.height().abs_diff(other.height()) as f32) <= uneven
            && (-0.2 * height..=GAP * height).contains(&gap)
            && apart < SAME_COLOUR
    }
}

/// Returns how far each value lies above its grey opening with a square of `2 * reach + 1` pixels.
fn over_opened(values: &[f32], width: usize, reach: usize) -> Vec<f32> {
    let eroded = by_square(values, width, reach, f32::min);
    let opened = by_square(&eroded, width, reach, f32::max);
    values.iter().zip(opened).map(|(v, o)| v - o).collect()
}

/// Returns the smallest or the largest value in the square around each pixel.
fn by_square(values: &[f32], width: usize, reach: usize, pick: fn(f32, f32) -> f32) -> Vec<f32> {
    let along = |line: &[f32]| -> Vec<f32> {
        (0..line.len())
            .map(|at| {
                let from = at.saturating_sub(reach);
                let near = line.iter().skip(from).take(at + reach + 1 - from);
                near.copied().reduce(pick).unwrap_or_default()
            })
            .collect()
    };
    let across: Vec<f32> = values.chunks(width.max(1)).flat_map(along).collect();
    let height = values.len() / width.max(1);
    let columns: Vec<Vec<f32>> = (0..width)
        .map(|x| {
            let column: Vec<f32> = across.iter().skip(x).step_by(width).copied().collect();
            along(&column)
        })
        .collect();
    (0..height)
        .flat_map(|y| {
            columns
                .iter()
                .filter_map(move |column| column.get(y).copied())
        })
        .collect()
}

/// Returns the groups of touching stroke pixels; corners count as touching.
fn connected(strokes: &[bool], picture: &RgbImage, top: u32) -> Vec<Mark> {
    let (width, height) = (picture.width(), picture.height().saturating_sub(top));
    let mut left = strokes.to_vec();
    let mut marks = Vec::new();
    for start in 0..left.len() {
        if !std::mem::take(left.get_mut(start).unwrap_or(&mut false)) {
            continue;
        }
        let (x, y) = (start as u32 % width, start as u32 / width);
        let mut mark = Mark {
            left: x,
            top: y + top,
            right: x + 1,
            bottom: y + top + 1,
            pixels: 0,
            color: [0.0; 3],
        };
        let mut found = vec![(x, y)];
        while let Some((x, y)) = found.pop() {
            mark.add(x, y + top, picture);
            for (x, y) in around(x, y).filter(|(x, y)| *x < width && *y < height) {
                let at = (y * width + x) as usize;
                if std::mem::take(left.get_mut(at).unwrap_or(&mut false)) {
                    found.push((x, y));
                }
            }
        }
        marks.push(mark);
    }
    marks
}

/// Returns a pixel and its eight neighbours; those to the right and below may lie outside the
/// picture.
fn around(x: u32, y: u32) -> impl Iterator<Item = (u32, u32)> {
    let rows = y.saturating_sub(1)..=y + 1;
    rows.flat_map(move |y| (x.saturating_sub(1)..=x + 1).map(move |x| (x, y)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geometry::Size,
        profile::Profile,
        sitter::{Person, Pose, Scene, render},
    };

    const SIZE: Size = Size::new(480, 640);
    const ORANGE: [u8; 3] = [255, 140, 30];

    fn portrait(seed: u64) -> RgbImage {
        render(
            &Person::from_seed(seed),
            &Pose::good(SIZE),
            &Scene::default(),
            SIZE,
        )
        .rgb
    }

    /// Seven strokes per digit: top, upper left, upper right, middle, lower left, lower right,
    /// bottom.
    const DIGITS: [[u8; 7]; 4] = [
        [1, 0, 1, 1, 1, 0, 1],
        [1, 1, 1, 0, 1, 1, 1],
        [1, 1, 0, 1, 0, 1, 1],
        [1, 1, 0, 1, 1, 1, 1],
    ];

    fn stamp(picture: &mut RgbImage, left: u32, top: u32, color: [u8; 3]) {
        const WIDE: u32 = 8;
        const HIGH: u32 = 13;
        for (nth, digit) in DIGITS.iter().cycle().take(8).enumerate() {
            let x = left + nth as u32 * (WIDE + 4);
            let (middle, last) = (HIGH / 2, HIGH - 2);
            let mut fill = |on: u8, [dx, dy, w, h]: [u32; 4]| {
                for at in 0..w * h * u32::from(on) {
                    picture.put_pixel(x + dx + at % w, top + dy + at / w, Rgb(color));
                }
            };
            let places = [
                [0, 0, WIDE, 2],
                [0, 0, 2, middle],
                [WIDE - 2, 0, 2, middle],
                [0, middle, WIDE, 2],
                [0, middle, 2, HIGH - middle],
                [WIDE - 2, middle, 2, HIGH - middle],
                [0, last, WIDE, 2],
            ];
            for (on, place) in digit.iter().zip(places) {
                fill(*on, place);
            }
        }
    }

    fn judged(picture: &RgbImage) -> Check {
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 85)
            .encode_image(picture)
            .unwrap();
        let read = image::load_from_memory(&bytes).unwrap().into_rgb8();
        of(&read, Profile::standard_99().limits.date_stamp_max.unwrap())
    }

    #[test]
    fn an_orange_date_in_either_corner_is_found_where_it_stands() {
        for (seed, left) in [(1, 350), (2, 24)] {
            let mut picture = portrait(seed);
            let clean = judged(&picture);
            assert!(clean.pass, "{:?}", clean.value);
            stamp(&mut picture, left, 605, ORANGE);
            let check = judged(&picture);
            assert!(!check.pass, "{:?}", check.value);
            let place = check.place.unwrap();
            assert!(place.contains(Point::new(left as f32 + 40.0, 611.0)));
        }
    }

    #[test]
    fn a_row_across_the_middle_is_no_stamp_and_small_pictures_have_none() {
        let mut picture = portrait(1);
        stamp(&mut picture, 200, 605, ORANGE);
        assert!(judged(&picture).pass);
        for (width, height) in [(0, 0), (1, 1), (9, 16)] {
            assert!(of(&RgbImage::new(width, height), 3.0).pass);
        }
    }
}
