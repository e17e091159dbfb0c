//! Requests on behalf of a person at the booth: an order, its state, their progress, their
//! confirmation. And the auditors' decisions.

use std::time::Duration;

use reqwest::Method;
use serde::Serialize;

use super::{
    Client, Reply, STANDING_WITHIN, Trouble, expect_ok, is_problem, line::Call, parsed,
    retry_after, status_in_words,
};
use crate::{
    capture::CaptureId,
    contract::{
        OrderRequest, PayOrder, PersonProgress, PersonRequest, Progress, Verdicts, limit, path,
        sha256_hex,
    },
    time::Wall,
};

/// The platform's answer about a person's captures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgressOutcome {
    Known(PersonProgress),
    /// Code and tail do not belong together, or the capture is not theirs.
    DoesNotMatch,
    /// Ask again after this time.
    TooManyTries(Duration),
    NoAnswer,
}

/// The stage of one capture, by its receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiptOutcome {
    Arrived(Progress),
    /// The platform knows the booth but does not have the capture yet.
    NotArrived,
    /// No booth of this platform signed it.
    Foreign,
    NoAnswer,
}

/// Longest `Retry-After` that is accepted from a platform.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

impl Client {
    /// Creates the order of one person in one batch, or finds the existing one. Within 3 s.
    pub fn order(&self, request: &OrderRequest, now: Wall) -> Result<PayOrder, Trouble> {
        sound(&self.ask(path::ORDERS, request, Some(STANDING_WITHIN), now)?)
    }

    /// Returns the state of an order, within 3 s. `order` is a number that the platform gave.
    pub fn order_state(&self, order: &str, now: Wall) -> Result<PayOrder, Trouble> {
        let known = sound(&self.look(&format!("{}/{order}", path::ORDERS), now)?)?;
        if known.order == order {
            Ok(known)
        } else {
            Err("the platform's answer is about another order".into())
        }
    }

    /// Fetches all captures of the person with this code and tail in one batch. Anything but a
    /// clear answer within 3 s counts as no answer.
    pub fn progress(&self, request: &PersonRequest, now: Wall) -> ProgressOutcome {
        self.of_person(path::PROGRESS, request, now)
    }

    /// Confirms the standard photo of capture `id`, which is theirs; repeating it is fine. The
    /// answer is the resulting stage.
    pub fn confirm(&self, id: CaptureId, request: &PersonRequest, now: Wall) -> ProgressOutcome {
        let path = format!("{}/{id}/{}", path::CAPTURES, path::CONFIRMATION);
        self.of_person(&path, request, now)
    }

    /// Returns the stage of a receipt's capture (`capture-statement+jws`). It shows states only, so
    /// the question is not signed.
    pub fn receipt_progress(&self, statement: &str) -> ReceiptOutcome {
        let call = Call {
            method: Method::GET,
            path: &format!("{}/{statement}", path::RECEIPTS),
            body: None,
            headers: Vec::new(),
            within: Some(STANDING_WITHIN),
            most_bytes: limit::BODY_BYTES,
        };
        match self.line.exchange(call) {
            Ok(reply) if reply.status == 200 => {
                parsed(&reply).map_or(ReceiptOutcome::NoAnswer, ReceiptOutcome::Arrived)
            }
            Ok(reply) if reply.status == 404 && is_problem(&reply) => ReceiptOutcome::NotArrived,
            Ok(reply) if reply.status == 422 && is_problem(&reply) => ReceiptOutcome::Foreign,
            Ok(_) | Err(_) => ReceiptOutcome::NoAnswer,
        }
    }

    /// Fetches what the auditors decided about this booth's captures after the verdict numbered
    /// `after` (0: from the first), in order.
    pub fn verdicts(&self, after: u64, now: Wall) -> Result<Verdicts, Trouble> {
        let path = format!("{}/{after}", path::VERDICTS);
        let page: Verdicts = expect_ok(&self.line.exchange(self.signed(
            Method::GET,
            &path,
            &sha256_hex(b""),
            now,
        )?)?)?;
        let mut last = after;
        for verdict in &page.verdicts {
            if verdict.number <= last {
                return Err("the platform's verdicts are not in order".into());
            }
            last = verdict.number;
        }
        Ok(page)
    }

    fn of_person(&self, path: &str, request: &impl Serialize, now: Wall) -> ProgressOutcome {
        match self.ask(path, request, Some(STANDING_WITHIN), now) {
            Ok(reply) => progress_of(&reply, now),
            Err(_) => ProgressOutcome::NoAnswer,
        }
    }

    /// Sends a signed question without a body.
    fn look(&self, path: &str, now: Wall) -> Result<Reply, Trouble> {
        let mut call = self.signed(Method::GET, path, &sha256_hex(b""), now)?;
        call.within = Some(STANDING_WITHIN);
        self.line.exchange(call)
    }
}

fn progress_of(reply: &Reply, now: Wall) -> ProgressOutcome {
    let wait = reply
        .retry_after
        .as_deref()
        .and_then(|text| retry_after(text, now));
    match (reply.status, is_problem(reply)) {
        (200, _) => parsed(reply).map_or(ProgressOutcome::NoAnswer, ProgressOutcome::Known),
        (404, true) => ProgressOutcome::DoesNotMatch,
        (429, true) => ProgressOutcome::TooManyTries(wait.unwrap_or_default().min(LONGEST_WAIT)),
        _ => ProgressOutcome::NoAnswer,
    }
}

/// Reads an order and checks that it can be shown, stored and asked about.
fn sound(reply: &Reply) -> Result<PayOrder, Trouble> {
    let order: PayOrder = match reply.status {
        200 | 201 => parsed(reply)?,
        404 => {
            return Err("code and tail do not belong together, or there is no such order".into());
        }
        other => return Err(status_in_words(other).into()),
    };
    if order.is_sound() {
        Ok(order)
    } else {
        Err("the platform's order cannot be shown".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, media_type: &str, body: &[u8]) -> Reply {
        Reply {
            status,
            media_type: media_type.to_owned(),
            etag: None,
            retry_after: Some("90000".to_owned()),
            date: None,
            body: body.to_vec(),
        }
    }

    #[test]
    fn only_the_platform_itself_says_that_a_person_is_not_known() {
        let of = |status, media_type| progress_of(&reply(status, media_type, b"{}"), Wall::EPOCH);
        let problem = "application/problem+json";
        assert_eq!(of(404, problem), ProgressOutcome::DoesNotMatch);
        assert_eq!(of(404, "text/html"), ProgressOutcome::NoAnswer);
        assert_eq!(
            of(429, problem),
            ProgressOutcome::TooManyTries(LONGEST_WAIT)
        );
        assert_eq!(of(429, "text/html"), ProgressOutcome::NoAnswer);
        assert_eq!(of(200, "application/json"), ProgressOutcome::NoAnswer);
        assert_eq!(of(500, problem), ProgressOutcome::NoAnswer);
    }

    #[test]
    fn an_order_that_cannot_be_shown_is_no_order() {
        let order = |number: &str| {
            let body = format!(
                r#"{{"order":"{number}","amount_fen":2500,"qr":"pay:1","expires":"2026-06-01T10:00:00Z","state":"not_paid"}}"#
            );
            sound(&reply(200, "application/json", body.as_bytes()))
        };
        assert_eq!(order("2026-1").unwrap().amount_fen, 2500);
        let refused = order("../keys").unwrap_err().to_string();
        assert!(!refused.contains("keys"), "{refused}");
        assert!(sound(&reply(409, "application/problem+json", b"")).is_err());
    }
}
