//! The real client, outbox and reference platform, through a proxy that misbehaves in another way at each connection.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use capture_station::{
    app::courier::answer_of,
    capture::CaptureId,
    cli::drill::made_up,
    contract::{KeyDocument, SignedEnrolRequest},
    outbox::{Outbox, Sealing},
    platform::{self, Client, Settings},
    reference::{self, Platform},
    sitter::Dice,
    time::{Mono, Now, Trust, Wall},
};
use ed25519_dalek::SigningKey;
use tempfile::TempDir;

const CAPTURES: u8 = 120;
/// At least so many exchanges go wrong before the proxy has mercy.
const FAULTS: u64 = 200;

/// What happens to one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Closed before a byte went on.
    RequestLost,
    /// The platform hears all and its answer is thrown away.
    AnswerLost,
    /// Half of the request goes on, then the connection ends.
    Truncated,
    /// Half of the answer comes back.
    AnswerCut,
    /// Nothing comes, and the line stays open.
    Silence,
    /// One byte of an answer at a time.
    Drips,
    Portal,
    Redirect,
    Busy,
    ProxyTooLarge,
}

const KINDS: [Fault; 10] = [
    Fault::RequestLost,
    Fault::AnswerLost,
    Fault::Truncated,
    Fault::AnswerCut,
    Fault::Silence,
    Fault::Drips,
    Fault::Portal,
    Fault::Redirect,
    Fault::Busy,
    Fault::ProxyTooLarge,
];

const PATIENCE: Duration = Duration::from_millis(400);

/// A proxy on loopback before `platform`; ends when dropped.
struct Proxy {
    url: String,
    faults: Arc<AtomicU64>,
    done: Arc<AtomicBool>,
}

impl Proxy {
    fn before(platform: String, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (faults, done) = (
            Arc::new(AtomicU64::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let mut dice = Dice::new(seed);
        let (counted, ended) = (Arc::clone(&faults), Arc::clone(&done));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let merciful = counted.load(Ordering::Relaxed) >= FAULTS;
                let fault = (!merciful && !dice.one_in(3))
                    .then(|| dice.pick(&KINDS))
                    .flatten();
                counted.fetch_add(u64::from(fault.is_some()), Ordering::Relaxed);
                let platform = platform.clone();
                // A side that went away in between is what this is about.
                thread::spawn(move || drop(pass(stream.unwrap(), &platform, fault)));
            }
        });
        Self { url, faults, done }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        // Wakes the listener, so that it sees the end.
        let address = self.url.trim_start_matches("http://").to_owned();
        drop(TcpStream::connect(address));
    }
}

/// One exchange: the whole request, as its length says, and the whole answer.
fn pass(mut booth: TcpStream, platform: &str, fault: Option<Fault>) -> std::io::Result<()> {
    booth.set_read_timeout(Some(Duration::from_secs(2)))?;
    if fault == Some(Fault::RequestLost) {
        return Ok(());
    }
    let request = message(&mut booth)?;
    let page = match fault {
        Some(Fault::Portal) => Some("200 OK\r\ncontent-type: text/html"),
        Some(Fault::Redirect) => Some("302 Found\r\nlocation: http://127.0.0.1:1/"),
        Some(Fault::Busy) => Some("429 Too Many Requests\r\nretry-after: 0"),
        Some(Fault::ProxyTooLarge) => Some("413 Payload Too Large\r\ncontent-type: text/html"),
        _ => None,
    };
    if let Some(page) = page {
        let answer =
            format!("HTTP/1.1 {page}\r\nconnection: close\r\ncontent-length: 6\r\n\r\n<html>");
        return booth.write_all(answer.as_bytes());
    }
    match fault {
        Some(Fault::Silence) => {
            thread::sleep(PATIENCE * 3);
            return Ok(());
        }
        Some(Fault::Drips) => {
            for byte in b"HTTP/1.1 201 Created\r\n".iter().cycle().take(60) {
                booth.write_all(&[*byte])?;
                thread::sleep(PATIENCE / 20);
            }
            return Ok(());
        }
        _ => {}
    }
    let mut server = TcpStream::connect(platform.trim_start_matches("http://"))?;
    server.set_read_timeout(Some(Duration::from_secs(2)))?;
    if fault == Some(Fault::Truncated) {
        let half = request.len() / 2;
        return server.write_all(request.get(..half).unwrap_or_default());
    }
    server.write_all(&request)?;
    let answer = message(&mut server)?;
    match fault {
        Some(Fault::AnswerLost) => Ok(()),
        Some(Fault::AnswerCut) => {
            let half = answer.len() / 2;
            booth.write_all(answer.get(..half).unwrap_or_default())
        }
        _ => booth.write_all(&answer),
    }
}

/// A head and as many bytes as its content-length says.
fn message(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut seen = vec![];
    let mut piece = [0; 16 * 1024];
    loop {
        let read = stream.read(&mut piece)?;
        seen.extend_from_slice(piece.get(..read).unwrap_or_default());
        let whole = whole_length(&seen);
        if read == 0 || whole.is_some_and(|whole| seen.len() >= whole) {
            return Ok(seen);
        }
    }
}

fn whole_length(seen: &[u8]) -> Option<usize> {
    let head = seen.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(seen.get(..head)?).to_lowercase();
    let length = text.lines().find_map(|line| {
        line.strip_prefix("content-length:")?
            .trim()
            .parse::<usize>()
            .ok()
    });
    Some(head + length.unwrap_or(0))
}

fn now(started: Instant) -> Now {
    Now {
        mono: Mono::from_start(started.elapsed()),
        wall: Wall(jiff::Timestamp::now()),
        trust: Trust::Trusted,
    }
}

#[test]
fn over_real_sockets_every_capture_arrives_once_whatever_the_proxy_does() {
    platform::install_crypto();
    let folder = TempDir::new().unwrap();
    let platform = Arc::new(Platform::open(&folder.path().join("platform")).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (_stopper, stop) = reference::stop_pair();
    let served = Arc::clone(&platform);
    thread::spawn(move || reference::run(served, listener, stop));

    let key = SigningKey::from_bytes(&[5; 32]);
    let ticket = platform.ticket(&url).unwrap();
    let request = SignedEnrolRequest::new(&ticket.one_time_code, "图书馆 1", &key).unwrap();
    let enrolled = platform::enrol(&url, None, &request).unwrap();
    let keys = KeyDocument::verify(&enrolled.keys, &ticket.root().unwrap()).unwrap();
    let proxy = Proxy::before(url, 11);
    let settings = Settings {
        connect: PATIENCE,
        read: PATIENCE,
        total: PATIENCE * 2,
        ..Settings::new(proxy.url.clone(), None)
    };
    let client = Client::new(settings, enrolled.station.clone(), key.clone()).unwrap();
    let sealing = Sealing::new(enrolled.station, key, &keys.recipient, vec![]).unwrap();
    let started = Instant::now();
    let booth = folder.path().join("booth");
    let mut outbox =
        Outbox::open(&booth, sealing, keys.receipt_keys().unwrap(), now(started)).unwrap();
    for n in 0..CAPTURES {
        let id = CaptureId::new(Wall::from_unix_ms(1_780_000_000_000), [n; 10]);
        let capture = made_up(id, (4_000, 9_000), now(started)).unwrap();
        outbox.save(&capture, now(started)).unwrap();
    }
    let attempts = bring_all(&mut outbox, &client, started);

    let faults = proxy.faults.load(Ordering::Relaxed);
    println!(
        "{CAPTURES} captures over real sockets: {attempts} attempts, {faults} spoilt by the proxy"
    );
    assert!(faults >= FAULTS, "{faults}");
    let counts = outbox.counts().unwrap();
    assert!(
        counts.balances() && counts.delivered == u64::from(CAPTURES),
        "{counts:?}"
    );
    let mut held = platform.captures().unwrap();
    held.sort_unstable();
    held.dedup();
    assert_eq!(held.len(), usize::from(CAPTURES));
    for id in held {
        platform.open_parcel(id).unwrap();
    }
}

/// Four at a time, each as often as it takes; the back-off of simulated hours is cut short by nudges.
fn bring_all(outbox: &mut Outbox, client: &Client, started: Instant) -> u64 {
    let mut attempts = 0;
    while outbox.counts().unwrap().queued > 0 {
        outbox.nudge(now(started));
        let due = outbox.due(now(started), 4);
        let parcels: Vec<_> = due
            .iter()
            .map(|id| outbox.parcel(*id, now(started)).unwrap())
            .collect();
        let answers: Vec<_> = thread::scope(|scope| {
            let sent: Vec<_> = parcels
                .iter()
                .map(|parcel| {
                    scope.spawn(|| {
                        let at = now(started).wall;
                        client.deliver(
                            parcel.id,
                            parcel.seq,
                            parcel.bytes.clone(),
                            &parcel.sha256,
                            at,
                        )
                    })
                })
                .collect();
            sent.into_iter().map(|sent| sent.join().unwrap()).collect()
        });
        for (parcel, delivery) in parcels.iter().zip(answers) {
            attempts += 1;
            outbox
                .settle(parcel.id, answer_of(delivery), now(started))
                .unwrap();
        }
    }
    attempts
}
