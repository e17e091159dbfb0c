//! The engineer's page: the doctor's findings, versions and keys, the end of the log.

use egui::{Align2, Rect, vec2};

use super::{headed, lines, say};
use crate::{
    session::{
        Touch,
        desk::{DeskTouch, Examined, Finding, Level},
    },
    ui::{
        View,
        area::{self, Cut},
        icons::Icon,
        sheet::{Call, Sheet},
        theme::{self, Type},
        words,
    },
};

pub fn engineer_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    view: &View<'_>,
    examined: Option<&Examined>,
) -> Option<Touch> {
    let act = rest.cut_bottom(sheet.px(100.0));
    rest.cut_bottom(sheet.px(20.0));
    let Some(examined) = examined else {
        let align = Align2::CENTER_CENTER;
        let word = sheet.word(say::ONE_MOMENT);
        sheet.text(rest, Type::Body, theme::INK_SOFT, align, word);
        return None;
    };
    let gap = sheet.px(24.0);
    let (findings, beside) = sheet.panes(rest, 0.47, gap);
    findings_ui(sheet, findings, &examined.findings);
    let cell = |i| area::row(beside, 3, gap, i);
    let versions = examined.versions.iter();
    let versions: Vec<String> = versions
        .map(|(name, version)| format!("{name}  {version}"))
        .collect();
    let mut inner = headed(sheet, cell(0), say::VERSIONS);
    lines(sheet, &mut inner, Type::Fine, theme::INK, &versions);
    let mut inner = headed(sheet, cell(1), words::DESK_ERRORS);
    if view.health.last_errors.is_empty() {
        let none = [sheet.word(words::DESK_NO_ERRORS).to_owned()];
        lines(sheet, &mut inner, Type::Fine, theme::INK_SOFT, &none);
    }
    let errors = &view.health.last_errors;
    lines(sheet, &mut inner, Type::Fine, theme::INK, errors);
    log_ui(sheet, cell(2), &examined.log);
    let place = area::middle(act, vec2(sheet.px(520.0), act.height()));
    let word = sheet.word(say::AGAIN);
    let again = sheet.button(place, Call::Secondary, Some(Icon::Again), word);
    again.then_some(Touch::Desk(DeskTouch::ExamineAgain))
}

fn findings_ui(sheet: &mut Sheet<'_>, place: Rect, findings: &[Finding]) {
    let mut inner = headed(sheet, place, say::FINDINGS);
    let side = sheet.px(30.0);
    // What keeps the booth closed comes first.
    for wanted in [Level::Fail, Level::Warn, Level::Ok] {
        for finding in findings.iter().filter(|finding| finding.level == wanted) {
            let text = format!("{}  {}", finding.name, finding.text);
            let width = inner.width() - side - sheet.px(16.0);
            let height = sheet.height_of(width, Type::Fine, &text);
            if height > inner.height() {
                return;
            }
            let mut row = inner.cut_top(height);
            inner.cut_top(sheet.px(10.0));
            let (icon, ink) = match wanted {
                Level::Ok => (Icon::Tick, theme::GOOD),
                Level::Warn => (Icon::Warning, theme::WARN),
                Level::Fail => (Icon::Cross, theme::BAD),
            };
            let mut sign = row.cut_left(side);
            sheet.icon(sign.cut_top(side), icon, ink);
            row.cut_left(sheet.px(16.0));
            sheet.text(row, Type::Fine, theme::INK, Align2::LEFT_TOP, &text);
        }
    }
}

/// Draws as many of the last lines as fit, in their order.
fn log_ui(sheet: &mut Sheet<'_>, place: Rect, log: &[String]) {
    let mut inner = headed(sheet, place, say::LOG);
    let mut room = inner.height();
    let newest = log.iter().rev().take_while(|line| {
        room -= sheet.height_of(inner.width(), Type::Fine, line) + sheet.px(8.0);
        room >= 0.0
    });
    let fitting = newest.count();
    let from = log.len() - fitting;
    let shown = log.get(from..).unwrap_or_default();
    lines(sheet, &mut inner, Type::Fine, theme::INK_SOFT, shown);
}
