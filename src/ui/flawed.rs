//! A picture that was not good enough: the place where, what to do about it, and another try.

use egui::{Pos2, Rect, Stroke, Vec2, vec2};

use super::{
    View,
    area::{self, Cut},
    framing::{self, cased},
    icons::{self, Icon},
    page, review, scan,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{
    geometry,
    lang::Text,
    profile::OUTPUT_WIDTH,
    session::{Flawed, Touch},
};

pub fn flawed_ui(sheet: &mut Sheet<'_>, view: &View<'_>, flawed: &Flawed) -> Option<Touch> {
    let said: Vec<&str> = reasons(flawed)
        .into_iter()
        .map(|word| sheet.word(word))
        .collect();
    if sheet.is_wide() {
        let (photo, mut rest, foot) = page::photo_page(sheet, view, review::PORTRAIT);
        photo_ui(sheet, photo, view, flawed);
        let acts = rest.cut_bottom(sheet.px(130.0));
        rest.cut_bottom(sheet.px(24.0));
        titles(sheet, &mut rest, flawed);
        rest.cut_top(sheet.px(12.0));
        notices(sheet, rest, &said);
        return choices(sheet, acts).or(foot);
    }
    let (mut rest, foot) = page::visit_page(sheet, view);
    let acts = rest.cut_bottom(sheet.px(150.0));
    rest.cut_bottom(sheet.px(30.0));
    titles(sheet, &mut rest, flawed);
    let height: f32 = said
        .iter()
        .map(|text| scan::notice_height(sheet, rest.width(), text))
        .sum();
    let below = rest.cut_bottom(height);
    rest.cut_bottom(sheet.px(28.0));
    photo_ui(sheet, rest, view, flawed);
    notices(sheet, below, &said);
    choices(sheet, acts).or(foot)
}

/// Returns what to do, in at most two sentences.
pub fn reasons(flawed: &Flawed) -> Vec<Text> {
    let profile = &flawed.sitter.batch().profile;
    framing::reasons(&flawed.portrait, flawed.glare, profile)
}

/// Returns the place that the first sentence is about, in px of the portrait.
fn place(flawed: &Flawed) -> Option<geometry::Rect> {
    framing::first_fault(&flawed.portrait, flawed.glare)?.place
}

fn titles(sheet: &mut Sheet<'_>, rest: &mut Rect, flawed: &Flawed) {
    let word = sheet.word(words::FLAWED_TITLE);
    sheet.paragraph(rest, Type::Title, theme::INK, sheet.px(2.0), word);
    let word = sheet.word(match place(flawed) {
        Some(_) => words::FLAWED_PLACE,
        None => words::FLAWED_MORE,
    });
    sheet.paragraph(rest, Type::Small, theme::INK_SOFT, sheet.px(20.0), word);
}

fn notices(sheet: &mut Sheet<'_>, mut rest: Rect, said: &[&str]) {
    for text in said {
        scan::notice_above(sheet, &mut rest, text);
    }
}

/// Draws the picture, not mirrored, with a ring round the place.
fn photo_ui(sheet: &mut Sheet<'_>, room: Rect, view: &View<'_>, flawed: &Flawed) {
    let photo = area::fit(room, review::PORTRAIT);
    review::portrait(sheet, photo, view);
    let name = sheet.word(words::PHOTO);
    sheet.named_picture(photo, name);
    let Some(place) = place(flawed) else {
        return;
    };
    let (centre, radius) = ring(photo, &place);
    let stroke = Stroke::new(sheet.px(9.0), theme::AMBER);
    let painter = sheet.ui.painter().with_clip_rect(photo);
    for stroke in cased(sheet, stroke) {
        icons::ring(&painter, centre, radius, 1.0, stroke);
    }
}

/// Returns middle and radii of a ring round a place of the portrait that is drawn at `photo`.
fn ring(photo: Rect, place: &geometry::Rect) -> (Pos2, Vec2) {
    /// In px of the portrait: a smaller ring is not seen.
    const LEAST: f32 = 36.0;
    /// A ring through the corners of a rectangle, and a little larger.
    const AROUND: f32 = 1.5;
    let zoom = photo.width() / OUTPUT_WIDTH as f32;
    let middle = vec2(place.min.x + place.max.x, place.min.y + place.max.y) / 2.0;
    let half = vec2(place.width(), place.height()) / 2.0 * AROUND;
    let radius = half.max(Vec2::splat(LEAST));
    (photo.min + middle * zoom, radius * zoom)
}

fn choices(sheet: &mut Sheet<'_>, mut acts: Rect) -> Option<Touch> {
    let staff = acts.cut_left(acts.width() * 0.42);
    acts.cut_left(sheet.px(24.0));
    let word = sheet.word(words::CALL_STAFF);
    let staff = sheet.button(staff, Call::Secondary, Some(Icon::Lock), word);
    let word = sheet.word(words::RETAKE);
    let again = sheet.button(acts, Call::Primary, Some(Icon::Again), word);
    again
        .then_some(Touch::Retake)
        .or(staff.then_some(Touch::Staff))
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;
    use crate::geometry::Point;

    #[test]
    fn the_ring_goes_round_the_place_wherever_the_photo_is_drawn() {
        let place = geometry::Rect::new(Point::new(160.0, 230.0), Point::new(320.0, 270.0));
        for photo in [
            Rect::from_min_size(pos2(0.0, 0.0), vec2(480.0, 640.0)),
            Rect::from_min_size(pos2(80.0, 36.0), vec2(756.0, 1008.0)),
        ] {
            let (centre, radius) = ring(photo, &place);
            let zoom = photo.width() / 480.0;
            assert!((centre - (photo.min + vec2(240.0, 250.0) * zoom)).length() < 0.01);
            let corner = (photo.min + vec2(160.0, 230.0) * zoom - centre) / radius;
            assert!(corner.length() < 1.0, "a corner is outside");
        }
        let dot = geometry::Rect::new(Point::new(100.0, 100.0), Point::new(102.0, 102.0));
        let photo = Rect::from_min_size(pos2(0.0, 0.0), vec2(480.0, 640.0));
        assert_eq!(ring(photo, &dot).1, Vec2::splat(36.0));
    }
}
