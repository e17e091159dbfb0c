//! Practice for staff.

use super::{super::practice::Practice, *};
use crate::contract::{Change, VoidCause};

/// Returns a booth whose supervisor switched practice on and left the desk.
fn practising() -> Booth {
    let mut booth = Booth::new();
    practise(&mut booth, Practice::On);
    booth
}

fn practise(booth: &mut Booth, practice: Practice) {
    let supervisor = Operator {
        number: 1,
        name: "小刘".to_owned(),
        role: Role::Supervisor,
    };
    booth
        .touches(Touch::Staff)
        .unlocks(PinAnswer::Right(supervisor))
        .touches(Touch::Desk(DeskTouch::Open(Tile::Settings)))
        .touches(Touch::Desk(DeskTouch::Practise(practice)))
        .touches(Touch::StaffLeave);
    assert!(matches!(booth.session.state(), State::Idle));
}

/// Returns what a visit saves, and what follows its save.
fn saved(booth: &mut Booth) -> (Capture, Vec<Chore>) {
    booth.reviews(1).touches(Touch::Confirm);
    let capture = booth.effects.iter().find_map(|effect| match effect {
        Effect::Save(capture) => Some(Capture::clone(capture)),
        _ => None,
    });
    booth.does(Event::Saved {
        visit: visit(1),
        result: Ok(Booth::receipt(1)),
    });
    let chores = std::mem::take(&mut booth.effects).into_iter();
    let chores = chores.filter_map(|effect| match effect {
        Effect::Chore(chore) => Some(chore),
        _ => None,
    });
    (capture.unwrap(), chores.collect())
}

#[test]
fn a_practice_photo_is_nobodys_and_voids_itself() {
    let mut booth = practising();
    let (capture, chores) = saved(&mut booth);
    assert!(capture.code.bytes().starts_with(b"PRACTICE-"));
    assert_eq!(capture.facts.supersedes, None);
    let void = Change::Voided(VoidCause::Trial);
    assert_eq!(chores, [Chore::Amend(visit(1), void)]);
    assert!(matches!(booth.session.state(), State::Receipt(_)));

    let mut real = Booth::new();
    let (capture, chores) = saved(&mut real);
    assert!(!capture.code.bytes().starts_with(b"PRACTICE-"));
    assert_eq!(chores, []);
}

#[test]
fn the_platform_is_not_asked_about_practice() {
    let mut booth = practising();
    booth.consents(1).scans(b"A1B2C3D4").types("1234");
    let asks = |effect: &Effect| matches!(effect, Effect::Resolve { .. });
    assert!(!booth.effects.iter().any(asks));
    let state = booth.session.state();
    assert!(
        matches!(state, State::Framing(_) | State::Prepare(_)),
        "{state:?}"
    );
}

#[test]
fn a_practice_photo_costs_nothing() {
    let mut booth = Booth::of(batch(|profile| profile.payment = PaymentPolicy::AtKiosk));
    practise(&mut booth, Practice::On);
    saved(&mut booth);
    let State::Receipt(receipt) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert_eq!(receipt.fee, Fee::Nothing);
}

#[test]
fn practice_ends_by_a_touch_or_by_itself_but_never_in_a_visit() {
    let mut booth = practising();
    practise(&mut booth, Practice::Off);
    assert!(!booth.session.practises());

    practise(&mut booth, Practice::On);
    booth.waits(Duration::from_mins(29)).does(Event::Tick);
    assert!(booth.session.practises());
    booth.consents(1);
    booth.waits(Duration::from_mins(2));
    assert!(booth.session.practises(), "the visit is under way");
    booth.touches(Touch::Leave).does(Event::Tick);
    assert!(matches!(booth.session.state(), State::Idle));
    assert!(!booth.session.practises());
}

#[test]
fn a_practice_photo_whose_save_took_too_long_is_void_too_and_no_slip_is_printed() {
    let mut booth = practising();
    booth.reviews(1).touches(Touch::Confirm);
    booth.waits(Duration::from_mins(2));
    assert!(matches!(booth.session.state(), State::Blocked(_)));
    booth.does(Event::Saved {
        visit: visit(1),
        result: Ok(Booth::receipt(1)),
    });
    let [Effect::Chore(chore)] = booth.effects.as_slice() else {
        panic!("{:?}", booth.effects);
    };
    let void = Change::Voided(VoidCause::Trial);
    assert_eq!(*chore, Chore::Amend(visit(1), void));

    let mut booth = practising();
    saved(&mut booth);
    booth.touches(Touch::PrintSlip);
    assert!(booth.effects.is_empty());
}
