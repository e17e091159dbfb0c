//! Commissioning and its short check: one step per page, the camera's own picture beside it.

use egui::{Align2, Color32, Rect, vec2};

use super::{lines, say};
use crate::{
    booth::{
        CameraState, CommissionedPart,
        seat::{Seat, Seated},
    },
    checks::words::sentence,
    session::{
        Touch,
        commissioning::{CheckTouch, Commissioning, Found, Measured, Round, Step},
        desk::DeskTouch,
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

/// The final file's sides, 480 to 640.
const PORTRAIT: f32 = 0.75;

pub fn check_ui(
    sheet: &mut Sheet<'_>,
    rest: Rect,
    view: &View<'_>,
    commissioning: &Commissioning,
) -> Option<Touch> {
    let touch = match commissioning.step {
        Step::Choice => choice_ui(sheet, rest, view),
        Step::Done => {
            done_ui(sheet, rest);
            None
        }
        Step::Camera | Step::Chart | Step::Seat | Step::Lock | Step::Plate | Step::Shot => {
            step_ui(sheet, rest, view, commissioning)
        }
    };
    touch.map(|touch| Touch::Desk(DeskTouch::Check(touch)))
}

fn choice_ui(sheet: &mut Sheet<'_>, mut rest: Rect, view: &View<'_>) -> Option<CheckTouch> {
    let word = sheet.word(say::CHECK_CHOICE);
    sheet.paragraph(&mut rest, Type::Heading, theme::INK, sheet.px(16.0), word);
    let last = view.health.checked.map_or_else(
        || sheet.word(say::WHY_NEVER_CHECKED).to_owned(),
        |at| words::with(say::CHECK_LAST, sheet.lang, words::china_minutes(at)),
    );
    sheet.paragraph(
        &mut rest,
        Type::Small,
        theme::INK_SOFT,
        sheet.px(16.0),
        &last,
    );
    let list = rest.cut_top(sheet.px(56.0));
    commissioned_ui(sheet, list, view);
    rest.cut_top(sheet.px(28.0));
    let rounds = [
        (Round::Short, say::CHECK_SHORT, say::CHECK_SHORT_MORE),
        (Round::Whole, say::CHECK_WHOLE, say::CHECK_WHOLE_MORE),
    ];
    let tall = rest.height().min(sheet.px(760.0));
    let both = rest.cut_top(tall);
    let mut touch = None;
    for (i, (round, word, more)) in rounds.into_iter().enumerate() {
        let place = if sheet.is_wide() {
            area::column(both, 2, sheet.px(32.0), i)
        } else {
            area::row(both, 2, sheet.px(32.0), i)
        };
        sheet.card(place);
        let mut inner = place.shrink2(vec2(sheet.px(44.0), sheet.px(36.0)));
        let act = inner.cut_bottom(sheet.px(130.0));
        inner.cut_bottom(sheet.px(20.0));
        let more = sheet.word(more);
        let align = Align2::LEFT_CENTER;
        sheet.balanced(inner, Type::Body, theme::INK, align, more);
        if sheet.button(act, Call::Primary, None, sheet.word(word)) {
            touch = Some(CheckTouch::Begin(round));
        }
    }
    touch
}

/// Draws what the disk shows as done of the commissioning, and what is still open.
fn commissioned_ui(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>) {
    let kept = |part| view.health.commissioned.contains(&part);
    let parts = [
        (
            kept(CommissionedPart::Camera),
            say::DONE_CAMERA,
            say::OPEN_CAMERA,
        ),
        (
            kept(CommissionedPart::Plate),
            say::DONE_PLATE,
            say::OPEN_PLATE,
        ),
        (
            view.health.checked.is_some(),
            say::DONE_CHECK,
            say::OPEN_CHECK,
        ),
    ];
    for (i, (is_done, done, open)) in parts.into_iter().enumerate() {
        let mut cell = area::column(place, parts.len(), sheet.px(16.0), i);
        let side = sheet.px(36.0);
        let (icon, ink, text) = if is_done {
            (Icon::Tick, theme::GOOD, done)
        } else {
            (Icon::Warning, theme::WARN, open)
        };
        let sign = cell.cut_left(side);
        sheet.icon(area::middle(sign, vec2(side, side)), icon, ink);
        cell.cut_left(sheet.px(14.0));
        let word = sheet.word(text);
        sheet.text(cell, Type::Small, theme::INK, Align2::LEFT_CENTER, word);
    }
}

fn done_ui(sheet: &mut Sheet<'_>, rest: Rect) {
    let mut inner = area::middle(rest, vec2(rest.width(), sheet.px(460.0)));
    let sign = inner.cut_top(sheet.px(180.0));
    let radius = sheet.px(86.0);
    let painter = sheet.ui.painter();
    painter.circle_filled(sign.center(), radius, theme::GOOD_PALE);
    sheet.icon(
        area::middle(sign, vec2(radius, radius)),
        Icon::Tick,
        theme::GOOD,
    );
    inner.cut_top(sheet.px(32.0));
    let (title, more) = say::step(Step::Done);
    let place = inner.cut_top(sheet.px(90.0));
    let align = Align2::CENTER_CENTER;
    sheet.text(place, Type::Title, theme::INK, align, sheet.word(title));
    let more = sheet.word(more);
    sheet.text(inner, Type::Body, theme::INK_SOFT, Align2::CENTER_TOP, more);
}

fn step_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    view: &View<'_>,
    commissioning: &Commissioning,
) -> Option<CheckTouch> {
    let acts = rest.cut_bottom(sheet.px(130.0));
    rest.cut_bottom(sheet.px(24.0));
    let share = if sheet.is_wide() { 0.58 } else { 0.53 };
    let (picture, mut side) = sheet.panes(rest, share, sheet.px(40.0));
    picture_ui(sheet, picture, view, commissioning);
    let steps = commissioning.round.steps();
    let at = steps.iter().position(|step| *step == commissioning.step);
    // The last step is not counted.
    let count = format!("{} / {}", at.unwrap_or_default() + 1, steps.len() - 1);
    let count = words::with(say::STEP_OF, sheet.lang, count);
    sheet.paragraph(&mut side, Type::Small, theme::BLUE, sheet.px(8.0), &count);
    let (title, more) = say::step(commissioning.step);
    let word = sheet.word(title);
    sheet.paragraph(&mut side, Type::Heading, theme::INK, sheet.px(12.0), word);
    let more = match (commissioning.step, &view.health.camera) {
        (Step::Camera, CameraState::Another(which)) => {
            words::with(say::STEP_CAMERA_OTHER, sheet.lang, which)
        }
        (Step::Camera, _) => words::with(more, sheet.lang, camera_in_words(view)),
        _ => sheet.word(more).to_owned(),
    };
    sheet.paragraph(
        &mut side,
        Type::Body,
        theme::INK_SOFT,
        sheet.px(24.0),
        &more,
    );
    found_ui(sheet, side, view, commissioning);
    acts_ui(sheet, acts, view, commissioning)
}

fn camera_in_words(view: &View<'_>) -> String {
    let Some(live) = &view.pictures.live else {
        return String::new();
    };
    let size = live.frame_size;
    format!("{} {}×{}", live.camera.name, size.width, size.height)
}

/// Draws the camera's picture as it is, not mirrored; or the portrait that was made.
fn picture_ui(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>, commissioning: &Commissioning) {
    let round = sheet.round(theme::ROUND_CARD);
    let portrait = view.pictures.portrait.as_ref();
    if let (Found::Measured(Measured::Shot(Ok(_))), Some(portrait)) =
        (&commissioning.found, portrait)
    {
        return sheet.picture(area::fit(place, PORTRAIT), portrait);
    }
    if let Some(live) = &view.pictures.live {
        let size = live.frame_size;
        let place = area::fit(place, size.width as f32 / size.height as f32);
        return sheet.picture(place, &live.texture);
    }
    sheet.ui.painter().rect_filled(place, round, theme::EMPTY);
    let align = Align2::CENTER_CENTER;
    let word = sheet.word(say::NO_PICTURE);
    sheet.text(place, Type::Body, theme::ON_BLUE, align, word);
}

/// Draws what was measured, with a sign that shows whether it is right.
fn found_ui(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>, commissioning: &Commissioning) {
    let good = (Icon::Tick, theme::GOOD, theme::GOOD_PALE);
    let mind = (Icon::Warning, theme::WARN, theme::WARN_PALE);
    let wait = (Icon::Clock, theme::BLUE, theme::BLUE_PALE);
    let word = |sheet: &Sheet<'_>, text| vec![sheet.word(text).to_owned()];
    let (looks, texts) = match &commissioning.found {
        Found::Nothing => return,
        Found::Asking => match commissioning.shutter_at {
            Some(at) => {
                let seconds = at.since(view.now.mono).as_millis().div_ceil(1000);
                let text = words::with(say::SHOOT_IN, sheet.lang, seconds);
                (wait, vec![text])
            }
            None => (wait, word(sheet, say::ONE_MOMENT)),
        },
        Found::Mirrored => (mind, word(sheet, say::MIRRORED_MORE)),
        Found::Measured(Measured::Seat(Err(_))) => (mind, word(sheet, say::NO_PICTURE)),
        Found::Measured(Measured::Seat(Ok(seat))) => (
            if matches!(seat.sitter, Seated::Served { .. }) {
                good
            } else {
                mind
            },
            seat_in_words(sheet, seat),
        ),
        Found::Measured(Measured::Camera(Ok(()))) => (good, word(sheet, say::CAMERA_TAKEN)),
        Found::Measured(Measured::Camera(Err(why)) | Measured::Lock(Err(why))) => {
            (mind, word(sheet, say::not_locked(*why)))
        }
        Found::Measured(Measured::Lock(Ok(locked))) => {
            let values = locked.iter().map(|locked| {
                let name = sheet.word(say::control(locked.control));
                let none = || sheet.word(say::LOCKED_NONE).to_owned();
                let value = locked.value.map_or_else(none, |value| value.to_string());
                format!("{name}: {value}")
            });
            (good, values.collect())
        }
        Found::Measured(Measured::Plate(Ok(()))) => (good, word(sheet, say::PLATE_TAKEN)),
        Found::Measured(Measured::Plate(Err(why))) => (mind, word(sheet, say::no_plate(*why))),
        Found::Measured(Measured::Shot(Err(why))) => (mind, word(sheet, say::no_shot(*why))),
        Found::Measured(Measured::Shot(Ok(shot))) if shot.passes() => {
            (good, word(sheet, say::SHOT_GOOD))
        }
        Found::Measured(Measured::Shot(Ok(shot))) => {
            let mut texts = word(sheet, say::SHOT_BAD);
            let refusing = shot.checks.iter().filter(|check| check.refuses());
            texts.extend(refusing.map(|check| sentence(check, sheet.lang).to_owned()));
            (mind, texts)
        }
    };
    told_ui(sheet, place, looks, &texts);
}

fn told_ui(
    sheet: &mut Sheet<'_>,
    mut place: Rect,
    (icon, ink, fill): (Icon, Color32, Color32),
    texts: &[String],
) {
    let side = sheet.px(44.0);
    let margin = vec2(sheet.px(32.0), sheet.px(22.0));
    let width = place.width() - margin.x * 2.0 - side - sheet.px(20.0);
    let heights = texts
        .iter()
        .map(|text| sheet.height_of(width, Type::Small, text));
    let tall = heights.sum::<f32>() + sheet.px(8.0) * texts.len() as f32 + margin.y * 2.0;
    let place = place.cut_top(tall.max(sheet.px(96.0)));
    sheet.panel(place, fill, ink);
    let mut inner = place.shrink2(margin);
    let mut sign = inner.cut_left(side);
    sheet.icon(sign.cut_top(side), icon, ink);
    inner.cut_left(sheet.px(20.0));
    lines(sheet, &mut inner, Type::Small, theme::INK, texts);
}

fn seat_in_words(sheet: &Sheet<'_>, seat: &Seat) -> Vec<String> {
    let with = |text, value: f32| words::with(text, sheet.lang, value.round());
    let word = |text| sheet.word(text).to_owned();
    let mut texts = match seat.sitter {
        Seated::Nobody => vec![word(say::SEAT_NOBODY)],
        Seated::CrownCutOff { face_px } => {
            vec![word(say::SEAT_CROWN), with(say::SEAT_FACE, face_px)]
        }
        Seated::NotServed { face_px } => {
            vec![word(say::SEAT_NOT_SERVED), with(say::SEAT_FACE, face_px)]
        }
        Seated::Served {
            face_px,
            higher_cm,
            lower_cm,
        } => vec![
            with(say::SEAT_FACE, face_px),
            with(say::SEAT_HIGHER, higher_cm),
            with(say::SEAT_LOWER, lower_cm),
        ],
    };
    texts.push(with(say::SEAT_LIGHT, seat.brightness));
    texts
}

fn acts_ui(
    sheet: &mut Sheet<'_>,
    mut acts: Rect,
    view: &View<'_>,
    commissioning: &Commissioning,
) -> Option<CheckTouch> {
    let next = acts.cut_right(acts.width() * 0.5);
    acts.cut_right(sheet.px(24.0));
    let measured = matches!(commissioning.found, Found::Measured(_));
    let asking = matches!(commissioning.found, Found::Asking);
    let is_another = matches!(view.health.camera, CameraState::Another(_));
    let (beside, on) = match commissioning.step {
        Step::Chart if matches!(commissioning.found, Found::Mirrored) => {
            (Some((say::LOOK_AGAIN, CheckTouch::Measure)), say::CAN_READ)
        }
        Step::Chart => (
            Some((say::IS_MIRRORED, CheckTouch::Mirrored)),
            say::CAN_READ,
        ),
        Step::Seat => (Some((say::MEASURE, CheckTouch::Measure)), say::NEXT),
        Step::Lock => (Some((say::LOCK, CheckTouch::Measure)), say::NEXT),
        Step::Plate | Step::Shot => (Some((say::TAKE, CheckTouch::Measure)), say::NEXT),
        Step::Camera if is_another => (Some((say::TAKE_CAMERA, CheckTouch::Measure)), say::RIGHT),
        Step::Camera | Step::Choice | Step::Done => (None, say::RIGHT),
    };
    let skips = !measured && matches!(commissioning.step, Step::Seat | Step::Lock | Step::Plate);
    let on = if skips { say::SKIP } else { on };
    let right = commissioning.may_go_on() && !(commissioning.step == Step::Camera && is_another);
    let call = match (right, skips) {
        (false, _) => Call::Later,
        (true, true) => Call::Secondary,
        (true, false) => Call::Primary,
    };
    let on = sheet.button(next, call, None, sheet.word(on));
    let beside = beside.filter(|(word, _)| {
        let first = skips || (!right && !measured);
        let call = match (asking, first) {
            (true, _) => Call::Later,
            (false, true) => Call::Primary,
            (false, false) => Call::Secondary,
        };
        sheet.button(acts, call, None, sheet.word(*word))
    });
    beside
        .map(|(_, touch)| touch)
        .or(on.then_some(CheckTouch::Next))
}
