//! A student calls staff.

use super::*;
use crate::session::calling::RINGS_AGAIN;

impl Booth {
    fn rings(&self) -> bool {
        let mut effects = self.effects.iter();
        effects.any(|effect| matches!(effect, Effect::Chime(Chime::CallStaff)))
    }
}

fn engineer() -> PinAnswer {
    PinAnswer::Right(Operator {
        number: 3,
        name: "王".to_owned(),
        role: Role::Engineer,
    })
}

#[test]
fn a_call_rings_at_most_every_half_minute_and_the_visit_stays() {
    let mut booth = Booth::new();
    booth.sits(1).touches(Touch::CallStaff);
    assert!(booth.rings());
    assert_eq!(booth.effects.len(), 1, "nothing else happens");
    let at = booth.session.staff_call().map(|call| call.at);
    assert_eq!(at, Some(booth.now.wall));
    booth.waits(RINGS_AGAIN / 2).touches(Touch::CallStaff);
    assert!(!booth.rings());
    booth.waits(RINGS_AGAIN / 2).touches(Touch::CallStaff);
    assert!(booth.rings());
    assert!(matches!(booth.session.state(), State::Framing(_)));
    assert_eq!(booth.session.visit(), Some(visit(1)));
}

#[test]
fn who_waits_for_staff_is_given_time_and_the_booth_s_own_work_is_not() {
    let mut booth = Booth::new();
    booth.does(Event::Start(visit(1)));
    booth
        .waits(Duration::from_secs(80))
        .touches(Touch::CallStaff);
    booth.waits(Duration::from_secs(80));
    assert!(matches!(booth.session.state(), State::Consent(_)));
    let mut saving = Booth::new();
    saving.reviews(1).touches(Touch::Confirm);
    let end = saving.session.deadline();
    saving
        .waits(Duration::from_secs(9))
        .touches(Touch::CallStaff);
    assert!(saving.rings());
    assert_eq!(saving.session.deadline(), end);
}

#[test]
fn a_call_outlives_the_visit_until_staff_have_read_of_it_at_their_desk() {
    let mut booth = Booth::new();
    booth.does(Event::Start(visit(1)));
    booth.touches(Touch::CallStaff).touches(Touch::Leave);
    assert!(booth.session.staff_call().is_some());
    booth.touches(Touch::Staff).touches(Touch::CallStaff);
    assert!(!booth.rings(), "staff are here");
    booth.unlocks(engineer());
    assert!(booth.session.staff_call().is_some(), "to be read");
    booth.touches(Touch::Desk(DeskTouch::Open(Tile::Settings)));
    booth.touches(Touch::Desk(DeskTouch::Home));
    assert!(booth.session.staff_call().is_some(), "still there");
    booth.touches(Touch::StaffLeave);
    assert_eq!(booth.session.staff_call(), None);
    booth.touches(Touch::CallStaff);
    assert!(booth.rings(), "a new call rings at once");
}

#[test]
fn staff_beside_the_sitter_have_come_to_the_call() {
    let mut booth = Booth::new();
    booth.sits(1).holds_still();
    booth
        .standardises(Ok(portrait(visit(1), false)))
        .touches(Touch::Staff);
    assert!(booth.rings());
    assert!(booth.session.staff_call().is_some());
    booth.unlocks(engineer());
    assert_eq!(booth.session.staff_call(), None);
}

#[test]
fn a_wrong_pin_answers_no_call() {
    let mut booth = Booth::new();
    booth.touches(Touch::CallStaff);
    booth.touches(Touch::Staff).unlocks(PinAnswer::Wrong);
    booth.touches(Touch::StaffLeave);
    assert!(booth.session.staff_call().is_some());
}
