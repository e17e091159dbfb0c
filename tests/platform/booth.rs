//! A platform in a temporary folder, an enrolled booth, and parcels sealed by hand.

use std::{
    fmt::Write as _,
    net::TcpListener,
    path::Path,
    process::Command,
    sync::Arc,
    thread::{self, JoinHandle},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use capture_station::{
    capture::{AuditHead, CaptureId, Manifest},
    contract::{Heartbeat, KeyDocument, SignedEnrolRequest, sha256_hex},
    jws::{self, Purpose},
    platform::{self, Client, Settings},
    reference::{self, Platform, Stopper, Terms},
    station::{self, Station},
    time::Wall,
};
use ed25519_dalek::SigningKey;
use serde_json::json;
use tempfile::TempDir;

/// A reference platform, which serves on a free port until it is dropped.
pub struct Served {
    pub platform: Arc<Platform>,
    pub url: String,
    pub folder: TempDir,
    stopper: Option<Stopper>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl Served {
    /// Runs the command line beside this platform; returns whether it succeeded, and its output.
    pub fn commanded(&self, words: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_capture-station"))
            .args(["reference-platform", "--data"])
            .arg(self.folder.path())
            .args(words)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }

    pub fn start() -> Self {
        Self::start_in(TempDir::new().unwrap())
    }

    pub fn start_in(folder: TempDir) -> Self {
        Self::start_with(folder, Terms::default())
    }

    pub fn start_with(folder: TempDir, terms: Terms) -> Self {
        let platform = Arc::new(Platform::open_with(folder.path(), terms).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stopper, stop) = reference::stop_pair();
        let served = Arc::clone(&platform);
        let thread = thread::spawn(move || reference::run(served, listener, stop));
        Self {
            platform,
            url,
            folder,
            stopper: Some(stopper),
            thread: Some(thread),
        }
    }

    /// Stops the platform; its folder stays.
    pub fn stop(mut self) -> TempDir {
        self.end();
        std::mem::replace(&mut self.folder, TempDir::new().unwrap())
    }

    fn end(&mut self) {
        drop(self.stopper.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap().unwrap();
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.end();
    }
}

/// A booth that the platform knows.
pub struct Booth {
    pub station: String,
    pub key: SigningKey,
    pub recipient: String,
    pub client: Client,
}

pub fn enrol_request(one_time_code: &str, key: &SigningKey) -> SignedEnrolRequest {
    SignedEnrolRequest::new(one_time_code, "图书馆 1", key).unwrap()
}

/// Returns a booth that the platform knows, with its identity in a new `folder` as the kiosk keeps
/// it.
pub fn identity_at(served: &Served, folder: &Path) -> Station {
    let key = station::new_key().unwrap();
    let ticket = served.platform.ticket(&served.url).unwrap();
    let request = enrol_request(&ticket.one_time_code, &key);
    let enrolled = platform::enrol(&ticket.platform, None, &request).unwrap();
    Station::enrol(folder, &ticket, "图书馆 1", &enrolled, &key).unwrap()
}

impl Booth {
    pub fn enrolled_at(served: &Served, seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let ticket = served.platform.ticket(&served.url).unwrap();
        let request = enrol_request(&ticket.one_time_code, &key);
        let enrolled = platform::enrol(&ticket.platform, None, &request).unwrap();
        let keys = KeyDocument::verify(&enrolled.keys, &ticket.root().unwrap()).unwrap();
        Self {
            client: client(&served.url, &enrolled.station, &key),
            station: enrolled.station,
            key,
            recipient: keys.recipient,
        }
    }

    /// This booth, whose platform is `served` now.
    pub fn at(self, served: &Served) -> Self {
        Self {
            client: client(&served.url, &self.station, &self.key),
            ..self
        }
    }

    /// A whole parcel of this booth, as the outbox seals it.
    pub fn parcel(&self, id: CaptureId, seq: u64) -> Vec<u8> {
        let manifest = manifest(&self.station, id, seq);
        self.seal(&[
            ("manifest.json", &manifest),
            ("manifest.jws", self.sign(&manifest).as_bytes()),
            ("portrait.jpg", PORTRAIT),
            ("original.jpg", ORIGINAL),
        ])
    }

    pub fn sign(&self, manifest: &[u8]) -> String {
        jws::sign_bytes(Purpose::CaptureManifest, &self.key, manifest)
    }

    /// Seals a tar of `members` for the platform's recipient.
    pub fn seal(&self, members: &[(&str, &[u8])]) -> Vec<u8> {
        let recipient: age::x25519::Recipient = self.recipient.parse().unwrap();
        let mut tar = tar::Builder::new(Vec::new());
        for (name, bytes) in members {
            let mut header = tar::Header::new_ustar();
            // Set byte by byte, as the library would not write a hostile name.
            for (place, byte) in header.as_mut_bytes().iter_mut().zip(name.bytes()) {
                *place = byte;
            }
            header.set_size(bytes.len() as u64);
            header.set_mode(0o600);
            header.set_cksum();
            tar.append(&header, *bytes).unwrap();
        }
        age::encrypt(&recipient, &tar.into_inner().unwrap()).unwrap()
    }
}

pub const PORTRAIT: &[u8] = b"a portrait";
pub const ORIGINAL: &[u8] = b"an original";

pub fn client(url: &str, station: &str, key: &SigningKey) -> Client {
    let settings = Settings::new(url.to_owned(), None);
    Client::new(settings, station.to_owned(), key.clone()).unwrap()
}

pub fn id(n: u8) -> CaptureId {
    CaptureId::new(Wall::from_unix_ms(1_780_000_000_000), [n; 10])
}

/// Returns a heartbeat of a booth without a queue, whose audit log ends at `audit`.
pub fn heartbeat(audit: AuditHead) -> Heartbeat {
    Heartbeat {
        queued: 0,
        quarantined: 0,
        notes_queued: 0,
        last_seq: 0,
        delivered_seq: None,
        delivered_note: None,
        software: "test".to_owned(),
        run: None,
        audit,
        audit_then: None,
    }
}

pub fn now() -> Wall {
    Wall(jiff::Timestamp::now())
}

/// Returns `manifest.json` of a capture with the two pictures above.
pub fn manifest(station: &str, id: CaptureId, seq: u64) -> Vec<u8> {
    let at = "2026-06-01T08:00:00Z";
    let member = |name: &str, bytes: &[u8]| json!({ "name": name, "bytes": bytes.len(), "sha256": sha256_hex(bytes) });
    let json = json!({
        "version": 1, "station": station, "seq": seq, "seq_gap_before": false,
        "facts": {
            "id": id,
            "batch": { "feature_code": "D3PZ85", "serial": 1, "known_through": at, "profile": { "id": "99", "version": "2017" } },
            "consent": {
                "text_version": "2026-1", "text_sha256": "00", "lang": "zh-CN",
                "terms_read_at": at, "face_agreed_at": at, "sending_agreed_at": at
            },
            "payment": "prepaid", "captured_at": at, "time_trust": "trusted",
            "crop": { "origin_in_frame": { "x": 0.0, "y": 0.0 }, "scale": 0.5 },
            "geometry": {
                "crown_px": 80.0, "eye_px": 250.0, "chin_px": 420.0, "face_width_px": 212.0, "center_offset_px": 0.0
            },
            "background": "kept", "quality": [], "overrides": [], "camera": "test", "supersedes": null
        },
        "code": STANDARD.encode(b"a code"),
        "tail": { "raw": "002x", "normalised": "002X", "rule": "as_printed" },
        "original": { "source": "camera_jpeg", "turn": "0" },
        "members": [member("portrait.jpg", PORTRAIT), member("original.jpg", ORIGINAL)],
        "software": "test", "models": []
    });
    let bytes = serde_json::to_vec(&json).unwrap();
    serde_json::from_slice::<Manifest>(&bytes).unwrap();
    bytes
}

/// Returns a request as it goes over the wire, without the client's checks.
pub fn raw_request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    write!(head, "content-length: {}\r\n\r\n", body.len()).unwrap();
    [head.as_bytes(), body].concat()
}
