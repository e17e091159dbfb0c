//! Notes: brought after their parcels, in order, once, and never lost with the index.

use std::{fs, path::Path};

use super::{
    Answer, Answered, INDEX_FILE, NoteName, Opening, Outbox, OutboxError, ParcelName, Saved,
    Settled,
    tests::{capture, id, now, open, parcel_files, platform_signs, receipt_for, signed},
};
use crate::{
    booth::QueueState,
    contract::{Amendment, CONSENT_NOTE, Change, NoteReceipt, Refusal, VoidCause},
    jws::{self, KeySet, Purpose},
};

fn amendment_files(folder: &Path) -> usize {
    fs::read_dir(folder.join("amendments")).unwrap().count()
}

/// What the platform would say of a note that it stored.
pub(super) fn note_receipt(
    outbox: &mut Outbox,
    name: NoteName,
) -> Result<NoteReceipt, OutboxError> {
    let note = outbox.read_note(name, now(9))?;
    Ok(NoteReceipt {
        station: outbox.sealing.station().to_owned(),
        id: name.id,
        number: name.number,
        hash: note.sha256,
        stored_at: now(9).wall,
    })
}

fn receipt_of(outbox: &mut Outbox, name: NoteName) -> NoteReceipt {
    note_receipt(outbox, name).unwrap()
}

fn stored(receipt: &NoteReceipt) -> Answer {
    Answer::Stored {
        receipt: platform_signs(Purpose::NoteReceipt, receipt),
    }
}

/// Brings the next note; its number.
fn bring(outbox: &mut Outbox) -> Option<u32> {
    let name = outbox.due_note(now(9))?;
    let receipt = receipt_of(outbox, name);
    let settled = outbox.settle_note(name, stored(&receipt), now(9)).unwrap();
    assert_eq!(settled, Settled::Delivered);
    Some(name.number)
}

fn bring_parcel(outbox: &mut Outbox, n: u8) {
    let saved = outbox.save(&capture(n), now(n.into())).unwrap();
    let settled = outbox.settle(id(n), signed(&receipt_for(&saved)), now(5));
    assert_eq!(settled.unwrap(), Settled::Delivered);
}

#[test]
fn notes_follow_their_parcel_in_order_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    let saved = outbox.save(&capture(1), now(1)).unwrap();
    outbox.save(&capture(2), now(2)).unwrap();
    outbox
        .amend(id(1), &Change::Paid("order 7".to_owned()), now(3))
        .unwrap();
    outbox
        .amend(id(1), &Change::Voided(VoidCause::Trial), now(4))
        .unwrap();
    assert_eq!(outbox.due_note(now(4)), None, "the parcel first");
    outbox
        .settle(id(1), signed(&receipt_for(&saved)), now(5))
        .unwrap();
    assert_eq!(outbox.notes_queued().unwrap(), 4);
    let first = outbox.due_note(now(5)).unwrap();
    assert_eq!((first.id, first.number), (id(1), CONSENT_NOTE));
    assert_eq!(outbox.due_note(now(5)), None, "one after the other");
    let receipt = receipt_of(&mut outbox, first);
    outbox.settle_note(first, stored(&receipt), now(5)).unwrap();
    assert_eq!(bring(&mut outbox), Some(1));
    // The amendment as the platform reads it.
    let second = outbox.due_note(now(9)).unwrap();
    let note = outbox.read_note(second, now(9)).unwrap();
    let keys = KeySet::one(outbox.sealing.verifying_key());
    let token = str::from_utf8(&note.bytes).unwrap();
    let said: Amendment = jws::verify(Purpose::Amendment, token, &keys).unwrap();
    assert_eq!((said.number, said.seq), (2, 1));
    assert_eq!(said.change, Change::Voided(VoidCause::Trial));
    let receipt = receipt_of(&mut outbox, second);
    outbox
        .settle_note(second, stored(&receipt), now(9))
        .unwrap();
    assert_eq!(
        bring(&mut outbox),
        None,
        "the second capture's parcel still waits"
    );
    assert_eq!(amendment_files(folder.path()), 0);
    assert_eq!(outbox.notes_queued().unwrap(), 1);
}

#[test]
fn what_is_withdrawn_before_the_upload_is_destroyed_and_leaves_a_tombstone() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    outbox.save(&capture(1), now(1)).unwrap();
    outbox.save(&capture(2), now(2)).unwrap();
    assert_eq!(outbox.due(now(2), 1), [id(1)], "a courier has it in hand");
    outbox.amend(id(1), &Change::Withdrawn, now(3)).unwrap();
    outbox.amend(id(1), &Change::Withdrawn, now(3)).unwrap();
    assert_eq!(parcel_files(folder.path()).len(), 1);
    let counts = outbox.counts().unwrap();
    assert_eq!((counts.withdrawn, counts.queued), (1, 1));
    assert!(counts.balances());
    let late = Answer::Later {
        after: None,
        why: String::new(),
    };
    outbox.settle(id(1), late, now(3)).unwrap();
    assert_eq!(outbox.due(now(999), 9), [id(2)], "it is never brought");
    assert_eq!(bring(&mut outbox), Some(CONSENT_NOTE));
    assert_eq!(bring(&mut outbox), Some(1));
    assert_eq!(bring(&mut outbox), None);
    let voided = outbox.amend(id(1), &Change::Voided(VoidCause::Trial), now(4));
    assert!(matches!(voided, Err(OutboxError::Withdrawn(_))));
}

#[test]
fn after_the_upload_a_withdrawal_is_a_request_and_the_capture_stays_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    bring_parcel(&mut outbox, 1);
    outbox.amend(id(1), &Change::Withdrawn, now(6)).unwrap();
    assert_eq!(outbox.counts().unwrap().delivered, 1);
    assert_eq!(bring(&mut outbox), Some(CONSENT_NOTE));
    assert_eq!(bring(&mut outbox), Some(1));
}

#[test]
fn a_lost_index_loses_no_note_and_brings_no_withdrawn_capture_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    bring_parcel(&mut outbox, 1);
    outbox.save(&capture(2), now(2)).unwrap();
    outbox
        .amend(id(1), &Change::Paid("order 7".to_owned()), now(6))
        .unwrap();
    outbox.amend(id(2), &Change::Withdrawn, now(6)).unwrap();
    drop(outbox);
    fs::remove_file(folder.path().join(INDEX_FILE)).unwrap();
    // The cut came between the amendment's row and the removal of its parcel.
    let parcel = "000003-".to_owned() + &id(3).to_string() + ".age";
    fs::write(folder.path().join("parcels").join(parcel), b"left").unwrap();
    let mut outbox = open(folder.path());
    outbox.amend(id(3), &Change::Withdrawn, now(7)).unwrap();
    let queue = outbox.queue(9).unwrap();
    assert!(queue.iter().all(|row| row.state != QueueState::Queued));
    let mut brought = vec![];
    while let Some(number) = bring(&mut outbox) {
        brought.push(number);
    }
    brought.sort_unstable();
    // Two consent records, and one amendment of each of the three.
    assert_eq!(brought, [0, 0, 1, 1, 1]);
    assert_eq!(outbox.save(&capture(4), now(8)).unwrap().seq, 4);
}

/// As a build left it that wrote parcel and consent record into a file each.
fn split_in_two(folder: &Path, outbox: &Outbox, name: ParcelName) {
    let parcel = outbox.parcels.read(name).unwrap();
    let consent = outbox.parcels.read_consent(name).unwrap();
    for (kind, bytes) in [("parcels", parcel), ("consents", consent)] {
        fs::write(folder.join(kind).join(name.file_name()), bytes).unwrap();
    }
}

#[test]
fn captures_of_an_earlier_build_are_brought_with_or_without_their_index() {
    for is_index_lost in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path());
        let saved: Vec<_> = (1..4)
            .map(|n| outbox.save(&capture(n), now(n.into())).unwrap())
            .collect();
        for Saved { seq, id, .. } in &saved {
            let name = ParcelName { seq: *seq, id: *id };
            split_in_two(folder.path(), &outbox, name);
        }
        drop(outbox);
        if is_index_lost {
            fs::remove_file(folder.path().join(INDEX_FILE)).unwrap();
        }
        let mut outbox = open(folder.path());
        let opening = outbox.opening().clone();
        assert_eq!(opening.rebuilt.is_some(), is_index_lost);
        assert_eq!((opening.damaged.len(), opening.strange.len()), (0, 0));
        outbox.amend(id(2), &Change::Withdrawn, now(4)).unwrap();
        for (n, saved) in [(1, &saved[0]), (3, &saved[2])] {
            let parcel = outbox.parcel(id(n), now(5)).unwrap();
            assert_eq!(parcel.sha256, saved.sha256);
            let settled = outbox.settle(id(n), signed(&receipt_for(saved)), now(5));
            assert_eq!(settled.unwrap(), Settled::Delivered);
        }
        assert_eq!(parcel_files(folder.path()), Vec::<String>::new());
        let mut brought = vec![];
        while let Some(number) = bring(&mut outbox) {
            brought.push(number);
        }
        brought.sort_unstable();
        assert_eq!(brought, [0, 0, 0, 1]);
        assert_eq!(outbox.notes_queued().unwrap(), 0);
        drop(outbox);
        assert_eq!(open(folder.path()).opening(), &Opening::default());
    }
}

#[test]
fn a_capture_whose_consent_record_came_first_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    let saved = outbox.save(&capture(1), now(1)).unwrap();
    outbox.save(&capture(2), now(2)).unwrap();
    // By stick, where the parcel was refused.
    let consent = NoteName {
        id: id(1),
        number: CONSENT_NOTE,
        seq: 1,
    };
    let receipt = receipt_of(&mut outbox, consent);
    let settled = outbox.settle_note(consent, stored(&receipt), now(3));
    assert_eq!(settled.unwrap(), Settled::Delivered);
    outbox.parcel(id(1), now(4)).unwrap();
    outbox
        .settle(id(1), signed(&receipt_for(&saved)), now(5))
        .unwrap();
    assert_eq!(parcel_files(folder.path()).len(), 1);
    let consents = fs::read_dir(folder.path().join("consents")).unwrap();
    assert_eq!(consents.count(), 0);
}

#[test]
fn a_consent_record_that_went_along_with_its_parcel_is_settled_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    let saved: Vec<_> = (1..4)
        .map(|n| outbox.save(&capture(n), now(n.into())).unwrap())
        .collect();
    let answers = |outbox: &mut Outbox, saved: &Saved, is_lie: bool| {
        let load = outbox.locate(saved.id).unwrap().read().unwrap();
        assert_eq!(load.parcel.sha256, saved.sha256);
        let consent = load.consent.unwrap().name;
        let receipt = receipt_of(outbox, consent);
        let mut of_parcel = receipt_for(saved);
        of_parcel.seq += u64::from(is_lie);
        vec![
            Answered::Parcel(saved.id, signed(&of_parcel)),
            Answered::Note(consent, stored(&receipt)),
        ]
    };
    let both = answers(&mut outbox, &saved[0], false);
    let mut settled = outbox
        .hear(both, now(5))
        .into_iter()
        .map(|(_, it)| it.unwrap());
    assert!(settled.all(|settled| settled == Settled::Delivered));
    assert_eq!(outbox.due_note(now(5)), None);
    assert_eq!(parcel_files(folder.path()).len(), 2);
    let consents = fs::read_dir(folder.path().join("consents")).unwrap();
    assert_eq!(consents.count(), 0);
    // Whatever is said of the consent record, a parcel stays without a receipt of its own.
    let lie = answers(&mut outbox, &saved[1], true);
    let settled = outbox.hear(lie, now(6)).remove(0).1.unwrap();
    assert!(matches!(settled, Settled::Later { .. }));
    outbox.parcel(id(2), now(6)).unwrap();
    let located = outbox.locate(id(2)).unwrap().read().unwrap();
    assert!(located.consent.is_none(), "it was brought");
}

#[test]
fn a_note_is_forgotten_only_against_its_own_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    bring_parcel(&mut outbox, 1);
    outbox.amend(id(1), &Change::Withdrawn, now(6)).unwrap();
    assert_eq!(bring(&mut outbox), Some(CONSENT_NOTE));
    let name = outbox.due_note(now(9)).unwrap();
    let right = receipt_of(&mut outbox, name);
    let lies = [
        NoteReceipt {
            station: "other".to_owned(),
            ..right.clone()
        },
        NoteReceipt {
            id: id(2),
            ..right.clone()
        },
        NoteReceipt {
            number: 0,
            ..right.clone()
        },
        NoteReceipt {
            hash: "0".repeat(64),
            ..right.clone()
        },
    ];
    for lie in &lies {
        let settled = outbox.settle_note(name, stored(lie), now(9)).unwrap();
        assert!(matches!(settled, Settled::Later { .. }), "{lie:?}");
    }
    let other_purpose = Answer::Stored {
        receipt: platform_signs(Purpose::CaptureReceipt, &right),
    };
    let settled = outbox.settle_note(name, other_purpose, now(9)).unwrap();
    assert!(matches!(settled, Settled::Later { .. }));
    assert_eq!(amendment_files(folder.path()), 1);
    let settled = outbox.settle_note(name, stored(&right), now(9)).unwrap();
    assert_eq!(settled, Settled::Delivered);
    assert_eq!(amendment_files(folder.path()), 0);
}

#[test]
fn a_refused_or_damaged_note_lets_the_next_one_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    bring_parcel(&mut outbox, 1);
    outbox
        .amend(id(1), &Change::Paid("order 7".to_owned()), now(6))
        .unwrap();
    outbox.amend(id(1), &Change::Withdrawn, now(6)).unwrap();
    let consent = outbox.due_note(now(9)).unwrap();
    let refused = Answer::Parked(crate::contract::Refusal::NotOpened);
    let settled = outbox.settle_note(consent, refused, now(9)).unwrap();
    assert_eq!(settled, Settled::Parked);
    let paid = outbox.due_note(now(9)).unwrap();
    let amendments = folder.path().join("amendments");
    let file = amendments.join(format!("000001-{}.1.jws", id(1)));
    fs::write(file, b"torn").unwrap();
    let read = outbox.read_note(paid, now(9));
    assert!(matches!(
        read,
        Err(OutboxError::NoteDamaged { number: 1, .. })
    ));
    assert_eq!(bring(&mut outbox), Some(2));
}

#[test]
fn amendments_under_numbers_that_a_lost_index_gave_before_go_out_under_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(folder.path());
    bring_parcel(&mut outbox, 1);
    assert_eq!(bring(&mut outbox), Some(CONSENT_NOTE));
    let said = [Change::Paid("order 7".to_owned()), Change::Withdrawn];
    for change in &said {
        outbox.amend(id(1), change, now(6)).unwrap();
    }
    // Two amendments of an earlier time are at the platform.
    let mut told = vec![];
    while let Some(name) = outbox.due_note(now(9)) {
        if name.number <= 2 {
            let taken = Answer::Parked(Refusal::OtherBytesUnderId);
            let settled = outbox.settle_note(name, taken, now(9)).unwrap();
            assert!(matches!(settled, Settled::Later { .. }));
            continue;
        }
        let note = outbox.read_note(name, now(9)).unwrap();
        let keys = KeySet::one(outbox.sealing.verifying_key());
        let token = str::from_utf8(&note.bytes).unwrap();
        let amendment: Amendment = jws::verify(Purpose::Amendment, token, &keys).unwrap();
        assert_eq!(amendment.number, name.number);
        told.push((name.number, amendment.change));
        let receipt = receipt_of(&mut outbox, name);
        outbox.settle_note(name, stored(&receipt), now(9)).unwrap();
    }
    let [paid, withdrawn] = said;
    assert_eq!(told, [(3, paid), (4, withdrawn)]);
    assert_eq!(amendment_files(folder.path()), 0);
    assert_eq!(outbox.notes_queued().unwrap(), 0);
    // Whoever refuses every number is not asked for ever.
    outbox
        .amend(id(1), &Change::Voided(VoidCause::Trial), now(6))
        .unwrap();
    let mut tries = 0;
    while let Some(name) = outbox.due_note(now(9)) {
        let taken = Answer::Parked(Refusal::OtherBytesUnderId);
        outbox.settle_note(name, taken, now(9)).unwrap();
        tries += 1;
    }
    assert!(tries < 200);
}
