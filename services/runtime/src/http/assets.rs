use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, REFERRER_POLICY,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use sha2::{Digest, Sha256};
use tonic::body::Body;

/// The page runs its own files and talks to its own server. Nothing inline, nothing from elsewhere, in no frame.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);

/// A file that is built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Path of the HTTP request.
    pub path: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

/// The description of the paths, as a file.
const OPENAPI: Asset =
    Asset { path: "/openapi.json", content_type: "application/json", bytes: enrich_proto::http::OPENAPI.as_bytes() };

/// The files that are served.
#[derive(Debug)]
pub(crate) struct Assets(Vec<(Asset, HeaderValue)>);

impl Assets {
    pub(crate) fn new(assets: &[Asset]) -> Self {
        let tagged = assets.iter().chain([&OPENAPI]).map(|asset| (*asset, tag(asset.bytes)));
        Assets(tagged.collect())
    }

    pub(crate) fn find(&self, path: &str) -> Option<&(Asset, HeaderValue)> {
        self.0.iter().find(|(asset, _)| asset.path == path)
    }
}

/// Names a content, so that a browser need not fetch it again.
fn tag(bytes: &[u8]) -> HeaderValue {
    let hash: String = Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// The file, or that the one whose tag the browser shows is still the same.
pub(crate) fn respond((asset, tag): &(Asset, HeaderValue), headers: &HeaderMap) -> Response<Body> {
    let known = headers.get(IF_NONE_MATCH) == Some(tag);
    let body = if known { Body::empty() } else { Body::new(Full::from(asset.bytes)) };
    let mut response = Response::new(body);
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let own = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (ETAG, tag.clone()),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    ];
    response.headers_mut().extend(own);
    response
}
