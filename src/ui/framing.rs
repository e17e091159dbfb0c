//! The mirror with its guides: one advice in large type, a ring that fills while the picture is
//! good. And the shot in the same place, while the photo is made of it.

use std::time::Duration;

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
    checks::{Check, words::text},
    geometry::{Point, Size},
    guidance::{self, Advice, Line, Saying, Told, Verdict},
    lang::Text,
    layout::{self, Crop, Head, Placed},
    portrait::Standardised,
    profile::{Band, Bands, CheckId, Glasses, OUTPUT_HEIGHT, OUTPUT_WIDTH, Profile},
    session::{Framing, ImportTouch, Shot, Touch, importing::may_import},
};

/// As many pictures refused for glare want more help than "once more".
const MANY_GLARES: u8 = 2;
/// Failed checks that are named at once; more would not be read.
const MOST_NAMED: usize = 2;
/// Between two sentences.
const AND_ALSO: Text = Text::new("；", ". ");
/// How long the guide is tried before the shutter is offered.
const GUIDED_FIRST: Duration = Duration::from_secs(10);
/// The hold is counted down from this.
const COUNTS: f32 = 3.0;

pub fn framing_ui(sheet: &mut Sheet<'_>, view: &View<'_>, framing: &Framing) -> Option<Touch> {
    let frame = preview::frame_size(view.pictures.live.as_ref());
    let (places, foot) = page(sheet, view, frame);
    mirror_ui(sheet, places.mirror, view, framing);
    advice_panel(sheet, places.says, view, framing);
    let touch = helpers_ui(sheet, places.low, view, framing);
    preview::camera_notice(sheet, places.mirror, view);
    touch.or(foot)
}

/// The places of a mirror's page.
struct Places {
    /// For what is said, beside the lens, where it covers no head.
    says: Rect,
    mirror: Rect,
    /// For buttons.
    low: Rect,
}

/// Returns the places of the page, and what was touched at its foot. On a wide screen the mirror
/// fills the page, and buttons lie over what is cut off at its side.
fn page(sheet: &mut Sheet<'_>, view: &View<'_>, frame: Size) -> (Places, Option<Touch>) {
    if sheet.is_wide() {
        let (mut rest, foot) = page::mirror_page(sheet, view);
        let band = rest.cut_top(sheet.px(120.0));
        rest.cut_top(sheet.px(16.0));
        let aspect = frame.width.max(1) as f32 / frame.height.max(1) as f32;
        let mirror = area::fit(rest, aspect);
        let mut inner = mirror.shrink(sheet.px(24.0));
        let places = Places {
            says: area::middle(band, vec2(mirror.width(), band.height())),
            mirror,
            low: inner.cut_bottom(sheet.px(112.0)).cut_right(sheet.px(346.0)),
        };
        return (places, foot);
    }
    let (mut rest, foot) = page::visit_page(sheet, view);
    let says = rest.cut_top(sheet.px(190.0));
    rest.cut_top(sheet.px(28.0));
    let low = rest.cut_bottom(sheet.px(120.0));
    rest.cut_bottom(sheet.px(28.0));
    let mirror = rest;
    (Places { says, mirror, low }, foot)
}

fn helpers_ui(
    sheet: &mut Sheet<'_>,
    low: Rect,
    view: &View<'_>,
    framing: &Framing,
) -> Option<Touch> {
    let offered = helpers(framing, view);
    let mut touch = None;
    if sheet.is_wide() {
        for (i, helper) in offered.iter().rev().enumerate() {
            let up = i as f32 * (low.height() + sheet.px(20.0));
            touch = touch.or(helper.button(sheet, low.translate(vec2(0.0, -up))));
        }
        return touch;
    }
    let width = sheet.px(match offered.len() {
        0 | 1 => 560.0,
        2 => 900.0,
        _ => 1000.0,
    });
    let row = area::middle(low, vec2(width, low.height()));
    for (i, helper) in offered.iter().enumerate() {
        let place = area::column(row, offered.len(), sheet.px(20.0), i);
        touch = touch.or(helper.button(sheet, place));
    }
    touch
}

/// Draws the shot where the mirror was, held still and a little dimmed, while the photo is made.
pub fn standardising_ui(sheet: &mut Sheet<'_>, view: &View<'_>, shot: &Shot) -> Option<Touch> {
    let shown = view.pictures.still.as_ref().map(preview::size_of);
    let (places, foot) = page(sheet, view, shown.unwrap_or_else(|| shot.frame.size()));
    making_panel(sheet, places.says);
    let Some(picture) = &view.pictures.still else {
        let round = sheet.round(theme::ROUND_CARD);
        let painter = sheet.ui.painter();
        painter.rect_filled(places.mirror, round, theme::EMPTY);
        return foot;
    };
    let preview = preview::frozen(sheet, places.mirror, picture);
    let hole = window(&preview, shot.crop);
    preview::dim_outside(sheet, places.mirror, hole);
    let hole = hole.intersect(places.mirror);
    let painter = sheet.ui.painter();
    painter.rect_filled(hole, 0.0, theme::DIM.gamma_multiply(0.3));
    foot
}

/// Says that the photo is being made, with a small turning ring, and what is not done to it.
fn making_panel(sheet: &mut Sheet<'_>, place: Rect) {
    sheet.panel(place, theme::CARD, theme::LINE);
    let mut inner = place.shrink2(vec2(sheet.px(40.0), sheet.px(8.0)));
    let side = sheet.px(104.0).min(inner.height());
    let ring = inner.cut_left(side);
    inner.cut_left(sheet.px(36.0));
    let now = sheet.now.mono;
    icons::turning(sheet.ui.painter(), ring.center(), side * 0.36, now);
    let (title, more) = (
        sheet.word(words::STANDARDISING),
        sheet.word(words::STANDARDISING_MORE),
    );
    let upper = inner.cut_top(inner.height() * 0.56);
    sheet.text(upper, Type::Heading, theme::INK, Align2::LEFT_BOTTOM, title);
    sheet.text(inner, Type::Small, theme::INK_SOFT, Align2::LEFT_TOP, more);
}

/// A way on where the guide alone does not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Helper {
    Staff,
    Shutter,
    /// A picture that exists already, where the batch takes one.
    Existing,
}

impl Helper {
    fn button(self, sheet: &mut Sheet<'_>, place: Rect) -> Option<Touch> {
        let (icon, word, touch) = match self {
            Self::Staff => (Icon::Lock, words::CALL_STAFF, Touch::Staff),
            Self::Shutter => (Icon::Camera, words::SHOOT, Touch::Shoot),
            Self::Existing => (
                Icon::Disk,
                words::IMPORT_EXISTING,
                Touch::Import(ImportTouch::Begin),
            ),
        };
        let word = sheet.word(word);
        sheet
            .button(place, Call::Secondary, Some(icon), word)
            .then_some(touch)
    }
}

/// Returns what is offered now: staff once a picture was refused or nobody was found, and the
/// shutter once the guide had its time. Before that a button draws the hand away from the seat, unless
/// the sitter may bring a picture.
fn helpers(framing: &Framing, view: &View<'_>) -> Vec<Helper> {
    let was_tried = framing.refused.is_some() || framing.unseen;
    let has_waited = view.session.waited(view.now.mono) >= GUIDED_FIRST;
    let may_import = may_import(&framing.sitter.batch().profile);
    [
        (was_tried, Helper::Staff),
        (was_tried || has_waited, Helper::Shutter),
        (may_import, Helper::Existing),
    ]
    .into_iter()
    .filter_map(|(is_offered, helper)| is_offered.then_some(helper))
    .collect()
}

/// What is said now, the drawing beside it, and its colours.
struct Headline {
    text: String,
    icon: Icon,
    ink: Color32,
    fill: Color32,
}

fn headline(sheet: &Sheet<'_>, framing: &Framing) -> Headline {
    let (icon, ink, fill) = match framing.saying.map(|saying| saying.told) {
        None if framing.refused.is_none() => (Icon::Chair, theme::BLUE, theme::BLUE_PALE),
        None => (Icon::Again, theme::BLUE, theme::BLUE_PALE),
        Some(Told::Good) => (Icon::Tick, theme::GOOD, theme::GOOD_PALE),
        Some(Told::Advice(advice)) => (icon_of(advice), theme::BLUE, theme::BLUE_PALE),
    };
    let sentences = sentences(framing).into_iter();
    let sentences: Vec<&str> = sentences.map(|sentence| sheet.word(sentence)).collect();
    Headline {
        text: sentences.join(sheet.word(AND_ALSO)),
        icon,
        ink,
        fill,
    }
}

/// Returns what is said now. Why the last picture was not taken takes the place of "look here": two
/// sentences beside each other contradict each other sooner or later.
fn sentences(framing: &Framing) -> Vec<Text> {
    match framing.saying.map(|saying| saying.told) {
        None => match &framing.refused {
            Some(portrait) => {
                let profile = &framing.sitter.batch().profile;
                reasons(portrait, framing.glare, profile)
            }
            None => vec![words::FRAMING_LOOK],
        },
        Some(Told::Good) => vec![words::FRAMING_HOLD],
        Some(Told::Advice(advice)) => vec![advice.sentence()],
    }
}

/// Returns the sentence that is shown first now, which is also read aloud.
pub fn said(framing: &Framing) -> Option<Text> {
    sentences(framing).into_iter().next()
}

/// Returns why a picture was not taken: what to do against glare that came again, else up to two of
/// its checks.
pub fn reasons(portrait: &Standardised, glare: u8, profile: &Profile) -> Vec<Text> {
    let Some(first) = first_fault(portrait, glare) else {
        return vec![words::FRAMING_REFUSED];
    };
    if first.id == CheckId::GlassesGlare && glare >= MANY_GLARES {
        return vec![match profile.glasses {
            Glasses::IfHabitual => words::GLARE_TIP,
            Glasses::Never => words::GLARE_OFF,
        }];
    }
    let mut named: Vec<Text> = portrait.refusing().map(text).collect();
    named.dedup();
    named.truncate(MOST_NAMED);
    named
}

/// Returns the check that is named first: glare that came again, else the first that refuses.
pub fn first_fault(portrait: &Standardised, glare: u8) -> Option<&Check> {
    let glares = |check: &&Check| check.id == CheckId::GlassesGlare && glare >= MANY_GLARES;
    let again = portrait.refusing().find(glares);
    again.or_else(|| portrait.refusing().next())
}

/// Draws [`headline`]; while a good picture is held, its seconds are counted down in place of the
/// tick.
fn advice_panel(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>, framing: &Framing) {
    let Headline {
        text,
        icon,
        ink,
        fill,
    } = headline(sheet, framing);
    sheet.panel(place, fill, ink);
    let mut inner = place.shrink2(vec2(sheet.px(40.0), sheet.px(14.0)));
    let side = sheet.px(104.0).min(inner.height());
    let drawing = inner.cut_left(side);
    inner.cut_left(sheet.px(36.0));
    let held = framing.held(view.now.mono);
    if held > 0.0 {
        let left = (COUNTS - (held * COUNTS).floor()).max(1.0);
        let count = format!("{left}");
        sheet.text(drawing, Type::Display, ink, Align2::CENTER_CENTER, &count);
    } else {
        sheet.icon(area::middle(drawing, vec2(side, side)), icon, ink);
    }
    let kind = [Type::Title, Type::Heading, Type::Body]
        .into_iter()
        .find(|kind| sheet.height_of(inner.width(), *kind, &text) <= inner.height())
        .unwrap_or(Type::Small);
    sheet.balanced(inner, kind, theme::INK, Align2::LEFT_CENTER, &text);
}

/// Returns the drawing of an advice: a way to go, or the part of the face that it is about.
const fn icon_of(advice: Advice) -> Icon {
    match (advice.arrow(), advice) {
        (Some(arrow), Advice::TurnLeft | Advice::TurnRight | Advice::ChinUp | Advice::ChinDown) => {
            Icon::Turn(arrow)
        }
        (
            Some(arrow),
            Advice::SitLower | Advice::SitHigher | Advice::LowerSeat | Advice::RaiseSeat,
        ) => Icon::Seat(arrow),
        (Some(arrow), _) => Icon::Arrow(arrow),
        (None, Advice::OpenEyes | Advice::LookHere | Advice::Look) => Icon::Eye,
        (None, Advice::CloseMouth | Advice::CalmFace | Advice::FreeMouth) => Icon::Mouth,
        (None, Advice::TipGlasses | Advice::NoGlasses) => Icon::Glasses,
        (None, Advice::ClearEyes | Advice::ShowEars | Advice::LowerHair) => Icon::Hair,
        (None, Advice::Light | Advice::LampsOut | Advice::DabSkin) => Icon::Bulb,
        (None, Advice::NoFace | Advice::WholeHead) => Icon::Chair,
        (
            None,
            Advice::SeveralFaces
            | Advice::Closer
            | Advice::Farther
            | Advice::MoveLeft
            | Advice::MoveRight
            | Advice::SitLower
            | Advice::SitHigher
            | Advice::TiltLeft
            | Advice::TiltRight
            | Advice::TurnLeft
            | Advice::TurnRight
            | Advice::ChinUp
            | Advice::ChinDown
            | Advice::LowerSeat
            | Advice::RaiseSeat
            | Advice::Clutter
            | Advice::HoldStill,
        ) => Icon::Info,
    }
}

fn mirror_ui(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>, framing: &Framing) {
    let picture = view.pictures.live.as_ref();
    let preview = preview::live(sheet, place, picture);
    let frame = preview::frame_size(picture);
    let profile = &framing.sitter.batch().profile;
    let crop = eased(sheet, framing, crop_of(framing, profile, frame));
    preview::dim_outside(sheet, place, window(&preview, crop));
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
}

/// Returns what a crop cuts out, on the screen.
fn window(preview: &Preview, crop: Crop) -> Rect {
    let window = crop.window_in_frame();
    Rect::from_two_pos(
        preview.screen_from_frame(window.min),
        preview.screen_from_frame(window.max),
    )
}

/// Beside the one sentence: to staff what is wrong with the booth, to the sitter that nobody was
/// found.
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
    framing
        .unseen
        .then(|| sheet.word(words::FRAMING_UNSEEN).to_owned())
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

/// The standard's bands, drawn through the crop, each with a dark casing that stands out on any
/// backdrop. What is right goes, and leaves the one silhouette; colour says it a second time.
struct Guides<'f> {
    preview: Preview,
    crop: Crop,
    bands: Bands,
    /// The lines that are right already.
    right: &'f [Line],
}

impl Guides<'_> {
    fn draw(&self, sheet: &mut Sheet<'_>, held: f32) {
        for (band, line, word) in [
            (self.bands.crown_px, Line::Crown, words::GUIDE_CROWN),
            (self.bands.eye_px, Line::Eyes, words::GUIDE_EYES),
        ] {
            if !self.is_right(line) {
                let place = self.band(sheet, band);
                self.tag(sheet, place, sheet.word(word));
            }
        }
        if !self.is_right(Line::Centre) {
            self.centre_line(sheet);
        }
        self.oval(sheet, held);
        let frame = window(&self.preview, self.crop);
        let lines = [Line::Crown, Line::Eyes, Line::Oval, Line::Centre];
        let all = lines.iter().all(|line| self.is_right(*line));
        let color = if all {
            theme::GUIDE_RIGHT
        } else {
            theme::GUIDE
        };
        let frame = frame.shrink(sheet.px(6.0));
        for stroke in cased(sheet, Stroke::new(sheet.px(8.0), color)) {
            preview::brackets(sheet, frame, stroke);
        }
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

    /// Draws two dashed lines across the picture. Returns the band between them.
    fn band(&self, sheet: &Sheet<'_>, band: Band) -> Rect {
        let width = OUTPUT_WIDTH as f32;
        let rect = Rect::from_two_pos(self.screen(width, band.min), self.screen(0.0, band.max));
        let painter = sheet.ui.painter();
        painter.rect_filled(rect, 0.0, theme::GUIDE.gamma_multiply(0.07));
        let (dash, gap) = (sheet.px(18.0), sheet.px(12.0));
        for y in [rect.top(), rect.bottom()] {
            let ends = [egui::pos2(rect.left(), y), egui::pos2(rect.right(), y)];
            for stroke in cased(sheet, Stroke::new(sheet.px(4.0), theme::GUIDE)) {
                painter.extend(egui::Shape::dashed_line(&ends, stroke, dash, gap));
            }
        }
        rect
    }

    /// Draws a small dark label beside a band where there is room, else at its left end.
    fn tag(&self, sheet: &mut Sheet<'_>, band: Rect, word: &str) {
        let gap = sheet.px(18.0);
        let size = vec2(
            sheet.width_of(Type::Small, word) + sheet.px(28.0),
            sheet.px(46.0),
        );
        let outside = band.left() - gap - size.x;
        let left = if outside > self.preview.place.left() {
            outside
        } else {
            band.left() + gap
        };
        let place = Rect::from_min_size(egui::pos2(left, band.center().y - size.y / 2.0), size);
        sheet
            .ui
            .painter()
            .rect_filled(place, sheet.px(12.0), theme::DIM_STRONG);
        let inner = place.shrink2(vec2(sheet.px(14.0), 0.0));
        sheet.text(inner, Type::Small, theme::GUIDE, Align2::LEFT_CENTER, word);
    }

    fn centre_line(&self, sheet: &Sheet<'_>) {
        let middle = OUTPUT_WIDTH as f32 / 2.0;
        let ends = [
            self.screen(middle, 0.0),
            self.screen(middle, OUTPUT_HEIGHT as f32),
        ];
        for stroke in cased(sheet, Stroke::new(sheet.px(2.5), theme::GUIDE)) {
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
        for stroke in cased(sheet, Stroke::new(sheet.px(width), self.color(Line::Oval))) {
            icons::ring(painter, centre, radius, 1.0, stroke);
        }
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

/// Returns a dark stroke that is a little wider, and the stroke over it.
pub fn cased(sheet: &Sheet<'_>, stroke: Stroke) -> [Stroke; 2] {
    let casing = Stroke::new(stroke.width + sheet.px(5.0), theme::CASING);
    [casing, stroke]
}

/// A mean adult head where these bands like it best.
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
