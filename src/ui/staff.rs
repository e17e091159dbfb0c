//! Staff at the booth: the PIN, then a home page with one light, and pages that are one touch away
//! from it.
//!
//! The button back is at the same place on each of them, and the one for the next operator beside
//! it.

mod check;
mod day;
mod engineer;
mod home;
mod queue;
mod settings;
mod stick;

use egui::{Align2, Rect, Stroke, vec2};

use super::{
    View,
    area::{self, Cut},
    batch,
    icons::Icon,
    keypad, page, scan,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words::{self, staff as say},
};
use crate::{
    booth::duty::Deed,
    lang::Text,
    session::{
        Desk, PinAnswer, Touch,
        desk::{DeskTouch, Duty, Lock, Page, Tile},
    },
};

pub fn staff_ui(sheet: &mut Sheet<'_>, view: &View<'_>, desk: &Desk) -> Option<Touch> {
    let (mut rest, foot) = page::plain_page(sheet, view);
    let (way, touch) = match desk {
        Desk::Locked(lock) => (leave(sheet, view), locked(sheet, &mut rest, lock)),
        Desk::Open(duty) => (ways(sheet, view, duty), page_ui(sheet, rest, view, duty)),
    };
    touch.or(way).or(foot)
}

fn leave(sheet: &mut Sheet<'_>, view: &View<'_>) -> Option<Touch> {
    let mut corner = corner(sheet, view)?;
    let place = corner.cut_left(sheet.px(210.0));
    let word = sheet.word(words::DESK_LEAVE);
    let left = sheet.button(place, Call::Quiet, Some(Icon::Leave), word);
    left.then_some(Touch::StaffLeave)
}

/// Draws the buttons out, or back to the home page, and to the next operator.
fn ways(sheet: &mut Sheet<'_>, view: &View<'_>, duty: &Duty) -> Option<Touch> {
    let mut corner = corner(sheet, view)?;
    let place = corner.cut_left(sheet.px(210.0));
    let back = if matches!(duty.page, Page::Home) {
        let word = sheet.word(words::DESK_LEAVE);
        let left = sheet.button(place, Call::Quiet, Some(Icon::Leave), word);
        left.then_some(Touch::StaffLeave)
    } else {
        let word = sheet.word(say::BACK);
        let back = sheet.button(place, Call::Quiet, Some(Icon::Leave), word);
        back.then_some(Touch::Desk(DeskTouch::Home))
    };
    corner.cut_left(sheet.px(16.0));
    let place = corner.cut_left(sheet.px(230.0));
    let word = sheet.word(say::HAND_OVER);
    let hand_over = sheet.button(place, Call::Quiet, Some(Icon::Lock), word);
    back.or(hand_over.then_some(Touch::Desk(DeskTouch::HandOver)))
}

/// Returns the left part of the bottom strip, while no countdown is shown there.
fn corner(sheet: &Sheet<'_>, view: &View<'_>) -> Option<Rect> {
    let counts = view.session.countdown(view.now.mono).is_some();
    (!counts).then(|| page::frame(sheet).1)
}

fn page_ui(sheet: &mut Sheet<'_>, mut rest: Rect, view: &View<'_>, duty: &Duty) -> Option<Touch> {
    match &duty.page {
        Page::Home => home::home_ui(sheet, rest, view, duty),
        Page::Queue(queuing) => {
            title(sheet, &mut rest, view, duty, say::TILE_QUEUE);
            queue::queue_ui(sheet, rest, view, duty, queuing)
        }
        Page::Day(days) => {
            title(sheet, &mut rest, view, duty, say::TILE_DAY);
            day::day_ui(sheet, rest, duty, days)
        }
        Page::Stick(carrying) => {
            title(sheet, &mut rest, view, duty, say::TILE_STICK);
            stick::stick_ui(sheet, rest, view, duty, carrying)
        }
        Page::Batch(entry) => batch::pin_ui(sheet, rest, view, entry),
        Page::Commission(commissioning) => {
            title(sheet, &mut rest, view, duty, say::TILE_COMMISSION);
            check::check_ui(sheet, rest, view, commissioning)
        }
        Page::Settings => {
            title(sheet, &mut rest, view, duty, say::TILE_SETTINGS);
            settings::settings_ui(sheet, rest, view)
        }
        Page::Engineer(examined) => {
            title(sheet, &mut rest, view, duty, say::TILE_ENGINEER);
            engineer::engineer_ui(sheet, rest, view, examined.as_deref())
        }
        Page::PackUp(days) => {
            title(sheet, &mut rest, view, duty, say::TILE_PACK_UP);
            day::pack_up_ui(sheet, rest, view, days)
        }
    }
}

/// Draws which page this is, whose, and of which booth.
fn title(sheet: &mut Sheet<'_>, rest: &mut Rect, view: &View<'_>, duty: &Duty, word: Text) {
    let mut head = rest.cut_top(sheet.px(84.0));
    rest.cut_top(sheet.px(16.0));
    let word = sheet.word(word);
    let width = sheet.width_of(Type::Title, word) + sheet.px(40.0);
    let place = head.cut_left(width.min(head.width() * 0.5));
    sheet.text(place, Type::Title, theme::INK, Align2::LEFT_CENTER, word);
    let operator = &duty.operator;
    let role = sheet.word(say::role(operator.role));
    let who = format!("{} · {role}    {}", operator.name, view.health.station);
    let align = Align2::RIGHT_CENTER;
    sheet.text(head, Type::Small, theme::INK_SOFT, align, &who);
}

/// Returns how a button is drawn: it answers only an operator who may do what it does.
fn call_for(duty: &Duty, deed: Deed, call: Call) -> Call {
    if duty.operator.role.may(deed) {
        call
    } else {
        Call::Later
    }
}

/// Draws lines of one text each, as many as fit.
fn lines(
    sheet: &mut Sheet<'_>,
    rest: &mut Rect,
    kind: Type,
    color: egui::Color32,
    texts: &[String],
) {
    for text in texts {
        let height = sheet.height_of(rest.width(), kind, text);
        if height > rest.height() {
            break;
        }
        sheet.paragraph(rest, kind, color, sheet.px(8.0), text);
    }
}

/// Draws a card's title and returns what is left of the card.
fn headed(sheet: &mut Sheet<'_>, place: Rect, word: Text) -> Rect {
    sheet.card(place);
    let mut inner = place.shrink2(vec2(sheet.px(32.0), sheet.px(22.0)));
    let head = inner.cut_top(sheet.px(52.0));
    let word = sheet.word(word);
    sheet.text(head, Type::Body, theme::INK, Align2::LEFT_CENTER, word);
    inner.cut_top(sheet.px(8.0));
    inner
}

const fn tile_icon(tile: Tile) -> Icon {
    match tile {
        Tile::Queue => Icon::Queue,
        Tile::Day => Icon::Document,
        Tile::Stick => Icon::Disk,
        Tile::Batch => Icon::Code,
        Tile::Commission => Icon::Camera,
        Tile::Settings => Icon::Sliders,
        Tile::Engineer => Icon::Info,
        Tile::PackUp => Icon::Lock,
    }
}

/// Draws the pad for number and PIN, and the result of the last PIN.
pub fn locked(sheet: &mut Sheet<'_>, rest: &mut Rect, lock: &Lock) -> Option<Touch> {
    let mut pad = if sheet.is_wide() {
        let pad = rest.cut_right(rest.width() * 0.44);
        rest.max.x -= sheet.px(72.0);
        pad
    } else {
        rest.cut_bottom(sheet.px(820.0))
    };
    pad = area::middle(pad, vec2(sheet.px(760.0), pad.height()));
    let mut inner = area::middle(*rest, vec2(rest.width(), sheet.px(460.0)));
    let sign = inner.cut_top(sheet.px(110.0));
    sheet.icon(sign, Icon::Lock, theme::BLUE);
    inner.cut_top(sheet.px(24.0));
    let title = inner.cut_top(sheet.px(90.0));
    inner.cut_top(sheet.px(12.0));
    let typed = inner.cut_top(sheet.px(90.0));
    if let Some(number) = lock.number {
        let text = words::with(words::PIN_TITLE, sheet.lang, number);
        sheet.text(title, Type::Title, theme::INK, Align2::CENTER_CENTER, &text);
        pin_dots(sheet, typed, lock.typed.len());
    } else {
        let word = sheet.word(words::PIN_NUMBER_TITLE);
        sheet.text(title, Type::Title, theme::INK, Align2::CENTER_CENTER, word);
        number_typed(sheet, typed, lock.typed.as_str());
    }
    inner.cut_top(sheet.px(16.0));
    let said = match &lock.answer {
        None | Some(PinAnswer::Right(_)) => None,
        Some(PinAnswer::Wrong) => Some(sheet.word(words::PIN_WRONG).to_owned()),
        Some(PinAnswer::MayNot) => Some(sheet.word(words::PIN_MAY_NOT).to_owned()),
        Some(PinAnswer::Wait(seconds)) => Some(words::with(words::PIN_WAIT, sheet.lang, seconds)),
        Some(PinAnswer::LockoutsEnded) => Some(sheet.word(words::PIN_LOCKOUTS_ENDED).to_owned()),
        Some(PinAnswer::CommandRefused(trouble)) => {
            Some(sheet.word(words::command_trouble(*trouble)).to_owned())
        }
        Some(PinAnswer::Unchecked) => Some(sheet.word(words::PIN_UNCHECKED).to_owned()),
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

/// Draws an operator's number, which is no secret.
fn number_typed(sheet: &mut Sheet<'_>, place: Rect, typed: &str) {
    let field = area::middle(place, vec2(sheet.px(240.0), place.height()));
    sheet.panel(field, theme::CARD, theme::EDGE);
    sheet.text(field, Type::Title, theme::INK, Align2::CENTER_CENTER, typed);
}

/// Draws as many dots as were typed; at least six places are shown.
pub fn pin_dots(sheet: &Sheet<'_>, place: Rect, typed: usize) {
    let places = typed.max(6);
    let step = sheet.px(52.0);
    let row = area::middle(place, vec2(step * places as f32, place.height()));
    for i in 0..places {
        let at = area::column(row, places, 0.0, i).center();
        let painter = sheet.ui.painter();
        if i < typed {
            painter.circle_filled(at, sheet.px(15.0), theme::INK);
        } else {
            painter.circle_stroke(at, sheet.px(14.0), Stroke::new(sheet.px(3.0), theme::EDGE));
        }
    }
}
