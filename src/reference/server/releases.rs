//! Passes releases on to booths. Who makes the program signed them; this platform cannot.

use std::{
    fs::File,
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    path,
};

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{
    Served, Shared,
    admission::{admit_question, bad_request, blocking},
};
use crate::{
    contract::{self, SignedRelease, limit},
    reference::{PlatformError, problem::Problem},
    release::{self, MANIFEST_BYTES},
};

/// Returns the routes of releases, which a booth signs.
pub(super) fn signed() -> Router<Shared> {
    let part = format!(
        "{}/{}/{{sha256}}/{{from}}",
        contract::path::RELEASE,
        contract::path::FILES
    );
    Router::new()
        .route(contract::path::RELEASE, get(newest))
        .route(&part, get(part_of_file))
}

async fn newest(State(platform): Served, request: Request) -> Result<Json<SignedRelease>, Problem> {
    admit_question(&platform, request).await?;
    blocking(move || {
        let place = platform.releases.join(release::MANIFEST);
        let bytes = read_from(&place, 0, MANIFEST_BYTES)?.ok_or_else(nothing)?;
        let release = String::from_utf8(bytes).map_err(|_unhelpful| nothing())?;
        let release = release.trim_end().to_owned();
        Ok(Json(SignedRelease { release }))
    })
    .await
}

async fn part_of_file(
    State(platform): Served,
    Path((sha256, from)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    admit_question(&platform, request).await?;
    if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(bad_request("this is not a file's hash"));
    }
    let from = from
        .parse()
        .map_err(|_unhelpful| bad_request("this is not a number of bytes"))?;
    blocking(move || {
        let place = platform.releases.join(release::FILES).join(sha256);
        let bytes = read_from(&place, from, limit::PART_BYTES)?.ok_or_else(nothing)?;
        Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
    })
    .await
}

/// Reads at most `most` bytes of a file from `from` on; `None` if there is no such file.
fn read_from(place: &path::Path, from: u64, most: usize) -> Result<Option<Vec<u8>>, Problem> {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(place)?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) => Ok(Some(bytes)),
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
        Err(why) => Err(PlatformError::from(why).into()),
    }
}

fn nothing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no such release")
}
