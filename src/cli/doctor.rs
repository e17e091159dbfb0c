//! `doctor`: what would keep this booth from a good day, in one list, before the first visitor.

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::atomic::AtomicBool,
};

use clap::Args;
use serde::Serialize;

use super::Place;
use crate::{
    app::{clock::Clock, opening},
    booth::PrinterState,
    camera::{commissioned::Standing, devices},
    config::Config,
    printer::{self, Patience, Port},
    provision::{
        doctor::{Inputs, examine, lacks, passes, probed},
        fonts, models,
    },
    session::desk::{Finding, Level},
    station,
};

#[derive(Args, Debug)]
pub struct DoctorArgs {
    /// One JSON object instead of a list.
    #[arg(long)]
    json: bool,
}

/// Prints the findings; 1 if any of them closes the booth.
pub fn run(args: &DoctorArgs, place: &Place, clock: &Clock) -> anyhow::Result<ExitCode> {
    let findings = examine(&inputs(place, clock));
    let mut out = io::stdout().lock();
    if args.json {
        print_json(&mut out, &findings)
    } else {
        print_list(&mut out, &findings)
    }?;
    Ok(ExitCode::from(u8::from(!passes(&findings))))
}

fn inputs(place: &Place, clock: &Clock) -> Inputs {
    let config = place.config();
    let data = config.as_ref().map_or_else(
        |_| Path::new("/var/lib/capture-station").to_owned(),
        Config::data,
    );
    let station = opening::station_folder(&data);
    clock.resume(station::last_good_time(&station));
    let settings = config.as_ref().map(|config| config.camera.clone());
    let camera = Standing::of(
        &settings.unwrap_or_default().at(Some(&station)),
        &devices::list(Path::new("/sys")),
    );
    let port = config
        .as_ref()
        .ok()
        .and_then(|config| config.printer.port.as_ref());
    let printer = port.map(|port| looked_at(port, clock));
    Inputs {
        station,
        data,
        config: config
            .map(|_| "the configuration loads".to_owned())
            .map_err(|error| error.to_string()),
        models: models::found().map_err(|error| format!("{error:#}")),
        font: fonts::regular(),
        camera_lacks: lacks(&camera),
        camera,
        children: probed(),
        printer,
        now: clock.now(),
        clock: clock.fault(),
    }
}

fn looked_at(port: &Port, clock: &Clock) -> PrinterState {
    let patience = Patience {
        clock: &|| clock.now().mono,
        stop: &AtomicBool::new(false),
    };
    printer::look(port, patience)
}

#[derive(Serialize)]
struct Report<'a> {
    pass: bool,
    findings: &'a [Finding],
}

fn print_json(out: &mut impl Write, findings: &[Finding]) -> io::Result<()> {
    let report = Report {
        pass: passes(findings),
        findings,
    };
    serde_json::to_writer(&mut *out, &report)?;
    writeln!(out)
}

fn print_list(out: &mut impl Write, findings: &[Finding]) -> io::Result<()> {
    for finding in findings {
        writeln!(
            out,
            "{:<4}  {:<12}  {}",
            name(finding.level),
            finding.name,
            finding.text
        )?;
    }
    Ok(())
}

const fn name(level: Level) -> &'static str {
    match level {
        Level::Ok => "ok",
        Level::Warn => "warn",
        Level::Fail => "FAIL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_and_the_json_say_the_same() {
        let finding = |name: &str, level, text: &str| Finding {
            name: name.to_owned(),
            level,
            text: text.to_owned(),
        };
        let findings = [
            finding("font", Level::Fail, "install fonts-noto-cjk"),
            finding("camera", Level::Warn, "Desk camera; it has no focus"),
        ];
        let mut list = Vec::new();
        print_list(&mut list, &findings).unwrap();
        let list = String::from_utf8(list).unwrap();
        assert!(
            list.contains("FAIL") && list.contains("fonts-noto-cjk"),
            "{list}"
        );
        let mut json = Vec::new();
        print_json(&mut json, &findings).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(json["pass"], false);
        assert_eq!(json["findings"][0]["level"], "fail");
        assert_eq!(json["findings"][1]["text"], "Desk camera; it has no focus");
    }
}
