//! How the sitter may be reached: three fields, the booth's own keys, and an equally easy way past
//! them.

use egui::{Align2, Color32, Rect, Stroke, StrokeKind, vec2};

use super::{
    View,
    area::{self, Cut},
    ends,
    icons::Icon,
    keypad, page,
    sheet::{Call, Sheet},
    theme::{self, Type},
    words,
};
use crate::{
    lang::Text,
    session::{ContactField, ContactForm, Contacting, Touch},
};

pub fn contact_ui(
    sheet: &mut Sheet<'_>,
    view: &View<'_>,
    contacting: &Contacting,
) -> Option<Touch> {
    let (mut rest, foot) = page::visit_page(sheet, view);
    let form = &contacting.form;
    let (keys, acts);
    if sheet.is_wide() {
        let mut right = rest.cut_right(rest.width() * 0.61);
        rest.max.x -= sheet.px(48.0);
        acts = right.cut_bottom(sheet.px(120.0));
        right.cut_bottom(sheet.px(28.0));
        keys = right;
        titles(sheet, &mut rest);
    } else {
        acts = rest.cut_bottom(sheet.px(140.0));
        rest.cut_bottom(sheet.px(24.0));
        keys = rest.cut_bottom(sheet.px(430.0));
        rest.cut_bottom(sheet.px(24.0));
        // Low enough for a seated person: the upper part only explains.
        let low = rest.cut_bottom(sheet.px(366.0));
        let looks = (Icon::Document, theme::BLUE, theme::BLUE_PALE);
        let (title, more) = (
            sheet.word(words::CONTACT_TITLE),
            sheet.word(words::CONTACT_MORE),
        );
        ends::message(sheet, rest, looks, title, more);
        rest = low;
    }
    let field = fields(sheet, rest, form);
    let key = match form.at {
        ContactField::Phone => keypad::phone_pad(sheet, keys),
        ContactField::Email => keypad::address_pad(sheet, keys),
        ContactField::FileName => keypad::name_pad(sheet, keys),
    };
    let act = choices(sheet, acts, form);
    field.or(key).or(act).or(foot)
}

fn choices(sheet: &mut Sheet<'_>, mut acts: Rect, form: &ContactForm) -> Option<Touch> {
    let skip = acts.cut_left(acts.width() * 0.4);
    acts.cut_left(sheet.px(24.0));
    let skipped = sheet.button(skip, Call::Secondary, None, sheet.word(words::CONTACT_SKIP));
    // An empty form cannot be submitted yet.
    let call = if form.is_empty() {
        Call::Later
    } else {
        Call::Primary
    };
    let done = sheet.button(acts, call, None, sheet.word(words::CONTACT_DONE));
    done.then_some(Touch::ContactDone)
        .or(skipped.then_some(Touch::ContactSkip))
}

fn titles(sheet: &mut Sheet<'_>, rest: &mut Rect) {
    let word = sheet.word(words::CONTACT_TITLE);
    sheet.paragraph(rest, Type::Title, theme::INK, sheet.px(6.0), word);
    let word = sheet.word(words::CONTACT_MORE);
    sheet.paragraph(rest, Type::Body, theme::INK_SOFT, sheet.px(20.0), word);
}

fn fields(sheet: &mut Sheet<'_>, mut rest: Rect, form: &ContactForm) -> Option<Touch> {
    let rows = rest.cut_top(rest.height().min(sheet.px(196.0) * 3.0));
    let mut touch = None;
    for (i, at) in ContactField::ALL.into_iter().enumerate() {
        let row = area::row(rows, ContactField::ALL.len(), sheet.px(12.0), i);
        touch = touch.or(field(sheet, row, form, at));
    }
    touch
}

/// Returns what a field is for, or what is wrong with it.
fn label(sheet: &Sheet<'_>, form: &ContactForm, at: ContactField) -> (String, Color32) {
    if form.wrong == Some(at) {
        let wrong = match at {
            ContactField::Phone => words::CONTACT_PHONE_WRONG,
            ContactField::Email | ContactField::FileName => words::CONTACT_EMAIL_WRONG,
        };
        return (sheet.word(wrong).to_owned(), theme::BAD);
    }
    let (name, why) = labels(at);
    let label = format!("{} · {}", sheet.word(name), sheet.word(why));
    (label, theme::INK_SOFT)
}

const fn labels(field: ContactField) -> (Text, Text) {
    match field {
        ContactField::Phone => (words::CONTACT_PHONE, words::CONTACT_PHONE_WHY),
        ContactField::Email => (words::CONTACT_EMAIL, words::CONTACT_EMAIL_WHY),
        ContactField::FileName => (words::CONTACT_FILE, words::CONTACT_FILE_WHY),
    }
}

/// Draws one field: its purpose above, the typed text in it; the field that takes the keys has a
/// blue rim and a caret.
fn field(
    sheet: &mut Sheet<'_>,
    mut row: Rect,
    form: &ContactForm,
    at: ContactField,
) -> Option<Touch> {
    let touched = sheet.place_button(row, sheet.word(labels(at).0));
    let head = row.cut_top(sheet.px(48.0));
    let (word, ink) = label(sheet, form, at);
    sheet.text(head, Type::Small, ink, Align2::LEFT_CENTER, &word);
    let is_here = form.at == at;
    let (width, line) = if form.wrong == Some(at) {
        (5.0, theme::BAD)
    } else if is_here {
        (5.0, theme::BLUE)
    } else {
        (3.0, theme::EDGE)
    };
    let stroke = Stroke::new(sheet.px(width), line);
    sheet.ui.painter().rect(
        row,
        sheet.round(20.0),
        theme::CARD,
        stroke,
        StrokeKind::Inside,
    );
    let inner = row.shrink2(vec2(sheet.px(28.0), sheet.px(10.0)));
    let typed = form.field(at).as_str();
    let caret = if is_here { "|" } else { "" };
    let shown = format!("{typed}{caret}");
    if !shown.is_empty() {
        sheet.text(inner, Type::Body, theme::INK, Align2::LEFT_CENTER, &shown);
    }
    touched.then_some(Touch::ContactField(at))
}
