//! Neck, shoulders and clothes, in the frame of a head that looks straight at the camera.

use super::{
    person::{Clothes, Garment, Person},
    shape::{cone, ellipsoid, join, lerp, noise2, span, step},
    vector::{Turn, V3, v3},
};

/// The point about which the head turns on the neck.
pub const PIVOT: V3 = v3(0.0, -12.5, -5.0);
/// The badge on the sitter's left breast: the picture's right.
const BADGE: (f32, f32) = (8.6, -23.2);
const BADGE_RADIUS: f32 = 1.15;
const SHOULDERS_UP: f32 = 2.4;
/// No part of the body is higher, wider or further forward than this.
pub const TOP: f32 = -2.5;
pub const SIDE: f32 = 24.5;
pub const FRONT: f32 = 8.5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Neck,
    Garment,
    Collar,
    /// A lapel or the stripe beside the buttons: two layers of the garment's cloth.
    Fold,
    Under,
    Tie,
    Button,
    Badge,
    BadgeRim,
}

#[derive(Clone, Debug)]
pub struct Body {
    pub clothes: Clothes,
    breadth: f32,
    neck_top: V3,
    neck_radius: f32,
}

impl Body {
    pub fn new(person: &Person, turn: &Turn) -> Self {
        Self {
            clothes: person.clothes.clone(),
            breadth: person.breadth,
            neck_top: lowered(PIVOT + turn.apply(v3(0.0, -7.5, -6.0) - PIVOT)),
            neck_radius: 4.9 * person.breadth,
        }
    }

    pub fn distance(&self, p: V3) -> f32 {
        let p = lowered(p);
        let f = p.folded();
        let torso = self.torso(f);
        if f.y < -30.0 {
            return torso - self.thickness(p, torso);
        }
        let d = self.neck(p).min(torso - self.thickness(p, torso));
        d.min(self.collar(f)).min(self.coat_collar(f))
    }

    pub fn part(&self, p: V3) -> Part {
        let p = lowered(p);
        let f = p.folded();
        let torso = self.torso(f);
        let (neck, collar) = (self.neck(p), self.collar(f));
        let coat = self.coat_collar(f);
        if coat < collar.min(neck).min(torso) {
            return Part::Fold;
        }
        if collar < neck.min(torso) {
            return Part::Collar;
        }
        if neck < torso - self.thickness(p, torso) {
            return Part::Neck;
        }
        self.cloth(p, f)
    }

    fn neck(&self, p: V3) -> f32 {
        let foot = v3(0.0, -21.0, -6.6);
        cone(
            p,
            self.neck_top,
            foot,
            self.neck_radius,
            self.neck_radius * 1.08,
        )
    }

    fn torso(&self, f: V3) -> f32 {
        let b = self.breadth;
        let shoulder = cone(f, v3(2.0, -20.2, -7.2), v3(16.2 * b, -25.6, -7.6), 3.4, 4.6);
        let arm = cone(
            f,
            v3(17.0 * b, -27.5, -7.4),
            v3(18.4 * b, -46.0, -7.0),
            4.8,
            4.8,
        );
        let chest = ellipsoid(f, v3(0.0, -38.0, -6.2), v3(16.0 * b, 19.5, 11.8));
        join(join(shoulder, arm, 2.5), chest, 4.0)
    }

    /// Returns how far a second layer stands out from the torso. Only called near the cloth.
    fn thickness(&self, p: V3, torso: f32) -> f32 {
        let f = p.folded();
        if torso > 0.8 || f.z < -6.0 {
            return 0.3;
        }
        let wrinkle = 0.22 * (noise2(f.x * 0.22 + 9.0, f.y * 0.13) - 0.5) * step(4.0, 9.0, f.x);
        if span(p.x - BADGE.0, p.y - BADGE.1) < BADGE_RADIUS + 0.08 {
            return 0.55;
        }
        let fold = match self.clothes.garment {
            Garment::Blazer => {
                0.35 * step(0.12, -0.12, lapel(f)) + 0.2 * step(-0.2, 0.2, opening(f))
            }
            Garment::Shirt => 0.12 * step(1.75, 1.55, f.x),
            Garment::Jersey => 0.0,
        };
        wrinkle + fold
    }

    /// Returns the distance to a folded collar, or a jersey's band.
    fn collar(&self, f: V3) -> f32 {
        let axis = span(f.x, f.z + 6.4);
        let slope = self.neck_radius;
        if self.clothes.garment == Garment::Jersey {
            let y = -18.4 - 0.16 * (f.z + 6.4).max(0.0);
            return span(axis - slope - 1.0, (f.y - y) * 0.8) - 0.75;
        }
        if f.y < -23.0 {
            return -21.5 - f.y;
        }
        let radius = slope + 0.75 + 0.56 * (-15.0 - f.y);
        let shell = (axis - radius).abs() * 0.88 - 0.2;
        if shell > 1.0 {
            return shell;
        }
        let around = f.x.atan2(f.z + 6.4);
        let low = lerp(-21.4, -19.4, step(0.3, 0.9, around));
        let top = -15.0 - 0.12 * (f.z + 6.4).max(0.0);
        let gap = if f.y > -18.6 {
            (f.y + 18.6) * 0.8
        } else {
            (-18.6 - f.y) * 0.62
        } + 0.12;
        let band = (f.y - top).max(low - f.y).max((gap - f.x) * 0.8);
        if f.z < -6.4 {
            return shell.max((f.y - top).max(low - f.y) * 0.8);
        }
        shell.max(band * 0.8)
    }

    /// Returns the distance to a blazer's collar, which lies around the shirt's and runs down into
    /// the lapels.
    fn coat_collar(&self, f: V3) -> f32 {
        if self.clothes.garment != Garment::Blazer {
            return f32::MAX;
        }
        if f.y < -25.0 {
            return -23.5 - f.y;
        }
        let axis = span(f.x, f.z + 6.4);
        let radius = self.neck_radius + 1.3 + 0.6 * (-15.0 - f.y);
        let shell = (axis - radius).abs() * 0.86 - 0.22;
        if shell > 1.0 {
            return shell;
        }
        let around = f.x.atan2(f.z + 6.4);
        let front = 0.62 - 0.05 * (f.y + 20.0);
        let band = (f.y + 16.4)
            .max(-21.3 - f.y)
            .max((front - around) * axis * 0.8);
        shell.max(band * 0.8)
    }

    /// Returns what the cloth shows at a point of the torso.
    fn cloth(&self, p: V3, f: V3) -> Part {
        let from_badge = span(p.x - BADGE.0, p.y - BADGE.1);
        if p.z > -6.0 && from_badge < BADGE_RADIUS {
            return if from_badge < 0.8 * BADGE_RADIUS {
                Part::Badge
            } else {
                Part::BadgeRim
            };
        }
        match self.clothes.garment {
            Garment::Jersey => Part::Garment,
            Garment::Shirt => shirt_front(f),
            Garment::Blazer => {
                if f.z < -6.0 || opening(f) > 0.0 {
                    if lapel(f) < 0.0 && f.z > -6.0 {
                        Part::Fold
                    } else {
                        Part::Garment
                    }
                } else if clothes_tie(f) && self.clothes.tie.is_some() {
                    Part::Tie
                } else {
                    Part::Under
                }
            }
        }
    }

    /// Returns the badge's centre on the cloth.
    pub fn badge(&self) -> V3 {
        let mut p = v3(BADGE.0, BADGE.1 + SHOULDERS_UP, 12.0);
        for _ in 0..60 {
            p.z -= 0.8 * self.distance(p);
        }
        p
    }
}

/// Moves a point down: the clothes are drawn for a longer neck than looks right.
fn lowered(p: V3) -> V3 {
    v3(p.x, p.y - SHOULDERS_UP, p.z)
}

fn shirt_front(f: V3) -> Part {
    let along = (f.y + 23.0) / 5.5;
    let button = span(f.x, (along - along.round()) * 5.5);
    if f.z > -6.0 && button < 0.42 && f.y < -21.0 {
        Part::Button
    } else if f.z > -6.0 && f.x < 1.65 {
        Part::Fold
    } else {
        Part::Garment
    }
}

/// Returns whether a point is on the tie's knot or blade.
fn clothes_tie(f: V3) -> bool {
    let half = if f.y > -20.6 {
        1.0 - 0.16 * (-18.4 - f.y)
    } else {
        0.8 + 0.12 * (-20.6 - f.y)
    };
    f.x < half
}

/// Returns the signed distance to the blazer's edge: negative where the shirt shows, positive on
/// the blazer.
fn opening(f: V3) -> f32 {
    f.x - (0.3 + (f.y + 40.0) * 0.3).clamp(0.0, 5.3)
}

/// Returns the signed distance to a lapel, negative on it.
fn lapel(f: V3) -> f32 {
    let outer = 1.2 + (f.y + 40.0) * 0.46;
    let notch = if f.y > -22.6 { 0.9 } else { 0.0 };
    (f.x - outer.min(9.4) + notch).max(-opening(f))
}
