//! Words on a picture, in the kiosk's typeface: egui's own text layout without a window.

use std::sync::Arc;

use egui::{
    Align, Galley, TextFormat,
    epaint::{
        Pos2,
        text::{Fonts as Layout, Glyph, LayoutJob, TextOptions},
    },
};

use super::theme::{self, Fonts, Type};
use crate::geometry::Point;

pub struct Lettering {
    layout: Layout,
    /// Px per point of the kiosk's type sizes.
    scale: f32,
}

/// Takes the coverage of a pixel, x and y in px: 0 leaves it, 1 covers it.
pub type Ink<'a> = &'a mut dyn FnMut(u32, u32, f32);

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
    /// Creates a lettering with `scale` px per point of the kiosk's type sizes.
    pub fn new(fonts: Fonts, scale: f32) -> Self {
        Self {
            layout: Layout::new(TextOptions::default(), theme::definitions(fonts)),
            scale,
        }
    }

    /// Sets a text on one line.
    pub fn words(&mut self, kind: Type, text: &str) -> Words {
        self.wrapped(kind, text, f32::INFINITY)
    }

    /// Sets a text on lines of at most `width` px.
    pub fn wrapped(&mut self, kind: Type, text: &str, width: f32) -> Words {
        self.set(kind, text, width, Align::LEFT)
    }

    /// Sets a text on lines of at most `width` px, each centred on the place where it is drawn.
    pub fn centred(&mut self, kind: Type, text: &str, width: f32) -> Words {
        self.set(kind, text, width, Align::Center)
    }

    fn set(&mut self, kind: Type, text: &str, width: f32, align: Align) -> Words {
        let format = TextFormat::simple(kind.font(self.scale), theme::INK);
        let mut job = LayoutJob::single_section(text.to_owned(), format);
        job.wrap.max_width = width;
        job.halign = align;
        Words {
            galley: self.layout.with_pixels_per_point(1.0).layout_job(job),
        }
    }

    /// Draws laid-out words with their upper left corner at `at`.
    pub fn draw(&self, words: &Words, at: Point, ink: Ink<'_>) {
        let at = Pos2::new(at.x.round(), at.y.round());
        for row in &words.galley.rows {
            for glyph in &row.glyphs {
                let corner = at + row.pos.to_vec2() + glyph.pos.to_vec2() + glyph.uv_rect.offset;
                self.stamp(glyph, corner, ink);
            }
        }
    }

    /// Copies the coverage of one glyph from the atlas.
    fn stamp(&self, glyph: &Glyph, corner: Pos2, ink: Ink<'_>) {
        let atlas = self.layout.texture_atlas().image();
        let (left, top) = (corner.x.round() as u32, corner.y.round() as u32);
        let ([x0, y0], [x1, y1]) = (glyph.uv_rect.min, glyph.uv_rect.max);
        for (down, y) in (y0..y1).enumerate() {
            for (across, x) in (x0..x1).enumerate() {
                let at = usize::from(y) * atlas.width() + usize::from(x);
                let pixel = atlas.pixels.get(at).copied().unwrap_or_default();
                let covered = f32::from(pixel.a()) / 255.0;
                ink(left + across as u32, top + down as u32, covered);
            }
        }
    }
}
