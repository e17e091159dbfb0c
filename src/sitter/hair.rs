//! The hair as a solid: cap, knot, hanging hair, and hair over ears and brows; in the mean head's
//! frame.

use super::{
    head::Head,
    person::{BUN_HEIGHT, Cut},
    shape::{bump, cone, ellipsoid, join, lerp, meet, noise2, step},
    vector::{V3, v3},
};

impl Head {
    /// Returns the distance to the hair: combed, and over ears and brows; in the mean head's frame.
    pub fn hair(&self, p: V3) -> f32 {
        let f = p.folded();
        let mut d = self.combed(p, f);
        if self.hair.over_ears > 0.0 {
            d = join(d, side_lock(f, self.hair.over_ears), 0.5);
        }
        if self.hair.over_eyes > 0.0 {
            d = join(d, self.curtain(p, f), 0.8);
        }
        d
    }

    /// Returns the distance to a cap cut by the hairline, with hanging or tied hair.
    fn combed(&self, p: V3, f: V3) -> f32 {
        let v = self.hair.volume;
        if f.z > 1.0 && f.x < 4.2 && p.y < 1.4 {
            // This is the face: its hair is all above.
            return 3.4 - p.y;
        }
        let cap = ellipsoid(
            f,
            v3(0.0, 2.5, -4.7),
            v3(7.05 + 0.55 * v, 8.2 + v, 9.0 + 0.5 * v),
        );
        let tied = match self.hair.cut {
            Cut::Short | Cut::Cropped => f32::MAX,
            Cut::Long => hanging(f),
            Cut::Bun => self.knot(f),
        };
        let top = ellipsoid(
            f,
            v3(0.0, 5.0, -4.2),
            v3(6.4 + 0.6 * v, 5.6 + v, 7.8 + 0.5 * v),
        );
        let cap = join(cap, top, 1.0);
        if cap > 2.0 {
            return tied.min(cap);
        }
        let mut over = p.y - self.hairline(p, f);
        if cap < 0.5 && over.abs() < 2.0 {
            over -= ragged(p.x) * step(2.0, 0.8, over.abs());
        }
        let thin = 0.75 * v * step(3.4, 0.0, over) * step(-4.0, -1.0, p.z);
        let combed = cap + self.groove(p) + thin;
        tied.min(meet(combed, -0.7 * over, 0.3))
    }

    /// Returns the distance to the knot, tied at the back of the head: the higher, the further
    /// forward, on a neck of hair.
    pub fn knot(&self, f: V3) -> f32 {
        let up = self.hair.bun_height - BUN_HEIGHT;
        let center = v3(0.0, self.hair.bun_height, -8.6 + 0.6 * up.clamp(0.0, 7.0));
        let knot = ellipsoid(f, center, v3(3.5, 3.1, 3.1));
        if up <= 0.5 {
            return knot;
        }
        join(knot, cone(f, v3(0.0, 9.0, -7.0), center, 2.6, 2.0), 1.0)
    }

    /// Returns the distance to a fringe that hangs over the forehead in locks of uneven length.
    fn curtain(&self, p: V3, f: V3) -> f32 {
        let shell = ellipsoid(f, v3(0.0, 2.6, -4.2), v3(7.3, 8.4, 9.8));
        let (front, o) = (1.0 - f.z, self.hair.over_eyes);
        if shell > 1.5 {
            return shell;
        }
        let brows = 1.5;
        let hangs = if o < 0.5 {
            lerp(self.hair.line, brows, 2.0 * o)
        } else {
            lerp(brows, -0.05, 2.0 * o - 1.0)
        };
        let uneven = 0.6 * (noise2(p.x * 1.7, 21.0) - 0.5) + 0.3 * (noise2(p.x * 6.0, 5.0) - 0.5);
        let over = p.y - hangs - uneven - 1.4 * step(5.2, 6.6, f.x);
        let parted = step(0.35, 0.9, noise2(p.x * 2.2, 40.0 + p.y * 0.2));
        let gap = 0.5 * step(1.6, 0.0, over) * parted;
        // Its details are steep, so steps must be short.
        0.7 * meet(shell + gap, (-0.6 * over).max(front), 0.3)
    }

    /// Returns how much of the skin beside the hairline is covered by single hairs, 0..=1.
    pub fn feather(&self, p: V3, f: V3) -> f32 {
        if f.x > 6.9 || p.z < -2.0 {
            return 0.0;
        }
        step(-0.75, 0.1, p.y - self.hairline(p, f) - ragged(p.x))
    }

    /// Returns the depth of the parting, a shallow furrow from the hairline back.
    fn groove(&self, p: V3) -> f32 {
        match self.hair.cut {
            Cut::Cropped | Cut::Bun => 0.0,
            Cut::Short | Cut::Long => {
                let across = p.x - self.parting_x - 0.05 * (p.y - 6.0);
                0.2 * bump(across, 0.35) * step(-8.0, -3.0, p.z) * step(4.0, 6.0, p.y)
            }
        }
    }

    /// Returns the height below which there is no hair: forehead, temples, over the ear, nape.
    fn hairline(&self, p: V3, f: V3) -> f32 {
        let swept = step(0.0, 5.0, (p.x - self.parting_x).abs());
        let middle = self.hair.line + 0.3 - 0.04 * p.x * p.x - self.hair.fringe * swept;
        let burn = match self.hair.cut {
            Cut::Short => -1.2,
            Cut::Cropped => 0.3,
            Cut::Long | Cut::Bun => 1.2,
        };
        let front = lerp(middle, burn, step(4.6, 6.9, f.x));
        let nape = match self.hair.cut {
            Cut::Long => -14.0,
            Cut::Short | Cut::Cropped | Cut::Bun => -7.5,
        };
        let behind = lerp(1.4, nape, step(-5.0, -6.6, f.z));
        lerp(front, behind, step(-1.4, -3.4, f.z))
    }
}

/// Returns the unevenness of the hairline.
fn ragged(x: f32) -> f32 {
    0.3 * (noise2(x * 2.6, 3.0) - 0.5) + 0.16 * (noise2(x * 8.0, 9.0) - 0.5)
}

/// Returns the distance to a lock from the temple down in front of the ear: the longer, the more of
/// the ear it covers. It ends in a point.
fn side_lock(f: V3, share: f32) -> f32 {
    let low = lerp(3.0, -2.6, share);
    let q = v3(f.x - 0.1 * (f.y * 0.7).sin(), f.y, f.z);
    let upper = cone(q, v3(6.3, 6.0, -3.2), v3(7.7, low, -2.4), 0.9, 1.2);
    let tip = cone(q, v3(7.7, low, -2.4), v3(7.3, low - 3.6, -2.0), 1.2, 0.25);
    join(upper, tip, 1.2)
}

/// Returns the distance to long hair: behind the ears and down the back, spreading a little over
/// the shoulders.
fn hanging(f: V3) -> f32 {
    let wave = 0.22 * (f.y * 0.42 + 0.6).sin();
    let q = v3(f.x - wave, f.y, f.z);
    let upper = cone(q, v3(6.1, 3.0, -6.3), v3(6.9, -12.0, -5.8), 2.2, 2.6);
    let lower = cone(q, v3(6.9, -12.0, -5.8), v3(6.3, -17.3, -3.6), 2.6, 1.5);
    let side = join(upper, lower, 1.0);
    let back = ellipsoid(f, v3(0.0, -8.0, -10.0), v3(7.0, 14.0, 4.0));
    join(side, back, 1.0)
}
