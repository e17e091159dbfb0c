//! The synthetic sitter: a person made of signed distances, seen by rays, with the truth of each picture.
//!
//! Pure: the same person, pose, scene and size give the same pixels. [`render`] makes one picture; [`Sitting`] plays a
//! whole sitting as a camera would see it. Nothing is ever mirrored here.

mod body;
mod booth;
mod dice;
mod head;
mod light;
mod paint;
mod person;
mod playback;
mod pose;
mod scene;
mod shape;
mod sitting;
mod studio;
mod truth;
mod vector;

use image::{GrayImage, RgbImage};

use crate::geometry::Size;

pub use person::{Cut, Garment, Person};
pub use pose::Pose;
pub use scene::{Color, GREY_BLUE, LIGHT_BLUE, LIGHT_GREY, Scene, WHITE};
pub use sitting::{Act, Sitting};
pub use truth::Truth;

use studio::{Layer, Studio};

/// A picture and what is true of it.
pub struct Rendering {
    pub rgb: RgbImage,
    /// The sitter's own share of each pixel, without a second person.
    pub alpha: GrayImage,
    pub truth: Truth,
}

/// Renders `person` in `pose`. Costs about 2 us a pixel of the sitter in an optimised build.
pub fn render(person: &Person, pose: &Pose, scene: &Scene, size: Size) -> Rendering {
    let (layer, truth) = portrait_layer(person, pose, scene, size);
    let mut rgb = booth::empty(scene, size);
    if scene.cast_shadow > 0.0 {
        booth::cast_shadow(&mut rgb, &layer, scene.cast_shadow, pose.face_width_px);
    }
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
    booth::lay_over(&mut rgb, &layer);
    let rgb = booth::through_lens(rgb, scene);
    Rendering {
        rgb,
        alpha: booth::alpha_of(&layer),
        truth,
    }
}

/// The sitter alone, and the truth.
fn portrait_layer(person: &Person, pose: &Pose, scene: &Scene, size: Size) -> (Layer, Truth) {
    let studio = Studio::new(person, pose, scene, size);
    let mut layer = Layer::new(size.width, size.height);
    studio.march_rows(&mut layer, 0, size.height);
    let truth = studio.truth(&layer);
    (layer, truth)
}
