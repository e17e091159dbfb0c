//! A head that no model finds.

use super::*;
use crate::{layout::Head, session::marking::Mark};

/// Returns a frame of 1280x720 in which no face was found.
fn nobody(at: Mono) -> Sight {
    let seen = sight(1, at, None, ADVICE);
    let frame = Frame {
        number: 1,
        at,
        rgb: RgbImage::new(1280, 720),
        origin: Origin::Pixels,
        turn: Turn::None,
        camera: Arc::default(),
    };
    Sight {
        analysis: Arc::new(Analysis::empty(Arc::new(frame))),
        ..seen
    }
}

impl Booth {
    fn sees_nobody(&mut self) -> &mut Self {
        self.now.mono = self.now.mono.plus(FRAME);
        let sight = nobody(self.now.mono);
        self.does(Event::Saw(sight))
    }

    fn marks(&mut self, points: &[(u32, u32)]) -> &mut Self {
        for (x, y) in points {
            self.touches(Touch::Mark { x: *x, y: *y });
        }
        self
    }

    fn next_mark(&self) -> Option<Mark> {
        match self.session.state() {
            State::Help(Helping {
                case: Case::Unseen(marking),
                ..
            }) => marking.next(),
            other => panic!("{other:?}"),
        }
    }
}

fn operator(role: Role) -> PinAnswer {
    PinAnswer::Right(Operator {
        number: 3,
        name: "王".to_owned(),
        role,
    })
}

/// Returns a booth where staff of that role stand beside a sitter whom the manual button could not
/// take.
fn called(role: Role) -> Booth {
    let mut booth = Booth::new();
    booth
        .sits_unseen(1)
        .sees_nobody()
        .touches(Touch::Shoot)
        .touches(Touch::Staff)
        .unlocks(operator(role));
    booth
}

/// A head that the standard's bands can crop from 1280x720.
const HEAD: [(u32, u32); 3] = [(640, 142), (641, 318), (640, 497)];

#[test]
fn staff_are_offered_only_after_the_manual_button_found_nobody() {
    let mut booth = Booth::new();
    booth.sits_unseen(1).sees_nobody().touches(Touch::Staff);
    assert!(matches!(booth.session.state(), State::Framing(_)));
    booth.sees_nobody().touches(Touch::Shoot);
    assert!(matches!(
        booth.session.state(),
        State::Framing(Framing { unseen: true, .. })
    ));
    booth.touches(Touch::Staff);
    assert!(matches!(booth.session.state(), State::Help(_)));
}

#[test]
fn a_batch_that_does_not_let_heads_be_marked_offers_nobody() {
    let mut booth = Booth::of(batch(|profile| profile.overridable.clear()));
    booth.sits_unseen(1).sees_nobody().touches(Touch::Shoot);
    assert!(matches!(
        booth.session.state(),
        State::Framing(Framing { unseen: false, .. })
    ));
}

#[test]
fn marking_takes_a_supervisor() {
    let mut booth = called(Role::Operator);
    booth.sees_nobody().touches(Touch::Shoot).marks(&HEAD);
    assert_eq!(booth.next_mark(), Some(Mark::Crown));
}

#[test]
fn a_marked_head_is_cut_where_it_was_marked_and_then_needs_a_reason() {
    let mut booth = called(Role::Supervisor);
    booth
        .sees_nobody()
        .touches(Touch::Shoot)
        .marks(&HEAD)
        .touches(Touch::Marked);
    let Some(Effect::Standardise {
        crop,
        marked: Some(head),
        ..
    }) = booth.effects.last()
    else {
        panic!("{:?}", booth.effects);
    };
    let point = |(x, y): (u32, u32)| Point::new(x as f32, y as f32);
    let [crown, eyes, chin] = HEAD.map(point);
    assert_eq!(Some(*head), Head::marked(crown, eyes, chin));
    let bands = Profile::standard_99().bands;
    assert!(crop.place(head).margin(&bands) >= 0.0);

    booth.standardises(Ok(portrait_failing(visit(1), &[MAY])));
    // Seconds without a face do not end it: no model finds one.
    for _ in 0..40 {
        booth.sees_nobody();
    }
    assert!(!refused(&booth).is_settled());
    booth
        .touches(Touch::SetAside(MAY, OverrideReason::JudgedWronglyByMachine))
        .touches(Touch::LetPass)
        .waits(Duration::from_secs(4))
        .sees_nobody();
    assert!(matches!(booth.session.state(), State::Review(_)));
    booth.touches(Touch::Confirm);
    assert!(matches!(booth.effects.as_slice(), [Effect::Save(_)]));
}

#[test]
fn a_mark_is_moved_by_touching_beside_it_and_all_go_for_another_still() {
    let mut booth = called(Role::Supervisor);
    booth.sees_nobody().touches(Touch::Shoot).marks(&HEAD);
    assert_eq!(booth.next_mark(), None);
    booth.marks(&[(640, 505)]);
    let State::Help(Helping {
        case: Case::Unseen(marking),
        ..
    }) = booth.session.state()
    else {
        panic!("{:?}", booth.session.state());
    };
    let ys: Vec<f32> = marking.points.iter().map(|point| point.y).collect();
    assert_eq!(ys, [142.0, 318.0, 505.0]);
    booth.sees_nobody().touches(Touch::Shoot);
    assert_eq!(booth.next_mark(), Some(Mark::Crown));
}

#[test]
fn marks_in_the_wrong_order_or_of_no_head_cut_nothing() {
    for points in [
        [(640, 497), (641, 318), (640, 142)],
        [(640, 142), (641, 160), (640, 700)],
    ] {
        let mut booth = called(Role::Supervisor);
        booth
            .sees_nobody()
            .touches(Touch::Shoot)
            .marks(&points)
            .touches(Touch::Marked);
        assert!(matches!(
            booth.effects.as_slice(),
            [Effect::Chime(Chime::Refused)]
        ));
        assert!(matches!(booth.session.state(), State::Help(_)));
    }
}

#[test]
fn whoever_goes_back_to_framing_is_followed_again_from_the_tail_on() {
    let mut booth = called(Role::Supervisor);
    booth.touches(Touch::Retake).sees(20, Some(3), ADVICE);
    assert!(is_asked_from_the_chair(&booth));
    booth.types("002X");
    let State::Framing(framing) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert_eq!(framing.presence, Presence::Here { track: 3 });
}
