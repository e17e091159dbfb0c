//! Looks at the seat: light, sharpness, and which sitters the booth can serve as camera and chair
//! stand now.

use std::sync::Arc;

use image::RgbImage;

use crate::{
    analysis::Analyser,
    booth::seat::{Seat, Seated},
    checks,
    frame::Frame,
    geometry::Size,
    layout::{self, Head},
    profile::{Bands, Profile},
};

/// Returns the mean brightness, 0 to 255, and the mean difference of brightness between adjacent
/// pixels, on every fourth row.
pub fn light_and_sharpness(picture: &RgbImage) -> (f32, f32) {
    const ROWS: usize = 4;
    let (mut sum, mut steps, mut pixels) = (0_u64, 0_u64, 0_u64);
    for row in picture.rows().step_by(ROWS) {
        let mut last = None;
        for pixel in row {
            // Green carries most of what the eye sees as brightness.
            let [_, green, _] = pixel.0;
            sum += u64::from(green);
            steps += last.map_or(0, |last: u8| u64::from(last.abs_diff(green)));
            pixels += 1;
            last = Some(green);
        }
    }
    let mean = |total: u64| total as f32 / pixels.max(1) as f32;
    (mean(sum), mean(steps))
}

/// Measures one look, with the standard's own bands.
pub fn look(frame: &Arc<Frame>, analyser: &mut Analyser) -> Seat {
    let (brightness, sharpness) = light_and_sharpness(&frame.rgb);
    Seat {
        brightness,
        sharpness,
        sitter: sitter(frame, analyser),
    }
}

fn sitter(frame: &Arc<Frame>, analyser: &mut Analyser) -> Seated {
    let analysis = analyser.analyse_still(Arc::clone(frame));
    let Some(face) = &analysis.face else {
        return Seated::Nobody;
    };
    let face_px = face.width();
    let Some(head) = checks::head_of(face) else {
        return Seated::CrownCutOff { face_px };
    };
    match reach(&head, &Profile::standard_99().bands, frame.size()) {
        None => Seated::NotServed { face_px },
        Some((higher, lower)) => {
            let cm = Head::MEAN_ADULT.face_width / face_px / 10.0;
            Seated::Served {
                face_px,
                higher_cm: higher * cm,
                lower_cm: lower * cm,
            }
        }
    }
}

/// Returns how far up and down the head may move for a crop inside all bands, in px; `None` if
/// there is none where it is.
fn reach(head: &Head, bands: &Bands, frame: Size) -> Option<(f32, f32)> {
    const STEP: f32 = 2.0;
    let served = |up: f32| {
        let moved = Head {
            crown_y: head.crown_y - up,
            eye_y: head.eye_y - up,
            chin_y: head.chin_y - up,
            ..*head
        };
        layout::solve(&moved, bands, frame).is_ok()
    };
    let farthest = |sign: f32| {
        let steps = (0..frame.height).map(|n| n as f32 * STEP);
        steps
            .take_while(|far| served(far * sign))
            .last()
            .unwrap_or_default()
    };
    served(0.0).then(|| (farthest(1.0), farthest(-1.0)))
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    fn head(eye_y: f32, face_width: f32) -> Head {
        let mm = face_width / Head::MEAN_ADULT.face_width;
        Head {
            crown_y: eye_y - 112.0 * mm,
            eye_y,
            chin_y: eye_y + 115.0 * mm,
            mid_x: 960.0,
            face_width,
        }
    }

    #[test]
    fn a_head_at_the_end_of_the_reach_is_served_and_one_beyond_is_not() {
        let (bands, frame) = (Profile::standard_99().bands, Size::new(1920, 1080));
        let (higher, lower) = reach(&head(500.0, 240.0), &bands, frame).unwrap();
        assert!(higher > 50.0 && lower > 50.0, "{higher} {lower}");
        let solves = |eye_y| layout::solve(&head(eye_y, 240.0), &bands, frame).is_ok();
        assert!(solves(500.0 - higher) && !solves(500.0 - higher - 4.0));
        assert!(solves(500.0 + lower) && !solves(500.0 + lower + 4.0));
    }

    #[test]
    fn a_sitter_who_is_too_far_away_is_not_served() {
        let (bands, frame) = (Profile::standard_99().bands, Size::new(1280, 720));
        assert_eq!(reach(&head(300.0, 90.0), &bands, frame), None);
    }

    #[test]
    fn a_sharper_picture_has_more_steps_and_the_same_light() {
        let stripes = |wide: u32| {
            RgbImage::from_fn(64, 64, |x, _| {
                Rgb([if (x / wide).is_multiple_of(2) {
                    60
                } else {
                    180
                }; 3])
            })
        };
        let (light, fine) = light_and_sharpness(&stripes(1));
        let (same, coarse) = light_and_sharpness(&stripes(16));
        assert_eq!((light, same), (120.0, 120.0));
        assert!(fine > 5.0 * coarse);
    }
}
