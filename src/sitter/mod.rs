//! The synthetic sitter: a person made of signed distance functions, rendered by ray marching, with
//! the truth of each picture.
//!
//! Pure: the same person, pose, scene and size give the same pixels. [`render`] makes one picture;
//! [`Sitting`] plays a whole sitting as a camera would see it. Nothing is ever mirrored here.

mod body;
mod booth;
mod clutter;
mod dice;
mod hair;
mod head;
mod landmarks;
mod light;
mod paint;
mod person;
mod playback;
mod pose;
mod ray;
mod scene;
mod screen;
mod shape;
mod sitting;
mod strands;
mod studio;
mod tiles;
mod truth;
mod vector;
#[cfg(test)]
mod violations;

use image::{GrayImage, RgbImage};

use crate::geometry::Size;

pub use dice::Dice;
pub use person::{BUN_HEIGHT, Cut, Garment, Hair, Person};
pub use pose::Pose;
pub use scene::{Color, GREY_BLUE, LIGHT_BLUE, LIGHT_GREY, Scene, WHITE};
pub use screen::{Recapture, recaptured};
pub use sitting::{Act, Sitting};
pub use truth::Truth;

use studio::{Layer, Studio};

/// A picture and its truth.
pub struct Rendering {
    pub rgb: RgbImage,
    /// The sitter's own share of each pixel, without a second person.
    pub alpha: GrayImage,
    pub truth: Truth,
}

/// Renders `person` in `pose`. Costs about 2 us per pixel of the sitter in an optimised build.
pub fn render(person: &Person, pose: &Pose, scene: &Scene, size: Size) -> Rendering {
    let sitter = portrait_layer(person, pose, scene, size);
    composed(person, pose, scene, size, &sitter)
}

/// Renders the same person and pose before several scenes, for the cost of one. What affects the
/// sitter (lamps, exposure, tint, red eyes) is the first scene's.
pub fn render_before_each(
    person: &Person,
    pose: &Pose,
    scenes: &[Scene],
    size: Size,
) -> Vec<Rendering> {
    let Some(first) = scenes.first() else {
        return Vec::new();
    };
    let sitter = portrait_layer(person, pose, first, size);
    scenes
        .iter()
        .map(|scene| composed(person, pose, scene, size, &sitter))
        .collect()
}

fn composed(
    person: &Person,
    pose: &Pose,
    scene: &Scene,
    size: Size,
    (layer, truth): &(Layer, Truth),
) -> Rendering {
    let mut rgb = booth::empty(scene, pose, size);
    if scene.cast_shadow > 0.0 {
        booth::cast_shadow(&mut rgb, layer, scene.cast_shadow, pose.face_width_px);
    }
    booth::expose(&mut rgb, scene);
    if scene.second_person {
        let other = Person::from_seed(person.seed ^ 0x5ec0_4d00);
        let behind = Pose {
            face_width_px: pose.face_width_px * 0.72,
            center_x_px: pose.center_x_px - pose.face_width_px * 1.25,
            center_y_px: pose.center_y_px - pose.face_width_px * 0.1,
            ..Pose::good(size)
        };
        booth::lay_over(&mut rgb, &portrait_layer(&other, &behind, scene, size).0);
    }
    booth::lay_over(&mut rgb, layer);
    let rgb = booth::through_lens(rgb, scene);
    Rendering {
        rgb,
        alpha: booth::alpha_of(layer),
        truth: *truth,
    }
}

/// Renders the sitter alone, with the truth.
fn portrait_layer(person: &Person, pose: &Pose, scene: &Scene, size: Size) -> (Layer, Truth) {
    let studio = Studio::new(person, pose, scene, size);
    let mut layer = Layer::new(size.width, size.height);
    studio.march_rows(&mut layer, 0, size.height);
    let truth = studio.truth(studio.crown(&layer, 0, size.height));
    studio.lay_strands(&mut layer, 0, size.height);
    (layer, truth)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Size = Size::new(120, 160);

    fn sitting(seed: u64, change: impl FnOnce(&mut Pose)) -> Rendering {
        let mut pose = Pose::good(SMALL);
        change(&mut pose);
        render(&Person::from_seed(seed), &pose, &Scene::default(), SMALL)
    }

    #[test]
    fn the_same_seed_gives_the_same_picture_and_another_another() {
        let (a, b, c) = (sitting(3, |_| ()), sitting(3, |_| ()), sitting(4, |_| ()));
        assert_eq!(a.rgb, b.rgb);
        assert_ne!(a.rgb, c.rgb);
    }

    #[test]
    fn before_several_walls_the_person_and_the_truth_are_the_same() {
        let (person, pose) = (Person::from_seed(3), Pose::good(SMALL));
        let wall = |backdrop| Scene {
            backdrop,
            ..Scene::default()
        };
        let scenes = [wall(WHITE), wall(LIGHT_BLUE)];
        let made = render_before_each(&person, &pose, &scenes, SMALL);
        for (one, scene) in made.iter().zip(&scenes) {
            let alone = render(&person, &pose, scene, SMALL);
            assert_eq!((&one.rgb, one.truth), (&alone.rgb, alone.truth));
        }
        assert!(render_before_each(&person, &pose, &[], SMALL).is_empty());
    }

    #[test]
    fn truth_is_where_it_was_asked_for() {
        let truth = sitting(3, |_| ()).truth;
        assert!((truth.eye_line_y - 62.5).abs() < 0.5, "{truth:?}");
        assert!((truth.midline_x - 60.0).abs() < 0.1);
        assert!((truth.face_width - 53.0).abs() < 0.8);
        assert!(truth.chin.y > truth.mouth.y && truth.mouth.y > truth.nose_tip.y);
    }

    #[test]
    fn the_crown_is_the_first_row_of_the_sitter_in_the_alpha() {
        for seed in [1, 5, 7] {
            let made = sitting(seed, |_| ());
            let crown = made.truth.crown_y.unwrap() as u32;
            let middle = |y| {
                made.alpha.enumerate_pixels().any(|(x, row, p)| {
                    row == y
                        && p.0[0] > 127
                        && (x as f32 - made.truth.midline_x).abs() < 0.25 * made.truth.face_width
                })
            };
            assert!(middle(crown) && !middle(crown - 1), "seed {seed}");
        }
    }

    #[test]
    fn the_badge_is_red_and_right_of_the_face_in_a_picture_that_nobody_mirrored() {
        for seed in 0..6 {
            let made = sitting(seed, |_| ());
            let badge = made.truth.badge;
            let [r, g, _] = made.rgb.get_pixel(badge.x as u32, badge.y as u32).0;
            assert!(r > 100 && r > 2 * g, "seed {seed}: {r} {g}");
            assert!(badge.x > made.truth.midline_x + 0.3 * made.truth.face_width);
            assert!(badge.y < 160.0, "inside the standard's crop");
        }
    }

    #[test]
    fn a_roll_to_the_right_sinks_the_right_eye() {
        let truth = sitting(3, |pose| pose.roll_deg = 10.0).truth;
        let slope =
            (truth.iris_right.y - truth.iris_left.y) / (truth.iris_right.x - truth.iris_left.x);
        assert!((slope.atan().to_degrees() - 10.0).abs() < 0.5);
    }

    #[test]
    fn yaw_moves_the_nose_to_the_right_and_pitch_moves_it_up() {
        let level = sitting(3, |_| ()).truth;
        let turned = sitting(3, |pose| pose.yaw_deg = 15.0).truth;
        let raised = sitting(3, |pose| pose.pitch_deg = 15.0).truth;
        assert!(turned.nose_tip.x - turned.midline_x > 3.0);
        assert!(turned.face_width < level.face_width);
        assert!(raised.nose_tip.y < level.nose_tip.y - 2.0);
    }

    #[test]
    fn closing_the_eyes_changes_only_the_eyes() {
        let (open, closed) = (sitting(3, |_| ()), sitting(3, |pose| pose.eyes = 0.0));
        let face = open.truth.face_width;
        let mut changed = 0;
        for (x, y, p) in open.rgb.enumerate_pixels() {
            if p != closed.rgb.get_pixel(x, y) {
                changed += 1;
                assert!(
                    (y as f32 - open.truth.eye_line_y).abs() < 0.22 * face,
                    "{x} {y}"
                );
            }
        }
        assert!(changed > 20);
    }

    #[test]
    fn an_open_mouth_lowers_the_chin() {
        let (shut, open) = (sitting(3, |_| ()), sitting(3, |pose| pose.mouth = 1.0));
        assert!(open.truth.chin.y > shut.truth.chin.y + 2.0);
    }

    #[test]
    fn the_lamp_on_the_left_lights_the_left_cheek() {
        let scene = Scene {
            lamp_right: 0.1,
            ..Scene::default()
        };
        let made = render(&Person::from_seed(1), &Pose::good(SMALL), &scene, SMALL);
        let light = |dx: f32| {
            let (x, y) = (made.truth.midline_x + dx, made.truth.nose_tip.y);
            u32::from(made.rgb.get_pixel(x as u32, y as u32).0[1])
        };
        assert!(
            light(-18.0) > light(18.0) + 20,
            "{} {}",
            light(-18.0),
            light(18.0)
        );
    }

    #[test]
    fn a_shadow_and_a_second_person_leave_truth_and_alpha_alone() {
        let scene = Scene {
            cast_shadow: 1.0,
            second_person: true,
            ..Scene::default()
        };
        let plain = sitting(3, |_| ());
        let crowded = render(&Person::from_seed(3), &Pose::good(SMALL), &scene, SMALL);
        assert_eq!(plain.alpha, crowded.alpha);
        assert_eq!(plain.truth, crowded.truth);
        assert_ne!(plain.rgb, crowded.rgb);
    }

    #[test]
    fn nobody_in_the_picture_is_no_failure() {
        let made = sitting(3, |pose| pose.center_x_px = -4000.0);
        assert_eq!(made.truth.crown_y, None);
    }
}
