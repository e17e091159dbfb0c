//! Finds where each module of a symbol lies in a picture: four corners, refined by what every
//! symbol of its size shows.
//!
//! A decoder thresholds the picture and follows edges; at two blurred pixels per module there are
//! none. The known modules are a few hundred measurements, and their correlation with the picture
//! peaks sharply where the grid is right.
#![expect(
    clippy::indexing_slicing,
    reason = "numeric kernels; every index is bounded by the symbol's size"
)]

use std::sync::OnceLock;

use super::{
    finder::Triple,
    luma::Luma,
    symbol::{self, Module, Part},
};
use crate::geometry::Point;

/// Maps module coordinates to pixels: (0, 0) is the finder corner's outer edge, (size, size) the
/// opposite one's.
#[derive(Clone, Copy, Debug)]
pub struct Homography([f32; 8]);

impl Homography {
    /// Maps a square of `side` to a quadrilateral, corners in its order (Heckbert, 1989).
    pub fn onto(corners: &[Point; 4], side: f32) -> Self {
        let [a, b, c, d] = corners;
        let (dx1, dy1) = (b.x - c.x, b.y - c.y);
        let (dx2, dy2) = (d.x - c.x, d.y - c.y);
        let (sx, sy) = (a.x - b.x + c.x - d.x, a.y - b.y + c.y - d.y);
        let area = dx1 * dy2 - dx2 * dy1;
        let area = if area.abs() < 1e-6 { 1e-6 } else { area };
        let g = (sx * dy2 - dx2 * sy) / area;
        let h = (dx1 * sy - sx * dy1) / area;
        let s = 1.0 / side;
        Self([
            (b.x - a.x + g * b.x) * s,
            (d.x - a.x + h * d.x) * s,
            a.x,
            (b.y - a.y + g * b.y) * s,
            (d.y - a.y + h * d.y) * s,
            a.y,
            g * s,
            h * s,
        ])
    }

    pub fn apply(&self, u: f32, v: f32) -> (f32, f32) {
        let [a, b, c, d, e, f, g, h] = self.0;
        let w = 1.0 / (g * u + h * v + 1.0);
        ((a * u + b * v + c) * w, (d * u + e * v + f) * w)
    }
}

/// The known modules of one version, ready to be correlated.
pub struct Known {
    pub version: u8,
    pub modules: Vec<Module>,
    /// Those at the far corner, or the timing lines' where there is none.
    far: Vec<Module>,
    /// Root of each module's weight: the finders have many modules and say little about the grid
    /// between them.
    weights: Vec<f32>,
    /// Unit vectors of even, leftward and downward light, which a lamp may add without harm.
    light: [Vec<f32>; 3],
    /// The pattern without those components, of length 1; light is positive.
    pattern: Vec<f32>,
}

impl Known {
    pub fn new(version: u8) -> Self {
        let modules = symbol::known(version);
        let weight = |m: &Module| if m.part == Part::Finder { 1.0 } else { 1.6 };
        let weights: Vec<f32> = modules.iter().map(weight).collect();
        let weighted = |of: &dyn Fn(&Module) -> f32| -> Vec<f32> {
            modules
                .iter()
                .zip(&weights)
                .map(|(m, w)| of(m) * w)
                .collect()
        };
        let mut light: [Vec<f32>; 3] = [
            weighted(&|_| 1.0),
            weighted(&|m| m.column as f32),
            weighted(&|m| m.row as f32),
        ];
        for i in 0..3 {
            let (before, rest) = light.split_at_mut(i);
            for earlier in before.iter() {
                take_out(&mut rest[0], earlier);
            }
            normalise(&mut rest[0]);
        }
        let mut pattern = weighted(&|m| if m.dark { -1.0 } else { 1.0 });
        for part in &light {
            take_out(&mut pattern, part);
        }
        normalise(&mut pattern);
        let last = symbol::size(version) - 10;
        let is_far = |m: &&Module| {
            if version == 1 {
                m.part != Part::Finder
            } else {
                m.column.min(m.row) > last
            }
        };
        let far = modules.iter().filter(is_far).copied().collect();
        Self {
            version,
            modules,
            far,
            weights,
            light,
            pattern,
        }
    }

    /// Returns the correlation of the picture with the pattern, -1 to 1; negative for a light code
    /// on dark.
    fn fit(&self, picture: &Luma, corners: &[Point; 4], seen: &mut Vec<f32>) -> f32 {
        let grid = Homography::onto(corners, symbol::size(self.version) as f32);
        seen.clear();
        seen.extend(
            self.modules
                .iter()
                .zip(&self.weights)
                .map(|(module, weight)| {
                    let (x, y) = grid.apply(module.column as f32 + 0.5, module.row as f32 + 0.5);
                    picture.at(x, y) * weight
                }),
        );
        let along = |vector: &[f32]| dot(vector, seen);
        let whole = along(seen);
        let lit: f32 = self.light.iter().map(|part| along(part).powi(2)).sum();
        let rest = (whole - lit).max(1.0);
        along(&self.pattern) / rest.sqrt()
    }
}

impl Known {
    /// Returns the corners with the far one moved to a few likely places of its alignment pattern.
    fn far_corners(&self, picture: &Luma, corners: &[Point; 4], module: f32) -> Vec<[Point; 4]> {
        const MOST: usize = 8;
        let size = symbol::size(self.version) as f32;
        let reach = 2.0 + 0.09 * size;
        let step = 0.7;
        let steps = (reach / step) as i32;
        let mut found = Vec::new();
        for i in -steps..=steps {
            for j in -steps..=steps {
                let mut moved = *corners;
                moved[2].x += i as f32 * step * module;
                moved[2].y += j as f32 * step * module;
                found.push((self.far_likeness(picture, &moved).abs(), moved));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found
            .into_iter()
            .take(MOST)
            .map(|(_, moved)| moved)
            .collect()
    }

    /// Returns the correlation of the picture with the alignment pattern at the far corner or,
    /// where there is none, with the timing lines' ends.
    fn far_likeness(&self, picture: &Luma, corners: &[Point; 4]) -> f32 {
        let grid = Homography::onto(corners, symbol::size(self.version) as f32);
        let (mut sum, mut squares, mut along, mut balance) = (0.0, 0.0, 0.0, 0.0);
        for module in &self.far {
            let (x, y) = grid.apply(module.column as f32 + 0.5, module.row as f32 + 0.5);
            let (grey, sign) = (picture.at(x, y), if module.dark { -1.0 } else { 1.0 });
            sum += grey;
            squares += grey * grey;
            along += grey * sign;
            balance += sign;
        }
        let count = self.far.len().max(1) as f32;
        let spread = (squares - sum * sum / count).max(1.0) * (count - balance * balance / count);
        (along - balance * sum / count) / spread.max(1.0).sqrt()
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn take_out(from: &mut [f32], unit: &[f32]) {
    let along = dot(from, unit);
    for (from, unit) in from.iter_mut().zip(unit) {
        *from -= along * unit;
    }
}

fn normalise(vector: &mut [f32]) {
    let length = dot(vector, vector).sqrt().max(1e-6);
    for part in vector {
        *part /= length;
    }
}

/// The known modules of all versions, each computed when first needed.
pub struct Atlas(Vec<OnceLock<Known>>);

impl std::fmt::Debug for Atlas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Atlas")
    }
}

impl Default for Atlas {
    fn default() -> Self {
        Self((0..=40).map(|_| OnceLock::new()).collect())
    }
}

impl Atlas {
    pub fn known(&self, version: u8) -> &Known {
        let version = version.clamp(1, 40);
        self.0[usize::from(version)].get_or_init(|| Known::new(version))
    }

    /// Returns the grid that has its finders at `triple`: the version is roughly known from their
    /// distance.
    pub fn settle(&self, picture: &Luma, triple: &Triple) -> Option<Lattice> {
        const MOST_TRIED: usize = 2;
        const RIVAL: f32 = 0.7;
        let modules = triple.modules;
        let near = |version: &u8| {
            let size = symbol::size(*version) as f32;
            (size - modules).abs() < 1.5 + 0.05 * modules
        };
        let mut lattices: Vec<Lattice> = symbol::VERSIONS
            .filter(near)
            .map(|version| {
                let corners = triple.corners(symbol::size(version));
                Lattice::guessed(picture, self.known(version), corners)
            })
            .collect();
        lattices.retain(|lattice| lattice.fit.abs() > WORTH_SETTLING);
        lattices.sort_by(|a, b| b.fit.abs().total_cmp(&a.fit.abs()));
        let least = lattices.first().map_or(0.0, |best| best.fit.abs() * RIVAL);
        lattices.retain(|lattice| lattice.fit.abs() > least);
        let settled = lattices
            .into_iter()
            .take(MOST_TRIED)
            .map(|lattice| Lattice::settle(picture, self.known(lattice.version), lattice.corners));
        settled.max_by(|a, b| a.fit.abs().total_cmp(&b.fit.abs()))
    }
}

/// A settled grid.
#[derive(Clone, Debug)]
pub struct Lattice {
    pub version: u8,
    /// Outer corners of the symbol from the finder corner on, in its own rotation, in pixels of the
    /// picture.
    pub corners: [Point; 4],
    /// How well the known modules match there, -1 to 1; negative for a light code on dark.
    pub fit: f32,
}

/// A guess that fits less than this is not refined.
const WORTH_SETTLING: f32 = 0.2;
/// The far corner need not be searched where the guess fits this well.
const SEEN_WELL: f32 = 0.7;

/// Below this the grid lies on something else; 0.3 is often reached by chance.
pub const LEAST_FIT: f32 = 0.42;

impl Lattice {
    /// Guesses the grid. Three corners are visible; perspective moves the fourth by some modules
    /// from where they would put it.
    ///
    /// The fourth is searched by the alignment pattern beside it, which is small and found in many
    /// places by chance: the likeliest few are judged by the whole grid.
    fn guessed(picture: &Luma, known: &Known, corners: [Point; 4]) -> Self {
        let mut seen = Vec::new();
        let fit = known.fit(picture, &corners, &mut seen);
        let mut best = Self {
            version: known.version,
            corners,
            fit,
        };
        if best.fit.abs() > SEEN_WELL {
            return best;
        }
        for moved in known.far_corners(picture, &corners, best.module_px()) {
            let fit = known.fit(picture, &moved, &mut seen);
            if fit.abs() > best.fit.abs() {
                (best.fit, best.corners) = (fit, moved);
            }
        }
        best
    }

    /// Moves the corners to where the known modules match best. Stops early where nothing matches.
    pub fn settle(picture: &Luma, known: &Known, corners: [Point; 4]) -> Self {
        const HALVINGS: u32 = 4;
        const ROUNDS: u32 = 3;
        let mut seen = Vec::new();
        let mut best = Self {
            version: known.version,
            corners,
            fit: known.fit(picture, &corners, &mut seen),
        };
        let mut step = 0.8 * best.module_px();
        best.try_moves(picture, known, &moves_together(), step, &mut seen);
        for _ in 0..HALVINGS {
            for _ in 0..ROUNDS {
                if !best.try_moves(picture, known, &moves_apart(), step, &mut seen) {
                    break;
                }
            }
            if best.fit.abs() < LEAST_FIT / 2.0 {
                break;
            }
            step /= 2.0;
        }
        best
    }

    /// Returns the mean side of a module in pixels.
    fn module_px(&self) -> f32 {
        symbol::module_px(&self.corners, self.version)
    }

    fn try_moves(
        &mut self,
        picture: &Luma,
        known: &Known,
        moves: &[[f32; 8]],
        step: f32,
        seen: &mut Vec<f32>,
    ) -> bool {
        let before = self.fit.abs();
        for direction in moves {
            for signed in [step, -step] {
                let mut corners = self.corners;
                for (corner, by) in corners.iter_mut().zip(direction.chunks_exact(2)) {
                    corner.x += by[0] * signed;
                    corner.y += by[1] * signed;
                }
                let fit = known.fit(picture, &corners, seen);
                if fit.abs() > self.fit.abs() {
                    (self.fit, self.corners) = (fit, corners);
                    break;
                }
            }
        }
        self.fit.abs() > before
    }

    /// Returns the grey at the middle of every module, row by row.
    pub fn greys(&self, picture: &Luma) -> Vec<f32> {
        let size = symbol::size(self.version);
        let grid = Homography::onto(&self.corners, size as f32);
        // Large modules are averaged over their inner part to reduce noise.
        let reach = if self.module_px() > 2.8 { 0.22 } else { 0.0 };
        let grey = |u: f32, v: f32| {
            let (x, y) = grid.apply(u, v);
            picture.at(x, y)
        };
        (0..size * size)
            .map(|i| {
                let (u, v) = ((i % size) as f32 + 0.5, (i / size) as f32 + 0.5);
                if reach == 0.0 {
                    return grey(u, v);
                }
                let corners = [
                    (-reach, -reach),
                    (reach, -reach),
                    (-reach, reach),
                    (reach, reach),
                ];
                let around: f32 = corners.iter().map(|(du, dv)| grey(u + du, v + dv)).sum();
                (around + grey(u, v)) / 5.0
            })
            .collect()
    }
}

fn moves_together() -> [[f32; 8]; 2] {
    [
        [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0],
        [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0],
    ]
}

/// Returns the directions to try. The far corner comes first: it is guessed, while the three with a
/// finder are visible.
fn moves_apart() -> [[f32; 8]; 8] {
    let mut moves = [[0.0; 8]; 8];
    for (way, at) in moves.iter_mut().zip([4, 5, 0, 1, 2, 3, 6, 7]) {
        way[at] = 1.0;
    }
    moves
}
