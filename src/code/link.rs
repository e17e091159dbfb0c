//! A web link taken apart as bytes, as its path may be in any encoding.

use super::FeatureCode;

/// A web link, with or without its scheme.
pub(super) struct Link<'a> {
    host: &'a [u8],
    path: &'a [u8],
    query: &'a [u8],
}

impl<'a> Link<'a> {
    /// Parses a link. Without a scheme, the part before the first slash must be a host name.
    pub(super) fn parse(payload: &'a [u8]) -> Option<Self> {
        let (rest, is_certain) = match split(payload, b"://") {
            Some((scheme, rest)) if is_web(scheme) => (rest, true),
            Some(_) => return None,
            None => (payload, false),
        };
        let end = rest
            .iter()
            .position(|byte| b"/?#".contains(byte))
            .unwrap_or(rest.len());
        let (host, rest) = rest.split_at_checked(end)?;
        if !is_certain && !is_host(host, rest) {
            return None;
        }
        let rest = split(rest, b"#").map_or(rest, |(rest, _fragment)| rest);
        let (path, query) = split(rest, b"?").unwrap_or((rest, b""));
        let host = split(host, b":").map_or(host, |(host, _port)| host);
        Some(Self { host, path, query })
    }

    /// Returns whether the link leads to `domain` or one of its subdomains.
    pub(super) fn is_of(&self, domain: &str) -> bool {
        let above = self.host.len().checked_sub(domain.len());
        let Some((above, same)) = above.and_then(|length| self.host.split_at_checked(length))
        else {
            return false;
        };
        same.eq_ignore_ascii_case(domain.as_bytes()) && (above.is_empty() || above.ends_with(b"."))
    }

    /// Returns the labels of the host and the segments of the path.
    pub(super) fn parts(&self) -> impl Iterator<Item = &'a [u8]> {
        let labels = self.host.split(|byte| *byte == b'.');
        labels.chain(self.segments())
    }

    /// Returns the feature code in a school's link: after a segment, or in a parameter, that
    /// announces one.
    ///
    /// The last segment alone proves nothing: `/mobile` has six letters as well.
    pub(super) fn feature_code(&self) -> Option<FeatureCode> {
        let mut pairs = self
            .query
            .split(|byte| *byte == b'&')
            .filter_map(|pair| split(pair, b"="));
        let named = pairs.find(|(key, _)| key.eq_ignore_ascii_case(b"tzm"));
        if let Some(code) = named.and_then(|(_, value)| feature_code(value)) {
            return Some(code);
        }
        let segments: Vec<&[u8]> = self.segments().collect();
        let [.., before, last] = segments.as_slice() else {
            return None;
        };
        BATCH_SEGMENTS
            .iter()
            .any(|name| before.eq_ignore_ascii_case(name))
            .then(|| feature_code(last))
            .flatten()
    }

    fn segments(&self) -> impl Iterator<Item = &'a [u8]> {
        self.path
            .split(|byte| *byte == b'/')
            .filter(|segment| !segment.is_empty())
    }
}

/// The segments that announce a feature code in a school's link: 采集, 特征码, batch.
const BATCH_SEGMENTS: &[&[u8]] = &[b"caiji", b"tzm", b"batch"];

fn feature_code(bytes: &[u8]) -> Option<FeatureCode> {
    FeatureCode::parse(str::from_utf8(bytes).ok()?)
}

fn is_web(scheme: &[u8]) -> bool {
    scheme.eq_ignore_ascii_case(b"http") || scheme.eq_ignore_ascii_case(b"https")
}

/// Returns whether this looks like a host name before a path: labels, the last one of letters.
fn is_host(host: &[u8], rest: &[u8]) -> bool {
    let is_label = |label: &[u8]| {
        !label.is_empty()
            && label
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    };
    let labels: Vec<&[u8]> = host.split(|byte| *byte == b'.').collect();
    let says_so = !rest.is_empty()
        || labels
            .first()
            .is_some_and(|label| label.eq_ignore_ascii_case(b"www"));
    let [_, .., top] = labels.as_slice() else {
        return false;
    };
    says_so
        && top.len() >= 2
        && top.iter().all(u8::is_ascii_alphabetic)
        && labels.iter().all(|label| is_label(label))
}

/// Returns the parts before and after the first `mark`.
fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(mark.len()).position(|part| part == mark)?;
    Some((bytes.get(..at)?, bytes.get(at + mark.len()..)?))
}
