//! The analysis of a frame while framing, compared with MediaPipe's `FaceMesh` and selfie mask in
//! Python, on the same frames and the same core.
//!
//! `cargo bench --bench peers -- [FOLDER] [--write FILE]`. The frames are those of made-up sitters
//! that sway, and each photograph of `FOLDER` (or of its `img/`) held up to the camera. Only
//! numbers leave that folder.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench that cannot be set up has nothing to say, its output is the point, and it times"
)]

mod mediapipe;
#[path = "../trial/page.rs"]
mod page;

use std::{
    env,
    fmt::Write as _,
    fs,
    hint::black_box,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use capture_station::{
    analysis::{Analyser, Want},
    cli::{pictures, quantiles::percentile},
    frame::{Frame, Origin, Turn},
    geometry::Size,
    provision::models,
    sitter::{Person, Pose, Scene, render},
    time::Mono,
};
use image::{
    Rgb, RgbImage,
    imageops::{self, FilterType},
};
use rustix::{
    thread::{CpuSet, sched_getaffinity, sched_setaffinity},
    time::{ClockId, clock_gettime},
};

use mediapipe::MediaPipe;

const FRAME: Size = Size::new(1920, 1080);
/// Frames in which a new face is still being found.
const FINDING: usize = 2;
const SITTERS: u64 = 4;
const FRAMES_OF_SITTER: usize = 24;
/// At most this many photographs, spread evenly over the folder.
const PHOTOGRAPHS: usize = 24;
const FRAMES_OF_PHOTOGRAPH: usize = 8;
/// As a share of MediaPipe's time.
const TARGET: f32 = 0.5;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|a| a != "--bench").collect();
    let load = fs::read_to_string("/proc/loadavg").unwrap();
    stay_on_one_core();
    let mut rivals = Rivals {
        analyser: models::analyser().unwrap(),
        mediapipe: MediaPipe::started(),
    };
    let mut text = rivals.head(load.split(' ').next().unwrap());
    let sittings = (0..SITTERS).map(sitting);
    text += &rivals.row("made-up sitters", sittings);
    if let Some(folder) = arguments.first().filter(|a| !a.starts_with("--")) {
        let found = photographs(Path::new(folder));
        let held = found.iter().map(|path| held_before_the_camera(path));
        text += &rivals.row("photographs", held);
    }
    println!("{text}");
    if rivals.mediapipe.is_none() {
        println!(
            "SKIPPED: MediaPipe, it is not in target/mediapipe (`make peers` puts it there); nothing is written"
        );
    } else if let Some(at) = arguments.iter().position(|a| a == "--write") {
        let path = arguments.get(at + 1).unwrap();
        let page = fs::read_to_string(path).unwrap();
        fs::write(path, page::put_between(&page, "peers", &text)).unwrap();
    }
}

/// Pins this process and its children to the last core that they may use.
fn stay_on_one_core() {
    let allowed = sched_getaffinity(None).unwrap();
    let last = (0..CpuSet::MAX_CPU).rfind(|core| allowed.is_set(*core));
    let mut one = CpuSet::new();
    one.set(last.unwrap());
    sched_setaffinity(None, &one).unwrap();
}

/// One frame's milliseconds.
#[derive(Clone, Copy, Default)]
struct Spent {
    cpu: f32,
    wall: f32,
}

impl std::ops::Add for Spent {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            cpu: self.cpu + more.cpu,
            wall: self.wall + more.wall,
        }
    }
}

/// All counted frames of one kind.
#[derive(Default)]
struct Times {
    ours: Vec<Spent>,
    mesh: Vec<Spent>,
    irises: Vec<Spent>,
    seen_by_us: usize,
    seen_by_them: usize,
    frames: usize,
}

struct Rivals {
    analyser: Analyser,
    mediapipe: Option<MediaPipe>,
}

impl Rivals {
    fn head(&self, load: &str) -> String {
        let version = self
            .mediapipe
            .as_ref()
            .map_or("(SKIPPED)", |it| &it.version);
        format!(
            "Processor time of a frame in ms, median (5 / 95 %); in brackets the median by the wall clock. MediaPipe {version}; load average before the run: {load}.\n\n\
             | frames of 1920x1080 | ours | MediaPipe, mesh + mask | ours over it | MediaPipe, mesh with irises + mask | ours over it | face seen by ours, MediaPipe | <= {TARGET} |\n\
             |---|---|---|---|---|---|---|---|\n"
        )
    }

    fn row(&mut self, name: &str, runs: impl Iterator<Item = Vec<RgbImage>>) -> String {
        let mut times = Times::default();
        for run in runs {
            self.measure(run, &mut times);
        }
        let [ours, mesh, irises] =
            [&times.ours, &times.mesh, &times.irises].map(|spent| median(spent));
        let ratio = |theirs: f32| ours / theirs;
        let verdict = match &self.mediapipe {
            None => "SKIPPED",
            Some(_) if ratio(mesh).max(ratio(irises)) <= TARGET => "met",
            Some(_) if ratio(irises) <= TARGET => "met beside irises, **missed** without",
            Some(_) => "**missed**",
        };
        let mut text = String::new();
        writeln!(
            text,
            "| {name}, {} | {} | {} | {:.2} | {} | {:.2} | {}, {} | {verdict} |",
            times.frames,
            said(&times.ours),
            said(&times.mesh),
            ratio(mesh),
            said(&times.irises),
            ratio(irises),
            times.seen_by_us,
            times.seen_by_them
        )
        .unwrap();
        text
    }

    /// Has both analyse the whole run, one after the other.
    fn measure(&mut self, run: Vec<RgbImage>, times: &mut Times) {
        if let Some(mediapipe) = &mut self.mediapipe {
            let answer = mediapipe.look(&run);
            let with_mask = |mesh: Vec<Spent>| {
                let sums = mesh.into_iter().zip(&answer.mask).map(|(a, b)| a + *b);
                sums.skip(FINDING).collect::<Vec<_>>()
            };
            times.mesh.extend(with_mask(answer.mesh));
            times.irises.extend(with_mask(answer.irises));
            times.seen_by_them += answer.seen;
        }
        self.analyser.reset();
        times.frames += run.len();
        for (at, rgb) in run.into_iter().enumerate() {
            let frame = frame(at as u64 + 1, rgb);
            let (spent, seen) = timed(|| {
                let analysis = self.analyser.analyse(frame, Want::Guide);
                black_box(&analysis).face.is_some()
            });
            times.seen_by_us += usize::from(seen);
            if at >= FINDING {
                times.ours.push(spent);
            }
        }
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Spent, T) {
    let (cpu, wall) = (cpu_time(), Instant::now());
    let done = work();
    let ms = |time: Duration| time.as_secs_f32() * 1_000.0;
    let spent = Spent {
        cpu: ms(cpu_time().saturating_sub(cpu)),
        wall: ms(wall.elapsed()),
    };
    (spent, done)
}

/// Returns the time of all threads of this process.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn cpu(spent: &[Spent]) -> Vec<f32> {
    spent.iter().map(|it| it.cpu).collect()
}

fn median(spent: &[Spent]) -> f32 {
    percentile(&cpu(spent), 0.5)
}

fn said(spent: &[Spent]) -> String {
    let at = |share| percentile(&cpu(spent), share);
    let wall: Vec<f32> = spent.iter().map(|it| it.wall).collect();
    format!(
        "{:.1} ({:.1} / {:.1}) [{:.1}]",
        at(0.5),
        at(0.05),
        at(0.95),
        percentile(&wall, 0.5)
    )
}

fn frame(number: u64, rgb: RgbImage) -> Arc<Frame> {
    Arc::new(Frame {
        number,
        at: Mono::from_start(Duration::from_millis(number * 33)),
        rgb,
        origin: Origin::Pixels,
        turn: Turn::None,
        camera: Arc::default(),
    })
}

/// Renders a person who keeps nearly still, as people do in front of a camera.
fn sitting(seed: u64) -> Vec<RgbImage> {
    let person = Person::from_seed(seed);
    let sway = |n: usize| {
        let turn = n as f32 / 9.0;
        let good = Pose::good(FRAME);
        let pose = Pose {
            yaw_deg: 3.0 * turn.sin(),
            pitch_deg: 2.0 * (turn * 0.7).cos(),
            center_x_px: good.center_x_px + 6.0 * turn.cos(),
            center_y_px: good.center_y_px + 3.0 * turn.sin(),
            ..good
        };
        render(&person, &pose, &Scene::default(), FRAME).rgb
    };
    (0..FRAMES_OF_SITTER).map(sway).collect()
}

fn photographs(folder: &Path) -> Vec<std::path::PathBuf> {
    let inner = folder.join("img");
    let place = if inner.is_dir() { inner } else { folder.into() };
    let all = pictures::pictures(&[place]).unwrap().paths;
    let step = all.len().div_ceil(PHOTOGRAPHS).max(1);
    all.into_iter().step_by(step).collect()
}

/// Places the whole photograph on grey, moving by a pixel from frame to frame.
fn held_before_the_camera(path: &Path) -> Vec<RgbImage> {
    let picture = capture_station::camera::still::open_picture(path).unwrap();
    let (width, height) = picture.rgb.dimensions();
    let scale = (FRAME.width as f32 / width as f32).min(FRAME.height as f32 / height as f32);
    let fitted = |side: u32| ((side as f32 * scale) as u32).max(1);
    let (width, height) = (fitted(width), fitted(height));
    let fitting = imageops::resize(&picture.rgb, width, height, FilterType::Triangle);
    let left = i64::from((FRAME.width - width) / 2);
    let shown = |n: usize| {
        let mut frame = RgbImage::from_pixel(FRAME.width, FRAME.height, Rgb([200; 3]));
        imageops::replace(&mut frame, &fitting, left + n as i64 % 2, 0);
        frame
    };
    (0..FRAMES_OF_PHOTOGRAPH).map(shown).collect()
}
