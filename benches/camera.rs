//! The cost of one picture between the worker's socket and the slot of frames, and how many bytes
//! are copied for it.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot set up has nothing to say"
)]
#![expect(clippy::indexing_slicing, reason = "three steps have three places")]
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "the figures are printed, and a clock measures them"
)]

use std::{
    hint::black_box,
    io::Read,
    sync::Arc,
    time::{Duration, Instant},
};

use capture_station::{
    analysis::sampling::Pyramid,
    camera::{
        decode, glance,
        protocol::{self, Packing, Report, Stream},
        usb::Packed,
    },
    frame::{self, Frame, Turn},
    geometry::Size,
    reader::luma::Luma,
    sitter::{Dice, Scene, Sitting},
    time::Mono,
    wire::Inbox,
};
use image::RgbImage;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

const ROUNDS: u32 = 100;
/// A camera's pictures per second.
const RATE: f32 = 30.0;
/// How many of them are decoded while nobody looks.
const LOOKS: f32 = 4.0;

fn main() {
    for (name, packing, size) in [
        ("MJPEG 1920x1080", Packing::Mjpeg, Size::new(1920, 1080)),
        ("MJPEG 1280x720", Packing::Mjpeg, Size::new(1280, 720)),
        ("YUYV 1280x720", Packing::Yuyv, Size::new(1280, 720)),
        ("YUYV 640x480", Packing::Yuyv, Size::new(640, 480)),
    ] {
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
        println!("{name} ({} KB)", bytes.len() / 1_000);
        measure(&bytes, stream);
        beside(&bytes, stream);
    }
}

/// Measures the present way, and the one before, in which each picture was copied out of the
/// socket's buffer, copied to be shared, and always decoded.
fn measure(bytes: &[u8], stream: Stream) {
    let mut sent = Vec::new();
    protocol::send_picture(&mut sent, bytes).unwrap();
    let (before, now) = (before(&sent, stream), now(&sent, stream));
    let rgb = stream.size.width * stream.size.height * 3;
    let report = |name: &str, [receive, check, decode]: [f32; 3], decoded: f32, copies: usize| {
        let all = receive + check + decode * decoded / RATE;
        let copied = (copies * bytes.len()) as f32 + rgb as f32 * decoded / RATE;
        println!(
            "  {name}: receive {receive:.2} ms, check {check:.2} ms, decode and look {decode:.2} ms for {decoded} of {RATE}; {all:.2} ms a picture, {:.1} % of a core; {:.0} KB copied",
            all * RATE / 10.0,
            copied / 1_000.0
        );
    };
    report("as it was", before, RATE, 3);
    report("somebody looks", now, RATE, 1);
    report("nobody looks", now, LOOKS, 1);
}

/// Returns the ms to receive, to check, and to decode and glance at one picture.
fn now(sent: &[u8], stream: Stream) -> [f32; 3] {
    let mut inbox = Inbox::new(protocol::LONGEST);
    let mut spent = [Duration::ZERO; 3];
    for _ in 0..ROUNDS {
        let mut rest = sent;
        let message = timed(&mut spent[0], || {
            while !rest.is_empty() {
                inbox.read(&mut rest).unwrap();
            }
            inbox.take().unwrap().unwrap()
        });
        let Report::Picture(got) = Report::parse(message).unwrap() else {
            unreachable!("a picture was sent");
        };
        let packed = timed(&mut spent[1], || Packed::of(got, stream).unwrap());
        timed(&mut spent[2], || {
            let (rgb, origin) = packed.decoded().unwrap();
            black_box(glance::light(&rgb));
            black_box((rgb, origin))
        });
    }
    spent.map(each)
}

fn before(sent: &[u8], stream: Stream) -> [f32; 3] {
    const HEADER: usize = 5;
    let mut piece = vec![0; 256 << 10];
    let mut spent = [Duration::ZERO; 3];
    for _ in 0..ROUNDS {
        let mut rest = &sent[HEADER..];
        let got = timed(&mut spent[0], || {
            let mut payload = Vec::with_capacity(rest.len());
            while !rest.is_empty() {
                let count = rest.read(&mut piece).unwrap();
                payload.extend_from_slice(&piece[..count]);
            }
            payload
        });
        let got = timed(&mut spent[1], || match stream.packing {
            Packing::Mjpeg => decode::into_whole(got).unwrap().0,
            Packing::Yuyv => got,
        });
        timed(&mut spent[2], || {
            let rgb = match stream.packing {
                Packing::Mjpeg => decode::pixels(&got).unwrap(),
                Packing::Yuyv => frame::rgb_from_yuyv(&got, stream.size).unwrap(),
            };
            let shared: Arc<[u8]> = Arc::from(got);
            black_box(glance::light(&rgb));
            black_box((rgb, shared))
        });
    }
    spent.map(each)
}

/// Measures what else is done with a picture, and what a smaller decoding could save.
fn beside(bytes: &[u8], stream: Stream) {
    let packed = Packed::of(bytes.to_vec(), stream).unwrap();
    let (rgb, origin) = packed.decoded().unwrap();
    let row = |name: &str, work: &mut dyn FnMut()| {
        let mut spent = Duration::ZERO;
        for _ in 0..ROUNDS {
            timed(&mut spent, &mut *work);
        }
        println!("  {name}: {:.2} ms", each(spent));
    };
    let frame = Frame {
        number: 1,
        at: Mono::default(),
        rgb: rgb.clone(),
        origin,
        turn: Turn::None,
        camera: Arc::default(),
    };
    row("brightness for codes, of the colours", &mut || {
        black_box(Luma::of(&rgb));
    });
    row("brightness for codes, as it is", &mut || {
        black_box(Luma::of_frame(&frame));
    });
    row("for the screen", &mut || {
        let size = [rgb.width() as usize, rgb.height() as usize];
        black_box(egui::ColorImage::from_rgb(size, rgb.as_raw()));
    });
    row("halved, as the networks want most of it", &mut || {
        black_box(Pyramid::new(&rgb).level_for(2.0).1);
    });
    row("turned by a quarter", &mut || {
        black_box(Turn::Quarter.upright(rgb.clone()));
    });
    if stream.packing == Packing::Mjpeg {
        row("its Huffman codes alone", &mut || {
            decode::check_complete(bytes).unwrap();
        });
        row("its brightness alone", &mut || {
            let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
            let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
            black_box(decoder.decode().unwrap());
        });
    }
}

fn timed<T>(spent: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    *spent += start.elapsed();
    done
}

fn each(total: Duration) -> f32 {
    total.as_secs_f32() * 1_000.0 / ROUNDS as f32
}

/// Adds a sensor's noise, which is most of the content of a camera's JPEG.
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

/// Encodes as webcams do: 4:2:2, the standard tables.
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

/// Makes a grey picture, which is enough: the conversion costs the same.
fn yuyv(picture: &RgbImage) -> Vec<u8> {
    picture
        .pixels()
        .flat_map(|pixel| [pixel.0[1] / 2 + 50, 128])
        .collect()
}
