//! What the gateway asks only once.

use enrich_gateway::{Config, Upstreams};
use enrich_proto::v1::{EnrichRequest, EnrichResponse, EnrichmentServiceGetInfoRequest, Feature, LanguageOptions};
use enrich_runtime::{Chassis, ComputeConfig, Limits, Upstream, embed};
use enrich_tests::{System, Wiring, detector};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tonic::{body::Body, codegen::http::Request};
use tower::{Service, ServiceExt};

/// A gateway over the language service, which takes `pause` before it works and counts its calls.
async fn system(cache_bytes_max: u64, pause: Duration) -> (System, Arc<AtomicUsize>) {
    let chassis = Chassis::new(Limits::default()).embedded();
    let language = enrich_language::build(detector().unwrap(), ComputeConfig::default().build(), &chassis);
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let counted = tower::service_fn(move |request: Request<Body>| {
        counter.fetch_add(1, Ordering::SeqCst);
        let mut language = language.clone();
        async move {
            tokio::time::sleep(pause).await;
            language.ready().await?.call(request).await
        }
    });
    let counted: Upstream = embed(counted);
    let upstreams = Upstreams { language: counted.clone(), entities: counted.clone(), topics: counted };
    let config = Config { cache_bytes_max, ..Config::default() };
    (System::over(Wiring::Embedded, Limits::default(), &config, upstreams).await.unwrap(), calls)
}

fn request(text: &str) -> EnrichRequest {
    EnrichRequest { text: text.into(), features: vec![Feature::Language.into()], ..Default::default() }
}

async fn ask(system: &System, request: EnrichRequest) -> EnrichResponse {
    system.gateway.clone().enrich(request).await.unwrap().into_inner()
}

#[tokio::test(start_paused = true)]
async fn the_same_text_in_flight_is_computed_once_and_answered_under_each_id() {
    let (system, calls) = system(0, Duration::from_millis(50)).await;
    let named = |id: &str| EnrichRequest { id: id.into(), ..request("وصل الوفد إلى بغداد") };
    let (a, b, other) =
        tokio::join!(ask(&system, named("a")), ask(&system, named("b")), ask(&system, request("water")));
    assert_eq!((a.id.as_str(), b.id.as_str()), ("a", "b"));
    assert_eq!((a.language.as_ref(), a.cached), (b.language.as_ref(), false));
    assert_ne!(a.language, other.language);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    ask(&system, named("a")).await;
    assert_eq!(calls.load(Ordering::SeqCst), 3, "an answer was kept without a cache");
}

#[tokio::test]
async fn a_kept_answer_is_the_same_and_says_so() {
    let (system, calls) = system(1 << 20, Duration::ZERO).await;
    let first = ask(&system, request("وصل الوفد إلى بغداد")).await;
    let again = ask(&system, EnrichRequest { id: "b".into(), ..request("وصل الوفد إلى بغداد") }).await;
    assert_eq!((first.cached, again.cached, again.id.as_str()), (false, true, "b"));
    assert_eq!(first.language, again.language);
    let language_options = Some(LanguageOptions { alternatives_max: Some(1), ..Default::default() });
    assert!(!ask(&system, EnrichRequest { language_options, ..request("وصل الوفد إلى بغداد") }).await.cached);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_private_text_is_neither_kept_nor_shared() {
    let (system, calls) = system(1 << 20, Duration::from_millis(50)).await;
    let private = || EnrichRequest { private: true, ..request("وصل الوفد إلى بغداد") };
    tokio::join!(ask(&system, private()), ask(&system, private()));
    assert!(!ask(&system, private()).await.cached);
    assert!(!ask(&system, request("وصل الوفد إلى بغداد")).await.cached);
    assert_eq!(calls.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn get_info_tells_the_cache() {
    for (bytes, seconds) in [(0, None), (4096, Some(600))] {
        let mut system = system(bytes, Duration::ZERO).await.0;
        let info = system.gateway.get_info(EnrichmentServiceGetInfoRequest {}).await.unwrap().into_inner();
        let limits = info.limits.unwrap();
        assert_eq!((limits.cache_bytes_max, limits.cache_age_max.map(|age| age.seconds)), (bytes, seconds));
    }
}
