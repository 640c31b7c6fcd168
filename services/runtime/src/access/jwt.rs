use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::{JwkSet, PublicKeyUse};
use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind, EncodingKey, Validation, decode, decode_header, signature,
};
use ring::signature as rings;
use serde_json::{Map, Value};

/// What tokens may be signed with: what needs no secret here. A token that names another is refused.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::EdDSA,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];
/// How far clocks may be apart, in seconds.
const LEEWAY_SECONDS: u64 = 30;
/// Most keys of a set.
const KEYS_MAX: usize = 64;

/// Checks tokens against a key set.
#[derive(Debug)]
pub(crate) struct Verifier {
    keys: Vec<Key>,
    issuer: String,
    audience: String,
    tenant_claim: String,
}

#[derive(Debug)]
struct Key {
    id: Option<String>,
    key: DecodingKey,
}

/// Makes a verifier of the contents of a key set's file.
pub(crate) fn reader(
    issuer: String,
    audience: String,
    tenant_claim: String,
) -> impl Fn(&[Vec<u8>]) -> Result<Verifier, String> + Send {
    move |contents| {
        // Fails only where it is installed already.
        let _ = RING.install_default();
        let keys = keys(contents.first().map(Vec::as_slice).unwrap_or_default())?;
        let (issuer, audience, tenant_claim) = (issuer.clone(), audience.clone(), tenant_claim.clone());
        Ok(Verifier { keys, issuer, audience, tenant_claim })
    }
}

fn keys(json: &[u8]) -> Result<Vec<Key>, String> {
    let set: JwkSet = serde_json::from_slice(json).map_err(|error| format!("it is no key set: {error}"))?;
    if set.keys.len() > KEYS_MAX {
        return Err(format!("it has {} keys; the limit is {KEYS_MAX}", set.keys.len()));
    }
    let mut keys = Vec::new();
    for jwk in &set.keys {
        let signs = !matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption));
        let id = jwk.common.key_id.clone();
        let key = DecodingKey::from_jwk(jwk).map_err(|error| format!("the key {id:?} cannot be used: {error}"))?;
        if signs && ALGORITHMS.iter().any(|algorithm| algorithm.family() == key.family()) {
            keys.push(Key { id, key });
        }
    }
    if keys.is_empty() { Err("it has no public key that signs tokens".to_owned()) } else { Ok(keys) }
}

impl Verifier {
    /// The name of the tenant that a token was made for; `None` for a token that does not hold.
    pub(crate) fn tenant(&self, token: &str) -> Option<String> {
        let header = decode_header(token).ok()?;
        if !ALGORITHMS.contains(&header.alg) {
            return None;
        }
        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        let fits = |key: &&Key| {
            key.key.family() == header.alg.family()
                && (header.kid.is_none() || key.id.is_none() || key.id == header.kid)
        };
        let mut claims = self
            .keys
            .iter()
            .filter(fits)
            .filter_map(|key| decode::<Map<String, Value>>(token, &key.key, &validation).ok());
        match claims.next()?.claims.get(&self.tenant_claim)? {
            Value::String(name) => Some(name.clone()),
            _ => None,
        }
    }
}

/// The library's checks with ring's arithmetic, which TLS brings anyway.
static RING: CryptoProvider =
    CryptoProvider { signer_factory: no_signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

fn no_signer(_algorithm: &Algorithm, _key: &EncodingKey) -> Result<Box<dyn jsonwebtoken::crypto::JwtSigner>, Error> {
    Err(ErrorKind::UnsupportedAlgorithm.into())
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    Ok(Box::new(RingVerifier { algorithm: *algorithm, key: key.clone() }))
}

struct RingVerifier {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl signature::Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signed: &Vec<u8>) -> Result<(), signature::Error> {
        let verified = match self.key.kind() {
            DecodingKeyKind::SecretOrDer(bytes) => {
                let algorithm: &'static dyn rings::VerificationAlgorithm = match self.algorithm {
                    Algorithm::EdDSA => &rings::ED25519,
                    Algorithm::ES256 => &rings::ECDSA_P256_SHA256_FIXED,
                    Algorithm::ES384 => &rings::ECDSA_P384_SHA384_FIXED,
                    _ => return Err(signature::Error::new()),
                };
                rings::UnparsedPublicKey::new(algorithm, bytes).verify(message, signed)
            }
            DecodingKeyKind::RsaModulusExponent { n, e } => {
                let parameters = match self.algorithm {
                    Algorithm::RS256 => &rings::RSA_PKCS1_2048_8192_SHA256,
                    Algorithm::RS384 => &rings::RSA_PKCS1_2048_8192_SHA384,
                    Algorithm::RS512 => &rings::RSA_PKCS1_2048_8192_SHA512,
                    Algorithm::PS256 => &rings::RSA_PSS_2048_8192_SHA256,
                    Algorithm::PS384 => &rings::RSA_PSS_2048_8192_SHA384,
                    Algorithm::PS512 => &rings::RSA_PSS_2048_8192_SHA512,
                    _ => return Err(signature::Error::new()),
                };
                rings::RsaPublicKeyComponents { n, e }.verify(parameters, message, signed)
            }
        };
        verified.map_err(|_| signature::Error::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
    use ring::signature::{Ed25519KeyPair, KeyPair};
    use serde_json::json;

    /// Valid until 2100, of a key that nobody has any more.
    const RSA_TOKEN: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXV\
         kIjoiZW5yaWNoIiwic3ViIjoiZGVzayIsImV4cCI6NDEwMjQ0NDgwMH0.1Uziy_O8tDQaxlUppniowtHahppkTv38snJMXWFpW5s\
         1zccCGK15hjy9LxAmYeVLNlKipq_VBH1wDmzV10zEkuCrbzbeJCD8QDBPMM7eUqMf3wIQmrNTCQAyLPg1CvNGyt_OM2rR7zMceKr\
         ixHoggFY7g9Z2ezWdKTniAGRROUyHZ0fSJkrbiis0PCNSDKNflj2gFSOmF-h3YaVDMNcmWqzZR5d9mekT1sCLNBTwn6-ixWjsSIZ\
         dVSQKEbGTlOGjT2OMnDclcclgcAMsvNPS9GdkYb2fiHkeL4KN1tRYYP4elxqOtiwUbqzflDeu1_yY0NZnPUfSrfK1M8LH0ahYtw";
    const RSA_MODULUS: &str = "1inQ0k1MJ5WVwYCLa--Y2IssWPYY4itjcIXw_O55JXKLepr8dK7lsCYw41lZTfxAXytFx9IsdXG8S7bBgp2l-N0nbtd7lN73DGs1\
         rVk1w7oHsehC14V6ELAXwILtezSWAglyDMeX7sDRE4dcUjpV1CZ7Ohgt_efbRPRhuM7EKiO0aXgcvI1ZtFPHzh6_JbZdogYl6F-F\
         NKrTI6tH_kL0MvxQpquEtZ4JMKwWhdNJvyPM-FKkjDC649eZ7uA_4GyYAuZm3nAolpiUsTNsBAPeCs8NFIsx5jfM8ihFn0yEvcrB\
         f0PtkBoHifP7EmRS3TBFOw-YmHWmjakRqAPru6CjjQ";

    fn signer() -> Ed25519KeyPair {
        let document = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).unwrap();
        Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap()
    }

    fn set(signer: &Ed25519KeyPair) -> Value {
        let x = BASE64.encode(signer.public_key());
        json!({"keys": [
            {"kty": "OKP", "crv": "Ed25519", "kid": "ed", "use": "sig", "x": x},
            {"kty": "RSA", "kid": "rsa", "n": RSA_MODULUS, "e": "AQAB"},
        ]})
    }

    fn verifier(set: &Value) -> Result<Verifier, String> {
        let make = reader("https://issuer.example".into(), "enrich".into(), "sub".into());
        make(&[set.to_string().into_bytes()])
    }

    fn claims() -> Value {
        json!({"iss": "https://issuer.example", "aud": ["other", "enrich"], "sub": "desk", "exp": 4_102_444_800_u64})
    }

    fn token(signer: &Ed25519KeyPair, header: &Value, claims: &Value) -> String {
        let message = [header, claims].map(|part| BASE64.encode(part.to_string())).join(".");
        let signed = BASE64.encode(signer.sign(message.as_bytes()));
        format!("{message}.{signed}")
    }

    #[test]
    fn a_token_names_its_tenant() {
        let signer = signer();
        let verifier = verifier(&set(&signer)).unwrap();
        for header in [json!({"alg": "EdDSA", "kid": "ed"}), json!({"alg": "EdDSA"})] {
            assert_eq!(verifier.tenant(&token(&signer, &header, &claims())).as_deref(), Some("desk"));
        }
        assert_eq!(verifier.tenant(RSA_TOKEN).as_deref(), Some("desk"));
    }

    #[test]
    fn a_token_with_anything_wrong_names_nobody() {
        let signer = signer();
        let verifier = verifier(&set(&signer)).unwrap();
        let header = json!({"alg": "EdDSA", "kid": "ed"});
        let with = |claim: &str, value: Value| {
            let mut claims = claims();
            claims[claim] = value;
            token(&signer, &header, &claims)
        };
        let bad = [
            with("exp", json!(1_600_000_000)),
            with("exp", Value::Null),
            with("nbf", json!(4_000_000_000_u64)),
            with("iss", json!("https://issuer.example.org")),
            with("aud", json!("other")),
            with("aud", Value::Null),
            with("sub", json!(7)),
            token(&self::signer(), &header, &claims()),
            token(&signer, &json!({"alg": "EdDSA", "kid": "another"}), &claims()),
            token(&signer, &json!({"alg": "ES256", "kid": "ed"}), &claims()),
            token(&signer, &json!({"alg": "HS256", "kid": "ed"}), &claims()),
            token(&signer, &json!({"alg": "none"}), &claims()),
            RSA_TOKEN.replacen("Uziy", "Uziz", 1),
            String::new(),
            "..".to_owned(),
        ];
        for token in bad {
            assert_eq!(verifier.tenant(&token), None, "{token}");
        }
    }

    #[test]
    fn a_set_without_a_public_key_is_refused() {
        let secret = json!({"keys": [{"kty": "oct", "k": "aHVzaA"}]});
        assert_eq!(verifier(&secret).unwrap_err(), "it has no public key that signs tokens");
        assert!(verifier(&json!([])).unwrap_err().starts_with("it is no key set"));
    }
}
