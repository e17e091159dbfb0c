//! The layout on an overlay: the standard's bands, and the lines measured in the picture.

use super::{
    canvas::{Colour, Pen, around},
    legend::{self, rgb},
    overlay::{LINE, Sheet},
    report::{Report, Standing},
};
use crate::{
    analysis::{Crown, Face},
    checks::words::short,
    geometry::{Point, Rect},
    lang::Text,
    profile::{Band, Bands, CheckId},
    ui::theme::{self, Type},
};

/// A band's strength over the picture, 0..=1.
const TINT: f32 = 0.09;
/// How far the lines of the face extend, in half face widths.
const REACH: f32 = 1.25;

const CROWN: Text = Text::new("头顶", "crown");
const EYES: Text = Text::new("眼睛", "eyes");
const CHIN: Text = Text::new("下巴", "chin");
const FACE: Text = Text::new("脸宽", "face");

impl Sheet<'_> {
    /// Tints the bands of crown, eyes and middle, and names the first two at the left. `scale`:
    /// picture px per px at 480x640.
    pub fn bands(&mut self, bands: &Bands, scale: f32) {
        let blue = rgb(theme::BLUE);
        let edge = Pen {
            strength: 0.55,
            ..Pen::new(1.5, blue)
        };
        for (band, word) in [(bands.crown_px, CROWN), (bands.eye_px, EYES)] {
            let rect = self.band(band, scale);
            self.canvas.fill(&rect, 0.0, blue, TINT);
            for y in [rect.min.y, rect.max.y] {
                let (from, to) = (Point::new(rect.min.x, y), Point::new(rect.max.x, y));
                self.canvas.line(from, to, edge);
            }
            let range = format!("{}–{}", short(band.min), short(band.max));
            let words = format!("{} {range}", word.get(self.lang));
            self.label(
                &words,
                Point::new(rect.min.x + 10.0, rect.min.y + 8.0),
                blue,
            );
        }
        self.middle(bands.center_offset_px, scale);
    }

    /// Returns the rows of the picture in the band, over its whole width.
    fn band(&self, band: Band, scale: f32) -> Rect {
        self.rect(&Rect::new(
            Point::new(0.0, band.min * scale),
            Point::new(self.size.width as f32, band.max * scale),
        ))
    }

    /// Draws the picture's middle, and how far aside the face may be.
    fn middle(&mut self, aside: Band, scale: f32) {
        let (blue, middle) = (rgb(theme::BLUE), self.size.width as f32 / 2.0);
        let height = self.size.height as f32;
        let strip = self.rect(&Rect::new(
            Point::new(middle + aside.min * scale, 0.0),
            Point::new(middle + aside.max * scale, height),
        ));
        self.canvas.fill(&strip, 0.0, blue, TINT);
        let (top, foot) = (Point::new(middle, 0.0), Point::new(middle, height));
        let pen = Pen {
            strength: 0.8,
            ..Pen::new(2.0, blue)
        };
        self.canvas.dashes(self.at(top), self.at(foot), pen);
    }

    /// Draws crown, eye line, chin, midline, pupils and face width, each in the colour of its
    /// checks.
    pub fn face(&mut self, face: &Face, report: &Report) {
        let geometry = &report.geometry;
        let colour = |id: CheckId| line_colour(report, &[id]);
        self.across(face, face.chin.y, CHIN.get(self.lang), rgb(theme::BLUE));
        if let Crown::Seen { y } = face.crown {
            let words = with_value(CROWN.get(self.lang), geometry.crown_px);
            self.across(face, y, &words, colour(CheckId::Crown));
        }
        let eyes = face.eyes_midpoint();
        let words = with_value(EYES.get(self.lang), geometry.eye_px);
        self.across(face, eyes.y, &words, colour(CheckId::EyeLine));
        let (from, to) = (
            Point::new(eyes.x, top(face)),
            Point::new(eyes.x, face.chin.y),
        );
        let pen = Pen::new(2.0, colour(CheckId::Centred));
        self.canvas.line(self.at(from), self.at(to), pen);
        let of_eyes = [CheckId::EyesOpen, CheckId::Gaze, CheckId::Roll];
        self.pupils(face, line_colour(report, &of_eyes));
        let words = with_value(FACE.get(self.lang), geometry.face_width_px);
        self.width_of(face, &words, colour(CheckId::FaceWidth));
    }

    /// Draws a line across the face, named at its right end.
    fn across(&mut self, face: &Face, y: f32, words: &str, colour: Colour) {
        let (x, half) = (face.eyes_midpoint().x, face.width() / 2.0);
        let from = self.at(Point::new(x - half * REACH, y));
        let to = self.at(Point::new(x + half * REACH, y));
        self.canvas.line(from, to, Pen::new(LINE, colour));
        self.label(words, Point::new(to.x + 8.0, to.y - 16.0), colour);
    }

    fn pupils(&mut self, face: &Face, colour: Colour) {
        for eye in [face.right_eye, face.left_eye] {
            let (at, radius) = (self.at(eye.iris), (eye.radius * self.scale).max(5.0));
            let ring = around(at, radius);
            self.canvas.outline(&ring, radius, Pen::new(2.0, colour));
        }
    }

    /// Draws a measure below the chin, from cheek to cheek.
    fn width_of(&mut self, face: &Face, words: &str, colour: Colour) {
        const TICK: f32 = 9.0;
        let y = (self.at(face.chin).y + 34.0).min(self.place.max.y - 56.0);
        let cheeks = [face.cheeks.0, face.cheeks.1].map(|cheek| self.at(cheek));
        let [from, to] = cheeks.map(|cheek| Point::new(cheek.x, y));
        let pen = Pen::new(LINE, colour);
        let faint = Pen {
            strength: 0.6,
            ..Pen::new(1.5, colour)
        };
        self.canvas.line(from, to, pen);
        for (cheek, end) in cheeks.into_iter().zip([from, to]) {
            self.canvas.dashes(cheek, end, faint);
            let (up, down) = (Point::new(end.x, y - TICK), Point::new(end.x, y + TICK));
            self.canvas.line(up, down, pen);
        }
        let width = self.lettering.words(Type::Fine, words).width();
        let corner = Point::new(from.midpoint(to).x - width / 2.0 - 8.0, y + 12.0);
        self.label(words, corner, colour);
    }
}

/// Returns where the line of a layout check begins, in picture px; other checks have places.
pub fn beginning(id: CheckId, face: &Face) -> Option<Point> {
    let (eyes, half) = (face.eyes_midpoint(), face.width() / 2.0);
    let left = |y: f32| Point::new(eyes.x - half * REACH, y);
    let below = face.chin.y + face.width() * 0.12;
    let lines = [
        (CheckId::Crown, left(top(face))),
        (CheckId::EyeLine, left(eyes.y)),
        (
            CheckId::FaceWidth,
            Point::new(face.cheeks.0.x - half * 0.2, below),
        ),
        (
            CheckId::Centred,
            Point::new(eyes.x, f32::midpoint(top(face), eyes.y)),
        ),
    ];
    let line = lines.into_iter().find(|(of, _)| *of == id);
    line.map(|(_, at)| at)
}

/// Returns the crown, or the upper end of what is known of the face.
fn top(face: &Face) -> f32 {
    match face.crown {
        Crown::Seen { y } => y,
        Crown::CutOff | Crown::Unknown => face.rect().min.y,
    }
}

/// Returns the colour of the worst of these checks; blue where none was measured.
fn line_colour(report: &Report, ids: &[CheckId]) -> Colour {
    let measured = |standing: Standing| {
        let mut rows = report.rows(standing).filter(|row| ids.contains(&row.id));
        rows.any(|row| row.value.is_some())
    };
    [Standing::Refused, Standing::Advice, Standing::Right]
        .into_iter()
        .find(|standing| measured(*standing))
        .map_or(rgb(theme::BLUE), legend::colour)
}

fn with_value(word: &str, px: Option<f32>) -> String {
    px.map_or_else(|| word.to_owned(), |px| format!("{word} {}", px.round()))
}
