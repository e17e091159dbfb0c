//! The clothes where they meet the backdrop: the edge of the shoulders.

use crate::geometry::{Point, Rect};

use super::{
    mask::Mask,
    sampling::{Edge, Patch, Pyramid},
};

/// Colours just inside the shoulders' edge, 0..=255 per channel, from the picture's left to its
/// right.
#[derive(Clone, Debug, PartialEq)]
pub struct Clothes {
    pub edge: Vec<[f32; 3]>,
    /// Around the shoulders, in frame px.
    pub place: Rect,
}

const COLUMNS: usize = 28;
/// No shoulder is nearer to the midline than this, in face widths like all lengths here.
const NECK: f32 = 0.5;
const ASIDE: f32 = 1.1;
/// How far below the edge the cloth is sampled, and how much of it.
const INSIDE: f32 = 0.07;
const SPOT: f32 = 0.05;

/// Measures the shoulders between the chin and the foot of `region`; `None` where fewer than a
/// quarter of the columns show an edge.
pub fn clothes(
    pyramid: &mut Pyramid,
    mask: &Mask,
    chin: Point,
    face_width: f32,
    region: &Rect,
) -> Option<Clothes> {
    let foot = region.max.y - mask.cell().1;
    let at = |i: usize| {
        let share = (i as f32 + 0.5) / COLUMNS as f32 * 2.0 - 1.0;
        chin.x + share.signum() * (NECK + share.abs() * (ASIDE - NECK)) * face_width
    };
    let edges: Vec<Point> = (0..COLUMNS)
        .map(at)
        .filter(|x| *x > region.min.x && *x < region.max.x)
        .filter_map(|x| shoulder(mask, x, chin.y, foot))
        .collect();
    if edges.len() < COLUMNS / 4 {
        return None;
    }
    let colour = |edge: &Point| {
        let below = Point::new(edge.x, (edge.y + INSIDE * face_width).min(foot));
        mean(pyramid, below, SPOT * face_width)
    };
    let highest = edges.iter().map(|p| p.y).fold(f32::INFINITY, f32::min);
    Some(Clothes {
        edge: edges.iter().map(colour).collect(),
        place: Rect::new(
            Point::new(chin.x - ASIDE * face_width, highest),
            Point::new(chin.x + ASIDE * face_width, foot),
        ),
    })
}

/// Returns where the person ends in this column, going up from the foot.
fn shoulder(mask: &Mask, x: f32, chin_y: f32, foot: f32) -> Option<Point> {
    const PERSON: f32 = 0.5;
    let step = mask.cell().1 / 2.0;
    let mut y = foot;
    if mask.at(Point::new(x, y)) < PERSON {
        return None;
    }
    while y > chin_y && mask.at(Point::new(x, y)) >= PERSON {
        y -= step;
    }
    // Hair that falls over a shoulder continues above the chin.
    (y > chin_y).then_some(Point::new(x, y))
}

fn mean(pyramid: &mut Pyramid, center: Point, side: f32) -> [f32; 3] {
    const SAMPLES: usize = 4;
    let patch = Patch {
        center,
        width: side,
        height: side,
        angle: 0.0,
        flipped: false,
    };
    let mut sum = [0.0; 3];
    pyramid.sample(&patch, SAMPLES, SAMPLES, Edge::Repeat, |_, color| {
        for (sum, c) in sum.iter_mut().zip(color) {
            *sum += c / (SAMPLES * SAMPLES) as f32;
        }
    });
    sum
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::{analysis::mask, geometry::Size};

    #[test]
    fn the_cloth_is_seen_and_not_the_wall() {
        let size = Size::new(480, 640);
        // The person is everything below y = 500.
        let values = (0..mask::WIDTH * mask::HEIGHT)
            .map(|i| f32::from(u8::from(i / mask::WIDTH * 640 / mask::HEIGHT >= 500)));
        let mask = Mask::from_values(1, size, values.collect()).unwrap();
        let picture = RgbImage::from_fn(480, 640, |_, y| {
            Rgb(if y >= 500 {
                [20, 30, 90]
            } else {
                [250, 250, 250]
            })
        });
        let mut pyramid = Pyramid::new(&picture);
        let region = pyramid.bounds();
        let seen = clothes(
            &mut pyramid,
            &mask,
            Point::new(240.0, 400.0),
            200.0,
            &region,
        )
        .unwrap();
        assert!(seen.edge.len() >= COLUMNS - 2, "{}", seen.edge.len());
        for color in seen.edge {
            assert!((color[2] - 90.0).abs() < 3.0, "{color:?}");
        }
        let nobody = Mask::from_values(1, size, vec![0.0; mask::WIDTH * mask::HEIGHT]).unwrap();
        let chin = Point::new(240.0, 400.0);
        assert_eq!(clothes(&mut pyramid, &nobody, chin, 200.0, &region), None);
    }
}
