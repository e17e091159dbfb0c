//! Which looks a picture gets: a quick one always, a closer one at the likely place, everything now and then.
//!
//! What helps a reader is the picture, not a second reader; shrinking first halves the hits, so nothing here shrinks.

use super::{
    luma::{Luma, Region},
    protocol::{Code, Effort},
};
use crate::geometry::Point;

/// How hard the decoder tries on one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Upright or turned dark-on-light codes, carefully.
    Plain,
    /// Inverted (dark mode) and odd ones too.
    Everything,
}

/// The side of the region that is looked at twice as large.
const CLOSE_SIDE: usize = 480;
/// Tiles overlap by half, so that no code lies across all of them.
const TILE_STEP: usize = CLOSE_SIDE / 2;
/// Every so many frames everything is tried.
const EVERYTHING_EACH: u64 = 8;
/// After a code that only the full look found, the next frames get it as well: two frames must agree.
const INSIST: u32 = 4;
/// A still gets at most so many closer looks.
const MOST_TILES: usize = 400;

/// Remembers from frame to frame where a code was, and which tile is next.
#[derive(Debug, Default)]
pub struct Cascade {
    frame: u64,
    last_hit: Option<Point>,
    tile: usize,
    insist: u32,
}

impl Cascade {
    /// All codes found in `picture`, corners in its pixels; `decode` is one look of the decoder.
    pub fn read(
        &mut self,
        picture: &Luma,
        effort: Effort,
        decode: &mut dyn FnMut(&Luma, Look) -> Vec<Code>,
    ) -> Vec<Code> {
        match effort {
            Effort::Live => self.read_live(picture, decode),
            Effort::Still => read_still(picture, decode),
        }
    }

    fn read_live(
        &mut self,
        picture: &Luma,
        decode: &mut dyn FnMut(&Luma, Look) -> Vec<Code>,
    ) -> Vec<Code> {
        self.frame += 1;
        let plain = decode(picture, Look::Plain);
        if let Some(hit) = hit(&plain) {
            self.last_hit = Some(hit);
            return plain;
        }
        if let Some(blurred) = plain.first() {
            self.last_hit = Some(blurred.center());
        }
        if self.insist > 0 || self.frame.is_multiple_of(EVERYTHING_EACH) {
            self.insist = self.insist.saturating_sub(1);
            let codes = decode(picture, Look::Everything);
            if let Some(hit) = hit(&codes) {
                self.last_hit = Some(hit);
                self.insist = INSIST;
                return codes;
            }
        }
        let region = self.next_region(picture);
        let close = closer(picture, region, decode);
        if let Some(hit) = hit(&close) {
            self.last_hit = Some(hit);
            return close;
        }
        plain
    }

    /// The guide box in the middle, where a code last was, or the next tile, in turn.
    fn next_region(&mut self, picture: &Luma) -> Region {
        let (x, y) = (picture.width() as f32 / 2.0, picture.height() as f32 / 2.0);
        let centre = picture.region_around(x, y, CLOSE_SIDE);
        match (self.frame % 3, self.last_hit) {
            (0, _) | (1, None) => centre,
            (1, Some(hit)) => picture.region_around(hit.x, hit.y, CLOSE_SIDE),
            _ => {
                let tiles = tiles(picture);
                self.tile = (self.tile + 1) % tiles.len().max(1);
                tiles.get(self.tile).copied().unwrap_or(centre)
            }
        }
    }
}

fn hit(codes: &[Code]) -> Option<Point> {
    codes.iter().find(|code| code.readable()).map(Code::center)
}

/// There is only this one picture, so it gets every look until one succeeds.
fn read_still(picture: &Luma, decode: &mut dyn FnMut(&Luma, Look) -> Vec<Code>) -> Vec<Code> {
    let readable = |codes: &[Code]| codes.iter().any(Code::readable);
    let plain = decode(picture, Look::Plain);
    if readable(&plain) {
        return plain;
    }
    let everything = decode(picture, Look::Everything);
    if readable(&everything) {
        return everything;
    }
    tiles(picture)
        .into_iter()
        .take(MOST_TILES)
        .map(|tile| closer(picture, tile, decode))
        .find(|codes| readable(codes))
        .unwrap_or(plain)
}

fn closer(
    picture: &Luma,
    region: Region,
    decode: &mut dyn FnMut(&Luma, Look) -> Vec<Code>,
) -> Vec<Code> {
    let mut codes = decode(&picture.doubled(region), Look::Plain);
    for corner in codes.iter_mut().flat_map(|code| &mut code.corners) {
        corner.x = corner.x / 2.0 + region.x as f32;
        corner.y = corner.y / 2.0 + region.y as f32;
    }
    codes
}

fn tiles(picture: &Luma) -> Vec<Region> {
    let half = TILE_STEP as f32;
    let centres =
        |length: usize| (0..length.div_ceil(TILE_STEP)).map(move |i| (i as f32 + 0.5) * half);
    let mut tiles: Vec<Region> = centres(picture.height())
        .flat_map(|y| {
            centres(picture.width()).map(move |x| picture.region_around(x, y, CLOSE_SIDE))
        })
        .collect();
    tiles.dedup();
    tiles
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Luma {
        Luma::new(1280, 720, vec![0; 1280 * 720]).unwrap()
    }

    fn code_at(x: f32, y: f32) -> Code {
        Code {
            bytes: b"x".to_vec(),
            corners: [Point::new(x, y); 4],
            flaw: None,
        }
    }

    #[test]
    fn a_readable_frame_is_looked_at_once() {
        let mut looks = Vec::new();
        let codes = Cascade::default().read(&picture(), Effort::Live, &mut |_, look| {
            looks.push(look);
            vec![code_at(3.0, 4.0)]
        });
        assert_eq!(looks, [Look::Plain]);
        assert_eq!(codes[0].corners[0], Point::new(3.0, 4.0));
    }

    #[test]
    fn a_miss_gets_one_closer_look_and_every_eighth_everything() {
        let mut cascade = Cascade::default();
        let mut looks = Vec::new();
        for _ in 0..16 {
            cascade.read(&picture(), Effort::Live, &mut |seen, look| {
                looks.push((seen.width(), look));
                vec![]
            });
        }
        let full = looks
            .iter()
            .filter(|(_, look)| *look == Look::Everything)
            .count();
        let close = looks.iter().filter(|(width, _)| *width == 960).count();
        assert_eq!((full, close), (2, 16));
    }

    #[test]
    fn a_code_seen_close_is_told_in_pixels_of_the_frame() {
        let mut cascade = Cascade::default();
        let mut read = || {
            cascade.read(&picture(), Effort::Live, &mut |seen, _| {
                if seen.width() == 960 {
                    vec![code_at(100.0, 60.0)]
                } else {
                    vec![]
                }
            })
        };
        // The first closer look is at the middle: 480 pixels around (640, 360).
        assert_eq!(read()[0].corners[0], Point::new(450.0, 150.0));
    }

    #[test]
    fn a_dark_mode_code_is_insisted_on_so_that_two_frames_agree() {
        let mut cascade = Cascade::default();
        let mut hits = Vec::new();
        for frame in 1..=10 {
            let codes = cascade.read(&picture(), Effort::Live, &mut |_, look| match look {
                Look::Everything => vec![code_at(1.0, 1.0)],
                Look::Plain => vec![],
            });
            if !codes.is_empty() {
                hits.push(frame);
            }
        }
        assert_eq!(hits, [8, 9, 10]);
    }

    #[test]
    fn the_tiles_of_a_still_cover_it() {
        let tiles = tiles(&picture());
        for (x, y) in [(0, 0), (1279, 719), (640, 360), (0, 719)] {
            let covered = |tile: &Region| {
                (tile.x..tile.x + tile.width).contains(&x)
                    && (tile.y..tile.y + tile.height).contains(&y)
            };
            assert!(tiles.iter().any(covered), "{x} {y}");
        }
    }
}
