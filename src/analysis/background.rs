//! What is behind the person: colour and evenness of the surely empty part of the later portrait.

use crate::geometry::{Point, Rect};

use super::{
    face::Face,
    mask::Mask,
    sampling::{Edge, Patch, Pyramid, luma},
    stains,
};

/// Measures over the sure background (mask at most 0.1, also a little around) inside a region of
/// the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Background {
    /// Mean colour (red, green, blue), 0..=255.
    pub color: [f32; 3],
    /// Root mean square distance from the mean colour, 0..=255: uneven light, shadows, objects.
    pub spread: f32,
    /// Mean luma difference between neighbouring samples (1/96 of the region's longer side),
    /// 0..=255: texture, edges.
    pub gradient: f32,
    /// Share of the region that is sure background, 0..=1. Below 0.05 the other measures mean
    /// little.
    pub share: f32,
    /// Share of that which is darker than the wall around it but has its hue, 0..=1.
    pub shadow: f32,
    /// Share of the region's background that is neither wall nor shadow, 0..=1: an object, or
    /// somebody other than the sitter.
    pub objects: f32,
    /// Around the shadow and around the objects, in frame px; empty where there are none.
    pub shadow_place: Rect,
    pub objects_place: Rect,
}

const SAMPLES: f32 = 96.0;
const SURE: f32 = 0.1;
/// The standard portrait around a face: its extent from the eyes to the sides, up and down, in face
/// widths.
const ASIDE: f32 = 1.13;
const ABOVE: f32 = 1.18;
const BELOW: f32 = 1.84;

/// Returns roughly the part of the frame that a portrait of this face would show.
pub fn portrait_region(bounds: &Rect, face: &Face) -> Rect {
    let (eyes, width) = (face.eyes_midpoint(), face.width());
    let inside = |p: Point| Point::new(p.x.clamp(0.0, bounds.max.x), p.y.clamp(0.0, bounds.max.y));
    Rect::new(
        inside(Point::new(eyes.x - ASIDE * width, eyes.y - ABOVE * width)),
        inside(Point::new(eyes.x + ASIDE * width, eyes.y + BELOW * width)),
    )
}

/// Measures the background; `None` where nothing is surely background.
pub fn background(pyramid: &mut Pyramid, mask: &Mask, region: &Rect) -> Option<Background> {
    let step = region.width().max(region.height()) / SAMPLES;
    let columns = (region.width() / step.max(f32::MIN_POSITIVE)) as usize;
    let rows = (region.height() / step.max(f32::MIN_POSITIVE)) as usize;
    if columns == 0 || rows == 0 {
        return None;
    }
    let mut colours = vec![[0.0; 3]; columns * rows];
    pyramid.sample(
        &Patch::upright(region),
        columns,
        rows,
        Edge::Repeat,
        |i, rgb| {
            if let Some(c) = colours.get_mut(i) {
                *c = rgb;
            }
        },
    );
    let sure: Vec<bool> = (0..columns * rows)
        .map(|i| surely_empty(mask, place(region, columns, rows, i)))
        .collect();
    let empty = without_missed_hair(&colours, &sure, columns);
    let mut seen = summary(&colours, &empty, columns)?;
    let others = others(mask, region, columns, rows);
    let stains = stains::find(&colours, &empty, &others, columns);
    let place =
        |cells: &[usize]| around(cells.iter().map(|i| place(region, columns, rows, *i)), step);
    seen.shadow = stains.shadow_share;
    seen.shadow_place = place(&stains.shadow);
    seen.objects = stains.objects_share;
    seen.objects_place = place(&stains.objects);
    Some(seen)
}

/// Returns persons other than the largest: parts of the mask that are not connected to it.
fn others(mask: &Mask, region: &Rect, columns: usize, rows: usize) -> Vec<bool> {
    const PERSON: f32 = 0.5;
    let person: Vec<bool> = (0..columns * rows)
        .map(|i| mask.at(place(region, columns, rows, i)) >= PERSON)
        .collect();
    let islands = stains::islands(&person, columns);
    let largest = islands.iter().map(Vec::len).max().unwrap_or_default();
    let mut others = vec![false; person.len()];
    let mut own = false;
    for island in islands {
        // The first one of the largest size is the sitter.
        if !own && island.len() == largest {
            own = true;
            continue;
        }
        for i in island {
            if let Some(flag) = others.get_mut(i) {
                *flag = true;
            }
        }
    }
    others
}

fn around(places: impl Iterator<Item = Point>, step: f32) -> Rect {
    let half = step / 2.0;
    places
        .map(|p| {
            Rect::new(
                Point::new(p.x - half, p.y - half),
                Point::new(p.x + half, p.y + half),
            )
        })
        .reduce(|a, b| a.around(&b))
        .unwrap_or_default()
}

/// Adds missed hair. The mask may miss long hair, so anything that touches the person and has
/// neither the wall's hue nor a shadow's brightness counts as person as long as it is small, unlike
/// a curtain or a poster.
fn without_missed_hair(colours: &[[f32; 3]], sure: &[bool], columns: usize) -> Vec<bool> {
    const MOST: f32 = 0.12;
    let wall = median(colours, sure);
    let at = |flags: &[bool], i: usize| flags.get(i).copied().unwrap_or(false);
    let mut empty = sure.to_vec();
    let mut open: Vec<usize> = (0..sure.len()).filter(|i| !at(sure, *i)).collect();
    while let Some(i) = open.pop() {
        for next in stains::beside(i, columns)
            .filter(|next| at(&empty, *next))
            .collect::<Vec<_>>()
        {
            let other = colours
                .get(next)
                .is_some_and(|color| is_no_wall(*color, wall));
            if let Some(flag) = empty.get_mut(next).filter(|_| other) {
                *flag = false;
                open.push(next);
            }
        }
    }
    let count = |flags: &[bool]| flags.iter().filter(|flag| **flag).count() as f32;
    if count(&empty) >= count(sure) * (1.0 - MOST) {
        empty
    } else {
        sure.to_vec()
    }
}

/// Returns whether this is neither the wall nor the wall in a shadow: another hue, or darker than a
/// shadow makes it. 0..=255.
pub(super) fn is_no_wall(color: [f32; 3], wall: [f32; 3]) -> bool {
    const HUE: f32 = 18.0;
    const DARKEST_SHADOW: f32 = 0.45;
    let dot = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let brightness = dot(color, wall) / dot(wall, wall).max(1.0);
    let off = [0, 1, 2].map(|c: usize| {
        let (color, wall) = (color.get(c).copied(), wall.get(c).copied());
        color.unwrap_or_default() - brightness * wall.unwrap_or_default()
    });
    brightness < DARKEST_SHADOW || dot(off, off).sqrt() > HUE
}

/// Returns the median of each channel over the sure pixels.
pub(super) fn median(colours: &[[f32; 3]], sure: &[bool]) -> [f32; 3] {
    [0_usize, 1, 2].map(|c| {
        let known = colours.iter().zip(sure).filter(|(_, sure)| **sure);
        let mut values: Vec<f32> = known
            .filter_map(|(color, _)| color.get(c).copied())
            .collect();
        values.sort_by(f32::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    })
}

fn place(region: &Rect, columns: usize, rows: usize, i: usize) -> Point {
    Point::new(
        region.min.x + ((i % columns) as f32 + 0.5) / columns as f32 * region.width(),
        region.min.y + ((i / columns) as f32 + 0.5) / rows as f32 * region.height(),
    )
}

/// Returns whether nothing of the person begins even two cells of the mask away.
fn surely_empty(mask: &Mask, p: Point) -> bool {
    let (across, down) = mask.cell();
    [(0.0, 0.0), (-2.0, 0.0), (2.0, 0.0), (0.0, -2.0), (0.0, 2.0)]
        .iter()
        .all(|(x, y)| mask.at(Point::new(p.x + x * across, p.y + y * down)) <= SURE)
}

fn summary(colours: &[[f32; 3]], sure: &[bool], columns: usize) -> Option<Background> {
    let empty = || {
        colours
            .iter()
            .zip(sure)
            .filter(|(_, sure)| **sure)
            .map(|(c, _)| *c)
    };
    let count = empty().count() as f32;
    if count == 0.0 {
        return None;
    }
    let mut color = [0.0; 3];
    for c in empty() {
        for (sum, v) in color.iter_mut().zip(c) {
            *sum += v / count;
        }
    }
    let square = |c: [f32; 3]| {
        c.iter()
            .zip(color)
            .map(|(v, m)| (v - m) * (v - m))
            .sum::<f32>()
    };
    let spread = (empty().map(square).sum::<f32>() / count).sqrt();
    Some(Background {
        color,
        spread,
        gradient: gradient(colours, sure, columns),
        share: count / colours.len() as f32,
        ..Background::default()
    })
}

fn gradient(colours: &[[f32; 3]], sure: &[bool], columns: usize) -> f32 {
    let value = |i: usize| {
        sure.get(i)
            .filter(|s| **s)
            .and_then(|_| colours.get(i))
            .map(|c| luma(*c))
    };
    let (mut sum, mut count) = (0.0, 0.0);
    for i in 0..colours.len() {
        let right = if (i + 1) % columns == 0 {
            None
        } else {
            value(i + 1)
        };
        if let (Some(here), Some(right), Some(below)) = (value(i), right, value(i + columns)) {
            sum += (right - here).hypot(below - here);
            count += 1.0;
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::{analysis::mask, geometry::Size};

    fn empty_mask() -> Mask {
        Mask::from_values(
            1,
            Size::new(320, 180),
            vec![0.0; mask::WIDTH * mask::HEIGHT],
        )
        .unwrap()
    }

    #[test]
    fn an_even_wall_has_its_colour_and_no_spread() {
        let wall = RgbImage::from_pixel(320, 180, Rgb([100, 197, 255]));
        let mut pyramid = Pyramid::new(&wall);
        let region = pyramid.bounds();
        let seen = background(&mut pyramid, &empty_mask(), &region).unwrap();
        assert!((seen.color[1] - 197.0).abs() < 0.5);
        assert!(seen.spread < 0.1 && seen.gradient < 0.1 && seen.share > 0.99);
    }

    #[test]
    fn a_shadow_spreads_and_a_pattern_has_a_gradient() {
        let shadow = RgbImage::from_fn(320, 180, |x, _| Rgb([120 + (x / 4) as u8; 3]));
        let stripes = RgbImage::from_fn(320, 180, |x, _| {
            Rgb([if x / 8 % 2 == 0 { 90 } else { 200 }; 3])
        });
        let measure = |picture: &RgbImage| {
            let mut pyramid = Pyramid::new(picture);
            let region = pyramid.bounds();
            background(&mut pyramid, &empty_mask(), &region).unwrap()
        };
        assert!(measure(&shadow).spread > 20.0);
        assert!(measure(&shadow).gradient < 2.0);
        assert!(measure(&stripes).gradient > 20.0);
    }

    #[test]
    fn hair_that_the_mask_missed_is_no_part_of_the_wall_but_a_curtain_is() {
        let left_half =
            (0..mask::WIDTH * mask::HEIGHT).map(|i| f32::from(u8::from(i % mask::WIDTH < 128)));
        let mask = Mask::from_values(1, Size::new(320, 180), left_half.collect()).unwrap();
        let spread = |strip: u32| {
            let picture = RgbImage::from_fn(320, 180, |x, _| {
                Rgb(if (160..160 + strip).contains(&x) {
                    [30, 25, 25]
                } else {
                    [200, 210, 220]
                })
            });
            let mut pyramid = Pyramid::new(&picture);
            let region = pyramid.bounds();
            background(&mut pyramid, &mask, &region).unwrap().spread
        };
        assert!(spread(14) < 1.0, "{}", spread(14));
        assert!(spread(70) > 50.0, "{}", spread(70));
    }

    #[test]
    fn nothing_is_said_where_everything_is_person() {
        let wall = RgbImage::new(320, 180);
        let full = Mask::from_values(
            1,
            Size::new(320, 180),
            vec![1.0; mask::WIDTH * mask::HEIGHT],
        )
        .unwrap();
        let mut pyramid = Pyramid::new(&wall);
        let region = pyramid.bounds();
        assert_eq!(background(&mut pyramid, &full, &region), None);
    }
}
