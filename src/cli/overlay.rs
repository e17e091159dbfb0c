//! What a check saw, drawn over a copy of the picture: bands, crown, eye line, oval, and what failed in red.

use image::{Rgb, RgbImage};

use crate::{
    analysis::{Analysis, Crown, Face},
    checks::Check,
    geometry::{Point, Rect},
    profile::{Band, Bands, CheckId, OUTPUT_HEIGHT, OUTPUT_WIDTH},
};

const RIGHT: Rgb<u8> = Rgb([0, 150, 70]);
const WRONG: Rgb<u8> = Rgb([215, 30, 30]);
const BAND: Rgb<u8> = Rgb([30, 110, 215]);

/// A copy of the analysed picture with the judgement drawn over it. Bands only on 3:4 pictures: they mean nothing on others.
pub fn draw(analysis: &Analysis, checks: &[Check], bands: &Bands) -> RgbImage {
    let mut sheet = Sheet::over(&analysis.frame.rgb);
    let color = |ids: &[CheckId]| {
        let fails = |check: &Check| ids.contains(&check.id) && !check.pass;
        if checks.iter().any(fails) {
            WRONG
        } else {
            RIGHT
        }
    };
    if let Some(scale) = sheet.scale() {
        sheet.band(bands.crown_px, scale);
        sheet.band(bands.eye_px, scale);
    }
    for stranger in strangers(analysis) {
        sheet.rectangle(&stranger, WRONG);
    }
    if let Some(face) = &analysis.face {
        draw_face(&mut sheet, face, &color);
    }
    if color(&[CheckId::Background, CheckId::BackgroundColour]) == WRONG {
        sheet.frame(WRONG);
    }
    sheet.picture
}

fn draw_face(sheet: &mut Sheet, face: &Face, color: &dyn Fn(&[CheckId]) -> Rgb<u8>) {
    let (eyes, width) = (face.eyes_midpoint(), face.width());
    let across =
        |y: f32, reach: f32| (Point::new(eyes.x - reach, y), Point::new(eyes.x + reach, y));
    if let Crown::Seen { y } = face.crown {
        let (from, to) = across(y, width / 2.0);
        sheet.line(from, to, color(&[CheckId::Crown, CheckId::HeadWhole]));
        let oval = Rect::new(
            Point::new(face.cheeks.0.x, y),
            Point::new(face.cheeks.1.x, face.chin.y),
        );
        sheet.ellipse(
            &oval,
            color(&[
                CheckId::FaceWidth,
                CheckId::Evenness,
                CheckId::FaceBrightness,
            ]),
        );
    }
    let (from, to) = across(eyes.y, width * 0.75);
    sheet.line(from, to, color(&[CheckId::EyeLine]));
    sheet.line(
        face.right_eye.iris,
        face.left_eye.iris,
        color(&[CheckId::Roll]),
    );
    let middle = color(&[CheckId::Centred, CheckId::Yaw, CheckId::Pitch]);
    sheet.line(Point::new(eyes.x, face.chin.y), eyes, middle);
    for eye in [face.right_eye, face.left_eye] {
        sheet.ellipse(
            &around(eye.iris, eye.radius * 1.6),
            color(&[CheckId::EyesOpen, CheckId::Sharpness]),
        );
    }
    let mouth = eyes.midpoint(face.chin);
    let lips = Point::new(mouth.x, eyes.y + (face.chin.y - eyes.y) * 0.65);
    sheet.ellipse(&around(lips, width * 0.14), color(&[CheckId::MouthClosed]));
}

fn around(center: Point, radius: f32) -> Rect {
    Rect::new(
        Point::new(center.x - radius, center.y - radius),
        Point::new(center.x + radius, center.y + radius),
    )
}

/// Faces beside the judged one.
fn strangers(analysis: &Analysis) -> Vec<Rect> {
    let own = analysis.face.as_ref().map(Face::rect);
    let apart = |rect: &Rect| own.is_none_or(|own| own.overlap(rect) < 0.1);
    analysis
        .faces
        .iter()
        .map(|face| face.rect)
        .filter(apart)
        .collect()
}

struct Sheet {
    picture: RgbImage,
    /// Half the width of a line, px.
    pen: f32,
}

impl Sheet {
    fn over(picture: &RgbImage) -> Self {
        Self {
            picture: picture.clone(),
            pen: (picture.width() as f32 / 480.0).max(1.0),
        }
    }

    /// Picture px per px at 480x640, if the picture has that shape.
    fn scale(&self) -> Option<f32> {
        let (width, height) = self.picture.dimensions();
        let same = u64::from(width) * u64::from(OUTPUT_HEIGHT)
            == u64::from(height) * u64::from(OUTPUT_WIDTH);
        same.then_some(width as f32 / OUTPUT_WIDTH as f32)
    }

    /// Tints a horizontal band.
    fn band(&mut self, band: Band, scale: f32) {
        const STRENGTH: f32 = 0.18;
        let rows = (band.min * scale) as u32..(band.max * scale) as u32;
        for y in rows {
            for x in 0..self.picture.width() {
                self.mix(x, y, BAND, STRENGTH);
            }
        }
    }

    fn frame(&mut self, color: Rgb<u8>) {
        let (width, height) = (self.picture.width() as f32, self.picture.height() as f32);
        let inset = self.pen * 2.0;
        let rect = Rect::new(
            Point::new(inset, inset),
            Point::new(width - inset, height - inset),
        );
        self.rectangle(&rect, color);
    }

    fn rectangle(&mut self, rect: &Rect, color: Rgb<u8>) {
        let (a, c) = (rect.min, rect.max);
        let (b, d) = (Point::new(c.x, a.y), Point::new(a.x, c.y));
        for (from, to) in [(a, b), (b, c), (c, d), (d, a)] {
            self.line(from, to, color);
        }
    }

    fn ellipse(&mut self, inside: &Rect, color: Rgb<u8>) {
        const CORNERS: u32 = 72;
        let (center, rx, ry) = (inside.center(), inside.width() / 2.0, inside.height() / 2.0);
        let at = |i: u32| {
            let (sin, cos) = (i as f32 / CORNERS as f32 * std::f32::consts::TAU).sin_cos();
            Point::new(center.x + rx * cos, center.y + ry * sin)
        };
        for i in 0..CORNERS {
            self.line(at(i), at(i + 1), color);
        }
    }

    fn line(&mut self, from: Point, to: Point, color: Rgb<u8>) {
        let steps = (from.distance(to).min(100_000.0).ceil() as u32).max(1);
        for i in 0..=steps {
            let share = i as f32 / steps as f32;
            let (x, y) = (
                from.x + (to.x - from.x) * share,
                from.y + (to.y - from.y) * share,
            );
            self.dot(Point::new(x, y), color);
        }
    }

    fn dot(&mut self, at: Point, color: Rgb<u8>) {
        let pen = self.pen;
        let reach = |v: f32| (v - pen).round().max(0.0) as u32..(v + pen).round().max(0.0) as u32;
        for y in reach(at.y) {
            for x in reach(at.x) {
                self.mix(x, y, color, 1.0);
            }
        }
    }

    fn mix(&mut self, x: u32, y: u32, color: Rgb<u8>, strength: f32) {
        if let Some(pixel) = self.picture.get_pixel_mut_checked(x, y) {
            for (old, new) in pixel.0.iter_mut().zip(color.0) {
                *old = (f32::from(*old) * (1.0 - strength) + f32::from(new) * strength) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stop_at_the_picture_s_edge() {
        let mut sheet = Sheet::over(&RgbImage::new(48, 64));
        sheet.line(Point::new(-50.0, -50.0), Point::new(500.0, 500.0), WRONG);
        sheet.frame(RIGHT);
        sheet.band(Band::new(600.0, 9_000.0), 0.1);
        assert_eq!(*sheet.picture.get_pixel(30, 30), WRONG);
        assert_eq!(sheet.picture.dimensions(), (48, 64));
    }
}
