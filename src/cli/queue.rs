//! `queue list` and `queue retry`: what waits for the platform, without disturbing the kiosk.

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::{
    booth::{Quarantine, QueueCounts, QueueRow, QueueState},
    capture::CaptureId,
    outbox,
    time::Now,
};

#[derive(Args, Debug)]
pub struct QueueArgs {
    #[command(subcommand)]
    ask: Ask,
}

#[derive(Subcommand, Debug)]
enum Ask {
    /// List the captures: what is not done first, then the latest delivered.
    List {
        /// One JSON object instead of a table.
        #[arg(long)]
        json: bool,
        /// At most this many rows.
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Put a capture that was kept aside back into the queue; the kiosk must not be running.
    Retry {
        /// The capture's id, as `queue list` shows it.
        id: String,
    },
}

pub fn run(args: &QueueArgs, outbox_folder: &Path, now: Now) -> anyhow::Result<ExitCode> {
    match &args.ask {
        Ask::List { json, limit } => {
            let (rows, counts) = outbox::look(outbox_folder, *limit).with_context(|| {
                format!("the queue in {} cannot be read", outbox_folder.display())
            })?;
            let mut out = io::stdout().lock();
            if *json {
                print_json(&mut out, &rows, counts)
            } else {
                print_table(&mut out, &rows, counts)
            }?;
        }
        Ask::Retry { id } => {
            let id = CaptureId::parse(id)
                .ok_or_else(|| anyhow!("this is not a capture's id: take it from `queue list`"))?;
            outbox::retry_offline(outbox_folder, id, now)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

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
    writeln!(
        out,
        "{} confirmed = {} delivered + {} queued + {} quarantined + {} withdrawn{}",
        counts.confirmed,
        counts.delivered,
        counts.queued,
        counts.quarantined,
        counts.withdrawn,
        if counts.balances() {
            ""
        } else {
            "  DOES NOT BALANCE"
        },
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
