//! `enrol`: makes this machine a booth of one platform, once.

use std::{
    fs,
    io::{self, BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

use super::batch;
use crate::{
    code::FeatureCode,
    contract::{EnrolRequest, Enrolled, EnrolmentTicket, public_key_text},
    plain_text, platform,
    station::{Pins, Station, fingerprint, new_key},
    time::Now,
};

#[expect(
    clippy::struct_excessive_bools,
    reason = "independent flags of a command line"
)]
#[derive(Args, Debug)]
pub struct EnrolArgs {
    /// The ticket that the platform gave out for this booth: a JSON file.
    ticket: PathBuf,
    /// What people call this booth.
    #[arg(long, default_value = "Booth")]
    name: String,
    /// The fingerprint was compared already: do not ask.
    #[arg(long)]
    yes: bool,
    /// Read the staff PIN from the first line of standard input.
    #[arg(long)]
    pin_stdin: bool,
    /// Fetch and pin this batch, by its feature code.
    #[arg(long, value_name = "FEATURE_CODE")]
    batch: Option<String>,
}

/// A ticket is a few lines and at most a certificate.
const LARGEST_TICKET_BYTES: u64 = 64 * 1024;

/// Enrols the booth whose identity is to live in `station_folder`. Whatever can fail is tried before the one-time code is spent.
pub fn run(args: &EnrolArgs, station_folder: &Path, now: Now) -> anyhow::Result<ExitCode> {
    let batch = args.batch.as_deref().map(batch::feature_code).transpose();
    let batch = batch.context("--batch is not taken")?;
    let ticket = read_ticket(&args.ticket)?;
    Station::may_enrol(station_folder)?;
    if !args.yes && !compared(&ticket)? {
        writeln!(io::stdout(), "Nothing was changed.")?;
        return Ok(ExitCode::from(1));
    }
    let pin = if args.pin_stdin {
        read_line(&mut io::stdin().lock())?
    } else {
        ask_pin()?
    };
    Pins::acceptable(&pin).context("the staff PIN is not taken")?;
    // The PIN first: an enrolled booth always has one.
    Pins::set(station_folder, &pin)?;
    let station = enrol(&ticket, &args.name, station_folder)?;
    writeln!(io::stdout(), "Enrolled as {}.", station.id())?;
    if let Some(batch) = batch {
        pin_batch(&station, &batch, now)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn read_ticket(file: &Path) -> anyhow::Result<EnrolmentTicket> {
    let text = fs::metadata(file)
        .and_then(|found| match found.len() {
            ..=LARGEST_TICKET_BYTES => fs::read(file),
            _ => Err(io::Error::other("it is too large")),
        })
        .and_then(|bytes| Ok(plain_text::decode(bytes)?))
        .with_context(|| format!("the ticket {} cannot be read", file.display()))?;
    // The parser's words may quote the one-time code.
    let ticket: EnrolmentTicket = serde_json::from_str(&text).map_err(|_may_quote| {
        anyhow!(
            "{} is not an enrolment ticket: ask the platform for one",
            file.display()
        )
    })?;
    if ticket.root().is_none() {
        bail!(
            "{} holds no valid root key: ask the platform for a new ticket",
            file.display()
        );
    }
    Ok(ticket)
}

/// Shows whom the booth is about to trust, and asks whether that is right.
fn compared(ticket: &EnrolmentTicket) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("nobody can be asked to compare the fingerprint here: compare it and give --yes");
    }
    let root = ticket.root().context("the ticket holds no root key")?;
    let mut out = io::stdout();
    writeln!(out, "Platform:    {}", ticket.platform)?;
    writeln!(out, "Fingerprint: {}", fingerprint(&root))?;
    write!(
        out,
        "Is this the fingerprint that the platform's people told you? Type yes: "
    )?;
    out.flush()?;
    Ok(read_line(&mut io::stdin().lock())?.as_str() == "yes")
}

fn enrol(ticket: &EnrolmentTicket, name: &str, folder: &Path) -> anyhow::Result<Station> {
    let key = new_key()?;
    let enrolled = ask_platform(ticket, name, &key).context("the booth could not be enrolled")?;
    Ok(Station::enrol(folder, ticket, name, &enrolled, &key)?)
}

fn ask_platform(
    ticket: &EnrolmentTicket,
    name: &str,
    key: &SigningKey,
) -> anyhow::Result<Enrolled> {
    let request = EnrolRequest {
        one_time_code: ticket.one_time_code.clone(),
        station_key: public_key_text(&key.verifying_key()),
        name: name.to_owned(),
    };
    Ok(platform::enrol(
        &ticket.platform,
        ticket.ca_pem.as_deref(),
        &request,
    )?)
}

/// The booth stays enrolled if this fails; every visitor then names the batch.
fn pin_batch(station: &Station, code: &FeatureCode, now: Now) -> anyhow::Result<()> {
    let batch =
        batch::fetch(station, code, now).context("the booth is enrolled, but not its batch")?;
    station.batches().pin(&batch.feature_code)?;
    writeln!(io::stdout(), "Pinned: {}, {}.", batch.school, batch.name)?;
    Ok(())
}

/// One line without its end; overwritten when dropped.
pub(super) fn read_line(from: &mut impl BufRead) -> anyhow::Result<Zeroizing<String>> {
    const LONGEST_LINE: u64 = 256;
    let mut line = Zeroizing::new(String::with_capacity(LONGEST_LINE as usize));
    io::Read::take(from, LONGEST_LINE).read_line(&mut line)?;
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    Ok(line)
}

/// Asks twice, unseen.
pub(super) fn ask_pin() -> anyhow::Result<Zeroizing<String>> {
    if !io::stdin().is_terminal() {
        bail!("nobody can type a PIN here: give it on standard input with --pin-stdin");
    }
    let _unseen = Unseen::new().context("the terminal cannot hide the PIN: use --pin-stdin")?;
    let first = ask_unseen("PIN, at least 6 digits: ")?;
    Pins::acceptable(&first).context("the staff PIN is not taken")?;
    if ask_unseen("Again: ")? != first {
        bail!("the two PINs differ: nothing was changed");
    }
    Ok(first)
}

fn ask_unseen(question: &str) -> anyhow::Result<Zeroizing<String>> {
    let mut out = io::stdout();
    write!(out, "{question}")?;
    out.flush()?;
    let answer = read_line(&mut io::stdin().lock())?;
    writeln!(out)?;
    Ok(answer)
}

/// While this lives, the terminal does not show what is typed.
struct Unseen;

impl Unseen {
    fn new() -> io::Result<Self> {
        stty("-echo").map(|()| Self)
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        if stty("echo").is_err() {
            tracing::warn!("The terminal still hides what is typed: run `stty echo`");
        }
    }
}

fn stty(setting: &str) -> io::Result<()> {
    let status = Command::new("stty")
        .arg(setting)
        .stdin(Stdio::inherit())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other("stty refused"))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::time::{Mono, Trust, Wall};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        enrol: EnrolArgs,
    }

    fn args(line: &[&str]) -> EnrolArgs {
        let line = [&["enrol"], line].concat();
        Line::try_parse_from(line).unwrap().enrol
    }

    const NOW: Now = Now {
        mono: Mono::from_start(std::time::Duration::ZERO),
        wall: Wall::EPOCH,
        trust: Trust::Unknown,
    };

    fn refusal(ticket: impl AsRef<[u8]>, more: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ticket.json");
        fs::write(&file, ticket).unwrap();
        let identity = folder.path().join("station");
        let line = [&[file.to_str().unwrap(), "--yes"], more].concat();
        let error = run(&args(&line), &identity, NOW).unwrap_err();
        assert!(!identity.join("station.json").exists());
        format!("{error:#}")
    }

    #[test]
    fn a_ticket_that_is_none_is_refused_without_quoting_it() {
        let words = refusal("{\"one_time_code\": \"sesame\"}", &[]);
        assert!(
            words.contains("ticket.json") && !words.contains("sesame"),
            "{words}"
        );
        let no_key = r#"{"platform":"https://p.example","root_key":"AAAA","one_time_code":"sesame","ca_pem":null}"#;
        let words = refusal(no_key, &[]);
        assert!(
            words.contains("root key") && !words.contains("sesame"),
            "{words}"
        );
        let words = refusal(" ".repeat(100_000), &[]);
        assert!(words.contains("too large"), "{words}");
    }

    #[test]
    fn a_ticket_edited_on_windows_is_read_and_another_encoding_is_named() {
        use crate::plain_text::tests::{notepad, utf16};
        let no_key = "{\n\"platform\":\"https://p.example\",\"root_key\":\"AAAA\",\"one_time_code\":\"sesame\",\"ca_pem\":null}\n";
        let words = refusal(notepad(no_key), &[]);
        assert!(words.contains("root key"), "it was read: {words}");
        let words = refusal(utf16(no_key), &[]);
        assert!(
            words.contains("UTF-16") && !words.contains("sesame"),
            "{words}"
        );
    }

    #[test]
    fn a_feature_code_is_looked_at_before_anything_is_done() {
        let words = refusal("{}", &["--batch", "12"]);
        assert!(words.contains("--batch"), "{words}");
    }

    #[test]
    fn one_line_is_read_and_its_end_is_dropped() {
        let mut input = io::Cursor::new("482915\r\nmore\n");
        assert_eq!(read_line(&mut input).unwrap().as_str(), "482915");
        assert_eq!(read_line(&mut input).unwrap().as_str(), "more");
        assert_eq!(read_line(&mut input).unwrap().as_str(), "");
    }

    #[cfg(feature = "reference")]
    mod at_a_platform {
        use std::{net::TcpListener, sync::Arc, thread, time::SystemTime};

        use super::*;
        use crate::reference::{self, Platform};

        #[expect(
            clippy::disallowed_methods,
            reason = "the platform compares with its own clock"
        )]
        fn now() -> Now {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let ms = i64::try_from(since.unwrap().as_millis()).unwrap();
            Now {
                wall: Wall::from_unix_ms(ms),
                ..NOW
            }
        }

        /// Runs `visit` while a platform serves; it is given a fresh ticket.
        fn with_platform(visit: impl FnOnce(EnrolmentTicket)) {
            platform::install_crypto();
            let folder = tempfile::tempdir().unwrap();
            let platform = Arc::new(Platform::open(folder.path()).unwrap());
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let ticket = platform.ticket(&url).unwrap();
            thread::scope(|scope| {
                let (stopper, stop) = reference::stop_pair();
                scope.spawn(move || reference::run(platform, listener, stop).unwrap());
                // A failed assertion must end the platform too, or the scope waits for ever.
                let _stopper = stopper;
                visit(ticket);
            });
        }

        #[test]
        fn a_ticket_makes_one_booth_with_its_batch() {
            with_platform(|ticket| {
                let folder = tempfile::tempdir().unwrap();
                let station = enrol(&ticket, "East hall", folder.path()).unwrap();
                let code = FeatureCode::parse("d3pz85").unwrap();
                let strange = FeatureCode::parse("zzzzzz").unwrap();
                assert!(pin_batch(&station, &strange, now()).is_err());
                assert_eq!(station.batches().pinned().unwrap(), None);
                let pinned = pin_batch(&station, &FeatureCode::parse("D3PZ85").unwrap(), now());
                pinned.unwrap();
                let reopened = Station::load(folder.path()).unwrap();
                let batch = reopened.batches().pinned().unwrap().unwrap().batch;
                assert!(batch.feature_code.is_like(&code));
                // The code was good once.
                let second = tempfile::tempdir().unwrap();
                let words = format!("{:#}", enrol(&ticket, "Other", second.path()).unwrap_err());
                assert!(words.contains("one-time code"), "{words}");
                assert!(!words.contains(&ticket.one_time_code), "{words}");
                assert!(!second.path().join("station.json").exists());
            });
        }

        #[test]
        fn a_platform_under_another_root_is_not_believed() {
            with_platform(|mut ticket| {
                ticket.root_key =
                    public_key_text(&SigningKey::from_bytes(&[7; 32]).verifying_key());
                let folder = tempfile::tempdir().unwrap();
                let words = format!("{:#}", enrol(&ticket, "Booth", folder.path()).unwrap_err());
                assert!(words.contains("not to be trusted"), "{words}");
                assert!(!folder.path().join("station.json").exists());
            });
        }
    }
}
