//! Which looks a picture gets: a quick one always, a closer one at a likely place, everything now and then.
//!
//! What helps a decoder is the picture, not a second decoder. Two things are done for it: a place is enlarged and
//! sharpened, and where the finders of a code are made out but no more, its modules are measured one by one
//! ([`Lattice`]), cleared of their neighbours ([`equaliser`](super::equaliser)), summed over frames, and drawn anew.

use super::{
    detail::busy_places,
    finder::{self, Triple},
    lattice::{Atlas, LEAST_FIT, Lattice},
    luma::Luma,
    patch::{self, Square},
    protocol::{Code, Effort, Pass},
    tally::Tally,
};
use crate::geometry::Point;

/// How hard the decoder tries on one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Upright or turned dark-on-light codes, carefully.
    Plain,
    /// Inverted (dark mode) and odd ones too.
    Everything,
    /// The same with one threshold for the whole picture.
    Histogram,
    /// A symbol drawn by us: nothing else is in the picture.
    Drawn,
}

/// One look of the decoder.
pub type Decode<'a> = &'a mut dyn FnMut(&Luma, Look) -> Vec<Code>;

/// The side of a code that fills the guide box, in pixels of the frame.
const GUIDE_PX: f32 = 320.0;
/// Every so many frames everything is tried.
const EVERYTHING_EACH: u64 = 8;
/// After a code that only the full look found, the next frames get it as well: two frames must agree.
const INSIST: u32 = 4;
/// A place where something was seen is looked at for so many frames more.
const PATIENCE: u64 = 12;

/// A still gets so many closer looks at busy places and tiles, in each of its sizes.
const MOST_PLACES: usize = 6;
const MOST_TILES: usize = 40;
/// A still is halved down to so many pixels: photographs show codes of twenty pixels a module.
const SMALLEST_STILL: usize = 400;

/// Remembers from frame to frame where a code was and what was made out of it.
#[derive(Debug, Default)]
pub struct Cascade {
    frame: u64,
    size: (usize, usize),
    last: Option<(Square, u64)>,
    insist: u32,
    tally: Tally,
    atlas: Atlas,
}

impl Cascade {
    /// All codes found in `picture`, corners in its pixels; `decode` is one look of the decoder.
    pub fn read(&mut self, picture: &Luma, effort: Effort, decode: Decode<'_>) -> Vec<Code> {
        let size = (picture.width(), picture.height());
        if self.size != size {
            *self = Self {
                size,
                ..Self::default()
            };
        }
        match effort {
            Effort::Live => self.read_live(picture, decode),
            Effort::Still => self.read_still(picture, decode),
        }
    }

    fn read_live(&mut self, picture: &Luma, decode: Decode<'_>) -> Vec<Code> {
        self.frame += 1;
        let crowded = finder::crowded(picture);
        // The full look sees what the plain one does, so no frame pays for both.
        if !crowded && (self.insist > 0 || self.frame.is_multiple_of(EVERYTHING_EACH)) {
            self.insist = self.insist.saturating_sub(1);
            let codes = under(Pass::Everything, decode(picture, Look::Everything));
            if readable(&codes) {
                self.insist = INSIST;
            }
            return self.noted(codes);
        }
        let plain = if crowded {
            Vec::new()
        } else {
            decode(picture, Look::Plain)
        };
        if readable(&plain) {
            self.tally = Tally::default();
            return self.noted(plain);
        }
        let place = self.next_place(picture, &plain);
        let close = self.closer(picture, &place, decode);
        if readable(&close) {
            return self.noted(close);
        }
        if plain.is_empty() { close } else { plain }
    }

    /// Keeps the place of what was found for the frames to come.
    fn noted(&mut self, codes: Vec<Code>) -> Vec<Code> {
        if let Some(code) = codes.iter().find(|code| code.readable()).or(codes.first()) {
            self.last = Some((Square::of_corners(&code.corners), self.frame));
        }
        codes
    }

    /// Where a code is that could not be read, where one last was, the busiest place, the next one, the guide box.
    fn next_place(&mut self, picture: &Luma, plain: &[Code]) -> Square {
        if let Some(code) = plain.first() {
            return Square::of_corners(&code.corners);
        }
        let frame = self.frame;
        self.last = self.last.filter(|(_, seen)| frame - seen < PATIENCE);
        if let Some((place, _)) = self.last
            && !frame.is_multiple_of(3)
        {
            return place;
        }
        let busy = busy_places(picture);
        let wanted = usize::from(frame % 4 == 3);
        let (x, y) = (picture.width() as f32 / 2.0, picture.height() as f32 / 2.0);
        busy.get(wanted)
            .or(busy.first())
            .map_or(Square::upright(Point::new(x, y), GUIDE_PX), |place| {
                Square::of_place(picture, place)
            })
    }

    fn closer(&mut self, picture: &Luma, place: &Square, decode: Decode<'_>) -> Vec<Code> {
        let patch = place.seen_in(picture);
        let mut codes = under(Pass::Close, decode(&patch.sharpened(2), Look::Plain));
        for corner in codes.iter_mut().flat_map(|code| &mut code.corners) {
            *corner = place.frame_from_patch(*corner);
        }
        if readable(&codes) {
            return codes;
        }
        let by_grids = self.by_grids(picture, place, &patch, decode);
        if readable(&by_grids) {
            return by_grids;
        }
        codes.extend(by_grids);
        codes
    }

    /// Looks for finders in the patch, for the grid they span in the picture, and reads its modules.
    fn by_grids(
        &mut self,
        picture: &Luma,
        place: &Square,
        patch: &Luma,
        decode: Decode<'_>,
    ) -> Vec<Code> {
        let marks = finder::marks(patch, patch::CODE / 105.0, patch::CODE / 17.0);
        let Some(lattice) = self.best_lattice(picture, place, &finder::triples(&marks)) else {
            return Vec::new();
        };
        self.last = Some((Square::of_corners(&lattice.corners), self.frame));
        self.tally.read(picture, &lattice, &self.atlas, decode)
    }

    /// The grid that fits best over the likeliest triples.
    fn best_lattice(&self, picture: &Luma, place: &Square, triples: &[Triple]) -> Option<Lattice> {
        const MOST_TRIPLES: usize = 4;
        const CERTAIN: f32 = 0.6;
        let mut best: Option<Lattice> = None;
        for triple in triples.iter().take(MOST_TRIPLES) {
            let triple = triple.mapped(&|point| place.frame_from_patch(point));
            let Some(lattice) = self.atlas.settle(picture, &triple) else {
                continue;
            };
            if best
                .as_ref()
                .is_none_or(|best| lattice.fit.abs() > best.fit.abs())
            {
                best = Some(lattice);
            }
            if best.as_ref().is_some_and(|best| best.fit.abs() > CERTAIN) {
                break;
            }
        }
        best.filter(|lattice| lattice.fit.abs() > LEAST_FIT)
    }

    /// There is only this one picture, so it gets every look at every size until one succeeds.
    fn read_still(&mut self, picture: &Luma, decode: Decode<'_>) -> Vec<Code> {
        let plain = decode(picture, Look::Plain);
        if readable(&plain) {
            return plain;
        }
        for look in [Look::Everything, Look::Histogram] {
            let codes = under(Pass::Everything, decode(picture, look));
            if readable(&codes) {
                return codes;
            }
        }
        let (mut smaller, mut scale) = (picture.clone(), 1.0);
        loop {
            let codes = self.closer_everywhere(&smaller, &plain, decode);
            if readable(&codes) {
                return scaled(codes, scale);
            }
            let Some(half) = smaller
                .halved()
                .filter(|half| half.width().max(half.height()) >= SMALLEST_STILL)
            else {
                return plain;
            };
            (smaller, scale) = (half, scale * 2.0);
        }
    }

    /// Closer looks at what could not be read, at the busy places, and at tiles that overlap.
    fn closer_everywhere(
        &mut self,
        picture: &Luma,
        plain: &[Code],
        decode: Decode<'_>,
    ) -> Vec<Code> {
        let failed = plain.iter().map(|code| Square::of_corners(&code.corners));
        let busy = busy_places(picture);
        let busy = busy
            .iter()
            .take(MOST_PLACES)
            .map(|place| Square::of_place(picture, place));
        let tiles = tiles(picture).into_iter().take(MOST_TILES);
        for place in failed.chain(busy).chain(tiles) {
            let codes = self.closer(picture, &place, decode);
            if readable(&codes) {
                return codes;
            }
        }
        Vec::new()
    }
}

/// Upright squares that cover the picture, overlapping by half.
fn tiles(picture: &Luma) -> Vec<Square> {
    const STEP: usize = 160;
    let centres =
        |length: usize| (0..length.div_ceil(STEP)).map(|i| (i as f32 + 0.5) * STEP as f32);
    centres(picture.height())
        .flat_map(|y| {
            centres(picture.width())
                .map(move |x| Square::upright(Point::new(x, y), 2.0 * STEP as f32))
        })
        .collect()
}

fn scaled(mut codes: Vec<Code>, scale: f32) -> Vec<Code> {
    for corner in codes.iter_mut().flat_map(|code| &mut code.corners) {
        (corner.x, corner.y) = (corner.x * scale, corner.y * scale);
    }
    codes
}

fn readable(codes: &[Code]) -> bool {
    codes.iter().any(Code::readable)
}

fn under(pass: Pass, mut codes: Vec<Code>) -> Vec<Code> {
    for code in &mut codes {
        code.pass = pass;
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::protocol::Flaw;

    fn picture() -> Luma {
        Luma::new(1280, 720, vec![0; 1280 * 720]).unwrap()
    }

    fn code_at(x: f32, y: f32) -> Code {
        Code {
            bytes: b"x".to_vec(),
            corners: [(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)]
                .map(|(dx, dy)| Point::new(x + dx, y + dy)),
            flaw: None,
            pass: Pass::Frame,
            version: 1,
            spare: 1.0,
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
        let full = looks.iter().filter(|(_, look)| *look == Look::Everything);
        let close = looks.iter().filter(|(width, _)| *width == patch::SIDE);
        assert_eq!((full.count(), close.count()), (2, 14));
    }

    #[test]
    fn a_code_seen_close_is_told_in_pixels_of_the_frame() {
        let mut cascade = Cascade::default();
        let codes = cascade.read(&picture(), Effort::Live, &mut |seen, _| {
            if seen.width() == patch::SIDE {
                vec![code_at(60.0, 60.0)]
            } else {
                vec![]
            }
        });
        // Nothing is busy, so the closer look is at the guide box: 320 pixels about (640, 360) become 280 about (200, 200).
        assert_eq!(codes[0].corners[0], Point::new(480.0, 200.0));
        assert_eq!(codes[0].pass, Pass::Close);
    }

    #[test]
    fn a_code_that_could_not_be_read_is_looked_at_closer() {
        let mut places = Vec::new();
        let mut bytes = vec![0; 1280 * 720];
        for y in 100..110 {
            bytes[y * 1280 + 300..y * 1280 + 310].fill(200);
        }
        let picture = Luma::new(1280, 720, bytes).unwrap();
        let failed = Code {
            flaw: Some(Flaw::Unreadable),
            ..code_at(300.5, 100.5)
        };
        let codes = Cascade::default().read(&picture, Effort::Live, &mut |seen, _| {
            if seen.width() == patch::SIDE {
                places.push(seen.at(200.0, 200.0));
                return vec![];
            }
            vec![failed.clone()]
        });
        assert_eq!(places, [200.0]);
        assert_eq!(codes.len(), 1);
    }

    #[test]
    fn a_dark_mode_code_is_insisted_on_so_that_two_frames_agree() {
        let mut cascade = Cascade::default();
        let mut hits = Vec::new();
        for frame in 1..=10 {
            let codes = cascade.read(&picture(), Effort::Live, &mut |_, look| match look {
                Look::Everything => vec![code_at(1.0, 1.0)],
                Look::Plain | Look::Histogram | Look::Drawn => vec![],
            });
            if !codes.is_empty() {
                hits.push(frame);
            }
        }
        assert_eq!(hits, [8, 9, 10]);
    }

    #[test]
    fn the_tiles_of_a_still_cover_it() {
        for (x, y) in [(0.0, 0.0), (1279.0, 719.0), (640.0, 360.0), (0.0, 719.0)] {
            let near =
                |tile: &Square| (tile.center.x - x).abs().max((tile.center.y - y).abs()) <= 160.0;
            assert!(tiles(&picture()).iter().any(near), "{x} {y}");
        }
    }
}
