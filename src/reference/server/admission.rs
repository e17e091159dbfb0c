//! Which requests are admitted: signature, rate, size, digest, and how long the body may take.

use std::{
    future::{pending, poll_fn},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::CONTENT_LENGTH, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use tokio::{task::spawn_blocking, time::timeout};

use super::{Peer, Served};
use crate::{
    contract::{StationRequest, content_digest, header, limit, sha256_hex},
    jws::{self, KeySet, Purpose},
    reference::{Platform, problem::Problem, rates::Place},
    time::Wall,
};

/// How far a booth's clock may be off where the answer reveals something. Deliveries are accepted
/// at any date.
const FRESH: Duration = Duration::from_mins(5);

/// The slowest line for which a body is waited for.
const SLOWEST_BYTES_PER_S: u64 = 1024;

/// A booth whose signature over this request verified.
pub(super) struct Caller {
    pub station: String,
    pub keys: KeySet,
    /// By the booth's clock.
    at: Wall,
}

impl Caller {
    /// Refuses a request that may be a replay of an old one.
    pub fn is_fresh(&self, now: Wall) -> Result<(), Problem> {
        if now.unix_ms().abs_diff(self.at.unix_ms()) > FRESH.as_millis() as u64 {
            return Err(unauthorised().because("the booth's clock is more than five minutes off"));
        }
        Ok(())
    }
}

/// A request whose body is the one that was signed.
pub(super) struct Admitted {
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Admits a booth's question: short, and not too many of them.
pub(super) async fn admit_question(
    platform: &Arc<Platform>,
    request: Request,
) -> Result<(Caller, Admitted), Problem> {
    let (head, body) = request.into_parts();
    let signed = signed(platform, &head).await?;
    paced(platform, &signed.caller.station)?;
    let admitted = whole(platform, &signed, head.headers, body, limit::BODY_BYTES).await?;
    Ok((signed.caller, admitted))
}

/// Admits a booth's delivery: as much as its line carries, but not too many at once.
pub(super) async fn admit_delivery(
    platform: &Arc<Platform>,
    request: Request,
    most: usize,
) -> Result<(Caller, Admitted, Place), Problem> {
    let (head, body) = request.into_parts();
    let signed = signed(platform, &head).await?;
    let place = platform.deliveries.take(&signed.caller.station);
    let place = place.ok_or_else(|| {
        let title = "too many deliveries at once";
        Problem::new(StatusCode::TOO_MANY_REQUESTS, title).after(Duration::ZERO)
    })?;
    let admitted = whole(platform, &signed, head.headers, body, most).await?;
    Ok((signed.caller, admitted, place))
}

/// Limits the rate of requests that need no signature, by address.
pub(super) async fn by_address(
    State(platform): Served,
    axum::Extension(peer): axum::Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    match peer.address.map_or(Ok(()), |who| paced(&platform, &who)) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn paced(platform: &Platform, who: &str) -> Result<(), Problem> {
    let taken = platform.rates().take(who, platform.now());
    taken.map_err(|wait| {
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many requests").after(wait)
    })
}

/// Reads the short body of a request that nobody signed.
pub(super) async fn read_question(platform: &Platform, request: Request) -> Result<Bytes, Problem> {
    let (head, body) = request.into_parts();
    read(platform, &head.headers, body, limit::BODY_BYTES).await
}

/// A head that a booth signed, and the body that it signed with it.
struct Signed {
    caller: Caller,
    body_sha256: String,
}

/// Verifies the signature before a byte of the body is read. Until it verifies, the request counts
/// for its address, separately from what that address asks without a signature: people behind one
/// router do not slow the booths there.
async fn signed(platform: &Arc<Platform>, head: &Parts) -> Result<Signed, Problem> {
    let address = head.extensions.get::<Peer>();
    let address = address.and_then(|peer| peer.address.as_ref());
    let unproven = address.map(|address| format!("signed {address}"));
    if let Some(unproven) = &unproven {
        paced(platform, unproven)?;
    }
    let signed = verified(platform, head).await?;
    if let Some(unproven) = &unproven {
        platform.rates().give_back(unproven);
    }
    Ok(signed)
}

async fn verified(platform: &Arc<Platform>, head: &Parts) -> Result<Signed, Problem> {
    let station = text(&head.headers, header::STATION).ok_or_else(unauthorised)?;
    let token = text(&head.headers, header::REQUEST).ok_or_else(unauthorised)?;
    let enrolled = {
        let (platform, station) = (Arc::clone(platform), station.clone());
        blocking(move || Ok(platform.roster.find(&station)?)).await?
    }
    .ok_or_else(unauthorised)?;
    let signed: StationRequest = jws::verify(Purpose::StationRequest, &token, &enrolled.keys)
        .map_err(|_unhelpful| unauthorised())?;
    if signed.station != station
        || signed.method != head.method.as_str()
        || signed.path != head.uri.path()
    {
        return Err(unauthorised().because("the signature is for another request"));
    }
    if enrolled.is_revoked {
        return Err(unauthorised().because("this booth was revoked"));
    }
    Ok(Signed {
        caller: Caller {
            station,
            keys: enrolled.keys,
            at: signed.at,
        },
        body_sha256: signed.body_sha256,
    })
}

/// Reads the body that belongs to a signed head.
async fn whole(
    platform: &Platform,
    signed: &Signed,
    headers: HeaderMap,
    body: Body,
    most: usize,
) -> Result<Admitted, Problem> {
    let body = read(platform, &headers, body, most).await?;
    if sha256_hex(&body) != signed.body_sha256 {
        return Err(unauthorised().because("the signature is for another body"));
    }
    Ok(Admitted { headers, body })
}

/// Reads a body of at most `most` bytes whose `Content-Digest` matches. An empty one needs none.
async fn read(
    platform: &Platform,
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<Bytes, Problem> {
    let body = read_bounded(platform, headers, body, most).await?;
    let digest = text(headers, "content-digest");
    let fits = digest.map_or(body.is_empty(), |digest| digest == content_digest(&body));
    if fits {
        Ok(body)
    } else {
        Err(bad_request("the body does not have its Content-Digest"))
    }
}

async fn read_bounded(
    platform: &Platform,
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")
            .because(format!("at most {most} bytes are taken"))
    };
    let declared: Option<u64> = text(headers, CONTENT_LENGTH.as_str()).and_then(|n| n.parse().ok());
    if declared.is_some_and(|declared| declared > most as u64) {
        return Err(too_large());
    }
    let silence = platform.terms.patience;
    let slowest = Duration::from_secs(declared.unwrap_or(most as u64) / SLOWEST_BYTES_PER_S);
    match timeout(silence + slowest, collected(body, most, silence)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(Cut::Silent)) | Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "the body came too slowly",
        )),
        Ok(Err(Cut::Broken)) => Err(bad_request("the body broke off")),
        Ok(Err(Cut::TooLong)) => Err(too_large()),
    }
}

/// Why a body did not arrive whole.
enum Cut {
    /// Nothing arrived for too long.
    Silent,
    Broken,
    TooLong,
}

/// Collects at most `most` bytes; the next piece is never waited for longer than `silence`.
async fn collected(mut body: Body, most: usize, silence: Duration) -> Result<Bytes, Cut> {
    let mut bytes = Vec::new();
    loop {
        let next = poll_fn(|context| Pin::new(&mut body).poll_frame(context));
        let Some(frame) = timeout(silence, next)
            .await
            .map_err(|_elapsed| Cut::Silent)?
        else {
            return Ok(bytes.into());
        };
        let frame = frame.map_err(|_unhelpful| Cut::Broken)?;
        if let Some(piece) = frame.data_ref() {
            if bytes.len() + piece.len() > most {
                return Err(Cut::TooLong);
            }
            bytes.extend_from_slice(piece);
        }
    }
}

/// Returns the ticked values of a page's form, which are plain names: nothing in them is encoded.
pub(in crate::reference) async fn ticked(
    platform: &Platform,
    request: Request,
) -> Result<Vec<String>, Problem> {
    let (head, body) = request.into_parts();
    let body = read_bounded(platform, &head.headers, body, limit::BODY_BYTES).await?;
    let body = String::from_utf8_lossy(&body);
    let values = body.split('&').filter_map(|field| field.split_once('='));
    Ok(values.map(|(_, value)| value.to_owned()).collect())
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|_may_quote_a_person| bad_request("the body does not have the expected fields"))
}

pub(super) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

pub(super) fn bad_request(why: &'static str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "the request is not understood").because(why)
}

pub(super) const fn unauthorised() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "the request is not signed by a booth of this platform",
    )
}

/// Runs disk and database work off the threads that serve.
pub(in crate::reference) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(why) if why.is_panic() => {
            tracing::error!("a request's work panicked");
            Err(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the platform has an internal error",
            ))
        }
        // The runtime is shutting down, and with it this connection.
        Err(_cancelled) => pending().await,
    }
}
