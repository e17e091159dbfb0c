//! Finds faces: `BlazeFace`, short range, over one or more square tiles of the frame.

use crate::geometry::{Point, Rect};

use super::{
    models::Model,
    models::ModelError,
    net::Net,
    sampling::{Edge, Patch, Pyramid},
};

const SIDE: usize = 128;
const ANCHORS: usize = 896;
/// Numbers per anchor: centre, size, six points.
const NUMBERS: usize = 16;
const MIN_SCORE: f32 = 0.5;
/// A face of this share of its tile is easily found.
const EASY: f32 = 0.15;
/// Two boxes that overlap more than this are one face.
const SAME_FACE: f32 = 0.3;
/// A box with this share inside a better one is a part of that face (two tiles saw it).
const INSIDE: f32 = 0.6;

/// One face as first found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Roughly from the brows to the chin, in frame px.
    pub rect: Rect,
    /// 0.5..=1.
    pub score: f32,
    /// The sitter's right eye (left in the picture) and left eye.
    pub eyes: (Point, Point),
}

pub struct Detector {
    net: Net,
    anchors: Vec<Point>,
}

impl Detector {
    pub fn new(bytes: &[u8]) -> Result<Self, ModelError> {
        let sizes = [ANCHORS * NUMBERS, ANCHORS];
        let net = Net::expecting(Model::FaceDetection, bytes, (3, SIDE, SIDE), &sizes)?;
        Ok(Self {
            net,
            anchors: anchors(),
        })
    }

    /// Finds faces in any of the square `tiles`, best first.
    pub fn detect(&mut self, pyramid: &mut Pyramid, tiles: &[Rect]) -> Vec<Detection> {
        merged(self.boxes(pyramid, tiles))
    }

    /// Finds faces anywhere in a still, best first. Beside a face of known size only those at least
    /// `least` times as wide are searched.
    pub fn detect_all(&mut self, pyramid: &mut Pyramid, least: f32) -> Vec<Detection> {
        let bounds = pyramid.bounds();
        let mut found = self.boxes(pyramid, &framing_tiles(&bounds));
        let widest = found.iter().map(|d| d.rect.width()).max_by(f32::total_cmp);
        let tiles = still_tiles(&bounds, widest.map(|widest| widest * least));
        found.extend(self.boxes(pyramid, &tiles));
        merged(found)
    }

    fn boxes(&mut self, pyramid: &mut Pyramid, tiles: &[Rect]) -> Vec<Detection> {
        let mut found = Vec::new();
        for tile in tiles {
            let mut pixels = pyramid.pixels(&Patch::upright(tile), SIDE, SIDE, Edge::Black);
            for v in pixels.as_flattened_mut() {
                *v = *v * 2.0 - 1.0;
            }
            let outputs = self.net.outputs(pixels.as_flattened());
            if let Some([numbers, scores]) = outputs.as_deref() {
                self.decode(tile, numbers, scores, &mut found);
            }
        }
        found
    }

    fn decode(&self, tile: &Rect, numbers: &[f32], scores: &[f32], found: &mut Vec<Detection>) {
        let (rows, _) = numbers.as_chunks::<NUMBERS>();
        for ((anchor, row), score) in self.anchors.iter().zip(rows).zip(scores) {
            let score = 1.0 / (1.0 + (-score).exp());
            if score < MIN_SCORE || row.iter().any(|n| !n.is_finite()) {
                continue;
            }
            let [dx, dy, w, h, rx, ry, lx, ly, ..] = *row;
            let frame = |dx: f32, dy: f32| {
                let unit = Point::new(dx / SIDE as f32 + anchor.x, dy / SIDE as f32 + anchor.y);
                Point::new(
                    tile.min.x + unit.x * tile.width(),
                    tile.min.y + unit.y * tile.height(),
                )
            };
            found.push(Detection {
                rect: Rect::new(
                    frame(dx - w / 2.0, dy - h / 2.0),
                    frame(dx + w / 2.0, dy + h / 2.0),
                ),
                score,
                eyes: (frame(rx, ry), frame(lx, ly)),
            });
        }
    }
}

/// Returns the whole frame in one square, and its middle square, in which a distant face is larger:
/// for framing.
pub fn framing_tiles(bounds: &Rect) -> Vec<Rect> {
    let long = bounds.width().max(bounds.height());
    let short = bounds.width().min(bounds.height());
    let mut tiles = vec![square(bounds.center(), long)];
    if long > short * 1.2 {
        tiles.push(square(bounds.center(), short));
    }
    tiles
}

/// Returns the whole frame alone: enough to find a face of this size again, and others as large.
pub fn following_tiles(bounds: &Rect, face: &Rect) -> Vec<Rect> {
    let mut tiles = framing_tiles(bounds);
    if face.width() >= EASY * bounds.width().max(bounds.height()) {
        tiles.truncate(1);
    }
    tiles
}

/// Returns overlapping squares all over a still whose [`framing_tiles`] were already searched: so
/// small that no face as wide as `least` is hard to find, or, with none found yet, at two scales.
fn still_tiles(bounds: &Rect, least: Option<f32>) -> Vec<Rect> {
    let short = bounds.width().min(bounds.height());
    let sides = match least {
        Some(least) => vec![(least / EASY).clamp(short / 2.0, short)],
        None => vec![short, short / 2.0],
    };
    let mut tiles = Vec::new();
    for side in sides.into_iter().filter(|side| *side >= SIDE as f32) {
        let columns = centres(bounds.width(), side);
        for y in centres(bounds.height(), side) {
            tiles.extend(columns.iter().map(|x| square(Point::new(*x, y), side)));
        }
    }
    tiles
}

fn square(center: Point, side: f32) -> Rect {
    let half = side / 2.0;
    Rect::new(
        Point::new(center.x - half, center.y - half),
        Point::new(center.x + half, center.y + half),
    )
}

/// Returns the centres of tiles of this side such that each face of up to half a tile lies whole in
/// one.
fn centres(length: f32, side: f32) -> Vec<f32> {
    let steps = ((length - side) / (side / 2.0)).ceil().max(0.0);
    let step = if steps > 0.0 {
        (length - side) / steps
    } else {
        0.0
    };
    (0..=steps as usize)
        .map(|i| side / 2.0 + step * i as f32)
        .collect()
}

/// Merges to one detection per face: overlapping boxes are averaged, weighted by their scores.
fn merged(mut found: Vec<Detection>) -> Vec<Detection> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut faces: Vec<Detection> = Vec::new();
    while let Some(best) = found.first().copied() {
        let (same, rest): (Vec<_>, Vec<_>) = found
            .into_iter()
            .partition(|d| d.rect.overlap(&best.rect) > SAME_FACE);
        found = rest;
        let face = average(&same, &best);
        if !faces.iter().any(|f| inside(&face.rect, &f.rect) > INSIDE) {
            faces.push(face);
        }
    }
    faces
}

fn average(same: &[Detection], best: &Detection) -> Detection {
    let total: f32 = same.iter().map(|d| d.score).sum();
    let mean = |pick: fn(&Detection) -> Point| {
        let mut sum = Point::default();
        for d in same {
            sum.x += pick(d).x * d.score / total;
            sum.y += pick(d).y * d.score / total;
        }
        sum
    };
    if total <= 0.0 {
        return *best;
    }
    Detection {
        rect: Rect::new(mean(|d| d.rect.min), mean(|d| d.rect.max)),
        score: best.score,
        eyes: (mean(|d| d.eyes.0), mean(|d| d.eyes.1)),
    }
}

/// Returns the share of `part` that lies in `whole`, 0..=1.
fn inside(part: &Rect, whole: &Rect) -> f32 {
    let shared = Rect::new(
        Point::new(part.min.x.max(whole.min.x), part.min.y.max(whole.min.y)),
        Point::new(part.max.x.min(whole.max.x), part.max.y.min(whole.max.y)),
    );
    shared.area() / part.area().max(f32::MIN_POSITIVE)
}

/// Returns the centres of the network's anchors in its unit square: two for each cell of 8 px, six
/// for each cell of 16 px.
fn anchors() -> Vec<Point> {
    let grid = |cells: usize, each: usize| {
        (0..cells * cells).flat_map(move |i| {
            let at = |n: usize| (n as f32 + 0.5) / cells as f32;
            std::iter::repeat_n(Point::new(at(i % cells), at(i / cells)), each)
        })
    };
    grid(16, 2).chain(grid(8, 6)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detection(x: f32, side: f32, score: f32) -> Detection {
        Detection {
            rect: Rect::new(Point::new(x, 0.0), Point::new(x + side, side)),
            score,
            eyes: Default::default(),
        }
    }

    #[test]
    fn there_is_an_anchor_for_each_answer() {
        assert_eq!(anchors().len(), ANCHORS);
    }

    #[test]
    fn boxes_of_one_face_become_one_and_two_faces_stay_two() {
        let found = vec![
            detection(0.0, 10.0, 0.9),
            detection(1.0, 10.0, 0.8),
            detection(40.0, 10.0, 0.7),
            detection(2.0, 4.0, 0.6),
        ];
        let faces = merged(found);
        assert_eq!(faces.len(), 2);
        assert_eq!(faces[0].score, 0.9);
        assert!(faces[0].rect.min.x > 0.0 && faces[0].rect.min.x < 1.0);
    }

    #[test]
    fn still_tiles_cover_the_picture_and_fit_the_least_face() {
        let bounds = Rect::new(Point::default(), Point::new(4000.0, 3000.0));
        for (least, side) in [(None, 1500.0), (Some(300.0), 2000.0), (Some(900.0), 3000.0)] {
            let tiles = still_tiles(&bounds, least);
            for corner in [Point::new(1.0, 1.0), Point::new(3999.0, 2999.0)] {
                assert!(tiles.iter().any(|t| t.contains(corner)));
            }
            let smallest = tiles.iter().map(Rect::width).min_by(f32::total_cmp);
            assert!((smallest.unwrap() - side).abs() < 0.5, "{least:?}");
            assert!(tiles.len() < 60);
        }
    }
}
