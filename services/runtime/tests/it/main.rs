//! Promises of the runtime, kept over real calls. A text is an order to the test's service: see [`support`].

#![expect(clippy::unwrap_used, reason = "a test says what it found by panicking")]

mod abuse;
mod access;
mod backpressure;
mod certificates;
mod compute;
mod guard;
mod http;
mod many;
mod metrics;
mod server;
mod status;
mod support;
mod tls;
mod trace;
mod upstream;
mod wirings;
