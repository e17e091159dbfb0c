//! The page that plays a payment service: a visitor pays with one touch. No money moves.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};

use super::{Width, heading, moment, notice, page as whole, sentence, table, to, trouble};
use crate::{
    contract::{PayOrder, PayState, yuan},
    lang::Text,
    reference::{
        orders::state_in_words,
        server::{Served, blocking},
    },
};

const TITLE: Text = Text::new("缴费（演示）", "Payment (demonstration)");

pub(super) async fn page(State(platform): Served, Path(number): Path<String>) -> Response {
    let known = blocking(move || Ok(platform.order_state(&number, platform.now())?)).await;
    match known {
        Ok(Some(order)) => whole(StatusCode::OK, TITLE, Width::Phone, &told(&order)),
        Ok(None) => unknown(),
        Err(problem) => trouble(problem),
    }
}

/// Handles the payer's touch.
pub(super) async fn pay(State(platform): Served, Path(number): Path<String>) -> Response {
    let paid = blocking(move || Ok(platform.pay(&number, platform.now())?)).await;
    match paid {
        Ok(Some(order)) => to(&format!("/pay/{}", order.order)),
        Ok(None) => unknown(),
        Err(problem) => trouble(problem),
    }
}

fn unknown() -> Response {
    let said = Text::new("没有这个订单", "There is no such order");
    notice(StatusCode::NOT_FOUND, TITLE, said)
}

fn told(order: &PayOrder) -> String {
    let class = match order.state {
        PayState::NotPaid => "",
        PayState::Paid => "good",
        PayState::Refunded | PayState::Closed => "wait",
    };
    let mut rows = vec![(Text::new("订单号", "Order"), order.order.clone())];
    if order.state == PayState::NotPaid {
        rows.push((Text::new("有效期至", "Until"), moment(order.expires)));
    }
    format!(
        "<section class=\"{class}\">{}<p class=\"amount\">{}</p>{}</section>{}\
         <section class=\"demo\">{}</section>",
        heading(state_in_words(order.state)),
        yuan(order.amount_fen),
        table(&rows),
        what_next(order),
        sentence(
            "这是演示页面，不会产生真实扣款。",
            "This page is a demonstration: no money moves.",
        ),
    )
}

fn what_next(order: &PayOrder) -> String {
    match order.state {
        PayState::NotPaid => {
            let label = format!("支付 Pay {}", yuan(order.amount_fen));
            format!(
                "<form method=\"post\" action=\"/pay/{}\"><button>{label}</button></form>",
                super::escaped(&order.order)
            )
        }
        PayState::Paid => said(
            "支付成功，照片进入审核。可以关闭本页。",
            "Paid: the photo is audited now. You may close this page.",
        ),
        PayState::Refunded => said(
            "你已付过一次，这笔款项已原路退回。",
            "You had paid before: this payment was given back.",
        ),
        PayState::Closed => said(
            "此订单已过期，请在采集设备上重新获取。",
            "This order has expired: please ask the booth for a new one.",
        ),
    }
}

fn said(zh: &str, en: &str) -> String {
    format!("<section>{}</section>", sentence(zh, en))
}
