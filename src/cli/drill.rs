//! `drill`: saves and delivers made-up captures in a scratch outbox, telling each the moment a student would be told. Pull the
//! plug at any instant, start the machine, and `drill --check` finds every one, or names what the disk lost.
//!
//! `make test-power` does the same to a machine in a machine, a few dozen times.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    thread,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use ed25519_dalek::SigningKey;

use crate::{
    booth::{QueueRow, QueueState},
    capture::{
        BackgroundUse, BatchRef, Capture, CaptureId, Consent, Facts, Original, PaymentState,
        SourceFormat,
    },
    code::{self, FeatureCode, Meaning, PersonalCode, Tail, TailRule},
    contract::{CaptureReceipt, sha256_hex},
    frame::{Camera, Turn},
    geometry::Point,
    jws::{self, KeySet, Purpose},
    lang::Lang,
    layout::{Crop, Placed},
    outbox::{Answer, Outbox, Saved, Sealing, Settled},
    profile::Profile,
    time::{Now, Wall},
};

#[derive(Args, Debug)]
pub struct DrillArgs {
    /// A folder on the disk to be tried, used for nothing else.
    folder: PathBuf,
    /// Instead: look whether everything is there that an earlier drill told, as its output was kept on another machine.
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// Stop after so many captures; else only the plug stops it.
    #[arg(long)]
    captures: Option<u64>,
    /// Rest between two captures, milliseconds.
    #[arg(long, default_value_t = 50)]
    rest_ms: u64,
}

/// Whoever holds this key's other half could open a drill's parcels: nobody does, and they hold made-up bytes.
const RECIPIENT: &str = "age1axwx6vfugqjg7jhjfmhnns320srrafxdsmq3sxq4s9dkf5v0fpks8fpuwf";
const STATION: &str = "drill";
/// Portrait and original, bytes, as large as real ones.
const SIZES: (usize, usize) = (36_000, 260_000);
/// Every so many captures the oldest is delivered.
const A_DELIVERY: u64 = 2;

/// What was told, or what is held: one line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub state: Word,
    pub id: CaptureId,
    pub sha256: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Durable here.
    Saved,
    /// A verified receipt is durable here.
    Delivered,
    /// Found damaged; never told.
    Damaged,
}

impl Word {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Saved, "saved"),
        (Self::Delivered, "delivered"),
        (Self::Damaged, "damaged"),
    ];
}

impl Line {
    /// `None` for anything that [`Self::written`] does not write, such as a line that the plug cut off.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.trim_end().split(' ');
        let name = words.next()?;
        let (state, _) = Word::ALL.into_iter().find(|(_, known)| *known == name)?;
        let id = CaptureId::parse(words.next()?)?;
        let sha256 = words.next().filter(|hash| hash.len() == 64)?.to_owned();
        words.next().is_none().then_some(Self { state, id, sha256 })
    }

    pub fn written(&self) -> String {
        let found = Word::ALL.into_iter().find(|(word, _)| *word == self.state);
        let name = found.map_or("", |(_, name)| name);
        format!("{name} {} {}\n", self.id, self.sha256)
    }
}

/// What was told and is not true any more, in words.
pub fn broken(told: &[Line], held: &[Line]) -> Vec<String> {
    let broken = told.iter().filter_map(|told| {
        let found = held.iter().find(|held| held.id == told.id);
        let why = match (told.state, found) {
            (_, None) => "is gone",
            (_, Some(held)) if held.sha256 != told.sha256 => "has other bytes",
            (_, Some(held)) if held.state == Word::Damaged => "is damaged",
            (Word::Delivered, Some(held)) if held.state != Word::Delivered => {
                "was delivered, but its receipt is gone"
            }
            _ => return None,
        };
        Some(format!("{} {why}", told.id))
    });
    broken.collect()
}

/// Drills, or checks, and says so on `out`.
pub fn run(
    args: &DrillArgs,
    now: &dyn Fn() -> Now,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let mut outbox = open(&args.folder, now())?;
    match &args.check {
        Some(told) => check(&mut outbox, told, now(), out),
        None => drill(args, &mut outbox, now, out).map(|()| ExitCode::SUCCESS),
    }
}

fn open(folder: &Path, now: Now) -> anyhow::Result<Outbox> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let sealing = Sealing::new(STATION.to_owned(), booth_key(), RECIPIENT, vec![])?;
    let keys = KeySet::one(platform_key().verifying_key());
    Outbox::open(&folder.join("outbox"), sealing, keys, now).with_context(|| {
        format!(
            "the drill's outbox in {} cannot be opened",
            folder.display()
        )
    })
}

/// The drill's own keys protect nothing: its captures are made up.
fn booth_key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn platform_key() -> SigningKey {
    SigningKey::from_bytes(&[2; 32])
}

fn check(
    outbox: &mut Outbox,
    told: &Path,
    now: Now,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let text =
        fs::read_to_string(told).with_context(|| format!("{} cannot be read", told.display()))?;
    let told: Vec<Line> = text.lines().filter_map(Line::parse).collect();
    if told.is_empty() {
        bail!("that file reports no capture: is it the drill's output?");
    }
    let broken = broken(&told, &held(outbox, now)?);
    for line in &broken {
        writeln!(out, "LOST: {line}")?;
    }
    if broken.is_empty() {
        writeln!(
            out,
            "All {} reported captures and deliveries are here.",
            told.len()
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(
        out,
        "This disk, or something between it and this program, says \"written\" before the data is: do not put a booth on it."
    )?;
    Ok(ExitCode::from(1))
}

/// Everything that the outbox holds, its parcels' bytes looked at.
fn held(outbox: &mut Outbox, now: Now) -> anyhow::Result<Vec<Line>> {
    let rows = outbox.queue(u32::MAX)?;
    rows.iter().map(|row| hold(outbox, row, now)).collect()
}

fn hold(outbox: &mut Outbox, row: &QueueRow, now: Now) -> anyhow::Result<Line> {
    let (state, sha256) = match row.state {
        QueueState::Delivered => {
            let token = outbox
                .receipt(row.id)?
                .context("a delivered row has no receipt")?;
            let keys = KeySet::one(platform_key().verifying_key());
            let receipt: CaptureReceipt = jws::verify(Purpose::CaptureReceipt, &token, &keys)?;
            (Word::Delivered, receipt.hash)
        }
        QueueState::Queued => match outbox.parcel(row.id, now) {
            Ok(parcel) => (Word::Saved, parcel.sha256),
            Err(_damaged) => (Word::Damaged, sha256_hex(b"")),
        },
        QueueState::Quarantined(_) | QueueState::Withdrawn => (Word::Damaged, sha256_hex(b"")),
    };
    Ok(Line {
        state,
        id: row.id,
        sha256,
    })
}

fn drill(
    args: &DrillArgs,
    outbox: &mut Outbox,
    now: &dyn Fn() -> Now,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for line in held(outbox, now())? {
        tell(out, &format!("holds {}", line.written()))?;
    }
    for fault in outbox.opening().in_words() {
        tell(out, &format!("opening: {fault}\n"))?;
    }
    tell(out, "ready\n")?;
    let mut oldest_first: Vec<Saved> = vec![];
    for number in 1..=args.captures.unwrap_or(u64::MAX) {
        let id = CaptureId::new(now().wall, random()?);
        let saved = outbox.save(&made_up(id, SIZES, now())?, now())?;
        tell_of(out, Word::Saved, &saved)?;
        oldest_first.push(saved);
        if number % A_DELIVERY == 0 {
            deliver(outbox, &oldest_first.remove(0), now(), out)?;
        }
        thread::sleep(Duration::from_millis(args.rest_ms));
    }
    Ok(())
}

fn deliver(
    outbox: &mut Outbox,
    saved: &Saved,
    now: Now,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let parcel = outbox.parcel(saved.id, now)?;
    let receipt = CaptureReceipt {
        station: STATION.to_owned(),
        id: parcel.id,
        hash: parcel.sha256,
        seq: parcel.seq,
        stored_at: now.wall,
    };
    let receipt = jws::sign(Purpose::CaptureReceipt, &platform_key(), &receipt)?;
    let settled = outbox.settle(saved.id, Answer::Stored { receipt }, now)?;
    if settled != Settled::Delivered {
        bail!("the drill's own receipt was not believed");
    }
    tell_of(out, Word::Delivered, saved)
}

fn tell_of(out: &mut impl Write, state: Word, saved: &Saved) -> anyhow::Result<()> {
    let line = Line {
        state,
        id: saved.id,
        sha256: saved.sha256.clone(),
    };
    tell(out, &line.written())
}

/// One write a line, so that a line is told whole or not at all.
fn tell(out: &mut impl Write, line: &str) -> anyhow::Result<()> {
    out.write_all(line.as_bytes())?;
    Ok(out.flush()?)
}

fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut random = [0; N];
    getrandom::fill(&mut random).map_err(|why| anyhow!("no randomness: {why}"))?;
    Ok(random)
}

/// A capture of nobody, its portrait and original of the given bytes: for drills, benches and tests.
pub fn made_up(
    id: CaptureId,
    (portrait, original): (usize, usize),
    now: Now,
) -> anyhow::Result<Capture> {
    Ok(Capture {
        facts: facts(id, now)?,
        code: personal(id)?,
        tail: Tail::parse("0000", TailRule::AsPrinted).context("a tail")?,
        portrait: vec![0x55; portrait],
        original: Original {
            jpeg: vec![0xaa; original],
            source: SourceFormat::EncodedFromPixels,
            turn: Turn::None,
            camera: Arc::default(),
            imported: None,
        },
    })
}

fn personal(id: CaptureId) -> anyhow::Result<PersonalCode> {
    match code::meaning(format!("drill {id}").as_bytes()) {
        Meaning::Personal(code) => Ok(code),
        Meaning::Batch(_)
        | Meaning::Command(_)
        | Meaning::Ticket
        | Meaning::Statement(_)
        | Meaning::Receipt
        | Meaning::Foreign(_) => bail!("a made-up code has a meaning"),
    }
}

fn facts(id: CaptureId, now: Now) -> anyhow::Result<Facts> {
    let at = now.wall;
    Ok(Facts {
        id,
        batch: BatchRef {
            feature_code: FeatureCode::parse("000000").context("a feature code")?,
            serial: 0,
            known_through: Wall::EPOCH,
            profile: Profile::standard_99().document,
        },
        consent: Consent {
            text_version: STATION.to_owned(),
            text_sha256: sha256_hex(b""),
            lang: Lang::Zh,
            terms_read_at: at,
            face_agreed_at: at,
            sending_agreed_at: at,
        },
        payment: PaymentState::NotRequired,
        captured_at: at,
        time_trust: now.trust,
        crop: Crop {
            origin_in_frame: Point::new(0.0, 0.0),
            scale: 1.0,
        },
        geometry: Placed {
            crown_px: 80.0,
            eye_px: 250.0,
            chin_px: 424.0,
            face_width_px: 212.0,
            center_offset_px: 0.0,
        },
        background: BackgroundUse::Kept,
        quality: vec![],
        overrides: vec![],
        camera: Arc::new(Camera::played(STATION)),
        imported: None,
        supersedes: None,
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::time::{Mono, Trust};

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        drill: DrillArgs,
    }

    fn ask(line: &[&str]) -> (ExitCode, String) {
        let line = [&["drill"], line].concat();
        let args = Command::try_parse_from(line).unwrap().drill;
        let now = || Now {
            mono: Mono::default(),
            wall: Wall::from_unix_ms(1_780_000_000_000),
            trust: Trust::Unknown,
        };
        let mut out = vec![];
        let code = run(&args, &now, &mut out).unwrap();
        (code, String::from_utf8(out).unwrap())
    }

    #[test]
    fn what_a_drill_told_is_there_and_what_was_taken_away_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("drill");
        let place = place.to_str().unwrap();
        let (_, told) = ask(&[place, "--captures", "4", "--rest-ms", "0"]);
        let kept = folder.path().join("told.txt");
        // The plug cuts a line off.
        fs::write(&kept, format!("{told}saved 0190")).unwrap();
        let kept = kept.to_str().unwrap();
        let (code, said) = ask(&[place, "--check", kept]);
        assert_eq!(
            (code, said.contains("All 6 reported")),
            (ExitCode::SUCCESS, true),
            "{said}"
        );
        let parcels = Path::new(place).join("outbox/parcels");
        let victim = fs::read_dir(parcels).unwrap().next().unwrap().unwrap();
        fs::write(victim.path(), b"torn").unwrap();
        let (code, said) = ask(&[place, "--check", kept]);
        assert_eq!(code, ExitCode::from(1), "{said}");
        assert_eq!(said.matches("LOST").count(), 1, "{said}");
    }

    #[test]
    fn a_second_drill_first_says_what_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().to_str().unwrap();
        let (_, first) = ask(&[place, "--captures", "2", "--rest-ms", "0"]);
        let (_, second) = ask(&[place, "--captures", "0"]);
        let told: Vec<Line> = first.lines().filter_map(Line::parse).collect();
        let held: Vec<Line> = second
            .lines()
            .filter_map(|line| Line::parse(line.strip_prefix("holds ")?))
            .collect();
        assert_eq!((told.len(), held.len()), (3, 2));
        assert!(broken(&told, &held).is_empty());
        assert!(second.ends_with("ready\n"), "{second}");
    }

    #[test]
    fn whatever_is_told_and_not_held_is_named() {
        let line = |state, n: u8, hash: &str| Line {
            state,
            id: CaptureId::new(Wall::EPOCH, [n; 10]),
            sha256: sha256_hex(hash.as_bytes()),
        };
        let told = [
            line(Word::Saved, 1, "a"),
            line(Word::Saved, 2, "b"),
            line(Word::Delivered, 2, "b"),
            line(Word::Saved, 3, "c"),
            line(Word::Saved, 4, "d"),
        ];
        let held = [
            line(Word::Delivered, 1, "a"),
            line(Word::Saved, 2, "b"),
            line(Word::Saved, 3, "other"),
        ];
        let words = broken(&told, &held).join("\n");
        for why in ["its receipt is gone", "has other bytes", "is gone"] {
            assert!(words.contains(why), "{words}");
        }
        assert_eq!(broken(&told, &held).len(), 3);
        for text in ["", "saved", "saved x y", "told 1 2", "ready"] {
            assert_eq!(Line::parse(text), None);
        }
    }
}
