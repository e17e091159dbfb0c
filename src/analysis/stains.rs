//! What is on the wall that is not the wall: shadows and objects.

use super::background::{is_no_wall, median};

/// Cells of the grid, and their shares.
pub struct Stains {
    pub shadow: Vec<usize>,
    pub objects: Vec<usize>,
    /// Share of the cells that are surely background.
    pub shadow_share: f32,
    /// Share of the cells that are surely background or another person.
    pub objects_share: f32,
}

/// A lit wall is at most this much darker than its smooth brightness.
const SHADOW: f32 = 0.93;
/// Fewest connected cells that count: smaller groups come from noise or a badly seen edge.
const SMALLEST: usize = 6;

/// Finds shadows and objects. `empty` marks cells that are surely background, `others` persons
/// other than the sitter; row by row, `columns` wide.
pub fn find(colours: &[[f32; 3]], empty: &[bool], others: &[bool], columns: usize) -> Stains {
    let wall = median(colours, empty);
    let brightness: Vec<f32> = colours.iter().map(|color| along(*color, wall)).collect();
    let plane = Plane::through(&brightness, empty, columns);
    let is = |flags: &[bool], i: usize| flags.get(i).copied().unwrap_or(false);
    let at = |i: usize| brightness.get(i).copied().unwrap_or(1.0);
    let smooth = |i: usize| wall.map(|c| c * plane.at(i, columns));
    let thing: Vec<bool> = colours
        .iter()
        .enumerate()
        .map(|(i, color)| {
            is(others, i)
                || is(empty, i)
                    && (is_no_wall(*color, smooth(i)) || at(i) > plane.at(i, columns) * 1.12)
        })
        .collect();
    let dark: Vec<bool> = (0..colours.len())
        .map(|i| is(empty, i) && !is(&thing, i) && at(i) < plane.at(i, columns) * SHADOW)
        .collect();
    let (objects, shadow) = (large(&thing, columns), large(&dark, columns));
    let count = |flags: &[bool]| flags.iter().filter(|flag| **flag).count() as f32;
    let background = count(empty).max(1.0);
    Stains {
        shadow_share: shadow.len() as f32 / background,
        objects_share: objects.len() as f32 / (background + count(others)),
        shadow,
        objects,
    }
}

/// Returns the brightness of a colour of this wall: 1 is the wall itself.
fn along(color: [f32; 3], wall: [f32; 3]) -> f32 {
    let dot = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(color, wall) / dot(wall, wall).max(1.0)
}

fn large(flags: &[bool], columns: usize) -> Vec<usize> {
    islands(flags, columns)
        .into_iter()
        .filter(|island| island.len() >= SMALLEST)
        .flatten()
        .collect()
}

/// Returns the groups of connected cells.
pub fn islands(flags: &[bool], columns: usize) -> Vec<Vec<usize>> {
    let mut open = flags.to_vec();
    let mut islands = Vec::new();
    for start in 0..flags.len() {
        let mut island = Vec::new();
        let mut next = vec![start];
        while let Some(i) = next.pop() {
            if let Some(flag) = open.get_mut(i).filter(|flag| **flag) {
                *flag = false;
                island.push(i);
                next.extend(beside(i, columns));
            }
        }
        if !island.is_empty() {
            islands.push(island);
        }
    }
    islands
}

/// Returns the four cells around one; those below the grid's foot are for the caller to skip.
pub fn beside(i: usize, columns: usize) -> impl Iterator<Item = usize> {
    let left = (!i.is_multiple_of(columns)).then(|| i - 1);
    let right = (!(i + 1).is_multiple_of(columns)).then_some(i + 1);
    [left, right, i.checked_sub(columns), Some(i + columns)]
        .into_iter()
        .flatten()
}

/// Brightness that changes linearly across and down.
struct Plane {
    middle: f32,
    across: f32,
    down: f32,
    center: (f32, f32),
}

impl Plane {
    /// Fits by least squares over the marked cells, three times without those clearly below, so
    /// that shadows do not bend it.
    fn through(brightness: &[f32], marked: &[bool], columns: usize) -> Self {
        const ROUNDS: usize = 4;
        const BELOW: f32 = 0.03;
        let mut kept = marked.to_vec();
        let mut plane = Self::fit(brightness, &kept, columns);
        for _ in 1..ROUNDS {
            for (i, flag) in kept.iter_mut().enumerate() {
                let value = brightness.get(i).copied().unwrap_or_default();
                let off = value - plane.at(i, columns);
                *flag = marked.get(i) == Some(&true) && off > -BELOW && off < 3.0 * BELOW;
            }
            if kept.iter().filter(|flag| **flag).count() < 16 {
                break;
            }
            plane = Self::fit(brightness, &kept, columns);
        }
        plane
    }

    fn fit(brightness: &[f32], kept: &[bool], columns: usize) -> Self {
        let cells = || {
            (0..brightness.len())
                .filter(|i| kept.get(*i) == Some(&true))
                .map(|i| {
                    let (x, y) = ((i % columns) as f32, (i / columns) as f32);
                    (x, y, brightness.get(i).copied().unwrap_or_default())
                })
        };
        let count = (cells().count() as f32).max(1.0);
        let sum = |of: &dyn Fn((f32, f32, f32)) -> f32| cells().map(of).sum::<f32>() / count;
        let (cx, cy, middle) = (sum(&|c| c.0), sum(&|c| c.1), sum(&|c| c.2));
        let xx = sum(&|c| (c.0 - cx) * (c.0 - cx));
        let yy = sum(&|c| (c.1 - cy) * (c.1 - cy));
        let xy = sum(&|c| (c.0 - cx) * (c.1 - cy));
        let xv = sum(&|c| (c.0 - cx) * (c.2 - middle));
        let yv = sum(&|c| (c.1 - cy) * (c.2 - middle));
        let determinant = xx * yy - xy * xy;
        let (across, down) = if determinant > 1e-3 {
            (
                (xv * yy - yv * xy) / determinant,
                (yv * xx - xv * xy) / determinant,
            )
        } else {
            (0.0, 0.0)
        };
        Self {
            middle,
            across,
            down,
            center: (cx, cy),
        }
    }

    fn at(&self, i: usize, columns: usize) -> f32 {
        let (x, y) = ((i % columns) as f32, (i / columns) as f32);
        self.middle + self.across * (x - self.center.0) + self.down * (y - self.center.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: usize = 40;
    const WALL: [f32; 3] = [190.0, 205.0, 220.0];

    /// Returns a wall that darkens downwards, with a patch of 8x8 cells times `factor`.
    fn wall(patch: [f32; 3]) -> Vec<[f32; 3]> {
        (0..COLUMNS * 40)
            .map(|i| {
                let (x, y) = (i % COLUMNS, i / COLUMNS);
                let light = 1.0 - 0.004 * y as f32;
                let inside = (10..18).contains(&x) && (20..28).contains(&y);
                let factor = if inside { patch } else { [1.0; 3] };
                [0, 1, 2].map(|c| WALL[c] * light * factor[c])
            })
            .collect()
    }

    fn shares(patch: [f32; 3]) -> (f32, f32) {
        let stains = find(&wall(patch), &[true; COLUMNS * 40], &[], COLUMNS);
        (stains.shadow_share, stains.objects_share)
    }

    #[test]
    fn even_light_leaves_no_stain_a_shadow_is_one_and_a_thing_another() {
        assert_eq!(shares([1.0; 3]), (0.0, 0.0));
        assert_eq!(shares([0.8; 3]), (0.04, 0.0));
        assert_eq!(shares([0.9, 0.4, 0.3]), (0.0, 0.04));
        assert_eq!(shares([0.2; 3]), (0.0, 0.04));
    }

    #[test]
    fn islands_are_counted_one_by_one() {
        let flags = [true, true, false, true, false, false, false, true];
        let islands = islands(&flags, 4);
        assert_eq!(islands, [vec![0, 1], vec![3, 7]]);
    }
}
