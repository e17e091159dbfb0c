//! The live picture as a mirror shows it. The only place that mirrors pictures.

use egui::{Align2, Pos2, Rect, Stroke, TextureHandle, pos2, vec2};

use super::{
    LivePicture, View,
    area::{self, Cut},
    icons::Icon,
    sheet::Sheet,
    theme::{self, Type},
    words,
};
use crate::{
    booth::CameraState,
    geometry::{Point, Size},
    layout::Crop,
};

/// A live picture on the screen: fills its place, mirrored, cropped evenly at two sides.
#[derive(Clone, Copy, Debug)]
pub struct Preview {
    /// Its place, in screen points.
    pub place: Rect,
    frame: Size,
    /// Screen points per frame px.
    zoom: f32,
}

impl Preview {
    /// Creates a preview of frames of that size in `place`.
    pub fn new(place: Rect, frame: Size) -> Self {
        let (width, height) = (frame.width.max(1) as f32, frame.height.max(1) as f32);
        let zoom = (place.width() / width).max(place.height() / height);
        Self { place, frame, zoom }
    }

    /// Returns the screen point at which a mirror shows that frame point.
    pub fn screen_from_frame(&self, p: Point) -> Pos2 {
        let middle = (
            self.frame.width as f32 / 2.0,
            self.frame.height as f32 / 2.0,
        );
        let off = vec2(middle.0 - p.x, p.y - middle.1) * self.zoom;
        self.place.center() + off
    }

    /// Converts a length in frame px to screen points.
    pub fn length(&self, frame_px: f32) -> f32 {
        frame_px * self.zoom
    }

    /// Returns the texture coordinates of the shown part; left and right are exchanged.
    fn uv(&self) -> Rect {
        let share = vec2(
            self.place.width() / (self.frame.width.max(1) as f32 * self.zoom),
            self.place.height() / (self.frame.height.max(1) as f32 * self.zoom),
        );
        let shown = Rect::from_center_size(pos2(0.5, 0.5), share);
        Rect::from_min_max(
            pos2(shown.right(), shown.top()),
            pos2(shown.left(), shown.bottom()),
        )
    }
}

/// Returns the size of the camera's frames, or a usual one before there is any.
pub fn frame_size(picture: Option<&LivePicture>) -> Size {
    const USUAL: Size = Size::new(1280, 720);
    picture.map_or(USUAL, |live| live.frame_size)
}

/// Returns the size of an uploaded picture.
pub fn size_of(picture: &TextureHandle) -> Size {
    let [width, height] = picture.size().map(|px| px as u32);
    Size::new(width, height)
}

/// Draws a picture that was taken in `place`, exactly as the live one was drawn.
pub fn frozen(sheet: &Sheet<'_>, place: Rect, picture: &TextureHandle) -> Preview {
    let preview = Preview::new(place, size_of(picture));
    sheet.textured(place, picture, preview.uv());
    preview
}

/// Draws the live picture in `place`; guides go over it with the returned [`Preview`].
pub fn live(sheet: &Sheet<'_>, place: Rect, picture: Option<&LivePicture>) -> Preview {
    let preview = Preview::new(place, frame_size(picture));
    if let Some(live) = picture {
        sheet.textured(place, &live.texture, preview.uv());
    } else {
        let round = sheet.round(theme::ROUND_CARD);
        sheet.ui.painter().rect_filled(place, round, theme::EMPTY);
        let icon = area::middle(place, vec2(sheet.px(120.0), sheet.px(120.0)));
        sheet.icon(icon, Icon::Camera, theme::INK_FAINT);
    }
    preview
}

/// Shows what a crop keeps of a picture that fills `place` and is not mirrored.
pub fn cropped(sheet: &Sheet<'_>, place: Rect, frame: Size, crop: Crop) {
    let zoom = place.width() / frame.width.max(1) as f32;
    let on_screen = |point: Point| place.min + vec2(point.x, point.y) * zoom;
    let window = crop.window_in_frame();
    let window = Rect::from_two_pos(on_screen(window.min), on_screen(window.max));
    dim_outside(sheet, place, window);
    let stroke = Stroke::new(sheet.px(8.0), theme::GUIDE_RIGHT);
    brackets(sheet, window, stroke);
}

/// Darkens `place` outside `hole`.
pub fn dim_outside(sheet: &Sheet<'_>, place: Rect, hole: Rect) {
    let hole = hole.intersect(place);
    let painter = sheet.ui.painter();
    let round = theme::ROUND_CARD * sheet.unit;
    let bands = [
        Rect::from_min_max(place.min, pos2(place.right(), hole.top())),
        Rect::from_min_max(pos2(place.left(), hole.bottom()), place.max),
        Rect::from_min_max(pos2(place.left(), hole.top()), hole.left_bottom()),
        Rect::from_min_max(hole.right_top(), pos2(place.right(), hole.bottom())),
    ];
    // A thinner band would be drawn as a line.
    let is_seen = |band: &Rect| band.size().min_elem() >= 1.0;
    for band in bands.into_iter().filter(is_seen) {
        let at = |corner: Pos2| {
            if place_corner(place, corner) {
                round
            } else {
                0.0
            }
        };
        let rounding = egui::epaint::CornerRadiusF32 {
            nw: at(band.left_top()),
            ne: at(band.right_top()),
            sw: at(band.left_bottom()),
            se: at(band.right_bottom()),
        };
        painter.rect_filled(band, rounding, theme::DIM);
    }
}

fn place_corner(place: Rect, corner: Pos2) -> bool {
    [
        place.left_top(),
        place.right_top(),
        place.left_bottom(),
        place.right_bottom(),
    ]
    .iter()
    .any(|c| c.distance(corner) < 0.5)
}

/// Draws four corner brackets around `rect`.
pub fn brackets(sheet: &Sheet<'_>, rect: Rect, stroke: Stroke) {
    let arm = rect.width() * 0.16;
    for (corner, x, y) in [
        (rect.left_top(), 1.0, 1.0),
        (rect.right_top(), -1.0, 1.0),
        (rect.left_bottom(), 1.0, -1.0),
        (rect.right_bottom(), -1.0, -1.0),
    ] {
        let points = vec![
            corner + vec2(arm * x, 0.0),
            corner,
            corner + vec2(0.0, arm * y),
        ];
        sheet.ui.painter().add(egui::Shape::line(points, stroke));
    }
}

/// Writes over the picture that the camera is away, when it is.
pub fn camera_notice(sheet: &mut Sheet<'_>, place: Rect, view: &View<'_>) {
    if view.health.camera == CameraState::Streaming {
        return;
    }
    let round = sheet.round(theme::ROUND_CARD);
    sheet
        .ui
        .painter()
        .rect_filled(place, round, theme::DIM_STRONG);
    let mut inner = area::middle(place, vec2(place.width() * 0.86, sheet.px(320.0)));
    let icon = inner.cut_top(sheet.px(110.0));
    sheet.icon(icon, Icon::Camera, theme::ON_BLUE);
    inner.cut_top(sheet.px(24.0));
    let title = inner.cut_top(sheet.px(90.0));
    let word = sheet.word(words::CAMERA_BACK);
    sheet.text(
        title,
        Type::Title,
        theme::ON_BLUE,
        Align2::CENTER_CENTER,
        word,
    );
    let word = sheet.word(words::CAMERA_BACK_MORE);
    sheet.balanced(inner, Type::Body, theme::ON_BLUE, Align2::CENTER_TOP, word);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview() -> Preview {
        let place = Rect::from_min_size(pos2(100.0, 50.0), vec2(640.0, 720.0));
        Preview::new(place, Size::new(1280, 720))
    }

    #[test]
    fn what_is_left_in_the_frame_is_right_on_the_screen() {
        let preview = preview();
        let left = preview.screen_from_frame(Point::new(600.0, 300.0));
        let right = preview.screen_from_frame(Point::new(700.0, 300.0));
        assert!(left.x > right.x);
        assert_eq!(left.y, right.y);
        assert_eq!(
            preview.screen_from_frame(Point::new(640.0, 360.0)),
            preview.place.center()
        );
    }

    #[test]
    fn guides_and_texture_are_mirrored_alike() {
        let preview = preview();
        let uv = preview.uv();
        assert!(uv.min.x > uv.max.x, "left and right exchanged");
        assert!(uv.min.y < uv.max.y, "never upside down");
        let frame_x_at_left_edge = uv.min.x * 1280.0;
        let screen = preview.screen_from_frame(Point::new(frame_x_at_left_edge, 0.0));
        assert!((screen.x - preview.place.left()).abs() < 0.01);
        assert!((screen.y - preview.place.top()).abs() < 0.01);
    }
}
