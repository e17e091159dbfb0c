//! Consent, the sitter's own act: three large buttons in their order, nothing pre-chosen, refusing as easy.

use egui::{Align2, Rect, RichText, ScrollArea, UiBuilder, scroll_area::ScrollBarVisibility, vec2};

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
    lang::{Lang, Text},
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
    let text = match sheet.lang {
        Lang::Zh => &texts.zh,
        Lang::En => &texts.en,
    };
    if consenting.reading_full_text {
        return full_text(sheet, rest, text).or(foot);
    }
    let (summary, acts) = if sheet.is_wide() {
        let mut left = rest;
        let right = left.cut_right(rest.width() * 0.4);
        left.max.x -= sheet.px(56.0);
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

/// Title and the five answers: who, to whom, what for, how long, how to withdraw.
fn summary_ui(sheet: &mut Sheet<'_>, mut rest: Rect, text: &ConsentText) -> Option<Touch> {
    let word = sheet.word(words::CONSENT_TITLE);
    sheet.paragraph(&mut rest, Type::Title, theme::INK, sheet.px(24.0), word);
    sheet.card(rest);
    let mut inner = rest.shrink2(vec2(sheet.px(44.0), sheet.px(30.0)));
    let full = inner.cut_bottom(sheet.px(88.0));
    inner.cut_bottom(sheet.px(28.0));
    let facts = [
        (words::HANDLER, &text.handler),
        (words::RECIPIENTS, &text.recipients),
        (words::PURPOSE, &text.purpose),
        (words::RETENTION, &text.retention),
        (words::WITHDRAWAL, &text.withdrawal),
    ];
    facts_ui(
        sheet,
        inner,
        &facts.map(|(label, fact)| (sheet.word(label), fact.as_str())),
    );
    let place = area::middle(full, vec2(sheet.px(380.0), full.height()));
    sheet
        .button(
            place,
            Call::Quiet,
            Some(Icon::Document),
            sheet.word(words::FULL_TEXT),
        )
        .then_some(Touch::ShowFullText)
}

/// Names on the left, answers on the right, all in one size that fits.
fn facts_ui(sheet: &mut Sheet<'_>, mut inner: Rect, facts: &[(&str, &str)]) {
    const LEAST: f32 = 0.55;
    let label_width = inner.width() * 0.26;
    let gap = sheet.px(18.0);
    let width = inner.width() - label_width;
    let mut font = Type::Body.font(sheet.unit);
    let smallest = font.size * LEAST;
    let tall = |sheet: &Sheet<'_>, font: &egui::FontId, (label, fact): &(&str, &str)| {
        let name = sheet.height_in(label_width - gap, font, label);
        name.max(sheet.height_in(width, font, fact))
    };
    let whole = |sheet: &Sheet<'_>, font: &egui::FontId| -> f32 {
        facts.iter().map(|fact| tall(sheet, font, fact) + gap).sum()
    };
    while whole(sheet, &font) > inner.height() + gap && font.size > smallest {
        font.size *= 0.96;
    }
    let spare = (inner.height() + gap - whole(sheet, &font)).max(0.0) / facts.len() as f32;
    for (label, fact) in facts {
        let height = tall(sheet, &font, &(label, fact)) + spare.min(gap);
        let mut row = inner.cut_top(height);
        inner.cut_top(gap);
        let mut name = row.cut_left(label_width);
        name.max.x -= gap;
        sheet.text_in(name, font.clone(), theme::BLUE, Align2::LEFT_TOP, label);
        sheet.text_in(row, font.clone(), theme::INK, Align2::LEFT_TOP, fact);
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
    let font = Type::Small.font(sheet.unit);
    let line = font.size * 1.7;
    sheet
        .ui
        .scope_builder(UiBuilder::new().max_rect(inner), |ui| {
            ScrollArea::vertical()
                .auto_shrink(false)
                .scroll_bar_visibility(ScrollBarVisibility::AlwaysVisible)
                .show(ui, |ui| {
                    ui.label(RichText::new(&text.full).font(font).line_height(Some(line)));
                });
        });
    let place = area::middle(close, vec2(sheet.px(520.0), close.height()));
    sheet
        .button(place, Call::Primary, None, sheet.word(words::CLOSE))
        .then_some(Touch::HideFullText)
}
