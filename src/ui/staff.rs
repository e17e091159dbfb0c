//! Staff at the booth: the PIN, then health, queue and last errors.

use egui::{Align2, Color32, Rect, Stroke, vec2};

use super::{
    View,
    area::{self, Cut},
    batch,
    icons::Icon,
    keypad, page, scan,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{
    booth::{BatchConcern, CameraState, Health, Link, QueueRow, QueueState},
    checks::words::fault,
    session::{Desk, PinAnswer, Touch, Typed},
    time::{Now, Trust, Wall},
};

pub fn staff_ui(sheet: &mut Sheet<'_>, view: &View<'_>, desk: &Desk) -> Option<Touch> {
    let (mut rest, foot) = page::plain_page(sheet, view);
    let mut corner = page::frame(sheet).1;
    let leave = view.session.countdown(view.now.mono).is_none() && {
        let place = corner.cut_left(sheet.px(220.0));
        sheet.button(
            place,
            Call::Quiet,
            Some(Icon::Leave),
            sheet.word(words::DESK_LEAVE),
        )
    };
    let touch = match desk {
        Desk::Locked { typed, answer } => locked(sheet, &mut rest, typed, *answer),
        Desk::Open => open(sheet, rest, view),
        Desk::Batch(entry) => batch::pin_ui(sheet, rest, view, entry),
    };
    touch.or(leave.then_some(Touch::StaffLeave)).or(foot)
}

pub fn locked(
    sheet: &mut Sheet<'_>,
    rest: &mut Rect,
    typed: &Typed,
    answer: Option<PinAnswer>,
) -> Option<Touch> {
    let mut pad = if sheet.is_wide() {
        let pad = rest.cut_right(rest.width() * 0.44);
        rest.max.x -= sheet.px(72.0);
        pad
    } else {
        rest.cut_bottom(sheet.px(820.0))
    };
    pad = area::middle(pad, vec2(sheet.px(760.0), pad.height()));
    let mut inner = area::middle(*rest, vec2(rest.width(), sheet.px(460.0)));
    let lock = inner.cut_top(sheet.px(110.0));
    sheet.icon(lock, Icon::Lock, theme::BLUE);
    inner.cut_top(sheet.px(24.0));
    let title = inner.cut_top(sheet.px(90.0));
    let word = sheet.word(words::PIN_TITLE);
    sheet.text(title, Type::Title, theme::INK, Align2::CENTER_CENTER, word);
    let dots = inner.cut_top(sheet.px(90.0));
    pin_dots(sheet, dots, typed.len());
    inner.cut_top(sheet.px(16.0));
    let said = match answer {
        None | Some(PinAnswer::Right) => None,
        Some(PinAnswer::Wrong) => Some(sheet.word(words::PIN_WRONG).to_owned()),
        Some(PinAnswer::Wait(seconds)) => Some(words::with(words::PIN_WAIT, sheet.lang, seconds)),
        Some(PinAnswer::NotSet) => Some(sheet.word(words::PIN_NOT_SET).to_owned()),
    };
    if let Some(said) = said {
        let place = area::middle(
            inner,
            vec2(inner.width().min(sheet.px(760.0)), sheet.px(100.0)),
        );
        scan::notice(sheet, place, &said);
    }
    keypad::pin_pad(sheet, pad)
}

/// As many dots as were typed; at least six places are shown.
fn pin_dots(sheet: &Sheet<'_>, place: Rect, typed: usize) {
    let places = typed.max(6);
    let step = sheet.px(52.0);
    let row = area::middle(place, vec2(step * places as f32, place.height()));
    for i in 0..places {
        let at = area::column(row, places, 0.0, i).center();
        let painter = sheet.ui.painter();
        if i < typed {
            painter.circle_filled(at, sheet.px(15.0), theme::INK);
        } else {
            painter.circle_stroke(at, sheet.px(14.0), Stroke::new(sheet.px(3.0), theme::LINE));
        }
    }
}

fn open(sheet: &mut Sheet<'_>, mut rest: Rect, view: &View<'_>) -> Option<Touch> {
    let mut head = rest.cut_top(sheet.px(90.0));
    let change = head.cut_right(sheet.px(280.0));
    let word = sheet.word(words::DESK_BATCH_CHANGE);
    let change = sheet.button(change, Call::Secondary, None, word);
    head.cut_right(sheet.px(28.0));
    let word = sheet.word(words::DESK_TITLE);
    let width = sheet.width_of(Type::Title, word) + sheet.px(40.0);
    let title = head.cut_left(width.min(head.width() * 0.5));
    sheet.text(title, Type::Title, theme::INK, Align2::LEFT_CENTER, word);
    pinned(sheet, head, view);
    rest.cut_top(sheet.px(20.0));
    let (columns, rows) = if sheet.is_wide() { (6, 1) } else { (2, 3) };
    let cards = rest.cut_top(sheet.px(if sheet.is_wide() { 216.0 } else { 600.0 }));
    for (i, card) in cards_of(sheet, view.health, view.now)
        .into_iter()
        .enumerate()
    {
        let row = area::row(cards, rows, sheet.px(20.0), i / columns);
        health_card(
            sheet,
            area::column(row, columns, sheet.px(20.0), i % columns),
            &card,
        );
    }
    rest.cut_top(sheet.px(28.0));
    let errors;
    if sheet.is_wide() {
        errors = rest.cut_right(rest.width() * 0.32);
        rest.max.x -= sheet.px(28.0);
    } else {
        errors = rest.cut_bottom(sheet.px(330.0));
        rest.cut_bottom(sheet.px(28.0));
    }
    queue_table(sheet, rest, view);
    error_list(sheet, errors, view);
    change.then_some(Touch::ChooseBatch)
}

/// Booth and batch, and below them what is wrong with the batch.
fn pinned(sheet: &mut Sheet<'_>, mut place: Rect, view: &View<'_>) {
    let batch = view.health.batch.as_ref();
    let name = batch.map_or_else(|| sheet.word(words::DESK_BATCH_NONE), |batch| &batch.name);
    let name = format!(
        "{}  {}: {name}",
        view.health.station,
        sheet.word(words::DESK_BATCH)
    );
    let concern = batch
        .and_then(|batch| batch.concern)
        .map(|concern| match concern {
            BatchConcern::Unusable(trouble) => sheet.word(words::batch_trouble(trouble)).to_owned(),
            BatchConcern::Undelivered { days, captures } => {
                let left = words::with(words::DESK_DAYS_LEFT, sheet.lang, days);
                left + &words::with(words::DESK_NOT_UPLOADED, sheet.lang, captures)
            }
            BatchConcern::KnownThrough(until) => {
                words::with(words::DESK_BATCH_OLD, sheet.lang, until.china_date())
            }
        });
    if let Some(concern) = concern {
        let below = place.cut_bottom(place.height() * 0.5);
        sheet.text(
            below,
            Type::Small,
            theme::WARN,
            Align2::RIGHT_CENTER,
            &concern,
        );
    }
    sheet.text(
        place,
        Type::Small,
        theme::INK_SOFT,
        Align2::RIGHT_CENTER,
        &name,
    );
}

/// Staff should act while there is still room for so many.
const FEW_CAPTURES: u64 = 100;

struct HealthCard {
    icon: Icon,
    name: &'static str,
    value: String,
    detail: String,
    fine: bool,
}

impl HealthCard {
    fn new(icon: Icon, name: &'static str, value: impl Into<String>) -> Self {
        Self {
            icon,
            name,
            value: value.into(),
            detail: String::new(),
            fine: true,
        }
    }

    fn detail(self, detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            ..self
        }
    }
}

fn cards_of(sheet: &Sheet<'_>, health: &Health, now: Now) -> [HealthCard; 6] {
    let card = |icon, name, value: String| HealthCard::new(icon, sheet.word(name), value);
    let say = |text| sheet.word(text).to_owned();
    let captures = |n| words::with(words::DESK_CAPTURES, sheet.lang, n);
    let left = health
        .captures_left
        .map_or_else(|| say(words::DESK_UNKNOWN), captures);
    let clock = say(words::trust(health.time_trust));
    let clock_detail = match health.clock {
        Some(fault) => say(words::clock_fault(fault)),
        None => china_time(now.wall),
    };
    let queued = captures(health.queue.queued);
    let oldest = health
        .oldest_undelivered
        .map_or_else(|| say(words::DESK_NONE), |at| age(sheet, at, now));
    [
        camera_card(sheet, &health.camera),
        HealthCard {
            fine: health.captures_left.is_some_and(|n| n > FEW_CAPTURES),
            ..card(Icon::Disk, words::DESK_DISK, left)
        },
        HealthCard {
            fine: health.time_trust != Trust::Unknown && health.clock.is_none(),
            ..card(Icon::Clock, words::DESK_CLOCK, clock).detail(clock_detail)
        },
        link_card(sheet, &health.link),
        HealthCard {
            fine: health.queue.quarantined == 0,
            ..card(Icon::Queue, words::DESK_QUEUE, queued)
        },
        HealthCard {
            fine: is_recent(health.oldest_undelivered, now),
            ..card(Icon::Clock, words::DESK_OLDEST, oldest)
        },
    ]
}

fn camera_card(sheet: &Sheet<'_>, camera: &CameraState) -> HealthCard {
    let value = sheet.word(words::camera(camera));
    let card = HealthCard {
        fine: *camera == CameraState::Streaming,
        ..HealthCard::new(Icon::Camera, sheet.word(words::DESK_CAMERA), value)
    };
    match camera {
        CameraState::Another(why) | CameraState::Refused(why) => card.detail(why),
        CameraState::Absent
        | CameraState::Opening
        | CameraState::Streaming
        | CameraState::Stalled => card,
    }
}

fn link_card(sheet: &Sheet<'_>, link: &Link) -> HealthCard {
    let (value, why) = match link {
        Link::Unknown => (words::DESK_UNKNOWN, ""),
        Link::Up => (words::LINK_UP, ""),
        Link::Down(why) => (words::LINK_DOWN, why.as_str()),
        Link::WrongDate => (words::LINK_DOWN, sheet.word(words::LINK_WRONG_DATE)),
    };
    HealthCard {
        fine: *link == Link::Up,
        ..HealthCard::new(Icon::Link, sheet.word(words::DESK_LINK), sheet.word(value)).detail(why)
    }
}

fn health_card(sheet: &mut Sheet<'_>, place: Rect, card: &HealthCard) {
    let (ink, fill, line) = if card.fine {
        (theme::GOOD, theme::CARD, theme::LINE)
    } else {
        (theme::WARN, theme::WARN_PALE, theme::WARN)
    };
    sheet.panel(place, fill, line);
    let mut inner = place.shrink2(vec2(sheet.px(26.0), sheet.px(18.0)));
    let mut head = inner.cut_top(sheet.px(40.0));
    let icon = head.cut_left(sheet.px(36.0));
    sheet.icon(icon, card.icon, theme::INK_SOFT);
    head.cut_left(sheet.px(12.0));
    let sign = head.cut_right(sheet.px(32.0));
    sheet.icon(
        sign,
        if card.fine { Icon::Tick } else { Icon::Warning },
        ink,
    );
    sheet.text(
        head,
        Type::Fine,
        theme::INK_SOFT,
        Align2::LEFT_CENTER,
        card.name,
    );
    inner.cut_top(sheet.px(6.0));
    let value = inner.cut_top(sheet.px(58.0));
    sheet.text(
        value,
        Type::Heading,
        theme::INK,
        Align2::LEFT_CENTER,
        &card.value,
    );
    sheet.text(
        inner,
        Type::Fine,
        theme::INK_SOFT,
        Align2::LEFT_TOP,
        &card.detail,
    );
}

/// Shares of the table's width: number, receipt, time, size, state, tries, reason.
const COLUMNS: [f32; 7] = [0.08, 0.18, 0.19, 0.11, 0.15, 0.08, 0.21];

fn queue_table(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>) {
    sheet.card(place);
    let mut inner = place.shrink2(vec2(sheet.px(32.0), sheet.px(22.0)));
    let head = inner.cut_top(sheet.px(56.0));
    let word = sheet.word(words::DESK_ROWS);
    sheet.text(head, Type::Body, theme::INK, Align2::LEFT_CENTER, word);
    let counts = view.health.queue;
    let (balance, ink) = if counts.balances() {
        (
            words::with(words::DESK_BALANCE, sheet.lang, counts.confirmed),
            theme::INK_SOFT,
        )
    } else {
        (sheet.word(words::DESK_UNBALANCED).to_owned(), theme::BAD)
    };
    let mut balance_place = head;
    balance_place.min.x += sheet.px(160.0);
    sheet.text(
        balance_place,
        Type::Fine,
        ink,
        Align2::RIGHT_CENTER,
        &balance,
    );
    let titles = [
        words::COL_SEQ,
        words::COL_CODE,
        words::COL_AT,
        words::COL_SIZE,
        words::COL_STATE,
        words::COL_TRIES,
        words::COL_ERROR,
    ]
    .map(|title| sheet.word(title).to_owned());
    table_row(sheet, &mut inner, &titles, theme::INK_SOFT);
    if view.queue.is_empty() {
        let word = sheet.word(words::DESK_NO_ROWS);
        sheet.text(
            inner,
            Type::Small,
            theme::INK_SOFT,
            Align2::CENTER_CENTER,
            word,
        );
    }
    for row in view.queue {
        if inner.height() < row_height(sheet) {
            break;
        }
        let ink = if matches!(row.state, QueueState::Quarantined(_)) {
            theme::BAD
        } else {
            theme::INK
        };
        let cells = cells_of(sheet, row);
        table_row(sheet, &mut inner, &cells, ink);
    }
}

fn cells_of(sheet: &Sheet<'_>, row: &QueueRow) -> [String; 7] {
    [
        row.seq.to_string(),
        row.id.short(),
        china_time(row.confirmed_at),
        format!("{} KB", row.bytes.div_ceil(1024)),
        sheet.word(words::queue_state(row.state)).to_owned(),
        row.attempts.to_string(),
        row.last_error.clone().unwrap_or_default(),
    ]
}

fn row_height(sheet: &Sheet<'_>) -> f32 {
    sheet.px(54.0)
}

fn table_row(sheet: &mut Sheet<'_>, inner: &mut Rect, cells: &[String; 7], ink: Color32) {
    let height = row_height(sheet);
    let mut row = inner.cut_top(height);
    let line = Stroke::new(sheet.px(1.5), theme::LINE);
    sheet.ui.painter().hline(row.x_range(), row.bottom(), line);
    let width = row.width();
    for (cell, share) in cells.iter().zip(COLUMNS) {
        let place = row
            .cut_left(width * share)
            .shrink2(vec2(sheet.px(6.0), 0.0));
        sheet.text(place, Type::Fine, ink, Align2::LEFT_CENTER, cell);
    }
}

fn error_list(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>) {
    sheet.card(place);
    let mut inner = place.shrink2(vec2(sheet.px(32.0), sheet.px(22.0)));
    let errors = &view.health.last_errors;
    judgements(sheet, &mut inner, view);
    let head = inner.cut_top(sheet.px(56.0));
    let word = sheet.word(words::DESK_ERRORS);
    sheet.text(head, Type::Body, theme::INK, Align2::LEFT_CENTER, word);
    if errors.is_empty() {
        let word = sheet.word(words::DESK_NO_ERRORS);
        sheet.text(
            inner,
            Type::Small,
            theme::INK_SOFT,
            Align2::CENTER_CENTER,
            word,
        );
    }
    for error in errors {
        let height = sheet.height_of(inner.width(), Type::Fine, error);
        if height > inner.height() {
            break;
        }
        sheet.paragraph(&mut inner, Type::Fine, theme::INK, sheet.px(12.0), error);
    }
}

/// At the foot: how often the final file was refused, and what staff set aside.
fn judgements(sheet: &mut Sheet<'_>, inner: &mut Rect, view: &View<'_>) {
    let session = view.session;
    let aside = session.set_aside.iter().map(|(check, count)| {
        let fault = fault(*check).get(sheet.lang);
        format!("{fault} ×{count}")
    });
    let aside = aside.collect::<Vec<_>>().join(" · ");
    let refused = session.good_then_refused;
    let trouble = session.booth_trouble.and_then(|(advice, at)| {
        let trouble = sheet.word(advice.for_staff()?);
        let since = words::with(words::DESK_TROUBLE, sheet.lang, china_time(at));
        Some(format!("{since} {trouble}"))
    });
    let lines = [
        trouble,
        (refused > 0).then(|| words::with(words::DESK_REFUSED, sheet.lang, refused)),
        (!aside.is_empty()).then(|| words::with(words::DESK_ASIDE, sheet.lang, aside)),
    ];
    for line in lines.into_iter().flatten().rev() {
        let height = sheet.height_of(inner.width(), Type::Fine, &line);
        let place = inner.cut_bottom(height + sheet.px(10.0));
        sheet.text(
            place,
            Type::Fine,
            theme::INK_SOFT,
            Align2::LEFT_BOTTOM,
            &line,
        );
    }
}

fn age(sheet: &Sheet<'_>, at: Wall, now: Now) -> String {
    const MINUTE_MS: i64 = 60_000;
    let minutes = (now.wall.unix_ms() - at.unix_ms()).max(0) / MINUTE_MS;
    match minutes {
        0..120 => words::with(words::DESK_MINUTES, sheet.lang, minutes),
        120..2880 => words::with(words::DESK_HOURS, sheet.lang, minutes / 60),
        _ => words::with(words::DESK_DAYS, sheet.lang, minutes / 1440),
    }
}

fn is_recent(at: Option<Wall>, now: Now) -> bool {
    const DAY_MS: i64 = 86_400_000;
    at.is_none_or(|at| now.wall.unix_ms() - at.unix_ms() < DAY_MS)
}

/// Month, day and minute in China (UTC+8).
fn china_time(at: Wall) -> String {
    const CHINA_HOURS_EAST: i8 = 8;
    let civil = jiff::tz::Offset::constant(CHINA_HOURS_EAST).to_datetime(at.0);
    format!(
        "{:02}-{:02} {:02}:{:02}",
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute()
    )
}
