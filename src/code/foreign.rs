//! The codes of other apps and offices that students show by mistake, recognised by how they begin.
//!
//! Only codes known to be foreign are named: the 采集码 has no public description, so any other
//! payload stays opaque. Every rule works on bytes. A payload in GBK or `Shift_JIS` begins with the
//! same ASCII as one in UTF-8.

use super::{Foreign, link::Link};

/// Names a payload that is known not to be a 采集码. `payload` is trimmed.
pub(super) fn named(payload: &[u8]) -> Option<Foreign> {
    let lower = payload.to_ascii_lowercase();
    by_start(&lower)
        .or_else(|| by_number(&lower))
        .or_else(|| by_link(&lower))
}

/// How foreign payloads begin, in lower case. The first match counts.
const STARTS: &[(&str, Foreign)] = &[
    ("wxp://", Foreign::PaymentOrLogin),
    ("weixin://", Foreign::PaymentOrLogin),
    ("alipay://", Foreign::PaymentOrLogin),
    ("alipays://", Foreign::PaymentOrLogin),
    ("upwallet://", Foreign::PaymentOrLogin),
    ("bitcoin:", Foreign::PaymentOrLogin),
    ("ethereum:", Foreign::PaymentOrLogin),
    ("otpauth:", Foreign::PaymentOrLogin),
    ("otpauth-migration:", Foreign::PaymentOrLogin),
    ("begin:vcard", Foreign::Everyday),
    ("begin:vevent", Foreign::Everyday),
    ("begin:vcalendar", Foreign::Everyday),
    ("mecard:", Foreign::Everyday),
    ("bizcard:", Foreign::Everyday),
    ("matmsg:", Foreign::Everyday),
    ("mebkm:", Foreign::Everyday),
    ("wifi:", Foreign::Everyday),
    ("mailto:", Foreign::Everyday),
    ("tel:", Foreign::Everyday),
    ("smsto:", Foreign::Everyday),
    ("sms:", Foreign::Everyday),
    ("mmsto:", Foreign::Everyday),
    ("geo:", Foreign::Everyday),
    ("urlto:", Foreign::Everyday),
    ("market:", Foreign::App),
    ("magnet:", Foreign::App),
];

/// The hosts of foreign links; their subdomains count as well. The first match counts.
const HOSTS: &[(&str, Foreign)] = &[
    ("payapp.weixin.qq.com", Foreign::PaymentOrLogin),
    ("tenpay.com", Foreign::PaymentOrLogin),
    ("alipay.com", Foreign::PaymentOrLogin),
    ("95516.com", Foreign::PaymentOrLogin),
    ("pbcdci.cn", Foreign::PaymentOrLogin),
    ("qq.com", Foreign::Contact),
    ("wechat.com", Foreign::Contact),
    ("weibo.com", Foreign::Contact),
    ("weibo.cn", Foreign::Contact),
    ("douyin.com", Foreign::Contact),
    ("xhslink.com", Foreign::Contact),
    ("dingtalk.com", Foreign::App),
    ("feishu.cn", Foreign::App),
    ("taobao.com", Foreign::App),
    ("tmall.com", Foreign::App),
    ("tb.cn", Foreign::App),
    ("jd.com", Foreign::App),
    ("meituan.com", Foreign::App),
    ("dianping.com", Foreign::App),
    ("mobike.com", Foreign::App),
    ("hellobike.com", Foreign::App),
];

/// Parts of hosts and paths that mean logging in.
const LOGIN_PARTS: &[&[u8]] = &[
    b"account",
    b"accounts",
    b"cas",
    b"login",
    b"oauth",
    b"oauth2",
    b"passport",
    b"qrlogin",
    b"signin",
    b"sso",
];

/// The origin of the 采集码: a link of this host may be one unless it logs somebody in.
const CHSI: &[&str] = &["chsi.com.cn", "chsi.cn"];

fn by_start(lower: &[u8]) -> Option<Foreign> {
    STARTS
        .iter()
        .find(|(start, _)| lower.starts_with(start.as_bytes()))
        .map(|(_, foreign)| *foreign)
}

/// Names a link after its host: no 采集码 comes from a host other than CHSI's.
fn by_link(lower: &[u8]) -> Option<Foreign> {
    let Some(link) = Link::parse(lower) else {
        return has_scheme(lower).then_some(Foreign::App);
    };
    let known = HOSTS.iter().find(|(host, _)| link.is_of(host));
    if let Some((_, foreign)) = known {
        return Some(*foreign);
    }
    if link.parts().any(|part| LOGIN_PARTS.contains(&part)) {
        return Some(Foreign::PaymentOrLogin);
    }
    let may_be_personal = CHSI.iter().any(|host| link.is_of(host));
    (!may_be_personal).then_some(Foreign::Link)
}

/// Returns whether the payload begins with an app's own scheme (`name://`).
fn has_scheme(lower: &[u8]) -> bool {
    let Some(length) = lower.windows(3).position(|three| three == b"://") else {
        return false;
    };
    let name = lower.get(..length).unwrap_or_default();
    name.first().is_some_and(u8::is_ascii_alphabetic)
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
}

/// At most this many digits alone identify a thing or a person: telephone, goods, student, an ID of
/// 15 digits.
const LONGEST_PLAIN_NUMBER: usize = 15;

/// Names a bare number that pays or identifies somebody.
fn by_number(lower: &[u8]) -> Option<Foreign> {
    if is_id_number(lower) {
        return Some(Foreign::Number);
    }
    let spaced = lower.strip_prefix(b"+").unwrap_or(lower);
    let digits: Vec<u8> = spaced
        .iter()
        .copied()
        .filter(|byte| !b" -".contains(byte))
        .collect();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    if is_payment_number(&digits) {
        return Some(Foreign::PaymentOrLogin);
    }
    (digits.len() <= LONGEST_PLAIN_NUMBER).then_some(Foreign::Number)
}

/// Recognises payment codes: 微信 uses 18 digits beginning with 10 to 15, 支付宝 16 to 24 digits
/// beginning with 25 to 30, 银联 19 beginning with 62.
fn is_payment_number(digits: &[u8]) -> bool {
    let start = digits
        .iter()
        .take(2)
        .fold(0, |sum, digit| sum * 10 + (digit - b'0'));
    matches!(
        (start, digits.len()),
        (10..=15, 18) | (25..=30, 16..=24) | (62, 19)
    )
}

/// Recognises an ID of 18 characters (GB 11643) by its date of birth. A wrong check character does
/// not make it a 采集码.
fn is_id_number(lower: &[u8]) -> bool {
    const BODY: usize = 17;
    let Some((check, body)) = lower.split_last() else {
        return false;
    };
    let ends_well = check.is_ascii_digit() || *check == b'x';
    if body.len() != BODY || !ends_well || !body.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number = |sum: u32, byte: &u8| sum * 10 + u32::from(byte - b'0');
    let part = |from, to| {
        body.get(from..to)
            .unwrap_or_default()
            .iter()
            .fold(0, number)
    };
    (1900..2100).contains(&part(6, 10))
        && (1..=12).contains(&part(10, 12))
        && (1..=31).contains(&part(12, 14))
}
