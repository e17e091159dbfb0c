//! The top of the hair: the mask locates it roughly, the picture's own edges exactly.
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
    /// The highest place, within 0.25 face widths of the midline, where the person covers half a
    /// pixel, in frame px.
    Seen { y: f32 },
    /// The head reaches the frame's upper edge.
    CutOff,
    /// No mask, or no person where the face is.
    #[default]
    Unknown,
}

/// How far from the midline the crown is searched, in face widths.
const REACH: f32 = 0.25;
/// Grid pixels per face width.
const FINENESS: f32 = 120.0;
/// The range above and below the rough crown, in face widths.
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
    if rough <= mask.cell().1 * 0.5 {
        // The mask is too coarse for a little air above the head, and spills over it.
        return match below_air(pyramid, mask, eyes, face_width) {
            Some(y) => Crown::Seen { y },
            None => Crown::CutOff,
        };
    }
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
        Some(y) if y <= 1.0 => Crown::CutOff,
        Some(y) => Crown::Seen { y },
        None => Crown::Seen { y: rough },
    }
}

/// Returns the highest row of the raw mask that is half person, going up from the eyes.
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

/// Returns the crown of a head whose mask reaches the frame's upper edge, by colour: where the wall
/// visible at both sides of the head is visible above it too. `None` where it is not, or where hair
/// and wall look too much alike.
fn below_air(pyramid: &mut Pyramid, mask: &Mask, eyes: Point, face_width: f32) -> Option<f32> {
    /// How far to the side the wall is sampled, in face widths.
    const WALL: f32 = 1.1;
    /// Where the hair surely begins below the frame's edge, and where sampling it ends, in face
    /// widths.
    const HAIR: (f32, f32) = (0.15, 0.35);
    /// Fewest samples that describe a wall or hair.
    const LEAST: usize = 30;
    let step = (face_width / FINENESS).max(1.0);
    let foot = (HAIR.1 * face_width).min(eyes.y - 0.25 * face_width);
    let (columns, rows) = (
        (2.0 * WALL * face_width / step) as usize,
        (foot / step).max(0.0) as usize,
    );
    let left = eyes.x - WALL * face_width;
    let extent = Rect::new(
        Point::new(left, 0.0),
        Point::new(left + columns as f32 * step, rows as f32 * step),
    );
    let place = |i: usize| {
        Point::new(
            left + ((i % columns) as f32 + 0.5) * step,
            ((i / columns) as f32 + 0.5) * step,
        )
    };
    let mut colours = vec![[0.0; 3]; columns * rows];
    pyramid.sample(
        &Patch::upright(&extent),
        columns,
        rows,
        Edge::Black,
        |i, rgb| {
            colours[i] = rgb;
        },
    );
    let width = pyramid.bounds().width();
    let in_frame = |p: Point| p.x >= 0.0 && p.x < width;
    let near = |p: Point| (p.x - eyes.x).abs() <= REACH * face_width;
    let of = |wanted: &dyn Fn(Point) -> bool| -> Vec<[f32; 3]> {
        (0..colours.len())
            .filter(|i| wanted(place(*i)))
            .map(|i| colours[i])
            .collect()
    };
    let wall = of(&|p| in_frame(p) && mask.at(p) < 0.1);
    let hair = of(&|p| near(p) && p.y >= HAIR.0 * face_width && mask.at(p) > 0.9);
    if wall.len() < LEAST || hair.len() < LEAST {
        return None;
    }
    let (wall, hair) = (Tone::of(&wall), Tone::of(&hair));
    let is_wall = |i: usize| {
        let off = wall.off(colours[i]);
        off < hair.off(colours[i]) && off < Tone::FARTHEST
    };
    let mut tops: Vec<f32> = (0..columns)
        .filter(|column| near(place(*column)))
        .map(|column| {
            let air = (0..rows).take_while(|row| is_wall(row * columns + column));
            air.count() as f32 * step
        })
        .collect();
    tops.sort_by(f32::total_cmp);
    tops.get(tops.len() / 20)
        .copied()
        .filter(|y| *y >= 2.0 * step)
}

/// A colour and how much it varies, in levels of 0..=255.
struct Tone {
    mean: [f32; 3],
    deviation: [f32; 3],
}

impl Tone {
    /// Squared, in standard deviations, over three channels: nearly all of a wall lies within.
    const FARTHEST: f32 = 16.0;
    /// The least variation of any surface: a camera's noise and a JPEG's blocks.
    const LEAST: f32 = 6.0;

    fn of(colours: &[[f32; 3]]) -> Self {
        let share = 1.0 / colours.len().max(1) as f32;
        let mut tone = Self {
            mean: [0.0; 3],
            deviation: [0.0; 3],
        };
        for channel in 0..3 {
            let values = || colours.iter().map(|color| color[channel]);
            let mean = values().sum::<f32>() * share;
            let square = values().map(|v| (v - mean) * (v - mean)).sum::<f32>() * share;
            tone.mean[channel] = mean;
            tone.deviation[channel] = square.sqrt().max(Self::LEAST);
        }
        tone
    }

    /// Returns how far a colour lies from this tone: squared, in its standard deviations.
    fn off(&self, color: [f32; 3]) -> f32 {
        (0..3)
            .map(|i| ((color[i] - self.mean[i]) / self.deviation[i]).powi(2))
            .sum()
    }
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
        guided_filter(&colours, &rough, self.columns, radius, EPS, |_| true)
    }

    fn frame_from_grid(&self, column: usize, row: usize) -> Point {
        Point::new(
            self.region.min.x + (column as f32 + 0.5) * self.step,
            self.region.min.y + (row as f32 + 0.5) * self.step,
        )
    }

    /// Returns the highest crossing of 0.5 near the midline, followed up from the region's foot so
    /// that specks above the head do not count, in frame px.
    fn top(&self, alpha: &[f32], midline: f32, reach: f32) -> Option<f32> {
        let mut tops: Vec<f32> = (0..self.columns)
            .filter(|c| (self.frame_from_grid(*c, 0).x - midline).abs() <= reach)
            .filter_map(|c| self.column_top(alpha, c))
            .collect();
        tops.sort_by(f32::total_cmp);
        // A single column may hold a stray hair; the crown is broader than that.
        tops.get(tops.len() / 20).copied()
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
