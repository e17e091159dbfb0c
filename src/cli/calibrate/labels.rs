//! People's labels of each picture: one row of `labels.csv`, read by column.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context as _;

use crate::plain_text;

/// Name of the file, which is beside the pictures.
pub const FILE: &str = "labels.csv";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(BTreeMap<String, String>);

impl Labels {
    pub fn id(&self) -> &str {
        self.get("id")
    }

    /// Returns the value of a column; empty where the file has no such column or nobody could say.
    pub fn get(&self, column: &str) -> &str {
        match self.0.get(column).map(String::as_str) {
            Some("-") | None => "",
            Some(value) => value,
        }
    }

    pub fn is(&self, column: &str, value: &str) -> bool {
        self.get(column) == value
    }

    pub fn number(&self, column: &str) -> Option<f32> {
        self.get(column).parse().ok()
    }

    pub fn has(&self, column: &str) -> bool {
        self.0.contains_key(column)
    }
}

/// Reads every row of the file.
pub fn read(path: &Path) -> anyhow::Result<Vec<Labels>> {
    let unreadable = || format!("{} cannot be read", path.display());
    let bytes = fs::read(path).with_context(unreadable)?;
    Ok(parse(&plain_text::decode(bytes).with_context(unreadable)?))
}

/// Parses the file. The first line names the columns. The file is plain: no quotes, no commas
/// inside a value.
fn parse(text: &str) -> Vec<Labels> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let columns: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let row = |line: &str| {
        let values = line.split(',').map(|value| value.trim().to_owned());
        let pairs = columns
            .iter()
            .map(|column| column.trim().to_owned())
            .zip(values);
        Labels(pairs.collect())
    };
    lines.map(row).collect()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Returns the only row below these columns.
    pub fn row(columns: &str, values: &str) -> Labels {
        parse(&format!("{columns}\n{values}\n")).remove(0)
    }

    #[test]
    fn rows_are_read_by_column_also_as_a_spreadsheet_saves_them() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "id, sex,pitch_deg\n001,f,-3.5\n\n002,-\n";
        fs::write(file.path(), plain_text::tests::notepad(text)).unwrap();
        let rows = read(file.path()).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].id(), rows[0].get("sex")), ("001", "f"));
        assert_eq!(rows[0].number("pitch_deg"), Some(-3.5));
        assert_eq!(
            (rows[1].get("sex"), rows[1].number("pitch_deg")),
            ("", None)
        );
        assert!(rows[1].has("sex") && !rows[1].has("pitch_deg"));
        fs::write(file.path(), plain_text::tests::utf16(text)).unwrap();
        let why = format!("{:#}", read(file.path()).unwrap_err());
        assert!(why.contains("UTF-16"), "{why}");
    }
}
