//! The auditors' page: the captures that wait, with their portrait; one touch accepts, a list of
//! reasons rejects. Its address is the key to it.

use axum::{
    extract::{Path, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    Width, guarded, heading, is_secret, joined, notice, page as whole, promised, table, to, trouble,
};
use crate::{
    capture::CaptureId,
    contract::{Progress, RejectReason, Stage},
    lang::{Lang, Text},
    reference::{
        Platform, PlatformError, Retained,
        problem::Problem,
        server::{Served, blocking, ticked},
    },
    time::Wall,
};

const TITLE: Text = Text::new("审核台", "Audit desk");

/// How many cards the page shows: the longest waiting come first, and the next when these are done.
const CARDS: usize = 12;

pub(super) async fn page(State(platform): Served, Path(secret): Path<String>) -> Response {
    if !platform.audits(&secret) {
        return unknown();
    }
    let lists = blocking(move || {
        let lists = Lists {
            doubted: platform.doubted_list()?,
            waiting: platform.audit_list()?,
            passed: platform.passed_list()?,
            confirmed: platform.confirmed_list()?,
            kept: platform.retention()?,
        };
        Ok((lists, platform.now()))
    })
    .await;
    match lists {
        Ok((lists, now)) => {
            let html = desk(&lists, &secret, now);
            whole(StatusCode::OK, TITLE, Width::Desk, &html)
        }
        Err(problem) => trouble(problem),
    }
}

struct Lists {
    doubted: Vec<Progress>,
    waiting: Vec<Progress>,
    passed: Vec<Progress>,
    confirmed: Vec<Progress>,
    kept: Vec<Retained>,
}

/// Returns one portrait, opened for the auditor and stored nowhere.
pub(super) async fn portrait(
    State(platform): Served,
    Path((secret, id)): Path<(String, String)>,
) -> Response {
    let Some(id) = CaptureId::parse(&id).filter(|_| platform.audits(&secret)) else {
        return unknown();
    };
    match blocking(move || Ok(platform.open_parcel(id)?.portrait)).await {
        Ok(jpeg) => {
            let mut response = jpeg.into_response();
            let kind = HeaderValue::from_static("image/jpeg");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            guarded(response)
        }
        Err(problem) => trouble(problem),
    }
}

type Named = Path<(String, String)>;

pub(super) async fn approve(State(platform): Served, named: Named) -> Response {
    act(platform, named, |platform, id| {
        platform.approve(id, platform.now())
    })
    .await
}

pub(super) async fn vouch(State(platform): Served, named: Named) -> Response {
    act(platform, named, Platform::vouch).await
}

pub(super) async fn ready(State(platform): Served, named: Named) -> Response {
    act(platform, named, |platform, id| {
        platform.standard_ready(id, platform.now())
    })
    .await
}

pub(super) async fn upload(State(platform): Served, named: Named) -> Response {
    act(platform, named, |platform, id| {
        platform.upload(id, platform.now())
    })
    .await
}

pub(super) async fn reject(State(platform): Served, named: Named, request: Request) -> Response {
    let reasons: Vec<RejectReason> = match ticked(&platform, request).await {
        Ok(names) => names
            .iter()
            .filter_map(|name| RejectReason::parse(name))
            .collect(),
        Err(problem) => return trouble(problem),
    };
    act(platform, named, move |platform, id| {
        platform.reject(id, &reasons, platform.now())
    })
    .await
}

/// Performs one action on one capture and shows the desk again, including what another auditor did
/// meanwhile.
async fn act(
    platform: std::sync::Arc<Platform>,
    Path((secret, id)): Named,
    step: impl FnOnce(&Platform, CaptureId) -> Result<Stage, PlatformError> + Send + 'static,
) -> Response {
    let Some(id) = CaptureId::parse(&id).filter(|_| platform.audits(&secret)) else {
        return unknown();
    };
    let done = blocking(move || match step(&platform, id) {
        Err(
            PlatformError::NotFrom { .. } | PlatformError::NoReason | PlatformError::Unknown(_),
        ) => Ok(()),
        done => done.map(drop).map_err(Problem::from),
    })
    .await;
    match done {
        Ok(()) => to(&format!("/audit/{secret}")),
        Err(problem) => trouble(problem),
    }
}

fn unknown() -> Response {
    let said = Text::new("没有这个页面", "There is no such page");
    notice(StatusCode::NOT_FOUND, TITLE, said)
}

impl Platform {
    /// Returns whether this is the audit page's secret.
    fn audits(&self, secret: &str) -> bool {
        is_secret(secret, &self.audit_secret)
    }
}

fn desk(lists: &Lists, secret: &str, now: Wall) -> String {
    let shown = lists.waiting.iter().take(CARDS);
    let cards = joined(shown, |capture| card(capture, secret, ACCEPT, now));
    let count = lists.waiting.len();
    let title = if count == 0 {
        heading(Text::new("没有待审核的照片", "Nothing waits"))
    } else {
        format!(
            "<h1>待审核 {count} 张</h1><p class=\"en\" lang=\"en\">{count} to be audited, the longest waiting first</p>"
        )
    };
    format!(
        "{}<section>{title}</section><div class=\"cards\">{cards}</div>{}{}",
        doubted(&lists.doubted, secret, now),
        next_steps(
            &lists.passed,
            secret,
            ("ready", Text::new("标准照已生成", "Standard photo ready"))
        ),
        next_steps(
            &lists.confirmed,
            secret,
            ("upload", Text::new("已上传学信网", "Uploaded to CHSI"))
        ),
    ) + &kept(&lists.kept, now)
}

/// Lists what is still kept, by batch, and when it is deleted.
fn kept(batches: &[Retained], now: Wall) -> String {
    let cards = joined(batches, |kept| {
        let is_late = kept.held > 0 && kept.until.is_some_and(|until| until <= now);
        let class = if is_late { "late" } else { "" };
        let until = kept.until.map_or_else(|| "?".to_owned(), super::moment);
        let facts = table(&[
            (Text::new("批次", "Batch"), kept.batch.as_str().to_owned()),
            (Text::new("保存", "Kept"), kept.held.to_string()),
            (Text::new("到期删除", "Deleted at"), until),
            (Text::new("已删除", "Deleted"), kept.erased.to_string()),
        ]);
        format!("<section class=\"{class}\">{facts}</section>")
    });
    let title = Text::new("保存与删除", "Kept and deleted");
    format!(
        "<section><h2>{} {}</h2></section><div class=\"cards\">{cards}</div>",
        title.zh, title.en
    )
}

/// A step that an auditor may confirm, and its name.
type Yes = (&'static str, Text);

const ACCEPT: Yes = ("approve", Text::new("通过", "Accept"));
const VOUCH: Yes = ("vouch", Text::new("已核实本人", "Identity found out"));

/// Lists captures whose code and tail do not belong together: whose are they?
fn doubted(captures: &[Progress], secret: &str, now: Wall) -> String {
    if captures.is_empty() {
        return String::new();
    }
    let cards = joined(captures.iter().take(CARDS), |capture| {
        card(capture, secret, VOUCH, now)
    });
    let title = heading(Text::new(
        "采集码与证件尾号不符，请核实身份",
        "Code and ID tail do not belong together: find out who it is",
    ));
    format!("<section class=\"bad\">{title}</section><div class=\"cards\">{cards}</div>")
}

fn card(capture: &Progress, secret: &str, (step, label): Yes, now: Wall) -> String {
    let id = capture.id;
    let (due, class) = match capture.stage {
        Stage::InAudit { by } if by.date < now.china_date() => (promised(by, Lang::Zh), "late"),
        Stage::InAudit { by } => (promised(by, Lang::Zh), ""),
        Stage::AwaitingPayment
        | Stage::Rejected { .. }
        | Stage::Passed { .. }
        | Stage::ToConfirm { .. }
        | Stage::Confirmed { .. }
        | Stage::Uploaded { .. }
        | Stage::Replaced
        | Stage::Voided
        | Stage::Withdrawn => (String::new(), ""),
    };
    let reasons = joined(RejectReason::ALL, |reason| {
        let (name, words) = (reason.name(), reason.sentence().zh);
        format!("<label><input type=\"checkbox\" name=\"reason\" value=\"{name}\">{words}</label>")
    });
    let at = format!("/audit/{secret}/{id}");
    format!(
        "<section class=\"{class}\"><img src=\"{at}/portrait.jpg\" width=\"240\" height=\"320\" alt=\"证件照 portrait\">\
         <dl><dt>回执码</dt><dd>{short}</dd><dt>拍摄</dt><dd>{taken}</dd><dt>最迟审核</dt><dd class=\"due\">{due}</dd></dl>\
         <form method=\"post\" action=\"{at}/{step}\"><button class=\"approve\">{zh} {en}</button></form>\
         <details><summary>不通过 Reject</summary><form method=\"post\" action=\"{at}/reject\">{reasons}\
         <button class=\"reject\">不通过 Reject</button></form></details></section>",
        short = id.short(),
        taken = super::moment(capture.captured_at),
        zh = label.zh,
        en = label.en,
    )
}

/// Lists captures past the audit, with the one step that follows.
fn next_steps(captures: &[Progress], secret: &str, (step, label): (&str, Text)) -> String {
    if captures.is_empty() {
        return String::new();
    }
    let rows = joined(captures.iter().take(CARDS), |capture| {
        let facts = table(&[
            (Text::new("回执码", "Receipt"), capture.id.short()),
            (capture.stage.title(), super::moment(capture.since)),
        ]);
        format!(
            "<section>{facts}<form method=\"post\" action=\"/audit/{secret}/{}/{step}\"><button>{} {}</button></form></section>",
            capture.id, label.zh, label.en
        )
    });
    format!(
        "<section><h2>{} {}</h2></section><div class=\"cards\">{rows}</div>",
        label.zh, label.en
    )
}
