//! A head that no model finds: staff take a still and touch crown, eyes and chin on it.

use egui::{Align2, Color32, Pos2, Rect, Stroke, pos2, vec2};

use super::{
    View,
    area::{self, Cut},
    icons::Icon,
    preview,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{
    geometry::{Point, Size},
    lang::Text,
    layout::{Crop, Infeasible},
    profile::Bands,
    session::{
        Touch,
        marking::{Mark, Marking},
    },
};

pub fn marking_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    view: &View<'_>,
    (marking, bands): (&Marking, &Bands),
) -> Option<Touch> {
    let acts = rest.cut_bottom(sheet.px(130.0));
    rest.cut_bottom(sheet.px(28.0));
    let solved = marking.solved(bands).map(|(_, solved)| solved);
    let told = told(marking, solved.as_ref());
    if sheet.is_wide() {
        let mut aside = rest.cut_right(rest.width() * 0.3);
        rest.max.x -= sheet.px(48.0);
        titles(sheet, &mut aside, told);
    } else {
        let mut head = rest.cut_top(sheet.px(300.0));
        titles(sheet, &mut head, told);
    }
    let Some(still) = &marking.still else {
        preview::live(sheet, rest, view.pictures.live.as_ref());
        preview::camera_notice(sheet, rest, view);
        return before(sheet, acts);
    };
    let crop = solved.and_then(Result::ok);
    let touched = still_ui(
        sheet,
        rest,
        view,
        (marking, still.analysis.frame.size(), crop),
    );
    let call = if crop.is_some() {
        Call::Primary
    } else {
        Call::Later
    };
    touched.or(after(sheet, acts, call))
}

/// Returns what is to be done now.
fn told(marking: &Marking, solved: Option<&Result<Crop, Infeasible>>) -> Text {
    if marking.still.is_none() {
        return words::MARK_STILL;
    }
    match (marking.next(), solved) {
        (Some(Mark::Crown), _) => words::MARK_CROWN,
        (Some(Mark::Eyes), _) => words::MARK_EYES,
        (Some(Mark::Chin), _) => words::MARK_CHIN,
        (None, None) => words::MARK_ORDER,
        (None, Some(Ok(_))) => words::MARK_DONE,
        (None, Some(Err(why))) => words::not_cut(*why),
    }
}

fn titles(sheet: &mut Sheet<'_>, place: &mut Rect, told: Text) {
    let word = sheet.word(words::MARK_TITLE);
    sheet.paragraph(place, Type::Title, theme::INK, sheet.px(8.0), word);
    let word = sheet.word(words::MARK_MORE);
    sheet.paragraph(place, Type::Small, theme::INK_SOFT, sheet.px(24.0), word);
    let word = sheet.word(told);
    sheet.paragraph(place, Type::Heading, theme::BLUE, sheet.px(24.0), word);
}

fn before(sheet: &mut Sheet<'_>, mut acts: Rect) -> Option<Touch> {
    let back = acts.cut_left(acts.width() * 0.38);
    acts.cut_left(sheet.px(24.0));
    let word = sheet.word(words::MARK_GIVE_UP);
    let back = sheet.button(back, Call::Secondary, None, word);
    let word = sheet.word(words::MARK_TAKE);
    let take = sheet.button(acts, Call::Primary, Some(Icon::Camera), word);
    take.then_some(Touch::Shoot)
        .or(back.then_some(Touch::Retake))
}

fn after(sheet: &mut Sheet<'_>, acts: Rect, call: Call) -> Option<Touch> {
    let [again, anew, done] = [0, 1, 2].map(|i| area::column(acts, 3, sheet.px(24.0), i));
    let word = sheet.word(words::RETAKE);
    let again = sheet.button(again, Call::Secondary, Some(Icon::Camera), word);
    let word = sheet.word(words::MARK_ANEW);
    let anew = sheet.button(anew, Call::Secondary, Some(Icon::Again), word);
    let word = sheet.word(words::MARK_CUT);
    let done = sheet.button(done, call, Some(Icon::Tick), word);
    done.then_some(Touch::Marked)
        .or(anew.then_some(Touch::Unmark))
        .or(again.then_some(Touch::Shoot))
}

/// Draws the still as it is, whole and not mirrored, with its marks and the crop they lead to.
fn still_ui(
    sheet: &mut Sheet<'_>,
    place: Rect,
    view: &View<'_>,
    (marking, frame, crop): (&Marking, Size, Option<Crop>),
) -> Option<Touch> {
    let (width, height) = (frame.width.max(1) as f32, frame.height.max(1) as f32);
    let place = area::fit(place, width / height);
    let zoom = place.width() / width;
    if let Some(still) = &view.pictures.still {
        sheet.picture(place, still);
    }
    let on_screen = |point: Point| place.min + vec2(point.x, point.y) * zoom;
    if let Some(crop) = crop {
        preview::cropped(sheet, place, frame, crop);
    }
    for (mark, point) in Mark::ALL.into_iter().zip(&marking.points) {
        mark_ui(sheet, place, on_screen(*point), words::mark(mark));
    }
    let name = sheet.word(words::MARK_TITLE);
    let at = sheet.touched_at(place, name)? - place.min;
    Some(Touch::Mark {
        x: (at.x / zoom).clamp(0.0, width - 1.0) as u32,
        y: (at.y / zoom).clamp(0.0, height - 1.0) as u32,
    })
}

/// Draws a line across the head with its name, and a ring where it was touched.
fn mark_ui(sheet: &mut Sheet<'_>, place: Rect, at: Pos2, word: Text) {
    let color: Color32 = theme::GUIDE;
    let reach = sheet.px(220.0);
    let left = (at.x - reach).max(place.left());
    let right = (at.x + reach).min(place.right());
    let painter = sheet.ui.painter();
    let stroke = Stroke::new(sheet.px(4.0), color);
    painter.line_segment([pos2(left, at.y), pos2(right, at.y)], stroke);
    painter.circle_stroke(at, sheet.px(16.0), stroke);
    let word = sheet.word(word);
    let size = vec2(
        sheet.width_of(Type::Small, word) + sheet.px(28.0),
        sheet.px(46.0),
    );
    let tag = Rect::from_min_size(pos2(left, at.y - size.y / 2.0), size);
    let round = sheet.px(12.0);
    sheet
        .ui
        .painter()
        .rect_filled(tag, round, theme::DIM_STRONG);
    sheet.text(tag, Type::Small, color, Align2::CENTER_CENTER, word);
}
