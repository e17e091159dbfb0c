//! Durable: the only screen that says "done".

use egui::{
    Align2, Mesh, Rect, Shape,
    cache::{ComputerMut, FrameCache},
    vec2,
};
use qrcode::{Color, EcLevel, QrCode};

use super::{
    View,
    area::{self, Cut},
    icons::Icon,
    page,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{
    lang::Text,
    session::{Receipted, Touch},
};

const NEXT: [Text; 4] = [
    words::RECEIPT_NEXT_1,
    words::RECEIPT_NEXT_2,
    words::RECEIPT_NEXT_3,
    words::RECEIPT_NEXT_4,
];

/// Light modules around the symbol (ISO/IEC 18004).
const QUIET: usize = 4;
/// Fewer screen pixels a module than this and phones begin to fail.
const LEAST_PIXELS: f32 = 4.0;

pub fn receipt_ui(sheet: &mut Sheet<'_>, view: &View<'_>, receipt: &Receipted) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    let done;
    if sheet.is_wide() {
        let qr = rest.cut_right(sheet.px(560.0));
        rest.max.x -= sheet.px(64.0);
        done = rest.cut_bottom(sheet.px(130.0));
        rest.cut_bottom(sheet.px(28.0));
        saved(sheet, &mut rest, receipt);
        next_steps(sheet, rest);
        qr_card(sheet, qr, &receipt.statement);
    } else {
        done = rest.cut_bottom(sheet.px(150.0));
        rest.cut_bottom(sheet.px(30.0));
        saved(sheet, &mut rest, receipt);
        let next = rest.cut_bottom(sheet.px(430.0));
        rest.cut_bottom(sheet.px(28.0));
        qr_card(sheet, rest, &receipt.statement);
        next_steps(sheet, next);
    }
    let mut acts = done;
    let next = acts.cut_right(acts.width() * 0.42);
    acts.cut_right(sheet.px(24.0));
    let done = sheet.button(acts, Call::Primary, None, sheet.word(words::DONE));
    let next = sheet.button(next, Call::Secondary, None, sheet.word(words::NEXT_START));
    done.then_some(Touch::Leave)
        .or(next.then_some(Touch::Start))
        .or(foot)
}

/// The good news and the code to read out.
fn saved(sheet: &mut Sheet<'_>, rest: &mut Rect, receipt: &Receipted) {
    let mut head = rest.cut_top(sheet.px(196.0));
    rest.cut_top(sheet.px(24.0));
    let badge = head.cut_left(sheet.px(130.0));
    let at = badge.center();
    sheet
        .ui
        .painter()
        .circle_filled(at, sheet.px(62.0), theme::GOOD);
    let side = sheet.px(66.0);
    sheet.icon(
        Rect::from_center_size(at, vec2(side, side)),
        Icon::Tick,
        theme::ON_BLUE,
    );
    head.cut_left(sheet.px(32.0));
    let title = head.cut_top(sheet.px(80.0));
    let word = sheet.word(words::RECEIPT_TITLE);
    sheet.text(title, Type::Title, theme::INK, Align2::LEFT_CENTER, word);
    let label = sheet.word(words::RECEIPT_CODE);
    let width = sheet.width_of(Type::Body, label) + sheet.px(24.0);
    let name = head.cut_left(width);
    sheet.text(
        name,
        Type::Body,
        theme::INK_SOFT,
        Align2::LEFT_CENTER,
        label,
    );
    let code = receipt.visit.short();
    sheet.text(head, Type::Display, theme::BLUE, Align2::LEFT_CENTER, &code);
}

fn next_steps(sheet: &mut Sheet<'_>, place: Rect) {
    sheet.card(place);
    let mut inner = place.shrink2(vec2(sheet.px(40.0), sheet.px(24.0)));
    let word = sheet.word(words::RECEIPT_NEXT);
    sheet.paragraph(&mut inner, Type::Heading, theme::INK, sheet.px(10.0), word);
    for (i, word) in NEXT.into_iter().enumerate() {
        let mut row = area::row(inner, NEXT.len(), sheet.px(4.0), i);
        let number = row.cut_left(sheet.px(56.0));
        let centre = egui::pos2(number.left() + sheet.px(20.0), number.center().y);
        sheet
            .ui
            .painter()
            .circle_filled(centre, sheet.px(20.0), theme::BLUE_PALE);
        let at = Rect::from_center_size(centre, vec2(sheet.px(40.0), sheet.px(40.0)));
        sheet.text(
            at,
            Type::Small,
            theme::BLUE,
            Align2::CENTER_CENTER,
            &(i + 1).to_string(),
        );
        let word = sheet.word(word);
        sheet.balanced(row, Type::Small, theme::INK, Align2::LEFT_CENTER, word);
    }
}

fn qr_card(sheet: &mut Sheet<'_>, place: Rect, statement: &str) {
    sheet.card(place);
    let mut inner = place.shrink(sheet.px(24.0));
    let mut words_place = inner.cut_bottom(sheet.px(104.0));
    let title = words_place.cut_top(sheet.px(56.0));
    let word = sheet.word(words::RECEIPT_QR);
    sheet.text(title, Type::Body, theme::INK, Align2::CENTER_CENTER, word);
    let word = sheet.word(words::RECEIPT_QR_MORE);
    sheet.text(
        words_place,
        Type::Small,
        theme::INK_SOFT,
        Align2::CENTER_CENTER,
        word,
    );
    draw_qr(sheet, inner, statement);
}

/// Modules of a symbol, row by row, dark ones true; empty when the text fits no symbol.
#[derive(Clone, Default)]
struct Symbol {
    side: usize,
    dark: Vec<bool>,
}

#[derive(Default)]
struct Encoder;

impl ComputerMut<&str, Symbol> for Encoder {
    fn compute(&mut self, text: &str) -> Symbol {
        match QrCode::with_error_correction_level(text, EcLevel::M) {
            Ok(code) => Symbol {
                side: code.width(),
                dark: code
                    .to_colors()
                    .into_iter()
                    .map(|color| color == Color::Dark)
                    .collect(),
            },
            Err(_) => Symbol::default(),
        }
    }
}

/// Draws the code with whole pixels for every module; a little larger than its place rather than unreadable.
fn draw_qr(sheet: &Sheet<'_>, place: Rect, text: &str) {
    let ctx = sheet.ui.ctx();
    let symbol = ctx.memory_mut(|memory| {
        memory
            .caches
            .cache::<FrameCache<Symbol, Encoder>>()
            .get(text)
            .clone()
    });
    if symbol.side == 0 {
        return;
    }
    let pixels_per_point = ctx.pixels_per_point();
    let modules = (symbol.side + 2 * QUIET) as f32;
    let room = place.width().min(place.height()) * pixels_per_point;
    let module = (room / modules).floor().max(LEAST_PIXELS) / pixels_per_point;
    let whole = Rect::from_center_size(place.center(), vec2(module, module) * modules);
    let snap = |v: f32| (v * pixels_per_point).round() / pixels_per_point;
    let origin =
        egui::pos2(snap(whole.left()), snap(whole.top())) + vec2(module, module) * QUIET as f32;
    sheet.ui.painter().rect_filled(whole, 0.0, theme::QR_LIGHT);
    let mut mesh = Mesh::default();
    for (i, _) in symbol.dark.iter().enumerate().filter(|(_, dark)| **dark) {
        let (x, y) = ((i % symbol.side) as f32, (i / symbol.side) as f32);
        let cell = Rect::from_min_size(origin + vec2(x, y) * module, vec2(module, module));
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
