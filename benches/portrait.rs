//! How long it takes to turn a judged frame (1920x1080 as the booth's camera sends it, and
//! 1280x720) into the final bytes, checked, on one core; and a large picture that staff import.
//!
//! `cargo bench --bench portrait`

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot set up has nothing to say"
)]

use std::{hint::black_box, sync::Arc, time::Duration};

use capture_station::{
    analysis::{Analyser, Analysis, Want},
    app::pictures,
    checks::{self, FileFacts},
    frame::{Frame, Origin},
    geometry::Size,
    guidance,
    portrait::{self, BackgroundMode},
    profile::Profile,
    provision::models,
    sitter::{Person, Pose, Scene, render},
};
use criterion::{Criterion, criterion_group, criterion_main};
use image::{
    Rgb, RgbImage,
    codecs::jpeg::JpegEncoder,
    imageops::{self, FilterType},
};

const FRAMES: [Size; 2] = [Size::new(1920, 1080), Size::new(1280, 720)];

fn portraits(c: &mut Criterion) {
    for frame in FRAMES {
        portrait(c, frame);
    }
}

/// Returns the analysis of a good frame. The usual webcam sends JPEG, which accompanies the portrait
/// as it came.
fn judged(frame: Size, analyser: &mut Analyser) -> Analysis {
    let sitter = render(
        &Person::from_seed(1),
        &Pose::good(frame),
        &Scene::default(),
        frame,
    );
    let mut sent = Vec::new();
    JpegEncoder::new_with_quality(&mut sent, 88)
        .encode_image(&sitter.rgb)
        .unwrap();
    let judged = Frame {
        origin: Origin::Jpeg(Arc::new(sent)),
        ..portrait::still(sitter.rgb)
    };
    analyser.analyse(Arc::new(judged), Want::Judge)
}

fn portrait(c: &mut Criterion, frame: Size) {
    let profile = Profile::standard_99();
    let mut analyser = models::analyser().unwrap();
    let analysis = judged(frame, &mut analyser);
    let crop = guidance::crop_of(&analysis, &profile).unwrap();
    let cut = portrait::cut(&analysis.frame.rgb, crop).unwrap();
    let mut group = c.benchmark_group(format!("portrait, {}x{}", frame.width, frame.height));
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(8));
    group.bench_function("cut", |b| {
        b.iter(|| portrait::cut(black_box(&analysis.frame.rgb), crop));
    });
    group.bench_function("encode", |b| {
        b.iter(|| portrait::encode(black_box(&cut), &profile.file));
    });
    let face = analysis.face.as_ref().unwrap();
    group.bench_function("matte and new backdrop", |b| {
        b.iter(|| {
            let wanted = [240, 240, 240];
            portrait::backdrop_replaced(cut.clone(), crop, face, None, wanted, &mut analyser)
        });
    });
    let finished = Arc::new(portrait::still(cut.clone()));
    group.bench_function("analysis of the finished picture", |b| {
        b.iter(|| analyser.analyse_still(Arc::clone(&finished)));
    });
    let seen = analyser.analyse_still(Arc::clone(&finished));
    let facts = FileFacts::read(&portrait::encode(&cut, &profile.file).unwrap()).unwrap();
    group.bench_function("its checks", |b| {
        b.iter(|| checks::of_picture(black_box(&seen), &facts, &profile));
    });
    for (name, mode) in [
        ("backdrop kept", BackgroundMode::Keep),
        ("backdrop replaced", BackgroundMode::Profile),
    ] {
        group.bench_function(name, |b| {
            b.iter(|| {
                portrait::standardise(
                    black_box(&analysis),
                    crop,
                    &profile,
                    &mut analyser,
                    mode,
                    None,
                )
            });
        });
    }
    group.finish();
}

/// A picture of 24 megapixels, from the stick to what Review shows.
fn import(c: &mut Criterion) {
    const SIZE: Size = Size::new(1500, 2000);
    let sitter = render(
        &Person::from_seed(1),
        &Pose::good(SIZE),
        &Scene::default(),
        SIZE,
    );
    let head = imageops::resize(&sitter.rgb, 3000, 4000, FilterType::Triangle);
    let mut picture = RgbImage::from_pixel(6000, 4000, Rgb([228, 232, 236]));
    imageops::overlay(&mut picture, &head, 1500, 0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("photo.jpg");
    picture.save(&file).unwrap();

    let profile = Profile::standard_99();
    let mut analyser = models::analyser().unwrap();
    let mut group = c.benchmark_group("import of 24 megapixels");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(8));
    group.bench_function("read and decoded", |b| {
        b.iter(|| pictures::read(black_box(&file), 1).unwrap());
    });
    group.bench_function("to the finished portrait", |b| {
        b.iter(|| {
            let read = pictures::read(black_box(&file), 1).unwrap();
            let opened = pictures::open(read, 1, &profile, &mut analyser).unwrap();
            portrait::standardise(
                &opened.sight.analysis,
                opened.crop,
                &profile,
                &mut analyser,
                BackgroundMode::Profile,
                None,
            )
            .unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, portraits, import);
criterion_main!(benches);
