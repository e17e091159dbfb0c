//! Where the person surely is, where the wall surely is, and (neither) where each pixel has to be asked.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: all planes are 480x640"
)]

use super::{
    matte::{HEIGHT, WIDTH},
    wall::Wall,
};
use crate::{analysis::guided::box_mean, geometry::Point};

/// How far inside the mask's edge the person is sure, and how far outside the wall is, px.
const INSIDE_PX: usize = 6;
const OUTSIDE_PX: usize = 14;
/// Half the width of an area unlike the wall that is too broad to be an edge where hair and wall mix, px.
const BROAD_PX: usize = 3;

pub struct Trimap {
    pub person: Vec<bool>,
    pub behind: Vec<bool>,
    pub wall: Wall,
}

impl Trimap {
    /// `mask` is 0..=1 a pixel.
    pub fn new(color: &[[f32; 3]], mask: &[f32], face: &[bool]) -> Self {
        let near =
            |least: f32, reach| box_mean(plane(mask.iter().map(|m| *m > least)), WIDTH, reach);
        let (inner, outer, faint) = (
            near(0.5, INSIDE_PX),
            near(0.5, OUTSIDE_PX),
            near(0.15, OUTSIDE_PX / 2),
        );
        let person = (0..mask.len()).map(|at| face[at] || (inner[at] > 0.995 && mask[at] > 0.9));
        let behind: Vec<bool> = (0..mask.len())
            .map(|at| !face[at] && outer[at] < 0.005 && faint[at] < 0.005)
            .collect();
        let mut trimap = Self {
            person: person.collect(),
            wall: Wall::fit(color, &behind),
            behind,
        };
        if trimap.wall.plainness() > 0.0 {
            trimap.follow_into_wall(color);
        }
        trimap
    }

    /// What the mask missed (long hair, a pale collar): before a plain wall, whatever is unlike it and touches the person.
    fn follow_into_wall(&mut self, color: &[[f32; 3]]) {
        let unlike: Vec<bool> = (0..color.len())
            .map(|at| self.wall.is_unlike(at, color[at]))
            .collect();
        let reached = reached(&unlike, &self.behind);
        let broad = box_mean(plane(unlike.iter().copied()), WIDTH, BROAD_PX);
        let joined = plane((0..color.len()).map(|at| reached[at] && self.behind[at]));
        let beside = box_mean(joined, WIDTH, BROAD_PX + 1);
        for at in 0..color.len() {
            if reached[at] && broad[at] > 0.99 {
                self.person[at] = true;
            }
            if self.person[at] || beside[at] > 0.0 {
                self.behind[at] = false;
            }
        }
    }
}

/// Pixels that a path of `unlike` pixels joins to what is not surely behind.
fn reached(unlike: &[bool], behind: &[bool]) -> Vec<bool> {
    let mut reached: Vec<bool> = behind.iter().map(|behind| !behind).collect();
    let mut open: Vec<usize> = (0..behind.len()).filter(|at| reached[*at]).collect();
    while let Some(at) = open.pop() {
        let (x, y) = (at % WIDTH, at / WIDTH);
        let beside = [
            (x > 0).then(|| at - 1),
            (x + 1 < WIDTH).then_some(at + 1),
            at.checked_sub(WIDTH),
            (y + 1 < HEIGHT).then_some(at + WIDTH),
        ];
        for next in beside.into_iter().flatten() {
            if unlike[next] && !reached[next] {
                reached[next] = true;
                open.push(next);
            }
        }
    }
    reached
}

pub fn plane(flags: impl Iterator<Item = bool>) -> Vec<f32> {
    flags.map(|flag| f32::from(u8::from(flag))).collect()
}

/// The pixels inside the convex hull of these points (output px): a face is never see-through.
pub fn inside_hull(points: &[Point]) -> Vec<bool> {
    let hull = hull(points);
    let edges: Vec<(Point, Point)> = hull
        .iter()
        .copied()
        .zip(hull.iter().copied().cycle().skip(1))
        .collect();
    (0..WIDTH * HEIGHT)
        .map(|at| {
            let p = Point::new((at % WIDTH) as f32 + 0.5, (at / WIDTH) as f32 + 0.5);
            edges.len() > 2 && edges.iter().all(|(a, b)| turn(*a, *b, p) >= 0.0)
        })
        .collect()
}

/// Andrew's monotone chain, counted so that inside is where every turn is positive.
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
