//! A calibration as tables in a terminal. No picture is named.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{
    groups::{GROUPS, Group},
    labels::Labels,
    limits,
    proposal::{Calibration, FEWEST, Person, Proposed, Row, Rules, unseen},
};
use crate::{
    checks::{Force, Limit, words},
    cli::{
        columns::{pad, pad_left, width},
        quantiles::{percent, percentile},
        report::name,
        table::Ink,
    },
    lang::{Lang, Text},
    profile::CheckId,
};

const HEAD: [Text; 9] = [
    Text::new("检查项", "check"),
    Text::new("测得", "measured"),
    Text::new("5 %", "5 %"),
    Text::new("50 %", "50 %"),
    Text::new("95 %", "95 %"),
    Text::new("现限值", "limit"),
    Text::new("不合格", "refuses"),
    Text::new("建议限值", "proposed"),
    Text::new("不合格", "refuses"),
];
const ADVICE: Text = Text::new("（建议项）", " (advice)");
const FIXED: Text = Text::new("固定", "fixed");
const SAME: Text = Text::new("不变", "same");
const TOO_FEW: Text = Text::new("数量不足", "too few");
const PROVES_NOTHING: Text = Text::new(
    "只有 {} 张可判断的照片，不足 {} 张：说明不了什么，不提出限值。",
    "Only {} pictures could be judged, fewer than {}: that proves nothing, and nothing is proposed.",
);
const RULE: Text = Text::new(
    "限值使合格的人不超过 3 % 被拒时不变；否则放宽到刚好做到，向外取两位数字，最多比国标配置宽一半（歪头最多 8°）。",
    "A limit that refuses at most 3 % stays. Another one is loosened until it does, to two digits, and at most half beyond the standard profile's (roll: 8°).",
);
const BOUND: Text = Text::new(
    "* 已放宽到头，仍拒绝过多：把这项列为建议项（advisory）。",
    "* As loose as allowed, and it still refuses too many: keep this check on the advisory list.",
);
const UNSEEN: Text = Text::new(
    "{} 张中一张也不拒绝的检查，对所有人仍可能拒绝至多 {}（20 次中有 19 次）。",
    "A check that refuses none of {} pictures may still refuse up to {} of all people (19 times in 20).",
);
const ACCEPTED: Text = Text::new(
    "可调的必查项全部通过（不看构图、背景和文件）：现在 {} / {}，按建议 {} / {}",
    "All adjustable required checks pass (framing, backdrop and file aside): {} of {} today, {} of {} as proposed",
);
const GROUP_HEAD: [Text; 5] = [
    Text::new("人群", "group"),
    Text::new("照片", "pictures"),
    Text::new("现在通过", "pass today"),
    Text::new("按建议通过", "as proposed"),
    Text::new("按建议仍不合格", "still refused by"),
];
const UNLIKE: Text = Text::new(
    "! 这项在这个人群中拒绝超过 5 %：查看是哪些照片，或列为建议项。",
    "! This check refuses more than 5 % of this group: look at who they are, or keep it on the advisory list.",
);
/// The size of a group, and the share of it that a check may refuse unmarked.
const GROUP: (usize, f32) = (20, 0.05);

pub fn too_few(judged: usize, lang: Lang) -> String {
    filled(
        PROVES_NOTHING,
        lang,
        &[judged.to_string(), FEWEST.to_string()],
    )
}

/// Prints the table of checks, what it means, and the groups where people were labelled.
pub fn print(
    calibration: &Calibration,
    lang: Lang,
    ink: Ink,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows = calibration.rows.iter().map(|row| cells(row, lang));
    write_table(&HEAD.map(|text| text.get(lang).to_owned()), rows, ink, out)?;
    writeln!(out, "\n{}", RULE.get(lang))?;
    let at_bound = |row: &Row| matches!(row.proposed, Proposed::AtBound { .. });
    if calibration.rows.iter().any(at_bound) {
        writeln!(out, "{}", BOUND.get(lang))?;
    }
    let all = calibration.all();
    let share = format!("{:.1} %", 100.0 * unseen(all.len()));
    writeln!(
        out,
        "{}\n",
        filled(UNSEEN, lang, &[all.len().to_string(), share])
    )?;
    let [today, proposed] =
        [Rules::Today, Rules::Proposed].map(|rules| calibration.accepted(&all, rules));
    let counts = [today, all.len(), proposed, all.len()].map(|count| count.to_string());
    writeln!(out, "{}", ink.bold(&filled(ACCEPTED, lang, &counts)))?;
    if all.iter().any(|person| person.labels != Labels::default()) {
        print_groups(calibration, lang, ink, out)?;
    }
    Ok(())
}

/// Prints the files that would still be refused, only on request.
pub fn print_refused(calibration: &Calibration, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    for person in &calibration.people {
        let by = calibration.refusals(person, Rules::Proposed);
        if !by.is_empty() {
            let names: Vec<String> = by.into_iter().map(name).collect();
            writeln!(out, "{}  {}", person.name, names.join(" "))?;
        }
    }
    Ok(())
}

fn cells(row: &Row, lang: Lang) -> Vec<String> {
    let force = match row.force {
        Force::Required => "",
        Force::Advice => ADVICE.get(lang),
    };
    let at = |share| number(percentile(&row.values, share));
    let (limit, refused) = proposed(row, lang);
    vec![
        format!("{}{force}", name(row.id)),
        row.values.len().to_string(),
        at(0.05),
        at(0.5),
        at(0.95),
        range(row.id, row.today),
        row.refused.to_string(),
        limit,
        refused,
    ]
}

fn proposed(row: &Row, lang: Lang) -> (String, String) {
    let same = row.refused.to_string();
    match row.proposed {
        Proposed::Fixed => (FIXED.get(lang).to_owned(), same),
        Proposed::TooFew => (TOO_FEW.get(lang).to_owned(), String::new()),
        Proposed::Same => (SAME.get(lang).to_owned(), same),
        Proposed::Looser { limit, refused } => (range(row.id, limit), refused.to_string()),
        Proposed::AtBound { limit, refused } => (range(row.id, limit), format!("{refused} *")),
    }
}

fn range(id: CheckId, limit: Limit) -> String {
    let shown = limits::of(id).map_or(limit, |adjustable| adjustable.shown(limit));
    words::range_in(shown, number)
}

/// Writes up to three decimals where they matter: some limits are hundredths.
fn number(value: f32) -> String {
    if value.is_nan() {
        return "?".to_owned();
    }
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.to_owned()
}

fn print_groups(
    calibration: &Calibration,
    lang: Lang,
    ink: Ink,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out)?;
    let rows: Vec<Vec<String>> = GROUPS
        .iter()
        .filter_map(|group| group_cells(calibration, group, lang))
        .collect();
    let unlike = rows.iter().flatten().any(|cell| cell.contains('!'));
    write_table(
        &GROUP_HEAD.map(|text| text.get(lang).to_owned()),
        rows.into_iter(),
        ink,
        out,
    )?;
    if unlike {
        writeln!(out, "{}", UNLIKE.get(lang))?;
    }
    Ok(())
}

/// Returns a group's cells; `None` for a group without members.
fn group_cells(calibration: &Calibration, group: &Group, lang: Lang) -> Option<Vec<String>> {
    let members = calibration.of_group(group);
    if members.is_empty() {
        return None;
    }
    let passing = |rules| {
        let accepted = calibration.accepted(&members, rules);
        format!("{accepted} ({})", percent(accepted, members.len()))
    };
    Some(vec![
        group.name.get(lang).to_owned(),
        members.len().to_string(),
        passing(Rules::Today),
        passing(Rules::Proposed),
        still_refused(calibration, &members),
    ])
}

/// Lists each check with the number of people it refuses; one that refuses a large group too often
/// is marked.
fn still_refused(calibration: &Calibration, members: &[&Person]) -> String {
    let mut counts = BTreeMap::<CheckId, usize>::new();
    for person in members {
        for id in calibration.refusals(person, Rules::Proposed) {
            *counts.entry(id).or_default() += 1;
        }
    }
    let (fewest, most) = GROUP;
    let told = counts.into_iter().map(|(id, count)| {
        let unlike = members.len() >= fewest && count as f32 > most * members.len() as f32;
        format!("{} {count}{}", name(id), if unlike { "!" } else { "" })
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Writes a table: the first and the last column are left-aligned, the numbers between them
/// right-aligned.
fn write_table(
    head: &[String],
    rows: impl Iterator<Item = Vec<String>>,
    ink: Ink,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows: Vec<Vec<String>> = rows.collect();
    let widths: Vec<usize> = (0..head.len())
        .map(|at| {
            let cells = rows
                .iter()
                .filter_map(|row| row.get(at))
                .chain(head.get(at));
            cells.map(|cell| width(cell)).max().unwrap_or_default()
        })
        .collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, to))| {
            if at == 0 || at + 1 == row.len() {
                pad(cell, *to)
            } else {
                pad_left(cell, *to)
            }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        line.trim_end().to_owned()
    };
    writeln!(out, "{}", ink.bold(&line(head)))?;
    for row in &rows {
        writeln!(out, "{}", line(row))?;
    }
    Ok(())
}

/// Returns the text with each `{}` replaced in turn.
pub fn filled(text: Text, lang: Lang, values: &[String]) -> String {
    let fill = |text: String, value: &String| text.replacen("{}", value, 1);
    values.iter().fold(text.get(lang).to_owned(), fill)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::calibrate::proposal::tests::people, profile::Profile};

    fn printed(id: CheckId, values: impl IntoIterator<Item = f32>, lang: Lang) -> String {
        let people = people(id, values);
        let calibration = Calibration::new(people, &Profile::standard_99()).unwrap();
        let mut out = vec![];
        print(&calibration, lang, Ink::Plain, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn line<'t>(text: &'t str, starting: &str) -> &'t str {
        text.lines()
            .find(|line| line.starts_with(starting))
            .unwrap()
    }

    #[test]
    fn a_row_tells_values_both_limits_and_their_refusals() {
        let values = (0..100_u8).map(|n| if n < 95 { 2.0 } else { 7.2 });
        let text = printed(CheckId::Roll, values, Lang::En);
        let cells: Vec<&str> = line(&text, "roll").split_whitespace().collect();
        assert_eq!(
            cells,
            ["roll", "100", "2", "2", "2", "±", "6", "5", "±", "7.2", "0"]
        );
        assert!(line(&text, "dpi").contains("fixed"), "{text}");
        assert!(
            text.contains("95 of 100 today, 100 of 100 as proposed"),
            "{text}"
        );
        assert!(text.contains("up to 3.0 %"), "{text}");
        assert!(!text.contains(".jpg"), "no file is named: {text}");
    }

    #[test]
    fn a_limit_at_its_bound_is_marked_and_explained_in_both_languages() {
        for (lang, advisory) in [
            (Lang::Zh, "建议项（advisory）"),
            (Lang::En, "advisory list"),
        ] {
            let text = printed(CheckId::Roll, (0..40_u8).map(f32::from), lang);
            assert!(line(&text, "roll").ends_with("31 *"), "{text}");
            assert!(text.contains(advisory), "{text}");
        }
    }

    #[test]
    fn groups_are_compared_and_one_that_is_refused_more_often_is_marked() {
        // Every other person is a woman, whose heads lean.
        let values = (0..80_u8).map(|n| if n % 2 == 0 || n < 50 { 1.0 } else { 20.0 });
        let text = printed(CheckId::Roll, values, Lang::En);
        let [men, women] = ["men", "women"].map(|group| line(&text, group));
        assert!(men.contains("40 (100.0 %)") && !men.contains('!'), "{men}");
        assert!(women.ends_with("roll 15!"), "{women}");
        assert!(
            !text.contains("dark skin"),
            "nobody was labelled so: {text}"
        );
    }

    #[test]
    fn columns_stand_below_each_other_in_chinese_too() {
        let text = printed(CheckId::Roll, (0..40_u8).map(f32::from), Lang::Zh);
        let ends: Vec<usize> = text
            .lines()
            .take(3)
            .map(|line| {
                let measured = line.find("测得").map(|at| at + "测得".len());
                let end = measured.or_else(|| line.find("40").map(|at| at + 2));
                width(line.get(..end.unwrap()).unwrap())
            })
            .collect();
        assert!(ends.iter().all(|end| *end == ends[0]), "{text}");
    }
}
