//! Pages for people: plain HTML without scripts or resources from elsewhere. None of them names a
//! person.

mod audit;
mod booths;
mod pay;
mod photo;
mod receipt;

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};

use super::{Platform, problem::Problem};
use crate::{
    contract::{path, sha256_hex},
    lang::{Lang, Text},
    time::Wall,
};

/// Returns the routes of all pages.
pub(super) fn router() -> Router<Arc<Platform>> {
    let receipt_path = format!("{}/{{statement}}", path::RECEIPT_PAGE);
    Router::new()
        .route("/style.css", get(style))
        .route(&receipt_path, get(receipt::page))
        .route(&format!("{receipt_path}/pay"), post(receipt::pay))
        .route("/pay/{order}", get(pay::page).post(pay::pay))
        .route("/d/{secret}", get(photo::download))
        .route("/booths/{secret}", get(booths::page))
        .route("/booths/{secret}/{station}/revoke", post(booths::revoke))
        .route("/booths/{secret}/{station}/readmit", post(booths::readmit))
        .route("/booths/{secret}/{station}/clear", post(booths::clear))
        .route("/audit/{secret}", get(audit::page))
        .route("/audit/{secret}/{id}/portrait.jpg", get(audit::portrait))
        .route("/audit/{secret}/{id}/approve", post(audit::approve))
        .route("/audit/{secret}/{id}/reject", post(audit::reject))
        .route("/audit/{secret}/{id}/vouch", post(audit::vouch))
        .route("/audit/{secret}/{id}/ready", post(audit::ready))
        .route("/audit/{secret}/{id}/upload", post(audit::upload))
}

async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, include_str!("pages/style.css")).into_response()
}

/// No script, no frame, nothing from elsewhere; no referrer; no copy in the cache of a shared
/// phone.
const GUARDS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

fn guarded(mut response: Response) -> Response {
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, value) in GUARDS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// How wide a page is.
#[derive(Clone, Copy)]
enum Width {
    Phone,
    Desk,
}

/// Builds a whole page; `body` is HTML.
fn page(status: StatusCode, title: Text, width: Width, body: &str) -> Response {
    let class = match width {
        Width::Phone => "",
        Width::Desk => " class=\"wide\"",
    };
    let (zh, en) = (title.zh, title.en);
    let html = format!(
        "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{zh} {en}</title>\
         <link rel=\"stylesheet\" href=\"/style.css\"></head><body><main{class}>\
         <header><b>{zh}</b><span lang=\"en\">{en}</span></header>\n{body}</main></body></html>\n"
    );
    guarded((status, Html(html)).into_response())
}

/// Builds a page with one statement.
fn notice(status: StatusCode, title: Text, said: Text) -> Response {
    let body = format!("<section class=\"wait\">{}</section>", heading(said));
    page(status, title, Width::Phone, &body)
}

/// Builds a page of a refusal: it says no more about the platform than a machine would learn.
fn trouble(problem: Problem) -> Response {
    let status = problem.into_response().status();
    let said = Text::new(
        "平台暂时无法回答，请稍后再试",
        "The platform cannot answer now: please try again later",
    );
    notice(status, Text::new("提示", "Notice"), said)
}

/// Redirects to another page, to be fetched fresh.
fn to(address: &str) -> Response {
    guarded(Redirect::to(address).into_response())
}

fn heading(text: Text) -> String {
    format!(
        "<h1>{}</h1><p class=\"en\" lang=\"en\">{}</p>",
        text.zh, text.en
    )
}

/// Writes one sentence in both languages. It may hold dates, and nothing else that came from
/// outside.
fn sentence(zh: &str, en: &str) -> String {
    format!(
        "<p>{}</p><p class=\"en\" lang=\"en\">{}</p>",
        escaped(zh),
        escaped(en)
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Writes terms and values, one row each. Values are escaped.
fn table(rows: &[(Text, String)]) -> String {
    let rows = joined(rows, |(Text { zh, en }, value)| {
        let value = escaped(value);
        format!("<dt>{zh} <span class=\"en\" lang=\"en\">{en}</span></dt><dd>{value}</dd>")
    });
    format!("<dl>{rows}</dl>")
}

/// Joins the HTML of all items.
fn joined<T>(items: impl IntoIterator<Item = T>, html: impl Fn(T) -> String) -> String {
    let items = items.into_iter();
    items.fold(String::new(), |all, item| all + &html(item))
}

/// Returns whether this is the secret of a page. Hashes are compared, so that the time taken
/// reveals nothing.
fn is_secret(given: &str, secret: &str) -> bool {
    sha256_hex(given.as_bytes()) == sha256_hex(secret.as_bytes())
}

/// Writes a moment for readers in China.
fn moment(at: Wall) -> String {
    format!("{} {}", at.china_date(), at.china_clock())
}

/// Writes a promised date in one language.
fn promised(promise: crate::calendar::Promise, lang: Lang) -> String {
    let about = Text::new("（预计）", " (estimate)");
    let date = promise.date.to_string();
    if promise.estimate {
        date + about.get(lang)
    } else {
        date
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        assert_eq!(
            escaped("<b a=\"1\" c='2'>&"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;"
        );
    }

    #[test]
    fn a_moment_is_told_in_china() {
        let at = Wall("2026-06-01T16:05:00Z".parse().unwrap());
        assert_eq!(moment(at), "2026-06-02 00:05");
    }
}
