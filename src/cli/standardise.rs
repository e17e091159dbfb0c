//! `standardise IN -o OUT`: makes a portrait of a picture as the booth would.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

use super::{
    check,
    pictures::same_file,
    remarks,
    report::{self, Made, Report, Tongue},
    table::{self, Ink},
};
use crate::{
    analysis::{Analyser, Analysis, Crown},
    camera::still,
    checks::{self, Strictness, head_of},
    frame::Turn,
    layout::{self, Crop, Infeasible},
    portrait::{self, BackgroundMode, Plate, Standardised},
    profile::Profile,
    provision::models,
};

/// Make a portrait of a picture. Exit code 0: it is acceptable; 1: it is not, or no crop fits; 2:
/// it could not be done.
#[derive(Debug, Args)]
pub struct StandardiseArgs {
    /// A JPEG or PNG picture of one person
    pub input: PathBuf,
    /// Where the portrait goes (JPEG)
    #[arg(short, long, value_name = "JPG")]
    pub output: PathBuf,
    /// The batch's rules; by default those of the national standard
    #[arg(long, value_name = "JSON")]
    pub profile: Option<PathBuf>,
    /// What may happen to the backdrop
    #[arg(long, value_enum, default_value_t)]
    pub background: Background,
    /// A picture of the empty booth, by the same camera from the same place
    #[arg(long, value_name = "PNG")]
    pub plate: Option<PathBuf>,
    /// One JSON object instead of a table
    #[arg(long)]
    pub json: bool,
    /// Where the person's share of each pixel goes (grey PNG)
    #[arg(long, value_name = "PNG")]
    pub matte: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub lang: Tongue,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Background {
    /// As the batch's rules say
    #[default]
    Auto,
    Keep,
}

pub fn run(
    args: &StandardiseArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let profile = report::profile(args.profile.as_deref())?;
    if same_file(&args.input, &args.output) {
        bail!("the portrait would overwrite its picture: name another file with -o");
    }
    let picture = check::open(&args.input)?;
    let remarks = remarks::of_source(&picture, args.lang.into());
    let picture = picture.upright();
    let mut analyser = models::analyser()?;
    let plate = args
        .plate
        .as_deref()
        .map(|path| plate(path, &mut analyser))
        .transpose()?;
    let analysis = analyser.analyse_file(&check::frame(&picture));
    let made = make(
        &analysis,
        &profile,
        args.background,
        plate.as_ref(),
        &mut analyser,
    );
    let report = match made {
        Ok(portrait) => {
            write(args, &portrait)?;
            report_of(&portrait, &profile, &mut analyser, args.lang)?
        }
        Err(sentence) => {
            writeln!(err, "{}: {sentence}", args.input.display())?;
            report_of_unfit(&analysis, &profile, sentence, args.lang)
        }
    };
    let report = Report { remarks, ..report };
    if args.json {
        report.print_json(out)?;
    } else {
        table::print(&report, args.lang.into(), Ink::of_stdout(), out)?;
    }
    Ok(report.exit_code())
}

fn make(
    analysis: &Analysis,
    profile: &Profile,
    background: Background,
    plate: Option<&Plate>,
    analyser: &mut Analyser,
) -> Result<Standardised, String> {
    let crop = crop(analysis, profile)?;
    let mode = match background {
        Background::Auto => BackgroundMode::Profile,
        Background::Keep => BackgroundMode::Keep,
    };
    portrait::standardise(analysis, crop, profile, analyser, mode, plate)
        .map_err(|why| why.to_string())
}

/// Opens the picture of the empty booth; the error names the file.
fn plate(path: &Path, analyser: &mut Analyser) -> anyhow::Result<Plate> {
    let picture = check::open(path)?.upright();
    Plate::of_empty_booth(check::frame(&picture), analyser)
        .with_context(|| path.display().to_string())
}

/// Returns the best crop, or one sentence about what prevents it.
fn crop(analysis: &Analysis, profile: &Profile) -> Result<Crop, &'static str> {
    match analysis.turn {
        Turn::None => {}
        Turn::Quarter | Turn::ThreeQuarters => {
            return Err("the picture lies on its side: turn it by a quarter");
        }
        Turn::Half => return Err("the picture stands on its head: turn it by half"),
    }
    let face = analysis
        .face
        .as_ref()
        .ok_or("no face was found: use a picture of one person who looks into the camera")?;
    let head = head_of(face).ok_or(match face.crown {
        Crown::CutOff => "the top of the head is cut off: use a picture with room above the head",
        Crown::Seen { .. } | Crown::Unknown => {
            "the top of the head cannot be seen: use a picture with a plain background"
        }
    })?;
    layout::solve(&head, &profile.bands, analysis.frame.size()).map_err(|why| match why {
        Infeasible::TooFar => "the face has too few pixels, and nothing is ever enlarged: use a larger picture",
        Infeasible::TooClose => "the face fills the picture: use one with more room around the head",
        Infeasible::TooFarLeft => "there is too little room left of the face: use a picture with more",
        Infeasible::TooFarRight => "there is too little room right of the face: use a picture with more",
        Infeasible::TooHigh => "there is too little room above the head: use a picture with more",
        Infeasible::TooLow => "there is too little room below the face: use a picture with more",
        Infeasible::Proportions => {
            "no crop brings crown, eyes and face into their bands together: check the hair and any headwear"
        }
    })
}

fn write(args: &StandardiseArgs, portrait: &Standardised) -> anyhow::Result<()> {
    fs::write(&args.output, &portrait.jpeg)
        .with_context(|| format!("{} cannot be written", args.output.display()))?;
    match &args.matte {
        Some(path) => check::save_png(path, &portrait.alpha.clone().into()),
        None => Ok(()),
    }
}

/// Reports on what was made, judged like any stranger's file.
fn report_of(
    portrait: &Standardised,
    profile: &Profile,
    analyser: &mut Analyser,
    lang: Tongue,
) -> anyhow::Result<Report> {
    let picture =
        still::decode_picture(portrait.jpeg.clone()).context("the portrait cannot be read back")?;
    let (_, report) = check::judge(&picture, profile, analyser, lang);
    Ok(Report {
        made: Some(Made {
            background: Some(portrait.background),
            crop: Some(portrait.crop),
            unfit: None,
        }),
        ..report
    })
}

/// Reports on a picture of which no portrait was made: what is wrong with the person in it, by
/// name.
fn report_of_unfit(
    analysis: &Analysis,
    profile: &Profile,
    sentence: String,
    lang: Tongue,
) -> Report {
    let checks = checks::of_face(analysis, None, profile, Strictness::Exact);
    Report {
        made: Some(Made {
            background: None,
            crop: None,
            unfit: Some(sentence),
        }),
        ..Report::new(&checks, analysis, None, lang.into())
    }
}
