use crate::support::{client, item, say};
use enrich_proto::v1::LanguageServiceGetInfoRequest;
use enrich_runtime::{Chassis, Limits, metrics};
use tokio_stream::StreamExt;

/// The value of the one series that has all of `parts`; 0 where there is none yet.
fn value(name: &str, parts: &[&str]) -> f64 {
    let text = metrics::install().unwrap().render();
    let found: Vec<&str> = text
        .lines()
        .filter(|line| line.split(['{', ' ']).next() == Some(name) && parts.iter().all(|part| line.contains(part)))
        .collect();
    assert!(found.len() < 2, "{found:?}");
    found.first().map_or(0.0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

#[tokio::test]
async fn a_call_is_measured_by_service_method_and_code() {
    metrics::install().unwrap();
    let mut client = client(&Chassis::new(Limits::default()));
    let count = |method: &str, code: &str| {
        let (method, code) = (format!("method=\"{method}\""), format!("code=\"{code}\""));
        value("enrich_call_duration_seconds_count", &["service=\"enrich.v1.LanguageService\"", &method, &code])
    };
    let before = count("GetInfo", "OK");
    for _ in 0..3 {
        client.get_info(LanguageServiceGetInfoRequest {}).await.unwrap();
    }
    assert!(count("GetInfo", "OK") >= before + 3.0);
    client.detect_language(say("")).await.unwrap_err();
    assert!(count("DetectLanguage", "INVALID_ARGUMENT") >= 1.0);
    assert!(value("enrich_errors_total", &["code=\"INVALID_ARGUMENT\"", "reason=\"EMPTY_TEXT\""]) >= 1.0);
}

#[tokio::test]
async fn a_stream_is_in_flight_until_its_end() {
    metrics::install().unwrap();
    let mut client = client(&Chassis::new(Limits::default()));
    let items = tokio_stream::iter([item("a", "water")]).chain(tokio_stream::pending());
    let mut answers = client.stream_detect_language(items).await.unwrap().into_inner();
    answers.message().await.unwrap().unwrap();
    assert!(value("enrich_calls_in_flight", &["service=\"enrich.v1.LanguageService\""]) >= 1.0);
    drop(answers);
    let ended = ["method=\"StreamDetectLanguage\"", "code=\"CANCELLED\""];
    assert!(value("enrich_call_duration_seconds_count", &ended) >= 1.0);
}

#[tokio::test]
async fn a_path_of_the_callers_own_makes_no_series() {
    use tower::{Service, ServiceExt};
    metrics::install().unwrap();
    let mut service = crate::support::service(&Chassis::new(Limits::default())).0;
    let request = http::Request::post("/enrich.v1.LanguageService/Secret").body(tonic::body::Body::empty()).unwrap();
    service.ready().await.unwrap().call(request).await.unwrap();
    assert!(value("enrich_call_duration_seconds_count", &["method=\"other\"", "code=\"UNIMPLEMENTED\""]) >= 1.0);
    assert!(!metrics::install().unwrap().render().contains("Secret"));
}

#[tokio::test]
async fn the_wait_for_a_thread_is_shown() {
    metrics::install().unwrap();
    let compute = enrich_runtime::Compute::new(1, 4);
    let (release, held) = std::sync::mpsc::channel::<()>();
    let pool = compute.clone();
    let busy = tokio::spawn(async move { pool.run(move || held.recv()).await });
    let pool = compute.clone();
    let waiting = tokio::spawn(async move { pool.run(|| ()).await });
    let shown = || (value("enrich_compute_busy_threads", &[]), value("enrich_compute_queue_jobs", &[]));
    while shown().0 < 1.0 || shown().1 < 1.0 {
        tokio::task::yield_now().await;
    }
    release.send(()).unwrap();
    busy.await.unwrap().unwrap().unwrap();
    waiting.await.unwrap().unwrap();
}
