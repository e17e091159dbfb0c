//! Colours and textures of what a ray hits.

use super::{
    body::{self, Body},
    head::{self, EYE_HALF, EYEBALL, EYEBALL_RADIUS, Head, mouth_line},
    person::{Cut, Garment, Person},
    pose::Pose,
    scene::Scene,
    shape::{bump, lerp, noise2, noise3, span, step},
    vector::{V3, v3},
};

/// How a spot of surface reflects light. Colours are linear.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    pub color: V3,
    /// Strength of the highlight.
    pub gloss: f32,
    /// Exponent of the highlight.
    pub sharp: f32,
    /// How far light wraps around the edge, for red, green, blue.
    pub soft: V3,
    /// Distinguishes neighbours whose common edge needs smoothing.
    pub part: u8,
}

const HARD: V3 = v3(0.05, 0.05, 0.05);
const FLESH: V3 = v3(0.34, 0.2, 0.15);

/// Returns what the head shows at `p`, a point on its surface in the head's frame.
pub fn head(head: &Head, person: &Person, pose: &Pose, scene: &Scene, p: V3) -> Paint {
    let part = head.part(p);
    let p = head.mean(p);
    match part {
        head::Part::Skin => skin(head, person, pose, p),
        head::Part::Eye => eye(head, person, (pose, scene.red_eye), p),
        head::Part::Hair => hair(head, p),
        head::Part::Rim => Paint {
            color: person.glasses.as_ref().map_or(V3::default(), |g| g.color),
            gloss: 0.35,
            sharp: 60.0,
            soft: HARD,
            part: 4,
        },
    }
}

fn skin(head: &Head, person: &Person, pose: &Pose, p: V3) -> Paint {
    if let Some(depth) = head.in_mouth(p) {
        return mouth(depth, p);
    }
    let closed = head.jaw_closed(p);
    let f = closed.folded();
    let face = &person.face;
    let mut color = complexion(person, closed);
    let lip = lips(face.lip_fullness, closed);
    let red = person
        .skin
        .times(v3(0.8, 0.4, 0.42))
        .mix(v3(0.36, 0.06, 0.08), 0.3 * face.lip_red);
    color = color.mix(red, lip * lerp(0.55, 0.9, face.lip_red));
    let seam = bump(closed.y - mouth_line(closed.x), 0.14) * step(2.75, 2.3, f.x);
    color = color * (1.0 - 0.6 * seam);
    color = around_eyes(head, person, pose.eyes, f, color);
    color = color * head::ear_shade(f);
    let roots = head.feather(closed, f);
    let strokes = noise2(closed.x * 7.0 + closed.y, closed.y * 0.8 + closed.z);
    color = color.mix(person.hair.color * 1.3, roots * (0.35 + 0.65 * strokes));
    let brow = brow(face.brow_weight, closed) * 0.92;
    color = color.mix(person.hair.color * 1.5, brow);
    let shine = bump(closed.y - 4.0, 3.0) * bump(f.x, 4.5)
        + bump(f.x, 1.1) * step(-4.2, -3.0, closed.y) * step(1.0, 0.0, closed.y)
        + 0.6 * bump(f.x - 4.2, 2.0) * bump(closed.y + 2.2, 1.8);
    Paint {
        color,
        gloss: 0.035 + 0.05 * lip + pose.shine * 3.2 * shine.min(1.0),
        // Oily skin is no mirror: its highlight grows stronger, not smaller.
        sharp: lerp(14.0, 30.0, lip).max(60.0 * pose.shine.min(0.5)),
        soft: FLESH,
        part: 1,
    }
}

/// Returns base skin with its slow and fast changes: blush, stubble, pores, a mole, the cropped
/// scalp's shade.
fn complexion(person: &Person, p: V3) -> V3 {
    let f = p.folded();
    let mottle = 0.93 + 0.09 * noise3(p * 0.9) + 0.05 * noise3(p * 6.0);
    let mut color = person.skin * mottle;
    let blush =
        bump(f.x - 4.0, 3.0) * bump(p.y + 3.2, 2.8) + 0.9 * bump(f.x, 1.6) * bump(p.y + 3.5, 1.5);
    color = color.times(v3(1.02, 1.0, 1.0).mix(v3(1.03, 0.91, 0.89), blush.min(1.0)));
    let beard = step(-4.6, -6.4, p.y + 0.25 * f.x) * step(-4.0, 0.0, p.z) * person.face.stubble;
    let grain = 0.5 + 0.5 * noise2(p.x * 9.0, p.y * 9.0);
    color = color.mix(
        person.hair.color.mix(person.skin, 0.35),
        0.32 * beard * grain,
    );
    if let Some((x, y)) = person.face.mole {
        let spot = step(0.22, 0.14, span(p.x - x, p.y - y));
        color = color.mix(v3(0.05, 0.025, 0.018), 0.75 * spot * step(0.0, 1.0, p.z));
    }
    color
}

/// Returns 1 on the lips, 0 beside them.
fn lips(full: f32, p: V3) -> f32 {
    let y = p.y - mouth_line(p.x);
    let x = p.x.abs();
    let side = (1.0 - (x / 2.65) * (x / 2.65)).max(0.0);
    let top = full * 0.74 * side.powf(0.8) * (1.0 - 0.22 * bump(x, 0.45));
    let bottom = full * -1.02 * side.powf(0.7);
    step(0.1, -0.08, y - top)
        * step(-0.14, 0.1, y - bottom)
        * step(2.72, 2.4, x)
        * step(-2.0, 0.0, p.z)
}

fn mouth(depth: f32, p: V3) -> Paint {
    let teeth = depth < 0.42 && p.x.abs() < 1.7;
    Paint {
        color: if teeth {
            v3(0.62, 0.57, 0.5)
                * (0.75 + 0.25 * step(0.0, 0.1, (p.x * 1.4 - (p.x * 1.4).round()).abs()))
        } else {
            v3(0.07, 0.018, 0.018)
        },
        gloss: 0.05,
        sharp: 30.0,
        soft: HARD,
        part: 6,
    }
}

/// Adds lashes along the rims, the fold over them, a little shade in the sockets.
fn around_eyes(head: &Head, person: &Person, pose_eyes: f32, f: V3, color: V3) -> V3 {
    let near = bump(f.x - EYEBALL.x, 2.4) * bump(f.y - 0.1, 2.2) * step(0.5, 1.5, f.z);
    if near <= 0.0 {
        return color;
    }
    let mut color = color.times(v3(1.0, 1.0, 1.0).mix(v3(0.9, 0.84, 0.82), near));
    let over = head.over_lid(f);
    let wide = step(EYE_HALF + 0.04, EYE_HALF - 0.3, (f.x - EYEBALL.x).abs());
    let fold =
        bump(over - 0.36, 0.13) * step(1.5, 0.9, (f.x - EYEBALL.x).abs()) * person.face.double_lid;
    color = color * (1.0 - 0.4 * fold);
    let rim = -head.aperture(f);
    let lash = lerp(0.12, 0.19, pose_eyes.min(1.0));
    let upper = step(lash, lash * 0.3, rim) * step(-0.12, 0.0, over) * wide;
    let lower = step(0.12, 0.02, rim) * wide;
    color.mix(v3(0.012, 0.009, 0.008), (0.92 * upper).max(0.42 * lower))
}

/// Returns 1 in a brow, in strokes; 0 beside it.
fn brow(weight: f32, p: V3) -> f32 {
    let x = p.x.abs();
    if !(1.0..5.9).contains(&x) || !(1.0..4.2).contains(&p.y) || p.z < 0.0 {
        return 0.0;
    }
    let along = (x - 1.25) / 4.3;
    let middle = 2.2 + 0.6 * along.min(0.62) - 1.9 * (along - 0.6).max(0.0).powi(2);
    let half = weight * lerp(0.36, 0.13, step(0.3, 1.05, along));
    let edge = step(half + 0.12, half * 0.45, (p.y - middle).abs());
    let ends = step(-0.08, 0.22, along) * step(1.03, 0.8, along);
    let strokes = noise2(x * 11.0 - p.y * 8.0, p.y * 1.6 + x * 0.5 + 7.0);
    edge * ends * (0.7 + 0.3 * strokes)
}

fn eye(head: &Head, person: &Person, (pose, red_eye): (&Pose, f32), p: V3) -> Paint {
    let side = p.x.signum();
    let q = (p - v3(side * EYEBALL.x, 0.0, EYEBALL.z)) * (1.0 / EYEBALL_RADIUS);
    let (gx, gy) = gaze(pose);
    let (dx, dy) = ((q.x - gx) * EYEBALL_RADIUS, (q.y - gy) * EYEBALL_RADIUS);
    let r = span(dx, dy);
    let white = v3(0.66, 0.63, 0.61);
    let inner = step(0.75, 1.3, EYEBALL.x - p.x.abs());
    let mut color = white.mix(v3(0.5, 0.2, 0.18), 0.7 * inner);
    let rays = noise2(dy.atan2(dx) * 6.0, r * 3.0);
    let iris = person.face.iris * (0.7 + 0.9 * rays) * lerp(0.9, 1.5, step(-0.3, -0.55, dy));
    let ring = step(0.62, 0.5, r);
    color = color.mix(iris * lerp(1.0, 0.35, step(0.44, 0.6, r)), ring);
    // A pupil that reflects a flash was dilated by the dark.
    let pupil = lerp(0.235, 0.36, red_eye);
    let glow = v3(1.0, 0.055, 0.04) * (1.0 - 0.4 * step(0.0, pupil, r));
    let inside = v3(0.004, 0.004, 0.004).mix(glow, red_eye);
    color = color.mix(inside, step(pupil + 0.035, pupil - 0.035, r));
    let lid_shade = step(0.05, 0.42, head.aperture(p.folded()));
    color = color * lerp(0.42, 1.0, lid_shade);
    let lamps = step(0.13, 0.07, span(dx + 0.2, dy - 0.22))
        + 0.7 * step(0.1, 0.05, span(dx - 0.24, dy - 0.2));
    color = color.mix(v3(1.0, 1.0, 1.0), lamps.min(1.0) * 0.9);
    Paint {
        color,
        gloss: 0.05,
        sharp: 80.0,
        soft: HARD,
        part: 2,
    }
}

/// Returns where on the unit eyeball the iris is.
pub fn gaze(pose: &Pose) -> (f32, f32) {
    (
        0.42 * pose.gaze_x.clamp(-1.0, 1.0),
        0.3 * pose.gaze_y.clamp(-1.0, 1.0),
    )
}

fn hair(head: &Head, p: V3) -> Paint {
    let strand = strands(head, p);
    let cropped = head.hair.cut == Cut::Cropped;
    let depth = if cropped { 0.25 } else { 0.75 };
    // Hanging hair is in the head's shade and shines less.
    let hangs = step(2.0, -3.0, p.y);
    Paint {
        color: head.hair.color * ((1.0 - depth * 0.5 + depth * strand) * lerp(1.0, 0.85, hangs)),
        gloss: if cropped {
            0.02
        } else {
            (0.03 + 0.13 * strand) * lerp(1.0, 0.22, hangs)
        },
        sharp: 16.0,
        soft: HARD,
        part: 3,
    }
}

/// Returns 0..1 across the strands: they run away from the parting, or back to the knot.
pub fn strands(head: &Head, p: V3) -> f32 {
    let root = match head.hair.cut {
        Cut::Short | Cut::Long => head.parting_x,
        Cut::Cropped | Cut::Bun => 0.0,
    };
    if head.hair.cut == Cut::Cropped {
        return noise3(p * 5.0);
    }
    // A long fringe still runs away from the parting.
    if p.y < 1.0 && p.z < 2.0 {
        return 0.5 * noise2(p.x * 5.0, p.y * 0.15) + 0.5 * noise2(p.x * 13.0 + 5.0, p.y * 0.2);
    }
    let (dx, dy) = (p.x - root, 15.5 - p.y);
    let angle = dx.atan2(dy);
    let out = span(dx, dy);
    0.5 * noise2(angle * 26.0, out * 0.22) + 0.5 * noise2(angle * 70.0, out * 0.35 + 9.0)
}

/// Returns what the body shows at `p`.
pub fn body(body: &Body, person: &Person, p: V3) -> Paint {
    let part = body.part(p);
    let weave = 0.9 + 0.2 * noise2(p.x * 5.0, p.y * 5.0);
    let clothes = &body.clothes;
    let cloth = |color: V3, part: u8| Paint {
        color: color * weave,
        gloss: 0.012,
        sharp: 8.0,
        soft: v3(0.12, 0.12, 0.12),
        part,
    };
    let smooth_cloth = |color: V3, part: u8| cloth(color * (0.94 / weave + 0.06), part);
    match part {
        body::Part::Neck => Paint {
            color: person.skin * (0.9 + 0.08 * noise3(p * 1.2)),
            gloss: 0.03,
            sharp: 12.0,
            soft: FLESH,
            part: 1,
        },
        body::Part::Garment => cloth(knit(clothes.garment, p, clothes.color), 10),
        body::Part::Collar => smooth_cloth(clothes.under, 11),
        body::Part::Tie => smooth_cloth(clothes.tie.unwrap_or_default(), 17),
        body::Part::Fold => cloth(clothes.color * 1.12, 12),
        body::Part::Under => smooth_cloth(clothes.under, 13),
        body::Part::Button => cloth(clothes.color * 2.2 + v3(0.05, 0.05, 0.05), 14),
        body::Part::Badge => metal(v3(0.62, 0.02, 0.025), 15),
        body::Part::BadgeRim => metal(v3(0.75, 0.5, 0.14), 16),
    }
}

fn knit(garment: Garment, p: V3, color: V3) -> V3 {
    match garment {
        Garment::Jersey => color * (0.94 + 0.12 * (p.x * 9.0).sin().abs()),
        Garment::Shirt | Garment::Blazer => color,
    }
}

fn metal(color: V3, part: u8) -> Paint {
    Paint {
        color,
        gloss: 0.25,
        sharp: 40.0,
        soft: HARD,
        part,
    }
}
