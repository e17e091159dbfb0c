//! The paper that screens are drawn on: text that fits its place, cards, buttons, and the strip at
//! the bottom.

use std::sync::Arc;

use egui::{
    Align, Align2, Color32, CornerRadius, FontId, Galley, Pos2, Rect, Response, Role, ScrollArea,
    Sense, Stroke, StrokeKind, TextureHandle, UiBuilder, WidgetInfo,
    containers::scroll_area::{ScrollBarVisibility, ScrollSource},
    epaint::RectShape,
    pos2,
    style::ScrollStyle,
    text::LayoutJob,
    vec2,
};

use super::{
    area::{self, Cut},
    icons::{self, Icon},
    theme::{self, Type},
};
use crate::{
    lang::{Lang, Text},
    session::TextSize,
    time::Now,
};

/// Type never shrinks below this share of its size; longer text is cut off by its place.
const SMALLEST_SHARE: f32 = 0.5;

/// How much larger large type is.
const LARGE: f32 = 1.3;

/// The place, language and size in which one screen is drawn.
pub struct Sheet<'u> {
    pub ui: &'u mut egui::Ui,
    pub lang: Lang,
    pub now: Now,
    /// Points per design unit; a 1080x1920 or 1920x1080 screen has 1.
    pub unit: f32,
    /// The same for type: larger where the visitor asked for it.
    type_unit: f32,
    /// The whole screen.
    pub full: Rect,
}

/// How strongly a button asks for a touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// The first touch of a visit, visible from afar.
    Begin,
    /// The one main action here.
    Primary,
    /// As easy to reach, less loud.
    Secondary,
    /// An action aside from the main way.
    Quiet,
    /// One key of a keypad.
    Key,
    /// Done: ticked, and answers no touch.
    Done,
    /// Not yet possible: visible, and answers no touch.
    Later,
}

impl<'u> Sheet<'u> {
    pub fn new(ui: &'u mut egui::Ui, lang: Lang, now: Now) -> Self {
        let full = ui.ctx().content_rect();
        let (short, long) = (
            full.width().min(full.height()),
            full.width().max(full.height()),
        );
        let unit = (short / 1080.0).min(long / 1920.0);
        ui.set_clip_rect(full);
        ui.painter().rect_filled(full, 0.0, theme::PAPER);
        Self {
            ui,
            lang,
            now,
            unit,
            type_unit: unit,
            full,
        }
    }

    /// Sets type larger wherever its place has room.
    pub fn text_size(&mut self, size: TextSize) {
        self.type_unit = match size {
            TextSize::Usual => self.unit,
            TextSize::Large => self.unit * LARGE,
        };
    }

    pub fn font(&self, kind: Type) -> FontId {
        kind.font(self.type_unit)
    }

    /// Returns whether the screen is landscape: two columns instead of one.
    pub fn is_wide(&self) -> bool {
        self.full.width() > self.full.height()
    }

    /// Returns two panes with `gap` between them, side by side where the screen is wide; the first
    /// takes `share` (0 to 1) of `of`.
    pub fn panes(&self, mut of: Rect, share: f32, gap: f32) -> (Rect, Rect) {
        if self.is_wide() {
            let first = of.cut_left(of.width() * share);
            of.cut_left(gap);
            (first, of)
        } else {
            let first = of.cut_top(of.height() * share);
            of.cut_top(gap);
            (first, of)
        }
    }

    /// Converts design units to points.
    pub fn px(&self, units: f32) -> f32 {
        units * self.unit
    }

    pub fn word(&self, text: Text) -> &'static str {
        text.get(self.lang)
    }

    /// Draws wrapped text, aligned in `place`, smaller where it would not fit. Returns where it was
    /// drawn.
    pub fn text(
        &mut self,
        place: Rect,
        kind: Type,
        color: Color32,
        align: Align2,
        text: &str,
    ) -> Rect {
        self.text_in(place, self.font(kind), color, align, text)
    }

    /// Draws text like [`Self::text`], from a size that [`Self::common_font`] found for several
    /// texts.
    pub fn text_in(
        &mut self,
        place: Rect,
        font: FontId,
        color: Color32,
        align: Align2,
        text: &str,
    ) -> Rect {
        let galley = self.fitting(place, font, color, align.x(), text);
        self.galley(place, align, galley, text)
    }

    /// Returns the largest font of that kind in which every text fits its place, so that a list is
    /// set in one size.
    pub fn common_font(&self, kind: Type, cells: &[(Rect, &str)]) -> FontId {
        let mut font = self.font(kind);
        for (place, text) in cells {
            let galley = self.fitting(*place, font.clone(), theme::INK, Align::Min, text);
            if let Some(section) = galley.job.sections.first() {
                font.size = font.size.min(section.format.font_id.size);
            }
        }
        font
    }

    /// Draws text like [`Self::text`], with the lines of a short text made about equally long.
    pub fn balanced(
        &mut self,
        place: Rect,
        kind: Type,
        color: Color32,
        align: Align2,
        text: &str,
    ) -> Rect {
        let widest = self.fitting(place, self.font(kind), color, align.x(), text);
        let galley = self.evened(&widest, place.width());
        self.galley(place, align, galley, text)
    }

    /// Draws text at the top of `rest` and takes its height and `gap` off.
    pub fn paragraph(&mut self, rest: &mut Rect, kind: Type, color: Color32, gap: f32, text: &str) {
        let drawn = self.balanced(*rest, kind, color, Align2::LEFT_TOP, text);
        rest.cut_top(drawn.height() + gap);
    }

    /// Returns the height in points of `text` wrapped to `width`.
    pub fn height_of(&self, width: f32, kind: Type, text: &str) -> f32 {
        self.height_in(width, &self.font(kind), text)
    }

    pub fn height_in(&self, width: f32, font: &FontId, text: &str) -> f32 {
        let job = LayoutJob::simple(text.to_owned(), font.clone(), theme::INK, width);
        self.ui.painter().layout_job(job).size().y
    }

    /// Returns the width in points of `text` on one line.
    pub fn width_of(&self, kind: Type, text: &str) -> f32 {
        let job = LayoutJob::simple(text.to_owned(), self.font(kind), theme::INK, f32::INFINITY);
        self.ui.painter().layout_job(job).size().x
    }

    fn fitting(
        &self,
        place: Rect,
        mut font: FontId,
        color: Color32,
        halign: Align,
        text: &str,
    ) -> Arc<Galley> {
        let smallest = font.size * SMALLEST_SHARE;
        loop {
            let mut job = LayoutJob::simple(text.to_owned(), font.clone(), color, place.width());
            job.halign = halign;
            let galley = self.ui.painter().layout_job(job);
            let fits =
                galley.size().y <= place.height() + 1.0 && galley.size().x <= place.width() + 1.0;
            if fits || font.size <= smallest {
                #[cfg(test)]
                self.note_set(place, &galley, text);
                return galley;
            }
            font.size *= 0.95;
        }
    }

    /// Records a text for the tests that look for small type and for text that its place cuts off:
    /// text, design px, whether it fits.
    #[cfg(test)]
    fn note_set(&self, place: Rect, galley: &Galley, text: &str) {
        let section = galley.job.sections.first();
        let size = section.map_or(0.0, |section| section.format.font_id.size);
        let over = galley.size() - place.size();
        let fits = over.x <= 1.0 && over.y <= 1.0;
        let set = (text.to_owned(), size / self.unit, fits);
        self.ui.data_mut(|data| {
            data.get_temp_mut_or_default::<Vec<(String, f32, bool)>>(egui::Id::NULL)
                .push(set);
        });
    }

    /// Returns the narrowest setting with as many lines as `galley` has.
    fn evened(&self, galley: &Arc<Galley>, width: f32) -> Arc<Galley> {
        const STEPS: usize = 6;
        let lines = galley.rows.len();
        if !(2..=4).contains(&lines) {
            return galley.clone();
        }
        let (mut narrow, mut wide, mut best) = (width / lines as f32, width, galley.clone());
        for _ in 0..STEPS {
            let middle = f32::midpoint(narrow, wide);
            let mut job = LayoutJob::clone(&galley.job);
            job.wrap.max_width = middle;
            let tried = self.ui.painter().layout_job(job);
            if tried.rows.len() <= lines && tried.size().x <= middle + 1.0 {
                wide = middle;
                best = tried;
            } else {
                narrow = middle;
            }
        }
        best
    }

    fn galley(&mut self, place: Rect, align: Align2, galley: Arc<Galley>, text: &str) -> Rect {
        let drawn = align.align_size_within_rect(galley.size(), place);
        let anchor_x = match align.x() {
            Align::Min => drawn.left(),
            Align::Center => drawn.center().x,
            Align::Max => drawn.right(),
        };
        self.ui
            .painter()
            .galley(pos2(anchor_x, drawn.top()), galley, theme::INK);
        let response = self.touchable(drawn, text, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
        drawn
    }

    fn touchable(&mut self, place: Rect, name: &str, sense: Sense) -> Response {
        let corner = (place.min.x.round() as i32, place.min.y.round() as i32);
        let id = self.ui.scope_id().with((name, corner));
        self.ui.interact(place, id, sense)
    }

    /// Draws content of that height in a `place` that may be lower: it scrolls, with a bar that is
    /// always visible.
    pub fn scrolled(
        &mut self,
        place: Rect,
        height: f32,
        content: impl FnOnce(&mut Sheet<'_>, Rect),
    ) {
        let (lang, now, unit, type_unit, full) =
            (self.lang, self.now, self.unit, self.type_unit, self.full);
        let area = UiBuilder::new().max_rect(place);
        self.ui.scope_builder(area, |ui| {
            ui.style_mut().spacing.scroll = ScrollStyle {
                bar_width: unit * 14.0,
                ..ScrollStyle::solid()
            };
            ScrollArea::vertical()
                .auto_shrink(false)
                .scroll_source(ScrollSource::ALL)
                .scroll_bar_visibility(ScrollBarVisibility::AlwaysVisible)
                .show(ui, |ui| {
                    let room = vec2(ui.available_width(), height);
                    let (place, _) = ui.allocate_exact_size(room, Sense::hover());
                    let mut sheet = Sheet {
                        ui,
                        lang,
                        now,
                        unit,
                        type_unit,
                        full,
                    };
                    content(&mut sheet, place);
                });
        });
    }

    /// Draws a white card.
    pub fn card(&self, place: Rect) {
        self.panel(place, theme::CARD, theme::LINE);
    }

    /// Draws a rounded panel with a hairline.
    pub fn panel(&self, place: Rect, fill: Color32, line: Color32) {
        self.ui.painter().rect(
            place,
            self.round(theme::ROUND_CARD),
            fill,
            Stroke::new(self.px(2.0), line),
            StrokeKind::Inside,
        );
    }

    pub fn round(&self, units: f32) -> CornerRadius {
        CornerRadius::from(self.px(units))
    }

    pub fn icon(&self, place: Rect, icon: Icon, color: Color32) {
        icons::draw(self.ui.painter(), place, icon, color);
    }

    /// Draws a picture as it is, never mirrored, filling `place` around its middle.
    pub fn picture(&self, place: Rect, texture: &TextureHandle) {
        let size = texture.size_vec2();
        let shown = area::fit(
            Rect::from_min_size(pos2(0.0, 0.0), size),
            place.aspect_ratio(),
        );
        let uv = Rect::from_min_max(
            (shown.min.to_vec2() / size).to_pos2(),
            (shown.max.to_vec2() / size).to_pos2(),
        );
        self.textured(place, texture, uv);
    }

    /// Draws a part of a texture in a rounded rectangle.
    pub(super) fn textured(&self, place: Rect, texture: &TextureHandle, uv: Rect) {
        let shape = RectShape::filled(place, self.round(theme::ROUND_CARD), Color32::WHITE)
            .with_texture(texture.id(), uv);
        self.ui.painter().add(shape);
    }

    /// Draws a button; true when touched. [`Call::Done`] and [`Call::Later`] are shown but never
    /// answer.
    pub fn button(&mut self, place: Rect, call: Call, icon: Option<Icon>, label: &str) -> bool {
        let font = self.font(face(call));
        self.button_in(place, call, icon, label, font)
    }

    /// Draws a button like [`Self::button`], from a size that [`Self::button_font`] found for
    /// several.
    pub fn button_in(
        &mut self,
        place: Rect,
        call: Call,
        icon: Option<Icon>,
        label: &str,
        font: FontId,
    ) -> bool {
        let live = !matches!(call, Call::Done | Call::Later);
        let sense = if live { Sense::click() } else { Sense::hover() };
        let response = self.touchable(place, label, sense);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, live, label));
        let press = if live {
            Press::of(&response)
        } else {
            Press::Up
        };
        let color = self.button_body(place, call, press);
        self.button_face(place, (call, icon, font), label, color);
        response.clicked()
    }

    /// Makes a place touchable that the caller draws; `name` is what a screen reader says.
    pub fn place_button(&mut self, place: Rect, name: &str) -> bool {
        let response = self.touchable(place, name, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        response.clicked()
    }

    /// Names a picture that the caller draws.
    pub fn named_picture(&mut self, place: Rect, name: &str) {
        let response = self.touchable(place, name, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    }

    /// Names a picture that the caller draws; true when it was touched.
    pub fn picture_touched(&mut self, place: Rect, name: &str) -> bool {
        let response = self.touchable(place, name, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
        response.clicked()
    }

    /// Returns where a place was touched; `name` as above.
    pub fn touched_at(&mut self, place: Rect, name: &str) -> Option<Pos2> {
        let response = self.touchable(place, name, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        let at = response.interact_pointer_pos();
        at.filter(|_| response.clicked())
    }

    /// Draws a button with its icon over its words, where the place is high enough for that.
    pub fn tile(&mut self, place: Rect, call: Call, icon: Icon, label: &str) -> bool {
        const HIGH: f32 = 0.6;
        if place.height() < place.width() * HIGH {
            return self.button(place, call, Some(icon), label);
        }
        let live = !matches!(call, Call::Done | Call::Later);
        let sense = if live { Sense::click() } else { Sense::hover() };
        let response = self.touchable(place, label, sense);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, live, label));
        let press = if live {
            Press::of(&response)
        } else {
            Press::Up
        };
        let color = self.button_body(place, call, press);
        let mut inner = self.face_of(place, call);
        let side = (inner.width() * 0.32).min(inner.height() * 0.4);
        let upper = inner.cut_top(inner.height() * 0.56);
        let sign = Align2::CENTER_BOTTOM.align_size_within_rect(vec2(side, side), upper);
        self.icon(sign, icon, color);
        inner.cut_top(self.px(14.0));
        let galley = self.fitting(inner, self.font(face(call)), color, Align::Center, label);
        let top = pos2(inner.center().x, inner.top());
        self.ui.painter().galley(top, galley, color);
        response.clicked()
    }

    /// Draws a round or square button that is only an icon; `name` is what a screen reader says.
    pub fn icon_button(&mut self, place: Rect, icon: Icon, name: &str) -> bool {
        let response = self.touchable(place, name, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        let color = self.button_body(place, Call::Quiet, Press::of(&response));
        let side = place.height().min(place.width()) * 0.5;
        self.icon(area::middle(place, vec2(side, side)), icon, color);
        response.clicked()
    }

    /// Paints the button and returns the colour of its words and icon.
    fn button_body(&self, place: Rect, call: Call, press: Press) -> Color32 {
        let [fill, line, ink] = match press {
            Press::Up => colours(call),
            Press::Down => pressed_colours(call),
        };
        let round = self.round(theme::ROUND_BUTTON);
        let painter = self.ui.painter();
        if matches!(call, Call::Begin | Call::Primary) && press == Press::Up {
            painter.add(theme::shadow(self.unit).as_shape(place, round));
        }
        let stroke = Stroke::new(self.px(2.5), line);
        painter.rect(place, round, fill, stroke, StrokeKind::Inside);
        ink
    }

    /// Returns the font in which the words of several buttons without icons all fit.
    pub fn button_font(&self, kind: Type, call: Call, cells: &[(Rect, &str)]) -> FontId {
        let faces: Vec<(Rect, &str)> = cells
            .iter()
            .map(|(place, label)| (self.face_of(*place, call), *label))
            .collect();
        self.common_font(kind, &faces)
    }

    /// Returns the place of a button's words. A single letter needs no margin, and the letters of
    /// all keys have one size.
    fn face_of(&self, place: Rect, call: Call) -> Rect {
        let margin = if call == Call::Key { 4.0 } else { 24.0 };
        place.shrink2(vec2(self.px(margin), self.px(8.0)))
    }

    fn button_face(
        &mut self,
        place: Rect,
        (call, icon, font): (Call, Option<Icon>, FontId),
        label: &str,
        ink: Color32,
    ) {
        let icon = if call == Call::Done {
            Some(Icon::Tick)
        } else {
            icon
        };
        let inner = self.face_of(place, call);
        let side = icon.map_or(0.0, |_| (font.size * 1.05).min(inner.height()));
        let gap = icon.map_or(0.0, |_| self.px(18.0));
        let text_room =
            Rect::from_min_size(inner.min, vec2(inner.width() - side - gap, inner.height()));
        let halign = if icon.is_some() {
            Align::Min
        } else {
            Align::Center
        };
        let widest = self.fitting(text_room, font, ink, halign, label);
        let galley = self.evened(&widest, text_room.width());
        let width = side + gap + galley.size().x;
        let left = inner.center().x - width / 2.0;
        if let Some(icon) = icon {
            let at = pos2(left + side / 2.0, inner.center().y);
            self.icon(Rect::from_center_size(at, vec2(side, side)), icon, ink);
        }
        let top = inner.center().y - galley.size().y / 2.0;
        let anchor_x = if halign == Align::Min {
            left + side + gap
        } else {
            inner.center().x
        };
        self.ui.painter().galley(pos2(anchor_x, top), galley, ink);
    }
}

/// Returns the type of a button's words.
const fn face(call: Call) -> Type {
    match call {
        Call::Quiet => Type::Small,
        Call::Begin | Call::Key => Type::Title,
        Call::Primary | Call::Secondary | Call::Done | Call::Later => Type::Heading,
    }
}

/// Whether a finger is on a button.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Press {
    Up,
    Down,
}

impl Press {
    fn of(response: &Response) -> Self {
        if response.is_pointer_button_down_on() {
            Self::Down
        } else {
            Self::Up
        }
    }
}

/// Returns fill, border, and the colour of words and icon.
const fn colours(call: Call) -> [Color32; 3] {
    match call {
        Call::Begin | Call::Primary => [theme::BLUE, theme::BLUE, theme::ON_BLUE],
        Call::Secondary => [theme::CARD, theme::BLUE, theme::BLUE],
        Call::Quiet => [theme::CARD, theme::EDGE, theme::INK_SOFT],
        Call::Key => [theme::CARD, theme::EDGE, theme::INK],
        Call::Done => [theme::GOOD_PALE, theme::GOOD_PALE, theme::GOOD],
        Call::Later => [theme::PAPER, theme::LINE, theme::INK_FAINT],
    }
}

const fn pressed_colours(call: Call) -> [Color32; 3] {
    match call {
        Call::Begin | Call::Primary => [theme::BLUE_DEEP, theme::BLUE_DEEP, theme::ON_BLUE],
        Call::Secondary | Call::Key | Call::Quiet => {
            [theme::BLUE_PALE, theme::BLUE, theme::BLUE_DEEP]
        }
        Call::Done | Call::Later => colours(call),
    }
}
