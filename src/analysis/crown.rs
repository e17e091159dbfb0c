//! The top of the hair: the mask tells roughly where, the picture's own edges exactly.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: indices are bounded by the grid's size"
)]

use crate::geometry::{Point, Rect};

use super::{
    guided::guided_filter,
    mask::Mask,
    sampling::{Edge, Patch, Pyramid},
};

/// Where the hair (or a permitted cover) ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Crown {
    /// The highest place, within 0.25 face widths of the midline, where the person covers half a pixel; frame px.
    Seen { y: f32 },
    /// The head reaches the frame's upper edge.
    CutOff,
    /// No mask, or no person where the face is.
    #[default]
    Unknown,
}

/// How far from the midline the crown is looked for, in face widths.
const REACH: f32 = 0.25;
/// Grid pixels for one face width.
const FINENESS: f32 = 120.0;
/// Above and below the rough crown, in face widths.
const ABOVE: f32 = 0.35;
const BELOW: f32 = 0.35;
/// Half the width of the refined region, in face widths.
const ASIDE: f32 = 0.4;
const EPS: f32 = 1e-4;

/// Finds the crown above a face whose eyes' midpoint and width (px) are given.
pub fn crown(pyramid: &mut Pyramid, mask: &Mask, eyes: Point, face_width: f32) -> Crown {
    let Some(rough) = rough(mask, eyes, face_width) else {
        return Crown::Unknown;
    };
    let region = Rect::new(
        Point::new(
            eyes.x - ASIDE * face_width,
            (rough - ABOVE * face_width).max(0.0),
        ),
        Point::new(eyes.x + ASIDE * face_width, rough + BELOW * face_width),
    );
    let grid = Grid::over(&region, face_width);
    let alpha = grid.alpha(pyramid, mask);
    match grid.top(&alpha, eyes.x, REACH * face_width) {
        Some(y) if y <= 1.0 && grid.is_cut(&alpha, eyes.x) => Crown::CutOff,
        Some(y) => Crown::Seen { y },
        None if rough <= mask.cell().1 * 0.5 => Crown::CutOff,
        None => Crown::Seen { y: rough },
    }
}

/// The highest row of the raw mask that is half person, going up from the eyes.
fn rough(mask: &Mask, eyes: Point, face_width: f32) -> Option<f32> {
    let step = mask.cell().1 / 2.0;
    let person = |y: f32| {
        [-1.0, -0.5, 0.0, 0.5, 1.0]
            .iter()
            .any(|i| mask.at(Point::new(eyes.x + i * REACH * face_width, y)) >= 0.5)
    };
    if !person(eyes.y) {
        return None;
    }
    let mut y = eyes.y;
    while y > 0.0 && person(y) {
        y -= step;
    }
    Some(y.max(0.0))
}

/// Square pixels over a region of the frame.
struct Grid {
    region: Rect,
    step: f32,
    columns: usize,
    rows: usize,
}

impl Grid {
    fn over(region: &Rect, face_width: f32) -> Self {
        let step = (face_width / FINENESS).max(0.5);
        let columns = ((region.width() / step) as usize).clamp(1, 400);
        let rows = ((region.height() / step) as usize).clamp(1, 400);
        Self {
            region: *region,
            step,
            columns,
            rows,
        }
    }

    fn alpha(&self, pyramid: &mut Pyramid, mask: &Mask) -> Vec<f32> {
        let extent = Rect::new(
            self.region.min,
            Point::new(
                self.region.min.x + self.columns as f32 * self.step,
                self.region.min.y + self.rows as f32 * self.step,
            ),
        );
        let mut colours = vec![[0.0; 3]; self.columns * self.rows];
        let patch = Patch::upright(&extent);
        pyramid.sample(&patch, self.columns, self.rows, Edge::Repeat, |i, rgb| {
            colours[i] = rgb.map(|v| v / 255.0);
        });
        let rough: Vec<f32> = (0..self.columns * self.rows)
            .map(|i| mask.at(self.frame_from_grid(i % self.columns, i / self.columns)))
            .collect();
        let (across, _) = mask.cell();
        let radius = ((across * 2.5 / self.step).ceil() as usize).max(4);
        guided_filter(&colours, &rough, self.columns, radius, EPS)
    }

    fn frame_from_grid(&self, column: usize, row: usize) -> Point {
        Point::new(
            self.region.min.x + (column as f32 + 0.5) * self.step,
            self.region.min.y + (row as f32 + 0.5) * self.step,
        )
    }

    /// The highest crossing of 0.5 near the midline, followed up from the region's foot so that specks above the head do
    /// not count; frame px.
    fn top(&self, alpha: &[f32], midline: f32, reach: f32) -> Option<f32> {
        let mut tops: Vec<f32> = (0..self.columns)
            .filter(|c| (self.frame_from_grid(*c, 0).x - midline).abs() <= reach)
            .filter_map(|c| self.column_top(alpha, c))
            .collect();
        tops.sort_by(f32::total_cmp);
        // A single column may carry a stray hair; the crown is broader than that.
        tops.get(tops.len() / 20).copied()
    }

    /// Whether the frame's edge cuts the head: a head that only touches it meets it in a point, one that is cut in a line.
    fn is_cut(&self, alpha: &[f32], midline: f32) -> bool {
        /// A round head of 1.2 face widths is cut by a fiftieth of a face width where the line is this long, in face widths.
        const LINE: f32 = 0.3;
        let reach = FINENESS * self.step * ASIDE;
        let columns = (0..self.columns)
            .filter(|c| (self.frame_from_grid(*c, 0).x - midline).abs() <= reach)
            .filter(|c| alpha[*c] >= 0.5);
        columns.count() as f32 * self.step >= LINE * FINENESS * self.step
    }

    fn column_top(&self, alpha: &[f32], column: usize) -> Option<f32> {
        let at = |row: usize| alpha[row * self.columns + column];
        let mut row = self.rows - 1;
        if at(row) < 0.5 {
            return None;
        }
        while row > 0 && at(row - 1) >= 0.5 {
            row -= 1;
        }
        let here = self.frame_from_grid(column, row).y;
        if row == 0 {
            return Some(self.region.min.y);
        }
        let (inside, outside) = (at(row), at(row - 1));
        let part = (inside - 0.5) / (inside - outside).max(1e-6);
        Some(here - part.clamp(0.0, 1.0) * self.step)
    }
}
