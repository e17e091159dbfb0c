//! Who the codes belong to, behind one seam: the school's list of codes and tails, or made-up
//! people where there is no list.
//!
//! The list holds hashes of codes, and of code and tail together, so that nobody without the code
//! can try four characters.

use std::{collections::BTreeMap, fs, io, path::Path, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Platform, PlatformError,
    rows::progress::Person,
    shelf::{private_folder, write_durably},
};
use crate::{contract::sha256_hex, plain_text, time::Wall};

/// The list in the platform's folder: one JSON object per line.
const LIST: &str = "people.jsonl";

/// A tail that belongs to no made-up person, so that demonstrations can show a mismatch.
const STRANGE_TAIL: &str = "0000";

/// How many wrong tails a code may have within [`WINDOW`].
const TRIES: u32 = 5;
const WINDOW: Duration = Duration::from_mins(10);

/// How many codes are remembered for their wrong tails.
const REMEMBERED: usize = 10_000;

const SURNAMES: [&str; 8] = ["张", "王", "李", "赵", "陈", "刘", "杨", "黄"];
const ENDINGS: [&str; 8] = ["三", "华", "敏", "杰", "静", "涛", "雪", "明"];

/// What may be revealed about a person. The name is masked.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Register {
    pub masked_name: String,
    pub level: String,
}

/// The result of one question.
pub(super) enum Found {
    Person(Register),
    /// The tail does not fit the code.
    Nobody,
    /// Too many wrong tails; ask again after this time.
    TooManyTries(Duration),
}

/// Where people are looked up.
pub(super) enum People {
    /// For demonstrations: every code belongs to somebody, with the tail it first came with.
    MadeUp,
    /// Listed by the hash of their code.
    Listed(BTreeMap<String, Listed>),
}

/// Somebody on the list, as a line of its file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    code_sha256: String,
    code_tail_sha256: String,
    masked_name: String,
    level: String,
}

impl People {
    /// Reads the list in `folder`; people are made up where there is none.
    pub fn open(folder: &Path) -> Result<Self, PlatformError> {
        let text = match fs::read_to_string(folder.join(LIST)) {
            Ok(text) => text,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Self::MadeUp),
            Err(why) => return Err(why.into()),
        };
        let mut listed = BTreeMap::new();
        for (line, json) in (1..).zip(text.lines()) {
            let person: Listed = serde_json::from_str(json)
                .map_err(|_may_quote_a_person| PlatformError::People(line, "it is damaged"))?;
            listed.insert(person.code_sha256.clone(), person);
        }
        Ok(Self::Listed(listed))
    }

    /// Returns whether code and tail belong together; `None` if nothing here decides it, and the
    /// first tail counts.
    pub fn fits(&self, person: &Person, tail: &str) -> Option<bool> {
        match self {
            Self::MadeUp => (tail == STRANGE_TAIL).then_some(false),
            Self::Listed(listed) => {
                let known = listed.get(&person.code_sha256);
                Some(known.is_some_and(|known| known.code_tail_sha256 == person.code_tail_sha256))
            }
        }
    }

    fn register(&self, code_sha256: &str) -> Register {
        let listed = match self {
            Self::MadeUp => None,
            Self::Listed(listed) => listed.get(code_sha256),
        };
        listed.map_or_else(
            || made_up(code_sha256),
            |listed| Register {
                masked_name: listed.masked_name.clone(),
                level: listed.level.clone(),
            },
        )
    }
}

/// Imports a school's list into `folder`, used from the next start on: one person per line,
/// `code,tail,masked name,level`. Only hashes of code and tail are kept. Returns how many there
/// are.
pub fn take_people(folder: &Path, list: Vec<u8>) -> Result<usize, PlatformError> {
    let refused = |line, why| PlatformError::People(line, why);
    let text = plain_text::decode(list)
        .map_err(|_named_by_line| refused(1, "it is not UTF-8: save it as UTF-8"))?;
    let mut people: BTreeMap<String, Listed> = BTreeMap::new();
    for (line, text) in (1..).zip(text.lines()) {
        let fields: Vec<&str> = text.split(',').map(str::trim).collect();
        let [code, tail, masked_name, level] = fields[..] else {
            return Err(refused(
                line,
                "it does not have the form: code,tail,masked name,level",
            ));
        };
        if code.is_empty() || tail.is_empty() {
            return Err(refused(line, "code or tail is missing"));
        }
        if !masked_name.contains('*') {
            return Err(refused(
                line,
                "the name is not masked: write * for the hidden characters",
            ));
        }
        let Person {
            code_sha256,
            code_tail_sha256,
        } = person(code.as_bytes(), &tail.to_uppercase());
        let listed = Listed {
            code_sha256: code_sha256.clone(),
            code_tail_sha256,
            masked_name: masked_name.to_owned(),
            level: level.to_owned(),
        };
        if people.insert(code_sha256, listed).is_some() {
            return Err(refused(line, "its code is on an earlier line too"));
        }
    }
    let lines: serde_json::Result<Vec<String>> =
        people.values().map(serde_json::to_string).collect();
    private_folder(folder)?;
    write_durably(&folder.join(LIST), (lines?.join("\n") + "\n").as_bytes())?;
    Ok(people.len())
}

/// Returns whose code this is, as rows identify people.
pub(super) fn person(code: &[u8], tail: &str) -> Person {
    // The separator keeps one pair of code and tail from equalling another.
    let both = [code, b"\0", tail.as_bytes()].concat();
    Person {
        code_sha256: sha256_hex(code),
        code_tail_sha256: sha256_hex(&both),
    }
}

/// Returns a made-up person: the same code is always the same person.
fn made_up(code_sha256: &str) -> Register {
    let digits = code_sha256.bytes().map(usize::from);
    let mut picks = digits.map(|digit| digit % 8);
    let mut pick = |names: [&'static str; 8]| {
        let name = picks.next().and_then(|at| names.get(at).copied());
        name.unwrap_or("某")
    };
    Register {
        masked_name: format!("{}*{}", pick(SURNAMES), pick(ENDINGS)),
        level: "本科".to_owned(),
    }
}

impl Platform {
    /// Finds the person that code and tail belong to; counts wrong tails.
    pub(super) fn find_person(
        &self,
        who: &Person,
        tail: &str,
        now: Wall,
    ) -> Result<Found, PlatformError> {
        if let Some(wait) = self.tries().wait(&who.code_sha256, now) {
            return Ok(Found::TooManyTries(wait));
        }
        let fits = match self.people.fits(who, tail) {
            Some(fits) => fits,
            None => self.rows().first_tail_fits(who)?.unwrap_or(true),
        };
        if fits {
            return Ok(Found::Person(self.people.register(&who.code_sha256)));
        }
        self.tries().count(&who.code_sha256, now);
        Ok(Found::Nobody)
    }
}

/// Counts wrong tails by the hash of the code; in memory only, and forgotten after [`WINDOW`].
#[derive(Default)]
pub(super) struct Tries(BTreeMap<String, Wrong>);

struct Wrong {
    tails: u32,
    since: Wall,
}

impl Tries {
    /// Returns how long this code has to wait, if it has to.
    fn wait(&mut self, code_sha256: &str, now: Wall) -> Option<Duration> {
        self.0.retain(|_, wrong| age(wrong, now) < WINDOW);
        let wrong = self.0.get(code_sha256)?;
        (wrong.tails >= TRIES).then(|| WINDOW.saturating_sub(age(wrong, now)))
    }

    fn count(&mut self, code_sha256: &str, now: Wall) {
        while self.0.len() >= REMEMBERED {
            self.0.pop_first();
        }
        let first = Wrong {
            tails: 0,
            since: now,
        };
        self.0.entry(code_sha256.to_owned()).or_insert(first).tails += 1;
    }
}

fn age(wrong: &Wrong, now: Wall) -> Duration {
    let ms = now.unix_ms().saturating_sub(wrong.since.unix_ms());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_code_is_the_same_person_every_time_and_masked() {
        let code_sha256 = sha256_hex(b"code");
        let name = People::MadeUp.register(&code_sha256).masked_name;
        assert_eq!(name, People::MadeUp.register(&code_sha256).masked_name);
        assert_eq!(name.chars().nth(1), Some('*'));
    }

    #[test]
    fn wrong_tails_are_counted_by_code_and_forgotten_in_time() {
        let mut tries = Tries::default();
        for _ in 0..TRIES {
            assert_eq!(tries.wait("code", Wall::EPOCH), None);
            tries.count("code", Wall::EPOCH);
        }
        assert_eq!(tries.wait("code", Wall::EPOCH), Some(WINDOW));
        assert_eq!(tries.wait("other", Wall::EPOCH), None);
        assert_eq!(tries.wait("code", Wall::from_unix_ms(600_000)), None);
    }

    #[test]
    fn a_list_is_kept_as_hashes_and_says_who_belongs_to_whom() {
        let folder = tempfile::tempdir().unwrap();
        let list = "code 1, 002x ,张*三,本科\r\ncode 2,1234,李*,硕士\n";
        assert_eq!(take_people(folder.path(), list.into()).unwrap(), 2);
        let kept = fs::read_to_string(folder.path().join(LIST)).unwrap();
        assert!(!kept.contains("code 1") && !kept.contains("002X") && !kept.contains("1234"));
        let people = People::open(folder.path()).unwrap();
        for (code, tail, fits) in [
            ("code 1", "002X", true),
            ("code 2", "1234", true),
            ("code 1", "1234", false),
            ("code 3", "1234", false),
        ] {
            let who = person(code.as_bytes(), tail);
            assert_eq!(people.fits(&who, tail), Some(fits), "{code} {tail}");
        }
        let register = people.register(&sha256_hex(b"code 2"));
        assert_eq!(
            (register.masked_name.as_str(), register.level.as_str()),
            ("李*", "硕士")
        );
    }

    #[test]
    fn a_list_that_is_none_is_refused_by_line_and_quotes_nobody() {
        let folder = tempfile::tempdir().unwrap();
        for list in [
            "secret,1234,张*,本科\nsecret",
            "code,1234,张*,本科\n,1234,张*,本科",
            "code,1234,张*,本科\nsecret,1234,张三,本科",
            "secret,1234,张*,本科\nsecret,4321,张*,本科",
        ] {
            let why = take_people(folder.path(), list.into()).unwrap_err();
            let why = why.to_string();
            assert!(why.contains("line 2"), "{why}");
            assert!(!why.contains("secret") && !why.contains("张三"), "{why}");
        }
        assert!(matches!(People::open(folder.path()), Ok(People::MadeUp)));
    }
}
