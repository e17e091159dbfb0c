//! Showing the 采集码 to the camera, and what to do when it was captured here today.

use std::time::Duration;

use egui::{Align2, Rect, Stroke, StrokeKind, vec2};

use super::{
    View,
    area::{self, Cut},
    icons::Icon,
    page, preview,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{
    lang::Text,
    session::{CodeHint, Touch},
};

const TIPS: [(Icon, Text); 3] = [
    (Icon::Bulb, words::CODE_TIP_LIGHT),
    (Icon::Eye, words::CODE_TIP_GLARE),
    (Icon::Code, words::CODE_TIP_IMAGE),
];

const WHERE: [Text; 3] = [
    words::CODE_WHERE_1,
    words::CODE_WHERE_2,
    words::CODE_WHERE_3,
];

pub fn scan_ui(
    sheet: &mut Sheet<'_>,
    view: &View<'_>,
    (title, note): (Text, Option<Text>),
    said: Option<CodeHint>,
) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    if sheet.is_wide() {
        let mut aside = rest.cut_right(rest.width() * 0.38);
        rest.max.x -= sheet.px(56.0);
        camera(sheet, rest, view);
        head(sheet, &mut aside, title, note);
        let is_said = hint(sheet, &mut aside, view, said);
        // What was said about the code matters more than the general tips.
        let tips = if is_said { [].as_slice() } else { &TIPS };
        where_to_find(sheet, aside, tips);
    } else {
        head(sheet, &mut rest, title, note);
        hint(sheet, &mut rest, view, said);
        let aside = rest.cut_bottom(sheet.px(560.0));
        rest.cut_bottom(sheet.px(32.0));
        camera(sheet, rest, view);
        where_to_find(sheet, aside, &TIPS);
    }
    foot
}

/// Draws what to show, and what else to know before showing it.
fn head(sheet: &mut Sheet<'_>, rest: &mut Rect, title: Text, note: Option<Text>) {
    let word = sheet.word(title);
    sheet.paragraph(rest, Type::Title, theme::INK, sheet.px(16.0), word);
    if let Some(note) = note {
        let word = sheet.word(note);
        sheet.paragraph(rest, Type::Small, theme::INK_SOFT, sheet.px(16.0), word);
    }
}

/// Draws the mirrored picture with a box for the phone.
pub fn camera(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>) {
    preview::live(sheet, place, view.pictures.live.as_ref());
    let side = place.width().min(place.height()) * 0.68;
    let box_on_screen = area::middle(place, vec2(side, side));
    preview::dim_outside(sheet, place, box_on_screen);
    let stroke = Stroke::new(sheet.px(10.0), theme::GUIDE);
    preview::brackets(sheet, box_on_screen, stroke);
    preview::camera_notice(sheet, place, view);
}

/// Draws what was wrong with a code; else, after a while, the other way.
fn hint(sheet: &mut Sheet<'_>, rest: &mut Rect, view: &View<'_>, said: Option<CodeHint>) -> bool {
    const LONG: Duration = Duration::from_secs(20);
    let waited = view.session.waited(view.now.mono) >= LONG;
    let other_way = waited.then_some(words::CODE_LONG);
    let Some(word) = said.map(words::code_hint).or(other_way) else {
        return false;
    };
    let word = sheet.word(word);
    notice_above(sheet, rest, word);
    true
}

/// Draws a warning panel as tall as its text, cut off the top of `rest`.
pub fn notice_above(sheet: &mut Sheet<'_>, rest: &mut Rect, text: &str) {
    let mut place = rest.cut_top(notice_height(sheet, rest.width(), text));
    place.cut_bottom(sheet.px(24.0));
    notice(sheet, place, text);
}

/// Returns the height that [`notice_above`] cuts off, with the gap below.
pub fn notice_height(sheet: &Sheet<'_>, width: f32, text: &str) -> f32 {
    let wrap = width - sheet.px(140.0);
    sheet.height_of(wrap, Type::Body, text) + sheet.px(64.0)
}

/// Draws a warning panel with its icon.
pub fn notice(sheet: &mut Sheet<'_>, place: Rect, text: &str) {
    sheet.panel(place, theme::WARN_PALE, theme::WARN);
    let mut inner = place.shrink2(vec2(sheet.px(28.0), sheet.px(12.0)));
    let icon = inner.cut_left(sheet.px(52.0));
    sheet.icon(
        area::middle(icon, vec2(sheet.px(50.0), sheet.px(50.0))),
        Icon::Warning,
        theme::WARN,
    );
    inner.cut_left(sheet.px(24.0));
    sheet.balanced(inner, Type::Body, theme::INK, Align2::LEFT_CENTER, text);
}

/// Draws where the code is kept. Where there is no room to read it the heading goes first, then the
/// drawing, and at last everything.
fn where_to_find(sheet: &mut Sheet<'_>, place: Rect, tips: &[(Icon, Text)]) {
    let mut rest = place;
    if !tips.is_empty() {
        let strip = rest.cut_bottom(sheet.px(150.0));
        rest.cut_bottom(sheet.px(20.0));
        tips_ui(sheet, strip, tips);
    }
    let mut inner = rest.shrink2(vec2(sheet.px(40.0), sheet.px(28.0)));
    let number = sheet.px(48.0);
    let rows = |sheet: &Sheet<'_>, width: f32| -> f32 {
        let tall = |word: &Text| sheet.height_of(width - number, Type::Small, sheet.word(*word));
        WHERE.iter().map(tall).fold(0.0, f32::max) * WHERE.len() as f32 + sheet.px(12.0)
    };
    if inner.height() < rows(sheet, inner.width()) {
        return;
    }
    sheet.card(rest);
    let heading = sheet.word(words::CODE_WHERE);
    let beside = inner.width() - phone_width(sheet, inner);
    let headed = sheet.height_of(beside, Type::Heading, heading) + sheet.px(14.0);
    if inner.height() >= headed + rows(sheet, beside) {
        let phone = inner.cut_right(phone_width(sheet, inner) - sheet.px(28.0));
        inner.max.x -= sheet.px(28.0);
        draw_phone(sheet, area::fit(phone, 0.56));
        sheet.paragraph(
            &mut inner,
            Type::Heading,
            theme::INK,
            sheet.px(14.0),
            heading,
        );
    }
    for (i, word) in WHERE.into_iter().enumerate() {
        let mut row = area::row(inner, WHERE.len(), sheet.px(6.0), i);
        let number = row.cut_left(number);
        sheet.text(
            number,
            Type::Small,
            theme::BLUE,
            Align2::LEFT_CENTER,
            &(i + 1).to_string(),
        );
        let word = sheet.word(word);
        sheet.balanced(row, Type::Small, theme::INK, Align2::LEFT_CENTER, word);
    }
}

/// Returns the width of the drawn phone with the gap before it.
fn phone_width(sheet: &Sheet<'_>, inner: Rect) -> f32 {
    (inner.height() * 0.62).min(inner.width() * 0.3) + sheet.px(28.0)
}

fn tips_ui(sheet: &mut Sheet<'_>, place: Rect, tips: &[(Icon, Text)]) {
    for (i, (icon, word)) in tips.iter().enumerate() {
        let mut cell = area::column(place, tips.len(), sheet.px(20.0), i);
        sheet.panel(cell, theme::BLUE_PALE, theme::BLUE_PALE);
        cell = cell.shrink2(vec2(sheet.px(14.0), sheet.px(16.0)));
        let place = cell.cut_top(sheet.px(48.0));
        sheet.icon(place, *icon, theme::BLUE);
        cell.cut_top(sheet.px(6.0));
        let word = sheet.word(*word);
        sheet.balanced(cell, Type::Small, theme::INK, Align2::CENTER_CENTER, word);
    }
}

/// Draws a phone that shows the card: title, lines, code.
fn draw_phone(sheet: &Sheet<'_>, phone: Rect) {
    let painter = sheet.ui.painter();
    let w = phone.width();
    painter.rect_filled(phone, w * 0.14, theme::INK);
    let screen = phone.shrink2(vec2(w * 0.06, w * 0.1));
    painter.rect_filled(screen, w * 0.06, theme::CARD);
    let mut inner = screen.shrink(w * 0.09);
    painter.rect_filled(inner.cut_top(w * 0.09), w * 0.03, theme::BLUE);
    inner.cut_top(w * 0.08);
    for share in [0.9, 0.6] {
        let mut line = inner.cut_top(w * 0.055);
        line.max.x = line.min.x + line.width() * share;
        painter.rect_filled(line, w * 0.02, theme::LINE);
        inner.cut_top(w * 0.05);
    }
    let code = area::fit(inner, 1.0);
    let line = Stroke::new(sheet.px(2.0), theme::BLUE);
    painter.rect_stroke(code, w * 0.04, line, StrokeKind::Inside);
    sheet.icon(code.shrink(w * 0.08), Icon::Code, theme::INK);
}

/// Draws the question to a visitor whose code was captured here today.
pub fn replace_ui(sheet: &mut Sheet<'_>, view: &View<'_>) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    let width = rest.width().min(sheet.px(960.0));
    let mut acts = rest.cut_bottom(sheet.px(280.0));
    acts = area::middle(acts, vec2(width, acts.height()));
    let mut middle = area::middle(rest, vec2(width, sheet.px(420.0)));
    let icon = middle.cut_top(sheet.px(150.0));
    sheet.icon(icon, Icon::Again, theme::BLUE);
    middle.cut_top(sheet.px(40.0));
    let title = middle.cut_top(sheet.px(110.0));
    let word = sheet.word(words::REPLACE_TITLE);
    sheet.balanced(title, Type::Title, theme::INK, Align2::CENTER_CENTER, word);
    middle.cut_top(sheet.px(12.0));
    let word = sheet.word(words::REPLACE_MORE);
    sheet.balanced(
        middle,
        Type::Body,
        theme::INK_SOFT,
        Align2::CENTER_TOP,
        word,
    );
    let mut again = acts.cut_top(sheet.px(136.0));
    acts.cut_top(sheet.px(20.0));
    let look = again.cut_right(again.width() * 0.5);
    again.cut_right(sheet.px(24.0));
    let replace = sheet.button(again, Call::Primary, None, sheet.word(words::REPLACE));
    let look = sheet.button(look, Call::Secondary, None, sheet.word(words::SEE_EARLIER));
    let leave = sheet.button(acts, Call::Secondary, None, sheet.word(words::KEEP_EARLIER));
    replace
        .then_some(Touch::Replace)
        .or(look.then_some(Touch::Inquire))
        .or(leave.then_some(Touch::Leave))
        .or(foot)
}
