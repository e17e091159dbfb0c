//! `check FILE`: judges a picture as it is.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context as _, anyhow};
use clap::Args;

use super::{
    models, overlay,
    report::{self, Report, Tongue},
};
use crate::{
    analysis::{Analyser, Analysis},
    camera::still::{self, Kind, Picture},
    checks::{self, Check, FileFacts},
    frame::{Frame, Origin, Turn},
    geometry::Size,
    profile::Profile,
    time::Mono,
};

/// Judge a picture by a batch's rules. Exit code 0: acceptable; 1: not; 2: it could not be read.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// A JPEG or PNG picture
    pub file: PathBuf,
    /// The batch's rules; those of the national standard if not told
    #[arg(long, value_name = "JSON")]
    pub profile: Option<PathBuf>,
    /// One JSON object instead of a table
    #[arg(long)]
    pub json: bool,
    /// Draw bands, lines and what failed over a copy of the picture
    #[arg(long, value_name = "PNG")]
    pub overlay: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub lang: Tongue,
}

pub fn run(args: &CheckArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let profile = report::profile(args.profile.as_deref())?;
    let picture = open(&args.file)?;
    let (analysis, checks, report) = judge(&picture, &profile, &mut models::analyser()?, args.lang);
    if let Some(path) = &args.overlay {
        let drawn = overlay::draw(&analysis, &checks, &profile.bands);
        save_png(path, &drawn.into())?;
    }
    if args.json {
        report.print_json(out)?;
    } else {
        report.print_table(out)?;
    }
    Ok(report.exit_code())
}

/// What is seen in the picture, how it is judged, and the report of both.
pub fn judge(
    picture: &Picture,
    profile: &Profile,
    analyser: &mut Analyser,
    lang: Tongue,
) -> (Analysis, Vec<Check>, Report) {
    let facts = facts(picture);
    let analysis = analyser.analyse_still(frame(picture));
    let checks = checks::of_picture(&analysis, &facts, profile);
    let report = Report::new(&checks, &analysis, Some(&facts), lang.into());
    (analysis, checks, report)
}

/// Opens a picture; the error names the file.
pub fn open(path: &Path) -> anyhow::Result<Picture> {
    still::open_picture(path).map_err(|why| anyhow!("{}: {why}", path.display()))
}

/// The picture as a frame of its own.
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
