//! Where the person surely is, where the wall surely is, and (neither) where each pixel decides for
//! itself.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: all planes are 480x640"
)]

use super::{
    matte::{HEIGHT, WIDTH},
    wall::Wall,
};
use crate::{analysis::guided::box_mean, geometry::Point};

/// How far inside the mask's edge the person is sure, and how far outside the wall is, in px.
const INSIDE_PX: usize = 6;
const OUTSIDE_PX: usize = 14;
/// Half the width, in px, of an area unlike the wall that is too broad to be an edge where hair and
/// wall mix.
const BROAD_PX: usize = 3;

pub struct Trimap {
    pub person: Vec<bool>,
    pub behind: Vec<bool>,
}

impl Trimap {
    /// Creates a trimap; `mask` is 0..=1 per pixel.
    pub fn new(mask: &[f32], face: &[bool]) -> Self {
        let near =
            |least: f32, reach| box_mean(plane(mask.iter().map(|m| *m > least)), WIDTH, reach);
        let (inner, outer, faint) = (
            near(0.5, INSIDE_PX),
            near(0.5, OUTSIDE_PX),
            near(0.15, OUTSIDE_PX / 2),
        );
        let person = (0..mask.len()).map(|at| face[at] || (inner[at] > 0.995 && mask[at] > 0.9));
        let behind = (0..mask.len()).map(|at| !face[at] && outer[at] < 0.005 && faint[at] < 0.005);
        Self {
            person: person.collect(),
            behind: behind.collect(),
        }
    }

    /// Adds what the mask missed (long hair, a pale collar): in front of a plain wall, anything
    /// that differs from it and touches the person.
    pub fn follow_into_wall(&mut self, color: &[[f32; 3]], wall: &Wall) {
        /// How many times clearer a colour has to be for an area of 3x3 px to count as person up to
        /// the very edge.
        const CLEARLY: f32 = 1.7;
        let unlikeness: Vec<f32> = (0..color.len())
            .map(|at| wall.unlikeness(at, color[at]))
            .collect();
        let unlike = |times: f32| {
            unlikeness
                .iter()
                .map(|of| *of > times)
                .collect::<Vec<bool>>()
        };
        let (just, clearly) = (unlike(1.0), unlike(CLEARLY));
        let broad = |unlike: &[bool], reach| box_mean(plane(unlike.iter().copied()), WIDTH, reach);
        let (broad, small) = (broad(&just, BROAD_PX - 1), broad(&clearly, 1));
        let from: Vec<bool> = self.behind.iter().map(|behind| !behind).collect();
        let reached = reached(&just, from);
        let joined = plane((0..color.len()).map(|at| reached[at] && self.behind[at]));
        let beside = box_mean(joined, WIDTH, BROAD_PX + 1);
        for at in 0..color.len() {
            if reached[at] && broad[at].max(small[at]) > 0.99 {
                self.person[at] = true;
            }
            if self.person[at] || beside[at] > 0.0 {
                self.behind[at] = false;
            }
        }
    }

    /// Makes broad areas person up to the very edge if they stand out from a known wall and the
    /// mask half accepts them.
    pub fn close_in(&mut self, standing_out: &[f32], mask: &[f32]) {
        /// In multiples of the wall's grain.
        const CLEARLY: f32 = 8.0;
        const BELIEVED: f32 = 0.55;
        let clear = plane(standing_out.iter().map(|out| *out > CLEARLY));
        let broad = box_mean(clear, WIDTH, BROAD_PX);
        for at in 0..mask.len() {
            if broad[at] > 0.99 && mask[at] > BELIEVED {
                self.person[at] = true;
                self.behind[at] = false;
            }
        }
    }

    /// Extends the uncertain area to loose hairs, which reach far from the person and are thinner
    /// than a pixel: whatever stands out a little from a known wall and is connected to the person.
    /// Anything that does not stand out and is not person in the mask is wall.
    pub fn reach_for_strands(&mut self, standing_out: &[f32], mask: &[f32]) {
        /// Mean of 3x3 pixels, in multiples of the wall's grain; the grain itself stays below 1.5.
        const FAINTLY: f32 = 2.2;
        let faint = box_mean(standing_out.to_vec(), WIDTH, 1);
        let faint: Vec<bool> = faint.iter().map(|out| *out > FAINTLY).collect();
        let from = self.behind.iter().map(|behind| !behind).collect();
        let reached = reached(&faint, from);
        for at in 0..mask.len() {
            let nothing = !self.person[at] && !faint[at] && mask[at] < 0.5;
            self.behind[at] = nothing || (self.behind[at] && !reached[at]);
        }
    }
}

/// Returns the pixels that a path of `open` pixels reaches from `from`, also over corners.
pub fn reached(open: &[bool], from: Vec<bool>) -> Vec<bool> {
    let inner = surrounded(&from);
    let mut reached = from;
    let mut ends: Vec<usize> = (0..reached.len())
        .filter(|at| reached[*at] && !inner[*at])
        .collect();
    while let Some(at) = ends.pop() {
        let (x, y) = (at % WIDTH, at / WIDTH);
        for row in y.saturating_sub(1)..(y + 2).min(HEIGHT) {
            for column in x.saturating_sub(1)..(x + 2).min(WIDTH) {
                let next = row * WIDTH + column;
                if open[next] && !reached[next] {
                    reached[next] = true;
                    ends.push(next);
                }
            }
        }
    }
    reached
}

/// Returns the pixels whose neighbours are all set: no path out of a set area begins there.
fn surrounded(set: &[bool]) -> Vec<bool> {
    let mut across = vec![false; set.len()];
    for (row, across) in set.chunks(WIDTH).zip(across.chunks_mut(WIDTH)) {
        for (three, across) in row.windows(3).zip(across.iter_mut().skip(1)) {
            *across = three[0] & three[1] & three[2];
        }
    }
    let mut all = vec![false; set.len()];
    for at in WIDTH..set.len().saturating_sub(WIDTH) {
        all[at] = across[at - WIDTH] & across[at] & across[at + WIDTH];
    }
    all
}

pub fn plane(flags: impl Iterator<Item = bool>) -> Vec<f32> {
    flags.map(|flag| f32::from(u8::from(flag))).collect()
}

/// Returns the pixels well inside the convex hull of these points (output px): a face is never
/// transparent. Landmarks may lie a little outside the jaw.
pub fn inside_hull(points: &[Point]) -> Vec<bool> {
    const WELL_INSIDE: f32 = 0.92;
    let count = points.len().max(1) as f32;
    let sum = points.iter().fold(Point::default(), |sum, p| {
        Point::new(sum.x + p.x, sum.y + p.y)
    });
    let middle = Point::new(sum.x / count, sum.y / count);
    let towards = |from: f32, to: f32| from + WELL_INSIDE * (to - from);
    let mut hull = hull(points);
    for p in &mut hull {
        *p = Point::new(towards(middle.x, p.x), towards(middle.y, p.y));
    }
    let edges: Vec<(Point, Point)> = hull
        .iter()
        .copied()
        .zip(hull.iter().copied().cycle().skip(1))
        .collect();
    let mut inside = vec![false; WIDTH * HEIGHT];
    if edges.len() <= 2 {
        return inside;
    }
    for (y, row) in inside.chunks_exact_mut(WIDTH).enumerate() {
        let at = |x: usize| Point::new(x as f32 + 0.5, y as f32 + 0.5);
        let is_inside = |x: &usize| edges.iter().all(|(a, b)| turn(*a, *b, at(*x)) >= 0.0);
        // A row of a convex area is one run: most rows and columns have nothing of it.
        let Some((left, right)) = span(&edges, y as f32 + 0.5) else {
            continue;
        };
        for x in (left..right).filter(is_inside) {
            row[x] = true;
        }
    }
    inside
}

/// Returns the columns from the leftmost to the rightmost place at which a hull's edges cross the
/// height `y`, a column wider to either side.
fn span(edges: &[(Point, Point)], y: f32) -> Option<(usize, usize)> {
    let crossings = edges.iter().filter_map(|(a, b)| {
        let (top, bottom) = (a.y.min(b.y), a.y.max(b.y));
        let share = (y - a.y) / (b.y - a.y);
        ((top..=bottom).contains(&y) && share.is_finite()).then(|| share.mul_add(b.x - a.x, a.x))
    });
    let (left, right) = crossings.fold((f32::INFINITY, f32::NEG_INFINITY), |(left, right), x| {
        (left.min(x), right.max(x))
    });
    (left <= right).then(|| {
        (
            (left - 1.0).max(0.0) as usize,
            ((right + 2.0).max(0.0) as usize).min(WIDTH),
        )
    })
}

/// Returns the hull by Andrew's monotone chain, ordered so that every turn is positive.
fn hull(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let mut hull = half(sorted.iter());
    hull.extend(half(sorted.iter().rev()));
    hull
}

fn half<'a>(points: impl Iterator<Item = &'a Point>) -> Vec<Point> {
    let mut chain: Vec<Point> = Vec::new();
    for point in points {
        while let [.., a, b] = chain.as_slice()
            && turn(*a, *b, *point) <= 0.0
        {
            chain.pop();
        }
        chain.push(*point);
    }
    chain.pop();
    chain
}

fn turn(a: Point, b: Point, c: Point) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hull_holds_its_middle_and_not_its_corners() {
        let points = [
            (240.0, 100.0),
            (340.0, 200.0),
            (240.0, 300.0),
            (140.0, 200.0),
            (240.0, 200.0),
        ];
        let inside = inside_hull(&points.map(|(x, y)| Point::new(x, y)));
        assert!(inside[200 * WIDTH + 240]);
        assert!(!inside[110 * WIDTH + 150]);
        assert!(inside_hull(&[]).iter().all(|inside| !inside));
    }
}
