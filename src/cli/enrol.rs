//! `enrol`: makes this machine a booth of one platform, once.

use std::{
    fs,
    io::{self, BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use zeroize::Zeroizing;

use super::batch;
use crate::{
    app::enrolment::{self, LARGEST_TICKET_BYTES, NotEnrolled},
    code::FeatureCode,
    contract::EnrolmentTicket,
    jws::fingerprint,
    plain_text,
    platform::EnrolError,
    station::{Pins, Station},
    time::Now,
};

#[expect(
    clippy::struct_excessive_bools,
    reason = "independent flags of a command line"
)]
#[derive(Args, Debug)]
pub struct EnrolArgs {
    /// The file with the ticket that the platform issued for this booth.
    ticket: PathBuf,
    /// People's name for this booth.
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

/// Enrols the booth whose identity will be in `station_folder`. Everything that can fail is tried
/// before the one-time code is spent.
pub fn run(args: &EnrolArgs, station_folder: &Path, now: Now) -> anyhow::Result<ExitCode> {
    let batch = args.batch.as_deref().map(batch::feature_code).transpose();
    let batch = batch.context("--batch was refused")?;
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
    Pins::acceptable(&pin).context("the staff PIN was refused")?;
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
    EnrolmentTicket::verify(&text).map_err(|why| {
        if enrolment::was_changed(why) {
            anyhow!(
                "{} was changed after its platform signed it: ask the platform for a new ticket",
                file.display()
            )
        } else {
            anyhow!(
                "{} is not an enrolment ticket: ask the platform for one",
                file.display()
            )
        }
    })
}

/// Shows which platform the booth is about to trust, and asks whether that is right.
fn compared(ticket: &EnrolmentTicket) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        bail!(
            "there is no terminal to compare the fingerprint on: compare it by hand and give --yes"
        );
    }
    let root = ticket.root().context("the ticket holds no root key")?;
    let authority = match ticket.ca_pem {
        Some(_) => "the platform's own alone",
        None => "any public one",
    };
    let fingerprint = fingerprint(&root);
    let groups: Vec<&str> = fingerprint.split(' ').collect();
    let mut out = io::stdout();
    writeln!(out, "Platform:    {}", ticket.platform)?;
    writeln!(out, "Authority:   {authority}")?;
    writeln!(out, "Fingerprint:")?;
    for line in groups.chunks(4) {
        writeln!(out, "    {}", line.join(" "))?;
    }

    write!(
        out,
        "Is this, group by group, the fingerprint that the platform's people gave you? Type yes: "
    )?;
    out.flush()?;
    Ok(read_line(&mut io::stdin().lock())?.as_str() == "yes")
}

fn enrol(ticket: &EnrolmentTicket, name: &str, folder: &Path) -> anyhow::Result<Station> {
    enrolment::enrol(ticket, name, folder).map_err(|why| match why {
        NotEnrolled::Platform(EnrolError::Failed(_)) => anyhow!(why)
            .context("the booth is not enrolled yet: repeat the command, with the same ticket"),
        NotEnrolled::Platform(EnrolError::Client(_) | EnrolError::CodeRefused) => {
            anyhow!(why).context("the booth could not be enrolled")
        }
        NotEnrolled::Station(_) | NotEnrolled::Request(_) => anyhow!(why),
    })
}

/// Pins a batch. The booth stays enrolled if this fails; every visitor then names the batch.
fn pin_batch(station: &Station, code: &FeatureCode, now: Now) -> anyhow::Result<()> {
    let batch =
        batch::fetch(station, code, now).context("the booth is enrolled, but not its batch")?;
    station.batches().pin(&batch.feature_code)?;
    writeln!(io::stdout(), "Pinned: {}, {}.", batch.school, batch.name)?;
    Ok(())
}

/// Reads one line without its end; overwritten when dropped.
pub(super) fn read_line(from: &mut impl BufRead) -> anyhow::Result<Zeroizing<String>> {
    const LONGEST_LINE: u64 = 256;
    let mut line = Zeroizing::new(String::with_capacity(LONGEST_LINE as usize));
    io::Read::take(from, LONGEST_LINE).read_line(&mut line)?;
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    Ok(line)
}

/// Asks twice, without echo.
pub(super) fn ask_pin() -> anyhow::Result<Zeroizing<String>> {
    if !io::stdin().is_terminal() {
        bail!("there is no terminal to type a PIN on: give it on standard input with --pin-stdin");
    }
    let _unseen = Unseen::new()
        .context("the terminal cannot hide the PIN: give it on standard input with --pin-stdin")?;
    let first = ask_unseen("PIN, at least 6 digits: ")?;
    Pins::acceptable(&first).context("the staff PIN was refused")?;
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

/// While this lives, the terminal does not echo.
struct Unseen;

impl Unseen {
    fn new() -> io::Result<Self> {
        stty("-echo").map(|()| Self)
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        if stty("echo").is_err() {
            tracing::warn!("The terminal still hides your typing: run `stty echo`");
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

    use ed25519_dalek::SigningKey;

    use super::*;
    use crate::{
        contract::public_key_text,
        jws::{self, Purpose},
        time::{Mono, Trust, Wall},
    };

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
        let file = folder.path().join("ticket.jws");
        fs::write(&file, ticket).unwrap();
        let identity = folder.path().join("station");
        let line = [&[file.to_str().unwrap(), "--yes"], more].concat();
        let error = run(&args(&line), &identity, NOW).unwrap_err();
        assert!(!identity.join("station.json").exists());
        format!("{error:#}")
    }

    fn root(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn ticket() -> EnrolmentTicket {
        EnrolmentTicket {
            platform: "https://p.example".to_owned(),
            root_key: public_key_text(&root(1).verifying_key()),
            one_time_code: "sesame".to_owned(),
            ca_pem: None,
        }
    }

    fn signed(ticket: &EnrolmentTicket, by: u8) -> String {
        jws::sign(Purpose::EnrolmentTicket, &root(by), ticket).unwrap()
    }

    #[test]
    fn a_ticket_that_is_none_is_refused_without_quoting_it() {
        let unsigned = serde_json::to_string(&ticket()).unwrap();
        let no_key = EnrolmentTicket {
            root_key: "AAAA".to_owned(),
            ..ticket()
        };
        for none in [unsigned, signed(&no_key, 1), "sesame".to_owned()] {
            let words = refusal(none, &[]);
            assert!(
                words.contains("ticket.jws is not an enrolment ticket")
                    && !words.contains("sesame"),
                "{words}"
            );
        }
        let words = refusal(" ".repeat(100_000), &[]);
        assert!(words.contains("too large"), "{words}");
    }

    #[test]
    fn a_ticket_with_another_address_or_authority_is_refused() {
        let token = signed(&ticket(), 1);
        let parts: Vec<&str> = token.split('.').collect();
        let elsewhere = EnrolmentTicket {
            platform: "https://evil.example".to_owned(),
            ..ticket()
        };
        let other_ca = EnrolmentTicket {
            ca_pem: Some("PEM".to_owned()),
            ..ticket()
        };
        for changed in [elsewhere, other_ca] {
            let by_another = signed(&changed, 2);
            let by_itself = signed(&changed, 1);
            let payload = by_itself.split('.').nth(1).unwrap();
            let spliced = [parts[0], payload, parts[2]].join(".");
            for token in [by_another, spliced] {
                let words = refusal(token, &[]);
                assert!(
                    words.contains("changed after its platform signed it"),
                    "{words}"
                );
            }
        }
    }

    #[test]
    fn a_ticket_edited_on_windows_is_read_and_another_encoding_is_named() {
        use crate::plain_text::tests::{notepad, utf16};
        let token = format!("{}\n", signed(&ticket(), 2));
        let words = refusal(notepad(&token), &[]);
        assert!(words.contains("signed"), "it was read: {words}");
        let words = refusal(utf16(&token), &[]);
        assert!(
            words.contains("UTF-16") && !words.contains("sesame"),
            "{words}"
        );
    }

    #[test]
    fn a_feature_code_is_looked_at_before_anything_is_done() {
        let words = refusal("", &["--batch", "12"]);
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
        use std::{
            io::Read,
            net::{Shutdown, TcpListener, TcpStream},
            sync::Arc,
            thread,
            time::SystemTime,
        };

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

        /// Runs `visit` while a platform serves, with a fresh ticket.
        fn with_platform(visit: impl FnOnce(EnrolmentTicket)) {
            crate::platform::install_crypto();
            let folder = tempfile::tempdir().unwrap();
            let platform = Arc::new(Platform::open(folder.path()).unwrap());
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let ticket = platform.ticket(&url).unwrap();
            thread::scope(|scope| {
                let (stopper, stop) = reference::stop_pair();
                scope.spawn(move || reference::run(platform, listener, stop).unwrap());
                // A failed assertion must also stop the platform, or the scope waits for ever.
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
                // The code works once.
                let second = tempfile::tempdir().unwrap();
                let words = format!("{:#}", enrol(&ticket, "Other", second.path()).unwrap_err());
                assert!(words.contains("one-time code"), "{words}");
                assert!(!words.contains(&ticket.one_time_code), "{words}");
                assert!(!second.path().join("station.json").exists());
            });
        }

        /// Opens a connection to the platform at `url` that delivers one request there and loses
        /// the answer.
        #[expect(clippy::disallowed_methods, reason = "it ends with its one request")]
        fn losing_one_answer(url: &str) -> TcpListener {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let (near, far) = (listener.try_clone().unwrap(), url.replace("http://", ""));
            thread::spawn(move || {
                let (mut booth, _) = near.accept().unwrap();
                let mut platform = TcpStream::connect(far).unwrap();
                let mut request = [0; 4096];
                let mut length = 0;
                // Until the end of the only member of the body.
                while !request.get(..length).unwrap().ends_with(b"\"}") {
                    length = booth.read(&mut request).unwrap();
                    platform.write_all(request.get(..length).unwrap()).unwrap();
                }
                platform.read_exact(&mut [0; 12]).unwrap();
                booth.shutdown(Shutdown::Both).unwrap();
            });
            listener
        }

        #[test]
        fn an_answer_that_is_lost_on_its_way_is_asked_for_again() {
            with_platform(|ticket| {
                let folder = tempfile::tempdir().unwrap();
                let line = losing_one_answer(&ticket.platform);
                let by_the_line = EnrolmentTicket {
                    platform: format!("http://{}", line.local_addr().unwrap()),
                    ..ticket.clone()
                };
                let why = enrol(&by_the_line, "East hall", folder.path()).unwrap_err();
                let words = format!("{why:#}");
                assert!(words.contains("repeat the command"), "{words}");
                let station = enrol(&ticket, "East hall", folder.path()).unwrap();
                assert_eq!(station.name(), "East hall");
            });
        }

        #[test]
        fn a_platform_under_another_root_is_not_believed() {
            with_platform(|mut ticket| {
                ticket.root_key = public_key_text(&root(7).verifying_key());
                let folder = tempfile::tempdir().unwrap();
                let words = format!("{:#}", enrol(&ticket, "Booth", folder.path()).unwrap_err());
                assert!(words.contains("cannot be trusted"), "{words}");
                assert!(!folder.path().join("station.json").exists());
            });
        }
    }
}
