//! The screen at rest: dark, with a few words that wander so that nothing burns in. Any touch
//! brings the attract screen back.

use std::{f32::consts::TAU, time::Duration};

use egui::{Align2, Rect, Vec2, vec2};

use super::{
    View,
    area::{self, Cut},
    icons::Icon,
    sheet::Sheet,
    theme::{self, Type},
    words,
};
use crate::lang::Lang;

/// Redrawn so rarely that an idle booth needs next to no power.
pub const STEP: Duration = Duration::from_secs(1);

pub fn saver_ui(sheet: &mut Sheet<'_>, view: &View<'_>) {
    let full = sheet.full;
    sheet.ui.painter().rect_filled(full, 0.0, theme::INK);
    let size = vec2(sheet.px(900.0), sheet.px(520.0));
    let room = (full.size() - size).max(Vec2::ZERO);
    let seconds = view.now.mono.as_duration().as_secs();
    let mut block = Rect::from_min_size(full.min + room * wander(seconds), size);
    let camera = block.cut_top(sheet.px(120.0));
    sheet.icon(camera, Icon::Camera, theme::INK_FAINT);
    block.cut_top(sheet.px(36.0));
    let title = words::TITLE.get(Lang::Zh);
    let place = block.cut_top(sheet.px(120.0));
    let align = Align2::CENTER_CENTER;
    sheet.text(place, Type::Display, theme::LINE, align, title);
    for lang in Lang::ALL {
        let place = block.cut_top(sheet.px(72.0));
        let word = words::TOUCH_TO_BEGIN.get(lang);
        sheet.text(place, Type::Heading, theme::INK_FAINT, align, word);
    }
    if let Some(batch) = view.session.batch() {
        let place = area::middle(block, block.size());
        sheet.text(place, Type::Body, theme::INK_FAINT, align, &batch.school);
    }
}

/// Returns where on the screen the words are, 0..=1 each way: a long walk that rarely comes back to
/// the same place.
fn wander(seconds: u64) -> Vec2 {
    const ACROSS_SECONDS: u64 = 241;
    const DOWN_SECONDS: u64 = 163;
    let turn = |period: u64| {
        let share = (seconds % period) as f32 / period as f32;
        0.5 - 0.5 * (share * TAU).cos()
    };
    vec2(turn(ACROSS_SECONDS), turn(DOWN_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_never_stay_and_never_leave_the_screen() {
        for seconds in 0..10_000 {
            let here = wander(seconds);
            assert!((0.0..=1.0).contains(&here.x) && (0.0..=1.0).contains(&here.y));
            let farthest = (1..60).map(|later| (here - wander(seconds + later)).length());
            assert!(farthest.fold(0.0, f32::max) > 0.2, "{seconds}");
        }
    }
}
