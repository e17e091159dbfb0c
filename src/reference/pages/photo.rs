//! The download of one photo: a link that lives for minutes, and a file named as its sitter wished.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{guarded, joined, notice, trouble};
use crate::{
    lang::Text,
    reference::server::{Served, blocking},
};

/// Most characters of a 名称 that become part of a file's name.
const LONGEST_NAME: usize = 60;
const USUAL_NAME: &str = "标准照";

pub(super) async fn download(State(platform): Served, Path(secret): Path<String>) -> Response {
    let found = blocking(move || Ok(platform.download(&secret, platform.now())?)).await;
    match found {
        Ok(Some(photo)) => {
            let mut response = Body::from(photo.portrait).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
            if let Ok(named) = HeaderValue::from_str(&disposition(&photo.file_name)) {
                headers.insert(header::CONTENT_DISPOSITION, named);
            }
            guarded(response)
        }
        Ok(None) => notice(
            StatusCode::NOT_FOUND,
            Text::new("下载标准照", "Download"),
            Text::new(
                "链接已失效，请在采集设备上重新查询",
                "This link has ended: please ask the booth for a new one",
            ),
        ),
        Err(problem) => trouble(problem),
    }
}

/// Builds `Content-Disposition` (RFC 6266): the name in UTF-8 (RFC 8187), and a plain one for
/// clients that read ASCII only.
fn disposition(wished: &str) -> String {
    let name = file_name(wished);
    let encoded = joined(name.bytes(), |byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    format!("attachment; filename=\"photo.jpg\"; filename*=UTF-8''{encoded}.jpg")
}

/// Returns a name that is no path, device or hidden file on any system; the usual one where nothing
/// is left.
fn file_name(wished: &str) -> String {
    let kept: String = wished
        .chars()
        .map(|c| {
            if c.is_control() || "/\\:*?\"<>|".contains(c) {
                ' '
            } else {
                c
            }
        })
        .filter(|c| !is_invisible(*c))
        .take(LONGEST_NAME)
        .collect();
    let trimmed = kept.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if trimmed.is_empty() {
        USUAL_NAME.to_owned()
    } else {
        trimmed.to_owned()
    }
}

/// Returns whether a mark turns or hides what follows: a name must look like what it is.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_encoded_and_never_a_path() {
        let table = [
            (
                "张三 毕业照",
                "%E5%BC%A0%E4%B8%89%20%E6%AF%95%E4%B8%9A%E7%85%A7",
            ),
            ("", "%E6%A0%87%E5%87%86%E7%85%A7"),
            ("...", "%E6%A0%87%E5%87%86%E7%85%A7"),
            ("../../etc/passwd", "etc%20passwd"),
            ("a\r\nset-cookie: x", "a%20%20set-cookie%20%20x"),
            ("a\u{202e}gpj.exe", "agpj.exe"),
            ("it's 50%", "it%27s%2050%25"),
        ];
        for (wished, encoded) in table {
            let header = disposition(wished);
            let expected =
                format!("attachment; filename=\"photo.jpg\"; filename*=UTF-8''{encoded}.jpg");
            assert_eq!(header, expected, "{wished:?}");
        }
        assert!(file_name(&"长".repeat(500)).chars().count() <= LONGEST_NAME);
    }
}
