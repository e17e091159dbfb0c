//! The platform's order to be paid, as a QR for the student's phone. The photo is safe already.

use egui::{Align2, Rect, vec2};

use super::{
    View,
    area::{self, Cut},
    ends,
    icons::Icon,
    page, qr,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{
    contract::{PayOrder, yuan},
    lang::Text,
    session::{Bill, Paying, Touch},
    time::{Now, Trust},
};

pub fn payment_ui(sheet: &mut Sheet<'_>, view: &View<'_>, paying: &Paying) -> Option<Touch> {
    let (rest, foot) = page::visit_page(sheet, view);
    let touch = match &paying.bill {
        Bill::Asking => {
            asking(sheet, rest);
            None
        }
        Bill::Due(order) => due(sheet, rest, order, view.now),
        Bill::NoAnswer => {
            let said = (words::PAY_NO_ANSWER, words::PAY_NO_ANSWER_MORE);
            trouble(sheet, rest, said, words::TRY_AGAIN)
        }
        Bill::RanOut => {
            let said = (words::PAY_RAN_OUT, words::PAY_RAN_OUT_MORE);
            trouble(sheet, rest, said, words::PAY_AGAIN)
        }
        Bill::Paid => paid(sheet, rest),
    };
    touch.or(foot)
}

fn asking(sheet: &mut Sheet<'_>, rest: Rect) {
    let (title, more) = (
        sheet.word(words::PAY_ASKING),
        sheet.word(words::PAY_SAVED).to_owned(),
    );
    let looks = (Icon::Clock, theme::BLUE, theme::BLUE_PALE);
    ends::message(sheet, rest, looks, title, &more);
}

/// Draws the QR large, the price and the deadline beside it.
fn due(sheet: &mut Sheet<'_>, mut rest: Rect, order: &PayOrder, now: Now) -> Option<Touch> {
    let later;
    if sheet.is_wide() {
        let code = rest.cut_left(rest.height().min(rest.width() * 0.5));
        rest.cut_left(sheet.px(80.0));
        code_card(sheet, code, order);
        later = rest.cut_bottom(sheet.px(130.0));
        rest.cut_bottom(sheet.px(28.0));
        bill(sheet, rest, order, now);
    } else {
        later = rest.cut_bottom(sheet.px(150.0));
        rest.cut_bottom(sheet.px(30.0));
        let text = rest.cut_bottom(sheet.px(600.0));
        rest.cut_bottom(sheet.px(30.0));
        code_card(sheet, rest, order);
        bill(sheet, text, order, now);
    }
    let word = sheet.word(words::PAY_LATER);
    sheet
        .button(later, Call::Secondary, None, word)
        .then_some(Touch::PayLater)
}

fn code_card(sheet: &mut Sheet<'_>, place: Rect, order: &PayOrder) {
    let side = place.width().min(place.height());
    let place = area::middle(place, vec2(side, side));
    sheet.card(place);
    qr::draw(sheet, place.shrink(sheet.px(24.0)), &order.qr);
}

fn bill(sheet: &mut Sheet<'_>, mut rest: Rect, order: &PayOrder, now: Now) {
    let word = sheet.word(words::PAY_TITLE);
    sheet.paragraph(&mut rest, Type::Title, theme::INK, sheet.px(12.0), word);
    let word = sheet.word(words::PAY_SAVED);
    sheet.paragraph(&mut rest, Type::Body, theme::INK_SOFT, sheet.px(16.0), word);
    let card = rest.cut_top(sheet.px(240.0));
    sheet.card(card);
    let mut inner = card.shrink2(vec2(sheet.px(44.0), sheet.px(20.0)));
    let mut below = inner.cut_bottom(sheet.px(56.0));
    let until = until(sheet, order, now);
    let place = below.cut_right(below.width() * 0.42);
    sheet.text(place, Type::Small, theme::INK, Align2::RIGHT_CENTER, &until);
    let number = format!("{} {}", sheet.word(words::PAY_ORDER), order.order);
    sheet.text(
        below,
        Type::Small,
        theme::INK_SOFT,
        Align2::LEFT_CENTER,
        &number,
    );
    let place = inner.cut_top(sheet.px(48.0));
    let label = sheet.word(words::PAY_AMOUNT);
    sheet.text(
        place,
        Type::Small,
        theme::INK_SOFT,
        Align2::LEFT_CENTER,
        label,
    );
    let amount = yuan(order.amount_fen);
    sheet.text(
        inner,
        Type::Display,
        theme::INK,
        Align2::LEFT_CENTER,
        &amount,
    );
    rest.cut_top(sheet.px(24.0));
    let word = sheet.word(words::PAY_WAITING);
    sheet.balanced(rest, Type::Body, theme::BLUE, Align2::LEFT_TOP, word);
}

/// Returns how long the order can still be paid or, by a clock that was never checked, until when.
fn until(sheet: &Sheet<'_>, order: &PayOrder, now: Now) -> String {
    if now.trust == Trust::Unknown {
        return words::with(words::PAY_UNTIL, sheet.lang, order.expires.china_clock());
    }
    let left_ms = order.expires.unix_ms().saturating_sub(now.wall.unix_ms());
    let left_s = left_ms.max(0) / 1000;
    let clock = format!("{}:{:02}", left_s / 60, left_s % 60);
    words::with(words::PAY_LEFT, sheet.lang, clock)
}

/// Draws "paid" without a name: the person who paid may have gone.
fn paid(sheet: &mut Sheet<'_>, mut rest: Rect) -> Option<Touch> {
    let act = rest.cut_bottom(sheet.px(150.0));
    let (title, more) = (
        sheet.word(words::PAY_PAID),
        sheet.word(words::PAY_PAID_MORE),
    );
    let looks = (Icon::Tick, theme::GOOD, theme::GOOD_PALE);
    ends::message(sheet, rest, looks, title, more);
    let act = area::middle(act, vec2(act.width().min(sheet.px(640.0)), act.height()));
    let home = sheet.button(act, Call::Primary, None, sheet.word(words::TO_START));
    home.then_some(Touch::Leave)
}

fn trouble(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    (title, more): (Text, Text),
    again: Text,
) -> Option<Touch> {
    let acts = rest.cut_bottom(sheet.px(150.0));
    let (title, more) = (sheet.word(title), sheet.word(more));
    let looks = (Icon::Warning, theme::WARN, theme::WARN_PALE);
    ends::message(sheet, rest, looks, title, more);
    let mut acts = area::middle(
        acts,
        vec2(acts.width().min(sheet.px(1100.0)), acts.height()),
    );
    let later = acts.cut_left(acts.width() * 0.5);
    acts.cut_left(sheet.px(24.0));
    let word = sheet.word(words::PAY_LATER);
    let later = sheet.button(later, Call::Secondary, None, word);
    let again = sheet.button(acts, Call::Primary, Some(Icon::Again), sheet.word(again));
    again
        .then_some(Touch::AskAgain)
        .or(later.then_some(Touch::PayLater))
}
