//! How many connections the platform accepts, and from whom.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

use capture_station::{
    capture::AuditHead,
    contract::{Outcome, StationRequest, header, path, sha256_hex},
    jws::{self, Purpose},
    profile::PaymentPolicy,
    reference::{Crowd, Terms},
};
use tokio::net::TcpSocket;

use crate::{
    booth::{Booth, heartbeat, id, raw_request},
    hall::{ANNA, Hall, PREPAID},
};

/// Far longer than anything here takes: a platform that leaves a caller waiting fails here.
const LIMIT: Option<Duration> = Some(Duration::from_mins(1));

/// Connects from a given address of this machine, which the standard library cannot choose.
fn connected(hall: &Hall, from: Ipv4Addr) -> TcpStream {
    let address = hall.served.url.trim_start_matches("http://");
    let address = address.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let stream = runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        socket.connect(address).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(LIMIT).unwrap();
    stream.set_write_timeout(LIMIT).unwrap();
    stream
}

/// Returns the answer to a plain question on this connection; empty if it was closed.
fn answered(stream: TcpStream) -> String {
    told(stream, &raw_request("GET", path::KEYS, &[], b""))
}

fn told(mut stream: TcpStream, question: &[u8]) -> String {
    let mut text = vec![];
    if stream.write_all(question).is_ok() {
        drop(stream.read_to_end(&mut text));
    }
    String::from_utf8(text).unwrap()
}

fn crowded() -> Terms {
    Terms {
        connections: Crowd { all: 12, each: 8 },
        ..Terms::default()
    }
}

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

#[test]
fn one_address_cannot_take_all_places() {
    let hall = Hall::open_with(PaymentPolicy::Prepaid, crowded());
    let _idle: Vec<TcpStream> = (0..40).map(|_| connected(&hall, ELSEWHERE)).collect();
    // Later than all of these, so it is accepted after them.
    let one_more = answered(connected(&hall, ELSEWHERE));
    assert_eq!(one_more, "", "hung up on");
    let from_here = answered(connected(&hall, HERE));
    assert!(from_here.starts_with("HTTP/1.1 200 "), "{from_here}");
    let booth = Booth::enrolled_at(&hall.served, 1);
    booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
}

#[test]
fn the_connections_of_a_proxy_are_not_one_address() {
    let terms = Terms {
        proxy: Some(ELSEWHERE.into()),
        ..crowded()
    };
    let hall = Hall::open_with(PaymentPolicy::Prepaid, terms);
    let _idle: Vec<TcpStream> = (0..10).map(|_| connected(&hall, ELSEWHERE)).collect();
    let eleventh = answered(connected(&hall, ELSEWHERE));
    assert!(eleventh.starts_with("HTTP/1.1 200 "), "{eleventh}");
}

#[test]
fn who_takes_in_no_answer_is_left_behind() {
    let terms = Terms {
        patience: Duration::from_millis(300),
        ..Terms::default()
    };
    let hall = Hall::open_with(PaymentPolicy::Prepaid, terms);
    let mut deaf = connected(&hall, HERE);
    let page = b"GET /style.css HTTP/1.1\r\nhost: localhost\r\n\r\n";
    // Question after question without reading an answer, until the platform hangs up.
    let why = loop {
        if let Err(why) = deaf.write_all(page) {
            break why;
        }
    };
    let waited_in_vain = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
    assert!(!waited_in_vain.contains(&why.kind()), "{why}");
}

#[test]
fn who_has_no_key_waits_for_no_write_and_holds_none_up() {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let booth = Booth::enrolled_at(&hall.served, 1);
    let path = hall.served.folder.path().join("platform.sqlite");
    let writer = rusqlite::Connection::open(path).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| {
            let beat = heartbeat(AuditHead::default());
            booth.client.heartbeat(&beat, hall.now())
        });
        let headers = [
            (header::STATION, booth.station.as_str()),
            (header::REQUEST, "no.true.token"),
        ];
        let forged = raw_request("POST", path::HEARTBEAT, &headers, b"");
        for _ in 0..20 {
            let answer = told(connected(&hall, ELSEWHERE), &forged);
            assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        }
        assert!(!waits.is_finished(), "the write is still going on");
        writer.execute_batch("COMMIT").unwrap();
        waits.join().unwrap().unwrap();
    });
}

#[test]
fn one_booth_cannot_take_all_places_for_deliveries() {
    let terms = Terms {
        deliveries: Crowd { all: 3, each: 1 },
        ..Terms::default()
    };
    let hall = Hall::open_with(PaymentPolicy::Prepaid, terms);
    let (slow, other) = (
        Booth::enrolled_at(&hall.served, 1),
        Booth::enrolled_at(&hall.served, 2),
    );
    // The head of a parcel whose body never comes.
    let path = format!("{}/{}", path::CAPTURES, id(1));
    let request = StationRequest {
        station: slow.station.clone(),
        method: "PUT".to_owned(),
        path: path.clone(),
        body_sha256: sha256_hex(b"body"),
        at: hall.now(),
    };
    let token = jws::sign(Purpose::StationRequest, &slow.key, &request).unwrap();
    let headers = [
        (header::STATION, slow.station.as_str()),
        (header::REQUEST, token.as_str()),
        (header::SEQUENCE, "1"),
    ];
    let whole = raw_request("PUT", &path, &headers, b"body");
    let parcel = slow.parcel(id(2), 2);
    let hash = sha256_hex(&parcel);
    let bring = || {
        let delivery = slow
            .client
            .deliver(id(2), 2, parcel.clone(), &hash, hall.now());
        delivery.outcome
    };
    let refused = Outcome::Later {
        after: Some(Duration::from_secs(1)),
    };
    // Until that head is admitted the booth still has its place. A delivery that holds it just then
    // keeps the head out, so that it has to come again.
    let stalls = || {
        let mut stalled = connected(&hall, ELSEWHERE);
        stalled.write_all(&whole[..whole.len() - 4]).unwrap();
        let is_in = (0..100).any(|_| bring() == refused);
        is_in.then_some(stalled)
    };
    let stalled = (0..20).find_map(|_| stalls()).unwrap();
    other.brings(&hall, (id(3), 1), ANNA, PREPAID);
    drop(stalled);
    let is_free = (0..1_000).any(|_| bring() != refused);
    assert!(is_free);
    assert_eq!(bring(), Outcome::Stored);
}
