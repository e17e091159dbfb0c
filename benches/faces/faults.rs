//! Faults that no photograph of the folder has, made by a program on the ones that it has.

use std::fmt::Write as _;

use capture_station::{
    analysis::{Analyser, Analysis, mesh::index},
    camera::still::Picture,
    cli::{check, quantiles::percent},
    geometry::Point,
    profile::{CheckId, Profile},
    sitter::{Recapture, recaptured},
};
use image::{
    Rgb, RgbImage,
    codecs::jpeg::JpegEncoder,
    imageops::{self, FilterType},
};

/// What is reported of the picture that was made faulty.
#[derive(Clone, Copy)]
pub struct Made {
    pub id: CheckId,
    pub caught: bool,
}

/// Makes the photograph of one face faulty in each way and judges the result. `number` varies the
/// colour of the hat and the angle of the screen.
pub fn judge(
    number: usize,
    picture: &Picture,
    seen: &Analysis,
    profile: &Profile,
    analyser: &mut Analyser,
) -> Vec<Made> {
    let Some(face) = seen.face.as_ref().filter(|_| seen.faces.len() == 1) else {
        return Vec::new();
    };
    let hairline = face.mesh.at(index::FOREHEAD).flat();
    let up = face.up(1.0);
    let hat = hatted(&picture.rgb, hairline, up, number);
    let (eyes, unit) = (face.eyes_midpoint(), face.iris_distance());
    let screen = photographed_from_screen(&picture.rgb, eyes, unit, number);
    [(CheckId::HeadCovering, hat), (CheckId::Recaptured, screen)]
        .map(|(id, rgb)| {
            let made = Picture {
                rgb,
                ..picture.clone()
            };
            let (_, _, judged) = check::look(&made, profile, analyser);
            Made {
                id,
                caught: judged.iter().any(|check| check.id == id && !check.pass),
            }
        })
        .into()
}

/// Paints everything above the hairline.
fn hatted(picture: &RgbImage, hairline: Point, up: Point, number: usize) -> RgbImage {
    const COLOURS: [[u8; 3]; 4] = [[30, 60, 150], [40, 120, 70], [180, 25, 35], [250, 250, 252]];
    let color = COLOURS.into_iter().cycle().nth(number % COLOURS.len());
    let mut hatted = picture.clone();
    for (x, y, pixel) in hatted.enumerate_pixels_mut() {
        let (right, down) = (x as f32 - hairline.x, y as f32 - hairline.y);
        if right * up.x + down * up.y > 0.0 {
            *pixel = Rgb(color.unwrap());
        }
    }
    hatted
}

/// Shows the head on a screen, 90 to 170 pixels between the irises, and photographs it with 0.6 to
/// 1.6 pixels of the screen under one of the camera's, turned by up to 6 degrees.
fn photographed_from_screen(picture: &RgbImage, eyes: Point, unit: f32, number: usize) -> RgbImage {
    let part = |step: usize| (number * step % 17) as f32 / 16.0;
    let left = (eyes.x - 3.0 * unit).max(0.0) as u32;
    let top = (eyes.y - 3.2 * unit).max(0.0) as u32;
    let head = imageops::crop_imm(
        picture,
        left,
        top,
        ((6.0 * unit) as u32).min(picture.width() - left),
        ((8.0 * unit) as u32).min(picture.height() - top),
    )
    .to_image();
    let scale = part(3).mul_add(80.0, 90.0) / unit;
    let side = |pixels: u32| (pixels as f32 * scale) as u32;
    let shown = imageops::resize(
        &head,
        side(head.width()),
        side(head.height()),
        FilterType::CatmullRom,
    );

    let screen = Recapture {
        pitch: part(5).mul_add(1.0, 0.6),
        turn_deg: part(7).mul_add(12.0, -6.0),
        gap: part(11) * 0.25,
    };
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90)
        .encode_image(&recaptured(&shown, &screen))
        .unwrap();
    image::load_from_memory(&bytes).unwrap().into_rgb8()
}

pub fn table(made: &[Made]) -> String {
    let mut text =
        String::from("| the same pictures, made faulty by a program | reported |\n|---|---|\n");
    for (id, what) in [
        (
            CheckId::HeadCovering,
            "a blue, green, red or white hat down to the hairline",
        ),
        (CheckId::Recaptured, "photographed from a screen"),
    ] {
        let of: Vec<&Made> = made.iter().filter(|made| made.id == id).collect();
        let caught = of.iter().filter(|made| made.caught).count();
        writeln!(
            text,
            "| {what} ({id:?}) | {caught} of {} ({}) |",
            of.len(),
            percent(caught, of.len())
        )
        .unwrap();
    }
    text
}
