//! Prints one picture's judgement as a table in a terminal: what is refused, what is advised, what
//! is right, and the verdict.

use std::{
    env,
    io::{self, IsTerminal, Write},
};

use super::{
    columns::{pad, pad_left},
    report::{Report, Row, Standing, name},
};
use crate::lang::{Lang, Text};

/// Whether colours may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Plain,
    Coloured,
}

impl Ink {
    /// Returns colours only for a terminal, and not where `NO_COLOR` forbids them
    /// (<https://no-color.org>).
    pub fn of_stdout() -> Self {
        let forbidden = env::var_os("NO_COLOR").is_some_and(|said| !said.is_empty());
        if io::stdout().is_terminal() && !forbidden {
            Self::Coloured
        } else {
            Self::Plain
        }
    }

    pub fn bold(self, text: &str) -> String {
        self.set("1", text)
    }

    pub fn faint(self, text: &str) -> String {
        self.set("2", text)
    }

    pub fn of(self, standing: Standing, text: &str) -> String {
        let colour = match standing {
            Standing::Refused => "31",
            Standing::Advice => "33",
            Standing::Right => "32",
        };
        self.set(colour, text)
    }

    fn set(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Coloured => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}

const REMARKS: Text = Text::new("说明", "Remarks");

/// Prints three groups, one line per check, remarks on the file, and the verdict in words.
pub fn print(report: &Report, lang: Lang, ink: Ink, out: &mut dyn Write) -> io::Result<()> {
    let table = Table::around(report, ink);
    for standing in [Standing::Refused, Standing::Advice, Standing::Right] {
        let mut rows = report.rows(standing).peekable();
        if rows.peek().is_some() {
            writeln!(out, "{}", ink.bold(title(standing).get(lang)))?;
            for row in rows {
                writeln!(out, "{}", table.line(row))?;
            }
            writeln!(out)?;
        }
    }
    if !report.remarks.is_empty() {
        writeln!(out, "{}", ink.bold(REMARKS.get(lang)))?;
        for remark in &report.remarks {
            writeln!(out, "  {remark}")?;
        }
        writeln!(out)?;
    }
    let standing = standing(report);
    let verdict = ink.of(standing, &verdict(report, lang));
    writeln!(out, "{}", ink.bold(&verdict))
}

/// Returns the standing of a picture as a whole.
pub const fn standing(report: &Report) -> Standing {
    if report.pass {
        Standing::Right
    } else {
        Standing::Refused
    }
}

/// Returns the judgement in words: 合格, 合格（建议 1 项）, 不合格：2 项.
pub fn verdict(report: &Report, lang: Lang) -> String {
    let refused = report.rows(Standing::Refused).count();
    let advised = report.rows(Standing::Advice).count();
    match (lang, report.pass) {
        (Lang::Zh | Lang::Third(_), true) if advised > 0 => format!("合格（建议 {advised} 项）"),
        (Lang::Zh | Lang::Third(_), true) => "合格".to_owned(),
        (Lang::Zh | Lang::Third(_), false) => format!("不合格：{refused} 项"),
        (Lang::En, true) if advised > 0 => format!("Acceptable, with advice: {advised}"),
        (Lang::En, true) => "Acceptable".to_owned(),
        (Lang::En, false) if refused == 1 => "Not acceptable: 1 check".to_owned(),
        (Lang::En, false) => format!("Not acceptable: {refused} checks"),
    }
}

pub const fn title(standing: Standing) -> Text {
    match standing {
        Standing::Refused => Text::new("不合格", "Refused"),
        Standing::Advice => Text::new("建议", "Advice"),
        Standing::Right => Text::new("合格", "Right"),
    }
}

pub const fn mark(standing: Standing) -> &'static str {
    match standing {
        Standing::Refused => "✗",
        Standing::Advice => "!",
        Standing::Right => "✓",
    }
}

/// Widths of the columns, so that all rows of a report are aligned.
struct Table {
    ink: Ink,
    name: usize,
    value: usize,
    unit: usize,
    limit: usize,
}

impl Table {
    fn around(report: &Report, ink: Ink) -> Self {
        let widest = |text: &dyn Fn(&Row) -> String| {
            let widths = report
                .checks
                .iter()
                .map(|row| super::columns::width(&text(row)));
            widths.max().unwrap_or_default()
        };
        Self {
            ink,
            name: widest(&|row| name(row.id)),
            value: widest(&Row::value_text),
            unit: widest(&|row| row.unit_text().to_owned()),
            limit: widest(&Row::limit_text),
        }
    }

    fn line(&self, row: &Row) -> String {
        let standing = row.standing();
        let value = format!(
            "{} {}",
            pad_left(&row.value_text(), self.value),
            pad(row.unit_text(), self.unit)
        );
        format!(
            "  {}  {}  {}  {}  {}",
            self.ink.of(standing, mark(standing)),
            pad(&name(row.id), self.name),
            self.ink.of(standing, &value),
            self.ink.faint(&pad(&row.limit_text(), self.limit)),
            row.text
        )
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::{
        checks::{Force, Limit, Unit},
        cli::{columns::width, report::Geometry},
        profile::CheckId,
    };

    /// Builds a report of checks by their standings.
    pub fn report(standings: &[(CheckId, Standing)]) -> Report {
        let row = |(id, standing): &(CheckId, Standing)| Row {
            id: *id,
            pass: *standing == Standing::Right,
            value: Some(f32::from(*id as u8) * 11.5),
            limit: Limit::at_most(100.0),
            unit: Unit::Px,
            force: match standing {
                Standing::Advice => Force::Advice,
                Standing::Refused | Standing::Right => Force::Required,
            },
            place: None,
            text: "眼睛 eyes",
        };
        Report {
            path: Some("照片.jpg".to_owned()),
            pass: standings.iter().all(|(_, s)| *s != Standing::Refused),
            checks: standings.iter().map(row).collect(),
            geometry: Geometry::default(),
            file: None,
            remarks: vec!["备注 remark".to_owned()],
            made: None,
        }
    }

    fn printed(report: &Report, lang: Lang, ink: Ink) -> String {
        let mut out = Vec::new();
        print(report, lang, ink, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    const MIXED: [(CheckId, Standing); 4] = [
        (CheckId::Size, Standing::Right),
        (CheckId::EyeLine, Standing::Refused),
        (CheckId::EarsSeen, Standing::Advice),
        (CheckId::Dpi, Standing::Refused),
    ];

    #[test]
    fn what_is_refused_stands_first_and_the_verdict_last() {
        let table = printed(&report(&MIXED), Lang::Zh, Ink::Plain);
        let at = |text: &str| {
            table
                .find(text)
                .unwrap_or_else(|| panic!("{text}: {table}"))
        };
        assert!(at("eye_line") < at("dpi") && at("dpi") < at("建议"));
        assert!(at("ears_seen") < at("size") && at("size") < at("备注"));
        assert!(table.trim_end().ends_with("不合格：2 项"), "{table}");
    }

    #[test]
    fn columns_stand_below_each_other() {
        let table = printed(&report(&MIXED), Lang::En, Ink::Plain);
        let sentences: Vec<usize> = table
            .lines()
            .filter_map(|line| line.find("眼睛").and_then(|at| line.get(..at)))
            .map(width)
            .collect();
        assert_eq!(sentences.len(), MIXED.len());
        assert!(sentences.iter().all(|at| *at == sentences[0]), "{table}");
    }

    #[test]
    fn the_verdict_is_said_in_both_languages() {
        let [right, advised, refused] = [
            &MIXED[..1],
            &[MIXED[0], MIXED[2]],
            &[MIXED[0], MIXED[1], MIXED[2]],
        ]
        .map(report);
        let said = |report: &Report| (verdict(report, Lang::Zh), verdict(report, Lang::En));
        assert_eq!(said(&right), ("合格".into(), "Acceptable".into()));
        assert_eq!(
            said(&advised),
            (
                "合格（建议 1 项）".into(),
                "Acceptable, with advice: 1".into()
            )
        );
        assert_eq!(
            said(&refused),
            ("不合格：1 项".into(), "Not acceptable: 1 check".into())
        );
    }

    #[test]
    fn without_colours_there_is_no_escape_code() {
        let report = report(&MIXED);
        assert!(!printed(&report, Lang::Zh, Ink::Plain).contains('\u{1b}'));
        assert!(printed(&report, Lang::Zh, Ink::Coloured).contains("\u{1b}[31m"));
    }
}
