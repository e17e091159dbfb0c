//! `capture-station sitter`: one picture of a synthetic person, and the truth about it.

use std::{path::PathBuf, str::FromStr};

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use crate::{
    geometry::Size,
    sitter::{self, Cut, GREY_BLUE, LIGHT_BLUE, LIGHT_GREY, Person, Pose, Scene, WHITE},
};

/// Angles are in degrees; lengths are in pixels of the picture, which is never mirrored.
#[derive(Debug, Args)]
pub struct SitterArgs {
    /// Where the picture goes (PNG)
    #[arg(short, long, value_name = "PNG")]
    pub output: PathBuf,
    /// Where the truth goes (JSON): landmarks, eye line, crown, face width, pose
    #[arg(long, value_name = "JSON")]
    pub truth: Option<PathBuf>,
    /// Where the sitter's own share of each pixel goes (grey PNG)
    #[arg(long, value_name = "PNG")]
    pub alpha: Option<PathBuf>,
    /// The number of the person
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    #[arg(long, default_value_t = 1280, value_parser = clap::value_parser!(u32).range(16..=4096))]
    pub width: u32,
    #[arg(long, default_value_t = 720, value_parser = clap::value_parser!(u32).range(16..=4096))]
    pub height: u32,
    /// Positive: turned to the picture's right
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    pub yaw: f32,
    /// Positive: looking up
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    pub pitch: f32,
    /// Positive: leaning to the picture's right
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    pub roll: f32,
    /// 0 closed, 1 naturally open
    #[arg(long, default_value_t = 1.0)]
    pub eyes: f32,
    /// 0 closed, 1 wide open
    #[arg(long, default_value_t = 0.0)]
    pub mouth: f32,
    /// -1..1, positive to the picture's right
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    pub gaze_x: f32,
    /// -1..1, positive up
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    pub gaze_y: f32,
    /// 0..1: a smile with closed lips
    #[arg(long, default_value_t = 0.0)]
    pub smile: f32,
    /// 0..1: shine on forehead, nose and cheeks
    #[arg(long, default_value_t = 0.0)]
    pub shine: f32,
    /// 0..1: windows reflected in the glasses (see --glasses)
    #[arg(long, default_value_t = 0.0)]
    pub glare: f32,
    /// Put glasses on or off; by default the person's own choice
    #[arg(long, value_enum)]
    pub glasses: Option<Glasses>,
    /// 0..1: side hair that covers the ears
    #[arg(long)]
    pub over_ears: Option<f32>,
    /// 0..1: hanging fringe, at 0.5 over the brows, at 1 over half of the eyes
    #[arg(long)]
    pub over_eyes: Option<f32>,
    /// 0..1: loose single hairs
    #[arg(long)]
    pub strands: Option<f32>,
    /// Height of a bun's middle above the eye line, cm: 10.6 is usual, 16.6 a top-knot (people
    /// without a bun get one)
    #[arg(long)]
    pub bun_height: Option<f32>,
    /// All clothes in one colour, 8-bit sRGB
    #[arg(long, value_name = "R,G,B", value_parser = srgb)]
    pub clothes: Option<[u8; 3]>,
    /// Midway between the eyes; by default a good place
    #[arg(long, allow_hyphen_values = true)]
    pub center_x: Option<f32>,
    #[arg(long, allow_hyphen_values = true)]
    pub center_y: Option<f32>,
    /// Cheek to cheek, which sets the distance
    #[arg(long)]
    pub face_width: Option<f32>,
    #[arg(long, value_enum, default_value_t = Backdrop::GreyBlue)]
    pub backdrop: Backdrop,
    /// 0..1: how much darker the backdrop becomes downwards
    #[arg(long, default_value_t = 0.02)]
    pub gradient: f32,
    /// 0..1: the sitter's shadow on the backdrop
    #[arg(long, default_value_t = 0.0)]
    pub shadow: f32,
    /// Strength of the lamp at the picture's left; 1 is right
    #[arg(long, default_value_t = 1.0)]
    pub lamp_left: f32,
    #[arg(long, default_value_t = 1.0)]
    pub lamp_right: f32,
    /// How far aside the lamps are, in degrees; 90 is a window beside the sitter
    #[arg(long, default_value_t = 43.7)]
    pub lamps_deg: f32,
    /// Radius of the blur of a missed focus, in px
    #[arg(long, default_value_t = 0.0)]
    pub blur: f32,
    /// Length of the smear of a movement, in px
    #[arg(long, default_value_t = 0.0)]
    pub motion: f32,
    /// Gain on all light: 1 is right, 0.3 too dark, 3 overexposed
    #[arg(long, default_value_t = 1.0)]
    pub exposure: f32,
    /// A wrong white balance: gains on red, green and blue light
    #[arg(long, value_name = "R,G,B", value_parser = gains, default_value = "1,1,1")]
    pub tint: [f32; 3],
    /// 0..1: pupils that reflect a flash
    #[arg(long, default_value_t = 0.0)]
    pub red_eye: f32,
    /// 0..1: objects in front of the wall; 0.3 a poster, 1 also a coat hook, a shelf and a door
    #[arg(long, default_value_t = 0.0)]
    pub clutter: f32,
    /// Standard deviation of the sensor's noise, in 8-bit steps
    #[arg(long, default_value_t = 1.2)]
    pub noise: f32,
    /// Another person stands behind
    #[arg(long)]
    pub second_person: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Backdrop {
    GreyBlue,
    LightBlue,
    White,
    LightGrey,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Glasses {
    On,
    Off,
}

/// Renders and writes what was asked for.
pub fn run(args: &SitterArgs) -> anyhow::Result<()> {
    let size = Size::new(args.width, args.height);
    let rendering = sitter::render(&person(args), &pose(args, size), &scene(args), size);
    save(&args.output, &rendering.rgb.into())?;
    if let Some(path) = &args.alpha {
        save(path, &rendering.alpha.into())?;
    }
    if let Some(path) = &args.truth {
        let text = serde_json::to_string_pretty(&rendering.truth)?;
        std::fs::write(path, text + "\n")
            .with_context(|| format!("the truth could not be written to {}", path.display()))?;
    }
    Ok(())
}

fn save(path: &PathBuf, picture: &image::DynamicImage) -> anyhow::Result<()> {
    picture
        .save_with_format(path, image::ImageFormat::Png)
        .with_context(|| format!("the picture could not be written to {}", path.display()))
}

fn person(args: &SitterArgs) -> Person {
    let mut person = Person::from_seed(args.seed).with_hair(|hair| {
        hair.over_ears = args.over_ears.unwrap_or(hair.over_ears);
        hair.over_eyes = args.over_eyes.unwrap_or(hair.over_eyes);
        hair.strands = args.strands.unwrap_or(hair.strands);
        if let Some(height) = args.bun_height {
            (hair.cut, hair.bun_height) = (Cut::Bun, height);
        }
    });
    if let Some(srgb) = args.clothes {
        person = person.in_clothes(srgb);
    }
    match args.glasses {
        Some(Glasses::On) => person.with_glasses(),
        Some(Glasses::Off) => person.without_glasses(),
        None => person,
    }
}

fn srgb(text: &str) -> Result<[u8; 3], String> {
    three(text)
}

fn gains(text: &str) -> Result<[f32; 3], String> {
    three(text)
}

fn three<T: FromStr>(text: &str) -> Result<[T; 3], String> {
    let parts: Vec<T> = text
        .split(',')
        .filter_map(|part| part.trim().parse().ok())
        .collect();
    <[T; 3]>::try_from(parts).map_err(|_parts| "three numbers with commas between them".to_owned())
}

fn pose(args: &SitterArgs, size: Size) -> Pose {
    let good = Pose::good(size);
    Pose {
        yaw_deg: args.yaw,
        pitch_deg: args.pitch,
        roll_deg: args.roll,
        eyes: args.eyes,
        mouth: args.mouth,
        gaze_x: args.gaze_x,
        gaze_y: args.gaze_y,
        smile: args.smile,
        shine: args.shine,
        glare: args.glare,
        center_x_px: args.center_x.unwrap_or(good.center_x_px),
        center_y_px: args.center_y.unwrap_or(good.center_y_px),
        face_width_px: args.face_width.unwrap_or(good.face_width_px),
    }
}

fn scene(args: &SitterArgs) -> Scene {
    Scene {
        backdrop: match args.backdrop {
            Backdrop::GreyBlue => GREY_BLUE,
            Backdrop::LightBlue => LIGHT_BLUE,
            Backdrop::White => WHITE,
            Backdrop::LightGrey => LIGHT_GREY,
        },
        gradient: args.gradient,
        cast_shadow: args.shadow,
        lamp_left: args.lamp_left,
        lamp_right: args.lamp_right,
        lamps_deg: args.lamps_deg,
        blur_px: args.blur,
        motion_px: args.motion,
        exposure: args.exposure,
        tint: args.tint,
        red_eye: args.red_eye,
        clutter: args.clutter,
        noise: args.noise,
        second_person: args.second_person,
        seed: args.seed,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: SitterArgs,
    }

    #[test]
    fn a_picture_its_truth_and_its_alpha_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let line = Line::parse_from([
            "sitter",
            "--yaw",
            "-5",
            "--tint",
            "1.2,1,0.8",
            "--glasses",
            "on",
            "--eyes",
            "0.2",
            "--width",
            "96",
            "--height",
            "128",
            "-o",
            &path("a.png"),
            "--truth",
            &path("t.json"),
            "--alpha",
            &path("m.png"),
        ]);
        run(&line.args).unwrap();
        let truth: sitter::Truth =
            serde_json::from_slice(&std::fs::read(path("t.json")).unwrap()).unwrap();
        assert_eq!(truth.yaw_deg, -5.0);
        assert_eq!(truth.tint, [1.2, 1.0, 0.8]);
        assert!(truth.glasses);
        assert_eq!(image::image_dimensions(path("a.png")).unwrap(), (96, 128));
        assert_eq!(image::image_dimensions(path("m.png")).unwrap(), (96, 128));
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let line = Line::parse_from([
            "sitter",
            "--width",
            "16",
            "--height",
            "16",
            "-o",
            "/nowhere/at/all.png",
        ]);
        assert!(
            run(&line.args)
                .unwrap_err()
                .to_string()
                .contains("/nowhere/at/all.png")
        );
    }
}
