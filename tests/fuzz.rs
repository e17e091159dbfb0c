//! Runs the fuzz targets over their corpora and over seeded mutants of them; `make fuzz` continues
//! from there.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(
    clippy::indexing_slicing,
    reason = "every place is drawn from within the seed"
)]

#[path = "../fuzz/targets.rs"]
mod targets;

use std::{
    fs,
    path::{Path, PathBuf},
};

use capture_station::{
    calendar::{Festival, Year},
    camera::protocol::{Order, Packing, Report, Stream},
    capture::AuditHead,
    contract::{
        Amendment, CalendarDocument, CaptureReceipt, Change, EnrolmentTicket, ExportItem,
        ExportManifest, HeartbeatAnswer, KeyDocument, ServiceHours, ServiceLine, SignedBatch,
        StationAlarm, StationCommand, VoidCause, public_key_text,
    },
    geometry::{Point, Size},
    jws::{self, Purpose},
    reader::protocol::{self, Code, Pass},
    reference,
    sitter::Dice,
    time::Wall,
    wire::{self, Message},
};

/// How many mutants of each seed.
const MUTANTS: u64 = 4_000;

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target)
}

fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(corpus(target))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no corpus for {target}");
    paths
        .into_iter()
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

fn below(dice: &mut Dice, end: usize) -> usize {
    dice.below(end as u64) as usize
}

/// Makes one to four small changes: a flipped bit, a foreign byte, a cut, a doubled or lost run,
/// another seed's end.
fn mutant(seed: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=below(dice, 4) {
        let at = below(dice, bytes.len());
        let run = below(dice, bytes.len() - at).min(64);
        match below(dice, 6) {
            _ if bytes.is_empty() => bytes.push(dice.throw() as u8),
            0 => bytes[at] ^= 1 << below(dice, 8),
            1 => bytes[at] = [0, 0xff, 0x7f, b'"', b'.', b'=', b'A', b'\n'][below(dice, 8)],
            2 => bytes.truncate(at),
            3 => {
                let doubled = bytes[at..at + run].to_vec();
                bytes.splice(at..at, doubled);
            }
            4 => drop(bytes.drain(at..at + run)),
            _ => {
                bytes.truncate(at);
                bytes.extend_from_slice(&other[below(dice, other.len()).min(other.len())..]);
            }
        }
    }
    bytes
}

#[test]
fn every_target_holds_over_its_corpus_and_mutants_of_it() {
    for (name, target) in targets::ALL {
        let seeds = seeds(name);
        let mut dice = Dice::new(0x00c0_ffee);
        for (_, seed) in &seeds {
            target(seed);
            for _ in 0..MUTANTS {
                let other = &seeds[below(&mut dice, seeds.len())].1;
                target(&mutant(seed, other, &mut dice));
            }
        }
    }
}

/// Checks that the signed seeds of `jws` verify today: a change of the contract that makes them
/// stale shows here.
#[test]
fn the_seeds_reach_beyond_the_first_refusal() {
    let keys = jws::KeySet::one(targets::key().verifying_key());
    let seeds = seeds("jws");
    let verified = seeds.iter().filter(|(_, seed)| {
        let text = str::from_utf8(seed).unwrap_or_default();
        Purpose::ALL
            .into_iter()
            .any(|purpose| jws::verify_bytes(purpose, text, &keys).is_ok())
    });
    assert_eq!(verified.count(), Purpose::ALL.len());
    let batch = fs::read(corpus("documents").join("batch.json")).unwrap();
    assert!(
        serde_json::from_slice::<capture_station::contract::Batch>(&batch).is_ok(),
        "renew the seeds: cargo test --test fuzz -- --ignored"
    );
}

fn write(target: &str, name: &str, bytes: &[u8]) {
    fs::create_dir_all(corpus(target)).unwrap();
    fs::write(corpus(target).join(name), bytes).unwrap();
}

/// Rewrites the seeds from today's types.
#[test]
#[ignore = "make corpus: writes into fuzz/corpus"]
fn write_the_seeds() {
    write_codes();
    write_documents();
    write_notes();
    write_pipe();
    write_pictures();
    write_archives();
}

/// Writes a parcel's archive as a booth does, one with a member too many, and one whose header lies
/// about a size.
fn write_archives() {
    let archive = |names: &[&str]| {
        let mut tar = tar::Builder::new(vec![]);
        for name in names {
            let mut header = tar::Header::new_ustar();
            header.set_size(4);
            header.set_mode(0o600);
            tar.append_data(&mut header, name, &b"made"[..]).unwrap();
        }
        tar.into_inner().unwrap()
    };
    let whole = archive(&reference::MEMBERS);
    write("archive", "whole.tar", &whole);
    write(
        "archive",
        "more.tar",
        &archive(&["manifest.json", "strange.txt"]),
    );
    write(
        "archive",
        "twice.tar",
        &archive(&["portrait.jpg", "portrait.jpg"]),
    );
    let mut lying = whole;
    // The size of the first member, in octal.
    lying[124..135].copy_from_slice(b"77777777777");
    write("archive", "lying.tar", &lying);
}

fn write_codes() {
    let texts = [
        ("feature", "D3PZ85"),
        ("link", "https://school.example/caiji?tzm=377hhj&x=1"),
        ("path", "http://school.example/caiji/zqxslh"),
        ("payment", "wxp://f2f0abcdefg"),
        ("vcard", "BEGIN:VCARD\nN:Made;Up\nEND:VCARD"),
        ("wifi", "WIFI:T:WPA;S:booth;P:x;;"),
        ("opaque", "made-up 采集码 0123456789abcdef"),
    ];
    for (name, text) in texts {
        write("code", name, text.as_bytes());
    }
    write("code", "gbk", &[0xb2, 0xc9, 0xbc, 0xaf, 0xc2, 0xeb]);
    write("code", "binary", &(0..=255).collect::<Vec<u8>>());
    for purpose in Purpose::ALL {
        let name = purpose.typ().replace('+', "-");
        let token = jws::sign(purpose, &targets::key(), &"made up").unwrap();
        write("code", &name, token.as_bytes());
        write("jws", &name, token.as_bytes());
    }
    for (name, text) in [
        ("digits", "1234"),
        ("x", "００２Ｘ"),
        ("brackets", "6（3）"),
        ("old", " 1(d)\u{200b}"),
        ("cyrillic", "002Х"),
        ("six", "12345X"),
    ] {
        write("tail", name, text.as_bytes());
    }
}

fn write_documents() {
    let json = |name: &str, value: serde_json::Result<Vec<u8>>| {
        write("documents", name, &value.unwrap());
    };
    let key = public_key_text(&targets::key().verifying_key());
    json("batch.json", serde_json::to_vec(&reference::demo_batch()));
    json("calendar.json", serde_json::to_vec(&made_up_calendar()));
    json(
        "ticket.json",
        serde_json::to_vec(&EnrolmentTicket {
            platform: "https://p.example".to_owned(),
            root_key: key.clone(),
            one_time_code: "x".to_owned(),
            ca_pem: None,
        }),
    );
    json(
        "keys.json",
        serde_json::to_vec(&KeyDocument {
            version: 1,
            recipient: "age1made-up".to_owned(),
            receipt_keys: vec![key.clone()],
            manifest_keys: vec![key.clone()],
            command_keys: vec![key],
        }),
    );
    json(
        "command.json",
        serde_json::to_vec(&StationCommand {
            station: "booth".to_owned(),
            number: 1,
            expires: Wall::EPOCH,
            order: capture_station::contract::Order::UnpinBatch,
        }),
    );
    json(
        "receipt.json",
        serde_json::to_vec(&CaptureReceipt {
            station: "booth".to_owned(),
            id: capture_station::capture::CaptureId::new(Wall::EPOCH, [1; 10]),
            hash: "00".to_owned(),
            seq: 1,
            stored_at: Wall::EPOCH,
        }),
    );
    json(
        "answer.json",
        serde_json::to_vec(&SignedBatch {
            manifest: "a.b.c".to_owned(),
        }),
    );
    let config = fs::read("config/default.toml").unwrap();
    write("documents", "booth.toml", &config);
}

fn made_up_calendar() -> CalendarDocument {
    let day = |text: &str| text.parse().unwrap();
    CalendarDocument {
        issued: Wall::EPOCH,
        years: vec![Year {
            year: 2027,
            source: "made up".to_owned(),
            off: vec![Festival {
                name: "元旦".to_owned(),
                from: day("2027-01-01"),
                to: day("2027-01-03"),
            }],
            make_up: [day("2027-01-09")].into(),
        }],
        service: Some(ServiceLine {
            numbers: vec!["010-0000 0000".to_owned()],
            hours: ServiceHours {
                zh: "每天".to_owned(),
                en: "daily".to_owned(),
            },
        }),
    }
}

/// Writes what booth and platform exchange beside captures.
fn write_notes() {
    let json = |name: &str, value: serde_json::Result<Vec<u8>>| {
        write("documents", name, &value.unwrap());
    };
    let id = capture_station::capture::CaptureId::new(Wall::EPOCH, [1; 10]);
    json(
        "amendment.json",
        serde_json::to_vec(&Amendment {
            station: "booth".to_owned(),
            id,
            seq: 1,
            number: 1,
            at: Wall::EPOCH,
            change: Change::Voided(VoidCause::Trial),
        }),
    );
    json(
        "export.json",
        serde_json::to_vec(&ExportManifest {
            station: "booth".to_owned(),
            at: Wall::EPOCH,
            items: vec![ExportItem {
                file: "000001.age".to_owned(),
                id,
                seq: 1,
                note: Some(0),
                bytes: 1,
                sha256: "00".to_owned(),
            }],
        }),
    );
    json(
        "heartbeat.json",
        serde_json::to_vec(&HeartbeatAnswer {
            known_seq: 1,
            at: Wall::EPOCH,
            audit: Some(AuditHead::default()),
            alarms: StationAlarm::ALL.to_vec(),
            keys_version: 1,
            retain_s: 0,
            has_lost: false,
        }),
    );
}

fn framed(messages: &[Message]) -> Vec<u8> {
    let mut bytes = vec![];
    for Message { kind, payload } in messages {
        bytes.extend(wire::header(*kind, payload.len()).unwrap());
        bytes.extend(payload);
    }
    bytes
}

fn write_pipe() {
    let code = Code {
        bytes: b"made-up code".to_vec(),
        corners: [(1.0, 1.0), (9.0, 1.0), (9.0, 9.0), (1.0, 9.0)].map(|(x, y)| Point::new(x, y)),
        flaw: None,
        pass: Pass::Grid,
        version: 3,
        spare: 0.5,
    };
    let stream = Stream {
        packing: Packing::Mjpeg,
        size: Size::new(1280, 720),
        rate: 30,
    };
    let order = Order::new(2, vec![(0x009a_0901, 1), (0x009a_0902, -5)]);
    write(
        "pipe",
        "answer",
        &framed(&[protocol::answer(&[code.clone(), code])]),
    );
    write("pipe", "order", &framed(&[order.message()]));
    write(
        "pipe",
        "reports",
        &framed(&[
            Report::Hello(stream).message(),
            Report::Picture(vec![0xff, 0xd8, 0xff, 0xd9]).message(),
            Report::Refused("busy".to_owned()).message(),
        ]),
    );
    let mut ask = vec![0, 4, 0, 0, 0, 3, 0, 0, 0];
    ask.extend([128; 12]);
    let ask = Message {
        kind: 1,
        payload: ask,
    };
    write("pipe", "ask", &framed(&[ask]));
}

fn write_pictures() {
    let picture = image::RgbImage::from_fn(40, 24, |x, y| {
        image::Rgb([(x * 6) as u8, (y * 10) as u8, ((x ^ y) * 4) as u8])
    });
    let mut jpeg = vec![];
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 70)
        .encode_image(&picture)
        .unwrap();
    write("jpeg", "small.jpg", &jpeg);
    jpeg.extend_from_slice(&[0; 40]);
    write("jpeg", "padded.jpg", &jpeg);
    write("jpeg", "start.jpg", &jpeg[..60]);
}
