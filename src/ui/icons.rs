//! Drawings made of lines and circles, so that no glyph can be missing and every size is sharp.

use egui::{
    Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, epaint::EllipseShape, pos2, vec2,
};

use super::theme;
use crate::{guidance::Arrow, time::Mono};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Tick,
    Cross,
    Warning,
    Info,
    Arrow(Arrow),
    /// The head turns or nods that way.
    Turn(Arrow),
    /// The seat or whoever sits goes that way.
    Seat(Arrow),
    Mouth,
    Glasses,
    Hair,
    Code,
    Chair,
    Confirm,
    Lock,
    Globe,
    Camera,
    Disk,
    Clock,
    Link,
    Queue,
    Backspace,
    Again,
    Leave,
    Document,
    Bulb,
    Eye,
    /// A small and a large letter.
    Type,
    /// Something that can be set.
    Sliders,
    /// A magnifying glass with a plus.
    Enlarge,
    /// The same with a minus.
    Shrink,
    Bell,
}

/// What a requirement drawing shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    Good,
    Tilted,
    HairOverEyes,
    Glare,
    Hat,
    Teeth,
}

/// A pen in the unit square of one drawing.
struct Pen<'p> {
    painter: &'p Painter,
    place: Rect,
    stroke: Stroke,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> Pos2 {
        self.place.min + self.place.size() * vec2(x, y)
    }

    fn line(&self, points: &[(f32, f32)]) {
        let points: Vec<_> = points.iter().map(|(x, y)| self.at(*x, *y)).collect();
        for end in [points.first(), points.last()].into_iter().flatten() {
            self.painter
                .circle_filled(*end, self.stroke.width / 2.0, self.stroke.color);
        }
        self.painter.add(Shape::line(points, self.stroke));
    }

    fn circle(&self, x: f32, y: f32, radius: f32) {
        self.painter
            .circle_stroke(self.at(x, y), radius * self.place.width(), self.stroke);
    }

    fn dot(&self, x: f32, y: f32, radius: f32) {
        self.painter.circle_filled(
            self.at(x, y),
            radius * self.place.width(),
            self.stroke.color,
        );
    }

    fn frame(&self, from: (f32, f32), to: (f32, f32), round: f32) {
        self.painter.rect_stroke(
            Rect::from_min_max(self.at(from.0, from.1), self.at(to.0, to.1)),
            round * self.place.width(),
            self.stroke,
            StrokeKind::Middle,
        );
    }

    fn block(&self, from: (f32, f32), to: (f32, f32), round: f32) {
        self.painter.rect_filled(
            Rect::from_min_max(self.at(from.0, from.1), self.at(to.0, to.1)),
            round * self.place.width(),
            self.stroke.color,
        );
    }

    /// Draws an arc from `from` to `to`, in turns clockwise from the top.
    fn arc(&self, centre: (f32, f32), radius: f32, from: f32, to: f32) {
        const STEPS: usize = 28;
        let points: Vec<_> = (0..=STEPS)
            .map(|i| {
                let turn = from + (to - from) * i as f32 / STEPS as f32;
                let (sin, cos) = (turn * std::f32::consts::TAU).sin_cos();
                (centre.0 + radius * sin, centre.1 - radius * cos)
            })
            .collect();
        self.line(&points);
    }
}

/// Draws a calm turning ring: the booth works.
pub fn turning(painter: &Painter, centre: Pos2, radius: f32, now: Mono) {
    const TURN_SECONDS: f32 = 1.6;
    let width = radius * 0.117;
    painter.circle_stroke(centre, radius, Stroke::new(width, theme::LINE));
    let turn = (now.as_duration().as_secs_f32() / TURN_SECONDS).fract();
    arc(
        painter,
        centre,
        radius,
        turn,
        turn + 0.28,
        Stroke::new(width, theme::BLUE),
    );
}

/// Draws an icon in the largest square of `place`.
pub fn draw(painter: &Painter, place: Rect, icon: Icon, color: Color32) {
    let side = place.width().min(place.height());
    let pen = Pen {
        painter,
        place: Rect::from_center_size(place.center(), Vec2::splat(side)),
        stroke: Stroke::new((side * 0.085).max(1.5), color),
    };
    match icon {
        Icon::Tick => pen.line(&[(0.14, 0.54), (0.40, 0.78), (0.86, 0.24)]),
        Icon::Cross => {
            pen.line(&[(0.2, 0.2), (0.8, 0.8)]);
            pen.line(&[(0.8, 0.2), (0.2, 0.8)]);
        }
        Icon::Warning => {
            pen.line(&[(0.5, 0.1), (0.94, 0.88), (0.06, 0.88), (0.5, 0.1)]);
            pen.line(&[(0.5, 0.4), (0.5, 0.6)]);
            pen.dot(0.5, 0.74, 0.05);
        }
        Icon::Info => {
            pen.circle(0.5, 0.5, 0.42);
            pen.line(&[(0.5, 0.46), (0.5, 0.72)]);
            pen.dot(0.5, 0.3, 0.055);
        }
        Icon::Type => {
            pen.line(&[(0.36, 0.86), (0.66, 0.12), (0.96, 0.86)]);
            pen.line(&[(0.46, 0.62), (0.86, 0.62)]);
            pen.line(&[(0.04, 0.86), (0.2, 0.46), (0.36, 0.86)]);
            pen.line(&[(0.1, 0.72), (0.3, 0.72)]);
        }
        Icon::Arrow(way) => arrow(&pen, way),
        Icon::Turn(way) => turn(&pen, way),
        Icon::Seat(way) => seat(&pen, way),
        Icon::Mouth => mouth(&pen),
        Icon::Glasses => glasses(&pen),
        Icon::Hair => hair(&pen),
        Icon::Code => code(&pen),
        Icon::Chair => chair(&pen),
        Icon::Confirm => confirm(&pen),
        Icon::Document => document(&pen),
        Icon::Camera => camera(&pen),
        Icon::Disk => disk(&pen),
        Icon::Clock => clock(&pen),
        Icon::Link => link(&pen),
        Icon::Queue => queue(&pen),
        Icon::Lock => lock(&pen),
        Icon::Globe => globe(&pen),
        Icon::Backspace => backspace(&pen),
        Icon::Again => again(&pen),
        Icon::Leave => leave(&pen),
        Icon::Bulb => bulb(&pen),
        Icon::Eye => eye(&pen),
        Icon::Sliders => sliders(&pen),
        Icon::Enlarge => {
            magnifier(&pen);
            pen.line(&[(0.42, 0.28), (0.42, 0.56)]);
        }
        Icon::Shrink => magnifier(&pen),
        Icon::Bell => bell(&pen),
    }
}

fn arrow(pen: &Pen<'_>, way: Arrow) {
    match way {
        Arrow::Left => {
            pen.line(&[(0.9, 0.5), (0.1, 0.5)]);
            pen.line(&[(0.42, 0.18), (0.1, 0.5), (0.42, 0.82)]);
        }
        Arrow::Right => {
            pen.line(&[(0.1, 0.5), (0.9, 0.5)]);
            pen.line(&[(0.58, 0.18), (0.9, 0.5), (0.58, 0.82)]);
        }
        Arrow::Up => {
            pen.line(&[(0.5, 0.9), (0.5, 0.1)]);
            pen.line(&[(0.18, 0.42), (0.5, 0.1), (0.82, 0.42)]);
        }
        Arrow::Down => {
            pen.line(&[(0.5, 0.1), (0.5, 0.9)]);
            pen.line(&[(0.18, 0.58), (0.5, 0.9), (0.82, 0.58)]);
        }
        Arrow::In => corners(pen, 0.34, 0.06),
        Arrow::Out => corners(pen, 0.06, 0.34),
        Arrow::Clockwise => {
            pen.arc((0.5, 0.56), 0.36, -0.25, 0.22);
            pen.line(&[(0.66, 0.42), (0.86, 0.58), (0.98, 0.36)]);
        }
        Arrow::CounterClockwise => {
            pen.arc((0.5, 0.56), 0.36, 0.25, -0.22);
            pen.line(&[(0.34, 0.42), (0.14, 0.58), (0.02, 0.36)]);
        }
    }
}

fn turn(pen: &Pen<'_>, way: Arrow) {
    match way {
        Arrow::Left => {
            pen.circle(0.5, 0.6, 0.26);
            pen.arc((0.5, 0.6), 0.44, -0.17, 0.17);
            pen.line(&[(0.16, 0.04), (0.1, 0.32), (0.36, 0.36)]);
        }
        Arrow::Right => {
            pen.circle(0.5, 0.6, 0.26);
            pen.arc((0.5, 0.6), 0.44, -0.17, 0.17);
            pen.line(&[(0.84, 0.04), (0.9, 0.32), (0.64, 0.36)]);
        }
        Arrow::Up
        | Arrow::Down
        | Arrow::In
        | Arrow::Out
        | Arrow::Clockwise
        | Arrow::CounterClockwise => {
            pen.circle(0.34, 0.5, 0.28);
            upright(pen, way);
        }
    }
}

fn seat(pen: &Pen<'_>, way: Arrow) {
    pen.circle(0.36, 0.28, 0.15);
    pen.arc((0.36, 0.86), 0.3, -0.25, 0.25);
    pen.line(&[(0.06, 0.86), (0.66, 0.86)]);
    upright(pen, way);
}

/// An arrow up or down at the right.
fn upright(pen: &Pen<'_>, way: Arrow) {
    let (tail, tip) = if way == Arrow::Up {
        (0.78, 0.22)
    } else {
        (0.22, 0.78)
    };
    let barb = tip + (tail - tip) * 0.36;
    pen.line(&[(0.86, tail), (0.86, tip)]);
    pen.line(&[(0.72, barb), (0.86, tip), (1.0, barb)]);
}

fn bell(pen: &Pen<'_>) {
    pen.line(&[(0.5, 0.08), (0.5, 0.16)]);
    pen.arc((0.5, 0.46), 0.28, -0.25, 0.25);
    pen.line(&[
        (0.22, 0.46),
        (0.22, 0.62),
        (0.1, 0.76),
        (0.9, 0.76),
        (0.78, 0.62),
        (0.78, 0.46),
    ]);
    pen.line(&[(0.42, 0.9), (0.58, 0.9)]);
}

fn magnifier(pen: &Pen<'_>) {
    pen.circle(0.42, 0.42, 0.32);
    pen.line(&[(0.66, 0.66), (0.94, 0.94)]);
    pen.line(&[(0.28, 0.42), (0.56, 0.42)]);
}

fn mouth(pen: &Pen<'_>) {
    pen.line(&[
        (0.08, 0.5),
        (0.36, 0.34),
        (0.5, 0.4),
        (0.64, 0.34),
        (0.92, 0.5),
        (0.66, 0.68),
        (0.34, 0.68),
        (0.08, 0.5),
        (0.92, 0.5),
    ]);
}

fn glasses(pen: &Pen<'_>) {
    pen.circle(0.26, 0.54, 0.18);
    pen.circle(0.74, 0.54, 0.18);
    pen.line(&[(0.44, 0.5), (0.5, 0.46), (0.56, 0.5)]);
    pen.line(&[(0.08, 0.5), (0.02, 0.36)]);
    pen.line(&[(0.92, 0.5), (0.98, 0.36)]);
}

fn hair(pen: &Pen<'_>) {
    pen.arc((0.5, 0.54), 0.34, 0.2, 0.8);
    pen.arc((0.5, 0.5), 0.42, -0.3, 0.3);
    pen.line(&[(0.2, 0.48), (0.44, 0.24), (0.8, 0.48)]);
}

/// Four arrows on the diagonals, from `tail` to `tip` (distance from the nearest corner).
fn corners(pen: &Pen<'_>, tail: f32, tip: f32) {
    let head = 0.2 * (tail - tip).signum();
    for (x, y) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
        let along = |d: f32, side: f32| -> f32 { if side == 0.0 { d } else { 1.0 - d } };
        let point = |dx: f32, dy: f32| (along(dx, x), along(dy, y));
        pen.line(&[point(tail, tail), point(tip, tip)]);
        pen.line(&[
            point(tip + head, tip),
            point(tip, tip),
            point(tip, tip + head),
        ]);
    }
}

fn code(pen: &Pen<'_>) {
    for (x, y) in [(0.1, 0.1), (0.58, 0.1), (0.1, 0.58)] {
        pen.frame((x, y), (x + 0.32, y + 0.32), 0.05);
        pen.block((x + 0.11, y + 0.11), (x + 0.21, y + 0.21), 0.0);
    }
    for (x, y) in [
        (0.56, 0.56),
        (0.80, 0.56),
        (0.68, 0.68),
        (0.56, 0.80),
        (0.80, 0.80),
    ] {
        pen.block((x, y), (x + 0.11, y + 0.11), 0.0);
    }
}

fn chair(pen: &Pen<'_>) {
    pen.circle(0.5, 0.26, 0.17);
    pen.arc((0.5, 0.92), 0.36, -0.25, 0.25);
    pen.line(&[(0.14, 0.92), (0.86, 0.92)]);
}

fn confirm(pen: &Pen<'_>) {
    pen.frame((0.16, 0.06), (0.84, 0.94), 0.08);
    pen.circle(0.5, 0.34, 0.12);
    pen.line(&[(0.34, 0.70), (0.46, 0.80), (0.68, 0.60)]);
}

fn document(pen: &Pen<'_>) {
    pen.frame((0.18, 0.06), (0.82, 0.94), 0.06);
    for y in [0.3, 0.5, 0.7] {
        pen.line(&[(0.34, y), (0.66, y)]);
    }
}

fn camera(pen: &Pen<'_>) {
    pen.frame((0.06, 0.26), (0.94, 0.86), 0.1);
    pen.circle(0.5, 0.56, 0.17);
    pen.line(&[(0.34, 0.26), (0.40, 0.14), (0.60, 0.14), (0.66, 0.26)]);
}

fn disk(pen: &Pen<'_>) {
    pen.frame((0.08, 0.2), (0.92, 0.8), 0.1);
    pen.line(&[(0.08, 0.56), (0.92, 0.56)]);
    pen.dot(0.76, 0.68, 0.05);
}

fn clock(pen: &Pen<'_>) {
    pen.circle(0.5, 0.5, 0.42);
    pen.line(&[(0.5, 0.24), (0.5, 0.5), (0.68, 0.62)]);
}

fn link(pen: &Pen<'_>) {
    pen.arc((0.5, 0.8), 0.62, -0.12, 0.12);
    pen.arc((0.5, 0.8), 0.38, -0.12, 0.12);
    pen.dot(0.5, 0.76, 0.08);
}

fn sliders(pen: &Pen<'_>) {
    for (y, knob) in [(0.24, 0.66), (0.5, 0.34), (0.76, 0.58)] {
        pen.line(&[(0.12, y), (0.88, y)]);
        pen.dot(knob, y, 0.09);
    }
}

fn queue(pen: &Pen<'_>) {
    for y in [0.16, 0.42, 0.68] {
        pen.frame((0.1, y), (0.9, y + 0.17), 0.05);
    }
}

fn lock(pen: &Pen<'_>) {
    pen.frame((0.18, 0.46), (0.82, 0.92), 0.08);
    pen.arc((0.5, 0.40), 0.22, -0.25, 0.25);
    pen.line(&[(0.28, 0.40), (0.28, 0.46)]);
    pen.line(&[(0.72, 0.40), (0.72, 0.46)]);
}

fn globe(pen: &Pen<'_>) {
    pen.circle(0.5, 0.5, 0.42);
    pen.line(&[(0.08, 0.5), (0.92, 0.5)]);
    let radius = pen.place.size() * vec2(0.18, 0.42);
    pen.painter
        .add(EllipseShape::stroke(pen.at(0.5, 0.5), radius, pen.stroke));
}

fn backspace(pen: &Pen<'_>) {
    pen.line(&[
        (0.34, 0.2),
        (0.94, 0.2),
        (0.94, 0.8),
        (0.34, 0.8),
        (0.06, 0.5),
        (0.34, 0.2),
    ]);
    pen.line(&[(0.48, 0.38), (0.74, 0.62)]);
    pen.line(&[(0.74, 0.38), (0.48, 0.62)]);
}

fn again(pen: &Pen<'_>) {
    pen.arc((0.5, 0.52), 0.36, 0.14, 0.95);
    pen.line(&[(0.185, 0.095), (0.389, 0.178), (0.272, 0.365)]);
}

fn leave(pen: &Pen<'_>) {
    pen.line(&[(0.56, 0.14), (0.12, 0.14), (0.12, 0.86), (0.56, 0.86)]);
    pen.line(&[(0.4, 0.5), (0.92, 0.5)]);
    pen.line(&[(0.72, 0.3), (0.92, 0.5), (0.72, 0.7)]);
}

fn bulb(pen: &Pen<'_>) {
    pen.circle(0.5, 0.5, 0.2);
    for i in 0..8 {
        let (sin, cos) = (i as f32 / 8.0 * std::f32::consts::TAU).sin_cos();
        pen.line(&[
            (0.5 + 0.33 * sin, 0.5 - 0.33 * cos),
            (0.5 + 0.44 * sin, 0.5 - 0.44 * cos),
        ]);
    }
}

fn eye(pen: &Pen<'_>) {
    pen.arc((0.5, 0.86), 0.56, -0.14, 0.14);
    pen.arc((0.5, 0.14), 0.56, 0.36, 0.64);
    pen.dot(0.5, 0.5, 0.13);
}

/// Draws a head and shoulders on a backdrop, with one thing right or wrong about it.
pub fn figure(painter: &Painter, place: Rect, figure: Figure) {
    let round = place.width() * 0.1;
    painter.rect_filled(place, round, theme::BACKDROP);
    let painter = painter.with_clip_rect(painter.clip_rect().intersect(place));
    let w = place.width();
    let tilt = if figure == Figure::Tilted { 0.26 } else { 0.0 };
    let neck = place.min + place.size() * vec2(0.5, 0.66);
    // Head points turn about the neck, so that a tilted head stays on its shoulders.
    let at = |x: f32, y: f32| {
        let off = vec2(x * w, (y - 0.66) * w);
        neck + egui::emath::Rot2::from_angle(tilt) * off
    };
    shoulders(&painter, place, w);
    let ellipse = |x, y, rx: f32, ry: f32, color| {
        painter.add(EllipseShape::filled(at(x, y), vec2(rx * w, ry * w), color).with_angle(tilt));
    };
    ellipse(0.0, 0.36, 0.235, 0.25, theme::HAIR);
    ellipse(0.0, 0.44, 0.2, 0.25, theme::SKIN);
    ellipse(0.0, 0.235, 0.2, 0.085, theme::HAIR);
    let ink = Stroke::new(w * 0.02, theme::HAIR);
    for side in [-1.0, 1.0] {
        painter.circle_filled(at(side * 0.085, 0.43), w * 0.02, theme::HAIR);
        painter.line_segment([at(side * 0.05, 0.375), at(side * 0.125, 0.375)], ink);
    }
    painter.line_segment([at(-0.05, 0.57), at(0.05, 0.57)], ink);
    blemish(&painter, figure, w, &at);
}

fn shoulders(painter: &Painter, place: Rect, w: f32) {
    let base = place.min + place.size() * vec2(0.5, 1.02);
    painter.add(EllipseShape::filled(
        base,
        vec2(0.4 * w, 0.3 * w),
        theme::BLUE_DEEP,
    ));
    let neck = Rect::from_center_size(base - vec2(0.0, 0.34 * w), vec2(0.15 * w, 0.24 * w));
    painter.rect_filled(neck, w * 0.05, theme::SKIN);
}

/// Draws the one thing that is wrong.
fn blemish(painter: &Painter, figure: Figure, w: f32, at: &dyn Fn(f32, f32) -> Pos2) {
    let ink = Stroke::new(w * 0.02, theme::HAIR);
    match figure {
        Figure::Good | Figure::Tilted => {}
        Figure::HairOverEyes => {
            painter.add(Shape::convex_polygon(
                vec![
                    at(-0.2, 0.27),
                    at(0.17, 0.24),
                    at(0.02, 0.36),
                    at(-0.19, 0.47),
                ],
                theme::HAIR,
                Stroke::NONE,
            ));
        }
        Figure::Glare => {
            for side in [-1.0, 1.0] {
                let lens = Rect::from_center_size(at(side * 0.09, 0.43), vec2(0.14 * w, 0.11 * w));
                painter.rect(lens, w * 0.03, theme::CARD, ink, StrokeKind::Middle);
            }
            painter.line_segment([at(-0.02, 0.43), at(0.02, 0.43)], ink);
        }
        Figure::Hat => {
            let cap = vec![
                at(-0.24, 0.32),
                at(-0.19, 0.14),
                at(0.19, 0.14),
                at(0.24, 0.32),
            ];
            painter.add(Shape::convex_polygon(cap, theme::BAD, Stroke::NONE));
            painter.line_segment(
                [at(-0.3, 0.32), at(0.3, 0.32)],
                Stroke::new(w * 0.04, theme::BAD),
            );
        }
        Figure::Teeth => {
            let mouth = EllipseShape {
                stroke: ink,
                ..EllipseShape::filled(at(0.0, 0.57), vec2(0.08 * w, 0.04 * w), theme::CARD)
            };
            painter.add(mouth);
        }
    }
}

/// Draws a part of a circle, in turns clockwise from the top.
pub fn arc(painter: &Painter, centre: Pos2, radius: f32, from: f32, to: f32, stroke: Stroke) {
    let place = Rect::from_center_size(centre, Vec2::splat(radius * 2.0));
    let pen = Pen {
        painter,
        place,
        stroke,
    };
    pen.arc((0.5, 0.5), 0.5, from, to);
}

/// Draws a ring that fills clockwise from the top, `share` 0..=1, around `centre`.
pub fn ring(painter: &Painter, centre: Pos2, radius: Vec2, share: f32, stroke: Stroke) {
    const STEPS: usize = 96;
    let last = (STEPS as f32 * share.clamp(0.0, 1.0)).round() as usize;
    let points: Vec<_> = (0..=last)
        .map(|i| {
            let (sin, cos) = (i as f32 / STEPS as f32 * std::f32::consts::TAU).sin_cos();
            pos2(centre.x + radius.x * sin, centre.y - radius.y * cos)
        })
        .collect();
    if points.len() > 1 {
        painter.add(Shape::line(points, stroke));
    }
}
