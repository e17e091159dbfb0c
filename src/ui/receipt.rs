//! Durable: the only screen that says "done".

use egui::{Align2, Color32, Rect, vec2};

use super::{
    View,
    area::{self, Cut},
    icons::Icon,
    page, qr,
    sheet::{Call, Sheet},
    slip::Slip,
    theme::{self, Type},
    words,
};
use crate::{
    booth::PrinterState,
    lang::Text,
    session::{Fee, Receipted, SlipStep, Touch},
};

pub fn receipt_ui(sheet: &mut Sheet<'_>, view: &View<'_>, receipt: &Receipted) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    let steps = Slip::of(view, receipt).steps();
    let has_slip = has_slip(view, receipt);
    let (mut acts, qr, paper);
    if sheet.is_wide() {
        qr = rest.cut_right(sheet.px(560.0));
        rest.max.x -= sheet.px(64.0);
        acts = rest.cut_bottom(sheet.px(130.0));
        rest.cut_bottom(sheet.px(28.0));
        paper = has_slip.then(|| {
            let paper = acts.cut_right(acts.width() * 0.31);
            acts.cut_right(sheet.px(24.0));
            paper
        });
        saved(sheet, &mut rest, receipt);
        fee(sheet, &mut rest, receipt.fee);
        let heading = (receipt.fee == Fee::Nothing).then_some(words::RECEIPT_NEXT);
        next_steps(sheet, rest, heading, &steps);
    } else {
        acts = rest.cut_bottom(sheet.px(150.0));
        rest.cut_bottom(sheet.px(30.0));
        // Low, as everything that is touched.
        paper = has_slip.then(|| {
            let paper = rest.cut_bottom(sheet.px(120.0));
            rest.cut_bottom(sheet.px(24.0));
            paper
        });
        saved(sheet, &mut rest, receipt);
        fee(sheet, &mut rest, receipt.fee);
        let (heading, height) = match (has_slip, receipt.fee) {
            (false, _) => (Some(words::RECEIPT_NEXT), 430.0),
            (true, Fee::Nothing) => (Some(words::RECEIPT_NEXT), 370.0),
            (true, Fee::Owed | Fee::Paid) => (None, 310.0),
        };
        let next = rest.cut_bottom(sheet.px(height));
        rest.cut_bottom(sheet.px(28.0));
        next_steps(sheet, next, heading, &steps);
        qr = rest;
    }
    let about = (words::RECEIPT_QR, words::RECEIPT_QR_MORE);
    qr::card(sheet, qr, &receipt.link, about);
    let next = acts.cut_right(acts.width() * 0.42);
    acts.cut_right(sheet.px(24.0));
    let done = sheet.button(acts, Call::Primary, None, sheet.word(words::DONE));
    let next = sheet.button(next, Call::Secondary, None, sheet.word(words::NEXT_START));
    let print = paper.and_then(|place| slip(sheet, place, &receipt.slip));
    done.then_some(Touch::Leave)
        .or(next.then_some(Touch::Start))
        .or(print)
        .or(foot)
}

/// Returns whether a slip is offered or was asked for.
fn has_slip(view: &View<'_>, receipt: &Receipted) -> bool {
    let is_ready = view.health.printer == Some(PrinterState::Ready);
    let is_offered = is_ready && !view.session.practises();
    is_offered || receipt.slip != SlipStep::NotAsked
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

/// Offers the receipt on paper, and shows how far that has come.
fn slip(sheet: &mut Sheet<'_>, place: Rect, step: &SlipStep) -> Option<Touch> {
    let warning = (theme::WARN_PALE, theme::WARN);
    let (said, (fill, line)) = match step {
        SlipStep::NotAsked => {
            let word = sheet.word(words::SLIP_PRINT);
            let touched = sheet.tile(place, Call::Secondary, Icon::Document, word);
            return touched.then_some(Touch::PrintSlip);
        }
        SlipStep::Printing => (words::SLIP_PRINTING, (theme::CARD, theme::LINE)),
        SlipStep::Printed => (words::SLIP_PRINTED, (theme::GOOD_PALE, theme::GOOD)),
        SlipStep::NotPrinted(PrinterState::NoPaper) => (words::SLIP_NO_PAPER, warning),
        SlipStep::NotPrinted(
            PrinterState::Ready | PrinterState::CoverOpen | PrinterState::Fault(_),
        ) => (words::SLIP_FAILED, warning),
    };
    sheet.panel(place, fill, line);
    let inner = place.shrink2(vec2(sheet.px(14.0), sheet.px(12.0)));
    let word = sheet.word(said);
    sheet.balanced(inner, Type::Body, theme::INK, Align2::CENTER_CENTER, word);
    None
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
