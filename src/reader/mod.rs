//! QR codes in the camera's pictures, read by foreign code in a child process, whose death is only
//! a missed frame.

pub mod agreement;
pub mod coach;
pub mod decoder;
mod detail;
mod equaliser;
mod finder;
mod lattice;
pub mod luma;
pub mod passes;
mod patch;
pub mod protocol;
mod symbol;
mod tally;
pub mod worker;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{SyncSender, TrySendError},
    },
    time::Duration,
};

use image::RgbImage;

use self::{
    agreement::Agreement,
    coach::Patience,
    luma::Luma,
    protocol::{Code, Effort},
};
use crate::{
    child::{Child, Lost},
    code::{self, Advice, CodeShape, Meaning, Reading},
    frame::Frame,
    geometry::Point,
    latest::Latest,
    time::{Mono, Now},
};

/// Which code a step of the visit waits for; others are reported only where no such code is in
/// view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A 采集码 of a batch that may give its shapes.
    Personal(Arc<[CodeShape]>),
    Batch,
}

/// Whether codes are wanted now, and which. Each new wish forgets what was seen before, so a code
/// still in view is reported again.
#[derive(Debug, Default)]
pub struct Wanted(Latest<Option<Expected>>);

impl Wanted {
    /// Asks for codes from now on. A step that wants a reading of its own asks again.
    pub fn ask(&self, expected: Expected) {
        self.0.put(Some(expected));
    }

    /// Returns what is wanted now.
    pub fn asked(&self) -> Option<Expected> {
        self.wish().and_then(|wish| Option::clone(&wish.0))
    }

    pub fn rest(&self) {
        if self.asked().is_some() {
            self.0.put(None);
        }
    }

    fn wish(&self) -> Option<Wish> {
        self.0.newest().map(Wish)
    }
}

/// One wish; another wish for the same is not equal to it.
#[derive(Clone)]
struct Wish(Arc<Option<Expected>>);

impl PartialEq for Wish {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Reads the newest frame while codes are wanted, until stopped or until nobody takes readings any
/// more.
///
/// A reading that finds the queue full is dropped: the code is still held there and is read again.
/// `advise` receives what would help a code that is visible but not read.
pub fn run(
    program: &Path,
    frames: &Latest<Frame>,
    wanted: &Wanted,
    readings: &SyncSender<Reading>,
    advise: &dyn Fn(Advice),
    clock: &dyn Fn() -> Now,
    stop: &AtomicBool,
) {
    const PATIENCE: Duration = Duration::from_millis(100);
    let mut reader = Reader::new(program);
    let (mut agreement, mut coaching) = (Agreement::default(), Coaching::default());
    let (mut seen, mut wish, mut effort) = (0, None, Effort::Live);
    while !stop.load(Ordering::Relaxed) {
        let frame = frames.wait_newer(&mut seen, PATIENCE);
        if wish != wanted.wish() {
            wish = wanted.wish();
            agreement = Agreement::default();
            coaching = Coaching::default();
            effort = Effort::Live;
        }
        let expected = wish.as_ref().and_then(|wish| wish.0.as_ref().as_ref());
        let (Some(frame), Some(expected)) = (frame, expected) else {
            continue;
        };
        let luma = Luma::of_frame(&frame);
        let codes = reader.ask(&luma, effort, clock).unwrap_or_default();
        let Some(code) = meant(&codes, &frame, expected) else {
            if let Some(advice) = coaching.see(&luma, codes, clock().mono) {
                advise(advice);
            }
            continue;
        };
        if !is_waited_for(code, expected) {
            effort = Effort::Beside;
        }
        if wish != wanted.wish() || !agreement.see(&code.bytes, code.spare, clock().mono) {
            continue;
        }
        let reading = Reading {
            bytes: code.bytes.clone(),
            card: Some(card(&frame.rgb, &code.corners)),
        };
        match readings.try_send(reading) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => agreement = Agreement::default(),
            Err(TrySendError::Disconnected(_)) => return,
        }
    }
}

/// What was visible in the previous frame, and what was advised.
#[derive(Default)]
struct Coaching {
    before: Vec<Code>,
    patience: Patience,
}

impl Coaching {
    /// Returns what to say now about `codes`, none of which could be read.
    fn see(&mut self, picture: &Luma, codes: Vec<Code>, now: Mono) -> Option<Advice> {
        let advice = codes
            .first()
            .map(|code| coach::measure(picture, code, self.before.first()))
            .and_then(|measures| coach::advice(&measures));
        self.before = codes;
        self.patience.see(advice, now)
    }
}

/// Picks the code that is meant where several are in view: the one that the step waits for, then
/// the platform's others, then a stranger's; among equals the one held up to the guide. Never by
/// the order in which they were found.
fn meant<'a>(codes: &'a [Code], frame: &Frame, expected: &Expected) -> Option<&'a Code> {
    let size = frame.size();
    let middle = Point::new(size.width as f32 / 2.0, size.height as f32 / 2.0);
    let distance = |code: &Code| code.center().distance(middle);
    codes.iter().filter(|code| code.readable()).min_by(|a, b| {
        let by_distance = distance(a).total_cmp(&distance(b));
        let by_rank = rank(a, expected).cmp(&rank(b, expected));
        by_rank.then(by_distance)
    })
}

fn is_waited_for(code: &Code, expected: &Expected) -> bool {
    rank(code, expected) == WAITED_FOR
}

const WAITED_FOR: u8 = 0;

/// Ranks a code by how far it is from what the step waits for.
fn rank(code: &Code, expected: &Expected) -> u8 {
    let shapes = match expected {
        Expected::Personal(shapes) => shapes.as_ref(),
        Expected::Batch => &[],
    };
    match (code::meaning_in(&code.bytes, shapes), expected) {
        // Staff show a command where they would show a batch.
        (Meaning::Personal(_), Expected::Personal(_))
        | (Meaning::Batch(_) | Meaning::Command(_), Expected::Batch) => WAITED_FOR,
        (Meaning::Personal(_) | Meaning::Batch(_) | Meaning::Command(_), _) => 1,
        (Meaning::Ticket | Meaning::Statement(_) | Meaning::Receipt, _) => 2,
        (Meaning::Foreign(_), _) => 3,
    }
}

/// Cuts out the card around a code: the code is in its lower half, name and school above it.
fn card(frame: &RgbImage, corners: &[Point; 4]) -> RgbImage {
    const BESIDE: f32 = 0.6;
    const ABOVE: f32 = 1.4;
    const BELOW: f32 = 0.5;
    let least = |of: fn(&Point) -> f32| corners.iter().map(of).fold(f32::INFINITY, f32::min);
    let most = |of: fn(&Point) -> f32| corners.iter().map(of).fold(0.0, f32::max);
    let (left, right) = (least(|p| p.x), most(|p| p.x));
    let (top, bottom) = (least(|p| p.y), most(|p| p.y));
    let side = (right - left).max(bottom - top).max(1.0);
    let x = (left - side * BESIDE).clamp(0.0, (frame.width() - 1) as f32) as u32;
    let y = (top - side * ABOVE).clamp(0.0, (frame.height() - 1) as f32) as u32;
    let width = (right + side * BESIDE) as u32 - x.min((right + side * BESIDE) as u32);
    let height = (bottom + side * BELOW) as u32 - y.min((bottom + side * BELOW) as u32);
    image::imageops::crop_imm(frame, x, y, width.max(1), height.max(1)).to_image()
}

/// The child process, started at the first question and again whenever it died, hung or lied.
#[derive(Debug)]
pub struct Reader {
    program: PathBuf,
    child: Option<Child>,
    deaths: u64,
}

/// A frame takes 10 ms; a child that takes this long counts as hung.
const LIVE_PATIENCE: Duration = Duration::from_secs(1);
/// A large still gets hundreds of looks.
const STILL_PATIENCE: Duration = Duration::from_mins(1);
/// The length of each wait for more bytes.
const STEP: Duration = Duration::from_millis(50);

impl Reader {
    /// Creates a reader; `program` is this executable (`/proc/self/exe`).
    pub fn new(program: &Path) -> Self {
        Self {
            program: program.to_path_buf(),
            child: None,
            deaths: 0,
        }
    }

    /// Returns all codes in `picture`, including unreadable ones. An error means that this picture
    /// was missed: ask again with the next.
    pub fn ask(
        &mut self,
        picture: &Luma,
        effort: Effort,
        clock: &dyn Fn() -> Now,
    ) -> Result<Vec<Code>, Lost> {
        let patience = match effort {
            Effort::Live | Effort::Beside => LIVE_PATIENCE,
            Effort::Still => STILL_PATIENCE,
        };
        let deadline = clock().mono.plus(patience);
        let answer = self.try_ask(picture, effort, deadline, clock);
        if let Err(why) = &answer {
            self.child = None;
            self.deaths += 1;
            if self.deaths.is_power_of_two() {
                tracing::warn!(%why, deaths = self.deaths, "the code reader is started again");
            }
        }
        answer
    }

    /// Returns the running child, for tests that watch or disturb it.
    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    fn try_ask(
        &mut self,
        picture: &Luma,
        effort: Effort,
        deadline: Mono,
        clock: &dyn Fn() -> Now,
    ) -> Result<Vec<Code>, Lost> {
        let child = match &mut self.child {
            Some(child) => child,
            none => none.insert(Child::spawn(
                &self.program,
                worker::ROLE,
                protocol::LONGEST_ANSWER,
            )?),
        };
        let (kind, header) = protocol::ask_header(picture, effort);
        child.send(kind, &[&header, picture.bytes()], LIVE_PATIENCE)?;
        loop {
            if let Some(message) = child.receive(STEP)? {
                return Ok(protocol::parse_answer(&message)?);
            }
            if clock().mono > deadline {
                return Err(Lost::Late);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any_shape() -> Expected {
        Expected::Personal(Arc::from([]))
    }

    #[test]
    fn a_new_wish_is_told_from_the_one_before() {
        let wanted = Wanted::default();
        assert_eq!(wanted.asked(), None);
        wanted.ask(any_shape());
        let first = wanted.wish();
        assert!(wanted.asked() == Some(any_shape()) && wanted.wish() == first);
        wanted.ask(any_shape());
        assert!(wanted.asked() == Some(any_shape()) && wanted.wish() != first);
        wanted.ask(Expected::Batch);
        assert_eq!(wanted.asked(), Some(Expected::Batch));
        wanted.rest();
        assert_eq!(wanted.asked(), None);
    }

    #[test]
    fn of_several_codes_the_one_that_is_waited_for_is_meant_wherever_it_lies() {
        let frame = Frame {
            number: 1,
            at: Mono::default(),
            rgb: RgbImage::new(1280, 720),
            origin: crate::frame::Origin::Pixels,
            turn: crate::frame::Turn::None,
            camera: Arc::default(),
        };
        let code = |bytes: &[u8], x: f32| Code {
            bytes: bytes.to_vec(),
            corners: [(x, 300.0), (x + 90.0, 300.0), (x + 90.0, 390.0), (x, 390.0)]
                .map(|(x, y)| Point::new(x, y)),
            flaw: None,
            pass: protocol::Pass::Frame,
            version: 1,
            spare: 1.0,
        };
        let payment = code(b"wxp://f2f0sample", 600.0);
        let poster = code(b"D3PZ85", 500.0);
        let (own, far) = (
            code(b"opaque sample", 900.0),
            code(b"another sample", 1_100.0),
        );
        let mut codes = vec![payment, poster, far, own];
        for expected in [
            &b"opaque sample"[..],
            b"another sample",
            b"D3PZ85",
            b"wxp://f2f0sample",
        ] {
            for turn in 0..codes.len() {
                codes.rotate_left(turn);
                let meant = |step| meant(&codes, &frame, &step).unwrap().bytes.clone();
                assert_eq!(meant(any_shape()), expected);
                let poster = codes.iter().any(|code| code.bytes == b"D3PZ85");
                let at_the_batch = if poster { b"D3PZ85" } else { expected };
                assert_eq!(meant(Expected::Batch), at_the_batch);
            }
            codes.retain(|code| code.bytes != expected);
        }
        assert!(meant(&codes, &frame, &any_shape()).is_none());
    }

    #[test]
    fn the_card_reaches_beyond_the_code_and_stays_in_the_frame() {
        let frame = RgbImage::new(1280, 720);
        let square = |x: f32, y: f32, side: f32| {
            [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
                .map(|(x, y)| Point::new(x, y))
        };
        let middle = card(&frame, &square(600.0, 400.0, 100.0));
        assert_eq!(middle.dimensions(), (220, 290));
        for corners in [
            square(0.0, 0.0, 90.0),
            square(1200.0, 650.0, 400.0),
            square(-50.0, -50.0, 10.0),
        ] {
            let (width, height) = card(&frame, &corners).dimensions();
            assert!((1..=1280).contains(&width) && (1..=720).contains(&height));
        }
    }
}
