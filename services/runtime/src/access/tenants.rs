use super::quota::{Bucket, Rate};
use crate::metrics::{self, is_method};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use subtle::ConstantTimeEq;
use tokio::time::Instant;

/// Most tenants of a file: each is a label of metrics.
const TENANTS_MAX: usize = 1000;
/// Most keys of a tenant: the old one and the new one, while callers change over, and some more.
const KEYS_MAX: usize = 16;
/// Longest name of a tenant, in characters.
const NAME_MAX: usize = 64;

/// The file of tenants.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    tenants: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default)]
    keys_sha256: Vec<String>,
    #[serde(default)]
    methods: HashSet<String>,
    tokens_per_second: Option<u64>,
    burst_tokens: Option<u64>,
}

/// Who calls.
pub(crate) struct Tenant {
    /// Its name.
    pub(crate) name: String,
    /// Paths of the methods that it may call; empty: all.
    methods: HashSet<String>,
    rate: Option<Rate>,
    bucket: Arc<Bucket>,
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Tenant {
    /// Whether it may call the method at `path`; reflection is no method of ours, and everybody's who is let in.
    pub(crate) fn may_call(&self, path: &str) -> bool {
        self.methods.is_empty() || path.starts_with("/grpc.") || self.methods.contains(path)
    }

    /// Lets it use `tokens`.
    ///
    /// # Errors
    /// How long it has to wait.
    pub(crate) fn charge(&self, tokens: u64) -> Result<(), (u64, Duration)> {
        let Some(rate) = self.rate else {
            metrics::tenant_tokens(&self.name, tokens);
            return Ok(());
        };
        match self.bucket.charge(tokens, rate, Instant::now()) {
            Ok(()) => metrics::tenant_tokens(&self.name, tokens),
            Err(wait) => {
                metrics::tenant_refused(&self.name);
                return Err((rate.tokens_per_second, wait));
            }
        }
        Ok(())
    }

    /// Its limits as `GetInfo` tells them.
    pub(crate) fn to_proto(&self) -> enrich_proto::v1::TenantLimits {
        let mut methods: Vec<String> =
            self.methods.iter().map(|path| path.trim_start_matches('/').to_owned()).collect();
        methods.sort_unstable();
        enrich_proto::v1::TenantLimits {
            tenant: self.name.clone(),
            tokens_per_second: self.rate.map_or(0, |rate| rate.tokens_per_second),
            burst_tokens: self.rate.map_or(0, |rate| rate.burst_tokens),
            methods,
        }
    }
}

/// Those of a file.
#[derive(Debug)]
pub(crate) struct Tenants {
    by_name: HashMap<String, Arc<Tenant>>,
    keys: Vec<([u8; 32], Arc<Tenant>)>,
}

impl Tenants {
    /// The tenant with this key. Takes as long for one key as for another: all are compared, to their last byte.
    pub(crate) fn by_key(&self, key: &[u8]) -> Option<Arc<Tenant>> {
        let shown = Sha256::digest(key);
        let mut found = None;
        for (known, tenant) in &self.keys {
            if bool::from(known.ct_eq(&shown)) {
                found = Some(tenant);
            }
        }
        found.cloned()
    }

    /// The tenant of this name.
    pub(crate) fn by_name(&self, name: &str) -> Option<Arc<Tenant>> {
        self.by_name.get(name).cloned()
    }
}

/// Reads the file; what a tenant has left outlives the reading.
pub(crate) fn reader() -> impl Fn(&[Vec<u8>]) -> Result<Tenants, String> + Send {
    let buckets = Mutex::new(HashMap::<String, Arc<Bucket>>::new());
    move |contents| {
        let text = contents.first().map(|bytes| str::from_utf8(bytes)).transpose();
        let text = text.map_err(|_| "it is no UTF-8".to_owned())?.unwrap_or_default();
        // Without the line that is wrong: it may hold a key.
        let file: File = toml::from_str(text).map_err(|error| format!("it is no such file: {}", error.message()))?;
        if file.tenants.len() > TENANTS_MAX {
            return Err(format!("it has {} tenants; the limit is {TENANTS_MAX}", file.tenants.len()));
        }
        let mut tenants = Tenants { by_name: HashMap::new(), keys: Vec::new() };
        let mut buckets = buckets.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in file.tenants {
            let name = entry.name.clone();
            let bucket = Arc::clone(buckets.entry(name.clone()).or_default());
            let (tenant, keys) = tenant(entry, bucket).map_err(|cause| format!("tenant {name:?}: {cause}"))?;
            let tenant = Arc::new(tenant);
            for key in keys {
                if tenants.keys.iter().any(|(known, _)| *known == key) {
                    return Err(format!("tenant {name:?}: one of its keys stands in the file before"));
                }
                tenants.keys.push((key, Arc::clone(&tenant)));
            }
            if tenants.by_name.insert(name.clone(), tenant).is_some() {
                return Err(format!("tenant {name:?} stands there twice"));
            }
        }
        Ok(tenants)
    }
}

fn tenant(entry: Entry, bucket: Arc<Bucket>) -> Result<(Tenant, Vec<[u8; 32]>), String> {
    let named = !entry.name.is_empty() && entry.name.chars().count() <= NAME_MAX;
    if !named || entry.name.chars().any(char::is_control) {
        return Err(format!("a name has 1 to {NAME_MAX} characters"));
    }
    if entry.keys_sha256.len() > KEYS_MAX {
        return Err(format!("it has {} keys; the limit is {KEYS_MAX}", entry.keys_sha256.len()));
    }
    let keys: Option<Vec<_>> = entry.keys_sha256.iter().map(|hex| digest(hex)).collect();
    let keys = keys.ok_or("keys_sha256 holds something else than 64 hexadecimal digits: the SHA-256 of a key")?;
    let methods: HashSet<String> = entry.methods.iter().map(|method| format!("/{method}")).collect();
    if let Some(method) = methods.iter().find(|path| !is_method(path)) {
        let method = method.trim_start_matches('/');
        return Err(format!("{method:?} is no method; one looks like enrich.v1.EnrichmentService/Enrich"));
    }
    let rate = match (entry.tokens_per_second, entry.burst_tokens) {
        (None, None) => None,
        (None, Some(_)) => return Err("burst_tokens means nothing without tokens_per_second".to_owned()),
        (Some(0), _) | (_, Some(0)) => return Err("tokens_per_second and burst_tokens are over 0".to_owned()),
        (Some(rate), burst) => Some(Rate { tokens_per_second: rate, burst_tokens: burst.unwrap_or(rate) }),
    };
    Ok((Tenant { name: entry.name, methods, rate, bucket }, keys))
}

fn digest(hex: &str) -> Option<[u8; 32]> {
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
        // `from_str_radix` would take a sign.
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        *byte = u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Tenants, String> {
        reader()(&[text.as_bytes().to_vec()])
    }

    fn hex(key: &str) -> String {
        Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_tenant_is_found_by_each_of_its_keys_and_by_no_other() {
        let (old, new) = (hex("old"), hex("new").to_uppercase());
        let text =
            format!("[[tenants]]\nname = \"desk\"\nkeys_sha256 = [\"{old}\", \"{new}\"]\n[[tenants]]\nname = \"b\"");
        let tenants = read(&text).unwrap();
        for key in ["old", "new"] {
            assert_eq!(tenants.by_key(key.as_bytes()).unwrap().name, "desk");
        }
        for key in ["", "ol", "older", &old] {
            assert!(tenants.by_key(key.as_bytes()).is_none(), "{key}");
        }
        assert_eq!(tenants.by_name("b").unwrap().name, "b");
    }

    #[test]
    fn a_method_is_allowed_where_it_is_named_or_none_is() {
        let text =
            "[[tenants]]\nname = \"all\"\n[[tenants]]\nname = \"one\"\nmethods = [\"enrich.v1.EntityService/GetInfo\"]";
        let tenants = read(text).unwrap();
        let may = |name: &str, path: &str| tenants.by_name(name).unwrap().may_call(path);
        assert!(may("all", "/enrich.v1.TopicService/GetInfo") && may("one", "/enrich.v1.EntityService/GetInfo"));
        assert!(!may("one", "/enrich.v1.TopicService/GetInfo") && !may("one", "/enrich.v1.EntityService/GetInfo/"));
    }

    #[test]
    fn a_mistake_is_named_without_quoting_what_may_be_secret() {
        let check = |text: &str, want: &str| {
            let error = read(text).unwrap_err();
            assert!(error.contains(want) && !error.contains("hush"), "{error}");
        };
        check("tenants = 1", "it is no such file");
        check("[[tenants]]\nname = \"a\"\nkey = \"hush\"", "unknown field `key`");
        check("[[tenants]]\nname = \"a\"\nkeys_sha256 = [\"hush\"]", "64 hexadecimal digits");
        check("[[tenants]]\nname = \"\"", "a name has 1 to 64 characters");
        check("[[tenants]]\nname = \"a\"\n[[tenants]]\nname = \"a\"", "twice");
        check("[[tenants]]\nname = \"a\"\nmethods = [\"Enrich\"]", "\"Enrich\" is no method");
        check("[[tenants]]\nname = \"a\"\nburst_tokens = 1", "means nothing without");
        check("[[tenants]]\nname = \"a\"\ntokens_per_second = 0", "over 0");
        let key = hex("hush");
        let twice = format!("[[tenants]]\nname = \"a\"\nkeys_sha256 = [\"{key}\"]\n");
        check(&(twice.clone() + &twice.replace("\"a\"", "\"b\"")), "stands in the file before");
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_tenant_has_used_is_remembered_when_the_file_changes() {
        let read = reader();
        let file = |rate: u64| format!("[[tenants]]\nname = \"a\"\ntokens_per_second = {rate}").into_bytes();
        let before = read(&[file(10)]).unwrap().by_name("a").unwrap();
        assert_eq!(before.charge(30), Ok(()));
        let after = read(&[file(20)]).unwrap().by_name("a").unwrap();
        assert_eq!(after.charge(1), Err((20, Duration::from_millis(1050))), "twenty are owed");
        assert_eq!(after.to_proto().burst_tokens, 20);
    }
}
