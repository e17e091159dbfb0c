//! What may be read aloud: the one sentence of each screen that matters, which is also shown in
//! large type. Never a name.

use super::{flawed, framing, progress::code_title, words};
use crate::{
    lang::Text,
    session::{Bill, Coding, HelpPage, Inquiry, InquiryStep, Session, State, Tailing},
};

/// Returns the sentence of the session's screen, if it has one for a visitor.
pub fn caption(session: &Session) -> Option<Text> {
    if session.help_page() == HelpPage::Open {
        return Some(words::HELP_PAGE);
    }
    match session.state() {
        State::Batch(_) => Some(words::BATCH_TITLE),
        State::Consent(consenting) if consenting.reading_full_text => None,
        State::Consent(_) => Some(words::CONSENT_TITLE),
        State::Code(coding) => Some(of_code(coding)),
        State::Replace(_) => Some(words::REPLACE_TITLE),
        State::Tail(tailing) => Some(of_tail(tailing)),
        State::Prepare(_) => Some(words::PREPARE_TITLE),
        State::Framing(framing) => framing::said(framing),
        State::Standardising(_) => Some(words::STANDARDISING),
        State::Flawed(flawed) => flawed::reasons(flawed).into_iter().next(),
        State::Review(reviewing) if reviewing.save_failed => Some(words::SAVE_FAILED),
        State::Review(reviewing) if reviewing.is_choice() => Some(words::CHOICE_TITLE),
        State::Review(_) => Some(words::REVIEW_TITLE),
        State::Saving(_) => Some(words::SAVING),
        State::Contact(_) => Some(words::CONTACT_TITLE),
        State::Payment(paying) => Some(of_bill(&paying.bill)),
        State::Progress(inquiry) => of_inquiry(inquiry),
        State::Receipt(_) => Some(words::RECEIPT_TITLE),
        State::Stopped(stop) => Some(words::stop(stop).0),
        State::Idle | State::Help(_) | State::Blocked(_) | State::Staff(_) => None,
    }
}

fn of_code(coding: &Coding) -> Text {
    let title = match coding.returning {
        Some(_) => words::CODE_TITLE_AGAIN,
        None => words::CODE_TITLE,
    };
    coding.hint.map_or(title, words::code_hint)
}

const fn of_bill(bill: &Bill) -> Text {
    match bill {
        Bill::Asking => words::PAY_ASKING,
        Bill::Due(_) => words::PAY_TITLE,
        Bill::NoAnswer => words::PAY_NO_ANSWER,
        Bill::RanOut => words::PAY_RAN_OUT,
        Bill::Paid => words::PAY_PAID,
    }
}

/// Returns the sentence of an inquiry. How far somebody's photo has come is shown but not read out
/// to the room.
fn of_inquiry(inquiry: &Inquiry) -> Option<Text> {
    match &inquiry.step {
        InquiryStep::Code { hint } => {
            Some(hint.map_or(code_title(&inquiry.intent), words::code_hint))
        }
        InquiryStep::Tail(_) => Some(words::tail_title(inquiry.batch.profile.tail_rule)),
        InquiryStep::Asking { .. } => Some(words::PROGRESS_ASKING),
        InquiryStep::NoAnswer(_) => Some(words::PROGRESS_NO_ANSWER),
        InquiryStep::Known(_) | InquiryStep::OfReceipt(_) => None,
    }
}

fn of_tail(tailing: &Tailing) -> Text {
    words::tail_title(tailing.scanned.visitor.batch.profile.tail_rule)
}
