//! TLS by rustls, at the door and towards upstreams. Certificates are read again when their files change; connections that
//! stand keep what they began with.

use crate::StartError;
use crate::accept::Speaks;
use crate::reload::Reloaded;
use http::Uri;
use hyper_util::rt::TokioIo;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tower::Service;

/// How the server proves itself, and what it asks of callers.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "TLS")]
pub struct TlsConfig {
    /// File of the server's certificate chain, PEM, its own first; with it every connection is TLS. Read again when it
    /// changes, as are the other files here.
    #[arg(long, env = "ENRICH_TLS_CERTIFICATE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// File of the private key of that certificate, PEM.
    #[arg(long, env = "ENRICH_TLS_KEY", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// File of the authorities whose clients may connect, PEM; with it, who has no certificate of theirs is refused
    /// (mutual TLS).
    #[arg(long, env = "ENRICH_TLS_CLIENT_CA", requires = "tls_certificate")]
    pub tls_client_ca: Option<PathBuf>,
}

impl TlsConfig {
    /// Reads the files and keeps them fresh; `None` where there are none. Within TLS, `speaks` is spoken.
    pub(crate) fn start(&self, speaks: Speaks) -> Result<Option<Reloaded<ServerConfig>>, StartError> {
        let (Some(certificate), Some(key)) = (&self.tls_certificate, &self.tls_key) else { return Ok(None) };
        let files = [certificate, key].into_iter().chain(&self.tls_client_ca).cloned().collect();
        Reloaded::start("the server's certificate", files, Box::new(move |contents| server(contents, speaks))).map(Some)
    }
}

/// How upstreams prove themselves to this process, and it to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "TLS to upstreams")]
pub struct DialTlsConfig {
    /// File of the authorities that vouch for upstreams with an https address, PEM. Read again when it changes, as are
    /// the other files here.
    #[arg(long, env = "ENRICH_UPSTREAM_CA")]
    pub upstream_ca: Option<PathBuf>,
    /// File of the certificate chain that this process shows to upstreams, PEM.
    #[arg(long, env = "ENRICH_UPSTREAM_CERTIFICATE", requires_all = ["upstream_key", "upstream_ca"])]
    pub upstream_certificate: Option<PathBuf>,
    /// File of the private key of that certificate, PEM.
    #[arg(long, env = "ENRICH_UPSTREAM_KEY", requires = "upstream_certificate")]
    pub upstream_key: Option<PathBuf>,
}

impl DialTlsConfig {
    /// Reads the files and keeps them fresh, for the upstream at `uri`, which must prove that it is `host`.
    pub(crate) fn start(&self, uri: &Uri, host: &str) -> Result<DialTls, StartError> {
        let Some(authorities) = &self.upstream_ca else { return Err(StartError::UpstreamTls { uri: uri.clone() }) };
        let Ok(name) = ServerName::try_from(host.to_owned()) else {
            return Err(StartError::Upstream { uri: uri.clone() });
        };
        let own = self.upstream_certificate.iter().chain(&self.upstream_key);
        let files = [authorities].into_iter().chain(own).cloned().collect();
        DialTls::start("the certificates for upstreams", name, files)
    }
}

/// What an https server is dialled with.
#[derive(Clone, Debug)]
pub(crate) struct DialTls {
    config: Reloaded<ClientConfig>,
    name: ServerName<'static>,
}

impl DialTls {
    /// Reads `files` (authorities and, for mutual TLS, certificate and key) and keeps them fresh, for a server that must
    /// prove that it has `name`.
    pub(crate) fn start(
        what: &'static str,
        name: ServerName<'static>,
        files: Vec<PathBuf>,
    ) -> Result<DialTls, StartError> {
        Ok(DialTls { config: Reloaded::start(what, files, Box::new(client))?, name })
    }

    /// A way to connections with the server at `address`, "host:port".
    pub(crate) fn connector(&self, address: &str) -> Connector {
        Connector { tls: self.clone(), address: address.into() }
    }
}

/// Opens TLS connections with one address.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    tls: DialTls,
    address: Arc<str>,
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, std::io::Error>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), std::io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: Uri) -> Self::Future {
        let Connector { tls: DialTls { config, name }, address } = self.clone();
        Box::pin(async move {
            let stream = TcpStream::connect(&*address).await?;
            stream.set_nodelay(true)?;
            Ok(TokioIo::new(TlsConnector::from(config.get()).connect(name, stream).await?))
        })
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// From certificate, key and, for mutual TLS, authorities.
fn server(contents: &[Vec<u8>], speaks: Speaks) -> Result<ServerConfig, String> {
    let [certificate, key, authorities @ ..] = contents else { return Err("certificate or key is missing".to_owned()) };
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    let builder = match authorities.first() {
        Some(authorities) => {
            let roots = Arc::new(roots(authorities)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider()).build();
            builder.with_client_cert_verifier(verifier.map_err(|error| error.to_string())?)
        }
        None => builder.with_no_client_auth(),
    };
    let config = builder.with_single_cert(chain(certificate)?, private_key(key)?);
    let mut config = config.map_err(|error| format!("certificate and key: {error}"))?;
    config.alpn_protocols = vec![speaks.alpn().to_vec()];
    Ok(config)
}

/// From authorities and, for mutual TLS, certificate and key.
fn client(contents: &[Vec<u8>]) -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    let (authorities, own) = contents.split_first().ok_or("authorities are missing")?;
    let builder = builder.with_root_certificates(roots(authorities)?);
    let mut config = match own {
        [certificate, key] => builder
            .with_client_auth_cert(chain(certificate)?, private_key(key)?)
            .map_err(|error| format!("certificate and key: {error}"))?,
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![Speaks::Http2.alpn().to_vec()];
    Ok(config)
}

fn chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let chain = chain.map_err(|error| format!("the certificate is no PEM: {error}"))?;
    if chain.is_empty() { Err("the file of the certificate has none".to_owned()) } else { Ok(chain) }
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    // Without the cause, which might quote.
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| "the file of the private key has none in PEM".to_owned())
}

fn roots(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in chain(pem)? {
        roots.add(certificate).map_err(|error| format!("an authority's certificate: {error}"))?;
    }
    Ok(roots)
}
