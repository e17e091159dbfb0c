//! The finished picture: while it is made, looked at and saved.

use egui::{Align2, Rect, Stroke, vec2};

use super::{
    View,
    area::{self, Cut},
    findings::{findings_height, findings_ui},
    icons::{self, Icon},
    page, scan,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{
    booth::CameraState,
    lang::Text,
    session::{Identity, Reviewing, Touch},
};

/// Portrait width over height.
pub const PORTRAIT: f32 = 0.75;
/// Height of the printed photo, 640 px at 300 dpi, in design units of the reference panel (21.5
/// inches, 4.03 px a mm).
const PRINTED: f32 = 219.0;
/// Largest width, on a tall screen, of what is beside the large photo.
const LARGEST: f32 = 620.0;

pub fn review_ui(sheet: &mut Sheet<'_>, view: &View<'_>, reviewing: &Reviewing) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    let acts;
    if sheet.is_wide() {
        let height = rest.height() - print_height(sheet, view) - sheet.px(24.0);
        let mut photo = rest.cut_left(height * PORTRAIT);
        rest.cut_left(sheet.px(64.0));
        portrait(sheet, photo.cut_top(height), view);
        printed(sheet, photo.cut_bottom(print_height(sheet, view)), view);
        acts = rest.cut_bottom(sheet.px(130.0));
        rest.cut_bottom(sheet.px(28.0));
        titles(sheet, &mut rest, view, reviewing);
        let mut card = rest.cut_left(rest.width() * 0.27);
        rest.cut_left(sheet.px(28.0));
        who(sheet, &mut card, view, &reviewing.sitter.identity);
        findings_ui(sheet, rest, &reviewing.portrait);
    } else {
        acts = rest.cut_bottom(sheet.px(150.0));
        rest.cut_bottom(sheet.px(30.0));
        titles(sheet, &mut rest, view, reviewing);
        let height = findings_height(sheet, rest.width(), &reviewing.portrait);
        let checks = rest.cut_bottom(height);
        rest.cut_bottom(sheet.px(28.0));
        let photo = rest.cut_left((rest.height() * PORTRAIT).min(sheet.px(LARGEST)));
        rest.cut_left(sheet.px(32.0));
        let photo = Rect::from_min_size(photo.min, vec2(photo.width(), photo.width() / PORTRAIT));
        portrait(sheet, photo, view);
        rest.max.y = photo.max.y;
        let small = rest.cut_bottom(print_height(sheet, view));
        rest.cut_bottom(sheet.px(28.0));
        printed(sheet, small, view);
        who(sheet, &mut rest, view, &reviewing.sitter.identity);
        findings_ui(sheet, checks, &reviewing.portrait);
    }
    choices(sheet, acts).or(foot)
}

fn choices(sheet: &mut Sheet<'_>, mut acts: Rect) -> Option<Touch> {
    let again = acts.cut_left(acts.width() * 0.38);
    acts.cut_left(sheet.px(24.0));
    let retake = sheet.button(
        again,
        Call::Secondary,
        Some(Icon::Again),
        sheet.word(words::RETAKE),
    );
    let confirm = sheet.button(
        acts,
        Call::Primary,
        Some(Icon::Tick),
        sheet.word(words::CONFIRM),
    );
    confirm
        .then_some(Touch::Confirm)
        .or(retake.then_some(Touch::Retake))
}

fn titles(sheet: &mut Sheet<'_>, rest: &mut Rect, view: &View<'_>, reviewing: &Reviewing) {
    let word = sheet.word(words::REVIEW_TITLE);
    sheet.paragraph(rest, Type::Title, theme::INK, sheet.px(2.0), word);
    let trouble = if reviewing.save_failed {
        Some(words::SAVE_FAILED)
    } else if view.health.camera != CameraState::Streaming {
        Some(words::CAMERA_BACK_MORE)
    } else {
        None
    };
    if let Some(trouble) = trouble {
        let place = rest.cut_top(sheet.px(100.0));
        rest.cut_top(sheet.px(20.0));
        let word = sheet.word(trouble);
        scan::notice(sheet, place, word);
    } else {
        let word = sheet.word(words::REVIEW_TRUE);
        sheet.paragraph(rest, Type::Small, theme::INK_SOFT, sheet.px(20.0), word);
    }
}

/// Returns the height of the print on this booth's panel, within what the screen has room for.
fn print_height(sheet: &Sheet<'_>, view: &View<'_>) -> f32 {
    const LARGEST: f32 = 320.0;
    sheet.px((PRINTED * view.session.settings().print_scale()).min(LARGEST))
}

/// Draws the portrait in its printed size, and says how large that is.
fn printed(sheet: &mut Sheet<'_>, mut place: Rect, view: &View<'_>) {
    let photo = place.cut_left(place.height() * PORTRAIT);
    portrait(sheet, photo, view);
    place.cut_left(sheet.px(20.0));
    let word = sheet.word(words::PRINT_SIZE);
    sheet.balanced(
        place,
        Type::Small,
        theme::INK_SOFT,
        Align2::LEFT_BOTTOM,
        word,
    );
}

/// Draws the final bytes as they are in the file, not mirrored.
pub fn portrait(sheet: &Sheet<'_>, place: Rect, view: &View<'_>) {
    let place = area::fit(place, PORTRAIT);
    let round = sheet.round(theme::ROUND_CARD);
    let painter = sheet.ui.painter();
    painter.add(theme::shadow(sheet.unit).as_shape(place, round));
    match &view.pictures.portrait {
        Some(texture) => sheet.picture(place, texture),
        None => {
            painter.rect_filled(place, round, theme::LINE);
        }
    }
    let line = Stroke::new(sheet.px(2.0), theme::LINE);
    painter.rect_stroke(place, round, line, egui::StrokeKind::Outside);
}

/// Draws the card as the camera saw it, and whose it is as far as that is known.
fn who(sheet: &mut Sheet<'_>, place: &mut Rect, view: &View<'_>, identity: &Identity) {
    sheet.card(*place);
    let mut inner = place.shrink(sheet.px(22.0));
    let word = sheet.word(words::YOUR_CODE);
    sheet.paragraph(
        &mut inner,
        Type::Small,
        theme::INK_SOFT,
        sheet.px(10.0),
        word,
    );
    let name = inner.cut_bottom(inner.height().min(sheet.px(150.0)));
    inner.cut_bottom(sheet.px(14.0));
    if let Some(texture) = &view.pictures.card {
        sheet.picture(area::fit(inner, texture.aspect_ratio()), texture);
    } else {
        sheet
            .ui
            .painter()
            .rect_filled(inner, sheet.round(theme::ROUND_CARD), theme::BLUE_PALE);
        let side = inner.width().min(inner.height()) * 0.5;
        sheet.icon(
            area::middle(inner, vec2(side, side)),
            Icon::Code,
            theme::BLUE,
        );
    }
    name_ui(sheet, name, identity);
}

fn name_ui(sheet: &mut Sheet<'_>, mut name: Rect, identity: &Identity) {
    match identity {
        Identity::Known(person) => {
            let first = name.cut_top(sheet.px(60.0));
            sheet.text(
                first,
                Type::Heading,
                theme::INK,
                Align2::CENTER_CENTER,
                &person.masked_name,
            );
            let more = format!("{} {}", person.school, person.level);
            sheet.balanced(
                name,
                Type::Small,
                theme::INK_SOFT,
                Align2::CENTER_TOP,
                &more,
            );
        }
        Identity::Asking | Identity::Later => {
            let word = match identity {
                Identity::Asking => words::IDENTITY_ASKING,
                Identity::Known(_) | Identity::Later => words::IDENTITY_LATER,
            };
            let word = sheet.word(word);
            sheet.balanced(
                name,
                Type::Small,
                theme::INK_SOFT,
                Align2::CENTER_CENTER,
                word,
            );
        }
    }
}

pub fn standardising_ui(sheet: &mut Sheet<'_>, view: &View<'_>) -> Option<Touch> {
    let (rest, foot) = page::visit_page(sheet, view);
    working(
        sheet,
        rest,
        Icon::Camera,
        words::STANDARDISING,
        words::STANDARDISING_MORE,
    );
    foot
}

pub fn saving_ui(sheet: &mut Sheet<'_>, view: &View<'_>) -> Option<Touch> {
    let (rest, foot) = page::visit_page(sheet, view);
    working(sheet, rest, Icon::Lock, words::SAVING, words::SAVING_MORE);
    foot
}

/// Draws a calm turning ring and what is being done.
fn working(sheet: &mut Sheet<'_>, rest: Rect, icon: Icon, title: Text, more: Text) {
    const TURN_SECONDS: f32 = 1.6;
    let mut inner = area::middle(rest, vec2(rest.width(), sheet.px(560.0)));
    let drawing = inner.cut_top(sheet.px(280.0));
    let radius = sheet.px(120.0);
    let painter = sheet.ui.painter();
    let track = Stroke::new(sheet.px(14.0), theme::BLUE_PALE);
    painter.circle_stroke(drawing.center(), radius, track);
    let turn = (sheet.now.mono.as_duration().as_secs_f32() / TURN_SECONDS).fract();
    let stroke = Stroke::new(sheet.px(14.0), theme::BLUE);
    icons::arc(painter, drawing.center(), radius, turn, turn + 0.28, stroke);
    let side = sheet.px(96.0);
    sheet.icon(area::middle(drawing, vec2(side, side)), icon, theme::BLUE);
    inner.cut_top(sheet.px(48.0));
    let word = sheet.word(title);
    let place = inner.cut_top(sheet.px(100.0));
    sheet.balanced(place, Type::Title, theme::INK, Align2::CENTER_CENTER, word);
    inner.cut_top(sheet.px(12.0));
    let word = sheet.word(more);
    sheet.balanced(inner, Type::Body, theme::INK_SOFT, Align2::CENTER_TOP, word);
}
