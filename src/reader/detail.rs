//! Where a picture has fine detail in both directions, as a code has: the places worth a closer look.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernels; every index is bounded by the picture's size"
)]

use super::luma::{Luma, Region};

/// Pixels a side of the blocks that are weighed as one.
const BLOCK: usize = 16;
/// A place is at most so wide and high, in pixels: larger codes need no closer look.
const WIDEST: usize = 480;
/// Blocks beside a place are taken along: a code's border is calm.
const MARGIN: usize = BLOCK;

/// The busiest connected places, most detail first.
pub fn busy_places(picture: &Luma) -> Vec<Region> {
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
            places.push(grown(start, &mut open, &detail, columns));
        }
    }
    places.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    places
        .into_iter()
        .filter(|(_, [left, top, right, bottom])| right > left && bottom > top)
        .map(|(_, blocks)| around(picture, blocks))
        .map(|place| {
            let (x, y) = (place.x + place.width / 2, place.y + place.height / 2);
            let side = place.width.max(place.height);
            if side > WIDEST { picture.region_around(x as f32, y as f32, WIDEST) } else { place }
        })
        .collect()
}

/// Above it a block is busy: two fifths of the way from the picture's usual detail, its noise, to the busiest blocks'.
fn floor(detail: &[u32]) -> u32 {
    let mut ranked = detail.to_vec();
    let last = ranked.len() - 1;
    let top = *ranked.select_nth_unstable(last - last / 400).1;
    let usual = *ranked.select_nth_unstable(last / 2).1;
    (usual + (top.saturating_sub(usual)) * 2 / 5).max(1)
}

/// For each block the lesser of its detail across and down: straight edges and lines have only one of both.
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
                let across: u32 = here[2..].iter().zip(here).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
                let down: u32 = here[2..].iter().zip(&below[2..]).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
                sum.0 += across;
                sum.1 += down;
            }
        }
        detail.extend(sums.iter().map(|(across, down)| (*across).min(*down)));
    }
    detail
}

/// Each block with its four neighbours, so that one calm block does not cut a code in two.
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

/// Takes one connected place out of `open`: its weight and its first and last block each way.
fn grown(start: usize, open: &mut [bool], detail: &[u32], columns: usize) -> (u64, [usize; 4]) {
    let mut waiting = vec![start];
    open[start] = false;
    let (mut weight, mut blocks) = (0, [usize::MAX, usize::MAX, 0, 0]);
    while let Some(at) = waiting.pop() {
        let (x, y) = (at % columns, at / columns);
        weight += u64::from(detail[at]);
        blocks = [blocks[0].min(x), blocks[1].min(y), blocks[2].max(x), blocks[3].max(y)];
        let beside = [
            (x > 0).then(|| at - 1),
            (x + 1 < columns).then_some(at + 1),
            at.checked_sub(columns),
            Some(at + columns),
        ];
        for next in beside.into_iter().flatten() {
            if open.get(next) == Some(&true) {
                open[next] = false;
                waiting.push(next);
            }
        }
    }
    (weight, blocks)
}

fn around(picture: &Luma, [left, top, right, bottom]: [usize; 4]) -> Region {
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
        let place = busy_places(&Luma::new(640, 480, bytes).unwrap())[0];
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
