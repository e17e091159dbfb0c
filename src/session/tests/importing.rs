//! A picture that a sitter brings.

use super::*;
use crate::{
    frame::Imported,
    geometry::Size,
    profile::CaptureMode,
    session::{
        desk::{Chore, News},
        importing::{Chosen, Found, Importing, NotImported, Opened, StickPicture},
    },
};

fn importable() -> Arc<Batch> {
    batch(|profile| profile.capture_modes.push(CaptureMode::Imported))
}

fn operator(role: Role) -> PinAnswer {
    PinAnswer::Right(Operator {
        number: 3,
        name: "王".to_owned(),
        role,
    })
}

fn picture(name: &str) -> StickPicture {
    StickPicture {
        stick: 1,
        path: name.into(),
    }
}

fn opened() -> Opened {
    let size = Size::new(900, 1200);
    let frame = Frame {
        number: 1,
        at: Mono::default(),
        rgb: RgbImage::new(size.width, size.height),
        origin: Origin::Pixels,
        turn: Turn::None,
        camera: Arc::default(),
    };
    Opened {
        sight: Sight {
            analysis: Arc::new(Analysis::empty(Arc::new(frame))),
            ..sight(1, Mono::default(), None, ADVICE)
        },
        crop: crate::layout::target(size),
    }
}

impl Booth {
    fn imports(&mut self, touch: ImportTouch) -> &mut Self {
        self.touches(Touch::Import(touch))
    }

    fn finds(&mut self, names: &[&str]) -> &mut Self {
        let found = Found {
            pictures: names.iter().map(|name| picture(name)).collect(),
            is_cut_off: false,
        };
        let ask = self.asks.import;
        self.does(Event::News(News::Pictures(ask, found)))
    }

    fn opens(&mut self, result: Result<Opened, NotImported>) -> &mut Self {
        let ask = self.asks.import;
        self.does(Event::News(News::Picture(ask, result.map(Box::new))))
    }

    fn page(&self) -> &Importing {
        match self.session.state() {
            State::Help(Helping {
                case: Case::Import(importing),
                ..
            }) => importing,
            other => panic!("{other:?}"),
        }
    }
}

/// Returns a booth where a supervisor stands beside a sitter who brings a picture.
fn called() -> Booth {
    let mut booth = Booth::of(importable());
    booth
        .sits_unseen(1)
        .imports(ImportTouch::Begin)
        .unlocks(operator(Role::Supervisor));
    booth
}

#[test]
fn a_picture_is_taken_only_where_the_batch_says_so_and_by_a_supervisor() {
    let mut booth = Booth::new();
    booth.sits_unseen(1).imports(ImportTouch::Begin);
    assert!(matches!(booth.session.state(), State::Framing(_)));

    let mut booth = Booth::of(importable());
    booth
        .sits_unseen(1)
        .imports(ImportTouch::Begin)
        .unlocks(operator(Role::Operator))
        .imports(ImportTouch::LookAgain);
    assert!(booth.page().found.is_none());
    assert!(booth.effects.is_empty(), "{:?}", booth.effects);
}

#[test]
fn the_chosen_picture_goes_the_way_of_any_other_and_is_confirmed_by_its_owner() {
    let mut booth = called();
    let asked = booth.effects.last();
    assert!(
        matches!(asked, Some(Effect::Chore(Chore::FindPictures(_)))),
        "{asked:?}"
    );
    booth
        .finds(&["a.jpg", "b.jpg"])
        .imports(ImportTouch::Choose(1));
    let Some(Effect::Chore(Chore::OpenPicture {
        picture: chosen,
        operator: 3,
        ..
    })) = booth.effects.last()
    else {
        panic!("{:?}", booth.effects);
    };
    assert_eq!(*chosen, picture("b.jpg"));
    booth.opens(Ok(opened())).imports(ImportTouch::Use);
    assert!(matches!(
        booth.effects.last(),
        Some(Effect::Standardise { marked: None, .. })
    ));

    let imported = Imported {
        sha256: "made up".to_owned(),
        operator: 3,
    };
    let mut portrait = portrait_failing(visit(1), &[]);
    let made = Arc::get_mut(&mut portrait).unwrap();
    made.original.imported = Some(imported.clone());
    booth.standardises(Ok(portrait));
    // The owner stands beside the booth: nobody is looked for in the chair.
    booth.waits(Duration::from_secs(8)).touches(Touch::Confirm);
    let [Effect::Save(capture)] = booth.effects.as_slice() else {
        panic!("{:?}", booth.effects);
    };
    assert_eq!(capture.facts.imported, Some(imported));
}

#[test]
fn a_picture_that_does_not_pass_is_put_before_staff() {
    let mut booth = called();
    booth
        .finds(&["a.jpg"])
        .imports(ImportTouch::Choose(0))
        .opens(Ok(opened()))
        .imports(ImportTouch::Use)
        .standardises(Ok(portrait_failing(visit(1), &[MAY])));
    assert!(matches!(
        booth.session.state(),
        State::Help(Helping {
            case: Case::Refused(_),
            ..
        })
    ));
}

#[test]
fn answers_to_an_earlier_list_or_choice_change_nothing() {
    let mut booth = called();
    let first = booth.asks.import;
    booth.imports(ImportTouch::LookAgain);
    let stale = Found {
        pictures: vec![picture("stale.jpg")],
        is_cut_off: false,
    };
    booth.does(Event::News(News::Pictures(first, stale)));
    assert!(booth.page().found.is_none());

    booth
        .finds(&["a.jpg", "b.jpg"])
        .imports(ImportTouch::Choose(0));
    let first = booth.asks.import;
    booth
        .imports(ImportTouch::Choose(1))
        .does(Event::News(News::Picture(first, Ok(Box::new(opened())))));
    assert!(matches!(&booth.page().chosen, Chosen::Opening(of) if *of == picture("b.jpg")));
    booth.imports(ImportTouch::Use);
    assert!(matches!(booth.session.state(), State::Help(_)));
}

#[test]
fn a_refused_picture_says_why_and_another_one_can_be_chosen_or_one_taken() {
    let mut booth = called();
    booth
        .finds(&["a.jpg", "b.jpg"])
        .imports(ImportTouch::Choose(0))
        .opens(Err(NotImported::SmallHead))
        .imports(ImportTouch::Use);
    assert!(matches!(
        booth.page().chosen,
        Chosen::Refused(_, NotImported::SmallHead)
    ));
    booth
        .imports(ImportTouch::Choose(1))
        .opens(Ok(opened()))
        .touches(Touch::Retake);
    let State::Framing(framing) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert_eq!(
        framing.presence,
        Presence::NotYet,
        "a live picture needs its sitter"
    );
}

#[test]
fn a_long_list_has_pages_and_every_row_chooses_its_own_picture() {
    let names: Vec<String> = (0..14).map(|n| format!("{n}.jpg")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut booth = called();
    booth
        .finds(&names)
        .imports(ImportTouch::Earlier)
        .imports(ImportTouch::Later)
        .imports(ImportTouch::Later)
        .imports(ImportTouch::Later)
        .imports(ImportTouch::Choose(1));
    assert_eq!(booth.page().pages(), 3);
    assert_eq!(booth.page().chosen.picture(), Some(&picture("13.jpg")));
    booth.imports(ImportTouch::Choose(2));
    assert_eq!(
        booth.page().chosen.picture(),
        Some(&picture("13.jpg")),
        "no such row"
    );
}

#[test]
fn nobody_who_walks_away_leaves_the_page_open() {
    let mut booth = called();
    booth
        .finds(&["a.jpg"])
        .waits(Duration::from_mins(3))
        .does(Event::Tick);
    assert!(matches!(booth.session.state(), State::Idle));
}
