//! Words on a canvas, in the kiosk's typeface: egui's own text layout without a window.

use std::sync::Arc;

use egui::{
    Galley, TextFormat,
    epaint::{
        FontId, Pos2,
        text::{Fonts as Layout, Glyph, LayoutJob, TextOptions},
    },
};

use super::canvas::{Canvas, Colour};
use crate::{
    geometry::Point,
    ui::{Fonts, theme},
};

pub use crate::ui::theme::Type;

/// The share of the kiosk's type sizes that is used here.
const SIZE: f32 = 0.75;

pub struct Lettering {
    layout: Layout,
}

/// A text that has been set, ready to be drawn.
pub struct Words {
    galley: Arc<Galley>,
}

impl Words {
    /// Returns its width in px.
    pub fn width(&self) -> f32 {
        self.galley.size().x
    }

    /// Returns its height in px.
    pub fn height(&self) -> f32 {
        self.galley.size().y
    }
}

impl Lettering {
    pub fn new(fonts: Fonts) -> Self {
        Self {
            layout: Layout::new(TextOptions::default(), theme::definitions(fonts)),
        }
    }

    /// Sets a text on one line.
    pub fn words(&mut self, kind: Type, text: &str) -> Words {
        self.wrapped(kind, text, f32::INFINITY)
    }

    /// Sets a text on lines of at most `width` px.
    pub fn wrapped(&mut self, kind: Type, text: &str, width: f32) -> Words {
        let format = TextFormat::simple(font(kind), theme::INK);
        let mut job = LayoutJob::single_section(text.to_owned(), format);
        job.wrap.max_width = width;
        Words {
            galley: self.layout.with_pixels_per_point(1.0).layout_job(job),
        }
    }

    /// Draws laid-out words with their upper left corner at `at`.
    pub fn draw(&self, canvas: &mut Canvas, words: &Words, at: Point, colour: Colour) {
        let at = Pos2::new(at.x.round(), at.y.round());
        for row in &words.galley.rows {
            for glyph in &row.glyphs {
                let corner = at + row.pos.to_vec2() + glyph.pos.to_vec2() + glyph.uv_rect.offset;
                self.stamp(canvas, glyph, corner, colour);
            }
        }
    }

    /// Copies one glyph from the atlas, with its coverage as alpha.
    fn stamp(&self, canvas: &mut Canvas, glyph: &Glyph, corner: Pos2, colour: Colour) {
        let atlas = self.layout.texture_atlas().image();
        let (left, top) = (corner.x.round() as u32, corner.y.round() as u32);
        let ([x0, y0], [x1, y1]) = (glyph.uv_rect.min, glyph.uv_rect.max);
        for (down, y) in (y0..y1).enumerate() {
            for (across, x) in (x0..x1).enumerate() {
                let at = usize::from(y) * atlas.width() + usize::from(x);
                let pixel = atlas.pixels.get(at).copied().unwrap_or_default();
                let covered = f32::from(pixel.a()) / 255.0;
                canvas.mix(left + across as u32, top + down as u32, colour, covered);
            }
        }
    }
}

fn font(kind: Type) -> FontId {
    kind.font(SIZE)
}
