//! Many pictures: one line each, and at the end how many were acceptable and what refused the
//! others.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    io::{self, Write},
    process::ExitCode,
};

use super::{
    columns::{pad, pad_left, shorten, width},
    report::{Report, Standing, name},
    table::{self, Ink},
};
use crate::{
    lang::{Lang, Text},
    profile::CheckId,
};

const ACCEPTED: Text = Text::new("合格", "Accepted");
const REFUSED: Text = Text::new("不合格", "Refused");
const REFUSED_BY: Text = Text::new("不合格项", "Refused by");
const NOT_READ: Text = Text::new("无法读取", "Could not be read");
/// Longer names are cut off; in columns.
const LONGEST_NAME: usize = 48;

/// What was judged so far.
#[derive(Debug, Default)]
pub struct Tally {
    acceptable: usize,
    refused: usize,
    not_read: usize,
    /// How many files in the folders are not pictures, by their names.
    pub left_out: usize,
    refused_by: BTreeMap<CheckId, usize>,
}

impl Tally {
    pub fn count(&mut self, report: Option<&Report>) {
        match report {
            None => self.not_read += 1,
            Some(report) if report.pass => self.acceptable += 1,
            Some(report) => {
                self.refused += 1;
                for row in report.rows(Standing::Refused) {
                    *self.refused_by.entry(row.id).or_default() += 1;
                }
            }
        }
    }

    /// Returns 0 if all are acceptable, 1 if some are not, 2 if some could not be read.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match (self.not_read, self.refused) {
            (0, 0) => 0,
            (0, _) => 1,
            _ => 2,
        })
    }

    pub fn print(&self, lang: Lang, ink: Ink, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out)?;
        let all = self.acceptable + self.refused + self.not_read;
        let sum = match lang {
            Lang::Zh | Lang::Third(_) => format!("合格 {} / {all}", self.acceptable),
            Lang::En => format!("Acceptable: {} of {all}", self.acceptable),
        };
        writeln!(out, "{}", ink.bold(&sum))?;
        if self.not_read > 0 {
            writeln!(out, "{}: {}", NOT_READ.get(lang), self.not_read)?;
        }
        if self.left_out > 0 {
            writeln!(out, "{}", left_out(self.left_out, lang))?;
        }
        if !self.refused_by.is_empty() {
            writeln!(out, "{}", ink.bold(REFUSED_BY.get(lang)))?;
        }
        for (id, pictures) in self.most_first() {
            writeln!(out, "  {}  {id}", pad_left(&pictures.to_string(), 6))?;
        }
        Ok(())
    }

    fn most_first(&self) -> Vec<(String, usize)> {
        let mut by: Vec<_> = self.refused_by.iter().map(|(id, n)| (*id, *n)).collect();
        by.sort_by_key(|(id, pictures)| (Reverse(*pictures), *id));
        by.into_iter().map(|(id, n)| (name(id), n)).collect()
    }
}

/// Says how many other files are in the folders.
pub fn left_out(files: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh | Lang::Third(_) => {
            format!("文件夹中略过: {files}（文件名不是 JPEG 或 PNG，或是文件夹）")
        }
        Lang::En => {
            format!("Left out of the folders: {files} (not named as JPEG or PNG, or a folder)")
        }
    }
}

/// One line per picture; names are padded to the longest.
pub struct Lines {
    pub lang: Lang,
    pub ink: Ink,
    name: usize,
}

impl Lines {
    pub fn new<'a>(names: impl Iterator<Item = &'a str>, lang: Lang, ink: Ink) -> Self {
        let longest = names.map(width).max().unwrap_or_default();
        let name = longest.min(LONGEST_NAME);
        Self { lang, ink, name }
    }

    /// Writes verdict, name, and the checks that refused or advised.
    pub fn judged(&self, file: &str, report: &Report) -> String {
        let standing = table::standing(report);
        let names =
            |of: Standing| -> Vec<String> { report.rows(of).map(|row| name(row.id)).collect() };
        let (refused, advised) = (names(Standing::Refused), names(Standing::Advice));
        let advised = if advised.is_empty() {
            String::new()
        } else {
            let told = format!("  ! {}", advised.join(" "));
            self.ink.of(Standing::Advice, &told)
        };
        let line = format!("{}{advised}", refused.join(" "));
        let verdict = if report.pass { ACCEPTED } else { REFUSED };
        self.line(standing, file, verdict, &line)
    }

    pub fn not_read(&self, file: &str, why: &str) -> String {
        self.line(Standing::Refused, file, NOT_READ, why)
    }

    fn line(&self, standing: Standing, file: &str, verdict: Text, more: &str) -> String {
        let widest = [ACCEPTED, REFUSED].map(|word| width(word.get(self.lang)));
        let widest = widest.into_iter().max().unwrap_or_default();
        let verdict = format!("{} {}", table::mark(standing), verdict.get(self.lang));
        let line = format!(
            "{}  {}  {more}",
            self.ink.of(standing, &pad(&verdict, widest + 2)),
            pad(&shorten(file, self.name), self.name),
        );
        line.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::table::tests::report;

    fn said(tally: &Tally) -> String {
        let mut out = Vec::new();
        tally.print(Lang::En, Ink::Plain, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_check_that_refused_most_stands_first() {
        use Standing::{Advice, Refused, Right};
        let mut tally = Tally::default();
        for standings in [
            [(CheckId::Crown, Refused), (CheckId::Shine, Advice)],
            [(CheckId::Crown, Refused), (CheckId::Dpi, Refused)],
            [(CheckId::Dpi, Refused), (CheckId::Yaw, Refused)],
            [(CheckId::Dpi, Refused), (CheckId::Crown, Right)],
            [(CheckId::Dpi, Right), (CheckId::Shine, Advice)],
        ] {
            tally.count(Some(&report(&standings)));
        }
        tally.count(None);
        tally.left_out = 3;
        let said = said(&tally);
        assert!(said.contains("Left out of the folders: 3"), "{said}");
        assert!(said.contains("Acceptable: 1 of 6"), "{said}");
        assert!(!said.contains("shine"), "advice refuses nothing: {said}");
        let counted: Vec<&str> = said.lines().rev().take(3).map(str::trim).collect();
        assert_eq!(counted, ["1  yaw", "2  crown", "3  dpi"]);
    }

    #[test]
    fn an_unreadable_picture_outweighs_a_refused_one_in_the_exit_code() {
        let mut tally = Tally::default();
        let code = |tally: &Tally| format!("{:?}", tally.exit_code());
        let is = |n: u8| format!("{:?}", ExitCode::from(n));
        tally.count(Some(&report(&[(CheckId::Dpi, Standing::Right)])));
        assert_eq!(code(&tally), is(0));
        tally.count(Some(&report(&[(CheckId::Dpi, Standing::Refused)])));
        assert_eq!(code(&tally), is(1));
        tally.count(None);
        assert_eq!(code(&tally), is(2));
    }

    #[test]
    fn names_in_any_script_end_in_the_same_column() {
        let names = ["a.jpg", "毕业照.jpg"];
        let lines = Lines::new(names.into_iter(), Lang::Zh, Ink::Plain);
        let report = report(&[(CheckId::Dpi, Standing::Refused)]);
        let starts = names.map(|name| {
            let line = lines.judged(name, &report);
            width(line.split("dpi").next().unwrap())
        });
        assert_eq!(starts[0], starts[1]);
    }
}
