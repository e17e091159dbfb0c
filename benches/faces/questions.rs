//! The questions about each check: whom it must let pass, and what it must refuse.

use std::fmt::Write as _;

use capture_station::{
    checks::Force,
    cli::{
        calibrate::{
            groups::{GROUPS, Group},
            labels::Labels,
        },
        quantiles::{percent, percentile},
    },
    lang::Text,
    profile::CheckId,
};

use crate::Judged;

/// One check against the labels: the pictures that it should accept, and those that it clearly
/// should not.
struct Question {
    id: CheckId,
    fine: fn(&Labels) -> bool,
    faulty: fn(&Labels) -> bool,
}

const fn question(id: CheckId, fine: fn(&Labels) -> bool, faulty: fn(&Labels) -> bool) -> Question {
    Question { id, fine, faulty }
}

const QUESTIONS: [Question; 29] = [
    question(
        CheckId::OneFace,
        |l| l.is("faces", "1"),
        |l| !l.is("faces", "1"),
    ),
    question(CheckId::Upright, always, never),
    question(
        CheckId::HeadWhole,
        |l| l.is("head_cut", "n"),
        |l| l.is("head_cut", "y"),
    ),
    question(
        CheckId::Roll,
        |l| l.is("roll", "0"),
        |l| l.number("roll_deg").is_some_and(|r| r.abs() > 8.0),
    ),
    question(
        CheckId::Yaw,
        |l| l.is("frontal_yaw", "0"),
        |l| l.is("frontal_yaw", "2"),
    ),
    question(CheckId::Pitch, is_level, |l| {
        l.is("pitch", "up") || l.is("pitch", "down")
    }),
    question(
        CheckId::EyesOpen,
        |l| l.is("eyes_open", "y"),
        |l| l.is("eyes_open", "n"),
    ),
    question(
        CheckId::Gaze,
        |l| l.is("gaze_camera", "y") && l.is("frontal_yaw", "0"),
        |l| l.is("gaze_camera", "n"),
    ),
    question(
        CheckId::MouthClosed,
        |l| l.is("mouth", "closed"),
        |l| l.is("mouth", "teeth"),
    ),
    question(
        CheckId::Expression,
        |l| l.is("expression", "neutral") && l.is("mouth", "closed"),
        |l| l.is("expression", "smile"),
    ),
    question(
        CheckId::GlassesGlare,
        |l| !l.is("glasses", "glare"),
        |l| l.is("glasses", "glare"),
    ),
    question(
        CheckId::EyesClear,
        |l| l.is("hair_over_brows", "n") && l.is("hair_over_eyes", "n"),
        |l| l.is("hair_over_brows", "y") || l.is("hair_over_eyes", "y"),
    ),
    question(
        CheckId::EarsSeen,
        |l| l.is("ears", "both"),
        |l| l.is("ears", "none"),
    ),
    question(CheckId::FaceBrightness, |l| l.is("light", "even"), never),
    question(
        CheckId::Evenness,
        |l| l.is("light", "even") && l.is("frontal_yaw", "0"),
        |l| l.is("light", "harsh"),
    ),
    question(CheckId::UnderExposure, |l| l.is("light", "even"), never),
    question(CheckId::OverExposure, |l| l.is("light", "even"), never),
    question(CheckId::Shine, |l| l.is("light", "even"), never),
    question(CheckId::SkinColour, |l| l.is("light", "even"), never),
    question(
        CheckId::Sharpness,
        |l| l.is("sharp", "y"),
        |l| l.is("sharp", "n"),
    ),
    question(CheckId::Noise, |l| l.is("sharp", "y"), never),
    question(CheckId::Contrast, always, never),
    question(CheckId::Blocks, always, never),
    question(CheckId::DateStamp, always, never),
    question(CheckId::Recaptured, always, never),
    question(
        CheckId::HeadCovering,
        |l| l.is("headcover", "n"),
        |l| l.is("headcover", "hat"),
    ),
    question(
        CheckId::Stretched,
        |l| l.is("pitch", "level") && l.is("frontal_yaw", "0"),
        never,
    ),
    question(
        CheckId::Sunglasses,
        |l| l.is("faces", "1") && !l.is("glasses", "tinted"),
        |l| l.is("glasses", "tinted"),
    ),
    question(
        CheckId::MouthCovered,
        |l| l.is("faces", "1") && !l.is("mouth", ""),
        |l| l.is("faces", "1") && l.is("mouth", ""),
    ),
];

fn always(_: &Labels) -> bool {
    true
}

fn never(_: &Labels) -> bool {
    false
}

/// Returns whether the head is level by both gradings, where there is a second.
fn is_level(l: &Labels) -> bool {
    let agreed = l.number("pitch5").is_none_or(|second| second == 0.0);
    l.is("pitch", "level") && agreed && l.is("frontal_yaw", "0")
}

/// Checks that depend on the crop, not on the person.
const FRAMING: [CheckId; 5] = [
    CheckId::HeadWhole,
    CheckId::Crown,
    CheckId::EyeLine,
    CheckId::FaceWidth,
    CheckId::Centred,
];
/// Checks that depend on the file.
const OF_THE_FILE: [CheckId; 12] = [
    CheckId::Size,
    CheckId::FileBytes,
    CheckId::Quality,
    CheckId::Dpi,
    CheckId::Colour,
    CheckId::Trailing,
    CheckId::MarkedByHand,
    CheckId::Blocks,
    CheckId::Upright,
    CheckId::Stretched,
    CheckId::DateStamp,
    CheckId::Recaptured,
];

pub fn tables(judged: &[Judged]) -> String {
    let people: Vec<&Judged> = judged.iter().collect();
    format!(
        "{}\n{}\n{}",
        accepted(&people),
        errors(&people),
        by_group(&people)
    )
}

fn members<'j>(judged: &[&'j Judged], group: Group) -> Vec<&'j Judged> {
    let members = judged.iter().filter(|one| (group.holds)(&one.labels));
    members.copied().collect()
}

/// Returns whether every required check of the face itself passes.
fn passes(one: &Judged) -> bool {
    refusals(one).next().is_none()
}

fn refusals(one: &Judged) -> impl Iterator<Item = CheckId> {
    one.checks
        .iter()
        .filter(|check| {
            let id = check.id;
            let is_of_face =
                !FRAMING.contains(&id) && !OF_THE_FILE.contains(&id) && !id.is_of_backdrop();
            check.refuses() && is_of_face
        })
        .map(|check| check.id)
}

fn accepted(people: &[&Judged]) -> String {
    let mut text = String::from(
        "| passport-like pictures | all required face checks pass, framing aside | refused by |\n|---|---|---|\n",
    );
    let takeable: Vec<&Judged> = people
        .iter()
        .copied()
        .filter(|one| one.labels.is("passport_like", "y"))
        .collect();
    let all = Group {
        name: Text::new("全部", "all"),
        holds: |_| true,
    };
    for group in std::iter::once(all).chain(GROUPS) {
        let members = members(&takeable, group);
        let passing = members.iter().filter(|one| passes(one)).count();
        let mut counts = std::collections::BTreeMap::new();
        for id in members.iter().flat_map(|one| refusals(one)) {
            *counts.entry(format!("{id:?}")).or_insert(0) += 1;
        }
        let by: Vec<String> = counts
            .iter()
            .map(|(id, count)| format!("{id} {count}"))
            .collect();
        writeln!(
            text,
            "| {} | {passing} of {} | {} |",
            group.name.en,
            members.len(),
            by.join(", ")
        )
        .unwrap();
    }
    text
}

fn value(one: &Judged, id: CheckId) -> Option<f32> {
    one.checks.iter().find(|check| check.id == id)?.value
}

fn fails(one: &Judged, id: CheckId) -> bool {
    one.checks.iter().any(|check| check.id == id && !check.pass)
}

fn spread(people: &[&Judged], id: CheckId) -> String {
    let values: Vec<f32> = people.iter().filter_map(|one| value(one, id)).collect();
    let at = |share| percentile(&values, share);
    format!("{:.3} / {:.3} / {:.3}", at(0.05), at(0.5), at(0.95))
}

fn errors(people: &[&Judged]) -> String {
    let mut text = String::from(
        "| check | fine, refused | faulty, missed | values 5 / 50 / 95 %: fine | faulty | |\n|---|---|---|---|---|---|\n",
    );
    for question in &QUESTIONS {
        let pick = |test: fn(&Labels) -> bool| -> Vec<&Judged> {
            people
                .iter()
                .copied()
                .filter(|one| test(&one.labels))
                .collect()
        };
        let (fine, faulty) = (pick(question.fine), pick(question.faulty));
        let refused = fine.iter().filter(|one| fails(one, question.id)).count();
        let missed = faulty.iter().filter(|one| !fails(one, question.id)).count();
        let force = people
            .iter()
            .find_map(|one| one.checks.iter().find(|c| c.id == question.id))
            .map_or("", |c| match c.force {
                Force::Required => "required",
                Force::Advice => "advice",
            });
        writeln!(
            text,
            "| {:?} | {refused} of {} ({}) | {missed} of {} | {} | {} | {force} |",
            question.id,
            fine.len(),
            percent(refused, fine.len()),
            faulty.len(),
            spread(&fine, question.id),
            spread(&faulty, question.id)
        )
        .unwrap();
    }
    text
}

/// Lists the acceptable pictures that are refused, check by check, in each group.
fn by_group(people: &[&Judged]) -> String {
    let names: Vec<&str> = GROUPS.iter().map(|group| group.name.en).collect();
    let mut text = format!(
        "| fine, refused | {} |\n|---|{}\n",
        names.join(" | "),
        "---|".repeat(names.len())
    );
    for question in &QUESTIONS {
        let fine: Vec<&Judged> = people
            .iter()
            .copied()
            .filter(|one| (question.fine)(&one.labels))
            .collect();
        write!(text, "| {:?} |", question.id).unwrap();
        for group in GROUPS {
            let members = members(&fine, group);
            let refused = members.iter().filter(|one| fails(one, question.id)).count();
            write!(text, " {refused} of {} |", members.len()).unwrap();
        }
        text.push('\n');
    }
    text
}
