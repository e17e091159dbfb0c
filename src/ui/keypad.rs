//! The booth's own keys: digits and X, a second page with letters and brackets, and the staff's PIN pad.
//! No input method, nothing echoed.

use egui::{Id, Rect};

use super::{
    area::{self, Cut},
    icons::Icon,
    sheet::{Call, Sheet},
    words,
};
use crate::{capture::CaptureId, session::Touch};

/// Keys of an ID's last characters. Which page is open is remembered under `owner`, the visit.
pub fn tail_pad(sheet: &mut Sheet<'_>, place: Rect, owner: CaptureId) -> Option<Touch> {
    let id = Id::unique("tail pad").with(owner);
    let letters: bool = sheet.ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let mut keys = place;
    let gap = sheet.px(16.0);
    let mut switches = keys.cut_bottom(sheet.px(104.0).min(place.height() * 0.18));
    keys.cut_bottom(gap);
    let touch = if letters {
        letters_page(sheet, keys)
    } else {
        digits_page(sheet, keys)
    };
    let word = if letters {
        words::KEY_DIGITS
    } else {
        words::KEY_LETTERS
    };
    let erase = letters.then(|| switches.cut_right(place.width() * 0.3));
    if letters {
        switches.cut_right(gap);
    }
    let turn = sheet.button(switches, Call::Quiet, None, sheet.word(word));
    if turn {
        sheet.ui.data_mut(|data| data.insert_temp(id, !letters));
        sheet.ui.ctx().request_repaint();
    }
    let erased = erase.is_some_and(|place| backspace(sheet, place));
    touch.or(erased.then_some(Touch::Backspace))
}

/// Digits, delete, enter.
pub fn pin_pad(sheet: &mut Sheet<'_>, place: Rect) -> Option<Touch> {
    let cell = |sheet: &Sheet<'_>, i: usize| grid_cell(sheet, place, 3, 4, i);
    let mut touch = digits(sheet, place);
    if backspace(sheet, cell(sheet, 9)) {
        touch = Some(Touch::Backspace);
    }
    let zero = cell(sheet, 10);
    touch = touch.or(key(sheet, zero, '0'));
    let enter = cell(sheet, 11);
    let entered = sheet.button(enter, Call::Primary, None, sheet.word(words::KEY_ENTER));
    touch.or(entered.then_some(Touch::Key('\n')))
}

fn digits_page(sheet: &mut Sheet<'_>, place: Rect) -> Option<Touch> {
    let touch = digits(sheet, place);
    let x = key(sheet, grid_cell(sheet, place, 3, 4, 9), 'X');
    let zero = key(sheet, grid_cell(sheet, place, 3, 4, 10), '0');
    let erased = backspace(sheet, grid_cell(sheet, place, 3, 4, 11));
    touch.or(x).or(zero).or(erased.then_some(Touch::Backspace))
}

/// 1 to 9 in the upper three of four rows.
fn digits(sheet: &mut Sheet<'_>, place: Rect) -> Option<Touch> {
    let mut touch = None;
    for (i, digit) in ('1'..='9').enumerate() {
        touch = touch.or(key(sheet, grid_cell(sheet, place, 3, 4, i), digit));
    }
    touch
}

fn letters_page(sheet: &mut Sheet<'_>, place: Rect) -> Option<Touch> {
    let mut touch = None;
    for (i, letter) in ('A'..='Z').chain(['(', ')']).enumerate() {
        touch = touch.or(key(sheet, grid_cell(sheet, place, 7, 4, i), letter));
    }
    touch
}

fn key(sheet: &mut Sheet<'_>, place: Rect, letter: char) -> Option<Touch> {
    sheet
        .button(place, Call::Key, None, letter.encode_utf8(&mut [0; 4]))
        .then_some(Touch::Key(letter))
}

fn backspace(sheet: &mut Sheet<'_>, place: Rect) -> bool {
    sheet.icon_button(place, Icon::Backspace, sheet.word(words::KEY_BACKSPACE))
}

fn grid_cell(sheet: &Sheet<'_>, place: Rect, columns: usize, rows: usize, index: usize) -> Rect {
    let gap = sheet.px(16.0);
    let row = area::row(place, rows, gap, index / columns);
    area::column(row, columns, gap, index % columns)
}
