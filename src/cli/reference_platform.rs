//! `reference-platform`: the small central platform, for trying booths against it.

mod audit;
mod keys;

use std::{
    fs::OpenOptions,
    io::{self, Write},
    net::{IpAddr, TcpListener},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;

use self::{audit::Audit, keys::Keys};
use crate::{
    contract::{CALENDAR_FILE, KEYS_FILE, Order},
    plain_text,
    reference::{self, Platform, Terms},
};

/// The ticket's file name in the data folder.
const TICKET_FILE: &str = "ticket.jws";

#[derive(Args, Debug)]
pub struct ReferencePlatformArgs {
    /// The folder of keys, rows and parcels; created if it is missing.
    #[arg(long)]
    data: PathBuf,
    /// The address to listen on, for plain HTTP: another machine's booths need a TLS proxy in
    /// front, and `--url`.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// The address given to booths; by default, the one that is listened on.
    #[arg(long)]
    url: Option<String>,
    /// PEM of the CA that booths pin, if the proxy's certificate is not under a public root.
    #[arg(long)]
    ca: Option<PathBuf>,
    /// Instead of serving, write every batch for booths to import from a stick, one file each, the
    /// key document and the calendar, and exit.
    #[arg(long, value_name = "DIR")]
    export_batches: Option<PathBuf>,
    /// Instead of serving, take a booth's export from its folder on a stick, leave the receipts
    /// there, and exit.
    #[arg(long, value_name = "DIR")]
    take_export: Option<PathBuf>,
    /// Instead of serving, import a school's list of people and exit: one per line,
    /// `code,tail,masked name,level`. Only hashes of code and tail are kept; the platform uses it
    /// from its next start on. Without a list people are made up.
    #[arg(long, value_name = "FILE")]
    take_people: Option<PathBuf>,
    /// Instead of serving, print the command that pins BATCH at booth STATION, as the text of its
    /// code, and exit.
    #[arg(long, num_args = 2, value_names = ["STATION", "BATCH"])]
    command_pin: Option<Vec<String>>,
    /// The address of the TLS proxy in front: its requests are not limited by address here, which
    /// it has to do itself.
    #[arg(long, value_name = "ADDRESS")]
    proxy: Option<IpAddr>,
    /// Instead of serving, print the command that ends the lock-outs of booth STATION's operators,
    /// as the text of its code or of the file `command.jws` on a stick, and exit.
    #[arg(long, value_name = "STATION")]
    command_end_lockouts: Option<String>,
    /// Booths keep what they have delivered for N hours more, sealed, and send it again should this
    /// platform be restored from a backup: longer than from one backup to the next.
    #[arg(long, value_name = "HOURS", default_value_t = 0)]
    booths_retain: u64,
    /// Every order pays itself after N seconds, for a demonstration without a payer.
    #[arg(long, value_name = "SECONDS")]
    pay_after: Option<u64>,
    #[command(subcommand)]
    act: Option<Act>,
}

/// Something done in the folder instead of serving; a platform that serves it may go on.
#[derive(Subcommand, Debug)]
enum Act {
    /// The auditors' desk.
    Audit {
        #[command(subcommand)]
        act: Audit,
    },
    /// The platform's keys, each kind of which can be replaced.
    Keys {
        #[command(subcommand)]
        act: Keys,
    },
    /// Publish FILE for all booths: the days off of announced years, and the service line. It
    /// replaces what was published before, from the next start on.
    Calendar { file: PathBuf },
    /// What is kept, and until when.
    Retention {
        #[command(subcommand)]
        act: Retention,
    },
    /// The booths, and whether they are accepted.
    Booths {
        #[command(subcommand)]
        act: Booths,
    },
    /// What is wrong with booths.
    Alarms {
        #[command(subcommand)]
        act: Alarms,
    },
}

#[derive(Subcommand, Debug)]
enum Retention {
    /// Print each batch: how many captures are kept, until when, how many were deleted.
    List,
    /// Delete what is overdue; a platform that serves does so every minute.
    EraseDue,
}

#[derive(Subcommand, Debug)]
enum Booths {
    /// Print every booth, a line each: its station, captures, last report, name, and what is wrong
    /// with it.
    List,
    /// Stop accepting booth STATION, at once: it is lost, or its disk was copied. What it delivered
    /// stays.
    Revoke { station: String },
    /// Accept the revoked booth STATION again.
    Readmit { station: String },
}

#[derive(Subcommand, Debug)]
enum Alarms {
    /// Print what is wrong with booth STATION, a line each.
    List { station: String },
    /// Clear the alarms of booth STATION after somebody looked into them, until they occur again.
    Clear { station: String },
}

#[derive(Serialize)]
struct Started<'a> {
    url: &'a str,
    ticket: &'a Path,
    /// The fingerprint of the platform's root key, which people compare when they enrol a booth.
    fingerprint: &'a str,
    /// For people who audit; anybody who holds it may.
    audit: &'a str,
    /// For people who look after the booths; anybody who holds it may revoke them.
    booths: &'a str,
}

/// Serves until SIGINT or SIGTERM ends the process. That may happen at any moment: everything that
/// was answered is durable.
pub fn run(args: &ReferencePlatformArgs, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    if let Some(Act::Keys { act }) = &args.act {
        keys::change(act, &args.data, out)?;
    }
    if let Some(file) = &args.take_people {
        let unreadable = || format!("the list {} cannot be read", file.display());
        let list = std::fs::read(file).with_context(unreadable)?;
        let count = reference::take_people(&args.data, list)?;
        writeln!(out, "{count} people")?;
        return Ok(ExitCode::SUCCESS);
    }
    let terms = Terms {
        url: args.url.clone(),
        proxy: args.proxy,
        booths_retain: Duration::from_secs(args.booths_retain.saturating_mul(3_600)),
        pays_itself_after: args.pay_after.map(Duration::from_secs),
        ..Terms::default()
    };
    let platform = Platform::open_with(&args.data, terms)?;
    if let Some(act) = &args.act {
        return match act {
            Act::Audit { act } => audit::run(act, &platform, platform.now(), out),
            Act::Keys { .. } => keys::list(&platform, out),
            Act::Calendar { file } => calendar(&platform, (&args.data, file), out),
            Act::Retention { act } => retention(act, &platform, out),
            Act::Booths { act } => booths(act, &platform, out),
            Act::Alarms { act } => alarms(act, &platform, out),
        };
    }
    if let Some(folder) = &args.take_export {
        return take_export(&platform, folder, out);
    }
    if let Some(folder) = &args.export_batches {
        return export_batches(&platform, folder, out);
    }
    if let Some([station, batch]) = args.command_pin.as_deref() {
        let code = super::batch::feature_code(batch)?;
        writeln!(out, "{}", platform.command(station, Order::PinBatch(code))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(station) = &args.command_end_lockouts {
        writeln!(out, "{}", platform.command(station, Order::EndLockouts)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    serve(args, platform, out)
}

fn serve(
    args: &ReferencePlatformArgs,
    platform: Platform,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let listener = TcpListener::bind(&args.listen)
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    let url = match &args.url {
        Some(url) => url.clone(),
        None => format!("http://{}", listener.local_addr()?),
    };
    let mut ticket = platform.ticket(&url)?;
    if let Some(ca) = &args.ca {
        let unreadable = || format!("the CA {} cannot be read", ca.display());
        let bytes = std::fs::read(ca).with_context(unreadable)?;
        let pem = plain_text::decode(bytes).with_context(unreadable)?;
        ticket.ca_pem = Some(pem);
    }
    let path = args.data.join(TICKET_FILE);
    write_ticket(&path, &platform.sign_ticket(&ticket)?)
        .with_context(|| format!("the ticket {} cannot be written", path.display()))?;
    let started = Started {
        url: &url,
        ticket: &path,
        fingerprint: &platform.fingerprint(),
        audit: &platform.audit_url(&url),
        booths: &platform.booths_url(&url),
    };
    serde_json::to_writer(&mut *out, &started)?;
    writeln!(out)?;
    out.flush()?;
    // Kept until the end, as dropping it would stop the platform.
    let (_stopper, stop) = reference::stop_pair();
    reference::run(Arc::new(platform), listener, stop)?;
    Ok(ExitCode::SUCCESS)
}

fn calendar(
    platform: &Platform,
    (data, file): (&Path, &Path),
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let unreadable = || format!("{} cannot be read", file.display());
    let published = platform.publish(data, std::fs::read(file).with_context(unreadable)?)?;
    writeln!(
        out,
        "days off announced for {}",
        published.announced_years()
    )?;
    if let Some(service) = &published.service {
        writeln!(out, "service line {}", service.numbers())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn retention(
    act: &Retention,
    platform: &Platform,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    match act {
        Retention::List => {
            for kept in platform.retention()? {
                let until = kept
                    .until
                    .map_or_else(|| "?".to_owned(), |at| at.0.to_string());
                let (batch, held, erased) = (kept.batch.as_str(), kept.held, kept.erased);
                writeln!(out, "{batch}  kept {held}  until {until}  deleted {erased}")?;
            }
        }
        Retention::EraseDue => {
            for id in platform.erase_due(platform.now())? {
                writeln!(out, "{id}")?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn booths(act: &Booths, platform: &Platform, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    match act {
        Booths::List => {
            for booth in platform.booths()? {
                let heard = booth
                    .seen_at
                    .map_or_else(|| "-".to_owned(), |at| at.0.to_string());
                let (station, captures, name) = (&booth.station, booth.captures, &booth.name);
                writeln!(
                    out,
                    "{station}  {captures}  {heard}  {}",
                    name.escape_debug()
                )?;
                if let Some(at) = booth.revoked_at {
                    writeln!(out, "    revoked {}", at.0)?;
                }
                for alarm in &booth.alarms {
                    writeln!(out, "    {}", alarm.in_words())?;
                }
            }
        }
        Booths::Revoke { station } => platform.revoke(station)?,
        Booths::Readmit { station } => platform.readmit(station)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn alarms(act: &Alarms, platform: &Platform, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    match act {
        Alarms::List { station } => {
            for alarm in platform.alarms(station)? {
                writeln!(out, "{}", alarm.in_words())?;
            }
        }
        Alarms::Clear { station } => platform.clear_alarms(station)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn export_batches(
    platform: &Platform,
    folder: &Path,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (code, token) in platform.signed_batches() {
        let path = folder.join(format!("{}.jws", code.as_str()));
        std::fs::write(&path, token).with_context(|| format!("cannot write {}", path.display()))?;
        writeln!(out, "{}", path.display())?;
    }
    let documents = [
        (KEYS_FILE, Some(platform.key_document())),
        (CALENDAR_FILE, platform.signed_calendar()),
    ];
    for (name, document) in documents {
        let Some(document) = document else { continue };
        let path = folder.join(name);
        std::fs::write(&path, document)
            .with_context(|| format!("cannot write {}", path.display()))?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn take_export(
    platform: &Platform,
    folder: &Path,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let taken = platform
        .take_export(folder)
        .with_context(|| format!("the export in {} cannot be stored", folder.display()))?;
    for (file, why) in &taken.refused {
        writeln!(out, "{file}: refused: {why}")?;
    }
    writeln!(
        out,
        "{} stored, {} known before, {} refused",
        taken.stored,
        taken.known,
        taken.refused.len()
    )?;
    Ok(ExitCode::from(u8::from(!taken.refused.is_empty())))
}

/// Writes the ticket, whose one-time code is a secret until it is used.
fn write_ticket(path: &Path, ticket: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{ticket}")
}
