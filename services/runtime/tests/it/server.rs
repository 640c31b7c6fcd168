use crate::support::{Client, assert_refused, config, item, say, serve, serve_when, service};
use enrich_proto::v1::language_service_server::SERVICE_NAME;
use enrich_runtime::{Chassis, Limits, Server, ServerConfig, StartError, Switch};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio_stream::StreamExt;
use tonic::{Code, service::Routes};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_types::StatusExt;

fn about(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[tokio::test]
async fn a_drain_lets_calls_in_flight_end_and_no_new_ones_in() {
    let served = serve(Limits::default(), config()).await;
    let (mut slow, mut late) = (served.client(), served.client());
    let call = tokio::spawn(async move { slow.detect_language(say("sleep 300")).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    served.stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(late.detect_language(say("water")).await.unwrap_err().code(), Code::Unavailable);
    call.await.unwrap().unwrap();
    served.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_drain_is_bounded() {
    let served = serve(Limits::default(), ServerConfig { drain_seconds_max: 1, ..config() }).await;
    let (mut unary, mut stream) = (served.client(), served.client());
    let unary = tokio::spawn(async move { unary.detect_language(say("sleep 8000")).await });
    let items = tokio_stream::iter([item("a", "sleep 8000")]).chain(tokio_stream::pending());
    let mut answers = stream.stream_detect_language(items).await.unwrap().into_inner();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(served.chassis.in_flight(), 2);

    let begun = Instant::now();
    served.stop.send(()).unwrap();
    served.ended.await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_refused(&unary.await.unwrap().unwrap_err(), Code::Unavailable, "SHUTTING_DOWN");
    assert_refused(&answers.message().await.unwrap_err(), Code::Unavailable, "SHUTTING_DOWN");
    assert_eq!(served.chassis.in_flight(), 0);
}

#[tokio::test]
async fn health_follows_the_server_from_loading_to_draining() {
    let chassis = Chassis::new(Limits::default());
    let (loaded, load) = oneshot::channel();
    let routes = Routes::new(service(&chassis).0);
    let served = serve_when(chassis, config(), async move { load.await.map(|()| routes) }).await;
    let mut health = HealthClient::new(served.upstream());
    let mut watch = health.watch(about(SERVICE_NAME)).await.unwrap().into_inner();
    let status = |answer: Option<tonic_health::pb::HealthCheckResponse>| answer.unwrap().status();

    assert_eq!(status(watch.message().await.unwrap()), ServingStatus::NotServing);
    assert_eq!(health.check(about("")).await.unwrap().into_inner().status(), ServingStatus::NotServing);
    let refusal = served.client().detect_language(say("water")).await.unwrap_err();
    assert_refused(&refusal, Code::Unavailable, "LOADING");
    assert!(refusal.get_details_retry_info().is_some());

    loaded.send(()).unwrap();
    assert_eq!(status(watch.message().await.unwrap()), ServingStatus::Serving);
    assert_eq!(health.check(about("")).await.unwrap().into_inner().status(), ServingStatus::Serving);
    served.client().detect_language(say("water")).await.unwrap();
    assert_eq!(health.check(about("enrich.v1.Other")).await.unwrap_err().code(), Code::NotFound);

    let begun = Instant::now();
    served.stop.send(()).unwrap();
    assert_eq!(status(watch.message().await.unwrap()), ServingStatus::NotServing);
    assert_eq!(watch.message().await.unwrap_err().code(), Code::Unavailable);
    served.ended.await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "an open watch held up the drain: {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_server_can_be_stopped_while_it_loads() {
    let chassis = Chassis::new(Limits::default());
    let served = serve_when(chassis, config(), std::future::pending::<Result<Routes, StartError>>()).await;
    served.stop.send(()).unwrap();
    served.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_model_that_cannot_be_loaded_ends_the_server_with_the_reason() {
    let chassis = Chassis::new(Limits::default());
    let served = serve_when(chassis, config(), async { Err("no model.safetensors in /models") }).await;
    let error = served.ended.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "no model.safetensors in /models");
}

#[tokio::test]
async fn a_taken_address_is_named() {
    let served = serve(Limits::default(), config()).await;
    let config = ServerConfig { listen: served.address, ..config() };
    let error = Server::new(config, &served.chassis, &[SERVICE_NAME]).bind().await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot listen on {}", served.address)), "{error}");
}

/// The names that reflection lists, over the module of one version of it.
macro_rules! listed {
    ($version:ident, $served:expr) => {{
        use tonic_reflection::pb::$version::{
            ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
            server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
        };
        let request = |message_request| {
            tokio_stream::once(ServerReflectionRequest { host: String::new(), message_request: Some(message_request) })
        };
        let mut client = ServerReflectionClient::new($served.upstream());
        let symbol = request(MessageRequest::FileContainingSymbol(SERVICE_NAME.to_owned()));
        let mut files = client.server_reflection_info(symbol).await.unwrap().into_inner();
        let file = files.message().await.unwrap().unwrap().message_response;
        assert!(matches!(file, Some(MessageResponse::FileDescriptorResponse(_))), "{file:?}");
        let list = request(MessageRequest::ListServices(String::new()));
        let mut lists = client.server_reflection_info(list).await.unwrap().into_inner();
        match lists.message().await.unwrap().unwrap().message_response {
            Some(MessageResponse::ListServicesResponse(list)) => {
                list.service.into_iter().map(|service| service.name).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        }
    }};
}

#[tokio::test]
async fn reflection_lists_what_is_served_in_both_versions() {
    let served = serve(Limits::default(), config()).await;
    let v1 = listed!(v1, served);
    assert_eq!(v1, [SERVICE_NAME, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"]);
    let v1alpha = listed!(v1alpha, served);
    assert_eq!(v1alpha, [SERVICE_NAME, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"]);
}

#[tokio::test]
async fn health_and_reflection_can_be_turned_off() {
    let config = ServerConfig { health: Switch::Off, reflection: Switch::Off, ..config() };
    let served = serve(Limits::default(), config).await;
    let status = HealthClient::new(served.upstream()).check(about("")).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    Client::new(served.upstream()).detect_language(say("water")).await.unwrap();
}

#[test]
fn the_default_of_the_type_is_that_of_the_command_line() {
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        server: ServerConfig,
        #[command(flatten)]
        compute: enrich_runtime::ComputeConfig,
        #[command(flatten)]
        telemetry: enrich_runtime::TelemetryConfig,
        #[command(flatten)]
        limits: Limits,
    }

    let line = Line::parse_from(["enrich"]);
    assert_eq!(line.server, ServerConfig::default());
    assert_eq!(line.compute, enrich_runtime::ComputeConfig::default());
    assert_eq!(line.telemetry, enrich_runtime::TelemetryConfig::default());
    assert_eq!(line.limits, Limits::default());
}
