//! The platform's HTTP side: reads, bounds and authenticates requests; what they lead to is decided in [`super`].

use std::{future::pending, io, net::TcpListener, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::{Body, Bytes, to_bytes},
    extract::{Path, Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode, header::CONTENT_LENGTH, header::ETAG,
        header::IF_NONE_MATCH,
    },
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::de::DeserializeOwned;
use tokio::{sync::oneshot, task::spawn_blocking};

use super::{
    Kept, Platform,
    notes::{KeptNote, NoteClaim},
    parcel::Claim,
    people::Found,
    problem::Problem,
    rows::Applicant,
};
use crate::{
    capture::CaptureId,
    code::FeatureCode,
    contract::{
        Delivered, EnrolRequest, Enrolled, Heartbeat, HeartbeatAnswer, KeyTrial, ResolveRequest,
        SignedBatch, SignedKeys, StationRequest, content_digest, header, limit, path, public_key,
        sha256_hex,
    },
    jws::{self, KeySet, Purpose, key_id},
    time::Wall,
};

/// Ends a running platform when dropped.
#[derive(Debug)]
pub struct Stopper(#[expect(dead_code, reason = "it acts by being dropped")] oneshot::Sender<()>);

/// Tells [`run`] when to end.
#[derive(Debug)]
pub struct Stop(oneshot::Receiver<()>);

/// The two ends of a stop signal.
pub fn stop_pair() -> (Stopper, Stop) {
    let (sender, receiver) = oneshot::channel::<()>();
    (Stopper(sender), Stop(receiver))
}

/// How long requests under way may take to end.
const GRACE: Duration = Duration::from_secs(1);

/// How far a booth's clock may be off where the answer reveals something. Deliveries are taken at any date.
const FRESH: Duration = Duration::from_mins(5);

/// Longest name of a booth, characters.
const LONGEST_NAME: usize = 100;

/// Answers booths on `listener` until `stop`. Blocks, and owns its own runtime: the caller gives it a thread.
pub fn run(platform: Arc<Platform>, listener: TcpListener, stop: Stop) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("reference")
        .enable_all()
        .build()?;
    let served = runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let (ending, ended) = oneshot::channel::<()>();
        let stopped = async move {
            // An error says that the stopper is gone, which is how it speaks.
            drop(stop.0.await);
            drop(ending);
        };
        let too_late = async move {
            drop(ended.await);
            tokio::time::sleep(GRACE).await;
        };
        let serving = axum::serve(listener, router(platform)).with_graceful_shutdown(stopped);
        tokio::select! {
            served = serving => served,
            () = too_late => Ok(()),
        }
    });
    runtime.shutdown_timeout(GRACE);
    served
}

/// The platform's clock: a server knows the time by itself. In whole milliseconds, as the rows keep it.
#[expect(
    clippy::disallowed_methods,
    reason = "the platform is a program of its own, with its own clock"
)]
pub(super) fn now() -> Wall {
    Wall::from_unix_ms(jiff::Timestamp::now().as_millisecond())
}

type Shared = State<Arc<Platform>>;

fn router(platform: Arc<Platform>) -> Router {
    let batch = format!("{}/{{feature_code}}", path::BATCHES);
    let capture = format!("{}/{{id}}", path::CAPTURES);
    let note_path = format!("{capture}/{}/{{number}}", path::NOTES);
    Router::new()
        .route(path::ENROL, post(enrol))
        .route(path::KEYS, get(keys))
        .route(&batch, get(batches))
        .route(path::RESOLVE, post(resolve))
        .route(&capture, put(deliver))
        .route(&note_path, put(note))
        .route(path::HEARTBEAT, post(heartbeat))
        .route(path::KEY_TRIAL, post(key_trial))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "no such path"))
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no such method here")
        })
        .with_state(platform)
}

async fn enrol(State(platform): Shared, request: Request) -> Result<Json<Enrolled>, Problem> {
    let (head, body) = request.into_parts();
    let body = read(&head.headers, body, limit::BODY_BYTES).await?;
    let asked: EnrolRequest = parse(&body)?;
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
            at: now(),
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
            keys: platform.key_document.clone(),
        }))
    })
    .await
}

async fn keys(State(platform): Shared) -> Json<SignedKeys> {
    Json(SignedKeys {
        keys: platform.key_document.clone(),
    })
}

async fn batches(
    State(platform): Shared,
    Path(feature_code): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (_, request) = admit(&platform, request, 0).await?;
    let batch = FeatureCode::parse(&feature_code)
        .and_then(|code| platform.batch(&code))
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no such batch"))?;
    let held = request.headers.get(IF_NONE_MATCH);
    let mut response = if held.is_some_and(|held| held.as_bytes() == batch.etag.as_bytes()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let manifest = batch.token.clone();
        Json(SignedBatch { manifest }).into_response()
    };
    if let Ok(etag) = HeaderValue::from_str(&batch.etag) {
        response.headers_mut().insert(ETAG, etag);
    }
    Ok(response)
}

async fn resolve(State(platform): Shared, request: Request) -> Result<Response, Problem> {
    let (caller, request) = admit(&platform, request, limit::BODY_BYTES).await?;
    let now = now();
    if now.unix_ms().abs_diff(caller.at.unix_ms()) > FRESH.as_millis() as u64 {
        return Err(unauthorised().because("the booth's clock is more than five minutes off"));
    }
    let asked: ResolveRequest = parse(&request.body)?;
    let batch = platform
        .batch(&asked.feature_code)
        .ok_or_else(|| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no such batch"))?;
    let code = STANDARD
        .decode(&asked.code)
        .map_err(|_may_quote_a_person| bad_request("the code is not base64"))?;
    match platform
        .people()
        .find(&code, &asked.tail, &batch.school, now)
    {
        Found::Person(person) => Ok(Json(person).into_response()),
        Found::Nobody => Err(Problem::new(
            StatusCode::NOT_FOUND,
            "code and tail do not belong together",
        )),
        Found::TooManyTries(wait) => Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many wrong tails for this code",
        )
        .after(wait)),
    }
}

async fn deliver(
    State(platform): Shared,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (caller, request) = admit(&platform, request, limit::PARCEL_BYTES).await?;
    let id = CaptureId::parse(&id).ok_or_else(|| bad_request("this is not a capture's id"))?;
    let seq = sequence(&request.headers)?;
    blocking(move || {
        let claim = Claim {
            station: &caller.station,
            keys: &caller.keys,
            id,
            seq,
        };
        let answer = |status, receipt| (status, Json(Delivered { receipt })).into_response();
        match platform.keep(&claim, &request.body, now())? {
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
    State(platform): Shared,
    Path((id, number)): Path<(String, u32)>,
    request: Request,
) -> Result<Response, Problem> {
    let (caller, request) = admit(&platform, request, limit::BODY_BYTES).await?;
    let id = CaptureId::parse(&id).ok_or_else(|| bad_request("this is not a capture's id"))?;
    let seq = sequence(&request.headers)?;
    blocking(move || {
        let claim = NoteClaim {
            station: &caller.station,
            keys: &caller.keys,
            id,
            seq,
            number,
        };
        let answer = |status, receipt| (status, Json(Delivered { receipt })).into_response();
        match platform.keep_note(&claim, &request.body, now())? {
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

/// The capture's number in its booth's count.
fn sequence(headers: &HeaderMap) -> Result<u64, Problem> {
    text(headers, header::SEQUENCE)
        .and_then(|seq| seq.parse().ok())
        .filter(|seq| (1..=i64::MAX as u64).contains(seq))
        .ok_or_else(|| bad_request("the sequence number is missing or not a number from 1"))
}

async fn heartbeat(
    State(platform): Shared,
    request: Request,
) -> Result<Json<HeartbeatAnswer>, Problem> {
    let (caller, request) = admit(&platform, request, limit::BODY_BYTES).await?;
    let beat: Heartbeat = parse(&request.body)?;
    blocking(move || Ok(Json(platform.beat(&caller.station, &beat, now())?))).await
}

async fn key_trial(State(platform): Shared, request: Request) -> Result<Json<Delivered>, Problem> {
    let (caller, request) = admit(&platform, request, limit::BODY_BYTES).await?;
    let trial: KeyTrial = parse(&request.body)?;
    let sealed = STANDARD
        .decode(&trial.sealed)
        .map_err(|_unhelpful| bad_request("the trial is not base64"))?;
    blocking(move || {
        let opened = platform.open_trial(&caller.station, &sealed, now())?;
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

/// A booth whose signature over this request verified.
struct Caller {
    station: String,
    keys: KeySet,
    /// By the booth's clock.
    at: Wall,
}

/// A request whose body is the one that was signed.
struct Admitted {
    headers: HeaderMap,
    body: Bytes,
}

/// Looks at the signature before a byte of the body is read, and at the body's digests after.
async fn admit(
    platform: &Arc<Platform>,
    request: Request,
    most: usize,
) -> Result<(Caller, Admitted), Problem> {
    let (head, body) = request.into_parts();
    let station = text(&head.headers, header::STATION).ok_or_else(unauthorised)?;
    let keys = {
        let (platform, station) = (Arc::clone(platform), station.clone());
        blocking(move || Ok(platform.station_keys(&station)?)).await?
    }
    .ok_or_else(unauthorised)?;
    let signed: StationRequest = text(&head.headers, header::REQUEST)
        .and_then(|token| jws::verify(Purpose::StationRequest, &token, &keys).ok())
        .ok_or_else(unauthorised)?;
    if signed.station != station
        || signed.method != head.method.as_str()
        || signed.path != head.uri.path()
    {
        return Err(unauthorised().because("the signature is for another request"));
    }
    let body = read(&head.headers, body, most).await?;
    if sha256_hex(&body) != signed.body_sha256 {
        return Err(unauthorised().because("the signature is for another body"));
    }
    let caller = Caller {
        station,
        keys,
        at: signed.at,
    };
    let admitted = Admitted {
        headers: head.headers,
        body,
    };
    Ok((caller, admitted))
}

/// Reads a body of at most `most` bytes whose `Content-Digest` fits. An empty one needs none.
async fn read(headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")
            .because(format!("at most {most} bytes are taken"))
    };
    let declared: Option<u64> = text(headers, CONTENT_LENGTH.as_str()).and_then(|n| n.parse().ok());
    if declared.is_some_and(|declared| declared > most as u64) {
        return Err(too_large());
    }
    // A body of declared length can only break off; one without ends at the bound.
    let body = to_bytes(body, most)
        .await
        .map_err(|_either| match declared {
            Some(_) => bad_request("the body broke off"),
            None => too_large(),
        })?;
    let digest = text(headers, "content-digest");
    let fits = digest.map_or(body.is_empty(), |digest| digest == content_digest(&body));
    if fits {
        Ok(body)
    } else {
        Err(bad_request("the body does not have its Content-Digest"))
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|_may_quote_a_person| bad_request("the body does not have the expected fields"))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn bad_request(why: &'static str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "the request is not understood").because(why)
}

const fn unauthorised() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "the request is not signed by a booth of this platform",
    )
}

/// Disk and database work, off the threads that serve.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(why) if why.is_panic() => {
            tracing::error!("a request's work panicked");
            Err(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the platform has trouble of its own",
            ))
        }
        // The runtime is going down, and with it this connection.
        Err(_cancelled) => pending().await,
    }
}
