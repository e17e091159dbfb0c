//! Where a visit ends without a picture, and where none can begin.

use egui::{Align2, Color32, Rect, vec2};

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
    booth::Fault,
    contract::{BatchRefusal, ServiceLine},
    session::{Stop, Touch},
};

pub fn stopped_ui(sheet: &mut Sheet<'_>, view: &View<'_>, stop: &Stop) -> Option<Touch> {
    let (mut rest, foot) = page::plain_page(sheet, view);
    let (title, more) = words::stop(stop);
    let (icon, ink, fill) = match stop {
        Stop::Refused | Stop::AlreadyAccepted => (Icon::Tick, theme::GOOD, theme::GOOD_PALE),
        Stop::UnderFourteen => (Icon::Info, theme::BLUE, theme::BLUE_PALE),
        Stop::Batch(_) | Stop::NotPaid | Stop::TooManyTails => {
            (Icon::Warning, theme::WARN, theme::WARN_PALE)
        }
    };
    let act = rest.cut_bottom(sheet.px(150.0));
    let help = rest.cut_bottom(sheet.px(150.0));
    let line = words::help_line(view.published.service.as_ref(), sheet.lang);
    sheet.balanced(
        help,
        Type::Small,
        theme::INK_SOFT,
        Align2::CENTER_CENTER,
        &line,
    );
    let more = match stop {
        Stop::Batch(BatchRefusal {
            name: Some(name), ..
        }) => format!("{name}\n{}", sheet.word(more)),
        Stop::Batch(_)
        | Stop::Refused
        | Stop::UnderFourteen
        | Stop::NotPaid
        | Stop::AlreadyAccepted
        | Stop::TooManyTails => sheet.word(more).to_owned(),
    };
    message(sheet, rest, (icon, ink, fill), sheet.word(title), &more);
    let place = area::middle(act, vec2(act.width().min(sheet.px(720.0)), act.height()));
    let home = sheet.button(place, Call::Primary, None, sheet.word(words::TO_START));
    let mut corner = page::frame(sheet).1;
    let staff = view.session.countdown(view.now.mono).is_none() && {
        let lock = corner.cut_left(sheet.px(88.0));
        sheet.icon_button(lock, Icon::Lock, sheet.word(words::STAFF))
    };
    home.then_some(Touch::Leave)
        .or(staff.then_some(Touch::Staff))
        .or(foot)
}

pub fn blocked_ui(sheet: &mut Sheet<'_>, view: &View<'_>, fault: &Fault) -> Option<Touch> {
    let (_, mut foot) = page::frame(sheet);
    closed_ui(sheet, fault, view.published.service.as_ref(), &[]);
    let lock = foot.cut_left(sheet.px(88.0));
    let staff = sheet.icon_button(lock, Icon::Lock, sheet.word(words::STAFF));
    let language = page::foot_buttons(sheet, view, foot);
    staff.then_some(Touch::Staff).or(language)
}

/// Draws the screen of a booth that could not even start: no session and nothing to touch, so both
/// languages are shown.
pub fn cannot_begin_ui(sheet: &mut Sheet<'_>, fault: &Fault, service: Option<&ServiceLine>) {
    let english = fault.sentence().en;
    closed_ui(sheet, fault, service, &[english, words::BLOCKED_MORE.en]);
}

/// Draws "out of service": why, where else to go, whom to call, and whether it passes by itself;
/// then whatever else there is to say.
fn closed_ui(sheet: &mut Sheet<'_>, fault: &Fault, service: Option<&ServiceLine>, also: &[&str]) {
    let (mut rest, _) = page::frame(sheet);
    let detail = rest.cut_bottom(sheet.px(90.0));
    let phone = rest.cut_bottom(sheet.px(100.0));
    let looks = match fault {
        Fault::Camera => (Icon::Camera, theme::BLUE, theme::BLUE_PALE),
        Fault::WrongCamera(_) => (Icon::Camera, theme::WARN, theme::WARN_PALE),
        Fault::Clock(_) => (Icon::Clock, theme::WARN, theme::WARN_PALE),
        Fault::Updating => (Icon::Clock, theme::BLUE, theme::BLUE_PALE),
        Fault::Config(_)
        | Fault::Models(_)
        | Fault::NotEnrolled
        | Fault::DiskFull
        | Fault::Outbox(_)
        | Fault::Batch(_) => (Icon::Warning, theme::WARN, theme::WARN_PALE),
    };
    let mut lines = vec![sheet.word(fault.sentence()).to_owned()];
    if let Fault::Batch(refusal) = fault {
        lines.push(words::batch_refusal(refusal, sheet.lang));
    }
    lines.push(sheet.word(words::BLOCKED_MORE).to_owned());
    if fault.passes_by_itself() {
        lines.push(sheet.word(words::BLOCKED_RETURNS).to_owned());
    }
    lines.extend(also.iter().map(|line| (*line).to_owned()));
    let more = lines.join("\n");
    message(sheet, rest, looks, sheet.word(words::BLOCKED_TITLE), &more);
    let line = words::help_line(service, sheet.lang);
    let align = Align2::CENTER_CENTER;
    sheet.balanced(phone, Type::Small, theme::INK_SOFT, align, &line);
    let cause = if let Fault::Clock(earliest) = fault {
        format!("≥ {} UTC", earliest.0.strftime("%Y-%m-%d %H:%M"))
    } else {
        fault.detail().to_owned()
    };
    sheet.text(
        detail,
        Type::Fine,
        theme::INK_FAINT,
        Align2::CENTER_BOTTOM,
        &cause,
    );
}

/// Draws a large sign, a title, and what to do.
pub fn message(
    sheet: &mut Sheet<'_>,
    rest: Rect,
    (icon, ink, fill): (Icon, Color32, Color32),
    title: &str,
    more: &str,
) {
    let width = rest.width().min(sheet.px(1100.0));
    let mut inner = area::middle(rest, vec2(width, sheet.px(640.0)));
    let sign = inner.cut_top(sheet.px(220.0));
    let radius = sheet.px(105.0);
    sheet
        .ui
        .painter()
        .circle_filled(sign.center(), radius, fill);
    sheet.icon(area::middle(sign, vec2(radius, radius)), icon, ink);
    inner.cut_top(sheet.px(44.0));
    let height = sheet.height_of(inner.width(), Type::Title, title);
    let place = inner.cut_top(height.min(sheet.px(180.0)));
    sheet.balanced(place, Type::Title, theme::INK, Align2::CENTER_TOP, title);
    inner.cut_top(sheet.px(20.0));
    if !more.is_empty() {
        sheet.balanced(inner, Type::Body, theme::INK_SOFT, Align2::CENTER_TOP, more);
    }
}
