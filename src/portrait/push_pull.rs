//! Fills holes of a picture from what is known around them, near things first (push-pull interpolation,
//! Gortler et al. 1996): known pixels are averaged down to one, and the holes filled on the way back up.
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

/// `color` row by row; `weight` 1 where it is known, 0 where it is not. Down to one pixel, so that no hole stays black.
pub fn fill(color: &[[f32; 3]], weight: &[f32], width: usize) -> Vec<[f32; 3]> {
    let grid = Grid {
        width,
        height: color.len() / width.max(1),
        color: color.to_vec(),
        weight: weight.to_vec(),
    };
    grid.filled().color
}

impl Grid {
    fn filled(mut self) -> Self {
        if self.width <= 1 && self.height <= 1 {
            return self;
        }
        let coarse = self.halved().filled();
        for y in 0..self.height {
            for x in 0..self.width {
                let at = y * self.width + x;
                let known = self.weight[at];
                if known < 1.0 {
                    let below = coarse.between(x, y);
                    self.color[at] = mixed(self.color[at], below, known);
                }
            }
        }
        self
    }

    fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut half = Self {
            width,
            height,
            color: vec![[0.0; 3]; width * height],
            weight: vec![0.0; width * height],
        };
        for y in 0..self.height {
            for x in 0..self.width {
                let (from, to) = (y * self.width + x, (y / 2) * width + x / 2);
                let weight = self.weight[from];
                half.weight[to] += weight;
                for (sum, c) in half.color[to].iter_mut().zip(self.color[from]) {
                    *sum += c * weight;
                }
            }
        }
        for (color, weight) in half.color.iter_mut().zip(&mut half.weight) {
            if *weight > 0.0 {
                for c in color.iter_mut() {
                    *c /= *weight;
                }
            }
            *weight = weight.min(1.0);
        }
        half
    }

    /// The colour at a pixel of the finer grid, between four pixels of this one.
    fn between(&self, x: usize, y: usize) -> [f32; 3] {
        let (x0, fx) = split(x, self.width);
        let (y0, fy) = split(y, self.height);
        let (x1, y1) = ((x0 + 1).min(self.width - 1), (y0 + 1).min(self.height - 1));
        let at = |x: usize, y: usize, c: usize| self.color[y * self.width + x][c];
        [0, 1, 2].map(|c| {
            let top = at(x0, y0, c) * (1.0 - fx) + at(x1, y0, c) * fx;
            let low = at(x0, y1, c) * (1.0 - fx) + at(x1, y1, c) * fx;
            top * (1.0 - fy) + low * fy
        })
    }
}

fn mixed(own: [f32; 3], below: [f32; 3], known: f32) -> [f32; 3] {
    [0, 1, 2].map(|c| own[c] * known + below[c] * (1.0 - known))
}

/// Coarse pixel left of (or above) a fine one, and how far the fine one lies towards the next.
fn split(fine: usize, count: usize) -> (usize, f32) {
    let position = (f32::midpoint(fine as f32, 0.5) - 0.5).max(0.0);
    let low = (position as usize).min(count.saturating_sub(1));
    (low, position - low as f32)
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
        for pixel in fill(&color, &weight, 7) {
            for (got, want) in pixel.iter().zip([9.0, 5.0, 1.0]) {
                assert!((got - want).abs() < 1e-3, "{pixel:?}");
            }
        }
    }
}
