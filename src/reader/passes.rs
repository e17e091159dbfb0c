//! Which looks a picture gets: a quick one always, a closer one at a likely place, everything now
//! and then.
//!
//! What helps a decoder is a better picture, not a second decoder. Two things are done: a place is
//! enlarged and sharpened; and where only the finders of a code are made out, its modules are
//! measured one by one ([`Lattice`]), separated from their neighbours
//! ([`equaliser`](super::equaliser)), summed over frames, and drawn as a clean symbol.
//!
//! A readable code ends the search only while it may be the one that is wanted. Else it is painted
//! over, and the closer looks go to what is beside it: a poster hides nobody's code.

use super::{
    detail::busy_places,
    finder::{self, Triple},
    lattice::{Atlas, LEAST_FIT, Lattice},
    luma::Luma,
    patch::{self, Square},
    protocol::{Code, Effort, Pass},
    symbol,
    tally::Tally,
};
use crate::geometry::Point;

/// How hard the decoder tries on one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Dark-on-light codes in any rotation, thoroughly.
    Plain,
    /// Inverted (dark mode) and odd ones, too.
    Everything,
    /// The same with one threshold for the whole picture.
    Histogram,
    /// A symbol drawn by this program, with nothing else in the picture.
    Drawn,
}

/// One look of the decoder.
pub type Decode<'a> = &'a mut dyn FnMut(&Luma, Look) -> Vec<Code>;

/// The side of a code that fills the guide box, in pixels of the frame.
const GUIDE_PX: f32 = 320.0;
/// Once in this many frames everything is tried.
const EVERYTHING_EACH: u64 = 8;
/// After a code that only the full look found, this many further frames get it as well: two frames
/// must agree.
const INSIST: u32 = 4;
/// For how many further frames a place where something was seen is looked at.
const PATIENCE: u64 = 12;

/// How many closer looks at busy places and tiles a still gets in each of its sizes.
const MOST_PLACES: usize = 6;
const MOST_TILES: usize = 40;
/// A still is halved down to this many pixels: photographs show codes of twenty pixels per module.
const SMALLEST_STILL: usize = 400;

/// Remembers from frame to frame where a code was and what was recognised of it.
#[derive(Debug, Default)]
pub struct Cascade {
    frame: u64,
    size: (usize, usize),
    last: Option<(Square, u64)>,
    /// Where the last plain look read codes.
    plainly_read: Vec<Square>,
    insist: u32,
    tally: Tally,
    atlas: Atlas,
}

impl Cascade {
    /// Returns all codes found in `picture`, corners in its pixels; `decode` is one look of the
    /// decoder.
    pub fn read(&mut self, picture: &Luma, effort: Effort, decode: Decode<'_>) -> Vec<Code> {
        let size = (picture.width(), picture.height());
        if self.size != size {
            *self = Self {
                size,
                ..Self::default()
            };
        }
        match effort {
            Effort::Live | Effort::Beside => self.read_live(picture, effort, decode),
            Effort::Still => self.read_still(picture, decode),
        }
    }

    fn read_live(&mut self, picture: &Luma, effort: Effort, decode: Decode<'_>) -> Vec<Code> {
        self.frame += 1;
        let crowded = finder::crowded(picture);
        // The full look includes the plain one, so no frame pays for both.
        if !crowded && (self.insist > 0 || self.frame.is_multiple_of(EVERYTHING_EACH)) {
            self.insist = self.insist.saturating_sub(1);
            let codes = under(Pass::Everything, decode(picture, Look::Everything));
            let needs_it = |code: &Code| code.readable() && !lies_in(&self.plainly_read, code);
            if codes.iter().any(needs_it) {
                self.insist = INSIST;
            }
            return self.noted(codes);
        }
        let plain = if crowded {
            Vec::new()
        } else {
            decode(picture, Look::Plain)
        };
        let read = plain.iter().filter(|code| code.readable());
        self.plainly_read = read.map(|code| Square::of_corners(&code.corners)).collect();
        if readable(&plain) {
            if effort == Effort::Beside {
                return self.read_beside(picture, plain, decode);
            }
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

    /// Adds what one closer look finds away from `codes`.
    fn read_beside(
        &mut self,
        picture: &Luma,
        mut codes: Vec<Code>,
        decode: Decode<'_>,
    ) -> Vec<Code> {
        let rest = without(picture, &codes);
        // Finders of two codes combine to a third one that can never be read, so it gets only every
        // other frame.
        let unread: Vec<Code> = if self.frame.is_multiple_of(2) {
            let unread = |code: &&Code| !code.readable() && !lies_in(&self.plainly_read, code);
            codes.iter().filter(unread).cloned().collect()
        } else {
            Vec::new()
        };
        let place = self.next_place(&rest, &unread);
        let close = self.closer(&rest, &place, decode);
        if readable(&close) {
            codes.extend(self.noted(close));
        }
        // An answer has room for a limited number of codes: those that were read come first.
        codes.sort_by_key(|code| !code.readable());
        codes
    }

    /// Keeps the place of what was found for later frames.
    fn noted(&mut self, codes: Vec<Code>) -> Vec<Code> {
        if let Some(code) = codes.iter().find(|code| code.readable()).or(codes.first()) {
            self.last = Some((Square::of_corners(&code.corners), self.frame));
        }
        codes
    }

    /// Returns the next place to look at: where a code is that could not be read, where one last
    /// was, the busiest place, the next one, the guide box.
    fn next_place(&mut self, picture: &Luma, plain: &[Code]) -> Square {
        if let Some(code) = plain.first() {
            return Square::of_corners(&code.corners);
        }
        let frame = self.frame;
        let read = &self.plainly_read;
        self.last = self.last.filter(|(place, seen)| {
            frame - seen < PATIENCE && !read.iter().any(|read| is_within(read, place.center))
        });
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

    /// Searches the patch for finders and the picture for the grid they span, and reads its
    /// modules.
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

    /// Returns the grid that fits best over the likeliest triples.
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

    /// Reads a still. There is only this one picture, so it gets every look at every size until one
    /// succeeds, and then a round beside it.
    fn read_still(&mut self, picture: &Luma, decode: Decode<'_>) -> Vec<Code> {
        let codes = self.first_of_still(picture, decode);
        if readable(&codes) {
            self.rest_of_still(picture, codes, decode)
        } else {
            codes
        }
    }

    fn first_of_still(&mut self, picture: &Luma, decode: Decode<'_>) -> Vec<Code> {
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
            let Some(half) = halved(&smaller) else {
                return plain;
            };
            (smaller, scale) = (half, scale * 2.0);
        }
    }

    /// Adds what is beside `codes`: full looks, then closer ones at the busy places of each size.
    fn rest_of_still(
        &mut self,
        picture: &Luma,
        mut codes: Vec<Code>,
        decode: Decode<'_>,
    ) -> Vec<Code> {
        let rest = without(picture, &codes);
        for look in [Look::Everything, Look::Histogram] {
            add_new(&mut codes, under(Pass::Everything, decode(&rest, look)));
        }
        let (mut smaller, mut scale) = (rest, 1.0);
        loop {
            for place in busy_squares(&smaller) {
                let close = self.closer(&smaller, &place, decode);
                add_new(&mut codes, scaled(close, scale));
            }
            let Some(half) = halved(&smaller) else {
                codes.sort_by_key(|code| !code.readable());
                return codes;
            };
            (smaller, scale) = (half, scale * 2.0);
        }
    }

    /// Takes closer looks at what could not be read, at the busy places, and at overlapping tiles.
    fn closer_everywhere(
        &mut self,
        picture: &Luma,
        plain: &[Code],
        decode: Decode<'_>,
    ) -> Vec<Code> {
        let failed = plain.iter().map(|code| Square::of_corners(&code.corners));
        let tiles = tiles(picture).into_iter().take(MOST_TILES);
        for place in failed.chain(busy_squares(picture)).chain(tiles) {
            let codes = self.closer(picture, &place, decode);
            if readable(&codes) {
                return codes;
            }
        }
        Vec::new()
    }
}

/// Returns the picture with the codes that were read painted over.
fn without(picture: &Luma, codes: &[Code]) -> Luma {
    let read = codes.iter().filter(|code| code.readable());
    read.fold(picture.clone(), |rest, code| {
        rest.painted_over(&with_border(code))
    })
}

/// Returns the corners of a code and half of the calm border around it.
fn with_border(code: &Code) -> [Point; 4] {
    const BORDER: f32 = 2.0;
    /// Version 2, for a code of unknown version.
    const USUAL: f32 = 25.0;
    let modules = if code.version > 0 {
        symbol::size(code.version) as f32
    } else {
        USUAL
    };
    let (center, factor) = (code.center(), 1.0 + 2.0 * BORDER / modules);
    code.corners.map(|corner| {
        let away = |from: f32, to: f32| from + (to - from) * factor;
        Point::new(away(center.x, corner.x), away(center.y, corner.y))
    })
}

/// Returns whether a point lies roughly where a square does.
fn is_within(square: &Square, point: Point) -> bool {
    let side = |side: Point| side.x.hypot(side.y);
    square.center.distance(point) < side(square.right).max(side(square.down)) / 2.0
}

fn lies_in(places: &[Square], code: &Code) -> bool {
    places.iter().any(|place| is_within(place, code.center()))
}

/// Adds the readable ones of `found` that lie away from `codes`.
fn add_new(codes: &mut Vec<Code>, found: Vec<Code>) {
    for code in found.into_iter().filter(Code::readable) {
        let read = codes.iter().filter(|code| code.readable());
        let read: Vec<Square> = read.map(|code| Square::of_corners(&code.corners)).collect();
        if !lies_in(&read, &code) {
            codes.push(code);
        }
    }
}

/// Returns the next smaller size of a still, as long as it is worth a look.
fn halved(still: &Luma) -> Option<Luma> {
    let half = still.halved()?;
    (half.width().max(half.height()) >= SMALLEST_STILL).then_some(half)
}

/// Returns the busiest places of a still, as upright squares.
fn busy_squares(picture: &Luma) -> Vec<Square> {
    let busy = busy_places(picture);
    let likeliest = busy.iter().take(MOST_PLACES);
    likeliest
        .map(|place| Square::of_place(picture, place))
        .collect()
}

/// Returns upright squares that cover the picture, overlapping by half.
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
        // Nothing is busy, so the closer look is at the guide box: 320 pixels about (640, 360)
        // become 280 about (200, 200).
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

    /// A code on a wall: payload, pixels per module, left and top, deviation of the blur, paper and
    /// ink.
    type Hung = (&'static [u8], usize, [i64; 2], f32, [u8; 2]);

    /// Draws a light wall with codes.
    fn wall(codes: &[Hung]) -> Luma {
        let mut wall = image::GrayImage::from_pixel(1280, 720, image::Luma([180]));
        for (payload, module, [left, top], blur, [paper, ink]) in codes {
            let code = qrcode::QrCode::new(payload).unwrap();
            let colors = code.to_colors();
            let side = ((code.width() + 8) * module) as u32;
            let card = image::GrayImage::from_fn(side, side, |x, y| {
                let at = |pixel: u32| (pixel as usize / module).wrapping_sub(4);
                let (column, row) = (at(x), at(y));
                let dark = column.max(row) < code.width()
                    && colors[row * code.width() + column] == qrcode::Color::Dark;
                image::Luma([if dark { *ink } else { *paper }])
            });
            let card = image::imageops::blur(&card, *blur);
            image::imageops::replace(&mut wall, &card, *left, *top);
        }
        Luma::new(1280, 720, wall.into_raw()).unwrap()
    }

    const BRIGHT: [u8; 2] = [255, 0];
    const POSTER: Hung = (b"wxp://f2f0-made-up-payment", 4, [40, 40], 0.1, BRIGHT);
    const OWN: &[u8] = b"made-up capture code";

    fn frames_that_show(payload: &[u8], picture: &Luma, effort: Effort, count: usize) -> usize {
        let decoder = crate::reader::decoder::Decoder::new();
        let mut cascade = Cascade::default();
        (0..count)
            .filter(|_| {
                let codes =
                    cascade.read(picture, effort, &mut |seen, look| decoder.look(seen, look));
                codes.iter().any(|code| code.bytes == payload)
            })
            .count()
    }

    #[test]
    fn a_small_soft_code_beside_a_bright_payment_poster_is_read_as_often_as_alone() {
        let own = (OWN, 2, [600, 330], 1.0, [215, 70]);
        let alone = frames_that_show(OWN, &wall(&[own]), Effort::Live, 16);
        let beside = wall(&[POSTER, own]);
        assert!(alone > 8, "{alone}");
        assert!(frames_that_show(OWN, &beside, Effort::Live, 16) < 3);
        let found = frames_that_show(OWN, &beside, Effort::Beside, 16);
        assert!(found + 2 >= alone, "{found} of {alone}");
        assert_eq!(frames_that_show(OWN, &beside, Effort::Still, 1), 1);
        // The poster is reported in every frame all the same.
        assert_eq!(frames_that_show(POSTER.0, &beside, Effort::Beside, 16), 16);
    }

    #[test]
    fn a_dark_mode_code_beside_a_payment_poster_is_read_in_every_frame() {
        let own = (OWN, 5, [560, 280], 0.1, [0, 255]);
        let beside = wall(&[POSTER, own]);
        assert_eq!(frames_that_show(OWN, &beside, Effort::Beside, 12), 12);
        assert_eq!(frames_that_show(OWN, &beside, Effort::Still, 1), 1);
    }

    #[test]
    fn a_poster_alone_costs_a_full_look_in_every_eighth_frame_only() {
        let decoder = crate::reader::decoder::Decoder::new();
        let picture = wall(&[POSTER]);
        for effort in [Effort::Live, Effort::Beside] {
            let (mut cascade, mut full) = (Cascade::default(), 0);
            for _ in 0..16 {
                cascade.read(&picture, effort, &mut |seen, look| {
                    full += u32::from(look == Look::Everything);
                    decoder.look(seen, look)
                });
            }
            assert_eq!(full, 2, "{effort:?}");
        }
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
