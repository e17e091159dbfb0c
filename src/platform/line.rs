//! One exchange with the platform: deadlines, no proxy, no redirect, a bounded answer, and errors
//! worded without addresses.

use std::{
    error::Error,
    io::{self, Cursor, Read},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Certificate, Method, Url,
    blocking::{Client, ClientBuilder},
    header::{CONTENT_TYPE, DATE, ETAG, RETRY_AFTER},
    redirect::Policy,
};

use super::{
    ClientError, Settings, Trouble,
    throttle::{Throttle, Throttled},
};
use crate::contract::limit;

/// The connection to one platform.
pub(super) struct Line {
    http: Client,
    /// Without a trailing slash.
    base: String,
    read: Duration,
    total: Duration,
    throttle: Option<Arc<Throttle>>,
    /// The least bytes per millisecond that one request gets.
    slowest: u64,
}

/// How many requests share a cap when they send at once.
const AT_ONCE: u64 = 4;

/// The slowest uplink that is waited for, in bytes per millisecond.
const SLOWEST_BYTES_PER_MS: u64 = 16;

/// One request.
pub(super) struct Call<'a> {
    pub method: Method,
    /// As written in the contract, from `/v1` on.
    pub path: &'a str,
    pub body: Option<Body>,
    pub headers: Vec<(&'static str, String)>,
    /// Shorter than the usual deadline where somebody waits.
    pub within: Option<Duration>,
    /// The longest valid answer.
    pub most_bytes: usize,
}

pub(super) struct Body {
    pub media_type: &'static str,
    /// Its `Content-Digest`.
    pub digest: String,
    pub bytes: Vec<u8>,
}

/// The whole answer.
pub struct Reply {
    pub status: u16,
    pub media_type: String,
    pub etag: Option<String>,
    pub retry_after: Option<String>,
    /// The server's `Date`.
    pub date: Option<String>,
    pub body: Vec<u8>,
}

impl Line {
    pub fn open(settings: Settings) -> Result<Self, ClientError> {
        super::install_crypto();
        let Settings {
            url,
            ca_pem,
            connect,
            read,
            total,
            bytes_per_s,
        } = settings;
        let base = checked(&url)?;
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(connect)
            .tcp_user_timeout(read)
            .user_agent(concat!(
                env!("CARGO_PKG_NAME"),
                "/",
                env!("CARGO_PKG_VERSION")
            ));
        if let Some(pem) = ca_pem {
            let pinned = Certificate::from_pem_bundle(pem.as_bytes())
                .ok()
                .filter(|certificates| !certificates.is_empty())
                .ok_or(ClientError::Ca)?;
            builder = builder.tls_certs_only(pinned);
        }
        let http = ClientBuilder::from(builder)
            .timeout(total)
            .build()
            .map_err(|why| ClientError::Start(trouble(&why).to_string()))?;
        Ok(Self {
            http,
            base,
            read,
            total,
            throttle: bytes_per_s.map(|cap| Arc::new(Throttle::new(cap))),
            slowest: bytes_per_s.map_or(SLOWEST_BYTES_PER_MS, |cap| {
                (cap / 1000 / AT_ONCE).clamp(1, SLOWEST_BYTES_PER_MS)
            }),
        })
    }

    /// Returns how long an exchange that moves this many bytes may take. The blocking client has no
    /// deadline for a single read (its timers need the runtime's thread), so a short exchange gets
    /// a short deadline as a whole.
    fn patience(&self, bytes: usize) -> Duration {
        let upload = Duration::from_millis(bytes as u64 / self.slowest);
        // A cap of our own is not the platform's fault.
        let most = if self.throttle.is_some() {
            self.total.max(self.read + upload)
        } else {
            self.total
        };
        (self.read + upload).min(most)
    }

    fn paced(&self, bytes: Vec<u8>) -> reqwest::blocking::Body {
        let Some(throttle) = &self.throttle else {
            return bytes.into();
        };
        let length = bytes.len() as u64;
        let throttled = Throttled {
            bytes: Cursor::new(bytes),
            throttle: Arc::clone(throttle),
        };
        reqwest::blocking::Body::sized(throttled, length)
    }

    /// Sends one request and receives its whole answer; the error is for staff and names neither
    /// address nor person.
    pub fn exchange(&self, call: Call<'_>) -> Result<Reply, Trouble> {
        let most = call.most_bytes;
        let sent = call.body.as_ref().map_or(0, |body| body.bytes.len());
        let patience = self.patience(sent + most.saturating_sub(limit::BODY_BYTES));
        let mut request = self
            .http
            .request(call.method, format!("{}{}", self.base, call.path))
            .timeout(call.within.map_or(patience, |within| within.min(patience)));
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        if let Some(body) = call.body {
            request = request
                .header(CONTENT_TYPE, body.media_type)
                .header("content-digest", body.digest)
                .body(self.paced(body.bytes));
        }
        let response = request.send().map_err(|why| trouble(&why))?;
        let text = |name| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let (media_type, etag, retry_after) = (text(CONTENT_TYPE), text(ETAG), text(RETRY_AFTER));
        let date = text(DATE);
        Ok(Reply {
            status: response.status().as_u16(),
            media_type: media_type.unwrap_or_default(),
            etag,
            retry_after,
            date,
            body: read_bounded(response, most)?,
        })
    }
}

/// Accepts `https://…`, and `http://` only to this machine; returns the address without a trailing
/// slash.
fn checked(address: &str) -> Result<String, ClientError> {
    let url = Url::parse(address).map_err(|_unhelpful| ClientError::Url)?;
    let plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let safe = match url.scheme() {
        "https" => true,
        "http" => is_this_machine(&url),
        _ => return Err(ClientError::Url),
    };
    match (plain, safe) {
        (false, _) => Err(ClientError::Url),
        (true, false) => Err(ClientError::NotHttps),
        (true, true) => Ok(url.as_str().trim_end_matches('/').to_owned()),
    }
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn read_bounded(body: impl Read, most: usize) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    let most = most as u64;
    body.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|why| Trouble::from(broken_off(&why)))?;
    if bytes.len() as u64 > most {
        return Err("the platform's answer is longer than any valid one".into());
    }
    Ok(bytes)
}

/// Describes an error while the answer is read; a deadline hides inside the reader's error.
fn broken_off(why: &io::Error) -> &'static str {
    let inner = why
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<reqwest::Error>());
    if inner.is_some_and(reqwest::Error::is_timeout) {
        TOO_LATE
    } else {
        "the platform's answer broke off"
    }
}

const TOO_LATE: &str = "the platform did not answer in time";

/// Describes why an exchange failed. The library's own messages contain addresses, so they are not
/// used.
fn trouble(why: &reqwest::Error) -> Trouble {
    if let Some(tls) = tls_error(why) {
        return tls_trouble(tls);
    }
    let words = if why.is_timeout() {
        TOO_LATE
    } else if why.is_connect() {
        "the platform cannot be reached"
    } else {
        "the connection to the platform broke off"
    };
    words.into()
}

fn tls_trouble(why: &rustls::Error) -> Trouble {
    use rustls::CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext,
    };
    let rustls::Error::InvalidCertificate(why) = why else {
        return "no secure connection to the platform could be made".into();
    };
    if let Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. } = why {
        Trouble::Date
    } else if let NotValidForName | NotValidForNameContext { .. } = why {
        Trouble::Stranger("the platform's certificate names another address")
    } else {
        Trouble::Stranger(
            "the platform's certificate is not signed by the authority that this booth trusts",
        )
    }
}

/// Returns the TLS error inside, which is usually wrapped in I/O errors that do not name their
/// content as their source.
fn tls_error<'a>(why: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls) = why.downcast_ref() {
        return Some(tls);
    }
    let held = why
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
        .and_then(|held| tls_error(held));
    held.or_else(|| tls_error(why.source()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_secure_address_or_this_machine_is_taken() {
        for good in [
            "https://platform.example",
            "https://platform.example/photos/",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://localhost:1/",
        ] {
            let base = checked(good).unwrap();
            assert!(!base.ends_with('/') && good.starts_with(&base), "{good}");
        }
        for bad in ["http://platform.example", "http://127.0.0.1.example"] {
            assert!(matches!(checked(bad), Err(ClientError::NotHttps)), "{bad}");
        }
        for bad in [
            "",
            "platform",
            "file:///etc",
            "https://a:b@c",
            "https://c/?q",
        ] {
            assert!(matches!(checked(bad), Err(ClientError::Url)), "{bad}");
        }
    }
}
