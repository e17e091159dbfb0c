//! A day at one booth: many visitors, each in their own way, and a balance that adds up in the
//! evening.
//!
//! The whole kiosk without a window: real session, analysis, outbox, couriers and client, a
//! reference platform on loopback, the synthetic sitter as camera. The short day runs with all
//! tests; `make day` plays sixty visits and prints the figures.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![expect(
    clippy::disallowed_methods,
    reason = "a whole kiosk needs real threads and real time"
)]
#![expect(clippy::print_stdout, reason = "the figures are printed")]

mod booth;

use std::time::Duration;

use booth::Booth;
use capture_station::{
    contract::{RejectReason, Stage},
    session::{Fee, State},
    ui::words,
};

/// How a visit goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Taken, confirmed, paid at the booth.
    Paid,
    /// Taken and confirmed; the QR is left unpaid.
    Owed,
    /// The first photo is taken again.
    Retaken,
    /// The first tail belongs to somebody else.
    WrongTail,
    /// The camera goes away while they sit, and comes back.
    Unplugged,
    /// Consent is refused.
    Refused,
    /// They leave before sitting down, or from the chair.
    LeftAtTail,
    LeftAtChair,
}

impl Way {
    const fn confirms(self) -> bool {
        match self {
            Self::Paid | Self::Owed | Self::Retaken | Self::WrongTail | Self::Unplugged => true,
            Self::Refused | Self::LeftAtTail | Self::LeftAtChair => false,
        }
    }
}

/// What is expected in the evening.
#[derive(Debug, Default, PartialEq, Eq)]
struct Evening {
    started: u64,
    confirmed: u64,
    abandoned: u64,
    paid: u64,
    owed: u64,
    /// Confirmed while there was no platform, so that no order was made.
    unasked: u64,
}

/// One day: `ways` with the platform there, `offline` without it, and then `rejected` visitors
/// whose first photo was rejected come again.
struct Day<'a> {
    ways: &'a [Way],
    offline: usize,
    rejected: usize,
}

#[test]
fn a_short_day_adds_up() {
    play(&Day {
        ways: &[
            Way::Paid,
            Way::LeftAtTail,
            Way::Owed,
            Way::Refused,
            Way::Retaken,
        ],
        offline: 1,
        rejected: 1,
    });
}

#[test]
#[ignore = "make day: sixty visits, a quarter of an hour"]
fn a_whole_day_of_sixty_visits_adds_up() {
    const HOUR: [Way; 12] = [
        Way::Paid,
        Way::Paid,
        Way::LeftAtTail,
        Way::Owed,
        Way::Retaken,
        Way::Paid,
        Way::Refused,
        Way::WrongTail,
        Way::Paid,
        Way::LeftAtChair,
        Way::Unplugged,
        Way::Paid,
    ];
    play(&Day {
        ways: &HOUR.repeat(4),
        offline: 7,
        rejected: 5,
    });
}

fn play(day: &Day<'_>) {
    let mut booth = Booth::open();
    let mut evening = Evening::default();
    for way in day.ways {
        visit(&mut booth, *way, &mut evening);
    }
    booth.platform_goes();
    for i in 0..day.offline {
        println!("offline, visit {} of {}", i + 1, day.offline);
        booth.sit_down();
        booth.take_and_confirm();
        booth.click(words::PAY_LATER.zh);
        booth.end_at_receipt(Fee::Owed);
        evening.started += 1;
        evening.confirmed += 1;
        evening.unasked += 1;
    }
    booth.platform_comes();
    booth.until("an empty queue", |booth| {
        booth.ledger().is_some_and(|ledger| ledger.waiting() == 0)
    });
    for i in 0..day.rejected {
        println!("rejected, coming again {} of {}", i + 1, day.rejected);
        come_again(&mut booth, &mut evening);
    }
    settle(&mut booth, &evening);
}

fn visit(booth: &mut Booth, way: Way, evening: &mut Evening) {
    evening.started += 1;
    println!("visit {}: {way:?}", evening.started);
    come(booth, way);
    if !way.confirms() {
        evening.abandoned += 1;
        return booth.back_to_start();
    }
    evening.confirmed += 1;
    let order = booth.shown_order();
    if way == Way::Owed {
        booth.click(words::PAY_LATER.zh);
        booth.end_at_receipt(Fee::Owed);
        evening.owed += 1;
    } else {
        booth.phone_pays(&order);
        booth.end_at_receipt(Fee::Paid);
        evening.paid += 1;
    }
}

/// Plays a visit from the first touch to the saved photo, or to where they leave.
fn come(booth: &mut Booth, way: Way) {
    match way {
        Way::Refused => {
            booth.begin();
            return booth.click(words::REFUSE.zh);
        }
        Way::LeftAtTail => {
            booth.show_code();
            return booth.click(words::LEAVE.zh);
        }
        Way::LeftAtChair => {
            booth.sit_down();
            return booth.click(words::LEAVE.zh);
        }
        Way::WrongTail => wrong_tail(booth),
        Way::Unplugged => {
            booth.sit_down();
            booth.camera_goes();
            booth.wait(Duration::from_secs(1));
            let state = booth.state();
            assert!(state.visit().is_some(), "the visit is kept: {state:?}");
            booth.camera_comes();
        }
        Way::Retaken => {
            booth.sit_down();
            booth.until_review();
            booth.click(words::RETAKE.zh);
        }
        Way::Paid | Way::Owed => booth.sit_down(),
    }
    booth.take_and_confirm();
}

/// Has the platform refuse the first tail; after the wait the right one is typed.
fn wrong_tail(booth: &mut Booth) {
    booth.show_code();
    booth.types("0000");
    booth.until(
        "another try",
        |booth| matches!(booth.state(), State::Tail(tail) if tail.entry.hint.is_some()),
    );
    booth.until("the end of the rest", |booth| {
        let now = booth.now();
        matches!(booth.state(), State::Tail(tail) if tail.entry.rest(now).is_none())
    });
    booth.types("0028");
}

/// Has an auditor reject a photo that was paid for: its visitor looks it up, and takes it again
/// without paying again.
fn come_again(booth: &mut Booth, evening: &mut Evening) {
    let id = booth.in_audit();
    booth.reject(id, &[RejectReason::Shadow, RejectReason::HairCovers]);
    booth.look_up(id);
    booth.click(words::PROGRESS_RETAKE.zh);
    booth.come_again();
    booth.take_and_confirm();
    booth.end_at_receipt(Fee::Nothing);
    booth.until("the newer photo at the platform", |booth| {
        booth.stage_of(id) == Some(Stage::Replaced)
    });
    evening.started += 1;
    evening.confirmed += 1;
}

fn settle(booth: &mut Booth, evening: &Evening) {
    // The platform may know the last capture before staff see it.
    booth.until("every capture in the ledger, and an empty queue", |booth| {
        let ledger = booth.ledger();
        ledger.is_some_and(|it| it.counts.confirmed == evening.confirmed && it.waiting() == 0)
    });
    let ledger = booth.ledger().unwrap();
    let counts = ledger.counts;
    assert!(counts.balances(), "{counts:?}");
    assert_eq!(counts.confirmed, evening.confirmed);
    assert_eq!(counts.delivered, evening.confirmed, "{counts:?}");
    assert_eq!(booth.at_platform() as u64, evening.confirmed);
    let payments = ledger.payments;
    assert!(payments.balances(), "{payments:?}");
    assert_eq!(
        (payments.paid, payments.open, payments.asked),
        (evening.paid, evening.owed, evening.paid + evening.owed)
    );
    assert_eq!(payments.paid_fen, evening.paid * u64::from(booth::FEE_FEN));
    assert_eq!(
        booth.waiting_for_payment() as u64,
        evening.owed + evening.unasked
    );
    let day = booth.close();
    assert!(day.balances(), "{day:?}");
    assert_eq!(
        (day.started, day.confirmed, day.abandoned),
        (evening.started, evening.confirmed, evening.abandoned)
    );
    println!("{evening:?}\n{day:?}\n{payments:?}");
}
