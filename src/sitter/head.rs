//! The head as solids. Its frame: origin between the eyes, x to the picture's right, y up, z
//! forwards, centimetres.
//!
//! Everything is built for the mean head and stretched by the person's proportions. Both halves are
//! the same: a point is folded to x >= 0 before it is evaluated, except where something is not
//! symmetric (parting, fringe).

use super::{
    person::{Cut, Face, Glasses, Hair, Person},
    pose::Pose,
    shape::{bump, carve, cone, ellipsoid, join, lerp, span, sphere, step},
    vector::{V3, v3},
};

pub const EYEBALL: V3 = v3(3.15, 0.0, 2.45);
pub const EYEBALL_RADIUS: f32 = 1.6;
const LID_RADIUS: f32 = 1.74;
/// Half the width of an eye's opening.
pub const EYE_HALF: f32 = 1.48;
const EAR: V3 = v3(7.25, -1.3, -3.9);
pub const MOUTH_Y: f32 = -6.75;
/// The gap between the lips at `mouth` = 1.
const WIDEST_GAP: f32 = 2.4;
/// Above this only hair is visible.
const HAIR_ONLY: f32 = 8.0;
/// A ball that contains the head with hair and bun, but not long hair below the chin.
pub const BOUND: (V3, f32) = (v3(0.0, -0.4, -3.6), 16.2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Skin,
    Eye,
    Hair,
    Rim,
}

#[derive(Clone, Debug)]
pub struct Head {
    pub face: Face,
    pub hair: Hair,
    glasses: Option<Glasses>,
    /// From the mean head to this head.
    pub stretch: V3,
    shrink: V3,
    thin: f32,
    eyes: f32,
    gap: f32,
    smile: f32,
    /// Where the parting is; always on the sitter's left, the picture's right.
    pub parting_x: f32,
}

impl Head {
    pub fn new(person: &Person, pose: &Pose) -> Self {
        let face = person.face.clone();
        let stretch = v3(face.width, face.height, 1.0);
        Self {
            hair: person.hair.clone(),
            glasses: person.glasses.clone(),
            stretch,
            shrink: v3(1.0 / face.width, 1.0 / face.height, 1.0),
            thin: face.width.min(face.height).min(1.0),
            eyes: pose.eyes.clamp(0.0, 1.3),
            gap: pose.mouth.clamp(0.0, 1.0) * WIDEST_GAP,
            smile: pose.smile.clamp(0.0, 1.0),
            parting_x: 2.6,
            face,
        }
    }

    /// Maps a point of this head to the mean head.
    #[inline]
    pub fn mean(&self, p: V3) -> V3 {
        p.times(self.shrink)
    }

    /// Returns the distance to anything of the head.
    pub fn distance(&self, p: V3) -> f32 {
        let p = self.mean(p);
        let f = p.folded();
        let rough = self.rough(f);
        if rough > 2.0 {
            return (rough - 0.5) * self.thin;
        }
        if p.y > HAIR_ONLY {
            return self.hair(p) * self.thin;
        }
        let mut d = self.skin(p).min(self.hair(p));
        if f.z > 0.0 {
            d = d.min(sphere(f, EYEBALL, EYEBALL_RADIUS));
        }
        if self.glasses.is_some() {
            d = d.min(self.rim(f));
        }
        d * self.thin
    }

    /// Returns the part that a point on the surface belongs to.
    pub fn part(&self, p: V3) -> Part {
        let p = self.mean(p);
        let f = p.folded();
        let parts = [
            (Part::Skin, self.skin(p)),
            (Part::Hair, self.hair(p)),
            (Part::Eye, sphere(f, EYEBALL, EYEBALL_RADIUS)),
            (Part::Rim, self.rim(f)),
        ];
        parts
            .into_iter()
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(Part::Skin, |(part, _)| part)
    }

    /// Returns an estimate never more than half a centimetre above the true distance to anything of
    /// the head.
    fn rough(&self, f: V3) -> f32 {
        let head = ellipsoid(f, v3(0.0, -0.7, -3.2), v3(9.4, 13.4, 11.2));
        match self.hair.cut {
            Cut::Short | Cut::Cropped => head,
            Cut::Long => head.min(cone(f, v3(4.0, 3.0, -7.4), v3(4.0, -19.0, -7.6), 6.0, 6.6)),
            Cut::Bun => head.min(self.knot(f) - 0.1),
        }
    }

    /// Returns the distance to skin alone, without ears where they are not wanted; in the mean
    /// head's frame.
    pub fn skin(&self, p: V3) -> f32 {
        let p = self.jaw_closed(p);
        let f = p.softly_folded();
        let d = self.skull(f);
        let juts = if f.x < 3.0 { 2.8 } else { 1.8 };
        if d > juts + 0.7 {
            return d - juts;
        }
        let d = if f.z > -3.2 { self.front(p, f, d) } else { d };
        let near_ear = f.x > 4.5 && sphere(f, EAR, 3.4) < d + 0.35;
        if near_ear { join(d, ear(f), 0.35) } else { d }
    }

    /// Returns the distance to the large forms: cranium, face, jaw and chin.
    pub fn skull(&self, f: V3) -> f32 {
        let cranium = ellipsoid(f, v3(0.0, 2.4, -4.6), v3(7.0, 8.2, 9.0));
        let face = ellipsoid(f, v3(0.0, -2.4, -2.3), v3(6.75, 8.0, 6.8));
        let jaw_x = 4.55 * self.face.jaw;
        let jaw = cone(f, v3(1.9, -9.0, 2.3), v3(jaw_x, -5.6, -2.6), 2.0, 1.9);
        let chin = ellipsoid(f, v3(0.0, -9.7, 3.2), v3(2.5 * self.face.jaw, 1.85, 1.8));
        join(join(join(cranium, face, 1.6), jaw, 3.0), chin, 2.6)
    }

    fn front(&self, p: V3, f: V3, skull: f32) -> f32 {
        // Each form is evaluated only as far as its fillet reaches.
        let mut d = skull;
        if f.y > -7.0 && f.y < 2.0 {
            let up = 0.3 * self.smile;
            let cheek = ellipsoid(f, v3(4.1, -2.5 + up, 1.1), v3(2.3, 1.9, 2.3 + 0.5 * up));
            d = join(d, cheek, 2.2);
        }
        if f.y < -2.2 {
            let muzzle = ellipsoid(f, v3(0.0, -6.9, 2.2), v3(3.5, 2.7, 2.75));
            d = join(d, muzzle, 1.6);
        }
        if f.y > -1.0 && f.y < 5.0 {
            let brow = cone(f, v3(0.7, 1.9, 3.75), v3(4.4, 1.9, 2.45), 0.95, 0.95);
            d = join(d, brow, 1.4);
        }
        if f.y.abs() < 2.8 {
            let socket = ellipsoid(f, v3(3.35, -0.05, 5.05), v3(1.85, 1.2, 1.25));
            d = carve(d, socket, 1.2);
        }
        if sphere(f, v3(0.0, -1.6, 5.1), 3.4) < d + 1.9 {
            d = self.nose(f, d);
        }
        if f.x < 3.4 && f.y < -4.4 {
            d -= self.lips(p);
        }
        if self.smile > 0.0 {
            d += 0.1 * self.smile * cheek_fold(f);
        }
        if f.x > 1.2 && f.x < 5.4 && f.y.abs() < 2.2 {
            d = self.lids(f, d);
        }
        d
    }

    fn nose(&self, f: V3, d: f32) -> f32 {
        let (w, l) = (self.face.nose_width, self.face.nose_length);
        let bridge = cone(f, v3(0.0, 0.9, 4.15), v3(0.0, -3.1 * l, 6.1), 0.72, 0.78);
        let tip = ellipsoid(f, v3(0.0, -3.35 * l, 6.2), v3(1.05 * w, 0.9, 0.95));
        let wing = ellipsoid(f, v3(1.2 * w, -3.75 * l, 5.15), v3(0.72, 0.72, 0.95));
        let nostril = ellipsoid(f, v3(0.62 * w, -4.42 * l, 5.85), v3(0.34, 0.3, 0.6));
        let nose = join(join(bridge, tip, 0.7), wing, 0.7);
        carve(join(d, nose, 1.9), nostril, 0.25)
    }

    /// Returns how far the lips stand out; negative in the seam between them. The jaw is closed
    /// here.
    fn lips(&self, p: V3) -> f32 {
        let full = self.face.lip_fullness;
        let y = p.y - mouth_line(p.x);
        let bow = bump(y - 0.42, 0.62) * bump(p.x, 2.9) * (1.0 - 0.35 * bump(p.x, 0.4));
        let lower = bump(y + 0.62, 0.8) * bump(p.x, 2.4);
        let under = bump(y + 1.75, 0.7) * bump(p.x, 2.2);
        let groove = bump(p.x, 0.42) * bump(p.y + 5.4, 0.8);
        let seam = bump(y, 0.17) * bump(p.x, 2.8);
        full * (0.34 * bow + 0.42 * lower) - 0.18 * under - 0.14 * groove - 0.2 * seam
    }

    fn lids(&self, f: V3, d: f32) -> f32 {
        let lid = sphere(f, EYEBALL, LID_RADIUS);
        let wide = step(1.5, 0.9, (f.x - EYEBALL.x).abs());
        let crease = 0.09 * self.face.double_lid * wide * bump(self.over_lid(f) - 0.36, 0.13);
        let d = join(d, lid, 0.5) + crease;
        d.max(self.aperture(f) * 0.9)
    }

    /// Returns the signed distance, on the front plane, into the opening between the lids; positive
    /// inside. `f` is folded.
    pub fn aperture(&self, f: V3) -> f32 {
        let u = f.x - EYEBALL.x;
        let bow = 1.0 - (u / EYE_HALF) * (u / EYE_HALF);
        let v = f.y - self.face.eye_slant * u;
        let open = self.eyes;
        let high = lerp(-0.47, 0.54 * self.face.eye_height, open) * bow;
        let low = lerp(-0.4, -0.45 * self.face.eye_height, open) * bow;
        (high - v).min(v - low).min(EYE_HALF - u.abs())
    }

    /// Returns the height above the upper lid's rim.
    pub fn over_lid(&self, f: V3) -> f32 {
        let u = f.x - EYEBALL.x;
        let bow = (1.0 - (u / 1.6) * (u / 1.6)).max(-0.5);
        let v = f.y - self.face.eye_slant * u;
        v - lerp(-0.44, 0.54 * self.face.eye_height, self.eyes) * bow
    }

    /// Moves a point of a smile to where it would be with the mouth at rest: the corners go up and
    /// out.
    fn unsmiled(&self, p: V3) -> V3 {
        if self.smile <= 0.0 || p.z < -1.0 {
            return p;
        }
        let around = step(5.6, 3.2, p.x.abs()) * bump(p.y - MOUTH_Y - 0.4, 3.6);
        let reach = self.smile * around * step(-1.0, 1.5, p.z);
        let corner = (p.x / 2.9) * (p.x / 2.9);
        v3(
            p.x * (1.0 - 0.12 * reach),
            p.y - 0.52 * reach * corner.min(1.0),
            p.z,
        )
    }

    /// Moves a point of a smile, an open mouth or a lowered chin to where it would be with the lips
    /// closed and at rest.
    pub fn jaw_closed(&self, p: V3) -> V3 {
        let p = self.unsmiled(p);
        let below = mouth_line(p.x) - p.y;
        if self.gap <= 0.0 || below <= 0.0 {
            return p;
        }
        let lips = (1.0 - (p.x / 2.3) * (p.x / 2.3)).max(0.0);
        let side = step(-4.0, 3.0, p.z) * 0.85;
        let fall = self.gap * lerp(lips, side, step(0.0, 2.5 + self.gap, below));
        v3(p.x, p.y + fall.min(below), p.z)
    }

    /// Returns how deep below the upper lip a point of the surface in the open mouth is, as a share
    /// of the gap; `None` outside it.
    pub fn in_mouth(&self, p: V3) -> Option<f32> {
        let p = self.unsmiled(p);
        let below = mouth_line(p.x) - p.y;
        let lips = (1.0 - (p.x / 2.3) * (p.x / 2.3)).max(0.0);
        let gap = self.gap * lips;
        (gap > 0.02 && below > 0.0 && below < gap).then(|| below / gap)
    }

    /// Returns the distance to the glasses' frame, without the lenses.
    pub fn rim(&self, f: V3) -> f32 {
        let Some(glasses) = &self.glasses else {
            return f32::MAX;
        };
        let lens = self.lens_edge(f);
        let z = f.z - lens_plane(f.x);
        let ring = span(lens, z) - glasses.rim;
        let bridge = cone(f, v3(0.0, 0.55, 5.75), v3(0.95, 0.45, 5.5), 0.11, 0.11);
        let arm = cone(f, v3(5.75, 0.7, 4.2), v3(7.6, 0.6, -4.5), 0.15, 0.15);
        ring.min(bridge).min(arm)
    }

    /// Returns the signed distance to a lens's outline on the front plane; negative within the
    /// lens.
    pub fn lens_edge(&self, f: V3) -> f32 {
        let round = self.glasses.as_ref().is_some_and(|g| g.round);
        let q = v3(f.x - 3.3, f.y + 0.25, 0.0);
        if round {
            return (span(q.x / 2.35, q.y / 2.1) - 1.0) * 2.1;
        }
        let (a, b, r) = (q.x.abs() - 1.45, q.y.abs() - 0.75, 1.0);
        span(a.max(0.0), b.max(0.0)) + a.max(b).min(0.0) - r
    }

    pub fn has_glasses(&self) -> bool {
        self.glasses.is_some()
    }
}

/// Returns the depth of the fold from the nose's wing past the corner of the mouth, 0..=1.
fn cheek_fold(f: V3) -> f32 {
    let away = cone(
        v3(f.x, f.y, 0.0),
        v3(2.0, -4.4, 0.0),
        v3(3.5, -6.6, 0.0),
        0.0,
        0.0,
    );
    bump(away, 0.8)
}

/// Returns the depth of the lenses, which follow the face a little.
pub fn lens_plane(x: f32) -> f32 {
    5.6 - 0.045 * x * x
}

/// Returns the height of the seam between closed lips.
pub fn mouth_line(x: f32) -> f32 {
    MOUTH_Y + 0.07 * bump(x, 0.6) + 0.02 * x * x
}

/// Returns a point in the ear's own frame: x out of its bowl, z towards its front edge.
fn in_ear(f: V3) -> V3 {
    let q = f - EAR;
    // Turned out from the head, and leaning back.
    v3(
        0.8 * q.x + 0.6 * q.z,
        q.y - 0.15 * q.z,
        0.8 * q.z - 0.6 * q.x,
    )
}

/// Returns the shade in the bowl of an ear.
pub fn ear_shade(f: V3) -> f32 {
    if f.x < 6.6 || f.z > -1.5 {
        return 1.0;
    }
    let q = in_ear(f);
    let bowl = bump(q.y - 0.2, 2.2) * bump(q.z - 0.1, 1.15);
    let fold = bump(q.z + 1.25, 0.3) * bump(q.y - 0.6, 2.0);
    1.0 - 0.5 * bowl - 0.25 * fold
}

fn ear(f: V3) -> f32 {
    let q = in_ear(f);
    let shell = ellipsoid(q, v3(0.0, 0.0, 0.0), v3(0.55, 2.9, 1.75));
    let bowl = ellipsoid(q, v3(0.6, 0.3, 0.1), v3(0.55, 1.8, 1.0));
    let lobe = sphere(q, v3(0.05, -2.3, 0.5), 0.55);
    join(carve(shell, bowl, 0.3), lobe, 0.6)
}

/// Walks outwards from inside a solid to its surface; mean head's frame.
pub fn surface(solid: impl Fn(V3) -> f32, from: V3, towards: V3) -> V3 {
    let (mut inside, mut outside) = (0.0, 12.0);
    for _ in 0..24 {
        let middle = f32::midpoint(inside, outside);
        if solid(from + towards * middle) < 0.0 {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    from + towards * inside
}
