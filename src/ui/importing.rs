//! Staff choose the picture that a sitter brought on a stick.

use egui::{Align2, Rect, vec2};

use super::{
    View,
    area::{self, Cut},
    icons::Icon,
    preview,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words::{self, staff as say},
};
use crate::{
    geometry::Size,
    lang::Text,
    layout::Crop,
    session::{
        Touch,
        importing::{Chosen, ImportTouch, Importing, NotImported, PICTURES_A_PAGE},
    },
};

/// Height of the buttons below the list, in design units.
const TOUCHED: f32 = 92.0;
/// Names beside each other.
const COLUMNS: usize = 2;

pub fn importing_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    view: &View<'_>,
    importing: &Importing,
) -> Option<Touch> {
    let acts = rest.cut_bottom(sheet.px(130.0));
    rest.cut_bottom(sheet.px(28.0));
    let word = sheet.word(words::IMPORT_TITLE);
    sheet.paragraph(&mut rest, Type::Title, theme::INK, sheet.px(4.0), word);
    let word = sheet.word(words::IMPORT_MORE);
    sheet.paragraph(
        &mut rest,
        Type::Small,
        theme::INK_SOFT,
        sheet.px(18.0),
        word,
    );
    let (picture, list) = sheet.panes(rest, 0.5, sheet.px(36.0));
    chosen_ui(sheet, picture, view, &importing.chosen);
    let chosen = list_ui(sheet, list, importing);
    chosen.or(acts_ui(sheet, acts, importing))
}

/// Draws the chosen picture with what will be cut from it, or why it cannot be used.
fn chosen_ui(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>, chosen: &Chosen) {
    let say = match chosen {
        Chosen::Nothing => (words::IMPORT_CHOOSE, theme::INK_SOFT),
        Chosen::Opening(_) => (words::IMPORT_OPENING, theme::INK_SOFT),
        Chosen::Refused(_, why) => (refusal(*why), theme::BAD),
        Chosen::Opened(_, opened) => {
            let frame = opened.sight.analysis.frame.size();
            return picture_ui(sheet, place, view, frame, opened.crop);
        }
    };
    sheet.panel(place, theme::CARD, theme::LINE);
    let (text, color) = say;
    let inner = place.shrink(sheet.px(48.0));
    let word = sheet.word(text);
    let height = sheet.height_of(inner.width(), Type::Heading, word);
    let mut middle = area::middle(inner, vec2(inner.width(), height));
    sheet.paragraph(&mut middle, Type::Heading, color, 0.0, word);
}

fn picture_ui(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>, frame: Size, crop: Crop) {
    let (width, height) = (frame.width.max(1) as f32, frame.height.max(1) as f32);
    let place = area::fit(place, width / height);
    let Some(still) = &view.pictures.still else {
        sheet.panel(place, theme::EMPTY, theme::LINE);
        return;
    };
    sheet.picture(place, still);
    sheet.named_picture(place, sheet.word(words::IMPORT_TITLE));
    preview::cropped(sheet, place, frame, crop);
}

fn list_ui(sheet: &mut Sheet<'_>, mut place: Rect, importing: &Importing) -> Option<Touch> {
    let mut pager = place.cut_bottom(sheet.px(TOUCHED));
    place.cut_bottom(sheet.px(16.0));
    let nothing = match &importing.found {
        None => Some(words::IMPORT_LOOKING),
        Some(found) if found.pictures.is_empty() => Some(words::IMPORT_NONE),
        Some(_) => None,
    };
    if let Some(text) = nothing {
        sheet.panel(place, theme::CARD, theme::LINE);
        let mut inner = place.shrink(sheet.px(40.0));
        let word = sheet.word(text);
        sheet.paragraph(&mut inner, Type::Body, theme::INK_SOFT, 0.0, word);
    }
    let mut touch = None;
    for (i, picture) in importing.rows().iter().enumerate() {
        let row = area::row(
            place,
            PICTURES_A_PAGE / COLUMNS,
            sheet.px(14.0),
            i / COLUMNS,
        );
        let cell = area::column(row, COLUMNS, sheet.px(14.0), i % COLUMNS);
        let call = if importing.chosen.picture() == Some(picture) {
            Call::Primary
        } else {
            Call::Secondary
        };
        if sheet.button(cell, call, None, &picture.name()) {
            touch = Some(ImportTouch::Choose(i));
        }
    }
    let pages = importing.pages();
    if pages < 2 {
        return touch.map(Touch::Import);
    }
    let width = pager.width() * 0.34;
    let (back, on) = (pager.cut_left(width), pager.cut_right(width));
    let offered = |is: bool| if is { Call::Secondary } else { Call::Later };
    let word = sheet.word(say::EARLIER_ROWS);
    let back = sheet.button(back, offered(importing.page > 0), None, word);
    let word = sheet.word(say::LATER_ROWS);
    let on = sheet.button(on, offered(importing.page + 1 < pages), None, word);
    let is_cut_off = importing
        .found
        .as_ref()
        .is_some_and(|found| found.is_cut_off);
    let more = if is_cut_off { "+" } else { "" };
    let text = format!("{} / {pages}{more}", importing.page + 1);
    sheet.text(
        pager,
        Type::Small,
        theme::INK_SOFT,
        Align2::CENTER_CENTER,
        &text,
    );
    touch
        .or(back.then_some(ImportTouch::Earlier))
        .or(on.then_some(ImportTouch::Later))
        .map(Touch::Import)
}

fn acts_ui(sheet: &mut Sheet<'_>, acts: Rect, importing: &Importing) -> Option<Touch> {
    let [live, again, done] = [0, 1, 2].map(|i| area::column(acts, 3, sheet.px(24.0), i));
    let word = sheet.word(words::IMPORT_LIVE);
    let live = sheet.button(live, Call::Secondary, Some(Icon::Camera), word);
    let word = sheet.word(words::IMPORT_AGAIN);
    let again = sheet.button(again, Call::Secondary, Some(Icon::Again), word);
    let call = match importing.chosen {
        Chosen::Opened(..) => Call::Primary,
        Chosen::Nothing | Chosen::Opening(_) | Chosen::Refused(..) => Call::Later,
    };
    let word = sheet.word(words::IMPORT_USE);
    let done = sheet.button(done, call, Some(Icon::Tick), word);
    done.then_some(Touch::Import(ImportTouch::Use))
        .or(again.then_some(Touch::Import(ImportTouch::LookAgain)))
        .or(live.then_some(Touch::Retake))
}

/// Returns why a picture cannot be used, and what to do about it.
const fn refusal(why: NotImported) -> Text {
    match why {
        NotImported::Unreadable => words::IMPORT_UNREADABLE,
        NotImported::NoPicture => words::IMPORT_NO_PICTURE,
        NotImported::OtherKind => words::IMPORT_OTHER_KIND,
        NotImported::TooLarge => words::IMPORT_TOO_LARGE,
        NotImported::Size => words::IMPORT_SIZE,
        NotImported::Transparent => words::IMPORT_TRANSPARENT,
        NotImported::Damaged => words::IMPORT_DAMAGED,
        NotImported::Changed => words::IMPORT_CHANGED,
        NotImported::Beautified => words::IMPORT_BEAUTIFIED,
        NotImported::NoFace => words::IMPORT_NO_FACE,
        NotImported::SeveralFaces => words::IMPORT_FACES,
        NotImported::SmallHead => words::IMPORT_SMALL,
        NotImported::NotCut => words::IMPORT_NOT_CUT,
        NotImported::Busy => words::IMPORT_BUSY,
    }
}
