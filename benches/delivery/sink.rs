//! What a booth delivers to in these measurements: a platform that believes everything, keeps nothing, and signs a receipt.
//! So what is measured is the booth, not a platform's disk.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use capture_station::{
    capture::CaptureId,
    contract::{CaptureReceipt, Delivered, HeartbeatAnswer, NoteReceipt, path, sha256_hex},
    jws::{self, Purpose},
    time::Wall,
};
use ed25519_dalek::SigningKey;

pub const STATION: &str = "bench";

pub fn receipt_key() -> SigningKey {
    SigningKey::from_bytes(&[2; 32])
}

/// Starts a sink; its address.
pub fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    url
}

/// One request, as far as a sink cares.
struct Request {
    path: String,
    seq: u64,
    body: Vec<u8>,
}

/// Answers on one connection until the booth closes it.
fn serve(stream: TcpStream) {
    stream.set_nodelay(true).unwrap();
    let mut answers = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let body = answer(&request);
        let head = format!(
            "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if answers
            .write_all(&[head.as_bytes(), &body].concat())
            .is_err()
        {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut seq) = (0, 0);
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "capture-sequence" => seq = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { path, seq, body })
}

fn answer(request: &Request) -> Vec<u8> {
    let rest = request.path.strip_prefix(path::CAPTURES);
    let Some(rest) = rest.map(|rest| rest.trim_start_matches('/')) else {
        let answer = HeartbeatAnswer {
            known_seq: 0,
            at: Wall(jiff::Timestamp::now()),
            audit: None,
            alarms: vec![],
            keys_version: 0,
            retain_s: 0,
            has_lost: false,
        };
        return serde_json::to_vec(&answer).unwrap();
    };
    let hash = sha256_hex(&request.body);
    let mut parts = rest.split('/');
    let id = CaptureId::parse(parts.next().unwrap()).unwrap();
    let station = STATION.to_owned();
    let stored_at = Wall::EPOCH;
    let receipt = match parts.nth(1) {
        None => {
            let receipt = CaptureReceipt {
                station,
                id,
                hash,
                seq: request.seq,
                stored_at,
            };
            jws::sign(Purpose::CaptureReceipt, &receipt_key(), &receipt)
        }
        Some(number) => {
            let receipt = NoteReceipt {
                station,
                id,
                number: number.parse().unwrap(),
                hash,
                stored_at,
            };
            jws::sign(Purpose::NoteReceipt, &receipt_key(), &receipt)
        }
    };
    serde_json::to_vec(&Delivered {
        receipt: receipt.unwrap(),
    })
    .unwrap()
}

/// A line in front of `url` on which everything takes `delay` each way; its address.
pub fn far_away(url: &str, delay: Duration) -> String {
    let to = url.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let far = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let there = TcpStream::connect(&to).unwrap();
            for stream in [&near, &there] {
                stream.set_nodelay(true).unwrap();
            }
            carry(near.try_clone().unwrap(), there.try_clone().unwrap(), delay);
            carry(there, near, delay);
        }
    });
    far
}

/// Carries bytes one way, each of them `delay` late.
fn carry(mut from: TcpStream, to: TcpStream, delay: Duration) {
    let (sender, arriving) = channel();
    thread::spawn(move || {
        let mut piece = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut piece) {
            let due = Instant::now() + delay;
            if sender.send((due, piece[..read].to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || put(&arriving, to));
}

fn put(arriving: &Receiver<(Instant, Vec<u8>)>, mut to: TcpStream) {
    for (due, piece) in arriving {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&piece).is_err() {
            return;
        }
    }
}
