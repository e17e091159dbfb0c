//! Durable: the only screen that says "done".

use egui::{Align2, Color32, Rect, vec2};

use super::{
    View,
    area::{self, Cut},
    icons::Icon,
    page, qr,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{
    booth::Link,
    calendar::Promise,
    lang::{Lang, Text},
    session::{Fee, Receipted, Touch},
    time::Trust,
};

pub fn receipt_ui(sheet: &mut Sheet<'_>, view: &View<'_>, receipt: &Receipted) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    let about = (words::RECEIPT_QR, words::RECEIPT_QR_MORE);
    let done;
    if sheet.is_wide() {
        let qr = rest.cut_right(sheet.px(560.0));
        rest.max.x -= sheet.px(64.0);
        done = rest.cut_bottom(sheet.px(130.0));
        rest.cut_bottom(sheet.px(28.0));
        saved(sheet, &mut rest, receipt);
        fee(sheet, &mut rest, receipt.fee);
        let heading = (receipt.fee == Fee::Nothing).then_some(words::RECEIPT_NEXT);
        next_steps(sheet, rest, heading, &steps(sheet, view, receipt));
        qr::card(sheet, qr, &receipt.link, about);
    } else {
        done = rest.cut_bottom(sheet.px(150.0));
        rest.cut_bottom(sheet.px(30.0));
        saved(sheet, &mut rest, receipt);
        fee(sheet, &mut rest, receipt.fee);
        let next = rest.cut_bottom(sheet.px(430.0));
        rest.cut_bottom(sheet.px(28.0));
        qr::card(sheet, rest, &receipt.link, about);
        let steps = steps(sheet, view, receipt);
        next_steps(sheet, next, Some(words::RECEIPT_NEXT), &steps);
    }
    let mut acts = done;
    let next = acts.cut_right(acts.width() * 0.42);
    acts.cut_right(sheet.px(24.0));
    let done = sheet.button(acts, Call::Primary, None, sheet.word(words::DONE));
    let next = sheet.button(next, Call::Secondary, None, sheet.word(words::NEXT_START));
    done.then_some(Touch::Leave)
        .or(next.then_some(Touch::Start))
        .or(foot)
}

/// Draws the good news and the code to read out.
fn saved(sheet: &mut Sheet<'_>, rest: &mut Rect, receipt: &Receipted) {
    let mut head = rest.cut_top(sheet.px(196.0));
    rest.cut_top(sheet.px(24.0));
    let badge = head.cut_left(sheet.px(130.0));
    let at = badge.center();
    sheet
        .ui
        .painter()
        .circle_filled(at, sheet.px(62.0), theme::GOOD);
    let side = sheet.px(66.0);
    sheet.icon(
        Rect::from_center_size(at, vec2(side, side)),
        Icon::Tick,
        theme::ON_BLUE,
    );
    head.cut_left(sheet.px(32.0));
    let title = head.cut_top(sheet.px(80.0));
    let word = sheet.word(words::RECEIPT_TITLE);
    sheet.text(title, Type::Title, theme::INK, Align2::LEFT_CENTER, word);
    let label = sheet.word(words::RECEIPT_CODE);
    let width = sheet.width_of(Type::Body, label) + sheet.px(24.0);
    let name = head.cut_left(width);
    sheet.text(
        name,
        Type::Body,
        theme::INK_SOFT,
        Align2::LEFT_CENTER,
        label,
    );
    let code = receipt.visit.short();
    sheet.text(head, Type::Display, theme::BLUE, Align2::LEFT_CENTER, &code);
}

/// Draws what was paid, or is still to be paid.
fn fee(sheet: &mut Sheet<'_>, rest: &mut Rect, fee: Fee) {
    match fee {
        Fee::Nothing => {}
        Fee::Owed => fee_line(
            sheet,
            rest,
            (theme::WARN, theme::WARN_PALE),
            words::RECEIPT_OWED,
        ),
        Fee::Paid => fee_line(
            sheet,
            rest,
            (theme::GOOD, theme::GOOD_PALE),
            words::RECEIPT_PAID,
        ),
    }
}

fn fee_line(sheet: &mut Sheet<'_>, rest: &mut Rect, (ink, fill): (Color32, Color32), said: Text) {
    let mut place = rest.cut_top(sheet.px(84.0));
    rest.cut_top(sheet.px(20.0));
    sheet.panel(place, fill, ink);
    place = place.shrink2(vec2(sheet.px(28.0), sheet.px(10.0)));
    let icon = place.cut_left(sheet.px(44.0));
    let side = sheet.px(40.0);
    let sign = if ink == theme::GOOD {
        Icon::Tick
    } else {
        Icon::Warning
    };
    sheet.icon(area::middle(icon, vec2(side, side)), sign, ink);
    place.cut_left(sheet.px(24.0));
    let word = sheet.word(said);
    sheet.text(place, Type::Body, theme::INK, Align2::LEFT_CENTER, word);
}

/// Returns what happens next, with dates where they are known: the audit's if the photo is being
/// sent now and nothing is owed.
fn steps(sheet: &Sheet<'_>, view: &View<'_>, receipt: &Receipted) -> [String; 4] {
    let calendar = &view.published.calendar;
    let has_date = view.now.trust != Trust::Unknown;
    let goes_now = view.health.link == Link::Up && receipt.fee != Fee::Owed;
    let audit = (has_date && goes_now).then(|| calendar.audit_by(receipt.saved_at.china_date()));
    let batch = view.session.batch().filter(|_| has_date);
    let upload = batch.map(|batch| calendar.upload_by(batch.closes.last_moment().china_date()));
    let dated = |promise: Option<Promise>, usual: Text, by: Text| match promise {
        None => sheet.word(usual).to_owned(),
        Some(promise) => words::with(by, sheet.lang, said(promise, sheet.lang)),
    };
    [
        sheet.word(words::RECEIPT_NEXT_1).to_owned(),
        dated(audit, words::RECEIPT_NEXT_2, words::RECEIPT_NEXT_2_BY),
        sheet.word(words::RECEIPT_NEXT_3).to_owned(),
        dated(upload, words::RECEIPT_NEXT_4, words::RECEIPT_NEXT_4_BY),
    ]
}

/// Returns a date, marked if it is an estimate.
fn said(promise: Promise, lang: Lang) -> String {
    if promise.estimate {
        words::with(words::ABOUT_DATE, lang, promise.date)
    } else {
        promise.date.to_string()
    }
}

/// Draws the next steps; their heading is dropped where the fee needs the room.
fn next_steps(sheet: &mut Sheet<'_>, place: Rect, heading: Option<Text>, steps: &[String; 4]) {
    sheet.card(place);
    let mut inner = place.shrink2(vec2(sheet.px(40.0), sheet.px(24.0)));
    if let Some(heading) = heading {
        let word = sheet.word(heading);
        sheet.paragraph(&mut inner, Type::Heading, theme::INK, sheet.px(10.0), word);
    }
    for (i, step) in steps.iter().enumerate() {
        let mut row = area::row(inner, steps.len(), sheet.px(4.0), i);
        let number = row.cut_left(sheet.px(56.0));
        let centre = egui::pos2(number.left() + sheet.px(20.0), number.center().y);
        sheet
            .ui
            .painter()
            .circle_filled(centre, sheet.px(20.0), theme::BLUE_PALE);
        let at = Rect::from_center_size(centre, vec2(sheet.px(40.0), sheet.px(40.0)));
        sheet.text(
            at,
            Type::Small,
            theme::BLUE,
            Align2::CENTER_CENTER,
            &(i + 1).to_string(),
        );
        sheet.balanced(row, Type::Small, theme::INK, Align2::LEFT_CENTER, step);
    }
}
