//! The mirror with its guides: one advice in large type, a ring that fills while the picture is
//! good.

use egui::{Align2, Color32, Id, Pos2, Rect, Stroke, vec2};

use super::{
    View,
    area::{self, Cut},
    icons::{self, Icon},
    page,
    preview::{self, Preview},
    scan,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{
    geometry::{Point, Size},
    guidance::{self, Line, Saying, Told, Verdict},
    layout::{self, Crop, Head, Placed},
    profile::{Band, Bands, Glasses, OUTPUT_HEIGHT, OUTPUT_WIDTH, Profile},
    session::{Framing, Touch},
};

/// After this many pictures refused for glare, "once more" is not enough help.
const MANY_GLARES: u8 = 2;

pub fn framing_ui(sheet: &mut Sheet<'_>, view: &View<'_>, framing: &Framing) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    let staff_can_help = framing.refused.is_some() || framing.unseen;
    let (says, mirror);
    let mut shutter;
    if sheet.is_wide() {
        let mut aside = rest.cut_right(rest.width() * 0.38);
        rest.max.x -= sheet.px(48.0);
        shutter = aside.cut_bottom(sheet.px(120.0));
        aside.cut_bottom(sheet.px(32.0));
        (says, mirror) = (aside, rest);
    } else {
        says = rest.cut_top(sheet.px(190.0));
        rest.cut_top(sheet.px(28.0));
        let low = rest.cut_bottom(sheet.px(120.0));
        let width = sheet.px(if staff_can_help { 900.0 } else { 560.0 });
        shutter = area::middle(low, vec2(width, low.height()));
        rest.cut_bottom(sheet.px(28.0));
        mirror = rest;
    }
    advice_panel(sheet, says, framing);
    mirror_ui(sheet, mirror, view, framing);
    let mut called = false;
    if staff_can_help {
        let staff = shutter.cut_right(shutter.width() * 0.36);
        shutter.cut_right(sheet.px(20.0));
        let word = sheet.word(words::CALL_STAFF);
        called = sheet.button(staff, Call::Quiet, Some(Icon::Lock), word);
    }
    let shot = sheet.button(
        shutter,
        Call::Secondary,
        Some(Icon::Camera),
        sheet.word(words::SHOOT),
    );
    shot.then_some(Touch::Shoot)
        .or(called.then_some(Touch::Staff))
        .or(foot)
}

/// Draws the current advice, and the drawing beside it.
fn advice_panel(sheet: &mut Sheet<'_>, place: Rect, framing: &Framing) {
    let (text, icon, ink, fill) = match framing.saying.map(|saying| saying.told) {
        None => (
            words::FRAMING_LOOK,
            Icon::Chair,
            theme::BLUE,
            theme::BLUE_PALE,
        ),
        Some(Told::Good) => (
            words::FRAMING_HOLD,
            Icon::Tick,
            theme::GOOD,
            theme::GOOD_PALE,
        ),
        Some(Told::Advice(advice)) => {
            let icon = advice.arrow().map_or(Icon::Info, Icon::Arrow);
            (advice.sentence(), icon, theme::BLUE, theme::BLUE_PALE)
        }
    };
    sheet.panel(place, fill, ink);
    let mut inner = place.shrink2(vec2(sheet.px(40.0), sheet.px(24.0)));
    let text = sheet.word(text);
    let side = sheet.px(108.0);
    if sheet.is_wide() {
        let block = sheet.px(420.0).min(inner.height());
        inner = area::middle(inner, vec2(inner.width(), block));
        let drawing = inner.cut_top(side * 1.4);
        sheet.icon(drawing, icon, ink);
        inner.cut_top(sheet.px(36.0));
        sheet.balanced(inner, Type::Title, theme::INK, Align2::CENTER_TOP, text);
    } else {
        let drawing = inner.cut_left(side);
        sheet.icon(area::middle(drawing, vec2(side, side)), icon, ink);
        inner.cut_left(sheet.px(40.0));
        sheet.balanced(inner, Type::Title, theme::INK, Align2::LEFT_CENTER, text);
    }
}

fn mirror_ui(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>, framing: &Framing) {
    let picture = view.pictures.live.as_ref();
    let preview = preview::live(sheet, place, picture);
    let frame = picture.map_or(Size::new(1280, 720), |live| live.frame_size);
    let profile = &framing.sitter.batch().profile;
    let crop = eased(sheet, framing, crop_of(framing, profile, frame));
    let window = crop.window_in_frame();
    let hole = Rect::from_two_pos(
        preview.screen_from_frame(window.min),
        preview.screen_from_frame(window.max),
    );
    preview::dim_outside(sheet, place, hole);
    let clip = sheet.ui.clip_rect();
    sheet.ui.set_clip_rect(clip.intersect(place));
    let guides = Guides {
        preview,
        crop,
        bands: profile.bands,
        right: right_lines(framing),
    };
    guides.draw(sheet, framing.held(view.now.mono));
    sheet.ui.set_clip_rect(clip);
    if let Some(note) = note(sheet, framing) {
        let mut strip = place.shrink(sheet.px(20.0));
        let wrap = strip.width() - sheet.px(140.0);
        let height = sheet.height_of(wrap, Type::Body, &note) + sheet.px(44.0);
        let strip = strip.cut_bottom(height);
        scan::notice(sheet, strip, &note);
    }
    preview::camera_notice(sheet, place, view);
}

/// Returns the note beside the one sentence: for staff when the booth is at fault, for the sitter
/// why the last picture was not taken.
fn note(sheet: &Sheet<'_>, framing: &Framing) -> Option<String> {
    if let Some(Saying {
        told: Told::Advice(advice),
        ..
    }) = framing.saying
        && let Some(trouble) = advice.for_staff()
    {
        return Some(words::with(
            words::TO_STAFF,
            sheet.lang,
            sheet.word(trouble),
        ));
    }
    if framing.unseen {
        return Some(sheet.word(words::FRAMING_UNSEEN).to_owned());
    }
    if framing.refused.is_none() || framing.hold.is_some() {
        return None;
    }
    let glasses = framing.sitter.batch().profile.glasses;
    let word = match (framing.glare >= MANY_GLARES, glasses) {
        (false, _) => words::FRAMING_REFUSED,
        (true, Glasses::IfHabitual) => words::GLARE_TIP,
        (true, Glasses::Never) => words::GLARE_OFF,
    };
    Some(sheet.word(word).to_owned())
}

/// Returns the crop as it would be taken now.
fn crop_of(framing: &Framing, profile: &Profile, frame: Size) -> Crop {
    let seen = framing.newest.as_ref();
    match &framing.verdict {
        Some(Verdict::Good(good)) => Some(good.crop),
        Some(Verdict::Advice(_)) | None => {
            seen.and_then(|sight| guidance::crop_of(&sight.analysis, profile))
        }
    }
    .unwrap_or_else(|| waiting_crop(frame))
}

fn right_lines(framing: &Framing) -> &[Line] {
    framing.newest.as_ref().map_or(&[], |sight| &sight.right)
}

/// Returns the place of the guides until a crop is known: the tallest window in the middle of the
/// frame.
fn waiting_crop(frame: Size) -> Crop {
    let (width, height) = (frame.width.max(1) as f32, frame.height.max(1) as f32);
    let scale = (OUTPUT_WIDTH as f32 / width).max(OUTPUT_HEIGHT as f32 / height);
    let left = (width - OUTPUT_WIDTH as f32 / scale) / 2.0;
    let top = (height - OUTPUT_HEIGHT as f32 / scale) / 2.0;
    Crop {
        origin_in_frame: Point::new(left, top),
        scale,
    }
}

/// Moves the guides smoothly to a new crop.
fn eased(sheet: &Sheet<'_>, framing: &Framing, crop: Crop) -> Crop {
    const SECONDS: f32 = 0.2;
    let id = Id::unique("guides").with(framing.sitter.visit());
    let glide = |name: &str, value| {
        sheet
            .ui
            .ctx()
            .animate_value_with_time(id.with(name), value, SECONDS)
    };
    Crop {
        origin_in_frame: Point::new(
            glide("x", crop.origin_in_frame.x),
            glide("y", crop.origin_in_frame.y),
        ),
        scale: glide("scale", crop.scale).max(f32::EPSILON),
    }
}

/// The standard's bands, drawn through the crop. What is still wrong is dashed or thin, what is
/// right is solid or bold: colour only repeats it.
struct Guides<'f> {
    preview: Preview,
    crop: Crop,
    bands: Bands,
    /// The lines that are right already.
    right: &'f [Line],
}

impl Guides<'_> {
    fn draw(&self, sheet: &mut Sheet<'_>, held: f32) {
        let crown = self.band(sheet, self.bands.crown_px, Line::Crown);
        let eyes = self.band(sheet, self.bands.eye_px, Line::Eyes);
        self.centre_line(sheet);
        self.oval(sheet, held);
        self.tag(sheet, crown, Line::Crown, sheet.word(words::GUIDE_CROWN));
        self.tag(sheet, eyes, Line::Eyes, sheet.word(words::GUIDE_EYES));
        let window = self.crop.window_in_frame();
        let frame = Rect::from_two_pos(
            self.preview.screen_from_frame(window.min),
            self.preview.screen_from_frame(window.max),
        );
        let lines = [Line::Crown, Line::Eyes, Line::Oval, Line::Centre];
        let all = lines.iter().all(|line| self.is_right(*line));
        let stroke = Stroke::new(
            sheet.px(8.0),
            if all {
                theme::GUIDE_RIGHT
            } else {
                theme::GUIDE
            },
        );
        preview::brackets(sheet, frame.shrink(sheet.px(6.0)), stroke);
    }

    fn is_right(&self, line: Line) -> bool {
        self.right.contains(&line)
    }

    fn color(&self, line: Line) -> Color32 {
        if self.is_right(line) {
            theme::GUIDE_RIGHT
        } else {
            theme::GUIDE
        }
    }

    fn screen(&self, x_px: f32, y_px: f32) -> Pos2 {
        self.preview
            .screen_from_frame(self.crop.frame_from_output(Point::new(x_px, y_px)))
    }

    /// Draws two lines across the picture; returns the band between them.
    fn band(&self, sheet: &Sheet<'_>, band: Band, line: Line) -> Rect {
        let color = self.color(line);
        let width = OUTPUT_WIDTH as f32;
        let rect = Rect::from_two_pos(self.screen(width, band.min), self.screen(0.0, band.max));
        let painter = sheet.ui.painter();
        painter.rect_filled(rect, 0.0, color.gamma_multiply(0.07));
        let stroke = Stroke::new(sheet.px(4.0), color.gamma_multiply(0.9));
        for y in [rect.top(), rect.bottom()] {
            let (dash, gap) = (sheet.px(18.0), sheet.px(12.0));
            let ends = [egui::pos2(rect.left(), y), egui::pos2(rect.right(), y)];
            if self.is_right(line) {
                painter.line_segment(ends, stroke);
            } else {
                painter.extend(egui::Shape::dashed_line(&ends, stroke, dash, gap));
            }
        }
        rect
    }

    /// Draws a small dark label beside a band where there is room, else at its left end; ticked
    /// when the measure is right.
    fn tag(&self, sheet: &mut Sheet<'_>, band: Rect, line: Line, word: &str) {
        let color = self.color(line);
        let side = sheet.px(34.0);
        let right = self.is_right(line);
        let mark = if right { side + sheet.px(8.0) } else { 0.0 };
        let gap = sheet.px(18.0);
        let size = vec2(
            sheet.width_of(Type::Small, word) + mark + sheet.px(28.0),
            sheet.px(46.0),
        );
        let outside = band.left() - gap - size.x;
        let left = if outside > self.preview.place.left() {
            outside
        } else {
            band.left() + gap
        };
        let mut place = Rect::from_min_size(egui::pos2(left, band.center().y - size.y / 2.0), size);
        sheet
            .ui
            .painter()
            .rect_filled(place, sheet.px(12.0), theme::DIM_STRONG);
        place = place.shrink2(vec2(sheet.px(14.0), 0.0));
        if right {
            let at = place.cut_left(side);
            sheet.icon(at.shrink(sheet.px(3.0)), Icon::Tick, color);
            place.cut_left(sheet.px(8.0));
        }
        sheet.text(place, Type::Small, color, Align2::LEFT_CENTER, word);
    }

    fn centre_line(&self, sheet: &Sheet<'_>) {
        let middle = OUTPUT_WIDTH as f32 / 2.0;
        let ends = [
            self.screen(middle, 0.0),
            self.screen(middle, OUTPUT_HEIGHT as f32),
        ];
        let stroke = Stroke::new(sheet.px(2.5), self.color(Line::Centre).gamma_multiply(0.8));
        if self.is_right(Line::Centre) {
            sheet.ui.painter().line_segment(ends, stroke);
        } else {
            let shapes = egui::Shape::dashed_line(&ends, stroke, sheet.px(6.0), sheet.px(12.0));
            sheet.ui.painter().extend(shapes);
        }
    }

    /// Draws the head's outline, which fills as a ring while the picture is good.
    fn oval(&self, sheet: &Sheet<'_>, held: f32) {
        let ideal = ideal_head(&self.bands);
        let middle = OUTPUT_WIDTH as f32 / 2.0;
        let top = self.screen(middle, ideal.crown_px);
        let bottom = self.screen(middle, ideal.chin_px);
        let px = self.preview.length(1.0 / self.crop.scale);
        // Hair and ears extend beyond the cheeks.
        let radius = vec2(ideal.face_width_px * 0.58 * px, (bottom.y - top.y) / 2.0);
        let centre = top + (bottom - top) / 2.0;
        let painter = sheet.ui.painter();
        let width = if self.is_right(Line::Oval) { 9.0 } else { 4.0 };
        let line = Stroke::new(sheet.px(width), self.color(Line::Oval));
        icons::ring(painter, centre, radius, 1.0, line);
        if held > 0.0 {
            let wide = radius + vec2(sheet.px(16.0), sheet.px(16.0));
            let faint = Stroke::new(sheet.px(14.0), theme::GUIDE.gamma_multiply(0.35));
            icons::ring(painter, centre, wide, 1.0, faint);
            icons::ring(
                painter,
                centre,
                wide,
                held,
                Stroke::new(sheet.px(14.0), theme::GUIDE_RIGHT),
            );
        }
    }
}

/// Returns a mean adult head in the middle of these bands.
fn ideal_head(bands: &Bands) -> Placed {
    const LARGE: Size = Size::new(8000, 8000);
    const PX_PER_MM: f32 = 10.0;
    let middle = |mm: f32| 4000.0 + mm * PX_PER_MM;
    let mean = Head::MEAN_ADULT;
    let head = Head {
        crown_y: middle(mean.crown_y),
        eye_y: middle(mean.eye_y),
        chin_y: middle(mean.chin_y),
        mid_x: middle(mean.mid_x),
        face_width: mean.face_width * PX_PER_MM,
    };
    match layout::solve(&head, bands, LARGE) {
        Ok(crop) => crop.place(&head),
        Err(_) => Placed {
            crown_px: 80.0,
            eye_px: 250.0,
            chin_px: 424.0,
            face_width_px: 212.0,
            center_offset_px: 0.0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawn_head_is_inside_every_band() {
        let bands = Profile::standard_99().bands;
        assert!(ideal_head(&bands).margin(&bands) > 0.3);
    }

    #[test]
    fn guides_wait_inside_any_frame() {
        for frame in [
            Size::new(1280, 720),
            Size::new(720, 1280),
            Size::new(640, 480),
        ] {
            let window = waiting_crop(frame).window_in_frame();
            assert!(window.min.x >= -0.01 && window.min.y >= -0.01, "{window:?}");
            assert!(window.max.x <= frame.width as f32 + 0.01, "{window:?}");
            assert!(window.max.y <= frame.height as f32 + 0.01, "{window:?}");
        }
    }
}
