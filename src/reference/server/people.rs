//! What booths request for a person standing there, and what a receipt alone opens.

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    Served, Shared,
    admission::{admit_question, bad_request, blocking, parse},
};
use crate::{
    capture::CaptureId,
    code::FeatureCode,
    contract::{
        OrderRequest, PayOrder, PersonProgress, PersonRequest, Progress, Resolved, Verdicts, path,
    },
    reference::{
        ByReceipt, Platform,
        orders::Ordered,
        people::{Found, Register, person},
        problem::Problem,
    },
    time::Wall,
};

/// Returns the routes that a booth signs.
pub(super) fn signed() -> Router<Shared> {
    let order_path = format!("{}/{{order}}", path::ORDERS);
    let confirmation = format!("{}/{{id}}/{}", path::CAPTURES, path::CONFIRMATION);
    let verdicts_path = format!("{}/{{after}}", path::VERDICTS);
    Router::new()
        .route(path::RESOLVE, post(resolve))
        .route(path::ORDERS, post(order))
        .route(&order_path, get(order_state))
        .route(path::PROGRESS, post(progress))
        .route(&confirmation, post(confirm))
        .route(&verdicts_path, get(verdicts))
}

/// Returns the routes that show states only: holding a receipt is enough.
pub(super) fn unsigned() -> Router<Shared> {
    let receipt_path = format!("{}/{{statement}}", path::RECEIPTS);
    Router::new().route(&receipt_path, get(receipt))
}

/// Somebody whose code and tail belong together, in a batch of this platform.
struct Known {
    register: Register,
    batch: FeatureCode,
    code_sha256: String,
}

impl Known {
    fn find(platform: &Platform, asked: &PersonRequest, now: Wall) -> Result<Self, Problem> {
        let offered = platform
            .batch(&asked.feature_code)
            .ok_or_else(|| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no such batch"))?;
        let code = STANDARD
            .decode(&asked.code)
            .map_err(|_may_quote_a_person| bad_request("the code is not base64"))?;
        let who = person(&code, &asked.tail);
        match platform.find_person(&who, &asked.tail, now)? {
            Found::Person(register) => Ok(Self {
                register,
                batch: offered.batch.feature_code.clone(),
                code_sha256: who.code_sha256,
            }),
            Found::Nobody => Err(nobody()),
            Found::TooManyTries(wait) => Err(Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too many wrong tails for this code",
            )
            .after(wait)),
        }
    }
}

const fn nobody() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "code and tail do not belong together",
    )
}

async fn resolve(State(platform): Served, request: Request) -> Result<Json<Resolved>, Problem> {
    let (caller, request) = admit_question(&platform, request).await?;
    let now = platform.now();
    caller.is_fresh(now)?;
    let asked: PersonRequest = parse(&request.body)?;
    blocking(move || {
        let known = Known::find(&platform, &asked, now)?;
        let school = platform
            .batch(&known.batch)
            .map(|offered| &offered.batch.school);
        Ok(Json(Resolved {
            school: school.cloned().unwrap_or_default(),
            level: known.register.level.clone(),
            paid: platform.is_paid(&known.code_sha256, &known.batch)?,
            earlier: platform.current(&known.code_sha256, &known.batch)?,
            masked_name: known.register.masked_name,
        }))
    })
    .await
}

async fn order(State(platform): Served, request: Request) -> Result<Response, Problem> {
    let (caller, request) = admit_question(&platform, request).await?;
    let now = platform.now();
    caller.is_fresh(now)?;
    let asked: OrderRequest = parse(&request.body)?;
    blocking(move || {
        let known = Known::find(&platform, &asked.person, now)?;
        let answer = |status, order: PayOrder| Ok((status, Json(order)).into_response());
        let person = (known.code_sha256.as_str(), &known.batch);
        match platform.order(person, asked.capture, Some(&caller.station), now)? {
            Ordered::New(order) => answer(StatusCode::CREATED, order),
            Ordered::Again(order) => answer(StatusCode::OK, order),
            Ordered::NothingToPay => Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "nothing is to be paid in this batch",
            )),
        }
    })
    .await
}

async fn order_state(
    State(platform): Served,
    Path(number): Path<String>,
    request: Request,
) -> Result<Json<PayOrder>, Problem> {
    let (caller, _) = admit_question(&platform, request).await?;
    blocking(move || {
        let order = platform.order_asked_by(&caller.station, &number, platform.now())?;
        let order = order.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no such order"))?;
        Ok(Json(order))
    })
    .await
}

async fn progress(
    State(platform): Served,
    request: Request,
) -> Result<Json<PersonProgress>, Problem> {
    let (caller, request) = admit_question(&platform, request).await?;
    let now = platform.now();
    caller.is_fresh(now)?;
    let asked: PersonRequest = parse(&request.body)?;
    blocking(move || {
        let known = Known::find(&platform, &asked, now)?;
        told(&platform, known, now)
    })
    .await
}

async fn confirm(
    State(platform): Served,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<PersonProgress>, Problem> {
    let (caller, request) = admit_question(&platform, request).await?;
    let now = platform.now();
    caller.is_fresh(now)?;
    let id = CaptureId::parse(&id).ok_or_else(|| bad_request("this is not a capture's id"))?;
    let asked: PersonRequest = parse(&request.body)?;
    blocking(move || {
        let known = Known::find(&platform, &asked, now)?;
        if !platform.is_theirs(id, &known.code_sha256)? {
            return Err(nobody());
        }
        platform.confirm(id, now)?;
        told(&platform, known, now)
    })
    .await
}

fn told(platform: &Platform, known: Known, now: Wall) -> Result<Json<PersonProgress>, Problem> {
    let name = known.register.masked_name;
    Ok(Json(platform.person_progress(
        name,
        &known.code_sha256,
        &known.batch,
        now,
    )?))
}

async fn verdicts(
    State(platform): Served,
    Path(after): Path<String>,
    request: Request,
) -> Result<Json<Verdicts>, Problem> {
    let (caller, _) = admit_question(&platform, request).await?;
    let after = after
        .parse()
        .map_err(|_unhelpful| bad_request("this is not a verdict's number"))?;
    blocking(move || Ok(Json(platform.verdicts(&caller.station, after)?))).await
}

async fn receipt(
    State(platform): Served,
    Path(statement): Path<String>,
) -> Result<Json<Progress>, Problem> {
    blocking(move || match platform.by_receipt(&statement)? {
        ByReceipt::Arrived(progress) => Ok(Json(progress)),
        ByReceipt::NotArrived(_) => Err(Problem::new(
            StatusCode::NOT_FOUND,
            "the capture has not come yet",
        )),
        ByReceipt::Foreign => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "no booth of this platform signed this receipt",
        )),
    })
    .await
}
