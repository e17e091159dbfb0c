//! Where rays may begin: one answer per tile of pixels, so that not every ray searches the air in
//! front of the sitter.

use std::ops::Range;

/// Side of a tile in pixels.
const SIDE: usize = 8;
/// From a tile's middle to its corner, in px.
pub const HALF_DIAGONAL_PX: f32 = 5.7;

/// The shortest distance to head and body, in cm; `None` where no ray of the tile comes near.
#[derive(Clone, Copy)]
pub struct Start {
    pub head: Option<f32>,
    pub body: Option<f32>,
}

pub struct Tiles {
    top: i64,
    left: usize,
    across: usize,
    starts: Vec<Start>,
}

impl Tiles {
    /// Covers `rows` and `columns`; `start` is called with each tile's middle.
    pub fn new(
        rows: &Range<i64>,
        columns: &Range<usize>,
        start: impl Fn(f32, f32) -> Start,
    ) -> Self {
        let (across, down) = (
            columns.len().div_ceil(SIDE),
            (rows.end - rows.start) as usize,
        );
        let mut starts = Vec::with_capacity(across * down.div_ceil(SIDE));
        for row in 0..down.div_ceil(SIDE) {
            let y = rows.start as f32 + (row as f32 + 0.5) * SIDE as f32;
            for column in 0..across {
                let x = columns.start as f32 + (column as f32 + 0.5) * SIDE as f32;
                starts.push(start(x, y));
            }
        }
        Self {
            top: rows.start,
            left: columns.start,
            across,
            starts,
        }
    }

    /// Returns the start of the rays through pixel (x, y).
    pub fn at(&self, x: usize, y: i64) -> Start {
        let (column, row) = ((x - self.left) / SIDE, (y - self.top) as usize / SIDE);
        let nowhere = Start {
            head: None,
            body: None,
        };
        self.starts
            .get(row * self.across + column)
            .copied()
            .unwrap_or(nowhere)
    }
}
