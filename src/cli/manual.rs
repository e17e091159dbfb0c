//! `manual`: this program's own manual pages and shell completions, as the packages bring them.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Cli;

#[derive(Args, Debug)]
pub struct ManualArgs {
    /// Where they are written, one file each; made if it is missing.
    folder: PathBuf,
}

pub fn run(args: &ManualArgs) -> anyhow::Result<()> {
    let folder = &args.folder;
    let unwritable = || format!("{} cannot be written", folder.display());
    fs::create_dir_all(folder).with_context(unwritable)?;
    clap_mangen::generate_to(Cli::command(), folder).with_context(unwritable)?;
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        clap_complete::generate_to(shell, &mut Cli::command(), NAME, folder)
            .with_context(unwritable)?;
    }
    Ok(())
}

const NAME: &str = "capture-station";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_its_page_and_each_shell_its_completions() {
        let folder = tempfile::tempdir().unwrap();
        let there = |name: &str| folder.path().join(name).is_file();
        let args = ManualArgs {
            folder: folder.path().to_owned(),
        };
        run(&args).unwrap();
        for command in Cli::command().get_subcommands() {
            let page = format!("{NAME}-{}.1", command.get_name());
            assert!(there(&page), "{page}");
        }
        let pages = ["capture-station.1", "capture-station-queue-export.1"];
        let completions = [
            "capture-station.bash",
            "capture-station.fish",
            "_capture-station",
        ];
        for name in pages.into_iter().chain(completions) {
            assert!(there(name), "{name}");
        }
    }
}
