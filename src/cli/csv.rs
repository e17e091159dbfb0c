//! Judgements as comma-separated values (RFC 4180): one row per picture, one column per check
//! value.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use anyhow::Context as _;

use super::report::{Report, Standing, name};
use crate::profile::CheckId;

/// A file that grows row by row: what was judged stays there if the rest fails.
pub struct Csv<W: Write> {
    out: W,
}

impl Csv<BufWriter<File>> {
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path);
        let file = file.with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self::new(BufWriter::new(file))?)
    }
}

impl<W: Write> Csv<W> {
    pub fn new(mut out: W) -> io::Result<Self> {
        let checks = CheckId::ALL.map(name).join(",");
        writeln!(out, "file,pass,refused,advice,error,{checks}")?;
        Ok(Self { out })
    }

    pub fn judged(&mut self, file: &str, report: &Report) -> io::Result<()> {
        let names = |of: Standing| -> String {
            let names: Vec<String> = report.rows(of).map(|row| name(row.id)).collect();
            names.join(" ")
        };
        let value = |id: CheckId| {
            let row = report.checks.iter().find(|row| row.id == id);
            row.and_then(|row| row.value).map(|value| value.to_string())
        };
        write!(
            self.out,
            "{},{},{},{},",
            quoted(file),
            report.pass,
            names(Standing::Refused),
            names(Standing::Advice)
        )?;
        self.values(value)
    }

    pub fn not_read(&mut self, file: &str, why: &str) -> io::Result<()> {
        write!(self.out, "{},,,,{}", quoted(file), quoted(why))?;
        self.values(|_| None)
    }

    fn values(&mut self, value: impl Fn(CheckId) -> Option<String>) -> io::Result<()> {
        for id in CheckId::ALL {
            write!(self.out, ",{}", value(id).unwrap_or_default())?;
        }
        writeln!(self.out)?;
        self.out.flush()
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::table::tests::report;

    #[test]
    fn every_row_has_every_column() {
        let mut csv = Csv::new(Vec::new()).unwrap();
        let seen = report(&[
            (CheckId::Dpi, Standing::Refused),
            (CheckId::Shine, Standing::Advice),
        ]);
        csv.judged("照片.jpg", &seen).unwrap();
        csv.not_read("broken.jpg", "no picture").unwrap();
        let text = String::from_utf8(csv.out).unwrap();
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        assert!(rows.iter().all(|row| row.len() == 5 + CheckId::ALL.len()));
        assert_eq!(rows[1][..5], ["照片.jpg", "false", "dpi", "shine", ""]);
        assert_eq!(rows[2][..5], ["broken.jpg", "", "", "", "no picture"]);
        let dpi = rows[0].iter().position(|column| *column == "dpi").unwrap();
        assert_eq!(rows[1][dpi], seen.checks[0].value.unwrap().to_string());
        assert_eq!(rows[2][dpi], "");
    }

    #[test]
    fn commas_and_quotes_stay_inside_their_field() {
        assert_eq!(quoted("a,\"b\".jpg"), "\"a,\"\"b\"\".jpg\"");
        assert_eq!(quoted("plain.jpg"), "plain.jpg");
    }
}
