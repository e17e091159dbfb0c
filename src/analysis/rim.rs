//! A dark or bright rim around the person: the remains of an old backdrop that was carelessly
//! replaced.
//!
//! Lines are read across the person's outline, from the wall inwards. Where the wall ends, the next
//! 5 px are the rim; the 7 px after them are the person. A rim that is darker or brighter than both
//! overshoots. Natural edges do so here and there (shade at a cheek, a collar); a halo does it
//! wherever its colour differs from hair and clothes.

use crate::geometry::{Point, Rect};

use super::{
    mask::Mask,
    sampling::{Patch, Pyramid},
};

/// All lengths are px of a portrait: the region is sampled as if it were this wide.
const COLUMNS: usize = 480;
const MOST_ROWS: usize = 960;
/// How far outside and inside the mask's edge lines begin and end. The mask may be wrong by this
/// much.
const REACH: i32 = 24;
/// The outermost part, which has to be even wall.
const WALL: usize = 8;
const RIM: usize = 5;
const INSIDE: usize = 7;
/// In luma levels, 0..=255: the noise of a wall and of coding, and the variation within one surface
/// of a person.
const EVEN: f32 = 10.0;
const FLAT: f32 = 16.0;
/// Fewest readable lines that say anything.
const FEWEST: usize = 60;
/// This share of the outline may overshoot more: a collar and an ear are no halo. Measured on
/// sitters.
const SHARE: f32 = 0.25;

/// How strong the rim around a person is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rim {
    /// By how many luma levels (0..=255) the rim leaves the range between wall and person; three
    /// quarters of the outline stay below. Clean pictures read less than 12, a visible halo all
    /// around 40 and more.
    pub overshoot: f32,
    /// The place where it is strongest, in the picture's px.
    pub place: Rect,
}

/// Measures the rim within a region of the picture; `mask` only has to be roughly right. `None`
/// where too little of the outline is in front of an even wall.
pub fn rim(pyramid: &mut Pyramid, mask: &Mask, region: &Rect) -> Option<Rim> {
    let plane = Plane::over(pyramid, region)?;
    let mut lines: Vec<Line> = plane
        .outline(mask)
        .into_iter()
        .filter_map(|(p, out)| {
            let overshoot = overshoot(&plane.line(p, out)?)?;
            Some(Line { p, overshoot })
        })
        .collect();
    if lines.len() < FEWEST {
        return None;
    }
    let place = plane.strongest(&lines);
    lines.sort_by(|a, b| a.overshoot.total_cmp(&b.overshoot));
    let at = (lines.len() as f32 * (1.0 - SHARE)) as usize;
    Some(Rim {
        overshoot: lines.get(at)?.overshoot,
        place,
    })
}

/// The place where a line crosses the mask's edge (px of the plane), and the overshoot there.
struct Line {
    p: Point,
    overshoot: f32,
}

/// Returns the overshoot from the luma along a line, outside first. `None` where the wall is
/// uneven, where no person begins, or where the person's surface is uneven: there a rim cannot be
/// distinguished.
fn overshoot(line: &[f32]) -> Option<f32> {
    let wall = median(line.get(..WALL)?)?;
    if line.get(..WALL)?.iter().any(|v| (v - wall).abs() > EVEN) {
        return None;
    }
    let left = |v: &f32| (v - wall).abs() > EVEN;
    let edge = WALL
        + line
            .get(WALL..)?
            .windows(2)
            .position(|two| two.iter().all(left))?;
    let inside = line.get(edge + RIM..edge + RIM + INSIDE)?;
    let person = median(inside)?;
    if inside.iter().any(|v| (v - person).abs() > FLAT) {
        return None;
    }
    let mut rim = line.get(edge..edge + RIM)?.to_vec();
    rim.sort_by(f32::total_cmp);
    // The second value rather than the extreme one: coding rings by a pixel.
    let (low, high) = (rim.get(1)?, rim.get(RIM - 2)?);
    Some(
        (wall.min(person) - low)
            .max(high - wall.max(person))
            .max(0.0),
    )
}

fn median(values: &[f32]) -> Option<f32> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// The region's luma, as a portrait of [`COLUMNS`].
struct Plane {
    region: Rect,
    rows: usize,
    /// Picture px per px of the plane.
    step: f32,
    luma: Vec<f32>,
}

impl Plane {
    fn over(pyramid: &mut Pyramid, region: &Rect) -> Option<Self> {
        let bounds = pyramid.bounds();
        let within =
            |p: Point| Point::new(p.x.clamp(0.0, bounds.max.x), p.y.clamp(0.0, bounds.max.y));
        let region = Rect::new(within(region.min), within(region.max));
        let step = region.width() / COLUMNS as f32;
        let rows = (region.height() / step.max(f32::MIN_POSITIVE)) as usize;
        (step > 0.0 && (1..=MOST_ROWS).contains(&rows)).then(|| Self {
            luma: pyramid.luma(&Patch::upright(&region), COLUMNS, rows),
            region,
            rows,
            step,
        })
    }

    fn picture_from_plane(&self, p: Point) -> Point {
        Point::new(
            self.region.min.x + p.x * self.step,
            self.region.min.y + p.y * self.step,
        )
    }

    /// Returns points on the mask's edge, each with the unit vector that leads out of the person.
    fn outline(&self, mask: &Mask) -> Vec<(Point, Point)> {
        /// Reads every second row and column.
        const STRIDE: usize = 2;
        let person = |x: f32, y: f32| mask.at(self.picture_from_plane(Point::new(x, y)));
        let mut outline = Vec::new();
        for y in (0..self.rows).step_by(STRIDE) {
            for x in (0..COLUMNS).step_by(STRIDE) {
                let (x, y, far) = (x as f32, y as f32, STRIDE as f32);
                let here = person(x, y) > 0.5;
                if here == (person(x + far, y) > 0.5) && here == (person(x, y + far) > 0.5) {
                    continue;
                }
                let slope = |dx: f32, dy: f32| person(x - dx, y - dy) - person(x + dx, y + dy);
                let (across, down) = (slope(6.0, 0.0), slope(0.0, 6.0));
                let length = across.hypot(down);
                if length > 0.05 {
                    outline.push((Point::new(x, y), Point::new(across / length, down / length)));
                }
            }
        }
        outline
    }

    /// Returns luma from [`REACH`] outside to [`REACH`] inside; `None` if the line leaves the
    /// plane.
    fn line(&self, p: Point, out: Point) -> Option<Vec<f32>> {
        (-REACH..=REACH)
            .map(|t| self.at(p.x - t as f32 * out.x, p.y - t as f32 * out.y))
            .collect()
    }

    fn at(&self, x: f32, y: f32) -> Option<f32> {
        let inside = x >= 0.0 && y >= 0.0 && x < (COLUMNS - 1) as f32 && y < (self.rows - 1) as f32;
        if !inside {
            return None;
        }
        let (column, row) = (x as usize, y as usize);
        let (fx, fy) = (x - column as f32, y - row as f32);
        let value =
            |dx: usize, dy: usize| self.luma.get((row + dy) * COLUMNS + column + dx).copied();
        let top = value(0, 0)? * (1.0 - fx) + value(1, 0)? * fx;
        let low = value(0, 1)? * (1.0 - fx) + value(1, 1)? * fx;
        Some(top * (1.0 - fy) + low * fy)
    }

    /// Returns the part of the picture in which the lines overshoot most.
    fn strongest(&self, lines: &[Line]) -> Rect {
        /// Side of a part, in px of the plane.
        const PART: f32 = 60.0;
        let mut sums = std::collections::BTreeMap::new();
        for line in lines {
            let part = ((line.p.x / PART) as u32, (line.p.y / PART) as u32);
            *sums.entry(part).or_insert(0.0) += line.overshoot;
        }
        let ((column, row), _) = sums
            .into_iter()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or_default();
        let corner = Point::new(column as f32 * PART, row as f32 * PART);
        Rect::new(
            self.picture_from_plane(corner),
            self.picture_from_plane(Point::new(corner.x + PART, corner.y + PART)),
        )
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::{analysis::mask, geometry::Size};

    const SIZE: Size = Size::new(480, 640);

    /// Measures a round person before a wall, with a ring of a third colour between, `ring_px` px
    /// wide.
    fn measured(person: u8, ring: u8, ring_px: f32, wall: u8) -> Rim {
        let from_middle = |x: f32, y: f32| (x - 240.0).hypot(y - 320.0);
        let picture = RgbImage::from_fn(480, 640, |x, y| {
            let r = from_middle(x as f32 + 0.5, y as f32 + 0.5);
            Rgb([if r < 150.0 {
                person
            } else if r < 150.0 + ring_px {
                ring
            } else {
                wall
            }; 3])
        });
        let cells = (0..mask::WIDTH * mask::HEIGHT).map(|i| {
            let x = (i % mask::WIDTH) as f32 / mask::WIDTH as f32 * 480.0;
            let y = (i / mask::WIDTH) as f32 / mask::HEIGHT as f32 * 640.0;
            (0.5 + (153.0 - from_middle(x, y)) / 20.0).clamp(0.0, 1.0)
        });
        let mask = Mask::from_values(1, SIZE, cells.collect()).unwrap();
        let mut pyramid = Pyramid::new(&picture);
        let region = pyramid.bounds();
        rim(&mut pyramid, &mask, &region).unwrap()
    }

    #[test]
    fn a_ring_that_is_darker_or_brighter_than_both_sides_is_measured_in_luma_levels() {
        assert!((measured(180, 60, 3.0, 255).overshoot - 120.0).abs() < 20.0);
        assert!((measured(30, 250, 3.0, 170).overshoot - 80.0).abs() < 20.0);
    }

    #[test]
    fn a_clean_edge_and_a_ring_between_both_colours_are_no_rim() {
        assert!(measured(40, 0, 0.0, 250).overshoot < 1.0);
        assert!(measured(40, 150, 3.0, 250).overshoot < 1.0);
    }
}
