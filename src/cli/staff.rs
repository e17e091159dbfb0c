//! `staff`: who has a PIN at this booth, and in which role.

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use zeroize::Zeroizing;

use super::enrol;
use crate::{
    booth::duty::{Operator, Role},
    lang::Lang,
    station::Pins,
    ui::words::staff as words,
};

#[derive(Args, Debug)]
pub struct StaffArgs {
    #[command(subcommand)]
    ask: Ask,
}

#[derive(Subcommand, Debug)]
enum Ask {
    /// List the operators: number, role, name. The kiosk may be running for this command and those
    /// below.
    List,
    /// Add an operator with a PIN of their own: at least 6 digits.
    Add {
        /// Their name at the booth, at most 16 characters; nothing else about them is kept.
        name: String,
        #[arg(value_enum, long, default_value_t = RoleName::Operator)]
        role: RoleName,
        /// Read the PIN from the first line of standard input.
        #[arg(long)]
        pin_stdin: bool,
    },
    /// Take an operator's PIN away; the last engineer stays.
    Remove {
        /// The operator's number, as `staff list` shows it.
        number: u32,
    },
    /// Give an operator another PIN; that also ends a lock-out.
    Pin {
        /// The operator's number, as `staff list` shows it.
        number: u32,
        /// Read the PIN from the first line of standard input.
        #[arg(long)]
        pin_stdin: bool,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    /// Retries, withdrawals, set-aside checks, batch, booth check, receipts, end of day.
    Operator,
    /// Also voids, exports, settings, packing up.
    Supervisor,
    /// Everything.
    Engineer,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Operator => Self::Operator,
            RoleName::Supervisor => Self::Supervisor,
            RoleName::Engineer => Self::Engineer,
        }
    }
}

pub fn run(args: &StaffArgs, station: &Path, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    match &args.ask {
        Ask::List => {
            let roster = Pins::roster(station)?;
            if roster.is_empty() {
                writeln!(out, "No PIN is set: enrol this booth first.")?;
                return Ok(ExitCode::from(1));
            }
            for operator in &roster {
                print(operator, out)?;
            }
        }
        Ask::Add {
            name,
            role,
            pin_stdin,
        } => {
            let pin = if *pin_stdin { typed()? } else { asked()? };
            print(&Pins::add(station, name, (*role).into(), &pin)?, out)?;
        }
        Ask::Remove { number } => {
            let gone = Pins::remove(station, *number)?;
            writeln!(out, "{} has no PIN any more.", gone.name)?;
        }
        Ask::Pin { number, pin_stdin } => {
            let pin = if *pin_stdin { typed()? } else { asked()? };
            let operator = Pins::change(station, *number, &pin)?;
            writeln!(out, "{} has another PIN.", operator.name)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(operator: &Operator, out: &mut impl Write) -> io::Result<()> {
    let Operator { number, name, role } = operator;
    let role = words::role(*role).get(Lang::En);
    writeln!(out, "{number:>3}  {role:<10}  {name}")
}

fn typed() -> anyhow::Result<Zeroizing<String>> {
    enrol::read_line(&mut io::stdin().lock())
}

fn asked() -> anyhow::Result<Zeroizing<String>> {
    if !io::stdin().is_terminal() {
        bail!("there is no terminal to type a PIN on: give it on standard input with --pin-stdin");
    }
    enrol::ask_pin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_of(ask: Ask, station: &Path) -> anyhow::Result<String> {
        let mut out = Vec::new();
        run(&StaffArgs { ask }, station, &mut out)?;
        Ok(String::from_utf8(out)?)
    }

    #[test]
    fn the_roster_is_listed_and_shrinks() {
        let station = tempfile::tempdir().unwrap();
        let list = || run_of(Ask::List, station.path()).unwrap();
        assert!(list().contains("No PIN is set"));
        Pins::set(station.path(), "482915").unwrap();
        Pins::add(station.path(), "小刘", Role::Operator, "715024").unwrap();
        assert_eq!(list(), "  1  engineer    工程师\n  2  operator    小刘\n");
        let remove = |number| run_of(Ask::Remove { number }, station.path());
        assert!(remove(2).unwrap().contains("小刘"));
        let why = remove(1).unwrap_err().to_string();
        assert!(why.contains("last engineer"), "{why}");
        assert!(remove(9).is_err());
        assert_eq!(list().lines().count(), 1);
    }
}
