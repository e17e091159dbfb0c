//! What people said of each picture: one row of `labels.csv`, read by column.

use std::{collections::BTreeMap, fs, path::Path};

#[derive(Clone)]
pub struct Labels(BTreeMap<String, String>);

impl Labels {
    pub fn id(&self) -> &str {
        self.get("id")
    }

    /// The value of a column; empty where the file has no such column or nobody could say.
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
}

/// Every row. The file is plain: no quotes, no commas inside a value.
pub fn read(path: &Path) -> Vec<Labels> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    let row = |line: &str| {
        let values = line.split(',').map(|value| value.trim().to_owned());
        let pairs = columns
            .iter()
            .map(|column| (*column).trim().to_owned())
            .zip(values);
        Labels(pairs.collect())
    };
    lines
        .filter(|line| !line.trim().is_empty())
        .map(row)
        .collect()
}
