//! Help for a visitor, over whatever screen is open: frequent questions, and whom to call. The
//! visit stays where it is.

use egui::{Align2, vec2};

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
    session::{HelpPage, Touch},
};

/// A question and its answer.
const ANSWERS: [(Icon, Text, Text); 4] = [
    (Icon::Code, words::ASK_CODE, words::ANSWER_CODE),
    (Icon::Document, words::ASK_TAIL, words::ANSWER_TAIL),
    (Icon::Again, words::ASK_AGAIN, words::ANSWER_AGAIN),
    (Icon::Lock, words::ASK_DATA, words::ANSWER_DATA),
];

pub fn answers_ui(sheet: &mut Sheet<'_>, view: &View<'_>) -> Option<Touch> {
    let (mut rest, foot) = page::plain_page(sheet, view);
    let word = sheet.word(words::HELP_PAGE);
    sheet.paragraph(&mut rest, Type::Title, theme::INK, sheet.px(24.0), word);
    let close = rest.cut_bottom(sheet.px(130.0));
    rest.cut_bottom(sheet.px(24.0));
    let phone = rest.cut_bottom(sheet.px(140.0));
    rest.cut_bottom(sheet.px(24.0));
    let tallest = sheet.px(if sheet.is_wide() { 560.0 } else { 1_200.0 });
    let list = rest.cut_top(rest.height().min(tallest));
    sheet.card(list);
    let inner = list.shrink2(vec2(sheet.px(44.0), sheet.px(20.0)));
    for (i, (icon, question, answer)) in ANSWERS.into_iter().enumerate() {
        let mut row = area::row(inner, ANSWERS.len(), sheet.px(8.0), i);
        let side = sheet.px(64.0);
        let mark = row.cut_left(side);
        sheet.icon(area::middle(mark, vec2(side, side)), icon, theme::BLUE);
        row.cut_left(sheet.px(32.0));
        let (question, answer) = (sheet.word(question), sheet.word(answer));
        let tall = sheet.height_of(row.width(), Type::Body, question)
            + sheet.height_of(row.width(), Type::Small, answer);
        let mut text = area::middle(row, vec2(row.width(), tall));
        sheet.paragraph(&mut text, Type::Body, theme::INK, 0.0, question);
        sheet.paragraph(&mut text, Type::Small, theme::INK_SOFT, 0.0, answer);
    }
    sheet.panel(phone, theme::BLUE_PALE, theme::BLUE_PALE);
    let inner = phone.shrink2(vec2(sheet.px(44.0), sheet.px(12.0)));
    let line = words::help_line(view.published.service.as_ref(), sheet.lang);
    sheet.balanced(inner, Type::Body, theme::INK, Align2::CENTER_CENTER, &line);
    let place = area::middle(close, vec2(sheet.px(520.0), close.height()));
    let word = sheet.word(words::CLOSE);
    let closed = sheet.button(place, Call::Primary, None, word);
    closed.then_some(Touch::Help(HelpPage::Closed)).or(foot)
}
