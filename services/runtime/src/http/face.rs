//! Who answers a request: a call, gRPC-Web, or a file.

use super::answer::{self, error, wrong_verb};
use super::ask::{self, Refusal};
use super::assets::{self, Asset, Assets};
use crate::server::{Door, StartError};
use crate::status;
use enrich_proto::http::ROUTES;
use enrich_proto::json::Transcoder;
use http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, Request, Response, Uri};
use hyper::body::Incoming;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic_web::GrpcWebLayer;
use tower::{Layer, Service};

/// What one path stands for.
#[derive(Debug)]
pub(super) struct Call {
    path: &'static str,
    verb: &'static str,
    pub(super) rpc: Uri,
    pub(super) transcoder: Arc<Transcoder>,
    pub(super) message_bytes_max: usize,
}

/// The service behind every connection. A clone is the same.
#[derive(Clone)]
pub(super) struct Face {
    door: Door,
    calls: Arc<[Call]>,
    assets: Arc<Assets>,
}

impl Face {
    /// # Errors
    /// [`StartError::Load`] if the contracts lack a method of the table of paths.
    pub(super) fn new(door: Door, assets: &[Asset]) -> Result<Self, StartError> {
        let message_bytes_max = door.limits().message_bytes_max;
        let call = |route: enrich_proto::http::Route| {
            let transcoder = Transcoder::new(route.rpc).map_err(|error| StartError::Load(error.into()))?;
            let rpc = Uri::from_static(route.rpc);
            Ok(Call { path: route.path, verb: route.verb, rpc, transcoder: Arc::new(transcoder), message_bytes_max })
        };
        let calls: Result<_, StartError> = ROUTES.into_iter().map(call).collect();
        Ok(Face { door, calls: calls?, assets: Arc::new(Assets::new(assets)) })
    }

    async fn answer(mut self, request: Request<Incoming>) -> Response<Body> {
        if is_grpc_web(&request) {
            // The door refuses what is no method, in gRPC's own words.
            return match GrpcWebLayer::new().layer(self.door).call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
        }
        let path = request.uri().path();
        if let Some(place) = self.calls.iter().position(|call| call.path == path) {
            let call = &self.calls[place];
            if request.method().as_str() != call.verb {
                return wrong_verb(call.verb);
            }
            let refusal = Refusal::default();
            let asked = match ask::request(call, request, &refusal) {
                Ok(asked) => asked,
                Err(status) => return error(&status),
            };
            return match self.door.call(asked).await {
                Ok(answer) => answer::response(&call.transcoder, answer, &refusal).await,
                Err(never) => match never {},
            };
        }
        let Some(found) = self.assets.find(path) else { return error(&status::no_path()) };
        match *request.method() {
            Method::GET | Method::HEAD => assets::respond(found, request.headers()),
            _ => wrong_verb("GET, HEAD"),
        }
    }
}

fn is_grpc_web(request: &Request<Incoming>) -> bool {
    let shown = request.headers().get(CONTENT_TYPE);
    shown.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc-web"))
}

impl Service<Request<Incoming>> for Face {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // The door is always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let face = self.clone();
        Box::pin(async move {
            let mut response = face.answer(request).await;
            response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            Ok(response)
        })
    }
}
