//! What the gateway does when a service behind it fails, hangs or panics.

use crate::reason;
use enrich_gateway::{Config, Upstreams};
use enrich_proto::v1::{EnrichRequest, EnrichmentServiceGetInfoRequest, Feature};
use enrich_runtime::{Chassis, ComputeConfig, Limits, Upstream, dial, embed, from_rpc_status};
use enrich_tests::{System, Wiring, classifier, detector};
use std::{
    convert::Infallible,
    pin::Pin,
    time::{Duration, Instant},
};
use tonic::{Code, Request, Status, body::Body, codegen::http};

/// How the stand-in for the entity service behaves.
#[derive(Clone, Copy)]
enum Conduct {
    Hangs,
    Overloaded,
    Garbage,
}

/// An upstream that keeps to `conduct` whatever it is asked.
fn upstream(conduct: Conduct) -> Upstream {
    let answer = move |_: http::Request<Body>| -> Pin<Box<dyn Future<Output = _> + Send>> {
        Box::pin(async move {
            let answer = match conduct {
                Conduct::Hangs => std::future::pending().await,
                Conduct::Overloaded => {
                    let error = enrich_runtime::Error::Overloaded { resource: "queued tokens", limit: 7 };
                    enrich_runtime::status(error).into_http()
                }
                // A frame that promises five bytes of a message and holds none that are one.
                Conduct::Garbage => http::Response::builder()
                    .header("content-type", "application/grpc")
                    .body(Body::new("\0\0\0\0\u{5}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}".to_owned()))
                    .unwrap(),
            };
            Ok::<_, Infallible>(answer)
        })
    };
    embed(tower::service_fn(answer))
}

async fn system(entities: Upstream) -> System {
    let compute = ComputeConfig::default().build();
    let chassis = Chassis::new(Limits::default()).embedded();
    let upstreams = Upstreams {
        language: embed(enrich_language::build(detector().unwrap(), compute.clone(), &chassis)),
        entities,
        topics: embed(enrich_topics::build(classifier().unwrap(), compute, &chassis)),
    };
    System::over(Wiring::Dialled, Limits::default(), &Config::default(), upstreams).await.unwrap()
}

fn request(require: &[Feature]) -> EnrichRequest {
    let require = require.iter().map(|part| (*part).into()).collect();
    EnrichRequest { text: "وصل الوفد إلى بغداد".into(), require, ..Default::default() }
}

async fn partial(conduct: Conduct) -> Status {
    let mut system = system(upstream(conduct)).await;
    let mut call = Request::new(request(&[]));
    call.set_timeout(Duration::from_millis(500));
    let answer = system.gateway.enrich(call).await.unwrap().into_inner();
    assert!(answer.language.is_some() && answer.topics.is_some() && answer.entities.is_none());
    let [failure] = <[_; 1]>::try_from(answer.failures).unwrap();
    assert_eq!(failure.feature(), Feature::Entities);
    from_rpc_status(failure.status.unwrap())
}

#[tokio::test]
async fn a_part_that_hangs_does_not_lose_the_others() {
    let begun = Instant::now();
    assert_eq!(partial(Conduct::Hangs).await.code(), Code::DeadlineExceeded);
    assert!(begun.elapsed() >= Duration::from_millis(400), "the part was given up early");
}

#[tokio::test]
async fn a_part_that_refuses_is_quoted_with_reason_and_metadata() {
    let status = partial(Conduct::Overloaded).await;
    let (reason, metadata) = reason(&status);
    assert_eq!((status.code(), reason.as_str()), (Code::ResourceExhausted, "OVERLOADED"));
    assert_eq!(metadata["limit"], "7");
}

#[tokio::test]
async fn a_part_that_answers_garbage_is_an_internal_error_of_that_part() {
    assert_eq!(partial(Conduct::Garbage).await.code(), Code::Internal);
}

#[tokio::test]
async fn a_required_part_that_fails_ends_the_call() {
    let mut system = system(upstream(Conduct::Overloaded)).await;
    let status = system.gateway.enrich(request(&[Feature::Entities])).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::ResourceExhausted, "OVERLOADED"));
    assert!(system.gateway.enrich(request(&[Feature::Topics])).await.is_ok());
}

#[tokio::test]
async fn a_call_of_which_nothing_is_left_ends_with_the_parts_status() {
    let mut system = system(upstream(Conduct::Overloaded)).await;
    let features = vec![Feature::Entities.into()];
    let status = system.gateway.enrich(EnrichRequest { features, ..request(&[]) }).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
}

#[tokio::test]
async fn a_service_that_is_away_is_named_in_info_and_answers() {
    // Port 9 of this machine: nothing listens there, and a refused connection is quick.
    let mut system = system(dial("http://127.0.0.1:9".parse().unwrap()).unwrap()).await;
    let info = system.gateway.get_info(EnrichmentServiceGetInfoRequest {}).await.unwrap().into_inner();
    assert!(info.language.is_some() && info.entities.is_none());
    assert_eq!(info.failures[0].feature(), Feature::Entities);
    let answer = system.gateway.enrich(request(&[])).await.unwrap().into_inner();
    let status = from_rpc_status(answer.failures[0].status.clone().unwrap());
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::Unavailable, "UPSTREAM_UNAVAILABLE"));
}
