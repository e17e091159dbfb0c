//! How long each step of the analysis of one frame takes, on one core: 1920x1080 as the booth's
//! camera sends it, and 1280x720.
//!
//! `cargo bench --bench analysis`; the model files are read from `CAPTURE_STATION_MODELS`, else
//! where the set-up puts them.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot set up has nothing to say"
)]

use std::{hint::black_box, path::PathBuf, sync::Arc, time::Duration};

use capture_station::{
    analysis::{
        Analyser, Models, Want,
        background::background,
        crown::crown,
        detector::{Detector, framing_tiles},
        guided::guided_filter,
        iris::Irises,
        mask::Segmenter,
        mesh::Mesher,
        sampling::Pyramid,
    },
    frame::{Frame, Origin, Turn},
    geometry::Size,
    sitter::{Person, Pose, Scene, render},
    time::Mono,
};
use criterion::{Criterion, criterion_group, criterion_main};

const SIZES: [Size; 2] = [Size::new(1920, 1080), Size::new(1280, 720)];

fn frame(number: u64, size: Size) -> Arc<Frame> {
    let rendering = render(
        &Person::from_seed(1),
        &Pose::good(size),
        &Scene::default(),
        size,
    );
    Arc::new(Frame {
        number,
        at: Mono::from_start(Duration::from_millis(number * 33)),
        rgb: rendering.rgb,
        origin: Origin::Pixels,
        turn: Turn::None,
        camera: Arc::default(),
    })
}

fn models() -> Models {
    let folder = std::env::var_os("CAPTURE_STATION_MODELS").map_or_else(
        || PathBuf::from("/usr/local/share/capture-station/models"),
        PathBuf::from,
    );
    Models::load(|name| std::fs::read(folder.join(name))).unwrap()
}

fn steps(c: &mut Criterion) {
    for size in SIZES {
        steps_of(c, size);
    }
}

fn steps_of(c: &mut Criterion, size: Size) {
    let (frame, models) = (frame(1, size), models());
    let mut detector = Detector::new(&models.face_detection).unwrap();
    let mut mesher = Mesher::new(&models.face_landmark).unwrap();
    let mut irises = Irises::new(&models.iris_landmark).unwrap();
    let mut segmenter = Segmenter::new(&models.selfie).unwrap();
    let mut group = c.benchmark_group(format!("step, {}x{}", size.width, size.height));

    group.bench_function("halvings", |b| {
        b.iter(|| black_box(Pyramid::new(&frame.rgb).level_for(8.0).1));
    });
    let mut pyramid = Pyramid::new(&frame.rgb);
    let tiles = framing_tiles(&pyramid.bounds());
    let found = detector.detect(&mut pyramid, &tiles);
    let patch = capture_station::analysis::mesh::patch_of(found.first().unwrap());
    let mesh = mesher.mesh(&mut pyramid, &patch).unwrap();
    let mask = segmenter.mask(&mut pyramid, 1).unwrap();
    let face = Analyser::new(&models)
        .unwrap()
        .analyse_still(frame.clone())
        .face
        .unwrap();
    group.bench_function("faces (two tiles)", |b| {
        b.iter(|| black_box(detector.detect(&mut pyramid, &tiles)));
    });
    group.bench_function("mesh", |b| {
        b.iter(|| black_box(mesher.mesh(&mut pyramid, &mesh.patch())));
    });
    group.bench_function("irises (both)", |b| {
        b.iter(|| black_box(irises.eyes(&mut pyramid, &mesh)));
    });
    group.bench_function("mask", |b| {
        b.iter(|| black_box(segmenter.mask(&mut pyramid, 1)));
    });
    group.bench_function("crown", |b| {
        let (eyes, width) = (face.eyes_midpoint(), face.width());
        b.iter(|| black_box(crown(&mut pyramid, &mask, eyes, width)));
    });
    group.bench_function("light", |b| {
        b.iter(|| black_box(capture_station::analysis::light::light(&mut pyramid, &face)));
    });
    let region = pyramid.bounds();
    group.bench_function("background", |b| {
        b.iter(|| black_box(background(&mut pyramid, &mask, &region)));
    });
    group.finish();
}

fn whole(c: &mut Criterion) {
    for size in SIZES {
        let (frame, models) = (frame(1, size), models());
        let mut analyser = Analyser::new(&models).unwrap();
        let mut group = c.benchmark_group(format!("frame, {}x{}", size.width, size.height));
        group.bench_function("while framing (mean over the period of three)", |b| {
            b.iter(|| black_box(analyser.analyse(frame.clone(), Want::Guide)));
        });
        group.bench_function("to judge (all its own)", |b| {
            b.iter(|| black_box(analyser.analyse(frame.clone(), Want::Judge)));
        });
        group.bench_function("still", |b| {
            b.iter(|| black_box(analyser.analyse_still(frame.clone())));
        });
        group.finish();
    }
}

/// Measures the last analysis of a finished portrait.
fn portrait(c: &mut Criterion) {
    let (frame, models) = (frame(1, Size::new(480, 640)), models());
    let mut analyser = Analyser::new(&models).unwrap();
    c.bench_function("portrait, 480x640", |b| {
        b.iter(|| black_box(analyser.analyse_still(frame.clone())));
    });
}

fn filter(c: &mut Criterion) {
    let guide = vec![[0.5, 0.4, 0.3]; 480 * 640];
    let map = vec![0.5; 480 * 640];
    c.bench_function("guided filter, 480x640, colour", |b| {
        b.iter(|| black_box(guided_filter(&guide, &map, 480, 12, 1e-4, |_| true)));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(40).measurement_time(Duration::from_secs(3)).without_plots();
    targets = steps, whole, portrait, filter
}
criterion_main!(benches);
