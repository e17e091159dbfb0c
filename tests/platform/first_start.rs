//! A booth that somebody enrols on its own screen, without a shell, at a platform that serves.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use capture_station::{
    app::{
        first_start::{FirstBooth, Parts},
        wires::Wires,
    },
    booth::{Fault, duty::Role},
    first_start::{NotEnrolled, Step},
    lang::Text,
    provision::fonts,
    scanner::burst::Scan,
    station::{self, PinVerdict, Pins, Station},
    ui::{self, words, words::first as say},
};
use egui_kittest::{Harness, kittest::Queryable};
use tempfile::TempDir;

use crate::booth::{Served, now};

const PATIENCE: Duration = Duration::from_mins(1);
const PIN: &str = "482915";

/// A booth's screen; dropping it is a power cut.
struct Screen {
    harness: Harness<'static, FirstBooth>,
    wires: Arc<Wires>,
}

impl Screen {
    fn switch_on(identity: &Path) -> Self {
        let (wires, _inbox) = Wires::new();
        let parts = Parts {
            station: identity.to_owned(),
            sticks: vec![],
            scanner: None,
            third_language: None,
        };
        let look = || Some(Fault::NotEnrolled);
        let context = egui::Context::default();
        let booth = FirstBooth::begin(parts, Arc::clone(&wires), look, &context);
        let fonts = fonts::load().unwrap();
        let harness = Harness::builder()
            .with_size(egui::vec2(1280.0, 720.0))
            .with_context_setup(move |ctx| ui::install(ctx, fonts))
            .build_ui_state(
                |ui, booth: &mut FirstBooth| {
                    booth.think(ui.ctx());
                    booth.draw(ui);
                },
                booth,
            );
        Self { harness, wires }
    }

    fn step(&self) -> &Step {
        self.harness.state().start().step()
    }

    fn until(&mut self, what: &str, reached: impl Fn(&Step) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !reached(self.step()) {
            assert!(Instant::now() < end, "{what}: {:?}", self.step());
            std::thread::sleep(Duration::from_millis(5));
            self.harness.run_steps(1);
        }
        self.harness.run_steps(1);
    }

    fn touch(&mut self, text: Text) {
        self.click(text.zh);
    }

    fn click(&mut self, label: &str) {
        let button = self
            .harness
            .get_by_role_and_label(egui::Role::Button, label);
        button.click();
        self.harness.run_steps(2);
    }

    fn scan(&mut self, token: &str) {
        let scan = Scan::Whole(token.as_bytes().to_vec());
        self.harness.state_mut().scanned(scan);
        self.harness.run_steps(2);
    }

    /// From the first screen to a ticket that was compared.
    fn compare(&mut self, token: &str) {
        self.click("中文");
        self.scan(token);
        let groups = self.harness.state().start().ticket().unwrap().groups();
        assert_eq!(groups.len(), 16);
        self.touch(say::COMPARE_SAME);
        self.until("the ticket is kept", |step| {
            matches!(step, Step::Network(_))
        });
    }

    fn network_and_time(&mut self) {
        self.until("the platform answers", |step| {
            matches!(step, Step::Network(Some(_)))
        });
        self.touch(say::NEXT);
        assert!(matches!(self.step(), Step::Time(probe) if probe.has_right_time()));
        self.touch(say::NEXT);
    }

    fn pin(&mut self) {
        for _ in 0..2 {
            for digit in PIN.chars() {
                self.click(&digit.to_string());
            }
            self.touch(words::KEY_ENTER);
        }
    }
}

/// Returns a platform, the ticket that it signed for a booth, and a folder for the booth.
fn ticketed() -> (Served, String, TempDir) {
    let served = Served::start();
    let ticket = served.platform.ticket(&served.url).unwrap();
    let token = served.platform.sign_ticket(&ticket).unwrap();
    (served, token, TempDir::new().unwrap())
}

#[test]
fn a_booth_is_enrolled_on_its_own_screen_with_the_power_cut_between_its_steps() {
    let (served, token, folder) = ticketed();
    let identity = folder.path().join("station");

    let mut screen = Screen::switch_on(&identity);
    screen.compare(&token);
    drop(screen);

    let mut screen = Screen::switch_on(&identity);
    screen.network_and_time();
    assert!(matches!(screen.step(), Step::Pin(_)));
    drop(screen);
    assert!(!Pins::is_set(&identity).unwrap());

    let mut screen = Screen::switch_on(&identity);
    screen.network_and_time();
    screen.pin();
    screen.until("the end", |step| matches!(step, Step::Enrolled(_)));
    let station = Station::load(&identity).unwrap();
    assert_eq!(station.platform_url(), served.url);
    assert_eq!(station::compared_ticket(&identity).unwrap(), None);
    let verdict = Pins::verify(&identity, 1, PIN, now()).unwrap();
    let PinVerdict::Right(engineer) = verdict else {
        panic!("{verdict:?}");
    };
    assert_eq!(engineer.role, Role::Engineer);
    assert!(!screen.wires.stopped());
    screen.touch(say::OPEN);
    assert!(screen.wires.stopped(), "its service starts it again");
}

#[test]
fn a_spent_ticket_and_a_platform_that_is_away_lose_nothing() {
    let (served, token, folder) = ticketed();
    let identity = folder.path().join("station");
    let other = TempDir::new().unwrap();
    let mut first = Screen::switch_on(other.path());
    first.compare(&token);
    first.network_and_time();
    first.pin();
    first.until("the end", |step| matches!(step, Step::Enrolled(_)));

    let mut screen = Screen::switch_on(&identity);
    screen.compare(&token);
    screen.network_and_time();
    screen.pin();
    screen.until("the refusal", |step| matches!(step, Step::Failed(_)));
    assert!(matches!(
        screen.step(),
        Step::Failed(NotEnrolled::CodeRefused)
    ));
    screen.touch(say::OTHER_TICKET);
    screen.scan(&token);
    assert!(matches!(screen.step(), Step::Ticket(Some(_))));

    let ticket = served.platform.ticket(&served.url).unwrap();
    screen.scan(&served.platform.sign_ticket(&ticket).unwrap());
    let home = served.stop();
    screen.touch(say::COMPARE_SAME);
    screen.until("no answer", |step| matches!(step, Step::Network(Some(_))));
    assert!(
        screen
            .harness
            .query_by_label(say::REACH_NOWHERE.zh)
            .is_some()
    );
    assert!(Pins::is_set(&identity).unwrap());
    assert!(station::compared_ticket(&identity).unwrap().is_some());
    assert!(!identity.join("station.json").exists());
    drop(home);
}

#[test]
fn the_ticket_on_the_disk_is_private_and_the_log_of_steps_shows_no_code() {
    use std::os::unix::fs::PermissionsExt;
    let (served, token, folder) = ticketed();
    let identity = folder.path().join("station");
    let mut screen = Screen::switch_on(&identity);
    screen.compare(&token);
    let kept = fs::metadata(identity.join("ticket.jws")).unwrap();
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    let ticket = screen.harness.state().start().ticket().unwrap();
    let printed = format!("{:?} {ticket:?}", screen.step());
    assert!(!printed.contains(&ticket.content.one_time_code));
    drop(served);
}
