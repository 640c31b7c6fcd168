//! The processes with certificates.

use crate::{
    SENTENCE,
    process::{Served, request},
};
use enrich_proto::v1::{Feature, enrichment_service_client::EnrichmentServiceClient};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::{fs, path::Path};

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
