//! Several pictures of one hold.

use super::*;
use crate::analysis::tests::turned_face;

/// A good frame of somebody whose head is turned by that much, and its room inside the bands.
fn turned(at: Mono, yaw_deg: f32, margin: f32) -> Sight {
    let good = Verdict::Good(Good {
        crop: Crop {
            origin_in_frame: Point::new(yaw_deg, 0.0),
            scale: 0.9,
        },
        placed: placed(),
        margin,
    });
    let mut sight = sight(1, at, Some(1), good);
    let analysis = Arc::get_mut(&mut sight.analysis).unwrap();
    analysis.face = Some(turned_face(yaw_deg));
    sight
}

impl Booth {
    fn holds(&mut self, turns: &[(f32, f32)]) -> &mut Self {
        for (yaw_deg, margin) in turns {
            self.now.mono = self.now.mono.plus(FRAME);
            let sight = turned(self.now.mono, *yaw_deg, *margin);
            self.does(Event::Saw(sight));
            if matches!(self.session.state(), State::Standardising(_)) {
                break;
            }
        }
        self
    }

    /// Returns how far the head was turned in the frame that is to be made.
    fn asked_for(&self) -> Option<f32> {
        self.effects.iter().find_map(|effect| {
            let Effect::Standardise { crop, .. } = effect else {
                return None;
            };
            Some(crop.origin_in_frame.x)
        })
    }

    fn makes(&mut self, failing: &[CheckId]) -> &mut Self {
        self.standardises(Ok(portrait_failing(visit(1), failing)))
    }

    fn reviewing(&self) -> &Reviewing {
        match self.session.state() {
            State::Review(reviewing) => reviewing,
            other => panic!("{other:?}"),
        }
    }
}

/// A hold that is long enough, in which the head turns back and forth.
const TURNS: [(f32, f32); 12] = [
    (0.0, 0.5),
    (0.2, 0.6),
    (3.0, 0.3),
    (3.1, 0.2),
    (-3.0, 0.4),
    (0.1, 0.9),
    (6.0, 0.1),
    (0.0, 0.5),
    (0.0, 0.5),
    (0.0, 0.5),
    (0.0, 0.5),
    (0.0, 0.5),
];

fn of_three() -> Booth {
    let mut booth = Booth::of(batch(|profile| profile.choices = 3));
    booth.sits(1).holds(&TURNS);
    booth
}

#[test]
fn one_picture_is_made_of_a_hold_unless_the_batch_offers_a_choice() {
    let mut booth = Booth::new();
    booth.sits(1).holds(&TURNS);
    assert_eq!(booth.asked_for(), Some(0.1), "the one with the most room");
    booth.makes(&[]);
    assert!(!booth.reviewing().is_choice());
}

#[test]
fn the_best_of_the_different_pictures_are_made_one_after_the_other() {
    let mut booth = of_three();
    let mut made = vec![];
    while let Some(turn) = booth.asked_for() {
        made.push(turn);
        booth.makes(&[]);
    }
    assert_eq!(made, [0.1, -3.0, 3.0], "like ones once, the best first");
    assert_eq!(booth.reviewing().pictures().count(), 3);
}

#[test]
fn nothing_is_confirmed_before_one_is_chosen_and_the_others_are_gone() {
    let mut booth = of_three();
    booth
        .makes(&[])
        .makes(&[])
        .makes(&[])
        .touches(Touch::Confirm);
    assert!(booth.reviewing().is_choice());
    let third = Arc::clone(booth.reviewing().pictures().nth(2).unwrap());
    let second = Arc::downgrade(booth.reviewing().pictures().nth(1).unwrap());
    booth.touches(Touch::Pick(7));
    assert!(booth.reviewing().is_choice(), "there is no eighth");
    booth.touches(Touch::Pick(2));
    assert!(Arc::ptr_eq(&booth.reviewing().portrait, &third));
    assert!(!booth.reviewing().is_choice());
    assert!(second.upgrade().is_none());
    booth.touches(Touch::Confirm);
    assert!(matches!(booth.effects.as_slice(), [Effect::Save(_)]));
}

#[test]
fn a_picture_that_does_not_pass_is_no_choice() {
    let mut booth = of_three();
    booth.makes(&[]).makes(&[MAY]).makes(&[]);
    assert_eq!(booth.reviewing().pictures().count(), 2);
    let mut booth = of_three();
    booth.makes(&[MAY]);
    assert!(matches!(booth.session.state(), State::Flawed(_)));
    let mut booth = of_three();
    booth
        .makes(&[])
        .standardises(Err(Unfit::Encoding))
        .standardises(Err(Unfit::Encoding));
    assert!(!booth.reviewing().is_choice(), "the best one is left");
}

#[test]
fn another_picture_can_be_taken_instead_of_a_choice() {
    let mut booth = of_three();
    booth
        .makes(&[])
        .makes(&[])
        .makes(&[])
        .touches(Touch::Retake);
    assert!(matches!(booth.session.state(), State::Framing(_)));
}
