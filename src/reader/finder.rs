//! Finds finder patterns by their shape in grey, not by their edges: in blur and noise they are
//! still four rings.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernels; every index is bounded by the picture's size"
)]

use super::luma::Luma;
use crate::geometry::Point;

/// Something that looks like a finder pattern.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    pub center: Point,
    pub module_px: f32,
    /// Correlation with the rings, 0 to 1.
    pub likeness: f32,
}

/// Three marks placed like a symbol's finders, in its own rotation.
#[derive(Clone, Copy, Debug)]
pub struct Triple {
    pub top_left: Point,
    pub top_right: Point,
    pub bottom_left: Point,
    /// Modules per side, as far as the finders show.
    pub modules: f32,
    worth: f32,
}

/// How many marks are combined into triples.
const MOST_MARKS: usize = 14;
const LEAST_LIKENESS: f32 = 0.45;
/// Smallest difference in grey between the core and the ring around it.
const LEAST_STEP: f32 = 3.0;
/// Ratio from one size to the next.
const RATIO: f32 = 1.22;

/// Returns the likeliest marks in `picture` with modules of `smallest` to `largest` px, best first:
/// dark rings, and light ones.
pub fn marks(picture: &Luma, smallest: f32, largest: f32) -> [Vec<Mark>; 2] {
    let sums = Sums::new(picture);
    let mut found = [Vec::new(), Vec::new()];
    let mut module = smallest.max(1.6);
    while module <= largest.min(28.0) {
        let step = (module * 0.6).max(1.0);
        let rings = Rings::new(module);
        let (columns, rows) = (sums.columns() as f32, sums.rows() as f32);
        let mut y = rings.reach();
        while y + rings.reach() < rows {
            let mut x = rings.reach();
            while x + rings.reach() < columns {
                let likeness = rings.likeness(&sums, x as i32, y as i32);
                if likeness.abs() > LEAST_LIKENESS {
                    found[usize::from(likeness < 0.0)].push(Mark {
                        center: Point::new(x.floor() + 0.5, y.floor() + 0.5),
                        module_px: module,
                        likeness: likeness.abs(),
                    });
                }
                x += step;
            }
            y += step;
        }
        module *= RATIO;
    }
    let [dark, light] = found;
    [strongest(dark, &sums, 1.0), strongest(light, &sums, -1.0)]
}

/// Returns whether finder patterns lie all over the picture, as in no picture of a code: a decoder
/// would try their triples one by one for a third of a second.
pub fn crowded(picture: &Luma) -> bool {
    /// A symbol of version 40 that fills the frame has some 200.
    const MOST: usize = 500;
    const EACH_ROW: usize = 6;
    let rows = picture.bytes().chunks_exact(picture.width());
    rows.step_by(EACH_ROW).map(finder_like_runs).sum::<usize>() > MOST
}

/// Counts how often the lengths of five successive runs are as 1:1:3:1:1, the middle one dark.
fn finder_like_runs(row: &[u8]) -> usize {
    const LEAST_CONTRAST: i32 = 40;
    let range = row.iter().min().zip(row.iter().max());
    let Some((low, high)) = range.map(|(low, high)| (i32::from(*low), i32::from(*high))) else {
        return 0;
    };
    // Noise about the middle must not pass for edges.
    let slack = ((high - low) / 6).max(LEAST_CONTRAST / 2);
    let middle = i32::midpoint(low, high);
    let (mut runs, mut length, mut dark, mut count) = ([0_i32; 5], 0, false, 0);
    for grey in row {
        length += 1;
        let grey = i32::from(*grey);
        let turns = if dark {
            grey > middle + slack
        } else {
            grey < middle - slack
        };
        if turns {
            runs.rotate_left(1);
            runs[4] = length;
            count += usize::from(dark && is_finder_like(runs));
            (length, dark) = (0, !dark);
        }
    }
    count
}

fn is_finder_like(runs: [i32; 5]) -> bool {
    let module = runs.iter().sum::<i32>() as f32 / 7.0;
    let near =
        |(run, modules): (i32, f32)| (run as f32 - modules * module).abs() < modules * module * 0.5;
    runs.into_iter().zip([1.0, 1.0, 3.0, 1.0, 1.0]).all(near)
}

/// Keeps one mark per place, its centre and size refined.
fn strongest(mut found: Vec<Mark>, sums: &Sums, dark: f32) -> Vec<Mark> {
    found.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
    let mut kept: Vec<Mark> = Vec::new();
    for mark in found {
        let apart = |other: &Mark| {
            other.center.distance(mark.center) > 4.0 * other.module_px.max(mark.module_px)
        };
        if kept.iter().all(apart) {
            kept.push(refined(mark, sums, dark));
            if kept.len() == MOST_MARKS {
                break;
            }
        }
    }
    kept.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
    kept
}

fn refined(mark: Mark, sums: &Sums, dark: f32) -> Mark {
    let mut best = mark;
    let reach = (mark.module_px * 0.6).ceil() as i32;
    let (x, y) = (mark.center.x as i32, mark.center.y as i32);
    for scale in [0.82, 0.88, 0.94, 1.0, 1.06, 1.12, 1.2] {
        let rings = Rings::new(mark.module_px * scale);
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                let likeness = rings.likeness(sums, x + dx, y + dy) * dark;
                if likeness > best.likeness {
                    best = Mark {
                        center: Point::new((x + dx) as f32 + 0.5, (y + dy) as f32 + 0.5),
                        module_px: mark.module_px * scale,
                        likeness,
                    };
                }
            }
        }
    }
    best
}

/// Half widths of the finder's squares in whole pixels: dark core, light, dark, light border.
struct Rings([i32; 4]);

impl Rings {
    fn new(module: f32) -> Self {
        Self([1.5, 2.5, 3.5, 4.5].map(|half| (half * module - 0.5).round() as i32))
    }

    const fn reach(&self) -> f32 {
        (self.0[3] + 1) as f32
    }

    /// Returns the correlation of the picture with the rings, -1 to 1; 0 outside.
    fn likeness(&self, sums: &Sums, x: i32, y: i32) -> f32 {
        let most = self.0[3] + 1;
        if x < most || y < most || x + most >= sums.columns() || y + most >= sums.rows() {
            return 0.0;
        }
        let within = |half: i32| {
            let side = (2 * half + 1) as f32;
            (sums.sum(x, y, half), side * side)
        };
        let [core, ring, outer, border] = self.0;
        let (a, b) = (within(core), within(ring));
        // Most places are flat and are dismissed here.
        if (a.0 / a.1 - (b.0 - a.0) / (b.1 - a.1)).abs() < LEAST_STEP {
            return 0.0;
        }
        let (c, d) = (within(outer), within(border));
        // Core -1, ring +1, ring -1, border +1 is d - 2c + 2b - 2a.
        let signed = d.0 - 2.0 * c.0 + 2.0 * (b.0 - a.0);
        let signed_area = d.1 - 2.0 * c.1 + 2.0 * (b.1 - a.1);
        let mean = d.0 / d.1;
        let along = signed - mean * signed_area;
        let pattern = d.1 - signed_area * signed_area / d.1;
        let picture = sums.squares(x, y, self.0[3]) - mean * d.0;
        along / (pattern * picture.max(d.1 * 4.0)).sqrt()
    }
}

/// Sums over squares of greys and of their squared values.
struct Sums {
    width: usize,
    height: usize,
    greys: Vec<u32>,
    squares: Vec<u32>,
}

impl Sums {
    fn new(picture: &Luma) -> Self {
        let (width, height) = (picture.width() + 1, picture.height() + 1);
        let mut greys = vec![0_u32; width * height];
        let mut squares = vec![0_u32; width * height];
        for (y, row) in picture.bytes().chunks_exact(picture.width()).enumerate() {
            let (mut sum, mut square) = (0_u32, 0_u32);
            let (above, below) = ((y * width)..((y + 1) * width), (y + 1) * width);
            for (x, grey) in row.iter().enumerate() {
                let grey = u32::from(*grey);
                sum += grey;
                square = square.wrapping_add(grey * grey);
                greys[below + x + 1] = greys[above.start + x + 1].wrapping_add(sum);
                squares[below + x + 1] = squares[above.start + x + 1].wrapping_add(square);
            }
        }
        Self {
            width,
            height,
            greys,
            squares,
        }
    }

    const fn columns(&self) -> i32 {
        self.width as i32 - 1
    }

    const fn rows(&self) -> i32 {
        self.height as i32 - 1
    }

    fn sum(&self, x: i32, y: i32, half: i32) -> f32 {
        self.over(&self.greys, x, y, half)
    }

    fn squares(&self, x: i32, y: i32, half: i32) -> f32 {
        self.over(&self.squares, x, y, half)
    }

    /// Returns the sum over a square. Sums wrap around; their differences do not, within 66,000
    /// pixels.
    fn over(&self, table: &[u32], x: i32, y: i32, half: i32) -> f32 {
        let at = |x: i32, y: i32| table[y as usize * self.width + x as usize];
        let (left, top, right, bottom) = (x - half, y - half, x + half + 1, y + half + 1);
        at(right, bottom)
            .wrapping_sub(at(left, bottom))
            .wrapping_sub(at(right, top))
            .wrapping_add(at(left, top)) as f32
    }
}

/// Returns the marks that could be the three finders of one symbol, likeliest first.
pub fn triples(marks: &[Vec<Mark>; 2]) -> Vec<Triple> {
    let mut triples: Vec<Triple> = marks
        .iter()
        .flat_map(|marks| of_one_colour(marks))
        .collect();
    triples.sort_by(|a, b| b.worth.total_cmp(&a.worth));
    triples
}

fn of_one_colour(marks: &[Mark]) -> Vec<Triple> {
    let mut triples = Vec::new();
    for (i, one) in marks.iter().enumerate() {
        for (j, other) in marks.iter().enumerate().skip(i + 1) {
            let corners = marks
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != i && *at != j);
            triples.extend(corners.filter_map(|(_, corner)| triple(corner, one, other)));
        }
    }
    triples
}

/// Returns a triple if `corner` lies between the two others, at about a right angle and about as
/// far from both.
fn triple(corner: &Mark, one: &Mark, other: &Mark) -> Option<Triple> {
    let (a, b, c) = (corner.center, one.center, other.center);
    let (ux, uy, vx, vy) = (b.x - a.x, b.y - a.y, c.x - a.x, c.y - a.y);
    let (u, v) = (ux.hypot(uy), vx.hypot(vy));
    let cosine = (ux * vx + uy * vy) / (u * v).max(1e-3);
    let legs = u.max(v) / u.min(v).max(1e-3);
    let sizes = [corner.module_px, one.module_px, other.module_px];
    let largest = sizes.iter().copied().fold(0.0, f32::max);
    let smallest = sizes.iter().copied().fold(f32::INFINITY, f32::min);
    let module_px = sizes.iter().product::<f32>().cbrt();
    let cross = ux * vy - uy * vx;
    let modules = cross.abs().sqrt() / module_px + 7.0;
    if cosine.abs() > 0.6
        || legs > 2.2
        || largest > 1.7 * smallest
        || !(17.0..190.0).contains(&modules)
    {
        return None;
    }
    let likeness = corner.likeness + one.likeness + other.likeness;
    let worth = likeness
        - 0.5 * cosine.abs()
        - 0.5 * (legs - 1.0).min(1.0)
        - 0.7 * (largest / smallest - 1.0);
    let (b, c) = if cross > 0.0 { (b, c) } else { (c, b) };
    Some(Triple {
        top_left: a,
        top_right: b,
        bottom_left: c,
        modules,
        worth,
    })
}

impl Triple {
    /// Returns the same triple in another picture.
    #[must_use]
    pub fn mapped(&self, map: &dyn Fn(Point) -> Point) -> Self {
        Self {
            top_left: map(self.top_left),
            top_right: map(self.top_right),
            bottom_left: map(self.bottom_left),
            ..*self
        }
    }

    /// Returns the outer corners of a symbol of `size` modules, with its far corner as if seen
    /// straight on.
    pub fn corners(&self, size: usize) -> [Point; 4] {
        let (a, b, c) = (self.top_left, self.top_right, self.bottom_left);
        let span = size as f32 - 7.0;
        let right = Point::new((b.x - a.x) / span, (b.y - a.y) / span);
        let down = Point::new((c.x - a.x) / span, (c.y - a.y) / span);
        let at = |u: f32, v: f32| {
            let (u, v) = (u - 3.5, v - 3.5);
            Point::new(
                a.x + right.x * u + down.x * v,
                a.y + right.y * u + down.y * v,
            )
        };
        let size = size as f32;
        [at(0.0, 0.0), at(size, 0.0), at(size, size), at(0.0, size)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(grey: impl Fn(usize, usize) -> bool) -> Luma {
        let bytes = (0..1_280 * 720)
            .map(|i| if grey(i % 1_280, i / 1_280) { 20 } else { 230 })
            .collect();
        Luma::new(1_280, 720, bytes).unwrap()
    }

    #[test]
    fn finders_all_over_are_no_picture_of_a_code_and_the_largest_code_is_one() {
        let ring = |i: usize| i.min(6_usize.saturating_sub(i));
        let finders = picture(|x, y| {
            let (x, y) = (x / 4 % 9, y / 4 % 9);
            x < 7 && y < 7 && ring(x).min(ring(y)) != 1
        });
        assert!(crowded(&finders));
        let code = qrcode::QrCode::new(vec![b'x'; 2_000]).unwrap();
        let (modules, colors) = (code.width(), code.to_colors());
        let largest = picture(|x, y| {
            let (column, row) = (x / 4, y / 4);
            column.max(row) < modules && colors[row * modules + column] == qrcode::Color::Dark
        });
        assert!(modules > 150 && !crowded(&largest));
    }
}
