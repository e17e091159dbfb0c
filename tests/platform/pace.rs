//! How much the platform accepts: too many requests, and requests that never end.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use capture_station::{
    contract::{content_digest, header, path},
    platform::ProgressOutcome,
    profile::PaymentPolicy,
    reference::{Pace, Terms},
};

use crate::{
    booth::{Booth, id, raw_request},
    hall::{ANNA, Hall, PREPAID},
};

fn few() -> Terms {
    Terms {
        pace: Pace { burst: 5, per_s: 1 },
        ..Terms::default()
    }
}

fn status(hall: &Hall, method: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(hall.served.url.trim_start_matches("http://")).unwrap();
    stream
        .write_all(&raw_request(method, path, &[], b""))
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let status = text.split(' ').nth(1).unwrap().parse().unwrap();
    (status, text)
}

#[test]
fn an_address_that_asks_too_often_has_to_wait_and_a_booth_is_not_hindered_by_it() {
    let hall = Hall::open_with(PaymentPolicy::Prepaid, few());
    // Enrolling is the first request of this address.
    let booth = Booth::enrolled_at(&hall.served, 1);
    for _ in 0..4 {
        assert_eq!(status(&hall, "GET", path::KEYS).0, 200);
    }
    for path in [path::KEYS, "/r/x", "/pay/x", "/d/x", "/audit/x"] {
        let (code, text) = status(&hall, "GET", path);
        assert_eq!(code, 429, "{path}");
        assert!(text.contains("\r\nretry-after: 2\r\n"), "{text}");
        assert!(text.contains("application/problem+json"));
    }
    let asked = booth.client.progress(&ANNA.asks(), hall.now());
    assert!(matches!(asked, ProgressOutcome::Known(_)), "{asked:?}");
    hall.set(hall.now().plus(Duration::from_secs(1)));
    assert_eq!(status(&hall, "GET", path::KEYS).0, 200);
}

#[test]
fn a_booth_that_asks_too_often_has_to_wait_and_still_delivers() {
    let hall = Hall::open_with(PaymentPolicy::Prepaid, few());
    let booth = Booth::enrolled_at(&hall.served, 1);
    let other = Booth::enrolled_at(&hall.served, 2);
    let ask = |booth: &Booth| booth.client.progress(&ANNA.asks(), hall.now());
    for _ in 0..5 {
        assert!(matches!(ask(&booth), ProgressOutcome::Known(_)));
    }
    assert!(matches!(ask(&booth), ProgressOutcome::TooManyTries(_)));
    assert!(matches!(ask(&other), ProgressOutcome::Known(_)));
    for n in 1..=10 {
        booth.brings(&hall, (id(n), n.into()), ANNA, PREPAID);
    }
}

/// Sends `bytes` and waits for the platform to close the connection.
fn left_open(hall: &Hall, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(hall.served.url.trim_start_matches("http://")).unwrap();
    // Far longer than the platform's patience: a platform without a limit fails here.
    let limit = Some(Duration::from_mins(1));
    stream.set_read_timeout(limit).unwrap();
    stream.write_all(bytes).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_request_that_never_ends_is_ended_and_others_are_served_meanwhile() {
    let terms = Terms {
        patience: Duration::from_millis(200),
        ..Terms::default()
    };
    let hall = Hall::open_with(PaymentPolicy::Prepaid, terms);
    let head = b"GET /v1/keys HTTP/1.1\r\nhost: localhost\r\nx-slow: ";
    let answer = left_open(&hall, head);
    assert!(!answer.contains(" 200 "), "{answer}");
    assert_eq!(left_open(&hall, b""), "", "not even a byte");
    let whole = raw_request(
        "POST",
        path::ENROL,
        &[("content-digest", &content_digest(b"{}"))],
        b"{}",
    );
    let answer = left_open(&hall, &whole[..whole.len() - 1]);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("application/problem+json"));
    assert_eq!(status(&hall, "GET", path::KEYS).0, 200);
}

/// Sends a request to a signed route under a booth's name, with an invalid signature.
fn forged(hall: &Hall, station: &str) -> u16 {
    let mut stream = TcpStream::connect(hall.served.url.trim_start_matches("http://")).unwrap();
    let headers = [
        (header::STATION, station),
        (header::REQUEST, "no.true.token"),
    ];
    let path = format!("{}/0", path::VERDICTS);
    stream
        .write_all(&raw_request("GET", &path, &headers, b""))
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn forged_signatures_are_counted_by_address_and_a_true_booth_is_not() {
    let hall = Hall::open_with(PaymentPolicy::Prepaid, few());
    let booth = Booth::enrolled_at(&hall.served, 1);
    for n in 1..=10 {
        booth.brings(&hall, (id(n), n.into()), ANNA, PREPAID);
    }
    for _ in 0..5 {
        assert_eq!(forged(&hall, &booth.station), 401);
    }
    assert_eq!(forged(&hall, &booth.station), 429);
    assert_eq!(forged(&hall, "nobody"), 429);
    hall.set(hall.now().plus(Duration::from_secs(1)));
    booth.brings(&hall, (id(11), 11), ANNA, PREPAID);
    assert_eq!(forged(&hall, "nobody"), 401);
}
