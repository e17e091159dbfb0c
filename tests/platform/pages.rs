//! The pages for people: the receipt's, the payer's, the auditors', and the link to a photo.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use capture_station::{
    capture::{CaptureId, Contact},
    contract::{CaptureStatement, Change, PayState, RejectReason, Stage, path, receipt_url},
    jws::{self, Purpose},
    platform::{ProgressOutcome, ReceiptOutcome},
    profile::PaymentPolicy,
};
use ed25519_dalek::SigningKey;

use crate::{
    booth::{Booth, PORTRAIT, Served, id, raw_request},
    hall::{ANNA, BERT, Hall, MONDAY, PENDING, PREPAID, at},
};

/// One answer: status, head and body.
pub struct Answer {
    pub status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
}

pub fn asked(served: &Served, method: &str, path: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(served.url.trim_start_matches("http://")).unwrap();
    let request = raw_request(method, path, &[], body);
    stream.write_all(&request).unwrap();
    let mut bytes = vec![];
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let (head, body) = bytes.split_at(end);
    let head = String::from_utf8(head.to_vec()).unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head,
        body: body.split_at(4).1.to_vec(),
    }
}

fn look(served: &Served, path: &str) -> Answer {
    asked(served, "GET", path, b"")
}

/// Leaves a page in the folder that `CAPTURE_STATION_PAGES` names, for viewing in a browser.
fn leave(name: &str, html: &str) {
    if let Ok(folder) = std::env::var("CAPTURE_STATION_PAGES") {
        std::fs::write(format!("{folder}/{name}.html"), html).unwrap();
    }
}

fn statement(booth: &Booth, id: CaptureId) -> String {
    let said = CaptureStatement {
        station: booth.station.clone(),
        id,
        captured_at: at(MONDAY),
    };
    jws::sign(Purpose::CaptureStatement, &booth.key, &said).unwrap()
}

/// Returns the path of an address of this platform.
fn path_of(served: &Served, url: &str) -> String {
    url.strip_prefix(&served.url).unwrap().to_owned()
}

#[test]
fn a_receipt_tells_states_and_dates_and_never_who_it_is() {
    let hall = Hall::open(PaymentPolicy::AtKiosk);
    let (served, booth) = (&hall.served, Booth::enrolled_at(&hall.served, 1));
    let token = statement(&booth, id(1));
    let page = || look(served, &path_of(served, &receipt_url(&served.url, &token)));
    let says = |words: &str| {
        let page = page();
        assert_eq!(page.status, 200);
        assert!(page.text().contains(words), "{words}: {}", page.text());
        leave(words, &page.text());
        page.text()
    };
    says("已拍摄，等待上传");
    assert_eq!(
        booth.client.receipt_progress(&token),
        ReceiptOutcome::NotArrived
    );
    booth.brings(&hall, (id(1), 1), ANNA, PENDING);
    let ProgressOutcome::Known(told) = booth.client.progress(&ANNA.asks(), hall.now()) else {
        panic!("unknown");
    };
    let mut pages = vec![says("去缴费")];
    let order = booth.client.order(&ANNA.orders(id(1)), hall.now()).unwrap();
    served.platform.pay(&order.order, hall.now()).unwrap();
    pages.push(says("审核员最迟于 2026-06-10 完成审核"));
    served.platform.approve(id(1), hall.now()).unwrap();
    pages.push(says("2026-06-10 生成标准照"));
    served.platform.standard_ready(id(1), hall.now()).unwrap();
    pages.push(says("请于 2026-06-15 24:00 前"));
    booth.client.confirm(id(1), &ANNA.asks(), hall.now());
    pages.push(says("2026-07-09 上传学信网"));
    served.platform.upload(id(1), hall.now()).unwrap();
    pages.push(says("已上传学信网"));
    let ReceiptOutcome::Arrived(progress) = booth.client.receipt_progress(&token) else {
        panic!("not arrived");
    };
    assert_eq!(progress.stage, Stage::Uploaded { at: hall.now() });
    for page in pages {
        let code = STANDARD.encode(ANNA.code);
        for secret in [
            &told.masked_name,
            ANNA.code,
            &code,
            &format!(">{}<", ANNA.tail),
        ] {
            assert!(!page.contains(secret), "{secret}");
        }
        assert!(!page.contains("<img") && !page.contains("<script"));
    }
}

#[test]
fn a_rejection_is_told_in_words_with_the_way_back() {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let booth = Booth::enrolled_at(&hall.served, 1);
    booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
    let reasons = [RejectReason::Teeth, RejectReason::Shadow];
    hall.served
        .platform
        .reject(id(1), &reasons, hall.now())
        .unwrap();
    let path = format!("{}/{}", path::RECEIPT_PAGE, statement(&booth, id(1)));
    let text = look(&hall.served, &path).text();
    leave("rejected", &text);
    assert!(text.contains("露出牙齿") && text.contains("Shadows on face"));
    assert!(text.contains("请于 2026-06-30 24:00 前重新采集"), "{text}");
    hall.set(at("2026-07-02T02:00:00Z"));
    assert!(
        look(&hall.served, &path)
            .text()
            .contains("本批次采集已结束")
    );
}

#[test]
fn a_capture_that_was_withdrawn_before_it_came_says_so() {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let booth = Booth::enrolled_at(&hall.served, 1);
    booth.amends(&hall, (id(1), 1), 1, Change::Withdrawn);
    let path = format!("{}/{}", path::RECEIPT_PAGE, statement(&booth, id(1)));
    assert!(look(&hall.served, &path).text().contains("照片已删除"));
}

#[test]
fn a_receipt_that_no_booth_signed_opens_nothing() {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let (booth, other) = (
        Booth::enrolled_at(&hall.served, 1),
        Booth::enrolled_at(&hall.served, 2),
    );
    booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
    let stranger = Booth {
        key: SigningKey::from_bytes(&[9; 32]),
        station: booth.station.clone(),
        recipient: String::new(),
        client: crate::booth::client(&hall.served.url, &booth.station, &booth.key),
    };
    // Signed by a stranger, by another booth about this one's capture, under another name, for
    // another purpose.
    let in_anothers_name = CaptureStatement {
        station: booth.station.clone(),
        id: id(1),
        captured_at: at(MONDAY),
    };
    let forged = [
        statement(&stranger, id(1)),
        statement(&other, id(1)),
        jws::sign(Purpose::CaptureStatement, &other.key, &in_anothers_name).unwrap(),
        jws::sign(Purpose::StationRequest, &booth.key, &in_anothers_name).unwrap(),
        "not-a-token".to_owned(),
    ];
    for token in forged {
        let page = look(&hall.served, &format!("{}/{token}", path::RECEIPT_PAGE));
        assert_eq!(page.status, 404);
        let told = booth.client.receipt_progress(&token);
        assert_eq!(told, ReceiptOutcome::Foreign);
    }
}

#[test]
fn every_page_is_closed_against_scripts_frames_and_caches() {
    let hall = Hall::open(PaymentPolicy::AtKiosk);
    let (served, booth) = (&hall.served, Booth::enrolled_at(&hall.served, 1));
    let order = booth.client.order(&ANNA.orders(id(1)), hall.now()).unwrap();
    let audit = path_of(served, &served.platform.audit_url(&served.url));
    let paths = [
        format!("{}/{}", path::RECEIPT_PAGE, statement(&booth, id(1))),
        format!("{}/x", path::RECEIPT_PAGE),
        format!("/pay/{}", order.order),
        "/pay/nothing".to_owned(),
        "/d/nothing".to_owned(),
        audit,
        "/audit/guess".to_owned(),
    ];
    for path in paths {
        let page = look(served, &path);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(
            page.header("referrer-policy"),
            Some("no-referrer"),
            "{path}"
        );
        assert!(page.text().contains("lang=\"zh-CN\""), "{path}");
    }
    let style = look(served, "/style.css");
    assert_eq!(
        style.header("content-type"),
        Some("text/css; charset=utf-8")
    );
}

#[test]
fn a_payer_pays_with_one_touch_from_the_booth_or_from_the_receipt() {
    let hall = Hall::open(PaymentPolicy::Later);
    let (served, booth) = (&hall.served, Booth::enrolled_at(&hall.served, 1));
    booth.brings(&hall, (id(1), 1), ANNA, PENDING);
    let receipt = format!("{}/{}", path::RECEIPT_PAGE, statement(&booth, id(1)));
    let sent = asked(served, "POST", &format!("{receipt}/pay"), b"");
    assert_eq!(sent.status, 303);
    let pay = sent.header("location").unwrap().to_owned();
    let order = booth.client.order(&ANNA.orders(id(1)), hall.now()).unwrap();
    assert_eq!(path_of(served, &order.qr), pay, "one order, whoever asks");
    let page = look(served, &pay).text();
    leave("pay", &page);
    assert!(page.contains("¥ 25.00") && page.contains("演示"), "{page}");
    assert_eq!(asked(served, "POST", &pay, b"").status, 303);
    let state = booth.client.order_state(&order.order, hall.now()).unwrap();
    assert_eq!(state.state, PayState::Paid);
    let paid = look(served, &pay).text();
    leave("paid", &paid);
    assert!(paid.contains("支付成功"));
    assert!(!look(served, &receipt).text().contains("去缴费"));
}

#[test]
fn an_auditor_accepts_and_rejects_on_the_page() {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let (served, booth) = (&hall.served, Booth::enrolled_at(&hall.served, 1));
    booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
    booth.brings(&hall, (id(2), 2), BERT, PREPAID);
    let desk = path_of(served, &served.platform.audit_url(&served.url));
    let page = look(served, &desk).text();
    leave("audit", &page);
    assert!(page.contains("待审核 2 张") && page.contains("2026-06-10"));
    let portrait = look(served, &format!("{desk}/{}/portrait.jpg", id(1)));
    assert_eq!(portrait.body, PORTRAIT);
    assert_eq!(portrait.header("content-type"), Some("image/jpeg"));
    let act = |n, what: &str, body: &str| {
        let path = format!("{desk}/{}/{what}", id(n));
        asked(served, "POST", &path, body.as_bytes()).status
    };
    let stage = |n| served.platform.progress(id(n)).unwrap().unwrap().stage;
    assert_eq!(act(1, "approve", ""), 303);
    assert!(matches!(stage(1), Stage::Passed { .. }));
    assert_eq!(act(2, "reject", ""), 303);
    assert!(
        matches!(stage(2), Stage::InAudit { .. }),
        "not without a reason"
    );
    assert_eq!(
        act(2, "reject", "reason=teeth&reason=roll&reason=ugly"),
        303
    );
    let Stage::Rejected { reasons, .. } = stage(2) else {
        panic!("not rejected");
    };
    assert_eq!(reasons, [RejectReason::Teeth, RejectReason::Roll]);
    leave("audit-later", &look(served, &desk).text());
    assert_eq!(act(1, "ready", ""), 303);
    booth.client.confirm(id(1), &ANNA.asks(), hall.now());
    assert_eq!(act(1, "upload", ""), 303);
    assert!(matches!(stage(1), Stage::Uploaded { .. }));
    // Touched once more on an outdated page, after another auditor.
    assert_eq!(act(1, "approve", ""), 303);
    assert!(matches!(stage(1), Stage::Uploaded { .. }));
}

#[test]
fn without_the_audit_pages_address_nothing_of_it_opens() {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let (served, booth) = (&hall.served, Booth::enrolled_at(&hall.served, 1));
    booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
    let guess = format!("/audit/guess/{}", id(1));
    assert_eq!(look(served, &format!("{guess}/portrait.jpg")).status, 404);
    for act in ["approve", "reject", "ready", "upload"] {
        let path = format!("{guess}/{act}");
        assert_eq!(asked(served, "POST", &path, b"reason=teeth").status, 404);
    }
    let stage = served.platform.progress(id(1)).unwrap().unwrap().stage;
    assert!(matches!(stage, Stage::InAudit { .. }));
}

/// Returns a hall with Anna's standard photo, and the path of her link.
fn with_link() -> (Hall, Booth, String) {
    let hall = Hall::open(PaymentPolicy::Prepaid);
    let booth = Booth::enrolled_at(&hall.served, 1);
    booth.brings(&hall, (id(1), 1), ANNA, PREPAID);
    hall.served.platform.approve(id(1), hall.now()).unwrap();
    hall.served
        .platform
        .standard_ready(id(1), hall.now())
        .unwrap();
    let path = link(&hall, &booth);
    (hall, booth, path)
}

fn link(hall: &Hall, booth: &Booth) -> String {
    let ProgressOutcome::Known(told) = booth.client.progress(&ANNA.asks(), hall.now()) else {
        panic!("unknown");
    };
    let link = told.download.unwrap();
    assert_eq!(link.expires, hall.now().plus(Duration::from_mins(10)));
    path_of(&hall.served, &link.url)
}

#[test]
fn a_link_opens_the_photo_for_ten_minutes_under_the_name_that_was_wished() {
    let (hall, booth, path) = with_link();
    let served = &hall.served;
    let photo = look(served, &path);
    assert_eq!((photo.status, photo.body.as_slice()), (200, PORTRAIT));
    assert_eq!(
        photo.header("content-disposition"),
        Some(
            "attachment; filename=\"photo.jpg\"; filename*=UTF-8''%E6%A0%87%E5%87%86%E7%85%A7.jpg"
        )
    );
    let contact = Contact {
        phone: String::new(),
        email: String::new(),
        file_name: "计算机 1 班".to_owned(),
    };
    let recipient: age::x25519::Recipient = booth.recipient.parse().unwrap();
    let sealed = age::encrypt(&recipient, &serde_json::to_vec(&contact).unwrap()).unwrap();
    let change = Change::Contact(STANDARD.encode(sealed));
    booth.amends(&hall, (id(1), 1), 1, change);
    let named = look(served, &path);
    let name = "filename*=UTF-8''%E8%AE%A1%E7%AE%97%E6%9C%BA%201%20%E7%8F%AD.jpg";
    assert!(named.header("content-disposition").unwrap().ends_with(name));
    hall.set(hall.now().plus(Duration::from_mins(10)));
    assert_eq!(look(served, &path).status, 404);
    assert_eq!(look(served, &link(&hall, &booth)).status, 200);
}

#[test]
fn a_link_ends_with_the_consent_and_with_a_newer_photo() {
    let (hall, booth, path) = with_link();
    booth.amends(&hall, (id(1), 1), 1, Change::Withdrawn);
    assert_eq!(look(&hall.served, &path).status, 404);
    let (hall, booth, path) = with_link();
    let later = crate::hall::Shot {
        at: "2026-06-08T03:00:00Z",
        ..PREPAID
    };
    booth.brings(&hall, (id(2), 2), ANNA, later);
    assert_eq!(look(&hall.served, &path).status, 404);
}

#[test]
fn nothing_of_a_person_lies_unsealed_in_the_platforms_folder() {
    let (hall, booth, _) = with_link();
    let contact = Contact {
        phone: "13800138000".to_owned(),
        email: "anna@shili.example".to_owned(),
        file_name: "Anna's own".to_owned(),
    };
    let recipient: age::x25519::Recipient = booth.recipient.parse().unwrap();
    let sealed = age::encrypt(&recipient, &serde_json::to_vec(&contact).unwrap()).unwrap();
    booth.amends(
        &hall,
        (id(1), 1),
        1,
        Change::Contact(STANDARD.encode(sealed)),
    );
    let mut folders = vec![hall.served.folder.path().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            files += 1;
            let code = STANDARD.encode(ANNA.code);
            for secret in [
                ANNA.code,
                &code,
                &contact.phone,
                &contact.email,
                &contact.file_name,
            ] {
                let found = bytes
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes());
                assert!(!found, "{secret} in {}", path.display());
            }
        }
    }
    assert!(files > 5);
}
