//! `queue`: the captures that wait for the platform, ways to carry them there by hand, and the
//! balance of the day.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, anyhow};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::progress::Progress;
use crate::{
    app::{opening, sync},
    booth::{
        Payments, Quarantine, QueueCounts, QueueRow, QueueState,
        day::{Closed, DaySheet, Gap, Shift},
    },
    capture::CaptureId,
    config::Config,
    contract::{CALENDAR_FILE, Change, KEYS_FILE, RECEIPTS_FILE, VoidCause, yuan},
    outbox::{self, Imported, Outbox, OutboxError, RECEIPTS_TOGETHER},
    plain_text,
    station::Station,
    time::Now,
};

#[derive(Args, Debug)]
pub struct QueueArgs {
    #[command(subcommand)]
    ask: Ask,
}

#[derive(Subcommand, Debug)]
enum Ask {
    /// List the captures: unfinished ones first, then the latest delivered.
    List {
        /// One JSON object instead of a table.
        #[arg(long)]
        json: bool,
        /// At most this many rows.
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Deliver what waits, without the kiosk's window, which must not be running. Exit code 1:
    /// something still waits at the end.
    Sync {
        /// Stop after N seconds, whatever still waits.
        #[arg(long, default_value_t = 3600)]
        seconds: u64,
    },
    /// Copy everything that waits, sealed as it is, to a stick; the kiosk may be running, and goes
    /// on delivering.
    Export {
        /// The stick's folder; a new folder is made in it.
        stick: PathBuf,
    },
    /// Import the receipts that the platform left on a stick; the kiosk must not be running.
    ImportReceipts {
        /// `receipts.txt`, or the folder that holds it.
        from: PathBuf,
    },
    /// Show the days' visits, and whether every capture is accounted for. Exit code 1: it does not
    /// balance.
    Balance {
        /// At most this many days.
        #[arg(long, default_value_t = 7)]
        days: u32,
    },
    /// Close a day that adds up. Exit code 1: it does not. The kiosk must not be running.
    CloseDay {
        /// The day in China, as `queue balance` shows it: 2027-03-22.
        day: String,
    },
    /// Declare that a capture must not be used, with the cause; the platform is informed. The kiosk
    /// must not be running.
    Void {
        /// The capture's id, as `queue list` shows it.
        id: String,
        #[arg(value_enum)]
        cause: Cause,
    },
    /// Withdraw a capture for a person who asks for it. If it is not uploaded yet it is destroyed
    /// here at once; else the platform is asked to destroy it. The kiosk must not be running.
    Withdraw {
        /// The capture's id, as `queue list` shows it.
        id: String,
    },
    /// Put a capture that was kept aside back into the queue; the kiosk must not be running.
    Retry {
        /// The capture's id, as `queue list` shows it.
        id: String,
    },
}

/// Why staff void a capture.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Cause {
    WrongPerson,
    TakenAgain,
    Trial,
    BoothEquipment,
}

impl From<Cause> for VoidCause {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::WrongPerson => Self::WrongPerson,
            Cause::TakenAgain => Self::TakenAgain,
            Cause::Trial => Self::Trial,
            Cause::BoothEquipment => Self::BoothEquipment,
        }
    }
}

/// The folders of the outbox and the identity.
struct Folders {
    outbox: PathBuf,
    station: PathBuf,
}

impl Folders {
    fn of(data: &Path) -> Self {
        Self {
            outbox: opening::outbox_folder(data),
            station: opening::station_folder(data),
        }
    }
}

pub fn run(
    args: &QueueArgs,
    config: &Config,
    now: &dyn Fn() -> Now,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let (folders, clock, now) = (&Folders::of(&config.data()), now, now());
    let outbox_folder = &folders.outbox;
    match &args.ask {
        Ask::Sync { seconds } => return deliver(config, *seconds, clock, out),
        Ask::Export { stick } => export(folders, stick, now, out)?,
        Ask::ImportReceipts { from } => return import_receipts(folders, from, now, out),
        Ask::Balance { days } => return balance(outbox_folder, *days, out),
        Ask::CloseDay { day } => return close_day(folders, day, now, out),
        Ask::Void { id, cause } => {
            open(folders, now)?.amend(parse(id)?, &Change::Voided((*cause).into()), now)?;
        }
        Ask::Withdraw { id } => open(folders, now)?.amend(parse(id)?, &Change::Withdrawn, now)?,
        Ask::List { json, limit } => {
            let (rows, counts) = outbox::look(outbox_folder, *limit).with_context(|| {
                format!("the queue in {} cannot be read", outbox_folder.display())
            })?;
            if *json {
                print_json(out, &rows, counts)
            } else {
                print_table(out, &rows, counts)
            }?;
        }
        Ask::Retry { id } => {
            outbox::retry_offline(outbox_folder, parse(id)?, now)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn parse(id: &str) -> anyhow::Result<CaptureId> {
    CaptureId::parse(id)
        .ok_or_else(|| anyhow!("this is not a capture's id: take it from `queue list`"))
}

/// Opens the outbox with the booth's keys, as the kiosk does.
fn open(folders: &Folders, now: Now) -> anyhow::Result<Outbox> {
    if !folders.outbox.exists() {
        return Err(OutboxError::NoOutbox.into());
    }
    let station = Station::load(&folders.station)?;
    Ok(opening::open_outbox(&station, &folders.outbox, now)?)
}

fn deliver(
    config: &Config,
    seconds: u64,
    clock: &dyn Fn() -> Now,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let started = clock().mono;
    let mut most = 0;
    let mut err = io::stderr();
    let ledger = sync::run(config, |ledger| {
        let left = usize::try_from(ledger.waiting()).unwrap_or_default();
        most = most.max(left);
        // Nobody reads stderr any more if this fails.
        drop(Progress::new(&mut err, most).show(most - left, "delivered"));
        clock().mono.since(started).as_secs() < seconds
    })
    .map_err(|fault| anyhow!(fault.cause()))?;
    Progress::new(&mut err, 0).clear()?;
    for why in &ledger.errors {
        writeln!(out, "{why}")?;
    }
    print_equation(out, ledger.counts)?;
    let (captures, notes) = (ledger.counts.undelivered(), ledger.notes_queued);
    if captures + notes == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "{captures} captures and {notes} notes still wait")?;
    Ok(ExitCode::from(1))
}

fn export(folders: &Folders, stick: &Path, now: Now, out: &mut impl Write) -> anyhow::Result<()> {
    let sealing = opening::sealing(&Station::load(&folders.station)?)?;
    let mut err = io::stderr();
    let exported = outbox::export(&folders.outbox, &sealing, stick, now, |done, of| {
        // Nobody reads stderr any more if this fails.
        drop(Progress::new(&mut err, of).show(done, "copied"));
    })?;
    Progress::new(&mut err, 0).clear()?;
    writeln!(
        out,
        "{} captures and {} notes, {} KB, in {}",
        exported.parcels,
        exported.notes,
        exported.bytes.div_ceil(1024),
        exported.folder.display()
    )?;
    if exported.skipped > 0 {
        writeln!(
            out,
            "{} files were not copied: delivered meanwhile, or damaged (see `queue list`)",
            exported.skipped
        )?;
    }
    writeln!(
        out,
        "Bring the folder to the platform, and import the {RECEIPTS_FILE} that it writes with `queue import-receipts`. Delivery goes on as before."
    )?;
    Ok(())
}

fn import_receipts(
    folders: &Folders,
    from: &Path,
    now: Now,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let file = if from.is_dir() {
        from.join(RECEIPTS_FILE)
    } else {
        from.to_owned()
    };
    let unreadable = || format!("{} cannot be read", file.display());
    let bytes = fs::read(&file).with_context(unreadable)?;
    let text = plain_text::decode(bytes).with_context(unreadable)?;
    let keys = file.with_file_name(KEYS_FILE);
    if keys.is_file() {
        // The receipts may be signed with them.
        Station::renew_from(&folders.station, &keys)
            .with_context(|| format!("{} was refused", keys.display()))?;
    }
    let beside = file.parent().unwrap_or(Path::new("."));
    match Station::take_calendar(&folders.station, beside) {
        Ok(None) => {}
        Ok(Some(published)) => writeln!(out, "{}", super::batch::calendar_in_words(&published))?,
        Err(why) => writeln!(out, "{CALENDAR_FILE}: refused: {why}")?,
    }
    let mut outbox = open(folders, now)?;
    let lines: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .collect();
    let (mut delivered, mut known, mut refused) = (0, 0, 0);
    for together in lines.chunks(RECEIPTS_TOGETHER) {
        let tokens: Vec<&str> = together.iter().map(|(_, line)| *line).collect();
        for ((at, _), imported) in together.iter().zip(outbox.import_receipts(&tokens, now)) {
            match imported? {
                Imported::Delivered => delivered += 1,
                Imported::Known => known += 1,
                Imported::NotTaken(why) => {
                    refused += 1;
                    writeln!(out, "line {}: refused: {why}", at + 1)?;
                }
            }
        }
    }
    writeln!(
        out,
        "{delivered} delivered, {known} known before, {refused} refused"
    )?;
    Ok(ExitCode::from(u8::from(refused > 0)))
}

fn balance(folder: &Path, days: u32, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let sheets = outbox::day_sheets(folder, days)?;
    let (_, counts) = outbox::look(folder, 0)?;
    for sheet in &sheets {
        print_day(out, sheet)?;
        if sheet.payments.asked > 0 {
            print_payments(out, sheet.payments)?;
        }
    }
    print_equation(out, counts)?;
    let closes = counts.balances() && sheets.iter().all(|sheet| sheet.gaps().is_empty());
    Ok(ExitCode::from(u8::from(!closes)))
}

fn print_day(out: &mut impl Write, sheet: &DaySheet) -> io::Result<()> {
    let day = &sheet.visits;
    writeln!(
        out,
        "{}  {} started = {} confirmed + {} abandoned{}{}",
        day.day,
        day.started,
        day.confirmed,
        day.abandoned,
        if day.balances() { "" } else { UNBALANCED },
        match sheet.is_closed() {
            Closed::No => "",
            Closed::Reopened => "  visits came after it was closed",
            Closed::At(_) => "  closed",
        },
    )?;
    for gap in sheet.gaps() {
        if let Gap::Captures { confirmed, found } = gap {
            writeln!(out, "    {confirmed} confirmed, {found} found{UNBALANCED}")?;
        }
    }
    for shift in &sheet.shifts {
        let who = shift.operator.map_or_else(
            || "nobody".to_owned(),
            |number| format!("operator {number}"),
        );
        let Shift {
            started,
            confirmed,
            abandoned,
            ..
        } = shift;
        writeln!(
            out,
            "    {who}: {started} started, {confirmed} confirmed, {abandoned} abandoned"
        )?;
    }
    Ok(())
}

fn close_day(
    folders: &Folders,
    day: &str,
    now: Now,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let closed = open(folders, now)?.close_day(day, now)?;
    let said = if closed {
        "is closed"
    } else {
        "is not closed: it does not add up, or nothing was counted on it (see `queue balance`)"
    };
    writeln!(out, "{day} {said}.")?;
    Ok(ExitCode::from(u8::from(!closed)))
}

const UNBALANCED: &str = "  DOES NOT BALANCE";

#[derive(Serialize)]
struct Listing<'a> {
    counts: QueueCounts,
    balances: bool,
    rows: &'a [QueueRow],
}

fn print_json(out: &mut impl Write, rows: &[QueueRow], counts: QueueCounts) -> io::Result<()> {
    serde_json::to_writer(
        &mut *out,
        &Listing {
            counts,
            balances: counts.balances(),
            rows,
        },
    )?;
    writeln!(out)
}

fn print_table(out: &mut impl Write, rows: &[QueueRow], counts: QueueCounts) -> io::Result<()> {
    for row in rows {
        writeln!(
            out,
            "{:>6}  {}  {}  {:>9}  {:<11}  {:>3} tries  {}",
            row.seq,
            row.id,
            row.confirmed_at.0.strftime("%Y-%m-%d %H:%M:%SZ"),
            row.bytes,
            in_words(row.state),
            row.attempts,
            row.last_error.as_deref().unwrap_or_default(),
        )?;
    }
    print_equation(out, counts)
}

fn print_equation(out: &mut impl Write, counts: QueueCounts) -> io::Result<()> {
    writeln!(
        out,
        "{} confirmed = {} delivered + {} queued + {} quarantined + {} withdrawn{}",
        counts.confirmed,
        counts.delivered,
        counts.queued,
        counts.quarantined,
        counts.withdrawn,
        if counts.balances() { "" } else { UNBALANCED },
    )
}

fn print_payments(out: &mut impl Write, payments: Payments) -> io::Result<()> {
    writeln!(
        out,
        "            {} asked to pay = {} paid ({}) + {} open + {} refunded + {} closed; {} paid twice{}",
        payments.asked,
        payments.paid,
        yuan(payments.paid_fen),
        payments.open,
        payments.refunded,
        payments.closed,
        payments.twice,
        if payments.balances() { "" } else { UNBALANCED },
    )
}

const fn in_words(state: QueueState) -> &'static str {
    match state {
        QueueState::Queued => "queued",
        QueueState::Delivered => "delivered",
        QueueState::Withdrawn => "withdrawn",
        QueueState::Quarantined(Quarantine::Damaged) => "damaged",
        QueueState::Quarantined(Quarantine::Refused(_)) => "refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Wall;

    #[test]
    fn the_table_and_the_json_say_the_same() {
        let id = CaptureId::new(Wall::EPOCH, [3; 10]);
        let rows = [QueueRow {
            seq: 7,
            id,
            bytes: 400_000,
            confirmed_at: Wall::from_unix_ms(1_780_000_000_000),
            state: QueueState::Quarantined(Quarantine::Damaged),
            attempts: 2,
            last_error: Some("the parcel's file is missing".to_owned()),
            next_try_s: None,
        }];
        let counts = QueueCounts {
            confirmed: 2,
            quarantined: 1,
            ..QueueCounts::default()
        };
        let mut table = Vec::new();
        print_table(&mut table, &rows, counts).unwrap();
        let table = String::from_utf8(table).unwrap();
        assert!(
            table.contains("damaged") && table.contains("DOES NOT BALANCE"),
            "{table}"
        );
        let mut json = Vec::new();
        print_json(&mut json, &rows, counts).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(json["rows"][0]["id"], id.to_string());
        assert_eq!(json["rows"][0]["state"]["quarantined"], "damaged");
        assert_eq!(json["balances"], false);
    }
}
