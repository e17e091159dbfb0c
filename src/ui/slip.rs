//! The receipt on paper: what its screen shows, the booth and the time, drawn in black for a
//! printer of 8 dots per mm.

use image::GrayImage;

use super::{
    View,
    lettering::{Lettering, Words},
    qr,
    theme::{Fonts, Type},
    words,
};
use crate::{
    booth::Link,
    calendar::{Calendar, Promise},
    contract::Batch,
    geometry::Point,
    lang::{Lang, Text},
    session::{Fee, Receipted},
    time::Trust,
};

/// What a receipt says, on the screen and on paper.
pub struct Slip<'a> {
    pub receipt: &'a Receipted,
    pub batch: Option<&'a Batch>,
    pub station: &'a str,
    pub link: &'a Link,
    pub calendar: &'a Calendar,
    pub trust: Trust,
    pub lang: Lang,
}

/// The head of the narrower printers, in dots.
const NARROW: f32 = 384.0;
/// Dots per point of the screens' type on it: the smallest characters are 24 dots, 3 mm.
const NARROW_TYPE: f32 = 24.0 / 28.0;
/// A symbol that is larger gains nothing, in dots.
const LARGEST_CODE: u32 = 480;
/// Between two parts of the slip, in dots.
const GAP: u32 = 18;
/// On either side of text and lines, in dots: rolls lie a little askew.
const MARGIN: u32 = 8;

impl<'a> Slip<'a> {
    pub(super) fn of(view: &'a View<'_>, receipt: &'a Receipted) -> Self {
        Self {
            receipt,
            batch: view.session.batch().map(AsRef::as_ref),
            station: &view.health.station,
            link: &view.health.link,
            calendar: &view.published.calendar,
            trust: view.health.time_trust,
            lang: view.session.lang(),
        }
    }

    /// Returns what happens next, with dates where they are known: the audit's if the photo is
    /// being sent now and nothing is owed.
    pub(super) fn steps(&self) -> [String; 4] {
        let calendar = self.calendar;
        let goes_now = *self.link == Link::Up && self.receipt.fee != Fee::Owed;
        let audit = (self.has_date() && goes_now)
            .then(|| calendar.audit_by(self.receipt.saved_at.china_date()));
        let batch = self.batch.filter(|_| self.has_date());
        let upload = batch.map(|batch| calendar.upload_by(batch.closes.last_moment().china_date()));
        [
            self.word(words::RECEIPT_NEXT_1).to_owned(),
            self.dated(audit, words::RECEIPT_NEXT_2, words::RECEIPT_NEXT_2_BY),
            self.word(words::RECEIPT_NEXT_3).to_owned(),
            self.dated(upload, words::RECEIPT_NEXT_4, words::RECEIPT_NEXT_4_BY),
        ]
    }

    /// Draws the slip, `width` dots wide; 0 is black, 255 is white.
    pub fn draw(&self, fonts: Fonts, width: u32) -> GrayImage {
        let scale = (NARROW_TYPE * width as f32 / NARROW).min(1.0);
        let mut paper = Paper {
            width,
            dots: vec![],
            lettering: Lettering::new(fonts, scale),
        };
        self.head(&mut paper);
        paper.left(Type::Body, self.word(words::RECEIPT_NEXT));
        for (i, step) in self.steps().iter().enumerate() {
            paper.numbered(i + 1, step);
        }
        paper.rule();
        paper.code(&self.receipt.link);
        paper.centred(Type::Body, self.word(words::RECEIPT_QR));
        paper.centred(Type::Small, self.word(words::RECEIPT_QR_MORE));
        paper.centred(Type::Small, self.word(words::SLIP_PENDING));
        paper.finish()
    }

    /// Draws whose photo campaign this is, that the photo is saved, its code, place and time.
    fn head(&self, paper: &mut Paper) {
        match self.batch {
            Some(batch) => {
                paper.centred(Type::Body, &batch.school);
                paper.centred(Type::Small, &batch.name);
            }
            None => paper.centred(Type::Body, self.word(words::TITLE)),
        }
        paper.rule();
        paper.centred(Type::Heading, self.word(words::RECEIPT_TITLE));
        paper.gap();
        paper.centred(Type::Small, self.word(words::RECEIPT_CODE));
        paper.centred(Type::Title, &self.receipt.visit.short());
        paper.gap();
        paper.centred(Type::Small, self.station);
        if self.has_date() {
            let saved = self.receipt.saved_at.in_china();
            paper.centred(Type::Small, &saved.strftime("%Y-%m-%d %H:%M").to_string());
        }
        match self.receipt.fee {
            Fee::Nothing => paper.rule(),
            Fee::Owed => paper.boxed(self.word(words::RECEIPT_OWED)),
            Fee::Paid => paper.boxed(self.word(words::RECEIPT_PAID)),
        }
    }

    fn has_date(&self) -> bool {
        self.trust != Trust::Unknown
    }

    fn word(&self, text: Text) -> &'static str {
        text.get(self.lang)
    }

    fn dated(&self, promise: Option<Promise>, usual: Text, by: Text) -> String {
        match promise {
            None => self.word(usual).to_owned(),
            Some(promise) => words::with(by, self.lang, said(promise, self.lang)),
        }
    }
}

/// Returns a date, marked if it is an estimate.
fn said(promise: Promise, lang: Lang) -> String {
    if promise.estimate {
        words::with(words::ABOUT_DATE, lang, promise.date)
    } else {
        promise.date.to_string()
    }
}

/// Paper that grows downwards with what is drawn on it.
struct Paper {
    /// In dots.
    width: u32,
    /// Row by row, 0 for black.
    dots: Vec<u8>,
    lettering: Lettering,
}

const WHITE: u8 = 255;
const BLACK: u8 = 0;
/// A dot is black where a letter covers at least this part of it.
const COVERED: f32 = 0.5;

impl Paper {
    fn centred(&mut self, kind: Type, text: &str) {
        let words = self.lettering.centred(kind, text, self.room() as f32);
        self.write(&words, self.width / 2);
    }

    fn left(&mut self, kind: Type, text: &str) {
        let words = self.lettering.wrapped(kind, text, self.room() as f32);
        self.write(&words, MARGIN);
    }

    fn numbered(&mut self, number: usize, text: &str) {
        /// In dots.
        const INDENT: u32 = 34;
        let number = format!("{number}.");
        let number = self.lettering.words(Type::Small, &number);
        let room = self.room().saturating_sub(INDENT) as f32;
        let words = self.lettering.wrapped(Type::Small, text, room);
        let top = self.height();
        self.write(&words, MARGIN + INDENT);
        self.stamp(&number, MARGIN, top);
    }

    /// Draws a sentence that must not be overlooked, in a frame.
    fn boxed(&mut self, text: &str) {
        /// In dots.
        const LINE: u32 = 3;
        const PAD: u32 = 12;
        self.gap();
        let top = self.height();
        let room = self.room().saturating_sub(2 * (LINE + PAD)) as f32;
        let words = self.lettering.centred(Type::Body, text, room);
        self.grow(LINE + PAD);
        self.write(&words, self.width / 2);
        self.grow(PAD + LINE);
        let (left, right, bottom) = (MARGIN, MARGIN + self.room(), self.height());
        self.fill((left, right), (top, top + LINE));
        self.fill((left, right), (bottom - LINE, bottom));
        self.fill((left, left + LINE), (top, bottom));
        self.fill((right - LINE, right), (top, bottom));
        self.gap();
    }

    /// Draws a line across, with room above and below.
    fn rule(&mut self) {
        const LINE: u32 = 2;
        self.gap();
        let top = self.height();
        self.grow(LINE);
        self.fill((MARGIN, MARGIN + self.room()), (top, top + LINE));
        self.gap();
    }

    /// Returns the width between the margins.
    const fn room(&self) -> u32 {
        self.width.saturating_sub(2 * MARGIN)
    }

    /// Draws a QR symbol with whole dots per module; nothing where the text fits no symbol.
    fn code(&mut self, text: &str) {
        let symbol = qr::Symbol::of(text);
        let modules = symbol.modules();
        if symbol.is_empty() || modules > self.width {
            return;
        }
        let dot = (self.width.min(LARGEST_CODE) / modules).max(1);
        let (left, top) = ((self.width - modules * dot) / 2, self.height());
        self.grow(modules * dot);
        for (x, y) in symbol.dark_modules() {
            let (x, y) = (left + x * dot, top + y * dot);
            self.fill((x, x + dot), (y, y + dot));
        }
    }

    fn gap(&mut self) {
        self.grow(GAP);
    }

    fn height(&self) -> u32 {
        (self.dots.len() / self.width.max(1) as usize) as u32
    }

    fn grow(&mut self, rows: u32) {
        let more = rows as usize * self.width as usize;
        self.dots.resize(self.dots.len() + more, WHITE);
    }

    /// Writes words at the end of the paper.
    fn write(&mut self, words: &Words, x: u32) {
        let top = self.height();
        self.grow(words.height().ceil() as u32);
        self.stamp(words, x, top);
    }

    fn stamp(&mut self, words: &Words, x: u32, y: u32) {
        let Self {
            width,
            dots,
            lettering,
        } = self;
        let at = Point::new(x as f32, y as f32);
        lettering.draw(words, at, &mut |x, y, covered| {
            let at = y as usize * *width as usize + x as usize;
            if x < *width
                && covered >= COVERED
                && let Some(dot) = dots.get_mut(at)
            {
                *dot = BLACK;
            }
        });
    }

    /// Blackens a rectangle; `to` is outside it.
    fn fill(&mut self, (left, right): (u32, u32), (top, bottom): (u32, u32)) {
        let width = self.width as usize;
        let rows = self.dots.chunks_exact_mut(width.max(1));
        for row in rows.skip(top as usize).take((bottom - top) as usize) {
            if let Some(dots) = row.get_mut(left as usize..right as usize) {
                dots.fill(BLACK);
            }
        }
    }

    fn finish(self) -> GrayImage {
        let height = self.height();
        GrayImage::from_raw(self.width, height, self.dots).unwrap_or_default()
    }
}
