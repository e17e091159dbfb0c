//! The written contract, the types' paths and the running server agree.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
};

use capture_station::{
    calendar::Promise,
    contract::{self, Confirmation, PayState, RejectReason, Stage, content_digest, limit, path},
    time::Wall,
};

use crate::booth::{Booth, Served, id, raw_request};

const DOCUMENT: &str = include_str!("../../docs/platform-api.yaml");

/// Returns the methods and paths of the document, by its indentation.
fn documented() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut current = "";
    for line in DOCUMENT.lines() {
        if let Some(path) = line.strip_prefix("  /") {
            current = path.trim_end_matches(':');
        } else if let Some(method) = ["get", "post", "put", "delete"]
            .into_iter()
            .find(|method| line == format!("    {method}:"))
        {
            found.insert((method.to_uppercase(), format!("/{current}")));
        }
    }
    found
}

/// Returns the answer to a request without the client: its status, and its problem, if it is one.
fn answer(served: &Served, request: &[u8]) -> (u16, Option<contract::Problem>) {
    let mut stream = TcpStream::connect(served.url.trim_start_matches("http://")).unwrap();
    stream.write_all(request).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let is_problem = head.contains("application/problem+json");
    (
        status,
        is_problem.then(|| serde_json::from_str(body).unwrap()),
    )
}

#[test]
fn the_document_names_exactly_the_paths_of_the_contract() {
    let known: BTreeSet<(String, String)> = path::ALL
        .map(|(method, path)| (method.to_owned(), path.to_owned()))
        .into();
    assert_eq!(documented(), known);
    for path in [
        path::ENROL,
        path::KEYS,
        path::BATCHES,
        path::CALENDAR,
        path::RESOLVE,
        path::CAPTURES,
        path::HEARTBEAT,
        path::ORDERS,
        path::PROGRESS,
        path::RECEIPTS,
        path::VERDICTS,
        path::RELEASE,
    ] {
        assert!(
            known.iter().any(|(_, full)| full.starts_with(path)),
            "{path}"
        );
    }
}

#[test]
fn the_platform_serves_every_path_and_no_other() {
    let served = Served::start();
    for (method, path) in path::ALL {
        let path = path
            .replace("{feature_code}", "D3PZ85")
            .replace("{id}", &id(1).to_string())
            .replace("{number}", "0")
            .replace("{order}", "20260608-0000-0000")
            .replace("{statement}", "no.true.statement")
            .replace("{after}", "0")
            .replace("{sha256}", &"0".repeat(64))
            .replace("{from}", "0");
        let (status, problem) = answer(&served, &raw_request(method, &path, &[], b""));
        let expected = match path.as_str() {
            path::KEYS => 200,
            path::ENROL => 400,
            receipt if receipt.starts_with(path::RECEIPTS) => 422,
            _ => 401,
        };
        assert_eq!(status, expected, "{method} {path}: {problem:?}");
        let (status, _) = answer(&served, &raw_request("DELETE", &path, &[], b""));
        assert_eq!(status, 405, "{path}");
    }
    let (status, problem) = answer(&served, &raw_request("GET", "/v2/keys", &[], b""));
    assert_eq!((status, problem.unwrap().status), (404, 404));
}

/// Returns the values that the document lists for a field, by the line before the list.
fn listed(after: &str) -> BTreeSet<String> {
    let (_, rest) = DOCUMENT.split_once(after).unwrap();
    let (_, rest) = rest.split_once("enum: [").unwrap();
    let (list, _) = rest.split_once(']').unwrap();
    list.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_document_lists_what_the_types_can_say() {
    let reasons: BTreeSet<String> = RejectReason::ALL
        .into_iter()
        .map(RejectReason::name)
        .collect();
    assert_eq!(listed("    RejectReason:\n"), reasons);
    let name = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let states: BTreeSet<String> = PayState::ALL
        .into_iter()
        .map(|state| name(&serde_json::to_value(state).unwrap()))
        .collect();
    assert_eq!(listed("        state: {"), states);
    let promise = Promise {
        date: jiff::civil::date(2026, 6, 8),
        estimate: false,
    };
    let stages = [
        Stage::AwaitingPayment,
        Stage::InAudit { by: promise },
        Stage::Rejected {
            reasons: vec![],
            retake_until: None,
        },
        Stage::Passed {
            standard_by: promise,
        },
        Stage::ToConfirm { by: Wall::EPOCH },
        Stage::Confirmed {
            how: Confirmation::ByStudent,
            upload_by: promise,
        },
        Stage::Uploaded { at: Wall::EPOCH },
        Stage::Replaced,
        Stage::Voided,
        Stage::Withdrawn,
    ];
    let written = stages.map(|stage| serde_json::to_value(stage).unwrap());
    let names: BTreeSet<String> = written.iter().map(|stage| name(&stage["stage"])).collect();
    assert_eq!(listed("        stage:\n"), names);
    let (_, schema) = DOCUMENT.split_once("    Progress:\n").unwrap();
    let (schema, _) = schema.split_once("    Promise:\n").unwrap();
    for stage in &written {
        for field in stage.as_object().unwrap().keys() {
            assert!(schema.contains(&format!("        {field}:")), "{field}");
        }
    }
}

#[test]
fn a_body_that_is_too_large_or_not_its_digest_is_refused_unread() {
    let served = Served::start();
    Booth::enrolled_at(&served, 1);
    let enrol = |headers: &[(&str, &str)], body: &[u8]| {
        let (status, problem) = answer(&served, &raw_request("POST", path::ENROL, headers, body));
        assert_eq!(problem.unwrap().status, status);
        status
    };
    let digest = content_digest(b"{}");
    assert_eq!(enrol(&[("content-digest", &digest)], b"{}"), 400);
    assert_eq!(enrol(&[("content-digest", &digest)], b"{ }"), 400);
    assert_eq!(enrol(&[], b"{}"), 400);
    let mut long = raw_request("POST", path::ENROL, &[], b"");
    let head = String::from_utf8(long).unwrap();
    let declared = format!("content-length: {}", limit::BODY_BYTES + 1);
    long = head.replace("content-length: 0", &declared).into_bytes();
    assert_eq!(answer(&served, &long).0, 413);
}
