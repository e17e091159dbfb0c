//! The languages of the booth, and a sentence in each of them.
//!
//! Chinese and English are side by side in the code. A third language is one file of translated
//! sentences, read at start.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The language a person reads. Documents and settings know the two built-in languages only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Lang {
    #[default]
    #[serde(rename = "zh-CN")]
    Zh,
    #[serde(rename = "en")]
    En,
    #[serde(skip)]
    Third(&'static Third),
}

impl Lang {
    /// The two languages of every sentence in the code.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// Returns its speakers' name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zh => "中文",
            Self::En => "English",
            Self::Third(third) => &third.name,
        }
    }

    /// Returns the language of legal texts for a reader of this one, since those texts are not
    /// translated here.
    #[must_use]
    pub const fn of_documents(self) -> Self {
        match self {
            Self::Zh | Self::Third(_) => Self::Zh,
            Self::En => Self::En,
        }
    }

    /// Returns the next one in the ring of those offered.
    #[must_use]
    pub fn next(self, third: Option<&'static Third>) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => third.map_or(Self::Zh, Self::Third),
            Self::Third(_) => Self::Zh,
        }
    }
}

/// A third language, as its file defines it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Third {
    /// Its speakers' name for it, which is the label of the button.
    name: String,
    /// BCP 47, for the voice that reads aloud.
    pub tag: String,
    /// Translations by the Chinese sentence. A missing one is shown in Chinese.
    words: BTreeMap<String, String>,
}

/// Why a file is not a valid language.
#[derive(Debug, thiserror::Error)]
pub enum LanguageError {
    #[error("{0}")]
    Invalid(#[from] toml::de::Error),
    #[error("“{0}” and its translation do not have the same placeholders (braces)")]
    Places(String),
}

impl Third {
    /// Parses a language file; every translation keeps the places that are filled in (`{}`).
    pub fn from_toml(text: &str) -> Result<Self, LanguageError> {
        let mut third: Self = toml::from_str(text)?;
        third.words.retain(|_, translation| !translation.is_empty());
        let places = |sentence: &str| sentence.matches("{}").count();
        let odd = third.words.iter().find(|(zh, it)| places(zh) != places(it));
        match odd {
            Some((zh, _)) => Err(LanguageError::Places(zh.clone())),
            None => Ok(third),
        }
    }

    /// Returns the sentences that it does not translate.
    pub fn missing<'t>(&self, texts: &'t [Text]) -> Vec<&'t Text> {
        let known = |text: &&Text| self.words.contains_key(text.zh);
        texts.iter().filter(|text| !known(text)).collect()
    }

    /// Returns the translations of sentences that do not exist.
    pub fn unused<'t>(&'t self, texts: &[Text]) -> Vec<&'t str> {
        let said = |zh: &&String| texts.iter().any(|text| text.zh == zh.as_str());
        let unused = self.words.keys().filter(|zh| !said(zh));
        unused.map(String::as_str).collect()
    }
}

/// One sentence in both built-in languages; a missing translation does not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    pub zh: &'static str,
    pub en: &'static str,
}

impl Text {
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh, en }
    }

    pub fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
            Lang::Third(third) => third.words.get(self.zh).map_or(self.zh, String::as_str),
        }
    }
}

/// Declares sentences by their names, and `ALL` of them.
macro_rules! catalogue {
    ($($name:ident = $zh:literal, $en:literal;)*) => {
        $(pub const $name: $crate::lang::Text = $crate::lang::Text::new($zh, $en);)*
        /// Every sentence by its name.
        pub const ALL: &[(&str, $crate::lang::Text)] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use catalogue;

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: Text = Text::new("你好", "Hello");
    const LEFT: Text = Text::new("还剩 {} 秒", "{} s left");

    fn third(words: &str) -> Result<Third, LanguageError> {
        Third::from_toml(&format!(
            "name = \"繁體中文\"\ntag = \"zh-Hant\"\n[words]\n{words}"
        ))
    }

    #[test]
    fn what_is_not_translated_is_said_in_chinese() {
        let third = third("\"还剩 {} 秒\" = \"還剩 {} 秒\"").unwrap();
        assert_eq!(third.missing(&[HELLO, LEFT]), [&HELLO]);
        assert_eq!(third.unused(&[HELLO]), [LEFT.zh]);
        let lang = Lang::Third(Box::leak(Box::new(third)));
        assert_eq!(LEFT.get(lang), "還剩 {} 秒");
        assert_eq!(HELLO.get(lang), "你好");
        assert_eq!(lang.of_documents(), Lang::Zh);
    }

    #[test]
    fn a_translation_that_loses_its_place_to_fill_is_refused() {
        let why = third("\"还剩 {} 秒\" = \"還剩幾秒\"").unwrap_err();
        assert!(why.to_string().contains("还剩"), "{why}");
    }

    #[test]
    fn the_button_goes_round_the_languages_that_are_there() {
        assert_eq!(Lang::Zh.next(None).next(None), Lang::Zh);
        let third = Box::leak(Box::new(third("").unwrap()));
        let round = Lang::Zh.next(Some(third)).next(Some(third));
        assert_eq!(round, Lang::Third(third));
        assert_eq!(round.next(Some(third)), Lang::Zh);
    }
}
