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
            *self = Self { size, ..Self::default() };
        }
        match effort {
            Effort::Live => self.read_live(picture, decode),
            Effort::Still => self.read_still(picture, decode),
        }
    }

    fn read_live(&mut self, picture: &Luma, decode: Decode<'_>) -> Vec<Code> {
        self.frame += 1;
        let plain = decode(picture, Look::Plain);
        if readable(&plain) {
            self.tally = Tally::default();
            return self.noted(plain);
        }
        if self.insist > 0 || self.frame.is_multiple_of(EVERYTHING_EACH) {
            self.insist = self.insist.saturating_sub(1);
            let codes = under(Pass::Everything, decode(picture, Look::Everything));
            if readable(&codes) {
                self.insist = INSIST;
                return self.noted(codes);
            }
            return plain;
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
        busy.get(wanted).or(busy.first()).map_or(
            Square::upright(Point::new(x, y), GUIDE_PX),
            |place| Square::of_place(picture, place),
        )
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
        let from_grids = self.from_grids(picture, place, &patch, decode);
        if readable(&from_grids) {
            return from_grids;
        }
        codes.extend(from_grids);
        codes
    }

    /// Looks for finders in the patch, for the grid they span in the picture, and reads its modules.
    fn from_grids(
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
            if best.as_ref().is_none_or(|best| lattice.fit.abs() > best.fit.abs()) {
                best = Some(lattice);
            }
            if best.as_ref().is_some_and(|best| best.fit.abs() > CERTAIN) {
                break;
            }
        }
        best.filter(|lattice| lattice.fit.abs() > LEAST_FIT)
    }

    /// There is only this one picture, so it gets every look until one succeeds.
    fn read_still(&mut self, picture: &Luma, decode: Decode<'_>) -> Vec<Code> {
        let plain = decode(picture, Look::Plain);
        if readable(&plain) {
            return plain;
        }
        let everything = under(Pass::Everything, decode(picture, Look::Everything));
        if readable(&everything) {
            return everything;
        }
        for place in busy_places(picture).into_iter().take(6) {
            let codes = self.closer(picture, &Square::of_place(picture, &place), decode);
            if readable(&codes) {
                return codes;
            }
        }
        plain
    }
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
