//! What `check` and `standardise` tell of a picture, as JSON or as a table.

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::Context as _;
use clap::ValueEnum;
use serde::Serialize;

use crate::{
    analysis::Analysis,
    capture::BackgroundUse,
    checks::{Check, FileFacts, Limit, Unit, placed_as_is, words},
    lang::Lang,
    layout::Crop,
    profile::{CheckId, Profile},
};

/// Language of the sentences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Tongue {
    #[default]
    Zh,
    En,
}

impl From<Tongue> for Lang {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::Zh => Self::Zh,
            Tongue::En => Self::En,
        }
    }
}

/// The profile file at `path`, or the one compiled in.
pub fn profile(path: Option<&Path>) -> anyhow::Result<Profile> {
    let Some(path) = path else {
        return Ok(Profile::standard_99());
    };
    let json = std::fs::read_to_string(path)
        .with_context(|| format!("the profile {} cannot be read", path.display()))?;
    Profile::from_json(&json)
        .with_context(|| format!("the profile {} is not valid: correct it", path.display()))
}

/// One picture's judgement.
#[derive(Debug, Serialize)]
pub struct Report {
    pub pass: bool,
    pub checks: Vec<Row>,
    pub geometry: Geometry,
    /// Nothing was written: there is no file.
    pub file: Option<File>,
    /// Only of `standardise`.
    #[serde(flatten)]
    pub made: Option<Made>,
}

#[derive(Debug, Serialize)]
pub struct Row {
    id: CheckId,
    pass: bool,
    value: Option<f32>,
    limit: Limit,
    unit: Unit,
    text: &'static str,
}

/// Px at 480x640, of pictures of that shape; angles of any.
#[derive(Debug, Default, Serialize)]
pub struct Geometry {
    crown_px: Option<f32>,
    eye_px: Option<f32>,
    face_width_px: Option<f32>,
    chin_px: Option<f32>,
    center_offset_px: Option<f32>,
    roll_deg: Option<f32>,
    yaw_deg: Option<f32>,
    pitch_deg: Option<f32>,
}

#[derive(Debug, Serialize)]
pub struct File {
    width: u32,
    height: u32,
    dpi: Option<u32>,
    bytes: u32,
    quality: Option<u8>,
}

/// How a portrait was made.
#[derive(Debug, Serialize)]
pub struct Made {
    /// What became of the backdrop.
    pub background: Option<BackgroundUse>,
    /// Which part of the picture was cut out.
    pub crop: Option<Crop>,
    /// Why nothing was made.
    pub unfit: Option<String>,
}

impl Report {
    /// `analysis` is of the judged picture.
    pub fn new(
        checks: &[Check],
        analysis: &Analysis,
        facts: Option<&FileFacts>,
        lang: Lang,
    ) -> Self {
        Self {
            pass: facts.is_some() && checks.iter().all(|check| check.pass),
            checks: checks.iter().map(|check| Row::new(check, lang)).collect(),
            geometry: Geometry::of(analysis),
            file: facts.map(|facts| File {
                width: facts.width,
                height: facts.height,
                dpi: facts.dpi,
                bytes: facts.bytes,
                quality: facts.quality,
            }),
            made: None,
        }
    }

    /// 0: acceptable; 1: not.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(u8::from(!self.pass))
    }

    pub fn print_json(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, self)?;
        writeln!(out)
    }

    /// One line a check, what is wrong first.
    pub fn print_table(&self, out: &mut dyn Write) -> io::Result<()> {
        let (right, wrong): (Vec<&Row>, Vec<&Row>) = self.checks.iter().partition(|row| row.pass);
        for row in wrong.into_iter().chain(right) {
            row.print(out)?;
        }
        Ok(())
    }
}

impl Row {
    const fn new(check: &Check, lang: Lang) -> Self {
        Self {
            id: check.id,
            pass: check.pass,
            value: check.value,
            limit: check.limit,
            unit: check.unit,
            text: words::sentence(check, lang),
        }
    }

    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let mark = if self.pass { "✓" } else { "✗" };
        let value = self.value.map_or_else(|| "?".to_owned(), short);
        let unit = match self.unit {
            Unit::Ratio | Unit::Count => String::new(),
            Unit::Px | Unit::Deg | Unit::Bytes | Unit::Dpi | Unit::Levels | Unit::DeltaE => {
                name(self.unit)
            }
        };
        let (id, range) = (name(self.id), range(self.limit));
        writeln!(
            out,
            "{mark} {id:<18}{value:>9} {unit:<8}{range:<16}{}",
            self.text
        )
    }
}

impl Geometry {
    fn of(analysis: &Analysis) -> Self {
        let placed = placed_as_is(analysis);
        let pose = analysis.face.as_ref().map(|face| face.pose);
        Self {
            crown_px: placed.map(|placed| placed.crown_px),
            eye_px: placed.map(|placed| placed.eye_px),
            face_width_px: placed.map(|placed| placed.face_width_px),
            chin_px: placed.map(|placed| placed.chin_px),
            center_offset_px: placed.map(|placed| placed.center_offset_px),
            roll_deg: pose.map(|pose| pose.roll_deg),
            yaw_deg: pose.map(|pose| pose.yaw_deg),
            pitch_deg: pose.map(|pose| pose.pitch_deg),
        }
    }
}

/// The name that stands in the JSON.
fn name(of: impl Serialize) -> String {
    let value = serde_json::to_value(of).ok();
    let text = value.as_ref().and_then(serde_json::Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// Up to two digits behind the point, and only those that say something.
fn short(value: f32) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn range(limit: Limit) -> String {
    match (limit.min, limit.max) {
        (Some(min), Some(max)) if min == max => format!("= {}", short(min)),
        (Some(min), Some(max)) => format!("{} .. {}", short(min), short(max)),
        (Some(min), None) => format!(">= {}", short(min)),
        (None, Some(max)) => format!("<= {}", short(max)),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_limits_read_short() {
        assert_eq!(short(250.0), "250");
        assert_eq!(short(0.041), "0.04");
        assert_eq!(range(Limit::at_least(60.0)), ">= 60");
        assert_eq!(range(Limit::exactly(1.0)), "= 1");
    }

    #[test]
    fn a_profile_with_an_unknown_key_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("batch.json");
        let json = crate::profile::STANDARD_99.replacen("\"bands\"", "\"glow\": 1, \"bands\"", 1);
        std::fs::write(&path, json).unwrap();
        let error = format!("{:#}", profile(Some(&path)).unwrap_err());
        assert!(
            error.contains("batch.json") && error.contains("glow"),
            "{error}"
        );
    }
}
