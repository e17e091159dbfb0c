//! The checks' findings on a finished photo, for its student: one line if everything is right, else
//! what is not, and what another photo could do better.

use egui::{Align2, Rect, vec2};

use super::{
    area::{self, Cut},
    icons::Icon,
    sheet::Sheet,
    theme::{self, Type},
    words,
};
use crate::{
    checks::{Check, Force, words::sentence},
    lang::Text,
    portrait::Standardised,
    profile::CheckId,
};

const COLUMNS: usize = 3;
/// More lines would not be read.
const MOST_ADVICE: usize = 3;

/// In design units.
const PAD: f32 = 20.0;
const ROW: f32 = 58.0;
/// The same with advice below.
const CLOSE_ROW: f32 = 46.0;
/// The one line.
const PASSED: f32 = 96.0;
const GAP: f32 = 12.0;
const MARK: f32 = 52.0;
const BULLET: f32 = 26.0;

/// The subject of several checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Position,
    Pose,
    EyesAndMouth,
    Light,
    Sharpness,
    Background,
    File,
}

impl Group {
    const ALL: [Self; 7] = [
        Self::Position,
        Self::Pose,
        Self::EyesAndMouth,
        Self::Light,
        Self::Sharpness,
        Self::Background,
        Self::File,
    ];

    const fn of(id: CheckId) -> Self {
        match id {
            CheckId::OneFace
            | CheckId::Upright
            | CheckId::HeadWhole
            | CheckId::MarkedByHand
            | CheckId::Crown
            | CheckId::EyeLine
            | CheckId::FaceWidth
            | CheckId::Centred => Self::Position,
            CheckId::Roll | CheckId::Yaw | CheckId::Pitch | CheckId::EarsSeen => Self::Pose,
            CheckId::EyesOpen
            | CheckId::Gaze
            | CheckId::MouthClosed
            | CheckId::Expression
            | CheckId::GlassesGlare
            | CheckId::EyesClear
            | CheckId::Sunglasses
            | CheckId::MouthCovered
            | CheckId::HeadCovering => Self::EyesAndMouth,
            CheckId::FaceBrightness
            | CheckId::Evenness
            | CheckId::UnderExposure
            | CheckId::OverExposure
            | CheckId::Shine
            | CheckId::RedEye
            | CheckId::SkinColour
            | CheckId::Contrast => Self::Light,
            CheckId::Sharpness | CheckId::Motion | CheckId::Noise => Self::Sharpness,
            CheckId::Background
            | CheckId::BackgroundColour
            | CheckId::BackgroundShadow
            | CheckId::BackgroundObjects
            | CheckId::ClothesContrast
            | CheckId::Rim => Self::Background,
            CheckId::Size
            | CheckId::Border
            | CheckId::Monochrome
            | CheckId::Blocks
            | CheckId::Stretched
            | CheckId::DateStamp
            | CheckId::Recaptured
            | CheckId::FileBytes
            | CheckId::Quality
            | CheckId::Dpi
            | CheckId::Colour
            | CheckId::Trailing => Self::File,
        }
    }

    const fn word(self) -> Text {
        match self {
            Self::Position => words::GROUP_POSITION,
            Self::Pose => words::GROUP_POSE,
            Self::EyesAndMouth => words::GROUP_EYES_AND_MOUTH,
            Self::Light => words::GROUP_LIGHT,
            Self::Sharpness => words::GROUP_SHARPNESS,
            Self::Background => words::GROUP_BACKGROUND,
            Self::File => words::GROUP_FILE,
        }
    }
}

/// Returns whether a student can do something about it in the chair; the rest is for the staff or
/// the booth.
const fn is_in_their_hands(id: CheckId) -> bool {
    match id {
        CheckId::OneFace
        | CheckId::HeadWhole
        | CheckId::Crown
        | CheckId::EyeLine
        | CheckId::FaceWidth
        | CheckId::Centred
        | CheckId::Roll
        | CheckId::Yaw
        | CheckId::Pitch
        | CheckId::EyesOpen
        | CheckId::Gaze
        | CheckId::MouthClosed
        | CheckId::Expression
        | CheckId::GlassesGlare
        | CheckId::EyesClear
        | CheckId::Sunglasses
        | CheckId::MouthCovered
        | CheckId::EarsSeen
        | CheckId::HeadCovering
        | CheckId::Shine
        | CheckId::Sharpness
        | CheckId::Motion
        | CheckId::BackgroundShadow
        | CheckId::BackgroundObjects
        | CheckId::ClothesContrast => true,
        CheckId::MarkedByHand
        | CheckId::Upright
        | CheckId::FaceBrightness
        | CheckId::Evenness
        | CheckId::UnderExposure
        | CheckId::OverExposure
        | CheckId::RedEye
        | CheckId::SkinColour
        | CheckId::Noise
        | CheckId::Background
        | CheckId::BackgroundColour
        | CheckId::Rim
        | CheckId::Border
        | CheckId::Monochrome
        | CheckId::Contrast
        | CheckId::Blocks
        | CheckId::Stretched
        | CheckId::DateStamp
        | CheckId::Recaptured
        | CheckId::Size
        | CheckId::FileBytes
        | CheckId::Quality
        | CheckId::Dpi
        | CheckId::Colour
        | CheckId::Trailing => false,
    }
}

/// Returns the groups that were checked, and whether each is right.
fn groups(checks: &[Check]) -> Vec<(Group, bool)> {
    let state = |group: Group| {
        let mut of_it = checks
            .iter()
            .filter(|c| Group::of(c.id) == group)
            .peekable();
        of_it.peek()?;
        Some((group, of_it.all(|check| check.pass)))
    };
    Group::ALL.into_iter().filter_map(state).collect()
}

/// Returns the advice that a student can follow, the first few.
fn advice(checks: &[Check]) -> impl Iterator<Item = &Check> {
    checks
        .iter()
        .filter(|check| !check.pass && check.force == Force::Advice && is_in_their_hands(check.id))
        .take(MOST_ADVICE)
}

/// Returns the lines of the unfolded card: the groups in which something is not right, and that the
/// rest is; `None` where everything is.
fn unfolded(portrait: &Standardised) -> Option<Vec<(Text, bool)>> {
    let groups = groups(&portrait.checks);
    let amber = groups.iter().filter(|(_, right)| !right);
    let mut lines: Vec<(Text, bool)> = amber.map(|(group, _)| (group.word(), false)).collect();
    if lines.is_empty() && words::background(portrait.background).is_none() {
        return None;
    }
    if groups.len() > lines.len() {
        lines.push((words::REST_PASSED, true));
    }
    Some(lines)
}

/// Draws the findings. Where room is short the last advice goes; type is never small.
pub fn findings_ui(sheet: &mut Sheet<'_>, place: Rect, portrait: &Standardised) {
    let Some(lines) = unfolded(portrait) else {
        return passed_ui(sheet, place);
    };
    sheet.card(place);
    let mut inner = place.shrink(sheet.px(PAD));
    let mut notes = Notes::new(sheet, inner.width(), portrait);
    let rows = rows_height(sheet, lines.len(), &notes);
    notes.keep(sheet, inner.height() - rows);
    notes.draw(sheet, &mut inner);
    groups_ui(sheet, inner.cut_top(rows), &lines);
}

/// Draws the one line of a photo on which everything is right.
fn passed_ui(sheet: &mut Sheet<'_>, mut place: Rect) {
    let mut line = place.cut_top(sheet.px(PASSED));
    sheet.panel(line, theme::GOOD_PALE, theme::GOOD_PALE);
    line.cut_left(sheet.px(PAD + MARK));
    mark(sheet, line, Icon::Tick, theme::GOOD);
    let word = sheet.word(words::ALL_PASSED);
    sheet.text(line, Type::Body, theme::INK, Align2::LEFT_CENTER, word);
}

/// Returns the height in points that [`findings_ui`] takes at this width to show everything.
pub fn findings_height(sheet: &Sheet<'_>, width: f32, portrait: &Standardised) -> f32 {
    let Some(lines) = unfolded(portrait) else {
        return sheet.px(PASSED);
    };
    let pads = sheet.px(PAD * 2.0);
    let notes = Notes::new(sheet, width - pads, portrait);
    pads + rows_height(sheet, lines.len(), &notes) + notes.height(sheet)
}

fn rows_height(sheet: &Sheet<'_>, lines: usize, notes: &Notes) -> f32 {
    let row = if notes.lines.is_empty() {
        ROW
    } else {
        CLOSE_ROW
    };
    sheet.px(row) * lines.div_ceil(COLUMNS) as f32
}

fn groups_ui(sheet: &mut Sheet<'_>, place: Rect, lines: &[(Text, bool)]) {
    let rows = lines.len().div_ceil(COLUMNS).max(1);
    let cells: Vec<(Rect, &str)> = lines
        .iter()
        .enumerate()
        .map(|(i, (word, _))| {
            let row = area::row(place, rows, 0.0, i / COLUMNS);
            let mut cell = area::column(row, COLUMNS, sheet.px(20.0), i % COLUMNS);
            cell.cut_left(sheet.px(MARK));
            (cell, sheet.word(*word))
        })
        .collect();
    let font = sheet.common_font(Type::Body, &cells);
    for ((cell, word), (_, right)) in cells.into_iter().zip(lines) {
        let (icon, colour) = if *right {
            (Icon::Tick, theme::GOOD)
        } else {
            (Icon::Info, theme::WARN)
        };
        mark(sheet, cell, icon, colour);
        sheet.text_in(cell, font.clone(), theme::INK, Align2::LEFT_CENTER, word);
    }
}

/// Draws an icon before the first line of `beside`.
fn mark(sheet: &Sheet<'_>, beside: Rect, icon: Icon, colour: egui::Color32) {
    let side = sheet.px(36.0);
    let left = beside.left() - sheet.px(MARK);
    let center = egui::pos2(left + side / 2.0, beside.center().y);
    sheet.icon(
        Rect::from_center_size(center, vec2(side, side)),
        icon,
        colour,
    );
}

/// Amber lines at the foot of the card: the note on the backdrop, and what another photo could do
/// better.
struct Notes {
    lines: Vec<Note>,
}

struct Note {
    text: &'static str,
    /// In points.
    height: f32,
    /// In design units; an indented line has a bullet.
    indent: f32,
}

impl Notes {
    fn new(sheet: &Sheet<'_>, width: f32, portrait: &Standardised) -> Self {
        let note = |text: &'static str, indent: f32| {
            let width = width - sheet.px(PAD * 2.0 + indent);
            let height = sheet.height_of(width, Type::Small, text);
            Note {
                text,
                height,
                indent,
            }
        };
        let backdrop = words::background(portrait.background);
        let title = advice(&portrait.checks).next();
        let title = title.map(|_| words::COULD_RETAKE);
        let plain = backdrop.into_iter().chain(title);
        let plain = plain.map(|text| note(sheet.word(text), 0.0));
        let advised = advice(&portrait.checks).map(|check| sentence(check, sheet.lang));
        Self {
            lines: plain
                .chain(advised.map(|text| note(text, BULLET)))
                .collect(),
        }
    }

    /// Returns their height with the space around them, in points; 0 if there are no notes.
    fn height(&self, sheet: &Sheet<'_>) -> f32 {
        let around = if self.lines.is_empty() {
            0.0
        } else {
            GAP * 3.0
        };
        let lines: f32 = self.lines.iter().map(|line| line.height).sum();
        lines + sheet.px(around)
    }

    /// Leaves out the last lines that do not fit into `height`.
    fn keep(&mut self, sheet: &Sheet<'_>, height: f32) {
        while !self.lines.is_empty() && self.height(sheet) > height {
            self.lines.pop();
        }
    }

    fn draw(&self, sheet: &mut Sheet<'_>, rest: &mut Rect) {
        if self.lines.is_empty() {
            return;
        }
        let mut panel = rest.cut_bottom(self.height(sheet));
        panel.cut_top(sheet.px(GAP));
        sheet.panel(panel, theme::WARN_PALE, theme::WARN_PALE);
        let mut inner = panel.shrink2(vec2(sheet.px(PAD), sheet.px(GAP)));
        for line in &self.lines {
            let mut place = inner.cut_top(line.height);
            let first = place.left_top() + vec2(BULLET / 3.0, 21.0) * sheet.unit;
            place.cut_left(sheet.px(line.indent));
            if line.indent > 0.0 {
                let painter = sheet.ui.painter();
                painter.circle_filled(first, sheet.px(5.0), theme::WARN);
            }
            let align = Align2::LEFT_TOP;
            sheet.text(place, Type::Small, theme::WARN, align, line.text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{Limit, Unit};

    fn right(id: CheckId) -> Check {
        Check::new(id, Some(0.0), Limit::at_most(1.0), Unit::Ratio)
    }

    fn advised(id: CheckId) -> Check {
        Check {
            force: Force::Advice,
            ..Check::new(id, Some(2.0), Limit::at_most(1.0), Unit::Ratio)
        }
    }

    #[test]
    fn every_group_has_checks_and_every_check_its_group() {
        for group in Group::ALL {
            let own = CheckId::ALL.iter().filter(|id| Group::of(**id) == group);
            assert!(own.count() >= 3, "{group:?}");
        }
        let all = CheckId::ALL.map(right);
        assert_eq!(groups(&all), Group::ALL.map(|group| (group, true)));
    }

    #[test]
    fn a_group_is_right_only_if_all_of_it_is_and_is_not_shown_unchecked() {
        let checks = [
            right(CheckId::Crown),
            advised(CheckId::Shine),
            right(CheckId::RedEye),
        ];
        assert_eq!(
            groups(&checks),
            [(Group::Position, true), (Group::Light, false)]
        );
    }

    #[test]
    fn advice_is_short_and_in_the_student_s_hands() {
        let checks = CheckId::ALL.map(advised);
        let told: Vec<CheckId> = advice(&checks).map(|check| check.id).collect();
        assert_eq!(told.len(), MOST_ADVICE);
        assert!(told.iter().all(|id| is_in_their_hands(*id)));
        let none = [advised(CheckId::Noise), right(CheckId::Shine)];
        assert_eq!(advice(&none).count(), 0);
    }
}
