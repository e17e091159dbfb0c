//! The receipt's slip.

use super::*;
use crate::booth::PrinterState;

/// Returns a booth that shows the receipt of its first visit.
fn receipted() -> Booth {
    let mut booth = Booth::new();
    booth.reviews(1).touches(Touch::Confirm).does(Event::Saved {
        visit: visit(1),
        result: Ok(Booth::receipt(1)),
    });
    booth
}

fn printed(n: u8, result: Result<(), PrinterState>) -> Event {
    Event::Printed {
        visit: visit(n),
        result,
    }
}

fn slip(booth: &Booth) -> &SlipStep {
    match booth.session.state() {
        State::Receipt(receipt) => &receipt.slip,
        other => panic!("{other:?}"),
    }
}

/// Returns whether the last event asked for a slip.
fn prints(booth: &Booth) -> bool {
    let mut effects = booth.effects.iter();
    effects.any(|effect| matches!(effect, Effect::Print { .. }))
}

#[test]
fn a_slip_is_printed_once_in_the_language_of_its_visit() {
    let mut booth = receipted();
    booth.touches(Touch::Language(Lang::En));
    booth.touches(Touch::PrintSlip);
    assert!(booth.effects.iter().any(|effect| matches!(
        effect,
        Effect::Print { receipt, lang: Lang::En, batch }
            if receipt.visit == visit(1) && batch.school == "示例大学"
    )));
    booth.touches(Touch::PrintSlip);
    assert!(!prints(&booth));
    assert_eq!(*slip(&booth), SlipStep::Printing);
    booth.does(printed(1, Ok(()))).touches(Touch::PrintSlip);
    assert!(!prints(&booth));
    assert_eq!(*slip(&booth), SlipStep::Printed);
}

#[test]
fn a_printer_without_paper_keeps_no_visit_and_leaves_time_for_a_photograph() {
    let mut booth = receipted();
    booth
        .touches(Touch::PrintSlip)
        .waits(Duration::from_secs(50));
    let before = booth.session.deadline().unwrap();
    booth.does(printed(1, Err(PrinterState::NoPaper)));
    assert_eq!(*slip(&booth), SlipStep::NotPrinted(PrinterState::NoPaper));
    assert!(booth.session.deadline().unwrap() > before);
    booth.touches(Touch::PrintSlip);
    assert!(!prints(&booth));
    booth.touches(Touch::Leave);
    assert!(matches!(booth.session.state(), State::Idle));
}

#[test]
fn a_late_printer_says_nothing_to_the_next_visit_and_holds_up_none() {
    let mut booth = receipted();
    booth.touches(Touch::PrintSlip).does(Event::Start(visit(2)));
    assert!(matches!(booth.session.state(), State::Consent(_)));
    booth.does(printed(1, Err(PrinterState::NoPaper)));
    assert!(matches!(booth.session.state(), State::Consent(_)));

    let mut booth = receipted();
    booth.touches(Touch::PrintSlip).does(printed(2, Ok(())));
    assert_eq!(*slip(&booth), SlipStep::Printing);
}

#[test]
fn nothing_is_printed_before_the_receipt() {
    let mut booth = Booth::new();
    booth.reviews(1).touches(Touch::PrintSlip);
    assert!(!prints(&booth));
    booth.touches(Touch::Confirm).touches(Touch::PrintSlip);
    assert!(!prints(&booth));
}
