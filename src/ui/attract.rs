//! Nobody is here: what this booth does, how a visit goes, and where to begin.

use egui::{Align2, Rect, vec2};

use super::{
    View,
    area::{self, Cut},
    icons::{self, Figure, Icon},
    page,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{contract::yuan, lang::Text, profile::PaymentPolicy, session::Touch};

const STEPS: [(Icon, Text, Text); 3] = [
    (Icon::Code, words::HOW_SCAN, words::HOW_SCAN_MORE),
    (Icon::Chair, words::HOW_SIT, words::HOW_SIT_MORE),
    (Icon::Confirm, words::HOW_CONFIRM, words::HOW_CONFIRM_MORE),
];

const FIGURES: [(Figure, Text); 6] = [
    (Figure::Good, words::FIGURE_GOOD),
    (Figure::Tilted, words::FIGURE_TILTED),
    (Figure::HairOverEyes, words::FIGURE_HAIR),
    (Figure::Glare, words::FIGURE_GLARE),
    (Figure::Hat, words::FIGURE_HAT),
    (Figure::Teeth, words::FIGURE_TEETH),
];

pub fn attract_ui(sheet: &mut Sheet<'_>, view: &View<'_>) -> Option<Touch> {
    let (mut rest, mut foot) = page::frame(sheet);
    // Whoever calls or phones is asked which booth.
    let station = rest.cut_top(sheet.px(40.0));
    let name = &view.health.station;
    let align = Align2::RIGHT_CENTER;
    sheet.text(station, Type::Small, theme::INK_FAINT, align, name);
    let start = if sheet.is_wide() {
        wide(sheet, view, rest)
    } else {
        tall(sheet, view, rest)
    };
    let lock = foot.cut_left(sheet.px(88.0));
    let staff = sheet.icon_button(lock, Icon::Lock, sheet.word(words::STAFF));
    let language = page::foot_buttons(sheet, view, foot);
    start.or(staff.then_some(Touch::Staff)).or(language)
}

fn tall(sheet: &mut Sheet<'_>, view: &View<'_>, mut rest: Rect) -> Option<Touch> {
    let title = rest.cut_top(sheet.px(300.0));
    let start = rest.cut_bottom(sheet.px(300.0));
    rest.cut_bottom(sheet.px(28.0));
    let photo = rest.cut_bottom(sheet.px(356.0));
    rest.cut_bottom(sheet.px(44.0));
    titles(sheet, view, title, Align2::CENTER_TOP);
    steps(sheet, rest);
    requirements(sheet, photo);
    start_button(sheet, view, start)
}

fn wide(sheet: &mut Sheet<'_>, view: &View<'_>, rest: Rect) -> Option<Touch> {
    let mut left = rest;
    let mut right = left.cut_right(rest.width() * 0.47);
    left.max.x -= sheet.px(80.0);
    let title = left.cut_top(sheet.px(300.0));
    titles(sheet, view, title, Align2::LEFT_TOP);
    let photo = left.cut_bottom(sheet.px(400.0));
    requirements(sheet, photo);
    let start = right.cut_bottom(sheet.px(270.0));
    right.cut_bottom(sheet.px(20.0));
    steps(sheet, right);
    start_button(sheet, view, start)
}

fn titles(sheet: &mut Sheet<'_>, view: &View<'_>, mut place: Rect, align: Align2) {
    let batch = view.session.batch();
    let school = place.cut_top(sheet.px(66.0));
    if let Some(batch) = batch {
        sheet.text(school, Type::Heading, theme::BLUE, align, &batch.school);
    }
    let title = place.cut_top(sheet.px(140.0));
    let word = sheet.word(words::TITLE);
    sheet.text(title, Type::Display, theme::INK, align, word);
    let name = batch.map_or_else(|| sheet.word(words::ANY_BATCH), |batch| &batch.name);
    sheet.text(place, Type::Body, theme::INK_SOFT, align, name);
}

fn steps(sheet: &mut Sheet<'_>, place: Rect) {
    sheet.card(place);
    let inner = place.shrink2(vec2(sheet.px(48.0), sheet.px(28.0)));
    for (i, (icon, title, more)) in STEPS.into_iter().enumerate() {
        let mut row = area::row(inner, STEPS.len(), sheet.px(12.0), i);
        let side = sheet.px(124.0).min(row.height());
        let badge = area::middle(row.cut_left(sheet.px(124.0)), vec2(side, side));
        sheet
            .ui
            .painter()
            .circle_filled(badge.center(), side / 2.0, theme::BLUE_PALE);
        sheet.icon(badge.shrink(side * 0.25), icon, theme::BLUE);
        row.cut_left(sheet.px(36.0));
        let (title, more) = (sheet.word(title), sheet.word(more));
        let tall = sheet.height_of(row.width(), Type::Heading, title)
            + sheet.height_of(row.width(), Type::Small, more);
        let mut text = area::middle(row, vec2(row.width(), tall + sheet.px(4.0)));
        sheet.paragraph(
            &mut text,
            Type::Heading,
            theme::INK,
            sheet.px(4.0),
            &format!("{}  {title}", i + 1),
        );
        sheet.paragraph(&mut text, Type::Small, theme::INK_SOFT, 0.0, more);
    }
}

/// Draws what makes a valid photo: the first figure is right, the others are not.
fn requirements(sheet: &mut Sheet<'_>, mut place: Rect) {
    let head = place.cut_top(sheet.px(76.0));
    let word = sheet.word(words::REQUIREMENTS);
    sheet.text(head, Type::Heading, theme::INK, Align2::LEFT_TOP, word);
    let gap = sheet.px(20.0);
    let cells = FIGURES.map(|(_, word)| {
        let mut cell = area::column(place, FIGURES.len(), 0.0, 0);
        cell.cut_top(cell.width() * 1.2 + sheet.px(30.0));
        (cell, sheet.word(word))
    });
    let font = sheet.common_font(Type::Small, &cells);
    for (i, (figure, word)) in FIGURES.into_iter().enumerate() {
        let mut cell = area::column(place, FIGURES.len(), gap, i);
        let drawing = cell.cut_top(cell.width() * 1.2);
        icons::figure(sheet.ui.painter(), drawing, figure);
        mark(sheet, drawing, figure);
        cell.cut_top(sheet.px(30.0));
        let word = sheet.word(word);
        let cell = cell.expand2(vec2(gap / 2.0, 0.0));
        sheet.text_in(
            cell,
            font.clone(),
            theme::INK_SOFT,
            Align2::CENTER_TOP,
            word,
        );
    }
}

/// Draws a tick or a cross on the lower edge of a drawing.
fn mark(sheet: &Sheet<'_>, drawing: Rect, figure: Figure) {
    let radius = sheet.px(24.0);
    let at = egui::pos2(drawing.center().x, drawing.bottom());
    let (fill, icon) = match figure {
        Figure::Good => (theme::GOOD, Icon::Tick),
        Figure::Tilted | Figure::HairOverEyes | Figure::Glare | Figure::Hat | Figure::Teeth => {
            (theme::BAD, Icon::Cross)
        }
    };
    let painter = sheet.ui.painter();
    painter.circle(
        at,
        radius,
        fill,
        egui::Stroke::new(sheet.px(4.0), theme::PAPER),
    );
    sheet.icon(
        Rect::from_center_size(at, vec2(radius, radius)),
        icon,
        theme::ON_BLUE,
    );
}

/// Draws the button that begins a visit, and beside it the one for a photo taken before.
fn start_button(sheet: &mut Sheet<'_>, view: &View<'_>, mut place: Rect) -> Option<Touch> {
    let mut words = sheet.word(words::HOW_LONG).to_owned();
    let mut height = 108.0;
    if let Some(fee) = fee(view) {
        words += "\n";
        words += &words::with(words::FEE, sheet.lang, fee);
        height = 152.0;
    }
    let note = place.cut_bottom(sheet.px(height));
    sheet.balanced(
        note,
        Type::Small,
        theme::INK_SOFT,
        Align2::CENTER_CENTER,
        &words,
    );
    let word = sheet.word(words::PROGRESS);
    // No word is broken, however large the type.
    let least = sheet.width_of(Type::Heading, word) + sheet.px(56.0);
    let share = (place.width() * 0.3).max(least).min(place.width() * 0.5);
    let progress = place.cut_right(share);
    place.cut_right(sheet.px(24.0));
    let start = sheet.button(place, Call::Begin, None, sheet.word(words::START));
    let progress = sheet.button(progress, Call::Secondary, None, word);
    start
        .then_some(Touch::Start)
        .or(progress.then_some(Touch::Inquire))
}

/// Returns what a photo costs, where it is not prepaid.
fn fee(view: &View<'_>) -> Option<String> {
    let batch = view.session.batch()?;
    let pays = matches!(
        batch.profile.payment,
        PaymentPolicy::AtKiosk | PaymentPolicy::Later
    );
    (pays && batch.fee_fen > 0).then(|| yuan(batch.fee_fen))
}
