//! Where a picture has fine detail in both directions, as codes have: the places worth a closer
//! look.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernels; every index is bounded by the picture's size"
)]

use super::luma::{Luma, Region};
use crate::geometry::Point;

/// A connected area of detail.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub region: Region,
    /// Middle of the detail.
    pub center: Point,
    /// Its variance across, its covariance and its variance down, in square pixels.
    spread: [f32; 3],
}

impl Place {
    /// Returns the sides of a square, in some rotation, with this spread: the root of the
    /// covariance, 12 being the ratio for a unit square.
    pub fn axes(&self) -> [Point; 2] {
        /// Beyond the tilt of a hand-held phone.
        const SLIMMEST: f32 = 0.1;
        let [xx, xy, yy] = self.spread;
        let area = (xx * yy - xy * xy)
            .max(SLIMMEST * (xx + yy).powi(2) / 4.0)
            .sqrt();
        let root = (xx + yy + 2.0 * area).sqrt();
        let scale = 12.0_f32.sqrt() / root;
        [
            Point::new((xx + area) * scale, xy * scale),
            Point::new(xy * scale, (yy + area) * scale),
        ]
    }
}

/// Side, in pixels, of the blocks that are rated as one.
const BLOCK: usize = 16;
/// Fewest blocks of a code.
const FEWEST: usize = 6;
/// Blocks beside a place are included, as a code's border is calm.
const MARGIN: usize = BLOCK;

/// Returns the busiest connected places, most detail first.
pub fn busy_places(picture: &Luma) -> Vec<Place> {
    let (columns, rows) = (picture.width() / BLOCK, picture.height() / BLOCK);
    if columns == 0 || rows == 0 {
        return Vec::new();
    }
    let detail = smoothed(&blocks(picture, columns, rows), columns);
    let floor = floor(&detail);
    let mut open: Vec<bool> = detail.iter().map(|block| *block > floor).collect();
    let mut places = Vec::new();
    for start in 0..open.len() {
        if open[start] {
            let members = connected(start, &mut open, columns);
            let weight: u64 = members.iter().map(|at| u64::from(detail[*at])).sum();
            places.push((weight, members));
        }
    }
    places.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    places
        .into_iter()
        .filter(|(_, members)| members.len() >= FEWEST)
        .map(|(_, members)| place(picture, &members, columns))
        .collect()
}

/// Returns the detail above which a block is busy: two fifths of the way from the picture's usual
/// detail, its noise, to that of the busiest blocks.
fn floor(detail: &[u32]) -> u32 {
    let mut ranked = detail.to_vec();
    let last = ranked.len() - 1;
    let top = *ranked.select_nth_unstable(last - last / 400).1;
    let usual = *ranked.select_nth_unstable(last / 2).1;
    (usual + (top.saturating_sub(usual)) * 2 / 5).max(1)
}

/// Returns for each block the smaller of its detail across and down: straight edges and lines have
/// only one of them.
fn blocks(picture: &Luma, columns: usize, rows: usize) -> Vec<u32> {
    let width = picture.width();
    let bytes = picture.bytes();
    let mut detail = Vec::with_capacity(columns * rows);
    let mut sums = vec![(0_u32, 0_u32); columns];
    for row in 0..rows {
        sums.fill((0, 0));
        for y in (row * BLOCK..(row + 1) * BLOCK - 2).step_by(2) {
            let here = &bytes[y * width..(y + 1) * width];
            let below = &bytes[(y + 2) * width..(y + 3) * width];
            let pieces = here.chunks_exact(BLOCK).zip(below.chunks_exact(BLOCK));
            for (sum, (here, below)) in sums.iter_mut().zip(pieces) {
                let across: u32 = here[2..]
                    .iter()
                    .zip(here)
                    .map(|(a, b)| u32::from(a.abs_diff(*b)))
                    .sum();
                let down: u32 = here[2..]
                    .iter()
                    .zip(&below[2..])
                    .map(|(a, b)| u32::from(a.abs_diff(*b)))
                    .sum();
                sum.0 += across;
                sum.1 += down;
            }
        }
        detail.extend(sums.iter().map(|(across, down)| (*across).min(*down)));
    }
    detail
}

/// Averages each block with its four neighbours, so that one calm block does not cut a code in two.
fn smoothed(detail: &[u32], columns: usize) -> Vec<u32> {
    let at = |i: Option<usize>| i.and_then(|i| detail.get(i)).copied().unwrap_or(0);
    (0..detail.len())
        .map(|i| {
            let left = (i % columns > 0).then(|| i - 1);
            let right = (i % columns + 1 < columns).then_some(i + 1);
            let around = at(left) + at(right) + at(i.checked_sub(columns)) + at(Some(i + columns));
            (2 * detail[i] + around) / 6
        })
        .collect()
}

/// Takes the blocks of one connected place out of `open`.
fn connected(start: usize, open: &mut [bool], columns: usize) -> Vec<usize> {
    let (mut members, mut next) = (vec![start], 0);
    open[start] = false;
    while let Some(&at) = members.get(next) {
        next += 1;
        let beside = [
            (at % columns > 0).then(|| at - 1),
            (at % columns + 1 < columns).then_some(at + 1),
            at.checked_sub(columns),
            Some(at + columns),
        ];
        for at in beside.into_iter().flatten() {
            if open.get(at) == Some(&true) {
                open[at] = false;
                members.push(at);
            }
        }
    }
    members
}

fn place(picture: &Luma, members: &[usize], columns: usize) -> Place {
    let count = members.len() as f32;
    let at = |member: &usize| {
        let middle = |block: usize| (block * BLOCK) as f32 + BLOCK as f32 / 2.0;
        (middle(member % columns), middle(member / columns))
    };
    let (sum_x, sum_y) = members
        .iter()
        .map(at)
        .fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    let center = Point::new(sum_x / count, sum_y / count);
    let mut spread = [0.0; 3];
    for (x, y) in members.iter().map(at) {
        let (dx, dy) = (x - center.x, y - center.y);
        for (sum, part) in spread.iter_mut().zip([dx * dx, dx * dy, dy * dy]) {
            *sum += part / count;
        }
    }
    // A block has a spread of its own.
    spread[0] += (BLOCK * BLOCK) as f32 / 12.0;
    spread[2] += (BLOCK * BLOCK) as f32 / 12.0;
    Place {
        region: around(picture, members, columns),
        center,
        spread,
    }
}

fn around(picture: &Luma, members: &[usize], columns: usize) -> Region {
    let column = |at: &usize| at % columns;
    let ends = |blocks: &mut dyn Iterator<Item = usize>| {
        blocks.fold((usize::MAX, 0), |(first, last), block| {
            (first.min(block), last.max(block))
        })
    };
    let (left, right) = ends(&mut members.iter().map(column));
    let (top, bottom) = ends(&mut members.iter().map(|at| at / columns));
    let first = |block: usize| (block * BLOCK).saturating_sub(MARGIN);
    let last = |block: usize, most: usize| ((block + 1) * BLOCK + MARGIN).min(most);
    let (x, y) = (first(left), first(top));
    Region {
        x,
        y,
        width: last(right, picture.width()) - x,
        height: last(bottom, picture.height()) - y,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_of_checks_is_busier_than_lines_and_edges() {
        let mut bytes = vec![60_u8; 640 * 480];
        for (i, byte) in bytes.iter_mut().enumerate() {
            let (x, y) = (i % 640, i / 640);
            let checks = (400..500).contains(&x) && (300..400).contains(&y);
            let lines = (50..250).contains(&x) && (50..250).contains(&y);
            if checks && (x / 3 + y / 3) % 2 == 0 || lines && x / 3 % 2 == 0 {
                *byte = 220;
            }
        }
        let place = busy_places(&Luma::new(640, 480, bytes).unwrap())[0].region;
        assert!(place.x <= 400 && place.x + place.width >= 500, "{place:?}");
        assert!(place.y <= 300 && place.y + place.height >= 400, "{place:?}");
        assert!(place.width < 200 && place.height < 200, "{place:?}");
    }

    #[test]
    fn a_grey_wall_and_a_tiny_picture_have_no_busy_place() {
        assert!(busy_places(&Luma::new(640, 480, vec![90; 640 * 480]).unwrap()).is_empty());
        assert!(busy_places(&Luma::new(3, 3, vec![90; 9]).unwrap()).is_empty());
    }
}
