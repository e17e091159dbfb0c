//! Orders: one per person and batch, whatever is asked, paid and lost.

use std::time::Duration;

use capture_station::{
    contract::{PayState, Stage},
    platform::{ProgressOutcome, ResolveOutcome},
    profile::PaymentPolicy,
    reference::Terms,
};

use crate::{
    booth::{Booth, client, id},
    hall::{ANNA, BERT, Hall, PENDING, PREPAID, Person},
};

const HOURS_3: Duration = Duration::from_hours(3);

fn stage(hall: &Hall, n: u8) -> Stage {
    hall.served.platform.progress(id(n)).unwrap().unwrap().stage
}

#[test]
fn one_person_has_one_open_order_whichever_booth_asks() {
    let hall = Hall::open(PaymentPolicy::AtKiosk);
    let (one, two) = (
        Booth::enrolled_at(&hall.served, 1),
        Booth::enrolled_at(&hall.served, 2),
    );
    let order = one.client.order(&ANNA.orders(id(1)), hall.now()).unwrap();
    assert_eq!((order.amount_fen, order.state), (2500, PayState::NotPaid));
    assert_eq!(order.expires, hall.now().plus(Duration::from_hours(2)));
    assert!(order.qr.starts_with(&hall.served.url) && order.qr.ends_with(&order.order));
    let again = one.client.order(&ANNA.orders(id(1)), hall.now()).unwrap();
    let elsewhere = two.client.order(&ANNA.orders(id(2)), hall.now()).unwrap();
    assert_eq!((&again, &elsewhere), (&order, &order));
    let other = one.client.order(&BERT.orders(id(3)), hall.now()).unwrap();
    assert_ne!(other.order, order.order);
}

#[test]
fn a_paid_order_is_known_everywhere_and_its_capture_is_audited() {
    let hall = Hall::open(PaymentPolicy::AtKiosk);
    let booth = Booth::enrolled_at(&hall.served, 1);
    booth.brings(&hall, (id(1), 1), ANNA, PENDING);
    booth.brings(&hall, (id(2), 2), BERT, PENDING);
    assert_eq!(stage(&hall, 1), Stage::AwaitingPayment);
    let resolved = |who: Person| {
        let told = booth.client.resolve(&who.asks(), hall.now());
        let ResolveOutcome::Known(known) = told else {
            panic!("{told:?}");
        };
        known
    };
    assert!(!resolved(ANNA).paid);
    assert_eq!(resolved(ANNA).earlier.unwrap().id, id(1));
    let order = booth.client.order(&ANNA.orders(id(1)), hall.now()).unwrap();
    hall.served.platform.pay(&order.order, hall.now()).unwrap();
    let state = booth.client.order_state(&order.order, hall.now()).unwrap();
    assert_eq!(state.state, PayState::Paid);
    assert!(matches!(stage(&hall, 1), Stage::InAudit { .. }));
    assert_eq!(stage(&hall, 2), Stage::AwaitingPayment, "only who paid");
    assert!(resolved(ANNA).paid && !resolved(BERT).paid);
    let again = booth.client.order(&ANNA.orders(id(1)), hall.now()).unwrap();
    assert_eq!((again.order, again.state), (order.order, PayState::Paid));
    // Their next capture is audited at once, though its booth did not know.
    booth.brings(&hall, (id(3), 3), ANNA, PENDING);
    assert!(matches!(stage(&hall, 3), Stage::InAudit { .. }));
}

#[test]
fn what_is_paid_twice_is_given_back_once() {
    let hall = Hall::open(PaymentPolicy::AtKiosk);
    let booth = Booth::enrolled_at(&hall.served, 1);
    let first = booth.client.order(&ANNA.orders(id(1)), hall.now()).unwrap();
    hall.set(hall.now().plus(HOURS_3));
    let second = booth.client.order(&ANNA.orders(id(1)), hall.now()).unwrap();
    assert_ne!(first.order, second.order, "the first has expired");
    let pay = |order: &str| {
        let paid = hall.served.platform.pay(order, hall.now()).unwrap();
        paid.unwrap().state
    };
    assert_eq!(pay(&second.order), PayState::Paid);
    assert_eq!(pay(&first.order), PayState::Refunded);
    for _ in 0..2 {
        assert_eq!(pay(&second.order), PayState::Paid, "told twice, paid once");
        assert_eq!(pay(&first.order), PayState::Refunded);
    }
}

#[test]
fn money_that_comes_late_counts_if_it_is_the_only_one() {
    let hall = Hall::open(PaymentPolicy::AtKiosk);
    let booth = Booth::enrolled_at(&hall.served, 1);
    booth.brings(&hall, (id(1), 1), ANNA, PENDING);
    let order = booth.client.order(&ANNA.orders(id(1)), hall.now()).unwrap();
    hall.set(hall.now().plus(HOURS_3));
    let state = booth.client.order_state(&order.order, hall.now()).unwrap();
    assert_eq!(state.state, PayState::Closed);
    let new = booth.client.order(&ANNA.orders(id(1)), hall.now()).unwrap();
    let late = hall.served.platform.pay(&order.order, hall.now()).unwrap();
    assert_eq!(late.unwrap().state, PayState::Paid);
    assert!(matches!(stage(&hall, 1), Stage::InAudit { .. }));
    let left = booth.client.order_state(&new.order, hall.now()).unwrap();
    assert_eq!(left.state, PayState::Closed, "nobody shall pay twice");
}

#[test]
fn orders_outlive_a_restart() {
    let hall = Hall::open(PaymentPolicy::Later);
    let booth = Booth::enrolled_at(&hall.served, 1);
    let open = booth.client.order(&ANNA.orders(id(1)), hall.now()).unwrap();
    let paid = booth.client.order(&BERT.orders(id(2)), hall.now()).unwrap();
    hall.served.platform.pay(&paid.order, hall.now()).unwrap();
    let hall = hall.restart();
    let booth = client(&hall.served.url, &booth.station, &booth.key);
    let again = booth.order(&ANNA.orders(id(1)), hall.now()).unwrap();
    assert_eq!(again.order, open.order);
    let state = booth.order_state(&paid.order, hall.now()).unwrap().state;
    assert_eq!(state, PayState::Paid);
}

#[test]
fn nothing_is_sold_where_nothing_is_to_be_paid() {
    for policy in [PaymentPolicy::None, PaymentPolicy::Prepaid] {
        let hall = Hall::open(policy);
        let booth = Booth::enrolled_at(&hall.served, 1);
        let refused = booth.client.order(&ANNA.orders(id(1)), hall.now());
        assert!(refused.unwrap_err().to_string().contains("422"));
        booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
        assert!(matches!(stage(&hall, 1), Stage::InAudit { .. }));
    }
    let hall = Hall::open(PaymentPolicy::AtKiosk);
    let booth = Booth::enrolled_at(&hall.served, 1);
    let unknown = booth.client.order_state("20260608-0000-0000", hall.now());
    assert!(unknown.is_err());
}

#[test]
fn a_demonstrations_orders_pay_themselves() {
    let terms = Terms {
        pays_itself_after: Some(Duration::from_secs(8)),
        ..Terms::default()
    };
    let hall = Hall::open_with(PaymentPolicy::AtKiosk, terms);
    let booth = Booth::enrolled_at(&hall.served, 1);
    let order = booth.client.order(&ANNA.orders(id(1)), hall.now()).unwrap();
    let state = || {
        hall.served.platform.pay_due(hall.now()).unwrap();
        let order = booth.client.order_state(&order.order, hall.now());
        order.unwrap().state
    };
    hall.set(hall.now().plus(Duration::from_secs(7)));
    assert_eq!(state(), PayState::NotPaid);
    hall.set(hall.now().plus(Duration::from_secs(1)));
    assert_eq!(state(), PayState::Paid);
}

#[test]
fn wrong_tails_are_counted_over_all_that_asks_for_a_person() {
    let hall = Hall::open(PaymentPolicy::AtKiosk);
    let booth = Booth::enrolled_at(&hall.served, 1);
    booth.brings(&hall, (id(1), 1), ANNA, PENDING);
    let guess = Person {
        tail: "9999",
        ..ANNA
    };
    for _ in 0..3 {
        assert!(
            booth
                .client
                .order(&guess.orders(id(1)), hall.now())
                .is_err()
        );
    }
    for _ in 0..2 {
        let told = booth.client.progress(&guess.asks(), hall.now());
        assert_eq!(told, ProgressOutcome::DoesNotMatch);
    }
    let right = booth.client.confirm(id(1), &ANNA.asks(), hall.now());
    assert!(matches!(
        right,
        ProgressOutcome::TooManyTries(wait) if !wait.is_zero()
    ));
    let order = booth.client.order(&ANNA.orders(id(1)), hall.now());
    assert!(order.unwrap_err().to_string().contains("429"));
}
