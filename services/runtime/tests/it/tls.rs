use crate::certificates::{Authority, Files, trusting};
use crate::support::{Client, Served, assert_refused, config, say, serve};
use enrich_runtime::{Limits, ServerConfig, dial, dial_with, metrics, upstream::SystemResolver};
use std::fs;
use std::sync::Arc;
use std::time::Duration;
use tonic::{Code, Status};

async fn secure(files: &Files) -> Served {
    serve(Limits::default(), ServerConfig { tls: files.server(), ..config() }).await
}

/// A call on a connection of its own.
async fn call(served: &Served, caller: &Files) -> Result<(), Status> {
    let uri = format!("https://localhost:{}", served.address.port()).parse().unwrap();
    Client::new(dial_with(uri, &caller.caller(), Arc::new(SystemResolver)).unwrap())
        .detect_language(say("water"))
        .await
        .map(drop)
}

fn assert_unreachable(result: Result<(), Status>) {
    assert_refused(&result.unwrap_err(), Code::Unavailable, "UPSTREAM_UNAVAILABLE");
}

#[tokio::test]
async fn a_caller_who_trusts_the_servers_authority_is_served_and_no_other() {
    let (authority, stranger, files) = (Authority::new(), Authority::new(), Files::new());
    files.certify(&authority, "localhost");
    let served = secure(&files).await;
    call(&served, &trusting(&authority)).await.unwrap();
    assert_unreachable(call(&served, &trusting(&stranger)).await);
    let plain = served.client().detect_language(say("water")).await;
    assert_unreachable(plain.map(drop));
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_accepted() {
    let (authority, files) = (Authority::new(), Files::new());
    files.certify(&authority, "elsewhere");
    assert_unreachable(call(&secure(&files).await, &trusting(&authority)).await);
}

#[tokio::test]
async fn with_mutual_tls_only_callers_with_a_certificate_are_served() {
    let (authority, stranger, files) = (Authority::new(), Authority::new(), Files::new());
    files.certify(&authority, "localhost");
    files.trust(&authority);
    let served = secure(&files).await;
    let (caller, impostor) = (Files::new(), Files::new());
    for (files, signer) in [(&caller, &authority), (&impostor, &stranger)] {
        files.trust(&authority);
        files.certify(signer, "gateway");
    }
    call(&served, &caller).await.unwrap();
    assert_unreachable(call(&served, &trusting(&authority)).await);
    assert_unreachable(call(&served, &impostor).await);
}

#[tokio::test]
async fn new_certificates_are_used_without_a_restart_and_broken_ones_are_not() {
    metrics::install().unwrap();
    let (before, after, files) = (Authority::new(), Authority::new(), Files::new());
    files.certify(&before, "localhost");
    let served = secure(&files).await;
    call(&served, &trusting(&before)).await.unwrap();

    let certificate = fs::read(files.path("certificate.pem")).unwrap();
    fs::write(files.path("certificate.pem"), "torn").unwrap();
    let refused = "enrich_reloads_total{what=\"the server's certificate\",result=\"failed\"}";
    while !metrics::install().unwrap().render().contains(refused) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    call(&served, &trusting(&before)).await.unwrap();

    fs::write(files.path("certificate.pem"), certificate).unwrap();
    files.certify(&after, "localhost");
    let tls = trusting(&after);
    while call(&served, &tls).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_unreachable(call(&served, &trusting(&before)).await);
}

#[tokio::test]
async fn what_cannot_be_dialled_or_served_is_refused_at_start() {
    let error = dial("https://localhost:1".parse().unwrap()).unwrap_err();
    assert!(error.to_string().ends_with("name their file with --upstream-ca"), "{error}");

    let (authority, files) = (Authority::new(), Files::new());
    files.certify(&authority, "localhost");
    let key = fs::read(files.path("key.pem")).unwrap();
    files.certify(&authority, "localhost");
    fs::write(files.path("key.pem"), key).unwrap();
    let error = secure(&files).await.ended.await.unwrap().unwrap_err();
    assert!(error.to_string().starts_with("the server's certificate cannot be used: certificate and key:"), "{error}");
}
