//! Naming the batch: by showing the school's code to the camera, or by typing it. For visitors
//! where no batch is pinned, and for staff who pin one.

use egui::{Align2, Rect, Stroke, StrokeKind, vec2};

use super::{
    View,
    area::{self, Cut},
    keypad, page, scan,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{
    lang::Text,
    session::{BatchEntry, BatchSaid, Batching, Touch},
};

/// Characters of a feature code.
const LENGTH: usize = 6;

pub fn batch_ui(sheet: &mut Sheet<'_>, view: &View<'_>, batching: &Batching) -> Option<Touch> {
    let (rest, foot) = page::visit_page(sheet, view);
    let heading = (words::BATCH_TITLE, words::BATCH_WHERE);
    name_ui(sheet, rest, view, &batching.entry, heading).or(foot)
}

/// Draws the staff's page for it, below their strip.
pub fn pin_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    view: &View<'_>,
    entry: &BatchEntry,
) -> Option<Touch> {
    let unpin = rest.cut_bottom(sheet.px(104.0));
    rest.cut_bottom(sheet.px(24.0));
    let heading = (words::DESK_BATCH_TITLE, words::DESK_BATCH_MORE);
    let touch = name_ui(sheet, rest, view, entry, heading);
    let unpinned = view.health.batch.is_some() && {
        let place = area::middle(unpin, vec2(sheet.px(760.0), unpin.height()));
        sheet.button(place, Call::Secondary, None, sheet.word(words::DESK_UNPIN))
    };
    touch.or(unpinned.then_some(Touch::Unpin))
}

/// Puts camera and keys side by side, or the keys below.
fn name_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    view: &View<'_>,
    entry: &BatchEntry,
    (title, more): (Text, Text),
) -> Option<Touch> {
    let mut typing = if sheet.is_wide() {
        let typing = rest.cut_right(rest.width() * 0.47);
        rest.max.x -= sheet.px(64.0);
        typing
    } else {
        let typing = rest.cut_bottom(sheet.px(860.0));
        rest.cut_bottom(sheet.px(32.0));
        typing
    };
    let word = sheet.word(title);
    sheet.paragraph(&mut rest, Type::Title, theme::INK, sheet.px(6.0), word);
    let word = sheet.word(more);
    sheet.paragraph(&mut rest, Type::Body, theme::INK_SOFT, sheet.px(20.0), word);
    said(sheet, &mut rest, &entry.said);
    scan::camera(sheet, rest, view);
    let word = sheet.word(words::BATCH_OR_TYPE);
    sheet.paragraph(&mut typing, Type::Body, theme::INK, sheet.px(18.0), word);
    let boxes = typing.cut_top(sheet.px(118.0));
    typing.cut_top(sheet.px(24.0));
    typed_boxes(sheet, boxes, &entry.typed);
    keypad::feature_pad(sheet, typing)
}

fn said(sheet: &mut Sheet<'_>, rest: &mut Rect, said: &BatchSaid) {
    let text = match said {
        BatchSaid::Nothing => return,
        BatchSaid::Asking => {
            let word = sheet.word(words::BATCH_ASKING);
            return sheet.paragraph(rest, Type::Body, theme::BLUE, sheet.px(16.0), word);
        }
        BatchSaid::NotABatch => sheet.word(words::BATCH_NOT_ONE).to_owned(),
        BatchSaid::Hold(advice) => sheet.word(words::hold(*advice)).to_owned(),
        BatchSaid::Refused(refusal) => words::batch_refusal(refusal, sheet.lang),
        BatchSaid::CommandRefused(trouble) => {
            sheet.word(words::command_trouble(*trouble)).to_owned()
        }
    };
    scan::notice_above(sheet, rest, &text);
}

/// Draws what was typed, one box per character: the code is no secret.
fn typed_boxes(sheet: &mut Sheet<'_>, place: Rect, typed: &str) {
    let gap = sheet.px(16.0);
    let side = ((place.width() - gap * (LENGTH as f32 - 1.0)) / LENGTH as f32).min(sheet.px(116.0));
    let boxes = area::middle(
        place,
        vec2(side * LENGTH as f32 + gap * (LENGTH as f32 - 1.0), side),
    );
    let filled = typed.chars().count();
    for i in 0..LENGTH {
        let cell = area::column(boxes, LENGTH, gap, i);
        let next = i == filled;
        let line = if next { theme::BLUE } else { theme::EDGE };
        let stroke = Stroke::new(sheet.px(if next { 5.0 } else { 3.0 }), line);
        sheet.ui.painter().rect(
            cell,
            sheet.round(20.0),
            theme::CARD,
            stroke,
            StrokeKind::Inside,
        );
        if let Some(letter) = typed.chars().nth(i) {
            let letter = letter.to_string();
            sheet.text(
                cell,
                Type::Title,
                theme::INK,
                Align2::CENTER_CENTER,
                &letter,
            );
        }
    }
}
