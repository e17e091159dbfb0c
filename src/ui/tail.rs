//! The last characters of the ID on the booth's own keys, and the checklist before the chair.

use egui::{Align2, Rect, Stroke, StrokeKind, vec2};

use super::{
    View,
    area::{self, Cut},
    icons::Icon,
    keypad, page, review, scan,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{
    capture::CaptureId,
    code::TailRule,
    lang::Text,
    profile::{Glasses, HeadCover, Profile},
    session::{Sitter, TailEntry, TailHint, Touch},
};

/// The last characters of an ID while they are asked for, in a visit or beside one.
pub struct Asking<'e> {
    /// The visit under which the open page of keys is remembered.
    pub owner: CaptureId,
    pub rule: TailRule,
    pub entry: &'e TailEntry,
    /// What else to know before typing it.
    pub note: Text,
    /// The code may be something else: show what was read, and ask.
    pub is_strange: bool,
}

pub fn tail_ui(sheet: &mut Sheet<'_>, view: &View<'_>, asking: &Asking<'_>) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    let pad = if sheet.is_wide() {
        let pad = rest.cut_right(rest.width() * 0.44);
        rest.max.x -= sheet.px(72.0);
        pad
    } else {
        let pad = rest.cut_bottom(sheet.px(800.0));
        rest.cut_bottom(sheet.px(36.0));
        pad
    };
    let not_mine = question(sheet, rest, view, asking);
    // While an entry waits the keys stay visible, dim and dead: nothing moves under the finger.
    let resting = asking.entry.rest(view.now.mono).is_some();
    let touch = keypad::tail_pad(sheet, pad, asking.owner).filter(|_| !resting);
    if resting {
        sheet
            .ui
            .painter()
            .rect_filled(pad, 0.0, theme::PAPER.gamma_multiply(0.72));
    }
    not_mine.or(touch).or(foot)
}

fn question(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    view: &View<'_>,
    asking: &Asking<'_>,
) -> Option<Touch> {
    let length = asking.rule.length();
    // The question whose code it is needs room.
    let is_crowded = asking.is_strange && !sheet.is_wide();
    let word = sheet.word(words::tail_title(asking.rule));
    sheet.paragraph(&mut rest, Type::Title, theme::INK, sheet.px(10.0), word);
    if !asking.is_strange {
        let word = sheet.word(words::TAIL_WHERE);
        sheet.paragraph(&mut rest, Type::Body, theme::INK_SOFT, sheet.px(8.0), word);
    }
    // The hint says it more clearly.
    if asking.entry.hint == Some(TailHint::FromTheChair) {
        rest.cut_top(sheet.px(16.0));
    } else {
        let word = sheet.word(asking.note);
        sheet.paragraph(&mut rest, Type::Small, theme::INK, sheet.px(24.0), word);
    }
    if let Some(wait) = asking.entry.rest(sheet.now.mono) {
        let seconds = wait.as_millis().div_ceil(1000);
        let why = match asking.entry.hint {
            Some(TailHint::DoesNotMatch) => words::TAIL_REST,
            Some(TailHint::NotATail | TailHint::FromTheChair) | None => words::TAIL_REST_EARLIER,
        };
        let text = words::with(why, sheet.lang, seconds);
        scan::notice_above(sheet, &mut rest, &text);
    } else if let Some(hint) = asking.entry.hint {
        let word = sheet.word(words::tail_hint(hint));
        scan::notice_above(sheet, &mut rest, word);
    }
    if is_crowded {
        let button = rest.cut_bottom(sheet.px(112.0));
        rest.cut_bottom(sheet.px(20.0));
        let dots = rest.cut_bottom(sheet.px(104.0));
        typed_dots(sheet, dots, length, asking.entry.typed.len());
        rest.cut_bottom(sheet.px(20.0));
        what_was_read(sheet, rest, view, None);
        return not_mine(sheet, button);
    }
    let mut dots = rest.cut_bottom(sheet.px(170.0));
    let note = dots.cut_bottom(sheet.px(52.0));
    let word = sheet.word(words::TAIL_PRIVATE);
    sheet.text(
        note,
        Type::Small,
        theme::INK_SOFT,
        Align2::CENTER_BOTTOM,
        word,
    );
    typed_dots(sheet, dots, length, asking.entry.typed.len());
    rest.cut_bottom(sheet.px(24.0));
    if asking.is_strange {
        let button = Some(sheet.px(112.0));
        let button = what_was_read(sheet, rest, view, button)?;
        return not_mine(sheet, button);
    }
    let card = area::middle(
        rest,
        vec2(rest.width().min(sheet.px(860.0)), sheet.px(260.0)),
    );
    // Beside a notice there may be no room to draw it legibly.
    if card.height() >= sheet.px(170.0) {
        card_drawing(sheet, card, length);
    }
    None
}

/// Shows what was read, and asks whether it is the visitor's code: no code of this shape was seen
/// before, so it may be a poster's or another app's. Returns the place for a button of that height,
/// if one is wanted beside the picture.
fn what_was_read(
    sheet: &mut Sheet<'_>,
    place: Rect,
    view: &View<'_>,
    button: Option<f32>,
) -> Option<Rect> {
    let size = vec2(
        place.width().min(sheet.px(900.0)),
        place.height().min(sheet.px(340.0)),
    );
    let place = area::middle(place, size);
    sheet.card(place);
    let mut inner = place.shrink2(vec2(sheet.px(32.0), sheet.px(20.0)));
    let picture = inner.cut_left(inner.width() * 0.3);
    inner.cut_left(sheet.px(32.0));
    review::code_card(sheet, picture, view);
    let button = button.map(|height| {
        let button = inner.cut_bottom(height);
        inner.cut_bottom(sheet.px(12.0));
        button
    });
    let word = sheet.word(words::TAIL_WHOSE);
    sheet.balanced(inner, Type::Body, theme::INK, Align2::LEFT_CENTER, word);
    button
}

fn not_mine(sheet: &mut Sheet<'_>, place: Rect) -> Option<Touch> {
    let word = sheet.word(words::TAIL_NOT_MINE);
    let pressed = sheet.button(place, Call::Secondary, None, word);
    pressed.then_some(Touch::NotMyCode)
}

/// Draws where on the card the last characters are.
fn card_drawing(sheet: &mut Sheet<'_>, place: Rect, length: usize) {
    sheet.card(place);
    let mut inner = place.shrink2(vec2(sheet.px(40.0), sheet.px(24.0)));
    let code = inner.cut_right(inner.height());
    sheet.icon(code.shrink(sheet.px(20.0)), Icon::Code, theme::LINE);
    inner.cut_right(sheet.px(24.0));
    let label_width = inner.width() * 0.3;
    for (i, label) in [words::TAIL_CARD_NAME, words::TAIL_CARD_NUMBER]
        .into_iter()
        .enumerate()
    {
        let mut row = area::row(inner, 2, 0.0, i);
        let name = row.cut_left(label_width);
        let word = sheet.word(label);
        sheet.text(
            name,
            Type::Small,
            theme::INK_SOFT,
            Align2::LEFT_CENTER,
            word,
        );
        let (hidden, shown) = if i == 0 { (2, 0) } else { (6, length) };
        masked(sheet, row, hidden, shown);
    }
}

/// Draws grey dots for what the card hides, boxes for what it shows.
fn masked(sheet: &Sheet<'_>, row: Rect, hidden: usize, shown: usize) {
    let painter = sheet.ui.painter();
    let step = (row.width() / (hidden as f32 * 0.6 + shown as f32)).min(sheet.px(52.0));
    let mut x = row.left();
    for _ in 0..hidden {
        let at = egui::pos2(x + step * 0.3, row.center().y);
        painter.circle_filled(at, step * 0.14, theme::INK_FAINT);
        x += step * 0.6;
    }
    if shown == 0 {
        return;
    }
    let width = step * shown as f32;
    let marked = Rect::from_min_size(
        egui::pos2(x + step * 0.1, row.center().y - step * 0.62),
        vec2(width, step * 1.24),
    );
    let line = Stroke::new(sheet.px(4.0), theme::BLUE);
    painter.rect(
        marked,
        sheet.px(10.0),
        theme::BLUE_PALE,
        line,
        StrokeKind::Middle,
    );
    for i in 0..shown {
        let cell = area::column(marked, shown, 0.0, i);
        let half = vec2(step * 0.2, 0.0);
        let line = Stroke::new(sheet.px(4.0), theme::BLUE);
        painter.line_segment([cell.center() - half, cell.center() + half], line);
    }
}

/// Draws one box per character; a filled one has been typed. Nothing is echoed.
fn typed_dots(sheet: &Sheet<'_>, place: Rect, length: usize, typed: usize) {
    let side = sheet.px(104.0);
    let gap = sheet.px(24.0);
    let width = side * length as f32 + gap * (length as f32 - 1.0);
    let boxes = area::middle(place, vec2(width, side));
    let painter = sheet.ui.painter();
    for i in 0..length {
        let cell = area::column(boxes, length, gap, i);
        let line = if i == typed { theme::BLUE } else { theme::EDGE };
        let stroke = Stroke::new(sheet.px(if i == typed { 5.0 } else { 3.0 }), line);
        painter.rect(
            cell,
            sheet.round(20.0),
            theme::CARD,
            stroke,
            StrokeKind::Inside,
        );
        if i < typed {
            painter.circle_filled(cell.center(), sheet.px(18.0), theme::INK);
        }
    }
}

/// Draws the checklist, where the profile wants it.
pub fn prepare_ui(sheet: &mut Sheet<'_>, view: &View<'_>, sitter: &Sitter) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    let mut act = rest.cut_bottom(sheet.px(150.0));
    act = area::middle(act, vec2(act.width().min(sheet.px(960.0)), act.height()));
    rest.cut_bottom(sheet.px(36.0));
    let word = sheet.word(words::PREPARE_TITLE);
    sheet.paragraph(&mut rest, Type::Title, theme::INK, sheet.px(28.0), word);
    let items = checklist(&sitter.batch().profile);
    let height = rest.height().min(sheet.px(190.0) * items.len() as f32);
    let list = rest.cut_top(height);
    sheet.card(list);
    let inner = list.shrink2(vec2(sheet.px(48.0), sheet.px(24.0)));
    for (i, item) in items.into_iter().enumerate() {
        let mut row = area::row(inner, 5, 0.0, i);
        let mark = row.cut_left(sheet.px(72.0));
        let mark = area::middle(mark, vec2(sheet.px(72.0), sheet.px(72.0)));
        sheet
            .ui
            .painter()
            .circle_filled(mark.center(), sheet.px(36.0), theme::BLUE_PALE);
        let number = (i + 1).to_string();
        sheet.text(
            mark,
            Type::Heading,
            theme::BLUE,
            Align2::CENTER_CENTER,
            &number,
        );
        row.cut_left(sheet.px(32.0));
        let word = sheet.word(item);
        sheet.balanced(row, Type::Body, theme::INK, Align2::LEFT_CENTER, word);
    }
    let ready = sheet.button(act, Call::Primary, None, sheet.word(words::PREPARED));
    ready.then_some(Touch::Prepared).or(foot)
}

const fn checklist(profile: &Profile) -> [Text; 5] {
    [
        words::PREPARE_HAIR,
        match profile.glasses {
            Glasses::IfHabitual => words::PREPARE_GLASSES_WEAR,
            Glasses::Never => words::PREPARE_GLASSES_OFF,
        },
        match profile.head_cover {
            HeadCover::Never => words::PREPARE_COVER_OFF,
            HeadCover::Exception => words::PREPARE_COVER_EXCEPTION,
        },
        words::PREPARE_JEWELLERY,
        words::PREPARE_CLOTHES,
    ]
}
