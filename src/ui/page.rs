//! What every page of a visit shares: the strip at the top that shows how far the visit has come,
//! and the strip at the bottom with the way out and the language. Buttons are low, so that seated
//! and short people reach them.

use std::time::Duration;

use egui::{Align2, FontId, Rect, Stroke, vec2};

use super::{
    View,
    area::{self, Cut},
    icons::{self, Icon},
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{
    lang::Text,
    session::{
        COUNTDOWN, Case, HelpPage, Helping, Session, State, TextSize, Touch,
        calling::{self, StaffCall},
    },
};

/// The steps as a visitor counts them.
const STEPS: [Text; 5] = [
    words::STEP_CONSENT,
    words::STEP_CODE,
    words::STEP_TAIL,
    words::STEP_PICTURE,
    words::STEP_REVIEW,
];

/// Draws both strips of a visit's page; returns the middle, and what was touched at the bottom.
pub fn visit_page(sheet: &mut Sheet<'_>, view: &View<'_>) -> (Rect, Option<Touch>) {
    let (mut rest, foot) = frame(sheet);
    // Who only looks something up has no steps to go.
    let height = if matches!(view.session.state(), State::Progress(_)) {
        72.0
    } else if sheet.is_wide() {
        112.0
    } else {
        196.0
    };
    let head = rest.cut_top(sheet.px(height));
    header(sheet, head, view.session);
    let touch = visit_foot(sheet, view, foot);
    (rest.shrink2(vec2(0.0, sheet.px(16.0))), touch)
}

/// A page that belongs to the mirror: without the strip of steps, so that it has the whole height.
pub fn mirror_page(sheet: &mut Sheet<'_>, view: &View<'_>) -> (Rect, Option<Touch>) {
    let (rest, foot) = frame(sheet);
    (rest, visit_foot(sheet, view, foot))
}

/// A page that belongs to a photo of that aspect (width / height), which has the whole height of a
/// wide screen; everything else stands in a column beside it. Returns both places, and what was
/// touched at the foot of the column.
pub fn photo_page(
    sheet: &mut Sheet<'_>,
    view: &View<'_>,
    aspect: f32,
) -> (Rect, Rect, Option<Touch>) {
    /// In design units: the foot's buttons need it.
    const COLUMN: f32 = 956.0;
    let (upper, lower) = frame(sheet);
    let mut rest = upper.union(lower);
    let gap = sheet.px(48.0);
    let widest = rest.width() - gap - sheet.px(COLUMN);
    let photo = rest.cut_left((rest.height() * aspect).min(widest));
    rest.cut_left(gap);
    let foot = rest.cut_bottom(lower.height());
    rest.cut_bottom(lower.top() - upper.bottom());
    let touch = visit_foot(sheet, view, foot);
    (photo, rest, touch)
}

/// The way out, the call for staff, help, type and language; for the last seconds of a deadline
/// what is left of it.
fn visit_foot(sheet: &mut Sheet<'_>, view: &View<'_>, mut foot: Rect) -> Option<Touch> {
    if view.session.countdown(view.now.mono).is_some() {
        countdown(sheet, foot, view)
    } else {
        let widths = Widths::of(sheet, foot);
        let place = foot.cut_left(sheet.px(widths.leave));
        let can_leave = !matches!(
            view.session.state(),
            State::Saving(_) | State::Contact(_) | State::Payment(_) | State::Receipt(_)
        );
        let word = sheet.word(words::LEAVE);
        let leave = can_leave && widths.button(sheet, place, Icon::Leave, word);
        leave
            .then_some(Touch::Leave)
            .or(foot_buttons(sheet, view, foot))
    }
}

/// Draws a page without steps; returns the middle, and what was touched at the bottom (countdown or
/// the buttons of every foot).
pub fn plain_page(sheet: &mut Sheet<'_>, view: &View<'_>) -> (Rect, Option<Touch>) {
    let (rest, foot) = frame(sheet);
    let touch = if view.session.countdown(view.now.mono).is_some() {
        countdown(sheet, foot, view)
    } else {
        foot_buttons(sheet, view, foot)
    };
    (rest, touch)
}

/// Draws the strip in the upper margin of every screen that says that visits are practice.
pub fn practice(sheet: &mut Sheet<'_>) {
    let mut full = sheet.full;
    let strip = full.cut_top(sheet.px(40.0));
    sheet.ui.painter().rect_filled(strip, 0.0, theme::WARN);
    let word = sheet.word(words::PRACTICE);
    sheet.text(
        strip,
        Type::Small,
        theme::ON_BLUE,
        Align2::CENTER_CENTER,
        word,
    );
}

/// Returns the screen without its margins, and the bottom strip.
pub fn frame(sheet: &Sheet<'_>) -> (Rect, Rect) {
    let side = sheet.px(if sheet.is_wide() { 80.0 } else { 60.0 });
    let mut rest = sheet.full.shrink2(vec2(side, sheet.px(36.0)));
    let foot = rest.cut_bottom(sheet.px(88.0));
    rest.cut_bottom(sheet.px(24.0));
    (rest, foot)
}

/// Widths of the foot's buttons and of the gaps between them, in design units.
struct Widths {
    leave: f32,
    call: f32,
    help: f32,
    size: f32,
    language: f32,
    gap: f32,
    /// Whether there is room for large type; without it, words would break.
    has_room: bool,
}

impl Widths {
    const ROOMY: Self = Self {
        leave: 220.0,
        call: 330.0,
        help: 180.0,
        size: 210.0,
        language: 240.0,
        gap: 20.0,
        has_room: true,
    };
    /// As wide as the words; the size of type is only its sign.
    const NARROW: Self = Self {
        leave: 176.0,
        call: 268.0,
        help: 164.0,
        size: 96.0,
        language: 208.0,
        gap: 11.0,
        has_room: false,
    };

    fn of(sheet: &Sheet<'_>, foot: Rect) -> &'static Self {
        if foot.width() < sheet.px(1_260.0) {
            &Self::NARROW
        } else {
            &Self::ROOMY
        }
    }

    /// Draws one of the foot's buttons.
    fn button(&self, sheet: &mut Sheet<'_>, place: Rect, icon: Icon, word: &str) -> bool {
        let font = self.font(sheet);
        sheet.button_in(place, Call::Quiet, Some(icon), word, font)
    }

    fn font(&self, sheet: &Sheet<'_>) -> FontId {
        if self.has_room {
            sheet.font(Type::Small)
        } else {
            Type::Small.font(sheet.unit)
        }
    }

    /// Returns the width of what stands at the right end.
    const fn right(&self) -> f32 {
        self.call + self.help + self.size + self.language + 3.0 * self.gap
    }
}

/// Draws what every foot has at its right end: the call for staff, help, the other size of type and
/// the next language. For a moment after a call it says so in their place.
pub fn foot_buttons(sheet: &mut Sheet<'_>, view: &View<'_>, mut foot: Rect) -> Option<Touch> {
    let widths = Widths::of(sheet, foot);
    let gap = sheet.px(widths.gap);
    if let Some(call) = rang_within(view, calling::CONFIRMED) {
        called(sheet, foot.cut_right(sheet.px(widths.right())), call);
        return None;
    }
    let place = foot.cut_right(sheet.px(widths.language));
    foot.cut_right(gap);
    let size = size_button(sheet, view, widths, foot.cut_right(sheet.px(widths.size)));
    foot.cut_right(gap);
    let help = help_button(sheet, view, widths, foot.cut_right(sheet.px(widths.help)));
    foot.cut_right(gap);
    let call = call_button(sheet, view, widths, foot.cut_right(sheet.px(widths.call)));
    let other = sheet.lang.next(view.session.third_language());
    widths
        .button(sheet, place, Icon::Globe, other.name())
        .then_some(Touch::Language(other))
        .or(size)
        .or(help)
        .or(call)
}

/// Returns the call that a student made within that time, on a screen from which staff are called.
fn rang_within(view: &View<'_>, age: Duration) -> Option<StaffCall> {
    let call = view.session.staff_call()?;
    let is_new = call.age(view.now.mono) < age;
    (is_new && view.session.state().may_call_staff()).then_some(call)
}

/// Says that staff have been called, and when.
fn called(sheet: &mut Sheet<'_>, place: Rect, call: StaffCall) {
    sheet.panel(place, theme::GOOD_PALE, theme::GOOD_PALE);
    let mut inner = place.shrink2(vec2(sheet.px(24.0), sheet.px(12.0)));
    let side = sheet.px(40.0);
    let sign = area::middle(inner.cut_left(side), vec2(side, side));
    sheet.icon(sign, Icon::Tick, theme::GOOD);
    inner.cut_left(sheet.px(20.0));
    let text = words::with(words::CALLED, sheet.lang, call.at.china_clock());
    sheet.balanced(inner, Type::Body, theme::INK, Align2::LEFT_CENTER, &text);
}

/// Draws the call for staff; while it would not ring again, when it rang.
fn call_button(
    sheet: &mut Sheet<'_>,
    view: &View<'_>,
    widths: &Widths,
    place: Rect,
) -> Option<Touch> {
    if !view.session.state().may_call_staff() {
        return None;
    }
    if let Some(call) = rang_within(view, calling::RINGS_AGAIN) {
        let text = words::with(words::CALLED_AT, sheet.lang, call.at.china_clock());
        let font = widths.font(sheet);
        sheet.button_in(place, Call::Done, None, &text, font);
        return None;
    }
    let word = sheet.word(words::CALL);
    let rings = widths.button(sheet, place, Icon::Bell, word);
    rings.then_some(Touch::CallStaff)
}

/// Draws the help button, except where nothing can wait and where staff are.
fn help_button(
    sheet: &mut Sheet<'_>,
    view: &View<'_>,
    widths: &Widths,
    place: Rect,
) -> Option<Touch> {
    let offered = match view.session.state() {
        State::Staff(_) | State::Help(_) | State::Saving(_) | State::Standardising(_) => false,
        State::Idle
        | State::Batch(_)
        | State::Consent(_)
        | State::Code(_)
        | State::Replace(_)
        | State::Tail(_)
        | State::Prepare(_)
        | State::Framing(_)
        | State::Flawed(_)
        | State::Review(_)
        | State::Contact(_)
        | State::Payment(_)
        | State::Receipt(_)
        | State::Progress(_)
        | State::Stopped(_)
        | State::Blocked(_) => view.session.help_page() == HelpPage::Closed,
    };
    let word = sheet.word(words::HELP);
    (offered && widths.button(sheet, place, Icon::Info, word))
        .then_some(Touch::Help(HelpPage::Open))
}

fn size_button(
    sheet: &mut Sheet<'_>,
    view: &View<'_>,
    widths: &Widths,
    place: Rect,
) -> Option<Touch> {
    let (word, other) = match view.session.text_size() {
        TextSize::Usual => (words::LARGE_TYPE, TextSize::Large),
        TextSize::Large => (words::USUAL_TYPE, TextSize::Usual),
    };
    let word = sheet.word(word);
    let touched = if widths.has_room {
        widths.button(sheet, place, Icon::Type, word)
    } else {
        sheet.icon_button(place, Icon::Type, word)
    };
    touched.then_some(Touch::TextSize(other))
}

/// Draws the last seconds of a deadline in place of the bottom strip.
fn countdown(sheet: &mut Sheet<'_>, foot: Rect, view: &View<'_>) -> Option<Touch> {
    let seconds = view.session.countdown(view.now.mono).unwrap_or_default();
    let place = foot.expand2(vec2(sheet.px(12.0), sheet.px(12.0)));
    sheet.panel(place, theme::WARN_PALE, theme::WARN);
    let mut rest = place.shrink2(vec2(sheet.px(24.0), sheet.px(12.0)));
    let clock = rest.cut_left(sheet.px(72.0));
    let share = seconds as f32 / COUNTDOWN.as_secs_f32();
    let radius = vec2(sheet.px(30.0), sheet.px(30.0));
    let stroke = Stroke::new(sheet.px(7.0), theme::WARN);
    icons::ring(sheet.ui.painter(), clock.center(), radius, share, stroke);
    let more = rest.cut_right(sheet.px(300.0));
    let call = countdown_call(sheet, view, &mut rest);
    let words = if has_something_to_lose(view.session.state()) {
        words::ENDS_IN
    } else {
        words::BACK_IN
    };
    let text = words::with(words, sheet.lang, seconds);
    let text_place = rest.shrink2(vec2(sheet.px(20.0), 0.0));
    sheet.balanced(
        text_place,
        Type::Small,
        theme::INK,
        Align2::LEFT_CENTER,
        &text,
    );
    sheet
        .button(more, Call::Secondary, None, sheet.word(words::MORE_TIME))
        .then_some(Touch::MoreTime)
        .or(call)
}

/// Draws the call for staff as its sign, in the strip where the time runs out.
fn countdown_call(sheet: &mut Sheet<'_>, view: &View<'_>, rest: &mut Rect) -> Option<Touch> {
    let state = view.session.state();
    if !state.may_call_staff() || rang_within(view, calling::RINGS_AGAIN).is_some() {
        return None;
    }
    let place = rest.cut_right(rest.height() + sheet.px(16.0));
    let place = place.with_max_x(place.right() - sheet.px(16.0));
    let word = sheet.word(words::CALL);
    let rings = sheet.icon_button(place, Icon::Bell, word);
    rings.then_some(Touch::CallStaff)
}

const fn has_something_to_lose(state: &State) -> bool {
    !matches!(
        state,
        State::Idle
            | State::Contact(_)
            | State::Payment(_)
            | State::Receipt(_)
            | State::Progress(_)
            | State::Stopped(_)
            | State::Blocked(_)
            | State::Staff(_)
    )
}

fn header(sheet: &mut Sheet<'_>, mut place: Rect, session: &Session) {
    let title = session.batch().map_or_else(
        || sheet.word(words::TITLE).to_owned(),
        |batch| format!("{}  {}", batch.school, batch.name),
    );
    let steps = if sheet.is_wide() {
        place.cut_right(sheet.px(1060.0))
    } else {
        place.cut_bottom(sheet.px(116.0))
    };
    // An inquiry has no steps.
    if matches!(session.state(), State::Progress(_)) {
        place = place.union(steps);
    } else {
        steps_row(sheet, steps, &STEPS, step_of(session.state()));
    }
    let title_place = place.shrink2(vec2(0.0, sheet.px(6.0)));
    sheet.balanced(
        title_place,
        Type::Small,
        theme::INK_SOFT,
        Align2::LEFT_CENTER,
        &title,
    );
}

/// Returns the place of a state among the steps; after the last one when all is done.
const fn step_of(state: &State) -> usize {
    match state {
        State::Idle
        | State::Batch(_)
        | State::Consent(_)
        | State::Progress(_)
        | State::Stopped(_)
        | State::Blocked(_)
        | State::Staff(_) => 0,
        State::Code(_) | State::Replace(_) => 1,
        State::Tail(_) => 2,
        State::Prepare(_)
        | State::Framing(_)
        | State::Standardising(_)
        | State::Flawed(_)
        | State::Help(Helping {
            case: Case::Unseen(_) | Case::Import(_),
            ..
        }) => 3,
        State::Help(_) | State::Review(_) | State::Saving(_) => 4,
        State::Contact(_) | State::Payment(_) | State::Receipt(_) => STEPS.len(),
    }
}

/// Draws `steps` beside each other: those before `now_at` are done.
pub fn steps_row(sheet: &mut Sheet<'_>, place: Rect, steps: &[Text], now_at: usize) {
    let radius = sheet.px(24.0);
    let line_y = place.top() + sheet.px(34.0);
    let centre = |i: usize| area::column(place, steps.len(), 0.0, i).center().x;
    for (i, word) in steps.iter().enumerate() {
        if i > 0 {
            let color = if i <= now_at {
                theme::BLUE
            } else {
                theme::LINE
            };
            let gap = radius + sheet.px(10.0);
            let ends = centre(i - 1) + gap..=centre(i) - gap;
            sheet
                .ui
                .painter()
                .hline(ends, line_y, Stroke::new(sheet.px(4.0), color));
        }
        let dot = Rect::from_center_size(egui::pos2(centre(i), line_y), vec2(radius, radius) * 2.0);
        step_dot(sheet, dot, i, now_at);
        let color = match i.cmp(&now_at) {
            std::cmp::Ordering::Less => theme::INK_SOFT,
            std::cmp::Ordering::Equal => theme::BLUE,
            std::cmp::Ordering::Greater => theme::INK_FAINT,
        };
        let mut name = area::column(place, steps.len(), 0.0, i);
        name.min.y = dot.bottom() + sheet.px(4.0);
        let word = sheet.word(*word);
        sheet.text(name, Type::Small, color, Align2::CENTER_TOP, word);
    }
}

fn step_dot(sheet: &Sheet<'_>, dot: Rect, index: usize, now_at: usize) {
    let painter = sheet.ui.painter();
    let radius = dot.width() / 2.0;
    if index < now_at {
        painter.circle_filled(dot.center(), radius, theme::BLUE);
        sheet.icon(dot.shrink(radius * 0.5), Icon::Tick, theme::ON_BLUE);
        return;
    }
    let (fill, line, ink) = if index == now_at {
        (theme::BLUE, theme::BLUE, theme::ON_BLUE)
    } else {
        (theme::CARD, theme::LINE, theme::INK_FAINT)
    };
    painter.circle(dot.center(), radius, fill, Stroke::new(sheet.px(3.0), line));
    let number = (index + 1).to_string();
    painter.text(
        dot.center(),
        Align2::CENTER_CENTER,
        number,
        Type::Small.font(sheet.unit),
        ink,
    );
}
