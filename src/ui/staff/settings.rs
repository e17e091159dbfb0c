//! What an operator may change: sound, speech, the language and size a visitor meets first, and the
//! panel's size.

use egui::{Align2, Rect, vec2};

use super::say;
use crate::{
    lang::{Lang, Text},
    session::{
        Session, TextSize, Touch,
        desk::DeskTouch,
        practice::Practice,
        settings::{Change, REFERENCE_PANEL, Settings, Speech, Volume},
    },
    ui::{
        View,
        area::{self, Cut},
        sheet::{Call, Sheet},
        theme::{self, Type},
        words,
    },
};

/// Pixels per millimetre on the reference panel, at 1080 wide.
const PX_PER_MM: f32 = 4.03;
/// ISO/IEC 7810: a bank card's longer side.
const CARD_MM: f32 = 85.6;

pub fn settings_ui(sheet: &mut Sheet<'_>, mut rest: Rect, view: &View<'_>) -> Option<Touch> {
    let settings = *view.session.settings();
    let bar = rest.cut_bottom(sheet.px(150.0));
    rest.cut_bottom(sheet.px(20.0));
    let mut rows = rows(settings);
    rows.push((say::SET_PRACTICE, practice(view.session).into()));
    let tall = sheet.px(150.0).min(rest.height() / (rows.len() + 1) as f32);
    let mut touch = None;
    for (name, choices) in &rows {
        let mut row = rest.cut_top(tall);
        row.cut_bottom(sheet.px(18.0));
        touch = touch.or(row_ui(sheet, row, *name, choices));
    }
    let mut row = rest.cut_top(tall);
    row.cut_bottom(sheet.px(18.0));
    let panel = panel_ui(sheet, row, settings);
    bar_ui(sheet, bar, settings);
    touch.or(panel.map(DeskTouch::Set)).map(Touch::Desk)
}

/// One option of a setting: its word, what a touch does, and whether it is chosen now.
struct Choice {
    word: Text,
    touch: DeskTouch,
    is_set: bool,
}

fn practice(session: &Session) -> [Choice; 2] {
    let choice = |word, practice, is_set| Choice {
        word,
        touch: DeskTouch::Practise(practice),
        is_set,
    };
    let practises = session.practises();
    [
        choice(say::SET_ON, Practice::On, practises),
        choice(say::SET_OFF, Practice::Off, !practises),
    ]
}

fn rows(settings: Settings) -> Vec<(Text, Vec<Choice>)> {
    let volume = |volume: Volume| Choice {
        word: match volume {
            Volume::Silent => say::SET_SILENT,
            Volume::Soft => say::SET_SOFT,
            Volume::Usual => say::SET_USUAL,
        },
        touch: DeskTouch::Set(Change::Volume(volume)),
        is_set: settings.volume == volume,
    };
    let speech = |word, speech| Choice {
        word,
        touch: DeskTouch::Set(Change::Speech(speech)),
        is_set: settings.speech == speech,
    };
    let lang = |word, lang| Choice {
        word,
        touch: DeskTouch::Set(Change::Lang(lang)),
        is_set: settings.lang == lang,
    };
    let size = |word, size| Choice {
        word,
        touch: DeskTouch::Set(Change::TextSize(size)),
        is_set: settings.text_size == size,
    };
    vec![
        (say::SET_VOLUME, Volume::ALL.map(volume).into()),
        (
            say::SET_SPEECH,
            vec![
                speech(say::SET_ON, Speech::On),
                speech(say::SET_OFF, Speech::Off),
            ],
        ),
        (
            say::SET_LANG,
            vec![
                lang(say::SET_CHINESE, Lang::Zh),
                lang(say::SET_ENGLISH, Lang::En),
            ],
        ),
        (
            say::SET_TYPE,
            vec![
                size(words::USUAL_TYPE, TextSize::Usual),
                size(words::LARGE_TYPE, TextSize::Large),
            ],
        ),
    ]
}

fn row_ui(
    sheet: &mut Sheet<'_>,
    mut row: Rect,
    name: Text,
    choices: &[Choice],
) -> Option<DeskTouch> {
    let label = row.cut_left(row.width() * 0.28);
    let word = sheet.word(name);
    sheet.text(label, Type::Body, theme::INK, Align2::LEFT_CENTER, word);
    let mut touch = None;
    for (i, choice) in choices.iter().enumerate() {
        let cell = area::column(row, choices.len(), sheet.px(16.0), i);
        let call = if choice.is_set {
            Call::Primary
        } else {
            Call::Secondary
        };
        if sheet.button(cell, call, None, sheet.word(choice.word)) {
            touch = Some(choice.touch);
        }
    }
    touch
}

fn panel_ui(sheet: &mut Sheet<'_>, mut row: Rect, settings: Settings) -> Option<Change> {
    const TENTHS: f32 = 10.0;
    let label = row.cut_left(row.width() * 0.28);
    let word = sheet.word(say::SET_PANEL);
    sheet.text(label, Type::Body, theme::INK, Align2::LEFT_CENTER, word);
    let gap = sheet.px(16.0);
    let cell = |i| area::column(row, 3, gap, i);
    let word = sheet.word(say::SET_SMALLER);
    let smaller = sheet.button(cell(0), Call::Secondary, None, word);
    let inches = f32::from(settings.panel_tenths) / TENTHS;
    let inches = words::with(say::SET_INCHES, sheet.lang, format!("{inches:.1}"));
    let align = Align2::CENTER_CENTER;
    sheet.text(cell(1), Type::Body, theme::INK, align, &inches);
    let word = sheet.word(say::SET_LARGER);
    let larger = sheet.button(cell(2), Call::Secondary, None, word);
    let smaller = smaller.then_some(Change::Panel(-1));
    smaller.or(larger.then_some(Change::Panel(1)))
}

/// Draws a bar that is as long as a bank card if the panel has the configured size.
fn bar_ui(sheet: &mut Sheet<'_>, mut place: Rect, settings: Settings) {
    let panel = f32::from(REFERENCE_PANEL) / f32::from(settings.panel_tenths);
    let length = sheet.px(CARD_MM * PX_PER_MM * panel).min(place.width());
    let lower = place.cut_bottom(sheet.px(56.0));
    let bar = area::middle(lower, vec2(length, sheet.px(40.0)));
    let round = sheet.round(6.0);
    sheet.ui.painter().rect_filled(bar, round, theme::BLUE);
    let align = Align2::CENTER_CENTER;
    let word = sheet.word(say::SET_PANEL_MORE);
    sheet.text(place, Type::Small, theme::INK_SOFT, align, word);
}
