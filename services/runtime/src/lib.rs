//! The chassis that every service rides on: it serves, guards, dials, limits and logs. It knows no NLP.
//!
//! What must hold for a call whether it comes through a socket or from a neighbour in the same process (deadline,
//! panic, in-flight limit, trace) lives in [`Guard`]; what belongs to a socket lives in [`Server`]. One [`Chassis`] a
//! process holds what both share.

mod accept;
mod access;
mod admission;
pub mod analyser;
mod body;
mod chassis;
pub mod compute;
pub mod counts;
mod deadline;
mod guard;
mod http;
pub mod limits;
pub mod many;
pub mod metrics;
pub mod model_folder;
mod panic;
pub mod process;
mod reload;
mod server;
mod status;
pub mod telemetry;
mod tls;
pub mod trace;
pub mod upstream;
pub mod wire;

pub use access::AccessConfig;
pub use admission::estimated_tokens;
pub use analyser::Analyser;
pub use chassis::Chassis;
pub use compute::{Compute, ComputeConfig};
pub use counts::Counts;
pub use deadline::{CallContext, Deadline, deadline, forward};
pub use enrich_core::Error;
pub use guard::Guard;
pub use http::{Asset, Http, HttpConfig, HttpListen, Origin};
pub use limits::Limits;
pub use many::Answer;
pub use metrics::MetricsConfig;
pub use server::{Bound, Server, ServerConfig, StartError, Switch, Unbound, shutdown_signal};
pub use status::{from_rpc_status, rpc_status, status};
pub use telemetry::{LogConfig, LogFormat, TelemetryConfig};
pub use tls::{DialTlsConfig, TlsConfig};
pub use trace::TraceConfig;
pub use upstream::{DialConfig, Retries, Upstream, dial, dial_with, embed};
