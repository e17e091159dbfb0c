//! The booth's own keys: digits and X, a second page with letters and brackets, the keys of a
//! feature code, and the staff's PIN pad. There is no input method, and only the feature code,
//! which is no secret, is echoed.

use egui::{Id, Rect};

use super::{
    area::{self, Cut},
    icons::Icon,
    sheet::{Call, Sheet},
    words,
};
use crate::{capture::CaptureId, session::Touch};

/// Draws the keys for an ID's last characters. The open page is remembered under `owner`, the
/// visit.
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

/// Draws the keys for a feature code: its letters as they are printed, since capitals can be
/// switched off.
pub fn feature_pad(sheet: &mut Sheet<'_>, place: Rect) -> Option<Touch> {
    const COLUMNS: usize = 8;
    const ROWS: usize = 5;
    let id = Id::unique("feature pad");
    let small: bool = sheet.ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let mut touch = None;
    for (i, letter) in ('1'..='9').chain(['0']).chain('A'..='Z').enumerate() {
        let letter = if small {
            letter.to_ascii_lowercase()
        } else {
            letter
        };
        touch = touch.or(key(
            sheet,
            grid_cell(sheet, place, COLUMNS, ROWS, i),
            letter,
        ));
    }
    let cell = |i| grid_cell(sheet, place, COLUMNS, ROWS, i);
    let (case, erase) = (cell(36).union(cell(37)), cell(38).union(cell(39)));
    if sheet.button(case, Call::Quiet, None, sheet.word(words::KEY_CASE)) {
        sheet.ui.data_mut(|data| data.insert_temp(id, !small));
        sheet.ui.ctx().request_repaint();
    }
    touch.or(backspace(sheet, erase).then_some(Touch::Backspace))
}

/// Draws digits, delete and enter.
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

/// Draws the keys for a telephone number.
pub fn phone_pad(sheet: &mut Sheet<'_>, place: Rect) -> Option<Touch> {
    let touch = digits(sheet, place);
    let plus = key(sheet, grid_cell(sheet, place, 3, 4, 9), '+');
    let zero = key(sheet, grid_cell(sheet, place, 3, 4, 10), '0');
    let erased = backspace(sheet, grid_cell(sheet, place, 3, 4, 11));
    touch
        .or(plus)
        .or(zero)
        .or(erased.then_some(Touch::Backspace))
}

/// The most frequent ends of addresses here.
const DOMAINS: [&str; 3] = ["@qq.com", "@163.com", "@126.com"];

/// Draws the keys for an e-mail address, and its usual ends.
pub fn address_pad(sheet: &mut Sheet<'_>, mut place: Rect) -> Option<Touch> {
    let ends = place.cut_bottom(sheet.px(104.0).min(place.height() * 0.18));
    place.cut_bottom(sheet.px(16.0));
    let mut touch = None;
    for (i, end) in DOMAINS.into_iter().enumerate() {
        let cell = area::column(ends, DOMAINS.len(), sheet.px(16.0), i);
        let touched = sheet.button(cell, Call::Quiet, None, end);
        touch = touch.or(touched.then_some(Touch::Keys(end)));
    }
    touch.or(typewriter(sheet, place, "@._-"))
}

/// Draws the keys for a file's name.
pub fn name_pad(sheet: &mut Sheet<'_>, place: Rect) -> Option<Touch> {
    typewriter(sheet, place, "_-")
}

/// Draws digits and backspace, letters as on typewriters, and `signs` in the places that these
/// leave free.
fn typewriter(sheet: &mut Sheet<'_>, place: Rect, signs: &str) -> Option<Touch> {
    const ROWS: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
    const COLUMNS: usize = 11;
    let gap = sheet.px(12.0);
    let mut signs = signs.chars();
    let mut touch = None;
    for (i, letters) in ROWS.into_iter().enumerate() {
        let row = area::row(place, ROWS.len(), gap, i);
        let cell = |at| area::column(row, COLUMNS, gap, at);
        let free = COLUMNS - letters.len();
        let mut keys: Vec<char> = letters.chars().collect();
        if i == 0 {
            let erased = backspace(sheet, cell(COLUMNS - 1));
            touch = touch.or(erased.then_some(Touch::Backspace));
        } else {
            keys.extend(signs.by_ref().take(free));
        }
        for (at, letter) in keys.into_iter().enumerate() {
            touch = touch.or(key(sheet, cell(at), letter));
        }
    }
    touch
}

/// Draws 1 to 9 in the upper three of four rows.
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
