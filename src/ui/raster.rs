//! Draws what egui shows into a picture, without a graphics card or a driver: for the demonstration
//! without a window and for tests.
//!
//! As egui's own renderers do, it blends premultiplied colours as they are stored, in sRGB. A pixel
//! belongs to the triangle that covers its centre, and on an edge to the one below or right of it,
//! so that no pixel of two neighbours is drawn twice (the "top-left rule" of graphics cards).
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: places are bounded by the sizes beside them"
)]

use std::collections::BTreeMap;

use egui::{
    Color32, ColorImage, Rect, TextureFilter, TextureId, TexturesDelta, Vec2,
    epaint::{ClippedPrimitive, ImageData, ImageDelta, Mesh, Primitive, Vertex},
};
use egui_kittest::TestRenderer;
use image::{Rgba, RgbaImage};

/// Steps of a pixel in which corners lie.
const STEPS: f32 = 256.0;

/// The textures that egui has handed over, and how to draw with them.
#[derive(Default)]
pub struct Rasterizer {
    textures: BTreeMap<TextureId, Texture>,
}

struct Texture {
    image: ColorImage,
    is_smooth: bool,
}

impl TestRenderer for Rasterizer {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        let mut changed: Vec<_> = delta.set.drain().collect();
        changed.sort_by_key(|(id, _)| *id);
        for (id, images) in changed {
            for image in images {
                self.change(id, &image);
            }
        }
        let mut freed: Vec<_> = delta.free.drain().collect();
        freed.sort();
        for id in freed {
            self.textures.remove(&id);
        }
    }

    fn render(
        &mut self,
        ctx: &egui::Context,
        output: &egui::FullOutput,
    ) -> Result<RgbaImage, String> {
        let scale = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * scale;
        let mut picture = RgbaImage::new(size.x.round() as u32, size.y.round() as u32);
        for ClippedPrimitive {
            clip_rect,
            primitive,
        } in ctx.tessellate(output.shapes.clone(), scale)
        {
            match primitive {
                Primitive::Mesh(mesh) => {
                    self.draw(&mesh, clip_rect * scale, scale, &mut picture)?;
                }
                Primitive::Callback(_) => return Err("a shape that draws itself".into()),
            }
        }
        Ok(picture)
    }
}

impl Rasterizer {
    fn change(&mut self, id: TextureId, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        let Some([left, top]) = delta.pos else {
            let texture = Texture {
                image: ColorImage::clone(image),
                is_smooth: delta.options.magnification == TextureFilter::Linear,
            };
            self.textures.insert(id, texture);
            return;
        };
        let Some(Texture { image: whole, .. }) = self.textures.get_mut(&id) else {
            return;
        };
        let width = whole.width();
        for (y, row) in image.pixels.chunks_exact(image.width()).enumerate() {
            whole.pixels[(top + y) * width + left..][..row.len()].copy_from_slice(row);
        }
    }

    fn draw(
        &self,
        mesh: &Mesh,
        clip: Rect,
        scale: f32,
        picture: &mut RgbaImage,
    ) -> Result<(), String> {
        let texture = self.textures.get(&mesh.texture_id);
        let texture = texture.ok_or("a texture that was not handed over")?;
        let (width, height) = picture.dimensions();
        let within = |at: f32, length: u32| (at.round().max(0.0) as u32).min(length);
        let clip = Clip {
            left: within(clip.min.x, width),
            top: within(clip.min.y, height),
            right: within(clip.max.x, width),
            bottom: within(clip.max.y, height),
        };
        for corners in mesh.triangles() {
            let corners = corners.map(|index| mesh.vertices[index as usize]);
            if let Some(triangle) = Triangle::new(corners, scale) {
                triangle.fill(texture, clip, picture);
            }
        }
        Ok(())
    }
}

/// The part of the picture that may be drawn in, px; right and bottom are outside it.
#[derive(Clone, Copy)]
struct Clip {
    left: u32,
    top: u32,
    right: u32,
    bottom: u32,
}

/// A corner in whole steps of a pixel, and what is blended between the corners.
#[derive(Clone, Copy)]
struct Corner {
    x: i64,
    y: i64,
    paint: Paint,
}

/// Colour and place in the texture.
#[derive(Clone, Copy, PartialEq)]
struct Paint {
    rgba: [f32; 4],
    uv: Vec2,
}

struct Triangle {
    corners: [Corner; 3],
    /// Twice its area, in square steps; above zero.
    area: i64,
}

impl Triangle {
    /// Returns `None` for a triangle that covers nothing.
    fn new(corners: [Vertex; 3], scale: f32) -> Option<Self> {
        let mut corners = corners.map(|Vertex { pos, uv, color }| Corner {
            x: (pos.x * scale * STEPS).round() as i64,
            y: (pos.y * scale * STEPS).round() as i64,
            paint: Paint {
                rgba: color.to_array().map(f32::from),
                uv: uv.to_vec2(),
            },
        });
        let [a, b, c] = corners;
        let area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
        if area < 0 {
            corners.swap(1, 2);
        }
        (area != 0).then_some(Self {
            corners,
            area: area.abs(),
        })
    }

    fn fill(&self, texture: &Texture, clip: Clip, picture: &mut RgbaImage) {
        let step = STEPS as i64;
        let ys = self.corners.map(|corner| corner.y);
        let [least, most] = [ys.iter().min(), ys.iter().max()].map(|y| y.copied().unwrap_or(0));
        let top = (least / step).max(clip.top.into());
        let bottom = (most / step + 1).min(clip.bottom.into());
        let is_even = self.is_even();
        for y in top..bottom {
            let Some((left, right)) = self.columns(y * step + step / 2, clip) else {
                continue;
            };
            let (first, slope) = self.paint_along(left, y, right - left);
            let even = is_even.then(|| texture.tint(first));
            for (i, x) in (left..right).enumerate() {
                let source = even.unwrap_or_else(|| texture.tint(first.gone_on(slope, i as f32)));
                blend(picture.get_pixel_mut(x as u32, y as u32), source);
            }
        }
    }

    /// Returns whether all of it has one colour.
    fn is_even(&self) -> bool {
        let [a, b, c] = self.corners.map(|corner| corner.paint);
        a == b && a == c
    }

    /// Returns the columns, px, whose centres the triangle covers at height `y`, in steps.
    fn columns(&self, y: i64, clip: Clip) -> Option<(i64, i64)> {
        let step = STEPS as i64;
        let (mut left, mut right) = (i64::from(clip.left), i64::from(clip.right));
        let [a, b, c] = self.corners;
        for (from, to) in [(a, b), (b, c), (c, a)] {
            let (dx, dy) = (to.x - from.x, to.y - from.y);
            // At column x the edge's side is `start - x * step * dy`, and more than `least` inside.
            let start = dx * (y - from.y) - dy * (step / 2 - from.x);
            let is_top_left = dy < 0 || (dy == 0 && dx > 0);
            let least = i64::from(!is_top_left);
            let slope = -dy * step;
            match slope.signum() {
                1 => left = left.max(ceiling(least - start, slope)),
                -1 => right = right.min((start - least).div_euclid(-slope) + 1),
                _ if start < least => return None,
                _ => {}
            }
        }
        (left < right).then_some((left, right))
    }

    /// Returns the paint at the centre of a pixel, and what it changes by for each pixel to the
    /// right.
    fn paint_along(&self, x: i64, y: i64, count: i64) -> (Paint, Paint) {
        let first = self.paint_at(x, y);
        let last = self.paint_at(x + count, y);
        let count = count as f32;
        let slope = Paint {
            rgba: std::array::from_fn(|i| (last.rgba[i] - first.rgba[i]) / count),
            uv: (last.uv - first.uv) / count,
        };
        (first, slope)
    }

    fn paint_at(&self, x: i64, y: i64) -> Paint {
        let step = STEPS as i64;
        let (x, y) = (x * step + step / 2, y * step + step / 2);
        let [a, b, c] = self.corners;
        let side = |from: Corner, to: Corner| {
            (to.x - from.x) * (y - from.y) - (to.y - from.y) * (x - from.x)
        };
        let share = |side: i64| (side as f64 / self.area as f64) as f32;
        let shares = [share(side(b, c)), share(side(c, a)), share(side(a, b))];
        let mut paint = Paint {
            rgba: [0.0; 4],
            uv: Vec2::ZERO,
        };
        for (corner, share) in self.corners.iter().zip(shares) {
            paint = paint.gone_on(corner.paint, share);
        }
        paint
    }
}

impl Paint {
    fn gone_on(self, slope: Self, times: f32) -> Self {
        Self {
            rgba: std::array::from_fn(|i| self.rgba[i] + slope.rgba[i] * times),
            uv: self.uv + slope.uv * times,
        }
    }
}

impl Texture {
    /// Returns the texture's colour there times the paint's, 0.0..=255.0.
    fn tint(&self, paint: Paint) -> [f32; 4] {
        let texel = self.at(paint.uv);
        std::array::from_fn(|i| texel[i] * paint.rgba[i] / 255.0)
    }

    fn at(&self, uv: Vec2) -> [f32; 4] {
        let [width, height] = self.image.size;
        let (x, y) = (uv.x * width as f32 - 0.5, uv.y * height as f32 - 0.5);
        if !self.is_smooth {
            return self.texel(x.round() as isize, y.round() as isize);
        }
        let (left, top) = (x.floor(), y.floor());
        let (across, down) = (x - left, y - top);
        let (left, top) = (left as isize, top as isize);
        let row = |y| between(self.texel(left, y), self.texel(left + 1, y), across);
        if down == 0.0 {
            return row(top);
        }
        between(row(top), row(top + 1), down)
    }

    /// Beyond its edge a texture goes on as at the edge.
    fn texel(&self, x: isize, y: isize) -> [f32; 4] {
        let [width, height] = self.image.size;
        let x = x.clamp(0, width as isize - 1) as usize;
        let y = y.clamp(0, height as isize - 1) as usize;
        let color: Color32 = self.image.pixels[y * width + x];
        color.to_array().map(f32::from)
    }
}

fn between(a: [f32; 4], b: [f32; 4], share: f32) -> [f32; 4] {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * share)
}

/// Lays a premultiplied colour over a pixel.
fn blend(pixel: &mut Rgba<u8>, source: [f32; 4]) {
    let through = 1.0 - source[3] / 255.0;
    for (old, new) in pixel.0.iter_mut().zip(source) {
        *old = (new + f32::from(*old) * through).round() as u8;
    }
}

/// Returns `a / b` rounded up, for `b` above zero.
const fn ceiling(a: i64, b: i64) -> i64 {
    -(-a).div_euclid(b)
}

#[cfg(test)]
mod tests {
    use egui::{Pos2, pos2};

    use super::*;

    const SIZE: u32 = 16;

    fn white() -> Texture {
        Texture {
            image: ColorImage::filled([1, 1], Color32::WHITE),
            is_smooth: true,
        }
    }

    fn draw(corners: &[[Pos2; 3]], color: Color32) -> RgbaImage {
        let mut picture = RgbaImage::new(SIZE, SIZE);
        let clip = Clip {
            left: 0,
            top: 0,
            right: SIZE,
            bottom: SIZE,
        };
        for corners in corners {
            let corners = corners.map(|pos| Vertex {
                pos,
                uv: Pos2::ZERO,
                color,
            });
            if let Some(triangle) = Triangle::new(corners, 1.0) {
                triangle.fill(&white(), clip, &mut picture);
            }
        }
        picture
    }

    #[test]
    fn neighbours_share_no_pixel_and_leave_none_out() {
        let half = Color32::from_rgba_premultiplied(0, 0, 0, 100);
        let around = [
            pos2(2.0, 2.5),
            pos2(13.5, 1.25),
            pos2(14.0, 13.0),
            pos2(1.5, 12.0),
        ];
        let middle = pos2(7.3, 8.5);
        let fan: Vec<_> = (0..4)
            .map(|i| [middle, around[i], around[(i + 1) % 4]])
            .collect();
        let picture = draw(&fan, half);
        for (x, y, pixel) in picture.enumerate_pixels() {
            let is_inside = (4..12).contains(&x) && (4..11).contains(&y);
            assert!(
                pixel.0[3] == 100 || (pixel.0[3] == 0 && !is_inside),
                "{x} {y}"
            );
        }
        assert_eq!(picture.get_pixel(0, 0).0[3], 0);
    }

    #[test]
    fn a_whole_pixel_rectangle_covers_exactly_its_pixels_whichever_way_it_turns() {
        let [a, b, c, d] = [
            pos2(3.0, 4.0),
            pos2(9.0, 4.0),
            pos2(9.0, 7.0),
            pos2(3.0, 7.0),
        ];
        for corners in [[[a, b, c], [a, c, d]], [[c, b, a], [d, c, a]]] {
            let picture = draw(&corners, Color32::RED);
            let red = picture.pixels().filter(|p| p.0 == [255, 0, 0, 255]).count();
            assert_eq!(red, 18);
            assert_eq!(picture.get_pixel(3, 4).0, [255, 0, 0, 255]);
            assert_eq!(picture.get_pixel(8, 6).0, [255, 0, 0, 255]);
        }
    }

    #[test]
    fn colours_lie_over_each_other_by_their_opacity() {
        let mut pixel = Rgba([200, 100, 0, 255]);
        blend(&mut pixel, [50.0, 0.0, 0.0, 127.5]);
        assert_eq!(pixel.0, [150, 50, 0, 255]);
    }

    #[test]
    fn a_texture_is_read_between_its_texels() {
        let texture = Texture {
            image: ColorImage::new([2, 1], vec![Color32::BLACK, Color32::WHITE]),
            is_smooth: true,
        };
        assert_eq!(texture.at(Vec2::new(0.25, 0.5))[0], 0.0);
        assert_eq!(texture.at(Vec2::new(0.5, 0.5))[0], 127.5);
        assert_eq!(texture.at(Vec2::new(0.99, 0.5))[0], 255.0);
    }
}
