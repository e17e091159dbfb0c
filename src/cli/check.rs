//! `check FILE...`: judges pictures as they are.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::Serialize;

use super::{
    columns::harmless,
    csv::Csv,
    overlay,
    pictures::{Overlays, Pictures, pictures},
    progress::Progress,
    remarks,
    report::{self, Report, Tongue},
    table::{self, Ink},
    tally::{self, Lines, Tally},
};
use crate::{
    analysis::{Analyser, Analysis},
    camera::still::{self, Kind, Picture},
    checks::{self, Check, FileFacts},
    frame::{Frame, Origin, Turn},
    geometry::Size,
    profile::Profile,
    provision::{fonts, models},
    time::Mono,
    ui::lettering::Lettering,
};

/// Judge pictures by a batch's rules. Exit code 0: all are acceptable; 1: some are not; 2: some
/// could not be read.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// JPEG or PNG pictures, or folders of them (folders inside a folder are left out)
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The batch's rules; by default those of the national standard
    #[arg(long, value_name = "JSON")]
    pub profile: Option<PathBuf>,
    /// One JSON object per picture, each on its own line, instead of words
    #[arg(long)]
    pub json: bool,
    /// Also write one row per picture and one column per check value to this file
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Draw bands, lines and what failed over a copy of the picture. Several pictures need a folder
    #[arg(long, value_name = "PNG|FOLDER")]
    pub overlay: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub lang: Tongue,
}

pub fn run(args: &CheckArgs, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut desk = Desk::new(args)?;
    match args.files.as_slice() {
        [one] if !one.is_dir() => check_one(one, &mut desk, out),
        many => check_many(&pictures(many)?, &mut desk, out, err),
    }
}

/// Checks one picture: prints its whole table.
fn check_one(path: &Path, desk: &mut Desk<'_>, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let report = desk.judge(path)??;
    if desk.args.json {
        report.print_json(out)?;
    } else {
        table::print(&report, desk.args.lang.into(), Ink::of_stdout(), out)?;
    }
    Ok(report.exit_code())
}

/// Checks several: a line each and a summary. A picture that cannot be read stops nothing.
fn check_many(
    pictures: &Pictures,
    desk: &mut Desk<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let (lang, json) = (desk.args.lang.into(), desk.args.json);
    let paths = &pictures.paths;
    let names: Vec<String> = paths.iter().map(|path| shown(path)).collect();
    let lines = Lines::new(names.iter().map(String::as_str), lang, Ink::of_stdout());
    let (mut tally, mut progress) = (Tally::default(), Progress::new(err, paths.len()));
    tally.left_out = pictures.left_out;
    for (done, (path, name)) in paths.iter().zip(&names).enumerate() {
        progress.show(done, name)?;
        let judged = desk.judge(path)?;
        progress.clear()?;
        tally.count(judged.as_ref().ok());
        match judged {
            Ok(report) if json => report.print_json(out)?,
            Ok(report) => {
                writeln!(out, "{}", lines.judged(name, &report))?;
                for remark in &report.remarks {
                    writeln!(out, "    {remark}")?;
                }
            }
            Err(why) if json => print_unread(&why, out)?,
            Err(why) => writeln!(out, "{}", lines.not_read(name, &why.why))?,
        }
    }
    if !json {
        tally.print(lang, lines.ink, out)?;
    } else if pictures.left_out > 0 {
        writeln!(err, "{}", tally::left_out(pictures.left_out, lang))?;
    }
    Ok(tally.exit_code())
}

/// What pictures are judged with, and where the results are written.
struct Desk<'a> {
    args: &'a CheckArgs,
    profile: Profile,
    analyser: Analyser,
    drawing: Option<(Overlays, Lettering)>,
    csv: Option<Csv<BufWriter<File>>>,
}

/// A picture that could not be read.
#[derive(Debug, thiserror::Error, Serialize)]
#[error("{path}: {why}")]
struct Unread {
    path: String,
    #[serde(rename = "error")]
    why: String,
}

impl<'a> Desk<'a> {
    fn new(args: &'a CheckArgs) -> anyhow::Result<Self> {
        let overlays = match (args.overlay.as_deref(), args.files.as_slice()) {
            (None, _) => None,
            (Some(path), [one]) if !one.is_dir() && !path.is_dir() => Some(Overlays::file(path)),
            (Some(path), _) => Some(Overlays::folder(path)?),
        };
        let letter = |overlays| {
            anyhow::Ok((
                overlays,
                Lettering::new(fonts::load()?, overlay::TYPE_SCALE),
            ))
        };
        Ok(Self {
            args,
            profile: report::profile(args.profile.as_deref())?,
            analyser: models::analyser()?,
            drawing: overlays.map(letter).transpose()?,
            csv: args.csv.as_deref().map(Csv::create).transpose()?,
        })
    }

    /// Judges one picture, and writes its overlay and its row. The outer error is a failure to
    /// write.
    fn judge(&mut self, path: &Path) -> anyhow::Result<Result<Report, Unread>> {
        let name = path.to_string_lossy().into_owned();
        let picture = match still::open_picture(path) {
            Ok(picture) => picture,
            Err(why) => {
                let why = why.to_string();
                if let Some(csv) = &mut self.csv {
                    csv.not_read(&name, &why)?;
                }
                return Ok(Err(Unread { path: name, why }));
            }
        };
        let lang = self.args.lang;
        let (analysis, mut report) = judge(&picture, &self.profile, &mut self.analyser, lang);
        let lie = remarks::of_name(path, picture.kind, lang.into());
        report.remarks.extend(lie);
        if let Some((overlays, lettering)) = &mut self.drawing {
            let drawn = overlay::draw(
                &analysis,
                &report,
                &self.profile.bands,
                lettering,
                lang.into(),
            );
            save_png(&overlays.path_for(path)?, &drawn.into())?;
        }
        if let Some(csv) = &mut self.csv {
            csv.judged(&name, &report)?;
        }
        let path = Some(name);
        Ok(Ok(Report { path, ..report }))
    }
}

fn print_unread(unread: &Unread, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, unread)?;
    writeln!(out)
}

/// Returns a path in a form safe for a terminal.
fn shown(path: &Path) -> String {
    harmless(&path.to_string_lossy())
}

/// Returns the analysis of the picture, and the report of its judgement.
pub fn judge(
    picture: &Picture,
    profile: &Profile,
    analyser: &mut Analyser,
    lang: Tongue,
) -> (Analysis, Report) {
    let (analysis, facts, checks) = look(picture, profile, analyser);
    let report = Report {
        remarks: remarks::of(picture, &facts, lang.into()),
        ..Report::new(&checks, &analysis, Some(&facts), lang.into())
    };
    (analysis, report)
}

/// Returns the analysis of the picture, the facts of its file, and every check of both.
pub fn look(
    picture: &Picture,
    profile: &Profile,
    analyser: &mut Analyser,
) -> (Analysis, FileFacts, Vec<Check>) {
    let facts = facts(picture);
    let analysis = analyser.analyse_file(&frame(picture));
    let checks = checks::of_picture(&analysis, &facts, profile);
    (analysis, facts, checks)
}

/// Opens a picture; the error names the file.
pub fn open(path: &Path) -> anyhow::Result<Picture> {
    still::open_picture(path).map_err(|why| anyhow!("{}: {why}", path.display()))
}

/// Returns the picture as a frame of its own.
pub fn frame(picture: &Picture) -> Arc<Frame> {
    Arc::new(Frame {
        number: 1,
        at: Mono::default(),
        rgb: picture.rgb.clone(),
        origin: match picture.kind {
            Kind::Jpeg => Origin::Jpeg(picture.bytes.clone()),
            Kind::Png => Origin::Pixels,
        },
        turn: Turn::None,
        camera: Arc::default(),
    })
}

pub fn save_png(path: &Path, picture: &image::DynamicImage) -> anyhow::Result<()> {
    picture
        .save_with_format(path, image::ImageFormat::Png)
        .with_context(|| format!("{} cannot be written", path.display()))
}

fn facts(picture: &Picture) -> FileFacts {
    let of_jpeg = match picture.kind {
        Kind::Jpeg => FileFacts::read(&picture.bytes),
        Kind::Png => None,
    };
    let size = Size::new(picture.rgb.width(), picture.rgb.height());
    of_jpeg.unwrap_or_else(|| FileFacts::of_another_format(size, picture.bytes.len()))
}
