//! `calibrate FOLDER`: judges pictures of a booth's own people, and proposes limits with the
//! refusals they cause.

pub mod groups;
pub mod labels;
mod limits;
mod page;
mod proposal;

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Args;

use self::{
    labels::Labels,
    proposal::{Calibration, FEWEST, Person},
};
use super::{
    check,
    pictures::{Pictures, pictures},
    progress::Progress,
    report::{self, Tongue},
    table::Ink,
    tally,
};
use crate::{
    camera::still,
    lang::{Lang, Text},
    profile::Profile,
    provision::models,
};

/// Judge a folder of consenting people's pictures, taken as they are, and propose limits that
/// refuse at most 3 % of them. Exit code 0: limits are proposed; 1: there are too few pictures; 2:
/// some could not be read.
#[derive(Debug, Args)]
pub struct CalibrateArgs {
    /// Pictures, or labels.csv with the pictures in img/. Its column `id` is a picture's name
    /// without the ending; if there is a column `passport_like`, only the pictures marked y count;
    /// sex, skin, age, `east_asian`, beard and glasses form groups
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// The batch's present rules; by default those of the national standard
    #[arg(long, value_name = "JSON")]
    pub profile: Option<PathBuf>,
    /// Write the rules with the proposed limits to this file
    #[arg(long, value_name = "JSON")]
    pub write: Option<PathBuf>,
    /// Also name the pictures that the proposed limits would still refuse
    #[arg(long)]
    pub list: bool,
    #[arg(long, value_enum, default_value_t)]
    pub lang: Tongue,
}

const NOT_READ: Text = Text::new("无法读取: {}", "Could not be read: {}");
const NOT_COUNTED: Text = Text::new(
    "不计（标签说不宜作证件照）: {}",
    "Not counted (labelled as no passport picture): {}",
);
const WRITTEN: Text = Text::new("已写入 {}", "Written: {}");

pub fn run(
    args: &CalibrateArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let (lang, ink) = (args.lang.into(), Ink::of_stdout());
    let profile = report::profile(args.profile.as_deref())?;
    let mut crowd = Crowd::found(&args.folder)?;
    crowd.judge(&profile, err)?;
    crowd.print_left_out(lang, out)?;
    if crowd.people.len() < FEWEST {
        writeln!(out, "{}", page::too_few(crowd.people.len(), lang))?;
        return Ok(ExitCode::from(1));
    }
    let unread = crowd.unread;
    let calibration = Calibration::new(crowd.people, &profile)?;
    page::print(&calibration, lang, ink, out)?;
    if args.list {
        page::print_refused(&calibration, out)?;
    }
    if let Some(path) = &args.write {
        write_profile(&calibration.profile()?, path)?;
        let name = path.display().to_string();
        writeln!(out, "\n{}", page::filled(WRITTEN, lang, &[name]))?;
    }
    Ok(ExitCode::from(if unread > 0 { 2 } else { 0 }))
}

/// The pictures of a folder, and their judgements.
struct Crowd {
    pictures: Pictures,
    labels: BTreeMap<String, Labels>,
    people: Vec<Person>,
    unread: usize,
    not_counted: usize,
}

impl Crowd {
    fn found(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join(labels::FILE);
        let labels = if file.exists() {
            labels::read(&file)?
        } else {
            vec![]
        };
        let inner = folder.join("img");
        let place = if !labels.is_empty() && inner.is_dir() {
            inner
        } else {
            folder.to_owned()
        };
        let labels = labels.into_iter().map(|it| (it.id().to_owned(), it));
        let mut crowd = Self {
            pictures: pictures(&[place])?,
            labels: labels.collect(),
            people: vec![],
            unread: 0,
            not_counted: 0,
        };
        crowd.leave_out_unfit();
        Ok(crowd)
    }

    /// Leaves out pictures that nobody would accept: a limit that spares them is worth nothing.
    fn leave_out_unfit(&mut self) {
        const COLUMN: &str = "passport_like";
        if !self.labels.values().any(|labels| labels.has(COLUMN)) {
            return;
        }
        let labels = &self.labels;
        let all = self.pictures.paths.len();
        self.pictures
            .paths
            .retain(|path| labels.get(id_of(path)).is_some_and(|it| it.is(COLUMN, "y")));
        self.not_counted = all - self.pictures.paths.len();
    }

    fn judge(&mut self, profile: &Profile, err: &mut dyn Write) -> anyhow::Result<()> {
        let mut analyser = models::analyser()?;
        let mut progress = Progress::new(err, self.pictures.paths.len());
        for (done, path) in self.pictures.paths.iter().enumerate() {
            progress.show(done, "")?;
            let Ok(picture) = still::open_picture(path) else {
                self.unread += 1;
                continue;
            };
            let (_, _, checks) = check::look(&picture, profile, &mut analyser);
            self.people.push(Person {
                name: path.to_string_lossy().into_owned(),
                labels: self.labels.get(id_of(path)).cloned().unwrap_or_default(),
                checks,
            });
        }
        progress.clear()?;
        Ok(())
    }

    fn print_left_out(&self, lang: Lang, out: &mut dyn Write) -> anyhow::Result<()> {
        for (text, count) in [(NOT_READ, self.unread), (NOT_COUNTED, self.not_counted)] {
            if count > 0 {
                writeln!(out, "{}", page::filled(text, lang, &[count.to_string()]))?;
            }
        }
        // The labels are not a picture, but belong there.
        let beside = usize::from(self.labels_beside());
        let left_out = self.pictures.left_out - beside.min(self.pictures.left_out);
        if left_out > 0 {
            writeln!(out, "{}", tally::left_out(left_out, lang))?;
        }
        Ok(())
    }

    fn labels_beside(&self) -> bool {
        let folder = self.pictures.paths.first().and_then(|path| path.parent());
        folder.is_some_and(|folder| folder.join(labels::FILE).exists())
    }
}

/// Returns a picture's name without its ending.
fn id_of(path: &Path) -> &str {
    path.file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("")
}

fn write_profile(profile: &Profile, path: &Path) -> anyhow::Result<()> {
    let mut json = serde_json::to_string_pretty(profile)?;
    json.push('\n');
    fs::write(path, json).with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests;
