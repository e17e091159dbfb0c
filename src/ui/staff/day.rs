//! The day's figures, their sums and its closing, and what to do before the booth is packed up.

use egui::{Align2, Color32, Rect, vec2};

use super::{call_for, headed, lines, say};
use crate::{
    booth::{
        Payments, QueueCounts,
        day::{Closed, DaySheet, Gap, Shift},
        duty::Deed,
    },
    checks::words::fault,
    contract::yuan,
    lang::Text,
    session::{
        Touch,
        desk::{Days, DeskTouch, Duty, Tile},
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

pub fn day_ui(sheet: &mut Sheet<'_>, mut rest: Rect, duty: &Duty, days: &Days) -> Option<Touch> {
    let acts = rest.cut_bottom(sheet.px(120.0));
    rest.cut_bottom(sheet.px(24.0));
    let Some(day) = days.sheet() else {
        let align = Align2::CENTER_CENTER;
        let word = sheet.word(say::ONE_MOMENT);
        sheet.text(rest, Type::Body, theme::INK_SOFT, align, word);
        return None;
    };
    let gap = sheet.px(24.0);
    let share = if sheet.is_wide() { 0.56 } else { 0.5 };
    let (sums, beside) = sheet.panes(rest, share, gap);
    sums_ui(sheet, sums, day);
    shifts_ui(sheet, area::row(beside, 2, gap, 0), days, &day.shifts);
    aside_ui(sheet, area::row(beside, 2, gap, 1), day);
    acts_ui(sheet, acts, duty, (days, day))
}

fn acts_ui(
    sheet: &mut Sheet<'_>,
    acts: Rect,
    duty: &Duty,
    (days, day): (&Days, &DaySheet),
) -> Option<Touch> {
    let gap = sheet.px(20.0);
    let last = days.sheets.as_ref().map_or(0, Vec::len).saturating_sub(1);
    let call = |offered: usize| {
        if offered > 0 {
            Call::Secondary
        } else {
            Call::Later
        }
    };
    let cell = |i| area::column(acts, 3, gap, i);
    let word = sheet.word(say::EARLIER_DAY);
    let earlier = sheet.button(cell(0), call(last - days.shown.min(last)), None, word);
    let word = sheet.word(say::LATER_DAY);
    let later = sheet.button(cell(1), call(days.shown), None, word);
    let call = match (day.gaps().as_slice(), day.is_closed()) {
        ([], Closed::No | Closed::Reopened) => call_for(duty, Deed::CloseDay, Call::Primary),
        ([], Closed::At(_)) => Call::Done,
        _ => Call::Later,
    };
    let close = sheet.button(cell(2), call, None, sheet.word(say::CLOSE_DAY));
    earlier
        .then_some(DeskTouch::EarlierDay)
        .or(later.then_some(DeskTouch::LaterDay))
        .or(close.then_some(DeskTouch::CloseDay))
        .map(Touch::Desk)
}

/// Draws the equations, which of them does not add up, and whether the day is closed.
fn sums_ui(sheet: &mut Sheet<'_>, place: Rect, day: &DaySheet) {
    sheet.card(place);
    let mut inner = place.shrink2(vec2(sheet.px(36.0), sheet.px(24.0)));
    let head = inner.cut_top(sheet.px(60.0));
    let text = words::with(say::DAY_OF, sheet.lang, &day.visits.day);
    sheet.text(head, Type::Heading, theme::INK, Align2::LEFT_CENTER, &text);
    let gaps = day.gaps();
    let foot = inner.cut_bottom(sheet.px(if sheet.is_wide() { 150.0 } else { 130.0 }));
    let visits = [
        (say::STARTED, day.visits.started),
        (say::CONFIRMED, day.visits.confirmed),
        (say::ABANDONED, day.visits.abandoned),
    ];
    let QueueCounts {
        confirmed,
        delivered,
        queued,
        quarantined,
        withdrawn,
    } = day.captures;
    let captures = [
        (say::CONFIRMED, confirmed),
        (say::DELIVERED_SUM, delivered),
        (say::QUEUED_SUM, queued),
        (say::ASIDE_SUM, quarantined),
        (say::WITHDRAWN_SUM, withdrawn),
    ];
    let Payments {
        asked,
        paid,
        open,
        refunded,
        closed,
        ..
    } = day.payments;
    let payments = [
        (say::ASKED_SUM, asked),
        (say::PAID_SUM, paid),
        (say::OPEN_SUM, open),
        (say::REFUNDED_SUM, refunded),
        (say::RAN_OUT_SUM, closed),
    ];
    let gap = sheet.px(16.0);
    let find = |is: fn(&Gap) -> bool| gaps.iter().find(|gap| is(gap)).copied();
    let of_visits = find(|gap| matches!(gap, Gap::Visits { .. }));
    let of_captures = find(|gap| matches!(gap, Gap::Captures { .. }));
    let of_payments = find(|gap| matches!(gap, Gap::Payments { .. }));
    // A payment without a known order is shown too: it keeps the day open.
    let sold = asked > 0 || of_payments.is_some();
    let rows = if sold { 3 } else { 2 };
    let place = area::row(inner, rows, gap, 0);
    equation_ui(sheet, place, say::VISITS, &visits, of_visits);
    let place = area::row(inner, rows, gap, 1);
    equation_ui(sheet, place, say::CAPTURES, &captures, of_captures);
    if sold {
        let place = area::row(inner, rows, gap, 2);
        equation_ui(sheet, place, say::PAYMENTS, &payments, of_payments);
    }
    closed_ui(sheet, foot, day);
}

/// Draws one number that must be the sum of the others: numbers over their names.
fn equation_ui(
    sheet: &mut Sheet<'_>,
    mut place: Rect,
    title: Text,
    sums: &[(Text, u64)],
    gap: Option<Gap>,
) {
    let (ink, icon) = match gap {
        None => (theme::GOOD, Icon::Tick),
        Some(_) => (theme::BAD, Icon::Cross),
    };
    let mut head = place.cut_top(sheet.px(44.0).min(place.height() * 0.24));
    let side = head.height() * 0.8;
    let sign = head.cut_left(side);
    sheet.icon(area::middle(sign, vec2(side, side)), icon, ink);
    head.cut_left(sheet.px(14.0));
    let said = gap.map_or_else(
        || sheet.word(title).to_owned(),
        |gap| say::gap(gap, sheet.lang),
    );
    let color = if gap.is_some() {
        theme::BAD
    } else {
        theme::INK_SOFT
    };
    sheet.text(head, Type::Small, color, Align2::LEFT_CENTER, &said);
    for (i, (name, number)) in sums.iter().enumerate() {
        let mut cell = area::column(place, sums.len(), 0.0, i);
        let sign = match i {
            0 => "",
            1 => "= ",
            _ => "+ ",
        };
        let lower = cell.cut_bottom(cell.height() * 0.4);
        let number = format!("{sign}{number}");
        let color = if gap.is_some() {
            theme::BAD
        } else {
            theme::INK
        };
        sheet.text(cell, Type::Heading, color, Align2::CENTER_BOTTOM, &number);
        let word = sheet.word(*name);
        let align = Align2::CENTER_TOP;
        sheet.text(lower, Type::Fine, theme::INK_SOFT, align, word);
    }
}

/// Draws what was received, what the guide got wrong, and whether the day is closed: a line each.
fn closed_ui(sheet: &mut Sheet<'_>, place: Rect, day: &DaySheet) {
    let refused = words::with(words::DESK_REFUSED, sheet.lang, day.good_then_refused);
    let (said, color): (String, Color32) = match day.is_closed() {
        Closed::No if day.gaps().is_empty() => (sheet.word(say::ADDS_UP).to_owned(), theme::GOOD),
        Closed::No => (String::new(), theme::INK_SOFT),
        Closed::Reopened => (sheet.word(say::REOPENED).to_owned(), theme::WARN),
        Closed::At(at) => (say::closed_at(at, sheet.lang), theme::GOOD),
    };
    let lines = [
        (money(sheet, &day.payments), theme::INK_SOFT),
        (refused, theme::INK_SOFT),
        (said, color),
    ];
    let lines = lines.iter().filter(|(line, _)| !line.is_empty());
    for (i, (line, color)) in lines.enumerate() {
        let place = area::row(place, 3, 0.0, i);
        sheet.text(place, Type::Small, *color, Align2::LEFT_CENTER, line);
    }
}

/// Returns the amounts; empty where nothing was sold.
fn money(sheet: &Sheet<'_>, payments: &Payments) -> String {
    if payments.asked == 0 {
        return String::new();
    }
    let received = words::with(say::PAID_MONEY, sheet.lang, yuan(payments.paid_fen));
    if payments.twice == 0 {
        return received;
    }
    let twice = words::with(say::PAID_TWICE, sheet.lang, payments.twice);
    format!("{received} · {twice}")
}

fn shifts_ui(sheet: &mut Sheet<'_>, place: Rect, days: &Days, shifts: &[Shift]) {
    let mut inner = headed(sheet, place, say::SHIFTS);
    let head = [say::STARTED, say::CONFIRMED, say::ABANDONED];
    let head = head.map(|word| sheet.word(word).to_owned());
    let [started, confirmed, abandoned] = head;
    let row = sheet.px(46.0);
    let place = inner.cut_top(row);
    let titles = [String::new(), started, confirmed, abandoned];
    shift_line(sheet, place, &titles, theme::INK_SOFT);
    for shift in shifts {
        if inner.height() < row {
            break;
        }
        let place = inner.cut_top(row);
        let name = match shift.operator {
            None => sheet.word(say::NOBODY).to_owned(),
            Some(number) => days.names.get(&number).map_or_else(
                || words::with(say::NUMBERED, sheet.lang, number),
                String::clone,
            ),
        };
        let cells = [
            name,
            shift.started.to_string(),
            shift.confirmed.to_string(),
            shift.abandoned.to_string(),
        ];
        shift_line(sheet, place, &cells, theme::INK);
    }
}

fn shift_line(sheet: &mut Sheet<'_>, mut place: Rect, cells: &[String; 4], ink: Color32) {
    const NAME: f32 = 0.4;
    const NUMBER: f32 = 0.2;
    let width = place.width();
    let [name, numbers @ ..] = cells;
    let cell = place.cut_left(width * NAME);
    sheet.text(cell, Type::Fine, ink, Align2::LEFT_CENTER, name);
    for number in numbers {
        let cell = place.cut_left(width * NUMBER);
        sheet.text(cell, Type::Fine, ink, Align2::RIGHT_CENTER, number);
    }
}

fn aside_ui(sheet: &mut Sheet<'_>, place: Rect, day: &DaySheet) {
    let mut inner = headed(sheet, place, say::ASIDE);
    let aside = day.set_aside.iter();
    let mut texts: Vec<String> = aside
        .map(|(check, count)| format!("{count} ×  {}", fault(*check).get(sheet.lang)))
        .collect();
    if texts.is_empty() {
        texts.push(sheet.word(say::NO_ASIDE).to_owned());
    }
    lines(sheet, &mut inner, Type::Fine, theme::INK, &texts);
}

/// Draws what has to be done before the booth may be switched off, and whether it is done.
pub fn pack_up_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    view: &View<'_>,
    days: &Days,
) -> Option<Touch> {
    let closed = matches!(days.sheet().map(DaySheet::is_closed), Some(Closed::At(_)));
    let left = view.health.queue.undelivered();
    let batch = view.health.batch.as_ref();
    let day = if closed {
        say::ADDS_UP
    } else {
        say::PACK_DAY_OPEN
    };
    let day = sheet.word(day).to_owned();
    let queue = if left == 0 {
        sheet.word(say::PACK_QUEUE_NONE).to_owned()
    } else {
        words::with(say::PACK_QUEUE_SOME, sheet.lang, left)
    };
    let pinned = batch.map_or_else(
        || sheet.word(say::PACK_BATCH_NONE).to_owned(),
        |batch| words::with(say::PACK_BATCH_SOME, sheet.lang, &batch.name),
    );
    let end = rest.cut_bottom(sheet.px(170.0));
    rest.cut_bottom(sheet.px(24.0));
    let steps = [
        (closed, say::PACK_DAY, day, say::TILE_DAY, Tile::Day),
        (
            left == 0,
            say::PACK_QUEUE,
            queue,
            say::TO_STICK,
            Tile::Stick,
        ),
        (
            batch.is_none(),
            say::PACK_BATCH,
            pinned,
            say::TO_BATCH,
            Tile::Batch,
        ),
    ];
    let tallest = sheet.px(220.0);
    let mut touch = None;
    for (done, title, text, word, tile) in steps {
        let mut row = rest.cut_top(tallest.min(rest.height()));
        row.cut_bottom(sheet.px(20.0));
        let signed = if done {
            (Icon::Tick, theme::GOOD)
        } else {
            (Icon::Warning, theme::WARN)
        };
        if step_ui(sheet, row, signed, (title, &text), word) {
            touch = Some(Touch::Desk(DeskTouch::Open(tile)));
        }
    }
    let ready = closed && batch.is_none();
    let (fill, ink, word) = if ready {
        (theme::GOOD_PALE, theme::GOOD, say::PACK_READY)
    } else {
        (theme::WARN_PALE, theme::WARN, say::PACK_NOT_READY)
    };
    end_ui(sheet, end, (fill, ink), word);
    touch
}

/// Draws whether it may be switched off. What waits is safe on the disk, so nobody has to stay for
/// it.
fn end_ui(sheet: &mut Sheet<'_>, place: Rect, (fill, ink): (Color32, Color32), word: Text) {
    sheet.panel(place, fill, ink);
    let inner = place.shrink2(vec2(sheet.px(36.0), sheet.px(16.0)));
    let align = Align2::CENTER_CENTER;
    sheet.balanced(inner, Type::Body, theme::INK, align, sheet.word(word));
}

fn step_ui(
    sheet: &mut Sheet<'_>,
    place: Rect,
    (icon, ink): (Icon, Color32),
    (title, text): (Text, &str),
    word: Text,
) -> bool {
    sheet.card(place);
    let mut inner = place.shrink2(vec2(sheet.px(36.0), sheet.px(20.0)));
    let side = sheet.px(56.0);
    let sign = inner.cut_left(side);
    sheet.icon(area::middle(sign, vec2(side, side)), icon, ink);
    inner.cut_left(sheet.px(28.0));
    let act = inner.cut_right(sheet.px(300.0));
    inner.cut_right(sheet.px(24.0));
    let act = area::middle(act, vec2(act.width(), sheet.px(110.0)));
    let upper = inner.cut_top(inner.height() * 0.45);
    let title = sheet.word(title);
    sheet.text(upper, Type::Body, theme::INK, Align2::LEFT_CENTER, title);
    sheet.text(
        inner,
        Type::Small,
        theme::INK_SOFT,
        Align2::LEFT_CENTER,
        text,
    );
    sheet.button(act, Call::Secondary, None, sheet.word(word))
}
