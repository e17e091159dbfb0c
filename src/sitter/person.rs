//! The person in the chair: proportions, skin, hair, glasses, clothes. A seed always gives the same
//! person.

use super::{
    dice::Dice,
    light::linear,
    vector::{V3, v3},
};

/// One synthetic person. Lengths are in centimetres of the head's own frame, colours in linear
/// light 0..1.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub seed: u64,
    pub face: Face,
    pub skin: V3,
    pub hair: Hair,
    pub glasses: Option<Glasses>,
    pub clothes: Clothes,
    /// Width of the shoulders relative to the mean.
    pub breadth: f32,
}

/// Factors and shifts relative to the mean head.
#[derive(Clone, Debug, PartialEq)]
pub struct Face {
    /// Factor for the whole head sideways; 1 is a face 14.6 cm wide.
    pub width: f32,
    /// Factor for the whole head upwards; 1 puts the chin 11.9 cm under the eyes.
    pub height: f32,
    /// Width of the jaw relative to the mean.
    pub jaw: f32,
    pub nose_width: f32,
    pub nose_length: f32,
    pub lip_fullness: f32,
    pub eye_height: f32,
    /// Slope from the inner corner to the outer.
    pub eye_slant: f32,
    pub double_lid: f32,
    pub brow_weight: f32,
    pub stubble: f32,
    pub lip_red: f32,
    pub iris: V3,
    /// Place of a mole (x, y from the eye line), if there is one.
    pub mole: Option<(f32, f32)>,
}

/// In which direction the proportions vary together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Build {
    Slight,
    Sturdy,
}

/// Usual height of a bun, in cm.
pub const BUN_HEIGHT: f32 = 10.6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Close at the sides, combed away from the parting.
    Short,
    /// A few millimetres all over.
    Cropped,
    /// Behind the ears and down the back.
    Long,
    /// Drawn back and tied on top of the back of the head.
    Bun,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Hair {
    pub cut: Cut,
    pub color: V3,
    /// Thickness of the cap on top, in cm.
    pub volume: f32,
    /// Height of the hairline above the eye line at the middle of the forehead, in cm. Always clear
    /// of the brows.
    pub line: f32,
    /// How far the fringe hangs below the hairline, in cm.
    pub fringe: f32,
    /// Side hair in front of the ears, 0..=1: at 1 it covers them.
    pub over_ears: f32,
    /// Hanging fringe, 0..=1: at 0.5 over the brows, at 1 over half of the eyes.
    pub over_eyes: f32,
    /// Loose single hairs that leave the outline, 0..=1; people have 0.2 to 0.8.
    pub strands: f32,
    /// Height of the knot's middle above the eye line, in cm, for [`Cut::Bun`]; 6 more than
    /// [`BUN_HEIGHT`] is a top-knot.
    pub bun_height: f32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Glasses {
    pub color: V3,
    pub round: bool,
    pub rim: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Garment {
    Shirt,
    Jersey,
    Blazer,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Clothes {
    pub garment: Garment,
    pub color: V3,
    /// The shirt under a blazer, or the neckband of a jersey.
    pub under: V3,
    /// Worn with a blazer only, if at all.
    pub tie: Option<V3>,
}

impl Person {
    pub fn from_seed(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x0005_1772);
        let build = if dice.one_in(2) {
            Build::Slight
        } else {
            Build::Sturdy
        };
        let skin = skin_color(&mut dice);
        let hair = hair(&mut dice, build);
        let mut person = Self {
            seed,
            face: face(&mut dice, build),
            skin,
            hair,
            glasses: dice.one_in(3).then(|| glasses(&mut dice)),
            clothes: clothes(&mut dice, build),
            breadth: 0.03 * dice.spread()
                + match build {
                    Build::Slight => 0.9,
                    Build::Sturdy => 1.02,
                },
        };
        // Drawn last, so that the people of earlier seeds keep their looks from before there were
        // loose hairs.
        person.hair.strands = dice.between(0.2, 0.8);
        person
    }

    /// Returns the same person with other hair.
    #[must_use]
    pub fn with_hair(mut self, change: impl FnOnce(&mut Hair)) -> Self {
        change(&mut self.hair);
        self
    }

    /// Returns the same person all in one colour, 8-bit sRGB.
    #[must_use]
    pub fn in_clothes(mut self, srgb: [u8; 3]) -> Self {
        let color = linear(srgb);
        self.clothes = Clothes {
            color,
            under: color,
            tie: None,
            ..self.clothes
        };
        self
    }

    /// Returns the same person with their glasses on, or a plain dark pair.
    #[must_use]
    pub fn with_glasses(mut self) -> Self {
        self.glasses.get_or_insert(Glasses {
            color: v3(0.012, 0.012, 0.014),
            round: true,
            rim: 0.12,
        });
        self
    }

    #[must_use]
    pub fn without_glasses(mut self) -> Self {
        self.glasses = None;
        self
    }
}

fn face(dice: &mut Dice, build: Build) -> Face {
    let soft = match build {
        Build::Slight => 1.0,
        Build::Sturdy => 0.0,
    };
    Face {
        width: 1.0 - 0.03 * soft + 0.04 * dice.spread(),
        height: 1.0 - 0.03 * soft + 0.035 * dice.spread(),
        jaw: 1.0 - 0.06 * soft + 0.07 * dice.spread(),
        nose_width: 1.0 - 0.08 * soft + 0.12 * dice.spread(),
        // The tip is 4 cm below the pupils, as noses do (Farkas 1994: nasion to subnasale 49 to 53
        // mm).
        nose_length: 1.18 + 0.08 * dice.spread(),
        lip_fullness: 1.0 + 0.12 * soft + 0.22 * dice.spread(),
        eye_height: 1.0 + 0.08 * soft + 0.12 * dice.spread(),
        eye_slant: 0.07 + 0.05 * dice.spread(),
        double_lid: dice.share(),
        brow_weight: 1.05 - 0.3 * soft + 0.2 * dice.spread(),
        stubble: (1.0 - soft) * dice.between(0.0, 0.6),
        lip_red: 0.3 + 0.35 * soft + 0.15 * dice.spread(),
        iris: v3(0.05, 0.025, 0.013) * dice.between(0.5, 1.6),
        mole: dice.one_in(3).then(|| {
            let side = if dice.one_in(2) { 1.0 } else { -1.0 };
            (side * dice.between(3.0, 5.0), dice.between(-8.5, -2.5))
        }),
    }
}

/// Returns a colour from fair to very dark: a walk along realistic skin tones, most of it light to
/// medium.
fn skin_color(dice: &mut Dice) -> V3 {
    let fair = v3(0.74, 0.51, 0.39);
    let medium = v3(0.53, 0.315, 0.205);
    let dark = v3(0.155, 0.078, 0.048);
    let depth = dice.share() * dice.between(0.2, 1.0);
    let base = if depth < 0.5 {
        fair.mix(medium, depth * 2.0)
    } else {
        medium.mix(dark, depth * 2.0 - 1.0)
    };
    let warm = 0.03 * dice.spread();
    base.times(v3(1.0 + warm, 1.0, 1.0 - warm))
}

fn hair(dice: &mut Dice, build: Build) -> Hair {
    let cut = match build {
        Build::Slight => dice.pick(&[Cut::Long, Cut::Bun, Cut::Long, Cut::Bun, Cut::Short]),
        Build::Sturdy => dice.pick(&[Cut::Short, Cut::Short, Cut::Cropped]),
    }
    .unwrap_or(Cut::Short);
    let black = v3(0.016, 0.013, 0.012);
    let brown = v3(0.075, 0.04, 0.022);
    let fringe = match cut {
        Cut::Cropped | Cut::Bun => 0.0,
        Cut::Short => dice.between(0.4, 1.4),
        Cut::Long => dice.between(0.0, 1.2),
    };
    let volume = match cut {
        Cut::Cropped => dice.between(0.35, 0.6),
        Cut::Bun => dice.between(0.5, 0.8),
        Cut::Short | Cut::Long => dice.between(0.9, 1.4),
    };
    Hair {
        cut,
        color: black.mix(brown, dice.share() * dice.share()),
        volume,
        line: dice.between(5.5, 6.3),
        fringe,
        over_ears: 0.0,
        over_eyes: 0.0,
        strands: 0.0,
        bun_height: BUN_HEIGHT,
    }
}

fn glasses(dice: &mut Dice) -> Glasses {
    let dark = v3(0.012, 0.012, 0.014);
    let color = dice
        .pick(&[dark, v3(0.09, 0.035, 0.015), v3(0.22, 0.2, 0.18), dark])
        .unwrap_or(dark);
    Glasses {
        color,
        round: dice.one_in(2),
        rim: dice.between(0.1, 0.17),
    }
}

fn clothes(dice: &mut Dice, build: Build) -> Clothes {
    let navy = v3(0.02, 0.032, 0.075);
    let charcoal = v3(0.03, 0.03, 0.034);
    let (wine, moss, slate) = (
        v3(0.13, 0.014, 0.022),
        v3(0.022, 0.062, 0.04),
        v3(0.06, 0.09, 0.15),
    );
    let garment = dice
        .pick(&[Garment::Shirt, Garment::Jersey, Garment::Blazer])
        .unwrap_or(Garment::Shirt);
    let color = match garment {
        Garment::Blazer => dice.pick(&[navy, charcoal, navy.mix(charcoal, 0.5)]),
        Garment::Shirt => dice.pick(&[navy, slate, charcoal, moss]),
        Garment::Jersey => dice.pick(&[navy, charcoal, wine, moss, slate]),
    }
    .unwrap_or(navy);
    let under = match garment {
        Garment::Blazer => v3(0.74, 0.75, 0.77),
        Garment::Shirt | Garment::Jersey => color * 0.8,
    };
    Clothes {
        garment,
        color,
        under,
        tie: (garment == Garment::Blazer && build == Build::Sturdy)
            .then(|| dice.pick(&[wine, slate, moss, navy]).unwrap_or(wine)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_a_person_for_good() {
        assert_eq!(Person::from_seed(3), Person::from_seed(3));
        assert_ne!(Person::from_seed(3), Person::from_seed(4));
    }

    #[test]
    fn every_cut_garment_and_both_with_and_without_glasses_come_up() {
        let people: Vec<_> = (0..60).map(Person::from_seed).collect();
        for cut in [Cut::Short, Cut::Cropped, Cut::Long, Cut::Bun] {
            assert!(people.iter().any(|p| p.hair.cut == cut), "{cut:?}");
        }
        for garment in [Garment::Shirt, Garment::Jersey, Garment::Blazer] {
            assert!(
                people.iter().any(|p| p.clothes.garment == garment),
                "{garment:?}"
            );
        }
        assert!(people.iter().any(|p| p.glasses.is_some()));
        assert!(people.iter().any(|p| p.glasses.is_none()));
    }

    #[test]
    fn no_hair_covers_the_brows() {
        assert!(
            (0..200)
                .map(Person::from_seed)
                .all(|p| p.hair.line - p.hair.fringe > 3.9)
        );
    }
}
