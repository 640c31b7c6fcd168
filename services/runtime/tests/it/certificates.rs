//! Certificates made for a test, in files.

use enrich_runtime::{DialConfig, DialTlsConfig, TlsConfig};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// Who signs the certificates of others.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub(crate) fn new() -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for `name`, and its key.
    fn sign(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

/// Files of one side of a connection.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn new() -> Files {
        Files(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a new certificate of `authority` for `name`.
    pub(crate) fn certify(&self, authority: &Authority, name: &str) {
        let (certificate, key) = authority.sign(name);
        fs::write(self.path("certificate.pem"), certificate).unwrap();
        fs::write(self.path("key.pem"), key).unwrap();
    }

    pub(crate) fn trust(&self, authority: &Authority) {
        fs::write(self.path("authority.pem"), &authority.pem).unwrap();
    }

    /// A server that shows the certificate and, where an authority is trusted, asks for one of its.
    pub(crate) fn server(&self) -> TlsConfig {
        let authority = self.path("authority.pem");
        TlsConfig {
            tls_certificate: Some(self.path("certificate.pem")),
            tls_key: Some(self.path("key.pem")),
            tls_client_ca: authority.is_file().then_some(authority),
        }
    }

    /// A caller that trusts the authority and shows the certificate, where it has one.
    pub(crate) fn caller(&self) -> DialConfig {
        let present = |name: &str| Some(self.path(name)).filter(|path| path.is_file());
        let tls = DialTlsConfig {
            upstream_ca: Some(self.path("authority.pem")),
            upstream_certificate: present("certificate.pem"),
            upstream_key: present("key.pem"),
        };
        DialConfig { tls, ..DialConfig::default() }
    }
}

/// Files of a caller that trusts `authority`.
pub(crate) fn trusting(authority: &Authority) -> Files {
    let files = Files::new();
    files.trust(authority);
    files
}
