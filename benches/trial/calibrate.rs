//! What the mesh reads on faces whose truth is known: the numbers of `src/analysis/calibration.rs`.

use std::sync::Arc;

use capture_station::{
    analysis::{Analysis, Face, Pose as Angles, calibration::CALIBRATION},
    cli::quantiles::percentile,
    geometry::Size,
    portrait,
    sitter::{Person, Pose, Scene, Truth, render},
};

use crate::crew::{self, Chance};

const FRAME: Size = Size::new(1280, 720);

/// One face: the readings and the truth.
struct Reading {
    analysis: Analysis,
    truth: Truth,
}

/// Prints the calibration that makes the readings true, on `people` sitters turned by up to 12
/// degrees.
pub fn print(people: u64) {
    let readings = read(people);
    print_angles(&readings);
    print_shares(&readings);
}

fn read(people: u64) -> Vec<Reading> {
    let seeds: Vec<u64> = (9_000..9_000 + people).collect();
    crew::each(&seeds, |seed, analyser| {
        let mut chance = Chance::new(*seed);
        let good = Pose::good(FRAME);
        let pose = Pose {
            yaw_deg: 12.0 * chance.swing(),
            pitch_deg: 12.0 * chance.swing(),
            roll_deg: 6.0 * chance.swing(),
            face_width_px: good.face_width_px * (1.0 + 0.2 * chance.swing()),
            ..good
        };
        let rendering = render(&Person::from_seed(*seed), &pose, &Scene::default(), FRAME);
        Reading {
            analysis: analyser.analyse_still(Arc::new(portrait::still(rendering.rgb))),
            truth: rendering.truth,
        }
    })
}

/// Prints gains and zeros of the angles, and the remaining error.
fn print_angles(readings: &[Reading]) {
    let now = CALIBRATION;
    let yaw = pairs(readings, |a| a.yaw_deg * now.yaw_gain, |t| t.yaw_deg);
    let pitch = pairs(
        readings,
        |a| a.pitch_deg * now.pitch_gain + now.pitch_zero_deg,
        |t| t.pitch_deg,
    );
    let roll = pairs(readings, |a| a.roll_deg, |t| t.roll_deg);
    println!("// {} of {} sitters read", yaw.len(), readings.len());
    for (name, pairs) in [("yaw", yaw), ("pitch", pitch), ("roll", roll)] {
        let (gain, zero) = line(&pairs);
        let left: Vec<f32> = pairs
            .iter()
            .map(|(read, truth)| ((read - zero) / gain - truth).abs())
            .collect();
        let left = percentile(&left, 0.95);
        println!(
            "{name}_gain: {gain:.3}, {name}_zero_deg: {zero:.2}, // 95th percentile of the error left: {left:.2} deg"
        );
    }
}

fn print_shares(readings: &[Reading]) {
    let now = CALIBRATION;
    let median = |of: &dyn Fn(&Face, &Truth) -> f32| {
        let values = readings
            .iter()
            .filter_map(|reading| Some(of(reading.analysis.face.as_ref()?, &reading.truth)));
        percentile(&values.collect::<Vec<_>>(), 0.5)
    };
    let width = median(&|face, truth| truth.face_width / face.width() * now.width_share);
    let chin = median(&|face, truth| {
        let eyes = truth.iris_left.midpoint(truth.iris_right);
        let read = face.eyes_midpoint().distance(face.chin);
        eyes.distance(truth.chin) / read * now.chin_share
    });
    let gaze = median(&|face, _| face.gaze.y + now.gaze_down_zero);
    let smile = median(&|face, _| face.smile + now.smile_zero);
    println!(
        "width_share: {width:.4},\nchin_share: {chin:.4},\ngaze_down_zero: {gaze:.4},\nsmile_zero: {smile:.4},"
    );
}

fn pairs(
    readings: &[Reading],
    read: impl Fn(&Angles) -> f32,
    truth: impl Fn(&Truth) -> f32,
) -> Vec<(f32, f32)> {
    readings
        .iter()
        .filter_map(|reading| {
            let pose = reading.analysis.face.as_ref()?.pose;
            Some((read(&pose), truth(&reading.truth)))
        })
        .collect()
}

/// Fits `read = zero + gain * truth` by least squares.
fn line(pairs: &[(f32, f32)]) -> (f32, f32) {
    let count = pairs.len().max(1) as f32;
    let mean = |of: fn(&(f32, f32)) -> f32| pairs.iter().map(of).sum::<f32>() / count;
    let (read, truth) = (mean(|p| p.0), mean(|p| p.1));
    let both: f32 = pairs.iter().map(|p| (p.0 - read) * (p.1 - truth)).sum();
    let square: f32 = pairs.iter().map(|p| (p.1 - truth) * (p.1 - truth)).sum();
    let gain = both / square.max(1e-6);
    (gain, read - gain * truth)
}
