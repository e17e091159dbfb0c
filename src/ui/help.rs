//! Staff beside a sitter: which checks of a refused picture they set aside, and why; or a head to
//! be marked.

use egui::{Align2, Rect, vec2};

use super::{
    View,
    area::{self, Cut},
    icons::Icon,
    importing, marking, page, review,
    sheet::{Call, Sheet},
    staff,
    theme::{self, Type},
    words,
};
use crate::{
    capture::OverrideReason,
    checks::{
        Check,
        words::{measured, sentence},
    },
    profile::CheckId,
    session::{Case, Helping, Refused, Touch, desk::Gate},
};

/// Height of one check with its reasons, in design units: reasons below it, or beside it on a wide
/// screen.
const TALL_ROW: f32 = 214.0;
const WIDE_ROW: f32 = 132.0;

pub fn help_ui(sheet: &mut Sheet<'_>, view: &View<'_>, helping: &Helping) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    let touch = match (&helping.gate, &helping.case) {
        (Gate::Locked(lock), _) => staff::locked(sheet, &mut rest, lock),
        (Gate::Open(_), Case::Refused(refused)) => {
            let overridable = &helping.sitter.batch().profile.overridable;
            open(sheet, rest, view, (refused, overridable))
        }
        (Gate::Open(_), Case::Unseen(marking)) => {
            let bands = &helping.sitter.batch().profile.bands;
            marking::marking_ui(sheet, rest, view, (marking, bands))
        }
        (Gate::Open(_), Case::Import(importing)) => {
            importing::importing_ui(sheet, rest, view, importing)
        }
    };
    touch.or(foot)
}

fn open(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    view: &View<'_>,
    (refused, overridable): (&Refused, &[CheckId]),
) -> Option<Touch> {
    let checks = shown(refused, overridable);
    let acts = rest.cut_bottom(sheet.px(130.0));
    rest.cut_bottom(sheet.px(28.0));
    if sheet.is_wide() {
        let photo = rest.cut_left(rest.height() * review::PORTRAIT);
        rest.cut_left(sheet.px(56.0));
        review::portrait(sheet, photo, view);
        titles(sheet, &mut rest);
    } else {
        titles(sheet, &mut rest);
        let rows = sheet.px(TALL_ROW) * checks.len() as f32;
        let photo = rest.cut_top((rest.height() - rows).clamp(sheet.px(240.0), sheet.px(640.0)));
        rest.cut_top(sheet.px(28.0));
        review::portrait(sheet, photo, view);
    }
    let decided = checks_ui(sheet, rest, &checks, |check| {
        match refused.reason(check.id) {
            Some(reason) => Answer::Aside(reason),
            None if overridable.contains(&check.id) => Answer::Open,
            None => Answer::MustBeRight,
        }
    });
    decided.or(choices(sheet, acts, refused))
}

fn titles(sheet: &mut Sheet<'_>, rest: &mut Rect) {
    let word = sheet.word(words::HELP_TITLE);
    sheet.paragraph(rest, Type::Title, theme::INK, sheet.px(2.0), word);
    let word = sheet.word(words::HELP_MORE);
    sheet.paragraph(rest, Type::Small, theme::INK_SOFT, sheet.px(24.0), word);
}

/// Returns the checks that refuse the picture. If some may not be set aside, only those are shown:
/// deciding about the others would not help.
fn shown<'a>(refused: &'a Refused, overridable: &[CheckId]) -> Vec<&'a Check> {
    let checks = refused.portrait.checks.iter();
    let refusing: Vec<&Check> = checks.filter(|check| check.refuses()).collect();
    let (open, fixed): (Vec<&Check>, Vec<&Check>) = refusing
        .into_iter()
        .partition(|check| overridable.contains(&check.id));
    if fixed.is_empty() { open } else { fixed }
}

fn checks_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    checks: &[&Check],
    answer: impl Fn(&Check) -> Answer,
) -> Option<Touch> {
    let row = sheet.px(if sheet.is_wide() { WIDE_ROW } else { TALL_ROW });
    let height = row.min(rest.height() / checks.len().max(1) as f32);
    let mut touch = None;
    for check in checks {
        let mut place = rest.cut_top(height);
        place.cut_bottom(sheet.px(16.0));
        touch = touch.or(check_ui(sheet, place, check, answer(check)));
    }
    touch
}

/// What staff may answer to a check, or have answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    MustBeRight,
    Open,
    Aside(OverrideReason),
}

fn check_ui(sheet: &mut Sheet<'_>, place: Rect, check: &Check, answer: Answer) -> Option<Touch> {
    sheet.card(place);
    let mut inner = place.shrink2(vec2(sheet.px(26.0), sheet.px(14.0)));
    let (head, reasons);
    if sheet.is_wide() {
        reasons = inner.cut_right(inner.width() * 0.54);
        head = inner;
    } else {
        head = inner.cut_top(sheet.px(76.0).min(inner.height() * 0.45));
        inner.cut_top(sheet.px(10.0));
        reasons = inner;
    }
    fault_ui(sheet, head, check, answer);
    if answer == Answer::MustBeRight {
        let word = sheet.word(words::HELP_FIXED);
        sheet.text(reasons, Type::Small, theme::WARN, Align2::LEFT_CENTER, word);
        return None;
    }
    let mut touch = None;
    let count = OverrideReason::ALL.len();
    let cells: Vec<(Rect, &str)> = OverrideReason::ALL
        .into_iter()
        .enumerate()
        .map(|(i, reason)| {
            let cell = area::column(reasons, count, sheet.px(16.0), i);
            (cell, sheet.word(words::reason(reason)))
        })
        .collect();
    let font = sheet.button_font(Type::Body, Call::Secondary, &cells);
    for (reason, (cell, word)) in OverrideReason::ALL.into_iter().zip(cells) {
        let call = if answer == Answer::Aside(reason) {
            Call::Primary
        } else {
            Call::Secondary
        };
        if sheet.button_in(cell, call, None, word, font.clone()) {
            touch = Some(Touch::SetAside(check.id, reason));
        }
    }
    touch
}

/// Draws what is wrong, and by how much.
fn fault_ui(sheet: &mut Sheet<'_>, mut place: Rect, check: &Check, answer: Answer) {
    let (icon, color) = match answer {
        Answer::Aside(_) => (Icon::Tick, theme::GOOD),
        Answer::Open | Answer::MustBeRight => (Icon::Warning, theme::WARN),
    };
    let side = sheet.px(40.0);
    let sign = place.cut_left(side);
    sheet.icon(area::middle(sign, vec2(side, side)), icon, color);
    place.cut_left(sheet.px(16.0));
    let number = place.cut_bottom(place.height() * 0.4);
    sheet.text(
        place,
        Type::Small,
        theme::INK,
        Align2::LEFT_CENTER,
        sentence(check, sheet.lang),
    );
    sheet.text(
        number,
        Type::Fine,
        theme::INK_SOFT,
        Align2::LEFT_CENTER,
        &measured(check),
    );
}

fn choices(sheet: &mut Sheet<'_>, mut acts: Rect, refused: &Refused) -> Option<Touch> {
    let again = acts.cut_left(acts.width() * 0.38);
    acts.cut_left(sheet.px(24.0));
    let word = sheet.word(words::RETAKE);
    let retake = sheet.button(again, Call::Secondary, Some(Icon::Again), word);
    let call = if refused.is_settled() {
        Call::Primary
    } else {
        Call::Later
    };
    let pass = sheet.button(acts, call, Some(Icon::Tick), sheet.word(words::LET_PASS));
    pass.then_some(Touch::LetPass)
        .or(retake.then_some(Touch::Retake))
}
