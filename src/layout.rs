//! The one geometry of guide, crop and check: where a head is in a 480x640 portrait, and which crop
//! puts it there.

use serde::{Deserialize, Serialize};

use crate::{
    geometry::{Point, Rect, Size},
    profile::{Band, Bands, CheckId, OUTPUT_HEIGHT, OUTPUT_WIDTH},
};

/// A head as measured in one picture, in px of that picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Top of the hair within 0.25 face widths of the midline.
    pub crown_y: f32,
    /// Mean of the two iris centres.
    pub eye_y: f32,
    pub chin_y: f32,
    /// The face's midline at the eye line.
    pub mid_x: f32,
    /// Cheek to cheek.
    pub face_width: f32,
}

impl Head {
    /// A mean adult head, in mm from the middle between the eyes: face 140 wide, eyes to crown 112,
    /// eyes to chin 115.
    pub const MEAN_ADULT: Self = Self {
        crown_y: -112.0,
        eye_y: 0.0,
        chin_y: 115.0,
        mid_x: 0.0,
        face_width: 140.0,
    };

    /// Returns the head whose crown, middle between the eyes and chin were marked. Its face is as
    /// wide as a mean adult's of that height. `None` if they are not in order from top to bottom.
    pub fn marked(crown: Point, eyes: Point, chin: Point) -> Option<Self> {
        let below = chin.y - eyes.y;
        (crown.y < eyes.y && below > 0.0).then_some(Self {
            crown_y: crown.y,
            eye_y: eyes.y,
            chin_y: chin.y,
            mid_x: eyes.x,
            face_width: below * Self::MEAN_ADULT.face_width / Self::MEAN_ADULT.chin_y,
        })
    }
}

/// The only transform between frame and portrait: one origin, one scale. No rotation, shear or
/// mirroring can be expressed in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crop {
    /// The frame point that becomes the portrait's top left corner.
    pub origin_in_frame: Point,
    /// Portrait px per frame px, 0 < scale <= 1: never enlarged.
    pub scale: f32,
}

impl Crop {
    pub fn output_from_frame(&self, p: Point) -> Point {
        Point::new(
            (p.x - self.origin_in_frame.x) * self.scale,
            (p.y - self.origin_in_frame.y) * self.scale,
        )
    }

    pub fn frame_from_output(&self, p: Point) -> Point {
        Point::new(
            p.x / self.scale + self.origin_in_frame.x,
            p.y / self.scale + self.origin_in_frame.y,
        )
    }

    /// Returns the part of the frame that the portrait shows.
    pub fn window_in_frame(&self) -> Rect {
        Rect::new(
            self.origin_in_frame,
            self.frame_from_output(Point::new(OUTPUT_WIDTH as f32, OUTPUT_HEIGHT as f32)),
        )
    }

    /// Returns the head's place in the portrait.
    pub fn place(&self, head: &Head) -> Placed {
        let y = |in_frame: f32| (in_frame - self.origin_in_frame.y) * self.scale;
        Placed {
            crown_px: y(head.crown_y),
            eye_px: y(head.eye_y),
            chin_px: y(head.chin_y),
            face_width_px: head.face_width * self.scale,
            center_offset_px: (head.mid_x - self.origin_in_frame.x) * self.scale
                - OUTPUT_WIDTH as f32 / 2.0,
        }
    }
}

/// A head's place in a portrait, px at 480x640.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    pub crown_px: f32,
    pub eye_px: f32,
    pub chin_px: f32,
    pub face_width_px: f32,
    /// Midline minus 240; negative is left in the picture.
    pub center_offset_px: f32,
}

impl Placed {
    /// Returns the four layout values with their bands, in the order in which they are judged.
    pub fn against(&self, bands: &Bands) -> [(CheckId, f32, Band); 4] {
        [
            (CheckId::FaceWidth, self.face_width_px, bands.face_width_px),
            (CheckId::EyeLine, self.eye_px, bands.eye_px),
            (CheckId::Crown, self.crown_px, bands.crown_px),
            (
                CheckId::Centred,
                self.center_offset_px,
                bands.center_offset_px,
            ),
        ]
    }

    /// Returns the smallest margin over all bands (see [`Band::margin`]); >= 0 means inside every
    /// one.
    pub fn margin(&self, bands: &Bands) -> f32 {
        self.against(bands)
            .iter()
            .map(|(_, value, band)| band.margin(*value))
            .fold(f32::INFINITY, f32::min)
    }
}

/// Why no crop meets all bands at once: what the sitter or the camera has to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Infeasible {
    /// Too few pixels: enlarging is forbidden, so the sitter has to come closer.
    TooFar,
    /// The portrait's window would be larger than the frame.
    TooClose,
    /// The window leaves the frame on that side (in the unmirrored picture).
    TooFarLeft,
    TooFarRight,
    TooHigh,
    TooLow,
    /// The head's own proportions do not fit crown, eye line and width together (a bun, or a wrong
    /// measurement).
    Proportions,
}

/// Finds the crop with the largest margin inside all bands at once.
///
/// With scale `s` and shift `t = origin.y * s`, crown, eye line and width are linear in `(s, t)`,
/// so the margin is a concave piecewise-linear function: for one `s` the best `t` is where two of
/// its lines cross, and over `s` a ternary search finds the top.
pub fn solve(head: &Head, bands: &Bands, frame: Size) -> Result<Crop, Infeasible> {
    let scales = allowed_scales(head, bands, frame)?;
    let scale = best_scale(head, bands, frame, scales);
    let crop = crop_at(head, bands, frame, scale);
    if crop.place(head).margin(bands) >= 0.0 {
        return Ok(crop);
    }
    Err(why_not(head, bands, frame, scale))
}

/// Returns the default place of the guides: the window in the middle of the frame, as large as it
/// may be for a face of the most tolerant size (212 px at 480x640) without touching the frame's
/// edges.
pub fn target(frame: Size) -> Crop {
    const FILL: f32 = 0.94;
    let scale = (OUTPUT_HEIGHT as f32 / (frame.height as f32 * FILL))
        .max(OUTPUT_WIDTH as f32 / (frame.width as f32 * FILL))
        .min(1.0);
    let (width, height) = (OUTPUT_WIDTH as f32 / scale, OUTPUT_HEIGHT as f32 / scale);
    Crop {
        origin_in_frame: Point::new(
            (frame.width as f32 - width) / 2.0,
            (frame.height as f32 - height) / 2.0,
        ),
        scale,
    }
}

/// Returns the scales at which the width band holds, nothing is enlarged, and the window is not
/// larger than the frame.
fn allowed_scales(head: &Head, bands: &Bands, frame: Size) -> Result<Band, Infeasible> {
    let fits_frame =
        (OUTPUT_WIDTH as f32 / frame.width as f32).max(OUTPUT_HEIGHT as f32 / frame.height as f32);
    let width = head.face_width.max(f32::EPSILON);
    let smallest = (bands.face_width_px.min / width).max(fits_frame);
    let largest = (bands.face_width_px.max / width).min(1.0);
    if bands.face_width_px.min / width > 1.0 || fits_frame > 1.0 {
        return Err(Infeasible::TooFar);
    }
    if smallest > largest {
        return Err(Infeasible::TooClose);
    }
    Ok(Band::new(smallest, largest))
}

fn best_scale(head: &Head, bands: &Bands, frame: Size, scales: Band) -> f32 {
    const STEPS: usize = 48;
    let margin = |scale| crop_at(head, bands, frame, scale).place(head).margin(bands);
    let (mut low, mut high) = (scales.min, scales.max);
    for _ in 0..STEPS {
        let third = (high - low) / 3.0;
        if margin(low + third) < margin(high - third) {
            low += third;
        } else {
            high -= third;
        }
    }
    f32::midpoint(low, high)
}

/// Returns the best crop of one scale: centred on the midline, the eye line where crown and eye
/// have the most room, inside the frame.
fn crop_at(head: &Head, bands: &Bands, frame: Size, scale: f32) -> Crop {
    let window = Point::new(OUTPUT_WIDTH as f32 / scale, OUTPUT_HEIGHT as f32 / scale);
    let x = head.mid_x - window.x / 2.0;
    let y = head.eye_y - best_eye_px(head, bands, scale) / scale;
    Crop {
        origin_in_frame: Point::new(
            x.clamp(0.0, (frame.width as f32 - window.x).max(0.0)),
            y.clamp(0.0, (frame.height as f32 - window.y).max(0.0)),
        ),
        scale,
    }
}

/// Returns the eye line, in px, that maximises the smaller margin of crown and eye band.
fn best_eye_px(head: &Head, bands: &Bands, scale: f32) -> f32 {
    let gap = (head.eye_y - head.crown_y) * scale;
    let margin = |eye: f32| {
        bands
            .eye_px
            .margin(eye)
            .min(bands.crown_px.margin(eye - gap))
    };
    // Each margin is a tent; the smaller one is highest at a top or where two sides cross.
    let (eye_mid, eye_half) = middle_and_half(bands.eye_px);
    let (crown_mid, crown_half) = middle_and_half(bands.crown_px);
    let crown_top = crown_mid + gap;
    let crossing =
        (eye_mid * crown_half + crown_top * eye_half) / (eye_half + crown_half).max(f32::EPSILON);
    [eye_mid, crown_top, crossing]
        .into_iter()
        .max_by(|a, b| margin(*a).total_cmp(&margin(*b)))
        .unwrap_or(eye_mid)
}

fn middle_and_half(band: Band) -> (f32, f32) {
    (
        f32::midpoint(band.min, band.max),
        (band.max - band.min) / 2.0,
    )
}

/// Returns what stopped the best crop: the head's own proportions, the frame's size, or its nearest
/// edge.
fn why_not(head: &Head, bands: &Bands, frame: Size, scale: f32) -> Infeasible {
    const SLACK_PX: f32 = 0.5;
    let width = head.face_width.max(f32::EPSILON);
    // Crown and eye line are apart in proportion to the scale, so the smallest and the largest
    // scale decide for all between.
    let smallest = bands.face_width_px.min / width;
    let largest = (bands.face_width_px.max / width).min(1.0);
    if !fits_upright(head, bands, smallest) && !fits_upright(head, bands, largest) {
        return Infeasible::Proportions;
    }
    if !fits_upright(head, bands, scale) {
        return Infeasible::TooClose;
    }
    let window = Point::new(OUTPUT_WIDTH as f32 / scale, OUTPUT_HEIGHT as f32 / scale);
    let wanted = Point::new(
        head.mid_x - window.x / 2.0,
        head.eye_y - best_eye_px(head, bands, scale) / scale,
    );
    if wanted.x < -SLACK_PX {
        Infeasible::TooFarLeft
    } else if wanted.x + window.x > frame.width as f32 + SLACK_PX {
        Infeasible::TooFarRight
    } else if wanted.y < -SLACK_PX {
        Infeasible::TooHigh
    } else if wanted.y + window.y > frame.height as f32 + SLACK_PX {
        Infeasible::TooLow
    } else {
        Infeasible::Proportions
    }
}

/// Returns whether crown and eye line can both be inside their bands at this scale, wherever the
/// window is.
fn fits_upright(head: &Head, bands: &Bands, scale: f32) -> bool {
    let gap = (head.eye_y - head.crown_y) * scale;
    let eye = best_eye_px(head, bands, scale);
    bands.eye_px.margin(eye) >= 0.0 && bands.crown_px.margin(eye - gap) >= 0.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::profile::Profile;

    const FRAME: Size = Size::new(1280, 720);

    fn bands() -> Bands {
        Profile::standard_99().bands
    }

    /// Returns a mean adult head: width 140 mm, eyes to crown 112, eyes to chin 115.
    fn head(face_width: f32, mid_x: f32, eye_y: f32) -> Head {
        Head {
            crown_y: eye_y - face_width * 112.0 / 140.0,
            eye_y,
            chin_y: eye_y + face_width * 115.0 / 140.0,
            mid_x,
            face_width,
        }
    }

    #[test]
    fn a_mean_head_stands_near_the_most_tolerant_place() {
        let head = head(230.0, 640.0, 300.0);
        let placed = solve(&head, &bands(), FRAME).unwrap().place(&head);
        assert!((placed.eye_px - 250.0).abs() < 15.0, "{placed:?}");
        assert!((placed.crown_px - 80.0).abs() < 15.0, "{placed:?}");
        assert!(placed.center_offset_px.abs() < 0.5, "{placed:?}");
    }

    #[test]
    fn each_obstacle_is_named() {
        for (head, expected) in [
            (head(150.0, 640.0, 300.0), Infeasible::TooFar),
            (head(420.0, 640.0, 360.0), Infeasible::TooClose),
            (head(230.0, 150.0, 300.0), Infeasible::TooFarLeft),
            (head(230.0, 1130.0, 300.0), Infeasible::TooFarRight),
            (head(230.0, 640.0, 190.0), Infeasible::TooHigh),
            (head(230.0, 640.0, 480.0), Infeasible::TooLow),
        ] {
            assert_eq!(solve(&head, &bands(), FRAME), Err(expected), "{head:?}");
        }
    }

    #[test]
    fn high_hair_asks_for_distance_as_long_as_that_helps() {
        let with_hair = |above_eyes: f32| Head {
            crown_y: 320.0 - above_eyes,
            ..head(230.0, 640.0, 320.0)
        };
        assert!(solve(&with_hair(260.0), &bands(), FRAME).is_ok());
        // Farther away the window fits; here it would be larger than the frame.
        assert_eq!(
            solve(&with_hair(300.0), &bands(), FRAME),
            Err(Infeasible::TooClose)
        );
        // With a face of the least width, this hair is farther above the eye line than the bands
        // allow.
        assert_eq!(
            solve(&with_hair(330.0), &bands(), FRAME),
            Err(Infeasible::Proportions)
        );
    }

    proptest! {
        #[test]
        fn a_solved_crop_is_inside_every_band_and_the_frame(
            face_width in 100.0_f32..450.0,
            crown_share in 0.6_f32..1.1,
            mid_x in 0.0_f32..1280.0,
            eye_y in 0.0_f32..720.0,
        ) {
            let head = Head { crown_y: eye_y - crown_share * face_width, ..head(face_width, mid_x, eye_y) };
            let solved = solve(&head, &bands(), FRAME);
            if let Ok(crop) = solved {
                let placed = crop.place(&head);
                prop_assert!(placed.margin(&bands()) >= 0.0);
                prop_assert!(crop.scale <= 1.0);
                let window = crop.window_in_frame();
                prop_assert!(window.min.x >= -0.01 && window.min.y >= -0.01);
                prop_assert!(window.max.x <= 1280.01 && window.max.y <= 720.01);
            }
            prop_assert!(solved.is_ok() || !brute_force_finds_one(&head), "{:?}", solved);
        }

        #[test]
        fn frame_and_output_are_inverse(x in 0.0_f32..1280.0, y in 0.0_f32..720.0, scale in 0.2_f32..1.0) {
            let crop = Crop { origin_in_frame: Point::new(100.0, 30.0), scale };
            let back = crop.frame_from_output(crop.output_from_frame(Point::new(x, y)));
            prop_assert!(back.distance(Point::new(x, y)) < 0.01);
        }
    }

    /// Tries a fine grid of scales and places; a point counts only clearly inside, so that rounding
    /// does not matter.
    fn brute_force_finds_one(head: &Head) -> bool {
        let bands = bands();
        let Ok(scales) = allowed_scales(head, &bands, FRAME) else {
            return false;
        };
        (0..=200).any(|i| {
            let scale = scales.min + (scales.max - scales.min) * i as f32 / 200.0;
            let window_x = 480.0 / scale;
            let x = (head.mid_x - window_x / 2.0).clamp(0.0, (1280.0 - window_x).max(0.0));
            (0..=400).any(|j| {
                let span = (720.0 - 640.0 / scale).max(0.0);
                let crop = Crop {
                    origin_in_frame: Point::new(x, span * j as f32 / 400.0),
                    scale,
                };
                crop.place(head).margin(&bands) >= 0.01
            })
        })
    }
}
