//! Paths through a first start: the straight one, the failing ones, and those cut by the power.

use ed25519_dalek::SigningKey;

use super::*;
use crate::{
    contract::public_key_text,
    jws::{self, Purpose},
};

fn ticket(code: &str) -> Ticket {
    let root = SigningKey::from_bytes(&[1; 32]);
    let content = EnrolmentTicket {
        platform: "https://p.example".to_owned(),
        root_key: public_key_text(&root.verifying_key()),
        one_time_code: code.to_owned(),
        ca_pem: None,
    };
    Ticket::read(&jws::sign(Purpose::EnrolmentTicket, &root, &content).unwrap()).unwrap()
}

fn probe(reach: Reach) -> Probe {
    Probe {
        wired: Wired::Plugged,
        has_wifi: false,
        address: None,
        reach,
        clock: Wall::from_unix_ms(1_000_000),
    }
}

fn answers() -> Event {
    Event::Probed(probe(Reach::Platform(Some(Wall::from_unix_ms(990_000)))))
}

fn keys(pin: &str) -> Vec<Event> {
    let keys = pin.chars().chain(['\n']);
    keys.map(|key| Event::Touch(Touch::Key(key))).collect()
}

/// A booth's disk, and what happens to it: the jobs are done as the shell does them.
#[derive(Default)]
struct Disk {
    ticket: Option<Ticket>,
    pin: Option<String>,
    opened: usize,
}

impl Disk {
    fn start(&self) -> (FirstStart, Option<Job>) {
        let found = OnDisk {
            ticket: self.ticket.clone(),
            has_pin: self.pin.is_some(),
        };
        FirstStart::resume(found, None)
    }

    /// Returns the answer of a job that succeeds.
    fn carry_out(&mut self, job: Job) -> Option<Event> {
        match job {
            Job::KeepTicket(ticket) => {
                self.ticket = Some(ticket);
                Some(Event::TicketKept(Ok(())))
            }
            Job::ForgetTicket => {
                self.ticket = None;
                None
            }
            Job::Probe(_) => Some(answers()),
            Job::KeepPin(pin) => {
                self.pin = Some(pin.to_string());
                Some(Event::PinKept(Ok(())))
            }
            Job::Enrol(_) => Some(Event::Enrolled(Ok("booth-1".to_owned()))),
            Job::Open => {
                self.opened += 1;
                None
            }
        }
    }
}

/// What a person does at a step to get on.
fn next_hand(step: &Step) -> Vec<Event> {
    match step {
        Step::Language => vec![Event::Touch(Touch::Language(Lang::En))],
        Step::Ticket(_) => vec![Event::Ticket(Ok(ticket("sesame")))],
        Step::Pin(_) => keys("482915\n482915"),
        Step::Fingerprint(_) | Step::Network(_) | Step::Time(_) | Step::Enrolled(_) => {
            vec![Event::Touch(Touch::Next)]
        }
        Step::Failed(_) => vec![Event::Touch(Touch::Again)],
        Step::Enrolling => vec![],
    }
}

/// Does everything up to the end, with a power cut after the `cut`th job that was carried out, its
/// answer lost. Returns how many jobs there were.
fn walk_to_the_end(cut: Option<usize>) -> usize {
    let mut disk = Disk::default();
    let (mut start, mut job) = disk.start();
    let mut jobs = 0;
    for _ in 0..40 {
        while let Some(work) = job.take() {
            let answer = disk.carry_out(work);
            jobs += 1;
            if cut == Some(jobs) {
                (start, job) = disk.start();
                continue;
            }
            job = answer.and_then(|answer| start.apply(answer));
        }
        if disk.opened > 0 {
            assert_eq!(disk.pin.as_deref(), Some("482915"));
            return jobs;
        }
        for event in next_hand(start.step()) {
            job = job.or(start.apply(event));
        }
    }
    panic!("it does not end: {:?}", start.step());
}

#[test]
fn every_way_ends_in_an_enrolled_booth_whenever_the_power_is_cut() {
    let jobs = walk_to_the_end(None);
    assert_eq!(jobs, 5, "ticket, probe, PIN, enrolment, opening");
    for cut in 1..jobs {
        walk_to_the_end(Some(cut));
    }
}

/// A start that waits at the network's step with its answer.
fn at_network(reach: Reach) -> FirstStart {
    let found = OnDisk {
        ticket: Some(ticket("sesame")),
        has_pin: false,
    };
    let (mut start, job) = FirstStart::resume(found, None);
    assert_eq!(job, Some(Job::Probe(ticket("sesame"))));
    start.apply(Event::Probed(probe(reach)));
    start
}

fn at_pin() -> FirstStart {
    let mut start = at_network(Reach::Platform(None));
    start.apply(Event::Touch(Touch::Next));
    start.apply(Event::Touch(Touch::Next));
    assert!(matches!(start.step(), Step::Pin(_)), "{:?}", start.step());
    start
}

fn failed(why: NotEnrolled) -> FirstStart {
    let mut start = at_pin();
    start.apply(Event::PinKept(Ok(())));
    start.apply(Event::Enrolled(Err(why)));
    start
}

#[test]
fn what_is_done_is_read_from_the_disk() {
    for (ticket_there, has_pin, at) in [
        (false, false, "Language"),
        (false, true, "Language"),
        (true, false, "Network"),
        (true, true, "Network"),
    ] {
        let disk = Disk {
            ticket: ticket_there.then(|| ticket("sesame")),
            pin: has_pin.then(|| "482915".to_owned()),
            opened: 0,
        };
        let (mut start, _) = disk.start();
        assert!(format!("{:?}", start.step()).starts_with(at));
        if !ticket_there {
            continue;
        }
        start.apply(answers());
        start.apply(Event::Touch(Touch::Next));
        let job = start.apply(Event::Touch(Touch::Next));
        assert_eq!(job.is_some(), has_pin, "a PIN that is set is not asked for");
    }
}

#[test]
fn a_fingerprint_that_differs_or_a_spent_code_asks_for_another_ticket() {
    let (mut comparing, _) = FirstStart::resume(OnDisk::default(), None);
    comparing.apply(Event::Touch(Touch::Language(Lang::Zh)));
    comparing.apply(Event::Ticket(Ok(ticket("sesame"))));
    let unusable = NotEnrolled::Ticket("another".to_owned());
    for (mut start, touch) in [
        (comparing, Touch::OtherFingerprint),
        (failed(NotEnrolled::CodeRefused), Touch::OtherTicket),
        (failed(unusable), Touch::OtherTicket),
    ] {
        assert_eq!(start.apply(Event::Touch(touch)), Some(Job::ForgetTicket));
        assert!(start.wants_ticket());
        start.apply(Event::Ticket(Ok(ticket("sesame"))));
        assert!(matches!(start.step(), Step::Ticket(Some(_))));
        start.apply(Event::Ticket(Ok(ticket("another"))));
        assert!(matches!(start.step(), Step::Fingerprint(Comparing::Shown)));
    }
}

#[test]
fn a_ticket_that_was_only_put_aside_may_come_back() {
    let mut start = at_network(Reach::Nowhere(String::new()));
    start.apply(Event::Touch(Touch::OtherTicket));
    start.apply(Event::Ticket(Ok(ticket("sesame"))));
    assert!(matches!(start.step(), Step::Fingerprint(Comparing::Shown)));
}

#[test]
fn no_late_answer_about_one_ticket_stands_for_the_comparison_of_another() {
    let (mut start, _) = FirstStart::resume(OnDisk::default(), None);
    start.apply(Event::Touch(Touch::Language(Lang::Zh)));
    start.apply(Event::Ticket(Ok(ticket("sesame"))));
    start.apply(Event::Touch(Touch::Next));
    start.apply(Event::Touch(Touch::OtherFingerprint));
    start.apply(Event::Ticket(Ok(ticket("another"))));
    assert_eq!(start.apply(Event::TicketKept(Ok(()))), None);
    assert!(matches!(start.step(), Step::Fingerprint(Comparing::Shown)));
}

#[test]
fn a_network_that_leads_nowhere_can_only_be_tried_again() {
    for reach in [
        Reach::Stranger(String::new()),
        Reach::Nowhere(String::new()),
    ] {
        let mut start = at_network(reach);
        assert_eq!(start.apply(Event::Touch(Touch::Next)), None);
        assert!(matches!(start.step(), Step::Network(Some(_))));
        let again = start.apply(Event::Touch(Touch::Again));
        assert!(matches!(again, Some(Job::Probe(_))));
        assert!(matches!(start.step(), Step::Network(None)));
    }
}

#[test]
fn a_clock_that_breaks_tls_holds_and_one_that_is_merely_apart_does_not() {
    let mut start = at_network(Reach::Date);
    start.apply(Event::Touch(Touch::Next));
    start.apply(Event::Touch(Touch::Next));
    assert!(matches!(start.step(), Step::Time(_)));
    let again = start.apply(Event::Touch(Touch::Again));
    assert!(matches!(again, Some(Job::Probe(_))));

    let late = probe(Reach::Platform(Some(Wall::from_unix_ms(0))));
    assert!(!late.has_right_time());
    assert_eq!(late.apart(), Some((Duration::from_secs(1_000), true)));
    let mut start = at_network(late.reach);
    start.apply(Event::Touch(Touch::Next));
    start.apply(Event::Touch(Touch::Next));
    assert!(matches!(start.step(), Step::Pin(_)));
}

#[test]
fn two_pins_that_differ_or_one_that_is_refused_are_typed_again() {
    let mut start = at_pin();
    for event in keys("482915\n482916") {
        assert_eq!(start.apply(event), None);
    }
    let trouble = |start: &FirstStart| {
        let Step::Pin(entry) = start.step() else {
            panic!("{:?}", start.step());
        };
        assert!(!entry.is_repeated() && entry.typed.is_empty());
        entry.trouble.clone()
    };
    assert_eq!(trouble(&start), Some(PinTrouble::Differ));
    start.apply(Event::PinKept(Err(PinTrouble::Weak)));
    assert_eq!(trouble(&start), Some(PinTrouble::Weak));
    assert!(!format!("{:?}", start.step()).contains("4829"));
}

#[test]
fn a_failed_enrolment_goes_back_to_what_can_help() {
    for (why, probes) in [
        (NotEnrolled::Line("late".to_owned()), true),
        (NotEnrolled::Date, true),
        (NotEnrolled::Disk("full".to_owned()), false),
    ] {
        let mut start = failed(why);
        let job = start.apply(Event::Touch(Touch::Again));
        assert_eq!(matches!(job, Some(Job::Probe(_))), probes);
        assert_eq!(matches!(job, Some(Job::Enrol(_))), !probes);
    }
}

#[test]
fn a_late_answer_changes_no_other_step() {
    let mut start = at_pin();
    for late in [
        answers(),
        Event::Ticket(Ok(ticket("other"))),
        Event::TicketKept(Ok(())),
        Event::Enrolled(Ok("booth-2".to_owned())),
    ] {
        assert_eq!(start.apply(late), None);
        assert!(matches!(start.step(), Step::Pin(_)));
    }
    assert_eq!(start.ticket(), Some(&ticket("sesame")));
}

#[test]
fn the_fingerprint_has_sixteen_groups_and_no_print_shows_the_code() {
    let ticket = ticket("sesame");
    let groups = ticket.groups();
    assert_eq!(groups.len(), 16);
    assert!(groups.iter().all(|group| group.len() == 4));
    assert!(!format!("{ticket:?} {:?}", Job::Enrol(ticket.clone())).contains("sesame"));
}
