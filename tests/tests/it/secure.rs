//! The processes with certificates.

use crate::{
    SENTENCE,
    observability::Collector,
    process::{Served, annotate, client, command, health, request},
};
use enrich_proto::v1::{Feature, enrichment_service_client::EnrichmentServiceClient};
use enrich_runtime::{Chassis, Limits, Server, ServerConfig, TlsConfig};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::TraceServiceServer;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::{fs, future::pending, path::Path};
use tokio::sync::mpsc;
use tonic::{Code, service::Routes};
use tonic_health::pb::health_check_response::ServingStatus;

/// Writes an authority's certificate and, signed by it, certificate and key of each of `names`.
fn certify(folder: &Path, names: &[&str]) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    fs::write(folder.join("authority.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(params, key);
    for name in names {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![(*name).to_owned()]).unwrap();
        fs::write(folder.join(format!("{name}.pem")), params.signed_by(&key, &issuer).unwrap().pem()).unwrap();
        fs::write(folder.join(format!("{name}-key.pem")), key.serialize_pem()).unwrap();
    }
}

#[tokio::test]
async fn the_gateway_reaches_its_upstreams_by_mutual_tls() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path(), &["localhost", "gateway"]);
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (authority, certificate, key) = (file("authority.pem"), file("localhost.pem"), file("localhost-key.pem"));
    let args = ["--tls-certificate", &certificate, "--tls-key", &key, "--tls-client-ca", &authority];
    let language = Served::start("enrich-language", "127.0.0.1:0", &args);
    language.wait_for("\"message\":\"ready\"");
    let uri = format!("https://localhost:{}", language.address.port());
    let (certificate, key) = (file("gateway.pem"), file("gateway-key.pem"));
    let known = ["--language-uri", &uri, "--upstream-ca", &authority];
    let shown = ["--upstream-certificate", &certificate, "--upstream-key", &key];
    for (args, answered) in [(&[&known[..], &shown[..]].concat()[..], true), (&known[..], false)] {
        let gateway = Served::start("enrich-gateway", "127.0.0.1:0", args);
        let mut client = EnrichmentServiceClient::connect(gateway.uri()).await.unwrap();
        let mut request = request(SENTENCE);
        request.features = vec![Feature::Language.into()];
        assert_eq!(client.enrich(request).await.is_ok(), answered);
    }
}

#[tokio::test]
async fn the_gateway_and_the_command_show_their_keys() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    // "first" as SHA-256.
    let hash = "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e";
    let tenants = file("tenants.toml", &format!("[[tenants]]\nname = \"gateway\"\nkeys_sha256 = [\"{hash}\"]\n"));
    let (right, wrong, text) = (file("right", "first\n"), file("wrong", "second"), file("text", SENTENCE));
    let language = Served::start("enrich-language", "127.0.0.1:0", &["--tenants", &tenants]);
    language.wait_for("\"message\":\"ready\"");
    let uri = language.uri();
    for (key, answered) in [(&right, true), (&wrong, false)] {
        let args = ["--language-uri", &uri, "--upstream-api-key-file", key];
        let gateway = Served::start("enrich-gateway", "127.0.0.1:0", &args);
        let mut request = request(SENTENCE);
        request.features = vec![Feature::Language.into()];
        let ended = client(&gateway).await.enrich(request).await;
        assert_eq!(ended.as_ref().err().map(tonic::Status::code), (!answered).then_some(Code::Unauthenticated));
    }

    let served = Served::start("enrich", "127.0.0.1:0", &["--tenants", &tenants]);
    served.wait_for("\"message\":\"ready\"");
    for (key, answered) in [(&right, true), (&wrong, false)] {
        let args = ["annotate", "--server", &served.uri(), "--upstream-api-key-file", key, &text];
        let mut command = command("enrich", &args);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert_eq!(output.status.success(), answered, "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[tokio::test]
async fn traces_go_to_a_collector_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path(), &["localhost"]);
    let file = |name: &str| folder.path().join(name);
    let tls = TlsConfig {
        tls_certificate: Some(file("localhost.pem")),
        tls_key: Some(file("localhost-key.pem")),
        tls_client_ca: None,
    };
    let config = ServerConfig { listen: ([127, 0, 0, 1], 0).into(), tls, ..ServerConfig::default() };
    let (send, mut spans) = mpsc::unbounded_channel();
    let server = Server::new(config, &Chassis::new(Limits::default()), &[]).bind().await.unwrap();
    let endpoint = format!("https://localhost:{}", server.local_addr().port());
    tokio::spawn(server.serve(Routes::new(TraceServiceServer::new(Collector(send))), pending()));

    let authority = file("authority.pem");
    let args = ["--trace-endpoint", &endpoint, "--trace-ca", authority.to_str().unwrap()];
    let language = Served::start("enrich-language", "127.0.0.1:0", &args);
    language.wait_for("\"message\":\"ready\"");
    let channel = tonic::transport::Channel::from_shared(language.uri()).unwrap().connect().await.unwrap();
    let mut client = enrich_proto::v1::language_service_client::LanguageServiceClient::new(channel);
    let asked = enrich_proto::v1::DetectLanguageRequest { text: SENTENCE.into(), ..Default::default() };
    client.detect_language(asked).await.unwrap();
    assert_eq!(spans.recv().await.unwrap().name, "enrich.v1.LanguageService/DetectLanguage");
}

/// An all-in-one server that asks for TLS, a certificate and a key, and serves health without on another port.
fn guarded(folder: &Path) -> Served {
    certify(folder, &["localhost", "caller"]);
    // SHA-256 of "key of the desk".
    let hash = "b16904887b62cbc211257f12729aa08610dc5a876f6a76fe53a38a496f02d5ab";
    fs::write(folder.join("tenants.toml"), format!("[[tenants]]\nname = \"desk\"\nkeys_sha256 = [\"{hash}\"]\n"))
        .unwrap();
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (certificate, key, authority) = (file("localhost.pem"), file("localhost-key.pem"), file("authority.pem"));
    let tls = ["--tls-certificate", &certificate, "--tls-key", &key, "--tls-client-ca", &authority];
    let tenants = file("tenants.toml");
    let more = ["--tenants", &tenants, "--health-listen", "127.0.0.1:0"];
    let served = Served::start("enrich", "127.0.0.1:0", &[&tls[..], &more].concat());
    served.wait_for("\"message\":\"ready\"");
    served
}

#[tokio::test]
async fn behind_tls_probes_ask_a_port_that_serves_nothing_but_health() {
    let folder = tempfile::tempdir().unwrap();
    let served = guarded(folder.path());
    let uri = format!("http://{}", served.probed.unwrap());
    assert_eq!(health(&uri, "enrich.v1.EnrichmentService").await, ServingStatus::Serving);
    let mut client = EnrichmentServiceClient::connect(uri).await.unwrap();
    assert_eq!(client.enrich(request(SENTENCE)).await.unwrap_err().code(), Code::Unimplemented);
}

#[tokio::test]
async fn annotate_shows_certificate_and_key_to_a_server_that_asks_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let served = guarded(folder.path());
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(file("key"), "key of the desk\n").unwrap();
    let uri = format!("https://localhost:{}", served.address.port());
    let (authority, certificate, private, key) =
        (file("authority.pem"), file("caller.pem"), file("caller-key.pem"), file("key"));
    let asked = ["--json", "--server", &uri, "--upstream-ca", &authority];
    let shown = ["--upstream-certificate", &certificate, "--upstream-key", &private, "-"];
    let refused = annotate(&[&asked[..], &shown].concat(), SENTENCE.as_bytes());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("a key is needed"), "{refused:?}");
    let let_in = annotate(&[&asked[..], &["--upstream-api-key-file", &key], &shown].concat(), SENTENCE.as_bytes());
    assert!(let_in.status.success() && String::from_utf8_lossy(&let_in.stdout).contains("\"language\""), "{let_in:?}");
}
