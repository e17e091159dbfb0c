//! Orders: none is forgotten, and what was paid travels once.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    Outbox,
    tests::{capture, id, now, open},
};
use crate::{
    booth::Payments,
    capture::Contact,
    contract::{Amendment, AuditVerdict, Change, PayOrder, PayState, RejectReason},
    jws::{self, KeySet, Purpose},
    time::Wall,
};

fn order(number: &str) -> PayOrder {
    PayOrder {
        order: number.to_owned(),
        amount_fen: 2500,
        qr: "weixin://made-up".to_owned(),
        expires: now(7200).wall,
        state: PayState::NotPaid,
    }
}

/// The changes that wait to be brought about a capture, in order.
fn changes(outbox: &Outbox, folder: &Path) -> Vec<Change> {
    let keys = KeySet::one(outbox.sealing.verifying_key());
    let mut files: Vec<_> = fs::read_dir(folder.join("amendments"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let signed = files.iter().map(|path| {
        let token = fs::read_to_string(path).unwrap();
        jws::verify::<Amendment>(Purpose::Amendment, &token, &keys).unwrap()
    });
    signed.map(|amendment| amendment.change).collect()
}

fn open_numbers(outbox: &Outbox) -> Vec<String> {
    let open = outbox.open_orders(now(60).wall, 9).unwrap();
    open.into_iter().map(|order| order.number).collect()
}

#[test]
fn what_was_paid_travels_once_however_often_the_platform_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    outbox.save(&capture(1), now(1)).unwrap();
    outbox.note_order(id(1), &order("A-1"), now(2)).unwrap();
    assert_eq!(open_numbers(&outbox), ["A-1"]);
    for _ in 0..2 {
        let paid_for = outbox.settle_order("A-1", PayState::Paid, now(3)).unwrap();
        assert_eq!(paid_for, Some(id(1)));
    }
    drop(outbox);
    let mut outbox = open(folder.path());
    outbox.settle_order("A-1", PayState::Paid, now(4)).unwrap();
    // Asked for again, the platform gives the paid order again.
    let again = PayOrder {
        state: PayState::Paid,
        ..order("A-1")
    };
    outbox.note_order(id(1), &again, now(5)).unwrap();
    assert_eq!(
        changes(&outbox, folder.path()),
        [Change::Paid("A-1".to_owned())]
    );
    assert!(open_numbers(&outbox).is_empty());
    assert_eq!(
        outbox.settle_order("B-9", PayState::Paid, now(6)).unwrap(),
        None,
        "an order of nobody here"
    );
}

#[test]
fn an_order_survives_a_restart_and_a_power_cut_before_its_payment_was_indexed() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    let saved = outbox.save(&capture(1), now(1)).unwrap();
    outbox.note_order(id(1), &order("A-1"), now(2)).unwrap();
    // The amendment's file is durable, its rows are not.
    let name = super::NoteName {
        id: id(1),
        number: 1,
        seq: saved.seq,
    };
    let change = Change::Paid("A-1".to_owned());
    let token = outbox.sign_amendment(name, &change, now(3)).unwrap();
    outbox.amendments.put(name, &token).unwrap();
    drop(outbox);
    let mut outbox = open(folder.path());
    assert!(
        open_numbers(&outbox).is_empty(),
        "the file says that it is paid"
    );
    outbox.settle_order("A-1", PayState::Paid, now(4)).unwrap();
    assert_eq!(changes(&outbox, folder.path()), [change]);
}

#[test]
fn the_days_payments_add_up_in_captures() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    for n in 1..=5 {
        outbox.save(&capture(n), now(n.into())).unwrap();
        let number = format!("A-{n}");
        outbox.note_order(id(n), &order(&number), now(9)).unwrap();
    }
    // The first ran out and was paid by a second one; then the first was paid too, and given back.
    outbox
        .settle_order("A-1", PayState::Closed, now(10))
        .unwrap();
    outbox.note_order(id(1), &order("B-1"), now(11)).unwrap();
    outbox.settle_order("B-1", PayState::Paid, now(12)).unwrap();
    outbox
        .settle_order("A-1", PayState::Refunded, now(13))
        .unwrap();
    outbox.settle_order("A-2", PayState::Paid, now(14)).unwrap();
    outbox
        .settle_order("A-3", PayState::Closed, now(15))
        .unwrap();
    outbox
        .settle_order("A-4", PayState::Refunded, now(16))
        .unwrap();
    let payments = outbox.payments(now(60).wall).unwrap();
    assert_eq!(
        payments,
        Payments {
            asked: 5,
            paid: 2,
            open: 1,
            refunded: 1,
            closed: 1,
            twice: 1,
            paid_fen: 5000,
        }
    );
    assert!(payments.balances());
    let tomorrow = Wall::from_unix_ms(now(60).wall.unix_ms() + 86_400_000);
    assert_eq!(outbox.payments(tomorrow).unwrap(), Payments::default());
}

#[test]
fn what_is_paid_for_a_withdrawn_capture_is_counted_and_says_nothing_more_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    outbox.save(&capture(1), now(1)).unwrap();
    outbox.note_order(id(1), &order("A-1"), now(2)).unwrap();
    outbox.amend(id(1), &Change::Withdrawn, now(3)).unwrap();
    outbox.settle_order("A-1", PayState::Paid, now(4)).unwrap();
    assert_eq!(changes(&outbox, folder.path()), [Change::Withdrawn]);
    assert_eq!(outbox.payments(now(5).wall).unwrap().paid, 1);
}

#[test]
fn an_order_that_is_too_old_is_asked_about_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    outbox.save(&capture(1), now(1)).unwrap();
    outbox.note_order(id(1), &order("A-1"), now(2)).unwrap();
    let in_days = |days: i64| Wall::from_unix_ms(now(2).wall.unix_ms() + days * 86_400_000);
    assert_eq!(outbox.open_orders(in_days(8), 9).unwrap().len(), 1);
    assert!(outbox.open_orders(in_days(9), 9).unwrap().is_empty());
}

#[test]
fn a_contact_travels_sealed_and_lies_nowhere_in_plain() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    let platform = age::x25519::Identity::generate();
    let recipient = platform.to_public().to_string();
    outbox.renew_keys(KeySet::default(), &recipient).unwrap();
    outbox.save(&capture(1), now(1)).unwrap();
    let contact = Contact {
        phone: "CANARY13800000000".to_owned(),
        email: "canary@shili.example".to_owned(),
        file_name: "canary_2026".to_owned(),
    };
    outbox.add_contact(id(1), &contact, now(2)).unwrap();
    let [Change::Contact(sealed)] = &changes(&outbox, folder.path())[..] else {
        panic!("not a contact");
    };
    let sealed = STANDARD.decode(sealed).unwrap();
    let opened = age::decrypt(&platform, &sealed).unwrap();
    assert!(serde_json::from_slice::<Contact>(&opened).unwrap() == contact);
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
            assert!(!text.contains("canary"), "{}", path.display());
        }
    }
}

#[test]
fn what_auditors_decided_is_kept_once_and_counted_by_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    let verdict = |number, reasons: &[RejectReason]| AuditVerdict {
        number,
        id: id(number as u8),
        at: now(number).wall,
        reasons: reasons.to_vec(),
    };
    let page = [
        verdict(1, &[]),
        verdict(2, &[RejectReason::Shadow]),
        verdict(3, &[RejectReason::Teeth, RejectReason::Shadow]),
    ];
    outbox.keep_verdicts(&page).unwrap();
    outbox.keep_verdicts(&page).unwrap();
    assert_eq!(outbox.last_verdict().unwrap(), 3);
    let tally = outbox.audit_tally(now(60).wall).unwrap();
    assert_eq!((tally.accepted, tally.rejected), (1, 2));
    assert_eq!(
        tally.reasons,
        [(RejectReason::Shadow, 2), (RejectReason::Teeth, 1)]
    );
}
