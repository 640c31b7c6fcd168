//! Promises of the HTTP door: the same rules as at the door of gRPC.

mod abuse;
mod calls;
mod client;
mod doors;
mod web;
