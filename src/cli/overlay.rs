//! The results of the checks, drawn over a copy of the picture: bands, lines and measures, and
//! failures by number.
//!
//! Every sheet has the same proportions, whatever the picture's size: its longer side is shown at
//! 1280 px.

use image::{RgbImage, imageops};

use super::{
    canvas::{Canvas, Colour, Pen},
    legend::{self, DISC, Fault, Legend, badge, rgb},
    measures,
    report::{Report, Row},
};
use crate::{
    analysis::{Analysis, Face},
    geometry::{Point, Rect, Size},
    lang::Lang,
    profile::{Bands, OUTPUT_HEIGHT, OUTPUT_WIDTH},
    ui::{
        lettering::Lettering,
        theme::{self, Type},
    },
};

/// The picture's longer side, in px.
const LONGER_SIDE: f32 = 1280.0;
const MARGIN: f32 = 36.0;
/// Px per point of the kiosk's type sizes.
pub const TYPE_SCALE: f32 = 0.75;
/// Width of a line, in px.
pub const LINE: f32 = 3.0;

/// Draws a sheet with the judged picture and its legend. Bands and their numbers appear only on 3:4
/// pictures: they mean nothing on others.
pub fn draw(
    analysis: &Analysis,
    report: &Report,
    bands: &Bands,
    lettering: &mut Lettering,
    lang: Lang,
) -> RgbImage {
    let faults = Fault::all(report);
    let legend = Legend::new(report, &faults, lettering, lang);
    let mut sheet = Sheet::new(&analysis.frame.rgb, legend.height(), lettering, lang);
    if let Some(scale) = sheet.output_scale() {
        sheet.bands(bands, scale);
    }
    if let Some(face) = &analysis.face {
        sheet.face(face, report);
    }
    sheet.faults(&faults, analysis.face.as_ref());
    let at = Point::new(sheet.place.max.x + MARGIN, MARGIN);
    legend.draw(&mut sheet.canvas, sheet.lettering, at);
    sheet.canvas.into_picture()
}

/// The copy of the picture, and how its points map to the sheet.
pub struct Sheet<'l> {
    pub canvas: Canvas,
    pub lettering: &'l mut Lettering,
    pub lang: Lang,
    /// Where the picture is, in sheet px.
    pub place: Rect,
    /// Sheet px per picture px.
    pub scale: f32,
    /// The picture's own size.
    pub size: Size,
}

impl<'l> Sheet<'l> {
    fn new(
        picture: &RgbImage,
        legend_height: f32,
        lettering: &'l mut Lettering,
        lang: Lang,
    ) -> Self {
        let size = Size::new(picture.width(), picture.height());
        let scale = LONGER_SIDE / size.width.max(size.height).max(1) as f32;
        let side = |px: u32| ((px as f32 * scale).round() as u32).max(1);
        let (width, height) = (side(size.width), side(size.height));
        let shown = imageops::resize(picture, width, height, imageops::FilterType::CatmullRom);
        let corner = Point::new(MARGIN, MARGIN);
        let place = Rect::new(
            corner,
            Point::new(corner.x + width as f32, corner.y + height as f32),
        );
        let whole = Size::new(
            (place.max.x + MARGIN + legend::WIDTH + MARGIN) as u32,
            (place.max.y.max(MARGIN + legend_height) + MARGIN) as u32,
        );
        let mut canvas = Canvas::new(whole, rgb(theme::PAPER));
        canvas.paste(&shown, corner);
        Self {
            canvas,
            lettering,
            lang,
            place,
            scale,
            size,
        }
    }

    /// Maps a picture's point to the sheet.
    pub fn at(&self, p: Point) -> Point {
        Point::new(
            self.place.min.x + p.x * self.scale,
            self.place.min.y + p.y * self.scale,
        )
    }

    /// Maps a picture's rectangle to the sheet, clipped to the picture.
    pub fn rect(&self, rect: &Rect) -> Rect {
        let inside = |p: Point| {
            let p = self.at(p);
            Point::new(
                p.x.clamp(self.place.min.x, self.place.max.x),
                p.y.clamp(self.place.min.y, self.place.max.y),
            )
        };
        Rect::new(inside(rect.min), inside(rect.max))
    }

    /// Returns picture px per px at 480x640, if the picture has that shape.
    fn output_scale(&self) -> Option<f32> {
        let Size { width, height } = self.size;
        let same = u64::from(width) * u64::from(OUTPUT_HEIGHT)
            == u64::from(height) * u64::from(OUTPUT_WIDTH);
        same.then_some(width as f32 / OUTPUT_WIDTH as f32)
    }

    /// Outlines what failed, each with its number; numbers never hide each other.
    fn faults(&mut self, faults: &[Fault<'_>], face: Option<&Face>) {
        let (mut taken, mut outlined) = (vec![], vec![]);
        for fault in faults {
            let colour = legend::colour(fault.standing());
            for spot in fault.rows.iter().filter_map(|row| Spot::of(row, face)) {
                let at = match spot {
                    Spot::Line(at) => self.at(at),
                    Spot::Place(place) => {
                        self.outline(place, colour, &mut outlined);
                        self.rect(&place).min
                    }
                };
                let at = self.free(at, &taken);
                taken.push(at);
                badge(&mut self.canvas, self.lettering, at, fault.number, colour);
            }
        }
    }

    /// Outlines a place. Several checks may mark one place: the first, most important one gives it
    /// its colour.
    fn outline(&mut self, place: Rect, colour: Colour, outlined: &mut Vec<Rect>) {
        if !outlined.contains(&place) {
            outlined.push(place);
            let rect = self.rect(&place);
            self.canvas.outline(&rect, 10.0, Pen::new(LINE, colour));
        }
    }

    /// Returns the nearest place to the right, inside the picture, without another number.
    fn free(&self, at: Point, taken: &[Point]) -> Point {
        let edge = DISC + 4.0;
        let mut at = Point::new(
            at.x.clamp(self.place.min.x + edge, self.place.max.x - edge),
            at.y.clamp(self.place.min.y + edge, self.place.max.y - edge),
        );
        while taken
            .iter()
            .any(|other| other.distance(at) < DISC * 2.0 + 3.0)
        {
            at.x += 4.0;
            if at.x > self.place.max.x - edge {
                at = Point::new(self.place.min.x + edge, at.y + DISC * 2.0 + 4.0);
            }
        }
        at
    }

    /// Draws small words on a light plate, kept inside the picture.
    pub fn label(&mut self, words: &str, corner: Point, colour: Colour) {
        const PAD: f32 = 8.0;
        let words = self.lettering.words(Type::Fine, words);
        let (width, height) = (words.width() + PAD * 2.0, words.height() + 4.0);
        let x = corner.x.min(self.place.max.x - width - 4.0);
        let plate = Rect::new(
            Point::new(x, corner.y),
            Point::new(x + width, corner.y + height),
        );
        self.canvas.fill(&plate, 7.0, rgb(theme::CARD), 0.86);
        let at = Point::new(x + PAD, corner.y + 2.0);
        self.canvas.write(self.lettering, &words, at, colour);
    }
}

/// Where a failure's number is on the picture: the line it is read from, or its own place.
enum Spot {
    Line(Point),
    Place(Rect),
}

impl Spot {
    /// Returns the place of a check; `None` for one that could not be measured.
    fn of(row: &Row, face: Option<&Face>) -> Option<Self> {
        row.value?;
        let line = face.and_then(|face| measures::beginning(row.id, face));
        line.map(Self::Line).or(row.place.map(Self::Place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::canvas::around, provision::fonts};

    fn lettering() -> Lettering {
        Lettering::new(fonts::load().unwrap(), TYPE_SCALE)
    }

    #[test]
    fn numbers_at_one_place_stand_beside_each_other_inside_the_picture() {
        let mut lettering = lettering();
        let sheet = Sheet::new(&RgbImage::new(48, 64), 0.0, &mut lettering, Lang::Zh);
        let mut taken: Vec<Point> = vec![];
        for _ in 0..60 {
            let at = sheet.free(Point::new(9_000.0, 100.0), &taken);
            assert!(sheet.place.contains(at), "{at:?}");
            assert!(taken.iter().all(|other| other.distance(at) > DISC * 2.0));
            taken.push(at);
        }
    }

    #[test]
    fn pictures_of_any_size_are_shown_alike_and_a_long_legend_makes_room() {
        let mut lettering = lettering();
        for (width, height) in [(48, 64), (480, 640), (1920, 1080), (1, 900)] {
            let picture = RgbImage::new(width, height);
            let sheet = Sheet::new(&picture, 2_000.0, &mut lettering, Lang::Zh);
            let longer = sheet.place.width().max(sheet.place.height());
            assert_eq!(longer, LONGER_SIDE);
            assert!(sheet.canvas.into_picture().height() >= 2_000);
        }
    }

    #[test]
    fn a_place_is_cut_to_the_picture() {
        let mut lettering = lettering();
        let sheet = Sheet::new(&RgbImage::new(480, 640), 0.0, &mut lettering, Lang::Zh);
        let rect = sheet.rect(&around(Point::new(0.0, 640.0), 100.0));
        let (corner, low) = (sheet.place.min.x, sheet.place.max.y);
        assert_eq!((rect.min.x, rect.max.y), (corner, low));
        assert_eq!((rect.width(), rect.height()), (200.0, 200.0));
    }

    #[test]
    fn words_leave_ink_where_they_are_drawn() {
        let mut lettering = lettering();
        let mut canvas = Canvas::new(Size::new(200, 60), rgb(theme::CARD));
        let words = lettering.words(Type::Small, "眼睛 eyes");
        canvas.write(&lettering, &words, Point::new(10.0, 10.0), rgb(theme::INK));
        let picture = canvas.into_picture();
        let dark = |from: u32, to: u32| {
            let inside = picture
                .enumerate_pixels()
                .filter(|(x, ..)| (from..to).contains(x));
            inside.filter(|(.., pixel)| pixel.0[0] < 100).count()
        };
        let end = 10 + words.width() as u32;
        assert!(dark(10, 52) > 60, "two Chinese characters");
        assert!(dark(52, end) > 60, "a Latin word");
        assert_eq!(dark(0, 10) + dark(end + 1, 200), 0);
    }
}
