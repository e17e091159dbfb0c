//! Analysis of whole pictures with the pinned networks, and what other modules' tests need for it.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use super::*;
use crate::{
    frame::{Origin, Turn},
    time::Mono,
};

/// Loads the pinned model files, from `CAPTURE_STATION_MODELS` or where the set-up puts them.
///
/// # Panics
/// If a file is missing: a test that needs the models does not pass without them.
pub fn models() -> Models {
    let home = std::env::var_os("HOME")
        .map(|home| PathBuf::from(home).join(".local/share/capture-station/models"));
    let data =
        std::env::var_os("CAPTURE_STATION_DATA").map(|data| PathBuf::from(data).join("models"));
    let folders = [
        std::env::var_os("CAPTURE_STATION_MODELS").map(PathBuf::from),
        data,
        Some("/usr/local/share/capture-station/models".into()),
        home,
    ];
    Models::load(|name| {
        let found = folders
            .iter()
            .flatten()
            .find_map(|folder| std::fs::read(folder.join(name)).ok());
        found.ok_or(name)
    })
    .unwrap_or_else(|name| {
        panic!("{name} is missing: run `make test` (its set-up fetches the models)")
    })
}

pub fn frame(number: u64, rgb: image::RgbImage) -> Arc<Frame> {
    let at = Mono::from_start(std::time::Duration::from_millis(number * 100));
    Arc::new(Frame {
        number,
        at,
        rgb,
        origin: Origin::Pixels,
        turn: Turn::None,
        camera: Arc::default(),
    })
}

/// Returns a face without any shape, of a head that is turned by that much.
pub fn turned_face(yaw_deg: f32) -> Face {
    let eye = |x| Eye {
        iris: crate::geometry::Point::new(x, 100.0),
        radius: 6.0,
        opening: 8.0,
    };
    Face {
        pose: Pose {
            roll_deg: 0.0,
            yaw_deg,
            pitch_deg: 0.0,
        },
        ..Face::new(mesh::Mesh::flat_for_tests(), eye(100.0), eye(184.0))
    }
}

/// One network's outputs, as the reference runtime computed them (`tests/golden/make_golden.py`).
#[derive(serde::Deserialize)]
struct Golden {
    low: f32,
    high: f32,
    outputs: Vec<GoldenOutput>,
}

#[derive(serde::Deserialize)]
struct GoldenOutput {
    length: usize,
    step: usize,
    values: Vec<f32>,
}

fn golden_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

#[test]
fn every_network_answers_like_the_reference_runtime() {
    let golden = std::fs::read(golden_folder().join("networks.json")).unwrap();
    let golden: BTreeMap<String, Golden> = serde_json::from_slice(&golden).unwrap();
    let models = models();
    for model in Model::ALL {
        let name = model.file_name().trim_end_matches(".tflite");
        let expected = &golden[name];
        let picture = image::open(golden_folder().join(format!("{name}.png")))
            .unwrap()
            .to_rgb8();
        let values = picture.as_raw().iter().map(|v| f32::from(*v) / 255.0);
        let pixels: Vec<f32> = values
            .map(|v| v * (expected.high - expected.low) + expected.low)
            .collect();
        let outputs = net::Net::from_tflite(models.get(model))
            .unwrap()
            .run(&pixels)
            .unwrap();
        assert_eq!(outputs.len(), expected.outputs.len(), "{name}");
        let mut worst = 0.0_f32;
        for (output, expected) in outputs.iter().zip(&expected.outputs) {
            assert_eq!(output.len(), expected.length, "{name}");
            let values = output.iter().step_by(expected.step);
            worst = values
                .zip(&expected.values)
                .map(|(a, b)| (a - b).abs())
                .fold(worst, f32::max);
        }
        println!("{name}: at most {worst:.1e} from the reference");
        assert!(worst < 2e-3, "{name}: {worst}");
    }
}

#[test]
fn an_altered_model_is_refused_by_name() {
    let mut models = models();
    models.iris_landmark[1000] ^= 1;
    let error = Analyser::new(&models).err().unwrap().to_string();
    assert!(error.contains("iris_landmark.tflite"), "{error}");
}

#[test]
fn a_cut_model_is_an_error_even_without_its_hash() {
    let models = models();
    for model in Model::ALL {
        let bytes = models.get(model);
        for cut in [0, 1, 7, 8, 100, bytes.len() / 3, bytes.len() - 4000] {
            assert!(
                net::Net::from_tflite(&bytes[..cut]).is_err(),
                "{} cut to {cut}",
                model.file_name()
            );
        }
    }
}

/// A damaged file may still be a network; what matters is that it is built or refused, without a
/// panic.
#[test]
fn a_damaged_model_never_panics_even_without_its_hash() {
    let rounds = std::env::var("FUZZ").map_or(12, |n| n.parse().unwrap());
    let models = models();
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    for model in Model::ALL {
        for _ in 0..rounds {
            let mut bytes = models.get(model).to_vec();
            for _ in 0..8 {
                dice = dice
                    .wrapping_mul(0x5851_f42d_4c95_7f2d)
                    .wrapping_add(0x1405_7b7e_f767_814f);
                // The structure is at both ends of the file, the weights between them.
                let edge = bytes.len() / 12;
                let place = (dice >> 33) as usize % (2 * edge);
                let place = if place < edge {
                    place
                } else {
                    bytes.len() - 2 * edge + place
                };
                bytes[place] = (dice >> 20) as u8;
            }
            drop(net::Net::from_tflite(&bytes));
        }
    }
}

#[test]
fn a_picture_without_a_person_has_no_face() {
    let mut analyser = Analyser::new(&models()).unwrap();
    for size in [(1, 1), (64, 48), (1280, 720), (3, 900)] {
        let wall = image::RgbImage::from_pixel(size.0, size.1, image::Rgb([196, 214, 229]));
        let analysis = analyser.analyse_still(frame(1, wall.clone()));
        assert!(
            analysis.face.is_none() && analysis.faces.is_empty(),
            "{size:?}"
        );
        assert_eq!(analysis.second_face(), 0.0);
        assert!(analyser.analyse(frame(1, wall), Want::Guide).face.is_none());
        analyser.reset();
    }
}

#[cfg(feature = "sitter")]
mod of_a_sitter {
    use super::*;
    use crate::{
        geometry::{Point, Size},
        sitter::{Person, Pose, Rendering, Scene, render},
    };

    const SIZE: Size = Size::new(640, 360);

    fn sitter(change: impl FnOnce(&mut Pose, &mut Scene)) -> Rendering {
        let (mut pose, mut scene) = (Pose::good(SIZE), Scene::default());
        change(&mut pose, &mut scene);
        render(&Person::from_seed(1), &pose, &scene, SIZE)
    }

    #[test]
    fn landmarks_crown_and_pose_are_where_they_are() {
        let Rendering { rgb, truth, .. } = sitter(|pose, _| {
            pose.yaw_deg = 8.0;
            pose.roll_deg = -4.0;
        });
        let analysis = Analyser::new(&models())
            .unwrap()
            .analyse_still(frame(1, rgb));
        let face = analysis.face.as_ref().unwrap();
        assert!(face.right_eye.iris.distance(truth.iris_left) < 2.0);
        assert!(face.left_eye.iris.distance(truth.iris_right) < 2.0);
        assert!((face.width() / truth.face_width - 1.0).abs() < 0.08);
        assert!(face.chin.distance(truth.chin) < 0.06 * truth.face_width);
        let Crown::Seen { y } = face.crown else {
            panic!("no crown");
        };
        assert!((y - truth.crown_y.unwrap()).abs() < 2.0);
        assert!(
            (face.pose.yaw_deg - truth.yaw_deg).abs() < 2.0,
            "{:?}",
            face.pose
        );
        assert!(
            (face.pose.roll_deg - truth.roll_deg).abs() < 1.5,
            "{:?}",
            face.pose
        );
        assert!(face.pose.pitch_deg.abs() < 4.0, "{:?}", face.pose);
        assert!(face.eyes_open > 0.2 && face.mouth_gap < 0.03);
        let mask = analysis.mask.as_ref().unwrap();
        assert!(mask.at(face.eyes_midpoint()) > 0.9 && mask.at(Point::new(5.0, 5.0)) < 0.1);
        let light = analysis.light.unwrap();
        assert!(light.evenness > 0.6 && light.sharpness > 0.15, "{light:?}");
        let background = analysis.background.unwrap();
        assert!(
            background.spread < 8.0 && background.share > 0.2,
            "{background:?}"
        );
    }

    #[test]
    fn closed_eyes_an_open_mouth_and_one_lamp_are_measured() {
        let rendering = sitter(|pose, scene| {
            pose.eyes = 0.0;
            pose.mouth = 1.0;
            scene.lamp_left = 0.3;
        });
        let analysis = Analyser::new(&models())
            .unwrap()
            .analyse_still(frame(1, rendering.rgb));
        let face = analysis.face.unwrap();
        assert!(face.eyes_open < 0.14, "{}", face.eyes_open);
        assert!(face.mouth_gap > 0.12, "{}", face.mouth_gap);
        assert!(analysis.light.unwrap().evenness < 0.6);
    }

    #[test]
    fn a_file_that_stands_on_its_head_or_lies_on_its_side_is_named() {
        let mut analyser = Analyser::new(&models()).unwrap();
        let size = Size::new(480, 640);
        let person = Person::from_seed(1);
        let upright = render(&person, &Pose::good(size), &Scene::default(), size).rgb;
        for (turned, back) in [
            (Turn::None, Turn::None),
            (Turn::Quarter, Turn::ThreeQuarters),
            (Turn::Half, Turn::Half),
        ] {
            let picture = turned.upright(upright.clone());
            let analysis = analyser.analyse_file(&frame(1, picture));
            assert_eq!(analysis.turn, back, "{turned:?}");
        }
        let wall = image::RgbImage::from_pixel(480, 640, image::Rgb([200, 210, 220]));
        let analysis = analyser.analyse_file(&frame(1, wall));
        assert!(analysis.face.is_none() && analysis.turn == Turn::None);
    }

    #[test]
    fn a_mask_hides_the_lips_and_dark_lenses_the_eyes() {
        let size = Size::new(480, 640);
        let mut analyser = Analyser::new(&models()).unwrap();
        let person = Person::from_seed(1);
        let picture = render(&person, &Pose::good(size), &Scene::default(), size).rgb;
        let free = analyser.analyse_still(frame(1, picture.clone()));
        let (face, cover) = (free.face.unwrap(), free.cover.unwrap());
        let seen = |cover: &Cover| crate::analysis::colour::delta_e(cover.lips, cover.around_lips);
        assert!(seen(&cover) > 8.0, "{}", seen(&cover));
        assert!(cover.eye_light > 0.8, "{}", cover.eye_light);

        let unit = face.iris_distance();
        let spot = |middle: Point, across: f32, down: f32, color: [u8; 3]| {
            let mut picture = picture.clone();
            for (x, y, pixel) in picture.enumerate_pixels_mut() {
                let (dx, dy) = (x as f32 - middle.x, y as f32 - middle.y);
                if (dx / (across * unit)).hypot(dy / (down * unit)) < 1.0 {
                    *pixel = image::Rgb(color);
                }
            }
            picture
        };
        let masked = spot(face.mouth(), 1.0, 0.65, [150, 190, 215]);
        let cover = analyser.analyse_still(frame(1, masked)).cover.unwrap();
        assert!(seen(&cover) < 4.0, "{}", seen(&cover));

        let dark = spot(face.eyes_midpoint(), 1.0, 0.3, [25, 24, 26]);
        let cover = analyser.analyse_still(frame(1, dark)).cover.unwrap();
        assert!(cover.eye_light < 0.4, "{}", cover.eye_light);
    }

    #[test]
    fn a_hat_of_a_colour_that_hair_has_not_is_seen() {
        let size = Size::new(480, 640);
        let mut analyser = Analyser::new(&models()).unwrap();
        for seed in 1..4 {
            let person = Person::from_seed(seed);
            let picture = render(&person, &Pose::good(size), &Scene::default(), size).rgb;
            let bare = analyser.analyse_still(frame(1, picture.clone()));
            let (face, cover) = (bare.face.unwrap(), bare.cover.unwrap());
            assert!(cover.head < 0.2, "{seed}: {}", cover.head);

            let brim = face.mesh.at(super::mesh::index::FOREHEAD).y;
            for color in [[30, 60, 150], [40, 120, 70], [180, 25, 35], [250, 250, 252]] {
                let mut hatted = picture.clone();
                let hat = image::RgbImage::from_pixel(480, brim as u32, image::Rgb(color));
                image::imageops::replace(&mut hatted, &hat, 0, 0);
                let cover = analyser.analyse_still(frame(1, hatted)).cover.unwrap();
                assert!(cover.head > 0.8, "{seed} {color:?}: {}", cover.head);
            }
        }
    }

    #[test]
    fn one_face_is_one_track_and_a_jump_is_another() {
        let here = sitter(|pose, _| pose.center_x_px = 200.0).rgb;
        let there = image::imageops::flip_horizontal(&here);
        let mut analyser = Analyser::new(&models()).unwrap();
        let first = analyser.analyse(frame(1, here.clone()), Want::Guide);
        assert!(first.face.is_some() && first.mask_is_own() && first.faces_are_own());
        let second = analyser.analyse(frame(2, here.clone()), Want::Guide);
        assert_eq!(second.track, first.track);
        assert!(!second.mask_is_own() && !second.faces_are_own());
        assert!(matches!(second.face.unwrap().crown, Crown::Seen { .. }));
        let judged = analyser.analyse(frame(3, here), Want::Judge);
        assert!(judged.mask_is_own() && judged.faces_are_own());
        let other = analyser.analyse(frame(4, there), Want::Guide);
        assert!(other.face.is_some());
        assert_ne!(other.track, first.track);
        assert_eq!(
            format!("{other:?}"),
            "Analysis of Frame 4 (640x360) (1 faces, track 2)"
        );
    }

    #[test]
    fn a_second_person_is_seen_and_a_cut_head_is_said() {
        let rendering = sitter(|pose, scene| {
            scene.second_person = true;
            pose.center_y_px = 75.0;
        });
        let analysis = Analyser::new(&models())
            .unwrap()
            .analyse_still(frame(1, rendering.rgb));
        assert_eq!(analysis.faces.len(), 2);
        assert!(analysis.second_face() > 0.2, "{}", analysis.second_face());
        assert_eq!(analysis.face.unwrap().crown, Crown::CutOff);
    }
}
