//! How far a photo has come: who has to act, by when, and what can be done here.

use std::cmp::Ordering;

use egui::{Align2, Color32, Rect, Stroke, vec2};

use super::{
    View,
    area::{self, Cut},
    ends,
    icons::Icon,
    page, qr, review, scan,
    sheet::{Call, Sheet},
    tail::{Asking, tail_ui},
    theme::{self, Type},
    words,
};
use crate::{
    calendar,
    contract::{Actor, Progress, RejectReason, Stage},
    lang::Text,
    session::{Inquiry, InquiryStep, Intent, Known, Touch, may_retake},
    time::Now,
};

/// The stages of a photo as a student counts them.
const WAY: [Text; 5] = [
    words::STAGE_TAKEN,
    words::STAGE_AUDIT,
    words::STAGE_STANDARD,
    words::STAGE_CONFIRM,
    words::STAGE_UPLOAD,
];

pub fn progress_ui(sheet: &mut Sheet<'_>, view: &View<'_>, inquiry: &Inquiry) -> Option<Touch> {
    match &inquiry.step {
        InquiryStep::Code { hint } => {
            let title = code_title(&inquiry.intent);
            scan::scan_ui(sheet, view, (title, Some(words::PROGRESS_WATCH)), *hint)
        }
        InquiryStep::Tail(tailing) => tail_ui(
            sheet,
            view,
            &Asking {
                owner: inquiry.visit,
                rule: inquiry.batch.profile.tail_rule,
                entry: &tailing.entry,
                note: words::PROGRESS_WATCH,
                is_strange: false,
            },
        ),
        InquiryStep::Asking { .. } => {
            let (rest, foot) = page::visit_page(sheet, view);
            let looks = (Icon::Clock, theme::BLUE, theme::BLUE_PALE);
            let word = sheet.word(words::PROGRESS_ASKING);
            ends::message(sheet, rest, looks, word, "");
            foot
        }
        InquiryStep::NoAnswer(_) => {
            let said = (words::PROGRESS_NO_ANSWER, words::PROGRESS_NO_ANSWER_MORE);
            nothing_ui(sheet, view, said, Some(words::TRY_AGAIN))
        }
        InquiryStep::Known(known) => known_ui(sheet, view, known),
        InquiryStep::OfReceipt(Some(progress)) => {
            let title = sheet.word(words::PROGRESS_TITLE).to_owned();
            stage_ui(sheet, view, &title, progress, None)
        }
        InquiryStep::OfReceipt(None) => {
            let said = (words::PROGRESS_NONE, words::PROGRESS_NONE_MORE);
            nothing_ui(sheet, view, said, None)
        }
    }
}

pub const fn code_title(intent: &Intent) -> Text {
    match intent {
        Intent::Look => words::PROGRESS_CODE_TITLE,
        Intent::Confirm { .. } => words::PROGRESS_CONFIRM_CODE_TITLE,
    }
}

fn nothing_ui(
    sheet: &mut Sheet<'_>,
    view: &View<'_>,
    (title, more): (Text, Text),
    again: Option<Text>,
) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    let acts = rest.cut_bottom(sheet.px(150.0));
    let (title, more) = (sheet.word(title), sheet.word(more));
    let looks = (Icon::Info, theme::BLUE, theme::BLUE_PALE);
    ends::message(sheet, rest, looks, title, more);
    let mut acts = area::middle(
        acts,
        vec2(acts.width().min(sheet.px(1100.0)), acts.height()),
    );
    let again = again.is_some_and(|word| {
        let place = acts.cut_right(acts.width() * 0.5);
        acts.cut_right(sheet.px(24.0));
        sheet.button(place, Call::Primary, Some(Icon::Again), sheet.word(word))
    });
    let home = sheet.button(acts, Call::Secondary, None, sheet.word(words::TO_START));
    again
        .then_some(Touch::AskAgain)
        .or(home.then_some(Touch::Leave))
        .or(foot)
}

fn known_ui(sheet: &mut Sheet<'_>, view: &View<'_>, known: &Known) -> Option<Touch> {
    let newest = known.found.current().or(known.found.captures.first());
    let Some(progress) = newest else {
        let said = (words::PROGRESS_NONE, words::PROGRESS_NONE_MORE);
        return nothing_ui(sheet, view, said, None);
    };
    let title = words::with(words::PROGRESS_OF, sheet.lang, &known.found.masked_name);
    stage_ui(sheet, view, &title, progress, Some(known))
}

/// Draws a stage. `known` is given only where code and tail were: a receipt shows the state and
/// does nothing.
fn stage_ui(
    sheet: &mut Sheet<'_>,
    view: &View<'_>,
    title: &str,
    progress: &Progress,
    known: Option<&Known>,
) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    let acts = rest.cut_bottom(sheet.px(if sheet.is_wide() { 130.0 } else { 150.0 }));
    rest.cut_bottom(sheet.px(28.0));
    let taken = words::with(
        words::PROGRESS_TAKEN,
        sheet.lang,
        progress.captured_at.china_date(),
    );
    let mut head = rest.cut_top(sheet.px(if sheet.is_wide() { 84.0 } else { 140.0 }));
    let aside = if sheet.is_wide() {
        head.cut_right(head.width() * 0.34)
    } else {
        head.cut_bottom(sheet.px(56.0))
    };
    let align = if sheet.is_wide() {
        Align2::RIGHT_CENTER
    } else {
        Align2::LEFT_CENTER
    };
    sheet.text(head, Type::Title, theme::INK, Align2::LEFT_CENTER, title);
    sheet.text(aside, Type::Body, theme::INK_SOFT, align, &taken);
    rest.cut_top(sheet.px(16.0));
    let way = rest.cut_top(sheet.px(124.0));
    way_ui(sheet, way, &progress.stage);
    rest.cut_top(sheet.px(16.0));
    if let Some(known) = known {
        photo_ui(sheet, &mut rest, view, known);
    }
    let look = match known {
        Some(Known {
            standard: Some(_), ..
        }) => words::PROGRESS_LOOK_FIRST,
        _ => words::PROGRESS_SCAN_FIRST,
    };
    standing(sheet, rest, &progress.stage, look);
    let deed = known.and_then(|_| deed(progress, view.now));
    choices(sheet, acts, deed).or(foot)
}

/// Draws the photo's place on its way: done, here, ahead.
fn way_ui(sheet: &mut Sheet<'_>, place: Rect, stage: &Stage) {
    let Some(here) = place_on_way(stage) else {
        return;
    };
    let radius = sheet.px(28.0);
    let y = place.top() + radius + sheet.px(4.0);
    let centre = |i: usize| area::column(place, WAY.len(), 0.0, i).center().x;
    for (i, word) in WAY.into_iter().enumerate() {
        let at = egui::pos2(centre(i), y);
        if i > 0 {
            let color = if i <= here { theme::GOOD } else { theme::LINE };
            let gap = radius + sheet.px(12.0);
            let line = Stroke::new(sheet.px(5.0), color);
            let ends = centre(i - 1) + gap..=centre(i) - gap;
            sheet.ui.painter().hline(ends, y, line);
        }
        let mark = Rect::from_center_size(at, vec2(radius, radius));
        let (ink, fill, rim, sign) = match i.cmp(&here) {
            Ordering::Less => {
                let sign = Some((Icon::Tick, theme::ON_BLUE));
                (theme::INK_SOFT, theme::GOOD, theme::GOOD, sign)
            }
            Ordering::Equal => {
                let (ink, fill, icon) = looks(stage);
                (ink, fill, ink, Some((icon, ink)))
            }
            Ordering::Greater => (theme::INK_FAINT, theme::CARD, theme::LINE, None),
        };
        let rim = Stroke::new(sheet.px(4.0), rim);
        sheet.ui.painter().circle(at, radius, fill, rim);
        if let Some((icon, color)) = sign {
            sheet.icon(mark, icon, color);
        }
        let mut name = area::column(place, WAY.len(), 0.0, i);
        name.min.y = y + radius + sheet.px(8.0);
        let word = sheet.word(word);
        sheet.text(name, Type::Small, ink, Align2::CENTER_TOP, word);
    }
}

/// Returns which step of [`WAY`] a stage is at; past the last one when all is done, `None` for a
/// photo that no longer counts.
const fn place_on_way(stage: &Stage) -> Option<usize> {
    Some(match stage {
        Stage::AwaitingPayment | Stage::InAudit { .. } | Stage::Rejected { .. } => 1,
        Stage::Passed { .. } => 2,
        Stage::ToConfirm { .. } => 3,
        Stage::Confirmed { .. } => 4,
        Stage::Uploaded { .. } => WAY.len(),
        Stage::Replaced | Stage::Voided | Stage::Withdrawn => return None,
    })
}

/// Returns ink, ground and sign of a stage.
const fn looks(stage: &Stage) -> (Color32, Color32, Icon) {
    match stage.actor() {
        Actor::Student => (theme::WARN, theme::WARN_PALE, Icon::Warning),
        Actor::Platform => (theme::BLUE, theme::BLUE_PALE, Icon::Clock),
        Actor::Nobody if matches!(stage, Stage::Uploaded { .. }) => {
            (theme::GOOD, theme::GOOD_PALE, Icon::Tick)
        }
        Actor::Nobody => (theme::INK_SOFT, theme::PAPER, Icon::Info),
    }
}

/// Draws what the stage means: its name, whose turn it is, by when, and why. `look` says how to see
/// the photo before confirming it.
fn standing(sheet: &mut Sheet<'_>, mut place: Rect, stage: &Stage, look: Text) {
    let place = place.cut_top(place.height().min(sheet.px(640.0)));
    sheet.card(place);
    let mut inner = place.shrink2(vec2(sheet.px(44.0), sheet.px(24.0)));
    let (ink, ground, icon) = looks(stage);
    let mut head = inner.cut_top(sheet.px(88.0));
    let badge = head.cut_left(sheet.px(88.0));
    let radius = sheet.px(42.0);
    let painter = sheet.ui.painter();
    painter.circle_filled(badge.center(), radius, ground);
    sheet.icon(area::middle(badge, vec2(radius, radius)), icon, ink);
    head.cut_left(sheet.px(24.0));
    let word = sheet.word(stage.title());
    sheet.text(head, Type::Title, ink, Align2::LEFT_CENTER, word);
    inner.cut_top(sheet.px(12.0));
    let reasons = if let Stage::Rejected { reasons, .. } = stage {
        reasons.as_slice()
    } else {
        &[]
    };
    // On a wide screen the reasons are beside what is to be done, on a tall one below it.
    if sheet.is_wide() && !reasons.is_empty() {
        let beside = inner.cut_right(inner.width() * 0.56);
        reasons_ui(sheet, beside, reasons);
    }
    let whose = match stage.actor() {
        Actor::Student => words::PROGRESS_WHO_YOU,
        Actor::Platform => words::PROGRESS_WHO_PLATFORM,
        Actor::Nobody => words::PROGRESS_WHO_NOBODY,
    };
    let word = sheet.word(whose);
    sheet.paragraph(&mut inner, Type::Body, theme::INK, sheet.px(8.0), word);
    if let Some(by) = deadline(sheet, stage) {
        sheet.paragraph(&mut inner, Type::Body, theme::INK_SOFT, sheet.px(14.0), &by);
    }
    if !sheet.is_wide() {
        reasons_ui(sheet, inner, reasons);
    }
    if let Stage::ToConfirm { .. } = stage {
        let word = sheet.word(look);
        sheet.paragraph(&mut inner, Type::Body, theme::INK_SOFT, 0.0, word);
    }
}

fn deadline(sheet: &Sheet<'_>, stage: &Stage) -> Option<String> {
    let promised = |promise: &calendar::Promise| {
        let text = if promise.estimate {
            words::PROGRESS_BY_ESTIMATE
        } else {
            words::PROGRESS_BY
        };
        words::with(text, sheet.lang, promise.date)
    };
    match stage {
        Stage::InAudit { by } => Some(promised(by)),
        Stage::Passed { standard_by } => Some(promised(standard_by)),
        Stage::Confirmed { upload_by, .. } => Some(promised(upload_by)),
        Stage::ToConfirm { by } => {
            let day = by.china_date();
            Some(words::with(words::PROGRESS_YOU_BY, sheet.lang, day))
        }
        Stage::Rejected { retake_until, .. } => retake_until
            .map(|until| words::with(words::PROGRESS_RETAKE_BY, sheet.lang, until.china_date())),
        Stage::AwaitingPayment
        | Stage::Uploaded { .. }
        | Stage::Replaced
        | Stage::Voided
        | Stage::Withdrawn => None,
    }
}

fn reasons_ui(sheet: &mut Sheet<'_>, mut rest: Rect, reasons: &[RejectReason]) {
    for reason in reasons {
        let word = sheet.word(reason.sentence());
        let wrap = rest.width() - sheet.px(56.0);
        let height = sheet.height_of(wrap, Type::Body, word);
        // No line is cut in half: what has no room can be read on the student's own phone.
        if height > rest.height() {
            return;
        }
        let mut row = rest.cut_top(height);
        rest.cut_top(sheet.px(12.0));
        let mark = row.cut_left(sheet.px(36.0));
        let side = sheet.px(30.0);
        sheet.icon(
            area::middle(mark, vec2(side, side)),
            Icon::Cross,
            theme::BAD,
        );
        row.cut_left(sheet.px(20.0));
        sheet.text(row, Type::Body, theme::INK, Align2::LEFT_CENTER, word);
    }
}

/// Draws the standard photo while it waits to be confirmed, and how to take it home.
fn photo_ui(sheet: &mut Sheet<'_>, rest: &mut Rect, view: &View<'_>, known: &Known) {
    let Some(link) = &known.found.download else {
        return;
    };
    let gap = sheet.px(28.0);
    let mut row = if sheet.is_wide() {
        let widths = if known.standard.is_some() { 1.85 } else { 0.9 };
        let row = rest.cut_right(rest.height() * widths);
        rest.cut_right(gap);
        row
    } else {
        let row = rest.cut_bottom((rest.height() * 0.5).min(sheet.px(640.0)));
        rest.cut_bottom(gap);
        row
    };
    if known.standard.is_some() {
        let card = row.cut_left(row.height() * if sheet.is_wide() { 0.82 } else { 0.7 });
        row.cut_left(gap);
        standard_ui(sheet, card, view);
    }
    let about = (words::PROGRESS_DOWNLOAD, words::PROGRESS_DOWNLOAD_MORE);
    qr::card(sheet, row, &link.url, about);
}

fn standard_ui(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>) {
    sheet.card(place);
    let mut inner = place.shrink(sheet.px(20.0));
    let title = inner.cut_bottom(sheet.px(56.0));
    inner.cut_bottom(sheet.px(8.0));
    let word = sheet.word(words::PROGRESS_STANDARD);
    sheet.text(title, Type::Body, theme::INK, Align2::CENTER_CENTER, word);
    review::portrait(sheet, inner, view);
}

/// Returns what can be done here and now about a stage.
fn deed(progress: &Progress, now: Now) -> Option<(Text, Touch)> {
    match &progress.stage {
        Stage::AwaitingPayment => Some((words::PROGRESS_PAY, Touch::PayNow)),
        Stage::Rejected { .. } if may_retake(progress, now) => {
            Some((words::PROGRESS_RETAKE, Touch::Start))
        }
        Stage::ToConfirm { .. } => Some((words::PROGRESS_CONFIRM, Touch::ConfirmStandard)),
        Stage::Rejected { .. }
        | Stage::InAudit { .. }
        | Stage::Passed { .. }
        | Stage::Confirmed { .. }
        | Stage::Uploaded { .. }
        | Stage::Replaced
        | Stage::Voided
        | Stage::Withdrawn => None,
    }
}

fn choices(sheet: &mut Sheet<'_>, mut acts: Rect, deed: Option<(Text, Touch)>) -> Option<Touch> {
    let done = deed.and_then(|(word, touch)| {
        let place = acts.cut_right(acts.width() * 0.62);
        acts.cut_right(sheet.px(24.0));
        let touched = sheet.button(place, Call::Primary, None, sheet.word(word));
        touched.then_some(touch)
    });
    let home = sheet.button(acts, Call::Secondary, None, sheet.word(words::TO_START));
    done.or(home.then_some(Touch::Leave))
}
