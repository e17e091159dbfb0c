//! `words [FILE]`: every sentence of the screens, as a language file to fill in; or the sentences
//! that such a file still lacks.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use toml::Value;

use crate::{
    lang::{Text, Third},
    plain_text,
    ui::words,
};

/// Make or check a third language. Without a file the sentences are printed, to be translated: save
/// them, fill them in, name the file under `language` in the configuration. Exit code 0: nothing is
/// missing; 1: something is; 2: the file is not a language.
#[derive(Debug, clap::Args)]
pub struct WordsArgs {
    /// A language file to check.
    file: Option<PathBuf>,
}

pub fn run(args: &WordsArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let every = words::every();
    let Some(file) = &args.file else {
        template(&every, out)?;
        return Ok(ExitCode::SUCCESS);
    };
    let name = file.display();
    let bytes = fs::read(file).with_context(|| format!("{name} cannot be read"))?;
    let text = plain_text::decode(bytes).with_context(|| format!("{name} cannot be read"))?;
    let third =
        Third::from_toml(&text).with_context(|| format!("{name} is not a language file"))?;
    let (missing, unused) = (third.missing(&every), third.unused(&every));
    for text in &missing {
        writeln!(out, "missing: {}   ({})", text.zh, text.en)?;
    }
    for zh in &unused {
        writeln!(out, "unused: {zh}")?;
    }
    let translated = every.len() - missing.len();
    writeln!(
        out,
        "{translated} of {} sentences are translated.",
        every.len()
    )?;
    Ok(if missing.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn template(every: &[Text], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "# What speakers call the language, and its BCP 47 tag."
    )?;
    writeln!(out, "name = \"\"\ntag = \"\"\n\n[words]")?;
    for text in every {
        let zh = Value::String(text.zh.to_owned());
        writeln!(out, "# {}\n{zh} = \"\"", text.en)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRADITIONAL: &str = include_str!("../../config/languages/zh-Hant.toml");

    #[test]
    fn a_language_that_only_needs_its_words_is_printed() {
        let mut out = vec![];
        run(&WordsArgs { file: None }, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let third = Third::from_toml(&text).unwrap();
        let every = words::every();
        let table: toml::Table = toml::from_str(&text).unwrap();
        let listed = table.get("words").and_then(Value::as_table).unwrap();
        assert!(every.iter().all(|text| listed.contains_key(text.zh)));
        assert_eq!(listed.len(), every.len());
        assert_eq!(third.missing(&every).len(), every.len());
        assert_eq!(third.unused(&every), Vec::<&str>::new());
    }

    #[test]
    fn the_shipped_language_says_everything_and_nothing_else() {
        let third = Third::from_toml(TRADITIONAL).unwrap();
        let every = words::every();
        assert_eq!(third.missing(&every), Vec::<&Text>::new());
        assert_eq!(third.unused(&every), Vec::<&str>::new());
    }

    #[test]
    fn a_language_edited_on_windows_is_read_and_another_encoding_is_named() {
        use crate::plain_text::tests::{notepad, utf16};
        let file = tempfile::NamedTempFile::new().unwrap();
        let args = WordsArgs {
            file: Some(file.path().to_owned()),
        };
        let mut out = vec![];
        fs::write(file.path(), notepad(TRADITIONAL)).unwrap();
        assert_eq!(run(&args, &mut out).unwrap(), ExitCode::SUCCESS);
        fs::write(file.path(), utf16(TRADITIONAL)).unwrap();
        let why = format!("{:#}", run(&args, &mut out).unwrap_err());
        assert!(why.contains("UTF-16"), "{why}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let cut = TRADITIONAL.lines().take(12).collect::<Vec<_>>().join("\n");
        fs::write(file.path(), cut).unwrap();
        let mut out = vec![];
        let args = WordsArgs {
            file: Some(file.path().to_owned()),
        };
        run(&args, &mut out).unwrap();
        assert!(String::from_utf8(out).unwrap().contains("missing: "));
    }
}
