//! Who may call what, and how much: tenants, known by API keys or by tokens (JWT).

mod jwt;
mod quota;
mod tenants;

pub(crate) use tenants::Tenant;

use crate::StartError;
use crate::reload::Reloaded;
use crate::status;
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use jwt::Verifier;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tenants::Tenants;
use tonic::Status;

pub(crate) const API_KEY: &str = "x-api-key";
const BEARER: &str = "bearer ";
const TENANT_CLAIM: &str = "sub";

/// Who may call.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Access")]
pub struct AccessConfig {
    /// File of the tenants, TOML: their keys (as SHA-256), methods and tokens a second. With it, who shows no key or token
    /// is refused, except at health. Read again when it changes.
    #[arg(long, env = "ENRICH_TENANTS")]
    pub tenants: Option<PathBuf>,
    /// File of the public keys that tokens (JWT) are signed with, a JSON Web Key Set. Read again when it changes.
    #[arg(long, env = "ENRICH_JWKS", requires_all = ["tenants", "jwt_issuer", "jwt_audience"])]
    pub jwks: Option<PathBuf>,
    /// What a token's `iss` must be.
    #[arg(long, env = "ENRICH_JWT_ISSUER", requires = "jwks")]
    pub jwt_issuer: Option<String>,
    /// What a token's `aud` must be, or have among its values.
    #[arg(long, env = "ENRICH_JWT_AUDIENCE", requires = "jwks")]
    pub jwt_audience: Option<String>,
    /// The claim of a token that names its tenant, one of the file's.
    #[arg(long, env = "ENRICH_JWT_TENANT_CLAIM", default_value = TENANT_CLAIM)]
    pub jwt_tenant_claim: String,
}

impl Default for AccessConfig {
    /// The defaults that `--help` shows.
    fn default() -> Self {
        AccessConfig {
            tenants: None,
            jwks: None,
            jwt_issuer: None,
            jwt_audience: None,
            jwt_tenant_claim: TENANT_CLAIM.to_owned(),
        }
    }
}

impl AccessConfig {
    /// Reads the files and keeps them fresh; `None` where everybody may call.
    pub(crate) fn start(&self) -> Result<Option<Access>, StartError> {
        let Some(file) = &self.tenants else { return Ok(None) };
        let tenants = Reloaded::start("the file of tenants", vec![file.clone()], Box::new(tenants::reader()))?;
        let verifier = match (&self.jwks, &self.jwt_issuer, &self.jwt_audience) {
            (Some(jwks), Some(issuer), Some(audience)) => {
                let make = jwt::reader(issuer.clone(), audience.clone(), self.jwt_tenant_claim.clone());
                Some(Reloaded::start("the key set of tokens", vec![jwks.clone()], Box::new(make))?)
            }
            _ => None,
        };
        Ok(Some(Access { tenants, verifier }))
    }
}

/// Knows the tenants. A clone is the same.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    tenants: Reloaded<Tenants>,
    verifier: Option<Reloaded<Verifier>>,
}

impl Access {
    /// The tenant that calls, if it may call the method at `path`. What it shows is taken out of `headers`: nothing
    /// behind the door needs it.
    ///
    /// # Errors
    /// The refusal.
    pub(crate) fn admit(&self, headers: &mut HeaderMap, path: &str) -> Result<Arc<Tenant>, Status> {
        let (bearer, key) = (headers.remove(AUTHORIZATION), headers.remove(API_KEY));
        let tenant = match (&key, bearer.as_ref().map(|value| value.to_str().ok().and_then(strip_bearer))) {
            (Some(key), _) => self.tenants.get().by_key(key.as_bytes()),
            (None, Some(Some(shown))) => self.by_bearer(shown)?,
            (None, Some(None)) => None,
            (None, None) => return Err(status::credentials_missing()),
        };
        let tenant = tenant.ok_or_else(status::credentials_invalid)?;
        if tenant.may_call(path) { Ok(tenant) } else { Err(status::method_denied(&tenant.name)) }
    }

    /// A key or a token: clients that can send no header of their own put a key there, too.
    fn by_bearer(&self, shown: &str) -> Result<Option<Arc<Tenant>>, Status> {
        let tenants = self.tenants.get();
        match &self.verifier {
            Some(verifier) if shown.bytes().filter(|byte| *byte == b'.').count() == 2 => {
                let Some(name) = verifier.get().tenant(shown) else { return Ok(None) };
                tenants.by_name(&name).map(Some).ok_or_else(status::tenant_unknown)
            }
            _ => Ok(tenants.by_key(shown.as_bytes())),
        }
    }
}

/// Reads the API key in `file` and keeps it fresh; space around it, such as an end of line, is no part of it.
pub(crate) fn own_key(file: &Path) -> Result<Reloaded<HeaderValue>, StartError> {
    let make = |contents: &[Vec<u8>]| {
        let key = contents.first().map(|bytes| bytes.trim_ascii()).unwrap_or_default();
        // Without the cause, which might quote.
        let value = HeaderValue::from_bytes(key).ok().filter(|value| !value.is_empty());
        let mut value = value.ok_or("the file is empty, or holds what no header can")?;
        value.set_sensitive(true);
        Ok(value)
    };
    Reloaded::start("the API key for upstreams", vec![file.to_owned()], Box::new(make))
}

fn strip_bearer(value: &str) -> Option<&str> {
    let (scheme, shown) = value.split_at_checked(BEARER.len())?;
    scheme.eq_ignore_ascii_case(BEARER).then_some(shown.trim())
}
