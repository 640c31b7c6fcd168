use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method, Uri};
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember what another origin may do.
const PREFLIGHT_AGE: Duration = Duration::from_secs(3600);
/// What a page may send besides: credentials, deadlines, traces, and what gRPC-Web needs.
const HEADERS: [&str; 8] = [
    "x-api-key",
    "x-timeout-ms",
    "grpc-timeout",
    "x-grpc-web",
    "x-user-agent",
    "traceparent",
    "tracestate",
    "x-request-id",
];
/// What a page may read besides.
const EXPOSED: [&str; 3] = ["grpc-status", "grpc-message", "grpc-status-details-bin"];

/// How a process is reached over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "HTTP")]
pub struct HttpConfig {
    /// Address of the HTTP door (JSON, gRPC-Web and the page), or `off`. By default `enrich serve` opens port 8080 beside
    /// --listen, a free port where that has port 0, and does without where it is taken; the gateway opens none.
    #[arg(long, env = "ENRICH_HTTP_LISTEN", value_name = "ADDRESS|off")]
    pub http_listen: Option<HttpListen>,
    /// Origins whose pages may call the HTTP door, separated by commas, as in "https://desk.example,http://localhost:3000";
    /// `*` for all. By default none but its own.
    #[arg(long, env = "ENRICH_HTTP_CORS_ORIGINS", value_delimiter = ',', value_name = "ORIGIN,...")]
    pub http_cors_origins: Vec<Origin>,
}

impl HttpConfig {
    /// What other origins may do; `None` where there are none.
    pub(crate) fn cors(&self) -> Option<CorsLayer> {
        if self.http_cors_origins.is_empty() {
            return None;
        }
        let origins = if self.http_cors_origins.iter().any(|origin| origin.0 == "*") {
            AllowOrigin::any()
        } else {
            AllowOrigin::list(self.http_cors_origins.iter().map(|origin| origin.0.clone()))
        };
        let named = HEADERS.into_iter().map(HeaderName::from_static);
        let exposed = EXPOSED.into_iter().map(HeaderName::from_static);
        let cors = CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers(named.chain([AUTHORIZATION, CONTENT_TYPE]).collect::<Vec<_>>())
            .expose_headers(exposed.chain([RETRY_AFTER]).collect::<Vec<_>>())
            .max_age(PREFLIGHT_AGE);
        Some(cors)
    }
}

/// Where the HTTP door is, if anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpListen {
    /// At this address.
    At(SocketAddr),
    /// Nowhere.
    Off,
}

impl FromStr for HttpListen {
    type Err = String;

    fn from_str(value: &str) -> Result<Self, String> {
        if value == "off" {
            return Ok(HttpListen::Off);
        }
        value.parse().map(HttpListen::At).map_err(|_| "neither an address like 127.0.0.1:8080 nor `off`".to_owned())
    }
}

/// An origin in the sense of the web, or `*` for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl FromStr for Origin {
    type Err = String;

    fn from_str(value: &str) -> Result<Self, String> {
        let wrong = || "no origin: one looks like https://desk.example or http://localhost:3000".to_owned();
        if value != "*" {
            let uri: Uri = value.parse().map_err(|_| wrong())?;
            let whole = match (uri.scheme_str(), uri.authority()) {
                (Some(scheme @ ("http" | "https")), Some(authority)) => format!("{scheme}://{authority}"),
                _ => return Err(wrong()),
            };
            // A path, a user or capital letters would never be what a browser sends.
            if whole != value || value.contains('@') || value != value.to_ascii_lowercase() {
                return Err(wrong());
            }
        }
        HeaderValue::from_str(value).map(Origin).map_err(|_| wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_what_browsers_send() {
        for good in ["*", "https://desk.example", "http://localhost:3000", "http://[::1]:8080"] {
            assert!(good.parse::<Origin>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "desk.example",
            "https://desk.example/",
            "ftp://desk.example",
            "https://a@b.example",
            "https://Desk.example",
            "null",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_door_is_at_an_address_or_off() {
        assert_eq!("off".parse(), Ok(HttpListen::Off));
        assert_eq!("0.0.0.0:80".parse(), Ok(HttpListen::At(SocketAddr::from(([0, 0, 0, 0], 80)))));
        assert!("localhost".parse::<HttpListen>().is_err_and(|error| error.contains("127.0.0.1:8080")));
    }
}
