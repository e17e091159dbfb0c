//! `reference-platform`: the small central platform, for trying booths against it.

mod audit;

use std::{
    fs::OpenOptions,
    io::{self, Write},
    net::TcpListener,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;

use self::audit::Audit;
use crate::{
    contract::{EnrolmentTicket, Order},
    plain_text,
    reference::{self, Platform, Terms},
};

/// The ticket's file name in the data folder.
const TICKET_FILE: &str = "ticket.json";

#[derive(Args, Debug)]
pub struct ReferencePlatformArgs {
    /// Keys, rows and parcels live here; made if it is missing.
    #[arg(long)]
    data: PathBuf,
    /// Speaks plain HTTP: another machine's booths need a TLS proxy in front, and `--url`.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// The address that booths are given; by default, the one that is listened on.
    #[arg(long)]
    url: Option<String>,
    /// PEM of the CA that booths pin, if the proxy's certificate is not under a public root.
    #[arg(long)]
    ca: Option<PathBuf>,
    /// Instead of serving, write every batch as booths import it from a stick, one file each, and end.
    #[arg(long, value_name = "DIR")]
    export_batches: Option<PathBuf>,
    /// Instead of serving, take a booth's export from its folder on a stick, leave the receipts there, and end.
    #[arg(long, value_name = "DIR")]
    take_export: Option<PathBuf>,
    /// Instead of serving, make a new receipt key, which signs from the next start on, and end.
    #[arg(long)]
    new_receipt_key: bool,
    /// Instead of serving, print the command that pins BATCH at booth STATION, as the text of its code, and end.
    #[arg(long, num_args = 2, value_names = ["STATION", "BATCH"])]
    command_pin: Option<Vec<String>>,
    /// Instead of serving, print the command that ends the lock-outs of booth STATION's operators, as
    /// the text of its code or of the file `command.jws` on a stick, and end.
    #[arg(long, value_name = "STATION")]
    command_end_lockouts: Option<String>,
    /// Every order pays itself after so many seconds: for a demonstration without a payer.
    #[arg(long, value_name = "SECONDS")]
    pay_after: Option<u64>,
    #[command(subcommand)]
    act: Option<Act>,
}

/// What is done in the folder instead of serving; a platform that serves it may go on.
#[derive(Subcommand, Debug)]
enum Act {
    /// The auditors' desk.
    Audit {
        #[command(subcommand)]
        act: Audit,
    },
    /// What is wrong with booths.
    Alarms {
        #[command(subcommand)]
        act: Alarms,
    },
}

#[derive(Subcommand, Debug)]
enum Alarms {
    /// Print what is wrong with booth STATION, a line each.
    List { station: String },
    /// Somebody looked into it: what is wrong with booth STATION is forgotten, until it happens again.
    Clear { station: String },
}

#[derive(Serialize)]
struct Started<'a> {
    url: &'a str,
    ticket: &'a Path,
    /// For people who audit; whoever has it may.
    audit: &'a str,
}

/// Serves until SIGINT or SIGTERM ends the process. That may happen at any moment: what was answered is durable.
pub fn run(args: &ReferencePlatformArgs, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    if args.new_receipt_key {
        reference::add_receipt_key(&args.data)?;
        return Ok(ExitCode::SUCCESS);
    }
    let terms = Terms {
        url: args.url.clone(),
        pays_itself_after: args.pay_after.map(Duration::from_secs),
        ..Terms::default()
    };
    let platform = Platform::open_with(&args.data, terms)?;
    if let Some(act) = &args.act {
        return match act {
            Act::Audit { act } => audit::run(act, &platform, platform.now(), out),
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
    write_ticket(&path, &ticket)
        .with_context(|| format!("the ticket {} cannot be written", path.display()))?;
    let started = Started {
        url: &url,
        ticket: &path,
        audit: &platform.audit_url(&url),
    };
    serde_json::to_writer(&mut *out, &started)?;
    writeln!(out)?;
    out.flush()?;
    // Kept to the end: dropping it would stop the platform.
    let (_stopper, stop) = reference::stop_pair();
    reference::run(Arc::new(platform), listener, stop)?;
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
    Ok(ExitCode::SUCCESS)
}

fn take_export(
    platform: &Platform,
    folder: &Path,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let taken = platform
        .take_export(folder)
        .with_context(|| format!("the export in {} cannot be taken", folder.display()))?;
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

/// The one-time code is a secret until it is used.
fn write_ticket(path: &Path, ticket: &EnrolmentTicket) -> io::Result<()> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    serde_json::to_writer_pretty(file, ticket)?;
    Ok(())
}
