//! Consent, the sitter's own act: three large buttons in their order, none pre-selected, refusing
//! as easy as agreeing.

use egui::{Align2, FontId, Rect, vec2};

use super::{
    View,
    area::{self, Cut},
    icons::Icon,
    page,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{
    contract::ConsentText,
    lang::Text,
    session::{Consenting, Touch},
};

const ACTS: [(Text, Touch); 3] = [
    (words::TERMS_READ, Touch::TermsRead),
    (words::AGREE_FACE, Touch::AgreeFace),
    (words::AGREE_SENDING, Touch::AgreeSending),
];

pub fn consent_ui(
    sheet: &mut Sheet<'_>,
    view: &View<'_>,
    consenting: &Consenting,
) -> Option<Touch> {
    let (rest, foot) = page::visit_page(sheet, view);
    let texts = &consenting.batch.consent;
    let text = texts.shown_in(sheet.lang);
    if consenting.reading_full_text {
        return full_text(sheet, rest, text).or(foot);
    }
    let (summary, acts) = if sheet.is_wide() {
        let mut left = rest;
        let right = left.cut_right(rest.width() * 0.36);
        left.max.x -= sheet.px(44.0);
        (left, right)
    } else {
        let mut top = rest;
        let bottom = top.cut_bottom(sheet.px(620.0));
        top.max.y -= sheet.px(32.0);
        (top, bottom)
    };
    let read = summary_ui(sheet, summary, text);
    let act = acts_ui(sheet, acts, consenting.progress.acts());
    read.or(act).or(foot)
}

/// Draws the title and the five answers: who, to whom, what for, how long, how to withdraw. The
/// full texts are one touch away.
fn summary_ui(sheet: &mut Sheet<'_>, mut rest: Rect, text: &ConsentText) -> Option<Touch> {
    let word = sheet.word(words::CONSENT_TITLE);
    let mut inner;
    // On a tall screen the buttons are low; on a wide one the texts need the room.
    let full = if sheet.is_wide() {
        let width = rest.width() - sheet.px(260.0);
        let height = sheet.height_of(width, Type::Title, word);
        let mut title = rest.cut_top(height.clamp(sheet.px(88.0), sheet.px(180.0)));
        rest.cut_top(sheet.px(20.0));
        let full = title.cut_right(sheet.px(240.0));
        title.max.x -= sheet.px(20.0);
        sheet.balanced(title, Type::Title, theme::INK, Align2::LEFT_CENTER, word);
        sheet.card(rest);
        inner = rest.shrink2(vec2(sheet.px(36.0), sheet.px(22.0)));
        full
    } else {
        sheet.paragraph(&mut rest, Type::Title, theme::INK, sheet.px(24.0), word);
        sheet.card(rest);
        inner = rest.shrink2(vec2(sheet.px(40.0), sheet.px(26.0)));
        let full = inner.cut_bottom(sheet.px(88.0));
        inner.cut_bottom(sheet.px(20.0));
        full
    };
    let facts = [
        (words::HANDLER, &text.handler),
        (words::RECIPIENTS, &text.recipients),
        (words::PURPOSE, &text.purpose),
        (words::RETENTION, &text.retention),
        (words::WITHDRAWAL, &text.withdrawal),
    ];
    Facts::fitting(
        sheet,
        inner,
        facts.map(|(label, fact)| (sheet.word(label), fact.as_str())),
    )
    .draw(sheet, inner);
    let full = area::middle(full, vec2(sheet.px(380.0), sheet.px(88.0)));
    sheet
        .button(
            full,
            Call::Quiet,
            Some(Icon::Document),
            sheet.word(words::FULL_TEXT),
        )
        .then_some(Touch::ShowFullText)
}

/// Names on the left, answers on the right, all in one size; what is longer than its place scrolls
/// rather than shrinks.
struct Facts<'a> {
    rows: [(&'a str, &'a str); 5],
    font: FontId,
    label_width: f32,
    gap: f32,
}

impl<'a> Facts<'a> {
    fn fitting(sheet: &Sheet<'_>, inner: Rect, rows: [(&'a str, &'a str); 5]) -> Self {
        let least = sheet.font(Type::Small).size;
        let mut this = Self {
            rows,
            font: sheet.font(Type::Body),
            label_width: inner.width() * 0.22,
            gap: sheet.px(18.0),
        };
        while this.height(sheet, inner.width()) > inner.height() && this.font.size > least {
            this.font.size = (this.font.size * 0.96).max(least);
        }
        this
    }

    fn tall(&self, sheet: &Sheet<'_>, width: f32, (label, fact): (&str, &str)) -> f32 {
        let name = sheet.height_in(self.label_width - self.gap, &self.font, label);
        name.max(sheet.height_in(width - self.label_width, &self.font, fact))
    }

    /// Returns the height of all of them, with the gaps between.
    fn height(&self, sheet: &Sheet<'_>, width: f32) -> f32 {
        let rows = self.rows.iter().map(|fact| self.tall(sheet, width, *fact));
        rows.sum::<f32>() + self.gap * (self.rows.len() as f32 - 1.0)
    }

    fn draw(&self, sheet: &mut Sheet<'_>, inner: Rect) {
        let height = self.height(sheet, inner.width());
        if height <= inner.height() {
            let spare = (inner.height() - height) / self.rows.len() as f32;
            return self.draw_rows(sheet, inner, spare.min(self.gap));
        }
        let bar = sheet.px(28.0);
        let width = inner.width() - bar;
        let height = self.height(sheet, width);
        sheet.scrolled(inner, height, |sheet, place| {
            let place = Rect::from_min_size(place.min, vec2(width, height));
            self.draw_rows(sheet, place, 0.0);
        });
    }

    fn draw_rows(&self, sheet: &mut Sheet<'_>, mut inner: Rect, spare: f32) {
        for (label, fact) in self.rows {
            let height = self.tall(sheet, inner.width(), (label, fact)) + spare;
            let mut row = inner.cut_top(height);
            inner.cut_top(self.gap);
            let mut name = row.cut_left(self.label_width);
            name.max.x -= self.gap;
            let font = self.font.clone();
            sheet.text_in(name, font.clone(), theme::BLUE, Align2::LEFT_TOP, label);
            sheet.text_in(row, font, theme::INK, Align2::LEFT_TOP, fact);
        }
    }
}

fn acts_ui(sheet: &mut Sheet<'_>, mut rest: Rect, done: u8) -> Option<Touch> {
    let mut others = rest.cut_bottom(sheet.px(112.0));
    rest.cut_bottom(sheet.px(28.0));
    let under = others.cut_right(others.width() / 2.0 - sheet.px(10.0));
    others.cut_right(sheet.px(20.0));
    let mut touch = None;
    for (i, (word, answer)) in ACTS.into_iter().enumerate() {
        let call = match i.cmp(&usize::from(done)) {
            std::cmp::Ordering::Less => Call::Done,
            std::cmp::Ordering::Equal => Call::Primary,
            std::cmp::Ordering::Greater => Call::Later,
        };
        let tallest = area::row(rest, ACTS.len(), sheet.px(22.0), i);
        let place = area::middle(tallest, vec2(tallest.width(), sheet.px(190.0)));
        if sheet.button(place, call, None, sheet.word(word)) {
            touch = Some(answer);
        }
    }
    let refuse = sheet.button(others, Call::Secondary, None, sheet.word(words::REFUSE));
    let under = sheet.button(
        under,
        Call::Secondary,
        None,
        sheet.word(words::UNDER_FOURTEEN),
    );
    touch
        .or(refuse.then_some(Touch::Refuse))
        .or(under.then_some(Touch::UnderFourteen))
}

fn full_text(sheet: &mut Sheet<'_>, mut rest: Rect, text: &ConsentText) -> Option<Touch> {
    let close = rest.cut_bottom(sheet.px(120.0));
    rest.cut_bottom(sheet.px(28.0));
    let word = sheet.word(words::FULL_TEXT_TITLE);
    sheet.paragraph(&mut rest, Type::Title, theme::INK, sheet.px(24.0), word);
    sheet.card(rest);
    let inner = rest.shrink2(vec2(sheet.px(44.0), sheet.px(32.0)));
    let font = sheet.font(Type::Small);
    let width = inner.width() - sheet.px(28.0);
    let height = sheet.height_in(width, &font, &text.full);
    sheet.scrolled(inner, height, |sheet, place| {
        let place = Rect::from_min_size(place.min, vec2(width, height));
        sheet.text_in(place, font, theme::INK, Align2::LEFT_TOP, &text.full);
    });
    let place = area::middle(close, vec2(sheet.px(520.0), close.height()));
    sheet
        .button(place, Call::Primary, None, sheet.word(words::CLOSE))
        .then_some(Touch::HideFullText)
}
