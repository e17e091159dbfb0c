//! Fills holes of a picture from what is known around them, nearest first (push-pull interpolation,
//! Gortler et al. 1996): known pixels are averaged down to one, and the holes filled on the way
//! back up.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: indices are bounded by the grid's size"
)]

/// A picture in which each pixel counts with a weight of 0..=1.
struct Grid {
    width: usize,
    height: usize,
    color: Vec<[f32; 3]>,
    weight: Vec<f32>,
}

/// Fills a picture. `color` is row by row; `weight` is 1 where it is known, 0 where it is not.
/// Averages down to one pixel, so that no hole stays black.
pub fn fill(color: Vec<[f32; 3]>, weight: Vec<f32>, width: usize) -> Vec<[f32; 3]> {
    let grid = Grid {
        width,
        height: color.len() / width.max(1),
        color,
        weight,
    };
    grid.filled().color
}

/// Fills a picture like [`fill`], but known pixels count only as the mean of their 4x4 neighbours:
/// smooth, and a tenth of the work.
pub fn fill_smoothly(color: &[[f32; 3]], known: &[bool], width: usize) -> Vec<[f32; 3]> {
    let height = color.len() / width.max(1);
    let coarse = Grid::of_cells(color, known, width, height).filled();
    stretched(&coarse.color, coarse.width, CELL, width, height)
}

const CELL: usize = 4;

/// Enlarges a coarse picture whose pixels are `cell` px wide, with linear interpolation between
/// them.
pub fn stretched(
    coarse: &[[f32; 3]],
    columns: usize,
    cell: usize,
    width: usize,
    height: usize,
) -> Vec<[f32; 3]> {
    let rows = coarse.len() / columns.max(1);
    let across: Vec<_> = (0..width).map(|x| split(x, cell, columns)).collect();
    let mut fine = Vec::with_capacity(width * height);
    for y in 0..height {
        let (y0, y1, fy) = split(y, cell, rows);
        for &(x0, x1, fx) in &across {
            let at = |x: usize, y: usize| coarse[y * columns + x];
            let top = mixed(at(x1, y0), at(x0, y0), fx);
            let low = mixed(at(x1, y1), at(x0, y1), fx);
            fine.push(mixed(low, top, fy));
        }
    }
    fine
}

impl Grid {
    fn of_cells(color: &[[f32; 3]], known: &[bool], width: usize, height: usize) -> Self {
        let mut grid = Self::empty(width.div_ceil(CELL), height.div_ceil(CELL));
        for at in (0..color.len()).filter(|at| known[*at]) {
            let cell = at / width / CELL * grid.width + at % width / CELL;
            grid.add(cell, color[at], 1.0);
        }
        grid.settle();
        grid
    }

    fn empty(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            color: vec![[0.0; 3]; width * height],
            weight: vec![0.0; width * height],
        }
    }

    fn add(&mut self, at: usize, color: [f32; 3], weight: f32) {
        self.weight[at] += weight;
        for (sum, c) in self.color[at].iter_mut().zip(color) {
            *sum += c * weight;
        }
    }

    /// Turns sums into means.
    fn settle(&mut self) {
        for (color, weight) in self.color.iter_mut().zip(&mut self.weight) {
            if *weight > 0.0 {
                *color = color.map(|c| c / *weight);
            }
            *weight = weight.min(1.0);
        }
    }

    fn filled(mut self) -> Self {
        if self.width <= 1 && self.height <= 1 {
            return self;
        }
        let coarse = self.halved().filled();
        let below = stretched(&coarse.color, coarse.width, 2, self.width, self.height);
        for ((color, known), below) in self.color.iter_mut().zip(&self.weight).zip(below) {
            *color = mixed(*color, below, *known);
        }
        self
    }

    fn halved(&self) -> Self {
        let mut half = Self::empty(self.width.div_ceil(2), self.height.div_ceil(2));
        for y in 0..self.height {
            for x in 0..self.width {
                let from = y * self.width + x;
                half.add(
                    (y / 2) * half.width + x / 2,
                    self.color[from],
                    self.weight[from],
                );
            }
        }
        half.settle();
        half
    }
}

/// Mixes `share` of `own` with the rest of `other`.
fn mixed(own: [f32; 3], other: [f32; 3], share: f32) -> [f32; 3] {
    [0, 1, 2].map(|c| own[c] * share + other[c] * (1.0 - share))
}

/// Returns the coarse pixels before and after a fine one, and how far the fine one lies towards the
/// second.
fn split(fine: usize, cell: usize, count: usize) -> (usize, usize, f32) {
    let position = ((fine as f32 + 0.5) / cell as f32 - 0.5).max(0.0);
    let last = count.saturating_sub(1);
    let low = (position as usize).min(last);
    (low, (low + 1).min(last), position - low as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_known_pixel_fills_everything_and_stays() {
        let mut color = vec![[0.0; 3]; 35];
        let mut weight = vec![0.0; 35];
        color[17] = [9.0, 5.0, 1.0];
        weight[17] = 1.0;
        let known: Vec<bool> = weight.iter().map(|weight| *weight > 0.0).collect();
        let smooth = fill_smoothly(&color, &known, 7);
        for pixel in fill(color, weight, 7).iter().chain(&smooth) {
            for (got, want) in pixel.iter().zip([9.0, 5.0, 1.0]) {
                assert!((got - want).abs() < 1e-3, "{pixel:?}");
            }
        }
    }
}
