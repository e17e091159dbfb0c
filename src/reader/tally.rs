//! Sums what several frames show of the modules of one symbol: noise and blur differ, the symbol
//! does not.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernels; every index is bounded by the symbol's size"
)]

use super::{
    equaliser,
    lattice::{Atlas, Lattice},
    luma::Luma,
    passes::{Decode, Look},
    protocol::{Code, Pass},
    symbol,
};

/// The symbol seen so far. It may be a person's code, so it prints nothing.
#[derive(Default)]
pub struct Tally {
    version: u8,
    frames: u32,
    light: Vec<f32>,
}

impl std::fmt::Debug for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tally ({} frames)", self.frames)
    }
}

/// Below this agreement the modules of two frames show different symbols.
const SAME: f32 = 0.25;

impl Tally {
    /// Reads the symbol from this frame alone, then from all frames so far.
    pub fn read(
        &mut self,
        picture: &Luma,
        lattice: &Lattice,
        atlas: &Atlas,
        decode: Decode<'_>,
    ) -> Vec<Code> {
        let mut greys = lattice.greys(picture);
        if lattice.fit < 0.0 {
            for grey in &mut greys {
                *grey = -*grey;
            }
        }
        let known = &atlas.known(lattice.version).modules;
        let light = equaliser::lightness(lattice.version, &greys, known);
        let alone = decoded(lattice, &light, Pass::Grid, decode);
        if alone.iter().any(Code::readable) {
            *self = Self::default();
            return alone;
        }
        self.add(lattice, &light);
        if self.frames < 2 {
            return alone;
        }
        decoded(lattice, &self.light, Pass::Frames, decode)
    }

    fn add(&mut self, lattice: &Lattice, light: &[f32]) {
        let weight = lattice.fit * lattice.fit;
        if self.version != lattice.version || likeness(&self.light, light) < SAME {
            *self = Self {
                version: lattice.version,
                frames: 1,
                light: light.iter().map(|l| l.clamp(-1.5, 1.5) * weight).collect(),
            };
            return;
        }
        self.frames += 1;
        for (sum, light) in self.light.iter_mut().zip(light) {
            *sum = *sum * 0.9 + light.clamp(-1.5, 1.5) * weight;
        }
    }
}

fn likeness(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-6)
}

/// Draws the symbol clean and lets the decoder read it.
fn decoded(lattice: &Lattice, light: &[f32], pass: Pass, decode: Decode<'_>) -> Vec<Code> {
    let mut codes = decode(&drawn(lattice.version, light), Look::Drawn);
    for code in &mut codes {
        code.corners = lattice.corners;
        code.version = lattice.version;
        code.pass = pass;
    }
    codes
}

/// Draws three pixels per module, black and white, in a border.
fn drawn(version: u8, light: &[f32]) -> Luma {
    const MODULE: usize = 3;
    const QUIET: usize = 4;
    let size = symbol::size(version);
    let side = (size + 2 * QUIET) * MODULE;
    let bytes = (0..side * side)
        .map(|i| {
            let column = (i % side / MODULE).wrapping_sub(QUIET);
            let row = (i / side / MODULE).wrapping_sub(QUIET);
            let dark = column < size && row < size && light[row * size + column] < 0.0;
            if dark { 0 } else { 255 }
        })
        .collect();
    Luma::square(side, bytes)
}
