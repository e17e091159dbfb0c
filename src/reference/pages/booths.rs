//! The page of the people who look after the booths: all booths, what is wrong with them, and one
//! touch that revokes one. Its address is the key to it.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};

use super::{Width, heading, is_secret, joined, moment, notice, page as whole, table, to, trouble};
use crate::{
    contract::StationAlarm,
    lang::Text,
    reference::{
        Booth, Platform, PlatformError,
        server::{Served, blocking},
    },
};

const TITLE: Text = Text::new("采集设备", "Booths");

pub(super) async fn page(State(platform): Served, Path(secret): Path<String>) -> Response {
    if !is_secret(&secret, &platform.booths_secret) {
        return unknown();
    }
    match blocking(move || Ok(platform.booths()?)).await {
        Ok(booths) => {
            let cards = joined(&booths, |booth| card(booth, &secret));
            let html = format!(
                "<section>{}</section><div class=\"cards\">{cards}</div>",
                heading(TITLE)
            );
            whole(StatusCode::OK, TITLE, Width::Desk, &html)
        }
        Err(problem) => trouble(problem),
    }
}

type Named = Path<(String, String)>;

pub(super) async fn revoke(State(platform): Served, named: Named) -> Response {
    act(platform, named, Platform::revoke).await
}

pub(super) async fn readmit(State(platform): Served, named: Named) -> Response {
    act(platform, named, Platform::readmit).await
}

pub(super) async fn clear(State(platform): Served, named: Named) -> Response {
    act(platform, named, Platform::clear_alarms).await
}

/// Performs one action on one booth and shows the page again; an unknown booth gives "not found".
async fn act(
    platform: std::sync::Arc<Platform>,
    Path((secret, station)): Named,
    step: fn(&Platform, &str) -> Result<(), PlatformError>,
) -> Response {
    if !is_secret(&secret, &platform.booths_secret) {
        return unknown();
    }
    let done = blocking(move || match step(&platform, &station) {
        Err(PlatformError::NoBooth(_)) => Ok(false),
        done => Ok(done.map(|()| true)?),
    })
    .await;
    match done {
        Ok(true) => to(&format!("/booths/{secret}")),
        Ok(false) => unknown(),
        Err(problem) => trouble(problem),
    }
}

fn unknown() -> Response {
    let said = Text::new("没有这个页面", "There is no such page");
    notice(StatusCode::NOT_FOUND, TITLE, said)
}

fn card(booth: &Booth, secret: &str) -> String {
    let class = match (booth.revoked_at, booth.alarms.is_empty()) {
        (Some(_), _) => "",
        (None, false) => "late",
        (None, true) => "good",
    };
    let alarms = joined(&booth.alarms, |alarm| {
        let Text { zh, en } = alarm_in_words(*alarm);
        format!("<p><b>{zh}</b></p><p class=\"en\" lang=\"en\">{en}</p>")
    });
    let at = format!("/booths/{secret}/{}", booth.station);
    let button = |step: &str, Text { zh, en }: Text| {
        format!("<form method=\"post\" action=\"{at}/{step}\"><button>{zh} {en}</button></form>")
    };
    let revoke = match booth.revoked_at {
        None => button("revoke", Text::new("吊销", "Revoke")),
        Some(_) => button("readmit", Text::new("恢复", "Readmit")),
    };
    let clear = if booth.alarms.is_empty() {
        String::new()
    } else {
        button("clear", Text::new("已查明", "Looked into"))
    };
    format!(
        "<section class=\"{class}\">{}{alarms}{revoke}{clear}</section>",
        table(&facts(booth))
    )
}

fn facts(booth: &Booth) -> Vec<(Text, String)> {
    let never = || "-".to_owned();
    let mut facts = vec![
        (Text::new("名称", "Name"), booth.name.clone()),
        (Text::new("编号", "Station"), booth.station.clone()),
        (Text::new("已上传", "Captures"), booth.captures.to_string()),
        (
            Text::new("最近联系", "Last heard"),
            booth.seen_at.map_or_else(never, moment),
        ),
    ];
    if let Some(at) = booth.revoked_at {
        facts.push((Text::new("吊销于", "Revoked"), moment(at)));
    }
    facts
}

const fn alarm_in_words(alarm: StationAlarm) -> Text {
    match alarm {
        StationAlarm::AuditAltered => Text::new(
            "操作日志被删改",
            "Its audit log was cut, edited or replaced by an older one",
        ),
        StationAlarm::SequenceForked => Text::new(
            "硬盘被复制：两台设备使用同一身份",
            "Copied disk: two booths work under one identity",
        ),
        StationAlarm::CapturesMissing => Text::new(
            "平台缺少已开回执的采集：平台由较旧的备份恢复，请恢复更新的备份",
            "Captures that were receipted are missing: the platform was restored from an older backup; restore a newer one",
        ),
    }
}
