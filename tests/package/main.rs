//! The packages on a Debian of their own: installed, enrolled, killed, hung, replaced, taken away.
//! A container boots its own systemd and the kiosk's compositor draws on no screen; all else is
//! what a booth has.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![expect(
    clippy::print_stderr,
    reason = "what cannot be looked at here is said loudly"
)]

mod machine;

use machine::{Machine, made};
use serde_json::Value;

/// There is neither a screen nor a terminal, and no graphics card.
const HEADLESS: &str = "mkdir -p /etc/systemd/system/capture-station.service.d
cat > /etc/systemd/system/capture-station.service.d/headless.conf <<END
[Unit]
ConditionPathExists=
[Service]
Environment=WLR_BACKENDS=headless WLR_RENDERER=pixman LIBGL_ALWAYS_SOFTWARE=1
END";

const WITH_SITTER: &str =
    "sed -i 's/^kind = \"usb\"/kind = \"sitter\"/' /etc/capture-station/config.toml";

/// What an administrator types before each command, by the installation's page.
const BOOTH: &str = "runuser -u capture-station -- env CAPTURE_STATION_DATA=/var/lib/capture-station capture-station";

/// Whether this start of the kiosk came to its first screen and said so.
const SERVES: &str = "systemctl is-active --quiet capture-station
start=$(systemctl show --property=InvocationID --value capture-station)
journalctl --all --output=cat _SYSTEMD_INVOCATION_ID=$start | grep -q 'the visit is at step=.idle'";

const KIOSK: &str = "kiosk=$(systemctl show --property=MainPID --value capture-station)";

fn machine() -> Option<Machine> {
    if !made().join("ready").exists() {
        eprintln!("SKIPPED: the packages, no machine of their own boots here: `make test-package`");
        return None;
    }
    let machine = Machine::boot();
    machine.run(HEADLESS);
    Some(machine)
}

fn install(machine: &Machine, packages: &str) -> String {
    machine.run(&format!("apt-get install -y {packages} </dev/null"))
}

fn property(machine: &Machine, name: &str) -> String {
    let script = format!("systemctl show --property={name} --value capture-station");
    machine.run(&script).trim().to_owned()
}

/// Waits for a start of the kiosk after the one whose process was `before`.
fn until_it_is_back(machine: &Machine, before: &str) {
    machine.until(&format!("{KIOSK}\n[ $kiosk != 0 -a $kiosk != {before} ]"));
    machine.until(SERVES);
}

#[test]
#[ignore = "minutes: make test-package"]
fn a_booth_that_is_not_enrolled_is_ready_and_says_why() {
    let Some(machine) = machine() else { return };
    install(
        &machine,
        "/deb1/capture-station_*.deb /deb1/capture-station-models_*.deb",
    );
    machine.until("systemctl is-active --quiet capture-station");
    let status = property(&machine, "StatusText");
    assert!(
        status.starts_with("closed: ") && status.contains("not enrolled"),
        "{status}"
    );
    assert_eq!(property(&machine, "NRestarts"), "0");
    machine.run("systemctl is-enabled --quiet capture-station");

    let found = machine.answer(&format!("{BOOTH} doctor --json"));
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    let level = |name: &str| {
        let mut findings = found["findings"].as_array().unwrap().iter();
        findings.find(|one| one["name"] == name).unwrap()["level"].clone()
    };
    for name in ["config", "models", "font", "libraries", "data_folder"] {
        assert_eq!(level(name), "ok", "{found}");
    }
    assert_eq!(level("enrolment"), "fail");
    machine.run("dpkg --remove --force-depends libwayland-egl1");
    let found = machine.answer(&format!("{BOOTH} doctor"));
    let found = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(
        found.contains("install libwayland-egl1"),
        "it would not be seen: {found}"
    );
}

/// Makes the machine a booth of the platform that it is too, as the installation's page says.
fn enrol(machine: &Machine) {
    install(machine, "/deb1/*.deb");
    machine.until("test -s /var/lib/capture-station-platform/ticket.jws");
    machine.run(&format!(
        "{WITH_SITTER}
        install -m 0644 /var/lib/capture-station-platform/ticket.jws /tmp/ticket
        echo 246813 | {BOOTH} enrol /tmp/ticket --yes --pin-stdin
        systemctl restart capture-station"
    ));
    machine.until(SERVES);
}

#[test]
#[ignore = "minutes: make test-package"]
fn an_enrolled_booth_comes_back_from_whatever_ends_or_stops_it() {
    let Some(machine) = machine() else { return };
    enrol(&machine);
    let exposure = machine.run("systemd-analyze security capture-station | tail -1");
    assert!(exposure.contains("OK"), "{exposure}");
    let compositor = "cage=$(grep -lx cage /proc/[0-9]*/comm | cut -d/ -f3)
        kill -KILL $cage";
    for harm in ["kill -KILL $kiosk", compositor, "kill -STOP $kiosk"] {
        let before = property(&machine, "MainPID");
        machine.run(&format!("{KIOSK}\n{harm}"));
        until_it_is_back(&machine, &before);
    }
    assert_eq!(property(&machine, "NRestarts"), "3");
    assert_eq!(property(&machine, "StatusText"), "");
    machine.run("journalctl --unit=capture-station | grep -q 'Watchdog timeout'");
    let log = machine.run("journalctl --all --unit=capture-station");
    assert!(!log.contains("not fully confined"), "{log}");
}

/// The captures by their ids and states.
fn queue(machine: &Machine) -> Vec<(String, String)> {
    let list = machine.answer(&format!("{BOOTH} queue list --json"));
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    let rows = list.get("rows").unwrap().as_array().unwrap().iter();
    rows.map(|row| (row["id"].to_string(), row["state"].to_string()))
        .collect()
}

/// Puts the demonstration's booth, in which a capture waits, and its platform in the places of the
/// installed ones.
fn move_in(machine: &Machine) {
    machine.run(&format!(
        "systemctl stop capture-station capture-station-platform
        for pair in booth:capture-station platform:capture-station-platform; do
            name=${{pair#*:}}
            rm -rf /var/lib/$name/*
            cp -r /demo/data/${{pair%:*}}/. /var/lib/$name/
            chown -R $name:$name /var/lib/$name
        done
        address=$(sed -n 's|.*\"platform\": *\"http://\\([0-9.:]*\\)\".*|\\1|p' /var/lib/capture-station/station/station.json)
        echo \"ARGUMENTS='--listen $address'\" > /etc/default/capture-station-platform
        {WITH_SITTER}
        systemctl start capture-station"
    ));
    machine.until(SERVES);
}

#[test]
#[ignore = "minutes: make test-package"]
fn captures_outlive_every_change_of_packages_and_are_delivered_then() {
    let Some(machine) = machine() else { return };
    install(&machine, "/deb1/*.deb");
    move_in(&machine);
    let before = queue(&machine);
    assert_eq!(before.len(), 1);
    let set = machine.run("cat /etc/capture-station/config.toml");
    let version = || machine.run("dpkg-query -W -f '${Version}' capture-station");

    machine.run("apt-get install -y --reinstall /deb1/capture-station_*.deb </dev/null");
    machine.until(SERVES);
    let older = version();
    install(
        &machine,
        "/deb2/capture-station_*.deb /deb2/capture-station-models_*.deb",
    );
    machine.until(SERVES);
    assert_ne!(version(), older);
    assert_eq!(queue(&machine), before);
    assert_eq!(machine.run("cat /etc/capture-station/config.toml"), set);

    for way in ["remove", "purge"] {
        let said = machine.run(&format!("apt-get {way} -y capture-station </dev/null"));
        assert!(
            said.contains("/var/lib/capture-station is kept"),
            "{way}: {said}"
        );
    }
    machine.run("! test -e /etc/capture-station/config.toml && ! test -e /usr/bin/capture-station");

    install(&machine, "/deb2/capture-station_*.deb");
    machine.run(&format!("{WITH_SITTER}; systemctl restart capture-station"));
    machine.until(SERVES);
    assert_eq!(queue(&machine), before);
    machine.run("systemctl start capture-station-platform");
    machine.until(&format!(
        "{BOOTH} queue list --json | grep -q '\"delivered\":1'"
    ));
}

/// Makes a release of the packaged program, or of another file in its place.
fn make_release(machine: &Machine, version: &str, folder: &str, program: &str) {
    machine.run(&format!(
        "capture-station release make {folder} --key /root/release.key --named {version} --program {program}"
    ));
}

/// Whether the kiosk that serves now is this file.
fn serves_from(machine: &Machine, program: &str) {
    machine.until(&format!(
        "{KIOSK}\n[ \"$(readlink /proc/$kiosk/exe)\" = {program} ]\n{SERVES}"
    ));
}

/// How long the booth was out of service at its last start, in seconds by the log.
fn out_of_service(machine: &Machine) -> f64 {
    let script = "journalctl --all --output=short-unix --unit=capture-station \
        | grep -E 'Stopping|Deactivated|Main process exited|Failed with|Started capture-station' | tail -2";
    let log = machine.run(script);
    let mut times = log.lines().map(|line| {
        let time = line.split_whitespace().next().unwrap();
        time.parse::<f64>().unwrap()
    });
    let (end, start) = (times.next().unwrap(), times.next().unwrap());
    start - end
}

const RELEASES: &str = "/var/lib/capture-station-releases";

#[test]
#[ignore = "minutes: make test-package"]
fn a_release_is_fetched_and_kept_and_one_that_fails_rolls_itself_back() {
    let Some(machine) = machine() else { return };
    enrol(&machine);
    machine.run(
        "capture-station release key /root/release.key >> /etc/capture-station/release-keys
        mkdir -p /etc/systemd/system/capture-station.service.d
        printf '[Service]\\nTimeoutStartSec=30\\n' > /etc/systemd/system/capture-station.service.d/soon.conf
        systemctl daemon-reload; systemctl restart capture-station",
    );
    serves_from(&machine, "/usr/bin/capture-station");

    let published = "/var/lib/capture-station-platform/release";
    make_release(&machine, "0.2.0", published, "/usr/bin/capture-station");
    machine.run(&format!("chown -R capture-station-platform: {published}"));
    machine.until(&format!("test -d {RELEASES}/0.2.0"));
    serves_from(&machine, &format!("{RELEASES}/0.2.0/capture-station"));
    machine.until("capture-station update status | grep -q '^last trial: 0.2.0 was kept'");
    eprintln!(
        "update: out of service for {:.1} s",
        out_of_service(&machine)
    );
    assert_eq!(property(&machine, "StatusText"), "");

    let hangs = "printf '#!/bin/sh\\nexec sleep infinity\\n' > /root/hangs";
    machine.run(hangs);
    for (version, program) in [("0.3.0", "/bin/false"), ("0.4.0", "/root/hangs")] {
        let offer = format!("/root/{version}");
        make_release(&machine, version, &offer, program);
        machine.run(&format!("capture-station update stage {offer}"));
        machine.until(&format!(
            "capture-station update status | grep -q '^last trial: {version} did not become ready'"
        ));
        serves_from(&machine, &format!("{RELEASES}/0.2.0/capture-station"));
        let again = machine.answer(&format!("capture-station update stage {offer}"));
        assert_eq!(
            again.status.code(),
            Some(2),
            "{version} is refused from then on"
        );
    }
    machine.run("capture-station release make /root/0.5.0 --key /root/release.key --named 0.5.0");
    machine.run("find /root/0.5.0/files -type f -exec sh -c 'echo >> {}' ';'");
    let altered = machine.answer("capture-station update stage /root/0.5.0");
    assert_eq!(altered.status.code(), Some(2));
    machine.run("systemctl restart capture-station");
    serves_from(&machine, &format!("{RELEASES}/0.2.0/capture-station"));
}
