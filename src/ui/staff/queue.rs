//! The queue: a filter, a page of rows, and one row opened with the actions on it.

use egui::{Align2, Color32, Rect, Stroke, vec2};

use super::{call_for, say};
use crate::{
    booth::{
        QueueRow, QueueState,
        duty::Deed,
        queue::{QueueFilter, QueueLook},
    },
    capture::CaptureId,
    contract::VoidCause,
    lang::Text,
    session::{
        Touch,
        desk::{Asks, DeskTouch, Duty, Queuing},
    },
    ui::{
        View,
        area::{self, Cut},
        icons::Icon,
        scan,
        sheet::{Call, Sheet},
        theme::{self, Type},
        words,
    },
};

/// Height of buttons here, in design units: 15 mm on the smallest panel.
const TOUCHED: f32 = 90.0;

pub fn queue_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    view: &View<'_>,
    duty: &Duty,
    queuing: &Queuing,
) -> Option<Touch> {
    // An answer to another request is not shown.
    let look = (view.queue.ask == queuing.ask).then_some(view.queue);
    let filters = rest.cut_top(sheet.px(TOUCHED));
    rest.cut_top(sheet.px(20.0));
    let touch = match queuing.ask.opened {
        Some(id) => {
            let row = look.and_then(|look| look.opened.as_ref());
            row_ui(sheet, rest, duty, queuing, (id, row))
        }
        None => table_ui(sheet, rest, duty, queuing, look),
    };
    touch
        .or(filters_ui(sheet, filters, queuing.ask.filter))
        .map(Touch::Desk)
}

fn filters_ui(sheet: &mut Sheet<'_>, place: Rect, chosen: QueueFilter) -> Option<DeskTouch> {
    let cells: Vec<(Rect, &str)> = QueueFilter::ALL
        .into_iter()
        .enumerate()
        .map(|(i, filter)| {
            let cell = area::column(place, QueueFilter::ALL.len(), sheet.px(16.0), i);
            (cell, sheet.word(say::filter(filter)))
        })
        .collect();
    let font = sheet.button_font(Type::Body, Call::Secondary, &cells);
    let mut touch = None;
    for (filter, (cell, word)) in QueueFilter::ALL.into_iter().zip(cells) {
        let call = if filter == chosen {
            Call::Primary
        } else {
            Call::Secondary
        };
        if sheet.button_in(cell, call, None, word, font.clone()) {
            touch = Some(DeskTouch::List(filter));
        }
    }
    touch
}

/// Shares of the table's width: number, receipt, time, state, tries, reason.
const COLUMNS: [f32; 6] = [0.1, 0.19, 0.19, 0.19, 0.09, 0.24];

fn table_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    duty: &Duty,
    queuing: &Queuing,
    look: Option<&QueueLook>,
) -> Option<DeskTouch> {
    let mut pager = rest.cut_bottom(sheet.px(TOUCHED));
    rest.cut_bottom(sheet.px(20.0));
    sheet.card(rest);
    let mut inner = rest.shrink2(vec2(sheet.px(28.0), sheet.px(10.0)));
    let titles = [
        words::COL_SEQ,
        words::COL_CODE,
        words::COL_AT,
        words::COL_STATE,
        words::COL_TRIES,
        words::COL_ERROR,
    ]
    .map(|title| sheet.word(title).to_owned());
    let mut head = inner.cut_top(sheet.px(44.0));
    head.cut_right(sheet.px(TOUCHED));
    cells_ui(sheet, head, &titles, theme::INK_SOFT);
    let fitting = (inner.height() / sheet.px(TOUCHED)) as usize;
    let rows = look.map(|look| look.rows.as_slice());
    let mut touch = None;
    match rows {
        None | Some([]) => {
            let word = if rows.is_some() {
                words::DESK_NO_ROWS
            } else {
                say::ONE_MOMENT
            };
            let align = Align2::CENTER_CENTER;
            sheet.text(inner, Type::Small, theme::INK_SOFT, align, sheet.word(word));
        }
        Some(rows) => {
            for row in rows.iter().take(fitting) {
                let place = inner.cut_top(sheet.px(TOUCHED));
                touch = touch.or(row_line(sheet, place, row));
            }
        }
    }
    let word = sheet.word(say::RETRY_ALL);
    let place = pager.cut_right(sheet.px(300.0));
    pager.cut_right(sheet.px(20.0));
    let call = call_for(duty, Deed::Retry, Call::Secondary);
    let again = sheet.button(place, call, Some(Icon::Again), word);
    let of = look.map_or(0, |look| look.of);
    let shown = rows.map_or(0, |rows| rows.len().min(fitting)) as u64;
    touch
        .or(pager_ui(
            sheet,
            pager,
            (queuing.ask.from, shown, of),
            fitting as u64,
        ))
        .or(again.then_some(DeskTouch::RetryAll))
}

fn pager_ui(
    sheet: &mut Sheet<'_>,
    mut place: Rect,
    (from, shown, of): (u64, u64, u64),
    fitting: u64,
) -> Option<DeskTouch> {
    let width = sheet.px(220.0).min(place.width() * 0.36);
    let (back, on) = (place.cut_left(width), place.cut_right(width));
    let turn = |offered: u64| {
        if offered > 0 {
            Call::Secondary
        } else {
            Call::Later
        }
    };
    let left = of.saturating_sub(from + shown);
    let word = sheet.word(say::EARLIER_ROWS);
    let back = sheet.button(back, turn(from), None, word);
    let word = sheet.word(say::LATER_ROWS);
    let on = sheet.button(on, turn(left), None, word);
    let first = if shown == 0 { 0 } else { from + 1 };
    let text = format!("{first}–{} / {of}", from + shown);
    let align = Align2::CENTER_CENTER;
    sheet.text(place, Type::Small, theme::INK_SOFT, align, &text);
    let back = back.then_some(DeskTouch::From(from.saturating_sub(fitting)));
    back.or(on.then_some(DeskTouch::From(from + shown)))
}

fn row_line(sheet: &mut Sheet<'_>, mut place: Rect, row: &QueueRow) -> Option<DeskTouch> {
    let line = Stroke::new(sheet.px(1.5), theme::LINE);
    sheet.ui.painter().hline(place.x_range(), place.top(), line);
    let open = place.cut_right(sheet.px(TOUCHED)).shrink(sheet.px(2.0));
    let ink = if matches!(row.state, QueueState::Quarantined(_)) {
        theme::BAD
    } else {
        theme::INK
    };
    let cells = [
        row.seq.to_string(),
        row.id.short(),
        words::china_minutes(row.confirmed_at),
        sheet.word(words::queue_state(row.state)).to_owned(),
        row.attempts.to_string(),
        row.last_error.clone().unwrap_or_default(),
    ];
    cells_ui(sheet, place, &cells, ink);
    let name = words::with(say::OPEN_ROW, sheet.lang, row.seq);
    let opened = sheet.icon_button(open, Icon::Info, &name);
    opened.then_some(DeskTouch::OpenRow(row.id))
}

fn cells_ui(sheet: &mut Sheet<'_>, mut row: Rect, cells: &[String; 6], ink: Color32) {
    let width = row.width();
    for (cell, share) in cells.iter().zip(COLUMNS) {
        let place = row.cut_left(width * share);
        let place = place.shrink2(vec2(sheet.px(6.0), 0.0));
        sheet.text(place, Type::Fine, ink, Align2::LEFT_CENTER, cell);
    }
}

fn row_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    duty: &Duty,
    queuing: &Queuing,
    (id, row): (CaptureId, Option<&QueueRow>),
) -> Option<DeskTouch> {
    let acts = rest.cut_bottom(sheet.px(120.0));
    rest.cut_bottom(sheet.px(20.0));
    let question = match queuing.asks {
        Asks::Nothing => None,
        Asks::WhyVoid => Some(say::VOID_WHY),
        Asks::WhetherWithdraw => Some(say::WITHDRAW_SURE),
    };
    let said = queuing.said.as_ref();
    let told = question
        .map(|question| sheet.word(question).to_owned())
        .or_else(|| said.map(|said| say::said(said, sheet.lang)));
    if let Some(told) = told {
        let place = rest.cut_bottom(sheet.px(130.0));
        rest.cut_bottom(sheet.px(20.0));
        scan::notice(sheet, place, &told);
    }
    sheet.card(rest);
    let inner = rest.shrink2(vec2(sheet.px(40.0), sheet.px(28.0)));
    if let Some(row) = row {
        facts_ui(sheet, inner, row);
    } else {
        let align = Align2::CENTER_CENTER;
        let word = sheet.word(say::NO_SUCH_ROW);
        sheet.text(inner, Type::Body, theme::INK_SOFT, align, word);
    }
    match (queuing.asks, row) {
        (Asks::Nothing, row) => acts_ui(sheet, acts, duty, id, row),
        (Asks::WhyVoid, _) => causes_ui(sheet, acts, id),
        (Asks::WhetherWithdraw, _) => sure_ui(sheet, acts, id),
    }
}

fn facts_ui(sheet: &mut Sheet<'_>, mut inner: Rect, row: &QueueRow) {
    // On a tall screen the parts stay close together.
    let inner = inner.cut_top(sheet.px(640.0));
    let next = match (row.state, row.next_try_s) {
        (QueueState::Queued, Some(seconds)) => words::with(say::IN_SECONDS, sheet.lang, seconds),
        (QueueState::Queued, None) => sheet.word(say::ON_ITS_WAY).to_owned(),
        (QueueState::Delivered | QueueState::Withdrawn | QueueState::Quarantined(_), _) => {
            sheet.word(words::DESK_NONE).to_owned()
        }
    };
    let facts: [(Text, String); 8] = [
        (words::COL_SEQ, row.seq.to_string()),
        (words::COL_CODE, row.id.short()),
        (words::COL_AT, words::china_minutes(row.confirmed_at)),
        (words::COL_SIZE, format!("{} KB", row.bytes.div_ceil(1024))),
        (
            words::COL_STATE,
            sheet.word(words::queue_state(row.state)).to_owned(),
        ),
        (words::COL_TRIES, row.attempts.to_string()),
        (say::COL_NEXT, next),
        (words::COL_ERROR, row.last_error.clone().unwrap_or_default()),
    ];
    for (i, (name, value)) in facts.iter().enumerate() {
        let mut line = area::row(inner, facts.len(), 0.0, i);
        let place = line.cut_left(sheet.px(240.0));
        let align = Align2::LEFT_CENTER;
        let word = sheet.word(*name);
        sheet.text(place, Type::Small, theme::INK_SOFT, align, word);
        sheet.text(line, Type::Small, theme::INK, align, value);
    }
}

fn acts_ui(
    sheet: &mut Sheet<'_>,
    acts: Rect,
    duty: &Duty,
    id: CaptureId,
    row: Option<&QueueRow>,
) -> Option<DeskTouch> {
    let state = row.map(|row| row.state);
    let waits = matches!(state, Some(QueueState::Queued | QueueState::Quarantined(_)));
    let gone = matches!(state, None | Some(QueueState::Withdrawn));
    let offers = [
        (
            !gone && waits,
            Deed::Retry,
            say::RETRY,
            DeskTouch::Retry(id),
        ),
        (!gone, Deed::Void, say::VOID, DeskTouch::Ask(Asks::WhyVoid)),
        (
            !gone,
            Deed::Withdraw,
            say::WITHDRAW,
            DeskTouch::Ask(Asks::WhetherWithdraw),
        ),
    ];
    let mut touch = None;
    for (i, (offered, deed, word, then)) in offers.into_iter().enumerate() {
        let call = if offered {
            call_for(duty, deed, Call::Secondary)
        } else {
            Call::Later
        };
        let cell = area::column(acts, 4, sheet.px(20.0), i);
        let font = sheet.font(Type::Body);
        if sheet.button_in(cell, call, None, sheet.word(word), font) {
            touch = Some(then);
        }
    }
    let cell = area::column(acts, 4, sheet.px(20.0), 3);
    let word = sheet.word(say::TO_LIST);
    let font = sheet.font(Type::Body);
    let back = sheet.button_in(cell, Call::Primary, None, word, font);
    touch.or(back.then_some(DeskTouch::CloseRow))
}

fn causes_ui(sheet: &mut Sheet<'_>, acts: Rect, id: CaptureId) -> Option<DeskTouch> {
    let count = VoidCause::ALL.len() + 1;
    let word = |sheet: &Sheet<'_>, i: usize| {
        let cause = VoidCause::ALL.get(i).copied();
        sheet.word(cause.map_or(say::KEEP, say::cause))
    };
    let cells: Vec<(Rect, &str)> = (0..count)
        .map(|i| {
            let cell = area::column(acts, count, sheet.px(16.0), i);
            (cell, word(sheet, i))
        })
        .collect();
    let font = sheet.button_font(Type::Body, Call::Secondary, &cells);
    let mut touch = None;
    for (i, (cell, word)) in cells.into_iter().enumerate() {
        let cause = VoidCause::ALL.get(i).copied();
        let call = if cause.is_some() {
            Call::Secondary
        } else {
            Call::Primary
        };
        if sheet.button_in(cell, call, None, word, font.clone()) {
            let keep = DeskTouch::Ask(Asks::Nothing);
            touch = Some(cause.map_or(keep, |cause| DeskTouch::Void(id, cause)));
        }
    }
    touch
}

fn sure_ui(sheet: &mut Sheet<'_>, acts: Rect, id: CaptureId) -> Option<DeskTouch> {
    let gap = sheet.px(24.0);
    let (yes, no) = (area::column(acts, 2, gap, 0), area::column(acts, 2, gap, 1));
    let word = sheet.word(say::WITHDRAW_YES);
    let withdraw = sheet.button(yes, Call::Secondary, Some(Icon::Warning), word);
    let keep = sheet.button(no, Call::Primary, None, sheet.word(say::KEEP));
    let withdraw = withdraw.then_some(DeskTouch::Withdraw(id));
    withdraw.or(keep.then_some(DeskTouch::Ask(Asks::Nothing)))
}
