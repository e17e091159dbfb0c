//! The staff's PINs: Argon2id, with a lock-out per operator that survives a restart. There is no
//! default PIN.
//!
//! An operator's number is typed before the PIN, so a wrong PIN counts against that operator alone:
//! a person guessing locks nobody else out, and a person who knows one PIN clears no other count.

use std::{
    fmt,
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

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

/// The staff's PINs of a booth. The file is read and written at each call, so nothing is held in
/// memory. The kiosk and the command line both write it: each change is made under a lock.
pub struct Pins;

/// The result of checking a typed PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinVerdict {
    /// The PIN of this operator.
    Right(Operator),
    Wrong,
    /// Too many wrong PINs, this one included or not: wait, even with the right one.
    Locked {
        seconds: u64,
    },
    /// No PIN has been set yet, so none is right.
    NotSet,
}

/// Why a new PIN is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinRefusal {
    #[error("it has characters other than digits")]
    NotDigits,
    #[error("it has fewer than {SHORTEST} or more than {LONGEST} digits")]
    Length,
    #[error("its digits repeat or form a run, and such PINs are guessed first")]
    Guessable,
}

/// Why the list of operators stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterRefusal {
    #[error("a name has 1 to {LONGEST_NAME} characters, none of them a line break")]
    Name,
    #[error("another operator has this name")]
    SameName,
    #[error("a booth has at most {MOST_OPERATORS} operators: remove one first")]
    Full,
    #[error("no operator has this number")]
    Unknown,
    #[error("this is the last engineer: make somebody else one first")]
    LastEngineer,
}

/// More would not fit on the day's sheet.
const MOST_OPERATORS: usize = 12;
const LONGEST_NAME: usize = 16;

/// Locked by whoever changes `staff.json`; empty.
const LOCK_FILE: &str = "staff.lock";

const SHORTEST: usize = 6;
const LONGEST: usize = 12;

/// The first operator's name until somebody changes it.
const FIRST_NAME: &str = "工程师";

/// Wrong PINs in a row that cost nothing.
const FREE_FAILURES: u32 = 4;
const FIRST_LOCK_SECONDS: u64 = 30;
const LONGEST_LOCK_SECONDS: u64 = 900;

/// Argon2id's memory in KiB and passes: RFC 9106's second choice, with one lane. Tests use a cheap
/// one.
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
    /// The number of the next operator.
    next: u32,
}

/// One operator, and the PHC string of their PIN's Argon2id hash.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enlisted {
    operator: Operator,
    pin: String,
    /// Wrong PINs in a row.
    #[serde(default)]
    failures: u32,
    #[serde(default)]
    locked_until: Option<Wall>,
}

/// `staff.json` of booths that counted wrong PINs for all operators together: everybody starts with
/// that count.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneCount {
    operators: Vec<Enlisted>,
    next: u32,
    failures: u32,
    locked_until: Option<Wall>,
}

impl From<OneCount> for Staff {
    fn from(before: OneCount) -> Self {
        let mut staff = Self {
            operators: before.operators,
            next: before.next,
        };
        staff.count_from(before.failures, before.locked_until);
        staff
    }
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
        let mut staff = Self::founded(before.pin);
        staff.count_from(before.failures, before.locked_until);
        staff
    }
}

impl fmt::Debug for Staff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Staff(..)")
    }
}

impl Pins {
    /// Makes the booth's first and only operator, an engineer, with a PIN of 6 to 12 digits that
    /// neither repeat nor run on.
    pub fn set(folder: &Path, pin: &str) -> Result<(), StationError> {
        Self::acceptable(pin)?;
        files::make_folder(folder)?;
        let staff = Staff::founded(hash(pin)?);
        let _writer = only_writer(folder)?;
        keep(folder, &staff)
    }

    /// Returns everybody who has a PIN here, by number.
    pub fn roster(folder: &Path) -> Result<Vec<Operator>, StationError> {
        let staff = stored(folder)?;
        let operators = staff.into_iter().flat_map(|staff| staff.operators);
        Ok(operators.map(|enlisted| enlisted.operator).collect())
    }

    pub fn add(folder: &Path, name: &str, role: Role, pin: &str) -> Result<Operator, StationError> {
        Self::acceptable(pin)?;
        let pin = hash(pin)?;
        change(folder, |staff| {
            let operator = Operator {
                number: staff.next,
                name: staff.acceptable_name(name)?,
                role,
            };
            staff.next = staff.next.saturating_add(1);
            staff.operators.push(Enlisted::new(operator.clone(), pin));
            Ok(operator)
        })
    }

    /// Takes an operator's PIN away. The last engineer stays.
    pub fn remove(folder: &Path, number: u32) -> Result<Operator, StationError> {
        change(folder, |staff| {
            let at = staff.place(number)?;
            let gone = staff.operators.remove(at).operator;
            let has_engineer = |enlisted: &Enlisted| enlisted.operator.role == Role::Engineer;
            if !staff.operators.iter().any(has_engineer) {
                return Err(RosterRefusal::LastEngineer);
            }
            Ok(gone)
        })
    }

    /// Gives an operator another PIN, and ends their lock-out.
    pub fn change(folder: &Path, number: u32, pin: &str) -> Result<Operator, StationError> {
        Self::acceptable(pin)?;
        let pin = hash(pin)?;
        change(folder, |staff| {
            let enlisted = staff.of(number).ok_or(RosterRefusal::Unknown)?;
            *enlisted = Enlisted::new(enlisted.operator.clone(), pin);
            Ok(enlisted.operator.clone())
        })
    }

    /// Ends every lock-out; the PINs stay.
    pub fn end_lockouts(folder: &Path) -> Result<(), StationError> {
        change(folder, |staff| {
            staff.count_from(0, None);
            Ok(())
        })
    }

    /// Checks whether `pin` may be set.
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

    pub fn is_set(folder: &Path) -> Result<bool, StationError> {
        Ok(stored(folder)?.is_some())
    }

    /// Compares a typed PIN with that of operator `number`. An empty one is ignored.
    pub fn verify(
        folder: &Path,
        number: u32,
        pin: &str,
        now: Wall,
    ) -> Result<PinVerdict, StationError> {
        match Attempt::begin(folder, number, pin, now)? {
            Begun::Over(verdict) => Ok(verdict),
            Begun::Counted(attempt) => attempt.finish(folder, pin, now),
        }
    }
}

/// A PIN that is being compared, counted as a failure until it turns out right.
struct Attempt {
    number: u32,
    /// The hash to compare it with.
    hash: String,
}

enum Begun {
    Over(PinVerdict),
    Counted(Attempt),
}

impl Attempt {
    /// Counts the failure before the result is known, so that pulling the plug buys no tries.
    fn begin(folder: &Path, number: u32, pin: &str, now: Wall) -> Result<Begun, StationError> {
        let _writer = only_writer(folder)?;
        let Some(mut staff) = stored(folder)? else {
            return Ok(Begun::Over(PinVerdict::NotSet));
        };
        let Some(enlisted) = staff.of(number).filter(|_| !pin.is_empty()) else {
            return Ok(Begun::Over(PinVerdict::Wrong));
        };
        // Written in any case: a clock that was set back shortens the lock.
        let locked = enlisted.locked_for(now);
        if locked.is_none() {
            enlisted.fail(now);
        }
        let hash = enlisted.pin.clone();
        keep(folder, &staff)?;
        Ok(match locked {
            Some(seconds) => Begun::Over(PinVerdict::Locked { seconds }),
            None => Begun::Counted(Self { number, hash }),
        })
    }

    /// Compares, which takes time, and clears the count if the operator is still there with that
    /// very PIN.
    fn finish(self, folder: &Path, pin: &str, now: Wall) -> Result<PinVerdict, StationError> {
        let is_right = fits(folder, pin, &self.hash)?;
        let _writer = only_writer(folder)?;
        let Some(mut staff) = stored(folder)? else {
            return Ok(PinVerdict::NotSet);
        };
        let Some(enlisted) = staff.of(self.number).filter(|held| held.pin == self.hash) else {
            return Ok(PinVerdict::Wrong);
        };
        if !is_right {
            return Ok(match enlisted.locked_for(now) {
                Some(seconds) => PinVerdict::Locked { seconds },
                None => PinVerdict::Wrong,
            });
        }
        (enlisted.failures, enlisted.locked_until) = (0, None);
        let operator = enlisted.operator.clone();
        keep(folder, &staff)?;
        Ok(PinVerdict::Right(operator))
    }
}

impl Staff {
    /// Returns a list with one engineer, with that PIN's hash.
    fn founded(pin: String) -> Self {
        let operator = Operator {
            number: 1,
            name: FIRST_NAME.to_owned(),
            role: Role::Engineer,
        };
        Self {
            operators: vec![Enlisted::new(operator, pin)],
            next: 2,
        }
    }

    fn of(&mut self, number: u32) -> Option<&mut Enlisted> {
        let mut operators = self.operators.iter_mut();
        operators.find(|enlisted| enlisted.operator.number == number)
    }

    /// Gives everybody the same count.
    fn count_from(&mut self, failures: u32, locked_until: Option<Wall>) {
        for enlisted in &mut self.operators {
            (enlisted.failures, enlisted.locked_until) = (failures, locked_until);
        }
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
}

impl Enlisted {
    const fn new(operator: Operator, pin: String) -> Self {
        Self {
            operator,
            pin,
            failures: 0,
            locked_until: None,
        }
    }

    /// Returns the seconds left of the lock-out, rounded up. A lock can only end later than its own
    /// length if the clock was set back meanwhile: then it starts again.
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

/// Returns the lock after N wrong PINs in a row: none, then 30 s, twice as long each time, at most
/// a quarter of an hour.
fn lock_seconds(failures: u32) -> u64 {
    match failures.saturating_sub(FREE_FAILURES) {
        0 => 0,
        over => FIRST_LOCK_SECONDS
            .saturating_mul(1_u64.checked_shl(over - 1).unwrap_or(u64::MAX))
            .min(LONGEST_LOCK_SECONDS),
    }
}

/// Returns whether one piece is repeated over and over: 777777, 121212, 123123.
fn repeats(digits: &[u8]) -> bool {
    (1..=digits.len() / 2).any(|piece| {
        digits.len().is_multiple_of(piece)
            && digits
                .chunks(piece)
                .all(|part| Some(part) == digits.get(..piece))
    })
}

/// Returns whether all neighbours differ by the same step, 9 leading to 0: 123456, 890123, 987654,
/// 246802.
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

/// Returns the stored hash, if it is Argon2id and no more costly than what is written here.
fn affordable(stored: &str) -> Option<PasswordHash<'_>> {
    let hash = PasswordHash::new(stored).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let fits = hash.algorithm == Ident::new_unwrap("argon2id")
        && params.m_cost() <= LARGEST_COST_KIB
        && params.t_cost() <= MOST_PASSES;
    fits.then_some(hash)
}

/// Locks out other writers until the returned file is dropped.
fn only_writer(folder: &Path) -> Result<File, StationError> {
    let path = folder.join(LOCK_FILE);
    let mut options = OpenOptions::new();
    let file = options.create(true).append(true).mode(0o600).open(&path);
    file.and_then(|file| file.lock().map(|()| file))
        .map_err(|cause| StationError::unwritable(&path, cause))
}

/// Reads, changes and writes the operators as the only writer. A refusal leaves them as they are.
fn change<T>(
    folder: &Path,
    change: impl FnOnce(&mut Staff) -> Result<T, RosterRefusal>,
) -> Result<T, StationError> {
    let _writer = only_writer(folder)?;
    let mut staff = stored(folder)?.ok_or(StationError::NoStaff)?;
    let changed = change(&mut staff)?;
    keep(folder, &staff)?;
    Ok(changed)
}

fn stored(folder: &Path) -> Result<Option<Staff>, StationError> {
    let Some(json) = files::read_secret(folder, STAFF_FILE)? else {
        return Ok(None);
    };
    let damaged = || StationError::damaged(folder, STAFF_FILE);
    let staff: Staff = serde_json::from_slice(&json)
        .or_else(|_not_yet| serde_json::from_slice::<OneCount>(&json).map(Staff::from))
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
    use std::{
        fs,
        sync::atomic::{AtomicBool, Ordering},
    };

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

    /// Types the first engineer's PIN.
    fn verify(folder: &TempDir, pin: &str, seconds: i64) -> PinVerdict {
        verify_of(folder, 1, pin, seconds)
    }

    fn verify_of(folder: &TempDir, number: u32, pin: &str, seconds: i64) -> PinVerdict {
        Pins::verify(folder.path(), number, pin, at(seconds)).unwrap()
    }

    fn opens(folder: &TempDir, pin: &str, seconds: i64) -> bool {
        matches!(verify(folder, pin, seconds), PinVerdict::Right(_))
    }

    #[test]
    fn each_operator_has_a_number_and_a_pin_of_their_own() {
        let folder = booth();
        let add = |name: &str, role, pin| Pins::add(folder.path(), name, role, pin);
        let liu = add("小刘", Role::Operator, "715024").unwrap();
        let wang = add(" 王 ", Role::Supervisor, "330917").unwrap();
        assert_eq!((liu.number, wang.number, wang.name.as_str()), (2, 3, "王"));
        let right = |operator: &Operator| PinVerdict::Right(operator.clone());
        assert_eq!(verify_of(&folder, 3, "330917", 0), right(&wang));
        assert_eq!(verify_of(&folder, 2, "715024", 1), right(&liu));
        assert_eq!(verify_of(&folder, 2, "330917", 1), PinVerdict::Wrong);
        let refused = |result: Result<Operator, StationError>| result.unwrap_err().to_string();
        assert!(refused(add("小刘", Role::Operator, "604812")).contains("has this name"));
        assert!(refused(add("", Role::Operator, "604812")).contains("1 to 16"));
        Pins::remove(folder.path(), 2).unwrap();
        assert_eq!(verify_of(&folder, 2, "715024", 2), PinVerdict::Wrong);
        // A number is never reused.
        assert_eq!(add("小刘", Role::Operator, "715024").unwrap().number, 4);
        let last = Pins::remove(folder.path(), 1).unwrap_err().to_string();
        assert!(last.contains("last engineer"), "{last}");
        assert_eq!(Pins::roster(folder.path()).unwrap().len(), 3);
        assert_eq!(Pins::roster(folder.path()).unwrap().get(1), Some(&wang));
    }

    #[test]
    fn wrong_pins_of_one_operator_lock_nobody_else_and_a_right_one_clears_no_other_count() {
        let folder = booth();
        Pins::add(folder.path(), "小刘", Role::Operator, "715024").unwrap();
        for second in 0..5 {
            verify(&folder, "111222", second);
        }
        let is_locked = |second| matches!(verify(&folder, PIN, second), PinVerdict::Locked { .. });
        assert!(is_locked(5));
        let liu = verify_of(&folder, 2, "715024", 6);
        assert!(matches!(liu, PinVerdict::Right(_)), "{liu:?}");
        assert!(is_locked(7), "another's PIN ends no lock");
        // A number without an operator locks nobody out.
        for second in 10..30 {
            assert_eq!(verify_of(&folder, 9, "111222", second), PinVerdict::Wrong);
        }
        assert!(opens(&folder, PIN, 40));
    }

    #[test]
    fn an_empty_pin_is_nothing() {
        let folder = booth();
        for second in 0..20 {
            assert_eq!(verify(&folder, "", second), PinVerdict::Wrong);
        }
        assert!(opens(&folder, PIN, 21));
    }

    /// Begins to compare the PIN of number 2.
    fn begun(folder: &TempDir) -> Attempt {
        match Attempt::begin(folder.path(), 2, "715024", at(0)).unwrap() {
            Begun::Counted(attempt) => attempt,
            Begun::Over(verdict) => panic!("{verdict:?}"),
        }
    }

    #[test]
    fn whoever_is_removed_while_their_pin_is_checked_stays_removed() {
        let folder = booth();
        Pins::add(folder.path(), "小刘", Role::Operator, "715024").unwrap();
        let attempt = begun(&folder);
        Pins::remove(folder.path(), 2).unwrap();
        let verdict = attempt.finish(folder.path(), "715024", at(0)).unwrap();
        assert_eq!(verdict, PinVerdict::Wrong);
        assert_eq!(Pins::roster(folder.path()).unwrap().len(), 1);
    }

    #[test]
    fn a_pin_that_is_changed_while_it_is_checked_opens_nothing() {
        let folder = booth();
        Pins::add(folder.path(), "小刘", Role::Operator, "715024").unwrap();
        let attempt = begun(&folder);
        Pins::change(folder.path(), 2, "604812").unwrap();
        let verdict = attempt.finish(folder.path(), "715024", at(0)).unwrap();
        assert_eq!(verdict, PinVerdict::Wrong);
        let other = verify_of(&folder, 2, "604812", 1);
        assert!(matches!(other, PinVerdict::Right(_)), "{other:?}");
    }

    #[test]
    fn the_roster_that_the_command_line_writes_is_not_undone_by_a_pad_that_is_busy() {
        let folder = booth();
        let busy = AtomicBool::new(true);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                while busy.load(Ordering::Relaxed) {
                    verify(&folder, PIN, 0);
                }
            });
            for _ in 0..100 {
                let added = Pins::add(folder.path(), "小刘", Role::Operator, "715024");
                let number = added.unwrap().number;
                Pins::remove(folder.path(), number).unwrap();
                verify(&folder, PIN, 0);
                assert_eq!(Pins::roster(folder.path()).unwrap().len(), 1);
            }
            busy.store(false, Ordering::Relaxed);
        });
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
    fn a_reset_ends_every_lock_out_and_keeps_the_pins() {
        let folder = booth();
        Pins::add(folder.path(), "小刘", Role::Operator, "715024").unwrap();
        for number in [1, 2] {
            for second in 0..6 {
                verify_of(&folder, number, "111222", second);
            }
        }
        Pins::end_lockouts(folder.path()).unwrap();
        assert!(opens(&folder, PIN, 7));
        let liu = verify_of(&folder, 2, "715024", 7);
        assert!(matches!(liu, PinVerdict::Right(_)), "{liu:?}");
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
        assert!(opens(&folder, PIN, 32));
    }

    #[test]
    fn the_one_count_of_earlier_booths_becomes_everybody_s() {
        let folder = booth();
        let liu = Pins::add(folder.path(), "小刘", Role::Operator, "715024").unwrap();
        let staff = stored(folder.path()).unwrap().unwrap();
        let operator = |at: usize| {
            let Enlisted { operator, pin, .. } = &staff.operators[at];
            serde_json::json!({ "operator": operator, "pin": pin })
        };
        let before = serde_json::json!({
            "operators": [operator(0), operator(1)],
            "next": 3,
            "failures": 5,
            "locked_until": at(30),
        });
        fs::write(folder.path().join(STAFF_FILE), before.to_string()).unwrap();
        let locked = PinVerdict::Locked { seconds: 20 };
        assert_eq!(verify(&folder, PIN, 10), locked);
        assert_eq!(verify_of(&folder, 2, "715024", 10), locked);
        assert_eq!(verify_of(&folder, 2, "715024", 31), PinVerdict::Right(liu));
        assert!(opens(&folder, PIN, 32));
    }

    #[test]
    fn only_the_right_pin_opens_and_none_does_before_one_is_set() {
        let folder = booth();
        assert!(opens(&folder, PIN, 0));
        assert_eq!(verify(&folder, "482914", 1), PinVerdict::Wrong);
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
        for seconds in [30, 60, 120, 240, 480, 900, 900] {
            let locked = PinVerdict::Locked { seconds };
            assert_eq!(verify(&folder, "111222", now), locked);
            // The right PIN does not open a locked page, and asking does not lengthen the lock.
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
            let words = Pins::verify(folder.path(), 1, PIN, at(0))
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
