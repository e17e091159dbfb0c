//! The backdrop's colour at each pixel, precise enough to see a single hair in front of it.
//!
//! A smooth wall never quite equals the surface fitted through it: light falls off, the sitter
//! casts a shadow. The remainder is taken from blocks of sure backdrop by their medians, which a
//! hair across a block does not change.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: all planes are 480x640"
)]

use super::{
    matte::{HEIGHT, WIDTH},
    push_pull,
    wall::square,
};

/// Side of a block, in px.
const BLOCK: usize = 8;
/// With fewer sure pixels a block is not measured.
const FEWEST: usize = 16;
const COLUMNS: usize = WIDTH.div_ceil(BLOCK);
const ROWS: usize = HEIGHT.div_ceil(BLOCK);

pub struct Behind {
    /// 0..=1
    pub color: Vec<[f32; 3]>,
    /// Squared distance (0..=1 per channel) of the pixels around here from their mean, from the
    /// backdrop's own grain.
    pub grain: Vec<f32>,
}

impl Behind {
    /// Refines `wall`, which is right except for slow changes; `known` are the pixels that surely
    /// show it.
    pub fn near(color: &[[f32; 3]], wall: &[[f32; 3]], known: &[bool]) -> Self {
        let rest: Vec<[f32; 3]> = color.iter().zip(wall).map(|(c, w)| minus(*c, *w)).collect();
        let shift = over_blocks(known, |inside| {
            [0, 1, 2].map(|c| median(inside.iter().map(|at| rest[*at][c])))
        });
        let behind: Vec<[f32; 3]> = wall
            .iter()
            .zip(shift)
            .map(|(wall, shift)| [0, 1, 2].map(|c| wall[c] + shift[c]))
            .collect();
        let grain = over_blocks(known, |inside| {
            let off = median(inside.iter().map(|at| square(color[*at], behind[*at])));
            [off * MEAN_OVER_MEDIAN + LEAST_GRAIN; 3]
        });
        Self {
            color: behind,
            grain: grain.iter().map(|[grain, ..]| *grain).collect(),
        }
    }

    /// Returns how far each pixel stands out from the backdrop, in multiples of its grain.
    pub fn standing_out(&self, color: &[[f32; 3]]) -> Vec<f32> {
        let off = |at: usize| (square(color[at], self.color[at]) / self.grain[at]).sqrt();
        (0..color.len()).map(off).collect()
    }
}

/// Approximate ratio of mean to median for the squared distances of three channels of noise.
const MEAN_OVER_MEDIAN: f32 = 1.3;
/// The grain of rounding to 8 bits alone.
const LEAST_GRAIN: f32 = 8e-6;

/// Computes one value for each block with enough known pixels, interpolated smoothly to all pixels.
fn over_blocks(known: &[bool], value: impl Fn(&[usize]) -> [f32; 3]) -> Vec<[f32; 3]> {
    let mut values = vec![[0.0; 3]; COLUMNS * ROWS];
    let mut weights = vec![0.0; COLUMNS * ROWS];
    let mut inside = Vec::with_capacity(BLOCK * BLOCK);
    for block in 0..COLUMNS * ROWS {
        let (left, top) = (block % COLUMNS * BLOCK, block / COLUMNS * BLOCK);
        inside.clear();
        for y in top..(top + BLOCK).min(HEIGHT) {
            inside.extend(
                (left..(left + BLOCK).min(WIDTH))
                    .map(|x| y * WIDTH + x)
                    .filter(|at| known[*at]),
            );
        }
        if inside.len() >= FEWEST {
            values[block] = value(&inside);
            weights[block] = 1.0;
        }
    }
    let filled = push_pull::fill(values, weights, COLUMNS);
    push_pull::stretched(&filled, COLUMNS, BLOCK, WIDTH, HEIGHT)
}

fn median(values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.collect();
    let middle = values.len() / 2;
    if values.is_empty() {
        return 0.0;
    }
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

fn minus(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [0, 1, 2].map(|c| a[c] - b[c])
}
