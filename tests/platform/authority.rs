//! Who may do what: every endpoint of the document under every credential, and one booth's requests
//! about another's. An endpoint added to the document fails here until it has its row.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use capture_station::{
    capture::{AuditHead, CaptureId},
    contract::{
        AuditVerdict, CaptureStatement, Change, HeartbeatAnswer, KeyTrial, PayOrder, Progress,
        StationAlarm, StationRequest, Verdicts, VoidCause, content_digest, header, sha256_hex,
    },
    jws::{self, Purpose, key_id},
    platform,
    profile::PaymentPolicy,
    reference::{Pace, Said, Terms},
};
use ed25519_dalek::SigningKey;
use serde::Serialize;

use crate::{
    booth::{Booth, enrol_request, heartbeat, id, raw_request},
    hall::{ANNA, BERT, Hall, MONDAY, PENDING, PREPAID, Person, at},
};

const DOCUMENT: &str = include_str!("../../docs/platform-api.yaml");

/// One operation of the document.
#[derive(Debug, Default)]
struct Endpoint {
    method: String,
    path: String,
    is_signed: bool,
    answers: BTreeSet<u16>,
}

/// Reads every operation by the document's indentation.
fn endpoints() -> Vec<Endpoint> {
    let (paths, _) = DOCUMENT.split_once("\ncomponents:").unwrap();
    let mut found: Vec<Endpoint> = Vec::new();
    let mut path = "";
    for line in paths.lines() {
        if let Some(named) = line.strip_prefix("  /") {
            path = named.trim_end_matches(':');
        } else if let Some(method) = ["get", "post", "put", "patch", "delete"]
            .into_iter()
            .find(|method| line == format!("    {method}:"))
        {
            found.push(Endpoint {
                method: method.to_uppercase(),
                path: format!("/{path}"),
                ..Endpoint::default()
            });
        } else if let Some(endpoint) = found.last_mut() {
            endpoint.is_signed |= line.contains("#/components/parameters/Station\"");
            let status = line.trim_start().strip_prefix('"');
            let status = status.and_then(|rest| rest.split('"').next()?.parse::<u16>().ok());
            endpoint.answers.extend(status);
        }
    }
    found
}

/// A platform with a booth that owns everything, and another booth that tries to get it.
struct World {
    hall: Hall,
    owner: Booth,
    other: Booth,
    revoked: Booth,
    order: PayOrder,
    used_code: String,
}

/// Returns the owner's capture of Anna, which waits for her confirmation.
fn owned() -> CaptureId {
    id(1)
}

impl World {
    fn new() -> Self {
        let pace = Pace {
            burst: 100_000,
            per_s: 1_000,
        };
        let terms = Terms {
            pace,
            ..Terms::default()
        };
        let hall = Hall::open_with(PaymentPolicy::AtKiosk, terms);
        let [owner, other, revoked] = [1, 2, 3].map(|seed| Booth::enrolled_at(&hall.served, seed));
        let served = &hall.served;
        owner.brings(&hall, (owned(), 1), ANNA, PENDING);
        owner.brings(&hall, (id(2), 2), BERT, PREPAID);
        owner.amends(&hall, (id(2), 2), 1, Change::Voided(VoidCause::Trial));
        let order = owner.client.order(&ANNA.orders(owned()), hall.now());
        let order = order.unwrap();
        served.platform.pay(&order.order, hall.now()).unwrap();
        served.platform.approve(owned(), hall.now()).unwrap();
        served.platform.standard_ready(owned(), hall.now()).unwrap();
        for lines in [5, 3] {
            let sha256 = lines.to_string().repeat(64);
            let beat = heartbeat(AuditHead { lines, sha256 });
            owner.client.heartbeat(&beat, hall.now()).unwrap();
        }
        let ticket = served.platform.ticket(&served.url).unwrap();
        let request = enrol_request(&ticket.one_time_code, &SigningKey::from_bytes(&[4; 32]));
        platform::enrol(&served.url, None, &request).unwrap();
        served.platform.revoke(&revoked.station).unwrap();
        Self {
            hall,
            owner,
            other,
            revoked,
            order,
            used_code: ticket.one_time_code,
        }
    }

    fn parcel(&self) -> Vec<u8> {
        let path = format!("parcels/{}.age", owned());
        std::fs::read(self.hall.served.folder.path().join(path)).unwrap()
    }

    /// Returns everything that is the owner's.
    fn state(&self) -> State {
        let platform = &self.hall.served.platform;
        let now = self.hall.now();
        State {
            progress: [1, 2].map(|n| platform.progress(id(n)).unwrap()),
            notes: [1, 2].map(|n| platform.notes(id(n)).unwrap()),
            parcel: self.parcel(),
            verdicts: self.owner.client.verdicts(0, now).unwrap().verdicts,
            alarms: platform.alarms(&self.owner.station).unwrap(),
            order: platform.order_state(&self.order.order, now).unwrap(),
        }
    }
}

#[derive(Debug, PartialEq)]
struct State {
    progress: [Option<Progress>; 2],
    notes: [Vec<Said>; 2],
    parcel: Vec<u8>,
    verdicts: Vec<AuditVerdict>,
    alarms: Vec<StationAlarm>,
    order: Option<PayOrder>,
}

/// One request about something of the owner's.
struct Attempt {
    path: String,
    seq: Option<u64>,
    body: Vec<u8>,
    /// The status when the other booth asks, correctly signed.
    status: u16,
    /// What must be true of that answer.
    fits: fn(&World, &str) -> bool,
}

const ANY: fn(&World, &str) -> bool = |_, _| true;

fn attempt(path: impl Into<String>, body: Vec<u8>, status: u16) -> Attempt {
    Attempt {
        path: path.into(),
        seq: None,
        body,
        status,
        fits: ANY,
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

const WRONG_TAIL: Person = Person {
    tail: "4321",
    ..ANNA
};

/// Returns the matrix: what another booth may do with what is the owner's, by endpoint. A person
/// may walk to any booth, so code and tail together open what is theirs at every booth; nothing
/// else crosses from one booth to another.
fn attempts(world: &World, endpoint: &Endpoint) -> Vec<Attempt> {
    let (method, path) = (endpoint.method.as_str(), endpoint.path.as_str());
    [of_booths, of_captures, of_people]
        .into_iter()
        .find_map(|rows| rows(world, (method, path)))
        .unwrap_or_else(|| panic!("{method} {path} has no row in the authorisation matrix"))
}

fn of_booths(world: &World, endpoint: (&str, &str)) -> Option<Vec<Attempt>> {
    Some(match endpoint {
        ("POST", "/v1/enrol") => {
            let key = SigningKey::from_bytes(&[5; 32]);
            let used = json(&enrol_request(&world.used_code, &key));
            vec![attempt("/v1/enrol", used, 403)]
        }
        ("GET", "/v1/keys") => vec![attempt("/v1/keys", vec![], 200)],
        // Batches are the same for all booths.
        ("GET", "/v1/batches/{feature_code}") => {
            vec![attempt("/v1/batches/D3PZ85", vec![], 200)]
        }
        // So is the calendar, which this platform has not published.
        ("GET", "/v1/calendar") => vec![attempt("/v1/calendar", vec![], 404)],
        ("POST", "/v1/heartbeat") => {
            let beat = json(&heartbeat(AuditHead::default()));
            vec![Attempt {
                fits: |_, answer| {
                    let told: HeartbeatAnswer = serde_json::from_str(answer).unwrap();
                    told.known_seq == 0 && told.alarms.is_empty()
                },
                ..attempt("/v1/heartbeat", beat, 200)
            }]
        }
        ("POST", "/v1/key-trial") => {
            let sealed = STANDARD.encode("sealed to nobody");
            vec![attempt("/v1/key-trial", json(&KeyTrial { sealed }), 422)]
        }
        // A release is the same for all booths, and here there is none.
        ("GET", "/v1/release") => vec![attempt("/v1/release", vec![], 404)],
        ("GET", "/v1/release/files/{sha256}/{from}") => {
            let path = format!("/v1/release/files/{}/0", "0".repeat(64));
            vec![attempt(path, vec![], 404)]
        }
        ("GET", "/v1/verdicts/{after}") => vec![Attempt {
            fits: |_, answer| {
                let page: Verdicts = serde_json::from_str(answer).unwrap();
                page.verdicts.is_empty()
            },
            ..attempt("/v1/verdicts/0", vec![], 200)
        }],
        _ => return None,
    })
}

fn of_captures(world: &World, endpoint: (&str, &str)) -> Option<Vec<Attempt>> {
    let captures = |rest: &str| format!("/v1/captures/{}{rest}", owned());
    let numbered = |attempt| Attempt {
        seq: Some(1),
        ..attempt
    };
    Some(match endpoint {
        ("PUT", "/v1/captures/{id}") => [world.other.parcel(owned(), 1), world.parcel()]
            .map(|parcel| numbered(attempt(captures(""), parcel, 409)))
            .into(),
        ("PUT", "/v1/captures/{id}/notes/{number}") => notes(world)
            .into_iter()
            .map(|(number, note)| {
                let path = captures(&format!("/notes/{number}"));
                numbered(attempt(path, note, 422))
            })
            .collect(),
        ("POST", "/v1/captures/{id}/confirmation") => [BERT, WRONG_TAIL]
            .map(|who| attempt(captures("/confirmation"), json(&who.asks()), 404))
            .into(),
        ("GET", "/v1/receipts/{statement}") => {
            let statement = CaptureStatement {
                station: world.other.station.clone(),
                id: owned(),
                captured_at: at(MONDAY),
            };
            let token = jws::sign(Purpose::CaptureStatement, &world.other.key, &statement).unwrap();
            vec![attempt(format!("/v1/receipts/{token}"), vec![], 422)]
        }
        _ => return None,
    })
}

fn of_people(world: &World, endpoint: (&str, &str)) -> Option<Vec<Attempt>> {
    Some(match endpoint {
        ("POST", "/v1/resolve") => vec![
            attempt("/v1/resolve", json(&WRONG_TAIL.asks()), 404),
            attempt("/v1/resolve", json(&ANNA.asks()), 200),
        ],
        ("POST", "/v1/orders") => {
            let wrong = json(&WRONG_TAIL.orders(owned()));
            vec![attempt("/v1/orders", wrong, 404)]
        }
        ("GET", "/v1/orders/{order}") => {
            let number = &world.order.order;
            vec![attempt(format!("/v1/orders/{number}"), vec![], 404)]
        }
        ("POST", "/v1/progress") => vec![
            attempt("/v1/progress", json(&WRONG_TAIL.asks()), 404),
            Attempt {
                fits: |_, answer| !answer.contains(&owned().to_string()),
                ..attempt("/v1/progress", json(&BERT.asks()), 200)
            },
        ],
        _ => return None,
    })
}

/// Returns everything that the other booth can say about the owner's capture, in its own name and
/// in the owner's.
fn notes(world: &World) -> Vec<(u32, Vec<u8>)> {
    let elsewhere = capture_station::code::FeatureCode::parse("377hhj").unwrap();
    let changes = [
        Change::Paid(world.order.order.clone()),
        Change::MovedTo(elsewhere),
        Change::Contact("AAAA".to_owned()),
        Change::Voided(VoidCause::WrongPerson),
        Change::Withdrawn,
    ];
    let mut notes = vec![];
    for station in [&world.other.station, &world.owner.station] {
        for (number, change) in (1..).zip(changes.clone()) {
            let amendment = capture_station::contract::Amendment {
                station: station.clone(),
                id: owned(),
                seq: 1,
                number,
                at: world.hall.now(),
                change,
            };
            let token = jws::sign(Purpose::Amendment, &world.other.key, &amendment).unwrap();
            notes.push((number, token.into_bytes()));
        }
    }
    notes.push((0, b"no consent record".to_vec()));
    notes
}

type Headers = Vec<(&'static str, String)>;

fn request_of(
    endpoint: &Endpoint,
    attempt: &Attempt,
    station: &str,
    now: &World,
) -> StationRequest {
    StationRequest {
        station: station.to_owned(),
        method: endpoint.method.clone(),
        path: attempt.path.clone(),
        body_sha256: sha256_hex(&attempt.body),
        at: now.hall.now(),
    }
}

fn headers(station: &str, token: String) -> Headers {
    vec![
        (header::STATION, station.to_owned()),
        (header::REQUEST, token),
    ]
}

fn signed(key: &SigningKey, request: &StationRequest) -> Headers {
    let token = jws::sign(Purpose::StationRequest, key, request).unwrap();
    headers(&request.station, token)
}

/// Returns every way of not being a booth of this platform, by name.
fn impostors(world: &World, endpoint: &Endpoint, attempt: &Attempt) -> Vec<(String, Headers)> {
    let owner = &world.owner;
    let own = request_of(endpoint, attempt, &owner.station, world);
    let mut ways = wrong_keys(world, &own);
    ways.push(("nobody".to_owned(), vec![]));
    let name = (header::STATION, owner.station.clone());
    ways.push(("a name alone".to_owned(), vec![name]));
    for purpose in Purpose::ALL {
        if purpose != Purpose::StationRequest {
            let token = jws::sign(purpose, &owner.key, &own).unwrap();
            let named = format!("a {} of the owner", purpose.typ());
            ways.push((named, headers(&owner.station, token)));
        }
    }
    for (n, request) in other_requests(world, &own).into_iter().enumerate() {
        let token = jws::sign(Purpose::StationRequest, &owner.key, &request).unwrap();
        let named = format!("the owner, for another request ({n})");
        ways.push((named, headers(&owner.station, token)));
    }
    ways
}

fn wrong_keys(world: &World, own: &StationRequest) -> Vec<(String, Headers)> {
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let of = |station: &str| StationRequest {
        station: station.to_owned(),
        ..own.clone()
    };
    let unknown = of(&key_id(&stranger.verifying_key()));
    let revoked = of(&world.revoked.station);
    let mut ways = vec![
        ("an unknown booth".to_owned(), signed(&stranger, &unknown)),
        ("an unknown key".to_owned(), signed(&stranger, own)),
        (
            "another booth's key".to_owned(),
            signed(&world.other.key, own),
        ),
        (
            "a revoked booth".to_owned(),
            signed(&world.revoked.key, &revoked),
        ),
    ];
    for (name, key) in platform_keys(world) {
        ways.push((format!("the platform's {name}"), signed(&key, own)));
    }
    ways
}

/// Returns what the owner signs for, other than the request itself.
fn other_requests(world: &World, own: &StationRequest) -> [StationRequest; 4] {
    let own = || own.clone();
    [
        StationRequest {
            method: "OPTIONS".to_owned(),
            ..own()
        },
        StationRequest {
            path: "/v1/another".to_owned(),
            ..own()
        },
        StationRequest {
            body_sha256: sha256_hex(b"another body"),
            ..own()
        },
        StationRequest {
            station: world.other.station.clone(),
            ..own()
        },
    ]
}

/// Returns the signing keys in the platform's own folder.
fn platform_keys(world: &World) -> Vec<(String, SigningKey)> {
    let folder = std::fs::read_dir(world.hall.served.folder.path()).unwrap();
    let files = folder.map(|entry| entry.unwrap().path());
    let keys: Vec<(String, SigningKey)> = files
        .filter(|path| path.extension().is_some_and(|kind| kind == "key"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let seed = STANDARD.decode(text.trim()).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, SigningKey::from_bytes(&seed.try_into().unwrap()))
        })
        .collect();
    assert!(keys.len() >= 3, "{keys:?}");
    keys
}

fn sent(world: &World, method: &str, attempt: &Attempt, more: &Headers) -> (u16, String) {
    let mut headers = more.clone();
    if !attempt.body.is_empty() {
        headers.push(("content-digest", content_digest(&attempt.body)));
    }
    if let Some(seq) = attempt.seq {
        headers.push((header::SEQUENCE, seq.to_string()));
    }
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let url = world.hall.served.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(url).unwrap();
    let request = raw_request(method, &attempt.path, &headers, &attempt.body);
    // The platform may refuse before it has read the whole body.
    drop(stream.write_all(&request));
    let mut bytes = vec![];
    drop(stream.read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

#[test]
fn nobody_but_a_booth_of_this_platform_gets_past_a_signed_endpoint() {
    let world = World::new();
    let before = world.state();
    for endpoint in endpoints() {
        for attempt in attempts(&world, &endpoint) {
            let (method, path) = (&endpoint.method, &attempt.path);
            let bare = sent(&world, method, &attempt, &vec![]).0;
            for (who, headers) in impostors(&world, &endpoint, &attempt) {
                let (status, body) = sent(&world, method, &attempt, &headers);
                let expected = if endpoint.is_signed { 401 } else { bare };
                assert_eq!(status, expected, "{method} {path} by {who}: {body}");
            }
        }
    }
    assert_eq!(world.state(), before);
}

#[test]
fn no_booth_reaches_what_is_another_booths() {
    let world = World::new();
    let before = world.state();
    for endpoint in endpoints() {
        let attempts = attempts(&world, &endpoint);
        assert!(!attempts.is_empty(), "{endpoint:?}");
        for attempt in attempts {
            let (method, path) = (&endpoint.method, &attempt.path);
            let headers = if endpoint.is_signed {
                let request = request_of(&endpoint, &attempt, &world.other.station, &world);
                signed(&world.other.key, &request)
            } else {
                vec![]
            };
            let (status, body) = sent(&world, method, &attempt, &headers);
            assert_eq!(status, attempt.status, "{method} {path}: {body}");
            assert!(
                endpoint.answers.contains(&status),
                "{method} {path}: {status} is documented nowhere"
            );
            assert!((attempt.fits)(&world, &body), "{method} {path}: {body}");
            assert_eq!(world.state(), before, "{method} {path} changed something");
        }
    }
}

#[test]
fn who_brings_code_and_tail_may_see_the_order_at_any_booth() {
    let world = World::new();
    let (other, now) = (&world.other.client, world.hall.now());
    let number = &world.order.order;
    assert!(other.order_state(number, now).is_err());
    let same = other.order(&ANNA.orders(id(9)), now).unwrap();
    assert_eq!(&same.order, number);
    assert_eq!(other.order_state(number, now).unwrap().order, *number);
}
