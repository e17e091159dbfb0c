//! The staff's PINs: Argon2id, with one lock-out for the pad that survives a restart. There is no PIN before somebody sets one.
//!
//! A PIN alone says whose it is, so no two operators have the same. Who guesses at the pad guesses at all of them at once:
//! wrong ones are counted together.

use std::{fmt, path::Path};

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::{Error as HashError, Ident, SaltString},
};
use serde::{Deserialize, Serialize};

use super::{STAFF_FILE, StationError, files};
use crate::{
    booth::duty::{Operator, Role},
    time::Wall,
};

/// The staff's PINs of a booth; the file is read and written at each call, so nothing is held in memory.
pub struct Pins;

/// What came of a typed PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinVerdict {
    /// This operator's.
    Right(Operator),
    Wrong,
    /// Too many wrong ones, this one among them or not: wait, even with the right one.
    Locked {
        seconds: u64,
    },
    /// Nobody has set a PIN yet: none is right.
    NotSet,
}

/// Why a new PIN is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinRefusal {
    #[error("it has other characters than digits")]
    NotDigits,
    #[error("it has less than {SHORTEST} or more than {LONGEST} digits")]
    Length,
    #[error("its digits repeat or run on, which is the first thing that anybody tries")]
    Guessable,
    #[error("another operator has it: choose another one")]
    Taken,
}

/// Why the operators stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterRefusal {
    #[error("a name has 1 to {LONGEST_NAME} characters, none of them a line break")]
    Name,
    #[error("another operator is called so")]
    SameName,
    #[error("a booth has at most {MOST_OPERATORS} operators: remove one first")]
    Full,
    #[error("no operator has this number")]
    Unknown,
    #[error("this is the last engineer: make somebody else one first")]
    LastEngineer,
}

/// Each is tried at the pad, one after the other.
const MOST_OPERATORS: usize = 12;
const LONGEST_NAME: usize = 16;

const SHORTEST: usize = 6;
const LONGEST: usize = 12;

/// What the first operator is called until somebody says otherwise.
const FIRST_NAME: &str = "工程师";

/// Wrong ones in a row that cost nothing.
const FREE_FAILURES: u32 = 4;
const FIRST_LOCK_SECONDS: u64 = 30;
const LONGEST_LOCK_SECONDS: u64 = 3600;

/// Argon2id's memory in KiB and passes: RFC 9106's second choice, with one lane. A test must be quick.
const COST: (u32, u32) = if cfg!(test) { (64, 1) } else { (64 * 1024, 3) };

/// A file that asks for more memory than this was not written here.
const LARGEST_COST_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 16;

const SALT_BYTES: usize = 16;

/// `staff.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Staff {
    operators: Vec<Enlisted>,
    /// The number of the next one.
    next: u32,
    /// Wrong ones in a row.
    failures: u32,
    locked_until: Option<Wall>,
}

/// One operator, and the PHC string of their PIN's Argon2id hash.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enlisted {
    operator: Operator,
    pin: String,
}

/// `staff.json` of the first booths, which had one PIN for everybody: it becomes the engineer's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnePin {
    pin: String,
    failures: u32,
    locked_until: Option<Wall>,
}

impl From<OnePin> for Staff {
    fn from(before: OnePin) -> Self {
        Self {
            failures: before.failures,
            locked_until: before.locked_until,
            ..Self::founded(before.pin)
        }
    }
}

impl fmt::Debug for Staff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Staff(..)")
    }
}

impl Pins {
    /// Makes the booth's first operator, an engineer, and nobody else: 6 to 12 digits that neither repeat nor run on.
    pub fn set(folder: &Path, pin: &str) -> Result<(), StationError> {
        Self::acceptable(pin)?;
        files::make_folder(folder)?;
        keep(folder, &Staff::founded(hash(pin)?))
    }

    /// Everybody who has a PIN here, by number.
    pub fn roster(folder: &Path) -> Result<Vec<Operator>, StationError> {
        let staff = stored(folder)?;
        let operators = staff.into_iter().flat_map(|staff| staff.operators);
        Ok(operators.map(|enlisted| enlisted.operator).collect())
    }

    /// Adds an operator with a PIN of their own.
    pub fn add(folder: &Path, name: &str, role: Role, pin: &str) -> Result<Operator, StationError> {
        Self::acceptable(pin)?;
        let mut staff = stored(folder)?.ok_or(StationError::NoStaff)?;
        let name = staff.acceptable_name(name)?;
        if staff.owner(folder, pin)?.is_some() {
            return Err(PinRefusal::Taken.into());
        }
        let operator = Operator {
            number: staff.next,
            name,
            role,
        };
        staff.next = staff.next.saturating_add(1);
        staff.operators.push(Enlisted {
            operator: operator.clone(),
            pin: hash(pin)?,
        });
        keep(folder, &staff)?;
        Ok(operator)
    }

    /// Takes an operator's PIN away. The last engineer stays.
    pub fn remove(folder: &Path, number: u32) -> Result<Operator, StationError> {
        let mut staff = stored(folder)?.ok_or(StationError::NoStaff)?;
        let at = staff.place(number)?;
        let gone = staff.operators.remove(at).operator;
        let has_engineer = |enlisted: &Enlisted| enlisted.operator.role == Role::Engineer;
        if !staff.operators.iter().any(has_engineer) {
            return Err(RosterRefusal::LastEngineer.into());
        }
        keep(folder, &staff)?;
        Ok(gone)
    }

    /// Gives an operator another PIN, and ends a lock-out.
    pub fn change(folder: &Path, number: u32, pin: &str) -> Result<Operator, StationError> {
        Self::acceptable(pin)?;
        let mut staff = stored(folder)?.ok_or(StationError::NoStaff)?;
        let at = staff.place(number)?;
        if let Some(owner) = staff.owner(folder, pin)?
            && owner.number != number
        {
            return Err(PinRefusal::Taken.into());
        }
        let pin = hash(pin)?;
        let enlisted = staff.operators.get_mut(at).ok_or(RosterRefusal::Unknown)?;
        enlisted.pin = pin;
        let operator = enlisted.operator.clone();
        (staff.failures, staff.locked_until) = (0, None);
        keep(folder, &staff)?;
        Ok(operator)
    }

    /// Whether `pin` may be set.
    pub fn acceptable(pin: &str) -> Result<(), PinRefusal> {
        let digits = pin.as_bytes();
        if !digits.iter().all(u8::is_ascii_digit) {
            Err(PinRefusal::NotDigits)
        } else if !(SHORTEST..=LONGEST).contains(&digits.len()) {
            Err(PinRefusal::Length)
        } else if repeats(digits) || runs(digits) {
            Err(PinRefusal::Guessable)
        } else {
            Ok(())
        }
    }

    /// Whether a PIN is set.
    pub fn is_set(folder: &Path) -> Result<bool, StationError> {
        Ok(stored(folder)?.is_some())
    }

    /// Compares a typed PIN. The failure is on the disk before the answer is known, so pulling the plug buys no tries.
    pub fn verify(folder: &Path, pin: &str, now: Wall) -> Result<PinVerdict, StationError> {
        let Some(mut staff) = stored(folder)? else {
            return Ok(PinVerdict::NotSet);
        };
        if let Some(seconds) = staff.locked_for(now) {
            // Written again, because a clock that was set back shortens the lock.
            keep(folder, &staff)?;
            return Ok(PinVerdict::Locked { seconds });
        }
        staff.fail(now);
        keep(folder, &staff)?;
        let Some(operator) = staff.owner(folder, pin)? else {
            return Ok(match staff.locked_for(now) {
                Some(seconds) => PinVerdict::Locked { seconds },
                None => PinVerdict::Wrong,
            });
        };
        staff.failures = 0;
        staff.locked_until = None;
        keep(folder, &staff)?;
        Ok(PinVerdict::Right(operator))
    }
}

impl Staff {
    /// One engineer, with that PIN's hash.
    fn founded(pin: String) -> Self {
        let operator = Operator {
            number: 1,
            name: FIRST_NAME.to_owned(),
            role: Role::Engineer,
        };
        Self {
            operators: vec![Enlisted { operator, pin }],
            next: 2,
            failures: 0,
            locked_until: None,
        }
    }

    /// Whose PIN this is.
    fn owner(&self, folder: &Path, pin: &str) -> Result<Option<Operator>, StationError> {
        for enlisted in &self.operators {
            if fits(folder, pin, &enlisted.pin)? {
                return Ok(Some(enlisted.operator.clone()));
            }
        }
        Ok(None)
    }

    fn place(&self, number: u32) -> Result<usize, RosterRefusal> {
        let mut operators = self.operators.iter();
        let place = operators.position(|enlisted| enlisted.operator.number == number);
        place.ok_or(RosterRefusal::Unknown)
    }

    fn acceptable_name(&self, name: &str) -> Result<String, RosterRefusal> {
        let name = name.trim();
        let length = name.chars().count();
        let mut taken = self.operators.iter();
        if length == 0 || length > LONGEST_NAME || name.chars().any(char::is_control) {
            Err(RosterRefusal::Name)
        } else if taken.any(|enlisted| enlisted.operator.name == name) {
            Err(RosterRefusal::SameName)
        } else if self.operators.len() >= MOST_OPERATORS {
            Err(RosterRefusal::Full)
        } else {
            Ok(name.to_owned())
        }
    }

    /// Seconds left of the lock-out, rounded up. A lock can only end later than its own length if the clock was set back
    /// meanwhile: then it begins anew.
    fn locked_for(&mut self, now: Wall) -> Option<u64> {
        let until = self.locked_until?;
        let longest = self.lock_ms();
        let mut left = until.unix_ms().saturating_sub(now.unix_ms());
        if left > longest {
            left = longest;
            self.locked_until = Some(Wall::from_unix_ms(now.unix_ms().saturating_add(longest)));
        }
        let left = u64::try_from(left).ok().filter(|left| *left > 0)?;
        Some(left.div_ceil(1000))
    }

    fn fail(&mut self, now: Wall) {
        self.failures = self.failures.saturating_add(1);
        let lock = self.lock_ms();
        self.locked_until =
            (lock > 0).then(|| Wall::from_unix_ms(now.unix_ms().saturating_add(lock)));
    }

    fn lock_ms(&self) -> i64 {
        i64::try_from(lock_seconds(self.failures) * 1000).unwrap_or(i64::MAX)
    }
}

/// The lock after so many wrong ones in a row: none, then 30 s, twice as long each time, at most an hour.
fn lock_seconds(failures: u32) -> u64 {
    match failures.saturating_sub(FREE_FAILURES) {
        0 => 0,
        over => FIRST_LOCK_SECONDS
            .saturating_mul(1_u64.checked_shl(over - 1).unwrap_or(u64::MAX))
            .min(LONGEST_LOCK_SECONDS),
    }
}

/// One piece over and over: 777777, 121212, 123123.
fn repeats(digits: &[u8]) -> bool {
    (1..=digits.len() / 2).any(|piece| {
        digits.len().is_multiple_of(piece)
            && digits
                .chunks(piece)
                .all(|part| Some(part) == digits.get(..piece))
    })
}

/// The same step between any two neighbours, 9 leading to 0: 123456, 890123, 987654, 246802.
fn runs(digits: &[u8]) -> bool {
    let mut steps = digits
        .windows(2)
        .filter_map(|pair| Some((pair.last()? + 10 - pair.first()?) % 10));
    let first = steps.next();
    steps.all(|step| Some(step) == first)
}

fn hash(pin: &str) -> Result<String, StationError> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(StationError::NoRandomness)?;
    let salt = SaltString::encode_b64(&salt).map_err(|_impossible| StationError::NoHash)?;
    let (kib, passes) = COST;
    let params = Params::new(kib, passes, 1, None).map_err(|_impossible| StationError::NoHash)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password(pin.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|_memory| StationError::NoHash)
}

fn fits(folder: &Path, pin: &str, stored: &str) -> Result<bool, StationError> {
    let damaged = || StationError::damaged(folder, STAFF_FILE);
    let hash = affordable(stored).ok_or_else(damaged)?;
    match Argon2::default().verify_password(pin.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(HashError::Password) => Ok(false),
        Err(_) => Err(damaged()),
    }
}

/// The stored hash, if it is Argon2id and no larger than what is written here.
fn affordable(stored: &str) -> Option<PasswordHash<'_>> {
    let hash = PasswordHash::new(stored).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let fits = hash.algorithm == Ident::new_unwrap("argon2id")
        && params.m_cost() <= LARGEST_COST_KIB
        && params.t_cost() <= MOST_PASSES;
    fits.then_some(hash)
}

fn stored(folder: &Path) -> Result<Option<Staff>, StationError> {
    let Some(json) = files::read_secret(folder, STAFF_FILE)? else {
        return Ok(None);
    };
    let damaged = || StationError::damaged(folder, STAFF_FILE);
    let staff: Staff = serde_json::from_slice(&json)
        .or_else(|_not_yet| serde_json::from_slice::<OnePin>(&json).map(Staff::from))
        .map_err(|_may_quote| damaged())?;
    for enlisted in &staff.operators {
        affordable(&enlisted.pin).ok_or_else(damaged)?;
    }
    Ok(Some(staff))
}

fn keep(folder: &Path, staff: &Staff) -> Result<(), StationError> {
    let json = serde_json::to_vec_pretty(staff)
        .map_err(|_cannot| StationError::damaged(folder, STAFF_FILE))?;
    files::write(folder, STAFF_FILE, &json)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    const PIN: &str = "482915";

    fn at(seconds: i64) -> Wall {
        Wall::from_unix_ms(1_780_000_000_000 + seconds * 1000)
    }

    fn booth() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        Pins::set(folder.path(), PIN).unwrap();
        folder
    }

    fn verify(folder: &TempDir, pin: &str, seconds: i64) -> PinVerdict {
        Pins::verify(folder.path(), pin, at(seconds)).unwrap()
    }

    fn opens(folder: &TempDir, pin: &str, seconds: i64) -> bool {
        matches!(verify(folder, pin, seconds), PinVerdict::Right(_))
    }

    #[test]
    fn each_operator_has_a_pin_and_the_pin_says_who_it_is() {
        let folder = booth();
        let add = |name: &str, role, pin| Pins::add(folder.path(), name, role, pin);
        let liu = add("小刘", Role::Operator, "715024").unwrap();
        let wang = add(" 王 ", Role::Supervisor, "330917").unwrap();
        assert_eq!((liu.number, wang.number, wang.name.as_str()), (2, 3, "王"));
        assert_eq!(
            verify(&folder, "330917", 0),
            PinVerdict::Right(wang.clone())
        );
        assert_eq!(verify(&folder, "715024", 1), PinVerdict::Right(liu));
        let refused = |result: Result<Operator, StationError>| result.unwrap_err().to_string();
        assert!(refused(add("小刘", Role::Operator, "604812")).contains("called so"));
        assert!(refused(add("张", Role::Operator, "715024")).contains("another operator has it"));
        assert!(refused(add("", Role::Operator, "604812")).contains("1 to 16"));
        Pins::remove(folder.path(), 2).unwrap();
        assert_eq!(verify(&folder, "715024", 2), PinVerdict::Wrong);
        // A number is never given again.
        assert_eq!(add("小刘", Role::Operator, "715024").unwrap().number, 4);
        let last = Pins::remove(folder.path(), 1).unwrap_err().to_string();
        assert!(last.contains("last engineer"), "{last}");
        assert_eq!(Pins::roster(folder.path()).unwrap().len(), 3);
        assert_eq!(Pins::roster(folder.path()).unwrap().get(1), Some(&wang));
    }

    #[test]
    fn a_new_pin_ends_the_old_one_and_the_lock() {
        let folder = booth();
        for _ in 0..5 {
            verify(&folder, "111222", 0);
        }
        assert!(!opens(&folder, PIN, 1));
        Pins::change(folder.path(), 1, "604812").unwrap();
        assert!(opens(&folder, "604812", 2) && !opens(&folder, PIN, 3));
    }

    #[test]
    fn the_one_pin_of_the_first_booths_becomes_the_engineer_s() {
        let folder = booth();
        let file = folder.path().join(STAFF_FILE);
        let staff = stored(folder.path()).unwrap().unwrap();
        let before = serde_json::json!({
            "pin": staff.operators[0].pin,
            "failures": 5,
            "locked_until": at(30),
        });
        fs::write(&file, before.to_string()).unwrap();
        assert_eq!(verify(&folder, PIN, 10), PinVerdict::Locked { seconds: 20 });
        let PinVerdict::Right(first) = verify(&folder, PIN, 31) else {
            panic!("the PIN is another one now");
        };
        assert_eq!((first.number, first.role), (1, Role::Engineer));
        Pins::add(folder.path(), "小刘", Role::Operator, "715024").unwrap();
        assert!(opens(&folder, "715024", 32));
    }

    #[test]
    fn only_the_right_pin_opens_and_none_does_before_one_is_set() {
        let folder = booth();
        assert!(opens(&folder, PIN, 0));
        assert_eq!(verify(&folder, "482914", 1), PinVerdict::Wrong);
        assert_eq!(verify(&folder, "", 2), PinVerdict::Wrong);
        let empty = tempfile::tempdir().unwrap();
        for pin in ["", "0000", "000000", PIN] {
            assert_eq!(verify(&empty, pin, 0), PinVerdict::NotSet);
        }
    }

    #[test]
    fn the_fifth_wrong_pin_locks_and_each_further_one_locks_longer() {
        let folder = booth();
        for second in 0..4 {
            assert_eq!(verify(&folder, "111222", second), PinVerdict::Wrong);
        }
        let mut now = 4;
        for seconds in [30, 60, 120, 240, 480, 960, 1920, 3600, 3600] {
            let locked = PinVerdict::Locked { seconds };
            assert_eq!(verify(&folder, "111222", now), locked);
            // The right one does not open a locked page, and asking does not lengthen the lock.
            assert_eq!(verify(&folder, PIN, now), locked);
            now += i64::try_from(seconds).unwrap();
        }
        assert!(opens(&folder, PIN, now));
        assert_eq!(verify(&folder, "111222", now), PinVerdict::Wrong);
    }

    #[test]
    fn a_lock_survives_a_restart_and_a_clock_set_back_by_years() {
        let folder = booth();
        for _ in 0..5 {
            verify(&folder, "111222", 0);
        }
        assert_eq!(verify(&folder, PIN, 10), PinVerdict::Locked { seconds: 20 });
        let years_back = -200_000_000;
        assert_eq!(
            verify(&folder, PIN, years_back),
            PinVerdict::Locked { seconds: 30 }
        );
        assert_eq!(
            verify(&folder, PIN, years_back + 10),
            PinVerdict::Locked { seconds: 20 }
        );
        assert!(opens(&folder, PIN, years_back + 30));
    }

    #[test]
    fn a_pin_that_anybody_guesses_is_refused() {
        for pin in [
            "777777", "121212", "123123", "123456", "012345", "890123", "987654", "246802",
        ] {
            assert_eq!(Pins::acceptable(pin), Err(PinRefusal::Guessable), "{pin}");
        }
        for pin in ["", "12", "48291", "4829151234567"] {
            assert_eq!(Pins::acceptable(pin), Err(PinRefusal::Length), "{pin}");
        }
        for pin in ["48291a", "４８２９１５", "48 291"] {
            assert_eq!(Pins::acceptable(pin), Err(PinRefusal::NotDigits), "{pin}");
        }
        for pin in [PIN, "123457", "112233", "482915482916"] {
            assert_eq!(Pins::acceptable(pin), Ok(()), "{pin}");
        }
    }

    #[test]
    fn the_pin_is_neither_in_the_file_nor_in_an_error() {
        let folder = booth();
        let file = folder.path().join(STAFF_FILE);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("$argon2id$") && !text.contains(PIN));
        let costly = text.replace("m=64,", "m=4000000,");
        for bad in [
            "{",
            "{\"pin\": \"482915\"}",
            &text.replace("argon2id", "argon2d"),
            &costly,
        ] {
            fs::write(&file, bad).unwrap();
            let words = Pins::verify(folder.path(), PIN, at(0))
                .unwrap_err()
                .to_string();
            assert!(
                words.contains(STAFF_FILE) && !words.contains(PIN),
                "{words}"
            );
        }
    }

    #[test]
    fn the_shipped_cost_is_one_that_is_taken_back() {
        let params = Params::new(64 * 1024, 3, 1, None).unwrap();
        assert!(params.m_cost() <= LARGEST_COST_KIB && params.t_cost() <= MOST_PASSES);
    }
}
