use crate::support::{assert_refused, client, item, reason, say, say_within, service};
use enrich_runtime::{Chassis, Limits, embed};
use std::sync::{Arc, Mutex, atomic::Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tonic::{Code, Request};
use tonic_types::StatusExt;

fn chassis_for(in_flight_max: usize) -> Chassis {
    Chassis::new(Limits { in_flight_max, ..Limits::default() })
}

#[tokio::test(start_paused = true)]
async fn deadline_cuts_a_slow_service() {
    let begun = Instant::now();
    let slow = say_within("sleep 3600000", Duration::from_millis(50));
    let status = client(&chassis_for(1)).detect_language(slow).await.unwrap_err();
    assert_refused(&status, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
    assert_eq!(begun.elapsed().as_millis(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_caller_without_a_deadline_gets_the_default() {
    let begun = Instant::now();
    let status = client(&chassis_for(1)).detect_language(say("sleep 3600000")).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn no_caller_gets_more_than_the_maximum() {
    let begun = Instant::now();
    let slow = say_within("sleep 3600000", Duration::from_secs(3600));
    let status = client(&chassis_for(1)).detect_language(slow).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(begun.elapsed().as_secs(), 120);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_of_zero_is_exceeded_before_any_work() {
    let chassis = chassis_for(1);
    let (service, busy) = service(&chassis);
    let mut client = crate::support::Client::new(embed(service));
    let status = client.detect_language(say_within("panic", Duration::ZERO)).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!((busy.load(Ordering::SeqCst), chassis.in_flight()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_handler_knows_its_deadline() {
    let answer = client(&chassis_for(1)).detect_language(say_within("left", Duration::from_millis(700))).await.unwrap();
    assert_eq!(answer.into_inner().id, "700");
}

#[tokio::test(start_paused = true)]
async fn deadline_cuts_a_stream_body() {
    let items = tokio_stream::iter([item("quick", "water"), item("slow", "sleep 3600000")]);
    let chassis = chassis_for(1);
    let mut answers = client(&chassis).stream_detect_language(items).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap().unwrap().id, "quick");
    let begun = Instant::now();
    let status = answers.message().await.unwrap_err();
    assert_refused(&status, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
    assert_eq!(begun.elapsed().as_secs(), 10);
    assert!(answers.message().await.unwrap().is_none());
    assert_eq!(chassis.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_nobody_reads_gives_back_its_place_at_the_deadline() {
    let chassis = chassis_for(1);
    let items = tokio_stream::iter((0..1000).map(|n| item(&n.to_string(), "water")));
    let mut answers = client(&chassis).stream_detect_language(items).await.unwrap().into_inner();
    assert_eq!(chassis.in_flight(), 1);
    sleep(Duration::from_secs(11)).await;
    assert_eq!(chassis.in_flight(), 0);
    assert_eq!(answers.message().await.unwrap_err().code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_panic_is_internal_and_the_next_call_succeeds() {
    let mut client = client(&chassis_for(1));
    let status = client.detect_language(say("panic the secret")).await.unwrap_err();
    assert_refused(&status, Code::Internal, "PANIC");
    assert_eq!(status.message(), "internal error");
    client.detect_language(say("water")).await.unwrap();
}

#[tokio::test]
async fn a_panic_amid_a_stream_body_is_internal_and_the_next_call_succeeds() {
    let chassis = chassis_for(1);
    let mut client = client(&chassis);
    let mut request = Request::new(tokio_stream::iter([item("a", "water")]));
    request.metadata_mut().insert("panic", "yes".parse().unwrap());
    let mut answers = client.stream_detect_language(request).await.unwrap().into_inner();
    let status = answers.message().await.unwrap_err();
    assert_refused(&status, Code::Internal, "PANIC");
    assert_eq!(status.message(), "internal error");
    client.detect_language(say("water")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_over_the_limit_is_refused_at_once_and_a_place_is_free_again_after() {
    let chassis = chassis_for(1);
    let client = client(&chassis);
    let mut first = client.clone();
    let first = tokio::spawn(async move { first.detect_language(say("sleep 1000")).await });
    sleep(Duration::from_millis(1)).await;

    let begun = Instant::now();
    let status = client.clone().detect_language(say("water")).await.unwrap_err();
    assert_refused(&status, Code::ResourceExhausted, "OVERLOADED");
    assert!(status.get_details_retry_info().unwrap().retry_delay.unwrap() > Duration::ZERO);
    let metadata = status.get_details_error_info().unwrap().metadata;
    assert_eq!((metadata["resource"].as_str(), metadata["limit"].as_str()), ("in-flight calls", "1"));
    assert!(begun.elapsed().is_zero());

    first.await.unwrap().unwrap();
    client.clone().detect_language(say("water")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stream_keeps_its_place_until_it_ends() {
    let chassis = chassis_for(1);
    let mut client = client(&chassis);
    let items = tokio_stream::iter([item("a", "water")]);
    let mut answers = client.stream_detect_language(items).await.unwrap().into_inner();
    assert_eq!(reason(&client.detect_language(say("water")).await.unwrap_err()), "OVERLOADED");
    while answers.message().await.unwrap().is_some() {}
    client.detect_language(say("water")).await.unwrap();
}

#[tokio::test]
async fn a_call_through_the_inner_door_takes_no_place() {
    let chassis = chassis_for(1);
    let mut outer = client(&chassis);
    let mut inner = client(&chassis.embedded());
    let items = tokio_stream::iter([item("a", "water")]);
    let stream = outer.stream_detect_language(items).await.unwrap();
    inner.detect_language(say("water")).await.unwrap();
    assert_eq!(chassis.in_flight(), 1);
    drop(stream);
    assert_eq!(chassis.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_leaves_ends_the_work() {
    let chassis = chassis_for(1);
    let (service, busy) = service(&chassis);
    let mut client = crate::support::Client::new(embed(service));
    let call = tokio::spawn(async move { client.detect_language(say("sleep 3600000")).await });
    sleep(Duration::from_millis(1)).await;
    assert_eq!((busy.load(Ordering::SeqCst), chassis.in_flight()), (1, 1));
    call.abort();
    sleep(Duration::from_millis(1)).await;
    assert_eq!((busy.load(Ordering::SeqCst), chassis.in_flight()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_drops_a_stream_ends_its_work() {
    let chassis = chassis_for(1);
    let (service, busy) = service(&chassis);
    let mut client = crate::support::Client::new(embed(service));
    let items = tokio_stream::iter([item("a", "water"), item("b", "sleep 3600000")]);
    let mut answers = client.stream_detect_language(items).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap().unwrap().id, "a");
    drop(answers);
    sleep(Duration::from_millis(1)).await;
    assert_eq!((busy.load(Ordering::SeqCst), chassis.in_flight()), (0, 0));
}

/// Where a test's logs go.
#[derive(Clone, Debug, Default)]
struct Logs(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_call_is_logged_by_method_and_code_and_never_by_its_text() {
    let logs = Logs::default();
    let writer = logs.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let chassis = Chassis::new(Limits { text_bytes_max: 100, ..Limits::default() });
    let mut client = client(&chassis);
    client.detect_language(say("the secret")).await.unwrap();
    client.detect_language(say(&"secret".repeat(100))).await.unwrap_err();
    client.detect_language(say("panic the secret")).await.unwrap_err();
    let items = tokio_stream::iter([item("a", "the secret"), item("b", "panic the secret")]);
    let mut answers = client.stream_detect_language(items).await.unwrap().into_inner();
    while answers.message().await.unwrap().is_some() {}

    let logs = String::from_utf8(logs.0.lock().unwrap().clone()).unwrap();
    let ended: Vec<_> = logs.lines().filter(|line| line.contains("call ended")).collect();
    assert_eq!(ended.len(), 4, "{logs}");
    for (line, (method, code)) in ended.iter().zip([
        ("enrich.v1.LanguageService/DetectLanguage", "code=Ok"),
        ("enrich.v1.LanguageService/DetectLanguage", "code=InvalidArgument"),
        ("enrich.v1.LanguageService/DetectLanguage", "code=Internal"),
        ("enrich.v1.LanguageService/StreamDetectLanguage", "code=Ok"),
    ]) {
        assert!(line.contains(method) && line.contains(code) && line.contains("elapsed_us="), "{line}");
    }
    assert!(!logs.contains("secret"), "{logs}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_place_is_free_again_however_the_calls_ended() {
    let chassis = chassis_for(50);
    let client = client(&chassis);
    let calls = (0..400_u64).map(|n| {
        let mut client = client.clone();
        tokio::spawn(async move {
            match n % 5 {
                0 => drop(client.detect_language(say("water")).await),
                1 => drop(client.detect_language(say("panic")).await),
                2 => drop(client.detect_language(say_within("sleep 1000", Duration::from_millis(n % 7))).await),
                3 => {
                    drop(tokio::time::timeout(Duration::from_millis(1), client.detect_language(say("sleep 50"))).await)
                }
                _ => {
                    let items = tokio_stream::iter((0..20).map(|n| item(&n.to_string(), "sleep 1")));
                    let Ok(answers) = client.stream_detect_language(items).await else { return };
                    let mut answers = answers.into_inner();
                    for _ in 0..n % 30 {
                        drop(answers.message().await);
                    }
                }
            }
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }
    // Work that was aborted is dropped by the scheduler, not by the caller.
    for _ in 0..1000 {
        if chassis.in_flight() == 0 {
            break;
        }
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(chassis.in_flight(), 0);
    client.clone().detect_language(say("water")).await.unwrap();
}
