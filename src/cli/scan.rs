//! `scan FILE...`: which codes a picture shows, read by the same child process as in the booth.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

use crate::{
    camera::still,
    code::{self, Meaning},
    reader::{
        Reader,
        luma::Luma,
        protocol::{Code, Effort, Flaw},
    },
    time::Now,
};

/// Show which codes pictures hold. Exit code 0: every picture has one; 1: some have no code; 2:
/// some cannot be read.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub struct Arguments {
    /// JPEG or PNG pictures.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// One JSON object per line: `{"file","codes":[{"kind","bytes_b64","text"}]}`, with `--explain`
    /// also `"explained":{"pass","version","module_px","correction_used","corners"}`.
    #[arg(long)]
    pub json: bool,
    /// Show how each code was read: by which look, its size and place, and how much of its error
    /// correction was needed.
    #[arg(long)]
    pub explain: bool,
}

pub const EVERY_FILE_HAS_A_CODE: u8 = 0;
pub const SOME_HAVE_NONE: u8 = 1;
pub const SOME_CANNOT_BE_READ: u8 = 2;

/// One line of `--json`.
#[derive(Serialize)]
struct Line {
    file: String,
    codes: Vec<Found>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct Found {
    kind: &'static str,
    bytes_b64: String,
    /// Strict UTF-8, else `Shift_JIS` where it can be nothing else, else GB18030, else nothing.
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explained: Option<Explained>,
}

/// How a code was read. Positions are pixels of the picture, from its top left.
#[derive(Serialize)]
struct Explained {
    pass: &'static str,
    version: u8,
    module_px: f32,
    /// The share of the error correction that was used up in the worst block, 0 to 1.
    correction_used: f32,
    corners: [[f32; 2]; 4],
}

/// Scans each file; returns the exit code. `program` is this executable, from which the reader's
/// child is started.
pub fn run(
    arguments: &Arguments,
    program: &Path,
    clock: &dyn Fn() -> Now,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let mut reader = Reader::new(program);
    let mut worst = EVERY_FILE_HAS_A_CODE;
    for file in &arguments.files {
        let mut line = line(file, &mut reader, clock);
        if !arguments.explain {
            line.codes.iter_mut().for_each(|code| code.explained = None);
        }
        if let Some(error) = &line.error {
            writeln!(err, "{}: {error}", line.file)?;
        }
        worst = worst.max(match (&line.error, line.codes.is_empty()) {
            (Some(_), _) => SOME_CANNOT_BE_READ,
            (None, true) => SOME_HAVE_NONE,
            (None, false) => EVERY_FILE_HAS_A_CODE,
        });
        if arguments.json {
            writeln!(out, "{}", serde_json::to_string(&line)?)?;
        } else if line.error.is_none() {
            print(&line, out)?;
        }
    }
    Ok(worst)
}

fn line(file: &Path, reader: &mut Reader, clock: &dyn Fn() -> Now) -> Line {
    let (codes, error) = match codes(file, reader, clock) {
        Ok(codes) => (codes.iter().map(found).collect(), None),
        Err(error) => (Vec::new(), Some(error)),
    };
    Line {
        file: file.display().to_string(),
        codes,
        error,
    }
}

fn codes(file: &Path, reader: &mut Reader, clock: &dyn Fn() -> Now) -> Result<Vec<Code>, String> {
    let picture = still::open_picture(file).map_err(|why| why.to_string())?;
    let luma = Luma::of(&picture.rgb);
    drop(picture);
    let codes = reader
        .ask(&luma, Effort::Still, clock)
        .map_err(|why| format!("the code reader failed on this picture ({why})"))?;
    usable(codes)
}

/// Returns the codes that were read. A part of a joined code beside them spoils nothing; alone it
/// is an error.
fn usable(codes: Vec<Code>) -> Result<Vec<Code>, String> {
    let (readable, others): (Vec<Code>, Vec<Code>) = codes.into_iter().partition(Code::readable);
    if readable.is_empty() && others.iter().any(|code| code.flaw == Some(Flaw::Part)) {
        return Err("this code is one of several that only together make a payload; such codes are not used here".to_owned());
    }
    Ok(readable)
}

fn found(code: &Code) -> Found {
    let bytes = &code.bytes;
    Found {
        kind: match code::meaning(bytes) {
            Meaning::Batch(_) => "batch",
            Meaning::Personal(_) => "personal",
            Meaning::Command(_) => "command",
            Meaning::Ticket => "ticket",
            Meaning::Statement(_) | Meaning::Receipt => "receipt",
            Meaning::Foreign(_) => "foreign",
        },
        bytes_b64: STANDARD.encode(bytes),
        text: code::text(bytes),
        explained: Some(explained(code)),
    }
}

fn explained(code: &Code) -> Explained {
    let tenths = |value: f32| (value * 10.0).round() / 10.0;
    Explained {
        pass: code.pass.name(),
        version: code.version,
        module_px: tenths(code.module_px().unwrap_or(0.0)),
        correction_used: ((1.0 - code.spare) * 100.0).round() / 100.0,
        corners: code
            .corners
            .map(|corner| [tenths(corner.x), tenths(corner.y)]),
    }
}

fn print(line: &Line, out: &mut dyn Write) -> io::Result<()> {
    if line.codes.is_empty() {
        return writeln!(out, "{}: no code", line.file);
    }
    for code in &line.codes {
        match &code.text {
            Some(text) => writeln!(out, "{}: {}: {}", line.file, code.kind, text.escape_debug())?,
            None => writeln!(
                out,
                "{}: {}: (base64) {}",
                line.file, code.kind, code.bytes_b64
            )?,
        }
        if let Some(explained) = &code.explained {
            writeln!(out, "    {explained}")?;
        }
    }
    Ok(())
}

impl std::fmt::Display for Explained {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [[x, y], ..] = self.corners;
        write!(
            f,
            "pass {}, version {}, {:.1} px a module, {:.0} % of the error correction used, finder corner at {x:.0},{y:.0}",
            self.pass,
            self.version,
            self.module_px,
            self.correction_used * 100.0,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geometry::Point, reader::protocol::Pass};

    #[test]
    fn a_part_beside_a_whole_code_spoils_nothing() {
        let code = |flaw| Code {
            bytes: b"made up".to_vec(),
            corners: [Point::default(); 4],
            flaw,
            pass: Pass::Frame,
            version: 2,
            spare: 1.0,
        };
        let (whole, part) = (code(None), code(Some(Flaw::Part)));
        let unreadable = code(Some(Flaw::Unreadable));
        let found = usable(vec![part.clone(), whole.clone(), unreadable.clone()]);
        assert_eq!(found, Ok(vec![whole]));
        assert!(usable(vec![unreadable.clone(), part]).is_err());
        assert_eq!(usable(vec![unreadable]), Ok(vec![]));
    }
}
