//! QR symbols, on the screen and on paper: a receipt's link, an order to be paid, a photo's link.

use egui::{
    Align2, Mesh, Rect, Shape,
    cache::{ComputerMut, FrameCache},
    vec2,
};
use qrcode::{Color, EcLevel, QrCode};

use super::{
    area::Cut,
    sheet::Sheet,
    theme::{self, Type},
};
use crate::lang::Text;

/// Width of the light margin around the symbol, in modules (ISO/IEC 18004).
const QUIET: usize = 4;
/// With fewer screen pixels per module phones begin to fail.
const LEAST_PIXELS: f32 = 4.0;

/// Modules of a symbol, row by row, `true` for dark; empty when the text fits no symbol.
#[derive(Clone, Default)]
pub(super) struct Symbol {
    side: usize,
    dark: Vec<bool>,
}

impl Symbol {
    pub fn of(text: &str) -> Self {
        match QrCode::with_error_correction_level(text, EcLevel::M) {
            Ok(code) => Self {
                side: code.width(),
                dark: code
                    .to_colors()
                    .into_iter()
                    .map(|color| color == Color::Dark)
                    .collect(),
            },
            Err(_) => Self::default(),
        }
    }

    pub const fn is_empty(&self) -> bool {
        self.side == 0
    }

    /// Returns its width with the light margin around it, in modules.
    pub const fn modules(&self) -> u32 {
        (self.side + 2 * QUIET) as u32
    }

    /// Returns column and row of each dark module, counted from the margin's outer corner.
    pub fn dark_modules(&self) -> impl Iterator<Item = (u32, u32)> {
        let dark = self.dark.iter().enumerate().filter(|(_, dark)| **dark);
        dark.map(|(i, _)| {
            let (x, y) = (i % self.side + QUIET, i / self.side + QUIET);
            (x as u32, y as u32)
        })
    }
}

#[derive(Default)]
struct Encoder;

impl ComputerMut<&str, Symbol> for Encoder {
    fn compute(&mut self, text: &str) -> Symbol {
        Symbol::of(text)
    }
}

/// Draws a card with the code of `link`, and below it what it is and what to know about it.
pub fn card(sheet: &mut Sheet<'_>, place: Rect, link: &str, (title, more): (Text, Text)) {
    sheet.card(place);
    let mut inner = place.shrink(sheet.px(20.0));
    let mut words = inner.cut_bottom(sheet.px(132.0));
    let align = Align2::CENTER_CENTER;
    let head = words.cut_top(sheet.px(56.0));
    let word = sheet.word(title);
    sheet.text(head, Type::Body, theme::INK, align, word);
    let word = sheet.word(more);
    sheet.balanced(words, Type::Small, theme::INK_SOFT, align, word);
    draw(sheet, inner, link);
}

/// Draws the code with whole pixels per module; a little larger than its place rather than
/// unreadable.
pub fn draw(sheet: &Sheet<'_>, place: Rect, text: &str) {
    let ctx = sheet.ui.ctx();
    let symbol = ctx.memory_mut(|memory| {
        memory
            .caches
            .cache::<FrameCache<Symbol, Encoder>>()
            .get(text)
            .clone()
    });
    if symbol.is_empty() {
        return;
    }
    let pixels_per_point = ctx.pixels_per_point();
    let modules = symbol.modules() as f32;
    let room = place.width().min(place.height()) * pixels_per_point;
    let module = (room / modules).floor().max(LEAST_PIXELS) / pixels_per_point;
    let whole = Rect::from_center_size(place.center(), vec2(module, module) * modules);
    let snap = |v: f32| (v * pixels_per_point).round() / pixels_per_point;
    let origin = egui::pos2(snap(whole.left()), snap(whole.top()));
    sheet.ui.painter().rect_filled(whole, 0.0, theme::QR_LIGHT);
    let mut mesh = Mesh::default();
    for (x, y) in symbol.dark_modules() {
        let corner = origin + vec2(x as f32, y as f32) * module;
        let cell = Rect::from_min_size(corner, vec2(module, module));
        mesh.add_colored_rect(cell, theme::QR_DARK);
    }
    sheet.ui.painter().add(Shape::mesh(mesh));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_statement_fits_a_symbol() {
        let symbol = Encoder.compute(&"a".repeat(600));
        assert!(symbol.side > 0);
        assert_eq!(symbol.dark.len(), symbol.side * symbol.side);
    }

    #[test]
    fn a_text_beyond_any_symbol_draws_nothing() {
        assert_eq!(Encoder.compute(&"a".repeat(4000)).side, 0);
    }
}
