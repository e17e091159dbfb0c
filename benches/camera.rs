//! What one picture costs between the worker's socket and the slot of frames, and how many bytes are copied for it.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot set up has nothing to say"
)]
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "the figures are printed, and a clock measures them"
)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use capture_station::{
    camera::{
        glance,
        protocol::{self, Packing, Report, Stream},
        usb,
    },
    frame::Origin,
    geometry::Size,
    sitter::{Dice, Scene, Sitting},
    wire::Inbox,
};
use image::RgbImage;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// As much as one read takes from the socket.
const PIECE: usize = 256 * 1024;
const ROUNDS: u32 = 100;
/// Pictures a second that a camera sends.
const RATE: f32 = 30.0;

fn main() {
    for (name, packing, size) in [
        ("MJPEG 1920x1080", Packing::Mjpeg, Size::new(1920, 1080)),
        ("MJPEG 1280x720", Packing::Mjpeg, Size::new(1280, 720)),
        ("YUYV 1280x720", Packing::Yuyv, Size::new(1280, 720)),
        ("YUYV 640x480", Packing::Yuyv, Size::new(640, 480)),
    ] {
        measure(name, packing, size);
    }
}

fn measure(name: &str, packing: Packing, size: Size) {
    let stream = Stream {
        packing,
        size,
        rate: 30,
    };
    let picture = with_noise(
        Sitting::of_scene(Scene::default(), size).frame_at(Duration::from_secs(1), None),
    );
    let bytes = match packing {
        Packing::Mjpeg => jpeg(&picture),
        Packing::Yuyv => yuyv(&picture),
    };
    let mut sent = Vec::new();
    protocol::send_picture(&mut sent, &bytes).unwrap();
    let mut inbox = Inbox::new(protocol::LONGEST);
    let (mut receive, mut decode, mut look) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut copied = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for piece in sent.chunks(PIECE) {
            inbox.push(black_box(piece));
        }
        let Report::Picture(got) = Report::parse(inbox.take().unwrap().unwrap()).unwrap() else {
            unreachable!("a picture was sent");
        };
        receive += start.elapsed();
        let start = Instant::now();
        let (rgb, origin) = usb::decoded(got, stream).unwrap();
        decode += start.elapsed();
        let start = Instant::now();
        black_box(glance::light(&rgb));
        look += start.elapsed();
        let (Origin::Jpeg(kept) | Origin::Yuyv { bytes: kept, .. }) = &origin else {
            unreachable!("a camera's picture has its own bytes");
        };
        // Out of the socket, into the message, into the shared bytes; then the decoded picture is written once.
        copied = 3 * kept.len() + rgb.as_raw().len();
    }
    let ms = |total: Duration| total.as_secs_f32() * 1_000.0 / ROUNDS as f32;
    let all = ms(receive + decode + look);
    println!(
        "{name} ({} KB): receive {:.2} ms, check and decode {:.2} ms, look {:.2} ms; {all:.2} ms a picture, {:.0} % of a core at {RATE} a second; {} KB copied",
        bytes.len() / 1_000,
        ms(receive),
        ms(decode),
        ms(look),
        all * RATE / 10.0,
        copied / 1_000
    );
}

/// A sensor's noise, which is most of what a camera's JPEG holds.
fn with_noise(mut picture: RgbImage) -> RgbImage {
    const SPREAD: u64 = 9;
    let mut dice = Dice::new(1);
    for pixel in picture.pixels_mut() {
        let more = dice.below(SPREAD) as u8;
        pixel.0 = pixel
            .0
            .map(|level| level.saturating_sub(4).saturating_add(more));
    }
    picture
}

/// As webcams do it: 4:2:2, the standard tables.
fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 88);
    encoder.set_sampling_factor(SamplingFactor::F_2_1);
    let (width, height) = (picture.width() as u16, picture.height() as u16);
    encoder
        .encode(picture.as_raw(), width, height, ColorType::Rgb)
        .unwrap();
    bytes
}

/// Grey is enough: the conversion costs the same.
fn yuyv(picture: &RgbImage) -> Vec<u8> {
    picture
        .pixels()
        .flat_map(|pixel| [pixel.0[1] / 2 + 50, 128])
        .collect()
}
