//! The page behind a receipt's QR: the stage of one capture, who has to act, and by when. States
//! and dates only.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};

use super::{
    Width, heading, joined, moment, notice, page as whole, promised, sentence, table, to, trouble,
};
use crate::{
    calendar::Promise,
    capture::CaptureId,
    contract::{Actor, Progress, RejectReason, Stage, path},
    lang::{Lang, Text},
    reference::{
        ByReceipt, Platform, PlatformError,
        orders::Ordered,
        problem::Problem,
        server::{Served, blocking},
    },
    time::Wall,
};

const TITLE: Text = Text::new("毕业照采集进度", "Graduation photo progress");

pub(super) async fn page(State(platform): Served, Path(statement): Path<String>) -> Response {
    let told = blocking(move || {
        let by_receipt = platform.by_receipt(&statement)?;
        let may_pay = match &by_receipt {
            ByReceipt::Arrived(progress) if progress.stage == Stage::AwaitingPayment => {
                platform.sells_to(progress.id)?.then_some(statement)
            }
            ByReceipt::Arrived(_) | ByReceipt::NotArrived(_) | ByReceipt::Foreign => None,
        };
        let erased = match &by_receipt {
            ByReceipt::Arrived(progress) => platform.erased_at(progress.id)?,
            ByReceipt::NotArrived(_) | ByReceipt::Foreign => None,
        };
        Ok((by_receipt, may_pay, erased, platform.now()))
    })
    .await;
    match told {
        Ok((ByReceipt::Arrived(progress), may_pay, erased, now)) => {
            let html = arrived(&progress, may_pay.as_deref(), erased, now);
            whole(StatusCode::OK, TITLE, Width::Phone, &html)
        }
        Ok((ByReceipt::NotArrived(said), ..)) => {
            let html = not_arrived(said.id, said.captured_at);
            whole(StatusCode::OK, TITLE, Width::Phone, &html)
        }
        Ok((ByReceipt::Foreign, ..)) => notice(
            StatusCode::NOT_FOUND,
            TITLE,
            Text::new("此回执不属于本平台", "This receipt is not of this platform"),
        ),
        Err(problem) => trouble(problem),
    }
}

/// Redirects to the page where the capture of a receipt is paid for. Anybody with the receipt may
/// pay: it only costs them.
pub(super) async fn pay(State(platform): Served, Path(statement): Path<String>) -> Response {
    let back = format!("{}/{statement}", path::RECEIPT_PAGE);
    let ordered = blocking(move || match platform.by_receipt(&statement)? {
        ByReceipt::Arrived(progress) => Ok(platform.order_for(progress.id)?),
        ByReceipt::NotArrived(_) | ByReceipt::Foreign => Ok(None),
    })
    .await;
    match ordered {
        Ok(Some(number)) => to(&format!("/pay/{number}")),
        Ok(None) => to(&back),
        Err(problem) => trouble(problem),
    }
}

impl Platform {
    /// Returns whether an order can be made for a capture.
    fn sells_to(&self, id: CaptureId) -> Result<bool, PlatformError> {
        let Some(case) = self.rows().case(id)? else {
            return Ok(false);
        };
        Ok(!self.is_paid(&case.code_sha256, &case.batch)?)
    }

    /// Returns the number of the order that a capture waits for.
    fn order_for(&self, id: CaptureId) -> Result<Option<String>, Problem> {
        let Some(case) = self.rows().case(id)? else {
            return Ok(None);
        };
        Ok(
            match self.order((&case.code_sha256, &case.batch), id, None, self.now())? {
                Ordered::New(order) | Ordered::Again(order) => Some(order.order),
                Ordered::NothingToPay => None,
            },
        )
    }
}

fn not_arrived(id: CaptureId, captured_at: Wall) -> String {
    let stands = Text::new("已拍摄，等待上传", "Taken, waiting for upload");
    let act = sentence(
        "照片已安全保存在采集设备中，联网后自动上传，你无需操作。",
        "The photo is safe in the booth and is uploaded by itself; there is nothing to do.",
    );
    format!(
        "<section>{}<div class=\"act\">{act}</div></section>{}{}{FOOTER}",
        heading(stands),
        facts(id, captured_at, []),
        way(0)
    )
}

fn arrived(progress: &Progress, may_pay: Option<&str>, erased: Option<Wall>, now: Wall) -> String {
    let stage = &progress.stage;
    let class = match stage {
        Stage::Rejected { .. } => "bad",
        Stage::AwaitingPayment | Stage::ToConfirm { .. } => "wait",
        Stage::Confirmed { .. } | Stage::Uploaded { .. } | Stage::Passed { .. } => "good",
        Stage::InAudit { .. } | Stage::Replaced | Stage::Voided | Stage::Withdrawn => "",
    };
    let button = may_pay.map_or_else(String::new, |statement| {
        format!(
            "<form method=\"post\" action=\"{}/{statement}/pay\"><button>去缴费 Pay now</button></form>",
            path::RECEIPT_PAGE
        )
    });
    let way = reached(stage).map_or_else(String::new, way);
    format!(
        "<section class=\"{class}\">{}{}{button}</section>{}{way}{FOOTER}",
        heading(stage.title()),
        who_acts(stage, now),
        facts(
            progress.id,
            progress.captured_at,
            [
                (Text::new("状态更新", "Updated"), Some(progress.since)),
                (Text::new("平台已删除", "Deleted here"), erased),
            ]
        ),
    )
}

fn who_acts(stage: &Stage, now: Wall) -> String {
    let class = match stage.actor() {
        Actor::Student => "student",
        Actor::Platform => "",
        Actor::Nobody => "nobody",
    };
    format!("<div class=\"act {class}\">{}</div>", what_next(stage, now))
}

/// Writes one or two sentences: who has to act, and by when.
fn what_next(stage: &Stage, now: Wall) -> String {
    match stage {
        Stage::AwaitingPayment => sentence(
            "请缴费。缴费后照片进入审核。",
            "Please pay. The photo is audited after that.",
        ),
        Stage::InAudit { by } => dated(*by, ["审核员最迟于", "完成审核"], "Auditors decide by"),
        Stage::Rejected {
            reasons,
            retake_until,
        } => rejected(reasons, *retake_until, now),
        Stage::Passed { standard_by } => dated(
            *standard_by,
            ["平台最迟于", "生成标准照"],
            "The platform makes the standard photo by",
        ),
        Stage::ToConfirm { by } => {
            let by = deadline(*by);
            sentence(
                &format!(
                    "请于 {by} 前在采集设备上用采集码和证件号码后四位确认标准照。逾期由平台自动确认。"
                ),
                &format!(
                    "Please confirm it at a booth, with your code and the last four of your ID, before {by}. After that the platform confirms it."
                ),
            )
        }
        Stage::Confirmed { upload_by, .. } => dated(
            *upload_by,
            ["平台最迟于", "上传学信网"],
            "The platform uploads it to CHSI by",
        ),
        Stage::Uploaded { at } => {
            let at = moment(*at);
            sentence(
                &format!("已于 {at} 上传学信网。"),
                &format!("Uploaded to CHSI at {at}."),
            )
        }
        Stage::Replaced => sentence(
            "你之后又拍了一张，请看新回执。",
            "You were photographed again: see the newer receipt.",
        ),
        Stage::Voided => sentence(
            "此照片已由工作人员作废。如有疑问，请咨询采集点。",
            "Staff voided this photo. Please ask them if you do not know why.",
        ),
        Stage::Withdrawn => sentence(
            "你已撤回同意，照片已删除。",
            "You took your consent back; the photo is deleted.",
        ),
    }
}

/// Writes what the platform does by the promised date, while the student has nothing to do.
fn dated(promise: Promise, [who, what]: [&str; 2], en: &str) -> String {
    let zh_date = promised(promise, Lang::Zh);
    let en_date = promised(promise, Lang::En);
    sentence(
        &format!("{who} {zh_date} {what}，你无需操作。"),
        &format!("{en} {en_date}; there is nothing to do."),
    )
}

fn rejected(reasons: &[RejectReason], retake_until: Option<Wall>, now: Wall) -> String {
    let items = joined(reasons, |reason| {
        let Text { zh, en } = reason.sentence();
        format!("<li>{zh}<br><span class=\"en\" lang=\"en\">{en}</span></li>")
    });
    format!("<ul>{items}</ul>{}", come_again(retake_until, now))
}

fn come_again(retake_until: Option<Wall>, now: Wall) -> String {
    match retake_until {
        Some(until) if until < now => sentence(
            "本批次采集已结束，请联系学校。",
            "This batch has ended: please ask your school.",
        ),
        Some(until) => {
            let until = deadline(until);
            sentence(
                &format!("请于 {until} 前重新采集。"),
                &format!("Please have it taken again before {until}."),
            )
        }
        None => sentence(
            "请向学校询问重新采集的时间。",
            "Please ask your school when it can be taken again.",
        ),
    }
}

/// Writes a deadline as people say it: midnight ends the previous day.
fn deadline(at: Wall) -> String {
    let clock = at.china_clock();
    if clock == "00:00" {
        let last_day = Wall::from_unix_ms(at.unix_ms() - 1).china_date();
        format!("{last_day} 24:00")
    } else {
        moment(at)
    }
}

fn facts<const N: usize>(
    id: CaptureId,
    captured_at: Wall,
    more: [(Text, Option<Wall>); N],
) -> String {
    let mut rows = vec![
        (Text::new("回执码", "Receipt"), id.short()),
        (Text::new("拍摄时间", "Taken"), moment(captured_at)),
    ];
    let more = more.into_iter();
    rows.extend(more.filter_map(|(what, at)| Some((what, moment(at?)))));
    format!("<section>{}</section>", table(&rows))
}

/// The stages of a photo.
const WAY: [Text; 6] = [
    Text::new("拍摄", "Taken"),
    Text::new("上传平台", "At the platform"),
    Text::new("审核", "Audited"),
    Text::new("标准照", "Standard photo"),
    Text::new("确认", "Confirmed"),
    Text::new("上传学信网", "At CHSI"),
];

/// Returns the last stage that a photo has reached; `None` where it ended in another way.
const fn reached(stage: &Stage) -> Option<usize> {
    match stage {
        Stage::AwaitingPayment | Stage::InAudit { .. } => Some(1),
        Stage::Passed { .. } => Some(2),
        Stage::ToConfirm { .. } => Some(3),
        Stage::Confirmed { .. } => Some(4),
        Stage::Uploaded { .. } => Some(5),
        Stage::Rejected { .. } | Stage::Replaced | Stage::Voided | Stage::Withdrawn => None,
    }
}

fn way(reached: usize) -> String {
    let items = joined(WAY.into_iter().enumerate(), |(at, Text { zh, en })| {
        let class = if at <= reached {
            "done"
        } else if at == reached + 1 {
            "now"
        } else {
            "later"
        };
        format!("<li class=\"{class}\">{zh} <span class=\"en\" lang=\"en\">{en}</span></li>")
    });
    format!("<section><ol class=\"way\">{items}</ol></section>")
}

const FOOTER: &str = "<footer>本页不显示姓名和照片。咨询电话（法定节假日除外，9:00–17:00）：020-83398378、020-83302077<br>\
     <span lang=\"en\">This page shows no name and no photo. Telephone, every day but statutory holidays, 9:00–17:00</span></footer>";
