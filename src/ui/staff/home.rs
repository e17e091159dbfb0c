//! The home page: one light and what speaks against opening, the links to the pages, and the
//! booth's health.

use egui::{Align2, Color32, Rect, vec2};

use super::{lines, say, tile_icon, title};
use crate::{
    booth::{
        CameraState, Health, Link,
        light::{FEW_CAPTURES, Light, Outlook, outlook},
    },
    session::{
        Touch,
        desk::{DeskTouch, Duty, Tile},
    },
    time::{Now, Trust, Wall},
    ui::{
        View,
        area::{self, Cut},
        icons::Icon,
        sheet::{Call, Sheet},
        theme::{self, Type},
        words,
    },
};

pub fn home_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    view: &View<'_>,
    duty: &Duty,
) -> Option<Touch> {
    let outlook = outlook(view.health, view.now);
    title(sheet, &mut rest, view, duty, say::light(outlook.light));
    let gap = sheet.px(24.0);
    let (columns, rows) = if sheet.is_wide() { (6, 1) } else { (2, 3) };
    let cards = rest.cut_bottom(sheet.px(if sheet.is_wide() { 216.0 } else { 600.0 }));
    rest.cut_bottom(gap);
    let (light, tiles, across);
    if sheet.is_wide() {
        light = rest.cut_left(rest.width() * 0.4);
        rest.cut_left(gap);
        (tiles, across) = (rest, 4);
    } else {
        tiles = rest.cut_bottom(rest.height() * 0.6);
        rest.cut_bottom(gap);
        (light, across) = (rest, 2);
    }
    light_ui(sheet, light, view, &outlook);
    for (i, card) in cards_of(sheet, view.health, view.now)
        .into_iter()
        .enumerate()
    {
        let row = area::row(cards, rows, sheet.px(20.0), i / columns);
        let place = area::column(row, columns, sheet.px(20.0), i % columns);
        health_card(sheet, place, &card);
    }
    tiles_ui(sheet, tiles, duty, across)
}

const fn looks(light: Light) -> (Icon, Color32, Color32) {
    match light {
        Light::Open => (Icon::Tick, theme::GOOD, theme::GOOD_PALE),
        Light::Degraded => (Icon::Warning, theme::WARN, theme::WARN_PALE),
        Light::Closed => (Icon::Cross, theme::BAD, theme::CARD),
    }
}

/// Draws the light, what speaks against opening, most important first, and the last errors where
/// there is room.
fn light_ui(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>, outlook: &Outlook) {
    let (icon, ink, fill) = looks(outlook.light);
    sheet.panel(place, fill, ink);
    let mut inner = place.shrink2(vec2(sheet.px(36.0), sheet.px(28.0)));
    let mut head = inner.cut_top(sheet.px(84.0));
    let side = sheet.px(72.0);
    let disc = area::middle(head.cut_left(side), vec2(side, side));
    let radius = side / 2.0;
    sheet.ui.painter().circle_filled(disc.center(), radius, ink);
    sheet.icon(disc.shrink(radius * 0.45), icon, theme::ON_BLUE);
    head.cut_left(sheet.px(24.0));
    let batch = view.health.batch.as_ref();
    let batch = batch.map_or_else(
        || sheet.word(words::DESK_BATCH_NONE),
        |batch| batch.name.as_str(),
    );
    let batch = format!("{}: {batch}", sheet.word(words::DESK_BATCH));
    sheet.text(head, Type::Small, theme::INK, Align2::LEFT_CENTER, &batch);
    inner.cut_top(sheet.px(20.0));
    if outlook.reasons.is_empty() {
        let word = sheet.word(say::NOTHING_AGAINST);
        sheet.paragraph(&mut inner, Type::Body, theme::INK, sheet.px(12.0), word);
    }
    for reason in &outlook.reasons {
        let text = say::reason(reason, sheet.lang);
        let side = sheet.px(32.0);
        let indent = side + sheet.px(16.0);
        let height = sheet.height_of(inner.width() - indent, Type::Small, &text);
        if height > inner.height() {
            break;
        }
        let mut row = inner.cut_top(height);
        inner.cut_top(sheet.px(12.0));
        let (icon, ink, _) = looks(reason.light());
        let sign = row.cut_left(side);
        sheet.icon(area::middle(sign, vec2(side, side)), icon, ink);
        row.cut_left(sheet.px(16.0));
        sheet.text(row, Type::Small, theme::INK, Align2::LEFT_CENTER, &text);
    }
    errors(sheet, inner, &view.health.last_errors);
}

fn errors(sheet: &mut Sheet<'_>, mut inner: Rect, errors: &[String]) {
    let head = sheet.px(48.0);
    let one_line = sheet.height_of(inner.width(), Type::Fine, "0");
    if errors.is_empty() || inner.height() < head + one_line * 2.0 {
        return;
    }
    let place = inner.cut_top(head);
    let word = sheet.word(words::DESK_ERRORS);
    let align = Align2::LEFT_CENTER;
    sheet.text(place, Type::Fine, theme::INK_SOFT, align, word);
    lines(sheet, &mut inner, Type::Fine, theme::INK_SOFT, errors);
}

fn tiles_ui(sheet: &mut Sheet<'_>, place: Rect, duty: &Duty, across: usize) -> Option<Touch> {
    let gap = sheet.px(20.0);
    let down = Tile::ALL.len() / across;
    let mut touch = None;
    for (i, tile) in Tile::ALL.into_iter().enumerate() {
        let row = area::row(place, down, gap, i / across);
        let cell = area::column(row, across, gap, i % across);
        let may = tile.deed().is_none_or(|deed| duty.operator.role.may(deed));
        let call = if may { Call::Secondary } else { Call::Later };
        let word = sheet.word(say::tile(tile));
        if sheet.tile(cell, call, tile_icon(tile), word) {
            touch = Some(Touch::Desk(DeskTouch::Open(tile)));
        }
    }
    touch
}

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
        None => words::china_minutes(now.wall),
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
