use crate::support::{Served, assert_refused, config, say, serve};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use enrich_proto::v1::{
    BatchDetectLanguageRequest, LanguageServiceGetInfoRequest, detect_language_item::Result as Item,
};
use enrich_runtime::{AccessConfig, Limits, ServerConfig};
use ring::signature::{Ed25519KeyPair, KeyPair};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tonic::{Code, Request, Status};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt;

/// "first" and "second" as SHA-256.
const FIRST: &str = "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e";
const SECOND: &str = "16367aacb67a4a017c8da8ab95682ccb390863780f7114dda0a0e0c55644c7c4";

fn tenant(name: &str, key: &str, rest: &str) -> String {
    format!("[[tenants]]\nname = \"{name}\"\nkeys_sha256 = [\"{key}\"]\n{rest}\n")
}

/// A server with a file of tenants, which lives as long as the folder.
async fn guarded(tenants: &str) -> (Served, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenants.toml");
    fs::write(&path, tenants).unwrap();
    let access = AccessConfig { tenants: Some(path), ..AccessConfig::default() };
    (serve(Limits::default(), ServerConfig { access, ..config() }).await, folder)
}

fn with<T>(header: &'static str, value: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(header, value.parse().unwrap());
    request
}

async fn call(served: &Served, header: &'static str, value: &str) -> Result<(), Status> {
    served.client().detect_language(with(header, value, say("water").into_inner())).await.map(drop)
}

#[tokio::test]
async fn who_shows_a_key_is_served_and_nobody_else() {
    let (served, _folder) = guarded(&tenant("desk", FIRST, "")).await;
    let nothing = served.client().detect_language(say("water")).await.unwrap_err();
    assert_refused(&nothing, Code::Unauthenticated, "CREDENTIALS_MISSING");
    for (header, value) in
        [("x-api-key", "first"), ("authorization", "Bearer first"), ("authorization", "bearer first")]
    {
        call(&served, header, value).await.unwrap();
    }
    let bad =
        [("x-api-key", "second"), ("authorization", "first"), ("authorization", "Basic first"), ("x-api-key", "")];
    for (header, value) in bad {
        let refusal = call(&served, header, value).await.unwrap_err();
        assert_refused(&refusal, Code::Unauthenticated, "CREDENTIALS_INVALID");
    }
}

#[tokio::test]
async fn health_is_open_and_reflection_is_not() {
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest,
    };
    let (served, _folder) = guarded(&tenant("desk", FIRST, "methods = [\"enrich.v1.LanguageService/GetInfo\"]")).await;
    HealthClient::new(served.upstream()).check(HealthCheckRequest::default()).await.unwrap();
    let list = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(served.upstream());
    let refusal = client.server_reflection_info(tokio_stream::once(list.clone())).await.unwrap_err();
    assert_refused(&refusal, Code::Unauthenticated, "CREDENTIALS_MISSING");
    client.server_reflection_info(with("x-api-key", "first", tokio_stream::once(list))).await.unwrap();
}

#[tokio::test]
async fn a_tenant_calls_what_it_may_and_is_told_what_that_is() {
    let may = "methods = [\"enrich.v1.LanguageService/GetInfo\"]\ntokens_per_second = 5";
    let (served, _folder) = guarded(&tenant("desk", FIRST, may)).await;
    let info = served.client().get_info(with("x-api-key", "first", LanguageServiceGetInfoRequest {})).await.unwrap();
    let told = info.into_inner().limits.unwrap().tenant.unwrap();
    assert_eq!((told.tenant.as_str(), told.tokens_per_second, told.burst_tokens), ("desk", 5, 5));
    assert_eq!(told.methods, ["enrich.v1.LanguageService/GetInfo"]);
    let refusal = call(&served, "x-api-key", "first").await.unwrap_err();
    assert_refused(&refusal, Code::PermissionDenied, "METHOD_DENIED");
}

#[tokio::test]
async fn a_quota_that_is_used_up_refuses_one_tenant_and_no_other() {
    let file = tenant("small", FIRST, "tokens_per_second = 1") + &tenant("large", SECOND, "tokens_per_second = 100000");
    let (served, _folder) = guarded(&file).await;
    // Of 400 bytes: 100 tokens.
    let long = || say(&"water ".repeat(66)).into_inner();
    served.client().detect_language(with("x-api-key", "first", long())).await.unwrap();
    let refusal = served.client().detect_language(with("x-api-key", "first", long())).await.unwrap_err();
    assert_refused(&refusal, Code::ResourceExhausted, "QUOTA_EXCEEDED");
    let wait = refusal.get_details_retry_info().unwrap().retry_delay.unwrap();
    assert!(wait > Duration::from_secs(60) && wait < Duration::from_secs(101), "{wait:?}");
    for _ in 0..2 {
        served.client().detect_language(with("x-api-key", "second", long())).await.unwrap();
    }
}

#[tokio::test]
async fn the_items_of_a_batch_wait_for_their_tenants_quota() {
    let (served, _folder) = guarded(&tenant("desk", FIRST, "tokens_per_second = 100\nburst_tokens = 1")).await;
    let batch = BatchDetectLanguageRequest { requests: vec![say("of twenty bytes here").into_inner(); 4] };
    let answer = served.client().batch_detect_language(with("x-api-key", "first", batch)).await.unwrap();
    assert!(answer.into_inner().results.iter().all(|item| matches!(item.result, Some(Item::Response(_)))));
}

#[tokio::test]
async fn a_changed_file_changes_who_may_call() {
    let (served, folder) = guarded(&tenant("desk", FIRST, "")).await;
    call(&served, "x-api-key", "first").await.unwrap();
    fs::write(folder.path().join("tenants.toml"), tenant("desk", SECOND, "")).unwrap();
    while call(&served, "x-api-key", "second").await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_refused(
        &call(&served, "x-api-key", "first").await.unwrap_err(),
        Code::Unauthenticated,
        "CREDENTIALS_INVALID",
    );
}

fn key_set(folder: &Path) -> Ed25519KeyPair {
    let document = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).unwrap();
    let signer = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let x = BASE64.encode(signer.public_key());
    let set = format!("{{\"keys\":[{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"a\",\"x\":\"{x}\"}}]}}");
    fs::write(folder.join("jwks.json"), set).unwrap();
    signer
}

#[tokio::test]
async fn a_token_is_as_good_as_a_key_where_its_tenant_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let signer = key_set(folder.path());
    fs::write(folder.path().join("tenants.toml"), tenant("desk", FIRST, "")).unwrap();
    let access = AccessConfig {
        tenants: Some(folder.path().join("tenants.toml")),
        jwks: Some(folder.path().join("jwks.json")),
        jwt_issuer: Some("issuer".to_owned()),
        jwt_audience: Some("enrich".to_owned()),
        ..AccessConfig::default()
    };
    let served = serve(Limits::default(), ServerConfig { access, ..config() }).await;
    let token = |tenant: &str| {
        let claims = format!("{{\"iss\":\"issuer\",\"aud\":\"enrich\",\"exp\":4102444800,\"sub\":\"{tenant}\"}}");
        let message = [r#"{"alg":"EdDSA","kid":"a"}"#, &claims].map(|part| BASE64.encode(part)).join(".");
        format!("Bearer {message}.{}", BASE64.encode(signer.sign(message.as_bytes())))
    };
    call(&served, "authorization", &token("desk")).await.unwrap();
    call(&served, "authorization", "Bearer first").await.unwrap();
    let stranger = call(&served, "authorization", &token("stranger")).await.unwrap_err();
    assert_refused(&stranger, Code::PermissionDenied, "TENANT_UNKNOWN");
    let forged = call(&served, "authorization", &(token("desk") + "A")).await.unwrap_err();
    assert_refused(&forged, Code::Unauthenticated, "CREDENTIALS_INVALID");
}

#[tokio::test]
async fn a_file_of_tenants_that_is_none_is_refused_at_start() {
    let (served, _folder) = guarded("tenants = 1").await;
    let error = served.ended.await.unwrap().unwrap_err();
    assert!(error.to_string().starts_with("the file of tenants cannot be used: it is no such file"), "{error}");
}
