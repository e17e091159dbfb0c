//! What `check` and `standardise` report about a picture: a value that is written as JSON, and in
//! [`super::table`] as a table.

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
    checks::{Check, FileFacts, Force, Limit, Unit, placed_as_is, words},
    geometry::Rect,
    lang::Lang,
    layout::Crop,
    plain_text,
    profile::{CheckId, Profile},
};

/// The language of the sentences.
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

/// Loads the profile file at `path`, or the one compiled in.
pub fn profile(path: Option<&Path>) -> anyhow::Result<Profile> {
    let Some(path) = path else {
        return Ok(Profile::standard_99());
    };
    let unreadable = || format!("the profile {} cannot be read", path.display());
    let bytes = std::fs::read(path).with_context(unreadable)?;
    let json = plain_text::decode(bytes).with_context(unreadable)?;
    Profile::from_json(&json)
        .with_context(|| format!("the profile {} is not valid: correct it", path.display()))
}

/// One picture's judgement. The names of its fields are stable: programs read them.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The picture's file, if it was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    pub pass: bool,
    pub checks: Vec<Row>,
    pub geometry: Geometry,
    /// `None` where nothing was written.
    pub file: Option<File>,
    /// Other statements of the file, and how they were handled: see [`super::remarks`].
    pub remarks: Vec<String>,
    /// Only for `standardise`.
    #[serde(flatten)]
    pub made: Option<Made>,
}

/// One check of it.
#[derive(Debug, Serialize)]
pub struct Row {
    pub id: CheckId,
    pub pass: bool,
    pub value: Option<f32>,
    pub limit: Limit,
    pub unit: Unit,
    pub force: Force,
    /// Where to look, in px of the picture.
    pub place: Option<Rect>,
    pub text: &'static str,
}

/// The effect of a row on its picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It keeps the picture from being accepted.
    Refused,
    /// It fails, and is only reported.
    Advice,
    Right,
}

/// In px at 480x640, for pictures of that shape; angles for any.
#[derive(Debug, Default, Serialize)]
pub struct Geometry {
    pub crown_px: Option<f32>,
    pub eye_px: Option<f32>,
    pub face_width_px: Option<f32>,
    chin_px: Option<f32>,
    center_offset_px: Option<f32>,
    roll_deg: Option<f32>,
    yaw_deg: Option<f32>,
    pitch_deg: Option<f32>,
}

#[derive(Debug, Serialize)]
pub struct File {
    pub width: u32,
    pub height: u32,
    pub dpi: Option<u32>,
    pub bytes: u32,
    pub quality: Option<u8>,
}

/// How a portrait was made.
#[derive(Debug, Serialize)]
pub struct Made {
    /// What was done with the backdrop.
    pub background: Option<BackgroundUse>,
    /// The part of the picture that was cropped.
    pub crop: Option<Crop>,
    /// Why no portrait was made.
    pub unfit: Option<String>,
}

impl Report {
    /// Creates a report; `analysis` is of the judged picture.
    pub fn new(
        checks: &[Check],
        analysis: &Analysis,
        facts: Option<&FileFacts>,
        lang: Lang,
    ) -> Self {
        Self {
            path: None,
            pass: facts.is_some() && !checks.iter().any(Check::refuses),
            checks: checks.iter().map(|check| Row::new(check, lang)).collect(),
            geometry: Geometry::of(analysis),
            file: facts.map(|facts| File {
                width: facts.width,
                height: facts.height,
                dpi: facts.density.dpi(),
                bytes: facts.bytes,
                quality: facts.quality,
            }),
            remarks: vec![],
            made: None,
        }
    }

    /// Returns 0 if acceptable, else 1.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(u8::from(!self.pass))
    }

    pub fn print_json(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, self)?;
        writeln!(out)
    }

    /// Returns the checks of one standing, in the order of judging.
    pub fn rows(&self, standing: Standing) -> impl Iterator<Item = &Row> {
        self.checks
            .iter()
            .filter(move |row| row.standing() == standing)
    }
}

impl Row {
    fn new(check: &Check, lang: Lang) -> Self {
        Self {
            id: check.id,
            pass: check.pass,
            value: check.value,
            limit: check.limit,
            unit: check.unit,
            force: check.force,
            place: check.place,
            text: words::sentence(check, lang),
        }
    }

    pub const fn standing(&self) -> Standing {
        match (self.pass, self.force) {
            (true, _) => Standing::Right,
            (false, Force::Required) => Standing::Refused,
            (false, Force::Advice) => Standing::Advice,
        }
    }

    /// Returns the measured number; `?` where there is none.
    pub fn value_text(&self) -> String {
        self.value.map_or_else(|| "?".to_owned(), words::short)
    }

    /// Returns the unit as it is written after a number.
    pub const fn unit_text(&self) -> &'static str {
        words::unit(self.unit)
    }

    /// Returns the accepted range.
    pub fn limit_text(&self) -> String {
        words::range(self.limit)
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

/// Returns the name of a check as in the JSON.
pub fn name(of: CheckId) -> String {
    let value = serde_json::to_value(of).ok();
    let text = value.as_ref().and_then(serde_json::Value::as_str);
    text.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_edited_on_windows_is_read_and_another_encoding_is_named() {
        use crate::{
            plain_text::tests::{gbk, notepad},
            profile::STANDARD_99,
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), notepad(STANDARD_99)).unwrap();
        assert_eq!(profile(Some(file.path())).unwrap(), Profile::standard_99());
        std::fs::write(file.path(), gbk(STANDARD_99)).unwrap();
        let error = format!("{:#}", profile(Some(file.path())).unwrap_err());
        assert!(error.contains("GBK"), "{error}");
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
