//! A Debian of its own in a container that boots its own systemd. What is changed in it is gone
//! with it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

const LANDLOCK: &str = "landlock_create_ruleset landlock_add_rule landlock_restrict_self";

/// One boot. Dropping it ends it.
pub struct Machine {
    container: Child,
    /// The container's first process, as it is numbered outside.
    first: String,
}

/// Made by `packaging/booth-root.sh`.
pub fn made() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/package")
}

impl Machine {
    /// Boots the root with both versions of the packages and the demonstration's booth in it.
    pub fn boot() -> Self {
        let made = made();
        let console = File::create(made.join("console")).unwrap();
        let inside = |name: &str| format!("--bind-ro={}:/{name}", made.join(name).display());
        let container = Command::new("systemd-nspawn")
            .args([
                "--quiet",
                "--boot",
                "--volatile=overlay",
                "--private-network",
            ])
            .args(["--register=no", "--keep-unit", "--machine=booth"])
            // The kiosk's children confine themselves, which a container's own filter refuses.
            .arg(format!("--system-call-filter={LANDLOCK}"))
            .args(["deb1", "deb2", "demo"].map(inside))
            .arg("-D")
            .arg(made.join("root"))
            .stdin(Stdio::null())
            .stderr(console.try_clone().unwrap())
            .stdout(console)
            .spawn()
            .unwrap();
        let mut machine = Self {
            container,
            first: String::new(),
        };
        machine.first = machine.await_first();
        machine.until("systemctl is-system-running | grep -qE 'running|degraded'");
        machine
    }

    /// Waits for the child that is number 1 inside.
    fn await_first(&self) -> String {
        let parent = self.container.id();
        let children = format!("/proc/{parent}/task/{parent}/children");
        let found = patiently(|| {
            let children = fs::read_to_string(&children).ok()?;
            let is_first = |child: &&str| {
                let status = fs::read_to_string(format!("/proc/{child}/status")).ok();
                let numbers = status.and_then(|text| {
                    let line = text.lines().find(|line| line.starts_with("NSpid:"))?;
                    Some(line.split_whitespace().count())
                });
                numbers.is_some_and(|count| count > 2)
            };
            children
                .split_whitespace()
                .find(is_first)
                .map(str::to_owned)
        });
        found.unwrap_or_else(|| panic!("no container came up: see {}", made().display()))
    }

    /// What a command of the shell answers inside.
    pub fn answer(&self, script: &str) -> Output {
        Command::new("nsenter")
            .args(["--target", &self.first, "--all", "env", "-i"])
            .args(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"])
            .args(["sh", "-ec", script])
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// What it prints, both ways together; it must succeed.
    pub fn run(&self, script: &str) -> String {
        let output = self.answer(script);
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(
            output.status.success(),
            "{script}\n{text}\n{}",
            self.journal()
        );
        text
    }

    /// Waits until it succeeds.
    pub fn until(&self, script: &str) {
        let reached = patiently(|| self.answer(script).status.success().then_some(()));
        assert!(
            reached.is_some(),
            "it never came to this: {script}\n{}",
            self.journal()
        );
    }

    fn journal(&self) -> String {
        let output = self.answer("journalctl --all --no-pager --lines=60");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Machine {
    /// As by its power button, and by its plug where that does not help.
    fn drop(&mut self) {
        let pid = self.container.id().to_string();
        let asked = Command::new("kill").arg(pid).status();
        let ended = patiently(|| self.container.try_wait().ok().flatten());
        if ended.is_none() || asked.is_err() {
            drop(self.container.kill());
            drop(self.container.wait());
        }
    }
}

/// Asks again and again; `None` after minutes.
fn patiently<T>(mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    for _ in 0..900 {
        if let Some(found) = ask() {
            return Some(found);
        }
        thread::sleep(Duration::from_millis(200));
    }
    None
}
