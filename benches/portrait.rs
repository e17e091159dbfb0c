//! How long a judged 1280x720 frame takes to become the final bytes, checked, on one core.
//!
//! `cargo bench --bench portrait`

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot set up has nothing to say"
)]

use std::{hint::black_box, sync::Arc, time::Duration};

use capture_station::{
    analysis::Want,
    cli::models,
    geometry::Size,
    guidance,
    portrait::{self, BackgroundMode},
    profile::Profile,
    sitter::{Person, Pose, Scene, render},
};
use criterion::{Criterion, criterion_group, criterion_main};

const FRAME: Size = Size::new(1280, 720);

fn portrait(c: &mut Criterion) {
    let profile = Profile::standard_99();
    let mut analyser = models::analyser().unwrap();
    let sitter = render(
        &Person::from_seed(1),
        &Pose::good(FRAME),
        &Scene::default(),
        FRAME,
    );
    let analysis = analyser.analyse(Arc::new(portrait::still(sitter.rgb)), Want::Judge);
    let crop = guidance::crop_of(&analysis, &profile).unwrap();
    let cut = portrait::cut(&analysis.frame.rgb, crop).unwrap();
    let mut group = c.benchmark_group("portrait");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(8));
    group.bench_function("cut", |b| {
        b.iter(|| portrait::cut(black_box(&analysis.frame.rgb), crop));
    });
    group.bench_function("encode", |b| {
        b.iter(|| portrait::encode(black_box(&cut), &profile.file));
    });
    for (name, mode) in [
        ("backdrop kept", BackgroundMode::Keep),
        ("backdrop replaced", BackgroundMode::Profile),
    ] {
        group.bench_function(name, |b| {
            b.iter(|| {
                portrait::standardise(black_box(&analysis), crop, &profile, &mut analyser, mode)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, portrait);
criterion_main!(benches);
