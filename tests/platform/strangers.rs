//! Impostors in the platform's place: log-in pages, silence, half answers. The parcel always stays.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use capture_station::{
    capture::AuditHead,
    contract::{Outcome, PersonRequest, sha256_hex},
    platform::{self, Client, Delivery, ResolveOutcome, Settings, Trouble},
    reference,
};
use ed25519_dalek::SigningKey;
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use crate::booth::{heartbeat, id, now};

const PARCEL: &[u8] = b"a parcel";

/// Starts a server that treats every connection alike, for as long as the test program runs.
fn stranger(treat: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            treat(stream.unwrap());
        }
    });
    url
}

/// Starts a server that reads a request's head and as much of its body as comes, and then answers.
fn answering(answer: &'static str) -> String {
    stranger(move |mut stream| {
        read_request(&mut stream);
        // A client that went away meanwhile is not an error of this test.
        drop(stream.write_all(answer.as_bytes()));
    })
}

fn read_request(stream: &mut impl Read) {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(PARCEL) && !seen.ends_with(b"}") {
        match stream.read(&mut byte) {
            Ok(1) => seen.extend(byte),
            Ok(_) | Err(_) => return,
        }
    }
}

fn impatient(url: &str, ca_pem: Option<String>) -> Client {
    let settings = Settings {
        connect: Duration::from_millis(500),
        read: Duration::from_millis(300),
        total: Duration::from_millis(900),
        ..Settings::new(url.to_owned(), ca_pem)
    };
    Client::new(
        settings,
        "booth".to_owned(),
        SigningKey::from_bytes(&[1; 32]),
    )
    .unwrap()
}

fn brought_to(url: &str) -> Delivery {
    let client = impatient(url, None);
    client.deliver(id(1), 1, PARCEL.to_vec(), &sha256_hex(PARCEL), now())
}

/// Checks that the parcel stays, and that staff read `words` without an address.
#[track_caller]
fn assert_stays(delivery: &Delivery, words: &str) {
    assert_eq!(delivery.outcome, Outcome::Later { after: None });
    assert_eq!(delivery.receipt, None);
    let reason = delivery.reason();
    assert!(reason.contains(words), "{reason}");
    assert!(
        !reason.contains("127.0.0.1") && !reason.contains("://"),
        "{reason}"
    );
}

#[test]
fn a_log_in_page_with_200_is_not_a_receipt() {
    let page =
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\n\r\n<html>hi</html>";
    let url = answering(page);
    assert_stays(&brought_to(&url), "not a receipt");
    let beat = heartbeat(AuditHead::default());
    let heard = impatient(&url, None).heartbeat(&beat, now());
    assert!(
        heard
            .unwrap_err()
            .to_string()
            .contains("does not come from the platform")
    );
}

#[test]
fn a_redirect_is_not_followed() {
    let away =
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/login\r\ncontent-length: 0\r\n\r\n";
    assert_stays(&brought_to(&answering(away)), "leads elsewhere");
}

#[test]
fn silence_ends_at_the_deadline() {
    let url = stranger(|stream| {
        thread::spawn(move || {
            let mut stream = stream;
            let mut sink = Vec::new();
            stream.read_to_end(&mut sink).unwrap_or_default();
        });
    });
    assert_stays(&brought_to(&url), "in time");
    let question = PersonRequest {
        feature_code: reference::demo_batch().feature_code,
        code: String::new(),
        tail: "1234".to_owned(),
    };
    let answer = impatient(&url, None).resolve(&question, now());
    assert_eq!(answer, ResolveOutcome::NoAnswer);
}

#[test]
fn an_answer_that_drips_for_ever_ends_at_the_deadline() {
    let url = stranger(|mut stream| {
        thread::spawn(move || {
            read_request(&mut stream);
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n";
            let mut drip = stream.write_all(head);
            while drip.is_ok() {
                thread::park_timeout(Duration::from_millis(50));
                drip = stream.write_all(b" ");
            }
        });
    });
    assert_stays(&brought_to(&url), "in time");
}

#[test]
fn a_connection_that_is_reset_is_told_apart_from_none() {
    assert_stays(&brought_to(&stranger(drop)), "broke off");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_stays(&brought_to(&closed), "cannot be reached");
}

#[test]
fn a_cut_off_receipt_is_none() {
    let cut = "HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{\"receipt\":\"e";
    assert_stays(&brought_to(&answering(cut)), "broke off");
}

#[test]
fn an_endless_answer_is_not_read_to_its_end() {
    let url = stranger(|mut stream| {
        read_request(&mut stream);
        let head = "HTTP/1.1 201 Created\r\ncontent-length: 1000000\r\n\r\n";
        let body = " ".repeat(1_000_000);
        drop(stream.write_all(format!("{head}{body}").as_bytes()));
    });
    assert_stays(&brought_to(&url), "longer than any valid one");
}

#[test]
fn a_busy_platform_says_when_to_come_back() {
    let busy = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n";
    let delivery = brought_to(&answering(busy));
    let after = Some(Duration::from_secs(30));
    assert_eq!(delivery.outcome, Outcome::Later { after });
    assert!(delivery.reason().contains("503"));
}

/// Starts a TLS server with its own certificate for 127.0.0.1; returns its address and that
/// certificate.
fn secure_stranger() -> (String, String) {
    secure_stranger_of(2020, 4000)
}

/// Does the same with a certificate that is valid from the first of January of one year to that of
/// another.
fn secure_stranger_of(from: i32, to: i32) -> (String, String) {
    platform::install_crypto();
    let mut params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(to, 1, 1);
    let signing_key = rcgen::KeyPair::generate().unwrap();
    let cert = params.self_signed(&signing_key).unwrap();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], PrivateKeyDer::Pkcs8(key))
        .unwrap();
    let config = Arc::new(config);
    let url = stranger(move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        read_request(&mut stream);
        let answer = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        drop(stream.write_all(answer));
    });
    (url.replace("http:", "https:"), cert.pem())
}

#[test]
fn a_certificate_out_of_its_dates_is_a_matter_of_the_clock_and_not_of_the_network() {
    for (from, to) in [(2000, 2001), (3000, 3001)] {
        let (url, pem) = secure_stranger_of(from, to);
        let client = impatient(&url, Some(pem));
        let delivery = client.deliver(id(1), 1, PARCEL.to_vec(), &sha256_hex(PARCEL), now());
        assert_eq!(delivery.outcome, Outcome::Later { after: None });
        assert_eq!(delivery.trouble, Some(Trouble::Date));
    }
}

#[test]
fn only_the_pinned_authority_is_trusted() {
    let (url, pem) = secure_stranger();
    let (_, other_pem) = secure_stranger();
    let deliver = |pem: String| {
        impatient(&url, Some(pem)).deliver(id(1), 1, PARCEL.to_vec(), &sha256_hex(PARCEL), now())
    };
    assert_stays(&deliver(pem), "503");
    assert_stays(&deliver(other_pem), "certificate");
    let broken = Settings::new(url, Some("not a certificate".to_owned()));
    let key = SigningKey::from_bytes(&[1; 32]);
    let error = Client::new(broken, "booth".to_owned(), key).err();
    assert_eq!(error, Some(platform::ClientError::Ca));
}
