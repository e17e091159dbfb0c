//! What booths request for themselves: enrolment, keys, batches, calendar; deliveries of parcels
//! and notes; heartbeats and trials.

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::ETAG, header::IF_NONE_MATCH},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

use super::{
    Served, Shared,
    admission::{
        admit_delivery, admit_question, bad_request, blocking, parse, read_question, text,
    },
};
use crate::{
    capture::CaptureId,
    code::FeatureCode,
    contract::{
        Delivered, Enrolled, Heartbeat, HeartbeatAnswer, KeyTrial, SignedBatch, SignedCalendar,
        SignedEnrolRequest, SignedKeys, header, limit, path, public_key, sha256_hex,
    },
    jws::key_id,
    reference::{
        Kept,
        batches::Signed,
        notes::{KeptNote, NoteClaim},
        parcel::Claim,
        problem::Problem,
        rows::Applicant,
    },
};

/// Longest name of a booth, in characters.
const LONGEST_NAME: usize = 100;

/// Returns the routes that a booth signs.
pub(super) fn signed() -> Router<Shared> {
    let batch = format!("{}/{{feature_code}}", path::BATCHES);
    let capture = format!("{}/{{id}}", path::CAPTURES);
    let note_path = format!("{capture}/{}/{{number}}", path::NOTES);
    Router::new()
        .route(&batch, get(batches))
        .route(path::CALENDAR, get(calendar))
        .route(&capture, put(deliver))
        .route(&note_path, put(note))
        .route(path::HEARTBEAT, post(heartbeat))
        .route(path::KEY_TRIAL, post(key_trial))
}

/// Returns the routes for a machine that cannot sign yet.
pub(super) fn unsigned() -> Router<Shared> {
    Router::new()
        .route(path::ENROL, post(enrol))
        .route(path::KEYS, get(keys))
}

async fn enrol(State(platform): Served, request: Request) -> Result<Json<Enrolled>, Problem> {
    let signed: SignedEnrolRequest = parse(&read_question(&platform, request).await?)?;
    let asked = signed
        .verify()
        .map_err(|_unhelpful| bad_request("it is not signed by the key that it names"))?;
    let key = public_key(&asked.station_key)
        .ok_or_else(|| bad_request("the station key is not an Ed25519 key"))?;
    if asked.name.chars().count() > LONGEST_NAME {
        return Err(bad_request("the booth's name is too long"));
    }
    let station = key_id(&key);
    blocking(move || {
        let applicant = Applicant {
            station: &station,
            key: &asked.station_key,
            name: &asked.name,
            at: platform.now(),
        };
        let code = sha256_hex(asked.one_time_code.as_bytes());
        if !platform.rows().enrol(&code, &applicant)? {
            return Err(
                Problem::new(StatusCode::FORBIDDEN, "the one-time code is not good")
                    .because("it is unknown, used, or older than a day"),
            );
        }
        tracing::info!(station, "a booth enrolled");
        Ok(Json(Enrolled {
            station,
            keys: platform.key_document().to_owned(),
        }))
    })
    .await
}

async fn keys(State(platform): Served) -> Json<SignedKeys> {
    Json(SignedKeys {
        keys: platform.key_document().to_owned(),
    })
}

async fn batches(
    State(platform): Served,
    Path(feature_code): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (_, request) = admit_question(&platform, request).await?;
    let batch = FeatureCode::parse(&feature_code)
        .and_then(|code| platform.batch(&code))
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no such batch"))?;
    Ok(unless_held(&request.headers, &batch.signed, |manifest| {
        SignedBatch { manifest }
    }))
}

async fn calendar(State(platform): Served, request: Request) -> Result<Response, Problem> {
    let (_, request) = admit_question(&platform, request).await?;
    let publication = platform.publication.as_ref();
    let signed = publication
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "nothing was published here"))?;
    Ok(unless_held(&request.headers, signed, |calendar| {
        SignedCalendar { calendar }
    }))
}

/// Answers with a signed document, unless the booth names the `ETag` of exactly this one.
fn unless_held<T: Serialize>(
    headers: &HeaderMap,
    signed: &Signed,
    answer: impl FnOnce(String) -> T,
) -> Response {
    let held = headers.get(IF_NONE_MATCH);
    let mut response = if held.is_some_and(|held| held.as_bytes() == signed.etag.as_bytes()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(answer(signed.token.clone())).into_response()
    };
    if let Ok(etag) = HeaderValue::from_str(&signed.etag) {
        response.headers_mut().insert(ETAG, etag);
    }
    response
}

async fn deliver(
    State(platform): Served,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (caller, request, place) = admit_delivery(&platform, request, limit::PARCEL_BYTES).await?;
    let id = CaptureId::parse(&id).ok_or_else(|| bad_request("this is not a capture's id"))?;
    let seq = sequence(&request.headers)?;
    blocking(move || {
        let _held_to_the_end = place;
        let claim = Claim {
            station: &caller.station,
            keys: &caller.keys,
            id,
            seq,
        };
        let answer = |status, receipt| (status, Json(Delivered { receipt })).into_response();
        match platform.keep(&claim, &request.body, platform.now())? {
            Kept::New(receipt) => {
                tracing::info!(%id, seq, "a capture was stored");
                Ok(answer(StatusCode::CREATED, receipt))
            }
            Kept::Again(receipt) => Ok(answer(StatusCode::OK, receipt)),
            Kept::Withdrawn => Err(Problem::new(StatusCode::GONE, "this capture was withdrawn")),
            Kept::OtherBytes => Err(Problem::new(
                StatusCode::CONFLICT,
                "another parcel is stored under this id",
            )),
            Kept::Unopened(why) => Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "the parcel is not taken",
            )
            .because(why.to_string())),
        }
    })
    .await
}

async fn note(
    State(platform): Served,
    Path((id, number)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let (caller, request, place) = admit_delivery(&platform, request, limit::BODY_BYTES).await?;
    let id = CaptureId::parse(&id).ok_or_else(|| bad_request("this is not a capture's id"))?;
    let number = number
        .parse()
        .map_err(|_unhelpful| bad_request("this is not a note's number"))?;
    let seq = sequence(&request.headers)?;
    blocking(move || {
        let _held_to_the_end = place;
        let claim = NoteClaim {
            station: &caller.station,
            keys: &caller.keys,
            id,
            seq,
            number,
        };
        let answer = |status, receipt| (status, Json(Delivered { receipt })).into_response();
        match platform.keep_note(&claim, &request.body, platform.now())? {
            KeptNote::New(receipt) => {
                tracing::info!(%id, number, "a note was stored");
                Ok(answer(StatusCode::CREATED, receipt))
            }
            KeptNote::Again(receipt) => Ok(answer(StatusCode::OK, receipt)),
            KeptNote::OtherBytes => Err(Problem::new(
                StatusCode::CONFLICT,
                "another note is stored under this number",
            )),
            KeptNote::NotTaken(why) => Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "the note is not taken",
            )
            .because(why.to_string())),
        }
    })
    .await
}

/// Reads the capture's number in its booth's count.
fn sequence(headers: &HeaderMap) -> Result<u64, Problem> {
    text(headers, header::SEQUENCE)
        .and_then(|seq| seq.parse().ok())
        .filter(|seq| (1..=i64::MAX as u64).contains(seq))
        .ok_or_else(|| bad_request("the sequence number is missing or not a number from 1"))
}

async fn heartbeat(
    State(platform): Served,
    request: Request,
) -> Result<Json<HeartbeatAnswer>, Problem> {
    let (caller, request) = admit_question(&platform, request).await?;
    let beat: Heartbeat = parse(&request.body)?;
    blocking(move || {
        Ok(Json(platform.beat(
            &caller.station,
            &beat,
            platform.now(),
        )?))
    })
    .await
}

async fn key_trial(State(platform): Served, request: Request) -> Result<Json<Delivered>, Problem> {
    let (caller, request) = admit_question(&platform, request).await?;
    let trial: KeyTrial = parse(&request.body)?;
    let sealed = STANDARD
        .decode(&trial.sealed)
        .map_err(|_unhelpful| bad_request("the trial is not base64"))?;
    blocking(move || {
        let opened = platform.open_trial(&caller.station, &sealed, platform.now())?;
        let receipt = opened.ok_or_else(|| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "the trial is not sealed to this platform",
            )
        })?;
        Ok(Json(Delivered { receipt }))
    })
    .await
}
