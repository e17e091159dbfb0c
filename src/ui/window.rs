//! One whole visit in a real window: Xvfb, the program as it is built, a real pointer and real keys
//! (`make test-window`). The places of buttons come from the same samples that the other tests
//! draw. The cost of the window is printed.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use super::{
    tests::{self, SMALL},
    words,
};
use crate::lang::{Lang, Text};

/// A machine that renders in software and analyses faces at the same time is slow: nothing here
/// asserts a time.
const POLLS: usize = 1_800;
const POLL: Duration = Duration::from_millis(100);

#[test]
#[ignore = "opens a real window; `make test-window` builds the program and runs it"]
fn one_whole_visit_with_a_real_pointer_and_real_keys() {
    let Some(display) = Display::open() else {
        eprintln!("SKIPPED: a visit in a real window, because Xvfb or xdotool is missing");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let started = seconds();
    let mut kiosk = Kiosk::start(&display, folder.path());
    kiosk.until("idle");
    println!(
        "from the program's start to the attract screen: {:.1} s",
        seconds() - started
    );
    // The first pictures upload fonts and textures; a booth rests for hours.
    thread::park_timeout(REST);
    let idle = kiosk.drawing();
    thread::park_timeout(REST);
    println!("drawing the attract screen: {}", idle.share(&kiosk));
    let strays = [
        "Return", "space", "Tab", "Return", "F11", "ctrl+w", "alt+F4",
    ];
    kiosk.keys_do_nothing(&strays);
    kiosk.point("attract", words::START);
    let touched = seconds();
    kiosk.press();
    kiosk.await_step("consent");
    println!(
        "from a touch to the next screen: {:.0} ms, the tool that touches included",
        (seconds() - touched) * 1000.0
    );
    kiosk.until("consent");
    let acts = [words::TERMS_READ, words::AGREE_FACE, words::AGREE_SENDING];
    kiosk.touch("consent", &acts);
    kiosk.until("code");
    kiosk.scanner("made-up-code-0123456789");
    kiosk.until("tail");
    thread::park_timeout(SITS_DOWN);
    let digits = ["0", "0", "2", "8"].map(|digit| Text::new(digit, digit));
    kiosk.touch("tail", &digits);
    kiosk.until("framing");
    let framing = kiosk.drawing();
    kiosk.until("standardising");
    println!(
        "drawing while the sitter is coached: {}",
        framing.share(&kiosk)
    );
    kiosk.until("review");
    kiosk.keys_do_nothing(&strays);
    kiosk.touch("review", &[words::CONFIRM]);
    kiosk.until("receipt");
    kiosk.touch("receipt", &[words::DONE]);
    kiosk.until("idle");
    let parcels = folder.path().join("platform/parcels");
    kiosk.wait_for("the platform to have it", |_| {
        fs::read_dir(&parcels).is_ok_and(|found| found.count() == 1)
    });
}

/// Until the camera has seen the person typing.
const SITS_DOWN: Duration = Duration::from_secs(3);
/// How long the resting screen is measured.
const REST: Duration = Duration::from_secs(10);

/// Processor time of the threads that draw: the window's own, and those of Mesa's software
/// renderer.
struct Drawing {
    at_s: f64,
    ticks: u64,
}

impl Drawing {
    /// Returns the time they took since, as a share of one core.
    fn share(&self, kiosk: &Kiosk<'_>) -> String {
        const TICKS_A_SECOND: f64 = 100.0;
        let ticks = kiosk.drawing().ticks.saturating_sub(self.ticks);
        let over_s = seconds() - self.at_s;
        let share = ticks as f64 / TICKS_A_SECOND / over_s;
        format!("{:.1} % of a core over {over_s:.0} s", share * 100.0)
    }
}

/// Returns the seconds since this machine started, to a hundredth (`proc_uptime(5)`): clocks may be
/// read in one place only, elsewhere.
fn seconds() -> f64 {
    let text = fs::read_to_string("/proc/uptime").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

/// Returns the user and system time of a thread, in ticks (`proc_pid_stat(5)`, fields 14 and 15).
fn ticks_of(task: &Path) -> Option<u64> {
    let stat = fs::read_to_string(task.join("stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let at = |i: usize| fields.get(i)?.parse::<u64>().ok();
    Some(at(11)? + at(12)?)
}

/// An X display of its own, closed when this value is dropped.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    fn open() -> Option<Self> {
        let tool = Command::new("xdotool").arg("version").output();
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x720x24"])
            .args(["-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut number = String::new();
        let mut told = BufReader::new(server.stdout.take()?);
        let read = told.read_line(&mut number);
        let name = format!(":{}", number.trim());
        let display = Self { server, name };
        (tool.is_ok() && read.is_ok() && !number.trim().is_empty()).then_some(display)
    }

    /// Runs the tool and returns its output.
    fn xdotool(&self, arguments: &[&str]) -> String {
        let output = Command::new("xdotool")
            .args(arguments)
            .env("DISPLAY", &self.name)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        end(&mut self.server);
    }
}

fn end(child: &mut Child) {
    if child.kill().is_ok() {
        drop(child.wait());
    }
}

/// The program in its window.
struct Kiosk<'d> {
    display: &'d Display,
    process: Child,
    log: PathBuf,
    /// How many steps of the log were waited for.
    seen: usize,
}

impl<'d> Kiosk<'d> {
    fn start(display: &'d Display, folder: &Path) -> Self {
        let tests = std::env::current_exe().unwrap();
        let program = tests.ancestors().nth(2).unwrap().join("capture-station");
        let log = folder.join("log");
        let process = Command::new(&program)
            .arg("--data")
            .arg(folder)
            .args(["demo", "--size", "1280x720"])
            .env("DISPLAY", &display.name)
            .env_remove("WAYLAND_DISPLAY")
            .env("WINIT_X11_SCALE_FACTOR", "1")
            .env("CAPTURE_STATION_LOG", "info")
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut kiosk = Self {
            display,
            process,
            log,
            seen: 0,
        };
        kiosk.wait_for("its window", |kiosk| !kiosk.window().is_empty());
        let window = kiosk.window();
        kiosk.display.xdotool(&["windowfocus", &window]);
        kiosk
    }

    fn window(&self) -> String {
        let found = self
            .display
            .xdotool(&["search", "--class", "capture-station"]);
        found.lines().last().unwrap_or_default().to_owned()
    }

    /// Returns the steps so far, as the program's own log names them.
    fn steps(&self) -> Vec<String> {
        let log = fs::read_to_string(&self.log).unwrap();
        let steps = log
            .lines()
            .filter_map(|line| line.split_once("step=\"")?.1.split('"').next());
        steps.map(str::to_owned).collect()
    }

    fn wait_for(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        for _ in 0..POLLS {
            if done(self) {
                return;
            }
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("it ended ({status}) before {what}: {}", self.told());
            }
            thread::park_timeout(POLL);
        }
        panic!(
            "waited in vain for {what}: {:?} {}",
            self.steps(),
            self.told()
        );
    }

    fn told(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until the visit comes to that step, after those waited for before.
    fn until(&mut self, step: &str) {
        let mut at = self.seen;
        let from = self.seen;
        self.wait_for(step, |kiosk| {
            let steps = kiosk.steps();
            let found = steps.iter().skip(from).position(|known| known == step);
            at = found.map_or(at, |found| from + found + 1);
            found.is_some()
        });
        self.seen = at;
        self.settle();
    }

    fn drawing(&self) -> Drawing {
        let main = self.process.id().to_string();
        let tasks = fs::read_dir(format!("/proc/{main}/task")).unwrap();
        let draws = |task: &PathBuf| {
            let name = fs::read_to_string(task.join("comm")).unwrap_or_default();
            task.ends_with(&main) || name.starts_with("llvmpipe")
        };
        let tasks = tasks.map(|task| task.unwrap().path()).filter(draws);
        Drawing {
            at_s: seconds(),
            ticks: tasks.filter_map(|task| ticks_of(&task)).sum(),
        }
    }

    /// Waits until the log names the step, without moving on in the log.
    fn await_step(&mut self, step: &str) {
        let from = self.seen;
        for _ in 0..POLLS * 50 {
            if self.steps().iter().skip(from).any(|known| known == step) {
                return;
            }
            thread::park_timeout(POLL / 50);
        }
        panic!("waited in vain for {step}: {}", self.told());
    }

    /// Waits for some pictures, so that the next touch meets the screen of this step.
    fn settle(&self) {
        let _ = self;
        thread::park_timeout(POLL * 5);
    }

    /// Moves the pointer to each label of that screen and presses.
    fn touch(&self, screen: &str, labels: &[Text]) {
        for label in labels {
            self.point(screen, *label);
            self.press();
            self.settle();
        }
    }

    fn point(&self, screen: &str, label: Text) {
        let at = tests::place_of(screen, Lang::Zh, SMALL, label);
        let (x, y) = (format!("{:.0}", at.x), format!("{:.0}", at.y));
        self.display.xdotool(&["mousemove", &x, &y]);
        self.settle();
    }

    fn press(&self) {
        self.display.xdotool(&["click", "1"]);
    }

    /// Types like a hand scanner: fast, with Enter at its end.
    fn scanner(&self, text: &str) {
        self.display.xdotool(&["type", "--delay", "2", text]);
        self.display.xdotool(&["key", "Return"]);
    }

    fn keys_do_nothing(&self, keys: &[&str]) {
        let before = self.steps();
        for key in keys {
            self.display.xdotool(&["key", key]);
        }
        thread::park_timeout(POLL * 15);
        assert_eq!(self.steps(), before, "a key did something");
    }
}

impl Drop for Kiosk<'_> {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}
