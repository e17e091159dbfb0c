//! Exporting captures and importing receipts by stick.

use egui::{Align2, Rect, vec2};

use super::{call_for, lines, say};
use crate::{
    booth::duty::Deed,
    session::{
        Touch,
        desk::{Carrying, DeskTouch, Duty, Stick},
    },
    ui::{
        View,
        area::{self, Cut},
        icons::Icon,
        sheet::{Call, Sheet},
        theme::{self, Type},
        words,
    },
};

pub fn stick_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    view: &View<'_>,
    duty: &Duty,
    carrying: &Carrying,
) -> Option<Touch> {
    let word = sheet.word(say::STICK_MORE);
    sheet.paragraph(
        &mut rest,
        Type::Small,
        theme::INK_SOFT,
        sheet.px(24.0),
        word,
    );
    let texts = told(sheet, carrying);
    if !texts.is_empty() {
        told_ui(sheet, rest.cut_bottom(sheet.px(300.0)), carrying, &texts);
        rest.cut_bottom(sheet.px(24.0));
    }
    if view.sticks.is_empty() {
        nothing_ui(sheet, rest);
        return None;
    }
    let row = sheet.px(170.0);
    let mut touch = None;
    for stick in view.sticks {
        if rest.height() < row {
            break;
        }
        let mut place = rest.cut_top(row);
        place.cut_bottom(sheet.px(20.0));
        touch = touch.or(one_ui(sheet, place, duty, (stick, carrying)));
    }
    touch.map(Touch::Desk)
}

fn nothing_ui(sheet: &mut Sheet<'_>, rest: Rect) {
    let mut inner = area::middle(rest, vec2(rest.width(), sheet.px(300.0)));
    let sign = inner.cut_top(sheet.px(120.0));
    sheet.icon(sign, Icon::Disk, theme::INK_FAINT);
    inner.cut_top(sheet.px(24.0));
    let place = inner.cut_top(sheet.px(64.0));
    let align = Align2::CENTER_CENTER;
    let word = sheet.word(say::STICK_NONE);
    sheet.text(place, Type::Heading, theme::INK, align, word);
    let word = sheet.word(say::STICK_NONE_MORE);
    sheet.text(
        inner,
        Type::Small,
        theme::INK_SOFT,
        Align2::CENTER_TOP,
        word,
    );
}

fn one_ui(
    sheet: &mut Sheet<'_>,
    place: Rect,
    duty: &Duty,
    (stick, carrying): (&Stick, &Carrying),
) -> Option<DeskTouch> {
    const MB: u64 = 1_000_000;
    sheet.card(place);
    let mut inner = place.shrink2(vec2(sheet.px(32.0), sheet.px(20.0)));
    let mut acts = inner.cut_right(inner.width() * 0.62);
    let busy = matches!(
        carrying,
        Carrying::Copying { .. } | Carrying::Importing { .. }
    );
    let call = |deed, call| {
        if busy {
            Call::Later
        } else {
            call_for(duty, deed, call)
        }
    };
    let import = acts.cut_right(acts.width() * 0.5);
    acts.cut_right(sheet.px(20.0));
    let word = sheet.word(say::IMPORT);
    let calls = call(Deed::ImportReceipts, Call::Secondary);
    let import = sheet.button(import, calls, None, word);
    let word = sheet.word(say::EXPORT);
    let calls = call(Deed::Export, Call::Primary);
    let export = sheet.button(acts, calls, None, word);
    inner.cut_right(sheet.px(20.0));
    let upper = inner.cut_top(inner.height() * 0.55);
    let align = Align2::LEFT_CENTER;
    sheet.text(upper, Type::Body, theme::INK, align, &stick.name);
    let free = words::with(say::STICK_FREE, sheet.lang, stick.free_bytes / MB);
    sheet.text(inner, Type::Fine, theme::INK_SOFT, align, &free);
    let export = export.then_some(DeskTouch::Export(stick.number));
    export.or(import.then_some(DeskTouch::Import(stick.number)))
}

/// Returns progress or result, in lines.
fn told(sheet: &Sheet<'_>, carrying: &Carrying) -> Vec<String> {
    let some = |text, count: u64| (count > 0).then(|| words::with(text, sheet.lang, count));
    let lines = match carrying {
        Carrying::Nothing => vec![],
        Carrying::Copying { of: 0, .. } => vec![Some(sheet.word(say::COPYING).to_owned())],
        Carrying::Copying { done, of } => {
            let of = format!("{done} / {of}");
            vec![Some(words::with(say::COPYING_OF, sheet.lang, of))]
        }
        Carrying::Importing { of: 0, .. } => vec![Some(sheet.word(say::IMPORTING).to_owned())],
        Carrying::Importing { done, of } => {
            let of = format!("{done} / {of}");
            vec![Some(words::with(say::IMPORTED_OF, sheet.lang, of))]
        }
        Carrying::Exported {
            parcels,
            notes,
            bytes,
            skipped,
        } => {
            let sum = format!("{parcels} + {notes} ({} KB)", bytes.div_ceil(1024));
            vec![
                Some(words::with(say::EXPORTED, sheet.lang, sum)),
                some(say::SKIPPED, *skipped),
            ]
        }
        Carrying::Imported {
            delivered,
            known,
            refused,
        } => vec![
            Some(words::with(say::IMPORTED, sheet.lang, delivered)),
            some(say::KNOWN_BEFORE, *known),
            some(say::NOT_TAKEN, *refused),
        ],
        Carrying::NoReceipts => vec![Some(sheet.word(say::NO_RECEIPTS).to_owned())],
        Carrying::Gone => vec![Some(sheet.word(say::STICK_GONE).to_owned())],
        Carrying::Full => vec![Some(sheet.word(say::STICK_FULL).to_owned())],
        Carrying::ReadOnly => vec![Some(sheet.word(say::STICK_READ_ONLY).to_owned())],
        Carrying::Failed(why) => vec![Some(words::with(say::DID_FAIL, sheet.lang, why))],
    };
    lines.into_iter().flatten().collect()
}

fn told_ui(sheet: &mut Sheet<'_>, place: Rect, carrying: &Carrying, texts: &[String]) {
    let (fill, ink) = match carrying {
        Carrying::Nothing | Carrying::Copying { .. } | Carrying::Importing { .. } => {
            (theme::BLUE_PALE, theme::BLUE)
        }
        Carrying::Exported { .. } | Carrying::Imported { .. } => (theme::GOOD_PALE, theme::GOOD),
        Carrying::NoReceipts
        | Carrying::Gone
        | Carrying::Full
        | Carrying::ReadOnly
        | Carrying::Failed(_) => (theme::WARN_PALE, theme::WARN),
    };
    sheet.panel(place, fill, ink);
    let mut inner = place.shrink2(vec2(sheet.px(40.0), sheet.px(28.0)));
    if let Carrying::Copying { done, of } | Carrying::Importing { done, of } = carrying {
        let mut bar = inner.cut_bottom(sheet.px(28.0));
        let round = sheet.round(14.0);
        sheet.ui.painter().rect_filled(bar, round, theme::CARD);
        let share = *done as f32 / (*of).max(1) as f32;
        bar.max.x = bar.min.x + bar.width() * share;
        sheet.ui.painter().rect_filled(bar, round, theme::BLUE);
    }
    lines(sheet, &mut inner, Type::Body, theme::INK, texts);
}
