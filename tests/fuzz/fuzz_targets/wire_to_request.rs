//! Bytes from the wire to a request, and through the JSON mapping: what can be read is read the same again.

#![no_main]

use enrich_proto::{json, v1::EnrichRequest};
use libfuzzer_sys::fuzz_target;
use prost::Message;

fuzz_target!(|bytes: &[u8]| {
    let Ok(request) = EnrichRequest::decode(bytes) else { return };
    // Bytes are compared, since a score that is no number equals nothing.
    let encoded = request.encode_to_vec();
    assert_eq!(EnrichRequest::decode(&*encoded).map(|again| again.encode_to_vec()), Ok(encoded.clone()));
    let text = json::to_string(&request).unwrap();
    let again: EnrichRequest = json::from_str(&text).unwrap();
    // The entries of a map come in any order.
    assert_eq!(json::to_string(&again).unwrap().len(), text.len());
});
