//! The finished picture: while it is looked at and saved.

use egui::{Align2, Rect, Stroke, TextureHandle, vec2};

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
    profile::OUTPUT_WIDTH,
    session::{Identity, PhotoSize, Reviewing, Touch},
};

/// Portrait width over height.
pub const PORTRAIT: f32 = 0.75;
/// Height of the printed photo, 640 px at 300 dpi, in design units of the reference panel (21.5
/// inches, 4.03 px a mm).
const PRINTED: f32 = 219.0;
/// Width of the file's picture in px; drawn smaller, it hides a stray hair.
const OWN_WIDTH: f32 = OUTPUT_WIDTH as f32;
/// Width of the photo on a tall screen, in design units: what is beside it needs the rest.
const TALL_WIDTH: f32 = 660.0;
/// The largest height of the row with card and print on a wide screen, in design units.
const TALLEST_ROW: f32 = 340.0;

pub fn review_ui(sheet: &mut Sheet<'_>, view: &View<'_>, reviewing: &Reviewing) -> Option<Touch> {
    if reviewing.is_choice() {
        return choice_ui(sheet, view);
    }
    match (sheet.is_wide(), reviewing.shown) {
        // The photo has the whole height already.
        (true, PhotoSize::Beside | PhotoSize::Alone) => wide_ui(sheet, view, reviewing),
        (false, PhotoSize::Beside) => tall_ui(sheet, view, reviewing),
        (false, PhotoSize::Alone) => alone_ui(sheet, view, reviewing),
    }
}

fn wide_ui(sheet: &mut Sheet<'_>, view: &View<'_>, reviewing: &Reviewing) -> Option<Touch> {
    let (place, mut rest, foot) = page::photo_page(sheet, view, PORTRAIT);
    photo(sheet, place, view);
    let acts = rest.cut_bottom(sheet.px(130.0));
    let gap = sheet.px(24.0);
    rest.cut_bottom(gap);
    titles(sheet, &mut rest, view, reviewing);
    let print = print_height(sheet, view);
    let checks = findings_height(sheet, rest.width(), &reviewing.portrait);
    let free = rest.height() - checks - gap;
    let mut row = rest.cut_top(free.min(sheet.px(TALLEST_ROW)).max(print));
    rest.cut_top(gap);
    let word = sheet.word(words::PRINT_SIZE);
    let label = sheet.width_of(Type::Small, word) + sheet.px(24.0);
    let small = row.cut_right(print * PORTRAIT + label);
    row.cut_right(sheet.px(32.0));
    who(sheet, row, view, &reviewing.sitter.identity);
    printed(sheet, area::middle(small, vec2(small.width(), print)), view);
    findings_ui(sheet, rest.cut_top(checks), &reviewing.portrait);
    choices(sheet, acts).or(foot)
}

fn tall_ui(sheet: &mut Sheet<'_>, view: &View<'_>, reviewing: &Reviewing) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    let acts = rest.cut_bottom(sheet.px(150.0));
    rest.cut_bottom(sheet.px(30.0));
    titles(sheet, &mut rest, view, reviewing);
    let (whole, gap) = (rest, sheet.px(28.0));
    let checks = findings_height(sheet, rest.width(), &reviewing.portrait);
    rest.cut_bottom(checks + gap);
    let least = OWN_WIDTH / sheet.ui.ctx().pixels_per_point();
    let widest = sheet.px(TALL_WIDTH).max(least);
    let place = rest.cut_left((rest.height() * PORTRAIT).min(widest));
    rest.cut_left(sheet.px(32.0));
    let place = Rect::from_min_size(place.min, vec2(place.width(), place.width() / PORTRAIT));
    let touched = photo(sheet, place, view);
    let enlarge = glass(sheet, place, Icon::Enlarge, words::ENLARGE);
    rest.max.y = place.max.y;
    let small = rest.cut_bottom(print_height(sheet, view));
    rest.cut_bottom(gap);
    printed(sheet, small, view);
    who(sheet, rest, view, &reviewing.sitter.identity);
    let mut below = whole.with_min_y(place.max.y + gap);
    findings_ui(sheet, below.cut_top(checks), &reviewing.portrait);
    let larger = (touched || enlarge).then_some(Touch::Photo(PhotoSize::Alone));
    larger.or(choices(sheet, acts)).or(foot)
}

/// Draws the pictures to choose from, all of one size, the best first: a touch on one chooses it.
fn choice_ui(sheet: &mut Sheet<'_>, view: &View<'_>) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    let again = if sheet.is_wide() {
        let mut aside = rest.cut_left(rest.width() * 0.25);
        rest.cut_left(sheet.px(36.0));
        let again = aside.cut_bottom(sheet.px(112.0));
        choice_titles(sheet, &mut aside);
        again
    } else {
        let mut acts = rest.cut_bottom(sheet.px(130.0));
        rest.cut_bottom(sheet.px(28.0));
        choice_titles(sheet, &mut rest);
        acts.cut_left(acts.width() * 0.5)
    };
    let count = view.pictures.choices.len().max(1);
    let columns = if sheet.is_wide() { count } else { count.min(2) };
    let (rows, gap) = (count.div_ceil(columns), sheet.px(28.0));
    let mut touch = None;
    for (i, texture) in view.pictures.choices.iter().enumerate() {
        let row = area::row(rest, rows, gap, i / columns);
        let mut cell = area::column(row, columns, gap, i % columns);
        let button = cell.cut_bottom(sheet.px(96.0));
        cell.cut_bottom(sheet.px(14.0));
        let place = area::fit(cell, PORTRAIT);
        let name = words::with(words::CHOICE_NUMBER, sheet.lang, i + 1);
        framed(sheet, place, Some(texture));
        let button = area::middle(button, vec2(place.width(), button.height()));
        let is_chosen =
            sheet.picture_touched(place, &name) | sheet.button(button, Call::Primary, None, &name);
        touch = touch.or(is_chosen.then_some(Touch::Pick(i)));
    }
    let word = sheet.word(words::RETAKE);
    let again = sheet.button(again, Call::Secondary, Some(Icon::Again), word);
    touch.or(again.then_some(Touch::Retake)).or(foot)
}

fn choice_titles(sheet: &mut Sheet<'_>, rest: &mut Rect) {
    let word = sheet.word(words::CHOICE_TITLE);
    sheet.paragraph(rest, Type::Title, theme::INK, sheet.px(8.0), word);
    let word = sheet.word(words::CHOICE_MORE);
    sheet.paragraph(rest, Type::Small, theme::INK_SOFT, sheet.px(24.0), word);
}

/// Draws the photo across a tall screen, and nothing beside it but the choice.
fn alone_ui(sheet: &mut Sheet<'_>, view: &View<'_>, reviewing: &Reviewing) -> Option<Touch> {
    let (mut rest, foot) = page::mirror_page(sheet, view);
    rest.cut_bottom(sheet.px(16.0));
    let acts = rest.cut_bottom(sheet.px(150.0));
    rest.cut_bottom(sheet.px(30.0));
    titles(sheet, &mut rest, view, reviewing);
    let place = area::fit(rest, PORTRAIT);
    let touched = photo(sheet, place, view);
    let shrink = glass(sheet, place, Icon::Shrink, words::SHRINK);
    let smaller = (touched || shrink).then_some(Touch::Photo(PhotoSize::Beside));
    smaller.or(choices(sheet, acts)).or(foot)
}

/// Draws the photo for a close look; true when touched.
fn photo(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>) -> bool {
    let place = area::fit(place, PORTRAIT);
    portrait(sheet, place, view);
    let name = sheet.word(words::PHOTO);
    sheet.picture_touched(place, name)
}

/// Draws the button with a magnifying glass in the photo's lower right corner, within reach.
fn glass(sheet: &mut Sheet<'_>, photo: Rect, icon: Icon, name: Text) -> bool {
    let mut corner = photo.shrink(sheet.px(24.0));
    let side = sheet.px(96.0);
    let place = corner.cut_bottom(side).cut_right(side);
    let name = sheet.word(name);
    sheet.icon_button(place, icon, name)
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
    framed(sheet, place, view.pictures.portrait.as_ref());
}

fn framed(sheet: &Sheet<'_>, place: Rect, picture: Option<&TextureHandle>) {
    let round = sheet.round(theme::ROUND_CARD);
    let painter = sheet.ui.painter();
    painter.add(theme::shadow(sheet.unit).as_shape(place, round));
    match picture {
        Some(texture) => sheet.picture(place, texture),
        None => {
            painter.rect_filled(place, round, theme::LINE);
        }
    }
    let line = Stroke::new(sheet.px(2.0), theme::LINE);
    painter.rect_stroke(place, round, line, egui::StrokeKind::Outside);
}

/// Draws the card as the camera saw it, and whose it is as far as that is known: one below the
/// other, or side by side where the place is low.
fn who(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>, identity: &Identity) {
    /// In design units.
    const NAME_HEIGHT: f32 = 150.0;
    sheet.card(place);
    let mut inner = place.shrink(sheet.px(18.0));
    let is_low = inner.width() > inner.height();
    let (card, mut rest);
    if is_low {
        let shown = view.pictures.card.as_ref();
        let aspect = shown.map_or(1.0, egui::TextureHandle::aspect_ratio);
        card = inner.cut_left((inner.height() * aspect).min(inner.width() * 0.4));
        inner.cut_left(sheet.px(28.0));
        rest = area::middle(inner, vec2(inner.width(), sheet.px(NAME_HEIGHT + 60.0)));
        your_code(sheet, &mut rest);
    } else {
        your_code(sheet, &mut inner);
        rest = inner.cut_bottom(inner.height().min(sheet.px(NAME_HEIGHT)));
        inner.cut_bottom(sheet.px(14.0));
        card = inner;
    }
    code_card(sheet, card, view);
    let aligns = if is_low {
        [Align2::LEFT_CENTER, Align2::LEFT_TOP, Align2::LEFT_TOP]
    } else {
        [
            Align2::CENTER_CENTER,
            Align2::CENTER_TOP,
            Align2::CENTER_CENTER,
        ]
    };
    name_ui(sheet, rest, identity, aligns);
}

/// Draws the card with the code as the camera saw it; a hand scanner shows no picture.
pub fn code_card(sheet: &Sheet<'_>, place: Rect, view: &View<'_>) {
    if let Some(texture) = &view.pictures.card {
        sheet.picture(area::fit(place, texture.aspect_ratio()), texture);
        return;
    }
    let round = sheet.round(theme::ROUND_CARD);
    let painter = sheet.ui.painter();
    painter.rect_filled(place, round, theme::BLUE_PALE);
    let side = place.width().min(place.height()) * 0.5;
    let sign = area::middle(place, vec2(side, side));
    sheet.icon(sign, Icon::Code, theme::BLUE);
}

fn your_code(sheet: &mut Sheet<'_>, rest: &mut Rect) {
    let word = sheet.word(words::YOUR_CODE);
    sheet.paragraph(rest, Type::Small, theme::INK_SOFT, sheet.px(10.0), word);
}

/// Draws who the platform says this is, with the alignments of the name, of what is below it, and
/// of what stands in their place.
fn name_ui(
    sheet: &mut Sheet<'_>,
    mut name: Rect,
    identity: &Identity,
    [first_align, more_align, alone_align]: [Align2; 3],
) {
    let later = match identity {
        Identity::Known(person) => {
            let first = name.cut_top(sheet.px(60.0));
            let who = &person.masked_name;
            sheet.text(first, Type::Heading, theme::INK, first_align, who);
            let more = format!("{} {}", person.school, person.level);
            sheet.balanced(name, Type::Small, theme::INK_SOFT, more_align, &more);
            return;
        }
        Identity::Asking => words::IDENTITY_ASKING,
        Identity::Later => words::IDENTITY_LATER,
    };
    let word = sheet.word(later);
    sheet.balanced(name, Type::Small, theme::INK_SOFT, alone_align, word);
}

pub fn saving_ui(sheet: &mut Sheet<'_>, view: &View<'_>) -> Option<Touch> {
    let (rest, foot) = page::visit_page(sheet, view);
    let mut inner = area::middle(rest, vec2(rest.width(), sheet.px(560.0)));
    let drawing = inner.cut_top(sheet.px(280.0));
    icons::turning(
        sheet.ui.painter(),
        drawing.center(),
        sheet.px(120.0),
        sheet.now.mono,
    );
    let side = sheet.px(96.0);
    sheet.icon(
        area::middle(drawing, vec2(side, side)),
        Icon::Lock,
        theme::BLUE,
    );
    inner.cut_top(sheet.px(48.0));
    let word = sheet.word(words::SAVING);
    let place = inner.cut_top(sheet.px(100.0));
    sheet.balanced(place, Type::Title, theme::INK, Align2::CENTER_CENTER, word);
    inner.cut_top(sheet.px(12.0));
    let word = sheet.word(words::SAVING_MORE);
    sheet.balanced(inner, Type::Body, theme::INK_SOFT, Align2::CENTER_TOP, word);
    foot
}
